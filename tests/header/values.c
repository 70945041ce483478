// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The getters of sink.h (from sink.mdesc) on known bytes, as C and as C++: what a reader of the description expects
 * by hand. Prints test lines; the first argument goes into their names.
 */
#include <stdio.h>
#include <string.h>

#include "sink.h"
#include "sink.h"
#include "other.h"

static const char *form;
static int failed;

static void expect(const char *what, __u64 value, __u64 expected)
{
	if (value == expected)
		return;
	failed++;
	printf("not ok values-%s %s\n# 0x%llx, expected 0x%llx\n", form, what, (unsigned long long)value,
	       (unsigned long long)expected);
}

#define EXPECT(getter, expected) expect(#getter, (__u64)sink_##getter(&m), expected)

static void metadata(void)
{
	unsigned char bytes[sizeof(struct sink_metadata)];
	struct sink_metadata m;
	unsigned int i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i + 0x81);
	memcpy(&m, bytes, sizeof(m));
	EXPECT(metadata_timestamp_get, 0x8887868584838281);
	EXPECT(metadata_node_get, 0x908f8e8d8c8b8a89);
	EXPECT(metadata_tag_get, 0x91929394);
	EXPECT(metadata_tag_pcp_get, 0x91929394 >> 29);
	EXPECT(metadata_tag_dei_get, 0x91929394 >> 28 & 1);
	EXPECT(metadata_tag_vid_get, 0x192);
	EXPECT(metadata_tag_low_get, 4);
	EXPECT(metadata_wide_all_get, 0x09f9e9d9c9b9a99);
	EXPECT(metadata_wide_top_get, 0xa);
	EXPECT(metadata_nibbles_hi_get, 0xa);
	EXPECT(metadata_nibbles_lo_get, 0x1);
	EXPECT(metadata_short_tag_get, 0xa3a4);
	EXPECT(metadata_short_tag_a_get, 0xa);
	EXPECT(metadata_short_tag_b_get, 0x3a4);
	EXPECT(metadata_big_x_get, 1);
	EXPECT(metadata_big_y_get, 0xa9aaabacadaeafb0 >> 3 & 0x3fffffffff);
	expect("dst", (__u64)(sink_metadata_dst_get(&m) - (const __u8 *)&m), 48);
	EXPECT(metadata_dst_len, 6);
	EXPECT(metadata_raw_len, 5);
	EXPECT(metadata_addrs_len, 4);
	expect("addrs[1]", sink_metadata_addrs_get(&m)[1], 0xc4c3c2c1);
	expect("grid", (__u64)((const __u8 *)sink_metadata_grid_get(&m) - (const __u8 *)&m), 76);
	expect("pair[1].b", sink_metadata_pair_get(&m)[1].b, m.pair[1].b);
	EXPECT(metadata_pair_len, 2);
	expect("items[2].z", sink_metadata_items_get(&m)[2].z, m.items[2].z);
	EXPECT(metadata_items_len, 3);
	EXPECT(metadata_kind_get, 0xe2e1);
	EXPECT(metadata_sig_get, 0xffffffffffffe6e5);
	EXPECT(metadata_wire_get, 0xe7e8);
	EXPECT(metadata_inner_y_get, 0xfa);
	EXPECT(metadata_u_late_a_get, 0x0c0b0a09);
	EXPECT(metadata_u_number_get, 0x090a0b0c0d0e0f10);
	EXPECT(metadata_u_anon_q_get, 0x0b0c);
	EXPECT(metadata_other_get, 0x11121314);
	EXPECT(metadata_layout_id_get, 0x1c1b1a19);
}

static void descriptor(void)
{
	unsigned char bytes[sizeof(struct sink_desc)];
	struct sink_desc m;
	unsigned int i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 37 + 11);
	memset(bytes + 48, 0, 32);
	memcpy(&m, bytes, sizeof(m));
	m.fields.a = 5;
	m.fields.b = 0x555;
	m.fields.c = -7;
	m.fields.e = 0xfedcba9876;
	m.fields.g = 1;
	m.fields.k = -4000000000LL;
	m.pack.e = 0x5a5;
	m.any.ints.d = -2;
	m.any.ints.f = -3;
	EXPECT(desc_fields_a_get, 5);
	EXPECT(desc_fields_b_get, 0x555);
	EXPECT(desc_fields_c_get, (__u64)-7);
	EXPECT(desc_fields_d_get, 0);
	EXPECT(desc_fields_e_get, 0xfedcba9876);
	EXPECT(desc_fields_g_get, 1);
	EXPECT(desc_fields_k_get, (__u64)-4000000000LL);
	EXPECT(desc_pack_e_get, 0x5a5);
	EXPECT(desc_pack_b_get, m.pack.b);
	EXPECT(desc_pack_c_get, __builtin_bswap64(m.pack.c));
	EXPECT(desc_any_ints_d_get, (__u64)-2);
	EXPECT(desc_any_ints_f_get, (__u64)-3);
	EXPECT(desc_any_ints_m_get, __builtin_bswap64(m.any.ints.m));
	EXPECT(desc_any_bytes_len, 9);
	EXPECT(desc_holes_d_get, m.holes.d);
	EXPECT(desc_pin_d_get, m.pin.d);
}

/* Bit fields in packed structs: 24 bits from byte 5 and from byte 8, 12 bits with a sign at the end. */
static void odd(void)
{
	unsigned char bytes[sizeof(struct sink_odd_desc)];
	struct sink_odd_desc m;
	unsigned int i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(0x81 + 0x11 * i);
	memcpy(&m, bytes, sizeof(m));
	expect("odd size", sizeof(bytes), 15);
	EXPECT(odd_desc_in_lead_get, 0x92);
	EXPECT(odd_desc_in_a_get, 0xb4a3 & 7);
	EXPECT(odd_desc_in_b_get, 0xb4a3 >> 3);
	EXPECT(odd_desc_in_d_get, 0xf8e7d6);
	EXPECT(odd_desc_in_all_get, 0xc5b4a3);
	EXPECT(odd_desc_in_sum_get, 0xf8e7d6 + (0xb4a3 >> 3));
	EXPECT(odd_desc_z_h1_get, 0x2b1a09 & 0x7ff);
	EXPECT(odd_desc_z_h2_get, 0x2b1a09 >> 11);
	EXPECT(odd_desc_z_h_get, 0x2b1a09);
	EXPECT(odd_desc_k_get, 0x6f5e4d3c & 0xfffff);
	EXPECT(odd_desc_l_get, 0x6f5e4d3c >> 20);
}

int main(int argc, char **argv)
{
	form = argc > 1 ? argv[1] : "c";
	metadata();
	descriptor();
	odd();
	if (!failed)
		printf("ok values-%s\n", form);
	return failed != 0;
}

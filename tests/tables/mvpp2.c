// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The parser's tables that the kernel's mvpp2 driver writes, linked with its own mvpp2_prs.c: what it leaves in the
 * registers after its initialisation (`init`), and after ports were set up (`ports`). Prints the words of all rows, or,
 * with `rows`, a description of each row that is there, made from its bits.
 */
#include "mvpp2.h"
#include "mvpp2_prs.h"

static u32 tcam[MVPP2_PRS_TCAM_SRAM_SIZE][MVPP2_PRS_TCAM_WORDS], sram[MVPP2_PRS_TCAM_SRAM_SIZE][MVPP2_PRS_SRAM_WORDS];
static u32 regs[0x10000 / 4];

static u32 *reg(u32 at)
{
	for (int i = 0; i < MVPP2_PRS_TCAM_WORDS; i++)
		if (at == MVPP2_PRS_TCAM_DATA_REG(i))
			return &tcam[regs[MVPP2_PRS_TCAM_IDX_REG / 4]][i];
	for (int i = 0; i < MVPP2_PRS_SRAM_WORDS; i++)
		if (at == MVPP2_PRS_SRAM_DATA_REG(i))
			return &sram[regs[MVPP2_PRS_SRAM_IDX_REG / 4]][i];
	return &regs[at / 4];
}

void mvpp2_write(struct mvpp2 *priv, u32 at, u32 value)
{
	(void)priv;
	*reg(at) = value;
}

u32 mvpp2_read(struct mvpp2 *priv, u32 at)
{
	(void)priv;
	return *reg(at);
}

bool test_bit(unsigned long n, const unsigned long *bits)
{
	return bits[n / 64] >> n % 64 & 1;
}

/* Addresses, VLANs, tags and flows of three ports. */
static int set_up_ports(struct mvpp2 *priv)
{
	static const u8 all[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, group[ETH_ALEN] = { 1, 0, 0x5e, 0, 0,
												   1 };
	struct net_device dev[3];
	struct mvpp2_port ports[3];
	int err = 0;

	memset(ports, 0, sizeof(ports));
	memset(dev, 0, sizeof(dev));
	for (int i = 0; i < 3 && !err; i++) {
		const u8 own[ETH_ALEN] = { 2, 0x50, 0x43, 0, 0, (u8)(i + 1) };

		dev[i].priv = &ports[i];
		ports[i].priv = priv;
		ports[i].id = (u8)i;
		ports[i].dev = &dev[i];
		err = mvpp2_prs_mac_da_accept(&ports[i], all, true);
		err = err ? err : mvpp2_prs_update_mac_da(&dev[i], own);
		err = err ? err : mvpp2_prs_mac_da_accept(&ports[i], group, true);
		err = err ? err : mvpp2_prs_def_flow(&ports[i]);
		err = err ? err : mvpp2_prs_tag_mode_set(priv, i, i);
		err = err ? err : mvpp2_prs_add_flow(priv, 8 + i, 0x00401004, 0x01c0700c | 1u << (29 + i));
		for (u16 vid = 1; vid < 0xfff && !err; vid = (u16)(vid * 9))
			err = mvpp2_prs_vid_entry_add(&ports[i], vid);
	}
	mvpp2_prs_mac_promisc_set(priv, 1, MVPP2_PRS_L2_UNI_CAST, true);
	mvpp2_prs_mac_promisc_set(priv, 2, MVPP2_PRS_L2_MULTI_CAST, true);
	mvpp2_prs_vid_enable_filtering(&ports[0]);
	return err;
}

/* @n bits of the SRAM from @at on. */
static u32 result(int row, int at, int n)
{
	u32 v = 0;

	while (n--)
		v = v << 1 | (sram[row][(at + n) / 32] >> (at + n) % 32 & 1);
	return v;
}

static void put_key(int row)
{
	static const char *const names[] = { "b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "ai", "ports" };

	for (int i = 0; i < 10; i++) {
		u32 value = tcam[row][i / 2] >> 8 * (i % 2) & 0xff, mask = tcam[row][i / 2] >> (16 +
												8 * (i % 2)) & 0xff;

		if (mask || value)
			printf(" %s 0x%x &&& 0x%x;", names[i], value, mask);
	}
	printf(" lu %u &&& %u;", tcam[row][5] & 15, tcam[row][5] >> 16 & 15);
}

static void put_row(int row)
{
	printf("row mvpp2_prs[%d] {", row);
	put_key(row);
	printf(" } -> { info 0x%x &&& 0x%x;", sram[row][0], sram[row][1]);
	printf(" shift %s%u;", result(row, 72, 1) ? "-" : "", result(row, 64, 8));
	printf(" offset %s%u;", result(row, 81, 1) ? "-" : "", result(row, 73, 8));
	printf(" offset_of %u; shift_op %u; offset_op %u; base %u;", result(row, 82, 3), result(row, 85, 2),
	       result(row, 87, 2), result(row, 89, 1));
	printf(" ai %u &&& %u; next %u; done %u; generate %u; }\n", result(row, 90, 8), result(row, 98, 8),
	       result(row, 106, 4), result(row, 110, 1), result(row, 111, 1));
}

int main(int argc, char **argv)
{
	struct platform_device dev;
	struct mvpp2 priv;

	memset(&priv, 0, sizeof(priv));
	if (argc < 2 || mvpp2_prs_default_init(&dev, &priv) || (!strcmp(argv[1], "ports") && set_up_ports(&priv)))
		return 1;
	for (int row = 0; row < MVPP2_PRS_TCAM_SRAM_SIZE; row++) {
		if (argc < 3) {
			fwrite(tcam[row], sizeof(tcam[row]), 1, stdout);
			fwrite(sram[row], sizeof(sram[row]), 1, stdout);
		} else if (!(tcam[row][MVPP2_PRS_TCAM_INV_WORD] & MVPP2_PRS_TCAM_INV_MASK)) {
			put_row(row);
		}
	}
	return ferror(stdout);
}

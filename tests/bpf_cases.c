// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//
// bpf_cases OBJECTS BTFS LABEL: runs the BPF programs in OBJECTS (the examples of bpf/ and the traps of tests/bpf/) in
// the running kernel, against the BTF of each firmware in BTFS, on metadata made here, and compares what they read.
//
// The metadata's layouts are written down here once more by hand, so that this tests the descriptions, the compiler's
// header and BTF, mdesc_bpf.h, libbpf and the kernel together, from outside. Only the layouts' ids come from the BTF.

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "../bpf/seen.h"
#include "bpf/got.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PACKED __attribute__((packed))

static const char *objects, *btfs, *label;
static int failed;

// ---- the layouts, as the hardware would write them ----

struct PACKED a_ints {
	__u32 count;
	__s16 temp;
	__u16 hash;
	__u16 port_be;
	__u8 good, gone, addr[6];
	__u16 kind;
	__u32 id;
};

struct PACKED b_ints {
	__u64 count;
	__u32 port_be;
	__s32 temp;
	__u32 hash;
	__u8 addr[4], kind, good, reserved[2];
	__u32 id;
};

struct PACKED a_bits {
	__u32 bits, tag_be, flags, reserved1;
	__u64 desc;
	__u32 reserved2, id;
};

struct PACKED b_bits {
	__u64 tag_be, desc;
	__u32 flags, bits, reserved, id;
};

struct PACKED a_view {
	__u64 time;
	__u32 rss_be;
	__u16 tci_be;
	__u8 tci_ok, csum;
	__u32 reserved, id;
};

struct PACKED b_view {
	__u32 rss, tci_be;
	__u8 tci_ok, reserved1;
	__u16 csum_bits;	// bits 3 to 11
	__u32 mark;
	__u64 time;
	__u32 reserved2, id;
};

struct PACKED unic {
	__u16 hash_be;
	__u8 kind, queue;
	__u32 id;
};

struct PACKED a_desc {
	__u64 a, next;
	__u32 len, low_high;
};

struct PACKED b_desc {
	__u32 high_low, pad;
	__u64 next, len, a;
};

struct PACKED mynic_1_4 {
	__u64 timestamp, ptr_to_rx;
	union PACKED {
		struct PACKED { __u32 saddr_be; __u8 protocol, ttl; __u16 l4_offset; } v4;
		struct PACKED { __u8 saddr_low[4], next_header, hop_limit; __u16 l4_offset; } v6;
		struct PACKED { __u32 sender_ip_be; __u16 operation_be, reserved; } arp;
	} l3;
	__u16 hash, pkt_type;
	__u32 id;
};

struct PACKED mynic_2_0 {
	__u64 ptr_to_rx, timestamp;
	__u32 hash;
	union PACKED {
		struct PACKED { __u32 saddr_be; __u8 protocol, l4_offset; } v4;
		struct PACKED { __u8 saddr_low[4], next_header, l4_offset; } v6;
		struct PACKED { __u32 sender_ip_be; __u16 operation_be; } arp;
		struct PACKED { __u8 type, code; __u16 identifier_be, sequence_be; } icmp;
	} l3;
	__u8 pkt_type, vlan_tags;
	__u32 id;
};

// ---- results ----

static bool current_ok;
static char current[128];

static void begin(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(current, sizeof(current), fmt, ap);
	va_end(ap);
	current_ok = true;
}

// A line of explanation; the first one makes the result a failure.
__attribute__((format(printf, 1, 2)))
static void fail(const char *fmt, ...)
{
	va_list ap;

	if (current_ok)
		printf("not ok %s/%s\n", label, current);
	current_ok = false;
	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

static void end(void)
{
	if (current_ok)
		printf("ok %s/%s\n", label, current);
	else
		failed++;
}

static void expect(const char *what, __u64 want, __u64 came)
{
	if (want != came)
		fail("%s: expected 0x%llx, came 0x%llx", what, want, came);
}

// ---- opening and running ----

static char libbpf_log[65536];

static int keep_log(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	size_t n = strlen(libbpf_log);

	if (level != LIBBPF_DEBUG)
		vsnprintf(libbpf_log + n, sizeof(libbpf_log) - n, fmt, ap);
	return 0;
}

static void show_log(void)
{
	char *line, *rest = libbpf_log;
	int n = 0;

	while ((line = strsep(&rest, "\n")) && n++ < 40)
		printf("# %s\n", line);
}

// Opens OBJECT.bpf.o for the firmware; @only: loads just this program. NULL if that fails (see libbpf_log).
static struct bpf_object *load(const char *object, const char *firmware, const char *only)
{
	char path[512], btf[512];
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf);
	struct bpf_program *prog;
	struct bpf_object *obj;

	libbpf_log[0] = 0;
	snprintf(path, sizeof(path), "%s/%s.bpf.o", objects, object);
	snprintf(btf, sizeof(btf), "%s/%s.btf", btfs, firmware);
	obj = bpf_object__open_file(path, &opts);
	if (!obj)
		return NULL;
	bpf_object__for_each_program(prog, obj)
		if (only)
			bpf_program__set_autoload(prog, !strcmp(only, bpf_program__name(prog)));
	if (!bpf_object__load(obj))
		return obj;
	bpf_object__close(obj);
	return NULL;
}

// The value of an enumerator in a firmware's BTF, 0 if there is none.
static __u32 enumerator(const char *firmware, const char *name)
{
	struct btf *btf;
	char path[512];
	__u32 value = 0;

	snprintf(path, sizeof(path), "%s/%s.btf", btfs, firmware);
	btf = btf__parse(path, NULL);
	for (__u32 id = 1; btf && id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		for (int i = 0; btf_is_enum(t) && i < btf_vlen(t); i++)
			if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), name))
				value = btf_enum(t)[i].val;
	}
	btf__free(btf);
	return value;
}

#define PACKET 64

struct run {
	int err;
	__u32 verdict;
	__u8 out[512];		// metadata, if any is left, and packet
	__u32 out_meta, out_size;
};

// Runs a program on a packet with this metadata in front.
static struct run run_prog(int prog_fd, const void *meta, __u32 meta_size)
{
	struct xdp_md in = { .data = meta_size, .data_end = meta_size + PACKET }, out;
	struct run r = { 0 };
	__u8 packet[256 + PACKET] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = meta_size + PACKET,
		    .data_out = r.out, .data_size_out = sizeof(r.out), .ctx_in = &in, .ctx_size_in = sizeof(in),
		    .ctx_out = &out, .ctx_size_out = sizeof(out));

	memset(&out, 0, sizeof(out));
	memcpy(packet, meta, meta_size);
	memset(packet + meta_size, 0x5a, PACKET);
	r.err = bpf_prog_test_run_opts(prog_fd, &opts);
	r.verdict = opts.retval;
	r.out_size = opts.data_size_out;
	r.out_meta = out.data - out.data_meta;
	return r;
}

static int prog_fd(struct bpf_object *obj, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(obj, name));
}

static void map_get(struct bpf_object *obj, const char *name, void *value)
{
	__u32 zero = 0;

	if (bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(obj, name), &zero, value))
		fail("map %s: %s", name, strerror(errno));
}

static void map_set(struct bpf_object *obj, const char *name, const void *value)
{
	__u32 zero = 0;

	if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, name), &zero, value, 0))
		fail("map %s: %s", name, strerror(errno));
}

// ---- traps: values in the order in which the program gives them ----

struct want {
	const char *name;
	__u64 value;
};

static void traps_run(struct bpf_object *obj, const char *prog, const void *meta, __u32 size, __u32 verdict,
		      const struct want *want, unsigned int n)
{
	struct got got = { 0 };
	struct run r;

	map_set(obj, "out", &got);
	r = run_prog(prog_fd(obj, prog), meta, size);
	if (r.err) {
		fail("%s: test run: %s", prog, strerror(-r.err));
		return;
	}
	expect("verdict", verdict, r.verdict);
	map_get(obj, "out", &got);
	expect("number of values", n, got.n);
	for (unsigned int i = 0; i < n; i++)
		expect(want[i].name, want[i].value, got.v[i]);
}

#define TRAPS(obj, prog, meta, ...) do {							\
	const struct want want_[] = { __VA_ARGS__ };						\
	traps_run(obj, prog, &(meta), sizeof(meta), XDP_PASS, want_, ARRAY_SIZE(want_));	\
} while (0)

static void ints_a(struct bpf_object *obj)
{
	struct a_ints m = {
		.count = 0x89abcdef, .temp = -5, .hash = 0x1234, .port_be = htobe16(0xbeef), .good = 1, .gone = 0x77,
		.addr = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66 }, .kind = 1,
		.id = enumerator("tnic-a", "TNIC_INTS_LAYOUT_ID"),
	};

	for (m.kind = 1; m.kind <= 4; m.kind++) {
		begin("tnic-a/ints_kind_%d", m.kind);
		TRAPS(obj, "ints", m, { "count by MDESC_LOAD", 0x89abcdef }, { "count by getter", 0x89abcdef },
		      { "count by MDESC_READ", 0x89abcdef }, { "temp by MDESC_READ", -5 }, { "temp by getter", -5 },
		      { "port by MDESC_BE", 0xbeef }, { "port by getter", 0xbeef }, { "good by getter", 1 },
		      { "good by MDESC_READ", 1 }, { "gone by MDESC_LOAD_OR", 0x77 }, { "gone by MDESC_READ_OR", 0x77 },
		      { "gone by getter", 0x77 }, { "is red", m.kind == 1 }, { "is green", m.kind == 2 },
		      { "is gone", m.kind == 3 }, { "bytes of addr", 6 }, { "addr by MDESC_COPY", 0x112233445566 },
		      { "length of addr", 6 }, { "addr[3] by getter", 0x44 }, { "count as u32", 0x89abcdef });
		end();
	}
}

static void ints_b(struct bpf_object *obj)
{
	struct b_ints m = {
		.count = 0x1122334489abcdef, .temp = -100000, .hash = 0x12345678, .port_be = htobe32(0xdeadbeef),
		.good = 1, .addr = { 0x11, 0x22, 0x33, 0x44 }, .id = enumerator("tnic-b", "TNIC_INTS_LAYOUT_ID"),
	};

	for (m.kind = 1; m.kind <= 4; m.kind++) {
		begin("tnic-b/ints_kind_%d", m.kind);
		TRAPS(obj, "ints", m, { "count by MDESC_LOAD", 0x1122334489abcdef },
		      { "count by getter", 0x1122334489abcdef }, { "count by MDESC_READ", 0x1122334489abcdef },
		      { "temp by MDESC_READ", -100000 }, { "temp by getter", -100000 },
		      { "port by MDESC_BE", 0xdeadbeef }, { "port by getter", 0xdeadbeef }, { "good by getter", 1 },
		      { "good by MDESC_READ", 1 }, { "gone by MDESC_LOAD_OR", GOT_ABSENT },
		      { "gone by MDESC_READ_OR", GOT_ABSENT }, { "gone by getter", GOT_ABSENT },
		      { "is red", m.kind == 3 }, { "is green", m.kind == 1 }, { "is gone", 0 }, { "bytes of addr", 4 },
		      { "addr by MDESC_COPY", 0x112233440000 }, { "length of addr", 4 }, { "addr[3] by getter", 0x44 },
		      { "count as u32", 0x89abcdef });
		end();
	}
}

struct a_calc {
	__u8 hash1, hash2;
	__u16 hash3, net1_be, net2_be;
	__u8 vni[3], flags;
	__u32 sec;
	__s16 drift;
	__u16 part;
	__u32 id;
};

static void calc_a(struct bpf_object *obj)
{
	struct a_calc m = {
		.hash1 = 0x11, .hash2 = 0x22, .hash3 = 0x4433, .net1_be = htobe16(0x0102), .net2_be = htobe16(0x0304),
		.vni = { 0xaa, 0xbb, 0xcc }, .sec = 4000000000u, .drift = -7, .part = 5 << 3 | 7,
		.id = enumerator("tnic-a", "TNIC_CALC_LAYOUT_ID"),
	};

	for (m.flags = 1; m.flags <= 2; m.flags++) {
		begin("tnic-a/calc_%d", m.flags);
		TRAPS(obj, "calc", m, { "alias", 0x44332211 }, { "big-endian alias", 0x01020304 },
		      { "alias of bytes", 0xaabbcc }, { "valid", m.flags == 2 }, { "read", m.flags == 2 },
		      { "read where valid", m.flags == 2 ? 0xaabbcc : 0 },
		      { "derived", 4000000000000ULL - 3 - 5 });
		end();
	}
}

/* Every piece elsewhere, hash1 twice as wide: the getters follow each. */
struct b_calc {
	__u64 sec;
	__u16 net2_be;
	__u8 hash2, vni[3];
	__u16 hash1, net1_be;
	__u16 part;
	__s32 drift;
	__u16 hash3;
	__u8 flags, spare;
	__u32 id;
};

static void calc_b(struct bpf_object *obj)
{
	struct b_calc m = {
		.hash1 = 0x1111, .hash2 = 0x22, .hash3 = 0x4433, .net1_be = htobe16(0x0102), .net2_be = htobe16(0x0304),
		.vni = { 0xaa, 0xbb, 0xcc }, .flags = 2, .sec = 1ULL << 40, .drift = -100001, .part = 7 << 13 | 5,
		.id = enumerator("tnic-b", "TNIC_CALC_LAYOUT_ID"),
	};

	begin("tnic-b/calc");
	TRAPS(obj, "calc", m, { "alias of pieces apart, one wider", 0x4433221111 }, { "big-endian alias", 0x01020304 },
	      { "alias of bytes", 0xaabbcc }, { "valid", 1 }, { "read", 1 }, { "read where valid", 0xaabbcc },
	      { "derived", (1ULL << 40) * 1000 - 50000 - 5 });
	end();
}

static void bits_a(struct bpf_object *obj)
{
	struct a_bits m = {
		.bits = 5 | 0x5a5 << 3 | (-9 & 31) << 14 | 0xfffu << 20,
		.tag_be = htobe32(5u << 29 | 1 << 28 | 0xabc << 16 | 0x1234),
		.flags = 0xd | 0x2aa << 4 | 1u << 31,
		.id = enumerator("tnic-a", "TNIC_BITS_LAYOUT_ID"),
	};

	begin("tnic-a/bits");
	TRAPS(obj, "bits", m, { "bits_a by MDESC_READ", 5 }, { "bits_a by getter", 5 },
	      { "bits_b by MDESC_READ", 0x5a5 }, { "bits_b by getter", 0x5a5 }, { "bits_s by MDESC_READ", -9 },
	      { "bits_s by getter", -9 }, { "vid by getter", 0xabc }, { "vid by MDESC_BE_WORD", 0xabc },
	      { "dei by getter", 1 }, { "pcp", 5 }, { "low", 0xd }, { "mid by getter", 0x2aa },
	      { "mid by MDESC_WORD", 0x2aa }, { "top", 1 });
	end();
}

static void bits_b(struct bpf_object *obj)
{
	struct b_bits m = {
		.bits = (-200 & 511) | 0x5a5a5 << 9 | 1 << 28,
		.tag_be = htobe64(0xfabcULL << 45 | 1 << 3 | 0x10),
		.flags = 1 | 0xabcu << 20 | 9 << 1 | 0x7000,
		.id = enumerator("tnic-b", "TNIC_BITS_LAYOUT_ID"),
	};

	begin("tnic-b/bits");
	TRAPS(obj, "bits", m, { "bits_a by MDESC_READ", 1 }, { "bits_a by getter", 1 },
	      { "bits_b by MDESC_READ", 0x5a5a5 }, { "bits_b by getter", 0x5a5a5 }, { "bits_s by MDESC_READ", -200 },
	      { "bits_s by getter", -200 }, { "vid by getter", 0xfabc }, { "vid by MDESC_BE_WORD", 0xfabc },
	      { "dei by getter", 1 }, { "pcp", GOT_ABSENT }, { "low", 9 }, { "mid by getter", 0xabc },
	      { "mid by MDESC_WORD", 0xabc }, { "top", 1 });
	end();
}

// Where the map `memory` of the object lies in the kernel.
static __u64 memory_address(struct bpf_object *obj)
{
	struct got got = { 0 };
	struct run r = run_prog(prog_fd(obj, "where"), "", 0);

	if (r.err)
		fail("where: %s", strerror(-r.err));
	map_get(obj, "out", &got);
	return got.v[0];
}

static void pointers_a(struct bpf_object *obj)
{
	struct a_bits m = { .id = enumerator("tnic-a", "TNIC_BITS_LAYOUT_ID") };
	__u8 memory[256] = { 0 };
	struct a_desc *d = (void *)memory;

	begin("tnic-a/pointers");
	m.desc = memory_address(obj);
	d[0] = (struct a_desc){ .a = 1, .next = m.desc + sizeof(*d), .len = 0xf0000001,
				.low_high = 0x15 | 0x7654321u << 5 };
	d[1] = (struct a_desc){ .a = 0x8000000000000002, .next = 16, .len = 77 };
	map_set(obj, "memory", memory);
	TRAPS(obj, "pointers", m, { "a", 1 }, { "len", 0xf0000001 }, { "low", 0x15 }, { "high", 0x7654321 },
	      { "next->len", 77 }, { "next->a by BPF_CORE_READ", 0x8000000000000002 }, { "bad address is an error", 1 },
	      { "bad address reads 0", 0 });
	end();
}

static void pointers_b(struct bpf_object *obj)
{
	struct b_bits m = { .id = enumerator("tnic-b", "TNIC_BITS_LAYOUT_ID") };
	__u8 memory[256] = { 0 };
	struct b_desc *d = (void *)memory;

	begin("tnic-b/pointers");
	m.desc = memory_address(obj);
	d[0] = (struct b_desc){ .a = 1, .next = m.desc + sizeof(*d), .len = 0x1f0000001,
				.high_low = 0x54321 | 0xfedu << 20 };
	d[1] = (struct b_desc){ .a = 0x8000000000000002, .next = 16, .len = 77 };
	map_set(obj, "memory", memory);
	TRAPS(obj, "pointers", m, { "a", 1 }, { "len", 0x1f0000001 }, { "low", 0xfed }, { "high", 0x54321 },
	      { "next->len", 77 }, { "next->a by BPF_CORE_READ", 0x8000000000000002 }, { "bad address is an error", 1 },
	      { "bad address reads 0", 0 });
	end();
}

static void views_a(struct bpf_object *obj)
{
	struct a_view m = {
		.time = 0x0123456789abcdef, .rss_be = htobe32(0xcafebabe), .tci_be = htobe16(0x2123), .csum = 1,
		.id = enumerator("tnic-a", "TNIC_VIEW_LAYOUT_ID"),
	};
	struct a_ints other = { .id = enumerator("tnic-a", "TNIC_INTS_LAYOUT_ID") };

	for (m.tci_ok = 0; m.tci_ok <= 1; m.tci_ok++) {
		begin("tnic-a/views_valid_%d", m.tci_ok);
		TRAPS(obj, "views", m, { "view", 1 }, { "has timestamp", 1 }, { "timestamp", 0x0123456789abcdef },
		      { "has hash", 1 }, { "big-endian hash", 0xcafebabe }, { "has tci", m.tci_ok },
		      { "tci", m.tci_ok ? 0x2123 : 0xabab }, { "has csum", 1 }, { "csum", 1 }, { "has mark", 0 },
		      { "untouched", 0xcafebabe }, { "has queue", 0 });
		end();
	}
	begin("tnic-a/view_other_layout");
	TRAPS(obj, "views", other, { "view", 0 }, { "has timestamp", 0 }, { "timestamp", GOT_ABSENT },
	      { "has hash", 0 }, { "hash", 0xabababab }, { "has tci", 0 }, { "tci", 0xabab }, { "has csum", 0 },
	      { "csum", 0xab }, { "has mark", 0 }, { "mark", 0xabababab }, { "has queue", 0 });
	end();
}

static void views_b(struct bpf_object *obj)
{
	struct b_view m = {
		.time = 0x0123456789abcdef, .rss = 0xcafebabe, .tci_be = htobe32(0x2123), .mark = 0x99,
		.csum_bits = 0xf007 | 2 << 3,
		.id = enumerator("tnic-b", "TNIC_VIEW_LAYOUT_ID"),
	};

	for (m.tci_ok = 0; m.tci_ok <= 1; m.tci_ok++) {
		begin("tnic-b/views_valid_%d", m.tci_ok);
		TRAPS(obj, "views", m, { "view", 1 }, { "has timestamp", 1 }, { "timestamp", 0x0123456789abcdef },
		      { "has hash", 1 }, { "hash", 0xcafebabe }, { "has tci", m.tci_ok },
		      { "big-endian tci, wider", m.tci_ok ? 0x2123 : 0xabab }, { "has csum", 1 },
		      { "csum, a bit field", 2 },
		      { "has mark", 1 }, { "mark", 0x99 }, { "has queue", 0 });
		end();
	}
}

// ---- layout ids ----

static void ids(const char *firmware, struct bpf_object *obj)
{
	__u32 id = enumerator(firmware, "TNIC_INTS_LAYOUT_ID");
	__u32 size = strcmp(firmware, "tnic-a") ? sizeof(struct b_ints) : sizeof(struct a_ints);
	struct { __u8 front[8], bytes[32]; } m = { 0 };

#define IDS(meta, size, id, ints, layout, fits, first) do {						\
	const struct want want_[] = { { "id", id }, { "is ints", ints }, { "is bits", 0 }, { "is unic", 0 },	\
		{ "unic's hash", 0 }, { "mdesc_meta_layout", layout }, { "mdesc_meta", fits },			\
		{ "mdesc_meta_first", first } };								\
	traps_run(obj, "ids", meta, size, XDP_PASS, want_, ARRAY_SIZE(want_));					\
} while (0)

	begin("%s/id_none", firmware);
	IDS(&m, 0, 0, 0, 0, 0, 0);
	end();
	begin("%s/id_known", firmware);
	memcpy(m.bytes + size - 4, &id, 4);
	IDS(m.bytes, size, id, 1, 1, 1, 1);
	end();
	// as if a program before had put 8 bytes of its own in front; too much for kernel 6.1 with b's 32
	if (size <= 24) {
		begin("%s/id_from_the_end", firmware);
		IDS(&m, size + 8, id, 1, 1, 1, 1);
		end();
	}
	begin("%s/id_too_short", firmware);
	IDS(m.bytes + 4, size - 4, id, 1, 0, 0, 0);
	end();
	begin("%s/id_unknown", firmware);
	memcpy(m.bytes + size - 4, &(__u32){ 0x7f7f7f7f }, 4);
	IDS(m.bytes, size, 0x7f7f7f7f, 0, 0, 1, 1);
	end();
}

// A program that knows two vendors runs on the other one.
static void two_vendors(void)
{
	struct bpf_object *obj = load("traps", "unic", "ids");
	struct unic m = { .hash_be = htobe16(0x1234), .id = enumerator("unic", "UNIC_METADATA_LAYOUT_ID") };
	struct got got = { 0 };
	struct run r;

	begin("unic/two_vendors");
	if (obj) {
		r = run_prog(prog_fd(obj, "ids"), &m, sizeof(m));
		expect("error", 0, r.err);
		map_get(obj, "out", &got);
		expect("id", m.id, got.v[0]);
		expect("is tnic's", 0, got.v[1]);
		expect("is unic's", 1, got.v[3]);
		expect("hash", 0x1234, got.v[4]);
	} else {
		fail("does not load");
		show_log();
	}
	end();
	bpf_object__close(obj);
}

// ---- chains ----

// The program `chain`: the word, then what each combination gives.
#define CHAIN(obj, meta, word, hash, hash_type, tci, strip, all_hash, all_type, mark, csum) \
	TRAPS(obj, "chain", meta, { "word", word }, { "hash", hash }, { "hash_type", hash_type }, \
	      { "tci", tci }, { "strip", strip }, { "hash of three", all_hash }, { "hash_type of three", all_type }, \
	      { "mark of three", mark }, { "csum of three", csum })
#define NO GOT_ABSENT

static void chain_words(struct bpf_object *obj, __u32 word, bool hash, bool vlan, bool three, bool two)
{
	__u32 meta = htobe32(word);

	begin("nfp/chain_word_%x", word);
	TRAPS(obj, "chain_word", meta, { "word", word }, { "is hash", hash }, { "is vlan", vlan },
	      { "is hash, mark, csum", three }, { "is hash, mark", two });
	end();
}

static void chains(void)
{
	const __u32 hash[] = { htobe32(0x41), htobe32(0xcafebabe) };	// what the hash covers: 4
	const __u32 vlan[] = { htobe32(0x4), htobe32(1u << 31 | 1 << 16 | 0x2123) };
	const __u32 three[] = { htobe32(0x62a1), htobe32(0xcafebabe), htobe32(0x12345678), 0x1234 };
	const __u32 order[] = { htobe32(0x62a), htobe32(0xcafebabe), htobe32(0x12345678), 0x1234 };
	const __u32 unknown[] = { htobe32(0x7), htobe32(0xcafebabe) };
	const __u32 more[] = { htobe32(0x762a1), htobe32(1), htobe32(2), 3, 4 };
	struct bpf_object *obj = load("chain", "nfp", NULL);

	begin("nfp/chain");
	if (!obj) {
		fail("does not load");
		show_log();
		end();
		return;
	}
	CHAIN(obj, hash, 0x41, 0xcafebabe, 4, NO, NO, NO, NO, NO, NO);
	CHAIN(obj, vlan, 0x4, NO, NO, 0x2123, 1, NO, NO, NO, NO);
	CHAIN(obj, three, 0x62a1, NO, NO, NO, NO, 0xcafebabe, 10, 0x12345678, 0x1234);
	end();

	begin("nfp/chain_unknown");
	CHAIN(obj, order, 0x62a, NO, NO, NO, NO, NO, NO, NO, NO);
	CHAIN(obj, unknown, 0x7, NO, NO, NO, NO, NO, NO, NO, NO);
	CHAIN(obj, more, 0x762a1, NO, NO, NO, NO, NO, NO, NO, NO);
	end();

	begin("nfp/chain_cut");
	CHAIN(obj, hash[0], 0x41, NO, NO, NO, NO, NO, NO, NO, NO);
	traps_run(obj, "chain", three, 12, XDP_PASS, (struct want[]){ { "word", 0x62a1 }, { "hash", NO },
		  { "hash_type", NO }, { "tci", NO }, { "strip", NO }, { "hash of three", NO },
		  { "hash_type of three", NO }, { "mark of three", NO }, { "csum of three", NO } }, 9);
	traps_run(obj, "chain_word", "", 0, XDP_PASS, (struct want[]){ { "word", 0 }, { "is hash", 0 },
		  { "is vlan", 0 }, { "is hash, mark, csum", 0 }, { "is hash, mark", 0 } }, 5);
	end();

	chain_words(obj, 0x01, true, false, false, false);
	chain_words(obj, 0xf1, true, false, false, false);	// whatever the hash covers
	chain_words(obj, 0x04, false, true, false, false);
	chain_words(obj, 0x14, false, false, false, false);
	chain_words(obj, 0x6201, false, false, true, false);
	chain_words(obj, 0x6291, false, false, true, false);
	chain_words(obj, 0x2f1, false, false, false, true);
	chain_words(obj, 0x10201, false, false, false, false);
	bpf_object__close(obj);
}

// A program that knows chains runs on hardware without.
static void no_chains(void)
{
	struct bpf_object *obj = load("chain", "tnic-a", NULL);
	const __u32 hash[] = { htobe32(0x41), htobe32(0xcafebabe) };

	begin("tnic-a/no_chain");
	if (obj) {
		CHAIN(obj, hash, 0x41, NO, NO, NO, NO, NO, NO, NO, NO);
		TRAPS(obj, "chain_word", hash, { "word", 0x41 }, { "is hash", 0 }, { "is vlan", 0 },
		      { "is hash, mark, csum", 0 }, { "is hash, mark", 0 });
	} else {
		fail("does not load");
		show_log();
	}
	end();
	bpf_object__close(obj);
}

// ---- handing on ----

static void handing_on(struct bpf_object *obj)
{
	__u32 meta[2] = { 0x11111111, 0x22222222 }, id;
	struct run r;

	begin("pass_strips");
	r = run_prog(prog_fd(obj, "pass"), meta, sizeof(meta));
	expect("error", 0, r.err);
	expect("verdict", XDP_PASS, r.verdict);
	expect("bytes of metadata", 0, r.out_meta);
	expect("bytes", PACKET, r.out_size);
	expect("first byte", 0x5a, r.out[0]);
	r = run_prog(prog_fd(obj, "pass"), meta, 0);
	expect("verdict without metadata", XDP_PASS, r.verdict);
	expect("bytes without metadata", PACKET, r.out_size);
	end();

	begin("pass_by_choice_keeps");
	r = run_prog(prog_fd(obj, "keep"), meta, sizeof(meta));
	expect("bytes of metadata", sizeof(meta), r.out_meta);
	end();

	begin("xsk_zero_id");
	r = run_prog(prog_fd(obj, "xsk"), meta, 0);
	expect("error", 0, r.err);
	expect("verdict", XDP_TX, r.verdict);
	expect("bytes of metadata", 4, r.out_meta);
	memcpy(&id, r.out, 4);
	expect("id", 0, id);
	expect("packet behind it", 0x5a, r.out[4]);
	end();

	begin("xsk_keeps_metadata");
	r = run_prog(prog_fd(obj, "xsk"), meta, sizeof(meta));
	expect("bytes of metadata", sizeof(meta), r.out_meta);
	memcpy(&id, r.out + 4, 4);
	expect("id", meta[1], id);
	end();

	begin("kernel_wants_multiples_of_4");
	r = run_prog(prog_fd(obj, "pass"), meta, 6);
	expect("error", -EINVAL, r.err);
	end();
}

// ---- what must be refused ----

static void refused(void)
{
	static const struct {
		const char *prog;
		bool a, b;	// loads on tnic-a, on tnic-b
	} progs[] = {
		{ "missing_field", true, false },	{ "missing_enumerator", true, false },
		{ "missing_range", true, false },	{ "beyond_array", true, false },
		{ "signed_width", true, false },	{ "obvious_id", false, false },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(progs); i++) {
		for (int b = 0; b < 2; b++) {
			const char *firmware = b ? "tnic-b" : "tnic-a";
			struct bpf_object *obj = load("refused", firmware, progs[i].prog);
			bool loads = b ? progs[i].b : progs[i].a;

			begin("%s/refused_%s", firmware, progs[i].prog);
			expect("loads", loads, obj != NULL);
			if (loads && !obj)
				show_log();
			end();
			bpf_object__close(obj);
		}
	}
}

// ---- what it costs ----

// Instructions of a program in the kernel, dead code removed.
static int instructions(struct bpf_object *obj, const char *name)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd(obj, name), &info, &len))
		fail("%s: %s", name, strerror(errno));
	return info.xlated_prog_len / sizeof(struct bpf_insn);
}

static void cost(void)
{
	static const struct {
		const char *prog;
		int more;	// instructions more than by hand, at most
	} costs[] = {
		{ "first", 1 }, { "last", 2 }, { "uint", 0 }, { "uint_or", 1 }, { "sint", 1 }, { "be", 1 },
		{ "flag", 0 }, { "array", 2 }, { "ubits", 3 }, { "sbits", 3 }, { "word", 0 }, { "be_word", 1 },
		{ "tag", 5 }, { "view", 2 },
	};
	struct bpf_object *obj = load("cost", "tnic-a", NULL);
	char all[512] = "";

	begin("cost");
	if (obj) {
		for (unsigned int i = 0; i < ARRAY_SIZE(costs); i++) {
			char by_hand[64];
			int more;

			snprintf(by_hand, sizeof(by_hand), "%s_by_hand", costs[i].prog);
			more = instructions(obj, costs[i].prog) - instructions(obj, by_hand);
			snprintf(all + strlen(all), sizeof(all) - strlen(all), " %s %+d", costs[i].prog, more);
			if (more > costs[i].more)
				fail("%s: %d instructions more than by hand, not %d", costs[i].prog, more,
				     costs[i].more);
		}
	} else {
		fail("does not load");
		show_log();
	}
	end();
	printf("# instructions more than by hand:%s\n", all);
	bpf_object__close(obj);
}

// ---- the examples ----

struct example {
	const char *firmware;
	union {
		struct mynic_1_4 v1;
		struct mynic_2_0 v2;
		__u8 bytes[32];
	} meta;
	bool is_2;
};

static void example_run(const char *prog, const struct example *e, const char *what, __u32 verdict,
			const struct seen *want, __u64 address)
{
	struct bpf_object *obj = load(prog, e->firmware, NULL);
	struct example copy = *e;
	struct seen seen;
	struct run r;

	begin("%s/%s%s%s", e->firmware, prog, *what ? "_" : "", what);
	if (!obj) {
		fail("does not load");
		show_log();
		end();
		return;
	}
	if (address && e->is_2)
		copy.meta.v2.ptr_to_rx = address;
	else if (address)
		copy.meta.v1.ptr_to_rx = address;
	r = run_prog(prog_fd(obj, prog), &copy.meta, sizeof(copy.meta));
	expect("error", 0, r.err);
	expect("verdict", verdict, r.verdict);
	if (verdict == XDP_PASS)
		expect("metadata left", 0, r.out_meta);
	map_get(obj, "out", &seen);
#define SEEN(field) expect(#field, want->field, seen.field)
	SEEN(packets); SEEN(others); SEEN(timestamp); SEEN(hash); SEEN(type); SEEN(address); SEEN(protocol);
	SEEN(l4_offset); SEEN(rx_len); SEEN(rx_head); SEEN(has);
	end();
	bpf_object__close(obj);
}

static void example_type(struct example *e, __u8 type)
{
	if (e->is_2)
		e->meta.v2.pkt_type = type;
	else
		e->meta.v1.pkt_type = type;
}

static void examples_of(struct example e, __u64 memory)
{
	const struct seen other = { .others = 1 };
	struct seen s = { .packets = 1, .timestamp = 0x0123456789abcdef, .hash = e.is_2 ? 0xcafebabe : 0xbabe,
			  .type = 2 };
	struct example unknown = e;

	example_run("meta_members", &e, "", XDP_PASS, &s, 0);
	example_run("meta_core", &e, "", XDP_PASS, &s, 0);
	s.type = 0;
	example_run("layouts", &e, "", XDP_PASS, &s, 0);
	if (!e.is_2)
		s.hash = 0;	// 16 bits are less than the view promises
	s.has = e.is_2 ? 3 : 1;
	example_run("view", &e, "", XDP_PASS, &s, 0);

	s = (struct seen){ .packets = 1, .type = SEEN_IPV4, .address = 0xc0000201, .protocol = 6, .l4_offset = 34 };
	example_run("swivel", &e, "tcp4", XDP_PASS, &s, 0);
	example_type(&e, 0);
	s = (struct seen){ .packets = 1 };
	example_run("swivel", &e, "other", XDP_PASS, &s, 0);
	example_type(&e, 4);	// a new one in 2.0: none that the program knows
	example_run("swivel", &e, "new_arm", XDP_PASS, &s, 0);
	example_type(&e, 1);
	s = (struct seen){ .packets = 1, .type = SEEN_ARP, .address = 0xc0000201 };
	example_run("swivel", &e, "arp", XDP_PASS, &s, 0);
	example_type(&e, 3);
	if (e.is_2) {
		e.meta.v2.l3.v6.next_header = 17;
		e.meta.v2.l3.v6.l4_offset = 54;
	} else {
		e.meta.v1.l3.v6.next_header = 17;
		e.meta.v1.l3.v6.l4_offset = 54;
	}
	s = (struct seen){ .packets = 1, .type = SEEN_IPV6, .protocol = 17, .l4_offset = 54 };
	example_run("swivel", &e, "udp6", XDP_DROP, &s, 0);

	s = (struct seen){ .packets = 1, .rx_len = 0x1122334455667788, .rx_head = 7 };
	example_run("follow_desc", &e, "", XDP_PASS, &s, memory);
	s = (struct seen){ .packets = 1, .others = 1 };
	example_run("follow_desc", &e, "bad_address", XDP_PASS, &s, 16);

	memset(unknown.meta.bytes + 28, 0x7f, 4);
	example_run("meta_members", &unknown, "unknown", XDP_PASS, &other, 0);
	example_run("meta_core", &unknown, "unknown", XDP_PASS, &other, 0);
	example_run("swivel", &unknown, "unknown", XDP_PASS, &other, 0);
	example_run("layouts", &unknown, "unknown", XDP_PASS, &other, 0);
	example_run("view", &unknown, "unknown", XDP_PASS, &other, 0);
}

static void examples(struct bpf_object *traps)
{
	__u64 rx_1_4[4] = { 0x1122334455667788, 7, 8, 9 };	// len, head, tail, foobar
	__u64 rx_2_0[4] = { 7, 8, 0x1122334455667788, 9 };	// head, tail, len, foobar
	struct example e = { .firmware = "mynic-1.4" };
	__u8 memory[256] = { 0 };
	__u64 address;

	begin("memory");
	address = memory_address(traps);
	memcpy(memory, rx_1_4, sizeof(rx_1_4));
	memcpy(memory + 128, rx_2_0, sizeof(rx_2_0));
	map_set(traps, "memory", memory);
	end();

	e.meta.v1 = (struct mynic_1_4){
		.timestamp = 0x0123456789abcdef, .hash = 0xbabe, .pkt_type = 2,
		.l3.v4 = { .saddr_be = htobe32(0xc0000201), .protocol = 6, .ttl = 64, .l4_offset = 34 },
		.id = enumerator("mynic-1.4", "MYNIC_METADATA_LAYOUT_ID"),
	};
	examples_of(e, address);
	e.firmware = "mynic-2.0";
	e.is_2 = true;
	e.meta.v2 = (struct mynic_2_0){
		.timestamp = 0x0123456789abcdef, .hash = 0xcafebabe, .pkt_type = 2, .vlan_tags = 1,
		.l3.v4 = { .saddr_be = htobe32(0xc0000201), .protocol = 6, .l4_offset = 34 },
		.id = enumerator("mynic-2.0", "MYNIC_METADATA_LAYOUT_ID"),
	};
	examples_of(e, address + 128);
}

int main(int argc, char **argv)
{
	struct bpf_object *a, *b;

	if (argc != 4) {
		fprintf(stderr, "usage: bpf_cases OBJECTS BTFS LABEL\n");
		return 2;
	}
	objects = argv[1];
	btfs = argv[2];
	label = argv[3];
	libbpf_set_print(keep_log);

	begin("load");
	a = load("traps", "tnic-a", NULL);
	if (a)
		b = load("traps", "tnic-b", NULL);
	if (!a || !b) {
		fail("traps.bpf.o does not load on %s", a ? "tnic-b" : "tnic-a");
		show_log();
		end();
		return 1;
	}
	end();
	ints_a(a);
	ints_b(b);
	bits_a(a);
	bits_b(b);
	calc_a(a);
	calc_b(b);
	pointers_a(a);
	pointers_b(b);
	views_a(a);
	views_b(b);
	ids("tnic-a", a);
	ids("tnic-b", b);
	two_vendors();
	chains();
	no_chains();
	handing_on(a);
	refused();
	cost();
	examples(a);
	bpf_object__close(a);
	bpf_object__close(b);
	return failed != 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A small image made by hand, and resealing.
 *
 * The parser of the sample: ether -> vlan (at most twice) -> ip4, whose select
 * on protocol needs two look-ups (a part that holds). Layouts: `sample`, written
 * in front of the packet, and `sample_desc`, a descriptor with all kinds of
 * fields. It writes the ELF file with plain structs: the compiler's writer is
 * not to be tested with itself.
 */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <nettle/sha2.h>

#include "imgbuild.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif

#define MAX_SECTIONS	32
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

struct sec {
	char name[32];
	uint8_t *data;
	size_t size;
	uint32_t type;
	uint64_t flags;
	uint64_t align;
	uint64_t offset;
};

struct build {
	struct sec secs[MAX_SECTIONS];
	unsigned int count;
	char strings[8192];
	uint32_t strings_size;
	struct sample_opts opts;
};

static void *zalloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		abort();
	return p;
}

static mdesc_fmt_str str(struct build *b, const char *s)
{
	uint32_t at = b->strings_size;

	if (!*s)
		return 0;
	strcpy(b->strings + at, s);
	b->strings_size += strlen(s) + 1;
	return at;
}

static void add_section(struct build *b, const char *name, const void *data, size_t size,
			uint32_t type, uint64_t flags, uint64_t align)
{
	struct sec *s = &b->secs[b->count++];

	strcpy(s->name, name);
	s->data = zalloc(size);
	memcpy(s->data, data, size);
	s->size = size;
	s->type = type;
	s->flags = flags;
	s->align = align;
}

static void add_table(struct build *b, const char *name, const void *entries, uint32_t count,
		      uint32_t size)
{
	struct mdesc_fmt_table head = { count, size + b->opts.extra };
	size_t bytes = sizeof(head) + (size_t)count * head.entry_size;
	uint8_t *data = zalloc(bytes), *p = data + sizeof(head);
	uint32_t i;

	memcpy(data, &head, sizeof(head));
	for (i = 0; i < count; i++, p += head.entry_size) {
		memcpy(p, (const uint8_t *)entries + (size_t)i * size, size);
		memset(p + size, b->opts.fill, b->opts.extra);
	}
	add_section(b, name, data, bytes, SHT_PROGBITS, SHF_ALLOC, 8);
	free(data);
}
#define TABLE(b, name, array) add_table(b, name, array, COUNT(array), sizeof((array)[0]))

/* ---- the tables of the sample ---- */

enum { H_ETHER, H_VLAN, H_IP4 };
enum { S_ETHER, S_VLAN, S_IP4, S_IP4_1, S_TAIL };
enum { K_NONE, K_TYPE, K_PROTO, K_NEXT };
enum { SRC_TIME, SRC_HASH, SRC_DESC };

#define GO(s, k)	{ MDESC_GO, 0, 0, s, k }
#define ACCEPT		{ MDESC_ACCEPT, 0, 0, MDESC_FMT_NONE16, MDESC_FMT_NONE16 }
#define REJECT(c)	{ MDESC_REJECT, 0, c, MDESC_FMT_NONE16, MDESC_FMT_NONE16 }
#define DROP		{ MDESC_DROP, 0, 0, MDESC_FMT_NONE16, MDESC_FMT_NONE16 }

static void add_identity(struct build *b)
{
	struct mdesc_fmt_hdr hdr = {
		.magic = { 'M', 'D', 'S', 'C' },
		.major = MDESC_FMT_MAJOR,
		.minor = b->opts.minor ? b->opts.minor : MDESC_FMT_MINOR,
		.incompat_read = b->opts.incompat_read,
		.incompat_exec = b->opts.incompat_exec,
		.compat = b->opts.compat,
	};
	struct mdesc_fmt_ident idents[] = {
		{ MDESC_IDENT_DEVICE, 0, 0, str(b, "sample") },
		{ MDESC_IDENT_DRIVER, 0, 0, str(b, "sampledrv") },
		{ MDESC_IDENT_FIRMWARE, 0, 0, str(b, "1.0") },
		{ MDESC_IDENT_MATCH, str(b, "devlink"), str(b, "fw.app"), str(b, "1.*") },
	};

	add_section(b, MDESC_SEC_HDR, &hdr, sizeof(hdr), SHT_PROGBITS, SHF_ALLOC, 8);
	TABLE(b, MDESC_SEC_IDENT, idents);
}

static void add_machine(struct build *b)
{
	struct mdesc_fmt_target target[] = { {
		.name = str(b, "tcam_test"), .flags = MDESC_TARGET_LOOPS | MDESC_TARGET_ARITHMETIC,
		.rows = 64, .states = 16, .steps = 8, .key_bytes = 4, .reach = 64, .writes = 8,
		.metadata_bytes = 64, .start = GO(S_ETHER, K_TYPE),
	} };
	struct mdesc_fmt_header headers[] = {
		{ .name = str(b, "ethernet"), .type = str(b, "ethernet"), .fixed = 14, .min = 14, .max = 14 },
		{ .name = str(b, "vlan"), .type = str(b, "vlan_tag"), .fixed = 4, .min = 4, .max = 4,
		  .capacity = 2 },
		{ .name = str(b, "ipv4"), .type = str(b, "ipv4"), .fixed = 20, .min = 20, .max = 60,
		  .flags = MDESC_HEADER_VAR, .len_off = 0, .len_bytes = 1, .len_shift = 2,
		  .len_mask = 0x0f },
	};
	struct mdesc_fmt_register registers[] = {
		{ str(b, "ai"), 0, 0, 16, MDESC_REGISTER_PLAIN },
		{ str(b, "bi"), 0, 16, 12, MDESC_REGISTER_PLAIN },
		{ str(b, "tunnel"), 0, 32, 1, MDESC_REGISTER_FLAG },
		{ str(b, "frag"), 0, 33, 1, MDESC_REGISTER_FLAG },
		{ str(b, "tags"), 0, 40, 2, MDESC_REGISTER_COUNTER },
	};
	struct mdesc_fmt_state states[] = {
		{ .name = str(b, "ether"), .key_need = 3 },
		{ .name = str(b, "vlan"), .key_need = 3, .max = 2, .otherwise = REJECT(16) },
		{ .name = str(b, "ip4"), .key_need = 1 },
		{ .name = str(b, "ip4.1"), .flags = MDESC_STATE_PART, .key_need = 1 },
		{ .name = str(b, "tail") },
	};
	/* From the cursor: in front of the header that the state extracts. */
	struct mdesc_fmt_keys keys[] = {
		[K_NONE] = { .count = 0 },
		[K_TYPE] = { .count = 2, .off = { 12, 13 } },
		[K_PROTO] = { .count = 1, .off = { 9 } },
		[K_NEXT] = { .count = 2, .off = { 2, 3 } },
	};

	TABLE(b, MDESC_SEC_TARGET, target);
	TABLE(b, MDESC_SEC_HEADERS, headers);
	TABLE(b, MDESC_SEC_REGISTERS, registers);
	TABLE(b, MDESC_SEC_STATES, states);
	TABLE(b, MDESC_SEC_KEYS, keys);
}

/* Operations: ether 0..1, ip4 2..10, rules 11..; see the layout below. */
static const struct mdesc_fmt_op sample_ops[] = {
	/* dst[5:0] -> mac */
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_PACKET, .order = MDESC_ORDER_BE, .width = 48,
	  .index = H_ETHER },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_RAW, .width = 48, .bytes = 6, .bit = 8 * 24 },
	/* ipv4.saddr -> saddr (be32) */
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_PACKET, .order = MDESC_ORDER_BE, .width = 32,
	  .index = H_IP4, .bit = 96 },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_BE, .width = 32, .bytes = 4, .bit = 8 * 8 },
	/* ipv4.total_length -> len (host order) */
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_PACKET, .order = MDESC_ORDER_BE, .width = 16,
	  .index = H_IP4, .bit = 16 },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_HOST, .width = 16, .bytes = 2, .bit = 8 * 12 },
	/* offset(ipv4) + length(ipv4) -> l4_offset */
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_OFFSET, .index = H_IP4 },
	{ .op = MDESC_OP_ADD, .operand = MDESC_OPERAND_LENGTH, .index = H_IP4 },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_HOST, .width = 16, .bytes = 2, .bit = 8 * 14 },
	/* type = ipv4 */
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_CONST, .imm = 2 },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_HOST, .width = 16, .bytes = 2, .bit = 8 * 16 },
	/* rules: rx_time -> timestamp; rss_hash[15:0] -> hash */
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_SOURCE, .index = SRC_TIME },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_HOST, .width = 64, .bytes = 8, .bit = 0 },
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_SOURCE, .index = SRC_HASH },
	{ .op = MDESC_OP_AND, .imm = 0xffff },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_HOST, .width = 16, .bytes = 2, .bit = 8 * 18 },
	/* vlan[last].tci[11:0] -> word.vid, vlan[last].tci[15:13] -> word.pcp (be32 word) */
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_PACKET, .order = MDESC_ORDER_BE, .width = 12,
	  .index = H_VLAN, .elem = MDESC_ELEM_LAST, .bit = 4 },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_BE, .width = 12, .bytes = 4, .bit = 8 * 20,
	  .shift = 16 },
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_PACKET, .order = MDESC_ORDER_BE, .width = 3,
	  .index = H_VLAN, .elem = MDESC_ELEM_LAST },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_BE, .width = 3, .bytes = 4, .bit = 8 * 20,
	  .shift = 29 },
	/* count(vlan) -> tags, error, packet length, 5 -> type where no row wrote it */
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_COUNT, .index = H_VLAN },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_HOST, .width = 8, .bytes = 1, .bit = 8 * 30 },
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_ERROR },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_HOST, .width = 8, .bytes = 1, .bit = 8 * 31 },
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_PKTLEN },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_BE, .width = 16, .bytes = 2, .bit = 8 * 40 },
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_CONST, .imm = 7 },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_HOST, .width = 16, .bytes = 2, .bit = 8 * 16 },
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_SOURCE, .index = SRC_DESC },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_HOST, .width = 64, .bytes = 8, .bit = 8 * 32 },
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_CONST, .imm = SAMPLE_ID },
	{ .op = MDESC_OP_STORE, .order = MDESC_ORDER_HOST, .width = 32, .bytes = 4, .bit = 8 * 44 },
	/* nothing runs these, so nobody checks them: who prints them must */
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_SOURCE, .index = 0xffff },
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_PRESENT, .index = 0xffff, .elem = 3 },
	{ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_CLASS, .index = 0xffff },
};
#define RULES_FIRST	11
#define UNUSED_OPS	3

#define NONE	MDESC_FMT_NONE16
#define ROW(s, v0, v1, m, hdr, ...)						\
	{ .state = s, .state_mask = 0xffff, .key_value = { v0, v1 }, .key_mask = { m, m }, \
	  .header = hdr, .layout = NONE, __VA_ARGS__ }

static const struct mdesc_fmt_row sample_rows[] = {
	ROW(S_ETHER, 0x08, 0x00, 0xff, H_ETHER, .op_count = 2, .next = GO(S_IP4, K_PROTO)),
	ROW(S_ETHER, 0x81, 0x00, 0xff, H_ETHER, .op_count = 2, .next = GO(S_VLAN, K_NEXT)),
	ROW(S_ETHER, 0xff, 0xff, 0xff, NONE, .next = DROP),
	ROW(S_ETHER, 0, 0, 0, H_ETHER, .op_count = 2, .next = ACCEPT),
	ROW(S_VLAN, 0x81, 0x00, 0xff, H_VLAN, .next = GO(S_VLAN, K_NEXT)),
	ROW(S_VLAN, 0x08, 0x00, 0xff, H_VLAN, .next = GO(S_IP4, K_PROTO)),
	ROW(S_VLAN, 0, 0, 0, H_VLAN, .next = ACCEPT),
	/* ip4: the protocol at 9, then, in the part, the first byte behind the header */
	{ .state = S_IP4, .state_mask = 0xffff, .key_value = { 17 }, .key_mask = { 0xff },
	  .flags = MDESC_ROW_HOLD, .header = H_IP4, .layout = MDESC_FMT_NONE16, .op_first = 2,
	  .op_count = 9, .next = GO(S_IP4_1, K_PROTO) },
	{ .state = S_IP4, .state_mask = 0xffff, .header = H_IP4, .layout = MDESC_FMT_NONE16,
	  .op_first = 2, .op_count = 9, .next = GO(S_TAIL, K_NONE) },
	{ .state = S_IP4_1, .state_mask = 0xffff, .key_value = { 0xee }, .key_mask = { 0xff },
	  .flags = MDESC_ROW_ABORT, .header = MDESC_FMT_NONE16, .layout = MDESC_FMT_NONE16,
	  .next = REJECT(17) },
	{ .state = S_IP4_1, .state_mask = 0xffff, .key_value = { 0xdd }, .key_mask = { 0xff },
	  .header = MDESC_FMT_NONE16, .layout = MDESC_FMT_NONE16, .next = ACCEPT },
	ROW(S_TAIL, 0, 0, 0, NONE, .next = ACCEPT),
};

enum { F_TYPE = 4, F_ID = 16, F_COUNT = 17 };

static void add_fields(struct build *b)
{
#define ALWAYS	MDESC_FMT_NONE32
#define F(name, k, off, w, by, ord, cnd, ...)					\
	{ .path = str(b, name), .offset = off, .count = 1, .stride = by, .width = w, .kind = k, \
	  .order = ord, .bytes = by, .cond = cnd, __VA_ARGS__ }
	struct mdesc_fmt_field fields[] = {
		F("timestamp", MDESC_FIELD_UINT, 0, 64, 8, MDESC_ORDER_HOST, ALWAYS, .unit = str(b, "ns"),
		  .doc = str(b, "When the packet came in.")),
		F("l3.v4.saddr", MDESC_FIELD_UINT, 8, 32, 4, MDESC_ORDER_BE, 0),
		F("l3.v4.len", MDESC_FIELD_UINT, 12, 16, 2, MDESC_ORDER_HOST, 0),
		F("l3.v4.l4_offset", MDESC_FIELD_UINT, 14, 16, 2, MDESC_ORDER_HOST, 1),
		F("type", MDESC_FIELD_ENUM, 16, 16, 2, MDESC_ORDER_HOST, ALWAYS, .type = str(b, "sample_type")),
		F("hash", MDESC_FIELD_UINT, 18, 16, 2, MDESC_ORDER_HOST, ALWAYS,
		  .flags = MDESC_FIELD_DEPRECATED),
		F("tag", MDESC_FIELD_UINT, 20, 32, 4, MDESC_ORDER_BE, ALWAYS, .flags = MDESC_FIELD_WORD),
		F("tag.pcp", MDESC_FIELD_UINT, 20, 3, 4, MDESC_ORDER_BE, ALWAYS, .flags = MDESC_FIELD_RANGE,
		  .shift = 29),
		F("tag.vid", MDESC_FIELD_UINT, 20, 12, 4, MDESC_ORDER_BE, ALWAYS, .flags = MDESC_FIELD_RANGE,
		  .shift = 16),
		F("dst", MDESC_FIELD_MAC, 24, 48, 6, MDESC_ORDER_RAW, ALWAYS),
		F("tags", MDESC_FIELD_UINT, 30, 8, 1, MDESC_ORDER_HOST, ALWAYS),
		F("error", MDESC_FIELD_UINT, 31, 8, 1, MDESC_ORDER_HOST, ALWAYS),
		F("desc", MDESC_FIELD_PTR, 32, 64, 8, MDESC_ORDER_HOST, ALWAYS, .type = str(b, "sample_desc")),
		F("length", MDESC_FIELD_UINT, 40, 16, 2, MDESC_ORDER_BE, ALWAYS),
		F("pad", MDESC_FIELD_UINT, 42, 8, 1, MDESC_ORDER_HOST, ALWAYS, .flags = MDESC_FIELD_RESERVED),
		F("spare", MDESC_FIELD_BOOL, 43, 1, 1, MDESC_ORDER_HOST, ALWAYS, .valid = 1),
		F("layout_id", MDESC_FIELD_UINT, 44, 32, 4, MDESC_ORDER_HOST, ALWAYS),
		/* the descriptor */
		F("s", MDESC_FIELD_SINT, 0, 9, 2, MDESC_ORDER_LE, ALWAYS, .shift = 3,
		  .flags = MDESC_FIELD_BITFIELD),
		{ .path = str(b, "v"), .offset = 2, .count = 3, .stride = 2, .width = 16,
		  .kind = MDESC_FIELD_UINT, .order = MDESC_ORDER_BE, .bytes = 2,
		  .cond = MDESC_FMT_NONE32 },
		{ .path = str(b, "raw"), .offset = 8, .count = 7, .stride = 1, .width = 8,
		  .kind = MDESC_FIELD_BYTES, .order = MDESC_ORDER_RAW, .bytes = 1,
		  .cond = MDESC_FMT_NONE32 },
		F("wide", MDESC_FIELD_UINT, 15, 64, 9, MDESC_ORDER_LE, ALWAYS, .shift = 5),
	};
	struct mdesc_fmt_cond conds[] = {
		{ MDESC_FMT_NONE32, F_TYPE, 0, 1, 0, 0 },
		{ 0, F_TYPE, 1, 2, MDESC_COND_NOT, 0 },
	};
	struct mdesc_fmt_range ranges[] = { { 2, 2 }, { 0, 0 }, { 5, 9 } };

	TABLE(b, MDESC_SEC_FIELDS, fields);
	TABLE(b, MDESC_SEC_CONDS, conds);
	TABLE(b, MDESC_SEC_RANGES, ranges);
}

/* spare valid tags > 2; sum = length + spare; all = v[0]..v[1]; half = all / -2 */
static void add_values(struct build *b)
{
	enum { TAGS = 10, LENGTH = 13, SPARE = 15, V = F_COUNT + 1 };
	struct mdesc_fmt_expr exprs[] = {
		{ .op = MDESC_X_FIELD, .index = TAGS }, { .op = MDESC_X_CONST, .imm = 2 }, { .op = MDESC_X_GT },
		{ .op = MDESC_X_FIELD, .index = LENGTH }, { .op = MDESC_X_FIELD, .index = SPARE },
		{ .op = MDESC_X_ADD },
		{ .op = MDESC_X_FIELD, .index = V }, { .op = MDESC_X_FIELD, .index = V, .imm = 1 },
		{ .op = MDESC_X_CAT, .index = 2 },
		{ .op = MDESC_X_VALUE, .index = 2 }, { .op = MDESC_X_CONST, .lo = 1, .imm = ~1ull },
		{ .op = MDESC_X_SDIV },
	};
#define VALUE(n, r, k, w, first, ...)							\
	{ .name = str(b, n), .role = r, .kind = k, .width = w, .expr_first = first, .expr_count = 3, \
	  .cond = MDESC_FMT_NONE32, __VA_ARGS__ }
	struct mdesc_fmt_value values[] = {
		VALUE("spare", MDESC_VALUE_VALID, MDESC_FIELD_BOOL, 1, 0, .layout = 0),
		VALUE("sum", MDESC_VALUE_DERIVE, MDESC_FIELD_UINT, 16, 3, .layout = 0, .unit = str(b, "byte")),
		VALUE("all", MDESC_VALUE_ALIAS, MDESC_FIELD_UINT, 32, 6, .layout = 1, .order = MDESC_ORDER_BE),
		VALUE("half", MDESC_VALUE_DERIVE, MDESC_FIELD_SINT, 32, 9, .layout = 1),
	};

	TABLE(b, MDESC_SEC_VALUES, values);
	TABLE(b, MDESC_SEC_EXPRS, exprs);
}

static void add_layouts(struct build *b)
{
	struct mdesc_fmt_source sources[] = {
		{ str(b, "rx_time"), str(b, "ns"), 0, 64, MDESC_SOURCE_INT, 0 },
		{ str(b, "rss_hash"), 0, 0, 32, MDESC_SOURCE_INT, 0 },
		{ str(b, "rx_desc"), 0, str(b, "sample_desc"), 64, MDESC_SOURCE_PTR, 0 },
	};
	struct mdesc_fmt_layout layouts[] = {
		{ .name = str(b, "sample"), .kind = MDESC_LAYOUT_METADATA, .id = SAMPLE_ID,
		  .size = SAMPLE_SIZE, .fingerprint = 0x0123456789abcdefull, .field_count = F_COUNT,
		  .op_first = RULES_FIRST, .op_count = COUNT(sample_ops) - RULES_FIRST - UNUSED_OPS,
		  .id_field = F_ID },
		{ .name = str(b, "sample_desc"), .kind = MDESC_LAYOUT_DESCRIPTOR, .id = 0x7654321,
		  .size = 24, .field_first = F_COUNT, .field_count = 4,
		  .id_field = MDESC_FMT_NONE32, .flags = MDESC_LAYOUT_ID_GIVEN },
	};

	TABLE(b, MDESC_SEC_SOURCES, sources);
	TABLE(b, MDESC_SEC_LAYOUTS, layouts);
}

static void add_text(struct build *b)
{
	static const struct sample_token plain[] = {
		{ MDESC_TOKEN_WORD, "mdesc" }, { MDESC_TOKEN_NUMBER, "1" }, { MDESC_TOKEN_MARK, ";" },
		{ MDESC_TOKEN_DOC, "Of a sample.\n\nIn three lines." },
		{ MDESC_TOKEN_WORD, "device" }, { MDESC_TOKEN_WORD, "sample" }, { MDESC_TOKEN_MARK, "{" },
		{ MDESC_TOKEN_WORD, "driver" }, { MDESC_TOKEN_STRING, "sample\\drv \"1\"" },
		{ MDESC_TOKEN_MARK, ";" }, { MDESC_TOKEN_MARK, "}" },
		{ 0 }
	};
	const struct sample_token *from = b->opts.text ? b->opts.text : plain;
	struct mdesc_fmt_token tokens[64];
	uint32_t n = 0;

	for (; from[n].kind; n++)
		tokens[n].kind_text = from[n].kind | str(b, from[n].text) << 4;
	add_table(b, MDESC_SEC_TEXT, tokens, n, sizeof(*tokens));
}

static void add_btf(struct build *b)
{
	struct btf *btf = btf__new_empty();
	uint32_t size;
	const void *data;
	int u32, arr, last, i;

	u32 = btf__add_int(btf, "unsigned int", 4, 0);
	arr = btf__add_array(btf, u32, u32, 12);
	btf__add_struct(btf, "sample", SAMPLE_SIZE);
	btf__add_field(btf, "words", arr, 0, 0);
	btf__add_struct(btf, "sample_desc", 24);
	btf__add_field(btf, "first", u32, 0, 0);
	btf__add_enum(btf, "sample_type", 2);
	btf__add_enum_value(btf, "SAMPLE_TYPE_OTHER", 0);
	btf__add_enum_value(btf, "SAMPLE_TYPE_IPV4", 2);
	for (i = 0, last = u32; i < b->opts.btf_levels; i++) {
		int id = btf__add_union(btf, NULL, 4);

		btf__add_field(btf, NULL, last, 0, 0);
		btf__add_field(btf, NULL, last, 0, 0);
		last = id;
	}
	data = btf__raw_data(btf, &size);
	add_section(b, MDESC_SEC_BTF, data, size, SHT_PROGBITS, SHF_ALLOC, 8);
	btf__free(btf);
}

/* ---- the file ---- */

static void add_frame(struct build *b)
{
	struct {
		Elf64_Nhdr hdr;
		char name[4];
		uint8_t id[MDESC_FMT_BUILD_ID];
	} note = { { 4, MDESC_FMT_BUILD_ID, NT_GNU_BUILD_ID }, "GNU", { 0 } };

	add_section(b, MDESC_SEC_NOTE, &note, sizeof(note), SHT_NOTE, SHF_ALLOC, 4);
}

/* A digest of the right size; its content comes by resealing. */
static void add_digest(struct build *b)
{
	struct mdesc_fmt_table head = { b->count, sizeof(struct mdesc_fmt_digest) };
	size_t size = sizeof(head) + b->count * sizeof(struct mdesc_fmt_digest);
	uint8_t *data = zalloc(size);

	memcpy(data, &head, sizeof(head));
	add_section(b, MDESC_SEC_DIGEST, data, size, SHT_PROGBITS, SHF_ALLOC, 8);
	free(data);
}

static uint32_t add_names(struct build *b, uint32_t *names)
{
	char text[1024] = "";
	uint32_t at = 1;
	unsigned int i;

	for (i = 0; i < b->count + 1; i++) {
		const char *name = i < b->count ? b->secs[i].name : ".shstrtab";

		names[i] = at;
		strcpy(text + at, name);
		at += strlen(name) + 1;
	}
	add_section(b, ".shstrtab", text, at, SHT_STRTAB, 0, 1);
	return b->count;
}

static uint64_t lay_out(struct build *b, uint64_t *alloc_end)
{
	uint64_t at = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);
	unsigned int i;

	for (i = 0; i < b->count; i++) {
		struct sec *s = &b->secs[i];

		at = (at + s->align - 1) & ~(s->align - 1);
		s->offset = at;
		at += s->size;
		if (s->flags & SHF_ALLOC)
			*alloc_end = at;
	}
	return (at + 7) & ~7ull;
}

static uint8_t *write_file(const struct build *b, const uint32_t *names, uint64_t shoff,
			   uint64_t alloc_end, size_t *size)
{
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_BPF, .e_version = EV_CURRENT,
		.e_phoff = sizeof(eh), .e_shoff = shoff, .e_ehsize = sizeof(eh),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2, .e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = b->count + 1, .e_shstrndx = b->count,
	};
	const struct sec *n = &b->secs[0];
	Elf64_Phdr ph[2] = {
		{ .p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = alloc_end, .p_memsz = alloc_end,
		  .p_align = 4096 },
		{ .p_type = PT_NOTE, .p_flags = PF_R, .p_offset = n->offset, .p_vaddr = n->offset,
		  .p_paddr = n->offset, .p_filesz = n->size, .p_memsz = n->size, .p_align = 4 },
	};
	uint8_t *data;
	unsigned int i;

	*size = shoff + (b->count + 1) * sizeof(Elf64_Shdr);
	data = zalloc(*size);
	memcpy(data, &eh, sizeof(eh));
	memcpy(data + sizeof(eh), ph, sizeof(ph));
	for (i = 0; i < b->count; i++) {
		const struct sec *s = &b->secs[i];
		Elf64_Shdr sh = {
			.sh_name = names[i], .sh_type = s->type, .sh_flags = s->flags,
			.sh_addr = s->flags & SHF_ALLOC ? s->offset : 0, .sh_offset = s->offset,
			.sh_size = s->size, .sh_addralign = s->align,
		};

		memcpy(data + s->offset, s->data, s->size);
		memcpy(data + shoff + (i + 1) * sizeof(sh), &sh, sizeof(sh));
	}
	return data;
}

/* Two classifications with keys of 40 bits, which nothing lays out and nothing reads. */
static void add_classes(struct build *b)
{
	struct mdesc_fmt_class classes[] = {
		{ .name = str(b, "ptype"), .row_count = 5, .otherwise = 7, .key_bits = 40, .bits = 16 },
		{ .name = str(b, "level"), .row_first = 5, .row_count = 3, .key_bits = 40, .bits = 64 },
	};
	struct mdesc_fmt_class_row rows[8] = {
		{ .value = { 1 }, .mask = { 0xff }, .result = 1 },
		{ .value = { [4] = 0x80 }, .mask = { [4] = 0x80 }, .result = 2 },
	};

	TABLE(b, MDESC_SEC_CLASSES, classes);
	TABLE(b, MDESC_SEC_CLASS_ROWS, rows);
}

uint8_t *sample_image(const struct sample_opts *opts, size_t *size)
{
	struct build *b = zalloc(sizeof(*b));
	uint32_t names[MAX_SECTIONS];
	uint64_t shoff, alloc_end = 0;
	uint8_t *data;
	unsigned int i;

	if (opts)
		b->opts = *opts;
	b->strings_size = 1;
	add_frame(b);
	add_identity(b);
	add_machine(b);
	TABLE(b, MDESC_SEC_ROWS, sample_rows);
	add_classes(b);
	TABLE(b, MDESC_SEC_OPS, sample_ops);
	add_layouts(b);
	add_text(b);
	add_fields(b);
	add_values(b);
	add_section(b, MDESC_SEC_STRINGS, b->strings, b->strings_size, SHT_PROGBITS, SHF_ALLOC, 1);
	add_btf(b);
	if (b->opts.extra_section)
		add_section(b, ".mdesc.future", "what is to come", 16, SHT_PROGBITS, SHF_ALLOC, 8);
	add_digest(b);
	add_names(b, names);
	shoff = lay_out(b, &alloc_end);
	data = write_file(b, names, shoff, alloc_end, size);
	if (reseal(data, *size))
		abort();
	for (i = 0; i < b->count; i++)
		free(b->secs[i].data);
	free(b);
	return data;
}

/* ---- resealing ---- */

struct seal {
	uint8_t *data;
	size_t size;
	Elf64_Ehdr eh;
};

static int inside(const struct seal *s, uint64_t off, uint64_t size)
{
	return off <= s->size && size <= s->size - off;
}

/* Section header @i and its name; 0 where they are not in the file. */
static int get_section(const struct seal *s, unsigned int i, Elf64_Shdr *sh, char name[32])
{
	uint64_t at = s->eh.e_shoff + (uint64_t)i * sizeof(*sh);
	Elf64_Shdr names;
	size_t n;

	if (!inside(s, at, sizeof(*sh)))
		return 0;
	memcpy(sh, s->data + at, sizeof(*sh));
	at = s->eh.e_shoff + (uint64_t)s->eh.e_shstrndx * sizeof(names);
	if (!inside(s, at, sizeof(names)))
		return 0;
	memcpy(&names, s->data + at, sizeof(names));
	if (!inside(s, names.sh_offset, names.sh_size) || sh->sh_name >= names.sh_size ||
	    !inside(s, sh->sh_offset, sh->sh_size))
		return 0;
	memset(name, 0, 32);
	for (n = 0; n < 31 && sh->sh_name + n < names.sh_size; n++) {
		name[n] = s->data[names.sh_offset + sh->sh_name + n];
		if (!name[n])
			break;
	}
	return 1;
}

static int in_digest(const Elf64_Shdr *sh, const char *name)
{
	return (sh->sh_flags & SHF_ALLOC) && strcmp(name, MDESC_SEC_NOTE) &&
	       strcmp(name, MDESC_SEC_DIGEST) && strcmp(name, MDESC_SEC_SIG);
}

static void hash_frame(const struct seal *s, uint8_t *out)
{
	struct mdesc_fmt_elf elf = { .phnum = s->eh.e_phnum };
	struct sha256_ctx ctx;
	unsigned int i;

	memcpy(elf.ident, s->eh.e_ident, sizeof(elf.ident));
	elf.type = s->eh.e_type;
	elf.machine = s->eh.e_machine;
	elf.version = s->eh.e_version;
	elf.entry = s->eh.e_entry;
	elf.flags = s->eh.e_flags;
	sha256_init(&ctx);
	sha256_update(&ctx, sizeof(elf), (void *)&elf);
	for (i = 0; i < s->eh.e_phnum; i++) {
		uint64_t at = s->eh.e_phoff + (uint64_t)i * sizeof(Elf64_Phdr);
		struct mdesc_fmt_elf_phdr p;
		Elf64_Phdr ph;

		if (!inside(s, at, sizeof(ph)))
			break;
		memcpy(&ph, s->data + at, sizeof(ph));
		p = (struct mdesc_fmt_elf_phdr){ ph.p_type, ph.p_flags, ph.p_align };
		sha256_update(&ctx, sizeof(p), (void *)&p);
	}
	for (i = 1; i < s->eh.e_shnum; i++) {
		struct mdesc_fmt_elf_shdr e;
		Elf64_Shdr sh;

		memset(&e, 0, sizeof(e));
		if (!get_section(s, i, &sh, e.name) || !in_digest(&sh, e.name))
			continue;
		e.type = sh.sh_type;
		e.flags = sh.sh_flags;
		e.size = sh.sh_size;
		e.addralign = sh.sh_addralign;
		sha256_update(&ctx, sizeof(e), (void *)&e);
	}
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, out);
}

static void sha256(const void *data, size_t size, uint8_t *out, size_t out_size)
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, size, data);
	sha256_digest(&ctx, out_size, out);
}

/* Find a section; 0: there is none. */
static int find(const struct seal *s, const char *want, Elf64_Shdr *sh)
{
	char name[32];
	unsigned int i;

	for (i = 1; i < s->eh.e_shnum; i++)
		if (get_section(s, i, sh, name) && strcmp(name, want) == 0)
			return 1;
	return 0;
}

int reseal(uint8_t *data, size_t size)
{
	struct seal s = { .data = data, .size = size };
	struct mdesc_fmt_digest entry;
	Elf64_Shdr digest, note, sh;
	uint64_t at, end;
	unsigned int i;

	if (size < sizeof(s.eh))
		return -1;
	memcpy(&s.eh, data, sizeof(s.eh));
	if (!find(&s, MDESC_SEC_DIGEST, &digest) || !find(&s, MDESC_SEC_NOTE, &note) ||
	    digest.sh_size < sizeof(struct mdesc_fmt_table) || note.sh_size < 16 + MDESC_FMT_BUILD_ID)
		return -1;
	at = digest.sh_offset + sizeof(struct mdesc_fmt_table);
	end = digest.sh_offset + digest.sh_size;
	for (i = 0; i < s.eh.e_shnum && at + sizeof(entry) <= end; i++) {
		memset(&entry, 0, sizeof(entry));
		if (i == 0) {
			strcpy(entry.name, MDESC_DIGEST_ELF);
			hash_frame(&s, entry.sha256);
		} else {
			if (!get_section(&s, i, &sh, entry.name) || !in_digest(&sh, entry.name))
				continue;
			sha256(data + sh.sh_offset, sh.sh_size, entry.sha256, sizeof(entry.sha256));
		}
		memcpy(data + at, &entry, sizeof(entry));
		at += sizeof(entry);
	}
	sha256(data + digest.sh_offset, digest.sh_size, data + note.sh_offset + 16, MDESC_FMT_BUILD_ID);
	return 0;
}

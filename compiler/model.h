/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The model: the description with everything resolved, independent of any
 * target. Made by resolve*.c, layout.c, states.c; read by checks, lowering and
 * emitters; never modified after mdc_resolve() has returned it. Strings are
 * atoms or live in the arena. What can be NULL says so.
 */
#ifndef MDESCC_MODEL_H
#define MDESCC_MODEL_H

#include "mdescc.h"

struct mdc_table;

enum mdc_order { MDC_HOST, MDC_LE, MDC_BE, MDC_RAW };	/* as enum mdesc_fmt_order */

/* ---- types ---- */

enum mdc_type_kind {
	MDC_INT, MDC_BOOL, MDC_MAC, MDC_ENUM, MDC_STRUCT, MDC_UNION, MDC_TYPEDEF, MDC_ARRAY,
	MDC_PTR,
};

struct mdc_enumerator {
	const char *name;	/* "ipv4" */
	const char *c_name;	/* "MYNIC_PKT_TYPE_IPV4" */
	int64_t value;		/* below 2^31 */
	const char *doc, *deprecated;	/* or NULL */
	struct loc loc;
};

struct mdc_value_range { uint64_t lo, hi; };	/* inclusive */

/* An arm of a `switch` in a word: its ranges mean something only for these values of the tag. */
struct mdc_word_arm {
	const struct mdc_word_arm *parent;	/* or NULL */
	const struct mdc_value_range *values;	/* sorted */
	uint32_t n_values;
	bool is_default;		/* for any other value, besides @values */
	uint32_t sw;			/* which switch of the word: arms of one are never there together */
	const char *tag;		/* as written */
	struct loc loc;
};

/* A bit range of a word. */
struct mdc_bits {
	const char *name;
	uint8_t hi, lo;		/* of the host-order value */
	const struct mdc_type *enum_type;	/* or NULL */
	const struct mdc_word_arm *arm;	/* or NULL: always there */
	const struct mdc_value *valid;	/* or NULL */
	const char *unit, *doc, *deprecated;	/* or NULL */
	struct loc loc;
};

enum mdc_pad { MDC_NOT_PAD, MDC_PAD_RESERVED, MDC_PAD_IMPLICIT };

struct mdc_member {
	const char *name;	/* NULL: anonymous struct or union. Padding has a name. */
	const struct mdc_type *type;
	uint32_t bit_off;	/* from the start of the struct; for a C bit field: its lowest bit */
	uint32_t bit_size;	/* of the bit field, else of the type */
	bool is_bitfield;
	enum mdc_pad pad : 8;
	/* an arm of a tagged union */
	bool arm_default;
	uint32_t n_arm;
	const struct mdc_value_range *arm;
	/* a word */
	const struct mdc_bits *bits;	/* NULL: not a word */
	const char *bits_struct;	/* "mynic_metadata__tag" */
	uint32_t n_bits, n_word_arms;
	const struct mdc_word_arm *const *word_arms;	/* in the order of the text */
	const struct mdc_value *valid;	/* `valid EXPR`, or NULL */
	struct loc loc;
	const char *unit;	/* or NULL; a unit inherited from a source included */
	const char *doc, *deprecated;	/* or NULL */
};

struct mdc_type {
	enum mdc_type_kind kind;
	const char *name;	/* NULL: anonymous, or ARRAY, PTR. INT: "be32"; MAC "mac" */
	uint32_t size;		/* bytes */
	uint32_t align;		/* bytes */
	bool std;		/* builtin, or declared by a file that the prefix rule excepts */
	/* INT (BOOL: bits 8) */
	uint8_t bits;		/* 8, 16, 32, 64 */
	bool is_signed;
	enum mdc_order order;
	const char *c_name;	/* "__be32", "__u8", "_Bool"; raw16: "__u16" */
	/* ENUM: @base is its INT; TYPEDEF, ARRAY, PTR: the target (PTR: a STRUCT) */
	const struct mdc_type *base;
	uint32_t count;		/* ARRAY */
	const struct mdc_enumerator *enumerators;
	uint32_t n_enumerators;
	/* STRUCT, UNION */
	bool packed;		/* needs __attribute__((packed)) */
	bool tagged;		/* UNION */
	bool is_layout;		/* the struct of a metadata or descriptor */
	const struct mdc_member *members;
	uint32_t n_members;
	const char *tag;	/* tagged: the path as written, "pkt_type" */
	const struct mdc_value *const *values;	/* aliases and derived values that its text declares */
	uint32_t n_values;
	const char *doc, *deprecated;	/* or NULL */
	struct loc loc;
};

/* Through typedefs. Never NULL. */
const struct mdc_type *mdc_type_strip(const struct mdc_type *t);

/* ---- what hardware knows ---- */

struct mdc_source {
	const char *name;
	uint16_t bits;
	bool is_ptr, is_signed;
	const struct mdc_type *to;	/* is_ptr: a STRUCT */
	const struct mdc_type *enum_type;	/* or NULL */
	const char *unit, *doc, *deprecated;	/* or NULL */
	uint32_t idx;
	struct loc loc;
};

/* ---- constants ---- */

struct mdc_const {
	const char *name;
	uint64_t value;		/* as 64 bits: of a negative one, two's complement */
	bool negative;
	const char *doc;	/* or NULL */
	struct loc loc;
};

/* What a device can be set to, and layouts depend on: `config.NAME`. */
struct mdc_config {
	const char *name;
	uint16_t bits;
	bool is_bool;
	const struct mdc_type *enum_type;	/* or NULL */
	const char *unit, *doc, *deprecated;	/* or NULL */
	uint32_t idx;
	struct loc loc;
};

/* ---- headers ---- */

enum mdc_field_form { MDC_F_NUM, MDC_F_BYTES };	/* a number; bytes (arrays, mac) */

struct mdc_hfield {
	const char *name;
	uint32_t part;		/* 0: of the header's begin; else index + 1 in the header's parts */
	uint32_t bit_off;	/* as on the wire: 0 is the first byte's (of the part) most significant */
	uint32_t bits;		/* NUM: 1 to 64; BYTES: any multiple of 8 */
	enum mdc_field_form form;
	enum mdc_order order;	/* NUM: BE (all bit fields too), LE (16, 32, 64 bits) or RAW */
	uint32_t elem_bits;	/* an array: bits of an element, else 0 */
	const struct mdc_type *enum_type;	/* or NULL */
	bool reserved;
	/* a word's ranges, of the number: `icmp.rest.sequence` */
	const struct mdc_bits *bits_ranges;
	uint32_t n_bits_ranges;
	const char *unit, *doc, *deprecated;
	struct loc loc;
};

struct mdc_header;

/* Whether a part of a header is there: over fields of the header's begin. */
enum mdc_hcond_kind { MDC_HC_AND, MDC_HC_OR, MDC_HC_NOT, MDC_HC_CMP };	/* a, b; a; key ... */
enum mdc_hcond_op { MDC_HC_EQ, MDC_HC_NE, MDC_HC_LT, MDC_HC_LE, MDC_HC_GT, MDC_HC_GE };

/* What lies behind the begin of a header: parts, one after the other. */
struct mdc_hpart {
	const struct mdc_hcond *cond;	/* NULL: it is always there */
	/* `if (A) ... else if (B) ... else ...`: what this branch itself says: A, B, NULL. One chain: the
	 * first part whose branch holds is there. */
	const struct mdc_hcond *branch;
	bool is_else;			/* goes on the chain of the part before */
	const struct mdc_header *header;	/* its fields, as a header of fixed length: "gre.1" */
	uint32_t bytes;
	struct loc loc;
};

struct mdc_header {
	const char *name;
	const struct mdc_hfield *fields;
	uint32_t n_fields;
	uint32_t fixed;		/* bytes */
	/* Variable: length = (field << shift) + add, in bytes, within min..max;
	 * field: the number in @len_bits bits at @len_bit. */
	bool variable;
	uint32_t len_bit, len_bits;
	uint8_t len_shift;
	int32_t len_add;
	uint32_t min, max;	/* both equal to fixed where no field tells the length */
	/* `if`: parts behind the @fixed bytes; without @variable the length is the sum of what is there */
	const struct mdc_hpart *parts;
	uint32_t n_parts;
	const char *doc;
	struct loc loc, len_loc;
};

/*
 * What a state extracts, and other things that it does at the cursor, in order
 * (mdc_state.extracts). HEADER: what `extract H as NAME` names, one header or a
 * stack of them. PART: a part of a header, recorded with it, in no state's list.
 * ADVANCE: the cursor moves by @header's length, which a field of @of tells if it
 * is variable. MARK: the cursor, and @ahead bytes more, get a name. PEEK: the
 * header's bytes must be there and can be read, the cursor stays. LEAVE: the
 * cursor moves to the end of the header that the parser is within.
 */
enum mdc_inst_kind { MDC_I_HEADER, MDC_I_PART, MDC_I_ADVANCE, MDC_I_MARK, MDC_I_PEEK, MDC_I_LEAVE };

struct mdc_instance {
	const char *name;
	enum mdc_inst_kind kind;
	const struct mdc_header *header;
	uint32_t capacity;	/* elements of a stack; 0: not a stack */
	uint32_t idx;
	const struct mdc_instance **parts;	/* HEADER: beside the header's parts */
	const struct mdc_instance *of;	/* PART: whose; ADVANCE: whose field, or NULL; MARK: as what it is
					 * recorded, NULL: as itself */
	uint8_t of_elem;		/* ADVANCE: as in struct mdc_x */
	uint32_t part;			/* PART: index in the header's parts */
	uint32_t ahead;			/* MARK: bytes */
	struct loc loc;
};

/* As what an instance is recorded: marks of one name as the first of them. */
static inline const struct mdc_instance *mdc_recorded(const struct mdc_instance *inst)
{
	return inst->kind == MDC_I_MARK && inst->of ? inst->of : inst;
}

/* ---- registers ---- */

enum mdc_reg_kind { MDC_REG = 1, MDC_FLAG, MDC_COUNTER };	/* as enum mdesc_fmt_register_kind */

/* What the parser keeps for a packet besides headers and metadata; at first 0. */
struct mdc_register {
	const char *name;
	enum mdc_reg_kind kind;
	uint8_t bits;		/* 1 to 64; FLAG: 1 */
	uint32_t bit;		/* where it lies in the registers of the image: its lowest bit */
	const struct mdc_type *enum_type;	/* or NULL */
	uint16_t max;		/* COUNTER: how far it counts */
	uint32_t idx;
	const char *doc;	/* or NULL */
	struct loc loc;
};

/* ---- expressions of writers ----
 *
 * A value is an unsigned number of @width bits; every operation gives one:
 *	a + b, a - b	width: the wider's; modulo 2^width
 *	a << n		width + n, at most 64
 *	a >> n		width - n, at least 1
 *	a & m		the width of m's highest bit, at most a's; at least 1
 *	a == c		1
 *	a[hi:lo]	hi - lo + 1
 * A constant's width is that of its highest bit, at least 1; in + - it does not
 * widen the other side, but must fit it.
 * Bytes (MDC_X_BYTES) are wider than a number: packet bits, a multiple of 8,
 * that only go to an array of u8 or a mac of the same size.
 */
enum mdc_x_kind {
	MDC_X_CONST,		/* imm */
	MDC_X_SOURCE,		/* source */
	MDC_X_PACKET,		/* inst, elem, bit, width (1..64), order */
	MDC_X_BYTES,		/* inst, elem, bit, width (multiple of 8) */
	MDC_X_OFFSET, MDC_X_LENGTH, MDC_X_PRESENT,	/* inst, elem */
	MDC_X_COUNT,		/* inst */
	MDC_X_PKTLEN, MDC_X_ERROR, MDC_X_TRUNCATED,
	MDC_X_REGISTER,		/* reg */
	MDC_X_REMAINING,	/* bytes to the end of the header that the cursor is within */
	MDC_X_CLASS,		/* class */
	MDC_X_LAYOUT_ID,
	MDC_X_ADD, MDC_X_SUB,	/* a, b */
	MDC_X_AND, MDC_X_SHL, MDC_X_SHR, MDC_X_EQ,	/* a, imm */
	MDC_X_SLICE,		/* a, imm = lo: (a >> lo) & ((1 << width) - 1) */
};

#define MDC_ELEM_LAST	0xff

struct mdc_x {
	enum mdc_x_kind kind;
	uint32_t width;		/* bits of the result: OFFSET, LENGTH, PKTLEN, ERROR: 16; COUNT: 8 */
	uint64_t imm;
	const struct mdc_source *source;
	const struct mdc_register *reg;
	const struct mdc_class *class;
	const struct mdc_instance *inst;
	uint8_t elem;		/* index, or MDC_ELEM_LAST; 0 where inst is no stack */
	uint32_t bit;		/* from the header's first, as in mdc_hfield */
	enum mdc_order order;	/* PACKET: BE, LE (whole bytes) or RAW (only to a raw field) */
	const struct mdc_x *a, *b;
	struct loc loc;
};

/* ---- layouts ---- */

enum mdc_leaf_kind {		/* as enum mdesc_fmt_field_kind */
	MDC_LEAF_UINT = 1, MDC_LEAF_SINT, MDC_LEAF_BOOL, MDC_LEAF_ENUM, MDC_LEAF_PTR,
	MDC_LEAF_MAC, MDC_LEAF_BYTES,
};

/* When a leaf under an arm of a tagged union means something. */
struct mdc_cond {
	const struct mdc_cond *parent;	/* of the union around; or NULL */
	uint32_t tag_leaf;		/* index in the layout's leaves; or UINT32_MAX: */
	const struct mdc_value *tag_value;	/* computed; else NULL */
	const struct mdc_value_range *values;	/* negate: of all the other arms */
	uint32_t n_values;
	bool negate;
	uint32_t idx;			/* in mdc_layout.conds; a parent's is smaller */
	const struct mdc_type *u;	/* the union; NULL: a word's switch */
	const struct mdc_member *arm;	/* of a union; else NULL */
	const void *of;			/* the union or the switch: conditions of one with the same tag exclude
					 * each other, */
	const void *which;		/* where their arms differ */
	const struct mdc_value_range *own;	/* as the arm lists them, and for any other value: */
	uint32_t n_own;
	bool is_default;
	const struct mdc_value *valid;	/* of the union or word itself; or NULL */
	const char *name, *tag;		/* of the arm, or NULL; of the tag, as written */
	struct loc loc;			/* of the arm */
};

/* The enum of its tag, or NULL; emit_common.c. */
struct mdc_layout;
const struct mdc_type *mdc_cond_enum(const struct mdc_layout *l, const struct mdc_cond *c);

/*
 * A member that is no struct or union (or an array of such, not flattened when
 * its elements are plain), or a bit range of a word just before it. The value:
 * @bytes bytes at @offset (+ i * @stride), a number in @order, >> @shift, low
 * @width bits.
 */
struct mdc_leaf {
	const char *path;	/* "l3.v4.saddr"; arrays of structs: "q[1].x"; ranges: "tag.vid" */
	uint32_t offset;	/* bytes from the layout's first */
	uint32_t count;		/* elements, 1 for a scalar; BYTES: its bytes */
	uint32_t stride;	/* bytes; of the type's size for a scalar */
	uint16_t width;
	uint8_t shift;
	uint8_t bytes;		/* 1 to 9 */
	enum mdc_leaf_kind kind;
	enum mdc_order order;
	bool is_word, is_range, is_bitfield, is_pad;
	const struct mdc_type *type;	/* of the member (through arrays: of the element) */
	const struct mdc_type *enum_type;	/* or NULL */
	const struct mdc_member *member;
	const struct mdc_bits *bits;	/* is_range: which; else NULL */
	const struct mdc_cond *cond;	/* or NULL */
	const struct mdc_value *valid;	/* where it means something only then; or NULL */
	const char *unit, *doc, *deprecated;	/* or NULL */
	struct loc loc;
};

/* ---- what is computed from a layout's fields, and never stored ----
 *
 * Every step gives 64 bits. Fields are extended to them, with their sign if they
 * have one. + - * << ~ and unary - are modulo 2^64. `/ % >> < <= > >=` look at
 * signs where a side has one (@is_signed; >>: the left side); x / 0 is 0 and
 * x % 0 is x; shifts are by the count modulo 64. Comparisons, ! && || give 1 or
 * 0. Both sides of && || and of ?: may be computed: nothing has an effect.
 */
enum mdc_v_kind {
	MDC_V_CONST,	/* imm */
	MDC_V_FIELD,	/* leaf, elem */
	MDC_V_CONFIG,	/* config */
	MDC_V_VALUE,	/* value: an alias or a derived value before it in the layout's list */
	MDC_V_UNARY,	/* op, a */
	MDC_V_BINARY,	/* op, a, b */
	MDC_V_COND,	/* a ? b : c */
	MDC_V_SLICE,	/* (a >> lo) & ((1 << width) - 1) */
	MDC_V_CAT,	/* list: fields side by side, in the order of the bytes; @order LE (or HOST): the
			 * first is the least significant, BE: the most */
};

struct mdc_v {
	enum mdc_v_kind kind;
	int op;				/* enum ast_op */
	bool is_signed;
	enum mdc_order order;
	uint8_t lo, width;		/* SLICE; FIELD: width */
	uint64_t imm;
	uint32_t leaf, elem;
	const struct mdc_value *value;
	const struct mdc_config *config;
	const char *text;		/* FIELD, VALUE: as written, from where it is written */
	bool whole;			/* FIELD, first or last in a CAT: all elements of its array are there */
	const struct mdc_v *a, *b, *c;
	const struct mdc_v **list;
	uint32_t n_list;
	struct loc loc;
};

enum mdc_value_role {	/* as enum mdesc_fmt_value_role */
	MDC_ALIAS = 1, MDC_DERIVE, MDC_VALID, MDC_TAG,	/* TAG: of a union or word, where it is no plain field */
};

struct mdc_value {
	enum mdc_value_role role;
	const char *name;		/* NULL: VALID, TAG */
	const char *path;		/* from the layout; VALID, TAG: of what it is about, or "" */
	const struct mdc_type *type;	/* as written: INT, BOOL, ENUM, or a typedef; VALID, TAG: NULL */
	const struct mdc_type *enum_type;	/* or NULL */
	uint8_t width;			/* the value is the low @width bits */
	bool is_signed, is_bool;	/* is_bool: 1 where they are not 0 */
	enum mdc_order order;		/* ALIAS: HOST, LE or BE */
	const struct mdc_v *x;		/* ALIAS: a CAT */
	const struct mdc_cond *cond;	/* of where it stands, or of an arm that it reads; or NULL */
	bool reads_arm;			/* an arm that it does not stand in */
	const struct mdc_value *valid;	/* holds where this does, too; or NULL */
	const char *text;		/* the expression as a reader would write it, paths from where it stands */
	const char *unit, *doc, *deprecated;	/* or NULL */
	uint32_t idx;			/* in the layout's list */
	struct loc loc;
};

/* leaf[elem] = x, for all elements in turn where @whole (BYTES, MAC). */
struct mdc_rule {
	uint32_t leaf;		/* index in the layout's leaves */
	uint32_t elem;		/* 0 for a scalar */
	bool whole;		/* BYTES and MAC from MDC_X_BYTES or a number: all bytes at once, the
				 * number's most significant byte first */
	const struct mdc_x *x;
	struct loc loc;		/* of the whole statement */
	struct loc to_loc;
};

struct mdc_layout {
	const char *name;
	bool is_descriptor;
	const struct mdc_type *type;	/* the STRUCT */
	uint32_t size;
	uint32_t id;
	bool id_given;
	bool id_first;			/* the id is in the first four bytes, big-endian, under a mask; no id_leaf */
	uint32_t id_any;		/* bits of it that may be anything; none of @id */
	const char *any_name;		/* "NFP_HASH_LAYOUT_ID_ANY", where id_first */
	uint64_t fingerprint;
	const char *canonical;		/* the text that the fingerprint is of */
	const char *id_name;		/* "MYNIC_METADATA_LAYOUT_ID" */
	const struct mdc_leaf *leaves;	/* by offset, as in the struct; ranges after their word */
	uint32_t n_leaves;
	const struct mdc_cond **conds;
	uint32_t n_conds;
	const struct mdc_value **values;	/* each behind those that it needs */
	uint32_t n_values;
	const struct mdc_rule *rules;	/* for every packet, in the order of the text */
	uint32_t n_rules;
	uint32_t id_leaf;		/* written with layout.id; UINT32_MAX: none */
	uint32_t idx;
	const char *doc;
	struct loc loc;
};

/* ---- views ---- */

/* What a view_type promises to programs. */
struct mdc_contract_member {
	const char *name;
	const char *type;	/* "u32", "bool" */
	const char *unit, *doc, *deprecated;	/* or NULL */
};

struct mdc_contract {
	const char *name;
	const struct mdc_contract_member *members;	/* in the order of the text */
	uint32_t n_members;
	const char *doc;	/* or NULL */
};

struct mdc_view_member {
	const char *name;	/* as it stands in the BTF: "rx_hash", "rx_hash_be", "rx_hash_valid" */
	const struct mdc_leaf *leaf;	/* of the layout; of an alias: one as if it were a field */
	const struct mdc_value *alias;	/* or NULL */
	/* How it lies there; of a range of a word these differ from the leaf's. */
	const struct mdc_type *type;
	uint32_t bit_off;	/* from the begin of the layout */
	uint32_t bits;		/* of a bit field; 0: all of the type */
	struct loc loc;
};

struct mdc_view {
	const char *name;	/* "xdp_rx_meta" */
	const struct mdc_contract *contract;
	const struct mdc_layout *layout;
	const struct mdc_view_member *members;	/* by bit offset */
	uint32_t n_members;
	struct loc loc;
};

/* ---- the parser ---- */

enum mdc_to { MDC_TO_STATE, MDC_TO_ACCEPT, MDC_TO_REJECT, MDC_TO_DROP };

struct mdc_next {
	enum mdc_to to;
	uint32_t state;		/* TO_STATE: index */
	uint16_t code;		/* TO_REJECT */
	bool leave;		/* first the cursor moves to the end of the header that it is within */
	/* first the cursor moves to where the options of this header begin; or NULL */
	const struct mdc_instance *within;
	uint8_t within_elem;	/* as in struct mdc_x */
	struct loc loc;
};

/* Of a header, a look-ahead, a register or a source: just one of these. */
struct mdc_key {
	bool lookahead;		/* bits counted from behind the state's extracts */
	bool remaining;		/* bytes to the end of the header that the cursor is within: 16 bits */
	const struct mdc_instance *inst;	/* or NULL */
	const struct mdc_register *reg;		/* or NULL */
	const struct mdc_source *source;	/* or NULL */
	uint8_t elem;		/* index, MDC_ELEM_LAST; 0 where inst is no stack */
	uint32_t bit;		/* of the header, or of the look-ahead; of the register's or source's
				 * value the lowest bit, from its least significant */
	uint8_t bits;		/* 1 to 64 */
	enum mdc_order order;	/* BE, or LE: a whole le16, le32, le64 */
	struct loc loc;
};

/* For one key: value under mask (range: lo..hi). any: mask 0. */
struct mdc_pattern {
	bool is_range;
	uint64_t value, mask;	/* no bit of value outside of mask */
	uint64_t lo, hi;	/* is_range; inclusive */
};

struct mdc_arm {
	const struct mdc_pattern *patterns;	/* one for each key; NULL: is_default */
	bool is_default;
	bool from_arcs;		/* came by `use` */
	struct mdc_next next;
	struct loc loc;		/* of the pattern, or of `default` */
};

/* reg[bit + bits - 1:bit] = x; a flag: is set where x is 1, else stays. */
struct mdc_set {
	const struct mdc_register *reg;
	uint8_t bit, bits;	/* of its value, that are replaced */
	const struct mdc_x *x;	/* @bits wide at most */
	struct loc loc;		/* of the whole statement */
	struct loc to_loc;
};

struct mdc_state {
	const char *name;
	uint32_t idx;
	uint16_t max;		/* entries; 0: no limit of its own */
	const struct mdc_register *counter;	/* that counts them with those of other states, and whose
						 * max and else these are; NULL: only its own */
	struct mdc_next otherwise;	/* beyond max */
	const struct mdc_instance **extracts;
	uint32_t n_extracts;
	const struct mdc_layout *set_layout;	/* `layout = X;` or NULL */
	const struct mdc_layout *layout;	/* in force for its writes; NULL: it writes nothing
						 * and several can be */
	const struct mdc_rule *writes;	/* in the order of the text; leaves are @layout's */
	uint32_t n_writes;
	const struct mdc_set *sets;	/* registers, in the order of the text; no bit twice */
	uint32_t n_sets;
	const struct mdc_key *keys;	/* of select; none: one arm, the default */
	uint32_t n_keys;
	const struct mdc_arm *arms;	/* first match; no default: no_match */
	uint32_t n_arms;
	bool start_by;		/* only chooses, by a source, where to start: no step; state 0 */
	bool in_loop;		/* on a cycle of the graph */
	bool reachable;
	const char *doc;
	struct loc loc;
};

/* ---- classifications: once, when the parser has stopped ---- */

struct mdc_class_key {
	const struct mdc_x *x;	/* known for every packet */
	uint8_t bits;		/* x->width */
	struct loc loc;
};

struct mdc_class_row {
	const struct mdc_pattern *patterns;	/* one for each key */
	uint64_t value;
	struct loc loc;
};

struct mdc_class {
	const char *name;
	uint8_t bits;		/* of its value */
	const struct mdc_type *enum_type;	/* or NULL */
	const struct mdc_class_key *keys;
	uint32_t n_keys;
	const struct mdc_class_row *rows;	/* first match */
	uint32_t n_rows;
	uint64_t otherwise;	/* where none matches */
	uint32_t idx;		/* keys read only those of smaller ones */
	const char *doc;	/* or NULL */
	struct loc loc;
};

struct mdc_parser {
	const char *name;	/* NULL: the description has no parser */
	const struct mdc_instance **instances;	/* by idx */
	uint32_t n_instances;
	const struct mdc_type *errors;	/* an ENUM that names errors, or NULL */
	const struct mdc_class **classes;	/* by idx */
	uint32_t n_classes;
	const struct mdc_register **registers;	/* by idx */
	uint32_t n_registers;
	const struct mdc_state **states;	/* by idx; 0 is the start */
	uint32_t n_states;
	struct loc loc;
};

/* In header fields only @key.bit, bits and order mean something: of the header's begin. */
struct mdc_hcond {
	enum mdc_hcond_kind kind;
	const struct mdc_hcond *a, *b;
	/* CMP: (field & mask) OP value; a mask that is not all bits: only EQ, NE */
	enum mdc_hcond_op op;
	struct mdc_key key;
	uint64_t mask, value;
	struct loc loc;
};

/* ---- the device and its target ---- */

/* "" where the place has no key, or is "default". */
struct mdc_match { const char *where, *key, *glob; struct loc loc; };

struct mdc_device {
	const char *name;	/* NULL: the description has no device */
	const char *driver, *firmware, *prefix, *license;	/* not NULL where name isn't */
	const char *release;	/* which of the description's; NULL: it lists none */
	const struct mdc_match *matches;
	uint32_t n_matches;
	const char *doc;
	struct loc loc;
};

/* `record HEADER FIELD VALUE ...`: one of the fields; @name: of an enumerator, where it is no number. */
struct mdc_target_record {
	const char *header, *field, *name;
	bool is_number;
	uint64_t value;
	struct loc header_loc, loc;	/* loc: of field and value */
};

struct mdc_target {
	const char *name;	/* "tcam_generic" */
	bool loops, arithmetic;
	uint32_t rows, states, steps, key_bytes, reach, writes, metadata_bytes;
	uint32_t register_bits, flags, class_rows;	/* flags: that a description can have */
	uint32_t lookups, lookup_bytes;	/* pieces of adjacent packet bytes in a key: key_bytes together */
	uint32_t window;	/* key bytes lie in cursor .. cursor + window - 1; 0: as reach says */
	bool defaults;		/* a state has an action for keys that no row of it matches: no row, no look-up */
	bool exact;		/* a row compares all bits that any row of its state compares */
	uint32_t boost_rows;	/* exact: ternary rows, looked at first */
	uint32_t stages, stage_rows;	/* a pipeline, strictly forward: stages, and rows of each; 0: none */
	uint32_t skip;		/* stages that a row can leave out, at most */
	uint32_t arcs_in, arcs_out;	/* of a state, at most; 0: any */
	uint32_t shift;		/* bytes that a row moves the cursor by, at most; 0: any */
	const char *table, *table_state;	/* the raw table that takes the rows, and which field of its key is the
						 * state; or NULL */
	struct loc table_loc;
	const struct mdc_target_record *records;	/* what rows of that table say that extract a header */
	uint32_t n_records;
	struct loc loc;
};

struct mdc_model {
	struct mdc_device device;
	struct mdc_target target;	/* the built-in tcam_generic where none is named */
	/* Enums, structs, unions, typedefs with a name, each after those that it needs by
	 * value; the layouts' structs included. No builtin ints. */
	const struct mdc_type **types;
	uint32_t n_types;
	const struct mdc_const *consts;		/* in the order of the text */
	uint32_t n_consts;
	const struct mdc_source **sources;
	uint32_t n_sources;
	const struct mdc_config **configs;
	uint32_t n_configs;
	const struct mdc_header **headers;
	uint32_t n_headers;
	const struct mdc_layout **layouts;	/* metadata first, in the order of the text */
	uint32_t n_layouts;
	uint32_t n_metadata;
	const char *layout_enum;	/* "mynic_layout" */
	const char *any_enum;		/* "mynic_layout_any", where a layout has id_first; else NULL */
	const struct mdc_view *views;
	uint32_t n_views;
	struct mdc_parser parser;
	const struct mdc_table **tables;	/* table.h; in the order of the text */
	uint32_t n_tables;
	const struct mdc_rawreg *rawregs;	/* of all tables together; the cursor and the stage first */
	uint32_t n_rawregs;
	/* The description itself, that of this release, for the image. */
	const struct mdc_token *tokens;
	uint32_t n_tokens;
};

/* As struct mdesc_fmt_token; text: the number of an atom. */
struct mdc_token { unsigned int kind : 3, text : 29; };

#endif /* MDESCC_MODEL_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * CO-RE relocations resolved offline, for the library's own files.
 *
 *   object --core_ext.c, core_object.c--> struct core_object: programs, relocations, lines
 *   BTF --core_index.c--> struct core_target: candidates by name
 *   relocation x target --core_spec.c, core_types.c, core_calc.c--> struct core_res
 *   result x instruction --core_patch.c--> the instruction as libbpf would patch it
 *   programs --core_flow.c, core_track.c--> what becomes of what a relocation reads
 *   patched programs --core_reach.c--> which instructions the verifier can come to
 *   check*.c: classes and texts
 *
 * Rules and results are libbpf's, to the errno; tests/core_pairs.c compares them
 * with its log. Everything read here may be hostile: BTF was checked by
 * btfraw_check(), the rest is checked here, and all work is bounded.
 */
#ifndef MDESC_CORE_H
#define MDESC_CORE_H

#include <linux/bpf.h>

#include "btfraw.h"
#include "names.h"

#define CORE_SPEC_MAX	64	/* numbers in an access string, as libbpf has it */
#define CORE_NONE	UINT32_MAX
#define CORE_INSN_MAX	(1u << 20)	/* of an object; the kernel takes no more of a program */

/* ---- core_ext.c ---- */

enum core_ext_part { CORE_EXT_LINES, CORE_EXT_RELOS, CORE_EXT_PARTS };

/* A checked .BTF.ext: where its parts lie. */
struct core_ext {
	const char *name;	/* for error texts */
	struct {
		const uint8_t *data;	/* from the record size on; NULL: none */
		uint32_t len;
	} part[CORE_EXT_PARTS];
};

int core_ext_open(struct core_ext *x, const char *name, const void *ext, size_t size,
		  struct mdesc_error *err);
/*
 * Calls @fn with each record of a part: the name of the program section, the
 * record's number in it, the record (a struct bpf_line_info or bpf_core_relo, unaligned).
 * Stops where that returns other than 0, and returns it.
 */
typedef int (*core_ext_fn)(void *ctx, uint32_t sec_name_off, uint32_t no, const void *rec,
			   struct mdesc_error *err);
int core_ext_each(const struct core_ext *x, enum core_ext_part part, core_ext_fn fn, void *ctx,
		  struct mdesc_error *err);
int core_ext_bad(const char *name, const char *what, struct mdesc_error *err);

/* The sections .BTF and .BTF.ext of a BPF object; NULL where there is none. */
struct core_sections {
	const void *btf, *ext;
	size_t btf_size, ext_size;
};

int core_sections_find(struct core_sections *s, const char *name, const void *obj, size_t size,
		       struct mdesc_error *err);

/* ---- core_object.c ---- */

struct core_sec {
	const char *name;
	const struct bpf_insn *insns;	/* an aligned copy */
	uint32_t n;
	uint32_t *syms;			/* by instruction: its ELF relocation's symbol, 0: none */
	uint32_t *relo_at;		/* by instruction: its relocation, CORE_NONE: none */
};

struct core_func {
	const char *name;
	uint32_t sec;
	uint32_t first, n;		/* instructions of the section */
	bool is_prog;			/* libbpf loads it; else it is called */
	bool is_global;			/* the verifier may look at it by itself */
	bool used;			/* is_prog, or called by one that is used */
};

struct core_relo {
	uint32_t sec, insn, func;	/* func: CORE_NONE for code that libbpf drops */
	uint32_t no;			/* as libbpf counts: in its section */
	uint32_t kind;			/* enum bpf_core_relo_kind */
	uint32_t type_id;
	const char *access;
	uint32_t line;			/* in @lines, CORE_NONE: unknown */
};

struct core_line {
	uint32_t sec, insn;
	uint32_t line;
	const char *file, *text;
};

/* What a symbol that an instruction refers to is. */
enum core_sym { CORE_SYM_OTHER, CORE_SYM_MAP, CORE_SYM_DATA, CORE_SYM_CODE };

struct core_symbol {
	uint8_t what;			/* enum core_sym */
	uint32_t sec;			/* CODE: in @secs */
	uint64_t value;
};

struct core_object {
	char *name;
	void *data;			/* the file, owned */
	size_t size;
	struct btfraw btf;
	struct core_sec *secs;
	uint32_t sec_n;
	uint32_t *by_elf;		/* by index in the file: 1 + that in @secs, 0: no code */
	uint32_t elf_n;
	struct core_func *funcs;	/* by section and first instruction */
	uint32_t func_n;
	struct core_relo *relos;
	uint32_t relo_n;
	struct core_line *lines;
	uint32_t line_n;
	struct core_symbol *syms;
	uint32_t sym_n;
	struct core_use *uses;		/* of each relocation */
	uint16_t *kinds;		/* by relocation: bits of those of the same field and function */
	uint8_t *own;			/* by type id: it is a map's key or value */
};

/* Takes @data, even on failure. */
int core_object_open(struct core_object *o, const char *name, void *data, size_t size,
		     struct mdesc_error *err);
void core_object_close(struct core_object *o);
/* The function that a call leads to, CORE_NONE: unknown. */
uint32_t core_callee(const struct core_object *o, uint32_t sec, uint32_t insn);
/* The function that an instruction calls or takes the address of. */
uint32_t core_refers_to(const struct core_object *o, uint32_t sec, uint32_t insn);
uint32_t core_func_at(const struct core_object *o, uint32_t sec, uint32_t insn);

/* ---- core_index.c ---- */

/* Types by name without flavour. */
struct core_index {
	const struct btfraw *b;
	uint32_t *heads;	/* by hash: a type id, 0 ends */
	uint32_t *next;		/* by type id: the next one of the same hash, ascending */
	uint32_t mask;
};

/* Sets @b->ptr_size. */
int core_index_open(struct core_index *x, struct btfraw *b, struct mdesc_error *err);
void core_index_close(struct core_index *x);
/* The first type after @after (0: of all) that has this name without flavour; 0: none. */
uint32_t core_index_find(const struct core_index *x, const char *name, uint32_t len, uint32_t after);
uint32_t core_essential_len(const char *name);

/* What relocations are resolved against: the kernel's types, where there are, then the NIC's. */
struct core_target {
	const struct core_index *v[2];
	uint32_t n;
};

/* ---- core_spec.c ---- */

struct core_acc {
	uint32_t type_id;
	uint32_t idx;
	const char *name;	/* NULL: an element of an array, or a pointer's */
};

struct core_spec {
	const struct btfraw *b;
	struct core_acc acc[CORE_SPEC_MAX];
	uint32_t root_id;
	uint32_t kind;
	uint32_t len;
	uint32_t raw_len;
	uint32_t bit_offset;
};

/* How much may still be looked at for an object and a target; 0: it is too much. */
struct core_budget {
	uint64_t left;
};

#define CORE_BUDGET	(64u << 20)

/* A type by id; void is one of kind BTF_KIND_UNKN. NULL: no such type. */
const struct btf_type *core_type(const struct btfraw *b, uint32_t id);
/* Without modifiers and typedefs. */
const struct btf_type *core_skip(const struct btfraw *b, uint32_t *id);
bool core_kinds_compat(const struct btf_type *a, const struct btf_type *b);
/* Bytes of a type, or -errno. */
int64_t core_size(const struct btfraw *b, uint32_t id);

static inline bool core_is_composite(const struct btf_type *t)
{
	return btfraw_kind(t) == BTF_KIND_STRUCT || btfraw_kind(t) == BTF_KIND_UNION;
}

static inline bool core_is_enum(const struct btf_type *t)
{
	return btfraw_kind(t) == BTF_KIND_ENUM || btfraw_kind(t) == BTF_KIND_ENUM64;
}

static inline const struct btf_member *core_members(const struct btf_type *t)
{
	return btfraw_tail(t);
}

static inline uint32_t core_member_bit_offset(const struct btf_type *t, uint32_t i)
{
	uint32_t off = core_members(t)[i].offset;

	return BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(off) : off;
}

static inline uint32_t core_member_bits(const struct btf_type *t, uint32_t i)
{
	return BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BITFIELD_SIZE(core_members(t)[i].offset) : 0;
}

static inline bool core_kind_is_field(uint32_t kind)
{
	return kind <= BPF_CORE_FIELD_RSHIFT_U64;
}

static inline bool core_kind_is_type(uint32_t kind)
{
	return (kind >= BPF_CORE_TYPE_ID_LOCAL && kind <= BPF_CORE_TYPE_SIZE) ||
	       kind == BPF_CORE_TYPE_MATCHES;
}

static inline bool core_kind_is_enum(uint32_t kind)
{
	return kind == BPF_CORE_ENUMVAL_EXISTS || kind == BPF_CORE_ENUMVAL_VALUE;
}

/* The name of an enumerator, and its value as libbpf takes it. */
const char *core_enumerator(const struct btfraw *b, const struct btf_type *t, uint32_t i, uint64_t *value);

int core_spec_parse(struct core_spec *spec, const struct btfraw *b, const struct core_relo *relo);
/* 1: @to is @local in type @id of @b; 0: it is not there; -errno. */
int core_spec_match(const struct core_spec *local, const struct btfraw *b, uint32_t id,
		    struct core_spec *to, struct core_budget *budget);

/* ---- core_types.c: both as core_spec_match() ---- */

int core_types_compat(const struct btfraw *a, uint32_t a_id, const struct btfraw *b, uint32_t b_id,
		      struct core_budget *budget);
int core_types_match(const struct btfraw *a, uint32_t a_id, const struct btfraw *b, uint32_t b_id,
		     struct core_budget *budget);

/* ---- core_calc.c ---- */

/* Why libbpf gives up on an object; CORE_WHY_NONE: it does not. */
enum core_why {
	CORE_WHY_NONE,
	CORE_WHY_SPEC,		/* the relocation makes no sense */
	CORE_WHY_ANONYMOUS,	/* of a type without a name */
	CORE_WHY_MATCH,		/* a candidate cannot be compared */
	CORE_WHY_CALC,		/* the value cannot be computed: a bit field that no load reads */
	CORE_WHY_OFFSETS,	/* candidates at different places */
	CORE_WHY_VALUES,	/* candidates that give different values */
	CORE_WHY_BUDGET,	/* too much to look at */
	CORE_WHY_INSN,		/* the instruction is not what it should be */
	CORE_WHY_RANGE,		/* an offset that the instruction has no room for */
	CORE_WHY_WIDTH,		/* a width that no load has */
};

/* A field or element, as it is in one BTF. */
struct core_field {
	uint32_t bit_offset;	/* in the root type */
	uint32_t bits;
	bool is_bitfield;
	uint32_t type_id;	/* as written: typedefs are not skipped; 0: no field */
	uint32_t owner, member;	/* of a member: the struct, and which; 0: an element */
};

struct core_res {
	int rc;				/* 0 or -errno */
	uint8_t why;
	bool poison;
	bool validate;
	bool bad_width;			/* poisons a load or store */
	uint64_t orig, val;
	uint32_t orig_size, size;	/* of the field, for loads and stores; 0: leave the width */
	uint32_t cands, matching;
	const struct btfraw *b;		/* of the first match; NULL: none */
	uint32_t root_id;
	bool in_kernel;			/* it is in the first of two indexes */
	bool twins;			/* others match, too, */
	bool twins_differ;		/* and have another width there */
	bool other_bad_width;		/* @bad_width by the other one of enum core_rules */
	struct core_field local, field;
};

/* Which rules: since libbpf 1.6 the width of an array is that of its elements. */
enum core_rules { CORE_RULES_OLD, CORE_RULES_1_6 };

/* The candidates of each local type that libbpf has left, for one object and target. */
struct core_cands;

struct core_cands *core_cands_new(const struct core_object *o);
void core_cands_free(struct core_cands *c);

/* Resolves relocations in their order; the candidates shrink as libbpf's do. */
void core_resolve(const struct core_object *o, const struct core_relo *relo, const struct core_target *t,
		  struct core_cands *cands, enum core_rules rules, struct core_budget *budget,
		  struct core_res *res);
const char *core_kind_name(uint32_t kind);

/* ---- core_patch.c ---- */

/* What happened to an instruction. */
struct core_patch {
	enum { CORE_PATCH_NONE, CORE_PATCH_IMM, CORE_PATCH_OFF, CORE_PATCH_IMM64, CORE_PATCH_POISON } what;
	uint64_t from, to;
	uint32_t size_from, size_to;	/* OFF: differ where the width was patched */
};

#define CORE_POISON	195896080	/* the helper's number that libbpf uses */

/* Patches @insn, of which @left follow; may set @res->rc and @res->why. */
int core_patch(struct bpf_insn *insn, uint32_t left, struct core_res *res, struct core_patch *patch);

#endif /* MDESC_CORE_H */

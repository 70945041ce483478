/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the files that make types and layouts share: types.c enum.c body.c
 * layout.c tags.c leaves.c ids.c views.c. The model sees struct mdc_type only;
 * here each is the head of a struct rs_type, which knows its text and how far
 * it is resolved.
 */
#ifndef MDESCC_TYPES_H
#define MDESCC_TYPES_H

#include "resolve.h"

/* What the kernel and readers of an image take of the types in BTF. */
#define RS_PADS		64
#define RS_DEPTH_MAX	32		/* types inside of types */
#define RS_SIZE_MAX	(1u << 20)	/* bytes of a type */
#define RS_WITHIN_MAX	(1u << 20)	/* types in a type, each counted wherever it stands */
#define RS_LEAVES_MAX	65535		/* fields of a layout */
#define RS_DESCRIPTOR_MAX	65536	/* bytes */

struct rs_type {
	struct mdc_type t;		/* first: the maps and the model hold &t */
	const struct ast *item;		/* AST_ENUM, AST_STRUCT, AST_TYPEDEF, AST_LAYOUT; or NULL */
	enum { RS_NEW, RS_BUSY, RS_DONE } state;
	bool broken;			/* something in it is wrong, and was reported */
	uint32_t depth;			/* in BTF: how deep the types in it are nested, */
	uint32_t within;		/* and how many it is with all of them */
	/* STRUCT, UNION */
	struct rs_type *outer;		/* written inline: the type in whose body it stands */
	struct rs_type *root;		/* the named one around; itself where it has a name */
	const struct ast_member **asts;	/* of each member; NULL for padding */
	VEC(const struct ast_member *) computed;	/* AST_ALIAS, AST_DERIVE */
	const struct ast *tag_expr;	/* UNION: its tag, where that is no plain field; else NULL */
	bool computes, in_layout;	/* computes: it has something computed; in_layout: walked with one */
};

static inline struct rs_type *rs_of(const struct mdc_type *t)
{
	return (struct rs_type *)(uintptr_t)t;
}

/* A type being resolved, and where it is needed. */
struct rs_busy { struct rs_type *type; struct loc use; };

/* A switch in a word, and its arms: parents first. */
struct rs_word_arm {
	struct mdc_word_arm a;		/* first */
	const struct ast_range_arm *ast;
	struct rs_word_switch *sw;
};
struct rs_word_switch {
	const struct ast *tag;
	bool computed;			/* the tag is no plain field */
	const struct mdc_member *word;	/* its name and ranges, for the look-up */
	VEC(struct rs_word_arm *) arms;
};

/* A tagged union or word whose tag is looked for when the named type around is whole. */
struct rs_tagged { struct rs_type *u, *in; const struct ast_struct *ast; struct rs_word_switch *sw; };

struct rs_types {
	const struct mdc_type *u8;
	const struct mdc_type *error;	/* stands for what is unknown: broken */
	VEC(struct rs_busy) busy;
	/* stacks: each body takes its own off again */
	VEC(struct mdc_member) members;
	VEC(const struct ast_member *) asts;
	struct atom_map spare;		/* for the names in a body */
	const struct mdc_type *pads[RS_PADS];	/* arrays of so many bytes */
	VEC(struct rs_tagged) tagged;
	VEC(const struct mdc_type *) done;	/* becomes m->types */
	struct atom_map bits_structs;	/* names of words' structs -> struct loc */
	VEC(signed char) std;		/* by source: -1, 0, 1: not looked at, no, yes */
};

/* What the fingerprint wants and the model does not hold: a struct or union of a
 * layout that has a name (@cond == NULL), or an arm. */
struct rs_part {
	const char *path;
	uint32_t bit_off, bits;
	const struct mdc_type *type;
	const struct mdc_cond *cond;
};

/* Something computed, while it is resolved. */
struct rs_value {
	struct mdc_value v;		/* first */
	const struct ast *expr, *to;	/* ALIAS: the first piece and the last (NULL: the same) */
	const struct ast *node;		/* what declares it: one for all layouts that hold it */
	const char *scope, *root;	/* paths of the struct around and of the named type around */
	uint32_t first_leaf, end_leaf;	/* of that struct */
	struct ast_name type;		/* s == NULL: VALID, TAG */
	enum { RS_VALUE_NEW, RS_VALUE_BUSY, RS_VALUE_DONE } state;
	bool broken;
	uint32_t work, depth;		/* steps to compute it and whether it is valid; values in values */
};

/* A layout while it is made. */
struct rs_layout {
	struct mdc_layout l;		/* first */
	const struct ast_layout *ast;
	struct atom_map paths;		/* path -> index in leaves + 1: for rs_leaf_at() */
	VEC(struct mdc_leaf) leaves;
	VEC(const struct mdc_cond *) conds;
	VEC(struct rs_part) parts;
	VEC(struct rs_value *) values;	/* in the order of the text */
	struct atom_map value_paths;	/* path -> struct rs_value */
	VEC(const struct mdc_value *) sorted;
	bool scratch;			/* of a type that no layout holds: only what it computes matters */
	bool broken;
};

static inline struct rs_layout *rs_layout_of(const struct mdc_layout *l)
{
	return (struct rs_layout *)(uintptr_t)l;
}

/* types.c */
struct rs_type *rs_new_type(struct resolver *r, enum mdc_type_kind kind, struct loc loc);
/* Counts what @in holds as held by @t, too. */
void rs_contain(struct rs_type *t, const struct mdc_type *in);
/* The type of this name, whole; ts->error after a diagnostic. */
const struct mdc_type *rs_type_named(struct resolver *r, struct ast_name n);
/* The type of a member without its name and bits: pointer and dimensions. */
const struct mdc_type *rs_member_type(struct resolver *r, const struct ast_member *m,
				      const struct mdc_type *inline_type);
const char *rs_string(const struct ast *s);	/* of an AST_STRING or NULL */
const char *rs_kind_text(const struct mdc_type *t);	/* "struct", "enum", ... */
const char *rs_article(const char *noun);		/* "a" struct, "an" enum */

/* enum.c */
void rs_enum(struct resolver *r, struct rs_type *t, const struct ast_enum *ast);
/* All enumerators fit @width bits of @t's base, else a diagnostic at @loc. */
bool rs_enum_fits(struct resolver *r, const struct mdc_type *t, unsigned width, struct loc loc,
		  enum check chk);
/* Takes a name in C's namespace of enumerators. */
void rs_take_c_name(struct resolver *r, const char *c_name, const struct loc *loc);

/*
 * layout.c: where C puts the members of one struct or union. All in bits. A bit
 * field's @unit is the size of its type, else 0; @align is in bits, too.
 */
struct rs_place {
	bool is_union, packed;
	uint64_t pos;		/* the first bit behind the last member */
	uint64_t unit_end;	/* the end of the last bit field's storage */
	uint64_t end;		/* union: of the longest member */
	uint64_t align;		/* of the whole, at least 8 */
};
/* Where it goes without a pin. */
uint64_t rs_place_natural(const struct rs_place *p, uint64_t size, uint64_t align, uint64_t unit);
/* May it be at @at? */
bool rs_place_possible(const struct rs_place *p, uint64_t at, uint64_t size, uint64_t align,
		       uint64_t unit);
/* Put there. @counts: it counts for the alignment of the whole (an unnamed bit field doesn't). */
void rs_place_take(struct rs_place *p, uint64_t at, uint64_t size, uint64_t align, uint64_t unit,
		   bool counts);
/* The first bit of the gap before @at that is no rest of a bit field's storage. */
uint64_t rs_place_gap(const struct rs_place *p, uint64_t at);
uint64_t rs_place_size(const struct rs_place *p);

/* body.c: a struct's, a union's or a layout's members. */
void rs_body(struct resolver *r, struct rs_type *t, const struct ast_struct *ast);

/* tags.c: the tagged unions of a type that is whole; from ts->tagged[@first]. */
void rs_tags(struct resolver *r, size_t first);
/* The path of a tag as written: "pkt_type", "tag.kind". */
const char *rs_path_text(struct resolver *r, const struct ast *path);
/* A member by name, through anonymous members. @through: collects these. Or NULL. */
const struct mdc_member *rs_find_member(const struct mdc_type *t, const char *name,
					const struct mdc_type **through);
const struct mdc_bits *rs_find_bits(const struct mdc_member *m, const char *name);
/* "unknown member 'x' of struct 's'", with the nearest. */
void rs_unknown_member(struct resolver *r, struct ast_name n, const struct mdc_type *t);

void rs_unknown_bits(struct resolver *r, struct ast_name n, const struct mdc_member *word);

/* leaves.c: the layout's leaves, conditions and pending rules. */
void rs_leaves(struct resolver *r, struct rs_layout *l);
/* The index of the leaf at @path; UINT32_MAX: none. When all leaves are there. */
uint32_t rs_leaf_at(struct resolver *r, struct rs_layout *l, const char *path);

/* values.c: what the layout computes, when its leaves are there. */
void rs_values(struct resolver *r, struct rs_layout *l);
/* The same of types that no layout holds: for what is wrong with them, and their tags. */
void rs_values_elsewhere(struct resolver *r);
/* The alias or derived value of this path; NULL: none. */
const struct mdc_value *rs_value_at(struct resolver *r, const struct mdc_layout *l, const char *path);

/* value_expr.c: NULL after a diagnostic. @expected: an enum whose enumerators may be named. */
struct rs_scope {
	struct resolver *r;
	struct rs_layout *l;
	struct rs_value *of;		/* what it is for */
};
const struct mdc_v *rs_value_expr(struct rs_scope *s, const struct ast *e, const struct mdc_type *expected);
/* One field: the index of its leaf and its element; UINT32_MAX: not a field (no diagnostic). */
uint32_t rs_value_leaf(struct rs_scope *s, const struct ast *path, uint32_t *elem, bool *whole);
const struct mdc_v *rs_value_field(struct rs_scope *s, uint32_t leaf, uint32_t elem, const char *text,
				   struct loc loc);
/* Reports that @f is read at @loc, where another arm than its own is around, or none. @what is to move there. */
/* The pieces of an alias, all from its first to its last; NULL: reported. */
const struct mdc_v *rs_alias(struct rs_scope *s);
/* Whether what is in @c may be read; where only an arm around is known, that is @c from now on. */
bool rs_value_in_arm(struct rs_scope *s, const struct mdc_cond *c);
void rs_value_other_arm(struct rs_scope *s, enum check check, const struct mdc_leaf *f, struct loc loc,
			const char *what);
/* values.c: it is resolved, or was reported. */
bool rs_value_ready(struct rs_scope *s, struct rs_value *v, struct loc use);
/* value_text.c: @full: with the paths from the layout. */
const char *rs_value_text(struct resolver *r, const struct mdc_layout *l, const struct mdc_v *x, bool full);

/* ids.c: canonical text, fingerprint, id of one layout. */
void rs_id(struct resolver *r, struct rs_layout *l);

/* types.c: was source @src found as std/..., in the share directory, or by a file that was? */
bool rs_std_source(struct resolver *r, uint32_t src);

#endif

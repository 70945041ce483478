/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the files of the data sheet share. emit_html.c writes the page section by
 * section; every text that comes from a description goes through html_text(),
 * every id through html_id(), every reference to a thing of the model through
 * html_ref(). Ids are fixed before the first byte is written, so that links lead
 * forwards and backwards.
 */
#ifndef MDESCC_HTML_H
#define MDESCC_HTML_H

#include "arena.h"
#include "atoms.h"
#include "describe.h"
#include "emit_common.h"
#include "model.h"
#include "out.h"
#include "rows.h"

struct html {
	struct mdc_ctx *ctx;
	struct arena *a;
	const struct mdc_model *m;
	const struct mdc_rows *rows;
	struct out *o;
	struct atom_map ids;		/* every id of the page */
	struct atom_map refs;		/* a thing of the model (by address) -> its id */
	struct atom_map names;		/* a name in an expression (atom) -> id of what it names */
	const struct mdc_type **types;	/* that the sheet shows */
	uint32_t n_types;
	struct html_body **bodies;	/* by layout */
	struct html_body **type_bodies;	/* by type; NULL: no struct or union */
	VEC(const struct mdc_header *) headers;	/* that the sheet shows */
	struct atom_map writers;	/* a leaf -> struct html_writer */
	struct atom_map offered;	/* a leaf -> text: the members of views that it is */
	VEC(struct html_note) units, deprecated;
};

/* A rule that writes a leaf: a list, rules for every packet first. */
struct html_writer {
	const struct mdc_state *state;	/* NULL: for every packet */
	const struct mdc_rule *rule;
	struct html_writer *next, *last;	/* @last: of the first one's list */
};

/* Something of a unit, or deprecated: for the lists at the end. */
struct html_note {
	const char *text;	/* the unit; what to use instead */
	const char *kind;	/* "field" */
	const char *name;
	const char *id;
};

/* ---- html_text.c: text, ids, links ---- */

void html_text(struct html *h, const char *s);		/* escaped, in elements and in attributes */
void html_text_n(struct html *h, const char *s, size_t size);
void html_doc(struct html *h, const char *doc);		/* paragraphs, or nothing */
void html_inline(struct html *h, const char *doc);	/* the same without paragraphs */
void html_code(struct html *h, const char *s);		/* <code> */
void html_printf(struct html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A table up to its body; a head that begins with > is of numbers. @of: code behind the caption, or NULL. */
void html_table(struct html *h, const char *class, const char *caption, const char *of, const char *const *heads);
void html_end_table(struct html *h);

/* An id that nothing else of the page has, of letters, digits and `-._`; an atom. */
const char *html_id(struct html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void html_set_ref(struct html *h, const void *thing, const char *id);
const char *html_ref(const struct html *h, const void *thing);	/* NULL: not on the page */
/* <a> with the text as code, or code alone where there is nothing to go to. */
void html_link(struct html *h, const char *id, const char *text);
void html_ref_link(struct html *h, const void *thing, const char *text);
/* ` id="..." data-n="NAME" data-k="KIND"`: what the search finds. */
void html_found(struct html *h, const char *id, const char *name, const char *kind);

/* ---- html_expr.c: expressions, with links ---- */

/* A place of the description as it is written there: one line, without comments. */
const char *html_source(struct html *h, struct loc loc);
/* Is the source or register part of it? */
bool html_x_uses(const struct mdc_x *x, const void *thing);
/* Fields that it is written to, and states that ask for it or keep it; for tables. */
void html_users(struct html *h, const void *thing);
/* What a rule or a statement of state @s (NULL: a rule) gives to what stands at @to, which may be of an enum. */
void html_value(struct html *h, const struct mdc_state *s, struct loc loc, struct loc to, const struct mdc_x *x,
		const struct mdc_type *enum_type);
void html_expr(struct html *h, const char *text);
void html_note_unit(struct html *h, const char *unit, const char *kind, const char *name, const char *id);
void html_note_deprecated(struct html *h, const char *text, const char *kind, const char *name,
			  const char *id);

/* ---- html_bits.c: bit diagrams ---- */

enum html_tint { TINT_HOST, TINT_LE, TINT_BE, TINT_RAW, TINT_BYTES, TINT_PTR, TINT_UNION, TINT_ID, TINT_PAD,
		 TINT_N };
enum html_bits_style { BITS_BYTES, BITS_WORDS, BITS_WIRE };

/*
 * A box. Its bits are @width bits from bit @shift of the number of @bytes bytes
 * at @offset, whose first byte is the lowest (@be: the highest).
 */
struct html_cell {
	const char *label, *shorter;	/* @shorter: where @label has no room */
	const char *sub;		/* the type, below it */
	const char *id;			/* where a click leads; or NULL */
	enum html_tint tint;
	bool deprecated;
	bool be, area;			/* @area: whole bytes that are no one number */
	bool open;			/* its end varies */
	uint32_t offset, bytes, shift, width;
	uint32_t word;			/* 0, or 1 + index of the cell that it is a range of */
	bool varies;			/* a word whose other bits depend on a tag */
};

struct html_bits {
	const char *title;		/* for those who do not see it */
	const struct html_cell *cells;
	uint32_t n_cells;
	uint32_t size;			/* bytes */
	uint32_t first;			/* offset of the first */
	enum html_bits_style style;
};

void html_bits(struct html *h, const struct html_bits *b);
/* Into how many pieces its boxes are cut. */
size_t html_bits_runs(struct html *h, const struct html_bits *b);

/* ---- html_body.c, html_fields.c: structs and unions ---- */

enum html_item_kind { ITEM_FIELD, ITEM_RANGE, ITEM_PAD, ITEM_UNION, ITEM_STRUCTS };

/* A line of the table of fields, and a box of the diagram. */
struct html_item {
	enum html_item_kind kind;
	const char *path, *id;
	const char *type;		/* "be32", "u8[16]" */
	const struct mdc_type *link;	/* what its type leads to, or NULL */
	const struct mdc_member *member;
	const struct mdc_bits *bits;	/* ITEM_RANGE */
	const struct mdc_leaf *leaf;	/* of the layout, or NULL */
	uint32_t leaf_idx;
	uint32_t bit, n_bits;		/* from the layout's first */
	uint32_t group;			/* ITEM_RANGE: index of the word */
	bool context;			/* in the diagram only: an arm's word, and what is always in it */
	struct html_body **arms;	/* ITEM_UNION: each member's; ITEM_STRUCTS: an element's; of a word
					 * with a switch: each arm's */
	uint32_t n_arms;
};

/* The members of a struct with those of the structs in it; unions stay closed. */
struct html_body {
	const struct mdc_layout *layout;	/* or NULL */
	const struct mdc_type *type;
	const struct mdc_type *of_union;	/* an arm: of which */
	const struct mdc_member *arm;
	const struct mdc_word_arm *word_arm;	/* of a word's switch */
	const char *top;		/* the name of the layout or type that it is in */
	const char *path, *id;
	uint32_t bit, n_bits;
	enum html_bits_style style;	/* BITS_BYTES or BITS_WORDS, whichever cuts fewer fields in all */
	VEC(struct html_item) items;
};

struct html_body *html_layout_body(struct html *h, const struct mdc_layout *l, const char *id);
struct html_body *html_type_body(struct html *h, const struct mdc_type *t, const char *id);
void html_body_diagram(struct html *h, const struct html_body *b);
const char *html_body_name(const struct html_body *b);	/* what it is the body of */
/* Diagram, table and then its unions. @level: of their headings. */
void html_body(struct html *h, const struct html_body *b, int level);
const char *html_type_text(struct html *h, const struct mdc_type *t);	/* "be32[4]", "foo *" */
const struct mdc_type *html_type_target(const struct mdc_type *t);	/* what to link: or NULL */
const char *html_enumerator(const struct mdc_type *t, uint64_t value);	/* its name, or NULL */

/* ---- the sections ---- */

void html_identity(struct html *h);	/* html_identity.c */
void html_layouts(struct html *h);	/* html_layouts.c */
void html_headers(struct html *h);	/* html_headers.c */
void html_parser(struct html *h);	/* html_parser.c */
/* A pattern as a number with all digits of its key. */
const char *html_pattern(struct html *h, const struct mdc_pattern *p, unsigned int bits);
/* An arm's patterns as numbers, with all digits of their keys. */
const char *html_arm_value(struct html *h, const struct mdc_state *s, const struct mdc_arm *a);
void html_graph(struct html *h);	/* html_graph.c */
void html_classes(struct html *h);	/* html_classes.c */
void html_raw(struct html *h);		/* html_raw.c: raw tables; and their anchors */
void html_name_raw(struct html *h);
void html_tables(struct html *h);	/* html_tables.c: the target and its rows */
void html_sources(struct html *h);	/* html_lists.c: this and what follows */
void html_configs(struct html *h);
void html_views(struct html *h);
void html_types(struct html *h);
void html_consts(struct html *h);
void html_errors(struct html *h);
void html_units(struct html *h);
void html_deprecated(struct html *h);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The generated header while it is written: emit_header.c writes the frame,
 * header_types.c the types and the assertions, header_getters.c the getters.
 */
#ifndef MDESCC_HEADER_H
#define MDESCC_HEADER_H

#include "arena.h"
#include "atoms.h"
#include "model.h"
#include "out.h"

struct header_gen {
	struct mdc_ctx *ctx;
	const struct mdc_model *model;
	struct out *out;
	const struct mdc_type **types;	/* to write, in order */
	uint32_t n_types;
	struct atom_map layouts;	/* a layout's struct mdc_type -> its struct mdc_layout */
	struct atom_map tag_enums;	/* a tagged union's struct mdc_type -> its tag's enum */
	struct atom_map getters;	/* names taken */
	struct atom_map getter_of;	/* of the layout at hand: path -> the name taken for it */
	struct out name;		/* of the getter being named */
	bool any_packed, any_record;
};

extern const char mdc_header_block[];	/* header_block.c */

/* The text of a comment, a license, ...: nothing in it can end the comment or begin another. */
const char *header_comment(struct header_gen *g, const char *text);
/* A comment on lines of its own, indented by @depth tabs; nothing for NULL. */
void header_doc(struct header_gen *g, int depth, const char *text);
/* "text" as a C string literal. */
const char *header_string(struct header_gen *g, const char *text);

/* The spelling of a type without its array dimensions: "__be32", "struct mynic_v4". An
 * anonymous struct has none: NULL. */
const char *header_spelling(struct header_gen *g, const struct mdc_type *t);

/* What the name of the struct ends in through which a type's bit fields are read: a flavour, to CO-RE. */
#define HEADER_BITS	"___bits"
/* That struct, "struct mynic_v4___bits", for the bit field at @path of the layout; @rest: its path in there. */
const char *header_bits(struct header_gen *g, const struct mdc_layout *l, const char *path, const char **rest);

void header_type(struct header_gen *g, const struct mdc_type *t);
void header_asserts(struct header_gen *g, const struct mdc_type *t);
void header_getters(struct header_gen *g, const struct mdc_layout *l);
/* "mynic_metadata_l3_v4_saddr": what the getters of this path begin with; it is taken then. */
const char *header_getter_name(struct header_gen *g, const struct mdc_layout *l, const char *path);
/* header_values.c: getters of what is computed, and the lines that they need. */
extern const char mdc_header_values[];
void header_values(struct header_gen *g, const struct mdc_layout *l);

#endif

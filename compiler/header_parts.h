/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A header while it is being made: what headers.c (fields, the length) and
 * header_parts.c (`if`) share.
 */
#ifndef MDESCC_HEADER_PARTS_H
#define MDESCC_HEADER_PARTS_H

#include "linear.h"
#include "states.h"

#define MDC_HEADER_MAX	65535u	/* bytes, as in struct mdesc_fmt_header */

struct header_maker {
	struct resolver *r;
	struct mdc_header *h;
	const struct ast_header *ast;
	VEC(struct mdc_hfield) fields;
	struct atom_map names;
	uint64_t bit;			/* of the part at hand: where the next field begins */
	const struct ast_length *length;
	struct linear_env linear;
	/* header_parts.c */
	VEC(struct mdc_hpart) parts;
	uint32_t part;			/* the part at hand: 0: the begin; else index + 1 in parts */
	uint64_t base_bits;		/* of the begin, when it has ended */
	uint64_t before;		/* bits of all parts that have ended */
	bool inside;			/* of an `if` */
	bool ended;			/* the part at hand: a field begins a new one */
};

/* headers.c: adds the fields of a list to the part at hand. */
void hm_members(struct header_maker *hm, struct ast *list);

/* header_parts.c: a field comes: it may begin a part of its own behind an `if`. */
void hp_field(struct header_maker *hm, const struct ast *field);
void hp_add(struct header_maker *hm, const struct ast_part *a);
/* Behind the last field: gives the header its parts. */
void hp_finish(struct header_maker *hm);

#endif

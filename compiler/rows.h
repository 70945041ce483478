/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The rows: a parser lowered to one target. The structures of format.h are used
 * as they are (names and meanings once only); here they are held together with
 * what diagnostics and listings need. Made by tcam.c; every pass makes new ones.
 * emit_image.c fills in the strings (mdesc_fmt_str members are 0 here).
 */
#ifndef MDESCC_ROWS_H
#define MDESCC_ROWS_H

#include "mdescc.h"
#include <mdesc/format.h>

struct mdc_row {
	struct mdesc_fmt_row f;
	struct loc loc;			/* of the arm that it came from */
};

struct mdc_row_state {
	struct mdesc_fmt_state f;
	const char *name;		/* "vlan"; parts of one: "ip4.1" */
	uint32_t state;			/* of the model */
	struct loc loc;
};

struct mdc_class_line {
	struct mdesc_fmt_class_row f;
	struct loc loc;			/* of the row that it came from */
};

/* A classification: its operations in ops, its lines in class_lines. */
struct mdc_class_table {
	uint32_t op_first, op_count, row_first, row_count, key_bits;
};

struct mdc_rows {
	const struct mdc_model *model;
	struct mdesc_fmt_next start;
	const struct mdc_row *rows;
	uint32_t n_rows;
	const struct mdc_row_state *states;
	uint32_t n_states;
	const struct mdesc_fmt_keys *keys;
	uint32_t n_keys;
	const struct mdesc_fmt_op *ops;	/* of rows and layouts */
	uint32_t n_ops;
	const struct mdc_class_table *classes;	/* by idx */
	const struct mdc_class_line *class_lines;
	uint32_t n_class_lines;
	/* by index of the layout: its rules in ops */
	const uint32_t *layout_op_first, *layout_op_count;
};

/* Whether the target has as many; false after a diagnostic. tcam_limits.c */
bool mdc_rows_fit(struct mdc_ctx *ctx, const struct mdc_rows *rows);

/* How many of the target's rows they take. tcam_limits.c */
uint64_t mdc_rows_taken(const struct mdc_rows *rows);

/* What key byte @i looks at: "+12", from the cursor; "ipv4+9"; "ai:0", of a register; in the arena. emit_rows.c */
struct arena;
const char *mdc_key_text(struct arena *a, const struct mdc_model *m, const struct mdesc_fmt_keys *k, uint32_t i);

/* The header fields that a state's rows look at, from @first_row on: "ipv4.ihl, ipv4.protocol". key_fields.c */
const char *mdc_key_fields(struct arena *a, const struct mdc_rows *r, uint32_t first_row,
			   const struct mdesc_fmt_keys *k);

/* Is it an action of its state, and none of the TCAM's rows? Only on targets that have such. */
static inline bool mdc_row_is_default(const struct mdc_row *row)
{
	return row->f.flags & MDESC_ROW_DEFAULT;
}

#endif /* MDESCC_ROWS_H */

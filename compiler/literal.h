/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The model taken literally: its states as tables of format.h, one thing after
 * the other, for no target and with no thought of rows. Written from model.h and
 * from what doc/language.md calls the exact meaning, and without a line of the
 * lowering (tcam*.c, flow*.c), so that --prove can compare the lowered rows with
 * it: what is proved of it is proved of the description.
 *
 * A state is entered by a row-state of its own; then come its extracts, a
 * row-state each, the conditions of a header's parts as comparisons that branch,
 * the select with its arms in the order of the text, and for each arm one row
 * that has all of the state's effects.
 */
#ifndef MDESCC_LITERAL_H
#define MDESCC_LITERAL_H

#include "arena.h"
#include "model.h"
#include "sym.h"

struct literal {
	struct arena *a;
	const struct mdc_model *m;
	const char *why;	/* the first thing that these tables cannot say; NULL: none */
	VEC(struct mdesc_fmt_state) states;
	VEC(struct mdesc_fmt_keys) keys;
	VEC(struct mdesc_fmt_row) rows;
	VEC(struct mdesc_fmt_op) ops;
	VEC(struct mdesc_fmt_class_row) class_rows;
};

/* Tables for the prover, in the arena; false with the reason where these cannot say it. */
bool mdc_literal(struct arena *a, const struct mdc_model *m, struct sym_tables *t, const char **why);

/* The first reason stays. */
static inline void literal_cannot(struct literal *l, const char *why)
{
	if (!l->why)
		l->why = why;
}

/* ---- literal_key.c ---- */

/* Numbers whose bits under @mask are @value. */
struct literal_cube { uint64_t value, mask; };
#define LITERAL_CUBES	128	/* that a pattern of 64 bits is made of, at most */

uint32_t literal_cubes(const struct mdc_pattern *p, uint32_t bits, struct literal_cube *to);

/* Where key bits lie: one slot for each byte that is compared. */
struct literal_keys {
	struct mdesc_fmt_keys f;
	const struct mdc_key *keys;
	uint32_t n;
};
/* The key bytes of @n keys of which bits are compared: those of masks[i]. Gives their number among l->keys. */
uint16_t literal_keyset(struct literal *l, struct literal_keys *to, const struct mdc_key *keys, uint32_t n,
			const uint64_t *masks);
/* The bytes of it that must be in the packet. */
uint32_t literal_need(const struct literal_keys *k);
/* Adds copies of @row that match where all keys match one of @patterns. */
void literal_match(struct literal *l, const struct literal_keys *k, const struct mdc_pattern *patterns,
		   const struct mdesc_fmt_row *row);

/* ---- literal_ops.c ---- */

void literal_rule(struct literal *l, const struct mdc_layout *layout, const struct mdc_rule *r);
void literal_set(struct literal *l, const struct mdc_set *s);
void literal_classes(struct literal *l, struct sym_tables *t);

#endif

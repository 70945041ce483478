/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Ways into and out of states, on machines that have few: takes the rows, says of a
 * state that has more than the target which arms of the description they come from:
 * where nothing can be left out of a comparison, one arm is an arc for each value.
 */
#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "model.h"
#include "tcam.h"

#define SHOWN_MAX	4

/* Rows that come from one arm. */
struct arm { struct loc loc; uint32_t first, n; };

static bool is_arc(const struct mdesc_fmt_row *r)
{
	return r->next.verdict == MDESC_GO && !(r->flags & MDESC_ROW_HOLD);
}

static int by_place(const void *a, const void *b)
{
	const struct arm *x = a, *y = b;

	if (x->loc.src != y->loc.src)
		return x->loc.src < y->loc.src ? -1 : 1;
	return x->loc.start < y->loc.start ? -1 : x->loc.start > y->loc.start;
}

static int by_cost(const void *a, const void *b)
{
	const struct arm *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* The arms that take the most of the arcs into or out of @state. */
static void label_arms(struct diag *d, struct arena *a, const struct mdc_rows *rows, uint32_t state, bool into)
{
	struct arm *arms = arena_array(a, struct arm, rows->n_rows + 1);
	uint32_t n = 0, kinds = 0;

	for (uint32_t i = 0; i < rows->n_rows; i++)
		if (is_arc(&rows->rows[i].f) && (into ? rows->rows[i].f.next.state : rows->rows[i].f.state) == state)
			arms[n++] = (struct arm){ rows->rows[i].loc, i, 1 };
	qsort(arms, n, sizeof(*arms), by_place);
	for (uint32_t i = 0; i < n; i++) {
		if (kinds && !by_place(&arms[kinds - 1], &arms[i]))
			arms[kinds - 1].n++;
		else
			arms[kinds++] = arms[i];
	}
	qsort(arms, kinds, sizeof(*arms), by_cost);
	for (uint32_t i = 0; i < kinds && i < SHOWN_MAX && arms[i].n > 1; i++)
		diag_label(d, arms[i].loc, "%u of them are of this arm", arms[i].n);
}

bool tcam_check_arcs(struct lower *l, const struct mdc_rows *rows)
{
	const struct mdc_target *t = &l->m->target;
	uint32_t *in = arena_array(l->arena, uint32_t, rows->n_states + 1);
	uint32_t *out = arena_array(l->arena, uint32_t, rows->n_states + 1);

	for (uint32_t i = 0; i < rows->n_rows; i++) {
		const struct mdesc_fmt_row *r = &rows->rows[i].f;

		if (!is_arc(r))
			continue;
		out[r->state]++;
		in[r->next.state]++;
	}
	for (uint32_t i = 0; i < rows->n_states; i++) {
		bool many_in = t->arcs_in && in[i] > t->arcs_in, many_out = t->arcs_out && out[i] > t->arcs_out;
		struct diag *d;

		if (!many_in && !many_out)
			continue;
		d = diag(l->ctx, CHK_target_limit, rows->states[i].loc,
			 "%u arcs lead %s state '%s', and the target '%s' has %u", many_in ? in[i] : out[i],
			 many_in ? "to" : "out of", rows->states[i].name, t->name,
			 many_in ? t->arcs_in : t->arcs_out);
		tcam_label_target(l, d);
		label_arms(d, l->arena, rows, i, many_in);
		if (t->exact)
			diag_note(d, "the target compares all bits: a mask or a range is an arc for each value");
		diag_note(d, many_in ? "let fewer values lead there, or have the state twice" :
			  "match fewer values here, and the others in a state of their own");
		return false;
	}
	return true;
}

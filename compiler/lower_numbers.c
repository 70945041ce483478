/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Numbers of the parser's states in the raw table that takes its rows, and what
 * these rows compare besides: fields of the key that are nothing of the parser
 * have their default in each row, so they must have it in each look-up.
 */
#include "lower.h"

#include <string.h>

/* ---- states ---- */

struct numbers {
	uint32_t n;			/* numbers below it are looked at */
	bool *state, *named, *compared;	/* a state's; an enumerator's; of a row that was there */
};

static void mark(bool *of, const struct numbers *s, uint64_t number)
{
	if (number < s->n)
		of[number] = true;
}

static uint64_t whole(const struct mdc_bfield *f, const uint64_t *bits)
{
	return mdc_bfield_turn(f, mdc_pieces_get(bits, f->pieces, f->n_pieces));
}

/* States that rows of the description's own compare. */
static void mark_rows(struct lower *l, struct numbers *s)
{
	for (uint32_t i = 0; i < l->t->n_list; i++) {
		const struct mdc_table_row *row = l->t->list[i];

		if (row->matches && whole(l->state, row->mask) == lw_ones(l->state->bits))
			mark(s->compared, s, whole(l->state, row->value));
	}
}

/* The lowest number that is nobody's; else one that only an enumerator has. */
static uint32_t free_number(const struct numbers *s)
{
	for (int names = 0; names < 2; names++)
		for (uint32_t i = 0; i < s->n; i++)
			if (!s->state[i] && !s->compared[i] && (names || !s->named[i]))
				return i;
	return LW_NONE;
}

static bool no_number(struct lower *l, uint32_t state)
{
	struct diag *d = diag(l->ctx, CHK_target_limit, l->rows->states[state].loc,
			      "no number is left for state '%s': field '%s' of table '%s' has %u bit%s",
			      l->rows->states[state].name, l->state->name, l->t->name, l->state->bits,
			      l->state->bits == 1 ? "" : "s");

	diag_label(d, l->state->loc, "declared here");
	diag_note(d, "rows of the table's own compare the others");
	return false;
}

bool lw_number_states(struct lower *l)
{
	const struct mdc_type *e = l->state->enum_type;
	uint32_t n = l->rows->n_states;
	uint64_t max = (uint64_t)n + l->t->n_list + (e ? e->n_enumerators : 0), all = lw_ones(l->state->bits);
	struct numbers s = { .n = (uint32_t)(max <= all ? max : all + 1) };

	s.state = arena_array(l->ctx->arena, bool, s.n);
	s.named = arena_array(l->ctx->arena, bool, s.n);
	s.compared = arena_array(l->ctx->arena, bool, s.n);
	l->number = arena_array(l->ctx->arena, uint32_t, n + 1);
	for (uint32_t k = 0; e && k < e->n_enumerators; k++)
		mark(s.named, &s, (uint64_t)e->enumerators[k].value);
	mark_rows(l, &s);
	for (uint32_t i = 0; i < n; i++) {
		l->number[i] = LW_NONE;
		for (uint32_t k = 0; e && k < e->n_enumerators; k++)
			if (!strcmp(e->enumerators[k].name, l->rows->states[i].name) &&
			    (uint64_t)e->enumerators[k].value <= all)
				l->number[i] = (uint32_t)e->enumerators[k].value;
		mark(s.state, &s, l->number[i]);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (l->number[i] != LW_NONE)
			continue;
		l->number[i] = free_number(&s);
		if (l->number[i] == LW_NONE)
			return no_number(l, i);
		mark(s.state, &s, l->number[i]);
	}
	return true;
}

/* ---- what else is compared ---- */

bool lw_is_pinned(const struct lower *l, const struct mdc_bfield *f)
{
	uint32_t reg = lw_raw_named(l, f->name);

	if (!f->has_init || f->load || f->alias || f == l->state || (reg != LW_NONE && l->mapped[reg]))
		return false;
	for (uint32_t i = 0; i < l->m->n_sources; i++)
		if (!strcmp(l->m->sources[i]->name, f->name))
			return false;
	return true;
}

/* What a run begins with: this table's word counts before that of others. */
static uint64_t at_first(const struct lower *l, const char *name)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i <= l->m->n_tables; i++) {
		const struct mdc_table *t = i < l->m->n_tables ? l->m->tables[l->m->n_tables - 1 - i] : l->t;

		for (uint32_t k = 0; k < t->n_start; k++)
			if (!strcmp(t->start[k].name, name))
				v = t->start[k].value;
	}
	return v;
}

bool lw_check_pinned(struct lower *l)
{
	for (uint32_t i = 0; i < l->t->key->n_fields; i++) {
		const struct mdc_bfield *f = &l->t->key->fields[i];
		uint64_t is = at_first(l, f->name);
		struct diag *d;

		if (!lw_is_pinned(l, f) || is == (f->init & lw_ones(f->bits)))
			continue;
		d = diag(l->ctx, CHK_target_limit, l->m->target.table_loc,
			 "the parser's rows in table '%s' would never match: they compare '%s' with %llu, and it is "
			 "%llu", l->t->name, f->name, (unsigned long long)(f->init & lw_ones(f->bits)),
			 (unsigned long long)is);
		diag_label(d, f->loc, "its default stands in each row");
		diag_note(d, "what hardware has there is said in the table: `start { %s %llu; }`", f->name,
			  (unsigned long long)(f->init & lw_ones(f->bits)));
		return false;
	}
	return true;
}

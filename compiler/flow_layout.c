/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Which layouts can be in force in each state. Fills in mdc_state.layout and
 * reports layout-choice: two choices on a path, a choice behind a write, a write
 * where several layouts are possible.
 */
#include "states.h"

struct layout_facts {
	struct flow_facts f;
	struct ps *p;
	uint32_t words;
	uint64_t *in;		/* by state: the layouts, then two bits more */
	uint64_t *out;
};

/* The bits behind those of the layouts. */
static uint32_t chosen_bit(const struct layout_facts *x)
{
	return x->p->r->m->n_layouts;
}

static uint32_t wrote_bit(const struct layout_facts *x)
{
	return x->p->r->m->n_layouts + 1;
}

static bool bit(const uint64_t *v, uint32_t i)
{
	return v[i / 64] >> (i % 64) & 1;
}

static void set_bit(uint64_t *v, uint32_t i)
{
	v[i / 64] |= 1ull << (i % 64);
}

static void leave(struct flow_facts *f, uint32_t s)
{
	struct layout_facts *x = (struct layout_facts *)f;
	const struct ps_state *st = &x->p->states[s];
	const uint64_t *in = x->in + (size_t)s * x->words;

	memcpy(x->out, in, x->words * 8);
	if (st->s->set_layout) {
		memset(x->out, 0, x->words * 8);
		set_bit(x->out, st->s->set_layout->idx);
		set_bit(x->out, chosen_bit(x));
		if (bit(in, wrote_bit(x)))
			set_bit(x->out, wrote_bit(x));
	}
	if (st->assigns.n)
		set_bit(x->out, wrote_bit(x));
}

static bool enter(struct flow_facts *f, uint32_t s, uint32_t to, bool otherwise, bool first)
{
	struct layout_facts *x = (struct layout_facts *)f;
	const uint64_t *from = otherwise ? x->in + (size_t)s * x->words : x->out;

	return flow_add(x->in + (size_t)to * x->words, from, x->words) || first;
}

/* Labels the choices (or the first write) that come before state @s. */
static void label_before(struct ps *p, struct diag *d, uint32_t s, bool writes)
{
	int shown = 0;

	for (uint32_t i = 0; d && i < p->n_states && shown < 3; i++) {
		const struct ps_state *st = &p->states[i];
		const struct ast_assign *a = writes ? (st->assigns.n ? st->assigns.p[0] : NULL)
						    : st->choice;
		const char *path = a && st->s->reachable ? flow_path_from(p, i, s, NULL) : NULL;

		if (!path)
			continue;
		if (i != s)
			diag_label(d, a->h.loc,
				   writes ? "written before, in state '%s'"
					  : "chosen in state '%s'",
				   st->s->name);
		if (!shown++)
			diag_note(d, "on the path %s", path);
	}
}

static void check_choice(struct layout_facts *x, uint32_t s)
{
	struct ps *p = x->p;
	const struct ps_state *st = &p->states[s];
	const uint64_t *in = x->in + (size_t)s * x->words;
	struct diag *d;

	if (!st->choice || !st->s->reachable)
		return;
	if (bit(in, chosen_bit(x))) {
		d = diag(p->r->ctx, CHK_layout_choice, st->choice->h.loc,
			 "a layout is chosen twice on a path");
		label_before(p, d, s, false);
		diag_note(d, "a packet has one layout: choose it where the paths have parted");
	} else if (bit(in, wrote_bit(x))) {
		d = diag(p->r->ctx, CHK_layout_choice, st->choice->h.loc,
			 "a layout is chosen behind a write");
		label_before(p, d, s, true);
		diag_note(d, "what was written was laid out as '%s': choose first, or in the same state",
			  p->first->name);
	}
}

/* The one layout that can be in force; NULL: several. */
static const struct mdc_layout *only_layout(const struct layout_facts *x, uint32_t s)
{
	const struct mdc_model *m = x->p->r->m;
	const struct mdc_layout *found = NULL;

	for (uint32_t i = 0; i < m->n_layouts; i++) {
		if (!bit(x->in + (size_t)s * x->words, i))
			continue;
		if (found)
			return NULL;
		found = m->layouts[i];
	}
	return found;
}

static void check_several(struct layout_facts *x, uint32_t s)
{
	struct ps *p = x->p;
	const struct ps_state *st = &p->states[s];
	struct diag *d;

	d = diag(p->r->ctx, CHK_layout_choice, st->assigns.p[0]->h.loc,
		 "state '%s' writes, but which layout?", st->s->name);
	for (uint32_t i = 0; i < p->r->m->n_layouts; i++)
		if (bit(x->in + (size_t)s * x->words, i))
			diag_note(d, "%s '%s' can be in force here",
				  p->r->m->layouts[i] == p->first ? "the first layout," : "layout",
				  p->r->m->layouts[i]->name);
	label_before(p, d, s, false);
	diag_note(d, "write in states that only one layout leads to");
}

static bool can_write(struct ps *p)
{
	if (p->n_writes)
		return true;
	for (uint32_t i = 0; i < p->n_states; i++) {
		if (!p->states[i].assigns.n)
			continue;
		diag_note(diag(p->r->ctx, CHK_writer, p->states[i].assigns.p[0]->h.loc,
			       "parser '%s' writes no metadata", p->ast->name.s),
			  p->first ? "say which: `parser %s writes %s {`"
				   : "declare some, and say so: `parser %s writes %s {`",
			  p->ast->name.s, p->first ? p->first->name : "METADATA");
		break;
	}
	return false;
}

void flow_layouts(struct ps *p)
{
	struct layout_facts x = { .f = { leave, enter },
				  .p = p,
				  .words = (p->r->m->n_layouts + 2 + 63) / 64 };

	if (!can_write(p))
		return;
	x.in = arena_array(p->arena, uint64_t, (size_t)p->n_states * x.words);
	x.out = arena_array(p->arena, uint64_t, x.words);
	set_bit(x.in, p->first->idx);
	flow_run(p, &x.f);
	for (uint32_t i = 0; i < p->n_states; i++) {
		struct mdc_state *s = p->states[i].s;

		check_choice(&x, i);
		s->layout = s->set_layout  ? s->set_layout
			    : s->reachable ? only_layout(&x, i)
					   : p->first;
		if (!s->layout && p->states[i].assigns.n)
			check_several(&x, i);
	}
}

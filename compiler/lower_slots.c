/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Where a raw table looks at the packet, for each state of a parser that is put
 * into it: takes the loads of the table's key and the states' key sets, gives each
 * slot a place, so that every byte that rows compare lies in one. Slots at names
 * are placed by the row before. Where all are at the cursor, the table's cursor
 * may be ahead of the parser's, or behind it: what it sees is a window.
 */
#include <stdlib.h>

#include "lower.h"

/* Fields that are loaded from `cursor`, `cursor + N` or `cursor + NAME`. */
static void read_loads(struct lower *l)
{
	for (uint32_t i = 0; i < l->t->key->n_fields && l->n_slots < LW_SLOTS_MAX; i++) {
		const struct mdc_bfield *f = &l->t->key->fields[i];
		const struct mdc_eop *ops = f->load ? f->load->code.ops : NULL;
		uint32_t n = f->load ? f->load->code.n : 0;
		struct lw_slot s = { .field = f };

		if (f->alias || n < 2 || ops[0].op != MDESC_T_REG || ops[0].index || f->bits != ops[n - 1].width ||
		    (f->bits > 8 && ops[n - 1].lo != MDESC_ORDER_BE))
			continue;
		s.bytes = f->bits / 8;
		if (n == 4 && ops[2].op == MDESC_X_ADD && ops[1].op == MDESC_T_REG) {
			s.reg = ops[1].index;
			s.name = l->m->rawregs[s.reg].name;
		} else if (n == 4 && ops[2].op == MDESC_X_ADD && ops[1].op == MDESC_X_CONST) {
			s.ahead = (int32_t)ops[1].imm;
		} else if (n != 2) {
			continue;
		}
		for (uint32_t k = 0; k < l->n_stmts; k++)
			s.set |= s.name && l->stmts[k].op == MDESC_T_SET && l->stmts[k].reg == s.reg;
		l->slots[l->n_slots++] = s;
	}
}

/* The key set of each state; false: one is entered with several. */
static bool find_keys(struct lower *l)
{
	const struct mdc_rows *r = l->rows;

	l->keys = arena_array(l->ctx->arena, uint32_t, r->n_states + 1);
	for (uint32_t i = 0; i < r->n_states; i++)
		l->keys[i] = LW_NONE;
	for (uint32_t i = 0; i < 1 + r->n_rows; i++) {
		const struct mdesc_fmt_next *n = !i ? &r->start : &r->rows[i - 1].f.next;
		struct diag *d;

		if (n->verdict != MDESC_GO || n->keys >= r->n_keys)
			continue;
		if (l->keys[n->state] == LW_NONE)
			l->keys[n->state] = n->keys;
		if (!memcmp(&r->keys[l->keys[n->state]], &r->keys[n->keys], sizeof(*r->keys)))
			continue;
		d = diag(l->ctx, CHK_target_limit, i ? r->rows[i - 1].loc : l->t->loc,
			 "from here state '%s' looks at other places than from elsewhere, and table '%s' cannot",
			 r->states[n->state].name, l->t->name);
		diag_label(d, l->t->loc, "declared here");
		diag_note(d, "a line `window N;` of the target keeps look-ups before the cursor");
		return false;
	}
	return true;
}

bool lw_find_slots(struct lower *l)
{
	uint32_t n = l->rows->n_states;

	read_loads(l);
	l->at = arena_alloc(l->ctx->arena, (n + 1u) * sizeof(*l->at));
	l->ahead = arena_array(l->ctx->arena, int32_t, n + 1);
	l->compared = arena_array(l->ctx->arena, uint32_t, n + 1);
	for (uint32_t i = 0; i < l->rows->n_rows; i++)
		for (uint32_t b = 0; b < MDESC_FMT_KEY_MAX; b++)
			if (l->rows->rows[i].f.key_mask[b])
				l->compared[l->rows->rows[i].f.state] |= 1u << b;
	return find_keys(l);
}

bool lw_covers(const struct lower *l, uint32_t state, uint32_t slot, int32_t off)
{
	int32_t at = l->at[state][slot];

	return at != INT32_MIN && off >= at && off < at + (int32_t)l->slots[slot].bytes;
}

static bool is_covered(const struct lower *l, uint32_t state, int32_t off)
{
	for (uint32_t i = 0; i < l->n_slots; i++)
		if (lw_covers(l, state, i, off))
			return true;
	return false;
}

static const struct mdesc_fmt_keys *keys_of(const struct lower *l, uint32_t state)
{
	return l->keys[state] == LW_NONE ? NULL : &l->rows->keys[l->keys[state]];
}

/* The lowest byte of the packet that is in no slot; INT32_MAX: all are. */
static int32_t lowest_open(const struct lower *l, uint32_t state)
{
	const struct mdesc_fmt_keys *k = keys_of(l, state);
	int32_t lowest = INT32_MAX;

	for (uint32_t b = 0; k && b < k->count; b++)
		if (l->compared[state] >> b & 1 && k->kind[b] == MDESC_SLOT_PACKET && k->off[b] < lowest &&
		    !is_covered(l, state, k->off[b]))
			lowest = k->off[b];
	return lowest;
}

/* With the table's cursor @ahead: lowest first, so that neighbours share a slot. */
static bool place_all(struct lower *l, uint32_t state, int32_t ahead)
{
	uint32_t used = 0;
	int32_t lowest;

	l->ahead[state] = ahead;
	for (uint32_t i = 0; i < l->n_slots; i++)
		l->at[state][i] = l->slots[i].name ? INT32_MIN : l->slots[i].ahead + ahead;
	while ((lowest = lowest_open(l, state)) != INT32_MAX) {
		while (used < l->n_slots && (!l->slots[used].name || !l->slots[used].set))
			used++;
		if (used == l->n_slots || lowest < ahead)
			return false;
		l->at[state][used++] = lowest;
	}
	return true;
}

/* Does the effect record where headers are, and this state extract one? Then the cursors go together. */
static bool records_here(const struct lower *l, uint32_t state)
{
	bool records = false;

	for (uint32_t i = 0; i < l->n_stmts; i++)
		records |= l->stmts[i].op == MDESC_T_RECORD;
	for (uint32_t i = 0; i < l->rows->n_rows && records; i++)
		if (l->rows->rows[i].f.state == state && l->rows->rows[i].f.header != MDESC_FMT_NONE16)
			return true;
	return false;
}

static bool has_fixed(const struct lower *l)
{
	for (uint32_t i = 0; i < l->n_slots; i++)
		if (!l->slots[i].name)
			return true;
	return false;
}

/* What is in the key beside the packet must be the table's by name; lower_table.c finds it. */
static bool only_known(struct lower *l, uint32_t state)
{
	const struct mdesc_fmt_keys *k = keys_of(l, state);
	const struct mdc_row_state *s = &l->rows->states[state];
	struct diag *d;

	for (uint32_t b = 0; k && b < k->count; b++) {
		if (!(l->compared[state] >> b & 1) || k->kind[b] == MDESC_SLOT_PACKET ||
		    k->kind[b] == MDESC_SLOT_REGISTER || k->kind[b] == MDESC_SLOT_SOURCE)
			continue;
		d = diag(l->ctx, CHK_target_limit, s->loc,
			 "state '%s' compares %s, and table '%s' cannot", s->name,
			 k->kind[b] == MDESC_SLOT_REMAINING ? "what remains of a header" :
			 "bytes of a header that is behind the cursor", l->t->name);
		diag_label(d, l->t->loc, "declared here");
		diag_note(d, k->kind[b] == MDESC_SLOT_REMAINING ? "options in a header need a machine that counts" :
			  "compare them in the state that extracts the header");
		return false;
	}
	return true;
}

bool lw_place_slots(struct lower *l, uint32_t state)
{
	const struct mdc_row_state *s = &l->rows->states[state];
	uint32_t bytes = 0;
	int32_t lowest;
	struct diag *d;

	if (!only_known(l, state))
		return false;
	if (place_all(l, state, 0))
		return true;
	for (uint32_t i = 0; i < l->n_slots; i++)
		l->at[state][i] = INT32_MIN;
	lowest = lowest_open(l, state);
	if (has_fixed(l) && !records_here(l, state) && place_all(l, state, lowest))
		return true;
	for (uint32_t i = 0; i < l->n_slots; i++)
		bytes += l->slots[i].bytes;
	d = diag(l->ctx, CHK_target_limit, s->loc,
		 "state '%s' compares %u bytes, and not all of them are where table '%s' looks",
		 s->name, (uint32_t)__builtin_popcount(l->compared[state]), l->t->name);
	diag_label(d, l->t->loc, "a look-up sees %u bytes in %u fields", bytes, l->n_slots);
	diag_note(d, "the target's lines `key`, `lookups` and `window` should say what the table has: then wide keys "
		  "are compared in several look-ups");
	return false;
}

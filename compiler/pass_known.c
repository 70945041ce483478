/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass: what all rows that lead to a state have found out about the packet, the
 * state need not ask for again, and rows of it that contradict that are not there.
 * A key byte is known by where it comes from, so what was looked at in front of
 * the cursor is known behind it. Rows that nothing can come to lead nowhere.
 *
 * What is known of each state only becomes less while it is found out, from all
 * (nothing leads there) to what holds on every way.
 */
#include <string.h>

#include "fuse.h"
#include "passes.h"

#define FACTS_MAX	24u	/* bytes that are known of a state, at most */

struct fact {
	uint8_t kind, elem;	/* a slot, as struct mdesc_fmt_keys has it, */
	uint16_t index;
	int32_t off;
	uint8_t mask, value;	/* and the bits of it that are known */
};

struct known {
	bool reached;
	bool todo;
	uint8_t n;
	struct fact facts[FACTS_MAX];
};

struct pass {
	struct rows_graph *g;
	const uint16_t *entry;
	struct known *known;	/* by state */
	VEC(uint32_t) todo;
};

/* ---- facts ---- */

static bool same_slot(const struct fact *a, const struct fact *b)
{
	return a->kind == b->kind && a->elem == b->elem && a->index == b->index && a->off == b->off;
}

static struct fact *find(struct known *k, const struct fact *like)
{
	for (uint32_t i = 0; i < k->n; i++)
		if (same_slot(&k->facts[i], like))
			return &k->facts[i];
	return NULL;
}

static void add(struct known *k, const struct fact *f)
{
	struct fact *old = find(k, f);

	if (old) {
		old->value |= f->value;
		old->mask |= f->mask;
	} else if (k->n < FACTS_MAX) {
		k->facts[k->n++] = *f;
	}
}

/* Those of @k that @more says, too. Has it become less? */
static bool keep_common(struct known *k, const struct known *more)
{
	struct known less = { .reached = true, .todo = k->todo };
	bool changed = false;

	for (uint32_t i = 0; i < k->n; i++) {
		struct fact f = k->facts[i];
		const struct fact *other = find((struct known *)more, &f);

		f.mask &= other ? other->mask & (uint8_t)~(f.value ^ other->value) : 0;
		f.value &= f.mask;
		changed |= f.mask != k->facts[i].mask;
		if (f.mask)
			less.facts[less.n++] = f;
	}
	*k = less;
	return changed;
}

static struct fact slot(const struct mdesc_fmt_keys *k, uint32_t i)
{
	return (struct fact){ .kind = k->kind[i], .elem = k->elem[i], .index = k->index[i], .off = k->off[i] };
}

/* ---- what a row adds, and what is left of it behind the row ---- */

/* False: no packet comes to the row. */
static bool add_row(const struct pass *p, uint32_t state, const struct mdesc_fmt_row *r, struct known *k)
{
	const struct mdesc_fmt_keys *keys;

	if (p->entry[state] == MDESC_FMT_NONE16)
		return true;		/* which bytes it looks at depends on the way */
	keys = &p->g->keys.p[p->entry[state]];
	for (uint32_t i = 0; i < keys->count; i++) {
		struct fact f = slot(keys, i);
		const struct fact *old = find(k, &f);

		if (old && (old->value ^ r->key_value[i]) & old->mask & r->key_mask[i])
			return false;
		f.mask = r->key_mask[i];
		f.value = r->key_value[i];
		if (f.mask)
			add(k, &f);
	}
	return true;
}

/* A byte in front of the row's cursor, as a byte of the header that it extracts there. */
static void add_as_header(const struct pass *p, const struct mdesc_fmt_row *r, const struct fact *f, struct known *to)
{
	const struct mdc_instance *inst = p->g->m->parser.instances[r->header];
	struct fact as = *f;

	if (inst->kind != MDC_I_HEADER || f->off < 0 || f->off >= (int32_t)inst->header->fixed)
		return;
	as.kind = MDESC_SLOT_HEADER;
	as.index = r->header;
	as.elem = inst->capacity ? MDC_ELEM_LAST : 0;
	add(to, &as);
}

/* Is it a byte of the register that counts entries of the state that the row goes on to? */
static bool is_counted(const struct pass *p, const struct mdesc_fmt_row *r, const struct fact *f)
{
	const struct mdesc_fmt_state *to;
	const struct mdc_register *reg;

	if (r->next.verdict != MDESC_GO)
		return false;
	to = &p->g->states.p[r->next.state].s.f;
	if (!to->max || !to->counter)
		return false;
	reg = p->g->m->parser.registers[to->counter - 1];
	return 8 * f->off < (int32_t)(reg->bit + reg->bits) && 8 * f->off + 8 > (int32_t)reg->bit;
}

/* Does the row record the header anew, or the header that it is a part of? */
static bool is_recorded(const struct pass *p, const struct mdesc_fmt_row *r, const struct fact *f)
{
	const struct mdc_instance *inst = p->g->m->parser.instances[f->index];

	return r->header != MDESC_FMT_NONE16 &&
	       (f->index == r->header || inst->of == p->g->m->parser.instances[r->header]);
}

/* Is the place of the fact still the same, and what lies there, behind the row? Then it is as seen from there. */
static bool outlives(const struct pass *p, uint32_t state, const struct mdesc_fmt_row *r, struct fact *f)
{
	int32_t bytes = 0;
	bool limits = (r->flags & MDESC_ROW_WITHIN) || (r->next.flags & MDESC_NEXT_LEAVE), moves_known;

	moves_known = fuse_find_advance(p->g, r, &bytes);
	if (r->header != MDESC_FMT_NONE16)
		limits |= p->g->m->parser.instances[r->header]->kind == MDC_I_LEAVE;
	switch (f->kind) {
	case MDESC_SLOT_PACKET:
		f->off -= bytes;
		return !limits && moves_known && f->off >= INT16_MIN;
	case MDESC_SLOT_HEADER:
		return !limits && !is_recorded(p, r, f);
	case MDESC_SLOT_REGISTER:
		return !fuse_sets_registers(p->g, state, r) && !is_counted(p, r, f);
	case MDESC_SLOT_SOURCE:
		return true;
	default:
		return false;
	}
}

static struct known behind(const struct pass *p, uint32_t state, const struct mdesc_fmt_row *r, const struct known *k)
{
	struct known out = { .reached = true };

	for (uint32_t i = 0; i < k->n; i++) {
		struct fact f = k->facts[i];

		if (outlives(p, state, r, &f))
			add(&out, &f);
	}
	for (uint32_t i = 0; i < k->n && r->header != MDESC_FMT_NONE16; i++) {
		if (k->facts[i].kind == MDESC_SLOT_PACKET && !(r->flags & MDESC_ROW_WITHIN) &&
		    !(r->next.flags & MDESC_NEXT_LEAVE))
			add_as_header(p, r, &k->facts[i], &out);
	}
	return out;
}

/* ---- all states ---- */

static void lead_to(struct pass *p, const struct mdesc_fmt_next *next, const struct known *k)
{
	struct known *to;
	bool changed = true;

	if (next->verdict != MDESC_GO)
		return;
	to = &p->known[next->state];
	if (to->reached) {
		changed = keep_common(to, k);
	} else {
		bool todo = to->todo;

		*to = *k;
		to->todo = todo;
	}
	if (changed && !to->todo) {
		to->todo = true;
		*vec_push(p->g->arena, &p->todo) = next->state;
	}
}

static void go_on(struct pass *p, uint32_t state)
{
	const struct rg_state *s = &p->g->states.p[state];
	struct known here = p->known[state];

	if (s->s.f.max) {
		struct known none = { .reached = true };

		lead_to(p, &s->s.f.otherwise, &none);
	}
	for (size_t i = 0; i < s->rows.n; i++) {
		const struct mdesc_fmt_row *r = &s->rows.p[i].f;
		struct known k = here, out;

		if (r->next.verdict != MDESC_GO || !add_row(p, state, r, &k))
			continue;
		out = behind(p, state, r, &k);
		lead_to(p, &r->next, &out);
	}
}

static void find_known(struct pass *p)
{
	struct known none = { .reached = true };

	p->known = arena_array(p->g->arena, struct known, p->g->states.n + 1);
	lead_to(p, &p->g->start, &none);
	for (size_t i = 0; i < p->todo.n; i++) {
		p->known[p->todo.p[i]].todo = false;
		go_on(p, p->todo.p[i]);
	}
}

/* The row, without what is known. */
static void forget(const struct pass *p, uint32_t state, struct mdesc_fmt_row *r)
{
	const struct mdesc_fmt_keys *keys = &p->g->keys.p[p->entry[state]];

	for (uint32_t i = 0; i < keys->count; i++) {
		struct fact f = slot(keys, i);
		const struct fact *known = find(&p->known[state], &f);

		r->key_mask[i] &= known ? (uint8_t)~known->mask : 0xff;
		r->key_value[i] &= r->key_mask[i];
	}
}

static void shorten(struct pass *p, uint32_t state)
{
	struct rg_state *s = &p->g->states.p[state];
	VEC(struct mdc_row) rows = { 0 };
	bool changed = false;

	if (p->entry[state] == MDESC_FMT_NONE16 || !p->known[state].n)
		return;
	for (size_t i = 0; i < s->rows.n; i++) {
		struct known k = p->known[state];
		struct mdc_row r = s->rows.p[i];

		if (!add_row(p, state, &r.f, &k)) {
			changed = true;
			continue;
		}
		forget(p, state, &r.f);
		changed |= memcmp(&r.f, &s->rows.p[i].f, sizeof(r.f)) != 0;
		*vec_push(p->g->arena, &rows) = r;
		if (rg_matches_all(&r.f)) {
			changed |= i + 1 < s->rows.n;
			break;
		}
	}
	if (!changed)
		return;
	memcpy(&s->rows, &rows, sizeof(rows));
	p->g->changed = true;
}

const struct mdc_rows *mdc_pass_known(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct rows_graph g;
	struct pass p = { .g = &g };

	rg_open(&g, ctx, rows);
	p.entry = rg_entry_keys(&g);
	find_known(&p);
	for (uint32_t i = 0; i < g.states.n; i++)
		shorten(&p, i);
	return rg_close(&g);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Which parts of headers with `if`s are there for certain when a state is
 * entered: those whose condition follows from the arms that every path there has
 * taken. A select reads a field of such a part only there (optional-field).
 */
#include "interval.h"
#include "states.h"

#define ENUMERATED	10	/* bits of a lone key whose values are tried one by one */

struct part_facts {
	struct ps *p;
	uint32_t words;			/* 64-bit words for one bit an instance */
	uint64_t *in;			/* by state, on entering: parts that are there */
	uint64_t *out;			/* of the arm at hand */
	bool *seen;			/* by state */
	bool changed;
};

static bool bit(const uint64_t *v, uint32_t i)
{
	return v[i / 64] >> (i % 64) & 1;
}

/* Is it the element that a fact is about: the only one, or the last? */
static bool is_newest(const struct mdc_instance *inst, uint8_t elem)
{
	return !inst->capacity || elem == MDC_ELEM_LAST;
}

/* ---- what an arm says about a header's bits ---- */

struct known {
	const struct mdc_state *s;
	const struct mdc_arm *arm;
	const struct mdc_instance *inst;
	bool single;			/* the state's only key has value @value */
	uint64_t value;
};

/* What pattern @pat of key @k says about the bits of @c: which are known, and between what they lie. */
static void learn(const struct mdc_key *c, const struct mdc_key *k, const struct mdc_pattern *pat, struct interval *v)
{
	bool same = c->bit == k->bit && c->bits == k->bits && c->order == k->order;

	if (same && pat->is_range) {
		interval_within(v, pat->lo, pat->hi);
		return;
	}
	if (pat->is_range || (!same && (c->order == MDC_LE || k->order == MDC_LE)))
		return;
	for (uint32_t i = 0; i < c->bits; i++) {
		/* bit i of the condition's field, counted from the least significant, is bit j of the key */
		int64_t at = same ? i : (int64_t)k->bit + k->bits - 1 - ((int64_t)c->bit + c->bits - 1 - i);

		if (at >= 0 && at < k->bits && (pat->mask >> at & 1))
			interval_bit(v, i, pat->value >> at & 1);
	}
}

static struct interval field_values(const struct known *w, const struct mdc_key *c)
{
	struct interval v = interval_any(c->bits);

	for (uint32_t i = 0; i < w->s->n_keys; i++) {
		const struct mdc_key *k = &w->s->keys[i];
		struct mdc_pattern one = { .value = w->value, .mask = wr_mask(k->bits) };

		if (k->lookahead || k->inst != w->inst || !is_newest(k->inst, k->elem))
			continue;
		if (w->single)
			learn(c, k, &one, &v);
		else if (!w->arm->is_default)
			learn(c, k, &w->arm->patterns[i], &v);
	}
	return v;
}

/* 1: holds, 0: does not, -1: not known */
static int holds(const struct known *w, const struct mdc_hcond *c)
{
	struct interval v;
	int a, b;

	switch (c->kind) {
	case MDC_HC_CMP:
		v = field_values(w, &c->key);
		return interval_compare(&v, c);
	case MDC_HC_NOT:
		a = holds(w, c->a);
		return a < 0 ? a : !a;
	case MDC_HC_AND:
		a = holds(w, c->a);
		b = holds(w, c->b);
		return a == 0 || b == 0 ? 0 : a == 1 && b == 1 ? 1 : -1;
	default:
		a = holds(w, c->a);
		b = holds(w, c->b);
		return a == 1 || b == 1 ? 1 : a == 0 && b == 0 ? 0 : -1;
	}
}

static bool pattern_has(const struct mdc_pattern *p, uint64_t v)
{
	return p->is_range ? p->lo <= v && v <= p->hi : (v & p->mask) == p->value;
}

/* The arm that value @v of the only key takes. */
static uint32_t arm_of(const struct mdc_state *s, uint64_t v)
{
	uint32_t i = 0;

	while (i < s->n_arms && !s->arms[i].is_default && !pattern_has(&s->arms[i].patterns[0], v))
		i++;
	return i;
}

/* Is the part there, whatever packet takes arm @arm? */
static bool arm_proves(const struct mdc_state *s, uint32_t arm, const struct mdc_instance *part)
{
	const struct mdc_hcond *cond = part->of->header->parts[part->part].cond;
	struct known w = { .s = s, .arm = &s->arms[arm], .inst = part->of };
	bool any = false;

	if (!cond)
		return false;	/* its header's extract says so */
	if (holds(&w, cond) == 1)
		return true;
	if (s->n_keys != 1 || s->keys[0].lookahead || s->keys[0].inst != part->of || s->keys[0].bits > ENUMERATED ||
	    !is_newest(part->of, s->keys[0].elem))
		return false;
	w.single = true;
	for (w.value = 0; w.value >> s->keys[0].bits == 0; w.value++) {
		if (arm_of(s, w.value) != arm)
			continue;
		any = true;
		if (holds(&w, cond) != 1)
			return false;
	}
	return any;
}

/* ---- spreading it ---- */

static void arrive(struct part_facts *x, uint32_t to, const uint64_t *facts)
{
	uint64_t *in = x->in + (size_t)to * x->words;

	for (uint32_t i = 0; i < x->words; i++) {
		uint64_t v = x->seen[to] ? in[i] & facts[i] : facts[i];

		x->changed |= v != in[i];
		in[i] = v;
	}
	x->changed |= !x->seen[to];
	x->seen[to] = true;
}

/* What holds behind the extracts of a state: what they record anew is not known any more. */
static void behind_extracts(struct part_facts *x, uint32_t s, uint64_t *out)
{
	const struct ps_state *st = &x->p->states[s];

	memcpy(out, x->in + (size_t)s * x->words, x->words * 8);
	for (size_t k = 0; k < st->extracts.n; k++) {
		const struct mdc_instance *inst = st->extracts.p[k];

		for (uint32_t i = 0; i < inst->header->n_parts; i++) {
			uint32_t idx = inst->parts[i]->idx;

			out[idx / 64] &= ~(UINT64_C(1) << idx % 64);
			if (!inst->header->parts[i].cond)
				out[idx / 64] |= UINT64_C(1) << idx % 64;
		}
	}
}

static void leave(struct part_facts *x, uint32_t s)
{
	const struct mdc_state *st = x->p->states[s].s;

	for (uint32_t a = 0; a < st->n_arms; a++) {
		if (st->arms[a].next.to != MDC_TO_STATE)
			continue;
		behind_extracts(x, s, x->out);
		for (size_t k = 0; k < x->p->instances.n; k++) {
			const struct mdc_instance *part = x->p->instances.p[k];

			if (part->kind == MDC_I_PART && !bit(x->out, part->idx) && arm_proves(st, a, part))
				x->out[part->idx / 64] |= UINT64_C(1) << part->idx % 64;
		}
		arrive(x, st->arms[a].next.state, x->out);
	}
	if (st->max && st->otherwise.to == MDC_TO_STATE) {
		memcpy(x->out, x->in + (size_t)s * x->words, x->words * 8);
		arrive(x, st->otherwise.state, x->out);
	}
}

static void check_keys(struct part_facts *x, uint32_t s)
{
	const struct mdc_state *st = x->p->states[s].s;

	behind_extracts(x, s, x->out);
	for (uint32_t i = 0; i < st->n_keys; i++) {
		const struct mdc_key *k = &st->keys[i];
		const struct mdc_hpart *part;
		const char *text;
		struct diag *d;

		if (k->lookahead || !k->inst || k->inst->kind != MDC_I_PART ||
		    (bit(x->out, k->inst->idx) && is_newest(k->inst, k->elem)))
			continue;
		part = &k->inst->of->header->parts[k->inst->part];
		text = ps_text(x->p->r, k->loc);
		d = diag(x->p->r->ctx, CHK_optional_field, k->loc, "'%s' need not be there in state '%s'", text,
			 st->name);
		diag_label(d, part->loc, "only there under this condition");
		diag_note(d, "select on the condition's fields first, and on '%s' in a state that is entered only "
			  "where it is there; or write it to metadata: where it is not there, nothing is written",
			  text);
	}
}

void flow_parts(struct ps *p)
{
	struct part_facts x = { .p = p, .words = (uint32_t)(p->instances.n + 63) / 64, .changed = true };
	bool any = false;

	for (size_t k = 0; k < p->instances.n; k++)
		any |= p->instances.p[k]->kind == MDC_I_PART;
	if (!any)
		return;
	x.in = arena_array(p->arena, uint64_t, (size_t)p->n_states * x.words + 1);
	x.out = arena_array(p->arena, uint64_t, x.words + 1);
	x.seen = arena_array(p->arena, bool, p->n_states);
	x.seen[0] = true;
	while (x.changed) {
		x.changed = false;
		for (uint32_t k = 0; k < p->n_order; k++)
			if (x.seen[p->order[k]])
				leave(&x, p->order[k]);
	}
	for (uint32_t i = 0; i < p->n_states; i++)
		if (p->states[i].s->reachable)
			check_keys(&x, i);
}

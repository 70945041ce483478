/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Headers with `if`s: each part of such a header becomes a part of the state of
 * its own, which looks at the condition's fields in the header recorded just
 * before. Rows for the condition record the part; a last row goes on without.
 *
 * A condition becomes alternatives of terms, each term a pattern for every field
 * that the condition names: the keys and arms of a select, made into rows by
 * tcam_key.c.
 */
#include "tcam.h"

#define TERMS_MAX	256	/* alternatives of a condition */

/* A term: one pattern for each comparison of the condition; mask 0: any. */
struct term {
	struct mdc_pattern *p;
};

struct terms {
	VEC(struct term) v;
};

struct cond_maker {
	struct lower *l;
	VEC(const struct mdc_hcond *) cmps;	/* those of the condition, in order: the keys */
	bool too_many;
};

bool tcam_moves(const struct mdc_instance *inst, uint32_t *bytes)
{
	*bytes = inst->kind == MDC_I_MARK || inst->kind == MDC_I_PEEK ? 0 : inst->header->fixed;
	return !inst->header->variable && !inst->header->n_parts && inst->kind != MDC_I_LEAVE;
}

/* ---- conditions to terms ---- */

static void find_cmps(struct cond_maker *m, const struct mdc_hcond *c)
{
	if (c->kind == MDC_HC_CMP) {
		*vec_push(m->l->arena, &m->cmps) = c;
		return;
	}
	find_cmps(m, c->a);
	if (c->b)
		find_cmps(m, c->b);
}

static void add_term(struct cond_maker *m, struct terms *t, size_t key, struct mdc_pattern pattern)
{
	struct term *term = vec_push(m->l->arena, &t->v);

	term->p = arena_array(m->l->arena, struct mdc_pattern, m->cmps.n);
	term->p[key] = pattern;
}

static void add_range(struct cond_maker *m, struct terms *t, size_t key, uint64_t lo, uint64_t hi)
{
	add_term(m, t, key, (struct mdc_pattern){ .is_range = true, .lo = lo, .hi = hi });
}

/* Some bit under the mask is not as in the value. */
static void add_unequal(struct cond_maker *m, struct terms *t, size_t key, const struct mdc_hcond *c)
{
	for (uint32_t i = 0; i < c->key.bits; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if (c->mask & bit)
			add_term(m, t, key, (struct mdc_pattern){ .value = ~c->value & bit, .mask = bit });
	}
}

static struct terms compare(struct cond_maker *m, size_t key, bool negate)
{
	static const enum mdc_hcond_op opposite[] = {
		[MDC_HC_EQ] = MDC_HC_NE, [MDC_HC_NE] = MDC_HC_EQ, [MDC_HC_LT] = MDC_HC_GE,
		[MDC_HC_GE] = MDC_HC_LT, [MDC_HC_GT] = MDC_HC_LE, [MDC_HC_LE] = MDC_HC_GT,
	};
	const struct mdc_hcond *c = m->cmps.p[key];
	uint64_t v = c->value, max = c->key.bits < 64 ? (UINT64_C(1) << c->key.bits) - 1 : UINT64_MAX;
	struct terms t = { .v = { 0 } };

	switch (negate ? opposite[c->op] : c->op) {
	case MDC_HC_EQ:
		add_term(m, &t, key, (struct mdc_pattern){ .value = v, .mask = c->mask });
		break;
	case MDC_HC_NE:
		add_unequal(m, &t, key, c);
		break;
	case MDC_HC_LT:
		if (v)
			add_range(m, &t, key, 0, v - 1);
		break;
	case MDC_HC_LE:
		add_range(m, &t, key, 0, v);
		break;
	case MDC_HC_GT:
		if (v < max)
			add_range(m, &t, key, v + 1, max);
		break;
	case MDC_HC_GE:
		add_range(m, &t, key, v, max);
		break;
	}
	return t;
}

/* Every comparison is a key of its own: terms of two sides never name the same one. */
static struct terms both(struct cond_maker *m, const struct terms *a, const struct terms *b)
{
	struct terms t = { .v = { 0 } };

	if (a->v.n * b->v.n > TERMS_MAX) {
		m->too_many = true;
		return t;
	}
	for (size_t i = 0; i < a->v.n; i++) {
		for (size_t j = 0; j < b->v.n; j++) {
			struct term *term = vec_push(m->l->arena, &t.v);

			term->p = arena_array(m->l->arena, struct mdc_pattern, m->cmps.n);
			for (size_t k = 0; k < m->cmps.n; k++) {
				const struct mdc_pattern *x = &a->v.p[i].p[k];

				term->p[k] = x->is_range || x->mask ? *x : b->v.p[j].p[k];
			}
		}
	}
	return t;
}

/* *next: the comparison that comes next, in the order of find_cmps(). */
static struct terms make_terms(struct cond_maker *m, const struct mdc_hcond *c, bool negate, size_t *next)
{
	struct terms a, b;

	if (c->kind == MDC_HC_CMP)
		return compare(m, (*next)++, negate);
	if (c->kind == MDC_HC_NOT)
		return make_terms(m, c->a, !negate, next);
	a = make_terms(m, c->a, negate, next);
	b = make_terms(m, c->b, negate, next);
	if ((c->kind == MDC_HC_AND) != negate)
		return both(m, &a, &b);
	for (size_t i = 0; i < b.v.n && a.v.n <= TERMS_MAX; i++)
		*vec_push(m->l->arena, &a.v) = b.v.p[i];
	m->too_many |= a.v.n > TERMS_MAX;
	return a;
}

/* ---- an `if` as the select of a state that is not in the model ---- */

struct choice {
	struct terms terms;
	const struct mdc_hpart *part;	/* or NULL */
};

static struct tcam_plan *make_plan(struct cond_maker *m, const struct mdc_instance *inst, struct tcam_step *step,
				   const struct choice *choices, size_t n, const struct mdc_hpart *otherwise)
{
	struct tcam_plan *plan = arena_new_of(m->l->arena, struct tcam_plan);
	struct mdc_state *s = arena_new_of(m->l->arena, struct mdc_state);
	struct mdc_key *keys = arena_array(m->l->arena, struct mdc_key, m->cmps.n);
	VEC(struct mdc_arm) arms = { 0 };
	VEC(const struct mdc_hpart *) gives = { 0 };

	for (size_t i = 0; i < m->cmps.n; i++) {
		keys[i] = m->cmps.p[i]->key;
		keys[i].inst = inst;
		keys[i].elem = inst->capacity ? MDC_ELEM_LAST : 0;
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < choices[i].terms.v.n; k++) {
			*vec_push(m->l->arena, &arms) = (struct mdc_arm){
				.patterns = choices[i].terms.v.p[k].p, .loc = step->part->loc,
			};
			*vec_push(m->l->arena, &gives) = choices[i].part;
		}
	}
	*vec_push(m->l->arena, &arms) = (struct mdc_arm){ .is_default = true, .loc = step->part->loc };
	*vec_push(m->l->arena, &gives) = otherwise;
	*s = (struct mdc_state){
		.name = step->part->header->name, .keys = keys, .n_keys = (uint32_t)m->cmps.n, .arms = arms.p,
		.n_arms = (uint32_t)arms.n, .loc = step->part->loc,
	};
	plan->s = s;
	step->gives = gives.p;
	step->match = plan;
	tcam_key_use(m->l, plan);
	for (uint32_t i = 0; i < s->n_keys; i++)
		plan->keys[i].entry = DIST_UNKNOWN;
	return plan;
}

static uint64_t plan_rows(const struct tcam_plan *p)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < p->s->n_arms; i++)
		n += tcam_arm_rows(p, &p->s->arms[i]);
	return n;
}

/* The step for the chain of @n parts from @part on: the first whose branch holds is there. */
static bool make_match(struct lower *l, const struct mdc_instance *inst, const struct mdc_hpart *part, uint32_t n,
		       struct tcam_step *step)
{
	const struct mdc_hpart *otherwise = part[n - 1].branch ? NULL : &part[n - 1];
	uint32_t n_choices = otherwise ? n - 1 : n;
	struct choice *choices = arena_array(l->arena, struct choice, n_choices);
	struct cond_maker m = { .l = l };
	struct tcam_step other = *step;
	struct tcam_plan *plan;
	size_t next = 0;

	for (uint32_t i = 0; i < n_choices; i++)
		find_cmps(&m, part[i].branch);
	for (uint32_t i = 0; i < n_choices; i++)
		choices[i] = (struct choice){ make_terms(&m, part[i].branch, false, &next), &part[i] };
	plan = m.too_many ? NULL : make_plan(&m, inst, step, choices, n_choices, otherwise);
	/* What is not so may take fewer rows. */
	if (n_choices == 1) {
		bool too_many = m.too_many;

		next = 0;
		m.too_many = false;
		choices[0] = (struct choice){ make_terms(&m, part->branch, true, &next), otherwise };
		if (!m.too_many) {
			struct tcam_plan *p = make_plan(&m, inst, &other, choices, 1, part);

			if (too_many || plan_rows(p) < plan_rows(plan)) {
				plan = p;
				*step = other;
			}
		}
		m.too_many &= too_many;
	}
	if (m.too_many) {
		diag_note(diag(l->ctx, CHK_target_limit, part->branch->loc,
			       "this condition comes to more than %d alternatives", TERMS_MAX),
			  "compare fewer fields at once");
		return false;
	}
	return tcam_key_place(l, plan, true);
}

bool tcam_steps(struct lower *l, struct tcam_plan *p)
{
	VEC(struct tcam_step) steps = { 0 };

	for (uint32_t i = 0; i < p->s->n_extracts; i++) {
		const struct mdc_instance *inst = p->s->extracts[i];
		const struct mdc_header *h = inst->header;

		*vec_push(l->arena, &steps) = (struct tcam_step){ .inst = inst };
		for (uint32_t k = 0, n; k < h->n_parts; k += n) {
			struct tcam_step step = { .inst = inst, .part = &h->parts[k] };

			for (n = 1; k + n < h->n_parts && h->parts[k + n].is_else; n++)
				;
			if (h->parts[k].cond && !make_match(l, inst, &h->parts[k], n, &step))
				return false;
			*vec_push(l->arena, &steps) = step;
		}
	}
	p->steps = steps.p;
	p->n_steps = (uint32_t)steps.n;
	p->n_base = p->n_steps ? p->n_steps : 1;
	return true;
}

static struct mdc_row row_with(const struct tcam_step *step, const struct mdc_hpart *part, const struct mdc_row *row)
{
	struct mdc_row r = *row;

	r.loc = step->part->loc;
	if (part)
		r.f.header = (uint16_t)step->inst->parts[part - step->inst->header->parts]->idx;
	return r;
}

void tcam_part_rows(struct lower *l, const struct tcam_step *step, const struct mdc_row *row)
{
	const struct tcam_plan *match = step->match;
	struct mdc_row r;

	if (!match) {
		*vec_push(l->arena, &l->rows) = row_with(step, step->part, row);
		return;
	}
	for (uint32_t i = 0; i < match->s->n_arms; i++) {
		r = row_with(step, step->gives[i], row);
		tcam_arm_emit(l, match, &match->s->arms[i], &r);
	}
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Finds arms of selects that earlier arms leave nothing to. Exact: an arm is a
 * set of cubes (value and mask), and is taken apart along the earlier cubes that
 * meet it until nothing or something is left. Bounded work: where that is used
 * up, nothing is reported.
 */
#include "arena.h"
#include "check.h"

#define CUBES_MAX	1024u		/* of one arm */
#define WORK_MAX	(50u << 20)	/* comparisons for a select */

/* n_keys pairs of value and mask. */
struct half { uint64_t value, mask; };

struct cube {
	const struct half *v;
	uint32_t arm;
};

struct cover {
	struct arena *arena;
	const struct mdc_state *s;
	uint32_t n_keys;
	VEC(struct cube) cubes;		/* of the arms so far */
	struct half *scratch;		/* n_keys for each level of covered() */
	uint32_t work;
};

static uint64_t key_mask(const struct mdc_key *k)
{
	return k->bits >= 64 ? UINT64_MAX : (1ull << k->bits) - 1;
}

/* ---- arms as cubes ---- */

/* The prefixes that make up lo..hi; returns how many, at most 126. */
static uint32_t prefixes(uint64_t lo, uint64_t hi, uint64_t all, struct half *out)
{
	uint32_t n = 0;

	for (;;) {
		uint64_t low = 0;	/* the low bits that can be anything */

		while (low != all && !(lo & (low << 1 | 1)) && (lo | low << 1 | 1) <= hi)
			low = low << 1 | 1;
		out[n++] = (struct half){ lo, all & ~low };
		if ((lo | low) >= hi)
			return n;
		lo = (lo | low) + 1;
	}
}

/* All combinations of the keys' cubes, from key @k on. False: too many. */
static bool combine(struct cover *c, const struct mdc_arm *arm, uint32_t arm_idx, struct half *v,
		    uint32_t k, uint32_t *n)
{
	struct half list[128];
	uint32_t n_list = 1;

	if (k == c->n_keys) {
		struct half *copy;

		if (++*n > CUBES_MAX)
			return false;
		copy = arena_array(c->arena, struct half, c->n_keys + 1);
		memcpy(copy, v, c->n_keys * sizeof(*v));
		*vec_push(c->arena, &c->cubes) = (struct cube){ copy, arm_idx };
		return true;
	}
	list[0] = (struct half){ 0, 0 };
	if (arm->patterns && arm->patterns[k].is_range)
		n_list = prefixes(arm->patterns[k].lo, arm->patterns[k].hi,
				  key_mask(&c->s->keys[k]), list);
	else if (arm->patterns)
		list[0] = (struct half){ arm->patterns[k].value, arm->patterns[k].mask };
	for (uint32_t i = 0; i < n_list; i++) {
		v[k] = list[i];
		if (!combine(c, arm, arm_idx, v, k + 1, n))
			return false;
	}
	return true;
}

/* ---- is a cube covered? ---- */

static bool meet(const struct cover *c, const struct half *a, const struct half *b)
{
	for (uint32_t k = 0; k < c->n_keys; k++)
		if ((a[k].value ^ b[k].value) & a[k].mask & b[k].mask)
			return false;
	return true;
}

/*
 * Is all of @a in the first @n cubes, of which those before @from do not meet it? Each level fixes
 * a bit more, so @level is at most the number of key bits.
 */
static bool covered(struct cover *c, const struct half *a, size_t from, size_t n, uint32_t level)
{
	struct half *part = c->scratch + (size_t)level * c->n_keys;
	const struct half *q;

	for (;; from++) {
		if (from == n || c->work >= WORK_MAX)
			return false;
		c->work++;
		if (meet(c, a, c->cubes.p[from].v))
			break;
	}
	q = c->cubes.p[from].v;
	memcpy(part, a, c->n_keys * sizeof(*a));
	/* What lies outside of q: for each bit that only q fixes, the other half. */
	for (uint32_t k = 0; k < c->n_keys; k++) {
		for (uint64_t rest = q[k].mask & ~a[k].mask; rest; rest &= rest - 1) {
			uint64_t b = rest & -rest;

			part[k].mask |= b;
			part[k].value = (part[k].value & ~b) | (~q[k].value & b);
			if (!covered(c, part, from + 1, n, level + 1))
				return false;
			part[k].value ^= b;
		}
	}
	return true;
}

/* ---- the check ---- */

/* Is all of @a in @b? */
static bool inside(const struct cover *c, const struct half *a, const struct half *b)
{
	for (uint32_t k = 0; k < c->n_keys; k++)
		if (((a[k].value ^ b[k].value) & b[k].mask) || (b[k].mask & ~a[k].mask))
			return false;
	return true;
}

/* The first of the cubes @from to @end that meets one of this arm's (@whole: that holds them all). */
static size_t find_cover(const struct cover *c, size_t from, size_t first, size_t end, bool whole)
{
	for (; from < first; from++) {
		bool all = true, any = false;

		for (size_t i = first; i < end; i++) {
			all &= inside(c, c->cubes.p[i].v, c->cubes.p[from].v);
			any |= meet(c, c->cubes.p[i].v, c->cubes.p[from].v);
		}
		if (whole ? all : any)
			break;
	}
	return from;
}

static void label_arm(const struct cover *c, struct diag *d, size_t cube, const char *text)
{
	const struct mdc_arm *arm = &c->s->arms[c->cubes.p[cube].arm];

	diag_label(d, arm->loc, "%s", arm->is_default ? "default takes everything" : text);
}

static void shadowed(struct mdc_ctx *ctx, struct cover *c, uint32_t arm, size_t first, size_t end)
{
	const struct mdc_arm *arms = c->s->arms;
	struct diag *d = diag(ctx, CHK_shadowed_arm, arms[arm].loc, "this %s is never taken",
			      arms[arm].is_default ? "default" : "arm");
	size_t q = d ? find_cover(c, 0, first, end, true) : first;
	uint32_t last = UINT32_MAX, shown = 0;

	if (!d)
		return;
	if (q < first)
		label_arm(c, d, q, "this takes all that it matches");
	else
		for (q = find_cover(c, 0, first, end, false); q < first && shown < 4;
		     q = find_cover(c, q + 1, first, end, false)) {
			if (c->cubes.p[q].arm == last)
				continue;
			last = c->cubes.p[q].arm;
			label_arm(c, d, q, "this takes a part");
			shown++;
		}
	diag_note(d, "the first arm that matches is taken: remove this one%s",
		  arms[arm].is_default ? "" : ", or put it before");
}

static void check_state(struct mdc_ctx *ctx, const struct mdc_state *s)
{
	struct cover c = { .arena = ctx->arena, .s = s, .n_keys = s->n_keys };
	struct half *v = arena_array(ctx->arena, struct half, s->n_keys + 1);
	uint32_t bits = 0;

	for (uint32_t k = 0; k < s->n_keys; k++)
		bits += s->keys[k].bits;
	c.scratch = arena_array(ctx->arena, struct half, (size_t)(bits + 1) * s->n_keys + 1);
	for (uint32_t i = 0; i < s->n_arms; i++) {
		size_t first = c.cubes.n, end;
		uint32_t n = 0;
		bool all = true;

		if (!combine(&c, &s->arms[i], i, v, 0, &n)) {
			c.cubes.n = first;
			continue;
		}
		end = c.cubes.n;
		for (size_t q = first; all && q < end; q++)
			all = covered(&c, c.cubes.p[q].v, 0, first, 0);
		/* Overriding an arm of shared arcs is what they are good for. */
		if (all && !s->arms[i].from_arcs)
			shadowed(ctx, &c, i, first, end);
	}
}

/* A classification as a select. */
static void check_class(struct mdc_ctx *ctx, const struct mdc_class *c)
{
	struct mdc_key *keys = arena_array(ctx->arena, struct mdc_key, c->n_keys + 1);
	struct mdc_arm *arms = arena_array(ctx->arena, struct mdc_arm, c->n_rows + 1);
	struct mdc_state s = { .keys = keys, .n_keys = c->n_keys, .arms = arms, .n_arms = c->n_rows };

	for (uint32_t i = 0; i < c->n_keys; i++)
		keys[i].bits = c->keys[i].bits;
	for (uint32_t i = 0; i < c->n_rows; i++)
		arms[i] = (struct mdc_arm){ .patterns = c->rows[i].patterns, .loc = c->rows[i].loc };
	check_state(ctx, &s);
}

void check_shadowed_arms(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	for (uint32_t i = 0; i < m->parser.n_states; i++)
		check_state(ctx, m->parser.states[i]);
	for (uint32_t i = 0; i < m->parser.n_classes; i++)
		check_class(ctx, m->parser.classes[i]);
}

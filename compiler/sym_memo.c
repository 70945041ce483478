/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the search has met: by what both sides are and have that is not in common,
 * each with what was known. The same with as much or more known is no news.
 */
#include <stdlib.h>
#include <string.h>

#include "sym_priv.h"

#define SAME_KEY	48	/* entries of one pair that are compared */

struct memo_entry {
	struct memo_entry *next;
	uint64_t hash;
	const uint8_t *key;
	uint32_t size;
	const struct scube *know;
	const struct neg *negs;
	struct bound bounds[BOUNDS];
	uint32_t n_bounds, rlo, rhi;
	int32_t before;
	const struct recs *near;
};

struct key { uint8_t *p; uint32_t n; struct engine *e; uint32_t cap; };

static void put(struct key *k, const void *p, size_t n)
{
	if (k->n + n > k->cap) {
		uint8_t *to = sym_alloc(k->e, 2 * (k->n + n) + 256);

		if (k->n)
			memcpy(to, k->p, k->n);
		k->p = to;
		k->cap = 2 * (k->n + (uint32_t)n) + 256;
	}
	memcpy(k->p + k->n, p, n);
	k->n += (uint32_t)n;
}

static void put_number(struct key *k, uint32_t v)
{
	put(k, &v, sizeof(v));
}

static void put_side(struct key *k, const struct side *s)
{
	put_number(k, s->next.verdict | (uint32_t)s->failed << 8 | (uint32_t)s->entered << 9 |
		   (uint32_t)s->next.code << 16);
	if (s->next.verdict == MDESC_GO) {
		put_number(k, s->next.state | (uint32_t)s->next.keys << 16);
		put(k, &s->now.cursor, sizeof(s->now.cursor));
		if (s->now.limited)
			put(k, &s->now.limit, sizeof(s->now.limit));
		put_number(k, s->now.limited);
	}
	put_number(k, s->now.layout);
	put_number(k, s->used);
	put_number(k, s->entries ? s->entries->n : 0);
	if (s->entries)
		put(k, s->entries->e, s->entries->n * sizeof(s->entries->e[0]));
	put_number(k, s->now.recs ? s->now.recs->n : 0);
	for (uint32_t i = 0; s->now.recs && i < s->now.recs->n; i++) {
		const struct rec *r = &s->now.recs->r[i];

		put_number(k, r->id | (uint32_t)r->elem << 16);
		put_number(k, r->present);
		put(k, &r->at, sizeof(r->at));
		put(k, &r->end, sizeof(r->end));
		put_number(k, (uint32_t)r->known);
	}
	put_number(k, s->now.meta ? s->now.meta->n : 0);
	if (s->now.meta)
		put(k, s->now.meta->b, s->now.meta->n * sizeof(s->now.meta->b[0]));
	put_number(k, s->regs != NULL);
	if (s->regs)
		put(k, s->regs, REG_BITS * sizeof(*s->regs));
	for (uint32_t i = 0; s->now.counts && i < k->e->n_ids; i++)
		if (s->now.counts[i])
			put_number(k, i << 16 | s->now.counts[i]);
}

static bool implies(const struct scube *more, const struct scube *less)
{
	for (uint32_t i = 0; less && i < less->n; i++) {
		const struct lit *l = sym_cube_find(more, less->lit[i].node);

		if (!l || (less->lit[i].mask & ~l->mask) || ((l->value ^ less->lit[i].value) & less->lit[i].mask))
			return false;
	}
	return true;
}

static bool contradicts(const struct scube *a, const struct scube *b)
{
	for (uint32_t i = 0; b && i < b->n; i++) {
		const struct lit *l = sym_cube_find(a, b->lit[i].node);

		if (l && ((l->value ^ b->lit[i].value) & l->mask & b->lit[i].mask))
			return true;
	}
	return false;
}

/* Whether all of @less is at the same places in @more. */
static bool places(const struct recs *more, const struct recs *less)
{
	uint32_t k = 0;

	for (uint32_t i = 0; less && i < less->n; i++) {
		const struct rec *r = &less->r[i], *q;

		while (more && k < more->n && (more->r[k].id != r->id || more->r[k].elem != r->elem))
			k++;
		if (!more || k == more->n)
			return false;
		q = &more->r[k];
		if (q->at.anchor != r->at.anchor || q->at.off != r->at.off || q->known != r->known)
			return false;
	}
	return true;
}

/* Whether @c can only be what @m was, or less. */
static bool within(struct engine *e, const struct config *c, const struct memo_entry *m)
{
	sym_spend(e, 1);
	if (c->before < m->before || c->rlo < m->rlo || c->rhi > m->rhi || !implies(c->know, m->know) ||
	    !places(c->near, m->near))
		return false;
	for (uint32_t i = 0; i < m->n_bounds; i++) {
		const struct bound *b = &m->bounds[i];

		if (b->lo != NO_LO && sym_len_at_least(c, (struct pos){ b->anchor, b->lo }) != 1)
			return false;
		if (b->hi != NO_HI && sym_len_at_least(c, (struct pos){ b->anchor, b->hi }) != 0)
			return false;
	}
	for (const struct neg *g = m->negs; g; g = g->next) {
		const struct neg *h = c->negs;

		if (contradicts(c->know, g->cube))
			continue;
		sym_spend(e, 1);
		while (h && !implies(g->cube, h->cube))
			h = h->next;
		if (!h)
			return false;
	}
	return true;
}

static void memo_grow(struct engine *e)
{
	uint32_t cap = e->memo_cap ? 2 * e->memo_cap : 1024;
	struct memo_entry **to = calloc(cap, sizeof(*to));

	if (!to)
		sym_no_memory(e);
	/* the chains keep their order: the newest first */
	for (uint32_t i = 0; i < e->memo_cap; i++) {
		struct memo_entry *m, *back = NULL;

		while ((m = e->memo[i])) {
			e->memo[i] = m->next;
			m->next = back;
			back = m;
		}
		while ((m = back)) {
			back = m->next;
			m->next = to[m->hash & (cap - 1)];
			to[m->hash & (cap - 1)] = m;
		}
	}
	free(e->memo);
	e->memo = to;
	e->memo_cap = cap;
}

static const void *copy(struct engine *e, const void *p, size_t size)
{
	return p ? memcpy(sym_alloc(e, size), p, size) : NULL;
}

/* Into what stays. */
void sym_keep(struct engine *e, struct config *c)
{
	const struct trail *t, **to = &c->trail;
	const struct neg *g, **link = &c->negs;

	c->know = copy(e, c->know, sizeof(*c->know) + c->know->n * sizeof(struct lit));
	for (g = c->negs; g; g = g->next) {
		struct neg *n = sym_alloc(e, sizeof(*n));

		*n = *g;
		n->cube = copy(e, g->cube, sizeof(*g->cube) + g->cube->n * sizeof(struct lit));
		*link = n;
		link = &n->next;
	}
	c->near = copy(e, c->near, sizeof(struct recs) + (c->near ? c->near->n : 0) * sizeof(struct rec));
	for (t = c->trail; t && t != e->root; t = t->before) {
		struct trail *n = sym_alloc(e, sizeof(*n));

		*n = *t;
		*to = n;
		to = &n->before;
	}
	for (int x = 0; x < 2; x++) {
		struct side *s = &c->s[x];

		s->now.recs = copy(e, s->now.recs, sizeof(struct recs) +
				   (s->now.recs ? s->now.recs->n : 0) * sizeof(struct rec));
		s->now.meta = copy(e, s->now.meta, sizeof(struct metas) +
				   (s->now.meta ? s->now.meta->n : 0) * sizeof(struct metab));
		s->now.counts = copy(e, s->now.counts, e->n_ids * sizeof(*s->now.counts));
		s->regs = copy(e, s->regs, REG_BITS * sizeof(*s->regs));
		s->entries = copy(e, s->entries, sizeof(struct entries) +
				  (s->entries ? s->entries->n : 0) * sizeof(struct entry));
	}
}

/* False: met before. */
bool sym_remember(struct engine *e, struct config *c)
{
	struct key k = { .e = e };
	uint64_t h = 0xcbf29ce484222325ull;
	struct memo_entry *m;
	uint32_t seen = 0;

	put_side(&k, &c->s[0]);
	put_number(&k, 0x55555555);
	put_side(&k, &c->s[1]);
	for (uint32_t i = 0; i < k.n; i++)
		h = (h ^ k.p[i]) * 0x100000001b3ull;
	h ^= h >> 31;
	if (e->memo_n >= e->memo_cap)
		memo_grow(e);
	for (m = e->memo[h & (e->memo_cap - 1)]; m && seen < SAME_KEY; m = m->next) {
		if (m->hash != h || m->size != k.n || memcmp(m->key, k.p, k.n))
			continue;
		if (within(e, c, m))
			return false;
		seen++;
	}
	e->now = &e->mem[0];
	sym_keep(e, c);
	m = sym_alloc(e, sizeof(*m));
	*m = (struct memo_entry){ e->memo[h & (e->memo_cap - 1)], h, copy(e, k.p, k.n), k.n, c->know, c->negs,
				  { { 0 } }, c->n_bounds, c->rlo, c->rhi, c->before, c->near };
	e->now = &e->mem[1];
	memcpy(m->bounds, c->bounds, sizeof(m->bounds));
	e->memo[h & (e->memo_cap - 1)] = m;
	e->memo_n++;
	e->answer->pairs++;
	return true;
}

void sym_memo_free(struct engine *e)
{
	free(e->memo);
	e->memo = NULL;
	e->memo_n = e->memo_cap = 0;
}

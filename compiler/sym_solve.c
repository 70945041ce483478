/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * From a way through both machines to a packet that takes it: the way is gone
 * again, with nothing forgotten and every length chosen. What is then known of
 * bytes and sources makes a packet; running it decides whether it counts. One
 * that does is made as short as that goes.
 */
#include <stdlib.h>
#include <string.h>

#include "sym_priv.h"

#define PACKET_BYTES	65536
#define FILLED		4096	/* bytes that are more than 0, at least */
#define FILLS		24	/* of what is not known */
#define FEW		6	/* of it, where more is known */
#define HEADERS		1024
#define REPLAY_STEPS	20000u

/* ---- running ---- */

static enum sym_shown differs(const struct engine *e, const struct sym_packet *p)
{
	struct sym_header *h;
	struct sym_result x, y;
	bool is;

	if (e->opts->differs)
		return e->opts->differs(e->opts->arg, p, e->want);
	h = calloc(2 * HEADERS, sizeof(*h));
	if (!h)
		return SYM_SHOWS_NOT;
	x.headers = h;
	y.headers = h + HEADERS;
	is = sym_run(e->t[0], p, &x, HEADERS) && sym_run(e->t[1], p, &y, HEADERS) && x.n_headers <= HEADERS &&
	     y.n_headers <= HEADERS && !sym_same(e->t[0], &x, e->t[1], &y, e->opts);
	free(h);
	return is ? SYM_SHOWS : SYM_SHOWS_NOT;
}

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	return z ^ z >> 27;
}

/* ---- making ---- */

/* Where a literal's bits lie in the packet; NULL: they are no bits of it. */
static uint8_t *byte_of(const struct engine *e, struct sym_packet *p, uint32_t node, uint8_t buf[8])
{
	const struct node *n = &e->nodes[node];

	if (n->kind == N_PKT && !n->a && (int32_t)n->b >= 0 && n->b < PACKET_BYTES)
		return &p->data[n->b];
	(void)buf;
	return NULL;
}

static void put(const struct engine *e, struct sym_packet *p, const struct lit *l)
{
	const struct node *n = &e->nodes[l->node];
	uint8_t *byte = byte_of(e, p, l->node, NULL);

	if (byte)
		*byte = (uint8_t)((*byte & ~l->mask) | l->value);
	if (n->kind == N_SRC && n->a < p->n_sources)
		p->sources[n->a] = (p->sources[n->a] & ~(l->mask << 8 * n->b)) | l->value << 8 * n->b;
}

static bool holds(const struct engine *e, struct sym_packet *p, const struct lit *l)
{
	const struct node *n = &e->nodes[l->node];
	uint8_t *byte = byte_of(e, p, l->node, NULL);

	if (byte)
		return !((*byte ^ l->value) & l->mask);
	if (n->kind == N_SRC && n->a < p->n_sources)
		return !((p->sources[n->a] >> 8 * n->b ^ l->value) & l->mask & 0xff);
	return false;	/* nothing that can be changed here */
}

/* All of what must not hold does not: by turning bits that nothing else asks for. */
static void avoid(const struct engine *e, const struct config *c, struct sym_packet *p, uint64_t *rng)
{
	for (int round = 0; round < 64; round++) {
		bool again = false;

		for (const struct neg *g = c->negs; g; g = g->next) {
			uint32_t i = 0, at;

			while (i < g->cube->n && holds(e, p, &g->cube->lit[i]))
				i++;
			if (i < g->cube->n)
				continue;
			again = true;
			at = (uint32_t)(next_random(rng) >> 20);
			for (i = 0; i < g->cube->n; i++) {
				struct lit l = g->cube->lit[(at + i) % g->cube->n];
				const struct lit *known = sym_cube_find(c->know, l.node);
				uint64_t bits = l.mask & ~(known ? known->mask : 0), bit;

				if (!bits)
					continue;
				for (uint64_t n = next_random(rng) % (uint64_t)__builtin_popcountll(bits); n; n--)
					bits &= bits - 1;
				bit = bits & -bits;
				l.value = ~l.value & bit;
				l.mask = bit;
				put(e, p, &l);
				break;
			}
		}
		if (!again)
			return;
	}
}

static void bounds_of(const struct config *c, uint32_t *lo, uint32_t *hi)
{
	*lo = 0;
	*hi = PACKET_BYTES;
	for (uint32_t i = 0; i < c->n_bounds; i++) {
		if (c->bounds[i].anchor)
			continue;
		if (c->bounds[i].lo > 0)
			*lo = (uint32_t)c->bounds[i].lo;
		if (c->bounds[i].hi < PACKET_BYTES)
			*hi = c->bounds[i].hi > 0 ? (uint32_t)c->bounds[i].hi - 1 : 0;
	}
}

static uint32_t sources_n(const struct engine *e)
{
	uint32_t n = 0;

	for (int x = 0; x < 2; x++)
		for (uint32_t i = 0; i < e->t[x]->n_sources; i++) {
			uint32_t id = e->t[x]->source_id ? e->t[x]->source_id[i] : i;

			n = id + 1 > n ? id + 1 : n;
		}
	return n;
}

static bool fill(const struct engine *e, const struct config *c, struct sym_packet *p, int n, uint64_t *rng)
{
	uint32_t lo, hi;

	bounds_of(c, &lo, &hi);
	if (lo > hi)
		return false;
	memset(p->data, 0, PACKET_BYTES);
	for (uint32_t i = 0; i < FILLED || (i < PACKET_BYTES && i < lo + 64); i++)
		p->data[i] = n ? (uint8_t)(next_random(rng) >> 16) : 0;
	for (uint32_t i = 0; i < p->n_sources; i++)
		p->sources[i] = n ? next_random(rng) >> (n & 1 ? 0 : 60) : 0;
	for (uint32_t i = 0; c->know && i < c->know->n; i++)
		put(e, p, &c->know->lit[i]);
	avoid(e, c, p, rng);
	p->len = n % 3 == 2 ? hi < lo + 64 ? hi : lo + 64 : lo;
	return true;
}

static void shorten(const struct engine *e, struct sym_packet *p)
{
	for (uint32_t by = p->len / 2 + 1; by; by /= 2) {
		while (p->len >= by) {
			p->len -= by;
			if (differs(e, p))
				continue;
			p->len += by;
			break;
		}
	}
	for (uint32_t i = 0; i < p->len && i < 512; i++) {
		uint8_t was = p->data[i];

		p->data[i] = 0;
		if (was && !differs(e, p))
			p->data[i] = was;
	}
	for (uint32_t i = 0; i < p->n_sources; i++) {
		uint64_t was = p->sources[i];

		for (p->sources[i] = 0; p->sources[i] < 2 && p->sources[i] < was; p->sources[i]++)
			if (differs(e, p))
				break;
		if (!differs(e, p))
			p->sources[i] = was;
	}
}

static bool packet_new(const struct engine *e, struct sym_packet *p)
{
	p->n_sources = sources_n(e);
	p->data = calloc(PACKET_BYTES + 1, 1);
	p->sources = calloc(p->n_sources + 1, sizeof(*p->sources));
	return p->data && p->sources;
}

static void packet_free(struct sym_packet *p)
{
	free(p->data);
	free(p->sources);
	memset(p, 0, sizeof(*p));
}

/* What is known of values that are computed, as what is known of bytes, if that is easy. */
static void settle(struct engine *e, struct config *c)
{
	const struct scube *all = c->know;

	for (uint32_t i = 0; all && i < all->n; i++) {
		const struct lit *l = &all->lit[i];

		if (e->nodes[l->node].kind < N_ADD || e->nodes[l->node].kind > N_ITE)
			continue;
		for (int b = 0; b < 64; b++) {
			struct config to = *c;

			if (!(l->mask >> b & 1))
				continue;
			to.know = sym_cube_drop(e, c->know, l->node, UINT64_MAX);
			to.know = sym_force(e, &to, l->node * 64 + (uint32_t)b, l->value >> b & 1);
			if (to.know)
				to.know = sym_cube_add(e, to.know, l->node, l->mask, l->value);
			if (to.know)
				c->know = to.know;
		}
	}
}

/* Packets of what is known, one after the other; the best that is found, and how good it is. */
static enum sym_shown try_fills(struct engine *e, const struct config *c, int fills, struct sym_packet *best)
{
	struct sym_packet p;
	enum sym_shown shows = SYM_SHOWS_NOT, now;
	uint64_t rng = 1;

	if (!packet_new(e, &p))
		fills = 0;
	for (int n = 0; n < fills && shows != SYM_SHOWS; n++) {
		if (!fill(e, c, &p, n, &rng))
			break;
		now = differs(e, &p);
		if (now <= shows)
			continue;
		shows = now;
		packet_free(best);
		*best = p;
		if (!packet_new(e, &p))
			break;
	}
	packet_free(&p);
	return shows;
}

/* The same where either side's bit is the other than the other side's. */
static enum sym_shown try_pair(struct engine *e, const struct config *c, const sym_bit pair[2], struct sym_packet *best)
{
	enum sym_shown shows = SYM_SHOWS_NOT;

	for (int one = 0; one < 2 && shows != SYM_SHOWS; one++) {
		struct config to = *c;

		to.know = sym_force(e, &to, pair[0], one);
		if (to.know)
			to.know = sym_force(e, &to, pair[1], !one);
		if (to.know)
			shows = try_fills(e, &to, FEW, best);
	}
	return shows;
}

enum sym_shown sym_solve(struct engine *e, const struct config *from, const sym_bit (*pairs)[2], uint32_t n_pairs,
			 struct sym_packet *packet)
{
	struct config c = *from;
	struct sym_packet best = { 0 };
	enum sym_shown shows;

	settle(e, &c);
	shows = try_fills(e, &c, FILLS, packet);
	if (shows == SYM_SHOWS_NOT && c.know != from->know)
		shows = try_fills(e, from, FILLS, packet);
	for (uint32_t i = 0; i < n_pairs && shows != SYM_SHOWS; i++) {
		enum sym_shown now = try_pair(e, &c, pairs[i], &best);

		if (now > shows) {
			packet_free(packet);
			*packet = best;
			memset(&best, 0, sizeof(best));
			shows = now;
		}
		packet_free(&best);
	}
	if (shows == SYM_SHOWS && !e->opts->differs)
		shorten(e, packet);
	return shows;
}

/* ---- going the way again ---- */

enum sym_shown sym_confirm(struct engine *e, const struct config *c, const struct sym_kind *kind,
			   struct sym_packet *packet)
{
	struct sym_answer answer = { .why = "" };
	struct engine *x = calloc(1, sizeof(*x));
	const struct trail **script;
	enum sym_shown solved;
	uint32_t n = 0;

	if (!x)
		return SYM_SHOWS_NOT;
	for (const struct trail *t = c->trail; t; t = t->before)
		n++;
	script = sym_alloc(e, (n + 1) * sizeof(*script));
	x->script_n = n;
	for (const struct trail *t = c->trail; t; t = t->before)
		script[--n] = t;
	x->script = script;
	x->opts = e->opts;
	x->answer = &answer;
	x->budget = REPLAY_STEPS;
	x->exact = true;
	x->n_ids = e->n_ids;
	x->n_meta = e->n_meta;
	x->packet = packet;
	x->want = kind;
	memcpy(x->t, e->t, sizeof(x->t));
	memcpy(x->idx, e->idx, sizeof(x->idx));
	if (!setjmp(x->out))
		sym_explore(x);
	e->answer->steps += answer.steps / 16;
	sym_nodes_free(x);
	solved = x->solved;
	free(x);
	return solved;
}

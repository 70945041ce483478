/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Layered drawing of a graph: loops are opened at the edges that lead back, each
 * box gets the layer behind those of all that lead to it, labels and long edges
 * get places of their own in the layers between, the order in each layer is
 * improved until crossings grow no fewer, and then every box is put as near to
 * its neighbours as the order allows (isotonic regression).
 */
#include "html_layered.h"

#include <stdlib.h>

#include "arena.h"

enum {
	PLACES_MAX = 4000,	/* boxes, labels and bends */
	SWEEPS = 24,
	SCALE = 16,		/* of positions while they are found */
	GAP_X = 26, GAP_BEND = 14, GAP_Y = 30, MARGIN = 12,
};

/* A box, a label, or the bend of a long edge. */
struct place {
	int32_t w, h, rank;
	int64_t x;		/* the middle, scaled */
	uint32_t order;
	uint32_t node, edge;	/* UINT32_MAX: not one */
	bool label;
	uint32_t *up, *down;	/* neighbours */
	uint32_t n_up, n_down;
};

struct link { uint32_t from, to; };	/* places of adjacent ranks */

struct work {
	struct arena *a;
	struct layered *g;
	int32_t *rank;			/* by node: 0, 2, 4, ... */
	VEC(struct place) places;
	VEC(struct link) links;
	uint32_t **layers;		/* by rank: places in order */
	uint32_t *n_layer;
	uint32_t n_ranks;
	uint32_t **chain;		/* by edge: its places, from top to bottom */
	uint32_t *n_chain;
	uint64_t *key;			/* for sorting */
};

/* ---- layers ---- */

struct visit { uint32_t node, next; };

/* Edges that close a loop, by depth first from the start, then from what is left. */
static void find_back(struct work *w)
{
	struct layered *g = w->g;
	uint8_t *state = arena_array(w->a, uint8_t, g->n_nodes);
	struct visit *stack = arena_array(w->a, struct visit, g->n_nodes + 1);
	uint32_t *first = arena_array(w->a, uint32_t, g->n_nodes + 1);
	uint32_t *by_from = arena_array(w->a, uint32_t, g->n_edges), *fill;

	for (uint32_t i = 0; i < g->n_edges; i++)
		first[g->edges[i].from + 1]++;
	for (uint32_t i = 0; i < g->n_nodes; i++)
		first[i + 1] += first[i];
	fill = arena_array(w->a, uint32_t, g->n_nodes + 1);
	for (uint32_t i = 0; i < g->n_edges; i++)
		by_from[first[g->edges[i].from] + fill[g->edges[i].from]++] = i;
	for (uint32_t root = 0; root < g->n_nodes; root++) {
		uint32_t depth = 0;

		if (state[root])
			continue;
		state[root] = 1;
		stack[depth++] = (struct visit){ root, first[root] };
		while (depth) {
			struct visit *v = &stack[depth - 1];
			struct lay_edge *e;

			if (v->next == first[v->node + 1]) {
				state[v->node] = 2;
				depth--;
				continue;
			}
			e = &g->edges[by_from[v->next++]];
			e->back = state[e->to] == 1;
			if (!state[e->to]) {
				state[e->to] = 1;
				stack[depth++] = (struct visit){ e->to, first[e->to] };
			}
		}
	}
}

static uint32_t top_of(const struct lay_edge *e) { return e->back ? e->to : e->from; }
static uint32_t bottom_of(const struct lay_edge *e) { return e->back ? e->from : e->to; }

/* The longest way from above; then what has only ways down moves near to them. */
static void find_ranks(struct work *w)
{
	struct layered *g = w->g;
	bool moved = true;

	w->rank = arena_array(w->a, int32_t, g->n_nodes);
	for (uint32_t round = 0; moved && round <= g->n_nodes; round++) {
		moved = false;
		for (uint32_t i = 0; i < g->n_edges; i++) {
			const struct lay_edge *e = &g->edges[i];

			if (w->rank[bottom_of(e)] < w->rank[top_of(e)] + 2) {
				w->rank[bottom_of(e)] = w->rank[top_of(e)] + 2;
				moved = true;
			}
		}
	}
	for (uint32_t i = 0; i < g->n_nodes; i++)
		if (w->rank[i] + 1 > (int32_t)w->n_ranks)
			w->n_ranks = (uint32_t)w->rank[i] + 1;
}

/* ---- places ---- */

static uint32_t add_place(struct work *w, struct place p)
{
	*vec_push(w->a, &w->places) = p;
	return (uint32_t)w->places.n - 1;
}

static void add_chain(struct work *w, uint32_t edge)
{
	const struct lay_edge *e = &w->g->edges[edge];
	int32_t top = w->rank[top_of(e)], bottom = w->rank[bottom_of(e)];
	int32_t label = e->back ? bottom - 1 : top + 1;
	uint32_t last = top_of(e), n = 0;

	w->chain[edge] = arena_array(w->a, uint32_t, bottom - top + 1);
	w->chain[edge][n++] = last;
	for (int32_t r = top + 1; r < bottom; r++) {
		struct place p = { .rank = r, .node = UINT32_MAX, .edge = edge, .label = r == label };
		uint32_t at;

		if (p.label) {
			p.w = e->w;
			p.h = e->h;
		}
		at = add_place(w, p);
		*vec_push(w->a, &w->links) = (struct link){ last, at };
		w->chain[edge][n++] = last = at;
	}
	*vec_push(w->a, &w->links) = (struct link){ last, bottom_of(e) };
	w->chain[edge][n++] = bottom_of(e);
	w->n_chain[edge] = n;
}

static void find_neighbours(struct work *w)
{
	for (size_t i = 0; i < w->links.n; i++) {
		w->places.p[w->links.p[i].from].n_down++;
		w->places.p[w->links.p[i].to].n_up++;
	}
	for (size_t i = 0; i < w->places.n; i++) {
		struct place *p = &w->places.p[i];

		p->up = arena_array(w->a, uint32_t, p->n_up);
		p->down = arena_array(w->a, uint32_t, p->n_down);
		p->n_up = p->n_down = 0;
	}
	for (size_t i = 0; i < w->links.n; i++) {
		struct place *f = &w->places.p[w->links.p[i].from], *t = &w->places.p[w->links.p[i].to];

		f->down[f->n_down++] = w->links.p[i].to;
		t->up[t->n_up++] = w->links.p[i].from;
	}
}

static bool make_places(struct work *w)
{
	struct layered *g = w->g;
	uint64_t total = g->n_nodes;

	for (uint32_t i = 0; i < g->n_edges; i++)
		total += (uint64_t)(w->rank[bottom_of(&g->edges[i])] - w->rank[top_of(&g->edges[i])]);
	if (total > PLACES_MAX)
		return false;
	for (uint32_t i = 0; i < g->n_nodes; i++)
		add_place(w, (struct place){ .w = g->nodes[i].w, .h = g->nodes[i].h, .rank = w->rank[i], .node = i,
					     .edge = UINT32_MAX });
	w->chain = arena_array(w->a, uint32_t *, g->n_edges);
	w->n_chain = arena_array(w->a, uint32_t, g->n_edges);
	for (uint32_t i = 0; i < g->n_edges; i++)
		add_chain(w, i);
	find_neighbours(w);
	w->layers = arena_array(w->a, uint32_t *, w->n_ranks);
	w->n_layer = arena_array(w->a, uint32_t, w->n_ranks);
	w->key = arena_array(w->a, uint64_t, w->places.n);
	for (size_t i = 0; i < w->places.n; i++)
		w->n_layer[w->places.p[i].rank]++;
	for (uint32_t r = 0; r < w->n_ranks; r++) {
		w->layers[r] = arena_array(w->a, uint32_t, w->n_layer[r]);
		w->n_layer[r] = 0;
	}
	return true;
}

/* ---- order ---- */

/* The first order: as a walk from the start meets them. */
static void first_order(struct work *w)
{
	uint32_t *stack = arena_array(w->a, uint32_t, w->places.n + w->links.n + 1);
	bool *seen = arena_array(w->a, bool, w->places.n);

	for (uint32_t root = 0; root < w->places.n; root++) {
		uint32_t depth = 0;

		stack[depth++] = root;
		while (depth) {
			uint32_t i = stack[--depth];
			struct place *p = &w->places.p[i];

			if (seen[i])
				continue;
			seen[i] = true;
			p->order = w->n_layer[p->rank];
			w->layers[p->rank][w->n_layer[p->rank]++] = i;
			for (uint32_t k = p->n_down; k--;)
				if (!seen[p->down[k]])
					stack[depth++] = p->down[k];
		}
	}
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Crossings between a rank and the one below it: inversions, counted while they are sorted in. */
static uint64_t crossings_below(struct work *w, uint32_t r)
{
	uint32_t n_below = w->n_layer[r + 1], sum;
	uint32_t *tree = arena_array(w->a, uint32_t, n_below + 1);
	uint32_t ends[64];
	uint64_t total = 0, added = 0;

	for (uint32_t i = 0; i < w->n_layer[r]; i++) {
		const struct place *p = &w->places.p[w->layers[r][i]];
		uint32_t *to = p->n_down <= 64 ? ends : arena_array(w->a, uint32_t, p->n_down);

		for (uint32_t k = 0; k < p->n_down; k++)
			to[k] = w->places.p[p->down[k]].order;
		qsort(to, p->n_down, sizeof(*to), by_number);
		for (uint32_t k = 0; k < p->n_down; k++) {
			sum = 0;
			for (uint32_t at = to[k] + 1; at; at &= at - 1)
				sum += tree[at];
			total += added - sum;
		}
		for (uint32_t k = 0; k < p->n_down; k++, added++)
			for (uint32_t at = to[k] + 1; at <= n_below; at += at & -at)
				tree[at]++;
	}
	return total;
}

static uint64_t crossings(struct work *w)
{
	uint64_t n = 0;

	for (uint32_t r = 0; r + 1 < w->n_ranks; r++)
		n += crossings_below(w, r);
	return n;
}

/* Where the middle neighbour is, in 1/64 of a place; @own: without one. */
static uint64_t median(struct work *w, const uint32_t *list, uint32_t n, uint32_t own)
{
	uint32_t small[64], *order = n <= 64 ? small : arena_array(w->a, uint32_t, n);

	if (!n)
		return (uint64_t)own * 64;
	for (uint32_t i = 0; i < n; i++)
		order[i] = w->places.p[list[i]].order;
	qsort(order, n, sizeof(*order), by_number);
	return ((uint64_t)order[(n - 1) / 2] + order[n / 2]) * 32;
}

/* Sorts a rank by what is above (or below) it; stable. */
static void sort_rank(struct work *w, uint32_t r, bool by_up)
{
	uint32_t *layer = w->layers[r], n = w->n_layer[r];

	for (uint32_t i = 0; i < n; i++) {
		const struct place *p = &w->places.p[layer[i]];

		w->key[layer[i]] = median(w, by_up ? p->up : p->down, by_up ? p->n_up : p->n_down, i);
	}
	for (uint32_t i = 1; i < n; i++) {
		uint32_t moved = layer[i], j = i;

		for (; j && w->key[layer[j - 1]] > w->key[moved]; j--)
			layer[j] = layer[j - 1];
		layer[j] = moved;
	}
	for (uint32_t i = 0; i < n; i++)
		w->places.p[layer[i]].order = i;
}

static void swap_neighbours(struct work *w, uint32_t r, uint32_t i)
{
	uint32_t *l = w->layers[r], t = l[i];

	l[i] = l[i + 1];
	l[i + 1] = t;
	w->places.p[l[i]].order = i;
	w->places.p[l[i + 1]].order = i + 1;
}

/* Crossings of the edges of @a and @b towards one side, with @a on the left. */
static uint64_t pair_crossings(struct work *w, const uint32_t *a, uint32_t n_a, const uint32_t *b, uint32_t n_b)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < n_a; i++)
		for (uint32_t k = 0; k < n_b; k++)
			n += w->places.p[a[i]].order > w->places.p[b[k]].order;
	return n;
}

/* Swaps neighbours wherever that leaves fewer crossings. */
static void transpose(struct work *w)
{
	bool better = true;

	for (int round = 0; better && round < 8; round++) {
		better = false;
		for (uint32_t r = 0; r < w->n_ranks; r++) {
			for (uint32_t i = 0; i + 1 < w->n_layer[r]; i++) {
				const struct place *a = &w->places.p[w->layers[r][i]];
				const struct place *b = &w->places.p[w->layers[r][i + 1]];
				uint64_t now = pair_crossings(w, a->up, a->n_up, b->up, b->n_up) +
					pair_crossings(w, a->down, a->n_down, b->down, b->n_down);
				uint64_t then = pair_crossings(w, b->up, b->n_up, a->up, a->n_up) +
					pair_crossings(w, b->down, b->n_down, a->down, a->n_down);

				if (then < now) {
					swap_neighbours(w, r, i);
					better = true;
				}
			}
		}
	}
}

static void find_order(struct work *w)
{
	uint32_t *best = arena_array(w->a, uint32_t, w->places.n);
	uint64_t fewest = UINT64_MAX;

	first_order(w);
	for (int sweep = 0; sweep <= SWEEPS && fewest; sweep++) {
		uint64_t n;

		for (uint32_t k = 1; sweep && k < w->n_ranks; k++)
			sort_rank(w, sweep & 1 ? k : w->n_ranks - 1 - k, sweep & 1);
		transpose(w);
		n = crossings(w);
		if (n >= fewest)
			continue;
		fewest = n;
		for (size_t i = 0; i < w->places.n; i++)
			best[i] = w->places.p[i].order;
	}
	for (size_t i = 0; i < w->places.n; i++) {
		w->places.p[i].order = best[i];
		w->layers[w->places.p[i].rank][best[i]] = (uint32_t)i;
	}
}

/* ---- positions ---- */

static int64_t divide(int64_t a, int64_t b)
{
	return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/* The least distance of two middles. */
static int64_t distance(const struct place *a, const struct place *b)
{
	int32_t gap = a->node == UINT32_MAX && b->node == UINT32_MAX && (!a->w || !b->w) ? GAP_BEND : GAP_X;

	return ((int64_t)a->w + b->w) * SCALE / 2 + gap * SCALE;
}

/* Edges between two bends ought to be straight above all. */
static int64_t weight_of(const struct place *a, const struct place *b)
{
	bool x = a->node == UINT32_MAX, y = b->node == UINT32_MAX;

	return x && y ? 8 : x || y ? 2 : 1;
}

struct block { int64_t sum, weight; uint32_t n; };

/*
 * Each place as near as can be to the mean of its neighbours (of those above, of
 * those below, or of both), in order and with the least distances kept: where two
 * would overlap they become a block that has one mean.
 */
static void settle(struct work *w, uint32_t r, bool up, bool down, struct block *blocks)
{
	uint32_t n = w->n_layer[r], n_blocks = 0, i = 0;
	int64_t shift = 0;

	for (uint32_t k = 0; k < n; k++) {
		struct place *p = &w->places.p[w->layers[r][k]];
		struct block b = { 0, 0, 1 };

		shift += k ? distance(&w->places.p[w->layers[r][k - 1]], p) : 0;
		for (uint32_t j = 0; up && j < p->n_up; j++) {
			const struct place *q = &w->places.p[p->up[j]];

			b.sum += weight_of(p, q) * (q->x - shift);
			b.weight += weight_of(p, q);
		}
		for (uint32_t j = 0; down && j < p->n_down; j++) {
			const struct place *q = &w->places.p[p->down[j]];

			b.sum += weight_of(p, q) * (q->x - shift);
			b.weight += weight_of(p, q);
		}
		if (!b.weight) {
			b.sum = p->x - shift;
			b.weight = 1;
		}
		while (n_blocks && divide(blocks[n_blocks - 1].sum, blocks[n_blocks - 1].weight) >=
				   divide(b.sum, b.weight)) {
			n_blocks--;
			b.sum += blocks[n_blocks].sum;
			b.weight += blocks[n_blocks].weight;
			b.n += blocks[n_blocks].n;
		}
		blocks[n_blocks++] = b;
	}
	shift = 0;
	for (uint32_t k = 0; k < n_blocks; k++) {
		for (uint32_t j = 0; j < blocks[k].n; j++, i++) {
			struct place *p = &w->places.p[w->layers[r][i]];

			shift += i ? distance(&w->places.p[w->layers[r][i - 1]], p) : 0;
			p->x = divide(blocks[k].sum, blocks[k].weight) + shift;
		}
	}
}

static void find_x(struct work *w)
{
	struct block *blocks = arena_array(w->a, struct block, w->places.n);

	for (uint32_t r = 0; r < w->n_ranks; r++)
		for (uint32_t i = 1; i < w->n_layer[r]; i++)
			w->places.p[w->layers[r][i]].x = w->places.p[w->layers[r][i - 1]].x +
				distance(&w->places.p[w->layers[r][i - 1]], &w->places.p[w->layers[r][i]]);
	for (int round = 0; round < 48; round++) {
		for (uint32_t r = 0; r < w->n_ranks; r++)
			settle(w, r, true, round > 9, blocks);
		for (uint32_t r = w->n_ranks; r--;)
			settle(w, r, round > 9, true, blocks);
	}
}

/* What a place may have without coming near to those beside it. */
static void room(struct work *w, uint32_t place, int64_t *lo, int64_t *hi)
{
	const struct place *p = &w->places.p[place];
	const uint32_t *layer = w->layers[p->rank];
	int64_t x;

	if (p->order) {
		x = w->places.p[layer[p->order - 1]].x + distance(&w->places.p[layer[p->order - 1]], p);
		*lo = x > *lo ? x : *lo;
	}
	if (p->order + 1 < w->n_layer[p->rank]) {
		x = w->places.p[layer[p->order + 1]].x - distance(p, &w->places.p[layer[p->order + 1]]);
		*hi = x < *hi ? x : *hi;
	}
}

/* Bends of an edge, one below the other, come to stand in as few lines as there is room for. */
static void straighten(struct work *w, uint32_t edge)
{
	const uint32_t *c = w->chain[edge];
	uint32_t n = w->n_chain[edge];
	int64_t mean = (w->places.p[c[0]].x + w->places.p[c[n - 1]].x) / 2;

	for (uint32_t i = 1, end; i + 1 < n; i = end) {
		int64_t lo = INT64_MIN, hi = INT64_MAX, x;

		for (end = i; end + 1 < n; end++) {
			int64_t more_lo = lo, more_hi = hi;

			room(w, c[end], &more_lo, &more_hi);
			if (more_lo > more_hi && end > i)
				break;
			lo = more_lo;
			hi = more_hi;
		}
		x = mean < lo ? lo : mean > hi ? hi : mean;
		for (uint32_t k = i; k < end && lo <= hi; k++)
			w->places.p[c[k]].x = x;
	}
}

/* ---- the result ---- */

static int by_x(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Where the edge of place @p to @q leaves it: its edges are spread over it in the order of their ends. */
static int32_t port(struct work *w, uint32_t p, uint32_t q, const uint32_t *list, uint32_t n)
{
	const struct place *at = &w->places.p[p];
	int32_t x = (int32_t)divide(at->x, SCALE), i = 0, width;
	uint64_t *keys;

	if (at->node == UINT32_MAX || n < 2)
		return x;
	keys = arena_array(w->a, uint64_t, n);
	for (uint32_t k = 0; k < n; k++)
		keys[k] = (uint64_t)w->places.p[list[k]].order << 32 | list[k];
	qsort(keys, n, sizeof(*keys), by_x);
	while ((uint32_t)keys[i] != q)
		i++;
	width = at->w - 24 < (int32_t)n * 28 ? at->w - 24 : (int32_t)n * 28;
	return x - width / 2 + width * (2 * i + 1) / (2 * (int32_t)n);
}

static void lead_edge(struct work *w, uint32_t edge, const int32_t *y, const int32_t *height)
{
	struct lay_edge *e = &w->g->edges[edge];
	const uint32_t *c = w->chain[edge];
	uint32_t n = w->n_chain[edge];
	struct place *top = &w->places.p[c[0]], *bottom = &w->places.p[c[n - 1]];

	e->n_points = 2 * n - 2;
	e->points = arena_array(w->a, struct lay_point, e->n_points);
	e->points[0] = (struct lay_point){ port(w, c[0], c[1], top->down, top->n_down), y[top->rank] + top->h };
	for (uint32_t i = 1; i + 1 < n; i++) {
		const struct place *p = &w->places.p[c[i]];
		int32_t x = (int32_t)divide(p->x, SCALE);

		e->points[2 * i - 1] = (struct lay_point){ x, y[p->rank] };
		e->points[2 * i] = (struct lay_point){ x, y[p->rank] + height[p->rank] };
		if (p->label) {
			e->x = x - e->w / 2;
			e->y = y[p->rank] + (height[p->rank] - e->h) / 2;
		}
	}
	e->points[2 * n - 3] = (struct lay_point){ port(w, c[n - 1], c[n - 2], bottom->up, bottom->n_up),
						   y[bottom->rank] };
}

/* Everything to the right of the margin. */
static void normalize(struct work *w)
{
	int64_t left = 0;
	bool any = false;

	for (size_t i = 0; i < w->places.n; i++) {
		const struct place *p = &w->places.p[i];
		int64_t x = p->x - (int64_t)p->w * SCALE / 2;

		left = !any || x < left ? x : left;
		any = true;
	}
	for (size_t i = 0; i < w->places.n; i++) {
		struct place *p = &w->places.p[i];
		int32_t right;

		p->x -= left - MARGIN * SCALE;
		right = (int32_t)(p->x / SCALE) + p->w / 2 + MARGIN;
		w->g->w = right > w->g->w ? right : w->g->w;
	}
}

static void finish(struct work *w)
{
	int32_t *y = arena_array(w->a, int32_t, w->n_ranks), *height = arena_array(w->a, int32_t, w->n_ranks);
	int32_t at = MARGIN;

	normalize(w);
	for (size_t i = 0; i < w->places.n; i++)
		if (w->places.p[i].h > height[w->places.p[i].rank])
			height[w->places.p[i].rank] = w->places.p[i].h;
	for (uint32_t r = 0; r < w->n_ranks; r++) {
		y[r] = at;
		at += height[r] + GAP_Y;
	}
	w->g->h = at - GAP_Y + MARGIN;
	for (uint32_t i = 0; i < w->g->n_nodes; i++) {
		const struct place *p = &w->places.p[i];

		w->g->nodes[i].x = (int32_t)(p->x / SCALE) - p->w / 2;
		w->g->nodes[i].y = y[p->rank];
	}
	for (uint32_t i = 0; i < w->g->n_edges; i++)
		lead_edge(w, i, y, height);
}

bool layered_place(struct arena *a, struct layered *g)
{
	struct work w = { .a = a, .g = g };

	if (!g->n_nodes || g->n_nodes > PLACES_MAX || g->n_edges > PLACES_MAX)
		return false;
	find_back(&w);
	find_ranks(&w);
	if (!make_places(&w))
		return false;
	find_order(&w);
	find_x(&w);
	for (uint32_t i = 0; i < g->n_edges; i++)
		straighten(&w, i);
	finish(&w);
	return true;
}

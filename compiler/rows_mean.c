/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a state does, whatever its rows look like: the decision diagram that asks for the bits of its key in the order
 * of where they lie, in the header or packet, and for none that changes nothing. Equal diagrams are there once, so a
 * number tells them. Beside it stands what bytes must be there that the rows do not ask for themselves.
 */
#include <stdlib.h>
#include <string.h>

#include "key_slot.h"
#include "rows_mean.h"

#define STEPS_STATE	(1u << 16)
#define STEPS_ROW	256u

/* What a node is, where it does not ask for a bit. */
enum { N_ACTION = 0x80000000u, N_GOES, N_KEYS, N_NEED, N_STATE, N_FLAGS, N_LIST };

/* ---- nodes ---- */

static uint32_t mix3(uint32_t a, uint32_t b, uint32_t c)
{
	uint64_t h = (a ^ UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);

	h = (h ^ b ^ h >> 29) * UINT64_C(0xc4ceb9fe1a85ec53);
	h = (h ^ c ^ h >> 31) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(h ^ h >> 32);
}

static uint32_t *find_node(struct mean *m, const struct mean_node *n)
{
	uint32_t h = mix3(n->what, n->lo, n->hi), mask = m->hash_size - 1;

	for (; m->hash[h & mask]; h++) {
		if (!memcmp(&m->nodes.p[m->hash[h & mask]], n, sizeof(*n)))
			break;
	}
	return &m->hash[h & mask];
}

static uint32_t node(struct mean *m, uint32_t what, uint32_t lo, uint32_t hi)
{
	struct mean_node n = { what, lo, hi };
	uint32_t *slot;

	if (2 * m->nodes.n >= m->hash_size) {
		m->hash_size *= 2;
		m->hash = arena_array(m->g->arena, uint32_t, m->hash_size);
		for (uint32_t i = 1; i < m->nodes.n; i++)
			*find_node(m, &m->nodes.p[i]) = i;
	}
	slot = find_node(m, &n);
	if (!*slot) {
		*vec_push(m->g->arena, &m->nodes) = n;
		*slot = (uint32_t)m->nodes.n - 1;
	}
	return *slot;
}

static uint32_t node_of_bytes(struct mean *m, uint32_t at, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint32_t word;

	for (size_t i = 0; i < n; i += sizeof(word)) {
		word = 0;
		memcpy(&word, p + i, n - i < sizeof(word) ? n - i : sizeof(word));
		at = node(m, N_LIST, at, word);
	}
	return at;
}

/* ---- places ---- */

static struct key_slot place_of(const struct mdesc_fmt_keys *k, uint32_t i)
{
	struct key_slot p = { .kind = k->kind[i], .elem = k->elem[i], .index = k->index[i], .off = k->off[i] };

	return p;
}

static void rank_places(struct mean *m)
{
	VEC(struct key_slot) all = { 0 };
	uint32_t n;

	for (size_t i = 0; i < m->g->keys.n; i++) {
		for (uint32_t k = 0; k < m->g->keys.p[i].count; k++)
			*vec_push(m->g->arena, &all) = place_of(&m->g->keys.p[i], k);
	}
	n = key_slots_unique(all.p, (uint32_t)all.n);
	m->rank = arena_array(m->g->arena, uint16_t *, m->g->keys.n + 1);
	for (size_t i = 0; i < m->g->keys.n; i++) {
		const struct mdesc_fmt_keys *k = &m->g->keys.p[i];

		m->rank[i] = arena_array(m->g->arena, uint16_t, k->count + 1);
		for (uint32_t j = 0; j < k->count; j++) {
			struct key_slot p = place_of(k, j), *at = bsearch(&p, all.p, n, sizeof(p), key_slot_cmp);

			m->rank[i][j] = (uint16_t)(at - all.p);
		}
	}
}

/* ---- actions ---- */

static uint32_t action_of(struct mean *m, const struct mdesc_fmt_row *row)
{
	struct mdesc_fmt_row f = *row;
	uint32_t list;

	f.state = f.state_mask = 0;
	f.op_first = 0;
	f.next.state = f.next.keys = 0;
	memset(f.key_value, 0, sizeof(f.key_value));
	memset(f.key_mask, 0, sizeof(f.key_mask));
	list = node_of_bytes(m, node(m, N_ACTION, 0, 0), m->g->ops.p + row->op_first,
			     row->op_count * sizeof(*m->g->ops.p));
	return node_of_bytes(m, node(m, N_ACTION, list, 1), &f, sizeof(f));
}

static void find_actions(struct mean *m)
{
	struct rows_graph *g = m->g;
	VEC(uint32_t) first = { 0 };		/* by node: where the list of operations of that action lies, plus 1 */

	m->action = arena_array(g->arena, uint32_t *, g->states.n + 1);
	for (size_t i = 0; i < g->states.n; i++) {
		const struct rg_state *s = &g->states.p[i];

		m->action[i] = arena_array(g->arena, uint32_t, s->rows.n + 1);
		for (size_t k = 0; k < s->rows.n; k++) {
			const struct mdesc_fmt_row *f = &s->rows.p[k].f;
			uint32_t a = action_of(m, f);

			m->action[i][k] = a;
			while (first.n <= a)
				*vec_push(g->arena, &first) = 0;
			m->lists_differ |= first.p[a] && f->op_count && first.p[a] != f->op_first + 1;
			first.p[a] = f->op_first + 1;
		}
	}
}

void mean_init(struct mean *m, struct rows_graph *g)
{
	*m = (struct mean){ .g = g, .scratch = arena_scratch(g->arena), .hash_size = 1024 };
	m->hash = arena_array(g->arena, uint32_t, m->hash_size);
	vec_reserve(g->arena, &m->nodes, 512);
	*vec_push(g->arena, &m->nodes) = (struct mean_node){ 0, 0, 0 };
	m->entry = rg_entry_keys(g);
	rank_places(m);
	find_actions(m);
}

void mean_free(struct mean *m)
{
	arena_give_back(m->g->arena, m->scratch);
}

/* ---- diagrams ---- */

/* A bit that rows of the state at hand compare. */
struct bit {
	uint32_t var;		/* which it is, for all states */
	uint8_t byte, mask;	/* where it is in the key */
};

struct diagram {
	struct mean *m;
	const struct rg_state *s;
	struct bit bits[MDESC_FMT_KEY_MAX * 8];
	uint32_t n_bits;
	uint32_t *leaf;		/* by row */
	uint32_t *last;		/* by row: behind the last bit that it compares */
};

static int by_var(const void *a, const void *b)
{
	const struct bit *x = a, *y = b;

	return x->var < y->var ? -1 : x->var > y->var;
}

static void find_bits(struct diagram *d, const uint16_t *rank)
{
	uint8_t mask[MDESC_FMT_KEY_MAX] = { 0 };

	for (size_t i = 0; i < d->s->rows.n; i++)
		for (uint32_t k = 0; k < MDESC_FMT_KEY_MAX; k++)
			mask[k] |= d->s->rows.p[i].f.key_mask[k];
	for (uint32_t k = 0; k < MDESC_FMT_KEY_MAX; k++) {
		for (uint32_t bit = 0; bit < 8; bit++) {
			if (mask[k] >> (7 - bit) & 1)
				d->bits[d->n_bits++] = (struct bit){
					(rank ? rank[k] : k) * 8 + bit, (uint8_t)k, (uint8_t)(0x80 >> bit),
				};
		}
	}
	qsort(d->bits, d->n_bits, sizeof(*d->bits), by_var);
	for (size_t i = 0; i < d->s->rows.n; i++) {
		for (uint32_t b = 0; b < d->n_bits; b++) {
			if (d->s->rows.p[i].f.key_mask[d->bits[b].byte] & d->bits[b].mask)
				d->last[i] = b + 1;
		}
	}
}

/* Rows that may match from bit @at on, up to the first that does whatever comes. */
struct left { const uint32_t *rows; uint32_t n; };

static uint32_t decide(struct diagram *d, uint32_t at, struct left in)
{
	uint32_t *half[2], n[2] = { 0, 0 }, out[2];
	bool same = true, asked = false;

	for (uint32_t i = 0; i < in.n; i++) {
		same &= d->leaf[in.rows[i]] == d->leaf[in.rows[0]];
		if (d->last[in.rows[i]] <= at)
			in.n = i + 1;
	}
	if (!in.n || same)
		return in.n ? d->leaf[in.rows[0]] : 0;
	if (d->m->steps < in.n) {
		d->m->steps = 0;
		return 0;
	}
	d->m->steps -= in.n;
	for (; at < d->n_bits && !asked; at++) {
		for (uint32_t i = 0; i < in.n && !asked; i++)
			asked = d->s->rows.p[in.rows[i]].f.key_mask[d->bits[at].byte] & d->bits[at].mask;
	}
	if (!asked)
		return d->leaf[in.rows[0]];
	half[0] = arena_array(d->m->scratch, uint32_t, in.n);
	half[1] = arena_array(d->m->scratch, uint32_t, in.n);
	for (uint32_t i = 0; i < in.n; i++) {
		const struct mdesc_fmt_row *r = &d->s->rows.p[in.rows[i]].f;
		const struct bit *b = &d->bits[at - 1];
		bool cares = r->key_mask[b->byte] & b->mask, one = r->key_value[b->byte] & b->mask;

		if (!cares || !one)
			half[0][n[0]++] = in.rows[i];
		if (!cares || one)
			half[1][n[1]++] = in.rows[i];
	}
	for (int k = 0; k < 2; k++)
		out[k] = decide(d, at, (struct left){ half[k], n[k] });
	return out[0] == out[1] || !d->m->steps ? out[0] : node(d->m, d->bits[at - 1].var, out[0], out[1]);
}

/* The rows as they stand. */
static uint32_t as_listed(struct diagram *d, uint16_t keys)
{
	uint32_t at = node(d->m, N_LIST, 0, keys);

	for (size_t i = 0; i < d->s->rows.n; i++) {
		const struct mdesc_fmt_row *r = &d->s->rows.p[i].f;

		at = node(d->m, N_LIST, at, d->leaf[i]);
		at = node_of_bytes(d->m, at, r->key_value, sizeof(r->key_value));
		at = node_of_bytes(d->m, at, r->key_mask, sizeof(r->key_mask));
	}
	return at;
}

/* ---- what must be there ---- */

/* The fewest bytes at the cursor that all rows of the state take. */
static int32_t all_take(const struct rows_graph *g, const struct rg_state *s)
{
	int32_t least = INT32_MAX;

	for (size_t i = 0; i < s->rows.n; i++) {
		const struct mdc_instance *inst;
		int32_t fixed = 0;

		if (s->rows.p[i].f.header != MDESC_FMT_NONE16) {
			inst = g->m->parser.instances[s->rows.p[i].f.header];
			if (inst->kind == MDC_I_HEADER || inst->kind == MDC_I_PEEK)
				fixed = (int32_t)inst->header->fixed;
		}
		least = fixed < least ? fixed : least;
	}
	return least;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Bytes that must be there, but for those that lie in what was or is extracted whatever is matched. */
static uint32_t need_of(struct mean *m, const struct rg_state *s, uint16_t keys, uint32_t at)
{
	uint32_t need[MDESC_FMT_KEY_MAX], n = 0;
	const struct mdesc_fmt_keys *k = &m->g->keys.p[keys];
	int32_t taken = all_take(m->g, s);

	for (uint32_t i = 0; i < k->count; i++) {
		if ((s->s.f.key_need >> i & 1) &&
		    (k->kind[i] == MDESC_SLOT_HEADER || (k->kind[i] == MDESC_SLOT_PACKET && k->off[i] >= taken)))
			need[n++] = m->rank[keys][i];
	}
	qsort(need, n, sizeof(*need), by_number);
	for (uint32_t i = 0; i < n; i++)
		at = node(m, N_NEED, at, need[i]);
	return at;
}

/* ---- a state ---- */

static uint32_t leaf_of(struct mean *m, uint32_t at, uint32_t row, const uint32_t *class_of)
{
	const struct mdesc_fmt_next *next = &m->g->states.p[at].rows.p[row].f.next;
	uint32_t leaf = m->action[at][row];

	if (next->verdict != MDESC_GO)
		return leaf;
	leaf = node(m, N_GOES, leaf, class_of[next->state]);
	return m->entry[next->state] == MDESC_FMT_NONE16 ? node(m, N_KEYS, leaf, next->keys) : leaf;
}

uint32_t mean_of(struct mean *m, uint32_t at, const uint32_t *class_of)
{
	const struct rg_state *s = &m->g->states.p[at];
	uint16_t keys = m->entry[at];
	struct diagram d = { .m = m, .s = s };
	uint32_t *all, out;

	d.leaf = arena_array(m->scratch, uint32_t, s->rows.n + 1);
	d.last = arena_array(m->scratch, uint32_t, s->rows.n + 1);
	all = arena_array(m->scratch, uint32_t, s->rows.n + 1);
	for (uint32_t i = 0; i < s->rows.n; i++) {
		all[i] = i;
		d.leaf[i] = leaf_of(m, at, i, class_of);
	}
	find_bits(&d, keys == MDESC_FMT_NONE16 ? NULL : m->rank[keys]);
	m->steps = STEPS_STATE + s->rows.n * STEPS_ROW;
	out = decide(&d, 0, (struct left){ all, (uint32_t)s->rows.n });
	if (!m->steps)
		out = as_listed(&d, keys);
	out = node(m, N_STATE, out, keys == MDESC_FMT_NONE16 ? s->s.f.key_need : 0);
	if (keys != MDESC_FMT_NONE16)
		out = need_of(m, s, keys, out);
	out = node(m, N_FLAGS, out, s->s.f.flags << 1 | (keys == MDESC_FMT_NONE16));
	arena_empty(m->scratch);
	return out;
}

/* ---- one order of key bytes ---- */

struct byte { uint16_t rank; uint8_t at; };

static int by_rank(const void *a, const void *b)
{
	const struct byte *x = a, *y = b;

	return x->rank < y->rank ? -1 : x->rank > y->rank;
}

/* Key bytes of state @at in the order of their places, without those that are not asked for; its new key set. */
static uint16_t sort_state(struct mean *m, struct rg_state *s, uint16_t keys)
{
	const struct mdesc_fmt_keys old = m->g->keys.p[keys];
	struct mdesc_fmt_keys sorted = { 0 };
	uint32_t used = rg_compared(s) | s->s.f.key_need, need = 0;
	struct byte bytes[MDESC_FMT_KEY_MAX];
	uint16_t n = 0;
	bool same;

	for (uint32_t i = 0; i < old.count; i++) {
		if (used >> i & 1)
			bytes[n++] = (struct byte){ m->rank[keys][i], (uint8_t)i };
	}
	same = n == old.count;
	qsort(bytes, n, sizeof(*bytes), by_rank);
	for (uint32_t i = 0; i < n; i++) {
		sorted.off[i] = old.off[bytes[i].at];
		sorted.kind[i] = old.kind[bytes[i].at];
		sorted.elem[i] = old.elem[bytes[i].at];
		sorted.index[i] = old.index[bytes[i].at];
		need |= (s->s.f.key_need >> bytes[i].at & 1) << i;
		same &= bytes[i].at == i;
	}
	if (same)
		return keys;
	sorted.count = n;
	s->s.f.key_need = need;
	for (size_t k = 0; k < s->rows.n; k++) {
		struct mdesc_fmt_row *r = &s->rows.p[k].f, was = *r;

		memset(r->key_value, 0, sizeof(r->key_value));
		memset(r->key_mask, 0, sizeof(r->key_mask));
		for (uint32_t i = 0; i < n; i++) {
			r->key_value[i] = was.key_value[bytes[i].at];
			r->key_mask[i] = was.key_mask[bytes[i].at];
		}
	}
	return rg_keys(m->g, &sorted);
}

bool mean_sort_keys(struct mean *m, uint16_t *entry)
{
	bool any = false;

	for (size_t i = 0; i < m->g->states.n; i++) {
		entry[i] = m->entry[i];
		if (entry[i] != MDESC_FMT_NONE16)
			entry[i] = sort_state(m, &m->g->states.p[i], entry[i]);
		any |= entry[i] != m->entry[i];
	}
	return any;
}

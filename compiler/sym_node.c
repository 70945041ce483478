/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Memory of a search, and what values are made of: nodes, vectors of 64 bits,
 * anchors. The same one made again is the same number, so that two machines that
 * compute the same have the same.
 */
#include <stdlib.h>
#include <string.h>

#include "sym_priv.h"

#define CHUNK		(1u << 20)
#define CHUNK_FIRST	(1u << 15)
#define BYTES_MAX	(1ull << 30)

void sym_give_up(struct engine *e, const char *why)
{
	if (!e->why)
		e->why = why;
	e->stop = true;
}

void sym_no_memory(struct engine *e)
{
	longjmp(e->out, 1);
}

static void add_chunk(struct engine *e, struct memory *m, size_t size)
{
	struct chunk *c = m->spare;

	if (c && c->size >= size) {
		m->spare = c->next;
	} else {
		size_t more = m->chunks && m->chunks->size < CHUNK ? 2 * m->chunks->size :
			      m->chunks ? CHUNK : CHUNK_FIRST;

		size = size > more ? size : more;
		c = malloc(sizeof(*c) + size);
		if (!c)
			sym_no_memory(e);
		c->size = size;
		e->bytes += size;
		if (e->bytes > BYTES_MAX)
			sym_give_up(e, "the memory is used up");
	}
	c->next = m->chunks;
	m->chunks = c;
	m->free_at = (uint8_t *)(c + 1);
	m->free_n = c->size;
}

void *sym_alloc(struct engine *e, size_t size)
{
	struct memory *m = e->now;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (size > m->free_n)
		add_chunk(e, m, size);
	p = m->free_at;
	m->free_at += size;
	m->free_n -= size;
	return memset(p, 0, size);
}

void sym_drop_work(struct engine *e)
{
	struct memory *m = &e->mem[1];

	while (m->chunks) {
		struct chunk *c = m->chunks;

		m->chunks = c->next;
		if (c->size > CHUNK) {
			e->bytes -= c->size;
			free(c);
			continue;
		}
		c->next = m->spare;
		m->spare = c;
	}
	m->free_at = NULL;
	m->free_n = 0;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9fb21c651e98df25ull;
	return h ^ h >> 29;
}

static void *grow(struct engine *e, void *p, uint32_t *cap, size_t size)
{
	uint32_t more = *cap ? 2 * *cap : 1024;

	p = realloc(p, more * size);
	if (!p)
		sym_no_memory(e);
	*cap = more;
	return p;
}

static uint64_t node_hash(const struct node *n)
{
	return mix(mix(mix(n->kind, n->a), n->b), n->c);
}

static void rehash_nodes(struct engine *e)
{
	e->node_hash_n = e->node_hash_n ? 2 * e->node_hash_n : 4096;
	free(e->node_hash);
	e->node_hash = calloc(e->node_hash_n, sizeof(*e->node_hash));
	if (!e->node_hash)
		sym_no_memory(e);
	for (uint32_t i = 0; i < e->n_nodes; i++) {
		uint64_t at = node_hash(&e->nodes[i]);

		while (e->node_hash[at &= e->node_hash_n - 1])
			at++;
		e->node_hash[at] = i + 1;
	}
}

uint32_t sym_node(struct engine *e, enum node_kind kind, uint32_t a, uint32_t b, uint32_t c)
{
	struct node n = { kind, a, b, c };
	uint64_t at = node_hash(&n);

	if (2 * e->n_nodes >= e->node_hash_n)
		rehash_nodes(e);
	for (; e->node_hash[at &= e->node_hash_n - 1]; at++)
		if (!memcmp(&e->nodes[e->node_hash[at] - 1], &n, sizeof(n)))
			return e->node_hash[at] - 1;
	if (e->n_nodes == e->cap_nodes)
		e->nodes = grow(e, e->nodes, &e->cap_nodes, sizeof(n));
	if (e->n_nodes >= 1u << 25) {
		sym_give_up(e, "the memory is used up");
		return 1;
	}
	e->nodes[e->n_nodes] = n;
	e->node_hash[at] = ++e->n_nodes;
	return e->n_nodes - 1;
}

static uint64_t vec_hash(const sym_bit bits[64])
{
	uint64_t h = 1;

	for (int i = 0; i < 64; i++)
		h = mix(h, bits[i]);
	return h;
}

static void rehash_vecs(struct engine *e)
{
	e->vec_hash_n = e->vec_hash_n ? 2 * e->vec_hash_n : 1024;
	free(e->vec_hash);
	e->vec_hash = calloc(e->vec_hash_n, sizeof(*e->vec_hash));
	if (!e->vec_hash)
		sym_no_memory(e);
	for (uint32_t i = 0; i < e->n_vecs; i++) {
		uint64_t at = vec_hash(sym_vec_of(e, i));

		while (e->vec_hash[at &= e->vec_hash_n - 1])
			at++;
		e->vec_hash[at] = i + 1;
	}
}

uint32_t sym_vec(struct engine *e, const sym_bit bits[64])
{
	uint64_t at = vec_hash(bits);

	if (2 * e->n_vecs >= e->vec_hash_n)
		rehash_vecs(e);
	for (; e->vec_hash[at &= e->vec_hash_n - 1]; at++)
		if (!memcmp(sym_vec_of(e, e->vec_hash[at] - 1), bits, 64 * sizeof(*bits)))
			return e->vec_hash[at] - 1;
	if (e->n_vecs == e->cap_vecs)
		e->vecs = grow(e, e->vecs, &e->cap_vecs, 64 * sizeof(*bits));
	memcpy(e->vecs + 64ull * e->n_vecs, bits, 64 * sizeof(*bits));
	e->vec_hash[at] = ++e->n_vecs;
	return e->n_vecs - 1;
}

/* Few are alive at a time: the newest are looked at first. */
uint32_t sym_anchor(struct engine *e, const struct anchor *a)
{
	uint32_t from = e->n_anchors > 256 ? e->n_anchors - 256 : 1;

	for (uint32_t i = e->n_anchors; !a->raw && i-- > from;)
		if (!memcmp(&e->anchors[i], a, sizeof(*a)))
			return i;
	if (e->n_anchors == e->cap_anchors)
		e->anchors = grow(e, e->anchors, &e->cap_anchors, sizeof(*a));
	e->anchors[e->n_anchors] = *a;
	return e->n_anchors++;
}

static void free_chunks(struct chunk *c)
{
	while (c) {
		struct chunk *next = c->next;

		free(c);
		c = next;
	}
}

void sym_nodes_free(struct engine *e)
{
	for (int i = 0; i < 2; i++) {
		free_chunks(e->mem[i].chunks);
		free_chunks(e->mem[i].spare);
	}
	free(e->nodes);
	free(e->node_hash);
	free(e->vecs);
	free(e->vec_hash);
	free(e->anchors);
}

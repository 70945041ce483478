/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Interned strings, and maps whose keys are such strings. Both are open hash
 * tables of a power of two, at most half full.
 */
#include "atoms.h"

#include "arena.h"

#define ATOMS	1024	/* as many as a small description has, with the language's own words */

struct atoms {
	struct arena *arena;
	struct slot { uint32_t hash, id; } *slots;	/* id 0: free */
	size_t cap;
	VEC(const char *) by_id;	/* without the first: nothing has number 0 */
};

/* A string in memory: its number and length are in front of it. */
struct atom { uint32_t id, len; char s[]; };

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

static uint32_t hash_bytes(const char *s, size_t n)
{
	uint64_t h = n, word;
	uint32_t lo = 0, hi = 0;

	for (; n > 8; n -= 8, s += 8) {
		memcpy(&word, s, 8);
		h = mix(h, word);
	}
	if (n >= 4) {
		memcpy(&lo, s, 4);
		memcpy(&hi, s + n - 4, 4);
	} else {
		while (n--)
			lo = lo << 8 | (unsigned char)*s++;
	}
	h = mix(h, (uint64_t)hi << 32 | lo);
	return (uint32_t)(h ^ h >> 32);
}

static const char *new_atom(struct atoms *t, const char *s, size_t n)
{
	struct atom *a = arena_alloc(t->arena, sizeof(*a) + n + 1);

	memcpy(a->s, s, n);
	*vec_push(t->arena, &t->by_id) = a->s;
	a->id = (uint32_t)t->by_id.n;
	a->len = (uint32_t)n;
	return a->s;
}

static const struct atom *head(const char *atom)
{
	return (const void *)(atom - offsetof(struct atom, s));
}

uint32_t atom_id(const char *atom)
{
	return head(atom)->id;
}

const char *atom_of(const struct atoms *t, uint32_t id)
{
	return t->by_id.p[id - 1];
}

struct atoms *atoms_new(struct arena *a)
{
	struct atoms *t = arena_new_of(a, struct atoms);

	t->arena = a;
	t->cap = ATOMS * 2;
	t->slots = arena_array(a, struct slot, t->cap);
	vec_reserve(a, &t->by_id, ATOMS);
	return t;
}

static void atoms_grow(struct atoms *t)
{
	size_t cap = t->cap * 2, i, at;
	struct slot *slots = arena_array(t->arena, struct slot, cap);

	for (i = 0; i < t->cap; i++) {
		if (!t->slots[i].id)
			continue;
		for (at = t->slots[i].hash & (cap - 1); slots[at].id; at = (at + 1) & (cap - 1))
			;
		slots[at] = t->slots[i];
	}
	t->slots = slots;
	t->cap = cap;
}

const char *atom_n(struct atoms *t, const char *s, size_t n)
{
	uint32_t hash = hash_bytes(s, n);
	struct slot *slot;
	const char *known;
	size_t at;

	if (t->by_id.n * 2 >= t->cap)
		atoms_grow(t);
	for (at = hash & (t->cap - 1); (slot = &t->slots[at])->id; at = (at + 1) & (t->cap - 1)) {
		if (slot->hash != hash)
			continue;
		known = atom_of(t, slot->id);
		if (head(known)->len == n && !memcmp(known, s, n))
			return known;
	}
	known = new_atom(t, s, n);
	*slot = (struct slot){ hash, head(known)->id };
	return known;
}

const char *atom(struct atoms *t, const char *s)
{
	return atom_n(t, s, strlen(s));
}

struct atom_slot { const char *key; void *value; };

static size_t hash_pointer(const void *p)
{
	uint64_t x = (uint64_t)(uintptr_t)p >> 4;

	return (size_t)((x * 0x9e3779b97f4a7c15ull) >> 20);
}

static struct atom_slot *map_slot(const struct atom_map *m, const char *key)
{
	size_t at = hash_pointer(key) & (m->cap - 1);

	while (m->slots[at].key && m->slots[at].key != key)
		at = (at + 1) & (m->cap - 1);
	return &m->slots[at];
}

void atom_map_init(struct atom_map *m, struct arena *a)
{
	*m = (struct atom_map){ .arena = a };
}

void atom_map_reserve(struct atom_map *m, size_t n)
{
	struct atom_map bigger = { .arena = m->arena, .n = m->n, .cap = 16 };

	while (bigger.cap < n * 2)
		bigger.cap *= 2;
	if (bigger.cap <= m->cap)
		return;
	bigger.slots = arena_array(m->arena, struct atom_slot, bigger.cap);
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].key)
			*map_slot(&bigger, m->slots[i].key) = m->slots[i];
	*m = bigger;
}

void *atom_map_get(const struct atom_map *m, const char *key)
{
	return m->cap ? map_slot(m, key)->value : NULL;
}

void *atom_map_add(struct atom_map *m, const char *key, void *value)
{
	struct atom_slot *slot;

	if (m->n * 2 >= m->cap)
		atom_map_reserve(m, m->n * 2 + 1);
	slot = map_slot(m, key);
	if (slot->key)
		return slot->value;
	m->n++;
	*slot = (struct atom_slot){ key, value };
	return NULL;
}

void atom_map_clear(struct atom_map *m)
{
	if (m->cap > 1024)
		*m = (struct atom_map){ .arena = m->arena };
	if (m->n)
		memset(m->slots, 0, m->cap * sizeof(*m->slots));
	m->n = 0;
}

void atom_map_keys(const struct atom_map *m, const char **keys)
{
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].key)
			*keys++ = m->slots[i].key;
}

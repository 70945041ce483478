/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Interned strings: equal strings have equal addresses. */
#ifndef MDESCC_ATOMS_H
#define MDESCC_ATOMS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct atoms;

struct atoms *atoms_new(struct arena *a);
const char *atom(struct atoms *t, const char *s);
const char *atom_n(struct atoms *t, const char *s, size_t n);
/* Each has a number, from 1 in the order in which they were made. */
uint32_t atom_id(const char *atom);
const char *atom_of(const struct atoms *t, uint32_t id);

/* A map from atoms (by address) to pointers. NULL: not there. */
struct atom_map { struct arena *arena; struct atom_slot *slots; size_t n, cap; };
void atom_map_init(struct atom_map *m, struct arena *a);	/* takes no memory yet */
void atom_map_reserve(struct atom_map *m, size_t n);	/* room for @n keys in all */
void *atom_map_get(const struct atom_map *m, const char *key);
/* Returns the value that was there before, which then stays; NULL when it was added. */
void *atom_map_add(struct atom_map *m, const char *key, void *value);
/* Forget all keys. The room stays where it is little; else it is left. */
void atom_map_clear(struct atom_map *m);
/* The keys into @keys, which has room for m->n of them. Their order is not determined: sort. */
void atom_map_keys(const struct atom_map *m, const char **keys);

#endif

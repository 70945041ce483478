/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Where a key byte lies, as struct mdesc_fmt_keys has it, one by one: sorted, so
 * that each has its place among all.
 */
#ifndef MDESCC_KEY_SLOT_H
#define MDESCC_KEY_SLOT_H

#include <stdint.h>

struct key_slot {
	uint8_t kind, elem;
	uint16_t index;
	int32_t off;
};

/* For qsort() and bsearch(). */
int key_slot_cmp(const void *a, const void *b);
/* Sorts and drops what is there twice; how many are left. */
uint32_t key_slots_unique(struct key_slot *slots, uint32_t n);

#endif /* MDESCC_KEY_SLOT_H */

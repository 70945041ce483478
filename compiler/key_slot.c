/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The order of key bytes: by what they are bytes of, then by where they lie.
 */
#include "key_slot.h"

#include <stdlib.h>

int key_slot_cmp(const void *a, const void *b)
{
	const struct key_slot *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	if (x->elem != y->elem)
		return x->elem < y->elem ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

uint32_t key_slots_unique(struct key_slot *slots, uint32_t n)
{
	uint32_t out = 0;

	if (n)
		qsort(slots, n, sizeof(*slots), key_slot_cmp);
	for (uint32_t i = 0; i < n; i++) {
		if (!i || key_slot_cmp(&slots[i], &slots[i - 1]))
			slots[out++] = slots[i];
	}
	return out;
}

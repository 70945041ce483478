/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Lists of one row for each action, where there are such. */
#ifndef MDESCC_COVER_CHAIN_H
#define MDESCC_COVER_CHAIN_H

#include <stdint.h>

struct cover_isop;
struct cover_row;

enum cover_chain {
	COVER_CHAIN_MADE,
	COVER_CHAIN_NONE,	/* no list has so few rows */
	COVER_CHAIN_UNKNOWN,	/* it takes too many steps */
};

/* @n rows that mean what was read, of which each has another of these actions; those that come first come first. */
enum cover_chain cover_chain_make(struct cover_isop *x, const uint32_t *actions, uint32_t n, struct cover_row *rows);

#endif

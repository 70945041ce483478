/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Rows of raw tables, made by mdescc. */
#ifndef ACME_ROWS_H
#define ACME_ROWS_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

/* ---- table acme_alias ---- */

#define ACME_ALIAS_ROWS 12
#define ACME_ALIAS_WORDS 6
#define ACME_ALIAS_KEY_WORDS 4

static const uint32_t acme_alias_rows[ACME_ALIAS_ROWS][ACME_ALIAS_WORDS] __attribute__((__unused__)) = {
	/* acme_alias[0] */
	{ 0xa5a5a5a5, 0x00000100, 0xffffffff, 0x00000100, 0xffffffff, 0x000fa103, },
	/* acme_alias[1] */
	{ 0x0800a5a5, 0x00000100, 0xffffffff, 0x00000100, 0x7fffffff, 0x000fa003, },
	/* acme_alias[2] */
	{ 0xa5a5a500, 0x00000100, 0xffffff01, 0x00000100, 0xffffff00, 0x00031103, },
	/* acme_alias[3] */
	{ 0x00000000, 0x00000100, 0x00000000, 0x00000100, 0xffff3412, 0x00000103, },
	/* acme_alias[4] */
	{ 0x0000a507, 0x00000000, 0xffffffff, 0x000000ff, 0x00000000, 0x000fa003, },
	/* acme_alias[5] */
	{ 0x00000003, 0x00000000, 0x0000ffff, 0x00000000, 0x7fffff00, 0x00032103, },
	/* acme_alias[6]: none */
	{ 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, },
	/* acme_alias[7]: none */
	{ 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, },
	/* acme_alias[8]: none */
	{ 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, },
	/* acme_alias[9]: none */
	{ 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, },
	/* acme_alias[10]: none */
	{ 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, },
	/* acme_alias[11]: none */
	{ 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, },
};

/* Rows that are there and not disabled: bit N % 32 of word N / 32. */
static const uint32_t acme_alias_enabled[1] __attribute__((__unused__)) = {
	0x0000003f,
};

#endif /* ACME_ROWS_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Rows of raw tables, made by mdescc. */
#ifndef ACME_ROWS_H
#define ACME_ROWS_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

/* ---- table zero ---- */

#define ACME_ZERO_ROWS 3
#define ACME_ZERO_WORDS 3
#define ACME_ZERO_KEY_WORDS 2

static const uint8_t acme_zero_rows[ACME_ZERO_ROWS][ACME_ZERO_WORDS] __attribute__((__unused__)) = {
	/* zero[0]: none */
	{ 0x00, 0x00, 0x00, },
	/* zero[1] */
	{ 0x02, 0x05, 0x01, },
	/* zero[2]: none */
	{ 0x00, 0x00, 0x00, },
};

/* Rows that are there and not disabled: bit N % 32 of word N / 32. */
static const uint32_t acme_zero_enabled[1] __attribute__((__unused__)) = {
	0x00000002,
};

/* ---- table never ---- */

#define ACME_NEVER_ROWS 3
#define ACME_NEVER_WORDS 3
#define ACME_NEVER_KEY_WORDS 2

static const uint8_t acme_never_rows[ACME_NEVER_ROWS][ACME_NEVER_WORDS] __attribute__((__unused__)) = {
	/* never[0]: none */
	{ 0xff, 0xff, 0x00, },
	/* never[1] */
	{ 0x02, 0x05, 0x01, },
	/* never[2]: none */
	{ 0xff, 0xff, 0x00, },
};

/* Rows that are there and not disabled: bit N % 32 of word N / 32. */
static const uint32_t acme_never_enabled[1] __attribute__((__unused__)) = {
	0x00000002,
};

#endif /* ACME_ROWS_H */

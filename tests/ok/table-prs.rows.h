/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Rows of raw tables, made by mdescc. */
#ifndef ACME_ROWS_H
#define ACME_ROWS_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

/* ---- table prs ---- */

#define ACME_PRS_ROWS 6
#define ACME_PRS_WORDS 10
#define ACME_PRS_KEY_WORDS 6

static const uint32_t acme_prs_rows[ACME_PRS_ROWS][ACME_PRS_WORDS] __attribute__((__unused__)) = {
	/* prs[0] */
	{ 0xffff0081, 0x00000000, 0x00000000, 0x00000000, 0x03000000, 0x000f0001,
	  0x00000004, 0x0000000c, 0x07fa0304, 0x00000204, },
	/* prs[1] */
	{ 0x00f000e0, 0x00000000, 0x00000000, 0x00000000, 0x00010000, 0x000f0003,
	  0x00000000, 0x00000000, 0xfff806ff, 0x000003ff, },
	/* prs[2] */
	{ 0xffff0608, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x000f0003,
	  0x00000000, 0xffffffff, 0x03fa0200, 0x00000000, },
	/* prs[3]: none */
	{ 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x80000000,
	  0x00000000, 0x00000000, 0x00000000, 0x00000000, },
	/* prs[4]: none */
	{ 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x80000000,
	  0x00000000, 0x00000000, 0x00000000, 0x00000000, },
	/* prs[5]: none */
	{ 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x80000000,
	  0x00000000, 0x00000000, 0x00000000, 0x00000000, },
};

/* Rows that are there and not disabled: bit N % 32 of word N / 32. */
static const uint32_t acme_prs_enabled[1] __attribute__((__unused__)) = {
	0x00000007,
};

/* ---- table lookup ---- */

#define ACME_LOOKUP_ROWS 2
#define ACME_LOOKUP_WORDS 11
#define ACME_LOOKUP_KEY_WORDS 8

static const uint16_t acme_lookup_rows[ACME_LOOKUP_ROWS][ACME_LOOKUP_WORDS] __attribute__((__unused__)) = {
	/* lookup[0] */
	{ 0x0004, 0x1ff9, 0x000f, 0xfffe, 0x0003, 0xfffe, 0x000f, 0xfffd,
	  0x0024, 0x0006, 0x8ace, },
	/* lookup[1]: none */
	{ 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000,
	  0x0000, 0x0000, 0x0000, },
};

/* Rows that are there and not disabled: bit N % 32 of word N / 32. */
static const uint32_t acme_lookup_enabled[1] __attribute__((__unused__)) = {
	0x00000001,
};

/* ---- table exact ---- */

#define ACME_EXACT_ROWS 4
#define ACME_EXACT_WORDS 4
#define ACME_EXACT_KEY_WORDS 2

static const uint8_t acme_exact_rows[ACME_EXACT_ROWS][ACME_EXACT_WORDS] __attribute__((__unused__)) = {
	/* exact[0] */
	{ 0xda, 0xbc, 0x01, 0xff, },
	/* exact[1] */
	{ 0xca, 0xbc, 0x00, 0x01, },
	/* exact[2]: none */
	{ 0x00, 0x00, 0x00, 0x00, },
	/* exact[3]: none */
	{ 0x00, 0x00, 0x00, 0x00, },
};

/* Rows that are there and not disabled: bit N % 32 of word N / 32. */
static const uint32_t acme_exact_enabled[1] __attribute__((__unused__)) = {
	0x00000003,
};

#endif /* ACME_ROWS_H */

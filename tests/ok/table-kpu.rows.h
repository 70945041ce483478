/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of raw tables, made by mdescc. */
#ifndef ACME_ROWS_H
#define ACME_ROWS_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

/* ---- table kpu ---- */

/* The stages. */
#define ACME_KPU_FIRST_STAGE 1
#define ACME_KPU_STAGES 3
#define ACME_KPU_ROWS 26
#define ACME_KPU_WORDS 4
#define ACME_KPU_KEY_WORDS 2

static const uint64_t acme_kpu_rows[ACME_KPU_STAGES][ACME_KPU_ROWS][ACME_KPU_WORDS] __attribute__((__unused__)) = {
	{
		/* kpu[1][0]: reserved */
		{ 0x00ff000000000000ull, 0x0000000000000000ull, 0x0000000000000000ull,
		  0x0000000000020000ull, },
		/* kpu[1][1]: reserved */
		{ 0x00ff000000000000ull, 0x0000000000000000ull, 0x0000000000000000ull,
		  0x0000000000020000ull, },
		/* kpu[1][2] */
		{ 0x00000000ff80ffeeull, 0x0000000000400011ull, 0x0000000000100000ull,
		  0x0000000000020000ull, },
		/* kpu[1][3] */
		{ 0x00000000ff80ffedull, 0x0000000000400012ull, 0x0000000000200000ull,
		  0x0000000000020000ull, },
		/* kpu[1][4] */
		{ 0x00000000ff80ffecull, 0x0000000000400013ull, 0x0000000000300000ull,
		  0x0000000000020000ull, },
		/* kpu[1][5] */
		{ 0x00000000ff80ffdeull, 0x0000000000400021ull, 0x0000000000100000ull,
		  0x0000000000020000ull, },
		/* kpu[1][6] */
		{ 0x00000000ff80ffddull, 0x0000000000400022ull, 0x0000000000200000ull,
		  0x0000000000020000ull, },
		/* kpu[1][7] */
		{ 0x00000000ff80ffdcull, 0x0000000000400023ull, 0x0000000000300000ull,
		  0x0000000000020000ull, },
		/* kpu[1][8]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][9]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][10]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][11]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][12]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][13]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][14]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][15]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][16]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][17]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][18]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][19]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][20]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][21]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][22]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][23]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][24]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[1][25]: reserved */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
	},
	{
		/* kpu[2][0]: reserved */
		{ 0x00ff000000000000ull, 0x0000000000000000ull, 0x0000000000000000ull,
		  0x0000000000020000ull, },
		/* kpu[2][1]: reserved */
		{ 0x00ff000000000000ull, 0x0000000000000000ull, 0x0000000000000000ull,
		  0x0000000000020000ull, },
		/* kpu[2][2]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][3]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][4]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][5]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][6]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][7]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][8]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][9]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][10]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][11]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][12]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][13]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][14]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][15]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][16]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][17]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][18]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][19]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][20]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][21] */
		/* TCP over IPv4 */
		/* with options *_ and more */
		{ 0x00ea3fffb000fff9ull, 0x0015000040000006ull, 0x00a16220000000f2ull,
		  0x0000000000020c02ull, },
		/* kpu[2][22]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][23]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][24]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[2][25]: reserved */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
	},
	{
		/* kpu[3][0]: reserved */
		{ 0x00ff000000000000ull, 0x0000000000000000ull, 0x0000000000000000ull,
		  0x0000000000020000ull, },
		/* kpu[3][1]: reserved */
		{ 0x00ff000000000000ull, 0x0000000000000000ull, 0x0000000000000000ull,
		  0x0000000000020000ull, },
		/* kpu[3][2]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][3]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][4]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][5]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][6]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][7]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][8]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][9]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][10]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][11]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][12]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][13]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][14]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][15] */
		{ 0x0000000000000a00ull, 0x0000000000000500ull, 0x0000000001400000ull,
		  0x0000000000000000ull, },
		/* kpu[3][16] */
		{ 0x0000000000000900ull, 0x0000000000000600ull, 0x0000000001800000ull,
		  0x0000000000000000ull, },
		/* kpu[3][17] */
		{ 0x0000000000000800ull, 0x0000000000000700ull, 0x0000000001c00000ull,
		  0x0000000000000000ull, },
		/* kpu[3][18] */
		{ 0x0000000000000700ull, 0x0000000000000800ull, 0x0000000002000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][19] */
		{ 0x0000000000000600ull, 0x0000000000000900ull, 0x0000000002400000ull,
		  0x0000000000000000ull, },
		/* kpu[3][20]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][21]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][22]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][23]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][24]: none */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
		/* kpu[3][25]: reserved */
		{ 0x00ffffffffffffffull, 0x00ffffffffffffffull, 0x0000000000000000ull,
		  0x0000000000000000ull, },
	},
};

/* Rows that are there and not disabled: bit N % 32 of word N / 32. */
static const uint32_t acme_kpu_enabled[ACME_KPU_STAGES][1] __attribute__((__unused__)) = {
	{ 0x000000fc, },
	{ 0x00200000, },
	{ 0x000f8000, },
};

/* ---- table ports ---- */

/* Start actions by port, without a key. */
#define ACME_PORTS_ROWS 4
#define ACME_PORTS_WORDS 2
#define ACME_PORTS_KEY_WORDS 0

static const uint64_t acme_ports_rows[ACME_PORTS_ROWS][ACME_PORTS_WORDS] __attribute__((__unused__)) = {
	/* ports[0] */
	{ 0x0001500000000000ull, 0x0000000000020000ull, },
	/* ports[1]: none */
	{ 0x0000000000000000ull, 0x0000000000000000ull, },
	/* ports[2]: none */
	{ 0x0000000000000000ull, 0x0000000000000000ull, },
	/* ports[3] */
	{ 0x0000100000000000ull, 0x000000000002000cull, },
};

/* Rows that are there and not disabled: bit N % 32 of word N / 32. */
static const uint32_t acme_ports_enabled[1] __attribute__((__unused__)) = {
	0x00000009,
};

#endif /* ACME_ROWS_H */

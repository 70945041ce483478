// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Rows of NPC's match table that the kernel's octeontx2 driver writes, with its own functions, which tables_linux.sh
 * takes out of its sources: the rules of firmware-descs/octeontx2/mcam.mdesc (`ours`), or random ones (`random`).
 * Prints the words of all rows, or, with `rows`, a description of each.
 */
#include "kernel_stub.h"
#include "rvu_reg.h"

enum { NPC_MCAM_KEY_X1, NPC_MCAM_KEY_X2 };
#define DEPTH 256
#define ROWS (2 * DEPTH)

struct mcam_entry { u64 kw[7], kw_mask[7], action, vtag_action; };
struct npc_mcam { int banksize, banks_per_entry, bmap_entries, keysize; };
struct hw { bool npc_ext_set; };
struct rvu { struct hw *hw; };

static struct { u64 cam[2][3][2], action, tag, enable[2]; } table[ROWS];

static void rvu_write64(struct rvu *rvu, u64 block, u64 at, u64 value)
{
	static int last;	/* rows are written one after the other: looked for where the last one was */

	(void)block;
	for (int i = 0; i < ROWS; i++) {
		int row = (last + i) % ROWS, index = row % DEPTH;

		for (int b = 0; b < 2; b++) {
			int bank = row / DEPTH * 2 + b;
			u64 *to = NULL;

			for (int c = 0; c < 2; c++) {
				u64 (*cam)[2] = table[row].cam[b];

				to = at == NPC_AF_MCAMEX_BANKX_CAMX_INTF(index, bank, c) ? &cam[0][c] : to;
				to = at == NPC_AF_MCAMEX_BANKX_CAMX_W0(index, bank, c) ? &cam[1][c] : to;
				to = at == NPC_AF_MCAMEX_BANKX_CAMX_W1(index, bank, c) ? &cam[2][c] : to;
			}
			to = at == NPC_AF_MCAMEX_BANKX_CFG(index, bank) ? &table[row].enable[b] : to;
			to = at == NPC_AF_MCAMEX_BANKX_ACTION(index, bank) ? &table[row].action : to;
			to = at == NPC_AF_MCAMEX_BANKX_TAG_ACT(index, bank) ? &table[row].tag : to;
			if (to) {
				*to = value;
				last = row;
				return;
			}
		}
	}
	abort();
}

/* Rules of virtual functions, which these are not. */
#define npc_fixup_vf_rule(...) ((void)0)

#include "npc_mcam_functions.h"

static bool print_rows;

static void put(int row, u8 intf, struct mcam_entry *e, bool enable)
{
	struct npc_mcam mcam = { DEPTH, 2, 0, NPC_MCAM_KEY_X2 };
	struct hw hw = { false };
	struct rvu rvu = { &hw };

	npc_config_mcam_entry(&rvu, &mcam, 0, row, intf, e, enable);
	if (!print_rows)
		return;
	printf("row npc_mcam[%d] { use npc_%s;", row, intf ? "tx" : "rx");
	for (int k = 0; k < 4; k++) {
		u64 mask = k == 3 ? e->kw_mask[k] & 0xffffffff : e->kw_mask[k];

		printf(" kw%d 0x%llx &&& 0x%llx;", k, (unsigned long long)(e->kw[k] & mask), (unsigned long long)mask);
	}
	printf(" } -> { op %llu; pf_func 0x%llx;", (unsigned long long)(e->action & 15),
	       (unsigned long long)(e->action >> 4 & 0xffff));
	printf(" index 0x%llx; match_id 0x%llx; flow_key_alg %llu;", (unsigned long long)(e->action >> 20 & 0xfffff),
	       (unsigned long long)(e->action >> 40 & 0xffff), (unsigned long long)(e->action >> 56 & 31));
	for (int t = 0; t < 2; t++) {
		u64 v = e->vtag_action >> 32 * t;

		printf(" vtag%d_at %u; vtag%d_lid %u; vtag%d_type %u; vtag%d_valid %u;", t, (u32)(v & 255), t,
		       (u32)(v >> 8 & 7), t, (u32)(v >> 12 & 7), t, (u32)(v >> 15 & 1));
	}
	printf(" enable %d; enable1 %d; }\n", enable, enable);
}

/* @n bits of a key, from @at on. */
static void want(struct mcam_entry *e, int at, int n, u64 value, u64 mask)
{
	for (int i = 0; i < n; i++) {
		e->kw[(at + i) / 64] |= (value >> i & 1) << (at + i) % 64;
		e->kw_mask[(at + i) / 64] |= (mask >> i & 1) << (at + i) % 64;
	}
}

static void rule(int row, u64 action, u64 tag, bool enable, int at, int n, u64 value, u64 mask, bool cast, bool web)
{
	struct mcam_entry e = { .action = action, .vtag_action = tag };

	want(&e, 0, 12, 0x800, 0xfff);
	if (n)
		want(&e, at, n, value, mask);
	if (cast)
		want(&e, 12, 4, 2, 2);
	if (web) {
		want(&e, 24, 4, 2, 15);
		want(&e, 28, 4, 1, 15);
		want(&e, 192, 16, 80, 0xffff);
	}
	if (tag) {
		want(&e, 20, 4, 2, 15);
		want(&e, 56, 16, 100, 0xfff);
	}
	put(row, 0, &e, enable);
}

static void ours(void)
{
	const u64 pf = 0x400 << 4, all = 0xffffffffffff, own = 0x025043000001;

	rule(16, 1 | pf | 3 << 20, 0, true, 40, 16, 0x0800, 0xffff, false, true);
	rule(17, 4 | pf, 1 << 15 | 1 << 8, true, 72, 48, own, all, false, false);
	rule(508, 4 | pf, 0, true, 72, 48, own, all, false, false);
	rule(509, 3 | pf | 1 << 20, 0, true, 72, 48, all, all, true, false);
	rule(510, 3 | pf | 2 << 20, 0, true, 72, 48, 0x010000000000, 0x010000000000, false, false);
	rule(511, 1 | pf, 0, false, 0, 0, 0, 0, false, false);
}

static u64 next(u64 *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

int main(int argc, char **argv)
{
	u64 seed = 88172645463325252ull;

	print_rows = argc > 2;
	if (argc < 2)
		return 1;
	if (!strcmp(argv[1], "ours"))
		ours();
	for (int i = 0; i < 60 && !strcmp(argv[1], "random"); i++) {
		struct mcam_entry e = { 0 };

		for (int k = 0; k < 4; k++) {
			e.kw_mask[k] = next(&seed) & (i % 3 ? next(&seed) : ~0ull);
			e.kw[k] = next(&seed) & e.kw_mask[k];
		}
		e.kw[3] &= 0xffffffff;
		e.kw_mask[3] &= 0xffffffff;
		e.action = (next(&seed) & 0x1ffffffffffffff0ull) | (u64)(i % 7);
		e.vtag_action = next(&seed) & 0x0000f7ff0000f7ffull;
		put((i * 37) % DEPTH + (i % 2 ? DEPTH : 0), i % 5 ? 0 : 1, &e, i % 4);
	}
	if (!print_rows)
		fwrite(table, sizeof(table), 1, stdout);
	return ferror(stdout);
}

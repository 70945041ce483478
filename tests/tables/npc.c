// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The rows of NPC's KPU that the kernel's octeontx2 driver writes: its own profile and the functions that pack a row,
 * which tables_linux.sh takes out of its sources. `rows` prints a description of each row, from the profile; `compare
 * FILE` compares the words with those of FILE, as mdescc --emit=rows-bin makes it, and prints how many it had.
 */
#include "kernel_stub.h"
#include "npc_types.h"
#include "npc_rows.h"
#include "rvu_reg.h"

#define UNITS 16
#define ROWS 128
#define KINDS 64
#define KPU_MAX_CST_ENT 6

struct rvu_hw { int npc_kpu_entries; };
struct rvu { struct rvu_hw *hw; void *dev; struct { bool custom; } kpu; };
#define dev_err(dev, ...) abort()

struct words { u64 start[KINDS][2], row[UNITS][ROWS][4]; };
static struct words theirs;

static void rvu_write64(struct rvu *rvu, u64 block, u64 at, u64 value)
{
	(void)rvu;
	(void)block;
	for (u64 k = 0; k < UNITS; k++)
		for (u64 e = 0; e < ROWS; e++) {
			u64 *row = theirs.row[k][e];

			if (at == NPC_AF_KPUX_ENTRYX_CAMX(k + 1, e, 0))
				row[0] = value;
			else if (at == NPC_AF_KPUX_ENTRYX_CAMX(k + 1, e, 1))
				row[1] = value;
			else if (at == NPC_AF_KPUX_ENTRYX_ACTION0(k + 1, e))
				row[2] = value;
			else if (at == NPC_AF_KPUX_ENTRYX_ACTION1(k + 1, e))
				row[3] = value;
		}
	for (u64 e = 0; e < KINDS; e++) {
		if (at == NPC_AF_PKINDX_ACTION0(e))
			theirs.start[e][0] = value;
		if (at == NPC_AF_PKINDX_ACTION1(e))
			theirs.start[e][1] = value;
	}
}

#include "npc_functions.h"

static void put_action(const struct npc_kpu_profile_action *a)
{
	printf(" -> { errlev %u; errcode %u; o0 %u; o1 %u; o2 %u; bypass %u; done %u; next %u; move %u; capture %u;",
	       a->errlev, a->errcode, a->dp0_offset, a->dp1_offset, a->dp2_offset, a->bypass_count, a->parse_done,
	       a->next_state, a->ptr_advance, a->cap_ena);
	printf(" lid %u; ltype %u; flags %u; var_offset %u; var_mask %u; var_right %u; var_shift %u; }\n", a->lid,
	       a->ltype,
	       a->flags, a->offset, a->mask, a->right, a->shift);
}

static void put_match(const char *name, u32 value, u32 mask)
{
	printf(" %s 0x%x &&& 0x%x;", name, value & mask, mask);
}

static void put_rows(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(ikpu_action_entries); i++) {
		printf("row npc_start[%zu]", i);
		put_action(&ikpu_action_entries[i]);
	}
	for (size_t k = 0; k < ARRAY_SIZE(npc_kpu_profiles); k++)
		for (int e = KPU_MAX_CST_ENT; e < npc_kpu_profiles[k].cam_entries; e++) {
			const struct npc_kpu_profile_cam *c = &npc_kpu_profiles[k].cam[e];

			printf("row npc_kpu[%zu][%d] {", k + 1, e);
			put_match("state", c->state, c->state_mask);
			put_match("dp0", c->dp0, c->dp0_mask);
			put_match("dp1", c->dp1, c->dp1_mask);
			put_match("dp2", c->dp2, c->dp2_mask);
			printf(" }");
			put_action(&npc_kpu_profiles[k].action[e]);
		}
}

/* Rows that ours does not have match nothing: each bit of the key is as in no packet. */
static bool absent(const u64 *row)
{
	return row[0] == 0xffffffffffffffull && row[1] == row[0];
}

static int compare(const char *path)
{
	static struct words ours;
	int rows = 0, starts = 0, wrong = 0;
	FILE *f = fopen(path, "rb");

	if (!f || fread(&ours, sizeof(ours), 1, f) != 1 || fgetc(f) != EOF)
		return 1;
	fclose(f);
	for (int e = 0; e < KINDS; e++) {
		if (!ours.start[e][0] && !ours.start[e][1])
			continue;
		starts++;
		if (memcmp(ours.start[e], theirs.start[e], sizeof(ours.start[e])))
			wrong += printf("start %d differs\n", e) > 0;
	}
	for (int k = 0; k < UNITS; k++)
		for (int e = 0; e < ROWS; e++) {
			if (absent(ours.row[k][e]))
				continue;
			rows++;
			if (memcmp(ours.row[k][e], theirs.row[k][e], sizeof(ours.row[k][e])))
				wrong += printf("unit %d row %d differs\n", k + 1, e) > 0;
		}
	printf("%d rows, %d starts\n", rows, starts);
	return wrong != 0;
}

int main(int argc, char **argv)
{
	struct rvu_hw hw = { ROWS };
	struct rvu rvu = { .hw = &hw };

	for (size_t k = 0; k < ARRAY_SIZE(npc_kpu_profiles); k++)
		npc_program_kpu_profile(&rvu, 0, (int)k + 1, &npc_kpu_profiles[k]);
	for (size_t i = 0; i < ARRAY_SIZE(ikpu_action_entries); i++)
		npc_config_kpuaction(&rvu, 0, &ikpu_action_entries[i], 0, (int)i, true);
	if (argc > 2)
		return compare(argv[2]);
	put_rows();
	return 0;
}

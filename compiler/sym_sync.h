/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the files that forget share: sym_sync.c finds what became common and what
 * is near, sym_frame.c says what was said in the old frame in the new one,
 * sym_later.c keeps of what is known that somebody may ask for.
 */
#ifndef MDESC_SYM_SYNC_H
#define MDESC_SYM_SYNC_H

#include "sym_priv.h"

#define sync_bit		mdesc__sync_bit
#define sync_elem		mdesc__sync_elem
#define sync_forget_counts	mdesc__sync_forget_counts
#define sync_has_name		mdesc__sync_has_name
#define sync_know		mdesc__sync_know
#define sync_live_for		mdesc__sync_live_for
#define sync_map_bounds		mdesc__sync_map_bounds
#define sync_map_entries	mdesc__sync_map_entries
#define sync_map_know		mdesc__sync_map_know
#define sync_map_negs		mdesc__sync_map_negs
#define sync_map_steps		mdesc__sync_map_steps
#define sync_node		mdesc__sync_node
#define sync_place_of		mdesc__sync_place_of
#define sync_pos		mdesc__sync_pos
#define sync_stack_of		mdesc__sync_stack_of

#define RAWS		64
#define SEEN		64
#define FAR_BEHIND	(-128)

struct sync {
	struct engine *e;
	const struct config *from;
	struct config *c;
	struct pos base;		/* in the old frame; where the new one's begins */
	uint32_t raw_of[RAWS], n_raw;	/* nodes that lost their names */
	uint32_t anchor_of[RAWS], n_anchor;
	const struct rec *gone[RAWS];	/* records that became common */
	uint32_t n_gone;
	struct recs *near;		/* in the old frame; or NULL */
	uint32_t depth;
	uint8_t reg_new[MDESC_FMT_REGS_MAX];	/* bits of registers that became common */
	bool in_neg;
	struct { uint32_t node, to; } seen[SEEN];	/* values that are computed, by node; 0: none */
};

/* ---- sym_frame.c ---- */

struct pos sync_pos(struct sync *s, struct pos at);
sym_bit sync_bit(struct sync *s, sym_bit bit, bool *named);
bool sync_has_name(const struct sync *s, sym_bit bit);
bool sync_place_of(const struct recs *near, const struct node *n, struct pos *at);
uint32_t sync_node(struct sync *s, uint32_t node, bool *named);
uint32_t sync_elem(const struct sync *s, const struct rec *r);

/* ---- sym_later.c ---- */

bool sync_live_for(const struct sync *s, int side, struct pos at);
void sync_map_know(struct sync *s);
void sync_map_negs(struct sync *s);
void sync_map_bounds(struct sync *s);
void sync_map_steps(struct sync *s);
void sync_map_entries(struct sync *s, int side);
uint32_t sync_stack_of(const struct engine *e, uint32_t id);
void sync_forget_counts(struct sync *s);

/* ---- sym_sync.c ---- */

void sync_know(struct sync *s, uint32_t node, uint64_t mask, uint64_t value);

#endif

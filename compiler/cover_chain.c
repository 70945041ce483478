/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The shortest lists that there can be: one row for each action. Takes the keys
 * that have each action; of those actions that are left, one comes first whose
 * keys have a cube around them that no other's key lies in. Whichever such is
 * taken, the others find it easier afterwards: if none is found, there is no list
 * of so few rows. The cubes compare as much as they can, as people write it. It
 * depends on the meaning alone.
 */
#include "cover_chain.h"

#include "cover_isop.h"

struct chain {
	struct cover_isop *x;
	struct cube *around;	/* by node: the cube around its keys, */
	bool *known;		/* where that was found */
	uint32_t *seen;		/* by node: the last @turn in which it was gone through */
	uint32_t turn, room;
};

/* Room for what belongs to all nodes that there are now. */
static void make_room(struct chain *c)
{
	uint32_t n = (uint32_t)c->x->nodes.all.n;
	struct chain old = *c;

	if (n <= c->room)
		return;
	c->room = 2 * n;
	c->around = arena_array(c->x->arena, struct cube, c->room);
	c->known = arena_array(c->x->arena, bool, c->room);
	c->seen = arena_array(c->x->arena, uint32_t, c->room);
	if (!old.room)
		return;
	memcpy(c->around, old.around, old.room * sizeof(*c->around));
	memcpy(c->known, old.known, old.room * sizeof(*c->known));
	memcpy(c->seen, old.seen, old.room * sizeof(*c->seen));
}

static struct cube around(struct chain *c, uint32_t node)
{
	const struct cover_node *n = &c->x->nodes.all.p[node];
	struct cube half[2];

	if (node < c->x->nodes.ends)
		return (struct cube){ { 0 }, { 0 } };
	if (c->known[node])
		return c->around[node];
	half[0] = around(c, n->lo);
	half[1] = around(c, n->hi);
	for (int i = 0; i < 2; i++)
		cube_set(&half[i], n->bit, i);
	c->around[node] = n->lo == COVER_ISOP_NONE ? half[1] : n->hi == COVER_ISOP_NONE ? half[0] :
			  cube_around(&half[0], &half[1]);
	c->known[node] = true;
	return c->around[node];
}

static bool meets_below(struct chain *c, uint32_t node, const struct cube *cube)
{
	const struct cover_node *n = &c->x->nodes.all.p[node];

	if (node < c->x->nodes.ends)
		return node != COVER_ISOP_NONE;
	if (c->seen[node] == c->turn)
		return false;
	c->seen[node] = c->turn;
	if (cube_cares(cube, n->bit))
		return meets_below(c, cube_has(cube, n->bit) ? n->hi : n->lo, cube);
	return meets_below(c, n->lo, cube) || meets_below(c, n->hi, cube);
}

/* Does any of these keys lie in the cube? */
static bool meets(struct chain *c, uint32_t node, const struct cube *cube)
{
	c->turn++;
	return meets_below(c, node, cube);
}

enum cover_chain cover_chain_make(struct cover_isop *x, const uint32_t *actions, uint32_t n, struct cover_row *rows)
{
	struct chain c = { .x = x };
	uint32_t *left = arena_array(x->arena, uint32_t, n), n_left = n, keys = COVER_ISOP_ALL;

	memcpy(left, actions, n * sizeof(*left));
	while (n_left > 1) {
		uint32_t i = 0, others = COVER_ISOP_NONE;
		struct cube cube;

		for (; i < n_left; i++) {
			others = cover_isop_without(x, keys, x->where[left[i]]);
			if (x->failed)
				return COVER_CHAIN_UNKNOWN;
			make_room(&c);
			cube = around(&c, x->where[left[i]]);
			if (!meets(&c, others, &cube))
				break;
		}
		if (i == n_left)
			return COVER_CHAIN_NONE;
		*rows++ = (struct cover_row){ cube, left[i] };
		memmove(&left[i], &left[i + 1], (n_left - i - 1) * sizeof(*left));
		keys = others;
		n_left--;
	}
	*rows = (struct cover_row){ { { 0 }, { 0 } }, left[0] };
	return COVER_CHAIN_MADE;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The search: pairs of states with what is known wait in a queue, so that short
 * packets come first; what a step leads to is run on from a stack until neither
 * side has anything pending. First all that is in common is forgotten; where that
 * leaves doubts, what is constant is kept, and all is looked at once more; where
 * that does, too, what is copied from sources and headers is kept as well.
 */
#include <stdlib.h>
#include <string.h>

#include "sym_priv.h"

#define PACKET_BYTES	65536
#define LEVELS		3
#define STEPS_FEW	256		/* a limit of steps that is counted at level 1 */

void sym_push(struct engine *e, struct config *c)
{
	c->link = e->stack;
	e->stack = c;
}

void sym_fork(struct engine *e, const struct config *c, sym_bit bit)
{
	for (int one = 0; one < 2; one++) {
		struct config *n = sym_copy(e, c);

		n->know = sym_cube_add(e, c->know, SYM_NODE(bit), 1ull << (bit & 63), (uint64_t)one << (bit & 63));
		if (n->know && sym_possible(e, n->know, n->negs))
			sym_push(e, n);
	}
}

static void bound(struct config *c, struct pos at, bool in)
{
	struct bound *b = NULL;

	for (uint32_t i = 0; i < c->n_bounds; i++)
		if (c->bounds[i].anchor == at.anchor)
			b = &c->bounds[i];
	if (!b && c->n_bounds == BOUNDS) {	/* the oldest is forgotten */
		memmove(&c->bounds[0], &c->bounds[1], (BOUNDS - 1) * sizeof(*b));
		c->n_bounds--;
	}
	if (!b) {
		b = &c->bounds[c->n_bounds++];
		*b = (struct bound){ at.anchor, NO_LO, NO_HI };
	}
	if (in)
		b->lo = at.off;
	else
		b->hi = at.off;
}

void sym_fork_len(struct engine *e, const struct config *c, int side, struct pos at, int32_t sub)
{
	int64_t choice = sym_trail(e, TRAIL_LEN, side, c->s[side].ordinal, sub);

	for (uint32_t in = 0; in < 2; in++) {
		struct config *n;

		if (choice >= 0 && choice != in)
			continue;
		n = sym_copy(e, c);
		bound(n, at, in);
		sym_note(e, n, TRAIL_LEN, side, sub, in);
		sym_push(e, n);
	}
}

int64_t sym_trail(const struct engine *e, enum trail_kind kind, int side, uint32_t ordinal, int32_t sub)
{
	for (uint32_t i = 0; i < e->script_n; i++) {
		const struct trail *t = e->script[i];

		if (t->kind == kind && t->side == side && t->ordinal == ordinal && t->sub == sub)
			return t->choice;
	}
	return -1;
}

/* ---- the order ---- */

static bool goes(const struct config *c, int side)
{
	return c->s[side].next.verdict == MDESC_GO;
}

/* Which side moves, and whether the other follows before anything is forgotten. */
static void choose(const struct engine *e, struct config *c)
{
	struct pos a = c->s[0].now.cursor, b = c->s[1].now.cursor;

	c->then = 0;
	if (!goes(c, 0) || !goes(c, 1)) {
		c->turn = goes(c, 0) ? 1 : 2;
	} else if (e->exact) {
		c->turn = 1;
	} else if (a.anchor == b.anchor && a.off != b.off) {
		c->turn = a.off < b.off ? 1 : 2;
	} else if (a.anchor != b.anchor && b.anchor == 0) {
		c->turn = 2;
	} else if (a.anchor != b.anchor && a.anchor == 0) {
		c->turn = 1;
	} else {
		c->turn = 1;
		c->then = 2;
	}
}

static void run_on(struct engine *e, struct config *c)
{
	while (c->turn && !goes(c, c->turn - 1))
		sym_done(c);
	if (c->turn) {
		sym_step(e, c, c->turn - 1);
	} else if (!goes(c, 0) && !goes(c, 1)) {
		c = e->exact || c->ended ? c : sym_sync(e, c);
		if (!c)
			return;
		c->ended = true;	/* it may be forked on: that is no new end */
		sym_finish(e, c);
	} else if (e->exact) {
		choose(e, c);
		sym_step(e, c, c->turn - 1);
	} else {
		c = sym_sync(e, c);
		if (!c)
			return;
		c->link = NULL;
		*e->queue_end = c;
		e->queue_end = &c->link;
	}
}

static uint16_t *no_counts(struct engine *e)
{
	for (int x = 0; x < 2; x++)
		for (uint32_t i = 0; i < e->t[x]->n_headers; i++)
			if (e->t[x]->headers[i].capacity)
				return sym_alloc(e, (e->n_ids + 1) * sizeof(uint16_t));
	return NULL;
}

/* At level 1 what is not there yet is known. */
static void know_start(struct engine *e, struct config *c)
{
	uint32_t node;

	for (uint32_t id = 0; id < e->n_ids; id++) {
		node = sym_node(e, N_PRES, id, 0, 0);
		c->know = sym_cube_add(e, c->know, node, 1, 0);
	}
	for (uint32_t i = 0; i < (e->n_meta + 7) / 8; i++) {
		c->know = sym_cube_add(e, c->know, sym_node(e, N_OLD, i, 0, 0), 0xff, 0);
		c->know = sym_cube_add(e, c->know, sym_node(e, N_MARK, i, 0, 0), 0xff, 0);
	}
	for (uint32_t i = 0; i < MDESC_FMT_REGS_MAX; i++)
		if (e->idx[0].reg_read[i] || e->idx[1].reg_read[i] || e->t[0]->n_registers || e->t[1]->n_registers)
			c->know = sym_cube_add(e, c->know, sym_node(e, N_REG, i, 0, 0), 0xff, 0);
}

static struct config *start(struct engine *e)
{
	struct config *c = sym_alloc(e, sizeof(*c));
	uint32_t steps = e->t[0]->steps > e->t[1]->steps ? e->t[0]->steps : e->t[1]->steps;

	c->know = sym_alloc(e, sizeof(*c->know));
	c->rlo = e->exact || (e->level && steps <= STEPS_FEW) ? steps : 0;
	c->rhi = c->rlo ? steps + 1 : UINT32_MAX;
	c->bounds[0] = (struct bound){ 0, 0, e->exact ? PACKET_BYTES : NO_HI };
	c->n_bounds = 1;
	for (int x = 0; x < 2; x++) {
		struct side *s = &c->s[x];

		s->next = e->t[x]->start;
		s->used = steps - e->t[x]->steps;
		s->now.layout = e->t[x]->n_layouts && e->t[x]->layouts[0].size ? 0 : MDESC_FMT_NONE32;
		s->now.counts = no_counts(e);
	}
	if (e->level && !e->exact)
		know_start(e, c);
	return c;
}

void sym_explore(struct engine *e)
{
	struct config *c;
	struct anchor none;

	memset(&none, 0, sizeof(none));
	e->now = &e->mem[0];
	sym_node(e, N_CONST, 0, 0, 0);
	sym_anchor(e, &none);
	e->queue = NULL;
	e->queue_end = &e->queue;
	e->stack = NULL;
	c = start(e);
	sym_end_init(e, c);
	e->now = &e->mem[1];
	run_on(e, c);
	while (!e->stop) {
		c = e->stack;
		if (c) {
			e->stack = c->link;
			run_on(e, c);
			continue;
		}
		c = e->queue;
		if (!c)
			return;
		e->queue = c->link;
		if (!e->queue)
			e->queue_end = &e->queue;
		sym_drop_work(e);
		e->root = c->trail;
		choose(e, c);
		sym_step(e, c, c->turn - 1);
	}
}

/* ---- begin and end ---- */

static void share(struct engine *e)
{
	struct index *a = &e->idx[0], *b = &e->idx[1];

	for (uint32_t i = 0; i < e->n_ids; i++)
		a->exact[i] = b->exact[i] = a->exact[i] || b->exact[i];
	a->steps_free = b->steps_free = a->steps_free && b->steps_free;
}

static void count_ids(struct engine *e)
{
	for (int x = 0; x < 2; x++)
		for (uint32_t i = 0; i < e->t[x]->n_keys; i++)
			for (uint32_t k = 0; k < e->t[x]->keys[i].count; k++)
				if (e->t[x]->keys[i].kind[k] == MDESC_SLOT_PACKET &&
				    -e->t[x]->keys[i].off[k] > e->back_max)
					e->back_max = -e->t[x]->keys[i].off[k];
	for (int x = 0; x < 2; x++) {
		for (uint32_t i = 0; i < e->t[x]->n_headers; i++)
			if (sym_header_id(e->t[x], i) >= e->n_ids)
				e->n_ids = sym_header_id(e->t[x], i) + 1;
		for (uint32_t i = 0; i < e->t[x]->n_layouts; i++)
			if (8 * e->t[x]->layouts[i].size > e->n_meta && e->t[x]->layouts[i].size <= MDESC_FMT_META_MAX)
				e->n_meta = 8 * e->t[x]->layouts[i].size;
	}
}

uint64_t sym_default_steps(const struct sym_tables *a, const struct sym_tables *b)
{
	return 20000000ull + 4000ull * ((uint64_t)a->n_rows + b->n_rows);
}

static void tell(struct engine *e, const char *why)
{
	struct sym_answer *a = e->answer;

	a->doubts = sym_doubts(e);
	a->complete = !why && !a->doubts && (!e->stop || e->opts->found);
	a->verdict = e->n_shown ? SYM_DIFFERENT : why || a->doubts ? SYM_UNKNOWN : SYM_EQUAL;
	a->why = a->verdict != SYM_UNKNOWN ? "" : why ? why : "no packet was found for a difference in the tables";
}

static void run_level(struct engine *e, int level)
{
	e->level = level;
	e->why = NULL;
	e->stop = false;
	sym_explore(e);
	sym_memo_free(e);
}

static void forget_all(struct engine *e)
{
	sym_nodes_free(e);
	memset(e->mem, 0, sizeof(e->mem));
	e->root = NULL;
	e->bytes = 0;
	e->nodes = NULL;
	e->node_hash = NULL;
	e->vecs = NULL;
	e->vec_hash = NULL;
	e->anchors = NULL;
	e->n_nodes = e->cap_nodes = e->node_hash_n = e->n_vecs = e->cap_vecs = e->vec_hash_n = 0;
	e->n_anchors = e->cap_anchors = 0;
	sym_forget_doubts(e);
}

static const char *prove(struct engine *e)
{
	count_ids(e);
	if (!sym_index_init(e, 0) || !sym_index_init(e, 1) || setjmp(e->out))
		return "out of memory";
	share(e);
	for (int level = 0; level < LEVELS; level++) {
		run_level(e, level);
		if (e->answer->steps >= e->budget || (e->n_shown && e->stop) || (!sym_doubts(e) && !e->why))
			break;
		if (level + 1 < LEVELS)
			forget_all(e);
	}
	return e->why;
}

void sym_prove(const struct sym_tables *a, const struct sym_tables *b, const struct sym_opts *opts,
	       struct sym_answer *answer)
{
	static const struct sym_opts none;
	struct engine *e = calloc(1, sizeof(*e));

	memset(answer, 0, sizeof(*answer));
	answer->verdict = SYM_UNKNOWN;
	answer->why = "out of memory";
	if (!e)
		return;
	e->t[0] = a;
	e->t[1] = b;
	e->opts = opts ? opts : &none;
	e->answer = answer;
	e->budget = e->opts->steps ? e->opts->steps : sym_default_steps(a, b);
	tell(e, prove(e));
	free(e->kinds);
	sym_memo_free(e);
	sym_nodes_free(e);
	sym_index_free(&e->idx[0]);
	sym_index_free(&e->idx[1]);
	free(e);
}

void sym_free(struct sym_answer *answer)
{
	free(answer->packet.data);
	free(answer->packet.sources);
	memset(&answer->packet, 0, sizeof(answer->packet));
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How much work the verifier has with a fast walker. It follows every way through
 * the states that differs in what is compared somewhere: the cursor, counts, marks.
 * So do we, with the bounds that it knows, and count about what it would look at;
 * where that gets too much, or a cursor may go beyond what can be added to a
 * packet's begin, there is no fast walker.
 */
#include "xdp.h"

#define COST_MAX	30000u
#define NODES_MAX	4000u
#define UNKNOWN		INT32_MIN

/* What differs: numbers, at first 0. */
enum { V_CUR_MIN, V_CUR_MAX, V_LIM_MIN, V_LIM_MAX, V_STEPS, V_LAYOUT, V_FIRST };

struct cost {
	struct xdp_gen *g;
	uint32_t n_vars;
	uint32_t counts, entries, regs, marks, slots;	/* where these begin */
	VEC(int32_t *) seen;	/* entry, then the variables */
	VEC(int32_t *) todo;
	int32_t **table;	/* of those seen, by hash */
	uint64_t total;
	bool too_far;
};

#define TABLE_SIZE (4 * NODES_MAX)

static uint32_t hash_of(const int32_t *v, uint32_t n)
{
	uint32_t h = 2166136261u;

	for (uint32_t i = 0; i < n; i++)
		h = (h ^ (uint32_t)v[i]) * 16777619u ^ h >> 15;
	return h;
}

/* Notes where the verifier comes; work only where it has not been. */
static void come(struct cost *c, int32_t entry, const int32_t *vars, uint32_t work)
{
	int32_t *node = arena_array(c->g->arena, int32_t, c->n_vars + 1);
	uint32_t at;

	node[0] = entry;
	memcpy(node + 1, vars, c->n_vars * sizeof(*vars));
	if (entry < 0)
		node[1 + V_CUR_MIN] = node[1 + V_CUR_MAX] = node[1 + V_LIM_MIN] = node[1 + V_LIM_MAX] = 0;
	at = hash_of(node, c->n_vars + 1) % TABLE_SIZE;
	for (; c->table[at]; at = (at + 1) % TABLE_SIZE)
		if (!memcmp(c->table[at], node, (c->n_vars + 1) * sizeof(*node)))
			return;
	c->total += work;
	if (c->seen.n >= NODES_MAX) {
		c->total += COST_MAX;
		return;
	}
	c->table[at] = node;
	*vec_push(c->g->arena, &c->seen) = node;
	if (entry >= 0)
		*vec_push(c->g->arena, &c->todo) = node;
}

/* ---- what states cost ---- */

static uint32_t ops_work(const struct xdp_gen *g, uint32_t first, uint32_t count)
{
	uint32_t n = 0;

	for (uint32_t i = first; i < first + count; i++)
		n += g->rows->ops[i].op == MDESC_OP_STORE ? 4 + 2 * g->rows->ops[i].bytes : 5;
	return n;
}

static uint32_t entry_work(const struct xdp_gen *g, const struct xdp_entry *e)
{
	const struct mdesc_fmt_keys *k = &g->rows->keys[e->keys];
	uint32_t need = g->rows->states[e->state].f.key_need, loose = 0, ops = 0;

	for (uint32_t i = 0; i < k->count; i++)
		loose += k->kind[i] == MDESC_SLOT_PACKET && (!(need >> i & 1) || k->off[i] < 0 || e->limited);
	for (uint32_t i = 0; i < g->n_rows_of[e->state]; i++) {
		const struct mdesc_fmt_row *r = &g->rows->rows[g->rows_of[e->state][i]].f;
		uint32_t n = ops_work(g, r->op_first, r->op_count);

		ops = n > ops ? n : ops;
	}
	/* each byte that may be outside doubles, nearly, what comes behind it */
	return (20 + 4 * g->n_rows_of[e->state] * (k->count ? 1 : 0) + ops) * (1 + loose) + 14 * loose;
}

static uint32_t end_work(const struct xdp_gen *g)
{
	uint32_t most = 0, n = 40;

	for (uint32_t i = 0; i < g->m->n_metadata; i++) {
		uint32_t ops = g->layouts[i] ?
			ops_work(g, g->rows->layout_op_first[i], g->rows->layout_op_count[i]) : 0;

		most = ops > most ? ops : most;
	}
	for (uint32_t i = 0; i < g->m->parser.n_classes; i++)
		n += ops_work(g, g->rows->classes[i].op_first, g->rows->classes[i].op_count) +
		     4 * g->rows->classes[i].row_count * (g->rows->classes[i].row_count < 8 ? 1 : 4);
	return n + most;
}

/* ---- a row, with bounds for what it does not know ---- */

static void advance(struct cost *c, int32_t *v, uint32_t min, uint32_t max)
{
	v[V_CUR_MIN] += (int32_t)min;
	v[V_CUR_MAX] += (int32_t)max;
	if (v[V_CUR_MAX] > (int32_t)XDP_CURSOR_MAX - 0x100)
		c->too_far = true;
}

/* The slot whose place is kept, or NULL: two numbers in the variables each, place and end. */
static int32_t *slot_vars(struct cost *c, int32_t *v, uint32_t header)
{
	for (size_t i = 0; i < c->g->slots.n; i++)
		if (c->g->slots.p[i].header == header && c->g->slots.p[i].known)
			return v + c->slots + 4 * i;
	return NULL;
}

static bool do_header(struct cost *c, int32_t *v, uint32_t idx)
{
	const struct xdp_header *h = &c->g->headers[idx];
	int32_t *slot = slot_vars(c, v, idx);

	switch (h->f.kind) {
	case MDESC_KIND_HEADER:
		if (h->f.capacity && v[c->counts + idx] >= h->f.capacity)
			return false;
		if (slot) {
			slot[0] = v[V_CUR_MIN] + h->f.fixed;
			slot[1] = v[V_CUR_MAX] + h->f.fixed;
			slot[2] = v[V_CUR_MIN] + h->f.min;
			slot[3] = v[V_CUR_MAX] + h->f.max;
		}
		if (h->count)
			v[c->counts + idx] = h->f.capacity ? v[c->counts + idx] + 1 : 1;
		advance(c, v, h->f.min, h->f.max);
		break;
	case MDESC_KIND_ADVANCE:
		advance(c, v, h->f.flags & MDESC_HEADER_VAR ? h->f.min : h->f.fixed,
			h->f.flags & MDESC_HEADER_VAR ? h->f.max : h->f.fixed);
		break;
	case MDESC_KIND_PART:
		slot = slot_vars(c, v, h->f.of);
		if (!(c->g->headers[h->f.of].f.flags & MDESC_HEADER_VAR))
			advance(c, v, h->f.fixed, h->f.fixed);
		if (slot) {
			slot[0] += h->f.fixed;
			slot[1] += h->f.fixed;
		}
		v[c->counts + idx] = 1;
		break;
	case MDESC_KIND_MARK:
		if (c->g->headers[h->f.of].count)
			v[c->counts + h->f.of] = 1;
		break;
	case MDESC_KIND_PEEK:
		if (h->count)
			v[c->counts + idx] = 1;
		break;
	default:
		if (v[V_LIM_MAX]) {
			v[V_CUR_MIN] = v[V_LIM_MIN];
			v[V_CUR_MAX] = v[V_LIM_MAX];
			v[V_LIM_MIN] = v[V_LIM_MAX] = 0;
		}
	}
	return true;
}

static void do_ops(struct cost *c, int32_t *v, const struct mdesc_fmt_row *r)
{
	uint64_t value = 0;
	bool known = false;

	for (uint32_t i = r->op_first; i < r->op_first + r->op_count; i++) {
		const struct mdesc_fmt_op *o = &c->g->rows->ops[i];
		int32_t *reg = v + c->regs + (c->g->m->parser.n_registers ? xdp_register_at(c->g, o->bit) : 0);

		if (o->op == MDESC_OP_LOAD) {
			known = o->operand == MDESC_OPERAND_CONST;
			value = o->imm;
		} else if (o->op == MDESC_OP_SET) {
			*reg = known && value < INT32_MAX ? (int32_t)value : UNKNOWN;
		} else if (o->op == MDESC_OP_RAISE) {
			*reg = known && (value & 1) ? 1 : known ? *reg : UNKNOWN;
		} else if (o->op == MDESC_OP_STORE) {
			int mark = xdp_mark_of(c->g, o);

			if (mark >= 0)
				v[c->marks + (uint32_t)mark] = 1;
		} else {
			known = false;
		}
	}
}

static void leave(int32_t *v)
{
	if (!v[V_LIM_MAX])
		return;
	v[V_CUR_MIN] = v[V_LIM_MIN];
	v[V_CUR_MAX] = v[V_LIM_MAX];
	v[V_LIM_MIN] = v[V_LIM_MAX] = 0;
}

static void go(struct cost *c, int32_t *v, const struct mdesc_fmt_next *next)
{
	const struct xdp_entry *to;

	if (next->flags & MDESC_NEXT_LEAVE)
		leave(v);
	if (next->verdict == MDESC_DROP)
		return;
	if (next->verdict != MDESC_GO) {
		come(c, -1 - (next->verdict == MDESC_REJECT && c->g->error_at_end ? next->code : 0), v, end_work(c->g));
		return;
	}
	to = xdp_entry_of(c->g, next->state, next->keys);
	come(c, (int32_t)(to - c->g->entries.p), v, entry_work(c->g, to));
}

static void stop(struct cost *c, const int32_t *v, int error)
{
	come(c, -1 - (c->g->error_at_end ? error : 0), v, end_work(c->g));
}

static void do_row(struct cost *c, const int32_t *from, const struct mdesc_fmt_row *r)
{
	int32_t *v = arena_array(c->g->arena, int32_t, c->n_vars + 1);

	memcpy(v, from, c->n_vars * sizeof(*v));
	if (r->flags & MDESC_ROW_ABORT) {
		stop(c, v, r->next.code);
		return;
	}
	if (r->header != MDESC_FMT_NONE16) {
		stop(c, v, MDESC_ERR_TRUNCATED);
		if (!do_header(c, v, r->header)) {
			stop(c, v, MDESC_ERR_LOOP);
			return;
		}
	}
	if (r->layout != MDESC_FMT_NONE16)
		v[V_LAYOUT] = r->layout;
	do_ops(c, v, r);
	if (r->flags & MDESC_ROW_WITHIN) {
		const int32_t *slot = slot_vars(c, v, r->within);

		v[V_CUR_MIN] = slot[0];
		v[V_CUR_MAX] = slot[1];
		v[V_LIM_MIN] = slot[2];
		v[V_LIM_MAX] = slot[3];
	}
	go(c, v, &r->next);
}

static void do_entry(struct cost *c, const int32_t *node)
{
	const struct xdp_entry *e = &c->g->entries.p[node[0]];
	const struct mdesc_fmt_state *s = &c->g->rows->states[e->state].f;
	int32_t *v = arena_array(c->g->arena, int32_t, c->n_vars + 1);

	memcpy(v, node + 1, c->n_vars * sizeof(*v));
	if (c->g->count_steps && !s->flags && ++v[V_STEPS] > (int32_t)c->g->m->target.steps) {
		stop(c, v, MDESC_ERR_STEPS);
		return;
	}
	if (s->max) {
		int32_t *count = s->counter ? v + c->regs + s->counter - 1 : v + c->entries + e->state;

		if (*count == UNKNOWN || *count >= s->max) {
			int32_t *beyond = arena_array(c->g->arena, int32_t, c->n_vars + 1);

			memcpy(beyond, v, c->n_vars * sizeof(*v));
			go(c, beyond, &s->otherwise);
			if (*count != UNKNOWN)
				return;
		}
		if (*count != UNKNOWN)
			++*count;
	}
	stop(c, v, MDESC_ERR_TRUNCATED);
	for (uint32_t i = 0; i < c->g->n_rows_of[e->state]; i++)
		do_row(c, v, &c->g->rows->rows[c->g->rows_of[e->state][i]].f);
}

bool xdp_cost_fits(struct xdp_gen *g)
{
	struct cost c = { .g = g };
	int32_t *v;

	c.counts = V_FIRST;
	c.entries = c.counts + g->m->parser.n_instances;
	c.regs = c.entries + g->rows->n_states;
	c.marks = c.regs + g->m->parser.n_registers + 1;
	c.slots = c.marks + (uint32_t)g->marks.n;
	c.n_vars = c.slots + 4 * (uint32_t)g->slots.n;
	c.table = arena_array(g->arena, int32_t *, TABLE_SIZE);
	v = arena_array(g->arena, int32_t, c.n_vars + 1);
	go(&c, v, &g->rows->start);
	while (c.todo.n && c.total < COST_MAX && !c.too_far)
		do_entry(&c, c.todo.p[--c.todo.n]);
	return c.total < COST_MAX && !c.too_far;
}

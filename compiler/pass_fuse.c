/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass: a row and the state that it alone goes on to become one look-up, where
 * that means the same and fits; and a state that has a single row is taken along
 * by all that go on to it. So it does not matter how a description is cut into
 * states: what can be decided at once is, and how that is best split is asked
 * later.
 *
 * The row's own effects must be there whatever becomes of the state behind it.
 * So either that state does not extract anything, and all bytes that it must
 * have lie where the row has seen that they are; or the row does nothing by
 * itself. Fewer states are entered then: that is only done where no packet can
 * enter more than the target lets it.
 */
#include <string.h>

#include "passes.h"
#include "rows_graph.h"

#define ROUNDS	8
#define ROWS_MAX 4096u	/* of a state, so that it does not grow beyond what is minimised well */

struct fuse {
	struct rows_graph *g;
	uint32_t *ways_in;	/* by state: transitions that lead to it */
	uint16_t *entry;	/* by state: its key set, or NONE16 */
	bool *new_key;		/* by state: ways into it are to get that key set */
	uint32_t n_entries;	/* states that these are known of */
};

/* A row of a state, and the state that it goes on to. */
struct pair {
	uint32_t from, to;
	size_t row;
	const struct mdc_row *r;
	const struct rg_state *t;
	int32_t advance;		/* bytes that the row moves the cursor by */
	struct mdesc_fmt_keys keys;	/* of @from, with the bytes that @to looks at */
	uint8_t slot[MDESC_FMT_KEY_MAX];	/* by key byte of @to: in @keys */
	uint32_t need;
};

/* ---- what may be fused ---- */

static bool does_nothing(const struct mdesc_fmt_row *r)
{
	return r->header == MDESC_FMT_NONE16 && r->layout == MDESC_FMT_NONE16 && !r->op_count;
}

/* Does what the row commits set registers, that then read otherwise? That of parts in front of it, too. */
static bool sets_registers(const struct rows_graph *g, uint32_t from, const struct mdesc_fmt_row *r)
{
	if (r->flags & MDESC_ROW_HOLD)
		return false;
	if (g->states.p[from].s.f.flags & MDESC_STATE_PART)
		return g->m->parser.n_registers;
	for (uint32_t i = 0; i < r->op_count; i++) {
		if (g->ops.p[r->op_first + i].op == MDESC_OP_SET || g->ops.p[r->op_first + i].op == MDESC_OP_RAISE)
			return true;
	}
	return false;
}

static bool reads_registers(const struct rows_graph *g, const struct mdesc_fmt_row *r)
{
	for (uint32_t i = 0; i < r->op_count; i++) {
		const struct mdesc_fmt_op *op = &g->ops.p[r->op_first + i];

		if (op->op <= MDESC_OP_SUB && op->operand == MDESC_OPERAND_REGISTER)
			return true;
	}
	return false;
}

static uint32_t n_stores(const struct rows_graph *g, const struct mdesc_fmt_row *r)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->op_count; i++)
		n += g->ops.p[r->op_first + i].op >= MDESC_OP_STORE;
	return n;
}

/* How far the row moves the cursor; false: that is not always the same. */
static bool find_advance(const struct rows_graph *g, const struct mdesc_fmt_row *r, int32_t *bytes)
{
	const struct mdc_instance *inst;

	*bytes = 0;
	if (r->header == MDESC_FMT_NONE16)
		return true;
	inst = g->m->parser.instances[r->header];
	if (inst->kind == MDC_I_MARK || inst->kind == MDC_I_PEEK)
		return true;
	if (inst->kind != MDC_I_HEADER && inst->kind != MDC_I_ADVANCE)
		return false;
	if (r->flags & MDESC_ROW_LENGTH)
		*bytes = r->length;
	else
		*bytes = (int32_t)inst->header->fixed;
	return (!inst->header->variable || (r->flags & MDESC_ROW_LENGTH)) && *bytes != MDESC_FMT_NONE16;
}

/* The fewest bytes at the cursor that all rows of the state need to be there. */
static int32_t all_extract(const struct rows_graph *g, const struct rg_state *t)
{
	int32_t least = INT32_MAX;

	for (size_t i = 0; i < t->rows.n; i++) {
		const struct mdc_instance *inst;
		int32_t fixed = 0;

		if (t->rows.p[i].f.header != MDESC_FMT_NONE16) {
			inst = g->m->parser.instances[t->rows.p[i].f.header];
			if (inst->kind == MDC_I_HEADER || inst->kind == MDC_I_PEEK)
				fixed = (int32_t)inst->header->fixed;
		}
		least = fixed < least ? fixed : least;
	}
	return least;
}

static bool extracts(const struct rg_state *t)
{
	for (size_t i = 0; i < t->rows.n; i++) {
		if (t->rows.p[i].f.header != MDESC_FMT_NONE16)
			return true;
	}
	return false;
}

static bool holds(const struct rg_state *t)
{
	for (size_t i = 0; i < t->rows.n; i++) {
		if (t->rows.p[i].f.flags & MDESC_ROW_HOLD)
			return true;
	}
	return false;
}

/* ---- the key of both ---- */

static bool same_slot(const struct mdesc_fmt_keys *a, uint32_t i, const struct mdesc_fmt_keys *b, uint32_t k)
{
	return a->kind[i] == b->kind[k] && a->off[i] == b->off[k] && a->elem[i] == b->elem[k] &&
	       a->index[i] == b->index[k];
}

/* A place in the key of both for byte @i of the second. False: it cannot be looked at there. */
static bool add_slot(const struct fuse *f, struct pair *p, const struct mdesc_fmt_keys *k, uint32_t i)
{
	struct mdesc_fmt_keys one = { 0 };
	const struct mdc_target *t = f->g->t;
	int32_t off = k->off[i];

	if (k->kind[i] == MDESC_SLOT_PACKET) {
		off += p->advance;
		if (t->window ? off < 0 || off >= (int32_t)t->window :
				off < -(int32_t)t->reach || off >= (int32_t)t->reach)
			return false;
	} else if (k->kind[i] == MDESC_SLOT_REMAINING) {
		return false;
	} else if (k->kind[i] == MDESC_SLOT_HEADER && k->index[i] == p->r->f.header) {
		return false;
	} else if (k->kind[i] == MDESC_SLOT_REGISTER && sets_registers(f->g, p->from, &p->r->f)) {
		return false;
	}
	one.off[0] = (int16_t)off;
	one.kind[0] = k->kind[i];
	one.elem[0] = k->elem[i];
	one.index[0] = k->index[i];
	for (p->slot[i] = 0; p->slot[i] < p->keys.count; p->slot[i]++) {
		if (same_slot(&p->keys, p->slot[i], &one, 0))
			return true;
	}
	if (p->keys.count == MDESC_FMT_KEY_MAX)
		return false;
	p->keys.off[p->keys.count] = one.off[0];
	p->keys.kind[p->keys.count] = one.kind[0];
	p->keys.elem[p->keys.count] = one.elem[0];
	p->keys.index[p->keys.count] = one.index[0];
	p->keys.count++;
	return true;
}

/* Whether a byte that must be there is, in all packets that come so far; or may be asked for at once. */
static bool is_there(const struct fuse *f, struct pair *p, const struct mdesc_fmt_keys *k, uint32_t i)
{
	const struct rg_state *s = &f->g->states.p[p->from];
	bool nothing = does_nothing(&p->r->f) && !(s->s.f.flags & MDESC_STATE_PART);
	bool alone = s->rows.n == 1 && (nothing || (p->r->f.flags & MDESC_ROW_HOLD));

	if (k->kind[i] == MDESC_SLOT_PACKET && (k->off[i] < 0 || k->off[i] < all_extract(f->g, p->t)))
		return true;
	if (k->kind[i] != MDESC_SLOT_PACKET && k->kind[i] != MDESC_SLOT_HEADER)
		return true;
	if (alone)
		p->need |= 1u << p->slot[i];
	return alone;
}

static bool make_key(const struct fuse *f, struct pair *p)
{
	const struct mdesc_fmt_keys *k = &f->g->keys.p[f->new_key[p->to] ? f->entry[p->to] : p->r->f.next.keys];
	uint32_t compared = rg_compared(p->t);

	p->keys = f->g->keys.p[f->entry[p->from]];
	p->need = f->g->states.p[p->from].s.f.key_need;
	for (uint32_t i = 0; i < k->count; i++) {
		if (!((compared | p->t->s.f.key_need) >> i & 1))
			continue;
		if (!add_slot(f, p, k, i))
			return false;
		if ((p->t->s.f.key_need >> i & 1) && !is_there(f, p, k, i))
			return false;
	}
	return true;
}

/* May this row take along what it goes on to? */
static bool may_fuse(const struct fuse *f, struct pair *p)
{
	const struct mdesc_fmt_row *r = &p->r->f;
	bool part = f->g->states.p[p->from].s.f.flags & MDESC_STATE_PART;
	bool hold = r->flags & MDESC_ROW_HOLD, nothing = does_nothing(r) && !part && !hold;

	if (p->to == p->from || p->t->s.f.max || !p->t->rows.n || p->to >= f->n_entries || p->from >= f->n_entries ||
	    (r->flags & ~(MDESC_ROW_HOLD | MDESC_ROW_LENGTH)) || r->next.flags || f->entry[p->from] == MDESC_FMT_NONE16)
		return false;
	if (f->ways_in[p->to] != 1 && p->t->rows.n != 1)
		return false;
	if (!nothing && (extracts(p->t) || (!hold && holds(p->t))))
		return false;
	if (!find_advance(f->g, r, &p->advance) || f->g->states.p[p->from].rows.n + p->t->rows.n > ROWS_MAX)
		return false;
	for (size_t i = 0; i < p->t->rows.n; i++) {
		const struct mdesc_fmt_row *t = &p->t->rows.p[i].f;

		if (n_stores(f->g, r) + n_stores(f->g, t) > f->g->t->writes || r->op_count + t->op_count > 1024 ||
		    (sets_registers(f->g, p->from, r) && reads_registers(f->g, t)))
			return false;
	}
	return make_key(f, p);
}

/* ---- fusing ---- */

/* The operations of one, then those of the other. */
static void join_ops(struct rows_graph *g, struct mdesc_fmt_row *out, const struct mdesc_fmt_row *a,
		     const struct mdesc_fmt_row *b)
{
	uint32_t first = (uint32_t)g->ops.n;

	if (!a->op_count || !b->op_count) {
		const struct mdesc_fmt_row *one = a->op_count ? a : b;

		out->op_first = one->op_first;
		out->op_count = one->op_count;
		return;
	}
	for (uint32_t i = 0; i < a->op_count + b->op_count; i++) {
		struct mdesc_fmt_op op = g->ops.p[i < a->op_count ? a->op_first + i : b->op_first + i - a->op_count];

		*vec_push(g->arena, &g->ops) = op;
	}
	out->op_first = first;
	out->op_count = a->op_count + b->op_count;
}

/* Both rows' keys; false: nothing matches them. */
static bool join_keys(const struct pair *p, struct mdesc_fmt_row *out, const struct mdesc_fmt_row *t)
{
	for (uint32_t i = 0; i < MDESC_FMT_KEY_MAX; i++) {
		uint8_t at = p->slot[i], both;

		if (!t->key_mask[i])
			continue;
		both = out->key_mask[at] & t->key_mask[i];
		if ((out->key_value[at] ^ t->key_value[i]) & both)
			return false;
		out->key_value[at] |= t->key_value[i];
		out->key_mask[at] |= t->key_mask[i];
	}
	return true;
}

static bool join(struct rows_graph *g, const struct pair *p, const struct mdc_row *t, struct mdc_row *out)
{
	const struct mdesc_fmt_row *r = &p->r->f;
	bool part = g->states.p[p->from].s.f.flags & MDESC_STATE_PART;
	bool commits = !(r->flags & MDESC_ROW_HOLD) && (part || !does_nothing(r));

	*out = *t;
	memcpy(out->f.key_value, r->key_value, sizeof(out->f.key_value));
	memcpy(out->f.key_mask, r->key_mask, sizeof(out->f.key_mask));
	if (!join_keys(p, &out->f, &t->f))
		return false;
	if (r->header != MDESC_FMT_NONE16) {
		out->f.header = r->header;
		out->f.length = r->length;
		out->f.flags |= r->flags & MDESC_ROW_LENGTH;
	}
	/* What the row has done stays done where nothing matches behind it. */
	if ((t->f.flags & MDESC_ROW_ABORT) && commits)
		out->f.flags &= ~MDESC_ROW_ABORT;
	if (t->f.layout == MDESC_FMT_NONE16)
		out->f.layout = r->layout;
	join_ops(g, &out->f, r, &t->f);
	return true;
}

static void set_entry(void *arg, struct mdesc_fmt_next *next)
{
	const struct fuse *f = arg;

	if (next->state < f->n_entries && f->new_key[next->state])
		next->keys = f->entry[next->state];
}

static void leave_state(struct fuse *f, uint32_t at)
{
	struct rg_state *s = &f->g->states.p[at];

	if (--f->ways_in[at])
		return;
	/* nothing leads there any more */
	for (size_t i = 0; i < s->rows.n; i++) {
		if (s->rows.p[i].f.next.verdict == MDESC_GO)
			f->ways_in[s->rows.p[i].f.next.state]--;
	}
	s->rows.n = 0;
}

static void fuse(struct fuse *f, struct pair *p)
{
	struct rg_state *s = &f->g->states.p[p->from];
	VEC(struct mdc_row) rows = { 0 };

	vec_reserve(f->g->arena, &rows, s->rows.n + p->t->rows.n);
	for (size_t i = 0; i < s->rows.n; i++) {
		if (i != p->row) {
			*vec_push(f->g->arena, &rows) = s->rows.p[i];
			continue;
		}
		for (size_t k = 0; k < p->t->rows.n; k++) {
			struct mdc_row r;

			if (!join(f->g, p, &p->t->rows.p[k], &r))
				continue;
			*vec_push(f->g->arena, &rows) = r;
			if (r.f.next.verdict == MDESC_GO)
				f->ways_in[r.f.next.state]++;
		}
	}
	memcpy(&s->rows, &rows, sizeof(rows));
	s->s.f.key_need = p->need;
	if (memcmp(&p->keys, &f->g->keys.p[f->entry[p->from]], sizeof(p->keys))) {
		f->entry[p->from] = rg_keys(f->g, &p->keys);
		f->new_key[p->from] = true;
	}
	leave_state(f, p->to);
	f->g->changed = true;
}

static bool fuse_state(struct fuse *f, uint32_t at)
{
	bool any = false;

	for (size_t i = 0; i < f->g->states.p[at].rows.n;) {
		const struct rg_state *s = &f->g->states.p[at];
		struct pair p = { .from = at, .row = i, .r = &s->rows.p[i] };

		if (p.r->f.next.verdict == MDESC_GO) {
			p.to = p.r->f.next.state;
			p.t = &f->g->states.p[p.to];
			if (may_fuse(f, &p)) {
				fuse(f, &p);
				any = true;
				continue;
			}
		}
		i++;
	}
	return any;
}

const struct mdc_rows *mdc_pass_fuse(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct rows_graph g;
	struct fuse f = { .g = &g };
	bool more = true;

	rg_open(&g, ctx, rows);
	if (rg_most_steps(&g) > g.t->steps)
		return rows;
	f.ways_in = rg_ways_in(&g);
	f.entry = rg_entry_keys(&g);
	f.new_key = arena_array(ctx->arena, bool, rows->n_states + 1);
	f.n_entries = rows->n_states;
	for (int round = 0; more && round < ROUNDS; round++) {
		more = false;
		for (uint32_t i = 0; i < rows->n_states; i++)
			more |= f.ways_in[i] && fuse_state(&f, i);
	}
	rg_each_next(&g, set_entry, &f);
	return rg_close(&g);
}

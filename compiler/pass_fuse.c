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

#include "cover.h"
#include "fuse.h"
#include "passes.h"

#define ROUNDS	8
#define STEPS_TRY (1u << 16)	/* of minimising what may be joined */
#define TAKES_DEPTH 2	/* states that are looked at for what must be there */
#define ROWS_MAX 4096u	/* of a state, so that it does not grow beyond what is minimised well */

/* ---- what may be fused ---- */

static bool does_nothing(const struct mdesc_fmt_row *r)
{
	return r->header == MDESC_FMT_NONE16 && r->layout == MDESC_FMT_NONE16 && !r->op_count;
}

/* Does what the row commits set registers, that then read otherwise? That of parts in front of it, too. */
bool fuse_sets_registers(const struct rows_graph *g, uint32_t from, const struct mdesc_fmt_row *r)
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
bool fuse_find_advance(const struct rows_graph *g, const struct mdesc_fmt_row *r, int32_t *bytes)
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

/* Is byte @i, of the header that a row extracts, where it is from the cursor in front of it? */
bool fuse_begins_here(const struct rows_graph *g, const struct mdesc_fmt_keys *k, uint32_t i)
{
	const struct mdc_instance *inst = g->m->parser.instances[k->index[i]];

	return inst->kind == MDC_I_HEADER && (!inst->capacity || k->elem[i] == MDC_ELEM_LAST);
}

static int32_t all_take(const struct rows_graph *g, const struct rg_state *t, int depth);

/* How many bytes at the cursor must be there for the row of @t, or nothing comes of it but `truncated`. */
static int32_t row_takes(const struct rows_graph *g, const struct rg_state *t, const struct mdesc_fmt_row *r, int depth)
{
	const struct mdc_instance *inst = r->header == MDESC_FMT_NONE16 ? NULL : g->m->parser.instances[r->header];
	const struct rg_state *next;
	int32_t bytes;

	if (!inst)
		return 0;
	if (inst->kind == MDC_I_HEADER || inst->kind == MDC_I_PEEK)
		return (int32_t)inst->header->fixed;
	if (inst->kind != MDC_I_ADVANCE || !fuse_find_advance(g, r, &bytes))
		return 0;
	if (!depth || r->op_count || r->layout != MDESC_FMT_NONE16 || r->next.verdict != MDESC_GO || r->next.flags)
		return bytes;
	/* What earlier parts of the state did happens when it is left. */
	if ((t->s.f.flags & MDESC_STATE_PART) && !(r->flags & MDESC_ROW_HOLD))
		return bytes;
	next = &g->states.p[r->next.state];
	return next->s.f.max || !next->rows.n ? bytes : bytes + all_take(g, next, depth - 1);
}

/* The fewest bytes at the cursor that all rows of the state need to be there. */
static int32_t all_take(const struct rows_graph *g, const struct rg_state *t, int depth)
{
	int32_t least = INT32_MAX;

	for (size_t i = 0; i < t->rows.n && least; i++) {
		int32_t bytes = row_takes(g, t, &t->rows.p[i].f, depth);

		least = bytes < least ? bytes : least;
	}
	return least;
}

/* A byte need not be asked for where all rows find that it is not there; that some extract it is known elsewhere. */
static void drop_need(struct fuse *f, uint32_t at)
{
	struct mdesc_fmt_state *s = &f->g->states.p[at].s.f;
	const struct mdesc_fmt_keys *k;
	int32_t taken, extracted;

	if (!s->key_need || f->entry[at] == MDESC_FMT_NONE16 || !f->g->states.p[at].rows.n)
		return;
	k = &f->g->keys.p[f->entry[at]];
	taken = all_take(f->g, &f->g->states.p[at], TAKES_DEPTH);
	extracted = all_take(f->g, &f->g->states.p[at], 0);
	for (uint32_t i = 0; i < k->count; i++) {
		if (!(s->key_need >> i & 1) || k->kind[i] != MDESC_SLOT_PACKET || k->off[i] < 0 || k->off[i] >= taken)
			continue;
		s->key_need &= ~(1u << i);
		f->g->changed |= k->off[i] >= extracted;
	}
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

	one.kind[0] = k->kind[i];
	one.elem[0] = k->elem[i];
	one.index[0] = k->index[i];
	if (k->kind[i] == MDESC_SLOT_HEADER && k->index[i] == p->r->f.header) {
		if (!fuse_begins_here(f->g, k, i))
			return false;
		one.kind[0] = MDESC_SLOT_PACKET;
		one.elem[0] = 0;
		one.index[0] = 0;
	} else if (k->kind[i] == MDESC_SLOT_PACKET) {
		if (!p->moves_known)
			return false;
		off += p->advance;
	}
	if (one.kind[0] == MDESC_SLOT_PACKET) {
		if (t->window ? off < 0 || off >= (int32_t)t->window :
				off < -(int32_t)t->reach || off >= (int32_t)t->reach)
			return false;
	} else if (k->kind[i] == MDESC_SLOT_REMAINING) {
		return false;
	} else if (k->kind[i] == MDESC_SLOT_REGISTER && fuse_sets_registers(f->g, p->from, &p->r->f)) {
		return false;
	}
	one.off[0] = (int16_t)off;
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

	if (k->kind[i] == MDESC_SLOT_PACKET && (k->off[i] < 0 || k->off[i] < all_take(f->g, p->t, TAKES_DEPTH)))
		return true;
	if (k->kind[i] == MDESC_SLOT_HEADER && k->index[i] == p->r->f.header)
		return true;	/* the row extracts it */
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

/* Is it this state alone that goes on to the pair's second, and always in the same way? */
bool fuse_only_from_here(const struct fuse *f, const struct pair *p)
{
	const struct rg_state *s = &f->g->states.p[p->from];
	uint32_t n = 0;

	for (size_t i = 0; i < s->rows.n; i++) {
		if (s->rows.p[i].f.next.verdict == MDESC_GO && s->rows.p[i].f.next.state == p->to) {
			n++;
			if (!rg_same_action(&s->rows.p[i], p->r))
				return false;
		}
	}
	return f->ways_in[p->to] == n && n * p->t->rows.n + s->rows.n <= ROWS_MAX;
}

/* May this row take along what it goes on to? */
bool fuse_may(const struct fuse *f, struct pair *p)
{
	const struct mdesc_fmt_row *r = &p->r->f;
	bool part = f->g->states.p[p->from].s.f.flags & MDESC_STATE_PART;
	bool hold = r->flags & MDESC_ROW_HOLD, nothing = does_nothing(r) && !part && !hold;

	if (p->to == p->from || p->t->s.f.max || !p->t->rows.n || p->to >= f->n_entries || p->from >= f->n_entries ||
	    (r->flags & ~(MDESC_ROW_HOLD | MDESC_ROW_LENGTH)) || r->next.flags || f->entry[p->from] == MDESC_FMT_NONE16)
		return false;
	if ((f->once || p->t->rows.n != 1) && !fuse_only_from_here(f, p))
		return false;
	if (!nothing && (extracts(p->t) || (!hold && holds(p->t))))
		return false;
	p->moves_known = fuse_find_advance(f->g, r, &p->advance);
	if (f->g->states.p[p->from].rows.n + p->t->rows.n > ROWS_MAX)
		return false;
	for (size_t i = 0; i < p->t->rows.n; i++) {
		const struct mdesc_fmt_row *t = &p->t->rows.p[i].f;

		if (n_stores(f->g, r) + n_stores(f->g, t) > f->g->t->writes || r->op_count + t->op_count > 1024 ||
		    (fuse_sets_registers(f->g, p->from, r) && reads_registers(f->g, t)))
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

struct row_list { VEC(struct mdc_row) v; };

/* All rows of the first that go on to the second, with what it does; the others as they are. */
static void join_rows(struct fuse *f, const struct pair *p, struct row_list *out)
{
	const struct rg_state *s = &f->g->states.p[p->from];
	uint32_t *ops = arena_array(f->g->arena, uint32_t, p->t->rows.n);	/* by row of the second: plus 1 */

	vec_reserve(f->g->arena, &out->v, s->rows.n + p->t->rows.n);
	for (size_t i = 0; i < s->rows.n; i++) {
		struct pair one = *p;

		one.r = &s->rows.p[i];
		if (i != p->row && (p->t->rows.n == 1 || one.r->f.next.verdict != MDESC_GO ||
				    one.r->f.next.state != p->to)) {
			*vec_push(f->g->arena, &out->v) = *one.r;
			continue;
		}
		for (size_t k = 0; k < p->t->rows.n; k++) {
			struct mdc_row r;

			if (!join(f->g, &one, &p->t->rows.p[k], &r))
				continue;
			if (ops[k])
				r.f.op_first = ops[k] - 1;
			ops[k] = r.f.op_first + 1;
			*vec_push(f->g->arena, &out->v) = r;
		}
	}
}

/* Are these no more rows than those of both states are now? */
static bool is_no_more(const struct fuse *f, const struct pair *p, const struct row_list *rows)
{
	struct arena *scratch = arena_scratch(f->g->arena);
	uint32_t *of = arena_array(scratch, uint32_t, rows->v.n);
	struct cover c = rg_to_cover(scratch, rows->v.p, (uint32_t)rows->v.n, of);
	size_t n = cover_minimise_once(f->g->ctx->memo, scratch, &c, STEPS_TRY).n;

	arena_give_back(f->g->arena, scratch);
	return n <= f->g->states.p[p->from].rows.n + p->t->rows.n;
}

static void count_ways(struct fuse *f, const struct row_list *rows, uint32_t by)
{
	for (size_t i = 0; i < rows->v.n; i++) {
		if (rows->v.p[i].f.next.verdict == MDESC_GO)
			f->ways_in[rows->v.p[i].f.next.state] += by;
	}
}

static bool join_pair(struct fuse *f, struct pair *p)
{
	struct rg_state *s = &f->g->states.p[p->from];
	struct row_list rows = { 0 }, old = { 0 };

	join_rows(f, p, &rows);
	if (p->t->rows.n != 1 && f->ways_in[p->to] != 1 && !is_no_more(f, p, &rows))
		return false;
	memcpy(&old.v, &s->rows, sizeof(old.v));
	memcpy(&s->rows, &rows.v, sizeof(rows.v));
	f->ways_in[p->to]++;		/* until what it goes on to is counted anew */
	count_ways(f, &old, UINT32_MAX);
	count_ways(f, &rows, 1);
	leave_state(f, p->to);
	s->s.f.key_need = p->need;
	if (memcmp(&p->keys, &f->g->keys.p[f->entry[p->from]], sizeof(p->keys))) {
		f->entry[p->from] = rg_keys(f->g, &p->keys);
		f->new_key[p->from] = true;
	}
	f->g->changed = true;
	return true;
}

bool fuse_state(struct fuse *f, uint32_t at)
{
	bool any = false;

	for (size_t i = 0; i < f->g->states.p[at].rows.n;) {
		const struct rg_state *s = &f->g->states.p[at];
		struct pair p = { .from = at, .row = i, .r = &s->rows.p[i] };

		if (p.r->f.next.verdict == MDESC_GO) {
			p.to = p.r->f.next.state;
			p.t = &f->g->states.p[p.to];
			if (fuse_may(f, &p) && join_pair(f, &p)) {
				any = true;
				continue;
			}
		}
		i++;
	}
	return any;
}

/* ---- all states ---- */

bool fuse_open(struct fuse *f, struct rows_graph *g, struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	uint16_t *entry;

	*f = (struct fuse){ .g = g, .n_entries = rows->n_states, .room = 2 * rows->n_states };
	rg_open(g, ctx, rows);
	f->steps = rg_most_steps(g);
	if (f->steps > g->t->steps)
		return false;
	f->ways_in = arena_array(ctx->arena, uint32_t, f->room + 1);
	memcpy(f->ways_in, rg_ways_in(g), rows->n_states * sizeof(*f->ways_in));
	f->entry = arena_array(ctx->arena, uint16_t, f->room + 1);
	entry = rg_entry_keys(g);
	memcpy(f->entry, entry, rows->n_states * sizeof(*entry));
	f->new_key = arena_array(ctx->arena, bool, f->room + 1);
	return true;
}

void fuse_all(struct fuse *f)
{
	bool more = true;

	for (uint32_t i = 0; i < f->n_entries; i++)
		drop_need(f, i);
	for (int round = 0; more && round < ROUNDS; round++) {
		more = false;
		for (uint32_t i = 0; i < f->n_entries; i++)
			more |= f->ways_in[i] && fuse_state(f, i);
	}
}

const struct mdc_rows *fuse_close(struct fuse *f)
{
	rg_each_next(f->g, set_entry, f);
	return rg_close(f->g);
}

static const struct mdc_rows *fuse(struct mdc_ctx *ctx, const struct mdc_rows *rows, bool once)
{
	struct rows_graph g;
	struct fuse f;

	if (!fuse_open(&f, &g, ctx, rows)) {
		rg_drop(&g);
		return rows;
	}
	f.once = once;
	fuse_all(&f);
	return fuse_close(&f);
}

const struct mdc_rows *mdc_pass_fuse(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	return fuse(ctx, rows, false);
}

/* Nothing is there several times then: that would take rows for each of its lengths several times. */
const struct mdc_rows *mdc_pass_fuse_once(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	const struct mdc_target *t = &rows->model->target;

	if (t->table && t->arithmetic)	/* what is no length is looked for by states of which all rows extract */
		return rows;
	return fuse(ctx, rows, true);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Lowering: takes the model, gives the rows of its target, straightforward and
 * without optimisation. First every state gets a plan (its parts, where its
 * stores and keys go, how many rows it takes), then the limits are checked, then
 * the rows of the plan are made. Row-states, rows and operations come in the
 * order of the model's states. Unreachable states are left out.
 *
 * What a state does stays one step: all its parts but the last hold, errors
 * come in the order extracts, key bytes, no match, and a row whose effects must
 * not happen (no match) aborts.
 */
#include "tcam.h"

#define ROWS_SANE	(1u << 18)

/* ---- planning: stores ---- */

struct reads {
	const struct tcam_plan *p;
	uint32_t part;
};

static void note_read(void *arg, const struct mdc_instance *inst)
{
	struct reads *r = arg;

	if (inst->kind == MDC_I_PART)
		inst = inst->of;
	for (uint32_t i = r->part + 1; i < r->p->n_steps; i++) {
		if (mdc_recorded(r->p->steps[i].inst) == inst)
			r->part = i;
	}
}

/* The stores from @first on need what @x reads. */
static void place_reads(struct lower *l, const struct tcam_plan *p, const struct mdc_x *x, size_t first)
{
	struct reads r = { .p = p };

	tcam_ops_reads(x, note_read, &r);
	if (tcam_ops_remaining(x) && p->n_steps)
		r.part = p->n_steps - 1;	/* where the cursor is behind all extracts */
	for (; first < l->stores.n; first++)
		l->stores.p[first].part = r.part;
}

/* The state's stores into l->scratch and l->stores, each with the first part that may hold it. */
static bool compile_writes(struct lower *l, const struct tcam_plan *p)
{
	const struct mdc_state *s = p->s;

	l->scratch.n = l->stores.n = 0;
	for (uint32_t i = 0; i < s->n_writes; i++) {
		size_t first = l->stores.n;

		tcam_ops_rule(l, s->layout, &s->writes[i]);
		place_reads(l, p, s->writes[i].x, first);
	}
	for (uint32_t i = 0; i < s->n_sets; i++) {
		size_t first = l->stores.n;

		tcam_ops_set(l, &s->sets[i]);
		place_reads(l, p, s->sets[i].x, first);
	}
	return tcam_check_stores(l, s);
}

/* Gives each store a part with room; how many parts that takes. */
static uint32_t spread_stores(struct lower *l, const struct tcam_plan *p)
{
	struct used { uint32_t writes, ops; };
	VEC(struct used) used = { 0 };
	uint32_t full = 0;	/* parts before this one have no room */

	for (size_t i = 0; i < l->stores.n; i++) {
		struct tcam_store *st = &l->stores.p[i];

		if (st->part < full)
			st->part = full;
		for (;; st->part++) {
			while (used.n <= st->part) {
				bool room = !tcam_is_hpart(p, (uint32_t)used.n);

				*vec_push(l->arena, &used) = (struct used){ room ? 0 : l->m->target.writes, 0 };
			}
			if (used.p[st->part].writes < l->m->target.writes &&
			    used.p[st->part].ops + st->count <= TCAM_ROW_OPS)
				break;
		}
		used.p[st->part].writes++;
		used.p[st->part].ops += st->count;
		while (full < used.n && used.p[full].writes == l->m->target.writes)
			full++;
	}
	return (uint32_t)used.n;
}

/* Copies the stores to l->ops, part by part. */
static void place_ops(struct lower *l, struct tcam_plan *p, uint32_t n_parts)
{
	uint32_t *next = arena_array(l->arena, uint32_t, n_parts);

	p->ops = arena_array(l->arena, struct tcam_ops, n_parts);
	for (size_t i = 0; i < l->stores.n; i++)
		p->ops[l->stores.p[i].part].count += l->stores.p[i].count;
	for (uint32_t i = 0, at = (uint32_t)l->ops.n; i < n_parts; at += p->ops[i].count, i++)
		p->ops[i].first = next[i] = at;
	for (size_t i = 0; i < l->scratch.n; i++)
		(void)vec_push(l->arena, &l->ops);
	for (size_t i = 0; i < l->stores.n; i++) {
		const struct tcam_store *st = &l->stores.p[i];

		memcpy(l->ops.p + next[st->part], l->scratch.p + st->first, st->count * sizeof(*l->ops.p));
		next[st->part] += st->count;
	}
}

/* ---- planning: parts ---- */

static bool same_next(const struct mdc_next *a, const struct mdc_next *b)
{
	return a->to == b->to && a->leave == b->leave && a->within == b->within && a->within_elem == b->within_elem &&
	       (a->to != MDC_TO_STATE || a->state == b->state) &&
	       (a->to != MDC_TO_REJECT || a->code == b->code);
}

/* The different ways out of a state. */
static void find_tails(struct lower *l, struct tcam_plan *p)
{
	p->tails = arena_array(l->arena, const struct mdc_next *, p->s->n_arms);
	for (uint32_t i = 0; i < p->s->n_arms; i++) {
		uint32_t j = 0;

		while (j < p->n_tails && !same_next(p->tails[j], &p->s->arms[i].next))
			j++;
		if (j == p->n_tails)
			p->tails[p->n_tails++] = &p->s->arms[i].next;
	}
}

/* @n_parts: what the stores take. False after a diagnostic. */
static bool plan_parts(struct lower *l, struct tcam_plan *p, uint32_t n_parts)
{
	bool now = tcam_key_reachable(l, p, false) && !tcam_no_arms(p, p->n_steps - 1);
	bool behind = tcam_key_reachable(l, p, true);
	uint32_t more = n_parts > p->n_base ? n_parts - p->n_base : 0;

	p->n_chain = p->n_base;
	if (more && behind)
		p->n_chain = n_parts;
	else if (more && now)
		p->tail_len = more;
	else if (!now && behind)
		p->n_chain = p->n_base + 1;
	else if (!now) {
		tcam_key_diagnose(l, p);
		return false;
	}
	if (!tcam_check_parts(l, p))
		return false;
	if (p->tail_len)
		find_tails(l, p);
	if (!tcam_key_place(l, p, p->n_chain > p->n_base))
		return false;
	place_ops(l, p, p->n_chain + p->tail_len);
	return true;
}

/* Rows of the arms; no default: one more. */
static uint64_t match_rows(const struct tcam_plan *p)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < p->s->n_arms; i++) {
		n += tcam_arm_rows(p, &p->s->arms[i]);
		if (p->s->arms[i].is_default)
			return n;
	}
	return n + 1;
}

/* Rows of all parts in front of that which has the arms. */
static uint64_t chain_rows(const struct tcam_plan *p)
{
	uint64_t n = p->n_chain - 1;

	for (uint32_t i = 0; i < p->n_steps; i++)
		n += p->steps[i].match ? match_rows(p->steps[i].match) - 1 : 0;
	return n;
}

static bool plan_states(struct lower *l, uint64_t *rows, uint64_t *states)
{
	const struct mdc_parser *parser = &l->m->parser;
	bool ok = true;

	for (uint32_t i = 0; i < parser->n_states; i++) {
		if (!parser->states[i]->reachable)
			continue;
		l->plans[i].s = parser->states[i];
		tcam_key_use(l, &l->plans[i]);
	}
	tcam_dist(l);
	for (uint32_t i = 0; i < parser->n_states; i++) {
		struct tcam_plan *p = &l->plans[i];
		uint64_t n;

		if (!p->s)
			continue;
		p->first = (uint32_t)*states;
		if (!tcam_steps(l, p) || !compile_writes(l, p) || !plan_parts(l, p, spread_stores(l, p))) {
			ok = false;
			continue;
		}
		n = chain_rows(p) + match_rows(p) + (uint64_t)p->n_tails * p->tail_len;
		p->rows = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
		*rows += n;
		*states += p->n_chain + (uint64_t)p->n_tails * p->tail_len;
	}
	return ok;
}

/* ---- making the parts ---- */

static struct mdesc_fmt_next stop(uint8_t verdict, uint16_t code)
{
	return (struct mdesc_fmt_next){
		.verdict = verdict, .code = code, .state = MDESC_FMT_NONE16, .keys = MDESC_FMT_NONE16,
	};
}

static struct mdesc_fmt_next enter(uint32_t state, uint16_t keys)
{
	return (struct mdesc_fmt_next){ .verdict = MDESC_GO, .state = (uint16_t)state, .keys = keys };
}

/* The key set that part @i of the chain is entered with. */
static uint16_t part_keys(const struct lower *l, const struct tcam_plan *p, uint32_t i)
{
	if (i == p->n_chain - 1)
		return p->keyset;
	return i < p->n_steps && p->steps[i].match ? p->steps[i].match->keyset : l->no_keys;
}

static struct mdesc_fmt_next lower_to(const struct lower *l, const struct mdc_next *n)
{
	const struct tcam_plan *p;

	switch (n->to) {
	case MDC_TO_STATE:
		p = &l->plans[n->state];
		return enter(p->first, part_keys(l, p, 0));
	case MDC_TO_REJECT:
		return stop(MDESC_REJECT, n->code);
	case MDC_TO_DROP:
		return stop(MDESC_DROP, 0);
	default:
		return stop(MDESC_ACCEPT, 0);
	}
}

static struct mdesc_fmt_next lower_next(const struct lower *l, const struct mdc_next *n)
{
	struct mdesc_fmt_next next = lower_to(l, n);

	next.flags = n->leave ? MDESC_NEXT_LEAVE : 0;
	return next;
}

static void add_state(struct lower *l, const struct tcam_plan *p, uint32_t part)
{
	const struct mdc_state *s = p->s;
	struct mdc_row_state *r = vec_push(l->arena, &l->states);

	*r = (struct mdc_row_state){ .name = s->name, .state = s->idx, .loc = s->loc };
	if (part) {
		r->name = arena_printf(l->arena, "%s.%u", s->name, part);
		r->f.flags = MDESC_STATE_PART;
	} else if (s->start_by) {
		r->f.flags = MDESC_STATE_PART;
	} else if (s->max) {
		r->f.max = s->max;
		r->f.counter = s->counter ? (uint16_t)(s->counter->idx + 1) : 0;
		r->f.otherwise = lower_next(l, &s->otherwise);
	}
	if (part == p->n_chain - 1)
		r->f.key_need = tcam_key_need(p);
	else if (part < p->n_steps && p->steps[part].match)
		r->f.key_need = tcam_key_need(p->steps[part].match);
}

static bool same_move(const struct mdc_instance *a, const struct mdc_instance *b)
{
	const struct mdc_header *x = a->header, *y = b->header;

	return x->fixed == y->fixed && x->variable == y->variable && x->len_bit == y->len_bit &&
	       x->len_bits == y->len_bits && x->len_shift == y->len_shift && x->len_add == y->len_add &&
	       x->min == y->min && x->max == y->max && a->of == b->of && a->of_elem == b->of_elem;
}

/* By instance: the first that does the same. `advance`s have no name that anything could be told of. */
static void find_same_moves(struct lower *l)
{
	const struct mdc_parser *p = &l->m->parser;
	VEC(uint32_t) moves = { 0 };

	l->same_move = arena_array(l->arena, uint16_t, p->n_instances + 1);
	for (uint32_t i = 0; i < p->n_instances; i++) {
		size_t k = 0;

		l->same_move[i] = (uint16_t)i;
		if (p->instances[i]->kind != MDC_I_ADVANCE)
			continue;
		while (k < moves.n && !same_move(p->instances[moves.p[k]], p->instances[i]))
			k++;
		if (k < moves.n)
			l->same_move[i] = (uint16_t)moves.p[k];
		else
			*vec_push(l->arena, &moves) = i;
	}
}

/* A row that matches whatever comes, for the part of the plan that @ops are of. */
static struct mdc_row any_row(const struct lower *l, const struct tcam_plan *p, uint32_t ops)
{
	struct mdc_row r = { .loc = p->s->loc };

	r.f.state = (uint16_t)(l->states.n - 1);
	r.f.state_mask = 0xffff;
	r.f.header = r.f.layout = MDESC_FMT_NONE16;
	r.f.op_first = p->ops[ops].count ? p->ops[ops].first : 0;
	r.f.op_count = p->ops[ops].count;
	if (ops < p->n_steps && !p->steps[ops].part)
		r.f.header = l->same_move[p->steps[ops].inst->idx];
	return r;
}

static void commit(struct mdc_row *r, const struct lower *l, const struct tcam_plan *p, const struct mdc_next *n)
{
	r->f.next = lower_next(l, n);
	if (n->within) {
		r->f.flags |= MDESC_ROW_WITHIN;
		r->f.within = (uint16_t)n->within->idx;
		r->f.within_elem = n->within_elem;
	}
	if (p->s->set_layout)
		r->f.layout = (uint16_t)p->s->set_layout->idx;
}

static void hold(struct mdc_row *r, uint32_t state, uint16_t keys)
{
	r->f.flags = MDESC_ROW_HOLD;
	r->f.next = enter(state, keys);
}

/* The row that no arm left its packets to: its header is checked, nothing of it happens. */
static void add_no_match(struct lower *l, struct mdc_row r)
{
	r.f.flags = MDESC_ROW_ABORT;
	r.f.op_first = r.f.op_count = 0;
	r.f.next = stop(MDESC_REJECT, MDESC_ERR_NO_MATCH);
	*vec_push(l->arena, &l->rows) = r;
}

static uint32_t tail_state(const struct tcam_plan *p, const struct mdc_next *n)
{
	uint32_t i = 0;

	while (!same_next(p->tails[i], n))
		i++;
	return p->first + p->n_chain + i * p->tail_len;
}

static void make_match(struct lower *l, const struct tcam_plan *p)
{
	struct mdc_row row = any_row(l, p, p->n_chain - 1);

	for (uint32_t i = 0; i < p->s->n_arms; i++) {
		const struct mdc_arm *arm = &p->s->arms[i];
		struct mdc_row r = row;

		r.loc = arm->loc;
		if (p->tail_len)
			hold(&r, tail_state(p, &arm->next), l->no_keys);
		else
			commit(&r, l, p, &arm->next);
		tcam_arm_emit(l, p, arm, &r);
		if (arm->is_default)
			return;
	}
	add_no_match(l, row);
}

static void make_tail(struct lower *l, const struct tcam_plan *p, uint32_t tail)
{
	for (uint32_t i = 0; i < p->tail_len; i++) {
		struct mdc_row r;

		add_state(l, p, p->n_chain + tail * p->tail_len + i);
		r = any_row(l, p, p->n_chain + i);
		if (i + 1 < p->tail_len)
			hold(&r, (uint32_t)l->states.n, l->no_keys);
		else
			commit(&r, l, p, p->tails[tail]);
		*vec_push(l->arena, &l->rows) = r;
	}
}

static void make_state(struct lower *l, const struct tcam_plan *p)
{
	for (uint32_t i = 0; i + 1 < p->n_chain; i++) {
		struct mdc_row r;

		add_state(l, p, i);
		r = any_row(l, p, i);
		hold(&r, (uint32_t)l->states.n, part_keys(l, p, i + 1));
		if (tcam_is_hpart(p, i))
			tcam_part_rows(l, &p->steps[i], &r);
		else
			*vec_push(l->arena, &l->rows) = r;
	}
	add_state(l, p, p->n_chain - 1);
	make_match(l, p);
	for (uint32_t i = 0; i < p->n_tails; i++)
		make_tail(l, p, i);
}

/* ---- the layouts' rules ---- */

static void make_rules(struct lower *l, struct mdc_rows *out)
{
	uint32_t *first = arena_array(l->arena, uint32_t, l->m->n_layouts + 1);
	uint32_t *count = arena_array(l->arena, uint32_t, l->m->n_layouts + 1);

	for (uint32_t i = 0; i < l->m->n_layouts; i++) {
		const struct mdc_layout *layout = l->m->layouts[i];

		l->scratch.n = l->stores.n = 0;
		if (!layout->is_descriptor) {
			for (uint32_t j = 0; j < layout->n_rules; j++)
				tcam_ops_rule(l, layout, &layout->rules[j]);
		}
		count[i] = (uint32_t)l->scratch.n;
		first[i] = count[i] ? (uint32_t)l->ops.n : 0;
		for (uint32_t j = 0; j < count[i]; j++)
			*vec_push(l->arena, &l->ops) = l->scratch.p[j];
	}
	out->layout_op_first = first;
	out->layout_op_count = count;
}

/* ---- all ---- */

static bool make_rows(struct lower *l)
{
	const struct mdc_parser *parser = &l->m->parser;
	uint64_t rows = 0, states = 0;
	bool ok = tcam_check_features(l);

	l->plans = arena_array(l->arena, struct tcam_plan, parser->n_states);
	find_same_moves(l);
	l->no_keys = tcam_keyset(l, NULL, 0);
	ok &= plan_states(l, &rows, &states);
	if (!ok)
		return false;
	/* How many rows it takes is known exactly when they are made: do so while that is sane. */
	if (states >= MDESC_FMT_NONE16 || (rows > tcam_max_rows(l) && rows > ROWS_SANE))
		return tcam_check_counts(l, rows, states);
	for (uint32_t i = 0; i < parser->n_states; i++) {
		size_t before = l->rows.n;

		if (!l->plans[i].s)
			continue;
		make_state(l, &l->plans[i]);
		l->plans[i].rows = (uint32_t)(l->rows.n - before);
	}
	return tcam_check_work(l);	/* how many rows there may be is asked behind the passes */
}

const struct mdc_rows *mdc_lower(struct mdc_ctx *ctx, const struct mdc_model *model)
{
	struct mdc_rows *out = arena_new_of(ctx->arena, struct mdc_rows);
	struct lower l = { .ctx = ctx, .arena = ctx->arena, .m = model };
	bool ok = tcam_check_metadata(&l);

	out->start = stop(MDESC_ACCEPT, 0);
	if (model->parser.name) {
		ok &= make_rows(&l);
		if (ok)
			out->start = lower_next(&l, &(struct mdc_next){ .to = MDC_TO_STATE });
	}
	if (!ok)
		return NULL;
	if (!tcam_classes(&l, out))
		return NULL;
	make_rules(&l, out);
	out->model = model;
	out->rows = l.rows.p;
	out->n_rows = (uint32_t)l.rows.n;
	out->states = l.states.p;
	out->n_states = (uint32_t)l.states.n;
	out->keys = l.keys.p;
	out->n_keys = (uint32_t)l.keys.n;
	out->ops = l.ops.p;
	out->n_ops = (uint32_t)l.ops.n;
	return out;
}

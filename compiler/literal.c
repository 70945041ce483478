/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The model's states, taken literally: takes the model, gives tables for the
 * prover. literal.h tells what they look like.
 */
#include <string.h>

#include "literal.h"

#define ANY_KEYS	0	/* the key set without a byte */

/* ---- headers ---- */

/* The length is told by bits of one or two bytes: as these bytes under a mask, shifted to where they belong. */
static void header_length(struct literal *l, const struct mdc_header *h, struct mdesc_fmt_header *to)
{
	uint32_t first = h->len_bit / 8, last = (h->len_bit + h->len_bits - 1) / 8;
	uint32_t behind = 8 * (last + 1) - (h->len_bit + h->len_bits);	/* bits of the last byte that are not its */

	if (last > first + 1)
		literal_cannot(l, "a length lies in more than two bytes");
	to->flags = MDESC_HEADER_VAR;
	to->len_off = (uint16_t)first;
	to->len_bytes = (uint8_t)(last - first + 1);
	to->len_shift = (int8_t)((int)h->len_shift - (int)behind);
	to->len_const = h->len_add;
	for (uint32_t i = 0; i < h->len_bits; i++)
		to->len_mask |= 1u << (behind + i);
}

static struct mdesc_fmt_header header(struct literal *l, const struct mdc_instance *inst)
{
	const struct mdc_header *h = inst->header;
	struct mdesc_fmt_header to = {
		.fixed = (uint16_t)h->fixed, .min = (uint16_t)h->fixed, .max = UINT16_MAX,
		.capacity = (uint16_t)inst->capacity, .of = (uint16_t)(inst->of ? inst->of->idx : 0),
	};

	if (h->min > h->fixed)
		to.min = (uint16_t)h->min;
	if (h->max < UINT16_MAX)
		to.max = (uint16_t)h->max;
	if (h->variable)
		header_length(l, h, &to);
	switch (inst->kind) {
	case MDC_I_HEADER:	to.kind = MDESC_KIND_HEADER; break;
	case MDC_I_PART:	to.kind = MDESC_KIND_PART; break;
	case MDC_I_PEEK:	to.kind = MDESC_KIND_PEEK; break;
	case MDC_I_LEAVE:	to.kind = MDESC_KIND_LEAVE; break;
	case MDC_I_ADVANCE:
		to.kind = MDESC_KIND_ADVANCE;
		to.of_elem = inst->of_elem;
		break;
	case MDC_I_MARK:
		to.kind = MDESC_KIND_MARK;
		to.of = (uint16_t)mdc_recorded(inst)->idx;
		to.ahead = (uint16_t)inst->ahead;
		break;
	}
	return to;
}

/* ---- states and rows ---- */

static struct mdesc_fmt_next go(uint32_t state, uint16_t keys)
{
	return (struct mdesc_fmt_next){ .verdict = MDESC_GO, .state = (uint16_t)state, .keys = keys };
}

/* A later part of the state of the model that is written; its rows follow. */
static uint32_t part(struct literal *l)
{
	*vec_push(l->a, &l->states) = (struct mdesc_fmt_state){ .flags = MDESC_STATE_PART };
	if (l->states.n >= MDESC_FMT_NONE16)
		literal_cannot(l, "there are too many states");
	return (uint32_t)l->states.n - 1;
}

static struct mdesc_fmt_row row(uint32_t state, uint32_t flags, struct mdesc_fmt_next next)
{
	return (struct mdesc_fmt_row){
		.state = (uint16_t)state, .state_mask = 0xffff, .flags = flags, .header = MDESC_FMT_NONE16,
		.layout = MDESC_FMT_NONE16, .next = next,
	};
}

/* The last state that was begun goes on in a new part; which one. */
static uint32_t go_on(struct literal *l, uint32_t from, const struct mdc_instance *inst)
{
	uint32_t to = part(l);
	struct mdesc_fmt_row r = row(from, MDESC_ROW_HOLD, go(to, ANY_KEYS));

	if (inst)
		r.header = (uint16_t)inst->idx;
	*vec_push(l->a, &l->rows) = r;
	return to;
}

/* Where a transition leads; states of the model have their own number. */
static struct mdesc_fmt_next transition(const struct mdc_next *n)
{
	struct mdesc_fmt_next to = { .state = MDESC_FMT_NONE16, .keys = MDESC_FMT_NONE16 };

	switch (n->to) {
	case MDC_TO_STATE:	to = go(n->state, ANY_KEYS); break;
	case MDC_TO_ACCEPT:	to.verdict = MDESC_ACCEPT; break;
	case MDC_TO_DROP:	to.verdict = MDESC_DROP; break;
	case MDC_TO_REJECT:	to.verdict = MDESC_REJECT; to.code = n->code; break;
	}
	to.flags = n->leave ? MDESC_NEXT_LEAVE : 0;
	return to;
}

/* ---- the parts of headers ---- */

/* Numbers for which a comparison holds, as a range: none where hi is below lo. */
static struct mdc_pattern range_of(const struct mdc_hcond *c)
{
	uint64_t top = c->key.bits < 64 ? ((uint64_t)1 << c->key.bits) - 1 : UINT64_MAX;
	struct mdc_pattern p = { .is_range = true, .lo = 0, .hi = top };
	bool none = false;

	switch (c->op) {
	case MDC_HC_LT: none = !c->value; p.hi = c->value - 1; break;
	case MDC_HC_LE: p.hi = c->value; break;
	case MDC_HC_GT: none = c->value >= top; p.lo = c->value + 1; break;
	default:	none = c->value > top; p.lo = c->value; break;	/* MDC_HC_GE */
	}
	if (p.hi > top)
		p.hi = top;
	if (none) {
		p.lo = 1;
		p.hi = 0;
	}
	return p;
}

/*
 * State @at looks whether the condition holds for the header recorded last, and
 * goes on in one of the others; all of them are parts without a key, and @at has no row yet.
 */
static void branch(struct literal *l, uint32_t at, const struct mdc_instance *inst, const struct mdc_hcond *c,
		   uint32_t yes, uint32_t no);

static void compare(struct literal *l, uint32_t at, const struct mdc_instance *inst, const struct mdc_hcond *c,
		    uint32_t yes, uint32_t no)
{
	bool equal = c->op == MDC_HC_EQ || c->op == MDC_HC_NE, is = c->op != MDC_HC_NE;
	struct mdc_key key = c->key;
	struct mdc_pattern p = { .value = c->value, .mask = c->mask };
	uint64_t top = key.bits < 64 ? ((uint64_t)1 << key.bits) - 1 : UINT64_MAX;
	struct literal_keys k;
	uint32_t in;

	key.inst = inst;
	key.elem = MDC_ELEM_LAST;
	key.lookahead = key.remaining = false;
	key.reg = NULL;
	key.source = NULL;
	if (!equal)
		p = range_of(c);
	/* all bits are looked at: the header is there, whatever the mask */
	in = part(l);
	*vec_push(l->a, &l->rows) = row(at, MDESC_ROW_HOLD,
					go(in, literal_keyset(l, &k, &key, 1, &top)));
	if (l->why)
		return;
	if (!equal || !(c->value & ~c->mask))
		literal_match(l, &k, &p, &(struct mdesc_fmt_row){
			.state = (uint16_t)in, .state_mask = 0xffff, .flags = MDESC_ROW_HOLD,
			.header = MDESC_FMT_NONE16, .layout = MDESC_FMT_NONE16,
			.next = go(is ? yes : no, ANY_KEYS) });
	*vec_push(l->a, &l->rows) = row(in, MDESC_ROW_HOLD, go(is ? no : yes, ANY_KEYS));
}

static void branch(struct literal *l, uint32_t at, const struct mdc_instance *inst, const struct mdc_hcond *c,
		   uint32_t yes, uint32_t no)
{
	uint32_t then;

	switch (c->kind) {
	case MDC_HC_CMP:
		compare(l, at, inst, c, yes, no);
		return;
	case MDC_HC_NOT:
		branch(l, at, inst, c->a, no, yes);
		return;
	case MDC_HC_AND:
		then = part(l);
		branch(l, at, inst, c->a, then, no);
		branch(l, then, inst, c->b, yes, no);
		return;
	case MDC_HC_OR:
		then = part(l);
		branch(l, at, inst, c->a, yes, then);
		branch(l, then, inst, c->b, yes, no);
		return;
	}
}

/* ---- a state ---- */

/* The parts of what was just extracted, each where its condition holds. */
static uint32_t header_parts(struct literal *l, uint32_t at, const struct mdc_instance *inst)
{
	for (uint32_t i = 0; i < inst->header->n_parts; i++) {
		const struct mdc_hcond *c = inst->header->parts[i].cond;
		uint32_t here = at, behind = part(l);
		struct mdesc_fmt_row r;

		if (c) {
			here = part(l);
			branch(l, at, inst, c, here, behind);
		}
		r = row(here, MDESC_ROW_HOLD, go(behind, ANY_KEYS));
		r.header = (uint16_t)inst->parts[i]->idx;
		*vec_push(l->a, &l->rows) = r;
		at = behind;
	}
	return at;
}

/* All that happens with the packet where arm @next is taken. */
static uint32_t effects(struct literal *l, const struct mdc_state *s, const struct mdc_next *next, uint32_t op_first,
			uint32_t op_count)
{
	struct mdesc_fmt_row r = row(part(l), 0, transition(next));

	r.op_first = op_first;
	r.op_count = op_count;
	if (s->set_layout)
		r.layout = (uint16_t)s->set_layout->idx;
	if (next->within) {
		r.flags |= MDESC_ROW_WITHIN;
		r.within = (uint16_t)next->within->idx;
		r.within_elem = next->within_elem;
	}
	*vec_push(l->a, &l->rows) = r;
	return r.state;
}

/* The bits of key @key that some arm looks at. */
static uint64_t looked_at(const struct mdc_state *s, uint32_t key)
{
	struct literal_cube cubes[LITERAL_CUBES];
	uint64_t mask = 0;

	for (uint32_t i = 0; i < s->n_arms; i++) {
		uint32_t n = s->arms[i].is_default ? 0 :
			     literal_cubes(&s->arms[i].patterns[key], s->keys[key].bits, cubes);

		while (n)
			mask |= cubes[--n].mask;
	}
	return mask;
}

static void select_arm(struct literal *l, const struct mdc_state *s, uint32_t at)
{
	uint32_t first = (uint32_t)l->ops.n, in = part(l);
	uint64_t *masks = arena_array(l->a, uint64_t, s->n_keys + 1);
	struct literal_keys k;

	for (uint32_t i = 0; i < s->n_writes; i++)
		literal_rule(l, s->layout, &s->writes[i]);
	for (uint32_t i = 0; i < s->n_sets; i++)
		literal_set(l, &s->sets[i]);
	for (uint32_t i = 0; i < s->n_keys; i++)
		masks[i] = looked_at(s, i);
	*vec_push(l->a, &l->rows) = row(at, MDESC_ROW_HOLD,
					go(in, literal_keyset(l, &k, s->keys, s->n_keys, masks)));
	if (l->why)
		return;
	l->states.p[in].key_need = literal_need(&k);
	for (uint32_t i = 0; i < s->n_arms && !l->why; i++) {
		uint32_t to = effects(l, s, &s->arms[i].next, first, (uint32_t)l->ops.n - first);
		struct mdesc_fmt_row r = row(in, MDESC_ROW_HOLD, go(to, ANY_KEYS));

		if (s->arms[i].is_default) {
			*vec_push(l->a, &l->rows) = r;
			return;
		}
		literal_match(l, &k, s->arms[i].patterns, &r);
	}
}

static void state(struct literal *l, const struct mdc_state *s)
{
	struct mdesc_fmt_state *to = &l->states.p[s->idx];
	uint32_t at;

	if (s->start_by)
		to->flags = MDESC_STATE_PART;
	if (s->max || s->counter) {
		to->max = s->counter ? s->counter->max : s->max;
		to->counter = s->counter ? (uint16_t)(s->counter->idx + 1) : 0;
		to->otherwise = transition(&s->otherwise);
		if (s->otherwise.within)
			literal_cannot(l, "an else goes into a header's options");
	}
	at = go_on(l, s->idx, NULL);
	for (uint32_t i = 0; i < s->n_extracts; i++) {
		at = go_on(l, at, s->extracts[i]);
		if (s->extracts[i]->kind == MDC_I_HEADER)
			at = header_parts(l, at, s->extracts[i]);
	}
	select_arm(l, s, at);
}

/* ---- all ---- */

static void tables_of_model(struct literal *l, struct sym_tables *t)
{
	const struct mdc_model *m = l->m;
	struct mdesc_fmt_header *headers = arena_array(l->a, struct mdesc_fmt_header, m->parser.n_instances + 1);
	struct mdesc_fmt_register *regs = arena_array(l->a, struct mdesc_fmt_register, m->parser.n_registers + 1);
	struct mdesc_fmt_layout *layouts = arena_array(l->a, struct mdesc_fmt_layout, m->n_metadata + 1);
	struct mdesc_fmt_source *sources = arena_array(l->a, struct mdesc_fmt_source, m->n_sources + 1);

	for (uint32_t i = 0; i < m->parser.n_instances; i++)
		headers[i] = header(l, m->parser.instances[i]);
	for (uint32_t i = 0; i < m->parser.n_registers; i++) {
		regs[i].bit = (uint16_t)m->parser.registers[i]->bit;
		regs[i].bits = m->parser.registers[i]->bits;
		regs[i].kind = (uint8_t)m->parser.registers[i]->kind;
	}
	for (uint32_t i = 0; i < m->n_metadata; i++) {
		layouts[i].kind = MDESC_LAYOUT_METADATA;
		layouts[i].size = m->layouts[i]->size;
		layouts[i].op_first = (uint32_t)l->ops.n;
		for (uint32_t k = 0; k < m->layouts[i]->n_rules; k++)
			literal_rule(l, m->layouts[i], &m->layouts[i]->rules[k]);
		layouts[i].op_count = (uint32_t)l->ops.n - layouts[i].op_first;
	}
	for (uint32_t i = 0; i < m->n_sources; i++)
		sources[i].bits = m->sources[i]->bits;
	t->headers = headers;
	t->n_headers = m->parser.n_instances;
	t->registers = regs;
	t->n_registers = m->parser.n_registers;
	t->layouts = layouts;
	t->n_layouts = m->n_metadata;
	t->sources = sources;
	t->n_sources = m->n_sources;
}

bool mdc_literal(struct arena *a, const struct mdc_model *m, struct sym_tables *t, const char **why)
{
	struct literal l = { .a = a, .m = m };

	*t = (struct sym_tables){ .steps = m->target.steps, .start = go(0, ANY_KEYS) };
	*vec_push(a, &l.keys) = (struct mdesc_fmt_keys){ .count = 0 };
	if (m->parser.n_states >= MDESC_FMT_NONE16)
		literal_cannot(&l, "there are too many states");
	for (uint32_t i = 0; i < m->parser.n_states; i++)
		*vec_push(a, &l.states) = (struct mdesc_fmt_state){ .flags = 0 };
	for (uint32_t i = 0; i < m->parser.n_states && !l.why; i++)
		if (m->parser.states[i]->reachable)
			state(&l, m->parser.states[i]);
	if (!m->parser.n_states)
		t->start.verdict = MDESC_ACCEPT;
	tables_of_model(&l, t);
	literal_classes(&l, t);
	t->states = l.states.p;
	t->n_states = (uint32_t)l.states.n;
	t->keys = l.keys.p;
	t->n_keys = (uint32_t)l.keys.n;
	t->rows = l.rows.p;
	t->n_rows = (uint32_t)l.rows.n;
	t->ops = l.ops.p;
	t->n_ops = (uint32_t)l.ops.n;
	*why = l.why;
	return !l.why;
}

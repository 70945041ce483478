/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A parser's rows as rows of a raw table: takes the rows behind the passes and
 * the table that the target names, gives a model in which the table has them,
 * beside those of the description. What each of its fields means is taken from
 * the table's own effect: the state is the field that the target's line names,
 * `STATE = FIELD` gives the next one, `cursor += FIELD` the shift, names of loads
 * the places of key bytes, `if (FIELD) stop(...)` the end, `if (FIELD)
 * record(...)` what a header is. What a row needs and the table has not is an
 * error at the row.
 */
#include <stdlib.h>

#include "arena.h"
#include "ast.h"
#include "diag.h"
#include "lower_table.h"
#include "image.h"
#include "rows.h"

#define SLOTS_MAX	16

/* What the table's fields mean. */
struct meaning {
	const struct mdc_bfield *state, *next, *shift, *done, *code, *capture, *id, *bypass;
	struct slot {
		const char *name;
		const struct mdc_bfield *field, *gives;	/* gives: of a result, where it looks next */
		uint32_t bytes;
		int32_t ahead;
	} slots[SLOTS_MAX];
	uint32_t n_slots;	/* fields of the key that the packet gives; @name NULL: always at @ahead */
};

struct lower {
	struct mdc_ctx *ctx;
	const struct mdc_model *m;
	const struct mdc_rows *rows;
	const struct mdc_table *t;
	struct meaning is;
	uint32_t *keys;		/* by state: the key set that it is entered with, or UINT32_MAX */
	int32_t (*at)[SLOTS_MAX];	/* by state: where each slot looks */
	struct mdc_table_row *row;	/* that is being made */
	VEC(struct mdc_row_value) values;
};

/* ---- what the effect says ---- */

static const char *plain(const struct ast *x)
{
	return x && x->kind == AST_NAME ? ((const struct ast_ident *)x)->s : NULL;
}

static const struct mdc_bfield *result_field(const struct lower *l, const char *name)
{
	for (uint32_t i = 0; name && i < l->t->n_results; i++)
		for (uint32_t k = 0; k < l->t->results[i]->n_fields; k++)
			if (l->t->results[i]->fields[k].name == name)
				return &l->t->results[i]->fields[k];
	return NULL;
}

/* The field among the terms of a sum; the others are 0 where their fields are. */
static const struct mdc_bfield *term(const struct lower *l, const struct ast *x)
{
	const struct ast_binary *two = (const struct ast_binary *)x;
	const struct mdc_bfield *f;

	if (x->kind != AST_BINARY || two->op != OP_ADD)
		return result_field(l, plain(x));
	f = term(l, two->a);
	return f ? f : term(l, two->b);
}

static void assigned(struct lower *l, const char *to, const struct ast_effect_set *s)
{
	const struct mdc_bfield *f = term(l, s->value);

	if (!to || !f)
		return;
	if (s->adds && !strcmp(to, "cursor"))
		l->is.shift = f;
	if (s->adds && !strcmp(to, "stage"))
		l->is.bypass = f;
	if (!s->adds && l->is.state && to == l->is.state->name)
		l->is.next = f;
	for (uint32_t i = 0; !s->adds && i < l->is.n_slots; i++)
		if (l->is.slots[i].name == to)
			l->is.slots[i].gives = f;
}

static void called(struct lower *l, const struct ast_call *c, const struct mdc_bfield *when)
{
	const struct ast *last = c->args;

	if (!strcmp(c->name.s, "record")) {
		l->is.capture = when;
		l->is.id = result_field(l, plain(c->args));
		return;
	}
	if (when && !l->is.done)
		l->is.done = when;
	while (last && last->next)
		last = last->next;
	l->is.code = result_field(l, plain(last));
}

static void read_effect(struct lower *l, const struct ast *list, const struct mdc_bfield *when)
{
	for (; list; list = list->next) {
		const struct ast_effect_set *s = (const struct ast_effect_set *)list;
		const struct ast_effect_if *g = (const struct ast_effect_if *)list;

		if (list->kind == AST_EFFECT_IF) {
			read_effect(l, g->then, result_field(l, plain(g->cond)));
			read_effect(l, g->other, NULL);
		} else if (list->kind == AST_EFFECT_SET) {
			assigned(l, plain(s->to), s);
		} else if (list->kind == AST_EFFECT_CALL) {
			called(l, (const struct ast_call *)s->to, when);
		}
	}
}

/* Fields that are loaded from `cursor`, `cursor + N` or `cursor + NAME`. */
static void read_loads(struct lower *l)
{
	for (uint32_t i = 0; i < l->t->key->n_fields && l->is.n_slots < SLOTS_MAX; i++) {
		const struct mdc_bfield *f = &l->t->key->fields[i];
		const struct mdc_eop *ops = f->load ? f->load->code.ops : NULL;
		uint32_t n = f->load ? f->load->code.n : 0;
		struct slot s = { .field = f };
		const char *name;

		if (f->alias || n < 2 || ops[0].op != MDESC_T_REG || ops[0].index || f->bits != ops[n - 1].width ||
		    ops[n - 1].lo != MDESC_ORDER_BE)
			continue;
		s.bytes = f->bits / 8;
		if (n == 4 && ops[2].op == MDESC_X_ADD && ops[1].op == MDESC_T_REG) {
			name = l->m->rawregs[ops[1].index].name;
			s.name = name;
		} else if (n == 4 && ops[2].op == MDESC_X_ADD && ops[1].op == MDESC_X_CONST) {
			s.ahead = (int32_t)ops[1].imm;
		} else if (n != 2) {
			continue;
		}
		l->is.slots[l->is.n_slots++] = s;
	}
}

static bool find_meaning(struct lower *l)
{
	const struct mdc_target *g = &l->m->target;
	struct diag *d;

	for (uint32_t i = 0; i < l->t->key->n_fields; i++)
		if (l->t->key->fields[i].name == g->table_state)
			l->is.state = &l->t->key->fields[i];
	if (l->is.state && !l->is.state->load && !l->is.state->alias)
		read_loads(l);
	read_effect(l, l->t->effect, NULL);
	if (l->is.state && l->is.next && l->is.shift && l->is.done)
		return true;
	d = diag(l->ctx, CHK_missing, g->table_loc,
		 "table '%s' does not say how it goes on, so no parser can be put into it", l->t->name);
	diag_label(d, l->t->loc, "declared here");
	diag_note(d, !l->is.state ? "its key has no field of this name, which would be the state" :
		  !l->is.next ? "its effect lacks `%s = FIELD;`, the next state" :
		  !l->is.shift ? "its effect lacks `cursor += FIELD;`" : "its effect lacks `if (FIELD) stop();`",
		  g->table_state);
	return false;
}

/* ---- where key bytes are ---- */

static void find_keys(struct lower *l)
{
	const struct mdc_rows *r = l->rows;

	l->keys = arena_array(l->ctx->arena, uint32_t, r->n_states + 1);
	for (uint32_t i = 0; i < r->n_states; i++)
		l->keys[i] = UINT32_MAX;
	for (uint32_t i = 0; i < 1 + r->n_rows; i++) {
		const struct mdesc_fmt_next *n = !i ? &r->start : &r->rows[i - 1].f.next;

		if (n->verdict == MDESC_GO && n->keys < r->n_keys && l->keys[n->state] == UINT32_MAX)
			l->keys[n->state] = n->keys;
	}
}

static bool covers(const struct lower *l, uint32_t state, uint32_t slot, int32_t off)
{
	int32_t at = l->at[state][slot];

	return at != INT32_MIN && off >= at && off < at + (int32_t)l->is.slots[slot].bytes;
}

static bool is_covered(const struct lower *l, uint32_t state, int32_t off)
{
	for (uint32_t i = 0; i < l->is.n_slots; i++)
		if (covers(l, state, i, off))
			return true;
	return false;
}

/* Each byte that rows of the state compare lies in a slot: lowest first, so that neighbours share one. */
static bool place_slots(struct lower *l, uint32_t state)
{
	const struct mdc_row_state *s = &l->rows->states[state];
	const struct mdesc_fmt_keys *k = l->keys[state] == UINT32_MAX ? NULL : &l->rows->keys[l->keys[state]];
	uint32_t used = 0, bytes = 0;
	struct diag *d;

	for (uint32_t i = 0; i < l->is.n_slots; i++) {
		l->at[state][i] = l->is.slots[i].name ? INT32_MIN : l->is.slots[i].ahead;
		bytes += l->is.slots[i].bytes;
	}
	for (;;) {
		int32_t lowest = INT32_MAX;

		for (uint32_t b = 0; k && b < k->count; b++) {
			if (k->kind[b] != MDESC_SLOT_PACKET) {
				d = diag(l->ctx, CHK_target_limit, s->loc,
					 "state '%s' compares what is no byte at the cursor, and table '%s' cannot",
					 s->name, l->t->name);
				diag_label(d, l->t->loc, "declared here");
				return false;
			}
			if (!is_covered(l, state, k->off[b]) && k->off[b] < lowest)
				lowest = k->off[b];
		}
		if (lowest == INT32_MAX)
			return true;
		while (used < l->is.n_slots && (!l->is.slots[used].name || !l->is.slots[used].gives))
			used++;
		if (used == l->is.n_slots || lowest < 0)
			break;
		l->at[state][used++] = lowest;
	}
	d = diag(l->ctx, CHK_target_limit, s->loc,
		 "state '%s' compares %u bytes, and not all of them are where table '%s' looks",
		 s->name, k->count, l->t->name);
	diag_label(d, l->t->loc, "a look-up sees %u bytes in %u fields", bytes, l->is.n_slots);
	diag_note(d, "the target's lines `key`, `lookups` and `window` should say what the table has: then wide keys "
		  "are compared in several look-ups");
	return false;
}

/* ---- one row ---- */

static uint64_t ones(uint32_t bits)
{
	return bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;
}

static bool fits(struct lower *l, const struct mdc_row *r, const struct mdc_bfield *f, uint64_t v, const char *what)
{
	struct diag *d;

	if (v <= ones(f->bits))
		return true;
	d = diag(l->ctx, CHK_target_limit, r->loc,
		 "%s of this row is %llu, and field '%s' of table '%s' has %u bit%s",
		 what, (unsigned long long)v, f->name, l->t->name, f->bits, f->bits == 1 ? "" : "s");
	diag_label(d, f->loc, "declared here");
	return false;
}

static uint64_t as_bits(const struct mdc_bfield *f, uint64_t v)
{
	return f->big_endian ? __builtin_bswap64(v) >> (64 - f->bits) : v;
}

static void put_value(struct lower *l, const struct mdc_bits_struct *of, const struct mdc_bfield *f, uint64_t v,
		      uint64_t mask)
{
	uint32_t chunk = 0;
	uint64_t *to;

	*vec_push(l->ctx->arena, &l->values) = (struct mdc_row_value){ of, f, v, mask, false, true };
	if (of == l->t->key) {
		mdc_pieces_set((uint64_t *)(uintptr_t)l->row->value, f->pieces, f->n_pieces, as_bits(f, v));
		mdc_pieces_set((uint64_t *)(uintptr_t)l->row->mask, f->pieces, f->n_pieces, as_bits(f, mask));
		return;
	}
	for (uint32_t i = 0; l->t->results[i] != of; i++)
		chunk += mdc_chunks(l->t->results[i]->bits);
	to = (uint64_t *)(uintptr_t)l->row->result + chunk;
	mdc_pieces_set(to, f->pieces, f->n_pieces, as_bits(f, v));
	if (f->mask)
		mdc_pieces_set(to, f->mask, f->n_mask, as_bits(f, mask));
}

static bool give(struct lower *l, const struct mdc_row *r, const struct mdc_bfield *f, uint64_t v, const char *what)
{
	if (!f && !v)
		return true;
	if (!f) {
		diag_label(diag(l->ctx, CHK_target_limit, r->loc, "table '%s' has no field for %s of this row",
				l->t->name, what), l->t->loc, "declared here");
		return false;
	}
	if (!fits(l, r, f, v, what))
		return false;
	for (uint32_t i = 0; i < l->t->n_results; i++)
		if (f >= l->t->results[i]->fields && f < l->t->results[i]->fields + l->t->results[i]->n_fields)
			put_value(l, l->t->results[i], f, v, ones(f->bits));
	return true;
}

/* The default of each field of the results, and of the key. */
static void put_defaults(struct lower *l)
{
	for (uint32_t i = 0; i <= l->t->n_results; i++) {
		const struct mdc_bits_struct *s = i ? l->t->results[i - 1] : l->t->key;

		for (uint32_t k = 0; k < s->n_fields; k++)
			if (s->fields[k].has_init)
				put_value(l, s, &s->fields[k], s->fields[k].init & ones(s->fields[k].bits),
					  ones(s->fields[k].bits));
	}
}

static void put_key(struct lower *l, const struct mdc_row *r)
{
	const struct mdesc_fmt_keys *k = l->keys[r->f.state] == UINT32_MAX ? NULL : &l->rows->keys[l->keys[r->f.state]];

	for (uint32_t i = 0; i < l->is.n_slots; i++) {
		uint64_t value = 0, mask = 0;

		for (uint32_t b = 0; k && b < k->count; b++) {
			uint32_t up;

			if (!r->f.key_mask[b] || !covers(l, r->f.state, i, k->off[b]))
				continue;
			up = 8 * (l->is.slots[i].bytes - 1 - (uint32_t)(k->off[b] - l->at[r->f.state][i]));
			value |= (uint64_t)r->f.key_value[b] << up;
			mask |= (uint64_t)r->f.key_mask[b] << up;
		}
		if (mask)
			put_value(l, l->t->key, l->is.slots[i].field, value, mask);
	}
	put_value(l, l->t->key, l->is.state, r->f.state, r->f.state_mask & ones(l->is.state->bits));
}

/* A length that the header cannot have ends the parser. */
static bool bad_length(const struct mdc_row *r)
{
	return (r->f.flags & MDESC_ROW_LENGTH) && r->f.length == MDESC_FMT_NONE16;
}

static bool instance_bytes(const struct mdc_instance *n, const struct mdc_row *r, uint32_t *bytes)
{
	struct mdesc_fmt_header h = image_header(n);

	if (h.kind == MDESC_KIND_MARK || h.kind == MDESC_KIND_PEEK)
		return true;
	if (r->f.flags & MDESC_ROW_LENGTH)
		*bytes = bad_length(r) ? 0 : r->f.length;
	else
		*bytes = h.fixed;
	return h.kind != MDESC_KIND_LEAVE && (!(h.flags & MDESC_HEADER_VAR) || (r->f.flags & MDESC_ROW_LENGTH));
}

/* Bytes that the row moves the cursor by; false: a table of this kind cannot do what it does. */
static bool moves(struct lower *l, const struct mdc_row *r, uint32_t *bytes)
{
	const struct mdc_instance *n = r->f.header == MDESC_FMT_NONE16 ? NULL : l->m->parser.instances[r->f.header];
	const char *why = NULL;
	struct diag *d;

	*bytes = 0;
	if (r->f.op_count)
		why = "writes metadata or registers";
	else if (r->f.layout != MDESC_FMT_NONE16)
		why = "chooses a layout";
	else if ((r->f.flags & MDESC_ROW_WITHIN) || (r->f.next.flags & MDESC_NEXT_LEAVE))
		why = "goes within a header";
	else if (r->f.next.verdict == MDESC_DROP)
		why = "drops";
	else if (n && !instance_bytes(n, r, bytes))
		why = "moves by what the packet says (`advance constant;` in the target makes rows of it)";
	if (!why)
		return true;
	d = diag(l->ctx, CHK_target_limit, r->loc, "this row %s, and table '%s' cannot", why, l->t->name);
	diag_label(d, l->t->loc, "declared here");
	return false;
}

static bool put_next(struct lower *l, const struct mdc_row *r)
{
	const struct mdesc_fmt_next *n = &r->f.next;
	const struct mdc_row_state *states = l->rows->states;
	bool ok = true;

	if (n->verdict != MDESC_GO || bad_length(r))
		return give(l, r, l->is.done, 1, "the end") &&
		       give(l, r, l->is.code, bad_length(r) ? MDESC_ERR_BAD_LENGTH : n->verdict == MDESC_REJECT ?
			    n->code : 0, "the error");
	ok = give(l, r, l->is.next, n->state, "the next state");
	for (uint32_t i = 0; i < l->is.n_slots && ok; i++)
		if (l->is.slots[i].name && l->is.slots[i].gives && l->at[n->state][i] > 0)
			ok = give(l, r, l->is.slots[i].gives, (uint64_t)l->at[n->state][i], "the place of a key byte");
	if (ok && l->t->staged)
		ok = give(l, r, l->is.bypass, states[n->state].f.stage - states[r->f.state].f.stage - 1u,
			  "the number of stages left out");
	return ok;
}

/* What was put into the row, in the order of its fields; the last that was said of one counts. */
static void list_values(struct lower *l)
{
	VEC(struct mdc_row_value) list = { 0 };

	for (uint32_t i = 0; i <= l->t->n_results; i++) {
		const struct mdc_bits_struct *s = i ? l->t->results[i - 1] : l->t->key;

		for (uint32_t k = 0; k < s->n_fields; k++) {
			size_t v = l->values.n;

			while (v && l->values.p[v - 1].field != &s->fields[k])
				v--;
			if (v)
				*vec_push(l->ctx->arena, &list) = l->values.p[v - 1];
		}
	}
	l->row->values = list.p;
	l->row->n_values = (uint32_t)list.n;
}

static struct mdc_table_row *make_row(struct lower *l, const struct mdc_row *r)
{
	uint32_t chunks = 0, bytes, key = mdc_chunks(l->t->key->bits) + 1;
	bool header = r->f.header != MDESC_FMT_NONE16 && !(r->f.flags & MDESC_ROW_ABORT) && !bad_length(r);
	bool extract = header && l->m->parser.instances[r->f.header]->kind == MDC_I_HEADER;

	for (uint32_t i = 0; i < l->t->n_results; i++)
		chunks += mdc_chunks(l->t->results[i]->bits);
	l->row = arena_new_of(l->ctx->arena, struct mdc_table_row);
	*l->row = (struct mdc_table_row){ .kind = MDC_ROW_THERE, .matches = true, .loc = r->loc,
					  .value = arena_array(l->ctx->arena, uint64_t, key),
					  .mask = arena_array(l->ctx->arena, uint64_t, key),
					  .result = arena_array(l->ctx->arena, uint64_t, chunks + 1),
					  .doc = arena_printf(l->ctx->arena, "state %s",
							      l->rows->states[r->f.state].name) };
	memset(&l->values, 0, sizeof(l->values));
	put_defaults(l);
	put_key(l, r);
	if (!moves(l, r, &bytes) || (header && !give(l, r, l->is.shift, bytes, "the shift")) ||
	    (extract && l->is.capture && !give(l, r, l->is.capture, 1, "a header")) ||
	    (extract && l->is.id && !give(l, r, l->is.id, r->f.header + 1u, "the number of a header")) ||
	    !put_next(l, r))
		return NULL;
	list_values(l);
	return l->row;
}

/* ---- the table ---- */

static bool place(struct lower *l, struct mdc_table_row *row, const struct mdc_row *r, uint32_t *next)
{
	const struct mdc_table *t = l->t;
	uint32_t stage = t->staged ? l->rows->states[r->f.state].f.stage - 1u : 0;
	struct diag *d;

	if (stage < t->n_stages) {
		row->stage = t->first_stage + stage;
		while (next[stage] < t->rows && mdc_table_row_at(t, row->stage, next[stage]))
			next[stage]++;
		row->number = next[stage]++;
		if (row->number < t->rows)
			return true;
	}
	d = diag(l->ctx, CHK_row_place, row->loc, "table '%s' has no place for the parser's rows from here on",
		 t->name);
	diag_label(d, t->loc, "it has %u stage%s of %u rows, and %u are taken", t->n_stages,
		   t->n_stages == 1 ? "" : "s", t->rows, t->n_list);
	diag_note(d, "the parser needs %u rows", l->rows->n_rows);
	return false;
}

static int by_number(const void *a, const void *b)
{
	const struct mdc_table_row *x = *(const struct mdc_table_row *const *)a;
	const struct mdc_table_row *y = *(const struct mdc_table_row *const *)b;

	if (x->stage != y->stage)
		return x->stage < y->stage ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* What the first look-up is: the first state, and where its slots look. */
static const struct mdc_table_start *starts(struct lower *l, uint32_t *n)
{
	struct mdc_table_start *s = arena_array(l->ctx->arena, struct mdc_table_start, l->t->n_start + SLOTS_MAX + 1);
	uint32_t first = l->rows->start.state;

	*n = 0;
	for (uint32_t i = 0; i < l->t->n_start; i++) {
		bool ours = l->t->start[i].field == l->is.state;

		for (uint32_t k = 0; k < l->is.n_slots; k++)
			ours |= l->is.slots[k].name == l->t->start[i].name;
		if (!ours)
			s[(*n)++] = l->t->start[i];
	}
	s[(*n)++] = (struct mdc_table_start){ l->is.state->name, l->is.state, first, l->t->loc };
	for (uint32_t i = 0; i < l->is.n_slots; i++)
		if (l->is.slots[i].name && l->at[first][i] > 0)
			s[(*n)++] = (struct mdc_table_start){ l->is.slots[i].name, NULL, (uint64_t)l->at[first][i],
							      l->t->loc };
	return s;
}

static const struct mdc_table *filled(struct lower *l)
{
	struct mdc_table *t = arena_new_of(l->ctx->arena, struct mdc_table);
	uint32_t *next = arena_array(l->ctx->arena, uint32_t, l->t->n_stages + 1);

	*t = *l->t;
	t->list = arena_array(l->ctx->arena, const struct mdc_table_row *, l->t->n_list + l->rows->n_rows + 1);
	memcpy(t->list, l->t->list, l->t->n_list * sizeof(*t->list));
	for (uint32_t i = 0; i < l->rows->n_rows; i++) {
		struct mdc_table_row *row = make_row(l, &l->rows->rows[i]);

		if (!row || !place(l, row, &l->rows->rows[i], next))
			return NULL;
		t->list[t->n_list++] = row;
	}
	qsort(t->list, t->n_list, sizeof(*t->list), by_number);
	t->start = starts(l, &t->n_start);
	return t;
}

static bool states_fit(struct lower *l)
{
	const struct mdc_target *g = &l->m->target;
	struct diag *d;

	for (uint32_t i = 0; i < l->rows->n_states; i++)
		if (l->rows->states[i].f.max) {
			d = diag(l->ctx, CHK_target_limit, l->rows->states[i].loc,
				 "table '%s' does not count how often state '%s' is entered", l->t->name,
				 l->rows->states[i].name);
			diag_label(d, l->t->loc, "declared here");
			return false;
		}
	if (l->rows->n_states - 1 <= ones(l->is.state->bits) && l->rows->start.verdict == MDESC_GO)
		return true;
	d = diag(l->ctx, CHK_target_limit, g->table_loc,
		 "the parser has %u states, and field '%s' of table '%s' %u bits",
		 l->rows->n_states, l->is.state->name, l->t->name, l->is.state->bits);
	diag_label(d, l->is.state->loc, "declared here");
	return false;
}

const struct mdc_model *mdc_lower_table(struct mdc_ctx *ctx, const struct mdc_model *m, const struct mdc_rows *rows)
{
	struct lower l = { .ctx = ctx, .m = m, .rows = rows };
	const struct mdc_table **tables;
	struct mdc_model *to;
	uint32_t at = 0;

	if (!m->target.table || !m->parser.name)
		return m;
	while (at < m->n_tables && m->tables[at]->name != m->target.table)
		at++;
	if (at == m->n_tables || !m->tables[at]->key || !m->tables[at]->effect) {
		diag_note(diag(ctx, CHK_missing, m->target.table_loc, "target '%s' names table '%s', %s",
			       m->target.name, m->target.table,
			       at == m->n_tables ? "and there is none" : "which lacks a key or an effect"),
			  "it is `table NAME { ... key {...} result {...} effect {...} }`");
		return NULL;
	}
	l.t = m->tables[at];
	l.at = arena_alloc(ctx->arena, (rows->n_states + 1u) * sizeof(*l.at));
	find_keys(&l);
	if (!find_meaning(&l) || !states_fit(&l))
		return NULL;
	for (uint32_t i = 0; i < rows->n_states; i++)
		if (!place_slots(&l, i))
			return NULL;
	to = arena_new_of(ctx->arena, struct mdc_model);
	*to = *m;
	tables = arena_array(ctx->arena, const struct mdc_table *, m->n_tables);
	memcpy(tables, m->tables, m->n_tables * sizeof(*tables));
	tables[at] = filled(&l);
	to->tables = tables;
	return tables[at] ? to : NULL;
}

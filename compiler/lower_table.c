/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A parser's rows as rows of a raw table: takes the rows behind the passes and
 * the table that the target names, gives a model in which the table has them,
 * beside those of the description. What each of its fields means is taken from
 * the table's own effect: for what a row needs, fields are found that make the
 * effect do it, and the effect is run with them. What a row needs and the table
 * has not is an error at the row.
 */
#include <stdlib.h>

#include "lower.h"
#include "lower_table.h"

struct values { struct mdc_row_value *p; size_t n, cap; };

/* ---- what the effect says ---- */

static const struct mdc_bfield *key_field(const struct lower *l, const char *name)
{
	for (uint32_t i = 0; i < l->t->key->n_fields; i++)
		if (!strcmp(l->t->key->fields[i].name, name))
			return &l->t->key->fields[i];
	return NULL;
}

static bool has_stmt(const struct lower *l, uint8_t op, uint32_t reg)
{
	for (uint32_t i = 0; i < l->n_stmts; i++)
		if (l->stmts[i].op == op && (op == MDESC_T_STOP || l->stmts[i].reg == reg))
			return true;
	return false;
}

static bool find_meaning(struct lower *l)
{
	const struct mdc_target *g = &l->m->target;
	const char *lacks = NULL;
	struct diag *d;

	l->state = key_field(l, g->table_state);
	if (l->state && (l->state->load || l->state->alias))
		l->state = NULL;
	lw_read(l);
	l->state_reg = lw_raw_named(l, g->table_state);
	if (!l->state)
		lacks = "its key has no field of this name, which would be the state";
	else if (!has_stmt(l, MDESC_T_SET, l->state_reg))
		lacks = arena_printf(l->ctx->arena, "its effect lacks `%s = FIELD;`, the next state", g->table_state);
	else if (!has_stmt(l, MDESC_T_SET, 0))
		lacks = "its effect lacks `cursor += FIELD;`";
	else if (!has_stmt(l, MDESC_T_STOP, 0))
		lacks = "its effect lacks `if (FIELD) stop();`";
	if (!lacks)
		return true;
	d = diag(l->ctx, CHK_missing, g->table_loc,
		 "table '%s' does not say how it goes on, so no parser can be put into it", l->t->name);
	diag_label(d, l->t->loc, "declared here");
	diag_note(d, "%s", lacks);
	return false;
}

/* ---- one row ---- */

/* @what of the row has no place in the table, or a number of it does not fit. */
static bool refuse(struct lower *l, const char *what, const char *note)
{
	const struct mdc_bfield *f = l->small;
	struct diag *d;

	if (f) {
		d = diag(l->ctx, CHK_target_limit, l->r->loc,
			 "%s of this row is %lld, and field '%s' of table '%s' has %u bit%s%s", what,
			 (long long)l->small_v, f->name, l->t->name, f->bits, f->bits == 1 ? "" : "s",
			 l->small_v < 0 && !f->is_signed && f->sign == UINT32_MAX ? " and no sign" : "");
		diag_label(d, f->loc, "declared here");
	} else if (l->clash) {
		d = diag(l->ctx, CHK_target_limit, l->r->loc,
			 "%s of this row needs field '%s' of table '%s', which has another value in it", what,
			 l->clash->name, l->t->name);
		diag_label(d, l->clash->loc, "declared here");
		note = "spread it over two states";
	} else {
		d = diag(l->ctx, CHK_target_limit, l->r->loc, "table '%s' has no field for %s of this row", l->t->name,
			 what);
		diag_label(d, l->t->loc, "declared here");
	}
	if (note)
		diag_note(d, "%s", note);
	return false;
}

static uint64_t *result_bits(const struct lower *l, const struct mdc_bits_struct *of)
{
	uint64_t *to = (uint64_t *)(uintptr_t)l->row->result;

	for (uint32_t i = 0; l->t->results[i] != of; i++)
		to += mdc_chunks(l->t->results[i]->bits);
	return to;
}

static void put_value(struct lower *l, const struct mdc_bits_struct *of, const struct mdc_bfield *f, int64_t v,
		      uint64_t mask, struct values *values)
{
	bool negative = v < 0 && f->sign != UINT32_MAX;
	uint64_t number = (uint64_t)(negative ? -v : v) & lw_ones(f->bits), *to;

	*vec_push(l->ctx->arena, values) = (struct mdc_row_value){ of, f, number, mask, negative, true };
	if (of == l->t->key) {
		mdc_pieces_set((uint64_t *)(uintptr_t)l->row->value, f->pieces, f->n_pieces,
			       mdc_bfield_turn(f, number));
		mdc_pieces_set((uint64_t *)(uintptr_t)l->row->mask, f->pieces, f->n_pieces, mdc_bfield_turn(f, mask));
		return;
	}
	to = result_bits(l, of);
	mdc_pieces_set(to, f->pieces, f->n_pieces, mdc_bfield_turn(f, number));
	if (f->mask)
		mdc_pieces_set(to, f->mask, f->n_mask, mdc_bfield_turn(f, mask));
	if (f->sign != UINT32_MAX)
		mdc_pieces_set(to, &(struct mdc_piece){ f->sign, 1 }, 1, negative);
}

/* The default of each field of the results, and of the key. */
static void put_defaults(struct lower *l, struct values *values)
{
	for (uint32_t i = 0; i <= l->t->n_results; i++) {
		const struct mdc_bits_struct *s = i ? l->t->results[i - 1] : l->t->key;

		for (uint32_t k = 0; k < s->n_fields; k++) {
			const struct mdc_bfield *f = &s->fields[k];

			if (i ? f->has_init : lw_is_pinned(l, f))
				put_value(l, s, f, (int64_t)f->init, lw_ones(f->bits), values);
		}
	}
}

/* ---- its key ---- */

struct key_bits { uint64_t value, mask; };

/* Bits of a register, flag or source, in the field of the key of the same name. */
static bool key_by_name(struct lower *l, const struct mdesc_fmt_keys *k, uint32_t b, struct key_bits *of)
{
	for (uint32_t bit = 0; bit < 8; bit++) {
		const struct mdc_register *reg = NULL;
		const struct mdc_bfield *f;
		const char *name;
		uint32_t at = 8 * (uint32_t)k->off[b] + bit;

		if (!(l->r->f.key_mask[b] >> bit & 1))
			continue;
		if (k->kind[b] == MDESC_SLOT_REGISTER) {
			reg = lw_register_at(l, at);
			at -= reg ? reg->bit : 0;
		}
		name = reg ? reg->name : k->kind[b] == MDESC_SLOT_SOURCE ? l->m->sources[k->index[b]]->name : "";
		f = key_field(l, name);
		if (!f || f->load || f->alias || at >= f->bits) {
			struct diag *d = diag(l->ctx, CHK_target_limit, l->r->loc, "this row compares bit %u of '%s', "
					      "and the key of table '%s' has no such bit", at, name, l->t->name);

			diag_label(d, f ? f->loc : l->t->loc, "declared here");
			diag_note(d, "a field of the key of the same name would be compared, without `packet[...]`");
			return false;
		}
		of[f->idx].mask |= 1ull << at;
		of[f->idx].value |= (uint64_t)(l->r->f.key_value[b] >> bit & 1) << at;
	}
	return true;
}

static bool put_key(struct lower *l, struct values *values)
{
	const struct mdc_row *r = l->r;
	uint32_t s = r->f.state, n = l->t->key->n_fields;
	const struct mdesc_fmt_keys *k = l->keys[s] == LW_NONE ? NULL : &l->rows->keys[l->keys[s]];
	struct key_bits *of = arena_array(l->ctx->arena, struct key_bits, n + 1);

	for (uint32_t b = 0; k && b < k->count; b++) {
		if (r->f.key_mask[b] && k->kind[b] != MDESC_SLOT_PACKET && !key_by_name(l, k, b, of))
			return false;
		for (uint32_t i = 0; i < l->n_slots && k->kind[b] == MDESC_SLOT_PACKET; i++) {
			const struct lw_slot *slot = &l->slots[i];
			uint32_t up;

			if (!r->f.key_mask[b] || !lw_covers(l, s, i, k->off[b]))
				continue;
			up = 8 * (slot->bytes - 1 - (uint32_t)(k->off[b] - l->at[s][i]));
			of[slot->field->idx].value |= (uint64_t)r->f.key_value[b] << up;
			of[slot->field->idx].mask |= (uint64_t)r->f.key_mask[b] << up;
		}
	}
	of[l->state->idx].value = l->number[s];
	of[l->state->idx].mask = r->f.state_mask & lw_ones(l->state->bits);
	for (uint32_t i = 0; i < n; i++)
		if (of[i].mask || &l->t->key->fields[i] == l->state)
			put_value(l, l->t->key, &l->t->key->fields[i], (int64_t)of[i].value, of[i].mask, values);
	return true;
}

/* Where cells are 0 and 1 only, the row compares all bits of the key. */
static bool closed(struct lower *l)
{
	for (uint32_t i = 0; !l->t->has_any && i < l->t->key->n_fields; i++) {
		const struct mdc_bfield *f = &l->t->key->fields[i];
		struct diag *d;

		if (f->alias || mdc_pieces_get(l->row->mask, f->pieces, f->n_pieces) == lw_ones(f->bits))
			continue;
		d = diag(l->ctx, CHK_target_limit, l->r->loc,
			 "this row leaves bits of '%s' open, and table '%s' compares all of them", f->name, l->t->name);
		diag_label(d, f->loc, "declared here");
		diag_note(d, "its cells are 0 and 1 only");
		return false;
	}
	return true;
}

/* ---- its result ---- */

static bool solve_go(struct lower *l, const struct lw_need *need)
{
	const struct mdc_row_state *states = l->rows->states;
	struct lw_set s = { l->state_reg, lw_const(l->number[need->state]), UINT64_MAX, true };

	if (!lw_solve_set(l, &s))
		return refuse(l, "the next state", NULL);
	for (uint32_t i = 0; i < l->n_slots; i++) {
		int64_t at = (int64_t)l->at[need->state][i] - l->ahead[need->state];

		if (!l->slots[i].name || l->at[need->state][i] == INT32_MIN || !l->slots[i].set)
			continue;
		s = (struct lw_set){ l->slots[i].reg, lw_const(at), UINT64_MAX, true };
		if (!lw_solve_set(l, &s))
			return refuse(l, "the place of a key byte", NULL);
	}
	if (!l->t->staged)
		return true;
	s = (struct lw_set){ 1, { .reg = 1, .c = states[need->state].f.stage - states[l->r->f.state].f.stage },
			     UINT64_MAX, true };
	return lw_solve_set(l, &s) || refuse(l, "the number of stages left out", NULL);
}

/* What the packet says is no term of the effect, or a part of it does not fit. */
static bool no_length(struct lower *l)
{
	struct diag *d = diag(l->ctx, CHK_target_limit, l->r->loc,
			      "this row moves by what the packet says, and table '%s' cannot", l->t->name);

	if (l->small && l->small_v < 0)
		diag_label(d, l->small->loc, "this has no sign, and %lld is needed", (long long)l->small_v);
	else if (l->small)
		diag_label(d, l->small->loc, "this has %u bit%s, and %lld is needed", l->small->bits,
			   l->small->bits == 1 ? "" : "s", (long long)l->small_v);
	else
		diag_label(d, l->t->loc, "its effect lacks `cursor += (packet[cursor + FIELD] & FIELD) << FIELD;`");
	diag_note(d, "`advance constant;` in the target makes rows of it, one for each length");
	return false;
}

static bool solve(struct lower *l, const struct lw_need *need)
{
	bool none, there, ok, said = false;

	if (need->header != LW_NONE && !lw_give_record(l, need->header, &said))
		return refuse(l, "what is recorded of a header", NULL);
	for (uint32_t i = 0; i < need->n_sets; i++) {
		const char *name = l->m->rawregs[need->sets[i].reg].name;

		l->small = l->clash = NULL;
		if (need->stop && l->m->rawregs[need->sets[i].reg].kind == MDESC_RAW_REG_KEY)
			continue;	/* nothing is looked up any more */
		if (!lw_solve_set(l, &need->sets[i]))
			return refuse(l, arena_printf(l->ctx->arena, "what '%s' is set to", name),
				      "a row can set what the effect takes from a field, under its own conditions");
	}
	l->small = l->clash = NULL;
	ok = need->stop && !need->cursor.cursor ? true : lw_solve_cursor(l, &need->cursor);
	if (!ok && !need->stop && need->cursor.bytes)
		return no_length(l);
	if (!ok && !need->stop)
		return refuse(l, "the shift", NULL);
	l->small = l->clash = NULL;
	if (!lw_solve_stop(l, need->stop, need->code, &none))
		return refuse(l, l->small || none ? "the error" : "the end", NULL);
	l->small = l->clash = NULL;
	if (need->header != LW_NONE && !lw_solve_record(l, need->header + 1, !said, &there))
		return refuse(l, l->small ? "the number of a header" : "a header", NULL);
	l->small = l->clash = NULL;
	return need->stop || solve_go(l, need);
}

/* ---- does it do so? ---- */

/* Bits of a register that no row can set: they are always 0. */
static uint64_t never_set(const struct lower *l, uint32_t reg)
{
	uint64_t can = 0;

	for (uint32_t i = 0; i < l->n_stmts; i++) {
		const struct lw_stmt *s = &l->stmts[i];

		if (s->reg == reg && (s->op == MDESC_T_SET || s->op == MDESC_T_SETM))
			can |= s->op == MDESC_T_SETM && s->value->o->op == MDESC_T_FIELD ?
			       lw_ones(s->value->o->field->bits) : UINT64_MAX;
	}
	return ~can;
}

/* Register @i becomes what the row needs, NULL: stays as it is. */
static bool right_set(const struct lower *l, uint32_t i, const struct lw_set *want, const struct lw_set *is)
{
	uint64_t set = is->mask | (is->mask ? never_set(l, i) : 0);

	if (!want)
		return !is->mask;
	if (!lw_is_const(&want->v))
		return is->mask == UINT64_MAX && lw_same_val(&is->v, &want->v);
	if (is->mask && !lw_is_const(&is->v))
		return false;
	/* A register of the parser has no bits above its own. */
	return want->whole ? !(want->mask & ~set) && !((uint64_t)(is->v.c ^ want->v.c) & want->mask) :
	       is->mask == want->mask && !((uint64_t)(is->v.c ^ want->v.c) & want->mask);
}

static const char *wrong_sets(const struct lower *l, const struct lw_need *need, const struct lw_did *did)
{
	for (uint32_t i = 0; i < l->m->n_rawregs; i++) {
		const struct lw_set *want = NULL;

		for (uint32_t k = 0; k < need->n_sets; k++)
			if (need->sets[k].reg == i)
				want = &need->sets[k];
		if (need->stop && l->m->rawregs[i].kind == MDESC_RAW_REG_KEY)
			continue;	/* nothing is looked up any more */
		if (l->mapped[i] && !right_set(l, i, want, &did->regs[i]))
			return l->m->rawregs[i].name;
	}
	return NULL;
}

static bool is_number(const struct lw_did *did, uint32_t reg, int64_t v)
{
	return did->regs[reg].mask == UINT64_MAX && lw_is_const(&did->regs[reg].v) && did->regs[reg].v.c == v;
}

static const char *wrong_go(const struct lower *l, const struct lw_need *need, const struct lw_did *did)
{
	const struct mdc_row_state *states = l->rows->states;
	struct lw_val stage = { .reg = 1, .c = states[need->state].f.stage - states[l->r->f.state].f.stage };
	struct lw_val stays = { .reg = LW_NONE, .cursor = true };
	const struct lw_val *cursor = did->regs[0].mask ? &did->regs[0].v : &stays;

	if (did->stop || did->gone)
		return did->stop ? "end" : "go to another table";
	if (!lw_same_val(cursor, &need->cursor))
		return "move the cursor elsewhere";
	if (!is_number(did, l->state_reg, l->number[need->state]))
		return "go on in another state";
	for (uint32_t i = 0; i < l->n_slots; i++)
		if (l->slots[i].name && l->slots[i].set && l->at[need->state][i] != INT32_MIN &&
		    !is_number(did, l->slots[i].reg, (int64_t)l->at[need->state][i] - l->ahead[need->state]))
			return "look elsewhere";
	if (l->t->staged && (!did->regs[1].mask || !lw_same_val(&did->regs[1].v, &stage)))
		return "go on in another stage";
	for (uint32_t i = 0; i < l->t->key->n_fields; i++) {
		const struct mdc_bfield *f = &l->t->key->fields[i];
		uint32_t reg = f->load || f->alias ? lw_raw_named(l, f->name) : LW_NONE;

		if (reg != LW_NONE && did->regs[reg].mask)
			return "set what the next look-up sees of the packet";
		reg = lw_is_pinned(l, f) ? lw_raw_named(l, f->name) : LW_NONE;
		if (reg != LW_NONE && did->regs[reg].mask && !is_number(did, reg, (int64_t)f->init))
			return arena_printf(l->ctx->arena, "set '%s', which rows compare with its default", f->name);
	}
	return NULL;
}

/* The effect, with the row as it is now, does what the row must. */
static bool believed(struct lower *l, const struct lw_need *need)
{
	struct lw_val here = { .cursor = true, .reg = LW_NONE, .c = -l->ahead[l->r->f.state] };
	const char *wrong = NULL, *name;
	struct lw_did did;
	bool records = false;
	struct diag *d;

	for (uint32_t i = 0; i < l->n_stmts; i++)
		records |= l->stmts[i].op == MDESC_T_RECORD;
	lw_run(l, &did);
	if (did.failed)
		wrong = "do what depends on the packet";
	else if (need->stop)
		wrong = !did.stop ? "not end" : need->code && (!did.n_codes || !lw_is_const(&did.code) ||
			did.code.c != need->code) ? "end with another error" : NULL;
	else
		wrong = wrong_go(l, need, &did);
	if (!wrong && records && did.records != (need->header != LW_NONE))
		wrong = did.records ? "record a header" : "record no header";
	if (!wrong && did.records && !lw_same_val(&did.record_at, &here))
		wrong = "record the header at another place";
	name = wrong ? NULL : wrong_sets(l, need, &did);
	if (!wrong && !name)
		return true;
	if (name)
		d = diag(l->ctx, CHK_target_limit, l->r->loc,
			 "no row of table '%s' does this: it would set '%s' otherwise", l->t->name, name);
	else
		d = diag(l->ctx, CHK_target_limit, l->r->loc, "no row of table '%s' does this: it would %s", l->t->name,
			 wrong);
	diag_label(d, l->t->loc, "its effect says so");
	return false;
}

/* What was put into the row, in the order of its fields; the last that was said of one counts. */
static void list_values(struct lower *l, const struct values *values)
{
	VEC(struct mdc_row_value) list = { 0 };

	for (uint32_t i = 0; i <= l->t->n_results; i++) {
		const struct mdc_bits_struct *s = i ? l->t->results[i - 1] : l->t->key;

		for (uint32_t k = 0; k < s->n_fields; k++) {
			size_t v = values->n;

			while (v && values->p[v - 1].field != &s->fields[k])
				v--;
			if (v)
				*vec_push(l->ctx->arena, &list) = values->p[v - 1];
		}
	}
	l->row->values = list.p;
	l->row->n_values = (uint32_t)list.n;
}

static struct mdc_table_row *make_row(struct lower *l, const struct mdc_row *r)
{
	uint32_t chunks = 0, key = mdc_chunks(l->t->key->bits) + 1;
	struct values values = { 0 };
	struct lw_need need;

	for (uint32_t i = 0; i < l->t->n_results; i++)
		chunks += mdc_chunks(l->t->results[i]->bits);
	l->r = r;
	l->n_given = 0;
	l->row = arena_new_of(l->ctx->arena, struct mdc_table_row);
	*l->row = (struct mdc_table_row){ .kind = MDC_ROW_THERE, .matches = true, .of_parser = true, .loc = r->loc,
					  .value = arena_array(l->ctx->arena, uint64_t, key),
					  .mask = arena_array(l->ctx->arena, uint64_t, key),
					  .result = arena_array(l->ctx->arena, uint64_t, chunks + 1),
					  .doc = arena_printf(l->ctx->arena, "state %s",
							      l->rows->states[r->f.state].name) };
	put_defaults(l, &values);
	if (!put_key(l, &values) || !closed(l) || !lw_need(l, &need) || !solve(l, &need))
		return NULL;
	for (uint32_t i = 0; i < l->n_given; i++)
		put_value(l, l->given[i].of, l->given[i].field, l->given[i].v, l->given[i].mask, &values);
	if (!believed(l, &need))
		return NULL;
	list_values(l, &values);
	return l->row;
}

/* ---- the table ---- */

/* The row that counts before all but @n others. */
static uint32_t nth(const struct mdc_table *t, uint32_t n)
{
	return t->match_last ? t->rows - 1 - n : n;
}

static bool place(struct lower *l, struct mdc_table_row *row, const struct mdc_row *r, uint32_t *next)
{
	const struct mdc_table *t = l->t;
	uint32_t stage = t->staged ? l->rows->states[r->f.state].f.stage - 1u : 0;
	struct diag *d;

	if (stage < t->n_stages) {
		row->stage = t->first_stage + stage;
		while (next[stage] < t->rows && mdc_table_row_at(t, row->stage, nth(t, next[stage])))
			next[stage]++;
		row->number = nth(t, next[stage]);
		if (next[stage]++ < t->rows)
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
	struct mdc_table_start *s = arena_array(l->ctx->arena, struct mdc_table_start,
						l->t->n_start + LW_SLOTS_MAX + 2);
	uint32_t first = l->rows->start.state;

	*n = 0;
	for (uint32_t i = 0; i < l->t->n_start; i++) {
		bool ours = l->t->start[i].field == l->state;

		for (uint32_t k = 0; k < l->n_slots; k++)
			ours |= l->slots[k].name == l->t->start[i].name;
		for (uint32_t k = 0; k < l->m->parser.n_registers; k++)
			ours |= !strcmp(l->m->parser.registers[k]->name, l->t->start[i].name);
		ours |= !strcmp(l->t->start[i].name, "cursor");
		if (!ours)
			s[(*n)++] = l->t->start[i];
	}
	s[(*n)++] = (struct mdc_table_start){ l->state->name, l->state, l->number[first], l->t->loc };
	for (uint32_t i = 0; i < l->n_slots; i++)
		if (l->slots[i].name && l->at[first][i] > 0)
			s[(*n)++] = (struct mdc_table_start){ l->slots[i].name, NULL,
							      (uint64_t)(l->at[first][i] - l->ahead[first]),
							      l->t->loc };
	if (l->ahead[first])
		s[(*n)++] = (struct mdc_table_start){ l->m->rawregs[0].name, NULL, (uint64_t)(int64_t)l->ahead[first],
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
	mdc_check_lowered(l->ctx, t);
	return diag_errors(l->ctx) ? NULL : t;
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
			diag_note(d, "`loops no;` in the target has it there once for each time");
			return false;
		}
	if (l->rows->n_states - 1 <= lw_ones(l->state->bits) && l->rows->start.verdict == MDESC_GO)
		return true;
	d = diag(l->ctx, CHK_target_limit, g->table_loc,
		 "the parser has %u states, and field '%s' of table '%s' %u bits",
		 l->rows->n_states, l->state->name, l->t->name, l->state->bits);
	diag_label(d, l->state->loc, "declared here");
	return false;
}

/* Registers of tables that the parser has, too. */
static bool *mapped_registers(struct lower *l)
{
	bool *mapped = arena_array(l->ctx->arena, bool, l->m->n_rawregs + 1);

	for (uint32_t i = 0; i < l->m->parser.n_registers; i++) {
		uint32_t raw = lw_raw_named(l, l->m->parser.registers[i]->name);

		if (raw != LW_NONE)
			mapped[raw] = true;
	}
	return mapped;
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
	l.mapped = mapped_registers(&l);
	if (!find_meaning(&l) || !lw_check_records(&l) || !states_fit(&l) ||
	    !lw_number_states(&l) || !lw_check_pinned(&l) || !lw_find_slots(&l))
		return NULL;
	for (uint32_t i = 0; i < rows->n_states; i++)
		if (!lw_place_slots(&l, i))
			return NULL;
	to = arena_new_of(ctx->arena, struct mdc_model);
	*to = *m;
	tables = arena_array(ctx->arena, const struct mdc_table *, m->n_tables);
	memcpy(tables, m->tables, m->n_tables * sizeof(*tables));
	tables[at] = filled(&l);
	to->tables = tables;
	return tables[at] ? to : NULL;
}

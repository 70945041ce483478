/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The lines of a table: how many rows it has, what words they are in, the key
 * and how its bits are encoded, the results, which rows are reserved. Afterwards
 * every member of mdc_table but its rows is known, or the table is broken.
 */
#include "table_make.h"

#define ROWS_MAX	65536u
#define STAGES_MAX	256u
#define ROW_WORDS_MAX	4096u
#define ALL_ROWS_MAX	(1u << 20)
#define START_CURSOR_MAX	4096

enum line { L_ROWS, L_WORDS, L_MATCH, L_INTERLEAVE, L_SUBWORD, L_VALID, L_INVALID, L_CELL, L_ABSENT, L_KEY, L_RESULT,
	    L_INDEX, L_REGISTER, LINES };

static const struct line_rule { const char *name, *example; } rules[LINES] = {
	[L_ROWS] = { "rows", "rows 256;" },
	[L_WORDS] = { "words", "words 32;` or `words 64 big flipped;" },
	[L_MATCH] = { "match", "match first;`, `match last;` or `match one;" },
	[L_INTERLEAVE] = { "interleave", "interleave 16;" },
	[L_SUBWORD] = { "subword", "subword 52;" },
	[L_VALID] = { "valid", "valid 191;" },
	[L_INVALID] = { "invalid", "invalid 191;" },
	[L_CELL] = { "cell", "cell value_mask;` or `cell { any: (0, 0); 0: (1, 0); 1: (0, 1); }" },
	[L_ABSENT] = { "absent", "absent zero;" },
	[L_KEY] = { "key", "key NAME;` or `key { FIELDS }" },
	[L_RESULT] = { "result", "result NAME, NAME;` or `result { FIELDS }" },
	[L_INDEX] = { "index", "index NAME;" },
	[L_REGISTER] = { "register", "register NAME, NAME;" },
};

/* Bits of the planes for a bit that can be anything, for 0, for 1, and for one that never matches. */
static const struct preset {
	const char *name;
	uint32_t planes;
	bool any, never;
	uint8_t cells[MDC_CELLS];
} presets[] = {
	{ "value_mask", 2, true, false, { 0, 2, 3, 0 } },
	{ "cam", 2, true, true, { 0, 1, 2, 3 } },
	{ "key_inverse", 2, true, true, { 3, 2, 1, 0 } },
	{ "exact", 1, false, false, { 0, 0, 1, 0 } },
};

struct lines {
	struct tb *b;
	struct resolver *r;
	struct tb_table *t;
	struct loc seen[LINES];		/* src UINT32_MAX: not there */
	struct loc effect;		/* likewise */
};

static struct diag *malformed(struct lines *l, struct loc loc, enum line line)
{
	struct diag *d = diag(l->r->ctx, CHK_property, loc, "this line of table '%s' is not understood", l->t->t.name);

	diag_note(d, "it is written `%s`", rules[line].example);
	l->t->broken = true;
	return d;
}

/* ---- words of a line ---- */

/* A number, or the name of a constant. */
static bool number(struct lines *l, const struct ast **a, enum line line, struct loc loc, uint64_t lo, uint64_t hi,
		   uint64_t *value)
{
	const struct ast *word = *a;

	if (!word || (word->kind != AST_INT && word->kind != AST_NAME)) {
		malformed(l, word ? word->loc : loc, line);
		return false;
	}
	*a = word->next;
	if (rs_const_in(l->r, word, rules[line].name, lo, hi, value))
		return true;
	l->t->broken = true;
	return false;
}

/* The word, if it is one of @words; its index, or -1. */
static int word(const struct ast **a, const char *const *words)
{
	for (int i = 0; *a && (*a)->kind == AST_NAME && words[i]; i++) {
		if (strcmp(((const struct ast_ident *)*a)->s, words[i]))
			continue;
		*a = (*a)->next;
		return i;
	}
	return -1;
}

static void line_words(struct lines *l, const struct ast_prop *p)
{
	static const char *const orders[] = { "little", "big", NULL }, *const flips[] = { "flipped", NULL };
	const struct ast *a = p->atoms;
	uint64_t bits;

	if (!number(l, &a, L_WORDS, p->h.loc, 8, 64, &bits))
		return;
	if (bits & (bits - 1)) {
		diag(l->r->ctx, CHK_range, p->atoms->loc, "words have 8, 16, 32 or 64 bits");
		l->t->broken = true;
		return;
	}
	l->t->t.word_bits = (uint32_t)bits;
	l->t->t.big_endian = word(&a, orders) == 1;
	l->t->t.flipped = word(&a, flips) == 0;
	if (a)
		malformed(l, a->loc, L_WORDS);
}

static void line_number(struct lines *l, const struct ast_prop *p, enum line line, uint64_t lo, uint64_t hi,
			uint32_t *to)
{
	const struct ast *a = p->atoms;
	uint64_t value;

	if (number(l, &a, line, p->h.loc, lo, hi, &value))
		*to = (uint32_t)value;
	if (a)
		malformed(l, a->loc, line);
}

static void line_word(struct lines *l, const struct ast_prop *p, enum line line)
{
	static const char *const matches[] = { "first", "last", "one", NULL }, *const zero[] = { "zero", NULL };
	const struct ast *a = p->atoms;
	int which = word(&a, line == L_MATCH ? matches : zero);

	if (which < 0 || a)
		malformed(l, a ? a->loc : p->h.loc, line);
	else if (line == L_MATCH)
		l->t->t.match_last = which == 1, l->t->t.match_one = which == 2;
	else
		l->t->t.bitmap = true;
}

/* Which register chooses the row, where there is no key. */
static void line_index(struct lines *l, const struct ast_prop *p)
{
	const struct ast *a = p->atoms;

	if (!a || a->kind != AST_NAME || a->next) {
		malformed(l, a ? a->loc : p->h.loc, L_INDEX);
		return;
	}
	l->t->t.index = ((const struct ast_ident *)a)->s;
	l->t->t.index_loc = a->loc;
}

static void line_cell(struct lines *l, const struct ast_prop *p)
{
	const char *names[5] = { NULL };
	const struct ast *a = p->atoms;
	int which;

	for (size_t i = 0; i < sizeof(presets) / sizeof(*presets); i++)
		names[i] = presets[i].name;
	which = word(&a, names);
	if (which < 0 || a) {
		diag_note(malformed(l, a ? a->loc : p->h.loc, L_CELL), "there are value_mask, cam, key_inverse, exact");
		return;
	}
	l->t->t.planes = presets[which].planes;
	l->t->t.has_any = presets[which].any;
	l->t->t.has_never = presets[which].never;
	memcpy(l->t->t.cells, presets[which].cells, sizeof(l->t->t.cells));
}

/* ---- structs ---- */

static const struct mdc_bits_struct *named_bits(struct lines *l, const struct ast *a, bool is_key)
{
	struct ast_name n = { ((const struct ast_ident *)a)->s, a->loc };
	const struct ast_bits *ast = atom_map_get(&l->b->bits, n.s);
	struct atom_map *made = is_key ? &l->b->keys_made : &l->b->results_made;
	const struct mdc_bits_struct *s;

	if (!ast) {
		rs_unknown(l->r, n, "bits", &l->b->bits);
		return NULL;
	}
	s = atom_map_get(made, n.s);
	if (!s) {
		s = tb_bits(l->b, ast, n.s, is_key);
		atom_map_add(made, n.s, s ? (void *)(uintptr_t)s : (void *)(uintptr_t)&l->b->broken_bits);
	}
	return s == &l->b->broken_bits ? NULL : s;
}

static void add_result(struct lines *l, const struct mdc_bits_struct *s)
{
	if (!s) {
		l->t->broken = true;
		return;
	}
	*vec_push(l->b->arena, &l->t->results) = s;
	tb_name_fields(l->b, &l->t->result_fields, s);
}

static void set_key(struct lines *l, const struct mdc_bits_struct *s)
{
	l->t->t.key = s;
	if (s)
		tb_name_fields(l->b, &l->t->key_fields, s);
	else
		l->t->broken = true;
}

static void line_structs(struct lines *l, const struct ast_prop *p, enum line line)
{
	const struct ast *a = p->atoms;

	for (;; a = a->next->next) {
		if (!a || a->kind != AST_NAME || (a->next && (a->next->kind != AST_COMMA || line == L_KEY))) {
			malformed(l, a ? a->next ? a->next->loc : a->loc : p->h.loc, line);
			return;
		}
		if (line == L_KEY)
			set_key(l, named_bits(l, a, true));
		else
			add_result(l, named_bits(l, a, false));
		if (!a->next)
			return;
	}
}

/* Names of what the effect says beside its results' own; lines of this kind add up. */
static void line_register(struct lines *l, const struct ast_prop *p)
{
	const struct ast *a = p->atoms;

	for (;; a = a->next->next) {
		if (!a || a->kind != AST_NAME || (a->next && a->next->kind != AST_COMMA)) {
			malformed(l, a ? a->next ? a->next->loc : a->loc : p->h.loc, L_REGISTER);
			return;
		}
		rs_check_name(l->r, (struct ast_name){ ((const struct ast_ident *)a)->s, a->loc });
		*vec_push(l->b->arena, &l->t->registers) = (const struct ast_ident *)a;
		if (!a->next)
			return;
	}
}

/* ---- cells ---- */

static int cell_of(const struct ast_cell *c)
{
	if (c->is_number)
		return c->number == 0 ? MDC_CELL_0 : c->number == 1 ? MDC_CELL_1 : -1;
	return !strcmp(c->name.s, "any") ? MDC_CELL_ANY : !strcmp(c->name.s, "never") ? MDC_CELL_NEVER : -1;
}

static bool one_cell(struct lines *l, const struct ast_cell *c, struct loc *seen)
{
	int which = cell_of(c);
	uint32_t planes = 0;
	uint64_t bit;

	if (which < 0) {
		diag(l->r->ctx, CHK_table_bits, c->h.loc, "cells are `any`, `0`, `1` and `never`");
		return false;
	}
	if (seen[which].src != UINT32_MAX) {
		diag_label(diag(l->r->ctx, CHK_duplicate_name, c->h.loc, "this cell stands here twice"), seen[which],
			   "the first");
		return false;
	}
	seen[which] = c->h.loc;
	ast_each(a, c->planes) {
		if (!rs_const_in(l->r, a, "a bit of a cell", 0, 1, &bit))
			return false;
		l->t->t.cells[which] |= (uint8_t)(planes < 2 ? bit << planes : 0);
		planes++;
	}
	if (planes > 2 || (l->t->t.planes && planes != l->t->t.planes)) {
		diag(l->r->ctx, CHK_table_bits, c->h.loc, planes > 2 ? "a cell has two bits at most" :
		     "the cells have different numbers of bits");
		return false;
	}
	l->t->t.planes = planes;
	return true;
}

static void block_cells(struct lines *l, const struct ast_cells *c)
{
	struct mdc_table *t = &l->t->t;
	struct loc seen[MDC_CELLS];
	bool same;

	for (int i = 0; i < MDC_CELLS; i++)
		seen[i].src = UINT32_MAX;
	t->planes = 0;
	memset(t->cells, 0, sizeof(t->cells));
	ast_each(i, c->list)
		if (!one_cell(l, (const struct ast_cell *)i, seen)) {
			l->t->broken = true;
			return;
		}
	t->has_any = seen[MDC_CELL_ANY].src != UINT32_MAX;
	t->has_never = seen[MDC_CELL_NEVER].src != UINT32_MAX;
	if (seen[MDC_CELL_0].src == UINT32_MAX || seen[MDC_CELL_1].src == UINT32_MAX) {
		diag_note(diag(l->r->ctx, CHK_missing, c->h.loc, "the cells of 0 and 1 must be there"), "%s",
			  "such as cell { any: (0, 0); 0: (1, 0); 1: (0, 1); never: (1, 1); }");
		l->t->broken = true;
		return;
	}
	same = t->cells[MDC_CELL_0] == t->cells[MDC_CELL_1];
	for (int i = 0; i < MDC_CELLS; i++)
		for (int k = 0; k < i; k++)
			same |= seen[i].src != UINT32_MAX && seen[k].src != UINT32_MAX && t->cells[i] == t->cells[k];
	if (!same)
		return;
	diag(l->r->ctx, CHK_table_bits, c->h.loc, "two of these cells are the same, and cannot be told apart");
	l->t->broken = true;
}

/* ---- what is reserved, and where it starts ---- */

static void block_reserve(struct lines *l, const struct ast_reserve *ast)
{
	static const char *const words[] = { "disabled", NULL };
	struct tb_range range = { .loc = ast->h.loc };
	const struct ast *a = ast->words;
	uint64_t lo, hi;

	range.disabled = word(&a, words) == 0;
	if (a) {
		diag_note(diag(l->r->ctx, CHK_property, a->loc, "only `disabled` stands here"),
			  "it is written `reserve 0..5;` or `reserve 0..5 disabled;`");
		return;
	}
	if (!rs_const_in(l->r, ast->first, "a row", 0, ROWS_MAX - 1, &lo))
		return;
	hi = lo;
	if (ast->last && !rs_const_in(l->r, ast->last, "a row", 0, ROWS_MAX - 1, &hi))
		return;
	if (hi < lo) {
		diag(l->r->ctx, CHK_range, ast->first->loc, "the first row is behind the last");
		return;
	}
	range.lo = (uint32_t)lo;
	range.hi = (uint32_t)hi;
	*vec_push(l->b->arena, &l->t->reserves) = ast;
	*vec_push(l->b->arena, &l->t->ranges) = range;
}

/* Is this a name in what a field of the key is loaded from, such as k0 of packet[cursor + k0]? */
static bool in_load(const struct ast *e, const char *name)
{
	const struct ast_binary *x = (const struct ast_binary *)e;

	if (e->kind == AST_NAME)
		return ((const struct ast_ident *)e)->s == name;
	return e->kind == AST_BINARY && (in_load(x->a, name) || in_load(x->b, name));
}

static void start_value(struct lines *l, const struct ast_row_field *f)
{
	struct mdc_table *t = &l->t->t;
	const struct mdc_row_value *v = atom_map_get(&l->t->key_fields, f->name.s);
	struct mdc_table_start s = { f->name.s, v ? v->field : NULL, 0, f->name.loc };
	uint64_t max = v && v->field->bits < 64 ? (1ull << v->field->bits) - 1 : UINT64_MAX;
	bool cursor = !strcmp(f->name.s, "cursor"), slot = cursor || (t->index && f->name.s == t->index);
	rs_int value;

	for (uint32_t i = 0; t->key && i < t->key->n_fields; i++)
		slot |= t->key->fields[i].load && in_load(t->key->fields[i].load->ast->at, f->name.s);
	if (!v && !slot) {
		rs_unknown(l->r, f->name, "field or slot", &l->t->key_fields);
		return;
	}
	if (f->value->form != PAT_VALUE) {
		diag(l->r->ctx, CHK_row_mask, f->value->h.loc, "a table starts with one value of '%s'", f->name.s);
		return;
	}
	if (!rs_const(l->r, f->value->a, v ? v->field->enum_type : NULL, &value))
		return;
	if (cursor ? value < -START_CURSOR_MAX || value > START_CURSOR_MAX : value < 0 || value > (rs_int)max) {
		diag(l->r->ctx, CHK_width, f->value->h.loc, "%s does not fit '%s'", rs_int_text(l->r, value),
		     f->name.s);
		return;
	}
	s.value = (uint64_t)value;
	*vec_push(l->b->arena, &l->t->starts) = s;
}

/* When key and result are known. */
static void late_block(struct lines *l, const struct ast *line)
{
	if (line->kind != AST_TABLE_START)
		return;
	ast_each(i, ((const struct ast_let *)line)->fields) {
		if (i->kind == AST_ROW_FIELD)
			start_value(l, (const struct ast_row_field *)i);
		else
			diag(l->r->ctx, CHK_wrong_kind, i->loc, "a start lists values");
	}
}

/* ---- all lines ---- */

static bool first_time(struct lines *l, enum line line, struct loc loc)
{
	struct diag *d;

	if (l->seen[line].src == UINT32_MAX) {
		l->seen[line] = loc;
		return true;
	}
	d = diag(l->r->ctx, CHK_property, loc, "a second line '%s' of table '%s'", rules[line].name, l->t->t.name);
	diag_label(d, l->seen[line], "the first is here");
	if (line == L_RESULT)
		diag_note(d, "several are `bits` each, and one line names them: `result NAME, NAME;`");
	return false;
}

static void unknown_line(struct lines *l, const struct ast_prop *p)
{
	const char *names[LINES + 1];
	struct diag *d = diag(l->r->ctx, CHK_property, p->name.loc, "a table has no line '%s'", p->name.s);

	for (int i = 0; i < LINES; i++)
		names[i] = rules[i].name;
	names[LINES] = "reserve";
	l->t->broken = true;
	diag_near(l->r->ctx, d, p->name.s, nearest_name(p->name.s, names, LINES + 1));
}

static void prop(struct lines *l, const struct ast_prop *p)
{
	struct mdc_table *t = &l->t->t;
	int line = 0;

	while (line < LINES && strcmp(p->name.s, rules[line].name))
		line++;
	if (line == LINES) {
		unknown_line(l, p);
		return;
	}
	if (line != L_REGISTER && !first_time(l, (enum line)line, p->name.loc))
		return;
	switch ((enum line)line) {
	case L_ROWS: line_number(l, p, L_ROWS, 1, ROWS_MAX, &t->rows); break;
	case L_WORDS: line_words(l, p); break;
	case L_INTERLEAVE: line_number(l, p, L_INTERLEAVE, 1, MDC_KEY_BITS_MAX, &t->interleave); break;
	case L_SUBWORD: line_number(l, p, L_SUBWORD, 1, MDC_KEY_BITS_MAX, &t->subword); break;
	case L_VALID:
	case L_INVALID:
		line_number(l, p, (enum line)line, 0, 4 * MDC_KEY_BITS_MAX, &t->guard);
		t->guard_value = line == L_VALID;
		break;
	case L_CELL: line_cell(l, p); break;
	case L_KEY:
	case L_RESULT: line_structs(l, p, (enum line)line); break;
	case L_MATCH:
	case L_ABSENT: line_word(l, p, (enum line)line); break;
	case L_INDEX: line_index(l, p); break;
	case L_REGISTER: line_register(l, p); break;
	case LINES: break;
	}
}

static void block(struct lines *l, const struct ast *line)
{
	switch (line->kind) {
	case AST_PROP:
		prop(l, (const struct ast_prop *)line);
		break;
	case AST_KEY:
		if (first_time(l, L_KEY, line->loc))
			set_key(l, tb_bits(l->b, (const struct ast_bits *)line, "key", true));
		break;
	case AST_RESULT:
		if (first_time(l, L_RESULT, line->loc))
			add_result(l, tb_bits(l->b, (const struct ast_bits *)line, "result", false));
		break;
	case AST_CELLS:
		if (first_time(l, L_CELL, line->loc))
			block_cells(l, (const struct ast_cells *)line);
		break;
	case AST_RESERVE:
		block_reserve(l, (const struct ast_reserve *)line);
		break;
	case AST_EFFECT:
		if (l->effect.src != UINT32_MAX)
			diag_label(diag(l->r->ctx, CHK_property, line->loc, "a second effect of table '%s'",
					l->t->t.name), l->effect, "the first is here");
		l->effect = line->loc;
		l->t->t.effect = ((const struct ast_effect *)line)->body;
		break;
	default:
		break;
	}
}

/* ---- what fits together ---- */

static void stages(struct lines *l)
{
	const struct ast_table *ast = l->t->ast;
	struct mdc_table *t = &l->t->t;
	uint64_t first, last;

	t->n_stages = 1;
	if (!ast->first)
		return;
	t->staged = true;
	if (!rs_const_in(l->r, ast->first, "a stage", 0, STAGES_MAX, &first) ||
	    !rs_const_in(l->r, ast->last, "a stage", 0, STAGES_MAX, &last))
		return;
	if (last < first) {
		diag(l->r->ctx, CHK_range, ast->first->loc, "the first stage is behind the last");
		return;
	}
	t->first_stage = (uint32_t)first;
	t->n_stages = (uint32_t)(last - first + 1);
}

/* A bit of the encoded key that no field has, in its words. */
static bool guard_free(struct lines *l)
{
	struct mdc_table *t = &l->t->t;
	struct loc loc = l->seen[t->guard_value ? L_VALID : L_INVALID];

	if (t->guard >= mdc_table_key_size(t)) {
		diag(l->r->ctx, CHK_table_bits, loc, "the encoded key has %u bits, and there is no bit %u",
		     mdc_table_key_size(t), t->guard);
		return false;
	}
	for (uint32_t i = 0; i < t->key->n_fields; i++) {
		const struct mdc_bfield *f = &t->key->fields[i];

		for (uint32_t p = 0; p < f->n_pieces; p++)
			for (uint32_t b = f->pieces[p].lo; b < f->pieces[p].lo + f->pieces[p].bits; b++)
				for (uint32_t plane = 0; plane < t->planes; plane++)
					if (mdc_table_key_bit(t, b, plane) == t->guard) {
						diag_label(diag(l->r->ctx, CHK_table_bits, loc,
								"bit %u of the encoded key is a bit of field '%s'",
								t->guard, f->name), f->loc, "declared here");
						return false;
					}
	}
	return true;
}

/* Whether a row is there, is said in one way. */
static bool one_guard(struct lines *l)
{
	bool zero = l->t->t.bitmap && !l->t->t.guard_value;
	struct diag *d;

	if (l->seen[L_INVALID].src == UINT32_MAX || (l->seen[L_VALID].src == UINT32_MAX && !zero))
		return true;
	d = diag(l->r->ctx, CHK_property, l->seen[L_INVALID], "table '%s' says in two ways which rows are not there",
		 l->t->t.name);
	diag_label(d, l->seen[zero ? L_ABSENT : L_VALID], zero ? "their words are 0" : "by this bit, too");
	diag_note(d, "keep one of the lines");
	return false;
}

static bool only_with_key(struct lines *l)
{
	static const enum line of_key[] = { L_MATCH, L_INTERLEAVE, L_VALID, L_INVALID, L_CELL, L_ABSENT };
	bool ok = true;

	for (size_t i = 0; i < sizeof(of_key) / sizeof(*of_key); i++) {
		if (l->seen[of_key[i]].src == UINT32_MAX)
			continue;
		diag(l->r->ctx, CHK_property, l->seen[of_key[i]], "table '%s' has no key, and so no line '%s'",
		     l->t->t.name, rules[of_key[i]].name);
		ok = false;
	}
	return ok;
}

static void finish(struct lines *l)
{
	struct mdc_table *t = &l->t->t;
	uint64_t bytes;

	t->results = l->t->results.p;
	t->n_results = (uint32_t)l->t->results.n;
	t->start = l->t->starts.p;
	t->n_start = (uint32_t)l->t->starts.n;
	l->t->rows_loc = l->seen[L_ROWS];
	if (l->seen[L_ROWS].src == UINT32_MAX && !l->t->broken) {
		diag_note(diag(l->r->ctx, CHK_missing, t->loc, "table '%s' does not say how many rows it has", t->name),
			  "add a line `rows N;`");
		l->t->broken = true;
	}
	if (!t->key && !t->n_results && !l->t->broken) {
		diag_note(diag(l->r->ctx, CHK_missing, t->loc, "table '%s' has neither key nor result", t->name),
			  "add `key { NAME [HIGH:LOW]; ... }` and `result { NAME [HIGH:LOW]; ... }`");
		l->t->broken = true;
	}
	if (l->t->broken)
		return;
	if (t->key ? t->guard != UINT32_MAX && (!guard_free(l) || !one_guard(l)) : !only_with_key(l))
		l->t->broken = true;
	if (t->key && t->index) {
		diag_note(diag(l->r->ctx, CHK_property, t->index_loc, "table '%s' has a key, and so no line 'index'",
			       t->name), "the key chooses the row");
		l->t->broken = true;
	}
	t->key_words = (mdc_table_key_size(t) + t->word_bits - 1) / t->word_bits;
	t->row_words = t->key_words;
	for (uint32_t i = 0; i < t->n_results; i++)
		t->row_words += mdc_table_result_words(t, t->results[i]);
	if (t->row_words > ROW_WORDS_MAX) {
		diag(l->r->ctx, CHK_range, t->loc, "a row of table '%s' has %u words; %u are the most", t->name,
		     t->row_words, ROW_WORDS_MAX);
		l->t->broken = true;
		return;
	}
	bytes = (uint64_t)t->n_stages * t->rows * t->row_words * (t->word_bits / 8);
	if ((uint64_t)t->n_stages * t->rows > ALL_ROWS_MAX) {
		diag(l->r->ctx, CHK_range, l->seen[L_ROWS], "table '%s' has %u stages of %u rows; %u rows are the most",
		     t->name, t->n_stages, t->rows, ALL_ROWS_MAX);
		l->t->broken = true;
		return;
	}
	if (bytes <= MDC_TABLE_BYTES_MAX)
		return;
	diag_label(diag(l->r->ctx, CHK_range, t->loc, "the rows of table '%s' take %llu bytes; %u are the most",
			t->name,
			(unsigned long long)bytes, MDC_TABLE_BYTES_MAX), l->seen[L_ROWS], "so many in each stage");
	l->t->broken = true;
}

void tb_lines(struct tb *b, struct tb_table *t)
{
	struct lines l = { .b = b, .r = b->r, .t = t };

	for (int i = 0; i < LINES; i++)
		l.seen[i].src = UINT32_MAX;
	l.effect.src = UINT32_MAX;
	t->t.word_bits = 32;
	t->t.guard = UINT32_MAX;
	t->t.rows = 1;
	t->t.planes = presets[0].planes;
	t->t.has_any = presets[0].any;
	memcpy(t->t.cells, presets[0].cells, sizeof(t->t.cells));
	stages(&l);
	ast_each(i, t->ast->lines)
		block(&l, i);
	if (!t->t.key && t->t.effect && !t->t.index)
		t->t.index = atom(b->r->ctx->atoms, "index");
	ast_each(i, t->ast->lines)
		late_block(&l, i);
	finish(&l);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The rows of all tables: loops are run, each row is filled in, then each gets
 * its place. Rows with a number stand there; the others take the next free ones,
 * in the order of the text. No two rows have one place, and none a reserved one.
 */
#include "table_make.h"

#include <stdlib.h>

#define WORK_MAX	(1u << 20)	/* rows and turns of loops in a description */

/* ---- loops ---- */

static const char *loop_text(struct resolver *r)
{
	const char *text = NULL;

	for (const struct rs_loop *l = r->loops; l; l = l->outer)
		text = arena_printf(r->arena, "%s = %s%s%s", l->name, rs_int_text(r, l->value), text ? ", " : "",
				    text ? text : "");
	return text;
}

static bool index_value(struct tb *b, struct tb_table *t, const struct ast *e, bool stage, uint32_t *to)
{
	uint32_t lo = stage ? t->t.first_stage : 0, hi = stage ? lo + t->t.n_stages - 1 : t->t.rows - 1;
	struct diag *d;
	rs_int v;

	if (!rs_const(b->r, e, NULL, &v))
		return false;
	if (v >= lo && v <= hi) {
		*to = (uint32_t)v;
		return true;
	}
	d = diag(b->r->ctx, CHK_row_place, e->loc, "table '%s' has no %s %s", t->t.name, stage ? "stage" : "row",
		 rs_int_text(b->r, v));
	if (stage)
		diag_label(d, t->ast->first->loc, "its stages are %u to %u", lo, hi);
	else if (t->rows_loc.src != UINT32_MAX)
		diag_label(d, t->rows_loc, "it has rows 0 to %u", hi);
	return false;
}

/* [STAGE][NUMBER], [STAGE], [NUMBER] or nothing. */
static bool indices(struct tb *b, struct tb_table *t, const struct ast_row *ast, struct tb_row *row)
{
	const struct ast *i = ast->indices;
	struct diag *d;

	row->r.stage = t->t.first_stage;
	if (t->t.staged && !i) {
		d = diag(b->r->ctx, CHK_missing, ast->table.loc, "the row does not say in which stage of '%s' it is",
			 t->t.name);
		diag_note(d, "write `row %s[STAGE]` or `row %s[STAGE][NUMBER]`", t->t.name, t->t.name);
		return false;
	}
	if (t->t.staged) {
		if (!index_value(b, t, i, true, &row->r.stage))
			return false;
		i = i->next;
	}
	if (!i)
		return true;
	row->pinned = true;
	if (i->next) {
		diag(b->r->ctx, CHK_syntax, i->next->loc, "a row of '%s' has no further number", t->t.name);
		return false;
	}
	return index_value(b, t, i, false, &row->r.number);
}

static bool key_as_table(struct tb *b, struct tb_table *t, const struct ast_row *ast)
{
	struct diag *d;

	if (t->broken || ast->matches == (t->t.key != NULL))
		return true;
	d = diag(b->r->ctx, CHK_missing, ast->h.loc, ast->matches ? "table '%s' has no key" :
		 "a row of table '%s' says what it matches", t->t.name);
	diag_label(d, t->t.loc, "declared here");
	diag_note(d, ast->matches ? "a row is `row %s[NUMBER] -> { RESULT }`" :
		  "a row is `row %s { KEY } -> { RESULT }`",
		  t->t.name);
	return false;
}

static void make_row(struct tb *b, const struct ast_row *ast)
{
	struct tb_table *t = atom_map_get(&b->tables, ast->table.s);
	struct tb_row *row = arena_new_of(b->arena, struct tb_row);

	if (!t) {
		rs_unknown(b->r, ast->table, "table", &b->tables);
		return;
	}
	if (!key_as_table(b, t, ast))
		return;
	row->r.kind = MDC_ROW_THERE;
	row->r.disabled = ast->word.s;
	if (ast->word.s && strcmp(ast->word.s, "disabled")) {
		diag_note(diag(b->r->ctx, CHK_syntax, ast->word.loc, "only `disabled` stands here"),
			  "a row that is disabled has its words, and takes no part");
		return;
	}
	row->r.loc = ast->h.loc;
	row->r.doc = ast->h.doc;
	if (t->broken || !indices(b, t, ast, row))
		return;
	row->r.loop = loop_text(b->r);
	if (tb_values(b, t, ast->key, ast->result, ast->matches, &row->r))
		*vec_push(b->arena, &t->rows) = row;
}

/* In a loop, all that is wrong says in which turn. */
static void one_row(struct tb *b, const struct ast_row *ast)
{
	size_t from = diags_count(b->r->ctx);

	make_row(b, ast);
	if (b->r->loops && diags_count(b->r->ctx) > from)
		diags_note_from(b->r->ctx, from, arena_printf(b->arena, "where %s", loop_text(b->r)));
}

static void rows(struct tb *b, const struct ast *list);

static bool loop_name_ok(struct tb *b, const struct ast_for *ast)
{
	struct loc first = { .src = UINT32_MAX };
	struct diag *d;

	rs_check_name(b->r, ast->name);
	for (const struct rs_loop *l = b->r->loops; l; l = l->outer)
		if (l->name == ast->name.s) {
			diag(b->r->ctx, CHK_duplicate_name, ast->name.loc, "a loop around counts in '%s', too",
			     l->name);
			return false;
		}
	if (!rs_const_loc(b->r, ast->name.s, &first))
		return true;
	d = diag(b->r->ctx, CHK_duplicate_name, ast->name.loc, "'%s' is a constant, too", ast->name.s);
	diag_label(d, first, "declared here");
	return false;
}

static void loop(struct tb *b, const struct ast_for *ast)
{
	struct rs_loop l = { .outer = b->r->loops, .name = ast->name.s };
	int errors = diag_errors(b->r->ctx);
	rs_int first, last;

	if (!loop_name_ok(b, ast) || !rs_const(b->r, ast->first, NULL, &first) ||
	    !rs_const(b->r, ast->last, NULL, &last))
		return;
	if (last < first) {
		diag(b->r->ctx, CHK_range, ast->first->loc, "the loop begins with %s, behind its end, %s",
		     rs_int_text(b->r, first), rs_int_text(b->r, last));
		return;
	}
	b->r->loops = &l;
	/* What is wrong in one turn is so in the others. */
	for (l.value = first; l.value <= last && diag_errors(b->r->ctx) == errors; l.value++) {
		if (b->work++ == WORK_MAX)
			diag(b->r->ctx, CHK_range, ast->h.loc, "rows and turns of loops are more than %u", WORK_MAX);
		if (b->work <= WORK_MAX)
			rows(b, ast->body);
	}
	b->r->loops = l.outer;
}

static void rows(struct tb *b, const struct ast *list)
{
	for (; list && b->work <= WORK_MAX; list = list->next) {
		if (list->kind == AST_FOR)
			loop(b, (const struct ast_for *)list);
		if (list->kind != AST_ROW)
			continue;
		b->work++;
		one_row(b, (const struct ast_row *)list);
	}
}

/* ---- places ---- */

struct places {
	struct tb *b;
	struct tb_table *t;
	struct tb_row **at;		/* by stage and number */
	uint32_t *next;			/* by stage: where a row without a number may stand */
};

static struct tb_row **place(const struct places *p, uint32_t stage, uint32_t number)
{
	return &p->at[(size_t)(stage - p->t->t.first_stage) * p->t->t.rows + number];
}

static const struct tb_range *reserved(const struct places *p, uint32_t number)
{
	for (size_t i = 0; i < p->t->ranges.n; i++)
		if (number >= p->t->ranges.p[i].lo && number <= p->t->ranges.p[i].hi)
			return &p->t->ranges.p[i];
	return NULL;
}

static const char *row_text(const struct places *p, const struct tb_row *row)
{
	return mdc_table_row_name(p->b->arena, &p->t->t, &row->r);
}

static void pin(struct places *p, struct tb_row *row)
{
	struct tb_row **to = place(p, row->r.stage, row->r.number);
	const struct tb_range *range = reserved(p, row->r.number);
	struct diag *d;

	if (range) {
		d = diag(p->b->r->ctx, CHK_row_place, row->r.loc, "row %s is reserved", row_text(p, row));
		diag_label(d, range->loc, "by this");
		if (row->r.loop)
			diag_note(d, "where %s", row->r.loop);
	} else if (*to) {
		d = diag(p->b->r->ctx, CHK_row_place, row->r.loc, "a second row %s", row_text(p, row));
		diag_label(d, (*to)->r.loc, "the first is here%s%s", (*to)->r.loop ? ", where " : "",
			   (*to)->r.loop ? (*to)->r.loop : "");
		if (row->r.loop)
			diag_note(d, "where %s", row->r.loop);
	} else {
		*to = row;
	}
}

/* Into the next free place; false: there is none. */
static bool settle(struct places *p, struct tb_row *row)
{
	uint32_t *next = &p->next[row->r.stage - p->t->t.first_stage];

	while (*next < p->t->t.rows && (*place(p, row->r.stage, *next) || reserved(p, *next)))
		++*next;
	if (*next == p->t->t.rows)
		return false;
	row->r.number = *next;
	*place(p, row->r.stage, (*next)++) = row;
	return true;
}

static void too_many(struct places *p, struct tb_row *const *left, uint32_t n)
{
	const struct mdc_table *t = &p->t->t;
	const struct mdc_table_row **rows = arena_array(p->b->arena, const struct mdc_table_row *, n);
	uint32_t pinned = 0, kept = 0;
	struct diag *d;

	for (size_t i = 0; i < p->t->rows.n; i++)
		pinned += p->t->rows.p[i]->pinned;
	for (uint32_t i = 0; i < t->rows; i++)
		kept += reserved(p, i) != NULL;
	d = diag(p->b->r->ctx, CHK_row_place, left[0]->r.loc, "table '%s' has no place for this row%s", t->name,
		 n > 1 ? " and others" : "");
	diag_label(d, p->t->rows_loc, "%u row%s%s", t->rows, t->rows == 1 ? "" : "s", t->staged ? " a stage" : "");
	if (left[0]->r.loop)
		diag_note(d, "where %s", left[0]->r.loop);
	for (uint32_t i = 0; i < n; i++)
		rows[i] = &left[i]->r;
	mdc_label_rows(d, NULL, p->b->arena, rows + 1, n - 1, "nor for this one", "nor for these");
	diag_note(d, "%u row%s too many; of all %zu rows %u have numbers; reserved places%s: %u", n,
		  n == 1 ? " is" : "s are", p->t->rows.n, pinned, t->staged ? " in each stage" : "", kept);
}

static void add_reserved(struct places *p)
{
	struct tb_table *t = p->t;

	for (size_t i = 0; i < t->ranges.n; i++) {
		const struct ast_reserve *ast = t->reserves.p[i];
		struct tb_row *row;

		if (t->ranges.p[i].hi >= t->t.rows) {
			diag_label(diag(p->b->r->ctx, CHK_row_place, ast->first->loc, "table '%s' has no row %u",
					t->t.name,
					t->ranges.p[i].hi), t->rows_loc, "it has rows 0 to %u", t->t.rows - 1);
			continue;
		}
		for (uint32_t s = 0; s < t->t.n_stages; s++)
			for (uint32_t n = t->ranges.p[i].lo; n <= t->ranges.p[i].hi; n++) {
				struct tb_row **to = place(p, t->t.first_stage + s, n);

				if (*to && s + n == t->ranges.p[i].lo)
					diag_label(diag(p->b->r->ctx, CHK_row_place, t->ranges.p[i].loc,
							"row %u is reserved twice", n), (*to)->r.loc, "here, too");
				if (*to)
					continue;
				row = arena_new_of(p->b->arena, struct tb_row);
				*row = (struct tb_row){ .pinned = true, .r = {
					.kind = MDC_ROW_RESERVED, .stage = t->t.first_stage + s, .number = n,
					.disabled = t->ranges.p[i].disabled, .loc = t->ranges.p[i].loc,
					.doc = ast->h.doc } };
				*to = row;
			}
	}
}

/* What stands in reserved places. */
static void fill_reserved(struct places *p)
{
	for (size_t i = 0; i < p->t->ranges.n; i++) {
		const struct ast_reserve *ast = p->t->reserves.p[i];
		struct mdc_table_row filled = { .loc = p->t->ranges.p[i].loc };

		if (!ast->filled || !tb_values(p->b, p->t, ast->key, ast->result, true, &filled))
			continue;
		for (size_t k = 0; k < (size_t)p->t->t.n_stages * p->t->t.rows; k++) {
			struct tb_row *row = p->at[k];

			if (!row || row->r.kind != MDC_ROW_RESERVED || row->r.loc.start != filled.loc.start ||
			    row->r.loc.src != filled.loc.src)
				continue;
			row->r.matches = filled.matches;
			row->r.value = filled.value;
			row->r.mask = filled.mask;
			row->r.result = filled.result;
			row->r.values = filled.values;
			row->r.n_values = filled.n_values;
		}
	}
}

/* Rows that are not there must not match: something has to say so. */
static void check_absent(struct places *p)
{
	struct mdc_table *t = &p->t->t;
	struct diag *d;

	if (!t->key || t->has_never || t->guard != UINT32_MAX || t->bitmap)
		return;
	for (size_t i = 0; i < (size_t)t->n_stages * t->rows; i++) {
		const struct tb_row *row = p->at[i];

		if (row && row->r.matches)
			continue;
		d = diag(p->b->r->ctx, CHK_missing, t->loc, "rows of table '%s' that are not there would match",
			 t->name);
		diag_note(d, "row %s is one, and its words would be 0", mdc_table_row_name(p->b->arena, t,
			  &(struct mdc_table_row){ .stage = t->first_stage + (uint32_t)(i / t->rows),
						   .number = (uint32_t)(i % t->rows) }));
		diag_note(d, "say how hardware knows: a cell `never`, a bit by `valid N;` or `invalid N;`, or `absent "
			  "zero;` where it is told elsewhere which rows are there");
		return;
	}
}

static void list_rows(struct places *p)
{
	struct mdc_table *t = &p->t->t;
	size_t all = (size_t)t->n_stages * t->rows;

	for (size_t i = 0; i < all; i++)
		t->n_list += p->at[i] != NULL;
	t->list = arena_array(p->b->arena, const struct mdc_table_row *, t->n_list + 1);
	t->n_list = 0;
	for (size_t i = 0; i < all; i++)
		if (p->at[i])
			t->list[t->n_list++] = &p->at[i]->r;
}

static void places(struct tb *b, struct tb_table *t)
{
	struct places p = { .b = b, .t = t };
	int errors = diag_errors(b->r->ctx);
	VEC(struct tb_row *) left = { 0 };

	p.at = arena_array(b->arena, struct tb_row *, (size_t)t->t.n_stages * t->t.rows + 1);
	p.next = arena_array(b->arena, uint32_t, t->t.n_stages);
	add_reserved(&p);
	for (size_t i = 0; i < t->rows.n; i++)
		if (t->rows.p[i]->pinned)
			pin(&p, t->rows.p[i]);
	for (size_t i = 0; i < t->rows.n; i++)
		if (!t->rows.p[i]->pinned && !settle(&p, t->rows.p[i]))
			*vec_push(b->arena, &left) = t->rows.p[i];
	if (left.n)
		too_many(&p, left.p, (uint32_t)left.n);
	fill_reserved(&p);
	if (diag_errors(b->r->ctx) == errors)
		check_absent(&p);
	list_rows(&p);
}

void tb_rows(struct tb *b)
{
	rows(b, b->r->ast->items);
	for (size_t i = 0; i < b->list.n; i++)
		if (!b->list.p[i]->broken)
			places(b, b->list.p[i]);
}

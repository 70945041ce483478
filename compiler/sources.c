/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Sources: what the hardware knows besides the bytes of the packet. Each is a
 * number (without byte order, and so without a fixed-order type), or a kernel
 * address of a struct.
 */
#include "foreign.h"
#include "types.h"

/* `source ptr NAME to STRUCT;` */
static void pointer(struct resolver *r, const struct ast_source *ast, struct mdc_source *s)
{
	const struct mdc_type *to;
	struct diag *d;

	s->is_ptr = true;
	s->bits = 64;
	s->to = r->ts->error;
	if (!ast->to.s) {
		diag_note(diag(r->ctx, CHK_missing, ast->name.loc, "source '%s' does not say what it points to",
			       ast->name.s), "write `source ptr %s to STRUCT;`", ast->name.s);
		return;
	}
	to = atom_map_get(&r->types, ast->to.s);
	if (!to) {
		rs_unknown(r, ast->to, "struct", &r->types);
	} else if (to->kind != MDC_STRUCT) {
		d = diag(r->ctx, CHK_wrong_kind, ast->to.loc, "'%s' is no struct", to->name);
		if (to->loc.src != UINT32_MAX)
			diag_label(d, to->loc, "it is %s %s", rs_article(rs_kind_text(to)), rs_kind_text(to));
	} else {
		s->to = to;
	}
}

static void number(struct resolver *r, const struct ast_source *ast, struct mdc_source *s)
{
	const struct mdc_type *t, *base;
	struct diag *d;

	s->bits = 32;
	t = mdc_type_strip(rs_type_named(r, ast->type));
	base = t->kind == MDC_ENUM ? t->base : t;
	if (t->kind != MDC_INT && t->kind != MDC_BOOL && t->kind != MDC_ENUM) {
		d = diag(r->ctx, CHK_type, ast->type.loc, "a source is a number or a pointer, and '%s' is %s %s",
			 ast->type.s, rs_article(rs_kind_text(t)), rs_kind_text(t));
		diag_note(d, "write u8 to u64, s8 to s64, bool, an enum, or `ptr NAME to STRUCT`");
		return;
	}
	if (base->order != MDC_HOST && t->kind != MDC_ENUM) {
		d = diag(r->ctx, CHK_type, ast->type.loc, "source '%s' has a byte order", ast->name.s);
		diag_note(d, "a source is a number; the field that it is written to has the order: say u%u here",
			  base->bits);
	}
	if (ast->to.s)
		diag_label(diag(r->ctx, CHK_type, ast->to.loc, "only a pointer points to a struct"), ast->type.loc,
			   "this would be `ptr`");
	s->bits = t->kind == MDC_BOOL ? 1 : base->bits;
	s->is_signed = base->is_signed;
	s->enum_type = t->kind == MDC_ENUM ? t : NULL;
}

static struct mdc_source *source(struct resolver *r, const struct ast_source *ast)
{
	struct mdc_source *s = arena_new_of(r->arena, struct mdc_source);

	rs_check_name(r, ast->name);
	s->name = ast->name.s;
	s->unit = rs_unit(r, ast->unit);
	s->doc = ast->h.doc;
	s->deprecated = rs_string(ast->deprecated);
	s->loc = ast->name.loc;
	if (ast->type.s && !strcmp(ast->type.s, "ptr"))
		pointer(r, ast, s);
	else
		number(r, ast, s);
	return s;
}

void rs_sources(struct resolver *r)
{
	VEC(const struct mdc_source *) list = { 0 };
	struct loc first_const;

	for (const struct ast *i = r->ast->items; i; i = i->next) {
		const struct ast_source *ast = (const struct ast_source *)i;
		struct mdc_source *s, *first;

		if (i->kind != AST_SOURCE || !ast->name.s)
			continue;
		s = source(r, ast);
		first = atom_map_add(&r->sources, s->name, s);
		if (first) {
			rs_duplicate(r, ast->name, "source", first->loc);
			continue;
		}
		if (rs_const_loc(r, s->name, &first_const))	/* both can stand in a writer */
			diag_label(diag(r->ctx, CHK_duplicate_name, s->loc, "'%s' is a constant, too", s->name),
				   first_const, "declared here");
		s->idx = (uint32_t)list.n;
		*vec_push(r->arena, &list) = s;
	}
	r->m->sources = list.p;
	r->m->n_sources = (uint32_t)list.n;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Enums: base type, values, names in C. Each enumerator fits the base and is
 * below 2^31 (a greater one makes BPF programs unloadable), and its name in C
 * is the only one in the description: C has one namespace for all.
 */
#include "types.h"

#include <ctype.h>

#define ENUMERATOR_MAX	INT32_MAX
#define ENUMERATOR_MIN	INT32_MIN

static const struct mdc_type *enum_base(struct resolver *r, struct rs_type *t,
					const struct ast_enum *ast)
{
	const struct mdc_type *base;
	struct ast_name n = ast->base;

	if (!n.s)
		n = (struct ast_name){ atom(r->ctx->atoms, "u32"), ast->name.loc };
	base = rs_type_named(r, n);
	if (base->kind == MDC_INT && base->order != MDC_RAW) {
		t->broken = rs_of(base)->broken;
		return base;
	}
	diag_note(diag(r->ctx, CHK_type, n.loc, "'%s' cannot be the base of an enum", n.s),
		  "the base is an integer: u8 to u64, s8 to s64, be16 to be64, le16 to le64");
	t->broken = true;
	return r->ts->error;
}

void rs_take_c_name(struct resolver *r, const char *c_name, const struct loc *loc)
{
	const struct loc *first = atom_map_add(&r->c_names, c_name, (void *)loc);
	struct diag *d;

	if (!first)
		return;
	d = diag(r->ctx, CHK_duplicate_name, *loc, "its name in C is '%s', which is taken", c_name);
	diag_label(d, *first, "by this");
	diag_note(d, "enumerators share one namespace in C; give one another name: as \"NAME\"");
}

static const char *c_name_of(struct resolver *r, const struct rs_type *t,
			     const struct ast_enumerator *e)
{
	const char *s = rs_string(e->as);
	struct ast_name n;

	if (!s)
		return rs_upper(r, t->t.name, e->name.s);
	for (const char *p = s; *p; p++) {
		if (isalnum((unsigned char)*p) || *p == '_')
			continue;
		diag(r->ctx, CHK_bad_name, e->as->loc, "\"%s\" is not a name in C", s);
		return s;
	}
	n = (struct ast_name){ atom(r->ctx->atoms, s), e->as->loc };
	if (*s)
		rs_check_name(r, n);
	else
		diag(r->ctx, CHK_bad_name, e->as->loc, "an empty name");
	return n.s;
}

/* The value fits C's enumerators and the base. */
static void check_value(struct resolver *r, const struct rs_type *t, const struct ast_enumerator *e,
			rs_int v, struct loc loc)
{
	const struct mdc_type *base = t->t.base;
	rs_int lo = base->is_signed ? -((rs_int)1 << (base->bits - 1)) : 0;
	rs_int hi = ((rs_int)1 << (base->bits - base->is_signed)) - 1;
	struct diag *d;

	if (v > ENUMERATOR_MAX || v < ENUMERATOR_MIN) {
		d = diag(r->ctx, CHK_range, loc, "enumerator '%s' is %s; they must be below 2^31",
			 e->name.s, rs_int_text(r, v));
		diag_note(d, "libbpf refuses programs whose enumerators are greater");
	} else if (v < lo || v > hi) {
		d = diag(r->ctx, CHK_range, loc, "enumerator '%s' is %s, which does not fit %s",
			 e->name.s, rs_int_text(r, v), base->name);
		diag_label(d, t->t.loc, "the enum's base is %s", base->name);
	}
}

static void fill_enumerator(struct resolver *r, struct rs_type *t, const struct ast_enumerator *e,
			    struct mdc_enumerator *out, rs_int *next)
{
	rs_int v = *next;
	struct loc loc = e->name.loc;

	rs_check_name(r, e->name);
	if (e->value) {
		if (!rs_const(r, e->value, &t->t, &v))	/* earlier ones may be named */
			v = 0;
		loc = e->value->loc;
	}
	check_value(r, t, e, v, loc);
	*next = v + 1;
	out->name = e->name.s;
	out->c_name = c_name_of(r, t, e);
	out->value = (int64_t)v;
	out->doc = e->h.doc;
	out->deprecated = rs_string(e->deprecated);
	out->loc = e->name.loc;
	rs_take_c_name(r, out->c_name, &out->loc);
}

void rs_enum(struct resolver *r, struct rs_type *t, const struct ast_enum *ast)
{
	struct mdc_enumerator *list;
	struct atom_map seen;
	uint32_t n = 0;
	rs_int next = 0;

	t->t.base = enum_base(r, t, ast);
	rs_contain(t, t->t.base);
	t->t.size = t->t.base->size;
	t->t.align = t->t.base->align;
	if (!ast->list)
		diag(r->ctx, CHK_missing, ast->name.loc, "enum '%s' has no enumerators", ast->name.s);
	ast_each(i, ast->list)
		n++;
	list = arena_array(r->arena, struct mdc_enumerator, n);
	t->t.enumerators = list;
	atom_map_init(&seen, r->arena);
	atom_map_reserve(&seen, n);
	ast_each(i, ast->list) {
		const struct ast_enumerator *e = (const struct ast_enumerator *)i, *first;

		first = e->name.s ? atom_map_add(&seen, e->name.s, i) : e;
		if (first && e->name.s)
			rs_duplicate(r, e->name, "enumerator", first->name.loc);
		if (first)
			continue;
		fill_enumerator(r, t, e, &list[t->t.n_enumerators], &next);
		t->t.n_enumerators++;	/* from now on the others may name it */
	}
}

bool rs_enum_fits(struct resolver *r, const struct mdc_type *t, unsigned width, struct loc loc,
		  enum check chk)
{
	const struct mdc_type *e = mdc_type_strip(t);
	bool is_signed = e->base->is_signed;
	rs_int lo = is_signed ? -((rs_int)1 << (width - 1)) : 0;
	rs_int hi = ((rs_int)1 << (width - is_signed)) - 1;

	for (uint32_t i = 0; i < e->n_enumerators; i++) {
		const struct mdc_enumerator *en = &e->enumerators[i];
		struct diag *d;

		if (en->value >= lo && en->value <= hi)
			continue;
		d = diag(r->ctx, chk, loc, "%u bit%s cannot hold enumerator '%s' of '%s', which is %lld",
			 width, width == 1 ? "" : "s", en->name, e->name, (long long)en->value);
		diag_label(d, en->loc, "declared here");
		return false;
	}
	return true;
}

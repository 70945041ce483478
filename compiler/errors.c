/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The names of the parser's errors: those of the machine, and with `errors ENUM;`
 * the enumerators of an enum. Gives the enum type that parser.error has in
 * expressions: in it a machine's name that ENUM lacks is an enumerator, too.
 */
#include <mdesc/format.h>

#include "states.h"
#include "types.h"

static const struct {
	const char *name;
	uint16_t code;
} builtin[] = {
	{ "none", MDESC_ERR_NONE },
	{ "truncated", MDESC_ERR_TRUNCATED },
	{ "bad_length", MDESC_ERR_BAD_LENGTH },
	{ "no_match", MDESC_ERR_NO_MATCH },
	{ "loop", MDESC_ERR_LOOP },
	{ "steps", MDESC_ERR_STEPS },
};
#define N_BUILTIN	(sizeof(builtin) / sizeof(builtin[0]))

static const struct mdc_enumerator *find(const struct mdc_type *t, const char *name)
{
	for (uint32_t i = 0; t && i < t->n_enumerators; i++)
		if (!strcmp(t->enumerators[i].name, name))
			return &t->enumerators[i];
	return NULL;
}

static bool is_builtin(int64_t code, const char *name)
{
	for (size_t i = 0; i < N_BUILTIN; i++)
		if (!strcmp(builtin[i].name, name))
			return code == builtin[i].code;
	return false;
}

/* Codes below 16 are the machine's, under their names. */
static void check_codes(struct resolver *r, const struct mdc_type *t)
{
	for (uint32_t i = 0; i < t->n_enumerators; i++) {
		const struct mdc_enumerator *e = &t->enumerators[i];
		bool machine = find(r->error_type, e->name);
		struct diag *d;

		if (machine ? is_builtin(e->value, e->name) : e->value >= MDESC_ERR_USER && e->value <= UINT16_MAX)
			continue;
		if (machine)
			d = diag(r->ctx, CHK_reject_code, e->loc, "the machine's error '%s' is %lld, not %lld", e->name,
				 (long long)find(r->error_type, e->name)->value, (long long)e->value);
		else
			d = diag(r->ctx, CHK_reject_code, e->loc, "error %lld is not in %d..65535", (long long)e->value,
				 MDESC_ERR_USER);
		diag_note(d, "the machine's are none, truncated, bad_length, no_match, loop and steps, 0 to 5; "
			  "give one of the description's own %d or more: `%s = %d`", MDESC_ERR_USER, e->name,
			  MDESC_ERR_USER);
	}
}

/* The machine's errors, and in front of them those of @own. */
static struct mdc_type *error_type(struct resolver *r, const struct mdc_type *own)
{
	struct mdc_type *t = arena_new_of(r->arena, struct mdc_type);
	VEC(struct mdc_enumerator) v = { 0 };

	for (uint32_t i = 0; own && i < own->n_enumerators; i++)
		*vec_push(r->arena, &v) = own->enumerators[i];
	for (size_t i = 0; i < N_BUILTIN; i++)
		if (!find(own, builtin[i].name))
			*vec_push(r->arena, &v) = (struct mdc_enumerator){
				.name = atom(r->ctx->atoms, builtin[i].name), .value = builtin[i].code,
				.loc = { .src = UINT32_MAX },
			};
	*t = (struct mdc_type){
		.kind = MDC_ENUM, .name = own ? own->name : "parser.error", .base = atom_map_get(&r->types,
			atom(r->ctx->atoms, "u16")), .size = 2, .align = 2, .enumerators = v.p,
		.n_enumerators = (uint32_t)v.n, .loc = { .src = UINT32_MAX },
	};
	return t;
}

static const struct mdc_type *named(struct resolver *r, const struct ast_errors *a)
{
	const struct mdc_type *t = atom_map_get(&r->types, a->name.s);
	struct diag *d;

	if (!t) {
		rs_unknown(r, a->name, "enum", &r->types);
		return NULL;
	}
	if (t->kind == MDC_ENUM)
		return t;
	d = diag(r->ctx, CHK_wrong_kind, a->name.loc, "'%s' is no enum", a->name.s);
	diag_note(d, "the errors' names are those of an enum: `enum %s : u16 { too_deep = 16 }`", a->name.s);
	return NULL;
}

void rs_errors(struct resolver *r, const struct ast_parser *parser)
{
	const struct ast_errors *first = NULL;

	r->error_type = error_type(r, NULL);
	ast_each(b, parser ? parser->body : NULL) {
		const struct ast_errors *a = (const struct ast_errors *)b;

		if (b->kind != AST_ERRORS)
			continue;
		if (first) {
			diag_label(diag(r->ctx, CHK_duplicate_name, b->loc, "a second `errors`"), first->h.loc,
				   "the first");
			continue;
		}
		first = a;
		r->errors = named(r, a);
	}
	if (!r->errors)
		return;
	check_codes(r, r->errors);
	r->error_type = error_type(r, r->errors);
}

uint16_t rs_reject_code(struct resolver *r, const struct ast *code)
{
	rs_int v;
	struct diag *d;

	if (!code)
		return MDESC_ERR_USER;
	if (!rs_const(r, code, r->error_type, &v))
		return MDESC_ERR_USER;
	if ((v >= MDESC_ERR_USER && v <= UINT16_MAX) ||
	    (v > 0 && v < MDESC_ERR_USER && code->kind == AST_NAME &&
	     is_builtin((int64_t)v, ((const struct ast_ident *)code)->s)))
		return (uint16_t)v;
	d = diag(r->ctx, CHK_reject_code, code->loc, "reject code %s is not in %d..65535", ps_text(r, code->loc),
		 MDESC_ERR_USER);
	diag_note(d, "codes below %d are the machine's: truncated, bad_length, no_match, loop, steps", MDESC_ERR_USER);
	return MDESC_ERR_USER;
}

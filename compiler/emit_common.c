/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the model, gives what several outputs need of it in the same way: the
 * types to write, with everything that they need, and a few names and orders.
 */
#include "emit_common.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "atoms.h"

struct used {
	struct arena *arena;
	struct atom_map seen;		/* struct mdc_type -> itself */
	VEC(const struct mdc_type *) todo;
};

/* A number needs nothing and is nothing to write. */
static bool is_plain(const struct mdc_type *t)
{
	return t->kind == MDC_INT || t->kind == MDC_BOOL || t->kind == MDC_MAC;
}

static void use(struct used *u, const struct mdc_type *t)
{
	if (t && !is_plain(t) && !atom_map_add(&u->seen, (const char *)t, (void *)t))
		*vec_push(u->arena, &u->todo) = t;
}

static void use_parts(struct used *u, const struct mdc_type *t)
{
	uint32_t i, k;

	use(u, t->base);
	for (i = 0; i < t->n_members; i++) {
		use(u, t->members[i].type);
		for (k = 0; k < t->members[i].n_bits; k++)
			use(u, t->members[i].bits[k].enum_type);
	}
}

const struct mdc_type **mdc_used_types(struct mdc_ctx *ctx, const struct mdc_model *m, uint32_t *n)
{
	struct used u = { .arena = ctx->arena };
	const struct mdc_type **list = arena_array(ctx->arena, const struct mdc_type *, m->n_types);
	uint32_t i;

	atom_map_init(&u.seen, ctx->arena);
	for (i = 0; i < m->n_types; i++)
		if (!m->types[i]->std)
			use(&u, m->types[i]);
	for (i = 0; i < m->n_sources; i++) {
		use(&u, m->sources[i]->to);
		use(&u, m->sources[i]->enum_type);
	}
	while (u.todo.n)
		use_parts(&u, u.todo.p[--u.todo.n]);
	*n = 0;
	for (i = 0; i < m->n_types; i++)
		if (atom_map_get(&u.seen, (const char *)m->types[i]))
			list[(*n)++] = m->types[i];
	return list;
}

static int by_bit(const void *pa, const void *pb)
{
	const struct mdc_bits *a = *(const struct mdc_bits *const *)pa;
	const struct mdc_bits *b = *(const struct mdc_bits *const *)pb;

	return (a->lo > b->lo) - (a->lo < b->lo);
}

const struct mdc_bits **mdc_bits_ascending(struct arena *a, const struct mdc_member *m)
{
	const struct mdc_bits **list = arena_array(a, const struct mdc_bits *, m->n_bits);
	uint32_t i;

	for (i = 0; i < m->n_bits; i++)
		list[i] = &m->bits[i];
	if (m->n_bits > 1)
		qsort(list, m->n_bits, sizeof(*list), by_bit);
	return list;
}

bool mdc_view_is_first(const struct mdc_model *m, uint32_t view)
{
	uint32_t j;

	for (j = 0; j < view; j++)
		if (!strcmp(m->views[j].name, m->views[view].name))
			return false;
	return true;
}

const char *mdc_plain_comment(struct arena *a, const char *text)
{
	char *s = arena_strndup(a, text, strlen(text));

	for (char *p = s; *p; p++)
		if ((unsigned char)*p < ' ' || *p == '\\' || *p == '#' || *p == '$' || *p == '@' ||
		    (*p == '/' && p > s && p[-1] == '*') || (*p == '*' && p > s && p[-1] == '/'))
			*p = '_';
	return s;
}

const char *mdc_upper(struct arena *a, const char *name)
{
	char *s = arena_strndup(a, name, strlen(name)), *p;

	for (p = s; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return s;
}

const struct mdc_type *mdc_cond_enum(const struct mdc_layout *l, const struct mdc_cond *c)
{
	return c->tag_value ? c->tag_value->enum_type : l->leaves[c->tag_leaf].enum_type;
}

const char *mdc_arm_text(struct arena *a, const struct mdc_value_range *values, uint32_t n, bool is_default)
{
	const char *s = is_default ? "default" : NULL;

	for (uint32_t i = 0; i < n; i++) {
		const char *one = values[i].lo == values[i].hi ?
			arena_printf(a, "%llu", (unsigned long long)values[i].lo) :
			arena_printf(a, "%llu..%llu", (unsigned long long)values[i].lo,
				     (unsigned long long)values[i].hi);

		s = s ? arena_printf(a, "%s,%s", s, one) : one;
	}
	return s;
}

bool mdc_arm_has_bits(const struct mdc_member *m, const struct mdc_word_arm *arm)
{
	for (uint32_t i = 0; i < m->n_bits; i++)
		if (m->bits[i].arm == arm)
			return true;
	return false;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes a layout, gives a getter for each of its fields: an inline function that
 * returns the value in host order, from the macros of header_block.c. Structs and
 * unions are walked through; arrays give a pointer to their first element and
 * a length. Padding has none. Names are the path with underscores.
 */
#include "header.h"

#include <string.h>

struct walk {
	struct header_gen *g;
	const struct mdc_layout *layout;
	const char *self;		/* "struct mynic_metadata" */
	/* Of the nearest type with a name: it, and its path, "" or "l3.v4." */
	const struct mdc_type *named;
	const char *named_path;
	const char *deprecated;		/* of the struct or union around */
};

/* "mynic_metadata_l3_v4_saddr"; with double underscores where another path took that name, and at last a number. */
const char *header_getter_name(struct header_gen *g, const struct mdc_layout *l, const char *path)
{
	const char *separator = "_", *name, *from;

	for (unsigned int n = 1;;) {
		g->name.size = 0;
		out_puts(&g->name, l->name);
		out_puts(&g->name, separator);
		for (from = path; *from; from++) {
			if (*from == '.' || *from == '[')
				out_puts(&g->name, separator);
			else if (*from != ']')
				out_write(&g->name, from, 1);
		}
		if (n > 1)
			out_printf(&g->name, "_%u", n);
		name = atom_n(g->ctx->atoms, g->name.data, g->name.size);
		if (!atom_map_add(&g->getters, name, (void *)name)) {
			atom_map_add(&g->getter_of, atom(g->ctx->atoms, path), (void *)name);
			return name;
		}
		n += !strcmp(separator, "____");
		separator = separator[1] ? "____" : "__";
	}
}

/* `static inline TYPE NAME_SUFFIX(const struct S *m)` up to the body. */
static void open_getter(struct walk *w, const char *deprecated, const char *returns, const char *name,
			const char *suffix)
{
	struct out *o = w->g->out;
	const char *star = returns[strlen(returns) - 1] == '*' ? "" : " ";

	if (deprecated)
		out_printf(o, "__attribute__((deprecated(%s)))\n", header_string(w->g, deprecated));
	out_puts(o, "__mdesc1_inline ");
	out_puts(o, returns);
	out_puts(o, star);
	out_puts(o, name);
	out_puts(o, "_");
	out_puts(o, suffix);
	out_puts(o, "(const ");
	out_puts(o, w->self);
	out_puts(o, " *m)\n{\n");
}

/* It returns @before, the field, @after: "__mdesc1_be(", ")". */
static void getter(struct walk *w, const char *deprecated, const char *returns, const char *path,
		   const char *before, const char *field, const char *after)
{
	struct out *o = w->g->out;

	open_getter(w, deprecated, returns, header_getter_name(w->g, w->layout, path), "get");
	out_puts(o, "\treturn ");
	out_puts(o, before);
	out_puts(o, "m->");
	out_puts(o, field);
	out_puts(o, after);
	out_puts(o, ";\n}\n\n");
}

/* ---- numbers ---- */

static const struct mdc_type *number(const struct mdc_type *t)
{
	t = mdc_type_strip(t);
	return t->kind == MDC_ENUM ? t->base : t;
}

/* Through the struct that header_type() made for the bit fields of the type with a name around. */
static void bits_getter(struct walk *w, bool is_signed, const char *dep, const char *returns, const char *path)
{
	struct arena *a = w->g->ctx->arena;
	size_t n = strlen(w->named_path);
	const char *place = !n ? "m" : arena_printf(a, "(const void *)&m->%.*s", (int)n - 1, w->named_path);

	open_getter(w, dep, returns, header_getter_name(w->g, w->layout, path), "get");
	out_printf(w->g->out, "\treturn __mdesc1_%sfield(%s, %s" HEADER_BITS ", %s, m->%s);\n}\n\n",
		   is_signed ? "s" : "u", place, header_spelling(w->g, w->named), path + n, path);
}

static void number_getter(struct walk *w, const struct mdc_member *m, const char *path, const char *dep)
{
	const struct mdc_type *t = number(m->type);
	const char *returns = t->kind == MDC_BOOL ? "_Bool" : t->is_signed ? "__s64" : "__u64";

	if (m->is_bitfield)
		bits_getter(w, t->is_signed, dep, returns, path);
	else if (t->kind == MDC_BOOL)
		getter(w, dep, returns, path, "", path, "");
	else if (t->is_signed)
		getter(w, dep, returns, path, "__mdesc1_sint(m, ", path, ")");
	else
		getter(w, dep, returns, path, t->order == MDC_BE ? "__mdesc1_be(" : "__mdesc1_uint(", path, ")");
}

static void range_getters(struct walk *w, const struct mdc_member *m, const char *path, const char *dep)
{
	const char *before = number(m->type)->order == MDC_BE ? "__mdesc1_be_word(" : "__mdesc1_word(";
	struct arena *a = w->g->ctx->arena;
	uint32_t i;

	for (i = 0; i < m->n_bits; i++) {
		const struct mdc_bits *b = &m->bits[i];

		getter(w, b->deprecated ? b->deprecated : dep, "__u64",
		       arena_printf(a, "%s.%s", path, b->name), before, path,
		       arena_printf(a, ", struct %s, %s, %u, %u)", m->bits_struct, b->name, b->hi, b->lo));
	}
}

/* The type of the member of this name, be it in a union or struct without a name; elements of arrays, too. */
static const struct mdc_type *member_type(const struct mdc_type *t, const char *name, size_t len)
{
	for (uint32_t i = 0; i < t->n_members; i++) {
		const struct mdc_type *in = mdc_type_strip(t->members[i].type);

		while (in->kind == MDC_ARRAY)
			in = mdc_type_strip(in->base);
		if (t->members[i].name) {
			if (strlen(t->members[i].name) == len && !strncmp(t->members[i].name, name, len))
				return in;
		} else {
			in = member_type(in, name, len);
			if (in)
				return in;
		}
	}
	return NULL;
}

const char *header_bits(struct header_gen *g, const struct mdc_layout *l, const char *path, const char **rest)
{
	const struct mdc_type *t = l->type, *named = t;
	const char *dot;

	for (*rest = path; t && (dot = strchr(path, '.')); path = dot + 1) {
		t = member_type(t, path, strcspn(path, ".["));
		if (t && t->name) {
			named = t;
			*rest = dot + 1;
		}
	}
	return arena_printf(g->ctx->arena, "%s" HEADER_BITS, header_spelling(g, named));
}

/* ---- arrays ---- */

/* The array's elements, through all dimensions, and how often to take [0] for the first row. */
static const struct mdc_type *array_element(const struct mdc_type *t, unsigned int *rows)
{
	*rows = 0;
	for (;;) {
		const struct mdc_type *s = mdc_type_strip(t);

		if (s->kind == MDC_MAC) {
			++*rows;
			return s;
		}
		if (s->kind != MDC_ARRAY)
			return t;
		++*rows;
		t = s->base;
	}
}

static void array_getter(struct walk *w, const struct mdc_member *m, const char *path, const char *dep)
{
	struct arena *a = w->g->ctx->arena;
	unsigned int rows, i;
	const struct mdc_type *e = array_element(m->type, &rows);
	const char *spelling = header_spelling(w->g, e), *name = header_getter_name(w->g, w->layout, path), *returns;
	const char *first = arena_printf(a, "m->%s", path);

	for (i = 1; i < rows; i++)
		first = arena_printf(a, "%s[0]", first);
	if (mdc_type_strip(e)->kind == MDC_PTR)
		returns = arena_printf(a, "%s const *", spelling);
	else if (spelling)
		returns = arena_printf(a, "const %s *", spelling);
	else
		returns = arena_printf(a, "const __typeof__(((%s *)0)->%s[0]) *",
				       w->self, first + strlen("m->"));
	open_getter(w, dep, returns, name, "get");
	out_printf(w->g->out, "\treturn __mdesc1_array(%s);\n}\n\n", first);
	if (rows > 1)
		return;
	open_getter(w, dep, "__u64", name, "len");
	out_printf(w->g->out, "\t(void)m;\n\treturn __mdesc1_len(%s);\n}\n\n", first);
}

/* ---- the walk ---- */

static void walk_members(struct walk *w, const struct mdc_type *t, const char *prefix);

static void walk_inner(struct walk *w, const struct mdc_type *t, const char *prefix)
{
	const struct mdc_type *named = w->named;
	const char *path = w->named_path;

	if (t->name) {
		w->named = t;
		w->named_path = prefix;
	}
	walk_members(w, t, prefix);
	w->named = named;
	w->named_path = path;
}

static void walk_member(struct walk *w, const struct mdc_member *m, const char *prefix)
{
	const struct mdc_type *t = mdc_type_strip(m->type);
	struct arena *a = w->g->ctx->arena;
	const char *path = !m->name ? NULL : !*prefix ? m->name :
		arena_printf(a, "%s%s", prefix, m->name);
	const char *dep = m->deprecated ? m->deprecated : w->deprecated, *outer = w->deprecated;

	switch (t->kind) {
	case MDC_STRUCT:
	case MDC_UNION:
		w->deprecated = dep;
		walk_inner(w, t, path ? arena_printf(a, "%s.", path) : prefix);
		w->deprecated = outer;
		break;
	case MDC_ARRAY:
	case MDC_MAC:
		array_getter(w, m, path, dep);
		break;
	case MDC_PTR:
		getter(w, dep, header_spelling(w->g, t), path, "", path, "");
		break;
	default:
		number_getter(w, m, path, dep);
		if (m->bits)
			range_getters(w, m, path, dep);
	}
}

static void walk_members(struct walk *w, const struct mdc_type *t, const char *prefix)
{
	uint32_t i;

	for (i = 0; i < t->n_members; i++)
		if (!t->members[i].pad)
			walk_member(w, &t->members[i], prefix);
}

void header_getters(struct header_gen *g, const struct mdc_layout *l)
{
	struct walk w = { .g = g, .layout = l, .self = header_spelling(g, l->type),
			  .deprecated = l->type->deprecated };

	atom_map_clear(&g->getter_of);
	walk_inner(&w, l->type, "");
	header_values(g, l);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes a type of the model, gives its C text and the assertions that a compiler
 * lays it out as the model says. Every gap is spelt out (padding members are in
 * the model, gaps between bit fields become unnamed ones), so that compilers
 * that align 8-byte members to 4 (i386) come to the same layout.
 */
#include "header.h"

#include <inttypes.h>
#include <string.h>

#include "emit_common.h"

/* ---- small texts ---- */

const char *header_comment(struct header_gen *g, const char *text)
{
	size_t n = strlen(text), i, k = 0;
	char *s = arena_alloc(g->ctx->arena, 2 * n + 1);

	for (i = 0; i < n; i++) {
		s[k++] = text[i];
		if ((text[i] == '*' && text[i + 1] == '/') || (text[i] == '/' && text[i + 1] == '*'))
			s[k++] = ' ';
	}
	return s;
}

static void indent(struct out *o, int depth)
{
	while (depth-- > 0)
		out_write(o, "\t", 1);
}

void header_doc(struct header_gen *g, int depth, const char *text)
{
	const char *line, *end;

	if (!text || !*text)
		return;
	text = header_comment(g, text);
	indent(g->out, depth);
	if (!strchr(text, '\n')) {
		out_puts(g->out, "/* ");
		out_puts(g->out, text);
		out_puts(g->out, " */\n");
		return;
	}
	out_puts(g->out, "/*\n");
	for (line = text; line; line = *end ? end + 1 : NULL) {
		end = line + strcspn(line, "\n");
		indent(g->out, depth);
		out_puts(g->out, end > line ? " * " : " *");
		out_write(g->out, line, (size_t)(end - line));
		out_puts(g->out, "\n");
	}
	indent(g->out, depth);
	out_puts(g->out, " */\n");
}

const char *header_string(struct header_gen *g, const char *text)
{
	size_t n = strlen(text), i, k = 0;
	char *s = arena_alloc(g->ctx->arena, 2 * n + 3);

	s[k++] = '"';
	for (i = 0; i < n; i++) {
		if (text[i] == '"' || text[i] == '\\')
			s[k++] = '\\';
		s[k++] = text[i] == '\n' ? ' ' : text[i];
	}
	s[k] = '"';
	return s;
}

/* ---- declarations ---- */

const char *header_spelling(struct header_gen *g, const struct mdc_type *t)
{
	while (t->kind == MDC_ARRAY)
		t = t->base;
	switch (t->kind) {
	case MDC_INT:
		return t->c_name;
	case MDC_BOOL:
		return "_Bool";
	case MDC_MAC:
		return "__u8";
	case MDC_ENUM:
		return t->base->c_name;
	case MDC_PTR:
		return arena_printf(g->ctx->arena, "__mdesc1_ptr(struct %s)", t->base->name);
	case MDC_TYPEDEF:
		return t->name;
	case MDC_STRUCT:
	case MDC_UNION:
		return t->name ? arena_printf(g->ctx->arena, "%s %s",
					      t->kind == MDC_UNION ? "union" : "struct", t->name) : NULL;
	case MDC_ARRAY:
		break;
	}
	return NULL;
}

static void print_dim(struct out *o, uint32_t count)
{
	out_puts(o, "[");
	out_decimal(o, count);
	out_puts(o, "]");
}

static void print_dims(struct out *o, const struct mdc_type *t)
{
	for (; t->kind == MDC_ARRAY; t = t->base)
		print_dim(o, t->count);
	if (t->kind == MDC_MAC)
		print_dim(o, t->size);
}

/* ---- comments behind a member ---- */

static const char *join(struct header_gen *g, const char *list, const char *separator, const char *s)
{
	if (!s)
		return list;
	return list ? arena_printf(g->ctx->arena, "%s%s%s", list, separator, s) : s;
}

static const char *enum_word(const struct mdc_type *e, uint64_t value)
{
	uint32_t i;

	for (i = 0; e && i < e->n_enumerators; i++)
		if (e->enumerators[i].value == (int64_t)value)
			return e->enumerators[i].name;
	return NULL;
}

static const char *arm_text(struct header_gen *g, const struct mdc_type *owner,
			    const struct mdc_member *m)
{
	const struct mdc_type *e = atom_map_get(&g->tag_enums, (const char *)owner);
	struct arena *a = g->ctx->arena;
	const char *s = NULL, *lo, *hi;
	uint32_t i;

	for (i = 0; i < m->n_arm; i++) {
		lo = enum_word(e, m->arm[i].lo);
		hi = enum_word(e, m->arm[i].hi);
		lo = lo ? lo : arena_printf(a, "%" PRIu64, m->arm[i].lo);
		hi = hi ? hi : arena_printf(a, "%" PRIu64, m->arm[i].hi);
		if (m->arm[i].lo != m->arm[i].hi)
			lo = arena_printf(a, "%s to %s", lo, hi);
		s = join(g, s, ", ", lo);
	}
	return join(g, s, ", ", m->arm_default ? "any other" : NULL);
}

static bool is_layout_id(struct header_gen *g, const struct mdc_type *owner, const struct mdc_member *m)
{
	const struct mdc_layout *l = owner->is_layout ?
		atom_map_get(&g->layouts, (const char *)owner) : NULL;

	return l && l->id_leaf != UINT32_MAX && l->leaves[l->id_leaf].member == m;
}

static const struct mdc_type *enum_of(const struct mdc_type *t)
{
	for (t = mdc_type_strip(t); t->kind == MDC_ARRAY; t = mdc_type_strip(t->base))
		;
	return t->kind == MDC_ENUM ? t : NULL;
}

static const char *remarks(struct header_gen *g, const struct mdc_type *owner, const struct mdc_member *m)
{
	const struct mdc_type *e = enum_of(m->type);
	const char *s = join(g, arm_text(g, owner, m), "; ", m->unit);

	if (e)
		s = join(g, s, "; ", arena_printf(g->ctx->arena, "enum %s", e->name));
	if (m->bits)
		s = join(g, s, "; ", arena_printf(g->ctx->arena, "struct %s", m->bits_struct));
	if (is_layout_id(g, owner, m))
		s = join(g, s, "; ", arena_printf(g->ctx->arena, "enum %s", g->model->layout_enum));
	if (m->deprecated)
		s = join(g, s, "; ", arena_printf(g->ctx->arena, "deprecated: %s", m->deprecated));
	return s ? header_comment(g, s) : NULL;
}

/* ---- bodies ---- */

/* What an unnamed bit field of @bf's type is made of. */
static const char *gap_type(const struct mdc_member *bf, uint32_t *unit_bits)
{
	const struct mdc_type *t = mdc_type_strip(bf->type);

	if (t->kind == MDC_ENUM)
		t = t->base;
	*unit_bits = t->size * 8;
	return t->kind == MDC_INT ? t->c_name : "__u8";
}

/*
 * Unnamed bit fields from bit @at to bit @to, between @before and @after, the
 * bit fields there, or NULL. Each lies in one unit of its type, so that it stands
 * where it should, and adds no alignment that was not there.
 */
static void fill_gap(struct header_gen *g, int depth, uint32_t at, uint32_t to,
		     const struct mdc_member *before, const struct mdc_member *after)
{
	while (at < to) {
		uint32_t unit, n = to - at;
		const char *type = "__u8";

		if (before) {
			type = gap_type(before, &unit);
		} else if (after && at / (after->type->size * 8) == (to - 1) / (after->type->size * 8)) {
			type = gap_type(after, &unit);
		} else {
			unit = 8;
		}
		if (n > unit - at % unit)
			n = unit - at % unit;
		indent(g->out, depth);
		out_printf(g->out, "%s : %" PRIu32 ";\n", type, n);
		at += n;
		before = NULL;
	}
}

static void print_members(struct header_gen *g, const struct mdc_type *t, int depth);

static void print_body(struct header_gen *g, const struct mdc_type *t, int depth)
{
	out_puts(g->out, t->kind == MDC_UNION ? "union" : "struct");
	if (t->name)
		out_printf(g->out, " %s", t->name);
	if (t->tagged && t->tag)
		out_printf(g->out, " {\t/* %s says which */\n", t->tag);
	else
		out_puts(g->out, " {\n");
	print_members(g, t, depth + 1);
	indent(g->out, depth);
	out_puts(g->out, "}");
}

/*
 * Where 8-byte numbers are aligned to 4 bytes, a union ends after its longest
 * member; in a struct, padding members see to its size.
 */
static bool shorter_on_i386(const struct mdc_type *t)
{
	uint32_t i;

	if (t->kind != MDC_UNION || t->packed || t->align != 8)
		return false;
	for (i = 0; i < t->n_members; i++)
		if (!t->members[i].is_bitfield && t->members[i].type->size == t->size)
			return false;
	return true;
}

static void print_attributes(struct out *o, const struct mdc_type *t)
{
	if (t->packed)
		out_puts(o, " __attribute__((packed))");
	if (shorter_on_i386(t))
		out_puts(o, " __attribute__((aligned(8)))");
}

static void print_member(struct header_gen *g, const struct mdc_type *owner, const struct mdc_member *m,
			 int depth)
{
	const struct mdc_type *inner = m->type;
	const char *spelling = header_spelling(g, m->type), *remark = remarks(g, owner, m);

	header_doc(g, depth, m->doc);
	indent(g->out, depth);
	if (spelling) {
		out_puts(g->out, spelling);
	} else {
		while (inner->kind == MDC_ARRAY)
			inner = inner->base;
		print_body(g, inner, depth);
		print_attributes(g->out, inner);
	}
	if (m->name) {
		out_puts(g->out, " ");
		out_puts(g->out, m->name);
	}
	print_dims(g->out, m->type);
	if (m->is_bitfield) {
		out_puts(g->out, " : ");
		out_decimal(g->out, m->bit_size);
	}
	if (remark) {
		out_puts(g->out, ";\t/* ");
		out_puts(g->out, remark);
		out_puts(g->out, " */\n");
	} else {
		out_puts(g->out, ";\n");
	}
}

/*
 * Where the bit fields from bit @run to @m would be one unit of more than 64 bits to clang: it makes such an alignment
 * of them for BPF that it gives up on those that end with 8 bytes. Where nothing moves, ends the unit.
 */
static uint32_t end_run(struct header_gen *g, int depth, const struct mdc_member *m, uint32_t at, uint32_t run)
{
	if (!m->is_bitfield || run == at)
		return m->is_bitfield ? run : m->bit_off + m->type->size * 8;
	if (m->bit_off + m->bit_size - run <= 64 || m->bit_off % 8)
		return run;
	indent(g->out, depth);
	out_puts(g->out, "__u8 : 0;\n");
	return m->bit_off;
}

static void print_members(struct header_gen *g, const struct mdc_type *t, int depth)
{
	const struct mdc_member *before = NULL;
	uint32_t at = 0, run = 0, i;

	for (i = 0; i < t->n_members; i++) {
		const struct mdc_member *m = &t->members[i];

		if (t->kind == MDC_STRUCT) {
			fill_gap(g, depth, at, m->bit_off, before, m->is_bitfield ? m : NULL);
			run = end_run(g, depth, m, m->bit_off, run);
			at = m->bit_off + (m->is_bitfield ? m->bit_size : m->type->size * 8);
			before = m->is_bitfield ? m : NULL;
		}
		print_member(g, t, m, depth);
	}
	if (t->kind == MDC_STRUCT)
		fill_gap(g, depth, at, t->size * 8, before, NULL);
}

/* ---- words ---- */

/* The ranges of one arm (NULL: those that are always there), with unnamed bits up to 64. */
static void print_ranges(struct header_gen *g, const struct mdc_member *m, const struct mdc_word_arm *arm, int depth)
{
	const struct mdc_type *t = mdc_type_strip(m->type);
	const struct mdc_bits **sorted = mdc_bits_ascending(g->ctx->arena, m);
	uint32_t up = t->order == MDC_BE ? 64u - t->bits : 0, at = 0, i;

	for (i = 0; i < m->n_bits; i++) {
		const struct mdc_bits *b = sorted[i];
		const char *s = b->enum_type ? arena_printf(g->ctx->arena, "enum %s", b->enum_type->name) : NULL;

		if (b->arm != arm)
			continue;
		if (b->lo + up > at) {
			indent(g->out, depth);
			out_printf(g->out, "__u64 : %" PRIu32 ";\n", b->lo + up - at);
		}
		header_doc(g, depth, b->doc);
		indent(g->out, depth);
		out_printf(g->out, "__u64 %s : %u;", b->name, b->hi - b->lo + 1u);
		s = join(g, b->unit, "; ", s);
		if (b->deprecated)
			s = join(g, s, "; ", arena_printf(g->ctx->arena, "deprecated: %s", b->deprecated));
		if (s)
			out_printf(g->out, "\t/* %s */", header_comment(g, s));
		out_puts(g->out, "\n");
		at = b->hi + up + 1;
	}
	if (at < 64) {
		indent(g->out, depth);
		out_printf(g->out, "__u64 : %" PRIu32 ";\n", 64 - at);
	}
}

static void print_arm(struct header_gen *g, const struct mdc_member *m, const struct mdc_word_arm *arm)
{
	if (!mdc_arm_has_bits(m, arm))
		return;
	out_puts(g->out, "\t\tstruct {");
	if (arm)
		out_printf(g->out, "\t/* %s: %s */", header_comment(g, arm->tag),
			   mdc_arm_text(g->ctx->arena, arm->values, arm->n_values, arm->is_default));
	out_puts(g->out, "\n");
	print_ranges(g, m, arm, 3);
	out_puts(g->out, "\t\t};\n");
}

static void print_word(struct header_gen *g, const struct mdc_member *m)
{
	bool swapped = mdc_type_strip(m->type)->order == MDC_BE;
	uint32_t i;

	out_printf(g->out, "/*\n * The bit ranges of %s, as they lie in a 64-bit register after the load%s.\n"
		   " * Never stored: for getters and CO-RE.\n */\nstruct %s {\n", m->name,
		   swapped ? " and a swap of all 64 bits" : "", m->bits_struct);
	if (m->n_word_arms) {
		out_puts(g->out, "\tunion {\n");
		print_arm(g, m, NULL);
		for (i = 0; i < m->n_word_arms; i++)
			print_arm(g, m, m->word_arms[i]);
		out_puts(g->out, "\t};\n");
	} else {
		print_ranges(g, m, NULL, 1);
	}
	out_puts(g->out, "};\n\n");
}

static void print_words(struct header_gen *g, const struct mdc_type *t)
{
	uint32_t i;

	for (i = 0; i < t->n_members; i++) {
		const struct mdc_type *inner = t->members[i].type;

		if (t->members[i].bits)
			print_word(g, &t->members[i]);
		while (inner->kind == MDC_ARRAY)
			inner = inner->base;
		if ((inner->kind == MDC_STRUCT || inner->kind == MDC_UNION) && !inner->name)
			print_words(g, inner);
	}
}

/* ---- bit fields ---- */

static bool is_inline(const struct mdc_type *t)
{
	return (t->kind == MDC_STRUCT || t->kind == MDC_UNION) && !t->name;
}

/* In it, or in what is written inline in it, but for arrays, of whose elements there are no getters. */
static bool has_bitfields(const struct mdc_type *t)
{
	for (uint32_t i = 0; i < t->n_members; i++)
		if ((t->members[i].is_bitfield && !t->members[i].pad) ||
		    (is_inline(t->members[i].type) && has_bitfields(t->members[i].type)))
			return true;
	return false;
}

static void print_numbers(struct header_gen *g, const struct mdc_type *t, int depth)
{
	for (uint32_t i = 0; i < t->n_members; i++) {
		const struct mdc_member *m = &t->members[i];
		bool inside = is_inline(m->type) && has_bitfields(m->type);

		if (m->is_bitfield && !m->pad) {
			indent(g->out, depth);
			out_printf(g->out, "__u64 %s;\n", m->name);
		} else if (inside) {
			indent(g->out, depth);
			out_puts(g->out, m->type->kind == MDC_UNION ? "union {\n" : "struct {\n");
			print_numbers(g, m->type, depth + 1);
			indent(g->out, depth);
			out_printf(g->out, "}%s%s;\n", m->name ? " " : "", m->name ? m->name : "");
		}
	}
}

/* The struct through which getters read its bit fields: for CO-RE, whose names and not whose places count. */
static void print_flavour(struct header_gen *g, const struct mdc_type *t)
{
	if (!has_bitfields(t))
		return;
	out_printf(g->out, "#if defined(__bpf__)\n/* The bit fields of %s as numbers. Never stored: for getters and "
		   "CO-RE. */\n%s" HEADER_BITS " {\n", t->name, header_spelling(g, t));
	print_numbers(g, t, 1);
	out_puts(g->out, "};\n#endif\n\n");
}

static void print_enum(struct header_gen *g, const struct mdc_type *t)
{
	uint32_t i;

	out_printf(g->out, "enum %s {\n", t->name);
	for (i = 0; i < t->n_enumerators; i++) {
		const struct mdc_enumerator *e = &t->enumerators[i];

		header_doc(g, 1, e->doc);
		out_printf(g->out, "\t%s = %" PRId64 ",", e->c_name, e->value);
		if (e->deprecated)
			out_printf(g->out, "\t/* deprecated: %s */", header_comment(g, e->deprecated));
		out_puts(g->out, "\n");
	}
	out_puts(g->out, "};\n\n");
}

void header_type(struct header_gen *g, const struct mdc_type *t)
{
	if (t->kind == MDC_STRUCT || t->kind == MDC_UNION)
		print_words(g, t);
	header_doc(g, 0, t->doc);
	if (t->deprecated)
		out_printf(g->out, "/* Deprecated: %s */\n", header_comment(g, t->deprecated));
	if (t->kind == MDC_ENUM) {
		print_enum(g, t);
	} else if (t->kind == MDC_TYPEDEF) {
		out_printf(g->out, "typedef %s %s", header_spelling(g, t->base), t->name);
		print_dims(g->out, t->base);
		out_puts(g->out, ";\n\n");
	} else {
		print_body(g, t, 0);
		print_attributes(g->out, t);
		out_puts(g->out, ";\n\n");
		print_flavour(g, t);
	}
}

/* ---- assertions ---- */

/* @head: "__mdesc1_at(struct mynic_v4, " */
static void print_assert(struct out *o, const char *head, const char *name, uint32_t byte)
{
	out_puts(o, head);
	out_puts(o, name);
	out_puts(o, ", ");
	out_decimal(o, byte);
	out_puts(o, ");\n");
}

static void assert_members(struct header_gen *g, const char *head, const struct mdc_type *t,
			   const char *path, uint32_t base_bits)
{
	uint32_t i;

	for (i = 0; i < t->n_members; i++) {
		const struct mdc_member *m = &t->members[i];
		uint32_t bits = base_bits + m->bit_off;
		const char *name = !m->name ? path : !*path ? m->name :
			arena_printf(g->ctx->arena, "%s%s", path, m->name);

		if (m->is_bitfield)
			continue;
		if (m->name)
			print_assert(g->out, head, name, bits / 8);
		if ((m->type->kind == MDC_STRUCT || m->type->kind == MDC_UNION) && !m->type->name)
			assert_members(g, head, m->type, m->name ?
				       arena_printf(g->ctx->arena, "%s.", name) : path, bits);
	}
}

void header_asserts(struct header_gen *g, const struct mdc_type *t)
{
	const char *keyword = t->kind == MDC_UNION ? "union" : "struct";

	if (t->kind != MDC_STRUCT && t->kind != MDC_UNION)
		return;
	out_printf(g->out, "__mdesc1_size(%s %s, %" PRIu32 ");\n", keyword, t->name, t->size);
	assert_members(g, arena_printf(g->ctx->arena, "__mdesc1_at(%s %s, ", keyword, t->name), t, "", 0);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes a layout, gives the getters of what is computed from its fields:
 * NAME_get() of aliases and derived values, NAME_valid() of what means something
 * only then, NAME_read() for both at once. All fields are read by the macros of
 * header_block.c, so that in BPF each follows its own relocations: an alias is
 * put together from its pieces, wherever they lie.
 */
#include "header.h"

#include <inttypes.h>
#include <string.h>

#include "ast.h"

const char mdc_header_values[] =
	"/*\n"
	" * What computed values are made of. A piece of an alias is as wide as it is on the hardware that runs. Where "
	"an array\n"
	" * has another size there, the program is refused rather than wrong: no BPF helper has that number.\n"
	" */\n"
	"#ifndef MDESC_GENERATED_1_VALUES\n"
	"#define MDESC_GENERATED_1_VALUES\n"
	"\n"
	"#if defined(__bpf__) && !defined(MDESC_NO_PRESERVE_ACCESS_INDEX)\n"
	"#define __mdesc1_piece(v, value, field, bits)\t\t\t\t\\\n"
	"\t((v) = (v) << (64 - __mdesc1_info(field, 5)) | (value))\n"
	"#define __mdesc1_range_piece(v, value, type, range, bits)\t\t\\\n"
	"\t__mdesc1_piece(v, value, ((type *)0)->range, bits)\n"
	"#define __mdesc1_whole(array, bytes) ({\t\t\t\t\t\\\n"
	"\tif (__mdesc1_info(array, 1) != (bytes))\t\t\t\t\\\n"
	"\t\t__asm__ volatile(\"call 195896080\"\t\t\t\t\\\n"
	"\t\t\t\t : : : \"r0\", \"r1\", \"r2\", \"r3\", \"r4\", \"r5\"); })\n"
	"#define __mdesc1_elem(array, element, bytes) ({\t\t\t\t\\\n"
	"\t__mdesc1_whole(array, bytes);\t\t\t\t\t\\\n"
	"\t__mdesc1_uint(element); })\n"
	"#define __mdesc1_be_elem(array, element, bytes)\t\t\t\t\\\n"
	"\t(__builtin_bswap64(__mdesc1_elem(array, element, bytes)) >> (64 - 8 * sizeof(element)))\n"
	"#define __mdesc1_signed_elem(array, element, bytes) ({\t\t\t\\\n"
	"\t__mdesc1_whole(array, bytes);\t\t\t\t\t\\\n"
	"\t(__s64)(element); })\n"
	"#else\n"
	"#define __mdesc1_elem(array, element, bytes) __mdesc1_uint(element)\n"
	"#define __mdesc1_be_elem(array, element, bytes) __mdesc1_be(element)\n"
	"#define __mdesc1_signed_elem(array, element, bytes) ((__s64)(element))\n"
	"#define __mdesc1_piece(v, value, field, bits) ((v) = (v) << (bits) | (value))\n"
	"#define __mdesc1_range_piece(v, value, type, range, bits) ((v) = (v) << (bits) | (value))\n"
	"#endif\n"
	"\n"
	"/* A comparison as a number. */\n"
	"__mdesc1_inline __u64 __mdesc1_truth(_Bool truth)\n"
	"{\n"
	"\treturn truth;\n"
	"}\n"
	"\n"
	"/* Division as the descriptions mean it: x / 0 is 0 and x % 0 is x. BPF has none with signs. */\n"
	"__mdesc1_inline __u64 __mdesc1_div(__u64 a, __u64 b)\n"
	"{\n"
	"\treturn b ? a / b : 0;\n"
	"}\n"
	"\n"
	"__mdesc1_inline __u64 __mdesc1_mod(__u64 a, __u64 b)\n"
	"{\n"
	"\treturn b ? a % b : a;\n"
	"}\n"
	"\n"
	"__mdesc1_inline __u64 __mdesc1_sdiv(__u64 a, __u64 b)\n"
	"{\n"
	"\t__u64 q = __mdesc1_div((__s64)a < 0 ? 0 - a : a, (__s64)b < 0 ? 0 - b : b);\n"
	"\n"
	"\treturn ((__s64)a < 0) != ((__s64)b < 0) ? 0 - q : q;\n"
	"}\n"
	"\n"
	"__mdesc1_inline __u64 __mdesc1_smod(__u64 a, __u64 b)\n"
	"{\n"
	"\t__u64 r = __mdesc1_mod((__s64)a < 0 ? 0 - a : a, (__s64)b < 0 ? 0 - b : b);\n"
	"\n"
	"\treturn (__s64)a < 0 ? 0 - r : r;\n"
	"}\n"
	"#endif /* MDESC_GENERATED_1_VALUES */\n";

/* Expressions are the description's: compilers need not find them odd. */
static const char quiet[] =
	"#if defined(__GNUC__)\n"
	"#pragma GCC diagnostic push\n"
	"#pragma GCC diagnostic ignored \"-Wdeprecated-declarations\"\n"
	"#pragma GCC diagnostic ignored \"-Wint-in-bool-context\"\n"
	"#pragma GCC diagnostic ignored \"-Woverflow\"\n"
	"#pragma GCC diagnostic ignored \"-Wsign-compare\"\n"
	"#pragma GCC diagnostic ignored \"-Wtautological-compare\"\n"
	"#pragma GCC diagnostic ignored \"-Wtype-limits\"\n"
	"#endif\n\n";
static const char loud[] =
	"#if defined(__GNUC__)\n"
	"#pragma GCC diagnostic pop\n"
	"#endif\n\n";

struct gen {
	struct header_gen *g;
	const struct mdc_layout *l;
	struct out *o;
	const char **names;	/* of the values' getters, by idx */
	uint32_t *uses;		/* by idx: bits of the configuration that it needs */
	bool *values;		/* by idx: what has to hold, while one condition is written */
};

/* ---- fields ---- */

static const struct mdc_type *number(const struct mdc_type *t)
{
	while (t->kind == MDC_ARRAY || t->kind == MDC_TYPEDEF)
		t = t->base;
	return t->kind == MDC_ENUM ? t->base : t;
}

/* The C path of one element: "m->ports[1]", through all dimensions. */
static const char *c_path(struct gen *n, const struct mdc_leaf *f, uint32_t elem)
{
	struct arena *a = n->g->ctx->arena;
	const struct mdc_type *t = mdc_type_strip(f->member->type);
	uint32_t count = f->count;
	const char *s = f->path;

	if (f->is_range)
		s = arena_printf(a, "%.*s", (int)(strlen(f->path) - strlen(f->bits->name) - 1), f->path);
	for (; t->kind == MDC_ARRAY; t = mdc_type_strip(t->base)) {
		count /= t->count;
		s = arena_printf(a, "%s[%" PRIu32 "]", s, elem / count);
		elem %= count;
	}
	return s;
}

/* Its value, as unsigned 64 bits. */
static const char *field_text(struct gen *n, const struct mdc_leaf *f, uint32_t elem)
{
	const struct mdc_type *t = number(f->member->type);
	struct arena *a = n->g->ctx->arena;
	const char *path = c_path(n, f, elem), *getter;

	if (f->is_range)
		return arena_printf(a, "%s(m->%s, struct %s, %s, %u, %u)", t->order == MDC_BE ?
				    "__mdesc1_be_word" : "__mdesc1_word", path, f->member->bits_struct,
				    f->bits->name, f->bits->hi, f->bits->lo);
	/* The getter knows how to read it wherever it lies. */
	getter = atom_map_get(&n->g->getter_of, atom(n->g->ctx->atoms, f->path));
	if (f->is_bitfield && getter && !f->deprecated)
		return arena_printf(a, "(__u64)%s_get(m)", getter);
	if (f->is_bitfield)
		return arena_printf(a, t->is_signed ? "(__u64)__mdesc1_sbits(m, m->%s)" : "__mdesc1_ubits(m, m->%s)",
				    path);
	if (f->count > 1 || f->kind == MDC_LEAF_BYTES)
		return arena_printf(a, "%s(m->%s, m->%s, %" PRIu32 ")", t->is_signed ? "(__u64)__mdesc1_signed_elem" :
				    t->order == MDC_BE ? "__mdesc1_be_elem" : "__mdesc1_elem", f->path, path,
				    f->count * f->stride);
	if (t->kind == MDC_BOOL)
		return arena_printf(a, "(__u64)m->%s", path);
	if (t->is_signed)
		return arena_printf(a, "(__u64)__mdesc1_sint(m, m->%s)", path);
	return arena_printf(a, t->order == MDC_BE ? "__mdesc1_be(m->%s)" : "__mdesc1_uint(m->%s)", path);
}

/* ---- expressions: text of type __u64 ---- */

static const char *const op_texts[] = {
	[OP_ADD] = "+", [OP_SUB] = "-", [OP_MUL] = "*", [OP_DIV] = "/", [OP_MOD] = "%", [OP_SHL] = "<<",
	[OP_SHR] = ">>", [OP_AND] = "&", [OP_OR] = "|", [OP_XOR] = "^", [OP_LAND] = "&&", [OP_LOR] = "||",
	[OP_EQ] = "==", [OP_NE] = "!=", [OP_LT] = "<", [OP_LE] = "<=", [OP_GT] = ">", [OP_GE] = ">=",
};

static void put(struct gen *n, const struct mdc_v *x);

static void put_two(struct gen *n, const char *before, const struct mdc_v *a, const char *between,
		    const struct mdc_v *b, const char *after)
{
	out_puts(n->o, before);
	put(n, a);
	out_puts(n->o, between);
	put(n, b);
	out_puts(n->o, after);
}

static void put_binary(struct gen *n, const struct mdc_v *x)
{
	bool sign = x->a->is_signed || x->b->is_signed, constant = x->b->kind == MDC_V_CONST;
	const char *between = arena_printf(n->g->ctx->arena, " %s ", op_texts[x->op]);

	switch (x->op) {
	case OP_DIV:
	case OP_MOD:
		if (sign)
			put_two(n, x->op == OP_MOD ? "__mdesc1_smod(" : "__mdesc1_sdiv(", x->a, ", ", x->b, ")");
		else if (constant)
			put_two(n, "(", x->a, between, x->b, ")");
		else
			put_two(n, x->op == OP_MOD ? "__mdesc1_mod(" : "__mdesc1_div(", x->a, ", ", x->b, ")");
		break;
	case OP_SHL:
	case OP_SHR:
		put_two(n, x->op == OP_SHR && x->a->is_signed ? "(__u64)((__s64)" : "(", x->a,
			constant ? between : arena_printf(n->g->ctx->arena, "%s(", between), x->b,
			constant ? ")" : " & 63))");
		break;
	case OP_EQ: case OP_NE: case OP_LT: case OP_LE: case OP_GT: case OP_GE:
		if (sign)
			between = arena_printf(n->g->ctx->arena, "%s(__s64)", between);
		put_two(n, sign ? "__mdesc1_truth((__s64)" : "__mdesc1_truth(", x->a, between, x->b, ")");
		break;
	case OP_LAND:
	case OP_LOR:
		between = arena_printf(n->g->ctx->arena, " != 0%s", between);
		put_two(n, "__mdesc1_truth(", x->a, between, x->b, " != 0)");
		break;
	default:
		put_two(n, "(", x->a, between, x->b, ")");
	}
}

static void put_unary(struct gen *n, const struct mdc_v *x)
{
	out_puts(n->o, x->op == OP_NEG ? "(0 - " : x->op == OP_NOT ? "__mdesc1_truth(!" : "(~");
	put(n, x->a);
	out_puts(n->o, ")");
}

/* ", __u64 config_rx_mode" for each item of configuration in @uses; without types as arguments. */
static const char *arguments(struct gen *n, uint32_t uses, bool types)
{
	const char *s = "";

	for (uint32_t i = 0; i < n->g->model->n_configs; i++)
		if (uses >> i & 1)
			s = arena_printf(n->g->ctx->arena, "%s, %sconfig_%s", s, types ? "__u64 " : "",
					 n->g->model->configs[i]->name);
	return s;
}

static const char *deprecated(struct gen *n, const struct mdc_value *v)
{
	return v->deprecated ? v->deprecated : n->l->type->deprecated;
}

static void put(struct gen *n, const struct mdc_v *x)
{
	switch (x->kind) {
	case MDC_V_CONST:
		out_printf(n->o, x->imm > INT32_MAX ? "0x%" PRIx64 "ULL" : "%" PRIu64 "ULL", x->imm);
		break;
	case MDC_V_FIELD:
		out_puts(n->o, field_text(n, &n->l->leaves[x->leaf], x->elem));
		break;
	case MDC_V_CONFIG:
		out_printf(n->o, "(__u64)config_%s", x->config->name);
		break;
	case MDC_V_VALUE:
		out_printf(n->o, "(__u64)%s_%s(m%s)", n->names[x->value->idx],
			   deprecated(n, x->value) ? "computed" : "get", arguments(n, n->uses[x->value->idx], false));
		break;
	case MDC_V_UNARY:
		put_unary(n, x);
		break;
	case MDC_V_BINARY:
		put_binary(n, x);
		break;
	case MDC_V_COND:
		put_two(n, "(", x->a, " ? ", x->b, " : ");
		put(n, x->c);
		out_puts(n->o, ")");
		break;
	case MDC_V_SLICE:
		out_puts(n->o, "(");
		put(n, x->a);
		out_printf(n->o, " >> %u & 0x%" PRIx64 "ULL)", x->lo, ~(uint64_t)0 >> (64 - x->width));
		break;
	case MDC_V_CAT:		/* only an alias is one, as a whole */
		break;
	}
}

/* ---- NAME_valid() ---- */

static void need_value(struct gen *n, const struct mdc_value *v);

static void need_reads(struct gen *n, const struct mdc_v *x)
{
	if (!x)
		return;
	if (x->kind == MDC_V_FIELD)
		need_value(n, n->l->leaves[x->leaf].valid);
	if (x->kind == MDC_V_VALUE) {
		need_value(n, x->value->valid);
		need_reads(n, x->value->x);
	}
	need_reads(n, x->a);
	need_reads(n, x->b);
	need_reads(n, x->c);
	for (uint32_t i = 0; i < x->n_list; i++)
		need_reads(n, x->list[i]);
}

static void need_value(struct gen *n, const struct mdc_value *v)
{
	if (!v || n->values[v->idx])
		return;
	n->values[v->idx] = true;
	need_value(n, v->valid);
	need_reads(n, v->x);
}

static void put_tag_values(struct gen *n, const struct mdc_cond *c)
{
	const struct mdc_leaf *tag = c->tag_value ? NULL : &n->l->leaves[c->tag_leaf];
	uint64_t max = !tag || tag->width == 64 ? UINT64_MAX : ((uint64_t)1 << tag->width) - 1;
	const char *text = tag ? field_text(n, tag, 0) :
		arena_printf(n->g->ctx->arena, "%s_get(m%s)", n->names[c->tag_value->idx],
			     arguments(n, n->uses[c->tag_value->idx], false));

	out_puts(n->o, c->negate ? "!(" : "(");
	for (uint32_t i = 0; i < c->n_values; i++) {
		const struct mdc_value_range *r = &c->values[i];

		out_puts(n->o, i ? " || " : "");
		if (r->lo == r->hi)
			out_printf(n->o, "%s == 0x%" PRIx64 "ULL", text, r->lo);
		else if (r->lo && r->hi < max)
			out_printf(n->o, "(%s >= 0x%" PRIx64 "ULL && %s <= 0x%" PRIx64 "ULL)", text, r->lo, text,
				   r->hi);
		else if (r->lo)
			out_printf(n->o, "%s >= 0x%" PRIx64 "ULL", text, r->lo);
		else if (r->hi < max)
			out_printf(n->o, "%s <= 0x%" PRIx64 "ULL", text, r->hi);
		else
			out_puts(n->o, "1");
	}
	out_puts(n->o, c->n_values ? ")" : "0)");
}

/* The arms around, and each `valid` that is in n->values. */
static uint32_t condition_uses(struct gen *n, const struct mdc_cond *cond)
{
	uint32_t uses = 0;

	for (; cond; cond = cond->parent)
		uses |= cond->tag_value ? n->uses[cond->tag_value->idx] : 0;
	for (uint32_t i = 0; i < n->l->n_values; i++)
		uses |= n->values[i] ? n->uses[i] : 0;
	return uses;
}

static void put_conditions(struct gen *n, const struct mdc_cond *cond)
{
	const char *between = "";

	for (; cond; cond = cond->parent) {
		out_puts(n->o, between);
		put_tag_values(n, cond);
		between = " &&\n\t       ";
	}
	for (uint32_t i = 0; i < n->l->n_values; i++) {
		if (!n->values[i] || n->l->values[i]->role != MDC_VALID)
			continue;
		out_puts(n->o, between);
		put(n, n->l->values[i]->x);
		out_puts(n->o, " != 0");
		between = " &&\n\t       ";
	}
}

static void open_function(struct gen *n, const char *deprecated, const char *returns, const char *name,
			  const char *suffix, const char *more)
{
	if (deprecated)
		out_printf(n->o, "__attribute__((deprecated(%s)))\n", header_string(n->g, deprecated));
	out_printf(n->o, "__mdesc1_inline %s %s_%s(const %s *m%s)\n{\n", returns, name, suffix,
		   header_spelling(n->g, n->l->type), more);
}

/* What a getter of one value is like. */
struct getter {
	const char *name, *path;
	const struct mdc_cond *cond;
	const char *returns;		/* what NAME_get() gives; NULL: no number */
	const char *deprecated;		/* or NULL */
	const char *text;		/* when it is valid */
	const char *read;		/* what NAME_get() computes: that may be deprecated */
	uint32_t uses;			/* of NAME_get() */
};

static bool reads_fields(const struct mdc_v *x)
{
	return x && (x->kind == MDC_V_FIELD || x->kind == MDC_V_VALUE || x->n_list || reads_fields(x->a) ||
		     reads_fields(x->b) || reads_fields(x->c));
}

/* Whether put_conditions() says anything of the metadata itself: configuration is no part of it. */
static bool conditions_read(struct gen *n, const struct mdc_cond *cond)
{
	for (; cond; cond = cond->parent)
		if (cond->tag_value || cond->n_values != 1 || cond->values[0].lo == cond->values[0].hi ||
		    cond->values[0].lo || cond->values[0].hi < UINT64_MAX >> (64 - n->l->leaves[cond->tag_leaf].width))
			return true;
	for (uint32_t i = 0; i < n->l->n_values; i++)
		if (n->values[i] && n->l->values[i]->role == MDC_VALID && reads_fields(n->l->values[i]->x))
			return true;
	return false;
}

static void validity(struct gen *n, const struct getter *f)
{
	struct arena *a = n->g->ctx->arena;
	uint32_t uses = condition_uses(n, f->cond);
	const char *more = arguments(n, uses, true);

	header_doc(n->g, 0, arena_printf(a, "Whether %s means something: where %s.", f->path, f->text));
	open_function(n, NULL, "_Bool", f->name, "valid", more);
	out_puts(n->o, conditions_read(n, f->cond) ? "\treturn " : "\t(void)m;\n\treturn ");
	put_conditions(n, f->cond);
	out_puts(n->o, ";\n}\n\n");
	if (!f->returns)
		return;
	more = arena_printf(a, ", %s *value%s", f->returns, arguments(n, uses | f->uses, true));
	open_function(n, f->deprecated, "_Bool", f->name, "read", more);
	out_printf(n->o, "\tif (!%s_valid(m%s))\n\t\treturn 0;\n\t*value = %s;\n\treturn 1;\n}\n\n", f->name,
		   arguments(n, uses, false), f->read);
}

static void starts(struct gen *n)
{
	memset(n->values, 0, n->l->n_values * sizeof(*n->values));
}

static bool any_needed(const struct gen *n)
{
	for (uint32_t i = 0; i < n->l->n_values; i++)
		if (n->values[i] && n->l->values[i]->role == MDC_VALID)
			return true;
	return false;
}

/* ---- NAME_get() ---- */

static const char *returned(const struct mdc_value *v)
{
	return v->is_bool ? "_Bool" : v->is_signed ? "__s64" : "__u64";
}

/* `before` EXPR `after`: the low bits of the type, with its sign. */
static void put_narrow(struct gen *n, const struct mdc_value *v, bool open)
{
	if (!open)
		out_puts(n->o, v->is_bool ? " != 0" : v->is_signed || v->width < 64 ? ")" : "");
	else if (v->is_signed)
		out_printf(n->o, "(__s64)(__s%u)(", v->width);
	else if (v->width < 64 && !v->is_bool)
		out_printf(n->o, "(__u%u)(", v->width);
}

static void derive_body(struct gen *n, const struct mdc_value *v)
{
	out_puts(n->o, "\treturn ");
	put_narrow(n, v, true);
	put(n, v->x);
	put_narrow(n, v, false);
	out_puts(n->o, ";\n}\n\n");
}

static void put_piece(struct gen *n, const struct mdc_v *x)
{
	const struct mdc_leaf *f = &n->l->leaves[x->leaf];
	const char *text = field_text(n, f, x->elem), *rest, *bits = header_bits(n->g, n->l, f->path, &rest);

	if (f->count > 1 || f->kind == MDC_LEAF_BYTES)
		out_printf(n->o, "\tv = v << %u | %s;\n", f->width, text);
	else if (f->is_range)
		out_printf(n->o, "\t__mdesc1_range_piece(v, %s, struct %s, %s, %u);\n", text, f->member->bits_struct,
			   f->bits->name, f->width);
	else if (f->is_bitfield && !strchr(rest, '['))
		out_printf(n->o, "\t__mdesc1_range_piece(v, %s, %s, %s, %u);\n", text, bits, rest, f->width);
	else
		out_printf(n->o, "\t__mdesc1_piece(v, %s, m->%s, %u);\n", text, f->path, f->width);
}

/* From the most significant piece down. */
static void alias_body(struct gen *n, const struct mdc_value *v)
{
	const struct mdc_v *x = v->x, *first = x->list[x->order == MDC_BE ? 0 : x->n_list - 1];

	out_printf(n->o, "\t__u64 v = %s;\n\n", field_text(n, &n->l->leaves[first->leaf], first->elem));
	for (uint32_t i = 1; i < x->n_list; i++)
		put_piece(n, x->list[x->order == MDC_BE ? i : x->n_list - 1 - i]);
	out_puts(n->o, "\treturn ");
	put_narrow(n, &(struct mdc_value){ .is_signed = v->is_signed, .width = v->is_signed ? v->width : 64 }, true);
	out_puts(n->o, "v");
	put_narrow(n, &(struct mdc_value){ .is_signed = v->is_signed, .width = v->is_signed ? v->width : 64 }, false);
	out_puts(n->o, ";\n}\n\n");
}

static const char *remark(struct gen *n, const struct mdc_value *v)
{
	struct arena *a = n->g->ctx->arena;
	const char *s = v->role == MDC_TAG ?
		arena_printf(a, "%s%swhich arm there is: %s", v->path, *v->path ? ": " : "", v->text) :
		arena_printf(a, "%s = %s", v->path, v->text);

	if (v->unit)
		s = arena_printf(a, "%s; %s", s, v->unit);
	if (v->enum_type)
		s = arena_printf(a, "%s; enum %s", s, v->enum_type->name);
	return v->doc ? arena_printf(a, "%s\n%s", v->doc, s) : s;
}

static uint32_t uses_of(struct gen *n, const struct mdc_v *x)
{
	uint32_t uses;

	if (!x)
		return 0;
	uses = uses_of(n, x->a) | uses_of(n, x->b) | uses_of(n, x->c);
	if (x->kind == MDC_V_CONFIG)
		uses |= 1u << x->config->idx;
	if (x->kind == MDC_V_VALUE)
		uses |= n->uses[x->value->idx];
	return uses;
}

/* The getter of a tag that is computed: NAME of the union or word and `tag`; where that has several, `tag2`, ... */
static const char *value_path(struct gen *n, const struct mdc_value *v)
{
	const char *dot = *v->path ? "." : "";
	unsigned int nth = 1;

	if (v->role != MDC_TAG)
		return v->path;
	for (uint32_t i = 0; i < v->idx; i++)
		nth += n->l->values[i]->role == MDC_TAG && !strcmp(n->l->values[i]->path, v->path);
	return nth > 1 ? arena_printf(n->g->ctx->arena, "%s%stag%u", v->path, dot, nth) :
			 arena_printf(n->g->ctx->arena, "%s%stag", v->path, dot);
}

static void computed(struct gen *n, const struct mdc_value *v)
{
	const char *name = header_getter_name(n->g, n->l, value_path(n, v)), *dep = deprecated(n, v);
	const char *more = arguments(n, n->uses[v->idx], true);
	uint32_t uses = n->uses[v->idx];

	n->names[v->idx] = name;
	header_doc(n->g, 0, remark(n, v));
	open_function(n, NULL, returned(v), name, dep ? "computed" : "get", more);
	if (uses && !reads_fields(v->x))
		out_puts(n->o, "\t(void)m;\n");
	if (v->role == MDC_ALIAS)
		alias_body(n, v);
	else
		derive_body(n, v);
	if (dep) {	/* what is not deprecated may be computed from it */
		open_function(n, dep, returned(v), name, "get", more);
		out_printf(n->o, "\treturn %s_computed(m%s);\n}\n\n", name, arguments(n, uses, false));
	}
}

static void computed_validity(struct gen *n, const struct mdc_value *v)
{
	const char *dep = deprecated(n, v), *name = n->names[v->idx];
	struct getter f = { .name = name, .path = v->path, .cond = v->cond, .returns = returned(v), .deprecated = dep,
			    .uses = n->uses[v->idx] };

	starts(n);
	need_value(n, v->valid);
	need_reads(n, v->x);
	f.text = v->valid ? v->valid->text : "what it is read from does";
	f.read = arena_printf(n->g->ctx->arena, "%s_%s(m%s)", name, dep ? "computed" : "get",
			      arguments(n, f.uses, false));
	if (any_needed(n) || v->reads_arm)
		validity(n, &f);
}

static void field_validity(struct gen *n, const struct mdc_leaf *leaf)
{
	const char *name = atom_map_get(&n->g->getter_of, atom(n->g->ctx->atoms, leaf->path));
	const struct mdc_type *t = number(leaf->member->type);
	bool one = mdc_type_strip(leaf->member->type)->kind != MDC_ARRAY && leaf->kind != MDC_LEAF_PTR &&
		   leaf->kind != MDC_LEAF_MAC;
	struct getter f = { .name = name, .path = leaf->path, .cond = leaf->cond, .text = leaf->valid->text,
			    .deprecated = leaf->deprecated ? leaf->deprecated : n->l->type->deprecated };

	if (!name)
		return;		/* in an array of structs */
	f.read = field_text(n, leaf, 0);
	if (one)
		f.returns = leaf->is_range ? "__u64" : t->kind == MDC_BOOL ? "_Bool" : t->is_signed ? "__s64" : "__u64";
	starts(n);
	need_value(n, leaf->valid);
	validity(n, &f);
}

void header_values(struct header_gen *g, const struct mdc_layout *l)
{
	struct gen n = { .g = g, .l = l, .o = g->out };

	if (!l->n_values)
		return;
	n.names = arena_array(g->ctx->arena, const char *, l->n_values);
	n.values = arena_array(g->ctx->arena, bool, l->n_values);
	n.uses = arena_array(g->ctx->arena, uint32_t, l->n_values);
	for (uint32_t i = 0; i < l->n_values; i++)
		n.uses[i] = uses_of(&n, l->values[i]->x);
	out_puts(g->out, quiet);
	for (uint32_t i = 0; i < l->n_values; i++)
		if (l->values[i]->role != MDC_VALID)
			computed(&n, l->values[i]);
	for (uint32_t i = 0; i < l->n_values; i++)
		if (l->values[i]->type)
			computed_validity(&n, l->values[i]);
	for (uint32_t i = 0; i < l->n_leaves; i++)
		if (l->leaves[i].valid && !l->leaves[i].is_pad)
			field_validity(&n, &l->leaves[i]);
	out_puts(g->out, loud);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A layout's identity: a canonical text of what it means to a program, the
 * SHA-256 of which gives fingerprint and id. Lines, sorted bytewise:
 *
 *	KIND PATH BITOFF BITS COUNT ORDER UNIT [...]
 *
 *	metadata|descriptor NAME 0 BITS 1 - -
 *	struct|union PATH BITOFF BITS 1 - - NAME	NAME: `-` for one without a name
 *	uint|sint|bool|enum|ptr|mac|bytes PATH BITOFF BITS COUNT ORDER UNIT TYPE [if TAG VALUES] [valid EXPR]
 *	range PATH BITOFF BITS 1 ORDER UNIT TYPE [if TAG VALUES] [valid EXPR]	BITOFF: of the word + lowest bit
 *	arm PATH BITOFF BITS 1 - - TAG VALUES		VALUES: 1,4..7 or `default`
 *	enumerator ENUM 0 BITS 1 ORDER - NAME VALUE	NAME as in C
 *	config NAME 0 BITS 1 host UNIT TYPE		and what it depends on
 *	alias|derive PATH 0 BITS 1 ORDER - TYPE = EXPR [if TAG VALUES] [valid EXPR]	what a condition reads
 *
 * TYPE is an enum's or a pointer's struct's name, else `-`. BITS of a leaf are
 * those of an element. EXPR has no blanks, and paths from the layout. Padding,
 * docs, views, sources and the parser are not in it: what they say may change,
 * and a program reads the same. Nor is what a pointer points to, which is not a
 * part of the layout.
 */
#include "types.h"

#include <nettle/sha2.h>
#include <stdlib.h>

#include "out.h"

struct text {
	struct resolver *r;
	const struct rs_layout *l;
	struct out out;			/* the lines, each ends in a NUL */
	size_t n_lines;
	struct atom_map enums;		/* that are in it already, */
	struct atom_map values;		/* and computed ones */
};

static const char *const kind_words[] = {
	[MDC_LEAF_UINT] = "uint", [MDC_LEAF_SINT] = "sint", [MDC_LEAF_BOOL] = "bool",
	[MDC_LEAF_ENUM] = "enum", [MDC_LEAF_PTR] = "ptr", [MDC_LEAF_MAC] = "mac",
	[MDC_LEAF_BYTES] = "bytes",
};
static const char *const order_words[] = {
	[MDC_HOST] = "host", [MDC_LE] = "le", [MDC_BE] = "be", [MDC_RAW] = "raw",
};

/* ---- words of a line ---- */

static void word(struct text *t, const char *s)
{
	out_puts(&t->out, " ");
	out_puts(&t->out, s);
}

static void number(struct text *t, uint64_t n)
{
	out_puts(&t->out, " ");
	out_decimal(&t->out, n);
}

/* What every line begins with: KIND PATH BITOFF BITS COUNT ORDER. */
static void begin_line(struct text *t, const char *kind, const char *path, uint64_t bit, uint32_t bits,
		       uint32_t count, const char *order)
{
	out_puts(&t->out, kind);
	word(t, path);
	number(t, bit);
	number(t, bits);
	number(t, count);
	word(t, order);
}

static void end_line(struct text *t)
{
	out_write(&t->out, "", 1);
	t->n_lines++;
}

/* Units are any text: one word of printable characters. */
static void unit_word(struct text *t, const char *unit)
{
	const char *s = unit;

	if (!unit || !*unit) {
		word(t, "-");
		return;
	}
	out_puts(&t->out, " ");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c > ' ' && c < 127 && c != '\\' && (c != '-' || s[1] || s != unit))
			out_write(&t->out, s, 1);
		else
			out_printf(&t->out, "\\x%02x", c);
	}
}

static void values_word(struct text *t, const struct mdc_cond *c)
{
	const char *separator = " ";

	for (uint32_t i = 0; i < c->n_own; i++) {
		out_puts(&t->out, separator);
		out_decimal(&t->out, c->own[i].lo);
		if (c->own[i].lo != c->own[i].hi) {
			out_puts(&t->out, "..");
			out_decimal(&t->out, c->own[i].hi);
		}
		separator = ",";
	}
	if (c->is_default) {
		out_puts(&t->out, separator);
		out_puts(&t->out, "default");
	}
}

static void expr_word(struct text *t, const struct mdc_value *v)
{
	const char *s = rs_value_text(t->r, &t->l->l, v->x, true);

	out_puts(&t->out, " ");
	for (; *s; s++)
		if (*s != ' ')
			out_write(&t->out, s, 1);
}

static void read_lines(struct text *t, const struct mdc_v *x);

static void condition(struct text *t, const struct mdc_cond *c)
{
	if (c->tag_value)
		expr_word(t, c->tag_value);
	else
		word(t, t->l->leaves.p[c->tag_leaf].path);
	values_word(t, c);
}

/* ---- lines ---- */

static void enum_lines(struct text *t, const struct mdc_type *e)
{
	if (!e || atom_map_add(&t->enums, e->name, (void *)e))
		return;
	for (uint32_t i = 0; i < e->n_enumerators; i++) {
		begin_line(t, "enumerator", e->name, 0, e->size * 8, 1, order_words[e->base->order]);
		out_printf(&t->out, " - %s %lld", e->enumerators[i].c_name, (long long)e->enumerators[i].value);
		end_line(t);
	}
}

/* Arms and `valid`s, each the innermost first. */
static void when(struct text *t, const struct mdc_cond *c, const struct mdc_value *valid)
{
	for (; c; c = c->parent) {
		word(t, "if");
		condition(t, c);
	}
	for (; valid; valid = valid->valid) {
		word(t, "valid");
		expr_word(t, valid);
	}
}

/* Configuration is no part of the bytes: only its name and its enum count. */
static void config_line(struct text *t, const struct mdc_config *c)
{
	if (atom_map_add(&t->values, (const char *)c, (void *)c))
		return;
	enum_lines(t, c->enum_type);
	begin_line(t, "config", c->name, 0, c->bits, 1, "host");
	unit_word(t, c->unit);
	word(t, c->enum_type ? c->enum_type->name : "-");
	end_line(t);
}

/* What a condition reads, and so is a part of what the layout means. */
static void value_line(struct text *t, const struct mdc_value *v)
{
	if (atom_map_add(&t->values, (const char *)v, (void *)v))
		return;
	begin_line(t, v->role == MDC_ALIAS ? "alias" : "derive", v->path, 0, v->width, 1, order_words[v->order]);
	word(t, "-");
	word(t, v->enum_type ? v->enum_type->name : "-");
	word(t, "=");
	expr_word(t, v);
	when(t, v->cond, v->valid);
	end_line(t);
	read_lines(t, v->x);
}

static void read_lines(struct text *t, const struct mdc_v *x)
{
	if (!x)
		return;
	if (x->kind == MDC_V_VALUE)
		value_line(t, x->value);
	if (x->kind == MDC_V_CONFIG)
		config_line(t, x->config);
	read_lines(t, x->a);
	read_lines(t, x->b);
	read_lines(t, x->c);
}

static void leaf_line(struct text *t, const struct mdc_leaf *leaf)
{
	const struct mdc_type *type = leaf->kind == MDC_LEAF_PTR ? mdc_type_strip(leaf->type)->base :
				      leaf->enum_type;

	if (leaf->is_pad)
		return;
	enum_lines(t, leaf->enum_type);
	begin_line(t, leaf->is_range ? "range" : kind_words[leaf->kind], leaf->path,
		   (uint64_t)leaf->offset * 8 + leaf->shift, leaf->width, leaf->count, order_words[leaf->order]);
	unit_word(t, leaf->unit);
	word(t, type ? type->name : "-");
	when(t, leaf->cond, leaf->valid);
	end_line(t);
	for (const struct mdc_value *v = leaf->valid; v; v = v->valid)
		read_lines(t, v->x);
}

static void part_line(struct text *t, const struct rs_part *p)
{
	const char *kind = p->cond ? "arm" : p->type->kind == MDC_UNION ? "union" : "struct";

	begin_line(t, kind, *p->path ? p->path : "-", p->bit_off, p->bits, 1, "-");
	word(t, "-");
	if (p->cond)
		condition(t, p->cond);
	else
		word(t, p->type->name ? p->type->name : "-");
	end_line(t);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The lines sorted, each with a newline. */
static const char *sorted(struct text *t)
{
	const char **lines = arena_array(t->r->arena, const char *, t->n_lines), *from = t->out.data;
	char *text = arena_alloc(t->r->arena, t->out.size + 1), *to = text;

	for (size_t i = 0; i < t->n_lines; i++) {
		lines[i] = from;
		from += strlen(from) + 1;
	}
	qsort(lines, t->n_lines, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < t->n_lines; i++) {
		to = stpcpy(to, lines[i]);
		*to++ = '\n';
	}
	return text;
}

static const char *canonical(struct resolver *r, const struct rs_layout *l)
{
	struct text t = { .r = r, .l = l };
	const char *text;

	atom_map_init(&t.enums, r->arena);
	atom_map_init(&t.values, r->arena);
	out_init(&t.out);
	begin_line(&t, l->l.is_descriptor ? "descriptor" : "metadata", l->l.name, 0, l->l.size * 8, 1, "-");
	word(&t, "-");
	end_line(&t);
	for (size_t i = 0; i < l->parts.n; i++)
		part_line(&t, &l->parts.p[i]);
	for (size_t i = 0; i < l->leaves.n; i++)
		leaf_line(&t, &l->leaves.p[i]);
	for (size_t i = 0; i < l->conds.n; i++)
		if (l->conds.p[i]->tag_value)
			read_lines(&t, l->conds.p[i]->tag_value->x);
	text = sorted(&t);
	out_free(&t.out);
	return text;
}

static uint64_t little_endian(const uint8_t *p, int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

/* `id N mask M at first`: the first four bytes, of which some may be anything. */
static void id_at_first(struct resolver *r, struct rs_layout *l)
{
	const struct mdc_leaf *f = l->leaves.n ? &l->leaves.p[0] : NULL;
	uint64_t mask = UINT32_MAX;
	struct diag *d;

	if (l->ast->mask && !rs_const_in(r, l->ast->mask, "the mask of an id", 1, UINT32_MAX, &mask)) {
		l->broken = true;
		return;
	}
	l->l.id_first = true;
	l->l.id_any = ~(uint32_t)mask;
	l->l.any_name = rs_atomf(r, "%s_ANY", l->l.id_name);
	if (l->l.id_any >> 31) {
		d = diag(r->ctx, CHK_layout_id, l->ast->mask->loc, "the top bit of the id may not be left open");
		diag_note(d, "the open bits are an enumerator: with one of 2^31 and more, programs cannot be loaded");
	} else if (l->l.id & l->l.id_any) {
		diag(r->ctx, CHK_layout_id, l->ast->id->loc, "the id 0x%x has bits outside of its mask, 0x%llx",
		     l->l.id, (unsigned long long)mask);
	} else if (!f || f->offset || f->bytes != 4 || f->count != 1 || f->width != 32 || f->order != MDC_BE) {
		d = diag(r->ctx, CHK_layout_id, l->ast->id->loc, "the first member is no be32, and the id is in it");
		if (f)
			diag_label(d, f->loc, "this is the first");
	} else {
		return;
	}
	l->broken = true;
}

/* `metadata NAME id 0x...` */
static void given_id(struct resolver *r, struct rs_layout *l)
{
	const struct ast *e = l->ast->id;
	rs_int v;

	l->l.id_given = true;
	if (!rs_const(r, e, NULL, &v)) {
		l->l.id = 1;
		l->broken = true;
		return;
	}
	if (v < 1 || v > INT32_MAX) {
		diag_note(diag(r->ctx, CHK_layout_id, e->loc, "a layout's id is 1 to 0x7fffffff, and this is %s",
			       rs_int_text(r, v)),
			  "ids are enumerators: of 2^31 and more, programs cannot be loaded");
		l->broken = true;
		v = 1;
	}
	l->l.id = (uint32_t)v;
	if (l->ast->at_first)
		id_at_first(r, l);
}

void rs_id(struct resolver *r, struct rs_layout *l)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;

	l->l.canonical = canonical(r, l);
	sha256_init(&sha);
	sha256_update(&sha, strlen(l->l.canonical), (const uint8_t *)l->l.canonical);
	sha256_digest(&sha, sizeof(digest), digest);
	l->l.fingerprint = little_endian(digest, 8);
	if (l->ast->id) {
		given_id(r, l);
		return;
	}
	for (int i = 0; i < SHA256_DIGEST_SIZE && !l->l.id; i += 4)
		l->l.id = (uint32_t)little_endian(digest + i, 4) & INT32_MAX;
}

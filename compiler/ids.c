/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A layout's identity: a canonical text of what it means to a program, the
 * SHA-256 of which gives fingerprint and id. Lines, sorted bytewise:
 *
 *	KIND PATH BITOFF BITS COUNT ORDER UNIT [...]
 *
 *	metadata|descriptor NAME 0 BITS 1 - -
 *	struct|union PATH BITOFF BITS 1 - - NAME	NAME: `-` for one without a name
 *	uint|sint|bool|enum|ptr|mac|bytes PATH BITOFF BITS COUNT ORDER UNIT TYPE [if TAG VALUES]
 *	range PATH BITOFF BITS 1 ORDER UNIT TYPE [if TAG VALUES]	BITOFF: of the word + lowest bit
 *	arm PATH BITOFF BITS 1 - - TAG VALUES		VALUES: 1,4..7 or `default`
 *	enumerator ENUM 0 BITS 1 ORDER - NAME VALUE	NAME as in C
 *
 * TYPE is an enum's or a pointer's struct's name, else `-`. BITS of a leaf are
 * those of an element. Padding, docs, views, sources and the parser are not in
 * it: what they say may change, and a program reads the same. Nor is what a
 * pointer points to, which is not a part of the layout.
 */
#include "types.h"

#include <nettle/sha2.h>
#include <stdlib.h>

struct text {
	struct resolver *r;
	const struct rs_layout *l;
	VEC(const char *) lines;
	struct atom_map enums;		/* that are in it already */
};

static const char *const kind_words[] = {
	[MDC_LEAF_UINT] = "uint", [MDC_LEAF_SINT] = "sint", [MDC_LEAF_BOOL] = "bool",
	[MDC_LEAF_ENUM] = "enum", [MDC_LEAF_PTR] = "ptr", [MDC_LEAF_MAC] = "mac",
	[MDC_LEAF_BYTES] = "bytes",
};
static const char *const order_words[] = {
	[MDC_HOST] = "host", [MDC_LE] = "le", [MDC_BE] = "be", [MDC_RAW] = "raw",
};

static void line(struct text *t, const char *s)
{
	*vec_push(t->r->arena, &t->lines) = s;
}

/* Units are any text: one word of printable characters. */
static const char *unit_word(struct text *t, const char *unit)
{
	char *out, *to;

	if (!unit || !*unit)
		return "-";
	out = to = arena_alloc(t->r->arena, strlen(unit) * 4 + 1);
	for (; *unit; unit++) {
		unsigned char c = (unsigned char)*unit;

		if (c > ' ' && c < 127 && c != '\\' && (c != '-' || unit[1] || to != out))
			*to++ = (char)c;
		else
			to += sprintf(to, "\\x%02x", c);
	}
	return out;
}

static const char *values_word(struct text *t, const struct mdc_member *arm)
{
	const char *s = "";

	for (uint32_t i = 0; i < arm->n_arm; i++) {
		unsigned long long lo = arm->arm[i].lo, hi = arm->arm[i].hi;

		if (lo == hi)
			s = arena_printf(t->r->arena, "%s%s%llu", s, i ? "," : "", lo);
		else
			s = arena_printf(t->r->arena, "%s%s%llu..%llu", s, i ? "," : "", lo, hi);
	}
	if (arm->arm_default)
		s = arena_printf(t->r->arena, "%s%sdefault", s, arm->n_arm ? "," : "");
	return s;
}

static const char *tag_path(const struct text *t, const struct mdc_cond *c)
{
	return t->l->leaves.p[c->tag_leaf].path;
}

/* " if TAG VALUES" of all conditions around, outermost last. */
static const char *condition(struct text *t, const struct mdc_cond *c)
{
	const char *s = "";

	for (; c; c = c->parent)
		s = arena_printf(t->r->arena, "%s if %s %s", s, tag_path(t, c), values_word(t, c->arm));
	return s;
}

static void enum_lines(struct text *t, const struct mdc_type *e)
{
	if (!e || atom_map_add(&t->enums, e->name, (void *)e))
		return;
	for (uint32_t i = 0; i < e->n_enumerators; i++)
		line(t, arena_printf(t->r->arena, "enumerator %s 0 %u 1 %s - %s %lld", e->name, e->size * 8,
				     order_words[e->base->order], e->enumerators[i].c_name,
				     (long long)e->enumerators[i].value));
}

static void leaf_line(struct text *t, const struct mdc_leaf *leaf)
{
	const struct mdc_type *type = leaf->kind == MDC_LEAF_PTR ? mdc_type_strip(leaf->type)->base :
				      leaf->enum_type;
	unsigned long long bit = (unsigned long long)leaf->offset * 8 + leaf->shift;

	if (leaf->is_pad)
		return;
	enum_lines(t, leaf->enum_type);
	line(t, arena_printf(t->r->arena, "%s %s %llu %u %u %s %s %s%s",
			     leaf->is_range ? "range" : kind_words[leaf->kind], leaf->path, bit,
			     leaf->width, leaf->count, order_words[leaf->order],
			     unit_word(t, leaf->unit), type ? type->name : "-",
			     condition(t, leaf->cond)));
}

static void part_line(struct text *t, const struct rs_part *p)
{
	if (p->cond)
		line(t, arena_printf(t->r->arena, "arm %s %u %u 1 - - %s %s", *p->path ? p->path : "-",
				     p->bit_off, p->bits, tag_path(t, p->cond),
				     values_word(t, p->cond->arm)));
	else
		line(t, arena_printf(t->r->arena, "%s %s %u %u 1 - - %s",
				     p->type->kind == MDC_UNION ? "union" : "struct", p->path,
				     p->bit_off, p->bits, p->type->name ? p->type->name : "-"));
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *canonical(struct resolver *r, const struct rs_layout *l)
{
	struct text t = { .r = r, .l = l };
	size_t size = 1;
	char *text, *to;

	atom_map_init(&t.enums, r->arena);
	line(&t, arena_printf(r->arena, "%s %s 0 %u 1 - -", l->l.is_descriptor ? "descriptor" : "metadata",
			      l->l.name, l->l.size * 8));
	for (size_t i = 0; i < l->parts.n; i++)
		part_line(&t, &l->parts.p[i]);
	for (size_t i = 0; i < l->leaves.n; i++)
		leaf_line(&t, &l->leaves.p[i]);
	qsort(t.lines.p, t.lines.n, sizeof(*t.lines.p), compare_lines);
	for (size_t i = 0; i < t.lines.n; i++)
		size += strlen(t.lines.p[i]) + 1;
	text = to = arena_alloc(r->arena, size);
	for (size_t i = 0; i < t.lines.n; i++) {
		size_t n = strlen(t.lines.p[i]);

		memcpy(to, t.lines.p[i], n);
		to[n] = '\n';
		to += n + 1;
	}
	return text;
}

static uint64_t little_endian(const uint8_t *p, int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
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

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes an alias's ends, `FIRST..LAST`, gives the pieces that lie side by side from
 * the one to the other, in the order of the bytes: fields, elements, bit ranges. Where
 * members of a union lie over each other there, one way through them is taken; the
 * ends are always those that are named.
 */
#include "types.h"

#include <stdlib.h>

/* Members of unions that lie between the ends, counted together. */
#define MOST_PIECES	4096

struct piece { uint32_t leaf, elem; uint64_t bit; uint32_t width; bool unfit; };
struct pieces {
	struct rs_scope *s;
	bool be;
	VEC(struct piece) list;
};

/* Bits count as the order does: from the least significant of the first byte, or from the most. */
static uint64_t bit_at(const struct mdc_leaf *f, uint32_t elem, bool be)
{
	uint64_t byte = f->offset + (uint64_t)elem * f->stride;

	return byte * 8 + (be ? f->bytes * 8u - f->shift - f->width : f->shift);
}

/* Why it cannot be a piece, and what helps; NULL: it can. */
static const char *unfit(const struct pieces *p, const struct mdc_leaf *f, const char **help)
{
	const char *why = NULL, *fix = NULL;

	if (f->kind == MDC_LEAF_PTR || f->kind == MDC_LEAF_MAC || f->kind == MDC_LEAF_SINT ||
	    (f->kind == MDC_LEAF_BOOL && !f->is_bitfield)) {
		why = f->kind == MDC_LEAF_SINT ? "has a sign" : "is no part of a number";
		fix = f->kind == MDC_LEAF_SINT ? "declare it without: the alias can have one" :
						 "pieces are unsigned integers, bit ranges, and arrays of these";
	} else if (f->width > 8 && f->order == MDC_RAW) {
		why = "has no byte order";
		fix = p->be ? "declare it with one: be16, be32" : "declare it with one: le16, le32";
	} else if (f->bytes > 1 && (f->order == MDC_BE) != p->be) {
		why = p->be ? "is little-endian, and the alias is big-endian" :
			      "is big-endian, and the alias is little-endian";
		fix = "all pieces are of one order; `derive` can put together what is not: "
		      "`derive u32 x = a << 16 | b;`";
	} else if (f->is_bitfield && p->be) {
		why = "is a C bit field, which counts from the least significant bit";
		fix = "name bit ranges of a big-endian word instead: `be32 word NAME { x [HI:LO]; }`";
	}
	*help = fix;
	return why;
}

static bool piece_fits(struct pieces *p, const struct mdc_leaf *f, struct loc use)
{
	const char *fix, *why = unfit(p, f, &fix);
	struct diag *d;

	if (!why)
		return true;
	d = diag(p->s->r->ctx, CHK_alias, use, "'%s' cannot be a piece of '%s': it %s", f->path, p->s->of->v.name, why);
	diag_label(d, f->loc, "declared here");
	diag_note(d, "%s", fix);
	return false;
}

/* One end of A..B: its leaf, with the first and the last element that count. */
static bool end_of(struct rs_scope *s, const struct ast *e, uint32_t *leaf, uint32_t *first, uint32_t *last)
{
	const struct mdc_leaf *f;
	bool whole;

	*leaf = rs_value_leaf(s, e, first, &whole);
	*last = *first;
	if (*leaf == UINT32_MAX) {
		if (e->kind == AST_NAME || e->kind == AST_FIELD || e->kind == AST_INDEX)
			rs_value_expr(s, e, NULL);	/* says what it is */
		else
			diag_note(diag(s->r->ctx, CHK_alias, e->loc, "a piece of an alias is a field or a bit range"),
				  "pieces that lie side by side are FIRST..LAST; what is computed is a `derive`: "
				  "`derive u32 %s = ...;`", s->of->v.name);
		return false;
	}
	f = &s->l->leaves.p[*leaf];
	if (whole)
		*last = f->count - 1;
	return !rs_of(f->type)->broken;
}

static void add_piece(struct pieces *p, uint32_t leaf, uint32_t elem)
{
	const struct mdc_leaf *f = &p->s->l->leaves.p[leaf];

	const char *fix;

	*vec_push(p->s->r->arena, &p->list) = (struct piece){ leaf, elem, bit_at(f, elem, p->be), f->width,
							      unfit(p, f, &fix) != NULL };
}

/* How much of both paths is the struct around them: what a union holds besides is no piece. */
static size_t common(const char *a, const char *b)
{
	size_t n = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '.')
			n = i + 1;
	return n;
}

static bool meet(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end)
{
	return a < b_end && b < a_end;
}

/*
 * All between two bits that is not a part of, or the whole of, what is there already. What lies over an end is another
 * member of a union.
 */
static void gather(struct pieces *p, uint64_t from, uint64_t to, const struct mdc_leaf *a, const struct mdc_leaf *b)
{
	struct rs_layout *l = p->s->l;
	size_t around = common(a->path, b->path);
	uint32_t first = p->s->of->first_leaf, end = p->s->of->end_leaf;

	if (a < l->leaves.p + first || b < l->leaves.p + first || a >= l->leaves.p + end || b >= l->leaves.p + end) {
		first = 0;	/* a struct further out */
		end = (uint32_t)l->leaves.n;
	}
	for (uint32_t i = first; i < end; i++) {
		const struct mdc_leaf *f = &l->leaves.p[i];
		bool apart = (a->is_range && a->member == f->member && a->offset == f->offset) ||
			     (b->is_range && b->member == f->member && b->offset == f->offset);

		if (f->is_pad || f->is_range != apart || (f->cond != a->cond && f->cond != b->cond) ||
		    bit_at(f, f->count - 1, p->be) + f->width <= from || bit_at(f, 0, p->be) >= to ||
		    strncmp(f->path, a->path, around))
			continue;
		for (uint32_t k = 0; k < f->count && p->list.n <= MOST_PIECES; k++) {
			uint64_t at = bit_at(f, k, p->be), end = at + f->width;

			if (at >= from && end <= to && (f == a || !meet(at, end, from, from + a->width)) &&
			    (f == b || !meet(at, end, to - b->width, to)))
				add_piece(p, i, k);
		}
	}
}

/* Of those that begin together, members of a union, one that can be a piece, the widest, what is declared first. */
static int by_bit(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->bit != y->bit)
		return x->bit < y->bit ? -1 : 1;
	if (x->unfit != y->unfit)
		return x->unfit ? 1 : -1;
	if (x->width != y->width)
		return x->width > y->width ? -1 : 1;
	return x->leaf < y->leaf ? -1 : x->leaf > y->leaf;
}

/* One way through what unions hold: what lies over a piece in front of it goes. */
static void one_way(struct pieces *p)
{
	uint64_t at = 0;
	size_t n = 0;

	if (p->list.n)
		qsort(p->list.p, p->list.n, sizeof(*p->list.p), by_bit);
	for (size_t i = 0; i < p->list.n; i++) {
		if (p->list.p[i].bit < at)
			continue;
		at = p->list.p[i].bit + p->list.p[i].width;
		p->list.p[n++] = p->list.p[i];
	}
	p->list.n = n;
}

static const char *piece_name(struct pieces *p, const struct piece *at)
{
	const struct mdc_leaf *f = &p->s->l->leaves.p[at->leaf];

	return f->count > 1 ? rs_atomf(p->s->r, "%s[%u]", f->path, at->elem) : f->path;
}

/* Side by side, from the first to the last bit. */
static bool tiles(struct pieces *p, uint64_t from, uint64_t to, struct loc use)
{
	struct rs_layout *l = p->s->l;
	uint64_t at = from;
	struct diag *d;

	one_way(p);
	for (size_t i = 0; i < p->list.n; i++) {
		const struct piece *x = &p->list.p[i];

		if (x->bit == at) {
			at += x->width;
			continue;
		}
		d = diag(p->s->r->ctx, CHK_alias, use, "the pieces of '%s' do not lie side by side: there is a gap in "
			 "front of '%s'", p->s->of->v.name, piece_name(p, x));
		diag_label(d, l->leaves.p[x->leaf].loc, "here");
		diag_note(d, "put together what lies apart with `derive`: `derive u32 %s = a | b << 8;`",
			  p->s->of->v.name);
		return false;
	}
	for (size_t i = 0; i < p->list.n; i++)
		if (!piece_fits(p, &l->leaves.p[p->list.p[i].leaf], use))
			return false;
	if (at == to)
		return true;
	diag(p->s->r->ctx, CHK_alias, use, "the pieces of '%s' do not fill what lies between the first and the last",
	     p->s->of->v.name);
	return false;
}

static bool whole_array(const struct pieces *p, size_t i)
{
	const struct mdc_leaf *f = &p->s->l->leaves.p[p->list.p[i].leaf];
	uint32_t n = 0;

	for (size_t k = 0; k < p->list.n; k++)
		n += p->list.p[k].leaf == p->list.p[i].leaf;
	return mdc_type_strip(f->member->type)->kind == MDC_ARRAY && n == f->count;
}

static const struct mdc_v *cat_piece(struct pieces *p, size_t i, struct loc loc)
{
	const struct piece *x = &p->list.p[i];
	bool whole = whole_array(p, i);
	const char *path = whole ? p->s->l->leaves.p[x->leaf].path : piece_name(p, x);
	size_t n = strlen(p->s->of->scope);
	struct mdc_v *v;

	if (n && !strncmp(path, p->s->of->scope, n) && path[n] == '.')
		path = atom(p->s->r->ctx->atoms, path + n + 1);
	v = (struct mdc_v *)rs_value_field(p->s, x->leaf, x->elem, path, loc);
	v->whole = whole;
	return v;
}

static const struct mdc_v *cat(struct pieces *p, struct loc loc)
{
	struct mdc_v *v = arena_new_of(p->s->r->arena, struct mdc_v);

	v->kind = MDC_V_CAT;
	v->loc = loc;
	v->order = p->be ? MDC_BE : MDC_LE;
	v->is_signed = p->s->of->v.is_signed;
	v->n_list = (uint32_t)p->list.n;
	v->list = arena_array(p->s->r->arena, const struct mdc_v *, p->list.n);
	for (size_t i = 0; i < p->list.n; i++)
		v->list[i] = cat_piece(p, i, loc);
	return v;
}

static bool one_arm(struct pieces *p, struct loc use)
{
	for (size_t i = 0; i < p->list.n; i++) {
		const struct mdc_leaf *f = &p->s->l->leaves.p[p->list.p[i].leaf];

		if (rs_value_in_arm(p->s, f->cond))
			continue;
		rs_value_other_arm(p->s, CHK_alias, f, use, "the alias");
		return false;
	}
	return true;
}

static bool alias_width(struct pieces *p, uint64_t bits, struct loc use)
{
	struct rs_value *of = p->s->of;
	struct diag *d;

	if (bits <= of->v.width)
		return true;
	d = diag(p->s->r->ctx, CHK_alias, of->type.loc, "the pieces of '%s' have %llu bits, and %s has %u",
		 of->v.name, (unsigned long long)bits, of->type.s, of->v.width);
	diag_label(d, use, "these");
	if (bits > 64)
		diag_note(d, "more than 64 bits are no number: make them an array, `u8 %s[%llu];`", of->v.name,
			  (unsigned long long)bits / 8);
	return false;
}

const struct mdc_v *rs_alias(struct rs_scope *s)
{
	struct rs_value *of = s->of;
	const struct ast *to = of->to ? of->to : of->expr;
	struct pieces p = { .s = s, .be = of->v.order == MDC_BE };
	struct loc use = { of->expr->loc.src, of->expr->loc.start, to->loc.end };
	uint32_t a, b, a0, a1, b0, b1;
	const struct mdc_leaf *fa, *fb;
	uint64_t from, end;

	if (!end_of(s, of->expr, &a, &a0, &a1) || !end_of(s, to, &b, &b0, &b1))
		return NULL;
	fa = &s->l->leaves.p[a];
	fb = &s->l->leaves.p[b];
	if (!piece_fits(&p, fa, of->expr->loc) || !piece_fits(&p, fb, to->loc))
		return NULL;
	from = bit_at(fa, a0, p.be);
	end = bit_at(fb, b1, p.be) + fb->width;
	if (end <= from) {
		diag_note(diag(s->r->ctx, CHK_alias, use, "'%s' lies in front of '%s'", fb->path, fa->path),
			  "name the piece first that lies first: `%s = %s..%s`", of->v.name,
			  rs_path_text(s->r, to), rs_path_text(s->r, of->expr));
		return NULL;
	}
	if (end - from > 64)
		return alias_width(&p, end - from, use), NULL;
	if (a == b)
		for (uint32_t k = a0; k <= b1; k++)
			add_piece(&p, a, k);
	else
		gather(&p, from, end, fa, fb);
	if (!tiles(&p, from, end, use) || !one_arm(&p, use) || !alias_width(&p, end - from, use))
		return NULL;
	of->v.is_signed &= end - from == of->v.width;
	return cat(&p, use);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the `if`s of a header and gives its parts: what lies behind the header's
 * begin, each with the condition under which it is there. Fields behind an `if`
 * are a part that is always there, at a place that is not always the same. Keeps
 * true: conditions read numbers of the begin only, and parts end on bytes.
 */
#include "header_parts.h"

/* ---- conditions ---- */

/* Bits of the header's begin that a condition reads. */
struct cond_bits {
	struct mdc_key key;
	const struct mdc_type *enum_type;	/* or NULL */
	const struct mdc_hfield *field;		/* while nothing was cut off; else NULL */
};

static const struct mdc_hcond *condition(struct header_maker *hm, const struct ast *e);

static const struct mdc_hcond *bad(struct header_maker *hm, struct loc loc, const char *why, const char *note)
{
	diag_note(diag(hm->r->ctx, CHK_header_part, loc, "%s", why), "%s", note);
	return NULL;
}

static bool bad_label(struct header_maker *hm, struct loc loc, const char *why, struct loc other, const char *label,
		      const char *note)
{
	struct diag *d = diag(hm->r->ctx, CHK_header_part, loc, "%s", why);

	diag_label(d, other, "%s", label);
	diag_note(d, "%s", note);
	return false;
}

static const char in_front[] =
	"whether a part is there is told by the header's fields in front of the first `if`";
static const char conditions[] =
	"a condition is a field, `!FIELD`, `FIELD & MASK`, a field compared with a constant, or several of these "
	"with && and ||";

/* Is there a field of this name further down? */
static const struct ast_member *find_member(struct ast *list, const char *name)
{
	ast_each(m, list) {
		const struct ast_part *part = (const struct ast_part *)m;
		const struct ast_member *found = (const struct ast_member *)m;

		if (m->kind == AST_MEMBER && found->name.s == name)
			return found;
		if (m->kind != AST_PART)
			continue;
		found = find_member(part->members, name);
		if (!found)
			found = find_member(part->otherwise, name);
		if (found)
			return found;
	}
	return NULL;
}

static void no_such_field(struct header_maker *hm, const struct ast *e, const char *name)
{
	const struct ast_member *later = find_member(hm->ast->members, name);
	const char **names;
	size_t n = 0;

	if (later) {
		bad_label(hm, e->loc, rs_atomf(hm->r, "'%s' lies behind this condition", name), later->name.loc,
			  "declared here", in_front);
		return;
	}
	names = arena_array(hm->r->arena, const char *, hm->fields.n + 1);
	for (size_t i = 0; i < hm->fields.n; i++)
		if (hm->fields.p[i].name && !hm->fields.p[i].part)
			names[n++] = hm->fields.p[i].name;
	ps_unknown(hm->r, (struct ast_name){ name, e->loc }, "field", names, n);
}

static bool by_name(struct header_maker *hm, const struct ast_ident *e, struct cond_bits *b)
{
	uintptr_t i = (uintptr_t)atom_map_get(&hm->names, e->s);
	const struct mdc_hfield *f = i && i <= hm->fields.n ? &hm->fields.p[i - 1] : NULL;

	if (!f || f->name != e->s) {
		no_such_field(hm, &e->h, e->s);
		return false;
	}
	if (f->part) {
		return bad_label(hm, e->h.loc,
				 rs_atomf(hm->r, "'%s' need not be there, or not always at one place", e->s),
				 f->loc, "behind the header's first `if`", in_front);
	}
	if (f->form != MDC_F_NUM || f->order == MDC_RAW) {
		return bad_label(hm, e->h.loc, rs_atomf(hm->r, "'%s' is no number", e->s), f->loc, "declared here",
				 conditions);
	}
	b->key = (struct mdc_key){ .bit = f->bit_off, .bits = (uint8_t)f->bits, .loc = e->h.loc };
	b->key.order = f->order == MDC_LE && f->bits > 8 ? MDC_LE : MDC_BE;
	b->enum_type = f->enum_type;
	b->field = f;
	return true;
}

/* Keeps the bits hi..lo. */
static bool cut(struct header_maker *hm, const struct ast *e, struct cond_bits *b, uint64_t hi, uint64_t lo)
{
	if (b->key.order == MDC_LE) {
		bad(hm, e->loc, "a little-endian field can only be compared whole", "`FIELD & MASK` tests bits of it");
		return false;
	}
	b->key.bit += b->key.bits - 1 - (uint32_t)hi;
	b->key.bits = (uint8_t)(hi - lo + 1);
	b->field = NULL;
	return true;
}

static bool cond_bits(struct header_maker *hm, const struct ast *e, struct cond_bits *b);

/* WORD.RANGE */
static bool by_range(struct header_maker *hm, const struct ast_field *e, struct cond_bits *b)
{
	const struct ast_ident *base = (const struct ast_ident *)e->base;
	const struct mdc_hfield *f;

	if (base->h.kind != AST_NAME || !atom_map_get(&hm->names, base->s)) {
		bad(hm, e->h.loc, "a condition reads the fields of its own header",
		    "what depends on another header is parsed by states of its own: extract a header there");
		return false;
	}
	if (!cond_bits(hm, e->base, b))
		return false;
	f = b->field;
	for (uint32_t i = 0; f && i < f->n_bits_ranges; i++) {
		const struct mdc_bits *r = &f->bits_ranges[i];

		if (r->name != e->name.s)
			continue;
		b->enum_type = r->enum_type;
		return cut(hm, &e->h, b, r->hi, r->lo);
	}
	ps_unknown(hm->r, e->name, "part of this word:", NULL, 0);
	return false;
}

static bool cond_bits(struct header_maker *hm, const struct ast *e, struct cond_bits *b)
{
	const struct ast_slice *s = (const struct ast_slice *)e;
	const struct ast_index *x = (const struct ast_index *)e;
	uint64_t hi, lo;

	switch (e->kind) {
	case AST_NAME:
		return by_name(hm, (const struct ast_ident *)e, b);
	case AST_FIELD:
		return by_range(hm, (const struct ast_field *)e, b);
	case AST_SLICE:
		if (!cond_bits(hm, s->base, b) ||
		    !rs_const_in(hm->r, s->hi, "the highest bit of a slice", 0, b->key.bits - 1, &hi) ||
		    !rs_const_in(hm->r, s->lo, "the lowest bit of a slice", 0, hi, &lo))
			return false;
		b->enum_type = NULL;
		return cut(hm, e, b, hi, lo);
	case AST_INDEX:
		if (!cond_bits(hm, x->base, b) ||
		    !rs_const_in(hm->r, x->index, "the number of a bit", 0, b->key.bits - 1, &hi))
			return false;
		b->enum_type = NULL;
		return cut(hm, e, b, hi, hi);
	default:
		bad(hm, e->loc, "this is no field", conditions);
		return false;
	}
}

static struct mdc_hcond *new_cond(struct header_maker *hm, enum mdc_hcond_kind kind, struct loc loc)
{
	struct mdc_hcond *c = arena_new_of(hm->r->arena, struct mdc_hcond);

	c->kind = kind;
	c->loc = loc;
	return c;
}

static const struct mdc_hcond *not_of(struct header_maker *hm, const struct mdc_hcond *a)
{
	struct mdc_hcond *c;

	if (!a)
		return NULL;
	c = new_cond(hm, MDC_HC_NOT, a->loc);
	c->a = a;
	return c;
}

static const struct mdc_hcond *join(struct header_maker *hm, enum mdc_hcond_kind kind, const struct mdc_hcond *a,
				    const struct mdc_hcond *b, struct loc loc)
{
	struct mdc_hcond *c;

	if (!a || !b)
		return NULL;
	c = new_cond(hm, kind, loc);
	c->a = a;
	c->b = b;
	return c;
}

/* FIELD, or FIELD & MASK */
static bool masked(struct header_maker *hm, const struct ast *e, struct cond_bits *b, uint64_t *mask)
{
	const struct ast_binary *x = (const struct ast_binary *)e;
	const struct ast *f = e, *m = NULL;
	rs_int v;

	if (e->kind == AST_BINARY && x->op == OP_AND) {
		bool first = rs_is_const(hm->r, x->a, NULL) && x->a->kind != AST_NAME;

		f = first ? x->b : x->a;
		m = first ? x->a : x->b;
	}
	if (!cond_bits(hm, f, b))
		return false;
	*mask = wr_mask(b->key.bits);
	if (!m)
		return true;
	if (!rs_const(hm->r, m, b->enum_type, &v))
		return false;
	if (v > 0 && v <= (rs_int)*mask) {
		*mask = (uint64_t)v;
		return true;
	}
	diag_label(diag(hm->r->ctx, CHK_header_part, m->loc, "the mask %s is not one of %u bits",
			rs_int_text(hm->r, v), b->key.bits), f->loc, "%u bits", b->key.bits);
	return false;
}

static const struct mdc_hcond *compare(struct header_maker *hm, const struct ast *e, const struct ast *field,
				       enum mdc_hcond_op op, const struct ast *value)
{
	struct mdc_hcond *c = new_cond(hm, MDC_HC_CMP, e->loc);
	struct cond_bits b = { .field = NULL };
	rs_int v = 0;

	if (value && value->kind == AST_NAME && atom_map_get(&hm->names, ((const struct ast_ident *)value)->s) &&
	    !rs_is_const(hm->r, value, NULL))
		return bad(hm, value->loc, "a field is compared with a constant, not with another field", conditions);
	c->op = op;
	if (!masked(hm, field, &b, &c->mask) || (value && !rs_const(hm->r, value, b.enum_type, &v)))
		return NULL;
	c->key = b.key;
	if (c->mask != wr_mask(b.key.bits) && op != MDC_HC_EQ && op != MDC_HC_NE)
		return bad(hm, e->loc, "bits under a mask are only compared with == and !=",
			   "for bits that lie side by side, write a slice: `FIELD[HI:LO]`");
	if (v < 0 || v > (rs_int)wr_mask(b.key.bits) || ((uint64_t)v & ~c->mask)) {
		diag_label(diag(hm->r->ctx, CHK_header_part, value->loc, "%s can never be in these %u bit%s",
				rs_int_text(hm->r, v), b.key.bits, b.key.bits == 1 ? "" : "s"),
			   field->loc, "%u bit%s", b.key.bits, b.key.bits == 1 ? "" : "s");
		return NULL;
	}
	c->value = (uint64_t)v;
	return c;
}

static const struct {
	enum ast_op op;
	enum mdc_hcond_op is, mirrored;
} compares[] = {
	{ OP_EQ, MDC_HC_EQ, MDC_HC_EQ }, { OP_NE, MDC_HC_NE, MDC_HC_NE },
	{ OP_LT, MDC_HC_LT, MDC_HC_GT }, { OP_GT, MDC_HC_GT, MDC_HC_LT },
	{ OP_LE, MDC_HC_LE, MDC_HC_GE }, { OP_GE, MDC_HC_GE, MDC_HC_LE },
};

/* Names a field of this header, whatever constants there are? */
static bool is_field(struct header_maker *hm, const struct ast *e)
{
	while (e->kind == AST_SLICE || e->kind == AST_INDEX || e->kind == AST_FIELD)
		e = e->kind == AST_SLICE ? ((const struct ast_slice *)e)->base :
		    e->kind == AST_INDEX ? ((const struct ast_index *)e)->base :
					   ((const struct ast_field *)e)->base;
	return e->kind == AST_NAME && atom_map_get(&hm->names, ((const struct ast_ident *)e)->s);
}

static const struct mdc_hcond *binary(struct header_maker *hm, const struct ast_binary *e)
{
	const struct mdc_hcond *a, *b;

	for (size_t i = 0; i < sizeof(compares) / sizeof(compares[0]); i++) {
		bool mirrored = !is_field(hm, e->a) && rs_is_const(hm->r, e->a, NULL);

		if (compares[i].op != e->op)
			continue;
		return mirrored ? compare(hm, &e->h, e->b, compares[i].mirrored, e->a) :
				  compare(hm, &e->h, e->a, compares[i].is, e->b);
	}
	switch (e->op) {
	case OP_LAND:
	case OP_LOR:
		a = condition(hm, e->a);
		b = condition(hm, e->b);
		return join(hm, e->op == OP_LAND ? MDC_HC_AND : MDC_HC_OR, a, b, e->h.loc);
	case OP_AND:
		return compare(hm, &e->h, &e->h, MDC_HC_NE, NULL);
	default:
		return bad(hm, e->h.loc, "the machine cannot decide this", conditions);
	}
}

static const struct mdc_hcond *condition(struct header_maker *hm, const struct ast *e)
{
	const struct ast_unary *u = (const struct ast_unary *)e;

	if (e->kind == AST_BINARY && !rs_is_const(hm->r, e, NULL))
		return binary(hm, (const struct ast_binary *)e);
	if (e->kind == AST_UNARY && u->op == OP_NOT && !rs_is_const(hm->r, e, NULL))
		return not_of(hm, condition(hm, u->a));
	if (!is_field(hm, e) && rs_is_const(hm->r, e, NULL))
		return bad(hm, e->loc, "this condition is a constant", conditions);
	return compare(hm, e, e, MDC_HC_NE, NULL);
}

/* ---- parts ---- */

/* The part at hand ends. */
static void end_part(struct header_maker *hm, struct loc loc)
{
	if (hm->bit % 8)
		diag_note(diag(hm->r->ctx, CHK_header_bits, loc, "what stands before this does not end on a byte, "
			       "but at bit %llu of one", (unsigned long long)(hm->bit % 8)),
			  "name the bits that are missing: `u8 : %llu;`", (unsigned long long)(8 - hm->bit % 8));
	if (!hm->part)
		hm->base_bits = hm->bit;
	else
		hm->parts.p[hm->part - 1].bytes = (uint32_t)(hm->bit / 8);
	hm->before += hm->bit;
	hm->bit = 0;
	hm->ended = true;
}

static void begin_part(struct header_maker *hm, struct mdc_hpart part)
{
	*vec_push(hm->r->arena, &hm->parts) = part;
	hm->part = (uint32_t)hm->parts.n;
	hm->ended = false;
}

void hp_field(struct header_maker *hm, const struct ast *field)
{
	if (hm->ended)
		begin_part(hm, (struct mdc_hpart){ .loc = field->loc });
}

static void branch(struct header_maker *hm, struct mdc_hpart part, struct ast *members)
{
	size_t before = hm->fields.n;
	struct loc loc = part.loc;

	begin_part(hm, part);
	hm->inside = true;
	hm_members(hm, members);
	hm->inside = false;
	if (before == hm->fields.n)
		diag_note(diag(hm->r->ctx, CHK_header_part, loc, "there is nothing in this part of the header"),
			  "write its fields between the braces, or `reserved BYTES;`");
	end_part(hm, loc);
}

void hp_add(struct header_maker *hm, const struct ast_part *a)
{
	const struct mdc_hcond *before = NULL;
	bool is_else = false;

	if (hm->inside) {
		bad(hm, a->h.loc, "an `if` in an `if`", "write one condition for each part: `if (A && B) { ... }`");
		return;
	}
	if (!hm->ended)
		end_part(hm, a->h.loc);
	for (;;) {
		const struct mdc_hcond *here = condition(hm, a->cond);

		branch(hm, (struct mdc_hpart){
			.cond = before ? join(hm, MDC_HC_AND, before, here, a->cond->loc) : here,
			.branch = here, .is_else = is_else, .loc = a->h.loc }, a->members);
		if (!a->otherwise)
			return;
		here = not_of(hm, here);
		before = before ? join(hm, MDC_HC_AND, before, here, a->cond->loc) : here;
		if (a->otherwise->kind != AST_PART || a->otherwise->next)
			break;
		a = (const struct ast_part *)a->otherwise;
		is_else = true;
	}
	branch(hm, (struct mdc_hpart){ .cond = before, .is_else = true, .loc = a->otherwise->loc }, a->otherwise);
}

/* The fields of part @i as a header of their own. */
static const struct mdc_header *part_header(struct header_maker *hm, size_t i)
{
	struct mdc_header *h = arena_new_of(hm->r->arena, struct mdc_header);
	VEC(struct mdc_hfield) fields = { 0 };

	for (size_t k = 0; k < hm->fields.n; k++) {
		struct mdc_hfield f = hm->fields.p[k];

		if (f.part != i + 1)
			continue;
		f.part = 0;
		*vec_push(hm->r->arena, &fields) = f;
	}
	*h = (struct mdc_header){
		.name = rs_atomf(hm->r, "%s.%zu", hm->h->name, i + 1), .fields = fields.p,
		.n_fields = (uint32_t)fields.n, .loc = hm->parts.p[i].loc,
	};
	h->fixed = h->min = h->max = hm->parts.p[i].bytes;
	return h;
}

void hp_finish(struct header_maker *hm)
{
	if (!hm->parts.n) {
		hm->base_bits = hm->bit;
		return;
	}
	if (!hm->ended)
		hm->parts.p[hm->part - 1].bytes = (uint32_t)(hm->bit / 8);
	for (size_t i = 0; i < hm->parts.n; i++)
		hm->parts.p[i].header = part_header(hm, i);
	hm->h->parts = hm->parts.p;
	hm->h->n_parts = (uint32_t)hm->parts.n;
}

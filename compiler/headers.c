/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the headers' syntax trees and gives struct mdc_header: fields in wire
 * order with their bits, and the length. Keeps true: fields do not overlap, a
 * header ends on a byte, its length is (field << shift) + add.
 */
#include "foreign.h"
#include "header_parts.h"
#include "types.h"

#define HEADER_MAX	MDC_HEADER_MAX

/* The field that does not exist, with the nearest that does. */
static void unknown_field(struct header_maker *hm, struct ast_name n)
{
	const char **names = arena_array(hm->r->arena, const char *, hm->fields.n + 1);
	size_t k = 0;

	for (size_t j = 0; j < hm->fields.n; j++)
		if (hm->fields.p[j].name)
			names[k++] = hm->fields.p[j].name;
	ps_unknown(hm->r, n, "field", names, k);
}

static void add_name(struct header_maker *hm, struct ast_name name)
{
	struct diag *d;
	uintptr_t old;

	rs_check_name(hm->r, name);
	/* Fields move while there come more: the map holds index + 1. */
	old = (uintptr_t)atom_map_add(&hm->names, name.s, (void *)(uintptr_t)(hm->fields.n + 1));
	if (!old)
		return;
	d = diag(hm->r->ctx, CHK_duplicate_name, name.loc, "two fields '%s' in header '%s'", name.s,
		 hm->h->name);
	if (old <= hm->fields.n)
		diag_label(d, hm->fields.p[old - 1].loc, "first declared here");
}

/* What one element of @t is on the wire. False after a diagnostic. */
static bool wire_type(struct header_maker *hm, const struct ast_member *m, const struct mdc_type *t,
		      struct mdc_hfield *f)
{
	struct mdc_ctx *ctx = hm->r->ctx;
	const struct mdc_type *s = mdc_type_strip(t);

	if (s->kind == MDC_ENUM) {
		f->enum_type = s;
		s = mdc_type_strip(s->base);
	}
	switch (s->kind) {
	case MDC_MAC:
		f->form = MDC_F_BYTES;
		f->bits = 48;
		f->order = MDC_BE;
		return true;
	case MDC_BOOL:
	case MDC_INT:
		break;
	default:
		diag_note(diag(ctx, CHK_type, m->type.loc, "a header's field cannot be of type '%s'", m->type.s),
			  "fields are integers with a byte order (be16, le32, raw16), u8, mac, enums, arrays of these "
			  "and bits (`u8 NAME : 4`)");
		return false;
	}
	f->form = MDC_F_NUM;
	f->bits = s->bits;
	f->order = s->bits == 8 && s->order == MDC_HOST ? MDC_BE : s->order;
	if (s->is_signed) {
		diag(ctx, CHK_type, m->type.loc, "a header's field cannot be signed: '%s'",
		     m->type.s);
		return false;
	}
	if (!m->bits && s->kind == MDC_BOOL) {
		diag_note(diag(ctx, CHK_type, m->type.loc, "a bool has no width on the wire"),
			  "write `bool %s : 1`", m->name.s ? m->name.s : "NAME");
		return false;
	}
	if (!m->bits && f->order == MDC_HOST) {
		struct diag *d = diag(ctx, CHK_type, m->type.loc,
				      "'%s' has no byte order on the wire", m->type.s);

		if (f->enum_type)
			diag_note(d, "give the enum a base with one: `enum %s : be%u`", m->type.s,
				  s->bits);
		else
			diag_note(d, "say be%u or le%u", s->bits, s->bits);
		return false;
	}
	return true;
}

/* TYPE NAME : BITS */
static bool wire_bits(struct header_maker *hm, const struct ast_member *m, struct mdc_hfield *f)
{
	struct mdc_ctx *ctx = hm->r->ctx;
	uint64_t bits;

	if (!rs_const_in(hm->r, m->bits, "the width of a bit field", 1, 64, &bits))
		return false;
	if (f->form == MDC_F_BYTES || f->order == MDC_LE || f->order == MDC_RAW) {
		diag_note(diag(ctx, CHK_bit_field, m->type.loc, "'%s' cannot be cut into bits",
			       m->type.s),
			  "bits are taken from the wire as they come: write u8, u16, u32 or u64");
		return false;
	}
	if (bits > f->bits) {
		diag(ctx, CHK_bit_field, m->bits->loc, "%llu bits are more than '%s' has",
		     (unsigned long long)bits, m->type.s);
		return false;
	}
	f->bits = bits;
	f->order = MDC_BE;
	return true;
}

/* As many elements as a field says. */
static bool varies(struct header_maker *hm, const struct ast *e)
{
	const char *name = e->kind == AST_NAME ? ((const struct ast_ident *)e)->s : NULL;
	struct diag *d;

	if (!name || !atom_map_get(&hm->names, name) || rs_is_const(hm->r, e, NULL))
		return false;
	d = diag(hm->r->ctx, CHK_constant, e->loc, "the length of an array is constant, and '%s' is in the packet",
		name);
	diag_note(d, "what is behind the fields has no name: `length EXPR;` says how long the header is, as in "
		  "`length %s * 4;`", name);
	return true;
}

/* TYPE NAME[N]..., and typedefs of arrays. */
static bool wire_array(struct header_maker *hm, const struct ast_member *m, uint64_t count,
		       struct mdc_hfield *f)
{
	uint64_t elem = f->bits;

	ast_each(d, m->dims) {
		uint64_t n;

		if (varies(hm, d) || !rs_const_in(hm->r, d, "the length of an array", 1, HEADER_MAX, &n))
			return false;
		count *= n;
		if (count > HEADER_MAX)
			break;
	}
	if (count * elem > HEADER_MAX * 8ull) {
		diag(hm->r->ctx, CHK_header_bits, m->name.loc,
		     "'%s' is larger than a header can be (%u bytes)", m->name.s, HEADER_MAX);
		return false;
	}
	f->form = MDC_F_BYTES;
	f->elem_bits = elem;
	f->bits = count * elem;
	return true;
}

/* NAME [HI:LO] in a word */
static void word_ranges(struct header_maker *hm, const struct ast_member *m, struct mdc_hfield *f)
{
	struct resolver *r = hm->r;
	VEC(struct mdc_bits) v = { 0 };

	ast_each(a, m->ranges) {
		const struct ast_range *ar = (const struct ast_range *)a;
		struct mdc_bits b = { .name = ar->name.s,
				      .unit = rs_unit(r, ar->unit),
				      .doc = a->doc,
				      .deprecated = rs_string(ar->deprecated),
				      .loc = a->loc };
		uint64_t hi, lo;

		rs_check_name(r, ar->name);
		if (!rs_const_in(r, ar->hi, "a bit of the word", 0, f->bits - 1, &hi))
			continue;
		lo = hi;
		if (ar->lo && !rs_const_in(r, ar->lo, "the lowest bit of a range", 0, hi, &lo))
			continue;
		for (size_t i = 0; i < v.n; i++)
			if (v.p[i].name == b.name)
				diag_label(diag(r->ctx, CHK_duplicate_name, ar->name.loc,
						"two ranges '%s' in word '%s'", b.name, m->name.s),
					   v.p[i].loc, "first declared here");
		if (ar->type.s) {
			const struct mdc_type *t = rs_type_named(r, ar->type);

			if (mdc_type_strip(t)->kind == MDC_ENUM)
				b.enum_type = mdc_type_strip(t);
			else if (!rs_of(t)->broken)
				diag(r->ctx, CHK_wrong_kind, ar->type.loc, "'%s' is no enum",
				     ar->type.s);
		}
		b.hi = hi;
		b.lo = lo;
		*vec_push(r->arena, &v) = b;
	}
	f->bits_ranges = v.p;
	f->n_bits_ranges = v.n;
}

/* What a header's field cannot have. */
static bool only_header_parts(struct header_maker *hm, const struct ast_member *m)
{
	struct mdc_ctx *ctx = hm->r->ctx;

	if (m->inline_type || m->pointer) {
		diag(ctx, CHK_type, m->h.loc, "a header holds no %s",
		     m->pointer ? "pointers" : "structs or unions");
		return false;
	}
	if (m->attrs->writer)
		diag(ctx, CHK_writer, m->attrs->writer->loc,
		     "a header's field is read from the packet, nothing writes it");
	if (m->attrs->valid)
		diag_note(diag(ctx, CHK_valid, m->attrs->valid->loc,
			       "a header's field is there or not: it has no `valid`"),
			  "ask in a state, or say `valid` of the metadata's field that it goes to");
	if (m->attrs->pin)
		diag_note(diag(ctx, CHK_alignment, m->attrs->pin->loc,
			       "a header's fields have no pins: they lie one after another"),
			  "name what is between them: `reserved BYTES;` or `u8 : BITS;`");
	return true;
}

static void add_member(struct header_maker *hm, const struct ast_member *m)
{
	struct resolver *r = hm->r;
	struct mdc_hfield f = { .name = m->name.s,
				.loc = m->name.s ? m->name.loc : m->h.loc,
				.doc = m->h.doc,
				.unit = rs_unit(r, m->attrs->unit),
				.deprecated = rs_string(m->attrs->deprecated) };
	const struct mdc_type *t;
	uint64_t count = 1;

	hp_field(hm, &m->h);
	if (m->name.s)
		add_name(hm, m->name);
	if (!only_header_parts(hm, m))
		return;
	t = rs_type_named(r, m->type);
	if (rs_of(t)->broken)
		return;
	for (t = mdc_type_strip(t); t->kind == MDC_ARRAY; t = mdc_type_strip(t->base))
		count *= t->count;
	if (!wire_type(hm, m, t, &f))
		return;
	if (m->bits && !wire_bits(hm, m, &f))
		return;
	if (m->bits && (m->dims || count > 1)) {
		diag(r->ctx, CHK_bit_field, m->bits->loc, "an array cannot be a bit field");
		return;
	}
	if ((m->dims || count > 1) && !wire_array(hm, m, count, &f))
		return;
	if (m->is_word)
		word_ranges(hm, m, &f);
	f.reserved = !m->name.s;
	f.part = hm->part;
	f.bit_off = hm->bit;
	if (!m->bits && hm->bit % 8)
		diag_note(diag(r->ctx, CHK_header_bits, f.loc,
			       "'%s' does not begin on a byte, but at bit %llu of one",
			       m->name.s ? m->name.s : m->type.s,
			       (unsigned long long)(hm->bit % 8)),
			  "name the bits in between: `u8 : %llu;`",
			  (unsigned long long)(8 - hm->bit % 8));
	hm->bit += f.bits;
	*vec_push(r->arena, &hm->fields) = f;
}

static void add_reserved(struct header_maker *hm, const struct ast_reserved *a)
{
	struct mdc_hfield f = { .form = MDC_F_BYTES,
				.order = MDC_BE,
				.elem_bits = 8,
				.reserved = true,
				.loc = a->h.loc };
	uint64_t n;

	hp_field(hm, &a->h);
	f.part = hm->part;
	if (a->pin)
		diag(hm->r->ctx, CHK_alignment, a->pin->loc,
		     "a header's fields have no pins: they lie one after another");
	if (!rs_const_in(hm->r, a->bytes, "the bytes that are reserved", 1, HEADER_MAX, &n))
		return;
	if (hm->bit % 8)
		diag(hm->r->ctx, CHK_header_bits, a->h.loc,
		     "`reserved` counts bytes, but this is bit %llu of one",
		     (unsigned long long)(hm->bit % 8));
	f.bit_off = hm->bit;
	f.bits = n * 8;
	hm->bit += f.bits;
	*vec_push(hm->r->arena, &hm->fields) = f;
}

/* ---- the length ---- */

static bool length_is_field(void *arg, const struct ast *e)
{
	struct header_maker *hm = arg;

	return e->kind == AST_NAME && atom_map_get(&hm->names, ((const struct ast_ident *)e)->s);
}

static bool length_field(void *arg, const struct ast *e, struct linear *l);

/* Keeps the bits hi..lo of what the machine reads in the order of the wire. */
static bool length_cut(struct header_maker *hm, const struct ast *e, struct linear *l, uint64_t hi, uint64_t lo)
{
	if (l->order == MDC_LE && l->bits > 8)
		return linear_bad(&hm->linear, e, "a length that is little-endian cannot be computed");
	l->bit += l->bits - 1 - (uint32_t)hi;
	l->bits = (uint32_t)(hi - lo + 1);
	return true;
}

/* FIELD[HI:LO], FIELD[BIT] */
static bool length_slice(struct header_maker *hm, const struct ast *e, const struct ast *base, const struct ast *hi,
			 const struct ast *lo, struct linear *l)
{
	uint64_t top, bottom;

	if (!length_field(hm, base, l) || !rs_const_in(hm->r, hi, "a bit of the field", 0, l->bits - 1, &top) ||
	    !rs_const_in(hm->r, lo, "a bit of the field", 0, top, &bottom))
		return false;
	return length_cut(hm, e, l, top, bottom);
}

/* WORD.RANGE */
static bool length_bits(struct header_maker *hm, const struct ast_field *e, struct linear *l)
{
	const struct ast_ident *base = (const struct ast_ident *)e->base;
	uintptr_t i = base->h.kind == AST_NAME ? (uintptr_t)atom_map_get(&hm->names, base->s) : 0;
	const struct mdc_hfield *f = i && i <= hm->fields.n ? &hm->fields.p[i - 1] : NULL;
	const char **names;

	if (!f || f->name != base->s || !f->n_bits_ranges)
		return linear_bad(&hm->linear, &e->h, "a length is computed from the header's own fields");
	if (!length_field(hm, e->base, l))
		return false;
	names = arena_array(hm->r->arena, const char *, f->n_bits_ranges);
	for (uint32_t k = 0; k < f->n_bits_ranges; k++) {
		const struct mdc_bits *b = &f->bits_ranges[k];

		if (b->name == e->name.s)
			return length_cut(hm, &e->h, l, b->hi, b->lo);
		names[k] = b->name;
	}
	ps_unknown(hm->r, e->name, "bit range", names, f->n_bits_ranges);
	return false;
}

static bool length_field(void *arg, const struct ast *e, struct linear *l)
{
	struct header_maker *hm = arg;
	const struct ast_slice *s = (const struct ast_slice *)e;
	const struct ast_index *bit = (const struct ast_index *)e;
	const struct ast_ident *n = (const struct ast_ident *)e;
	uintptr_t i = e->kind == AST_NAME ? (uintptr_t)atom_map_get(&hm->names, n->s) : 0;
	const struct mdc_hfield *f;
	struct diag *d;

	if (e->kind == AST_SLICE)
		return length_slice(hm, e, s->base, s->hi, s->lo, l);
	if (e->kind == AST_INDEX)
		return length_slice(hm, e, bit->base, bit->index, bit->index, l);
	if (e->kind == AST_FIELD)
		return length_bits(hm, (const struct ast_field *)e, l);
	if (e->kind != AST_NAME)
		return linear_bad(&hm->linear, e, "the machine cannot compute this length");
	if (!i || i > hm->fields.n || hm->fields.p[i - 1].name != n->s) {
		unknown_field(hm, (struct ast_name){ n->s, e->loc });
		return false;
	}
	f = &hm->fields.p[i - 1];
	if (f->part) {
		d = diag(hm->r->ctx, CHK_header_length, e->loc, "'%s' need not be there, or not always at one place",
			 n->s);
		diag_label(d, f->loc, "behind the header's first `if`");
		diag_note(d, "a length is computed from a field in front of it");
		return false;
	}
	l->bit = f->bit_off;
	l->bits = f->bits;
	l->order = f->form == MDC_F_NUM ? f->order : MDC_RAW;
	return true;
}

/* The range, and what of it can be. */
static void length_range(struct header_maker *hm, const struct ast_length *a,
			 const struct linear *l)
{
	struct mdc_header *h = hm->h;
	struct mdc_ctx *ctx = hm->r->ctx;
	rs_int largest = ((((rs_int)1 << l->bits) - 1) << l->shift) + l->add;
	uint64_t min = h->fixed, max = largest > 0 ? (uint64_t)largest : 0;

	if (a->min && !rs_const_in(hm->r, a->min, "the shortest length", 0, HEADER_MAX, &min))
		return;
	if (a->max && !rs_const_in(hm->r, a->max, "the greatest length", 0, HEADER_MAX, &max))
		return;
	if (a->min && a->max && min > max) {
		diag(ctx, CHK_header_length, a->min->loc, "no length is in %llu..%llu",
		     (unsigned long long)min, (unsigned long long)max);
		return;
	}
	if (max < h->fixed || largest < (rs_int)min)
		diag(ctx, CHK_header_length, a->value->loc,
		     "this is at most %lld bytes, but '%s' has at least %llu (its fields have %u)",
		     (long long)(largest < (rs_int)max ? largest : (rs_int)max), h->name,
		     (unsigned long long)(min > h->fixed ? min : h->fixed), h->fixed);
	if (max > HEADER_MAX) {
		diag_note(diag(ctx, CHK_header_length, a->value->loc,
			       "this can be %llu bytes, a header has %u at most",
			       (unsigned long long)max, HEADER_MAX),
			  "give a range: `length %s in %u..%u`", ps_text(hm->r, a->value->loc),
			  h->fixed, HEADER_MAX);
		max = HEADER_MAX;
	}
	h->min = min > h->fixed ? min : h->fixed;
	h->max = max > h->min ? max : h->min;
}

static void resolve_length(struct header_maker *hm, const struct ast_length *a)
{
	struct mdc_header *h = hm->h;
	struct linear l;

	hm->linear = (struct linear_env){ .r = hm->r, .arg = hm, .what = "a length",
					  .is_field = length_is_field, .field = length_field };
	if (!linear_resolve(&hm->linear, a->value, &l))
		return;
	if (!l.bits) {
		diag_note(diag(hm->r->ctx, CHK_header_length, a->value->loc, "no field says how long '%s' is",
			       h->name),
			  "a header of fixed length has no `length` line: its fields are its length");
		return;
	}
	if (l.add > (rs_int)HEADER_MAX || l.add < -(rs_int)HEADER_MAX) {
		linear_bad(&hm->linear, a->value, "the machine cannot compute this length");
		return;
	}
	h->variable = true;
	h->len_bit = l.bit;
	h->len_bits = l.bits;
	h->len_shift = l.shift;
	h->len_add = l.add;
	length_range(hm, a, &l);
}

void hm_members(struct header_maker *hm, struct ast *list)
{
	ast_each(m, list) {
		switch (m->kind) {
		case AST_MEMBER:
			add_member(hm, (const struct ast_member *)m);
			break;
		case AST_RESERVED:
			add_reserved(hm, (const struct ast_reserved *)m);
			break;
		case AST_PART:
			hp_add(hm, (const struct ast_part *)m);
			break;
		case AST_LENGTH:
			if (hm->inside)
				diag_note(diag(hm->r->ctx, CHK_header_part, m->loc, "a length in an `if`"),
					  "the `length` of a header is that of all its parts: write it outside");
			else if (hm->length)
				diag_label(diag(hm->r->ctx, CHK_duplicate_name, m->loc,
						"two lengths in header '%s'", hm->h->name),
					   hm->length->h.loc, "first declared here");
			else
				hm->length = (const struct ast_length *)m;
			break;
		default:
			break;
		}
		if (hm->bit + hm->before > HEADER_MAX * 8ull) {
			diag(hm->r->ctx, CHK_header_bits, m->loc,
			     "header '%s' has more than %u bytes", hm->h->name, HEADER_MAX);
			hm->bit = 8;
			hm->before = 0;
			return;
		}
	}
}

static struct mdc_header *resolve_header(struct resolver *r, const struct ast_header *a)
{
	struct mdc_header *h = arena_new_of(r->arena, struct mdc_header);
	struct header_maker hm = { .r = r, .h = h };
	int errors = diag_errors(r->ctx);
	size_t n = 0;

	*h = (struct mdc_header){ .name = a->name.s, .doc = a->h.doc, .loc = a->name.loc };
	rs_check_name(r, a->name);
	hm.ast = a;
	ast_each(m, a->members)
		n++;
	vec_reserve(r->arena, &hm.fields, n);
	atom_map_init(&hm.names, r->arena);
	atom_map_reserve(&hm.names, n);
	hm_members(&hm, a->members);
	if (diag_errors(r->ctx) > errors)
		;	/* a field that is wrong has no width */
	else if (!hm.fields.n)
		diag(r->ctx, CHK_header_bits, a->name.loc, "header '%s' is empty", h->name);
	else if (hm.bit % 8)
		diag_note(diag(r->ctx, CHK_header_bits, a->name.loc,
			       "header '%s' has %llu bits and does not end on a byte", h->name,
			       (unsigned long long)hm.bit),
			  "name the bits that are missing: `u8 : %llu;`",
			  (unsigned long long)(8 - hm.bit % 8));
	h->fields = hm.fields.p;
	h->n_fields = hm.fields.n;
	hp_finish(&hm);
	h->fixed = h->min = h->max = hm.base_bits / 8;
	if (hm.length) {
		h->len_loc = hm.length->value->loc;
		resolve_length(&hm, hm.length);
	}
	return h;
}

/* A description's own header takes the place of one of std/, which may have been added there later. */
static bool replaced(struct resolver *r, const struct mdc_header *h, const struct mdc_header *by)
{
	return rs_std_source(r, h->loc.src) && !rs_std_source(r, by->loc.src);
}

void rs_headers(struct resolver *r)
{
	VEC(struct mdc_header *) own = { 0 };
	VEC(const struct mdc_header *) all = { 0 };

	r->in_header = true;
	ast_each(i, r->ast->items) {
		struct mdc_header *h;

		if (i->kind != AST_HEADER)
			continue;
		h = resolve_header(r, (const struct ast_header *)i);
		*vec_push(r->arena, &own) = h;
		if (!rs_std_source(r, h->loc.src))
			atom_map_add(&r->headers, h->name, h);
	}
	for (size_t i = 0; i < own.n; i++) {
		struct mdc_header *h = own.p[i], *old = atom_map_add(&r->headers, h->name, h);

		if (!old || old == h)
			*vec_push(r->arena, &all) = h;
		else if (!replaced(r, h, old))
			diag_label(diag(r->ctx, CHK_duplicate_name, h->loc, "two headers '%s'", h->name), old->loc,
				   "first declared here");
	}
	r->in_header = false;
	r->m->headers = all.p;
	r->m->n_headers = all.n;
}

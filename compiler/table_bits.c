/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The fields of `bits`, `key` and `result`: where each of their bits lies. A bit
 * belongs to one field at most; only an `alias` may lie over others. Fields have
 * 64 bits at most, in any number of pieces.
 */
#include "table_make.h"

#define STRUCT_BITS_MAX	MDC_KEY_BITS_MAX
#define PIECES_MAX	64

struct maker {
	struct tb *b;
	struct resolver *r;
	bool is_key;
	struct mdc_bits_struct *s;
	VEC(struct mdc_bfield) fields;
	struct atom_map names;		/* struct loc */
	const struct ast_bfield **owner;	/* by bit; NULL: nobody's */
	const struct loc **inits;	/* by bit: the field that has a default for it */
	uint32_t end;			/* behind the highest bit */
};

static bool one_piece(struct maker *m, const struct ast_piece *p, struct mdc_piece *out)
{
	uint64_t hi, lo;
	uint32_t max = m->s->bits ? m->s->bits - 1 : STRUCT_BITS_MAX - 1;

	if (!rs_const_in(m->r, p->hi, "a bit", 0, max, &hi))
		return false;
	lo = hi;
	if (p->lo && !rs_const_in(m->r, p->lo, "a bit", 0, max, &lo))
		return false;
	if (lo > hi) {
		diag_note(diag(m->r->ctx, CHK_bit_field, p->h.loc, "the first bit is lower than the last"),
			  "bits are written [HIGH:LOW]: [%llu:%llu]", (unsigned long long)lo, (unsigned long long)hi);
		return false;
	}
	*out = (struct mdc_piece){ (uint32_t)lo, (uint32_t)(hi - lo + 1) };
	if (hi + 1 > m->end)
		m->end = (uint32_t)hi + 1;
	return true;
}

/* Takes the bits for @owner; one that is taken is an error. */
static bool take(struct maker *m, const struct ast_bfield *owner, const struct mdc_piece *p, struct loc loc)
{
	for (uint32_t i = p->lo; i < p->lo + p->bits; i++) {
		struct diag *d;

		if (!m->owner[i]) {
			m->owner[i] = owner;
			continue;
		}
		d = diag(m->r->ctx, CHK_overlap, loc, "bit %u is '%s', too", i, m->owner[i]->name.s);
		diag_label(d, m->owner[i]->name.loc, "declared here");
		diag_note(d, "another name for the same bits is an `alias`");
		return false;
	}
	return true;
}

/* A field has each of its bits once: of others @take says it, of an alias this. */
static bool own_twice(struct maker *m, const struct mdc_piece *pieces, uint32_t n, struct loc loc)
{
	const struct mdc_piece *p = &pieces[n];

	for (uint32_t i = 0; i < n; i++) {
		if (p->lo >= pieces[i].lo + pieces[i].bits || pieces[i].lo >= p->lo + p->bits)
			continue;
		diag(m->r->ctx, CHK_overlap, loc, "bit %u stands here twice",
		     p->lo > pieces[i].lo ? p->lo : pieces[i].lo);
		return true;
	}
	return false;
}

/* A list of pieces; 0 bits: an error was said. */
static uint32_t pieces(struct maker *m, const struct ast_bfield *f, const struct ast *list, bool takes,
		       const struct mdc_piece **out, uint32_t *n)
{
	struct mdc_piece *to;
	uint32_t bits = 0;

	*n = 0;
	ast_each(i, (struct ast *)(uintptr_t)list)
		++*n;
	if (*n > PIECES_MAX) {
		diag(m->r->ctx, CHK_bit_field, list->loc, "a field has %d pieces at most", PIECES_MAX);
		return 0;
	}
	to = arena_array(m->r->arena, struct mdc_piece, *n + 1);
	*out = to;
	*n = 0;
	ast_each(i, (struct ast *)(uintptr_t)list) {
		if (!one_piece(m, (const struct ast_piece *)i, &to[*n]) ||
		    (takes ? !take(m, f, &to[*n], i->loc) : own_twice(m, to, *n, i->loc)))
			return 0;
		bits += to[(*n)++].bits;
		if (bits <= 64)
			continue;
		diag_note(diag(m->r->ctx, CHK_bit_field, f->name.loc, "field '%s' has more than 64 bits", f->name.s),
			  "declare two fields, for the upper and the lower bits");
		return 0;
	}
	return bits;
}

static bool field_order(struct maker *m, const struct ast_bfield *f, const struct mdc_type *base,
			struct mdc_bfield *out)
{
	bool fixed = base->order == MDC_BE || base->order == MDC_LE;

	if (fixed && out->bits != base->bits) {
		diag_note(diag(m->r->ctx, CHK_bit_field, f->type.loc, "'%s' has %u bits, and the field %u", f->type.s,
			       base->bits, out->bits), "only whole bytes have an order");
		return false;
	}
	out->big_endian = base->order == MDC_BE;
	return true;
}

static bool field_type(struct maker *m, const struct ast_bfield *f, struct mdc_bfield *out)
{
	const struct mdc_type *t, *base;

	if (!f->type.s)
		return true;
	t = mdc_type_strip(rs_type_named(m->r, f->type));
	if (rs_of(t)->broken || t == m->r->ts->error)
		return false;
	base = t->kind == MDC_ENUM ? t->base : t;
	if (base->kind != MDC_INT || base->order == MDC_RAW) {
		diag_note(diag(m->r->ctx, CHK_type, f->type.loc, "a field of a table is a number or an enum, no '%s'",
			       f->type.s), "write an enum, u8 to u64, s8 to s64, be16 to be64, or nothing");
		return false;
	}
	if (t->kind == MDC_INT && out->bits > t->bits) {
		diag(m->r->ctx, CHK_bit_field, f->type.loc, "'%s' has %u bits, and the field %u", f->type.s, t->bits,
		     out->bits);
		return false;
	}
	out->is_signed = base->is_signed;
	if (t->kind == MDC_ENUM) {
		out->enum_type = t;
		if (!rs_enum_fits(m->r, t, out->bits, f->type.loc, CHK_bit_field))
			return false;
	}
	return field_order(m, f, base, out);
}

static bool field_mask(struct maker *m, const struct ast_bfield *f, struct mdc_bfield *out)
{
	uint32_t bits;
	struct diag *d;

	if (!f->mask)
		return true;
	if (m->is_key) {
		d = diag(m->r->ctx, CHK_row_mask, f->mask->loc, "a field of a key needs no `mask`");
		diag_note(d, "each bit of a key has a cell that can match anything: the line `cell` says how");
		return false;
	}
	bits = pieces(m, f, f->mask, !f->alias, &out->mask, &out->n_mask);
	if (bits && bits != out->bits)
		diag(m->r->ctx, CHK_row_mask, f->mask->loc, "the mask has %u bits, and the field %u", bits, out->bits);
	return bits == out->bits;
}

static bool field_sign(struct maker *m, const struct ast_bfield *f, struct mdc_bfield *out)
{
	const struct mdc_piece *p;
	uint32_t n, bits;

	out->sign = UINT32_MAX;
	if (!f->sign)
		return true;
	bits = pieces(m, f, f->sign, !f->alias, &p, &n);
	if (!bits)
		return false;
	if (bits != 1 || m->is_key || f->mask || out->is_signed) {
		diag_note(diag(m->r->ctx, CHK_table_bits, f->sign->loc, "this field cannot have such a sign"),
			  "`NAME [HIGH:LOW] sign [BIT]` is a magnitude in a result, with one bit beside it");
		return false;
	}
	out->sign = p->lo;
	return true;
}

/* The smallest and the largest value of a field. */
static bool fits(const struct mdc_bfield *f, rs_int v)
{
	rs_int one = 1;

	if (f->sign != UINT32_MAX)
		return v > -(one << f->bits) && v < one << f->bits;
	if (f->is_signed)
		return v >= -(one << (f->bits - 1)) && v < one << (f->bits - 1);
	return v >= 0 && v < one << f->bits;
}

/* `packet[AT]`, which is a byte, as a load; or NULL: it is something else. */
static const struct ast_load *byte_load(struct maker *m, const struct ast *value)
{
	const struct ast_index *i = (const struct ast_index *)value;
	struct ast_load *l;

	if (value->kind == AST_LOAD)
		return (const struct ast_load *)value;
	if (value->kind != AST_INDEX || i->base->kind != AST_NAME)
		return NULL;
	l = arena_new_of(m->r->arena, struct ast_load);
	l->h = i->h;
	l->type = (struct ast_name){ atom(m->r->ctx->atoms, "u8"), i->base->loc };
	l->of = (struct ast_name){ ((const struct ast_ident *)i->base)->s, i->base->loc };
	l->at = i->index;
	return l;
}

/* `= VALUE`: what there is by default; `= TYPE packet[...]`, of a key: what it is compared with. */
static bool field_value(struct maker *m, const struct ast_bfield *f, struct mdc_bfield *out)
{
	const struct ast_load *load = f->value ? byte_load(m, f->value) : NULL;
	struct mdc_load *l;
	rs_int v;

	if (!f->value)
		return true;
	if (load) {
		if (!m->is_key) {
			diag_note(diag(m->r->ctx, CHK_wrong_kind, f->value->loc, "a result does not read the packet"),
				  "what hardware does with a result stands in `effect {...}`");
			return false;
		}
		l = arena_new_of(m->r->arena, struct mdc_load);
		*l = (struct mdc_load){ .type = load->type.s, .of = load->of.s, .ast = load };
		out->load = l;
		return true;
	}
	if (!rs_const(m->r, f->value, out->enum_type, &v))
		return false;
	if (!fits(out, v)) {
		diag(m->r->ctx, CHK_width, f->value->loc, "%s does not fit field '%s' of %u bits", rs_int_text(m->r, v),
		     f->name.s, out->bits);
		return false;
	}
	out->has_init = true;
	out->init = (uint64_t)v;
	return true;
}

/* No bit has two defaults. */
static void one_default(struct maker *m, const struct mdc_bfield *f)
{
	for (uint32_t p = 0; f->has_init && p < f->n_pieces; p++) {
		for (uint32_t i = f->pieces[p].lo; i < f->pieces[p].lo + f->pieces[p].bits; i++) {
			const struct loc *first = m->inits[i];
			struct diag *d;

			if (!first) {
				m->inits[i] = &f->loc;
				continue;
			}
			d = diag(m->r->ctx, CHK_overlap, f->loc, "bit %u has two defaults", i);
			diag_label(d, *first, "by this, too");
			return;
		}
	}
}

static void add_field(struct maker *m, const struct ast_bfield *f)
{
	struct mdc_bfield out = { .name = f->name.s, .alias = f->alias, .unit = rs_string(f->unit), .doc = f->h.doc,
				  .idx = (uint32_t)m->fields.n, .loc = f->name.loc };
	bool is_pad = !strcmp(f->name.s, "reserved");
	const struct loc *first;

	out.bits = pieces(m, f, f->pieces, !f->alias, &out.pieces, &out.n_pieces);
	if (!is_pad) {
		rs_check_name(m->r, f->name);
		first = atom_map_add(&m->names, f->name.s, (void *)(uintptr_t)&f->name.loc);
		if (first)
			rs_duplicate(m->r, f->name, "field", *first);
	}
	/* What is broken stays, so that rows can name it. */
	if (out.bits && field_type(m, f, &out) && field_mask(m, f, &out) && field_sign(m, f, &out))
		field_value(m, f, &out);
	if (!out.bits)
		out.bits = 64;
	if (!is_pad)
		*vec_push(m->r->arena, &m->fields) = out;
}

const struct mdc_bits_struct *tb_bits(struct tb *b, const struct ast_bits *ast, const char *name, bool is_key)
{
	struct maker m = { .b = b, .r = b->r, .is_key = is_key };
	int errors = diag_errors(b->r->ctx);
	uint64_t width = 0;

	m.s = arena_new_of(b->arena, struct mdc_bits_struct);
	m.owner = arena_array(b->arena, const struct ast_bfield *, STRUCT_BITS_MAX);
	atom_map_init(&m.names, b->arena);
	if (ast->width && rs_const_in(b->r, ast->width, "the number of bits", 1, STRUCT_BITS_MAX, &width))
		m.s->bits = (uint32_t)width;
	m.inits = arena_array(b->arena, const struct loc *, STRUCT_BITS_MAX);
	ast_each(i, ast->fields)
		add_field(&m, (const struct ast_bfield *)i);
	for (size_t i = 0; i < m.fields.n; i++)
		one_default(&m, &m.fields.p[i]);
	m.s->name = name;
	if (!ast->width)
		m.s->bits = m.end;
	m.s->fields = m.fields.p;
	m.s->n_fields = (uint32_t)m.fields.n;
	m.s->doc = ast->h.doc;
	m.s->loc = ast->name.s ? ast->name.loc : ast->h.loc;
	return diag_errors(b->r->ctx) == errors ? m.s : NULL;
}

void tb_name_fields(struct tb *b, struct atom_map *map, const struct mdc_bits_struct *s)
{
	for (uint32_t i = 0; i < s->n_fields; i++) {
		struct mdc_row_value *v = arena_new_of(b->arena, struct mdc_row_value), *first;
		struct ast_name n = { s->fields[i].name, s->fields[i].loc };

		*v = (struct mdc_row_value){ .of = s, .field = &s->fields[i] };
		first = atom_map_add(map, n.s, v);
		if (first && first->field != v->field)
			rs_duplicate(b->r, n, "field", first->field->loc);
	}
}

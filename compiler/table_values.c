/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The fields of a row: takes `NAME VALUE;`, `NAME VALUE &&& MASK;` and `use
 * LET;`, gives the bits of key and results. A field stands once; a value fits
 * its field and its mask. Bits that no field of the row has are those of a
 * default, or anything in a key and 0 in a result.
 */
#include "table_make.h"

#include <stdlib.h>

#define USES_MAX	16	/* of a let by a let */

struct filler {
	struct tb *b;
	struct resolver *r;
	struct tb_table *t;
	bool is_key;
	struct mdc_table_row *row;
	struct atom_map *fields;	/* struct mdc_row_value: what names mean */
	struct atom_map seen;		/* name -> struct loc */
	VEC(struct mdc_row_value) values;
	struct tb_given given;
	uint64_t *value, *mask, *result;	/* being filled */
};

static uint64_t ones(uint32_t bits)
{
	return bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;
}

/* ---- what is written behind a name ---- */

static struct diag *wide(struct filler *f, struct loc loc, const struct mdc_bfield *field, rs_int v, const char *what)
{
	struct diag *d = diag(f->r->ctx, v < 0 || *what ? CHK_row_mask : CHK_width, loc,
			      "%s%s does not fit field '%s' of %u bit%s", what, rs_int_text(f->r, v), field->name,
			      field->bits, field->bits == 1 ? "" : "s");

	diag_label(d, field->loc, "declared here");
	return d;
}

static bool one_value(struct filler *f, const struct ast *e, struct mdc_row_value *v)
{
	const struct mdc_bfield *field = v->field;
	rs_int x, said, one = 1;

	if (!rs_const(f->r, e, field->enum_type, &x))
		return false;
	said = x;
	if (field->sign != UINT32_MAX) {
		v->negative = x < 0;
		x = x < 0 ? -x : x;
	} else if (field->is_signed && x >= -(one << (field->bits - 1)) && x < one << (field->bits - 1)) {
		x &= (rs_int)ones(field->bits);
	} else if (field->is_signed) {
		x = -1;
	}
	if (x < 0 || x > (rs_int)ones(field->bits)) {
		diag_label(diag(f->r->ctx, CHK_width, e->loc, "%s does not fit field '%s' of %u bit%s",
				rs_int_text(f->r, said), field->name, field->bits, field->bits == 1 ? "" : "s"),
			   field->loc, "declared here");
		return false;
	}
	v->value = (uint64_t)x;
	return true;
}

/* VALUE &&& MASK */
static bool masked(struct filler *f, const struct ast_pattern *p, struct mdc_row_value *v)
{
	const struct mdc_bfield *field = v->field;
	struct diag *d;
	rs_int mask;

	if (!f->is_key && !field->mask) {
		d = diag(f->r->ctx, CHK_row_mask, p->b->loc, "field '%s' has no mask", field->name);
		diag_label(d, field->loc, "declared here");
		diag_note(d, "a result with one is `NAME [HIGH:LOW] mask [HIGH:LOW];`");
		return false;
	}
	if (!one_value(f, p->a, v) || !rs_const(f->r, p->b, NULL, &mask))
		return false;
	if (mask < 0 || mask > (rs_int)ones(field->bits)) {
		wide(f, p->b->loc, field, mask, "a mask of ");
		return false;
	}
	v->mask = (uint64_t)mask;
	if (!(v->value & ~v->mask))
		return true;
	d = diag(f->r->ctx, CHK_row_mask, p->h.loc, "value 0x%llx has bits outside of its mask: 0x%llx",
		 (unsigned long long)v->value, (unsigned long long)(v->value & ~v->mask));
	diag_label(d, field->loc, "field '%s'", field->name);
	diag_note(d, "they would be compared with nothing: write 0x%llx &&& 0x%llx, or a wider mask",
		  (unsigned long long)(v->value & v->mask), (unsigned long long)v->mask);
	return false;
}

/* Ranges of 2^N values from a multiple of 2^N on that make LO..HI; some of them, if they are many. */
static const char *aligned_ranges(struct filler *f, uint64_t lo, uint64_t hi)
{
	const char *text = "";

	for (int n = 0; n < 5 && lo <= hi; n++) {
		uint64_t size = lo ? lo & -lo : 1ull << 63;

		while (size - 1 > hi - lo)
			size /= 2;
		text = size == 1 ? rs_atomf(f->r, "%s%s%llu", text, n ? ", " : "", (unsigned long long)lo) :
		       rs_atomf(f->r, "%s%s%llu..%llu", text, n ? ", " : "", (unsigned long long)lo,
				(unsigned long long)(lo + size - 1));
		if (lo + size - 1 >= hi)
			return text;
		lo += size;
	}
	return rs_atomf(f->r, "%s, and so on", text);
}

/* LO..HI that one value and mask can say. */
static bool ranged(struct filler *f, const struct ast_pattern *p, struct mdc_row_value *v)
{
	struct mdc_row_value hi = *v;
	struct diag *d;
	uint64_t free;

	if (!f->is_key || v->field->is_signed) {
		diag(f->r->ctx, CHK_row_mask, p->h.loc, "field '%s' takes one value, not a range", v->field->name);
		return false;
	}
	if (!one_value(f, p->a, v) || !one_value(f, p->b, &hi))
		return false;
	free = v->value ^ hi.value;
	v->mask = ones(v->field->bits) & ~free;
	if (hi.value >= v->value && !(free & (free + 1)) && !(v->value & free))
		return true;
	d = diag(f->r->ctx, CHK_row_mask, p->h.loc, "a row cannot match this range");
	if (hi.value < v->value)
		diag_note(d, "the first value is behind the last");
	else
		diag_note(d, "one value and mask match 2^N values from a multiple of 2^N on: write rows for %s",
			  aligned_ranges(f, v->value, hi.value));
	return false;
}

static bool pattern(struct filler *f, const struct ast_pattern *p, struct mdc_row_value *v)
{
	v->mask = ones(v->field->bits);
	v->given = true;
	switch (p->form) {
	case PAT_MASK:
		return masked(f, p, v);
	case PAT_RANGE:
		return ranged(f, p, v);
	case PAT_ANY:
		v->mask = 0;
		if (f->is_key)
			return true;
		diag(f->r->ctx, CHK_row_mask, p->h.loc, "a result has a value");
		return false;
	default:
		return one_value(f, p->a, v);
	}
}

/* ---- its bits ---- */

static bool any_allowed(struct filler *f, const struct mdc_row_value *v, struct loc loc)
{
	struct diag *d;

	if (v->mask == ones(v->field->bits) || f->t->t.has_any)
		return true;
	d = diag(f->r->ctx, CHK_row_mask, loc, "table '%s' compares all bits of '%s'", f->t->t.name, v->field->name);
	diag_label(d, v->field->loc, "declared here");
	diag_note(d, "its cells are 0 and 1 only: give the field a value without a mask, or a default");
	return false;
}

static uint32_t result_chunk(const struct filler *f, const struct mdc_bits_struct *s)
{
	uint32_t at = 0;

	for (uint32_t i = 0; f->t->t.results[i] != s; i++)
		at += mdc_chunks(f->t->t.results[i]->bits);
	return at;
}

/* Bits that are 0 so far become those of @value. */
static void add_bits(uint64_t *to, const struct mdc_piece *pieces, uint32_t n, uint64_t value)
{
	mdc_pieces_set(to, pieces, n, mdc_pieces_get(to, pieces, n) | value);
}

static void put(struct filler *f, const struct mdc_row_value *v)
{
	const struct mdc_bfield *field = v->field;
	uint64_t *to;

	if (f->is_key) {
		add_bits(f->value, field->pieces, field->n_pieces, mdc_bfield_turn(field, v->value & v->mask));
		add_bits(f->mask, field->pieces, field->n_pieces, mdc_bfield_turn(field, v->mask));
		return;
	}
	to = f->result + result_chunk(f, v->of);
	add_bits(to, field->pieces, field->n_pieces, mdc_bfield_turn(field, v->value));
	if (field->mask)
		add_bits(to, field->mask, field->n_mask, mdc_bfield_turn(field, v->mask));
	if (field->sign != UINT32_MAX && v->negative)
		to[field->sign / 64] |= 1ull << field->sign % 64;
}

static bool one_field(struct filler *f, const struct ast_row_field *a)
{
	const struct mdc_row_value *known = atom_map_get(f->fields, a->name.s);
	const struct loc *first;
	struct mdc_row_value v;
	struct diag *d;

	if (!known) {
		if (!f->t->broken)
			rs_unknown(f->r, a->name, f->is_key ? "field of the key" : "field of the result", f->fields);
		return false;
	}
	first = atom_map_add(&f->seen, a->name.s, (void *)(uintptr_t)&a->name.loc);
	if (first) {
		d = diag(f->r->ctx, CHK_duplicate_name, a->name.loc, "field '%s' stands here twice", a->name.s);
		diag_label(d, *first, "the first");
		return false;
	}
	v = *known;
	if (!pattern(f, a->value, &v) || (f->is_key && !any_allowed(f, &v, a->value->h.loc)))
		return false;
	f->given.from = f->is_key ? 0 : 64 * result_chunk(f, v.of);
	if (!tb_give(f->b, &f->given, &a->name, v.field,
		     mdc_bfield_turn(v.field, f->is_key ? v.mask : ones(v.field->bits))))
		return false;
	put(f, &v);
	*vec_push(f->b->arena, &f->values) = v;
	return true;
}

static bool fields(struct filler *f, const struct ast *list, int depth)
{
	bool ok = true;

	for (; list; list = list->next) {
		struct ast_name n = ((const struct ast_use *)list)->name;
		const struct ast_let *let;

		if (list->kind == AST_ROW_FIELD) {
			ok &= one_field(f, (const struct ast_row_field *)list);
			continue;
		}
		let = atom_map_get(&f->b->lets, n.s);
		if (!let) {
			rs_unknown(f->r, n, "let", &f->b->lets);
			ok = false;
		} else if (depth == USES_MAX) {
			diag_label(diag(f->r->ctx, CHK_wrong_kind, n.loc, "`let` uses itself, or others %d deep",
					USES_MAX),
				   let->name.loc, "declared here");
			return false;
		} else {
			ok &= fields(f, let->fields, depth + 1);
		}
	}
	return ok;
}

/* The field's default, in those of its bits that no field of the row has; false: there are none. */
static bool put_default(struct filler *f, struct mdc_row_value *v, uint64_t left)
{
	const struct mdc_bfield *field = v->field;
	struct mdc_piece sign = { field->sign, 1 };
	uint64_t mask_left = mdc_bfield_turn(field, tb_left(&f->given, field->mask, field->n_mask));

	v->negative = field->sign != UINT32_MAX && (int64_t)field->init < 0;
	v->value = (v->negative ? -field->init : field->init) & left;
	v->mask = field->mask ? mask_left : left;
	v->negative = v->negative && tb_left(&f->given, &sign, 1);
	if (!left && !(field->mask && mask_left) && !v->negative)
		return false;
	put(f, v);
	*vec_push(f->b->arena, &f->values) = *v;
	return true;
}

static bool defaults(struct filler *f, const struct mdc_bits_struct *s)
{
	bool ok = true;

	f->given.from = f->is_key ? 0 : 64 * result_chunk(f, s);
	for (uint32_t i = 0; i < s->n_fields; i++) {
		struct mdc_row_value v = { .of = s, .field = &s->fields[i] };
		uint64_t left = mdc_bfield_turn(v.field, tb_left(&f->given, v.field->pieces, v.field->n_pieces));
		struct diag *d;

		if (atom_map_get(&f->seen, v.field->name))
			continue;
		if (v.field->has_init) {
			put_default(f, &v, left);
		} else if (f->is_key && !f->t->t.has_any && !v.field->alias && left) {
			d = diag(f->r->ctx, CHK_missing, f->row->loc, "the row gives no value of %s'%s'",
				 left == ones(v.field->bits) ? "" : "some bits of ", v.field->name);
			diag_label(d, v.field->loc, "declared here");
			diag_note(d, "the cells of table '%s' are 0 and 1 only", f->t->t.name);
			ok = false;
		}
	}
	return ok;
}

/* Only where an alias lies over other fields can two of them give one bit. */
static bool has_alias(const struct mdc_bits_struct *s)
{
	for (uint32_t i = 0; i < s->n_fields; i++)
		if (s->fields[i].alias)
			return true;
	return false;
}

static int by_place(const void *a, const void *b)
{
	const struct mdc_row_value *x = a, *y = b;

	return x->field->idx < y->field->idx ? -1 : x->field->idx > y->field->idx;
}

static bool fill_key(struct filler *f, const struct ast *list)
{
	const struct mdc_bits_struct *key = f->t->t.key;
	uint32_t n = mdc_chunks(key->bits) + 1;
	bool ok;

	f->is_key = true;
	f->fields = &f->t->key_fields;
	f->value = arena_array(f->b->arena, uint64_t, n);
	f->mask = arena_array(f->b->arena, uint64_t, n);
	f->given = (struct tb_given){ .of = "key" };
	if (has_alias(key))
		tb_given_init(&f->given, f->b, key->bits);
	atom_map_init(&f->seen, f->b->arena);
	ok = fields(f, list, 0);
	ok &= !ok || defaults(f, key);
	if (f->values.n)
		qsort(f->values.p, f->values.n, sizeof(*f->values.p), by_place);
	f->row->value = f->value;
	f->row->mask = f->mask;
	return ok;
}

static bool fill_result(struct filler *f, const struct ast *list)
{
	struct tb_table *t = f->t;
	size_t first = f->values.n, at;
	uint32_t chunks = 0;
	bool ok, aliases = false;

	f->is_key = false;
	f->fields = &t->result_fields;
	for (uint32_t i = 0; i < t->t.n_results; i++) {
		chunks += mdc_chunks(t->t.results[i]->bits);
		aliases |= has_alias(t->t.results[i]);
	}
	f->given = (struct tb_given){ .of = "result" };
	if (aliases)
		tb_given_init(&f->given, f->b, 64 * chunks);
	f->result = arena_array(f->b->arena, uint64_t, chunks + 1);
	atom_map_init(&f->seen, f->b->arena);
	ok = fields(f, list, 0);
	for (uint32_t i = 0; ok && i < t->t.n_results; i++)
		ok &= defaults(f, t->t.results[i]);
	for (uint32_t i = 0; i < t->t.n_results; i++) {	/* by struct, then by field */
		size_t end = first;

		for (at = first; at < f->values.n; at++) {
			struct mdc_row_value v = f->values.p[at];

			if (v.of != t->t.results[i])
				continue;
			f->values.p[at] = f->values.p[end];
			f->values.p[end++] = v;
		}
		if (end > first)
			qsort(f->values.p + first, end - first, sizeof(*f->values.p), by_place);
		first = end;
	}
	f->row->result = f->result;
	return ok;
}

bool tb_values(struct tb *b, struct tb_table *t, const struct ast *key, const struct ast *result, bool matches,
	       struct mdc_table_row *row)
{
	struct filler f = { .b = b, .r = b->r, .t = t, .row = row };
	bool ok = true;

	row->matches = matches && t->t.key;
	if (row->matches)
		ok = fill_key(&f, key);
	ok &= fill_result(&f, result);
	row->values = f.values.p;
	row->n_values = (uint32_t)f.values.n;
	return ok;
}

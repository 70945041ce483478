/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Raw tables. Takes tables whose entries are within the file; afterwards each
 * field lies in its part, each part in its row, each row in its table, and the
 * words of all rows in the image, so that rawtable.c reads them without a check.
 */
#include "rawtable.h"

#define AT(type, member)	offsetof(struct mdesc_fmt_##type, member)
#define ROWS_MAX		65536u
#define ALL_ROWS_MAX		(1u << 20)
#define STAGES_MAX		257u
#define ROW_WORDS_MAX		4096u
#define WORK_MAX		(1u << 26)	/* fields of rows, of all tables */

/* What comes next in the lists that tables share. */
struct raw_at {
	const struct mdesc_image *img;
	struct mdesc_error *err;
	uint32_t table, part, field, piece, row, start, byte, op;
	uint64_t work;
};

#define BAD(id, entry, type, member, ...) bad_entry(a->img, a->err, id, entry, AT(type, member), __VA_ARGS__)

/* ---- what they do ---- */

/* Operations stand together, those of loads before those of the effect. */
static int check_code(struct raw_at *a, uint32_t first, uint32_t n, bool load)
{
	uint32_t count = image_count(a->img, TABLE_RAW_OPS), where;
	const char *problem;

	if (first != (n ? a->op : 0) || n > count - a->op)
		return BAD(TABLE_RAW, a->table, raw, op_first, "table %u: operations %u and %u more, of %u", a->table,
			   first, n, count);
	a->op += n;
	problem = raw_code_problem(a->img, a->table, first, n, load, &where);
	if (problem && !image_is_newer(a->img))
		return BAD(TABLE_RAW_OPS, where, raw_op, op, "operation %u of table %u: %s", where, a->table, problem);
	return 0;
}

static int check_source(struct raw_at *a, uint32_t i, bool is_key)
{
	const struct mdesc_fmt_raw_field *f = &image_raw_fields(a->img)[i];

	if (f->reserved2)
		return BAD(TABLE_RAW_FIELDS, i, raw_field, reserved2, "field %u: reserved bytes are not zero", i);
	if (f->reg > image_count(a->img, TABLE_RAW_REGS) || (!is_key && (f->reg || f->load_count)))
		return BAD(TABLE_RAW_FIELDS, i, raw_field, reg, "field %u comes from register %u, of %u", i, f->reg,
			   image_count(a->img, TABLE_RAW_REGS));
	return check_code(a, f->load_first, f->load_count, true);
}

static int check_effect(struct raw_at *a, const struct mdesc_fmt_raw *t)
{
	if (t->index_reg > image_count(a->img, TABLE_RAW_REGS) || (t->index_reg && (t->flags & MDESC_RAW_KEY)))
		return BAD(TABLE_RAW, a->table, raw, index_reg, "table %u: rows by register %u, of %u", a->table,
			   t->index_reg, image_count(a->img, TABLE_RAW_REGS));
	return check_code(a, t->op_first, t->op_count, false);
}

/* The cursor and the stage come first, and once. */
static int check_regs(const struct raw_at *a)
{
	uint32_t n = image_count(a->img, TABLE_RAW_REGS), i;
	int ret = 0;

	for (i = 0; i < n && !ret; i++) {
		const struct mdesc_fmt_raw_reg *r = &image_raw_regs(a->img)[i];

		ret = check_name(a->img, a->err, TABLE_RAW_REGS, i, AT(raw_reg, name), r->name, "");
		if (!ret)
			ret = check_opt_name(a->img, a->err, TABLE_RAW_REGS, i, AT(raw_reg, type), r->type);
		if (!ret && (i < 2 ? r->kind != i + 1 : r->kind < MDESC_RAW_REG_KEY ||
			     (r->kind > MDESC_RAW_REG_LET && !image_is_newer(a->img))))
			ret = BAD(TABLE_RAW_REGS, i, raw_reg, kind, "register %u is of kind %u", i, r->kind);
	}
	return ret;
}

/* ---- fields ---- */

/* @n pieces from @first on; -1: they pass the part or the list, else their bits together. */
static int piece_bits(const struct raw_at *a, uint32_t first, uint32_t n, uint32_t part_bits)
{
	const struct mdesc_fmt_raw_piece *p = image_raw_pieces(a->img);
	uint32_t count = image_count(a->img, TABLE_RAW_PIECES), bits = 0, i;

	if (first > count || n > count - first || n > 64)
		return -1;
	for (i = first; i < first + n; i++) {
		if (!p[i].bits || p[i].bits > 64 || p[i].lo >= part_bits || p[i].bits > part_bits - p[i].lo)
			return -1;
		bits += p[i].bits;
	}
	return (int)bits;
}

static int check_field_flags(const struct raw_at *a, uint32_t i, bool is_key)
{
	const struct mdesc_fmt_raw_field *f = &image_raw_fields(a->img)[i];
	const uint8_t known = MDESC_RAW_FIELD_SIGNED | MDESC_RAW_FIELD_BE | MDESC_RAW_FIELD_ALIAS |
			MDESC_RAW_FIELD_INIT;

	if (((f->flags & ~known) && !image_is_newer(a->img)) || ((f->flags & MDESC_RAW_FIELD_BE) && f->bits % 8))
		return BAD(TABLE_RAW_FIELDS, i, raw_field, flags, "field %u of %u bits has flags 0x%x", i, f->bits,
			   f->flags);
	if (f->reserved)
		return BAD(TABLE_RAW_FIELDS, i, raw_field, reserved, "field %u: reserved bytes are not zero", i);
	if (is_key && (f->mask_count || f->sign != MDESC_FMT_NONE32))
		return BAD(TABLE_RAW_FIELDS, i, raw_field, sign, "field %u of a key has a mask or a sign", i);
	return 0;
}

static int check_field(struct raw_at *a, uint32_t i, const struct mdesc_fmt_raw_part *part, bool is_key)
{
	const struct mdesc_fmt_raw_field *f = &image_raw_fields(a->img)[i];
	int ret;

	ret = check_name(a->img, a->err, TABLE_RAW_FIELDS, i, AT(raw_field, name), f->name, "");
	if (!ret)
		ret = check_line(a->img, a->err, TABLE_RAW_FIELDS, i, AT(raw_field, unit), f->unit);
	if (!ret)
		ret = check_opt_name(a->img, a->err, TABLE_RAW_FIELDS, i, AT(raw_field, type), f->type);
	if (!ret)
		ret = check_str(a->img, a->err, TABLE_RAW_FIELDS, i, AT(raw_field, doc), f->doc);
	if (ret)
		return ret;
	if (f->piece_first != a->piece)
		return BAD(TABLE_RAW_FIELDS, i, raw_field, piece_first, "field %u: pieces from %u on, not %u", i,
			   f->piece_first, a->piece);
	if (f->bits < 1 || f->bits > 64 || piece_bits(a, f->piece_first, f->piece_count, part->bits) != f->bits)
		return BAD(TABLE_RAW_FIELDS, i, raw_field, piece_count,
			   "field %u: its pieces do not make %u bits of a part of %u",
			   i, f->bits, part->bits);
	a->piece += f->piece_count;
	if (f->mask_count && piece_bits(a, a->piece, f->mask_count, part->bits) != f->bits)
		return BAD(TABLE_RAW_FIELDS, i, raw_field, mask_count, "field %u: its mask does not make %u bits", i,
			   f->bits);
	a->piece += f->mask_count;
	if (f->sign != MDESC_FMT_NONE32 && f->sign >= part->bits)
		return BAD(TABLE_RAW_FIELDS, i, raw_field, sign, "field %u: its sign is bit %u of %u", i, f->sign,
			   part->bits);
	ret = check_field_flags(a, i, is_key);
	return ret ? ret : check_source(a, i, is_key);
}

/* ---- parts ---- */

static int check_part(struct raw_at *a, const struct mdesc_fmt_raw *t, uint32_t i, uint32_t *word)
{
	const struct mdesc_fmt_raw_part *p = &image_raw_parts(a->img)[i];
	bool is_key = (t->flags & MDESC_RAW_KEY) && i == t->part_first;
	uint32_t k;
	int ret;

	ret = check_name(a->img, a->err, TABLE_RAW_PARTS, i, AT(raw_part, name), p->name, "");
	if (ret)
		return ret;
	if (p->bits > RAW_BITS_MAX)
		return BAD(TABLE_RAW_PARTS, i, raw_part, bits, "part %u has %u bits", i, p->bits);
	if (p->words != raw_part_words(t, p, is_key) || p->word_first != *word)
		return BAD(TABLE_RAW_PARTS, i, raw_part, words,
			   "part %u: words %u and %u more; they are %u from %u on", i,
			   p->word_first, p->words, raw_part_words(t, p, is_key), *word);
	*word += p->words;
	if (p->field_first != a->field || p->field_count > image_count(a->img, TABLE_RAW_FIELDS) - a->field)
		return BAD(TABLE_RAW_PARTS, i, raw_part, field_first, "part %u: fields %u and %u more, of %u", i,
			   p->field_first, p->field_count, image_count(a->img, TABLE_RAW_FIELDS));
	for (k = 0; k < p->field_count && !ret; k++)
		ret = check_field(a, a->field++, p, is_key);
	return ret;
}

static int check_parts(struct raw_at *a, const struct mdesc_fmt_raw *t)
{
	uint32_t word = 0, fields = a->field, i;
	int ret = 0;

	if (t->part_first != a->part || t->part_count < 1 ||
	    t->part_count > image_count(a->img, TABLE_RAW_PARTS) - a->part)
		return BAD(TABLE_RAW, a->table, raw, part_first, "table %u: parts %u and %u more, of %u", a->table,
			   t->part_first, t->part_count, image_count(a->img, TABLE_RAW_PARTS));
	for (i = 0; i < t->part_count && !ret; i++)
		ret = check_part(a, t, a->part++, &word);
	if (ret)
		return ret;
	if (word != t->row_words || word > ROW_WORDS_MAX)
		return BAD(TABLE_RAW, a->table, raw, row_words, "table %u: rows of %u words, whose parts have %u",
			   a->table,
			   t->row_words, word);
	if (t->guard != MDESC_FMT_NONE32 &&
	    (!(t->flags & MDESC_RAW_KEY) || t->guard >= raw_key_size(t, &image_raw_parts(a->img)[t->part_first])))
		return BAD(TABLE_RAW, a->table, raw, guard, "table %u: its key has no bit %u", a->table, t->guard);
	a->work += (uint64_t)(a->field - fields + 1) * t->row_count;
	if (a->work > WORK_MAX)
		return BAD(TABLE_RAW, a->table, raw, row_count, "the rows up to table %u have too many fields",
			   a->table);
	return 0;
}

/* ---- rows ---- */

static int check_row(const struct raw_at *a, const struct mdesc_fmt_raw *t, uint32_t i)
{
	const struct mdesc_fmt_raw_row *r = &image_raw_rows(a->img)[i];
	int ret = check_str(a->img, a->err, TABLE_RAW_ROWS, i, AT(raw_row, doc), r->doc);

	if (ret)
		return ret;
	if (r->number >= t->rows || r->stage < t->first_stage || r->stage - t->first_stage >= t->stages)
		return BAD(TABLE_RAW_ROWS, i, raw_row, number, "row %u: number %u of stage %u is none of its table", i,
			   r->number, r->stage);
	if ((r->flags & ~(MDESC_RAW_ROW_RESERVED | MDESC_RAW_ROW_ENABLED)) && !image_is_newer(a->img))
		return BAD(TABLE_RAW_ROWS, i, raw_row, flags, "row %u has flags 0x%x", i, r->flags);
	if (i > t->row_first && (r[-1].stage > r->stage || (r[-1].stage == r->stage && r[-1].number >= r->number)))
		return BAD(TABLE_RAW_ROWS, i, raw_row, number, "row %u does not lie behind the one before", i);
	return 0;
}

static int check_rows(struct raw_at *a, const struct mdesc_fmt_raw *t)
{
	uint64_t bytes = (uint64_t)t->stages * t->rows * t->row_words * (t->word_bits / 8);
	uint64_t all = (uint64_t)image_count(a->img, TABLE_RAW_BYTES) * sizeof(struct mdesc_fmt_raw_bytes);
	int ret = 0;
	uint32_t i;

	if (t->row_first != a->row || t->row_count > image_count(a->img, TABLE_RAW_ROWS) - a->row)
		return BAD(TABLE_RAW, a->table, raw, row_first, "table %u: rows %u and %u more, of %u", a->table,
			   t->row_first,
			   t->row_count, image_count(a->img, TABLE_RAW_ROWS));
	for (i = 0; i < t->row_count && !ret; i++)
		ret = check_row(a, t, a->row++);
	if (ret)
		return ret;
	if (t->byte_first != a->byte || t->byte_first > all || t->byte_count != bytes ||
	    (bytes + 7) / 8 * 8 > all - t->byte_first)
		return BAD(TABLE_RAW, a->table, raw, byte_first, "table %u: bytes %u and %u more, of %llu, for %llu",
			   a->table,
			   t->byte_first, t->byte_count, (unsigned long long)all, (unsigned long long)bytes);
	a->byte += (t->byte_count + 7) / 8 * 8;
	return 0;
}

static int check_starts(struct raw_at *a, const struct mdesc_fmt_raw *t)
{
	uint32_t i;
	int ret = 0;

	if (t->start_first != a->start || t->start_count > image_count(a->img, TABLE_RAW_STARTS) - a->start)
		return BAD(TABLE_RAW, a->table, raw, start_first, "table %u: starts %u and %u more, of %u", a->table,
			   t->start_first, t->start_count, image_count(a->img, TABLE_RAW_STARTS));
	for (i = 0; i < t->start_count && !ret; i++, a->start++) {
		const struct mdesc_fmt_raw_start *s = &image_raw_starts(a->img)[a->start];

		ret = check_name(a->img, a->err, TABLE_RAW_STARTS, a->start, AT(raw_start, name), s->name, "");
		if (!ret && s->field != MDESC_FMT_NONE32 &&
		    (!(t->flags & MDESC_RAW_KEY) || s->field >= image_raw_parts(a->img)[t->part_first].field_count))
			ret = BAD(TABLE_RAW_STARTS, a->start, raw_start, field, "start %u: the key has no field %u",
				  a->start,
				  s->field);
	}
	return ret;
}

/* ---- tables ---- */

static bool cells_differ(const struct mdesc_fmt_raw *t)
{
	const bool is[4] = { t->flags & MDESC_RAW_ANY, true, true, t->flags & MDESC_RAW_NEVER };
	int i, k;

	for (i = 0; i < 4; i++) {
		if (t->cells[i] >> t->planes || (!is[i] && t->cells[i]))
			return false;
		for (k = 0; k < i; k++)
			if (is[i] && is[k] && t->cells[i] == t->cells[k])
				return false;
	}
	return true;
}

static int check_shape(const struct raw_at *a, const struct mdesc_fmt_raw *t)
{
	const uint32_t orders = MDESC_RAW_ONE | MDESC_RAW_LAST;
	const uint32_t of_key = orders | MDESC_RAW_ANY | MDESC_RAW_NEVER | MDESC_RAW_VALID | MDESC_RAW_ELSEWHERE;
	const uint32_t known = of_key | MDESC_RAW_STAGES | MDESC_RAW_BIG | MDESC_RAW_FLIPPED | MDESC_RAW_KEY;
	bool key = t->flags & MDESC_RAW_KEY;

	if (((t->flags & ~known) && !image_is_newer(a->img)) || (!key && (t->flags & of_key)) ||
	    (t->flags & orders) == orders)
		return BAD(TABLE_RAW, a->table, raw, flags, "table %u has flags 0x%x", a->table, t->flags);
	if (t->word_bits != 8 && t->word_bits != 16 && t->word_bits != 32 && t->word_bits != 64)
		return BAD(TABLE_RAW, a->table, raw, word_bits, "table %u: words of %u bits", a->table, t->word_bits);
	if (t->rows < 1 || t->rows > ROWS_MAX || t->stages < 1 || t->stages > STAGES_MAX ||
	    (uint64_t)t->rows * t->stages > ALL_ROWS_MAX || t->first_stage > STAGES_MAX ||
	    (!(t->flags & MDESC_RAW_STAGES) && (t->first_stage || t->stages != 1)))
		return BAD(TABLE_RAW, a->table, raw, rows, "table %u: %u rows in each of %u stages from %u on",
			   a->table,
			   t->rows, t->stages, t->first_stage);
	if (key ? t->planes < 1 || t->planes > 2 || !cells_differ(t) :
	    t->planes || t->cells[0] || t->cells[1] || t->cells[2] || t->cells[3] || t->interleave)
		return BAD(TABLE_RAW, a->table, raw, planes, "table %u: cells of %u planes that cannot be told apart",
			   a->table, t->planes);
	if (t->interleave > RAW_BITS_MAX || t->subword > RAW_BITS_MAX)
		return BAD(TABLE_RAW, a->table, raw, interleave, "table %u: %u bits interleaved, sub-words of %u",
			   a->table,
			   t->interleave, t->subword);
	return 0;
}

static int check_table(struct raw_at *a)
{
	const struct mdesc_fmt_raw *t = &image_raws(a->img)[a->table];
	int ret;

	ret = check_name(a->img, a->err, TABLE_RAW, a->table, AT(raw, name), t->name, "");
	if (!ret)
		ret = check_str(a->img, a->err, TABLE_RAW, a->table, AT(raw, doc), t->doc);
	if (!ret)
		ret = check_shape(a, t);
	if (!ret)
		ret = check_parts(a, t);
	if (!ret)
		ret = check_effect(a, t);
	if (!ret)
		ret = check_rows(a, t);
	return ret ? ret : check_starts(a, t);
}

/* Nothing is left over. */
static int check_all_used(const struct raw_at *a)
{
	const struct { enum table_id id; uint32_t used; } lists[] = {
		{ TABLE_RAW_PARTS, a->part }, { TABLE_RAW_FIELDS, a->field }, { TABLE_RAW_PIECES, a->piece },
		{ TABLE_RAW_ROWS, a->row }, { TABLE_RAW_STARTS, a->start }, { TABLE_RAW_BYTES, a->byte / 4 },
	};
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (image_count(a->img, lists[i].id) != lists[i].used)
			return bad_entry(a->img, a->err, lists[i].id, lists[i].used, 0, "entry %u belongs to no table",
					 lists[i].used);
	return 0;
}

int image_validate_tables(const struct mdesc_image *img, struct mdesc_error *err)
{
	struct raw_at a = { .img = img, .err = err };
	int ret = check_regs(&a);

	for (; a.table < image_count(img, TABLE_RAW) && !ret; a.table++)
		ret = check_table(&a);
	return ret ? ret : check_all_used(&a);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Raw tables in the image: how each is laid out, its fields and rows, and the
 * words as hardware takes them. Takes the model's tables, gives the sections
 * that format.h describes.
 */
#include "image_tables.h"

#include <mdesc/format.h>

#include "arena.h"
#include "image_effects.h"
#include "out.h"
#include "table.h"

struct filler {
	const struct image_tables *to;
	struct mdc_ctx *ctx;
	const struct mdc_model *m;
	struct mdesc_fmt_raw *tables;
	struct mdesc_fmt_raw_part *parts;
	struct mdesc_fmt_raw_field *fields;
	struct mdesc_fmt_raw_piece *pieces;
	struct mdesc_fmt_raw_row *rows;
	struct mdesc_fmt_raw_start *starts;
	struct mdesc_fmt_raw_reg *regs;
	struct mdesc_fmt_raw_op *ops;
	uint32_t n_parts, n_fields, n_pieces, n_rows, n_starts, n_regs, n_ops;
	struct out bytes;
};

/* The key, then the results; NULL behind them. */
static const struct mdc_bits_struct *part_of(const struct mdc_table *t, uint32_t i)
{
	if (t->key && !i--)
		return t->key;
	return i < t->n_results ? t->results[i] : NULL;
}

static uint32_t str(struct filler *f, const char *s)
{
	return f->to->str(f->to->image, s);
}

static void count(struct filler *f)
{
	const struct mdc_bits_struct *s;

	for (uint32_t i = 0; i < f->m->n_tables; i++) {
		const struct mdc_table *t = f->m->tables[i];

		for (uint32_t p = 0; (s = part_of(t, p)); p++) {
			f->n_parts++;
			f->n_fields += s->n_fields;
			for (uint32_t k = 0; s == t->key && k < s->n_fields; k++)
				f->n_ops += s->fields[k].load ? s->fields[k].load->code.n : 0;
			for (uint32_t k = 0; k < s->n_fields; k++)
				f->n_pieces += s->fields[k].n_pieces + s->fields[k].n_mask;
		}
		f->n_rows += t->n_list;
		f->n_starts += t->n_start;
		f->n_ops += t->code.n;
	}
	f->n_regs = f->m->n_rawregs;
}

static void *table(struct filler *f, const char *name, uint32_t *n, uint32_t entry_size)
{
	void *first = f->to->table(f->to->image, name, *n, entry_size);

	*n = 0;		/* from now on: how many are there already */
	return first;
}

static void put_pieces(struct filler *f, const struct mdc_piece *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		f->pieces[f->n_pieces++] = (struct mdesc_fmt_raw_piece){ (uint16_t)p[i].lo, (uint16_t)p[i].bits };
}

/* What a field of a key is compared with. */
static void put_source(struct filler *f, struct mdesc_fmt_raw_field *to, const struct mdc_bfield *b)
{
	to->reg = image_raw_reg(f->m, b->name);
	if (!b->load)
		return;
	to->load_first = b->load->code.n ? f->n_ops : 0;
	to->load_count = b->load->code.n;
	for (uint32_t i = 0; i < b->load->code.n; i++)
		f->ops[f->n_ops++] = image_raw_op(&b->load->code.ops[i], 0);
}

static void put_field(struct filler *f, const struct mdc_bfield *b, bool is_key)
{
	f->fields[f->n_fields++] = (struct mdesc_fmt_raw_field){
		.name = str(f, b->name), .unit = str(f, b->unit), .doc = str(f, b->doc),
		.type = b->enum_type ? str(f, b->enum_type->name) : 0,
		.piece_first = f->n_pieces, .piece_count = (uint16_t)b->n_pieces, .mask_count = (uint16_t)b->n_mask,
		.sign = b->sign, .bits = (uint8_t)b->bits, .init = b->has_init ? b->init : 0,
		.flags = (uint8_t)((b->is_signed ? MDESC_RAW_FIELD_SIGNED : 0) | (b->alias ? MDESC_RAW_FIELD_ALIAS :
										  0) |
				   (b->big_endian ? MDESC_RAW_FIELD_BE : 0) | (b->has_init ? MDESC_RAW_FIELD_INIT : 0)),
	};
	if (is_key)
		put_source(f, &f->fields[f->n_fields - 1], b);
	put_pieces(f, b->pieces, b->n_pieces);
	put_pieces(f, b->mask, b->n_mask);
}

static void put_parts(struct filler *f, const struct mdc_table *t)
{
	const struct mdc_bits_struct *s;
	uint32_t word = 0;

	for (uint32_t i = 0; (s = part_of(t, i)); i++) {
		uint32_t words = s == t->key ? t->key_words : mdc_table_result_words(t, s);

		f->parts[f->n_parts++] = (struct mdesc_fmt_raw_part){
			.name = str(f, s->name), .bits = s->bits, .field_first = f->n_fields,
			.field_count = s->n_fields, .word_first = (uint16_t)word, .words = (uint16_t)words,
		};
		word += words;
		for (uint32_t k = 0; k < s->n_fields; k++)
			put_field(f, &s->fields[k], s == t->key);
	}
}

static void put_rows(struct filler *f, const struct mdc_table *t)
{
	for (uint32_t i = 0; i < t->n_list; i++) {
		const struct mdc_table_row *row = t->list[i];

		f->rows[f->n_rows++] = (struct mdesc_fmt_raw_row){
			.doc = str(f, row->doc), .number = row->number, .stage = (uint16_t)row->stage,
			.flags = (uint16_t)((row->kind == MDC_ROW_RESERVED ? MDESC_RAW_ROW_RESERVED : 0) |
					    (mdc_table_enabled(t, row) ? MDESC_RAW_ROW_ENABLED : 0)),
		};
	}
	for (uint32_t i = 0; i < t->n_start; i++)
		f->starts[f->n_starts++] = (struct mdesc_fmt_raw_start){
			str(f, t->start[i].name),
			t->start[i].field ? t->start[i].field->idx : MDESC_FMT_NONE32, t->start[i].value,
		};
}

/* The effect; the table's parts are there. */
static void put_effect(struct filler *f, const struct mdc_table *t, struct mdesc_fmt_raw *to)
{
	to->index_reg = t->index ? image_raw_reg(f->m, t->index) : 0;
	to->op_first = t->code.n ? f->n_ops : 0;
	to->op_count = t->code.n;
	for (uint32_t i = 0; i < t->code.n; i++) {
		const struct mdc_eop *o = &t->code.ops[i];
		uint32_t index = 0;

		for (uint32_t p = 0; o->of && part_of(t, p); p++)
			if (part_of(t, p) == o->of)
				index = f->parts[to->part_first + p].field_first + o->field->idx;
		f->ops[f->n_ops] = image_raw_op(o, index);
		if (o->op == MDESC_T_ARG) {
			f->ops[f->n_ops].index = str(f, o->name);
			f->ops[f->n_ops].imm = str(f, o->type);
		}
		f->n_ops++;
	}
}

static void put_regs(struct filler *f)
{
	for (uint32_t i = 0; i < f->m->n_rawregs; i++) {
		const struct mdc_rawreg *r = &f->m->rawregs[i];

		f->regs[i] = (struct mdesc_fmt_raw_reg){ str(f, r->name), r->enum_type ? str(f, r->enum_type->name) : 0,
							 r->kind };
	}
}

static uint32_t flags(const struct mdc_table *t)
{
	uint32_t f = (t->staged ? MDESC_RAW_STAGES : 0) | (t->big_endian ? MDESC_RAW_BIG : 0) |
		     (t->flipped ? MDESC_RAW_FLIPPED : 0);

	if (!t->key)
		return f;
	return f | MDESC_RAW_KEY | (t->match_one ? MDESC_RAW_ONE : 0) |
	       (t->match_last ? MDESC_RAW_LAST : 0) | (t->has_any ? MDESC_RAW_ANY : 0) |
	       (t->has_never ? MDESC_RAW_NEVER : 0) | (t->bitmap ? MDESC_RAW_ELSEWHERE : 0) |
	       (t->guard != UINT32_MAX && t->guard_value ? MDESC_RAW_VALID : 0);
}

static void put_table(struct filler *f, const struct mdc_table *t)
{
	struct mdesc_fmt_raw *to = &f->tables[t->idx];
	static const char zero[8];

	*to = (struct mdesc_fmt_raw){
		.name = str(f, t->name), .doc = str(f, t->doc), .flags = flags(t), .rows = t->rows,
		.first_stage = (uint16_t)t->first_stage, .stages = (uint16_t)t->n_stages,
		.word_bits = (uint8_t)t->word_bits, .planes = t->key ? (uint8_t)t->planes : 0,
		.row_words = (uint16_t)t->row_words, .interleave = t->key ? (uint16_t)t->interleave : 0,
		.subword = (uint16_t)t->subword, .guard = t->guard, .part_first = f->n_parts, .row_first = f->n_rows,
		.row_count = t->n_list, .byte_first = (uint32_t)f->bytes.size, .start_first = f->n_starts,
		.start_count = t->n_start,
	};
	for (int c = 0; t->key && c < MDC_CELLS; c++)
		to->cells[c] = t->cells[c];
	put_parts(f, t);
	to->part_count = f->n_parts - to->part_first;
	put_effect(f, t, to);
	put_rows(f, t);
	mdc_table_all_bytes(f->ctx->arena, t, &f->bytes);
	to->byte_count = (uint32_t)f->bytes.size - to->byte_first;
	out_write(&f->bytes, zero, (8 - f->bytes.size % 8) % 8);
}

void image_tables_add(const struct image_tables *to, struct mdc_ctx *ctx, const struct mdc_model *m)
{
	struct filler f = { .to = to, .ctx = ctx, .m = m };
	uint32_t n_tables = m->n_tables, n_bytes;

	if (!m->n_tables)
		return;
	count(&f);
	f.tables = table(&f, MDESC_SEC_RAW, &n_tables, sizeof(*f.tables));
	f.parts = table(&f, MDESC_SEC_RAW_PARTS, &f.n_parts, sizeof(*f.parts));
	f.fields = table(&f, MDESC_SEC_RAW_FIELDS, &f.n_fields, sizeof(*f.fields));
	f.pieces = table(&f, MDESC_SEC_RAW_PIECES, &f.n_pieces, sizeof(*f.pieces));
	f.rows = table(&f, MDESC_SEC_RAW_ROWS, &f.n_rows, sizeof(*f.rows));
	f.starts = table(&f, MDESC_SEC_RAW_STARTS, &f.n_starts, sizeof(*f.starts));
	f.regs = table(&f, MDESC_SEC_RAW_REGS, &f.n_regs, sizeof(*f.regs));
	f.ops = table(&f, MDESC_SEC_RAW_OPS, &f.n_ops, sizeof(*f.ops));
	put_regs(&f);
	out_init(&f.bytes);
	for (uint32_t i = 0; i < m->n_tables; i++)
		put_table(&f, m->tables[i]);
	n_bytes = (uint32_t)(f.bytes.size / sizeof(struct mdesc_fmt_raw_bytes));
	memcpy(table(&f, MDESC_SEC_RAW_BYTES, &n_bytes, sizeof(struct mdesc_fmt_raw_bytes)),
	       f.bytes.size ? f.bytes.data : "", f.bytes.size);
	out_free(&f.bytes);
}

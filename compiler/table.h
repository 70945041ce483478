/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Raw tables: a part of the model. Rows as hardware holds them, laid out to the
 * bit; made by table*.c, read by check_tables.c and emit_table*.c, never
 * modified after. Bits of a struct are numbered from its lowest: bit 0 is the
 * least significant of the first word, and values are strings of 64-bit chunks
 * in that order.
 */
#ifndef MDESCC_TABLE_H
#define MDESCC_TABLE_H

#include "model.h"

/* Bits @lo to @lo + @bits - 1 of a struct. */
struct mdc_piece { uint32_t lo, bits; };

struct ast;
struct ast_load;

/*
 * An operation of an effect or a load, as format.h has them: enum mdesc_fmt_raw_op_kind and some of
 * mdesc_fmt_expr_op. What they name is here by pointers; @index: of a register, table or operation.
 */
struct mdc_eop {
	uint8_t op, lo, width;
	uint32_t index;
	uint64_t imm;
	const struct mdc_bits_struct *of;	/* FIELD, MASK */
	const struct mdc_bfield *field;
	const char *name, *type;	/* ARG */
};
struct mdc_ecode { const struct mdc_eop *ops; uint32_t n; };

/* What effects and loads work on; all tables share them. @kind: enum mdesc_fmt_raw_reg_kind */
struct mdc_rawreg { const char *name; uint32_t kind; const struct mdc_type *enum_type; struct loc loc; };

/* What a field of a key is compared with: TYPE packet[AT]. */
struct mdc_load {
	const char *type, *of;
	const struct ast_load *ast;
	struct mdc_ecode code;
};

struct mdc_bfield {
	const char *name;
	uint32_t bits;			/* 1 to 64, @sign not counted */
	const struct mdc_piece *pieces;	/* the most significant first */
	uint32_t n_pieces;
	const struct mdc_piece *mask;	/* of a result: where its mask goes, as many bits; or NULL */
	uint32_t n_mask;
	uint32_t sign;			/* bit of the sign, beside a magnitude; UINT32_MAX: none */
	bool is_signed;			/* two's complement */
	bool big_endian;		/* whole bytes, the most significant in the lowest bits */
	bool alias;			/* lies over other fields */
	bool has_init;			/* its value where a row gives none: */
	uint64_t init;
	const struct mdc_type *enum_type;	/* or NULL */
	const struct mdc_load *load;	/* of a key, or NULL */
	const char *unit, *doc;		/* or NULL */
	uint32_t idx;			/* in the struct's fields */
	struct loc loc;
};

/* A key or a result. */
struct mdc_bits_struct {
	const char *name;		/* "key", "result", or that of the item */
	uint32_t bits;
	const struct mdc_bfield *fields;	/* in the order of the text */
	uint32_t n_fields;
	const char *doc;		/* or NULL */
	struct loc loc;
};

enum mdc_cell { MDC_CELL_ANY, MDC_CELL_0, MDC_CELL_1, MDC_CELL_NEVER, MDC_CELLS };

enum mdc_row_kind { MDC_ROW_ABSENT, MDC_ROW_THERE, MDC_ROW_RESERVED };

/* What is said of one field of a row, for listings. */
struct mdc_row_value {
	const struct mdc_bits_struct *of;
	const struct mdc_bfield *field;
	uint64_t value, mask;		/* a magnitude, where negative is set */
	bool negative, given;		/* given: by the row, else its default */
};

struct mdc_table_row {
	enum mdc_row_kind kind;		/* RESERVED: what `reserve` says stands there */
	uint32_t stage, number;
	bool disabled;
	bool of_parser;			/* its row in the table that the target names */
	bool matches;			/* it has a key: not reserved without one */
	const uint64_t *value, *mask;	/* of the key, mdc_chunks(key->bits) each; no bit of value outside of mask */
	const uint64_t *result;		/* of all results, one behind the other, each from a chunk on */
	const struct mdc_row_value *values;	/* key, then results, in the order of their fields */
	uint32_t n_values;
	const char *loop;		/* "i = 3, k = 1", or NULL */
	const char *doc;		/* or NULL */
	struct loc loc;
};

/* Where what runs the table begins: a field of the key without a load, or a name that a load uses. */
struct mdc_table_start { const char *name; const struct mdc_bfield *field; uint64_t value; struct loc loc; };

struct mdc_table {
	const char *name;
	bool staged;
	uint32_t first_stage, n_stages;	/* 0, 1 where it has none */
	uint32_t rows;			/* of a stage */
	uint32_t word_bits;		/* 8, 16, 32, 64 */
	bool big_endian, flipped;
	bool match_one, match_last;	/* no priorities; the highest number counts, else the lowest */
	/* the key, encoded; NULL: an index alone chooses the row */
	const struct mdc_bits_struct *key;
	uint32_t planes;		/* 1 or 2 */
	bool has_any, has_never;
	uint8_t cells[MDC_CELLS];	/* bit p: of plane p */
	uint32_t interleave;		/* bits of a plane at a time; 0: one plane behind the other */
	uint32_t subword;		/* each so many bits begin with a word; 0: no sub-words */
	uint32_t guard;			/* a bit of the encoded key that says whether a row is there; UINT32_MAX */
	bool guard_value;		/* in a row that is there */
	bool bitmap;			/* which rows are there, is said elsewhere: absent ones are 0 */
	const struct mdc_bits_struct **results;
	uint32_t n_results;
	uint32_t key_words, row_words;	/* words: of the encoded key, of a row in all */
	const struct mdc_table_row **list;	/* by stage, then number; absent ones are not in it */
	uint32_t n_list;
	const struct mdc_table_start *start;	/* what begins with something else than 0 */
	uint32_t n_start;
	const struct ast *effect;	/* statements as written, or NULL */
	struct mdc_ecode code;		/* the same */
	const char *index;		/* without a key: the register that chooses the row, or NULL */
	struct loc index_loc;
	uint32_t idx;
	const char *doc;		/* or NULL */
	struct loc loc;
};

#define MDC_KEY_BITS_MAX	4096u
#define MDC_TABLE_BYTES_MAX	(64u << 20)	/* of all rows of a table */

static inline uint32_t mdc_chunks(uint32_t bits)
{
	return (bits + 63) / 64;
}

/* table_encode.c: the words of a row in the order of the hardware. @row: NULL: of one that is absent. */
void mdc_table_encode(const struct mdc_table *t, const struct mdc_table_row *row, uint64_t *words);
/* Where bit @bit of the key's plane @plane stands in the encoded key, before its words are flipped. */
uint32_t mdc_table_key_bit(const struct mdc_table *t, uint32_t bit, uint32_t plane);
/* Words of a result. */
uint32_t mdc_table_result_words(const struct mdc_table *t, const struct mdc_bits_struct *s);
/* Bits of the encoded key; 0 without a key. */
uint32_t mdc_table_key_size(const struct mdc_table *t);
/* A string of bits: bit @i, and the number in @pieces. */
static inline bool mdc_bit(const uint64_t *bits, uint32_t i)
{
	return bits[i / 64] >> i % 64 & 1;
}
uint64_t mdc_pieces_get(const uint64_t *bits, const struct mdc_piece *pieces, uint32_t n);
void mdc_pieces_set(uint64_t *bits, const struct mdc_piece *pieces, uint32_t n, uint64_t value);
/* A field's value as its bits, and the other way round: big-endian ones have their bytes turned. */
static inline uint64_t mdc_bfield_turn(const struct mdc_bfield *f, uint64_t v)
{
	return f->big_endian ? __builtin_bswap64(v) >> (64 - f->bits) : v;
}

/* table_effect.c: does an alias of a key lie over bits only that are loaded from the packet? */
bool mdc_alias_is_loaded(const struct mdc_bits_struct *key, const struct mdc_bfield *alias);

/* The row of this number, or NULL: it is absent. */
const struct mdc_table_row *mdc_table_row_at(const struct mdc_table *t, uint32_t stage, uint32_t number);

/* check_tables.c: the table has got the parser's rows: which overlap, or leave nothing to rows that were there? */
struct mdc_ctx;
void mdc_check_lowered(struct mdc_ctx *ctx, const struct mdc_table *t);

/* emit_table.c: "kpu[5][21]". */
const char *mdc_table_row_name(struct arena *a, const struct mdc_table *t, const struct mdc_table_row *row);

/* Whether it takes part: it is not reserved and disabled, nor reserved and empty. */
static inline bool mdc_table_enabled(const struct mdc_table *t, const struct mdc_table_row *row)
{
	return !row->disabled && (row->kind == MDC_ROW_THERE || row->matches || (!t->key && row->result));
}

/*
 * table_labels.c: a label at each of @rows, in one where a loop has made several next to each other. @one and @many say
 * of them what is to say; with the table, behind their numbers.
 */
struct diag;
void mdc_label_rows(struct diag *d, const struct mdc_table *t, struct arena *a, const struct mdc_table_row *const *rows,
		    uint32_t n, const char *one, const char *many);

/* emit_table.c: false after an error: the description has none. */
bool mdc_tables_there(struct mdc_ctx *ctx, const struct mdc_model *m);
/* The words of a row (NULL: absent), and of all of them, as bytes. @words: room for t->row_words. */
void mdc_table_bytes(const struct mdc_table *t, const struct mdc_table_row *row, uint64_t *words, struct out *out);
void mdc_table_all_bytes(struct arena *a, const struct mdc_table *t, struct out *out);

/* The readable listing, emit_table_list.c */
void mdc_table_listing(struct mdc_ctx *ctx, const struct mdc_model *m, struct out *out);

#endif

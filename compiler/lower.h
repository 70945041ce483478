/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the files share that put a parser's rows into a raw table: lower_table.c
 * (the table), lower_slots.c (where key bytes are), lower_need.c (what a row has to
 * do), lower_solve.c (fields that make the effect do it), lower_run.c (what the
 * effect does with these fields: each row is run before it is believed).
 */
#ifndef MDESCC_LOWER_H
#define MDESCC_LOWER_H

#include <mdesc/format.h>

#include "arena.h"
#include "diag.h"
#include "rows.h"
#include "table.h"

#define LW_SLOTS_MAX	16
#define LW_ARGS_MAX	8
#define LW_SETS_MAX	64
#define LW_NONE		UINT32_MAX

/*
 * A number of which is known how it comes about: @c, and where the cursor was, and
 * what register @reg was, and (packet bytes & mask) << shift, where there are.
 */
struct lw_val {
	bool unknown, cursor;
	uint32_t reg;			/* LW_NONE: none */
	int64_t c;
	uint32_t bytes;			/* of the packet, the first the most significant; 0: none */
	int64_t at;			/* from where the cursor was */
	uint64_t mask;
	int shift;			/* negative: to the right */
	uint64_t ors;			/* with @reg alone: bits that are set beside */
};

static inline struct lw_val lw_const(int64_t c)
{
	return (struct lw_val){ .reg = LW_NONE, .c = c };
}

static inline bool lw_is_const(const struct lw_val *v)
{
	return !v->unknown && !v->cursor && v->reg == LW_NONE && !v->bytes;
}

/* An expression of the effect, and its statements; `let`s are put in where they are used. */
struct lw_node { const struct mdc_eop *o; const struct lw_node *a, *b, *c; };
struct lw_guard { const struct lw_node *x; bool is; const struct lw_guard *up; };
struct lw_stmt {
	uint8_t op;			/* MDESC_T_SET, SETM, RECORD, STOP, GOTO */
	uint32_t reg;			/* SET, SETM */
	const struct lw_node *value, *mask;
	const struct lw_node *args[LW_ARGS_MAX];
	uint32_t n_args;
	const struct lw_guard *when;	/* all of them */
};

/* What a field of the result gets. */
struct lw_given { const struct mdc_bits_struct *of; const struct mdc_bfield *field; int64_t v; uint64_t mask; };

/* What a register becomes; bits outside of @mask stay. @whole: it has no others. */
struct lw_set { uint32_t reg; struct lw_val v; uint64_t mask; bool whole; };

/* What a row has to do. */
struct lw_need {
	struct lw_val cursor;		/* behind it */
	bool stop;
	uint32_t code;			/* stop: the error, 0: none */
	uint32_t state;			/* else the next state */
	uint32_t header;		/* the instance that it extracts, or LW_NONE */
	struct lw_set sets[LW_SETS_MAX];
	uint32_t n_sets;
};

/* What the effect does with a row. */
struct lw_did {
	bool failed, stop, gone;	/* failed: that depends on what is not known; gone: to another table */
	struct lw_set *regs;		/* by register; mask 0: it stays */
	struct lw_val code;		/* stop: its last value, if there is one */
	uint32_t n_codes;
	uint32_t records;
	struct lw_val record_at;
};

struct lw_slot {
	const char *name;		/* NULL: always at @ahead */
	const struct mdc_bfield *field;
	uint32_t reg, bytes;		/* reg: of @name */
	bool set;			/* rows can say where it looks */
	int32_t ahead;
};

struct lower {
	struct mdc_ctx *ctx;
	const struct mdc_model *m;
	const struct mdc_rows *rows;
	const struct mdc_table *t;
	const struct mdc_bfield *state;	/* of the key */
	uint32_t state_reg;
	uint32_t *number;		/* by state of the rows: in the table */
	struct lw_stmt *stmts;
	uint32_t n_stmts;
	struct lw_slot slots[LW_SLOTS_MAX];
	uint32_t n_slots;
	uint32_t *keys;			/* by state: the key set that it is entered with, or LW_NONE */
	uint32_t *compared;		/* by state: bytes of the key that rows compare, a bit each */
	/* by state: where each slot looks, from the parser's cursor; INT32_MIN: nowhere yet */
	int32_t (*at)[LW_SLOTS_MAX];
	bool *mapped;			/* by register of tables: the parser has it, too */
	int32_t *ahead;			/* by state: where the table's cursor is, from the parser's */
	const struct mdc_row *r;	/* at hand */
	struct mdc_table_row *row;	/* that is made of it */
	struct lw_given given[64];
	uint32_t n_given;
	/* why nothing was found: the last that did not fit */
	const struct mdc_bfield *small;
	int64_t small_v;
	const struct mdc_bfield *clash;	/* or that has another value already */
};

static inline uint64_t lw_ones(uint32_t bits)
{
	return bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;
}

/* lower_run.c */
bool lw_same_val(const struct lw_val *a, const struct lw_val *b);
struct lw_val lw_binary(uint8_t op, struct lw_val a, struct lw_val b);
void lw_run(const struct lower *l, struct lw_did *did);

/* lower_solve.c: all false where the row cannot be made to do that; l->small tells more. */
void lw_read(struct lower *l);
bool lw_solve_cursor(struct lower *l, const struct lw_val *to);
bool lw_solve_set(struct lower *l, const struct lw_set *s);
bool lw_solve_stop(struct lower *l, bool stop, uint32_t code, bool *no_code);
bool lw_solve_record(struct lower *l, uint32_t id, bool with_id, bool *there);
bool lw_give(struct lower *l, const struct mdc_bits_struct *of, const struct mdc_bfield *f, int64_t v, uint64_t mask);

/* lower_slots.c */
bool lw_find_slots(struct lower *l);
bool lw_place_slots(struct lower *l, uint32_t state);
bool lw_covers(const struct lower *l, uint32_t state, uint32_t slot, int32_t off);

/* lower_record.c: the target's lines `record`: false after an error, and where fields of one row do not go together;
 * @said: there is one for this instance. */
bool lw_check_records(struct lower *l);
bool lw_give_record(struct lower *l, uint32_t header, bool *said);

/* lower_numbers.c: numbers of states; false after an error. */
bool lw_number_states(struct lower *l);
/* A field of the key that is nothing of the parser: it has its default in each row. */
bool lw_is_pinned(const struct lower *l, const struct mdc_bfield *f);
/* It has that in the first look-up, too. */
bool lw_check_pinned(struct lower *l);

/* lower_need.c: false after an error. */
bool lw_need(struct lower *l, struct lw_need *need);
uint32_t lw_raw_named(const struct lower *l, const char *name);
bool lw_bad_length(const struct mdc_row *r);
/* The parser's register that bit @bit of all of them is in. */
const struct mdc_register *lw_register_at(const struct lower *l, uint32_t bit);

#endif

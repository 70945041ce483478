/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the files share that make the model's raw tables: table.c, table_bits.c, table_lines.c, table_rows.c. */
#ifndef MDESCC_TABLE_MAKE_H
#define MDESCC_TABLE_MAKE_H

#include "resolve.h"
#include "table.h"
#include "types.h"

/* Of a line `reserve`. */
struct tb_range { uint32_t lo, hi; bool disabled; struct loc loc; };

/* A table while it is made. */
struct tb_table {
	struct mdc_table t;		/* first */
	const struct ast_table *ast;
	bool broken;			/* its rows would be wrong for no fault of theirs */
	struct loc rows_loc;		/* its line `rows` */
	VEC(const struct ast_reserve *) reserves;
	VEC(struct tb_range) ranges;	/* beside @reserves */
	VEC(const struct mdc_bits_struct *) results;
	VEC(struct mdc_table_start) starts;
	VEC(const struct ast_ident *) registers;
	VEC(struct tb_row *) rows;	/* in the order of the text */
	struct atom_map key_fields, result_fields;	/* name -> struct mdc_row_value, which of them */
};

struct tb_row {
	struct mdc_table_row r;		/* first */
	bool pinned;
};

struct tb {
	struct resolver *r;
	struct arena *arena;
	struct atom_map bits;		/* struct ast_bits */
	struct atom_map keys_made, results_made;	/* struct mdc_bits_struct, or broken_bits */
	struct mdc_bits_struct broken_bits;
	struct atom_map tables;		/* struct tb_table */
	struct atom_map lets;		/* struct ast_let */
	VEC(struct tb_table *) list;
	uint64_t work;			/* rows and turns of loops so far */
};

/* table_bits.c: the struct of `bits`, `key` and `result`; NULL after an error that leaves nothing of it. */
const struct mdc_bits_struct *tb_bits(struct tb *b, const struct ast_bits *ast, const char *name, bool is_key);
/* All fields of @s by name, beside those that are there. */
void tb_name_fields(struct tb *b, struct atom_map *map, const struct mdc_bits_struct *s);

/* table_lines.c: what stands in a table's braces. */
void tb_lines(struct tb *b, struct tb_table *t);

/* table_names.c: the names in lines `register` of all tables. */
void tb_declared_names(struct tb *b, struct atom_map *declared);
/* False after an error: the effect of @t sets a name that is none of @declared, of its results, of a key. */
bool tb_may_set(struct tb *b, const struct tb_table *t, struct ast_name n, const struct mdc_rawreg *regs,
		size_t n_regs, struct atom_map *declared);

/* table_effect.c: registers, loads and effects of all tables, into the model; when their lines are known. */
void tb_effects(struct tb *b);

/* table_given.c: the bits that a row gives, of its key or of its results. @by: NULL, no field lies over another. */
struct tb_given {
	const struct ast_name **by;	/* by bit: who compares or writes it */
	uint64_t *said;			/* bits of fields that stand in the row */
	uint32_t from;			/* bit 0 of the struct that fields are of */
	const char *of;			/* "key", "result" */
};
void tb_given_init(struct tb_given *g, struct tb *b, uint32_t bits);
/* Field @f stands in the row, as @name; @mask: which of its bits are compared. False after an error. */
bool tb_give(struct tb *b, struct tb_given *g, const struct ast_name *name, const struct mdc_bfield *f, uint64_t mask);
/* Those of the bits that no field of the row has, as bits of a field of these pieces. */
uint64_t tb_left(const struct tb_given *g, const struct mdc_piece *pieces, uint32_t n);

/* table_values.c: the fields of a row, of @key where there is one. False after an error. */
bool tb_values(struct tb *b, struct tb_table *t, const struct ast *key, const struct ast *result, bool matches,
	       struct mdc_table_row *row);

/* table_rows.c: all rows of the description, each in its place. */
void tb_rows(struct tb *b);

#endif

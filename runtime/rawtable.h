/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The raw tables of an image that was validated: its rows, read back from the
 * words that hardware takes.
 */
#ifndef MDESC_RUNTIME_RAWTABLE_H
#define MDESC_RUNTIME_RAWTABLE_H

#include "image.h"

#define RAW_BITS_MAX	4096u
#define RAW_CHUNKS	(RAW_BITS_MAX / 64)

enum raw_match { RAW_MATCHES, RAW_NEVER, RAW_BROKEN };	/* BROKEN: cells that mean nothing */

/* Where bit @bit of a part stands in its plane, before words are flipped. */
uint32_t raw_stream_bit(const struct mdesc_fmt_raw *t, uint32_t bit);
/* Where it stands in the encoded key. */
uint32_t raw_key_bit(const struct mdesc_fmt_raw *t, const struct mdesc_fmt_raw_part *key, uint32_t bit, uint32_t plane);
/* Bits of the encoded key, and words of a part. */
uint32_t raw_key_size(const struct mdesc_fmt_raw *t, const struct mdesc_fmt_raw_part *key);
uint32_t raw_part_words(const struct mdesc_fmt_raw *t, const struct mdesc_fmt_raw_part *part, bool is_key);

/*
 * What the row of this stage and number, which need not be listed, has in its words: the key's bits as value and mask,
 * and the bits of result @part (1 and up where there is a key). Bit I is bit I % 64 of chunk I / 64; RAW_CHUNKS each.
 */
enum raw_match raw_row_key(const struct mdesc_image *img, const struct mdesc_fmt_raw *t, uint32_t stage,
			   uint32_t number, uint64_t *value, uint64_t *mask);
void raw_row_result(const struct mdesc_image *img, const struct mdesc_fmt_raw *t, uint32_t stage, uint32_t number,
		    uint32_t part, uint64_t *bits);
/* The same, but only the bits of this field, its mask and its sign; the others of @bits stay. */
void raw_row_field(const struct mdesc_image *img, const struct mdesc_fmt_raw *t, uint32_t stage, uint32_t number,
		   uint32_t part, const struct mdesc_fmt_raw_field *f, uint64_t *bits);
/* A field of such bits; @mask_of: of its mask instead. With a sign: the magnitude. */
uint64_t raw_field_get(const struct mdesc_image *img, const struct mdesc_fmt_raw_field *f, const uint64_t *bits,
		       bool mask_of);

void raw_field_set(const struct mdesc_image *img, const struct mdesc_fmt_raw_field *f, uint64_t *bits, uint64_t value);
/* With its sign, whichever it has. */
uint64_t raw_field_number(const struct mdesc_image *img, const struct mdesc_fmt_raw_field *f, const uint64_t *bits);

/* Numbers on the stack of operations, values of RECORD and STOP; at most. */
#define RAW_STACK_MAX	32
#define RAW_ARGS_MAX	8

/*
 * rawcode.c: why these operations of table @table cannot be run, and which of them it is (@where); NULL: they can.
 * Fields and parts of all tables up to this one were checked. @load: they give one number, and the last reads the
 * packet.
 */
const char *raw_code_problem(const struct mdesc_image *img, uint32_t table, uint32_t first, uint32_t n, bool load,
			     uint32_t *where);

/* How many numbers an operation takes from the stack and gives; false: this version does not know it. */
bool raw_op_use(unsigned int op, uint32_t *takes, uint32_t *gives);

/*
 * raweffect.c: what a field of a key is loaded from, and statements, a line each. Not of a newer image, which may have
 * operations that are not known.
 */
struct text;
void raw_load_text(struct text *t, const struct mdesc_image *img, const struct mdesc_fmt_raw *table,
		   const struct mdesc_fmt_raw_field *f);
void raw_effect_text(struct text *t, const struct mdesc_image *img, const struct mdesc_fmt_raw *table);

#endif /* MDESC_RUNTIME_RAWTABLE_H */

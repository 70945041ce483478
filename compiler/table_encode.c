/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * From a row to the words that hardware takes: each bit of the key becomes a
 * cell, a bit in each plane; planes lie one behind the other or interleaved,
 * sub-words begin with words, results follow. Byte order is not among it: words
 * are numbers here.
 */
#include "table.h"

#include <string.h>

uint64_t mdc_pieces_get(const uint64_t *bits, const struct mdc_piece *pieces, uint32_t n)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t b = pieces[i].bits; b--;)
			value = value << 1 | mdc_bit(bits, pieces[i].lo + b);
	return value;
}

void mdc_pieces_set(uint64_t *bits, const struct mdc_piece *pieces, uint32_t n, uint64_t value)
{
	while (n--) {
		for (uint32_t b = 0; b < pieces[n].bits; b++, value >>= 1) {
			uint32_t i = pieces[n].lo + b;

			bits[i / 64] = (bits[i / 64] & ~(1ull << i % 64)) | (value & 1) << i % 64;
		}
	}
}

static uint32_t round_up(uint32_t n, uint32_t to)
{
	return (n + to - 1) / to * to;
}

/* Where a bit stands in a string whose sub-words begin with words. */
static uint32_t stream_bit(const struct mdc_table *t, uint32_t bit)
{
	return t->subword ? bit / t->subword * round_up(t->subword, t->word_bits) + bit % t->subword : bit;
}

/* Bits of one plane, as it is laid out. */
static uint32_t plane_bits(const struct mdc_table *t)
{
	uint32_t bits = stream_bit(t, t->key->bits - 1) + 1;

	return round_up(bits, t->interleave && t->planes > 1 ? t->interleave : t->word_bits);
}

uint32_t mdc_table_key_bit(const struct mdc_table *t, uint32_t bit, uint32_t plane)
{
	uint32_t at = stream_bit(t, bit), pitch = t->interleave;

	if (!pitch || t->planes == 1)
		return plane * plane_bits(t) + at;
	return at / pitch * pitch * t->planes + plane * pitch + at % pitch;
}

uint32_t mdc_table_key_size(const struct mdc_table *t)
{
	return t->key && t->key->bits ? plane_bits(t) * t->planes : 0;
}

static void set_bit(const struct mdc_table *t, uint64_t *words, uint32_t bit, bool one)
{
	uint64_t in_word = 1ull << bit % t->word_bits;

	if (one)
		words[bit / t->word_bits] |= in_word;
	else
		words[bit / t->word_bits] &= ~in_word;
}

static void put_cell(const struct mdc_table *t, uint64_t *words, uint32_t bit, enum mdc_cell cell)
{
	for (uint32_t p = 0; p < t->planes; p++)
		set_bit(t, words, mdc_table_key_bit(t, bit, p), t->cells[cell] >> p & 1);
}

/* Bits of the key that are a field's. */
static void find_used(const struct mdc_bits_struct *key, uint64_t *used)
{
	for (uint32_t i = 0; i < key->n_fields; i++)
		mdc_pieces_set(used, key->fields[i].pieces, key->fields[i].n_pieces, UINT64_MAX);
}

#define KEY_CHUNKS	(MDC_KEY_BITS_MAX / 64)

static void put_key(const struct mdc_table *t, const struct mdc_table_row *row, uint64_t *words)
{
	uint64_t used[KEY_CHUNKS] = { 0 };
	bool matches = row && row->matches, never = !matches && t->has_never && !t->bitmap;

	find_used(t->key, used);
	for (uint32_t b = 0; b < t->key->bits; b++) {
		enum mdc_cell cell = t->has_any ? MDC_CELL_ANY : MDC_CELL_0;

		if (matches && mdc_bit(row->mask, b))
			cell = mdc_bit(row->value, b) ? MDC_CELL_1 : MDC_CELL_0;
		else if (never && mdc_bit(used, b))
			cell = MDC_CELL_NEVER;
		if (matches || never)
			put_cell(t, words, b, cell);
	}
	if (t->guard != UINT32_MAX)
		set_bit(t, words, t->guard, matches ? t->guard_value : !t->guard_value);
}

static void flip(uint64_t *words, uint32_t n)
{
	for (uint32_t i = 0; i < n / 2; i++) {
		uint64_t w = words[i];

		words[i] = words[n - 1 - i];
		words[n - 1 - i] = w;
	}
}

static void put_result(const struct mdc_table *t, const struct mdc_bits_struct *s, const uint64_t *bits,
		       uint64_t *words)
{
	for (uint32_t b = 0; b < s->bits; b++)
		set_bit(t, words, stream_bit(t, b), mdc_bit(bits, b));
}

uint32_t mdc_table_result_words(const struct mdc_table *t, const struct mdc_bits_struct *s)
{
	return s->bits ? stream_bit(t, s->bits - 1) / t->word_bits + 1 : 0;
}

void mdc_table_encode(const struct mdc_table *t, const struct mdc_table_row *row, uint64_t *words)
{
	uint32_t at = t->key_words, chunk = 0;

	memset(words, 0, t->row_words * sizeof(*words));
	if (t->key_words)
		put_key(t, row, words);
	if (t->flipped && t->planes == 2 && !t->interleave) {
		flip(words, t->key_words / 2);
		flip(words + t->key_words / 2, t->key_words / 2);
	} else if (t->flipped) {
		flip(words, t->key_words);
	}
	for (uint32_t i = 0; i < t->n_results; i++) {
		const struct mdc_bits_struct *s = t->results[i];

		if (row && row->result)
			put_result(t, s, row->result + chunk, words + at);
		if (t->flipped)
			flip(words + at, mdc_table_result_words(t, s));
		at += mdc_table_result_words(t, s);
		chunk += mdc_chunks(s->bits);
	}
}

const struct mdc_table_row *mdc_table_row_at(const struct mdc_table *t, uint32_t stage, uint32_t number)
{
	uint32_t lo = 0, hi = t->n_list;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct mdc_table_row *row = t->list[mid];

		if (row->stage < stage || (row->stage == stage && row->number < number))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->n_list && t->list[lo]->stage == stage && t->list[lo]->number == number ? t->list[lo] : NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Raw tables read back: takes the words of a row as hardware has them, gives the
 * key as value and mask and the bits of the results. format.h says where each
 * bit is.
 */
#include "rawtable.h"

#include <errno.h>
#include <string.h>

static uint32_t round_up(uint32_t n, uint32_t to)
{
	return (n + to - 1) / to * to;
}

uint32_t raw_stream_bit(const struct mdesc_fmt_raw *t, uint32_t bit)
{
	return t->subword ? bit / t->subword * round_up(t->subword, t->word_bits) + bit % t->subword : bit;
}

static uint32_t plane_bits(const struct mdesc_fmt_raw *t, uint32_t bits)
{
	return round_up(raw_stream_bit(t, bits - 1) + 1,
			t->interleave && t->planes > 1 ? t->interleave : t->word_bits);
}

uint32_t raw_key_bit(const struct mdesc_fmt_raw *t, const struct mdesc_fmt_raw_part *key, uint32_t bit, uint32_t plane)
{
	uint32_t at = raw_stream_bit(t, bit);

	if (!t->interleave || t->planes == 1)
		return plane * plane_bits(t, key->bits) + at;
	return at / t->interleave * t->interleave * t->planes + plane * t->interleave + at % t->interleave;
}

uint32_t raw_key_size(const struct mdesc_fmt_raw *t, const struct mdesc_fmt_raw_part *key)
{
	return key->bits ? plane_bits(t, key->bits) * t->planes : 0;
}

uint32_t raw_part_words(const struct mdesc_fmt_raw *t, const struct mdesc_fmt_raw_part *part, bool is_key)
{
	if (is_key)
		return round_up(raw_key_size(t, part), t->word_bits) / t->word_bits;
	return part->bits ? raw_stream_bit(t, part->bits - 1) / t->word_bits + 1 : 0;
}

int mdesc_image__table(const struct mdesc_image *img, size_t idx, struct mdesc_table_info *info)
{
	struct mdesc_table_info filled = { .sz = sizeof(filled) };
	const struct mdesc_fmt_raw *t;

	if (idx >= image_count(img, TABLE_RAW))
		return -ENOENT;
	t = &image_raws(img)[idx];
	filled.name = image_str(img, t->name);
	filled.doc = image_str(img, t->doc);
	filled.first_stage = t->first_stage;
	filled.stages = t->stages;
	filled.rows = t->rows;
	filled.listed = t->row_count;
	filled.word_bits = t->word_bits;
	filled.row_words = t->row_words;
	if (t->flags & MDESC_RAW_KEY) {
		filled.key_words = image_raw_parts(img)[t->part_first].words;
		filled.key_bits = image_raw_parts(img)[t->part_first].bits;
	}
	if (t->byte_count)
		filled.words = image_raw_bytes(img)->bytes + t->byte_first;
	filled.size = t->byte_count;
	return info_copy(info, &filled, sizeof(filled));
}

/* ---- words ---- */

/* The words of a row's part, read one bit at a time. */
struct words {
	const struct mdesc_fmt_raw *t;
	const uint8_t *bytes;		/* of the part's first word */
	uint32_t n, group;		/* words; and how many are flipped among each other */
};

static struct words words_of(const struct mdesc_image *img, const struct mdesc_fmt_raw *t, uint32_t stage,
			     uint32_t number, uint32_t part)
{
	const struct mdesc_fmt_raw_part *p = &image_raw_parts(img)[t->part_first + part];
	uint64_t row = (uint64_t)(stage - t->first_stage) * t->rows + number;
	struct words w = { .t = t, .n = p->words, .group = p->words };

	if (p->words)
		w.bytes = image_raw_bytes(img)->bytes + t->byte_first +
			  (row * t->row_words + p->word_first) * (t->word_bits / 8);
	if (part == 0 && (t->flags & MDESC_RAW_KEY) && t->planes == 2 && !t->interleave)
		w.group = p->words / 2;
	return w;
}

static bool word_bit(const struct words *w, uint32_t bit)
{
	uint32_t word = bit / w->t->word_bits, in_word = bit % w->t->word_bits, bytes = w->t->word_bits / 8, byte;

	if (w->t->flags & MDESC_RAW_FLIPPED)
		word = word / w->group * w->group + w->group - 1 - word % w->group;
	byte = w->t->flags & MDESC_RAW_BIG ? bytes - 1 - in_word / 8 : in_word / 8;
	return w->bytes[word * bytes + byte] >> in_word % 8 & 1;
}

static void set_bit(uint64_t *bits, uint32_t i)
{
	bits[i / 64] |= 1ull << i % 64;
}

enum raw_match raw_row_key(const struct mdesc_image *img, const struct mdesc_fmt_raw *t, uint32_t stage,
			   uint32_t number, uint64_t *value, uint64_t *mask)
{
	const struct mdesc_fmt_raw_part *key = &image_raw_parts(img)[t->part_first];
	struct words w = words_of(img, t, stage, number, 0);
	enum raw_match match = RAW_MATCHES;
	uint32_t i, p;

	memset(value, 0, RAW_CHUNKS * sizeof(*value));
	memset(mask, 0, RAW_CHUNKS * sizeof(*mask));
	if (t->guard != MDESC_FMT_NONE32 && word_bit(&w, t->guard) != !!(t->flags & MDESC_RAW_VALID))
		return RAW_NEVER;
	for (i = 0; i < key->bits; i++) {
		uint8_t cell = 0;

		for (p = 0; p < t->planes; p++)
			cell |= (uint8_t)(word_bit(&w, raw_key_bit(t, key, i, p)) << p);
		if ((t->flags & MDESC_RAW_ANY) && cell == t->cells[0])
			continue;
		if ((t->flags & MDESC_RAW_NEVER) && cell == t->cells[3])
			match = RAW_NEVER;
		else if (cell != t->cells[1] && cell != t->cells[2])
			return RAW_BROKEN;
		set_bit(mask, i);
		if (cell == t->cells[2])
			set_bit(value, i);
	}
	return match;
}

void raw_row_result(const struct mdesc_image *img, const struct mdesc_fmt_raw *t, uint32_t stage, uint32_t number,
		    uint32_t part, uint64_t *bits)
{
	struct words w = words_of(img, t, stage, number, part);
	uint32_t n = image_raw_parts(img)[t->part_first + part].bits, i;

	memset(bits, 0, RAW_CHUNKS * sizeof(*bits));
	for (i = 0; i < n; i++)
		if (word_bit(&w, raw_stream_bit(t, i)))
			set_bit(bits, i);
}

static void copy_bit(const struct words *w, uint32_t i, uint64_t *bits)
{
	bits[i / 64] &= ~(1ull << i % 64);
	if (word_bit(w, raw_stream_bit(w->t, i)))
		set_bit(bits, i);
}

void raw_row_field(const struct mdesc_image *img, const struct mdesc_fmt_raw *t, uint32_t stage, uint32_t number,
		   uint32_t part, const struct mdesc_fmt_raw_field *f, uint64_t *bits)
{
	const struct mdesc_fmt_raw_piece *p = &image_raw_pieces(img)[f->piece_first];
	struct words w = words_of(img, t, stage, number, part);
	uint32_t n = (uint32_t)f->piece_count + f->mask_count, i, b;

	for (i = 0; i < n; i++)
		for (b = 0; b < p[i].bits; b++)
			copy_bit(&w, p[i].lo + b, bits);
	if (f->sign != MDESC_FMT_NONE32)
		copy_bit(&w, f->sign, bits);
}

uint64_t raw_field_get(const struct mdesc_image *img, const struct mdesc_fmt_raw_field *f, const uint64_t *bits,
		       bool mask_of)
{
	const struct mdesc_fmt_raw_piece *p = &image_raw_pieces(img)[f->piece_first + (mask_of ? f->piece_count : 0)];
	uint32_t n = mask_of ? f->mask_count : f->piece_count, i, b;
	uint64_t value = 0;

	for (i = 0; i < n; i++)
		for (b = p[i].bits; b--;) {
			uint32_t at = p[i].lo + b;

			value = value << 1 | (bits[at / 64] >> at % 64 & 1);
		}
	return f->flags & MDESC_RAW_FIELD_BE ? __builtin_bswap64(value) >> (64 - f->bits) : value;
}

void raw_field_set(const struct mdesc_image *img, const struct mdesc_fmt_raw_field *f, uint64_t *bits, uint64_t value)
{
	const struct mdesc_fmt_raw_piece *p = &image_raw_pieces(img)[f->piece_first];
	uint32_t i, b;

	if (f->flags & MDESC_RAW_FIELD_BE)
		value = __builtin_bswap64(value) >> (64 - f->bits);
	for (i = f->piece_count; i--;)
		for (b = 0; b < p[i].bits; b++, value >>= 1) {
			uint32_t at = p[i].lo + b;

			bits[at / 64] = (bits[at / 64] & ~(1ull << at % 64)) | (value & 1) << at % 64;
		}
}

uint64_t raw_field_number(const struct mdesc_image *img, const struct mdesc_fmt_raw_field *f, const uint64_t *bits)
{
	uint64_t value = raw_field_get(img, f, bits, false);

	if (f->sign != MDESC_FMT_NONE32)
		return bits[f->sign / 64] >> f->sign % 64 & 1 ? 0 - value : value;
	if ((f->flags & MDESC_RAW_FIELD_SIGNED) && f->bits < 64 && value >> (f->bits - 1))
		value |= ~0ull << f->bits;
	return value;
}

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
/* A field of such bits; @mask_of: of its mask instead. With a sign: the magnitude. */
uint64_t raw_field_get(const struct mdesc_image *img, const struct mdesc_fmt_raw_field *f, const uint64_t *bits,
		       bool mask_of);

#endif /* MDESC_RUNTIME_RAWTABLE_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What an image says about headers, their parts, and the other things that a
 * row does at the cursor.
 *
 * Afterwards lengths lie between their bounds and are computed from bytes of a
 * fixed part, and every header that another one names is one that it may name.
 */
#include "image.h"

#define AT(type, member)	offsetof(struct mdesc_fmt_##type, member)
#define BAD(id, i, at, ...)	bad_entry(img, err, id, i, at, __VA_ARGS__)

static int check_length(const struct mdesc_image *img, struct mdesc_error *err, uint32_t i)
{
	const struct mdesc_fmt_header *h = &image_headers(img)[i];

	if (!(h->flags & MDESC_HEADER_VAR)) {
		if (h->min != h->fixed || h->max != h->fixed)
			return BAD(TABLE_HEADERS, i, AT(header, min),
				   "header %u: a fixed length of %u bytes, but %u to %u", i, h->fixed,
				   h->min, h->max);
		if (h->len_off || h->len_bytes || h->len_shift || h->len_mask || h->len_const)
			return BAD(TABLE_HEADERS, i, AT(header, len_off),
				   "header %u: how to compute a length that is fixed", i);
		return 0;
	}
	if (h->min < h->fixed || h->max < h->min)
		return BAD(TABLE_HEADERS, i, AT(header, min),
			   "header %u: %u to %u bytes, of which %u are fixed", i, h->min, h->max,
			   h->fixed);
	if (h->len_bytes < 1 || h->len_bytes > 2 ||
	    (h->kind == MDESC_KIND_HEADER && h->len_off + h->len_bytes > h->fixed))
		return BAD(TABLE_HEADERS, i, AT(header, len_off),
			   "header %u: its length is in %u bytes at %u of %u", i, h->len_bytes,
			   h->len_off, h->fixed);
	if (h->len_shift < -16 || h->len_shift > 16)
		return BAD(TABLE_HEADERS, i, AT(header, len_shift), "header %u: length shifted by %d",
			   i, h->len_shift);
	return 0;
}

/* The header that @h names as @of; NULL: none, or not one that a packet has. */
static const struct mdesc_fmt_header *named(const struct mdesc_image *img, const struct mdesc_fmt_header *h)
{
	const struct mdesc_fmt_header *of = h->of < image_count(img, TABLE_HEADERS) ? &image_headers(img)[h->of] : NULL;

	return of && of->kind == MDESC_KIND_HEADER ? of : NULL;
}

bool image_has_element(const struct mdesc_fmt_header *h, uint8_t elem)
{
	return h->capacity ? elem == MDESC_ELEM_LAST || elem < h->capacity : elem == 0;
}

/* Kinds that name no other header; @bytes: may it have any? */
static bool alone(const struct mdesc_fmt_header *h, bool bytes)
{
	return !h->of && !h->of_elem && !h->capacity && !(h->flags & MDESC_HEADER_VAR) && (bytes || !h->fixed);
}

static bool good_mark(const struct mdesc_image *img, const struct mdesc_fmt_header *h)
{
	const struct mdesc_fmt_header *of = h->of < image_count(img, TABLE_HEADERS) ? &image_headers(img)[h->of] : NULL;

	return of && of->kind == MDESC_KIND_MARK && !h->of_elem && !h->capacity && !(h->flags & MDESC_HEADER_VAR) &&
	       !h->fixed;
}

static bool good_advance(const struct mdesc_image *img, const struct mdesc_fmt_header *h)
{
	const struct mdesc_fmt_header *of = named(img, h);

	if (!(h->flags & MDESC_HEADER_VAR))
		return alone(h, true);
	return of && image_has_element(of, h->of_elem) && !h->capacity && !h->fixed &&
	       h->len_off + h->len_bytes <= of->fixed;
}

/* What a header of another kind than HEADER names. */
static int check_kind(const struct mdesc_image *img, struct mdesc_error *err, uint32_t i)
{
	const struct mdesc_fmt_header *h = &image_headers(img)[i], *of = named(img, h);
	bool good = false;

	switch (h->kind) {
	case MDESC_KIND_HEADER:
		good = !h->of && !h->of_elem;
		break;
	case MDESC_KIND_PART:
		good = of && !h->of_elem && of->capacity == h->capacity && !(h->flags & MDESC_HEADER_VAR);
		break;
	case MDESC_KIND_ADVANCE:
		good = good_advance(img, h);
		break;
	case MDESC_KIND_MARK:
		good = good_mark(img, h);
		break;
	case MDESC_KIND_PEEK:
		good = alone(h, true);
		break;
	case MDESC_KIND_LEAVE:
		good = alone(h, false);
		break;
	}
	if (!good)
		return BAD(TABLE_HEADERS, i, AT(header, kind), "header %u of kind %u: of header %u", i, h->kind, h->of);
	if (h->reserved || (h->ahead && h->kind != MDESC_KIND_MARK))
		return BAD(TABLE_HEADERS, i, AT(header, ahead),
			   "header %u: members that it does not use are not zero", i);
	return 0;
}

int image_validate_headers(const struct mdesc_image *img, struct mdesc_error *err)
{
	uint32_t elements = 0, i;
	int ret = 0;

	for (i = 0; i < image_count(img, TABLE_HEADERS) && !ret; i++) {
		const struct mdesc_fmt_header *h = &image_headers(img)[i];

		ret = check_name(img, err, TABLE_HEADERS, i, AT(header, name), h->name, ".");
		if (!ret)
			ret = check_name(img, err, TABLE_HEADERS, i, AT(header, type),
					 h->type, ".");
		if (ret)
			return ret;
		if (image_cannot_run(img))
			continue;
		if ((h->flags & ~MDESC_HEADER_VAR) && !image_is_newer(img))
			return BAD(TABLE_HEADERS, i, AT(header, flags), "header %u has flags 0x%x", i,
				   h->flags);
		elements += h->capacity ? h->capacity : 1;
		if (elements > IMAGE_MAX_ELEMENTS)
			return BAD(TABLE_HEADERS, i, AT(header, capacity),
				   "the headers and stacks have more than %u elements",
				   IMAGE_MAX_ELEMENTS);
		ret = check_length(img, err, i);
		if (!ret)
			ret = check_kind(img, err, i);
	}
	return ret;
}

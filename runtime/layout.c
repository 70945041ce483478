/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Layouts and sources of an image: finding them, and what they tell.
 *
 * Takes an open image; gives handles that live as long as the image does.
 */
#include <errno.h>
#include <string.h>

#include "image.h"

static const void *not_found(void)
{
	errno = ENOENT;
	return NULL;
}

size_t mdesc_image__source_count(const struct mdesc_image *img)
{
	return image_count(img, TABLE_SOURCES);
}

const struct mdesc_source *mdesc_image__source(const struct mdesc_image *img, size_t idx)
{
	return idx < image_count(img, TABLE_SOURCES) ? &img->sources[idx] : not_found();
}

const struct mdesc_source *mdesc_image__source_by_name(const struct mdesc_image *img,
						       const char *name)
{
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_SOURCES); i++)
		if (strcmp(mdesc_source__name(&img->sources[i]), name) == 0)
			return &img->sources[i];
	return not_found();
}

size_t mdesc_source__index(const struct mdesc_source *src)
{
	return src - src->img->sources;
}

const char *mdesc_source__name(const struct mdesc_source *src)
{
	return image_str(src->img, src->fmt->name);
}

const char *mdesc_source__unit(const struct mdesc_source *src)
{
	return image_str(src->img, src->fmt->unit);
}

const char *mdesc_source__type(const struct mdesc_source *src)
{
	return image_str(src->img, src->fmt->type);
}

int mdesc_source__kind(const struct mdesc_source *src)
{
	return src->fmt->kind;
}

bool mdesc_source__is_signed(const struct mdesc_source *src)
{
	return src->fmt->flags & MDESC_SOURCE_SIGNED;
}

unsigned int mdesc_source__bits(const struct mdesc_source *src)
{
	return src->fmt->bits;
}

size_t mdesc_image__layout_count(const struct mdesc_image *img)
{
	return image_count(img, TABLE_LAYOUTS);
}

const struct mdesc_layout *mdesc_image__layout(const struct mdesc_image *img, size_t idx)
{
	return idx < image_count(img, TABLE_LAYOUTS) ? &img->layouts[idx] : not_found();
}

const struct mdesc_layout *mdesc_image__layout_by_name(const struct mdesc_image *img,
						       const char *name)
{
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_LAYOUTS); i++)
		if (strcmp(mdesc_layout__name(&img->layouts[i]), name) == 0)
			return &img->layouts[i];
	return not_found();
}

const struct mdesc_layout *mdesc_image__layout_by_id(const struct mdesc_image *img, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_LAYOUTS); i++)
		if (img->layouts[i].fmt->id == id &&
		    img->layouts[i].fmt->kind == MDESC_LAYOUT_METADATA)
			return &img->layouts[i];
	return not_found();
}

/* A layout whose id is the first four bytes, big-endian. */
static const struct mdesc_layout *by_first_word(const struct mdesc_image *img, const uint8_t *meta)
{
	uint32_t word = (uint32_t)load_number(meta, 4, MDESC_ORDER_BE, 0, 32), i;

	for (i = 0; i < image_count(img, TABLE_LAYOUTS); i++) {
		const struct mdesc_fmt_layout *l = img->layouts[i].fmt;

		if ((l->flags & MDESC_LAYOUT_ID_FIRST) && l->kind == MDESC_LAYOUT_METADATA &&
		    (word & ~l->id_any) == l->id)
			return &img->layouts[i];
	}
	return NULL;
}

static const struct mdesc_layout *fits(const struct mdesc_layout *layout, size_t size)
{
	if (size >= layout->fmt->size)
		return layout;
	errno = EMSGSIZE;
	return NULL;
}

const struct mdesc_layout *mdesc_image__layout_of(const struct mdesc_image *img, const void *meta,
						  size_t size)
{
	const struct mdesc_layout *layout;
	uint32_t id;

	if (size < sizeof(id)) {
		errno = EMSGSIZE;
		return NULL;
	}
	memcpy(&id, (const uint8_t *)meta + size - sizeof(id), sizeof(id));
	layout = mdesc_image__layout_by_id(img, id);
	if (!layout || !mdesc_layout__has_id(layout))
		layout = by_first_word(img, meta);
	if (!layout)
		return not_found();
	return fits(layout, size);
}

size_t mdesc_layout__index(const struct mdesc_layout *layout)
{
	return layout - layout->img->layouts;
}

const char *mdesc_layout__name(const struct mdesc_layout *layout)
{
	return image_str(layout->img, layout->fmt->name);
}

int mdesc_layout__kind(const struct mdesc_layout *layout)
{
	return layout->fmt->kind;
}

uint32_t mdesc_layout__id(const struct mdesc_layout *layout)
{
	return layout->fmt->id;
}

bool mdesc_layout__id_given(const struct mdesc_layout *layout)
{
	return layout->fmt->flags & MDESC_LAYOUT_ID_GIVEN;
}

bool mdesc_layout__has_id(const struct mdesc_layout *layout)
{
	return layout->fmt->id_field != MDESC_FMT_NONE32;
}

bool mdesc_layout__id_first(const struct mdesc_layout *layout)
{
	return layout->fmt->flags & MDESC_LAYOUT_ID_FIRST;
}

uint32_t mdesc_layout__id_any(const struct mdesc_layout *layout)
{
	return layout->fmt->id_any;
}

size_t mdesc_layout__size(const struct mdesc_layout *layout)
{
	return layout->fmt->size;
}

uint64_t mdesc_layout__fingerprint(const struct mdesc_layout *layout)
{
	return layout->fmt->fingerprint;
}

const struct mdesc_image *mdesc_layout__image(const struct mdesc_layout *layout)
{
	return layout->img;
}

size_t mdesc_layout__field_count(const struct mdesc_layout *layout)
{
	return layout->fmt->field_count;
}

const struct mdesc_field *mdesc_layout__field(const struct mdesc_layout *layout, size_t idx)
{
	if (idx >= layout->fmt->field_count)
		return not_found();
	return &layout->img->fields[layout->fmt->field_first + idx];
}

const struct mdesc_field *mdesc_layout__field_by_name(const struct mdesc_layout *layout,
						      const char *path)
{
	uint32_t i;

	for (i = 0; i < layout->fmt->field_count; i++) {
		const struct mdesc_field *field = mdesc_layout__field(layout, i);

		if (strcmp(mdesc_field__path(field), path) == 0)
			return field;
	}
	return not_found();
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the tables of an image mean: identity, sources, layouts, fields and
 * conditions.
 *
 * Takes tables whose entries are within the file; gives handles for layouts,
 * fields and sources. Afterwards every string, index and count in these tables
 * can be used without a further check, every field lies within its layout, and
 * following conditions ends. A digest was checked before, but it proves nothing
 * here: whoever damages an image can compute a new one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

#define MAX_NAME	1023		/* characters of a name; keeps validation linear */
#define MAX_LINE	4095
#define MAX_COND_WORK	(1u << 26)	/* range tests to decode all fields once */
#define MAX_COND_DEPTH	64

#define AT(type, member)	offsetof(struct mdesc_fmt_##type, member)

int check_str(const struct mdesc_image *img, struct mdesc_error *err, enum table_id id,
	      uint32_t entry, size_t member, mdesc_fmt_str str)
{
	if (str < img->strings_size)
		return 0;
	return bad_entry(img, err, id, entry, member, "entry %u: string %u of %u bytes of strings",
			 entry, str, img->strings_size);
}

static bool name_char(char c, bool first, const char *extra)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
		return true;
	return !first && ((c >= '0' && c <= '9') || strchr(extra, c));
}

/* An identifier, in which the characters of @extra may occur, too. */
int check_name(const struct mdesc_image *img, struct mdesc_error *err, enum table_id id,
	       uint32_t entry, size_t member, mdesc_fmt_str str, const char *extra)
{
	const char *name;
	size_t i;
	int ret;

	ret = check_str(img, err, id, entry, member, str);
	if (ret)
		return ret;
	name = image_str(img, str);
	for (i = 0; name[i] && i <= MAX_NAME; i++)
		if (!name_char(name[i], i == 0, extra))
			return bad_entry(img, err, id, entry, member,
					 "entry %u: '%.63s' is not a name", entry, name);
	if (i == 0)
		return bad_entry(img, err, id, entry, member, "entry %u has no name", entry);
	if (i > MAX_NAME)
		return bad_entry(img, err, id, entry, member,
				 "entry %u: a name of more than %u characters", entry, MAX_NAME);
	return 0;
}

/* Free text of one line. */
int check_line(const struct mdesc_image *img, struct mdesc_error *err, enum table_id id,
	       uint32_t entry, size_t member, mdesc_fmt_str str)
{
	const char *text;
	size_t i;
	int ret;

	ret = check_str(img, err, id, entry, member, str);
	if (ret)
		return ret;
	text = image_str(img, str);
	for (i = 0; text[i]; i++)
		if (text[i] == '\n' || text[i] == '\t' || i == MAX_LINE)
			return bad_entry(img, err, id, entry, member,
					 "entry %u: the text is too long or has several lines", entry);
	return 0;
}

/* An identifier, or nothing. */
int check_opt_name(const struct mdesc_image *img, struct mdesc_error *err, enum table_id id,
		   uint32_t entry, size_t member, mdesc_fmt_str str)
{
	int ret = check_str(img, err, id, entry, member, str);

	if (ret || !image_str(img, str)[0])
		return ret;
	return check_name(img, err, id, entry, member, str, "");
}

static int check_idents(const struct mdesc_image *img, struct mdesc_error *err)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; i < image_count(img, TABLE_IDENT) && !ret; i++) {
		const struct mdesc_fmt_ident *ident = &image_idents(img)[i];

		if (!image_is_newer(img) &&
		    (ident->kind < MDESC_IDENT_DEVICE || ident->kind > MDESC_IDENT_RELEASE))
			return bad_entry(img, err, TABLE_IDENT, i, AT(ident, kind),
					 "entry %u: there is no kind %u", i, ident->kind);
		ret = check_line(img, err, TABLE_IDENT, i, AT(ident, where), ident->where);
		if (!ret)
			ret = check_line(img, err, TABLE_IDENT, i, AT(ident, key), ident->key);
		if (!ret)
			ret = check_line(img, err, TABLE_IDENT, i, AT(ident, value), ident->value);
	}
	return ret;
}

static int check_sources(struct mdesc_image *img, struct mdesc_error *err)
{
	uint32_t count = image_count(img, TABLE_SOURCES), i;
	int ret = 0;

	img->sources = calloc(count ? count : 1, sizeof(*img->sources));
	if (!img->sources)
		return error_nomem(err, img);
	for (i = 0; i < count && !ret; i++) {
		const struct mdesc_fmt_source *src = &image_source_table(img)[i];

		img->sources[i].img = img;
		img->sources[i].fmt = src;
		if (src->bits < 1 || src->bits > 64)
			return bad_entry(img, err, TABLE_SOURCES, i, AT(source, bits),
					 "source %u has %u bits", i, src->bits);
		if (((src->flags & ~MDESC_SOURCE_SIGNED) || (src->flags && src->kind != MDESC_SOURCE_INT)) &&
		    !image_is_newer(img))
			return bad_entry(img, err, TABLE_SOURCES, i, AT(source, flags),
					 "source %u has flags 0x%x", i, src->flags);
		if (src->kind != MDESC_SOURCE_INT && src->kind != MDESC_SOURCE_PTR)
			return bad_entry(img, err, TABLE_SOURCES, i, AT(source, kind),
					 "source %u: there is no kind %u", i, src->kind);
		ret = check_name(img, err, TABLE_SOURCES, i, AT(source, name), src->name, "");
		if (!ret)
			ret = check_line(img, err, TABLE_SOURCES, i, AT(source, unit), src->unit);
		if (!ret)
			ret = check_opt_name(img, err, TABLE_SOURCES, i, AT(source, type), src->type);
	}
	return ret;
}

/* ---- layouts ---- */

static int check_layout_size(const struct mdesc_image *img, uint32_t i, struct mdesc_error *err)
{
	const struct mdesc_fmt_layout *l = &image_layout_table(img)[i];

	if (l->kind != MDESC_LAYOUT_METADATA && l->kind != MDESC_LAYOUT_DESCRIPTOR)
		return bad_entry(img, err, TABLE_LAYOUTS, i, AT(layout, kind),
				 "layout %u: there is no kind %u", i, l->kind);
	if (l->size == 0 || l->size > (l->kind == MDESC_LAYOUT_METADATA ? MDESC_FMT_META_MAX :
				       IMAGE_MAX_STRUCT_BYTES))
		return bad_entry(img, err, TABLE_LAYOUTS, i, AT(layout, size),
				 "layout %u has %u bytes", i, l->size);
	if (l->kind == MDESC_LAYOUT_METADATA && l->size % 4)
		return bad_entry(img, err, TABLE_LAYOUTS, i, AT(layout, size),
				 "layout %u: %u bytes of metadata are not a multiple of 4", i, l->size);
	if (i > 0 && l->kind == MDESC_LAYOUT_METADATA && l[-1].kind != MDESC_LAYOUT_METADATA)
		return bad_entry(img, err, TABLE_LAYOUTS, i, AT(layout, kind),
				 "layout %u: metadata behind a descriptor", i);
	return 0;
}

static int check_layout(const struct mdesc_image *img, uint32_t i, uint32_t field_first,
			struct mdesc_error *err)
{
	const struct mdesc_fmt_layout *l = &image_layout_table(img)[i];
	uint32_t fields = image_count(img, TABLE_FIELDS), ops = image_count(img, TABLE_OPS);
	int ret;

	ret = check_name(img, err, TABLE_LAYOUTS, i, AT(layout, name), l->name, "");
	if (!ret)
		ret = check_layout_size(img, i, err);
	if (ret)
		return ret;
	if (l->id == 0 || l->id >> 31)
		return bad_entry(img, err, TABLE_LAYOUTS, i, AT(layout, id),
				 "layout %u has id 0x%x", i, l->id);
	if (l->field_first != field_first || l->field_count > fields - field_first)
		return bad_entry(img, err, TABLE_LAYOUTS, i, AT(layout, field_first),
				 "layout %u: fields %u and %u more, of %u, of which %u are the layouts' before",
				 i, l->field_first, l->field_count, fields, field_first);
	if (l->op_first > ops || l->op_count > ops - l->op_first ||
	    l->op_count > IMAGE_MAX_RULE_OPS ||
	    (l->kind == MDESC_LAYOUT_DESCRIPTOR && l->op_count))
		return bad_entry(img, err, TABLE_LAYOUTS, i, AT(layout, op_first),
				 "layout %u: operations %u and %u more, of %u", i, l->op_first,
				 l->op_count, ops);
	if (l->id_field != MDESC_FMT_NONE32 &&
	    (l->id_field < l->field_first || l->id_field - l->field_first >= l->field_count))
		return bad_entry(img, err, TABLE_LAYOUTS, i, AT(layout, id_field),
				 "layout %u: its id is in field %u, which is another layout's", i,
				 l->id_field);
	if ((l->flags & MDESC_LAYOUT_ID_FIRST) ? l->id_field != MDESC_FMT_NONE32 || (l->id & l->id_any) || l->size < 4 :
	    l->id_any)
		return bad_entry(img, err, TABLE_LAYOUTS, i, AT(layout, id_any),
				 "layout %u: id 0x%x of which 0x%x may be anything", i, l->id, l->id_any);
	if ((l->flags & ~(MDESC_LAYOUT_ID_GIVEN | MDESC_LAYOUT_ID_FIRST)) && !image_is_newer(img))
		return bad_entry(img, err, TABLE_LAYOUTS, i, AT(layout, flags),
				 "layout %u has flags 0x%x", i, l->flags);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct mdesc_fmt_layout *x = *(const void *const *)a, *y = *(const void *const *)b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* No two metadata layouts have one id. */
static int check_layout_ids(const struct mdesc_image *img, struct mdesc_error *err)
{
	const struct mdesc_fmt_layout *all = image_layout_table(img), **sorted;
	uint32_t count = 0, i;
	int ret = 0;

	sorted = calloc(image_count(img, TABLE_LAYOUTS) + 1, sizeof(*sorted));
	if (!sorted)
		return error_nomem(err, img);
	while (count < image_count(img, TABLE_LAYOUTS) && all[count].kind == MDESC_LAYOUT_METADATA) {
		sorted[count] = &all[count];
		count++;
	}
	qsort(sorted, count, sizeof(*sorted), by_id);
	for (i = 1; i < count && !ret; i++)
		if (sorted[i]->id == sorted[i - 1]->id)
			ret = bad_entry(img, err, TABLE_LAYOUTS, (uint32_t)(sorted[i] - all),
					AT(layout, id), "layouts %s and %s both have id 0x%x",
					image_str(img, sorted[i - 1]->name),
					image_str(img, sorted[i]->name), sorted[i]->id);
	free(sorted);
	return ret;
}

static int check_layouts(struct mdesc_image *img, struct mdesc_error *err)
{
	uint32_t count = image_count(img, TABLE_LAYOUTS), field = 0, i, j;
	int ret;

	img->layouts = calloc(count ? count : 1, sizeof(*img->layouts));
	img->fields = calloc(image_count(img, TABLE_FIELDS) + (size_t)1, sizeof(*img->fields));
	if (!img->layouts || !img->fields)
		return error_nomem(err, img);
	for (i = 0; i < count; i++) {
		struct mdesc_layout *layout = &img->layouts[i];

		ret = check_layout(img, i, field, err);
		if (ret)
			return ret;
		layout->img = img;
		layout->fmt = &image_layout_table(img)[i];
		for (j = 0; j < layout->fmt->field_count; j++, field++) {
			img->fields[field].layout = layout;
			img->fields[field].fmt = &image_field_table(img)[field];
		}
	}
	if (field != image_count(img, TABLE_FIELDS))
		return bad_entry(img, err, TABLE_FIELDS, field, 0, "field %u belongs to no layout", field);
	return check_layout_ids(img, err);
}

/* ---- fields ---- */

static int check_field_shape(const struct mdesc_image *img, uint32_t i, struct mdesc_error *err)
{
	const struct mdesc_fmt_field *f = img->fields[i].fmt;

#define BAD(member, ...) bad_entry(img, err, TABLE_FIELDS, i, AT(field, member), __VA_ARGS__)
	if (f->kind < MDESC_FIELD_UINT || f->kind > MDESC_FIELD_BYTES)
		return BAD(kind, "field %u: there is no kind %u", i, f->kind);
	if (f->order > MDESC_ORDER_RAW)
		return BAD(order, "field %u: there is no order %u", i, f->order);
	if (f->bytes < 1 || f->bytes > 9 || f->width < 1 || f->width > 64 || f->shift > 63 ||
	    f->shift + f->width > 8 * f->bytes)
		return BAD(width, "field %u: %u bits from bit %u of %u bytes", i, f->width, f->shift,
			   f->bytes);
	if (f->kind == MDESC_FIELD_MAC &&
	    (f->bytes != 6 || f->width != 48 || f->order != MDESC_ORDER_RAW))
		return BAD(bytes, "field %u: a MAC address of %u bytes, %u bits, order %u", i, f->bytes,
			   f->width, f->order);
	if (f->kind == MDESC_FIELD_BYTES && (f->bytes != 1 || f->width != 8))
		return BAD(bytes, "field %u: bytes of %u bits", i, f->width);
	if (f->kind == MDESC_FIELD_PTR && (f->bytes != 8 || f->width != 64))
		return BAD(bytes, "field %u: a pointer of %u bits", i, f->width);
#undef BAD
	return 0;
}

static int check_field_place(const struct mdesc_image *img, uint32_t i, struct mdesc_error *err)
{
	const struct mdesc_fmt_field *f = img->fields[i].fmt;
	const struct mdesc_fmt_layout *l = img->fields[i].layout->fmt;
	uint64_t end;

	if (f->count < 1)
		return bad_entry(img, err, TABLE_FIELDS, i, AT(field, count),
				 "field %u has no elements", i);
	if (f->count > 1 && f->stride < f->bytes)
		return bad_entry(img, err, TABLE_FIELDS, i, AT(field, stride),
				 "field %u: elements of %u bytes every %u bytes", i, f->bytes, f->stride);
	/* No overflow: 32 bits times 32 bits, and 33 bits more. */
	end = (uint64_t)(f->count - 1) * f->stride;
	if (end > IMAGE_MAX_STRUCT_BYTES || end + f->offset + f->bytes > l->size)
		return bad_entry(img, err, TABLE_FIELDS, i, AT(field, offset),
				 "field %u (%s) passes the %u bytes of its layout", i,
				 image_str(img, f->path), l->size);
	return 0;
}

/* A range lies in the word that stands before it. */
static int check_field_flags(const struct mdesc_image *img, uint32_t i, struct mdesc_error *err)
{
	const uint16_t known = MDESC_FIELD_DEPRECATED | MDESC_FIELD_RANGE | MDESC_FIELD_BITFIELD |
			       MDESC_FIELD_RESERVED | MDESC_FIELD_WORD | MDESC_FIELD_SIGNED;
	const struct mdesc_fmt_field *f = img->fields[i].fmt;

	if ((f->flags & ~known) && !image_is_newer(img))
		return bad_entry(img, err, TABLE_FIELDS, i, AT(field, flags),
				 "field %u has flags 0x%x", i, f->flags);
	if (!(f->flags & MDESC_FIELD_RANGE))
		return 0;
	if (i == 0 || img->fields[i - 1].layout != img->fields[i].layout ||
	    !(f[-1].flags & (MDESC_FIELD_RANGE | MDESC_FIELD_WORD)) ||
	    f[-1].offset != f->offset || f[-1].bytes != f->bytes || f[-1].count != f->count)
		return bad_entry(img, err, TABLE_FIELDS, i, AT(field, flags),
				 "field %u (%s) is a range of no word", i, image_str(img, f->path));
	return 0;
}

static int check_field_cond(const struct mdesc_image *img, uint32_t i, struct mdesc_error *err)
{
	const struct mdesc_fmt_field *f = img->fields[i].fmt;

	if (f->cond == MDESC_FMT_NONE32)
		return 0;
	if (f->cond >= image_count(img, TABLE_CONDS))
		return bad_entry(img, err, TABLE_FIELDS, i, AT(field, cond),
				 "field %u: condition %u of %u", i, f->cond,
				 image_count(img, TABLE_CONDS));
	if (cond_layout(img, f->cond) != img->fields[i].layout)
		return bad_entry(img, err, TABLE_FIELDS, i, AT(field, cond),
				 "field %u: condition %u is about another layout", i, f->cond);
	return 0;
}

static int check_field(const struct mdesc_image *img, uint32_t i, struct mdesc_error *err)
{
	const struct mdesc_fmt_field *f = img->fields[i].fmt;
	int ret;

	ret = check_name(img, err, TABLE_FIELDS, i, AT(field, path), f->path, ".[]");
	if (!ret)
		ret = check_line(img, err, TABLE_FIELDS, i, AT(field, unit), f->unit);
	if (!ret)
		ret = check_opt_name(img, err, TABLE_FIELDS, i, AT(field, type), f->type);
	if (!ret)
		ret = check_str(img, err, TABLE_FIELDS, i, AT(field, doc), f->doc);
	if (!ret)
		ret = check_field_shape(img, i, err);
	if (!ret)
		ret = check_field_place(img, i, err);
	if (!ret)
		ret = check_field_flags(img, i, err);
	if (!ret)
		ret = check_field_cond(img, i, err);
	return ret;
}

/* The id that programs and mdesc_image__layout_of() look for is where they look. */
static int check_id_fields(const struct mdesc_image *img, struct mdesc_error *err)
{
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_LAYOUTS); i++) {
		const struct mdesc_fmt_layout *l = &image_layout_table(img)[i];
		const struct mdesc_fmt_field *f;

		if (l->id_field == MDESC_FMT_NONE32)
			continue;
		f = &image_field_table(img)[l->id_field];
		if (f->kind != MDESC_FIELD_UINT || f->width != 32 || f->bytes != 4 ||
		    f->order > MDESC_ORDER_LE || f->count != 1 || f->offset != l->size - 4)
			return bad_entry(img, err, TABLE_LAYOUTS, i, AT(layout, id_field),
					 "layout %u: its id is not the last four bytes, in host order", i);
	}
	return 0;
}

/* ---- conditions ---- */

/* A tag that is computed; that the value itself is right is checked later. */
static int check_tag_value(const struct mdesc_image *img, uint32_t i, struct mdesc_error *err)
{
	uint32_t value = image_conds(img)[i].value - 1;

	if (value >= image_count(img, TABLE_VALUES) || image_value_table(img)[value].role != MDESC_VALUE_TAG ||
	    image_value_table(img)[value].layout >= image_count(img, TABLE_LAYOUTS))
		return bad_entry(img, err, TABLE_CONDS, i, AT(cond, value), "condition %u: value %u is no tag", i,
				 value);
	return 0;
}

static int check_cond(const struct mdesc_image *img, uint32_t i, struct mdesc_error *err)
{
	const struct mdesc_fmt_cond *conds = image_conds(img), *c = &conds[i];
	uint32_t ranges = image_count(img, TABLE_RANGES), fields = image_count(img, TABLE_FIELDS);
	const struct mdesc_fmt_field *tag;
	int ret;

#define BAD(member, ...) bad_entry(img, err, TABLE_CONDS, i, AT(cond, member), __VA_ARGS__)
	if (c->field == MDESC_FMT_NONE32 && c->value) {
		ret = check_tag_value(img, i, err);
		if (ret)
			return ret;
	} else if (c->field >= fields || c->value) {
		return BAD(field, "condition %u: field %u of %u, value %u", i, c->field, fields, c->value);
	}
	tag = c->value ? NULL : img->fields[c->field].fmt;
	if (tag && (tag->count != 1 || tag->kind == MDESC_FIELD_MAC || tag->kind == MDESC_FIELD_BYTES))
		return BAD(field, "condition %u: field %u is not a number", i, c->field);
	if (c->parent != MDESC_FMT_NONE32 &&
	    (c->parent >= i || cond_layout(img, c->parent) != cond_layout(img, i)))
		return BAD(parent, "condition %u: parent %u is not an earlier one of the same layout",
			   i, c->parent);
	if (c->range_first > ranges || c->range_count > ranges - c->range_first)
		return BAD(range_first, "condition %u: ranges %u and %u more, of %u", i,
			   c->range_first, c->range_count, ranges);
	if ((c->flags & ~MDESC_COND_NOT) && !image_is_newer(img))
		return BAD(flags, "condition %u has flags 0x%x", i, c->flags);
#undef BAD
	return 0;
}

static int check_ranges(const struct mdesc_image *img, struct mdesc_error *err)
{
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_RANGES); i++)
		if (image_ranges(img)[i].lo > image_ranges(img)[i].hi)
			return bad_entry(img, err, TABLE_RANGES, i, 0, "range %u is empty", i);
	return 0;
}

/* Before the fields: these refer to conditions. Bounds what decoding can cost. */
static int check_conds(const struct mdesc_image *img, struct mdesc_error *err)
{
	uint32_t count = image_count(img, TABLE_CONDS), i;
	struct cost { uint32_t depth; uint64_t work; } *cost;
	uint64_t total = 0;
	int ret = 0;

	cost = calloc(count ? count : 1, sizeof(*cost));
	if (!cost)
		return error_nomem(err, img);
	for (i = 0; i < count && !ret; i++) {
		const struct mdesc_fmt_cond *c = &image_conds(img)[i];

		ret = check_cond(img, i, err);
		if (ret)
			break;
		if (c->parent != MDESC_FMT_NONE32)
			cost[i] = cost[c->parent];
		cost[i].depth++;
		cost[i].work += c->range_count;
		if (cost[i].depth > MAX_COND_DEPTH)
			ret = bad_entry(img, err, TABLE_CONDS, i, AT(cond, parent),
					"condition %u is nested deeper than %u", i, MAX_COND_DEPTH);
	}
	for (i = 0; i < image_count(img, TABLE_FIELDS) && !ret; i++) {
		uint32_t cond = img->fields[i].fmt->cond;

		if (cond < count)
			total += cost[cond].work;
		if (total > MAX_COND_WORK)
			ret = bad_entry(img, err, TABLE_FIELDS, i, AT(field, cond),
					"the conditions of the fields have too many ranges");
	}
	free(cost);
	return ret;
}

int image_validate(struct mdesc_image *img, struct mdesc_error *err)
{
	uint32_t i;
	int ret;

	ret = check_idents(img, err);
	if (!ret)
		ret = check_sources(img, err);
	if (!ret)
		ret = check_layouts(img, err);
	if (!ret)
		ret = check_ranges(img, err);
	if (!ret)
		ret = check_conds(img, err);
	for (i = 0; i < image_count(img, TABLE_FIELDS) && !ret; i++)
		ret = check_field(img, i, err);
	if (!ret)
		ret = image_validate_values(img, err);
	if (!ret)
		ret = check_id_fields(img, err);
	if (!ret)
		ret = image_validate_parser(img, err);
	if (!ret)
		ret = image_validate_tables(img, err);
	if (!ret)
		ret = image_validate_btf(img, err);
	if (!ret)
		ret = image_validate_text(img, err);
	return ret;
}

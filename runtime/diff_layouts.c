/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Layouts: takes two images, pairs layouts by name, and of each pair the fields
 * and what is computed from them; looks at ids, which must never stand for two
 * contents; and at what the device can be set to.
 */
#include <string.h>

#include "diff_btf.h"
#include "text.h"

#define HEIRS_MAX	4096u	/* layouts among which the one that took another's place is looked for */

static const char *str(const struct mdesc_image *img, mdesc_fmt_str s)
{
	return image_str(img, s);
}

/* ---- fields ---- */

static const char *cond_text(struct mdesc_diff *d, const struct mdesc_field *field)
{
	int len = mdesc_field__cond_format(field, NULL, 0);
	char *text = len > 0 ? diff_alloc(d, (size_t)len + 1, 1) : NULL;

	if (!text)
		return "";
	mdesc_field__cond_format(field, text, (size_t)len + 1);
	return text;
}

static void field_of(struct mdesc_diff *d, const struct mdesc_field *field, struct dfield *to)
{
	const struct mdesc_image *img = field->layout->img;
	const struct mdesc_fmt_field *f = field->fmt;

	to->path = str(img, f->path);
	to->offset = f->offset;
	to->shift = f->shift;
	to->width = f->width;
	to->bytes = f->bytes;
	to->count = f->count;
	to->array = f->count != 1 || f->kind == MDESC_FIELD_BYTES;
	to->kind = f->kind;
	to->order = f->order;
	to->sign = f->kind == MDESC_FIELD_SINT || (f->flags & MDESC_FIELD_SIGNED);
	to->bits = f->flags & (MDESC_FIELD_RANGE | MDESC_FIELD_BITFIELD);
	to->range = f->flags & MDESC_FIELD_RANGE;
	to->reserved = f->flags & MDESC_FIELD_RESERVED;
	to->unit = str(img, f->unit);
	to->type = str(img, f->type);
	to->cond = cond_text(d, field);
}

/* A bit field is at a place in a container of its type's size: what the table has is the smallest that holds it. */
static void place_bits(struct btftypes *types, const struct mdesc_layout *layout, struct dfield *f)
{
	uint32_t unit, bit = 8 * f->offset + f->shift;

	if (!f->bits || f->range)
		return;
	unit = btftype_unit(types, (uint32_t)layout->btf_id, f->path);
	f->bytes = unit;
	f->offset = bit / (8 * unit) * unit;
	f->shift = bit % (8 * unit);
}

static void fields_of(struct mdesc_diff *d, int side, const struct mdesc_layout *layout, const char *where,
		      struct dfields *to)
{
	uint32_t n = layout->fmt->field_count, i;

	memset(to, 0, sizeof(*to));
	to->where = where;
	to->scope = DIFF_IN_LAYOUT;
	to->added = DIFF_FIELD_ADDED;
	to->removed = DIFF_FIELD_REMOVED;
	to->v = diff_alloc(d, n, sizeof(*to->v));
	to->n = to->v ? n : 0;
	for (i = 0; i < to->n; i++) {
		field_of(d, &layout->img->fields[layout->fmt->field_first + i], &to->v[i]);
		place_bits(d->types[side], layout, &to->v[i]);
	}
	if (layout->fmt->id_field != MDESC_FMT_NONE32 && layout->fmt->id_field - layout->fmt->field_first < to->n)
		to->v[layout->fmt->id_field - layout->fmt->field_first].id = true;
}

/* ---- what is computed ---- */

static const char *formatted(struct mdesc_diff *d, const struct mdesc_value *value,
			     int (*format)(const struct mdesc_value *value, char *buf, size_t size))
{
	int len = format(value, NULL, 0);
	char *text = len > 0 ? diff_alloc(d, (size_t)len + 1, 1) : NULL;

	if (!text)
		return "";
	format(value, text, (size_t)len + 1);
	return text;
}

static const char *value_text(struct mdesc_diff *d, const struct mdesc_value *value)
{
	static const char *const orders[] = { "u", "le", "be", "raw" };
	const struct mdesc_fmt_value *v = value->fmt;
	const char *type = str(value->layout->img, v->type);

	if (v->kind == MDESC_FIELD_BOOL)
		type = "bool";
	else if (v->kind != MDESC_FIELD_ENUM)
		type = diff_text(d, "%s%u", v->kind == MDESC_FIELD_SINT ? "s" : orders[v->order & 3], v->width);
	else
		type = diff_text(d, "%s : %s%u", type, v->flags & MDESC_VALUE_SIGNED ? "s" : orders[v->order & 3],
				 v->width);
	return diff_text(d, "%s %s = %s", v->role == MDESC_VALUE_ALIAS ? "alias" : "derive", type,
			 formatted(d, value, mdesc_value__expr_format));
}

/* Aliases and derived values: what else is computed is in the conditions of fields. */
static uint32_t values_of(struct mdesc_diff *d, const struct mdesc_layout *layout, struct names *names,
			  const struct mdesc_value ***values)
{
	uint32_t n = 0, i;

	names_init(d, names, layout->value_count);
	*values = diff_alloc(d, (size_t)layout->value_count + 1, sizeof(**values));
	for (i = 0; *values && i < names->n; i++) {
		const struct mdesc_value *v = &layout->img->values[layout->value_first + i];

		if (v->fmt->role != MDESC_VALUE_ALIAS && v->fmt->role != MDESC_VALUE_DERIVE)
			continue;
		names->v[n] = str(layout->img, v->fmt->name);
		(*values)[n++] = v;
	}
	names->n = n;
	return n;
}

/* The type that it is of tells the same. */
static void say_value(struct mdesc_diff *d, enum diff_rule_id rule, const char *a, const char *b, const char *where,
		      const char *name)
{
	struct finding *f;

	if (strcmp(a, b) == 0)
		return;
	f = diff_add(d, rule, a, b, "%s value %s", where, name);
	if (!f)
		return;
	f->scope = DIFF_IN_LAYOUT;
	f->key = diff_plain(d, f->subject);
	f->leaf = diff_leaf(d, name);
}

static const char *or_text(const char *text, const char *none)
{
	return *text ? text : none;
}

static void compare_values(struct mdesc_diff *d, const char *where, const struct mdesc_value *a,
			   const struct mdesc_value *b)
{
	const struct mdesc_image *x = a->layout->img, *y = b->layout->img;
	const char *name = str(x, a->fmt->name);

	say_value(d, DIFF_VALUE_CHANGED, value_text(d, a), value_text(d, b), where, name);
	say_value(d, DIFF_CONDITION_CHANGED, or_text(formatted(d, a, mdesc_value__cond_format), "always"),
		  or_text(formatted(d, b, mdesc_value__cond_format), "always"), where, name);
	say_value(d, DIFF_UNIT_CHANGED, or_text(str(x, a->fmt->unit), "no unit"),
		  or_text(str(y, b->fmt->unit), "no unit"), where, name);
	say_value(d, DIFF_DEPRECATED_CHANGED, a->fmt->flags & MDESC_VALUE_DEPRECATED ? "deprecated" : "not deprecated",
		  b->fmt->flags & MDESC_VALUE_DEPRECATED ? "deprecated" : "not deprecated", where, name);
	say_value(d, DIFF_DOC_CHANGED, str(x, a->fmt->doc), str(y, b->fmt->doc), where, name);
}

static void diff_values(struct mdesc_diff *d, const char *where, const struct mdesc_layout *a,
			const struct mdesc_layout *b)
{
	const struct mdesc_value **v[2];
	struct names names[2];
	uint32_t i;

	values_of(d, a, &names[0], &v[0]);
	values_of(d, b, &names[1], &v[1]);
	if (d->failed || !diff_pair(d, names))
		return;
	for (i = 0; i < names[0].n; i++) {
		if (names[0].to[i] != MDESC_FMT_NONE32)
			compare_values(d, where, v[0][i], v[1][names[0].to[i]]);
		else
			say_value(d, DIFF_VALUE_REMOVED, value_text(d, v[0][i]), "", where, names[0].v[i]);
	}
	for (i = 0; i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32)
			say_value(d, DIFF_VALUE_ADDED, "", value_text(d, v[1][i]), where, names[1].v[i]);
}

/* ---- one layout ---- */

static const char *kind_text(const struct mdesc_fmt_layout *f)
{
	return f->kind == MDESC_LAYOUT_METADATA ? "metadata" : "descriptor";
}

static const char *id_place(struct mdesc_diff *d, const struct mdesc_fmt_layout *f)
{
	if (f->flags & MDESC_LAYOUT_ID_FIRST)
		return diff_text(d, "the first four bytes, big-endian, but for bits 0x%08x", f->id_any);
	return f->id_field != MDESC_FMT_NONE32 ? "the last four bytes" : "nowhere";
}

static const char *where_text(struct mdesc_diff *d, const struct mdesc_layout *layout)
{
	return diff_text(d, "layout %s", str(layout->img, layout->fmt->name));
}

static void compare_layouts(struct mdesc_diff *d, const struct mdesc_layout *a, const struct mdesc_layout *b)
{
	const struct mdesc_fmt_layout *x = a->fmt, *y = b->fmt;
	const char *where = where_text(d, a);
	struct dfields fields[2];
	size_t before = d->n;

	diff_texts(d, DIFF_LAYOUT_KIND_CHANGED, kind_text(x), kind_text(y), "%s", where);
	fields_of(d, 0, a, where, &fields[0]);
	fields_of(d, 1, b, where, &fields[1]);
	if (d->failed)
		return;
	diff_fields(d, &fields[0], &fields[1]);
	diff_values(d, where, a, b);
	if (x->size != y->size)
		diff_add(d, y->kind == MDESC_LAYOUT_METADATA ? DIFF_METADATA_SIZE_CHANGED :
			 DIFF_DESCRIPTOR_SIZE_CHANGED, diff_text(d, "%u bytes", x->size),
			 diff_text(d, "%u bytes", y->size), "%s", where);
	diff_texts(d, DIFF_LAYOUT_ID_PLACE_CHANGED, id_place(d, x), id_place(d, y), "%s", where);
	diff_texts(d, DIFF_LAYOUT_ID_CHANGED, diff_text(d, "0x%08x", x->id), diff_text(d, "0x%08x", y->id), "%s",
		   where);
	diff_texts(d, DIFF_LAYOUT_ID_ORIGIN_CHANGED, x->flags & MDESC_LAYOUT_ID_GIVEN ? "given" : "derived",
		   y->flags & MDESC_LAYOUT_ID_GIVEN ? "given" : "derived", "%s", where);
	if (d->n == before)
		diff_texts(d, DIFF_LAYOUT_CONTENT_CHANGED,
			   diff_text(d, "fingerprint 0x%016llx", (unsigned long long)x->fingerprint),
			   diff_text(d, "fingerprint 0x%016llx", (unsigned long long)y->fingerprint), "%s", where);
}

/* ---- ids ---- */

/* What packets say that they are. */
static bool says_id(const struct mdesc_layout *layout)
{
	return layout->fmt->kind == MDESC_LAYOUT_METADATA;
}

static const char *content_text(struct mdesc_diff *d, const struct mdesc_layout *layout)
{
	return diff_text(d, "%s, fingerprint 0x%016llx", str(layout->img, layout->fmt->name),
			 (unsigned long long)layout->fmt->fingerprint);
}

/* An id that stood for something else: pairs by ids instead of names. */
static void diff_ids(struct mdesc_diff *d)
{
	struct names names[2];
	uint32_t i, k;

	for (k = 0; k < 2; k++) {
		names_init(d, &names[k], image_count(d->img[k], TABLE_LAYOUTS));
		for (i = 0; i < names[k].n; i++)	/* another text for each that says none */
			names[k].v[i] = says_id(&d->img[k]->layouts[i]) ?
					diff_text(d, "0x%08x", d->img[k]->layouts[i].fmt->id) :
					diff_text(d, "%u of %u", i, k);
	}
	if (d->failed || !diff_pair(d, names))
		return;
	for (i = 0; i < names[0].n; i++) {
		const struct mdesc_layout *a = &d->img[0]->layouts[i], *b;

		b = names[0].to[i] != MDESC_FMT_NONE32 ? &d->img[1]->layouts[names[0].to[i]] : NULL;
		if (b && a->fmt->fingerprint != b->fmt->fingerprint)
			diff_add(d, DIFF_LAYOUT_ID_REUSED, content_text(d, a), content_text(d, b), "layout id %s",
				 names[0].v[i]);
	}
}

/* ---- all layouts ---- */

static const char *layout_text(struct mdesc_diff *d, const struct mdesc_layout *layout)
{
	return diff_text(d, "%s of %u bytes, id 0x%08x", kind_text(layout->fmt), layout->fmt->size, layout->fmt->id);
}

/* A new one of the same content: what a layout that is gone is called now. */
static const char *new_name(struct mdesc_diff *d, const struct mdesc_layout *gone)
{
	const struct mdesc_image *b = d->img[1];
	uint32_t i;

	for (i = 0; i < image_count(b, TABLE_LAYOUTS) && i < HEIRS_MAX; i++)
		if (b->layouts[i].fmt->id == gone->fmt->id && b->layouts[i].fmt->size == gone->fmt->size &&
		    b->layouts[i].fmt->kind == gone->fmt->kind)
			return diff_text(d, "gone; %s is alike", str(b, b->layouts[i].fmt->name));
	return "";
}

static void diff_default(struct mdesc_diff *d)
{
	const char *name[2];
	int k;

	for (k = 0; k < 2; k++) {
		const struct mdesc_image *img = d->img[k];

		name[k] = image_count(img, TABLE_LAYOUTS) && says_id(&img->layouts[0]) ?
			  str(img, img->layouts[0].fmt->name) : "";
	}
	/* Where it is gone or new that is said already. */
	if (mdesc_image__layout_by_name(d->img[1], name[0]) && mdesc_image__layout_by_name(d->img[0], name[1]))
		diff_texts(d, DIFF_DEFAULT_LAYOUT_CHANGED, name[0], name[1], "default layout");
}

/* ---- configuration ---- */

static const char *config_text(struct mdesc_diff *d, const struct mdesc_image *img, const struct mdesc_fmt_config *c)
{
	if (c->kind == MDESC_FIELD_BOOL)
		return "bool";
	return c->kind == MDESC_FIELD_ENUM ? diff_text(d, "%s : u%u", str(img, c->type), c->bits) :
					     diff_text(d, "u%u", c->bits);
}

static void diff_configs(struct mdesc_diff *d)
{
	const struct mdesc_fmt_config *const c[2] = { image_configs(d->img[0]), image_configs(d->img[1]) };
	struct names names[2];
	uint32_t i;

	if (!DIFF_PAIR_TABLE(d, names, TABLE_CONFIG, mdesc_fmt_config))
		return;
	for (i = 0; i < names[0].n; i++) {
		const struct mdesc_fmt_config *a = &c[0][i], *b;
		const char *text = config_text(d, d->img[0], a);

		if (names[0].to[i] == MDESC_FMT_NONE32) {
			diff_add(d, DIFF_CONFIG_REMOVED, text, "", "config %s", names[0].v[i]);
			continue;
		}
		b = &c[1][names[0].to[i]];
		diff_texts(d, DIFF_CONFIG_CHANGED, text, config_text(d, d->img[1], b), "config %s", names[0].v[i]);
		diff_texts(d, DIFF_UNIT_CHANGED, str(d->img[0], a->unit), str(d->img[1], b->unit), "config %s",
			   names[0].v[i]);
		diff_texts(d, DIFF_DOC_CHANGED, str(d->img[0], a->doc), str(d->img[1], b->doc), "config %s",
			   names[0].v[i]);
	}
	for (i = 0; i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32)
			diff_add(d, DIFF_CONFIG_ADDED, "", config_text(d, d->img[1], &c[1][i]), "config %s",
				 names[1].v[i]);
}

void diff_layouts(struct mdesc_diff *d)
{
	struct names names[2];
	uint32_t i;

	if (!DIFF_PAIR_TABLE(d, names, TABLE_LAYOUTS, mdesc_fmt_layout))
		return;
	for (i = 0; i < names[0].n; i++) {
		const struct mdesc_layout *a = &d->img[0]->layouts[i];

		if (names[0].to[i] != MDESC_FMT_NONE32)
			compare_layouts(d, a, &d->img[1]->layouts[names[0].to[i]]);
		else
			diff_add(d, DIFF_LAYOUT_REMOVED, layout_text(d, a), new_name(d, a), "%s", where_text(d, a));
	}
	for (i = 0; i < names[1].n; i++) {
		const struct mdesc_layout *b = &d->img[1]->layouts[i];

		if (names[1].to[i] == MDESC_FMT_NONE32)
			diff_add(d, DIFF_LAYOUT_ADDED, "", layout_text(d, b), "%s", where_text(d, b));
	}
	diff_default(d);
	diff_ids(d);
	diff_configs(d);
}

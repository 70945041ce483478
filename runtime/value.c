/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Values of fields in metadata bytes, as numbers, bytes and text.
 *
 * Takes a field's handle and the bytes of its layout; gives values. That the
 * field lies within its layout was checked when the image was opened, that the
 * bytes are as many as the layout has is checked here.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

#include "image.h"
#include "text.h"

uint64_t load_number(const uint8_t *p, unsigned int bytes, int order, unsigned int shift,
		     unsigned int width)
{
	uint64_t low = 0, high = 0;		/* a ninth byte, the most significant, is in @high */
	unsigned int i;

	for (i = 0; i < bytes; i++) {
		unsigned int at = order >= MDESC_ORDER_BE ? bytes - 1 - i : i;

		if (i < 8)
			low |= (uint64_t)p[at] << (8 * i);
		else
			high = p[at];
	}
	low >>= shift;
	if (shift && bytes == 9)
		low |= high << (64 - shift);
	return width < 64 ? low & ((1ull << width) - 1) : low;
}

/* What @idx is of, with @meta_size bytes; NULL with -errno in @ret. */
static const uint8_t *element(const struct mdesc_field *field, const void *meta, size_t meta_size,
			      uint32_t idx, int *ret)
{
	const struct mdesc_fmt_field *f = field->fmt;

	*ret = meta_size < field->layout->fmt->size ? -EMSGSIZE : idx >= f->count ? -ERANGE : 0;
	return *ret ? NULL : (const uint8_t *)meta + f->offset + (size_t)idx * f->stride;
}

int mdesc_field__read_u64(const struct mdesc_field *field, const void *meta, size_t meta_size,
			  uint32_t idx, uint64_t *value)
{
	const struct mdesc_fmt_field *f = field->fmt;
	const uint8_t *p;
	int ret;

	p = element(field, meta, meta_size, idx, &ret);
	if (!p)
		return ret;
	if (f->kind == MDESC_FIELD_MAC)
		return -EOPNOTSUPP;
	*value = load_number(p, f->bytes, f->order, f->shift, f->width);
	if ((f->kind == MDESC_FIELD_SINT || (f->flags & MDESC_FIELD_SIGNED)) && f->width < 64 &&
	    *value >> (f->width - 1))
		*value |= ~0ull << f->width;
	return 0;
}

int mdesc_field__read_bytes(const struct mdesc_field *field, const void *meta, size_t meta_size,
			    void *buf, size_t size)
{
	const struct mdesc_fmt_field *f = field->fmt;
	size_t have = 0;
	uint32_t i;

	if (meta_size < field->layout->fmt->size)
		return -EMSGSIZE;
	for (i = 0; i < f->count && have < size; i++) {
		size_t n = size - have < f->bytes ? size - have : f->bytes;

		memcpy((uint8_t *)buf + have,
		       (const uint8_t *)meta + f->offset + (size_t)i * f->stride, n);
		have += n;
	}
	return f->count * f->bytes;
}

/* ---- text ---- */

void text_start(struct text *t, char *buf, size_t size)
{
	t->buf = buf;
	t->size = size;
	t->len = 0;
	if (size)
		buf[0] = '\0';
}

void text_add(struct text *t, const char *fmt, ...)
{
	size_t left = t->len < t->size ? t->size - t->len : 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(left ? t->buf + t->len : NULL, left, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += n;
}

void text_enum(struct text *t, const char *type, const char *name)
{
	size_t n = strlen(type);

	if (n && strncasecmp(name, type, n) == 0 && name[n] == '_' && name[n + 1])
		name += n + 1;
	for (; *name; name++)
		text_add(t, "%c", tolower((unsigned char)*name));
}

int text_end(const struct text *t)
{
	return t->len > INT_MAX ? INT_MAX : (int)t->len;
}

const char *enum_name(const struct mdesc_image *img, int enum_id, uint64_t value)
{
	const struct btf *btf = img->btf;
	const struct btf_type *t;
	uint32_t i;

	if (!enum_id)
		return NULL;
	t = btf__type_by_id(btf, enum_id);
	if (btf_kind(t) == BTF_KIND_ENUM) {
		for (i = 0; i < btf_vlen(t); i++)
			if ((uint32_t)btf_enum(t)[i].val == value ||
			    (uint64_t)(int64_t)btf_enum(t)[i].val == value)
				return btf__str_by_offset(btf, btf_enum(t)[i].name_off);
	} else {
		/* struct btf_enum64, which old headers don't have: name, low, high word */
		const uint32_t *e = (const uint32_t *)(t + 1);

		for (i = 0; i < btf_vlen(t); i++, e += 3)
			if (((uint64_t)e[2] << 32 | e[1]) == value)
				return btf__str_by_offset(btf, e[0]);
	}
	return NULL;
}

const char *mdesc_field__enum_name(const struct mdesc_field *field, uint64_t value)
{
	return enum_name(field->layout->img, field->enum_id, value);
}

int mdesc_image__error_name(const struct mdesc_image *img, int error, char *buf, size_t size)
{
	const char *name = error >= MDESC_ERR_USER ? enum_name(img, img->errors_id, error) : NULL;
	struct text t;

	text_start(&t, buf, size);
	if (name)
		text_enum(&t, image_str(img, image_target(img)->errors), name);
	else if (error < MDESC_ERR_USER)
		text_add(&t, "%s", mdesc_parser_error_name(error));
	return text_end(&t);
}

static void put_bytes(struct text *t, const uint8_t *p, size_t n, const char *between)
{
	size_t i;

	for (i = 0; i < n; i++)
		text_add(t, "%s%02x", i ? between : "", p[i]);
}

/* Four bytes in network order that are called an address: descriptions have no type for it. */
static bool is_ipv4(const struct mdesc_field *field)
{
	const struct mdesc_fmt_field *f = field->fmt;
	const char *path = mdesc_field__path(field), *unit = mdesc_field__unit(field);
	size_t n = strlen(path);

	if (f->kind != MDESC_FIELD_UINT || f->order != MDESC_ORDER_BE || f->width != 32 || f->bytes != 4)
		return false;
	return *unit ? strcmp(unit, "IPv4 address") == 0 :
	       (n >= 4 && strcmp(path + n - 4, "addr") == 0) || (n >= 3 && strcmp(path + n - 3, "_ip") == 0);
}

static bool is_raw(const struct mdesc_field *field)
{
	const struct mdesc_fmt_field *f = field->fmt;

	return f->kind == MDESC_FIELD_UINT && f->order == MDESC_ORDER_RAW && f->width == 8 * f->bytes;
}

static void put_element(struct text *t, const struct mdesc_field *field, const void *meta,
			size_t meta_size, uint32_t idx)
{
	const struct mdesc_fmt_field *f = field->fmt;
	const uint8_t *p = (const uint8_t *)meta + f->offset + (size_t)idx * f->stride;
	uint64_t value = 0;
	const char *name;

	if (f->kind == MDESC_FIELD_MAC) {
		put_bytes(t, p, 6, ":");
		return;
	}
	if (is_raw(field)) {
		put_bytes(t, p, f->bytes, "");
		return;
	}
	if (is_ipv4(field)) {
		text_add(t, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
		return;
	}
	mdesc_field__read_u64(field, meta, meta_size, idx, &value);
	switch (f->kind) {
	case MDESC_FIELD_SINT:
		text_add(t, "%lld", (long long)value);
		return;
	case MDESC_FIELD_BOOL:
		text_add(t, "%s", value ? "true" : "false");
		return;
	case MDESC_FIELD_PTR:
		text_add(t, "0x%llx", (unsigned long long)value);
		return;
	case MDESC_FIELD_ENUM:
		name = mdesc_field__enum_name(field, value);
		if (name) {
			text_enum(t, mdesc_field__type(field), name);
			return;
		}
		if (f->flags & MDESC_FIELD_SIGNED) {
			text_add(t, "%lld", (long long)value);
			return;
		}
		/* fall through */
	default:
		text_add(t, "%llu", (unsigned long long)value);
	}
}

int mdesc_field__format(const struct mdesc_field *field, const void *meta, size_t meta_size,
			char *buf, size_t size)
{
	const struct mdesc_fmt_field *f = field->fmt;
	struct text t;
	uint32_t i;

	if (meta_size < field->layout->fmt->size)
		return -EMSGSIZE;
	text_start(&t, buf, size);
	if (f->kind == MDESC_FIELD_BYTES) {
		for (i = 0; i < f->count; i++)
			text_add(&t, "%02x", ((const uint8_t *)meta)[f->offset + (size_t)i * f->stride]);
		return text_end(&t);
	}
	if (f->count > 1)
		text_add(&t, "[");
	for (i = 0; i < f->count; i++) {
		if (i)
			text_add(&t, ", ");
		put_element(&t, field, meta, meta_size, i);
	}
	if (f->count > 1)
		text_add(&t, "]");
	return text_end(&t);
}

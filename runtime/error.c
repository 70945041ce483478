/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Error records, and the options and info structs of callers.
 *
 * Takes what went wrong and where; gives a filled struct mdesc_error and -errno.
 * A record is always terminated and one line: names that come from an image were
 * checked, names that the caller gave are shown with control characters as '?'.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "image.h"

/* Terminals obey these: C0, DEL, and C1 in UTF-8. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
		else if ((unsigned char)*text == 0xc2 && ((unsigned char)text[1] & 0xe0) == 0x80)
			text[0] = text[1] = '?';
}

static void fill(struct mdesc_error *err, int code, enum mdesc_class kind, const char *section,
		 uint64_t offset)
{
	memset(err, 0, sizeof(*err));
	err->code = -code;
	err->kind = kind;
	err->offset = offset;
	snprintf(err->section, sizeof(err->section), "%s", section);
}

int error_set(struct mdesc_error *err, int code, enum mdesc_class kind, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -code;
	fill(err, code, kind, "", 0);
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	clean(err->text);
	return -code;
}

static void place(struct mdesc_error *err, const struct mdesc_image *img, const char *section,
		  uint64_t offset, const char *fmt, va_list ap)
{
	int n;

	n = snprintf(err->text, sizeof(err->text), "%.200s: %s+0x%llx: ", img->name, section,
		     (unsigned long long)offset);
	if (n > 0 && (size_t)n < sizeof(err->text))
		vsnprintf(err->text + n, sizeof(err->text) - n, fmt, ap);
	clean(err->text);
}

int error_at(struct mdesc_error *err, const struct mdesc_image *img, const char *section,
	     uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -EBADMSG;
	fill(err, EBADMSG, MDESC_CLASS_CORRUPT, section, offset);
	va_start(ap, fmt);
	place(err, img, section, offset, fmt, ap);
	va_end(ap);
	return -EBADMSG;
}

int error_newer(struct mdesc_error *err, const struct mdesc_image *img, const char *section,
		uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -ENOTSUP;
	fill(err, ENOTSUP, MDESC_CLASS_NEWER, section, offset);
	va_start(ap, fmt);
	place(err, img, section, offset, fmt, ap);
	va_end(ap);
	return -ENOTSUP;
}

int error_nomem(struct mdesc_error *err, const struct mdesc_image *img)
{
	return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "%.200s: not enough memory", img->name);
}

const char *mdesc_class_name(int kind)
{
	switch (kind) {
	case MDESC_CLASS_NONE:		return "none";
	case MDESC_CLASS_INPUT:		return "input";
	case MDESC_CLASS_SYSTEM:	return "system";
	case MDESC_CLASS_NOT_FOUND:	return "not found";
	case MDESC_CLASS_AMBIGUOUS:	return "ambiguous";
	case MDESC_CLASS_CORRUPT:	return "corrupt";
	case MDESC_CLASS_DENIED:	return "denied";
	case MDESC_CLASS_NEWER:		return "newer";
	default:			return "unknown";
	}
}

const char *mdesc_parser_error_name(int error)
{
	switch (error) {
	case MDESC_ERR_NONE:		return "none";
	case MDESC_ERR_TRUNCATED:	return "truncated";
	case MDESC_ERR_BAD_LENGTH:	return "bad_length";
	case MDESC_ERR_NO_MATCH:	return "no_match";
	case MDESC_ERR_LOOP:		return "loop";
	case MDESC_ERR_STEPS:		return "steps";
	default:			return error >= MDESC_ERR_USER ? "user" : "unknown";
	}
}

bool opts_valid(const void *opts, size_t known_size)
{
	const uint8_t *p = opts;
	size_t sz, i;

	if (!opts)
		return true;
	memcpy(&sz, opts, sizeof(sz));
	if (sz < sizeof(sz))
		return false;
	for (i = known_size; i < sz; i++)
		if (p[i])
			return false;
	return true;
}

int info_copy(void *info, const void *filled, size_t known_size)
{
	size_t sz;

	memcpy(&sz, info, sizeof(sz));
	if (sz < sizeof(sz))
		return -EINVAL;
	memcpy((char *)info + sizeof(sz), (const char *)filled + sizeof(sz),
	       (sz < known_size ? sz : known_size) - sizeof(sz));
	return 0;
}

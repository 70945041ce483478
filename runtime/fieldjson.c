/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Fields as JSON, and their types as text.
 *
 * Takes a layout and its bytes; gives an object with a member for each field that
 * means something there. Numbers are exact, up to 64 bits, which is why they are
 * not left to a library that has signed ones only; enumerators are their names in
 * the BTF, pointers "0x...", MAC addresses, byte arrays and what has no byte order
 * text as elsewhere.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

void json_put_string(FILE *out, const char *text)
{
	size_t plain;

	fputc('"', out);
	for (;;) {
		plain = 0;
		while ((unsigned char)text[plain] >= 0x20 && text[plain] != '"' && text[plain] != '\\')
			plain++;
		fwrite(text, 1, plain, out);
		text += plain;
		if (!*text)
			break;
		if ((unsigned char)*text < 0x20)
			fprintf(out, "\\u%04x", *text);
		else
			fprintf(out, "\\%c", *text);
		text++;
	}
	fputc('"', out);
}

void json_put_hex(FILE *out, const void *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	fputc('"', out);
	for (; size > 0; size--, p++) {
		fputc(digits[*p >> 4], out);
		fputc(digits[*p & 15], out);
	}
	fputc('"', out);
}

static void put_number(FILE *out, const struct mdesc_field *field, uint64_t value)
{
	const char *name = mdesc_field__enum_name(field, value);
	int kind = mdesc_field__kind(field);

	if (name)
		json_put_string(out, name);
	else if (kind == MDESC_FIELD_PTR)
		fprintf(out, "\"0x%llx\"", (unsigned long long)value);
	else if (kind == MDESC_FIELD_BOOL)
		fputs(value ? "true" : "false", out);
	else if (kind == MDESC_FIELD_SINT || (mdesc_field__flags(field) & MDESC_FIELD_SIGNED))
		fprintf(out, "%lld", (long long)value);
	else
		fprintf(out, "%llu", (unsigned long long)value);
}

static void put_text(FILE *out, const struct mdesc_field *field, const void *meta, size_t size)
{
	int len = mdesc_field__format(field, meta, size, NULL, 0);
	char *text = len >= 0 ? malloc(len + 1) : NULL;

	if (text) {
		mdesc_field__format(field, meta, size, text, len + 1);
		json_put_string(out, text);
	} else {
		fputs("null", out);
	}
	free(text);
}

static bool is_raw(const struct mdesc_field *field)
{
	return mdesc_field__kind(field) == MDESC_FIELD_UINT && mdesc_field__order(field) == MDESC_ORDER_RAW &&
	       mdesc_field__width(field) == 8 * mdesc_field__bytes(field);
}

void json_put_field(FILE *out, const struct mdesc_field *field, const void *meta, size_t size)
{
	uint32_t count = mdesc_field__count(field), i;
	int kind = mdesc_field__kind(field);
	uint64_t value;

	if (kind == MDESC_FIELD_MAC || kind == MDESC_FIELD_BYTES || is_raw(field)) {
		put_text(out, field, meta, size);
		return;
	}
	if (count != 1)
		fputc('[', out);
	for (i = 0; i < count; i++) {
		if (i)
			fputs(", ", out);
		if (mdesc_field__read_u64(field, meta, size, i, &value))
			fputs("null", out);
		else
			put_number(out, field, value);
	}
	if (count != 1)
		fputc(']', out);
}

void json_put_value(FILE *out, const struct mdesc_value *value, const void *meta, size_t size)
{
	const char *name;
	uint64_t n = 0;

	mdesc_value__read_u64(value, meta, size, &n);
	name = mdesc_value__enum_name(value, n);
	if (name)
		json_put_string(out, name);
	else if (mdesc_value__kind(value) == MDESC_FIELD_BOOL)
		fputs(n ? "true" : "false", out);
	else if (mdesc_value__kind(value) == MDESC_FIELD_SINT || (mdesc_value__flags(value) & MDESC_VALUE_SIGNED))
		fprintf(out, "%lld", (long long)n);
	else
		fprintf(out, "%llu", (unsigned long long)n);
}

void json_put_fields(FILE *out, const struct mdesc_layout *layout, const void *meta, size_t size)
{
	json_put_fields_but(out, layout, meta, size, NULL, NULL);
}

void json_put_fields_but(FILE *out, const struct mdesc_layout *layout, const void *meta, size_t size,
			 bool (*left_out)(void *ctx, const struct mdesc_handle *h), void *ctx)
{
	size_t n = mdesc_layout__field_count(layout), i;
	const char *gap = "";

	fputc('{', out);
	for (i = 0; i < n; i++) {
		const struct mdesc_field *field = mdesc_layout__field(layout, i);
		struct mdesc_handle h = { .field = field };

		if ((left_out && left_out(ctx, &h)) || (mdesc_field__flags(field) & MDESC_FIELD_RESERVED) ||
		    mdesc_field__applies(field, meta, size) != 1)
			continue;
		fputs(gap, out);
		json_put_string(out, mdesc_field__path(field));
		fputs(": ", out);
		json_put_field(out, field, meta, size);
		gap = ", ";
	}
	for (i = 0; i < mdesc_layout__value_count(layout); i++) {
		const struct mdesc_value *value = mdesc_layout__value(layout, i);
		struct mdesc_handle h = { .value = value };

		if ((left_out && left_out(ctx, &h)) || mdesc_value__role(value) > MDESC_VALUE_DERIVE ||
		    mdesc_value__applies(value, meta, size) != 1)
			continue;
		fputs(gap, out);
		json_put_string(out, mdesc_value__name(value));
		fputs(": ", out);
		json_put_value(out, value, meta, size);
		gap = ", ";
	}
	fputc('}', out);
}

char *field_when(const struct mdesc_field *field)
{
	int len = mdesc_field__cond_format(field, NULL, 0);
	char *text = len > 0 ? malloc(len + 1) : NULL;

	if (text)
		mdesc_field__cond_format(field, text, len + 1);
	return text;
}

char *value_text(const struct mdesc_value *value,
		 int (*format)(const struct mdesc_value *value, char *buf, size_t size))
{
	int len = format(value, NULL, 0);
	char *text = len > 0 ? malloc(len + 1) : NULL;

	if (text)
		format(value, text, len + 1);
	return text;
}

void value_type_text(const struct mdesc_value *value, char *buf, size_t size)
{
	int kind = mdesc_value__kind(value);
	bool be = mdesc_value__order(value) == MDESC_ORDER_BE;

	if (kind == MDESC_FIELD_BOOL)
		snprintf(buf, size, "bool");
	else if (kind == MDESC_FIELD_ENUM)
		snprintf(buf, size, "enum %s", mdesc_value__type(value));
	else
		snprintf(buf, size, "%s%u", kind == MDESC_FIELD_SINT ? "s" : be ? "be" :
			 mdesc_value__order(value) == MDESC_ORDER_LE ? "le" : "u", mdesc_value__width(value));
}

static const char *order_text(int order)
{
	return order == MDESC_ORDER_LE ? "le" : order == MDESC_ORDER_BE ? "be" :
	       order == MDESC_ORDER_RAW ? "raw" : "u";
}

void field_type_text(const struct mdesc_field *field, char *buf, size_t size)
{
	unsigned int width = mdesc_field__width(field), bits = 8 * mdesc_field__bytes(field);
	uint32_t count = mdesc_field__count(field);
	int kind = mdesc_field__kind(field), order = mdesc_field__order(field);
	char array[24] = "";

	if (count != 1 || kind == MDESC_FIELD_BYTES)
		snprintf(array, sizeof(array), "[%u]", count);
	if (kind == MDESC_FIELD_MAC)
		snprintf(buf, size, "mac%s", array);
	else if (kind == MDESC_FIELD_BYTES)
		snprintf(buf, size, "u8%s", array);
	else if (kind == MDESC_FIELD_BOOL)
		snprintf(buf, size, "bool%s", array);
	else if (kind == MDESC_FIELD_PTR)
		snprintf(buf, size, "struct %s *%s", mdesc_field__type(field), array);
	else if (kind == MDESC_FIELD_ENUM)
		snprintf(buf, size, "enum %s%s", mdesc_field__type(field), array);
	else if (kind == MDESC_FIELD_SINT && (order == MDESC_ORDER_HOST || width != bits))
		snprintf(buf, size, "s%u%s", width, array);
	else	/* a part of an integer is just a number */
		snprintf(buf, size, "%s%u%s", width == bits ? order_text(order) : "u", width, array);
}

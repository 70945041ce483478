/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * JSON of mdesc run: takes an outcome, gives one object on one line. Fields that
 * mean nothing in this packet are absent. Numbers are exact, up to 64 bits.
 */
#include "runshow.h"

#define ELEMENTS_MAX	4096

/* Names of images were checked, but their order of bytes is their own: escape. */
static void put_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(out, "\\u%04x", *s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

static void put_hex(FILE *out, const uint8_t *p, size_t n)
{
	fputc('"', out);
	for (; n; n--, p++)
		fprintf(out, "%02x", *p);
	fputc('"', out);
}

/* One element of a field: a number, or true or false. */
static void put_number(FILE *out, const struct mdesc_field *f, uint64_t v)
{
	switch (mdesc_field__kind(f)) {
	case MDESC_FIELD_SINT:
		fprintf(out, "%lld", (long long)v);
		return;
	case MDESC_FIELD_BOOL:
		fputs(v ? "true" : "false", out);
		return;
	}
	fprintf(out, "%llu", (unsigned long long)v);
}

static void put_field(FILE *out, const struct mdesc_field *f, const struct mdesc_refnic_result *res)
{
	uint32_t i, n = mdesc_field__count(f);
	int kind = mdesc_field__kind(f);
	char text[512];
	uint64_t v;

	if (kind == MDESC_FIELD_MAC || kind == MDESC_FIELD_BYTES || kind == MDESC_FIELD_PTR) {
		mdesc_field__format(f, res->meta, res->meta_size, text, sizeof(text));
		put_string(out, text);
		return;
	}
	/* An enumerator by its name, as the table shows it; a number where it has none. */
	if (kind == MDESC_FIELD_ENUM && n == 1) {
		mdesc_field__format(f, res->meta, res->meta_size, text, sizeof(text));
		if (text[0] < '0' || text[0] > '9') {
			put_string(out, text);
			return;
		}
	}
	if (n != 1)
		fputc('[', out);
	for (i = 0; i < n && i < ELEMENTS_MAX; i++) {
		if (i)
			fputs(", ", out);
		if (mdesc_field__read_u64(f, res->meta, res->meta_size, i, &v))
			fputs("null", out);
		else
			put_number(out, f, v);
	}
	if (n != 1)
		fputc(']', out);
}

static void put_metadata(FILE *out, const struct mdesc_refnic_result *res)
{
	size_t i, n = mdesc_layout__field_count(res->layout);
	const char *gap = "";

	fprintf(out, ", \"layout\": ");
	put_string(out, mdesc_layout__name(res->layout));
	fprintf(out, ", \"metadata\": ");
	put_hex(out, res->meta, res->meta_size);
	fprintf(out, ", \"fields\": {");
	for (i = 0; i < n; i++) {
		const struct mdesc_field *f = mdesc_layout__field(res->layout, i);

		if ((mdesc_field__flags(f) & MDESC_FIELD_RESERVED) ||
		    mdesc_field__applies(f, res->meta, res->meta_size) != 1)
			continue;
		fputs(gap, out);
		put_string(out, mdesc_field__path(f));
		fputs(": ", out);
		put_field(out, f, res);
		gap = ", ";
	}
	fputc('}', out);
}

static void put_headers(FILE *out, const struct outcome *o)
{
	size_t i;

	fprintf(out, ", \"headers\": [");
	for (i = 0; i < o->header_n; i++) {
		fprintf(out, "%s{\"name\": ", i ? ", " : "");
		put_string(out, o->headers[i].name);
		fprintf(out, ", \"offset\": %u, \"length\": %u}", o->headers[i].offset,
			o->headers[i].length);
	}
	fputc(']', out);
}

static void put_verdict(FILE *out, const struct verdict *v)
{
	if (v->why) {
		fprintf(out, ", \"verdict\": null, \"not_run\": ");
		put_string(out, v->why);
		return;
	}
	fprintf(out, ", \"verdict\": ");
	if (verdict_name(v->verdict))
		put_string(out, verdict_name(v->verdict));
	else
		fprintf(out, "%u", v->verdict);
	fprintf(out, ", \"length_after\": %u, \"metadata_length_after\": %u", v->len, v->meta_size);
}

void json_packet(FILE *out, const struct outcome *o)
{
	const struct mdesc_refnic_result *res = o->res;

	fprintf(out, "{\"packet\": %llu, \"time_ns\": %llu, \"length\": %u, \"wire_length\": %u",
		(unsigned long long)o->pkt->number, (unsigned long long)o->pkt->time_ns,
		o->pkt->len, o->pkt->wire_len);
	fprintf(out, ", \"dropped\": %s, \"parser_error\": ", res->dropped ? "true" : "false");
	if (res->error)
		put_string(out, mdesc_parser_error_name(res->error));
	else
		fputs("null", out);
	if (res->error >= MDESC_ERR_USER)
		fprintf(out, ", \"parser_error_code\": %d", res->error);
	put_headers(out, o);
	if (res->layout && !res->dropped)
		put_metadata(out, res);
	if (o->verdict && !res->dropped)
		put_verdict(out, o->verdict);
	fputs("}\n", out);
}

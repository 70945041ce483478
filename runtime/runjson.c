/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * JSON of mdesc run: takes an outcome, gives one object on one line. Fields that
 * mean nothing in this packet are absent. Numbers are exact, up to 64 bits.
 */
#include "cmd.h"
#include "runshow.h"

static void put_metadata(FILE *out, const struct mdesc_refnic_result *res)
{
	fprintf(out, ", \"layout\": ");
	json_put_string(out, mdesc_layout__name(res->layout));
	fprintf(out, ", \"metadata\": ");
	json_put_hex(out, res->meta, res->meta_size);
	fprintf(out, ", \"fields\": ");
	json_put_fields(out, res->layout, res->meta, res->meta_size);
}

static void put_headers(FILE *out, const struct outcome *o)
{
	size_t i;

	fprintf(out, ", \"headers\": [");
	for (i = 0; i < o->header_n; i++) {
		fprintf(out, "%s{\"name\": ", i ? ", " : "");
		json_put_string(out, o->headers[i].name);
		fprintf(out, ", \"offset\": %u, \"length\": %u}", o->headers[i].offset,
			o->headers[i].length);
	}
	fputc(']', out);
}

static void put_verdict(FILE *out, const struct verdict *v)
{
	if (v->why) {
		fprintf(out, ", \"verdict\": null, \"not_run\": ");
		json_put_string(out, v->why);
		return;
	}
	fprintf(out, ", \"verdict\": ");
	if (verdict_name(v->verdict))
		json_put_string(out, verdict_name(v->verdict));
	else
		fprintf(out, "%u", v->verdict);
	fprintf(out, ", \"length_after\": %u, \"metadata_length_after\": %u", v->len, v->meta_size);
}

static void put_code(FILE *out, const struct mdesc_image *img, int code)
{
	char name[128];

	fprintf(out, ", \"parser_error_code\": %d", code);
	if (mdesc_image__error_name(img, code, name, sizeof(name)) <= 0)
		return;
	fprintf(out, ", \"parser_error_name\": ");
	json_put_string(out, name);
}

void json_packet(FILE *out, const struct outcome *o)
{
	const struct mdesc_refnic_result *res = o->res;

	fprintf(out, "{\"packet\": %llu, \"time_ns\": %llu, \"length\": %u, \"wire_length\": %u",
		(unsigned long long)o->pkt->number, (unsigned long long)o->pkt->time_ns,
		o->pkt->len, o->pkt->wire_len);
	fprintf(out, ", \"dropped\": %s, \"parser_error\": ", res->dropped ? "true" : "false");
	if (res->error)
		json_put_string(out, mdesc_parser_error_name(res->error));
	else
		fputs("null", out);
	if (res->error >= MDESC_ERR_USER)
		put_code(out, o->img, res->error);
	put_headers(out, o);
	if (res->layout && !res->dropped)
		put_metadata(out, res);
	if (o->verdict && !res->dropped)
		put_verdict(out, o->verdict);
	fputs("}\n", out);
}

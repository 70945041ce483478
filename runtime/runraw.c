/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc run for raw tables: takes packets, prints for each which rows its
 * look-ups took, what was recorded and what is known of it in the end, as lines
 * or as one JSON object.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "runraw.h"
#include "text.h"

struct raw_run {
	struct mdesc_rawnic *nic;
	uint64_t packets, steps, errors[MDESC_ERR_STEPS + 1];
};

bool raw_run_only(const struct mdesc_image *img)
{
	struct mdesc_rawnic *nic;

	if (mdesc_image__state_name(img, 0) || mdesc_image__layout_count(img))
		return false;
	nic = mdesc_rawnic__new(img, NULL, NULL);
	mdesc_rawnic__free(nic);
	return nic || errno != ENOENT;
}

static int one_set(struct raw_run *run, const char *text, struct mdesc_error *err)
{
	const char *value = strchr(text, '=');
	char name[64], *end;
	uint64_t v;

	if (!value || value == text || (size_t)(value - text) >= sizeof(name))
		return run_fail(err, EINVAL, MDESC_CLASS_SYSTEM, "--set takes NAME=VALUE, not %s", text);
	memcpy(name, text, (size_t)(value - text));
	name[value - text] = '\0';
	errno = 0;
	v = value[1] == '-' ? (uint64_t)strtoll(value + 1, &end, 0) : strtoull(value + 1, &end, 0);
	if (!value[1] || *end || errno)
		return run_fail(err, EINVAL, MDESC_CLASS_SYSTEM, "--set %s: %s is no number of 64 bits", name,
				value + 1);
	if (mdesc_rawnic__set(run->nic, name, v))
		return run_fail(err, ENOENT, MDESC_CLASS_NOT_FOUND, "--set %s: the tables have nothing of that name",
				name);
	return 0;
}

int raw_run_new(struct raw_run **to, const struct mdesc_image *img, const char *table, const char *const *sets,
		size_t set_n, struct mdesc_error *err)
{
	struct raw_run *run = calloc(1, sizeof(*run));
	int rc = 0;
	size_t i;

	*to = run;
	if (!run)
		return run_fail(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	run->nic = mdesc_rawnic__new(img, table, err);
	if (!run->nic)
		return -errno;
	for (i = 0; i < set_n && !rc; i++)
		rc = one_set(run, sets[i], err);
	return rc;
}

void raw_run_free(struct raw_run *run)
{
	if (run)
		mdesc_rawnic__free(run->nic);
	free(run);
}

/* ---- lines ---- */

static void put_value(FILE *out, const struct mdesc_raw_value *v)
{
	char text[128];
	struct text t;

	if (v->text) {
		text_start(&t, text, sizeof(text));
		text_enum(&t, v->type, v->text);
		fprintf(out, " %s=%s", v->name, text);
	} else if (v->value > INT64_MAX) {
		fprintf(out, " %s=%" PRId64, v->name, (int64_t)v->value);
	} else {
		fprintf(out, v->value < 256 ? " %s=%" PRIu64 : " %s=0x%" PRIx64, v->name, v->value);
	}
}

static void put_values(FILE *out, const char *what, const struct mdesc_raw_value *v, size_t n)
{
	size_t i;

	if (!n)
		return;
	fprintf(out, "  %s:", what);
	for (i = 0; i < n; i++)
		put_value(out, &v[i]);
	putc('\n', out);
}

static void put_step(FILE *out, const struct mdesc_raw_step *s)
{
	size_t i;

	fprintf(out, "  %s", s->table);
	if (s->staged)
		fprintf(out, "[%u]", s->stage);
	if (s->row == MDESC_FMT_NONE32)
		fputs(": no row", out);
	else
		fprintf(out, "[%u]", s->row);
	fprintf(out, " at %" PRId64, s->cursor);
	for (i = 0; i < s->key_count; i++)
		put_value(out, &s->key[i]);
	if (*s->doc)
		fprintf(out, "  # %.*s", (int)strcspn(s->doc, "\n"), s->doc);
	putc('\n', out);
}

static void put_packet(FILE *out, const struct packet *pkt, const struct mdesc_rawnic_result *r)
{
	size_t i;

	fprintf(out, "packet %" PRIu64 ": %u bytes", pkt->number, pkt->len);
	if (pkt->wire_len != pkt->len)
		fprintf(out, ", captured of %u", pkt->wire_len);
	if (r->error)
		fprintf(out, "  [%s]", mdesc_parser_error_name(r->error));
	putc('\n', out);
	for (i = 0; i < r->step_count; i++)
		put_step(out, &r->steps[i]);
	for (i = 0; i < r->record_count; i++) {
		char what[48];

		snprintf(what, sizeof(what), "record at %" PRId64, r->records[i].offset);
		if (r->records[i].count)
			put_values(out, what, r->records[i].values, r->records[i].count);
		else
			fprintf(out, "  %s\n", what);
	}
	put_values(out, "stop", r->stop, r->stop_count);
	put_values(out, "result", r->results, r->result_count);
}

/* ---- JSON ---- */

static void json_values(FILE *out, const struct mdesc_raw_value *v, size_t n)
{
	char text[128];
	struct text t;
	size_t i;

	putc('{', out);
	for (i = 0; i < n; i++) {
		fputs(i ? ", " : "", out);
		json_put_string(out, v[i].name);
		if (v[i].text) {
			text_start(&t, text, sizeof(text));
			text_enum(&t, v[i].type, v[i].text);
			fputs(": ", out);
			json_put_string(out, text);
		} else if (v[i].value > INT64_MAX) {
			fprintf(out, ": %" PRId64, (int64_t)v[i].value);
		} else {
			fprintf(out, ": %" PRIu64, v[i].value);
		}
	}
	putc('}', out);
}

static void json_steps(FILE *out, const struct mdesc_rawnic_result *r)
{
	size_t i;

	for (i = 0; i < r->step_count; i++) {
		const struct mdesc_raw_step *s = &r->steps[i];

		fprintf(out, "%s{\"table\": ", i ? ", " : "");
		json_put_string(out, s->table);
		if (s->staged)
			fprintf(out, ", \"stage\": %u", s->stage);
		if (s->row == MDESC_FMT_NONE32)
			fputs(", \"row\": null", out);
		else
			fprintf(out, ", \"row\": %u", s->row);
		fprintf(out, ", \"cursor\": %" PRId64 ", \"key\": ", s->cursor);
		json_values(out, s->key, s->key_count);
		putc('}', out);
	}
}

static void json_raw_packet(FILE *out, const struct packet *pkt, const struct mdesc_rawnic_result *r)
{
	size_t i;

	fprintf(out, "{\"packet\": %" PRIu64 ", \"time_ns\": %" PRIu64 ", \"length\": %u, \"wire_length\": %u",
		pkt->number, pkt->time_ns, pkt->len, pkt->wire_len);
	fputs(", \"parser_error\": ", out);
	if (r->error)
		json_put_string(out, mdesc_parser_error_name(r->error));
	else
		fputs("null", out);
	fprintf(out, ", \"cursor\": %" PRId64 ", \"steps\": [", r->cursor);
	json_steps(out, r);
	fputs("], \"records\": [", out);
	for (i = 0; i < r->record_count; i++) {
		fprintf(out, "%s{\"offset\": %" PRId64 ", \"values\": ", i ? ", " : "", r->records[i].offset);
		json_values(out, r->records[i].values, r->records[i].count);
		putc('}', out);
	}
	fputs("], \"stop\": ", out);
	json_values(out, r->stop, r->stop_count);
	fputs(", \"results\": ", out);
	json_values(out, r->results, r->result_count);
	fputs("}\n", out);
}

/* ---- all of it ---- */

int raw_run_packet(struct raw_run *run, const struct packet *pkt, FILE *out, bool json, struct mdesc_error *err)
{
	struct mdesc_rawnic_result r = { .sz = sizeof(r) };
	int rc = mdesc_rawnic__run(run->nic, pkt->data, pkt->len, &r);

	if (rc)
		return run_fail(err, -rc, MDESC_CLASS_INPUT, "packet %" PRIu64 ": %s", pkt->number, strerror(-rc));
	run->packets++;
	run->steps += r.step_count;
	run->errors[r.error <= MDESC_ERR_STEPS ? r.error : MDESC_ERR_NONE]++;
	if (out && json)
		json_raw_packet(out, pkt, &r);
	else if (out)
		put_packet(out, pkt, &r);
	return 0;
}

void raw_run_end(const struct raw_run *run, FILE *out, bool quiet, bool json)
{
	int i;

	if (json && !quiet)
		return;
	if (json) {
		fprintf(out, "{\"packets\": %" PRIu64 ", \"lookups\": %" PRIu64 ", \"parser_errors\": {", run->packets,
			run->steps);
		for (i = 1; i <= MDESC_ERR_STEPS; i++)
			fprintf(out, "%s\"%s\": %" PRIu64, i > 1 ? ", " : "", mdesc_parser_error_name(i),
				run->errors[i]);
		fputs("}}\n", out);
		return;
	}
	fprintf(out, "%s%" PRIu64 " packets, %" PRIu64 " look-ups", quiet ? "" : "\n", run->packets, run->steps);
	for (i = 1; i <= MDESC_ERR_STEPS; i++)
		if (run->errors[i])
			fprintf(out, ", %" PRIu64 " %s", run->errors[i], mdesc_parser_error_name(i));
	putc('\n', out);
}

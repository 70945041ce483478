/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The sums that mdesc run prints at the end: takes outcomes, gives a line or a JSON object. */
#include "runshow.h"

#define OTHERS	5	/* in verdicts: no XDP action */

void tally_add(struct tally *t, const struct outcome *o)
{
	int error = o->res->error;

	t->packets++;
	t->cut += o->pkt->wire_len != o->pkt->len;
	if (error > 0)
		t->errors[error < MDESC_ERR_USER ? error : MDESC_ERR_USER]++;
	if (o->res->dropped) {
		t->dropped++;
		return;
	}
	if (!o->verdict)
		return;
	if (o->verdict->why)
		t->not_run++;
	else
		t->verdicts[o->verdict->verdict < OTHERS ? o->verdict->verdict : OTHERS]++;
}

static void count(FILE *out, const char *before, uint64_t n, const char *what)
{
	if (n)
		fprintf(out, "%s%llu %s", before, (unsigned long long)n, what);
}

static void print_errors(FILE *out, const struct tally *t)
{
	const char *gap = ", parser errors: ";
	int i;

	for (i = 1; i <= MDESC_ERR_USER; i++)
		if (t->errors[i]) {
			fprintf(out, "%s%llu %s", gap, (unsigned long long)t->errors[i],
				i < MDESC_ERR_USER ? mdesc_parser_error_name(i) :
				"of the description's own");
			gap = ", ";
		}
}

void tally_print(FILE *out, const struct tally *t, bool with_verdict)
{
	int i;

	fprintf(out, "%llu packet%s", (unsigned long long)t->packets, t->packets == 1 ? "" : "s");
	for (i = 0; with_verdict && i <= OTHERS; i++)
		count(out, ", ", t->verdicts[i], i < OTHERS ? verdict_name(i) : "other verdicts");
	count(out, ", ", t->not_run, "not run");
	count(out, ", ", t->dropped, "dropped by the parser");
	count(out, ", ", t->cut, "captured in part");
	print_errors(out, t);
	fputc('\n', out);
}

void json_tally(FILE *out, const struct tally *t, bool with_verdict)
{
	const char *gap = "";
	int i;

	fprintf(out, "{\"packets\": %llu, \"dropped\": %llu, \"captured_in_part\": %llu",
		(unsigned long long)t->packets, (unsigned long long)t->dropped,
		(unsigned long long)t->cut);
	fprintf(out, ", \"parser_errors\": {");
	for (i = 1; i <= MDESC_ERR_USER; i++)
		if (t->errors[i]) {
			fprintf(out, "%s\"%s\": %llu", gap, mdesc_parser_error_name(i),
				(unsigned long long)t->errors[i]);
			gap = ", ";
		}
	fprintf(out, "}");
	if (with_verdict) {
		fprintf(out, ", \"not_run\": %llu, \"verdicts\": {",
			(unsigned long long)t->not_run);
		for (i = 0; i <= OTHERS; i++)
			fprintf(out, "%s\"%s\": %llu", i ? ", " : "",
				i < OTHERS ? verdict_name(i) : "other",
				(unsigned long long)t->verdicts[i]);
		fprintf(out, "}");
	}
	fprintf(out, "}\n");
}

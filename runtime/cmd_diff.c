/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc diff: takes two images, prints what differs, the worst first, and exits
 * with 1 where something does that is at least as bad as was asked for.
 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_image.h"
#include "sarif.h"

static const char help[] =
"usage: mdesc diff [OPTION]... OLD NEW\n"
"\n"
"What changes for programs when the image NEW takes the place of OLD: layouts, ids, views,\n"
"sources, limits, documentation; and the parser, by packets that are run through both.\n"
"\n"
"      --fail-on CLASS  exit with 1 only where a difference is of this class or a worse one\n"
"                       (default: documentation, that is any)\n"
"      --ignore RULE    leave out what this rule finds; again for more\n"
"      --packets N      run so many packets at most where nothing is proved of the parsers\n"
"      --pcap FILE      write the packets that show differences to FILE, by their numbers\n"
"      --list-rules     the rules, by class, with what they mean\n"
"  -j, --json           as JSON\n"
"      --sarif          as SARIF 2.1.0, for CI systems\n"
"  -h, --help           this text\n"
"\n"
"Classes, the worst first: breaks (programs do not load), wrong (a program loads, and may\n"
"read wrong values), behaviour (some packets get other values, layouts or verdicts), limits\n"
"(of the hardware, of kernels), compatible, documentation.\n"
CMD_IMAGE_HELP
"\n"
"Exit status: 0 no difference of that class; 1 there is one.\n";

struct diff_args {
	const char *path[2];
	struct cmd_image from;
	int fail_on;
	const char *ignore[128];
	size_t ignore_n;
	uint32_t packets;
	const char *pcap;
	bool json, sarif, list;
};

enum { OPT_FAIL_ON = 0x100, OPT_IGNORE, OPT_PACKETS, OPT_PCAP, OPT_LIST, OPT_SARIF };

/* ---- rules ---- */

static int list_rules(bool json)
{
	MDESC_INFO(mdesc_diff_rule, rule);
	json_t *all = json ? json_array() : NULL;
	int impact = 0;
	size_t i;

	for (i = 0; mdesc_diff_rule_at(i, &rule) == 0; i++) {
		if (json) {
			json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "rule", rule.name,
							     "class", mdesc_impact_name(rule.impact), "summary",
							     rule.summary, "means", rule.means, "advice", rule.advice,
							     "example", rule.example));
			continue;
		}
		if (rule.impact != impact)
			printf("%s%s:\n", impact ? "\n" : "", mdesc_impact_name(rule.impact));
		impact = rule.impact;
		printf("  %-26s%s\n", rule.name, rule.summary);
	}
	return json ? cmd_json(all) : 0;
}

/* ---- text ---- */

static const char *impact_text(int impact)
{
	switch (impact) {
	case MDESC_IMPACT_BREAKS:	return "programs do not load";
	case MDESC_IMPACT_WRONG:	return "programs load, and may read wrong values";
	case MDESC_IMPACT_BEHAVIOUR:	return "some packets get other values, layouts or verdicts";
	case MDESC_IMPACT_LIMITS:	return "the hardware, or a kernel, may refuse";
	case MDESC_IMPACT_COMPATIBLE:	return "programs that are relocated go on as before";
	default:			return "nothing changes for programs";
	}
}

/* Words of a line up to column @width, further lines behind @indent blanks. */
static void put_wrapped(const char *text, unsigned int indent, unsigned int width)
{
	unsigned int column = indent;

	printf("%*s", (int)indent, "");
	while (*text) {
		size_t len = strcspn(text, " ");

		if (column > indent && column + 1 + len > width) {
			printf("\n%*s", (int)indent, "");
			column = indent;
		}
		printf("%s%.*s", column > indent ? " " : "", (int)len, text);
		column += (column > indent) + (unsigned int)len;
		text += len + (text[len] == ' ');
	}
	putchar('\n');
}

static void put_rule(const char *name)
{
	MDESC_INFO(mdesc_diff_rule, rule);
	char text[512];

	mdesc_diff_rule_by_name(name, &rule);
	printf("\n  %s: %s\n", rule.name, rule.summary);
	snprintf(text, sizeof(text), "%s%s%s", rule.means, *rule.advice ? "; " : "", rule.advice);
	put_wrapped(text, 4, 96);
}

/* Of a text of many lines the first, and that there are more. */
static void put_line(const char *text)
{
	size_t len = strcspn(text, "\n");
	const char *more = text[len] && text[len + 1] ? " ..." : "";

	printf("%.*s%s", (int)len, text, more);
}

/* @number: of its packet, from 1 on. */
static void put_difference(const struct mdesc_difference *x, unsigned int number)
{
	size_t i;

	printf("    - %s", x->subject);
	if (*x->old_text || *x->new_text) {
		printf("\n        ");
		put_line(*x->old_text ? x->old_text : "not there");
		printf("  ->  ");
		put_line(*x->new_text ? x->new_text : "gone");
	}
	putchar('\n');
	if (!x->packet)
		return;
	printf("        packet %u: ", number);
	for (i = 0; i < x->packet_size; i++)
		printf("%02x", x->packet[i]);
	printf("%s\n", x->packet_size ? "" : "(of no bytes)");
	if (*x->sources)
		printf("        sources: %s\n", x->sources);
	printf("        headers: %s", x->old_headers);
	if (strcmp(x->old_headers, x->new_headers))
		printf("  ->  %s", x->new_headers);
	putchar('\n');
}

/* What is proved of the parsers; "": there are none. */
static const char *proof_text(const struct mdesc_diff *diff)
{
	switch (mdesc_diff__proof(diff)) {
	case MDESC_DIFF_SAME:		return "proved: no packet is parsed or written differently";
	case MDESC_DIFF_COMPLETE:	return "proved: packets are parsed and written differently only as said above";
	case MDESC_DIFF_OPEN:		return "not proved: other packets may be parsed or written differently";
	default:			return "";
	}
}

static const char *proof_name(const struct mdesc_diff *diff)
{
	static const char *const names[] = {
		[MDESC_DIFF_NO_PARSERS] = "no-parsers", [MDESC_DIFF_SAME] = "same",
		[MDESC_DIFF_COMPLETE] = "complete", [MDESC_DIFF_OPEN] = "open",
	};

	return names[mdesc_diff__proof(diff)];
}

static void put_sum(const struct mdesc_diff *diff)
{
	size_t count[MDESC_IMPACT_BREAKS + 1] = { 0 }, i;
	MDESC_INFO(mdesc_difference, x);
	const char *gap = ": ";
	int k;

	for (i = 0; mdesc_diff__at(diff, i, &x) == 0; i++)
		count[x.impact]++;
	printf("\n%zu difference%s", i, i == 1 ? "" : "s");
	for (k = MDESC_IMPACT_BREAKS; k > 0; k--) {
		if (!count[k])
			continue;
		printf("%s%zu %s", gap, count[k], mdesc_impact_name(k));
		gap = ", ";
	}
	putchar('\n');
}

static void put_text(const struct mdesc_diff *diff)
{
	MDESC_INFO(mdesc_difference, x);
	const char *rule = "";
	unsigned int number = 0;
	int impact = 0;
	size_t i;

	if (!mdesc_diff__count(diff)) {
		printf("no difference\n%s%s", proof_text(diff), *proof_text(diff) ? "\n" : "");
		return;
	}
	for (i = 0; mdesc_diff__at(diff, i, &x) == 0; i++) {
		if (x.impact != impact)
			printf("%s%s: %s\n", impact ? "\n" : "", mdesc_impact_name(x.impact), impact_text(x.impact));
		if (strcmp(x.rule, rule))
			put_rule(x.rule);
		impact = x.impact;
		rule = x.rule;
		number += x.packet != NULL;
		put_difference(&x, number);
	}
	put_sum(diff);
	printf("%s%s", proof_text(diff), *proof_text(diff) ? "\n" : "");
}

/* ---- for programs ---- */

static char *hex(const uint8_t *data, size_t size)
{
	char *text = malloc(2 * size + 1), *to = text;
	size_t i;

	for (i = 0; text && i < size; i++)
		to += sprintf(to, "%02x", data[i]);
	if (text)
		*to = '\0';
	return text;
}

static json_t *as_json(const struct mdesc_difference *x, unsigned int number)
{
	MDESC_INFO(mdesc_diff_rule, rule);
	json_t *value;

	mdesc_diff_rule_by_name(x->rule, &rule);
	value = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "rule", x->rule, "class",
			  mdesc_impact_name(x->impact), "subject", x->subject, "old", x->old_text, "new", x->new_text,
			  "means", rule.means, "advice", rule.advice);
	if (value && x->packet) {
		char *text = hex(x->packet, x->packet_size);

		json_object_set_new(value, "number", json_integer(number));
		json_object_set_new(value, "packet", text ? json_string(text) : NULL);
		json_object_set_new(value, "headers", json_pack("{s:s, s:s}", "old", x->old_headers, "new",
								x->new_headers));
		json_object_set_new(value, "sources", json_string(x->sources));
		free(text);
	}
	return value;
}

static json_t *image_json(const struct mdesc_image *img)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "path", mdesc_image__name(img), "build_id",
			 mdesc_image__build_id_hex(img), "device", mdesc_image__ident(img, MDESC_IDENT_DEVICE),
			 "firmware", mdesc_image__ident(img, MDESC_IDENT_FIRMWARE));
}

static int put_json(const struct mdesc_diff *diff, struct mdesc_image *const img[2])
{
	MDESC_INFO(mdesc_difference, x);
	json_t *all = json_array();
	int worst = mdesc_diff__worst(diff);
	unsigned int number = 0;
	size_t i;

	for (i = 0; mdesc_diff__at(diff, i, &x) == 0; i++) {
		number += x.packet != NULL;
		if (!all || json_array_append_new(all, as_json(&x, number))) {
			json_decref(all);
			return cmd_json(NULL);
		}
	}
	return cmd_json(json_pack("{s:o, s:o, s:s, s:I, s:s, s:o}", "old", image_json(img[0]),
				  "new", image_json(img[1]),
				  "worst", worst ? mdesc_impact_name(worst) : "none", "packets",
				  (json_int_t)mdesc_diff__packets(diff), "proof", proof_name(diff), "differences",
				  all));
}

static int put_sarif(const struct mdesc_diff *diff, const char *path)
{
	MDESC_INFO(mdesc_difference, x);
	MDESC_INFO(mdesc_diff_rule, rule);
	struct sarif *s = sarif_new("mdesc diff");
	char text[1024], *packet;
	size_t i;

	for (i = 0; mdesc_diff_rule_at(i, &rule) == 0; i++) {
		snprintf(text, sizeof(text), "%s%s%s", rule.means, *rule.advice ? "; " : "", rule.advice);
		sarif_rule(s, rule.name, rule.summary, text, rule.impact >= MDESC_IMPACT_WRONG ? SARIF_ERROR :
			   rule.impact >= MDESC_IMPACT_LIMITS ? SARIF_WARNING : SARIF_NOTE);
	}
	for (i = 0; mdesc_diff__at(diff, i, &x) == 0; i++) {
		mdesc_diff_rule_by_name(x.rule, &rule);
		snprintf(text, sizeof(text), "%s: %s (was: %.300s; is: %.300s)", x.subject, rule.summary,
			 *x.old_text ? x.old_text : "not there", *x.new_text ? x.new_text : "gone");
		sarif_result(s, x.rule, text, path, x.subject);
		sarif_property(s, "class", mdesc_impact_name(x.impact));
		packet = x.packet ? hex(x.packet, x.packet_size) : NULL;
		if (packet)
			sarif_property(s, "packet", packet);
		free(packet);
	}
	return sarif_print(s);
}

/* ---- a capture ---- */

/* The packets of differences, in their order, one a second: packet N is that of second N. */
static int put_pcap(const struct mdesc_diff *diff, const char *path)
{
	const struct { uint32_t magic; uint16_t major, minor; uint32_t zone, sigfigs, snaplen, link; } head = {
		0xa1b2c3d4, 2, 4, 0, 0, 262144, 1 /* ethernet */ };
	MDESC_INFO(mdesc_difference, x);
	size_t size = sizeof(head), i;
	uint32_t record[4] = { 0 };
	uint8_t *data, *to;
	int status;

	for (i = 0; mdesc_diff__at(diff, i, &x) == 0; i++)
		size += x.packet ? sizeof(record) + x.packet_size : 0;
	data = to = malloc(size);
	if (!data)
		return cmd_fail(MDESC_CLASS_SYSTEM, "out of memory");
	memcpy(to, &head, sizeof(head));
	to += sizeof(head);
	for (i = 0; mdesc_diff__at(diff, i, &x) == 0; i++) {
		if (!x.packet)
			continue;
		record[0]++;
		record[2] = record[3] = (uint32_t)x.packet_size;
		memcpy(to, record, sizeof(record));
		memcpy(to + sizeof(record), x.packet, x.packet_size);
		to += sizeof(record) + x.packet_size;
	}
	status = cmd_write_file(path, data, size);
	free(data);
	return status;
}

/* ---- the command ---- */

static int compare(struct mdesc_image *const img[2], const struct diff_args *a)
{
	MDESC_OPTS(mdesc_diff_opts, opts, .ignore = a->ignore, .ignore_count = a->ignore_n, .packets = a->packets);
	struct mdesc_error err = { 0 };
	struct mdesc_diff *diff = mdesc_diff(img[0], img[1], &opts, &err);
	int status = 0, worst;

	if (!diff)
		return cmd_error(&err);
	worst = mdesc_diff__worst(diff);
	if (a->json)
		status = put_json(diff, img);
	else if (a->sarif)
		status = put_sarif(diff, a->path[1]);
	else
		put_text(diff);
	if (!status && a->pcap)
		status = put_pcap(diff, a->pcap);
	mdesc_diff__free(diff);
	return status ? status : worst >= a->fail_on ? MDESC_CLASS_INPUT : 0;
}

/* 0, or the exit status after an error message. */
static int read_class(struct diff_args *a, const char *text)
{
	for (a->fail_on = MDESC_IMPACT_DOCUMENTATION; a->fail_on <= MDESC_IMPACT_BREAKS; a->fail_on++)
		if (strcmp(mdesc_impact_name(a->fail_on), text) == 0)
			return 0;
	cmd_fail(CMD_USAGE, "--fail-on takes breaks, wrong, behaviour, limits, compatible or documentation, not '%s'",
		 text);
	return cmd_usage("diff", NULL);
}

static int read_ignore(struct diff_args *a, const char *text)
{
	MDESC_INFO(mdesc_diff_rule, rule);

	if (mdesc_diff_rule_by_name(text, &rule)) {
		cmd_fail(CMD_USAGE, "--ignore: there is no rule '%s'; `mdesc diff --list-rules' has them", text);
		return cmd_usage("diff", NULL);
	}
	if (a->ignore_n < sizeof(a->ignore) / sizeof(a->ignore[0]))
		a->ignore[a->ignore_n++] = text;
	return 0;
}

static int read_packets(struct diff_args *a, const char *text)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || !n || n > 100000000)
		return cmd_usage("diff", "--packets takes a number from 1 to 100000000");
	a->packets = (uint32_t)n;
	return 0;
}

static int parse_option(struct diff_args *a, int c)
{
	switch (c) {
	case OPT_FAIL_ON:
		return read_class(a, optarg);
	case OPT_IGNORE:
		return read_ignore(a, optarg);
	case OPT_PACKETS:
		return read_packets(a, optarg);
	case OPT_PCAP:
		a->pcap = optarg;
		return 0;
	case OPT_LIST:
		a->list = true;
		return 0;
	case OPT_SARIF:
		a->sarif = true;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	default:
		return cmd_image_option(&a->from, c) ? 0 : cmd_usage("diff", NULL);
	}
}

/* -1: go on; else the exit status. */
static int parse_args(struct diff_args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "fail-on", required_argument, NULL, OPT_FAIL_ON },
		{ "ignore", required_argument, NULL, OPT_IGNORE },
		{ "packets", required_argument, NULL, OPT_PACKETS },
		{ "pcap", required_argument, NULL, OPT_PCAP },
		{ "list-rules", no_argument, NULL, OPT_LIST },
		{ "json", no_argument, NULL, 'j' },
		{ "sarif", no_argument, NULL, OPT_SARIF },
		{ "help", no_argument, NULL, 'h' },
		CMD_IMAGE_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	int c, status;

	while ((c = getopt_long(argc, argv, "jh", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return cmd_finish(0);
		}
		status = parse_option(a, c);
		if (status)
			return status;
	}
	if (a->json && a->sarif)
		return cmd_usage("diff", "--json or --sarif, not both");
	if (a->list)
		return argc == optind ? cmd_finish(list_rules(a->json)) :
					cmd_usage("diff", "--list-rules takes no image");
	if (argc - optind != 2)
		return cmd_usage("diff", "it takes two images, the old and the new one");
	a->path[0] = argv[optind];
	a->path[1] = argv[optind + 1];
	return -1;
}

int cmd_diff(int argc, char **argv)
{
	struct diff_args a = { .fail_on = MDESC_IMPACT_DOCUMENTATION };
	struct mdesc_image *img[2] = { NULL, NULL };
	struct mdesc_error err = { 0 };
	int status, k;

	status = parse_args(&a, argc, argv);
	if (status >= 0)
		return status;
	for (k = 0, status = 0; k < 2 && !status; k++) {
		img[k] = cmd_image_open(a.path[k], &a.from, &err);
		if (!img[k])
			status = cmd_error(&err);
	}
	if (!status)
		status = compare(img, &a);
	mdesc_image__close(img[0]);
	mdesc_image__close(img[1]);
	return cmd_finish(status);
}

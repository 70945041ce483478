/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What mdesc check prints for programs: takes all pairs, gives JSON of our own
 * making, or SARIF 2.1.0, which code review and CI show beside the source. Both
 * are written as they go: a matrix can be large.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_check.h"

static const char *const class_keys[] = {
	"same", "moved", "resized", "guarded", "kernel", "possibly_unguarded", "will_not_load", "reads_wrong",
};

static void put_string(const char *text)
{
	json_t *value = cmd_json_text(text);

	json_put_string(stdout, value ? json_string_value(value) : "");
	json_decref(value);
}

static void put_member(const char *key, const char *value, const char *behind)
{
	printf("\"%s\": ", key);
	put_string(value);
	printf("%s", behind);
}

/* ---- JSON ---- */

static void put_relocation(const struct mdesc_check_info *i)
{
	printf("\n        { ");
	put_member("class", mdesc_check_class_name(i->verdict), ", ");
	put_member("rule", i->rule, ", ");
	put_member("kind", i->kind, ", ");
	put_member("path", i->path, ", ");
	put_member("program", i->program, ", ");
	put_member("section", i->section, ", ");
	printf("\"instruction\": %u, ", i->insn);
	put_member("file", i->file, ", ");
	printf("\"line\": %u, ", i->line);
	put_member("source", i->source + strspn(i->source, " \t"), ", ");
	put_member("before", i->before, ", ");
	put_member("after", i->after, ", ");
	put_member("why", i->why, ", ");
	put_member("advice", i->advice, " }");
}

static void put_pair(const struct check_run *r, size_t object, size_t image)
{
	struct mdesc_check_result *res = check_result(r, object, image);
	size_t counts[MDESC_CHECK_WRONG + 1] = { 0 }, n = mdesc_check_result__count(res), i;
	MDESC_INFO(mdesc_check_info, info);
	const char *comma = "";

	printf("    { ");
	put_member("object", mdesc_check__object_name(r->check, object), ", ");
	put_member("image", mdesc_check__image_name(r->check, image), ",\n      ");
	put_member("class", mdesc_check_class_name(mdesc_check_result__class(res)), ",\n      \"counts\": { ");
	for (i = 0; i < n; i++)
		counts[mdesc_check_result__class_at(res, i)]++;
	for (i = 0; i <= MDESC_CHECK_WRONG; i++)
		printf("\"%s\": %zu%s", class_keys[i], counts[i], i < MDESC_CHECK_WRONG ? ", " : " },\n");
	printf("      \"relocations\": [");
	for (i = 0; i < n; i++) {
		if (mdesc_check_result__class_at(res, i) < r->least)
			continue;
		mdesc_check_result__info(res, i, &info);
		printf("%s", comma);
		put_relocation(&info);
		comma = ",";
	}
	printf(" ] }");
}

int check_json(const struct check_run *r)
{
	size_t i, n = r->object_n * r->image_n;

	printf("{\n  ");
	put_member("class", mdesc_check_class_name(check_worst(r)), ",\n  ");
	put_member("fail_on", r->fail_on > MDESC_CHECK_WRONG ? "none" : mdesc_check_class_name(r->fail_on), ",\n");
	printf("  \"fails\": %s,\n  \"pairs\": [\n", check_count(r, r->fail_on) ? "true" : "false");
	for (i = 0; i < n; i++) {
		put_pair(r, i / r->image_n, i % r->image_n);
		printf(i + 1 < n ? ",\n" : "\n");
	}
	printf("  ]\n}\n");
	return 0;
}

/* ---- SARIF ---- */

static const char *level_of(int class)
{
	if (class >= MDESC_CHECK_REFUSED)
		return "error";
	return class == MDESC_CHECK_POSSIBLY ? "warning" : "note";
}

static void put_rules(void)
{
	const char *name, *text;
	size_t i;

	for (i = 0; mdesc_check_rule(i, &name, &text) >= 0; i++) {
		printf("%s\n            { ", i ? "," : "");
		put_member("id", name, ", \"shortDescription\": { ");
		put_member("text", text, " } }");
	}
	/* For those that break nothing, with --all. */
	printf(",\n            { \"id\": \"relocation\", \"shortDescription\": { \"text\": "
	       "\"a relocation that breaks nothing\" } }");
}

/* Any byte of a path that a URI has another meaning for. */
static void put_uri(const char *path)
{
	putchar('"');
	for (; *path; path++) {
		unsigned char c = *path;

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~/", c))
			putchar(c);
		else
			printf("%%%02X", c);
	}
	putchar('"');
}

static void put_location(const struct mdesc_check_info *i, const char *object)
{
	printf("          \"locations\": [ { \"physicalLocation\": { \"artifactLocation\": { \"uri\": ");
	put_uri(*i->file ? i->file : object);
	printf(" }");
	if (*i->file && i->line)
		printf(", \"region\": { \"startLine\": %u }", i->line);
	printf(" }, \"logicalLocations\": [ { ");
	put_member("name", *i->program ? i->program : i->section, ", \"kind\": \"function\" } ] } ],\n");
}

static void put_result(const struct mdesc_check_info *i, const char *object, const char *image)
{
	char *text = NULL;

	if (asprintf(&text, "%s: %s of %s in %s on %s%s%s%s%s%s%s%s", mdesc_check_class_name(i->verdict), i->kind,
		     i->path, object, image, *i->before ? ": " : "", i->before, *i->before ? " -> " : "",
		     *i->before ? (*i->after ? i->after : "absent") : "", *i->why ? ". " : "", i->why,
		     *i->advice ? ". " : "") < 0)
		text = NULL;
	printf("        { ");
	put_member("ruleId", *i->rule ? i->rule : "relocation", ", ");
	put_member("level", level_of(i->verdict), ",\n          \"message\": { \"text\": ");
	if (*i->advice && text) {
		char *all = NULL;

		if (asprintf(&all, "%sHelp: %s", text, i->advice) < 0)
			all = NULL;
		free(text);
		text = all;
	}
	put_string(text ? text : "not enough memory");
	printf(" },\n");
	free(text);
	put_location(i, object);
	printf("          \"properties\": { ");
	put_member("class", mdesc_check_class_name(i->verdict), ", ");
	put_member("object", object, ", ");
	put_member("image", image, ", ");
	put_member("path", i->path, " } }");
}

int check_sarif(const struct check_run *r)
{
	size_t i, k, n = r->object_n * r->image_n;
	MDESC_INFO(mdesc_check_info, info);
	const char *comma = "\n";

	printf("{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n"
	       "  \"runs\": [\n    {\n      \"tool\": {\n        \"driver\": {\n          \"name\": \"mdesc check\",\n"
	       "          ");
	put_member("version", mdesc_version(), ",\n          \"rules\": [");
	put_rules();
	printf("\n          ]\n        }\n      },\n      \"results\": [");
	for (i = 0; i < n; i++)
		for (k = 0; k < mdesc_check_result__count(r->results[i]); k++) {
			if (mdesc_check_result__class_at(r->results[i], k) < r->least)
				continue;
			mdesc_check_result__info(r->results[i], k, &info);
			printf("%s", comma);
			put_result(&info, mdesc_check__object_name(r->check, i / r->image_n),
				   mdesc_check__image_name(r->check, i % r->image_n));
			comma = ",\n";
		}
	printf("\n      ]\n    }\n  ]\n}\n");
	return 0;
}

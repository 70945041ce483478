/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Writes SARIF 2.1.0: see sarif.h. Takes rules and results one by one, keeps them
 * as JSON, prints one run. A result names its rule by id and by index, and has a
 * fingerprint of rule, file and subject, so that CI systems know it again.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "cmd.h"
#include "sarif.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

struct sarif {
	char *tool;
	json_t *rules;
	json_t *results;
	bool failed;
};

static const char *level_name(enum sarif_level level)
{
	return level == SARIF_ERROR ? "error" : level == SARIF_WARNING ? "warning" : "note";
}

struct sarif *sarif_new(const char *tool)
{
	struct sarif *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->tool = strdup(tool);
	s->rules = json_array();
	s->results = json_array();
	s->failed = !s->tool || !s->rules || !s->results;
	return s;
}

/* @value becomes part of @array, or is noted as missing. */
static void append(struct sarif *s, json_t *array, json_t *value)
{
	if (!value || json_array_append_new(array, value))
		s->failed = true;
}

void sarif_rule(struct sarif *s, const char *id, const char *summary, const char *help, enum sarif_level level)
{
	if (!s || s->failed)
		return;
	append(s, s->rules, json_pack("{s:s, s:{s:s}, s:{s:s}, s:{s:s}}", "id", id, "shortDescription", "text", summary,
				      "help", "text", *help ? help : summary, "defaultConfiguration", "level",
				      level_name(level)));
}

/* Of a rule that was declared; -1: it was not. */
static int rule_index(const struct sarif *s, const char *id)
{
	size_t i;

	for (i = 0; i < json_array_size(s->rules); i++)
		if (strcmp(json_string_value(json_object_get(json_array_get(s->rules, i), "id")), id) == 0)
			return (int)i;
	return -1;
}

/* A path as a URI: what may not stand in one as %XX. To be freed. */
static char *uri(const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
	char *text = malloc(3 * strlen(path) + sizeof("file://")), *to = text;

	if (!text)
		return NULL;
	if (*path == '/')
		to = stpcpy(to, "file://");
	for (; *path; path++) {
		if (strchr(plain, *path))
			*to++ = *path;
		else
			to += sprintf(to, "%%%02X", (unsigned char)*path);
	}
	*to = '\0';
	return text;
}

static uint64_t hash(uint64_t h, const char *text)
{
	do
		h = (h ^ (unsigned char)*text) * 0x100000001b3ull;
	while (*text++);
	return h;
}

static json_t *location(const char *path, const char *subject)
{
	json_t *where = json_object();
	char *text = *path ? uri(path) : NULL;

	if (text)
		json_object_set_new(where, "physicalLocation",
				    json_pack("{s:{s:s}}", "artifactLocation", "uri", text));
	free(text);
	if (*subject)
		json_object_set_new(where, "logicalLocations",
				    json_pack("[{s:s}]", "fullyQualifiedName", subject));
	return where;
}

void sarif_result(struct sarif *s, const char *rule, const char *text, const char *path, const char *subject)
{
	const char *level;
	char print[24];
	int idx;

	if (!s || s->failed)
		return;
	idx = rule_index(s, rule);
	if (idx < 0) {
		s->failed = true;
		return;
	}
	level = json_string_value(json_object_get(json_object_get(json_array_get(s->rules, (size_t)idx),
								  "defaultConfiguration"), "level"));
	snprintf(print, sizeof(print), "%016llx",
		 (unsigned long long)hash(hash(hash(0xcbf29ce484222325ull, rule), path), subject));
	append(s, s->results, json_pack("{s:s, s:i, s:s, s:{s:s}, s:[o], s:{s:s}}", "ruleId", rule, "ruleIndex", idx,
					"level", level, "message", "text", text, "locations", location(path, subject),
					"partialFingerprints", "mdesc/v1", print));
}

void sarif_property(struct sarif *s, const char *key, const char *value)
{
	json_t *result, *bag;

	if (!s || s->failed || !json_array_size(s->results))
		return;
	result = json_array_get(s->results, json_array_size(s->results) - 1);
	bag = json_object_get(result, "properties");
	if (!bag) {
		bag = json_object();
		if (json_object_set_new(result, "properties", bag)) {
			s->failed = true;
			return;
		}
	}
	if (json_object_set_new(bag, key, json_string(value)))
		s->failed = true;
}

int sarif_print(struct sarif *s)
{
	json_t *doc = NULL;

	if (s && !s->failed)
		doc = json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:O}}, s:O, s:s}]}", "$schema", SCHEMA, "version",
				"2.1.0", "runs", "tool", "driver", "name", s->tool, "version", mdesc_version(), "rules",
				s->rules, "results", s->results, "columnKind", "unicodeCodePoints");
	if (s) {
		json_decref(s->rules);
		json_decref(s->results);
		free(s->tool);
		free(s);
	}
	return cmd_json(doc);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What mdesc find prints: takes results, gives one of them in a few lines, several
 * as a table, all of them as JSON, and the trace while it happens.
 */
#include <stdlib.h>
#include <string.h>

#include "findshow.h"

static const struct {
	int kind;
	const char *name;	/* for people */
	const char *key;	/* in JSON */
} parts[] = {
	{ MDESC_ID_DRIVER, "driver", "driver" },
	{ MDESC_ID_FIRMWARE, "firmware", "firmware" },
	{ MDESC_ID_BUS, "bus", "bus" },
	{ MDESC_ID_SERIAL, "serial", "serial" },
	{ MDESC_ID_BOARD_SERIAL, "board serial", "board_serial" },
};

static const char *version_kind(int kind)
{
	return kind == MDESC_ID_RUNNING ? "running" : kind == MDESC_ID_FIXED ? "fixed" : "stored";
}

static const char *how_name(int how)
{
	static const char *const names[] = {
		[MDESC_FOUND_PATH] = "path", [MDESC_FOUND_KERNEL] = "kernel", [MDESC_FOUND_MATCH] = "match",
		[MDESC_FOUND_BUILD_ID] = "build-id", [MDESC_FOUND_FETCHED] = "fetched",
	};

	return names[how];
}

/* ---- the trace ---- */

static const char *verdict_name(int verdict)
{
	static const char *const names[] = {
		[MDESC_FIND_LOOKED] = "looked", [MDESC_FIND_MISS] = "miss", [MDESC_FIND_SKIPPED] = "skipped",
		[MDESC_FIND_MATCH] = "match", [MDESC_FIND_HIT] = "hit",
	};

	return verdict > 0 && verdict <= MDESC_FIND_HIT ? names[verdict] : "?";
}

void findshow_step(void *ctx, const struct mdesc_find_step *step)
{
	struct find_args *a = ctx;
	json_t *o;

	if (step->detail && a->verbose < 2)
		return;
	if (!a->json) {
		fprintf(stderr, "  %-8s%s: %s\n", verdict_name(step->verdict), step->where, step->text);
		return;
	}
	o = json_object();
	json_object_set_new(o, "verdict", json_string(verdict_name(step->verdict)));
	json_object_set_new(o, "where", cmd_json_text(step->where));
	json_object_set_new(o, "text", cmd_json_text(step->text));
	if (!a->trace->trace)
		a->trace->trace = json_array();
	json_array_append_new(a->trace->trace, o);
}

void findshow_identity(const struct find_args *a, const struct find_result *r)
{
	MDESC_INFO(mdesc_identity_version, v);
	const char *value;
	size_t i;

	if (!a->verbose || a->json)
		return;
	if (r->iface)
		fprintf(stderr, "%s\n", r->iface);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		value = mdesc_identity__get(r->id, parts[i].kind, NULL);
		if (*value)
			fprintf(stderr, "  %-8s%s %s\n", "is", parts[i].name, value);
	}
	for (i = 0; mdesc_identity__version(r->id, i, &v) == 0; i++)
		fprintf(stderr, "  %-8sdevlink %s %s (%s)\n", "is", v.key, v.value, version_kind(v.kind));
}

/* ---- JSON ---- */

static json_t *identity_json(const struct mdesc_identity *id)
{
	MDESC_INFO(mdesc_identity_version, v);
	json_t *o = json_object(), *versions = json_array(), *one;
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		value = mdesc_identity__get(id, parts[i].kind, NULL);
		if (*value)
			json_object_set_new(o, parts[i].key, cmd_json_text(value));
	}
	for (i = 0; mdesc_identity__version(id, i, &v) == 0; i++) {
		one = json_object();
		json_object_set_new(one, "kind", json_string(version_kind(v.kind)));
		json_object_set_new(one, "key", cmd_json_text(v.key));
		json_object_set_new(one, "value", cmd_json_text(v.value));
		json_array_append_new(versions, one);
	}
	json_object_set_new(o, "versions", versions);
	return o;
}

static json_t *found_json(const struct mdesc_found *found)
{
	const struct mdesc_image *img = mdesc_found__image(found);
	json_t *o = json_object();

	json_object_set_new(o, "how", json_string(how_name(mdesc_found__how(found))));
	json_object_set_new(o, "path", *mdesc_found__path(found) ? cmd_json_text(mdesc_found__path(found)) :
								   json_null());
	json_object_set_new(o, "why", cmd_json_text(mdesc_found__why(found)));
	if (img) {
		json_object_set_new(o, "build_id", json_string(mdesc_image__build_id_hex(img)));
		json_object_set_new(o, "device", cmd_json_text(mdesc_image__ident(img, MDESC_IDENT_DEVICE)));
		json_object_set_new(o, "driver", cmd_json_text(mdesc_image__ident(img, MDESC_IDENT_DRIVER)));
		json_object_set_new(o, "firmware", cmd_json_text(mdesc_image__ident(img, MDESC_IDENT_FIRMWARE)));
	}
	if (*mdesc_found__warning(found))
		json_object_set_new(o, "warning", cmd_json_text(mdesc_found__warning(found)));
	return o;
}

static json_t *result_json(const struct find_result *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "interface", r->iface ? cmd_json_text(r->iface) : json_null());
	if (r->id)
		json_object_set_new(o, "identity", identity_json(r->id));
	json_object_set_new(o, "found", r->found ? found_json(r->found) : json_null());
	if (!r->found) {
		json_object_set_new(o, "error", cmd_json_text(r->err.text));
		json_object_set_new(o, "class", json_string(mdesc_class_name(r->err.kind)));
	}
	if (r->trace)
		json_object_set(o, "trace", r->trace);
	return o;
}

/* ---- for people ---- */

/* What was fetched has no path. */
static const char *place(const struct mdesc_found *found)
{
	return *mdesc_found__path(found) ? mdesc_found__path(found) : "debuginfod";
}

/* Paths for scripts: of what was fetched it is where it was written to. */
static int show_path(const struct find_args *a, const struct mdesc_found *found)
{
	const char *path = a->output ? a->output : mdesc_found__path(found);

	if (!*path)
		return cmd_fail(MDESC_CLASS_NOT_FOUND, "the image was fetched and is in no file: use --output FILE");
	printf("%s\n", path);
	return 0;
}

static void show_one(const struct find_result *r)
{
	const struct mdesc_image *img = mdesc_found__image(r->found);

	printf("%s\n", place(r->found));
	if (img)
		printf("  build id  %s\n  device    %s\n  firmware  %s\n", mdesc_image__build_id_hex(img),
		       mdesc_image__ident(img, MDESC_IDENT_DEVICE), mdesc_image__ident(img, MDESC_IDENT_FIRMWARE));
	else
		printf("  is        BTF, no image\n");
	printf("  because   %s\n", mdesc_found__why(r->found));
}

static int show_table(const struct find_result *results, size_t n)
{
	static const char *const columns[] = { "INTERFACE", "DRIVER", "FIRMWARE", "BUS", "FOUND", "BECAUSE", NULL };
	struct grid *g = grid_new(columns);
	size_t i;
	int kind;

	if (!g)
		return cmd_fail(MDESC_CLASS_SYSTEM, "not enough memory");
	for (i = 0; i < n; i++) {
		const struct find_result *r = &results[i];

		grid_cell(g, "%s", r->iface);
		for (kind = MDESC_ID_DRIVER; kind <= MDESC_ID_BUS; kind++)
			grid_cell(g, "%s", r->id ? mdesc_identity__get(r->id, kind, NULL) : "");
		grid_cell(g, "%s", r->found ? place(r->found) : "-");
		grid_cell(g, "%s", r->found ? mdesc_found__why(r->found) : !r->id ? "no driver info" :
			  mdesc_class_name(r->err.kind));
	}
	grid_print(g, 0);
	return 0;
}

/* What deserves a word whatever was asked for. */
static void show_errors(const struct find_result *results, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct find_result *r = &results[i];

		if (r->found && *mdesc_found__warning(r->found))
			cmd_fail(0, "warning: a better match cannot be used: %s", mdesc_found__warning(r->found));
		/* Of many interfaces most are no NIC with metadata. */
		if (!r->found && (n == 1 || (r->id && r->err.kind != MDESC_CLASS_NOT_FOUND)))
			cmd_error(&r->err);
	}
}

int findshow(const struct find_args *a, const struct find_result *results, size_t n)
{
	json_t *all;
	size_t i;
	int status = 0;

	if (a->json) {
		all = json_array();
		for (i = 0; i < n; i++)
			json_array_append_new(all, result_json(&results[i]));
		status = cmd_json(all);
	} else if (a->path_only) {
		for (i = 0; i < n && !status; i++)
			if (results[i].found)
				status = show_path(a, results[i].found);
	} else if (n == 1 && results[0].found) {
		show_one(&results[0]);
	} else if (n > 1) {
		status = show_table(results, n);
	}
	show_errors(results, n);
	return status;
}

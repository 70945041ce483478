/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What mdesc find was asked and what it found, between the two files of it.
 */
#ifndef MDESC_FINDSHOW_H
#define MDESC_FINDSHOW_H

#include <jansson.h>

#include "cmd.h"
#include "cmd_image.h"
#include "cmd_progress.h"

struct find_said {
	int kind;		/* enum mdesc_identity_kind */
	const char *value;	/* of a version: KEY=VALUE */
};

struct find_result {
	const char *iface;	/* NULL: none was named */
	struct mdesc_identity *id;
	struct mdesc_found *found;
	struct mdesc_error err;
	json_t *trace;
};

struct find_args {
	struct mdesc_find_opts opts;
	struct mdesc_fetch_opts fetch;
	struct cmd_progress progress;
	const char *output;
	struct cmd_image image;
	const char **dirs;
	struct find_said said[64];
	unsigned int said_count;
	const char *iface;
	bool path_only;
	bool json;
	unsigned int verbose;
	struct find_result *trace;	/* of what is being searched for */
};

/* A line of the trace: to standard error, or into the result. @ctx: struct find_args. */
void findshow_step(void *ctx, const struct mdesc_find_step *step);
/* With --verbose: what is known of the device. */
void findshow_identity(const struct find_args *a, const struct find_result *r);
/* Print results: 0 or an exit status. Errors of a single one go to standard error. */
int findshow(const struct find_args *a, const struct find_result *results, size_t n);

#endif /* MDESC_FINDSHOW_H */

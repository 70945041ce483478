/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* mdesc run, where raw tables are run instead of a parser. */
#ifndef MDESC_RUNRAW_H
#define MDESC_RUNRAW_H

#include <stdio.h>

#include "run.h"

struct raw_run;

/* Whether the image has no parser, and tables that say what they do. */
bool raw_run_only(const struct mdesc_image *img);
/* @table: where they begin, or NULL; @sets: NAME=VALUE for registers. 0, or -errno. */
int raw_run_new(struct raw_run **run, const struct mdesc_image *img, const char *table, const char *const *sets,
		size_t set_n, struct mdesc_error *err);
/* @out: NULL: only counted. */
int raw_run_packet(struct raw_run *run, const struct packet *pkt, FILE *out, bool json, struct mdesc_error *err);
/* The sums; as JSON only where nothing else was asked for. */
void raw_run_end(const struct raw_run *run, FILE *out, bool quiet, bool json);
void raw_run_free(struct raw_run *run);

#endif /* MDESC_RUNRAW_H */

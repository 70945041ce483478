/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The command line of mdescc. */
#ifndef MDESCC_OPTIONS_H
#define MDESCC_OPTIONS_H

#include "mdescc.h"

struct options {
	struct mdc_options mdc;
	uint32_t emit;			/* bits: rows of mdc_emitters */
	const char *out_dir;		/* -d, or NULL */
	const char *out_file;		/* -o, or NULL */
	bool deps, dep_phony;		/* -MD, -MP */
	const char *dep_file;		/* -MF, or NULL */
	const char *dep_target;		/* -MT, or NULL */
	const char **releases;		/* --release, which; none: all */
	int n_releases;
	bool list_releases, list_outputs;
};

/* -1: go on. Otherwise the exit status: help was shown (0), or an error (2). */
int options_parse(struct options *o, struct arena *arena, struct diags *diags, int argc,
		  char **argv);

#endif

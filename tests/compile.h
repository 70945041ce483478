/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The compiler in a test's own process: from a file to the model and the outputs. */
#ifndef TESTS_COMPILE_H
#define TESTS_COMPILE_H

#include <stdbool.h>

#include "mdescc.h"
#include "out.h"

struct compiled {
	struct mdc_ctx ctx;
	const struct ast_file *ast;	/* of that release */
	const struct mdc_model *model;
	const struct mdc_rows *rows;
};

/* False after the diagnostics were printed as explanations (# lines). @include_dir: -I, or NULL. */
bool compile_file(struct compiled *c, const char *path, const char *include_dir);
/* The same without the checks of the finished model. */
bool compile_unchecked(struct compiled *c, const char *path);
/* One output, which out_free() frees. */
bool compile_emit(struct compiled *c, const char *kind, struct out *out);
void compile_free(struct compiled *c);

/* The path of a file of the test's own: below TMP, or where it runs, by hand. */
const char *own_path(const char *name, char *path, size_t size);

/* Calls @one for each file that FOLDER/PATTERN matches, with its number. */
void each_file(const char *folder, const char *pattern, void (*one)(const char *path, size_t i));

/* Writes a whole file; exits the test if it cannot. */
void write_file(const char *path, const void *data, size_t size);

#endif

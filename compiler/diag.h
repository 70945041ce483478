/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Diagnostics: queued records with several places, shown sorted at the end.
 *
 *	struct diag *d = diag(ctx, CHK_unknown_name, loc, "unknown field '%s'", name);
 *	diag_label(d, other_loc, "first declared here");
 *	diag_note(d, "did you mean '%s'?", near);
 *
 * Returns NULL where the check is switched off; diag_label() and diag_note()
 * take NULL. A check's severity is in checks.def.
 */
#ifndef MDESCC_DIAG_H
#define MDESCC_DIAG_H

#include <stdio.h>
#include "mdescc.h"

enum severity { SEV_OFF, SEV_WARNING, SEV_ERROR };
enum check_group { GROUP_NONE, GROUP_DEFAULT, GROUP_ALL, GROUP_EXTRA };

enum check {
#define CHECK(id, name, severity, group, text) CHK_##id,
#include "checks.def"
#undef CHECK
	CHK_COUNT
};

struct check_info {
	const char *name;	/* "unknown-name" */
	enum severity severity;	/* by default, when its group is on */
	enum check_group group;	/* GROUP_NONE: an error that can't be switched */
	const char *text;	/* one line for the documentation */
};
extern const struct check_info check_infos[CHK_COUNT];

struct diag;
struct diags;

struct diags *diags_new(struct arena *a);
/* One -W option: "all", "extra", "NAME", "no-NAME", "error", "error=NAME", ... 0 or -1: unknown. */
int diags_option(struct diags *d, const char *w);

struct diag *diag(struct mdc_ctx *ctx, enum check chk, struct loc loc, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void diag_label(struct diag *d, struct loc loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void diag_note(struct diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* How many there are; and a note under each from the @from-th on. */
size_t diags_count(const struct mdc_ctx *ctx);
void diags_note_from(struct mdc_ctx *ctx, size_t from, const char *text);

/* @text in the place of the bytes at @loc mends it (before them, where @loc is empty). For --diagnostics=json. */
void diag_fix(struct diag *d, struct loc loc, const char *text);
/* "did you mean '@near'?", and a fix where @d is about the word @name itself. Takes NULL for @near. */
void diag_near(const struct mdc_ctx *ctx, struct diag *d, const char *name, const char *near);

int diag_errors(const struct mdc_ctx *ctx);	/* so far */
/*
 * What follows is about release @idx of those, or (-1) of the whole description. What is said of some releases only is
 * shown with their names.
 */
void diags_release(struct diags *d, const char *const *releases, int n, int idx);
/* How they are shown: as JSON, or as text with or without colours. */
void diags_style(struct diags *d, bool json, bool color);
void diags_show(struct mdc_ctx *ctx, FILE *to);	/* sorted, with carets; 50 errors, 50 warnings */
/* At once, on stderr: an error of the options (@check "usage") or the system ("system"); @help: a note, or NULL. */
void diags_say(struct diags *d, const char *check, const char *help, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* A string of JSON, with its quotes. */
void diag_json_string(const char *s, FILE *to);

/* The nearest of @names (NULL-terminated or @n) to a misspelt @name, or NULL. */
const char *nearest_name(const char *name, const char *const *names, size_t n);

#endif

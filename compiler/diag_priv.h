/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What diag.c keeps and diag_text.c and diag_json.c show. */
#ifndef MDESCC_DIAG_PRIV_H
#define MDESCC_DIAG_PRIV_H

#include "arena.h"
#include "diag.h"

struct label {
	struct loc loc;
	const char *text;
};

/* The bytes at @loc, replaced by @text, mend it. */
struct fix {
	struct loc loc;
	const char *text;
};

struct diag {
	enum check chk;
	enum severity severity;
	struct loc loc;
	const char *text;
	VEC(struct label) labels;
	VEC(const char *) notes;
	VEC(struct fix) fixes;
	size_t seq;
	uint64_t releases;	/* of which it is said */
	bool merged;		/* into one before */
	struct arena *arena;
};

void diag_show_text(const struct mdc_ctx *ctx, const struct diag *d, bool color, FILE *to);
void diag_show_json(const struct mdc_ctx *ctx, const struct diag *d, FILE *to);

/* The same for what has no place; @check is NULL for a note, @help may be. */
void diag_say_text(const char *check, const char *text, const char *help, bool color, FILE *to);
void diag_say_json(const char *check, const char *text, const char *help, FILE *to);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the machine's adder can compute: (field << shift) + constant, from any
 * spelling that comes to that. Used for the length of headers and for `advance`.
 */
#ifndef MDESCC_LINEAR_H
#define MDESCC_LINEAR_H

#include "resolve.h"

struct linear {
	uint32_t bit, bits;		/* of the field; bits 0: a constant */
	enum mdc_order order;
	const struct mdc_instance *inst;	/* whose field, where @field says so; else NULL */
	uint8_t elem;
	unsigned int shift;
	rs_int add;
};

struct linear_env {
	struct resolver *r;
	void *arg;
	const char *what;		/* "a length" */
	/* Is it a field, even if a constant is called so, too? */
	bool (*is_field)(void *arg, const struct ast *e);
	/* Sets the bits of field @e. False after a diagnostic. */
	bool (*field)(void *arg, const struct ast *e, struct linear *l);
};

/* False after a diagnostic. */
bool linear_resolve(struct linear_env *env, const struct ast *e, struct linear *l);
/* Says @why, and how such a thing is written. False. */
bool linear_bad(struct linear_env *env, const struct ast *e, const char *why);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How the operations of values are written, in whatever form an image holds them.
 */
#ifndef MDESC_RUNTIME_OPERATORS_H
#define MDESC_RUNTIME_OPERATORS_H

#include <mdesc/format.h>

#include "names.h"

enum { LEVEL_COND = 1, LEVEL_UNARY = 12, LEVEL_POSTFIX = 13 };

/*
 * @text: NULL where it is no operator
 * @level: how much it binds, as in C; 0 where it is no operator
 */
struct operator {
	const char *text;
	int level;
};

extern const struct operator operators[MDESC_X_CONFIG + 1];	/* by MDESC_X_* */

#endif /* MDESC_RUNTIME_OPERATORS_H */

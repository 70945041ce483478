/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The nearest of many names to a misspelt one. See near.c. */
#ifndef MDESC_NEAR_H
#define MDESC_NEAR_H

#include "names.h"

struct near_name {
	const char *name;
	const char *best;	/* NULL: none is near */
	unsigned int worst;	/* how far the best is; at first, what is too far */
};

void near_begin(struct near_name *near, const char *name);
void near_look(struct near_name *near, const char *candidate);

#endif /* MDESC_NEAR_H */

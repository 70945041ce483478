/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The shortest list of cubes that means what another one does, as far as a number of steps goes. */
#ifndef MDESCC_COVER_EXACT_H
#define MDESCC_COVER_EXACT_H

#include "cover.h"

/*
 * A cover that means the same as @c for every key and is no longer, in the arena; @c's own rows where there is none
 * that is shorter. @steps is made less by what it took, and is 0 where it was not enough. *@more: more steps might
 * find a shorter one. More steps never give a longer one.
 */
struct cover cover_exact(struct arena *a, const struct cover *c, uint64_t *steps, bool *more);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Lists of single values over a default, however long they are. */
#ifndef MDESCC_COVER_PLAIN_H
#define MDESCC_COVER_PLAIN_H

#include "cover.h"

/* Is it one of those? */
bool cover_plain_may(const struct cover *c);
/* A list that means the same and is no longer, in the arena. False: @c has other rows. */
bool cover_plain(struct arena *a, const struct cover *c, struct cover *shorter);
/*
 * Nothing is to be gained where no two values of an action differ in one bit only, and the values are few among all:
 * a cube around some of an action's values that are fewer than half of its keys needs as many exceptions, and more
 * than half always have two such neighbours.
 */
bool cover_plain_is_least(struct arena *a, const struct cover *c);

#endif

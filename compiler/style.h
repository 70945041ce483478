/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* How diagnostics look: --diagnostics=KIND, --color=WHEN and the environment. */
#ifndef MDESCC_STYLE_H
#define MDESCC_STYLE_H

#include "mdescc.h"

enum style_arg { STYLE_OTHER, STYLE_GOOD, STYLE_BAD };

/* From the whole command line, before it is read: its errors are to look so, too. */
void style_choose(struct diags *diags, int argc, char **argv);
/*
 * What argv[*at] is: STYLE_OTHER, neither of the two options; STYLE_GOOD, one with a value that is known; STYLE_BAD,
 * one with another, @value, or none (""), where @want says what it takes. A value may be the next word: *at moves to
 * it.
 */
enum style_arg style_arg(int argc, char **argv, int *at, const char **want, const char **value);

#endif

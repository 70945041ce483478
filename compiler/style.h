/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* How diagnostics look: --diagnostics=KIND, --color=WHEN and the environment. */
#ifndef MDESCC_STYLE_H
#define MDESCC_STYLE_H

#include "mdescc.h"

/* From the whole command line, before it is read: its errors are to look so, too. */
void style_choose(struct diags *diags, int argc, char **argv);
/* Does @arg (--diagnostics..., --color...) have a value that is known? */
bool style_valid(const char *arg);

#endif

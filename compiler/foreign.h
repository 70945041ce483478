/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What things are called in C, P4 and Rust, to say what they are called here. */
#ifndef MDESCC_FOREIGN_H
#define MDESCC_FOREIGN_H

#include "resolve.h"

/* Adds to @d what the type @name of another language is here; false: it is none that is known. */
bool foreign_type(struct resolver *r, struct diag *d, struct ast_name name);
/* The same for a function. @args: its arguments. */
bool foreign_function(struct diag *d, struct ast_name name, const struct ast *args, const char *args_text);
/* What ends a parser, called otherwise: "accept", "drop", "reject", or NULL. */
const char *foreign_end(const char *name);
/*
 * The same for a constant: those of the kernel's headers, `true`, and enumerators as C has them. @en: an enum, or
 * NULL.
 */
bool foreign_constant(struct diag *d, struct ast_name name, const struct mdc_type *en);
/* `hdr.ipv4.ttl`: the name in front of a header's is one too many. @at: that name. */
bool foreign_prefix(struct resolver *r, struct diag *d, struct loc at);
/* A pattern that is an expression of two numbers, such as `0x0800 & 0xff00`: true after a diagnostic. */
bool foreign_pattern(struct resolver *r, const struct ast *e);
/* The unit, with a warning if it is another spelling of a usual one. NULL for NULL. */
const char *rs_unit(struct resolver *r, const struct ast *unit);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The dump while it is written: emit_dump.c has types and layouts, dump_parser.c the parser. */
#ifndef MDESCC_DUMP_H
#define MDESCC_DUMP_H

#include "arena.h"
#include "model.h"
#include "out.h"

struct dump {
	struct arena *arena;
	const struct mdc_model *model;
	struct out *out;
};

/* ` unit "ns" deprecated "..."`, then the doc on lines of their own, indented by @depth. */
void dump_attributes(struct dump *d, const char *unit, const char *deprecated);
void dump_doc(struct dump *d, int depth, const char *doc);
const char *dump_order(enum mdc_order order);		/* "host", "le", "be", "raw" */

/* `mynic_metadata.pkt_type = 2`, after the indent, with the newline. */
void dump_rule(struct dump *d, const struct mdc_layout *l, const struct mdc_rule *r);

/* dump_values.c */
void dump_values(struct dump *d, const struct mdc_layout *l);

void dump_headers(struct dump *d);
void dump_parser(struct dump *d);
void dump_tables(struct dump *d);	/* dump_tables.c */

#endif

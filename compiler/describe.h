/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The parser's parts as short text, for listings and diagnostics: in the arena. */
#ifndef MDESCC_DESCRIBE_H
#define MDESCC_DESCRIBE_H

#include "arena.h"
#include "model.h"

/* "vlan[last]", "ipv4" */
const char *describe_elem(struct arena *a, const struct mdc_instance *inst, uint8_t elem);
/* The same; "gre.key", the first field, of a part of a header. */
const char *describe_whole(struct arena *a, const struct mdc_instance *inst, uint8_t elem);
/* What a state does: "extract ipv4", "advance 4", "mark l4 = cursor + 22", "leave" */
const char *describe_move(struct arena *a, const struct mdc_instance *inst);
/* Whether a part of header @h is there: "(c == 1 && !(k == 1))" */
const char *describe_cond(struct arena *a, const struct mdc_header *h, const struct mdc_hcond *c);
/* Bits of a header: "ipv4.protocol", "ipv6.saddr[31:0]"; "ipv4[64:16]" (first bit, width) where they
 * are of no one field. */
const char *describe_bits(struct arena *a, const struct mdc_instance *inst, uint8_t elem, uint32_t bit,
			  uint32_t bits);
const char *describe_key(struct arena *a, const struct mdc_key *k);	/* also "lookahead(0, 4)" */
const char *describe_register(const struct mdc_register *reg);		/* "flag" */
/* "ai", "ai[3:0]" */
const char *describe_set(struct arena *a, const struct mdc_set *s);
/* "(1, _, 3..4)"; "4", "other" */
const char *describe_class_row(struct arena *a, const struct mdc_class *c, const struct mdc_class_row *row);
const char *describe_class_value(struct arena *a, const struct mdc_class *c, uint64_t value);
const char *describe_arm(struct arena *a, const struct mdc_state *s, const struct mdc_arm *arm);
/* "loop", "17", "too_deep" */
const char *describe_code(struct arena *a, const struct mdc_parser *p, uint16_t code);
const char *describe_next(struct arena *a, const struct mdc_parser *p, const struct mdc_next *n);

#endif

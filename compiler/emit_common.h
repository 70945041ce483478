/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What header and BTF must agree on: which types they hold, and in which order. */
#ifndef MDESCC_EMIT_COMMON_H
#define MDESCC_EMIT_COMMON_H

#include "model.h"

struct arena;

/* The model's named types in its order, without those of std/ that nothing uses. */
const struct mdc_type **mdc_used_types(struct mdc_ctx *ctx, const struct mdc_model *m, uint32_t *n);

/* A word's bit ranges from the lowest bit up. */
const struct mdc_bits **mdc_bits_ascending(struct arena *a, const struct mdc_member *m);

/* "2,4..5" or "default", of an arm; NULL: it lists nothing. */
const char *mdc_arm_text(struct arena *a, const struct mdc_value_range *values, uint32_t n, bool is_default);

/* Does the arm of a word (NULL: none) have ranges of its own? */
bool mdc_arm_has_bits(const struct mdc_member *m, const struct mdc_word_arm *arm);

/* Is this the first view of its name? Views of one name are one struct. */
bool mdc_view_is_first(const struct mdc_model *m, uint32_t view);

/* A text for comments of C and of make: nothing that ends one or goes on behind it. */
const char *mdc_plain_comment(struct arena *a, const char *text);

/* The name in capitals. */
const char *mdc_upper(struct arena *a, const char *name);

#endif

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

/* Is this the first view of its name? Views of one name are one struct. */
bool mdc_view_is_first(const struct mdc_model *m, uint32_t view);

/* The name in capitals. */
const char *mdc_upper(struct arena *a, const char *name);

#endif

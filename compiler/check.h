/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Checks of a finished model: checks.c has their table. Each only reads, and
 * copes with what earlier diagnostics left behind.
 */
#ifndef MDESCC_CHECK_H
#define MDESCC_CHECK_H

#include "diag.h"
#include "model.h"

typedef void mdc_check_fn(struct mdc_ctx *ctx, const struct mdc_model *m);

mdc_check_fn check_shadowed_arms;	/* check_arms.c */
mdc_check_fn check_double_writes;	/* check_writes.c */
mdc_check_fn check_unwritten;
mdc_check_fn check_unused_registers;	/* check_registers.c */
mdc_check_fn check_asks;		/* check_asks.c */
mdc_check_fn check_tables;		/* check_tables.c */
mdc_check_fn check_table_registers;	/* check_table_registers.c */
mdc_check_fn check_table_states;	/* check_table_states.c */
mdc_check_fn check_kernel_names;	/* check_kernel.c */

#endif

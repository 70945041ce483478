/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Operations of raw tables as they stand in an image. */
#ifndef MDESCC_IMAGE_EFFECTS_H
#define MDESCC_IMAGE_EFFECTS_H

#include <mdesc/format.h>

struct mdc_eop;
struct mdc_model;

/* @field: the index of what FIELD and MASK name; the strings of ARG are 0. */
struct mdesc_fmt_raw_op image_raw_op(const struct mdc_eop *o, uint32_t field);
/* The index of the register of this name, plus 1; 0: there is none. */
uint32_t image_raw_reg(const struct mdc_model *m, const char *name);

#endif

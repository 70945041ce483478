/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The naive evaluation of what is computed, from the model: written from the
 * words of doc/language.md, with wide integers, and without the image's steps.
 */
#ifndef TESTS_VALUES_H
#define TESTS_VALUES_H

#include <stdbool.h>
#include <stdint.h>

struct mdc_cond;
struct mdc_layout;
struct mdc_value;

struct values_in {
	const struct mdc_layout *l;
	const uint8_t *meta;
	const uint64_t *config;		/* by idx, all of them given */
};

/* In 64 bits, with the sign of its type. */
uint64_t values_field(const struct values_in *in, uint32_t leaf);
uint64_t values_compute(const struct values_in *in, const struct mdc_value *v);
bool values_applies(const struct values_in *in, const struct mdc_value *v);
bool values_conds(const struct values_in *in, const struct mdc_cond *c);
bool values_valid(const struct values_in *in, const struct mdc_value *valid);

#endif

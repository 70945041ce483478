/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A header instance of the model as tables have it; names left out. */
#include "image.h"
#include "model.h"

/*
 * The length (field << len_shift) + len_add, on the one or two bytes that the
 * field lies in: masked, it stands low bits too far to the left.
 */
static void put_length(struct mdesc_fmt_header *to, const struct mdc_header *h)
{
	uint32_t bytes = (h->len_bit % 8 + h->len_bits + 7) / 8;
	uint32_t low = bytes * 8 - h->len_bit % 8 - h->len_bits;

	to->flags = MDESC_HEADER_VAR;
	to->len_off = (uint16_t)(h->len_bit / 8);
	to->len_bytes = (uint8_t)bytes;
	to->len_mask = ((1u << h->len_bits) - 1) << low;
	to->len_shift = (int8_t)(h->len_shift - (int)low);
	to->len_const = h->len_add;
}

static void put_kind(struct mdesc_fmt_header *to, const struct mdc_instance *inst)
{
	static const uint8_t kinds[] = {
		[MDC_I_HEADER] = MDESC_KIND_HEADER, [MDC_I_PART] = MDESC_KIND_PART,
		[MDC_I_ADVANCE] = MDESC_KIND_ADVANCE, [MDC_I_MARK] = MDESC_KIND_MARK,
		[MDC_I_PEEK] = MDESC_KIND_PEEK, [MDC_I_LEAVE] = MDESC_KIND_LEAVE,
	};

	to->kind = kinds[inst->kind];
	to->of = (uint16_t)(inst->of ? inst->of->idx : inst->kind == MDC_I_MARK ? inst->idx : 0);
	to->of_elem = inst->of_elem;
	to->ahead = (uint16_t)inst->ahead;
}

struct mdesc_fmt_header image_header(const struct mdc_instance *inst)
{
	const struct mdc_header *h = inst->header;
	struct mdesc_fmt_header to = {
		.fixed = (uint16_t)h->fixed,
		.min = (uint16_t)(h->min > h->fixed ? h->min : h->fixed),
		.max = (uint16_t)(h->max < UINT16_MAX ? h->max : UINT16_MAX),
		.capacity = (uint16_t)inst->capacity,
	};

	if (h->variable)
		put_length(&to, h);
	put_kind(&to, inst);
	return to;
}

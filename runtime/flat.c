/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The flat form: takes all sources, gives one BTF of the kernel's types, the
 * modules' and the NICs', and then of their strings in the same order. The
 * kernel's types, and the first module's, keep ids and bytes; those that follow
 * are moved behind them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stitch.h"

/* How ids and string offsets of a source move: those below @id_from, @str_from stay. */
struct move {
	uint32_t id_from, id_by;
	uint32_t str_from, str_by;
};

static uint32_t moved(uint32_t x, uint32_t from, uint32_t by)
{
	return x < from ? x : x + by;
}

static uint32_t move_id(const void *ctx, uint32_t id)
{
	const struct move *mv = ctx;

	return moved(id, mv->id_from, mv->id_by);
}

static uint32_t move_name(const void *ctx, uint32_t off)
{
	const struct move *mv = ctx;

	return moved(off, mv->str_from, mv->str_by);
}

static void move_types(uint8_t *types, uint32_t len, const struct move *mv)
{
	uint32_t at;

	if (!mv->id_by && !mv->str_by)
		return;
	for (at = 0; at < len; at += btfraw_record_size((const void *)(types + at)))
		btfraw_rewrite((void *)(types + at), mv, move_id, move_name);
}

/* In BTF of its own, string 0 is the empty one: it stays, as void does. */
static struct move move_of(const struct btfraw *b, uint32_t end_id, uint32_t strs_len)
{
	return (struct move){
		.id_from = b->first_id, .id_by = end_id - b->first_id,
		.str_from = b->base ? b->str_base : 1, .str_by = strs_len - b->str_base,
	};
}

static int total(const struct stitch *st, uint64_t *types, uint64_t *strs, struct mdesc_error *err)
{
	uint64_t ids = 1;
	uint32_t i;

	*types = *strs = 0;
	for (i = 0; i < st->n; i++) {
		*types += st->v[i].btf.types_len;
		*strs += st->v[i].btf.strs_len;
		ids += st->v[i].btf.end_id - st->v[i].btf.first_id;
	}
	if (!*strs)
		*strs = 1;
	if (*types + *strs > UINT32_MAX / 2 || ids > UINT32_MAX / 2)
		return error_set(err, EFBIG, MDESC_CLASS_INPUT, "the BTF would be too large");
	return 0;
}

int stitch_flat(struct stitch *st, struct mdesc_error *err)
{
	struct mdesc_stitched *out = st->out;
	uint32_t i, end_id = 1, types_at = 0, strs_at = 0;
	uint64_t types_len, strs_len;
	uint8_t *types;
	char *strs;
	int rc;

	rc = total(st, &types_len, &strs_len, err);
	if (rc)
		return rc;
	out->size = sizeof(struct btf_header) + types_len + strs_len;
	out->data = malloc(out->size);
	if (!out->data)
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	btf_header_set(out->data, types_len, strs_len);
	types = (uint8_t *)out->data + sizeof(struct btf_header);
	strs = (char *)types + types_len;
	strs[0] = '\0';
	for (i = 0; i < st->n; i++) {
		const struct btfraw *b = &st->v[i].btf;
		struct move mv = move_of(b, end_id, strs_at);

		if (!b->end_id)
			continue;	/* left out */
		memcpy(types + types_at, b->types, b->types_len);
		move_types(types + types_at, b->types_len, &mv);
		memcpy(strs + strs_at, b->strs, b->strs_len);
		types_at += b->types_len;
		strs_at += b->strs_len;
		end_id += b->end_id - b->first_id;
	}
	out->types = end_id - 1;
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * For readers of BTF from before 2022, which give up at the first kind that they
 * do not know: takes BTF that was stitched, writes it without the kinds that came
 * after BTF_KIND_FLOAT. Ids stay. An enum64 becomes an enum of eight bytes, as it
 * was written before, with the enumerators that fit: for others "does not exist"
 * is an answer, and half of a value would be a wrong one.
 */
#include <string.h>

#include "stitch.h"

/* As readers of the time take it: with a sign where the enum has one. */
static bool fits(const struct btf_enum64 *e, bool has_sign)
{
	if (has_sign)
		return e->val_hi32 == ((e->val_lo32 & 0x80000000u) ? 0xffffffffu : 0);
	return !e->val_hi32 && e->val_lo32 <= 0x7fffffffu;
}

/* Writes the record @t, which may overlap @to, as an enum. Returns its size. */
static uint32_t as_enum(uint8_t *to, const struct btf_type *t)
{
	const struct btf_enum64 *from = btfraw_tail(t);
	struct btf_type head = *t;
	uint32_t i, n = 0, vlen = btfraw_vlen(t);
	bool has_sign = BTF_INFO_KFLAG(t->info);

	for (i = 0; i < vlen; i++) {
		struct btf_enum64 e = from[i];	/* the smaller one is written over it */
		struct btf_enum small = { e.name_off, (int32_t)e.val_lo32 };

		if (!fits(&e, has_sign))
			continue;
		memcpy(to + sizeof(head) + n * sizeof(small), &small, sizeof(small));
		n++;
	}
	head.info = (head.info & 0x80000000u) | BTF_KIND_ENUM << 24 | n;
	memcpy(to, &head, sizeof(head));
	return sizeof(head) + n * sizeof(struct btf_enum);
}

/* Writes a record @t of @size bytes, which may overlap @to. Returns the bytes written. */
static uint32_t put(uint8_t *to, const struct btf_type *t, uint32_t size)
{
	uint32_t kind = btfraw_kind(t);
	struct btf_type *put = (void *)to;

	if (kind == BTF_KIND_ENUM64)
		return as_enum(to, t);
	memmove(to, t, size);
	if (kind == BTF_KIND_DECL_TAG) {	/* an integer that nothing uses, of the same size */
		*put = (struct btf_type){ .info = BTF_KIND_INT << 24, .size = 1 };
		*(uint32_t *)(void *)(put + 1) = 8;
	} else if (kind == BTF_KIND_TYPE_TAG) {	/* readers look through both */
		put->name_off = 0;
		put->info = BTF_KIND_CONST << 24;
	}
	return size;
}

void stitch_old_kinds(struct mdesc_stitched *out)
{
	struct btf_header h;
	uint8_t *types = (uint8_t *)out->data + sizeof(h);
	uint32_t from, to = 0, size;

	memcpy(&h, out->data, sizeof(h));
	for (from = 0; from < h.type_len; from += size) {
		const struct btf_type *t = (const void *)(types + from);

		size = btfraw_record_size(t);
		to += put(types + to, t, size);
	}
	memmove(types + to, types + h.str_off, h.str_len);
	btf_header_set(out->data, to, h.str_len);
	out->size = sizeof(h) + to + h.str_len;
}

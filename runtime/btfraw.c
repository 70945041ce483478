/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The view of raw BTF: takes bytes from anywhere, gives records by id and
 * strings by offset. After btfraw_open() every record is whole; ids and offsets
 * in records may still be anything, so the accessors check them again, and loops
 * over references are bounded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btfraw.h"
#include "image.h"

#define REF_CHAIN_MAX	64	/* const volatile typedef ... in a row */

uint32_t btfraw_record_size(const struct btf_type *t)
{
	uint32_t vlen = btfraw_vlen(t), head = sizeof(*t);

	switch (btfraw_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return head;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return head + 4;
	case BTF_KIND_ARRAY:
		return head + sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return head + vlen * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return head + vlen * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return head + vlen * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return head + vlen * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return head + vlen * sizeof(struct btf_var_secinfo);
	default:
		return 0;
	}
}

bool btfraw_refers(const struct btf_type *t)
{
	switch (btfraw_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FUNC_PROTO:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
	case BTF_KIND_TYPE_TAG:
		return true;
	default:
		return false;
	}
}

const char *btfraw_kind_name(uint32_t kind)
{
	static const char *const names[] = {
		"void", "int", "pointer", "array", "struct", "union", "enum", "forward",
		"typedef", "volatile", "const", "restrict", "function", "prototype",
		"variable", "section", "float", "tag", "type tag", "enum",
	};

	return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "type";
}

static void tail_slots(struct btfraw_slots *s, struct btf_type *t, uint32_t stride,
		       size_t id_at, bool has_ids, bool has_names)
{
	uint8_t *tail = (uint8_t *)(t + 1);

	if (has_ids) {
		s->ids = tail + id_at;
		s->ids_n = btfraw_vlen(t);
		s->ids_stride = stride;
	}
	if (has_names) {
		s->names = tail;
		s->names_n = btfraw_vlen(t);
		s->names_stride = stride;
	}
}

void btfraw_slots(struct btf_type *t, struct btfraw_slots *s)
{
	memset(s, 0, sizeof(*s));
	if (btfraw_refers(t))
		s->own = &t->type;
	switch (btfraw_kind(t)) {
	case BTF_KIND_ARRAY:
		s->ids = (uint8_t *)(t + 1) + offsetof(struct btf_array, type);
		s->ids_n = 2;	/* type and index_type lie side by side */
		s->ids_stride = 4;
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		tail_slots(s, t, sizeof(struct btf_member), offsetof(struct btf_member, type),
			   true, true);
		break;
	case BTF_KIND_FUNC_PROTO:
		tail_slots(s, t, sizeof(struct btf_param), offsetof(struct btf_param, type),
			   true, true);
		break;
	case BTF_KIND_DATASEC:
		tail_slots(s, t, sizeof(struct btf_var_secinfo), 0, true, false);
		break;
	case BTF_KIND_ENUM:
		tail_slots(s, t, sizeof(struct btf_enum), 0, false, true);
		break;
	case BTF_KIND_ENUM64:
		tail_slots(s, t, sizeof(struct btf_enum64), 0, false, true);
		break;
	}
}

const struct btfraw *btfraw_of(const struct btfraw *b, uint32_t id)
{
	return id < b->first_id && b->base ? b->base : b;
}

const struct btf_type *btfraw_type(const struct btfraw *b, uint32_t id)
{
	b = btfraw_of(b, id);
	if (id < b->first_id || id >= b->end_id)
		return NULL;
	return (const void *)(b->types + b->offs[id - b->first_id]);
}

const char *btfraw_str(const struct btfraw *b, uint32_t off)
{
	if (off < b->str_base)
		return off < b->base->strs_len ? b->base->strs + off : "";
	off -= b->str_base;
	return off < b->strs_len ? b->strs + off : "";
}

const struct btf_type *btfraw_resolve(const struct btfraw *b, uint32_t *id)
{
	const struct btf_type *t = btfraw_type(b, *id);
	int i;

	for (i = 0; t && i < REF_CHAIN_MAX && btfraw_is_mod_or_typedef(t); i++) {
		*id = t->type;
		t = btfraw_type(b, *id);
	}
	return t;
}

/* ---- opening ---- */

static int bad(const struct btfraw *b, struct mdesc_error *err, const char *what)
{
	return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.200s: damaged BTF: %s", b->name, what);
}

/* Sets types and strings from the header, whose own offsets count. */
static int open_frame(struct btfraw *b, const uint8_t *data, size_t size,
		      struct mdesc_error *err)
{
	struct btf_header h;
	uint64_t room;

	if (size < sizeof(h))
		return bad(b, err, "shorter than its header");
	memcpy(&h, data, sizeof(h));
	if (h.magic == __builtin_bswap16(BTF_MAGIC))
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT,
			    "%.200s: BTF of the other byte order", b->name);
	if (h.magic != BTF_MAGIC)
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.200s: not BTF", b->name);
	if (h.version != BTF_VERSION)
		return error_set(err, ENOTSUP, MDESC_CLASS_NEWER, "%.200s: BTF of version %u, known is %u",
			    b->name, h.version, BTF_VERSION);
	if (h.hdr_len < sizeof(h) || h.hdr_len > size)
		return bad(b, err, "length of the header");
	room = size - h.hdr_len;
	if (h.type_off > room || h.type_len > room - h.type_off)
		return bad(b, err, "the types lie outside of it");
	if (h.str_off > room || h.str_len > room - h.str_off)
		return bad(b, err, "the strings lie outside of it");
	if ((h.hdr_len | h.type_off | h.type_len) & 3)
		return bad(b, err, "the types are not aligned");
	b->types = data + h.hdr_len + h.type_off;
	b->types_len = h.type_len;
	b->strs = (const char *)data + h.hdr_len + h.str_off;
	b->strs_len = h.str_len;
	if (b->strs_len ? b->strs[b->strs_len - 1] != '\0' : !b->base)
		return bad(b, err, "the strings do not end");
	if (!b->base && b->strs[0] != '\0')
		return bad(b, err, "the strings do not begin with the empty one");
	if (b->strs_len > UINT32_MAX - b->str_base)
		return bad(b, err, "too many strings");
	return 0;
}

/* Walks over the records once and notes where each begins. */
static int open_records(struct btfraw *b, struct mdesc_error *err)
{
	uint32_t at = 0, n = 0, size;
	uint32_t *offs;

	/* As many as there can be; pages that are not reached cost nothing. */
	b->offs = malloc((b->types_len / sizeof(struct btf_type) + 1) * sizeof(*b->offs));
	if (!b->offs)
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	for (; at < b->types_len; at += size) {
		const struct btf_type *t = (const void *)(b->types + at);

		if (b->types_len - at < sizeof(*t))
			return bad(b, err, "the last type is cut");
		size = btfraw_record_size(t);
		if (!size)
			return error_set(err, ENOTSUP, MDESC_CLASS_NEWER,
				    "%.200s: type %u is of kind %u, which this version does not know",
				    b->name, b->first_id + n, btfraw_kind(t));
		if (size > b->types_len - at)
			return bad(b, err, "the last type is cut");
		b->offs[n++] = at;
	}
	if (n >= UINT32_MAX - b->first_id)
		return bad(b, err, "too many types");
	b->end_id = b->first_id + n;
	offs = realloc(b->offs, (n + 1) * sizeof(*offs));
	if (offs)
		b->offs = offs;
	return 0;
}

int btfraw_open(struct btfraw *b, const char *name, const void *data, size_t size,
		const struct btfraw *base, struct mdesc_error *err)
{
	int rc;

	memset(b, 0, sizeof(*b));
	b->name = name;
	b->base = base;
	b->first_id = base ? base->end_id : 1;
	b->end_id = b->first_id;
	b->str_base = base ? base->str_base + base->strs_len : 0;
	if ((uintptr_t)data & 3) {
		b->own = malloc(size);
		if (!b->own)
			return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
		data = memcpy(b->own, data, size);
	}
	rc = open_frame(b, data, size, err);
	if (!rc)
		rc = open_records(b, err);
	if (rc)
		btfraw_close(b);
	return rc;
}

void btfraw_close(struct btfraw *b)
{
	free(b->offs);
	free(b->own);
	memset(b, 0, sizeof(*b));
}

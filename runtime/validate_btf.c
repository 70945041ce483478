/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The BTF of an image.
 *
 * Takes the bytes of .BTF; checks them as strictly as the kernel does, and more
 * than libbpf, which trusts what it reads: bounds, names, type ids, that types
 * do not contain themselves, that members lie within their struct. Then libbpf
 * parses it, and what the other tables name must be there: the structs of the
 * layouts with their sizes, the enums and structs of the fields.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "btfraw.h"
#include "image.h"

#define MAX_DEPTH	32		/* of types within types, as in the kernel */
#define MAX_BTF_NAME	1000
#define MAX_PROBES	4096		/* in the hash table of names */
#define NO_SIZE		UINT64_MAX	/* void, functions, structs that are only declared */

/* Kinds that <linux/btf.h> may be too old to know. */
enum { KIND_DECL_TAG = 17, KIND_TYPE_TAG = 18, KIND_ENUM64 = 19 };

enum visit { VISIT_NONE, VISIT_OPEN, VISIT_DONE };

struct btf_check {
	const struct mdesc_image *img;
	struct mdesc_error *err;
	const uint8_t *data;
	const char *strs;
	uint32_t strs_size;
	uint32_t types_at;		/* offset of the type section in .BTF */
	uint32_t types_size;
	uint32_t count;			/* types, and void */
	uint32_t *offsets;		/* by id, in .BTF */
	uint64_t *sizes;		/* by id: bytes, once visited by value */
	uint32_t *unfolded;		/* by id: types within and itself, each wherever it stands */
	uint8_t *depths;		/* by node: types within, at most */
	uint8_t *visits;		/* by node: id, and count + id where reached by pointer */
	uint32_t *names;		/* hash table of ids of named structs, unions, enums */
	uint32_t names_mask;
};

static int bad(const struct btf_check *bc, uint32_t at, const char *what, uint32_t id)
{
	return error_at(bc->err, bc->img, MDESC_SEC_BTF, at, "type %u: %s", id, what);
}

static const struct btf_type *type_of(const struct btf_check *bc, uint32_t id)
{
	return (const void *)(bc->data + bc->offsets[id]);
}

/* Bytes after the struct btf_type; -1 for a kind that is not known. */
static int64_t extra_bytes(const struct btf_type *t)
{
	uint32_t vlen = btf_vlen(t);

	switch (btf_kind(t)) {
	case BTF_KIND_INT:		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:		return (int64_t)vlen * sizeof(struct btf_member);
	case BTF_KIND_ENUM:		return (int64_t)vlen * sizeof(struct btf_enum);
	case KIND_ENUM64:		return (int64_t)vlen * 12;
	case BTF_KIND_FUNC_PROTO:	return (int64_t)vlen * sizeof(struct btf_param);
	case KIND_DECL_TAG:		return sizeof(uint32_t);
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FLOAT:
	case KIND_TYPE_TAG:		return 0;
	default:			return -1;	/* code and data: not in an image */
	}
}

static int check_btf_header(struct btf_check *bc)
{
	const struct section *sec = bc->img->btf_section;
	struct btf_header hdr;
	size_t where;

#define BAD_HDR(member, ...)							\
	error_at(bc->err, bc->img, MDESC_SEC_BTF, offsetof(struct btf_header, member), __VA_ARGS__)
	if (sec->size < sizeof(hdr) || sec->size > UINT32_MAX)
		return error_at(bc->err, bc->img, MDESC_SEC_BTF, 0, "%llu bytes: no BTF",
				(unsigned long long)sec->size);
	memcpy(&hdr, sec->data, sizeof(hdr));
	if (hdr.magic != BTF_MAGIC)
		return BAD_HDR(magic, "the magic of BTF is missing");
	if (hdr.version != BTF_VERSION || hdr.flags)
		return BAD_HDR(version, "BTF of version %u, flags 0x%x", hdr.version, hdr.flags);
	if (hdr.hdr_len != sizeof(hdr))
		return BAD_HDR(hdr_len, "a header of %u bytes", hdr.hdr_len);
	if (hdr.type_off != 0 || hdr.type_len % 4 || hdr.type_len == 0 ||
	    hdr.type_len > sec->size - sizeof(hdr))
		return BAD_HDR(type_off, "types in %u bytes at %u, in %llu bytes of BTF", hdr.type_len,
			       hdr.type_off, (unsigned long long)sec->size);
	if (hdr.str_off != hdr.type_len || hdr.str_len == 0 ||
	    hdr.str_len != sec->size - sizeof(hdr) - hdr.type_len)
		return BAD_HDR(str_off, "strings in %u bytes at %u, in %llu bytes of BTF", hdr.str_len,
			       hdr.str_off, (unsigned long long)sec->size);
#undef BAD_HDR
	bc->data = sec->data;
	bc->types_at = sizeof(hdr);
	bc->types_size = hdr.type_len;
	bc->strs = (const char *)sec->data + sizeof(hdr) + hdr.str_off;
	bc->strs_size = hdr.str_len;
	if (bc->strs[0] || bc->strs[hdr.str_len - 1])
		return error_at(bc->err, bc->img, MDESC_SEC_BTF, sizeof(hdr) + hdr.str_off,
				"the strings do not begin and end with a zero byte");
	if (!text_is_clean(bc->strs, bc->strs_size, &where))
		return error_at(bc->err, bc->img, MDESC_SEC_BTF, sizeof(hdr) + hdr.str_off + where,
				"not UTF-8 text, or a control character");
	return 0;
}

/* Find where each type begins. */
static int index_types(struct btf_check *bc)
{
	uint32_t at = bc->types_at, end = bc->types_at + bc->types_size;

	bc->offsets = calloc(bc->types_size / sizeof(struct btf_type) + 2, sizeof(*bc->offsets));
	if (!bc->offsets)
		return error_nomem(bc->err, bc->img);
	bc->count = 1;
	while (at < end) {
		const struct btf_type *t = (const void *)(bc->data + at);
		int64_t extra;

		if (end - at < sizeof(*t))
			return bad(bc, at, "cut off", bc->count);
		extra = extra_bytes(t);
		if (extra < 0)
			return error_at(bc->err, bc->img, MDESC_SEC_BTF, at,
					"type %u: kind %u does not belong into an image", bc->count,
					btf_kind(t));
		if (extra > (int64_t)(end - at - sizeof(*t)))
			return bad(bc, at, "cut off", bc->count);
		bc->offsets[bc->count++] = at;
		at += sizeof(*t) + extra;
	}
	return 0;
}

/* ---- single types ---- */

static int check_type_name(const struct btf_check *bc, uint32_t id, uint32_t at, uint32_t off,
			   bool identifier)
{
	const char *name;
	size_t i;

	if (off >= bc->strs_size)
		return bad(bc, at, "its name is outside of the strings", id);
	name = bc->strs + off;
	for (i = 0; name[i]; i++) {
		char c = name[i];

		if (i == MAX_BTF_NAME)
			return bad(bc, at, "the name is too long", id);
		if (!identifier ? c == '\n' || c == '\t' :
		    !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		      (i > 0 && c >= '0' && c <= '9')))
			return bad(bc, at, "the name has a character that names don't have", id);
	}
	return 0;
}

static int check_ref(const struct btf_check *bc, uint32_t id, uint32_t at, uint32_t ref)
{
	if (ref >= bc->count)
		return bad(bc, at, "refers to a type that is not there", id);
	if (ref && btf_kind(type_of(bc, ref)) == KIND_DECL_TAG)
		return bad(bc, at, "refers to a tag as if it were a type", id);
	return 0;
}

static int check_members(const struct btf_check *bc, uint32_t id, const struct btf_type *t)
{
	const struct btf_member *m = btf_members(t);
	uint32_t at = bc->offsets[id], i;
	int ret;

	if (t->size > IMAGE_MAX_STRUCT_BYTES)
		return bad(bc, at, "a struct of more than a megabyte", id);
	for (i = 0; i < btf_vlen(t); i++, m++) {
		ret = check_type_name(bc, id, at, m->name_off, true);
		if (!ret)
			ret = check_ref(bc, id, at, m->type);
		if (ret)
			return ret;
		if (btf_is_union(t) && btf_member_bit_offset(t, i))
			return bad(bc, at, "a member of a union is not at its beginning", id);
		if (i && btf_member_bit_offset(t, i) < btf_member_bit_offset(t, i - 1))
			return bad(bc, at, "the members are out of order", id);
	}
	return 0;
}

static int check_enumerators(const struct btf_check *bc, uint32_t id, const struct btf_type *t)
{
	bool wide = btf_kind(t) == KIND_ENUM64;
	uint32_t at = bc->offsets[id], i, name;
	const uint8_t *p = (const uint8_t *)(t + 1);
	int ret;

	if (t->size != 1 && t->size != 2 && t->size != 4 && t->size != 8)
		return bad(bc, at, "an enum of such a size", id);
	for (i = 0; i < btf_vlen(t); i++, p += wide ? 12 : 8) {
		memcpy(&name, p, sizeof(name));
		ret = check_type_name(bc, id, at, name, true);
		if (ret)
			return ret;
		if (!name)
			return bad(bc, at, "an enumerator without a name", id);
	}
	return 0;
}

static int check_params(const struct btf_check *bc, uint32_t id, const struct btf_type *t)
{
	const struct btf_param *p = btf_params(t);
	uint32_t i;
	int ret;

	ret = check_ref(bc, id, bc->offsets[id], t->type);
	for (i = 0; i < btf_vlen(t) && !ret; i++, p++) {
		ret = check_type_name(bc, id, bc->offsets[id], p->name_off, true);
		if (!ret)
			ret = check_ref(bc, id, bc->offsets[id], p->type);
	}
	return ret;
}

static int check_int(const struct btf_check *bc, uint32_t id, const struct btf_type *t)
{
	uint32_t bits = btf_int_bits(t);

	if ((t->size != 1 && t->size != 2 && t->size != 4 && t->size != 8 && t->size != 16) ||
	    bits == 0 || bits > 128 || btf_int_offset(t) + bits > 8 * t->size)
		return bad(bc, bc->offsets[id], "an integer of such a size", id);
	if (!t->name_off)
		return bad(bc, bc->offsets[id], "an integer without a name", id);
	return 0;
}

static int check_decl_tag(const struct btf_check *bc, uint32_t id, const struct btf_type *t)
{
	const struct btf_type *target;
	int32_t idx;
	int ret;

	memcpy(&idx, t + 1, sizeof(idx));
	ret = check_ref(bc, id, bc->offsets[id], t->type);
	if (ret)
		return ret;
	if (t->type == 0)
		return bad(bc, bc->offsets[id], "a tag of nothing", id);
	target = type_of(bc, t->type);
	if (idx < -1 || (idx >= 0 && (!btf_is_composite(target) || (uint32_t)idx >= btf_vlen(target))))
		return bad(bc, bc->offsets[id], "a tag of a member that is not there", id);
	if (idx == -1 && !btf_is_composite(target) && !btf_is_typedef(target))
		return bad(bc, bc->offsets[id], "a tag of a type that can have none", id);
	return 0;
}

static int check_type(const struct btf_check *bc, uint32_t id)
{
	const struct btf_type *t = type_of(bc, id);
	uint32_t kind = btf_kind(t);
	bool text = kind == KIND_DECL_TAG || kind == KIND_TYPE_TAG || kind == BTF_KIND_INT ||
		    kind == BTF_KIND_FLOAT;	/* "unsigned int" */
	int ret = 0;

	/* A declaration tag is free text, such as a doc comment: many lines, any length. */
	if (kind != KIND_DECL_TAG || t->name_off >= bc->strs_size)
		ret = check_type_name(bc, id, bc->offsets[id], t->name_off, !text);
	if (ret)
		return ret;
	switch (kind) {
	case BTF_KIND_INT:
		return check_int(bc, id, t);
	case BTF_KIND_ARRAY:
		ret = check_ref(bc, id, bc->offsets[id], btf_array(t)->type);
		return ret ? ret : check_ref(bc, id, bc->offsets[id], btf_array(t)->index_type);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return check_members(bc, id, t);
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
		return check_enumerators(bc, id, t);
	case BTF_KIND_FUNC_PROTO:
		return check_params(bc, id, t);
	case KIND_DECL_TAG:
		return check_decl_tag(bc, id, t);
	case BTF_KIND_FLOAT:
		return t->size && t->size <= 16 ? 0 : bad(bc, bc->offsets[id], "a float of such a size", id);
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
		if (!t->name_off)
			return bad(bc, bc->offsets[id], "has no name", id);
		/* fall through */
	default:
		return kind == BTF_KIND_FWD ? 0 : check_ref(bc, id, bc->offsets[id], t->type);
	}
}

/* ---- types within types ----
 *
 * A node is a type reached by value, or by pointer: then structs, unions and
 * enums end the way. Neither may lead back to itself.
 */

static uint32_t by_pointer(const struct btf_check *bc, uint32_t id)
{
	return id ? bc->count + id : 0;
}

/* The @i-th node that a node leads to; 0 where there is no type, UINT32_MAX at the end. */
static uint32_t successor(const struct btf_check *bc, uint32_t node, uint32_t i)
{
	bool pointed = node >= bc->count;
	const struct btf_type *t = type_of(bc, pointed ? node - bc->count : node);
	uint32_t ref;

	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return pointed || i >= btf_vlen(t) ? UINT32_MAX : btf_members(t)[i].type;
	case BTF_KIND_ARRAY:
		if (i > 0)
			return UINT32_MAX;
		ref = btf_array(t)->type;
		break;
	case BTF_KIND_FUNC_PROTO:
		if (i > btf_vlen(t))
			return UINT32_MAX;
		return by_pointer(bc, i ? btf_params(t)[i - 1].type : t->type);
	case BTF_KIND_PTR:
		return i ? UINT32_MAX : by_pointer(bc, t->type);
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case KIND_TYPE_TAG:
		if (i > 0)
			return UINT32_MAX;
		ref = t->type;
		break;
	default:
		return UINT32_MAX;
	}
	return pointed ? by_pointer(bc, ref) : ref;
}

static uint64_t member_bits(const struct btf_check *bc, const struct btf_type *t, uint32_t i)
{
	uint32_t bits = btf_member_bitfield_size(t, i);

	return bits ? bits : 8 * bc->sizes[btf_members(t)[i].type];
}

static int check_members_fit(const struct btf_check *bc, uint32_t id, const struct btf_type *t)
{
	uint32_t i;

	for (i = 0; i < btf_vlen(t); i++) {
		if (bc->sizes[btf_members(t)[i].type] == NO_SIZE)
			return bad(bc, bc->offsets[id], "a member of a type that has no size", id);
		if (btf_member_bit_offset(t, i) + member_bits(bc, t, i) > 8ull * t->size)
			return bad(bc, bc->offsets[id], "a member passes the end of the struct", id);
	}
	return 0;
}

static int unfold(struct btf_check *bc, uint32_t id, const struct btf_type *t)
{
	uint32_t i;

	for (i = 0; i < btf_vlen(t); i++) {
		bc->unfolded[id] += bc->unfolded[btf_members(t)[i].type];
		if (bc->unfolded[id] > BTF_UNFOLDED_MAX)
			return bad(bc, bc->offsets[id], "it contains too many types", id);
	}
	return 0;
}

/* All that the type contains was visited: compute its size. */
static int set_size(struct btf_check *bc, uint32_t id)
{
	const struct btf_type *t = type_of(bc, id);
	int ret;

	bc->unfolded[id] = 1;
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		ret = check_members_fit(bc, id, t);
		if (!ret)
			ret = unfold(bc, id, t);
		if (ret)
			return ret;
		/* fall through */
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
	case BTF_KIND_FLOAT:
		bc->sizes[id] = t->size;
		return 0;
	case BTF_KIND_PTR:
		bc->sizes[id] = 8;
		return 0;
	case BTF_KIND_ARRAY:
		if (bc->sizes[btf_array(t)->type] == NO_SIZE)
			return bad(bc, bc->offsets[id], "an array of a type that has no size", id);
		bc->sizes[id] = bc->sizes[btf_array(t)->type] * btf_array(t)->nelems;
		bc->unfolded[id] = bc->unfolded[btf_array(t)->type];
		if (bc->sizes[id] > IMAGE_MAX_STRUCT_BYTES)
			return bad(bc, bc->offsets[id], "an array of more than a megabyte", id);
		return 0;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case KIND_TYPE_TAG:
		bc->sizes[id] = bc->sizes[t->type];
		bc->unfolded[id] = bc->unfolded[t->type];
		return 0;
	default:
		bc->sizes[id] = NO_SIZE;
		return 0;
	}
}

struct frame {
	uint32_t node;
	uint32_t next;		/* successor to visit */
};

/* Depth first, with an own stack: the depth is bounded by MAX_DEPTH. */
static int visit_node(struct btf_check *bc, uint32_t start)
{
	struct frame stack[MAX_DEPTH + 1];
	unsigned int top = 0;
	int ret;

	stack[0] = (struct frame){ start, 0 };
	bc->visits[start] = VISIT_OPEN;
	for (;;) {
		struct frame *f = &stack[top];
		uint32_t id = f->node >= bc->count ? f->node - bc->count : f->node;
		uint32_t next = successor(bc, f->node, f->next);

		if (next == UINT32_MAX) {
			ret = f->node < bc->count ? set_size(bc, id) : 0;
			if (ret)
				return ret;
			bc->visits[f->node] = VISIT_DONE;
			if (top == 0)
				return 0;
			if (bc->depths[f->node] + 1 > bc->depths[stack[top - 1].node])
				bc->depths[stack[top - 1].node] = bc->depths[f->node] + 1;
			top--;
			continue;
		}
		f->next++;
		if (next == 0)
			continue;
		if (bc->visits[next] == VISIT_OPEN)
			return bad(bc, bc->offsets[id], "contains itself", id);
		if (bc->visits[next] == VISIT_DONE) {
			if (bc->depths[next] + 1 > bc->depths[f->node])
				bc->depths[f->node] = bc->depths[next] + 1;
			if (top + bc->depths[next] + 1 <= MAX_DEPTH)
				continue;
		} else if (top < MAX_DEPTH) {
			bc->visits[next] = VISIT_OPEN;
			stack[++top] = (struct frame){ next, 0 };
			continue;
		}
		return bad(bc, bc->offsets[id], "types are nested too deeply", id);
	}
}

static int check_nesting(struct btf_check *bc)
{
	uint32_t node;
	int ret = 0;

	for (node = 1; node < 2 * bc->count && !ret; node++)
		if (node != bc->count && bc->visits[node] == VISIT_NONE)
			ret = visit_node(bc, node);
	return ret;
}

/* ---- names that the other tables use ---- */

static uint32_t hash_name(const char *name)
{
	uint32_t h = 2166136261u;

	while (*name)
		h = (h ^ (unsigned char)*name++) * 16777619u;
	return h;
}

/* Of several types of one name and kind the first counts. */
static int index_name(struct btf_check *bc, uint32_t id)
{
	const struct btf_type *t = type_of(bc, id), *other;
	const char *name = bc->strs + t->name_off;
	uint32_t slot = hash_name(name) & bc->names_mask, probes = 0;

	for (; bc->names[slot]; slot = (slot + 1) & bc->names_mask) {
		other = type_of(bc, bc->names[slot]);
		if (btf_kind(other) == btf_kind(t) && strcmp(bc->strs + other->name_off, name) == 0)
			return 0;
		if (++probes > MAX_PROBES)
			return bad(bc, bc->offsets[id], "the names are made to collide", id);
	}
	bc->names[slot] = id;
	return 0;
}

static int index_names(struct btf_check *bc)
{
	uint32_t size = 64, id;
	int ret = 0;

	while (size < 2 * bc->count)
		size *= 2;
	bc->names = calloc(size, sizeof(*bc->names));
	if (!bc->names)
		return error_nomem(bc->err, bc->img);
	bc->names_mask = size - 1;
	for (id = 1; id < bc->count && !ret; id++) {
		const struct btf_type *t = type_of(bc, id);
		uint32_t kind = btf_kind(t);

		if (t->name_off && (btf_is_composite(t) || kind == BTF_KIND_ENUM ||
				    kind == KIND_ENUM64 || kind == BTF_KIND_FWD))
			ret = index_name(bc, id);
	}
	return ret;
}

/* The first type with that name and one of two kinds; 0: none. */
static uint32_t find_type(const struct btf_check *bc, const char *name, uint32_t kind, uint32_t other)
{
	uint32_t slot = hash_name(name) & bc->names_mask, id;

	for (; (id = bc->names[slot]) != 0; slot = (slot + 1) & bc->names_mask) {
		const struct btf_type *t = type_of(bc, id);

		if ((btf_kind(t) == kind || btf_kind(t) == other) &&
		    strcmp(bc->strs + t->name_off, name) == 0)
			return id;
	}
	return 0;
}

static int check_layout_types(const struct btf_check *bc, struct mdesc_image *img)
{
	uint32_t i, id;

	for (i = 0; i < image_count(img, TABLE_LAYOUTS); i++) {
		const struct mdesc_fmt_layout *l = img->layouts[i].fmt;
		const char *name = image_str(img, l->name);

		id = find_type(bc, name, BTF_KIND_STRUCT,
			       l->kind == MDESC_LAYOUT_DESCRIPTOR ? BTF_KIND_UNION : BTF_KIND_STRUCT);
		if (!id)
			return bad_entry(img, bc->err, TABLE_LAYOUTS, i, 0,
					 "the BTF has no struct %s", name);
		if (type_of(bc, id)->size != l->size)
			return bad_entry(img, bc->err, TABLE_LAYOUTS, i,
					 offsetof(struct mdesc_fmt_layout, size),
					 "struct %s has %u bytes in the BTF and %u in the layout", name,
					 type_of(bc, id)->size, l->size);
		img->layouts[i].btf_id = id;
	}
	return 0;
}

static int check_field_types(const struct btf_check *bc, struct mdesc_image *img)
{
	uint32_t i, id;

	for (i = 0; i < image_count(img, TABLE_FIELDS); i++) {
		const struct mdesc_fmt_field *f = img->fields[i].fmt;
		const char *name = image_str(img, f->type);

		if (f->kind == MDESC_FIELD_ENUM) {
			id = find_type(bc, name, BTF_KIND_ENUM, KIND_ENUM64);
			img->fields[i].enum_id = id;
		} else if (f->kind == MDESC_FIELD_PTR) {
			id = find_type(bc, name, BTF_KIND_STRUCT, BTF_KIND_FWD);
		} else {
			continue;
		}
		if (!id)
			return bad_entry(img, bc->err, TABLE_FIELDS, i,
					 offsetof(struct mdesc_fmt_field, type),
					 "the BTF has no type %s for field %s", name,
					 image_str(img, f->path));
	}
	return 0;
}

static int check_config_types(const struct btf_check *bc, struct mdesc_image *img)
{
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_CONFIG); i++) {
		const struct mdesc_fmt_config *c = &image_configs(img)[i];

		if (c->kind != MDESC_FIELD_ENUM)
			continue;
		img->config_enum[i] = find_type(bc, image_str(img, c->type), BTF_KIND_ENUM, KIND_ENUM64);
		if (!img->config_enum[i])
			return bad_entry(img, bc->err, TABLE_CONFIG, i, offsetof(struct mdesc_fmt_config, type),
					 "the BTF has no type %s for %s", image_str(img, c->type),
					 image_str(img, c->name));
	}
	return 0;
}

static int check_value_types(const struct btf_check *bc, struct mdesc_image *img)
{
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_VALUES); i++) {
		const struct mdesc_fmt_value *v = img->values[i].fmt;

		if (v->kind != MDESC_FIELD_ENUM)
			continue;
		img->values[i].enum_id = find_type(bc, image_str(img, v->type), BTF_KIND_ENUM, KIND_ENUM64);
		if (!img->values[i].enum_id)
			return bad_entry(img, bc->err, TABLE_VALUES, i, offsetof(struct mdesc_fmt_value, type),
					 "the BTF has no type %s for %s", image_str(img, v->type),
					 image_str(img, v->name));
	}
	return 0;
}

static int check_errors_type(const struct btf_check *bc, struct mdesc_image *img)
{
	const struct mdesc_fmt_target *t = image_target(img);

	if (!t || !t->errors)
		return 0;
	img->errors_id = find_type(bc, image_str(img, t->errors), BTF_KIND_ENUM, KIND_ENUM64);
	if (img->errors_id)
		return 0;
	return bad_entry(img, bc->err, TABLE_TARGET, 0, offsetof(struct mdesc_fmt_target, errors),
			 "the BTF has no enum %s for the parser's errors", image_str(img, t->errors));
}

static int check_btf(struct btf_check *bc)
{
	uint32_t id;
	int ret;

	ret = check_btf_header(bc);
	if (!ret)
		ret = index_types(bc);
	if (ret)
		return ret;
	for (id = 1; id < bc->count && !ret; id++)
		ret = check_type(bc, id);
	if (ret)
		return ret;
	bc->sizes = calloc(bc->count, sizeof(*bc->sizes));
	bc->unfolded = calloc(bc->count, sizeof(*bc->unfolded));
	bc->depths = calloc(2 * (size_t)bc->count, 1);
	bc->visits = calloc(2 * (size_t)bc->count, 1);
	if (!bc->sizes || !bc->unfolded || !bc->depths || !bc->visits)
		return error_nomem(bc->err, bc->img);
	bc->sizes[0] = NO_SIZE;
	ret = check_nesting(bc);
	return ret ? ret : index_names(bc);
}

int image_validate_btf(struct mdesc_image *img, struct mdesc_error *err)
{
	struct btf_check bc = { .img = img, .err = err };
	const struct section *sec = img->btf_section;
	int ret;

	if ((uintptr_t)sec->data % 4)
		return error_at(err, img, MDESC_SEC_BTF, 0, "not aligned to 4 bytes");
	ret = check_btf(&bc);
	if (!ret)
		ret = check_layout_types(&bc, img);
	if (!ret)
		ret = check_field_types(&bc, img);
	if (!ret)
		ret = check_value_types(&bc, img);
	if (!ret)
		ret = check_config_types(&bc, img);
	if (!ret)
		ret = check_errors_type(&bc, img);
	if (!ret) {
		img->btf = btf__new(sec->data, sec->size);
		if (!img->btf)
			ret = errno == ENOMEM ? error_nomem(err, img) :
			      error_at(err, img, MDESC_SEC_BTF, 0, "libbpf does not take it: error %d", errno);
	}
	free(bc.offsets);
	free(bc.sizes);
	free(bc.unfolded);
	free(bc.depths);
	free(bc.visits);
	free(bc.names);
	return ret;
}

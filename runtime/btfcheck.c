/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Whether BTF can be given to libbpf, whose older versions believe every id and
 * offset and follow typedefs for ever: takes a view whose records are whole;
 * gives an error that names the first wrong type. Afterwards every id is of a
 * type that may stand there, every string offset is inside of the strings, and
 * no type contains itself except through a pointer, or so many others that going
 * through them one by one takes long.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btfraw.h"
#include "image.h"

/* How deep types may be nested by value, pointers and typedefs counted; readers recurse. */
#define DEPTH_MAX	256

static int bad_type(const struct btfraw *b, uint32_t id, const char *what, struct mdesc_error *err)
{
	return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.200s: damaged BTF: type %u: %s",
			 b->name, id, what);
}

static bool str_exists(const struct btfraw *b, uint32_t off)
{
	if (off < b->str_base)
		return true;
	/* Offset 0 exists even where there are no strings. */
	return off == 0 || off - b->str_base < b->strs_len;
}

/* Whether something can have this type: a member, an element, a target. */
static bool is_data_type(uint32_t kind)
{
	switch (kind) {
	case BTF_KIND_FUNC:
	case BTF_KIND_VAR:
	case BTF_KIND_DATASEC:
	case BTF_KIND_DECL_TAG:
		return false;
	default:
		return true;
	}
}

/* Whether a type of kind @from may refer to one of kind @to. */
static bool may_refer(uint32_t from, uint32_t to)
{
	switch (from) {
	case BTF_KIND_FUNC:
		return to == BTF_KIND_FUNC_PROTO;
	case BTF_KIND_DATASEC:
		return to == BTF_KIND_VAR || to == BTF_KIND_FUNC;
	case BTF_KIND_DECL_TAG:
		return to != BTF_KIND_DATASEC;
	default:
		return is_data_type(to);
	}
}

/* What may be void: what is pointed to or returned, and a variadic's last parameter. */
static bool may_be_void(uint32_t kind)
{
	return kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION && kind != BTF_KIND_ARRAY &&
	       kind != BTF_KIND_FUNC && kind != BTF_KIND_DATASEC &&
	       kind != BTF_KIND_DECL_TAG;
}

static bool ref_ok(const struct btfraw *b, uint32_t kind, uint32_t to)
{
	const struct btf_type *t;

	if (!to)
		return may_be_void(kind);
	t = btfraw_type(b, to);
	return t && may_refer(kind, btfraw_kind(t));
}

static int check_record(const struct btfraw *b, uint32_t id, struct mdesc_error *err)
{
	/* The slots are only read. */
	struct btf_type *t = (struct btf_type *)(uintptr_t)btfraw_type(b, id);
	uint32_t kind = btfraw_kind(t), i;
	struct btfraw_slots s;

	btfraw_slots(t, &s);
	if (!str_exists(b, t->name_off))
		return bad_type(b, id, "its name is not in the strings", err);
	for (i = 0; i < s.names_n; i++)
		if (!str_exists(b, *btfraw_slot(s.names, i, s.names_stride)))
			return bad_type(b, id, "the name of a member is not in the strings", err);
	if (s.own && !ref_ok(b, kind, *s.own))
		return bad_type(b, id, "it refers to no such type", err);
	for (i = 0; i < s.ids_n; i++)
		if (!ref_ok(b, kind, *btfraw_slot(s.ids, i, s.ids_stride)))
			return bad_type(b, id, "a member refers to no such type", err);
	return 0;
}

/* ---- types within types ---- */

/* A type on the way down, and which of its references is next. */
struct frame {
	uint32_t id;
	uint32_t next;
	uint32_t unfolded;	/* types so far that a reader meets on its way through */
	uint32_t inside;	/* how deep these are nested */
};

enum { NEW, OPEN, DONE };

/* What is known of each type of a view, by id - first_id. */
struct visits {
	uint8_t *color;
	uint32_t *unfolded;	/* DONE: as in struct frame */
	uint16_t *inside;
};

/* The @idx-th type that @t contains by value; 0: void, or a pointer that is not followed. */
static bool contained(struct btf_type *t, uint32_t idx, uint32_t *id)
{
	struct btfraw_slots s;

	if (btfraw_kind(t) == BTF_KIND_PTR)
		return false;
	btfraw_slots(t, &s);
	if (s.own && idx == 0) {
		*id = *s.own;
		return true;
	}
	idx -= s.own != NULL;
	if (idx >= s.ids_n)
		return false;
	*id = *btfraw_slot(s.ids, idx, s.ids_stride);
	return true;
}

static void add_contained(struct frame *f, uint32_t unfolded, uint32_t inside)
{
	f->unfolded += unfolded;
	if (f->inside <= inside)
		f->inside = inside + 1;
}

/* Depth-first from @root with a stack of its own. */
static int walk(const struct btfraw *b, uint32_t root, struct visits *v, struct frame *stack,
		struct mdesc_error *err)
{
	uint32_t depth = 0, id, at;

	stack[depth++] = (struct frame){ .id = root, .unfolded = 1 };
	v->color[root - b->first_id] = OPEN;
	while (depth) {
		struct frame *f = &stack[depth - 1];
		struct btf_type *t = (struct btf_type *)(uintptr_t)btfraw_type(b, f->id);

		if (f->unfolded > BTF_UNFOLDED_MAX)
			return bad_type(b, f->id, "it contains too many types", err);
		if (depth + f->inside > DEPTH_MAX)
			return bad_type(b, f->id, "it is nested too deeply", err);
		at = f->id - b->first_id;
		if (!contained(t, f->next++, &id)) {
			v->color[at] = DONE;
			v->unfolded[at] = f->unfolded;
			v->inside[at] = f->inside;
			if (--depth)
				add_contained(&stack[depth - 1], f->unfolded, f->inside);
			continue;
		}
		/* What is in the base cannot lead back here. */
		if (id < b->first_id)
			continue;
		at = id - b->first_id;
		if (v->color[at] == OPEN)
			return bad_type(b, id, "it contains itself", err);
		if (v->color[at] == DONE) {
			add_contained(f, v->unfolded[at], v->inside[at]);
			continue;
		}
		if (depth == DEPTH_MAX)
			return bad_type(b, id, "it is nested too deeply", err);
		v->color[at] = OPEN;
		stack[depth++] = (struct frame){ .id = id, .unfolded = 1 };
	}
	return 0;
}

static int check_nesting(const struct btfraw *b, struct mdesc_error *err)
{
	uint32_t n = b->end_id - b->first_id, id;
	struct frame stack[DEPTH_MAX];
	struct visits v = {
		.color = calloc((size_t)n + 1, sizeof(*v.color)),
		.unfolded = calloc((size_t)n + 1, sizeof(*v.unfolded)),
		.inside = calloc((size_t)n + 1, sizeof(*v.inside)),
	};
	int rc = 0;

	if (!v.color || !v.unfolded || !v.inside)
		rc = error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	for (id = b->first_id; !rc && id < b->end_id; id++)
		if (v.color[id - b->first_id] == NEW)
			rc = walk(b, id, &v, stack, err);
	free(v.color);
	free(v.unfolded);
	free(v.inside);
	return rc;
}

int btfraw_check(const struct btfraw *b, struct mdesc_error *err)
{
	uint32_t id;
	int rc;

	for (id = b->first_id; id < b->end_id; id++) {
		rc = check_record(b, id, err);
		if (rc)
			return rc;
	}
	return check_nesting(b, err);
}

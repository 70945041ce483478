/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Access strings: takes "0:1:2" and a type, gives the members and elements that
 * they are; finds the same ones by name in another BTF's type. Both as libbpf
 * does it, so that what it refuses is refused here with the same error number.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "core.h"

#define RESOLVE_MAX	32	/* libbpf's: references in a row */

/* ---- types ---- */

const struct btf_type *core_type(const struct btfraw *b, uint32_t id)
{
	static const struct btf_type nothing;

	return id ? btfraw_type(b, id) : &nothing;
}

const struct btf_type *core_skip(const struct btfraw *b, uint32_t *id)
{
	const struct btf_type *t;

	/* This ends: btfraw_check() saw that nothing contains itself. */
	while ((t = core_type(b, *id)) && btfraw_is_mod_or_typedef(t))
		*id = t->type;
	return t;
}

bool core_kinds_compat(const struct btf_type *a, const struct btf_type *b)
{
	return btfraw_kind(a) == btfraw_kind(b) || (core_is_enum(a) && core_is_enum(b));
}

static int64_t times(uint64_t size, uint32_t nelems)
{
	if (nelems && size > UINT32_MAX / nelems)
		return -E2BIG;
	return (int64_t)(uint32_t)(size * nelems);
}

int64_t core_size(const struct btfraw *b, uint32_t id)
{
	const struct btf_type *t = core_type(b, id);
	uint32_t nelems = 1, i;

	for (i = 0; i < RESOLVE_MAX && t; i++, t = core_type(b, id)) {
		switch (btfraw_kind(t)) {
		case BTF_KIND_INT:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_DATASEC:
		case BTF_KIND_FLOAT:
			return times(t->size, nelems);
		case BTF_KIND_PTR:
			return times(b->ptr_size ? b->ptr_size : 8, nelems);
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_CONST:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_VAR:
		case BTF_KIND_DECL_TAG:
		case BTF_KIND_TYPE_TAG:
			id = t->type;
			break;
		case BTF_KIND_ARRAY: {
			const struct btf_array *a = btfraw_tail(t);

			if (nelems && a->nelems > UINT32_MAX / nelems)
				return -E2BIG;
			nelems *= a->nelems;
			id = a->type;
			break;
		}
		default:
			return -EINVAL;
		}
	}
	return -EINVAL;
}

const char *core_enumerator(const struct btfraw *b, const struct btf_type *t, uint32_t i, uint64_t *value)
{
	const struct btf_enum64 *e64 = btfraw_tail(t);
	const struct btf_enum *e = btfraw_tail(t);

	if (btfraw_kind(t) == BTF_KIND_ENUM64) {
		*value = (uint64_t)e64[i].val_hi32 << 32 | e64[i].val_lo32;
		return btfraw_str(b, e64[i].name_off);
	}
	*value = (uint64_t)(int64_t)e[i].val;
	return btfraw_str(b, e[i].name_off);
}

/* ---- local specs ---- */

/* The numbers of an access string. Only digits: other things that sscanf() takes make no sense. */
static int parse_access(const char *s, uint32_t *raw, uint32_t *n)
{
	uint32_t v;

	for (*n = 0; *s; (*n)++) {
		if (*s == ':')
			s++;
		if (*s < '0' || *s > '9')
			return -EINVAL;
		if (*n == CORE_SPEC_MAX)
			return -E2BIG;
		for (v = 0; *s >= '0' && *s <= '9'; s++) {
			if (v > (INT_MAX - 9) / 10)
				return -EINVAL;
			v = v * 10 + (*s - '0');
		}
		raw[*n] = v;
	}
	return *n ? 0 : -EINVAL;
}

static void add_acc(struct core_spec *spec, uint32_t type_id, uint32_t idx, const char *name)
{
	spec->acc[spec->len++] = (struct core_acc){ type_id, idx, name };
}

/* An array without a size, as the last member of a struct: any index is in it. */
static bool is_flexible(const struct core_spec *spec, const struct btf_array *a)
{
	const struct core_acc *acc = &spec->acc[spec->len - 1];

	if (!acc->name || a->nelems)
		return false;
	return acc->idx + 1 == btfraw_vlen(core_type(spec->b, acc->type_id));
}

static int add_elements(struct core_spec *spec, uint32_t id, uint32_t idx)
{
	int64_t size = core_size(spec->b, id);

	if (size < 0)
		return size;
	spec->bit_offset += (uint32_t)((int64_t)idx * size * 8);
	return 0;
}

/* One step down from type *@id. */
static int parse_step(struct core_spec *spec, uint32_t *id, uint32_t idx)
{
	const struct btf_type *t = core_skip(spec->b, id);
	const struct btf_array *a;

	if (!t)
		return -EINVAL;
	if (core_is_composite(t)) {
		const struct btf_member *m = core_members(t) + idx;

		if (idx >= btfraw_vlen(t))
			return -EINVAL;
		spec->bit_offset += core_member_bit_offset(t, idx);
		if (m->name_off) {
			if (!*btfraw_str(spec->b, m->name_off))
				return -EINVAL;
			add_acc(spec, *id, idx, btfraw_str(spec->b, m->name_off));
		}
		*id = m->type;
		return 0;
	}
	if (btfraw_kind(t) != BTF_KIND_ARRAY)
		return -EINVAL;
	a = btfraw_tail(t);
	*id = a->type;
	if (!core_skip(spec->b, id))
		return -EINVAL;
	if (idx >= a->nelems && !is_flexible(spec, a))
		return -EINVAL;
	add_acc(spec, *id, idx, NULL);
	return add_elements(spec, *id, idx);
}

int core_spec_parse(struct core_spec *spec, const struct btfraw *b, const struct core_relo *relo)
{
	uint32_t raw[CORE_SPEC_MAX], i, id = relo->type_id;
	const struct btf_type *t;
	uint64_t value;
	int rc;

	/* Not all of it: @acc is large, and only its first @len count. */
	spec->b = b;
	spec->root_id = relo->type_id;
	spec->kind = relo->kind;
	spec->len = spec->raw_len = spec->bit_offset = 0;
	if (!*relo->access || *relo->access == ':')
		return -EINVAL;
	if (core_kind_is_type(relo->kind))
		return strcmp(relo->access, "0") ? -EINVAL : 0;
	rc = parse_access(relo->access, raw, &spec->raw_len);
	t = core_skip(b, &id);
	if (rc || !t)
		return rc ? rc : -EINVAL;
	add_acc(spec, id, raw[0], NULL);
	if (core_kind_is_enum(relo->kind)) {
		if (!core_is_enum(t) || spec->raw_len > 1 || raw[0] >= btfraw_vlen(t))
			return -EINVAL;
		spec->acc[0].name = core_enumerator(b, t, raw[0], &value);
		return 0;
	}
	if (!core_kind_is_field(relo->kind))
		return -EINVAL;
	rc = add_elements(spec, id, raw[0]);
	for (i = 1; i < spec->raw_len && !rc; i++)
		rc = parse_step(spec, &id, raw[i]);
	return rc;
}

/* ---- the same in another BTF ---- */

/* Whether a field of the one type can be read as one of the other. */
static int fields_compat(const struct btfraw *a, uint32_t a_id, const struct btfraw *b, uint32_t b_id)
{
	for (;;) {
		const struct btf_type *ta = core_skip(a, &a_id), *tb = core_skip(b, &b_id);
		const char *na, *nb;
		uint32_t la, lb;

		if (!ta || !tb)
			return -EINVAL;
		if (core_is_composite(ta) && core_is_composite(tb))
			return 1;
		if (!core_kinds_compat(ta, tb))
			return 0;
		switch (btfraw_kind(ta)) {
		case BTF_KIND_PTR:
		case BTF_KIND_FLOAT:
			return 1;
		case BTF_KIND_FWD:
		case BTF_KIND_ENUM64:
		case BTF_KIND_ENUM:
			na = btfraw_str(a, ta->name_off);
			nb = btfraw_str(b, tb->name_off);
			la = core_essential_len(na);
			lb = core_essential_len(nb);
			return !la || !lb || (la == lb && !strncmp(na, nb, la));
		case BTF_KIND_INT:
			return !BTF_INT_OFFSET(*(const uint32_t *)btfraw_tail(ta)) &&
			       !BTF_INT_OFFSET(*(const uint32_t *)btfraw_tail(tb));
		case BTF_KIND_ARRAY:
			a_id = ((const struct btf_array *)btfraw_tail(ta))->type;
			b_id = ((const struct btf_array *)btfraw_tail(tb))->type;
			continue;
		default:
			return 0;
		}
	}
}

/* The local side of a search for a member. */
struct wanted {
	const struct btfraw *b;
	uint32_t type_id;
	const char *name;
	struct core_budget *budget;
};

/*
 * Looks for a member in type *@id and what it embeds without a name; sets *@id to
 * the member's type. Recursion ends: nothing contains itself.
 */
static int match_member(const struct wanted *w, struct core_spec *to, uint32_t *id)
{
	uint32_t own_id = *id, i, n, inner;
	const struct btf_type *t = core_skip(to->b, &own_id);
	const struct btf_member *m;
	int found;

	if (!t)
		return -EINVAL;
	if (!core_is_composite(t))
		return 0;
	n = btfraw_vlen(t);
	m = core_members(t);
	for (i = 0; i < n; i++, m++) {
		const char *name = btfraw_str(to->b, m->name_off);
		uint32_t off = core_member_bit_offset(t, i);

		if (!w->budget->left)
			return -ELOOP;
		w->budget->left--;
		if (to->raw_len == CORE_SPEC_MAX)
			return -E2BIG;
		to->bit_offset += off;
		to->raw_len++;
		if (!*name) {
			inner = m->type;
			found = match_member(w, to, &inner);
			if (found) {
				*id = inner;
				return found;
			}
		} else if (!strcmp(name, w->name)) {
			found = fields_compat(w->b, w->type_id, to->b, m->type);
			if (found > 0)
				add_acc(to, own_id, i, name);
			*id = m->type;
			return found;
		}
		to->bit_offset -= off;
		to->raw_len--;
	}
	return 0;
}

/* An enumerator by its name without flavour. */
static int match_enumerator(const struct core_spec *local, struct core_spec *to, uint32_t id,
			    struct core_budget *budget)
{
	const struct btf_type *t = core_skip(to->b, &id);
	uint32_t len = core_essential_len(local->acc[0].name), i;
	uint64_t value;

	if (!t || !core_is_enum(t))
		return 0;
	for (i = 0; i < btfraw_vlen(t); i++) {
		const char *name = core_enumerator(to->b, t, i, &value);

		if (!budget->left)
			return -ELOOP;
		budget->left--;
		if (strncmp(name, local->acc[0].name, len) || core_essential_len(name) != len)
			continue;
		add_acc(to, id, i, name);
		to->raw_len++;
		return 1;
	}
	return 0;
}

/* An element: of what a pointer points to, or of an array. */
static int match_element(const struct core_acc *acc, struct core_spec *to, uint32_t *id, bool first)
{
	const struct btf_type *t = core_skip(to->b, id);
	const struct btf_array *a;

	if (!t)
		return -EINVAL;
	if (!first) {
		if (btfraw_kind(t) != BTF_KIND_ARRAY)
			return 0;
		a = btfraw_tail(t);
		if (acc->idx >= a->nelems && !is_flexible(to, a))
			return 0;
		*id = a->type;
		if (!core_skip(to->b, id))
			return -EINVAL;
	}
	if (to->raw_len == CORE_SPEC_MAX)
		return -E2BIG;
	add_acc(to, *id, acc->idx, NULL);
	to->raw_len++;
	return add_elements(to, *id, acc->idx);
}

static int match_field(const struct core_spec *local, struct core_spec *to, uint32_t id,
		       struct core_budget *budget)
{
	uint32_t i;
	int rc;

	for (i = 0; i < local->len; i++) {
		const struct core_acc *acc = &local->acc[i];

		if (acc->name) {
			struct wanted w = {
				.b = local->b, .name = acc->name, .budget = budget,
				.type_id = core_members(core_type(local->b, acc->type_id))[acc->idx].type,
			};

			rc = match_member(&w, to, &id);
			if (rc <= 0)
				return rc;
		} else {
			uint32_t before = to->len;

			rc = match_element(acc, to, &id, i == 0);
			if (rc < 0 || to->len == before)
				return rc;
		}
	}
	return 1;
}

int core_spec_match(const struct core_spec *local, const struct btfraw *b, uint32_t id,
		    struct core_spec *to, struct core_budget *budget)
{
	to->b = b;
	to->root_id = id;
	to->kind = local->kind;
	to->len = to->raw_len = to->bit_offset = 0;
	if (local->kind == BPF_CORE_TYPE_MATCHES)
		return core_types_match(local->b, local->root_id, b, id, budget);
	if (core_kind_is_type(local->kind))
		return core_types_compat(local->b, local->root_id, b, id, budget);
	if (core_kind_is_enum(local->kind))
		return match_enumerator(local, to, id, budget);
	return match_field(local, to, id, budget);
}

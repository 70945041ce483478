/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Whether two types are the same for relocations of types: takes two checked
 * BTFs and an id in each, says yes, no, or -errno, as libbpf does. "Compatible"
 * looks at kinds; "matching" at members, too. Work is bounded by a budget: of
 * members without names all pairs are tried.
 */
#include <errno.h>
#include <string.h>

#include "core.h"

#define DEPTH_MAX	32	/* libbpf's: references in a row */
#define LEVEL_MAX	32	/* libbpf's: of recursion */

/* A pair of types that is being compared. */
struct pair {
	const struct btfraw *a, *b;
	struct core_budget *budget;
};

static bool spend(const struct pair *p)
{
	if (!p->budget->left)
		return false;
	p->budget->left--;
	return true;
}

static uint32_t int_info(const struct btf_type *t)
{
	return *(const uint32_t *)btfraw_tail(t);
}

static const struct btf_array *array_of(const struct btf_type *t)
{
	return btfraw_tail(t);
}

/* ---- compatible ---- */

static int compat(const struct pair *p, uint32_t a_id, uint32_t b_id, int level);

static int compat_params(const struct pair *p, const struct btf_type *ta, const struct btf_type *tb,
			 int level)
{
	const struct btf_param *pa = btfraw_tail(ta), *pb = btfraw_tail(tb);
	uint32_t i, a_id, b_id;
	int rc;

	if (btfraw_vlen(ta) != btfraw_vlen(tb))
		return 0;
	for (i = 0; i < btfraw_vlen(ta); i++) {
		if (level <= 0)
			return -EINVAL;
		a_id = pa[i].type;
		b_id = pb[i].type;
		core_skip(p->a, &a_id);
		core_skip(p->b, &b_id);
		rc = compat(p, a_id, b_id, level - 1);
		if (rc <= 0)
			return rc;
	}
	return 1;
}

/* The kinds are the same. 1, 0 or -errno; 2: go on with *@a_id and *@b_id. */
static int compat_kind(const struct pair *p, const struct btf_type *ta, const struct btf_type *tb,
		       uint32_t *a_id, uint32_t *b_id, int level)
{
	int rc;

	switch (btfraw_kind(ta)) {
	case BTF_KIND_UNKN:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_FWD:
	case BTF_KIND_ENUM64:
		return 1;
	case BTF_KIND_INT:
		return !BTF_INT_OFFSET(int_info(ta)) && !BTF_INT_OFFSET(int_info(tb));
	case BTF_KIND_PTR:
		*a_id = ta->type;
		*b_id = tb->type;
		return 2;
	case BTF_KIND_ARRAY:
		*a_id = array_of(ta)->type;
		*b_id = array_of(tb)->type;
		return 2;
	case BTF_KIND_FUNC_PROTO:
		rc = compat_params(p, ta, tb, level);
		*a_id = ta->type;
		*b_id = tb->type;
		core_skip(p->a, a_id);
		core_skip(p->b, b_id);
		return rc == 1 ? 2 : rc;
	default:
		return 0;
	}
}

static int compat(const struct pair *p, uint32_t a_id, uint32_t b_id, int level)
{
	const struct btf_type *ta = core_type(p->a, a_id), *tb = core_type(p->b, b_id);
	int depth, rc;

	if (!ta || !tb)
		return -EINVAL;
	if (!core_kinds_compat(ta, tb))
		return 0;
	for (depth = DEPTH_MAX; depth > 0; depth--) {
		if (!spend(p))
			return -ELOOP;
		ta = core_skip(p->a, &a_id);
		tb = core_skip(p->b, &b_id);
		if (!ta || !tb)
			return -EINVAL;
		if (!core_kinds_compat(ta, tb))
			return 0;
		rc = compat_kind(p, ta, tb, &a_id, &b_id, level);
		if (rc != 2)
			return rc;
	}
	return -EINVAL;
}

int core_types_compat(const struct btfraw *a, uint32_t a_id, const struct btfraw *b, uint32_t b_id,
		      struct core_budget *budget)
{
	struct pair p = { a, b, budget };

	return compat(&p, a_id, b_id, LEVEL_MAX);
}

/* ---- matching ---- */

static int match(const struct pair *p, uint32_t a_id, uint32_t b_id, bool behind_ptr, int level);

static bool names_match(const struct pair *p, uint32_t a_off, uint32_t b_off)
{
	const char *a = btfraw_str(p->a, a_off), *b = btfraw_str(p->b, b_off);
	uint32_t len;

	if (!*b)
		return !*a;
	len = core_essential_len(b);
	return core_essential_len(a) == len && !strncmp(a, b, len);
}

static uint32_t enumerator_name(const struct btf_type *t, uint32_t i)
{
	if (btfraw_kind(t) == BTF_KIND_ENUM)
		return ((const struct btf_enum *)btfraw_tail(t))[i].name_off;
	return ((const struct btf_enum64 *)btfraw_tail(t))[i].name_off;
}

static int match_enums(const struct pair *p, const struct btf_type *ta, const struct btf_type *tb)
{
	uint32_t n = btfraw_vlen(tb), i, j;

	if (ta->size != tb->size || btfraw_vlen(ta) > n)
		return 0;
	for (i = 0; i < btfraw_vlen(ta); i++) {
		for (j = 0; j < n; j++) {
			if (!spend(p))
				return -ELOOP;
			if (names_match(p, enumerator_name(ta, i), enumerator_name(tb, j)))
				break;
		}
		if (j == n)
			return 0;
	}
	return 1;
}

static int match_members(const struct pair *p, const struct btf_type *ta, const struct btf_type *tb,
			 bool behind_ptr, int level)
{
	const struct btf_member *ma = core_members(ta), *mb = core_members(tb);
	uint32_t n = btfraw_vlen(tb), i, j;
	int rc;

	if (btfraw_vlen(ta) > n)
		return 0;
	for (i = 0; i < btfraw_vlen(ta); i++) {
		for (j = 0; j < n; j++) {
			if (!spend(p))
				return -ELOOP;
			if (!names_match(p, ma[i].name_off, mb[j].name_off))
				continue;
			rc = match(p, ma[i].type, mb[j].type, behind_ptr, level - 1);
			if (rc < 0)
				return rc;
			if (rc > 0)
				break;
		}
		if (j == n)
			return 0;
	}
	return 1;
}

/* A forward declaration, or behind a pointer a struct or union, against something. */
static int match_forward(const struct btf_type *ta, const struct btf_type *tb, bool behind_ptr)
{
	bool a_union = BTF_INFO_KFLAG(ta->info);
	uint32_t kind = btfraw_kind(tb);

	if (kind == BTF_KIND_FWD)
		return a_union == (bool)BTF_INFO_KFLAG(tb->info);
	if (!behind_ptr)
		return 0;
	return kind == (a_union ? BTF_KIND_UNION : BTF_KIND_STRUCT);
}

static int match_composite(const struct pair *p, const struct btf_type *ta, const struct btf_type *tb,
			   bool behind_ptr, int level)
{
	bool same = btfraw_kind(ta) == btfraw_kind(tb);

	if (!behind_ptr)
		return same ? match_members(p, ta, tb, behind_ptr, level) : 0;
	if (same)
		return 1;
	if (btfraw_kind(tb) != BTF_KIND_FWD)
		return 0;
	return (btfraw_kind(ta) == BTF_KIND_UNION) == (bool)BTF_INFO_KFLAG(tb->info);
}

static int match_int(const struct btf_type *ta, const struct btf_type *tb)
{
	if (btfraw_kind(tb) != BTF_KIND_INT || ta->size != tb->size)
		return 0;
	return !((BTF_INT_ENCODING(int_info(ta)) ^ BTF_INT_ENCODING(int_info(tb))) & BTF_INT_SIGNED);
}

static int match_params(const struct pair *p, const struct btf_type *ta, const struct btf_type *tb,
			bool behind_ptr, int level)
{
	const struct btf_param *pa = btfraw_tail(ta), *pb = btfraw_tail(tb);
	uint32_t i;
	int rc;

	if (btfraw_vlen(ta) != btfraw_vlen(tb))
		return 0;
	for (i = 0; i < btfraw_vlen(ta); i++) {
		rc = match(p, pa[i].type, pb[i].type, behind_ptr, level - 1);
		if (rc <= 0)
			return rc;
	}
	return 2;
}

/* What has an end: 1, 0 or -errno; 2: go on with *@a_id and *@b_id. */
static int match_kind(const struct pair *p, const struct btf_type *ta, const struct btf_type *tb,
		      uint32_t *a_id, uint32_t *b_id, bool *behind_ptr, int level)
{
	uint32_t kind = btfraw_kind(ta);
	bool same = kind == btfraw_kind(tb);

	switch (kind) {
	case BTF_KIND_UNKN:
		return same;
	case BTF_KIND_FWD:
		return match_forward(ta, tb, *behind_ptr);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return core_is_enum(tb) ? match_enums(p, ta, tb) : 0;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return match_composite(p, ta, tb, *behind_ptr, level);
	case BTF_KIND_INT:
		return match_int(ta, tb);
	case BTF_KIND_PTR:
		*behind_ptr = true;
		*a_id = ta->type;
		*b_id = tb->type;
		return same ? 2 : 0;
	case BTF_KIND_ARRAY:
		if (!same || array_of(ta)->nelems != array_of(tb)->nelems)
			return 0;
		*a_id = array_of(ta)->type;
		*b_id = array_of(tb)->type;
		return 2;
	case BTF_KIND_FUNC_PROTO:
		*a_id = ta->type;
		*b_id = tb->type;
		return same ? match_params(p, ta, tb, *behind_ptr, level) : 0;
	default:
		return 0;
	}
}

static int match(const struct pair *p, uint32_t a_id, uint32_t b_id, bool behind_ptr, int level)
{
	int depth, rc;

	if (level <= 0)
		return -EINVAL;
	for (depth = DEPTH_MAX; depth > 0; depth--) {
		const struct btf_type *ta = core_skip(p->a, &a_id), *tb = core_skip(p->b, &b_id);

		if (!spend(p))
			return -ELOOP;
		if (!ta || !tb)
			return -EINVAL;
		if (!names_match(p, ta->name_off, tb->name_off))
			return 0;
		rc = match_kind(p, ta, tb, &a_id, &b_id, &behind_ptr, level);
		if (rc != 2)
			return rc;
	}
	return -EINVAL;
}

int core_types_match(const struct btfraw *a, uint32_t a_id, const struct btfraw *b, uint32_t b_id,
		     struct core_budget *budget)
{
	struct pair p = { a, b, budget };

	return match(&p, a_id, b_id, false, LEVEL_MAX);
}

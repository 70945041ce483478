/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Whether two BTFs define a type alike: takes two checked views and an id in
 * each, says yes or what differs. "Alike" is what programs can see of it: names,
 * offsets, sizes, signedness, enumerators. Typedefs and qualifiers are looked
 * through; of what is pointed to, kind and name count.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stitch.h"

struct cmp {
	const struct btfraw *a, *b;
	uint32_t *seen;		/* by id in a: the id in b that it was compared with */
	char *why;
	size_t why_size;
	const char *where;	/* the member that is being compared */
};

static int differ(struct cmp *c, const char *fmt, unsigned long long x, unsigned long long y)
{
	int n = 0;

	if (c->where)
		n = snprintf(c->why, c->why_size, "member %.60s: ", c->where);
	if (n >= 0 && (size_t)n < c->why_size)
		snprintf(c->why + n, c->why_size - n, fmt, x, y);
	return 0;
}

static int same(struct cmp *c, uint32_t a_id, uint32_t b_id);

/* Bit offset and bit-field size of a member. */
static uint32_t bit_offset(const struct btf_type *t, const struct btf_member *m)
{
	return BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;
}

static uint32_t bit_size(const struct btf_type *t, const struct btf_member *m)
{
	return BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BITFIELD_SIZE(m->offset) : 0;
}

static int same_members(struct cmp *c, const struct btf_type *a, const struct btf_type *b)
{
	const struct btf_member *ma = btfraw_tail(a), *mb = btfraw_tail(b);
	const char *outer = c->where;
	uint32_t i, n = btfraw_vlen(a);
	int rc;

	if (a->size != b->size)
		return differ(c, "%llu and %llu bytes", a->size, b->size);
	if (n != btfraw_vlen(b))
		return differ(c, "%llu and %llu members", n, btfraw_vlen(b));
	for (i = 0; i < n; i++, ma++, mb++) {
		const char *name = btfraw_str(c->a, ma->name_off);

		c->where = *name ? name : outer;
		if (strcmp(name, btfraw_str(c->b, mb->name_off)))
			return differ(c, "it has another name or place", 0, 0);
		if (bit_offset(a, ma) != bit_offset(b, mb))
			return differ(c, "at bit %llu and %llu", bit_offset(a, ma), bit_offset(b, mb));
		if (bit_size(a, ma) != bit_size(b, mb))
			return differ(c, "bit fields of %llu and %llu bits", bit_size(a, ma),
				      bit_size(b, mb));
		rc = same(c, ma->type, mb->type);
		if (rc != 1)
			return rc;
	}
	c->where = outer;
	return 1;
}

/* One enumerator, of either width. */
static uint64_t enum_value(const struct btf_type *t, uint32_t i, uint32_t *name_off)
{
	const struct btf_enum64 *e64 = btfraw_tail(t);
	const struct btf_enum *e = btfraw_tail(t);

	if (btfraw_kind(t) == BTF_KIND_ENUM64) {
		*name_off = e64[i].name_off;
		return (uint64_t)e64[i].val_hi32 << 32 | e64[i].val_lo32;
	}
	*name_off = e[i].name_off;
	return BTF_INFO_KFLAG(t->info) ? (uint64_t)(int64_t)e[i].val : (uint32_t)e[i].val;
}

static int same_enum(struct cmp *c, const struct btf_type *a, const struct btf_type *b)
{
	uint32_t i, n = btfraw_vlen(a), a_name, b_name;
	uint64_t va, vb;

	if (a->size != b->size)
		return differ(c, "enums of %llu and %llu bytes", a->size, b->size);
	if (n != btfraw_vlen(b))
		return differ(c, "%llu and %llu enumerators", n, btfraw_vlen(b));
	for (i = 0; i < n; i++) {
		va = enum_value(a, i, &a_name);
		vb = enum_value(b, i, &b_name);
		/* Compilers disagree on whether an enum without negative values is signed. */
		if (a->size == 4) {
			va = (uint32_t)va;
			vb = (uint32_t)vb;
		}
		if (strcmp(btfraw_str(c->a, a_name), btfraw_str(c->b, b_name)))
			return differ(c, "enumerator %llu has another name", i, 0);
		if (va != vb)
			return differ(c, "enumerators of value %llu and %llu", va, vb);
	}
	return 1;
}

static int same_int(struct cmp *c, const struct btf_type *a, const struct btf_type *b)
{
	uint32_t ia = *(const uint32_t *)btfraw_tail(a), ib = *(const uint32_t *)btfraw_tail(b);

	if (a->size != b->size)
		return differ(c, "integers of %llu and %llu bytes", a->size, b->size);
	if (BTF_INT_BITS(ia) != BTF_INT_BITS(ib) || BTF_INT_OFFSET(ia) != BTF_INT_OFFSET(ib))
		return differ(c, "integers of %llu and %llu bits", BTF_INT_BITS(ia),
			      BTF_INT_BITS(ib));
	if ((BTF_INT_ENCODING(ia) ^ BTF_INT_ENCODING(ib)) & BTF_INT_SIGNED)
		return differ(c, "one integer is signed", 0, 0);
	return 1;
}

static int same_array(struct cmp *c, const struct btf_type *a, const struct btf_type *b)
{
	const struct btf_array *x = btfraw_tail(a), *y = btfraw_tail(b);

	if (x->nelems != y->nelems)
		return differ(c, "%llu and %llu elements", x->nelems, y->nelems);
	return same(c, x->type, y->type);
}

static uint32_t plain_kind(const struct btf_type *t)
{
	uint32_t kind = t ? btfraw_kind(t) : BTF_KIND_UNKN;

	if (kind == BTF_KIND_FWD)
		return BTF_INFO_KFLAG(t->info) ? BTF_KIND_UNION : BTF_KIND_STRUCT;
	return kind == BTF_KIND_ENUM64 ? BTF_KIND_ENUM : kind;
}

static int same_pointer(struct cmp *c, uint32_t a_id, uint32_t b_id)
{
	const struct btf_type *a = btfraw_resolve(c->a, &a_id), *b = btfraw_resolve(c->b, &b_id);

	if (plain_kind(a) != plain_kind(b) ||
	    (a && plain_kind(a) != BTF_KIND_INT &&
	     strcmp(btfraw_str(c->a, a->name_off), btfraw_str(c->b, b->name_off))))
		return differ(c, "pointers to other types", 0, 0);
	return 1;
}

static int same_kind(struct cmp *c, const struct btf_type *a, const struct btf_type *b)
{
	switch (plain_kind(a)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		if (strcmp(btfraw_str(c->a, a->name_off), btfraw_str(c->b, b->name_off)))
			return differ(c, "types of other names", 0, 0);
		return same_members(c, a, b);
	case BTF_KIND_ENUM:
		return same_enum(c, a, b);
	case BTF_KIND_INT:
		return same_int(c, a, b);
	case BTF_KIND_ARRAY:
		return same_array(c, a, b);
	case BTF_KIND_PTR:
		return same_pointer(c, a->type, b->type);
	case BTF_KIND_FLOAT:
		return a->size == b->size ? 1 : differ(c, "floats of %llu and %llu bytes", a->size,
						       b->size);
	default:
		return 1;	/* a function: only its address is stored */
	}
}

/* Recursion goes as deep as types are nested by value: btfraw_check() saw that it ends. */
static int same(struct cmp *c, uint32_t a_id, uint32_t b_id)
{
	const struct btf_type *a, *b;
	int rc;

	a = btfraw_resolve(c->a, &a_id);
	b = btfraw_resolve(c->b, &b_id);
	if (plain_kind(a) != plain_kind(b))
		return differ(c, "types of another kind", 0, 0);
	if (!a)
		return 1;
	if (c->seen[a_id] == b_id)
		return 1;
	rc = same_kind(c, a, b);
	c->seen[a_id] = b_id;
	return rc;
}

int btf_same(const struct btfraw *a, uint32_t a_id, const struct btfraw *b, uint32_t b_id,
	     char *why, size_t why_size)
{
	struct cmp c = { .a = a, .b = b, .why = why, .why_size = why_size };
	int rc;

	c.seen = calloc(a->end_id, sizeof(*c.seen));
	if (!c.seen)
		return -ENOMEM;
	rc = same(&c, a_id, b_id);
	free(c.seen);
	return rc;
}

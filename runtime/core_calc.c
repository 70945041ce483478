/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a relocation comes to: takes one of an object and a target, gives the
 * value that libbpf would patch in, or that it would poison the instruction, or
 * why it would give up. Relocations of an object are to be resolved in their
 * order, because candidates that one of them rules out are out for the next.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

struct cand {
	uint32_t which;		/* of the target's indexes */
	uint32_t id;
};

struct cand_list {
	struct cand *v;
	uint32_t n;
	bool known;
};

struct core_cands {
	struct cand_list *by_id;	/* by the local type's id */
	uint32_t n;
};

const char *core_kind_name(uint32_t kind)
{
	static const char *const names[] = {
		[BPF_CORE_FIELD_BYTE_OFFSET] = "offset", [BPF_CORE_FIELD_BYTE_SIZE] = "size",
		[BPF_CORE_FIELD_EXISTS] = "exists", [BPF_CORE_FIELD_SIGNED] = "signed",
		[BPF_CORE_FIELD_LSHIFT_U64] = "lshift", [BPF_CORE_FIELD_RSHIFT_U64] = "rshift",
		[BPF_CORE_TYPE_ID_LOCAL] = "local-type-id", [BPF_CORE_TYPE_ID_TARGET] = "type-id",
		[BPF_CORE_TYPE_EXISTS] = "type-exists", [BPF_CORE_TYPE_SIZE] = "type-size",
		[BPF_CORE_ENUMVAL_EXISTS] = "enumerator-exists",
		[BPF_CORE_ENUMVAL_VALUE] = "enumerator-value", [BPF_CORE_TYPE_MATCHES] = "type-matches",
	};

	return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}

/* ---- candidates ---- */

struct core_cands *core_cands_new(const struct core_object *o)
{
	struct core_cands *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->n = o->btf.end_id;
	c->by_id = calloc(c->n + 1, sizeof(*c->by_id));
	if (c->by_id)
		return c;
	free(c);
	return NULL;
}

void core_cands_free(struct core_cands *c)
{
	uint32_t i;

	if (!c)
		return;
	for (i = 0; i < c->n; i++)
		free(c->by_id[i].v);
	free(c->by_id);
	free(c);
}

static int add_cand(struct cand_list *l, uint32_t which, uint32_t id)
{
	/* A power of two is full. */
	if (!(l->n & (l->n - 1))) {
		struct cand *v = realloc(l->v, (l->n ? 2 * l->n : 1) * sizeof(*v));

		if (!v)
			return -ENOMEM;
		l->v = v;
	}
	l->v[l->n++] = (struct cand){ which, id };
	return 0;
}

static int find_cands(struct cand_list *l, const struct btf_type *local, const char *name,
		      const struct core_target *t, struct core_budget *budget)
{
	uint32_t len = core_essential_len(name), i, id;

	l->known = true;
	for (i = 0; i < t->n; i++) {
		const struct core_index *x = t->v[i];

		for (id = core_index_find(x, name, len, 0); id; id = core_index_find(x, name, len, id)) {
			if (!budget->left)
				return -ELOOP;
			budget->left--;
			if (core_kinds_compat(btfraw_type(x->b, id), local) && add_cand(l, i, id))
				return -ENOMEM;
		}
	}
	return 0;
}

/* ---- values ---- */

/* A field's value and, for loads and stores, what they access. */
struct value {
	uint64_t val;
	uint32_t size;
	uint32_t type_id;	/* without typedefs; 0: none */
	bool validate;
};

/* Bytes that a load or store of such a field has, as a number of 32 bits; -errno. */
static int64_t access_size(const struct btfraw *b, uint32_t id, enum core_rules rules)
{
	const struct btf_type *t = core_skip(b, &id);

	while (rules >= CORE_RULES_1_6 && t && btfraw_kind(t) == BTF_KIND_ARRAY) {
		id = ((const struct btf_array *)btfraw_tail(t))->type;
		t = core_skip(b, &id);
	}
	return core_size(b, id) < 0 ? -EINVAL : core_size(b, id);
}

static int element_value(const struct core_spec *s, uint32_t type_id, enum core_rules rules, struct value *v)
{
	int64_t size;

	v->validate = true;
	if (s->kind != BPF_CORE_FIELD_BYTE_OFFSET && s->kind != BPF_CORE_FIELD_BYTE_SIZE)
		return -EINVAL;
	size = core_size(s->b, type_id);
	if (size < 0)
		return -EINVAL;
	v->val = size;
	if (s->kind == BPF_CORE_FIELD_BYTE_SIZE)
		return 0;
	size = access_size(s->b, type_id, rules);
	if (size < 0)
		return size;
	v->val = s->bit_offset / 8;
	v->size = size;
	v->type_id = type_id;
	return 0;
}

/* The smallest aligned integer that holds a bit field. */
static int bitfield_bytes(uint32_t bit_off, uint32_t bits, uint32_t *off, uint32_t *size)
{
	if (!*size)
		return -EINVAL;
	*off = bit_off / 8 / *size * *size;
	while (bit_off + bits - *off * 8 > *size * 8) {
		if (*size >= 8)
			return -E2BIG;
		*size *= 2;
		*off = bit_off / 8 / *size * *size;
	}
	return 0;
}

static bool is_signed(const struct btf_type *t)
{
	if (core_is_enum(t))
		return BTF_INFO_KFLAG(t->info);
	return btfraw_kind(t) == BTF_KIND_INT &&
	       (BTF_INT_ENCODING(*(const uint32_t *)btfraw_tail(t)) & BTF_INT_SIGNED);
}

static int member_value(const struct core_spec *s, const struct core_acc *acc, enum core_rules rules,
			struct value *v)
{
	const struct btf_type *owner = core_type(s->b, acc->type_id), *t;
	uint32_t bits = core_member_bits(owner, acc->idx), off, size, id;
	bool bitfield = bits > 0;
	int64_t len;

	id = core_members(owner)[acc->idx].type;
	t = core_skip(s->b, &id);
	if (bitfield) {
		size = t->size;
		if (bitfield_bytes(s->bit_offset, bits, &off, &size))
			return -E2BIG;
	} else {
		len = core_size(s->b, id);
		if (len < 0)
			return -EINVAL;
		size = len;
		off = s->bit_offset / 8;
		bits = size * 8;
	}
	v->validate = !bitfield;
	switch (s->kind) {
	case BPF_CORE_FIELD_BYTE_OFFSET:
		v->val = off;
		len = bitfield ? 0 : access_size(s->b, id, rules);
		if (len < 0)
			return len;
		v->size = len;
		v->type_id = bitfield ? 0 : id;
		return 0;
	case BPF_CORE_FIELD_BYTE_SIZE:
		v->val = size;
		return 0;
	case BPF_CORE_FIELD_SIGNED:
		v->val = is_signed(t);
		v->validate = true;
		return 0;
	case BPF_CORE_FIELD_LSHIFT_U64:
		/* 32-bit arithmetic, as libbpf's. */
		v->val = (uint32_t)(64 - (s->bit_offset + bits - off * 8));
		return 0;
	case BPF_CORE_FIELD_RSHIFT_U64:
		v->val = (uint32_t)(64 - bits);
		v->validate = true;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* @s NULL: it is not there. -EUCLEAN asks for poison. */
static int field_value(uint32_t kind, const struct core_spec *s, enum core_rules rules, struct value *v)
{
	const struct core_acc *acc;

	v->validate = true;
	if (kind == BPF_CORE_FIELD_EXISTS) {
		v->val = s != NULL;
		return 0;
	}
	if (!s)
		return -EUCLEAN;
	acc = &s->acc[s->len - 1];
	return acc->name ? member_value(s, acc, rules, v) : element_value(s, acc->type_id, rules, v);
}

static int type_value(uint32_t kind, const struct core_spec *s, struct value *v)
{
	int64_t size;

	v->validate = true;
	v->val = s != NULL;
	if (!s)
		return 0;
	switch (kind) {
	case BPF_CORE_TYPE_ID_TARGET:
		v->val = s->root_id;
		v->validate = false;
		return 0;
	case BPF_CORE_TYPE_SIZE:
		size = core_size(s->b, s->root_id);
		v->val = size;
		return size < 0 ? -EINVAL : 0;
	default:
		return 0;
	}
}

static int enum_value_of(uint32_t kind, const struct core_spec *s, struct value *v)
{
	v->validate = true;
	v->val = s != NULL;
	if (kind == BPF_CORE_ENUMVAL_EXISTS)
		return 0;
	if (!s)
		return -EUCLEAN;
	core_enumerator(s->b, core_type(s->b, s->acc[0].type_id), s->acc[0].idx, &v->val);
	return 0;
}

static int value_of(uint32_t kind, const struct core_spec *s, enum core_rules rules, struct value *v)
{
	memset(v, 0, sizeof(*v));
	if (core_kind_is_field(kind))
		return field_value(kind, s, rules, v);
	if (core_kind_is_type(kind))
		return type_value(kind, s, v);
	return enum_value_of(kind, s, v);
}

static bool is_kind(const struct btfraw *b, uint32_t id, uint32_t kind)
{
	return id && btfraw_kind(core_type(b, id)) == kind;
}

static bool is_unsigned_int(const struct btfraw *b, uint32_t id)
{
	return is_kind(b, id, BTF_KIND_INT) &&
	       BTF_INT_ENCODING(*(const uint32_t *)btfraw_tail(core_type(b, id))) != BTF_INT_SIGNED;
}

/* Whether a load or store may get another width. */
static bool width_ok(const struct core_spec *local, const struct value *a, const struct core_spec *to,
		     const struct value *b)
{
	if (a->size == b->size || !to)
		return true;
	if (is_kind(local->b, a->type_id, BTF_KIND_PTR) && is_kind(to->b, b->type_id, BTF_KIND_PTR))
		return true;
	return is_unsigned_int(local->b, a->type_id) && is_unsigned_int(to->b, b->type_id);
}

/* The decision for one candidate; @to NULL: for none. 0 or -errno. */
static int decide(const struct core_spec *local, const struct core_spec *to, enum core_rules rules,
		  struct core_res *res)
{
	struct value a, b = { 0 };
	int rc;

	rc = value_of(local->kind, local, rules, &a);
	if (!rc)
		rc = value_of(local->kind, to, rules, &b);
	res->poison = rc == -EUCLEAN;
	res->orig = a.val;
	res->val = b.val;
	res->validate = a.validate;
	res->orig_size = a.size;
	res->size = b.size;
	res->bad_width = res->other_bad_width = !rc && !width_ok(local, &a, to, &b);
	if (!rc && to && local->kind == BPF_CORE_FIELD_BYTE_OFFSET) {
		struct value c, d;

		rules = rules == CORE_RULES_OLD ? CORE_RULES_1_6 : CORE_RULES_OLD;
		if (!value_of(local->kind, local, rules, &c) && !value_of(local->kind, to, rules, &d))
			res->other_bad_width = !width_ok(local, &c, to, &d);
	}
	return res->poison ? 0 : rc;
}

/* ---- fields, for those who ask what changed ---- */

static void field_of(const struct core_spec *s, struct core_field *f)
{
	const struct btf_type *owner;
	const struct core_acc *acc;
	int64_t size;

	memset(f, 0, sizeof(*f));
	if (!core_kind_is_field(s->kind))
		return;
	acc = &s->acc[s->len - 1];
	f->bit_offset = s->bit_offset;
	f->type_id = acc->type_id;
	if (acc->name) {
		owner = core_type(s->b, acc->type_id);
		f->owner = acc->type_id;
		f->member = acc->idx;
		f->type_id = core_members(owner)[acc->idx].type;
		f->bits = core_member_bits(owner, acc->idx);
		f->is_bitfield = f->bits;
	}
	if (!f->is_bitfield) {
		size = core_size(s->b, f->type_id);
		f->bits = size < 0 ? 0 : (uint32_t)size * 8;
	}
}

/* ---- all of it ---- */

static int fail(struct core_res *res, enum core_why why, int rc)
{
	res->rc = rc;
	res->why = rc == -ELOOP ? CORE_WHY_BUDGET : why;
	return rc;
}

/* Tries every candidate. The first one that matches decides, the others must agree. */
static int try_cands(const struct core_spec *local, const struct core_target *t, struct cand_list *l,
		     enum core_rules rules, struct core_budget *budget, struct core_res *res)
{
	struct core_field other;
	struct core_spec to;
	struct core_res one;
	uint32_t i, n = 0, bit_offset = 0;
	int rc;

	for (i = 0; i < l->n; i++) {
		const struct btfraw *b = t->v[l->v[i].which]->b;

		rc = core_spec_match(local, b, l->v[i].id, &to, budget);
		if (rc < 0)
			return fail(res, CORE_WHY_MATCH, rc);
		if (!rc)
			continue;
		rc = decide(local, &to, rules, &one);
		if (rc)
			return fail(res, CORE_WHY_CALC, rc);
		if (!n) {
			*res = (struct core_res){
				.poison = one.poison, .validate = one.validate, .bad_width = one.bad_width,
				.orig = one.orig, .val = one.val, .orig_size = one.orig_size,
				.size = one.size, .cands = l->n, .b = b, .root_id = l->v[i].id,
				.in_kernel = t->n > 1 && l->v[i].which == 0, .local = res->local,
				.other_bad_width = one.other_bad_width,
			};
			bit_offset = to.bit_offset;
			field_of(&to, &res->field);
		} else if (to.bit_offset != bit_offset) {
			return fail(res, CORE_WHY_OFFSETS, -EINVAL);
		} else if (one.poison != res->poison || one.val != res->val) {
			return fail(res, CORE_WHY_VALUES, -EINVAL);
		}
		field_of(&to, &other);
		res->twins = n > 0;
		res->twins_differ |= other.bits != res->field.bits;
		l->v[n++] = l->v[i];
	}
	res->matching = n;
	if (n)
		l->n = n;
	return 0;
}

void core_resolve(const struct core_object *o, const struct core_relo *relo, const struct core_target *t,
		  struct core_cands *cands, enum core_rules rules, struct core_budget *budget,
		  struct core_res *res)
{
	const struct btf_type *local = core_type(&o->btf, relo->type_id);
	const char *name = btfraw_str(&o->btf, local->name_off);
	struct cand_list *l = &cands->by_id[relo->type_id];
	struct core_spec spec;
	int rc = 0;

	memset(res, 0, sizeof(*res));
	if (relo->kind != BPF_CORE_TYPE_ID_LOCAL && !*name) {
		fail(res, CORE_WHY_ANONYMOUS, -EINVAL);
		return;
	}
	if (relo->kind != BPF_CORE_TYPE_ID_LOCAL && !l->known)
		rc = find_cands(l, local, name, t, budget);
	if (rc) {
		fail(res, CORE_WHY_BUDGET, rc);
		return;
	}
	if (core_spec_parse(&spec, &o->btf, relo)) {
		fail(res, CORE_WHY_SPEC, -EINVAL);
		return;
	}
	if (relo->kind == BPF_CORE_TYPE_ID_LOCAL) {
		res->orig = res->val = spec.root_id;
		return;
	}
	res->cands = l->n;
	field_of(&spec, &res->local);
	if (try_cands(&spec, t, l, rules, budget, res) || res->matching)
		return;
	rc = decide(&spec, NULL, rules, res);
	if (rc)
		fail(res, CORE_WHY_CALC, rc);
}

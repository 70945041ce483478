/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Which types of which source CO-RE would find for each root: takes views and
 * roots, gives hits. A type that a NIC defines must mean the same wherever else
 * it is defined, since CO-RE would refuse it or silently take either one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "stitch.h"

/* Types of one name in one NIC's BTF: each is compared with each elsewhere. */
#define SAME_NAME_MAX	64

static bool hit_add(struct hits *h, uint32_t root, uint32_t src, uint32_t id)
{
	if (h->n == h->cap) {
		uint32_t cap = h->cap ? 2 * h->cap : 64;
		struct hit *v = realloc(h->v, cap * sizeof(*v));

		if (!v)
			return false;
		h->v = v;
		h->cap = cap;
	}
	h->v[h->n++] = (struct hit){ root, src, id };
	return true;
}

int hits_find(struct hits *h, const struct stitch *st, uint32_t src, struct core_roots *roots,
	      struct mdesc_error *err)
{
	const struct btfraw *b = &st->v[src].btf;
	uint32_t id;

	for (id = b->first_id; id < b->end_id; id++) {
		const struct btf_type *t = (const void *)(b->types + b->offs[id - b->first_id]);
		struct core_root *root = core_root_of(roots, b, t);

		if (!root)
			continue;
		if (st->v[src].is_nic)
			root->found = true;
		if (!hit_add(h, root - roots->v, src, id))
			return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	}
	return 0;
}

static int by_root(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->root != y->root)
		return x->root < y->root ? -1 : 1;
	if (x->src != y->src)
		return x->src < y->src ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int clash(const struct stitch *st, const struct core_root *root, const struct hit *a,
		 const struct hit *b, const char *why, struct mdesc_error *err)
{
	return error_set(err, ENOTUNIQ, MDESC_CLASS_AMBIGUOUS,
			 "%s %.*s is defined differently by %.120s and by %.120s (%s)",
			 btfraw_kind_name(root->kind), (int)(root->len < 64 ? root->len : 64),
			 root->name, st->v[b->src].name, st->v[a->src].name, why);
}

/*
 * Compares the NIC's candidate @nic with all before it (kernel and modules come
 * first). Sets @dup when there is an equal one.
 */
static int settle_one(const struct stitch *st, const struct core_roots *roots,
		      const struct hit *first, const struct hit *nic, bool *dup,
		      struct mdesc_error *err)
{
	const struct hit *h;
	char why[120] = "";
	int rc;

	*dup = false;
	for (h = first; h < nic; h++) {
		if (h->src == nic->src)
			continue;
		rc = btf_same(&st->v[nic->src].btf, nic->id, &st->v[h->src].btf, h->id, why,
			      sizeof(why));
		if (rc < 0)
			return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
		if (!rc)
			return clash(st, &roots->v[nic->root], h, nic, why, err);
		*dup = true;
	}
	return 0;
}

static int too_many(const struct stitch *st, const struct core_root *root, const struct hit *h,
		    struct mdesc_error *err)
{
	return error_set(err, ENOTUNIQ, MDESC_CLASS_AMBIGUOUS,
			 "%.200s defines %s %.*s more than %u times", st->v[h->src].name,
			 btfraw_kind_name(root->kind), (int)(root->len < 64 ? root->len : 64),
			 root->name, SAME_NAME_MAX);
}

int hits_settle(struct hits *h, const struct stitch *st, const struct core_roots *roots,
		struct mdesc_error *err)
{
	uint32_t i, first = 0, n = 0, alike = 0;
	struct hit *kept;
	bool dup;
	int rc = 0;

	if (!h->n)
		return 0;
	qsort(h->v, h->n, sizeof(*h->v), by_root);
	kept = malloc(h->n * sizeof(*kept));
	if (!kept)
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	for (i = 0; i < h->n && !rc; i++) {
		if (h->v[i].root != h->v[first].root)
			first = i;
		alike = i > first && h->v[i].src == h->v[i - 1].src ? alike + 1 : 1;
		dup = false;
		if (st->v[h->v[i].src].is_nic && alike > SAME_NAME_MAX)
			rc = too_many(st, &roots->v[h->v[i].root], &h->v[i], err);
		else if (st->v[h->v[i].src].is_nic)
			rc = settle_one(st, roots, &h->v[first], &h->v[i], &dup, err);
		if (!rc && !dup)
			kept[n++] = h->v[i];
	}
	free(h->v);
	h->v = kept;
	h->cap = h->n;
	h->n = n;
	return rc;
}

void hits_free(struct hits *h)
{
	free(h->v);
	*h = (struct hits){ 0 };
}

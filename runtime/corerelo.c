/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a BPF object's CO-RE relocations look up: takes the object's bytes, which
 * nobody has checked, reads .BTF and .BTF.ext itself (libbpf has no call for
 * it), and gives the names and kinds of the types that they begin with.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "stitch.h"

/* ---- names ---- */

static uint32_t one_enum(uint32_t kind)
{
	return kind == BTF_KIND_ENUM64 ? BTF_KIND_ENUM : kind;
}

/* Length without a flavour: name___flavour, the last such one, as libbpf cuts it. */
uint32_t core_essential_len(const char *name)
{
	size_t n = strlen(name), i;

	for (i = n; i-- > 1;)
		if (i + 3 < n && name[i - 1] != '_' && name[i] == '_' && name[i + 1] == '_' &&
		    name[i + 2] == '_' && name[i + 3] != '_')
			return i;
	return n;
}

static int compare(const char *a, uint32_t a_len, uint32_t a_kind, const struct core_root *b)
{
	uint32_t len = a_len < b->len ? a_len : b->len;
	int c;

	if (a_kind != b->kind)
		return a_kind < b->kind ? -1 : 1;
	c = memcmp(a, b->name, len);
	if (c)
		return c;
	return a_len < b->len ? -1 : a_len > b->len;
}

static int compare_roots(const void *a, const void *b)
{
	const struct core_root *r = a;

	return compare(r->name, r->len, r->kind, b);
}

/* The first two characters, mixed: what most names differ in. */
static uint8_t name_pair(const char *name)
{
	return name[0] ? (uint8_t)name[0] * 31 + (uint8_t)name[1] : 0;
}

struct core_root *core_root_of(const struct core_roots *r, const struct btfraw *b,
			       const struct btf_type *t)
{
	uint32_t lo = 0, hi = r->n, kind = one_enum(btfraw_kind(t)), len;
	const char *name;

	/* Asked of every type of the kernel: most are told apart here. */
	if (!(r->kinds & 1u << kind))
		return NULL;
	name = btfraw_str(b, t->name_off);
	if (!r->pairs[name_pair(name)])
		return NULL;
	len = core_essential_len(name);
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = compare(name, len, kind, &r->v[mid]);

		if (!c)
			return &r->v[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static void sort_unique(struct core_roots *r)
{
	uint32_t i, n = 0;

	if (!r->n)
		return;
	for (i = 0; i < r->n; i++) {
		r->kinds |= 1u << r->v[i].kind;
		r->pairs[name_pair(r->v[i].name)] = true;
	}
	qsort(r->v, r->n, sizeof(*r->v), compare_roots);
	for (i = 1; i < r->n; i++)
		if (compare_roots(&r->v[n], &r->v[i]))
			r->v[++n] = r->v[i];
	r->n = n + 1;
}

/* Types without a name cannot be looked up. */
static void add_root(struct core_roots *r, const struct btfraw *b, const struct btf_type *t)
{
	const char *name = btfraw_str(b, t->name_off);

	if (*name)
		r->v[r->n++] = (struct core_root){
			.name = name, .len = core_essential_len(name), .kind = one_enum(btfraw_kind(t)),
		};
}

/* ---- .BTF.ext ---- */

struct reading {
	struct core_roots *r;
	const struct btfraw *b;
	uint8_t *marks;		/* by type id: a relocation begins with it */
};

static int read_record(void *ctx, uint32_t sec_name_off, uint32_t no, const void *rec,
		       struct mdesc_error *err)
{
	struct reading *rd = ctx;
	struct bpf_core_relo relo;

	(void)sec_name_off;
	(void)no;
	memcpy(&relo, rec, sizeof(relo));
	if (relo.kind == BPF_CORE_TYPE_ID_LOCAL)
		return 0;
	if (relo.kind == BPF_CORE_TYPE_ID_TARGET)
		rd->r->wants_ids = true;
	if (!btfraw_type(rd->b, relo.type_id))
		return core_ext_bad(rd->b->name, "a relocation of a type that does not exist", err);
	rd->marks[relo.type_id] = 1;
	return 0;
}

/* Marks the types that relocations begin with. */
static int read_ext(struct core_roots *r, const char *name, const struct btfraw *b,
		    const void *data, size_t size, uint8_t *marks, struct mdesc_error *err)
{
	struct reading rd = { .r = r, .b = b, .marks = marks };
	struct core_ext ext;
	int rc;

	rc = core_ext_open(&ext, name, data, size, err);
	return rc ? rc : core_ext_each(&ext, CORE_EXT_RELOS, read_record, &rd, err);
}

static int collect(struct core_roots *r, const struct btfraw *b, const uint8_t *marks,
		   struct mdesc_error *err)
{
	uint32_t id, n = 0;

	for (id = 1; id < b->end_id; id++)
		n += marks[id];
	r->v = calloc(n + 1, sizeof(*r->v));
	if (!r->v)
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	for (id = 1; id < b->end_id; id++)
		if (marks[id])
			add_root(r, b, btfraw_type(b, id));
	sort_unique(r);
	return 0;
}

int core_roots_read(struct core_roots *r, const char *name, const void *obj, size_t size,
		    struct mdesc_error *err)
{
	struct core_sections s;
	struct btfraw b;
	uint8_t *marks;
	int rc;

	memset(r, 0, sizeof(*r));
	rc = core_sections_find(&s, name, obj, size, err);
	r->no_btf = !rc && !s.btf;
	if (rc || !s.btf || !s.ext)
		return rc;
	rc = btfraw_open(&b, name, s.btf, s.btf_size, NULL, err);
	if (rc)
		return rc;
	marks = calloc(b.end_id, 1);
	if (marks)
		rc = read_ext(r, name, &b, s.ext, s.ext_size, marks, err);
	else
		rc = error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	if (!rc)
		rc = collect(r, &b, marks, err);
	free(marks);
	/* The names outlive the view. */
	r->own = b.own;
	b.own = NULL;
	btfraw_close(&b);
	if (rc)
		core_roots_free(r);
	return rc;
}

/* ---- every name of NICs ---- */

static bool defines(const struct btf_type *t)
{
	switch (btfraw_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_TYPEDEF:
		return true;
	default:
		return false;
	}
}

int core_roots_all(struct core_roots *r, const struct btfraw *const *nics, uint32_t n,
		   struct mdesc_error *err)
{
	uint32_t i, id;
	size_t total = 1;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < n; i++)
		total += nics[i]->end_id;
	r->v = calloc(total, sizeof(*r->v));
	if (!r->v)
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	for (i = 0; i < n; i++)
		for (id = 1; id < nics[i]->end_id; id++) {
			const struct btf_type *t = btfraw_type(nics[i], id);

			if (defines(t))
				add_root(r, nics[i], t);
		}
	sort_unique(r);
	return 0;
}

void core_roots_free(struct core_roots *r)
{
	free(r->v);
	free(r->own);
	memset(r, 0, sizeof(*r));
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a BPF object's CO-RE relocations look up: takes the object's bytes, which
 * nobody has checked, reads .BTF and .BTF.ext itself (libbpf has no call for
 * it), and gives the names and kinds of the types that they begin with.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stitch.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif

/* The header of .BTF.ext, as it is since there are CO-RE relocations. */
struct ext_header {
	uint16_t magic;
	uint8_t	 version;
	uint8_t	 flags;
	uint32_t hdr_len;
	uint32_t func_info_off;
	uint32_t func_info_len;
	uint32_t line_info_off;
	uint32_t line_info_len;
	uint32_t core_relo_off;
	uint32_t core_relo_len;
};

/* For each section of the program: this, then @count records. */
struct ext_section {
	uint32_t name_off;
	uint32_t count;
};

struct core_relo {
	uint32_t insn_off;
	uint32_t type_id;
	uint32_t access_off;
	uint32_t kind;		/* enum bpf_core_relo_kind */
};

/* Numbers of enum bpf_core_relo_kind that matter here. */
#define RELO_TYPE_ID_LOCAL	6
#define RELO_TYPE_ID_TARGET	7

/* ---- names ---- */

static uint32_t one_enum(uint32_t kind)
{
	return kind == BTF_KIND_ENUM64 ? BTF_KIND_ENUM : kind;
}

/* Length without a flavour: name___flavour, the last such one, as libbpf cuts it. */
static uint32_t essential_len(const char *name)
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
	len = essential_len(name);
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
			.name = name, .len = essential_len(name), .kind = one_enum(btfraw_kind(t)),
		};
}

/* ---- .BTF.ext ---- */

static int bad_ext(const char *name, const char *what, struct mdesc_error *err)
{
	return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.200s: damaged .BTF.ext: %s", name,
			 what);
}

/* Marks the types that the records of one program section begin with. */
static int read_records(struct core_roots *r, const char *name, const struct btfraw *b,
			const uint8_t *p, uint32_t count, uint32_t rec_size, uint8_t *marks,
			struct mdesc_error *err)
{
	struct core_relo relo;

	for (; count; count--, p += rec_size) {
		memcpy(&relo, p, sizeof(relo));
		if (relo.kind == RELO_TYPE_ID_LOCAL)
			continue;
		if (relo.kind == RELO_TYPE_ID_TARGET)
			r->wants_ids = true;
		if (!btfraw_type(b, relo.type_id))
			return bad_ext(name, "a relocation of a type that does not exist", err);
		marks[relo.type_id] = 1;
	}
	return 0;
}

static int read_sections(struct core_roots *r, const char *name, const struct btfraw *b,
			 const uint8_t *p, uint32_t left, uint8_t *marks, struct mdesc_error *err)
{
	struct ext_section sec;
	uint32_t rec_size;
	int rc;

	if (left < 4)
		return bad_ext(name, "the relocations are cut", err);
	memcpy(&rec_size, p, 4);
	if (rec_size < sizeof(struct core_relo) || rec_size & 3)
		return bad_ext(name, "size of a relocation", err);
	for (p += 4, left -= 4; left;) {
		if (left < sizeof(sec))
			return bad_ext(name, "the relocations are cut", err);
		memcpy(&sec, p, sizeof(sec));
		p += sizeof(sec);
		left -= sizeof(sec);
		if (sec.count > left / rec_size)
			return bad_ext(name, "the relocations are cut", err);
		rc = read_records(r, name, b, p, sec.count, rec_size, marks, err);
		if (rc)
			return rc;
		p += sec.count * rec_size;
		left -= sec.count * rec_size;
	}
	return 0;
}

static int read_ext(struct core_roots *r, const char *name, const struct btfraw *b,
		    const uint8_t *ext, size_t size, uint8_t *marks, struct mdesc_error *err)
{
	struct ext_header h = { 0 };
	size_t room;

	if (size < 8)
		return bad_ext(name, "shorter than its header", err);
	memcpy(&h, ext, 8);
	if (h.magic != BTF_MAGIC)
		return bad_ext(name, "it does not begin with BTF's magic number", err);
	if (h.hdr_len < 8 || h.hdr_len > size)
		return bad_ext(name, "length of the header", err);
	memcpy(&h, ext, h.hdr_len < sizeof(h) ? h.hdr_len : sizeof(h));
	if (!h.core_relo_len)
		return 0;
	room = size - h.hdr_len;
	if (h.core_relo_off > room || h.core_relo_len > room - h.core_relo_off)
		return bad_ext(name, "the relocations lie outside of it", err);
	return read_sections(r, name, b, ext + h.hdr_len + h.core_relo_off, h.core_relo_len,
			     marks, err);
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

/* Whether the bytes are an ELF file for BPF, of this machine's byte order. */
static int check_object(const char *name, const void *obj, size_t size, struct mdesc_error *err)
{
	Elf64_Ehdr eh;

	if (size >= sizeof(eh)) {
		memcpy(&eh, obj, sizeof(eh));
		if (!memcmp(eh.e_ident, ELFMAG, SELFMAG) && eh.e_type == ET_REL &&
		    (eh.e_machine == EM_BPF || eh.e_machine == EM_NONE))
			return 0;
	}
	return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.300s: not a BPF object", name);
}

static int find_section(const char *name, const void *obj, size_t size, const char *sec,
			const void **data, size_t *len, struct mdesc_error *err)
{
	int rc = elfsec_find(obj, size, sec, data, len);

	if (rc == -ENOENT) {
		*data = NULL;
		*len = 0;
		return 0;
	}
	if (rc == -EINVAL)
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT,
				 "%.300s: not a BPF object of this machine's byte order", name);
	if (rc)
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.300s: a damaged ELF file", name);
	return 0;
}

int core_roots_read(struct core_roots *r, const char *name, const void *obj, size_t size,
		    struct mdesc_error *err)
{
	size_t btf_size, ext_size;
	const void *btf, *ext;
	struct btfraw b;
	uint8_t *marks;
	int rc;

	memset(r, 0, sizeof(*r));
	rc = check_object(name, obj, size, err);
	if (!rc)
		rc = find_section(name, obj, size, ".BTF", &btf, &btf_size, err);
	if (!rc)
		rc = find_section(name, obj, size, ".BTF.ext", &ext, &ext_size, err);
	r->no_btf = !rc && !btf;
	if (rc || !btf || !ext)
		return rc;
	rc = btfraw_open(&b, name, btf, btf_size, NULL, err);
	if (rc)
		return rc;
	marks = calloc(b.end_id, 1);
	if (marks)
		rc = read_ext(r, name, &b, ext, ext_size, marks, err);
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

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Raw BTF: a bounds-checked view of the bytes, without libbpf.
 *
 * The kernel's BTF has some 150,000 types, of which a BPF object needs a few.
 * libbpf's reader takes 10 ms and more for them; this one finds the few in
 * about one, and takes nothing in the bytes for granted.
 */
#ifndef MDESC_BTFRAW_H
#define MDESC_BTFRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/btf.h>

#include <mdesc/mdesc.h>

#include "names.h"

/*
 * How many types one may contain by value, each counted wherever it stands:
 * readers go through all of them, libbpf for each relocation.
 */
#define BTF_UNFOLDED_MAX	(1u << 20)

/*
 * @data .. @types_len, @strs: point into the caller's bytes (or @own), and lie
 * in them. Every type record lies whole in @types; what it refers to is checked
 * by btfraw_check() alone. Split BTF has a @base: its ids go on where the
 * base's end, and so do its strings.
 */
struct btfraw {
	const char *name;		/* for error texts; borrowed */
	const uint8_t *types;
	uint32_t types_len;
	const char *strs;		/* ends with NUL */
	uint32_t strs_len;
	const struct btfraw *base;	/* or NULL */
	uint32_t str_base;		/* bytes of strings in @base */
	uint32_t first_id;		/* 1, or the base's @end_id */
	uint32_t end_id;		/* one past the last id */
	uint32_t *offs;			/* of the record in @types, by id - first_id */
	void *own;			/* an aligned copy, where one was needed */
	uint32_t ptr_size;		/* bytes of a pointer in what it describes; 0: not looked for, 8 */
};

/* Checks frame and records. 0, or -EBADMSG / -ENOTSUP / -ENOMEM with @err filled. */
int btfraw_open(struct btfraw *b, const char *name, const void *data, size_t size,
		const struct btfraw *base, struct mdesc_error *err);
void btfraw_close(struct btfraw *b);

/*
 * Checks what records refer to: ids, strings, kinds; and that no type contains
 * itself. After that libbpf can be given the bytes. 0, -EBADMSG, -ENOMEM.
 */
int btfraw_check(const struct btfraw *b, struct mdesc_error *err);

/* A type of @b or its base; NULL for void and for ids that do not exist. */
const struct btf_type *btfraw_type(const struct btfraw *b, uint32_t id);

/* A string of @b or its base; "" for offsets that do not exist. */
const char *btfraw_str(const struct btfraw *b, uint32_t off);

/* The part of @b that holds @id: @b itself or its base. */
const struct btfraw *btfraw_of(const struct btfraw *b, uint32_t id);

/* Bytes of a record with its tail; 0 for an unknown kind. */
uint32_t btfraw_record_size(const struct btf_type *t);

static inline uint32_t btfraw_kind(const struct btf_type *t)
{
	return BTF_INFO_KIND(t->info);
}

static inline uint32_t btfraw_vlen(const struct btf_type *t)
{
	return BTF_INFO_VLEN(t->info);
}

static inline const void *btfraw_tail(const struct btf_type *t)
{
	return t + 1;
}

/* Whether @t.type is an id, and not a size. */
bool btfraw_refers(const struct btf_type *t);

/* Const, volatile, restrict or a type tag: another type that reads the same. */
static inline bool btfraw_is_mod(const struct btf_type *t)
{
	uint32_t kind = btfraw_kind(t);

	return kind == BTF_KIND_CONST || kind == BTF_KIND_VOLATILE || kind == BTF_KIND_RESTRICT ||
	       kind == BTF_KIND_TYPE_TAG;
}

static inline bool btfraw_is_mod_or_typedef(const struct btf_type *t)
{
	return btfraw_is_mod(t) || btfraw_kind(t) == BTF_KIND_TYPEDEF;
}

/* Follows const, volatile, restrict, type tags and typedefs; NULL for void. */
const struct btf_type *btfraw_resolve(const struct btfraw *b, uint32_t *id);

/* "struct", "union", ... for texts. */
const char *btfraw_kind_name(uint32_t kind);

/*
 * The 32-bit slots of a record that hold ids and string offsets: @own is t->type
 * or NULL; the others are @n slots, @stride bytes apart, from @first.
 */
struct btfraw_slots {
	uint32_t *own;
	uint8_t *ids;
	uint32_t ids_n, ids_stride;
	uint8_t *names;
	uint32_t names_n, names_stride;
};

void btfraw_slots(struct btf_type *t, struct btfraw_slots *s);

static inline uint32_t *btfraw_slot(uint8_t *first, uint32_t i, uint32_t stride)
{
	return (uint32_t *)(void *)(first + (size_t)i * stride);
}

/*
 * Makes what @name and @id give of a record's string offsets, its own name's first, and of its ids. Inline, for flat
 * BTF moves every type of the kernel.
 */
static inline void btfraw_rewrite(struct btf_type *t, const void *ctx,
				  uint32_t (*id)(const void *ctx, uint32_t id),
				  uint32_t (*name)(const void *ctx, uint32_t off))
{
	struct btfraw_slots s;
	uint32_t i;

	btfraw_slots(t, &s);
	t->name_off = name(ctx, t->name_off);
	if (s.own)
		*s.own = id(ctx, *s.own);
	for (i = 0; i < s.ids_n; i++) {
		uint32_t *slot = btfraw_slot(s.ids, i, s.ids_stride);

		*slot = id(ctx, *slot);
	}
	for (i = 0; i < s.names_n; i++) {
		uint32_t *slot = btfraw_slot(s.names, i, s.names_stride);

		*slot = name(ctx, *slot);
	}
}

/* ---- btffile.c: bytes from files ---- */

struct btffile {
	void *data;		/* the whole file */
	size_t size;
	bool mapped;
	const void *btf;	/* the BTF in it: all of it, or the ELF section */
	size_t btf_size;
};

/* Reads a file with raw BTF or an ELF file with a section .BTF. 0, or -errno. */
int btffile_open(struct btffile *f, const char *path, struct mdesc_error *err);
void btffile_close(struct btffile *f);

/* Reads a whole file; the bytes are the caller's to free. 0, or -errno. */
int btffile_read(const char *path, void **data, size_t *size, struct mdesc_error *err);

/* The BTF in bytes that are raw BTF or ELF. 0, -ENOENT (no section), -EBADMSG. */
int btffile_find(const void *data, size_t size, const void **btf, size_t *btf_size);

/* A section of a little-endian ELF64 file. 0, -ENOENT (none), -EBADMSG, -EINVAL (no such ELF). */
int elfsec_find(const void *data, size_t size, const char *name,
		const void **sec, size_t *sec_size);

/* Any section: @data is in the file, not aligned; NULL of those without bytes there. */
struct elfsec {
	const char *name;
	uint32_t type;
	uint64_t flags;
	uint32_t link, info;
	const uint8_t *data;
	size_t size;
};

/* The section at @idx. 0, -ENOENT (beyond the last), -EBADMSG, -EINVAL. */
int elfsec_at(const void *data, size_t size, uint32_t idx, struct elfsec *sec);

#endif /* MDESC_BTFRAW_H */

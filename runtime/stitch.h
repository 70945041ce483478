/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Stitching, for the library's own files.
 *
 *   object --corerelo.c--> roots: the names that its relocations look up
 *   NICs, kernel, modules --sources.c--> btfraw views
 *   roots x views --match.c--> hits; the same name differently defined: an error
 *   hits --minimum.c--> BTF of what they need       all --flat.c--> BTF of all
 *   stitch.c chooses the form, open.c hands it to libbpf
 */
#ifndef MDESC_STITCH_H
#define MDESC_STITCH_H

#include "btfraw.h"
#include "image.h"

/* ---- corerelo.c ---- */

/* A type that CO-RE looks up by name: kinds match, enum and enum64 being one. */
struct core_root {
	const char *name;	/* NUL-terminated; @len of it count, a flavour is cut off */
	uint32_t len;
	uint32_t kind;		/* BTF_KIND_ENUM for both enums */
	bool found;		/* in one of the NICs */
};

/* Ordered by kind and name, each once. Names point into what they were read from. */
struct core_roots {
	struct core_root *v;
	uint32_t n;
	bool no_btf;		/* the object has none, and so no relocations */
	bool wants_ids;		/* some relocation asks for a type id of the target */
	uint32_t kinds;		/* bit k: some root has kind k */
	bool pairs[256];	/* by name_pair(): some root's name begins so */
	void *own;		/* where names point to, if not into the caller's bytes */
};

/* Reads .BTF and .BTF.ext of an object. One without has no roots. */
int core_roots_read(struct core_roots *r, const char *name, const void *obj, size_t size,
		    struct mdesc_error *err);
/* All names that a NIC's BTF defines. */
int core_roots_all(struct core_roots *r, const struct btfraw *const *nics, uint32_t n,
		   struct mdesc_error *err);
void core_roots_free(struct core_roots *r);
/* The root that a type is a candidate for; NULL: none. */
struct core_root *core_root_of(const struct core_roots *r, const struct btfraw *b,
			       const struct btf_type *t);

/* ---- match.c ---- */

/* Type @id of source @src is a candidate for @root. */
struct hit {
	uint32_t root;
	uint32_t src;
	uint32_t id;
};

struct hits {
	struct hit *v;
	uint32_t n, cap;
};

struct stitch;

/* Adds the candidates in source @src. */
int hits_find(struct hits *h, const struct stitch *st, uint32_t src, struct core_roots *roots,
	      struct mdesc_error *err);
/*
 * Compares candidates of one root: where a NIC's is defined differently from
 * another source's, that is an error; equal ones of NICs are taken out.
 */
int hits_settle(struct hits *h, const struct stitch *st, const struct core_roots *roots,
		struct mdesc_error *err);
void hits_free(struct hits *h);

/* ---- same.c ---- */

/*
 * Whether two types mean the same bytes: names, offsets, sizes, enumerators;
 * typedefs are looked through, what is pointed to is compared by name. If not,
 * @why says what differs. 1, 0, or -ENOMEM.
 */
int btf_same(const struct btfraw *a, uint32_t a_id, const struct btfraw *b, uint32_t b_id,
	     char *why, size_t why_size);

/* ---- stitch.c ---- */

/* Where types come from: first the kernel, if it is read, then its modules, then the NICs. */
struct source {
	struct btfraw btf;
	struct btffile file;
	char *name;
	bool is_nic;
};

struct stitch {
	struct source *v;	/* capacity for all */
	uint32_t n;
	bool has_kernel;	/* v[0] */
	const struct mdesc_stitch_opts *opts;
	struct mdesc_stitched *out;
};

struct mdesc_stitched {
	void *data;
	size_t size;
	int form;
	uint32_t types;
	char **notes;
	size_t note_n;
};

/* A note for the caller, where going on is right. */
int stitch_note(struct mdesc_stitched *out, const char *text);

/* Stitches for an object, in a form or MDESC_STITCH_AUTO. NULL with errno. */
struct mdesc_stitched *
stitch_for(const struct mdesc_image *img, const void *object, size_t object_size,
	   const char *name, int form, const struct mdesc_stitch_opts *opts,
	   struct mdesc_error *err);

/* ---- object.c ---- */

/* Opens bytes that were read from @path (NULL: from memory). NULL with errno. */
struct mdesc_object *object_open(const void *data, size_t size, const char *path,
				 const struct mdesc_image *img,
				 const struct mdesc_object_open_opts *opts,
				 struct mdesc_error *err);
/* Closes libbpf's object, which is then NULL. */
void object_unload(struct mdesc_object *obj);
/* For texts: its path, or what else it is called. */
const char *object_path(const struct mdesc_object *obj);

/* ---- minimum.c, flat.c, standin.c: set data and size of @st->out ---- */

int stitch_minimum(struct stitch *st, const struct hits *hits, struct mdesc_error *err);
int stitch_flat(struct stitch *st, struct mdesc_error *err);
/* -ENOSPC without an error text: there is no room, the flat form must do. */
int stitch_standin(struct stitch *st, struct mdesc_error *err);

/* ---- oldkinds.c ---- */

/* Takes the kinds out of the result that came after BTF_KIND_FLOAT. */
void stitch_old_kinds(struct mdesc_stitched *out);

/* The header of BTF of @types_len bytes of types and @strs_len of strings. */
void btf_header_set(void *to, uint32_t types_len, uint32_t strs_len);

#endif /* MDESC_STITCH_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The named types of an image's BTF and what their tags say, for comparing two.
 * btftypes_read() takes a checked image; all it gives lives as long as the diff.
 */
#ifndef MDESC_RUNTIME_DIFF_BTF_H
#define MDESC_RUNTIME_DIFF_BTF_H

#include <bpf/btf.h>

#include "diff.h"

/* A declaration tag, of the type or, where @member is not -1, of that member. */
struct btftag {
	uint32_t target;
	int32_t	 member;
	const char *text;	/* behind "mdesc:" */
};

enum btfrole {
	ROLE_TYPE,
	ROLE_LAYOUT,
	ROLE_VIEW,
	ROLE_WORD,		/* the ranges of a word */
	ROLE_GENERATED,		/* an enum of layouts' ids */
};

struct btfnamed {
	uint32_t id;
	uint8_t	 kind;		/* BTF_KIND_* */
	uint8_t	 role;		/* enum btfrole */
	bool	 embedded;	/* part of a layout, or of one's word */
};

struct btftypes {
	const struct mdesc_image *img;
	const struct btf *btf;
	uint32_t count;		/* ids are smaller */
	struct btftag *tags;	/* by @target, @member */
	uint32_t tag_n;
	struct btfnamed *named;
	struct names names;
	bool *within;		/* by id: is part of a layout */
	uint64_t budget;	/* members that btftype_unit() may still look at */
};

void btftypes_read(struct mdesc_diff *d, const struct mdesc_image *img, struct btftypes *t);
/* What the tag `mdesc:KEY=' of a type or member says: "" without a value; NULL where there is none. */
const char *btftag_get(const struct btftypes *t, uint32_t id, int member, const char *key);
/* The first tag of a type; @n: how many it has, those of its members included. */
const struct btftag *btftags_of(const struct btftypes *t, uint32_t id, uint32_t *n);
/* The members as fields, of structs without a name theirs. */
void btffields_read(struct mdesc_diff *d, const struct btftypes *t, uint32_t id, struct dfields *to);
/* What a typedef stands for, in a few words. */
const char *btftype_text(struct mdesc_diff *d, const struct btftypes *t, uint32_t id);
const char *btftype_name(const struct btftypes *t, uint32_t id);
/*
 * Bytes of the type that a bit field was declared with, by the field's path in a struct: CO-RE takes its place in
 * containers of that size. 8 where the path is not found.
 */
uint32_t btftype_unit(struct btftypes *t, uint32_t id, const char *path);
/* Through typedefs and qualifiers. */
uint32_t btftype_plain(const struct btftypes *t, uint32_t id);

#endif /* MDESC_RUNTIME_DIFF_BTF_H */

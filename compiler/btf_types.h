/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * BTF while it is made: what emit_btf.c asks of btf_types.c. Ids are those of
 * libbpf's struct btf; the first error is kept and ends up in one diagnostic.
 */
#ifndef MDESCC_BTF_TYPES_H
#define MDESCC_BTF_TYPES_H

#include <bpf/btf.h>

#include "arena.h"
#include "atoms.h"
#include "model.h"

/* A pointer that was added before its struct: @id's type is set to @to's id at the end. */
struct btf_pending { int id; const struct mdc_type *to; };

struct btf_gen {
	struct mdc_ctx *ctx;
	const struct mdc_model *model;
	struct btf *btf;
	struct atom_map ids;		/* struct mdc_type, or the atom of a builtin's C name -> id */
	struct atom_map arrays;		/* the bytes of { element's id, count } -> id */
	VEC(struct btf_pending) pending;
	const char *too_big;		/* what has more members than BTF can say; or NULL */
	int err;			/* the first, -errno; or 0 */
};

void btf_gen_init(struct btf_gen *g, struct mdc_ctx *ctx, const struct mdc_model *model);

/* The id of @t, which is added with all that it needs if it is not there yet. */
int btf_type_id(struct btf_gen *g, const struct mdc_type *t);
int btf_array_id(struct btf_gen *g, int elem, uint32_t count);
/* Lets the pointers point, when all their structs are there. */
void btf_finish_pointers(struct btf_gen *g);

/* Keeps the first error of libbpf; returns @id, or 0 for an error. */
int btf_keep(struct btf_gen *g, int id);

/* A declaration tag "mdesc:KEY" or "mdesc:KEY=VALUE" on @id; @idx -1: on the type itself. */
void btf_tag(struct btf_gen *g, int id, int idx, const char *key, const char *value);
/* The order, unit, doc, ... of a member; NULL values are left out. */
void btf_tag_value(struct btf_gen *g, int id, int idx, const struct mdc_type *t, const char *unit,
		   const char *doc, const char *deprecated);

#endif

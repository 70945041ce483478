/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The compiler's architecture in one page: what every phase is given, and the
 * phases themselves in the order in which main.c runs them.
 *
 *   text --parse--> struct ast_file --release--> struct ast_file --resolve--> struct mdc_model
 *        --lower--> struct mdc_rows --passes--> struct mdc_rows --emit--> bytes
 *
 * Each arrow is a function over const input. A phase reports what is wrong
 * through diag.h and returns NULL when there is nothing that a later phase
 * could use. One context is passed explicitly, and nothing else is shared.
 */
#ifndef MDESCC_H
#define MDESCC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct atoms;
struct sources;
struct diags;
struct ast_file;
struct mdc_model;
struct mdc_rows;
struct out;
struct atom_map;
struct mdc_stats;

/* A place in the text: @start and @end are byte offsets into source @src. */
struct loc {
	uint32_t src;		/* index in sources */
	uint32_t start;
	uint32_t end;		/* one past the last byte */
};

/* -D NAME=VALUE */
struct mdc_define {
	const char *name;
	uint64_t value;		/* its absolute value */
	bool negative, used;
};

#define MDC_TARGET	"tcam_generic"	/* built in, and the default */
#define MDC_LEVEL	1		/* by default */
#define MDC_STEPS	1000000

struct mdc_options {
	const char *input;		/* FILE.mdesc, or "-" */
	const char **include_dirs;	/* -I, in order */
	int n_include_dirs;
	struct mdc_define *defines;
	int n_defines;
	const char *share_dir;		/* where std/ and targets/ are found last */
	const char *target;		/* --target: instead of the device's; or NULL */
	const char *kernel_btf;		/* --kernel-btf FILE, or NULL */
	int level;			/* -O0, -O1, -O2: how hard passes look for fewer rows */
	enum mdc_stats_kind { MDC_STATS_NONE, MDC_STATS_TEXT, MDC_STATS_JSON } stats;	/* --stats */
	enum mdc_prove_kind { MDC_PROVE_NONE, MDC_PROVE, MDC_PROVE_TELL } prove;	/* --prove */
	uint64_t prove_steps;		/* --prove-steps: for each pass, at most; 0: as many as usual */
	uint64_t steps;			/* --opt-steps: of the search of -O2, at most */
	bool embed_xdp;			/* --embed=xdp: the writer in software, in the image */
	bool no_description;		/* in the image: --no-description, or there is no image */
};

struct mdc_ctx {
	struct arena *arena;		/* all that lives as long as the compile */
	struct atoms *atoms;		/* interned strings: compare by pointer */
	struct sources *sources;
	struct diags *diags;
	struct mdc_options opt;
	const char *release;		/* that is being compiled; NULL: the description has none */
	const struct atom_map *dropped;	/* names that it does not have -> struct loc; or NULL */
	struct mdc_stats *stats;	/* what the passes have made of this model so far; stats.h */
	const void *btf;		/* what mdc_btf() gave: two outputs want it */
	uint32_t btf_size;
	struct cover_memo *memo;	/* of passes; or NULL */
};

/* The phases. Each returns NULL after an error that leaves nothing to go on with. */
const struct ast_file *mdc_parse(struct mdc_ctx *ctx, const char *path);	/* parser.y, include.c */
/* releases.h: the tree of each release of a family */
const struct mdc_model *mdc_resolve(struct mdc_ctx *ctx, const struct ast_file *ast); /* resolve.c */
void mdc_check(struct mdc_ctx *ctx, const struct mdc_model *model);		/* checks.c */
const struct mdc_rows *mdc_lower(struct mdc_ctx *ctx, const struct mdc_model *model); /* tcam.c */
const struct mdc_rows *mdc_passes(struct mdc_ctx *ctx, const struct mdc_rows *rows); /* passes.c */

/* An output kind: a row of the table in emit.c. */
struct mdc_emitter {
	const char *name;		/* --emit=NAME */
	const char *suffix;		/* ".fw"; of a file in a folder: ".kmod/btf.c" */
	const char *help;		/* NULL: one more file of the row before */
	bool by_default;
	bool needs_rows;
	/*
	 * Writes into @out; the caller commits it. @rows is NULL where !needs_rows.
	 * 0, or -1 after a diagnostic.
	 */
	int (*emit)(struct mdc_ctx *ctx, const struct mdc_model *model,
		    const struct mdc_rows *rows, struct out *out);
};
extern const struct mdc_emitter mdc_emitters[];	/* ends with a NULL name */

int mdc_emit_image(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_header(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_btf(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_dump(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_rows(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_rows_bin(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_rows_c(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_html(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_dot(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_kmod_makefile(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_kmod_btf(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_xdp(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_xdp_metadata(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);
int mdc_emit_kmod_base(struct mdc_ctx *, const struct mdc_model *, const struct mdc_rows *, struct out *);

/* The BTF's bytes, for emit_btf.c, emit_image.c and emit_kmod.c: in the arena; NULL after a diagnostic. */
const void *mdc_btf(struct mdc_ctx *ctx, const struct mdc_model *model, uint32_t *size);

/* The writer in software, compiled, for emit_image.c: in the arena; NULL after a diagnostic. xdp_embed.c */
void *mdc_xdp_object(struct mdc_ctx *ctx, const struct mdc_model *model, const struct mdc_rows *rows, size_t *size);

#endif /* MDESCC_H */

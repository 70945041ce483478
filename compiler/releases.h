/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A family: the releases that one description serves, and the tree of each. */
#ifndef MDESCC_RELEASES_H
#define MDESCC_RELEASES_H

#include "ast.h"

#define RELEASES_MAX	64	/* sets of them are bits of a number */

struct mdc_releases {
	int n;				/* 0: the description has no `release` line */
	const char **version;		/* the oldest first */
};

/* Versions by number, dotted part for dotted part; missing parts are 0. Below, at or above 0. */
int mdc_version_cmp(const char *a, const char *b);

/*
 * The device's `release` line, and every gate of the tree checked against it.
 * False after errors without which nothing can be said of any release.
 */
bool mdc_releases(struct mdc_ctx *ctx, const struct ast_file *ast, struct mdc_releases *all);

/*
 * The tree of one release: @ast without what is not there and without gates.
 * @ast itself stays as it is. ctx->release and ctx->dropped are set for it.
 */
const struct ast_file *mdc_release(struct mdc_ctx *ctx, const struct ast_file *ast,
				   const struct mdc_releases *all, int idx);

/* gate.c: the releases, as bits, in which a node or what a condition says is there. */
uint64_t gate_of_node(const struct mdc_releases *all, const struct ast *node);
uint64_t gate_of_cond(const struct mdc_releases *all, const struct ast *cond);
uint64_t gate_all(const struct mdc_releases *all);
/* Errors of a gate's version, or of a condition. */
void gate_check(struct mdc_ctx *ctx, const struct mdc_releases *all, const struct ast *gate);
void gate_check_cond(struct mdc_ctx *ctx, const struct mdc_releases *all, const struct ast *cond);

/* Where a kind of node has its name and the lists and nodes inside it: offsets, 0 for none. */
struct ast_shape {
	uint16_t name;
	uint16_t lists[2];
	uint16_t node;
};
const struct ast_shape *ast_shape(enum ast_kind kind);

#endif

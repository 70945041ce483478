/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes versions, gates and conditions, gives the set of releases in which they
 * hold, as bits by the place in struct mdc_releases. Wrong ones are reported by
 * gate_check*(); the other functions take them for never.
 */
#include <string.h>

#include "arena.h"
#include "diag.h"
#include "releases.h"

static size_t digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* One part: its number, then what stands behind that, by characters. */
static int part_cmp(const char **pa, const char **pb)
{
	const char *a = *pa + strspn(*pa, "0"), *b = *pb + strspn(*pb, "0");
	size_t na = digits(a), nb = digits(b), n;
	int c = na != nb ? (na < nb ? -1 : 1) : memcmp(a, b, na);

	a += na;
	b += nb;
	na = strcspn(a, ".");
	nb = strcspn(b, ".");
	n = na < nb ? na : nb;
	if (!c)
		c = memcmp(a, b, n);
	if (!c && na != nb)
		c = na < nb ? -1 : 1;
	*pa = a + na + (a[na] == '.');
	*pb = b + nb + (b[nb] == '.');
	return c;
}

int mdc_version_cmp(const char *a, const char *b)
{
	int c = 0;

	while (!c && (*a || *b))
		c = part_cmp(&a, &b);
	return c;
}

uint64_t gate_all(const struct mdc_releases *all)
{
	return all->n == RELEASES_MAX ? UINT64_MAX : (1ull << all->n) - 1;
}

/* release OP version */
static uint64_t compared(const struct mdc_releases *all, enum ast_op op, const char *version)
{
	uint64_t set = 0;

	for (int i = 0; i < all->n; i++) {
		int c = mdc_version_cmp(all->version[i], version);
		bool holds = op == OP_EQ ? c == 0 : op == OP_NE ? c != 0 : op == OP_LT ? c < 0 :
			     op == OP_LE ? c <= 0 : op == OP_GT ? c > 0 : op == OP_GE ? c >= 0 : false;

		set |= (uint64_t)holds << i;
	}
	return set;
}

uint64_t gate_of_node(const struct mdc_releases *all, const struct ast *node)
{
	uint64_t set = gate_all(all);

	ast_each(g, node->gate) {
		const struct ast_gate *gate = (const struct ast_gate *)g;

		set &= compared(all, gate->until ? OP_LT : OP_GE, gate->version);
	}
	return set;
}

static enum ast_op mirrored(enum ast_op op)
{
	return op == OP_LT ? OP_GT : op == OP_GT ? OP_LT : op == OP_LE ? OP_GE : op == OP_GE ? OP_LE : op;
}

/* `release OP "VERSION"`, either way round: the string, or NULL. */
static const struct ast_string *comparison(const struct ast_binary *e, enum ast_op *op)
{
	bool swapped = e->a->kind == AST_STRING;
	const struct ast *name = swapped ? e->b : e->a, *version = swapped ? e->a : e->b;

	*op = swapped ? mirrored(e->op) : e->op;
	if (e->op < OP_EQ || e->op > OP_GE || name->kind != AST_NAME || version->kind != AST_STRING ||
	    strcmp(((const struct ast_ident *)name)->s, "release"))
		return NULL;
	return (const struct ast_string *)version;
}

uint64_t gate_of_cond(const struct mdc_releases *all, const struct ast *cond)
{
	const struct ast_unary *u = (const struct ast_unary *)cond;
	const struct ast_binary *b = (const struct ast_binary *)cond;
	const struct ast_string *version;
	enum ast_op op;

	if (cond->kind == AST_UNARY && u->op == OP_NOT)
		return gate_all(all) & ~gate_of_cond(all, u->a);
	if (cond->kind != AST_BINARY)
		return 0;
	if (b->op == OP_LAND)
		return gate_of_cond(all, b->a) & gate_of_cond(all, b->b);
	if (b->op == OP_LOR)
		return gate_of_cond(all, b->a) | gate_of_cond(all, b->b);
	version = comparison(b, &op);
	return version ? compared(all, op, version->s) : 0;
}

/* @version is a release of the device, or the first parts of one. */
static void known_version(struct mdc_ctx *ctx, const struct mdc_releases *all, const char *version,
			  struct loc loc)
{
	size_t n = strlen(version);
	const char *names = "";
	struct diag *d;

	for (int i = 0; i < all->n; i++)
		if (!mdc_version_cmp(all->version[i], version) ||
		    (n && !strncmp(all->version[i], version, n) && all->version[i][n] == '.'))
			return;
	d = diag(ctx, CHK_release, loc, "the device has no release '%s'", version);
	for (int i = 0; i < all->n; i++)
		names = arena_printf(ctx->arena, "%s%s%s", names, i ? ", " : "", all->version[i]);
	diag_note(d, "its releases are: %s", names);
}

void gate_check(struct mdc_ctx *ctx, const struct mdc_releases *all, const struct ast *gate)
{
	known_version(ctx, all, ((const struct ast_gate *)gate)->version, gate->loc);
}

void gate_check_cond(struct mdc_ctx *ctx, const struct mdc_releases *all, const struct ast *cond)
{
	const struct ast_unary *u = (const struct ast_unary *)cond;
	const struct ast_binary *b = (const struct ast_binary *)cond;
	const struct ast_string *version = NULL;
	enum ast_op op;

	if (cond->kind == AST_UNARY && u->op == OP_NOT) {
		gate_check_cond(ctx, all, u->a);
		return;
	}
	if (cond->kind == AST_BINARY && (b->op == OP_LAND || b->op == OP_LOR)) {
		gate_check_cond(ctx, all, b->a);
		gate_check_cond(ctx, all, b->b);
		return;
	}
	if (cond->kind == AST_BINARY)
		version = comparison(b, &op);
	if (version)
		known_version(ctx, all, version->s, version->h.loc);
	else
		diag_note(diag(ctx, CHK_release, cond->loc, "this does not compare the release"),
			  "parts of the condition are like `release >= \"2.0.0\"`, joined by && || !; for other "
			  "conditions, nest an `if` of its own");
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes diagnostics from all phases, keeps them, and has them shown sorted by
 * place, as text (diag_text.c) or JSON (diag_json.c). It also decides which
 * checks are on, and finds the nearest name to a misspelt one.
 */
#include "diag_priv.h"

#include <stdlib.h>
#include <strings.h>
#include "source.h"

#define SHOWN_MAX	50	/* errors, and as many warnings */

const struct check_info check_infos[CHK_COUNT] = {
#define CHECK(id, name, severity, group, text) [CHK_##id] = { name, severity, group, text },
#include "checks.def"
#undef CHECK
};

struct diags {
	struct arena *arena;
	VEC(struct diag *) list;
	int errors;
	enum severity severity[CHK_COUNT];
	bool all_errors;	/* -Werror */
	bool keep_warning[CHK_COUNT];	/* -Wno-error=NAME */
	bool json, color;
	const char *const *release_names;
	int n_releases;
	uint64_t release;	/* 0: the whole description */
};

struct diags *diags_new(struct arena *a)
{
	struct diags *d = arena_new_of(a, struct diags);

	d->arena = a;
	for (int i = 0; i < CHK_COUNT; i++)
		d->severity[i] = check_infos[i].group == GROUP_NONE ||
				 check_infos[i].group == GROUP_DEFAULT ?
				 check_infos[i].severity : SEV_OFF;
	return d;
}

static int find_check(const char *name)
{
	for (int i = 0; i < CHK_COUNT; i++)
		if (!strcmp(check_infos[i].name, name))
			return i;
	return -1;
}

static void group_on(struct diags *d, enum check_group last)
{
	for (int i = 0; i < CHK_COUNT; i++)
		if (check_infos[i].group > GROUP_DEFAULT && check_infos[i].group <= last &&
		    d->severity[i] == SEV_OFF)
			d->severity[i] = check_infos[i].severity;
}

int diags_option(struct diags *d, const char *w)
{
	bool no = !strncmp(w, "no-", 3), error;
	int chk;

	if (!strcmp(w, "all") || !strcmp(w, "extra")) {
		group_on(d, w[0] == 'a' ? GROUP_ALL : GROUP_EXTRA);
		return 0;
	}
	if (!strcmp(w, "error") || !strcmp(w, "no-error")) {
		d->all_errors = !no;
		return 0;
	}
	if (no)
		w += 3;
	error = !strncmp(w, "error=", 6);
	chk = find_check(error ? w + 6 : w);
	if (chk < 0 || check_infos[chk].group == GROUP_NONE)
		return -1;
	if (error && no)
		d->keep_warning[chk] = true;
	if (error && no && d->severity[chk] == SEV_ERROR)
		d->severity[chk] = SEV_WARNING;
	else if (error && !no)
		d->severity[chk] = SEV_ERROR;
	else if (!error)
		d->severity[chk] = no ? SEV_OFF : check_infos[chk].severity;
	return 0;
}

struct diag *diag(struct mdc_ctx *ctx, enum check chk, struct loc loc, const char *fmt, ...)
{
	struct diags *all = ctx->diags;
	enum severity sev = all->severity[chk];
	struct diag *d;
	va_list ap;

	if (sev == SEV_OFF)
		return NULL;
	if (sev == SEV_WARNING && all->all_errors && !all->keep_warning[chk])
		sev = SEV_ERROR;
	d = arena_new_of(all->arena, struct diag);
	d->chk = chk;
	d->severity = sev;
	d->loc = loc;
	d->arena = all->arena;
	d->seq = all->list.n;
	d->releases = all->release ? all->release : UINT64_MAX;
	va_start(ap, fmt);
	d->text = arena_vprintf(all->arena, fmt, ap);
	va_end(ap);
	*vec_push(all->arena, &all->list) = d;
	all->errors += sev == SEV_ERROR;
	return d;
}

void diag_label(struct diag *d, struct loc loc, const char *fmt, ...)
{
	va_list ap;

	if (!d)
		return;
	va_start(ap, fmt);
	*vec_push(d->arena, &d->labels) =
		(struct label){ loc, arena_vprintf(d->arena, fmt, ap) };
	va_end(ap);
}

void diag_note(struct diag *d, const char *fmt, ...)
{
	va_list ap;

	if (!d)
		return;
	va_start(ap, fmt);
	*vec_push(d->arena, &d->notes) = arena_vprintf(d->arena, fmt, ap);
	va_end(ap);
}

size_t diags_count(const struct mdc_ctx *ctx)
{
	return ctx->diags->list.n;
}

void diags_note_from(struct mdc_ctx *ctx, size_t from, const char *text)
{
	for (size_t i = from; i < ctx->diags->list.n; i++)
		diag_note(ctx->diags->list.p[i], "%s", text);
}

void diag_fix(struct diag *d, struct loc loc, const char *text)
{
	if (d)
		*vec_push(d->arena, &d->fixes) =
			(struct fix){ loc, arena_strndup(d->arena, text, strlen(text)) };
}

/* What stands at @loc is @text. */
static bool stands_at(const struct mdc_ctx *ctx, struct loc loc, const char *text)
{
	const struct source *src = source_get(ctx->sources, loc.src);
	size_t n = strlen(text);

	return loc.end >= loc.start && loc.end <= src->size && loc.end - loc.start == n &&
	       !memcmp(src->text + loc.start, text, n);
}

void diag_near(const struct mdc_ctx *ctx, struct diag *d, const char *name, const char *near)
{
	if (!d || !near)
		return;
	diag_note(d, "did you mean '%s'?", near);
	if (stands_at(ctx, d->loc, name))
		diag_fix(d, d->loc, near);
}

int diag_errors(const struct mdc_ctx *ctx)
{
	return ctx->diags->errors;
}

void diags_release(struct diags *d, const char *const *releases, int n, int idx)
{
	d->release_names = releases;
	d->n_releases = n;
	d->release = idx < 0 ? 0 : 1ull << idx;
}

static int by_place(const void *pa, const void *pb)
{
	const struct diag *a = *(struct diag *const *)pa, *b = *(struct diag *const *)pb;

	if (a->loc.src != b->loc.src)
		return a->loc.src < b->loc.src ? -1 : 1;
	if (a->loc.start != b->loc.start)
		return a->loc.start < b->loc.start ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

void diags_style(struct diags *d, bool json, bool color)
{
	d->json = json;
	d->color = color;
}

void diags_say(struct diags *all, const char *check, const char *help, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(all->arena, fmt, ap);
	va_end(ap);
	if (all->json)
		diag_say_json(check, text, help, stderr);
	else
		diag_say_text(check, text, help, all->color, stderr);
}

static void show(const struct mdc_ctx *ctx, const struct diag *d, FILE *to)
{
	if (ctx->diags->json)
		diag_show_json(ctx, d, to);
	else
		diag_show_text(ctx, d, ctx->diags->color, to);
}

static void show_left(const struct diags *all, int left, FILE *to)
{
	const char *text = arena_printf(all->arena, "%d more not shown", left);

	if (all->json)
		diag_say_json(NULL, text, NULL, to);
	else
		diag_say_text(NULL, text, NULL, all->color, to);
}

/* The same thing said twice of one place helps nobody: it is said once, of all its releases. */
static void merge(struct diags *all)
{
	for (size_t i = 1; i < all->list.n; i++) {
		struct diag *d = all->list.p[i];

		for (size_t j = i; j-- > 0 && !d->merged;) {
			struct diag *first = all->list.p[j];

			if (first->loc.src != d->loc.src || first->loc.start != d->loc.start)
				break;
			if (first->merged || first->loc.end != d->loc.end || strcmp(first->text, d->text))
				continue;
			first->releases |= d->releases;
			d->merged = true;
		}
	}
}

static void note_releases(const struct diags *all, struct diag *d)
{
	const char *names = "";
	int n = 0, said = 0;

	for (int i = 0; i < all->n_releases; i++)
		n += d->releases >> i & 1;
	if (n == all->n_releases)
		return;
	for (int i = 0; i < all->n_releases; i++)
		if (d->releases >> i & 1)
			names = arena_printf(all->arena, "%s%s%s", names, !said++ ? "" : said == n ? " and " : ", ",
					     all->release_names[i]);
	diag_note(d, "in release%s %s", n == 1 ? "" : "s", names);
}

void diags_show(struct mdc_ctx *ctx, FILE *to)
{
	struct diags *all = ctx->diags;
	int shown[] = { [SEV_WARNING] = 0, [SEV_ERROR] = 0 }, left = 0;

	if (all->list.n)
		qsort(all->list.p, all->list.n, sizeof(all->list.p[0]), by_place);
	merge(all);
	for (size_t i = 0; i < all->list.n; i++) {
		struct diag *d = all->list.p[i];

		if (d->merged)
			continue;
		note_releases(all, d);
		if (shown[d->severity]++ < SHOWN_MAX)
			show(ctx, d, to);
		else
			left++;
	}
	if (left)
		show_left(all, left, to);
}
/* Distance of Damerau and Levenshtein (adjacent swaps), up to @limit. */
static unsigned int distance(const char *a, const char *b, unsigned int limit)
{
	enum { MAX = 64 };
	unsigned int row[3][MAX + 1], i, j, la = strlen(a), lb = strlen(b);

	if (la > MAX || lb > MAX || la > lb + limit || lb > la + limit)
		return limit + 1;
	for (j = 0; j <= lb; j++)
		row[0][j] = j;
	for (i = 1; i <= la; i++) {
		unsigned int *cur = row[i % 3], *up = row[(i - 1) % 3], *up2 = row[(i + 1) % 3];

		cur[0] = i;
		for (j = 1; j <= lb; j++) {
			unsigned int best = up[j - 1] + (a[i - 1] != b[j - 1]);

			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			cur[j] = best;
		}
	}
	return row[la % 3][lb];
}

const char *nearest_name(const char *name, const char *const *names, size_t n)
{
	size_t len = strlen(name), other;
	unsigned int best = (unsigned int)len / 3 + 1, d;
	const char *found = NULL;

	if (best > 3)
		best = 3;
	for (size_t i = 0; names && (n ? i < n : names[i] != NULL); i++) {
		if (!strcasecmp(name, names[i]) && strcmp(name, names[i]))
			return names[i];
		d = distance(name, names[i], best);
		other = strlen(names[i]);
		/* half of a short name must be left */
		if (2 * d > (len > other ? len : other))
			continue;
		if (d < best + !found && strcmp(name, names[i])) {
			best = d;
			found = names[i];
		}
	}
	return found;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Differences that the search has met: takes one of a kind and the way to it,
 * lets a packet be made that shows it. A kind that no packet was found for is a
 * doubt. Of one kind, those with the same beside them are tried a few times only.
 */
#include <stdlib.h>
#include <string.h>

#include "sym_priv.h"

#define TRIES		6	/* that may fail, of a kind with the same beside it */
#define TRIES_LAST	24	/* at the last level, where most of them are there */
#define TRIES_KIND	64	/* that may fail, of a kind, at one level */
#define KINDS		4096

static bool same_kind(const struct sym_kind *a, const struct sym_kind *b)
{
	return a->what == b->what && a->of[0] == b->of[0] && a->of[1] == b->of[1];
}

/* Whether a packet has shown the kind; how many tries have failed. */
static bool is_shown(const struct engine *e, const struct sym_kind *kind, uint32_t *failed)
{
	*failed = 0;
	for (uint32_t i = 0; i < e->n_kinds; i++) {
		if (!same_kind(&e->kinds[i].kind, kind))
			continue;
		if (e->kinds[i].shown)
			return true;
		*failed += e->kinds[i].failed;
	}
	return false;
}

static struct met *met(struct engine *e, const struct sym_kind *kind, uint64_t with)
{
	for (uint32_t i = 0; i < e->n_kinds; i++)
		if (e->kinds[i].with == with && same_kind(&e->kinds[i].kind, kind))
			return &e->kinds[i];
	if (e->n_kinds == e->cap_kinds) {
		uint32_t cap = e->cap_kinds ? 2 * e->cap_kinds : 64;
		struct met *to = realloc(e->kinds, cap * sizeof(*to));

		if (!to)
			sym_no_memory(e);
		e->kinds = to;
		e->cap_kinds = cap;
	}
	e->kinds[e->n_kinds] = (struct met){ .kind = *kind, .with = with };
	return &e->kinds[e->n_kinds++];
}

static void show(struct engine *e, struct sym_packet *packet)
{
	if (!e->opts->found || !e->opts->found(e->opts->arg, packet))
		e->stop = true;
	if (!e->answer->packet.data) {
		e->answer->packet = *packet;
		return;
	}
	free(packet->data);
	free(packet->sources);
}

/*
 * @with: a number for all that decides what a packet shows of it, besides the way. @fixed: of how it shows on this way:
 * the same on all others with this number.
 */
void sym_found(struct engine *e, const struct config *c, const struct sym_kind *kind, uint64_t with, uint32_t fixed)
{
	struct sym_packet packet = { 0 };
	enum sym_shown shows;
	uint32_t failed;
	struct met *m;

	sym_spend(e, e->n_kinds / 16);
	if (e->stop || is_shown(e, kind, &failed))
		return;
	if (e->n_kinds == KINDS) {
		sym_give_up(e, "too much differs");
		return;
	}
	m = met(e, kind, with);
	if (m->decided)
		return;
	if (m->failed >= (e->level < LEVEL_NAMES ? TRIES : TRIES_LAST) || failed >= TRIES_KIND) {
		m->failed++;
		return;
	}
	shows = sym_confirm(e, c, kind, &packet);
	m->shown = shows == SYM_SHOWS;
	m->decided = fixed >> shows & 1;
	m->failed += !m->shown && !m->decided;
	e->n_shown += m->shown;
	if (shows != SYM_SHOWS_NOT)
		show(e, &packet);
}

/* Kinds that were met and not shown. */
uint32_t sym_doubts(const struct engine *e)
{
	uint32_t n = 0, failed;

	for (uint32_t i = 0; i < e->n_kinds; i++)
		n += e->kinds[i].failed && !is_shown(e, &e->kinds[i].kind, &failed);
	return n;
}

/* All but what was shown. */
void sym_forget_doubts(struct engine *e)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->n_kinds; i++)
		if (e->kinds[i].shown)
			e->kinds[n++] = e->kinds[i];
	e->n_kinds = n;
}

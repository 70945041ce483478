/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How often states can be entered for one packet, at most: by their limits, and by
 * how often those can be that lead to them. From that: stacks that are never full,
 * and whether the limit of steps is never met: on the longest way through the
 * components of the graph, each with what can happen in it once it was entered.
 * All are upper bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "sym_priv.h"

#define STATES_MAX	8192u
#define ENDLESS		(1u << 30)
#define ROUNDS		16u

struct bounds {
	const struct index *x;
	const struct sym_tables *t;
	uint32_t n, words;
	uint64_t *from;		/* by state: bits of the states that rows lead from; of a PART: that it belongs to */
	uint64_t *refused;	/* by state: bits of those whose `otherwise` leads to it */
	uint64_t *seen;		/* states that can be entered at all */
	uint32_t *tries, *entries;	/* by state */
	bool *asked;
	/* components: by state from 1 on, each behind those that it leads to; 0: none yet */
	uint32_t *component, *number, *low, *open, n_open, n_numbers, n_components;
	uint64_t *steps;		/* by component: on the longest way from there */
	bool within;			/* only what leads to a state in its own component counts, all else once */
};

static void set(uint64_t *bits, uint32_t i)
{
	bits[i / 64] |= 1ull << i % 64;
}

static bool has(const uint64_t *bits, uint32_t i)
{
	return bits[i / 64] >> i % 64 & 1;
}

/* Of a state of the description a later part; not state 0 where it only chooses where to start. */
static bool is_part(const struct bounds *b, uint32_t s)
{
	return b->t->states[s].flags & MDESC_STATE_PART && s != b->t->start.state;
}

/* All that rows of @s, of the state of the description @whole, lead to. */
static void walk(struct bounds *b, uint32_t whole, uint32_t s)
{
	for (uint32_t i = b->x->row_first[s]; i < b->x->row_first[s + 1]; i++) {
		const struct mdesc_fmt_next *next = &b->t->rows[b->x->row_of[i]].next;
		uint64_t *from;

		if (next->verdict != MDESC_GO)
			continue;
		from = b->from + (size_t)next->state * b->words;
		if (!is_part(b, next->state)) {
			set(from, s);
			if (has(b->seen, next->state))
				continue;
			set(b->seen, next->state);
			walk(b, next->state, next->state);
		} else if (!has(from, whole)) {
			set(b->seen, next->state);
			set(from, whole);
			walk(b, whole, next->state);
		}
	}
	if (s != whole || !b->t->states[s].max || b->t->states[s].otherwise.verdict != MDESC_GO)
		return;
	set(b->refused + (size_t)b->t->states[s].otherwise.state * b->words, s);
	if (!has(b->seen, b->t->states[s].otherwise.state)) {
		set(b->seen, b->t->states[s].otherwise.state);
		walk(b, b->t->states[s].otherwise.state, b->t->states[s].otherwise.state);
	}
}

static uint32_t sum(uint32_t a, uint32_t b)
{
	return a + b < ENDLESS ? a + b : ENDLESS;
}

/* From what is known so far of those that lead to it; where @deep, that is asked first. */
static void count(struct bounds *b, uint32_t s, bool deep);

static void ask(struct bounds *b, uint32_t s)
{
	uint32_t max = b->t->states[s].max;

	if (b->asked[s])
		return;
	b->asked[s] = true;
	b->tries[s] = ENDLESS;		/* for those on a way back to it */
	b->entries[s] = max ? max : ENDLESS;
	count(b, s, true);
}

static void count(struct bounds *b, uint32_t s, bool deep)
{
	const uint64_t *from = b->from + (size_t)s * b->words, *refused = b->refused + (size_t)s * b->words;
	uint32_t max = b->t->states[s].max, n = 0;
	bool once = s == b->t->start.state;

	for (uint32_t w = 0; w < b->words; w++) {
		for (uint64_t any = from[w] | refused[w]; any; any &= any - 1) {
			uint32_t i = 64 * w + (uint32_t)__builtin_ctzll(any);

			if (b->within && b->component[i] != b->component[s]) {
				once = true;
				continue;
			}
			if (deep)
				ask(b, i);
			if (has(from, i))
				n = sum(n, b->entries[i]);
			if (has(refused, i))
				n = sum(n, b->tries[i]);
		}
	}
	n = sum(n, once);
	b->tries[s] = n;
	b->entries[s] = max && max < n ? max : n;
}

/* Those of @n states again, until all that is known of others is made use of. */
static void count_again(struct bounds *b, const uint32_t *states, uint32_t n)
{
	bool more = true;

	for (uint32_t round = 0; more && round < ROUNDS; round++) {
		more = false;
		for (uint32_t i = 0; i < n; i++) {
			uint32_t tries = b->tries[states[i]];

			count(b, states[i], false);
			more |= b->tries[states[i]] != tries;
		}
	}
}

/* ---- steps ---- */

static void leave(struct bounds *b, uint32_t root)
{
	uint32_t c = ++b->n_components, first = b->n_open, s;
	uint64_t behind = 0;

	do
		b->component[b->open[--first]] = c;
	while (b->open[first] != root);
	for (uint32_t i = first; i < b->n_open; i++) {
		s = b->open[i];
		for (uint32_t r = b->x->row_first[s]; r <= b->x->row_first[s + 1]; r++) {
			const struct mdesc_fmt_next *next = r < b->x->row_first[s + 1] ?
				&b->t->rows[b->x->row_of[r]].next : &b->t->states[s].otherwise;

			if (next->verdict == MDESC_GO && (r < b->x->row_first[s + 1] || b->t->states[s].max) &&
			    b->component[next->state] != c && b->steps[b->component[next->state]] > behind)
				behind = b->steps[b->component[next->state]];
		}
	}
	for (uint32_t i = first; i < b->n_open; i++)
		ask(b, b->open[i]);
	count_again(b, b->open + first, b->n_open - first);
	b->steps[c] = behind;
	for (; b->n_open > first; b->n_open--) {
		s = b->open[b->n_open - 1];
		if (!(b->t->states[s].flags & (MDESC_STATE_PART | MDESC_STATE_PASS)))
			b->steps[c] += b->tries[s];
	}
}

static void components(struct bounds *b, uint32_t s)
{
	b->number[s] = b->low[s] = ++b->n_numbers;
	b->open[b->n_open++] = s;
	for (uint32_t r = b->x->row_first[s]; r <= b->x->row_first[s + 1]; r++) {
		const struct mdesc_fmt_next *next = r < b->x->row_first[s + 1] ? &b->t->rows[b->x->row_of[r]].next :
						    &b->t->states[s].otherwise;
		uint32_t to = next->state;

		if (next->verdict != MDESC_GO || (r == b->x->row_first[s + 1] && !b->t->states[s].max))
			continue;
		if (!b->number[to])
			components(b, to);
		else if (b->component[to])
			continue;
		if (b->low[to] < b->low[s])
			b->low[s] = b->low[to];
	}
	if (b->low[s] == b->number[s])
		leave(b, s);
}

static void count_steps(struct bounds *b, struct index *x)
{
	b->component = calloc(b->n, sizeof(uint32_t));
	b->number = calloc(b->n, sizeof(uint32_t));
	b->low = calloc(b->n, sizeof(uint32_t));
	b->open = calloc(b->n, sizeof(uint32_t));
	b->steps = calloc(b->n + 1u, sizeof(uint64_t));
	if (b->component && b->number && b->low && b->open && b->steps) {
		b->within = true;
		memset(b->asked, 0, b->n * sizeof(bool));
		components(b, b->t->start.state);
		x->steps_free |= b->steps[b->component[b->t->start.state]] <= b->t->steps;
	}
	free(b->component);
	free(b->number);
	free(b->low);
	free(b->open);
	free(b->steps);
}

/* ---- stacks ---- */

/* Whether a row of @s puts one on, and ends the state of the description with it (@ends) or goes on in a part. */
static bool puts_on(const struct bounds *b, uint32_t s, uint32_t header, bool ends)
{
	for (uint32_t i = b->x->row_first[s]; i < b->x->row_first[s + 1]; i++) {
		const struct mdesc_fmt_row *r = &b->t->rows[b->x->row_of[i]];

		if (r->header == header && ends == (r->next.verdict != MDESC_GO || !is_part(b, r->next.state)))
			return true;
	}
	return false;
}

static bool any_refused(const struct bounds *b, uint32_t s)
{
	for (uint32_t w = 0; w < b->words; w++)
		if (b->refused[(size_t)s * b->words + w])
			return true;
	return false;
}

/* How many are put on, at most. @whole: room; states that put one on where they end, which each does once. */
static uint64_t most_of(const struct bounds *b, uint32_t header, uint64_t *whole)
{
	uint64_t n = 0;

	memset(whole, 0, b->words * sizeof(*whole));
	for (uint32_t s = 0; s < b->n; s++) {
		bool part = is_part(b, s), ends;

		if (!has(b->seen, s))
			continue;
		ends = puts_on(b, s, header, true);
		if (puts_on(b, s, header, false) || (ends && part && any_refused(b, s)))
			n += b->entries[s];
		if (ends && !part)
			set(whole, s);
		for (uint32_t w = 0; ends && part && w < b->words; w++)
			whole[w] |= b->from[(size_t)s * b->words + w];
	}
	for (uint32_t s = 0; s < b->n; s++)
		if (has(whole, s))
			n += b->entries[s];
	return n;
}

static bool find_full(struct bounds *b, struct index *x)
{
	uint32_t *seen = calloc(b->n, sizeof(*seen)), n_seen = 0;
	uint64_t *whole = calloc(b->words, sizeof(*whole));
	bool ok = seen && whole;

	for (uint32_t s = 0; ok && s < b->n; s++) {
		if (!has(b->seen, s))
			continue;
		ask(b, s);
		seen[n_seen++] = s;
	}
	if (ok) {
		count_again(b, seen, n_seen);
		for (uint32_t h = 0; h < b->t->n_headers; h++)
			if (b->t->headers[h].capacity)
				x->never_full[h] = most_of(b, h, whole) <= b->t->headers[h].capacity;
	}
	free(seen);
	free(whole);
	return ok;
}

bool sym_bounds(struct index *x)
{
	struct bounds b = { .x = x, .t = x->t, .n = x->t->n_states, .words = (x->t->n_states + 63) / 64 };
	size_t size = (size_t)b.n * b.words * sizeof(uint64_t);
	bool ok;

	x->never_full = calloc(x->t->n_headers + 1u, sizeof(bool));
	if (!b.n || b.n > STATES_MAX || x->t->start.verdict != MDESC_GO)
		return x->never_full;
	b.from = calloc(1, size);
	b.refused = calloc(1, size);
	b.seen = calloc(b.words, sizeof(uint64_t));
	b.tries = calloc(b.n, sizeof(uint32_t));
	b.entries = calloc(b.n, sizeof(uint32_t));
	b.asked = calloc(b.n, sizeof(bool));
	ok = x->never_full && b.from && b.refused && b.seen && b.tries && b.entries && b.asked;
	if (ok) {
		set(b.seen, x->t->start.state);
		walk(&b, x->t->start.state, x->t->start.state);
		ok = find_full(&b, x);
		count_steps(&b, x);
	}
	free(b.from);
	free(b.refused);
	free(b.seen);
	free(b.tries);
	free(b.entries);
	free(b.asked);
	return ok;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Whether a rule (what an image, or a line of ids, says about the devices that it
 * is for) matches an identity, and how well: takes both, gives a rank. Terms for
 * the same thing are alternatives; different things must all be as asked.
 */
#include <stdio.h>
#include <string.h>

#include "find.h"

enum find_where find_where_of(const char *name)
{
	static const char *const names[] = {
		[FIND_DEVLINK] = "devlink", [FIND_FIRMWARE] = "firmware", [FIND_SERIAL] = "serial",
		[FIND_BUS] = "bus", [FIND_DEFAULT] = "default",
	};
	unsigned int i;

	for (i = FIND_DEVLINK; i <= FIND_DEFAULT; i++)
		if (!strcmp(name, names[i]))
			return i;
	return FIND_OTHER;
}

bool find_same_driver(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
			return false;
	return *a == *b;
}

/* ---- globs ---- */

/* Where the set at @p, "[...]", ends: one past its ']'; NULL where it never does. */
static const char *set_end(const char *p)
{
	p++;
	if (*p == '!')
		p++;
	/* The first may be ']' itself. */
	if (*p == ']')
		p++;
	for (; *p && *p != ']'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : NULL;
}

static unsigned char set_char(const char **p)
{
	if (**p == '\\' && (*p)[1])
		(*p)++;
	return *(*p)++;
}

static bool set_has(const char *p, const char *end, unsigned char c)
{
	bool negate = p[1] == '!', hit = false;

	for (p += 1 + negate; p < end - 1;) {
		unsigned char lo = set_char(&p), hi = lo;

		if (*p == '-' && p + 1 < end - 1) {
			p++;
			hi = set_char(&p);
		}
		hit |= lo <= c && c <= hi;
	}
	return hit != negate;
}

/* One character against the piece at @glob, which is no '*'. Gives where the next piece is, or NULL. */
static const char *glob_step(const char *glob, unsigned char c)
{
	const char *end;

	switch (*glob) {
	case 0:
		return NULL;
	case '?':
		return glob + 1;
	case '[':
		end = set_end(glob);
		if (end)
			return set_has(glob, end, c) ? end : NULL;
		break;	/* not closed: an ordinary character */
	case '\\':
		if (glob[1])
			glob++;
		break;
	}
	return (unsigned char)*glob == c ? glob + 1 : NULL;
}

bool find_glob(const char *glob, const char *text)
{
	const char *star = NULL, *back = NULL, *next;

	/* On a mismatch only the last '*' can take more: earlier ones need not. */
	while (*text) {
		if (*glob == '*') {
			star = ++glob;
			back = text;
			continue;
		}
		next = glob_step(glob, *text);
		if (next) {
			glob = next;
			text++;
		} else if (star) {
			glob = star;
			text = ++back;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return !*glob;
}

/* Characters that stand for themselves; sets @wild where others are there. */
static unsigned int glob_literal(const char *glob, bool *wild)
{
	unsigned int n = 0;

	*wild = false;
	while (*glob) {
		const char *end = *glob == '[' ? set_end(glob) : NULL;

		if (*glob == '*' || *glob == '?' || end) {
			*wild = true;
			glob = end ? end : glob + 1;
			continue;
		}
		glob += *glob == '\\' && glob[1] ? 2 : 1;
		n++;
	}
	return n;
}

bool find_glob_wild(const char *glob)
{
	bool wild;

	glob_literal(glob, &wild);
	return wild;
}

/* ---- terms ---- */

/* What the device has there, or NULL. The board's serial number is asked for beside the device's. */
static const char *term_value(const struct find_term *t, const struct mdesc_identity *id)
{
	const char *value = NULL;

	if (t->where == FIND_DEVLINK)
		value = identity_version(id, t->key);
	else if (t->where == FIND_FIRMWARE)
		value = mdesc_identity__get(id, MDESC_ID_FIRMWARE, NULL);
	else if (t->where == FIND_BUS)
		value = mdesc_identity__get(id, MDESC_ID_BUS, NULL);
	else if (t->where == FIND_SERIAL)
		value = mdesc_identity__get(id, MDESC_ID_SERIAL, NULL);
	return value && *value ? value : NULL;
}

static bool term_matches(const struct find_term *t, const struct mdesc_identity *id)
{
	const char *value = term_value(t, id), *board;

	if (value && find_glob(t->glob, value))
		return true;
	board = mdesc_identity__get(id, MDESC_ID_BOARD_SERIAL, NULL);
	return t->where == FIND_SERIAL && *board && find_glob(t->glob, board);
}

/* A version that the device does not report says nothing for or against it. */
static bool term_is_silent(const struct find_term *t, const struct mdesc_identity *id)
{
	return (t->where == FIND_DEVLINK || t->where == FIND_FIRMWARE) && !term_value(t, id);
}

static void term_text(const struct find_term *t, char *buf, size_t size)
{
	switch (t->where) {
	case FIND_DEVLINK:
		snprintf(buf, size, "devlink \"%.60s\" \"%.80s\"", t->key, t->glob);
		break;
	case FIND_FIRMWARE:
		snprintf(buf, size, "firmware \"%.80s\"", t->glob);
		break;
	case FIND_SERIAL:
		snprintf(buf, size, "serial \"%.80s\"", t->glob);
		break;
	case FIND_BUS:
		snprintf(buf, size, "bus \"%.80s\"", t->glob);
		break;
	default:
		snprintf(buf, size, "a match line that this version does not know");
	}
}

static bool same_thing(const struct find_term *a, const struct find_term *b)
{
	return a->where == b->where && !strcmp(a->key, b->key);
}

static void add_to_rank(struct find_rank *rank, const struct find_term *t)
{
	bool wild;

	rank->literal += glob_literal(t->glob, &wild);
	rank->keys++;
	if (t->where == FIND_SERIAL || t->where == FIND_BUS) {
		unsigned int device = (t->where == FIND_SERIAL ? 4 : 2) - wild;

		if (device > rank->device)
			rank->device = device;
	} else if (rank->version < 2) {
		rank->version = wild ? 1 : 2;
	}
}

/* Of the terms for the same thing as @first, the one that matches and says most. */
static const struct find_term *best_alternative(const struct find_rule *rule, size_t first,
						const struct mdesc_identity *id)
{
	const struct find_term *best = NULL;
	unsigned int most = 0, n;
	bool wild;
	size_t i;

	for (i = first; i < rule->term_count; i++) {
		if (!same_thing(&rule->terms[first], &rule->terms[i]) || !term_matches(&rule->terms[i], id))
			continue;
		n = 2 * glob_literal(rule->terms[i].glob, &wild);
		n += !wild;
		if (!best || n > most) {
			best = &rule->terms[i];
			most = n;
		}
	}
	return best;
}

static void say(char *buf, size_t size, const char *text)
{
	size_t n = strlen(buf);

	if (n < size)
		snprintf(buf + n, size - n, "%s%s", n ? ", " : "", text);
}

/* Why @t does not match. */
static void say_miss(const struct find_term *t, const struct mdesc_identity *id, char *why, size_t why_size)
{
	const char *value = term_value(t, id);
	char text[256];

	if (!why_size)
		return;
	term_text(t, text, sizeof(text));
	if (t->where == FIND_OTHER)
		snprintf(why, why_size, "%s", text);
	else if (value)
		snprintf(why, why_size, "%s does not match; the device has \"%.80s\"", text, value);
	else
		snprintf(why, why_size, "%s does not match; the device reports none", text);
}

static void say_hit(const struct find_term *t, char *why, size_t why_size)
{
	char text[256];

	if (!why_size)
		return;
	term_text(t, text, sizeof(text));
	say(why, why_size, text);
}

static bool is_first_of_kind(const struct find_rule *rule, size_t idx)
{
	size_t i;

	for (i = 0; i < idx; i++)
		if (same_thing(&rule->terms[i], &rule->terms[idx]))
			return false;
	return true;
}

/* The `firmware` line: what the driver reports, to the letter. It must do so where nothing else tells versions. */
static bool check_firmware_line(const struct find_rule *rule, const struct mdesc_identity *id, bool needed,
				struct find_rank *rank, char *why, size_t why_size)
{
	const struct find_term t = { FIND_FIRMWARE, "", rule->firmware };

	if (!strcmp(rule->firmware, mdesc_identity__get(id, MDESC_ID_FIRMWARE, NULL))) {
		rank->version = 2;
		rank->keys++;
		rank->literal += strlen(rule->firmware);
		say_hit(&t, why, why_size);
		return true;
	}
	if (needed)
		say_miss(&t, id, why, why_size);
	return !needed;
}

static bool check_terms(const struct find_rule *rule, const struct mdesc_identity *id, struct find_rank *rank,
			char *why, size_t why_size)
{
	const struct find_term *silent = NULL;
	size_t i;

	for (i = 0; i < rule->term_count; i++) {
		const struct find_term *t = &rule->terms[i], *hit;

		if (t->where == FIND_DEFAULT || !is_first_of_kind(rule, i))
			continue;
		if (term_is_silent(t, id)) {
			silent = t;
			continue;
		}
		hit = best_alternative(rule, i, id);
		if (!hit) {
			say_miss(t, id, why, why_size);
			return false;
		}
		add_to_rank(rank, hit);
		say_hit(hit, why, why_size);
	}
	if (*rule->firmware && !check_firmware_line(rule, id, !rank->version, rank, why, why_size))
		return false;
	if (silent && !rank->version) {
		say_miss(silent, id, why, why_size);
		return false;
	}
	if (rank->keys)
		return true;
	if (why_size)
		snprintf(why, why_size, "it names neither a firmware nor anything else to match, nor is it a default");
	return false;
}

bool find_match(const struct find_rule *rule, const struct mdesc_identity *id, struct find_rank *rank,
		char *why, size_t why_size)
{
	size_t i;

	*rank = (struct find_rank){ 0 };
	if (why_size)
		*why = 0;
	if (check_terms(rule, id, rank, why, why_size))
		return true;
	for (i = 0; i < rule->term_count; i++) {
		if (rule->terms[i].where != FIND_DEFAULT)
			continue;
		*rank = (struct find_rank){ 0 };
		if (why_size)
			snprintf(why, why_size, "the default for the driver");
		return true;
	}
	return false;
}

int find_rank_cmp(const struct find_rank *a, const struct find_rank *b)
{
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (a->version != b->version)
		return a->version < b->version ? -1 : 1;
	if (a->keys != b->keys)
		return a->keys < b->keys ? -1 : 1;
	return a->literal < b->literal ? -1 : a->literal > b->literal;
}

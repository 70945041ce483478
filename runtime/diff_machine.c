/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a parser is made of, apart from what it does: takes two images, compares
 * the target with its limits, sources, classifications, and the names of states,
 * headers and registers. What the parsers do is compared in diff_run.c.
 */
#include <stdlib.h>
#include <string.h>

#include "diff.h"

/* ---- the target ---- */

static void diff_target(struct mdesc_diff *d)
{
	const struct mdesc_fmt_target *a = image_target(d->img[0]), *b = image_target(d->img[1]);
	static const struct { const char *name; size_t at; } limits[] = {
#define LIMIT(member) { #member, offsetof(struct mdesc_target_info, member) }
		LIMIT(rows), LIMIT(states), LIMIT(steps), LIMIT(key_bytes), LIMIT(reach), LIMIT(writes),
		LIMIT(metadata_bytes), LIMIT(register_bits), LIMIT(sticky_flags), LIMIT(class_rows), LIMIT(lookups),
		LIMIT(lookup_bytes), LIMIT(window), LIMIT(boost_rows), LIMIT(stages), LIMIT(stage_rows), LIMIT(skip),
		LIMIT(arcs_in), LIMIT(arcs_out), LIMIT(shift),
#undef LIMIT
	};
	static const struct { const char *name, *set, *clear; uint32_t flag; } flags[] = {
		{ "loops", "yes", "no", MDESC_TARGET_LOOPS },
		{ "advance", "arithmetic", "constant", MDESC_TARGET_ARITHMETIC },
		{ "defaults", "yes", "no", MDESC_TARGET_DEFAULTS },
		{ "match", "exact", "ternary", MDESC_TARGET_EXACT },
	};
	MDESC_INFO(mdesc_target_info, old);
	MDESC_INFO(mdesc_target_info, new);
	unsigned int i;
	uint32_t x, y;

	if (!a || !b) {
		if (a || b)
			diff_add(d, DIFF_TARGET_CHANGED, a ? image_str(d->img[0], a->name) : "",
				 b ? image_str(d->img[1], b->name) : "", "target");
		return;
	}
	diff_texts(d, DIFF_TARGET_CHANGED, image_str(d->img[0], a->name), image_str(d->img[1], b->name), "target");
	mdesc_image__target(d->img[0], &old);
	mdesc_image__target(d->img[1], &new);
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		memcpy(&x, (const char *)&old + limits[i].at, sizeof(x));
		memcpy(&y, (const char *)&new + limits[i].at, sizeof(y));
		diff_numbers(d, DIFF_TARGET_LIMIT_CHANGED, x, y, "target limit %s", limits[i].name);
	}
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		diff_texts(d, DIFF_TARGET_LIMIT_CHANGED, old.flags & flags[i].flag ? flags[i].set : flags[i].clear,
			   new.flags & flags[i].flag ? flags[i].set : flags[i].clear, "target limit %s", flags[i].name);
	diff_texts(d, DIFF_ERROR_NAMES_CHANGED, image_str(d->img[0], a->errors), image_str(d->img[1], b->errors),
		   "errors of the parser");
}

/* ---- sources ---- */

static const char *source_text(struct mdesc_diff *d, const struct mdesc_image *img, const struct mdesc_fmt_source *s)
{
	const char *type = image_str(img, s->type);

	if (s->kind == MDESC_SOURCE_PTR)
		return diff_text(d, "%s *", type);
	return diff_text(d, "%s%s%s%u", type, *type ? " : " : "", s->flags & MDESC_SOURCE_SIGNED ? "s" : "u",
			 s->bits);
}

static void diff_sources(struct mdesc_diff *d)
{
	const struct mdesc_fmt_source *const s[2] = { image_source_table(d->img[0]), image_source_table(d->img[1]) };
	struct names names[2];
	uint32_t i;

	if (!DIFF_PAIR_TABLE(d, names, TABLE_SOURCES, mdesc_fmt_source))
		return;
	for (i = 0; i < names[0].n; i++) {
		uint32_t to = names[0].to[i];
		const char *text = source_text(d, d->img[0], &s[0][i]);

		if (to == MDESC_FMT_NONE32) {
			diff_add(d, DIFF_SOURCE_REMOVED, text, "", "source %s", names[0].v[i]);
			continue;
		}
		diff_texts(d, DIFF_SOURCE_CHANGED, text, source_text(d, d->img[1], &s[1][to]), "source %s",
			   names[0].v[i]);
		diff_texts(d, DIFF_UNIT_CHANGED, image_str(d->img[0], s[0][i].unit),
			   image_str(d->img[1], s[1][to].unit), "source %s", names[0].v[i]);
	}
	for (i = 0; i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32)
			diff_add(d, DIFF_SOURCE_ADDED, "", source_text(d, d->img[1], &s[1][i]), "source %s",
				 names[1].v[i]);
}

/* ---- classifications ---- */

/* "0a 03/0f -- -> 3": a byte of the key, with its mask where that is not whole. */
static const char *row_text(struct mdesc_diff *d, const struct mdesc_fmt_class_row *row)
{
	unsigned int n = MDESC_FMT_KEY_MAX, i;
	char text[6 * MDESC_FMT_KEY_MAX + 1], *to = text;

	while (n && !row->mask[n - 1])
		n--;
	for (i = 0; i < n; i++) {
		if (!row->mask[i])
			to = stpcpy(to, "-- ");
		else if (row->mask[i] == 0xff)
			to += sprintf(to, "%02x ", row->value[i]);
		else
			to += sprintf(to, "%02x/%02x ", row->value[i], row->mask[i]);
	}
	*to = '\0';
	return diff_text(d, "%s-> %llu", text, (unsigned long long)row->result);
}

static const char *class_text(struct mdesc_diff *d, const struct mdesc_image *img, const struct mdesc_fmt_class *c)
{
	return diff_text(d, "%s of %u bits, key of %u bits, %u rows, else %llu",
			 *image_str(img, c->type) ? image_str(img, c->type) : "a number", c->bits, c->key_bits,
			 c->row_count, (unsigned long long)c->otherwise);
}

static void compare_class(struct mdesc_diff *d, const struct mdesc_fmt_class *a, const struct mdesc_fmt_class *b,
			  const char *name)
{
	const char *x = class_text(d, d->img[0], a), *y = class_text(d, d->img[1], b);
	uint32_t i;

	if (strcmp(x, y)) {
		diff_add(d, DIFF_CLASSIFICATION_CHANGED, x, y, "classification %s", name);
		return;
	}
	for (i = 0; i < a->row_count; i++) {
		x = row_text(d, &image_class_rows(d->img[0])[a->row_first + i]);
		y = row_text(d, &image_class_rows(d->img[1])[b->row_first + i]);
		if (strcmp(x, y) == 0)
			continue;
		diff_add(d, DIFF_CLASSIFICATION_CHANGED, x, y, "classification %s row %u", name, i);
		return;
	}
}

static void diff_classes(struct mdesc_diff *d)
{
	const struct mdesc_fmt_class *const c[2] = { image_classes(d->img[0]), image_classes(d->img[1]) };
	struct names names[2];
	uint32_t i;

	if (!DIFF_PAIR_TABLE(d, names, TABLE_CLASSES, mdesc_fmt_class))
		return;
	for (i = 0; i < names[0].n; i++) {
		if (names[0].to[i] != MDESC_FMT_NONE32)
			compare_class(d, &c[0][i], &c[1][names[0].to[i]], names[0].v[i]);
		else
			diff_add(d, DIFF_CLASSIFICATION_CHANGED, class_text(d, d->img[0], &c[0][i]), "",
				 "classification %s", names[0].v[i]);
	}
	for (i = 0; i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32)
			diff_add(d, DIFF_CLASSIFICATION_ADDED, "", class_text(d, d->img[1], &c[1][i]),
				 "classification %s", names[1].v[i]);
}

/* ---- names ---- */

/* One thing of the parser: its name, NULL for what is the compiler's; what it is in @text. */
typedef const char *describe(struct mdesc_diff *d, const struct mdesc_image *img, uint32_t i, const char **text);

static const char *header_name(struct mdesc_diff *d, const struct mdesc_image *img, uint32_t i, const char **text)
{
	const struct mdesc_fmt_header *h = &image_headers(img)[i];

	if (!mdesc_image__header_shown(img, i))
		return NULL;
	*text = h->kind == MDESC_KIND_MARK ? "a mark" : image_str(img, h->type);
	if (h->capacity)
		*text = diff_text(d, "%s[%u]", *text, h->capacity);
	return image_str(img, h->name);
}

static const char *register_name(struct mdesc_diff *d, const struct mdesc_image *img, uint32_t i, const char **text)
{
	static const char *const kinds[] = { "", "register", "flag", "counter" };
	const struct mdesc_fmt_register *r = &image_registers(img)[i];
	const char *type = image_str(img, r->type);

	*text = diff_text(d, "a %s of %u bit%s%s%s", kinds[r->kind & 3], r->bits, r->bits == 1 ? "" : "s",
			  *type ? ", " : "", type);
	return image_str(img, r->name);
}

/* Whole states; their parts are the compiler's. */
static const char *state_name(struct mdesc_diff *d, const struct mdesc_image *img, uint32_t i, const char **text)
{
	const struct mdesc_fmt_state *s = &image_states(img)[i];

	*text = s->max ? diff_text(d, "a state, at most %u times", s->max) : "a state";
	return s->flags & MDESC_STATE_PART ? NULL : image_str(img, s->name);
}

static void diff_names(struct mdesc_diff *d, enum table_id id, const char *what, describe *name)
{
	struct names names[2];
	const char **text[2];
	uint32_t i, k, n;

	for (k = 0; k < 2; k++) {
		names_init(d, &names[k], image_count(d->img[k], id));
		text[k] = diff_alloc(d, (size_t)names[k].n + 1, sizeof(**text));
		for (n = i = 0; text[k] && i < names[k].n; i++) {
			names[k].v[n] = name(d, d->img[k], i, &text[k][n]);
			n += names[k].v[n] != NULL;
		}
		names[k].n = n;
	}
	if (d->failed || !diff_pair(d, names))
		return;
	for (i = 0; i < names[0].n; i++)
		diff_texts(d, DIFF_PARSER_NAMES_CHANGED, text[0][i],
			   names[0].to[i] != MDESC_FMT_NONE32 ? text[1][names[0].to[i]] : "", "%s %s", what,
			   names[0].v[i]);
	for (i = 0; i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32)
			diff_add(d, DIFF_PARSER_NAMES_CHANGED, "", text[1][i], "%s %s", what, names[1].v[i]);
}

void diff_machine(struct mdesc_diff *d)
{
	diff_target(d);
	diff_sources(d);
	if (image_cannot_run(d->img[0]) || image_cannot_run(d->img[1]))
		return;		/* tables that were not looked into */
	diff_classes(d);
	diff_names(d, TABLE_STATES, "state", state_name);
	diff_names(d, TABLE_HEADERS, "header", header_name);
	diff_names(d, TABLE_REGISTERS, "register", register_name);
}

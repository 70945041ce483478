/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What images say they are for, and what is left: takes two images, compares
 * identity entries and the format; last, when all else was compared, the
 * description and the sections' digests, so that no two images whose content
 * differs are ever called the same.
 */
#include <stdlib.h>
#include <string.h>

#include "diff.h"

/* ---- identity ---- */

static const char *const kinds[] = {
	[MDESC_IDENT_DEVICE] = "device", [MDESC_IDENT_DRIVER] = "driver", [MDESC_IDENT_FIRMWARE] = "firmware",
	[MDESC_IDENT_MATCH] = "match", [MDESC_IDENT_PREFIX] = "prefix", [MDESC_IDENT_LICENSE] = "license",
	[MDESC_IDENT_PARSER] = "parser", [MDESC_IDENT_COMPILER] = "compiler", [MDESC_IDENT_RELEASE] = "release",
};

static const char *kind_name(struct mdesc_diff *d, uint32_t kind)
{
	if (kind < sizeof(kinds) / sizeof(kinds[0]) && kinds[kind])
		return kinds[kind];
	return diff_text(d, "kind %u", kind);
}

/* Lines are paired by kind and, of match lines, by what they look at. */
static void read_idents(struct mdesc_diff *d, const struct mdesc_image *img, struct names *names)
{
	uint32_t i;

	names_init(d, names, image_count(img, TABLE_IDENT));
	for (i = 0; i < names->n; i++) {
		const struct mdesc_fmt_ident *e = &image_idents(img)[i];
		const char *where = image_str(img, e->where), *key = image_str(img, e->key);

		names->v[i] = diff_text(d, "%s%s%s%s%s", kind_name(d, e->kind), *where ? " " : "", where,
					*key ? " " : "", key);
	}
}

static void ident(struct mdesc_diff *d, const struct mdesc_fmt_ident *a, const struct mdesc_fmt_ident *b,
		  const char *subject)
{
	uint32_t kind = (a ? a : b)->kind;

	diff_texts(d, kind == MDESC_IDENT_DRIVER ? DIFF_DRIVER_CHANGED : DIFF_IDENTITY_CHANGED,
		   a ? image_str(d->img[0], a->value) : "", b ? image_str(d->img[1], b->value) : "", "%s", subject);
}

static const char *version_text(struct mdesc_diff *d, const struct mdesc_image *img)
{
	return diff_text(d, "%u.%u, features 0x%x 0x%x 0x%x", img->hdr.major, img->hdr.minor, img->hdr.incompat_read,
			 img->hdr.incompat_exec, img->hdr.compat);
}

void diff_identity(struct mdesc_diff *d)
{
	struct names names[2];
	uint32_t i;

	read_idents(d, d->img[0], &names[0]);
	read_idents(d, d->img[1], &names[1]);
	if (d->failed || !diff_pair(d, names))
		return;
	for (i = 0; i < names[0].n; i++) {
		const struct mdesc_fmt_ident *b = NULL;

		if (names[0].to[i] != MDESC_FMT_NONE32)
			b = &image_idents(d->img[1])[names[0].to[i]];
		ident(d, &image_idents(d->img[0])[i], b, names[0].v[i]);
	}
	for (i = 0; i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32)
			ident(d, NULL, &image_idents(d->img[1])[i], names[1].v[i]);
	/* The minor number and the features follow from what is used: told where the version is another. */
	if (d->img[0]->hdr.major != d->img[1]->hdr.major || d->img[0]->hdr.minor != d->img[1]->hdr.minor)
		diff_texts(d, DIFF_FORMAT_CHANGED, version_text(d, d->img[0]), version_text(d, d->img[1]),
			   "image format");
}

/* ---- the description ---- */

static bool is_doc(const struct mdesc_fmt_token *t)
{
	return token_kind(t) == MDESC_TOKEN_DOC;
}

/* A piece of documentation, called by the words that follow it and those of the blocks that it is in. */
struct docs {
	struct names names;
	const char **text;
};

#define DOC_WORDS	3
#define BLOCK_WORDS	2
#define DOC_DEPTH	8

/* The words of @text and the one that token @i is. */
static const char *add_word(struct mdesc_diff *d, const struct mdesc_image *img, uint32_t i, const char *text)
{
	return diff_text(d, "%s%s%s", text, *text ? " " : "", token_text(img, &image_text(img)[i]));
}

static const char *words_behind(struct mdesc_diff *d, const struct mdesc_image *img, uint32_t i)
{
	uint32_t n = image_count(img, TABLE_TEXT), words = 0;
	const char *text = "";

	for (i++; i < n && words < DOC_WORDS; i++, words++) {
		if (token_kind(&image_text(img)[i]) != MDESC_TOKEN_WORD)
			break;
		text = add_word(d, img, i, text);
	}
	return text;
}

/* The blocks that a token is in: each is called by the words before its brace. */
struct blocks {
	const char *in[DOC_DEPTH];	/* " of WORDS of WORDS", inner block first */
	uint32_t depth;			/* further in than DOC_DEPTH, they have no names */
	const char *text;		/* the first words since the last mark that ends something */
	uint32_t words;
};

static const char *block_name(const struct blocks *b)
{
	return b->depth ? b->in[(b->depth < DOC_DEPTH ? b->depth : DOC_DEPTH) - 1] : "";
}

static void go_over(struct mdesc_diff *d, const struct mdesc_image *img, uint32_t i, struct blocks *b)
{
	const char *mark = token_text(img, &image_text(img)[i]);

	if (token_kind(&image_text(img)[i]) == MDESC_TOKEN_WORD && b->words++ < BLOCK_WORDS)
		b->text = add_word(d, img, i, b->text);
	if (token_kind(&image_text(img)[i]) != MDESC_TOKEN_MARK || !*mark || !strchr("{};", *mark))
		return;
	if (*mark == '{') {
		if (b->depth < DOC_DEPTH)
			b->in[b->depth] = diff_text(d, " of %s%s", b->text, block_name(b));
		b->depth++;
	} else if (*mark == '}' && b->depth) {
		b->depth--;
	}
	b->text = "";
	b->words = 0;
}

static void read_docs(struct mdesc_diff *d, const struct mdesc_image *img, struct docs *docs)
{
	uint32_t n = image_count(img, TABLE_TEXT), count = 0, i;
	struct blocks in = { .text = "" };

	for (i = 0; i < n; i++)
		count += is_doc(&image_text(img)[i]);
	names_init(d, &docs->names, count);
	docs->text = diff_alloc(d, (size_t)count + 1, sizeof(*docs->text));
	for (count = i = 0; i < n && !d->failed; i++) {
		if (!is_doc(&image_text(img)[i])) {
			go_over(d, img, i, &in);
			continue;
		}
		docs->names.v[count] = diff_text(d, "%s%s", words_behind(d, img, i), block_name(&in));
		docs->text[count++] = token_text(img, &image_text(img)[i]);
	}
}

/* The words of a description without its documentation. */
static bool words_differ(const struct mdesc_image *a, const struct mdesc_image *b)
{
	uint32_t n = image_count(a, TABLE_TEXT), m = image_count(b, TABLE_TEXT), i = 0, k = 0;

	for (;; i++, k++) {
		while (i < n && is_doc(&image_text(a)[i]))
			i++;
		while (k < m && is_doc(&image_text(b)[k]))
			k++;
		if (i == n || k == m)
			return i != n || k != m;
		if (token_kind(&image_text(a)[i]) != token_kind(&image_text(b)[k]) ||
		    strcmp(token_text(a, &image_text(a)[i]), token_text(b, &image_text(b)[k])))
			return true;
	}
}

/* What the BTF has of it was said. */
static bool said(const struct mdesc_diff *d, size_t before, const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), i;

	na -= na && a[na - 1] == '\n';
	nb -= nb && b[nb - 1] == '\n';
	for (i = 0; i < before; i++)
		if (d->v[i].rule == DIFF_DOC_CHANGED && strncmp(d->v[i].old_text, a, na) == 0 &&
		    !d->v[i].old_text[na] && strncmp(d->v[i].new_text, b, nb) == 0 && !d->v[i].new_text[nb])
			return true;
	return false;
}

/* @alone: whether documentation that only one has tells anything but that something is gone or new. */
static void diff_docs(struct mdesc_diff *d, bool alone)
{
	struct names names[2];
	struct docs docs[2];
	size_t before = d->n;
	uint32_t i;

	read_docs(d, d->img[0], &docs[0]);
	read_docs(d, d->img[1], &docs[1]);
	names[0] = docs[0].names;
	names[1] = docs[1].names;
	if (d->failed || !diff_pair(d, names))
		return;
	for (i = 0; i < names[0].n; i++) {
		bool paired = names[0].to[i] != MDESC_FMT_NONE32;
		const char *now = paired ? docs[1].text[names[0].to[i]] : "";

		if ((paired || alone) && strcmp(docs[0].text[i], now) && !said(d, before, docs[0].text[i], now))
			diff_add(d, DIFF_DOC_CHANGED, docs[0].text[i], now, "description of %s", names[0].v[i]);
	}
	for (i = 0; alone && i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32 && !said(d, before, "", docs[1].text[i]))
			diff_add(d, DIFF_DOC_CHANGED, "", docs[1].text[i], "description of %s", names[1].v[i]);
}

static void diff_description(struct mdesc_diff *d)
{
	uint32_t n[2] = { image_count(d->img[0], TABLE_TEXT), image_count(d->img[1], TABLE_TEXT) };
	bool differ;

	if (!n[0] != !n[1])
		diff_add(d, DIFF_DESCRIPTION_CHANGED, n[0] ? "there" : "", n[1] ? "there" : "", "description");
	if (!n[0] || !n[1])
		return;
	differ = words_differ(d->img[0], d->img[1]);
	if (differ && d->n == 0)
		diff_add(d, DIFF_DESCRIPTION_CHANGED, diff_text(d, "%u words", n[0]), diff_text(d, "%u words", n[1]),
			 "description");
	diff_docs(d, !differ);
}

/* ---- sections ---- */

/* What is compared as a table, or says nothing by itself. */
static bool is_compared(const struct section *sec)
{
	return sec->is_table || strcmp(sec->name, MDESC_SEC_HDR) == 0 || strcmp(sec->name, MDESC_SEC_STRINGS) == 0 ||
	       strcmp(sec->name, MDESC_SEC_BTF) == 0;
}

static bool same_bytes(const struct section *a, const struct section *b)
{
	return a && b && a->size == b->size && (!a->size || memcmp(a->data, b->data, a->size) == 0);
}

static const char *size_text(struct mdesc_diff *d, const struct section *sec)
{
	return sec ? diff_text(d, "%llu bytes", (unsigned long long)sec->size) : "";
}

static void diff_sections(struct mdesc_diff *d)
{
	const char *differs = "";
	int k;

	for (k = 0; k < 2; k++) {
		const struct mdesc_image *img = d->img[k], *other = d->img[!k];
		size_t i;

		for (i = 0; i < img->section_count; i++) {
			const struct section *sec = &img->sections[i], *also = image_section(other, sec->name);

			if (!section_in_digest(sec) || (k && also) || same_bytes(sec, also))
				continue;
			if (!is_compared(sec))
				diff_add(d, DIFF_SECTION_CHANGED, size_text(d, k ? NULL : sec),
					 size_text(d, k ? sec : also), "section %s", sec->name);
			else
				differs = sec->name;
		}
	}
	if (d->n == 0 && *differs)
		diff_add(d, DIFF_ENCODING_CHANGED, "", "", "section %s", differs);
}

void diff_rest(struct mdesc_diff *d)
{
	diff_description(d);
	diff_sections(d);
}

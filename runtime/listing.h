/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The tables of an image as text, for the files that print them: listing.c, listing_values.c. */
#ifndef MDESC_RUNTIME_LISTING_H
#define MDESC_RUNTIME_LISTING_H

#include <stdio.h>

#include "image.h"

#define NAME	"%.63s"		/* longer ones are cut: they may stand in a million lines */
#define WORD(words, n)	((n) < sizeof(words) / sizeof((words)[0]) ? (words)[n] : NULL)

struct listing {
	const struct mdesc_image *img;
	FILE *out;
};

/* A word of a table, or the number. */
void list_word(struct listing *l, const char *word, const char *what, unsigned int n);
/* Bytes of a key: the value, value/mask, or -- for any; those at the end that may be anything are left out. */
void list_match(struct listing *l, const uint8_t *value, const uint8_t *mask);

/* listing_values.c */
void list_sources(struct listing *l);
void list_configs(struct listing *l);
void list_classes(struct listing *l);
/* listing_tables.c */
void list_tables(struct listing *l);
/* The layouts, each with what is computed from its fields. */
void list_layouts(struct listing *l);

#endif /* MDESC_RUNTIME_LISTING_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Filters of mdesc watch: conditions on fields, such as
 * `pkt_type == ipv4 && hash & 3 == 0`.
 *
 *   filter_parse.c   text -> nodes, or where it is wrong
 *   filter_bind.c    nodes and layouts -> what each node is in each layout, or why
 *                    it cannot be; and whether a packet passes
 *
 * From what binds strongest: ! and &, then == != < <= > >=, then &&, then ||. So &
 * is unlike C's, which would take the above for hash & (3 == 0). What a packet does
 * not have makes every comparison with it false.
 */
#ifndef MDESC_FILTER_H
#define MDESC_FILTER_H

#include <mdesc/mdesc.h>

enum filter_op {
	FILTER_WORD,		/* a field, an enumerator, true or false */
	FILTER_NUMBER,
	FILTER_BYTES,		/* an address: as bytes, and, of four, as a number */
	FILTER_NOT,
	FILTER_AND,		/* the bits */
	FILTER_EQ,
	FILTER_NE,
	FILTER_LT,
	FILTER_LE,
	FILTER_GT,
	FILTER_GE,
	FILTER_BOTH,
	FILTER_EITHER,
};

/* What a word is in one layout. */
struct filter_bound {
	const struct mdesc_handle *field;	/* NULL: a number, or nothing */
	bool there;				/* there is such a number */
	bool negative;				/* @number is an int64_t */
	uint64_t number;
};

struct filter_node {
	enum filter_op op;
	size_t at, len;				/* in the text */
	struct filter_node *left, *right;
	uint64_t number;
	bool negative;				/* @number is an int64_t */
	uint8_t bytes[16];
	unsigned int count;			/* of @bytes */
	unsigned int prefix;			/* bits of them that count */
	char *word;
	struct filter_bound *bound;		/* of a word, by layout of the reader */
	int field;				/* its number in the reader; -1: no field */
	struct filter_node *next;		/* all of a filter, to free them */
};

struct filter {
	const char *text;			/* borrowed */
	struct filter_node *root, *all;
	unsigned int depth;
	size_t error_at, error_len;
	struct mdesc_error error;
};

/* 0, or -errno with @f->error: the place is in @f, too. @f must be freed either way. */
int filter_parse(struct filter *f, const char *text);
/* To the layouts of @r as they are now; may be done again when they have changed. */
int filter_bind(struct filter *f, struct mdesc_reader *r);
void filter_free(struct filter *f);

/* Compared byte by byte: an address, or an array. */
static inline bool filter_is_bytes(const struct mdesc_handle *h)
{
	return (h->flags & MDESC_HANDLE_BYTES) || h->count > 1;
}

/* @layout: the index in the reader of the packet's. */
bool filter_passes(const struct filter *f, size_t layout, const struct mdesc_packet *packet);

/* Sets @f->error, and the place; returns -@code. Without @node, the place is where the text ends. */
int filter_error(struct filter *f, const struct filter_node *node, int code, enum mdesc_class kind,
		 const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif /* MDESC_FILTER_H */

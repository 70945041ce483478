/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Whether two sets of tables do the same with every packet: takes the tables of
 * two parsers in the structures of format.h, gives a proof, a packet that they
 * treat differently, or that neither was found within a count of steps.
 *
 * Both machines are run at once over a packet of which only that is known which
 * they have asked. Where both have done the same so far, what they did is
 * forgotten: then there are few pairs of states with few things known, and each
 * is looked at once. A difference counts only if a packet shows it in sym_run().
 */
#ifndef MDESC_SYM_H
#define MDESC_SYM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mdesc/format.h>

/* mdescc and libmdesc both have these files: there, every name is the program's. */
#define sym_default_steps	mdesc__sym_default_steps
#define sym_free		mdesc__sym_free
#define sym_prove		mdesc__sym_prove
#define sym_run			mdesc__sym_run
#define sym_same		mdesc__sym_same

/*
 * One parser. All indices must be good ones: those of an image that was checked,
 * or of rows that the compiler made. The ids say what is the same thing on both
 * sides: things of both with the same id are; NULL: the index is the id.
 */
struct sym_tables {
	struct mdesc_fmt_next start;
	uint32_t steps;
	const struct mdesc_fmt_header *headers;
	const struct mdesc_fmt_register *registers;
	const struct mdesc_fmt_state *states;
	const struct mdesc_fmt_keys *keys;
	const struct mdesc_fmt_row *rows;
	const struct mdesc_fmt_op *ops;
	const struct mdesc_fmt_class *classes;
	const struct mdesc_fmt_class_row *class_rows;
	const struct mdesc_fmt_layout *layouts;		/* kind, size, op_first, op_count */
	const struct mdesc_fmt_source *sources;		/* bits */
	uint32_t n_headers, n_registers, n_states, n_keys, n_rows, n_ops, n_classes, n_class_rows, n_layouts,
		 n_sources;
	const uint32_t *header_id, *layout_id, *source_id;	/* ids below 0xfffe */
	const uint16_t *meta_id;	/* by bit of the metadata (bit i % 8 of byte i / 8) */
};

/*
 * Which bits of the metadata are compared at the end, where these layouts are in force; else all. Those of one field
 * follow each other. What decides whether a field means something: SYM_ANY for what cannot be said by a bit.
 */
struct sym_match {
	uint32_t layout[2];	/* index of either side */
	const struct sym_bits { uint16_t field, bit[2]; } *bits;
	uint32_t n_bits;
	const struct sym_when { uint16_t field, side, bit; } *when;
	uint32_t n_when;
};
#define SYM_ANY		0xffffu

enum sym_verdict { SYM_EQUAL, SYM_DIFFERENT, SYM_UNKNOWN };

/* What a packet comes to. */
struct sym_result {
	bool dropped;
	uint16_t error;
	uint32_t layout;		/* index, or NONE32 */
	uint32_t meta_size;		/* 0 where dropped */
	uint8_t meta[MDESC_FMT_META_MAX + 4];
	uint32_t n_headers;
	struct sym_header { uint32_t header, elem, offset, length; } *headers;	/* shown ones; see sym_run() */
};

struct sym_packet {
	uint8_t *data;
	uint32_t len;
	uint64_t *sources;	/* by id */
	uint32_t n_sources;
};

/* A kind of difference; @of: either side's. */
struct sym_kind {
	enum sym_what {
		SYM_VERDICT,	/* the error, or SYM_DROPPED */
		SYM_LAYOUT,	/* index, or NONE32 */
		SYM_FIELD,	/* index of the match, field in it; without matches 0, 0 */
		SYM_HEADERS,	/* 0, 0 */
	} what;
	uint32_t of[2];
};
#define SYM_DROPPED	0x10000u

/* What a packet does of it. */
enum sym_shown {
	SYM_SHOWS_NOT,
	SYM_SHOWS_NOTHING,	/* a field has other bits, but means nothing on one side */
	SYM_SHOWS_ALIKE,	/* and they say the same */
	SYM_SHOWS,
};

struct sym_opts {
	uint64_t steps;			/* at most; 0: sym_default_steps() */
	const struct sym_match *match;	/* NULL: layouts of the same id are compared whole */
	uint32_t n_match;
	bool names_only;		/* of headers, where they are and how long does not count */
	/* Told of each difference of another kind: false ends the search. NULL: the first ends it. */
	bool (*found)(void *arg, const struct sym_packet *packet);
	/* Whether a packet shows a difference of this kind; NULL: any, by sym_same() of what sym_run() gives. */
	enum sym_shown (*differs)(void *arg, const struct sym_packet *packet, const struct sym_kind *kind);
	void *arg;
};

struct sym_answer {
	enum sym_verdict verdict;
	struct sym_packet packet;	/* DIFFERENT; freed with sym_free() */
	const char *why;		/* UNKNOWN: a text that stays; else "" */
	uint64_t steps, pairs, cubes;	/* spent; pairs of states with what is known; rows that met rows */
	uint32_t doubts;		/* differences that no packet was found for */
	bool complete;			/* all was looked at: there are no others than those found */
};

void sym_prove(const struct sym_tables *a, const struct sym_tables *b, const struct sym_opts *opts,
	       struct sym_answer *answer);
void sym_free(struct sym_answer *answer);
uint64_t sym_default_steps(const struct sym_tables *a, const struct sym_tables *b);

/*
 * Runs a packet; @sources by id. Headers are written to res->headers, which has room for @room: more are left
 * out. False: no memory.
 */
bool sym_run(const struct sym_tables *t, const struct sym_packet *packet, struct sym_result *res, uint32_t room);
bool sym_same(const struct sym_tables *a, const struct sym_result *x, const struct sym_tables *b,
	      const struct sym_result *y, const struct sym_opts *opts);

#endif

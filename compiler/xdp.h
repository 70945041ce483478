/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The writer in software while it is made, for the files that make it: rows of a
 * machine that has no limits become C for the kernel's BPF machine.
 *
 *	xdp_plan.c	what of a packet must be remembered, and how the text is built
 *	xdp_known.c	which headers have surely been recorded in a state
 *	xdp_cost.c	how much work the kernel's verifier has with it
 *	xdp_states.c	a state: its rows, where they go
 *	xdp_keys.c	its key
 *	xdp_headers.c	what a row does at the cursor
 *	xdp_ops.c	operations, loads and stores
 *	xdp_early.c	what a fast walker writes before it parses
 *	xdp_sources.c	what hardware would know besides the packet
 *	xdp_rounds.c	which loops stand there once for each round
 *	xdp_fast.c	what goes around a fast walker
 *	xdp_text.c	what is the same in all writers
 *	emit_xdp.c	all of it together
 *
 * There are up to two walkers, functions that parse: a fast one, that keeps all in
 * registers and reads the packet directly, and a thorough one, that keeps all in a
 * map of its CPU, so that the verifier sees no two ways into a state as different.
 * Parsers that have too many ways for the verifier have a thorough one only; and it
 * has a form that reads behind the packet's first fragment.
 */
#ifndef MDESCC_XDP_H
#define MDESCC_XDP_H

#include "arena.h"
#include "model.h"
#include "out.h"
#include "rows.h"

/* Cursors beyond are outside: the verifier lets no program add more to a packet's begin. */
#define XDP_CURSOR_MAX	0xff00u

/* What is kept of a recorded header, or of an element of a stack; @elem may be MDESC_ELEM_LAST. */
struct xdp_slot {
	uint16_t header;
	uint8_t elem;
	bool off, len, known;	/* its parts that something reads */
	bool here;		/* of a PART: whether it is there */
	bool at_end;		/* rules or classifications read it */
	bool undone;		/* it may have to be as it was before rows that hold */
};

/* What is kept of a header. */
struct xdp_header {
	struct mdesc_fmt_header f;
	bool count;		/* how often it is recorded */
	bool at_end, undone;
	bool has_parts;
	bool kept;		/* a fast walker keeps a pointer to it */
};

/* A state as it is entered with a key set: a label. */
struct xdp_entry {
	uint16_t state, keys;
	uint32_t ways;		/* that lead here */
	bool back;		/* one of them comes from behind it */
	bool limited, unlimited;	/* there can be a limit here; there can be none */
	bool done;
	uint16_t *known;	/* by header: bytes that are there at its pointer, whichever way led here */
	bool stored;		/* a row on a way here has stored, so that zeros are written */
	uint32_t order;		/* the start has 0; but for ways back, all lead to a higher one */
};

/* Bits that rows write and rules spare: one flag for each such store. */
struct xdp_mark {
	uint32_t bit;
	uint8_t bytes, width, order;
	uint32_t shift;
};

/* An error that a fast walker can end in: a label that sets it, and maybe undoes what is pending. */
struct xdp_fail {
	uint32_t error;
	bool undo;
	bool clean;		/* no row has stored yet: zeros are to be written */
};

/* How the walker at hand is written. */
enum xdp_kind {
	XDP_FAST,		/* registers; the packet directly */
	XDP_THOROUGH,		/* a map's value; the packet directly */
	XDP_FRAGS,		/* a map's value; by the kernel's function, fragments too */
};

struct xdp_gen {
	struct mdc_ctx *ctx;
	struct arena *arena;
	const struct mdc_model *m;
	const struct mdc_rows *rows;
	struct out *out;
	struct xdp_header *headers;	/* by instance */
	VEC(struct xdp_slot) slots;
	VEC(struct xdp_entry) entries;
	uint32_t **rows_of, *n_rows_of;	/* by state: rows that can match in it, in their order */
	VEC(struct xdp_mark) marks;
	uint8_t by_rules[MDESC_FMT_META_MAX + 12];	/* bits of the metadata that rules can write */
	bool *layouts;			/* by index: it can be in force at the stop */
	uint32_t n_layouts;		/* of those */
	uint32_t first_layout;		/* the one of them, where there is one */
	uint32_t meta_max;		/* bytes of the largest of them */
	bool one_size;
	bool count_steps, has_drop, has_hold, has_limit, has_loop;
	bool error_at_end, marks_undone, layout_undone;
	bool *source_in_rows;		/* by source */
	bool *source_used;
	bool meta_undone[MDESC_FMT_META_MAX / 4 + 1];	/* words that rows that hold write */
	bool *reg_held;			/* by register: rows that hold set it */
	bool *inst_used;		/* by instance: a row does it */
	bool fast;			/* there is a fast walker */
	bool early;			/* it writes what does not depend on the packet before it parses */
	bool lazy;			/* but its zeros only when they are known to be needed */
	uint32_t *rounds;		/* by state: times that it stands there, or 0 */
	bool points;			/* the cursor is a pointer */
	bool sampling_early;		/* sources are sampled before the parser begins */

	/* while a walker is written */
	enum xdp_kind kind;
	const struct xdp_entry *at;
	const struct mdesc_fmt_row *row;
	uint32_t round;			/* of the state at hand */
	bool clean;			/* here no row has stored yet */
	bool pending;			/* what rows that hold did is not committed yet */
	VEC(struct xdp_fail) fails;
	uint32_t checked;		/* bytes from the cursor on that are in the packet, at the pointer p */
};

/* Whether the cursor of the walker at hand is the pointer "cp", not the offset "cur". */
static inline bool xdp_points(const struct xdp_gen *g)
{
	return g->points && g->kind == XDP_FAST;
}

/* The row with number @i of those that can match in the state. */
static inline const struct mdesc_fmt_row *xdp_row_of(const struct xdp_gen *g, uint32_t state, uint32_t i)
{
	return &g->rows->rows[g->rows_of[state][i]].f;
}

/* ---- xdp_plan.c ---- */

/* False after a diagnostic. */
bool xdp_plan(struct xdp_gen *g);
struct xdp_entry *xdp_entry_of(struct xdp_gen *g, uint32_t state, uint16_t keys);
/* NULL: nothing reads it. */
struct xdp_slot *xdp_slot_of(struct xdp_gen *g, uint32_t header, uint8_t elem);
/* The flag of a row's store, or -1: no rule can meet it. */
int xdp_mark_of(const struct xdp_gen *g, const struct mdesc_fmt_op *o);
/* The bits of a store's container in memory, lowest address first. */
void xdp_store_mask(uint8_t order, uint8_t bytes, uint8_t width, uint32_t shift, uint8_t mask[9]);
bool xdp_is_pending(const struct xdp_gen *g, uint32_t state);

/* ---- xdp_known.c ---- */

void xdp_find_known(struct xdp_gen *g);
/* Bytes of the header that can be read at its pointer, "q3", without a check; 0: it may not be there. */
uint32_t xdp_known(const struct xdp_gen *g, uint32_t header);

/* Whether the cursor of a fast walker can be a pointer: nothing computes with it. */
void xdp_find_points(struct xdp_gen *g);

/* ---- xdp_rounds.c ---- */

void xdp_find_rounds(struct xdp_gen *g);
bool xdp_has_room(const struct xdp_gen *g, uint32_t header);
bool xdp_is_counted_up(const struct xdp_gen *g, uint32_t header);

/* ---- xdp_cost.c ---- */

/* Whether the verifier can follow all ways through a fast walker. */
bool xdp_cost_fits(struct xdp_gen *g);

/* ---- xdp_states.c ---- */

void xdp_put_walker(struct xdp_gen *g, enum xdp_kind kind);
/* The struct of what is remembered of a packet. */
void xdp_put_vars(struct xdp_gen *g, enum xdp_kind kind);
/* An error of the parser, where it is found: a statement. */
const char *xdp_stop(struct xdp_gen *g, int error);
/* Where the packet, or what can be read of it directly, does not reach: a statement. */
const char *xdp_short(struct xdp_gen *g);

/* ---- xdp_keys.c ---- */

/* Bytes of a key that are read as one number. */
struct xdp_word {
	uint32_t first, n;	/* in the key set */
	bool compared;
	bool raw;		/* as it lies in memory: what it is compared with is turned instead */
};

/* What a state compares, entered at a label. */
struct xdp_key {
	const struct mdesc_fmt_keys *k;
	uint32_t need;
	struct xdp_word words[MDESC_FMT_KEY_MAX];
	uint32_t n_words;
	int lo, hi;		/* of the packet's bytes: the first, and behind the last */
	bool packet, all_needed;
};

void xdp_find_key(const struct xdp_gen *g, const struct xdp_entry *e, struct xdp_key *key);
/* Makes sure of the key's bytes and maybe the header's, and reads the key. */
void xdp_put_key(struct xdp_gen *g, const struct xdp_entry *e, struct xdp_key *key);
/* "k0 == 0x800 && (k1 & 0xf) == 5"; "1" where all matches. */
const char *xdp_condition(struct xdp_gen *g, const struct xdp_key *key, const struct mdesc_fmt_row *r);

/* ---- xdp_headers.c ---- */

/* What the row does at the cursor. Then the header that it recorded is at "own", if @read. */
void xdp_put_record(struct xdp_gen *g, const struct mdesc_fmt_row *r, bool read);
/* The checks of it alone: a row that aborts does no more. */
void xdp_put_checks(struct xdp_gen *g, const struct mdesc_fmt_row *r);
void xdp_put_within(struct xdp_gen *g, const struct mdesc_fmt_row *r);
void xdp_put_leave(struct xdp_gen *g);
/* Whether a header, or an element, is recorded: "v->n3 > 1", always without side effects. */
const char *xdp_present(struct xdp_gen *g, uint32_t header, uint8_t elem);
/* The suffix of a slot's variables: "3" or "3_1". */
const char *xdp_slot_name(struct xdp_gen *g, uint32_t header, uint8_t elem);

/* ---- xdp_ops.c ---- */

/* Those of g->row, or (NULL) of what runs when the parser has stopped. */
void xdp_put_ops(struct xdp_gen *g, uint32_t first, uint32_t count);
/* Does an operation of the row read bytes of what the row records? */
bool xdp_reads_own(const struct xdp_gen *g, const struct mdesc_fmt_row *r);
/* Is it what the row itself records, the last of its elements? */
bool xdp_is_own(const struct xdp_gen *g, const struct mdesc_fmt_row *r, const struct mdesc_fmt_op *o);
/* The register that has a bit. */
uint32_t xdp_register_at(const struct xdp_gen *g, uint32_t bit);
void xdp_put_class(struct xdp_gen *g, uint32_t idx);
/* @bytes bytes as a big-endian number: at pointer or offset @base, @from behind it. */
const char *xdp_load(struct xdp_gen *g, const char *base, uint32_t from, uint32_t bytes);
/*
 * Declares @name, through which @bytes bytes at the offset @off (text) can be read;
 * jumps to @fail where they are not in the packet.
 */
void xdp_put_reach(struct xdp_gen *g, const char *name, const char *off, uint32_t bytes, const char *fail);

/* ---- xdp_early.c ---- */

/* The rules of the one layout that there is: those that know nothing of the packet. */
void xdp_put_early(struct xdp_gen *g);
/* All others. */
void xdp_put_late(struct xdp_gen *g, uint32_t layout);
/* Which labels are reached with zeros written. */
void xdp_find_stored(struct xdp_gen *g);
/* Zeros for what neither rules nor (unless NULL) the row surely write. */
void xdp_put_zeros(struct xdp_gen *g, const struct mdesc_fmt_row *r);
bool xdp_stores(const struct xdp_gen *g, const struct mdesc_fmt_row *r);

/* ---- xdp_sources.c ---- */

uint32_t xdp_source_kind(const struct mdc_source *s);
void xdp_put_config(struct xdp_gen *g);
void xdp_put_source_functions(struct xdp_gen *g);
/* Samples the sources that rows read (@rows), or the others. */
void xdp_put_sources(struct xdp_gen *g, bool rows);
/* All of them, which are set; the text has the config's address. */
void xdp_put_set_sources(struct xdp_gen *g);

/* ---- xdp_fast.c ---- */

/* The function around a fast walker. */
void xdp_put_fast(struct xdp_gen *g);

/* ---- xdp_text.c ---- */

extern const char xdp_text_begin[], xdp_text_hash[];

__attribute__((format(printf, 2, 3)))
void xdp_line(struct xdp_gen *g, const char *fmt, ...);

#endif

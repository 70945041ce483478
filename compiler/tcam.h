/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the files of the lowering share. tcam.c plans every state and makes the
 * rows of the plan; tcam_key.c says where a state's key bytes lie and which
 * rows an arm takes; tcam_dist.c knows how far a header is behind the cursor;
 * tcam_ops.c turns expressions into operations.
 *
 * A state of the model becomes a chain of row-states, its parts:
 *
 *	part 0 .. n_base - 1	one step each: an extract, or a part of a header with
 *				`if`s (one part where there is none)
 *	.. n_chain - 1		no extract: stores that found no room before, or
 *				keys that only lie still behind the last extract
 *	tails			after the match, one chain for each way out:
 *				stores that found no room, where the keys cannot
 *				be matched any later
 *
 * The last part of the chain holds the arms' rows. All parts but the last hold.
 */
#ifndef MDESCC_TCAM_H
#define MDESCC_TCAM_H

#include "arena.h"
#include "diag.h"
#include "key_slot.h"
#include "model.h"
#include "rows.h"

/* One STORE with what computes its value: operations in struct lower.scratch. */
struct tcam_store {
	uint32_t first, count;
	uint32_t part;		/* the first that may hold it; then: the one that does */
};

/* Operations of a part, in struct lower.ops. */
struct tcam_ops {
	uint32_t first, count;
};

/* Where a key of select lies. */
struct tcam_key {
	bool used;		/* some pattern masks a bit of it */
	int32_t entry;		/* distance of its header at the state's entry: enum dist */
	uint8_t n_bytes;	/* bytes of the packet that it touches */
	int8_t slot[9];		/* of each: the key byte that it is, or -1 */
};

/*
 * What a part of a state does at the cursor: an extract; or, where @part is not
 * NULL, one `if` (with its `else`s) of the header that was extracted just before.
 */
struct tcam_step {
	const struct mdc_instance *inst;
	const struct mdc_hpart *part;	/* the first of them; NULL: @inst itself */
	const struct tcam_plan *match;	/* arms of the conditions, on fields of @inst; NULL: always */
	const struct mdc_hpart **gives;	/* by arm: the part that is there then; or NULL */
};

struct tcam_plan {
	const struct mdc_state *s;	/* NULL: unreachable, not lowered */
	uint32_t first;			/* row-state of part 0 */
	uint32_t n_base, n_chain;
	struct tcam_step *steps;	/* beside the first parts */
	uint32_t n_steps;
	uint32_t tail_len, n_tails;	/* row-states of a tail; tails */
	const struct mdc_next **tails;	/* the ways out, where there are tails */
	struct tcam_ops *ops;		/* of each part, the tails' included */
	struct tcam_key *keys;		/* by index in s->keys */
	uint16_t keyset;		/* of the last part of the chain */
	uint16_t n_slots;
	uint32_t rows;			/* it takes */
};

struct lower {
	struct mdc_ctx *ctx;
	struct arena *arena;
	const struct mdc_model *m;
	struct tcam_plan *plans;	/* by index of the model's state */
	VEC(struct mdesc_fmt_op) scratch;
	VEC(struct tcam_store) stores;
	VEC(struct mdesc_fmt_op) ops;
	VEC(struct mdesc_fmt_keys) keys;
	VEC(struct mdc_row_state) states;
	VEC(struct mdc_row) rows;
	uint32_t *keyset_hash;		/* index + 1 in keys; 0: free */
	uint32_t keyset_hash_size;	/* a power of two */
	uint16_t no_keys;		/* the empty key set */
	uint16_t *same_move;		/* by instance: the first that does the same */
};

/* tcam_dist.c: the distance from a header's first byte to the cursor. */
enum {
	DIST_UNSET	= INT32_MIN,	/* no path extracts it */
	DIST_UNKNOWN	= INT32_MAX,	/* not the same on every path */
	DIST_FAR	= 1 << 24,	/* this or more */
	/* 0 and up: bytes. Below 0: DIST_COUNT(n), n elements of the stack so far. */
};
#define DIST_COUNT(n)	(-1 - (int32_t)(n))

/* Sets @entry of all keys that need it. */
void tcam_dist(struct lower *l);
/* The distance behind the first @n extracts of @s, from that at its entry. */
int32_t tcam_dist_behind(const struct mdc_state *s, uint32_t n, const struct mdc_key *k, int32_t entry);

/* tcam_part.c: the steps of a state; false after a diagnostic. */
bool tcam_steps(struct lower *l, struct tcam_plan *p);
/* Is part @i only for a part of a header? It holds no stores and matches no keys. */
static inline bool tcam_is_hpart(const struct tcam_plan *p, uint32_t i)
{
	return i < p->n_steps && p->steps[i].part;
}
/* Can part @i have no arms? What moves the cursor to where nothing is known of it is not the last part. */
static inline bool tcam_no_arms(const struct tcam_plan *p, uint32_t i)
{
	return i < p->n_steps && (p->steps[i].part || p->steps[i].inst->kind == MDC_I_LEAVE);
}
/* Adds the rows of such a part: copies of @row, which has no header and goes on. */
void tcam_part_rows(struct lower *l, const struct tcam_step *step, const struct mdc_row *row);
/* How far behind its first byte the cursor is, if that is always the same. */
bool tcam_moves(const struct mdc_instance *inst, uint32_t *bytes);

/* tcam_key.c */
/* A key that names one element of a stack by its number. */
static inline bool tcam_key_indexed(const struct mdc_key *k)
{
	return k->inst && k->inst->capacity && k->elem != MDC_ELEM_LAST;
}
void tcam_key_use(struct lower *l, struct tcam_plan *p);
/* Can the keys be matched in the last extract's part (or, @behind, in one after it)? */
bool tcam_key_reachable(const struct lower *l, const struct tcam_plan *p, bool behind);
void tcam_key_diagnose(struct lower *l, const struct tcam_plan *p);
/* Gives the keys their slots and the plan its key set. False after a diagnostic. */
bool tcam_key_place(struct lower *l, struct tcam_plan *p, bool behind);
uint16_t tcam_keyset(struct lower *l, const struct key_slot *slots, uint32_t n);
uint32_t tcam_key_need(const struct tcam_plan *p);
/* How many rows an arm takes, at most; UINT32_MAX: that or more. */
uint32_t tcam_arm_rows(const struct tcam_plan *p, const struct mdc_arm *arm);
/* Adds the arm's rows: copies of @row with key bytes. */
void tcam_arm_emit(struct lower *l, const struct tcam_plan *p, const struct mdc_arm *arm,
		   const struct mdc_row *row);

/* The fewest prefixes that cover the pattern; how many, 126 at most. @out can be NULL. */
struct tcam_prefix {
	uint64_t value, mask;
};
uint32_t tcam_prefixes(const struct mdc_pattern *p, uint8_t bits, struct tcam_prefix *out);

/* tcam_class.c: the classifications. False after a diagnostic. */
bool tcam_classes(struct lower *l, struct mdc_rows *out);

/* tcam_ops.c: adds the stores of a rule to scratch and stores (part is 0). */
void tcam_ops_rule(struct lower *l, const struct mdc_layout *layout, const struct mdc_rule *r);
/* The same of a register that a state sets. */
void tcam_ops_set(struct lower *l, const struct mdc_set *s);
/* The operations that put @x into a classification's key. */
void tcam_ops_key(struct lower *l, const struct mdc_x *x, uint32_t bit, uint32_t bits);
/* Calls @fn for every header that @x reads. */
/* Does it read how much is left of the header that the cursor is within? */
bool tcam_ops_remaining(const struct mdc_x *x);
void tcam_ops_reads(const struct mdc_x *x, void (*fn)(void *arg, const struct mdc_instance *), void *arg);

/* A label at the target, where it is in a text. */
void tcam_label_target(struct lower *l, struct diag *d);
/* tcam_arcs.c: ways into and out of states. False after a diagnostic. */
bool tcam_check_arcs(struct lower *l, const struct mdc_rows *rows);

/* tcam_limits.c: what the target cannot do, or has too little of. False after a diagnostic. */
bool tcam_check_features(struct lower *l);
bool tcam_check_metadata(struct lower *l);
uint32_t tcam_max_states(const struct lower *l);
uint32_t tcam_max_rows(const struct lower *l);
bool tcam_check_counts(struct lower *l, uint64_t rows, uint64_t states);
bool tcam_check_work(struct lower *l);
bool tcam_check_stores(struct lower *l, const struct mdc_state *s);	/* those in l->stores */
bool tcam_check_parts(struct lower *l, const struct tcam_plan *p);
#define TCAM_ROW_OPS	1024	/* operations of a row, at most */

#endif

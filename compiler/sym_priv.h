/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the files of the prover share. sym.c runs the search; sym_node.c knows
 * values, sym_know.c what is known of them; sym_index.c prepares tables;
 * sym_step.c and sym_row.c run the machine, sym_ops.c its operations; sym_sync.c,
 * sym_frame.c and sym_later.c forget, sym_memo.c remembers; sym_end.c tells what differs, sym_found.c counts kinds of
 * that; sym_solve.c and sym_force.c make packets; sym_run.c runs them.
 *
 * A bit is a node and a number in it. Positions in the packet are an anchor and
 * an offset: anchor 0 is the frame's base, moved along with the cursors; other
 * anchors are behind headers whose length is not known. What both machines have
 * in common is not there (a header's record, a byte of metadata, ...): reading it
 * gives a node that stands for it. All is in one arena and never changed.
 */
#ifndef MDESC_SYM_PRIV_H
#define MDESC_SYM_PRIV_H

#include <setjmp.h>

#include "sym.h"

#define sym_add			mdesc__sym_add
#define sym_alloc		mdesc__sym_alloc
#define sym_anchor		mdesc__sym_anchor
#define sym_bounds		mdesc__sym_bounds
#define sym_cube_add		mdesc__sym_cube_add
#define sym_cube_drop		mdesc__sym_cube_drop
#define sym_cube_find		mdesc__sym_cube_find
#define sym_finish		mdesc__sym_finish
#define sym_drop_work		mdesc__sym_drop_work
#define sym_forget_doubts	mdesc__sym_forget_doubts
#define sym_found		mdesc__sym_found
#define sym_doubts		mdesc__sym_doubts
#define sym_fork		mdesc__sym_fork
#define sym_fork_len		mdesc__sym_fork_len
#define sym_give_up		mdesc__sym_give_up
#define sym_index_free		mdesc__sym_index_free
#define sym_index_init		mdesc__sym_index_init
#define sym_is_number		mdesc__sym_is_number
#define sym_known		mdesc__sym_known
#define sym_len_at_least	mdesc__sym_len_at_least
#define sym_no_memory		mdesc__sym_no_memory
#define sym_node		mdesc__sym_node
#define sym_nodes_free		mdesc__sym_nodes_free
#define sym_ops_ready		mdesc__sym_ops_ready
#define sym_ops_run		mdesc__sym_ops_run
#define sym_possible		mdesc__sym_possible
#define sym_push		mdesc__sym_push
#define sym_rec			mdesc__sym_rec
#define sym_byte_at		mdesc__sym_byte_at
#define sym_near		mdesc__sym_near
#define sym_rec_byte		mdesc__sym_rec_byte
#define sym_keep		mdesc__sym_keep
#define sym_remember		mdesc__sym_remember
#define sym_reg			mdesc__sym_reg
#define sym_rec_present		mdesc__sym_rec_present
#define sym_resolve		mdesc__sym_resolve
#define sym_force		mdesc__sym_force
#define sym_equal		mdesc__sym_equal
#define sym_same_bit		mdesc__sym_same_bit
#define sym_solve		mdesc__sym_solve
#define sym_step		mdesc__sym_step
#define sym_sync		mdesc__sym_sync
#define sym_take_row		mdesc__sym_take_row
#define sym_trail		mdesc__sym_trail
#define sym_vec			mdesc__sym_vec
#define sym_vec_of		mdesc__sym_vec_of
#define sym_explore		mdesc__sym_explore
#define sym_memo_free		mdesc__sym_memo_free
#define sym_confirm		mdesc__sym_confirm
#define sym_end_init		mdesc__sym_end_init

/* ---- values ---- */

typedef uint32_t sym_bit;	/* node * 64 + number in it */
#define SYM_0		0u
#define SYM_1		1u
#define SYM_COMMON	UINT32_MAX	/* not touched: what both sides have there */
#define SYM_NODE(bit)	((bit) >> 6)

enum node_kind {
	N_CONST,	/* node 0: bit 0 is 0, bit 1 is 1 */
	N_PKT,		/* byte of the packet: anchor, offset */
	N_HDR,		/* byte of a header that both recorded: id, elem << 16 | byte */
	N_SRC,		/* byte of a source: id, byte */
	N_REG,		/* byte of the registers, in common */
	N_OLD,		/* byte of the metadata, in common */
	N_MARK,		/* which bits of it rows wrote, in common */
	N_PRES,		/* id, elem: recorded; in common */
	N_COUNT,	/* id: elements of a stack, in common */
	N_COUNT_IS, N_COUNT_GE,	/* id, number: it is that; that or more */
	N_OFFS, N_LENG,	/* id, elem: of the record in common */
	N_PKTLEN,
	N_START,	/* anchor, offset: not in front of the packet */
	N_POSN,		/* anchor: bytes from the packet's first */
	N_ALEN,		/* anchor: length of the header that it is behind */
	N_FITS,		/* anchor, bytes: that length is so many at least */
	N_LENOK,	/* anchor: that length is one that the header may have */
	N_ADD, N_SUB,	/* vector, vector */
	N_EQ, N_GE,	/* vector, vector: one bit */
	N_ITE,		/* bit, bit, bit: one bit */
	N_ERROR,	/* 0: the error; 1: whether it is `truncated` */
	N_CLASS,	/* class, vector, vector */
	N_RAW,		/* something that has no other name any more */
};

struct node { uint32_t kind, a, b, c; };

struct pos { uint32_t anchor; int32_t off; };

/* Behind a header at @at whose length is computed from the bytes @byte (big-endian); @raw: not known to be that. */
struct anchor {
	struct pos at;
	uint32_t byte[2];	/* nodes; [0] is 0 where there is one byte */
	uint32_t mask;
	int32_t shift, add;
	uint32_t min, max;
	uint32_t raw;
};

/* ---- what is known ---- */

struct lit { uint32_t node; uint64_t mask, value; };
struct scube { uint32_t n; struct lit lit[]; };	/* sorted by node; no mask is 0 */
struct neg { const struct scube *cube; const struct neg *next; uint32_t count; };	/* it does not hold */
struct bound { uint32_t anchor; int32_t lo, hi; };	/* the packet's length: anchor + lo <= it < anchor + hi */
#define BOUNDS	8
#define NO_HI	INT32_MAX
#define NO_LO	INT32_MIN

/* ---- a machine ---- */

struct rec {
	uint16_t id, elem;
	bool present;
	struct pos at, end;
	int32_t known;
};
struct recs { uint32_t n; struct rec r[]; };	/* sorted by id, elem */
struct metab { uint32_t byte; sym_bit value[8], mark[8]; };
struct metas { uint32_t n; struct metab b[]; };	/* sorted by byte */
struct entry { uint16_t state, count; };
struct entries { uint32_t n; struct entry e[]; };
/*
 * At level 0 it is forgotten how high stacks are. Then counts are of what a side has put on the stack in common,
 * elements of its own have numbers from ELEM_OWN on, and the last in common is ELEM_LAST.
 */
#define ELEM_OWN	0x8000u
#define ELEM_LAST	0xffffu
#define COUNT_BITS	16	/* of how high a stack is */
#define PLACE_BITS	16	/* of where a header is and how long */
#define REG_BITS	(8 * MDESC_FMT_REGS_MAX)

struct hist {
	const struct recs *recs;	/* NULL: none */
	const struct metas *meta;
	const uint16_t *counts;		/* by id: elements of stacks; NULL: no stacks */
	uint32_t layout;		/* index, or NONE32 */
	struct pos cursor, limit;
	bool limited;
};

struct side {
	struct mdesc_fmt_next next;	/* GO: the state to enter; else how it stopped */
	bool failed;			/* stopped by an error: @next.code */
	uint32_t row;			/* 1 + index of the row that is taken now; 0: none */
	struct hist now, old;		/* old: what an error goes back to, where: */
	bool pending;
	const sym_bit *regs, *new_regs;	/* REG_BITS; NULL: in common; nothing pending */
	const struct entries *entries;
	uint32_t used;			/* steps */
	uint32_t ordinal;		/* of the state that is entered, or was */
	bool entered;			/* its counters and steps are done */
};

enum trail_kind { TRAIL_ROW, TRAIL_LEN, TRAIL_LENOK, TRAIL_LENGTH, TRAIL_STEPS };
struct trail {
	const struct trail *before;
	uint8_t kind, side;
	uint32_t ordinal;
	int32_t sub;		/* LEN: bytes from the cursor; ROW: 0 */
	uint32_t choice;	/* ROW: 1 + row, 0: none; LENGTH: bits; else yes or no */
};

struct config {
	struct side s[2];
	const struct scube *know;
	const struct neg *negs;
	struct bound bounds[BOUNDS];
	uint32_t n_bounds;
	int32_t before;			/* bytes that there are in front of the frame, at least; 0 to back_max */
	const struct recs *near;	/* in common, at known places that keys can look at from the cursor; or NULL */
	uint32_t rlo, rhi;		/* of the steps that are left: rlo <= they < rhi */
	uint8_t turn, then;		/* 1 + the side that moves now, and after that; 0: any */
	bool ended;			/* both have stopped, and that was not met before */
	const struct trail *trail;
	struct config *link;		/* queue, stack */
};

/* ---- tables, prepared ---- */

#define LIVE_LOW	(-64)
#define LIVE_BITS	256
struct live { uint64_t w[LIVE_BITS / 64]; };

struct index {
	const struct sym_tables *t;
	uint32_t *row_of, *row_first;	/* rows of state i: row_of[row_first[i]] up to row_first[i + 1] */
	struct live *live;		/* by state: bytes beside the cursor that are looked at from there on */
	uint64_t *reach;		/* by state: bits of states that can be reached from it */
	uint32_t reach_words;
	bool steps_free;		/* their limit is never met */
	bool *never_full;		/* by header: a stack that has room for all that can be put on it */
	bool *exact;			/* by header: its length is looked at value by value */
	struct hread { uint16_t id, elem; uint32_t byte; } *reads;	/* of recorded headers, by slots and lengths */
	uint32_t n_reads, read_words;
	uint64_t *read_live;		/* by state: bits of them that come from there on */
	bool reg_read[MDESC_FMT_REGS_MAX];	/* by key sets and counters */
	uint32_t n_ids;			/* of headers, both sides' */
};

/* ---- the engine ---- */

struct chunk { struct chunk *next; size_t size; };
struct memory { struct chunk *chunks, *spare; uint8_t *free_at; size_t free_n; };
struct memo_entry;

struct engine {
	const struct sym_tables *t[2];
	struct index idx[2];
	const struct sym_opts *opts;
	struct sym_answer *answer;
	uint64_t budget;
	int level;		/* 0: what is in common is forgotten; 1: but for what is constant; */
#define LEVEL_NAMES	2	/* and for what is a copy of something that has a name */
	bool exact;		/* nothing is: anchor 0 is the packet's first byte */
	const struct trail *const *script;	/* exact: choices to make */
	uint32_t script_n;
	const char *why;	/* given up */
	bool stop;
	jmp_buf out;		/* there is no more memory */
	struct memory mem[2], *now;	/* [0]: what stays; [1]: until the next of the queue */
	uint64_t bytes;
	const struct trail *root;	/* of what is run from the stack */
	bool rules_same;		/* layouts' rules and classifications, on both sides */
	/* nodes */
	struct node *nodes;
	uint32_t n_nodes, cap_nodes, *node_hash, node_hash_n;
	sym_bit *vecs;		/* 64 each */
	uint32_t n_vecs, cap_vecs, *vec_hash, vec_hash_n;
	struct anchor *anchors;
	uint32_t n_anchors, cap_anchors;
	uint32_t raws;
	/* the search */
	struct config *stack;	/* to be run on before the queue */
	struct sym_packet *packet;	/* exact: where it goes */
	const struct sym_kind *want;	/* exact: what it is to show */
	enum sym_shown solved;
	struct config *queue, **queue_end;
	struct memo_entry **memo;
	uint32_t memo_n, memo_cap;
	uint32_t n_ids, n_meta;	/* header ids; bits of metadata */
	int32_t back_max;	/* how far keys look back */
	bool *class_same;	/* by class: rows are alike on both sides */
	uint32_t n_class_same;
	struct met { struct sym_kind kind; uint64_t with; uint32_t failed; bool shown, decided; } *kinds;
	uint32_t n_kinds, cap_kinds, n_shown;
};

_Noreturn void sym_no_memory(struct engine *e);
void *sym_alloc(struct engine *e, size_t size);		/* zeroed, never NULL */
void sym_drop_work(struct engine *e);			/* all that was allocated in mem[1] */
void sym_give_up(struct engine *e, const char *why);

static inline bool sym_spend(struct engine *e, uint64_t n)
{
	e->answer->steps += n;
	if (e->answer->steps > e->budget)
		sym_give_up(e, "the steps are used up");
	return !e->stop;
}

/* sym_node.c */
uint32_t sym_node(struct engine *e, enum node_kind kind, uint32_t a, uint32_t b, uint32_t c);
uint32_t sym_vec(struct engine *e, const sym_bit bits[64]);
static inline const sym_bit *sym_vec_of(const struct engine *e, uint32_t vec)
{
	return e->vecs + 64ull * vec;
}
uint32_t sym_anchor(struct engine *e, const struct anchor *a);
void sym_nodes_free(struct engine *e);
static inline uint32_t sym_pkt(struct engine *e, struct pos at, int32_t byte)
{
	return sym_node(e, N_PKT, at.anchor, (uint32_t)(at.off + byte), 0);
}

/* sym_know.c */
const struct lit *sym_cube_find(const struct scube *c, uint32_t node);
/* With these bits too; NULL: it contradicts. */
const struct scube *sym_cube_add(struct engine *e, const struct scube *c, uint32_t node, uint64_t mask, uint64_t value);
/* Without what is known of these bits of the node. */
const struct scube *sym_cube_drop(struct engine *e, const struct scube *c, uint32_t node, uint64_t bits);
/* 0, 1, or -1: not known. */
int sym_known(const struct config *c, sym_bit bit);
/* Whether anything is in @know and in none of @negs; true also where that is too hard to say. */
bool sym_possible(struct engine *e, const struct scube *know, const struct neg *negs);
int sym_len_at_least(const struct config *c, struct pos at);

/* What a position is at least, from the packet's first byte. */
static inline int64_t sym_at_least(const struct engine *e, const struct config *c, struct pos at)
{
	int64_t sum = at.off;

	for (uint32_t n = 0; at.anchor && n < 64; n++) {
		if (e->anchors[at.anchor].raw)
			return INT32_MIN;
		sum += e->anchors[at.anchor].min + (int64_t)e->anchors[at.anchor].at.off;
		at.anchor = e->anchors[at.anchor].at.anchor;
	}
	return sum + c->before;
}

/* sym_index.c */
bool sym_index_init(struct engine *e, int side);
void sym_index_free(struct index *x);
bool sym_bounds(struct index *x);	/* sym_bound.c: @never_full, @steps_free; the rest must be there */

/* sym.c: another way for what is run now, which is then run anew. */
void sym_explore(struct engine *e);
void sym_push(struct engine *e, struct config *c);
void sym_fork(struct engine *e, const struct config *c, sym_bit bit);
#define SUB_END		(1 << 20)	/* of a header whose length was computed */
#define SUB_FIXED	(1 << 21)
void sym_fork_len(struct engine *e, const struct config *c, int side, struct pos at, int32_t sub);
/* What the script says of a choice; -1: nothing. */
int64_t sym_trail(const struct engine *e, enum trail_kind kind, int side, uint32_t ordinal, int32_t sub);

static inline struct config *sym_copy(struct engine *e, const struct config *c)
{
	struct config *n = sym_alloc(e, sizeof(*n));

	*n = *c;
	return n;
}

/* A side's step is over. */
static inline void sym_done(struct config *c)
{
	c->turn = c->then;
	c->then = 0;
}

static inline void sym_note(struct engine *e, struct config *c, enum trail_kind kind, int side, int32_t sub,
			    uint32_t choice)
{
	struct trail *t = sym_alloc(e, sizeof(*t));

	*t = (struct trail){ c->trail, (uint8_t)kind, (uint8_t)side, c->s[side].ordinal, sub, choice };
	c->trail = t;
}

/* sym_step.c: lets a side enter its next state, or go on with the row. */
void sym_step(struct engine *e, const struct config *c, int side);
/* sym_row.c: false: it was pushed, in other ways, or given up. */
bool sym_take_row(struct engine *e, const struct config *from, struct config *c, int side);

/* A record, found; @common: it is what both have. */
struct found {
	int present;		/* 0, 1, -1: not known */
	const struct rec *rec;	/* NULL: it is what both have */
	uint16_t id, elem;
	sym_bit which;		/* whether it is another element of the stack, and that is not known; or 0 */
};
struct found sym_rec(struct engine *e, const struct config *c, int side, uint32_t header, uint32_t elem);
uint32_t sym_rec_byte(struct engine *e, const struct config *c, const struct found *f, int32_t byte);
/* A byte of the packet: of a header that is near, if it lies in one. Such a byte has one name only. */
uint32_t sym_byte_at(struct engine *e, const struct recs *near, struct pos at);
const struct rec *sym_near(const struct recs *near, struct pos at);
sym_bit sym_rec_present(struct engine *e, const struct found *f);
/* Operations name elements by number: false where it must be known first which these are; forked from @from. */
bool sym_ops_ready(struct engine *e, const struct config *from, const struct config *c, int side, uint32_t first,
		   uint32_t count);
static inline bool sym_is_relative(const struct engine *e)
{
	return !e->level && !e->exact;
}

static inline uint32_t sym_header_id(const struct sym_tables *t, uint32_t header)
{
	return t->header_id ? t->header_id[header] : header;
}

/* sym_ops.c */
#define ERROR_ANY	(-1)
enum ops_place { OPS_ROW, OPS_RULE, OPS_CLASS };
struct ops {
	enum ops_place place;
	int error;			/* RULE, CLASS; ERROR_ANY: it is not known which */
	const uint32_t *class_value;	/* by class: vectors */
	sym_bit *key;			/* CLASS: 128 bits */
	uint32_t first, count;
};
void sym_ops_run(struct engine *e, struct config *c, int side, const struct ops *ops);
sym_bit sym_reg(const struct engine *e, const struct side *s, uint32_t bit);
/* Whether all are known for good, and what number they are. */
bool sym_is_number(const sym_bit bits[64], uint64_t *number);
/* @a + @b into @a, or a - b. */
void sym_add(struct engine *e, sym_bit a[64], const sym_bit b[64], bool sub);
/* sym_resolve.c */
sym_bit sym_resolve(struct engine *e, const struct config *c, sym_bit bit);
sym_bit sym_equal(struct engine *e, sym_bit a[64], sym_bit b[64]);
bool sym_same_bit(struct engine *e, const struct config *c, sym_bit a, sym_bit b);
/* sym_end.c: both stopped. */
void sym_finish(struct engine *e, const struct config *c);
/* @start: where nothing has happened yet. */
void sym_end_init(struct engine *e, const struct config *start);

/* sym_sync.c: forgets what both have in common; NULL: it was met before. */
struct config *sym_sync(struct engine *e, const struct config *c);
/* sym_memo.c: into the memory that stays; false: met before. */
bool sym_remember(struct engine *e, struct config *c);
void sym_keep(struct engine *e, struct config *c);
void sym_memo_free(struct engine *e);

/* sym_found.c: kinds of differences */
void sym_found(struct engine *e, const struct config *c, const struct sym_kind *kind, uint64_t with, uint32_t fixed);
uint32_t sym_doubts(const struct engine *e);
void sym_forget_doubts(struct engine *e);
/* sym_force.c */
const struct scube *sym_force(struct engine *e, const struct config *c, sym_bit bit, int value);
/* sym_solve.c: the best of packets that show the difference. */
enum sym_shown sym_confirm(struct engine *e, const struct config *c, const struct sym_kind *kind,
			   struct sym_packet *packet);
/* Of a whole way in an exact engine. */
enum sym_shown sym_solve(struct engine *e, const struct config *c, const sym_bit (*pairs)[2], uint32_t n_pairs,
			 struct sym_packet *packet);

#endif

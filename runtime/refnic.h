/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * refnic: the tables of an image, decoded into the form that runs fast.
 *
 * refnic_new.c makes it once from the checked tables; refnic.c runs packets
 * through it and only writes below "for a packet".
 *
 *  - The rows that can match in a state lie side by side, in table order, so a
 *    look-up is a scan of a few lines of memory. A key is two 64-bit words, key
 *    byte i being bits 8i..8i+7.
 *  - A load that is stored at once, both in whole bytes, is one move.
 *  - Which bits rows wrote is only kept for stores that rules can meet, and
 *    rules only look for it where rows can have been.
 */
#ifndef MDESC_RUNTIME_REFNIC_H
#define MDESC_RUNTIME_REFNIC_H

#include "image.h"

/* What a step of the writer does: its opcode, or a fused one. */
enum nic_code {
	NIC_LOAD, NIC_ADD, NIC_SUB,			/* with an operand */
	NIC_AND, NIC_SHL, NIC_SHR, NIC_EQ,		/* with @imm */
	NIC_SET, NIC_RAISE,				/* of registers */
	NIC_KEY,					/* into a classification's key */
	NIC_STORE,					/* any bits */
	NIC_STORE_1, NIC_STORE_2, NIC_STORE_4, NIC_STORE_8,	/* a whole container */
	NIC_MOVE,					/* @bytes of a header, as they are */
	NIC_MOVE_2, NIC_MOVE_4, NIC_MOVE_8,		/* the same, of these sizes */
	NIC_SWAP_2, NIC_SWAP_4, NIC_SWAP_8,		/* reversed */
};

struct nic_op {
	uint8_t	 code;		/* enum nic_code */
	uint8_t	 operand;	/* enum mdesc_fmt_operand */
	uint8_t	 width;		/* PACKET, STORE: bits */
	uint8_t	 bytes;		/* PACKET: bytes touched; STORE, MOVE: of the container */
	uint8_t	 elem;
	uint8_t	 shift;		/* PACKET: bits behind the last one; STORE */
	uint8_t	 flags;
	uint8_t	 reserved;
	uint16_t index;		/* header or source */
	uint16_t meta;		/* STORE, MOVE: byte of the metadata */
	uint32_t from;		/* PACKET, MOVE: byte of the header; REGISTER, SET, RAISE, KEY: bit */
	uint32_t skip;		/* steps to the next load: where to go on when not valid */
	uint64_t imm;		/* also SOURCE: mask */
};
#define NIC_OP_SWAP	(1u << 0)	/* PACKET: little-endian; STORE: big-endian */
#define NIC_OP_MARK	(1u << 1)	/* a row's store that a rule can meet: note the bits */
#define NIC_OP_SPARE	(1u << 2)	/* a rule's store that a row can have met: spare its bits */

struct nic_keys {
	uint8_t	 count;
	bool	 run;		/* consecutive bytes of the packet, at most 8 */
	int16_t	 first;		/* lowest and highest offset */
	int16_t	 last;
	const struct mdesc_fmt_keys *f;
	uint64_t mask;		/* of a run: its bytes */
};

struct nic_next {
	uint8_t	 verdict;
	bool	 leave;
	uint16_t code;
	uint32_t state;
	const struct nic_keys *keys;
};

struct nic_match {
	uint64_t value[2];
	uint64_t mask[2];
	uint32_t row;
};

struct nic_row {
	const struct nic_op *ops;
	uint32_t op_count;
	uint16_t header;	/* or NONE16 */
	uint16_t layout;	/* or NONE16 */
	uint8_t	 flags;		/* MDESC_ROW_* */
	uint8_t	 within_elem;
	uint16_t within;	/* with WITHIN: header */
	uint16_t length;	/* with LENGTH */
	struct nic_next next;
};

struct nic_state {
	const struct nic_match *rows;
	uint32_t row_count;
	uint32_t key_need;
	uint32_t max;
	uint32_t counter;	/* index in entries, where @max and no: */
	const struct mdesc_fmt_register *shared;	/* counter of several states; or NULL */
	bool	 part;
	struct nic_next otherwise;
};

struct nic_header {
	uint16_t fixed;
	uint16_t min;
	uint16_t max;
	uint16_t capacity;
	uint32_t first;		/* index in records */
	uint8_t	 kind;		/* enum mdesc_fmt_header_kind */
	uint8_t	 of_elem;	/* as in struct mdesc_fmt_header */
	uint16_t of;
	uint16_t ahead;
	uint16_t last;		/* header whose count tells the last element: itself, or @of */
	bool	 var;
	uint8_t	 len_bytes;
	int8_t	 len_shift;
	uint16_t len_off;
	uint32_t len_mask;
	int32_t	 len_const;
};

struct nic_layout {
	const struct nic_op *ops;
	uint32_t op_count;
	uint32_t size;
};

struct nic_class {
	const struct nic_op *ops;
	uint32_t op_count;
	const struct mdesc_fmt_class *f;
	const struct mdesc_fmt_class_row *rows;
};

struct nic_record {
	uint32_t offset;
	uint32_t length;	/* NIC_ABSENT: an element of a PART that is not there */
	uint32_t known;		/* bytes: the fixed ones, and the parts so far */
};
#define NIC_ABSENT	UINT32_MAX

/* What a row that holds has changed in the table of headers. */
struct nic_undo {
	uint16_t header;
	uint16_t count;
	uint32_t record;
	struct nic_record old;
};

#define NIC_META	(MDESC_FMT_META_MAX + 12)	/* and room for whole words */
#define NIC_UNDO	512				/* two for each row that holds, at most, and one more */

struct mdesc_refnic {
	const struct mdesc_image *img;
	bool trace;
	bool marks;			/* some store notes its bits */

	struct nic_next start;
	uint32_t steps_max;
	struct nic_state *states;
	struct nic_match *matches;
	struct nic_row *rows;
	struct nic_keys *keys;
	struct nic_header *headers;
	struct nic_layout *layouts;
	struct nic_class *classes;
	uint32_t class_count;
	struct nic_op *ops;
	uint32_t header_count;
	uint32_t counters;		/* states with a limit */
	uint32_t meta_size;		/* of the largest metadata layout */

	/* for a packet */
	const uint8_t *packet;
	uint32_t len;
	uint32_t cursor;
	uint32_t end;			/* of what may be read at the cursor: the limit, or the packet's */
	bool	 limited;		/* there is a limit */
	uint32_t steps;
	uint16_t layout;		/* in force; NONE16: the device has none */
	int error;
	const uint64_t *sources;
	uint16_t *counts;		/* by header: recorded elements */
	struct nic_record *records;
	uint32_t *entries;		/* by counter */
	uint8_t meta[NIC_META];
	uint8_t marked[NIC_META];	/* bits that rows wrote */
	uint8_t regs[MDESC_FMT_REGS_MAX + 8];	/* as they were committed; room for a whole word */
	uint8_t new_regs[MDESC_FMT_REGS_MAX + 8];	/* with what is pending, where: */
	bool regs_pending;
	uint64_t *class_value;		/* by classification */
	uint8_t class_key[MDESC_FMT_KEY_MAX];	/* of the one that is computed */

	/* what is pending */
	uint32_t undo_count;
	bool pending;
	bool saved;			/* metadata was saved */
	uint16_t old_layout;
	uint32_t old_cursor;
	uint32_t old_end;
	bool	 old_limited;
	struct nic_undo undo[NIC_UNDO];
	uint8_t old_meta[NIC_META];
	uint8_t old_marked[NIC_META];

	/* for the caller */
	struct mdesc_refnic_header *out_headers;
	size_t out_cap;
	struct mdesc_refnic_step *out_steps;
	size_t step_count;
	size_t step_cap;
	uint64_t *zero_sources;
};

/* A recorded header or element; NULL: not recorded. */
static inline const struct nic_record *record_at(const struct mdesc_refnic *nic, uint16_t header, uint32_t elem)
{
	const struct nic_header *h = &nic->headers[header];
	const struct nic_record *rec;

	if (elem == MDESC_ELEM_LAST)
		elem = nic->counts[h->last] - 1u;	/* of none: more than any count */
	if (elem >= nic->counts[header])
		return NULL;
	rec = &nic->records[h->first + elem];
	return rec->length != NIC_ABSENT ? rec : NULL;
}

/* The error where something does not end where it must. */
static inline int too_long(const struct mdesc_refnic *nic)
{
	return nic->limited ? MDESC_ERR_BAD_LENGTH : MDESC_ERR_TRUNCATED;
}

/* A variable length, by @row or else by the header's bytes @p; below 0: none. */
static inline int64_t nic_var_length(const struct nic_header *h, const struct nic_row *row, const uint8_t *p)
{
	uint64_t v;

	if (row->flags & MDESC_ROW_LENGTH)
		return row->length == MDESC_FMT_NONE16 ? -1 : row->length;
	v = (h->len_bytes == 1 ? p[0] : (uint32_t)p[0] << 8 | p[1]) & h->len_mask;
	return (int64_t)h->len_const + (int64_t)(h->len_shift >= 0 ? v << h->len_shift : v >> -h->len_shift);
}

static inline void leave_header(struct mdesc_refnic *nic)
{
	if (!nic->limited)
		return;
	nic->cursor = nic->end;
	nic->end = nic->len;
	nic->limited = false;
}

/* Before the table of headers is changed, when that may have to be undone. */
static inline void note_header(struct mdesc_refnic *nic, uint16_t header, uint32_t record)
{
	struct nic_undo *undo = &nic->undo[nic->undo_count++];

	undo->header = header;
	undo->count = nic->counts[header];
	undo->record = record;
	undo->old = nic->records[record];
}

/* refnic_kinds.c: to take a row, 1, for headers of other kinds than HEADER. 0 or the error. */
int nic_record_other(struct mdesc_refnic *nic, const struct nic_row *row);

#endif /* MDESC_RUNTIME_REFNIC_H */

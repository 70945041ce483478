/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Running a packet through refnic.
 *
 * Takes a packet and the values of the sources; gives the metadata and what the
 * parser found. Does what format.h says under "the machine", to the letter; the
 * comments here name its steps. Allocates nothing (a trace excepted). Takes
 * bounded time: states entered are counted, rows that hold go strictly forward.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "refnic.h"

/* ---- the writer ---- */

static uint64_t load_be(const uint8_t *p, unsigned int bytes)
{
	uint64_t v = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

/* That which an operand names. */
static inline const struct nic_record *record_of(const struct mdesc_refnic *nic, const struct nic_op *op)
{
	return record_at(nic, op->index, op->elem);
}

static uint64_t packet_bits(const struct mdesc_refnic *nic, const struct nic_op *op,
			    const struct nic_record *rec)
{
	const uint8_t *p = nic->packet + rec->offset + op->from;
	uint64_t v;

	if (op->bytes == 9) {
		/* 64 bits or a few less that don't begin with a byte */
		v = load_be(p, 8) << (8 - op->shift) | p[8] >> op->shift;
	} else {
		v = load_be(p, op->bytes) >> op->shift;
	}
	if (op->width < 64)
		v &= (1ull << op->width) - 1;
	if (op->flags & NIC_OP_SWAP)
		v = __builtin_bswap64(v) >> (64 - op->width);
	return v;
}

/* @bits bits from @bit on of a string of bits, as a number. */
static uint64_t register_bits(const uint8_t *regs, uint32_t bit, uint32_t bits)
{
	uint64_t v;

	memcpy(&v, regs + bit / 8, 8);
	v >>= bit % 8;
	return bits < 64 ? v & ((1ull << bits) - 1) : v;
}

static void set_register_bits(uint8_t *regs, uint32_t bit, uint32_t bits, uint64_t v)
{
	uint32_t i;

	for (i = 0; i < bits; i++) {
		uint8_t *byte = &regs[(bit + i) / 8], mask = 1u << (bit + i) % 8;

		*byte = (v >> i & 1) ? *byte | mask : *byte & ~mask;
	}
}

/* SET and RAISE: pending, whatever the row. */
static void set_register(struct mdesc_refnic *nic, const struct nic_op *op, uint64_t v)
{
	if (!nic->regs_pending)
		memcpy(nic->new_regs, nic->regs, sizeof(nic->regs));
	nic->regs_pending = true;
	if (op->code == NIC_SET)
		set_register_bits(nic->new_regs, op->from, op->width, v);
	else if (v & 1)
		set_register_bits(nic->new_regs, op->from, 1, 1);
}

/* The value of an operand; false: it reads a header that is not recorded. */
static inline bool operand(const struct mdesc_refnic *nic, const struct nic_op *op, uint64_t *v)
{
	const struct nic_record *rec;

	switch (op->operand) {
	case MDESC_OPERAND_CONST:
		*v = op->imm;
		return true;
	case MDESC_OPERAND_SOURCE:
		*v = nic->sources[op->index] & op->imm;
		return true;
	case MDESC_OPERAND_PACKET:
		rec = record_of(nic, op);
		if (rec)
			*v = packet_bits(nic, op, rec);
		return rec;
	case MDESC_OPERAND_OFFSET:
		rec = record_of(nic, op);
		if (rec)
			*v = rec->offset & 0xffff;
		return rec;
	case MDESC_OPERAND_LENGTH:
		rec = record_of(nic, op);
		if (rec)
			*v = rec->length & 0xffff;
		return rec;
	case MDESC_OPERAND_PRESENT:
		*v = record_of(nic, op) != NULL;
		return true;
	case MDESC_OPERAND_COUNT:
		*v = nic->counts[op->index];
		return true;
	case MDESC_OPERAND_PKTLEN:
		*v = nic->len & 0xffff;
		return true;
	case MDESC_OPERAND_ERROR:
		*v = nic->error;
		return true;
	case MDESC_OPERAND_REMAINING:
		*v = nic->end - nic->cursor;
		return nic->limited;
	case MDESC_OPERAND_CLASS:
		*v = nic->class_value[op->index];
		return true;
	case MDESC_OPERAND_REGISTER:
		*v = register_bits(nic->regs, op->from, op->width);
		return true;
	default: /* MDESC_OPERAND_TRUNCATED */
		*v = nic->error == MDESC_ERR_TRUNCATED;
		return true;
	}
}

/* What byte @i of a container, from the least significant, gets of v << shift. */
static inline uint8_t byte_of(uint64_t v, unsigned int i, unsigned int shift)
{
	int by = (int)(8 * i) - (int)shift;

	if (by <= -8 || by >= 64)
		return 0;
	return by < 0 ? v << -by : v >> by;
}

/* Replace any bits of any container; note them, or spare what is noted. */
static void store_bits(struct mdesc_refnic *nic, const struct nic_op *op, uint64_t v)
{
	uint64_t ones = op->width < 64 ? (1ull << op->width) - 1 : ~0ull;
	uint8_t *meta = nic->meta + op->meta, *marked = nic->marked + op->meta;
	unsigned int i;

	v &= ones;
	for (i = 0; i < op->bytes; i++) {
		unsigned int at = op->flags & NIC_OP_SWAP ? op->bytes - 1 - i : i;
		uint8_t mask = byte_of(ones, i, op->shift);

		if (op->flags & NIC_OP_SPARE)
			mask &= ~marked[at];
		if (op->flags & NIC_OP_MARK)
			marked[at] |= mask;
		meta[at] = (meta[at] & ~mask) | (byte_of(v, i, op->shift) & mask);
	}
}

static inline void store_16(uint8_t *p, uint16_t v, bool swap)
{
	v = swap ? __builtin_bswap16(v) : v;
	memcpy(p, &v, sizeof(v));
}

static inline void store_32(uint8_t *p, uint32_t v, bool swap)
{
	v = swap ? __builtin_bswap32(v) : v;
	memcpy(p, &v, sizeof(v));
}

static inline void store_64(uint8_t *p, uint64_t v, bool swap)
{
	v = swap ? __builtin_bswap64(v) : v;
	memcpy(p, &v, sizeof(v));
}

static inline void move_bytes(uint8_t *to, const uint8_t *from, const struct nic_op *op)
{
	uint16_t v2;
	uint32_t v4;
	uint64_t v8;

	switch (op->code) {
	case NIC_MOVE_2:
		memcpy(to, from, 2);
		break;
	case NIC_MOVE_4:
		memcpy(to, from, 4);
		break;
	case NIC_MOVE_8:
		memcpy(to, from, 8);
		break;
	case NIC_SWAP_2:
		memcpy(&v2, from, 2);
		store_16(to, v2, true);
		break;
	case NIC_SWAP_4:
		memcpy(&v4, from, 4);
		store_32(to, v4, true);
		break;
	case NIC_SWAP_8:
		memcpy(&v8, from, 8);
		store_64(to, v8, true);
		break;
	default:
		memcpy(to, from, op->bytes);
	}
}

static inline void run_ops(struct mdesc_refnic *nic, const struct nic_op *op, uint32_t count)
{
	const struct nic_op *end = op + count;
	const struct nic_record *rec;
	uint64_t acc = 0, v = 0;

	while (op < end) {
		bool swap = op->flags & NIC_OP_SWAP;

		switch (op->code) {
		case NIC_LOAD:
			if (!operand(nic, op, &acc))
				goto not_valid;
			break;
		case NIC_ADD:
			if (!operand(nic, op, &v))
				goto not_valid;
			acc += v;
			break;
		case NIC_SUB:
			if (!operand(nic, op, &v))
				goto not_valid;
			acc -= v;
			break;
		case NIC_AND:
			acc &= op->imm;
			break;
		case NIC_SHL:
			acc <<= op->imm;
			break;
		case NIC_SHR:
			acc >>= op->imm;
			break;
		case NIC_EQ:
			acc = acc == op->imm;
			break;
		case NIC_SET:
		case NIC_RAISE:
			set_register(nic, op, acc);
			break;
		case NIC_KEY:
			set_register_bits(nic->class_key, op->from, op->width, acc);
			break;
		case NIC_STORE:
			store_bits(nic, op, acc);
			break;
		case NIC_STORE_1:
			nic->meta[op->meta] = acc;
			break;
		case NIC_STORE_2:
			store_16(nic->meta + op->meta, acc, swap);
			break;
		case NIC_STORE_4:
			store_32(nic->meta + op->meta, acc, swap);
			break;
		case NIC_STORE_8:
			store_64(nic->meta + op->meta, acc, swap);
			break;
		default:
			rec = record_of(nic, op);
			if (rec)
				move_bytes(nic->meta + op->meta,
					   nic->packet + rec->offset + op->from, op);
		}
		op++;
		continue;
not_valid:
		op += op->skip;
	}
}

/* ---- what is pending ---- */

/* Before a row that can't be sure to be committed changes anything. */
static void hold(struct mdesc_refnic *nic, const struct nic_row *row)
{
	if (!nic->pending) {
		nic->pending = true;
		nic->saved = false;
		nic->undo_count = 0;
		nic->old_layout = nic->layout;
		nic->old_cursor = nic->cursor;
		nic->old_end = nic->end;
		nic->old_limited = nic->limited;
	}
	if (row->op_count && !nic->saved) {
		nic->saved = true;
		memcpy(nic->old_meta, nic->meta, nic->meta_size);
		memcpy(nic->old_marked, nic->marked, nic->meta_size);
	}
}

static void discard(struct mdesc_refnic *nic)
{
	nic->regs_pending = false;
	if (!nic->pending)
		return;
	while (nic->undo_count > 0) {
		const struct nic_undo *undo = &nic->undo[--nic->undo_count];

		nic->counts[undo->header] = undo->count;
		nic->records[undo->record] = undo->old;
	}
	if (nic->saved) {
		memcpy(nic->meta, nic->old_meta, nic->meta_size);
		memcpy(nic->marked, nic->old_marked, nic->meta_size);
	}
	nic->layout = nic->old_layout;
	nic->cursor = nic->old_cursor;
	nic->end = nic->old_end;
	nic->limited = nic->old_limited;
	nic->pending = false;
}

static inline void commit(struct mdesc_refnic *nic)
{
	nic->pending = false;
	if (!nic->regs_pending)
		return;
	memcpy(nic->regs, nic->new_regs, sizeof(nic->regs));
	nic->regs_pending = false;
}

/* ---- look-up ---- */

/* A byte of a source's value. */
static uint8_t source_byte(const struct mdesc_refnic *nic, uint16_t source, unsigned int byte)
{
	uint32_t bits = image_source_table(nic->img)[source].bits;
	uint64_t v = nic->sources[source];

	if (bits < 64)
		v &= (1ull << bits) - 1;
	return v >> 8 * byte;
}

/* What slot @i of a key set gives; false: it lies outside of the packet. */
static bool slot_byte(const struct mdesc_refnic *nic, const struct mdesc_fmt_keys *k, unsigned int i,
		      uint8_t *byte)
{
	int64_t at = (int64_t)nic->cursor + k->off[i];
	const struct nic_record *rec;

	switch (k->kind[i]) {
	case MDESC_SLOT_REGISTER:
		*byte = nic->regs[k->off[i]];
		return true;
	case MDESC_SLOT_SOURCE:
		*byte = source_byte(nic, k->index[i], k->off[i]);
		return true;
	case MDESC_SLOT_REMAINING:
		*byte = nic->limited ? (nic->end - nic->cursor) >> (k->off[i] ? 0 : 8) : 0;
		return true;
	case MDESC_SLOT_HEADER:
		rec = record_at(nic, k->index[i], k->elem[i]);
		at = rec ? (int64_t)rec->offset + k->off[i] : -1;
		break;
	default: /* MDESC_SLOT_PACKET */
		if (nic->limited && at >= nic->end)
			return true;
	}
	if (at < 0 || at >= nic->len)
		return false;
	*byte = nic->packet[at];
	return true;
}

static void slow_key(const struct mdesc_refnic *nic, const struct nic_keys *keys, uint64_t key[2],
		     uint32_t *outside)
{
	uint8_t bytes[MDESC_FMT_KEY_MAX] = { 0 };
	unsigned int i;

	*outside = 0;
	for (i = 0; i < keys->count; i++)
		if (!slot_byte(nic, keys->f, i, &bytes[i]))
			*outside |= 1u << i;
	memcpy(key, bytes, sizeof(bytes));
}

/* To enter, 3: the key bytes, and a bit for each that is outside of the packet. */
static inline void get_key(const struct mdesc_refnic *nic, const struct nic_keys *keys,
			   uint64_t key[2], uint32_t *outside)
{
	int64_t first = (int64_t)nic->cursor + keys->first;

	if (keys->run && first >= 0 && first + 8 <= nic->end) {
		memcpy(key, nic->packet + first, 8);
		key[0] &= keys->mask;
		key[1] = 0;
		*outside = 0;
		return;
	}
	slow_key(nic, keys, key, outside);
}

static inline const struct nic_match *look_up(const struct nic_state *state, const uint64_t key[2])
{
	const struct nic_match *m = state->rows, *end = m + state->row_count;

	for (; m < end; m++)
		if (!(((key[0] ^ m->value[0]) & m->mask[0]) | ((key[1] ^ m->value[1]) & m->mask[1])))
			return m;
	return NULL;
}

/* ---- rows ---- */

/* The length of a header at the cursor, or minus the error. */
static inline int64_t header_length(const struct mdesc_refnic *nic, const struct nic_header *h,
				    const struct nic_row *row)
{
	const uint8_t *p = nic->packet + nic->cursor + h->len_off;
	int64_t length;

	if (h->fixed > nic->end - nic->cursor)
		return -too_long(nic);
	if (!h->var)
		return h->fixed;
	length = nic_var_length(h, row, p);
	if (length < h->min || length > h->max)
		return -MDESC_ERR_BAD_LENGTH;
	if (length > nic->end - nic->cursor)
		return -too_long(nic);
	return length;
}

/* To take a row, 1. */
static inline int record_header(struct mdesc_refnic *nic, const struct nic_row *row)
{
	const struct nic_header *h = &nic->headers[row->header];
	int64_t length = header_length(nic, h, row);
	uint16_t *count = &nic->counts[row->header];
	uint32_t record = h->first;

	if (length < 0)
		return -length;
	if (h->capacity) {
		if (*count >= h->capacity)
			return MDESC_ERR_LOOP;
		record += *count;
	}
	if (nic->pending)
		note_header(nic, row->header, record);
	*count = h->capacity ? *count + 1 : 1;
	nic->records[record].offset = nic->cursor;
	nic->records[record].length = length;
	nic->records[record].known = h->fixed;
	nic->cursor += length;
	return 0;
}

/* To take a row, 4: to the options of a header. */
static void enter_header(struct mdesc_refnic *nic, const struct nic_row *row)
{
	const struct nic_record *rec = record_at(nic, row->within, row->within_elem);

	if (!rec)
		return;
	nic->cursor = rec->offset + rec->known;
	nic->end = rec->offset + rec->length;
	nic->limited = true;
}

/* To take a row, all of it but the transition. */
static inline int take_row(struct mdesc_refnic *nic, const struct nic_row *row)
{
	int error;

	if (row->flags)
		hold(nic, row);
	else if (nic->pending)
		hold(nic, row);		/* its header may still be cut off */
	if (row->header != MDESC_FMT_NONE16) {
		error = nic->headers[row->header].kind == MDESC_KIND_HEADER ? record_header(nic, row) :
									      nic_record_other(nic, row);
		if (error)
			return error;
	}
	if (row->layout != MDESC_FMT_NONE16)
		nic->layout = row->layout;
	if (row->op_count)
		run_ops(nic, row->ops, row->op_count);
	if (row->flags & MDESC_ROW_ABORT)
		discard(nic);
	else if (!(row->flags & MDESC_ROW_HOLD))
		commit(nic);
	if (row->flags & MDESC_ROW_WITHIN)
		enter_header(nic, row);
	return 0;
}

static struct mdesc_refnic_step *trace_step(struct mdesc_refnic *nic)
{
	struct mdesc_refnic_step *steps = nic->out_steps;
	size_t cap = nic->step_cap ? 2 * nic->step_cap : 64;

	if (nic->step_count == nic->step_cap) {
		steps = realloc(nic->out_steps, cap * sizeof(*steps));
		if (!steps)
			return NULL;
		nic->out_steps = steps;
		nic->step_cap = cap;
	}
	steps += nic->step_count++;
	memset(steps, 0, sizeof(*steps));
	return steps;
}

static void trace(struct mdesc_refnic *nic, const struct nic_next *at, const uint64_t key[2],
		  const struct nic_match *match, uint32_t cursor, int error)
{
	struct mdesc_refnic_step *step = trace_step(nic);

	if (!step)
		return;
	step->state = at->state;
	step->key_count = at->keys->count;
	memcpy(step->key, key, sizeof(step->key));
	step->row = match ? match->row : MDESC_FMT_NONE32;
	step->cursor = cursor;
	step->header = match ? nic->rows[match->row].header : MDESC_FMT_NONE16;
	step->error = error;
	step->verdict = match ? nic->rows[match->row].next.verdict : MDESC_REJECT;
	if (match && !error && step->verdict == MDESC_REJECT)
		step->error = nic->rows[match->row].next.code;
}

/* To enter, 2; false: not once more. */
static inline bool count_entry(struct mdesc_refnic *nic, const struct nic_state *state)
{
	const struct mdesc_fmt_register *r = state->shared;
	uint64_t n;

	if (!r)
		return ++nic->entries[state->counter] <= state->max;
	n = register_bits(nic->regs, r->bit, r->bits);
	if (n >= state->max)
		return false;
	set_register_bits(nic->regs, r->bit, r->bits, n + 1);
	return true;
}

/* Enter states until the parser stops; returns the last transition, or an error. */
static inline int parse(struct mdesc_refnic *nic, const struct nic_next **last)
{
	const struct nic_next *next = &nic->start;
	uint64_t key[2] = { 0, 0 };
	uint32_t outside;

	while (next->verdict == MDESC_GO) {
		const struct nic_state *state = &nic->states[next->state];
		const struct nic_match *match = NULL;
		uint32_t cursor = nic->cursor;
		int error = 0;

		if (!state->part && ++nic->steps > nic->steps_max)
			return MDESC_ERR_STEPS;
		if (state->max && !count_entry(nic, state)) {
			next = &state->otherwise;
			if (next->leave)
				leave_header(nic);
			continue;
		}
		get_key(nic, next->keys, key, &outside);
		if (outside & state->key_need) {
			error = MDESC_ERR_TRUNCATED;
		} else {
			match = look_up(state, key);
			error = match ? take_row(nic, &nic->rows[match->row]) : MDESC_ERR_NO_MATCH;
		}
		if (nic->trace)
			trace(nic, next, key, match, cursor, error);
		if (error)
			return error;
		next = &nic->rows[match->row].next;
		if (next->leave)
			leave_header(nic);
	}
	*last = next;
	return 0;
}

/* ---- classifications ---- */

static void classify(struct mdesc_refnic *nic, uint32_t idx)
{
	const struct nic_class *c = &nic->classes[idx];
	uint32_t i, k;

	memset(nic->class_key, 0, sizeof(nic->class_key));
	run_ops(nic, c->ops, c->op_count);
	nic->class_value[idx] = c->f->otherwise;
	for (i = 0; i < c->f->row_count; i++) {
		const struct mdesc_fmt_class_row *row = &c->rows[i];

		for (k = 0; k < sizeof(nic->class_key); k++)
			if ((nic->class_key[k] ^ row->value[k]) & row->mask[k])
				break;
		if (k < sizeof(nic->class_key))
			continue;
		nic->class_value[idx] = row->result;
		return;
	}
}

/* What follows when the parser has stopped, unless the packet is dropped. */
static void run_rules(struct mdesc_refnic *nic)
{
	uint32_t i;

	for (i = 0; i < nic->class_count; i++)
		classify(nic, i);
	if (nic->layout != MDESC_FMT_NONE16)
		run_ops(nic, nic->layouts[nic->layout].ops, nic->layouts[nic->layout].op_count);
}

static void reset(struct mdesc_refnic *nic, const void *packet, uint32_t len,
		  const uint64_t *sources)
{
	nic->packet = packet;
	nic->len = len;
	nic->cursor = 0;
	nic->end = len;
	nic->limited = false;
	nic->steps = 0;
	nic->error = 0;
	nic->layout = image_count(nic->img, TABLE_LAYOUTS) && nic->layouts[0].size ? 0 : MDESC_FMT_NONE16;
	nic->sources = sources ? sources : nic->zero_sources;
	nic->pending = false;
	nic->saved = false;
	nic->regs_pending = false;
	nic->undo_count = 0;
	nic->step_count = 0;
	memset(nic->regs, 0, sizeof(nic->regs));
	memset(nic->meta, 0, nic->meta_size);
	if (nic->marks)
		memset(nic->marked, 0, nic->meta_size);
	memset(nic->counts, 0, nic->header_count * sizeof(*nic->counts));
	if (nic->counters)
		memset(nic->entries, 0, nic->counters * sizeof(*nic->entries));
}

static void fill_result(const struct mdesc_refnic *nic, bool dropped,
			struct mdesc_refnic_result *filled)
{
	memset(filled, 0, sizeof(*filled));
	filled->dropped = dropped;
	filled->error = nic->error;
	filled->steps = nic->steps;
	filled->cursor = nic->cursor;
	filled->meta = nic->meta;
	if (nic->layout == MDESC_FMT_NONE16)
		return;
	filled->layout = &nic->img->layouts[nic->layout];
	filled->meta_size = dropped ? 0 : nic->layouts[nic->layout].size;
}

int mdesc_refnic__run(struct mdesc_refnic *nic, const void *packet, size_t len,
		      const uint64_t *sources, struct mdesc_refnic_result *res)
{
	struct mdesc_refnic_result filled;
	const struct nic_next *last = NULL;

	if (len > MDESC_PACKET_MAX)
		return -EINVAL;
	reset(nic, packet, len, sources);
	nic->error = parse(nic, &last);
	if (!last)
		discard(nic);
	else if (last->verdict == MDESC_REJECT)
		nic->error = last->code;
	if (!last || last->verdict != MDESC_DROP)
		run_rules(nic);
	fill_result(nic, last && last->verdict == MDESC_DROP, &filled);
	return info_copy(res, &filled, sizeof(filled));
}

/* ---- what the caller asks for afterwards ---- */

static int by_place(const void *a, const void *b)
{
	const struct mdesc_refnic_header *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	if (x->length != y->length)
		return x->length < y->length ? -1 : 1;
	return x->header != y->header ? (x->header < y->header ? -1 : 1) : (int)x->elem - (int)y->elem;
}

size_t mdesc_refnic__headers(struct mdesc_refnic *nic, const struct mdesc_refnic_header **hdrs)
{
	size_t n = 0;
	uint32_t h, i;

	for (h = 0; h < nic->header_count; h++) {
		if (nic->headers[h].kind != MDESC_KIND_HEADER && nic->headers[h].kind != MDESC_KIND_MARK)
			continue;
		for (i = 0; i < nic->counts[h]; i++) {
			const struct nic_record *rec = &nic->records[nic->headers[h].first + i];

			nic->out_headers[n++] = (struct mdesc_refnic_header){
				.name = mdesc_image__header_name(nic->img, h),
				.header = h,
				.elem = i,
				.offset = rec->offset,
				.length = rec->length,
			};
		}
	}
	qsort(nic->out_headers, n, sizeof(*nic->out_headers), by_place);
	*hdrs = nic->out_headers;
	return n;
}

size_t mdesc_refnic__trace(struct mdesc_refnic *nic, const struct mdesc_refnic_step **steps)
{
	*steps = nic->out_steps;
	return nic->step_count;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * New packets from one that was run: takes the machine as that left it, and its
 * trace. For each step, each row that could have been taken instead: the bytes
 * that were looked at become such that it is. For each header, other lengths, and
 * an end in the middle of it. Nothing here is relied upon: whatever comes out is a
 * packet.
 */
#include <stdlib.h>
#include <string.h>

#include "explore.h"

#define TRIES		24	/* to find a key that no row before takes */
#define STEPS_MAX	128u	/* of a packet, that others are made from */
#define TAIL		64u	/* bytes behind what is needed */

struct at {			/* a step of the packet that was run */
	struct explorer *e;
	const struct mdesc_refnic *nic;
	int side;
	const struct mdesc_refnic_step *step;
	size_t idx;
	const struct nic_keys *keys;
	uint64_t path;		/* of the rows before */
};

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9fb21c651e98df25ull;
	return h ^ h >> 29;
}

/* ---- writing into a packet ---- */

/* Room up to @len, of random bytes. */
static bool extend(struct explorer *e, struct probe *p, uint64_t len)
{
	uint8_t *data;

	if (len <= p->len)
		return true;
	if (len > EXPLORE_BYTES)
		return false;
	data = realloc(p->data, len + 1);
	if (!data) {
		e->failed = true;
		return false;
	}
	p->data = data;
	while (p->len < len)
		p->data[p->len++] = (uint8_t)explore_rand(e);
	return true;
}

static void put_byte(struct explorer *e, struct probe *p, int64_t at, uint8_t value, uint8_t mask)
{
	if (at < 0 || !extend(e, p, (uint64_t)at + 1))
		return;
	p->data[at] = (p->data[at] & ~mask) | (value & mask);
}

/* Some bits of a number that is written to a packet or a source. */
struct bits {
	uint64_t value, mask;
};

/* A number of @width bits from bit @bit on, the first of the wire being the most significant. */
static void put_bits(struct explorer *e, struct probe *p, uint64_t bit, uint32_t width, struct bits v)
{
	uint32_t i;

	for (i = 0; i < width; i++) {
		uint64_t at = bit + width - 1 - i;
		uint8_t mask = 0x80 >> at % 8;

		if (v.mask >> i & 1)
			put_byte(e, p, (int64_t)(at / 8), v.value >> i & 1 ? mask : 0, mask);
	}
}

/* The record that a step saw: of a stack's elements the last that began before. */
static const struct nic_record *record_of(const struct at *at, uint16_t header, uint8_t elem)
{
	const struct nic_record *rec, *found = NULL;
	uint32_t i;

	if (elem != MDESC_ELEM_LAST)
		return record_at(at->nic, header, elem);
	for (i = 0; i < at->nic->counts[header]; i++) {
		rec = record_at(at->nic, header, i);
		if (rec && rec->offset <= at->step->cursor)
			found = rec;
	}
	return found;
}

/* ---- registers ---- */

/* What has to be loaded so that behind the operations from @op to @set come these bits. */
static struct bits invert(const struct nic_op *op, const struct nic_op *set, struct bits v)
{
	const struct nic_op *o;

	for (o = set - 1; o > op; o--) {
		if (o->code == NIC_SHL) {
			v.value >>= o->imm;
			v.mask >>= o->imm;
		} else if (o->code == NIC_SHR) {
			v.value <<= o->imm;
			v.mask <<= o->imm;
		} else if (o->code == NIC_EQ && v.mask & 1) {
			v.value = v.value & 1 ? o->imm : o->imm ^ 1;
			v.mask = UINT64_MAX;
		}
	}
	return v;
}

static void put_operand(const struct at *at, struct probe *p, const struct nic_op *op, struct bits v)
{
	const struct nic_record *rec;
	uint64_t *source;

	if (op->operand == MDESC_OPERAND_SOURCE) {
		source = &p->sources[at->e->source_of[at->side][op->index]];
		*source = (*source & ~v.mask) | (v.value & v.mask);
	}
	if (op->operand != MDESC_OPERAND_PACKET)
		return;
	rec = record_of(at, op->index, op->elem);
	if (!rec)
		return;
	if (op->flags & NIC_OP_SWAP) {
		v.value = __builtin_bswap64(v.value) >> (64 - op->width);
		v.mask = __builtin_bswap64(v.mask) >> (64 - op->width);
	}
	put_bits(at->e, p, 8ull * (rec->offset + op->from + op->bytes) - op->shift - op->width, op->width, v);
}

/* Look for the last operation before the step that set the register, and change what it was set from. */
static void put_register(const struct at *at, struct probe *p, uint32_t bit, uint8_t value, uint8_t mask)
{
	size_t i = at->idx;

	while (i-- > 0) {
		uint32_t row = at->nic->out_steps[i].row, k;
		const struct nic_row *r = row != MDESC_FMT_NONE32 ? &at->nic->rows[row] : NULL;
		const struct nic_op *load = NULL;

		for (k = 0; r && k < r->op_count; k++) {
			const struct nic_op *o = &r->ops[k];
			uint32_t width = o->code == NIC_RAISE ? 1 : o->width;
			struct bits v = { value & mask, mask };

			if (o->code == NIC_LOAD)
				load = o;
			if ((o->code != NIC_SET && o->code != NIC_RAISE) || !load || o->from >= bit + 8 ||
			    o->from + width <= bit)
				continue;
			if (o->from >= bit) {
				v.value >>= o->from - bit;
				v.mask >>= o->from - bit;
			} else {
				v.value <<= bit - o->from;
				v.mask <<= bit - o->from;
			}
			put_operand(at, p, load, invert(load, o, v));
			return;
		}
	}
}

/* ---- another row ---- */

static void put_slot(const struct at *at, struct probe *p, unsigned int i, uint8_t value, uint8_t mask)
{
	const struct mdesc_fmt_keys *k = at->keys->f;
	const struct nic_record *rec;
	uint64_t *source;

	switch (k->kind[i]) {
	case MDESC_SLOT_PACKET:
		put_byte(at->e, p, (int64_t)at->step->cursor + k->off[i], value, mask);
		break;
	case MDESC_SLOT_HEADER:
		rec = record_of(at, k->index[i], k->elem[i]);
		if (rec)
			put_byte(at->e, p, (int64_t)rec->offset + k->off[i], value, mask);
		break;
	case MDESC_SLOT_SOURCE:
		source = &p->sources[at->e->source_of[at->side][k->index[i]]];
		*source = (*source & ~((uint64_t)mask << 8 * (k->off[i] & 7))) |
			  (uint64_t)(value & mask) << 8 * (k->off[i] & 7);
		break;
	case MDESC_SLOT_REGISTER:
		put_register(at, p, 8u * (uint32_t)k->off[i], value, mask);
		break;
	default:
		break;
	}
}

static bool matches(const struct nic_match *m, const uint64_t key[2])
{
	return !(((key[0] ^ m->value[0]) & m->mask[0]) | ((key[1] ^ m->value[1]) & m->mask[1]));
}

/* A key that row @want takes and none before; what it need not be stays as it was, at first. */
static void find_key(const struct at *at, const struct nic_state *s, uint32_t want, uint64_t key[2])
{
	const struct nic_match *m = &s->rows[want];
	uint32_t i;
	int tries, w;

	memcpy(key, at->step->key, 16);
	for (tries = 0; tries < TRIES; tries++) {
		for (w = 0; w < 2; w++) {
			if (tries)
				key[w] = explore_rand(at->e);
			if (tries % 3 == 1 && want)	/* beside a row before: one bit off */
				key[w] = s->rows[explore_rand(at->e) % want].value[w] ^
					 1ull << explore_rand(at->e) % 64;
			key[w] = (key[w] & ~m->mask[w]) | m->value[w];
		}
		for (i = 0; i < want && !matches(&s->rows[i], key); i++)
			;
		if (i == want)
			return;
	}
}

/* What the row will read at the cursor must be there. */
static void make_room(const struct at *at, struct probe *p, const struct nic_row *row)
{
	uint64_t need = at->step->cursor + TAIL;

	if (row->header != MDESC_FMT_NONE16)
		need += at->nic->headers[row->header].min + at->nic->headers[row->header].fixed;
	extend(at->e, p, need);
}

static void take_instead(const struct at *at, const struct nic_state *s, uint32_t want)
{
	const struct nic_match *m = &s->rows[want];
	struct probe *p;
	uint64_t key[2], mask[2] = { 0, 0 };
	uint8_t bytes[16], masks[16];
	uint32_t i;

	p = explore_push(at->e, !at->e->covered[at->side][m->row]);
	if (!p)
		return;
	make_room(at, p, &at->nic->rows[m->row]);
	find_key(at, s, want, key);
	for (i = 0; i <= want; i++) {
		mask[0] |= s->rows[i].mask[0];
		mask[1] |= s->rows[i].mask[1];
	}
	memcpy(bytes, key, 16);
	memcpy(masks, mask, 16);
	for (i = 0; i < at->keys->count; i++)
		if (masks[i])
			put_slot(at, p, i, bytes[i], masks[i]);
}

static void other_rows(const struct at *at)
{
	const struct nic_state *s = &at->nic->states[at->step->state];
	uint32_t i;

	for (i = 0; i < s->row_count && i < 4096 && !at->e->failed; i++) {
		uint64_t h = mix(mix(at->path, s->rows[i].row), 1 + (uint64_t)at->side);

		if (s->rows[i].row != at->step->row && probe_set_add(at->e, &at->e->tried, h))
			take_instead(at, s, i);
	}
}

/* A key that no row takes, where there is one. */
static void no_row(const struct at *at)
{
	const struct nic_state *s = &at->nic->states[at->step->state];
	struct probe *p;
	unsigned int i;

	if (!s->row_count || !(s->rows[s->row_count - 1].mask[0] | s->rows[s->row_count - 1].mask[1]) ||
	    !probe_set_add(at->e, &at->e->tried, mix(at->path, 0x100 + (uint64_t)at->side)))
		return;
	p = explore_push(at->e, false);
	for (i = 0; p && i < at->keys->count; i++)
		put_slot(at, p, i, (uint8_t)explore_rand(at->e), 0xff);
}

/* ---- lengths ---- */

/* The number in the packet that makes a header @length long; false: none. */
static bool number_for(const struct nic_header *h, int64_t length, uint64_t *v)
{
	int64_t number = length - h->len_const;

	if (number < 0)
		return false;
	*v = h->len_shift >= 0 ? (uint64_t)number >> h->len_shift : (uint64_t)number << -h->len_shift;
	return !(*v & ~(uint64_t)h->len_mask);
}

static void other_length(const struct at *at, const struct nic_header *h, int64_t length)
{
	struct probe *p;
	uint64_t v;

	if (!number_for(h, length, &v) ||
	    !probe_set_add(at->e, &at->e->tried, mix(mix(at->path, at->step->row), 0x10000 + (uint64_t)length)))
		return;
	p = explore_push(at->e, false);
	if (!p)
		return;
	extend(at->e, p, at->step->cursor + (uint64_t)length + TAIL);
	if (h->len_bytes == 2)
		put_byte(at->e, p, (int64_t)at->step->cursor + h->len_off, (uint8_t)(v >> 8),
			 (uint8_t)(h->len_mask >> 8));
	put_byte(at->e, p, (int64_t)at->step->cursor + h->len_off + h->len_bytes - 1, (uint8_t)v,
		 (uint8_t)h->len_mask);
}

static void other_lengths(const struct at *at)
{
	const struct nic_header *h;
	int64_t step;

	if (at->step->row == MDESC_FMT_NONE32 || at->nic->rows[at->step->row].header == MDESC_FMT_NONE16)
		return;
	h = &at->nic->headers[at->nic->rows[at->step->row].header];
	if (!h->var || h->kind != MDESC_KIND_HEADER)
		return;
	step = h->len_shift > 0 ? 1ll << h->len_shift : 1;
	other_length(at, h, h->min);
	other_length(at, h, h->min + step);
	other_length(at, h, h->max);
	other_length(at, h, ((int64_t)h->min + h->max) / 2 / step * step);
	other_length(at, h, (int64_t)h->min - step);
	other_length(at, h, (int64_t)h->max + step);
}

static void cut_at(const struct at *at, uint64_t len)
{
	struct probe *p;

	if (len >= at->e->now.len || !probe_set_add(at->e, &at->e->tried, mix(mix(at->path, at->step->row), ~len)))
		return;
	p = explore_push(at->e, false);
	if (p)
		p->len = (uint32_t)len;
}

/* In front of what the step looks at, within it, and within the header behind it. */
static void cuts(const struct at *at)
{
	const struct nic_header *h;

	cut_at(at, at->step->cursor);
	if (at->keys->count)
		cut_at(at, at->step->cursor + (uint64_t)(at->keys->last > 0 ? at->keys->last : 0));
	if (at->step->row == MDESC_FMT_NONE32 || at->nic->rows[at->step->row].header == MDESC_FMT_NONE16)
		return;
	h = &at->nic->headers[at->nic->rows[at->step->row].header];
	if (h->fixed)
		cut_at(at, at->step->cursor + h->fixed - 1u);
	cut_at(at, at->step->cursor + h->fixed);
}

/* ---- all steps ---- */

/* The keys that a state was entered with: those of the row before, or of a state that could not be entered. */
static const struct nic_keys *keys_of(const struct mdesc_refnic *nic, const struct nic_next *next, uint16_t state)
{
	int i;

	for (i = 0; i < 64 && next->verdict == MDESC_GO; i++) {
		if (next->state == state)
			return next->keys;
		next = &nic->states[next->state].otherwise;
	}
	return NULL;
}

void explore_steps(struct explorer *e, int side)
{
	const struct mdesc_refnic *nic = e->nic[side];
	struct at at = { .e = e, .nic = nic, .side = side, .path = 0x1234 };
	const struct nic_next *next = &nic->start;

	for (at.idx = 0; at.idx < nic->step_count && at.idx < STEPS_MAX && !e->failed; at.idx++) {
		at.step = &nic->out_steps[at.idx];
		at.keys = keys_of(nic, next, at.step->state);
		if (!at.keys)
			return;
		other_rows(&at);
		no_row(&at);
		other_lengths(&at);
		cuts(&at);
		if (at.step->row == MDESC_FMT_NONE32)
			return;
		at.path = mix(at.path, at.step->row);
		next = &nic->rows[at.step->row].next;
	}
}

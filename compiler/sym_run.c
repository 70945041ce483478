/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A packet through tables, as format.h has it: the judge of what the search finds.
 * Plain and slow; knows nothing of the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "sym.h"

struct record { int64_t at, length, known; };	/* length below 0: not there */

struct machine {
	const struct sym_tables *t;
	const struct sym_packet *p;
	struct record *records, *old_records;
	uint32_t *first;		/* by header */
	uint32_t *counts, *old_counts, *entries;
	uint32_t n_records;
	int64_t cursor, end, old_cursor, old_end;
	bool limited, old_limited, pending, regs_pending;
	uint32_t layout, old_layout, steps;
	uint8_t meta[MDESC_FMT_META_MAX + 16], marked[MDESC_FMT_META_MAX + 16];
	uint8_t old_meta[MDESC_FMT_META_MAX + 16], old_marked[MDESC_FMT_META_MAX + 16];
	uint8_t regs[MDESC_FMT_REGS_MAX + 8], new_regs[MDESC_FMT_REGS_MAX + 8];
	uint8_t key[MDESC_FMT_KEY_MAX + 8];
	uint64_t *classes;
	int error;
	bool rules;
};

static struct record *record_at(struct machine *m, uint32_t header, uint32_t elem)
{
	const struct mdesc_fmt_header *h = &m->t->headers[header];
	uint32_t last = h->kind == MDESC_KIND_PART ? h->of : header;
	struct record *r;

	if (elem == MDESC_ELEM_LAST)
		elem = m->counts[last] - 1;
	if (elem >= m->counts[header])
		return NULL;
	r = &m->records[m->first[header] + elem];
	return r->length >= 0 ? r : NULL;
}

static uint64_t source(const struct machine *m, uint32_t i)
{
	uint32_t bits = m->t->sources[i].bits, id = m->t->source_id ? m->t->source_id[i] : i;
	uint64_t v = id < m->p->n_sources ? m->p->sources[id] : 0;

	return bits < 64 ? v & ((1ull << bits) - 1) : v;
}

static uint64_t get_bits(const uint8_t *p, uint32_t bit, uint32_t n)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < n; i++)
		v |= (uint64_t)(p[(bit + i) / 8] >> (bit + i) % 8 & 1) << i;
	return v;
}

static void put_bits(uint8_t *p, uint32_t bit, uint32_t n, uint64_t v)
{
	for (uint32_t i = 0; i < n; i++) {
		uint8_t mask = (uint8_t)(1u << (bit + i) % 8);

		p[(bit + i) / 8] = (uint8_t)(v >> i & 1 ? p[(bit + i) / 8] | mask : p[(bit + i) / 8] & ~mask);
	}
}

/* ---- operations ---- */

static uint64_t packet_bits(const struct machine *m, const struct mdesc_fmt_op *op, const struct record *r)
{
	uint64_t v = 0, swapped = 0;

	for (uint32_t i = 0; i < op->width; i++) {
		uint64_t bit = 8 * (uint64_t)r->at + op->bit + i;

		v = v << 1 | (bit / 8 < m->p->len ? m->p->data[bit / 8] >> (7 - bit % 8) & 1 : 0);
	}
	if (op->order != MDESC_ORDER_LE)
		return v;
	for (uint32_t i = 0; i < op->width; i += 8)
		swapped = swapped << 8 | (v >> i & 0xff);
	return swapped;
}

static bool operand(struct machine *m, const struct mdesc_fmt_op *op, uint64_t *v)
{
	const struct record *r;

	switch (op->operand) {
	case MDESC_OPERAND_CONST:
		*v = op->imm;
		return true;
	case MDESC_OPERAND_SOURCE:
		*v = source(m, op->index);
		return true;
	case MDESC_OPERAND_PRESENT:
		*v = record_at(m, op->index, op->elem) != NULL;
		return true;
	case MDESC_OPERAND_COUNT:
		*v = m->counts[op->index];
		return true;
	case MDESC_OPERAND_PKTLEN:
		*v = m->p->len & 0xffff;
		return true;
	case MDESC_OPERAND_ERROR:
		*v = (uint64_t)m->error;
		return true;
	case MDESC_OPERAND_TRUNCATED:
		*v = m->error == MDESC_ERR_TRUNCATED;
		return true;
	case MDESC_OPERAND_REMAINING:
		*v = (uint64_t)(m->end - m->cursor);
		return m->limited;
	case MDESC_OPERAND_CLASS:
		*v = m->classes[op->index];
		return true;
	case MDESC_OPERAND_REGISTER:
		*v = get_bits(m->regs, op->bit, op->width);
		return true;
	default:
		r = record_at(m, op->index, op->elem);
		if (!r)
			return false;
		*v = op->operand == MDESC_OPERAND_OFFSET ? (uint64_t)r->at & 0xffff :
		     op->operand == MDESC_OPERAND_LENGTH ? (uint64_t)r->length & 0xffff : packet_bits(m, op, r);
		return true;
	}
}

static void store(struct machine *m, const struct mdesc_fmt_op *op, uint64_t v)
{
	bool swap = op->order == MDESC_ORDER_BE || op->order == MDESC_ORDER_RAW;

	for (uint32_t i = 0; i < op->width; i++) {
		uint32_t bit = op->shift + i, byte = bit / 8;
		uint8_t *to, *mark, mask = (uint8_t)(1u << bit % 8);

		if (byte >= op->bytes)
			return;
		byte = op->bit / 8 + (swap ? op->bytes - 1u - byte : byte);
		to = &m->meta[byte];
		mark = &m->marked[byte];
		if (m->rules && *mark & mask)
			continue;
		*to = (uint8_t)(v >> i & 1 ? *to | mask : *to & ~mask);
		if (!m->rules)
			*mark |= mask;
	}
}

static void set_reg(struct machine *m, const struct mdesc_fmt_op *op, uint64_t v)
{
	if (!m->regs_pending)
		memcpy(m->new_regs, m->regs, sizeof(m->regs));
	m->regs_pending = true;
	if (op->op == MDESC_OP_SET)
		put_bits(m->new_regs, op->bit, op->width, v);
	else if (v & 1)
		put_bits(m->new_regs, op->bit, 1, 1);
}

static void run_ops(struct machine *m, uint32_t first, uint32_t n)
{
	uint64_t acc = 0, v;
	bool valid = false;

	for (uint32_t i = 0; i < n; i++) {
		const struct mdesc_fmt_op *op = &m->t->ops[first + i];

		v = 0;
		if (op->op == MDESC_OP_LOAD) {
			acc = 0;
			valid = operand(m, op, &acc);
		} else if (op->op == MDESC_OP_ADD || op->op == MDESC_OP_SUB) {
			valid &= operand(m, op, &v);
			acc = op->op == MDESC_OP_ADD ? acc + v : acc - v;
		} else if (op->op == MDESC_OP_AND) {
			acc &= op->imm;
		} else if (op->op == MDESC_OP_SHL) {
			acc <<= op->imm & 63;
		} else if (op->op == MDESC_OP_SHR) {
			acc >>= op->imm & 63;
		} else if (op->op == MDESC_OP_EQ) {
			acc = acc == op->imm;
		} else if (!valid) {
			continue;
		} else if (op->op == MDESC_OP_STORE) {
			store(m, op, acc);
		} else if (op->op == MDESC_OP_KEY) {
			put_bits(m->key, op->bit, op->width, acc);
		} else {
			set_reg(m, op, acc);
		}
	}
}

/* ---- rows ---- */

static int too_long(const struct machine *m)
{
	return m->limited ? MDESC_ERR_BAD_LENGTH : MDESC_ERR_TRUNCATED;
}

static int64_t var_length(const struct machine *m, const struct mdesc_fmt_row *row, int64_t at)
{
	const struct mdesc_fmt_header *h = &m->t->headers[row->header];
	uint64_t v = 0;

	if (row->flags & MDESC_ROW_LENGTH)
		return row->length == MDESC_FMT_NONE16 ? -1 : row->length;
	for (uint32_t i = 0; i < h->len_bytes; i++)
		v = v << 8 | (at + h->len_off + i < m->p->len ? m->p->data[at + h->len_off + i] : 0);
	v &= h->len_mask;
	return (int64_t)h->len_const + (int64_t)(h->len_shift >= 0 ? v << h->len_shift : v >> -h->len_shift);
}

static int record_header(struct machine *m, const struct mdesc_fmt_row *row)
{
	const struct mdesc_fmt_header *h = &m->t->headers[row->header];
	int64_t length = h->fixed;
	uint32_t elem = h->capacity ? m->counts[row->header] : 0;

	if (length > m->end - m->cursor)
		return too_long(m);
	if (h->flags & MDESC_HEADER_VAR) {
		length = var_length(m, row, m->cursor);
		if (length < h->min || length > h->max)
			return MDESC_ERR_BAD_LENGTH;
		if (length > m->end - m->cursor)
			return too_long(m);
	}
	if (h->capacity && elem >= h->capacity)
		return MDESC_ERR_LOOP;
	m->counts[row->header] = elem + 1;
	m->records[m->first[row->header] + elem] = (struct record){ m->cursor, length, h->fixed };
	m->cursor += length;
	return 0;
}

static int record_part(struct machine *m, uint32_t header)
{
	const struct mdesc_fmt_header *h = &m->t->headers[header], *base = &m->t->headers[h->of];
	uint32_t elem = m->counts[h->of] - 1;
	struct record *of;

	if (!m->counts[h->of])
		return MDESC_ERR_BAD_LENGTH;
	of = &m->records[m->first[h->of] + elem];
	if (base->flags & MDESC_HEADER_VAR && of->length - of->known < h->fixed)
		return MDESC_ERR_BAD_LENGTH;
	if (!(base->flags & MDESC_HEADER_VAR) && h->fixed > m->end - m->cursor)
		return too_long(m);
	for (; m->counts[header] < elem; m->counts[header]++)
		m->records[m->first[header] + m->counts[header]].length = -1;
	if (m->counts[header] <= elem)
		m->counts[header] = elem + 1;
	m->records[m->first[header] + elem] = (struct record){
		base->flags & MDESC_HEADER_VAR ? of->at + of->known : m->cursor, h->fixed, h->fixed };
	of->known += h->fixed;
	if (!(base->flags & MDESC_HEADER_VAR)) {
		of->length += h->fixed;
		m->cursor += h->fixed;
	}
	return 0;
}

static int advance(struct machine *m, const struct mdesc_fmt_row *row)
{
	const struct mdesc_fmt_header *h = &m->t->headers[row->header];
	const struct record *r;
	int64_t length = h->fixed;

	if (h->flags & MDESC_HEADER_VAR) {
		r = record_at(m, h->of, h->of_elem);
		if (!r)
			return MDESC_ERR_BAD_LENGTH;
		length = var_length(m, row, r->at);
		if (length < h->min || length > h->max)
			return MDESC_ERR_BAD_LENGTH;
	}
	if (length > m->end - m->cursor)
		return too_long(m);
	m->cursor += length;
	return 0;
}

static void leave(struct machine *m)
{
	if (m->limited)
		m->cursor = m->end;
	m->end = m->p->len;
	m->limited = false;
}

static int record(struct machine *m, const struct mdesc_fmt_row *row)
{
	const struct mdesc_fmt_header *h = &m->t->headers[row->header];
	uint32_t to = h->kind == MDESC_KIND_MARK ? h->of : row->header;

	switch (h->kind) {
	case MDESC_KIND_HEADER:
		return record_header(m, row);
	case MDESC_KIND_PART:
		return record_part(m, row->header);
	case MDESC_KIND_ADVANCE:
		return advance(m, row);
	case MDESC_KIND_LEAVE:
		leave(m);
		return 0;
	case MDESC_KIND_PEEK:
		if (h->fixed > m->end - m->cursor)
			return too_long(m);
	}
	m->counts[to] = 1;
	m->records[m->first[to]] = h->kind == MDESC_KIND_MARK ?
		(struct record){ (m->cursor + h->ahead) & 0xffff, 0, 0 } :
		(struct record){ m->cursor, h->fixed, h->fixed };
	return 0;
}

/* What is pending is undone by going back to this. */
static void hold(struct machine *m)
{
	if (m->pending)
		return;
	m->pending = true;
	memcpy(m->old_records, m->records, m->n_records * sizeof(*m->records));
	memcpy(m->old_counts, m->counts, m->t->n_headers * sizeof(*m->counts));
	memcpy(m->old_meta, m->meta, sizeof(m->meta));
	memcpy(m->old_marked, m->marked, sizeof(m->marked));
	m->old_cursor = m->cursor;
	m->old_end = m->end;
	m->old_limited = m->limited;
	m->old_layout = m->layout;
}

static void discard(struct machine *m)
{
	m->regs_pending = false;
	if (!m->pending)
		return;
	m->pending = false;
	memcpy(m->records, m->old_records, m->n_records * sizeof(*m->records));
	memcpy(m->counts, m->old_counts, m->t->n_headers * sizeof(*m->counts));
	memcpy(m->meta, m->old_meta, sizeof(m->meta));
	memcpy(m->marked, m->old_marked, sizeof(m->marked));
	m->cursor = m->old_cursor;
	m->end = m->old_end;
	m->limited = m->old_limited;
	m->layout = m->old_layout;
}

static void commit(struct machine *m)
{
	m->pending = false;
	if (m->regs_pending)
		memcpy(m->regs, m->new_regs, sizeof(m->regs));
	m->regs_pending = false;
}

static int take_row(struct machine *m, const struct mdesc_fmt_row *row)
{
	const struct record *r;
	int err;

	hold(m);
	err = row->header != MDESC_FMT_NONE16 ? record(m, row) : 0;
	if (err)
		return err;
	if (row->layout != MDESC_FMT_NONE16)
		m->layout = row->layout;
	run_ops(m, row->op_first, row->op_count);
	if (row->flags & MDESC_ROW_ABORT)
		discard(m);
	else if (!(row->flags & MDESC_ROW_HOLD))
		commit(m);
	r = row->flags & MDESC_ROW_WITHIN ? record_at(m, row->within, row->within_elem) : NULL;
	if (r) {
		m->cursor = r->at + r->known;
		m->end = r->at + r->length;
		m->limited = true;
	}
	return 0;
}

/* ---- states ---- */

static bool slot(struct machine *m, const struct mdesc_fmt_keys *k, uint32_t i, uint8_t *byte)
{
	int64_t at = m->cursor + k->off[i];
	const struct record *r;

	*byte = 0;
	switch (k->kind[i]) {
	case MDESC_SLOT_REGISTER:
		*byte = m->regs[k->off[i]];
		return true;
	case MDESC_SLOT_SOURCE:
		*byte = (uint8_t)(source(m, k->index[i]) >> 8 * (k->off[i] & 7));
		return true;
	case MDESC_SLOT_REMAINING:
		*byte = (uint8_t)(m->limited ? (m->end - m->cursor) >> (k->off[i] ? 0 : 8) : 0);
		return true;
	case MDESC_SLOT_HEADER:
		r = record_at(m, k->index[i], k->elem[i]);
		at = r ? r->at + k->off[i] : -1;
		break;
	default:
		if (m->limited && at >= m->end)
			return true;
	}
	if (at < 0 || at >= m->p->len)
		return false;
	*byte = m->p->data[at];
	return true;
}

static const struct mdesc_fmt_row *look_up(const struct sym_tables *t, uint32_t state, const uint8_t *key)
{
	for (uint32_t i = 0; i < t->n_rows; i++) {
		const struct mdesc_fmt_row *r = &t->rows[i];
		uint32_t k = 0;

		if ((state ^ r->state) & r->state_mask)
			continue;
		while (k < MDESC_FMT_KEY_MAX && !((key[k] ^ r->key_value[k]) & r->key_mask[k]))
			k++;
		if (k == MDESC_FMT_KEY_MAX)
			return r;
	}
	return NULL;
}

static bool count_entry(struct machine *m, uint32_t state)
{
	const struct mdesc_fmt_state *s = &m->t->states[state];
	const struct mdesc_fmt_register *r;
	uint64_t n;

	if (!s->max)
		return true;
	if (!s->counter) {
		if (m->entries[state] >= s->max)
			return false;
		m->entries[state]++;
		return true;
	}
	r = &m->t->registers[s->counter - 1];
	n = get_bits(m->regs, r->bit, r->bits);
	if (n < s->max)
		put_bits(m->regs, r->bit, r->bits, n + 1);
	return n < s->max;
}

/* 0 with the last transition, or an error. */
static int parse(struct machine *m, struct mdesc_fmt_next *next)
{
	const struct sym_tables *t = m->t;

	*next = t->start;
	while (next->verdict == MDESC_GO) {
		const struct mdesc_fmt_state *s = &t->states[next->state];
		const struct mdesc_fmt_row *row = NULL;
		uint8_t key[MDESC_FMT_KEY_MAX] = { 0 };
		uint32_t outside = 0;
		int err;

		if (!(s->flags & (MDESC_STATE_PART | MDESC_STATE_PASS)) && ++m->steps > t->steps)
			return MDESC_ERR_STEPS;
		if (count_entry(m, next->state)) {
			for (uint32_t i = 0; i < t->keys[next->keys].count; i++)
				outside |= slot(m, &t->keys[next->keys], i, &key[i]) ? 0 : 1u << i;
			if (outside & s->key_need)
				return MDESC_ERR_TRUNCATED;
			row = look_up(t, next->state, key);
			err = row ? take_row(m, row) : MDESC_ERR_NO_MATCH;
			if (err)
				return err;
		}
		*next = row ? row->next : s->otherwise;
		if (next->flags & MDESC_NEXT_LEAVE)
			leave(m);
	}
	return 0;
}

static void classify(struct machine *m, uint32_t idx)
{
	const struct mdesc_fmt_class *c = &m->t->classes[idx];

	memset(m->key, 0, sizeof(m->key));
	run_ops(m, c->op_first, c->op_count);
	m->classes[idx] = c->otherwise;
	for (uint32_t i = 0; i < c->row_count; i++) {
		const struct mdesc_fmt_class_row *row = &m->t->class_rows[c->row_first + i];
		uint32_t k = 0;

		while (k < MDESC_FMT_KEY_MAX && !((m->key[k] ^ row->value[k]) & row->mask[k]))
			k++;
		if (k < MDESC_FMT_KEY_MAX)
			continue;
		m->classes[idx] = row->result;
		return;
	}
}

static void headers(struct machine *m, struct sym_result *res, uint32_t room)
{
	for (uint32_t h = 0; h < m->t->n_headers; h++) {
		if (m->t->headers[h].kind != MDESC_KIND_HEADER && m->t->headers[h].kind != MDESC_KIND_MARK)
			continue;
		for (uint32_t i = 0; i < m->counts[h]; i++) {
			const struct record *r = &m->records[m->first[h] + i];

			if (res->n_headers < room)
				res->headers[res->n_headers] = (struct sym_header){ h, i, (uint32_t)r->at,
										     (uint32_t)r->length };
			res->n_headers++;
		}
	}
}

static bool set_up(struct machine *m)
{
	const struct sym_tables *t = m->t;

	m->first = calloc((size_t)t->n_headers + 1, sizeof(*m->first));
	m->counts = calloc((size_t)t->n_headers + 1, sizeof(*m->counts));
	m->old_counts = calloc((size_t)t->n_headers + 1, sizeof(*m->counts));
	m->entries = calloc((size_t)t->n_states + 1, sizeof(*m->entries));
	m->classes = calloc((size_t)t->n_classes + 1, sizeof(*m->classes));
	for (uint32_t h = 0; m->first && h < t->n_headers; h++) {
		m->first[h] = m->n_records;
		m->n_records += t->headers[h].capacity ? t->headers[h].capacity : 1;
	}
	m->records = calloc((size_t)m->n_records + 1, sizeof(*m->records));
	m->old_records = calloc((size_t)m->n_records + 1, sizeof(*m->records));
	return m->first && m->counts && m->old_counts && m->entries && m->classes && m->records && m->old_records;
}

static void run(struct machine *m, struct sym_result *res, uint32_t room)
{
	const struct sym_tables *t = m->t;
	struct mdesc_fmt_next last;

	m->end = m->p->len;
	m->layout = t->n_layouts && t->layouts[0].size ? 0 : MDESC_FMT_NONE32;
	m->error = parse(m, &last);
	if (m->error)
		discard(m);
	else if (last.verdict == MDESC_REJECT)
		m->error = last.code;
	res->dropped = last.verdict == MDESC_DROP;
	res->error = (uint16_t)m->error;
	res->layout = m->layout;
	headers(m, res, room);
	if (res->dropped)
		return;
	m->rules = true;
	for (uint32_t i = 0; i < t->n_classes; i++)
		classify(m, i);
	if (m->layout == MDESC_FMT_NONE32)
		return;
	run_ops(m, t->layouts[m->layout].op_first, t->layouts[m->layout].op_count);
	res->meta_size = t->layouts[m->layout].size;
	memcpy(res->meta, m->meta, sizeof(res->meta));
}

bool sym_run(const struct sym_tables *t, const struct sym_packet *packet, struct sym_result *res, uint32_t room)
{
	struct machine *m = calloc(1, sizeof(*m));
	struct sym_header *to = res->headers;
	bool ok;

	if (!m)
		return false;
	memset(res, 0, sizeof(*res));
	res->headers = to;
	m->t = t;
	m->p = packet;
	ok = set_up(m);
	if (ok)
		run(m, res, room);
	free(m->first);
	free(m->counts);
	free(m->old_counts);
	free(m->entries);
	free(m->classes);
	free(m->records);
	free(m->old_records);
	free(m);
	return ok;
}

/* ---- comparing ---- */

static uint32_t id_of(const uint32_t *ids, uint32_t i)
{
	return ids && i != MDESC_FMT_NONE32 ? ids[i] : i;
}

static bool same_headers(const struct sym_tables *a, const struct sym_result *x, const struct sym_tables *b,
			 const struct sym_result *y, bool names_only)
{
	if (x->n_headers != y->n_headers)
		return false;
	for (uint32_t i = 0; i < x->n_headers; i++) {
		const struct sym_header *h = &x->headers[i];
		uint32_t k = 0;

		while (k < y->n_headers &&
		       (id_of(a->header_id, h->header) != id_of(b->header_id, y->headers[k].header) ||
			h->elem != y->headers[k].elem))
			k++;
		if (k == y->n_headers || (!names_only && (h->offset != y->headers[k].offset ||
							  h->length != y->headers[k].length)))
			return false;
	}
	return true;
}

static bool same_bit(const struct sym_result *x, uint32_t i, const struct sym_result *y, uint32_t k)
{
	return (x->meta[i / 8] >> i % 8 & 1) == (y->meta[k / 8] >> k % 8 & 1);
}

bool sym_same(const struct sym_tables *a, const struct sym_result *x, const struct sym_tables *b,
	      const struct sym_result *y, const struct sym_opts *opts)
{
	if (x->dropped != y->dropped || x->error != y->error)
		return false;
	if (x->dropped)
		return true;
	if (id_of(a->layout_id, x->layout) != id_of(b->layout_id, y->layout) ||
	    !same_headers(a, x, b, y, opts && opts->names_only))
		return false;
	if (!opts || !opts->match)
		return x->meta_size == y->meta_size && !memcmp(x->meta, y->meta, x->meta_size);
	for (uint32_t i = 0; i < opts->n_match; i++) {
		if (opts->match[i].layout[0] != x->layout || opts->match[i].layout[1] != y->layout)
			continue;
		for (uint32_t k = 0; k < opts->match[i].n_bits; k++)
			if (!same_bit(x, opts->match[i].bits[k].bit[0], y, opts->match[i].bits[k].bit[1]))
				return false;
	}
	return true;
}

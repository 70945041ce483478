/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * refnic against the slowest way to read the tables: a machine that does what
 * format.h says bit by bit, on the entries as they lie in the image.
 *
 * The images are the sample with random operations, rows, states and keys, as
 * far as they open. MDESC_REFNIC_SEED chooses others; the seed is printed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mdesc/mdesc.h>

#include "fuzz.h"
#include "imgbuild.h"
#include "tap.h"

#define META	MDESC_FMT_META_MAX
#define HEADERS	8
#define ELEMS	16

static uint64_t random_state;

static uint32_t rnd(void)
{
	return fuzz_next(&random_state) >> 16;
}

static uint32_t below(uint32_t n)
{
	return rnd() % n;
}

/* ---- the machine of format.h ---- */

struct regs {
	uint8_t meta[META];
	uint8_t written[META];
	uint32_t offset[HEADERS][ELEMS], length[HEADERS][ELEMS], known[HEADERS][ELEMS];
	bool there[HEADERS][ELEMS];
	uint32_t count[HEADERS];
	uint32_t cursor;
	int64_t limit;			/* -1: none */
	uint16_t layout;
	uint8_t bits[8 * MDESC_FMT_REGS_MAX];	/* of the registers, one a byte */
};

struct machine {
	const struct mdesc_fmt_target *target;
	const struct mdesc_fmt_header *headers;
	const struct mdesc_fmt_register *registers;
	const struct mdesc_fmt_state *states;
	const struct mdesc_fmt_keys *keys;
	const struct mdesc_fmt_row *rows;
	const struct mdesc_fmt_op *ops;
	const struct mdesc_fmt_source *sources;
	const struct mdesc_fmt_layout *layouts;
	uint32_t row_count;
	const uint8_t *packet;
	size_t len;
	const uint64_t *values;
	const struct mdesc_fmt_class *classes;
	const struct mdesc_fmt_class_row *class_rows;
	uint32_t class_count;
	uint64_t class_value[4];
	uint8_t class_key[8 * MDESC_FMT_KEY_MAX];	/* one bit a byte */
	struct regs now;		/* with what is pending */
	struct regs committed;
	uint32_t entries[16];
	uint32_t steps;
	int error;
	bool dropped;
};

static const void *table(const struct mdesc_image *img, const char *name, uint32_t *count)
{
	MDESC_INFO(mdesc_section_info, sec);

	if (mdesc_image__section_by_name(img, name, &sec))
		abort();
	if (count)
		*count = sec.entries;
	return (const uint8_t *)sec.data + sizeof(struct mdesc_fmt_table);
}

static void machine_init(struct machine *m, const struct mdesc_image *img)
{
	memset(m, 0, sizeof(*m));
	m->target = table(img, MDESC_SEC_TARGET, NULL);
	m->headers = table(img, MDESC_SEC_HEADERS, NULL);
	m->classes = table(img, MDESC_SEC_CLASSES, &m->class_count);
	m->class_rows = table(img, MDESC_SEC_CLASS_ROWS, NULL);
	m->registers = table(img, MDESC_SEC_REGISTERS, NULL);
	m->states = table(img, MDESC_SEC_STATES, NULL);
	m->keys = table(img, MDESC_SEC_KEYS, NULL);
	m->rows = table(img, MDESC_SEC_ROWS, &m->row_count);
	m->ops = table(img, MDESC_SEC_OPS, NULL);
	m->sources = table(img, MDESC_SEC_SOURCES, NULL);
	m->layouts = table(img, MDESC_SEC_LAYOUTS, NULL);
}

/* The element that an operand names; -1: not recorded. */
static int element(const struct machine *m, const struct mdesc_fmt_op *op)
{
	const struct mdesc_fmt_header *h = &m->headers[op->index];
	int elem = op->elem;

	if (elem == MDESC_ELEM_LAST)
		elem = (int)m->now.count[h->kind == MDESC_KIND_PART ? h->of : op->index] - 1;
	return elem >= 0 && elem < ELEMS && m->now.there[op->index][elem] ? elem : -1;
}

static uint64_t packet_bits(const struct machine *m, const struct mdesc_fmt_op *op, int elem)
{
	uint32_t first = 8 * m->now.offset[op->index][elem] + op->bit, i;
	uint64_t v = 0, r = 0;

	for (i = first; i < first + op->width; i++)
		v = v << 1 | ((m->packet[i / 8] >> (7 - i % 8)) & 1);
	if (op->order != MDESC_ORDER_LE)
		return v;
	for (i = 0; i < op->width; i += 8)
		r = r << 8 | ((v >> i) & 0xff);
	return r;
}

static bool operand(const struct machine *m, const struct mdesc_fmt_op *op, uint64_t *v)
{
	bool has_element = op->operand >= MDESC_OPERAND_PACKET && op->operand <= MDESC_OPERAND_PRESENT;
	int elem = has_element ? element(m, op) : 0;
	uint32_t i;

	*v = 0;
	if (op->operand == MDESC_OPERAND_PRESENT) {
		*v = elem >= 0;
		return true;
	}
	if (elem < 0)
		return false;
	switch (op->operand) {
	case MDESC_OPERAND_CONST:
		*v = op->imm;
		break;
	case MDESC_OPERAND_SOURCE:
		*v = m->values[op->index];
		if (m->sources[op->index].bits < 64)
			*v %= 1ull << m->sources[op->index].bits;
		break;
	case MDESC_OPERAND_PACKET:
		*v = packet_bits(m, op, elem);
		break;
	case MDESC_OPERAND_OFFSET:
		*v = m->now.offset[op->index][elem];
		break;
	case MDESC_OPERAND_LENGTH:
		*v = m->now.length[op->index][elem];
		break;
	case MDESC_OPERAND_COUNT:
		*v = m->now.count[op->index];
		break;
	case MDESC_OPERAND_PKTLEN:
		*v = m->len % 65536;
		break;
	case MDESC_OPERAND_REMAINING:
		*v = m->now.limit - m->now.cursor;
		return m->now.limit >= 0;
	case MDESC_OPERAND_ERROR:
		*v = m->error;
		break;
	case MDESC_OPERAND_TRUNCATED:
		*v = m->error == MDESC_ERR_TRUNCATED;
		break;
	case MDESC_OPERAND_REGISTER:
		for (i = op->width; i-- > 0;)
			*v = *v << 1 | m->committed.bits[op->bit + i];
		break;
	case MDESC_OPERAND_CLASS:
		*v = m->class_value[op->index];
		break;
	}
	return true;
}

static void store(struct machine *m, const struct mdesc_fmt_op *op, uint64_t acc, bool rules)
{
	uint32_t i;

	for (i = 0; i < op->width; i++) {
		uint32_t bit = op->shift + i, byte = bit / 8;
		uint32_t at = op->bit / 8 + (op->order >= MDESC_ORDER_BE ? op->bytes - 1 - byte : byte);
		uint8_t mask = 1 << (bit % 8);

		if (rules && (m->now.written[at] & mask))
			continue;
		if (!rules)
			m->now.written[at] |= mask;
		m->now.meta[at] &= ~mask;
		if ((acc >> i) & 1)
			m->now.meta[at] |= mask;
	}
}

static void run_ops(struct machine *m, uint32_t first, uint32_t count, bool rules)
{
	uint64_t acc = 0, v;
	bool valid = false;
	uint32_t i, j;

	for (i = first; i < first + count; i++) {
		const struct mdesc_fmt_op *op = &m->ops[i];

		switch (op->op) {
		case MDESC_OP_LOAD:
			valid = operand(m, op, &acc);
			break;
		case MDESC_OP_ADD:
		case MDESC_OP_SUB:
			valid &= operand(m, op, &v);
			acc = op->op == MDESC_OP_ADD ? acc + v : acc - v;
			break;
		case MDESC_OP_AND:
			acc &= op->imm;
			break;
		case MDESC_OP_SHL:
			acc <<= op->imm;
			break;
		case MDESC_OP_SHR:
			acc >>= op->imm;
			break;
		case MDESC_OP_EQ:
			acc = acc == op->imm;
			break;
		case MDESC_OP_STORE:
			if (valid)
				store(m, op, acc, rules);
			break;
		case MDESC_OP_SET:
			for (j = 0; valid && j < op->width; j++)
				m->now.bits[op->bit + j] = acc >> j & 1;
			break;
		case MDESC_OP_KEY:
			for (j = 0; valid && j < op->width; j++)
				m->class_key[op->bit + j] = acc >> j & 1;
			break;
		case MDESC_OP_RAISE:
			m->now.bits[op->bit] |= valid && (acc & 1);
			break;
		}
	}
}

/* What must be at the cursor: 0, or the error. */
static int at_cursor(const struct machine *m, uint64_t bytes)
{
	if (m->now.limit >= 0)
		return m->now.cursor + bytes > (uint64_t)m->now.limit ? MDESC_ERR_BAD_LENGTH : 0;
	return m->now.cursor + bytes > m->len ? MDESC_ERR_TRUNCATED : 0;
}

/* The length that a row gives, or that the bytes at @at tell. */
static int64_t told_length(const struct machine *m, const struct mdesc_fmt_header *hdr, const struct mdesc_fmt_row *row,
			   uint32_t at)
{
	int64_t b = 0;

	if (row->flags & MDESC_ROW_LENGTH)
		return row->length == MDESC_FMT_NONE16 ? INT64_MIN : row->length;

	for (int i = 0; i < hdr->len_bytes; i++)
		b = b << 8 | m->packet[at + hdr->len_off + i];
	b &= hdr->len_mask;
	return hdr->len_const + (hdr->len_shift >= 0 ? b << hdr->len_shift : b >> -hdr->len_shift);
}

static void put_record(struct machine *m, uint16_t h, int elem, uint32_t offset, uint32_t length)
{
	m->now.offset[h][elem] = offset;
	m->now.length[h][elem] = length;
	m->now.known[h][elem] = m->headers[h].fixed;
	m->now.there[h][elem] = true;
	if ((int)m->now.count[h] <= elem)
		m->now.count[h] = elem + 1;
}

static int record_part(struct machine *m, uint16_t h)
{
	const struct mdesc_fmt_header *hdr = &m->headers[h];
	bool var = m->headers[hdr->of].flags & MDESC_HEADER_VAR;
	int elem = (int)m->now.count[hdr->of] - 1, error;

	if (elem < 0)
		return MDESC_ERR_BAD_LENGTH;
	if (var && m->now.known[hdr->of][elem] + hdr->fixed > m->now.length[hdr->of][elem])
		return MDESC_ERR_BAD_LENGTH;
	error = var ? 0 : at_cursor(m, hdr->fixed);
	if (error)
		return error;
	put_record(m, h, elem, var ? m->now.offset[hdr->of][elem] + m->now.known[hdr->of][elem] : m->now.cursor,
		   hdr->fixed);
	m->now.known[hdr->of][elem] += hdr->fixed;
	m->now.length[hdr->of][elem] += var ? 0 : hdr->fixed;
	m->now.cursor += var ? 0 : hdr->fixed;
	return 0;
}

static void leave(struct machine *m)
{
	if (m->now.limit >= 0)
		m->now.cursor = m->now.limit;
	m->now.limit = -1;
}

static int advance(struct machine *m, const struct mdesc_fmt_header *hdr, const struct mdesc_fmt_row *row)
{
	struct mdesc_fmt_op of = { .index = hdr->of, .elem = hdr->of_elem };
	int64_t length = hdr->fixed;
	int error;

	if (hdr->flags & MDESC_HEADER_VAR) {
		int elem = element(m, &of);

		length = elem < 0 ? -1 : told_length(m, hdr, row, m->now.offset[hdr->of][elem]);
		if (elem < 0 || length < hdr->min || length > hdr->max)
			return MDESC_ERR_BAD_LENGTH;
	}
	error = at_cursor(m, length);
	m->now.cursor += error ? 0 : length;
	return error;
}

static int record_header(struct machine *m, uint16_t h, const struct mdesc_fmt_row *row)
{
	const struct mdesc_fmt_header *hdr = &m->headers[h];
	int64_t length = hdr->fixed;
	int error = at_cursor(m, hdr->fixed);

	if (error)
		return error;
	if (hdr->flags & MDESC_HEADER_VAR)
		length = told_length(m, hdr, row, m->now.cursor);
	if (length < hdr->min || length > hdr->max)
		return MDESC_ERR_BAD_LENGTH;
	error = at_cursor(m, length);
	if (error)
		return error;
	if (hdr->capacity && m->now.count[h] >= hdr->capacity)
		return MDESC_ERR_LOOP;
	put_record(m, h, hdr->capacity ? m->now.count[h] : 0, m->now.cursor, length);
	m->now.cursor += length;
	return 0;
}

static int record(struct machine *m, const struct mdesc_fmt_row *row)
{
	uint16_t h = row->header;
	const struct mdesc_fmt_header *hdr = &m->headers[h];
	int error = 0;

	switch (hdr->kind) {
	case MDESC_KIND_HEADER:
		return record_header(m, h, row);
	case MDESC_KIND_PART:
		return record_part(m, h);
	case MDESC_KIND_ADVANCE:
		return advance(m, hdr, row);
	case MDESC_KIND_MARK:
		put_record(m, hdr->of, 0, (m->now.cursor + hdr->ahead) & 0xffff, 0);
		break;
	case MDESC_KIND_PEEK:
		error = at_cursor(m, hdr->fixed);
		if (!error)
			put_record(m, h, 0, m->now.cursor, hdr->fixed);
		break;
	case MDESC_KIND_LEAVE:
		leave(m);
	}
	return error;
}

static int take(struct machine *m, const struct mdesc_fmt_row *row)
{
	int error = row->header != MDESC_FMT_NONE16 ? record(m, row) : 0;

	if (error)
		return error;
	if (row->layout != MDESC_FMT_NONE16)
		m->now.layout = row->layout;
	run_ops(m, row->op_first, row->op_count, false);
	if (row->flags & MDESC_ROW_ABORT)
		m->now = m->committed;
	else if (!(row->flags & MDESC_ROW_HOLD))
		m->committed = m->now;
	if (row->flags & MDESC_ROW_WITHIN) {
		struct mdesc_fmt_op of = { .index = row->within, .elem = row->within_elem };
		int elem = element(m, &of);

		if (elem >= 0) {
			m->now.cursor = m->now.offset[of.index][elem] + m->now.known[of.index][elem];
			m->now.limit = m->now.offset[of.index][elem] + m->now.length[of.index][elem];
		}
		m->committed = m->now;
	}
	if (row->next.flags & MDESC_NEXT_LEAVE) {
		leave(m);
		m->committed = m->now;
	}
	return 0;
}

/* A key byte that is not the packet's. */
static uint8_t other_byte(const struct machine *m, const struct mdesc_fmt_keys *k, uint32_t i)
{
	uint8_t v = 0;
	uint32_t b, bit;

	for (b = 0; b < 8; b++) {
		bit = 8 * k->off[i] + b;
		if (k->kind[i] == MDESC_SLOT_REGISTER)
			v |= m->committed.bits[bit] << b;
		else if (bit < m->sources[k->index[i]].bits)
			v |= (m->values[k->index[i]] >> bit & 1) << b;
	}
	return v;
}

/* One more in the state's counter; false: it is full. */
static bool count_up(struct machine *m, const struct mdesc_fmt_state *s)
{
	const struct mdesc_fmt_register *r = &m->registers[s->counter - 1];
	uint32_t i, n = 0;

	for (i = 0; i < r->bits; i++)
		n |= (uint32_t)m->now.bits[r->bit + i] << i;
	if (n >= s->max)
		return false;
	for (i = 0; i < r->bits; i++)
		m->now.bits[r->bit + i] = (n + 1) >> i & 1;
	memcpy(m->committed.bits, m->now.bits, sizeof(m->now.bits));
	return true;
}

/* Enter @next; gives the transition to go on with, or an error. */
static int enter(struct machine *m, const struct mdesc_fmt_next *next, const struct mdesc_fmt_next **then)
{
	const struct mdesc_fmt_state *s = &m->states[next->state];
	const struct mdesc_fmt_keys *k = &m->keys[next->keys];
	uint8_t key[MDESC_FMT_KEY_MAX] = { 0 };
	uint32_t i, j;

	if (!s->flags && ++m->steps > m->target->steps)
		return MDESC_ERR_STEPS;
	if ((s->counter && !count_up(m, s)) ||
	    (s->max && !s->counter && ++m->entries[next->state] > s->max)) {
		*then = &s->otherwise;
		if (s->otherwise.flags & MDESC_NEXT_LEAVE) {
			leave(m);
			m->committed = m->now;
		}
		return 0;
	}
	for (i = 0; i < k->count; i++) {
		int64_t at = (int64_t)m->now.cursor + k->off[i];

		if (k->kind[i] == MDESC_SLOT_HEADER) {
			struct mdesc_fmt_op op = { .index = k->index[i], .elem = k->elem[i] };
			int elem = element(m, &op);

			at = elem < 0 ? -1 : (int64_t)m->now.offset[op.index][elem] + k->off[i];
		}
		if (k->kind[i] == MDESC_SLOT_REMAINING)
			key[i] = m->now.limit < 0 ? 0 : (m->now.limit - m->now.cursor) >> (k->off[i] ? 0 : 8);
		else if (k->kind[i] == MDESC_SLOT_REGISTER || k->kind[i] == MDESC_SLOT_SOURCE)
			key[i] = other_byte(m, k, i);
		else if (k->kind[i] == MDESC_SLOT_PACKET && m->now.limit >= 0 && at >= m->now.limit)
			key[i] = 0;
		else if (at >= 0 && at < (int64_t)m->len)
			key[i] = m->packet[at];
		else if (s->key_need >> i & 1)
			return MDESC_ERR_TRUNCATED;
	}
	for (i = 0; i < m->row_count; i++) {
		const struct mdesc_fmt_row *row = &m->rows[i];
		bool match = !((next->state ^ row->state) & row->state_mask);

		for (j = 0; j < MDESC_FMT_KEY_MAX; j++)
			match &= !((key[j] ^ row->key_value[j]) & row->key_mask[j]);
		if (!match)
			continue;
		*then = &row->next;
		return take(m, row);
	}
	return MDESC_ERR_NO_MATCH;
}

/* The result of classification @idx: of its first row all of whose masked bits are those of the key. */
static void classify(struct machine *m, uint32_t idx)
{
	const struct mdesc_fmt_class *c = &m->classes[idx];
	uint32_t i, b;

	memset(m->class_key, 0, sizeof(m->class_key));
	run_ops(m, c->op_first, c->op_count, true);
	m->class_value[idx] = c->otherwise;
	for (i = c->row_first + c->row_count; i-- > c->row_first;) {
		const struct mdesc_fmt_class_row *row = &m->class_rows[i];
		bool match = true;

		for (b = 0; b < 8 * MDESC_FMT_KEY_MAX; b++)
			if (row->mask[b / 8] >> b % 8 & 1)
				match &= (row->value[b / 8] >> b % 8 & 1) == m->class_key[b];
		if (match)
			m->class_value[idx] = row->result;
	}
}

static void machine_run(struct machine *m, const uint8_t *packet, size_t len, const uint64_t *values)
{
	const struct mdesc_fmt_next *next = &m->target->start;

	m->packet = packet;
	m->len = len;
	m->values = values;
	memset(&m->now, 0, sizeof(m->now));
	m->now.limit = -1;
	m->committed = m->now;
	memset(m->entries, 0, sizeof(m->entries));
	m->steps = m->error = 0;
	while (!m->error && next->verdict == MDESC_GO)
		m->error = enter(m, next, &next);
	m->dropped = !m->error && next->verdict == MDESC_DROP;
	if (m->error)
		m->now = m->committed;
	else if (next->verdict == MDESC_REJECT)
		m->error = next->code;
	for (uint32_t i = 0; i < m->class_count && !m->dropped; i++)
		classify(m, i);
	if (!m->dropped)
		run_ops(m, m->layouts[m->now.layout].op_first, m->layouts[m->now.layout].op_count, true);
}

/* ---- random tables ---- */

/* Bits of one of the sample's registers. */
static void random_bits(struct mdesc_fmt_op *op)
{
	static const struct { uint8_t bit, bits; } regs[] = { { 0, 16 }, { 16, 12 }, { 33, 1 }, { 40, 2 } };
	uint32_t r = below(4);

	op->width = 1 + below(regs[r].bits);
	op->bit = regs[r].bit + below(regs[r].bits - op->width + 1);
}

/* Whose operations they are: of rows, of rules, of the first and the second classification. */
enum whose { ROW, RULE, CLASS_0, CLASS_1 };

static void random_operand(struct mdesc_fmt_op *op, enum whose whose)
{
	static const uint16_t fixed[3] = { 14, 4, 20 };
	bool rules = whose != ROW;

	if ((whose == RULE || whose == CLASS_1) && below(6) == 0) {
		op->operand = MDESC_OPERAND_CLASS;
		op->index = whose == RULE ? below(2) : 0;
		return;
	}
	op->operand = 1 + below(rules ? 10 : 8);
	if (!rules && below(12) == 0) {
		op->operand = MDESC_OPERAND_REMAINING;
		return;
	}
	if (below(5) == 0) {
		op->operand = MDESC_OPERAND_REGISTER;
		random_bits(op);
		return;
	}
	if (op->operand == MDESC_OPERAND_CONST)
		op->imm = below(2) ? rnd() : (uint64_t)rnd() << 33 | rnd();
	if (op->operand >= MDESC_OPERAND_SOURCE && op->operand <= MDESC_OPERAND_PRESENT)
		op->index = below(3);
	if (op->operand == MDESC_OPERAND_COUNT)
		op->index = 1;
	if (op->operand >= MDESC_OPERAND_PACKET && op->operand <= MDESC_OPERAND_PRESENT &&
	    op->index == 1)
		op->elem = below(3) < 2 ? below(2) : MDESC_ELEM_LAST;
	if (op->operand != MDESC_OPERAND_PACKET)
		return;
	op->order = below(4);
	if (below(2) || op->order == MDESC_ORDER_LE) {
		op->width = 8 * (1 + below(fixed[op->index] < 8 ? fixed[op->index] : 8));
		op->bit = 8 * below(fixed[op->index] - op->width / 8 + 1);
	} else {
		op->width = 1 + below(fixed[op->index] < 8 ? 8 * fixed[op->index] : 64);
		op->bit = below(8 * fixed[op->index] - op->width + 1);
	}
}

static void random_store(struct mdesc_fmt_op *op, const struct mdesc_fmt_op *before)
{
	op->order = below(4);
	op->bytes = 1 + below(9);
	if (before->op == MDESC_OP_LOAD && before->operand == MDESC_OPERAND_PACKET &&
	    before->width % 8 == 0 && below(2))
		op->bytes = before->width / 8;
	op->width = op->bytes == 9 ? 64 : 8 * op->bytes;
	if (below(2))
		op->width = 1 + below(op->width);
	op->shift = below(8 * op->bytes - op->width + 1);
	if (below(2) && op->width == 8 * op->bytes)
		op->shift = 0;
	/* Few places, so that rows and rules meet. */
	op->bit = 8 * below(below(2) ? 12 : SAMPLE_SIZE - op->bytes + 1);
}

static void random_op(struct mdesc_fmt_op *op, bool first, enum whose whose)
{
	uint8_t what = first ? MDESC_OP_LOAD : 1 + below(8);

	memset(op, 0, sizeof(*op));
	if (!first && below(2))
		what = MDESC_OP_STORE;
	if (!first && whose == ROW && below(6) == 0)
		what = below(2) ? MDESC_OP_SET : MDESC_OP_RAISE;
	if (what == MDESC_OP_STORE && whose >= CLASS_0)
		what = MDESC_OP_KEY;
	op->op = what;
	if (what <= MDESC_OP_SUB) {
		random_operand(op, whose);
	} else if (what == MDESC_OP_KEY) {
		op->width = 1 + below(24);
		op->bit = below(40 - op->width + 1);
	}
	if (what <= MDESC_OP_SUB || what == MDESC_OP_KEY)
		return;
	if (what == MDESC_OP_SHL || what == MDESC_OP_SHR)
		op->imm = below(64);
	else if (what == MDESC_OP_STORE)
		random_store(op, op - 1);
	else if (what == MDESC_OP_RAISE)
		op->bit = 32 + below(2);
	else if (what == MDESC_OP_SET)
		do
			random_bits(op);
		while (op->bit >= 32);
	else
		op->imm = below(4) ? (1ull << below(64)) - 1 : rnd();
}

/* Where the entries of a table lie in the file, and how many there are. */
static void *entries(uint8_t *data, const struct mdesc_image *img, const char *name, uint32_t *count)
{
	MDESC_INFO(mdesc_section_info, sec);

	if (mdesc_image__section_by_name(img, name, &sec))
		abort();
	*count = sec.entries;
	return data + sec.offset + sizeof(struct mdesc_fmt_table);
}

/* The first byte of a key set. */
static void random_slot(struct mdesc_fmt_keys *k)
{
	static const uint16_t bits[] = { 64, 32, 64 };

	k->off[0] = (int)below(40) - 10;
	k->kind[0] = MDESC_SLOT_PACKET;
	k->kind[0] = below(2) ? MDESC_SLOT_PACKET : 1 + below(4);
	k->index[0] = k->elem[0] = 0;
	switch (k->kind[0]) {
	case MDESC_SLOT_HEADER:
		k->off[0] = below(below(8) ? 4 : 15);
		k->index[0] = below(3);
		if (k->index[0] == 1)
			k->elem[0] = below(3) < 2 ? below(2) : MDESC_ELEM_LAST;
		break;
	case MDESC_SLOT_REGISTER:
		k->off[0] = below(6);
		break;
	case MDESC_SLOT_REMAINING:
		k->off[0] = below(2);
		break;
	case MDESC_SLOT_SOURCE:
		k->index[0] = below(3);
		k->off[0] = below(bits[k->index[0]] / 8);
		break;
	}
}

enum { CLASS_OPS = 5 };		/* of each classification */

static void random_classes(uint8_t *data, const struct mdesc_image *plain, uint32_t op_first)
{
	uint32_t n_classes, n_rows, i, k;
	struct mdesc_fmt_class *classes = entries(data, plain, MDESC_SEC_CLASSES, &n_classes);
	struct mdesc_fmt_class_row *rows = entries(data, plain, MDESC_SEC_CLASS_ROWS, &n_rows);

	for (i = 0; i < n_classes; i++) {
		classes[i].op_first = op_first + i * CLASS_OPS;
		classes[i].op_count = CLASS_OPS;
		classes[i].otherwise = rnd();
	}
	for (i = 0; i < n_rows; i++)
		for (k = 0; k < 5; k++) {
			rows[i].mask[k] = below(3) ? 0 : 1u << below(8) | 1u << below(8);
			rows[i].value[k] = rnd() & rows[i].mask[k];
			rows[i].result = (uint64_t)rnd() << below(30);
		}
}

static void randomize(uint8_t *data, const struct mdesc_image *plain)
{
	uint32_t n_ops, n_rows, n_keys, n_layouts, n_states, i, n;
	struct mdesc_fmt_op *ops = entries(data, plain, MDESC_SEC_OPS, &n_ops);
	struct mdesc_fmt_row *rows = entries(data, plain, MDESC_SEC_ROWS, &n_rows);
	struct mdesc_fmt_keys *keys = entries(data, plain, MDESC_SEC_KEYS, &n_keys);
	struct mdesc_fmt_state *states = entries(data, plain, MDESC_SEC_STATES, &n_states);
	struct mdesc_fmt_layout *layouts = entries(data, plain, MDESC_SEC_LAYOUTS, &n_layouts);
	struct mdesc_fmt_target *target = entries(data, plain, MDESC_SEC_TARGET, &n);
	uint32_t split = below(n_ops - 4 - 2 * CLASS_OPS) + 2, rules = split + 2 * CLASS_OPS;

	target->steps = 1 + below(8);
	/* Operations before @split are the rows', then those of two classifications come, the others are the rules'. */
	for (i = 0; i < n_ops; i++)
		random_op(&ops[i], i == 0 || i == split || i == split + CLASS_OPS || i == rules,
			  i < split ? ROW : i >= rules ? RULE : i < split + CLASS_OPS ? CLASS_0 : CLASS_1);
	layouts[0].op_first = rules;
	layouts[0].op_count = n_ops - rules;
	random_classes(data, plain, split);
	for (i = 0; i < n_rows; i++) {
		rows[i].op_first = 0;
		rows[i].op_count = below(split + 1);
		if (below(6) == 0)
			rows[i].state_mask &= below(2) ? 0xfffe : 0xfffd;
		rows[i].state &= rows[i].state_mask;
		if (below(6) == 0)
			rows[i].header = below(2) ? below(3) : MDESC_FMT_NONE16;
		if (below(8) == 0)
			rows[i].key_mask[0] = rows[i].key_value[0] = 0;
		if (below(8) == 0)
			rows[i].layout = 0;
	}
	for (i = 0; i < n_rows; i++) {	/* rows of the header whose length varies give it one, or none */
		if (rows[i].header != 2 || below(3))
			continue;
		rows[i].flags |= MDESC_ROW_LENGTH;
		rows[i].length = below(4) ? 20 + 4 * below(11) : MDESC_FMT_NONE16;
	}
	for (n = below(3); n > 0; n--)
		random_slot(&keys[1 + below(n_keys - 1)]);
	for (n = below(3); n > 0; n--)
		states[below(n_states)].key_need = below(2);
	for (i = 0; i < 2 && below(2); i++) {	/* two states that count in one register, or the sample's own limit */
		n = below(3);
		states[n].max = 1 + below(2);
		states[n].counter = 5;
		states[n].otherwise = (struct mdesc_fmt_next){
			MDESC_REJECT, 0, 16, MDESC_FMT_NONE16, MDESC_FMT_NONE16,
		};
	}
}

/* Header 0 becomes something else, and rows lead into header 2 and out of it. */
static void randomize_kinds(uint8_t *data, const struct mdesc_image *plain)
{
	static const uint8_t kinds[] = {
		MDESC_KIND_PART, MDESC_KIND_ADVANCE, MDESC_KIND_ADVANCE, MDESC_KIND_MARK, MDESC_KIND_PEEK,
		MDESC_KIND_LEAVE,
	};
	uint32_t n, n_rows, n_ops, n_keys, i;
	struct mdesc_fmt_header *h = entries(data, plain, MDESC_SEC_HEADERS, &n);
	struct mdesc_fmt_row *rows = entries(data, plain, MDESC_SEC_ROWS, &n_rows);
	struct mdesc_fmt_keys *keys = entries(data, plain, MDESC_SEC_KEYS, &n_keys);
	struct mdesc_fmt_op *ops = entries(data, plain, MDESC_SEC_OPS, &n_ops);
	bool var = below(2);

	for (i = 0; i < n_rows; i++) {
		if ((rows[i].flags & (MDESC_ROW_HOLD | MDESC_ROW_ABORT)) || below(3))
			continue;
		if (below(2)) {
			rows[i].next.flags = MDESC_NEXT_LEAVE;
			continue;
		}
		rows[i].flags |= MDESC_ROW_WITHIN;
		rows[i].within = 2;
	}
	if (below(2))
		return;
	h->kind = kinds[below(sizeof(kinds))];
	if (h->kind == MDESC_KIND_PART)
		h->of = 2;
	if (below(2) && (h->kind == MDESC_KIND_PART || h->kind == MDESC_KIND_PEEK))
		h->fixed = h->min = h->max = 1 + below(14);
	if (h->kind == MDESC_KIND_PEEK || h->kind == MDESC_KIND_PART || (h->kind == MDESC_KIND_ADVANCE && !var)) {
		h->fixed = h->min = h->max = 14;
		return;
	}
	/* Those without bytes: nothing reads bits of them. */
	h->fixed = h->min = h->max = 0;
	h->ahead = h->kind == MDESC_KIND_MARK ? below(70000) : 0;
	if (h->kind == MDESC_KIND_ADVANCE) {
		h->of = 2;
		h->flags = MDESC_HEADER_VAR;
		h->len_bytes = 1;
		h->len_off = below(20);
		h->len_mask = 0x0f;
		h->len_shift = below(3);
		h->len_const = (int)below(9) - 4;
		h->max = 20;
	}
	for (i = 0; i < n_ops; i++)
		if (ops[i].op <= MDESC_OP_SUB && ops[i].operand == MDESC_OPERAND_PACKET && !ops[i].index)
			ops[i].index = 2;
	for (i = 0; i < n_keys; i++)
		if (keys[i].kind[0] == MDESC_SLOT_HEADER && !keys[i].index[0])
			keys[i].index[0] = 2;
}

/* ---- comparing ---- */

static size_t random_packet(uint8_t *p)
{
	static const uint16_t types[] = { 0x0800, 0x8100, 0x8100, 0x86dd, 0xffff };
	size_t len = below(4) ? 40 + below(80) : below(60), at = 12, i;

	for (i = 0; i < 128; i++)
		p[i] = rnd();
	while (at < 60) {
		uint16_t type = types[below(5)];

		p[at] = type >> 8;
		p[at + 1] = type;
		at += 2;
		if (type == 0x0800) {
			p[at] = 0x44 + below(4);
			p[at + 9] = below(2) ? 17 : 6;
			p[at + 29] = below(2) ? 0xdd : 0xee;
		}
		if (type != 0x8100)
			break;
		at += 2;
	}
	return len;
}

static bool same_headers(struct mdesc_refnic *nic, const struct machine *m)
{
	const struct mdesc_refnic_header *h;
	size_t n = mdesc_refnic__headers(nic, &h), sum = 0, i;

	for (i = 0; i < 3; i++)
		sum += m->headers[i].kind == MDESC_KIND_HEADER || m->headers[i].kind == MDESC_KIND_MARK ?
		       m->now.count[i] : 0;
	for (i = 0; i < n; i++)
		if (h[i].elem >= m->now.count[h[i].header] ||
		    h[i].offset != m->now.offset[h[i].header][h[i].elem] ||
		    h[i].length != m->now.length[h[i].header][h[i].elem])
			return false;
	return n == sum;
}

static void explain(const struct mdesc_refnic_result *res, const struct machine *m, size_t len)
{
	unsigned int i;

	printf("# refnic: error %d, %u steps; tables: error %d, %u steps; packet of %zu bytes\n",
	       res->error, res->steps, m->error, m->steps, len);
	for (i = 0; i < res->meta_size; i++)
		if (((const uint8_t *)res->meta)[i] != m->now.meta[i])
			printf("# byte %u of the metadata: %02x and %02x, written by rows: %02x\n", i,
			       ((const uint8_t *)res->meta)[i], m->now.meta[i], m->now.written[i]);
}

static bool compare(struct mdesc_refnic *nic, struct machine *m, unsigned int *errors)
{
	uint64_t values[3] = { (uint64_t)rnd() << 40 | rnd(), (uint64_t)rnd() << 20, below(2) ? rnd() : 8 };
	MDESC_INFO(mdesc_refnic_result, res);
	uint8_t packet[128], *exact;
	size_t len = random_packet(packet);
	bool same;

	exact = malloc(len ? len : 1);
	memcpy(exact, packet, len);
	machine_run(m, exact, len, values);
	mdesc_refnic__run(nic, exact, len, values, &res);
	same = res.dropped == m->dropped && res.error == m->error && res.steps == m->steps &&
	       (m->dropped || !memcmp(res.meta, m->now.meta, SAMPLE_SIZE)) &&
	       (m->dropped || res.meta_size == SAMPLE_SIZE) && same_headers(nic, m);
	if (!same)
		explain(&res, m, len);
	errors[m->error < MDESC_ERR_USER ? m->error : 6]++;
	free(exact);
	return same;
}

int main(void)
{
	const char *seed = getenv("MDESC_REFNIC_SEED");
	unsigned int opened = 0, packets = 0, wrong = 0, round, i;
	unsigned int errors[7] = { 0 };
	struct mdesc_image *plain, *img;
	struct machine *m = malloc(sizeof(*m));
	uint8_t *good, *data;
	size_t size;

	random_state = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL) | 1;
	printf("# MDESC_REFNIC_SEED=%llu\n", (unsigned long long)random_state);
	good = sample_image(NULL, &size);
	plain = mdesc_image__open_mem(good, size, NULL, NULL);
	data = malloc(size);
	for (round = 0; round < 4000; round++) {
		struct mdesc_refnic *nic;

		memcpy(data, good, size);
		randomize(data, plain);
		if (round % 2)
			randomize_kinds(data, plain);
		if (reseal(data, size))
			abort();
		img = mdesc_image__open_mem(data, size, NULL, NULL);
		nic = img ? mdesc_refnic__new(img, NULL, NULL) : NULL;
		if (nic) {
			opened++;
			machine_init(m, img);
			for (i = 0; i < 50 && !wrong; i++, packets++)
				wrong += !compare(nic, m, errors);
		}
		mdesc_refnic__free(nic);
		mdesc_image__close(img);
	}
	printf("# %u images, %u packets; errors:", opened, packets);
	for (i = 0; i < 7; i++)
		printf(" %u", errors[i]);
	printf("\n");
	tap(opened > 200, "enough random images open", "%u", opened);
	tap(!wrong, "refnic does what the tables say", "see above");
	free(data);
	free(good);
	free(m);
	mdesc_image__close(plain);
	return tap_status();
}

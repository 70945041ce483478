/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the parser's tables of an image mean: target, headers, states, key sets,
 * rows and operations.
 *
 * Takes tables whose entries are within the file. Afterwards every index is
 * valid, every store lies within the metadata, every load of packet bits within
 * the fixed part of its header, every look-up within its key set, rows that hold
 * their effects go strictly forward, and the work for a packet is bounded: that
 * is what refnic relies on. The rules are those of format.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

#define AT(type, member)	offsetof(struct mdesc_fmt_##type, member)

#define MAX_PARTS	255		/* parts that a state of the source is made of */
#define MAX_LOOKUP_WORK	(1ull << 28)	/* rows compared for one packet */
#define MAX_VISITS	(1u << 22)	/* of states by ternary rows, of operations by rows */

struct parser_check {
	const struct mdesc_image *img;
	struct mdesc_error *err;
	uint32_t states;
	uint32_t classes;	/* that operations may read */
	uint8_t *key_count;	/* by state: key bytes that every way into it has */
	uint32_t *row_count;	/* by state: rows that can match in it */
	uint16_t *parts;	/* by state: longest way from here by rows that hold */
	bool parts_grew;
	uint32_t visits;	/* of states by rows with a ternary state */
	uint64_t op_visits;
};

#define BAD(id, i, at, ...) bad_entry(pc->img, pc->err, id, i, at, __VA_ARGS__)

/* Limits that say something only together. */
static int check_more_limits(const struct parser_check *pc, const struct mdesc_fmt_target *t)
{
	if (t->lookups ? (uint32_t)t->lookups * t->lookup_bytes != t->key_bytes : t->lookup_bytes)
		return BAD(TABLE_TARGET, 0, AT(target, lookups), "%u look-ups of %u bytes, and %u key bytes",
			   t->lookups, t->lookup_bytes, t->key_bytes);
	if (t->window > INT16_MAX)
		return BAD(TABLE_TARGET, 0, AT(target, window), "window %u", t->window);
	if (t->boost_rows && !(t->flags & MDESC_TARGET_EXACT))
		return BAD(TABLE_TARGET, 0, AT(target, boost_rows), "%u boost rows, and no flag EXACT", t->boost_rows);
	if (!t->stages != !t->stage_rows || (t->stages && (t->flags & MDESC_TARGET_LOOPS)))
		return BAD(TABLE_TARGET, 0, AT(target, stages), "%u stages of %u rows, with flags 0x%x", t->stages,
			   t->stage_rows, t->flags);
	if (t->skip && !t->stages)
		return BAD(TABLE_TARGET, 0, AT(target, skip), "%u stages are skipped, of none", t->skip);
	return 0;
}

static int check_target(struct parser_check *pc)
{
	const struct mdesc_fmt_target *t = image_target(pc->img);
	int ret;

	if (!t) {
		if (pc->states == 0)
			return 0;
		return error_at(pc->err, pc->img, MDESC_SEC_STATES, 0, "states, but no target");
	}
	ret = check_name(pc->img, pc->err, TABLE_TARGET, 0, AT(target, name), t->name, ".-");
	if (ret)
		return ret;
	if (t->errors)
		ret = check_name(pc->img, pc->err, TABLE_TARGET, 0, AT(target, errors), t->errors, "");
	if (ret)
		return ret;
	if (t->steps < 1 || t->steps > IMAGE_MAX_STEPS)
		return BAD(TABLE_TARGET, 0, AT(target, steps), "%u steps", t->steps);
	if (t->key_bytes > MDESC_FMT_KEY_MAX)
		return BAD(TABLE_TARGET, 0, AT(target, key_bytes), "%u key bytes", t->key_bytes);
	if (t->reach > INT16_MAX + 1u)
		return BAD(TABLE_TARGET, 0, AT(target, reach), "reach %u", t->reach);
	if ((t->flags & ~(MDESC_TARGET_LOOPS | MDESC_TARGET_ARITHMETIC | MDESC_TARGET_DEFAULTS | MDESC_TARGET_EXACT)) &&
	    !image_is_newer(pc->img))
		return BAD(TABLE_TARGET, 0, AT(target, flags), "flags 0x%x", t->flags);
	return check_more_limits(pc, t);
}

/* ---- operations ---- */

/* Whose operations they are. */
enum ops_of { OF_ROW, OF_RULES, OF_CLASS };

static bool op_unused_zero(const struct mdesc_fmt_op *op)
{
	bool loads = op->op <= MDESC_OP_SUB;
	bool packet = loads && op->operand == MDESC_OPERAND_PACKET;
	bool store = op->op == MDESC_OP_STORE;
	bool reg = op->op >= MDESC_OP_SET /* KEY, too */ || (loads && op->operand == MDESC_OPERAND_REGISTER);
	bool named = loads && (op->operand == MDESC_OPERAND_SOURCE || op->operand == MDESC_OPERAND_CLASS ||
			       (op->operand >= MDESC_OPERAND_PACKET &&
				op->operand <= MDESC_OPERAND_COUNT));
	bool imm = loads ? op->operand == MDESC_OPERAND_CONST : op->op < MDESC_OP_STORE;

	if ((!loads && op->operand) || (!named && (op->index || op->elem)) ||
	    (!imm && op->imm) || (!store && (op->bytes || op->shift)))
		return false;
	if (reg)
		return !op->order;
	return packet || store || (!op->order && !op->width && !op->bit);
}

/* A header, or an element of a stack, that an operand names. */
static int check_element(const struct parser_check *pc, uint32_t i, bool count)
{
	const struct mdesc_fmt_op *op = &image_ops(pc->img)[i];
	uint32_t headers = image_count(pc->img, TABLE_HEADERS);
	const struct mdesc_fmt_header *h;
	bool good;

	if (op->index >= headers)
		return BAD(TABLE_OPS, i, AT(op, index), "operation %u: header %u of %u", i, op->index,
			   headers);
	h = &image_headers(pc->img)[op->index];
	if (count)
		good = h->capacity && op->elem == 0;
	else
		good = image_has_element(h, op->elem);
	if (!good)
		return BAD(TABLE_OPS, i, AT(op, elem), "operation %u: element %u of %u of header %u", i,
			   op->elem, h->capacity, op->index);
	return 0;
}

static int check_packet(const struct parser_check *pc, uint32_t i)
{
	const struct mdesc_fmt_op *op = &image_ops(pc->img)[i];
	const struct mdesc_fmt_header *h;
	int ret = check_element(pc, i, false);

	if (ret)
		return ret;
	h = &image_headers(pc->img)[op->index];
	if (op->width < 1 || op->width > 64 || (uint64_t)op->bit + op->width > 8u * h->fixed)
		return BAD(TABLE_OPS, i, AT(op, bit),
			   "operation %u: %u bits from bit %u of a header of %u bytes", i, op->width,
			   op->bit, h->fixed);
	if (op->order > MDESC_ORDER_RAW ||
	    (op->order == MDESC_ORDER_LE && (op->width % 8 || op->bit % 8)))
		return BAD(TABLE_OPS, i, AT(op, order), "operation %u: order %u of %u bits from bit %u",
			   i, op->order, op->width, op->bit);
	return 0;
}

static int check_operand(const struct parser_check *pc, uint32_t i, enum ops_of of)
{
	const struct mdesc_fmt_op *op = &image_ops(pc->img)[i];

	switch (op->operand) {
	case MDESC_OPERAND_CONST:
	case MDESC_OPERAND_PKTLEN:
		return 0;
	case MDESC_OPERAND_SOURCE:
		if (op->index < image_count(pc->img, TABLE_SOURCES) && op->elem == 0)
			return 0;
		return BAD(TABLE_OPS, i, AT(op, index), "operation %u: source %u of %u", i, op->index,
			   image_count(pc->img, TABLE_SOURCES));
	case MDESC_OPERAND_PACKET:
		return check_packet(pc, i);
	case MDESC_OPERAND_OFFSET:
	case MDESC_OPERAND_LENGTH:
	case MDESC_OPERAND_PRESENT:
		return check_element(pc, i, false);
	case MDESC_OPERAND_COUNT:
		return check_element(pc, i, true);
	case MDESC_OPERAND_REMAINING:
		if (of == OF_ROW)
			return 0;
		return BAD(TABLE_OPS, i, AT(op, operand),
			   "operation %u: a rule asks for what remains of a header", i);
	case MDESC_OPERAND_ERROR:
	case MDESC_OPERAND_TRUNCATED:
		if (of != OF_ROW)
			return 0;
		return BAD(TABLE_OPS, i, AT(op, operand),
			   "operation %u: a row asks for the error, which is not known yet", i);
	case MDESC_OPERAND_REGISTER:
		return check_register_load(pc->img, pc->err, i);
	case MDESC_OPERAND_CLASS:
		if (of != OF_ROW && op->index < pc->classes && op->elem == 0)
			return 0;
		return BAD(TABLE_OPS, i, AT(op, index), "operation %u: classification %u of %u", i, op->index,
			   of == OF_ROW ? 0 : pc->classes);
	default:
		return BAD(TABLE_OPS, i, AT(op, operand), "operation %u: there is no operand %u", i,
			   op->operand);
	}
}

static int check_store(const struct parser_check *pc, uint32_t i, uint32_t size)
{
	const struct mdesc_fmt_op *op = &image_ops(pc->img)[i];

	if (op->order > MDESC_ORDER_RAW)
		return BAD(TABLE_OPS, i, AT(op, order), "operation %u: there is no order %u", i,
			   op->order);
	if (op->bytes < 1 || op->bytes > 9 || op->width < 1 || op->width > 64 ||
	    (uint64_t)op->shift + op->width > 8u * op->bytes)
		return BAD(TABLE_OPS, i, AT(op, width), "operation %u: %u bits from bit %u of %u bytes",
			   i, op->width, op->shift, op->bytes);
	if (op->bit % 8 || (uint64_t)op->bit / 8 + op->bytes > size)
		return BAD(TABLE_OPS, i, AT(op, bit),
			   "operation %u: a store of %u bytes at bit %u of %u bytes of metadata", i,
			   op->bytes, op->bit, size);
	return 0;
}

/* Into the key of a classification of @bits bits. */
static int check_key_op(const struct parser_check *pc, uint32_t i, uint32_t bits)
{
	const struct mdesc_fmt_op *op = &image_ops(pc->img)[i];

	if (op->width >= 1 && op->width <= 64 && (uint64_t)op->bit + op->width <= bits)
		return 0;
	return BAD(TABLE_OPS, i, AT(op, bit), "operation %u: %u bits from bit %u of a key of %u", i, op->width, op->bit,
		   bits);
}

static bool op_allowed(uint8_t op, enum ops_of of)
{
	if (op == MDESC_OP_KEY)
		return of == OF_CLASS;
	if (op == MDESC_OP_SET || op == MDESC_OP_RAISE)
		return of == OF_ROW;
	return op >= MDESC_OP_LOAD && (op < MDESC_OP_STORE || (op == MDESC_OP_STORE && of != OF_CLASS));
}

/* @size: bytes of metadata; of a classification bits of its key. */
static int check_op(const struct parser_check *pc, uint32_t i, uint32_t size, enum ops_of of)
{
	const struct mdesc_fmt_op *op = &image_ops(pc->img)[i];

	if (!op_allowed(op->op, of))
		return BAD(TABLE_OPS, i, AT(op, op), "operation %u: there is no opcode %u", i, op->op);
	if (!op_unused_zero(op))
		return BAD(TABLE_OPS, i, 0, "operation %u: members that it does not use are not zero", i);
	switch (op->op) {
	case MDESC_OP_LOAD:
	case MDESC_OP_ADD:
	case MDESC_OP_SUB:
		return check_operand(pc, i, of);
	case MDESC_OP_SHL:
	case MDESC_OP_SHR:
		if (op->imm < 64)
			return 0;
		return BAD(TABLE_OPS, i, AT(op, imm), "operation %u: a shift by %llu", i,
			   (unsigned long long)op->imm);
	case MDESC_OP_STORE:
		return check_store(pc, i, size);
	case MDESC_OP_SET:
	case MDESC_OP_RAISE:
		return check_register_store(pc->img, pc->err, i);
	case MDESC_OP_KEY:
		return check_key_op(pc, i, size);
	default:
		return 0;
	}
}

/* Operations that run one after the other, writing into @size bytes of metadata. */
static int check_ops(struct parser_check *pc, uint32_t first, uint32_t count, uint32_t size,
		     enum ops_of of)
{
	uint32_t i;
	int ret = 0;

	pc->op_visits += count;
	if (pc->op_visits > MAX_VISITS)
		return error_at(pc->err, pc->img, MDESC_SEC_OPS, 0,
				"rows and layouts run more than %u operations in all", MAX_VISITS);
	if (count && image_ops(pc->img)[first].op != MDESC_OP_LOAD)
		return BAD(TABLE_OPS, first, AT(op, op), "operation %u: the first is not a load", first);
	for (i = first; i < first + count && !ret; i++)
		ret = check_op(pc, i, size, of);
	return ret;
}

/* ---- states, keys, rows ---- */

static int check_next(const struct parser_check *pc, const struct mdesc_fmt_next *next,
		      enum table_id id, uint32_t i, size_t at)
{
	uint32_t keys = image_count(pc->img, TABLE_KEYS);

	if (next->verdict > MDESC_DROP)
		return BAD(id, i, at, "entry %u: there is no verdict %u", i, next->verdict);
	if (next->flags & ~MDESC_NEXT_LEAVE)
		return BAD(id, i, at, "entry %u: a transition with flags 0x%x", i, next->flags);
	if ((next->code != 0) != (next->verdict == MDESC_REJECT))
		return BAD(id, i, at, "entry %u: error code %u with verdict %u", i, next->code,
			   next->verdict);
	if (next->verdict == MDESC_GO) {
		if (next->state >= pc->states || next->keys >= keys)
			return BAD(id, i, at, "entry %u: goes to state %u of %u with keys %u of %u", i,
				   next->state, pc->states, next->keys, keys);
		if (image_keys(pc->img)[next->keys].count < pc->key_count[next->state])
			pc->key_count[next->state] = image_keys(pc->img)[next->keys].count;
	} else if (next->state != MDESC_FMT_NONE16 || next->keys != MDESC_FMT_NONE16) {
		return BAD(id, i, at, "entry %u: stops, but names a state or keys", i);
	}
	return 0;
}

/* Goes to the beginning of a state of the source, or stops. */
static int check_next_whole(const struct parser_check *pc, const struct mdesc_fmt_next *next,
			    enum table_id id, uint32_t i, size_t at)
{
	int ret = check_next(pc, next, id, i, at);

	if (ret || next->verdict != MDESC_GO ||
	    !(image_states(pc->img)[next->state].flags & MDESC_STATE_PART))
		return ret;
	return BAD(id, i, at, "entry %u: goes to state %u, which is a part of one, and holds nothing",
		   i, next->state);
}

/* Slot @j of key set @i, one of its bytes. */
static int check_slot(const struct parser_check *pc, uint32_t i, uint32_t j)
{
	const struct mdesc_fmt_keys *k = &image_keys(pc->img)[i];
	const struct mdesc_fmt_target *t = image_target(pc->img);
	int32_t reach = t ? (int32_t)t->reach : INT16_MAX + 1;
	uint32_t headers = image_count(pc->img, TABLE_HEADERS);
	const struct mdesc_fmt_header *h;

	switch (k->kind[j]) {
	case MDESC_SLOT_PACKET:
		if (k->off[j] < -reach || k->off[j] >= reach || k->index[j] || k->elem[j])
			return BAD(TABLE_KEYS, i, AT(keys, off) + 2 * j, "key set %u: byte %u of %u lies at %d",
				   i, j, k->count, k->off[j]);
		return 0;
	case MDESC_SLOT_HEADER:
		h = k->index[j] < headers ? &image_headers(pc->img)[k->index[j]] : NULL;
		if (!h || !image_has_element(h, k->elem[j]) || k->off[j] < 0 || k->off[j] >= h->fixed)
			return BAD(TABLE_KEYS, i, AT(keys, index) + 2 * j,
				   "key set %u: byte %u of %u is byte %d of element %u of header %u of %u", i, j,
				   k->count, k->off[j], k->elem[j], k->index[j], headers);
		return 0;
	case MDESC_SLOT_REGISTER:
	case MDESC_SLOT_SOURCE:
		return check_register_slot(pc->img, pc->err, i, j);
	case MDESC_SLOT_REMAINING:
		if (k->off[j] < 0 || k->off[j] > 1 || k->index[j] || k->elem[j])
			return BAD(TABLE_KEYS, i, AT(keys, off) + 2 * j, "key set %u: byte %d of what remains", i,
				   k->off[j]);
		return 0;
	default:
		return BAD(TABLE_KEYS, i, AT(keys, kind) + j, "key set %u: byte %u is of kind %u", i, j, k->kind[j]);
	}
}

static int check_keys(const struct parser_check *pc)
{
	uint32_t i, j;
	int ret;

	for (i = 0; i < image_count(pc->img, TABLE_KEYS); i++) {
		const struct mdesc_fmt_keys *k = &image_keys(pc->img)[i];

		if (k->count > MDESC_FMT_KEY_MAX)
			return BAD(TABLE_KEYS, i, AT(keys, count), "key set %u has %u bytes", i, k->count);
		if (k->reserved)
			return BAD(TABLE_KEYS, i, AT(keys, reserved), "reserved bytes are not zero");
		for (j = 0; j < MDESC_FMT_KEY_MAX; j++) {
			if (j >= k->count && (k->off[j] || k->kind[j] || k->elem[j] || k->index[j]))
				return BAD(TABLE_KEYS, i, AT(keys, off) + 2 * j,
					   "key set %u: byte %u of %u lies at %d", i, j, k->count,
					   k->off[j]);
			ret = j < k->count ? check_slot(pc, i, j) : 0;
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int check_states(const struct parser_check *pc)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; i < pc->states && !ret; i++) {
		const struct mdesc_fmt_state *s = &image_states(pc->img)[i];

		ret = check_name(pc->img, pc->err, TABLE_STATES, i, AT(state, name), s->name, ".");
		if (ret || image_cannot_run(pc->img))
			continue;
		if ((s->flags & ~(MDESC_STATE_PART | MDESC_STATE_PASS)) && !image_is_newer(pc->img))
			return BAD(TABLE_STATES, i, AT(state, flags), "state %u has flags 0x%x", i,
				   s->flags);
		if (s->reserved)
			return BAD(TABLE_STATES, i, AT(state, reserved), "reserved bytes are not zero");
		ret = s->counter ? check_counter(pc->img, pc->err, i) : 0;
		if (ret)
			return ret;
		if (s->max && s->flags)
			return BAD(TABLE_STATES, i, AT(state, max),
				   "state %u is a part of one and has a limit", i);
		if (s->max)
			ret = check_next_whole(pc, &s->otherwise, TABLE_STATES, i, AT(state, otherwise));
		else if (s->otherwise.verdict || s->otherwise.flags || s->otherwise.code ||
			 ((s->otherwise.state || s->otherwise.keys) &&
			  (s->otherwise.state != MDESC_FMT_NONE16 ||
			   s->otherwise.keys != MDESC_FMT_NONE16)))
			ret = BAD(TABLE_STATES, i, AT(state, otherwise),
				  "state %u has no limit, but a way out beyond it", i);
	}
	return ret;
}

/* Of which header a row leads into the options, or out of them. */
static int check_within(const struct parser_check *pc, uint32_t i)
{
	const struct mdesc_fmt_row *row = &image_rows(pc->img)[i];
	const struct mdesc_fmt_header *h = row->within < image_count(pc->img, TABLE_HEADERS) ?
					   &image_headers(pc->img)[row->within] : NULL;
	bool last = !(row->flags & (MDESC_ROW_HOLD | MDESC_ROW_ABORT));

	if (row->reserved || row->reserved2)
		return BAD(TABLE_ROWS, i, AT(row, reserved), "reserved bytes are not zero");
	if ((row->next.flags & MDESC_NEXT_LEAVE) && (!last || (row->flags & MDESC_ROW_WITHIN)))
		return BAD(TABLE_ROWS, i, AT(row, next), "row %u leaves, with flags 0x%x", i, row->flags);
	if (!(row->flags & MDESC_ROW_WITHIN)) {
		if (row->within || row->within_elem)
			return BAD(TABLE_ROWS, i, AT(row, within), "row %u names header %u for nothing", i,
				   row->within);
		return 0;
	}
	if (!last || !h || h->kind != MDESC_KIND_HEADER || !(h->flags & MDESC_HEADER_VAR) ||
	    !image_has_element(h, row->within_elem))
		return BAD(TABLE_ROWS, i, AT(row, within),
			   "row %u leads into the options of header %u, with flags 0x%x", i, row->within, row->flags);
	return 0;
}

/* A length that a row gives a header, and rows that are what is left. */
static int check_length(const struct parser_check *pc, uint32_t i)
{
	const struct mdesc_fmt_row *row = &image_rows(pc->img)[i];
	const struct mdesc_fmt_header *h = row->header != MDESC_FMT_NONE16 ?
					   &image_headers(pc->img)[row->header] : NULL;
	unsigned int k, mask = 0;

	for (k = 0; k < MDESC_FMT_KEY_MAX; k++)
		mask |= row->key_mask[k];
	if ((row->flags & MDESC_ROW_DEFAULT) && (mask || row->state_mask != 0xffff))
		return BAD(TABLE_ROWS, i, AT(row, flags),
			   "row %u is a default, and looks at its key or at more than one state", i);
	if (!(row->flags & MDESC_ROW_LENGTH)) {
		if (row->length)
			return BAD(TABLE_ROWS, i, AT(row, length), "row %u has length %u for nothing", i, row->length);
		return 0;
	}
	if (!h || !(h->flags & MDESC_HEADER_VAR) || (h->kind != MDESC_KIND_HEADER && h->kind != MDESC_KIND_ADVANCE))
		return BAD(TABLE_ROWS, i, AT(row, flags),
			   "row %u gives a length to header %u, which has no variable one", i, row->header);
	if (row->length != MDESC_FMT_NONE16 && (row->length < h->min || row->length > h->max || row->length < h->fixed))
		return BAD(TABLE_ROWS, i, AT(row, length), "row %u: %u bytes of header %u, which has %u to %u", i,
			   row->length, row->header, h->min, h->max);
	return 0;
}

static int check_row_alone(struct parser_check *pc, uint32_t i, uint32_t meta_size)
{
	const struct mdesc_fmt_row *row = &image_rows(pc->img)[i];
	uint32_t ops = image_count(pc->img, TABLE_OPS);
	uint32_t layouts = image_count(pc->img, TABLE_LAYOUTS);
	unsigned int k;
	int ret;

	if (row->state & ~row->state_mask)
		return BAD(TABLE_ROWS, i, AT(row, state), "row %u: state 0x%x outside of mask 0x%x", i,
			   row->state, row->state_mask);
	for (k = 0; k < MDESC_FMT_KEY_MAX; k++)
		if (row->key_value[k] & ~row->key_mask[k])
			return BAD(TABLE_ROWS, i, AT(row, key_value) + k,
				   "row %u: key byte %u is 0x%02x outside of mask 0x%02x", i, k,
				   row->key_value[k], row->key_mask[k]);
	if (row->flags & ~(MDESC_ROW_HOLD | MDESC_ROW_ABORT | MDESC_ROW_WITHIN | MDESC_ROW_LENGTH | MDESC_ROW_DEFAULT))
		return BAD(TABLE_ROWS, i, AT(row, flags), "row %u has flags 0x%x", i, row->flags);
	if (row->header != MDESC_FMT_NONE16 && row->header >= image_count(pc->img, TABLE_HEADERS))
		return BAD(TABLE_ROWS, i, AT(row, header), "row %u: header %u of %u", i, row->header,
			   image_count(pc->img, TABLE_HEADERS));
	if (row->layout != MDESC_FMT_NONE16 &&
	    (row->layout >= layouts ||
	     image_layout_table(pc->img)[row->layout].kind != MDESC_LAYOUT_METADATA))
		return BAD(TABLE_ROWS, i, AT(row, layout), "row %u: metadata layout %u of %u", i,
			   row->layout, layouts);
	if (row->op_first > ops || row->op_count > ops - row->op_first ||
	    row->op_count > IMAGE_MAX_ROW_OPS)
		return BAD(TABLE_ROWS, i, AT(row, op_first), "row %u: operations %u and %u more, of %u",
			   i, row->op_first, row->op_count, ops);
	if (((row->flags & MDESC_ROW_HOLD) && row->next.verdict != MDESC_GO) ||
	    ((row->flags & MDESC_ROW_ABORT) && row->next.verdict != MDESC_REJECT))
		return BAD(TABLE_ROWS, i, AT(row, flags), "row %u: flags 0x%x with verdict %u", i,
			   row->flags, row->next.verdict);
	ret = check_within(pc, i);
	if (!ret)
		ret = check_length(pc, i);
	if (ret)
		return ret;
	return check_ops(pc, row->op_first, row->op_count, meta_size, OF_ROW);
}

/* A row of a state that only passes packets on. */
static int check_pass(const struct parser_check *pc, uint32_t i, uint32_t s)
{
	const struct mdesc_fmt_row *row = &image_rows(pc->img)[i];

	if ((row->flags & ~MDESC_ROW_DEFAULT) || row->header != MDESC_FMT_NONE16 || row->layout != MDESC_FMT_NONE16 ||
	    row->op_count || row->next.verdict != MDESC_GO || row->next.flags || row->next.state <= s)
		return BAD(TABLE_ROWS, i, AT(row, next),
			   "row %u does more than to pass on from state %u to a later one", i, s);
	return 0;
}

/* What row @i means in state @s, which it can match in. */
static int check_row_in(struct parser_check *pc, uint32_t i, uint32_t s)
{
	const struct mdesc_fmt_row *row = &image_rows(pc->img)[i];
	unsigned int k;

	pc->row_count[s]++;
	for (k = pc->key_count[s]; k < MDESC_FMT_KEY_MAX; k++)
		if (row->key_mask[k])
			return BAD(TABLE_ROWS, i, AT(row, key_mask) + k,
				   "row %u looks at key byte %u, state %u is entered with %u", i, k, s,
				   pc->key_count[s]);
	if (image_states(pc->img)[s].flags == MDESC_STATE_PASS)
		return check_pass(pc, i, s);
	if (!(row->flags & MDESC_ROW_HOLD))
		return 0;
	if (row->next.state <= s || !(image_states(pc->img)[row->next.state].flags & MDESC_STATE_PART))
		return BAD(TABLE_ROWS, i, AT(row, next),
			   "row %u holds in state %u and goes to state %u, which is no later part", i, s,
			   row->next.state);
	return 0;
}

/* Run @what for each existing state that row @i can match in. */
static int each_state(struct parser_check *pc, uint32_t i,
		      int (*what)(struct parser_check *, uint32_t, uint32_t))
{
	const struct mdesc_fmt_row *row = &image_rows(pc->img)[i];
	uint32_t free_bits = (uint16_t)~row->state_mask, sub = 0, found = 0;
	int ret;

	do {
		uint32_t s = row->state | sub;

		if (++pc->visits > MAX_VISITS)
			return BAD(TABLE_ROWS, i, AT(row, state_mask),
				   "the rows match in too many states");
		if (s < pc->states) {
			found++;
			ret = what(pc, i, s);
			if (ret)
				return ret;
		}
		sub = (sub - free_bits) & free_bits;
	} while (sub);
	if (!found)
		return BAD(TABLE_ROWS, i, AT(row, state), "row %u: there is no state 0x%x under mask 0x%x",
			   i, row->state, row->state_mask);
	return 0;
}

static int check_rows(struct parser_check *pc)
{
	uint32_t rows = image_count(pc->img, TABLE_ROWS), meta_size = 0, i;
	int ret = 0;

	for (i = 0; i < image_count(pc->img, TABLE_LAYOUTS); i++) {
		const struct mdesc_fmt_layout *l = &image_layout_table(pc->img)[i];

		if (l->kind == MDESC_LAYOUT_METADATA && l->size > meta_size)
			meta_size = l->size;
	}
	for (i = 0; i < rows && !ret; i++) {
		const struct mdesc_fmt_row *row = &image_rows(pc->img)[i];

		ret = check_row_alone(pc, i, meta_size);
		if (ret)
			break;
		if (row->flags & MDESC_ROW_HOLD)
			ret = check_next(pc, &row->next, TABLE_ROWS, i, AT(row, next));
		else
			ret = check_next_whole(pc, &row->next, TABLE_ROWS, i, AT(row, next));
	}
	/* Only now the key sets of all ways into a state are known. */
	for (i = 0; i < rows && !ret; i++)
		ret = each_state(pc, i, check_row_in);
	return ret;
}

static int count_parts(struct parser_check *pc, uint32_t i, uint32_t s)
{
	const struct mdesc_fmt_row *row = &image_rows(pc->img)[i];

	if (!(row->flags & MDESC_ROW_HOLD) && image_states(pc->img)[s].flags != MDESC_STATE_PASS)
		return 0;
	if (pc->parts[row->next.state] + 1 <= pc->parts[s])
		return 0;
	pc->parts[s] = pc->parts[row->next.state] + 1;
	pc->parts_grew = true;
	if (pc->parts[s] <= MAX_PARTS)
		return 0;
	return BAD(TABLE_ROWS, i, AT(row, flags), "row %u: more than %u rows hold one after the other",
		   i, MAX_PARTS);
}

/*
 * Rows that hold go to later states, so the lengths settle: usually in one pass,
 * since rows stand in the order of their states, and at most in MAX_PARTS.
 */
static int check_work(struct parser_check *pc)
{
	const struct mdesc_fmt_target *t = image_target(pc->img);
	uint32_t rows = image_count(pc->img, TABLE_ROWS), i, most_rows = 0;
	uint16_t longest = 0;
	int ret;

	do {
		pc->parts_grew = false;
		for (i = rows; i-- > 0;) {
			if (image_rows(pc->img)[i].next.verdict != MDESC_GO)
				continue;
			ret = each_state(pc, i, count_parts);
			if (ret)
				return ret;
		}
	} while (pc->parts_grew);
	for (i = 0; i < pc->states; i++) {
		if (pc->parts[i] > longest)
			longest = pc->parts[i];
		if (pc->row_count[i] > most_rows)
			most_rows = pc->row_count[i];
	}
	if (t && (uint64_t)t->steps * (longest + 1u) * (most_rows + 1u) > MAX_LOOKUP_WORK)
		return BAD(TABLE_TARGET, 0, AT(target, steps),
			   "%u steps of up to %u look-ups in %u rows are too much work for a packet",
			   t->steps, longest + 1u, most_rows);
	return 0;
}

static int check_key_need(const struct parser_check *pc)
{
	uint32_t i;

	for (i = 0; i < pc->states; i++)
		if (image_states(pc->img)[i].key_need >> pc->key_count[i])
			return BAD(TABLE_STATES, i, AT(state, key_need),
				   "state %u needs key bytes 0x%x and is entered with %u", i,
				   image_states(pc->img)[i].key_need, pc->key_count[i]);
	return 0;
}

static int check_rules(struct parser_check *pc)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; i < image_count(pc->img, TABLE_LAYOUTS) && !ret; i++) {
		const struct mdesc_fmt_layout *l = &image_layout_table(pc->img)[i];

		ret = check_ops(pc, l->op_first, l->op_count, l->size, OF_RULES);
	}
	return ret;
}

static int check_classes(struct parser_check *pc)
{
	int ret = image_validate_classes(pc->img, pc->err);
	uint32_t i;

	for (i = 0; i < image_count(pc->img, TABLE_CLASSES) && !ret; i++) {
		const struct mdesc_fmt_class *c = &image_classes(pc->img)[i];

		pc->classes = i;	/* the earlier ones can be read */
		ret = check_ops(pc, c->op_first, c->op_count, c->key_bits, OF_CLASS);
	}
	pc->classes = image_count(pc->img, TABLE_CLASSES);
	return ret;
}

static int check_start(const struct parser_check *pc)
{
	const struct mdesc_fmt_target *t = image_target(pc->img);

	if (!t)
		return 0;
	if (t->start.verdict == MDESC_GO && t->start.state != 0)
		return BAD(TABLE_TARGET, 0, AT(target, start), "starts in state %u, not 0",
			   t->start.state);
	/* Into a part, which then only chooses where to start. */
	return check_next(pc, &t->start, TABLE_TARGET, 0, AT(target, start));
}

static int check_all(struct parser_check *pc)
{
	int ret = check_target(pc);

	if (!ret)
		ret = image_validate_headers(pc->img, pc->err);
	if (!ret)
		ret = image_validate_registers(pc->img, pc->err);
	if (!ret)
		ret = check_states(pc);
	if (ret || image_cannot_run(pc->img))
		return ret;
	ret = check_keys(pc);
	if (!ret)
		ret = check_start(pc);
	if (!ret)
		ret = check_rows(pc);
	if (!ret)
		ret = check_key_need(pc);
	if (!ret)
		ret = check_classes(pc);
	if (!ret)
		ret = check_rules(pc);
	if (!ret)
		ret = check_work(pc);
	return ret;
}

int image_validate_parser(const struct mdesc_image *img, struct mdesc_error *err)
{
	uint32_t states = image_count(img, TABLE_STATES);
	struct parser_check pc = { .img = img, .err = err, .states = states };
	int ret;

	pc.key_count = malloc(states + 1);
	pc.row_count = calloc(states + 1, sizeof(*pc.row_count));
	pc.parts = calloc(states + 1, sizeof(*pc.parts));
	if (pc.key_count && pc.row_count && pc.parts) {
		memset(pc.key_count, MDESC_FMT_KEY_MAX, states + 1);
		ret = check_all(&pc);
	} else {
		ret = error_nomem(err, img);
	}
	free(pc.key_count);
	free(pc.row_count);
	free(pc.parts);
	return ret;
}

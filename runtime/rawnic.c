/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Raw tables, run: takes a packet, looks its key up in one table after another
 * and does what their effects say, as format.h defines it. What the operations
 * name was checked, and so was their use of the stack.
 */
#include <errno.h>
#include <string.h>

#include "rawnic.h"

/* ---- the packet ---- */

/* @bits at @at; @absent: ones where a byte is not in the packet, which reads as 0. */
static uint64_t packet_number(const struct mdesc_rawnic *nic, uint64_t at, unsigned int bits, bool little,
			      uint64_t *absent)
{
	unsigned int bytes = bits / 8, i;
	uint64_t v = 0;

	*absent = 0;
	for (i = 0; i < bytes; i++) {
		uint64_t from = at + (little ? bytes - 1 - i : i);

		v <<= 8;
		*absent <<= 8;
		if (from < nic->len)
			v |= nic->packet[from];
		else
			*absent |= 0xff;
	}
	return v;
}

/* ---- operations ---- */

static struct mdesc_raw_value named(const struct mdesc_rawnic *nic, mdesc_fmt_str name, mdesc_fmt_str type, int id,
				    uint64_t value)
{
	return (struct mdesc_raw_value){ image_str(nic->img, name), image_str(nic->img, type),
					 id ? enum_name(nic->img, id, value) : NULL, value };
}

static void set(struct mdesc_rawnic *nic, uint32_t reg, uint64_t value)
{
	nic->regs[reg] = value;
	nic->set_at[reg] = nic->n_steps;
}

static void record(struct mdesc_rawnic *nic)
{
	struct mdesc_raw_record *r = &nic->records[nic->n_records];

	if (nic->n_records < RAW_RECORDS_MAX) {
		memcpy(nic->record_values[nic->n_records], nic->args, nic->n_args * sizeof(*nic->args));
		*r = (struct mdesc_raw_record){ (int64_t)nic->regs[0], nic->record_values[nic->n_records],
						nic->n_args };
		nic->n_records++;
	}
	nic->n_args = 0;
}

static void stop(struct mdesc_rawnic *nic)
{
	memcpy(nic->stop, nic->args, nic->n_args * sizeof(*nic->args));
	nic->n_stop = nic->n_args;
	nic->stopped = true;
}

/* A number on the stack; bits of @unknown come from bytes that are not there. */
struct num { uint64_t v, unknown; };

static struct num one_sided(const struct mdesc_fmt_raw_op *o, struct num a)
{
	if (o->op == MDESC_X_SLICE)
		return (struct num){ a.v >> o->lo & ~0ull >> (64 - o->width),
				     a.unknown >> o->lo & ~0ull >> (64 - o->width) };
	return (struct num){ expr_unary(o->op, a.v), o->op == MDESC_X_COM || !a.unknown ? a.unknown : ~0ull };
}

/* Unknown bits that do not count are gone: those that are masked, and what is computed beside a condition. */
static struct num two_sided(unsigned int op, struct num a, struct num b)
{
	struct num r = { expr_binary(op, a.v, b.v), a.unknown | b.unknown ? ~0ull : 0 };

	if (op == MDESC_X_AND)
		r.unknown = (a.unknown & (b.v | b.unknown)) | (b.unknown & a.v);
	else if (op == MDESC_X_OR || op == MDESC_X_XOR)
		r.unknown = a.unknown | b.unknown;
	else if ((op == MDESC_X_SHL || op == MDESC_X_SHR) && !b.unknown)
		r.unknown = expr_binary(op, a.unknown, b.v);
	else if ((op == MDESC_X_LAND && ((!a.unknown && !a.v) || (!b.unknown && !b.v))) ||
		 (op == MDESC_X_LOR && ((!a.unknown && a.v) || (!b.unknown && b.v))))
		r = (struct num){ op == MDESC_X_LOR, 0 };
	return r;
}

static struct num from_packet(const struct mdesc_rawnic *nic, const struct mdesc_fmt_raw_op *o, struct num at)
{
	struct num r;

	r.v = packet_number(nic, at.v, o->width, o->lo == MDESC_ORDER_LE, &r.unknown);
	if (at.unknown)
		r.unknown = ~0ull >> (64 - o->width);
	return r;
}

/* What gives numbers. The new top of the stack. */
static struct num *compute(const struct mdesc_rawnic *nic, const struct mdesc_fmt_raw_op *o, const uint64_t *bits,
			   struct num *top)
{
	const struct mdesc_fmt_raw_field *f;

	switch (o->op) {
	case MDESC_X_CONST:
		*top++ = (struct num){ o->imm, 0 };
		return top;
	case MDESC_T_FIELD:
	case MDESC_T_MASK:
		f = &image_raw_fields(nic->img)[o->index];
		*top++ = (struct num){ o->op == MDESC_T_MASK ? raw_field_get(nic->img, f, bits, true) :
				       raw_field_number(nic->img, f, bits),
				       bits == nic->key ? raw_field_get(nic->img, f, nic->absent, false) : 0 };
		return top;
	case MDESC_T_REG:
		*top++ = (struct num){ nic->regs[o->index], 0 };
		return top;
	case MDESC_T_LENGTH:
		*top++ = (struct num){ nic->len, 0 };
		return top;
	case MDESC_T_PACKET:
		top[-1] = from_packet(nic, o, top[-1]);
		return top;
	case MDESC_X_NEG:
	case MDESC_X_NOT:
	case MDESC_X_COM:
	case MDESC_X_SLICE:
		top[-1] = one_sided(o, top[-1]);
		return top;
	case MDESC_X_COND:
		top -= 2;
		top[-1] = top[-1].unknown ? (struct num){ 0, ~0ull } : top[-1].v ? top[0] : top[1];
		return top;
	default:
		top--;
		top[-1] = two_sided(o->op, top[-1], top[0]);
		return top;
	}
}

/* A number that counts. */
static uint64_t known(struct mdesc_rawnic *nic, struct num n)
{
	nic->truncated |= n.unknown != 0;
	return n.v;
}

/* The bits that field @index lies in: those of the key, or of a result of the row. */
static const uint64_t *part_bits(struct mdesc_rawnic *nic, const struct mdesc_fmt_raw *t,
				 const struct mdesc_fmt_raw_row *row, uint32_t field, uint64_t *bits)
{
	const struct mdesc_fmt_raw_part *p = &image_raw_parts(nic->img)[t->part_first];
	uint32_t i = 0;

	while (field < p[i].field_first || field - p[i].field_first >= p[i].field_count)
		i++;
	if (!i && (t->flags & MDESC_RAW_KEY))
		return nic->key;
	raw_row_field(nic->img, t, row->stage, row->number, i, &image_raw_fields(nic->img)[field], bits);
	return bits;
}

static void effect(struct mdesc_rawnic *nic, const struct mdesc_fmt_raw *t, const struct mdesc_fmt_raw_row *row)
{
	const struct mdesc_fmt_raw_op *ops = image_raw_ops(nic->img) + t->op_first, *o;
	struct num stack[RAW_STACK_MAX + 1], *top = stack;
	uint64_t bits[RAW_CHUNKS];
	const uint64_t *of = NULL;
	uint32_t i;

	for (i = 0; i < t->op_count && !nic->truncated && !nic->stopped; i++) {
		o = &ops[i];
		switch (o->op) {
		case MDESC_T_SET:
			set(nic, o->index, known(nic, *--top));
			break;
		case MDESC_T_SETM:
			top -= 2;
			*top = two_sided(MDESC_X_AND, top[0], top[1]);
			set(nic, o->index, (nic->regs[o->index] & ~known(nic, top[1])) | known(nic, *top));
			break;
		case MDESC_T_ARG:
			nic->args[nic->n_args++] = named(nic, o->index, (mdesc_fmt_str)o->imm,
							 nic->op_enum[t->op_first + i], known(nic, *--top));
			break;
		case MDESC_T_RECORD:
			record(nic);
			break;
		case MDESC_T_STOP:
			stop(nic);
			break;
		case MDESC_T_UNLESS:
			if (!known(nic, *--top))
				i = o->index - 1;
			break;
		case MDESC_T_SKIP:
			i = o->index - 1;
			break;
		case MDESC_T_GOTO:
			nic->table = o->index;
			set(nic, 1, image_raws(nic->img)[o->index].first_stage);
			break;
		case MDESC_T_FIELD:
		case MDESC_T_MASK:
			of = part_bits(nic, t, row, o->index, bits);
			/* fall through */
		default:
			top = compute(nic, o, of, top);
		}
	}
}

/* ---- look-ups ---- */

/* A field's bits of the key; which of them lie in no byte of the packet. */
static void key_field(struct mdesc_rawnic *nic, const struct mdesc_fmt_raw_field *f)
{
	const struct mdesc_fmt_raw_op *ops = image_raw_ops(nic->img) + f->load_first;
	bool is_set = f->reg && nic->n_steps && nic->set_at[f->reg - 1] == nic->n_steps;
	struct num stack[RAW_STACK_MAX + 1], *top = stack;
	uint64_t v, absent = 0;
	uint32_t i;

	if (f->reg && (is_set || (!f->load_count && !(f->flags & MDESC_RAW_FIELD_ALIAS)))) {
		v = nic->regs[f->reg - 1];
	} else if (f->load_count) {
		for (i = 0; i + 1 < f->load_count; i++)
			top = compute(nic, &ops[i], NULL, top);
		v = packet_number(nic, top[-1].v, ops[i].width, ops[i].lo == MDESC_ORDER_LE, &absent);
	} else {
		return;
	}
	raw_field_set(nic->img, f, nic->key, v);
	raw_field_set(nic->img, f, nic->absent, absent);
}

/* Fields first, then those aliases that were set: they lie over others. */
static void make_key(struct mdesc_rawnic *nic, const struct mdesc_fmt_raw_part *key, struct mdesc_raw_step *step)
{
	struct mdesc_raw_value *shown = nic->keys[step - nic->steps];
	const struct mdesc_fmt_raw_field *f = image_raw_fields(nic->img) + key->field_first;
	uint32_t i, pass;

	memset(nic->key, 0, sizeof(nic->key));
	memset(nic->absent, 0, sizeof(nic->absent));
	step->key = shown;
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < key->field_count; i++) {
			bool alias = f[i].flags & MDESC_RAW_FIELD_ALIAS;

			if (alias != (pass == 1))
				continue;
			key_field(nic, &f[i]);
			if (!f[i].reg || f[i].load_count || alias || step->key_count == RAW_KEYS_SHOWN)
				continue;
			shown[step->key_count++] = named(nic, f[i].name, f[i].type, nic->reg_enum[f[i].reg - 1],
							 raw_field_get(nic->img, &f[i], nic->key, false));
		}
	}
}

/* By the bytes that there are. */
static bool matches(const struct mdesc_rawnic *nic, const uint64_t *bits, uint32_t chunks)
{
	uint32_t i;

	for (i = 0; i < chunks; i++)
		if ((nic->key[i] ^ bits[i]) & bits[chunks + i] & ~nic->absent[i])
			return false;
	return true;
}

static bool compares_absent(const struct mdesc_rawnic *nic, const uint64_t *bits, uint32_t chunks)
{
	uint32_t i;

	for (i = 0; i < chunks; i++)
		if (nic->absent[i] & bits[chunks + i])
			return true;
	return false;
}

/* The row of this look-up, or NULL. */
static const struct raw_line *look_up(struct mdesc_rawnic *nic, const struct mdesc_fmt_raw *t, uint32_t stage,
				      struct mdesc_raw_step *step)
{
	const struct raw_run_table *rt = &nic->tables[nic->table];
	uint32_t i = rt->stage_first[stage - t->first_stage], end = rt->stage_first[stage - t->first_stage + 1];

	if (t->flags & MDESC_RAW_KEY)
		make_key(nic, &image_raw_parts(nic->img)[t->part_first], step);
	if (t->flags & MDESC_RAW_LAST) {
		for (; end > i; end--)
			if (matches(nic, rt->lines[end - 1].bits, rt->chunks))
				return &rt->lines[end - 1];
	} else if (t->flags & MDESC_RAW_KEY) {
		while (i < end && !matches(nic, rt->lines[i].bits, rt->chunks))
			i++;
	} else {
		uint64_t number = t->index_reg ? nic->regs[t->index_reg - 1] : 0;

		while (i < end && rt->lines[i].number != number)
			i++;
	}
	return i < end ? &rt->lines[i] : NULL;
}

/* One look-up and what follows from it. An error, or -1: go on or stop. */
static int one_step(struct mdesc_rawnic *nic)
{
	const struct mdesc_fmt_raw *t = &image_raws(nic->img)[nic->table];
	struct mdesc_raw_step *step = &nic->steps[nic->n_steps];
	uint64_t stage = t->flags & MDESC_RAW_STAGES ? nic->regs[1] : t->first_stage;
	const struct raw_line *line = NULL;
	uint32_t n_records = nic->n_records, table = nic->table, i;

	if ((int64_t)stage >= 0 && stage >= (uint64_t)t->first_stage + t->stages) {
		nic->stopped = true;
		return -1;
	}
	if (nic->n_steps == MDESC_FMT_RAW_STEPS)
		return MDESC_ERR_STEPS;
	*step = (struct mdesc_raw_step){ .table = image_str(nic->img, t->name), .staged = t->flags & MDESC_RAW_STAGES,
					 .stage = (unsigned int)stage, .row = MDESC_FMT_NONE32,
					 .cursor = (int64_t)nic->regs[0], .doc = "" };
	if (nic->tables[nic->table].lines && stage >= t->first_stage)
		line = look_up(nic, t, (uint32_t)stage, step);
	nic->n_steps++;
	if (!line)
		return MDESC_ERR_NO_MATCH;
	step->row = line->number;
	step->doc = image_str(nic->img, line->fmt->doc);
	if (compares_absent(nic, line->bits, nic->tables[nic->table].chunks))
		return MDESC_ERR_TRUNCATED;
	for (i = 0; i < nic->n_regs; i++)
		if (image_raw_regs(nic->img)[i].kind == MDESC_RAW_REG_LET)
			nic->regs[i] = 0;
	memcpy(nic->saved, nic->regs, nic->n_regs * sizeof(*nic->regs));
	nic->n_args = 0;
	effect(nic, t, line->fmt);
	if (!nic->truncated)
		return -1;
	memcpy(nic->regs, nic->saved, nic->n_regs * sizeof(*nic->regs));
	nic->n_records = n_records;
	nic->table = table;
	nic->n_stop = 0;
	return MDESC_ERR_TRUNCATED;
}

int mdesc_rawnic__run(struct mdesc_rawnic *nic, const void *packet, size_t len, struct mdesc_rawnic_result *res)
{
	struct mdesc_rawnic_result r = { .sz = sizeof(r) };
	int error = -1;
	uint32_t i;

	if (len > MDESC_PACKET_MAX || !res || res->sz < offsetof(struct mdesc_rawnic_result, error) + sizeof(int))
		return -EINVAL;
	nic->packet = packet;
	nic->len = len;
	nic->table = nic->first_table;
	nic->n_steps = nic->n_records = nic->n_stop = 0;
	nic->stopped = nic->truncated = false;
	memcpy(nic->regs, nic->base, nic->n_regs * sizeof(*nic->regs));
	memset(nic->set_at, 0, nic->n_regs * sizeof(*nic->set_at));
	while (error < 0 && !nic->stopped)
		error = one_step(nic);
	for (i = 0; i < nic->n_regs; i++) {
		const struct mdesc_fmt_raw_reg *reg = &image_raw_regs(nic->img)[i];

		if (reg->kind == MDESC_RAW_REG_RESULT)
			nic->results[r.result_count++] = named(nic, reg->name, reg->type, nic->reg_enum[i],
							       nic->regs[i]);
	}
	r.error = error < 0 ? MDESC_ERR_NONE : error;
	r.cursor = nic->n_regs ? (int64_t)nic->regs[0] : 0;
	r.steps = nic->steps;
	r.step_count = nic->n_steps;
	r.records = nic->records;
	r.record_count = nic->n_records;
	r.results = nic->results;
	r.stop = nic->stop;
	r.stop_count = nic->n_stop;
	return info_copy(res, &r, sizeof(r));
}

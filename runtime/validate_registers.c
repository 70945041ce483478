/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What an image says about registers and flags, and about key bytes that are
 * not the packet's.
 *
 * Afterwards every register lies within the machine's, no two meet, every load
 * is of bits that exist, every store of bits of one register of its kind, and
 * every key byte of a register or source is one that it has.
 */
#include <string.h>

#include "image.h"

#define AT(type, member)	offsetof(struct mdesc_fmt_##type, member)
#define BAD(id, i, at, ...)	bad_entry(img, err, id, i, at, __VA_ARGS__)
#define REGS_BITS		(8u * MDESC_FMT_REGS_MAX)

static int check_register(const struct mdesc_image *img, struct mdesc_error *err, uint32_t i, uint8_t *taken)
{
	const struct mdesc_fmt_register *r = &image_registers(img)[i];
	uint32_t bit;

	if (r->kind < MDESC_REGISTER_PLAIN || r->kind > MDESC_REGISTER_COUNTER)
		return BAD(TABLE_REGISTERS, i, AT(register, kind), "register %u: there is no kind %u", i, r->kind);
	if (r->bits < 1 || r->bits > 64 || (r->kind == MDESC_REGISTER_FLAG && r->bits != 1) ||
	    (r->kind == MDESC_REGISTER_COUNTER && r->bits > 16))
		return BAD(TABLE_REGISTERS, i, AT(register, bits), "register %u has %u bits", i, r->bits);
	if (r->bit + r->bits > REGS_BITS || (r->kind != MDESC_REGISTER_FLAG && r->bit % 8))
		return BAD(TABLE_REGISTERS, i, AT(register, bit), "register %u: %u bits from bit %u of %u", i, r->bits,
			   r->bit, REGS_BITS);
	for (bit = r->bit; bit < (uint32_t)r->bit + r->bits; bit++) {
		if (taken[bit / 8] & 1u << bit % 8)
			return BAD(TABLE_REGISTERS, i, AT(register, bit), "register %u: another one has bit %u, too", i,
				   bit);
		taken[bit / 8] |= 1u << bit % 8;
	}
	return 0;
}

int image_validate_registers(const struct mdesc_image *img, struct mdesc_error *err)
{
	uint8_t taken[MDESC_FMT_REGS_MAX] = { 0 };
	uint32_t i;
	int ret = 0;

	for (i = 0; i < image_count(img, TABLE_REGISTERS) && !ret; i++) {
		const struct mdesc_fmt_register *r = &image_registers(img)[i];

		ret = check_name(img, err, TABLE_REGISTERS, i, AT(register, name), r->name, ".");
		if (!ret && r->type)
			ret = check_name(img, err, TABLE_REGISTERS, i, AT(register, type), r->type, "");
		if (!ret && !image_cannot_run(img))
			ret = check_register(img, err, i, taken);
	}
	return ret;
}

/* A state that counts in a register: one that can hold what it counts. */
int check_counter(const struct mdesc_image *img, struct mdesc_error *err, uint32_t state)
{
	const struct mdesc_fmt_state *s = &image_states(img)[state];
	uint32_t registers = image_count(img, TABLE_REGISTERS);
	const struct mdesc_fmt_register *r;

	if (s->counter > registers || image_registers(img)[s->counter - 1].kind != MDESC_REGISTER_COUNTER)
		return BAD(TABLE_STATES, state, AT(state, counter), "state %u counts in register %u of %u, no counter",
			   state, s->counter - 1, registers);
	r = &image_registers(img)[s->counter - 1];
	if (s->max && !(s->max >> r->bits))
		return 0;
	return BAD(TABLE_STATES, state, AT(state, max), "state %u counts to %u in %u bits", state, s->max, r->bits);
}

/* The register that bits @bit to @bit + @bits - 1 are all of; NULL: there is none. */
static const struct mdesc_fmt_register *holder(const struct mdesc_image *img, uint32_t bit, uint32_t bits)
{
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_REGISTERS); i++) {
		const struct mdesc_fmt_register *r = &image_registers(img)[i];

		if (bit >= r->bit && (uint64_t)bit + bits <= (uint32_t)r->bit + r->bits)
			return r;
	}
	return NULL;
}

int check_register_load(const struct mdesc_image *img, struct mdesc_error *err, uint32_t op)
{
	const struct mdesc_fmt_op *o = &image_ops(img)[op];

	if (o->width >= 1 && o->width <= 64 && holder(img, o->bit, o->width))
		return 0;
	return BAD(TABLE_OPS, op, AT(op, bit), "operation %u: no register has the %u bits from bit %u", op, o->width,
		   o->bit);
}

int check_register_store(const struct mdesc_image *img, struct mdesc_error *err, uint32_t op)
{
	const struct mdesc_fmt_op *o = &image_ops(img)[op];
	bool flag = o->op == MDESC_OP_RAISE;
	const struct mdesc_fmt_register *r = NULL;

	if (flag ? !o->width : o->width >= 1 && o->width <= 64)
		r = holder(img, o->bit, flag ? 1 : o->width);
	if (r && r->kind == (flag ? MDESC_REGISTER_FLAG : MDESC_REGISTER_PLAIN))
		return 0;
	return BAD(TABLE_OPS, op, AT(op, bit), "operation %u: no %s has the %u bits from bit %u", op,
		   flag ? "flag" : "register", flag ? 1 : o->width, o->bit);
}

int check_register_slot(const struct mdesc_image *img, struct mdesc_error *err, uint32_t keys, uint32_t byte)
{
	const struct mdesc_fmt_keys *k = &image_keys(img)[keys];
	uint32_t sources = image_count(img, TABLE_SOURCES);
	size_t at = AT(keys, off) + 2 * byte;

	if (k->elem[byte])
		return BAD(TABLE_KEYS, keys, AT(keys, elem) + byte, "key set %u: byte %u of no header is of element %u",
			   keys, byte, k->elem[byte]);
	if (k->kind[byte] == MDESC_SLOT_REGISTER) {
		if (k->off[byte] >= 0 && k->off[byte] < MDESC_FMT_REGS_MAX && !k->index[byte])
			return 0;
		return BAD(TABLE_KEYS, keys, at, "key set %u: byte %u is byte %d of %u of the registers", keys, byte,
			   k->off[byte], MDESC_FMT_REGS_MAX);
	}
	if (k->index[byte] >= sources)
		return BAD(TABLE_KEYS, keys, AT(keys, index) + 2 * byte, "key set %u: byte %u is of source %u of %u",
			   keys, byte, k->index[byte], sources);
	if (k->off[byte] >= 0 && 8 * k->off[byte] < image_source_table(img)[k->index[byte]].bits)
		return 0;
	return BAD(TABLE_KEYS, keys, at, "key set %u: byte %u is byte %d of source %u", keys, byte, k->off[byte],
		   k->index[byte]);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Keys and patterns, taken literally: which byte of a header, of what lies ahead,
 * of a register or a source each bit of a key is, and the rows that compare them.
 * A range is cut into aligned blocks from its lower end on.
 */
#include <string.h>

#include "literal.h"

#define ROWS_MAX	(1u << 18)

static uint64_t all_of(uint32_t bits)
{
	return bits < 64 ? ((uint64_t)1 << bits) - 1 : UINT64_MAX;
}

uint32_t literal_cubes(const struct mdc_pattern *p, uint32_t bits, struct literal_cube *to)
{
	uint64_t lo = p->lo, hi = p->hi, all = all_of(bits);
	uint32_t n = 0;

	if (!p->is_range) {
		to[0] = (struct literal_cube){ p->value & all, p->mask & all };
		return 1;
	}
	while (lo <= hi && n < LITERAL_CUBES) {
		uint64_t rest = 0;	/* the block is lo .. lo + rest */

		while (rest != all && !(lo & (2 * rest + 1)) && hi - lo >= 2 * rest + 1)
			rest = 2 * rest + 1;
		to[n++] = (struct literal_cube){ lo, all & ~rest };
		if (hi - lo <= rest)
			break;
		lo += rest + 1;
	}
	return n;
}

/* ---- where bits lie ---- */

struct place { uint8_t kind, elem, bit; uint16_t index; int32_t off; };

/* Bit @i of a key's value. */
static struct place place_of(const struct mdc_key *k, uint32_t i)
{
	struct place p = { .bit = (uint8_t)(i % 8) };
	uint32_t wire = k->bit + k->bits - 1 - i;

	if (k->remaining) {
		p.kind = MDESC_SLOT_REMAINING;
		p.off = i < 8;
	} else if (k->reg) {
		p.kind = MDESC_SLOT_REGISTER;
		p.off = (int32_t)((k->reg->bit + k->bit + i) / 8);
		p.bit = (uint8_t)((k->reg->bit + k->bit + i) % 8);
	} else if (k->source) {
		p.kind = MDESC_SLOT_SOURCE;
		p.index = (uint16_t)k->source->idx;
		p.off = (int32_t)((k->bit + i) / 8);
		p.bit = (uint8_t)((k->bit + i) % 8);
	} else {
		p.kind = k->lookahead ? MDESC_SLOT_PACKET : MDESC_SLOT_HEADER;
		p.index = (uint16_t)(k->lookahead ? 0 : k->inst->idx);
		p.elem = k->lookahead || !k->inst->capacity ? 0 : k->elem;
		p.off = (int32_t)(k->order == MDC_LE ? k->bit / 8 + i / 8 : wire / 8);
		if (k->order != MDC_LE)
			p.bit = (uint8_t)(7 - wire % 8);
	}
	return p;
}

static uint32_t slot_of(const struct mdesc_fmt_keys *k, const struct place *p)
{
	uint32_t i = 0;

	while (i < k->count && (k->kind[i] != p->kind || k->elem[i] != p->elem || k->index[i] != p->index ||
				k->off[i] != p->off))
		i++;
	return i;
}

uint16_t literal_keyset(struct literal *l, struct literal_keys *to, const struct mdc_key *keys, uint32_t n,
			const uint64_t *masks)
{
	*to = (struct literal_keys){ .keys = keys, .n = n };
	for (uint32_t k = 0; k < n; k++) {
		for (uint32_t i = 0; i < keys[k].bits; i++) {
			struct place p = place_of(&keys[k], i);
			uint32_t slot = slot_of(&to->f, &p);

			if (!(masks[k] >> i & 1) || slot < to->f.count)
				continue;
			if (slot == MDESC_FMT_KEY_MAX || p.off > INT16_MAX) {
				literal_cannot(l, "a select looks at more bytes than a key can have");
				return 0;
			}
			to->f.kind[slot] = p.kind;
			to->f.elem[slot] = p.elem;
			to->f.index[slot] = p.index;
			to->f.off[slot] = (int16_t)p.off;
			to->f.count++;
		}
	}
	*vec_push(l->a, &l->keys) = to->f;
	if (l->keys.n >= MDESC_FMT_NONE16)
		literal_cannot(l, "there are too many keys");
	return (uint16_t)(l->keys.n - 1);
}

uint32_t literal_need(const struct literal_keys *k)
{
	uint32_t need = 0;

	for (uint32_t i = 0; i < k->f.count; i++)
		if (k->f.kind[i] == MDESC_SLOT_PACKET || k->f.kind[i] == MDESC_SLOT_HEADER)
			need |= 1u << i;
	return need;
}

/* ---- rows ---- */

/* The row compares these bits of key @k, too; false: it can never match. */
static bool compare(const struct literal_keys *k, uint32_t key, const struct literal_cube *c,
		    struct mdesc_fmt_row *row)
{
	for (uint32_t i = 0; i < k->keys[key].bits; i++) {
		struct place p = place_of(&k->keys[key], i);
		uint32_t slot = slot_of(&k->f, &p);
		uint8_t bit = (uint8_t)(1u << p.bit), v = c->value >> i & 1 ? bit : 0;

		if (!(c->mask >> i & 1) || slot == k->f.count)
			continue;
		if ((row->key_mask[slot] & bit) && (row->key_value[slot] & bit) != v)
			return false;
		row->key_mask[slot] |= bit;
		row->key_value[slot] |= v;
	}
	return true;
}

static void match_from(struct literal *l, const struct literal_keys *k, uint32_t key,
		       const struct mdc_pattern *patterns, const struct mdesc_fmt_row *row)
{
	struct literal_cube cubes[LITERAL_CUBES];
	uint32_t n;

	if (key == k->n) {
		if (l->rows.n < ROWS_MAX)
			*vec_push(l->a, &l->rows) = *row;
		else
			literal_cannot(l, "there are too many rows");
		return;
	}
	n = literal_cubes(&patterns[key], k->keys[key].bits, cubes);
	for (uint32_t i = 0; i < n && !l->why; i++) {
		struct mdesc_fmt_row r = *row;

		if (compare(k, key, &cubes[i], &r))
			match_from(l, k, key + 1, patterns, &r);
	}
}

void literal_match(struct literal *l, const struct literal_keys *k, const struct mdc_pattern *patterns,
		   const struct mdesc_fmt_row *row)
{
	match_from(l, k, 0, patterns, row);
}

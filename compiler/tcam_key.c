/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Keys: takes the keys and patterns of a state's select, says which bytes of
 * the packet they are, counted from the cursor at the match, and turns arms
 * into rows: ranges into prefixes, tuples of ranges into all combinations.
 *
 * A key byte is one that some pattern of the select masks a bit of; others take
 * no slot and need not be in the packet. A range masks all bits but the lowest
 * ones that it leaves free as a whole.
 */
#include <stdlib.h>

#include "describe.h"
#include "tcam.h"

static uint64_t ones(uint32_t bits)
{
	return bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;
}

static uint32_t trailing_zeros(uint64_t v)
{
	return v ? (uint32_t)__builtin_ctzll(v) : 64;
}

/* All bits that a row for this pattern may look at. */
static uint64_t pattern_mask(const struct mdc_pattern *p, uint8_t bits)
{
	uint32_t free_bits, hi_ones;

	if (!p->is_range)
		return p->mask;
	free_bits = trailing_zeros(p->lo);
	hi_ones = trailing_zeros(~p->hi);
	if (hi_ones < free_bits)
		free_bits = hi_ones;
	return free_bits >= bits ? 0 : ones(bits) & ~ones(free_bits);
}

static uint64_t key_mask(const struct mdc_state *s, uint32_t key)
{
	uint64_t mask = 0;

	for (uint32_t i = 0; i < s->n_arms; i++) {
		if (!s->arms[i].is_default)
			mask |= pattern_mask(&s->arms[i].patterns[key], s->keys[key].bits);
	}
	return mask;
}

/* The first bit of what the key's bytes are of: on the wire, or the lowest one. */
static uint32_t first_bit(const struct mdc_key *k)
{
	return k->reg ? k->reg->bit + k->bit : k->bit;
}

/* Bits of a key as the bytes that it touches, in the packet's order; of registers and sources the lowest first. */
static void scatter(const struct mdc_key *k, uint64_t bits, uint8_t *byte, uint32_t n)
{
	unsigned __int128 v = bits;

	if (k->reg || k->source) {
		v <<= first_bit(k) % 8;
		for (uint32_t i = 0; i < n; i++)
			byte[i] = (uint8_t)(v >> 8 * i);
		return;
	}
	if (k->order == MDC_LE) {
		for (uint32_t i = 0; i < n; i++)
			byte[i] = bits >> 8 * i;
		return;
	}
	v <<= 8 * n - k->bit % 8 - k->bits;
	for (uint32_t i = 0; i < n; i++)
		byte[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

void tcam_key_use(struct lower *l, struct tcam_plan *p)
{
	const struct mdc_state *s = p->s;

	if (s->n_keys)
		p->keys = arena_array(l->arena, struct tcam_key, s->n_keys);
	for (uint32_t i = 0; i < s->n_keys; i++) {
		struct tcam_key *k = &p->keys[i];
		uint64_t mask = key_mask(s, i);
		uint8_t byte[9];

		k->used = mask != 0;
		k->n_bytes = (first_bit(&s->keys[i]) % 8 + s->keys[i].bits + 7) / 8;
		scatter(&s->keys[i], mask, byte, k->n_bytes);
		for (uint32_t j = 0; j < k->n_bytes; j++)
			k->slot[j] = byte[j] ? 0 : -1;
	}
}

/* ---- where they lie ---- */

/*
 * Where the first byte of what key @i counts from lies, from the cursor in the
 * last extract's part (or, @behind, in a part after it). False: not constant.
 */
static bool cursor_base(const struct tcam_plan *p, uint32_t i, bool behind, int32_t *base)
{
	const struct mdc_state *s = p->s;
	const struct mdc_key *k = &s->keys[i];
	const struct mdc_instance *last = NULL;
	uint32_t n = s->n_extracts, moves = 0;
	int32_t v;

	if (!behind && n)
		last = s->extracts[--n];
	if (last && last->header->n_parts)
		return false;		/* there are no arms in its last part */
	if (k->remaining)
		return false;
	if (k->lookahead) {
		*base = 0;
		if (last && !tcam_moves(last, &moves))
			return false;
		*base = last ? (int32_t)moves : 0;
		return true;
	}
	if (k->inst->kind == MDC_I_PART)
		return false;
	v = tcam_dist_behind(s, n, k, p->keys[i].entry);
	*base = 0;
	if (last && last == k->inst && (!tcam_key_indexed(k) || v == DIST_COUNT(k->elem)))
		return true;
	if (v < 0 || v == DIST_UNKNOWN)
		return false;
	*base = -v;
	return true;
}

/* Can the key's bytes be taken from the recorded header, wherever the cursor is? That extracted here is none yet. */
static bool from_header(const struct tcam_plan *p, const struct mdc_key *k, bool behind)
{
	const struct mdc_state *s = p->s;

	return behind || !s->n_extracts || s->extracts[s->n_extracts - 1] != k->inst;
}

/* The slot of what key @i counts from. False: there is none. */
static bool key_base(const struct tcam_plan *p, uint32_t i, bool behind, struct key_slot *base)
{
	const struct mdc_key *k = &p->s->keys[i];

	*base = (struct key_slot){ .kind = MDESC_SLOT_PACKET };
	if (k->reg || k->source) {
		base->kind = k->reg ? MDESC_SLOT_REGISTER : MDESC_SLOT_SOURCE;
		base->index = k->reg ? 0 : (uint16_t)k->source->idx;
		return true;
	}
	if (k->remaining) {
		base->kind = MDESC_SLOT_REMAINING;
		return behind || !p->s->n_extracts;
	}
	if (cursor_base(p, i, behind, &base->off))
		return true;
	if (k->lookahead || !from_header(p, k, behind))
		return false;
	*base = (struct key_slot){
		.kind = MDESC_SLOT_HEADER, .index = (uint16_t)k->inst->idx, .elem = k->elem,
	};
	return true;
}

/* The slots of the key bytes of key @i; how many there are. */
static uint32_t key_slots(const struct tcam_plan *p, uint32_t i, const struct key_slot *base,
			  struct key_slot slots[9])
{
	uint32_t n = 0;

	for (uint32_t j = 0; j < p->keys[i].n_bytes; j++) {
		if (p->keys[i].slot[j] < 0)
			continue;
		slots[n] = *base;
		slots[n++].off += (int32_t)(first_bit(&p->s->keys[i]) / 8 + j);
	}
	return n;
}

static bool in_reach(const struct lower *l, const struct key_slot *slot)
{
	int32_t reach = l->m->target.reach < INT16_MAX ? (int32_t)l->m->target.reach : INT16_MAX;

	if (slot->kind != MDESC_SLOT_PACKET)
		return slot->off <= INT16_MAX;
	return slot->off >= -reach && slot->off < reach;
}

/* Can key @i be matched there? Else *off is a byte out of reach, or *constant is false. */
static bool key_ok(const struct lower *l, const struct tcam_plan *p, uint32_t i, bool behind,
		   bool *constant, int32_t *bad)
{
	struct key_slot base, slots[9];
	uint32_t n;

	*constant = key_base(p, i, behind, &base);
	if (!*constant)
		return false;
	n = key_slots(p, i, &base, slots);
	for (uint32_t j = 0; j < n; j++) {
		*bad = slots[j].off;
		if (!in_reach(l, &slots[j]))
			return false;
	}
	return true;
}

bool tcam_key_reachable(const struct lower *l, const struct tcam_plan *p, bool behind)
{
	for (uint32_t i = 0; i < p->s->n_keys; i++) {
		bool constant;
		int32_t bad;

		if (p->keys[i].used && !key_ok(l, p, i, behind, &constant, &bad))
			return false;
	}
	return true;
}

/* Says why key @i cannot be matched. */
static void diagnose_key(struct lower *l, const struct tcam_plan *p, uint32_t i, bool constant, int32_t bad)
{
	const struct mdc_state *s = p->s;
	const struct mdc_key *k = &s->keys[i];
	const struct mdc_target *t = &l->m->target;
	const char *name = describe_key(l->arena, k);
	struct diag *d;

	if (constant) {
		d = diag(l->ctx, CHK_target_key, k->loc,
			 bad < 0 ? "state '%s' matches '%s' %d bytes before the cursor, "
				   "and the target '%s' reaches %u" :
				   "state '%s' matches '%s' %d bytes after the cursor, "
				   "and the target '%s' reaches %u", s->name,
			 name, abs(bad), t->name, t->reach);
		tcam_label_target(l, d);
		diag_note(d, k->lookahead ? "extract what is in between first" :
			  "match it in another state, nearer to it, and go to a state of its own for each outcome");
		return;
	}
	d = diag(l->ctx, CHK_target_key, k->loc,
		 "state '%s' matches '%s' at a distance from the cursor that is not always the same", s->name, name);
	diag_note(d, "a header of variable length, or a loop, lies in between");
	diag_note(d, "split the state: match '%s' where it is extracted, before anything else is, and go to a state of "
		  "its own for each outcome", name);
	if (!k->lookahead)
		diag_note(d, "or keep it: `register TYPE NAME;` in the parser, `NAME = %s;` where it is extracted, and "
			  "match NAME here", name);
}

void tcam_key_diagnose(struct lower *l, const struct tcam_plan *p)
{
	const struct mdc_state *s = p->s;
	bool behind = false;

	/* Looking ahead past a variable length is only possible behind it: then say what is not. */
	for (uint32_t i = 0; i < s->n_keys; i++) {
		uint32_t moves;

		if (p->keys[i].used && (s->keys[i].lookahead || s->keys[i].remaining) && s->n_extracts &&
		    !tcam_moves(s->extracts[s->n_extracts - 1], &moves))
			behind = true;
	}
	for (uint32_t i = 0; i < s->n_keys; i++) {
		bool constant;
		int32_t bad = 0;

		if (p->keys[i].used && !key_ok(l, p, i, behind, &constant, &bad))
			diagnose_key(l, p, i, constant, bad);
	}
}

/* ---- slots ---- */

static void diagnose_bytes(struct lower *l, const struct tcam_plan *p, uint32_t n)
{
	const struct mdc_state *s = p->s;
	struct diag *d = diag(l->ctx, CHK_target_key, s->loc, "state '%s' matches %u bytes at once, %u are the most",
			      s->name, n, MDESC_FMT_KEY_MAX);

	for (uint32_t i = 0; i < s->n_keys; i++) {
		uint32_t bytes = 0;

		for (uint32_t j = 0; j < p->keys[i].n_bytes; j++)
			bytes += p->keys[i].slot[j] >= 0;
		if (bytes)
			diag_label(d, s->keys[i].loc, "%u byte%s", bytes, bytes == 1 ? "" : "s");
	}
	diag_note(d, "split the state: match some of the keys here, and the others in states that follow");
}

bool tcam_key_place(struct lower *l, struct tcam_plan *p, bool behind)
{
	const struct mdc_state *s = p->s;
	struct key_slot *all = arena_array(l->arena, struct key_slot, s->n_keys * 9 + 1), base;
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n_keys; i++) {
		if (p->keys[i].used && key_base(p, i, behind, &base))
			n += key_slots(p, i, &base, all + n);
	}
	n = key_slots_unique(all, n);
	if (n > MDESC_FMT_KEY_MAX) {
		diagnose_bytes(l, p, n);
		return false;
	}
	for (uint32_t i = 0; i < s->n_keys; i++) {
		struct tcam_key *k = &p->keys[i];

		if (!k->used || !key_base(p, i, behind, &base))
			continue;
		for (uint32_t j = 0; j < k->n_bytes; j++) {
			struct key_slot slot = base, *at;

			if (k->slot[j] < 0)
				continue;
			slot.off += (int32_t)(first_bit(&s->keys[i]) / 8 + j);
			at = bsearch(&slot, all, n, sizeof(*all), key_slot_cmp);
			k->slot[j] = (int8_t)(at - all);
		}
	}
	p->n_slots = (uint16_t)n;
	p->keyset = tcam_keyset(l, all, n);
	return true;
}

/* Every key byte is masked by some pattern, or it would have no slot. */
uint32_t tcam_key_need(const struct tcam_plan *p)
{
	return (1u << p->n_slots) - 1;
}

/* ---- key sets: equal ones are shared ---- */

static uint32_t keyset_slot(const struct lower *l, const struct mdesc_fmt_keys *k)
{
	uint32_t h = 2166136261u, mask = l->keyset_hash_size - 1;

	for (uint32_t i = 0; i < k->count; i++)
		h = (h ^ (uint16_t)k->off[i] ^ (uint32_t)k->kind[i] << 16 ^ (uint32_t)k->index[i] << 20) * 16777619u;
	h = (h ^ k->count) * 16777619u;
	h ^= h >> 15;
	while (l->keyset_hash[h & mask] &&
	       memcmp(&l->keys.p[l->keyset_hash[h & mask] - 1], k, sizeof(*k)))
		h++;
	return h & mask;
}

static void keyset_grow(struct lower *l)
{
	l->keyset_hash_size = l->keyset_hash_size ? 2 * l->keyset_hash_size : 64;
	l->keyset_hash = arena_array(l->arena, uint32_t, l->keyset_hash_size);
	for (uint32_t i = 0; i < l->keys.n; i++)
		l->keyset_hash[keyset_slot(l, &l->keys.p[i])] = i + 1;
}

uint16_t tcam_keyset(struct lower *l, const struct key_slot *slots, uint32_t n)
{
	struct mdesc_fmt_keys k = { .count = (uint16_t)n };
	uint32_t slot;

	for (uint32_t i = 0; i < n; i++) {
		k.off[i] = (int16_t)slots[i].off;
		k.kind[i] = slots[i].kind;
		k.elem[i] = slots[i].elem;
		k.index[i] = slots[i].index;
	}
	if (2 * (l->keys.n + 1) > l->keyset_hash_size)
		keyset_grow(l);
	slot = keyset_slot(l, &k);
	if (!l->keyset_hash[slot]) {
		*vec_push(l->arena, &l->keys) = k;
		l->keyset_hash[slot] = (uint32_t)l->keys.n;
	}
	return (uint16_t)(l->keyset_hash[slot] - 1);
}

/* ---- arms to rows ---- */

uint32_t tcam_prefixes(const struct mdc_pattern *p, uint8_t bits, struct tcam_prefix *out)
{
	uint64_t lo = p->lo;
	uint32_t n = 0;

	if (!p->is_range) {
		if (out)
			*out = (struct tcam_prefix){ p->value, p->mask };
		return 1;
	}
	while (lo <= p->hi) {
		uint32_t k = trailing_zeros(lo);
		uint64_t last;

		if (k > bits)
			k = bits;
		/* the largest block that begins at lo and does not pass hi */
		while ((last = lo + ones(k)) > p->hi || last < lo)
			k--;
		if (out)
			out[n] = (struct tcam_prefix){ lo, ones(bits) & ~ones(k) };
		n++;
		if (last == UINT64_MAX)
			break;
		lo = last + 1;
	}
	return n;
}

uint32_t tcam_arm_rows(const struct tcam_plan *p, const struct mdc_arm *arm)
{
	uint64_t n = 1;

	if (arm->is_default)
		return 1;
	for (uint32_t i = 0; i < p->s->n_keys && n < UINT32_MAX; i++)
		n *= tcam_prefixes(&arm->patterns[i], p->s->keys[i].bits, NULL);
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* Adds one key's value to a row; false where it contradicts another key of the same bits. */
static bool put_key(const struct tcam_plan *p, uint32_t i, const struct tcam_prefix *x, struct mdesc_fmt_row *row)
{
	const struct tcam_key *k = &p->keys[i];
	uint8_t value[9], mask[9];

	scatter(&p->s->keys[i], x->value, value, k->n_bytes);
	scatter(&p->s->keys[i], x->mask, mask, k->n_bytes);
	for (uint32_t j = 0; j < k->n_bytes; j++) {
		int at = k->slot[j];

		if (at < 0)
			continue;
		if ((row->key_value[at] ^ value[j]) & row->key_mask[at] & mask[j])
			return false;
		row->key_value[at] |= value[j];
		row->key_mask[at] |= mask[j];
	}
	return true;
}

/* All combinations of the prefixes of key @i and those behind it. */
static void combine(struct lower *l, const struct tcam_plan *p, const struct mdc_arm *arm, uint32_t i,
		    const struct mdc_row *row)
{
	struct tcam_prefix *x;
	uint32_t n;

	while (i < p->s->n_keys && !p->keys[i].used)
		i++;
	if (i == p->s->n_keys) {
		*vec_push(l->arena, &l->rows) = *row;
		return;
	}
	n = tcam_prefixes(&arm->patterns[i], p->s->keys[i].bits, NULL);
	x = arena_array(l->arena, struct tcam_prefix, n);
	tcam_prefixes(&arm->patterns[i], p->s->keys[i].bits, x);
	for (uint32_t j = 0; j < n; j++) {
		struct mdc_row r = *row;

		if (put_key(p, i, &x[j], &r.f))
			combine(l, p, arm, i + 1, &r);
	}
}

void tcam_arm_emit(struct lower *l, const struct tcam_plan *p, const struct mdc_arm *arm,
		   const struct mdc_row *row)
{
	if (arm->is_default)
		*vec_push(l->arena, &l->rows) = *row;
	else
		combine(l, p, arm, 0, row);
}

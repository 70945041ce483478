/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the model, gives packets. A walk decides in each state for an arm and
 * makes the key's bytes match it, unless an earlier decision fixed them; then it
 * goes on by the arm that really matches. Nothing here is relied upon: whatever
 * comes out is a packet, and both machines must agree on it.
 */
#include "packets.h"

#include <string.h>

#include "gen.h"
#include "interp.h"

struct walk {
	struct packets *p;
	bool random;			/* decide by chance, sometimes for what is wrong */
	uint8_t fixed[PACKET_MAX];	/* bits that were decided */
	uint64_t fixed_source[PACKET_SOURCES];	/* likewise */
	uint64_t regs[INTERP_REGISTERS_MAX];	/* as far as constants set them */
	uint32_t cursor, need;
	bool within;
	uint32_t limit;
	struct walk_header {
		const struct mdc_instance *inst;
		uint32_t elem, offset;
		uint32_t length, known;
		uint32_t part[INTERP_PARTS_MAX];	/* as in struct interp_header */
	} h[64];
	int n_h, n;
};

static uint64_t any(struct walk *w)
{
	return gen_rand(&w->p->rng);
}

static uint32_t decide(struct walk *w, uint32_t ways)
{
	struct packets *p = w->p;
	int i = w->n;

	if (w->random || i >= PACKET_DECISIONS || ways > 255)
		return any(w) % ways;
	w->n++;
	if (i >= p->n_decisions) {
		p->decision[i] = 0;
		p->n_decisions = i + 1;
	}
	p->ways[i] = ways;
	return p->decision[i];
}

static void put_bit(struct walk *w, uint64_t bit, bool on)
{
	uint8_t mask = 0x80 >> bit % 8;

	if (bit / 8 >= PACKET_MAX || (w->fixed[bit / 8] & mask))
		return;
	w->p->data[bit / 8] = (w->p->data[bit / 8] & ~mask) | (on ? mask : 0);
}

/* The bits of @mask in a number of @bits bits at @bit. */
static void put(struct walk *w, uint64_t bit, uint32_t bits, enum mdc_order order, uint64_t value, uint64_t mask)
{
	for (uint32_t i = 0; i < bits; i++) {
		uint64_t at = order == MDC_LE ? bit + i / 8 * 8 + 7 - i % 8 : bit + bits - 1 - i;

		if (mask >> i & 1)
			put_bit(w, at, value >> i & 1);
	}
}

static void fix(struct walk *w, uint64_t bit, uint32_t bits)
{
	for (uint32_t i = 0; i < bits; i++)
		if ((bit + i) / 8 < PACKET_MAX)
			w->fixed[(bit + i) / 8] |= 0x80 >> (bit + i) % 8;
	if ((bit + bits + 7) / 8 > w->need)
		w->need = (bit + bits + 7) / 8;
}

/* ---- extract ---- */

static int64_t length_of(const struct mdc_header *h, uint64_t field)
{
	return (int64_t)(field << h->len_shift) + h->len_add;
}

static bool length_right(const struct mdc_header *h, int64_t length)
{
	return length >= h->fixed && length >= h->min && length <= h->max;
}

/* Decides about the fields that conditions read, and finds the parts that are there. How many bytes they take. */
static void fix_cond(struct walk *w, const struct mdc_hcond *c, uint32_t at)
{
	if (c->kind == MDC_HC_CMP) {
		uint64_t bit = at * 8ull + c->key.bit, v = any(w);

		if (any(w) % 2)		/* one that matters */
			v = (c->value + any(w) % 3 - 1) | (any(w) % 4 ? 0 : v & ~c->mask);
		put(w, bit, c->key.bits, c->key.order, v, UINT64_MAX);
		fix(w, bit, c->key.bits);
		return;
	}
	fix_cond(w, c->a, at);
	if (c->b)
		fix_cond(w, c->b, at);
}

static uint32_t parts(struct walk *w, struct walk_header *h)
{
	const struct mdc_header *type = h->inst->header;
	uint32_t at = h->offset + type->fixed;

	for (uint32_t i = 0; i < type->n_parts; i++) {
		h->part[i] = INTERP_ABSENT;
		if (type->parts[i].cond) {
			fix_cond(w, type->parts[i].cond, h->offset);
			if (!interp_cond(type->parts[i].cond, w->p->data, h->offset))
				continue;
		}
		h->part[i] = at;
		at += type->parts[i].bytes;
	}
	if (at > w->need)
		w->need = at;
	return at - h->offset;
}

/* False: the parser stops here. */
static bool extract(struct walk *w, const struct mdc_instance *inst)
{
	const struct mdc_header *h = inst->header;
	uint64_t bit = w->cursor * 8ull + h->len_bit, v = 0;
	int64_t length = h->fixed;
	uint32_t elem = 0;

	if (h->variable) {
		for (int tries = 0; tries < 60; tries++) {
			v = any(w) & (h->len_bits >= 64 ? UINT64_MAX : (1ull << h->len_bits) - 1);
			if (length_right(h, length_of(h, v)) || (w->random && any(w) % 8 == 0))
				break;
		}
		put(w, bit, h->len_bits, MDC_BE, v, UINT64_MAX);
		fix(w, bit, h->len_bits);
		length = length_of(h, interp_bits(w->p->data, bit, h->len_bits, MDC_BE));
	}
	for (int i = 0; i < w->n_h; i++)
		elem += w->h[i].inst == inst;
	if (w->cursor + h->fixed > w->need)
		w->need = w->cursor + h->fixed;
	if (!length_right(h, length) || w->n_h == 64 || w->cursor + length > PACKET_MAX - 256)
		return false;
	w->h[w->n_h].inst = inst;
	w->h[w->n_h].elem = elem;
	w->h[w->n_h].offset = w->cursor;
	w->h[w->n_h].known = h->fixed;
	if (h->n_parts) {
		uint32_t known = parts(w, &w->h[w->n_h]);

		if (!h->variable)
			length = known;
		else if (known > length)
			return false;
		w->h[w->n_h].known = known;
	}
	w->h[w->n_h].length = length;
	w->n_h++;
	w->cursor += length;
	return w->cursor <= PACKET_MAX - 256;
}

/* ---- what else happens at the cursor ---- */

static const struct walk_header *recorded(const struct walk *w, const struct mdc_instance *inst, uint32_t elem)
{
	const struct walk_header *found = NULL;

	for (int i = 0; i < w->n_h; i++)
		if (w->h[i].inst == inst && (!inst->capacity || elem == MDC_ELEM_LAST || w->h[i].elem == elem))
			found = &w->h[i];
	return found;
}

static bool advance(struct walk *w, const struct mdc_instance *inst)
{
	const struct walk_header *of = inst->of ? recorded(w, inst->of, inst->of_elem) : NULL;
	int64_t by = inst->header->fixed;

	if (inst->of && !of)
		return false;
	if (of) {
		uint64_t bit = of->offset * 8ull + inst->header->len_bit;

		fix(w, bit, inst->header->len_bits);
		by = length_of(inst->header, interp_bits(w->p->data, bit, inst->header->len_bits, MDC_BE));
	}
	if (by < 0 || w->cursor + by > PACKET_MAX - 256)
		return false;
	w->cursor += by;
	return true;
}

static void leave(struct walk *w)
{
	if (w->within)
		w->cursor = w->limit;
	w->within = false;
}

/* False: the parser stops here. */
static bool move(struct walk *w, const struct mdc_instance *inst)
{
	bool ok = true;

	switch (inst->kind) {
	case MDC_I_ADVANCE:
		ok = advance(w, inst);
		break;
	case MDC_I_MARK:
		break;
	case MDC_I_PEEK:
		if (w->cursor + inst->header->fixed > w->need)
			w->need = w->cursor + inst->header->fixed;
		break;
	case MDC_I_LEAVE:
		leave(w);
		break;
	default:
		ok = extract(w, inst);
	}
	return ok && (!w->within || w->cursor <= w->limit);
}

/* What a transition does to the cursor. */
static void jump(struct walk *w, const struct mdc_next *next)
{
	const struct walk_header *h = next->within ? recorded(w, next->within, next->within_elem) : NULL;

	if (next->leave)
		leave(w);
	if (!h)
		return;
	w->within = true;
	w->limit = h->offset + h->length;
	w->cursor = h->offset + h->known;
}

/* ---- select ---- */

/* Where the begin, or that part, of a header lies. */
static uint32_t place_in(const struct walk_header *h, const struct mdc_instance *inst)
{
	uint32_t at = inst->kind == MDC_I_PART ? h->part[inst->part] : h->offset;

	return at != INTERP_ABSENT ? at : 0;
}

static uint64_t key_place(const struct walk *w, const struct mdc_key *k)
{
	uint64_t at = w->cursor * 8ull;

	for (int i = 0; i < w->n_h && !k->lookahead; i++)
		if (w->h[i].inst == (k->inst->kind == MDC_I_PART ? k->inst->of : k->inst) &&
		    (!k->inst->capacity || k->elem == MDC_ELEM_LAST || w->h[i].elem == k->elem))
			at = place_in(&w->h[i], k->inst) * 8ull;
	return at + k->bit;
}

static uint64_t low_bits(uint32_t n)
{
	return n >= 64 ? UINT64_MAX : (1ull << n) - 1;
}

/* Of a register or source: no bits of the packet. */
static bool elsewhere(const struct mdc_key *k)
{
	return k->reg || k->source || k->remaining;
}

static void put_source(struct walk *w, const struct mdc_key *k, uint64_t value, uint64_t mask)
{
	uint32_t i = k->source->idx % PACKET_SOURCES;

	mask = (mask & low_bits(k->bits)) << k->bit & ~w->fixed_source[i];
	w->p->sources[i] = (w->p->sources[i] & ~mask) | (value << k->bit & mask);
}

/* What the pattern can be; *mask: the bits that matter. */
static uint64_t wanted(struct walk *w, const struct mdc_pattern *pat, uint64_t *mask)
{
	uint64_t span = pat->hi - pat->lo, v = any(w);

	*mask = pat->is_range ? UINT64_MAX : pat->mask;
	if (!pat->is_range)
		return pat->value;
	v = any(w) % 4 ? v : (v & 1 ? pat->lo : pat->hi) - pat->lo;
	return pat->lo + (span == UINT64_MAX ? v : v % (span + 1));
}

static uint64_t key_value(struct walk *w, const struct mdc_key *k)
{
	uint64_t v;

	if (k->source)
		return (w->p->sources[k->source->idx % PACKET_SOURCES] & low_bits(k->source->bits)) >> k->bit &
		       low_bits(k->bits);
	if (k->reg)
		return w->regs[k->reg->idx] >> k->bit & low_bits(k->bits);
	if (k->remaining)
		return w->within ? w->limit - w->cursor : 0;
	v = interp_bits(w->p->data, key_place(w, k), k->bits, k->order);
	/* behind a header's options a look-ahead sees 0 */
	for (uint32_t i = 0; i < k->bits && k->lookahead && w->within; i++)
		if ((key_place(w, k) + k->bits - 1 - i) / 8 >= w->limit)
			v &= ~(UINT64_C(1) << i);
	return v;
}

/* Constants that the state sets; other values are not followed. */
static void apply_sets(struct walk *w, const struct mdc_state *s)
{
	for (uint32_t i = 0; i < s->n_sets; i++) {
		const struct mdc_set *set = &s->sets[i];
		uint64_t mask = low_bits(set->bits) << set->bit;

		if (set->x->kind == MDC_X_CONST)
			w->regs[set->reg->idx] = (w->regs[set->reg->idx] & ~mask) | set->x->imm << set->bit;
	}
}

static void satisfy(struct walk *w, const struct mdc_state *s, const struct mdc_arm *arm)
{
	for (uint32_t i = 0; i < s->n_keys; i++) {
		const struct mdc_key *k = &s->keys[i];
		uint64_t mask = UINT64_MAX, v = arm->is_default ? any(w) : wanted(w, &arm->patterns[i], &mask);

		if (k->source)
			put_source(w, k, v, mask);
		else if (!elsewhere(k))
			put(w, key_place(w, k), k->bits, k->order, v, mask);
	}
}

/* The arm that matches now, or n_arms. */
static uint32_t matching(struct walk *w, const struct mdc_state *s)
{
	for (uint32_t i = 0; i < s->n_arms; i++) {
		bool match = true;

		for (uint32_t k = 0; !s->arms[i].is_default && k < s->n_keys; k++)
			match = match && interp_match(&s->arms[i].patterns[k], key_value(w, &s->keys[k]));
		if (match)
			return i;
	}
	return s->n_arms;
}

static uint32_t choose(struct walk *w, const struct mdc_state *s)
{
	static const struct mdc_arm none = { .is_default = true };
	bool open = s->n_arms && !s->arms[s->n_arms - 1].is_default;
	uint32_t want = decide(w, s->n_arms + open), got = s->n_arms;

	for (int tries = 0; tries < 20; tries++) {
		satisfy(w, s, want < s->n_arms ? &s->arms[want] : &none);
		got = matching(w, s);
		if (got == want)
			break;
	}
	for (uint32_t i = 0; i < s->n_keys; i++) {
		const struct mdc_key *k = &s->keys[i];

		if (!elsewhere(k))
			fix(w, key_place(w, k), k->bits);
		else if (k->source)
			w->fixed_source[k->source->idx % PACKET_SOURCES] |= low_bits(k->bits) << k->bit;
	}
	return got;
}

/* ---- a walk ---- */

static void walk(struct packets *p, bool random)
{
	struct walk w = { .p = p, .random = random };
	uint32_t entries[INTERP_STATES_MAX] = { 0 };
	struct mdc_next next = { .to = MDC_TO_STATE };

	for (int i = 0; i < PACKET_MAX; i += 8) {
		uint64_t v = any(&w);

		memcpy(p->data + i, &v, 8);
	}
	for (int i = 0; i < PACKET_SOURCES; i++)
		p->sources[i] = any(&w) >> (any(&w) % 2 ? 0 : 62);
	for (uint32_t steps = 0; next.to == MDC_TO_STATE && steps <= p->m->target.steps &&
				 w.need < PACKET_MAX - 300; steps++) {
		const struct mdc_state *s = p->m->parser.states[next.state];
		uint32_t arm;
		bool ok = true;

		if (s->max && (s->counter ? ++w.regs[s->counter->idx] : ++entries[next.state]) > s->max) {
			next = s->otherwise;
			jump(&w, &next);
			continue;
		}
		for (uint32_t i = 0; i < s->n_extracts && ok; i++)
			ok = move(&w, s->extracts[i]);
		arm = ok ? choose(&w, s) : s->n_arms;
		if (arm == s->n_arms)
			break;
		apply_sets(&w, s);
		next = s->arms[arm].next;
		jump(&w, &next);
	}
	p->n_decisions = random ? p->n_decisions : w.n;
	p->len = (w.need > w.cursor ? w.need : w.cursor) + any(&w) % 8;
	if (p->len > PACKET_MAX)
		p->len = PACKET_MAX;
}

void packets_init(struct packets *p, const struct mdc_model *m, uint64_t seed)
{
	memset(p, 0, sizeof(*p));
	p->m = m;
	p->rng = seed;
}

bool packets_next_path(struct packets *p)
{
	int i = p->n_decisions;

	if (p->started) {
		while (i > 0 && p->decision[i - 1] + 1 >= p->ways[i - 1])
			i--;
		if (!i)
			return false;
		p->decision[i - 1]++;
		p->n_decisions = i;
	}
	p->started = true;
	walk(p, false);
	return true;
}

void packets_random_path(struct packets *p)
{
	walk(p, true);
}

void packets_noise(struct packets *p)
{
	p->len = gen_rand(&p->rng) % 96;
	for (uint32_t i = 0; i < p->len; i++)
		p->data[i] = gen_rand(&p->rng) % 4 ? gen_rand(&p->rng) : 0;
}

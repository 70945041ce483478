/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the model and a packet, gives what the parser makes of it: verdict,
 * error, layout, metadata, headers. Written from doc/language.md ("Exact
 * meaning") and model.h. Keeps true: a state has all of its effects or none.
 */
#include "interp.h"

#include <string.h>

#define NONE UINT32_MAX

struct machine {
	const struct mdc_model *m;
	const uint8_t *packet;
	uint32_t len;
	const uint64_t *sources;
	struct interp_result *res;
	/* registers that only the parse needs */
	uint32_t entries[INTERP_STATES_MAX];
	uint64_t regs[INTERP_REGISTERS_MAX];	/* by index; flags and counters among them */
	uint64_t classes[INTERP_CLASSES_MAX];	/* by index, those so far */
	uint8_t written[INTERP_META_MAX];	/* bits that states wrote */
	bool within;				/* the options of a header, which ends at: */
	uint32_t limit;
};

static uint64_t low_bits(uint32_t n)
{
	return n >= 64 ? UINT64_MAX : (1ull << n) - 1;
}

/* ---- the packet ---- */

static unsigned wire_bit(const uint8_t *p, uint64_t bit)
{
	return p[bit / 8] >> (7 - bit % 8) & 1;
}

uint64_t interp_bits(const uint8_t *p, uint64_t bit, uint32_t bits, enum mdc_order order)
{
	uint64_t v = 0;

	if (order == MDC_LE) {
		for (uint32_t i = bits / 8; i-- > 0;)
			v = v << 8 | p[bit / 8 + i];
		return v;
	}
	for (uint32_t i = 0; i < bits; i++)
		v = v << 1 | wire_bit(p, bit + i);
	return v;
}

static const struct interp_header *find_header(const struct machine *c, const struct mdc_instance *inst,
					       uint32_t elem)
{
	const struct interp_header *found = NULL;

	for (uint32_t i = 0; i < c->res->n_headers; i++) {
		const struct interp_header *h = &c->res->headers[i];

		if (h->inst == inst && (!inst->capacity || elem == MDC_ELEM_LAST || h->elem == elem))
			found = h;
	}
	return found;
}

static uint32_t count_headers(const struct machine *c, const struct mdc_instance *inst)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->res->n_headers; i++)
		n += c->res->headers[i].inst == inst;
	return n;
}

/* The packet's byte where the header's begin, or that part of it, lies; -1: it is not there. */
static int64_t place_of(const struct machine *c, const struct mdc_instance *inst, uint32_t elem)
{
	const struct mdc_instance *base = inst->kind == MDC_I_PART ? inst->of : inst;
	const struct interp_header *h = find_header(c, base, elem);

	if (!h)
		return -1;
	if (inst->kind != MDC_I_PART)
		return h->offset;
	return h->part[inst->part] == INTERP_ABSENT ? -1 : (int64_t)h->part[inst->part];
}

/* ---- expressions: false where a header that they read is not there ---- */

static bool eval(const struct machine *c, const struct mdc_x *x, uint64_t *v)
{
	const struct interp_header *h = NULL;
	uint64_t a = 0, b = 0;
	int64_t place = 0;

	if (x->a && !eval(c, x->a, &a))
		return false;
	if (x->b && !eval(c, x->b, &b))
		return false;
	if (x->kind == MDC_X_PACKET || x->kind == MDC_X_PRESENT)
		place = place_of(c, x->inst, x->elem);
	if (x->kind == MDC_X_OFFSET || x->kind == MDC_X_LENGTH)
		h = find_header(c, x->inst, x->elem);
	if ((x->kind == MDC_X_PACKET && place < 0) || ((x->kind == MDC_X_OFFSET || x->kind == MDC_X_LENGTH) && !h))
		return false;
	switch (x->kind) {
	case MDC_X_CONST:	*v = x->imm; return true;	/* may be negative: no width */
	case MDC_X_SOURCE:	*v = c->sources[x->source->idx]; break;
	case MDC_X_PACKET:
		*v = interp_bits(c->packet, (uint64_t)place * 8 + x->bit, x->width, x->order);
		break;
	case MDC_X_OFFSET:	*v = h->offset; break;
	case MDC_X_LENGTH:	*v = h->length; break;
	case MDC_X_PRESENT:	*v = place >= 0; break;
	case MDC_X_COUNT:	*v = count_headers(c, x->inst); break;
	case MDC_X_PKTLEN:	*v = c->len; break;
	case MDC_X_ERROR:	*v = (uint64_t)c->res->error; break;
	case MDC_X_TRUNCATED:	*v = c->res->error == INTERP_TRUNCATED; break;
	case MDC_X_REMAINING:
		if (!c->within)
			return false;
		*v = c->limit - c->res->cursor;
		break;
	case MDC_X_CLASS:	*v = c->classes[x->class->idx]; break;
	case MDC_X_REGISTER:	*v = c->regs[x->reg->idx]; break;
	case MDC_X_LAYOUT_ID:	*v = c->res->layout->id; break;
	case MDC_X_ADD:		*v = a + b; break;
	case MDC_X_SUB:		*v = a - b; break;
	case MDC_X_AND:		*v = a & x->imm; break;
	case MDC_X_SHL:		*v = a << x->imm; break;
	case MDC_X_SHR:		*v = a >> x->imm; break;
	case MDC_X_EQ:		*v = a == x->imm; break;
	case MDC_X_SLICE:	*v = a >> x->imm; break;
	case MDC_X_BYTES:	return false;			/* is not a number */
	}
	*v &= low_bits(x->width);
	return true;
}

/* ---- metadata ---- */

/* Sets one bit of the metadata; @bit counts from the first byte's least significant. */
static void put_bit(struct machine *c, uint32_t bit, bool on, bool at_stop)
{
	uint8_t mask = 1u << bit % 8;

	if (bit / 8 >= INTERP_META_MAX || (at_stop && (c->written[bit / 8] & mask)))
		return;
	if (on)
		c->res->meta[bit / 8] |= mask;
	else
		c->res->meta[bit / 8] &= (uint8_t)~mask;
	if (!at_stop)
		c->written[bit / 8] |= mask;
}

/* The place of bit @i of the number that @bytes bytes at @offset are in @order. */
static uint32_t bit_place(uint32_t offset, uint32_t bytes, enum mdc_order order, uint32_t i)
{
	if (order == MDC_BE || order == MDC_RAW)
		return (offset + bytes - 1 - i / 8) * 8 + i % 8;
	return offset * 8 + i;
}

static void put_bytes(struct machine *c, uint32_t offset, const uint8_t *from, uint32_t n, bool at_stop)
{
	for (uint32_t i = 0; i < n * 8; i++)
		put_bit(c, offset * 8 + i, from[i / 8] >> i % 8 & 1, at_stop);
}

static uint32_t leaf_bytes(const struct mdc_leaf *leaf)
{
	return leaf->kind == MDC_LEAF_MAC ? 6 : leaf->kind == MDC_LEAF_BYTES ? leaf->count : leaf->bytes;
}

static void apply_rule(struct machine *c, const struct mdc_rule *r, bool at_stop)
{
	const struct mdc_leaf *leaf = &c->res->layout->leaves[r->leaf];
	uint32_t n = leaf_bytes(leaf), offset = leaf->offset + r->elem * leaf->stride;
	uint64_t v;

	if (!at_stop && r->leaf < INTERP_LEAVES_MAX)
		c->res->by_state[r->leaf / 8] |= 1u << r->leaf % 8;
	if (r->x->kind == MDC_X_BYTES) {
		int64_t place = place_of(c, r->x->inst, r->x->elem);
		uint8_t copy[INTERP_META_MAX];

		if (place < 0)
			return;
		for (uint32_t i = 0; i < n; i++)
			copy[i] = interp_bits(c->packet, (uint64_t)place * 8 + r->x->bit + i * 8, 8, MDC_BE);
		put_bytes(c, offset, copy, n, at_stop);
		return;
	}
	if (!eval(c, r->x, &v))
		return;
	if (r->whole) {
		uint8_t copy[INTERP_META_MAX] = { 0 };

		for (uint32_t i = 0; i < n && i < 8; i++)
			copy[n - 1 - i] = v >> 8 * i;
		put_bytes(c, offset, copy, n, at_stop);
		return;
	}
	for (uint32_t i = 0; i < leaf->width; i++)
		put_bit(c, bit_place(offset, leaf->bytes, leaf->order, leaf->shift + i), v >> i & 1, at_stop);
}

/* ---- registers ---- */

/* What a state sets, all at once: every value is computed from the registers as they were. */
static void apply_sets(struct machine *c, const struct mdc_state *s)
{
	uint64_t now[INTERP_REGISTERS_MAX], v;

	memcpy(now, c->regs, sizeof(now));
	for (uint32_t i = 0; i < s->n_sets; i++) {
		const struct mdc_set *set = &s->sets[i];
		uint64_t mask = low_bits(set->bits) << set->bit;

		if (!eval(c, set->x, &v))
			continue;
		if (set->reg->kind == MDC_FLAG)
			now[set->reg->idx] |= v;
		else
			now[set->reg->idx] = (now[set->reg->idx] & ~mask) | (v << set->bit & mask);
	}
	memcpy(c->regs, now, sizeof(now));
}

/* ---- extract ---- */

/* Does the condition hold for the header at byte @at? */
bool interp_cond(const struct mdc_hcond *c, const uint8_t *packet, uint32_t at)
{
	uint64_t v;

	switch (c->kind) {
	case MDC_HC_AND:
		return interp_cond(c->a, packet, at) && interp_cond(c->b, packet, at);
	case MDC_HC_OR:
		return interp_cond(c->a, packet, at) || interp_cond(c->b, packet, at);
	case MDC_HC_NOT:
		return !interp_cond(c->a, packet, at);
	case MDC_HC_CMP:
		break;
	}
	v = interp_bits(packet, at * 8ull + c->key.bit, c->key.bits, c->key.order) & c->mask;
	switch (c->op) {
	case MDC_HC_EQ:	return v == c->value;
	case MDC_HC_NE:	return v != c->value;
	case MDC_HC_LT:	return v < c->value;
	case MDC_HC_LE:	return v <= c->value;
	case MDC_HC_GT:	return v > c->value;
	case MDC_HC_GE:	return v >= c->value;
	}
	return false;
}

/* Do the bytes up to @end exist? In a header's options only those of the header do. */
static bool there(const struct machine *c, uint64_t end)
{
	return end <= (c->within ? c->limit : c->len);
}

static int cut_off(const struct machine *c)
{
	return c->within ? INTERP_BAD_LENGTH : INTERP_TRUNCATED;
}

/* The parts that the header just recorded has, one behind the other. */
static int extract_parts(struct machine *c, struct interp_header *h)
{
	const struct mdc_header *type = h->inst->header;
	uint32_t at = h->offset + type->fixed;

	for (uint32_t i = 0; i < type->n_parts; i++) {
		const struct mdc_hpart *part = &type->parts[i];

		h->part[i] = INTERP_ABSENT;
		if (part->cond && !interp_cond(part->cond, c->packet, h->offset))
			continue;
		h->part[i] = at;
		at += part->bytes;
		if (type->variable && at > h->offset + h->length)
			return INTERP_BAD_LENGTH;
		if (!type->variable && !there(c, at))
			return cut_off(c);
	}
	if (!type->variable) {
		h->length = at - h->offset;
		c->res->cursor = at;
	}
	return INTERP_OK;
}

static int extract(struct machine *c, const struct mdc_instance *inst)
{
	const struct mdc_header *h = inst->header;
	struct interp_result *res = c->res;
	uint64_t at = res->cursor;
	int64_t length = h->fixed;

	if (!there(c, at + h->fixed))
		return cut_off(c);
	if (h->variable) {
		length = (int64_t)(interp_bits(c->packet, at * 8 + h->len_bit, h->len_bits, MDC_BE) << h->len_shift) +
			 h->len_add;
		if (length < h->fixed || length < h->min || length > h->max)
			return INTERP_BAD_LENGTH;
	}
	if (!there(c, at + length))
		return cut_off(c);
	if (inst->capacity && count_headers(c, inst) >= inst->capacity)
		return INTERP_LOOP;
	res->headers[res->n_headers++] = (struct interp_header){
		.inst = inst, .elem = inst->capacity ? count_headers(c, inst) : 0, .offset = at, .length = length,
	};
	res->cursor += length;
	return extract_parts(c, &res->headers[res->n_headers - 1]);
}

/* ---- what else happens at the cursor ---- */

static int advance(struct machine *c, const struct mdc_instance *inst)
{
	const struct mdc_header *h = inst->header;
	int64_t by = h->fixed;

	if (inst->of) {
		const struct interp_header *of = find_header(c, inst->of, inst->of_elem);

		by = (int64_t)(interp_bits(c->packet, of->offset * 8ull + h->len_bit, h->len_bits, MDC_BE) <<
			       h->len_shift) + h->len_add;
		if (by < 0 || by > 65535)
			return INTERP_BAD_LENGTH;
	}
	if (!there(c, c->res->cursor + (uint64_t)by))
		return cut_off(c);
	c->res->cursor += (uint32_t)by;
	return INTERP_OK;
}

static void record(struct machine *c, const struct mdc_instance *inst, uint32_t offset, uint32_t length)
{
	c->res->headers[c->res->n_headers++] = (struct interp_header){
		.inst = inst, .offset = offset, .length = length, .hidden = inst->kind == MDC_I_PEEK,
	};
}

static void leave(struct machine *c)
{
	if (c->within)
		c->res->cursor = c->limit;
	c->within = false;
}

static int move(struct machine *c, const struct mdc_instance *inst)
{
	uint32_t cursor = c->res->cursor;

	switch (inst->kind) {
	case MDC_I_ADVANCE:
		return advance(c, inst);
	case MDC_I_MARK:
		record(c, inst->of ? inst->of : inst, (cursor + inst->ahead) % 65536, 0);
		return INTERP_OK;
	case MDC_I_PEEK:
		if (!there(c, cursor + (uint64_t)inst->header->fixed))
			return cut_off(c);
		record(c, inst, cursor, inst->header->fixed);
		return INTERP_OK;
	case MDC_I_LEAVE:
		leave(c);
		return INTERP_OK;
	default:
		return extract(c, inst);
	}
}

/* ---- select ---- */

bool interp_match(const struct mdc_pattern *p, uint64_t value)
{
	return p->is_range ? p->lo <= value && value <= p->hi : (value & p->mask) == p->value;
}

uint64_t interp_mask(const struct mdc_pattern *p, uint32_t bits)
{
	uint64_t all = low_bits(bits), free_bits = all;

	if (!p->is_range)
		return p->mask & all;
	/* lo and hi + 1 are both multiples of 2^n: the low n bits don't matter. */
	while (free_bits && ((p->lo & free_bits) || (~p->hi & free_bits)))
		free_bits >>= 1;
	return all & ~free_bits;
}

/* Where the key's first bit is, from the packet's. */
static uint64_t key_place(const struct machine *c, const struct mdc_key *k)
{
	int64_t place;

	if (k->lookahead)
		return c->res->cursor * 8ull + k->bit;
	place = place_of(c, k->inst, k->elem);
	return (place >= 0 ? (uint64_t)place * 8 : 0) + k->bit;
}

/* Is every byte there that a pattern of any arm looks at? */
static bool key_complete(const struct machine *c, const struct mdc_state *s, uint32_t key)
{
	const struct mdc_key *k = &s->keys[key];
	uint64_t mask = 0, at;

	if (k->reg || k->source || k->remaining)
		return true;
	for (uint32_t i = 0; i < s->n_arms; i++)
		if (!s->arms[i].is_default)
			mask |= interp_mask(&s->arms[i].patterns[key], k->bits);
	if (!k->lookahead && place_of(c, k->inst, k->elem) < 0)
		return !mask;	/* what is not there is outside of the packet */
	at = key_place(c, k);
	for (uint32_t i = 0; i < k->bits; i++) {
		/* bit i of the value: with LE bytes, the lowest byte comes first */
		uint64_t bit = k->order == MDC_LE ? at + i / 8 * 8 : at + k->bits - 1 - i;

		/* what a look-ahead sees behind a header's options is 0 */
		if ((mask >> i & 1) && bit / 8 >= c->len && !(k->lookahead && c->within))
			return false;
	}
	return true;
}

/* The key's value; bytes behind the packet do not matter and read as 0. */
static uint64_t key_value(const struct machine *c, const struct mdc_key *k)
{
	uint8_t bytes[16] = { 0 };
	uint64_t at;

	if (k->remaining)
		return c->within ? c->limit - c->res->cursor : 0;
	if (k->reg)
		return c->regs[k->reg->idx] >> k->bit & low_bits(k->bits);
	if (k->source)
		return (c->sources[k->source->idx] & low_bits(k->source->bits)) >> k->bit & low_bits(k->bits);
	at = key_place(c, k);
	for (uint32_t i = 0; i < sizeof(bytes); i++)
		if (at / 8 + i < (k->lookahead && c->within ? c->limit : c->len))
			bytes[i] = c->packet[at / 8 + i];
	return interp_bits(bytes, at % 8, k->bits, k->order);
}

/* Index of the first arm that matches, or NONE. */
static uint32_t choose(const struct machine *c, const struct mdc_state *s)
{
	for (uint32_t i = 0; i < s->n_arms; i++) {
		bool match = true;

		for (uint32_t k = 0; !s->arms[i].is_default && k < s->n_keys; k++)
			match = match && interp_match(&s->arms[i].patterns[k], key_value(c, &s->keys[k]));
		if (match)
			return i;
	}
	return NONE;
}

/* ---- the parse ---- */

/* A state's work. The index of the arm taken; or NONE and the error, everything as before. */
static uint32_t do_state(struct machine *c, const struct mdc_state *s, int *error)
{
	struct interp_result *res = c->res;
	uint32_t cursor = res->cursor, n_headers = res->n_headers, arm = NONE;
	bool within = c->within;

	*error = INTERP_OK;
	for (uint32_t i = 0; i < s->n_extracts && !*error; i++)
		*error = move(c, s->extracts[i]);
	for (uint32_t i = 0; i < s->n_keys && !*error; i++)
		if (!key_complete(c, s, i))
			*error = INTERP_TRUNCATED;
	if (!*error) {
		arm = choose(c, s);
		if (arm == NONE)
			*error = INTERP_NO_MATCH;
	}
	if (*error) {
		res->cursor = cursor;
		res->n_headers = n_headers;
		c->within = within;
		return NONE;
	}
	if (s->set_layout)
		res->layout = s->set_layout;
	for (uint32_t i = 0; i < s->n_writes; i++)
		apply_rule(c, &s->writes[i], false);
	apply_sets(c, s);
	return arm;
}

/* What a transition does before it goes on. */
static struct mdc_next go(struct machine *c, struct mdc_next next)
{
	const struct interp_header *h;

	if (next.leave)
		leave(c);
	if (!next.within)
		return next;
	h = find_header(c, next.within, next.within_elem);
	c->within = true;
	c->limit = h->offset + h->length;
	c->res->cursor = h->offset + h->inst->header->fixed;
	for (uint32_t i = 0; i < h->inst->header->n_parts; i++)
		if (h->part[i] != INTERP_ABSENT)
			c->res->cursor += h->inst->header->parts[i].bytes;
	return next;
}

/* Enters a state. The transition that follows. */
static struct mdc_next enter(struct machine *c, uint32_t state)
{
	const struct mdc_state *s = c->m->parser.states[state];
	struct interp_result *res = c->res;
	uint32_t arm;
	int error;

	if (!s->start_by && ++res->steps > c->m->target.steps)
		return (struct mdc_next){ .to = MDC_TO_REJECT, .code = INTERP_STEPS };
	if (s->counter) {
		if (c->regs[s->counter->idx] >= s->counter->max)
			return go(c, s->otherwise);
		c->regs[s->counter->idx]++;
	} else if (s->max && ++c->entries[state] > s->max) {
		return go(c, s->otherwise);
	}
	arm = do_state(c, s, &error);
	if (res->n_path < INTERP_PATH_MAX)
		res->path[res->n_path++] = (struct interp_step){ state, arm };
	if (error)
		return (struct mdc_next){ .to = MDC_TO_REJECT, .code = error };
	return go(c, s->arms[arm].next);
}

/* The first row whose patterns match all keys. */
static uint64_t classify(const struct machine *c, const struct mdc_class *class)
{
	for (uint32_t i = 0; i < class->n_rows; i++) {
		bool match = true;
		uint64_t v;

		for (uint32_t k = 0; k < class->n_keys; k++)
			match = match && eval(c, class->keys[k].x, &v) &&
				interp_match(&class->rows[i].patterns[k], v);
		if (match)
			return class->rows[i].value;
	}
	return class->otherwise;
}

void interp_run(const struct mdc_model *m, const uint8_t *packet, uint32_t len, const uint64_t *sources,
		struct interp_result *res)
{
	struct machine c = { .m = m, .packet = packet, .len = len, .sources = sources, .res = res };
	struct mdc_next next = { .to = MDC_TO_STATE, .state = 0 };

	memset(res, 0, sizeof(*res));
	res->layout = m->n_metadata ? m->layouts[0] : NULL;
	while (next.to == MDC_TO_STATE)
		next = enter(&c, next.state);
	res->error = next.to == MDC_TO_REJECT ? next.code : INTERP_OK;
	res->dropped = next.to == MDC_TO_DROP;
	if (res->dropped || !res->layout) {
		memset(res->meta, 0, sizeof(res->meta));
		return;
	}
	for (uint32_t i = 0; i < m->parser.n_classes; i++)
		c.classes[i] = classify(&c, m->parser.classes[i]);
	res->meta_size = res->layout->size;
	for (uint32_t i = 0; i < res->layout->n_rules; i++)
		apply_rule(&c, &res->layout->rules[i], true);
}

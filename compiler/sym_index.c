/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A side's tables, prepared: the rows of each state, what can still be looked at
 * from a state on, whether the limit of steps can be met, and which headers must
 * be looked at for every length that they may have.
 */
#include <stdlib.h>
#include <string.h>

#include "sym_priv.h"

/* ---- rows by state ---- */

static bool rows_by_state(struct index *x)
{
	const struct sym_tables *t = x->t;
	uint32_t *others = calloc((size_t)t->n_rows + 1, sizeof(*others)), n_others = 0;
	uint32_t *count = calloc((size_t)t->n_states + 1, sizeof(*count));
	uint64_t total = 0;

	x->row_first = calloc((size_t)t->n_states + 1, sizeof(*x->row_first));
	if (!others || !count || !x->row_first)
		goto fail;
	for (uint32_t i = 0; i < t->n_rows; i++) {
		if (t->rows[i].state_mask == 0xffff && t->rows[i].state < t->n_states)
			count[t->rows[i].state]++;
		else
			others[n_others++] = i;
	}
	for (uint32_t s = 0; s < t->n_states; s++) {
		for (uint32_t k = 0; k < n_others; k++)
			count[s] += !((s ^ t->rows[others[k]].state) & t->rows[others[k]].state_mask);
		x->row_first[s] = (uint32_t)total;
		total += count[s];
		if (total > UINT32_MAX / 2)
			goto fail;
	}
	x->row_first[t->n_states] = (uint32_t)total;
	x->row_of = calloc(total + 1, sizeof(*x->row_of));
	if (!x->row_of)
		goto fail;
	memcpy(count, x->row_first, t->n_states * sizeof(*count));
	for (uint32_t i = 0, k = 0; i < t->n_rows; i++) {
		if (k < n_others && others[k] == i) {
			k++;
			for (uint32_t s = 0; s < t->n_states; s++)
				if (!((s ^ t->rows[i].state) & t->rows[i].state_mask))
					x->row_of[count[s]++] = i;
		} else {
			x->row_of[count[t->rows[i].state]++] = i;
		}
	}
	free(others);
	free(count);
	return true;
fail:
	free(others);
	free(count);
	return false;
}

/* ---- what is looked at ---- */

static void live_set(struct live *l, int32_t off)
{
	uint32_t bit = (uint32_t)(off - LIVE_LOW);

	if (off >= LIVE_LOW && bit < LIVE_BITS)
		l->w[bit / 64] |= 1ull << bit % 64;
}

static bool live_at(const struct live *l, int32_t off)
{
	uint32_t bit = (uint32_t)(off - LIVE_LOW);

	return l->w[bit / 64] >> bit % 64 & 1;
}

static void live_from(struct live *l, int32_t off)
{
	for (off = off < LIVE_LOW ? LIVE_LOW : off; off < LIVE_LOW + LIVE_BITS; off++)
		live_set(l, off);
}

static void keys_live(struct live *l, const struct mdesc_fmt_keys *k)
{
	for (uint32_t i = 0; i < k->count; i++)
		if (k->kind[i] == MDESC_SLOT_PACKET)
			live_set(l, k->off[i]);
}

/* What a transition's target looks at, from between @min and @max bytes before it. */
static void next_live(const struct index *x, struct live *l, const struct mdesc_fmt_next *next, int32_t min,
		      int32_t max)
{
	const struct live *to;

	if (next->verdict != MDESC_GO)
		return;
	keys_live(l, &x->t->keys[next->keys]);		/* as if from here: more than needed */
	to = &x->live[next->state];
	for (int32_t off = LIVE_LOW; off < LIVE_LOW + LIVE_BITS; off++) {
		if (!live_at(to, off))
			continue;
		if (min != max) {
			live_from(l, off + min);
			return;
		}
		live_set(l, off + min);
	}
	for (uint32_t i = 0; i < x->t->keys[next->keys].count; i++) {
		int32_t off = x->t->keys[next->keys].off[i];

		if (x->t->keys[next->keys].kind[i] != MDESC_SLOT_PACKET)
			continue;
		if (min != max) {
			live_from(l, off + min);
			return;
		}
		live_set(l, off + min);
	}
}

/* How far a row moves the cursor; false: not said. */
static bool row_moves(const struct index *x, const struct mdesc_fmt_row *r, int32_t *min, int32_t *max)
{
	const struct mdesc_fmt_header *h;

	*min = *max = 0;
	if (r->header == MDESC_FMT_NONE16)
		return !(r->flags & MDESC_ROW_WITHIN);
	h = &x->t->headers[r->header];
	if (h->kind == MDESC_KIND_HEADER || h->kind == MDESC_KIND_ADVANCE) {
		*min = h->flags & MDESC_HEADER_VAR ? h->min : h->fixed;
		*max = h->flags & MDESC_HEADER_VAR ? h->max : h->fixed;
		if (r->flags & MDESC_ROW_LENGTH)
			*min = *max = r->length;
	} else if (h->kind == MDESC_KIND_PART) {
		*max = h->fixed;
	} else if (h->kind == MDESC_KIND_LEAVE) {
		*max = 0x10000;
	}
	return !(r->flags & MDESC_ROW_WITHIN);
}

/* Whether byte @i of those that are looked at in headers is asked for behind a transition. */
static bool read_behind(const struct index *x, const struct mdesc_fmt_next *next, uint32_t i)
{
	const struct mdesc_fmt_keys *k;

	if (next->verdict != MDESC_GO)
		return false;
	if (x->read_live[(size_t)next->state * x->read_words + i / 64] >> i % 64 & 1)
		return true;
	k = &x->t->keys[next->keys];
	for (uint32_t b = 0; b < k->count; b++)
		if (k->kind[b] == MDESC_SLOT_HEADER && sym_header_id(x->t, k->index[b]) == x->reads[i].id &&
		    (uint32_t)k->off[b] == x->reads[i].byte)
			return true;
	return false;
}

/* The header that a row records lies at the cursor: what later keys look at in it is looked at there. */
static void header_live(const struct index *x, struct live *l, const struct mdesc_fmt_row *r)
{
	const struct mdesc_fmt_header *h = &x->t->headers[r->header];
	uint32_t base = h->kind == MDESC_KIND_PART ? h->of : r->header;

	for (uint32_t i = 0; i < x->n_reads; i++) {
		if (!read_behind(x, &r->next, i))
			continue;
		if (x->reads[i].id == sym_header_id(x->t, r->header))
			live_set(l, (int32_t)x->reads[i].byte);
		/* its parts lie somewhere behind it */
		for (uint32_t k = 0; k < x->t->n_headers && h->kind == MDESC_KIND_HEADER; k++)
			if (x->t->headers[k].kind == MDESC_KIND_PART && x->t->headers[k].of == base &&
			    sym_header_id(x->t, k) == x->reads[i].id)
				live_from(l, h->fixed);
	}
}

static void row_live(const struct index *x, struct live *l, const struct mdesc_fmt_row *r)
{
	int32_t min, max;

	if (r->header != MDESC_FMT_NONE16 && x->n_reads)
		header_live(x, l, r);

	if (!row_moves(x, r, &min, &max)) {
		live_from(l, LIVE_LOW);
		return;
	}
	if (r->header != MDESC_FMT_NONE16 && x->t->headers[r->header].flags & MDESC_HEADER_VAR)
		for (uint32_t i = 0; i < x->t->headers[r->header].len_bytes; i++)
			live_set(l, x->t->headers[r->header].len_off + (int32_t)i);
	if (r->next.flags & MDESC_NEXT_LEAVE)
		max = 0x10000;
	next_live(x, l, &r->next, min, max);
}

static bool state_live(const struct index *x, uint32_t s)
{
	const struct mdesc_fmt_state *st = &x->t->states[s];
	struct live was = x->live[s], *l = &x->live[s];

	for (uint32_t i = x->row_first[s]; i < x->row_first[s + 1]; i++)
		row_live(x, l, &x->t->rows[x->row_of[i]]);
	if (st->max)
		next_live(x, l, &st->otherwise, 0, st->otherwise.flags & MDESC_NEXT_LEAVE ? 0x10000 : 0);
	return memcmp(&was, l, sizeof(was)) != 0;
}

static bool find_live(struct index *x)
{
	bool more = true;

	x->live = calloc((size_t)x->t->n_states + 1, sizeof(*x->live));
	if (!x->live)
		return false;
	while (more) {
		more = false;
		for (uint32_t s = x->t->n_states; s-- > 0;)
			more |= state_live(x, s);
	}
	return true;
}

/* The number of a read, made new if there is none. */
static uint32_t number_read(struct index *x, uint32_t id, uint32_t elem, uint32_t byte)
{
	uint32_t i = 0;

	while (i < x->n_reads && (x->reads[i].id != id || x->reads[i].elem != elem || x->reads[i].byte != byte))
		i++;
	if (i == x->n_reads)
		x->reads[x->n_reads++] = (struct hread){ (uint16_t)id, (uint16_t)elem, byte };
	return i;
}

static void set_read(struct index *x, uint64_t *bits, uint32_t id, uint32_t elem, uint32_t byte)
{
	uint32_t i = number_read(x, id, elem, byte);

	if (bits)
		bits[i / 64] |= 1ull << i % 64;
}

static void keys_read(struct index *x, uint64_t *bits, const struct mdesc_fmt_keys *k)
{
	for (uint32_t i = 0; i < k->count; i++)
		if (k->kind[i] == MDESC_SLOT_HEADER)
			set_read(x, bits, sym_header_id(x->t, k->index[i]), k->elem[i], (uint32_t)k->off[i]);
}

static void length_read(struct index *x, uint64_t *bits, const struct mdesc_fmt_header *h)
{
	if (h->kind != MDESC_KIND_ADVANCE || !(h->flags & MDESC_HEADER_VAR))
		return;
	for (uint32_t i = 0; i < h->len_bytes; i++)
		set_read(x, bits, sym_header_id(x->t, h->of), h->of_elem, h->len_off + i);
}

static void next_read(struct index *x, uint64_t *bits, const struct mdesc_fmt_next *next)
{
	const uint64_t *to;

	if (next->verdict != MDESC_GO)
		return;
	keys_read(x, bits, &x->t->keys[next->keys]);
	to = x->read_live + (size_t)next->state * x->read_words;
	for (uint32_t i = 0; i < x->read_words; i++)
		bits[i] |= to[i];
}

static bool state_read(struct index *x, uint32_t s, uint64_t *bits)
{
	uint64_t *live = x->read_live + (size_t)s * x->read_words, more = 0;

	memcpy(bits, live, x->read_words * sizeof(*bits));
	for (uint32_t i = x->row_first[s]; i < x->row_first[s + 1]; i++) {
		const struct mdesc_fmt_row *r = &x->t->rows[x->row_of[i]];

		next_read(x, bits, &r->next);
		if (r->header != MDESC_FMT_NONE16)
			length_read(x, bits, &x->t->headers[r->header]);
	}
	if (x->t->states[s].max)
		next_read(x, bits, &x->t->states[s].otherwise);
	for (uint32_t i = 0; i < x->read_words; i++) {
		more |= bits[i] & ~live[i];
		live[i] = bits[i];
	}
	return more;
}

static bool find_header_reads(struct index *x)
{
	const struct sym_tables *t = x->t;
	uint64_t *bits;
	bool more = true;

	x->reads = calloc((size_t)t->n_keys * MDESC_FMT_KEY_MAX + 2ull * t->n_headers + 1, sizeof(*x->reads));
	if (!x->reads)
		return false;
	for (uint32_t i = 0; i < t->n_keys; i++)
		keys_read(x, NULL, &t->keys[i]);
	for (uint32_t i = 0; i < t->n_headers; i++)
		length_read(x, NULL, &t->headers[i]);
	x->read_words = (x->n_reads + 63) / 64;
	x->read_live = calloc((size_t)t->n_states * x->read_words + 1, sizeof(*x->read_live));
	bits = calloc(x->read_words + 1, sizeof(*bits));
	while (x->read_live && bits && more && x->n_reads) {
		more = false;
		for (uint32_t s = t->n_states; s-- > 0;)
			more |= state_read(x, s, bits);
	}
	free(bits);
	return x->read_live && bits;
}

static bool find_reads(struct index *x)
{
	const struct sym_tables *t = x->t;

	for (uint32_t i = 0; i < t->n_keys; i++)
		for (uint32_t k = 0; k < t->keys[i].count; k++)
			if (t->keys[i].kind[k] == MDESC_SLOT_REGISTER)
				x->reg_read[t->keys[i].off[k] % MDESC_FMT_REGS_MAX] = true;
	for (uint32_t i = 0; i < t->n_states; i++) {
		const struct mdesc_fmt_register *r;

		if (!t->states[i].max || !t->states[i].counter)
			continue;
		r = &t->registers[t->states[i].counter - 1];
		for (uint32_t bit = r->bit; bit < r->bit + (uint32_t)r->bits; bit++)
			x->reg_read[bit / 8 % MDESC_FMT_REGS_MAX] = true;
	}
	return find_header_reads(x);
}

/* Lengths that rows give, and headers that the cursor comes to be within. */
static bool find_exact(struct index *x)
{
	const struct sym_tables *t = x->t;

	x->exact = calloc((size_t)x->n_ids + 1, sizeof(*x->exact));
	if (!x->exact)
		return false;
	for (uint32_t i = 0; i < t->n_rows; i++) {
		if (t->rows[i].flags & MDESC_ROW_LENGTH)
			x->exact[sym_header_id(t, t->rows[i].header)] = true;
		if (t->rows[i].flags & MDESC_ROW_WITHIN)
			x->exact[sym_header_id(t, t->rows[i].within)] = true;
	}
	return true;
}

/* ---- reach, steps ---- */

static bool mark_reach(struct index *x, uint32_t from, const struct mdesc_fmt_next *next)
{
	uint64_t *to = x->reach + (size_t)from * x->reach_words, more = 0;
	const uint64_t *other;

	if (next->verdict != MDESC_GO)
		return false;
	other = x->reach + (size_t)next->state * x->reach_words;
	for (uint32_t i = 0; i < x->reach_words; i++) {
		uint64_t add = other[i] | (i == next->state / 64 ? 1ull << next->state % 64 : 0);

		more |= add & ~to[i];
		to[i] |= add;
	}
	return more;
}

/* Only where states count their entries, and then only what is affordable. */
static bool find_reach(struct index *x)
{
	bool more = false;

	for (uint32_t i = 0; i < x->t->n_states; i++)
		more |= x->t->states[i].max && !x->t->states[i].counter;
	if (!more || x->t->n_states > 4096)
		return true;
	x->reach_words = (x->t->n_states + 63) / 64;
	x->reach = calloc((size_t)x->t->n_states * x->reach_words, sizeof(*x->reach));
	if (!x->reach)
		return false;
	while (more) {
		more = false;
		for (uint32_t s = x->t->n_states; s-- > 0;) {
			for (uint32_t i = x->row_first[s]; i < x->row_first[s + 1]; i++)
				more |= mark_reach(x, s, &x->t->rows[x->row_of[i]].next);
			if (x->t->states[s].max)
				more |= mark_reach(x, s, &x->t->states[s].otherwise);
		}
	}
	return true;
}

struct walk { const struct index *x; uint8_t *seen; uint32_t *deep; bool loop; };

/* The most whole states from here on, along ways that no counter breaks. */
static uint32_t longest(struct walk *w, uint32_t s, uint32_t depth)
{
	const struct index *x = w->x;
	uint32_t most = 0;

	if (w->seen[s] == 1 || depth > 20000) {
		w->loop = true;
		return 0;
	}
	if (w->seen[s] == 2 || w->loop)
		return w->deep[s];
	w->seen[s] = 1;
	for (uint32_t i = x->row_first[s]; i <= x->row_first[s + 1]; i++) {
		const struct mdesc_fmt_next *next = i < x->row_first[s + 1] ? &x->t->rows[x->row_of[i]].next :
						    &x->t->states[s].otherwise;
		uint32_t n;

		if ((i == x->row_first[s + 1] && !x->t->states[s].max) || next->verdict != MDESC_GO)
			continue;
		n = x->t->states[next->state].max ? 1 : 0;
		if (n && x->t->states[next->state].otherwise.verdict != MDESC_GO)
			continue;
		next = n ? &x->t->states[next->state].otherwise : next;	/* beyond its limit, any number of times */
		if (n && x->t->states[next->state].max)
			w->loop = true;
		n += longest(w, next->state, depth + 1);
		most = n > most ? n : most;
	}
	w->seen[s] = 2;
	return w->deep[s] = most + !(x->t->states[s].flags & (MDESC_STATE_PART | MDESC_STATE_PASS));
}

static bool find_steps(struct index *x)
{
	struct walk w = { x, calloc((size_t)x->t->n_states + 1, 1),
			  calloc((size_t)x->t->n_states + 1, sizeof(uint32_t)), false };
	uint64_t most = 0, visits = 1;

	if (!w.seen || !w.deep) {
		free(w.seen);
		free(w.deep);
		return false;
	}
	for (uint32_t s = 0; s < x->t->n_states; s++) {
		uint32_t n = longest(&w, s, 0);

		most = n > most ? n : most;
		/* entering it once more than its limit may lead on, too */
		visits += x->t->states[s].max ? x->t->states[s].max + 1ull : 0;
	}
	x->steps_free = !w.loop && (most + 1) * visits < x->t->steps;
	free(w.seen);
	free(w.deep);
	return true;
}

bool sym_index_init(struct engine *e, int side)
{
	struct index *x = &e->idx[side];

	x->t = e->t[side];
	x->n_ids = e->n_ids;
	return rows_by_state(x) && find_reads(x) && find_live(x) && find_exact(x) && find_reach(x) && find_steps(x) &&
	       sym_bounds(x);
}

void sym_index_free(struct index *x)
{
	free(x->row_of);
	free(x->row_first);
	free(x->live);
	free(x->reach);
	free(x->exact);
	free(x->reads);
	free(x->read_live);
	free(x->never_full);
}

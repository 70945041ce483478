/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass for targets that advance by constants only: where a header has a length
 * of its own, a row for each length that it may have, and one for what is no
 * length. The field that tells it joins the key.
 *
 * Where a raw table takes the rows and it advances by any length, only what is no
 * length gets rows: no table asks for that by itself.
 *
 * Where the target can look behind the cursor, rows for the length come first and
 * all go on to one part with the state's own rows, which then find their bytes at
 * a place that depends on the length. Else each of the state's rows is there once
 * for each length; how such a key is best split is asked later.
 */
#include <string.h>

#include "diag.h"
#include "passes.h"
#include "rows_graph.h"

#define LENGTHS_MAX	4096u

struct one_length {
	uint32_t value;		/* of the one or two bytes, under the mask */
	uint16_t bytes;
};

struct lengths {
	struct rows_graph *g;
	uint32_t at;			/* the state at hand */
	const struct mdc_instance *inst;
	const struct mdc_header *h;
	uint32_t len_off, len_bytes, mask;
	VEC(struct one_length) list;
	struct mdesc_fmt_keys keys;	/* with the bytes of the length: */
	uint32_t slot[2];
	uint32_t need;
	uint16_t old_keys;
	bool all;			/* rows of the state extract that header */
};

/* ---- what lengths there are ---- */

static uint32_t field_low(const struct mdc_header *h, uint32_t bytes)
{
	return bytes * 8 - h->len_bit % 8 - h->len_bits;
}

/* In which bytes of the header the length is; false: in too many. */
static bool place_field(struct lengths *l)
{
	const struct mdc_header *h = l->h;

	l->len_off = h->len_bit / 8;
	l->len_bytes = (h->len_bit % 8 + h->len_bits + 7) / 8;
	if (l->len_bytes > 2 || h->len_bits > 16)
		return false;
	l->mask = ((1u << h->len_bits) - 1) << field_low(h, l->len_bytes);
	return true;
}

static bool find_lengths(struct lengths *l)
{
	const struct mdc_header *h = l->h;
	uint32_t low;

	if (!place_field(l))
		return false;
	low = field_low(h, l->len_bytes);
	for (uint32_t v = 0; v < 1u << h->len_bits; v++) {
		int64_t bytes = (int64_t)h->len_add + ((int64_t)v << h->len_shift);

		if (bytes < h->min || bytes > h->max || bytes >= MDESC_FMT_NONE16)
			continue;
		*vec_push(l->g->arena, &l->list) = (struct one_length){ v << low, (uint16_t)bytes };
	}
	return l->list.n <= LENGTHS_MAX;
}

/* ---- the key ---- */

/* The slot in l->keys that looks at this byte; a new one where there is none. False: there is no room. */
static bool slot_for(struct lengths *l, uint32_t byte, uint32_t *slot)
{
	struct mdesc_fmt_keys *k = &l->keys;
	struct mdesc_fmt_keys want = { 0 };
	bool there = l->inst->kind == MDC_I_ADVANCE;

	want.kind[0] = there ? MDESC_SLOT_HEADER : MDESC_SLOT_PACKET;
	want.off[0] = (int16_t)byte;
	if (there) {
		want.index[0] = (uint16_t)l->inst->of->idx;
		want.elem[0] = l->inst->of_elem;
	}
	for (*slot = 0; *slot < k->count; ++*slot) {
		if (k->kind[*slot] == want.kind[0] && k->off[*slot] == want.off[0] &&
		    k->index[*slot] == want.index[0] && k->elem[*slot] == want.elem[0])
			return true;
	}
	if (k->count == MDESC_FMT_KEY_MAX)
		return false;
	k->kind[*slot] = want.kind[0];
	k->off[*slot] = want.off[0];
	k->index[*slot] = want.index[0];
	k->elem[*slot] = want.elem[0];
	k->count++;
	return true;
}

static bool make_keys(struct lengths *l)
{
	for (uint32_t i = 0; i < l->len_bytes; i++) {
		if (!slot_for(l, l->len_off + i, &l->slot[i]))
			return false;
		/* Of a header that is not recorded the length is bad, not cut off. Some rows find that themselves. */
		if (l->inst->kind == MDC_I_HEADER && l->all)
			l->need |= 1u << l->slot[i];
	}
	return true;
}

static void put_value(const struct lengths *l, struct mdesc_fmt_row *r, uint32_t value, uint32_t mask)
{
	for (uint32_t i = 0; i < l->len_bytes; i++) {
		uint32_t shift = 8 * (l->len_bytes - 1 - i);

		r->key_value[l->slot[i]] |= (uint8_t)(value >> shift);
		r->key_mask[l->slot[i]] |= (uint8_t)(mask >> shift);
	}
}

/* Adds @r for this length, where its key agrees with it. */
static void add_row(struct lengths *l, const struct mdc_row *r, const struct one_length *len)
{
	struct mdc_row copy = *r;
	struct cube mine, theirs = rg_cube(&r->f);

	memset(copy.f.key_value, 0, sizeof(copy.f.key_value));
	memset(copy.f.key_mask, 0, sizeof(copy.f.key_mask));
	put_value(l, &copy.f, len->value, l->mask);
	mine = rg_cube(&copy.f);
	if (!cube_meets(&mine, &theirs))
		return;
	mine = cube_both(&mine, &theirs);
	rg_put_cube(&copy.f, &mine);
	copy.f.flags |= MDESC_ROW_LENGTH;
	copy.f.length = len->bytes;
	*vec_push(l->g->arena, &l->g->states.p[l->at].rows) = copy;
}

/* What is no length: that ends the parser, once it is known that the fixed bytes are there. */
static void add_bad(struct lengths *l, const struct mdc_row *like)
{
	struct mdc_row r = { .loc = like->loc };

	r.f.state = like->f.state;
	r.f.state_mask = like->f.state_mask;
	r.f.header = like->f.header;
	r.f.layout = MDESC_FMT_NONE16;
	r.f.flags = MDESC_ROW_LENGTH | MDESC_ROW_ABORT;
	r.f.length = MDESC_FMT_NONE16;
	r.f.next = rg_stop(MDESC_REJECT, MDESC_ERR_BAD_LENGTH);
	*vec_push(l->g->arena, &l->g->states.p[l->at].rows) = r;
}

/* ---- two ways ---- */

/* Can the state's key be looked at behind the header, whatever its length? */
static bool behind_reaches(const struct lengths *l)
{
	const struct mdesc_fmt_keys *k = &l->g->keys.p[l->old_keys];
	uint32_t most = 0;

	if (l->g->t->window || l->g->states.p[l->at].rows.n < 2)
		return false;
	for (size_t i = 0; i < l->list.n; i++)
		most = l->list.p[i].bytes > most ? l->list.p[i].bytes : most;
	for (uint32_t i = 0; i < k->count; i++) {
		if (k->kind[i] == MDESC_SLOT_PACKET && k->off[i] - (int64_t)most < -(int64_t)l->g->t->reach)
			return false;
		if (k->kind[i] == MDESC_SLOT_REMAINING)
			return false;
	}
	return true;
}

/* The state's own rows, in a part behind the header. */
static uint32_t add_behind(struct lengths *l)
{
	struct rg_state old = l->g->states.p[l->at];
	uint32_t part;

	old.s.f.flags = MDESC_STATE_PART;
	old.s.f.max = old.s.f.counter = 0;
	memset(&old.s.f.otherwise, 0, sizeof(old.s.f.otherwise));
	part = rg_add_named(l->g, &old.s, "l", 1);
	for (size_t k = 0; k < old.rows.n; k++) {
		struct mdc_row r = old.rows.p[k];

		r.f.header = MDESC_FMT_NONE16;
		*vec_push(l->g->arena, &l->g->states.p[part].rows) = r;
	}
	return part;
}

static uint16_t keys_behind(struct lengths *l, uint16_t bytes)
{
	struct mdesc_fmt_keys k = l->g->keys.p[l->old_keys];

	for (uint32_t i = 0; i < k.count; i++) {
		if (k.kind[i] == MDESC_SLOT_PACKET)
			k.off[i] = (int16_t)(k.off[i] - bytes);
	}
	return rg_keys(l->g, &k);
}

static void rows_behind(struct lengths *l)
{
	struct rg_state *s = &l->g->states.p[l->at];
	struct mdc_row like = s->rows.p[0], r;
	uint32_t part = add_behind(l);

	s = &l->g->states.p[l->at];
	s->rows.n = 0;
	r = (struct mdc_row){ .loc = like.loc };
	r.f.state = like.f.state;
	r.f.state_mask = like.f.state_mask;
	r.f.header = like.f.header;
	r.f.layout = MDESC_FMT_NONE16;
	r.f.flags = MDESC_ROW_HOLD;
	for (size_t i = 0; i < l->list.n; i++) {
		r.f.next = rg_enter(part, keys_behind(l, l->list.p[i].bytes));
		add_row(l, &r, &l->list.p[i]);
	}
	add_bad(l, &like);
}

static void rows_product(struct lengths *l)
{
	struct rg_state *s = &l->g->states.p[l->at];
	struct mdc_row *rows = s->rows.p;
	size_t n = s->rows.n;

	memset(&s->rows, 0, sizeof(s->rows));
	for (size_t i = 0; i < l->list.n; i++) {
		for (size_t k = 0; k < n; k++)
			add_row(l, &rows[k], &l->list.p[i]);
	}
	add_bad(l, &rows[0]);
}

/* Does the row extract that header, and not yet in one of its lengths? */
static bool extracts_it(const struct lengths *l, const struct mdesc_fmt_row *r)
{
	return r->header == l->inst->idx && !(r->flags & MDESC_ROW_LENGTH);
}

/* Only some rows extract it: each of these once for each length, and then for what is none. */
static void rows_of_some(struct lengths *l)
{
	struct rg_state *s = &l->g->states.p[l->at];
	struct mdc_row *rows = s->rows.p, *bad;
	size_t n = s->rows.n;

	memset(&s->rows, 0, sizeof(s->rows));
	for (size_t k = 0; k < n; k++) {
		if (!extracts_it(l, &rows[k].f)) {
			*vec_push(l->g->arena, &s->rows) = rows[k];
			continue;
		}
		for (size_t i = 0; i < l->list.n; i++)
			add_row(l, &rows[k], &l->list.p[i]);
		add_bad(l, &rows[k]);
		bad = &s->rows.p[s->rows.n - 1];
		memcpy(bad->f.key_value, rows[k].f.key_value, sizeof(bad->f.key_value));
		memcpy(bad->f.key_mask, rows[k].f.key_mask, sizeof(bad->f.key_mask));
	}
}

/* ---- a machine that takes any length ---- */

/* Numbers of the field from @first up to @last are lengths; false: all are. */
static bool some_are_none(const struct lengths *l, uint32_t *first, uint32_t *last)
{
	uint32_t all = 1u << l->h->len_bits;

	*first = 0;
	*last = all;
	while (*first < all && (int64_t)l->h->len_add + ((int64_t)*first << l->h->len_shift) < l->h->min)
		++*first;
	while (*last > *first && (int64_t)l->h->len_add + ((int64_t)(*last - 1) << l->h->len_shift) > l->h->max)
		--*last;
	return *first || *last < all;
}

/* The next numbers that are no lengths, from @v on: so many together, a power of two; 0: there are none. */
static uint32_t next_bad(const struct lengths *l, uint32_t first, uint32_t last, uint32_t *v)
{
	uint32_t all = 1u << l->h->len_bits, end, size = 1;

	if (*v >= first && *v < last)
		*v = last;
	if (*v >= all)
		return 0;
	end = *v < first ? first : all;
	while (*v % (2 * size) == 0 && *v + 2 * size <= end)
		size *= 2;
	return size;
}

/* Rows for what is no length, where @row, which extracts the header, would match; NULL: wherever. */
static void add_guards(struct lengths *l, const struct mdc_row *like, const struct mdc_row *row, uint32_t first,
		       uint32_t last)
{
	uint32_t low = field_low(l->h, l->len_bytes), v = 0, size;

	for (; (size = next_bad(l, first, last, &v)); v += size) {
		struct rg_state *s = &l->g->states.p[l->at];
		struct cube mine, theirs;
		struct mdc_row *bad;

		add_bad(l, like);
		bad = &s->rows.p[s->rows.n - 1];
		put_value(l, &bad->f, v << low, l->mask & ~((size - 1) << low));
		if (!row)
			continue;
		mine = rg_cube(&bad->f);
		theirs = rg_cube(&row->f);
		if (!cube_meets(&mine, &theirs)) {
			s->rows.n--;
			continue;
		}
		mine = cube_both(&mine, &theirs);
		rg_put_cube(&bad->f, &mine);
	}
}

/*
 * Rows for what is no length, where the machine that takes the rows does not ask for that: in front of all rows that
 * the state has, or, where only some extract the header, in front of each of these.
 */
static void rows_guarded(struct lengths *l, uint32_t first, uint32_t last)
{
	struct rg_state *s = &l->g->states.p[l->at];
	struct mdc_row *rows = s->rows.p;
	size_t n = s->rows.n;

	memset(&s->rows, 0, sizeof(s->rows));
	if (l->all)
		add_guards(l, &rows[0], NULL, first, last);
	for (size_t i = 0; i < n; i++) {
		if (!l->all && extracts_it(l, &rows[i].f))
			add_guards(l, &rows[i], &rows[i], first, last);
		*vec_push(l->g->arena, &s->rows) = rows[i];
	}
}

/* ---- all states ---- */

static const struct mdc_rows *refuse(struct lengths *l, bool key)
{
	const struct mdc_header *h = l->h;
	struct diag *d;

	if (key)
		d = diag(l->g->ctx, CHK_target_feature, h->len_loc,
			 "the target '%s' advances by constants, and state '%s' has no room left in its key for the "
			 "length of '%s'", l->g->t->name, l->g->states.p[l->at].s.name, h->name);
	else
		d = diag(l->g->ctx, CHK_target_feature, h->len_loc,
			 "header '%s' has more lengths than %u, and the target '%s' takes a row for each", h->name,
			 LENGTHS_MAX, l->g->t->name);
	if (l->g->t->loc.src != UINT32_MAX)
		diag_label(d, l->g->t->loc, "the target");
	diag_note(d, key ? "match in another state" : "say which it may have, `length ... in MIN..MAX`");
	return NULL;
}

/* The header with a length of its own that the rows of this state extract; NULL: none. */
static const struct mdc_instance *variable_of(const struct rows_graph *g, const struct rg_state *s)
{
	for (size_t k = 0; k < s->rows.n; k++) {
		const struct mdesc_fmt_row *r = &s->rows.p[k].f;
		const struct mdc_instance *inst;

		if (r->header == MDESC_FMT_NONE16 || (r->flags & MDESC_ROW_LENGTH))
			continue;
		inst = g->m->parser.instances[r->header];
		if (inst->header->variable && (inst->kind == MDC_I_HEADER || inst->kind == MDC_I_ADVANCE))
			return inst;
	}
	return NULL;
}

struct retarget {
	uint32_t state;
	uint16_t keys;
};

static void set_keys(void *arg, struct mdesc_fmt_next *next)
{
	const struct retarget *r = arg;

	if (next->state == r->state)
		next->keys = r->keys;
}

static bool expand(struct lengths *l, uint16_t *entry_keys)
{
	struct retarget r = { .state = l->at };
	uint32_t first = 0, last = 0;

	l->h = l->inst->header;
	l->old_keys = entry_keys[l->at];
	l->keys = l->g->keys.p[l->old_keys];
	l->need = l->g->states.p[l->at].s.f.key_need;
	l->all = true;
	for (size_t k = 0; k < l->g->states.p[l->at].rows.n; k++)
		l->all &= extracts_it(l, &l->g->states.p[l->at].rows.p[k].f);
	if (l->g->t->arithmetic && (!place_field(l) || !some_are_none(l, &first, &last)))
		return true;
	if (!l->g->t->arithmetic && !find_lengths(l))
		return refuse(l, false);
	if (!make_keys(l))
		return refuse(l, true);
	if (l->g->t->arithmetic)
		rows_guarded(l, first, last);
	else if (!l->all)
		rows_of_some(l);
	else if (behind_reaches(l))
		rows_behind(l);
	else
		rows_product(l);
	l->g->states.p[l->at].s.f.key_need = l->need;
	r.keys = rg_keys(l->g, &l->keys);
	rg_each_next(l->g, set_keys, &r);
	entry_keys[l->at] = r.keys;
	l->g->changed = true;
	return true;
}

/* Each header with a length of its own that rows of the state extract; the rows themselves stay as they are. */
static bool guard_state(struct rows_graph *g, uint32_t state, uint16_t *entry_keys)
{
	bool ok = true;

	for (uint32_t p = 0; p < g->m->parser.n_instances && ok; p++) {
		struct lengths l = { .g = g, .at = state, .inst = g->m->parser.instances[p] };
		const struct rg_state *s = &g->states.p[state];
		bool there = false;

		if ((l.inst->kind != MDC_I_HEADER && l.inst->kind != MDC_I_ADVANCE) || !l.inst->header->variable)
			continue;
		for (size_t k = 0; k < s->rows.n && !there; k++)
			there = extracts_it(&l, &s->rows.p[k].f);
		ok = !there || expand(&l, entry_keys);
	}
	return ok;
}

const struct mdc_rows *mdc_pass_lengths(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct rows_graph g;
	uint16_t *entry_keys;
	bool ok = true;

	if (rows->model->target.arithmetic && !rows->model->target.table)
		return rows;
	rg_open(&g, ctx, rows);
	entry_keys = rg_entry_keys(&g);
	for (uint32_t i = 0; i < rows->n_states && g.t->arithmetic; i++)
		ok &= entry_keys[i] == MDESC_FMT_NONE16 || guard_state(&g, i, entry_keys);
	for (uint32_t i = 0; i < rows->n_states && !g.t->arithmetic; i++) {
		struct lengths l = { .g = &g, .at = i };
		bool fine = entry_keys[i] != MDESC_FMT_NONE16;	/* else nothing leads there */

		while (fine && (l.inst = variable_of(&g, &g.states.p[i]))) {
			fine = expand(&l, entry_keys);
			ok &= fine;
			memset(&l.list, 0, sizeof(l.list));
		}
	}
	if (ok)
		return rg_close(&g);
	rg_drop(&g);
	return NULL;
}

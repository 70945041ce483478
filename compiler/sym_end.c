/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Where both machines have stopped: the classifications, the rules of the layout,
 * and whether what comes out is the same: by fields, where there are such.
 */
#include <stdlib.h>
#include <string.h>

#include "sym_priv.h"

static bool same_class(const struct sym_tables *a, uint32_t i, const struct sym_tables *b, uint32_t k)
{
	const struct mdesc_fmt_class *x = &a->classes[i], *y = &b->classes[k];

	return x->row_count == y->row_count && x->otherwise == y->otherwise && x->key_bits == y->key_bits &&
	       (!x->row_count || !memcmp(a->class_rows + x->row_first, b->class_rows + y->row_first,
					 x->row_count * sizeof(*a->class_rows)));
}

static bool same_ids(const uint32_t *ids, uint32_t n)
{
	for (uint32_t i = 0; ids && i < n; i++)
		if (ids[i] != i)
			return false;
	return true;
}

static bool same_ops(const struct engine *e, uint32_t a, uint32_t n, uint32_t b, uint32_t m)
{
	return n == m && (!n || !memcmp(e->t[0]->ops + a, e->t[1]->ops + b, n * sizeof(*e->t[0]->ops)));
}

/* What happens behind the parser is the same, to the operation: what is in common stays so. */
static bool same_rules(const struct engine *e)
{
	const struct sym_tables *a = e->t[0], *b = e->t[1];

	if (a->n_classes != b->n_classes || a->n_layouts != b->n_layouts || e->opts->match || a->meta_id || b->meta_id)
		return false;
	for (int x = 0; x < 2; x++)
		if (!same_ids(e->t[x]->header_id, e->t[x]->n_headers) ||
		    !same_ids(e->t[x]->layout_id, e->t[x]->n_layouts) ||
		    !same_ids(e->t[x]->source_id, e->t[x]->n_sources))
			return false;
	for (uint32_t i = 0; i < a->n_classes; i++)
		if (!e->class_same[i] || !same_ops(e, a->classes[i].op_first, a->classes[i].op_count,
						   b->classes[i].op_first, b->classes[i].op_count))
			return false;
	for (uint32_t i = 0; i < a->n_layouts; i++)
		if (a->layouts[i].size != b->layouts[i].size ||
		    !same_ops(e, a->layouts[i].op_first, a->layouts[i].op_count, b->layouts[i].op_first,
			      b->layouts[i].op_count))
			return false;
	return a->n_sources == b->n_sources && a->n_headers == b->n_headers &&
	       (!a->n_sources || !memcmp(a->sources, b->sources, a->n_sources * sizeof(*a->sources))) &&
	       (!a->n_headers || !memcmp(a->headers, b->headers, a->n_headers * sizeof(*a->headers)));
}

struct end {
	struct engine *e;
	const struct config *from;
	struct config *c;
	uint32_t *class_value[2];
	bool any_error;		/* how they stopped is not asked: ops get ERROR_ANY */
};

static int error_of(const struct side *s)
{
	return s->next.verdict == MDESC_REJECT ? s->next.code : 0;
}

static int ops_error(const struct end *x, int side)
{
	return x->any_error ? ERROR_ANY : error_of(&x->c->s[side]);
}

/* The value of a class whose key is @key: false: forked on what decides. */
static bool look_up(struct end *x, int side, uint32_t idx, const sym_bit key[128], uint64_t *value)
{
	const struct sym_tables *t = x->e->t[side];
	const struct mdesc_fmt_class *c = &t->classes[idx];

	for (uint32_t i = 0; i < c->row_count && sym_spend(x->e, 1); i++) {
		const struct mdesc_fmt_class_row *row = &t->class_rows[c->row_first + i];
		sym_bit open = SYM_COMMON;
		bool is = true;

		for (uint32_t b = 0; b < 8 * MDESC_FMT_KEY_MAX && is; b++) {
			sym_bit bit;

			if (!(row->mask[b / 8] >> b % 8 & 1))
				continue;
			bit = sym_resolve(x->e, x->c, key[b]);
			if (bit > SYM_1)
				open = bit;
			else
				is = bit == (row->value[b / 8] >> b % 8 & 1u);
		}
		if (is && open != SYM_COMMON) {
			sym_fork(x->e, x->from, open);
			return false;
		}
		if (is) {
			*value = row->result;
			return true;
		}
	}
	*value = c->otherwise;
	return true;
}

static bool classify(struct end *x, int side, uint32_t idx)
{
	struct engine *e = x->e;
	const struct mdesc_fmt_class *c = &e->t[side]->classes[idx];
	sym_bit key[192] = { 0 }, bits[64];
	uint64_t v;

	if (!sym_ops_ready(e, x->from, x->c, side, c->op_first, c->op_count))
		return false;
	sym_ops_run(e, x->c, side, &(struct ops){ .place = OPS_CLASS, .error = ops_error(x, side),
						  .class_value = x->class_value[side], .key = key,
						  .first = c->op_first, .count = c->op_count });
	if (!e->level && !e->exact && idx < e->n_class_same && e->class_same[idx]) {
		uint32_t node = sym_node(e, N_CLASS, idx, sym_vec(e, key), sym_vec(e, key + 64));

		for (uint32_t i = 0; i < 64; i++)
			bits[i] = i < c->bits ? node * 64 + i : SYM_0;
	} else {
		if (!look_up(x, side, idx, key, &v))
			return false;
		for (uint32_t i = 0; i < 64; i++)
			bits[i] = v >> i & 1;
	}
	x->class_value[side][idx] = sym_vec(e, bits);
	return true;
}

/* False: forked. */
static bool run_rules(struct end *x, int side)
{
	struct engine *e = x->e;
	const struct sym_tables *t = e->t[side];
	const struct side *s = &x->c->s[side];
	const struct mdesc_fmt_layout *l;

	x->class_value[side] = sym_alloc(e, (t->n_classes + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < t->n_classes; i++)
		if (!classify(x, side, i))
			return false;
	if (s->now.layout == MDESC_FMT_NONE32)
		return true;
	l = &t->layouts[s->now.layout];
	if (!sym_ops_ready(e, x->from, x->c, side, l->op_first, l->op_count))
		return false;
	sym_ops_run(e, x->c, side, &(struct ops){ .place = OPS_RULE, .error = ops_error(x, side),
						  .class_value = x->class_value[side], .first = l->op_first,
						  .count = l->op_count });
	return !e->stop;
}

/* ---- what comes out ---- */

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9fb21c651e98df25ull;
	return h ^ h >> 29;
}

static bool is_shown(const struct engine *e, uint32_t id)
{
	for (int x = 0; x < 2; x++)
		for (uint32_t i = 0; i < e->t[x]->n_headers; i++)
			if (sym_header_id(e->t[x], i) == id)
				return e->t[x]->headers[i].kind == MDESC_KIND_HEADER ||
				       e->t[x]->headers[i].kind == MDESC_KIND_MARK;
	return false;
}

static const struct rec *rec_of(const struct side *s, uint32_t id, uint32_t elem)
{
	for (uint32_t i = 0; s->now.recs && i < s->now.recs->n; i++)
		if (s->now.recs->r[i].id == id && s->now.recs->r[i].elem == elem)
			return &s->now.recs->r[i];
	return NULL;
}

/* Headers that one has and the other has not, or elsewhere. */
static uint64_t other_headers(const struct end *x)
{
	uint64_t h = 0;

	for (int k = 0; k < 2; k++) {
		const struct side *a = &x->c->s[k], *b = &x->c->s[!k];

		for (uint32_t i = 0; a->now.recs && i < a->now.recs->n; i++) {
			const struct rec *r = &a->now.recs->r[i], *q = rec_of(b, r->id, r->elem);

			if (!is_shown(x->e, r->id))
				continue;
			if (!q || q->present != r->present ||
			    (!x->e->opts->names_only &&
			     (q->at.anchor != r->at.anchor || q->at.off != r->at.off ||
			      q->end.anchor != r->end.anchor || q->end.off != r->end.off)))
				h = mix(h, r->id + 1u) | 1;
		}
	}
	for (uint32_t i = 0; i < x->e->n_ids; i++) {
		uint32_t n = x->c->s[0].now.counts ? x->c->s[0].now.counts[i] : 0;
		uint32_t m = x->c->s[1].now.counts ? x->c->s[1].now.counts[i] : 0;

		if (n != m && is_shown(x->e, i))
			h = mix(h, i + 1u) | 1;
	}
	return h;
}

static sym_bit final_bit(struct engine *e, const struct side *s, uint32_t id)
{
	for (uint32_t i = 0; s->now.meta && i < s->now.meta->n; i++)
		if (s->now.meta->b[i].byte == id / 8 && s->now.meta->b[i].value[id % 8] != SYM_COMMON)
			return s->now.meta->b[i].value[id % 8];
	return e->exact ? SYM_0 : sym_node(e, N_OLD, id / 8, 0, 0) * 64 + id % 8;
}

static sym_bit side_bit(const struct end *x, int side, uint32_t bit)
{
	const uint16_t *id = x->e->t[side]->meta_id;

	return final_bit(x->e, &x->c->s[side], id ? id[bit] : bit);
}

static bool other_bit(const struct end *x, uint32_t bit0, uint32_t bit1)
{
	sym_bit a = side_bit(x, 0, bit0), b = side_bit(x, 1, bit1);

	return a != b && !sym_same_bit(x->e, x->c, a, b);
}

static uint64_t layout_id(const struct engine *e, int side, uint32_t layout)
{
	if (layout == MDESC_FMT_NONE32)
		return MDESC_FMT_NONE32;
	return e->t[side]->layout_id ? e->t[side]->layout_id[layout] : layout;
}

/* ---- kinds of differences ---- */

#define PAIRS	8	/* bits of a difference that packets are made for */

/* Those of one end; @with and @fixed: see sym_found(). */
struct kinds {
	struct kind {
		struct sym_kind kind;
		uint64_t with;
		uint32_t fixed;
	} *v;
	uint32_t n;
	const struct sym_kind *want;	/* NULL, or the one whose bits go to @pair */
	sym_bit pair[PAIRS][2];
	uint32_t n_pairs;
	uint64_t with;			/* of all fields and headers that differ */
};

static void add_kind(struct kinds *k, enum sym_what what, uint32_t of0, uint32_t of1, uint64_t with, uint32_t fixed)
{
	k->v[k->n++] = (struct kind){ { what, { of0, of1 } }, with, fixed };
}

static bool is_wanted(const struct kinds *k, uint32_t match, uint32_t field)
{
	return k->want && k->want->what == SYM_FIELD && k->want->of[0] == match && k->want->of[1] == field;
}

/* A field's bits up to the next field's; whether they differ. */
static bool other_field(const struct end *x, struct kinds *to, uint32_t match, uint32_t *at)
{
	const struct sym_match *m = &x->e->opts->match[match];
	uint32_t field = m->bits[*at].field;
	bool differs = false, fixed = true;
	uint64_t values = 1;

	for (; *at < m->n_bits && m->bits[*at].field == field; ++*at) {
		const uint16_t *bit = m->bits[*at].bit;
		sym_bit a = side_bit(x, 0, bit[0]), b = side_bit(x, 1, bit[1]);

		if (!other_bit(x, bit[0], bit[1]))
			continue;
		differs = true;
		a = sym_resolve(x->e, x->c, a);
		b = sym_resolve(x->e, x->c, b);
		fixed &= a <= SYM_1 && b <= SYM_1;
		values = mix(mix(values, bit[0]), a);
		if (is_wanted(to, match, field) && to->n_pairs < PAIRS) {
			to->pair[to->n_pairs][0] = a;
			to->pair[to->n_pairs++][1] = b;
		}
	}
	if (differs)
		add_kind(to, SYM_FIELD, match, field, fixed ? values : 0, fixed ? 1u << SYM_SHOWS_ALIKE : 0);
	return differs;
}

/* Whether it is known if the field of this kind means something; if so, that is part of what it is met with. */
static bool when_known(const struct end *x, uint32_t match, struct kind *k)
{
	const struct sym_match *m = &x->e->opts->match[match];
	uint64_t values = 1;

	for (uint32_t i = 0; i < m->n_when; i++) {
		sym_bit bit;

		if (m->when[i].field != k->kind.of[1])
			continue;
		bit = m->when[i].bit == SYM_ANY ? SYM_COMMON :
		      sym_resolve(x->e, x->c, side_bit(x, m->when[i].side, m->when[i].bit));
		if (bit > SYM_1)
			return false;
		values = mix(values, bit);
	}
	k->with = mix(k->with, values);
	return true;
}

static void other_fields(const struct end *x, struct kinds *to, uint32_t match)
{
	const struct sym_match *m = &x->e->opts->match[match];

	for (uint32_t at = 0; at < m->n_bits;) {
		uint32_t field = m->bits[at].field;

		if (!other_field(x, to, match, &at))
			continue;
		to->with = mix(to->with, field + 1u) | 1;
		if (when_known(x, match, &to->v[to->n - 1]))
			to->v[to->n - 1].fixed |= 1u << SYM_SHOWS_NOTHING;
	}
}

/* What of the metadata differs, by fields or as a whole. */
static void other_meta(const struct end *x, struct kinds *to)
{
	const struct sym_opts *o = x->e->opts;
	uint32_t l[2] = { x->c->s[0].now.layout, x->c->s[1].now.layout };
	uint64_t h = 0;

	if (l[0] == MDESC_FMT_NONE32)
		return;
	for (uint32_t i = 0; i < o->n_match; i++)
		if (o->match[i].layout[0] == l[0] && o->match[i].layout[1] == l[1]) {
			other_fields(x, to, i);
			return;
		}
	if (o->match)
		return;
	if (x->e->t[0]->layouts[l[0]].size != x->e->t[1]->layouts[l[1]].size)
		h = 1;
	for (uint32_t i = 0; h != 1 && i < 8 * x->e->t[0]->layouts[l[0]].size; i++)
		if (other_bit(x, i, i))
			h = mix(h, i / 8 + 1u) | 1;
	if (h)
		add_kind(to, SYM_FIELD, 0, 0, 0, 0);
	to->with = h;
}

static void init_kinds(const struct end *x, struct kinds *k)
{
	uint32_t n = 1;

	for (uint32_t i = 0; i < x->e->opts->n_match; i++) {
		const struct sym_match *m = &x->e->opts->match[i];

		if (m->n_bits && m->bits[m->n_bits - 1].field + 1u > n)
			n = m->bits[m->n_bits - 1].field + 1u;
	}
	*k = (struct kinds){ .v = sym_alloc(x->e, (n + 1) * sizeof(*k->v)) };
}

/*
 * Whether the rules of all layouts that both have give the same of whatever both have in common: what they read is
 * then a name, and so is the error. Where all is in common they need not be looked at again.
 */
static bool rules_alike(struct engine *e, const struct config *start)
{
	bool same = true;

	for (uint32_t i = 0; i < e->t[0]->n_layouts && same; i++) {
		for (uint32_t k = 0; k < e->t[1]->n_layouts && same; k++) {
			struct end x = { .e = e, .from = start, .c = sym_copy(e, start), .any_error = true };
			struct kinds kinds;

			if (layout_id(e, 0, i) != layout_id(e, 1, k))
				continue;
			x.c->s[0].now.layout = i;
			x.c->s[1].now.layout = k;
			same = run_rules(&x, 0) && run_rules(&x, 1);
			if (!same)
				break;
			init_kinds(&x, &kinds);
			other_meta(&x, &kinds);
			same = !kinds.n;
		}
	}
	e->stack = NULL;	/* what they would have to know first */
	return same;
}

void sym_end_init(struct engine *e, const struct config *start)
{
	uint32_t n = e->t[0]->n_classes < e->t[1]->n_classes ? e->t[0]->n_classes : e->t[1]->n_classes;

	e->class_same = sym_alloc(e, n + 1);
	e->n_class_same = n;
	for (uint32_t i = 0; i < n; i++)
		e->class_same[i] = same_class(e->t[0], i, e->t[1], i);
	e->rules_same = same_rules(e) || (sym_is_relative(e) && rules_alike(e, start));
}

static uint32_t verdict_of(const struct side *s)
{
	return s->next.verdict == MDESC_DROP ? SYM_DROPPED : (uint32_t)error_of(s);
}

/* What kinds of differences there are at this end. False: forked. */
static bool differences(struct end *x, struct kinds *to)
{
	const struct side *a = &x->c->s[0], *b = &x->c->s[1];
	uint64_t h;

	init_kinds(x, to);
	to->want = x->e->want;
	if (verdict_of(a) != verdict_of(b))
		add_kind(to, SYM_VERDICT, verdict_of(a), verdict_of(b), 0, 0);
	else if (verdict_of(a) != SYM_DROPPED && layout_id(x->e, 0, a->now.layout) != layout_id(x->e, 1, b->now.layout))
		add_kind(to, SYM_LAYOUT, a->now.layout, b->now.layout, 0, 0);
	if (to->n || verdict_of(a) == SYM_DROPPED)
		return true;
	if (x->e->rules_same && !a->now.recs && !b->now.recs && !a->now.meta && !b->now.meta && !a->regs && !b->regs &&
	    (!a->now.counts || !memcmp(a->now.counts, b->now.counts, x->e->n_ids * sizeof(*a->now.counts))))
		return true;
	if (!run_rules(x, 0) || !run_rules(x, 1))
		return false;
	other_meta(x, to);
	h = other_headers(x);
	if (h)
		add_kind(to, SYM_HEADERS, 0, 0, 0, 0);
	to->with = mix(to->with, h);
	return true;
}

/* ---- what becomes of it ---- */

/* At the end of the whole way: a packet for what is wanted, if that is there. */
static void solve(struct engine *e, const struct config *c, const struct kinds *kinds)
{
	struct sym_packet packet = { 0 };
	enum sym_shown shows;
	uint32_t i = 0;

	while (i < kinds->n && e->opts->differs && memcmp(&kinds->v[i].kind, e->want, sizeof(*e->want)))
		i++;
	if (i == kinds->n)
		return;
	shows = sym_solve(e, c, kinds->pair, kinds->n_pairs, &packet);
	if (shows > e->solved) {
		struct sym_packet worse = *e->packet;

		*e->packet = packet;
		packet = worse;
		e->solved = shows;
	}
	e->stop = shows == SYM_SHOWS;
	free(packet.data);
	free(packet.sources);
}

void sym_finish(struct engine *e, const struct config *from)
{
	struct end x = { .e = e, .from = from, .c = sym_copy(e, from) };
	struct kinds kinds;

	if (!differences(&x, &kinds) || e->stop)
		return;
	if (e->exact)
		solve(e, x.c, &kinds);
	for (uint32_t i = 0; !e->exact && i < kinds.n && !e->stop; i++)
		sym_found(e, x.c, &kinds.v[i].kind, mix(kinds.v[i].with, kinds.with), kinds.v[i].fixed);
}

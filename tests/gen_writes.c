/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is written: expressions that fit a field, for rules and for states, and
 * the assignments of a state with the tags that they need.
 */
#include "gen_priv.h"

struct value {
	const char *text;
	uint32_t bits;
	bool computed;		/* cannot stand behind + and - */
};

/* ---- plain values ---- */

/* A stack's element or an instance that may be read; NULL: there is none. */
static const struct g_inst *readable(struct gen *g, const struct g_state *st, const char **text)
{
	const struct g_inst *scoped = st ? NULL : g_scoped(g);

	if (scoped) {
		*text = scoped->name;
		return scoped;
	}
	for (int tries = 0; tries < 10 && g->n_insts; tries++) {
		int i = (int)g_below(g, (uint32_t)g->n_insts);
		const struct g_inst *inst = &g->inst[i];
		int n = st ? g_available(g, st, i) : 1;

		if (!n)
			continue;
		*text = inst->name;
		if (!inst->stack)
			return inst;
		if (g_chance(g, 50)) {
			HIT(g, x_stack_last);
			*text = g_fmt(g, "%s[last]", inst->name);
		} else {
			HIT(g, x_stack_elem);
			*text = g_fmt(g, "%s[%u]", inst->name, g_below(g, (uint32_t)n));
		}
		return inst;
	}
	return NULL;
}

static struct value field_value(struct gen *g, const struct g_state *st)
{
	const char *name;
	const struct g_inst *inst = readable(g, st, &name);
	const struct g_hfield *f;
	struct value v = { 0 };
	uint32_t lo, n;

	if (!inst || !inst->h->n)
		return v;
	f = &inst->h->f[g_below(g, (uint32_t)inst->h->n)];
	if (f->order == G_RAW)
		return v;
	v.text = g_fmt(g, "%s.%s", name, f->name);
	v.bits = f->bits;
	if (!st)
		HIT(g, rule_header);
	if (f->bytes || f->bits > 64 || (f->bits > 1 && g_chance(g, 25))) {
		n = g_in(g, 1, f->bits > 64 ? 64 : f->bits);
		lo = g_below(g, f->bits - n + 1);
		v.bits = n;
		v.text = n == 1 && !f->bytes ? g_fmt(g, "%s[%u]", v.text, lo) :
			 g_fmt(g, "%s[%u:%u]", v.text, lo + n - 1, lo);
		if (f->bytes)
			HIT(g, x_bytes_slice);
		else
			HIT(g, x_field_slice);
	}
	if (f->part == G_OPTIONAL)
		HIT(g, x_optional);
	v.computed = f->order == G_LE && v.bits != f->bits;
	if (f->order == G_LE)
		HIT(g, x_field_le);
	else if (strchr(f->name, '.'))
		HIT(g, x_field_word);
	else
		HIT(g, x_field);
	return v;
}

static struct value call_value(struct gen *g, const struct g_state *st)
{
	const char *name;
	const struct g_inst *inst = readable(g, st, &name);

	if (!inst)
		return (struct value){ 0 };
	if (inst->stack && g_chance(g, 50)) {
		HIT(g, x_count);
		return (struct value){ g_fmt(g, "count(%s)", inst->name), 8, false };
	}
	switch (g_below(g, 3)) {
	case 0:
		HIT(g, x_offset);
		return (struct value){ g_fmt(g, "offset(%s)", name), 16, false };
	case 1:
		HIT(g, x_length);
		return (struct value){ g_fmt(g, "length(%s)", name), 16, false };
	}
	if (inst->h->n && g_chance(g, 60)) {
		HIT(g, x_present_field);
		return (struct value){ g_fmt(g, "present(%s.%s)", name,
					     inst->h->f[g_below(g, (uint32_t)inst->h->n)].name), 1, false };
	}
	HIT(g, x_present);
	return (struct value){ g_fmt(g, "present(%s)", name), 1, false };
}

static struct value special_value(struct gen *g, const struct g_state *st)
{
	const char *mark = g_chance(g, 40) ? g_mark(g, st) : NULL;
	const struct g_class *c = st ? NULL : g_any_class(g);
	uint32_t bits = g_in(g, 1, 40);

	if (c && g_chance(g, 50)) {
		HIT(g, x_class);
		return (struct value){ c->name, c->bits, false };
	}
	if (mark) {
		if (g_chance(g, 30)) {
			HIT(g, x_present_mark);
			return (struct value){ g_fmt(g, "present(%s)", mark), 1, false };
		}
		HIT(g, x_mark);
		return (struct value){ g_chance(g, 50) ? mark : g_fmt(g, "offset(%s)", mark), 16, false };
	}
	if (st && g_chance(g, 40)) {
		HIT(g, x_lookahead);
		return (struct value){ g_fmt(g, "lookahead(%u, %u)", g_below(g, 30), bits), bits, false };
	}
	if (!st && g_chance(g, 60)) {
		if (g_chance(g, 50)) {
			HIT(g, rule_error);
			return (struct value){ "parser.error", 16, false };
		}
		HIT(g, rule_truncated);
		return (struct value){ "parser.truncated", 1, false };
	}
	HIT(g, x_pktlen);
	return (struct value){ "packet.length", 16, false };
}

static struct value source_value(struct gen *g)
{
	const struct g_source *s = &g->s[g_below(g, (uint32_t)g->n_sources)];

	if (s->type->kind == G_PTR)
		return (struct value){ 0 };
	HIT(g, x_source);
	if (s->type->is_signed) {	/* a slice has no sign */
		uint32_t hi = g_below(g, s->bits), lo = g_below(g, hi + 1);

		HIT(g, x_source_slice);
		return (struct value){ g_fmt(g, "%s[%u:%u]", s->name, hi, lo), hi - lo + 1, true };
	}
	return (struct value){ s->name, s->bits, false };
}

static struct value register_value(struct gen *g)
{
	const struct g_register *r = g_any_register(g);

	if (!r)
		return (struct value){ 0 };
	HIT(g, x_register);
	return (struct value){ r->name, r->bits, false };
}

static struct value plain_value(struct gen *g, const struct g_state *st)
{
	struct value v = { 0 };

	while (!v.text) {
		uint32_t c = g_below(g, 20);

		if (c < 2)
			v = register_value(g);
		else if (c < 6)
			v = source_value(g);
		else if (c < 14 && (g->kind & GEN_PARSER))
			v = field_value(g, st);
		else if (c < 18 && (g->kind & GEN_PARSER))
			v = call_value(g, st);
		else if (g->kind & GEN_PARSER || c == 19)
			v = special_value(g, st);
	}
	return v;
}

/* ---- operations ---- */

static uint32_t width_of(uint64_t v)
{
	uint32_t n = 1;

	while (n < 64 && v >> n)
		n++;
	return n;
}

static struct value sum(struct gen *g, const struct g_state *st, struct value v)
{
	uint64_t c = g_u64(g) & g_mask(v.bits);
	struct value b;

	if (g_chance(g, 60) && v.bits < 63) {
		if (g_chance(g, 50)) {
			HIT(g, x_add);
			v.text = g_fmt(g, "(%s + %s)", v.text, g_num(g, (int64_t)c));
		} else {
			HIT(g, x_sub);
			v.text = g_fmt(g, "(%s - %s)", v.text, g_num(g, (int64_t)c));
		}
		return v;
	}
	do
		b = plain_value(g, st);
	while (b.computed);
	HIT(g, x_add_two);
	v.text = g_fmt(g, "(%s %c %s)", v.text, g_chance(g, 50) ? '+' : '-', b.text);
	v.bits = v.bits > b.bits ? v.bits : b.bits;
	return v;
}

static struct value compare(struct gen *g, struct value v, uint64_t c)
{
	static const char *const errors[] = { "none", "truncated", "no_match", "loop" };
	bool equal = g_chance(g, 50);

	if (!strcmp(v.text, "parser.error") && g_chance(g, 90)) {
		HIT(g, x_error_name);
		return (struct value){
			g_fmt(g, "(%s %s %s)", v.text, equal ? "==" : "!=", errors[g_below(g, 4)]), 1, false,
		};
	}

	if (g_chance(g, 30)) {
		HIT(g, x_not);
		return (struct value){ g_fmt(g, "(!%s)", v.text), 1, false };
	}
	c &= g_chance(g, 50) ? 3 : INT64_MAX;
	c &= g_mask(v.bits);
	if (equal)
		HIT(g, x_eq);
	else
		HIT(g, x_ne);
	return (struct value){ g_fmt(g, "(%s %s %s)", v.text, equal ? "==" : "!=", g_num(g, (int64_t)c)), 1, false };
}

/* A shift to the right, or a slice: something of at least two bits. */
static struct value part(struct gen *g, struct value v)
{
	uint32_t n = g_in(g, 1, v.bits - 1), lo = g_below(g, v.bits - n + 1);

	if (g_chance(g, 50)) {
		HIT(g, x_shr);
		return (struct value){ g_fmt(g, "(%s >> %u)", v.text, n), v.bits - n, false };
	}
	HIT(g, x_slice);
	return (struct value){ g_fmt(g, "(%s)[%u:%u]", v.text, lo + n - 1, lo), n, false };
}

static struct value operation(struct gen *g, const struct g_state *st, struct value v)
{
	uint64_t c = g_u64(g) & g_mask(v.bits) & INT64_MAX;
	uint32_t n = g_in(g, 1, 9);

	switch (g_below(g, 7)) {
	case 0:
	case 1:
		return sum(g, st, v);
	case 2:
		c = c ? c : 1;
		HIT(g, x_and);
		return (struct value){ g_fmt(g, "(%s & %s)", v.text, g_num(g, (int64_t)c)), width_of(c), false };
	case 3:
		if (v.bits + n > 64)
			return v;
		HIT(g, x_shl);
		return (struct value){ g_fmt(g, "(%s << %u)", v.text, n), v.bits + n, false };
	case 4:
		return compare(g, v, c);
	}
	return v.bits < 2 ? v : part(g, v);
}

/* A number of at most @max bits. */
static struct value number(struct gen *g, const struct g_state *st, uint32_t max)
{
	struct value v = plain_value(g, st);

	if (g_chance(g, 8) && v.bits < 63 && !v.computed) {
		HIT(g, x_const_sub);
		v.text = g_fmt(g, "(%s - %s)", g_num(g, (int64_t)(g_u64(g) & g_mask(v.bits))), v.text);
	}
	for (int n = (int)g_below(g, 4); n > 0; n--)
		v = operation(g, st, v);
	if (v.bits > max) {
		HIT(g, x_slice);
		v.text = max == 1 ? g_fmt(g, "(%s)[%u]", v.text, g_below(g, v.bits)) :
			 g_fmt(g, "(%s)[%u:%u]", v.text, max - 1, 0);
		v.bits = max;
	}
	return v;
}

const char *g_number(struct gen *g, const struct g_state *st, uint32_t max)
{
	return number(g, st, max).text;
}

/* ---- what fits a field ---- */

/* Packet bytes of exactly that size; "" where there are none. */
static const char *bytes_value(struct gen *g, const struct g_state *st, uint32_t bits)
{
	for (int tries = 0; tries < 10; tries++) {
		const char *name;
		const struct g_inst *inst = readable(g, st, &name);
		const struct g_hfield *f;

		if (!inst || !inst->h->n)
			continue;
		f = &inst->h->f[g_below(g, (uint32_t)inst->h->n)];
		if (!f->bytes || f->bits < bits)
			continue;
		HIT(g, write_bytes);
		if (f->bits == bits)
			return g_fmt(g, "%s.%s", name, f->name);
		return g_fmt(g, "%s.%s[%u:%u]", name, f->name, bits - 1 + f->bits % 8, f->bits % 8);
	}
	return "";
}

static const char *exact_number(struct gen *g, const struct g_state *st, uint32_t bits)
{
	for (int tries = 0; tries < 30; tries++) {
		struct value v = number(g, st, bits);

		if (v.bits != bits)
			continue;
		HIT(g, write_bytes_num);
		return v.text;
	}
	return "0";
}

static const char *raw_value(struct gen *g, const struct g_state *st, uint32_t bits)
{
	for (int tries = 0; tries < 15; tries++) {
		const char *name;
		const struct g_inst *inst = readable(g, st, &name);
		const struct g_hfield *f = inst && inst->h->n ? &inst->h->f[g_below(g, (uint32_t)inst->h->n)] : NULL;

		if (!f || f->order != G_RAW || f->bits != bits)
			continue;
		HIT(g, write_raw);
		return g_fmt(g, "%s.%s", name, f->name);
	}
	return g_chance(g, 30) ? "0" : "";
}

static const char *pointer_value(struct gen *g, const struct g_type *to)
{
	for (int i = 0; i < g->n_sources; i++)
		if (g->s[i].type->kind == G_PTR && g->s[i].type->to == to) {
			HIT(g, write_ptr);
			return g->s[i].name;
		}
	return "";
}

static const char *integer_value(struct gen *g, const struct g_leaf *leaf, const struct g_state *st)
{
	const struct g_type *t = leaf->range ? leaf->range->e : leaf->type;
	bool is_signed = t && t->is_signed;

	if (t && t->kind == G_ENUM && g_chance(g, 60)) {
		HIT(g, write_enum);
		return t->e->v[g_below(g, (uint32_t)t->e->n)].name;
	}
	if (is_signed && t->kind == G_INT)
		HIT(g, write_signed);
	for (int i = 0; is_signed && t->kind == G_INT && i < g->n_sources; i++)
		if (g->s[i].type->is_signed && g->s[i].bits == leaf->width && g_chance(g, 60)) {
			HIT(g, write_signed_source);
			return g->s[i].name;
		}
	if (g_chance(g, 15)) {
		uint64_t v = g_u64(g) & g_mask(leaf->width < 60 ? leaf->width - is_signed : 59);

		HIT(g, x_const);
		return g_num(g, is_signed && t->kind == G_INT && g_chance(g, 50) ? -(int64_t)v : (int64_t)v);
	}
	if (is_signed && t->kind == G_INT && leaf->width < 2)
		return "0";
	return number(g, st, leaf->width - (is_signed && t->kind == G_INT)).text;
}

const char *g_value(struct gen *g, const struct g_leaf *leaf, const struct g_state *st, bool whole)
{
	const struct g_type *t = leaf->type;
	uint32_t bits = leaf->bytes && whole ? leaf->count * 8 : t->kind == G_MAC ? 48 : 0;
	const char *v = "";

	if (bits) {
		if (t->kind == G_MAC)
			HIT(g, write_mac);
		if (g->kind & GEN_PARSER)
			v = bytes_value(g, st, bits);
		if (!*v && bits <= 64)
			v = exact_number(g, st, bits);
		return *v ? v : "0";
	}
	if (leaf->range)
		return integer_value(g, leaf, st);
	switch (t->kind) {
	case G_PTR:
		return pointer_value(g, t->to);
	case G_BOOL:
		HIT(g, write_bool);
		return g_chance(g, 20) ? "1" : number(g, st, 1).text;
	case G_INT:
		if (t->order == G_RAW)
			return raw_value(g, st, t->bits);
		return integer_value(g, leaf, st);
	case G_ENUM:
		return integer_value(g, leaf, st);
	default:
		return "";
	}
}

/* ---- the assignments of a state ---- */

struct written {
	const struct g_leaf *leaf[40];
	int elem[40];
	int n;
	uint32_t stores;
};

static bool can_write(const struct written *w, const struct g_leaf *leaf, int elem)
{
	for (int i = 0; i < w->n; i++) {
		if (w->leaf[i] == leaf && elem >= 0 && w->elem[i] >= 0 && w->elem[i] != elem)
			continue;
		if (g_conflict(w->leaf[i], leaf))
			return false;
	}
	return w->n < 40;
}

static bool in_arm(const struct g_cond *c, uint64_t v)
{
	bool any = false;

	for (int i = 0; i < c->u->n; i++)
		for (int k = 0; k < c->u->m[i]->n_arm; k++) {
			bool hit = c->u->m[i]->arm[k].lo <= v && v <= c->u->m[i]->arm[k].hi;

			any |= hit;
			if (hit && c->u->m[i] == c->arm)
				return true;
		}
	return c->arm->arm_default && !any;
}

static const struct g_tagset *find_set(const struct g_tagset *t, int n, const struct g_layout *l, const char *path)
{
	for (int i = 0; i < n; i++)
		if (t[i].l == l && !strcmp(t[i].tag, path))
			return &t[i];
	return NULL;
}

/* Were all its tags set to its arms, here or before? @later: one of them before. */
static bool arms_set(const struct gen *g, const struct g_state *s, const struct g_leaf *leaf, bool *later)
{
	const struct g_layout *l = g->l[s->layout];

	*later = false;
	for (int c = 0; c < leaf->n_cond; c++) {
		const struct g_tagset *t;

		if (!leaf->cond[c].tag)		/* computed: nobody proves it */
			continue;
		t = find_set(s->tag, s->n_tags, l, leaf->cond[c].tag);
		if (!t) {
			t = find_set(s->before, s->n_before, l, leaf->cond[c].tag);
			*later = true;
		}
		if (!t || !in_arm(&leaf->cond[c], t->value))
			return false;
	}
	return true;
}

static void write_leaf(struct gen *g, const struct g_state *s, const struct g_leaf *leaf, struct written *w)
{
	bool array = leaf->count && (!leaf->bytes || g_chance(g, 25));
	int elem = array ? (int)g_below(g, leaf->count) : -1;
	const char *v;

	if (leaf->m->rule && !strcmp(leaf->m->rule, "layout.id"))	/* the layout's own rule only */
		return;
	w->stores += leaf->bytes ? leaf->count / 4 + 1 : 1;
	if (leaf->dims2 || !can_write(w, leaf, elem) || (!g->big_target && w->stores > 8))
		return;
	v = g_value(g, leaf, s, !array);
	if (!*v)
		return;
	HIT(g, write);
	if (array)
		HIT(g, write_elem);
	if (leaf->range)
		HIT(g, write_range);
	if (leaf->n_cond)
		HIT(g, write_arm);
	if (leaf->n_cond > 1)
		HIT(g, write_arm_nested);
	if (leaf->in_switch)
		HIT(g, write_switch);
	if (g->l[s->layout]->in_chain && leaf->range && !strncmp(leaf->path, "types.", 6))
		HIT(g, write_taken);
	else if (g->l[s->layout]->in_chain)
		HIT(g, write_item);
	if (leaf->n_cond && !leaf->cond[leaf->n_cond - 1].tag)
		HIT(g, write_computed);
	fprintf(g->out, "\t\tmeta.%s", leaf->path);
	if (array)
		fprintf(g->out, "[%s]", g_num(g, elem));
	fprintf(g->out, " = %s;\n", v);
	w->leaf[w->n] = leaf;
	w->elem[w->n++] = elem;
}

/* ---- tags ---- */

/* Does it lie over a tag, in another arm of a plain union? Writing it would change that tag. */
static bool over_tag(const struct g_layout *l, const struct g_leaf *leaf)
{
	for (int k = 0; k < l->n_leaves; k++)
		if (l->leaf[k].is_tag && l->leaf[k].word != leaf->word && g_conflict(&l->leaf[k], leaf))
			return true;
	return false;
}

static const struct g_leaf *leaf_of(const struct g_layout *l, const char *path)
{
	for (int k = 0; k < l->n_leaves; k++)
		if (!strcmp(l->leaf[k].path, path))
			return &l->leaf[k];
	return NULL;
}

/* A tag in an arm needs that arm's tag first; one that cannot be set leaves its arms alone. */
static void drop_tags(struct gen *g, struct g_state *s)
{
	struct written w = { .n = 0 };
	int n = s->n_tags;
	bool later;

	s->n_tags = 0;
	for (int i = 0; i < n; i++) {
		const struct g_leaf *leaf = leaf_of(s->tag[i].l, s->tag[i].tag);

		if (!leaf || w.n >= 4 || over_tag(s->tag[i].l, leaf) || !arms_set(g, s, leaf, &later) ||
		    !can_write(&w, leaf, -1))
			continue;
		w.leaf[w.n] = leaf;
		w.elem[w.n++] = -1;
		s->tag[s->n_tags++] = s->tag[i];
	}
}

static bool join_tags(struct g_state *to, const struct g_tagset *t, int n)
{
	bool changed = !to->tags_known;

	if (!to->tags_known) {
		memcpy(to->before, t, (size_t)n * sizeof(*t));
		to->n_before = n;
		to->tags_known = true;
	}
	for (int i = 0; i < to->n_before; i++) {
		const struct g_tagset *same = find_set(t, n, to->before[i].l, to->before[i].tag);

		if (same && same->value == to->before[i].value)
			continue;
		to->before[i--] = to->before[--to->n_before];
		changed = true;
	}
	return changed;
}

static bool leave_state(struct gen *g, struct g_state *s)
{
	struct g_tagset out[32];
	int n = s->n_before;
	bool changed = false;

	if (s->has_else && s->otherwise.to >= 0)
		changed |= join_tags(&g->st[s->otherwise.to], s->before, n);
	memcpy(out, s->before, (size_t)n * sizeof(*out));
	for (int i = 0; i < s->n_tags && n < 16; i++)
		out[n++] = s->tag[i];
	for (int k = 0; k < s->n_edges; k++)
		if (s->edge[k].to >= 0)
			changed |= join_tags(&g->st[s->edge[k].to], out, n);
	return changed;
}

void g_settle_tags(struct gen *g)
{
	bool again = true;

	for (int i = 0; i < g->n_states; i++)
		drop_tags(g, &g->st[i]);
	g->st[0].tags_known = true;
	while (again) {
		again = false;
		for (int i = 0; i < g->n_states; i++)
			if (g->st[i].tags_known)
				again |= leave_state(g, &g->st[i]);
	}
}

static void write_tags(struct gen *g, struct g_state *s, struct written *w)
{
	for (int i = 0; i < s->n_tags; i++) {
		const struct g_leaf *leaf = leaf_of(s->tag[i].l, s->tag[i].tag);

		HIT(g, write_tag);
		w->stores++;
		fprintf(g->out, "\t\tmeta.%s = %s;\n", leaf->path, g_num(g, (int64_t)s->tag[i].value));
		w->leaf[w->n] = leaf;
		w->elem[w->n++] = -1;
	}
}

void g_state_writes(struct gen *g, struct g_state *s)
{
	struct written w = { .n = 0 };
	const struct g_layout *l;
	bool later;

	if (s->layout < 0 || !g->n_metadata)
		return;
	l = g->l[s->layout];
	if (!l->n_leaves)
		return;
	write_tags(g, s, &w);
	for (int n = (int)g_below(g, g->big_target ? 9 : 5); n > 0; n--) {
		const struct g_leaf *leaf = &l->leaf[g_below(g, (uint32_t)l->n_leaves)];

		for (int tries = 0; tries < 3 && !leaf->n_cond && s->n_tags + s->n_before; tries++)
			leaf = &l->leaf[g_below(g, (uint32_t)l->n_leaves)];
		if (leaf->is_tag || over_tag(l, leaf) || !arms_set(g, s, leaf, &later))
			continue;
		if (later)
			HIT(g, write_arm_later);
		write_leaf(g, s, leaf, &w);
	}
}

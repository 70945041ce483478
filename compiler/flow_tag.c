/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Tags of unions: which values each can have on entering a state, and which arms
 * may have been written. Reports arm-without-tag: an arm that is written where
 * its tag is not set to it on every path, and a tag that is changed after.
 */
#include "states.h"

enum {
	VALUE_UNSET,
	VALUE_COMPUTED,
	VALUE_FIRST
}; /* numbers of values; constants from VALUE_FIRST */

struct tag {
	const struct mdc_layout *layout;
	uint32_t leaf;
	VEC(uint64_t) values;		/* constants that some state sets, from VALUE_FIRST */
	uint32_t first_bit;		/* of a state's facts */
	bool has_rule;			/* a constant rule of the layout sets it to: */
	uint64_t rule_value;
	bool computed;			/* a rule of the layout sets it to what no state knows */
};

/* A condition of an arm that some state writes. */
struct arm_fact {
	const struct mdc_layout *layout;
	const struct mdc_cond *cond;
	struct tag *tag;
	uint32_t bit;
};

struct tag_facts {
	struct flow_facts f;
	struct ps *p;
	VEC(struct tag *) tags;
	VEC(struct arm_fact) arms;
	struct arm_fact **by_cond;	/* layout's first_cond + cond->idx -> its arm fact */
	struct tag **by_leaf;		/* layout's first_leaf + leaf -> its tag */
	uint32_t *first_cond, *first_leaf;	/* by layout */
	uint32_t n_bits, words;
	uint64_t *in;			/* by state */
	uint64_t *out;
};

static bool bit(const uint64_t *v, uint32_t i)
{
	return v[i / 64] >> (i % 64) & 1;
}

static void set_bit(uint64_t *v, uint32_t i)
{
	v[i / 64] |= 1ull << (i % 64);
}

static void clear_bit(uint64_t *v, uint32_t i)
{
	v[i / 64] &= ~(1ull << (i % 64));
}

/* ---- values ---- */

static bool holds(const struct mdc_cond *c, uint64_t v)
{
	bool in = false;

	for (uint32_t i = 0; i < c->n_values; i++)
		in |= v >= c->values[i].lo && v <= c->values[i].hi;
	return in != c->negate;
}

/* Does a rule for leaf @w set the tag? *value: to what, where *constant. */
static bool sets_tag(const struct mdc_layout *l, const struct mdc_rule *w, uint32_t tag,
		     uint64_t *value, bool *constant)
{
	const struct mdc_leaf *to = &l->leaves[w->leaf], *t = &l->leaves[tag];

	*constant = w->x->kind == MDC_X_CONST;
	if (w->leaf == tag) {
		*value = w->x->imm & wr_mask(t->width);
		return true;
	}
	/* The word that the tag is a range of. */
	if (!t->is_range || !to->is_word || to->offset != t->offset || w->leaf > tag)
		return false;
	*value = w->x->imm >> t->shift & wr_mask(t->width);
	return true;
}

static const char *value_name(struct resolver *r, const struct mdc_leaf *tag, uint64_t v)
{
	const struct mdc_type *t = tag->enum_type;

	for (uint32_t i = 0; t && i < t->n_enumerators; i++)
		if (((uint64_t)t->enumerators[i].value & wr_mask(tag->width)) == v)
			return t->enumerators[i].name;
	return rs_int_text(r, v);
}

static const char *cond_text(struct resolver *r, const struct mdc_cond *c,
			     const struct mdc_leaf *tag)
{
	const char *s = "";

	for (uint32_t i = 0; i < c->n_values && i < 5; i++) {
		const struct mdc_value_range *v = &c->values[i];

		s = arena_printf(r->arena, "%s%s%s", s, i ? ", " : "",
				 i == 4 ? "..." : value_name(r, tag, v->lo));
		if (i < 4 && v->hi != v->lo)
			s = arena_printf(r->arena, "%s..%s", s, value_name(r, tag, v->hi));
	}
	return c->negate ? (*s ? arena_printf(r->arena, "anything but %s", s) : "anything") : s;
}

static const char *arm_name(const struct mdc_cond *c)
{
	return c->name ? c->name : "without a name";
}

/* ---- which tags and arms there are ---- */

static struct tag *tag_of(struct tag_facts *x, const struct mdc_layout *l, uint32_t leaf)
{
	struct tag **slot = &x->by_leaf[x->first_leaf[l->idx] + leaf];

	if (!*slot) {
		*slot = arena_new_of(x->p->arena, struct tag);
		(*slot)->layout = l;
		(*slot)->leaf = leaf;
		*vec_push(x->p->arena, &x->tags) = *slot;
	}
	return *slot;
}

static void note_arms(struct tag_facts *x, const struct mdc_state *s)
{
	for (uint32_t k = 0; k < s->n_writes; k++) {
		const struct mdc_cond *c = s->layout->leaves[s->writes[k].leaf].cond;

		for (; c; c = c->parent) {
			struct arm_fact **slot =
				&x->by_cond[x->first_cond[s->layout->idx] + c->idx];

			if (*slot || c->tag_value)	/* what is computed, no path can prove */
				continue;
			*slot = arena_new_of(x->p->arena, struct arm_fact);
			**slot = (struct arm_fact){ s->layout, c, tag_of(x, s->layout, c->tag_leaf),
						    0 };
			*vec_push(x->p->arena, &x->arms) = **slot;
		}
	}
}

static uint32_t value_number(struct arena *a, struct tag *t, uint64_t v)
{
	for (size_t i = 0; i < t->values.n; i++)
		if (t->values.p[i] == v)
			return VALUE_FIRST + i;
	*vec_push(a, &t->values) = v;
	return VALUE_FIRST + t->values.n - 1;
}

/* For every tag that state @s sets. */
#define each_tag_set(x, s, k, t, value, constant)                                       \
	for (uint32_t k = 0; k < (s)->n_writes; k++)                                    \
		for (size_t _i = 0; _i < (x)->tags.n; _i++)                             \
			if (((t) = (x)->tags.p[_i])->layout == (s)->layout &&           \
			    sets_tag((s)->layout, &(s)->writes[k], (t)->leaf, &(value), \
				     &(constant)))

static void rule_of_tag(struct resolver *r, struct tag *t)
{
	const struct mdc_leaf *leaf = &t->layout->leaves[t->leaf];
	rs_int v;

	for (size_t i = 0; i < r->pending.n; i++) {
		const struct rs_pending_rule *q = &r->pending.p[i];

		if (q->layout != t->layout || q->leaf != t->leaf)
			continue;
		t->computed = !rs_is_const(r, q->expr, leaf->enum_type);
		if (t->computed)
			continue;
		t->has_rule = rs_const(r, q->expr, leaf->enum_type, &v);
		t->rule_value = (uint64_t)v & wr_mask(leaf->width);
	}
}

static void number_bits(struct tag_facts *x)
{
	for (size_t i = 0; i < x->tags.n; i++) {
		struct tag *t = x->tags.p[i];

		rule_of_tag(x->p->r, t);
		t->first_bit = x->n_bits;
		x->n_bits += VALUE_FIRST + t->values.n;
	}
	for (size_t i = 0; i < x->arms.n; i++) {
		struct arm_fact *a = &x->arms.p[i];

		a->bit = x->n_bits++;
		x->by_cond[x->first_cond[a->layout->idx] + a->cond->idx]->bit = a->bit;
	}
}

/* False: no state writes an arm, and there is nothing to check. */
static bool facts_init(struct tag_facts *x, struct ps *p)
{
	const struct mdc_model *m = p->r->m;
	uint32_t conds = 0, leaves = 0;
	uint64_t value;
	bool constant;
	struct tag *t;

	x->p = p;
	x->first_cond = arena_array(p->arena, uint32_t, m->n_layouts + 1);
	x->first_leaf = arena_array(p->arena, uint32_t, m->n_layouts + 1);
	for (uint32_t i = 0; i < m->n_layouts; i++) {
		x->first_cond[i] = conds;
		x->first_leaf[i] = leaves;
		conds += m->layouts[i]->n_conds;
		leaves += m->layouts[i]->n_leaves;
	}
	x->by_cond = arena_array(p->arena, struct arm_fact *, conds + 1);
	x->by_leaf = arena_array(p->arena, struct tag *, leaves + 1);
	for (uint32_t i = 0; i < p->n_states; i++)
		note_arms(x, p->states[i].s);
	if (!x->tags.n)
		return false;
	for (uint32_t i = 0; i < p->n_states; i++)
		each_tag_set(x, p->states[i].s, k, t, value, constant)
			if (constant)
				value_number(p->arena, t, value);
	number_bits(x);
	x->words = (x->n_bits + 63) / 64;
	x->in = arena_array(p->arena, uint64_t, (size_t)p->n_states * x->words);
	x->out = arena_array(p->arena, uint64_t, x->words);
	for (size_t i = 0; i < x->tags.n; i++)
		set_bit(x->in, x->tags.p[i]->first_bit + VALUE_UNSET);
	return true;
}

/* ---- the analysis ---- */

static void leave(struct flow_facts *f, uint32_t i)
{
	struct tag_facts *x = (struct tag_facts *)f;
	const struct mdc_state *s = x->p->states[i].s;
	uint64_t value;
	bool constant;
	struct tag *t;

	memcpy(x->out, x->in + (size_t)i * x->words, x->words * 8);
	each_tag_set(x, s, k, t, value, constant) {
		for (uint32_t b = 0; b < VALUE_FIRST + t->values.n; b++)
			clear_bit(x->out, t->first_bit + b);
		set_bit(x->out, t->first_bit + (constant ? value_number(x->p->arena, t, value)
							 : VALUE_COMPUTED));
	}
	for (uint32_t k = 0; k < s->n_writes; k++)
		for (const struct mdc_cond *c = s->layout->leaves[s->writes[k].leaf].cond; c;
		     c = c->parent)
			if (!c->tag_value)
				set_bit(x->out, x->by_cond[x->first_cond[s->layout->idx] + c->idx]->bit);
}

static bool enter(struct flow_facts *f, uint32_t s, uint32_t to, bool otherwise, bool first)
{
	struct tag_facts *x = (struct tag_facts *)f;
	const uint64_t *from = otherwise ? x->in + (size_t)s * x->words : x->out;

	return flow_add(x->in + (size_t)to * x->words, from, x->words) || first;
}

/* ---- an arm without its tag ---- */

/* Which states set the tag at all. */
static bool *setters(struct tag_facts *x, const struct tag *tag)
{
	bool *v = arena_array(x->p->arena, bool, x->p->n_states);
	uint64_t value;
	bool constant;
	struct tag *t;

	for (uint32_t i = 0; i < x->p->n_states; i++)
		each_tag_set(x, x->p->states[i].s, k, t, value, constant)
			v[i] |= t == tag;
	return v;
}

/* Labels where the tag gets value number @number on a path to state @s. */
static void label_setter(struct tag_facts *x, struct diag *d, const struct tag *tag,
			 uint32_t number, uint32_t s)
{
	uint64_t value;
	bool constant;
	struct tag *t;

	for (uint32_t i = 0; d && i < x->p->n_states; i++) {
		const struct mdc_state *st = x->p->states[i].s;

		each_tag_set(x, st, k, t, value, constant) {
			const char *path;

			if (t != tag || !st->reachable ||
			    number != (constant ? value_number(x->p->arena, t, value)
						: (uint32_t)VALUE_COMPUTED))
				continue;
			path = i == s ? NULL : flow_path_from(x->p, i, s, NULL);
			if (i != s && !path)
				continue;
			diag_label(d, st->writes[k].loc, "set here, in state '%s'", st->name);
			if (path)
				diag_note(d, "on the path %s", path);
			return;
		}
	}
}

static void bad_arm(struct tag_facts *x, uint32_t s, const struct mdc_rule *w,
		    const struct mdc_cond *c, const struct tag *t, uint32_t number)
{
	struct resolver *r = x->p->r;
	const struct mdc_leaf *tag = &t->layout->leaves[t->leaf];
	const char *path, *want = cond_text(r, c, tag);
	struct diag *d;

	if (number == VALUE_UNSET) {
		d = diag(r->ctx, CHK_arm_without_tag, w->to_loc,
			 "arm '%s' is written where '%s' is not set to it", arm_name(c), tag->path);
		path = d ? flow_path(x->p, s, setters(x, t)) : NULL;
		if (t->computed)
			diag_note(d,
				  "a rule sets '%s' for every packet, and no state knows to what",
				  tag->path);
		else if (path)
			diag_note(d, "nothing sets it on the path %s", path);
	} else if (number == VALUE_COMPUTED) {
		d = diag(r->ctx, CHK_arm_without_tag, w->to_loc,
			 "arm '%s' is written where '%s' can be anything", arm_name(c), tag->path);
		label_setter(x, d, t, number, s);
	} else {
		d = diag(r->ctx, CHK_arm_without_tag, w->to_loc,
			 "arm '%s' is written where '%s' can be %s", arm_name(c), tag->path,
			 value_name(r, tag, t->values.p[number - VALUE_FIRST]));
		label_setter(x, d, t, number, s);
	}
	diag_label(d, c->loc, "this arm is for %s", want);
	if (c->n_values == 1 && c->values[0].lo == c->values[0].hi && !c->negate)
		diag_note(d, "`meta.%s = %s;` in this state, or in all states before it", tag->path,
			  want);
	else
		diag_note(d, "set meta.%s to %s in this state, or in all states before it",
			  tag->path, want);
}

/* One complaint for a state and arm is enough. */
static void check_arms(struct tag_facts *x, uint32_t i)
{
	const struct mdc_state *s = x->p->states[i].s;
	uint64_t *told = arena_array(x->p->arena, uint64_t, x->words);

	for (uint32_t k = 0; k < s->n_writes; k++) {
		for (const struct mdc_cond *c = s->layout->leaves[s->writes[k].leaf].cond; c;
		     c = c->parent) {
			const struct arm_fact *a =
				x->by_cond[x->first_cond[s->layout->idx] + c->idx];
			const struct tag *t = a ? a->tag : NULL;

			if (!a || bit(told, a->bit))
				continue;
			for (uint32_t b = 0; b < VALUE_FIRST + t->values.n; b++) {
				bool good = b >= VALUE_FIRST
						    ? holds(c, t->values.p[b - VALUE_FIRST])
						    : b == VALUE_UNSET && t->has_rule &&
							      holds(c, t->rule_value);

				if (!bit(x->out, t->first_bit + b) || good)
					continue;
				set_bit(told, a->bit);
				bad_arm(x, i, &s->writes[k], c, t, b);
				break;
			}
		}
	}
}

/* ---- a tag that is changed after ---- */

static void label_arm_write(struct tag_facts *x, struct diag *d, const struct mdc_cond *cond,
			    uint32_t s)
{
	for (uint32_t i = 0; d && i < x->p->n_states; i++) {
		const struct mdc_state *st = x->p->states[i].s;

		for (uint32_t k = 0; st->reachable && k < st->n_writes; k++) {
			const struct mdc_cond *c = st->layout->leaves[st->writes[k].leaf].cond;
			const char *path;

			while (c && c != cond)
				c = c->parent;
			if (!c)
				continue;
			path = flow_path_from(x->p, i, s, NULL);
			if (!path)
				break;
			diag_label(d, st->writes[k].loc, "arm '%s' is written here, in state '%s'",
				   arm_name(cond), st->name);
			diag_note(d, "on the path %s", path);
			return;
		}
	}
}

static void check_changes(struct tag_facts *x, uint32_t i)
{
	const struct mdc_state *s = x->p->states[i].s;
	const uint64_t *in = x->in + (size_t)i * x->words;
	uint64_t value;
	bool constant;
	struct tag *t;

	each_tag_set(x, s, k, t, value, constant) {
		for (size_t j = 0; j < x->arms.n; j++) {
			const struct arm_fact *a = &x->arms.p[j];
			const struct mdc_leaf *tag = &t->layout->leaves[t->leaf];
			struct diag *d;

			if (a->tag != t || !bit(in, a->bit) || (constant && holds(a->cond, value)))
				continue;
			d = diag(x->p->r->ctx, CHK_arm_without_tag, s->writes[k].loc,
				 "'%s' is changed after arm '%s' was written", tag->path,
				 arm_name(a->cond));
			label_arm_write(x, d, a->cond, i);
			diag_note(d, "the arm's bytes would be taken for another's: write the arm where the last "
				  "word on '%s' is known", tag->path);
		}
	}
}

void flow_tags(struct ps *p)
{
	struct tag_facts x = { .f = { leave, enter } };

	if (p->bad_writes || !facts_init(&x, p))
		return;
	flow_run(p, &x.f);
	for (uint32_t i = 0; i < p->n_states; i++) {
		if (!p->states[i].s->reachable || !p->states[i].s->n_writes)
			continue;
		leave(&x.f, i);
		check_arms(&x, i);
		check_changes(&x, i);
	}
}

/* ---- rules of layouts ---- */

static bool state_sets(const struct mdc_model *m, const struct mdc_layout *l, uint32_t tag)
{
	uint64_t value;
	bool constant;

	for (uint32_t i = 0; i < m->parser.n_states; i++) {
		const struct mdc_state *s = m->parser.states[i];

		for (uint32_t k = 0; s->reachable && s->layout == l && k < s->n_writes; k++)
			if (sets_tag(l, &s->writes[k], tag, &value, &constant))
				return true;
	}
	return false;
}

/* Such a rule runs for every packet: so the tag must be the same for every packet. */
static bool always(const struct mdc_model *m, const struct mdc_layout *l, const struct mdc_cond *c)
{
	uint64_t value;
	bool constant;

	if (state_sets(m, l, c->tag_leaf))
		return false;
	for (uint32_t k = 0; k < l->n_rules; k++)
		if (sets_tag(l, &l->rules[k], c->tag_leaf, &value, &constant))
			return constant && holds(c, value);
	return false;
}

void flow_rule_tags(struct resolver *r)
{
	for (uint32_t i = 0; i < r->m->n_layouts; i++) {
		const struct mdc_layout *l = r->m->layouts[i];

		for (uint32_t k = 0; k < l->n_rules; k++) {
			const struct mdc_cond *c = l->leaves[l->rules[k].leaf].cond;
			struct diag *d;

			while (c && (c->tag_value || always(r->m, l, c)))
				c = c->parent;
			if (!c)
				continue;
			d = diag(r->ctx, CHK_arm_without_tag, l->rules[k].loc,
				 "a rule for every packet writes arm '%s'", arm_name(c));
			diag_label(d, c->loc, "this arm is for %s",
				   cond_text(r, c, &l->leaves[c->tag_leaf]));
			diag_note(d, "let the states that set '%s' write it: `meta.%s = ...;`",
				  l->leaves[c->tag_leaf].path, l->leaves[l->rules[k].leaf].path);
		}
	}
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Sources, layouts and views. A layout's leaves are collected so that rules and
 * states can write them; two leaves conflict where they can share bits.
 */
#include "gen_priv.h"

/* ---- leaves ---- */

struct walk {
	struct gen *g;
	struct g_layout *l;
};

/* Where the walk is: the paths of the struct, of the one around it, and of the one around that. */
struct scope { const char *path, *outer, *outer2; };

static void walk_struct(struct walk *w, struct g_type *t, struct scope s, struct g_leaf at);

static struct g_leaf *push(struct walk *w, struct g_leaf leaf, const char *path)
{
	struct g_leaf *p;

	if (w->l->n_leaves == 400)
		return NULL;
	p = &w->l->leaf[w->l->n_leaves];
	*p = leaf;
	p->path = path;
	p->word = w->l->n_leaves++;
	return p;
}

/* What must hold for an arm of @u. @around: the path of what its tag is looked for in. */
static void add_cond(struct walk *w, struct g_leaf *leaf, const struct g_type *u, const struct g_member *arm,
		     const char *around)
{
	struct g_cond *c = &leaf->cond[leaf->n_cond++];

	*c = (struct g_cond){ u->tag, u, arm };
	if (u->tag_computed)
		c->tag = NULL;
	else if (*around)
		c->tag = g_fmt(w->g, "%s.%s", around, u->tag);
}

/* The ranges of the word that is leaf @word, or of an arm of a switch in it. */
static void range_leaves(struct walk *w, const struct g_member *m, int word, const char *in, struct g_leaf at)
{
	for (int i = 0; i < m->n_ranges; i++) {
		const char *path = w->l->leaf[word].path;
		struct g_leaf *r = push(w, at, g_fmt(w->g, "%s.%s", path, m->r[i].name));

		if (!r)
			return;
		r->range = &m->r[i];
		r->width = m->r[i].hi - m->r[i].lo + 1;
		r->word = word;
		r->top = false;
	}
	for (int k = 0; k < 2 && m->sw[k] && at.n_cond < 4; k++) {
		const struct g_type *sw = m->sw[k];

		for (int i = 0; i < sw->n; i++) {
			struct g_leaf arm = at;

			add_cond(w, &arm, sw, sw->m[i], sw->tag_in_word ? w->l->leaf[word].path : in);
			arm.in_switch = true;
			range_leaves(w, sw->m[i], word, in, arm);
		}
	}
}

/* @in: the path of the struct that it is a member of. */
static void scalar_leaf(struct walk *w, struct g_member *m, struct g_type *t, const char *path, const char *in,
			struct g_leaf at)
{
	struct g_leaf *leaf = push(w, at, path);

	if (!leaf)
		return;
	leaf->m = m;
	leaf->type = t;
	leaf->width = m->bits >= 0 ? (uint32_t)m->bits : t->bits;
	leaf->bytes = leaf->count && t->kind == G_INT && t->bits == 8 && !t->is_signed;
	range_leaves(w, m, leaf->word, in, *leaf);
}

static void walk_member(struct walk *w, struct g_member *m, const char *path, const struct scope *s, struct g_leaf at)
{
	struct g_type *t;
	uint32_t n = m->count;

	if (!m->type || (m->bits >= 0 && !m->name))
		return;
	t = m->type;
	at.maybe |= m->valid != NULL;
	while (t->kind == G_TYPEDEF) {
		at.dims2 |= t->count && n;
		n = t->count ? t->count : n;
		t = t->to;
	}
	at.dims2 |= m->count2 != 0;
	at.count = n;
	if (t->kind != G_STRUCT && t->kind != G_UNION) {
		scalar_leaf(w, m, t, path, s->path, at);
		return;
	}
	if (n) {
		at.top = false;
		if (at.dims2)
			return;
	}
	at.top = at.top && m->inline_type;
	at.count = 0;
	for (uint32_t i = 0; i < (n ? n : 1); i++)
		walk_struct(w, t, (struct scope){ n ? g_fmt(w->g, "%s[%u]", path, i) : path, s->path, s->outer }, at);
}

static void walk_struct(struct walk *w, struct g_type *t, struct scope s, struct g_leaf at)
{
	int serial = t->kind == G_UNION ? w->l->n_unions++ : -1;
	const char *tag_in = t->tag_outer ? s.outer2 : s.outer;

	for (int i = 0; i < t->n; i++) {
		struct g_member *m = t->m[i];
		struct g_leaf in = at;

		if (serial >= 0 && in.n_in < 8) {
			in.in[in.n_in].serial = serial;
			in.in[in.n_in++].arm = i;
		}
		if (t->tagged && in.n_cond < 4) {
			add_cond(w, &in, t, m, tag_in);
			in.top &= t->tag_computed;
		}
		walk_member(w, m, !m->name ? s.path : *s.path ? g_fmt(w->g, "%s.%s", s.path, m->name) : m->name,
			    &s, in);
	}
}

static void mark_tags(struct g_layout *l)
{
	for (int i = 0; i < l->n_leaves; i++)
		for (int c = 0; c < l->leaf[i].n_cond; c++)
			for (int j = 0; j < l->n_leaves; j++)
				if (l->leaf[i].cond[c].tag && !strcmp(l->leaf[j].path, l->leaf[i].cond[c].tag))
					l->leaf[j].is_tag = l->leaf[l->leaf[j].word].is_tag = true;
}

void g_walk(struct gen *g, struct g_layout *l)
{
	struct g_leaf none = { .top = !l->is_descriptor };
	struct walk w = { g, l };

	walk_struct(&w, l->type, (struct scope){ "", "", "" }, none);
	mark_tags(l);
	if (l->id_first)
		l->leaf[0].is_tag = true;	/* what tells the layout: no state writes it as a whole */
}

bool g_conflict(const struct g_leaf *a, const struct g_leaf *b)
{
	for (int i = 0; i < a->n_in; i++)
		for (int j = 0; j < b->n_in; j++)
			if (a->in[i].serial == b->in[j].serial && a->in[i].arm != b->in[j].arm)
				return true;
	if (a->word != b->word)
		return false;
	return !a->range || !b->range || (a->range->lo <= b->range->hi && b->range->lo <= a->range->hi);
}

/* ---- sources ---- */

static bool has_pointer(const struct gen *g, const struct g_type *to)
{
	for (int i = 0; i < g->n_sources; i++)
		if (g->s[i].type->kind == G_PTR && g->s[i].type->to == to)
			return true;
	return false;
}

static struct g_type *pointer_to(struct gen *g)
{
	struct g_type *t = arena_new_of(g->a, struct g_type), *to;

	for (int i = 0; i < g->n_types; i++) {
		to = g->t[i];
		if (to->kind != G_STRUCT || has_pointer(g, to))
			continue;
		*t = (struct g_type){ .kind = G_PTR, .name = to->name, .to = to, .size = 8, .align = 8, .bits = 64 };
		return t;
	}
	return NULL;
}

static void source(struct gen *g)
{
	struct g_source *s = &g->s[g->n_sources];
	uint32_t c = g_below(g, 10);

	s->type = c < 3 ? pointer_to(g) : NULL;
	for (int i = 0; c == 3 && i < g->n_types; i++)
		if (g->t[i]->kind == G_ENUM && g->t[i]->order == G_HOST && !g->t[i]->is_signed)
			s->type = g->t[i];
	if (!s->type) {
		s->type = arena_new_of(g->a, struct g_type);
		*s->type = g_builtins[c == 4 ? 16 : g_below(g, c == 5 ? 8 : 4)];
	}
	s->bits = s->type->kind == G_BOOL ? 1 : s->type->bits;
	s->name = g_plain_name(g, "src");
	fprintf(g->out, "%ssource %s %s", g_doc(g, ""), s->type->kind == G_PTR ? "ptr" : s->type->name, s->name);
	if (s->type->kind == G_PTR) {
		HIT(g, source_ptr);
		fprintf(g->out, " to %s", s->type->name);
	} else if (s->type->kind == G_ENUM) {
		HIT(g, source_enum);
	} else if (s->type->kind == G_BOOL) {
		HIT(g, source_bool);
	} else if (s->type->is_signed) {
		HIT(g, source_signed);
	} else {
		HIT(g, source_int);
	}
	if (s->type->kind == G_INT && g_chance(g, 25)) {
		HIT(g, source_unit);
		s->unit = "ns";
		fprintf(g->out, " unit \"ns\"");
	}
	if (g_chance(g, 5)) {
		HIT(g, source_deprecated);
		fprintf(g->out, " deprecated \"old\"");
	}
	fputs(";\n", g->out);
	g->n_sources++;
}

void g_sources(struct gen *g)
{
	int n = (int)g_in(g, 2, 7);

	for (int i = 0; i < n; i++)
		source(g);
	g_configs(g);
}

/* ---- layouts ---- */

/* Rules where they may stand: on members of the layout itself, outside of arms. */
void g_rules(struct gen *g, struct g_layout *l)
{
	const struct g_leaf *done[400];
	int n = 0;

	for (int i = 0; i < l->n_leaves; i++) {
		struct g_leaf *leaf = &l->leaf[i];
		bool clash = !leaf->top || leaf->m->rule || (leaf->count && !leaf->bytes) || leaf->dims2;
		const char *value;

		for (int k = 0; k < n; k++)
			clash |= g_conflict(leaf, done[k]);
		if (clash || !g_chance(g, leaf->is_tag ? 15 : 45))
			continue;
		value = g_value(g, leaf, NULL, true);
		if (!*value)
			continue;
		HIT(g, rule);
		if (leaf->n_cond)
			HIT(g, rule_arm);
		leaf->m->rule = value;
		done[n++] = leaf;
	}
}

static void add_plain(struct gen *g, struct g_type *t, const char *type, const char *name, const char *rule)
{
	struct g_member *m = g_member(g);

	m->type = arena_new_of(g->a, struct g_type);
	*m->type = *g_builtin(type);
	m->name = name;
	m->rule = rule;
	g_add(t, m);
}

static void add_reserved(struct gen *g, struct g_type *t, uint32_t n)
{
	struct g_member *m = g_member(g);

	if (!n)
		return;
	m->reserved = n;
	g_add(t, m);
}

/* Metadata is a multiple of 4 bytes; the id is its last four. */
static void finish_metadata(struct gen *g, struct g_type *t, bool with_id)
{
	uint32_t end = (uint32_t)((t->pos + 7) / 8);

	if (with_id) {
		add_reserved(g, t, (4 - end % 4) % 4);
		end = (uint32_t)((t->pos + 7) / 8);
		if (t->align == 8 && end % 8 == 0)
			add_reserved(g, t, 4);
		if (g_chance(g, 30)) {
			HIT(g, layout_id_le);
			add_plain(g, t, "le32", g_name(g, "lid"), "layout.id");
		} else {
			add_plain(g, t, "u32", g_name(g, "lid"), "layout.id");
		}
		HIT(g, layout_id);
	} else if (t->size % 4) {
		add_reserved(g, t, (4 - end % 4) % 4);
	}
}

/* No other layout's, and no chain's: its lowest nibble is 0. */
static uint32_t own_id(const struct gen *g)
{
	return 0x1000u * (uint32_t)(g->n_layouts + 1);
}

/* `id N mask M at first`, and the member that it is in. */
static void id_at_first(struct gen *g, struct g_layout *l)
{
	unsigned lo = g_in(g, 16, 30), hi = g_in(g, lo, 30);
	uint32_t any = g_chance(g, 60) ? (uint32_t)(g_mask(hi + 1) & ~g_mask(lo)) : 0;
	uint32_t id = own_id(g) | ((uint32_t)g_u64(g) & 0x7fff0000 & ~any);
	struct g_member *m = g_member(g);

	HIT(g, id_first);
	l->id_first = true;
	l->id = any ? g_fmt(g, "%s mask 0x%x at first", g_num(g, id), ~any) : g_fmt(g, "%s at first", g_num(g, id));
	m->type = arena_new_of(g->a, struct g_type);
	*m->type = *g_builtin("be32");
	m->name = g_plain_name(g, "w");
	m->rule = g_num(g, id);
	if (any) {
		HIT(g, id_mask);
		m->r[m->n_ranges++] = (struct g_range){ .name = g_plain_name(g, "r"), .hi = hi, .lo = lo };
	}
	g_add(l->type, m);
}

/* For each scope of the subparser a struct of its name, which its states write as meta.SCOPE. */
static void scopes(struct gen *g, struct g_type *t)
{
	g->sub.members = g->sub.name && t->size < 150 && g_chance(g, 60);
	for (int i = 0; g->sub.members && i < g->sub.n_scopes; i++) {
		struct g_member *m = g_member(g);

		m->type = g_new_struct(g, false, false);
		m->inline_type = true;
		m->name = g->sub.scope[i];
		add_plain(g, m->type, "be16", "place", NULL);
		add_plain(g, m->type, "u8", "many", NULL);
		add_reserved(g, m->type, 1);
		g_add(t, m);
	}
}

static void layout(struct gen *g, bool is_descriptor)
{
	struct g_layout *l = arena_new_of(g->a, struct g_layout);
	bool both = g->kind & GEN_LAYOUT;
	bool first = !is_descriptor && g_chance(g, 12);

	l->is_descriptor = is_descriptor;
	l->name = g_fmt(g, "%s_%s", g->prefix, g_plain_name(g, is_descriptor ? "desc" : "md"));
	l->type = g_new_struct(g, is_descriptor && g_chance(g, 25), g_chance(g, 20));
	if (l->type->kind == G_UNION)
		HIT(g, descriptor_union);
	if (l->type->packed)
		HIT(g, metadata_packed);
	if (first)
		id_at_first(g, l);
	g_body(g, l->type, (int)g_in(g, 1, both ? 14 : 10), 0, 180);
	if (!is_descriptor)
		scopes(g, l->type);
	if (!is_descriptor)
		finish_metadata(g, l->type, !first && g_chance(g, 50));
	if (!l->id && g_chance(g, 25)) {
		HIT(g, metadata_id);
		l->id = g_num(g, own_id(g) | g_below(g, 0x100) << 4);
	}
	g_walk(g, l);
	if (!is_descriptor)
		g_rules(g, l);
	g_print_layout(g, l);
	if (is_descriptor)
		HIT(g, descriptor);
	else if (g->n_metadata++)
		HIT(g, metadata_two);
	g->l[g->n_layouts++] = l;
}

void g_layouts(struct gen *g)
{
	int n = g_chance(g, 30) ? 2 + g_chance(g, 30) : 1;
	bool chain_first;

	if ((g->kind & GEN_PARSER) && g_chance(g, 3)) {
		HIT(g, no_metadata);
		return;
	}
	chain_first = g_chance(g, 50);
	if (chain_first)
		g_chain(g);
	for (int i = g->n_metadata && g_chance(g, 50); i < n; i++)
		layout(g, false);
	if (!chain_first)
		g_chain(g);
	for (int i = g_chance(g, 20) + g_chance(g, 5); i > 0; i--)
		layout(g, true);
}

/* ---- views ---- */

/* Can the leaf stand in a view as a number? */
static bool viewable(const struct g_leaf *f)
{
	return (f->type->kind == G_INT || f->type->kind == G_BOOL) && f->type->order != G_RAW && !f->count &&
	       !f->dims2 && !f->n_cond && !f->maybe && f->m->bits < 0 && !f->m->n_ranges && !strchr(f->path, '[');
}

/* A range of a word can where it is one bit, or whole bytes. */
static bool viewable_range(const struct g_leaf *f)
{
	if (!f->range || f->range->attr || f->maybe || f->type->order == G_RAW || f->count || f->dims2 || f->n_cond ||
	    strchr(f->path, '['))
		return false;
	return f->width == 1 || (f->range->lo % 8 == 0 && (f->width == 8 || f->width == 16 || f->width == 32));
}

void g_views(struct gen *g)
{
	const char *name = "", *valid = NULL, *members = "", *maps = "", *unit;
	const struct g_layout *l;
	int n = 0;

	if (!g->n_layouts || !g_chance(g, 30))
		return;
	l = g->l[g_below(g, g->n_layouts)];
	for (int i = 0; i < l->n_leaves && n < 5; i++) {
		const struct g_leaf *f = &l->leaf[i];

		if (f->type->kind == G_BOOL && !f->maybe && f->m->bits < 0 && !f->count && !f->dims2 && !f->n_cond)
			valid = f->path;
		if (viewable_range(f)) {
			valid = f->path;
			HIT(g, view_range);
			if (f->width == 1)
				continue;
		} else if (!viewable(f) || g_chance(g, 50)) {
			continue;
		}
		name = g_plain_name(g, "v");
		if (f->type->kind == G_BOOL && !f->range) {
			HIT(g, view_bool);
			members = g_fmt(g, "%s\tbool %s;\n", members, name);
		} else {
			if (f->type->is_signed)
				HIT(g, view_signed);
			if (f->m->unit && !f->range)
				HIT(g, view_unit);
			unit = f->m->unit && !f->range ? g_fmt(g, " unit \"%s\"", f->m->unit) : "";
			members = g_fmt(g, "%s\t%c%u %s%s;\n", members, f->type->is_signed ? 's' : 'u',
					g_chance(g, 50) ? f->width : 8, name, unit);
		}
		maps = g_fmt(g, "%s\t%s = %s;\n", maps, name, f->path);
		if (f->type->order == G_BE && !f->range)
			HIT(g, view_be);
		n++;
	}
	if (!n)
		return;
	if (valid) {
		HIT(g, view_valid);
		maps = g_fmt(g, "%s\t%s_valid = %s;\n", maps, name, valid);
	}
	HIT(g, view);
	name = g_fmt(g, "%s_%s", g->prefix, g_plain_name(g, "vt"));
	fprintf(g->out, "view_type %s {\n%s}\nview %s of %s {\n%s}\n", name, members, name, l->name, maps);
}

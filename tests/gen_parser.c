/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The parser's text: which layout is in force where, which states set which
 * tags, and for each state its statements, select keys and patterns.
 */
#include "gen_priv.h"

/* ---- layouts and tags: what holds where ---- */

/* States that pick another layout: no path leads through two, and none is in a loop. */
static void choose_layouts(struct gen *g)
{
	bool again = true;
	unsigned chosen = 0;

	for (int i = 0; i < g->n_states && g->n_metadata > 1; i++) {
		bool ok = !g->st[i].in_loop && g_chance(g, 40);

		for (int k = 0; k < i; k++)
			if (chosen >> k & 1)
				ok &= !(g->st[k].reaches >> i & 1) && !(g->st[i].reaches >> k & 1);
		if (!ok)
			continue;
		chosen |= 1u << i;
		g->st[i].set_layout = (int)g_below(g, (uint32_t)g->n_metadata);
		HIT(g, state_layout);
		if (g->l[g->st[i].set_layout]->in_chain)
			HIT(g, state_chain);
	}
	g->st[0].layouts = 1;
	while (again) {
		again = false;
		for (int i = 0; i < g->n_states; i++) {
			struct g_state *s = &g->st[i];
			unsigned out = s->set_layout >= 0 ? 1u << s->set_layout : s->layouts;

			for (int k = -1; k < s->n_edges; k++) {
				int to = k >= 0 ? s->edge[k].to : s->has_else ? s->otherwise.to : -1;
				unsigned with = k >= 0 ? out : s->layouts;

				if (to < 0 || !(with & ~g->st[to].layouts))
					continue;
				g->st[to].layouts |= with;
				again = true;
			}
		}
	}
	for (int i = 0; i < g->n_states; i++) {
		struct g_state *s = &g->st[i];
		unsigned l = s->set_layout >= 0 ? 1u << s->set_layout : s->layouts;

		s->layout = -1;
		for (int k = 0; k < g->n_metadata; k++)
			if (l == 1u << k)
				s->layout = k;
		if (s->set_layout < 0 && (s->reaches & chosen))
			s->layout = -1;		/* a write before the choice */
	}
}

static const struct g_leaf *tag_leaf(const struct g_layout *l, const char *path)
{
	for (int i = 0; i < l->n_leaves; i++)
		if (!strcmp(l->leaf[i].path, path))
			return &l->leaf[i];
	return NULL;
}

/* A value of the arm; false: there is none. */
static bool arm_value(struct gen *g, const struct g_cond *c, const struct g_leaf *tag, uint64_t *v)
{
	const struct g_member *m = c->arm;

	if (!m->arm_default) {
		const struct g_values *pick = &m->arm[g_below(g, (uint32_t)m->n_arm)];

		*v = pick->lo + (pick->hi > pick->lo ? g_below(g, (uint32_t)(pick->hi - pick->lo + 1)) : 0);
		return true;
	}
	for (*v = 0; *v <= g_mask(tag->type->kind == G_BOOL ? 1 : tag->width) && *v < 200; ++*v) {
		bool taken = false;

		for (int i = 0; i < c->u->n; i++)
			for (int k = 0; k < c->u->m[i]->n_arm; k++)
				taken |= c->u->m[i]->arm[k].lo <= *v && *v <= c->u->m[i]->arm[k].hi;
		if (!taken)
			return true;
	}
	return false;
}

/* States that set a tag: not in loops, no path through two. */
static void set_tag(struct gen *g, struct g_layout *l, int index, const struct g_cond *c)
{
	const struct g_leaf *tag = tag_leaf(l, c->tag);
	unsigned chosen = 0;
	uint64_t v;

	if (!tag || tag->m->rule || tag->count || tag->dims2 || !g_chance(g, 80))
		return;
	for (int i = 0; i < g->n_states; i++) {
		struct g_state *s = &g->st[i];
		bool ok = !s->in_loop && s->layout == index && s->n_tags < 16 && g_chance(g, 50);

		for (int k = 0; k < g->n_states; k++)
			if (chosen >> k & 1)
				ok &= !(g->st[k].reaches >> i & 1) && !(s->reaches >> k & 1);
		if (!ok || !arm_value(g, c, tag, &v))
			continue;
		chosen |= 1u << i;
		s->tag[s->n_tags++] = (struct g_tagset){ l, tag->path, v };
	}
}

static void choose_tags(struct gen *g)
{
	for (int i = 0; i < g->n_metadata; i++) {
		const char *done[16];
		int n = 0;

		for (int k = 0; k < g->l[i]->n_leaves; k++) {
			const struct g_leaf *f = &g->l[i]->leaf[k];

			for (int c = 0; c < f->n_cond; c++) {
				bool seen = n == 16 || !f->cond[c].tag;

				for (int d = 0; d < n && !seen; d++)
					seen |= !strcmp(done[d], f->cond[c].tag);
				if (seen || g_chance(g, 30))
					continue;
				done[n++] = f->cond[c].tag;
				set_tag(g, g->l[i], i, &f->cond[c]);
			}
		}
	}
}

/* ---- keys ---- */

/*
 * Does the (last) header of that instance lie at one distance from where the key is looked up: in front of the last
 * header that the state extracts, or (@ahead: there is a lookahead) behind it?
 */
static bool at_one_place(const struct gen *g, const struct g_state *s, int inst, bool ahead)
{
	/* Headers with `if`s are looked up where they were recorded, and so are all in a state that extracts one, or
	 * that does more than extract headers. */
	if (g->inst[inst].h->parts || s->n_moves)
		return true;
	for (int i = 0; i < s->n_extracts; i++)
		if (g->inst[s->extract[i]].h->parts)
			return true;
	for (int i = s->n_extracts - 1; i >= 0; i--) {
		if (g->inst[s->extract[i]].h->variable && (ahead || i < s->n_extracts - 1))
			return false;
		if (s->extract[i] == inst)
			return true;
	}
	return g_available(g, s, inst) == s->count[inst] && s->distance[inst] != G_MANY && s->distance[inst] <= 60;
}

static bool field_key(struct gen *g, const struct g_state *s, bool ahead, struct g_key *k)
{
	for (int tries = 0; tries < 20 && g->n_insts; tries++) {
		int i = (int)g_below(g, (uint32_t)g->n_insts);
		const struct g_inst *inst = &g->inst[i];
		const struct g_hfield *f = inst->h->n ? &inst->h->f[g_below(g, (uint32_t)inst->h->n)] : NULL;
		bool own = g_available(g, s, i) > s->count[i];
		uint32_t limit = g->big_target ? 64 : 24, hi, lo;

		if (!f || f->part == G_OPTIONAL || !g_available(g, s, i) || !at_one_place(g, s, i, ahead))
			continue;
		k->likely = NULL;
		k->text = g_fmt(g, "%s%s.%s", inst->name, inst->stack ? "[last]" : "", f->name);
		k->e = f->e;
		k->bits = f->bits;
		if (f->bits > limit || (f->bits > 2 && f->order == G_BE && g_chance(g, 15))) {
			if (f->order != G_BE)
				continue;
			lo = g_below(g, f->bits);
			hi = lo + g_below(g, f->bits - lo < limit ? f->bits - lo : limit);
			k->bits = hi - lo + 1;
			k->text = g_fmt(g, "%s[%u:%u]", k->text, hi, lo);
			k->e = NULL;
			HIT(g, select_slice);
		} else if (f->order == G_LE) {
			HIT(g, select_le);
		} else {
			HIT(g, select_field);
		}
		if (inst->h->parts)
			HIT(g, select_header_slot);
		if (!own)
			HIT(g, select_earlier);
		if (inst->stack)
			HIT(g, select_last);
		return true;
	}
	return false;
}

static struct g_key lookahead_key(struct gen *g)
{
	struct g_key k = { 0 };

	HIT(g, select_lookahead);
	k.bits = g_in(g, 1, g->big_target && g_chance(g, 20) ? 64 : 16);
	k.text = g_fmt(g, "lookahead(%u, %s)", g_below(g, 40), g_num(g, k.bits));
	return k;
}

/* ---- patterns ---- */

static const char *unsigned_text(struct gen *g, uint64_t v)
{
	return v > INT64_MAX ? g_fmt(g, "0x%llx", (unsigned long long)v) : g_num(g, (int64_t)v);
}

static const char *range_text(struct gen *g, const struct g_key *k)
{
	uint64_t lo = g_u64(g) & g_mask(k->bits), hi = g_u64(g) & g_mask(k->bits), t;

	if (g_chance(g, 30))
		hi = g_mask(k->bits);
	if (g_chance(g, 20))
		lo = 0;
	if (lo > hi) {
		t = lo;
		lo = hi;
		hi = t;
	}
	HIT(g, pat_range);
	return g_fmt(g, "%s..%s", unsigned_text(g, lo), unsigned_text(g, hi));
}

/* @any: it may match everything. */
static const char *element(struct gen *g, const struct g_key *k, bool range, bool any)
{
	uint64_t v = g_u64(g) & g_mask(k->bits), mask;

	if (g_chance(g, 50))
		v &= 3;
	if (k->likely && g_chance(g, 70)) {
		HIT(g, pat_value);
		return unsigned_text(g, k->likely[g_below(g, 3)]);
	}
	switch (g_below(g, 8)) {
	case 0:
		if (!any)
			break;
		HIT(g, pat_any);
		return "_";
	case 1:
	case 2:
		mask = (g_chance(g, 50) ? g_u64(g) : g_u64(g) & g_u64(g)) & g_mask(k->bits);
		if (!mask && !any)
			mask = 1ull << g_below(g, k->bits);
		HIT(g, pat_mask);
		return g_fmt(g, "%s &&& %s", unsigned_text(g, v & mask), unsigned_text(g, mask));
	case 3:
	case 4:
		if (range)
			return range_text(g, k);
		break;
	case 5:
		if (!k->e)
			break;
		HIT(g, pat_enum);
		return k->e->e->v[g_below(g, (uint32_t)k->e->e->n)].name;
	}
	HIT(g, pat_value);
	return unsigned_text(g, v);
}

static const char *pattern(struct gen *g, const struct g_key *keys, int n, bool last)
{
	const char *text = n > 1 ? "(" : "";
	int ranged = (int)g_below(g, (uint32_t)n);

	for (int i = 0; i < n; i++)
		text = g_fmt(g, "%s%s%s", text, i ? ", " : "",
			     element(g, &keys[i], i == ranged && keys[i].bits <= (g->big_target ? 16u : 5u),
				     last || i != ranged));
	return n > 1 ? g_fmt(g, "%s)", text) : text;
}

static const char *patterns(struct gen *g, const struct g_key *keys, int n, bool last)
{
	const char *text = pattern(g, keys, n, last);

	while (g_chance(g, 20)) {
		HIT(g, pat_list);
		text = g_fmt(g, "%s, %s", text, pattern(g, keys, n, last));
	}
	return text;
}

const char *g_patterns(struct gen *g, const struct g_key *keys, int n)
{
	return patterns(g, keys, n, true);
}

/* ---- the end of a state ---- */

/* The keys of a select: how many; their text between the parentheses. */
static int select_keys(struct gen *g, const struct g_state *s, struct g_key *keys, const char **text)
{
	int n = 1 + (g->big_target && g_chance(g, 30)) + (g->big_target && g_chance(g, 10)), made = 0;
	uint32_t bits = 0, bytes = 0;
	bool ahead = g_chance(g, 25) || !field_key(g, s, false, &keys[0]);

	if (ahead)
		keys[0] = lookahead_key(g);
	if (g_chance(g, 12) && g_other_key(g, g->big_target ? 64 : 24, &keys[0]))
		ahead = false;
	*text = "";
	for (int i = 0; i < n; i++) {
		bool other = i && g_chance(g, 15) &&
			     g_other_key(g, 64, &keys[made]);

		if (i && !other && !field_key(g, s, ahead, &keys[made])) {
			if (!ahead)
				break;
			keys[made] = lookahead_key(g);
		}
		if (bytes + (keys[made].bits + 14) / 8 > 16)
			continue;
		bytes += (keys[made].bits + 14) / 8;
		bits += keys[made].bits;
		*text = g_fmt(g, "%s%s%s", *text, made ? ", " : "", keys[made].text);
		made++;
	}
	if (bytes > g->key_bytes)
		g->key_bytes = bytes;
	HIT(g, select);
	if (made > 1)
		HIT(g, select_tuple);
	if (bits > 32)
		HIT(g, select_wide);
	return made;
}

/* @arcs: an item of the parser that the select uses, or "". */
static const char *select_text(struct gen *g, const struct g_state *s, const char **arcs)
{
	struct g_key keys[3];
	const char *text, *arms = "";
	int shared = 0, last = s->n_edges - !s->no_default, n = select_keys(g, s, keys, &text);

	*arcs = "";
	if (g_chance(g, 15) && last > 1)
		shared = (int)g_in(g, 1, (uint32_t)last - 1);
	for (int i = 0; i < last; i++) {
		arms = g_fmt(g, "%s\t\t\t%s: %s;\n", arms, patterns(g, keys, n, i + 1 == last),
			     s->edge[i].text);
		if (i + 1 != shared)
			continue;
		HIT(g, arcs);
		*arcs = g_fmt(g, "\tarcs %s {\n%s\t}\n", g_plain_name(g, "arc"), arms);
		arms = g_fmt(g, "\t\t\tuse arc%d;\n", g->serial - 1);
	}
	if (!s->no_default)
		arms = g_fmt(g, "%s\t\t\tdefault: %s;\n", arms, s->edge[last].text);
	return g_fmt(g, "\t\tselect (%s) {\n%s\t\t}\n", text, arms);
}

static const char *end_text(struct gen *g, const struct g_state *s, const char **arcs)
{
	*arcs = "";
	if (s->n_edges > 1 || s->no_default)
		return select_text(g, s, arcs);
	if (s->edge[0].to < 0)
		return g_fmt(g, "\t\t%s%s;\n", !strncmp(s->edge[0].text, "sub", 3) ? "goto " : "", s->edge[0].text);
	HIT(g, to_goto);
	return g_fmt(g, "\t\tgoto %s;\n", s->edge[0].text);
}

/* ---- states ---- */

static void state_text(struct gen *g, struct g_state *s)
{
	const char *arcs, *end = end_text(g, s, &arcs);

	HIT(g, state);
	fprintf(g->out, "%s%s\tstate %s", arcs, g_doc(g, "\t"), s->name);
	if (s->counts)
		fprintf(g->out, " counts %s", s->counts);
	else if (s->max)
		fprintf(g->out, " max %s", g_num(g, s->max));
	if (s->has_else && !s->counts)
		fprintf(g->out, " else %s", s->otherwise.text);
	fprintf(g->out, " {\n");
	for (int i = 0; i < s->n_extracts; i++) {
		const struct g_inst *inst = &g->inst[s->extract[i]];

		fprintf(g->out, "\t\textract %s", inst->h->name);
		if (inst->stack)
			HIT(g, extract_stack);
		if (inst->h->variable)
			HIT(g, extract_variable);
		if (inst->name == inst->h->name)
			HIT(g, extract);
		else
			HIT(g, extract_as);
		if (inst->name != inst->h->name)
			fprintf(g->out, " as %s%s", inst->name, inst->stack ? "[]" : "");
		fprintf(g->out, ";\n");
	}
	for (int i = 0; i < s->n_moves; i++)
		fprintf(g->out, "%s", s->move[i].text);
	if (s->n_extracts > 1)
		HIT(g, extract_two);
	if (s->set_layout >= 0)
		fprintf(g->out, "\t\tlayout = %s;\n", g->l[s->set_layout]->name);
	g_state_writes(g, s);
	g_state_sets(g, s);
	fprintf(g->out, "%s\t}\n", end);
}

static void state(struct gen *g, struct g_state *s)
{
	const char *end = g_chance(g, 15) ? g_within(g, s) : NULL;

	if (!end && g_chance(g, 40)) {
		end = g_optional(g, s);
		if (end && s->n_edges == 1 && !s->no_default)
			end = g_fmt(g, "goto %s", end);
	}
	for (int k = 0; end && k < s->n_edges; k++)
		if (s->edge[k].to < 0)
			s->edge[k].text = end;
	state_text(g, s);
}

void g_parser(struct gen *g)
{
	choose_layouts(g);
	choose_tags(g);
	g_settle_tags(g);
	if (g->sub.beside)
		g_print_subparser(g);
	g_print_classes(g, true);
	fprintf(g->out, "parser %s", g_plain_name(g, "prs"));
	for (int i = 0; i < g->n_metadata; i++)
		fprintf(g->out, "%s%s", i ? ", " : " writes ", g->l[i]->name);
	fprintf(g->out, " {\n");
	if (g->errors)
		fprintf(g->out, "\terrors %s;\n", g->errors);
	g_print_start(g);
	if (!g->sub.beside)
		g_print_subparser(g);
	g_print_scopes(g);
	g_print_classes(g, false);
	g_print_registers(g);
	for (int i = g->n_states - 1; i >= 0; i--)	/* the order of the text does not matter */
		state(g, &g->st[i]);
	fprintf(g->out, "%s}\n", g->options ? g->options : "");
}

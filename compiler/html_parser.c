/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The section of the parser: the graph, then each state with what it extracts,
 * what it writes, and where its select leads, arm by arm, as it is written and
 * as a number.
 */
#include "html.h"

#include <inttypes.h>

static void put_next(struct html *h, const struct mdc_next *n)
{
	if (n->within) {
		out_puts(h->o, "within ");
		html_ref_link(h, n->within->header, describe_elem(h->a, n->within, n->within_elem));
		out_puts(h->o, ": ");
	}
	out_puts(h->o, n->leave ? "leave, then " : "");
	switch (n->to) {
	case MDC_TO_STATE:
		html_ref_link(h, h->m->parser.states[n->state], h->m->parser.states[n->state]->name);
		break;
	case MDC_TO_ACCEPT:
		out_puts(h->o, "<b class=accept>accept</b>");
		break;
	case MDC_TO_DROP:
		out_puts(h->o, "<b class=drop>drop</b>");
		break;
	case MDC_TO_REJECT:
		html_printf(h, "<b class=reject>reject</b> <a href=\"#error-%s\"><code>%s</code></a>",
			    describe_code(h->a, &h->m->parser, n->code), describe_code(h->a, &h->m->parser, n->code));
		break;
	}
}

/* What it does at the cursor, in order. */
static void put_moves(struct html *h, const struct mdc_state *s)
{
	bool extracts = true;

	for (uint32_t i = 0; i < s->n_extracts; i++)
		extracts &= s->extracts[i]->kind == MDC_I_HEADER;
	if (!s->n_extracts)
		return;
	out_puts(h->o, extracts ? "<div><dt>Extracts</dt><dd>" : "<div><dt>At the cursor</dt><dd>");
	for (uint32_t i = 0; i < s->n_extracts; i++) {
		const struct mdc_instance *n = s->extracts[i];

		out_puts(h->o, i ? ", " : "");
		if (n->kind != MDC_I_HEADER) {
			html_expr(h, describe_move(h->a, n));
			continue;
		}
		out_puts(h->o, extracts ? "" : "extract ");
		html_ref_link(h, n->header, n->header->name);
		if (n->name == n->header->name && !n->capacity)
			continue;
		out_puts(h->o, " as ");
		html_code(h, arena_printf(h->a, "%s%s", n->name, n->capacity ? "[]" : ""));
	}
	out_puts(h->o, "</dd></div>\n");
}

static void put_loop(struct html *h, const struct mdc_state *s)
{
	if (!s->max)
		return;
	html_printf(h, "<div><dt>Entered</dt><dd>%u time%s at most", s->max, s->max == 1 ? "" : "s");
	if (s->counter) {
		out_puts(h->o, " by ");
		html_ref_link(h, s->counter, s->counter->name);
	}
	out_puts(h->o, ", then ");
	put_next(h, &s->otherwise);
	out_puts(h->o, "</dd></div>\n");
}

static void put_write(struct html *h, const struct mdc_state *s, const struct mdc_rule *r)
{
	const struct mdc_leaf *f = &s->layout->leaves[r->leaf];
	const char *to = f->path;

	if (f->count > 1 && !r->whole)
		to = arena_printf(h->a, "%s[%" PRIu32 "]", to, r->elem);
	out_puts(h->o, "<li>");
	html_ref_link(h, f, to);
	out_puts(h->o, " = ");
	html_value(h, s, r->loc, r->to_loc, r->x, f->enum_type);
	out_puts(h->o, "</li>\n");
}

/* ---- registers ---- */

static void put_set(struct html *h, const struct mdc_state *state, const struct mdc_set *s)
{
	out_puts(h->o, "<li>");
	html_ref_link(h, s->reg, describe_set(h->a, s));
	out_puts(h->o, " = ");
	html_value(h, state, s->loc, s->to_loc, s->x, s->reg->enum_type);
	out_puts(h->o, "</li>\n");
}

static void put_sets(struct html *h, const struct mdc_state *s)
{
	if (!s->n_sets)
		return;
	out_puts(h->o, "<div><dt>Sets</dt><dd><ul class=plain>\n");
	for (uint32_t i = 0; i < s->n_sets; i++)
		put_set(h, s, &s->sets[i]);
	out_puts(h->o, "</ul></dd></div>\n");
}

static bool sets(const struct mdc_state *s, const struct mdc_register *r)
{
	for (uint32_t i = 0; i < s->n_sets; i++)
		if (s->sets[i].reg == r)
			return true;
	return s->counter == r;
}

static void put_setters(struct html *h, const struct mdc_register *r)
{
	const char *between = "";

	for (uint32_t i = 0; i < h->m->parser.n_states; i++) {
		if (!sets(h->m->parser.states[i], r))
			continue;
		out_puts(h->o, between);
		html_ref_link(h, h->m->parser.states[i], h->m->parser.states[i]->name);
		between = ", ";
	}
}

static void put_registers(struct html *h)
{
	static const char *const heads[] = { "Name", "Kind", ">Bits", "Type", "Set by", "Used by",
		"Description", NULL };

	out_puts(h->o, "<h3 id=registers>Registers</h3>\n<p class=lead>What the parser keeps for a packet besides "
		 "headers and metadata; at first 0.</p>\n");
	html_table(h, "list", "Registers, flags and counters", NULL, heads);
	for (uint32_t i = 0; i < h->m->parser.n_registers; i++) {
		const struct mdc_register *r = h->m->parser.registers[i];

		out_puts(h->o, "<tr");
		html_found(h, html_ref(h, r), r->name, describe_register(r));
		out_puts(h->o, "><td class=n>");
		html_code(h, r->name);
		html_printf(h, "</td><td>%s</td><td class=r>%u</td><td>", describe_register(r), r->bits);
		if (r->enum_type)
			html_ref_link(h, r->enum_type, r->enum_type->name);
		out_puts(h->o, "</td><td>");
		put_setters(h, r);
		out_puts(h->o, "</td><td>");
		html_users(h, r);
		out_puts(h->o, "</td><td class=d>");
		html_inline(h, r->doc);
		if (r->kind == MDC_COUNTER)
			html_printf(h, " <span class=dim>counts to %u</span>", r->max);
		out_puts(h->o, "</td></tr>\n");
	}
	html_end_table(h);
}

static void put_writes(struct html *h, const struct mdc_state *s)
{
	if (s->set_layout) {
		out_puts(h->o, "<div><dt>Layout</dt><dd>");
		html_ref_link(h, s->set_layout, s->set_layout->name);
		out_puts(h->o, "</dd></div>\n");
	}
	if (!s->n_writes)
		return;
	out_puts(h->o, "<div><dt>Writes</dt><dd><ul class=plain>\n");
	for (uint32_t i = 0; i < s->n_writes; i++)
		put_write(h, s, &s->writes[i]);
	out_puts(h->o, "</ul></dd></div>\n");
}

/* ---- arms ---- */

const char *html_pattern(struct html *h, const struct mdc_pattern *p, unsigned int bits)
{
	int digits = (int)(bits + 3) / 4;
	uint64_t all = bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;

	if (p->is_range)
		return arena_printf(h->a, "0x%0*" PRIx64 "..0x%0*" PRIx64, digits, p->lo, digits, p->hi);
	if (!p->mask)
		return "_";
	if (p->mask != all)
		return arena_printf(h->a, "0x%0*" PRIx64 " &&& 0x%0*" PRIx64, digits, p->value, digits, p->mask);
	if (bits < 4)
		return arena_printf(h->a, "%" PRIu64, p->value);
	return arena_printf(h->a, "0x%0*" PRIx64, digits, p->value);
}

const char *html_arm_value(struct html *h, const struct mdc_state *s, const struct mdc_arm *a)
{
	const char *text = "";

	if (a->is_default)
		return "default";
	for (uint32_t i = 0; i < s->n_keys; i++)
		text = arena_printf(h->a, "%s%s%s", text, i ? ", " : "",
				    html_pattern(h, &a->patterns[i], s->keys[i].bits));
	return s->n_keys > 1 ? arena_printf(h->a, "(%s)", text) : text;
}

static void put_key(struct html *h, const struct mdc_key *k)
{
	if (k->lookahead)
		html_code(h, describe_key(h->a, k));
	else
		html_expr(h, describe_key(h->a, k));
}

/* The same but for blanks and what quotes it? */
static bool same_text(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, " ");
		b += strspn(b, " ");
		if (*a != *b)
			return false;
		if (!*a)
			return true;
	}
}

static void put_arm(struct html *h, const struct mdc_state *s, const struct mdc_arm *a)
{
	const char *value = html_arm_value(h, s, a), *written = html_source(h, a->loc);

	out_puts(h->o, "<tr><td class=n>");
	html_code(h, a->is_default ? "default" : written);
	out_puts(h->o, "</td><td>");
	if (!a->is_default && !same_text(value, written))
		html_code(h, value);
	out_puts(h->o, "</td><td>");
	put_next(h, &a->next);
	out_puts(h->o, "</td></tr>\n");
}

static void put_arms(struct html *h, const struct mdc_state *s)
{
	static const char *const heads[] = { "As written", "Value", "Goes to", NULL };

	html_table(h, "arms", "The first arm that matches is taken", NULL, heads);
	for (uint32_t i = 0; i < s->n_arms; i++)
		put_arm(h, s, &s->arms[i]);
	if (!s->n_arms || !s->arms[s->n_arms - 1].is_default)
		out_puts(h->o, "<tr><td class=n><span class=dim>nothing else</span></td><td></td><td>"
			 "<b class=reject>reject</b> <a href=\"#error-no_match\"><code>no_match</code></a>"
			 "</td></tr>\n");
	html_end_table(h);
}

/* Ends the state's list of facts. */
static void put_select(struct html *h, const struct mdc_state *s)
{
	if (!s->n_keys) {
		out_puts(h->o, "<div><dt>Then</dt><dd>");
		if (s->n_arms)
			put_next(h, &s->arms[0].next);
		out_puts(h->o, "</dd></div></dl>\n");
		return;
	}
	out_puts(h->o, "<div><dt>Selects on</dt><dd>");
	for (uint32_t i = 0; i < s->n_keys; i++) {
		out_puts(h->o, i ? ", " : "");
		put_key(h, &s->keys[i]);
	}
	out_puts(h->o, "</dd></div></dl>\n");
	put_arms(h, s);
}

static void put_state(struct html *h, const struct mdc_state *s)
{
	html_printf(h, "<section class=\"state%s\"><h4", s->reachable ? "" : " dim");
	html_found(h, html_ref(h, s), s->name, "state");
	out_puts(h->o, ">");
	html_code(h, s->name);
	out_puts(h->o, s->start_by ? " <small>chooses where to start; no step</small>" :
		 !s->idx ? " <small>start</small>" : !s->reachable ? " <small>never reached</small>" :
		 s->in_loop ? " <small>in a loop</small>" : "");
	out_puts(h->o, "</h4>\n");
	html_doc(h, s->doc);
	out_puts(h->o, "<dl class=facts>\n");
	put_loop(h, s);
	put_moves(h, s);
	put_writes(h, s);
	put_sets(h, s);
	put_select(h, s);
	out_puts(h->o, "</section>\n");
}

void html_parser(struct html *h)
{
	const struct mdc_parser *p = &h->m->parser;

	out_puts(h->o, "<p class=lead>");
	html_code(h, p->name);
	html_printf(h, " has %" PRIu32 " state%s. In the graph a state shows what it extracts, what it selects on, "
		    "and the arms that stop there; a click leads to its entry below.</p>\n", p->n_states,
		    p->n_states == 1 ? "" : "s");
	html_graph(h);
	if (p->n_registers)
		put_registers(h);
	out_puts(h->o, "<h3 id=states>States</h3>\n<div class=states>\n");
	for (uint32_t i = 0; i < p->n_states; i++)
		put_state(h, p->states[i]);
	out_puts(h->o, "</div>\n");
}

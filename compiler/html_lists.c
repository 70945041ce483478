/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The sheet's lists: sources, views, types, errors, units, what is deprecated. Each
 * takes the model and gives one table or several; the lists of units and of what is
 * deprecated are what the sections before them noted.
 */
#include "html.h"

#include <inttypes.h>
#include <stdlib.h>

static void put_deprecated(struct html *h, const char *text)
{
	if (!text)
		return;
	out_puts(h->o, " <span class=dep>Deprecated: ");
	html_text(h, text);
	out_puts(h->o, "</span>");
}

/* ---- sources ---- */

static void put_source(struct html *h, const struct mdc_source *s)
{
	const char *id = html_ref(h, s);

	out_puts(h->o, "<tr");
	html_found(h, id, s->name, "source");
	out_puts(h->o, "><td class=n>");
	out_puts(h->o, s->deprecated ? "<s>" : "");
	html_code(h, s->name);
	out_puts(h->o, s->deprecated ? "</s></td><td>" : "</td><td>");
	if (s->is_ptr)
		html_ref_link(h, s->to, arena_printf(h->a, "%s *", s->to->name));
	else if (s->enum_type)
		html_ref_link(h, s->enum_type, s->enum_type->name);
	else if (s->bits == 1)
		html_code(h, "bool");
	else
		html_code(h, arena_printf(h->a, "%c%u", s->is_signed ? 's' : 'u', s->bits));
	out_puts(h->o, "</td><td>");
	if (s->unit)
		html_text(h, s->unit);
	out_puts(h->o, "</td><td>");
	html_users(h, s);
	out_puts(h->o, "</td><td class=d>");
	html_inline(h, s->doc);
	put_deprecated(h, s->deprecated);
	out_puts(h->o, "</td></tr>\n");
	html_note_unit(h, s->unit, "source", s->name, id);
	html_note_deprecated(h, s->deprecated, "source", s->name, id);
}

void html_sources(struct html *h)
{
	static const char *const heads[] = { "Source", "Type", "Unit", "Used by", "Description", NULL };

	out_puts(h->o, "<p class=lead>What the hardware knows besides the bytes of the packet; it is sampled when "
		 "the parser stops.</p>\n");
	html_table(h, "list", "Sources", NULL, heads);
	for (uint32_t i = 0; i < h->m->n_sources; i++)
		put_source(h, h->m->sources[i]);
	html_end_table(h);
}

/* ---- configuration ---- */

void html_configs(struct html *h)
{
	static const char *const heads[] = { "Setting", "Type", "Unit", "Description", NULL };

	out_puts(h->o, "<p class=lead>What the device can be set to, and layouts depend on: which arm of a union is "
		 "there.</p>\n");
	html_table(h, "list", "Configuration", NULL, heads);
	for (uint32_t i = 0; i < h->m->n_configs; i++) {
		const struct mdc_config *c = h->m->configs[i];
		const char *name = arena_printf(h->a, "config.%s", c->name), *id = html_ref(h, c);

		out_puts(h->o, "<tr");
		html_found(h, id, name, "setting");
		out_puts(h->o, c->deprecated ? "><td class=n><s>" : "><td class=n>");
		html_code(h, name);
		out_puts(h->o, c->deprecated ? "</s></td><td>" : "</td><td>");
		html_ref_link(h, c->enum_type, c->enum_type ? c->enum_type->name : c->is_bool ? "bool" :
			      arena_printf(h->a, "u%u", c->bits));
		out_puts(h->o, "</td><td>");
		html_text(h, c->unit ? c->unit : "");
		out_puts(h->o, "</td><td class=d>");
		html_inline(h, c->doc);
		put_deprecated(h, c->deprecated);
		out_puts(h->o, "</td></tr>\n");
		html_note_unit(h, c->unit, "setting", name, id);
		html_note_deprecated(h, c->deprecated, "setting", name, id);
	}
	html_end_table(h);
}

/* ---- views ---- */

/* The mapped member that offers @name; NULL: none. With @form: how its name ends. */
static const struct mdc_view_member *mapped(const struct mdc_view *v, const char *name, const char **form)
{
	static const char *const forms[] = { "", "_be", "_bits" };
	size_t n = strlen(name);

	for (uint32_t i = 0; i < v->n_members; i++)
		for (size_t k = 0; k < sizeof(forms) / sizeof(forms[0]); k++)
			if (!strncmp(v->members[i].name, name, n) && !strcmp(v->members[i].name + n, forms[k])) {
				*form = forms[k];
				return &v->members[i];
			}
	return NULL;
}

static void link_field(struct html *h, const struct mdc_view_member *m)
{
	html_ref_link(h, m->alias ? (const void *)m->alias : m->leaf, m->leaf->path);
}

static void put_view_field(struct html *h, const struct mdc_view_member *m)
{
	const struct mdc_leaf *f = m->leaf;

	link_field(h, m);
	html_printf(h, " <span class=dim>byte&nbsp;%" PRIu32 ", %u&nbsp;bit%s</span></td><td>", f->offset, f->width,
		    f->width == 1 ? "" : "s");
	html_code(h, m->name);
}

static void put_valid(struct html *h, const struct mdc_view *v, const struct mdc_view_member *m, const char *name)
{
	const char *valid = arena_printf(h->a, "%s_valid", name);

	for (uint32_t i = 0; i < v->n_members; i++) {
		if (strcmp(v->members[i].name, valid))
			continue;
		out_puts(h->o, "where ");
		link_field(h, &v->members[i]);
		return;
	}
	if (m && m->leaf->valid)
		html_code(h, arena_printf(h->a, "where %s", m->leaf->valid->text));
	else
		out_puts(h->o, "always");
}

static void put_member(struct html *h, const struct mdc_view *v, const struct mdc_contract_member *c)
{
	const char *form = "";
	const struct mdc_view_member *m = mapped(v, c->name, &form);

	out_puts(h->o, m ? "<tr" : "<tr class=none");
	html_found(h, html_id(h, "member-%s.%s.%s", v->layout->name, v->name, c->name), c->name, "view member");
	out_puts(h->o, "><td class=n>");
	html_code(h, c->name);
	out_puts(h->o, "</td><td>");
	html_code(h, c->type);
	out_puts(h->o, "</td><td>");
	if (c->unit)
		html_text(h, c->unit);
	out_puts(h->o, "</td><td>");
	if (m) {
		put_view_field(h, m);
		out_puts(h->o, !strcmp(form, "_be") ? " <span class=dim>big-endian</span>" :
			 !strcmp(form, "_bits") ? " <span class=dim>bits</span>" : "");
		out_puts(h->o, "</td><td>");
		put_valid(h, v, m, c->name);
	} else {
		out_puts(h->o, "<b class=no>not offered</b></td><td></td><td>");
	}
	out_puts(h->o, "</td><td class=d>");
	html_inline(h, c->doc);
	put_deprecated(h, c->deprecated);
	out_puts(h->o, "</td></tr>\n");
}

static void put_view(struct html *h, const struct mdc_view *v)
{
	static const char *const heads[] = { "Member", "Type", "Unit", "Field", "In BTF", "Valid", "Description",
					     NULL };
	uint32_t offered = 0;
	const char *form;

	for (uint32_t i = 0; i < v->contract->n_members; i++)
		offered += mapped(v, v->contract->members[i].name, &form) != NULL;
	out_puts(h->o, "<section class=sheet><h3");
	html_found(h, html_ref(h, v), v->name, "view");
	out_puts(h->o, ">");
	html_code(h, v->name);
	out_puts(h->o, " <small>of ");
	html_ref_link(h, v->layout, v->layout->name);
	html_printf(h, ": offers %" PRIu32 " of %" PRIu32 "</small></h3>\n", offered, v->contract->n_members);
	html_doc(h, v->contract->doc);
	html_table(h, "view", "Members of the contract and the fields that they are", NULL, heads);
	for (uint32_t i = 0; i < v->contract->n_members; i++)
		put_member(h, v, &v->contract->members[i]);
	html_end_table(h);
	out_puts(h->o, "</section>\n");
}

void html_views(struct html *h)
{
	out_puts(h->o, "<p class=lead>The names that all vendors share, over the bytes of a layout. A program that "
		 "asks for a member finds it by name, or finds that this hardware does not offer it.</p>\n");
	for (uint32_t i = 0; i < h->m->n_views; i++)
		put_view(h, &h->m->views[i]);
}

/* ---- types ---- */

static void put_enum(struct html *h, const struct mdc_type *t)
{
	static const char *const heads[] = { "Enumerator", "Value", "In C", "Description", NULL };

	html_table(h, "enum", "Values", NULL, heads);
	for (uint32_t i = 0; i < t->n_enumerators; i++) {
		const struct mdc_enumerator *e = &t->enumerators[i];
		const char *id = html_id(h, "enum-%s.%s", t->name, e->name);

		out_puts(h->o, "<tr");
		html_found(h, id, arena_printf(h->a, "%s.%s", t->name, e->name), "enumerator");
		out_puts(h->o, e->deprecated ? "><td class=n><s>" : "><td class=n>");
		html_code(h, e->name);
		out_puts(h->o, e->deprecated ? "</s></td>" : "</td>");
		html_printf(h, "<td><code>%" PRId64 "</code>", e->value);
		if (e->value > 9)
			html_printf(h, " <span class=dim>0x%" PRIx64 "</span>", (uint64_t)e->value);
		out_puts(h->o, "</td><td>");
		html_code(h, e->c_name);
		out_puts(h->o, "</td><td class=d>");
		html_inline(h, e->doc);
		put_deprecated(h, e->deprecated);
		out_puts(h->o, "</td></tr>\n");
		html_note_deprecated(h, e->deprecated, "enumerator", arena_printf(h->a, "%s.%s", t->name, e->name), id);
	}
	html_end_table(h);
}

static void put_type(struct html *h, const struct mdc_type *t, const struct html_body *b)
{
	static const char *const kinds[] = { [MDC_ENUM] = "enum", [MDC_STRUCT] = "struct", [MDC_UNION] = "union",
					     [MDC_TYPEDEF] = "typedef" };
	const char *id = html_ref(h, t);

	out_puts(h->o, "<section class=type><h3");
	html_found(h, id, t->name, kinds[t->kind]);
	out_puts(h->o, t->deprecated ? "><s>" : ">");
	html_code(h, t->name);
	out_puts(h->o, t->deprecated ? "</s>" : "");
	html_printf(h, " <small>%s", kinds[t->kind]);
	if (t->base) {
		out_puts(h->o, t->kind == MDC_ENUM ? ", a " : " of ");
		html_ref_link(h, html_type_target(t->base), html_type_text(h, t->base));
	}
	html_printf(h, ", %" PRIu32 " byte%s%s</small></h3>\n", t->size, t->size == 1 ? "" : "s", t->packed ?
		", packed" : "");
	html_doc(h, t->doc);
	if (t->deprecated) {
		out_puts(h->o, "<p>");
		put_deprecated(h, t->deprecated);
		out_puts(h->o, "</p>\n");
	}
	html_note_deprecated(h, t->deprecated, kinds[t->kind], t->name, id);
	if (t->kind == MDC_ENUM)
		put_enum(h, t);
	if (b)
		html_body(h, b, 4);
	out_puts(h->o, "</section>\n");
}

void html_types(struct html *h)
{
	for (uint32_t i = 0; i < h->n_types; i++)
		if (!h->types[i]->is_layout)
			put_type(h, h->types[i], h->type_bodies[i]);
}

/* ---- constants ---- */

void html_consts(struct html *h)
{
	static const char *const heads[] = { "Constant", ">Value", ">In hexadecimal", "Description", NULL };

	html_table(h, "list", "Constants of the description", NULL, heads);
	for (uint32_t i = 0; i < h->m->n_consts; i++) {
		const struct mdc_const *c = &h->m->consts[i];

		if (!html_ref(h, c))
			continue;
		out_puts(h->o, "<tr");
		html_found(h, html_ref(h, c), c->name, "constant");
		out_puts(h->o, "><td class=n>");
		html_code(h, c->name);
		if (c->negative)
			html_printf(h, "</td><td class=r>%" PRId64 "</td><td class=r>", (int64_t)c->value);
		else
			html_printf(h, "</td><td class=r>%" PRIu64 "</td><td class=r><code>0x%" PRIx64 "</code>",
				    c->value, c->value);
		out_puts(h->o, "</td><td class=d>");
		html_inline(h, c->doc);
		out_puts(h->o, "</td></tr>\n");
	}
	html_end_table(h);
}

/* ---- errors ---- */

/* The constant that a reject names, by the text of some arm that leads there. */
static const struct mdc_const *code_const(struct html *h, const struct mdc_next *n)
{
	const char *text = html_source(h, n->loc), *name = strrchr(text, ' ');

	for (uint32_t i = 0; name && i < h->m->n_consts; i++)
		if (!strcmp(h->m->consts[i].name, name + 1) && h->m->consts[i].value == n->code)
			return &h->m->consts[i];
	return NULL;
}

struct code {
	uint16_t code;
	const struct mdc_const *name;		/* or NULL */
	VEC(const struct mdc_state *) states;	/* that reject so */
};

struct codes { VEC(struct code) list; };

static void add_code(struct html *h, struct codes *c, const struct mdc_state *s, const struct mdc_next *n)
{
	struct code *at = NULL;

	if (n->to != MDC_TO_REJECT)
		return;
	for (size_t i = 0; i < c->list.n; i++)
		if (c->list.p[i].code == n->code)
			at = &c->list.p[i];
	if (!at) {
		at = vec_push(h->a, &c->list);
		*at = (struct code){ .code = n->code };
	}
	if (!at->name)
		at->name = code_const(h, n);
	if (!at->states.n || at->states.p[at->states.n - 1] != s)
		*vec_push(h->a, &at->states) = s;
}

static int by_code(const void *a, const void *b)
{
	return (int)((const struct code *)a)->code - (int)((const struct code *)b)->code;
}

/* What the enum of the parser's errors says to one. */
static const char *errors_doc(const struct html *h, uint16_t code)
{
	const struct mdc_type *t = h->m->parser.errors;

	for (uint32_t i = 0; t && i < t->n_enumerators; i++)
		if (t->enumerators[i].value == code)
			return t->enumerators[i].doc;
	return NULL;
}

static void put_code(struct html *h, const struct code *c, const char *doc)
{
	const char *name = describe_code(h->a, &h->m->parser, c->code);

	out_puts(h->o, "<tr");
	html_found(h, html_id(h, "error-%s", name), c->name ? c->name->name : name, "error");
	html_printf(h, "><td class=r>%u</td><td class=n>", c->code);
	html_code(h, c->name ? c->name->name : name);
	out_puts(h->o, "</td><td>");
	for (size_t i = 0; i < c->states.n; i++) {
		out_puts(h->o, i ? ", " : "");
		html_ref_link(h, c->states.p[i], c->states.p[i]->name);
	}
	out_puts(h->o, "</td><td class=d>");
	html_inline(h, c->name ? c->name->doc : doc ? doc : errors_doc(h, c->code));
	out_puts(h->o, "</td></tr>\n");
}

void html_errors(struct html *h)
{
	static const char *const heads[] = { ">Code", "Error", "By states", "Meaning", NULL };
	static const char *const docs[] = {
		"no error", "a header, or a byte that decides, lies past the packet's end",
		"a header's length is under its fixed part or outside of its range", "no arm of a select matches",
		"a state is entered more often than it allows", "more steps than the target makes",
	};
	const struct mdc_parser *p = &h->m->parser;
	struct codes c = { 0 };

	for (uint16_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++)
		*vec_push(h->a, &c.list) = (struct code){ .code = i };
	for (uint32_t i = 0; p->errors && i < p->errors->n_enumerators; i++)
		if (p->errors->enumerators[i].value >= MDESC_ERR_USER)
			*vec_push(h->a, &c.list) = (struct code){ .code = (uint16_t)p->errors->enumerators[i].value };
	for (uint32_t i = 0; i < p->n_states; i++) {
		const struct mdc_state *s = p->states[i];

		for (uint32_t k = 0; k < s->n_arms; k++)
			add_code(h, &c, s, &s->arms[k].next);
		if (s->max)
			add_code(h, &c, s, &s->otherwise);
	}
	qsort(c.list.p, c.list.n, sizeof(c.list.p[0]), by_code);
	out_puts(h->o, "<p class=lead>How the parser may stop: <code>parser.error</code>. A packet that is rejected "
		 "is delivered, with the error and with what was written before it.</p>\n");
	html_table(h, "list", "Errors", NULL, heads);
	for (size_t i = 0; i < c.list.n; i++)
		put_code(h, &c.list.p[i], c.list.p[i].code < sizeof(docs) / sizeof(docs[0]) ?
			docs[c.list.p[i].code] : NULL);
	html_end_table(h);
}

/* ---- units, deprecated ---- */

static int by_unit(const void *pa, const void *pb)
{
	const struct html_note *a = pa, *b = pb;
	int c = strcmp(a->text, b->text);

	return c ? c : strcmp(a->id, b->id);
}

void html_units(struct html *h)
{
	static const char *const heads[] = { "Unit", "Of", NULL };

	qsort(h->units.p, h->units.n, sizeof(h->units.p[0]), by_unit);
	html_table(h, "list", "Units", NULL, heads);
	for (size_t i = 0; i < h->units.n; i++) {
		bool first = !i || strcmp(h->units.p[i].text, h->units.p[i - 1].text);

		if (first) {
			out_puts(h->o, i ? "</td></tr>\n<tr" : "<tr");
			html_found(h, html_id(h, "unit-%s", h->units.p[i].text), h->units.p[i].text, "unit");
			out_puts(h->o, "><td class=n>");
			html_text(h, h->units.p[i].text);
			out_puts(h->o, "</td><td>");
		}
		out_puts(h->o, first ? "" : ", ");
		html_link(h, h->units.p[i].id, h->units.p[i].name);
	}
	out_puts(h->o, "</td></tr>\n");
	html_end_table(h);
}

void html_deprecated(struct html *h)
{
	static const char *const heads[] = { "Name", "Kind", "Instead", NULL };

	html_table(h, "list", "What is deprecated", NULL, heads);
	for (size_t i = 0; i < h->deprecated.n; i++) {
		out_puts(h->o, "<tr><td class=n>");
		html_link(h, h->deprecated.p[i].id, h->deprecated.p[i].name);
		html_printf(h, "</td><td>%s</td><td class=d>", h->deprecated.p[i].kind);
		html_text(h, h->deprecated.p[i].text);
		out_puts(h->o, "</td></tr>\n");
	}
	html_end_table(h);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The section of classifications: what each asks for, its rows, and where its value goes. */
#include "html.h"

#include <inttypes.h>

static const char *key_text(struct html *h, const struct mdc_class_key *k)
{
	return html_source(h, k->loc);
}

static void put_row(struct html *h, const struct mdc_class *c, const struct mdc_class_row *r)
{
	const char *value = describe_class_value(h->a, c, r->value);

	out_puts(h->o, "<tr><td class=n>");
	html_code(h, html_source(h, r->loc));
	out_puts(h->o, "</td>");
	for (uint32_t i = 0; i < c->n_keys; i++) {
		out_puts(h->o, "<td>");
		html_code(h, html_pattern(h, &r->patterns[i], c->keys[i].bits));
		out_puts(h->o, "</td>");
	}
	out_puts(h->o, "<td>");
	html_ref_link(h, c->enum_type, value);
	if (c->enum_type)
		html_printf(h, " <span class=dim>%" PRIu64 "</span>", r->value);
	out_puts(h->o, "</td></tr>\n");
}

static void put_default(struct html *h, const struct mdc_class *c)
{
	out_puts(h->o, "<tr><td class=n><code>default</code></td>");
	for (uint32_t i = 0; i < c->n_keys; i++)
		out_puts(h->o, "<td></td>");
	out_puts(h->o, "<td>");
	html_ref_link(h, c->enum_type, describe_class_value(h->a, c, c->otherwise));
	if (c->enum_type)
		html_printf(h, " <span class=dim>%" PRIu64 "</span>", c->otherwise);
	out_puts(h->o, "</td></tr>\n");
}

static void put_class(struct html *h, const struct mdc_class *c)
{
	const char **heads = arena_array(h->a, const char *, c->n_keys + 3);

	out_puts(h->o, "<section class=sheet><h3");
	html_found(h, html_ref(h, c), c->name, "classification");
	out_puts(h->o, ">");
	html_code(h, c->name);
	html_printf(h, " <small>%u bit%s%s", c->bits, c->bits == 1 ? "" : "s", c->enum_type ? ", " : "");
	if (c->enum_type)
		html_ref_link(h, c->enum_type, c->enum_type->name);
	out_puts(h->o, "</small></h3>\n");
	html_doc(h, c->doc);
	out_puts(h->o, "<dl class=facts><div><dt>Asks for</dt><dd>");
	for (uint32_t i = 0; i < c->n_keys; i++) {
		out_puts(h->o, i ? ", " : "");
		html_expr(h, key_text(h, &c->keys[i]));
	}
	out_puts(h->o, "</dd></div>\n<div><dt>Used by</dt><dd>");
	html_users(h, c);
	out_puts(h->o, "</dd></div></dl>\n");
	heads[0] = "As written";
	for (uint32_t i = 0; i < c->n_keys; i++)
		heads[1 + i] = key_text(h, &c->keys[i]);
	heads[1 + c->n_keys] = "Gives";
	html_table(h, "arms", "The first row that matches gives the value", NULL, heads);
	for (uint32_t i = 0; i < c->n_rows; i++)
		put_row(h, c, &c->rows[i]);
	put_default(h, c);
	html_end_table(h);
	out_puts(h->o, "</section>\n");
}

void html_classes(struct html *h)
{
	out_puts(h->o, "<p class=lead>What is worked out once, when the parser has stopped, for each packet that is "
		 "delivered.</p>\n");
	for (uint32_t i = 0; i < h->m->parser.n_classes; i++)
		put_class(h, h->m->parser.classes[i]);
}

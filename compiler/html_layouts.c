/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The section of layouts: what each is, its diagram and fields, and the text that its id is made of. */
#include "html.h"

#include <inttypes.h>

static void put_views(struct html *h, const struct mdc_layout *l)
{
	bool any = false;

	for (uint32_t i = 0; i < h->m->n_views; i++) {
		if (h->m->views[i].layout != l)
			continue;
		out_puts(h->o, any ? ", " : "<div><dt>Views</dt><dd>");
		html_ref_link(h, &h->m->views[i], h->m->views[i].name);
		any = true;
	}
	out_puts(h->o, any ? "</dd></div>" : "");
}

static void put_layout(struct html *h, const struct mdc_layout *l)
{
	html_printf(h, "<section class=sheet><h3");
	html_found(h, html_ref(h, l), l->name, l->is_descriptor ? "descriptor" : "metadata");
	out_puts(h->o, ">");
	html_code(h, l->name);
	html_printf(h, " <small>%s, %" PRIu32 " bytes%s</small></h3>\n", l->is_descriptor ? "descriptor" : "metadata",
		    l->size, !l->is_descriptor && !l->idx && h->m->n_metadata > 1 ? ", the default" : "");
	html_doc(h, l->doc);
	html_printf(h, "<dl class=facts><div><dt>Layout id</dt><dd><code>0x%08" PRIx32 "</code> <span class=dim>%s"
		    "</span></dd></div><div><dt>Fingerprint</dt><dd><code>0x%016" PRIx64 "</code></dd></div>"
		    "<div><dt>In C</dt><dd>", l->id, l->id_given ? "given" : "derived", l->fingerprint);
	html_code(h, arena_printf(h->a, "struct %s", l->type->name));
	out_puts(h->o, ", ");
	html_code(h, l->id_name);
	out_puts(h->o, "</dd></div>");
	put_views(h, l);
	out_puts(h->o, "</dl>\n");
	html_body(h, h->bodies[l->idx], 4);
	out_puts(h->o, "<details class=canonical><summary>The text that the fingerprint is of</summary><pre>");
	html_text(h, l->canonical);
	out_puts(h->o, "</pre></details></section>\n");
}

void html_layouts(struct html *h)
{
	for (uint32_t i = 0; i < h->m->n_layouts; i++)
		put_layout(h, h->m->layouts[i]);
}

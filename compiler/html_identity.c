/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The head of the sheet: what the device is and how it is recognised, and its layouts with their ids. */
#include "html.h"

#include <inttypes.h>

static void fact(struct html *h, const char *what, const char *value)
{
	html_printf(h, "<div><dt>%s</dt><dd>", what);
	html_code(h, value);
	out_puts(h->o, "</dd></div>\n");
}

static void put_device(struct html *h)
{
	const struct mdc_device *d = &h->m->device;

	if (!d->name)
		return;
	html_doc(h, d->doc);
	out_puts(h->o, "<dl class=facts>\n");
	fact(h, "Driver", d->driver);
	fact(h, "Firmware", d->firmware);
	if (d->release)
		fact(h, "Release", d->release);
	for (uint32_t i = 0; i < d->n_matches; i++) {
		const struct mdc_match *m = &d->matches[i];

		out_puts(h->o, "<div><dt>Match ");
		html_text(h, m->where);
		out_puts(h->o, "</dt><dd>");
		if (*m->key) {
			html_code(h, m->key);
			out_puts(h->o, " is ");
		}
		if (*m->glob)
			html_code(h, m->glob);
		else
			out_puts(h->o, "where nothing matches better");
		out_puts(h->o, "</dd></div>\n");
	}
	fact(h, "Prefix of types", d->prefix);
	fact(h, "License of the header", d->license);
	if (h->m->n_layouts && h->m->layout_enum)
		fact(h, "Layout ids in C", arena_printf(h->a, "enum %s", h->m->layout_enum));
	out_puts(h->o, "<div><dt>Target</dt><dd>");
	html_ref_link(h, &h->m->target, h->m->target.name);
	out_puts(h->o, "</dd></div>\n</dl>\n");
}

static void put_layouts(struct html *h)
{
	static const char *const heads[] = { "Layout", "Kind", ">Bytes", "Id", "Fingerprint", "Description", NULL };

	if (!h->m->n_layouts)
		return;
	html_table(h, "ids", "Layouts", NULL, heads);
	for (uint32_t i = 0; i < h->m->n_layouts; i++) {
		const struct mdc_layout *l = h->m->layouts[i];

		out_puts(h->o, "<tr><td class=n>");
		html_ref_link(h, l, l->name);
		html_printf(h, "</td><td>%s</td><td class=r>%" PRIu32 "</td>",
			    l->is_descriptor ? "descriptor" : "metadata", l->size);
		html_printf(h, "<td><code>0x%08" PRIx32 "</code></td><td><code>0x%016" PRIx64 "</code></td>", l->id,
			    l->fingerprint);
		out_puts(h->o, "<td class=d>");
		html_inline(h, l->doc);
		out_puts(h->o, "</td></tr>\n");
	}
	html_end_table(h);
}

void html_identity(struct html *h)
{
	put_device(h);
	put_layouts(h);
}

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

/* ---- what is computed ---- */

/* The fields that a computed value is made of. */
static void put_parts(struct html *h, const struct mdc_layout *l, const struct mdc_v *v, bool *any)
{
	if (!v)
		return;
	if (v->kind == MDC_V_FIELD || v->kind == MDC_V_VALUE || v->kind == MDC_V_CONFIG) {
		out_puts(h->o, *any ? ", " : "");
		if (v->kind == MDC_V_CONFIG)
			html_ref_link(h, v->config, arena_printf(h->a, "config.%s", v->config->name));
		else if (v->kind == MDC_V_FIELD)
			html_ref_link(h, &l->leaves[v->leaf], l->leaves[v->leaf].path);
		else
			html_ref_link(h, v->value, v->value->path);
		*any = true;
	}
	put_parts(h, l, v->a, any);
	put_parts(h, l, v->b, any);
	put_parts(h, l, v->c, any);
	for (uint32_t i = 0; i < v->n_list; i++)
		put_parts(h, l, v->list[i], any);
}

static void put_value(struct html *h, const struct mdc_layout *l, const struct mdc_value *v)
{
	const char *id = html_ref(h, v), *name = arena_printf(h->a, "%s.%s", l->name, v->path);
	const char *kind = v->role == MDC_ALIAS ? "alias" : "derived";
	bool any = false;

	out_puts(h->o, "<tr");
	html_found(h, id, v->path, kind);
	out_puts(h->o, v->deprecated ? "><td class=n><s>" : "><td class=n>");
	html_code(h, v->path);
	html_printf(h, "%s</td><td>%s</td><td>", v->deprecated ? "</s>" : "", kind);
	html_ref_link(h, v->enum_type ? v->enum_type : html_type_target(v->type), html_type_text(h, v->type));
	out_puts(h->o, "</td><td>");
	html_text(h, v->unit ? v->unit : "");
	out_puts(h->o, "</td><td>");
	html_code(h, v->text);
	out_puts(h->o, "</td><td>");
	put_parts(h, l, v->x, &any);
	out_puts(h->o, "</td><td class=d>");
	html_inline(h, v->doc);
	if (v->valid) {
		out_puts(h->o, " <span class=valid>Means something only where ");
		html_code(h, v->valid->text);
		out_puts(h->o, "</span>");
	}
	if (v->deprecated) {
		out_puts(h->o, " <span class=dep>Deprecated: ");
		html_text(h, v->deprecated);
		out_puts(h->o, "</span>");
	}
	out_puts(h->o, "</td></tr>\n");
	html_note_unit(h, v->unit, kind, name, id);
	html_note_deprecated(h, v->deprecated, kind, name, id);
}

static void put_values(struct html *h, const struct mdc_layout *l)
{
	static const char *const heads[] = { "Value", "Kind", "Type", "Unit", "Is", "From", "Description", NULL };
	bool any = false;

	for (uint32_t i = 0; i < l->n_values; i++) {
		if (!l->values[i]->type || !html_ref(h, l->values[i]))
			continue;
		if (!any) {
			out_puts(h->o, "<h4>Computed <small>not stored: the header's getters give it</small></h4>\n");
			html_table(h, "list", "Values that are computed from fields of ", l->name, heads);
		}
		any = true;
		put_value(h, l, l->values[i]);
	}
	if (any)
		html_end_table(h);
}

/* How programs tell it from others, and its name in C. */
static void put_identity(struct html *h, const struct mdc_layout *l)
{
	html_printf(h, "<div><dt>Layout id</dt><dd><code>0x%08" PRIx32 "</code> <span class=dim>%s</span></dd></div>\n",
		    l->id, l->id_given ? "given" : "derived");
	if (l->id_first) {
		out_puts(h->o, "<div><dt>Where it stands</dt><dd>the first four bytes, big-endian");
		if (l->id_any)
			html_printf(h, "; any bits in <code>0x%08" PRIx32 "</code>, in C <code>%s</code>", l->id_any,
				    l->any_name);
		out_puts(h->o, "</dd></div>\n");
	} else if (l->id_leaf != UINT32_MAX) {
		out_puts(h->o, "<div><dt>Where it stands</dt><dd>the last four bytes</dd></div>\n");
	}
	html_printf(h, "<div><dt>Fingerprint</dt><dd><code>0x%016" PRIx64 "</code></dd></div>\n<div><dt>In C</dt><dd>",
		    l->fingerprint);
	html_code(h, arena_printf(h->a, "%s %s", l->type->kind == MDC_UNION ? "union" : "struct", l->type->name));
	out_puts(h->o, ", ");
	html_code(h, l->id_name);
	out_puts(h->o, "</dd></div>\n");
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
	out_puts(h->o, "<dl class=facts>");
	put_identity(h, l);
	put_views(h, l);
	out_puts(h->o, "</dl>\n");
	html_body(h, h->bodies[l->idx], 4);
	put_values(h, l);
	out_puts(h->o, "<details class=canonical><summary>The text that the fingerprint is of</summary><pre>");
	html_text(h, l->canonical);
	out_puts(h->o, "</pre></details></section>\n");
}

void html_layouts(struct html *h)
{
	for (uint32_t i = 0; i < h->m->n_layouts; i++)
		put_layout(h, h->m->layouts[i]);
}

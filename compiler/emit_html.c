/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The data sheet: takes the model and the rows, gives one HTML page that needs
 * nothing else, neither the network nor a script (only its search does). The
 * page's policy lets nothing run or load but the style and the script that were
 * compiled in, so that a text that got through the escaping would still do nothing.
 */
#include "html.h"

#include <nettle/base64.h>
#include <nettle/sha2.h>

#include "html_assets.h"

struct section {
	const char *id, *title;
	void (*put)(struct html *h);
	bool (*wanted)(const struct html *h);
};

static bool always(const struct html *h) { return h; }
static bool has_layouts(const struct html *h) { return h->m->n_layouts; }
static bool has_parser(const struct html *h) { return h->m->parser.name; }
static bool has_headers(const struct html *h) { return h->headers.n; }
static bool has_sources(const struct html *h) { return h->m->n_sources; }

/* What std/ declares is called so. */
static bool is_own(const struct mdc_const *c)
{
	return strncmp(c->name, "std_", 4) != 0;
}

static bool has_consts(const struct html *h)
{
	for (uint32_t i = 0; i < h->m->n_consts; i++)
		if (is_own(&h->m->consts[i]))
			return true;
	return false;
}

static bool has_classes(const struct html *h) { return h->m->parser.n_classes; }
static bool has_configs(const struct html *h) { return h->m->n_configs; }
static bool has_views(const struct html *h) { return h->m->n_views; }
static bool has_units(const struct html *h) { return h->units.n; }
static bool has_deprecated(const struct html *h) { return h->deprecated.n; }

static bool has_raw(const struct html *h) { return h->m->n_tables; }

static bool has_types(const struct html *h)
{
	for (uint32_t i = 0; i < h->n_types; i++)
		if (!h->types[i]->is_layout)
			return true;
	return false;
}

static const struct section sections[] = {
	{ "identity", "Identity", html_identity, always },
	{ "layouts", "Layouts", html_layouts, has_layouts },
	{ "views", "Views", html_views, has_views },
	{ "sources", "Sources", html_sources, has_sources },
	{ "configuration", "Configuration", html_configs, has_configs },
	{ "parser", "Parser", html_parser, has_parser },
	{ "classification", "Classification", html_classes, has_classes },
	{ "headers", "Headers", html_headers, has_headers },
	{ "tables", "Tables", html_tables, always },
	{ "raw-tables", "Raw tables", html_raw, has_raw },
	{ "types", "Types", html_types, has_types },
	{ "constants", "Constants", html_consts, has_consts },
	{ "errors", "Errors", html_errors, has_parser },
	{ "units", "Units", html_units, has_units },
	{ "deprecated", "Deprecated", html_deprecated, has_deprecated },
};

enum { N_SECTIONS = sizeof(sections) / sizeof(sections[0]) };

/* ---- what the page shows, and its ids ---- */

/* Headers that the parser extracts; all, where there is no parser. */
static void find_headers(struct html *h)
{
	const struct mdc_parser *p = &h->m->parser;

	for (uint32_t i = 0; i < h->m->n_headers; i++) {
		bool used = !p->name;

		for (uint32_t k = 0; k < p->n_instances; k++)
			used |= p->instances[k]->header == h->m->headers[i];
		if (used)
			*vec_push(h->a, &h->headers) = h->m->headers[i];
	}
}

/* Types that header and BTF hold, and the enums of headers' fields; in the order of the model. */
static void find_types(struct html *h)
{
	struct atom_map wanted;
	uint32_t n;
	const struct mdc_type **used = mdc_used_types(h->ctx, h->m, &n);

	atom_map_init(&wanted, h->a);
	for (uint32_t i = 0; i < n; i++)
		atom_map_add(&wanted, (const char *)used[i], (void *)used[i]);
	for (size_t i = 0; i < h->headers.n; i++) {
		for (uint32_t k = 0; k < h->headers.p[i]->n_fields; k++) {
			const struct mdc_hfield *f = &h->headers.p[i]->fields[k];

			if (f->enum_type)
				atom_map_add(&wanted, (const char *)f->enum_type, (void *)f->enum_type);
			for (uint32_t b = 0; b < f->n_bits_ranges; b++)
				if (f->bits_ranges[b].enum_type)
					atom_map_add(&wanted, (const char *)f->bits_ranges[b].enum_type, h);
		}
	}
	h->types = arena_array(h->a, const struct mdc_type *, h->m->n_types);
	for (uint32_t i = 0; i < h->m->n_types; i++)
		if (atom_map_get(&wanted, (const char *)h->m->types[i]))
			h->types[h->n_types++] = h->m->types[i];
}

static void name_headers(struct html *h)
{
	for (size_t i = 0; i < h->headers.n; i++) {
		const struct mdc_header *hd = h->headers.p[i];

		html_set_ref(h, hd, html_id(h, "header-%s", hd->name));
		for (uint32_t k = 0; k < hd->n_fields; k++)
			if (hd->fields[k].name && !hd->fields[k].reserved)
				html_set_ref(h, &hd->fields[k], html_id(h, "hfield-%s.%s", hd->name,
					hd->fields[k].name));
	}
}

/* What names in expressions lead to. */
static void name_names(struct html *h)
{
	for (uint32_t i = 0; i < h->m->n_sources; i++)
		atom_map_add(&h->names, h->m->sources[i]->name, (void *)html_ref(h, h->m->sources[i]));
	for (uint32_t i = 0; i < h->m->n_configs; i++)
		atom_map_add(&h->names, atom(h->ctx->atoms, arena_printf(h->a, "config.%s", h->m->configs[i]->name)),
			     (void *)html_ref(h, h->m->configs[i]));
	for (uint32_t i = 0; i < h->m->n_consts; i++)
		if (is_own(&h->m->consts[i]))
			atom_map_add(&h->names, h->m->consts[i].name, (void *)html_ref(h, &h->m->consts[i]));
	for (uint32_t i = 0; i < h->m->parser.n_classes; i++)
		atom_map_add(&h->names, h->m->parser.classes[i]->name, (void *)html_ref(h, h->m->parser.classes[i]));
	for (uint32_t i = 0; i < h->m->parser.n_registers; i++)
		atom_map_add(&h->names, h->m->parser.registers[i]->name, (void *)html_ref(h,
			h->m->parser.registers[i]));
	for (uint32_t i = 0; i < h->m->parser.n_instances; i++) {
		const struct mdc_instance *n = h->m->parser.instances[i];

		if (n->kind != MDC_I_HEADER)
			continue;
		atom_map_add(&h->names, n->name, (void *)html_ref(h, n->header));
		for (uint32_t k = 0; k < n->header->n_fields; k++) {
			const struct mdc_hfield *f = &n->header->fields[k];

			if (html_ref(h, f))
				atom_map_add(&h->names, atom(h->ctx->atoms, arena_printf(h->a, "%s.%s",
					n->name, f->name)),
					     (void *)html_ref(h, f));
		}
	}
}

static void name_things(struct html *h)
{
	for (int i = 0; i < N_SECTIONS; i++)
		html_id(h, "%s", sections[i].id);
	html_id(h, "states");
	html_id(h, "rows");
	html_id(h, "registers");
	html_set_ref(h, &h->m->target, html_id(h, "target-%s", h->m->target.name));
	for (uint32_t i = 0; i < h->m->n_layouts; i++) {
		html_set_ref(h, h->m->layouts[i], html_id(h, "layout-%s", h->m->layouts[i]->name));
		html_set_ref(h, h->m->layouts[i]->type, html_ref(h, h->m->layouts[i]));
		for (uint32_t k = 0; k < h->m->layouts[i]->n_values; k++)
			if (h->m->layouts[i]->values[k]->type)
				html_set_ref(h, h->m->layouts[i]->values[k],
					     html_id(h, "value-%s.%s", h->m->layouts[i]->name,
					     	h->m->layouts[i]->values[k]->path));
	}
	for (uint32_t i = 0; i < h->n_types; i++)
		if (!h->types[i]->is_layout)
			html_set_ref(h, h->types[i], html_id(h, "type-%s", h->types[i]->name));
	for (uint32_t i = 0; i < h->m->n_views; i++)
		html_set_ref(h, &h->m->views[i], html_id(h, "view-%s.%s", h->m->views[i].layout->name,
			h->m->views[i].name));
	for (uint32_t i = 0; i < h->m->n_sources; i++)
		html_set_ref(h, h->m->sources[i], html_id(h, "source-%s", h->m->sources[i]->name));
	for (uint32_t i = 0; i < h->m->n_configs; i++)
		html_set_ref(h, h->m->configs[i], html_id(h, "config-%s", h->m->configs[i]->name));
	for (uint32_t i = 0; i < h->m->parser.n_states; i++)
		html_set_ref(h, h->m->parser.states[i], html_id(h, "state-%s", h->m->parser.states[i]->name));
	for (uint32_t i = 0; i < h->m->n_consts; i++)
		if (is_own(&h->m->consts[i]))
			html_set_ref(h, &h->m->consts[i], html_id(h, "const-%s", h->m->consts[i].name));
	for (uint32_t i = 0; i < h->m->parser.n_classes; i++)
		html_set_ref(h, h->m->parser.classes[i], html_id(h, "class-%s", h->m->parser.classes[i]->name));
	for (uint32_t i = 0; i < h->m->parser.n_registers; i++)
		html_set_ref(h, h->m->parser.registers[i], html_id(h, "register-%s", h->m->parser.registers[i]->name));
	name_headers(h);
	html_name_raw(h);
	name_names(h);
}

static void make_bodies(struct html *h)
{
	h->bodies = arena_array(h->a, struct html_body *, h->m->n_layouts);
	for (uint32_t i = 0; i < h->m->n_layouts; i++)
		h->bodies[i] = html_layout_body(h, h->m->layouts[i], html_ref(h, h->m->layouts[i]));
	h->type_bodies = arena_array(h->a, struct html_body *, h->n_types);
	for (uint32_t i = 0; i < h->n_types; i++)
		if (!h->types[i]->is_layout && (h->types[i]->kind == MDC_STRUCT || h->types[i]->kind == MDC_UNION))
			h->type_bodies[i] = html_type_body(h, h->types[i], html_ref(h, h->types[i]));
}

/* ---- who writes a field, and what it is offered as ---- */

static void add_writer(struct html *h, const struct mdc_layout *l, const struct mdc_state *s, const struct mdc_rule *r)
{
	struct html_writer *w = arena_new_of(h->a, struct html_writer), *first;

	w->state = s;
	w->rule = r;
	w->last = w;
	first = atom_map_add(&h->writers, (const char *)&l->leaves[r->leaf], w);
	if (first) {
		first->last->next = w;
		first->last = w;
	}
}

static void find_writers(struct html *h)
{
	for (uint32_t i = 0; i < h->m->n_metadata; i++)
		for (uint32_t k = 0; k < h->m->layouts[i]->n_rules; k++)
			add_writer(h, h->m->layouts[i], NULL, &h->m->layouts[i]->rules[k]);
	for (uint32_t i = 0; i < h->m->parser.n_states; i++) {
		const struct mdc_state *s = h->m->parser.states[i];

		for (uint32_t k = 0; k < s->n_writes; k++)
			add_writer(h, s->layout, s, &s->writes[k]);
	}
}

static void find_offered(struct html *h)
{
	for (uint32_t i = 0; i < h->m->n_views; i++) {
		const struct mdc_view *v = &h->m->views[i];

		for (uint32_t k = 0; k < v->n_members; k++)
			atom_map_add(&h->offered, (const char *)v->members[k].leaf,
				     arena_printf(h->a, "%s.%s", v->name, v->members[k].name));
	}
}

/* ---- the page ---- */

static const char *title(const struct html *h)
{
	return h->m->device.name ? h->m->device.name : "Description";
}

/* 'sha256-...' of what is between the tags, as a policy has it. */
static void put_hash(struct html *h, const char *text)
{
	uint8_t sum[SHA256_DIGEST_SIZE];
	char base64[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE)];
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_update(&c, strlen(text), (const uint8_t *)text);
	sha256_digest(&c, sizeof(sum), sum);
	base64_encode_raw(base64, sizeof(sum), sum);
	html_printf(h, "'sha256-%.*s'", (int)sizeof(base64), base64);
}

static void put_head(struct html *h)
{
	out_puts(h->o, "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
		 "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src ");
	put_hash(h, html_style);
	out_puts(h->o, "; script-src ");
	put_hash(h, html_script);
	out_puts(h->o, "; base-uri 'none'; form-action 'none'\">\n"
		 "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
		 "<meta name=generator content=mdescc>\n<meta name=color-scheme content=\"light dark\">\n<title>");
	html_text(h, title(h));
	if (h->m->device.name) {
		out_puts(h->o, " ");
		html_text(h, h->m->device.firmware);
	}
	out_puts(h->o, " – data sheet</title>\n<style>");
	out_puts(h->o, html_style);
	out_puts(h->o, "</style>\n</head>\n<body>\n<a class=skip href=\"#identity\">Skip to the content</a>\n"
		 "<svg class=defs width=0 height=0 aria-hidden=true><defs>"
		 "<pattern id=hatch width=6 height=6 patternUnits=userSpaceOnUse patternTransform=\"rotate(45)\">"
		 "<rect class=hb width=6 height=6 /><path class=hl d=\"M0 0V6\"/></pattern></defs></svg>\n");
}

static void put_entries(struct html *h, int section)
{
	const struct mdc_model *m = h->m;

	out_puts(h->o, "<ul>");
	if (sections[section].put == html_layouts) {
		for (uint32_t i = 0; i < m->n_layouts; i++) {
			out_puts(h->o, "<li>");
			html_ref_link(h, m->layouts[i], m->layouts[i]->name);
		}
	} else if (sections[section].put == html_headers) {
		for (size_t i = 0; i < h->headers.n; i++) {
			out_puts(h->o, "<li>");
			html_ref_link(h, h->headers.p[i], h->headers.p[i]->name);
		}
	} else if (sections[section].put == html_parser) {
		for (uint32_t i = 0; i < m->parser.n_states; i++) {
			out_puts(h->o, "<li>");
			html_ref_link(h, m->parser.states[i], m->parser.states[i]->name);
		}
	} else if (sections[section].put == html_classes) {
		for (uint32_t i = 0; i < m->parser.n_classes; i++) {
			out_puts(h->o, "<li>");
			html_ref_link(h, m->parser.classes[i], m->parser.classes[i]->name);
		}
	} else if (sections[section].put == html_types) {
		for (uint32_t i = 0; i < h->n_types; i++) {
			if (h->types[i]->is_layout)
				continue;
			out_puts(h->o, "<li>");
			html_ref_link(h, h->types[i], h->types[i]->name);
		}
	}
	out_puts(h->o, "</ul>");
}

/* The script shows the search; the list works without it. */
static void put_nav(struct html *h, const bool *wanted)
{
	out_puts(h->o, "<nav aria-label=\"Contents\">\n"
		 "<div id=search role=search hidden><label for=q>Search</label>"
		 "<input id=q type=search autocomplete=off spellcheck=false "
		 "placeholder=\"Name of a field, state, header…\" role=combobox aria-expanded=false "
		 "aria-controls=found aria-autocomplete=list>"
		 "<p id=count role=status></p><ol id=found role=listbox aria-label=\"Found\"></ol></div>\n"
		 "<ul class=toc>\n");
	for (int i = 0; i < N_SECTIONS; i++) {
		if (!wanted[i])
			continue;
		html_printf(h, "<li><a href=\"#%s\">%s</a>", sections[i].id, sections[i].title);
		put_entries(h, i);
		out_puts(h->o, "\n");
	}
	out_puts(h->o, "</ul>\n</nav>\n");
}

static void put_title(struct html *h)
{
	const struct mdc_device *d = &h->m->device;

	out_puts(h->o, "<header>\n<p class=kicker>Data sheet</p>\n<h1>");
	html_text(h, title(h));
	if (d->name) {
		out_puts(h->o, " <small>firmware ");
		html_text(h, d->firmware);
		out_puts(h->o, "</small>");
	}
	out_puts(h->o, "</h1>\n</header>\n");
}

/* Sections into a text of their own: which lists there are, the sections themselves tell. */
static void put_sections(struct html *h, bool *wanted)
{
	for (int i = 0; i < N_SECTIONS; i++) {
		wanted[i] = sections[i].wanted(h);
		if (!wanted[i])
			continue;
		html_printf(h, "<section class=part aria-labelledby=%s>\n<h2", sections[i].id);
		html_found(h, sections[i].id, sections[i].title, "section");
		html_printf(h, ">%s</h2>\n", sections[i].title);
		sections[i].put(h);
		out_puts(h->o, "</section>\n");
	}
}

int mdc_emit_html(struct mdc_ctx *ctx, const struct mdc_model *model, const struct mdc_rows *rows, struct out *out)
{
	struct html h = { .ctx = ctx, .a = ctx->arena, .m = model, .rows = rows };
	bool wanted[N_SECTIONS] = { false };
	struct out main_part;

	atom_map_init(&h.ids, h.a);
	atom_map_init(&h.refs, h.a);
	atom_map_init(&h.names, h.a);
	atom_map_init(&h.writers, h.a);
	atom_map_init(&h.offered, h.a);
	find_headers(&h);
	find_types(&h);
	name_things(&h);
	make_bodies(&h);
	find_writers(&h);
	find_offered(&h);
	out_init(&main_part);
	h.o = &main_part;
	put_sections(&h, wanted);
	h.o = out;
	put_head(&h);
	put_nav(&h, wanted);
	out_puts(out, "<main>\n");
	put_title(&h);
	out_write(out, main_part.data, main_part.size);
	out_free(&main_part);
	out_puts(out, "</main>\n<script>");
	out_puts(out, html_script);
	out_puts(out, "</script>\n</body>\n</html>\n");
	return 0;
}

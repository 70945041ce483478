/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the model, gives it as text: everything that is in it, one thing a line,
 * in the order of the model. Golden files compare it and people read it; nothing
 * reads it back. Offsets and sizes of members are in bits, sizes of types in bytes.
 */
#include "dump.h"

#include <inttypes.h>
#include <string.h>

static void quote(struct out *o, const char *s)
{
	out_write(o, "\"", 1);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			out_write(o, "\\", 1);
		if (*s == '\n')
			out_puts(o, "\\n");
		else
			out_write(o, s, 1);
	}
	out_write(o, "\"", 1);
}

void dump_attributes(struct dump *d, const char *unit, const char *deprecated)
{
	if (unit) {
		out_puts(d->out, " unit ");
		quote(d->out, unit);
	}
	if (deprecated) {
		out_puts(d->out, " deprecated ");
		quote(d->out, deprecated);
	}
}

void dump_doc(struct dump *d, int depth, const char *doc)
{
	const char *end;

	for (; doc && *doc; doc = *end ? end + 1 : end) {
		end = doc + strcspn(doc, "\n");
		out_printf(d->out, "%*s/// %.*s\n", depth * 2, "", (int)(end - doc), doc);
	}
}

const char *dump_order(enum mdc_order order)
{
	static const char *const names[] = {
		[MDC_HOST] = "host", [MDC_LE] = "le", [MDC_BE] = "be", [MDC_RAW] = "raw",
	};

	return names[order];
}

/* ---- device, target, sources ---- */

static void dump_string(struct dump *d, const char *key, const char *value)
{
	out_printf(d->out, "  %s ", key);
	quote(d->out, value);
	out_puts(d->out, "\n");
}

static void dump_device(struct dump *d)
{
	const struct mdc_device *dev = &d->model->device;
	uint32_t i;

	if (!dev->name)
		return;
	dump_doc(d, 0, dev->doc);
	out_printf(d->out, "device %s\n", dev->name);
	dump_string(d, "driver", dev->driver);
	dump_string(d, "firmware", dev->firmware);
	if (dev->release)
		dump_string(d, "release", dev->release);
	for (i = 0; i < dev->n_matches; i++) {
		const struct mdc_match *m = &dev->matches[i];

		out_printf(d->out, "  match %s%s", m->where, *m->key ? " " : "");
		if (*m->key)
			quote(d->out, m->key);
		if (*m->glob)
			out_puts(d->out, " ");
		if (*m->glob)
			quote(d->out, m->glob);
		out_puts(d->out, "\n");
	}
	dump_string(d, "prefix", dev->prefix);
	dump_string(d, "license", dev->license);
	out_puts(d->out, "\n");
}

/* What only some targets have. */
static void dump_machine(struct dump *d, const struct mdc_target *t)
{
	if (t->lookup_bytes != 1)
		out_printf(d->out, "  lookups %" PRIu32 " of %" PRIu32 " bytes\n", t->lookups, t->lookup_bytes);
	if (t->window)
		out_printf(d->out, "  window %" PRIu32 "\n", t->window);
	if (t->defaults)
		out_puts(d->out, "  defaults yes\n");
	if (t->exact)
		out_puts(d->out, "  match exact\n");
	if (t->boost_rows)
		out_printf(d->out, "  boost %" PRIu32 " rows\n", t->boost_rows);
	if (t->stages)
		out_printf(d->out, "  stages %" PRIu32 " of %" PRIu32 " rows\n  skip %" PRIu32 "\n", t->stages,
			   t->stage_rows, t->skip);
	if (t->arcs_in || t->arcs_out)
		out_printf(d->out, "  arcs %" PRIu32 " in %" PRIu32 " out\n", t->arcs_in, t->arcs_out);
	if (t->shift)
		out_printf(d->out, "  shift %" PRIu32 "\n", t->shift);
}

static void dump_target(struct dump *d)
{
	const struct mdc_target *t = &d->model->target;

	if (!t->name)
		return;
	out_printf(d->out, "target %s\n  rows %" PRIu32 "\n  states %" PRIu32 "\n  loops %s\n  steps %"
		   PRIu32 "\n  key %" PRIu32 " bytes reach %" PRIu32 "\n  advance %s\n  writes %" PRIu32
		   " per row\n  metadata %" PRIu32 " bytes\n", t->name, t->rows, t->states,
		   t->loops ? "yes" : "no", t->steps, t->key_bytes, t->reach,
		   t->arithmetic ? "arithmetic" : "constant", t->writes, t->metadata_bytes);
	dump_machine(d, t);
	out_puts(d->out, "\n");
}

static void dump_sources(struct dump *d)
{
	uint32_t i;

	for (i = 0; i < d->model->n_sources; i++) {
		const struct mdc_source *s = d->model->sources[i];

		dump_doc(d, 0, s->doc);
		out_printf(d->out, "source %" PRIu32 " %s bits %u", s->idx, s->name, s->bits);
		if (s->is_ptr)
			out_printf(d->out, " pointer to %s", s->to ? s->to->name : "?");
		if (s->enum_type)
			out_printf(d->out, " enum %s", s->enum_type->name);
		dump_attributes(d, s->unit, s->deprecated);
		out_puts(d->out, "\n");
	}
	if (d->model->n_sources)
		out_puts(d->out, "\n");
}

static void dump_configs(struct dump *d)
{
	uint32_t i;

	for (i = 0; i < d->model->n_configs; i++) {
		const struct mdc_config *c = d->model->configs[i];

		dump_doc(d, 0, c->doc);
		out_printf(d->out, "config %" PRIu32 " %s bits %u", c->idx, c->name, c->bits);
		if (c->enum_type)
			out_printf(d->out, " enum %s", c->enum_type->name);
		dump_attributes(d, c->unit, c->deprecated);
		out_puts(d->out, "\n");
	}
	if (d->model->n_configs)
		out_puts(d->out, "\n");
}

/* ---- types ---- */

static const char *type_text(struct dump *d, const struct mdc_type *t)
{
	const char *dims = "";

	for (; t->kind == MDC_ARRAY; t = t->base)
		dims = arena_printf(d->arena, "%s[%" PRIu32 "]", dims, t->count);
	if (t->kind == MDC_PTR)
		return arena_printf(d->arena, "*%s%s", t->base->name, dims);
	return arena_printf(d->arena, "%s%s", t->name ? t->name : t->kind == MDC_UNION ? "union" : "struct",
			    dims);
}

static void dump_ranges(struct dump *d, const char *what, const struct mdc_value_range *v, uint32_t n)
{
	uint32_t i;

	out_printf(d->out, " %s", what);
	for (i = 0; i < n; i++) {
		out_printf(d->out, "%s%" PRIu64, i ? "," : " ", v[i].lo);
		if (v[i].hi != v[i].lo)
			out_printf(d->out, "..%" PRIu64, v[i].hi);
	}
}

static void dump_members(struct dump *d, const struct mdc_type *t, int depth);

static void dump_bits(struct dump *d, const struct mdc_member *m, int depth)
{
	uint32_t i;

	for (i = 0; i < m->n_bits; i++) {
		const struct mdc_bits *b = &m->bits[i];

		dump_doc(d, depth, b->doc);
		out_printf(d->out, "%*s%s [%u:%u]", depth * 2, "", b->name, b->hi, b->lo);
		if (b->enum_type)
			out_printf(d->out, " enum %s", b->enum_type->name);
		if (b->arm) {
			out_printf(d->out, " switch %s", b->arm->tag);
			dump_ranges(d, "arm", b->arm->values, b->arm->n_values);
			out_puts(d->out, b->arm->is_default ? " default" : "");
		}
		dump_attributes(d, b->unit, b->deprecated);
		out_puts(d->out, "\n");
	}
}

static void dump_member(struct dump *d, const struct mdc_member *m, int depth)
{
	static const char *const pads[] = { "", " reserved", " padding" };
	const struct mdc_type *inner = m->type;

	while (inner->kind == MDC_ARRAY)
		inner = inner->base;
	dump_doc(d, depth, m->doc);
	out_printf(d->out, "%*s%" PRIu32 " +%" PRIu32 " %s %s%s%s", depth * 2, "", m->bit_off, m->bit_size,
		   type_text(d, m->type), m->name ? m->name : "(anonymous)",
		   m->is_bitfield ? " bit-field" : "", pads[m->pad]);
	if (m->bits)
		out_printf(d->out, " word %s", m->bits_struct);
	if (m->n_arm)
		dump_ranges(d, "arm", m->arm, m->n_arm);
	if (m->arm_default)
		out_puts(d->out, " arm default");
	dump_attributes(d, m->unit, m->deprecated);
	if ((inner->kind == MDC_STRUCT || inner->kind == MDC_UNION) && !inner->name) {
		out_printf(d->out, " size %" PRIu32 " align %" PRIu32 "%s", inner->size, inner->align,
			   inner->packed ? " packed" : "");
		if (inner->tagged)
			out_printf(d->out, " switch %s", inner->tag ? inner->tag : "?");
	}
	out_puts(d->out, "\n");
	if ((inner->kind == MDC_STRUCT || inner->kind == MDC_UNION) && !inner->name)
		dump_members(d, inner, depth + 1);
	dump_bits(d, m, depth + 1);
}

static void dump_members(struct dump *d, const struct mdc_type *t, int depth)
{
	uint32_t i;

	for (i = 0; i < t->n_members; i++)
		dump_member(d, &t->members[i], depth);
}

static void dump_enumerators(struct dump *d, const struct mdc_type *t)
{
	uint32_t i;

	for (i = 0; i < t->n_enumerators; i++) {
		const struct mdc_enumerator *e = &t->enumerators[i];

		dump_doc(d, 1, e->doc);
		out_printf(d->out, "  %s = %" PRId64 " %s", e->name, e->value, e->c_name);
		dump_attributes(d, NULL, e->deprecated);
		out_puts(d->out, "\n");
	}
}

static void dump_type(struct dump *d, const struct mdc_type *t)
{
	static const char *const kinds[] = {
		[MDC_INT] = "int", [MDC_BOOL] = "bool", [MDC_MAC] = "mac", [MDC_ENUM] = "enum",
		[MDC_STRUCT] = "struct", [MDC_UNION] = "union", [MDC_TYPEDEF] = "typedef",
		[MDC_ARRAY] = "array", [MDC_PTR] = "pointer",
	};

	dump_doc(d, 0, t->doc);
	out_printf(d->out, "%s %s", kinds[t->kind], t->name);
	if (t->base)
		out_printf(d->out, " : %s", type_text(d, t->base));
	out_printf(d->out, " size %" PRIu32 " align %" PRIu32, t->size, t->align);
	if (t->tagged)
		out_printf(d->out, " switch %s", t->tag ? t->tag : "?");
	out_printf(d->out, "%s%s%s", t->packed ? " packed" : "", t->std ? " std" : "",
		   t->is_layout ? " layout" : "");
	dump_attributes(d, NULL, t->deprecated);
	out_puts(d->out, "\n");
	dump_enumerators(d, t);
	dump_members(d, t, 1);
	out_puts(d->out, "\n");
}

/* ---- layouts ---- */

static void dump_leaf(struct dump *d, const struct mdc_layout *l, uint32_t i)
{
	static const char *const kinds[] = {
		[MDC_LEAF_UINT] = "uint", [MDC_LEAF_SINT] = "sint", [MDC_LEAF_BOOL] = "bool",
		[MDC_LEAF_ENUM] = "enum", [MDC_LEAF_PTR] = "pointer", [MDC_LEAF_MAC] = "mac",
		[MDC_LEAF_BYTES] = "bytes",
	};
	const struct mdc_leaf *f = &l->leaves[i];

	out_printf(d->out, "  leaf %" PRIu32 " %s at %" PRIu32 " bytes %u", i, f->path, f->offset, f->bytes);
	if (f->count != 1 || f->kind == MDC_LEAF_BYTES)
		out_printf(d->out, " count %" PRIu32 " stride %" PRIu32, f->count, f->stride);
	out_printf(d->out, " shift %u width %u %s %s%s%s%s%s", f->shift, f->width, kinds[f->kind],
		   dump_order(f->order), f->is_word ? " word" : "", f->is_range ? " range" : "",
		   f->is_bitfield ? " bit-field" : "", f->is_pad ? " pad" : "");
	if (f->enum_type)
		out_printf(d->out, " enum %s", f->enum_type->name);
	if (f->type && f->kind == MDC_LEAF_PTR && f->type->base)
		out_printf(d->out, " to %s", f->type->base->name);
	if (f->cond)
		out_printf(d->out, " cond %" PRIu32, f->cond->idx);
	if (f->valid)
		out_printf(d->out, " valid %" PRIu32, f->valid->idx);
	dump_attributes(d, f->unit, f->deprecated);
	out_puts(d->out, i == l->id_leaf ? " layout-id\n" : "\n");
}

static void dump_conds(struct dump *d, const struct mdc_layout *l)
{
	uint32_t i;

	for (i = 0; i < l->n_conds; i++) {
		const struct mdc_cond *c = l->conds[i];

		out_printf(d->out, "  cond %" PRIu32 " arm %s: %s", c->idx,
			   c->name ? c->name : "(anonymous)",
			   c->tag_value ? c->tag_value->text : l->leaves[c->tag_leaf].path);
		dump_ranges(d, c->negate ? "not in" : "in", c->values, c->n_values);
		if (c->parent)
			out_printf(d->out, " and cond %" PRIu32, c->parent->idx);
		out_puts(d->out, "\n");
	}
}

static void dump_canonical(struct dump *d, const char *text)
{
	const char *end;

	for (; text && *text; text = *end ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		out_printf(d->out, "  canonical %.*s\n", (int)(end - text), text);
	}
}

static void dump_layout(struct dump *d, const struct mdc_layout *l)
{
	uint32_t i;

	dump_doc(d, 0, l->doc);
	out_printf(d->out, "%s %" PRIu32 " %s size %" PRIu32 "\n", l->is_descriptor ? "descriptor" : "metadata",
		   l->idx, l->name, l->size);
	out_printf(d->out, "  id 0x%08" PRIx32 " %s %s\n  fingerprint 0x%016" PRIx64 "\n", l->id, l->id_name,
		   l->id_given ? "given" : "derived", l->fingerprint);
	if (l->id_first)
		out_printf(d->out, "  id at first, any 0x%08" PRIx32 " %s\n", l->id_any, l->any_name);
	for (i = 0; i < l->n_leaves; i++)
		dump_leaf(d, l, i);
	dump_conds(d, l);
	dump_values(d, l);
	for (i = 0; i < l->n_rules; i++) {
		out_puts(d->out, "  rule ");
		dump_rule(d, l, &l->rules[i]);
	}
	dump_canonical(d, l->canonical);
	out_puts(d->out, "\n");
}

static void dump_view(struct dump *d, const struct mdc_view *v)
{
	uint32_t i;

	out_printf(d->out, "view %s of %s\n", v->name, v->layout->name);
	for (i = 0; i < v->n_members; i++)
		out_printf(d->out, "  %s = %s\n", v->members[i].name, v->members[i].leaf->path);
	out_puts(d->out, "\n");
}

int mdc_emit_dump(struct mdc_ctx *ctx, const struct mdc_model *model, const struct mdc_rows *rows,
		  struct out *out)
{
	struct dump d = { ctx->arena, model, out };
	uint32_t i;

	(void)rows;
	dump_device(&d);
	dump_target(&d);
	dump_sources(&d);
	dump_configs(&d);
	for (i = 0; i < model->n_types; i++)
		dump_type(&d, model->types[i]);
	if (model->n_layouts && model->layout_enum)
		out_printf(out, "layout-enum %s\n\n", model->layout_enum);
	for (i = 0; i < model->n_layouts; i++)
		dump_layout(&d, model->layouts[i]);
	for (i = 0; i < model->n_views; i++)
		dump_view(&d, &model->views[i]);
	dump_headers(&d);
	dump_parser(&d);
	dump_tables(&d);
	while (out->size > 1 && out->data[out->size - 2] == '\n' && out->data[out->size - 1] == '\n')
		out->size--;
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The firmware image: takes model and rows, gives the sections that format.h
 * defines, in a fixed order; every table is there, be it empty. Strings are
 * stored once each, in the order in which the tables first name them. Nothing
 * of the machine it runs on gets in: no time, no path.
 */
#include <string.h>

#include "arena.h"
#include "atoms.h"
#include "image.h"
#include "image_tables.h"
#include "image_values.h"
#include "model.h"
#include "out.h"
#include "rows.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.0.0"
#endif

struct emit {
	struct mdc_ctx *ctx;
	const struct mdc_model *m;
	const struct mdc_rows *rows;
	struct image img;
	struct out strings;
	VEC(mdesc_fmt_str) string_at;	/* by the number of an atom: offset, or 0 */
};

static mdesc_fmt_str str_of(struct emit *e, uint32_t atom)
{
	const char *s;

	while (e->string_at.n <= atom)
		*vec_push(e->ctx->arena, &e->string_at) = 0;
	if (!e->string_at.p[atom]) {
		s = atom_of(e->ctx->atoms, atom);
		e->string_at.p[atom] = *s ? (mdesc_fmt_str)e->strings.size : 0;
		if (*s)
			out_write(&e->strings, s, strlen(s) + 1);
	}
	return e->string_at.p[atom];
}

static mdesc_fmt_str str(struct emit *e, const char *s)
{
	return s && *s ? str_of(e, atom_id(atom(e->ctx->atoms, s))) : 0;
}

static void add_section(struct emit *e, const char *name, void *data, uint64_t size)
{
	e->img.sections[e->img.n_sections++] = (struct image_section){
		.name = name, .data = data, .size = size, .type = SHT_PROGBITS, .align = 8, .alloc = true,
	};
}

/* A table of @count zeroed entries; returns the first. */
static void *add_table(struct emit *e, const char *name, uint32_t count, uint32_t entry_size)
{
	struct mdesc_fmt_table *t = arena_alloc(e->ctx->arena, sizeof(*t) + (uint64_t)count * entry_size);

	t->count = count;
	t->entry_size = entry_size;
	add_section(e, name, t, sizeof(*t) + (uint64_t)count * entry_size);
	return t + 1;
}
#define TABLE(e, name, type, count) ((struct type *)add_table(e, name, count, sizeof(struct type)))

/* What a reader must know to run the tables. */
static uint32_t features(const struct emit *e)
{
	uint32_t bits = (e->m->parser.n_registers ? MDESC_EXEC_REGISTERS : 0) |
			(e->m->parser.n_classes ? MDESC_EXEC_CLASSES : 0);

	for (uint32_t i = 0; i < e->rows->n_keys; i++) {
		for (uint32_t k = 0; k < e->rows->keys[i].count; k++)
			bits |= e->rows->keys[i].kind[k] != MDESC_SLOT_PACKET ? MDESC_EXEC_SLOTS : 0;
	}
	for (uint32_t i = 0; i < e->rows->n_rows; i++)
		bits |= (e->rows->rows[i].f.flags & MDESC_ROW_WITHIN ? MDESC_EXEC_WITHIN : 0) |
			(e->rows->rows[i].f.flags & MDESC_ROW_LENGTH ? MDESC_EXEC_LENGTHS : 0);
	for (uint32_t i = 0; i < e->m->parser.n_instances; i++)
		bits |= e->m->parser.instances[i]->kind != MDC_I_HEADER ? MDESC_EXEC_KINDS : 0;
	return bits;
}

static uint32_t read_features(const struct emit *e)
{
	for (uint32_t i = 0; i < e->m->n_layouts; i++)
		for (uint32_t k = 0; k < e->m->layouts[i]->n_conds; k++)
			if (e->m->layouts[i]->conds[k]->tag_value)
				return MDESC_READ_TAGS;
	return 0;
}

static void add_hdr(struct emit *e)
{
	struct mdesc_fmt_hdr *h = arena_new_of(e->ctx->arena, struct mdesc_fmt_hdr);

	memcpy(h->magic, MDESC_FMT_MAGIC, sizeof(h->magic));
	h->major = MDESC_FMT_MAJOR;
	h->minor = MDESC_FMT_MINOR;
	h->incompat_read = read_features(e);
	h->incompat_exec = features(e);
	add_section(e, MDESC_SEC_HDR, h, sizeof(*h));
}

/* ---- identity ---- */

static void put_ident(struct emit *e, struct mdesc_fmt_ident **to, uint32_t kind, const char *value)
{
	if (value)
		*(*to)++ = (struct mdesc_fmt_ident){ .kind = kind, .value = str(e, value) };
}

static void add_idents(struct emit *e)
{
	const struct mdc_device *d = &e->m->device;
	uint32_t n = d->n_matches + (d->name ? 5 : 0) + !!d->release + (e->m->parser.name ? 1 : 0) + 1;
	struct mdesc_fmt_ident *to = TABLE(e, MDESC_SEC_IDENT, mdesc_fmt_ident, n);

	if (d->name) {
		put_ident(e, &to, MDESC_IDENT_DEVICE, d->name);
		put_ident(e, &to, MDESC_IDENT_DRIVER, d->driver ? d->driver : "");
		put_ident(e, &to, MDESC_IDENT_FIRMWARE, d->firmware ? d->firmware : "");
	}
	for (uint32_t i = 0; i < d->n_matches; i++) {
		*to++ = (struct mdesc_fmt_ident){
			.kind = MDESC_IDENT_MATCH, .where = str(e, d->matches[i].where),
			.key = str(e, d->matches[i].key), .value = str(e, d->matches[i].glob),
		};
	}
	if (d->name) {
		put_ident(e, &to, MDESC_IDENT_PREFIX, d->prefix ? d->prefix : "");
		put_ident(e, &to, MDESC_IDENT_LICENSE, d->license ? d->license : "");
	}
	put_ident(e, &to, MDESC_IDENT_PARSER, e->m->parser.name);
	put_ident(e, &to, MDESC_IDENT_RELEASE, d->release);
	put_ident(e, &to, MDESC_IDENT_COMPILER, "mdescc " PACKAGE_VERSION);
}

/* ---- the machine ---- */

static void add_target(struct emit *e)
{
	const struct mdc_target *t = &e->m->target;
	struct mdesc_fmt_target *to = TABLE(e, MDESC_SEC_TARGET, mdesc_fmt_target, 1);

	*to = (struct mdesc_fmt_target){
		.name = str(e, t->name),
		.flags = (t->loops ? MDESC_TARGET_LOOPS : 0) | (t->arithmetic ? MDESC_TARGET_ARITHMETIC : 0) |
			 (t->defaults ? MDESC_TARGET_DEFAULTS : 0) | (t->exact ? MDESC_TARGET_EXACT : 0),
		.rows = t->rows, .states = t->states, .steps = t->steps, .key_bytes = t->key_bytes,
		.reach = t->reach, .writes = t->writes, .metadata_bytes = t->metadata_bytes,
		.start = e->rows->start, .register_bits = t->register_bits, .sticky_flags = t->flags,
		.errors = e->m->parser.errors ? str(e, e->m->parser.errors->name) : 0, .class_rows = t->class_rows,
		.lookups = (uint16_t)t->lookups, .lookup_bytes = (uint16_t)t->lookup_bytes, .window = t->window,
		.boost_rows = t->boost_rows, .stage_rows = t->stage_rows, .stages = (uint16_t)t->stages,
		.skip = (uint16_t)t->skip, .arcs_in = (uint16_t)t->arcs_in, .arcs_out = (uint16_t)t->arcs_out,
		.shift = t->shift,
	};
}

static void add_headers(struct emit *e)
{
	const struct mdc_parser *p = &e->m->parser;
	struct mdesc_fmt_header *to = TABLE(e, MDESC_SEC_HEADERS, mdesc_fmt_header, p->n_instances);

	for (uint32_t i = 0; i < p->n_instances; i++, to++) {
		const struct mdc_instance *inst = p->instances[i];

		*to = image_header(inst);
		to->name = str(e, inst->name);
		to->type = str(e, inst->header->name);
	}
}

static void add_classes(struct emit *e)
{
	const struct mdc_parser *p = &e->m->parser;
	struct mdesc_fmt_class *to = TABLE(e, MDESC_SEC_CLASSES, mdesc_fmt_class, p->n_classes);
	struct mdesc_fmt_class_row *rows;

	for (uint32_t i = 0; i < p->n_classes; i++) {
		const struct mdc_class_table *t = &e->rows->classes[i];
		const struct mdc_class *c = p->classes[i];

		to[i] = (struct mdesc_fmt_class){
			.name = str(e, c->name), .type = c->enum_type ? str(e, c->enum_type->name) : 0,
			.op_first = t->op_first, .op_count = t->op_count, .row_first = t->row_first,
			.row_count = t->row_count, .otherwise = c->otherwise, .key_bits = (uint16_t)t->key_bits,
			.bits = c->bits,
		};
	}
	rows = TABLE(e, MDESC_SEC_CLASS_ROWS, mdesc_fmt_class_row, e->rows->n_class_lines);
	for (uint32_t i = 0; i < e->rows->n_class_lines; i++)
		rows[i] = e->rows->class_lines[i].f;
}

static void add_registers(struct emit *e)
{
	const struct mdc_parser *p = &e->m->parser;
	struct mdesc_fmt_register *to = TABLE(e, MDESC_SEC_REGISTERS, mdesc_fmt_register, p->n_registers);

	for (uint32_t i = 0; i < p->n_registers; i++) {
		const struct mdc_register *reg = p->registers[i];

		to[i] = (struct mdesc_fmt_register){
			.name = str(e, reg->name), .type = reg->enum_type ? str(e, reg->enum_type->name) : 0,
			.bit = (uint16_t)reg->bit, .bits = reg->bits, .kind = (uint8_t)reg->kind,
		};
	}
}

static void add_parser(struct emit *e)
{
	const struct mdc_rows *r = e->rows;
	struct mdesc_fmt_state *states;
	struct mdesc_fmt_row *rows;

	add_target(e);
	add_headers(e);
	add_registers(e);
	states = TABLE(e, MDESC_SEC_STATES, mdesc_fmt_state, r->n_states);
	for (uint32_t i = 0; i < r->n_states; i++) {
		states[i] = r->states[i].f;
		states[i].name = str(e, r->states[i].name);
	}
	if (r->n_keys)
		memcpy(TABLE(e, MDESC_SEC_KEYS, mdesc_fmt_keys, r->n_keys), r->keys,
		       r->n_keys * sizeof(*r->keys));
	else
		TABLE(e, MDESC_SEC_KEYS, mdesc_fmt_keys, 0);
	rows = TABLE(e, MDESC_SEC_ROWS, mdesc_fmt_row, r->n_rows);
	for (uint32_t i = 0; i < r->n_rows; i++)
		rows[i] = r->rows[i].f;
	add_classes(e);
	if (r->n_ops)
		memcpy(TABLE(e, MDESC_SEC_OPS, mdesc_fmt_op, r->n_ops), r->ops, r->n_ops * sizeof(*r->ops));
	else
		TABLE(e, MDESC_SEC_OPS, mdesc_fmt_op, 0);
}

/* ---- what is written ---- */

static void add_sources(struct emit *e)
{
	struct mdesc_fmt_source *to = TABLE(e, MDESC_SEC_SOURCES, mdesc_fmt_source, e->m->n_sources);

	for (uint32_t i = 0; i < e->m->n_sources; i++) {
		const struct mdc_source *s = e->m->sources[i];

		to[i] = (struct mdesc_fmt_source){
			.name = str(e, s->name), .unit = str(e, s->unit),
			.type = s->is_ptr ? str(e, s->to->name) : s->enum_type ? str(e, s->enum_type->name) : 0,
			.flags = s->is_signed ? MDESC_SOURCE_SIGNED : 0,
			.bits = s->bits, .kind = s->is_ptr ? MDESC_SOURCE_PTR : MDESC_SOURCE_INT,
		};
	}
}

static uint16_t field_flags(const struct mdc_leaf *leaf)
{
	return (leaf->deprecated ? MDESC_FIELD_DEPRECATED : 0) | (leaf->is_range ? MDESC_FIELD_RANGE : 0) |
	       (leaf->is_bitfield ? MDESC_FIELD_BITFIELD : 0) | (leaf->is_pad ? MDESC_FIELD_RESERVED : 0) |
	       (leaf->is_word ? MDESC_FIELD_WORD : 0) |
	       (leaf->kind == MDC_LEAF_ENUM && !leaf->is_range && mdc_type_strip(leaf->type)->base->is_signed ?
		MDESC_FIELD_SIGNED : 0);
}

static mdesc_fmt_str field_type(struct emit *e, const struct mdc_leaf *leaf)
{
	if (leaf->kind == MDC_LEAF_ENUM && leaf->enum_type)
		return str(e, leaf->enum_type->name);
	if (leaf->kind == MDC_LEAF_PTR)
		return str(e, mdc_type_strip(mdc_type_strip(leaf->type)->base)->name);
	return 0;
}

static void put_fields(struct emit *e, const struct mdc_layout *l, uint32_t cond_first, uint32_t value_first,
		       struct mdesc_fmt_field *to)
{
	for (uint32_t i = 0; i < l->n_leaves; i++) {
		const struct mdc_leaf *leaf = &l->leaves[i];

		to[i] = (struct mdesc_fmt_field){
			.path = str(e, leaf->path), .unit = str(e, leaf->unit), .type = field_type(e, leaf),
			.doc = str(e, leaf->doc),
			.offset = leaf->offset, .count = leaf->count, .stride = leaf->stride,
			.width = leaf->width, .kind = (uint8_t)leaf->kind, .order = (uint8_t)leaf->order,
			.bytes = leaf->bytes, .shift = leaf->shift, .flags = field_flags(leaf),
			.cond = leaf->cond ? cond_first + leaf->cond->idx : MDESC_FMT_NONE32,
			.valid = leaf->valid ? value_first + leaf->valid->idx + 1 : 0,
		};
	}
}

static uint32_t put_conds(const struct mdc_layout *l, uint32_t cond_first, uint32_t field_first,
			  uint32_t value_first, uint32_t range_first, struct mdesc_fmt_cond *to,
			  struct mdesc_fmt_range *ranges)
{
	uint32_t n = range_first;

	for (uint32_t i = 0; i < l->n_conds; i++) {
		const struct mdc_cond *c = l->conds[i];

		to[i] = (struct mdesc_fmt_cond){
			.parent = c->parent ? cond_first + c->parent->idx : MDESC_FMT_NONE32,
			.field = c->tag_value ? MDESC_FMT_NONE32 : field_first + c->tag_leaf,
			.value = c->tag_value ? value_first + c->tag_value->idx + 1 : 0,
			.range_first = n, .range_count = c->n_values,
			.flags = c->negate ? MDESC_COND_NOT : 0,
		};
		for (uint32_t j = 0; j < c->n_values; j++, n++)
			ranges[n] = (struct mdesc_fmt_range){ c->values[j].lo, c->values[j].hi };
	}
	return n;
}

static void put_layout(struct emit *e, const struct mdc_layout *l, uint32_t field_first,
		       struct mdesc_fmt_layout *to)
{
	*to = (struct mdesc_fmt_layout){
		.name = str(e, l->type->name ? l->type->name : l->name),
		.kind = l->is_descriptor ? MDESC_LAYOUT_DESCRIPTOR : MDESC_LAYOUT_METADATA,
		.id = l->id, .size = l->size, .fingerprint = l->fingerprint,
		.field_first = field_first, .field_count = l->n_leaves,
		.op_first = e->rows->layout_op_first[l->idx],
		.op_count = e->rows->layout_op_count[l->idx],
		.id_field = l->id_leaf == UINT32_MAX ? MDESC_FMT_NONE32 : field_first + l->id_leaf,
		.flags = (l->id_given ? MDESC_LAYOUT_ID_GIVEN : 0) | (l->id_first ? MDESC_LAYOUT_ID_FIRST : 0),
		.id_any = l->id_any,
	};
}

static void add_layouts(struct emit *e)
{
	const struct mdc_model *m = e->m;
	uint32_t n_fields = 0, n_conds = 0, n_ranges = 0;
	uint32_t field = 0, cond = 0, range = 0, value = 0;
	struct mdesc_fmt_layout *layouts = TABLE(e, MDESC_SEC_LAYOUTS, mdesc_fmt_layout, m->n_layouts);
	struct mdesc_fmt_field *fields;
	struct mdesc_fmt_cond *conds;
	struct mdesc_fmt_range *ranges;

	for (uint32_t i = 0; i < m->n_layouts; i++) {
		n_fields += m->layouts[i]->n_leaves;
		n_conds += m->layouts[i]->n_conds;
		for (uint32_t j = 0; j < m->layouts[i]->n_conds; j++)
			n_ranges += m->layouts[i]->conds[j]->n_values;
	}
	fields = TABLE(e, MDESC_SEC_FIELDS, mdesc_fmt_field, n_fields);
	conds = TABLE(e, MDESC_SEC_CONDS, mdesc_fmt_cond, n_conds);
	ranges = TABLE(e, MDESC_SEC_RANGES, mdesc_fmt_range, n_ranges);
	for (uint32_t i = 0; i < m->n_layouts; i++) {
		const struct mdc_layout *l = m->layouts[i];

		put_layout(e, l, field, &layouts[i]);
		put_fields(e, l, cond, value, fields + field);
		range = put_conds(l, cond, field, value, range, conds + cond, ranges);
		field += l->n_leaves;
		cond += l->n_conds;
		value += l->n_values;
	}
}

/* What is computed from the fields: there only where something is. */
static void add_values(struct emit *e)
{
	const struct mdc_model *m = e->m;
	struct image_value_places at = { 0 };
	struct mdesc_fmt_value *values;
	struct mdesc_fmt_expr *exprs;

	if (!image_value_count(m))
		return;
	values = TABLE(e, MDESC_SEC_VALUES, mdesc_fmt_value, image_value_count(m));
	exprs = TABLE(e, MDESC_SEC_EXPRS, mdesc_fmt_expr, image_expr_count(m));
	for (; at.layout < m->n_layouts; at.layout++) {
		const struct mdc_layout *l = m->layouts[at.layout];

		for (uint32_t i = 0; i < l->n_values; i++) {
			const struct mdc_value *v = l->values[i];
			struct mdesc_fmt_value *to = &values[at.value + i];

			at.expr += image_put_value(v, &at, to, exprs);
			to->name = str(e, v->path);
			to->unit = str(e, v->unit);
			to->type = v->enum_type ? str(e, v->enum_type->name) : 0;
			to->doc = str(e, v->doc);
		}
		at.field += l->n_leaves;
		at.cond += l->n_conds;
		at.value += l->n_values;
	}
}

static void add_configs(struct emit *e)
{
	struct mdesc_fmt_config *to;

	if (!e->m->n_configs)
		return;
	to = TABLE(e, MDESC_SEC_CONFIG, mdesc_fmt_config, e->m->n_configs);
	for (uint32_t i = 0; i < e->m->n_configs; i++) {
		const struct mdc_config *c = e->m->configs[i];

		to[i] = (struct mdesc_fmt_config){
			.name = str(e, c->name), .unit = str(e, c->unit), .doc = str(e, c->doc),
			.type = c->enum_type ? str(e, c->enum_type->name) : 0, .bits = c->bits,
			.kind = c->is_bool ? MDESC_FIELD_BOOL : c->enum_type ? MDESC_FIELD_ENUM : MDESC_FIELD_UINT,
		};
	}
}

/* ---- all ---- */

static int add_btf(struct emit *e)
{
	uint32_t size;
	const void *btf = mdc_btf(e->ctx, e->m, &size);

	if (!btf)
		return -1;
	add_section(e, MDESC_SEC_BTF, (void *)btf, size);
	return 0;
}

/* The description: nothing else depends on it. */
static void add_text(struct emit *e)
{
	struct mdesc_fmt_token *to;

	if (!e->m->n_tokens)
		return;
	to = TABLE(e, MDESC_SEC_TEXT, mdesc_fmt_token, e->m->n_tokens);
	for (uint32_t i = 0; i < e->m->n_tokens; i++)
		to[i].kind_text = e->m->tokens[i].kind | str_of(e, e->m->tokens[i].text) << 4;
}

/* The writer in software, where that was asked for. */
static int add_xdp(struct emit *e)
{
	size_t size;
	void *object;

	if (!e->ctx->opt.embed_xdp)
		return 0;
	object = mdc_xdp_object(e->ctx, e->m, e->rows, &size);
	if (!object)
		return -1;
	add_section(e, MDESC_SEC_XDP, object, size);
	return 0;
}

static uint32_t strings_of(void *e, const char *s)
{
	return str(e, s);
}

static void *tables_of(void *e, const char *name, uint32_t count, uint32_t entry_size)
{
	return add_table(e, name, count, entry_size);
}

int mdc_emit_image(struct mdc_ctx *ctx, const struct mdc_model *model, const struct mdc_rows *rows,
		   struct out *out)
{
	struct emit e = { .ctx = ctx, .m = model, .rows = rows };
	int ret;

	out_init(&e.strings);
	out_write(&e.strings, "", 1);
	image_add_note(ctx, &e.img);
	add_hdr(&e);
	add_idents(&e);
	add_parser(&e);
	add_sources(&e);
	add_layouts(&e);
	add_values(&e);
	add_configs(&e);
	image_tables_add(&(struct image_tables){ &e, strings_of, tables_of }, ctx, model);
	add_text(&e);
	add_section(&e, MDESC_SEC_STRINGS, e.strings.data, e.strings.size);
	ret = add_btf(&e);
	if (!ret)
		ret = add_xdp(&e);
	if (!ret)
		ret = image_add_digest(ctx, &e.img);
	if (!ret)
		ret = image_write(ctx, &e.img, out);
	out_free(&e.strings);
	return ret;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc show --json: takes an image, prints one object with everything that the
 * public API tells about it. Keys are stable: they are only added to.
 */
#include <jansson.h>
#include <stdlib.h>

#include "cmd.h"
#include "show.h"

static void set_str(json_t *o, const char *key, const char *value)
{
	json_object_set_new(o, key, json_string(value));
}

static void set_int(json_t *o, const char *key, json_int_t value)
{
	json_object_set_new(o, key, json_integer(value));
}

static const char *kind_name(int kind)
{
	static const char *const names[] = {
		[MDESC_FIELD_UINT] = "uint", [MDESC_FIELD_SINT] = "sint", [MDESC_FIELD_BOOL] = "bool",
		[MDESC_FIELD_ENUM] = "enum", [MDESC_FIELD_PTR] = "ptr", [MDESC_FIELD_MAC] = "mac",
		[MDESC_FIELD_BYTES] = "bytes",
	};

	return names[kind];
}

static const char *order_name(int order)
{
	static const char *const names[] = {
		[MDESC_ORDER_HOST] = "host", [MDESC_ORDER_LE] = "le", [MDESC_ORDER_BE] = "be",
		[MDESC_ORDER_RAW] = "raw",
	};

	return names[order];
}

static json_t *flags_json(unsigned int flags)
{
	static const struct {
		unsigned int flag;
		const char *name;
	} names[] = {
		{ MDESC_FIELD_DEPRECATED, "deprecated" }, { MDESC_FIELD_RANGE, "range" },
		{ MDESC_FIELD_BITFIELD, "bitfield" }, { MDESC_FIELD_RESERVED, "reserved" },
		{ MDESC_FIELD_WORD, "word" },
	};
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].flag)
			json_array_append_new(all, json_string(names[i].name));
	return all;
}

static json_t *field_json(const struct mdesc_field *f)
{
	json_t *o = json_object();
	char text[512], *when = field_when(f);

	set_str(o, "name", mdesc_field__path(f));
	field_type_text(f, text, sizeof(text));
	set_str(o, "type", text);
	set_str(o, "kind", kind_name(mdesc_field__kind(f)));
	set_str(o, "order", order_name(mdesc_field__order(f)));
	if (mdesc_field__type(f)[0])
		set_str(o, "type_name", mdesc_field__type(f));
	set_int(o, "offset", mdesc_field__byte_offset(f));
	set_int(o, "bytes", mdesc_field__bytes(f));
	set_int(o, "shift", mdesc_field__shift(f));
	set_int(o, "width", mdesc_field__width(f));
	set_int(o, "bit_offset", mdesc_field__bit_offset(f));
	set_int(o, "count", mdesc_field__count(f));
	set_int(o, "stride", mdesc_field__stride(f));
	set_str(o, "unit", mdesc_field__unit(f));
	set_str(o, "doc", mdesc_field__doc(f));
	json_object_set_new(o, "flags", flags_json(mdesc_field__flags(f)));
	if (when)
		set_str(o, "when", when);
	free(when);
	return o;
}

static json_t *value_json(const struct mdesc_value *v)
{
	static const char *const roles[] = {
		[MDESC_VALUE_ALIAS] = "alias", [MDESC_VALUE_DERIVE] = "derive", [MDESC_VALUE_VALID] = "valid",
		[MDESC_VALUE_TAG] = "tag",
	};
	char *from = value_text(v, mdesc_value__expr_format), *when = value_text(v, mdesc_value__cond_format);
	char text[512];
	json_t *o = json_object();

	set_str(o, "name", mdesc_value__name(v));
	set_str(o, "role", roles[mdesc_value__role(v)]);
	value_type_text(v, text, sizeof(text));
	set_str(o, "type", text);
	set_int(o, "width", mdesc_value__width(v));
	set_str(o, "from", from ? from : "");
	set_str(o, "unit", mdesc_value__unit(v));
	set_str(o, "doc", mdesc_value__doc(v));
	if (when)
		set_str(o, "when", when);
	free(from);
	free(when);
	return o;
}

static json_t *layout_json(const struct mdesc_layout *l)
{
	json_t *o = json_object(), *fields = json_array(), *values = json_array();
	char hex[17];
	size_t i;

	set_str(o, "name", mdesc_layout__name(l));
	set_str(o, "kind", mdesc_layout__kind(l) == MDESC_LAYOUT_DESCRIPTOR ? "descriptor" : "metadata");
	set_int(o, "id", mdesc_layout__id(l));
	json_object_set_new(o, "id_given", json_boolean(mdesc_layout__id_given(l)));
	json_object_set_new(o, "begins_with_id", json_boolean(mdesc_layout__id_first(l)));
	if (mdesc_layout__id_first(l))
		set_int(o, "id_any", mdesc_layout__id_any(l));
	json_object_set_new(o, "ends_with_id", json_boolean(mdesc_layout__has_id(l)));
	set_int(o, "size", mdesc_layout__size(l));
	snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)mdesc_layout__fingerprint(l));
	set_str(o, "fingerprint", hex);
	for (i = 0; i < mdesc_layout__field_count(l); i++)
		json_array_append_new(fields, field_json(mdesc_layout__field(l, i)));
	json_object_set_new(o, "fields", fields);
	for (i = 0; i < mdesc_layout__value_count(l); i++)
		json_array_append_new(values, value_json(mdesc_layout__value(l, i)));
	json_object_set_new(o, "values", values);
	return o;
}

static void add_ident(json_t *o, const struct mdesc_image *img)
{
	json_t *matches = json_array(), *m;
	struct mdesc_match match;
	char text[32];
	size_t i;

	set_str(o, "device", mdesc_image__ident(img, MDESC_IDENT_DEVICE));
	set_str(o, "driver", mdesc_image__ident(img, MDESC_IDENT_DRIVER));
	set_str(o, "firmware", mdesc_image__ident(img, MDESC_IDENT_FIRMWARE));
	if (mdesc_image__ident(img, MDESC_IDENT_RELEASE)[0])
		set_str(o, "release", mdesc_image__ident(img, MDESC_IDENT_RELEASE));
	set_str(o, "prefix", mdesc_image__ident(img, MDESC_IDENT_PREFIX));
	set_str(o, "license", mdesc_image__ident(img, MDESC_IDENT_LICENSE));
	set_str(o, "compiler", mdesc_image__ident(img, MDESC_IDENT_COMPILER));
	set_str(o, "build_id", mdesc_image__build_id_hex(img));
	snprintf(text, sizeof(text), "%u.%u", mdesc_image__format_major(img),
		 mdesc_image__format_minor(img));
	set_str(o, "format", text);
	for (i = 0; mdesc_image__match(img, i, &match) == 0; i++) {
		m = json_object();
		set_str(m, "where", match.where);
		set_str(m, "key", match.key);
		set_str(m, "glob", match.glob);
		json_array_append_new(matches, m);
	}
	json_object_set_new(o, "matches", matches);
}

static json_t *states_json(const struct mdesc_image *img)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; mdesc_image__state_name(img, i); i++)
		json_array_append_new(all, json_string(mdesc_image__state_name(img, i)));
	return all;
}

static json_t *headers_json(const struct mdesc_image *img)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; mdesc_image__header_name(img, i); i++)
		if (mdesc_image__header_shown(img, i))
			json_array_append_new(all, json_string(mdesc_image__header_name(img, i)));
	return all;
}

static json_t *registers_json(const struct mdesc_image *img)
{
	static const char *const kinds[] = {
		[MDESC_REGISTER_PLAIN] = "register", [MDESC_REGISTER_FLAG] = "flag",
		[MDESC_REGISTER_COUNTER] = "counter",
	};
	MDESC_INFO(mdesc_register_info, info);
	json_t *all = json_array(), *r;
	size_t i;

	for (i = 0; mdesc_image__register(img, i, &info) == 0; i++) {
		r = json_object();
		set_str(r, "name", info.name);
		set_str(r, "kind", info.kind > 0 && info.kind <= MDESC_REGISTER_COUNTER ? kinds[info.kind] : "unknown");
		set_int(r, "bits", info.bits);
		if (info.type[0])
			set_str(r, "type_name", info.type);
		json_array_append_new(all, r);
	}
	return all;
}

static json_t *classes_json(const struct mdesc_image *img)
{
	MDESC_INFO(mdesc_class_info, info);
	json_t *all = json_array(), *c;
	size_t i;

	for (i = 0; mdesc_image__class(img, i, &info) == 0; i++) {
		c = json_object();
		set_str(c, "name", info.name);
		set_int(c, "bits", info.bits);
		set_int(c, "key_bits", info.key_bits);
		set_int(c, "rows", info.rows);
		if (info.type[0])
			set_str(c, "type_name", info.type);
		json_array_append_new(all, c);
	}
	return all;
}

static void add_parser(json_t *o, const struct mdesc_image *img)
{
	json_t *p = json_object(), *t = json_object();
	MDESC_INFO(mdesc_target_info, info);

	if (mdesc_image__target(img, &info) == 0) {
		set_str(t, "name", info.name);
		set_int(t, "rows", info.rows);
		set_int(t, "states", info.states);
		set_int(t, "steps", info.steps);
		set_int(t, "key_bytes", info.key_bytes);
		set_int(t, "reach", info.reach);
		set_int(t, "writes", info.writes);
		set_int(t, "metadata_bytes", info.metadata_bytes);
		set_int(t, "register_bits", info.register_bits);
		set_int(t, "flags", info.sticky_flags);
		set_int(t, "classify_rows", info.class_rows);
		set_int(t, "lookups", info.lookups);
		set_int(t, "lookup_bytes", info.lookup_bytes);
		set_int(t, "window", info.window);
		set_int(t, "boost_rows", info.boost_rows);
		set_int(t, "stages", info.stages);
		set_int(t, "stage_rows", info.stage_rows);
		set_int(t, "skip", info.skip);
		set_int(t, "arcs_in", info.arcs_in);
		set_int(t, "arcs_out", info.arcs_out);
		set_int(t, "shift", info.shift);
		json_object_set_new(t, "defaults", json_boolean(info.flags & MDESC_TARGET_DEFAULTS));
		json_object_set_new(t, "exact", json_boolean(info.flags & MDESC_TARGET_EXACT));
		json_object_set_new(t, "loops", json_boolean(info.flags & MDESC_TARGET_LOOPS));
		json_object_set_new(t, "arithmetic", json_boolean(info.flags & MDESC_TARGET_ARITHMETIC));
	}
	set_str(p, "name", mdesc_image__ident(img, MDESC_IDENT_PARSER));
	set_int(p, "rows", mdesc_image__row_count(img));
	json_object_set_new(p, "states", states_json(img));
	json_object_set_new(p, "headers", headers_json(img));
	json_object_set_new(p, "registers", registers_json(img));
	json_object_set_new(p, "classifications", classes_json(img));
	json_object_set_new(o, "parser", p);
	json_object_set_new(o, "target", t);
}

static json_t *sources_json(const struct mdesc_image *img)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < mdesc_image__source_count(img); i++) {
		const struct mdesc_source *src = mdesc_image__source(img, i);
		json_t *o = json_object();

		set_str(o, "name", mdesc_source__name(src));
		set_str(o, "kind", mdesc_source__kind(src) == MDESC_SOURCE_PTR ? "ptr" :
			mdesc_source__is_signed(src) ? "sint" : "uint");
		set_int(o, "bits", mdesc_source__bits(src));
		set_str(o, "unit", mdesc_source__unit(src));
		if (mdesc_source__type(src)[0])
			set_str(o, "type_name", mdesc_source__type(src));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *configs_json(const struct mdesc_image *img)
{
	MDESC_INFO(mdesc_config_info, info);
	json_t *all = json_array(), *o;
	size_t i;

	for (i = 0; mdesc_image__config(img, i, &info) == 0; i++) {
		o = json_object();
		set_str(o, "name", info.name);
		set_str(o, "kind", kind_name(info.kind));
		set_int(o, "bits", info.bits);
		set_str(o, "unit", info.unit);
		set_str(o, "doc", info.doc);
		if (info.type[0])
			set_str(o, "type_name", info.type);
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *tables_json(const struct mdesc_image *img)
{
	MDESC_INFO(mdesc_table_info, t);
	json_t *all = json_array(), *o;
	size_t i;

	for (i = 0; mdesc_image__table(img, i, &t) == 0; i++) {
		o = json_object();
		set_str(o, "name", t.name);
		set_str(o, "doc", t.doc);
		set_int(o, "first_stage", t.first_stage);
		set_int(o, "stages", t.stages);
		set_int(o, "rows", t.rows);
		set_int(o, "listed", t.listed);
		set_int(o, "word_bits", t.word_bits);
		set_int(o, "row_words", t.row_words);
		set_int(o, "key_words", t.key_words);
		set_int(o, "key_bits", t.key_bits);
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *sections_json(const struct mdesc_image *img)
{
	MDESC_INFO(mdesc_section_info, sec);
	json_t *all = json_array(), *o;
	size_t i;

	for (i = 0; mdesc_image__section(img, i, &sec) == 0; i++) {
		o = json_object();
		set_str(o, "name", sec.name);
		set_int(o, "offset", sec.offset);
		set_int(o, "size", sec.size);
		if (sec.entry_size) {
			set_int(o, "entries", sec.entries);
			set_int(o, "entry_size", sec.entry_size);
		}
		json_object_set_new(o, "known", json_boolean(sec.known));
		json_array_append_new(all, o);
	}
	return all;
}

int show_json(const struct mdesc_image *img, const struct mdesc_layout *layout)
{
	json_t *o, *layouts;
	size_t i;

	if (layout)
		return cmd_json(layout_json(layout));
	o = json_object();
	add_ident(o, img);
	add_parser(o, img);
	json_object_set_new(o, "sources", sources_json(img));
	json_object_set_new(o, "config", configs_json(img));
	json_object_set_new(o, "tables", tables_json(img));
	layouts = json_array();
	for (i = 0; i < mdesc_image__layout_count(img); i++)
		json_array_append_new(layouts, layout_json(mdesc_image__layout(img, i)));
	json_object_set_new(o, "layouts", layouts);
	json_object_set_new(o, "sections", sections_json(img));
	return cmd_json(o);
}

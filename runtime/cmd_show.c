/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc show: takes an image, prints what it holds: identity, parser and target,
 * sources, layouts with their fields, sections. showjson.c does it as JSON.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "show.h"

static const char help[] =
"usage: mdesc show [OPTION]... IMAGE\n"
"\n"
"Prints what an image holds: for which device and firmware it is, the machine that runs\n"
"it, the sources that it asks for, and its layouts with every field.\n"
"\n"
"  -l, --layout NAME   only this layout\n"
"  -s, --sections      the sections of the file, too, and the parser's states and headers\n"
"  -j, --json          print one JSON object with everything\n"
"  -h, --help          this text\n"
CMD_IMAGE_HELP
"\n"
"In the table of fields, OFFSET is in bytes; BITS are a field's width, or, for a part of\n"
"an integer, the bits of it from the highest to the lowest; WHEN says in which metadata a\n"
"field means something.\n";

static void print_ident(const struct mdesc_image *img)
{
	static const struct {
		int kind;
		const char *title;
	} kinds[] = {
		{ MDESC_IDENT_DEVICE, "device" },
		{ MDESC_IDENT_DRIVER, "driver" },
		{ MDESC_IDENT_FIRMWARE, "firmware" },
		{ MDESC_IDENT_RELEASE, "release" },
		{ MDESC_IDENT_LICENSE, "license" },
		{ MDESC_IDENT_COMPILER, "made by" },
	};
	struct mdesc_match match;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (mdesc_image__ident(img, kinds[i].kind)[0])
			printf("%-10s%s\n", kinds[i].title, mdesc_image__ident(img, kinds[i].kind));
	for (i = 0; mdesc_image__match(img, i, &match) == 0; i++)
		printf("%-10s%s%s%s%s%s\n", "match", match.where, *match.key ? " " : "", match.key,
		       *match.glob ? " = " : "", match.glob);
	printf("%-10s%s\n", "build id", mdesc_image__build_id_hex(img));
	printf("%-10s%u.%u\n", "format", mdesc_image__format_major(img),
	       mdesc_image__format_minor(img));
}

static size_t headers_shown(const struct mdesc_image *img)
{
	size_t i, n = 0;

	for (i = 0; i < mdesc_image__header_count(img); i++)
		n += mdesc_image__header_shown(img, i);
	return n;
}

/* "ai u8, next kinds_proto, tunnel flag, tags counter" */
static void print_registers(const struct mdesc_image *img)
{
	MDESC_INFO(mdesc_register_info, r);
	size_t i;

	for (i = 0; mdesc_image__register(img, i, &r) == 0; i++) {
		printf(i ? ", %s " : "registers %s ", r.name);
		if (r.kind == MDESC_REGISTER_PLAIN && !r.type[0])
			printf("u%u", r.bits);
		else
			printf("%s", r.kind == MDESC_REGISTER_FLAG ? "flag" :
			       r.kind == MDESC_REGISTER_COUNTER ? "counter" : r.type);
	}
	if (i)
		printf("\n");
}

static void print_classes(const struct mdesc_image *img)
{
	MDESC_INFO(mdesc_class_info, c);
	size_t i;

	for (i = 0; mdesc_image__class(img, i, &c) == 0; i++)
		printf("%-10s%s%s%s: %u rows over %u bits\n", "classify", c.name, c.type[0] ? " to " : "", c.type,
		       c.rows, c.key_bits);
}

static void print_tables(const struct mdesc_image *img)
{
	MDESC_INFO(mdesc_table_info, t);
	size_t i;

	for (i = 0; mdesc_image__table(img, i, &t) == 0; i++) {
		printf("%-10s%s: %u of ", "table", t.name, t.listed);
		if (t.stages > 1 || t.first_stage)
			printf("%u times ", t.stages);
		printf("%u rows of %u words of %u bits", t.rows, t.row_words, t.word_bits);
		if (t.key_bits)
			printf(", a key of %u bits", t.key_bits);
		printf("\n");
	}
}

static void print_parser(const struct mdesc_image *img)
{
	const char *name = mdesc_image__ident(img, MDESC_IDENT_PARSER);
	MDESC_INFO(mdesc_target_info, t);

	if (mdesc_image__target(img, &t))
		return;
	if (mdesc_image__state_count(img))
		printf("%-10s%s: %zu rows, %zu states, %zu headers\n", "parser",
		       name[0] ? name : "(no name)", mdesc_image__row_count(img),
		       mdesc_image__state_count(img), headers_shown(img));
	print_registers(img);
	print_classes(img);
	print_tables(img);
	printf("%-10s%s: %u rows, %u states, %u steps, %u key bytes within %u, %u writes a row, ",
	       "target", t.name, t.rows, t.states, t.steps, t.key_bytes, t.reach, t.writes);
	printf("%u bytes of metadata%s%s\n", t.metadata_bytes, t.flags & MDESC_TARGET_LOOPS ? ", loops" : "",
	       t.flags & MDESC_TARGET_ARITHMETIC ? ", arithmetic advance" : "");
	machine_print(stdout, "          ", &t);
}

static void print_sources(const struct mdesc_image *img)
{
	static const char *const columns[] = { "SOURCE", "TYPE", "UNIT", NULL };
	struct grid *g = grid_new(columns);
	size_t i;

	for (i = 0; i < mdesc_image__source_count(img); i++) {
		const struct mdesc_source *src = mdesc_image__source(img, i);

		grid_cell(g, "%s", mdesc_source__name(src));
		if (mdesc_source__kind(src) == MDESC_SOURCE_PTR)
			grid_cell(g, "struct %s *", mdesc_source__type(src));
		else if (mdesc_source__type(src)[0])
			grid_cell(g, "enum %s", mdesc_source__type(src));
		else
			grid_cell(g, "%c%u", mdesc_source__is_signed(src) ? 's' : 'u', mdesc_source__bits(src));
		grid_cell(g, "%s", mdesc_source__unit(src));
	}
	if (i)
		printf("\n");
	grid_print(g, 0);
}

static void print_configs(const struct mdesc_image *img)
{
	static const char *const columns[] = { "CONFIG", "TYPE", "UNIT", NULL };
	MDESC_INFO(mdesc_config_info, info);
	struct grid *g = grid_new(columns);
	size_t i;

	for (i = 0; mdesc_image__config(img, i, &info) == 0; i++) {
		grid_cell(g, "%s", info.name);
		if (info.type[0])
			grid_cell(g, "enum %s", info.type);
		else if (info.kind == MDESC_FIELD_BOOL)
			grid_cell(g, "bool");
		else
			grid_cell(g, "u%u", info.bits);
		grid_cell(g, "%s", info.unit);
	}
	if (i)
		printf("\n");
	grid_print(g, 0);
}

/* ---- layouts ---- */

static void print_bits(struct grid *g, const struct mdesc_field *f)
{
	unsigned int shift = mdesc_field__shift(f), width = mdesc_field__width(f);

	if (width == 8 * mdesc_field__bytes(f))
		grid_cell(g, "%llu", (unsigned long long)width * mdesc_field__count(f));
	else if (width == 1)
		grid_cell(g, "[%u]", shift);
	else
		grid_cell(g, "[%u:%u]", shift + width - 1, shift);
}

static void print_field(struct grid *g, const struct mdesc_field *f)
{
	unsigned int flags = mdesc_field__flags(f);
	char text[512], *when = field_when(f);

	grid_cell(g, "%u", mdesc_field__byte_offset(f));
	print_bits(g, f);
	grid_cell(g, "%s", mdesc_field__path(f));
	field_type_text(f, text, sizeof(text));
	grid_cell(g, "%s", text);
	grid_cell(g, "%s", mdesc_field__unit(f));
	grid_cell(g, "%s", when ? when : "");
	free(when);
	grid_cell(g, "%s", flags & MDESC_FIELD_DEPRECATED ? "deprecated" :
			   flags & MDESC_FIELD_RESERVED ? "reserved" : "");
}

/* Aliases and derived values: what programs read by getters. */
static void print_values(const struct mdesc_layout *layout)
{
	static const char *const columns[] = { "COMPUTED", "TYPE", "FROM", "UNIT", "WHEN", "NOTE", NULL };
	struct grid *g = NULL;
	size_t i;

	for (i = 0; i < mdesc_layout__value_count(layout); i++) {
		const struct mdesc_value *v = mdesc_layout__value(layout, i);
		char text[512], *from, *when;

		if (mdesc_value__role(v) > MDESC_VALUE_DERIVE)
			continue;
		if (!g)
			g = grid_new(columns);
		from = value_text(v, mdesc_value__expr_format);
		when = value_text(v, mdesc_value__cond_format);
		value_type_text(v, text, sizeof(text));
		grid_cell(g, "%s", mdesc_value__name(v));
		grid_cell(g, "%s", text);
		grid_cell(g, "%s", from ? from : "");
		grid_cell(g, "%s", mdesc_value__unit(v));
		grid_cell(g, "%s", when ? when : "");
		grid_cell(g, "%s", mdesc_value__flags(v) & MDESC_VALUE_DEPRECATED ? "deprecated" : "");
		free(from);
		free(when);
	}
	if (!g)
		return;
	printf("\n");
	grid_print(g, 2);
}

static void print_layout(const struct mdesc_layout *layout)
{
	static const char *const columns[] = {
		">OFFSET", ">BITS", "FIELD", "TYPE", "UNIT", "WHEN", "NOTE", NULL,
	};
	bool descriptor = mdesc_layout__kind(layout) == MDESC_LAYOUT_DESCRIPTOR;
	struct grid *g = grid_new(columns);
	size_t i;

	printf("\n%s %s: %zu bytes, id 0x%08x%s, fingerprint %016llx%s\n",
	       descriptor ? "descriptor" : "metadata", mdesc_layout__name(layout),
	       mdesc_layout__size(layout), mdesc_layout__id(layout),
	       mdesc_layout__id_given(layout) ? " (given)" : "",
	       (unsigned long long)mdesc_layout__fingerprint(layout),
	       mdesc_layout__id_first(layout) ? "" :
	       !descriptor && !mdesc_layout__has_id(layout) ? ", does not end with its id" : "");
	if (mdesc_layout__id_first(layout))
		printf("  begins with its id, big-endian; the bits 0x%08x may be anything\n",
		       mdesc_layout__id_any(layout));
	for (i = 0; i < mdesc_layout__field_count(layout); i++)
		print_field(g, mdesc_layout__field(layout, i));
	grid_print(g, 2);
	print_values(layout);
}

/* ---- sections ---- */

static void print_states(const struct mdesc_image *img)
{
	size_t i;

	for (i = 0; mdesc_image__state_name(img, i); i++)
		printf("%s%s", i ? ", " : "states    ", mdesc_image__state_name(img, i));
	if (i)
		printf("\n");
}

static void print_headers(const struct mdesc_image *img)
{
	size_t i, n = 0;

	for (i = 0; mdesc_image__header_name(img, i); i++)
		if (mdesc_image__header_shown(img, i))
			printf("%s%s", n++ ? ", " : "headers   ", mdesc_image__header_name(img, i));
	if (n)
		printf("\n");
}

static void print_sections(const struct mdesc_image *img)
{
	static const char *const columns[] = {
		"SECTION", ">OFFSET", ">BYTES", ">ENTRIES", ">ENTRY", "NOTE", NULL,
	};
	struct grid *g = grid_new(columns);
	MDESC_INFO(mdesc_section_info, sec);
	size_t i;

	printf("\n");
	print_headers(img);
	print_states(img);
	printf("\n");
	for (i = 0; mdesc_image__section(img, i, &sec) == 0; i++) {
		grid_cell(g, "%s", sec.name);
		grid_cell(g, "0x%llx", (unsigned long long)sec.offset);
		grid_cell(g, "%zu", sec.size);
		if (sec.entry_size) {
			grid_cell(g, "%u", sec.entries);
			grid_cell(g, "%u", sec.entry_size);
		} else {
			grid_cell(g, "%s", "");
			grid_cell(g, "%s", "");
		}
		grid_cell(g, "%s", sec.known ? "" : "not known to this version");
	}
	grid_print(g, 0);
}

static void print_all(const struct mdesc_image *img, const struct show_args *a)
{
	size_t i;

	print_ident(img);
	print_parser(img);
	print_sources(img);
	print_configs(img);
	for (i = 0; i < mdesc_image__layout_count(img); i++)
		print_layout(mdesc_image__layout(img, i));
	if (a->sections)
		print_sections(img);
}

static int show(const struct mdesc_image *img, const struct show_args *a)
{
	const struct mdesc_layout *layout = NULL;

	if (a->layout) {
		layout = mdesc_image__layout_by_name(img, a->layout);
		if (!layout)
			return cmd_fail(MDESC_CLASS_NOT_FOUND, "%s: there is no layout %s", a->image,
					a->layout);
	}
	if (a->json)
		return show_json(img, layout);
	if (layout)
		print_layout(layout);
	else
		print_all(img, a);
	return 0;
}

/* -1: go on; else the exit status. */
static int parse_args(struct show_args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "layout", required_argument, NULL, 'l' },
		{ "sections", no_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		CMD_IMAGE_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "l:sjh", longs, NULL)) != -1) {
		switch (c) {
		case 'l':
			a->layout = optarg;
			break;
		case 's':
			a->sections = true;
			break;
		case 'j':
			a->json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return cmd_finish(0);
		default:
			if (!cmd_image_option(&a->from, c))
				return cmd_usage("show", NULL);
		}
	}
	if (argc - optind != cmd_image_args(&a->from))
		return cmd_usage("show", "it takes one image");
	a->image = cmd_image_arg(&a->from, argv);
	return -1;
}

int cmd_show(int argc, char **argv)
{
	struct show_args a = { .json = false };
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;
	int status;

	status = parse_args(&a, argc, argv);
	if (status >= 0)
		return status;
	img = cmd_image_open(a.image, &a.from, &err);
	status = img ? show(img, &a) : cmd_error(&err);
	mdesc_image__close(img);
	return cmd_finish(status);
}

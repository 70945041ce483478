/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc decode: takes metadata bytes in hex, gives the fields by name. The layout
 * is the one whose id the last four bytes are, or the one that is named.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_image.h"

static const char help[] =
"usage: mdesc decode [OPTION]... IMAGE [HEX]...\n"
"\n"
"Prints the fields of metadata bytes by name. The bytes are given in hexadecimal, as\n"
"they lie in front of the packet; blanks, colons and 0x do not matter. Without HEX (or\n"
"for -) each line of standard input is one packet's metadata. The last four bytes pick\n"
"the layout; where there are more bytes than it has, its own are the last. (Of a chain,\n"
"the first four bytes pick it, and its own are the first.) Fields that\n"
"mean nothing in these bytes (the other arms of a tagged union) are left out.\n"
"\n"
"  -l, --layout NAME  the bytes are in this layout, whatever they end with; also for\n"
"                     descriptors\n"
"  -c, --config NAME=VALUE\n"
"                     what the device is set to, where its layouts depend on that; VALUE\n"
"                     is a number or an enumerator\n"
"  -j, --json         print a JSON object for each, one a line\n"
"  -h, --help         this text\n"
CMD_IMAGE_HELP
"\n"
"Exit status: 0 good; 1 not hexadecimal, or too few bytes; 3 no layout with that id or\n"
"name.\n";

struct decode_args {
	const char *image;
	const char *layout;
	struct cmd_configs configs;
	bool json;
	struct cmd_image from;
};

struct bytes {
	uint8_t *data;
	size_t size;
	size_t room;
};

/* ---- reading hex ---- */

static bool add_byte(struct bytes *b, uint8_t byte)
{
	size_t room = b->room ? 2 * b->room : 256;
	uint8_t *data;

	if (b->size == b->room) {
		data = realloc(b->data, room);
		if (!data)
			return false;
		b->data = data;
		b->room = room;
	}
	b->data[b->size++] = byte;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_gap(char c)
{
	return isspace((unsigned char)c) || c == ':' || c == ',' || c == '-';
}

/* Returns 0 or the exit status. */
static int parse_hex(const char *text, struct bytes *b)
{
	const char *p = text;

	while (*p) {
		if (is_gap(*p)) {
			p++;
			continue;
		}
		if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
			p += 2;
			continue;
		}
		if (digit(p[0]) < 0)
			return cmd_fail(MDESC_CLASS_INPUT, "character %zu of the metadata is no hex digit",
					(size_t)(p - text) + 1);
		if (digit(p[1]) < 0)
			return cmd_fail(MDESC_CLASS_INPUT, "character %zu of the metadata: half a byte",
					(size_t)(p - text) + 1);
		if (!add_byte(b, digit(p[0]) << 4 | digit(p[1])))
			return cmd_fail(MDESC_CLASS_SYSTEM, "not enough memory");
		p += 2;
	}
	return 0;
}

/* ---- printing ---- */

static bool is_id(const struct mdesc_field *field)
{
	const struct mdesc_layout *layout = mdesc_field__layout(field);

	return mdesc_layout__has_id(layout) && mdesc_field__width(field) == 32 &&
	       mdesc_field__byte_offset(field) + 4 == mdesc_layout__size(layout);
}

static void print_field(struct grid *g, const struct mdesc_field *field, const uint8_t *meta,
			size_t size)
{
	unsigned int flags = mdesc_field__flags(field);
	int len = mdesc_field__format(field, meta, size, NULL, 0);
	char *text = malloc(len + 1);
	uint64_t id;

	if (!text)
		return;
	mdesc_field__format(field, meta, size, text, len + 1);
	grid_cell(g, "%s", mdesc_field__path(field));
	if (is_id(field) && mdesc_field__read_u64(field, meta, size, 0, &id) == 0)
		grid_cell(g, "0x%08x", (unsigned int)id);
	else
		grid_cell(g, "%s", text);
	grid_cell(g, "%s", mdesc_field__unit(field));
	grid_cell(g, "%s", flags & MDESC_FIELD_DEPRECATED ? "deprecated" : "");
	free(text);
}

static void print_value(struct grid *g, const struct mdesc_value *value, const uint8_t *meta, size_t size)
{
	char text[128] = "";

	mdesc_value__format(value, meta, size, text, sizeof(text));
	grid_cell(g, "%s", mdesc_value__name(value));
	grid_cell(g, "%s", text);
	grid_cell(g, "%s", mdesc_value__unit(value));
	grid_cell(g, "%s", mdesc_value__flags(value) & MDESC_VALUE_DEPRECATED ? "computed, deprecated" : "computed");
}

static void print_text(const struct mdesc_layout *layout, const uint8_t *meta, size_t size)
{
	static const char *const columns[] = { "FIELD", "VALUE", "UNIT", "NOTE", NULL };
	struct grid *g = grid_new(columns);
	size_t i;

	printf("%s (id 0x%08x, %zu bytes)\n", mdesc_layout__name(layout), mdesc_layout__id(layout), size);
	for (i = 0; i < mdesc_layout__field_count(layout); i++) {
		const struct mdesc_field *field = mdesc_layout__field(layout, i);

		if (!(mdesc_field__flags(field) & MDESC_FIELD_RESERVED) &&
		    mdesc_field__applies(field, meta, size) == 1)
			print_field(g, field, meta, size);
	}
	for (i = 0; i < mdesc_layout__value_count(layout); i++) {
		const struct mdesc_value *value = mdesc_layout__value(layout, i);

		if (mdesc_value__role(value) <= MDESC_VALUE_DERIVE &&
		    mdesc_value__applies(value, meta, size) == 1)
			print_value(g, value, meta, size);
	}
	grid_print(g, 2);
}

static void print_json(const struct mdesc_layout *layout, const uint8_t *meta, size_t size)
{
	printf("{\"layout\": ");
	json_put_string(stdout, mdesc_layout__name(layout));
	printf(", \"id\": %u, \"metadata\": ", mdesc_layout__id(layout));
	json_put_hex(stdout, meta, size);
	printf(", \"fields\": ");
	json_put_fields(stdout, layout, meta, size);
	printf("}\n");
}

/* ---- which layout ---- */

/* The layout that @a names; NULL after an error message. */
static const struct mdesc_layout *named_layout(const struct mdesc_image *img,
					       const struct decode_args *a, int *status)
{
	const struct mdesc_layout *layout = mdesc_image__layout_by_name(img, a->layout);

	if (!layout)
		*status = cmd_fail(MDESC_CLASS_NOT_FOUND, "%s: there is no layout %s; `mdesc show' lists them",
				   a->image, a->layout);
	return layout;
}

/* The layout that too few bytes are of: by their end, or by their begin. */
static const struct mdesc_layout *cut_layout(const struct mdesc_image *img, const struct bytes *b)
{
	const struct mdesc_layout *layout;
	uint32_t id, word;
	size_t i;

	memcpy(&id, b->data + b->size - 4, sizeof(id));
	layout = mdesc_image__layout_by_id(img, id);
	if (layout && mdesc_layout__has_id(layout))
		return layout;
	word = (uint32_t)b->data[0] << 24 | b->data[1] << 16 | b->data[2] << 8 | b->data[3];
	for (i = 0; i < mdesc_image__layout_count(img); i++) {
		layout = mdesc_image__layout(img, i);
		if (mdesc_layout__id_first(layout) &&
		    (word & ~mdesc_layout__id_any(layout)) == mdesc_layout__id(layout))
			return layout;
	}
	return NULL;
}

static bool has_chains(const struct mdesc_image *img)
{
	size_t i;

	for (i = 0; i < mdesc_image__layout_count(img); i++)
		if (mdesc_layout__id_first(mdesc_image__layout(img, i)))
			return true;
	return false;
}

static int unknown_id(const struct mdesc_image *img, const struct decode_args *a,
		      const struct bytes *b)
{
	const struct mdesc_layout *cut;
	uint32_t id;

	if (b->size < 4)
		return cmd_fail(MDESC_CLASS_INPUT, "%zu bytes of metadata: too few for a layout's id", b->size);
	cut = errno == EMSGSIZE ? cut_layout(img, b) : NULL;
	if (cut)
		return cmd_fail(MDESC_CLASS_INPUT, "%zu bytes of metadata: layout %s has %zu", b->size,
				mdesc_layout__name(cut), mdesc_layout__size(cut));
	if (has_chains(img))
		return cmd_fail(MDESC_CLASS_NOT_FOUND, "%s: the metadata begins with 0x%02x%02x%02x%02x, which no "
				"layout has (--layout names one)", a->image, b->data[0], b->data[1], b->data[2],
				b->data[3]);
	memcpy(&id, b->data + b->size - 4, sizeof(id));
	return cmd_fail(MDESC_CLASS_NOT_FOUND,
			"%s: the metadata ends with 0x%08x, and no layout has that id (--layout names one)",
			a->image, id);
}

static int decode(const struct mdesc_image *img, const struct decode_args *a, const struct bytes *b)
{
	const struct mdesc_layout *layout;
	const uint8_t *meta;
	int status = 0;
	size_t size;

	layout = a->layout ? named_layout(img, a, &status) :
			     mdesc_image__layout_of(img, b->data, b->size);
	if (!layout)
		return status ? status : unknown_id(img, a, b);
	size = mdesc_layout__size(layout);
	if (b->size < size)
		return cmd_fail(MDESC_CLASS_INPUT, "%zu bytes of metadata: layout %s has %zu", b->size,
				mdesc_layout__name(layout), size);
	meta = mdesc_layout__id_first(layout) ? b->data : b->data + b->size - size;
	if (a->json)
		print_json(layout, meta, size);
	else
		print_text(layout, meta, size);
	return 0;
}

static bool is_blank(const char *line)
{
	while (isspace((unsigned char)*line))
		line++;
	return *line == '\0' || *line == '#';
}

/* Goes on after a wrong line; the exit status is that of the last one. */
static int decode_lines(const struct mdesc_image *img, const struct decode_args *a)
{
	struct bytes b = { .data = NULL };
	char *line = NULL;
	size_t room = 0;
	int status = 0, ret;

	while (getline(&line, &room, stdin) >= 0 && !ferror(stdout)) {
		if (is_blank(line))
			continue;
		b.size = 0;
		ret = parse_hex(line, &b);
		if (!ret)
			ret = decode(img, a, &b);
		status = ret ? ret : status;
	}
	if (ferror(stdin))
		status = cmd_fail(MDESC_CLASS_SYSTEM, "standard input: %s", strerror(errno));
	free(line);
	free(b.data);
	return status;
}

static int decode_args(const struct mdesc_image *img, const struct decode_args *a, char **hex, int count)
{
	struct bytes b = { .data = NULL };
	int status = 0, i;

	for (i = 0; i < count && !status; i++)
		status = parse_hex(hex[i], &b);
	if (!status)
		status = decode(img, a, &b);
	free(b.data);
	return status;
}

/* -1: go on; else the exit status. */
static int parse_args(struct decode_args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "layout", required_argument, NULL, 'l' },
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		CMD_IMAGE_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "l:c:jh", longs, NULL)) != -1) {
		switch (c) {
		case 'l':
			a->layout = optarg;
			break;
		case 'c':
			if (cmd_add_config(&a->configs, "decode", optarg))
				return CMD_USAGE;
			break;
		case 'j':
			a->json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return cmd_finish(0);
		default:
			if (!cmd_image_option(&a->from, c))
				return cmd_usage("decode", NULL);
		}
	}
	if (argc - optind < cmd_image_args(&a->from))
		return cmd_usage("decode", "it takes an image");
	a->image = cmd_image_arg(&a->from, argv);
	return -1;
}

int cmd_decode(int argc, char **argv)
{
	struct decode_args a = { .json = false };
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;
	int status;

	status = parse_args(&a, argc, argv);
	if (status >= 0)
		return status;
	img = cmd_image_open(a.image, &a.from, &err);
	status = img ? cmd_configure(img, a.image, &a.configs) : cmd_error(&err);
	if (status)
		;
	else if (optind == argc || strcmp(argv[optind], "-") == 0)
		status = decode_lines(img, &a);
	else
		status = decode_args(img, &a, argv + optind, argc - optind);
	mdesc_image__close(img);
	return cmd_finish(status);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc btf: takes an image, gives its BTF, raw as it is in the image or stitched
 * to the kernel's, or as C that libbpf makes of it.
 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "cmd_image.h"

static const char help[] =
"usage: mdesc btf [OPTION]... IMAGE\n"
"\n"
"Writes the BTF of an image: self-contained, of exactly the layouts that its tables\n"
"write; or that, together with the kernel's.\n"
"\n"
"      --flat             all of the kernel's types, with their ids, and the image's:\n"
"                         for any program\n"
"      --minimum OBJ      only the types that the BPF object OBJ needs, of both\n"
"      --kernel-btf FILE  the kernel's BTF (default: the running kernel's)\n"
"      --module NAME      with the types of a kernel module, too: a name in\n"
"                         /sys/kernel/btf, or a path with a slash\n"
"  -o, --output FILE      write there (- is standard output, the default)\n"
"  -f, --format FORMAT    raw: the bytes (default); c: declarations in C\n"
"  -j, --json             a list of the types, instead\n"
"  -h, --help             this text\n"
CMD_IMAGE_HELP
"\n"
"Raw BTF is not written to a terminal. It is what libbpf's btf_custom_path takes, and\n"
"what `bpftool btf dump file' reads. A name that image and kernel define differently\n"
"is an error (exit status 4).\n";

#define MODULES_MAX	64

struct btf_args {
	const char *image;
	const char *output;
	const char *object;		/* --minimum */
	const char *kernel_btf;
	const char *modules[MODULES_MAX];
	size_t module_count;
	bool flat;
	bool c;
	bool json;
	struct cmd_image from;
};

/* The BTF to write: the image's own, or one that was stitched. */
struct result {
	const struct mdesc_image *img;
	struct mdesc_stitched *stitched;
	const void *data;
	size_t size;
	struct btf *parsed;		/* of @stitched, for C and JSON */
	const struct btf *btf;
};

/* ---- stitching ---- */

static int stitch(struct result *r, const struct btf_args *a)
{
	MDESC_OPTS(mdesc_stitch_opts, opts, .kernel_btf = a->kernel_btf, .modules = a->modules,
		   .module_count = a->module_count);
	struct mdesc_error err = { 0 };
	void *object = NULL;
	size_t size = 0, i;
	int status;

	if (a->flat) {
		r->stitched = mdesc_stitch__flat(r->img, &opts, &err);
	} else {
		status = cmd_read_file(a->object, &object, &size);
		if (status)
			return status;
		r->stitched = mdesc_stitch__minimum(r->img, object, size, a->object, &opts, &err);
		free(object);
	}
	if (!r->stitched)
		return cmd_error(&err);
	for (i = 0; i < mdesc_stitched__note_count(r->stitched); i++)
		fprintf(stderr, "mdesc: left out: %s\n", mdesc_stitched__note(r->stitched, i));
	r->data = mdesc_stitched__data(r->stitched, &r->size);
	return 0;
}

/* Finds the BTF to write. Returns 0 or the exit status. */
static int get_btf(struct result *r, const struct btf_args *a)
{
	uint32_t size;
	int status;

	if (!a->flat && !a->object) {
		r->data = mdesc_image__btf_data(r->img, &size);
		r->size = size;
		r->btf = mdesc_image__btf(r->img);
		return 0;
	}
	status = stitch(r, a);
	if (status || !(a->c || a->json))
		return status;
	r->parsed = btf__new(r->data, r->size);
	r->btf = r->parsed;
	return r->btf ? 0 : cmd_fail(MDESC_CLASS_SYSTEM, "libbpf cannot read the BTF: %s",
				     strerror(errno));
}

/* ---- C ---- */

static void print_c(void *ctx, const char *fmt, va_list args)
{
	vfprintf(ctx, fmt, args);
}

static int dump_types(const struct btf *btf, FILE *out)
{
	struct btf_dump *dump = btf_dump__new(btf, print_c, out, NULL);
	uint32_t i;
	int ret = dump ? 0 : -errno;

	for (i = 1; !ret && i < btf__type_cnt(btf); i++)
		ret = btf_dump__dump_type(dump, i);
	btf_dump__free(dump);
	return ret;
}

/* All of it as one text: @text is to be freed. */
static int make_c(const struct result *r, char **text, size_t *size)
{
	const struct mdesc_image *img = r->img;
	FILE *out = open_memstream(text, size);
	int ret;

	if (!out)
		return cmd_fail(MDESC_CLASS_SYSTEM, "%s", strerror(errno));
	fprintf(out, "/* The types of %s%s %s, build id %s. */\n\n", r->stitched ? "the kernel and " : "",
		mdesc_image__ident(img, MDESC_IDENT_DEVICE),
		mdesc_image__ident(img, MDESC_IDENT_FIRMWARE), mdesc_image__build_id_hex(img));
	ret = dump_types(r->btf, out);
	if (fclose(out) && !ret)
		ret = -errno;
	if (!ret)
		return 0;
	return cmd_fail(MDESC_CLASS_SYSTEM, "%s: the BTF cannot be printed as C: %s",
			mdesc_image__name(img), strerror(-ret));
}

/* ---- JSON ---- */

static const char *kind_name(const struct btf_type *t)
{
	static const char *const names[] = {
		"void", "int", "ptr", "array", "struct", "union", "enum", "fwd", "typedef",
		"volatile", "const", "restrict", "func", "func_proto", "var", "datasec", "float",
		"decl_tag", "type_tag", "enum64",
	};
	uint32_t kind = btf_kind(t);

	return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}

static json_t *members_json(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_member *m = btf_members(t);
	json_t *all = json_array(), *o;
	uint32_t i;

	for (i = 0; i < btf_vlen(t); i++) {
		o = json_object();
		json_object_set_new(o, "name", json_string(btf__name_by_offset(btf, m[i].name_off)));
		json_object_set_new(o, "type_id", json_integer(m[i].type));
		json_object_set_new(o, "bit_offset", json_integer(btf_member_bit_offset(t, i)));
		json_object_set_new(o, "bitfield_size", json_integer(btf_member_bitfield_size(t, i)));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *types_json(const struct btf *btf)
{
	json_t *all = json_array(), *o;
	uint32_t i;

	for (i = 1; i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		int64_t size = btf__resolve_size(btf, i);

		o = json_object();
		json_object_set_new(o, "id", json_integer(i));
		json_object_set_new(o, "kind", json_string(kind_name(t)));
		json_object_set_new(o, "name", json_string(btf__name_by_offset(btf, t->name_off)));
		if (size >= 0)
			json_object_set_new(o, "size", json_integer(size));
		if (btf_is_composite(t))
			json_object_set_new(o, "members", members_json(btf, t));
		json_array_append_new(all, o);
	}
	return all;
}

/* The same as make_c(). */
static int make_json(const struct result *r, char **text, size_t *size)
{
	json_t *types = types_json(r->btf);

	*text = json_dumps(types, JSON_INDENT(2));
	json_decref(types);
	if (!*text)
		return cmd_fail(MDESC_CLASS_SYSTEM, "not enough memory");
	*size = strlen(*text);
	(*text)[(*size)++] = '\n';	/* in the place of the terminator */
	return 0;
}

/* ---- the command ---- */

/* -1: go on; else the exit status. */
static int parse_args(struct btf_args *a, int argc, char **argv)
{
	enum { FLAT = 256, MINIMUM, KERNEL_BTF, MODULE };
	static const struct option longs[] = {
		{ "flat", no_argument, NULL, FLAT },
		{ "minimum", required_argument, NULL, MINIMUM },
		{ "kernel-btf", required_argument, NULL, KERNEL_BTF },
		{ "module", required_argument, NULL, MODULE },
		{ "output", required_argument, NULL, 'o' },
		{ "format", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		CMD_IMAGE_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "o:f:jh", longs, NULL)) != -1) {
		switch (c) {
		case FLAT:
			a->flat = true;
			break;
		case MINIMUM:
			a->object = optarg;
			break;
		case KERNEL_BTF:
			a->kernel_btf = optarg;
			break;
		case MODULE:
			if (a->module_count == MODULES_MAX)
				return cmd_usage("btf", "too many --module");
			a->modules[a->module_count++] = optarg;
			break;
		case 'o':
			a->output = optarg;
			break;
		case 'f':
			if (strcmp(optarg, "c") && strcmp(optarg, "raw"))
				return cmd_usage("btf", "--format takes raw or c");
			a->c = strcmp(optarg, "c") == 0;
			break;
		case 'j':
			a->json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return cmd_finish(0);
		default:
			if (!cmd_image_option(&a->from, c))
				return cmd_usage("btf", NULL);
		}
	}
	if (argc - optind != cmd_image_args(&a->from))
		return cmd_usage("btf", "it takes one image");
	if (a->flat && a->object)
		return cmd_usage("btf", "--flat or --minimum, not both");
	if ((a->kernel_btf || a->module_count) && !a->flat && !a->object)
		return cmd_usage("btf", "--kernel-btf and --module go with --flat or --minimum");
	a->image = cmd_image_arg(&a->from, argv);
	return -1;
}

static int write_btf(struct result *r, const struct btf_args *a)
{
	char *text = NULL;
	size_t size = 0;
	int status;

	status = get_btf(r, a);
	if (status)
		return status;
	if (!a->json && !a->c) {
		if (strcmp(a->output, "-") == 0 && isatty(STDOUT_FILENO))
			return cmd_usage("btf", "raw BTF is not for a terminal: use -o FILE, or --format c");
		return cmd_write_file(a->output, r->data, r->size);
	}
	status = a->json ? make_json(r, &text, &size) : make_c(r, &text, &size);
	if (!status)
		status = cmd_write_file(a->output, text, size);
	free(text);
	return status;
}

int cmd_btf(int argc, char **argv)
{
	struct btf_args a = { .output = "-" };
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;
	struct result r = { 0 };
	int status;

	status = parse_args(&a, argc, argv);
	if (status >= 0)
		return status;
	img = cmd_image_open(a.image, &a.from, &err);
	r.img = img;
	status = img ? write_btf(&r, &a) : cmd_error(&err);
	btf__free(r.parsed);
	mdesc_stitched__free(r.stitched);
	mdesc_image__close(img);
	return cmd_finish(status);
}

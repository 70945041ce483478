/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc stitch: takes images, writes one file of BTF that has their types and
 * mostly the kernel's, for any loader that can be given the path of BTF.
 */
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_stitched.h"

static const char help[] =
"usage: mdesc stitch -o FILE [OPTION]... IMAGE...\n"
"\n"
"Writes BTF for a loader that takes a path of BTF: the kernel's types and those of the\n"
"images, in one file.\n"
"\n"
"  -o, --output FILE      write there, whole or not at all (- is standard output)\n"
"      --flat             all of the kernel's types, with their ids, then the images':\n"
"                         for any program (the default)\n"
"      --standin          the same with as many types and strings as the kernel's, to be\n"
"                         mounted over /sys/kernel/btf/vmlinux\n"
"      --min OBJ          only the types that the BPF object OBJ needs, of both\n"
"      --auto OBJ         the cheapest form that does for the BPF object OBJ\n"
"      --nic              the images' types alone\n"
"      --kernel-btf FILE  the kernel's BTF (default: the running kernel's)\n"
"      --module NAME      with the types of a kernel module, too: a name in\n"
"                         /sys/kernel/btf, or a path with a slash\n"
"      --old-kinds        for readers of before 2022: without tags and 64-bit enums\n"
"  -j, --json             tell what was made, as JSON on standard output\n"
"  -h, --help             this text\n"
CMD_IMAGE_HELP
"\n"
"A module that is missing or damaged is left out, and a line on standard error says so. A\n"
"name that two images, or an image and the kernel, define differently is an error (exit\n"
"status 4).\n";

enum form { FORM_FLAT, FORM_STANDIN, FORM_MIN, FORM_AUTO, FORM_NIC };

struct stitch_args {
	struct cmd_stitch in;
	const char *output;
	const char *object;
	enum form form;
	unsigned int forms;	/* how many were asked for */
	bool json;
};

static void choose_form(struct stitch_args *a, enum form form, const char *object)
{
	a->form = form;
	a->object = object;
	a->forms++;
}

/* ---- what was made ---- */

static const char *form_name(const struct mdesc_stitched *btf)
{
	static const char *const names[] = { "auto", "nic", "minimum", "flat", "standin" };

	return names[mdesc_stitched__form(btf)];
}

static json_t *images_json(const struct cmd_stitch *in)
{
	json_t *all = json_array(), *o;
	size_t i;

	for (i = 0; i < in->image_count; i++) {
		const struct mdesc_image *img = in->images[i];

		o = json_object();
		json_object_set_new(o, "image", json_string(mdesc_image__name(img)));
		json_object_set_new(o, "build_id", json_string(mdesc_image__build_id_hex(img)));
		json_object_set_new(o, "device", json_string(mdesc_image__ident(img, MDESC_IDENT_DEVICE)));
		json_object_set_new(o, "firmware", json_string(mdesc_image__ident(img, MDESC_IDENT_FIRMWARE)));
		json_array_append_new(all, o);
	}
	return all;
}

static int print_json(const struct stitch_args *a, const struct mdesc_stitched *btf, size_t size)
{
	json_t *o = json_object(), *notes = json_array();
	size_t i;

	for (i = 0; i < mdesc_stitched__note_count(btf); i++)
		json_array_append_new(notes, cmd_json_text(mdesc_stitched__note(btf, i)));
	json_object_set_new(o, "output", cmd_json_text(a->output));
	json_object_set_new(o, "form", json_string(form_name(btf)));
	json_object_set_new(o, "types", json_integer(mdesc_stitched__types(btf)));
	json_object_set_new(o, "bytes", json_integer(size));
	json_object_set_new(o, "images", images_json(&a->in));
	json_object_set_new(o, "left_out", notes);
	return cmd_json(o);
}

/* ---- the command ---- */

/* NULL after an error message, with @status set. */
static struct mdesc_stitched *make(const struct stitch_args *a, int *status)
{
	MDESC_OPTS(mdesc_stitch_opts, opts, .images = NULL);
	struct mdesc_error err = { 0 };
	struct mdesc_stitched *btf;
	void *object = NULL;
	size_t size = 0;

	cmd_stitch_opts(&a->in, &opts);
	*status = a->object ? cmd_read_file(a->object, &object, &size) : 0;
	if (*status)
		return NULL;
	switch (a->form) {
	case FORM_MIN:
		btf = mdesc_stitch__minimum(NULL, object, size, a->object, &opts, &err);
		break;
	case FORM_AUTO:
		btf = mdesc_stitch__for_object(NULL, object, size, a->object, &opts, &err);
		break;
	case FORM_STANDIN:
		btf = mdesc_stitch__standin(NULL, &opts, &err);
		break;
	case FORM_NIC:
		btf = mdesc_stitch__nics(NULL, &opts, &err);
		break;
	default:
		btf = mdesc_stitch__flat(NULL, &opts, &err);
	}
	free(object);
	if (!btf)
		*status = cmd_error(&err);
	return btf;
}

static int stitch(const struct stitch_args *a)
{
	struct mdesc_stitched *btf;
	const void *data;
	size_t size;
	int status;

	btf = make(a, &status);
	if (!btf)
		return status;
	data = mdesc_stitched__data(btf, &size);
	status = cmd_write_file(a->output, data, size);
	if (!status)
		cmd_stitch_notes(btf);
	if (!status && a->json)
		status = print_json(a, btf, size);
	else if (!status && strcmp(a->output, "-"))
		printf("%s: %s, %u types, %zu bytes\n", a->output, form_name(btf), mdesc_stitched__types(btf), size);
	mdesc_stitched__free(btf);
	return status;
}

static int check_args(const struct stitch_args *a)
{
	if (!a->in.path_count)
		return cmd_usage("stitch", "it takes images");
	if (!a->output)
		return cmd_usage("stitch", "it needs -o FILE");
	if (a->forms > 1)
		return cmd_usage("stitch", "one of --flat, --standin, --min, --auto, --nic");
	if (a->form == FORM_NIC && (a->in.kernel_btf || a->in.module_count))
		return cmd_usage("stitch", "--nic takes nothing from --kernel-btf or --module");
	if (strcmp(a->output, "-") == 0 && a->json)
		return cmd_usage("stitch", "--json and the BTF cannot both go to standard output");
	if (strcmp(a->output, "-") == 0 && isatty(STDOUT_FILENO))
		return cmd_usage("stitch", "BTF is not for a terminal: use -o FILE");
	return -1;
}

/* -1: go on; else the exit status. */
static int parse_args(struct stitch_args *a, int argc, char **argv)
{
	enum { FLAT = 256, STANDIN, MIN, AUTO, NIC, KERNEL_BTF, MODULE, OLD_KINDS };
	static const struct option longs[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "flat", no_argument, NULL, FLAT },
		{ "standin", no_argument, NULL, STANDIN },
		{ "min", required_argument, NULL, MIN },
		{ "auto", required_argument, NULL, AUTO },
		{ "nic", no_argument, NULL, NIC },
		{ "kernel-btf", required_argument, NULL, KERNEL_BTF },
		{ "module", required_argument, NULL, MODULE },
		{ "old-kinds", no_argument, NULL, OLD_KINDS },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		CMD_IMAGE_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	int c, status = 0;

	while (!status && (c = getopt_long(argc, argv, "o:jh", longs, NULL)) != -1) {
		if (c == 'o')
			a->output = optarg;
		else if (c == FLAT || c == STANDIN || c == MIN || c == AUTO || c == NIC)
			choose_form(a, c - FLAT + FORM_FLAT, optarg);
		else if (c == KERNEL_BTF)
			a->in.kernel_btf = optarg;
		else if (c == MODULE)
			status = cmd_stitch_module(&a->in, "stitch", optarg);
		else if (c == OLD_KINDS)
			a->in.old_kinds = true;
		else if (c == 'j')
			a->json = true;
		else if (c == 'h')
			return fputs(help, stdout) < 0 ? CMD_USAGE : cmd_finish(0);
		else
			status = cmd_stitch_option(&a->in, "stitch", c);
	}
	if (status < 0)
		return cmd_usage("stitch", NULL);
	while (!status && optind < argc)
		status = cmd_stitch_image(&a->in, "stitch", argv[optind++]);
	return status ? status : check_args(a);
}

int cmd_stitch(int argc, char **argv)
{
	struct stitch_args a = { .form = FORM_FLAT };
	int status;

	status = parse_args(&a, argc, argv);
	if (status >= 0)
		return status;
	status = cmd_stitch_open(&a.in);
	if (!status)
		status = stitch(&a);
	cmd_stitch_close(&a.in);
	return cmd_finish(status);
}

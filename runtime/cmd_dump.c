/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc dump: takes an image, prints its tables, or the description that it
 * was made from.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_image.h"

static const char help[] =
"usage: mdesc dump [OPTION]... IMAGE\n"
"\n"
"Prints an image's tables: headers, registers, states with their rows, classifications,\n"
"sources, configuration, layouts with what is computed, operations; or, with --mdesc,\n"
"what it was made from: one description, without includes, that mdescc compiles to the\n"
"same image. It is that of the image's release, with the values that -D gave. Comments\n"
"are gone, documentation (///) is there.\n"
"\n"
"  -m, --mdesc         the description\n"
"  -o, --output FILE   write to FILE\n"
"  -h, --help          this text\n"
CMD_IMAGE_HELP
"\n"
"Exit status: 3 the image holds no description, or no tables; 7 they are of a newer format.\n";

struct dump_args {
	const char *image;
	const char *output;
	bool mdesc;
	struct cmd_image from;
};

/* In memory first where it goes to a file: that is whole or not there. */
static int print_tables(const struct mdesc_image *img, char **text, size_t *size, struct mdesc_error *err)
{
	FILE *out = open_memstream(text, size);
	int ret;

	if (!out)
		return -ENOMEM;
	ret = mdesc_image__print_tables(img, out, err);
	return fclose(out) && !ret ? -ENOMEM : ret;
}

static int dump(const struct mdesc_image *img, const struct dump_args *a)
{
	struct mdesc_error err = { .code = -ENOMEM, .kind = MDESC_CLASS_SYSTEM, .text = "not enough memory" };
	char *text = NULL;
	size_t size = 0;
	int status;

	if (!a->mdesc && !a->output)
		return mdesc_image__print_tables(img, stdout, &err) ? cmd_error(&err) : 0;
	if (a->mdesc ? mdesc_image__description(img, &text, &size, &err) : print_tables(img, &text, &size, &err)) {
		free(text);
		return cmd_error(&err);
	}
	status = cmd_write_file(a->output ? a->output : "-", text, size);
	free(text);
	return status;
}

/* -1: go on; else the exit status. */
static int parse_args(struct dump_args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "mdesc", no_argument, NULL, 'm' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		CMD_IMAGE_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "mo:h", longs, NULL)) != -1) {
		switch (c) {
		case 'm':
			a->mdesc = true;
			break;
		case 'o':
			a->output = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return cmd_finish(0);
		default:
			if (!cmd_image_option(&a->from, c))
				return cmd_usage("dump", NULL);
		}
	}
	if (argc - optind != cmd_image_args(&a->from))
		return cmd_usage("dump", "it takes one image");
	a->image = cmd_image_arg(&a->from, argv);
	return -1;
}

int cmd_dump(int argc, char **argv)
{
	struct dump_args a = { .mdesc = false };
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;
	int status;

	status = parse_args(&a, argc, argv);
	if (status >= 0)
		return status;
	img = cmd_image_open(a.image, &a.from, &err);
	status = img ? dump(img, &a) : cmd_error(&err);
	mdesc_image__close(img);
	return cmd_finish(status);
}

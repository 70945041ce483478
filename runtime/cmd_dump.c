/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc dump: takes an image, prints the description that it was made from.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

static const char help[] =
"usage: mdesc dump --mdesc [OPTION]... IMAGE\n"
"\n"
"Prints what an image was made from: one description, without includes, that mdescc\n"
"compiles to the same image. It is that of the image's release, with the values that -D\n"
"gave. Comments are gone, documentation (///) is there.\n"
"\n"
"  -m, --mdesc         the description\n"
"  -o, --output FILE   write to FILE\n"
"  -h, --help          this text\n"
"\n"
"Exit status: 3 the image holds no description; 7 it has one of a newer format.\n";

struct dump_args {
	const char *image;
	const char *output;
	bool mdesc;
};

static int dump(const struct mdesc_image *img, const struct dump_args *a)
{
	struct mdesc_error err = { 0 };
	char *text;
	size_t size;
	int status;

	if (mdesc_image__description(img, &text, &size, &err))
		return cmd_error(&err);
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
			return cmd_usage("dump", NULL);
		}
	}
	if (argc - optind != 1)
		return cmd_usage("dump", "it takes one image");
	if (!a->mdesc)
		return cmd_usage("dump", "say what to print: --mdesc");
	a->image = argv[optind];
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
	img = mdesc_image__open(a.image, NULL, &err);
	status = img ? dump(img, &a) : cmd_error(&err);
	mdesc_image__close(img);
	return cmd_finish(status);
}

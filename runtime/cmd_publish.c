/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc publish: takes images and a directory, checks each, and stores it there
 * under its build id for a debuginfod server to serve.
 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_image.h"

static const char help[] =
"usage: mdesc publish [OPTION]... IMAGE... DIR\n"
"\n"
"Checks images, and stores each in DIR as BUILDID.fw, whole or not at all, for a server:\n"
"`debuginfod -F DIR'. What is there is never changed: to publish an image twice does\n"
"nothing, and one with another signature than the one that is there is refused.\n"
"\n"
"      --resigned   store such a one beside it, as BUILDID.DIGEST.fw: a server serves the\n"
"                   younger\n"
"  -q, --quiet      print errors only\n"
"  -j, --json       print a JSON array\n"
"  -h, --help       this text\n"
CMD_TRUST_HELP
"\n"
"Exit status: 1 an image is there with another signature; 3 an image or DIR is not there;\n"
"5 an image is damaged, here or there, or not signed as asked; 6 DIR may not be written.\n";

struct publish_args {
	const char *dir;
	bool resigned, quiet, json;
	struct cmd_image from;
};

static void say(const struct publish_args *a, const struct mdesc_image *img, const char *path, bool stored, json_t *all)
{
	json_t *o;

	if (a->json) {
		o = json_object();
		json_object_set_new(o, "build_id", json_string(mdesc_image__build_id_hex(img)));
		json_object_set_new(o, "file", cmd_json_text(path));
		json_object_set_new(o, "stored", json_boolean(stored));
		json_array_append_new(all, o);
	} else if (!a->quiet) {
		printf("%s  %s%s\n", mdesc_image__build_id_hex(img), path, stored ? "" : "  (was there)");
	}
}

static int publish(const char *image, const struct publish_args *a, json_t *all)
{
	MDESC_OPTS(mdesc_publish_opts, opts, .resigned = a->resigned);
	struct mdesc_error err = { 0 };
	struct mdesc_image *img = cmd_image_open(image, &a->from, &err);
	char *path = NULL;
	int status = 0, ret;

	if (!img)
		return cmd_error(&err);
	ret = mdesc_image__publish(img, a->dir, &opts, &path, &err);
	if (ret == -EEXIST)
		status = cmd_fail(err.kind, "%s; --resigned publishes this one beside it", err.text);
	else if (ret < 0)
		status = cmd_error(&err);
	else
		say(a, img, path, ret, all);
	free(path);
	mdesc_image__close(img);
	return status;
}

/* -1: go on; else the exit status. */
static int parse_args(struct publish_args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "resigned", no_argument, NULL, 'r' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		CMD_TRUST_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "qjh", longs, NULL)) != -1) {
		switch (c) {
		case 'r':
			a->resigned = true;
			break;
		case 'q':
			a->quiet = true;
			break;
		case 'j':
			a->json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return cmd_finish(0);
		default:
			if (!cmd_image_option(&a->from, c))
				return cmd_usage("publish", NULL);
		}
	}
	if (argc - optind < 2)
		return cmd_usage("publish", "it takes images and a directory");
	a->dir = argv[argc - 1];
	return -1;
}

int cmd_publish(int argc, char **argv)
{
	struct publish_args a = { .dir = NULL };
	json_t *all = NULL;
	int status, worst = 0, i;

	status = parse_args(&a, argc, argv);
	if (status >= 0)
		return status;
	if (a.json)
		all = json_array();
	for (i = optind; i < argc - 1; i++) {
		status = publish(argv[i], &a, all);
		if (status == MDESC_CLASS_CORRUPT || (worst != MDESC_CLASS_CORRUPT && status > worst))
			worst = status;
	}
	if (a.json) {
		status = cmd_json(all);
		worst = worst ? worst : status;
	}
	return cmd_finish(worst);
}

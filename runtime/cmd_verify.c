/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc verify: takes images, opens each, which checks everything there is to
 * check, and prints its build id. The exit status is that of the worst.
 */
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_image.h"

static const char help[] =
"usage: mdesc verify [OPTION]... IMAGE...\n"
"\n"
"Checks digest and structure of images, and prints the build id of each that is\n"
"whole. The digest proves that nothing was damaged; where an image comes from is\n"
"proven by comparing its build id with one that you trust, or by a signature.\n"
"\n"
"  -b, --build-id HEX   each image must have this build id (at least 8 digits of it)\n"
"  -q, --quiet          print errors only\n"
"  -j, --json           print a JSON array, with the digests\n"
"  -h, --help           this text\n"
CMD_IMAGE_HELP
"\n"
"Exit status: 0 all are whole; 5 one is damaged, has another build id, or no signature\n"
"that is trusted where one is asked for; 7 one is of a newer format; 3 one is not there.\n";

struct verify_args {
	uint8_t build_id[MDESC_FMT_BUILD_ID];
	size_t build_id_size;
	bool quiet;
	bool json;
	struct cmd_image from;
};

static bool parse_build_id(const char *text, struct verify_args *a)
{
	a->build_id_size = cmd_parse_hex(text, a->build_id, sizeof(a->build_id));
	return a->build_id_size >= 4;
}

static json_t *digests_json(const struct mdesc_image *img)
{
	MDESC_INFO(mdesc_digest_info, info);
	json_t *all = json_object();
	char hex[65];
	size_t i, j;

	for (i = 0; mdesc_image__digest(img, i, &info) == 0; i++) {
		for (j = 0; j < 32; j++)
			sprintf(hex + 2 * j, "%02x", info.sha256[j]);
		json_object_set_new(all, info.name, json_string(hex));
	}
	return all;
}

static json_t *image_json(const char *path, const struct mdesc_image *img,
			  const struct mdesc_error *err)
{
	json_t *o = json_object();

	json_object_set_new(o, "image", cmd_json_text(path));
	json_object_set_new(o, "ok", json_boolean(img != NULL));
	if (img) {
		json_object_set_new(o, "build_id", json_string(mdesc_image__build_id_hex(img)));
		if (mdesc_image__signer(img)[0])
			json_object_set_new(o, "signer", cmd_json_text(mdesc_image__signer(img)));
		json_object_set_new(o, "digests", digests_json(img));
		return o;
	}
	json_object_set_new(o, "error", cmd_json_text(err->text));
	json_object_set_new(o, "class", json_string(mdesc_class_name(err->kind)));
	if (err->section[0]) {
		json_object_set_new(o, "section", json_string(err->section));
		json_object_set_new(o, "offset", json_integer(err->offset));
	}
	return o;
}

static void print_good(const char *path, const struct mdesc_image *img)
{
	printf("%s  %s", mdesc_image__build_id_hex(img), path);
	if (mdesc_image__signer(img)[0])
		printf("  (signed by %s)", mdesc_image__signer(img));
	printf("\n");
}

/* Says what came of it, and closes the image: NULL, and why. */
static int report(const char *path, struct mdesc_image *img, const struct mdesc_error *err,
		  const struct verify_args *a, json_t *all)
{
	int status = 0;

	if (a->json)
		json_array_append_new(all, image_json(path, img, err));
	else if (img && !a->quiet)
		print_good(path, img);
	if (!img)
		status = cmd_error(err);
	mdesc_image__close(img);
	return status;
}

static int verify(const char *path, const struct verify_args *a, json_t *all)
{
	MDESC_OPTS(mdesc_image_open_opts, opts, .build_id = a->build_id_size ? a->build_id : NULL,
		   .build_id_size = a->build_id_size);
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;

	cmd_image_opts(&a->from, &opts);
	img = mdesc_image__open(path, &opts, &err);
	return report(path, img, &err, a, all);
}

/* The image of the interface that was named: a file, or fetched. */
static int verify_iface(const struct verify_args *a, json_t *all)
{
	struct mdesc_error err = { 0 };
	struct mdesc_image *img = cmd_image_open(NULL, &a->from, &err);
	char *name;
	int status;

	if (img && memcmp(mdesc_image__build_id(img), a->build_id, a->build_id_size)) {
		err.kind = MDESC_CLASS_CORRUPT;
		snprintf(err.text, sizeof(err.text), "%.200s: has build id %s, which is not the one asked for",
			 mdesc_image__name(img), mdesc_image__build_id_hex(img));
		mdesc_image__close(img);
		img = NULL;
	}
	name = strdup(img ? mdesc_image__name(img) : a->from.iface);
	status = report(name ? name : "", img, &err, a, all);
	free(name);
	return status;
}

/* -1: go on; else the exit status. */
static int parse_args(struct verify_args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "build-id", required_argument, NULL, 'b' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		CMD_IMAGE_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "b:qjh", longs, NULL)) != -1) {
		switch (c) {
		case 'b':
			if (!parse_build_id(optarg, a))
				return cmd_usage("verify", "--build-id takes 8 to 40 hex digits, two a byte");
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
				return cmd_usage("verify", NULL);
		}
	}
	return optind < argc || a->from.iface ? -1 : cmd_usage("verify", "it takes images");
}

int cmd_verify(int argc, char **argv)
{
	struct verify_args a = { .json = false };
	json_t *all = NULL;
	int status, worst = 0, i;

	status = parse_args(&a, argc, argv);
	if (status >= 0)
		return status;
	if (a.json)
		all = json_array();
	if (a.from.iface)
		worst = verify_iface(&a, all);
	for (i = optind; i < argc; i++) {
		status = verify(argv[i], &a, all);
		/* Damage is worse than anything else. */
		if (status == MDESC_CLASS_CORRUPT || (worst != MDESC_CLASS_CORRUPT && status > worst))
			worst = status;
	}
	if (a.json) {
		status = cmd_json(all);
		worst = worst ? worst : status;
	}
	return cmd_finish(worst);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc fetch: takes a build id, gets the image, or only its BTF, from a
 * debuginfod server, and writes it to a file once it is proven to be that.
 */
#include <ctype.h>
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_image.h"
#include "cmd_progress.h"

static const char help[] =
"usage: mdesc fetch [OPTION]... BUILDID\n"
"\n"
"Gets the image with this build id (40 hexadecimal digits) from the debuginfod servers\n"
"that $DEBUGINFOD_URLS names, or from the cache of debuginfod's client, and writes it to\n"
"BUILDID.fw. What does not have this build id is refused, and leaves the cache.\n"
"\n"
"  -b, --btf             only its BTF, to BUILDID.btf: a few KiB, proven by the digests\n"
"  -o, --output FILE     write there (- is standard output)\n"
"  -t, --timeout SECONDS how long to wait, in all (default 10)\n"
"  -q, --quiet           no progress, and say nothing of what came\n"
"  -j, --json            say what came as a JSON object\n"
"  -h, --help            this text\n"
CMD_TRUST_HELP
"\n"
"Exit status: 2 no server is named, answers, or answers in time; 3 no server has it; 5 what\n"
"came is something else, damaged, or not signed as asked; 6 built without libdebuginfod.\n";

struct fetch_args {
	const char *hex;
	uint8_t build_id[MDESC_FMT_BUILD_ID];
	const char *output;
	unsigned int timeout_ms;
	bool btf, quiet, json;
	struct cmd_image from;
};

/* ---- what came ---- */

static int say(const struct fetch_args *a, const char *path, size_t size, const char *signer)
{
	json_t *o;

	if (a->quiet || strcmp(path, "-") == 0)
		return 0;
	if (!a->json) {
		printf("%s  %s", a->hex, path);
		if (signer[0])
			printf("  (signed by %s)", signer);
		printf("\n");
		return 0;
	}
	o = json_object();
	json_object_set_new(o, "build_id", json_string(a->hex));
	json_object_set_new(o, "file", cmd_json_text(path));
	json_object_set_new(o, "size", json_integer(size));
	json_object_set_new(o, "what", json_string(a->btf ? "btf" : "image"));
	if (signer[0])
		json_object_set_new(o, "signer", cmd_json_text(signer));
	return cmd_json(o);
}

static int write_it(const struct fetch_args *a, const void *data, size_t size, const char *signer)
{
	char path[2 * MDESC_FMT_BUILD_ID + 8];
	const char *output = a->output ? a->output : path;
	int status;

	snprintf(path, sizeof(path), "%s.%s", a->hex, a->btf ? "btf" : "fw");
	if (strcmp(output, "-") == 0 && isatty(STDOUT_FILENO))
		return cmd_usage("fetch", "what comes is not for a terminal: use -o FILE");
	status = cmd_write_file(output, data, size);
	return status ? status : say(a, output, size, signer);
}

static int fetch(const struct fetch_args *a)
{
	struct cmd_progress p = { .begun = false };
	MDESC_OPTS(mdesc_fetch_opts, opts, .timeout_ms = a->timeout_ms, .progress = a->quiet ? NULL : cmd_progress,
		   .progress_ctx = &p, .cert_dir = a->from.cert_dir,
		   .require_signature = a->from.require_signature);
	struct mdesc_fetched_btf *btf = NULL;
	struct mdesc_image *img = NULL;
	struct mdesc_error err = { 0 };
	const void *data;
	size_t size;
	int status;

	cmd_progress_begin(&p);
	if (a->btf)
		btf = mdesc_btf__fetch(a->build_id, &opts, &err);
	else
		img = mdesc_image__fetch(a->build_id, &opts, &err);
	cmd_progress_end(&p);
	if (btf) {
		const struct mdesc_btf_bytes *bytes = mdesc_fetched_btf__bytes(btf);

		status = write_it(a, bytes->data, bytes->size, mdesc_fetched_btf__signer(btf));
	} else if (img) {
		data = mdesc_image__data(img, &size);
		status = write_it(a, data, size, mdesc_image__signer(img));
	} else {
		status = cmd_error(&err);
	}
	mdesc_fetched_btf__free(btf);
	mdesc_image__close(img);
	return status;
}

/* ---- the command line ---- */

/* In either case; shown in lower case. */
static bool parse_build_id(char *text, struct fetch_args *a)
{
	unsigned int i;

	if (cmd_parse_hex(text, a->build_id, sizeof(a->build_id)) != sizeof(a->build_id))
		return false;
	for (i = 0; text[i]; i++)
		text[i] = tolower((unsigned char)text[i]);
	a->hex = text;
	return true;
}

/* -1: go on; else the exit status. */
static int parse_args(struct fetch_args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "btf", no_argument, NULL, 'b' },
		{ "output", required_argument, NULL, 'o' },
		{ "timeout", required_argument, NULL, 't' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		CMD_TRUST_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "bo:t:qjh", longs, NULL)) != -1) {
		switch (c) {
		case 'b': a->btf = true; break;
		case 'o': a->output = optarg; break;
		case 'q': a->quiet = true; break;
		case 'j': a->json = true; break;
		case 't':
			if (!cmd_parse_timeout(optarg, &a->timeout_ms))
				return cmd_usage("fetch", "--timeout takes seconds, up to a day");
			break;
		case 'h':
			fputs(help, stdout);
			return cmd_finish(0);
		default:
			if (!cmd_image_option(&a->from, c))
				return cmd_usage("fetch", NULL);
		}
	}
	if (argc - optind != 1)
		return cmd_usage("fetch", "it takes one build id");
	if (!parse_build_id(argv[optind], a))
		return cmd_usage("fetch", "a build id is 40 hexadecimal digits, as `mdesc verify' prints them");
	return -1;
}

int cmd_fetch(int argc, char **argv)
{
	struct fetch_args a = { .hex = NULL };
	int status = parse_args(&a, argc, argv);

	return status >= 0 ? status : cmd_finish(fetch(&a));
}

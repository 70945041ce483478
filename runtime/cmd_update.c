/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc update: takes an interface that an image is attached to and a new image,
 * puts the new firmware's writer and the program, opened against it, in the place
 * of the old ones at once, under traffic.
 */
#include <string.h>

#include "cmd_attach.h"

static const char help[] =
"usage: mdesc update [OPTION]... IFACE [IMAGE]\n"
"\n"
"Puts another image, another program, or both in the place of what `mdesc attach' has put\n"
"onto IFACE. Every packet sees the old pair or the new one, and none gets lost. Maps of the\n"
"program are kept where it defines them as before. When it fails, the old pair runs on.\n"
"\n"
"  -p, --prog OBJ[:PROGRAM]  another program; without it, the object that is attached is read\n"
"                            again, and opened against the new image\n"
"      --keep-metadata       no program: packets pass with their metadata, for TC programs\n"
"      --frags WHEN          packets may come in pieces: auto, yes or no, as of attach\n"
CMD_ATTACH_HELP
"  -h, --help                this text\n"
CMD_TRUST_HELP
"\n"
"Without IMAGE, the one that is attached is read again. Exit status: 3 nothing is attached, or\n"
"a file is not there; 4 OBJ has several programs; else as `mdesc --help' says.\n";

static int parse_args(struct cmd_attach *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		CMD_ATTACH_LONGS,
		CMD_TRUST_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	int c, status = 0;

	while (!status && (c = getopt_long(argc, argv, "p:s:h", longs, NULL)) != -1) {
		if (c == 'h')
			return fputs(help, stdout) < 0 ? CMD_USAGE : cmd_finish(0);
		status = cmd_attach_option(a, "update", c);
	}
	if (status)
		return status < 0 ? cmd_usage("update", NULL) : status;
	if (argc - optind < 1 || argc - optind > 2)
		return cmd_usage("update", "it needs an interface, and may have an image");
	if (a->prog && a->opts.keep_metadata)
		return cmd_usage("update", "it has either a program or --keep-metadata");
	return -1;
}

static int update(struct cmd_attach *a, struct mdesc_attachment *att, const char *image)
{
	MDESC_INFO(mdesc_attachment_info, info);
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;
	int rc;

	mdesc_attachment__info(att, &info);
	img = cmd_image_open(image ? image : info.image, &a->from, &err);
	if (!img)
		return cmd_error(&err);
	rc = mdesc_attachment__update(att, img, &a->opts, &err);
	mdesc_image__close(img);
	if (rc)
		return cmd_error(&err);
	cmd_attach_tell(att, "took its place");
	return 0;
}

int cmd_update(int argc, char **argv)
{
	struct cmd_attach a = { .prog = NULL };
	struct mdesc_attachment *att = NULL;
	struct mdesc_error err = { 0 };
	int status = parse_args(&a, argc, argv);

	if (status >= 0)
		return status;
	status = cmd_attach_prepare(&a);
	if (!status) {
		att = mdesc_attachment__open(argv[optind], a.opts.bpffs, &err);
		status = att ? update(&a, att, argv[optind + 1]) : cmd_error(&err);
	}
	mdesc_attachment__close(att);
	cmd_attach_free(&a);
	return cmd_finish(status);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc attach: takes an interface, an image and an XDP program, has the image's
 * metadata written in front of every packet that comes in, and the program run on
 * it. mdesc detach takes that off again.
 */
#include <errno.h>
#include <string.h>

#include "cmd_attach.h"

static const char help[] =
"usage: mdesc attach [OPTION]... --prog OBJ[:PROGRAM] IFACE\n"
"       mdesc attach [OPTION]... --keep-metadata IFACE\n"
"\n"
"Gives any interface what the NIC of an image writes: the writer that the image carries\n"
"(see mdescc(1)) puts metadata in front of every packet that comes in, then the\n"
"program runs, opened against the image. It stays when the command ends.\n"
"\n"
"      --image IMAGE         what is written; without it, the image of the interface's NIC,\n"
"                            as `mdesc find IFACE' finds it\n"
"  -p, --prog OBJ[:PROGRAM]  the program, of an object for XDP; PROGRAM is needed where OBJ\n"
"                            has several\n"
"      --keep-metadata       no program: packets pass with their metadata, for TC programs\n"
"      --mode MODE           native (in the driver), generic (on every interface, slower),\n"
"                            or auto: native where it works (default)\n"
"      --frags WHEN          packets may come in pieces (jumbo frames): yes, no, or auto:\n"
"                            where the program's section is xdp.frags (default)\n"
"      --libxdp              in libxdp's dispatcher, beside other XDP programs\n"
CMD_ATTACH_HELP
"  -h, --help                this text\n"
CMD_TRUST_HELP
"\n"
"Takes root, or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, and a BPF file system that the user\n"
"may write to (--bpffs). When it fails, nothing has changed. Exit status: 3 no interface, file\n"
"or BPF file system of that name; 4 an image is attached already, another XDP program has the\n"
"interface, or OBJ has several programs; else as `mdesc --help' says.\n";

static const char detach_help[] =
"usage: mdesc detach [OPTION]... IFACE\n"
"\n"
"Takes off what `mdesc attach' has put onto an interface, and removes what is left of it.\n"
"\n"
"      --bpffs DIR           the BPF file system that keeps it (default /sys/fs/bpf)\n"
"  -h, --help                this text\n";

static int mode_option(struct cmd_attach *a)
{
	static const char *const names[] = { "auto", "native", "generic" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(optarg, names[i])) {
			a->opts.mode = (int)i;
			return 0;
		}
	return cmd_usage("attach", "--mode is auto, native or generic");
}

/* -1: go on, with the interface at optind; else the exit status. */
static int parse_args(struct cmd_attach *a, const char **image, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "image", required_argument, NULL, CMD_ATTACH_IMAGE },
		{ "mode", required_argument, NULL, CMD_ATTACH_MODE },
		{ "libxdp", no_argument, NULL, CMD_ATTACH_LIBXDP },
		{ "help", no_argument, NULL, 'h' },
		CMD_ATTACH_LONGS, CMD_TRUST_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	int c, status = 0;

	while (!status && (c = getopt_long(argc, argv, "p:s:h", longs, NULL)) != -1) {
		if (c == 'h')
			return fputs(help, stdout) < 0 ? CMD_USAGE : cmd_finish(0);
		if (c == CMD_ATTACH_IMAGE)
			*image = optarg;
		else if (c == CMD_ATTACH_MODE)
			status = mode_option(a);
		else if (c == CMD_ATTACH_LIBXDP)
			a->opts.libxdp = true;
		else
			status = cmd_attach_option(a, "attach", c);
	}
	if (status)
		return status < 0 ? cmd_usage("attach", NULL) : status;
	if (argc - optind != 1)
		return cmd_usage("attach", "it needs one interface");
	if (!a->prog == !a->opts.keep_metadata)
		return cmd_usage("attach", "it needs either a program, --prog OBJ, or --keep-metadata");
	return -1;
}

static int attach(struct cmd_attach *a, const char *image, const char *iface)
{
	struct mdesc_error err = { 0 };
	struct mdesc_attachment *att;
	struct mdesc_image *img;

	if (!image)
		a->from.iface = iface;
	img = cmd_image_open(image, &a->from, &err);
	if (!img)
		return cmd_error(&err);
	att = mdesc_attachment__new(iface, img, &a->opts, &err);
	mdesc_image__close(img);
	if (!att)
		return cmd_error(&err);
	cmd_attach_tell(att, "attached");
	mdesc_attachment__close(att);
	return 0;
}

int cmd_attach(int argc, char **argv)
{
	struct cmd_attach a = { .prog = NULL };
	const char *image = NULL;
	int status = parse_args(&a, &image, argc, argv);

	if (status >= 0)
		return status;
	status = cmd_attach_prepare(&a);
	if (!status)
		status = attach(&a, image, argv[optind]);
	cmd_attach_free(&a);
	return cmd_finish(status);
}

int cmd_detach(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "bpffs", required_argument, NULL, CMD_ATTACH_BPFFS },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct mdesc_error err = { 0 };
	const char *bpffs = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h')
			return fputs(detach_help, stdout) < 0 ? CMD_USAGE : cmd_finish(0);
		if (c != CMD_ATTACH_BPFFS)
			return cmd_usage("detach", NULL);
		bpffs = optarg;
	}
	if (argc - optind != 1)
		return cmd_usage("detach", "it needs one interface");
	if (mdesc_attachment__remove(argv[optind], bpffs, &err))
		return cmd_error(&err);
	printf("%s: detached\n", argv[optind]);
	return cmd_finish(0);
}

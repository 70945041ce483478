/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc exec: takes images and a command, becomes that command in a mount
 * namespace where the kernel's BTF also has the images' types. No process stands
 * between it and its parent, so exit status, signals and terminal are its own.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cmd_stitched.h"

static const char help[] =
"usage: mdesc exec --image IMAGE | --iface IF [OPTION]... [--] COMMAND [ARGUMENT]...\n"
"\n"
"Runs a command that sees the images' types in the kernel's BTF: in a mount namespace of\n"
"its own, /sys/kernel/btf/vmlinux has both. For loaders that cannot be given a path of BTF,\n"
"such as ip, bpftool, and programs on libbpf or cilium/ebpf as they are.\n"
"\n"
"      --image IMAGE    the image of the running hardware; may be given several times\n"
"      --module NAME    with the types of a kernel module, too: a name in\n"
"                       /sys/kernel/btf, or a path with a slash\n"
"      --old-kinds      for readers of before 2022: without tags and 64-bit enums\n"
"  -h, --help           this text\n"
CMD_IMAGE_HELP
"\n"
"Needs CAP_SYS_ADMIN; in a container, also that mounts are permitted. Nothing changes outside\n"
"the namespace. What the command mounts itself is seen in there alone: have /sys/fs/bpf\n"
"mounted before, if it pins something.\n"
"\n"
"Exit status: the command's own; 127 if it is not found, 126 if it cannot be run; before it\n"
"is run, as of all of mdesc, with a message that begins with `mdesc: '.\n";

#define EXIT_CANNOT_RUN	126
#define EXIT_NO_COMMAND	127
#define KERNEL_BTF	"/sys/kernel/btf/vmlinux"
#define BPF_FS		"/sys/fs/bpf"
#define BPF_FS_TYPE	0xcafe4a11u

/* Whether a command pins, its arguments tell most of the time. */
static void warn_of_pins(char **argv)
{
	struct statfs fs;

	if (statfs(BPF_FS, &fs) == 0 && (unsigned int)fs.f_type == BPF_FS_TYPE)
		return;
	for (; *argv; argv++) {
		if (!strstr(*argv, BPF_FS "/"))
			continue;
		fprintf(stderr, "mdesc: " BPF_FS " is not mounted: what is pinned there is gone when the command ends; "
			"`mount -t bpf bpf " BPF_FS "' before keeps it\n");
		return;
	}
}

/* Returns only after a failure, with the exit status. */
static int become(char **argv)
{
	int code;

	warn_of_pins(argv);
	fflush(NULL);
	execvp(argv[0], argv);
	code = errno;
	fprintf(stderr, "mdesc: %s: %s\n", argv[0], strerror(code));
	return code == ENOENT || code == ENOTDIR ? EXIT_NO_COMMAND : EXIT_CANNOT_RUN;
}

static int enter(const struct cmd_stitch *in)
{
	MDESC_OPTS(mdesc_stitch_opts, opts, .images = NULL);
	struct mdesc_error err = { 0 };
	struct mdesc_stitched *btf;
	int ret;

	if (access(KERNEL_BTF, R_OK))
		return cmd_fail(errno == ENOENT ? MDESC_CLASS_DENIED : cmd_file_class(errno), KERNEL_BTF
				": %s; there is nothing that other BTF could take the place of", strerror(errno));
	cmd_stitch_opts(in, &opts);
	btf = mdesc_stitch__standin(NULL, &opts, &err);
	if (!btf)
		return cmd_error(&err);
	cmd_stitch_notes(btf);
	ret = mdesc_stitched__enter(btf, &err);
	mdesc_stitched__free(btf);
	return ret ? cmd_error(&err) : 0;
}

/* -1: go on, with the command at optind; else the exit status. */
static int parse_args(struct cmd_stitch *in, int argc, char **argv)
{
	enum { IMAGE = 256, MODULE, OLD_KINDS };
	static const struct option longs[] = {
		{ "image", required_argument, NULL, IMAGE },
		{ "module", required_argument, NULL, MODULE },
		{ "old-kinds", no_argument, NULL, OLD_KINDS },
		{ "help", no_argument, NULL, 'h' },
		CMD_IMAGE_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	int c, status = 0;

	/* +: what stands behind the command is the command's. */
	while (!status && (c = getopt_long(argc, argv, "+h", longs, NULL)) != -1) {
		if (c == IMAGE)
			status = cmd_stitch_image(in, "exec", optarg);
		else if (c == MODULE)
			status = cmd_stitch_module(in, "exec", optarg);
		else if (c == OLD_KINDS)
			in->old_kinds = true;
		else if (c == 'h')
			return fputs(help, stdout) < 0 ? CMD_USAGE : cmd_finish(0);
		else
			status = cmd_stitch_option(in, "exec", c);
	}
	if (status < 0)
		return cmd_usage("exec", NULL);
	if (status)
		return status;
	if (!in->path_count)
		return cmd_usage("exec", "it needs an image: --image IMAGE or --iface IF");
	if (optind == argc)
		return cmd_usage("exec", "it needs a command");
	return -1;
}

int cmd_exec(int argc, char **argv)
{
	struct cmd_stitch in = { .path_count = 0 };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int status;

	status = parse_args(&in, argc, argv);
	if (status >= 0)
		return status;
	/* A limit on the size of files is an error to report; the command gets the signal as it was. */
	sigaction(SIGXFSZ, &ignore, &before);
	status = cmd_stitch_open(&in);
	if (!status)
		status = enter(&in);
	cmd_stitch_close(&in);
	sigaction(SIGXFSZ, &before, NULL);
	return status ? status : become(argv + optind);
}

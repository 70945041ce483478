/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The mdesc command: takes a command line, runs the subcommand that it names.
 * The table below is all there is to know; a new subcommand is one file and one
 * row.
 */
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "cmd.h"

static const struct {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "show",   "what an image holds: identity, layouts, fields, parser", cmd_show },
	{ "verify", "check that images are whole, and print their build ids", cmd_verify },
	{ "sign",   "sign images, so that hosts can tell whose they are", cmd_sign },
	{ "publish", "store images under their build ids, for servers", cmd_publish },
	{ "fetch",  "get an image, or its BTF, from servers by its build id", cmd_fetch },
	{ "decode", "metadata bytes, given in hex, to fields by name", cmd_decode },
	{ "diff",   "what changes for programs from one image to another", cmd_diff },
	{ "dump",   "what an image runs, or the description that it was made from", cmd_dump },
	{ "find",   "which image is for an interface, and where it was looked for", cmd_find },
	{ "run",    "packets of a capture through an image, and an XDP program", cmd_run },
	{ "watch",  "metadata of packets as they come in at an interface", cmd_watch },
	{ "check",  "would compiled BPF programs load on images, and read right", cmd_check },
	{ "btf",    "the BTF of an image, raw or as C", cmd_btf },
	{ "stitch", "one file of BTF of images and kernel, for any loader", cmd_stitch },
	{ "exec",   "run a command that sees images' types in the kernel's BTF", cmd_exec },
	{ "attach", "have an image's metadata written on any interface, for a program", cmd_attach },
	{ "detach", "take that off again", cmd_detach },
	{ "update", "another image or program in its place, under traffic", cmd_update },
	{ "status", "what is attached where, and what was counted", cmd_status },
};

static int help(FILE *out)
{
	unsigned int i;

	fprintf(out, "usage: mdesc COMMAND [OPTION]... [ARGUMENT]...\n"
		"\n"
		"Reads firmware images that mdescc made, and runs their parsers.\n"
		"\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-10s%s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\n"
		"  mdesc COMMAND --help   about one command\n"
		"  mdesc --help           this text\n"
		"  mdesc --version        the version\n"
		"\n"
		"Exit status: 0 good; 1 the input is wrong, or what was tested for is so; 2 wrong\n"
		"usage, or the system failed; 3 not found; 4 ambiguous; 5 corrupt or not trusted;\n"
		"6 no permission, or not supported; 7 a newer format.\n");
	return 0;
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

/* argv[0] becomes "mdesc NAME": getopt's messages begin with it. */
static int run_command(unsigned int i, int argc, char **argv)
{
	char name[32];

	/*
	 * A closed pipe and a file that may not grow are errors to report, not a death;
	 * but what exec starts gets its signals as they came.
	 */
	if (commands[i].run != cmd_exec) {
		signal(SIGPIPE, SIG_IGN);
		signal(SIGXFSZ, SIG_IGN);
	}

	snprintf(name, sizeof(name), "mdesc %s", commands[i].name);
	argv[0] = name;
	return commands[i].run(argc, argv);
}

int main(int argc, char **argv)
{
	unsigned int i;

	libbpf_set_print(quiet);
	if (argc < 2) {
		help(stderr);
		return CMD_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    (strcmp(argv[1], "help") == 0 && argc == 2))
		return cmd_finish(help(stdout));
	if (strcmp(argv[1], "--version") == 0) {
		printf("mdesc %s\n", mdesc_version());
		return cmd_finish(0);
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run_command(i, argc - 1, argv + 1);
	fprintf(stderr, "mdesc: there is no command `%s'; see `mdesc --help'\n", argv[1]);
	return CMD_USAGE;
}

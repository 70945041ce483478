/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the commands share that put a writer in front of a program: their options,
 * files that these name, and what is told afterwards.
 */
#ifndef MDESC_CMD_ATTACH_H
#define MDESC_CMD_ATTACH_H

#include "cmd_image.h"

#define CMD_ATTACH_SETS	64

/* Begins as all zero. */
struct cmd_attach {
	struct cmd_image from;
	const char *prog, *writer, *modules[CMD_ATTACH_SETS];
	size_t module_n;
	const char *sets[CMD_ATTACH_SETS];
	struct mdesc_source_value values[CMD_ATTACH_SETS];
	char names[CMD_ATTACH_SETS][64];
	size_t set_n;
	struct mdesc_stitch_opts stitch;
	struct mdesc_attach_opts opts;
	char *object;			/* of @prog, up to the colon */
	void *writer_data;
};

enum cmd_attach_option {
	CMD_ATTACH_WRITER = 0x100, CMD_ATTACH_MODE, CMD_ATTACH_FRAGS, CMD_ATTACH_KEEP, CMD_ATTACH_NO_KFUNCS,
	CMD_ATTACH_NO_CHECK, CMD_ATTACH_NO_VERDICTS, CMD_ATTACH_LIBXDP, CMD_ATTACH_MODULE, CMD_ATTACH_BPFFS,
	CMD_ATTACH_IMAGE, CMD_ATTACH_SOURCES,
};

#define CMD_ATTACH_LONGS							\
	{ "prog", required_argument, NULL, 'p' },				\
	{ "set", required_argument, NULL, 's' },				\
	{ "sources", required_argument, NULL, CMD_ATTACH_SOURCES },		\
	{ "writer", required_argument, NULL, CMD_ATTACH_WRITER },		\
	{ "frags", required_argument, NULL, CMD_ATTACH_FRAGS },			\
	{ "keep-metadata", no_argument, NULL, CMD_ATTACH_KEEP },		\
	{ "no-kfuncs", no_argument, NULL, CMD_ATTACH_NO_KFUNCS },		\
	{ "no-check", no_argument, NULL, CMD_ATTACH_NO_CHECK },		\
	{ "no-verdicts", no_argument, NULL, CMD_ATTACH_NO_VERDICTS },			\
	{ "module", required_argument, NULL, CMD_ATTACH_MODULE },		\
	{ "bpffs", required_argument, NULL, CMD_ATTACH_BPFFS }

/* Of the options that both commands have and that mean the same to both. */
#define CMD_ATTACH_HELP \
"  -s, --set NAME=VALUE      what a source is for all packets\n" \
"      --sources WHICH       what is asked for: all that the image has (default), or used: what\n" \
"                            the program reads; the rest is 0\n" \
"      --no-kfuncs           do not ask the driver for timestamp, hash and VLAN tag\n" \
"      --no-check            load the program even if it would read wrong\n" \
"      --no-verdicts         do not count what the program decides, and leave it as it is\n" \
"      --writer OBJ          another writer than the image's\n" \
"      --module NAME         bring in the types of a kernel module\n" \
"      --bpffs DIR           the BPF file system that keeps it (default /sys/fs/bpf)\n"

/* Takes an option of getopt_long(). -1: it is none of these; else 0, or the exit status after a message. */
int cmd_attach_option(struct cmd_attach *a, const char *cmd, int c);
/* Reads what the options name, for @a->opts. 0, or the exit status after a message. */
int cmd_attach_prepare(struct cmd_attach *a);
/* Says what is attached now, in what way, and what was not as asked for. */
void cmd_attach_tell(const struct mdesc_attachment *att, const char *what);
void cmd_attach_free(struct cmd_attach *a);

#endif /* MDESC_CMD_ATTACH_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How every command gets its images: the options that all of them have, and the
 * call that heeds them.
 *
 *	static const struct option longs[] = { ..., CMD_IMAGE_LONGS, { NULL, 0, NULL, 0 } };
 *	"usage: ..." CMD_IMAGE_HELP
 *	default:
 *		if (!cmd_image_option(&a->from, c))
 *			return cmd_usage("show", NULL);
 *	img = cmd_image_open(a.image, &a.from, &err);
 */
#ifndef MDESC_CMD_IMAGE_H
#define MDESC_CMD_IMAGE_H

#include <getopt.h>

#include "cmd.h"

/* What was said about where images come from. Begins as all zero. */
struct cmd_image {
	const char *cert_dir;
	bool require_signature;
	const char *iface;	/* the image is that of this interface's NIC, instead of a path */
};

/* Above all characters, and what commands number by themselves. */
enum cmd_image_option {
	CMD_IMAGE_REQUIRE_SIGNATURE	= 0x1000,
	CMD_IMAGE_CERT,
	CMD_IMAGE_IFACE,
};

/* Of commands that are told by other means which image, and whether it is to be trusted: */
#define CMD_TRUST_LONGS								\
	{ "require-signature", no_argument, NULL, CMD_IMAGE_REQUIRE_SIGNATURE },	\
	{ "cert", required_argument, NULL, CMD_IMAGE_CERT }

#define CMD_IMAGE_LONGS								\
	CMD_TRUST_LONGS,							\
	{ "iface", required_argument, NULL, CMD_IMAGE_IFACE }

/* A paragraph of its own, behind the command's options. */
#define CMD_IMAGE_HELP								\
"\n"										\
"Of images, whatever the command:\n"						\
"      --iface IF            instead of an image, that of this interface's NIC, as\n" \
"                            `mdesc find IF' finds it\n"			\
CMD_TRUST_LINES

#define CMD_TRUST_HELP								\
"\n"										\
"Of images, whatever the command:\n"						\
CMD_TRUST_LINES

#define CMD_TRUST_LINES								\
"      --require-signature   use none that is not signed by whom a certificate in\n" \
"                            " MDESC_CERT_DIR " vouches for\n"			\
"      --cert DIR            the same with the certificates in DIR\n"

/* Take an option of getopt_long(). False: it is none of these. */
bool cmd_image_option(struct cmd_image *from, int c);
/* The argument that says which image; with --iface that is not on the command line. */
const char *cmd_image_arg(const struct cmd_image *from, char **argv);
/* How many arguments say which image: 1, or 0 with --iface. */
int cmd_image_args(const struct cmd_image *from);
/* Open an image as was asked for, which checks it. NULL with errno, and @err for cmd_error(). */
struct mdesc_image *cmd_image_open(const char *path, const struct cmd_image *from, struct mdesc_error *err);
/* The same into options that have more to say. */
void cmd_image_opts(const struct cmd_image *from, struct mdesc_image_open_opts *opts);

#endif /* MDESC_CMD_IMAGE_H */

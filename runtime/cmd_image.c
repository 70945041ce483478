/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The options of all commands that use an image, and opening it; see cmd_image.h.
 *
 * Whatever uses an image gets it from here, so that no command forgets what the
 * user asked of images.
 */
#include "cmd_image.h"

bool cmd_image_option(struct cmd_image *from, int c)
{
	switch (c) {
	case CMD_IMAGE_REQUIRE_SIGNATURE:
		from->require_signature = true;
		return true;
	case CMD_IMAGE_CERT:
		/* Who names certificates wants them to be asked. */
		from->cert_dir = optarg;
		from->require_signature = true;
		return true;
	default:
		return false;
	}
}

void cmd_image_opts(const struct cmd_image *from, struct mdesc_image_open_opts *opts)
{
	opts->cert_dir = from->cert_dir;
	opts->require_signature = from->require_signature;
}

struct mdesc_image *cmd_image_open(const char *path, const struct cmd_image *from, struct mdesc_error *err)
{
	MDESC_OPTS(mdesc_image_open_opts, opts, .name = NULL);

	cmd_image_opts(from, &opts);
	return mdesc_image__open(path, &opts, err);
}

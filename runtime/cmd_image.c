/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The options of all commands that use an image, and opening it; see cmd_image.h.
 *
 * Whatever uses an image gets it from here, so that no command forgets what the
 * user asked of images.
 */
#include <errno.h>

#include "cmd_image.h"
#include "cmd_progress.h"

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
	case CMD_IMAGE_IFACE:
		from->iface = optarg;
		return true;
	default:
		return false;
	}
}

const char *cmd_image_arg(const struct cmd_image *from, char **argv)
{
	return from->iface ? from->iface : argv[optind++];
}

int cmd_image_args(const struct cmd_image *from)
{
	return from->iface ? 0 : 1;
}

void cmd_image_opts(const struct cmd_image *from, struct mdesc_image_open_opts *opts)
{
	opts->cert_dir = from->cert_dir;
	opts->require_signature = from->require_signature;
}

static struct mdesc_image *open_of_iface(const struct cmd_image *from, const struct mdesc_image_open_opts *open,
					 struct mdesc_error *err)
{
	struct cmd_progress progress = { .begun = false };
	MDESC_OPTS(mdesc_fetch_opts, fetch, .progress = cmd_progress, .progress_ctx = &progress);
	MDESC_OPTS(mdesc_find_opts, opts, .open = open, .fetch = &fetch, .no_kernel = true);
	struct mdesc_identity *id = mdesc_identity__from_iface(from->iface, err);
	struct mdesc_found *found = id ? mdesc_find(id, &opts, err) : NULL;
	struct mdesc_image *img = found ? mdesc_found__take_image(found) : NULL;
	int code = errno;

	cmd_progress_end(&progress);
	if (found && *mdesc_found__warning(found))
		cmd_fail(0, "warning: a better match cannot be used: %s", mdesc_found__warning(found));
	mdesc_found__free(found);
	mdesc_identity__free(id);
	errno = code;
	return img;
}

struct mdesc_image *cmd_image_open(const char *path, const struct cmd_image *from, struct mdesc_error *err)
{
	MDESC_OPTS(mdesc_image_open_opts, opts, .name = NULL);

	cmd_image_opts(from, &opts);
	if (from->iface)
		return open_of_iface(from, &opts, err);
	return mdesc_image__open(path, &opts, err);
}

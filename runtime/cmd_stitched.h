/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the commands share that stitch several images to the kernel: which images
 * and modules, opening all of them or none, telling what was left out.
 */
#ifndef MDESC_CMD_STITCHED_H
#define MDESC_CMD_STITCHED_H

#include "cmd_image.h"

#define CMD_STITCH_MAX	64	/* of images, and of modules */

/* Begins as all zero. */
struct cmd_stitch {
	struct cmd_image from;
	const char *paths[CMD_STITCH_MAX];	/* or an interface, */
	bool is_iface[CMD_STITCH_MAX];		/* where this is so */
	struct mdesc_image *images[CMD_STITCH_MAX];
	size_t path_count, image_count;
	const char *modules[CMD_STITCH_MAX];
	size_t module_count;
	const char *kernel_btf;
	bool old_kinds;
};

/* One more, of the command @cmd. 0, or the exit status after an error message, as of the next. */
int cmd_stitch_image(struct cmd_stitch *s, const char *cmd, const char *path);
/* Takes an option that all commands have, as cmd_image_option(). -1: it is none of these. */
int cmd_stitch_option(struct cmd_stitch *s, const char *cmd, int c);
int cmd_stitch_module(struct cmd_stitch *s, const char *cmd, const char *name);
/* Open all images: every one is good, or nothing is done with any. */
int cmd_stitch_open(struct cmd_stitch *s);
/* As the library takes them; points into @s. */
void cmd_stitch_opts(const struct cmd_stitch *s, struct mdesc_stitch_opts *opts);
void cmd_stitch_close(struct cmd_stitch *s);
/* Say on standard error what was left out. */
void cmd_stitch_notes(const struct mdesc_stitched *btf);

#endif /* MDESC_CMD_STITCHED_H */

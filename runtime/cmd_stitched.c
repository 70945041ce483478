/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Images and modules to stitch; see cmd_stitched.h.
 *
 * An image that does not pass its checks ends the command before any other is
 * used.
 */
#include "cmd_stitched.h"

static int add(const char **list, size_t *n, const char *what, const char *cmd, const char *text)
{
	char why[64];

	if (*n == CMD_STITCH_MAX) {
		snprintf(why, sizeof(why), "too many %s: it takes %d", what, CMD_STITCH_MAX);
		return cmd_usage(cmd, why);
	}
	list[(*n)++] = text;
	return 0;
}

int cmd_stitch_image(struct cmd_stitch *s, const char *cmd, const char *path)
{
	return add(s->paths, &s->path_count, "images", cmd, path);
}

int cmd_stitch_option(struct cmd_stitch *s, const char *cmd, int c)
{
	if (!cmd_image_option(&s->from, c))
		return -1;
	if (c != CMD_IMAGE_IFACE)
		return 0;
	if (s->path_count < CMD_STITCH_MAX)
		s->is_iface[s->path_count] = true;
	return cmd_stitch_image(s, cmd, s->from.iface);
}

int cmd_stitch_module(struct cmd_stitch *s, const char *cmd, const char *name)
{
	return add(s->modules, &s->module_count, "modules", cmd, name);
}

int cmd_stitch_open(struct cmd_stitch *s)
{
	struct mdesc_error err = { 0 };

	while (s->image_count < s->path_count) {
		size_t i = s->image_count;
		struct cmd_image from = s->from;
		struct mdesc_image *img;

		from.iface = s->is_iface[i] ? s->paths[i] : NULL;
		img = cmd_image_open(s->paths[i], &from, &err);
		if (!img)
			return cmd_error(&err);
		s->images[s->image_count++] = img;
	}
	return 0;
}

void cmd_stitch_opts(const struct cmd_stitch *s, struct mdesc_stitch_opts *opts)
{
	opts->images = (const struct mdesc_image *const *)s->images;
	opts->image_count = s->image_count;
	opts->modules = s->modules;
	opts->module_count = s->module_count;
	opts->kernel_btf = s->kernel_btf;
	opts->old_kinds = s->old_kinds;
}

void cmd_stitch_close(struct cmd_stitch *s)
{
	while (s->image_count)
		mdesc_image__close(s->images[--s->image_count]);
}

void cmd_stitch_notes(const struct mdesc_stitched *btf)
{
	size_t i;

	for (i = 0; i < mdesc_stitched__note_count(btf); i++)
		fprintf(stderr, "mdesc: left out: %s\n", mdesc_stitched__note(btf, i));
}

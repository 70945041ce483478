/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* mdesc show, for its own files. */
#ifndef MDESC_SHOW_H
#define MDESC_SHOW_H

#include "cmd_image.h"

struct show_args {
	const char *image;
	const char *layout;	/* NULL: all */
	bool sections;
	bool json;
	struct cmd_image from;
};

/* showjson.c: one object; only @layout's where it is not NULL. 0, or the exit status. */
int show_json(const struct mdesc_image *img, const struct mdesc_layout *layout);

#endif /* MDESC_SHOW_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc check: what its files share. cmd_check.c reads the command line and the
 * inputs and runs the pairs; the others print them.
 */
#ifndef MDESC_CMD_CHECK_H
#define MDESC_CMD_CHECK_H

#include "cmd_image.h"

/* All pairs, object by object: results[object * image_n + image]. */
struct check_run {
	struct mdesc_check *check;
	size_t object_n, image_n;
	struct mdesc_check_result **results;
	int fail_on;		/* enum mdesc_check_class; one above the last: never */
	int least;		/* the class from which on relocations are listed */
};

static inline struct mdesc_check_result *check_result(const struct check_run *r, size_t object, size_t image)
{
	return r->results[object * r->image_n + image];
}

/* Pairs whose class is @class or worse. */
size_t check_count(const struct check_run *r, int class);
/* The worst class of all. */
int check_worst(const struct check_run *r);

/* cmd_check_text.c, cmd_check_json.c: 0 or the exit status. */
int check_print(const struct check_run *r);
int check_json(const struct check_run *r);
int check_sarif(const struct check_run *r);

#endif /* MDESC_CMD_CHECK_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Progress of what is fetched from a server, on standard error, and how long to wait.
 */
#ifndef MDESC_CMD_PROGRESS_H
#define MDESC_CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct cmd_progress {
	struct timespec begin, shown;
	bool tty, said, begun;
};

/* For struct mdesc_fetch_opts. @ctx: struct cmd_progress, at first all zero: the time counts from the first call. */
int cmd_progress(void *ctx, uint64_t done, uint64_t all);
/* Start to count now. */
void cmd_progress_begin(struct cmd_progress *p);
/* Take a line that changes away again. */
void cmd_progress_end(const struct cmd_progress *p);

/* Seconds, up to a day, as the value of --timeout. */
bool cmd_parse_timeout(const char *text, unsigned int *ms);

#endif /* MDESC_CMD_PROGRESS_H */

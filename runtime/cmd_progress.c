/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Progress of what is fetched: takes what debuginfod says of itself, prints a line
 * that changes for a terminal; for a log, one line, once it takes long.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd_progress.h"

static double seconds_since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - t->tv_sec + (now.tv_nsec - t->tv_nsec) / 1e9;
}

void cmd_progress_begin(struct cmd_progress *p)
{
	p->tty = isatty(STDERR_FILENO);
	p->begun = true;
	clock_gettime(CLOCK_MONOTONIC, &p->begin);
}

int cmd_progress(void *ctx, uint64_t done, uint64_t all)
{
	struct cmd_progress *p = ctx;

	if (!p->begun)
		cmd_progress_begin(p);
	if (p->tty && (!p->said || seconds_since(&p->shown) > 0.2)) {
		if (all)
			fprintf(stderr, "\r%llu of %llu KiB\033[K", (unsigned long long)(done + 1023) / 1024,
				(unsigned long long)(all + 1023) / 1024);
		else
			fprintf(stderr, "\rwaiting for debuginfod, %.0f s\033[K", seconds_since(&p->begin));
		clock_gettime(CLOCK_MONOTONIC, &p->shown);
		p->said = true;
	} else if (!p->tty && !p->said && seconds_since(&p->begin) >= 1) {
		fprintf(stderr, "mdesc: waiting for a debuginfod server\n");
		p->said = true;
	}
	return 0;
}

void cmd_progress_end(const struct cmd_progress *p)
{
	if (p->tty && p->said)
		fprintf(stderr, "\r\033[K");
}

bool cmd_parse_timeout(const char *text, unsigned int *ms)
{
	char *end;
	double seconds = strtod(text, &end);

	if (*text < '0' || *text > '9' || *end || !(seconds > 0 && seconds <= 86400))
		return false;
	*ms = seconds * 1000 < 1 ? 1 : seconds * 1000;
	return true;
}

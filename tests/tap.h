/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Result lines for tests in C, as tests/run counts them: `ok NAME`, or `not ok
 * NAME` with lines of diagnostics. A test goes on after a failure; main() returns
 * tap_status().
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_failed;

__attribute__((format(printf, 3, 4), unused))
static bool tap(bool good, const char *name, const char *diag, ...)
{
	va_list ap;

	printf("%s %s\n", good ? "ok" : "not ok", name);
	if (!good) {
		tap_failed++;
		printf("# ");
		va_start(ap, diag);
		vprintf(diag, ap);
		va_end(ap);
		printf("\n");
	}
	fflush(stdout);
	return good;
}

__attribute__((unused))
static int tap_status(void)
{
	return tap_failed ? 1 : 0;
}

#endif /* TESTS_TAP_H */

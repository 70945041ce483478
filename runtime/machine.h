/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What only some machines have, as one line of text: takes a target, prints to
 * a file; for the library's listing and for the command.
 */
#ifndef MDESC_MACHINE_H
#define MDESC_MACHINE_H

#include <stdarg.h>
#include <stdio.h>

#include <mdesc/format.h>
#include <mdesc/mdesc.h>

__attribute__((format(printf, 3, 4)))
static inline void machine_put(FILE *out, const char **before, const char *fmt, ...)
{
	va_list ap;

	fputs(*before, out);
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
	*before = ", ";
}

/* @before stands at the beginning of the line. A machine that has nothing of this gets no line. */
static inline void machine_print(FILE *out, const char *before, const struct mdesc_target_info *t)
{
	const char *at = before;

	if (t->lookup_bytes > 1)
		machine_put(out, &at, "%u look-ups of %u bytes", t->lookups, t->lookup_bytes);
	if (t->window)
		machine_put(out, &at, "a window of %u bytes", t->window);
	if (t->flags & MDESC_TARGET_EXACT)
		machine_put(out, &at, "exact match");
	if (t->boost_rows)
		machine_put(out, &at, "%u boost rows", t->boost_rows);
	if (t->flags & MDESC_TARGET_DEFAULTS)
		machine_put(out, &at, "defaults");
	if (t->stages)
		machine_put(out, &at, "%u stages of %u rows, a row skips %u", t->stages, t->stage_rows, t->skip);
	if (t->arcs_in)
		machine_put(out, &at, "%u arcs into a state", t->arcs_in);
	if (t->arcs_out)
		machine_put(out, &at, "%u arcs out of a state", t->arcs_out);
	if (t->shift)
		machine_put(out, &at, "%u bytes a shift", t->shift);
	if (at != before)
		fputc('\n', out);
}

#endif /* MDESC_MACHINE_H */

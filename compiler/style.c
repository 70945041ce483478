/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the command line and the environment, decides whether diagnostics are
 * JSON, and if not whether they have colours: as --color says; otherwise never
 * with NO_COLOR, always with CLICOLOR_FORCE, and else on terminals that are
 * not dumb.
 */
#include "style.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"

#define DIAGNOSTICS	"--diagnostics="
#define COLOR		"--color="

/* The value in "OPTION=VALUE"; NULL: it is another option. */
static const char *value_of(const char *arg, const char *option)
{
	size_t n = strlen(option);

	return strncmp(arg, option, n) ? NULL : arg + n;
}

static bool one_of(const char *value, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(value, *names))
			return true;
	return false;
}

bool style_valid(const char *arg)
{
	static const char *const kinds[] = { "text", "json", NULL };
	static const char *const whens[] = { "auto", "always", "never", NULL };
	const char *value;

	if ((value = value_of(arg, DIAGNOSTICS)))
		return one_of(value, kinds);
	value = value_of(arg, COLOR);
	return value && one_of(value, whens);
}

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

static bool color_by_itself(void)
{
	const char *force = getenv("CLICOLOR_FORCE"), *term = getenv("TERM");

	if (is_set("NO_COLOR"))
		return false;
	if (force && *force && strcmp(force, "0"))
		return true;
	return term && *term && strcmp(term, "dumb") && isatty(STDERR_FILENO);
}

void style_choose(struct diags *diags, int argc, char **argv)
{
	const char *color = "auto", *value;
	bool json = false;

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!style_valid(argv[i]))
			continue;
		if ((value = value_of(argv[i], DIAGNOSTICS)))
			json = !strcmp(value, "json");
		else
			color = value_of(argv[i], COLOR);
	}
	diags_style(diags, json, !strcmp(color, "auto") ? color_by_itself() : !strcmp(color, "always"));
}

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

static const struct {
	const char *name, *want;
	const char *values[4];
} options[] = {
	{ "--diagnostics", "--diagnostics=KIND takes text or json", { "text", "json" } },
	{ "--color", "--color=WHEN takes auto, always or never", { "auto", "always", "never" } },
};

enum { DIAGNOSTICS, COLOR, N_OPTIONS };

/* Which of the options argv[*at] is, or N_OPTIONS; its value, and *at at it. */
static int find(int argc, char **argv, int *at, const char **value)
{
	int i;

	*value = "";
	for (i = 0; i < N_OPTIONS; i++) {
		size_t n = strlen(options[i].name);

		if (strncmp(argv[*at], options[i].name, n) || (argv[*at][n] && argv[*at][n] != '='))
			continue;
		if (argv[*at][n])
			*value = argv[*at] + n + 1;
		else if (*at + 1 < argc)
			*value = argv[++*at];
		break;
	}
	return i;
}

static bool is_known(int option, const char *value)
{
	for (int i = 0; options[option].values[i]; i++)
		if (!strcmp(value, options[option].values[i]))
			return true;
	return false;
}

enum style_arg style_arg(int argc, char **argv, int *at, const char **want, const char **value)
{
	int option = find(argc, argv, at, value);

	if (option == N_OPTIONS)
		return STYLE_OTHER;
	*want = options[option].want;
	return is_known(option, *value) ? STYLE_GOOD : STYLE_BAD;
}

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

static bool color_by_itself(void)
{
	const char *force = getenv("CLICOLOR_FORCE"), *term = getenv("TERM"), *color = getenv("CLICOLOR");

	if (is_set("NO_COLOR"))
		return false;
	if (force && *force && strcmp(force, "0"))
		return true;
	return term && *term && strcmp(term, "dumb") && (!color || strcmp(color, "0")) && isatty(STDERR_FILENO);
}

void style_choose(struct diags *diags, int argc, char **argv)
{
	const char *color = "auto", *value;
	bool json = false;

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		int option = find(argc, argv, &i, &value);

		if (option == DIAGNOSTICS && is_known(option, value))
			json = !strcmp(value, "json");
		else if (option == COLOR && is_known(option, value))
			color = value;
	}
	diags_style(diags, json, !strcmp(color, "auto") ? color_by_itself() : !strcmp(color, "always"));
}

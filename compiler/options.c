/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes argv, gives struct options. Options may stand anywhere; those with a
 * value take it joined or as the next word. What is wrong ends in one line that
 * says so, and exit status 2.
 */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "diag.h"
#include "style.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif
#ifndef MDESC_DATADIR
#define MDESC_DATADIR NULL
#endif

struct cmdline {
	struct options *o;
	struct arena *arena;
	struct diags *diags;
	int argc, at;
	char **argv;
	VEC(const char *) dirs;
	VEC(struct mdc_define) defines;
	VEC(const char *) releases;
	bool emit_given;
};

__attribute__((format(printf, 2, 3)))
static int bad(struct cmdline *c, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(c->arena, fmt, ap);
	va_end(ap);
	diags_say(c->diags, "usage", "try 'mdescc --help'", "%s", text);
	return 2;
}

static int finish_stdout(struct cmdline *c)
{
	if (fflush(stdout) || ferror(stdout)) {
		diags_say(c->diags, "system", NULL, "standard output: %s", strerror(errno));
		return 2;
	}
	return 0;
}

static int help(struct cmdline *c)
{
	puts("Usage: mdescc [OPTION]... FILE.mdesc\n"
	     "       mdescc fmt FILE.mdesc...     see mdescc fmt --help\n"
	     "Compile a description of a NIC's parser and metadata.\n"
	     "\n"
	     "By default FILE.fw, FILE.h and FILE.btf are written beside FILE.mdesc; where its\n"
	     "device lists releases, FILE-RELEASE.fw and so on for each of them.\n"
	     "\n"
	     "  --emit=KIND,...    what to write:");
	for (const struct mdc_emitter *e = mdc_emitters; e->name; e++)
		if (e->help)
			printf("                       %-12s %s%s\n", e->name, e->help,
			       e->by_default ? " (default)" : "");
	puts("  -o FILE            write the one KIND to FILE; - is standard output\n"
	     "  -d DIR             write the outputs into DIR\n"
	     "  -I DIR             look for includes in DIR, too\n"
	     "  -D NAME=VALUE      give the constant NAME this value\n"
	     "  --diagnostics=KIND text, or json: one object a line\n"
	     "  --color=WHEN       colours: auto (on terminals), always, never\n"
	     "  --release=RELEASE  compile this release of the description; default: all\n"
	     "  --list-releases    those releases, one a line, the oldest first, and exit\n"
	     "  --list-outputs     the files that would be written, one a line, and exit\n"
	     "  --target=TARGET    compile for this machine instead of the device's: a target of the\n"
	     "                     description, or of a file targets/TARGET.mdesc where includes are\n"
	     "                     looked for\n"
	     "  -O0 -O1 -O2        leave rows as they are written; make them fewer (default);\n"
	     "                     search for the fewest\n"
	     "  --opt-steps N      steps of that search, at most; default: 1000000\n"
	     "  --prove            after each pass over the rows, prove that they mean the same as before;\n"
	     "                     --prove=tell: and say on standard error what was proved\n"
	     "  --prove-steps N    steps of each proof, at most\n"
	     "  --stats            say on standard error what rows take, before and after each pass;\n"
	     "                     --stats=json: one object a line\n"
	     "  --no-description   leave the description itself out of the image: mdesc dump --mdesc\n"
	     "                     cannot print it then\n"
	     "  --embed=KIND       put into the image, too: xdp, the writer in software, compiled by clang,\n"
	     "                     for mdesc attach\n"
	     "  --kernel-btf FILE  refuse types that this kernel's BTF has, too\n"
	     "                     (/sys/kernel/btf/vmlinux)\n"
	     "  -Wall -Wextra      more warnings        -Werror        warnings are errors\n"
	     "  -WNAME -Wno-NAME   one warning on, off  -Werror=NAME   one warning is an error\n"
	     "  -MD                write a make rule for what was read to FILE.d\n"
	     "  -MF FILE           ... to FILE          -MT TARGET     ... for TARGET\n"
	     "  -MP                ... with an empty rule for each include\n"
	     "  --list-checks      every check with its name, and exit\n"
	     "  -h, --help, --version\n"
	     "\n"
	     "Exit status: 0; 1 the description is wrong; 2 wrong usage or a system error.");
	return finish_stdout(c);
}

/* The page doc/checks.md is made of this. */
static int list_checks(struct cmdline *c)
{
	static const char *const severities[] = { "off", "warning", "error" };
	static const char *const groups[] = { "always", "default", "-Wall", "-Wextra" };

	puts("| check | severity | on | what it finds |\n|---|---|---|---|");
	for (int i = 0; i < CHK_COUNT; i++)
		printf("| `%s` | %s | %s | %s |\n", check_infos[i].name,
		       severities[check_infos[i].severity], groups[check_infos[i].group],
		       check_infos[i].text);
	return finish_stdout(c);
}

/* The value of an option: joined to it at @joined, or the next word. */
static const char *value(struct cmdline *c, const char *joined)
{
	if (*joined)
		return joined;
	return c->at + 1 < c->argc ? c->argv[++c->at] : NULL;
}

static int emit_find(const char *name)
{
	int i = 0;

	while (strcmp(mdc_emitters[i].name, name))
		i++;
	return i;
}

static int emit(struct cmdline *c, const char *list)
{
	while (*list) {
		size_t n = strcspn(list, ",");
		uint32_t rows = 0;

		for (const struct mdc_emitter *e = mdc_emitters; e->name; e++)
			if (strlen(e->name) == n && !strncmp(e->name, list, n))
				rows |= 1u << (e - mdc_emitters);
		if (!rows)
			return bad(c, "--emit knows no kind '%s'",
				   arena_strndup(c->arena, list, n));
		c->o->emit |= rows;
		list += n + (list[n] == ',');
	}
	c->emit_given = true;
	return c->o->emit ? -1 : bad(c, "--emit needs a kind");
}

static int define(struct cmdline *c, const char *arg)
{
	const char *eq = strchr(arg, '='), *name;
	size_t n = eq ? (size_t)(eq - arg) : strlen(arg);
	unsigned long long v = 1;
	bool binary, negative = false;
	char *end;

	if (!n || strspn(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != n)
		return bad(c, "-D takes NAME=VALUE, not '%s'", arg);
	name = arena_strndup(c->arena, arg, n);
	if (eq) {
		negative = *++eq == '-';
		eq += negative;
		binary = eq[0] == '0' && (eq[1] | 0x20) == 'b';
		errno = 0;
		v = strtoull(eq + (binary ? 2 : 0), &end, binary ? 2 : 0);
		if (eq[0] < '0' || eq[0] > '9' || *end || errno || (negative && v > 1ull << 63) ||
		    (eq[0] == '0' && eq[1] >= '0' && eq[1] <= '9'))
			return bad(c, "-D takes NAME=VALUE with a number, not '%s'", arg);
	}
	*vec_push(c->arena, &c->defines) = (struct mdc_define){ name, v, negative, false };
	return -1;
}

/* It is the name of a file, too. */
static int target(struct cmdline *c, const char *arg)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	const char *v = arg[8] ? arg + 9 : value(c, "");

	if (!v || !*v)
		return bad(c, "'%s' needs a value", arg);
	if (!strchr(first, *v) || v[strspn(v, more)] || strlen(v) > 63)
		return bad(c, "--target takes the name of a target, not '%s'", v);
	c->o->mdc.target = v;
	return -1;
}

static int release(struct cmdline *c, const char *arg)
{
	const char *v = arg[9] ? arg + 10 : value(c, "");

	if (!v || !*v)
		return bad(c, "'%s' needs a value", arg);
	*vec_push(c->arena, &c->releases) = v;
	return -1;
}

static int dep_option(struct cmdline *c, const char *arg)
{
	const char **to = arg[2] == 'F' ? &c->o->dep_file : &c->o->dep_target;

	if (!strcmp(arg, "-MD") || !strcmp(arg, "-MP")) {
		if (arg[2] == 'D')
			c->o->deps = true;
		else
			c->o->dep_phony = true;
		return -1;
	}
	if (arg[2] != 'F' && arg[2] != 'T')
		return bad(c, "unknown option '%s'", arg);
	*to = value(c, arg + 3);
	return *to ? -1 : bad(c, "'%s' needs a value", arg);
}

static int optimise(struct cmdline *c, const char *arg)
{
	if (arg[2] < '0' || arg[2] > '2' || arg[3])
		return bad(c, "'%s': -O0, -O1 or -O2", arg);
	c->o->mdc.level = arg[2] - '0';
	return -1;
}

static int stats(struct cmdline *c, const char *arg)
{
	if (!arg[7] || !strcmp(arg + 8, "text"))
		c->o->mdc.stats = MDC_STATS_TEXT;
	else if (!strcmp(arg + 8, "json"))
		c->o->mdc.stats = MDC_STATS_JSON;
	else
		return bad(c, "--stats is text or json, not '%s'", arg + 8);
	return -1;
}

/* --opt-steps N, --prove-steps N: a number that says nothing of time, so that the output is always the same. */
static int steps(struct cmdline *c, const char *arg, const char *name, uint64_t *to)
{
	const char *v = arg[strlen(name)] ? arg + strlen(name) + 1 : value(c, "");
	char *end;

	if (!v || !*v)
		return bad(c, "'%s' needs a value", arg);
	errno = 0;
	*to = strtoull(v, &end, 10);
	if (v[0] < '0' || v[0] > '9' || *end || errno)
		return bad(c, "%s takes a number of steps, not '%s'", name, v);
	return -1;
}

static int prove(struct cmdline *c, const char *arg)
{
	if (!arg[7])
		c->o->mdc.prove = MDC_PROVE;
	else if (!strcmp(arg, "--prove=tell"))
		c->o->mdc.prove = MDC_PROVE_TELL;
	else
		return bad(c, "'%s': --prove, or --prove=tell", arg);
	return -1;
}

static int long_option(struct cmdline *c, const char *arg)
{
	const char *want, *v;

	if (!strcmp(arg, "--help"))
		return help(c);
	if (!strcmp(arg, "--version")) {
		puts("mdescc " PACKAGE_VERSION);
		return finish_stdout(c);
	}
	if (!strcmp(arg, "--list-checks"))
		return list_checks(c);
	if (!strcmp(arg, "--stats") || !strncmp(arg, "--stats=", 8))
		return stats(c, arg);
	if (!strcmp(arg, "--no-description")) {
		c->o->mdc.no_description = true;
		return -1;
	}
	if (!strcmp(arg, "--embed") || !strncmp(arg, "--embed=", 8)) {
		v = arg[7] ? arg + 8 : value(c, "");
		if (!v || strcmp(v, "xdp"))
			return bad(c, "--embed takes xdp, not '%s'", v ? v : "");
		c->o->mdc.embed_xdp = true;
		return -1;
	}
	if (!strcmp(arg, "--list-releases") || !strcmp(arg, "--list-outputs")) {
		*(arg[7] == 'r' ? &c->o->list_releases : &c->o->list_outputs) = true;
		return -1;
	}
	if (!strncmp(arg, "--target=", 9) || !strcmp(arg, "--target"))
		return target(c, arg);
	if (!strncmp(arg, "--opt-steps=", 12) || !strcmp(arg, "--opt-steps"))
		return steps(c, arg, "--opt-steps", &c->o->mdc.steps);
	if (!strncmp(arg, "--prove-steps=", 14) || !strcmp(arg, "--prove-steps"))
		return steps(c, arg, "--prove-steps", &c->o->mdc.prove_steps);
	if (!strncmp(arg, "--prove=", 8) || !strcmp(arg, "--prove"))
		return prove(c, arg);
	if (!strncmp(arg, "--release=", 10) || !strcmp(arg, "--release"))
		return release(c, arg);
	if (!strncmp(arg, "--emit=", 7))
		return emit(c, arg + 7);
	if (!strcmp(arg, "--emit"))
		return (v = value(c, "")) ? emit(c, v) : bad(c, "'%s' needs a value", arg);
	switch (style_arg(c->argc, c->argv, &c->at, &want, &v)) {
	case STYLE_GOOD:	/* style_choose() has seen it */
		return -1;
	case STYLE_BAD:
		return bad(c, "%s, not '%s'", want, v);
	default:
		break;
	}
	if (!strncmp(arg, "--kernel-btf=", 13))
		c->o->mdc.kernel_btf = arg + 13;
	else if (!strcmp(arg, "--kernel-btf"))
		c->o->mdc.kernel_btf = value(c, "");
	else
		return bad(c, "unknown option '%s'", arg);
	return c->o->mdc.kernel_btf ? -1 : bad(c, "'%s' needs a value", arg);
}

static int warning(struct cmdline *c, const char *arg)
{
	const char *name = arg;

	if (!diags_option(c->diags, arg))
		return -1;
	if (!strncmp(name, "no-", 3))
		name += 3;
	if (!strncmp(name, "error=", 6))
		name += 6;
	return bad(c, "no warning is called '%s'", name);
}

static int short_option(struct cmdline *c, const char *arg)
{
	const char *v;

	if (arg[1] == 'M')
		return dep_option(c, arg);
	if (arg[1] == 'W')
		return warning(c, arg + 2);
	if (arg[1] == 'O')
		return optimise(c, arg);
	if (!strcmp(arg, "-h"))
		return help(c);
	if (!strchr("IdoD", arg[1]))
		return bad(c, "unknown option '%s'", arg);
	v = value(c, arg + 2);
	if (!v || !*v)
		return bad(c, "'%s' needs a value", arg);
	if (arg[1] == 'D')
		return define(c, v);
	if (arg[1] == 'I')
		*vec_push(c->arena, &c->dirs) = v;
	else if (arg[1] == 'd')
		c->o->out_dir = v;
	else
		c->o->out_file = v;
	return -1;
}

/* How many kinds of output are wanted; of one, @in_folder: is it several files? */
static int kinds(const struct options *o, bool *in_folder)
{
	int n = 0;

	*in_folder = false;
	for (int i = 0; mdc_emitters[i].name; i++) {
		if (!(o->emit & 1u << i))
			continue;
		n += mdc_emitters[i].help != NULL;
		*in_folder |= strchr(mdc_emitters[i].suffix, '/') != NULL;
	}
	return n;
}

/* What the options say together. */
static int check(struct cmdline *c)
{
	struct options *o = c->o;
	bool in_folder;

	if (!o->mdc.input)
		return bad(c, "no FILE.mdesc is given");
	for (int i = 0; !c->emit_given && mdc_emitters[i].name; i++)
		if (mdc_emitters[i].by_default)
			o->emit |= 1u << i;
	if (!(o->emit & 1u << emit_find("image")))
		o->mdc.no_description = true;
	if (o->mdc.embed_xdp && !(o->emit & 1u << emit_find("image")))
		return bad(c, "--embed goes with the image, and --emit does not ask for that");
	if (o->list_releases && o->list_outputs)
		return bad(c, "--list-releases and --list-outputs exclude each other");
	if (o->out_file && !o->list_releases && kinds(o, &in_folder) > 1)
		return bad(c, "-o takes exactly one kind: say which with --emit=KIND");
	if (kinds(o, &in_folder) && in_folder && o->out_file && !strcmp(o->out_file, "-"))
		return bad(c, "a folder of files cannot go to standard output: -o DIR names it");
	if (o->out_file && o->out_dir)
		return bad(c, "-o and -d exclude each other");
	if (!strcmp(o->mdc.input, "-") && !o->out_file && !o->list_releases)
		return bad(c, "a description from standard input needs -o");
	if ((o->dep_file || o->dep_target || o->dep_phony) && !o->deps)
		return bad(c, "-MF, -MT and -MP go with -MD");
	if (o->deps && o->out_file && !strcmp(o->out_file, "-") && (!o->dep_file || !o->dep_target))
		return bad(c, "with -o -, -MD needs -MF and -MT");
	return -1;
}

int options_parse(struct options *o, struct arena *arena, struct diags *diags, int argc,
		  char **argv)
{
	struct cmdline c = { .o = o, .arena = arena, .diags = diags, .argc = argc, .argv = argv };
	bool only_files = false;
	int status;

	o->mdc.share_dir = MDESC_DATADIR;
	o->mdc.level = MDC_LEVEL;
	o->mdc.steps = MDC_STEPS;
	style_choose(diags, argc, argv);
	for (c.at = 1; c.at < argc; c.at++) {
		const char *arg = argv[c.at];

		status = -1;
		if (only_files || arg[0] != '-' || !arg[1]) {
			if (o->mdc.input)
				return bad(&c, "one FILE.mdesc only: what is '%s'?", arg);
			o->mdc.input = arg;
		} else if (!strcmp(arg, "--")) {
			only_files = true;
		} else {
			status = arg[1] == '-' ? long_option(&c, arg) : short_option(&c, arg);
		}
		if (status >= 0)
			return status;
	}
	o->mdc.include_dirs = c.dirs.p;
	o->mdc.n_include_dirs = (int)c.dirs.n;
	o->mdc.defines = c.defines.p;
	o->mdc.n_defines = (int)c.defines.n;
	o->releases = c.releases.p;
	o->n_releases = (int)c.releases.n;
	return check(&c);
}

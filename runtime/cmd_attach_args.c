/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The options of attach and update; see cmd_attach.h. Takes them one by one, gives
 * the library's options, with the files read that they name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_attach.h"
#include "near.h"

static int frags_option(struct cmd_attach *a, const char *cmd)
{
	static const char *const names[] = { "auto", "yes", "no" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(optarg, names[i])) {
			a->opts.frags = (int)i;
			return 0;
		}
	return cmd_usage(cmd, "--frags is auto, yes or no");
}

static int sources_option(struct cmd_attach *a, const char *cmd)
{
	struct near_name near;

	if (!strcmp(optarg, "all") || !strcmp(optarg, "used")) {
		a->opts.ask = *optarg == 'a' ? MDESC_ASK_ALL : MDESC_ASK_USED;
		return 0;
	}
	near_begin(&near, optarg);
	near_look(&near, "all");
	near_look(&near, "used");
	fprintf(stderr, "mdesc: --sources is all or used, not '%s'", optarg);
	if (near.best)
		fprintf(stderr, ": did you mean '%s'?", near.best);
	fputc('\n', stderr);
	return cmd_usage(cmd, NULL);
}

static int add_set(struct cmd_attach *a, const char *cmd)
{
	const char *eq = strchr(optarg, '=');
	struct mdesc_source_value *v = &a->values[a->set_n];
	char *end;

	if (a->set_n == CMD_ATTACH_SETS)
		return cmd_usage(cmd, "too many --set");
	if (!eq || eq == optarg || eq - optarg >= 64)
		return cmd_usage(cmd, "--set takes NAME=VALUE");
	errno = 0;
	v->value = strtoull(eq + 1, &end, 0);
	if (errno || *end || eq[1] < '0' || eq[1] > '9')
		return cmd_usage(cmd, "--set: the value is no number");
	snprintf(a->names[a->set_n], sizeof(a->names[0]), "%.*s", (int)(eq - optarg), optarg);
	v->name = a->names[a->set_n++];
	return 0;
}

int cmd_attach_option(struct cmd_attach *a, const char *cmd, int c)
{
	switch (c) {
	case 'p': a->prog = optarg; return 0;
	case 's': return add_set(a, cmd);
	case CMD_ATTACH_SOURCES: return sources_option(a, cmd);
	case CMD_ATTACH_WRITER: a->writer = optarg; return 0;
	case CMD_ATTACH_FRAGS: return frags_option(a, cmd);
	case CMD_ATTACH_KEEP: a->opts.keep_metadata = true; return 0;
	case CMD_ATTACH_NO_KFUNCS: a->opts.no_kfuncs = true; return 0;
	case CMD_ATTACH_NO_VERDICTS: a->opts.no_verdicts = true; return 0;
	case CMD_ATTACH_NO_CHECK: a->opts.no_check = true; return 0;
	case CMD_ATTACH_BPFFS: a->opts.bpffs = optarg; return 0;
	case CMD_ATTACH_MODULE:
		if (a->module_n == CMD_ATTACH_SETS)
			return cmd_usage(cmd, "too many --module");
		a->modules[a->module_n++] = optarg;
		return 0;
	default:
		return cmd_image_option(&a->from, c) ? 0 : -1;
	}
}

/* OBJ:PROGRAM. A file that is called so goes first. */
static int split_prog(struct cmd_attach *a)
{
	char *colon;

	a->object = strdup(a->prog);
	if (!a->object)
		return cmd_fail(MDESC_CLASS_SYSTEM, "not enough memory");
	a->opts.object = a->object;
	colon = strrchr(a->object, ':');
	if (access(a->object, F_OK) && colon && colon[1] && !strchr(colon, '/')) {
		*colon = 0;
		a->opts.program = colon + 1;
	}
	return 0;
}

int cmd_attach_prepare(struct cmd_attach *a)
{
	int status = 0;

	a->opts.sz = sizeof(a->opts);
	if (a->prog)
		status = split_prog(a);
	if (!status && a->writer) {
		status = cmd_read_file(a->writer, &a->writer_data, &a->opts.writer_size);
		a->opts.writer = a->writer_data;
	}
	a->opts.sources = a->values;
	a->opts.source_count = a->set_n;
	if (a->module_n) {
		a->stitch.sz = sizeof(a->stitch);
		a->stitch.modules = a->modules;
		a->stitch.module_count = a->module_n;
		a->opts.stitch = &a->stitch;
	}
	return status;
}

void cmd_attach_free(struct cmd_attach *a)
{
	free(a->object);
	free(a->writer_data);
}

void cmd_attach_tell(const struct mdesc_attachment *att, const char *what)
{
	MDESC_INFO(mdesc_attachment_info, i);
	const char *note;
	size_t n;

	mdesc_attachment__info(att, &i);
	printf("%s: %s %s, %s mode%s%s, ", i.iface, i.image, what,
	       i.mode == MDESC_ATTACH_GENERIC ? "generic" : "native", i.frags ? " with fragments" : "",
	       i.dispatched ? ", in libxdp's dispatcher" : "");
	if (*i.program)
		printf("program %s\n", i.program);
	else
		printf("metadata kept for TC\n");
	fflush(stdout);
	if (*i.why_generic)
		fprintf(stderr, "mdesc: note: not native: %s\n", i.why_generic);
	if (*i.why_stand_in)
		fprintf(stderr, "mdesc: note: stand-ins for%s%s%s: %s\n",
			i.asks & ~i.gets & MDESC_XDP_USE_TIMESTAMP ? " timestamp" : "",
			i.asks & ~i.gets & MDESC_XDP_USE_HASH ? " hash" : "",
			i.asks & ~i.gets & MDESC_XDP_USE_VLAN_TAG ? " VLAN tag" : "", i.why_stand_in);
	if (*i.why_all)
		fprintf(stderr, "mdesc: note: all sources are asked for: %s\n", i.why_all);
	for (n = 0; (note = mdesc_attachment__unread(att, n)); n++)
		fprintf(stderr, "%s%s", n ? ", " : "mdesc: note: not asked for, as the program does not read them: ",
			note);
	if (n)
		fputc('\n', stderr);
	for (n = 0; (note = mdesc_attachment__note(att, n)); n++)
		fprintf(stderr, "mdesc: note: %s\n", note);
}

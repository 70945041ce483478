/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc status: takes interfaces, or all, and tells what is attached to them: the
 * image, the program, in what way, where values come from, and how many packets
 * went which way. Reads what is pinned in the BPF file system, and nothing else.
 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "watch.h"

static const char help[] =
"usage: mdesc status [OPTION]... [IFACE]...\n"
"\n"
"What `mdesc attach' has put onto interfaces, all of them where none is named.\n"
"\n"
"  -j, --json                print JSON: an array with an object for each\n"
"      --bpffs DIR           the BPF file system that keeps it (default /sys/fs/bpf)\n"
"  -h, --help                this text\n"
"\n"
"Packets are counted since attach or the last update, verdicts since attach. Exit status: 3 if\n"
"an interface that is named has nothing attached, or only a rest of it is left.\n";

/* An attachment with what was counted. */
struct state {
	const struct mdesc_attachment *att;
	struct mdesc_attachment_info i;
	uint64_t *counters;
	int count;
	enum watch_state watch;
	uint64_t verdicts[MDESC_VERDICTS];
	bool have_verdicts;
};

static const struct { const char *name; uint32_t flag; } asked[] = {
	{ "timestamp", MDESC_XDP_USE_TIMESTAMP },
	{ "hash", MDESC_XDP_USE_HASH },
	{ "vlan", MDESC_XDP_USE_VLAN_TAG },
};

static const struct { const char *name, *text; unsigned int idx; } counted[] = {
	{ "packets", "packets", MDESC_XDP_PACKETS },
	{ "truncated", "truncated: the parser met the end", MDESC_XDP_TRUNCATED },
	{ "errors", "other errors of the parser", MDESC_XDP_ERRORS },
	{ "dropped", "dropped by the parser", MDESC_XDP_DROPPED },
	{ "no_metadata", "without metadata: no room in front", MDESC_XDP_NO_METADATA },
	{ "no_program", "without a program", MDESC_XDP_NO_PROGRAM },
};

static const char *const verdict_names[MDESC_VERDICTS] = {
	[MDESC_VERDICT_ABORTED] = "aborted",
	[MDESC_VERDICT_DROP] = "drop",
	[MDESC_VERDICT_PASS] = "pass",
	[MDESC_VERDICT_TX] = "tx",
	[MDESC_VERDICT_REDIRECT] = "redirect",
	[MDESC_VERDICT_OTHER] = "other",
};

static const char *source_of(const struct state *s, uint32_t flag)
{
	return s->i.gets & flag ? "driver" : s->i.asks & flag ? "stand-in" : "not used";
}

/* ---- text ---- */

static void put_counters(const struct state *s)
{
	size_t k;
	int n;

	for (k = 0; k < sizeof(counted) / sizeof(counted[0]); k++)
		if (counted[k].idx == MDESC_XDP_PACKETS || s->counters[counted[k].idx])
			printf("  %-12llu%s\n", (unsigned long long)s->counters[counted[k].idx], counted[k].text);
	for (n = MDESC_XDP_LAYOUT0; n < s->count; n++)
		if (s->counters[n])
			printf("  %-12llulayout %s\n", (unsigned long long)s->counters[n],
			       mdesc_attachment__layout_name(s->att, n - MDESC_XDP_LAYOUT0));
}

static void put_verdicts(const struct state *s)
{
	int k, n = 0;

	if (!s->have_verdicts) {
		printf("  verdicts    not counted: %s\n", s->i.why_no_verdicts);
		return;
	}
	printf("  verdicts   ");
	for (k = 0; k < MDESC_VERDICTS; k++)
		if (s->verdicts[k])
			printf("%s %s: %llu", n++ ? "," : "", verdict_names[k], (unsigned long long)s->verdicts[k]);
	printf("%s%s\n", n ? "" : " none", s->i.generation > 1 ? " (since it was attached)" : "");
}

/* As the mount namespace has it where the file system is: the way there through a process is for this command only. */
static const char *pinned_in(const char *dir)
{
	int n = 0;

	sscanf(dir, "/proc/%*d/root%n", &n);
	return dir + n;
}

static void put_unread(const struct state *s)
{
	const char *name;
	size_t k;

	for (k = 0; (name = mdesc_attachment__unread(s->att, k)); k++)
		printf("%s%s", k ? ", " : "  left out    ", name);
	if (k)
		printf(" (the program does not read them: 0)\n");
	if (*s->i.why_all)
		printf("  left out    no source, though only what is read was asked for: %s\n", s->i.why_all);
}

static void put_text(const struct state *s)
{
	const struct mdesc_attachment_info *i = &s->i;
	size_t k;

	printf("%s: %s mode%s%s%s%s%s\n", i->iface, i->mode == MDESC_ATTACH_GENERIC ? "generic" : "native",
	       i->frags ? " with fragments" : "", i->dispatched ? ", in libxdp's dispatcher" : "",
	       *i->why_generic ? " (not native: " : "", i->why_generic, *i->why_generic ? ")" : "");
	printf("  image       %s\n  build id    %s\n", i->image, i->build_id);
	if (*i->program)
		printf("  program     %s (id %u)%s%s\n", i->program, i->program_id, *i->object ? " of " : "",
		       i->object);
	else
		printf("  program     none: metadata is kept for TC\n");
	printf("  pinned in   %s, generation %u, ", pinned_in(i->dir), i->generation);
	if (!i->dispatched)
		printf("link %u, ", i->link_id);
	printf("writer %u\n", i->writer_id);
	printf("  sources    ");
	for (k = 0; k < sizeof(asked) / sizeof(asked[0]); k++)
		printf("%s %s: %s", k ? "," : "", asked[k].name, source_of(s, asked[k].flag));
	printf("%s%s%s\n", *i->why_stand_in ? " (" : "", i->why_stand_in, *i->why_stand_in ? ")" : "");
	put_unread(s);
	if (s->watch == WATCH_RUNS)
		printf("  watch       is running\n");
	else if (s->watch == WATCH_LEFT)
		printf("  watch       was killed and has left its tap: `mdesc watch --remove %s' takes it out\n",
		       i->iface);
	put_verdicts(s);
	put_counters(s);
}

/* ---- JSON ---- */

static json_t *json_counters(const struct state *s)
{
	json_t *all = json_object(), *layouts = json_object();
	size_t k;
	int n;

	for (k = 0; k < sizeof(counted) / sizeof(counted[0]); k++)
		json_object_set_new(all, counted[k].name, json_integer((json_int_t)s->counters[counted[k].idx]));
	for (n = MDESC_XDP_LAYOUT0; n < s->count; n++)
		json_object_set_new(layouts, mdesc_attachment__layout_name(s->att, n - MDESC_XDP_LAYOUT0),
				    json_integer((json_int_t)s->counters[n]));
	json_object_set_new(all, "layouts", layouts);
	return all;
}

static json_t *json_verdicts(const struct state *s)
{
	json_t *all = s->have_verdicts ? json_object() : json_null();
	int k;

	for (k = 0; k < MDESC_VERDICTS && s->have_verdicts; k++)
		json_object_set_new(all, verdict_names[k], json_integer((json_int_t)s->verdicts[k]));
	return all;
}

static json_t *to_json(const struct state *s)
{
	const struct mdesc_attachment_info *i = &s->i;
	json_t *o = json_object(), *sources = json_object(), *unread = json_array();
	const char *name;
	size_t k;

	json_object_set_new(o, "interface", cmd_json_text(i->iface));
	json_object_set_new(o, "ifindex", json_integer(i->ifindex));
	json_object_set_new(o, "state", json_string("attached"));
	json_object_set_new(o, "mode", json_string(i->mode == MDESC_ATTACH_GENERIC ? "generic" : "native"));
	json_object_set_new(o, "why_generic", cmd_json_text(i->why_generic));
	json_object_set_new(o, "libxdp", json_boolean(i->dispatched));
	json_object_set_new(o, "frags", json_boolean(i->frags));
	json_object_set_new(o, "dev_bound", json_boolean(i->dev_bound));
	json_object_set_new(o, "image", cmd_json_text(i->image));
	json_object_set_new(o, "build_id", cmd_json_text(i->build_id));
	json_object_set_new(o, "object", cmd_json_text(i->object));
	json_object_set_new(o, "program", cmd_json_text(i->program));
	json_object_set_new(o, "program_id", json_integer(i->program_id));
	json_object_set_new(o, "writer_id", json_integer(i->writer_id));
	json_object_set_new(o, "link_id", json_integer(i->link_id));
	json_object_set_new(o, "generation", json_integer(i->generation));
	json_object_set_new(o, "pinned", cmd_json_text(pinned_in(i->dir)));
	for (k = 0; k < sizeof(asked) / sizeof(asked[0]); k++)
		json_object_set_new(sources, asked[k].name, json_string(source_of(s, asked[k].flag)));
	json_object_set_new(o, "sources", sources);
	json_object_set_new(o, "asked_for", json_string(i->ask == MDESC_ASK_USED ? "used" : "all"));
	for (k = 0; (name = mdesc_attachment__unread(s->att, k)); k++)
		json_array_append_new(unread, cmd_json_text(name));
	json_object_set_new(o, "left_out", unread);
	json_object_set_new(o, "why_all", cmd_json_text(i->why_all));
	json_object_set_new(o, "why_stand_in", cmd_json_text(i->why_stand_in));
	json_object_set_new(o, "watch", s->watch == WATCH_NONE ? json_null() :
			    json_string(s->watch == WATCH_RUNS ? "running" : "left"));
	json_object_set_new(o, "counters", json_counters(s));
	json_object_set_new(o, "verdicts", json_verdicts(s));
	json_object_set_new(o, "why_no_verdicts", cmd_json_text(i->why_no_verdicts));
	return o;
}

/* ---- one by one ---- */

static int show(const struct mdesc_attachment *att, json_t *all)
{
	struct state s = { .att = att, .i = { .sz = sizeof(s.i) } };
	int status = 0, rc;

	mdesc_attachment__info(att, &s.i);
	s.watch = watch_state(att);
	s.count = MDESC_XDP_LAYOUT0 + s.i.layout_count;
	s.counters = calloc(s.count, sizeof(*s.counters));
	if (!s.counters)
		return cmd_fail(MDESC_CLASS_SYSTEM, "not enough memory");
	s.count = mdesc_attachment__counters(att, s.counters, s.count);
	rc = s.count < 0 ? s.count : mdesc_attachment__verdicts(att, s.verdicts, MDESC_VERDICTS);
	s.have_verdicts = rc > 0;
	if (rc < 0 && rc != -ENODATA)
		status = cmd_fail(MDESC_CLASS_CORRUPT, "%s: its counters cannot be read: %s", s.i.iface,
				  strerror(-rc));
	else if (all)
		json_array_append_new(all, to_json(&s));
	else
		put_text(&s);
	free(s.counters);
	return status;
}

/* A rest has no facts, but it is there: without a name on the command line it is listed. */
static void show_rest(const char *iface, json_t *all)
{
	json_t *o;

	if (!all) {
		printf("%s: a rest of an attachment: `mdesc detach %s' removes it\n", iface, iface);
		return;
	}
	o = json_object();
	json_object_set_new(o, "interface", cmd_json_text(iface));
	json_object_set_new(o, "state", json_string("rest"));
	json_array_append_new(all, o);
}

static int show_one(const char *iface, const char *bpffs, bool named, json_t *all)
{
	struct mdesc_error err = { 0 };
	struct mdesc_attachment *att = mdesc_attachment__open(iface, bpffs, &err);
	int status = 0;

	if (att)
		status = show(att, all);
	else if (!named && err.code == -ESTALE)
		show_rest(iface, all);
	else if (named || err.code != -ENOENT)	/* detached meanwhile */
		status = cmd_error(&err);
	mdesc_attachment__close(att);
	return status;
}

/* In text only: JSON is an array of what is here. */
static int show_elsewhere(const char *bpffs, bool none)
{
	struct mdesc_error err = { 0 };
	int n = mdesc_attachment__elsewhere(bpffs, &err);

	if (n < 0)
		return cmd_error(&err);
	if (none)
		printf("nothing is attached%s\n", n ? " in this network namespace" : "");
	if (n)
		printf("%d attachment%s in other network namespaces\n", n, n == 1 ? "" : "s");
	return 0;
}

static int show_all(const char *bpffs, json_t *all)
{
	struct mdesc_error err = { 0 };
	char **names = mdesc_attachment__list(bpffs, &err);
	int status = 0, one, i;

	if (!names)
		return cmd_error(&err);
	for (i = 0; names[i]; i++) {
		one = show_one(names[i], bpffs, false, all);
		status = status ? status : one;
	}
	one = all ? 0 : show_elsewhere(bpffs, !i);
	free(names);
	return status ? status : one;
}

int cmd_status(int argc, char **argv)
{
	enum { BPFFS = 256 };
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "bpffs", required_argument, NULL, BPFFS },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *bpffs = NULL;
	json_t *all = NULL;
	int c, status = 0, one;

	while ((c = getopt_long(argc, argv, "jh", longs, NULL)) != -1) {
		if (c == 'h')
			return fputs(help, stdout) < 0 ? CMD_USAGE : cmd_finish(0);
		if (c == 'j' && !all)
			all = json_array();
		else if (c == BPFFS)
			bpffs = optarg;
		else if (c != 'j')
			return cmd_usage("status", NULL);
	}
	if (optind == argc)
		status = show_all(bpffs, all);
	for (; optind < argc; optind++) {
		one = show_one(argv[optind], bpffs, true, all);
		status = status ? status : one;
	}
	if (all) {
		one = cmd_json(all);
		status = status ? status : one;
	}
	return cmd_finish(status);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc find: takes interfaces, or what a device would report of itself, and
 * prints which image is for it, why, and where it was looked for. findshow.c
 * prints.
 */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "findshow.h"

static const char help[] =
"usage: mdesc find [OPTION]... [INTERFACE]\n"
"\n"
"Finds the image of an interface's NIC: what its driver exports to the kernel, an\n"
"image in the directories, or one by its build id. Without INTERFACE: of all.\n"
"\n"
"      --driver NAME     a device that is elsewhere, or another answer than the\n"
"      --firmware TEXT     kernel's: its driver, firmware version, bus address,\n"
"      --bus ADDRESS       serial number, and versions as devlink reports them\n"
"      --serial NUMBER     (such as fw.app=1.4.2)\n"
"      --version KEY=VALUE\n"
"  -i, --image FILE      take this image or BTF\n"
"  -d, --dir DIR         look for images here, and not in $MDESC_PATH, /etc/mdesc\n"
"                        and /lib/firmware/mdesc; can be repeated\n"
"      --ids FILE        build ids of devices, instead of /etc/mdesc/ids\n"
"      --root DIR        the system below this directory, instead of this one\n"
"      --no-kernel       only an image will do, no BTF that the kernel exports\n"
"      --no-fetch        do not ask debuginfod servers for a build id\n"
"  -t, --timeout SECONDS how long to wait for them, in all (default 10)\n"
"  -o, --output FILE     write the image there, too\n"
"      --cache DIR       where indexes of directories are kept\n"
"      --no-cache        no index: read all files\n"
"  -p, --print-path      print the path and nothing else\n"
"  -v, --verbose         say where it looked, and why each did not match; twice:\n"
"                        images of other drivers, too\n"
"  -j, --json            print a JSON array; with -v, with the trace\n"
"  -h, --help            this text\n"
CMD_IMAGE_HELP
"\n"
"Exit status: 0 found (of several interfaces, for one at least); 3 not found, or no\n"
"such interface; 4 two images match equally well; 5 damaged, or not trusted; 6 no\n"
"driver info, or no permission; 7 a newer format; 1 the file of ids is wrong; 2 a\n"
"server does not answer.\n";

enum {
	OPT_DRIVER = 0x100, OPT_FIRMWARE, OPT_BUS, OPT_SERIAL, OPT_VERSION, OPT_IDS, OPT_ROOT, OPT_NO_KERNEL,
	OPT_NO_FETCH, OPT_CACHE, OPT_NO_CACHE,
};

static int out_of_memory(void)
{
	return cmd_fail(MDESC_CLASS_SYSTEM, "not enough memory");
}

/* What --driver and the like say is kept until the interface has been asked. */
static int keep_said(struct find_args *a, int c, const char *value)
{
	static const int kinds[] = {
		[OPT_DRIVER - OPT_DRIVER] = MDESC_ID_DRIVER, [OPT_FIRMWARE - OPT_DRIVER] = MDESC_ID_FIRMWARE,
		[OPT_BUS - OPT_DRIVER] = MDESC_ID_BUS, [OPT_SERIAL - OPT_DRIVER] = MDESC_ID_SERIAL,
		[OPT_VERSION - OPT_DRIVER] = MDESC_ID_RUNNING,
	};
	const char *equals = strchr(value, '=');

	if (a->said_count == sizeof(a->said) / sizeof(a->said[0]))
		return cmd_usage("find", "too many of --version and the like");
	if (c == OPT_VERSION && (!equals || equals == value))
		return cmd_usage("find", "--version takes KEY=VALUE");
	a->said[a->said_count++] = (struct find_said){ kinds[c - OPT_DRIVER], value };
	return -1;
}

static int add_dir(struct find_args *a, const char *dir)
{
	const char **dirs = realloc(a->dirs, (a->opts.dir_count + 1) * sizeof(*dirs));

	if (!dirs)
		return out_of_memory();
	a->dirs = dirs;
	dirs[a->opts.dir_count++] = dir;
	a->opts.dirs = dirs;
	return -1;
}

/* -1: go on; else the exit status. */
static int take_option(struct find_args *a, int c)
{
	if (cmd_image_option(&a->image, c))
		return -1;
	switch (c) {
	case OPT_DRIVER:
	case OPT_FIRMWARE:
	case OPT_BUS:
	case OPT_SERIAL:
	case OPT_VERSION:
		return keep_said(a, c, optarg);
	case OPT_IDS:
		a->opts.ids = optarg;
		return -1;
	case OPT_ROOT:
		a->opts.root = optarg;
		return -1;
	case OPT_NO_KERNEL:
		a->opts.no_kernel = true;
		return -1;
	case OPT_NO_FETCH:
		a->opts.no_fetch = true;
		return -1;
	case OPT_CACHE:
		a->opts.cache_dir = optarg;
		return -1;
	case OPT_NO_CACHE:
		a->opts.no_cache = true;
		return -1;
	case 'i':
		a->opts.path = optarg;
		return -1;
	case 'd':
		return add_dir(a, optarg);
	case 'o':
		a->output = optarg;
		return -1;
	case 't':
		return cmd_parse_timeout(optarg, &a->fetch.timeout_ms) ? -1 :
		       cmd_usage("find", "--timeout takes seconds, up to a day");
	case 'p':
		a->path_only = true;
		return -1;
	case 'v':
		a->verbose++;
		return -1;
	case 'j':
		a->json = true;
		return -1;
	case 'h':
		fputs(help, stdout);
		return cmd_finish(0);
	default:
		return cmd_usage("find", NULL);
	}
}

static int parse_args(struct find_args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "driver", required_argument, NULL, OPT_DRIVER },
		{ "firmware", required_argument, NULL, OPT_FIRMWARE },
		{ "bus", required_argument, NULL, OPT_BUS },
		{ "serial", required_argument, NULL, OPT_SERIAL },
		{ "version", required_argument, NULL, OPT_VERSION },
		{ "image", required_argument, NULL, 'i' },
		{ "dir", required_argument, NULL, 'd' },
		{ "ids", required_argument, NULL, OPT_IDS },
		{ "root", required_argument, NULL, OPT_ROOT },
		{ "no-kernel", no_argument, NULL, OPT_NO_KERNEL },
		{ "no-fetch", no_argument, NULL, OPT_NO_FETCH },
		{ "timeout", required_argument, NULL, 't' },
		{ "output", required_argument, NULL, 'o' },
		{ "cache", required_argument, NULL, OPT_CACHE },
		{ "no-cache", no_argument, NULL, OPT_NO_CACHE },
		CMD_IMAGE_LONGS,
		{ "print-path", no_argument, NULL, 'p' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, status;

	while ((c = getopt_long(argc, argv, "i:d:t:o:pvjh", longs, NULL)) != -1) {
		status = take_option(a, c);
		if (status >= 0)
			return status;
	}
	if (argc - optind > (a->image.iface ? 0 : 1))
		return cmd_usage("find", "it takes one interface, or none");
	a->iface = a->image.iface ? a->image.iface : argv[optind];
	if (a->output && !a->iface && !a->said_count && !a->opts.path)
		return cmd_usage("find", "--output goes with one interface or device");
	if (a->path_only && a->json)
		return cmd_usage("find", "either --print-path or --json");
	return -1;
}

/* ---- searching ---- */

static int apply_said(const struct find_args *a, struct mdesc_identity *id, struct mdesc_error *err)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < a->said_count && !ret; i++) {
		const struct find_said *s = &a->said[i];
		const char *equals = s->kind == MDESC_ID_RUNNING ? strchr(s->value, '=') : NULL;
		char *key = equals ? strndup(s->value, equals - s->value) : NULL;

		ret = mdesc_identity__set(id, s->kind, key, equals ? equals + 1 : s->value, err);
		free(key);
	}
	return ret;
}

/* One device. The result's class is the exit status. */
static void search(struct find_args *a, struct mdesc_finder *finder, const char *iface, struct find_result *r)
{
	r->iface = iface;
	a->trace = r;
	if (iface)
		r->id = mdesc_identity__from_iface(iface, &r->err);
	else
		r->id = mdesc_identity__new(&r->err);
	if (r->id && !apply_said(a, r->id, &r->err)) {
		findshow_identity(a, r);
		r->found = mdesc_finder__find(finder, r->id, &r->err);
		cmd_progress_end(&a->progress);
		a->progress = (struct cmd_progress){ .begun = false };
	}
	if (!r->found && !r->err.kind)
		r->err.kind = MDESC_CLASS_SYSTEM;
	a->trace = NULL;
}

static void free_result(struct find_result *r)
{
	mdesc_found__free(r->found);
	mdesc_identity__free(r->id);
	json_decref(r->trace);
}

static int write_found(const struct find_args *a, const struct mdesc_found *found)
{
	const struct mdesc_image *img = mdesc_found__image(found);
	const void *data;
	size_t size;

	if (!img)
		return cmd_fail(MDESC_CLASS_DENIED, "%s: BTF, no image: it is not written anywhere else",
				mdesc_found__path(found));
	data = mdesc_image__data(img, &size);
	return cmd_write_file(a->output, data, size);
}

static int search_one(struct find_args *a, struct mdesc_finder *finder)
{
	struct find_result r = { .iface = NULL };
	int status;

	search(a, finder, a->iface, &r);
	status = r.found && a->output ? write_found(a, r.found) : 0;
	if (!status)
		status = findshow(a, &r, 1);
	if (!status && !r.found)
		status = r.err.kind;
	free_result(&r);
	return status;
}

/* Of several errors the one that somebody must do something about. */
static int worst_of(const struct find_result *r, size_t n)
{
	int worst = MDESC_CLASS_NOT_FOUND;
	size_t i;

	for (i = 0; i < n; i++) {
		if (r[i].found)
			return 0;
		if (r[i].id && r[i].err.kind != MDESC_CLASS_NOT_FOUND)
			worst = r[i].err.kind;
	}
	return worst;
}

static int search_all(struct find_args *a, struct mdesc_finder *finder)
{
	struct if_nameindex *all = if_nameindex();
	struct find_result *results;
	size_t n = 0, i;
	int status;

	if (!all)
		return cmd_fail(MDESC_CLASS_SYSTEM, "the interfaces: %s", strerror(errno));
	while (all[n].if_index)
		n++;
	results = calloc(n ? n : 1, sizeof(*results));
	for (i = 0; results && i < n; i++)
		search(a, finder, all[i].if_name, &results[i]);
	status = results ? findshow(a, results, n) : out_of_memory();
	if (!status)
		status = worst_of(results, n);
	for (i = 0; results && i < n; i++)
		free_result(&results[i]);
	free(results);
	if_freenameindex(all);
	return status;
}

int cmd_find(int argc, char **argv)
{
	MDESC_OPTS(mdesc_image_open_opts, open_opts, .name = NULL);
	struct find_args a = { .opts = { .sz = sizeof(a.opts) }, .fetch = { .sz = sizeof(a.fetch) } };
	struct mdesc_finder *finder;
	struct mdesc_error err;
	int status;

	status = parse_args(&a, argc, argv);
	if (status < 0) {
		cmd_image_opts(&a.image, &open_opts);
		a.opts.open = &open_opts;
		a.fetch.progress = cmd_progress;
		a.fetch.progress_ctx = &a.progress;
		a.opts.fetch = &a.fetch;
		if (a.verbose) {
			a.opts.trace = findshow_step;
			a.opts.trace_ctx = &a;
		}
		finder = mdesc_finder__new(&a.opts, &err);
		if (!finder)
			status = cmd_error(&err);
		else if (a.iface || a.said_count || a.opts.path)
			status = search_one(&a, finder);
		else
			status = search_all(&a, finder);
		mdesc_finder__free(finder);
		status = cmd_finish(status);
	}
	free(a.dirs);
	return status;
}

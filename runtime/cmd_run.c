/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc run: every packet of a capture through an image's parser, with its
 * metadata into an XDP program in the real kernel; prints what became of each.
 * One packet at a time, in constant memory.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd_image.h"
#include "runraw.h"
#include "runshow.h"

static const char help[] =
"usage: mdesc run [OPTION]... IMAGE CAPTURE\n"
"\n"
"Runs the packets of CAPTURE (pcap or pcapng, Ethernet; - is standard input)\n"
"through the parser of IMAGE in software, as the hardware would, and prints their\n"
"metadata by name.\n"
"\n"
"  -p, --prog OBJ[:PROGRAM]  feed packets with their metadata to this XDP program in\n"
"                            the running kernel, and print its verdict; PROGRAM is\n"
"                            needed where OBJ has several (needs privilege for BPF)\n"
"  -s, --set NAME=VALUE      value of a source, for every packet\n"
"  -S, --sources FILE        values of sources: names in the first line, then a line\n"
"                            of values for each packet, the last of which stays;\n"
"                            '-' is the stand-in, # begins a comment\n"
"      --config NAME=VALUE   what the device is set to, where its layouts depend on that;\n"
"                            VALUE is a number or an enumerator\n"
"  -t, --table NAME          run raw tables by their effects, from this one on, instead of\n"
"                            the parser; --set gives what they begin with. An image that\n"
"                            has no parser runs its tables anyway\n"
"  -c, --count N             stop after N packets\n"
"  -q, --quiet               print the sums only\n"
"  -j, --json                print one JSON object a packet (with -q: one for all)\n"
"      --kernel-btf FILE     the kernel's BTF, where the program needs its types\n"
"      --module NAME         bring in the types of a kernel module\n"
"  -h, --help                this text\n"
CMD_IMAGE_HELP
"\n"
"Stand-ins for sources without a value: those with a unit of time get the time of\n"
"capture, those called a hash get a hash of the packet's addresses and ports that is\n"
"the same in both directions, all others 0.\n";

#define MODULES_MAX	64
#define SETS_MAX	256

struct run_args {
	const char *image, *capture, *prog, *sources, *kernel_btf, *table;
	const char *modules[MODULES_MAX];
	size_t module_n;
	const char *sets[SETS_MAX];
	size_t set_n;
	struct cmd_configs configs;
	uint64_t count;			/* 0: all */
	bool quiet, json;
	struct cmd_image from;
};

/* All that is open during a run. */
struct run {
	struct mdesc_image *img;
	struct mdesc_refnic *nic;
	struct raw_run *raw;		/* instead of nic and sources */
	struct sources *sources;
	struct capture *cap;
	struct program *prog;
	struct table *table;
	struct tally tally;
	bool want_prog;
	bool progress;			/* standard error is a terminal, and would not be in the way */
	double shown_at;
};

/* ---- the command line ---- */

enum { OPT_KERNEL_BTF = 256, OPT_MODULE, OPT_CONFIG };

static const struct option longs[] = {
	{ "prog", required_argument, NULL, 'p' },
	{ "set", required_argument, NULL, 's' },
	{ "sources", required_argument, NULL, 'S' },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "table", required_argument, NULL, 't' },
	{ "count", required_argument, NULL, 'c' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "summary", no_argument, NULL, 'q' },
	{ "json", no_argument, NULL, 'j' },
	{ "kernel-btf", required_argument, NULL, OPT_KERNEL_BTF },
	{ "module", required_argument, NULL, OPT_MODULE },
	{ "help", no_argument, NULL, 'h' },
	CMD_IMAGE_LONGS,
	{ NULL, 0, NULL, 0 },
};

static bool parse_count(const char *text, uint64_t *count)
{
	char *end;

	errno = 0;
	*count = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *count;
}

/* -1: go on; else the exit status. */
static int parse_args(struct run_args *a, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "p:s:S:t:c:qjh", longs, NULL)) != -1) {
		switch (c) {
		case 'p': a->prog = optarg; break;
		case 'S': a->sources = optarg; break;
		case 't': a->table = optarg; break;
		case 'q': a->quiet = true; break;
		case 'j': a->json = true; break;
		case OPT_KERNEL_BTF: a->kernel_btf = optarg; break;
		case 's':
			if (a->set_n == SETS_MAX)
				return cmd_usage("run", "too many --set");
			a->sets[a->set_n++] = optarg;
			break;
		case OPT_CONFIG:
			if (cmd_add_config(&a->configs, "run", optarg))
				return CMD_USAGE;
			break;
		case OPT_MODULE:
			if (a->module_n == MODULES_MAX)
				return cmd_usage("run", "too many --module");
			a->modules[a->module_n++] = optarg;
			break;
		case 'c':
			if (!parse_count(optarg, &a->count))
				return cmd_usage("run", "--count takes a number from 1");
			break;
		case 'h':
			fputs(help, stdout);
			return cmd_finish(0);
		default:
			if (!cmd_image_option(&a->from, c))
				return cmd_usage("run", NULL);
		}
	}
	if (argc - optind != 1 + cmd_image_args(&a->from))
		return cmd_usage("run", "it takes an image and a capture");
	a->image = cmd_image_arg(&a->from, argv);
	a->capture = argv[optind];
	return -1;
}

/* ---- a run ---- */

/* By Ctrl-C, say: what is done is shown first. */
static volatile sig_atomic_t interrupted;

static void interrupt(int sig)
{
	interrupted = sig;
}

static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction now = { .sa_handler = interrupt, .sa_flags = SA_RESETHAND }, before;
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!sigaction(signals[i], NULL, &before) && before.sa_handler == SIG_DFL)
			sigaction(signals[i], &now, NULL);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void show_progress(struct run *r, bool last)
{
	double t = now(), done;

	if (!r->progress || (!last && t - r->shown_at < 0.5))
		return;
	r->shown_at = t;
	if (last) {
		fprintf(stderr, "\r\033[K");
		return;
	}
	done = capture_done(r->cap);
	fprintf(stderr, "\r%llu packets", (unsigned long long)r->tally.packets);
	if (done >= 0)
		fprintf(stderr, ", %.0f %%", 100 * done);
	fprintf(stderr, "\033[K");
}

static int open_sources(struct run *r, const struct run_args *a, struct mdesc_error *err)
{
	size_t i;
	int rc;

	rc = sources_new(&r->sources, r->img, err);
	for (i = 0; i < a->set_n && !rc; i++)
		rc = sources_set(r->sources, a->sets[i], err);
	if (!rc && a->sources)
		rc = sources_open(r->sources, a->sources, err);
	return rc;
}

static int open_program(struct run *r, const struct run_args *a, struct mdesc_error *err)
{
	MDESC_OPTS(mdesc_stitch_opts, stitch, .kernel_btf = a->kernel_btf, .modules = a->modules,
		   .module_count = a->module_n);
	int rc;

	if (!a->prog)
		return 0;
	r->want_prog = true;
	rc = program_open(&r->prog, a->prog, r->img, &stitch, err);
	/* Without privilege there is still the metadata to show. */
	if (rc && err->kind == MDESC_CLASS_DENIED && (rc == -EPERM || rc == -EACCES))
		return 0;
	return rc;
}

/* 0, or the exit status after an error message. */
static int open_image(struct run *r, const struct run_args *a, struct mdesc_error *err)
{
	r->img = cmd_image_open(a->image, &a->from, err);
	return r->img ? cmd_configure(r->img, a->image, &a->configs) : cmd_error(err);
}

/* All but the image. 0, or -errno with @err. r->want_prog without r->prog: @denied says why. */
static int open_all(struct run *r, const struct run_args *a, struct mdesc_error *denied,
		    struct mdesc_error *err)
{
	int rc;

	if (a->table || raw_run_only(r->img)) {
		if (a->prog || a->sources)
			return run_fail(err, EINVAL, MDESC_CLASS_SYSTEM,
					"raw tables give no metadata: --prog and --sources do not go with them");
		rc = raw_run_new(&r->raw, r->img, a->table, a->sets, a->set_n, err);
		if (!rc)
			rc = capture_open(&r->cap, a->capture, err);
		return rc;
	}
	r->nic = mdesc_refnic__new(r->img, NULL, err);
	if (!r->nic)
		return -errno;
	rc = open_sources(r, a, err);
	if (!rc)
		rc = capture_open(&r->cap, a->capture, err);
	if (!rc)
		rc = open_program(r, a, denied);
	if (rc) {
		if (denied->code)
			*err = *denied;
		return rc;
	}
	if (!a->quiet && !a->json) {
		r->table = table_new(stdout, r->img, r->prog != NULL);
		if (!r->table)
			return run_fail(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	}
	r->progress = isatty(STDERR_FILENO) && (a->quiet || !isatty(STDOUT_FILENO));
	r->shown_at = now();
	return 0;
}

static int run_packet(struct run *r, const struct run_args *a, const struct packet *pkt,
		      struct mdesc_error *err)
{
	struct mdesc_refnic_result res = { .sz = sizeof(res) };
	struct outcome o = { .img = r->img, .pkt = pkt, .res = &res };
	const uint64_t *values;
	struct verdict verdict;
	int rc;

	if (r->raw) {
		r->tally.packets++;
		return raw_run_packet(r->raw, pkt, a->quiet ? NULL : stdout, a->json, err);
	}
	rc = sources_next(r->sources, pkt, &values, err);
	if (rc)
		return rc;
	rc = mdesc_refnic__run(r->nic, pkt->data, pkt->len, values, &res);
	if (rc)
		return run_fail(err, -rc, MDESC_CLASS_INPUT, "packet %llu: %s",
				(unsigned long long)pkt->number, strerror(-rc));
	if (r->prog && !res.dropped) {
		rc = program_run(r->prog, pkt, res.meta, res.meta_size, &verdict, err);
		if (rc)
			return rc;
	}
	if (r->prog) {
		if (res.dropped)
			verdict = (struct verdict){ .why = "the parser dropped it" };
		o.verdict = &verdict;
	}
	tally_add(&r->tally, &o);
	if (a->json && !a->quiet) {
		o.header_n = mdesc_refnic__headers(r->nic, &o.headers);
		json_packet(stdout, &o);
	} else if (r->table && table_add(r->table, &o)) {
		return run_fail(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	}
	return 0;
}

static int run_all(struct run *r, const struct run_args *a, struct mdesc_error *err)
{
	struct packet pkt;
	int rc;

	while (!interrupted && (!a->count || r->tally.packets < a->count)) {
		rc = capture_next(r->cap, &pkt, err);
		if (interrupted)
			break;		/* perhaps in the middle of reading */
		if (rc > 0)
			rc = run_packet(r, a, &pkt, err);
		else if (!rc)
			break;
		if (rc)
			return rc;
		if (ferror(stdout))
			break;	/* nobody reads any more, or the disk is full */
		if (!(r->tally.packets & 255))
			show_progress(r, false);
	}
	return 0;
}

static void close_all(struct run *r)
{
	raw_run_free(r->raw);
	program_close(r->prog);
	capture_close(r->cap);
	sources_free(r->sources);
	mdesc_refnic__free(r->nic);
	mdesc_image__close(r->img);
}

int cmd_run(int argc, char **argv)
{
	struct mdesc_error err = { 0 }, denied = { 0 };
	struct run_args a = { 0 };
	struct run r = { 0 };
	int status, rc;

	status = parse_args(&a, argc, argv);
	if (status >= 0)
		return status;
	status = open_image(&r, &a, &err);
	if (status) {
		close_all(&r);
		return cmd_finish(status);
	}
	rc = open_all(&r, &a, &denied, &err);
	if (!rc) {
		catch_signals();
		rc = run_all(&r, &a, &err);
		show_progress(&r, true);
		/* What was good before a damaged place is shown, too. */
		table_end(r.table, rc ? NULL : &r.tally);
		if (r.raw)
			raw_run_end(r.raw, stdout, a.quiet, a.json);
		else if (a.json && a.quiet)
			json_tally(stdout, &r.tally, r.prog != NULL);
		else if (a.quiet)
			tally_print(stdout, &r.tally, r.prog != NULL);
	}
	if (rc)
		status = cmd_error(&err);
	else if (r.want_prog && !r.prog)
		status = cmd_error(&denied);
	else
		status = 0;
	close_all(&r);
	status = cmd_finish(status);
	if (interrupted)
		raise(interrupted);	/* its default is back: the shell learns what ended us */
	return status;
}

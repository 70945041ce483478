/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc watch: takes an interface and a filter, prints the metadata of its packets
 * as they come, until it is stopped; then everything is as it was. What is attached
 * may change meanwhile: then its new image is read.
 */
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "watch.h"

static const char help[] =
"usage: mdesc watch [OPTION]... IFACE [FILTER]\n"
"       mdesc watch --remove [--bpffs DIR] IFACE\n"
"\n"
"Prints the metadata in front of the packets that come in at IFACE, field by field, as\n"
"they come: those that pass FILTER. The interface has an image's writer (`mdesc attach');\n"
"packets go on to their program. Where it has none, --image attaches one for as long as\n"
"this runs.\n"
"\n"
"  -f, --fields A,B,...  these fields, as columns of a table (default: all that mean\n"
"                        something in the packet, each by its name)\n"
"  -n, --count N         stop after N packets\n"
"  -s, --seconds S       stop after S seconds\n"
"  -r, --rate            each second, how many packets came, passed and were missed\n"
"  -b, --bytes N         the first N bytes of each packet, too (at most 256)\n"
"  -i, --image IMAGE     the image that is attached, or is to be\n"
"  -c, --config NAME=VALUE\n"
"                        what the device is set to, as of `mdesc decode'\n"
"      --writer OBJ      with --image: another writer than the image's\n"
"      --bpffs DIR       the BPF file system of the attachment (default /sys/fs/bpf)\n"
"      --remove          take out what a watch left that was killed\n"
"  -j, --json            print a JSON object for each packet, one a line\n"
"  -h, --help            this text\n"
CMD_TRUST_HELP
"\n"
"FILTER compares fields with numbers, enumerators (ipv4), true, false, IPv4, IPv6 and MAC\n"
"addresses, and prefixes (10.0.0.0/8), by == != < <= > >=; & is of bits. From what binds\n"
"strongest: ! &, comparisons, &&, ||. A comparison with a field that the packet does not\n"
"have is false. Such as:  pkt_type == ipv4 && hash & 3 == 0\n"
"\n"
"Exit status: 0 stopped, by a signal or as nobody reads the output, too; 1 wrong filter;\n"
"3 no such interface, field or enumerator, nothing attached; 4 another mdesc watch has the\n"
"interface; 6 no permission.\n";

enum { OPTION_BPFFS = 0x200, OPTION_WRITER, OPTION_REMOVE, RING = 8 << 20, NS_PER_MS = 1000000 };

struct watch_args {
	const char *iface, *image, *bpffs, *writer;
	char *filter;
	char *fields[256];
	size_t field_count;
	uint64_t count;
	double seconds;
	bool rate, json, remove;
	unsigned int bytes;
	struct cmd_configs configs;
	struct cmd_image from;
};

struct watch {
	const struct watch_args *a;
	struct mdesc_image *img;
	struct mdesc_reader *r;
	struct watch_tap *tap;
	struct watch_show *show;
	struct filter filter;
	bool filtered;
	uint64_t begin, leave;		/* ns: of all; until when one may stay in the ring buffer */
	uint64_t records, shown;
	uint64_t told_shown, told[WATCH_COUNTERS], told_at;	/* by the last line of the rate */
	uint64_t before[WATCH_COUNTERS];	/* of taps that were */
	uint32_t generation;		/* that the image was read of; 0: of none */
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- packets ---- */

static size_t layout_index(const struct mdesc_reader *r, const struct mdesc_layout *layout)
{
	size_t i = 0;

	while (mdesc_reader__layout(r, i) != layout)
		i++;
	return i;
}

static bool enough(const struct watch *w)
{
	return stop || (w->a->count && w->shown >= w->a->count) || ferror(stdout);
}

static int on_record(void *ctx, const struct watch_record *rec, size_t size)
{
	struct watch *w = ctx;
	struct mdesc_packet p;
	size_t layout;
	int ret;

	if (enough(w))
		return -ECANCELED;
	if (size < sizeof(*rec) || rec->meta_size > sizeof(rec->meta) || rec->caught > size - sizeof(*rec))
		return 0;
	ret = mdesc_reader__within(w->r, rec->meta, rec->meta_size, &p);
	if (ret) {
		if (!w->filtered) {
			watch_show_other(w->show, rec, ret == -ENODATA ? 0 : p.id);
			w->shown++;
		}
	} else {
		layout = layout_index(w->r, p.layout);
		if (!w->filtered || filter_passes(&w->filter, layout, &p)) {
			watch_show_packet(w->show, rec, layout, &p);
			w->shown++;
		}
	}
	/* More may come than can be printed: the rest of the loop wants its turn. */
	return ++w->records % 64 == 0 && now_ns() > w->leave ? -EAGAIN : 0;
}

/* ---- the rate ---- */

static void counters(const struct watch *w, uint64_t c[WATCH_COUNTERS])
{
	int i;

	memset(c, 0, WATCH_COUNTERS * sizeof(*c));
	if (w->tap)
		watch_tap_counters(w->tap, c);
	for (i = 0; i < WATCH_COUNTERS; i++)
		c[i] += w->before[i];
}

static void tell(const struct watch *w, const char *what, const char *each, double seconds, uint64_t packets,
		 uint64_t shown, uint64_t missed)
{
	if (w->a->json && w->a->rate) {
		printf("{\"%s\": {\"seconds\": %.3f, \"packets\": %" PRIu64 ", \"passed\": %" PRIu64 ", \"missed\": %"
		       PRIu64 "}}\n", what, seconds, packets, shown, missed);
		return;
	}
	fflush(stdout);
	fprintf(stderr, "%s: %" PRIu64 " packets%s, %" PRIu64 " passed, %" PRIu64 " missed\n", what, packets, each,
		shown, missed);
}

static void tell_rate(struct watch *w, uint64_t now)
{
	uint64_t c[WATCH_COUNTERS];
	double s = (double)(now - w->told_at) / 1e9;

	counters(w, c);
	tell(w, "rate", "/s", s, (uint64_t)((double)(c[WATCH_SEEN] - w->told[WATCH_SEEN]) / s),
	     (uint64_t)((double)(w->shown - w->told_shown) / s),
	     (uint64_t)((double)(c[WATCH_MISSED] - w->told[WATCH_MISSED]) / s));
	memcpy(w->told, c, sizeof(c));
	w->told_shown = w->shown;
	w->told_at = now;
}

static void tell_total(const struct watch *w)
{
	uint64_t c[WATCH_COUNTERS];

	counters(w, c);
	tell(w, "total", "", (double)(now_ns() - w->begin) / 1e9, c[WATCH_SEEN], w->shown, c[WATCH_MISSED]);
}

/* ---- what is watched ---- */

static int filter_fail(const struct filter *f)
{
	size_t i;

	cmd_fail(f->error.kind, "the filter: %s", f->error.text);
	fprintf(stderr, "  %s\n  ", f->text);
	for (i = 0; i < f->error_at; i++)
		fputc(f->text[i] == '\t' ? '\t' : ' ', stderr);
	for (i = 0; i < f->error_len; i++)
		fputc('^', stderr);
	fputc('\n', stderr);
	return f->error.kind;
}

/* A condition on what the writer was not asked for would mean nothing. */
static int check_filter(struct watch *w, const struct mdesc_attachment *att)
{
	size_t n = mdesc_reader__layout_count(w->r), i;
	const struct filter_node *node;

	for (node = w->filter.all; node; node = node->next)
		for (i = 0; node->bound && i < n; i++)
			if (node->bound[i].field && mdesc_attachment__leaves_out(att, node->bound[i].field)) {
				filter_error(&w->filter, node, EINVAL, MDESC_CLASS_INPUT, "%s: what it comes of is not "
					     "asked for, as the program does not read it (--sources=used)", node->word);
				return filter_fail(&w->filter);
			}
	return 0;
}

static void tell_left_out(const struct watch *w, const struct mdesc_attachment *att)
{
	const char *name;
	size_t i;

	for (i = 0; (name = mdesc_attachment__unread(att, i)); i++)
		if (i)
			fprintf(stderr, ", %s", name);
		else
			fprintf(stderr, "mdesc: note: %s: not shown is what comes of %s", w->a->iface, name);
	if (i)
		fputs(": the program does not read it (--sources=used)\n", stderr);
}

/* Layouts, filter and columns of the image. 0, or the exit status after a message. */
static int bind_image(struct watch *w, const char *path, const struct mdesc_attachment *att)
{
	struct mdesc_error err = { 0 };
	int status;

	w->r = mdesc_reader__new(&err);
	if (!w->r || mdesc_reader__add(w->r, w->img, &err) < 0)
		return cmd_error(&err);
	if (!mdesc_reader__layout_count(w->r))
		return cmd_fail(MDESC_CLASS_INPUT, "%s: it has no metadata layout", path);
	status = cmd_configure(w->img, path, &w->a->configs);
	if (status)
		return status;
	if (watch_show_bind(w->show, w->r, att, &err) < 0)
		return cmd_error(&err);
	/* Last, as it keeps handles: another field would make them void. */
	if (w->filtered && filter_bind(&w->filter, w->r))
		return filter_fail(&w->filter);
	if (att)
		tell_left_out(w, att);
	return att && w->filtered ? check_filter(w, att) : 0;
}

static void unbind(struct watch *w)
{
	mdesc_reader__free(w->r);
	mdesc_image__close(w->img);
	w->r = NULL;
	w->img = NULL;
}

/* The image that is attached, by its name then, or the one that was given. */
static int read_image(struct watch *w, const struct mdesc_attachment *att)
{
	MDESC_INFO(mdesc_attachment_info, info);
	const char *path = w->a->image;
	struct mdesc_error err = { 0 };

	if (att)
		mdesc_attachment__info(att, &info);
	w->generation = att ? info.generation : 0;
	w->img = cmd_image_open(path ? path : info.image, &w->a->from, &err);
	if (!w->img && !path)
		cmd_fail(0, "%s: its image cannot be read from where it was; --image says where it is", w->a->iface);
	if (!w->img)
		return cmd_error(&err);
	if (att && strcmp(mdesc_image__build_id_hex(w->img), info.build_id) != 0)
		return cmd_fail(MDESC_CLASS_INPUT, "%s: what is attached has the build id %s, and %s has %s%s",
				w->a->iface, info.build_id, path ? path : info.image,
				mdesc_image__build_id_hex(w->img), path ? "" : ": --image says where it is");
	return bind_image(w, path ? path : info.image, att);
}

static struct watch_tap_opts tap_opts(const struct watch *w)
{
	return (struct watch_tap_opts){
		.iface = w->a->iface, .bpffs = w->a->bpffs, .bytes = w->a->bytes, .ring_size = RING,
	};
}

/* What the tap need not catch it leaves out. */
static struct watch_wanted wanted(const struct watch *w)
{
	return (struct watch_wanted){ w->filtered ? &w->filter : NULL, w->r };
}

/* First all that can be wrong without touching the interface. */
static int begin(struct watch *w)
{
	struct mdesc_error err = { 0 };
	struct mdesc_attachment *att = mdesc_attachment__open(w->a->iface, w->a->bpffs, &err);
	struct watch_tap_opts o = tap_opts(w);
	void *writer = NULL;
	int status;

	if (!att && !(err.kind == MDESC_CLASS_NOT_FOUND && w->a->image)) {
		if (err.code == -ENOENT && if_nametoindex(w->a->iface))
			return cmd_fail(err.kind, "%s; `mdesc attach' does that, or --image for as long as this runs",
					err.text);
		return cmd_error(&err);
	}
	status = read_image(w, att);
	mdesc_attachment__close(att);
	if (status)
		return status;
	o.wanted = wanted(w);
	o.img = w->a->image ? w->img : NULL;
	if (w->a->writer)
		status = cmd_read_file(w->a->writer, &writer, &o.writer_size);
	if (status)
		return status;
	o.writer = writer;
	w->tap = watch_tap_open(&o, &err);
	free(writer);
	return w->tap ? 0 : cmd_error(&err);
}

/* Another generation, or none. 0: go on. */
static int again(struct watch *w)
{
	struct mdesc_error err = { 0 };
	struct watch_tap_opts o = tap_opts(w);
	struct watch_args other = *w->a;
	const struct watch_args *given = w->a;
	struct mdesc_attachment *att;
	uint64_t c[WATCH_COUNTERS];
	int status;

	counters(w, c);
	memcpy(w->before, c, sizeof(c));
	watch_tap_close(w->tap);
	w->tap = NULL;
	att = mdesc_attachment__open(w->a->iface, w->a->bpffs, &err);
	if (!att && err.kind == MDESC_CLASS_NOT_FOUND)
		return cmd_fail(err.kind, "%s: nothing is attached any more", w->a->iface);
	if (!att)
		return cmd_error(&err);
	unbind(w);
	other.image = NULL;
	w->a = &other;
	status = read_image(w, att);
	w->a = given;
	mdesc_attachment__close(att);
	if (status)
		return status;
	o.wanted = wanted(w);
	w->tap = watch_tap_open(&o, &err);
	if (!w->tap)
		return cmd_error(&err);
	fprintf(stderr, "mdesc: %s: another image or program is attached now\n", given->iface);
	return 0;
}

/* A pipe or socket that nobody reads any more. */
static bool pipe_closed(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP));
}

/* What is attached is what was, and what the image is of: between that one and the tap it may have been changed. */
static bool lasts(const struct watch *w)
{
	MDESC_INFO(mdesc_attachment_info, info);

	mdesc_attachment__info(watch_tap_attachment(w->tap), &info);
	return strcmp(info.build_id, mdesc_image__build_id_hex(w->img)) == 0 &&
	       (!w->generation || w->generation == info.generation) && watch_tap_lasts(w->tap);
}

static int run(struct watch *w)
{
	uint64_t look = now_ns(), now;
	int status = 0, n = 0;

	w->told_at = w->begin = now_ns();
	while (!status && !enough(w) && !pipe_closed(STDOUT_FILENO)) {
		w->leave = now_ns() + 100 * NS_PER_MS;
		n = watch_tap_poll(w->tap, 100, on_record, w);
		if (n < 0 && n != -ECANCELED && n != -EAGAIN)
			return cmd_fail(MDESC_CLASS_SYSTEM, "the ring buffer: %s", strerror(-n));
		fflush(stdout);
		now = now_ns();
		if (w->a->seconds > 0 && (double)(now - w->begin) >= w->a->seconds * 1e9)
			break;
		if (w->a->rate && now - w->told_at >= 1000 * (uint64_t)NS_PER_MS)
			tell_rate(w, now);
		if (now - look >= 250 * (uint64_t)NS_PER_MS) {
			look = now;
			status = lasts(w) ? 0 : again(w);
		}
	}
	return status;
}

/* ---- the command line ---- */

static bool number_arg(const char *text, uint64_t max, uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 0);
	return *text >= '0' && *text <= '9' && !*end && !errno && *n <= max;
}

static const char *add_fields(struct watch_args *a, char *list)
{
	char *name;

	while ((name = strsep(&list, ","))) {
		if (!*name)
			return "--fields takes names, with commas between them: one of these is empty";
		if (a->field_count == sizeof(a->fields) / sizeof(a->fields[0]))
			return "--fields takes at most 256 names";
		a->fields[a->field_count++] = name;
	}
	return NULL;
}

static const char *take_option(struct watch_args *a, int c)
{
	uint64_t n = 0;
	char *end;

	switch (c) {
	case 'f':
		return add_fields(a, optarg);
	case 'n':
		return number_arg(optarg, UINT64_MAX, &a->count) && a->count ? NULL : "--count takes a number";
	case 's':
		a->seconds = strtod(optarg, &end);
		return end != optarg && !*end && a->seconds > 0 && a->seconds < 1e9 ? NULL :
		       "--seconds takes a number of seconds";
	case 'b':
		if (!number_arg(optarg, WATCH_BYTES_MAX, &n))
			return "--bytes takes a number up to 256";
		a->bytes = (unsigned int)n;
		return NULL;
	case 'r':
		a->rate = true;
		return NULL;
	case 'j':
		a->json = true;
		return NULL;
	case 'i':
		a->image = optarg;
		return NULL;
	case OPTION_REMOVE:
		a->remove = true;
		return NULL;
	case OPTION_WRITER:
		a->writer = optarg;
		return NULL;
	default:
		a->bpffs = optarg;
		return NULL;
	}
}

/* The rest of the arguments: a filter need not be quoted as one where the shell leaves it alone. */
static bool join_filter(struct watch_args *a, int argc, char **argv)
{
	size_t len = 1;
	int i;

	for (i = optind; i < argc; i++)
		len += strlen(argv[i]) + 1;
	a->filter = optind < argc ? calloc(1, len) : NULL;
	for (i = optind; a->filter && i < argc; i++)
		strcat(strcat(a->filter, i > optind ? " " : ""), argv[i]);
	return a->filter || optind == argc;
}

/* -1: go on; else the exit status. */
static int parse_args(struct watch_args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "fields", required_argument, NULL, 'f' }, { "count", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 's' }, { "rate", no_argument, NULL, 'r' },
		{ "bytes", required_argument, NULL, 'b' }, { "image", required_argument, NULL, 'i' },
		{ "config", required_argument, NULL, 'c' }, { "bpffs", required_argument, NULL, OPTION_BPFFS },
		{ "writer", required_argument, NULL, OPTION_WRITER }, { "remove", no_argument, NULL, OPTION_REMOVE },
		{ "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' },
		CMD_TRUST_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	const char *why;
	int c;

	while ((c = getopt_long(argc, argv, "f:n:s:rb:i:c:jh", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return cmd_finish(0);
		}
		if (c == 'c') {
			if (cmd_add_config(&a->configs, "watch", optarg))
				return CMD_USAGE;
		} else if (c == '?') {
			return cmd_usage("watch", NULL);
		} else if (!cmd_image_option(&a->from, c)) {
			why = take_option(a, c);
			if (why)
				return cmd_usage("watch", why);
		}
	}
	if (optind == argc)
		return cmd_usage("watch", "it takes an interface");
	a->iface = argv[optind++];
	if (a->remove && optind < argc)
		return cmd_usage("watch", "with --remove, it takes no filter");
	return join_filter(a, argc, argv) ? -1 : cmd_fail(MDESC_CLASS_SYSTEM, "not enough memory");
}

/* The reader of the output has gone (`| head'), which is as good as a signal: nothing is left to be flushed. */
static bool output_closed(void)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (fflush(stdout) && errno == EPIPE)
		return true;
	return failed && pipe_closed(STDOUT_FILENO);
}

static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static int remove_left(const struct watch_args *a)
{
	struct mdesc_error err = { 0 };

	if (watch_remove(a->iface, a->bpffs, &err))
		return cmd_error(&err);
	printf("%s: what an mdesc watch had left is removed\n", a->iface);
	return cmd_finish(0);
}

int cmd_watch(int argc, char **argv)
{
	struct watch_args a = { .json = false };
	struct watch w = { .a = &a };
	int status = parse_args(&a, argc, argv);

	if (status >= 0)
		return status;
	if (a.remove)
		return remove_left(&a);
	w.show = watch_show_new(&(struct watch_show_opts){ a.fields, a.field_count, a.json, a.bytes });
	w.filtered = a.filter;
	if (!w.show)
		status = cmd_fail(MDESC_CLASS_SYSTEM, "not enough memory");
	else if (w.filtered && filter_parse(&w.filter, a.filter))
		status = filter_fail(&w.filter);
	else
		status = 0;
	catch_signals();
	if (!status)
		status = begin(&w);
	if (!status) {
		status = run(&w);
		tell_total(&w);
	}
	watch_tap_close(w.tap);
	unbind(&w);
	filter_free(&w.filter);
	watch_show_free(w.show);
	free(a.filter);
	return !status && output_closed() ? 0 : cmd_finish(status);
}

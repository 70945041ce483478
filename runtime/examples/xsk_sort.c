/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * xsk_sort: a complete AF_XDP program that reads the metadata in front of packets.
 *
 * Sorts packets into buckets by the hash that the hardware (or a writer in software)
 * wrote, and reports how long they were on their way from its timestamp. The fields
 * are looked up once, by name; for each packet its layout id says which of the known
 * layouts it has, so firmware may change while this runs. bpf/xsk_sort.bpf.c is the
 * XDP side.
 *
 *	cc -o xsk_sort xsk_sort.c xsk_port.c xsk_latency.c $(pkg-config --cflags --libs mdesc libxdp libbpf)
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mdesc/mdesc.h>

#include "xsk_sort.h"

enum { IMAGES = 16, BATCH = 64, BUCKETS = 256, UNKNOWN = 8 };

static const char help[] =
"usage: xsk_sort [OPTION]... IFACE IMAGE...\n"
"\n"
"Receives packets of IFACE through an AF_XDP socket, sorts them into buckets by the\n"
"hash in their metadata, and reports latencies from its timestamp. IMAGEs are the\n"
"firmware images whose layouts may come.\n"
"\n"
"  -q, --queue N      the queue to bind to (default 0)\n"
"  -o, --object FILE  the BPF object (default xsk_sort.bpf.o)\n"
"  -m, --map PATH     the program is there already: put the socket into its pinned\n"
"                     map of sockets\n"
"  -S, --slot PATH    a pinned PROG_ARRAY: put the program into its slot 0, where a\n"
"                     writer in software runs it, instead of attaching it\n"
"  -g, --generic      attach it behind the driver, on any interface\n"
"  -b, --buckets N    into how many (default 4, at most 256)\n"
"      --hash FIELD   the field to sort by (default hash)\n"
"      --time FIELD   the field with the time of reception in ns (default timestamp)\n"
"      --clock CLOCK  what that time counts: monotonic (default), tai, realtime\n"
"  -n, --count N      stop after N packets with metadata\n"
"  -s, --seconds S    stop after S seconds\n"
"  -p, --print        print each packet, a JSON object a line\n"
"  -j, --json         print the report as JSON\n"
"  -h, --help         this text\n";

struct args {
	struct xsk_port_opts port;
	unsigned int buckets;
	const char *hash, *time;
	clockid_t clock;
	uint64_t count;
	double seconds;
	bool print, json;
};

struct bucket {
	uint64_t packets, bytes;
	unsigned int n;			/* of this batch, */
	uint8_t frames[BATCH];		/* their indices in it */
};

struct sorter {
	const struct args *args;
	struct mdesc_reader *reader;
	int hash, time;			/* numbers of the fields */
	struct bucket buckets[BUCKETS];
	uint64_t packets, sorted, without, cut, unknown, no_hash;
	struct { uint32_t id; uint64_t packets; } ids[UNKNOWN];
	struct xsk_latency latency;
	uint64_t early;			/* that came before the hardware's time: another clock? */
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- a packet ---- */

static void count_unknown(struct sorter *s, uint32_t id)
{
	int i;

	s->unknown++;
	for (i = 0; i < UNKNOWN && s->ids[i].packets && s->ids[i].id != id; i++)
		;
	if (i < UNKNOWN) {
		s->ids[i].id = id;
		s->ids[i].packets++;
	}
}

static void print_packet(const struct xsk_frame *f, const struct mdesc_packet *p, uint64_t hash, const uint64_t *time)
{
	size_t i;

	printf("{\"layout\": \"%s\", \"hash\": %" PRIu64, mdesc_layout__name(p->layout), hash);
	if (time)
		printf(", \"time\": %" PRIu64, *time);
	printf(", \"length\": %zu, \"data\": \"", f->len);
	for (i = 0; i < f->len && i < 128; i++)
		printf("%02x", f->data[i]);
	printf("\"}\n");
}

/* Puts frame @idx into its bucket. */
static void sort_packet(struct sorter *s, const struct xsk_frame *f, unsigned int idx, uint64_t now)
{
	struct mdesc_packet p;
	struct bucket *b;
	uint64_t hash, time;
	int ret = mdesc_reader__before(s->reader, f->data, f->room, &p);
	bool timed = false;

	s->packets++;
	if (ret == -ENODATA)
		s->without++;
	else if (ret == -ENOENT)
		count_unknown(s, p.id);
	else if (ret)
		s->cut++;
	if (ret)
		return;
	if (mdesc_packet__read(&p, s->hash, &hash) != 1) {
		s->no_hash++;
		return;
	}
	b = &s->buckets[hash % s->args->buckets];
	b->frames[b->n++] = (uint8_t)idx;
	s->sorted++;
	if (s->time >= 0 && mdesc_packet__read(&p, s->time, &time) == 1) {
		timed = true;
		if (time <= now)
			xsk_latency_add(&s->latency, now - time);
		else
			s->early++;
	}
	if (s->args->print)
		print_packet(f, &p, hash, timed ? &time : NULL);
}

/* Here a program does what it does with the packets of one bucket, one after the other. */
static void work(struct bucket *b, const struct xsk_frame *frames)
{
	unsigned int i;

	for (i = 0; i < b->n; i++)
		b->bytes += frames[b->frames[i]].len;
	b->packets += b->n;
	b->n = 0;
}

static void batch(struct sorter *s, struct xsk_port *port, const struct xsk_frame *frames, unsigned int n)
{
	uint64_t now = now_ns(s->args->clock);
	unsigned int i;

	for (i = 0; i < n; i++)
		sort_packet(s, &frames[i], i, now);
	for (i = 0; i < s->args->buckets; i++)
		work(&s->buckets[i], frames);
	xsk_port_give(port, frames, n);
}

static void receive(struct sorter *s, struct xsk_port *port)
{
	struct pollfd fd = { .fd = xsk_port_fd(port), .events = POLLIN };
	uint64_t end = now_ns(CLOCK_MONOTONIC) + (uint64_t)(s->args->seconds * 1e9);
	struct xsk_frame frames[BATCH];
	unsigned int n, max;

	while (!stop && (!s->args->count || s->sorted < s->args->count) &&
	       (!(s->args->seconds > 0) || now_ns(CLOCK_MONOTONIC) < end)) {
		max = BATCH;
		if (s->args->count && s->args->count - s->sorted < BATCH)
			max = (unsigned int)(s->args->count - s->sorted);
		n = xsk_port_take(port, frames, max);
		if (n)
			batch(s, port, frames, n);
		else if (poll(&fd, 1, 100) > 0 && fd.revents & (POLLERR | POLLHUP | POLLNVAL))
			break;		/* the interface is gone */
	}
}

/* ---- the report ---- */

static void report_text(const struct sorter *s, uint64_t dropped)
{
	const struct xsk_latency *l = &s->latency;
	unsigned int i;

	for (i = 0; i < s->args->buckets; i++)
		printf("bucket %-3u %12" PRIu64 " packets %14" PRIu64 " bytes\n", i, s->buckets[i].packets,
		       s->buckets[i].bytes);
	printf("%" PRIu64 " packets, %" PRIu64 " sorted, %" PRIu64 " without metadata, %" PRIu64
	       " in unknown layouts, %" PRIu64 " cut short, %" PRIu64 " without a hash, %" PRIu64 " dropped\n",
	       s->packets, s->sorted, s->without, s->unknown, s->cut, s->no_hash, dropped);
	for (i = 0; i < UNKNOWN && s->ids[i].packets; i++)
		printf("unknown layout 0x%08x: %" PRIu64 " packets\n", s->ids[i].id, s->ids[i].packets);
	if (l->count)
		printf("latency: min %" PRIu64 " ns, mean %" PRIu64 " ns, p99 %" PRIu64 " ns, max %" PRIu64 " ns\n",
		       l->min, l->sum / l->count, xsk_latency_at(l, 990), l->max);
	if (s->early)
		printf("%" PRIu64 " packets have a time that is still to come: --clock says which clock it is\n",
		       s->early);
}

static void report_json(const struct sorter *s, uint64_t dropped)
{
	const struct xsk_latency *l = &s->latency;
	unsigned int i;

	printf("{\"packets\": %" PRIu64 ", \"sorted\": %" PRIu64 ", \"without_metadata\": %" PRIu64
	       ", \"unknown_layout\": %" PRIu64 ", \"cut_short\": %" PRIu64 ", \"without_hash\": %" PRIu64
	       ", \"dropped\": %" PRIu64 ", \"buckets\": [", s->packets, s->sorted, s->without, s->unknown, s->cut,
	       s->no_hash, dropped);
	for (i = 0; i < s->args->buckets; i++)
		printf("%s%" PRIu64, i ? ", " : "", s->buckets[i].packets);
	printf("], \"unknown_ids\": [");
	for (i = 0; i < UNKNOWN && s->ids[i].packets; i++)
		printf("%s{\"id\": %u, \"packets\": %" PRIu64 "}", i ? ", " : "", s->ids[i].id, s->ids[i].packets);
	printf("], \"early\": %" PRIu64, s->early);
	if (l->count)
		printf(", \"latency_ns\": {\"min\": %" PRIu64 ", \"mean\": %" PRIu64 ", \"p99\": %" PRIu64
		       ", \"max\": %" PRIu64 "}", l->min, l->sum / l->count, xsk_latency_at(l, 990), l->max);
	printf("}\n");
}

/* ---- the command line ---- */

static bool parse_clock(const char *name, clockid_t *clock)
{
	*clock = strcmp(name, "tai") == 0 ? CLOCK_TAI :
		 strcmp(name, "realtime") == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	return *clock != CLOCK_MONOTONIC || strcmp(name, "monotonic") == 0;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 0);
	if (*text >= '0' && *text <= '9' && !*end && !errno && *n <= max)
		return true;
	fprintf(stderr, "xsk_sort: `%s' is no number up to %" PRIu64 "\n", text, max);
	return false;
}

static bool parse_option(struct args *a, int c)
{
	uint64_t n = 0;
	char *end;

	switch (c) {
	case 'q':
		if (!parse_number(optarg, 63, &n))
			return false;
		a->port.queue = (unsigned int)n;
		return true;
	case 'b':
		if (!parse_number(optarg, BUCKETS, &n) || !n)
			return false;
		a->buckets = (unsigned int)n;
		return true;
	case 'n':
		return parse_number(optarg, UINT64_MAX, &a->count);
	case 's':
		a->seconds = strtod(optarg, &end);
		return end != optarg && !*end && a->seconds > 0 && a->seconds < 1e9;
	case 'o':
		a->port.object = optarg;
		return true;
	case 'm':
		a->port.map = optarg;
		return true;
	case 'S':
		a->port.slot = optarg;
		return true;
	case 'g':
		return a->port.generic = true;
	case 'H':
		a->hash = optarg;
		return true;
	case 'T':
		a->time = optarg;
		return true;
	case 'C':
		return parse_clock(optarg, &a->clock);
	case 'p':
		return a->print = true;
	case 'j':
		return a->json = true;
	}
	return false;
}

static bool parse_args(struct args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "map", required_argument, NULL, 'm' },
		{ "queue", required_argument, NULL, 'q' }, { "object", required_argument, NULL, 'o' },
		{ "slot", required_argument, NULL, 'S' }, { "generic", no_argument, NULL, 'g' },
		{ "buckets", required_argument, NULL, 'b' }, { "hash", required_argument, NULL, 'H' },
		{ "time", required_argument, NULL, 'T' }, { "clock", required_argument, NULL, 'C' },
		{ "count", required_argument, NULL, 'n' }, { "seconds", required_argument, NULL, 's' },
		{ "print", no_argument, NULL, 'p' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "q:o:m:S:gb:n:s:pjh", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			exit(0);
		}
		if (!parse_option(a, c)) {
			fprintf(stderr, "xsk_sort: see `xsk_sort --help'\n");
			return false;
		}
	}
	if (argc - optind < 2 || argc - optind > 1 + IMAGES) {
		fprintf(stderr, "xsk_sort: it takes an interface and up to %d images; see `xsk_sort --help'\n", IMAGES);
		return false;
	}
	a->port.iface = argv[optind];
	return true;
}

/* All layouts of all images, and the two fields. */
static bool prepare(struct sorter *s, struct mdesc_image **images, char **paths, int n)
{
	struct mdesc_error err = { 0 };
	bool good;
	int i;

	s->reader = mdesc_reader__new(&err);
	good = s->reader;
	for (i = 0; i < n && good; i++) {
		images[i] = mdesc_image__open(paths[i], NULL, &err);
		good = images[i] && mdesc_reader__add(s->reader, images[i], &err) >= 0;
	}
	if (good)
		s->hash = mdesc_reader__field(s->reader, s->args->hash, &err);
	if (good && s->hash >= 0)
		s->time = mdesc_reader__field(s->reader, s->args->time ? s->args->time : "timestamp", &err);
	good = good && s->hash >= 0 && (s->time >= 0 || !s->args->time);
	if (!good)
		fprintf(stderr, "xsk_sort: %s\n", err.text);
	return good;
}

int main(int argc, char **argv)
{
	struct args a = { .port.object = "xsk_sort.bpf.o", .buckets = 4, .hash = "hash", .clock = CLOCK_MONOTONIC };
	const struct sigaction action = { .sa_handler = on_signal };
	struct mdesc_image *images[IMAGES] = { NULL };
	struct sorter *s = calloc(1, sizeof(*s));
	struct xsk_port *port = NULL;
	int status = 1, i;

	if (!s || !parse_args(&a, argc, argv)) {
		free(s);
		return 2;
	}
	s->args = &a;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (prepare(s, images, argv + optind + 1, argc - optind - 1))
		port = xsk_port_open(&a.port);
	if (port) {
		setvbuf(stdout, NULL, _IOLBF, 0);
		fprintf(stderr, "xsk_sort: ready\n");
		receive(s, port);
		(a.json ? report_json : report_text)(s, xsk_port_dropped(port));
		status = fflush(stdout) ? 1 : 0;
	}
	xsk_port_close(port);
	mdesc_reader__free(s->reader);
	for (i = 0; i < IMAGES; i++)
		mdesc_image__close(images[i]);
	free(s);
	return status;
}

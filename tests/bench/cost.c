/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What programs take for a packet, by test runs of the kernel: ns, of many runs, a few
 * ms each, in turn; without what the first one takes. Those behind `--'
 * find the metadata in front of the packet that the writer before it has written.
 *
 *	cost PACKET EMPTY PROGRAM... WRITER -- READER...
 *
 * PACKET is hexadecimal, all else are pinned programs.
 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "bench.h"

enum { RUNS = 61, REPEAT = 50000, ROOM = 1024, PROGRAMS = 16 };

struct bytes {
	uint8_t b[ROOM];
	uint32_t meta, n;
};

static int fail(const char *what)
{
	fprintf(stderr, "cost: %s: %s\n", what, strerror(errno));
	return 1;
}

/* ns, or less than 0; @out: what is there then, or NULL */
static double run(int fd, const struct bytes *in, unsigned int repeat, struct bytes *out)
{
	struct xdp_md ctx = { .data = in->meta, .data_end = in->n };
	struct bytes other;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->b, .data_size_in = in->n, .data_out = other.b,
		    .data_size_out = ROOM, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .ctx_out = &ctx,
		    .ctx_size_out = sizeof(ctx), .repeat = (int)repeat);

	if (bpf_prog_test_run_opts(fd, &opts))
		return -1;
	if (out) {
		*out = other;
		out->n = opts.data_size_out;
		out->meta = ctx.data - ctx.data_meta;
	}
	return opts.duration;
}

/* The kernel counts whole ns: of the middle half of the runs the mean. */
static double middle(double *values)
{
	double sum = 0;
	int i;

	bench_median(values, RUNS);
	for (i = RUNS / 4; i < RUNS - RUNS / 4; i++)
		sum += values[i];
	return sum / (RUNS - 2 * (RUNS / 4));
}

static bool parse(const char *hex, struct bytes *to)
{
	unsigned int x;

	for (to->n = to->meta = 0; *hex && to->n < ROOM - 256; hex += 2) {
		if (sscanf(hex, "%2x", &x) != 1)
			return false;
		to->b[to->n++] = (uint8_t)x;
	}
	return !*hex;
}

int main(int argc, char **argv)
{
	static double ns[PROGRAMS][RUNS];
	struct bytes packet, with;
	int fd[PROGRAMS], readers = 0, n = 0, i, r;
	cpu_set_t one;
	double empty;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu() < 0 ? 0 : sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	if (argc < 3 || !parse(argv[1], &packet))
		return 2;
	for (i = 2; i < argc && n < PROGRAMS; i++) {
		if (!strcmp(argv[i], "--")) {
			readers = n;
			continue;
		}
		fd[n] = bpf_obj_get(argv[i]);
		if (fd[n++] < 0)
			return fail(argv[i]);
	}
	if (!readers)
		readers = n;
	if (run(fd[readers - 1], &packet, 1, &with) < 0)
		return fail("the writer");
	for (r = 0; r < RUNS; r++)
		for (i = 0; i < n; i++) {
			ns[i][r] = run(fd[i], i < readers ? &packet : &with, REPEAT, NULL);
			if (ns[i][r] < 0)
				return fail("a program");
		}
	empty = middle(ns[0]);
	for (i = 1; i < n; i++)
		printf("%.1f%s", middle(ns[i]) - empty, i + 1 < n ? " " : "\n");
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The generated writer of mynic-2.0 against one by hand (writer.bpf.c): the median
 * of ns a packet for some kinds of packets, without what an empty program takes;
 * both do not count packets, or both do. Each program is loaded several times, as
 * the kernel puts it at another place each time, which makes half a nanosecond; the
 * programs run in turn, a few ms each. First it makes sure that both write the same,
 * for all packets, whole and cut off.
 *
 *	writer HAND.o WRITER.o [RUNS]
 */
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <mdesc/format.h>

#include "bench.h"

enum { RUNS_MAX = 101, LOADS = 9, REPEAT = 10000, ROOM = 256 };
enum { EMPTY, OURS, HAND, OURS_COUNT, HAND_COUNT, PROGRAMS };

struct kind {
	const char *name;
	uint8_t bytes[128];
	uint32_t len;
};

#define MACS 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2
#define IP4(protocol) 0x45, 0, 0, 84, 0, 0, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2
#define IP6(next) 0x60, 0, 0, 0, 0, 40, next, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, \
	0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2

static const struct kind kinds[] = {
	{ "IPv4, TCP", { MACS, 8, 0, IP4(6), 0, 80 }, 98 },
	{ "IPv4, ICMP", { MACS, 8, 0, IP4(1), 8, 0, 0, 0, 1, 2, 3, 4 }, 98 },
	{ "VLAN, IPv4, TCP", { MACS, 0x81, 0, 0, 5, 8, 0, IP4(6), 0, 80 }, 98 },
	{ "four VLAN tags, IPv6, ICMPv6",
	  { MACS, 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 0x81, 0, 0, 7, 0x81, 0, 0, 8, 0x86, 0xdd, IP6(58), 128, 0, 0, 0, 1,
	    2, 3, 4 }, 110 },
	{ "SNAP, ARP",
	  { MACS, 0, 36, 0xaa, 0xaa, 3, 0, 0, 0, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1 }, 64 },
};

/* The config stands alone in .rodata: all sources are given, so that no clock and no hash is measured. */
static void configure(struct bpf_map *map, bool count)
{
	size_t size;
	struct mdesc_xdp_config *config = (void *)bpf_map__initial_value(map, &size);
	struct mdesc_xdp_source *s = (void *)(config + 1);

	config->flags = MDESC_XDP_ALL_SET | (count ? MDESC_XDP_COUNT : 0);
	for (uint32_t i = 0; i < config->source_count; i++) {
		s[i].flags = MDESC_XDP_SOURCE_SET;
		s[i].value = s[i].kind;		/* as the one by hand has them */
	}
}

/* @user: the program that it hands on to, or -1 */
static int load(const char *path, const char *name, bool count, int user)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;
	struct bpf_map *map;
	uint32_t zero = 0;
	int fd = -1;

	if (!obj)
		return -1;
	bpf_object__for_each_program(prog, obj)
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name));
	bpf_object__for_each_map(map, obj)
		if (strstr(bpf_map__name(map), ".rodata") && !strcmp(name, MDESC_XDP_PROGRAM))
			configure(map, count);
	if (!bpf_object__load(obj))
		fd = bpf_program__fd(bpf_object__find_program_by_name(obj, name));
	if (fd >= 0 && user >= 0 &&
	    bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, MDESC_XDP_NEXT), &zero, &user, 0))
		return -1;
	return fd;
}

static double once(int fd, const struct kind *kind)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = kind->bytes, .data_size_in = kind->len, .repeat = REPEAT);
	struct timespec from, to;
	int rc;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	rc = bpf_prog_test_run_opts(fd, &opts);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	return rc ? -1.0 : ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / REPEAT;
}

/* ---- the same metadata ---- */

/* The packet with what is in front of it, up to where @ctx says. */
static int written(int fd, const struct kind *kind, uint32_t len, uint8_t *out, struct xdp_md *ctx)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = kind->bytes, .data_size_in = len, .data_out = out,
		    .data_size_out = ROOM, .ctx_out = ctx, .ctx_size_out = sizeof(*ctx), .repeat = 1);

	memset(ctx, 0, sizeof(*ctx));
	return bpf_prog_test_run_opts(fd, &opts) ? -1 : (int)opts.data_size_out;
}

static bool same_metadata(int ours, int hand)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		for (uint32_t len = 14; len <= kinds[k].len; len++) {
			uint8_t a[ROOM] = { 0 }, b[ROOM] = { 0 };
			struct xdp_md ca, cb;
			int na = written(ours, &kinds[k], len, a, &ca), nb = written(hand, &kinds[k], len, b, &cb);

			if (na <= (int)len || na != nb || memcmp(&ca, &cb, sizeof(ca)) || memcmp(a, b, (size_t)na)) {
				printf("| %s, %u bytes | | | the writers differ | |\n", kinds[k].name, len);
				return false;
			}
		}
	}
	return true;
}

static void measure(int fds[PROGRAMS][LOADS], size_t k, int runs)
{
	static double of[PROGRAMS][RUNS_MAX * LOADS];
	double ns[PROGRAMS];

	for (int i = 0; i < runs * LOADS; i++)
		for (int p = 0; p < PROGRAMS; p++)
			of[p][i] = once(fds[p][i % LOADS], &kinds[k]);
	for (int p = 0; p < PROGRAMS; p++)
		ns[p] = bench_median(of[p], (size_t)(runs * LOADS)) - (p ? ns[EMPTY] : 0);
	for (int p = OURS; p < PROGRAMS; p += 2)
		printf("| %s%s | %.1f ns | %.1f ns | %.2f | %d |\n", kinds[k].name, p == OURS ? "" : ", counted", ns[p],
		       ns[p + 1], ns[p] > 0 ? ns[p + 1] / ns[p] : 0, runs * LOADS);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int runs = argc > 3 ? atoi(argv[3]) : 11, fds[PROGRAMS][LOADS];
	cpu_set_t one;

	if (argc < 3 || runs < 1 || runs > RUNS_MAX)
		return 2;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	for (int i = 0; i < LOADS; i++) {
		fds[EMPTY][i] = load(argv[1], "empty", false, -1);
		fds[OURS][i] = load(argv[2], MDESC_XDP_PROGRAM, false, fds[EMPTY][0]);
		fds[HAND][i] = load(argv[1], "by_hand", false, fds[EMPTY][0]);
		fds[OURS_COUNT][i] = load(argv[2], MDESC_XDP_PROGRAM, true, fds[EMPTY][0]);
		fds[HAND_COUNT][i] = load(argv[1], "by_hand_counts", true, fds[EMPTY][0]);
		for (int p = 0; p < PROGRAMS; p++) {
			if (fds[p][i] >= 0)
				continue;
			printf("| generated writer | | | left out: the kernel does not load it | |\n");
			return 0;
		}
	}
	if (!same_metadata(fds[OURS][0], fds[HAND][0]) || !same_metadata(fds[OURS_COUNT][0], fds[HAND_COUNT][0]))
		return 1;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		measure(fds, k, runs);
	return 0;
}

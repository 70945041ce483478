/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The generated writer of mynic-2.0 against one by hand (writer.bpf.c): the median
 * of ns a packet for some kinds of packets, without what an empty program takes.
 *
 *	writer HAND.o WRITER.o [RUNS]
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <mdesc/format.h>

#include "bench.h"

enum { RUNS_MAX = 101, REPEAT = 400000 };

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

/* @user: the program that it hands on to, or -1 */
static int load(const char *path, const char *name, int user)
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
	/* the config stands alone in .rodata: all sources are given, so that no clock and no hash is measured */
	bpf_object__for_each_map(map, obj) {
		size_t size;
		struct mdesc_xdp_config *config;
		struct mdesc_xdp_source *s;

		if (!strstr(bpf_map__name(map), ".rodata") || strcmp(name, MDESC_XDP_PROGRAM))
			continue;
		config = (void *)bpf_map__initial_value(map, &size);
		s = (void *)(config + 1);
		for (uint32_t i = 0; i < config->source_count; i++)
			s[i].flags = MDESC_XDP_SOURCE_SET;
	}
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

	return bpf_prog_test_run_opts(fd, &opts) ? -1.0 : (double)opts.duration;
}

int main(int argc, char **argv)
{
	int runs = argc > 3 ? atoi(argv[3]) : 11, empty, hand, ours;
	double of[3][RUNS_MAX];

	if (argc < 3 || runs < 1 || runs > RUNS_MAX)
		return 2;
	empty = load(argv[1], "empty", -1);
	hand = load(argv[1], "by_hand", empty);
	ours = load(argv[2], MDESC_XDP_PROGRAM, empty);
	if (empty < 0 || hand < 0 || ours < 0) {
		printf("| generated writer | | | left out: the kernel does not load it | |\n");
		return 0;
	}
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		double none, o, h;

		for (int i = 0; i < runs; i++) {
			of[0][i] = once(empty, &kinds[k]);
			of[1][i] = once(ours, &kinds[k]);
			of[2][i] = once(hand, &kinds[k]);
		}
		none = bench_median(of[0], (size_t)runs);
		o = bench_median(of[1], (size_t)runs) - none;
		h = bench_median(of[2], (size_t)runs) - none;
		printf("| %s | %.0f ns | %.0f ns | %.2f | %d |\n", kinds[k].name, o, h, o > 0 ? h / o : 0, runs);
	}
	return 0;
}

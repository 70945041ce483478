// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The part of guest.c that drives the virtual NIC: attaches a program to an
 * interface, natively, sends packets through it, and prints what the program has
 * read of each: a line a packet.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "asked.h"
#include "guest.h"

#define DEV_BOUND_ONLY (1u << 6)	/* BPF_F_XDP_DEV_BOUND_ONLY, for headers before 6.3 */

static void print_answer(const struct answer *a, const char *end)
{
	const char *blank = "";

	if (!a->has)
		printf("nothing");
	if (a->has & ASKED_TIMESTAMP)
		printf("timestamp=%llu", (unsigned long long)a->timestamp), blank = " ";
	if (a->has & ASKED_HASH)
		printf("%shash=%u type=%u", blank, a->hash, a->hash_type), blank = " ";
	if (a->has & ASKED_TAG)
		printf("%stag=%u:%u", blank, a->vlan_proto, a->vlan_tci);
	printf("%s", end);
}

/* How many packets the program has seen: the one variable of its .bss. */
static __u32 seen(struct bpf_object *obj)
{
	__u32 zero = 0, n = 0;

	bpf_map_lookup_elem(bpf_map__fd(bpf_object__find_map_by_name(obj, ".bss")), &zero, &n);
	return n;
}

/* Each packet is sent, and has been seen, before the next one. */
static int send_all(const char *path, unsigned int ifindex, struct bpf_object *obj)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)ifindex };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), n = 0;
	FILE *f = fopen(path, "r");
	unsigned char packet[2048];
	char line[2 * sizeof(packet) + 2];

	while (f && fd >= 0 && fgets(line, sizeof(line), f)) {
		size_t size = unhex(line, packet, sizeof(packet));

		if (sendto(fd, packet, size, 0, (struct sockaddr *)&to, sizeof(to)) != (ssize_t)size)
			break;
		n++;
		for (int wait = 0; seen(obj) < (unsigned int)n && wait < 5000; wait++)
			usleep(1000);
		if (seen(obj) != (unsigned int)n) {
			printf("of %d packets the program has seen %u\n", n, seen(obj));
			return -1;
		}
	}
	if (!f || fd < 0 || !feof(f)) {
		printf("%s: %s\n", path, strerror(errno));
		return -1;
	}
	fclose(f);
	close(fd);
	return n;
}

int vnic_run(const char *path, bool bound, const char *iface, const char *packets)
{
	unsigned int ifindex = if_nametoindex(iface);
	struct bpf_object *obj;
	struct bpf_program *prog = open_program(path, "asks", &obj);
	struct asked a;
	int n, map;

	if (!prog)
		return 2;
	if (bound) {
		bpf_program__set_ifindex(prog, ifindex);
		bpf_program__set_flags(prog, bpf_program__flags(prog) | DEV_BOUND_ONLY);
	}
	if (bpf_object__load(obj)) {
		printf("refused\n");
		return 1;
	}
	if (bpf_xdp_attach((int)ifindex, bpf_program__fd(prog), XDP_FLAGS_DRV_MODE, NULL)) {
		printf("not attached: %s\n", strerror(errno));
		return 2;
	}
	map = bpf_object__find_map_fd_by_name(obj, "asked");
	n = send_all(packets, ifindex, obj);
	for (__u32 i = 0; n > 0 && i < (__u32)n && !bpf_map_lookup_elem(map, &i, &a); i++) {
		print_answer(&a.core, bound ? " | " : "\n");
		if (bound)
			print_answer(&a.kfunc, "\n");
	}
	bpf_xdp_detach((int)ifindex, XDP_FLAGS_DRV_MODE, NULL);
	bpf_object__close(obj);
	return n < 0 ? 2 : 0;
}

// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * What attach_case.sh asks for in the virtual machine that no command of busybox
 * gives, and verdicts.sh here: packets, what the user's program counted, what the kernel has loaded.
 *
 *	attach_cmd send IFACE COUNT [VERDICT [WAY [BYTES]]]	packets that xdp/user.bpf.c counts, into IFACE; or for
 *			xdp/verdict.bpf.c to decide so, in this way; of so many bytes
 *	attach_cmd counts MAP SUM	its counters, once SUM packets have come
 *	attach_cmd loaded WANT		how many XDP programs and links there are; waits for WANT
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../xdp/user.h"

#define TRIES	1000	/* of 10 ms: what is waited for comes at once, but for a slow machine */

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

static int send_packets(const char *iface, int count, int verdict, int way, int bytes)
{
	/* IPv4, in protocol 253, from 192.0.2.7 */
	static unsigned char packet[9000] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64,
					      253, 0, 0, 192, 0, 2, 7, 192, 0, 2, 8 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(iface), .sll_halen = 6 };
	int sock = socket(AF_PACKET, SOCK_RAW, 0);

	if (bytes < 60 || bytes > (int)sizeof(packet))
		return fail("send");
	packet[16] = (unsigned char)((bytes - 14) >> 8);
	packet[17] = (unsigned char)(bytes - 14);
	packet[28] = (unsigned char)way;
	packet[29] = (unsigned char)verdict;
	while (count-- > 0)
		if (sendto(sock, packet, (size_t)bytes, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			return fail(iface);
	return 0;
}

static int counts(const char *path, unsigned long long sum)
{
	struct user_counts c = { 0 };
	int fd = bpf_obj_get(path), key = 0, tries = 0;

	if (fd < 0)
		return fail(path);
	for (; tries < TRIES && c.good + c.wrong + c.unknown + c.none < sum; tries++) {
		usleep(tries ? 10000 : 0);
		if (bpf_map_lookup_elem(fd, &key, &c))
			return fail(path);
	}
	printf("good %llu, wrong %llu, unknown %llu, none %llu\n", c.good, c.wrong, c.unknown, c.none);
	return 0;
}

static int loaded_now(void)
{
	__u32 id = 0;
	int n = 0;

	while (!bpf_link_get_next_id(id, &id))
		n++;
	for (id = 0; !bpf_prog_get_next_id(id, &id);) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0)
			continue;
		n += !bpf_obj_get_info_by_fd(fd, &info, &size) && info.type == BPF_PROG_TYPE_XDP;
		close(fd);
	}
	return n;
}

/* The kernel frees in its own time. */
static int loaded(int want)
{
	int tries;

	for (tries = 0; tries < TRIES && loaded_now() != want; tries++)
		usleep(10000);
	printf("%d\n", loaded_now());
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 4 && argc <= 7 && !strcmp(argv[1], "send"))
		return send_packets(argv[2], atoi(argv[3]), argc > 4 ? atoi(argv[4]) : 7, argc > 5 ? atoi(argv[5]) : 2,
				    argc > 6 ? atoi(argv[6]) : 60);
	if (argc == 4 && !strcmp(argv[1], "counts"))
		return counts(argv[2], strtoull(argv[3], NULL, 10));
	if (argc == 3 && !strcmp(argv[1], "loaded"))
		return loaded(atoi(argv[2]));
	fprintf(stderr, "usage: attach_cmd send IFACE COUNT [VERDICT [WAY [BYTES]]] | counts MAP SUM | loaded WANT\n");
	return 2;
}

// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//
// bpf_net OBJECT LABEL: sends a TCP stream through a veth pair between two network namespaces, with a program on the
// receiving end that puts metadata in front of every packet (tests/bpf/net.bpf.c), and looks at what arrives at TC and
// in how large pieces at TCP. Needs root and the ip command.

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>

#include "bpf/got.h"

#define BYTES (8 << 20)
#define PORT 7777

static const char *object, *label;

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

__attribute__((format(printf, 1, 2)))
static void command(const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (system(line)) {
		printf("# failed: %s\n", line);
		exit(1);
	}
}

// TCP segments that came in, after GRO, in this namespace.
static unsigned long segments(void)
{
	char line[1024];
	unsigned long n = 0;
	FILE *f = fopen("/proc/thread-self/net/snmp", "r");

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Tcp: %*d %*d %*d %*d %*d %*d %*d %*d %*d %lu", &n);
	if (f)
		fclose(f);
	return n;
}

// A veth merges nothing unless asked to.
static void gro_on(int sock, const char *name)
{
	struct ethtool_value gro = { .cmd = ETHTOOL_SGRO, .data = 1 };
	struct ifreq ifr = { .ifr_data = (void *)&gro };

	strcpy(ifr.ifr_name, name);
	if (ioctl(sock, SIOCETHTOOL, &ifr))
		printf("# GRO of %s: %s\n", name, strerror(errno));
}

struct result {
	unsigned long bytes_per_segment;
	unsigned long with_id, without_id;	// packets at TC
};

// Receives the stream from @sock with @prog on t1.
static int receive(int sock, const char *prog, struct result *r)
{
	struct bpf_object *obj = bpf_object__open_file(object, NULL);
	int ifindex = if_nametoindex("t1"), conn, err = -1;
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, tc);
	unsigned long before, n = 0;
	static char buf[1 << 16];
	struct got got = { 0 };
	__u32 zero = 0;
	ssize_t len;

	if (!obj || bpf_object__load(obj))
		goto out;
	if (bpf_xdp_attach(ifindex, bpf_program__fd(bpf_object__find_program_by_name(obj, prog)),
			   XDP_FLAGS_DRV_MODE, NULL))
		goto out;
	bpf_tc_hook_create(&hook);
	tc.prog_fd = bpf_program__fd(bpf_object__find_program_by_name(obj, "at_tc"));
	if (bpf_tc_attach(&hook, &tc))
		goto out;
	before = segments();
	conn = accept(sock, NULL, NULL);
	if (conn < 0)
		goto out;
	while ((len = read(conn, buf, sizeof(buf))) > 0)
		n += len;
	close(conn);
	r->bytes_per_segment = n / (segments() - before);
	bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(obj, "out"), &zero, &got);
	r->with_id = got.v[0];
	r->without_id = got.v[1];
	err = 0;
out:
	bpf_tc_hook_destroy(&hook);
	bpf_xdp_detach(ifindex, XDP_FLAGS_DRV_MODE, NULL);
	bpf_object__close(obj);
	return err;
}

// The sending end: waits until t0 has been made and the other end listens, sends, ends.
static void send_stream(void)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	static char buf[1 << 16];
	int sock = socket(AF_INET6, SOCK_STREAM, 0);

	memset(&to.sin6_addr, 0, sizeof(to.sin6_addr));
	to.sin6_addr.s6_addr[0] = 0xfd;
	to.sin6_addr.s6_addr[15] = 2;
	for (int tries = 0; connect(sock, (struct sockaddr *)&to, sizeof(to)); tries++) {
		if (tries == 100)
			_exit(1);
		close(sock);
		usleep(50000);
		sock = socket(AF_INET6, SOCK_STREAM, 0);
	}
	for (int n = 0; n < BYTES; n += sizeof(buf))
		if (write(sock, buf, sizeof(buf)) < 0)
			_exit(1);
	close(sock);
	_exit(0);
}

// A stream from one new namespace to another, through @prog. 0, or -1.
static int stream(const char *prog, struct result *r)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = htons(PORT), .sin6_addr = in6addr_any };
	int sock, one = 1, err, go[2], status;
	pid_t pid;

	// the one before may still hold its devices: namespaces go when the kernel finds the time
	if (unshare(CLONE_NEWNET))
		return -1;
	sock = socket(AF_INET6, SOCK_STREAM, 0);
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (pipe(go) || bind(sock, (struct sockaddr *)&at, sizeof(at)) || listen(sock, 1))
		return -1;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNET) || write(go[1], "x", 1) != 1)
			_exit(1);
		// t0 comes from the parent
		for (int i = 0; i < 100 && !if_nametoindex("t0"); i++)
			usleep(20000);
		command("ip link set t0 address 02:00:00:00:00:01 && ip link set t0 up && "
			"ip address add fd00::1/64 dev t0 nodad && "
			"ip neigh replace fd00::2 lladdr 02:00:00:00:00:02 dev t0");
		send_stream();
	}
	if (pid < 0 || read(go[0], &one, 1) != 1)
		return -1;
	close(go[0]);
	close(go[1]);
	command("ip link add t0 netns %d type veth peer name t1", (int)pid);
	command("ip link set t1 address 02:00:00:00:00:02 && ip link set t1 up && "
		"ip address add fd00::2/64 dev t1 nodad && ip neigh replace fd00::1 lladdr 02:00:00:00:00:01 dev t1");
	gro_on(sock, "t1");
	err = receive(sock, prog, r);
	close(sock);
	if (err)
		kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	return err || status ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct result keep = { 0 }, strip = { 0 };
	int failed = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: bpf_net OBJECT LABEL\n");
		return 2;
	}
	object = argv[1];
	label = argv[2];
	libbpf_set_print(quiet);
	if (unshare(CLONE_NEWNET)) {
		printf("skip %s/net net: %s\n", label, strerror(errno));
		return 0;
	}
	if (stream("keep", &keep) || stream("strip", &strip)) {
		printf("not ok %s/net\n# no stream came through: %s\n", label, strerror(errno));
		return 1;
	}
	if (keep.with_id && !keep.without_id) {
		printf("ok %s/keep_reaches_tc\n", label);
	} else {
		failed = 1;
		printf("not ok %s/keep_reaches_tc\n", label);
	}
	if (!strip.with_id && strip.without_id) {
		printf("ok %s/pass_strips_for_tc\n", label);
	} else {
		failed = 1;
		printf("not ok %s/pass_strips_for_tc\n", label);
	}
	// GRO depends on how packets bunch up; by what is left of it when metadata differs, none at all.
	if (strip.bytes_per_segment > 2 * keep.bytes_per_segment) {
		printf("ok %s/pass_lets_gro_merge\n", label);
	} else {
		failed = 1;
		printf("not ok %s/pass_lets_gro_merge\n", label);
	}
	printf("# kept: %lu bytes a segment, %lu packets with the id at TC and %lu without;"
	       " stripped: %lu, %lu, %lu\n", keep.bytes_per_segment, keep.with_id, keep.without_id,
	       strip.bytes_per_segment, strip.with_id, strip.without_id);
	return failed;
}

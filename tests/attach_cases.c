// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//
// attach_cases SENDER RECEIVER BPFFS OLD NEW OLD_WRITER NEW_WRITER OBJECT UPDATES KILLS [libxdp]: attaches images to
// RECEIVER, where what is sent into SENDER arrives, by the library's calls. Stops and kills attaching and updating
// before every step and at random moments, and looks at what is left; changes the firmware back and forth while packets
// flow; and at the end nothing that was loaded may be in the kernel any more. A writer of "-" is the image's own. With
// `libxdp' it goes into libxdp's dispatcher beside qemu/other.bpf.c, which is there and has to go on running.

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <mdesc/mdesc.h>

#include "tap.h"
#include "xdp/user.h"

enum { OLD, NEW };

static const char *sender, *receiver, *bpffs, *object;
static bool libxdp;
static struct mdesc_image *images[2];
static struct { void *data; size_t size; } writers[2];

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

// ---- what was ever loaded ----

static uint32_t ids[3][20000];	// programs, maps, links
static size_t id_count[3];

static void note_id(int kind, uint32_t id)
{
	for (size_t i = 0; i < id_count[kind]; i++)
		if (ids[kind][i] == id)
			return;
	if (id && id_count[kind] < sizeof(ids[0]) / sizeof(ids[0][0]))
		ids[kind][id_count[kind]++] = id;
}

static void note_maps_of(uint32_t prog)
{
	int fd = bpf_prog_get_fd_by_id(prog);
	struct bpf_prog_info info = { 0 };
	uint32_t maps[16], size = sizeof(info);

	info.map_ids = (uintptr_t)maps;
	info.nr_map_ids = 16;
	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size))
		for (uint32_t i = 0; i < info.nr_map_ids && i < 16; i++)
			note_id(1, maps[i]);
	if (fd >= 0)
		close(fd);
}

static void note(const struct mdesc_attachment *att)
{
	MDESC_INFO(mdesc_attachment_info, i);

	mdesc_attachment__info(att, &i);
	note_id(0, i.writer_id);
	note_id(0, i.program_id);
	note_id(2, i.link_id);
	note_maps_of(i.writer_id);
	note_maps_of(i.program_id);
}

static bool is_there(int kind, uint32_t id)
{
	int fd = kind == 0 ? bpf_prog_get_fd_by_id(id) : kind == 1 ? bpf_map_get_fd_by_id(id) :
		bpf_link_get_fd_by_id(id);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

// The kernel frees in its own time: this is asked again, but for a limit, until all is gone.
static void check_leaks(void)
{
	static const char *const names[] = { "programs", "maps", "links" };

	for (int kind = 0; kind < 3; kind++) {
		size_t left = id_count[kind], tries = 0;

		while (left && tries++ < 3000) {
			left = 0;
			for (size_t i = 0; i < id_count[kind]; i++)
				left += is_there(kind, ids[kind][i]);
			if (left)
				usleep(10000);
		}
		tap(!left && (id_count[kind] || (kind == 2 && libxdp)), names[kind], "%zu of %zu are still loaded",
		    left, id_count[kind]);
	}
}

// Of libxdp's own files one is left, that of the other program.
static bool is_empty(const char *dir)
{
	char cmd[300];

	snprintf(cmd, sizeof(cmd), "test -z \"$(find %s/mdesc 2>/dev/null)\"%s", dir, libxdp ?
		 " -a $(find /sys/fs/bpf/xdp -name 'prog*-prog' | wc -l) = 1" : "");
	return !system(cmd);
}

// ---- attaching ----

static struct mdesc_attach_opts options(int which)
{
	MDESC_OPTS(mdesc_attach_opts, o, .bpffs = bpffs, .object = object, .program = "user",
		   .writer = writers[which].data, .writer_size = writers[which].size);

	return o;
}

struct stop { int at, n; bool kill; };

static int step(void *ctx, const char *name)
{
	struct stop *s = ctx;

	(void)name;
	if (s->n++ != s->at)
		return 0;
	if (s->kill)
		kill(getpid(), SIGKILL);
	return 1;
}

static struct mdesc_attachment *attach(int which, struct stop *stop)
{
	struct mdesc_attach_opts o = options(which);
	struct mdesc_attachment *att;
	struct mdesc_error err;

	o.libxdp = libxdp;
	if (stop) {
		o.step = step;
		o.step_ctx = stop;
	}
	att = mdesc_attachment__new(receiver, images[which], &o, &err);
	if (att)
		note(att);
	else if (!stop || errno != ECANCELED)
		printf("# attach: %s\n", err.text);
	return att;
}

static int update(struct mdesc_attachment *att, int which, struct stop *stop)
{
	struct mdesc_attach_opts o = options(which);
	struct mdesc_error err;
	int rc;

	if (stop) {
		o.step = step;
		o.step_ctx = stop;
	}
	rc = mdesc_attachment__update(att, images[which], &o, &err);
	if (!rc)
		note(att);
	else if (!stop || rc != -ECANCELED)
		printf("# update: %s\n", err.text);
	return rc;
}

static int detach(void)
{
	struct mdesc_error err;
	int rc = mdesc_attachment__remove(receiver, bpffs, &err);

	if (rc)
		printf("# detach: %s\n", err.text);
	return rc;
}

static struct mdesc_attachment *reopen(int *code)
{
	struct mdesc_attachment *att = mdesc_attachment__open(receiver, bpffs, NULL);

	*code = att ? 0 : errno;
	if (att)
		note(att);
	return att;
}

// ---- packets ----

static int sock;
static struct sockaddr_ll to;

static void open_socket(void)
{
	sock = socket(AF_PACKET, SOCK_RAW, 0);
	to = (struct sockaddr_ll){ .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(sender), .sll_halen = 6 };
	if (sock < 0 || !to.sll_ifindex) {
		perror("packet socket");
		exit(1);
	}
}

// The last byte of the source address by which the other program in the dispatcher knows what it is to drop.
#define OTHERS	(9u << 24)

static int send_one(uint32_t number)
{
	uint8_t p[64] = { [12] = 8, [14] = 0x45, [17] = 50, [22] = 64, [23] = 253 };

	memset(p, 0xff, 6);
	p[6] = 2;
	memcpy(p + 26, &number, 4);
	return sendto(sock, p, sizeof(p), 0, (void *)&to, sizeof(to)) == sizeof(p);
}

static struct user_counts *map_counts(const struct mdesc_attachment *att)
{
	int fd = mdesc_attachment__map(att, ".bss");
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd >= 0)
		close(fd);
	return p == MAP_FAILED ? NULL : p;
}

static unsigned long long sum(const volatile struct user_counts *c)
{
	return c->good + c->wrong + c->unknown + c->none;
}

// A veth has a short queue: send only as far ahead of the counters as fits. Gives up when nothing arrives at all.
static bool send_paced(const volatile struct user_counts *c, unsigned long long *sent, unsigned int n)
{
	while (n--) {
		for (int waits = 0; *sent - sum(c) >= 64; waits++) {
			if (waits == 20000)
				return false;
			usleep(100);
		}
		*sent += send_one((uint32_t)(*sent * 2654435761u) & ~(1u << 24));
	}
	return true;
}

static bool arrives(const struct mdesc_attachment *att)
{
	struct user_counts *c = map_counts(att);
	unsigned long long sent = c ? sum(c) : 0, before = c ? c->good : 0;
	bool good;

	if (!c)
		return false;
	good = (!libxdp || send_one(OTHERS)) && send_paced(c, &sent, 10);
	for (int waits = 0; good && sum(c) < sent && waits < 20000; waits++)
		usleep(100);
	good = good && c->good == before + 10;
	munmap(c, 4096);
	return good;
}

// ---- cases ----

static void check_attach(void)
{
	struct mdesc_attachment *att = attach(OLD, NULL), *again;
	MDESC_INFO(mdesc_attachment_info, i);
	uint64_t counters[MDESC_XDP_LAYOUT0 + 1];
	int code = 0;

	tap(att && arrives(att), "attach", "packets do not arrive with their metadata");
	if (!att)
		exit(tap_status());
	mdesc_attachment__info(att, &i);
	tap(i.mode == MDESC_ATTACH_NATIVE && i.generation == 1 && !strcmp(i.program, "user"), "info", "mode %d, "
	    "program %s",
	    i.mode, i.program);
	tap(mdesc_attachment__counters(att, counters, 7) == 7 && counters[MDESC_XDP_PACKETS] >= 10 &&
	    counters[MDESC_XDP_PACKETS] == counters[MDESC_XDP_LAYOUT0], "counters", "%llu packets, %llu of the layout",
	    (unsigned long long)counters[0], (unsigned long long)counters[MDESC_XDP_LAYOUT0]);
	again = attach(OLD, &(struct stop){ .at = 99 });
	tap(!again && errno == EEXIST, "attached_already", "%s", strerror(errno));
	tap(!detach() && is_empty(bpffs), "detach", "something is left");
	tap(!reopen(&code) && code == ENOENT, "detached", "%s", strerror(code));
	tap(update(att, NEW, &(struct stop){ .at = 99 }) == -ESTALE, "update_detached", "it is gone");
	mdesc_attachment__close(att);
}

// Runs @body in a process of its own, which dies. 0: it came to its end before.
static bool in_child(void (*body)(struct stop *), struct stop *stop, long usec)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		body(stop);
		_exit(0);
	}
	if (usec >= 0) {
		usleep(usec);
		kill(pid, SIGKILL);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status);
}

static void child_attach(struct stop *stop)
{
	attach(OLD, stop);
}

static void child_update(struct stop *stop)
{
	struct mdesc_attachment *att = mdesc_attachment__open(receiver, bpffs, NULL);

	if (att)
		update(att, NEW, stop);
}

// Whatever is there now, it works or can be removed, and then all is as at the beginning.
static bool recovers(void)
{
	int code;
	struct mdesc_attachment *att = reopen(&code);
	bool good = att ? arrives(att) : code == ENOENT || code == ESTALE;

	mdesc_attachment__close(att);
	if (code == 0 || code == ESTALE)
		good = !detach() && good;
	good = is_empty(bpffs) && good;
	att = attach(OLD, NULL);
	good = att && arrives(att) && !detach() && is_empty(bpffs) && good;
	mdesc_attachment__close(att);
	return good;
}

static void check_stopped_attach(void)
{
	bool good = true, died = true;
	int k;

	for (k = 0;; k++) {
		struct stop stop = { .at = k };
		struct mdesc_attachment *att = attach(OLD, &stop);

		if (att) {
			mdesc_attachment__close(att);
			detach();
			break;
		}
		good = good && errno == ECANCELED && is_empty(bpffs);
	}
	tap(good && k >= (libxdp ? 8 : 7), "stopped_attach", "of %d steps, one left something", k);
	for (int i = 0; i < k; i++)
		died = in_child(child_attach, &(struct stop){ .at = i, .kill = true }, -1) && recovers() && died;
	tap(died, "killed_attach", "%d steps", k);
}

// After an update that ended somehow: packets arrive, a further update works.
static bool goes_on(struct mdesc_attachment **att)
{
	int code;

	mdesc_attachment__close(*att);
	*att = reopen(&code);
	return *att && arrives(*att) && !update(*att, OLD, NULL) && arrives(*att);
}

static void check_stopped_update(void)
{
	struct mdesc_attachment *att = attach(OLD, NULL);
	bool good = true, died = true;
	int k, rc;

	for (k = 0; good; k++) {
		MDESC_INFO(mdesc_attachment_info, before);
		MDESC_INFO(mdesc_attachment_info, after);
		struct stop stop = { .at = k };
		struct mdesc_attachment *now;

		mdesc_attachment__info(att, &before);
		rc = update(att, NEW, &stop);
		if (!rc)
			break;
		now = reopen(&rc);
		if (now)
			mdesc_attachment__info(now, &after);
		good = now && before.writer_id == after.writer_id && before.program_id == after.program_id &&
			arrives(now);
		mdesc_attachment__close(now);
	}
	tap(good && k >= 6, "stopped_update", "of %d steps, one did not go on with the old firmware", k);
	for (int i = 0; i < k; i++)
		died = in_child(child_update, &(struct stop){ .at = i, .kill = true }, -1) && goes_on(&att) && died;
	tap(died, "killed_update", "%d steps", k);
	mdesc_attachment__close(att);
	tap(!detach() && is_empty(bpffs), "detached_after_updates", "something is left");
}

static void check_random_kills(int n)
{
	struct mdesc_attachment *att;
	bool good = true;

	for (int i = 0; i < n && good; i++) {
		in_child(child_attach, NULL, rand() % 40000);
		good = recovers();
	}
	tap(good, "random_kills_attach", "attach does not recover");
	att = attach(OLD, NULL);
	for (int i = 0; i < n && good; i++) {
		in_child(child_update, NULL, rand() % 40000);
		good = goes_on(&att);
	}
	tap(good, "random_kills_update", "update does not recover");
	mdesc_attachment__close(att);
	detach();
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

// Back and forth while a child sends without a pause.
static void check_updates(int updates)
{
	struct mdesc_attachment *att = attach(OLD, NULL);
	struct user_counts *c = att ? map_counts(att) : NULL;
	struct { unsigned long long sent; volatile int stop; } *shared;
	unsigned long long least = 100ull * updates;
	int i, rc = 0, status;
	double start;
	pid_t pid;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!c || shared == MAP_FAILED) {
		tap(false, "updates", "no counters");
		return;
	}
	fflush(stdout);
	pid = fork();
	if (!pid) {
		while (!shared->stop || shared->sent < least)
			if (!send_paced(c, &shared->sent, 64))
				_exit(1);
		_exit(0);
	}
	start = seconds();
	for (i = 0; i < updates && !rc; i++)
		rc = update(att, i % 2 ? OLD : NEW, NULL);
	printf("# %d updates: %.1f ms each\n", i, (seconds() - start) * 1000 / i);
	shared->stop = 1;
	waitpid(pid, &status, 0);
	for (int waits = 0; sum(c) < shared->sent && waits < 20000; waits++)
		usleep(100);
	printf("# %llu packets sent, %llu good, %llu wrong, %llu unknown, %llu without\n", shared->sent, c->good,
	       c->wrong,
	       c->unknown, c->none);
	tap(!rc && i == updates, "updates", "the one after %d failed", i);
	tap(!status && sum(c) == shared->sent && shared->sent >= least, "updates_lose_nothing", "%llu of %llu "
	    "arrived", sum(c),
	    shared->sent);
	tap(!c->wrong && !c->unknown && !c->none, "updates_read_right", "see above");
	munmap(c, 4096);
	mdesc_attachment__close(att);
	tap(!detach() && is_empty(bpffs), "updates_leave_nothing", "something is left");
}

static void check_cycles(int n)
{
	bool good = true;

	for (int i = 0; i < n && good; i++) {
		struct mdesc_attachment *att = attach(i % 2, NULL);

		send_one(i);
		good = att && !detach();
		mdesc_attachment__close(att);
	}
	tap(good && is_empty(bpffs), "attach_and_detach", "does not go on");
}

static void load(int which, const char *image, const char *writer)
{
	struct mdesc_error err;
	FILE *f;

	images[which] = mdesc_image__open(image, NULL, &err);
	if (!images[which]) {
		printf("# %s\n", err.text);
		exit(1);
	}
	if (!strcmp(writer, "-"))
		return;
	f = fopen(writer, "rb");
	writers[which].data = malloc(1 << 20);
	writers[which].size = f ? fread(writers[which].data, 1, 1 << 20, f) : 0;
	if (!writers[which].size) {
		perror(writer);
		exit(1);
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	int updates, kills;

	if (argc != 11 && (argc != 12 || strcmp(argv[11], "libxdp"))) {
		fprintf(stderr, "usage: attach_cases SENDER RECEIVER BPFFS OLD NEW OLD_WRITER NEW_WRITER OBJECT "
			"UPDATES KILLS [libxdp]\n");
		return 2;
	}
	sender = argv[1];
	receiver = argv[2];
	bpffs = argv[3];
	object = argv[8];
	updates = atoi(argv[9]);
	kills = atoi(argv[10]);
	libxdp = argc == 12;
	libbpf_set_print(quiet);
	load(OLD, argv[4], argv[6]);
	load(NEW, argv[5], argv[7]);
	open_socket();
	check_attach();
	check_stopped_attach();
	check_stopped_update();
	if (kills)
		check_random_kills(kills);
	if (updates) {
		check_updates(updates);
		check_cycles(updates);
	}
	check_leaks();
	mdesc_image__close(images[OLD]);
	mdesc_image__close(images[NEW]);
	return tap_status();
}

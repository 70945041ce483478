// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//
// xdp_path IFACE BPFFS WAY SEEN PEER LABEL [SOURCE=FIELD]...: takes what is attached to IFACE with the program of
// path.bpf.c, sends packets the WAY that is said (pass, strip, cpu, dev), prints `ready`, and on SIGTERM compares
// what came: the metadata of every packet with what refnic makes of the same bytes, a SOURCE being what FIELD of the
// metadata has, else its stand-in; what TC, or the PEER of the interface that packets are redirected to, saw of it;
// and how many there were with the writer's counters. SEEN is the object of at_tc and at_peer.

#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <mdesc/mdesc.h>

#include "tap.h"
#include "xdp/path.h"

uint32_t flow_hash(const uint8_t *data, size_t len);

struct state { uint32_t way, lost; };

#define SEEN_SLOTS (1u << 18)

static struct mdesc_image *img;
static struct mdesc_refnic *nic;
static uint64_t sources[64];
static const struct mdesc_field *source_field[64];
static const char *label;
static int way;
static volatile sig_atomic_t stop;

static uint64_t packets, bad, late[3], unknown, without, jumbo, untaggable;
static uint64_t seen[SEEN_SLOTS];	// hashes of metadata that the XDP program saw

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

__attribute__((format(printf, 1, 2), noreturn))
static void die(const char *fmt, ...)
{
	va_list ap;

	printf("not ok %s-set-up\n# ", label);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	exit(1);
}

// ---- records ----

static uint64_t hash_of(const struct path_record *r)
{
	uint64_t h = 14695981039346656037ull;

	for (unsigned int i = 0; i < r->meta_len / 4 && i < PATH_META / 4; i++)
		h = (h ^ r->meta[i]) * 1099511628211ull;
	return h | 1;
}

static bool remember(uint64_t h, bool add)
{
	uint32_t at = h % SEEN_SLOTS, tries = 0;

	while (seen[at] && seen[at] != h && tries++ < SEEN_SLOTS)
		at = (at + 1) % SEEN_SLOTS;
	if (add)
		seen[at] = h;
	return seen[at] == h;
}

static void dump(const char *what, const void *data, size_t size)
{
	printf("# %s", what);
	for (size_t i = 0; i < size && i < 96; i++)
		printf("%02x", ((const uint8_t *)data)[i]);
	printf("\n");
}

static void set_sources(const struct path_record *r, const uint8_t *packet, const void *meta, size_t size)
{
	for (size_t i = 0; i < mdesc_image__source_count(img) && i < 64; i++) {
		if (source_field[i])
			mdesc_field__read_u64(source_field[i], meta, size, 0, &sources[i]);
		else if (strstr(mdesc_source__name(mdesc_image__source(img, i)), "hash"))
			sources[i] = flow_hash(packet, r->copied);
	}
}

// The stack drops a frame whose VLAN tag it cannot take off, before TC sees it.
static bool is_untaggable(const uint8_t *packet, size_t len)
{
	return len < 20 && ((packet[12] == 0x81 && packet[13] == 0) || (packet[12] == 0x88 && packet[13] == 0xa8));
}

static void compare(const struct path_record *r)
{
	const uint8_t *packet = (const void *)(r + 1);
	MDESC_INFO(mdesc_refnic_result, want);

	packets++;
	jumbo += r->len >= PATH_SHORT;
	untaggable += is_untaggable(packet, r->len);
	if (!r->meta_len) {
		without++;
		return;
	}
	set_sources(r, packet, r->meta, r->meta_len);
	if (r->copied != r->len || mdesc_refnic__run(nic, packet, r->len, sources, &want) || want.dropped ||
	    want.meta_size != r->meta_len || memcmp(want.meta, r->meta, r->meta_len)) {
		if (bad++ < 3) {
			printf("# %u bytes, %u copied, %u of metadata\n", r->len, r->copied, r->meta_len);
			dump("packet ", packet, r->copied);
			dump("came   ", r->meta, r->meta_len);
			dump("wanted ", want.meta, want.meta_size);
		}
	}
	remember(hash_of(r), true);
}

static int one(void *ctx, void *data, size_t size)
{
	const struct path_record *r = data;

	(void)ctx;
	if (size < sizeof(*r))
		return 0;
	if (r->where == PATH_XDP) {
		compare(r);
		return 0;
	}
	if (!r->meta_len)
		return 0;
	late[r->where]++;
	unknown += !remember(hash_of(r), false);
	return 0;
}

// ---- setting up ----

static int prog_of(struct bpf_object *obj, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(obj, name));
}

// TC on the interface, XDP on the peer of the one that packets are redirected to.
static struct bpf_object *load_seen(const char *path, const char *iface, const char *peer, int ring)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = if_nametoindex(iface), .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, tc);

	if (!obj || bpf_map__reuse_fd(bpf_object__find_map_by_name(obj, "records"), ring))
		die("%s: %s", path, strerror(errno));
	bpf_program__set_autoload(bpf_object__find_program_by_name(obj, "path"), false);
	if (bpf_object__load(obj))
		die("%s: cannot be loaded", path);
	bpf_tc_hook_create(&hook);
	tc.prog_fd = prog_of(obj, "at_tc");
	if (bpf_tc_attach(&hook, &tc))
		die("TC: %s", strerror(errno));
	if (bpf_xdp_attach(if_nametoindex(peer), prog_of(obj, "at_peer"), XDP_FLAGS_DRV_MODE, NULL))
		die("XDP on %s: %s", peer, strerror(errno));
	return obj;
}

static int map(const struct mdesc_attachment *att, const char *name)
{
	int fd = mdesc_attachment__map(att, name);

	if (fd < 0)
		die("map %s: %s", name, strerror(-fd));
	return fd;
}

static void set_ways(const struct mdesc_attachment *att, const char *out)
{
	uint32_t zero = 0, queue = 16384, ifindex = if_nametoindex(out);

	if (bpf_map_update_elem(map(att, "cpus"), &zero, &queue, 0))
		die("cpumap: %s", strerror(errno));
	if (bpf_map_update_elem(map(att, "ports"), &zero, &ifindex, 0))
		die("devmap: %s", strerror(errno));
}

static void open_image(const struct mdesc_attachment *att, char **pairs)
{
	MDESC_INFO(mdesc_attachment_info, info);
	const struct mdesc_source *src;
	const struct mdesc_field *field;
	struct mdesc_error err;
	char *eq;

	mdesc_attachment__info(att, &info);
	img = mdesc_image__open(info.image, NULL, &err);
	nic = img ? mdesc_refnic__new(img, NULL, &err) : NULL;
	if (!nic)
		die("%s", err.text);
	for (; *pairs; pairs++) {
		eq = strchr(*pairs, '=');
		*eq = 0;
		src = mdesc_image__source_by_name(img, *pairs);
		field = mdesc_layout__field_by_name(mdesc_image__layout(img, 0), eq + 1);
		if (!src || !field)
			die("no source %s or field %s", *pairs, eq + 1);
		source_field[mdesc_source__index(src)] = field;
	}
}

static void report(const struct mdesc_attachment *att, const struct state *state, const uint64_t *before)
{
	uint64_t c[MDESC_XDP_LAYOUT0 + 64] = { 0 }, sum = 0;
	char name[128];
	int n = mdesc_attachment__counters(att, c, MDESC_XDP_LAYOUT0 + 64);

	for (int i = 0; i < n; i++)
		c[i] -= before[i];
	for (int i = MDESC_XDP_LAYOUT0; i < n; i++)
		sum += c[i];
	printf("# %s: %llu packets, %llu of them jumbo, %llu truncated, %llu at TC, %llu at the peer\n", label,
	       (unsigned long long)packets, (unsigned long long)jumbo, (unsigned long long)c[MDESC_XDP_TRUNCATED],
	       (unsigned long long)late[PATH_TC], (unsigned long long)late[PATH_PEER]);
	snprintf(name, sizeof(name), "%s-nothing-lost", label);
	tap(!state->lost && packets >= 20 && packets == c[MDESC_XDP_PACKETS] && sum == packets && !without, name,
	    "%llu packets, %llu counted, %llu of a layout, %llu without metadata, %u lost on the way here",
	    (unsigned long long)packets, (unsigned long long)c[MDESC_XDP_PACKETS], (unsigned long long)sum,
	    (unsigned long long)without, state->lost);
	snprintf(name, sizeof(name), "%s-as-refnic", label);
	tap(!bad, name, "%llu of %llu differ", (unsigned long long)bad, (unsigned long long)packets);
	snprintf(name, sizeof(name), "%s-on-its-way", label);
	if (way == PATH_STRIP)
		tap(!late[PATH_TC] && !late[PATH_PEER], name, "%llu still have metadata",
		    (unsigned long long)late[PATH_TC]);
	else
		tap(late[way == PATH_DEV ? PATH_PEER : PATH_TC] == packets - (way == PATH_DEV ? 0 : untaggable) &&
		    !unknown, name,
		    "%llu seen of %llu, %llu of them changed", (unsigned long long)(late[PATH_TC] + late[PATH_PEER]),
		    (unsigned long long)packets, (unsigned long long)unknown);
}

int main(int argc, char **argv)
{
	static const char *const ways[] = { "pass", "strip", "cpu", "dev" };
	uint64_t before[MDESC_XDP_LAYOUT0 + 64] = { 0 };
	struct mdesc_attachment *att;
	struct bpf_object *seen_obj;
	struct ring_buffer *ring;
	struct mdesc_error err;
	struct state *state;
	int records;

	if (argc < 8) {
		fprintf(stderr, "usage: xdp_path IFACE BPFFS WAY SEEN OUT PEER LABEL [SOURCE=FIELD]...\n");
		return 2;
	}
	label = argv[7];
	libbpf_set_print(quiet);
	signal(SIGTERM, on_term);
	while (way < 3 && strcmp(argv[3], ways[way]))
		way++;
	att = mdesc_attachment__open(argv[1], argv[2], &err);
	if (!att)
		die("%s", err.text);
	open_image(att, argv + 8);
	records = map(att, "records");
	set_ways(att, argv[5]);
	seen_obj = load_seen(argv[4], argv[1], argv[6], records);
	state = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, map(att, ".bss"), 0);
	ring = ring_buffer__new(records, one, NULL, NULL);
	if (state == MAP_FAILED || !ring)
		die("no ring");
	ring_buffer__consume(ring);
	memset(late, 0, sizeof(late));
	packets = bad = without = unknown = jumbo = untaggable = 0;
	state->way = way;
	state->lost = 0;
	mdesc_attachment__counters(att, before, MDESC_XDP_LAYOUT0 + 64);
	printf("ready\n");
	fflush(stdout);
	while (!stop)
		ring_buffer__poll(ring, 50);
	/* A cpumap delivers from a thread of the kernel's, which may be behind: until nothing comes for a while. */
	while (ring_buffer__poll(ring, 300) > 0)
		;
	report(att, state, before);
	ring_buffer__free(ring);
	bpf_object__close(seen_obj);
	mdesc_attachment__close(att);
	mdesc_refnic__free(nic);
	mdesc_image__close(img);
	return tap_status();
}

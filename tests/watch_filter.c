/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Filters in the tap of mdesc watch: random ones, run by the kernel over random
 * metadata. What filter_passes() says passes is caught; what it says does not is
 * left out, but where a part of the filter takes a call of the library.
 *
 *	watch_filter COUNT
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <mdesc/mdesc.h>

#include "compile.h"
#include "gen.h"
#include "tap.h"
#include "watch.h"

enum { FRAME = 60, PACKETS = 40 };

static const char description[] =
"mdesc 1;\ndevice t { driver \"t\"; prefix \"t\"; }\n"
"enum t_kind : u8 { other, ipv4, ipv6, hash = 77 }\nenum t_mood : s8 { low = -2, none = 0, high = 2 }\n"
"struct t_v4 { be32 saddr; u8 ttl; reserved 11; }\nstruct t_v6 { u8 addr[16]; }\n"
"metadata t_meta {\n\tu32 hash;\n\ts16 level;\n\tmac sender;\n\tbe16 ports[2];\n\tu64 time;\n\ts64 drift;\n"
"\tu32 queue : 5;\n\tu32 lane : 11;\n\tu32 : 16;\n\tbool good : 1;\n\treserved 1;\n\tt_mood mood;\n"
"\tunion l3 switch (kind) { ipv4: t_v4 v4; ipv6: t_v6 v6; }\n\tt_kind kind;\n\treserved 3;\n"
"\tu32 layout_id = layout.id;\n}\n"
"metadata t_less { u16 queue; be16 hash; u32 layout_id = layout.id; }\n";

struct bench {
	struct mdesc_image *img;
	struct mdesc_reader *r;
	struct watch_maps maps;
	struct ring_buffer *ring;
	unsigned int caught;
	uint64_t state;
	uint64_t wanted, left_out, lost, kept;
};

static uint32_t below(struct bench *b, uint32_t n)
{
	return (uint32_t)(gen_rand(&b->state) % n);
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct bench *b = ctx;

	(void)data;
	(void)size;
	b->caught++;
	return 0;
}

static void die(const char *what, const char *why)
{
	tap(false, what, "%s", why);
	exit(1);
}

static void set_up(struct bench *b)
{
	struct mdesc_error err = { 0 };
	char path[4096];
	struct compiled c;
	struct out out;

	write_file(own_path("watch_filter.mdesc", path, sizeof(path)), description, strlen(description));
	if (!compile_file(&c, path, NULL) || !compile_emit(&c, "image", &out))
		die("compile", "see above");
	b->img = mdesc_image__open_mem(out.data, out.size, NULL, &err);
	b->r = mdesc_reader__new(&err);
	if (!b->img || mdesc_reader__add(b->r, b->img, &err) != 2)
		die("open", err.text);
	out_free(&out);
	compile_free(&c);
	b->maps.ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, 1 << 16, NULL);
	b->maps.after = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "after", 4, 4, 1, NULL);
	b->maps.counters = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "seen", 4, WATCH_VALUE, 1, NULL);
	b->ring = b->maps.counters < 0 ? NULL : ring_buffer__new(b->maps.ring, on_record, b, NULL);
	if (!b->ring)
		die("maps", strerror(errno));
}

/* ---- filters ---- */

static void comparison(struct bench *b, char *to)
{
	static const char *const cases[] = {
		"hash #", "0x12345678 # hash", "hash & 3 # 1", "hash & 0xf0 & hash # 16", "level #", "level # -3",
		"time #", "time # 0x8000000000000000", "drift # -1", "drift #", "time & 7 # 2", "queue # 3",
		"lane #", "lane # queue", "queue & lane # 0", "good == true", "good", "!good", "kind == ipv4",
		"kind != ipv6", "ipv6 == kind", "kind # 1", "mood == low", "mood # high", "mood # -1",
		"l3.v4.ttl #", "l3.v4.ttl", "l3.v4.saddr == 10.0.0.0/8", "l3.v4.saddr != 10.1.0.0/31",
		"l3.v4.saddr # 10.1.2.3", "10.1.2.3 # l3.v4.saddr", "sender == 02:00:00:00:00:01",
		"sender != 02:00:00:00:00:01", "l3.v6.addr == fe80::/10", "l3.v6.addr != fe80::1",
		"l3.v6.addr == ::/0", "l3.v6.addr[3] # 1", "ports[0] # 80", "ports[1] #", "level # drift",
		"hash # level", "hash # queue", "hash", "3", "0", "drift & 1", "sender == sender",
	};
	static const char *const ops[] = { "==", "!=", "<", "<=", ">", ">=" };
	const char *c = cases[below(b, sizeof(cases) / sizeof(cases[0]))];
	const char *at = strchr(c, '#');

	if (!at) {
		strcat(to, c);
		return;
	}
	strncat(to, c, (size_t)(at - c));
	strcat(to, ops[below(b, 6)]);
	/* Without a value: a small one, which each of these fields can have. */
	if (at[1])
		strcat(to, at + 1);
	else
		sprintf(to + strlen(to), " %u", below(b, 3));
}

static void random_filter(struct bench *b, char *to, int depth)
{
	switch (depth ? below(b, 5) : 0) {
	case 1:
		strcat(to, "!(");
		random_filter(b, to, depth - 1);
		strcat(to, ")");
		return;
	case 2:
	case 3:
		strcat(to, "(");
		random_filter(b, to, depth - 1);
		strcat(to, below(b, 2) ? " && " : " || ");
		random_filter(b, to, depth - 1);
		strcat(to, ")");
		return;
	default:
		comparison(b, to);
	}
}

/* ---- packets ---- */

/* Metadata of one of the layouts, mostly; the bytes are often such as filters ask for. Returns how many there are. */
static uint32_t random_metadata(struct bench *b, uint8_t *meta)
{
	const struct mdesc_layout *l = mdesc_image__layout(b->img, below(b, 4) == 0);
	uint32_t size = (uint32_t)mdesc_layout__size(l), i, id = mdesc_layout__id(l), more = 4 * below(b, 3);
	static const uint8_t often[] = { 0, 1, 2, 3, 0x0a, 0xff, 0xfe, 0x80, 0x50 };

	for (i = 0; i < size + more; i++)
		meta[i] = below(b, 3) ? often[below(b, sizeof(often))] : (uint8_t)gen_rand(&b->state);
	if (below(b, 8) == 0)
		size = 4 * below(b, size / 4 + 1);
	if (below(b, 12) == 0)
		id = (uint32_t)gen_rand(&b->state);
	if (size + more >= 4)
		memcpy(meta + size + more - 4, &id, 4);
	return size + more;
}

static bool passes(struct bench *b, const struct filter *f, const uint8_t *meta, uint32_t size)
{
	struct mdesc_packet p;
	size_t i = 0;

	if (mdesc_reader__within(b->r, meta, size, &p))
		return false;
	while (mdesc_reader__layout(b->r, i) != p.layout)
		i++;
	return filter_passes(f, i, &p);
}

static bool caught(struct bench *b, int tap_fd, const uint8_t *meta, uint32_t size)
{
	uint8_t data[256 + FRAME] = { 0 };
	struct xdp_md ctx = { .data = size, .data_end = size + FRAME };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = size + FRAME, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx));

	memcpy(data, meta, size);
	b->caught = 0;
	if (bpf_prog_test_run_opts(tap_fd, &opts) || opts.retval != XDP_PASS)
		die("run", strerror(errno));
	ring_buffer__consume(b->ring);
	return b->caught == 1;
}

/* Returns whether nothing is lost. */
static bool one_filter(struct bench *b, const char *text)
{
	struct watch_wanted wanted = { NULL, b->r };
	uint64_t lost = b->lost;
	uint8_t meta[256];
	struct filter f;
	int fd, i;

	if (filter_parse(&f, text) || filter_bind(&f, b->r))
		die(text, f.error.text);
	wanted.filter = &f;
	fd = watch_program(&b->maps, 0, false, &wanted);
	if (fd < 0)
		die(text, strerror(-fd));
	for (i = 0; i < PACKETS; i++) {
		uint32_t size = random_metadata(b, meta);
		bool want = passes(b, &f, meta, size), got = caught(b, fd, meta, size);

		b->wanted += want;
		b->left_out += !want && !got;
		b->lost += want && !got;
		b->kept += !want && got;
	}
	close(fd);
	filter_free(&f);
	return b->lost == lost;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 200, i, wrong = 0;
	struct bench b = { .state = 11 };
	char text[4096], first[4096] = "";

	set_up(&b);
	for (i = 0; i < count; i++) {
		text[0] = '\0';
		random_filter(&b, text, i % 5);
		if (!one_filter(&b, text) && !wrong++)
			strcpy(first, text);
	}
	tap(!wrong, "nothing-that-passes-is-left-out", "%d filters, the first one: %s", wrong, first);
	tap(b.wanted > 0 && b.left_out > 9 * b.kept, "left-out", "%llu pass, %llu left out, %llu kept for nothing",
	    (unsigned long long)b.wanted, (unsigned long long)b.left_out, (unsigned long long)b.kept);
	printf("# %llu pass, %llu left out, %llu kept for nothing\n", (unsigned long long)b.wanted,
	       (unsigned long long)b.left_out, (unsigned long long)b.kept);
	ring_buffer__free(b.ring);
	mdesc_reader__free(b.r);
	mdesc_image__close(b.img);
	return tap_status();
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Cases for generated writers: what refnic, which runs the image, makes of packets
 * that go every way through a parser, cut at every length, and of noise; some are so
 * long that they take several fragments.
 *
 *	xdp_cases text OUT WHAT...	OUT/NAME.xdp.c of each description
 *	xdp_cases cases OUT WHAT...	OUT/NAME.cases
 *
 * WHAT is FILE.mdesc, or the seed of a random description. PATHS in the environment:
 * how many ways through each. The names of what can be written are printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mdesc/mdesc.h>

#include "compile.h"
#include "diag.h"
#include "gen.h"
#include "packets.h"
#include "run.h"
#include "xdp_cases.h"

enum { LONG = 6000 };

struct bench {
	char name[128], path[4096];
	struct compiled c;
	struct out image_bytes;
	struct mdesc_image *image;
	struct mdesc_refnic *nic;
	struct packets packets;
	uint64_t sources[PACKET_SOURCES];
	bool written[PACKET_SOURCES];
	uint32_t n_sources, loads;
	FILE *to;
};

/* ---- descriptions ---- */

static void take_name(struct bench *b, const char *what)
{
	const char *slash = strrchr(what, '/'), *dir = slash;

	while (dir && dir > what && dir[-1] != '/')
		dir--;
	snprintf(b->name, sizeof(b->name), "%s", dir ? dir : what);
	for (char *p = b->name; *p; p++)
		if (*p == '/')
			*p = '-';
	if (strlen(b->name) > 6 && !strcmp(b->name + strlen(b->name) - 6, ".mdesc"))
		b->name[strlen(b->name) - 6] = '\0';
}

static bool open_description(struct bench *b, const char *what)
{
	static uint32_t counts[GEN_COVER_N];
	const char *src = getenv("MDESC_SRC");
	uint64_t seed = strtoull(what, NULL, 0);
	char include[4096];

	memset(b, 0, sizeof(*b));
	snprintf(include, sizeof(include), "%s/firmware-descs", src ? src : ".");
	if (strstr(what, ".mdesc")) {
		take_name(b, what);
		snprintf(b->path, sizeof(b->path), "%s", what);
	} else {
		char *text = gen_description(seed, seed % 4 ? GEN_PARSER : GEN_BOTH, "rnd", counts);

		snprintf(b->name, sizeof(b->name), "rnd-%llu", (unsigned long long)seed);
		snprintf(b->path, sizeof(b->path), "%s.mdesc", b->name);
		write_file(b->path, text, strlen(text));
		free(text);
	}
	return compile_file(&b->c, b->path, include);
}

static void close_description(struct bench *b)
{
	mdesc_refnic__free(b->nic);
	mdesc_image__close(b->image);
	out_free(&b->image_bytes);
	compile_free(&b->c);
}

static int put_text(struct bench *b, const char *folder)
{
	char path[8192];
	struct out text;

	if (!b->c.model->n_metadata)
		return 0;	/* descriptors alone: nothing to write */
	if (!compile_emit(&b->c, "xdp", &text)) {
		printf("not ok %s: the writer's text is made\n", b->name);
		diags_show(&b->c.ctx, stdout);
		return 1;
	}
	snprintf(path, sizeof(path), "%s/%s.xdp.c", folder, b->name);
	write_file(path, text.data, text.size);
	out_free(&text);
	printf("%s\n", b->name);
	return 0;
}

/* ---- cases ---- */

/* The writer's sources are what they are when it is loaded; a hash is computed. */
static bool is_hash(const struct bench *b, uint32_t i)
{
	return strstr(b->c.model->sources[i]->name, "hash") && !b->c.model->sources[i]->is_ptr &&
	       !(b->c.model->sources[i]->unit && *b->c.model->sources[i]->unit);
}

static void put_sources(struct bench *b, const uint64_t *values)
{
	struct case_sources head = { CASE_SOURCES, b->n_sources };

	if (b->loads && !memcmp(values, b->sources, b->n_sources * sizeof(*values)))
		return;
	if (b->loads++ > 3)
		return;		/* loading takes a while: the packets come with what there was */
	memcpy(b->sources, values, b->n_sources * sizeof(*values));
	fwrite(&head, sizeof(head), 1, b->to);
	fwrite(values, sizeof(*values), b->n_sources, b->to);
}

static void put_packet(struct bench *b, const uint8_t *data, uint32_t len)
{
	struct mdesc_refnic_result got = { .sz = sizeof(got) };
	struct case_packet head = { CASE_PACKET, len, 2, 0, 0, 0 };
	uint64_t values[PACKET_SOURCES];

	if (len < 14)
		return;		/* the kernel runs none that is shorter than an Ethernet header */
	memcpy(values, b->sources, sizeof(values));
	for (uint32_t i = 0; i < b->n_sources; i++)
		if (is_hash(b, i))
			values[i] = flow_hash(data, len);
	if (mdesc_refnic__run(b->nic, data, len, values, &got))
		abort();
	if (got.dropped)
		head.verdict = 1;
	head.meta_size = (uint32_t)got.meta_size;
	head.error = (uint32_t)got.error;
	head.layout = got.layout ? (uint32_t)mdesc_layout__index(got.layout) : 0;
	fwrite(&head, sizeof(head), 1, b->to);
	fwrite(data, 1, len, b->to);
	fwrite(got.meta, 1, got.meta_size, b->to);
}

static void put_cut(struct bench *b, const uint8_t *data, uint32_t len)
{
	uint8_t copy[PACKET_MAX];

	memcpy(copy, data, len);
	for (uint32_t n = len + 1; n-- > 14;) {
		put_packet(b, copy, n);
		if (n > 160)
			n -= n / 40;
	}
}

static void put_long(struct bench *b, uint64_t *rng)
{
	uint8_t copy[LONG];

	for (uint32_t i = 0; i < LONG; i++)
		copy[i] = i < b->packets.len ? b->packets.data[i] : (uint8_t)gen_rand(rng);
	put_packet(b, copy, LONG);
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A classic little-endian capture. */
static void put_capture(struct bench *b, const char *name)
{
	static uint8_t buf[1 << 20];
	const char *src = getenv("MDESC_SRC");
	char path[4096];
	size_t n, at = 24;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/captures/%s.pcap", src ? src : ".", name);
	f = fopen(path, "rb");
	n = f ? fread(buf, 1, sizeof(buf), f) : 0;
	if (f)
		fclose(f);
	while (at + 16 <= n && at + 16 + get32(buf + at + 8) <= n) {
		put_packet(b, buf + at + 16, get32(buf + at + 8));
		at += 16 + get32(buf + at + 8);
	}
}

static void put_all(struct bench *b, uint32_t paths, bool random)
{
	uint64_t rng = 1;

	packets_init(&b->packets, b->c.model, 1);
	put_sources(b, b->packets.sources);
	if (!b->c.model->parser.name)
		paths = 0;	/* there are none: the captures will do */
	for (uint32_t i = 0; i < paths && packets_next_path(&b->packets); i++) {
		put_sources(b, b->packets.sources);
		put_cut(b, b->packets.data, b->packets.len);
		if (i % 8 == 0)
			put_long(b, &rng);
	}
	for (uint32_t i = 0; i < paths; i++) {
		packets_random_path(&b->packets);
		put_sources(b, b->packets.sources);
		put_packet(b, b->packets.data, b->packets.len);
		if (i % 8 == 0)
			put_long(b, &rng);
		packets_noise(&b->packets);
		put_packet(b, b->packets.data, b->packets.len);
	}
	if (random)
		return;
	put_capture(b, "stack");
	put_capture(b, "protocols");
}

static int put_cases(struct bench *b, const char *folder, bool random)
{
	const char *paths = getenv("PATHS");
	struct mdesc_error err;
	char path[8192];

	b->n_sources = b->c.model->n_sources;
	if (!b->c.model->n_metadata)
		return 0;
	if (b->n_sources > PACKET_SOURCES || !compile_emit(&b->c, "image", &b->image_bytes))
		abort();
	b->image = mdesc_image__open_mem(b->image_bytes.data, b->image_bytes.size, NULL, &err);
	b->nic = b->image ? mdesc_refnic__new(b->image, NULL, &err) : NULL;
	snprintf(path, sizeof(path), "%s/%s.cases", folder, b->name);
	b->to = fopen(path, "wb");
	if (!b->nic || !b->to) {
		printf("not ok %s: cases are made\n# %s\n", b->name, b->nic ? path : err.text);
		return 1;
	}
	put_all(b, paths ? (uint32_t)atoi(paths) : 100, random);
	if (fclose(b->to)) {
		perror(path);
		return 1;
	}
	printf("%s\n", b->name);
	return 0;
}

int main(int argc, char **argv)
{
	static struct bench b;
	int failed = 0;

	if (argc < 4) {
		fprintf(stderr, "usage: xdp_cases text|cases OUT FILE.mdesc|SEED...\n");
		return 2;
	}
	for (int i = 3; i < argc; i++) {
		if (!open_description(&b, argv[i])) {
			printf("not ok %s: compiles\n", argv[i]);
			failed = 1;
		} else if (!strcmp(argv[1], "text")) {
			failed |= put_text(&b, argv[2]);
		} else {
			failed |= put_cases(&b, argv[2], !strstr(argv[i], ".mdesc"));
		}
		close_description(&b);
	}
	return failed;
}

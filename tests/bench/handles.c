/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * handles BUILD: reading mynic-1.4's metadata in user space, as behind an AF_XDP
 * socket: through handles, against a struct written by hand and against the calls
 * that look at the image for each field. 4,096 packets of all types in turn, each
 * in a frame of its own. All must give the same sum first.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "bench.h"

#define FRAMES	4096
#define ROOM	256
#define TURNS	64
#define ROUNDS	21

struct metadata {		/* mynic 1.4, by hand */
	uint64_t timestamp, ptr;
	union {
		struct { uint32_t saddr; uint8_t protocol, ttl; uint16_t l4; } v4;
		uint8_t bytes[8];
	} l3;
	uint16_t hash, pkt_type;
	uint32_t layout_id;
};

struct bench {
	struct mdesc_reader *reader;
	const struct mdesc_field *field[5];
	uint32_t id;
	uint8_t *frames;
};

static const char *const paths[5] = { "timestamp", "hash", "pkt_type", "l3.v4.saddr", "l3.v4.ttl" };

static uint64_t handles(const struct bench *b)
{
	uint64_t sum = 0, v;
	struct mdesc_packet p;
	int i, f;

	for (i = 0; i < FRAMES; i++) {
		if (mdesc_reader__before(b->reader, b->frames + (i + 1) * ROOM, ROOM, &p))
			continue;
		for (f = 0; f < 5; f++)
			if (mdesc_packet__read(&p, f, &v) == 1)
				sum += v;
	}
	return sum;
}

static uint64_t by_hand(const struct bench *b)
{
	const struct metadata *m;
	uint64_t sum = 0;
	int i;

	for (i = 0; i < FRAMES; i++) {
		m = (const void *)(b->frames + (i + 1) * ROOM - sizeof(*m));
		if (m->layout_id != b->id)
			continue;
		sum += m->timestamp + m->hash + m->pkt_type;
		if (m->pkt_type == 2)
			sum += be32toh(m->l3.v4.saddr) + m->l3.v4.ttl;
	}
	return sum;
}

static uint64_t by_calls(const struct bench *b)
{
	size_t size = sizeof(struct metadata);
	uint64_t sum = 0, v;
	int i, f;

	for (i = 0; i < FRAMES; i++) {
		const uint8_t *meta = b->frames + (i + 1) * ROOM - size;

		if (!mdesc_image__layout_of(mdesc_layout__image(mdesc_field__layout(b->field[0])), meta, size))
			continue;
		for (f = 0; f < 5; f++)
			if (mdesc_field__applies(b->field[f], meta, size) == 1 &&
			    !mdesc_field__read_u64(b->field[f], meta, size, 0, &v))
				sum += v;
	}
	return sum;
}

/* Of this thread alone: a packet takes less time than a switch to another one does. */
static double cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static double ns(const struct bench *b, uint64_t (*how)(const struct bench *), uint64_t *sum)
{
	double at = cpu_ns();

	for (int i = 0; i < TURNS; i++)
		*sum += how(b);
	return (cpu_ns() - at) / (TURNS * FRAMES);
}

static int measure(const struct bench *b)
{
	double a[ROUNDS], c[ROUNDS], d[ROUNDS], ours, hand, calls;
	uint64_t sum[3] = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		a[i] = ns(b, handles, &sum[0]);
		c[i] = ns(b, by_hand, &sum[1]);
		d[i] = ns(b, by_calls, &sum[2]);
	}
	if (sum[0] != sum[1] || sum[0] != sum[2]) {
		fprintf(stderr, "handles: they read different values\n");
		return 1;
	}
	ours = bench_median(a, ROUNDS);
	hand = bench_median(c, ROUNDS);
	calls = bench_median(d, ROUNDS);
	puts("Reading metadata in user space, through handles: the layout id and five fields of each packet.\n");
	puts("| what | ours | theirs | ratio | runs |\n|---|---|---|---|---|");
	printf("| a packet; theirs: a struct written by hand | %.1f ns (%.1f a field) | %.1f ns | %.2f | %d |\n", ours,
	       ours / 5, hand, hand / ours, ROUNDS);
	printf("| a packet; theirs: mdesc_field__read_u64() and its kin | %.1f ns | %.1f ns | %.2f | %d |\n", ours,
	       calls, calls / ours, ROUNDS);
	return 0;
}

int main(int argc, char **argv)
{
	struct mdesc_error err = { 0 };
	struct bench b = { .reader = mdesc_reader__new(&err) };
	struct mdesc_image *img;
	char path[4096];
	int rc = 1, i;

	if (argc != 2)
		return 2;
	snprintf(path, sizeof(path), "%s/firmware-descs/mynic/mynic-1.4.fw", argv[1]);
	img = mdesc_image__open(path, NULL, &err);
	b.frames = aligned_alloc(64, (FRAMES + 1) * ROOM);
	if (img && b.frames && mdesc_reader__add(b.reader, img, &err) == 1) {
		const struct mdesc_layout *l = mdesc_image__layout(img, 0);

		b.id = mdesc_layout__id(l);
		srand(1);
		for (i = 0; i < (FRAMES + 1) * ROOM; i++)
			b.frames[i] = (uint8_t)rand();
		for (i = 0; i < FRAMES; i++) {
			struct metadata *m = (void *)(b.frames + (i + 1) * ROOM - sizeof(*m));

			m->pkt_type = rand() % 4;
			m->layout_id = b.id;
		}
		for (i = 0; i < 5; i++) {
			mdesc_reader__field(b.reader, paths[i], &err);
			b.field[i] = mdesc_layout__field_by_name(l, paths[i]);
		}
		rc = measure(&b);
	} else {
		fprintf(stderr, "handles: %s\n", err.text);
	}
	free(b.frames);
	mdesc_reader__free(b.reader);
	mdesc_image__close(img);
	return rc;
}

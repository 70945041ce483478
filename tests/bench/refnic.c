/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * refnic SRC BUILD: packets a second, on one core, of refnic with mynic-1.4,
 * against a parser for the same headers written by hand in C. The packets are
 * those of tests/captures/stack.pcap, 65,536 copies in random order: a few
 * hundred over and over again, a processor knows by heart. Both must give the
 * same metadata for every packet first.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>
#include <mdesc/mdesc.h>

#include "bench.h"

#define ROUNDS	21
#define TRAFFIC	65536

struct packet {
	uint8_t *data;
	size_t len;
};

struct metadata {		/* mynic 1.4, by hand */
	uint64_t timestamp, ptr;
	union {
		struct { uint8_t saddr[4]; uint8_t protocol, ttl; uint16_t l4; } v4;
		struct { uint8_t saddr[4]; uint8_t next, hops; uint16_t l4; } v6;
		struct { uint8_t sender[4]; uint8_t op[2]; uint8_t pad[2]; } arp;
	} l3;
	uint16_t hash, pkt_type;
	uint32_t layout_id;
};

static struct packet packets[4096], traffic[TRAFFIC];
static size_t n_packets;
static uint64_t sources[3] = { 0x1122334455667788, 0xcafe1234, 0xffff888000000000 };

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void ip4(const uint8_t *p, size_t len, size_t at, struct metadata *m)
{
	size_t ihl;

	if (at + 20 > len || (ihl = (p[at] & 15) * 4u) < 20 || at + ihl > len)
		return;
	m->pkt_type = 2;
	memcpy(m->l3.v4.saddr, p + at + 12, 4);
	m->l3.v4.protocol = p[at + 9];
	m->l3.v4.ttl = p[at + 8];
	m->l3.v4.l4 = (uint16_t)(at + ihl);
}

static void ip6(const uint8_t *p, size_t len, size_t at, struct metadata *m)
{
	if (at + 40 > len)
		return;
	m->pkt_type = 3;
	memcpy(m->l3.v6.saddr, p + at + 20, 4);
	m->l3.v6.next = p[at + 6];
	m->l3.v6.hops = p[at + 7];
	m->l3.v6.l4 = (uint16_t)(at + 40);
}

static void arp(const uint8_t *p, size_t len, size_t at, struct metadata *m)
{
	if (at + 28 > len)
		return;
	m->pkt_type = 1;
	memcpy(m->l3.arp.sender, p + at + 14, 4);
	memcpy(m->l3.arp.op, p + at + 6, 2);
}

/* A call like refnic's, whose metadata somebody reads. */
static __attribute__((noinline)) void by_hand(const uint8_t *p, size_t len, uint32_t id, struct metadata *m)
{
	size_t at = 14;
	uint16_t type;
	int tags = 0;

	*m = (struct metadata){ .timestamp = sources[0], .ptr = sources[2],
				.hash = (uint16_t)sources[1], .layout_id = id };
	if (len < 14)
		return;
	type = be16(p + 12);
	while ((type == 0x8100 || type == 0x88a8) && tags++ < 2) {
		if (at + 4 > len)
			return;
		type = be16(p + at + 2);
		at += 4;
	}
	if (type < 0x800 && !tags && at + 8 <= len && p[at] == 0xaa && p[at + 1] == 0xaa &&
	    p[at + 2] == 3) {
		type = be16(p + at + 6);
		at += 8;
	}
	if (type == 0x0800)
		ip4(p, len, at, m);
	else if (type == 0x86dd)
		ip6(p, len, at, m);
	else if (type == 0x0806)
		arp(p, len, at, m);
}

static int load(const char *path)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, err);
	struct pcap_pkthdr *hdr;
	const u_char *data;

	if (!pcap) {
		fprintf(stderr, "refnic: %s\n", err);
		return -1;
	}
	while (pcap_next_ex(pcap, &hdr, &data) == 1 && n_packets < 4096) {
		packets[n_packets].data = malloc(hdr->caplen ? hdr->caplen : 1);
		memcpy(packets[n_packets].data, data, hdr->caplen);
		packets[n_packets++].len = hdr->caplen;
	}
	pcap_close(pcap);
	return n_packets ? 0 : -1;
}

/* Copies in random order, one behind the other, as a ring of buffers holds them. */
static int make_traffic(void)
{
	uint32_t x = 2463534242u;

	for (size_t i = 0; i < TRAFFIC; i++) {
		const struct packet *from;

		x ^= x << 13, x ^= x >> 17, x ^= x << 5;
		from = &packets[x % n_packets];
		traffic[i].len = from->len;
		traffic[i].data = malloc(from->len ? from->len : 1);
		if (!traffic[i].data)
			return -1;
		memcpy(traffic[i].data, from->data, from->len);
	}
	return 0;
}

static int same(struct mdesc_refnic *nic, const struct mdesc_layout *layout)
{
	MDESC_INFO(mdesc_refnic_result, res);

	for (size_t i = 0; i < n_packets; i++) {
		struct metadata m;

		by_hand(packets[i].data, packets[i].len, mdesc_layout__id(layout), &m);
		mdesc_refnic__run(nic, packets[i].data, packets[i].len, sources, &res);
		if (res.meta_size != sizeof(m) || memcmp(res.meta, &m, sizeof(m))) {
			fprintf(stderr, "refnic: packet %zu differs\n", i + 1);
			return -1;
		}
	}
	return 0;
}

static void measure(struct mdesc_refnic *nic, const struct mdesc_layout *layout)
{
	MDESC_INFO(mdesc_refnic_result, res);
	double ours[ROUNDS], theirs[ROUNDS], start, mine, other;
	uint32_t id = mdesc_layout__id(layout);
	volatile uint64_t sink = 0;
	struct metadata m;

	for (int r = 0; r < ROUNDS; r++) {
		start = bench_ms();
		for (size_t i = 0; i < TRAFFIC; i++) {
			mdesc_refnic__run(nic, traffic[i].data, traffic[i].len, sources, &res);
			sink += *(const uint8_t *)res.meta;
		}
		ours[r] = (bench_ms() - start) * 1e6 / TRAFFIC;
		start = bench_ms();
		for (size_t i = 0; i < TRAFFIC; i++) {
			by_hand(traffic[i].data, traffic[i].len, id, &m);
			__asm__ volatile("" : : "r"(&m) : "memory");
			sink += m.l3.v4.saddr[0];
		}
		theirs[r] = (bench_ms() - start) * 1e6 / TRAFFIC;
	}
	mine = bench_median(ours, ROUNDS);
	other = bench_median(theirs, ROUNDS);
	printf("| refnic, packets a second on one core | %.2f million (%.0f ns) | %.2f million (%.0f ns) "
	       "| %.2f | %d |\n", 1e3 / mine, mine, 1e3 / other, other, other / mine, ROUNDS);
}

int main(int argc, char **argv)
{
	struct mdesc_error err;
	struct mdesc_refnic *nic;
	struct mdesc_image *img;
	char path[4096];

	if (argc != 3)
		return 2;
	snprintf(path, sizeof(path), "%s/tests/captures/stack.pcap", argv[1]);
	if (load(path) || make_traffic())
		return 1;
	snprintf(path, sizeof(path), "%s/firmware-descs/mynic/mynic-1.4.fw", argv[2]);
	img = mdesc_image__open(path, NULL, &err);
	nic = img ? mdesc_refnic__new(img, NULL, &err) : NULL;
	if (!nic) {
		fprintf(stderr, "refnic: %s\n", err.text);
		return 1;
	}
	if (same(nic, mdesc_image__layout(img, 0)))
		return 1;
	puts("Running the image in software, against a parser written by hand in C (same metadata).\n");
	puts("| what | ours | theirs | ratio | runs |\n|---|---|---|---|---|");
	measure(nic, mdesc_image__layout(img, 0));
	mdesc_refnic__free(nic);
	mdesc_image__close(img);
	for (size_t i = 0; i < n_packets; i++)
		free(packets[i].data);
	for (size_t i = 0; i < TRAFFIC; i++)
		free(traffic[i].data);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * refnic on the sample image: each rule of the machine in format.h that the
 * sample can show, packet by packet.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "imgbuild.h"
#include "tap.h"

struct packet {
	uint8_t bytes[256];
	size_t len;
};

static void put(struct packet *p, const void *bytes, size_t len)
{
	memcpy(p->bytes + p->len, bytes, len);
	p->len += len;
}

static void put_ether(struct packet *p, uint16_t type)
{
	uint8_t h[14] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1, type >> 8, type };

	put(p, h, sizeof(h));
}

static void put_vlan(struct packet *p, uint16_t tci, uint16_t type)
{
	uint8_t h[4] = { tci >> 8, tci, type >> 8, type };

	put(p, h, sizeof(h));
}

/* @words: header length; the total length is 0x1234, the source 10.0.0.1 */
static void put_ip4(struct packet *p, unsigned int words, uint8_t protocol)
{
	uint8_t h[60] = { 0x40 | words, 0, 0x12, 0x34, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1 };

	put(p, h, words < 5 ? 20 : 4 * words);
}

static const uint64_t sources[3] = { 0x1122334455667788ull, 0xffffffff0000abcdull, 0xffff888000001000ull };

static struct mdesc_refnic_result run(struct mdesc_refnic *nic, const struct packet *p)
{
	MDESC_INFO(mdesc_refnic_result, res);
	uint8_t *exact = malloc(p->len ? p->len : 1);	/* so that a sanitizer sees any read beyond */

	memcpy(exact, p->bytes, p->len);
	if (mdesc_refnic__run(nic, exact, p->len, sources, &res))
		abort();
	free(exact);
	return res;
}

static uint64_t field(const struct mdesc_refnic_result *res, const char *path)
{
	const struct mdesc_field *f = mdesc_layout__field_by_name(res->layout, path);
	uint64_t value = ~0ull;

	if (f)
		mdesc_field__read_u64(f, res->meta, res->meta_size, 0, &value);
	return value;
}

static void check(const char *name, const struct mdesc_refnic_result *res, const char *path,
		  uint64_t want)
{
	char full[100];
	uint64_t value = field(res, path);

	snprintf(full, sizeof(full), "%s: %s", name, path);
	tap(value == want, full, "0x%llx, not 0x%llx", (unsigned long long)value,
	    (unsigned long long)want);
}

static void check_stop(const char *name, const struct mdesc_refnic_result *res, int error,
		       uint32_t steps)
{
	tap(!res->dropped && res->error == error && res->steps == steps, name,
	    "dropped %d, error %d after %u steps, not %d after %u", res->dropped, res->error,
	    res->steps, error, steps);
}

static void test_plain(struct mdesc_refnic *nic)
{
	struct packet p = { .len = 0 };
	struct mdesc_refnic_result res;
	const struct mdesc_refnic_header *hdrs;
	size_t n;

	put_ether(&p, 0x0800);
	put_ip4(&p, 6, 6);
	res = run(nic, &p);
	check_stop("IPv4 with options is accepted", &res, 0, 3);
	check("IPv4", &res, "timestamp", 0x1122334455667788ull);
	check("IPv4", &res, "l3.v4.saddr", 0x0a000001);
	check("IPv4", &res, "l3.v4.len", 0x1234);
	check("IPv4", &res, "l3.v4.l4_offset", 14 + 24);
	check("IPv4", &res, "type", 2);
	check("IPv4", &res, "hash", 0xabcd);
	check("IPv4", &res, "tag", 0);
	check("IPv4", &res, "tags", 0);
	check("IPv4", &res, "length", p.len);
	check("IPv4", &res, "desc", 0xffff888000001000ull);
	check("IPv4", &res, "layout_id", SAMPLE_ID);
	tap(!memcmp((const uint8_t *)res.meta + 24, p.bytes, 6), "IPv4: a MAC address is copied", "wrong");
	n = mdesc_refnic__headers(nic, &hdrs);
	tap(n == 2 && !strcmp(hdrs[0].name, "ethernet") && hdrs[1].offset == 14 && hdrs[1].length == 24,
	    "headers that were recorded", "%zu", n);
}

static void test_vlan(struct mdesc_refnic *nic)
{
	struct packet p = { .len = 0 };
	struct mdesc_refnic_result res;
	const struct mdesc_refnic_header *hdrs;

	put_ether(&p, 0x8100);
	put_vlan(&p, 0x2001, 0x8100);
	put_vlan(&p, 0xafff, 0x86dd);
	res = run(nic, &p);
	check_stop("two tags", &res, 0, 3);
	check("two tags", &res, "tags", 2);
	check("two tags", &res, "tag.vid", 0xfff);
	check("two tags", &res, "tag.pcp", 5);
	check("two tags", &res, "type", 7);	/* no row wrote it: the rule does */
	tap(mdesc_refnic__headers(nic, &hdrs) == 3 && hdrs[2].elem == 1 && hdrs[2].offset == 18,
	    "two tags: elements of a stack", "wrong");

	p.len = 14 + 4;
	put_vlan(&p, 1, 0x8100);
	put_vlan(&p, 2, 0x8100);
	put_vlan(&p, 3, 0x8100);
	res = run(nic, &p);
	check_stop("three tags take the way out", &res, 16, 4);
	check("three tags", &res, "tags", 2);
	check("three tags", &res, "error", 16);
}

static void test_drop(struct mdesc_refnic *nic)
{
	struct packet p = { .len = 0 };
	struct mdesc_refnic_result res;

	put_ether(&p, 0xffff);
	res = run(nic, &p);
	tap(res.dropped && res.meta_size == 0 && res.error == 0, "drop", "not dropped");
}

static void test_truncated(struct mdesc_refnic *nic)
{
	struct packet p = { .len = 0 };
	struct mdesc_refnic_result res;

	put_ether(&p, 0x0800);
	put_ip4(&p, 5, 6);
	p.len = 0;
	res = run(nic, &p);
	check_stop("an empty packet is truncated", &res, MDESC_ERR_TRUNCATED, 1);
	check("an empty packet", &res, "layout_id", SAMPLE_ID);
	p.len = 13;
	res = run(nic, &p);
	check_stop("a key byte is missing", &res, MDESC_ERR_TRUNCATED, 1);
	check("a key byte is missing", &res, "error", 1);
	p.len = 14 + 19;
	res = run(nic, &p);
	check_stop("a header's fixed part is cut off", &res, MDESC_ERR_TRUNCATED, 2);
	check("cut header", &res, "l3.v4.saddr", 0);
	tap(((const uint8_t *)res.meta)[24] == 2, "what was committed before is kept", "lost");
	p.bytes[14] = 0x46;
	p.len = 14 + 20;
	res = run(nic, &p);
	check_stop("a header's variable part is cut off", &res, MDESC_ERR_TRUNCATED, 2);
	p.bytes[14] = 0x44;
	res = run(nic, &p);
	check_stop("a header's length is too small", &res, MDESC_ERR_BAD_LENGTH, 2);
	check("bad length", &res, "type", 7);
}

/* UDP takes a second look-up, and everything of ip4 is pending until then. */
static void test_hold(struct mdesc_refnic *nic)
{
	uint8_t rest[10] = { 0 };
	struct packet p = { .len = 0 };
	struct mdesc_refnic_result res;
	const struct mdesc_refnic_header *hdrs;

	put_ether(&p, 0x0800);
	put_ip4(&p, 5, 17);
	res = run(nic, &p);
	check_stop("the second look-up is outside of the packet", &res, MDESC_ERR_TRUNCATED, 2);
	check("discarded", &res, "l3.v4.saddr", 0);
	check("discarded", &res, "type", 7);
	tap(mdesc_refnic__headers(nic, &hdrs) == 1, "discarded: the header is not recorded", "it is");

	put(&p, rest, sizeof(rest));
	res = run(nic, &p);
	check_stop("no row of the second look-up matches", &res, MDESC_ERR_NO_MATCH, 2);
	check("no match", &res, "l3.v4.saddr", 0);

	p.bytes[p.len - 1] = 0xee;
	res = run(nic, &p);
	check_stop("a row aborts", &res, 17, 2);
	check("abort", &res, "l3.v4.saddr", 0);
	tap(mdesc_refnic__headers(nic, &hdrs) == 1, "abort: the header is not recorded", "it is");

	p.bytes[p.len - 1] = 0xdd;
	res = run(nic, &p);
	check_stop("the second look-up commits", &res, 0, 2);
	check("commit", &res, "l3.v4.saddr", 0x0a000001);
	check("commit", &res, "type", 2);
	tap(mdesc_refnic__headers(nic, &hdrs) == 2, "commit: the header is recorded", "it is not");
}

static void test_trace(const struct mdesc_image *img)
{
	MDESC_OPTS(mdesc_refnic_opts, opts, .trace = true);
	const struct mdesc_refnic_step *steps;
	struct packet p = { .len = 0 };
	struct mdesc_refnic *nic = mdesc_refnic__new(img, &opts, NULL);
	size_t n;

	put_ether(&p, 0x8100);
	put_vlan(&p, 1, 0x0800);
	put_ip4(&p, 5, 17);
	run(nic, &p);
	n = mdesc_refnic__trace(nic, &steps);
	if (tap(n == 4, "trace", "%zu steps", n))
		tap(steps[0].state == 0 && steps[0].row == 1 && steps[0].key_count == 2 &&
		    steps[0].key[0] == 0x81 && steps[1].cursor == 14 && steps[1].row == 5 &&
		    steps[2].row == 7 && steps[3].row == MDESC_FMT_NONE32 &&
		    steps[3].error == MDESC_ERR_TRUNCATED, "what the trace says", "wrong");
	mdesc_refnic__free(nic);
}

static void test_misuse(struct mdesc_refnic *nic)
{
	struct mdesc_refnic_result res = { .sz = 0 };
	uint8_t byte = 0;

	tap(mdesc_refnic__run(nic, &byte, 1, NULL, &res) == -EINVAL, "a result without size", "taken");
	res.sz = sizeof(res);
	tap(mdesc_refnic__run(nic, &byte, MDESC_PACKET_MAX + 1, NULL, &res) == -EINVAL,
	    "a packet that is too long", "taken");
	tap(mdesc_refnic__run(nic, &byte, 1, NULL, &res) == 0 && field(&res, "timestamp") == 0,
	    "no sources: zero", "not zero");
}

int main(void)
{
	struct mdesc_image *img;
	struct mdesc_refnic *nic;
	struct mdesc_error err;
	uint8_t *data;
	size_t size;

	memset(&err, 0, sizeof(err));
	data = sample_image(NULL, &size);
	img = mdesc_image__open_mem(data, size, NULL, &err);
	free(data);
	nic = img ? mdesc_refnic__new(img, NULL, &err) : NULL;
	if (!tap(nic, "the sample runs", "%s", err.text))
		return 1;
	test_plain(nic);
	test_vlan(nic);
	test_drop(nic);
	test_truncated(nic);
	test_hold(nic);
	test_trace(img);
	test_misuse(nic);
	mdesc_refnic__free(nic);
	mdesc_image__close(img);
	return tap_status();
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Readers and handles by their calls: two firmwares of a NIC and another NIC's
 * chains known at once, ids that are not, frames with too little room before them,
 * images that contradict each other, names that nobody has. (random_handles
 * compares what they read.)
 */
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "compile.h"
#include "tap.h"

static struct mdesc_image *open_desc(const char *name)
{
	const char *build = getenv("MDESC_BUILD");
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;
	char path[4096];

	snprintf(path, sizeof(path), "%s/firmware-descs/%s.fw", build ? build : ".", name);
	img = mdesc_image__open(path, NULL, &err);
	if (!img) {
		tap(false, "open", "%s", err.text);
		exit(1);
	}
	return img;
}

/* An image of one layout with the id 7 and this member. */
static struct mdesc_image *open_small(const char *member)
{
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;
	char text[512], path[4096];
	struct compiled c;
	struct out out;

	snprintf(text, sizeof(text), "mdesc 1;\ndevice d { driver \"d\"; prefix \"d\"; }\n"
		 "metadata d_m id 7 { %s u32 layout_id = layout.id; }\n", member);
	write_file(own_path("small.mdesc", path, sizeof(path)), text, strlen(text));
	if (!compile_file(&c, path, NULL) || !compile_emit(&c, "image", &out))
		exit(1);
	img = mdesc_image__open_mem(out.data, out.size, NULL, &err);
	tap(img, "small image", "%s", err.text);
	out_free(&out);
	compile_free(&c);
	return img;
}

/* mynic 1.4's or 2.0's metadata of an IPv4 packet, at the end of @room; how long it is. */
static size_t put_ipv4(const struct mdesc_image *img, uint8_t *end, uint32_t saddr)
{
	const struct mdesc_layout *l = mdesc_image__layout(img, 0);
	const struct mdesc_field *tag = mdesc_layout__field_by_name(l, "pkt_type");
	size_t size = mdesc_layout__size(l);
	uint32_t id = mdesc_layout__id(l);
	uint8_t *meta = end - size;
	uint64_t ipv4 = 0;

	memset(meta, 0, size);
	memcpy(end - 4, &id, sizeof(id));
	while (ipv4 < 100 && (!mdesc_field__enum_name(tag, ipv4) ||
			      strcmp(mdesc_field__enum_name(tag, ipv4), "MYNIC_PKT_TYPE_IPV4")))
		ipv4++;
	meta[mdesc_field__byte_offset(tag)] = (uint8_t)ipv4;
	saddr = __builtin_bswap32(saddr);
	memcpy(meta + mdesc_field__byte_offset(mdesc_layout__field_by_name(l, "l3.v4.saddr")), &saddr, 4);
	return size;
}

static void test_firmwares(const struct mdesc_image *old, const struct mdesc_image *new)
{
	struct mdesc_error err = { 0 };
	struct mdesc_reader *r = mdesc_reader__new(&err);
	uint8_t frame[256], *end = frame + 200;
	const struct mdesc_image *const both[] = { old, new };
	struct mdesc_packet p;
	uint64_t v = 0;
	int saddr = -1, arp = -1, ret, i;

	tap(mdesc_reader__add(r, old, &err) == 1 && (saddr = mdesc_reader__field(r, "l3.v4.saddr", &err)) == 0 &&
	    (arp = mdesc_reader__field(r, "l3.arp.sender_ip", &err)) == 1 && mdesc_reader__add(r, new, &err) == 1 &&
	    mdesc_reader__field(r, "l3.v4.saddr", &err) == saddr, "two firmwares", "%s", err.text);
	for (i = 0; i < 2; i++) {
		size_t size = put_ipv4(both[i], end, 0x0a000001 + (uint32_t)i);

		ret = mdesc_reader__before(r, end, 200, &p);
		tap(ret == 0 && p.bytes == end - size && mdesc_layout__image(p.layout) == both[i], "recognised",
		    "firmware %d: %d", i, ret);
		tap(mdesc_packet__read(&p, saddr, &v) == 1 && v == 0x0a000001u + (unsigned int)i, "its field", "%llx",
		    (unsigned long long)v);
		tap(mdesc_packet__read(&p, arp, &v) == 0, "another arm is absent", "it is not");
		tap(mdesc_reader__before(r, end, size - 1, &p) == -EMSGSIZE && !p.layout, "too little room",
		    "not said");
		tap(mdesc_reader__before(r, end, 3, &p) == -ENODATA, "no room for an id", "not said");
	}
	memset(end - 4, 0, 4);
	tap(mdesc_reader__before(r, end, 200, &p) == -ENODATA, "a zero id", "not said");
	memset(end - 4, 0x5a, 4);
	tap(mdesc_reader__before(r, end, 200, &p) == -ENOENT && p.id == 0x5a5a5a5a && !p.layout, "an unknown id",
	    "%x", p.id);
	mdesc_reader__free(r);
}

static void test_names(const struct mdesc_image *img)
{
	static const struct { const char *path, *near; } names[] = {
		{ "hsah", "did you mean hash?" }, { "saddr", "did you mean l3.v4.saddr?" },
		{ "timestam", "did you mean timestamp?" }, { "l3.v6.saddr_low[4]", "there is no field" },
		{ "hash[0]", "there is no field" }, { "l3.v6.saddr_low[", "there is no field" },
		{ "l3.v6.saddr_low[0x1]", "there is no field" }, { "completely_different", "there is no field" },
		{ "", "there is no field" },
	};
	struct mdesc_error err = { 0 };
	struct mdesc_reader *r = mdesc_reader__new(&err);
	struct mdesc_handle h;
	size_t i;

	mdesc_reader__add(r, img, &err);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int ret = mdesc_reader__field(r, names[i].path, &err);

		tap(ret == -ENOENT && err.kind == MDESC_CLASS_NOT_FOUND && strstr(err.text, names[i].near),
		    "unknown name", "%s: %d, %s", names[i].path, ret, err.text);
	}
	tap(mdesc_reader__field_count(r) == 0, "nothing was added", "%zu", mdesc_reader__field_count(r));
	tap(mdesc_layout__handle(mdesc_image__layout(img, 0), "l3.v6.saddr_low[3]", &h) == 0 && h.count == 1,
	    "an element", "count %u", h.count);
	tap(mdesc_layout__handle(mdesc_image__layout(img, 0), "nope", &h) == -ENOENT &&
	    mdesc_handle__applies(&h, NULL, 0) == 0, "the handle of nothing", "flags %x", h.flags);
	mdesc_reader__free(r);
}

static void test_chains(const struct mdesc_image *nfp, const struct mdesc_image *mynic)
{
	/* A hash of type 1, as the first item and the only one. */
	static const uint8_t chain[8] = { 0, 0, 0, 0x11, 1, 2, 3, 4 };
	struct mdesc_error err = { 0 };
	struct mdesc_reader *r = mdesc_reader__new(&err);
	struct mdesc_packet p;
	uint64_t v = 0;
	int hash;

	tap(mdesc_reader__add(r, mynic, &err) == 1 && mdesc_reader__add(r, nfp, &err) > 1, "chains", "%s", err.text);
	hash = mdesc_reader__field(r, "hash", &err);
	tap(mdesc_reader__within(r, chain, sizeof(chain), &p) == 0 && mdesc_packet__read(&p, hash, &v) == 1 &&
	    v == 0x01020304 && p.bytes == chain && p.id == 1, "a chain by its begin", "%llx",
	    (unsigned long long)v);
	tap(mdesc_reader__within(r, chain, 7, &p) == -EMSGSIZE, "a chain that is cut", "not said");
	tap(mdesc_reader__before(r, chain + sizeof(chain), sizeof(chain), &p) == -ENOENT,
	    "a chain is not found from its end", "it is");
	mdesc_reader__free(r);
}

/* Layouts without an id, by their length; and what has an id where they have anything. */
static void test_plain(const struct mdesc_image *nfp, const struct mdesc_image *virtio, const struct mdesc_image *mynic)
{
	static const uint8_t old[8] = { 0, 0, 0, 0, 1, 2, 3, 4 };
	uint32_t id = mdesc_layout__id(mdesc_image__layout(mynic, 0));
	size_t size = mdesc_layout__size(mdesc_image__layout(mynic, 0));
	uint8_t meta[256] = { 0 };
	struct mdesc_error err = { 0 };
	struct mdesc_reader *r = mdesc_reader__new(&err);
	struct mdesc_packet p;

	tap(mdesc_reader__add(r, nfp, &err) > 1 && mdesc_reader__within(r, old, 8, &p) == 0 && p.bytes == old &&
	    strcmp(mdesc_layout__name(p.layout), "nfp_net_rx_hash") == 0, "without an id", "%s", err.text);
	tap(mdesc_reader__within(r, meta, 12, &p) == -ENODATA && !p.layout, "of no such length", "it is found");
	tap(mdesc_reader__add(r, virtio, &err) == 2 && mdesc_reader__add(r, virtio, &err) == 0 &&
	    mdesc_reader__add(r, mynic, &err) == 1, "all at once", "%s", err.text);
	memcpy(meta + 16, &id, 4);
	tap(mdesc_reader__within(r, meta, 20, &p) == 0 &&
	    strcmp(mdesc_layout__name(p.layout), "virtio_net_hdr_v1_hash") == 0, "ends with a longer one's id", "no");
	memcpy(meta + size - 4, &id, 4);
	tap(mdesc_reader__within(r, meta, size, &p) == 0 && p.layout == mdesc_image__layout(mynic, 0), "an id", "no");
	memcpy(meta + size, &id, 4);
	tap(mdesc_reader__within(r, meta, size + 4, &p) == -ENOENT && !p.layout && p.id == id,
	    "ends with a shorter one's id", "it is found");
	tap(mdesc_reader__before(r, meta + 12, 12, &p) == -ENODATA, "no length, no layout", "it is found");
	mdesc_reader__free(r);
}

static void test_contradiction(void)
{
	struct mdesc_image *a = open_small("u32 x;"), *b = open_small("u32 y;"), *same = open_small("u32 x;");
	struct mdesc_error err = { 0 };
	struct mdesc_reader *r = mdesc_reader__new(&err);
	int x, ret;

	tap(mdesc_reader__add(r, a, &err) == 1 && (x = mdesc_reader__field(r, "x", &err)) == 0, "a layout", "%s",
	    err.text);
	ret = mdesc_reader__add(r, b, &err);
	tap(ret == -ENOTUNIQ && err.kind == MDESC_CLASS_AMBIGUOUS, "another of the same id", "%d", ret);
	tap(mdesc_reader__layout_count(r) == 1 && mdesc_reader__add(r, same, &err) == 0, "the same once more", "%zu",
	    mdesc_reader__layout_count(r));
	tap(mdesc_reader__layout(r, 1) == NULL && mdesc_reader__handle(r, 0, 1) == NULL &&
	    mdesc_reader__handle(r, 0, 0), "beyond the last", "something");
	mdesc_reader__free(r);
	mdesc_image__close(a);
	mdesc_image__close(b);
	mdesc_image__close(same);
}

int main(void)
{
	struct mdesc_image *old = open_desc("mynic/mynic-1.4"), *new = open_desc("mynic/mynic-2.0");
	struct mdesc_image *nfp = open_desc("nfp/rx_meta"), *virtio = open_desc("virtio_net/rx_hdr");

	test_firmwares(old, new);
	test_names(old);
	test_chains(nfp, old);
	test_plain(nfp, virtio, old);
	test_contradiction();
	mdesc_image__close(nfp);
	mdesc_image__close(virtio);
	mdesc_image__close(new);
	mdesc_image__close(old);
	return tap_status();
}

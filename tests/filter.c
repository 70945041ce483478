/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Filters of mdesc watch: what passes, with which precedence, and where and why a
 * filter is wrong; then cut and mixed up ones, none of which may do harm.
 */
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "compile.h"
#include "filter.h"
#include "gen.h"
#include "tap.h"

static const char description[] =
"mdesc 1;\ndevice t { driver \"t\"; prefix \"t\"; }\n"
"enum t_kind : u8 { other, ipv4, ipv6, hash = 77 }\n"
"struct t_v4 { be32 saddr; u8 ttl; reserved 11; }\n"
"struct t_v6 { u8 addr[16]; }\n"
"metadata t_meta {\n\tu32 hash;\n\ts16 level;\n\tmac sender;\n\tu16 ports[2];\n\tbool good : 1;\n\treserved 1;\n"
"\tunion l3 switch (kind) { ipv4: t_v4 v4; ipv6: t_v6 v6; }\n\tt_kind kind;\n\treserved 3;\n"
"\tu32 layout_id = layout.id;\n}\n";

struct bench {
	struct mdesc_image *img;
	struct mdesc_reader *r;
	uint8_t meta[256];
	struct mdesc_packet p;
};

static void put(struct bench *b, const char *path, uint64_t v)
{
	const struct mdesc_field *f = mdesc_layout__field_by_name(mdesc_image__layout(b->img, 0), path);
	unsigned int i, n = f ? mdesc_field__bytes(f) : 0;

	if (!f) {
		tap(false, "put", "there is no %s", path);
		exit(1);
	}
	for (i = 0; i < n; i++)
		b->meta[mdesc_field__byte_offset(f) + (mdesc_field__order(f) == MDESC_ORDER_BE ? n - 1 - i : i)] =
			(uint8_t)(v >> 8 * i);
}

static void put_bytes(struct bench *b, const char *path, const char *bytes, size_t n)
{
	memcpy(b->meta + mdesc_field__byte_offset(mdesc_layout__field_by_name(mdesc_image__layout(b->img, 0), path)),
	       bytes, n);
}

static void set_up(struct bench *b)
{
	struct mdesc_error err = { 0 };
	const struct mdesc_layout *l;
	char path[4096];
	struct compiled c;
	struct out out;

	write_file(own_path("filter.mdesc", path, sizeof(path)), description, strlen(description));
	if (!compile_file(&c, path, NULL) || !compile_emit(&c, "image", &out))
		exit(1);
	b->img = mdesc_image__open_mem(out.data, out.size, NULL, &err);
	b->r = mdesc_reader__new(&err);
	if (!b->img || mdesc_reader__add(b->r, b->img, &err) != 1) {
		tap(false, "open", "%s", err.text);
		exit(1);
	}
	out_free(&out);
	compile_free(&c);
	l = mdesc_image__layout(b->img, 0);
	put(b, "layout_id", mdesc_layout__id(l));
	put(b, "hash", 0x1234);
	put(b, "level", (uint64_t)-5);
	put(b, "good", 1);
	put(b, "kind", 1);
	put(b, "l3.v4.saddr", 0x0a010203);
	put(b, "l3.v4.ttl", 64);
	put_bytes(b, "sender", "\x02\0\0\0\0\x01", 6);
	put_bytes(b, "ports", "\x50\0\x90\x1f", 4);	/* 80, 8080 */
}

/* Whether the packet passes: 1, 0, or -1 where the filter is wrong. */
static int try(struct bench *b, struct filter *f, const char *text)
{
	int ret = filter_parse(f, text);

	if (!ret)
		ret = filter_bind(f, b->r);
	/* A field that is new makes older handles void. */
	if (!ret)
		ret = mdesc_reader__within(b->r, b->meta, mdesc_layout__size(mdesc_image__layout(b->img, 0)), &b->p);
	return ret ? -1 : filter_passes(f, 0, &b->p);
}

static void test_passes(struct bench *b)
{
	static const struct { const char *text; int passes; } cases[] = {
		/* & before == before && before || */
		{ "kind == ipv4 && hash & 3 == 0", 1 }, { "hash & 3 == 1", 0 }, { "hash & 0xff == 0x34", 1 },
		{ "0x34 == 0xff & hash", 1 }, { "kind == ipv6 && hash == 1 || good", 1 },
		{ "kind == ipv6 && (hash == 1 || good)", 0 }, { "good || kind == ipv6 && hash == 1", 1 },
		{ "!good || kind == ipv4", 1 }, { "!(good || kind == ipv4)", 0 }, { "!!good", 1 }, { "! good", 0 },
		{ "!hash & 0x1000", -1 },
		/* numbers */
		{ "hash == 4660", 1 }, { "hash != 4660", 0 }, { "hash < 4661", 1 }, { "hash <= 4660", 1 },
		{ "hash > 4660", 0 }, { "hash >= 4660", 1 }, { "4660 == hash", 1 }, { "level == -5", 1 },
		{ "level < 0", 1 }, { "level > -6", 1 }, { "level < 32767", 1 }, { "hash > level", 1 },
		{ "hash & 0x1000", 1 }, { "hash & 0x0008", 0 }, { "1", 1 }, { "0", 0 }, { "hash&4==4", 1 },
		/* enumerators, booleans */
		{ "kind == IPV4", 1 }, { "kind == T_KIND_IPV4", 1 }, { "ipv4 == kind", 1 }, { "kind != ipv6", 1 },
		{ "kind == 1", 1 }, { "kind == hash", 0 }, { "hash == hash", 1 }, { "good == true", 1 },
		{ "good == false", 0 }, { "good", 1 }, { "kind & 1 == ipv4", 1 }, { "true", 1 },
		/* addresses */
		{ "l3.v4.saddr == 10.1.2.3", 1 },
		{ "l3.v4.saddr == 10.0.0.0/8", 1 }, { "l3.v4.saddr != 10.0.0.0/8", 0 },
		{ "l3.v4.saddr == 0.0.0.0/0", 1 },
		{ "l3.v4.saddr == 10.1.2.2/31", 1 }, { "l3.v4.saddr == 11.0.0.0/8", 0 },
		{ "l3.v4.saddr > 10.1.2.2", 1 }, { "sender == 02:00:00:00:00:01", 1 },
		{ "sender != 02:00:00:00:00:01", 0 }, { "02:00:00:00:00:02 == sender", 0 }, { "sender == sender", 1 },
		/* elements, and what is not there */
		{ "ports[0] == 80", 1 }, { "ports[1] == 8080", 1 }, { "ports == ports", 1 },
		{ "l3.v6.addr == fe80::1", 0 }, { "l3.v6.addr != fe80::1", 0 }, { "!(l3.v6.addr == fe80::1)", 1 },
		{ "l3.v6.addr[0] == 0 || l3.v6.addr[0] != 0", 0 }, { "l3.v4.ttl == 64", 1 }, { "l3.v4.ttl", 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter f;
		int got = try(b, &f, cases[i].text);

		tap(got == cases[i].passes, "passes", "%s: %d, %s", cases[i].text, got, f.error.text);
		filter_free(&f);
	}
}

static void test_ipv6(struct bench *b)
{
	struct filter f;

	put(b, "kind", 2);
	put_bytes(b, "l3.v6.addr", "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
	tap(try(b, &f, "l3.v6.addr == fe80::1") == 1, "IPv6", "%s", f.error.text);
	filter_free(&f);
	tap(try(b, &f, "l3.v6.addr == fe80::/10") == 1, "IPv6 prefix", "%s", f.error.text);
	filter_free(&f);
	tap(try(b, &f, "l3.v6.addr == fec0::/10 || l3.v4.ttl == 64") == 0, "another IPv6 prefix", "%s", f.error.text);
	filter_free(&f);
	put(b, "kind", 1);
	put(b, "l3.v4.saddr", 0x0a010203);
	put(b, "l3.v4.ttl", 64);
}

static void test_errors(struct bench *b)
{
	static const struct { const char *text; size_t at; const char *why; } cases[] = {
		{ "", 0, "is missing" }, { "kind ==", 7, "is missing" }, { "== 3", 0, "must stand here" },
		{ "kind = ipv4", 5, "to compare is `=='" }, { "(hash == 1", 0, "is not closed" },
		{ "hash == 1)", 9, "was not opened" }, { "hash | 1", 5, "to join conditions is `||'" },
		{ "hash == 1 hash", 10, "an operator must stand here" },
		{ "1 < hash < 3", 9, "do not follow each other" },
		{ "hash == 0x", 8, "no number" }, { "hash == 99999999999999999999", 8, "no number" },
		{ "hash == 12ab", 8, "no number" }, { "hash == 10.0.0", 8, "no number" },
		{ "l3.v4.saddr == 10.0.0.0/33", 15, "too long: an address like this has 32" },
		{ "l3.v6.addr == fe80::/129", 14, "has 128 bits" }, { "l3.v4.saddr == 10.0.0.0/", 15, "no number" },
		{ "l3.v4.saddr == 10.0.0.0/x", 15, "no number" },
		{ "!kind == ipv4", 0, "use `!=' or `!(...)'" },
		{ "ipv4 == !kind", 8, "use `!=' or `!(...)'" },
		{ "l3 == 1", 0, "one of its members, such as l3.v4.saddr" }, { "l3.v4 == 1", 0, "one of its members" },
		{ "hsah == 1", 0, "did you mean hash?" },
		{ "knid == ipv4", 0, "did you mean kind?" }, { "ipv5 == kind", 0, "did you mean ipv4?" },
		{ "hash == 1 && ttl == 1", 13, "did you mean l3.v4.ttl?" }, { "kind == ipv5", 8, "did you mean ipv4?" },
		{ "kind == sender_", 8, "did you mean sender?" }, { "hash == 0x100000000", 8, "has 32 bits" },
		{ "hash == -1", 8, "has no sign" }, { "sender == 5", 10, "is a MAC address" },
		{ "hash == 02:00:00:00:00:01", 8, "has 32 bits, an address like this has 48" },
		{ "sender == 10.0.0.1", 10, "has 48 bits, an address like this has 32" },
		{ "sender < 02:00:00:00:00:01", 7, "== and != only" },
		{ "l3.v4.saddr < 10.0.0.0/8", 12, "== and != only" },
		{ "ports == 80", 9, "one of its elements" }, { "ports[2] == 80", 0, "there is no field" },
		{ "sender", 0, "no condition" }, { "hash == 1 && sender", 13, "no condition" },
		{ "!10.0.0.1", 1, "no condition" }, { "sender & 1", 0, "& takes numbers" },
		{ "l3.v4.saddr & 255.0.0.0 == 1", 14, "a part of one is a prefix" },
		{ "sender == hash", 7, "the other bytes" },
		{ "(hash == 1) == 1", 6, "takes values" }, { "!good == 1", 0, "takes values" },
		{ "hash @ 3", 5, "an operator must stand here" },
		{ "10.0.0.1 == 10.0.0.1", 0, "compared with a field" },
		{ "hash == \"x\"", 8, "must stand here" }, { "-", 0, "must stand here" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter f;
		int got = try(b, &f, cases[i].text);

		tap(got == -1 && f.error_at == cases[i].at && strstr(f.error.text, cases[i].why), "wrong",
		    "%s: %d at %zu, %s", cases[i].text, got, f.error_at, f.error.text);
		filter_free(&f);
	}
}

static void test_deep(struct bench *b)
{
	static char text[400000];
	struct filter f;

	memset(text, '(', 100000);
	tap(try(b, &f, text) == -1 && strstr(f.error.text, "too deeply"), "deep", "%s", f.error.text);
	filter_free(&f);
	memset(text, '!', 100000);
	tap(try(b, &f, text) == -1 && strstr(f.error.text, "too deeply"), "deep negation", "%s", f.error.text);
	filter_free(&f);
	strcpy(text, "1");
	for (int i = 0; i < 50000; i++)
		strcpy(text + 1 + 4 * i, "&&1 ");
	tap(try(b, &f, text) == -1 && strstr(f.error.text, "too long a chain"), "a long chain", "%s", f.error.text);
	filter_free(&f);
}

/* Pieces in any order: right or wrong, but never harmful. */
static void test_random(struct bench *b)
{
	static const char *const pieces[] = {
		"hash", "kind", "ipv4", "==", "!=", "<", "&", "&&", "||", "!", "(", ")", "3", "-7", "0x1f", "10.0.0.1",
		"fe80::1/64", "sender", "02:00:00:00:00:01", "ports", "ports[1]", " ", "[", ".", "l3.v6.addr",
		"l3.v4.saddr", "level", "true", "good",
	};
	uint64_t state = 7, right = 0, wrong = 0;
	char text[512];
	struct filter f;

	for (int i = 0; i < 20000; i++) {
		int n = 1 + (int)(gen_rand(&state) % 9);

		for (text[0] = '\0'; n; n--)
			strcat(strcat(text, pieces[gen_rand(&state) % (sizeof(pieces) / sizeof(pieces[0]))]),
			       gen_rand(&state) % 2 ? " " : "");
		if (try(b, &f, text) < 0)
			wrong += f.error.text[0] && f.error_at <= strlen(text);
		else
			right++;
		filter_free(&f);
	}
	tap(right > 100 && right + wrong == 20000, "random", "%llu right, %llu wrong with a place",
	    (unsigned long long)right, (unsigned long long)wrong);
}

int main(void)
{
	struct bench b = { .img = NULL };

	set_up(&b);
	test_passes(&b);
	test_ipv6(&b);
	test_errors(&b);
	test_deep(&b);
	test_random(&b);
	mdesc_reader__free(b.r);
	mdesc_image__close(b.img);
	return tap_status();
}

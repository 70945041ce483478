/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * refnic on the image against the naive interpreter on the model: the same
 * verdict, error, layout, metadata, headers and steps, for packets that follow
 * the parser's paths, for every shorter length of these, and for noise; on
 * random parsers and on all shipped descriptions, there also the captures.
 *
 *	random_parser			the test
 *	random_parser SEED [COUNT]	from that description on
 *	random_parser FILE.mdesc	only this one
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mdesc/mdesc.h>

#include "compile.h"
#include "gen.h"
#include "interp.h"
#include "packets.h"

enum { SOURCES_MAX = PACKET_SOURCES };

struct bench {
	const char *name;		/* of the description, for messages */
	const char *path;
	struct compiled c;
	struct out image_bytes;
	struct mdesc_image *image;
	struct mdesc_refnic *nic;
	struct packets packets;
	uint64_t sources[SOURCES_MAX];
	struct interp_result want;
	bool failed;
	uint8_t taken[INTERP_STATES_MAX][64];
};

static struct {
	uint64_t packets, truncated;
	uint32_t descriptions, arms, arms_taken;
	uint64_t verdicts[8];		/* errors 0..5, user's, drop */
	uint32_t counts[GEN_COVER_N];
	int failures;
} total;

/* ---- what is wrong ---- */

static void print_hex(const char *what, const void *data, size_t n)
{
	const uint8_t *p = data;

	printf("# %s", what);
	for (size_t i = 0; i < n; i++)
		printf("%s%02x", i % 4 ? "" : " ", p[i]);
	printf("\n");
}

static void print_want(const struct interp_result *r)
{
	printf("# interpreter: %s error %d layout %s steps %u cursor %u\n",
	       r->dropped ? "dropped" : "delivered", r->error, r->layout ? r->layout->name : "none",
	       r->steps, r->cursor);
	print_hex("  metadata", r->meta, r->meta_size);
	for (uint32_t i = 0; i < r->n_headers; i++)
		printf("#   header %s[%u] at %u, %u bytes\n", r->headers[i].inst->name, r->headers[i].elem,
		       r->headers[i].offset, r->headers[i].length);
}

static void print_got(struct bench *b, const struct mdesc_refnic_result *r)
{
	const struct mdesc_refnic_header *h;
	size_t n = mdesc_refnic__headers(b->nic, &h);

	printf("# refnic:      %s error %d layout %s steps %u cursor %u\n",
	       r->dropped ? "dropped" : "delivered", r->error,
	       r->layout ? mdesc_layout__name(r->layout) : "none", r->steps, r->cursor);
	print_hex("  metadata", r->meta, r->meta_size);
	for (size_t i = 0; i < n; i++)
		printf("#   header %s[%u] at %u, %u bytes\n", h[i].name, h[i].elem, h[i].offset, h[i].length);
}

static void print_description(const char *path)
{
	char line[1024];
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f))
		printf("# | %s", line);
	if (f)
		fclose(f);
}

/* ---- one packet ---- */

static bool has_header(const struct interp_result *want, const struct mdesc_refnic_header *h)
{
	for (size_t i = 0; i < want->n_headers; i++)
		if (!want->headers[i].hidden && !strcmp(h->name, want->headers[i].inst->name) &&
		    h->elem == want->headers[i].elem && h->offset == want->headers[i].offset &&
		    h->length == want->headers[i].length)
			return true;
	return false;
}

static bool same_headers(struct bench *b, const struct interp_result *want)
{
	const struct mdesc_refnic_header *h;
	size_t n = mdesc_refnic__headers(b->nic, &h), shown = 0;

	for (size_t i = 0; i < want->n_headers; i++)
		shown += !want->headers[i].hidden;
	for (size_t i = 0; i < n; i++)
		if (!has_header(want, &h[i]))
			return false;
	return n == shown;
}

static bool same(struct bench *b, const struct interp_result *want, const struct mdesc_refnic_result *got)
{
	/* states that became one look-up are one step; one that decides later takes one more of what stops there */
	if (want->dropped != got->dropped || want->error != got->error || want->steps + 1 < got->steps ||
	    want->cursor != got->cursor || !same_headers(b, want))
		return false;
	if (want->dropped)
		return !got->meta_size;
	if (!want->layout != !got->layout || want->meta_size != got->meta_size)
		return false;
	if (!want->layout)
		return true;
	/* what the bytes say of themselves, where they say something */
	if (want->layout->id_first && mdesc_image__layout_of(b->image, got->meta, got->meta_size) != got->layout)
		return false;
	return mdesc_layout__index(got->layout) == want->layout->idx &&
	       !memcmp(want->meta, got->meta, want->meta_size);
}

static void note(struct bench *b, const struct interp_result *r)
{
	total.packets++;
	total.verdicts[r->dropped ? 7 : r->error > 5 ? 6 : r->error]++;
	for (uint32_t i = 0; i < r->n_path; i++)
		if (r->path[i].arm < 64)
			b->taken[r->path[i].state][r->path[i].arm] = 1;
}

static void run(struct bench *b, const uint8_t *data, uint32_t len)
{
	struct mdesc_refnic_result got = { .sz = sizeof(got) };
	/* a copy of just that size, so that sanitizers see every read beyond it */
	uint8_t *copy = malloc(len ? len : 1);
	const char *wrong;
	int err;

	if (b->failed || !copy) {
		free(copy);
		return;
	}
	memcpy(copy, data, len);
	interp_run(b->c.model, copy, len, b->sources, &b->want);
	err = mdesc_refnic__run(b->nic, copy, len, b->sources, &got);
	note(b, &b->want);
	wrong = interp_meta_wrong(&b->want);
	if (err || wrong || !same(b, &b->want, &got)) {
		b->failed = true;
		printf("not ok %s: refnic and the interpreter agree\n# mdesc_refnic__run: %d\n", b->name, err);
		if (wrong)
			printf("# %s of %s is not what its tags say\n", wrong, b->want.layout->name);
		print_hex("packet", copy, len);
		print_want(&b->want);
		print_got(b, &got);
		print_description(b->path);
	}
	free(copy);
}

/* A packet and all that are shorter. */
static void run_cut(struct bench *b, const uint8_t *data, uint32_t len)
{
	uint8_t copy[PACKET_MAX];

	if (len > sizeof(copy))
		len = sizeof(copy);
	memcpy(copy, data, len);	/* the packets' own buffer may be data */
	for (uint32_t n = len + 1; n-- > 0 && !b->failed;) {
		run(b, copy, n);
		total.truncated++;
		if (n > 160)
			n -= n / 40;
	}
}

/* ---- one description ---- */

static void new_sources(struct bench *b, uint64_t *rng)
{
	for (uint32_t i = 0; i < SOURCES_MAX; i++)
		b->sources[i] = gen_rand(rng) >> (gen_rand(rng) % 2 ? 0 : 62);	/* or small, for selects */
}

static void run_packets(struct bench *b, uint64_t seed, uint32_t paths)
{
	uint64_t rng = seed;

	packets_init(&b->packets, b->c.model, seed);
	for (uint32_t i = 0; i < paths && packets_next_path(&b->packets); i++) {
		memcpy(b->sources, b->packets.sources, sizeof(b->sources));
		run_cut(b, b->packets.data, b->packets.len);
	}
	for (uint32_t i = 0; i < paths && !b->failed; i++) {
		packets_random_path(&b->packets);
		memcpy(b->sources, b->packets.sources, sizeof(b->sources));
		run(b, b->packets.data, b->packets.len);
		packets_noise(&b->packets);
		new_sources(b, &rng);
		run(b, b->packets.data, b->packets.len);
	}
}

/* Whether all arms were taken. */
static bool count_arms(const struct bench *b)
{
	uint32_t missing = 0;

	for (uint32_t i = 0; i < b->c.model->parser.n_states; i++) {
		const struct mdc_state *s = b->c.model->parser.states[i];

		for (uint32_t k = 0; k < s->n_arms && k < 64; k++) {
			total.arms += s->reachable;
			total.arms_taken += b->taken[i][k];
			missing += s->reachable && !b->taken[i][k];
		}
	}
	return !missing;
}

static bool open_bench(struct bench *b, const char *name, const char *path, const char *include)
{
	struct mdesc_error err;
	struct loc where;

	memset(b, 0, sizeof(*b));
	b->name = name;
	b->path = path;
	if (!compile_file(&b->c, path, include) || !compile_emit(&b->c, "image", &b->image_bytes)) {
		printf("not ok %s: compiles\n", name);
		print_description(path);
		return false;
	}
	if (!interp_widths_ok(b->c.model, &where) || !interp_chains_ok(b->c.ast, b->c.model, &where)) {
		printf("not ok %s: the widths of expressions, the layouts of chains\n# wrong at byte %u\n", name,
		       where.start);
		print_description(path);
		return false;
	}
	b->image = mdesc_image__open_mem(b->image_bytes.data, b->image_bytes.size, NULL, &err);
	if (b->image && b->c.model->parser.name)
		b->nic = mdesc_refnic__new(b->image, NULL, &err);
	if (b->image && (b->nic || !b->c.model->parser.name))
		return true;
	printf("not ok %s: the image opens\n# %s\n", name, err.text);
	print_description(path);
	return false;
}

static void close_bench(struct bench *b)
{
	mdesc_refnic__free(b->nic);
	mdesc_image__close(b->image);
	out_free(&b->image_bytes);
	compile_free(&b->c);
}

/* ---- random parsers ---- */

static bool random_one(struct bench *b, uint64_t seed, uint32_t paths)
{
	/* every fourth one writes metadata with all that a layout can have */
	char *text = gen_description(seed, seed % 4 ? GEN_PARSER : GEN_BOTH, "rnd", total.counts);
	char name[64], path[4096];
	bool ok;

	snprintf(name, sizeof(name), "random parser %llu", (unsigned long long)seed);
	write_file(own_path("random.mdesc", path, sizeof(path)), text, strlen(text));
	free(text);
	ok = open_bench(b, name, path, NULL);
	if (ok) {
		run_packets(b, seed, paths);
		count_arms(b);
		ok = !b->failed;
		total.descriptions++;
	}
	close_bench(b);
	return ok;
}

static void random_ones(struct bench *b, uint64_t seed, uint32_t count, uint32_t paths)
{
	int failures = 0;

	printf("# random parsers: seeds %llu to %llu; one again: random_parser SEED; its text: "
	       "gen SEED --kind=parser, of every fourth --kind=both\n",
	       (unsigned long long)seed, (unsigned long long)(seed + count - 1));
	for (uint32_t i = 0; i < count && failures < 5; i++)
		failures += !random_one(b, seed + i, paths);
	if (!failures)
		printf("ok refnic and the interpreter agree on %u random parsers\n", count);
	total.failures += failures;
}

/* ---- shipped descriptions ---- */

static uint32_t get32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A classic little-endian capture; nothing where there is none. */
static void run_capture(struct bench *b, const char *path)
{
	static uint8_t buf[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(buf, 1, sizeof(buf), f) : 0, at = 24;

	if (f)
		fclose(f);
	while (at + 16 <= n && at + 16 + get32(buf + at + 8) <= n) {
		run_cut(b, buf + at + 16, get32(buf + at + 8));
		at += 16 + get32(buf + at + 8);
	}
}

static void shipped(struct bench *b, const char *path, const char *src)
{
	static const char *const captures[] = { "stack", "protocols" };
	char include[4096], capture[4096];
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	bool ok;

	snprintf(include, sizeof(include), "%s/firmware-descs", src);
	ok = open_bench(b, name, path, include);
	if (ok && b->nic) {
		run_packets(b, 1, 2000);
		new_sources(b, &b->packets.rng);
		for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
			snprintf(capture, sizeof(capture), "%s/tests/captures/%s.pcap", src, captures[i]);
			run_capture(b, capture);
		}
		if (!b->failed)
			printf("ok %s: refnic and the interpreter agree\n", name);
		if (!b->failed && !count_arms(b)) {
			ok = false;
			printf("not ok %s: packets take every arm\n", name);
		}
	}
	total.failures += !ok || b->failed;
	close_bench(b);
}

static void all_shipped(struct bench *b, const char *src)
{
	char pattern[4096];
	glob_t g = { 0 };

	snprintf(pattern, sizeof(pattern), "%s/firmware-descs/*/*.mdesc", src);
	glob(pattern, 0, NULL, &g);
	snprintf(pattern, sizeof(pattern), "%s/tests/tshark/*.mdesc", src);
	glob(pattern, GLOB_APPEND, NULL, &g);
	for (size_t i = 0; i < g.gl_pathc; i++)
		if (!strstr(g.gl_pathv[i], "/std/"))
			shipped(b, g.gl_pathv[i], src);
	globfree(&g);
}

/* ---- the test ---- */

static void summary(void)
{
	static const char *const names[] = { "accepted", "truncated", "bad_length", "no_match", "loop", "steps",
					     "rejected by the description", "dropped" };

	printf("# %llu packets, %llu of them cut short; %u of %u arms taken\n", (unsigned long long)total.packets,
	       (unsigned long long)total.truncated, total.arms_taken, total.arms);
	if (total.arms_taken * 10 < total.arms * 6) {
		total.failures++;
		printf("not ok most arms are taken\n");
	}
	for (int i = 0; i < 8; i++) {
		if (!total.verdicts[i])
			total.failures++;
		printf("%s some packets are %s\n# %llu\n", total.verdicts[i] ? "ok" : "not ok", names[i],
		       (unsigned long long)total.verdicts[i]);
	}
	total.failures += gen_report(total.counts, GEN_PARSER);
}

int main(int argc, char **argv)
{
	static struct bench b;
	const char *src = getenv("MDESC_SRC"), *set = getenv("MDESC_TESTS"), *seed = getenv("MDESC_SEED");
	const char *tmp = getenv("TMP");
	bool full = set && !strcmp(set, "full"), quick = set && !strcmp(set, "quick");

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && strstr(argv[1], ".mdesc")) {
		shipped(&b, argv[1], src ? src : ".");
		return total.failures != 0;
	}
	if (tmp && chdir(tmp)) {
		perror(tmp);
		return 2;
	}
	if (argc > 1) {
		random_ones(&b, strtoull(argv[1], NULL, 0), argc > 2 ? (uint32_t)atoi(argv[2]) : 1, 40);
		return total.failures != 0;
	}
	if (src)
		all_shipped(&b, src);
	random_ones(&b, seed ? strtoull(seed, NULL, 0) : 1, full ? 800 : quick ? 300 : 500, 400);
	if (!total.failures)
		summary();
	return total.failures != 0;
}

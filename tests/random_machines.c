/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * One description on many machines: tables made for a machine without loops,
 * without arithmetic, with few or narrow look-ups, one that cannot look back, at
 * each level of optimisation, do to every packet what the tables for the big one
 * do: verdict, error, layout, metadata, headers, cursor. Packets follow the
 * parser's paths, are cut short everywhere, or are noise.
 *
 *	random_machines			the test
 *	random_machines SEED [COUNT]	from that description on
 *	random_machines FILE.mdesc	only this one
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "arena.h"
#include "compile.h"
#include "diag.h"
#include "gen.h"
#include "model.h"
#include "packets.h"

/* What a machine has, and how hard the compiler tries. */
static const struct machine {
	const char *name;
	bool no_loops, constant, defaults;
	uint32_t lookups, lookup_bytes, window;
	int level;
	bool exact;
	uint32_t stages, skip;
} machines[] = {
	{ "the same, -O0", false, false, false, 16, 1, 0, 0, false, 0, 0 },
	{ "the same, -O2", false, false, false, 16, 1, 0, 2, false, 0, 0 },
	{ "no loops", true, false, false, 16, 1, 0, 1, false, 0, 0 },
	{ "constant", false, true, false, 16, 1, 0, 1, false, 0, 0 },
	{ "constant, forward", false, true, true, 4, 2, 1024, 1, false, 0, 0 },
	{ "1 x 1", false, false, false, 1, 1, 0, 1, false, 0, 0 },
	{ "1 x 2", true, false, true, 1, 2, 0, 1, false, 0, 0 },
	{ "2 x 2, constant, no loops", true, true, false, 2, 2, 0, 1, false, 0, 0 },
	{ "1 x 4, constant, no loops, -O0", true, true, true, 1, 4, 0, 0, false, 0, 0 },
	{ "1 x 4, forward, constant, no loops", true, true, true, 1, 4, 1024, 1, false, 0, 0 },
	{ "exact, with defaults", false, false, true, 8, 2, 0, 1, true, 0, 0 },
	{ "250 stages, skip 1", true, false, false, 16, 1, 0, 1, false, 250, 1 },
};
#define MACHINES	(sizeof(machines) / sizeof(machines[0]))

struct tables {
	struct out bytes;
	struct mdesc_image *image;
	struct mdesc_refnic *nic;	/* NULL: the machine cannot do it */
};

struct bench {
	const char *name, *path;
	struct compiled c;
	struct tables big, other[MACHINES];
	struct packets packets;
	bool failed;
};

static struct {
	uint64_t packets;
	uint32_t made[MACHINES], refused[MACHINES];
	uint32_t counts[GEN_COVER_N];
	int failures;
} total;

/* ---- packets ---- */

static bool same_headers(struct mdesc_refnic *a, struct mdesc_refnic *b)
{
	const struct mdesc_refnic_header *x, *y;
	size_t n = mdesc_refnic__headers(a, &x), m = mdesc_refnic__headers(b, &y);

	if (n != m)
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < m && (strcmp(x[i].name, y[k].name) || x[i].elem != y[k].elem ||
				 x[i].offset != y[k].offset || x[i].length != y[k].length))
			k++;
		if (k == m)
			return false;
	}
	return true;
}

static bool same(const struct mdesc_refnic_result *a, const struct mdesc_refnic_result *b)
{
	if (a->dropped != b->dropped || a->error != b->error || a->cursor != b->cursor ||
	    a->meta_size != b->meta_size || !a->layout != !b->layout)
		return false;
	if (a->layout && mdesc_layout__index(a->layout) != mdesc_layout__index(b->layout))
		return false;
	return !a->meta_size || !memcmp(a->meta, b->meta, a->meta_size);
}

static void print_result(const char *what, const struct mdesc_refnic_result *r)
{
	const uint8_t *p = r->meta;

	printf("# %s: %s error %d cursor %u steps %u metadata ", what, r->dropped ? "dropped" : "delivered", r->error,
	       r->cursor, r->steps);
	for (size_t i = 0; i < r->meta_size; i++)
		printf("%02x", p[i]);
	printf("\n");
}

static void print_failure(const struct bench *b, size_t i, const uint8_t *data, uint32_t len)
{
	char line[1024];
	FILE *f = fopen(b->path, "r");

	printf("not ok %s: on machine '%s' it is the same\n# packet ", b->name, machines[i].name);
	for (uint32_t k = 0; k < len; k++)
		printf("%02x", data[k]);
	printf("\n");
	while (f && fgets(line, sizeof(line), f))
		printf("# | %s", line);
	if (f)
		fclose(f);
}

static void run(struct bench *b, const uint8_t *data, uint32_t len)
{
	struct mdesc_refnic_result want = { .sz = sizeof(want) }, got = { .sz = sizeof(got) };

	if (b->failed || mdesc_refnic__run(b->big.nic, data, len, b->packets.sources, &want))
		return;
	if (want.error == MDESC_ERR_STEPS)
		return;		/* how many steps there are is the machine's */
	for (size_t i = 0; i < MACHINES; i++) {
		if (!b->other[i].nic)
			continue;
		total.packets++;
		if (!mdesc_refnic__run(b->other[i].nic, data, len, b->packets.sources, &got) && same(&want, &got) &&
		    same_headers(b->big.nic, b->other[i].nic))
			continue;
		b->failed = true;
		print_failure(b, i, data, len);
		print_result("big machine", &want);
		print_result("this one   ", &got);
		return;
	}
}

static void run_cut(struct bench *b)
{
	uint8_t copy[PACKET_MAX];
	uint32_t len = b->packets.len < sizeof(copy) ? b->packets.len : sizeof(copy);

	memcpy(copy, b->packets.data, len);
	for (uint32_t n = len + 1; n-- > 0;)
		run(b, copy, n);
}

static void run_packets(struct bench *b, uint64_t seed, uint32_t paths)
{
	packets_init(&b->packets, b->c.model, seed);
	for (uint32_t i = 0; i < paths && packets_next_path(&b->packets); i++)
		run_cut(b);
	for (uint32_t i = 0; i < paths && !b->failed; i++) {
		packets_random_path(&b->packets);
		run(b, b->packets.data, b->packets.len);
		packets_noise(&b->packets);
		run(b, b->packets.data, b->packets.len);
	}
}

/* ---- tables ---- */

static bool open_tables(struct bench *b, struct tables *t)
{
	struct mdesc_error err;

	t->image = mdesc_image__open_mem(t->bytes.data, t->bytes.size, NULL, &err);
	if (t->image)
		t->nic = mdesc_refnic__new(t->image, NULL, &err);
	if (t->nic)
		return true;
	printf("not ok %s: the image opens\n# %s\n", b->name, err.text);
	return false;
}

/* The description for that machine. False: the tables are wrong; a machine may refuse. */
static bool make_tables(struct bench *b, size_t i)
{
	const struct machine *m = &machines[i];
	struct mdc_model *model = arena_new_of(b->c.ctx.arena, struct mdc_model);
	struct compiled c = b->c;
	struct mdc_target *t = &model->target;

	*model = *b->c.model;
	c.model = model;
	c.ctx.diags = diags_new(c.ctx.arena);
	c.ctx.opt.level = m->level;
	t->loops = t->loops && !m->no_loops;
	t->arithmetic = t->arithmetic && !m->constant;
	t->defaults = m->defaults;
	t->lookups = m->lookups;
	t->lookup_bytes = m->lookup_bytes;
	t->key_bytes = m->lookups * m->lookup_bytes;
	t->window = m->window;
	t->exact = m->exact;
	t->boost_rows = m->exact ? 1000 : 0;
	t->stages = m->stages;
	t->stage_rows = m->stages ? 4000 : 0;
	t->skip = m->skip;
	t->rows = 1000000;
	t->states = 65534;
	c.rows = mdc_lower(&c.ctx, model);
	if (c.rows)
		c.rows = mdc_passes(&c.ctx, c.rows);
	if (!c.rows) {
		total.refused[i]++;
		if (getenv("MDESC_VERBOSE"))
			diags_show(&c.ctx, stdout);
		return true;
	}
	total.made[i]++;
	return compile_emit(&c, "image", &b->other[i].bytes) && open_tables(b, &b->other[i]);
}

static bool open_bench(struct bench *b, const char *name, const char *path, const char *include)
{
	memset(b, 0, sizeof(*b));
	b->name = name;
	b->path = path;
	if (!compile_file(&b->c, path, include) || !compile_emit(&b->c, "image", &b->big.bytes)) {
		printf("not ok %s: compiles\n", name);
		return false;
	}
	if (!b->c.model->parser.name)
		return true;
	if (!open_tables(b, &b->big))
		return false;
	for (size_t i = 0; i < MACHINES; i++) {
		if (!make_tables(b, i))
			return false;
	}
	return true;
}

static void close_tables(struct tables *t)
{
	mdesc_refnic__free(t->nic);
	mdesc_image__close(t->image);
	out_free(&t->bytes);
}

static void close_bench(struct bench *b)
{
	close_tables(&b->big);
	for (size_t i = 0; i < MACHINES; i++)
		close_tables(&b->other[i]);
	compile_free(&b->c);
}

/* ---- descriptions ---- */

static bool one(struct bench *b, const char *name, const char *path, const char *include, uint64_t seed, uint32_t paths)
{
	bool ok = open_bench(b, name, path, include);

	if (ok && b->big.nic)
		run_packets(b, seed, paths);
	ok &= !b->failed;
	close_bench(b);
	return ok;
}

static void random_ones(struct bench *b, uint64_t seed, uint32_t count, uint32_t paths)
{
	int failures = 0;

	printf("# seeds %llu to %llu; one again: random_machines SEED; its text: gen SEED --kind=parser\n",
	       (unsigned long long)seed, (unsigned long long)(seed + count - 1));
	for (uint32_t i = 0; i < count && failures < 3; i++) {
		char *text = gen_description(seed + i, GEN_PARSER, "rnd", total.counts);
		char name[64], path[4096];

		snprintf(name, sizeof(name), "random parser %llu", (unsigned long long)(seed + i));
		write_file(own_path("random.mdesc", path, sizeof(path)), text, strlen(text));
		free(text);
		failures += !one(b, name, path, NULL, seed + i, paths);
	}
	if (!failures)
		printf("ok %u random parsers are the same on all machines\n", count);
	total.failures += failures;
}

static void all_shipped(struct bench *b, const char *src)
{
	char pattern[4096], include[4096];
	glob_t g = { 0 };

	snprintf(include, sizeof(include), "%s/firmware-descs", src);
	snprintf(pattern, sizeof(pattern), "%s/firmware-descs/*/*.mdesc", src);
	glob(pattern, 0, NULL, &g);
	snprintf(pattern, sizeof(pattern), "%s/tests/tshark/*.mdesc", src);
	glob(pattern, GLOB_APPEND, NULL, &g);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		const char *path = g.gl_pathv[i], *name = strrchr(path, '/') + 1;

		if (strstr(path, "/std/") || strstr(path, "/targets/"))
			continue;
		if (one(b, name, path, include, 1, 30))
			printf("ok %s is the same on all machines\n", name);
		else
			total.failures++;
	}
	globfree(&g);
}

static void summary(bool all)
{
	printf("# %llu packets\n", (unsigned long long)total.packets);
	for (size_t i = 0; i < MACHINES; i++) {
		printf("# %s: %u made, %u refused\n", machines[i].name, total.made[i], total.refused[i]);
		if (!all)
			continue;
		printf("%s machine '%s' can do most\n", total.made[i] > total.refused[i] ? "ok" : "not ok",
		       machines[i].name);
		total.failures += total.made[i] <= total.refused[i];
	}
}

int main(int argc, char **argv)
{
	static struct bench b;
	const char *src = getenv("MDESC_SRC"), *quick = getenv("MDESC_TESTS");
	uint32_t count = quick && !strcmp(quick, "quick") ? 12 : quick && !strcmp(quick, "full") ? 24 : 16;

	if (argc > 1 && strstr(argv[1], ".mdesc")) {
		total.failures += !one(&b, argv[1], argv[1], argc > 2 ? argv[2] : NULL, 1, 200);
	} else if (argc > 1) {
		random_ones(&b, strtoull(argv[1], NULL, 0), argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 0) : 1, 20);
	} else {
		random_ones(&b, 1, count, 6);
		all_shipped(&b, src ? src : ".");
	}
	summary(argc == 1);
	return total.failures != 0;
}

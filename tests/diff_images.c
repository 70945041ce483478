/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc_diff() from programs: options and accessors; images that no compiler
 * makes, for the rules that these alone show; damaged images sealed again, which
 * do no harm and are never called the same as what they were made from; and that
 * the packets it tries come to all rows that packets can come to.
 *
 * MDESC_SEED chooses other random descriptions and damage.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "compile.h"
#include "gen.h"
#include "imgbuild.h"
#include "tap.h"

#include "../runtime/explore.h"

enum { ROUNDS = 1200 };

static uint64_t seed = 1;

static struct mdesc_image *open_bytes(const void *data, size_t size)
{
	return mdesc_image__open_mem(data, size, NULL, NULL);
}

/* The rules that differ, in order, separated by blanks. */
static const char *rules_of(const struct mdesc_image *a, const struct mdesc_image *b, char *buf, size_t size)
{
	MDESC_OPTS(mdesc_diff_opts, opts, .packets = 300);
	struct mdesc_diff *diff = mdesc_diff(a, b, &opts, NULL);
	MDESC_INFO(mdesc_difference, x);
	size_t len = 0, i;

	snprintf(buf, size, "%s", diff ? "" : "failed");
	for (i = 0; diff && mdesc_diff__at(diff, i, &x) == 0 && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? " " : "", x.rule);
	mdesc_diff__free(diff);
	return buf;
}

/* ---- images that no compiler makes ---- */

static void sample_case(const char *name, const struct sample_opts *opts, const char *want)
{
	size_t sizes[2];
	uint8_t *data[2] = { sample_image(NULL, &sizes[0]), sample_image(opts, &sizes[1]) };
	struct mdesc_image *a = open_bytes(data[0], sizes[0]), *b = open_bytes(data[1], sizes[1]);
	char there[512] = "not opened", back[512], title[64];

	if (a && b) {
		rules_of(a, b, there, sizeof(there));
		snprintf(title, sizeof(title), "%s-back", name);
		tap(strcmp(there, rules_of(b, a, back, sizeof(back))) == 0, title, "found: %s", back);
	}
	tap(strcmp(there, want) == 0, name, "found: %s", there);
	mdesc_image__close(a);
	mdesc_image__close(b);
	free(data[0]);
	free(data[1]);
}

static void samples(void)
{
	struct sample_opts minor = { .minor = MDESC_FMT_MINOR + 3 }, extra = { .extra = 4 };
	struct sample_opts section = { .extra_section = 1 }, exec = { .minor = MDESC_FMT_MINOR + 1,
								      .incompat_exec = 1u << 31 };

	sample_case("same", NULL, "");
	sample_case("newer-minor", &minor, "format-changed");
	sample_case("longer-entries", &extra, "encoding-changed");
	sample_case("unknown-section", &section, "section-changed");
	sample_case("unknown-tables", &exec, "parser-not-compared format-changed");
}

/* Another fingerprint, and nothing that could be the reason. */
static void fingerprint(void)
{
	MDESC_INFO(mdesc_section_info, sec);
	size_t size;
	uint8_t *data = sample_image(NULL, &size), *copy = malloc(size);
	struct mdesc_image *a = open_bytes(data, size), *b;
	char found[512] = "not opened";

	memcpy(copy, data, size);
	if (mdesc_image__section_by_name(a, MDESC_SEC_LAYOUTS, &sec) == 0)
		copy[sec.offset + sizeof(struct mdesc_fmt_table) + offsetof(struct mdesc_fmt_layout, fingerprint)] ^= 1;
	reseal(copy, size);
	b = open_bytes(copy, size);
	if (b)
		rules_of(a, b, found, sizeof(found));
	tap(strstr(found, "layout-content-changed") && strstr(found, "layout-id-reused"), "fingerprint", "found: %s",
	    found);
	mdesc_image__close(a);
	mdesc_image__close(b);
	free(data);
	free(copy);
}

/* ---- the calls ---- */

static void rule_calls(void)
{
	MDESC_INFO(mdesc_diff_rule, rule);
	MDESC_INFO(mdesc_diff_rule, again);
	struct { size_t sz; const char *name; } small = { .sz = sizeof(small) };
	int last = MDESC_IMPACT_BREAKS, bad = 0;
	size_t n, k;

	for (n = 0; mdesc_diff_rule_at(n, &rule) == 0; n++) {
		bad += rule.impact > last || !rule.summary[0] || !rule.means[0] || !rule.example[0] || !rule.name[0];
		bad += mdesc_diff_rule_by_name(rule.name, &again) != 0 || again.means != rule.means;
		for (k = 0; rule.name[k]; k++)
			bad += !strchr("abcdefghijklmnopqrstuvwxyz-", rule.name[k]);
		last = rule.impact;
	}
	tap(n > 50 && !bad, "rules", "%zu rules, %d bad", n, bad);
	tap(mdesc_diff_rule_at(n, &rule) == -ENOENT && mdesc_diff_rule_by_name("none", &rule) == -ENOENT, "no-rule",
	    "one too many");
	tap(mdesc_diff_rule_at(0, (struct mdesc_diff_rule *)&small) == 0 && strcmp(small.name, "layout-removed") == 0,
	    "small-info", "an older caller gets what it knows");
	tap(strcmp(mdesc_impact_name(MDESC_IMPACT_WRONG), "wrong") == 0 &&
	    strcmp(mdesc_impact_name(0), "unknown") == 0, "impact-names", "they are others");
}

static void diff_calls(void)
{
	const char *ignore[] = { "field-removed", "no-such-rule" };
	struct { struct mdesc_diff_opts opts; long more; } large = { .opts.sz = sizeof(large), .more = 1 };
	MDESC_OPTS(mdesc_diff_opts, opts, .ignore = ignore, .ignore_count = 2);
	MDESC_INFO(mdesc_difference, x);
	struct mdesc_error err = { 0 };
	size_t size;
	uint8_t *data = sample_image(NULL, &size);
	struct mdesc_image *img = open_bytes(data, size);
	struct mdesc_diff *diff = mdesc_diff(img, img, &opts, &err);

	tap(!diff && errno == EINVAL && err.kind == MDESC_CLASS_SYSTEM && strstr(err.text, "'no-such-rule'"),
	    "unknown-ignore", "%s", err.text);
	tap(!mdesc_diff(img, img, &large.opts, &err) && errno == EINVAL, "unknown-option", "it is taken");
	tap(!mdesc_diff(img, NULL, NULL, NULL) && errno == EINVAL, "no-image", "it is taken");
	opts.ignore_count = 1;
	diff = mdesc_diff(img, img, &opts, &err);
	tap(diff && mdesc_diff__count(diff) == 0 && mdesc_diff__worst(diff) == 0 && mdesc_diff__packets(diff) == 0 &&
	    mdesc_diff__at(diff, 0, &x) == -ENOENT, "nothing", "%s", err.text);
	mdesc_diff__free(diff);
	mdesc_diff__free(NULL);
	mdesc_image__close(img);
	free(data);
}

/* ---- damage ---- */

static uint32_t rnd(uint64_t *state)
{
	return (uint32_t)(gen_rand(state) >> 16);
}

static void damage(uint8_t *data, const struct mdesc_image *plain, uint64_t *state)
{
	size_t n = mdesc_image__section_count(plain), i;

	for (i = 1 + rnd(state) % 3; i; i--) {
		MDESC_INFO(mdesc_section_info, sec);

		mdesc_image__section(plain, rnd(state) % n, &sec);
		if (!sec.size || !strcmp(sec.name, MDESC_SEC_DIGEST) || !strcmp(sec.name, MDESC_SEC_NOTE) ||
		    !strcmp(sec.name, ".shstrtab"))
			continue;
		data[sec.offset + rnd(state) % sec.size] ^= rnd(state) % 2 ? 1u << rnd(state) % 8 : rnd(state);
	}
}

static void damaged(const char *name, const char *path, const char *include)
{
	uint64_t state = seed;
	unsigned int opened = 0, unseen = 0;
	struct mdesc_image *plain, *img;
	struct compiled c;
	struct out bytes;
	char found[64];
	uint8_t *data;

	if (!compile_file(&c, path, include) || !compile_emit(&c, "image", &bytes)) {
		tap(false, name, "%s does not compile", path);
		return;
	}
	data = malloc(bytes.size);
	plain = open_bytes(bytes.data, bytes.size);
	for (int round = 0; data && plain && round < ROUNDS; round++) {
		memcpy(data, bytes.data, bytes.size);
		damage(data, plain, &state);
		if (memcmp(data, bytes.data, bytes.size) == 0 || reseal(data, bytes.size))
			continue;
		img = open_bytes(data, bytes.size);
		if (!img)
			continue;
		opened++;
		rules_of(plain, img, found, sizeof(found));
		unseen += !found[0] || !strcmp(found, "failed");
		rules_of(img, plain, found, sizeof(found));
		unseen += !found[0] || !strcmp(found, "failed");
		mdesc_image__close(img);
	}
	tap(opened > ROUNDS / 50 && !unseen, name, "%u damaged images open, %u differences unseen", opened, unseen);
	mdesc_image__close(plain);
	free(data);
	out_free(&bytes);
	compile_free(&c);
}

/* ---- packets ---- */

static struct { unsigned long rows, missed, images; uint64_t packets; } total;

/* What is left out of all rows of an image by so many packets. */
static uint32_t missed_by(const struct mdesc_image *img, uint32_t packets)
{
	struct explorer e;
	uint32_t missed;

	if (explorer_init(&e, img, NULL, NULL))
		return UINT32_MAX;
	while (e.packets < packets && explorer_next(&e))
		;
	missed = explorer_missed(&e, 0);
	total.images++;
	total.packets += e.packets;
	total.rows += mdesc_image__row_count(img);
	total.missed += missed;
	explorer_free(&e);
	return missed;
}

static uint32_t missed_of(const char *path, const char *include)
{
	struct mdesc_image *img = NULL;
	uint32_t missed = UINT32_MAX;
	struct compiled c;
	struct out bytes;

	if (!compile_file(&c, path, include))
		return missed;
	if (compile_emit(&c, "image", &bytes)) {
		img = open_bytes(bytes.data, bytes.size);
		if (img)
			missed = missed_by(img, 20000);
		mdesc_image__close(img);
		out_free(&bytes);
	}
	compile_free(&c);
	return missed;
}

static void random_parsers(void)
{
	uint32_t counts[GEN_COVER_N] = { 0 };
	char path[4096];

	snprintf(path, sizeof(path), "%s/random.mdesc", getenv("TMP") ? getenv("TMP") : ".");
	memset(&total, 0, sizeof(total));
	for (uint64_t i = 0; i < 40; i++) {
		char *text = gen_description(seed + i, GEN_PARSER, "r", counts);

		write_file(path, text, strlen(text));
		missed_of(path, NULL);
		free(text);
	}
	printf("# %lu random parsers: %lu of %lu rows met by no packet of %llu\n", total.images, total.missed,
	       total.rows, (unsigned long long)total.packets);
	/* some of what random parsers ask for cannot be, as flags that nothing set */
	tap(total.images >= 35 && total.missed < total.rows / 2, "random-parsers",
	    "%lu of %lu rows missed in %lu images", total.missed, total.rows, total.images);
}

int main(void)
{
	/* of registers, one that no packet can come to: a sum of 8 bits would have to be more */
	static const struct { const char *path; uint32_t missed; } all[] = {
		{ "tests/tshark/protocols", 0 }, { "firmware-descs/mynic/mynic-1.4", 0 },
		{ "firmware-descs/mynic/mynic-2.0", 0 }, { "tests/ok/registers", 1 }, { "tests/ok/counters", 0 },
	};
	static const char *const broken[] = { "tests/diff/computed.old", "tests/diff/layouts.old",
					      "tests/diff/chain.old", "tests/diff/machine.old",
					      "firmware-descs/mynic/mynic-1.4", "tests/ok/cursor" };
	const char *src = getenv("MDESC_SRC");
	char include[4096], path[4096];

	if (getenv("MDESC_SEED"))
		seed = strtoull(getenv("MDESC_SEED"), NULL, 0);
	snprintf(include, sizeof(include), "%s/firmware-descs", src ? src : ".");
	samples();
	fingerprint();
	rule_calls();
	diff_calls();
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s.mdesc", src ? src : ".", broken[i]);
		damaged(strrchr(broken[i], '/') + 1, path, include);
	}
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char name[128];
		uint32_t missed;

		snprintf(path, sizeof(path), "%s/%s.mdesc", src ? src : ".", all[i].path);
		snprintf(name, sizeof(name), "all-rows-%s", strrchr(all[i].path, '/') + 1);
		missed = missed_of(path, include);
		tap(missed == all[i].missed, name, "%u rows met by no packet", missed);
	}
	random_parsers();
	return tap_status();
}

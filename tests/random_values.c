/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is computed from fields: the library on the image against the naive
 * evaluation of the model, over random bytes and random configuration; on random
 * descriptions, on the good examples and on all that are shipped. Compares the
 * numbers of aliases and derived values, and what applies.
 *
 *	random_values			the test
 *	random_values SEED [COUNT]	from that description on
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "compile.h"
#include "gen.h"
#include "model.h"
#include "values.h"

enum { ROUNDS = 40 };

static struct {
	uint64_t values, applied, not_applied, fields;
	uint32_t descriptions, counts[GEN_COVER_N];
	int failures;
} total;

struct bench {
	const char *name;
	struct compiled c;
	struct mdesc_image *image;
	uint64_t config[32];
	uint64_t state;
};

static void fail(struct bench *b, const char *what, const char *path, const uint8_t *meta, size_t size, uint64_t want,
		 uint64_t got)
{
	if (total.failures++)
		return;
	printf("not ok values\n# %s: %s of %s: the model says %llu (0x%llx), the image %llu (0x%llx)\n# bytes ",
	       b->name, what, path, (unsigned long long)want, (unsigned long long)want, (unsigned long long)got,
	       (unsigned long long)got);
	for (size_t i = 0; i < size; i++)
		printf("%02x", meta[i]);
	printf("\n");
	for (uint32_t i = 0; i < b->c.model->n_configs; i++)
		printf("# config %s = %llu\n", b->c.model->configs[i]->name, (unsigned long long)b->config[i]);
}

static void compare_value(struct bench *b, const struct mdc_layout *l, const struct mdc_value *v,
			  const struct mdesc_layout *il, const uint8_t *meta)
{
	const struct values_in in = { l, meta, b->config };
	const struct mdesc_value *iv;
	uint64_t got = 0, want;
	int applies;

	if (v->role != MDC_ALIAS && v->role != MDC_DERIVE)
		return;
	iv = mdesc_layout__value_by_name(il, v->path);
	if (!iv || mdesc_value__read_u64(iv, meta, l->size, &got)) {
		fail(b, "there is no value", v->path, meta, l->size, 0, 0);
		return;
	}
	want = values_compute(&in, v);
	if (want != got)
		fail(b, "the value", v->path, meta, l->size, want, got);
	applies = mdesc_value__applies(iv, meta, l->size);
	if (applies != values_applies(&in, v))
		fail(b, "the validity", v->path, meta, l->size, values_applies(&in, v), (uint64_t)applies);
	total.values++;
	if (applies)
		total.applied++;
	else
		total.not_applied++;
}

static void compare_layout(struct bench *b, const struct mdc_layout *l)
{
	const struct mdesc_layout *il = mdesc_image__layout_by_name(b->image, l->name);
	uint8_t *meta = malloc(l->size);
	const struct values_in in = { l, meta, b->config };

	for (uint32_t i = 0; i < l->size; i++)
		meta[i] = gen_rand(&b->state) % 3 ? (uint8_t)gen_rand(&b->state) : gen_rand(&b->state) % 2 ? 0 : 1;
	for (uint32_t i = 0; i < l->n_values; i++)
		compare_value(b, l, l->values[i], il, meta);
	for (uint32_t i = 0; i < l->n_leaves; i++) {
		int got = mdesc_field__applies(mdesc_layout__field(il, i), meta, l->size);
		bool want = values_conds(&in, l->leaves[i].cond) && values_valid(&in, l->leaves[i].valid);

		if (got != want)
			fail(b, "whether it applies", l->leaves[i].path, meta, l->size, want, (uint64_t)got);
		total.fields++;
	}
	free(meta);
}

static void configure(struct bench *b)
{
	for (uint32_t i = 0; i < b->c.model->n_configs; i++) {
		const struct mdc_config *c = b->c.model->configs[i];
		char text[32];

		b->config[i] = gen_rand(&b->state) % 2 ? gen_rand(&b->state) % 6 : gen_rand(&b->state);
		if (c->bits < 64)
			b->config[i] &= ((uint64_t)1 << c->bits) - 1;
		snprintf(text, sizeof(text), "%llu", (unsigned long long)b->config[i]);
		mdesc_image__configure(b->image, c->name, text);
	}
}

static void one(const char *name, const char *path, uint64_t seed, bool must)
{
	const char *include = getenv("MDESC_INCLUDE");
	struct bench b = { .name = name, .state = seed };
	struct mdesc_error err = { 0 };
	struct out image;

	if (!compile_file(&b.c, path, include) || !compile_emit(&b.c, "image", &image)) {
		if (must && !total.failures++)
			printf("not ok values\n# %s does not compile\n", name);
		compile_free(&b.c);
		return;
	}
	b.image = mdesc_image__open_mem(image.data, image.size, NULL, &err);
	if (!b.image) {
		if (!total.failures++)
			printf("not ok values\n# %s: %s\n", name, err.text);
	} else {
		total.descriptions++;
		for (int i = 0; i < ROUNDS; i++) {
			configure(&b);
			for (uint32_t k = 0; k < b.c.model->n_layouts; k++)
				compare_layout(&b, b.c.model->layouts[k]);
		}
	}
	mdesc_image__close(b.image);
	out_free(&image);
	compile_free(&b.c);
}

static void generated(uint64_t seed)
{
	char *text = gen_description(seed, GEN_LAYOUT, "r", total.counts), name[64], path[4096];

	write_file(own_path("random.mdesc", path, sizeof(path)), text, strlen(text));
	free(text);
	snprintf(name, sizeof(name), "gen %llu --kind=layout", (unsigned long long)seed);
	one(name, path, seed, true);
}

static void shipped(const char *path, size_t i)
{
	one(path, path, i, false);
}

int main(int argc, char **argv)
{
	const char *seed_text = getenv("MDESC_SEED"), *how = getenv("MDESC_TESTS"), *src = getenv("MDESC_SRC");
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : seed_text ? strtoull(seed_text, NULL, 0) : 1;
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 0) : argc > 1 ? 1 :
			 how && !strcmp(how, "quick") ? 300 : how && !strcmp(how, "full") ? 5000 : 1500;

	if (argc == 1) {
		each_file(src ? src : ".", "tests/ok/*.mdesc", shipped);
		each_file(src ? src : ".", "firmware-descs/*/*.mdesc", shipped);
	}
	for (uint64_t i = 0; i < count; i++)
		generated(seed + i);
	printf("# %u descriptions, %llu values (%llu valid, %llu not), %llu fields\n", total.descriptions,
	       (unsigned long long)total.values, (unsigned long long)total.applied,
	       (unsigned long long)total.not_applied, (unsigned long long)total.fields);
	if (argc == 1 && (!total.applied || !total.not_applied) && !total.failures++)
		printf("not ok values\n# nothing was valid, or everything\n");
	if (!total.failures)
		printf("ok values: model and image agree\n");
	return total.failures != 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Damaged images:  damage [IMAGE...]   (without one: the sample of imgbuild.c)
 *
 * Every byte changed in several ways, and every length cut, must fail to open
 * with an error that names section and offset. The same changes with a fresh
 * digest must fail, or give an image on which everything can be called without
 * harm: with sanitizers on, that is what this test is for.
 *
 * MDESC_DAMAGE_SEED chooses other random changes; the seed is printed.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <mdesc/mdesc.h>

#include "fuzz.h"
#include "imgbuild.h"
#include "tap.h"

static const uint8_t patterns[] = { 0x01, 0x80, 0xff };

struct counts {
	unsigned long refused;
	unsigned long harmless;
	unsigned long frame;		/* could not even be resealed */
};

static uint64_t random_state;

static uint32_t rnd(void)
{
	return fuzz_next(&random_state) >> 16;
}

static void read_field(const struct mdesc_field *f, const uint8_t *meta, size_t size)
{
	char buf[256];
	uint8_t bytes[64];
	uint64_t value;
	uint32_t i;

	mdesc_field__applies(f, meta, size);
	for (i = 0; i < 4; i++)
		mdesc_field__read_u64(f, meta, size, i, &value);
	mdesc_field__read_u64(f, meta, size, mdesc_field__count(f) - 1, &value);
	mdesc_field__read_bytes(f, meta, size, bytes, sizeof(bytes));
	mdesc_field__format(f, meta, size, buf, sizeof(buf));
	mdesc_field__cond_format(f, buf, sizeof(buf));
	snprintf(buf, sizeof(buf), "%s %s %s %.20s", mdesc_field__path(f), mdesc_field__unit(f),
		 mdesc_field__type(f), mdesc_field__doc(f));
}

static void read_computed(const struct mdesc_value *v, const uint8_t *meta, size_t size)
{
	char buf[256];
	uint64_t number;

	mdesc_value__applies(v, meta, size);
	mdesc_value__read_u64(v, meta, size, &number);
	mdesc_value__format(v, meta, size, buf, sizeof(buf));
	mdesc_value__expr_format(v, buf, sizeof(buf));
	mdesc_value__cond_format(v, buf, sizeof(buf));
	snprintf(buf, sizeof(buf), "%s %s %s %.20s", mdesc_value__name(v), mdesc_value__unit(v),
		 mdesc_value__type(v), mdesc_value__doc(v));
}

static void use_layouts(const struct mdesc_image *img)
{
	size_t i, j;

	for (i = 0; i < mdesc_image__layout_count(img); i++) {
		const struct mdesc_layout *l = mdesc_image__layout(img, i);
		size_t size = mdesc_layout__size(l);
		uint8_t *meta = malloc(size);	/* exactly: any read beyond is seen */

		for (j = 0; j < size; j++)
			meta[j] = rnd();
		mdesc_image__layout_of(img, meta, size);
		for (j = 0; j < mdesc_layout__field_count(l); j++)
			read_field(mdesc_layout__field(l, j), meta, size);
		for (j = 0; j < mdesc_layout__value_count(l); j++)
			read_computed(mdesc_layout__value(l, j), meta, size);
		free(meta);
	}
}

static FILE *nowhere(void)
{
	static FILE *out;

	if (!out)
		out = fopen("/dev/null", "w");
	if (!out)
		abort();
	return out;
}

static size_t use_identity(const struct mdesc_image *img)
{
	struct mdesc_match match;
	MDESC_INFO(mdesc_section_info, sec);
	MDESC_INFO(mdesc_digest_info, digest);
	MDESC_INFO(mdesc_target_info, target);
	size_t sum = 0, text_size, i;
	char *text = NULL;

	for (i = 0; i < 10; i++)
		sum += strlen(mdesc_image__ident(img, i));
	for (i = 0; mdesc_image__match(img, i, &match) == 0; i++)
		sum += strlen(match.where) + strlen(match.key) + strlen(match.glob);
	for (i = 0; mdesc_image__section(img, i, &sec) == 0; i++)
		sum += strlen(sec.name) + ((const uint8_t *)sec.data)[sec.size - 1];
	for (i = 0; mdesc_image__digest(img, i, &digest) == 0; i++)
		sum += strlen(digest.name) + digest.sha256[31];
	if (mdesc_image__target(img, &target) == 0)
		sum += strlen(target.name);
	for (i = 0; mdesc_image__state_name(img, i); i++)
		sum += strlen(mdesc_image__state_name(img, i));
	for (i = 0; mdesc_image__header_name(img, i); i++)
		sum += strlen(mdesc_image__header_name(img, i));
	for (i = 0; i < mdesc_image__source_count(img); i++)
		sum += strlen(mdesc_source__name(mdesc_image__source(img, i)));
	if (mdesc_image__description(img, &text, &text_size, NULL) == 0)
		sum += strlen(text) + text_size;
	free(text);
	mdesc_image__print_tables(img, nowhere(), NULL);
	mdesc_image__verify(img, NULL);
	return sum;
}

static void no_print(void *ctx, const char *fmt, va_list args)
{
	(void)ctx;
	(void)fmt;
	(void)args;
}

static void use_btf(const struct mdesc_image *img)
{
	const struct btf *btf = mdesc_image__btf(img);
	struct btf_dump *dump = btf_dump__new(btf, no_print, NULL, NULL);
	uint32_t i;

	for (i = 1; dump && i < btf__type_cnt(btf); i++) {
		btf__resolve_size(btf, i);
		btf_dump__dump_type(dump, i);
	}
	btf_dump__free(dump);
}

/* Packets that the sample and the shipped descriptions know. */
static size_t make_packet(uint8_t *p, size_t room)
{
	static const uint16_t types[] = { 0x0800, 0x8100, 0x88a8, 0x86dd, 0x0806 };
	size_t len = rnd() % room, i, at = 12;

	for (i = 0; i < len; i++)
		p[i] = rnd();
	while (at + 2 <= len) {
		uint16_t type = types[rnd() % 5];

		p[at] = type >> 8;
		p[at + 1] = type;
		at += 2;
		if (type == 0x0800 && at < len)
			p[at] = 0x40 | (rnd() % 16);
		if (type == 0x0800 && at + 9 < len)
			p[at + 9] = rnd() % 2 ? 17 : 6;
		if (type != 0x8100 && type != 0x88a8)
			break;
		at += 2;
	}
	return len;
}

static void run_packets(const struct mdesc_image *img, unsigned int count)
{
	MDESC_OPTS(mdesc_refnic_opts, opts, .trace = true);
	struct mdesc_refnic *nic = mdesc_refnic__new(img, &opts, NULL);
	MDESC_INFO(mdesc_refnic_result, res);
	const struct mdesc_refnic_header *hdrs;
	const struct mdesc_refnic_step *steps;
	uint8_t *sum = nic ? malloc(MDESC_FMT_META_MAX) : NULL;
	size_t i;

	while (nic && count-- > 0) {
		uint8_t buf[160], *exact;
		size_t len = make_packet(buf, sizeof(buf));

		exact = malloc(len ? len : 1);
		memcpy(exact, buf, len);
		mdesc_refnic__run(nic, exact, len, NULL, &res);
		memcpy(sum, res.meta, res.meta_size);
		for (i = 0; res.layout && i < mdesc_layout__field_count(res.layout); i++)
			read_field(mdesc_layout__field(res.layout, i), res.meta, res.meta_size);
		mdesc_refnic__headers(nic, &hdrs);
		mdesc_refnic__trace(nic, &steps);
		free(exact);
	}
	free(sum);
	mdesc_refnic__free(nic);
}

/* Raw tables, run: packets of several lengths, each byte of which is the runner's. */
static void run_tables(const struct mdesc_image *img)
{
	struct mdesc_rawnic *nic = mdesc_rawnic__new(img, NULL, NULL);
	struct mdesc_rawnic_result res = { .sz = sizeof(res) };
	size_t len, i, k;

	for (len = 0; nic && len < 120; len += 17) {
		uint8_t *pkt = malloc(len ? len : 1);

		for (i = 0; i < len; i++)
			pkt[i] = i % 3 ? rnd() : (uint8_t)(i % 2 * 8);
		mdesc_rawnic__run(nic, pkt, len, &res);
		for (i = 0; i < res.step_count; i++)
			for (k = 0; k < res.steps[i].key_count; k++)
				fprintf(nowhere(), "%s %s", res.steps[i].doc, res.steps[i].key[k].name);
		for (i = 0; i < res.record_count; i++)
			for (k = 0; k < res.records[i].count; k++)
				fprintf(nowhere(), "%s %s", res.records[i].values[k].name,
					res.records[i].values[k].type);
		for (i = 0; i < res.result_count; i++)
			fprintf(nowhere(), "%s", res.results[i].name);
		for (i = 0; i < res.stop_count; i++)
			fprintf(nowhere(), "%s", res.stop[i].name);
		free(pkt);
	}
	mdesc_rawnic__free(nic);
}

/* Raw tables, read back from their words; all that is printed goes nowhere. */
static void use_tables(const struct mdesc_image *img)
{
	MDESC_INFO(mdesc_table_info, t);

	if (mdesc_image__table(img, 0, &t))
		return;
	mdesc_image__print_tables(img, nowhere(), NULL);
	run_tables(img);
}

static void use_all(const struct mdesc_image *img)
{
	if (use_identity(img) == 0)
		printf("# an image without any name\n");
	use_layouts(img);
	use_btf(img);
	use_tables(img);
	run_packets(img, 12);
}

/* Whether an error says where, as it must. */
static bool says_where(const struct mdesc_error *err)
{
	return err->code < 0 && err->text[0] && err->section[0] && strstr(err->text, "+0x") &&
	       (err->kind == MDESC_CLASS_CORRUPT || err->kind == MDESC_CLASS_NEWER);
}

/* Open @size bytes of @data in a block of exactly that size. */
static struct mdesc_image *open_exact(const uint8_t *data, size_t size, struct mdesc_error *err)
{
	uint8_t *exact = malloc(size ? size : 1);
	struct mdesc_image *img;

	memset(err, 0, sizeof(*err));
	memcpy(exact, data, size);
	img = mdesc_image__open_mem(exact, size, NULL, err);
	free(exact);
	return img;
}

static void report(const char *what, const char *name, unsigned long wrong, size_t at,
		   const struct mdesc_error *err)
{
	char full[300];

	snprintf(full, sizeof(full), "%s: %s", name, what);
	tap(!wrong, full, "%lu wrong, the first at byte 0x%zx (%s)", wrong, at, err->text);
}

/* Digests cover what lies between the headers; there, a few changes stand for all. */
static size_t changes(const uint8_t *data, size_t at)
{
	Elf64_Ehdr eh;

	memcpy(&eh, data, sizeof(eh));
	return at < sizeof(eh) + eh.e_phnum * sizeof(Elf64_Phdr) || at >= eh.e_shoff ? 255 :
	       sizeof(patterns) + 1;
}

static uint8_t change(size_t count, size_t i)
{
	if (count == 255)
		return i + 1;
	return i < sizeof(patterns) ? patterns[i] : 1 + rnd() % 255;
}

static void test_flips(const char *name, uint8_t *data, size_t size)
{
	struct mdesc_error err, first = { .code = 0 };
	unsigned long wrong = 0;
	size_t at, first_at = 0, i;

	for (at = 0; at < size; at++) {
		size_t count = changes(data, at);

		for (i = 0; i < count; i++) {
			uint8_t x = change(count, i);
			struct mdesc_image *img;

			data[at] ^= x;
			img = open_exact(data, size, &err);
			data[at] ^= x;
			if ((img || !says_where(&err)) && !wrong++) {
				first_at = at;
				first = err;
			}
			mdesc_image__close(img);
		}
	}
	report("every byte changed is refused", name, wrong, first_at, &first);
}

static void test_cuts(const char *name, const uint8_t *data, size_t size)
{
	struct mdesc_error err, first = { .code = 0 };
	unsigned long wrong = 0;
	size_t len, first_at = 0;

	for (len = 0; len < size; len++) {
		struct mdesc_image *img = open_exact(data, len, &err);

		if ((img || !says_where(&err)) && !wrong++) {
			first_at = len;
			first = err;
		}
		mdesc_image__close(img);
	}
	report("every cut is refused", name, wrong, first_at, &first);
}

static void try_resealed(uint8_t *data, size_t size, struct counts *counts, unsigned long *wrong)
{
	struct mdesc_image *img;
	struct mdesc_error err;

	if (reseal(data, size)) {
		counts->frame++;
		return;
	}
	img = open_exact(data, size, &err);
	if (img) {
		counts->harmless++;
		use_all(img);
	} else {
		counts->refused++;
		*wrong += !says_where(&err);
	}
	mdesc_image__close(img);
}

static void test_resealed(const char *name, const uint8_t *good, size_t size)
{
	uint8_t *data = malloc(size);
	struct mdesc_error none = { .code = 0 };
	struct counts counts = { 0, 0, 0 };
	unsigned long wrong = 0;
	size_t at, i;

	for (at = 0; at < size; at++) {
		for (i = 0; i < sizeof(patterns) + 1; i++) {
			memcpy(data, good, size);
			data[at] ^= i < sizeof(patterns) ? patterns[i] : 1 + rnd() % 255;
			try_resealed(data, size, &counts, &wrong);
		}
	}
	printf("# %s: resealed single changes: %lu refused, %lu harmless, %lu without a frame\n", name,
	       counts.refused, counts.harmless, counts.frame);
	report("every byte changed and resealed", name, wrong + !counts.harmless, 0, &none);
	free(data);
}

/* Several changes at once, among them numbers that are often wrong ones. */
static void test_random(const char *name, const uint8_t *good, size_t size, unsigned int rounds)
{
	static const uint32_t words[] = { 0, 1, 2, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
					  0xfffffffe, 0xffffffff };
	uint8_t *data = malloc(size);
	struct mdesc_error none = { .code = 0 };
	struct counts counts = { 0, 0, 0 };
	unsigned long wrong = 0;
	unsigned int n;

	while (rounds-- > 0) {
		memcpy(data, good, size);
		for (n = 1 + rnd() % 4; n > 0; n--) {
			size_t at = rnd() % (size - 4);

			if (rnd() % 2) {
				data[at] = rnd();
			} else {
				at &= ~(size_t)3;
				memcpy(data + at, &words[rnd() % (sizeof(words) / 4)], 4);
			}
		}
		try_resealed(data, size, &counts, &wrong);
	}
	printf("# %s: resealed random changes: %lu refused, %lu harmless, %lu without a frame\n", name,
	       counts.refused, counts.harmless, counts.frame);
	report("random changes, resealed", name, wrong, 0, &none);
	free(data);
}

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(1 << 20);

	*size = f ? fread(data, 1, 1 << 20, f) : 0;
	if (f)
		fclose(f);
	return data;
}

static int no_libbpf_print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

static void test_image(const char *name, uint8_t *data, size_t size)
{
	struct mdesc_error err;
	struct mdesc_image *img = open_exact(data, size, &err);
	char full[300];

	snprintf(full, sizeof(full), "%s: opens", name);
	if (!tap(img, full, "%s", err.text))
		return;
	use_all(img);
	mdesc_image__close(img);
	test_flips(name, data, size);
	test_cuts(name, data, size);
	test_resealed(name, data, size);
	test_random(name, data, size, 4000);
}

int main(int argc, char **argv)
{
	const char *seed = getenv("MDESC_DAMAGE_SEED");
	uint8_t *data;
	size_t size;
	int i;

	random_state = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL) | 1;
	printf("# MDESC_DAMAGE_SEED=%llu\n", (unsigned long long)random_state);
	libbpf_set_print(no_libbpf_print);
	if (argc < 2) {
		data = sample_image(NULL, &size);
		test_image("sample", data, size);
		free(data);
	}
	for (i = 1; i < argc; i++) {
		data = read_file(argv[i], &size);
		test_image(strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i], data, size);
		free(data);
	}
	return tap_status();
}

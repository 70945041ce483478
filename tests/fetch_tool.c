/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * For fetch.sh: what is better done in one process.
 *
 *	images IMAGE DIR N      N images, each IMAGE with another firmware version
 *	all FILE...             fetches each image by its build id, twice; then its BTF
 *	cancel ID               gives up while nothing comes
 *	stitch ID IMAGE         BTF that was fetched alone goes into a stitched one
 *	bad                     options and build ids that are none
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "imgbuild.h"
#include "tap.h"

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *in = fopen(path, "rb");
	uint8_t *data = malloc(1 << 20);

	*size = in && data ? fread(data, 1, 1 << 20, in) : 0;
	if (in)
		fclose(in);
	return data;
}

static int write_file(const char *path, const void *data, size_t size)
{
	FILE *out = fopen(path, "wb");
	int good = out && fwrite(data, 1, size, out) == size;

	if (out && fclose(out))
		good = 0;
	return good ? 0 : -1;
}

/* The version is a string of five characters in .mdesc.strings: it becomes a number. */
static int make_images(const char *image, const char *dir, unsigned long n)
{
	struct mdesc_image *img = mdesc_image__open(image, NULL, NULL);
	MDESC_INFO(mdesc_section_info, strings);
	uint8_t *data = NULL, *version;
	unsigned long i, made = 0;
	char path[4096], text[8];
	size_t size = 0;

	if (img && !mdesc_image__section_by_name(img, MDESC_SEC_STRINGS, &strings))
		data = read_file(image, &size);
	version = data ? memmem(data + strings.offset, strings.size, "\0001.4.0", 7) : NULL;
	for (i = 0; version && i < n; i++) {
		snprintf(text, sizeof(text), "%05lu", i % 100000);
		memcpy(version + 1, text, 5);
		snprintf(path, sizeof(path), "%s/%lu.fw", dir, i);
		made += !reseal(data, size) && !write_file(path, data, size);
	}
	tap(made == n, "images made", "%lu of %lu", made, n);
	free(data);
	mdesc_image__close(img);
	return tap_status();
}

static void fetch_one(const char *path, unsigned long *wrong, struct mdesc_error *err)
{
	struct mdesc_image *img = mdesc_image__open(path, NULL, NULL), *got;
	const void *data, *got_data;
	size_t size, got_size;
	int i;

	if (!img) {
		++*wrong;
		return;
	}
	data = mdesc_image__data(img, &size);
	for (i = 0; i < 2; i++) {
		got = mdesc_image__fetch(mdesc_image__build_id(img), NULL, err);
		got_data = got ? mdesc_image__data(got, &got_size) : NULL;
		*wrong += !got || got_size != size || memcmp(data, got_data, size) != 0;
		mdesc_image__close(got);
	}
	mdesc_image__close(img);
}

static void fetch_btf(const char *path, unsigned long *wrong, struct mdesc_error *err)
{
	struct mdesc_image *img = mdesc_image__open(path, NULL, NULL);
	const struct mdesc_btf_bytes *bytes;
	struct mdesc_fetched_btf *btf;
	const void *data;
	uint32_t size;

	btf = img ? mdesc_btf__fetch(mdesc_image__build_id(img), NULL, err) : NULL;
	data = img ? mdesc_image__btf_data(img, &size) : NULL;
	bytes = btf ? mdesc_fetched_btf__bytes(btf) : NULL;
	*wrong += !bytes || bytes->size != size || memcmp(bytes->data, data, size) != 0 ||
		  mdesc_fetched_btf__signer(btf)[0];
	mdesc_fetched_btf__free(btf);
	mdesc_image__close(img);
}

static int fetch_all(char **paths, int n)
{
	struct mdesc_error err = { 0 };
	unsigned long wrong = 0;
	int i;

	for (i = 0; i < n; i++)
		fetch_one(paths[i], &wrong, &err);
	tap(!wrong, "all images", "%lu of %d: %s", wrong, 2 * n, err.text);
	wrong = 0;
	for (i = 0; i < n; i++)
		fetch_btf(paths[i], &wrong, &err);
	tap(!wrong, "all BTF", "%lu of %d: %s", wrong, n, err.text);
	return tap_status();
}

static void parse_id(const char *hex, uint8_t *id)
{
	unsigned int i, byte;

	for (i = 0; i < MDESC_FMT_BUILD_ID && sscanf(hex + 2 * i, "%2x", &byte) == 1; i++)
		id[i] = byte;
}

static int give_up(void *ctx, uint64_t done, uint64_t all)
{
	unsigned int *calls = ctx;

	(void)done;
	(void)all;
	return ++*calls > 2;
}

static int cancel(const char *hex)
{
	unsigned int calls = 0;
	MDESC_OPTS(mdesc_fetch_opts, opts, .timeout_ms = 3600 * 1000, .progress = give_up, .progress_ctx = &calls);
	uint8_t id[MDESC_FMT_BUILD_ID];
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;

	parse_id(hex, id);
	img = mdesc_image__fetch(id, &opts, &err);
	tap(!img && errno == ECANCELED && err.code == -ECANCELED, "given up", "%s", err.text);
	mdesc_image__close(img);
	return tap_status();
}

static int stitch(const char *hex, const char *image)
{
	struct mdesc_image *img = mdesc_image__open(image, NULL, NULL);
	MDESC_OPTS(mdesc_stitch_opts, opts, .btf_count = 1);
	uint8_t id[MDESC_FMT_BUILD_ID];
	struct mdesc_stitched *a, *b;
	struct mdesc_fetched_btf *btf;
	struct mdesc_error err = { 0 };
	const void *a_data, *b_data;
	size_t a_size, b_size;

	parse_id(hex, id);
	btf = mdesc_btf__fetch(id, NULL, &err);
	if (!tap(img && btf, "fetched to stitch", "%s", err.text))
		return tap_status();
	opts.btfs = mdesc_fetched_btf__bytes(btf);
	a = mdesc_stitch__flat(NULL, &opts, &err);
	b = mdesc_stitch__flat(img, NULL, &err);
	a_data = a ? mdesc_stitched__data(a, &a_size) : NULL;
	b_data = b ? mdesc_stitched__data(b, &b_size) : NULL;
	tap(a && b && a_size == b_size && memcmp(a_data, b_data, a_size) == 0, "stitched the same", "%s", err.text);
	mdesc_stitched__free(a);
	mdesc_stitched__free(b);
	mdesc_fetched_btf__free(btf);
	mdesc_image__close(img);
	return tap_status();
}

static int bad(void)
{
	struct { struct mdesc_fetch_opts known; char more[8]; } newer = { .more = "new" };
	static const uint8_t id[MDESC_FMT_BUILD_ID];
	struct mdesc_error err = { 0 };

	newer.known.sz = sizeof(newer);
	tap(!mdesc_image__fetch(id, &newer.known, &err) && errno == EINVAL && err.kind == MDESC_CLASS_SYSTEM,
	    "newer options", "%s", err.text);
	tap(!mdesc_btf__fetch(id, &newer.known, &err) && errno == EINVAL, "newer options of BTF", "%s", err.text);
	tap(!mdesc_image__fetch(id, NULL, NULL) && errno != 0, "without a record", "errno %d", errno);
	mdesc_fetched_btf__free(NULL);
	return tap_status();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "images") == 0 && argc == 5)
		return make_images(argv[2], argv[3], strtoul(argv[4], NULL, 10));
	if (strcmp(what, "all") == 0)
		return fetch_all(argv + 2, argc - 2);
	if (strcmp(what, "cancel") == 0 && argc == 3)
		return cancel(argv[2]);
	if (strcmp(what, "stitch") == 0 && argc == 4)
		return stitch(argv[2], argv[3]);
	if (strcmp(what, "bad") == 0)
		return bad();
	return 2;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fetch ID CACHE: an image and its BTF by build id from $DEBUGINFOD_URLS, with nothing
 * in the cache and with all of it, in one process, against debuginfod's client alone,
 * which checks nothing. CACHE is $DEBUGINFOD_CACHE_PATH.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mdesc/mdesc.h>

#include "bench.h"

#define ROUNDS	51

struct client {
	void *(*begin)(void);
	void (*end)(void *client);
	int (*executable)(void *client, const unsigned char *id, int len, char **path);
	int (*section)(void *client, const unsigned char *id, int len, const char *name, char **path);
};

struct bench {
	const char *hex;
	const char *cache;
	uint8_t id[MDESC_FMT_BUILD_ID];
	struct client c;
};

static void empty_cache(const struct bench *b)
{
	static const char *const names[] = { "executable", "section-.BTF", "section-.mdesc.digest" };
	char path[4096];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", b->cache, b->hex, names[i]);
		unlink(path);
	}
}

static bool ours(const struct bench *b, bool btf)
{
	struct mdesc_error err = { 0 };
	struct mdesc_fetched_btf *part = btf ? mdesc_btf__fetch(b->id, NULL, &err) : NULL;
	struct mdesc_image *img = btf ? NULL : mdesc_image__fetch(b->id, NULL, &err);
	bool good = part || img;

	if (!good)
		fprintf(stderr, "fetch: %s\n", err.text);
	mdesc_fetched_btf__free(part);
	mdesc_image__close(img);
	return good;
}

static bool theirs(const struct bench *b, bool btf)
{
	const unsigned char *id = (const unsigned char *)b->hex;
	void *client = b->c.begin();
	char bytes[65536];
	int fd = client ? btf ? b->c.section(client, id, 0, ".BTF", NULL) : b->c.executable(client, id, 0, NULL) : -1;
	bool good = fd >= 0 && pread(fd, bytes, sizeof(bytes), 0) > 0;

	if (fd >= 0)
		close(fd);
	b->c.end(client);
	return good;
}

static bool measure(const struct bench *b, const char *what, bool btf, bool warm)
{
	double a[ROUNDS], c[ROUNDS], t, mine, other;
	bool good = true;
	int i;

	for (i = 0; i < ROUNDS && good; i++) {
		if (!warm)
			empty_cache(b);
		t = bench_ms();
		good = ours(b, btf);
		a[i] = bench_ms() - t;
		if (!warm)
			empty_cache(b);
		t = bench_ms();
		good = good && theirs(b, btf);
		c[i] = bench_ms() - t;
	}
	if (!good)
		return false;
	mine = bench_median(a, ROUNDS);
	other = bench_median(c, ROUNDS);
	printf("| %s | %.3f ms | %.3f ms | %.2f | %d |\n", what, mine, other, other / mine, ROUNDS);
	return true;
}

static bool load(struct client *c)
{
	void *lib = dlopen("libdebuginfod.so.1", RTLD_NOW);

	if (!lib)
		return false;
	*(void **)&c->begin = dlsym(lib, "debuginfod_begin");
	*(void **)&c->end = dlsym(lib, "debuginfod_end");
	*(void **)&c->executable = dlsym(lib, "debuginfod_find_executable");
	*(void **)&c->section = dlsym(lib, "debuginfod_find_section");
	return c->begin && c->end && c->executable && c->section;
}

int main(int argc, char **argv)
{
	struct bench b = { .hex = argv[1] };
	unsigned int i, byte;
	bool good;

	if (argc != 3 || strlen(argv[1]) != 2 * MDESC_FMT_BUILD_ID)
		return 2;
	b.cache = argv[2];
	for (i = 0; i < MDESC_FMT_BUILD_ID && sscanf(b.hex + 2 * i, "%2x", &byte) == 1; i++)
		b.id[i] = byte;
	if (!load(&b.c)) {
		printf("| fetching | | | left out: no libdebuginfod | |\n");
		return 0;
	}
	good = ours(&b, false) && theirs(&b, false) &&	/* libraries are loaded, the server has looked */
	       measure(&b, "BTF by build id, cold", true, false) &&
	       measure(&b, "BTF by build id, warm", true, true) &&
	       measure(&b, "image by build id, cold", false, false) &&
	       measure(&b, "image by build id, warm", false, true);
	return good ? 0 : 1;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * check BTF OBJECT...: 100 objects against 100 images, as mdesc check does it: the
 * examples of bpf/ and images made from mynic's BTF (whose names stay), each read
 * again from memory for each of the 100. Prints a row of the table; nobody else
 * does this.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "bench.h"

#define MATRIX	100
#define ROUNDS	5

struct bytes {
	void *data;
	size_t size;
};

static struct bytes read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct bytes b = { malloc(1 << 20), 0 };

	if (!f || !b.data) {
		perror(path);
		exit(1);
	}
	b.size = fread(b.data, 1, 1 << 20, f);
	fclose(f);
	return b;
}

static void die(const struct mdesc_error *err)
{
	fprintf(stderr, "check: %s\n", err->text);
	exit(1);
}

/* Reads all, checks all pairs. Returns how many relocations there were. */
static size_t matrix(const struct bytes *btfs, int btf_n, const struct bytes *objects, int n)
{
	struct mdesc_error err = { 0 };
	struct mdesc_check *c = mdesc_check__new(NULL, &err);
	struct mdesc_check_result *r;
	struct mdesc_btf_bytes b;
	size_t i, relos = 0;

	for (i = 0; i < MATRIX; i++) {
		b = (struct mdesc_btf_bytes){ "nic", btfs[i % btf_n].data, btfs[i % btf_n].size };
		if (mdesc_check__add_btf(c, &b, &err) < 0 ||
		    mdesc_check__add_object_mem(c, "object", objects[i % n].data, objects[i % n].size, &err) < 0)
			die(&err);
	}
	for (i = 0; i < MATRIX * MATRIX; i++) {
		r = mdesc_check__pair(c, i / MATRIX, i % MATRIX, &err);
		if (!r)
			die(&err);
		relos += mdesc_check_result__count(r);
		mdesc_check_result__free(r);
	}
	mdesc_check__free(c);
	return relos;
}

int main(int argc, char **argv)
{
	struct bytes btfs[64], objects[64];
	double ours[ROUNDS], at;
	int btf_n = 0, n = 0, i;
	size_t relos = 0;

	for (i = 1; i < argc && i < 64; i++) {
		size_t len = strlen(argv[i]);

		if (len > 2 && strcmp(argv[i] + len - 2, ".o") == 0)
			objects[n++] = read_file(argv[i]);
		else
			btfs[btf_n++] = read_file(argv[i]);
	}
	if (!n || !btf_n) {
		fprintf(stderr, "usage: check BTF... OBJECT.o...\n");
		return 2;
	}
	for (i = 0; i < ROUNDS; i++) {
		at = bench_ms();
		relos = matrix(btfs, btf_n, objects, n);
		ours[i] = bench_ms() - at;
	}
	at = bench_median(ours, ROUNDS);
	printf("| 100 objects against 100 images, %zu relocations | %.0f ms (%.0f pairs a second) | | | %d |\n",
	       relos, at, MATRIX * MATRIX * 1e3 / at, ROUNDS);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * open SRC BUILD: opening and loading BPF objects against mynic-1.4 and the running
 * kernel, in one process, against libbpf alone.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <mdesc/mdesc.h>

#define ROUNDS	31

struct bench {
	char both[4096], nic[4096], btf[4096];
	struct mdesc_image *img;
};

static double ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int ours(const struct bench *b, const char *path)
{
	struct mdesc_error err;
	struct mdesc_object *obj = mdesc_object__open(path, b->img, NULL, &err);
	int rc = obj ? mdesc_object__load(obj, &err) : -errno;

	if (rc)
		fprintf(stderr, "open: %s\n", err.text);
	mdesc_object__close(obj);
	return rc;
}

static int theirs(const char *path, const char *btf)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf);
	struct bpf_object *obj = bpf_object__open_file(path, &opts);
	int rc = obj ? bpf_object__load(obj) : -errno;

	if (rc)
		fprintf(stderr, "open: %s: %s\n", path, strerror(-rc));
	bpf_object__close(obj);
	return rc;
}

static int both_ours(const struct bench *b)
{
	return ours(b, b->both);
}

static int both_theirs(const struct bench *b)
{
	return theirs(b->both, NULL);
}

static int nic_ours(const struct bench *b)
{
	return ours(b, b->nic);
}

static int nic_theirs(const struct bench *b)
{
	return theirs(b->nic, b->btf);
}

static int flat_ours(const struct bench *b)
{
	struct mdesc_error err;
	struct mdesc_stitched *btf = mdesc_stitch__flat(b->img, NULL, &err);

	if (!btf)
		fprintf(stderr, "open: %s\n", err.text);
	mdesc_stitched__free(btf);
	return btf ? 0 : -1;
}

static int flat_theirs(const struct bench *b)
{
	struct btf *btf = btf__load_vmlinux_btf();

	(void)b;
	btf__free(btf);
	return btf ? 0 : -1;
}

static int measure(const struct bench *b, const char *what, int (*us)(const struct bench *),
		   int (*them)(const struct bench *))
{
	double x[ROUNDS], y[ROUNDS], start;

	for (int i = -1; i < ROUNDS; i++) {	/* the first warms up */
		start = ms();
		if (us(b))
			return 1;
		x[i < 0 ? 0 : i] = ms() - start;
		start = ms();
		if (them(b))
			return 1;
		y[i < 0 ? 0 : i] = ms() - start;
	}
	qsort(x, ROUNDS, sizeof(double), by_value);
	qsort(y, ROUNDS, sizeof(double), by_value);
	printf("| %s | %.2f ms | %.2f ms | %.2f | %d |\n", what, x[ROUNDS / 2], y[ROUNDS / 2],
	       y[ROUNDS / 2] / x[ROUNDS / 2], ROUNDS);
	return 0;
}

static int silent(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

int main(int argc, char **argv)
{
	struct mdesc_error err;
	struct bench b;
	char path[4096];
	int rc;

	if (argc != 3)
		return 2;
	libbpf_set_print(silent);
	snprintf(b.both, sizeof(b.both), "%s/tests/bench/open.bpf.o", argv[2]);
	snprintf(b.nic, sizeof(b.nic), "%s/tests/bench/open_nic.bpf.o", argv[2]);
	snprintf(b.btf, sizeof(b.btf), "%s/firmware-descs/mynic/mynic-1.4.btf", argv[2]);
	snprintf(path, sizeof(path), "%s/firmware-descs/mynic/mynic-1.4.fw", argv[2]);
	b.img = mdesc_image__open(path, NULL, &err);
	if (!b.img) {
		fprintf(stderr, "open: %s\n", err.text);
		return 1;
	}
	puts("Opening and loading a BPF object, in one process, against libbpf alone.\n");
	puts("| what | ours | theirs | ratio | runs |\n|---|---|---|---|---|");
	rc = measure(&b, "NIC and kernel types; theirs: the same object, kernel only", both_ours,
		     both_theirs) ||
	     measure(&b, "NIC types only; theirs: the NIC's BTF as btf_custom_path", nic_ours,
		     nic_theirs) ||
	     measure(&b, "making the flat BTF; theirs: libbpf reading the kernel's", flat_ours,
		     flat_theirs);
	mdesc_image__close(b.img);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * open SRC BUILD: opening and loading BPF objects against mynic-1.4 and the running
 * kernel, and making BTF of both, in one process, against libbpf alone.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <mdesc/mdesc.h>

#include "bench.h"

#define ROUNDS	31

struct bench {
	char both[4096], nic[4096], btf[4096];
	struct mdesc_image *img, *next;		/* mynic 1.4 and 2.0 */
	void *object;				/* the bytes of @both */
	size_t object_size;
};

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

/* One program for two NICs, with shared maps, against loading it twice. */
static int two_ours(const struct bench *b)
{
	const struct mdesc_image *images[] = { b->img, b->next };
	struct mdesc_error err;
	struct mdesc_objects *objs = mdesc_objects__open(b->both, images, 2, NULL, &err);
	int rc = objs ? mdesc_objects__load(objs, &err) : -errno;

	if (rc)
		fprintf(stderr, "open: %s\n", err.text);
	mdesc_objects__close(objs);
	return rc;
}

static int two_theirs(const struct bench *b)
{
	return theirs(b->both, NULL) || theirs(b->both, NULL);
}

/* ---- making BTF ---- */

static int made(struct mdesc_stitched *btf, const struct mdesc_error *err)
{
	if (!btf)
		fprintf(stderr, "open: %s\n", err->text);
	mdesc_stitched__free(btf);
	return btf ? 0 : -1;
}

static int nics_ours(const struct bench *b)
{
	struct mdesc_error err;

	return made(mdesc_stitch__nics(b->img, NULL, &err), &err);
}

static int nics_theirs(const struct bench *b)
{
	struct btf *btf = btf__parse(b->btf, NULL);

	btf__free(btf);
	return btf ? 0 : -1;
}

static int min_ours(const struct bench *b)
{
	struct mdesc_error err;

	return made(mdesc_stitch__minimum(b->img, b->object, b->object_size, "open", NULL, &err), &err);
}

static int flat_ours(const struct bench *b)
{
	struct mdesc_error err;

	return made(mdesc_stitch__flat(b->img, NULL, &err), &err);
}

static int standin_ours(const struct bench *b)
{
	struct mdesc_error err;

	return made(mdesc_stitch__standin(b->img, NULL, &err), &err);
}

/* libbpf's own way to have both in one. */
static int flat_theirs(const struct bench *b)
{
	struct btf *btf = btf__load_vmlinux_btf(), *nic = btf__parse(b->btf, NULL);
	uint32_t size;
	int rc = btf && nic && btf__add_btf(btf, nic) > 0 && btf__raw_data(btf, &size) ? 0 : -1;

	btf__free(nic);
	btf__free(btf);
	return rc;
}

static int read_theirs(const struct bench *b)
{
	struct btf *btf = btf__load_vmlinux_btf();

	(void)b;
	btf__free(btf);
	return btf ? 0 : -1;
}

static int measure(const struct bench *b, const char *what, int (*us)(const struct bench *),
		   int (*them)(const struct bench *))
{
	double x[ROUNDS], y[ROUNDS], start, mine, other;

	for (int i = -1; i < ROUNDS; i++) {	/* the first warms up */
		start = bench_ms();
		if (us(b))
			return 1;
		x[i < 0 ? 0 : i] = bench_ms() - start;
		start = bench_ms();
		if (them(b))
			return 1;
		y[i < 0 ? 0 : i] = bench_ms() - start;
	}
	mine = bench_median(x, ROUNDS);
	other = bench_median(y, ROUNDS);
	printf("| %s | %.2f ms | %.2f ms | %.2f | %d |\n", what, mine, other, other / mine, ROUNDS);
	return 0;
}

static int silent(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

static int read_object(struct bench *b)
{
	FILE *f = fopen(b->both, "rb");

	b->object = malloc(1 << 20);
	b->object_size = f && b->object ? fread(b->object, 1, 1 << 20, f) : 0;
	if (f)
		fclose(f);
	return b->object_size ? 0 : -1;
}

static struct mdesc_image *open_image(const char *build, const char *name)
{
	struct mdesc_image *img;
	struct mdesc_error err;
	char path[4096];

	snprintf(path, sizeof(path), "%s/firmware-descs/mynic/%s.fw", build, name);
	img = mdesc_image__open(path, NULL, &err);
	if (!img)
		fprintf(stderr, "open: %s\n", err.text);
	return img;
}

static int loads(const struct bench *b)
{
	puts("Opening and loading a BPF object, in one process, against libbpf alone.\n");
	puts("| what | ours | theirs | ratio | runs |\n|---|---|---|---|---|");
	return measure(b, "NIC and kernel types; theirs: the same object, kernel only", both_ours, both_theirs) ||
	       measure(b, "NIC types only; theirs: the NIC's BTF as btf_custom_path", nic_ours, nic_theirs) ||
	       measure(b, "one program for two NICs; theirs: loaded twice, kernel only", two_ours, two_theirs);
}

static int stitches(const struct bench *b)
{
	puts("\nMaking BTF of NIC and kernel, in one process, against libbpf.\n");
	puts("| what | ours | theirs | ratio | runs |\n|---|---|---|---|---|");
	return measure(b, "the form NIC; theirs: reading the NIC's BTF", nics_ours, nics_theirs) ||
	       measure(b, "minimum; theirs: reading the kernel's BTF", min_ours, read_theirs) ||
	       measure(b, "flat; theirs: btf__add_btf() to the kernel's", flat_ours, flat_theirs) ||
	       measure(b, "flat; theirs: reading the kernel's BTF", flat_ours, read_theirs) ||
	       measure(b, "standin; theirs: btf__add_btf() to the kernel's", standin_ours, flat_theirs);
}

int main(int argc, char **argv)
{
	struct bench b;
	int rc;

	if (argc != 3)
		return 2;
	libbpf_set_print(silent);
	snprintf(b.both, sizeof(b.both), "%s/tests/bench/open.bpf.o", argv[2]);
	snprintf(b.nic, sizeof(b.nic), "%s/tests/bench/open_nic.bpf.o", argv[2]);
	snprintf(b.btf, sizeof(b.btf), "%s/firmware-descs/mynic/mynic-1.4.btf", argv[2]);
	b.img = open_image(argv[2], "mynic-1.4");
	b.next = open_image(argv[2], "mynic-2.0");
	if (!b.img || !b.next || read_object(&b))
		return 1;
	rc = loads(&b) || stitches(&b);
	free(b.object);
	mdesc_image__close(b.next);
	mdesc_image__close(b.img);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * For tests/objects.sh: opens one program for several NICs and loads it.
 *
 *	objects_tool [--own MAP]... [--nic N]... [--pin FOLDER] [--memory] [--again] OBJECT IMAGE...
 *
 * --nic sets the constant `nic' of one object after the other; --pin is where maps
 * that the program says are pinned. Prints for each object `map NAME ID`, then, the
 * program having run once in each, once more in the first, `run RETVAL` and `value
 * NAME N`; or `error CLASS TEXT` and exits with the class. --again: tries to load twice.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <mdesc/mdesc.h>

#define MAX 8

struct args {
	const char *own[MAX], *pin;
	unsigned int nics[MAX];
	size_t own_n, nic_n;
	bool memory, again;
};

static int error(const struct mdesc_error *err)
{
	printf("error %s %s\n", mdesc_class_name(err->kind), err->text);
	return err->kind;
}

/* A packet of 64 bytes behind metadata 1, 2, 3, ... */
static void run(struct bpf_object *bpf)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(bpf, "shared");
	unsigned char data[96] = { 0 };
	struct xdp_md ctx = { .data = 32, .data_end = sizeof(data) };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = data, .data_size_in = sizeof(data), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	for (int i = 0; i < 32; i++)
		data[i] = i + 1;
	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &o))
		printf("run failed: %s\n", strerror(errno));
	else
		printf("run %u\n", o.retval);
}

static void values(struct bpf_object *bpf)
{
	static const char *const names[] = { "all", "each", ".bss" };
	unsigned int zero = 0;

	for (int i = 0; i < 3; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(bpf, names[i]);
		unsigned long long n = 0;

		if (bpf_map_lookup_elem(bpf_map__fd(map), &zero, &n))
			n = 0;
		printf("value %s %llu\n", names[i], n);
	}
}

static void maps(struct bpf_object *bpf)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, bpf) {
		struct bpf_map_info info = { 0 };
		unsigned int size = sizeof(info);
		const char *name = bpf_map__name(map);

		bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &size);
		printf("map %s %u\n", strchr(name, '.') ? strchr(name, '.') : name, info.id);
	}
}

static void set_up(struct bpf_object *bpf, size_t i, const struct args *a)
{
	struct bpf_map *map = bpf_object__find_map_by_name(bpf, ".rodata");

	if (map && i < a->nic_n && bpf_map__set_initial_value(map, &a->nics[i], sizeof(a->nics[i])))
		printf("constant not set\n");
}

static int work(struct mdesc_objects *objs, const struct args *a)
{
	struct mdesc_error err;
	size_t i, n = mdesc_objects__count(objs);

	for (i = 0; i < n; i++)
		set_up(mdesc_object__bpf(mdesc_objects__object(objs, i)), i, a);
	if (mdesc_objects__load(objs, &err)) {
		error(&err);
		for (i = 0; i < n; i++)
			if (mdesc_object__bpf(mdesc_objects__object(objs, i)))
				printf("still there\n");
		return a->again && mdesc_objects__load(objs, &err) ? error(&err) : err.kind;
	}
	for (i = 0; i < n; i++)
		maps(mdesc_object__bpf(mdesc_objects__object(objs, i)));
	for (i = 0; i <= n; i++)
		run(mdesc_object__bpf(mdesc_objects__object(objs, i % n)));
	for (i = 0; i < n; i++)
		values(mdesc_object__bpf(mdesc_objects__object(objs, i)));
	return 0;
}

static struct mdesc_objects *open_memory(const char *path, const struct mdesc_image *const *images, size_t n,
					 const struct mdesc_objects_open_opts *opts, struct mdesc_error *err)
{
	static unsigned char data[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t size = f ? fread(data, 1, sizeof(data), f) : 0;

	if (f)
		fclose(f);
	return mdesc_objects__open_mem(data, size, images, n, opts, err);
}

static int silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static int open_all(const struct args *a, const char *path, char **paths, size_t n)
{
	LIBBPF_OPTS(bpf_object_open_opts, bpf, .pin_root_path = a->pin);
	MDESC_OPTS(mdesc_object_open_opts, object, .bpf = a->pin ? &bpf : NULL);
	MDESC_OPTS(mdesc_objects_open_opts, opts, .object = &object, .own_maps = a->own, .own_map_count = a->own_n);
	const struct mdesc_image *images[MAX] = { NULL };
	struct mdesc_objects *objs = NULL;
	struct mdesc_error err = { 0 };
	size_t i;
	int rc;

	for (i = 0; i < n && i < MAX; i++) {
		images[i] = mdesc_image__open(paths[i], NULL, &err);
		if (!images[i])
			return error(&err);
	}
	objs = (a->memory ? open_memory : mdesc_objects__open)(path, images, n, &opts, &err);
	rc = objs ? 0 : error(&err);
	while (i--)
		mdesc_image__close((struct mdesc_image *)(uintptr_t)images[i]);
	if (objs)
		rc = work(objs, a);
	mdesc_objects__close(objs);
	return rc;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "own", 1, NULL, 'o' }, { "nic", 1, NULL, 'n' }, { "pin", 1, NULL, 'p' },
		{ "memory", 0, NULL, 'm' }, { "again", 0, NULL, 'a' }, { NULL, 0, NULL, 0 },
	};
	struct args a = { .own_n = 0 };
	int c;

	libbpf_set_print(silent);
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'o' && a.own_n < MAX)
			a.own[a.own_n++] = optarg;
		else if (c == 'n' && a.nic_n < MAX)
			a.nics[a.nic_n++] = atoi(optarg);
		else if (c == 'p')
			a.pin = optarg;
		else if (c == 'm')
			a.memory = true;
		else if (c == 'a')
			a.again = true;
		else
			return 99;
	}
	if (optind == argc)
		return 99;
	return open_all(&a, argv[optind], argv + optind + 1, argc - optind - 1);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * For tests/stitch.sh and the bench: stitches and loads as the arguments say.
 *
 *	stitch_tool load|open|min|flat|auto|plain|module [OPTION]... [OBJECT]
 *
 * load, open: by mdesc_object__open(); plain: by libbpf alone, with --custom FILE
 * as btf_custom_path. min, flat, auto: writes the stitched BTF to -o FILE. module:
 * writes a kernel module's split BTF, over --kernel, to -o FILE.
 * Prints lines `form F`, `types N`, `note TEXT`, `time-us N` and, for each program
 * with --run HEX (metadata), `run NAME RETVAL`; or one line `error CLASS TEXT` and
 * exits with the class.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <mdesc/mdesc.h>

#define MAX 16

struct args {
	struct mdesc_image *images[MAX];
	struct mdesc_btf_bytes btfs[MAX];
	const char *modules[MAX];
	size_t image_n, btf_n, module_n;
	const char *kernel, *form, *out, *run, *custom, *object;
	bool check, release, quiet;
	int repeat;
};

static const char *const forms[] = { "auto", "nic", "minimum", "flat" };

static void *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	char *buf = malloc(64 << 20);

	if (!f || !buf) {
		perror(path);
		exit(99);
	}
	*size = fread(buf, 1, 64 << 20, f);
	fclose(f);
	return realloc(buf, *size + 1);
}

static int error(const struct mdesc_error *err)
{
	printf("error %s %s\n", mdesc_class_name(err->kind), err->text);
	return err->kind;
}

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static void report(const struct mdesc_stitched *btf)
{
	size_t i;

	printf("form %s\n", forms[mdesc_stitched__form(btf)]);
	printf("types %u\n", mdesc_stitched__types(btf));
	for (i = 0; i < mdesc_stitched__note_count(btf); i++)
		printf("note %s\n", mdesc_stitched__note(btf, i));
}

/* Runs each XDP program over a packet of 64 bytes with metadata in front. */
static void run_all(const struct bpf_object *obj, const char *hex)
{
	size_t meta = strlen(hex) / 2, i;
	unsigned char data[512] = { 0 }, out[512];
	struct xdp_md ctx = { .data = meta, .data_end = meta + 64 };
	struct bpf_program *prog;

	for (i = 0; i < meta && i < 256; i++) {
		unsigned int v;

		sscanf(hex + 2 * i, "%2x", &v);
		data[i] = v;
	}
	bpf_object__for_each_program(prog, obj) {
		LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = data, .data_size_in = meta + 64,
			    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .data_out = out,
			    .data_size_out = sizeof(out), .repeat = 1);

		if (bpf_prog_test_run_opts(bpf_program__fd(prog), &o))
			printf("run %s failed: %s\n", bpf_program__name(prog), strerror(errno));
		else
			printf("run %s %u\n", bpf_program__name(prog), o.retval);
	}
}

static int do_object(const struct args *a, const struct mdesc_stitch_opts *stitch, bool load)
{
	MDESC_OPTS(mdesc_object_open_opts, opts, .stitch = stitch);
	struct mdesc_object *obj;
	struct mdesc_error err;
	double t = now_us();

	for (size_t i = 0; a->form && i < 4; i++)
		if (!strcmp(a->form, forms[i]))
			opts.form = i;
	obj = mdesc_object__open(a->object, NULL, &opts, &err);
	if (!obj)
		return error(&err);
	if (load && mdesc_object__load(obj, &err)) {
		report(mdesc_object__stitched(obj));
		mdesc_object__close(obj);
		return error(&err);
	}
	t = now_us() - t;
	if (!a->quiet)
		report(mdesc_object__stitched(obj));
	printf("time-us %.0f\n", t);
	if (a->run && load)
		run_all(mdesc_object__bpf(obj), a->run);
	if (a->release) {
		struct bpf_object *bpf = mdesc_object__release(obj);

		printf("release %s\n", bpf ? "object" : strerror(errno));
		if (!bpf)
			mdesc_object__close(obj);
		bpf_object__close(bpf);
		return 0;
	}
	mdesc_object__close(obj);
	return 0;
}

static int do_plain(const struct args *a)
{
	LIBBPF_OPTS(bpf_object_open_opts, o, .btf_custom_path = a->custom);
	double t = now_us();
	struct bpf_object *obj = bpf_object__open_file(a->object, &o);
	int rc = obj ? bpf_object__load(obj) : -errno;

	t = now_us() - t;
	if (rc) {
		printf("error libbpf %s\n", strerror(-rc));
		bpf_object__close(obj);
		return 1;
	}
	printf("time-us %.0f\n", t);
	if (a->run)
		run_all(obj, a->run);
	bpf_object__close(obj);
	return 0;
}

static int do_stitch(const struct args *a, const struct mdesc_stitch_opts *stitch, const char *what)
{
	struct mdesc_stitched *btf;
	struct mdesc_error err;
	const void *data;
	void *obj = NULL;
	size_t size = 0;
	double t;
	FILE *f;

	if (a->object)
		obj = read_file(a->object, &size);
	t = now_us();
	if (!strcmp(what, "flat"))
		btf = mdesc_stitch__flat(NULL, stitch, &err);
	else if (!strcmp(what, "min"))
		btf = mdesc_stitch__minimum(NULL, obj, size, a->object, stitch, &err);
	else
		btf = mdesc_stitch__for_object(NULL, obj, size, a->object, stitch, &err);
	t = now_us() - t;
	free(obj);
	if (!btf)
		return error(&err);
	report(btf);
	printf("time-us %.0f\n", t);
	data = mdesc_stitched__data(btf, &size);
	f = a->out ? fopen(a->out, "wb") : NULL;
	if (a->out && (!f || fwrite(data, 1, size, f) != size || fclose(f)))
		perror(a->out);
	mdesc_stitched__free(btf);
	return 0;
}

/* struct tmod_state { struct sk_buff *skb; struct list_head list; int counter; }; */
static int do_module(const struct args *a)
{
	struct btf *base = btf__parse(a->kernel, NULL);
	struct btf *btf = base ? btf__new_empty_split(base) : NULL;
	int skb, list, num, ptr;
	const void *data;
	uint32_t size;
	FILE *f;

	if (!btf)
		return 99;
	skb = btf__find_by_name_kind(base, "sk_buff", BTF_KIND_STRUCT);
	list = btf__find_by_name_kind(base, "list_head", BTF_KIND_STRUCT);
	num = btf__find_by_name_kind(base, "int", BTF_KIND_INT);
	ptr = btf__add_ptr(btf, skb);
	btf__add_struct(btf, a->run ? a->run : "tmod_state", 32);
	btf__add_field(btf, "skb", ptr, 0, 0);
	btf__add_field(btf, "list", list, 64, 0);
	btf__add_field(btf, "counter", num, 192, 0);
	data = btf__raw_data(btf, &size);
	f = fopen(a->out, "wb");
	if (skb < 0 || list < 0 || num < 0 || !f || fwrite(data, 1, size, f) != size || fclose(f))
		return 99;
	btf__free(btf);
	btf__free(base);
	return 0;
}

static int silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level != LIBBPF_DEBUG && getenv("STITCH_VERBOSE"))
		return vfprintf(stderr, fmt, ap);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "nic", 1, NULL, 'n' }, { "image", 1, NULL, 'i' }, { "kernel", 1, NULL, 'k' },
		{ "module", 1, NULL, 'm' }, { "form", 1, NULL, 'f' }, { "run", 1, NULL, 'r' },
		{ "custom", 1, NULL, 'c' }, { "check-kernel", 0, NULL, 'C' },
		{ "release", 0, NULL, 'R' }, { "repeat", 1, NULL, 'N' }, { NULL, 0, NULL, 0 },
	};
	struct args a = { .repeat = 1 };
	struct mdesc_error err;
	int c, rc = 0, i;
	size_t k;

	libbpf_set_print(silent);
	while ((c = getopt_long(argc - 1, argv + 1, "o:", longs, NULL)) != -1) {
		switch (c) {
		case 'n':
			a.btfs[a.btf_n].name = optarg;
			a.btfs[a.btf_n].data = read_file(optarg, &a.btfs[a.btf_n].size);
			a.btf_n++;
			break;
		case 'i':
			a.images[a.image_n] = mdesc_image__open(optarg, NULL, &err);
			if (!a.images[a.image_n++])
				return error(&err);
			break;
		case 'k': a.kernel = optarg; break;
		case 'm': a.modules[a.module_n++] = optarg; break;
		case 'f': a.form = optarg; break;
		case 'r': a.run = optarg; break;
		case 'c': a.custom = optarg; break;
		case 'C': a.check = true; break;
		case 'R': a.release = true; break;
		case 'N': a.repeat = atoi(optarg); break;
		case 'o': a.out = optarg; break;
		default: return 99;
		}
	}
	a.object = argv[1 + optind];
	for (i = 0; i < a.repeat && !rc; i++) {
		MDESC_OPTS(mdesc_stitch_opts, stitch,
			   .images = (const struct mdesc_image *const *)a.images,
			   .image_count = a.image_n, .btfs = a.btfs, .btf_count = a.btf_n,
			   .kernel_btf = a.kernel, .modules = a.modules,
			   .module_count = a.module_n, .check_kernel = a.check);

		if (!strcmp(argv[1], "load") || !strcmp(argv[1], "open"))
			rc = do_object(&a, &stitch, argv[1][0] == 'l');
		else if (!strcmp(argv[1], "plain"))
			rc = do_plain(&a);
		else if (!strcmp(argv[1], "module"))
			rc = do_module(&a);
		else
			rc = do_stitch(&a, &stitch, argv[1]);
		a.quiet = true;
	}
	for (k = 0; k < a.btf_n; k++)
		free((void *)(uintptr_t)a.btfs[k].data);
	for (k = 0; k < a.image_n; k++)
		mdesc_image__close(a.images[k]);
	return rc;
}

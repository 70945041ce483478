/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Generated writers in this kernel: loads both programs of NAME.xdp.o and runs the
 * packets of NAME.cases through them. Verdict, metadata and counters must be as the
 * cases say; so with metadata of an earlier run in front, with the packet in
 * fragments, and without a program to hand on to. Needs libbpf alone.
 *
 *	xdp_guest FOLDER NAME...
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <mdesc/format.h>

#include "xdp_cases.h"

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

enum { ROOM = 256, DATA_MAX = 65536, COUNTERS_MAX = 512 };

struct writer {
	const char *name;
	struct bpf_object *obj;
	int fd, counters, next, user;
	uint32_t n_counters, insns;
	bool frags;
	uint64_t want[COUNTERS_MAX];	/* what the counters have to be */
};

static struct {
	uint64_t packets;
	uint32_t insns_max;
	bool no_linear;		/* this kernel puts no less than it can in the first fragment */
	uint32_t meta_max;	/* bytes of metadata that it takes; 0: not known yet */
} total;

/* ---- loading ---- */

static char said[1 << 16];

static int listen(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	static char line[1 << 20];
	size_t n = strlen(said);
	int len;

	if (level == LIBBPF_DEBUG)
		return 0;
	len = vsnprintf(line, sizeof(line), fmt, ap);
	if (len > 0 && n < sizeof(said))
		snprintf(said + n, sizeof(said) - n, "%.8000s",
			 (size_t)len < sizeof(line) ? line : line + sizeof(line) - 4000);
	return len;
}

/* XDP_PASS, nothing else: what the writer hands on to. */
static int user_program(bool frags)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = frags ? BPF_F_XDP_HAS_FRAGS : 0,
		    .expected_attach_type = BPF_XDP);	/* as the writer's: they must be the same */

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "user", "GPL", insns, sizeof(insns) / sizeof(insns[0]), &opts);
}

/* Where the variable is in .rodata. */
static void *config_of(struct bpf_object *obj, uint32_t *size)
{
	const struct btf *btf = bpf_object__btf(obj);
	struct bpf_map *map;
	size_t bytes;
	char *data;
	int id;

	bpf_object__for_each_map(map, obj) {
		if (!strstr(bpf_map__name(map), ".rodata"))
			continue;
		data = (char *)bpf_map__initial_value(map, &bytes);
		id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
		for (int i = 0; id > 0 && i < btf_vlen(btf__type_by_id(btf, (uint32_t)id)); i++) {
			const struct btf_var_secinfo *v = btf_var_secinfos(btf__type_by_id(btf, (uint32_t)id)) + i;
			const struct btf_type *t = btf__type_by_id(btf, v->type);

			if (strcmp(btf__name_by_offset(btf, t->name_off), MDESC_XDP_CONFIG))
				continue;
			*size = v->size;
			return data + v->offset;
		}
	}
	return NULL;
}

static bool set_config(struct writer *w, const uint64_t *values, uint32_t n)
{
	uint32_t size = 0;
	struct mdesc_xdp_config *config = config_of(w->obj, &size);
	struct mdesc_xdp_source *source;

	if (!config || size < sizeof(*config) + n * sizeof(*source) || config->source_count != n)
		return false;
	config->flags = MDESC_XDP_COUNT | MDESC_XDP_ALL_SET;
	source = (struct mdesc_xdp_source *)(config + 1);
	for (uint32_t i = 0; i < n; i++) {
		if (source[i].kind == MDESC_XDP_SOURCE_HASH) {
			config->flags &= ~MDESC_XDP_ALL_SET;
			continue;
		}
		source[i].flags = MDESC_XDP_SOURCE_SET;
		source[i].value = values[i];
	}
	return true;
}

static void unload(struct writer *w)
{
	if (w->user >= 0)
		close(w->user);
	bpf_object__close(w->obj);
	w->obj = NULL;
	w->user = -1;
}

static uint32_t verified(int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.verified_insns;
}

static bool load(struct writer *w, const char *path, const uint64_t *values, uint32_t n)
{
	const char *name = w->frags ? MDESC_XDP_PROGRAM_FRAGS : MDESC_XDP_PROGRAM;
	struct bpf_program *prog, *chosen = NULL;
	struct bpf_map *counters;
	uint32_t zero = 0;

	said[0] = '\0';
	w->obj = bpf_object__open_file(path, NULL);
	if (!w->obj)
		return false;
	bpf_object__for_each_program(prog, w->obj) {
		bool it = !strcmp(bpf_program__name(prog), name);

		bpf_program__set_autoload(prog, it);
		chosen = it ? prog : chosen;
	}
	if (!chosen || !set_config(w, values, n) || bpf_object__load(w->obj))
		return false;
	w->fd = bpf_program__fd(chosen);
	counters = bpf_object__find_map_by_name(w->obj, MDESC_XDP_COUNTERS);
	w->counters = bpf_map__fd(counters);
	w->n_counters = bpf_map__value_size(counters) / 8;
	w->next = bpf_object__find_map_fd_by_name(w->obj, MDESC_XDP_NEXT);
	w->user = user_program(w->frags);
	memset(w->want, 0, sizeof(w->want));
	w->insns = verified(w->fd);
	if (w->insns > total.insns_max)
		total.insns_max = w->insns;
	if (w->n_counters <= COUNTERS_MAX && !bpf_map_update_elem(w->next, &zero, &w->user, 0))
		return true;
	snprintf(said, sizeof(said), "no program can go into the slot: %s\n", strerror(errno));
	return false;
}

/* ---- packets ---- */

static void print_hex(const char *what, const void *data, size_t n)
{
	const uint8_t *p = data;

	printf("# %s", what);
	for (size_t i = 0; i < n && i < 400; i++)
		printf("%s%02x", i % 4 ? "" : " ", p[i]);
	printf("\n");
}

static void note(struct writer *w, const struct case_packet *c, bool metadata, uint32_t times)
{
	w->want[MDESC_XDP_PACKETS] += times;
	if (c->verdict == XDP_DROP) {
		w->want[MDESC_XDP_DROPPED] += times;
		return;
	}
	w->want[metadata ? MDESC_XDP_LAYOUT0 + c->layout : MDESC_XDP_NO_METADATA] += times;
	if (c->error && metadata)
		w->want[c->error == MDESC_ERR_TRUNCATED ? MDESC_XDP_TRUNCATED : MDESC_XDP_ERRORS] += times;
}

/*
 * @before: bytes of metadata that lie in front; @linear: of the packet in
 * the first fragment, 0: as many as fit; @handed: there is a program; so many @times.
 */
static bool run(struct writer *w, const struct case_packet *c, const uint8_t *data, const uint8_t *meta,
		uint32_t before, uint32_t linear, bool handed, uint32_t times)
{
	static uint8_t in[ROOM + DATA_MAX], out[ROOM + DATA_MAX];
	struct xdp_md ctx = { .data = before, .data_end = before + (linear ? linear : c->len) }, got = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in, .data_size_in = before + c->len, .data_out = out,
		    .data_size_out = sizeof(out), .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .ctx_out = &got,
		    .ctx_size_out = sizeof(got), .repeat = times);
	uint32_t size = handed ? c->meta_size : 0;
	bool fits = !total.meta_max || c->meta_size <= total.meta_max;

	memset(in, 0xa5, before);
	memcpy(in + before, data, c->len);
	if (bpf_prog_test_run_opts(w->fd, &opts)) {
		if (linear && errno == EINVAL)
			return total.no_linear = true;
		printf("# %s: the kernel did not run it: %s\n", w->name, strerror(errno));
		return false;
	}
	note(w, c, fits, times);
	if (!handed && c->verdict != XDP_DROP)
		w->want[MDESC_XDP_NO_PROGRAM] += times;
	total.packets++;
	size = fits ? size : 0;
	if (opts.retval == c->verdict && (c->verdict == XDP_DROP ||
	    (got.data == size && !memcmp(out, meta, size) && opts.data_size_out == c->len + size &&
	     !memcmp(out + size, data, c->len))))
		return true;
	printf("# %s, %s, %u bytes before, %u linear, %s: verdict %u, wanted %u, error %u, layout %u\n", w->name,
	       w->frags ? "xdp.frags" : "xdp", before, linear, handed ? "handed on" : "no program", opts.retval,
	       c->verdict, c->error, c->layout);
	printf("# packet of %u bytes\n", c->len);
	print_hex("packet", data, c->len);
	print_hex("wanted", meta, c->meta_size);
	print_hex("got   ", out, got.data);
	return false;
}

/* One packet in all ways that there are. */
static bool run_packet(struct writer *w, const struct case_packet *c, const uint8_t *data, const uint8_t *meta,
		       uint64_t number)
{
	if (c->len > 3000 && !w->frags)
		return true;
	if (!run(w, c, data, meta, 0, 0, true, 1))
		return false;
	if (number % 16 == 1 && !run(w, c, data, meta, 12, 0, true, 1))
		return false;
	/* several times: what was written is in front then; the kernel takes long to begin with it */
	if (number % 4096 == 5 && !run(w, c, data, meta, 0, 0, true, 3))
		return false;
	if (w->frags && c->len > 14 && !total.no_linear && number % 2 &&
	    !run(w, c, data, meta, 0, 14 + (uint32_t)(number / 2) % (c->len - 14), true, 1))
		return false;
	if (number % 1024 == 3) {
		uint32_t zero = 0;
		bool good;

		bpf_map_delete_elem(w->next, &zero);
		good = run(w, c, data, meta, 0, 0, false, 1);
		return !bpf_map_update_elem(w->next, &zero, &w->user, 0) && good;
	}
	return true;
}

static bool counters_right(struct writer *w)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *values = calloc((size_t)cpus * w->n_counters, 8);
	uint32_t zero = 0;
	bool good = values && !bpf_map_lookup_elem(w->counters, &zero, values);

	for (uint32_t i = 0; good && i < w->n_counters; i++) {
		uint64_t sum = 0;

		for (int cpu = 0; cpu < cpus; cpu++)
			sum += values[(size_t)cpu * w->n_counters + i];
		if (sum == w->want[i])
			continue;
		printf("# %s: counter %u is %llu, wanted %llu\n", w->name, i, (unsigned long long)sum,
		       (unsigned long long)w->want[i]);
		good = false;
	}
	free(values);
	return good;
}

/* ---- cases ---- */

static bool read_all(FILE *f, void *to, size_t n)
{
	return fread(to, 1, n, f) == n;
}

/* 1, 0 where something was wrong, -1: this kernel does not load it. */
static int run_cases(struct writer *w, FILE *f, const char *object)
{
	static uint8_t data[DATA_MAX], meta[256];
	uint64_t values[64], number = 0;
	struct case_sources s;
	struct case_packet c;

	while (read_all(f, &s, sizeof(s))) {
		if (s.kind == CASE_SOURCES) {
			if (s.count > 64 || !read_all(f, values, s.count * sizeof(*values)))
				return 0;
			if (w->obj && !counters_right(w))
				return 0;
			unload(w);
			if (!load(w, object, values, s.count))
				return -1;
			continue;
		}
		memcpy(&c, &s, sizeof(s));
		if (!read_all(f, (char *)&c + sizeof(s), sizeof(c) - sizeof(s)) || c.len > sizeof(data) ||
		    c.meta_size > sizeof(meta) || !read_all(f, data, c.len) || !read_all(f, meta, c.meta_size))
			return 0;
		if (!run_packet(w, &c, data, meta, number++))
			return 0;
	}
	return counters_right(w);
}

/* How much metadata this kernel takes: some take 32 bytes only. */
static void find_meta_max(void)
{
	static uint8_t in[ROOM + 64], out[ROOM + 64];
	struct xdp_md ctx = { .data = 216, .data_end = 216 + 60 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in, .data_size_in = 216 + 60, .data_out = out,
		    .data_size_out = sizeof(out), .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1);
	int fd = user_program(false);

	total.meta_max = bpf_prog_test_run_opts(fd, &opts) ? 32 : 216;
	close(fd);
}

static int one(const char *folder, const char *name, bool frags)
{
	struct writer w = { .name = name, .frags = frags, .user = -1 };
	char object[4096], cases[4096];
	FILE *f;
	int good;

	snprintf(object, sizeof(object), "%s/%s.xdp.o", folder, name);
	snprintf(cases, sizeof(cases), "%s/%s.cases", folder, name);
	f = fopen(cases, "rb");
	good = f ? run_cases(&w, f, object) : 0;
	if (f)
		fclose(f);
	unload(&w);
	printf("%s %s: the %s writer does what refnic does\n# the verifier looked at %u instructions\n",
	       good > 0 ? "ok" : "not ok", name, frags ? "xdp.frags" : "xdp", w.insns);
	if (good < 0) {
		char *line = strtok(strlen(said) > 3000 ? said + strlen(said) - 3000 : said, "\n");

		for (; line; line = strtok(NULL, "\n"))
			printf("# %s\n", line);
	}
	return good <= 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 3)
		return 2;
	libbpf_set_print(listen);
	find_meta_max();
	for (int i = 2; i < argc; i++)
		failed |= one(argv[1], argv[i], false) | one(argv[1], argv[i], true);
	printf("# %llu runs; the verifier looked at %u instructions at most%s; metadata of %u bytes at most\n",
	       (unsigned long long)total.packets, total.insns_max,
	       total.no_linear ? "; fragments only of what is long" : "", total.meta_max);
	return failed;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * used_cases IMAGE OBJECT: which bytes of mynic's metadata the programs of
 * tests/xdp/used.bpf.c are said to read, against the table below; and in the
 * kernel: each byte that is said not to be read may be anything, and program
 * and packet end alike.
 *
 * used_cases peek WRITER: runs the pinned writer with one packet, prints the metadata
 * that then stands in front of it, in hexadecimal.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <mdesc/mdesc.h>

#include "../runtime/reads.h"
#include "tap.h"

enum { META = 32, PACKET = 64, GLOBALS = 64 };

static const struct { const char *name, *reads; } wanted[] = {
	/* The layout's id is in 28 to 31, pkt_type in 26. */
	{ "neither", "26-27 28-31" },
	{ "time", "0-7 28-31" },
	{ "hash", "24-25 28-31" },
	{ "hash_read", "24-25 28-31" },
	{ "exists", "28-31" },
	{ "strips", "26-27 28-31" },
	{ "probed", "24-25 28-31" },
	{ "later", "28-31" },
	{ "fixed", "0-7" },
	{ "fixed_hash", "24-25" },
	{ "view", "0-7 28-31" },
	{ "copies", "0-31" },
	{ "counted", "0-31" },
	{ "in_own", "24-25 28-31" },
	{ "in_whole", "0-7 28-31" },
	{ "returned", "24-25 28-31" },
	{ "spilled", "24-27 28-31" },
	{ "as_key", "24-31" },
	{ "added", "26-27 28-31" },
	{ "in_front", "24-25 28-31" },
	{ "moved", "0-31" },
	{ "calls_tail", "it makes tail calls, and what these lead to is not known" },
	{ "unwraps", "it moves the begin of the metadata and of the packet" },
	{ "in_memory", "it hands memory to a function that may hold the metadata's address" },
	{ "in_loop", "it hands memory to a function that may hold the metadata's address" },
};

static void set_wanted(const char *text, bool *set)
{
	unsigned int from, to;
	int n;

	memset(set, 0, META);
	for (; sscanf(text, "%u-%u%n", &from, &to, &n) == 2; text += n)
		memset(set + from, true, to - from + 1);
}

static bool compare(const struct reads *r, const char *want)
{
	bool set[META];
	uint32_t i;

	if (want[0] == 'i')
		return r->why && !strcmp(r->why, want);
	set_wanted(want, set);
	for (i = 0; i < META && !r->why; i++)
		if (reads_any(r, META, i, 1) != set[i])
			return false;
	return !r->why;
}

static void text_of(const struct reads *r, char *buf, size_t size)
{
	size_t n = 0;
	uint32_t i;

	snprintf(buf, size, "%s", r->why ? r->why : r->all ? "all" : "");
	for (i = 0; !r->why && i < META && n < size; i++)
		if (reads_any(r, META, i, 1))
			n += (size_t)snprintf(buf + n, size - n, "%u ", i);
}

/* ---- in the kernel ---- */

struct outcome {
	uint32_t verdict;
	uint8_t globals[GLOBALS];
};

static int run(int prog, struct bpf_map *bss, const uint8_t *bytes, struct outcome *out)
{
	struct xdp_md ctx = { .data = META, .data_end = META + PACKET };
	uint8_t zero[sizeof(out->globals)] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = bytes, .data_size_in = META + PACKET, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx));
	uint32_t key = 0;

	if (bpf_map_update_elem(bpf_map__fd(bss), &key, zero, 0) || bpf_prog_test_run_opts(prog, &opts))
		return -errno;
	out->verdict = opts.retval;
	return bpf_map_lookup_elem(bpf_map__fd(bss), &key, out->globals);
}

static void prove(struct bpf_program *prog, struct bpf_map *bss, const struct reads *r, uint32_t id)
{
	uint8_t bytes[META + PACKET];
	struct outcome one, other;
	int rc = 0, fd = bpf_program__fd(prog);
	char test[80];
	uint32_t i, k;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(37 * i + 5);
	memcpy(bytes + META - 4, &id, 4);
	if (bpf_map__value_size(bss) != GLOBALS)
		rc = -EINVAL;
	rc = rc ? rc : run(fd, bss, bytes, &one);
	for (i = 0; i < META && !rc; i++)
		for (k = 0; k < 8 && !rc && !reads_any(r, META, i, 1); k++) {
			bytes[i] ^= (uint8_t)(1 << k);
			rc = run(fd, bss, bytes, &other);
			bytes[i] ^= (uint8_t)(1 << k);
			if (!rc && memcmp(&one, &other, sizeof(one)))
				rc = 1;
		}
	snprintf(test, sizeof(test), "proved_%s", bpf_program__name(prog));
	tap(!rc, test, "byte %u: %s", i - 1, rc < 0 ? strerror(-rc) : "another outcome");
}

static int look_at(struct bpf_program *prog, struct bpf_map *bss, uint32_t id)
{
	const char *name = bpf_program__name(prog);
	struct reads *r = calloc(1, sizeof(*r));
	char text[300], test[80];
	size_t i;

	if (!r || reads_find(bpf_program__insns(prog), bpf_program__insn_cnt(prog), r)) {
		free(r);
		return -ENOMEM;
	}
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]) && strcmp(wanted[i].name, name); i++)
		;
	text_of(r, text, sizeof(text));
	snprintf(test, sizeof(test), "reads_%s", name);
	tap(i < sizeof(wanted) / sizeof(wanted[0]) && compare(r, wanted[i].reads), test, "it is said to read %s", text);
	if (!r->why)
		prove(prog, bss, r, id);
	free(r);
	return 0;
}

static int all_cases(const char *image, const char *object)
{
	struct mdesc_error err = { 0 };
	struct mdesc_image *img = mdesc_image__open(image, NULL, &err);
	struct mdesc_object *obj = img ? mdesc_object__open(object, img, NULL, &err) : NULL;
	struct bpf_program *prog;
	struct bpf_map *bss;
	size_t n = 0;

	if (!obj || mdesc_object__load(obj, &err)) {
		tap(false, "load", "%s", err.text);
		return tap_status();
	}
	bss = bpf_object__find_map_by_name(mdesc_object__bpf(obj), ".bss");
	bpf_object__for_each_program(prog, mdesc_object__bpf(obj)) {
		n++;
		if (look_at(prog, bss, mdesc_layout__id(mdesc_image__layout(img, 0))))
			tap(false, "memory", "there is none");
	}
	tap(n == sizeof(wanted) / sizeof(wanted[0]), "all_there", "%zu programs", n);
	mdesc_object__close(obj);
	mdesc_image__close(img);
	return tap_status();
}

/* ---- what a writer writes ---- */

static int peek(const char *path)
{
	/* IPv4, UDP */
	static const uint8_t packet[PACKET] = {
		2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
		0x45, 0, 0, 50, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0, 5, 0, 6, 0, 30,
	};
	struct xdp_md ctx = { .data_end = PACKET };
	uint8_t out[512];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = PACKET, .data_out = out,
		    .data_size_out = sizeof(out), .ctx_in = &ctx, .ctx_out = &ctx, .ctx_size_in = sizeof(ctx),
		    .ctx_size_out = sizeof(ctx));
	int fd = bpf_obj_get(path);
	uint32_t i;

	if (fd < 0 || bpf_prog_test_run_opts(fd, &opts)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	for (i = 0; i + PACKET < opts.data_size_out; i++)
		printf("%02x", out[i]);
	putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "peek"))
		return peek(argv[2]);
	if (argc != 3)
		return 2;
	return all_cases(argv[1], argv[2]);
}

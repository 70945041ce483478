// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//
// diff_bpf OBJECT PROGRAM IMAGE HEX: loads one program of a BPF object for an image, by libbpf alone, runs it on a
// packet with the metadata HEX in front, and prints what it put into its variable `got`. Prints "refused" where it does
// not load.

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static size_t from_hex(const char *hex, unsigned char *to, size_t size)
{
	size_t n = 0;
	unsigned int byte;

	for (; n < size && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		to[n++] = byte;
	return n;
}

static int run(struct bpf_object *obj, const char *program, const char *hex)
{
	unsigned char packet[256 + 64] = { 0 };
	struct xdp_md ctx = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
		    .repeat = 1);
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, program);
	struct bpf_map *bss = bpf_object__find_map_by_name(obj, ".bss");
	unsigned int zero = 0;
	__u64 got = 0;

	if (!prog)
		return printf("no such program\n"), 2;
	ctx.data = from_hex(hex, packet, 252);
	ctx.data_end = ctx.data + 64;
	opts.data_size_in = ctx.data_end;
	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts) || opts.retval != XDP_PASS)
		return printf("the run failed: %u\n", opts.retval), 2;
	if (!bss) {
		bpf_object__for_each_map(bss, obj)
			if (strstr(bpf_map__name(bss), ".bss"))
				break;
	}
	if (!bss || bpf_map_lookup_elem(bpf_map__fd(bss), &zero, &got))
		return printf("no variable\n"), 2;
	printf("0x%llx\n", (unsigned long long)got);
	return 0;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = argc == 5 ? argv[3] : NULL);
	struct bpf_program *prog;
	struct bpf_object *obj;
	int status = 0;

	if (argc != 5)
		return 2;
	libbpf_set_print(quiet);
	obj = bpf_object__open_file(argv[1], &opts);
	if (!obj)
		return printf("no object\n"), 2;
	bpf_object__for_each_program(prog, obj)
		bpf_program__set_autoload(prog, !strcmp(argv[2], bpf_program__name(prog)));
	if (bpf_object__load(obj))
		printf("refused\n");
	else
		status = run(obj, argv[2], argv[4]);
	bpf_object__close(obj);
	return status;
}

// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * What tests/qemu.sh runs in the virtual machine, linked statically: libbpf as
 * it is, told of no BTF. Prints what the program saw, or why it was refused.
 *
 *	guest seen OBJ PROGRAM METADATA		run once on a packet behind METADATA (hexadecimal)
 *	guest vnic OBJ IFACE PACKETS		send packets (hexadecimal, a line each) through IFACE to OBJ's `asks`
 *	guest bound OBJ IFACE PACKETS		the same, bound to the interface, so that it can call kfuncs
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bpf/seen.h"
#include "guest.h"

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

size_t unhex(const char *text, unsigned char *bytes, size_t room)
{
	size_t n = 0;
	unsigned int byte;

	for (; n < room && sscanf(text, "%2x", &byte) == 1 && text[1]; text += 2)
		bytes[n++] = (unsigned char)byte;
	return n;
}

struct bpf_program *open_program(const char *path, const char *name, struct bpf_object **obj)
{
	struct bpf_program *prog;

	libbpf_set_print(quiet);
	*obj = bpf_object__open_file(path, NULL);
	prog = *obj ? bpf_object__find_program_by_name(*obj, name) : NULL;
	if (!prog)
		printf("%s: %s\n", path, *obj ? "no such program" : strerror(errno));
	return prog;
}

static int seen(const char *path, const char *name, const char *metadata)
{
	unsigned char bytes[256 + 64] = { 0 };
	size_t meta = unhex(metadata, bytes, 256);
	struct xdp_md ctx = { .data = (__u32)meta, .data_end = (__u32)meta + 64 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = bytes, .data_size_in = ctx.data_end,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));
	struct bpf_object *obj;
	struct bpf_program *prog = open_program(path, name, &obj);
	struct seen s = { 0 };
	__u32 zero = 0;

	if (!prog)
		return 2;
	if (bpf_object__load(obj)) {
		printf("refused\n");
		return 1;
	}
	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &run) ||
	    bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(obj, "out"), &zero, &s)) {
		printf("not run: %s\n", strerror(errno));
		return 2;
	}
	printf("timestamp=%llu hash=%llu others=%llu\n", s.timestamp, s.hash, s.others);
	bpf_object__close(obj);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "seen"))
		return seen(argv[2], argv[3], argv[4]);
	if (argc == 5 && (!strcmp(argv[1], "vnic") || !strcmp(argv[1], "bound")))
		return vnic_run(argv[2], !strcmp(argv[1], "bound"), argv[3], argv[4]);
	fprintf(stderr, "usage: see guest.c\n");
	return 2;
}

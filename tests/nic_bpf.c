// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * nic_bpf NIC OBJECT BTF LABEL: runs the programs of nics.bpf.c, compiled for one NIC, in the running kernel, relocated
 * to the NIC's BTF, each on the bytes of its descriptor in nics/all.def, and compares what they read with what is
 * expected there. Prints test lines.
 */
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#define PACKET 512	/* the longest descriptor, and what a packet has at least */

struct expect {
	const char *what;
	__u64 value;
};

struct test {
	const char *nic, *name;
	const unsigned char *bytes;
	size_t size;
	const struct expect *expect;
};

/* A NIC is a row of its own, without a test: those behind it are its. */
static const struct test tests[] = {
#define NIC(name, file) { .nic = #name },
#define DESC(test, type) { .name = #test,
#define BYTES(...) .bytes = (const unsigned char[]){ __VA_ARGS__ },		\
	.size = sizeof((const unsigned char[]){ __VA_ARGS__ }),			\
	.expect = (const struct expect[]){
#define GET(getter, value) { #getter, value },
#define VALID(getter, yes) { #getter "_valid", yes },
#define ELEMENT(getter, i, value) { #getter "[" #i "]", value },
#define CHAIN(id, yes) { #id, yes },
#define VIEW(member, value) { "view has " #member, 1 }, { "view's " #member, value },
#define NO_VIEW(member) { "view has " #member, 0 },
#define END { NULL, 0 } } },
#include "nics/all.def"
};

static int run(struct bpf_object *obj, const struct test *t, const char *label)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, t->name);
	int got = bpf_object__find_map_fd_by_name(obj, "got"), failed = 0;
	unsigned char packet[PACKET] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet), .repeat = 1);

	memcpy(packet, t->bytes, t->size);
	if (!prog || bpf_prog_test_run_opts(bpf_program__fd(prog), &opts) || opts.retval != XDP_PASS) {
		printf("not ok %s/%s\n# it is not there, or does not run\n", label, t->name);
		return 1;
	}
	for (__u32 i = 0; t->expect[i].what; i++) {
		__u64 value = ~0ULL;

		if (bpf_map_lookup_elem(got, &i, &value) || value == t->expect[i].value)
			continue;
		if (!failed++)
			printf("not ok %s/%s\n", label, t->name);
		printf("# %s: 0x%llx, expected 0x%llx\n", t->expect[i].what, (unsigned long long)value,
		       (unsigned long long)t->expect[i].value);
	}
	if (!failed)
		printf("ok %s/%s\n", label, t->name);
	return failed;
}

int main(int argc, char **argv)
{
	struct bpf_object *obj;
	const char *nic = NULL;
	int failed = 0, ran = 0;

	if (argc != 5) {
		fprintf(stderr, "usage: nic_bpf NIC OBJECT BTF LABEL\n");
		return 2;
	}
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = argv[3]);
	obj = bpf_object__open_file(argv[2], &opts);
	if (!obj || bpf_object__load(obj)) {
		printf("not ok %s/load\n# %s against %s\n", argv[4], argv[2], argv[3]);
		return 1;
	}
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		if (tests[i].nic)
			nic = tests[i].nic;
		else if (!strcmp(nic, argv[1]) && ++ran)
			failed += run(obj, &tests[i], argv[4]);
	}
	if (!ran)
		printf("not ok %s/tests\n# there are none for %s\n", argv[4], argv[1]);
	bpf_object__close(obj);
	return failed || !ran;
}

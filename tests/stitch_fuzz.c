/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Stitching of damaged input: objects, NICs' BTF, "kernel" and "module" BTF with
 * bytes flipped, cut and overwritten. Nothing may crash, hang or be read outside
 * of its bytes (run it under the sanitizers), and what comes out must be whole.
 *
 *	stitch_fuzz SEED COUNT OBJECT NIC KERNEL MODULE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <mdesc/mdesc.h>

#include "fuzz.h"

#define FILE_MAX	(8 << 20)

static uint64_t state;

static uint32_t rnd(uint32_t below)
{
	uint64_t next = fuzz_next(&state);

	return below ? (uint32_t)(next >> 16) % below : 0;
}

/* A copy of exactly its size, changed in a few places, so that every wild read is seen. */
static struct fuzz_file damaged(const struct fuzz_file *b, bool really)
{
	static const uint32_t odd[] = { 0, 1, 0x7f, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff };
	struct fuzz_file d = { malloc(b->size + 1), b->size };
	uint32_t n = 1 + rnd(4);

	memcpy(d.data, b->data, b->size);
	if (!really)
		return d;
	for (; n; n--) {
		uint32_t at = rnd(d.size), v = odd[rnd(7)];

		switch (rnd(4)) {
		case 0:
			d.data[at] ^= 1 << rnd(8);
			break;
		case 1:
			if (at + 4 <= d.size)
				memcpy(d.data + (at & ~3u), &v, 4);
			break;
		case 2:
			v = rnd(64);
			if (at + 4 <= d.size)
				memcpy(d.data + (at & ~3u), &v, 4);
			break;
		default:
			if (!rnd(8))
				d.size = at;
		}
	}
	d.data = realloc(d.data, d.size ? d.size : 1);
	return d;
}

static const char *write_temp(const char *name, const struct fuzz_file *b)
{
	FILE *f = fopen(name, "wb");

	if (!f || (b->size && fwrite(b->data, 1, b->size, f) != b->size) || fclose(f)) {
		perror(name);
		exit(99);
	}
	return name;
}

/* What comes out is taken by libbpf, and all its names and ids can be printed. */
static bool whole(const struct mdesc_stitched *out)
{
	struct btf *btf;
	size_t size;
	const void *data = mdesc_stitched__data(out, &size);
	uint32_t id, n;

	btf = btf__new(data, size);
	if (!btf)
		return false;
	n = btf__type_cnt(btf);
	if (n != mdesc_stitched__types(out) + 1)
		return false;
	for (id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (!t || !btf__name_by_offset(btf, t->name_off))
			return false;
		if (btf_is_struct(t) || btf_is_typedef(t) || btf_is_array(t))
			btf__resolve_size(btf, id);
	}
	btf__free(btf);
	return true;
}

int main(int argc, char **argv)
{
	const char *modules[] = { "./fuzz-module.btf" };
	struct fuzz_file in[4], d[4];
	uint32_t i, k, made = 0, refused = 0, count;

	if (argc != 7)
		return 2;
	state = strtoull(argv[1], NULL, 0) * 2654435761u + 88172645463325252ull;
	count = atoi(argv[2]);
	for (k = 0; k < 4; k++)
		in[k] = fuzz_read(argv[3 + k], FILE_MAX);
	for (i = 0; i < count; i++) {
		struct mdesc_btf_bytes nic = { .name = "nic" };
		struct mdesc_stitched *out;
		struct mdesc_error err;
		uint32_t which = rnd(4), how = rnd(5);

		for (k = 0; k < 4; k++)
			d[k] = damaged(&in[k], k == which);
		nic.data = d[1].data;
		nic.size = d[1].size;
		MDESC_OPTS(mdesc_stitch_opts, o, .btfs = &nic, .btf_count = 1,
			   .kernel_btf = write_temp("fuzz-kernel.btf", &d[2]),
			   .modules = modules, .module_count = 1, .old_kinds = rnd(2));
		write_temp("fuzz-module.btf", &d[3]);
		if (how == 0)
			out = mdesc_stitch__flat(NULL, &o, &err);
		else if (how == 4)
			out = mdesc_stitch__standin(NULL, &o, &err);
		else if (how == 3)
			out = mdesc_stitch__nics(NULL, &o, &err);
		else if (how == 1)
			out = mdesc_stitch__minimum(NULL, d[0].data, d[0].size, "object", &o, &err);
		else
			out = mdesc_stitch__for_object(NULL, d[0].data, d[0].size, "object", &o, &err);
		if (out && !whole(out)) {
			printf("not ok fuzz\n# case %u of seed %s: what came out is not whole\n", i,
			       argv[1]);
			return 1;
		}
		if (!out && (!err.text[0] || !err.kind)) {
			printf("not ok fuzz\n# case %u of seed %s: no error text\n", i, argv[1]);
			return 1;
		}
		made += out != NULL;
		refused += out == NULL;
		mdesc_stitched__free(out);
		for (k = 0; k < 4; k++)
			free(d[k].data);
	}
	for (k = 0; k < 4; k++)
		free(in[k].data);
	printf("ok fuzz\n# seed %s: %u made, %u refused\n", argv[1], made, refused);
	return 0;
}

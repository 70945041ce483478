/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Checking damaged input: objects and BTF with bytes flipped, cut and
 * overwritten, and BTF that is whole but makes no sense (core_gen.c against each
 * other). Nothing may crash, hang or be read outside of its bytes (run it under
 * the sanitizers); every text must be one line.
 *
 *	check_fuzz SEED COUNT BTF OBJECT...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "core_gen.h"
#include "fuzz.h"
#include "tap.h"

#define FILE_MAX	(8 << 20)

static uint64_t state;

static uint32_t rnd(uint32_t below)
{
	uint64_t next = fuzz_next(&state);

	return below ? (uint32_t)(next >> 16) % below : 0;
}

/* A copy of exactly its size, changed in a few places, so that every wild read is seen. */
static struct fuzz_file damaged(const void *data, size_t size, uint32_t n)
{
	static const uint32_t odd[] = { 0, 1, 0x7f, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff };
	struct fuzz_file d = { malloc(size + 1), size };

	memcpy(d.data, data, size);
	for (; n && d.size > 8; n--) {
		uint32_t at = rnd(d.size - 4), v = rnd(2) ? odd[rnd(7)] : rnd(64), from = rnd(d.size - 4);

		switch (rnd(5)) {
		case 0:
			d.data[at] ^= 1 << rnd(8);
			break;
		case 1:
		case 2:
			memcpy(d.data + (at & ~3u), &v, 4);
			break;
		case 3:
			memmove(d.data + (at & ~3u), d.data + (from & ~3u), 4);
			break;
		default:
			if (!rnd(12))
				d.size = at;
		}
	}
	d.data = realloc(d.data, d.size ? d.size : 1);
	return d;
}

static unsigned long pairs, refused_objects, refused_btfs, bad_texts, classes[8];

static void look_at(const char *text)
{
	if (!text || strchr(text, '\n'))
		bad_texts++;
}

static void read_all(struct mdesc_check_result *r)
{
	MDESC_INFO(mdesc_check_info, info);
	size_t i;

	for (i = 0; i < mdesc_check_result__count(r); i++) {
		mdesc_check_result__info(r, i, &info);
		classes[info.verdict & 7]++;
		look_at(info.path);
		look_at(info.before);
		look_at(info.after);
		look_at(info.why);
		look_at(info.advice);
		if (!*info.rule != (info.verdict < MDESC_CHECK_POSSIBLY))
			bad_texts++;
	}
}

static void check(const struct fuzz_file *obj, const struct fuzz_file *btf)
{
	struct mdesc_check *c = mdesc_check__new(NULL, NULL);
	struct mdesc_btf_bytes bytes = { "btf", btf->data, btf->size };
	struct mdesc_check_result *r;
	struct mdesc_error err = { 0 };
	int o = mdesc_check__add_object_mem(c, "object", obj->data, obj->size, &err), b;

	if (o < 0 && (!err.text[0] || err.kind == MDESC_CLASS_NONE))
		bad_texts++;
	b = mdesc_check__add_btf(c, &bytes, &err);
	refused_objects += o < 0;
	refused_btfs += b < 0;
	if (o >= 0 && b >= 0) {
		r = mdesc_check__pair(c, o, b, &err);
		pairs++;
		if (r)
			read_all(r);
		else
			bad_texts++;
		mdesc_check_result__free(r);
	}
	mdesc_check__free(c);
}

/* A random object against another one's BTF, both whole or damaged. */
static void check_random(void)
{
	struct core_gen a, b;
	struct fuzz_file obj, btf;

	if (core_gen(&a, rnd(1u << 30)))
		return;
	if (!core_gen(&b, rnd(1u << 30))) {
		obj = damaged(a.obj, a.obj_size, rnd(2) * (1 + rnd(3)));
		btf = damaged(rnd(2) ? a.btf : b.btf, a.btf_size < b.btf_size ? a.btf_size : b.btf_size, rnd(2));
		check(&obj, &btf);
		free(obj.data);
		free(btf.data);
		core_gen_free(&b);
	}
	core_gen_free(&a);
}

int main(int argc, char **argv)
{
	struct fuzz_file btf, obj, files[64];
	unsigned long n, i;
	int k, count = argc - 4;

	if (argc < 5 || count > 64) {
		fprintf(stderr, "usage: check_fuzz SEED COUNT BTF OBJECT...\n");
		return 2;
	}
	state = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15u + 1;
	n = strtoul(argv[2], NULL, 0);
	btf = fuzz_read(argv[3], FILE_MAX);
	for (k = 0; k < count; k++)
		files[k] = fuzz_read(argv[4 + k], FILE_MAX);
	for (i = 0; i < n; i++) {
		const struct fuzz_file *f = &files[rnd(count)];
		struct fuzz_file other = damaged(btf.data, btf.size, rnd(3) ? 0 : 1 + rnd(3));

		obj = damaged(f->data, f->size, rnd(4) ? 1 + rnd(4) : 0);
		check(&obj, &other);
		free(obj.data);
		free(other.data);
		check_random();
	}
	for (k = 0; k < count; k++)
		free(files[k].data);
	free(btf.data);
	tap(pairs > n / 4 && refused_objects > n / 50 && refused_btfs > n / 50, "fuzz_reaches", "%lu %lu %lu", pairs,
	    refused_objects, refused_btfs);
	tap(!bad_texts, "fuzz_texts", "%lu are wrong", bad_texts);
	printf("# %lu pairs; relocations by class: %lu %lu %lu %lu %lu %lu %lu %lu\n", pairs, classes[0], classes[1],
	       classes[2], classes[3], classes[4], classes[5], classes[6], classes[7]);
	return tap_status();
}

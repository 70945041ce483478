/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Field handles against what `mdesc decode` reads with, over random bytes: on random
 * descriptions, on the good examples and on all that are shipped. Compares what
 * applies, numbers of all elements and bytes, by single handles and through a
 * reader, which has to recognise the layout. The bytes stand once at the end and
 * once at the begin of a page between two that may not be read.
 *
 *	random_handles			the test
 *	random_handles SEED [COUNT]	from that description on
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <mdesc/mdesc.h>

#include "compile.h"
#include "gen.h"
#include "model.h"

enum { ROUNDS = 10, PAGE = 4096, ROOM = 17 * PAGE };

static struct {
	uint64_t reads, absent, fast, slow, decided, tested, packets;
	uint32_t descriptions, counts[GEN_COVER_N];
	int failures;
} total;

struct bench {
	const char *name;
	struct mdesc_image *image;
	struct mdesc_reader *reader;
	uint8_t *room;			/* what may be read, ROOM bytes */
	uint64_t state;
};

static void fail(struct bench *b, const char *what, const char *path, long long want, long long got)
{
	if (!total.failures++)
		printf("not ok handles\n# %s: %s of %s: decode says %lld, the handle %lld\n", b->name, what, path, want,
		       got);
}

/* ---- one field ---- */

static void compare_numbers(struct bench *b, const struct mdesc_handle *h, const struct mdesc_field *f,
			    const uint8_t *meta, size_t size)
{
	uint64_t want = 0, got = 0;
	uint32_t i;

	for (i = 0; i < mdesc_field__count(f) && i < 300; i++) {
		int ret = mdesc_field__read_u64(f, meta, size, i, &want);
		int mine = mdesc_handle__read_at(h, meta, size, i, &got);

		if (ret < 0 ? mine != ret : mine != 1)
			fail(b, "the answer", mdesc_field__path(f), ret, mine);
		else if (ret == 0 && want != got)
			fail(b, "the value", mdesc_field__path(f), (long long)want, (long long)got);
		total.reads++;
	}
	if (mdesc_handle__read_at(h, meta, size, mdesc_field__count(f), &got) != -ERANGE)
		fail(b, "an element beyond the last", mdesc_field__path(f), -ERANGE, 0);
}

static void compare_bytes(struct bench *b, const struct mdesc_handle *h, const struct mdesc_field *f,
			  const uint8_t *meta, size_t size)
{
	static uint8_t want[65536];
	int n = mdesc_field__read_bytes(f, meta, size, want, sizeof(want));
	size_t count = 0;
	const uint8_t *got = mdesc_handle__bytes(h, meta, size, &count);

	if (!got) {
		if (mdesc_field__count(f) == 1 || mdesc_field__stride(f) == mdesc_field__bytes(f))
			fail(b, "the bytes", mdesc_field__path(f), n, -1);
		return;
	}
	if ((int)count != n || memcmp(got, want, count) != 0)
		fail(b, "the bytes", mdesc_field__path(f), n, (long long)count);
}

static void count_kind(const struct mdesc_handle *h)
{
	total.fast += !(h->flags & (MDESC_HANDLE_SLOW | MDESC_HANDLE_BYTES));
	total.slow += !!(h->flags & MDESC_HANDLE_SLOW);
	total.decided += !!(h->flags & MDESC_HANDLE_DECIDE);
	total.tested += h->tests > 0;
}

static void compare_field(struct bench *b, const struct mdesc_field *f, const uint8_t *meta, size_t size)
{
	const struct mdesc_layout *l = mdesc_field__layout(f);
	int want = mdesc_field__applies(f, meta, size), got;
	struct mdesc_handle h;
	uint64_t value;

	if (mdesc_layout__field_by_name(l, mdesc_field__path(f)) != f)
		return;		/* padding of the same name as another */
	if (mdesc_layout__handle(l, mdesc_field__path(f), &h)) {
		fail(b, "there is no handle", mdesc_field__path(f), 0, 0);
		return;
	}
	count_kind(&h);
	got = mdesc_handle__applies(&h, meta, size);
	if (got != want)
		fail(b, "whether it applies", mdesc_field__path(f), want, got);
	if (mdesc_handle__read(&h, meta, size - 1, &value) != -EMSGSIZE)
		fail(b, "too few bytes", mdesc_field__path(f), -EMSGSIZE, 0);
	if (want == 1) {
		compare_numbers(b, &h, f, meta, size);
		compare_bytes(b, &h, f, meta, size);
	} else {
		total.absent++;
		if (mdesc_handle__read(&h, meta, size, &value) != 0)
			fail(b, "reading what does not apply", mdesc_field__path(f), 0, 1);
	}
}

static void compare_element(struct bench *b, const struct mdesc_field *f, const uint8_t *meta, size_t size)
{
	uint32_t count = mdesc_field__count(f), idx = count > 1 ? (uint32_t)(gen_rand(&b->state) % count) : 0;
	uint64_t want, got;
	struct mdesc_handle h;
	char path[512];

	if (count < 2 || mdesc_field__read_u64(f, meta, size, idx, &want))
		return;
	snprintf(path, sizeof(path), "%s[%u]", mdesc_field__path(f), idx);
	if (mdesc_layout__field_by_name(mdesc_field__layout(f), path))
		return;
	if (mdesc_layout__handle(mdesc_field__layout(f), path, &h))
		fail(b, "there is no handle", path, 0, 0);
	else if (mdesc_handle__read(&h, meta, size, &got) == 1 && want != got)
		fail(b, "the value", path, (long long)want, (long long)got);
}

static void compare_value(struct bench *b, const struct mdesc_value *v, const uint8_t *meta, size_t size)
{
	int want = mdesc_value__applies(v, meta, size), ret;
	uint64_t number = 0, got = 0;
	struct mdesc_handle h;

	if (mdesc_value__role(v) > MDESC_VALUE_DERIVE)
		return;
	if (mdesc_layout__handle(mdesc_value__layout(v), mdesc_value__name(v), &h)) {
		fail(b, "there is no handle", mdesc_value__name(v), 0, 0);
		return;
	}
	if (h.value != v)
		return;		/* a field has that name, too */
	count_kind(&h);
	ret = mdesc_handle__read(&h, meta, size, &got);
	mdesc_value__read_u64(v, meta, size, &number);
	if (ret != want)
		fail(b, "whether it applies", mdesc_value__name(v), want, ret);
	else if (want == 1 && number != got)
		fail(b, "the value", mdesc_value__name(v), (long long)number, (long long)got);
	total.reads++;
}

/* ---- one layout ---- */

/* The reader finds it among all others, at the end of what there is. */
static void compare_packet(struct bench *b, const struct mdesc_layout *l, const uint8_t *end)
{
	size_t size = mdesc_layout__size(l), i;
	struct mdesc_packet p;
	int ret;

	if (!mdesc_layout__has_id(l) || mdesc_layout__kind(l) != MDESC_LAYOUT_METADATA)
		return;
	ret = mdesc_reader__before(b->reader, end, size, &p);
	if (ret || p.layout != l || p.bytes != end - size)
		fail(b, "the layout", mdesc_layout__name(l), 0, ret);
	else
		for (i = 0; i < mdesc_reader__field_count(b->reader); i++) {
			uint64_t value = 0, other = 0;
			int one = mdesc_packet__read(&p, (int)i, &value);
			const struct mdesc_handle *h = &p.fields[i];
			int two = h->field ? mdesc_field__applies(h->field, p.bytes, size) :
				  h->value ? mdesc_value__applies(h->value, p.bytes, size) : 0;

			if (one == -EOPNOTSUPP)
				one = two;
			else if (two == 1 && h->field)
				mdesc_field__read_u64(h->field, p.bytes, size, h->first, &other);
			else if (two == 1)
				mdesc_value__read_u64(h->value, p.bytes, size, &other);
			if (one != two || (one == 1 && value != other && !(h->flags & MDESC_HANDLE_BYTES)))
				fail(b, "through the reader", mdesc_layout__name(l), two, one);
		}
	if (mdesc_reader__before(b->reader, end, size - 1, &p) != (size > 4 ? -EMSGSIZE : -ENODATA))
		fail(b, "too little room", mdesc_layout__name(l), -EMSGSIZE, 0);
	total.packets++;
}

static void compare_layout(struct bench *b, const struct mdesc_layout *l, bool at_end)
{
	size_t size = mdesc_layout__size(l), i;
	uint8_t *meta = at_end ? b->room + ROOM - size : b->room;
	uint32_t id = mdesc_layout__id(l);

	if (size > ROOM)
		return;
	for (i = 0; i < size; i++)
		meta[i] = (uint8_t)(gen_rand(&b->state) % 3 ? gen_rand(&b->state) : gen_rand(&b->state) % 4);
	if (mdesc_layout__has_id(l))
		memcpy(meta + size - sizeof(id), &id, sizeof(id));
	for (i = 0; i < mdesc_layout__field_count(l); i++) {
		compare_field(b, mdesc_layout__field(l, i), meta, size);
		compare_element(b, mdesc_layout__field(l, i), meta, size);
	}
	for (i = 0; i < mdesc_layout__value_count(l); i++)
		compare_value(b, mdesc_layout__value(l, i), meta, size);
	compare_packet(b, l, meta + size);
}

/* ---- one description ---- */

/* Every third path, before or after the layouts are known. */
static void make_reader(struct bench *b)
{
	size_t i, k, n = mdesc_image__layout_count(b->image);
	struct mdesc_error err = { 0 };

	b->reader = mdesc_reader__new(&err);
	if (!b->reader || mdesc_reader__add(b->reader, b->image, &err) < 0) {
		fail(b, err.text, "the reader", 0, 0);
		return;
	}
	if (mdesc_reader__add(b->reader, b->image, &err) != 0)
		fail(b, "adding twice", "the reader", 0, 1);
	for (i = 0; i < n; i++) {
		const struct mdesc_layout *l = mdesc_image__layout(b->image, i);

		for (k = i % 3; k < mdesc_layout__field_count(l); k += 3) {
			const char *path = mdesc_field__path(mdesc_layout__field(l, k));
			int ret = mdesc_reader__field(b->reader, path, &err);

			if (ret < 0 && ret != -ENOENT)
				fail(b, err.text, path, 0, ret);
		}
	}
}

static void one(const char *name, const char *path, uint64_t seed, bool must)
{
	struct bench b = { .name = name, .state = seed };
	struct mdesc_error err = { 0 };
	struct compiled c;
	struct out image;
	uint8_t *pages;

	if (!compile_file(&c, path, getenv("MDESC_INCLUDE")) || !compile_emit(&c, "image", &image)) {
		if (must)
			fail(&b, "it does not compile", name, 0, 0);
		compile_free(&c);
		return;
	}
	pages = mmap(NULL, ROOM + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	b.room = pages + PAGE;
	b.image = mdesc_image__open_mem(image.data, image.size, NULL, &err);
	if (!b.image || pages == MAP_FAILED || mprotect(b.room, ROOM, PROT_READ | PROT_WRITE)) {
		fail(&b, "it cannot be opened", err.text, 0, 0);
	} else {
		total.descriptions++;
		make_reader(&b);
		for (int i = 0; i < ROUNDS && !total.failures; i++)
			for (size_t k = 0; k < mdesc_image__layout_count(b.image); k++)
				compare_layout(&b, mdesc_image__layout(b.image, k), i % 2);
	}
	mdesc_reader__free(b.reader);
	mdesc_image__close(b.image);
	munmap(pages, ROOM + 2 * PAGE);
	out_free(&image);
	compile_free(&c);
}

static void generated(uint64_t seed)
{
	char *text = gen_description(seed, GEN_LAYOUT, "r", total.counts), name[64], path[4096];

	write_file(own_path("handles.mdesc", path, sizeof(path)), text, strlen(text));
	free(text);
	snprintf(name, sizeof(name), "gen %llu --kind=layout", (unsigned long long)seed);
	one(name, path, seed, true);
}

static void shipped(const char *path, size_t i)
{
	one(path, path, i, false);
}

int main(int argc, char **argv)
{
	const char *seed_text = getenv("MDESC_SEED"), *how = getenv("MDESC_TESTS"), *src = getenv("MDESC_SRC");
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : seed_text ? strtoull(seed_text, NULL, 0) : 1;
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 0) : argc > 1 ? 1 :
			 how && !strcmp(how, "full") ? 1500 : how && !strcmp(how, "normal") ? 500 : 150;

	if (argc == 1) {
		each_file(src ? src : ".", "tests/ok/*.mdesc", shipped);
		each_file(src ? src : ".", "firmware-descs/*/*.mdesc", shipped);
	}
	for (uint64_t i = 0; i < count && !total.failures; i++)
		generated(seed + i);
	printf("# %u descriptions, %llu reads, %llu absent; handles %llu fast, %llu slow, %llu with tests, "
	       "%llu to decide; %llu packets\n", total.descriptions, (unsigned long long)total.reads,
	       (unsigned long long)total.absent, (unsigned long long)total.fast, (unsigned long long)total.slow,
	       (unsigned long long)total.tested, (unsigned long long)total.decided,
	       (unsigned long long)total.packets);
	if (argc == 1 && (!total.absent || !total.fast || !total.slow || !total.tested || !total.decided) &&
	    !total.failures++)
		printf("not ok handles\n# a kind of handle was not there\n");
	if (!total.failures)
		printf("ok handles: handles and decode agree\n");
	return total.failures != 0;
}

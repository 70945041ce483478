/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The image's byte order: takes a section as it was filled, in the order of the
 * machine that mdescc runs on, and makes it little-endian. A little-endian
 * machine has nothing to do; but it, too, refuses a section that image_order.def
 * does not list, so that a new one is not forgotten.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <mdesc/format.h>

#include "image.h"

/* A member, or the elements of an array. */
struct run {
	uint16_t offset;
	uint16_t width;		/* bytes of one; 0: a struct mdesc_fmt_next */
	uint16_t count;		/* 0: the end */
};

#define MEMBER(m) (((self *)0)->m)

/* order_NAME(): the members of struct mdesc_fmt_NAME. */
#define M(m) { offsetof(self, m), sizeof(MEMBER(m)), 1 },
#define A(m) { offsetof(self, m), sizeof(MEMBER(m)[0]), sizeof(MEMBER(m)) / sizeof(MEMBER(m)[0]) },
#define N(m) { offsetof(self, m), 0, 1 },
#define ORDER(s, members)							\
static const struct run *order_##s(void)					\
{										\
	typedef struct mdesc_fmt_##s self;					\
	static const struct run runs[] = { members { sizeof(self), 0, 0 } };	\
										\
	return runs;								\
}
#include "image_order.def"
#undef M
#undef A
#undef N
#undef ORDER

static void reverse(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		uint8_t c = p[i];

		p[i] = p[n - 1 - i];
		p[n - 1 - i] = c;
	}
}

static void swap(uint8_t *p, const struct run *r)
{
	for (; r->count; r++) {
		for (size_t i = 0; i < r->count; i++) {
			if (r->width)
				reverse(p + r->offset + i * r->width, r->width);
			else
				swap(p + r->offset, order_next());
		}
	}
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { HOST_IS_LE = true };
#else
enum { HOST_IS_LE = false };
#endif

static void swap_struct(void *p, const struct run *r)
{
	if (!HOST_IS_LE)
		swap(p, r);
}

static void swap_table(void *data, const struct run *r)
{
	struct mdesc_fmt_table t = *(struct mdesc_fmt_table *)data;
	uint8_t *entry = (uint8_t *)data + sizeof(t);

	if (HOST_IS_LE)
		return;
	swap(data, order_table());
	for (uint32_t i = 0; i < t.count; i++)
		swap(entry + (size_t)i * t.entry_size, r);
}

void image_order_elf(struct mdesc_fmt_elf *elf)
{
	swap_struct(elf, order_elf());
}

void image_order_phdr(struct mdesc_fmt_elf_phdr *ph)
{
	swap_struct(ph, order_elf_phdr());
}

void image_order_shdr(struct mdesc_fmt_elf_shdr *sh)
{
	swap_struct(sh, order_elf_shdr());
}

void image_order_note(Elf64_Nhdr *n)
{
	if (HOST_IS_LE)
		return;
	reverse((uint8_t *)&n->n_namesz, sizeof(n->n_namesz));
	reverse((uint8_t *)&n->n_descsz, sizeof(n->n_descsz));
	reverse((uint8_t *)&n->n_type, sizeof(n->n_type));
}

int image_order_section(struct image_section *s)
{
	/* Every member is listed: then the sizes of the listed ones make the struct's. */
#define M(m) + sizeof(MEMBER(m))
#define A(m) + sizeof(MEMBER(m))
#define N(m) + sizeof(MEMBER(m))
#define ORDER(s, members) {							\
		typedef struct mdesc_fmt_##s self;				\
		_Static_assert(sizeof(self) == 0 members, "list the new members of mdesc_fmt_" #s \
			       " in compiler/image_order.def");			\
	}
#include "image_order.def"
#undef ORDER

#define TABLE(section, st) if (!strcmp(s->name, section)) return swap_table(s->data, order_##st()), 0;
#define PLAIN(section, st) if (!strcmp(s->name, section)) return swap_struct(s->data, order_##st()), 0;
#define BYTES(section) if (!strcmp(s->name, section)) return 0;
#include "image_order.def"
	fprintf(stderr, "mdescc: the image cannot be made: %s is not listed in image_order.def\n", s->name);
	return -1;
}

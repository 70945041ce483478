// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Takes a kernel's BTF, /sys/kernel/btf/vmlinux or the ELF file vmlinux, and
 * prints what split BTF over it must count from: as lines of C, for btf.c.
 * Runs while the module is built. Nothing in the file is trusted. Exit: 0;
 * 1 the file is no BTF, or damaged; 2 it cannot be read.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bytes at hand: the file, then its section .BTF. */
struct bytes {
	const char *path;
	const unsigned char *p;
	uint64_t n;
	bool big;		/* its numbers are big-endian */
};

static uint64_t get(const struct bytes *b, uint64_t at, unsigned int size)
{
	uint64_t v = 0;

	if (size > b->n || at > b->n - size) {
		fprintf(stderr, "%s: ends too early, at byte %llu\n", b->path, (unsigned long long)b->n);
		exit(1);
	}
	for (unsigned int i = 0; i < size; i++)
		v = v << 8 | b->p[at + (b->big ? i : size - 1 - i)];
	return v;
}

static void __attribute__((noreturn)) bad(const struct bytes *b, const char *what, uint64_t value)
{
	fprintf(stderr, "%s: %s (%llu)\n", b->path, what, (unsigned long long)value);
	exit(1);
}

static struct bytes read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	unsigned char *p = NULL;
	size_t n = 0, room = 0, got;

	do {
		room = room ? room * 2 : 1 << 20;
		p = realloc(p, room);
		got = f && p ? fread(p + n, 1, room - n, f) : 0;
		n += got;
	} while (got);
	if (!f || !p || ferror(f)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	fclose(f);
	return (struct bytes){ path, p, n, false };
}

static struct bytes part(const struct bytes *b, uint64_t at, uint64_t size)
{
	if (at > b->n || size > b->n - at)
		bad(b, "a section ends behind the file", at);
	return (struct bytes){ b->path, b->p + at, size, b->big };
}

/* The section .BTF of an ELF file, of 32 or 64 bits. */
static struct bytes find_section(struct bytes b)
{
	unsigned int word, i, n, names;
	uint64_t table, size, str;

	b.big = get(&b, 5, 1) == 2;
	word = get(&b, 4, 1) == 2 ? 8 : 4;
	table = get(&b, word == 8 ? 0x28 : 0x20, word);
	size = get(&b, word == 8 ? 0x3a : 0x2e, 2);
	n = (unsigned int)get(&b, word == 8 ? 0x3c : 0x30, 2);
	names = (unsigned int)get(&b, word == 8 ? 0x3e : 0x32, 2);
	if (size != (word == 8 ? 64 : 40) || names >= n || table > b.n)
		bad(&b, "not a table of sections", table);
	str = get(&b, table + names * size + 8 + 2 * word, word);
	for (i = 0; i < n; i++) {
		uint64_t at = table + i * size, name = get(&b, at, 4);

		if (str < b.n && name < b.n - str && b.n - str - name >= 5 && !memcmp(b.p + str + name, ".BTF", 5))
			return part(&b, get(&b, at + 8 + 2 * word, word), get(&b, at + 8 + 3 * word, word));
	}
	bad(&b, "no section .BTF: the kernel was built without it; sections", n);
}

/* How many bytes follow the first twelve of a type. */
static uint64_t tail(const struct bytes *b, uint32_t info)
{
	static const unsigned char fixed[] = { [1] = 4, [3] = 12, [14] = 4, [17] = 4 };
	static const unsigned char each[] = { [4] = 12, [5] = 12, [6] = 8, [13] = 8, [15] = 12, [19] = 12 };
	unsigned int kind = info >> 24 & 0x1f;

	if (!kind || kind > 19)
		bad(b, "a kind of type that is not known", kind);
	return (kind < sizeof(fixed) ? fixed[kind] : 0) + (uint64_t)(kind < sizeof(each) ? each[kind] : 0) *
		(info & 0xffff);
}

static int print_base(struct bytes b)
{
	uint64_t header, types, at, strings;
	struct bytes t;
	uint32_t n = 1;		/* void */

	b.big = false;
	b.big = get(&b, 0, 2) == 0x9feb;
	if (get(&b, 0, 2) != 0xeb9f)
		bad(&b, "neither BTF nor an ELF file; it begins with", get(&b, 0, 2));
	header = get(&b, 4, 4);
	types = get(&b, 12, 4);
	strings = get(&b, 20, 4);
	part(&b, header + get(&b, 16, 4), strings);
	t = part(&b, header + get(&b, 8, 4), types);
	for (at = 0; at < t.n; n++)
		at += 12 + tail(&t, (uint32_t)get(&t, at + 4, 4));
	if (at != t.n || n == 1 || !strings)
		bad(&b, "the types do not end where they should, at byte", t.n);
	printf("#define BASE_TYPES %lu\n#define BASE_TYPE_BYTES %llu\n#define BASE_STRINGS %llu\n",
	       (unsigned long)n - 1, (unsigned long long)types, (unsigned long long)strings);
	return fflush(stdout) ? 2 : 0;
}

int main(int argc, char **argv)
{
	struct bytes b;

	if (argc != 2) {
		fprintf(stderr, "usage: base FILE\n");
		return 2;
	}
	b = read_file(argv[1]);
	if (b.n >= 4 && !memcmp(b.p, "\177ELF", 4))
		b = find_section(b);
	return print_base(b);
}

// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * btf-list: the layout of structs, as plain facts that can be compared.
 *
 * Takes a BTF file (raw, or the .BTF section of an ELF file; with --base, split BTF such as that of a kernel
 * module) and the names of structs, unions or typedefs of them; without names, lists every named struct and union.
 * Gives on standard output, for each,
 *
 *	struct NAME size BYTES
 *	member PATH bit_offset BITS bit_size BITS
 *
 * with one member line for each leaf: inner structs and unions, anonymous or named, are walked through, named ones
 * giving a dotted path; arrays are leaves of their whole size. Lines are sorted by offset, then size, then path, so
 * that equal layouts give equal text whatever the order of declaration inside a union. Exit 0; 1 when the BTF or a
 * name in it is wrong or missing; 2 on wrong usage or lack of memory.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define MAX_DEPTH 32
#define PATH_SIZE 1024

struct leaf {
	char *path;
	uint64_t offset_bits;
	uint64_t size_bits;
};

/* The leaves found so far of one struct; `path` is that of the member being walked. */
struct listing {
	const struct btf *btf;
	struct leaf *leaves;
	size_t count;
	size_t room;
	char path[PATH_SIZE];
};

static void die(int status, const char *what, const char *why)
{
	fprintf(stderr, "btf-list: %s: %s\n", what, why);
	exit(status);
}

static void listing_add(struct listing *l, uint64_t offset_bits, uint64_t size_bits)
{
	struct leaf *leaf;

	if (l->count == l->room) {
		l->room = l->room ? 2 * l->room : 64;
		l->leaves = realloc(l->leaves, l->room * sizeof(*l->leaves));
		if (!l->leaves)
			die(2, l->path, strerror(ENOMEM));
	}
	leaf = &l->leaves[l->count++];
	leaf->path = strdup(l->path);
	if (!leaf->path)
		die(2, l->path, strerror(ENOMEM));
	leaf->offset_bits = offset_bits;
	leaf->size_bits = size_bits;
}

/* The type behind typedefs and qualifiers; NULL for a broken reference. */
static const struct btf_type *resolve(const struct btf *btf, uint32_t type_id)
{
	const struct btf_type *t = btf__type_by_id(btf, type_id);
	int depth;

	for (depth = 0; t && depth < MAX_DEPTH && (btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t)); depth++)
		t = btf__type_by_id(btf, t->type);
	return depth < MAX_DEPTH ? t : NULL;
}

static void walk(struct listing *l, const struct btf_type *t, uint64_t base_bits, int depth)
{
	const struct btf_member *m = btf_members(t);
	size_t path_len = strlen(l->path);
	int i;

	if (depth == MAX_DEPTH)
		die(1, l->path, "structs are nested too deeply");

	for (i = 0; i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(l->btf, m[i].name_off);
		const struct btf_type *mt = resolve(l->btf, m[i].type);
		uint64_t offset_bits = base_bits + btf_member_bit_offset(t, i);
		uint32_t size_bits = btf_member_bitfield_size(t, i);
		int len = 0;

		if (!name || !mt)
			die(1, l->path, "member without a valid name or type");
		if (*name)
			len = snprintf(l->path + path_len, sizeof(l->path) - path_len, "%s%s",
				       path_len ? "." : "", name);
		if (len < 0 || (size_t)len >= sizeof(l->path) - path_len)
			die(1, l->path, "path is too long");

		if (btf_is_composite(mt)) {
			walk(l, mt, offset_bits, depth + 1);
		} else if (*name) {
			long long size_bytes = btf__resolve_size(l->btf, m[i].type);

			if (size_bytes < 0)
				die(1, l->path, "member without a size");
			listing_add(l, offset_bits, size_bits ? size_bits : (uint64_t)size_bytes * 8);
		}
		l->path[path_len] = '\0';
	}
}

static int leaf_compare(const void *pa, const void *pb)
{
	const struct leaf *a = pa, *b = pb;

	if (a->offset_bits != b->offset_bits)
		return a->offset_bits < b->offset_bits ? -1 : 1;
	if (a->size_bits != b->size_bits)
		return a->size_bits < b->size_bits ? -1 : 1;
	return strcmp(a->path, b->path);
}

static void print_struct(const struct btf *btf, const char *name, const struct btf_type *t)
{
	struct listing l = { .btf = btf };
	size_t i;

	walk(&l, t, 0, 0);
	if (l.count)
		qsort(l.leaves, l.count, sizeof(*l.leaves), leaf_compare);
	printf("%s %s size %u\n", btf_is_union(t) ? "union" : "struct", name, t->size);
	for (i = 0; i < l.count; i++) {
		printf("member %s bit_offset %llu bit_size %llu\n", l.leaves[i].path,
		       (unsigned long long)l.leaves[i].offset_bits, (unsigned long long)l.leaves[i].size_bits);
		free(l.leaves[i].path);
	}
	free(l.leaves);
}

/*
 * The struct or union that `name` means, from type `first` on: its own definition before a typedef to one. In split
 * BTF the module's types are searched before the base's.
 */
static const struct btf_type *find(const struct btf *btf, const char *name, uint32_t first)
{
	const struct btf_type *by_typedef = NULL;
	uint32_t i;

	for (i = first; i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i), *target;
		const char *type_name = btf__name_by_offset(btf, t->name_off);

		if (!type_name || strcmp(type_name, name))
			continue;
		if (btf_is_composite(t))
			return t;
		if (btf_is_typedef(t) && !by_typedef) {
			target = resolve(btf, i);
			if (target && btf_is_composite(target))
				by_typedef = target;
		}
	}
	if (!by_typedef && first > 1)
		return find(btf, name, 1);
	return by_typedef;
}

static void print_all(const struct btf *btf, uint32_t first)
{
	uint32_t i;

	for (i = first; i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		const char *name = btf__name_by_offset(btf, t->name_off);

		if (btf_is_composite(t) && name && *name)
			print_struct(btf, name, t);
	}
}

static struct btf *load(const char *path, struct btf *base)
{
	struct btf *btf = btf__parse_split(path, base);
	char why[128];
	long err = libbpf_get_error(btf);

	if (!err)
		return btf;
	libbpf_strerror((int)err, why, sizeof(why));
	die(1, path, why);
	return NULL;
}

static void usage(FILE *to)
{
	fputs("usage: btf-list [--base FILE] FILE [STRUCT...]\n"
	      "List the members of structs from BTF (raw or in an ELF file), without names of all of them.\n"
	      "  -b, --base FILE   BTF that the types of FILE build on, as a kernel module's do on vmlinux\n"
	      "  -h, --help        this text\n", to);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "base", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct btf *base = NULL, *btf;
	bool failed = false;
	uint32_t first;
	int opt;

	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	while ((opt = getopt_long(argc, argv, "b:h", options, NULL)) != -1) {
		if (opt == 'b' && !base) {
			base = load(optarg, NULL);
		} else if (opt == 'h') {
			usage(stdout);
			return 0;
		} else {
			usage(stderr);
			return 2;
		}
	}
	if (optind == argc) {
		usage(stderr);
		return 2;
	}

	btf = load(argv[optind], base);
	first = base ? btf__type_cnt(base) : 1;
	if (optind + 1 == argc)
		print_all(btf, first);
	for (optind++; optind < argc; optind++) {
		const struct btf_type *t = find(btf, argv[optind], first);

		if (t) {
			print_struct(btf, argv[optind], t);
		} else {
			fprintf(stderr, "btf-list: no struct or union named '%s'\n", argv[optind]);
			failed = true;
		}
	}
	btf__free(btf);
	btf__free(base);

	if (fflush(stdout) || ferror(stdout))
		die(2, "standard output", strerror(errno));
	return failed;
}

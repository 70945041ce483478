// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * btfcmp: does a compiler see the types that mdescc says it does?
 *
 * Takes mdescc's BTF and BTF that pahole made of the compiled header, compares every named struct, union, enum and
 * typedef of the first with its namesake in the second: members, types, sizes, bit offsets, enumerators. Left out is
 * what C cannot say: type ids, declaration tags, views (tagged mdesc:view_of) and the enums of their layouts. The
 * names of base integers count by size and sign, arrays of arrays as one array (pahole flattens them), a bit field as
 * wide as its type as a plain member (clang 14). Prints a line for each difference. Exit 0: none; 1: some; 2: wrong
 * usage, or a file that cannot be read.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define MAX_DEPTH 64

/* A BTF with its named types sorted by name and kind. */
struct types {
	char *path;
	struct btf *btf;
	struct named { const char *name; uint32_t kind, id; } *named;
	size_t n;
};

struct compare {
	const struct types *a, *b;
	bool pointers_are_u64;		/* -p: user space's form of the header */
	const char *in;			/* the named type being compared */
	char path[1024];		/* the member of it */
	unsigned int differences, compared;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "btfcmp: %s: %s\n", what, why);
	exit(2);
}

static const char *type_name(const struct types *t, const struct btf_type *bt)
{
	const char *s = btf__name_by_offset(t->btf, bt->name_off);

	return s ? s : "";
}

static const struct btf_type *type_at(const struct types *t, uint32_t id)
{
	const struct btf_type *bt = btf__type_by_id(t->btf, id);

	if (!bt)
		die(t->path, "a type id that leads nowhere");
	return bt;
}

/* ---- loading and finding ---- */

static int by_name(const void *pa, const void *pb)
{
	const struct named *a = pa, *b = pb;
	int c = strcmp(a->name, b->name);

	if (c)
		return c;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static bool is_compared(const struct btf_type *t)
{
	return btf_is_composite(t) || btf_is_any_enum(t) || btf_is_typedef(t);
}

static void types_load(struct types *t, const char *path)
{
	uint32_t i, n;

	t->path = strdup(path);
	t->btf = btf__parse(path, NULL);
	if (!t->btf)
		die(path, strerror(errno));
	n = btf__type_cnt(t->btf);
	t->named = calloc(n, sizeof(*t->named));
	t->n = 0;
	if (!t->path || !t->named)
		die(path, strerror(ENOMEM));
	for (i = 1; i < n; i++) {
		const struct btf_type *bt = type_at(t, i);

		if (is_compared(bt) && *type_name(t, bt))
			t->named[t->n++] = (struct named){ type_name(t, bt), btf_kind(bt), i };
	}
	qsort(t->named, t->n, sizeof(*t->named), by_name);
}

static void types_free(struct types *t)
{
	btf__free(t->btf);
	free(t->named);
	free(t->path);
	memset(t, 0, sizeof(*t));
}

static const struct named *types_find(const struct types *t, const char *name, uint32_t kind)
{
	struct named key = { name, kind, 0 };
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (by_name(&t->named[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < t->n && !strcmp(t->named[lo].name, name) && t->named[lo].kind == kind)
		return &t->named[lo];
	return NULL;
}

/* ---- comparing ---- */

static void __attribute__((format(printf, 2, 3))) differ(struct compare *c, const char *fmt, ...)
{
	va_list ap;

	c->differences++;
	printf("%s: %s%s: ", c->a->path, c->in, c->path);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static const char *kind_text(const struct btf_type *t)
{
	static const char *const texts[] = {
		[BTF_KIND_UNKN] = "void", [BTF_KIND_INT] = "int", [BTF_KIND_PTR] = "pointer",
		[BTF_KIND_ARRAY] = "array", [BTF_KIND_STRUCT] = "struct", [BTF_KIND_UNION] = "union",
		[BTF_KIND_ENUM] = "enum", [BTF_KIND_FWD] = "forward", [BTF_KIND_TYPEDEF] = "typedef",
	};
	unsigned int kind = btf_kind(t);

	return kind < sizeof(texts) / sizeof(texts[0]) && texts[kind] ? texts[kind] : "another kind";
}

static void compare_types(struct compare *c, uint32_t ia, uint32_t ib, int depth);

static void compare_ints(struct compare *c, const struct btf_type *a, const struct btf_type *b)
{
	/* pahole says CHAR of plain char only, which no header has */
	if (a->size != b->size || btf_int_encoding(a) != btf_int_encoding(b))
		differ(c, "int of %u bytes, encoding %u, against %u bytes, encoding %u", a->size,
		       btf_int_encoding(a), b->size, btf_int_encoding(b));
}

static void compare_enums(struct compare *c, const struct btf_type *a, const struct btf_type *b)
{
	const struct btf_enum *ea = btf_enum(a), *eb = btf_enum(b);
	int i;

	if (a->size != b->size)
		differ(c, "size %u against %u", a->size, b->size);
	if (btf_vlen(a) != btf_vlen(b)) {
		differ(c, "%u enumerators against %u", btf_vlen(a), btf_vlen(b));
		return;
	}
	for (i = 0; i < btf_vlen(a); i++) {
		const char *na = btf__name_by_offset(c->a->btf, ea[i].name_off);
		const char *nb = btf__name_by_offset(c->b->btf, eb[i].name_off);

		if (strcmp(na, nb) || ea[i].val != eb[i].val)
			differ(c, "enumerator %s = %d against %s = %d", na, ea[i].val, nb, eb[i].val);
	}
}

/* The element behind all dimensions, and how many there are. A typedef of an array is a dimension, too: gcc's. */
static uint32_t flat(const struct types *t, uint32_t id, uint64_t *count)
{
	uint32_t under;

	*count = 1;
	while (btf_is_array(type_at(t, id))) {
		*count *= btf_array(type_at(t, id))->nelems;
		id = under = btf_array(type_at(t, id))->type;
		while (btf_is_typedef(type_at(t, under)))
			under = type_at(t, under)->type;
		if (btf_is_array(type_at(t, under)))
			id = under;
	}
	return id;
}

/*
 * A bit field as wide as its type: clang 14 calls it a plain member, at the byte where it begins (even if that is in
 * the middle of a byte, in packed structs). No other difference between bit fields is let through.
 */
static bool same_place(const struct compare *c, const struct btf_type *a, const struct btf_type *b, int i)
{
	uint32_t bits_a = btf_member_bitfield_size(a, i), bits_b = btf_member_bitfield_size(b, i);
	uint32_t at_a = btf_member_bit_offset(a, i), at_b = btf_member_bit_offset(b, i);

	if (bits_a && !bits_b)
		return bits_a == btf__resolve_size(c->a->btf, btf_members(a)[i].type) * 8 && at_b == at_a / 8 * 8;
	return bits_a == bits_b && at_a == at_b;
}

static void compare_members(struct compare *c, const struct btf_type *a, const struct btf_type *b, int depth)
{
	size_t len = strlen(c->path);
	int i;

	if (a->size != b->size)
		differ(c, "size %u against %u", a->size, b->size);
	if (btf_vlen(a) != btf_vlen(b)) {
		differ(c, "%u members against %u", btf_vlen(a), btf_vlen(b));
		return;
	}
	for (i = 0; i < btf_vlen(a); i++) {
		const struct btf_member *ma = btf_members(a) + i, *mb = btf_members(b) + i;
		const char *na = btf__name_by_offset(c->a->btf, ma->name_off);
		const char *nb = btf__name_by_offset(c->b->btf, mb->name_off);

		snprintf(c->path + len, sizeof(c->path) - len, ".%s", *na ? na : "(anonymous)");
		if (strcmp(na, nb))
			differ(c, "named '%s' there", nb);
		if (!same_place(c, a, b, i))
			differ(c, "bits %u +%u against %u +%u (+0: no bit field)", btf_member_bit_offset(a, i),
			       btf_member_bitfield_size(a, i), btf_member_bit_offset(b, i),
			       btf_member_bitfield_size(b, i));
		compare_types(c, ma->type, mb->type, depth + 1);
		c->path[len] = '\0';
	}
}

static bool is_u64(const struct types *t, uint32_t id)
{
	const struct btf_type *bt = type_at(t, id);

	while (btf_is_typedef(bt))
		bt = type_at(t, bt->type);
	return btf_is_int(bt) && bt->size == 8 && !btf_int_encoding(bt);
}

static void compare_types(struct compare *c, uint32_t ia, uint32_t ib, int depth)
{
	const struct btf_type *a, *b;
	uint64_t na, nb;

	ia = flat(c->a, ia, &na);
	ib = flat(c->b, ib, &nb);
	a = type_at(c->a, ia);
	b = type_at(c->b, ib);
	if (na != nb)
		differ(c, "%llu elements against %llu", (unsigned long long)na, (unsigned long long)nb);
	if (depth > MAX_DEPTH)
		die(c->in, "nested too deeply");
	if (c->pointers_are_u64 && btf_is_ptr(a) && is_u64(c->b, ib))
		return;
	if (btf_kind(a) != btf_kind(b)) {
		differ(c, "%s '%s' against %s '%s'", kind_text(a), type_name(c->a, a), kind_text(b),
		       type_name(c->b, b));
		return;
	}
	if (btf_is_int(a)) {
		compare_ints(c, a, b);
		return;
	}
	if (strcmp(type_name(c->a, a), type_name(c->b, b))) {
		differ(c, "%s '%s' against '%s'", kind_text(a), type_name(c->a, a), type_name(c->b, b));
		return;
	}
	if (depth && *type_name(c->a, a) && !btf_is_typedef(a))
		return;		/* a named type is compared on its own */
	if (btf_is_composite(a))
		compare_members(c, a, b, depth);
	else if (btf_is_enum(a))
		compare_enums(c, a, b);
	else if (btf_is_ptr(a) || btf_is_typedef(a))
		compare_types(c, a->type, b->type, depth + 1);
	else if (a->info)
		differ(c, "a kind that is not compared: %u", btf_kind(a));
}

/* ---- which types ---- */

/* Marks what C cannot say: views, and the enums of their layouts. */
static bool *views_of(const struct types *t)
{
	uint32_t n = btf__type_cnt(t->btf), i;
	bool *skip = calloc(n, sizeof(*skip));
	char name[256];

	if (!skip)
		die(t->path, strerror(ENOMEM));
	for (i = 1; i < n; i++) {
		const struct btf_type *tag = type_at(t, i);
		const struct named *layouts;

		if (!btf_is_decl_tag(tag) || strncmp(type_name(t, tag), "mdesc:view_of=", 14))
			continue;
		skip[tag->type] = true;
		snprintf(name, sizeof(name), "%s_layout", type_name(t, type_at(t, tag->type)));
		layouts = types_find(t, name, BTF_KIND_ENUM);
		if (layouts)
			skip[layouts->id] = true;
	}
	return skip;
}

static bool wanted(const char *name, char *const *names, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return !n;
}

static void compare_named(struct compare *c, const struct named *a)
{
	const struct named *b = types_find(c->b, a->name, a->kind);

	c->in = a->name;
	c->path[0] = '\0';
	c->compared++;
	if (b)
		compare_types(c, a->id, b->id, 0);
	else
		differ(c, "%s is not in %s", kind_text(type_at(c->a, a->id)), c->b->path);
}

/*
 * Types of the header that begin with @prefix and that mdescc's BTF does not have; but not CO-RE's flavours (NAME___X),
 * which mean NAME.
 */
static void compare_back(struct compare *c, const char *prefix)
{
	size_t i;

	for (i = 0; prefix && i < c->b->n; i++) {
		const struct named *b = &c->b->named[i];

		c->in = b->name;
		c->path[0] = '\0';
		if (!strncmp(b->name, prefix, strlen(prefix)) && !strstr(b->name, "___") &&
		    !types_find(c->a, b->name, b->kind))
			differ(c, "%s is only in %s", kind_text(type_at(c->b, b->id)), c->b->path);
	}
}

static void compare_all(struct compare *c, const char *prefix, char *const *names, int n_names)
{
	bool *skip = views_of(c->a);
	int found = 0;
	size_t i;

	for (i = 0; i < c->a->n; i++) {
		const struct named *a = &c->a->named[i];

		if (skip[a->id] || !wanted(a->name, names, n_names))
			continue;
		compare_named(c, a);
		found++;
	}
	free(skip);
	compare_back(c, prefix);
	if (found < n_names || !found) {
		c->in = "names";
		c->path[0] = '\0';
		differ(c, "found %d of %d types to compare", found, n_names);
	}
}

/* ---- the command ---- */

struct options {
	bool pointers_are_u64, verbose;
	const char *prefix;
};

static unsigned int pair(const struct options *o, struct types *b, const char *path_a, const char *path_b,
			 const char *prefix, char *const *names, int n_names)
{
	struct types a = { 0 };
	struct compare c = { .a = &a, .b = b, .pointers_are_u64 = o->pointers_are_u64 };

	types_load(&a, path_a);
	if (!b->path || strcmp(b->path, path_b)) {
		types_free(b);
		types_load(b, path_b);
	}
	compare_all(&c, prefix, names, n_names);
	if (o->verbose)
		printf("%s: %u types compared, %u differences\n", path_a, c.compared, c.differences);
	types_free(&a);
	return c.differences;
}

/* Lines of "A B [PREFIX]"; B stays loaded while it is the same. */
static unsigned int batch(const struct options *o, const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	unsigned int differences = 0, pairs = 0;
	struct types b = { 0 };
	char *line = NULL;
	size_t room = 0;

	if (!f)
		die(path, strerror(errno));
	while (getline(&line, &room, f) >= 0) {
		char *pa = strtok(line, " \t\n"), *pb = strtok(NULL, " \t\n"), *prefix = strtok(NULL, " \t\n");

		if (!pa)
			continue;
		if (!pb)
			die(path, "a line that is not A B [PREFIX]");
		differences += pair(o, &b, pa, pb, prefix ? prefix : o->prefix, NULL, 0);
		pairs++;
	}
	if (f != stdin)
		fclose(f);
	free(line);
	types_free(&b);
	printf("%u pairs compared, %u differences\n", pairs, differences);
	return differences;
}

static void usage(FILE *to)
{
	fputs("usage: btfcmp [-p] [-v] [-x PREFIX] MDESCC.btf COMPILED.btf [NAME...]\n"
	      "       btfcmp [-p] [-v] --batch FILE\n"
	      "Compare the types of mdescc's BTF with those that a compiler made of its header.\n"
	      "  -p, --pointers-are-u64  a pointer may be a __u64 there (the header's form for user space)\n"
	      "  -x, --prefix PREFIX     names that begin so must be in both\n"
	      "  -b, --batch FILE        lines of MDESCC.btf COMPILED.btf [PREFIX]; - is standard input\n"
	      "  -v, --verbose           say how many types were compared\n"
	      "  -h, --help              this text\n", to);
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "pointers-are-u64", no_argument, NULL, 'p' },
		{ "prefix", required_argument, NULL, 'x' },
		{ "batch", required_argument, NULL, 'b' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *list = NULL;
	struct options o = { 0 };
	struct types b = { 0 };
	unsigned int differences;
	int opt;

	while ((opt = getopt_long(argc, argv, "px:b:vh", long_options, NULL)) != -1) {
		switch (opt) {
		case 'p':
			o.pointers_are_u64 = true;
			break;
		case 'x':
			o.prefix = optarg;
			break;
		case 'b':
			list = optarg;
			break;
		case 'v':
			o.verbose = true;
			break;
		default:
			usage(opt == 'h' ? stdout : stderr);
			return opt == 'h' ? 0 : 2;
		}
	}
	if (list ? optind != argc : argc - optind < 2) {
		usage(stderr);
		return 2;
	}
	if (list) {
		differences = batch(&o, list);
	} else {
		differences = pair(&o, &b, argv[optind], argv[optind + 1], o.prefix, argv + optind + 2,
				   argc - optind - 2);
		types_free(&b);
	}
	if (fflush(stdout) || ferror(stdout))
		die("standard output", strerror(errno));
	return differences != 0;
}

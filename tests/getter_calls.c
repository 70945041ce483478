/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Getters of random headers: writes rSEED.h and a program that calls every getter,
 * _valid() and _read() of them over random bytes and random configuration, and
 * compares with the naive evaluation of the model. The program's text is C that
 * gcc, clang and C++ compilers take.
 *
 *	getter_calls SEED COUNT >calls.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "gen.h"
#include "model.h"
#include "values.h"

enum { ROUNDS = 2, META_MAX = 65536 };

struct bench {
	struct compiled c;
	const char *header;		/* its text */
	uint64_t config[32];
	uint64_t state;
	/* the bytes that the calls are about */
	const struct mdc_layout *l;
	uint8_t *meta;
	int buffer;
	unsigned long calls;
};

/* "r5_md37_l3_v4_saddr" */
static const char *getter(const struct bench *b, const char *path)
{
	static char name[1024];
	size_t n = (size_t)snprintf(name, sizeof(name), "%s_", b->l->name);

	for (; *path && n + 1 < sizeof(name); path++)
		if (*path != ']')
			name[n++] = *path == '.' || *path == '[' ? '_' : *path;
	name[n] = 0;
	return name;
}

/*
 * Prints the arguments of NAME_SUFFIX as the header declares them: the bytes, @more, what is asked of the
 * configuration. False where there is no such function.
 */
static bool arguments(const struct bench *b, const char *name, const char *suffix, const char *more, char *to,
		      size_t size)
{
	char want[1100];
	const char *at, *end;
	size_t n;

	snprintf(want, sizeof(want), " %s_%s(const ", name, suffix);
	at = strstr(b->header, want);
	if (!at)
		return false;
	end = strchr(at, ')');
	n = (size_t)snprintf(to, size, "(const %s %s *)b%d%s", b->l->type->kind == MDC_UNION ? "union" : "struct",
			     b->l->type->name, b->buffer, more);
	for (at = strstr(at, ", __u64 config_"); at && at < end; at = strstr(at + 1, ", __u64 config_"))
		for (uint32_t i = 0; i < b->c.model->n_configs; i++) {
			const char *config = b->c.model->configs[i]->name, *is = at + strlen(", __u64 config_");
			size_t len = strlen(config);

			if (!strncmp(is, config, len) && (is[len] == ',' || is[len] == ')'))
				n += (size_t)snprintf(to + n, size - n, ", 0x%llxULL",
						      (unsigned long long)b->config[i]);
		}
	return true;
}

/* @is_signed: with the sign of its type in 64 bits, as getters give it. */
static void calls(struct bench *b, const char *path, uint64_t value, bool may_be_invalid, bool valid)
{
	const char *name = getter(b, path);
	char args[2048], get[2048];

	if (arguments(b, name, "get", "", get, sizeof(get))) {
		printf("\twant(\"%s_get\", (__u64)%s_get(%s), 0x%llxULL);\n", name, name, get,
		       (unsigned long long)value);
		b->calls++;
	}
	if (!may_be_invalid || !arguments(b, name, "valid", "", args, sizeof(args)))
		return;
	printf("\twant(\"%s_valid\", %s_valid(%s), %d);\n", name, name, args, valid);
	b->calls++;
	if (!arguments(b, name, "read", ", &v", args, sizeof(args)))
		return;
	printf("\t{\n\t\t__typeof__(%s_get(%s)) v = 1;\n\n\t\twant(\"%s_read\", %s_read(%s), %d);\n", name, get, name,
	       name, args, valid);
	printf("\t\twant(\"%s_read's\", (__u64)v, %s0x%llxULL);\n\t}\n", name, valid ? "" : "1 + 0 * ",
	       (unsigned long long)value);
	b->calls++;
}

static void field_calls(struct bench *b, const struct values_in *in, uint32_t leaf)
{
	const struct mdc_leaf *f = &b->l->leaves[leaf];

	if (f->is_pad || f->count != 1 || f->kind == MDC_LEAF_PTR || f->kind == MDC_LEAF_MAC ||
	    f->kind == MDC_LEAF_BYTES || (f->order == MDC_RAW && f->bytes > 1))	/* raw: as it lies there */
		return;
	calls(b, f->path, values_field(in, leaf), f->valid, values_conds(in, f->cond) && values_valid(in, f->valid));
}

/* Tags that are computed at one place are called tag, tag2, ... */
static void tag_calls(struct bench *b, const struct values_in *in, const struct mdc_value *v)
{
	char path[1024];
	int nth = 1;

	for (uint32_t i = 0; i < v->idx; i++)
		nth += b->l->values[i]->role == MDC_TAG && !strcmp(b->l->values[i]->path, v->path);
	snprintf(path, sizeof(path), "%s%stag", v->path, *v->path ? "." : "");
	if (nth > 1)
		snprintf(path + strlen(path), sizeof(path) - strlen(path), "%d", nth);
	calls(b, path, values_compute(in, v), false, true);
}

static void layout_calls(struct bench *b, const struct mdc_layout *l)
{
	struct values_in in = { l, b->meta, b->config };

	b->l = l;
	for (uint32_t i = 0; i < l->size; i++)
		b->meta[i] = gen_rand(&b->state) % 3 ? (uint8_t)gen_rand(&b->state) : gen_rand(&b->state) % 2;
	/* a bool of C is 0 or 1 */
	for (uint32_t i = 0; i < l->n_leaves; i++)
		for (uint32_t k = 0; l->leaves[i].kind == MDC_LEAF_BOOL && !l->leaves[i].is_bitfield &&
		     k < l->leaves[i].count; k++)
			b->meta[l->leaves[i].offset + k * l->leaves[i].stride] &= 1;
	printf("\tstatic const struct { __u64 align; unsigned char b[%u]; } a%d = { 0, {", l->size, ++b->buffer);
	for (uint32_t i = 0; i < l->size; i++)
		printf("%s%u", i ? "," : "", b->meta[i]);
	printf("} };\n\tconst unsigned char *b%d = a%d.b;\n\n", b->buffer, b->buffer);
	for (uint32_t i = 0; i < l->n_leaves; i++)
		field_calls(b, &in, i);
	for (uint32_t i = 0; i < l->n_values; i++) {
		const struct mdc_value *v = l->values[i];

		if (v->role == MDC_TAG)
			tag_calls(b, &in, v);
		else if (v->role != MDC_VALID)
			calls(b, v->path, values_compute(&in, v), true, values_applies(&in, v));
	}
}

static bool description(struct bench *b, uint64_t seed)
{
	static uint32_t counts[GEN_COVER_N];
	char prefix[32], path[4096], name[64], *text;
	struct out header;

	snprintf(prefix, sizeof(prefix), "r%llu", (unsigned long long)seed);
	text = gen_description(seed, GEN_LAYOUT, prefix, counts);
	write_file(own_path("random.mdesc", path, sizeof(path)), text, strlen(text));
	free(text);
	b->state = seed;
	if (!compile_file(&b->c, path, NULL) || !compile_emit(&b->c, "header", &header))
		return false;
	snprintf(name, sizeof(name), "%s.h", prefix);
	write_file(own_path(name, path, sizeof(path)), header.data, header.size);
	out_write(&header, "", 1);
	b->header = (const char *)header.data;
	printf("#include \"%s\"\n\nstatic void %s(void)\n{\n", name, prefix);
	for (int i = 0; i < ROUNDS; i++) {
		for (uint32_t k = 0; k < b->c.model->n_configs; k++) {
			uint32_t bits = b->c.model->configs[k]->bits;

			b->config[k] = gen_rand(&b->state) >> (gen_rand(&b->state) % 2 ? 61 : 0);
			b->config[k] &= bits < 64 ? (1ull << bits) - 1 : UINT64_MAX;
		}
		for (uint32_t k = 0; k < b->c.model->n_layouts; k++)
			layout_calls(b, b->c.model->layouts[k]);
	}
	printf("}\n\n");
	out_free(&header);
	compile_free(&b->c);
	return true;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc == 3 ? strtoull(argv[1], NULL, 0) : 0, count = argc == 3 ? strtoull(argv[2], NULL, 0) : 0;
	struct bench b = { .meta = malloc(META_MAX) };

	if (!count || !b.meta)
		return 2;
	printf("#include <stdio.h>\n#include <string.h>\n#include <linux/types.h>\n\nstatic int wrong;\n\n"
	       "static void want(const char *name, __u64 got, __u64 want)\n{\n\tif (got != want && wrong++ < 10)\n"
	       "\t\tprintf(\"%%s gives 0x%%llx, and the model 0x%%llx\\n\", name, (unsigned long long)got,\n"
	       "\t\t       (unsigned long long)want);\n}\n\n");
	for (uint64_t i = 0; i < count; i++)
		if (!description(&b, seed + i))
			return 1;
	printf("int main(void)\n{\n");
	for (uint64_t i = 0; i < count; i++)
		printf("\tr%llu();\n", (unsigned long long)(seed + i));
	printf("\treturn wrong != 0;\n}\n");
	fprintf(stderr, "%lu\n", b.calls);
	free(b.meta);
	return 0;
}

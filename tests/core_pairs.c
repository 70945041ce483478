/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The offline resolver against libbpf itself: takes random pairs of object and
 * BTF (core_gen.c), or real ones, loads each object with libbpf into the real
 * kernel, reads libbpf's debug log, and compares every decision with ours: how
 * many candidates matched, what was patched, what was poisoned, why it gave up.
 *
 *   core_pairs random SEED COUNT      core_pairs real BTF OBJECT...
 *   core_pairs show SEED              both sides of one random pair
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../runtime/core.h"
#include "core_gen.h"
#include "tap.h"

#define LOG_MAX	(4u << 20)

struct log {
	char *text;
	size_t n;
};

__attribute__((format(printf, 2, 3)))
static void put(struct log *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->text + l->n, LOG_MAX - l->n, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < LOG_MAX - l->n)
		l->n += n;
}

/* libbpf's callback has no context. */
static struct log raw;

static int keep(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	int n = vsnprintf(raw.text + raw.n, LOG_MAX - raw.n, fmt, ap);

	(void)level;
	if (n > 0 && (size_t)n < LOG_MAX - raw.n)
		raw.n += n;
	return 0;
}

/* ---- libbpf's side ---- */

/* Candidates of the relocation that is being read. */
struct tally {
	char who[96];
	unsigned int cands, matching;
};

static void flush(struct log *to, struct tally *t)
{
	if (t->cands)
		put(to, "%s candidates %u of %u\n", t->who, t->matching, t->cands);
	t->cands = t->matching = 0;
}

/* Errors are numbers in older versions, and names in newer ones. */
static int number_of(const char *text)
{
	static const struct {
		const char *name;
		int number;
	} names[] = {
		{ "-EINVAL", -EINVAL }, { "-E2BIG", -E2BIG }, { "-ERANGE", -ERANGE }, { "-EOPNOTSUPP", -EOPNOTSUPP },
		{ "-ESRCH", -ESRCH }, { "-ENOENT", -ENOENT },
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i].name) == 0)
			return names[i].number;
	return atoi(text);
}

/* One line of the log, if it tells a decision. */
static void read_line(struct log *to, struct tally *t, const char *line)
{
	char prog[64];
	const char *rest, *at;
	unsigned int no;

	line += strspn(line, " ");	/* libbpf 1.1 ends one of its lines with a blank too many */
	if (sscanf(line, "libbpf: prog '%60[^']': relo #%u: ", prog, &no) != 2)
		return;
	rest = strstr(line, ": relo #");
	rest = strchr(rest + 8, ':') + 2;
	if (strstr(rest, "matching candidate #")) {
		snprintf(t->who, sizeof(t->who), "%s %u", prog, no);
		t->cands++;
		t->matching += strncmp(rest, "matching", 8) == 0;
		return;
	}
	at = strstr(rest, "failed to relocate: ");
	if (at) {
		t->cands = 0;
		put(to, "%s %u gave up %d\n", prog, no, number_of(at + 20));
		return;
	}
	if (strncmp(rest, "failed to patch insn #", 22) == 0) {
		flush(to, t);
		put(to, "%s %u not patched %d\n", prog, no, number_of(strrchr(rest, ':') + 2));
		return;
	}
	if (strncmp(rest, "patched insn #", 14) == 0 || strncmp(rest, "substituting insn #", 19) == 0) {
		flush(to, t);
		put(to, "%s %u %s\n", prog, no, rest);
	}
}

static void read_log(struct log *to, const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;
	struct tally t = { .cands = 0 };

	while ((line = strsep(&rest, "\n")))
		read_line(to, &t, line);
	free(copy);
}

static int memfd_with(const void *data, size_t size)
{
	int fd = memfd_create("target", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, data, size) == (ssize_t)size)
		return fd;
	return -1;
}

/* Whether libbpf got as far as the relocations. */
static bool ask_libbpf(struct log *to, const void *obj, size_t obj_size, const void *btf, size_t btf_size)
{
	char path[64];
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "pair", .btf_custom_path = path);
	struct bpf_object *o;
	int fd = memfd_with(btf, btf_size);

	raw.n = 0;
	raw.text[0] = '\0';	/* of the whole load */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	o = fd >= 0 ? bpf_object__open_mem(obj, obj_size, &opts) : NULL;
	if (o)
		bpf_object__load(o);
	read_log(to, raw.text);
	bpf_object__close(o);
	close(fd);
	return o != NULL;
}

/* ---- our side ---- */

static void put_patch(struct log *to, const char *who, const struct core_patch *p, uint32_t insn, bool wide)
{
	unsigned long long from = p->from, val = p->to;

	switch (p->what) {
	case CORE_PATCH_IMM:
		put(to, "%s patched insn #%u (ALU/ALU64) imm %llu -> %llu\n", who, insn, from, val);
		return;
	case CORE_PATCH_OFF:
		put(to, "%s patched insn #%u (LDX/ST/STX) off %llu -> %llu\n", who, insn, from, val);
		return;
	case CORE_PATCH_IMM64:
		put(to, "%s patched insn #%u (LDIMM64) imm64 %llu -> %llu\n", who, insn, from, val);
		return;
	case CORE_PATCH_POISON:
		if (wide)
			put(to, "%s substituting insn #%u w/ invalid insn\n", who, insn + 1);
		put(to, "%s substituting insn #%u w/ invalid insn\n", who, insn);
		return;
	default:
		return;
	}
}

/* False: libbpf gives up here. */
static bool put_relo(struct log *to, const struct core_object *o, const struct core_relo *r, struct bpf_insn *insn,
		     struct core_res *res)
{
	const struct core_func *f = &o->funcs[r->func];
	bool wide = insn->code == (BPF_LD | BPF_IMM | BPF_DW);
	struct core_patch patch;
	char who[96];
	int rc;

	snprintf(who, sizeof(who), "%.60s %u", f->name, r->no);
	if (res->rc) {
		put(to, "%s gave up %d\n", who, res->rc);
		return false;
	}
	if (res->cands)
		put(to, "%s candidates %u of %u\n", who, res->matching, res->cands);
	rc = core_patch(insn, o->secs[r->sec].n - r->insn - 1, res, &patch);
	put_patch(to, who, &patch, r->insn - f->first, wide);
	if (rc)
		put(to, "%s not patched %d\n", who, rc);
	else if (patch.what == CORE_PATCH_OFF && patch.size_from != patch.size_to)
		put(to, "%s patched insn #%u (LDX/ST/STX) mem_sz %u -> %u\n", who, r->insn - f->first,
		    patch.size_from, patch.size_to);
	return !rc;
}

/* Which of libbpf's rules the one has that we run with. */
static enum core_rules rules_here(void)
{
	return libbpf_major_version() > 1 || libbpf_minor_version() >= 6 ? CORE_RULES_1_6 : CORE_RULES_OLD;
}

static void ask_ours(struct log *to, const struct core_object *o, const struct core_index *index)
{
	struct core_target target = { .v = { index }, .n = 1 };
	struct core_budget budget = { .left = CORE_BUDGET };
	struct core_cands *cands = core_cands_new(o);
	struct core_res res;
	bool on = true;
	uint32_t i;

	for (i = 0; i < o->relo_n && on; i++) {
		const struct core_relo *r = &o->relos[i];
		/* A copy would do, but nobody looks at the object's again. */
		struct bpf_insn *insn = (struct bpf_insn *)(uintptr_t)&o->secs[r->sec].insns[r->insn];

		if (r->func == CORE_NONE || o->secs[r->sec].name[0] == '?')
			continue;
		core_resolve(o, r, &target, cands, rules_here(), &budget, &res);
		on = put_relo(to, o, r, insn, &res);
	}
	core_cands_free(cands);
}

/* ---- pairs ---- */

struct counts {
	unsigned long pairs, relos, gave_up, poisoned, resized, differ;
	unsigned long kinds[16];
};

static void count(struct counts *c, const struct core_object *o, const char *log)
{
	const char *p;
	uint32_t i;

	c->pairs++;
	c->relos += o->relo_n;
	for (i = 0; i < o->relo_n; i++)
		c->kinds[o->relos[i].kind & 15]++;
	c->gave_up += strstr(log, "gave up") || strstr(log, "not patched");
	for (p = log; (p = strstr(p, "substituting")); p++)
		c->poisoned++;
	for (p = log; (p = strstr(p, "mem_sz")); p++)
		c->resized++;
}

static void show(const char *what, const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("# %s: %s\n", what, line);
	free(copy);
}

/* Whether both sides say the same. @obj is taken. */
static bool compare(struct counts *c, const char *name, void *obj, size_t obj_size, const void *btf,
		    size_t btf_size, struct log *theirs, struct log *ours, bool verbose)
{
	struct core_index index = { 0 };
	struct mdesc_error err = { 0 };
	struct core_object o;
	struct btfraw b = { 0 };
	bool same;

	theirs->n = ours->n = 0;
	theirs->text[0] = ours->text[0] = '\0';
	if (!ask_libbpf(theirs, obj, obj_size, btf, btf_size)) {
		free(obj);
		printf("# %s: libbpf cannot open it\n", name);
		return false;
	}
	if (core_object_open(&o, name, obj, obj_size, &err) || btfraw_open(&b, name, btf, btf_size, NULL, &err) ||
	    btfraw_check(&b, &err) || core_index_open(&index, &b, &err)) {
		printf("# %s: %s\n", name, err.text);
		core_index_close(&index);
		btfraw_close(&b);
		core_object_close(&o);
		return false;
	}
	ask_ours(ours, &o, &index);
	same = strcmp(theirs->text, ours->text) == 0;
	count(c, &o, ours->text);
	if (!same || verbose) {
		printf("# %s:\n", name);
		show("libbpf", theirs->text);
		show("ours", ours->text);
	}
	if (!same || verbose)
		show("log", verbose ? raw.text : "");
	core_index_close(&index);
	btfraw_close(&b);
	core_object_close(&o);
	return same;
}

/* Objects that ours refuses and libbpf takes: none of what the generator makes. */
static bool random_pair(struct counts *c, uint64_t seed, struct log *theirs, struct log *ours, bool verbose)
{
	struct core_gen g;
	char name[64];
	bool same;
	void *copy;

	if (core_gen(&g, seed))
		return true;
	copy = malloc(g.obj_size);
	memcpy(copy, g.obj, g.obj_size);
	snprintf(name, sizeof(name), "seed %llu", (unsigned long long)seed);
	same = compare(c, name, copy, g.obj_size, g.btf, g.btf_size, theirs, ours, verbose);
	core_gen_free(&g);
	return same;
}

static int report(const struct counts *c, const char *name)
{
	tap(!c->differ, name, "%lu of %lu pairs differ", c->differ, c->pairs);
	printf("# libbpf %u.%u; %lu pairs, %lu relocations; %lu objects given up, %lu instructions poisoned, "
	       "%lu loads resized\n", libbpf_major_version(), libbpf_minor_version(), c->pairs, c->relos,
	       c->gave_up, c->poisoned, c->resized);
	return tap_status();
}

static int run_random(uint64_t seed, unsigned long n, struct log *theirs, struct log *ours)
{
	struct counts c = { 0 };
	unsigned long i;
	unsigned int k;

	/* Seeds that give nothing, because the tree grew too large, are made up for. */
	for (i = 0; c.pairs < n && i < 2 * n; i++) {
		if (random_pair(&c, seed + i, theirs, ours, false))
			continue;
		if (++c.differ == 5)
			break;
	}
	tap(c.pairs >= n || c.differ, "enough", "%lu pairs came of %lu seeds", c.pairs, i);
	for (k = 0; k <= BPF_CORE_TYPE_MATCHES; k++) {
		char name[64];

		snprintf(name, sizeof(name), "kind-%s", core_kind_name(k));
		tap(c.kinds[k] >= n / 50, name, "only %lu relocations", c.kinds[k]);
	}
	tap(c.gave_up > n / 50 && c.poisoned > n / 20 && c.resized > n / 100, "outcomes", "%lu %lu %lu", c.gave_up,
	    c.poisoned, c.resized);
	return report(&c, "random");
}

static void *read_file(const char *path, size_t *size)
{
	struct mdesc_error err;
	void *data;

	if (!btffile_read(path, &data, size, &err))
		return data;
	printf("# %s\n", err.text);
	exit(2);
}

static int run_real(const char *btf_path, char **objects, int n, struct log *theirs, struct log *ours)
{
	struct counts c = { 0 };
	size_t btf_size, size;
	void *btf = read_file(btf_path, &btf_size);
	int i;

	for (i = 0; i < n; i++) {
		void *obj = read_file(objects[i], &size);

		c.differ += !compare(&c, objects[i], obj, size, btf, btf_size, theirs, ours, false);
	}
	free(btf);
	return report(&c, strrchr(btf_path, '/') ? strrchr(btf_path, '/') + 1 : btf_path);
}

int main(int argc, char **argv)
{
	struct log theirs = { .text = malloc(LOG_MAX) }, ours = { .text = malloc(LOG_MAX) };
	struct counts c = { 0 };

	raw.text = malloc(LOG_MAX);
	libbpf_set_print(keep);
	if (argc == 4 && !strcmp(argv[1], "random"))
		return run_random(strtoull(argv[2], NULL, 0), strtoul(argv[3], NULL, 0), &theirs, &ours);
	if (argc == 3 && !strcmp(argv[1], "show"))
		return !random_pair(&c, strtoull(argv[2], NULL, 0), &theirs, &ours, true);
	if (argc > 3 && !strcmp(argv[1], "real"))
		return run_real(argv[2], argv + 3, argc - 3, &theirs, &ours);
	fprintf(stderr, "usage: core_pairs random SEED COUNT | show SEED | real BTF OBJECT...\n");
	return 2;
}

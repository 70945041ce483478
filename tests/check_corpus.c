/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The labelled corpus (tests/check/README): takes labels and an object, asks the
 * checker of each function, and asks the kernel whether the label is true, by
 * loading it against the new BTF and running it on metadata made here.
 *
 *	check_corpus LABELS OBJECT FOLDER [nokernel]
 *
 * Or takes any object and BTF, and asks of each program whether the kernel loads
 * it just where the checker says that it will:
 *
 *	check_corpus agree OBJECT BTF...
 */
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <mdesc/mdesc.h>

#include "tap.h"

#define META	104
#define PACKET	64

struct label {
	char func[64], truth[16], rule[32], value[64];
};

struct corpus {
	const char *folder, *object;
	struct btf *nic, *all;		/* what is checked against, and what is loaded against */
	char kernel[512];		/* path, "" none */
	unsigned int false_alarms, found_alarms, missed;
	struct label labels[128];
	unsigned int n;
	struct mdesc_check *check;
	struct mdesc_check_result *result;
};

static void die(const char *what, const char *why)
{
	printf("not ok %s\n# %s\n", what, why);
	exit(1);
}

static int no_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

/* ---- labels ---- */

static struct btf *btf_of(struct corpus *c, const char *name)
{
	char path[512];
	struct btf *btf;

	snprintf(path, sizeof(path), "%s/%s", c->folder, name);
	btf = btf__parse(path, NULL);
	if (!btf)
		die(path, "no BTF");
	return btf;
}

static void add_btf(struct corpus *c, struct btf *to, const char *name)
{
	struct btf *btf = btf_of(c, name);

	if (btf__add_btf(to, btf) < 0)
		die(name, "cannot be added");
	btf__free(btf);
}

static void read_line(struct corpus *c, char *line)
{
	char *save, *word = strtok_r(line, " \t\n", &save);
	struct label *l = &c->labels[c->n];

	if (!word || *word == '#')
		return;
	if (strcmp(word, "kernel") == 0) {
		word = strtok_r(NULL, " \t\n", &save);
		add_btf(c, c->all, word);
		snprintf(c->kernel, sizeof(c->kernel), "%s/%s", c->folder, word);
	} else if (strcmp(word, "nic") == 0) {
		while ((word = strtok_r(NULL, " \t\n", &save))) {
			add_btf(c, c->all, word);
			add_btf(c, c->nic, word);
		}
	} else if (strcmp(word, "false_alarms") == 0) {
		c->false_alarms = strtoul(strtok_r(NULL, " \t\n", &save), NULL, 10);
	} else {
		snprintf(l->func, sizeof(l->func), "%s", word);
		if (sscanf(save, "%15s %31s %63s", l->truth, l->rule, l->value) != 3)
			die(word, "not a label");
		c->n++;
	}
}

static void read_labels(struct corpus *c, const char *path)
{
	char line[256];
	FILE *in = fopen(path, "r");

	if (!in)
		die(path, strerror(errno));
	while (c->n < 128 && fgets(line, sizeof(line), in))
		read_line(c, line);
	fclose(in);
}

/* ---- the checker ---- */

static void run_checker(struct corpus *c)
{
	MDESC_OPTS(mdesc_check_opts, opts, .kernel_btf = c->kernel[0] ? c->kernel : NULL);
	struct mdesc_error err = { 0 };
	struct mdesc_check *check = mdesc_check__new(&opts, &err);
	struct mdesc_btf_bytes bytes = { .name = "nic" };
	uint32_t size;

	bytes.data = btf__raw_data(c->nic, &size);
	bytes.size = size;
	if (!check || mdesc_check__add_object(check, c->object, &err) < 0 ||
	    mdesc_check__add_btf(check, &bytes, &err) < 0)
		die(c->object, err.text);
	c->check = check;
	c->result = mdesc_check__pair(check, 0, 0, &err);
	if (!c->result)
		die(c->object, err.text);
}

/* The worst class of what is in a function, or in what only it calls; whether @rule is among the reasons. */
static int verdict(const struct corpus *c, const char *func, const char *callee, const char *rule, bool *has_rule)
{
	MDESC_INFO(mdesc_check_info, info);
	int worst = MDESC_CHECK_SAME;
	size_t i;

	for (i = 0; i < mdesc_check_result__count(c->result); i++) {
		mdesc_check_result__info(c->result, i, &info);
		if (strcmp(info.program, func) && (!callee || strcmp(info.program, callee)))
			continue;
		if (info.verdict > worst)
			worst = info.verdict;
		if (info.verdict >= MDESC_CHECK_POSSIBLY && strcmp(info.rule, rule) == 0)
			*has_rule = true;
	}
	return worst;
}

/* ---- the kernel ---- */

static void fill(uint8_t *meta)
{
	unsigned int i;

	for (i = 0; i < META; i++)
		meta[i] = (uint8_t)(0x8a + i);
}

/* The number that a label's value means in the metadata. */
static uint64_t expected(const char *value)
{
	uint8_t meta[META + 8] = { 0 };
	unsigned int width, at;
	uint64_t v = 0;

	fill(meta);
	if (*value == '=')
		return strtoull(value + 1, NULL, 0);
	if (sscanf(value, "b%u@%u", &width, &at) == 2) {
		memcpy(&v, meta + at / 8, 8);
		return v >> at % 8 & ((1ull << width) - 1);
	}
	if (sscanf(value, "be%u@%u", &width, &at) == 2) {
		memcpy(&v, meta + at, 8);
		return be64toh(v) >> (64 - width);
	}
	if (sscanf(value + 1, "%u@%u", &width, &at) != 2)
		die(value, "not a value");
	memcpy(&v, meta + at, width / 8);
	if (*value == 's')
		v = (uint64_t)((int64_t)(v << (64 - width)) >> (64 - width));
	return v;
}

static int memfd_with_btf(const struct btf *btf)
{
	int fd = memfd_create("new", MFD_CLOEXEC);
	uint32_t size;
	const void *data = btf__raw_data(btf, &size);

	return fd >= 0 && write(fd, data, size) == (ssize_t)size ? fd : -1;
}

/* 1: it ran, @result is what it read; 0: it did not load; -1: the kernel has no such test run. */
static int run(const struct corpus *c, const char *func, uint64_t *result)
{
	struct xdp_md ctx = { .data = META, .data_end = META + PACKET };
	uint8_t packet[META + PACKET] = { 0 };
	char path[64];
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = path);
	LIBBPF_OPTS(bpf_test_run_opts, test, .data_in = packet, .data_size_in = sizeof(packet), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx));
	struct bpf_program *prog;
	struct bpf_object *obj;
	uint32_t zero = 0;
	int fd = memfd_with_btf(c->all), rc = 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fill(packet);
	obj = bpf_object__open_file(c->object, &opts);
	if (!obj)
		die(c->object, "libbpf cannot open it");
	bpf_object__for_each_program(prog, obj)
		bpf_program__set_autoload(prog, strcmp(bpf_program__name(prog), func) == 0);
	prog = bpf_object__find_program_by_name(obj, func);
	if (prog && !bpf_object__load(obj)) {
		rc = bpf_prog_test_run_opts(bpf_program__fd(prog), &test) ? -1 : 1;
		if (rc == 1 && (test.retval != XDP_PASS ||
				bpf_map__lookup_elem(bpf_object__find_map_by_name(obj, "out"), &zero, sizeof(zero),
						     result, sizeof(*result), 0)))
			die(func, "it ran, and gave nothing");
	}
	bpf_object__close(obj);
	close(fd);
	return rc;
}

/* Whether the kernel bears a label out. */
static void ask_kernel(struct corpus *c, const struct label *l)
{
	uint64_t result = 0, want = 0;
	char name[96];
	int rc;

	snprintf(name, sizeof(name), "kernel-%s", l->func);
	rc = run(c, l->func, &result);
	if (rc < 0) {
		printf("skip %s testrun: this kernel takes no metadata of %d bytes\n", name, META);
		return;
	}
	if (strcmp(l->truth, "refused16") == 0 && (libbpf_major_version() > 1 || libbpf_minor_version() >= 6)) {
		tap(rc == 1, name, "it does not load");
		return;
	}
	if (strncmp(l->truth, "refused", 7) == 0 || strcmp(l->truth, "maybe") == 0) {
		tap(rc == 0, name, "it loads");
		return;
	}
	if (strcmp(l->value, "-") == 0) {
		tap(rc == 1, name, "it does not load");
		return;
	}
	want = expected(l->value);
	tap(rc == 1 && (result == want) == (strcmp(l->truth, "right") == 0), name,
	    "loaded %d, read 0x%llx, there is 0x%llx", rc, (unsigned long long)result, (unsigned long long)want);
}

/* ---- labels against the checker ---- */

/* Functions that are called have their caller's label: call, guarded_call, in_function. */
static const char *callee_of(const char *func)
{
	if (strcmp(func, "call") == 0 || strcmp(func, "guarded_call") == 0)
		return "read_gone";
	return strcmp(func, "in_function") == 0 ? "read_wide" : NULL;
}

static void ask_checker(struct corpus *c, const struct label *l)
{
	bool has_rule = false;
	int class = verdict(c, l->func, callee_of(l->func), l->rule, &has_rule);

	if (strcmp(l->truth, "right") == 0) {
		c->found_alarms += class >= MDESC_CHECK_KERNEL;
		if (class >= MDESC_CHECK_KERNEL)
			printf("# false alarm: %s: %s\n", l->func, mdesc_check_class_name(class));
		return;
	}
	if (strcmp(l->truth, "wrong") == 0) {
		c->missed += class != MDESC_CHECK_WRONG;
		tap(class == MDESC_CHECK_WRONG && has_rule, l->func, "class %s, by %s: %d",
		    mdesc_check_class_name(class), l->rule, has_rule);
		return;
	}
	tap(class == (strcmp(l->truth, "maybe") == 0 ? MDESC_CHECK_POSSIBLY : MDESC_CHECK_REFUSED) && has_rule, l->func,
	    "class %s, by %s: %d", mdesc_check_class_name(class), l->rule, has_rule);
}

/* Every function of the object has a label, so that none is forgotten. */
static void check_labels(const struct corpus *c)
{
	struct bpf_object *obj = bpf_object__open_file(c->object, NULL);
	struct bpf_program *prog;
	unsigned int i, bad = 0;

	bpf_object__for_each_program(prog, obj) {
		for (i = 0; i < c->n && strcmp(c->labels[i].func, bpf_program__name(prog)); i++)
			;
		if (i == c->n)
			printf("# no label: %s\n", bpf_program__name(prog));
		bad += i == c->n;
	}
	for (i = 0; i < c->n; i++)
		if (!bpf_object__find_program_by_name(obj, c->labels[i].func))
			bad++;
	tap(!bad, "labels", "%u functions without a label, or labels without a function", bad);
	bpf_object__close(obj);
}

/* ---- any object ---- */

struct agreement {
	unsigned int loads, refused, unsaid, differ;
};

static bool loads(const char *object, const char *btf, const char *func)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf);
	struct bpf_object *obj = bpf_object__open_file(object, &opts);
	struct bpf_program *prog;
	bool good;

	if (!obj)
		die(object, "libbpf cannot open it");
	bpf_object__for_each_program(prog, obj)
		bpf_program__set_autoload(prog, strcmp(bpf_program__name(prog), func) == 0);
	good = !bpf_object__load(obj);
	bpf_object__close(obj);
	return good;
}

/* The worst of a program, or of the functions of .text (@func NULL); one that loads and reads wrong loads. */
static int load_class(struct mdesc_check_result *r, const char *func)
{
	MDESC_INFO(mdesc_check_info, info);
	int worst = MDESC_CHECK_SAME;
	size_t i;

	for (i = 0; i < mdesc_check_result__count(r); i++) {
		mdesc_check_result__info(r, i, &info);
		if (func ? strcmp(info.program, func) : strcmp(info.section, ".text"))
			continue;
		if (info.verdict > worst && info.verdict != MDESC_CHECK_WRONG)
			worst = info.verdict;
	}
	return worst;
}

static void agree_on(struct agreement *a, struct mdesc_check_result *r, const char *object, const char *btf,
		     const char *func)
{
	int class = load_class(r, func);
	bool good;

	/*
	 * Refused for other reasons, even on what it was compiled for; or nothing was
	 * said; or by a function that perhaps another program calls.
	 */
	if (class == MDESC_CHECK_POSSIBLY || class == MDESC_CHECK_KERNEL ||
	    (class != MDESC_CHECK_REFUSED && load_class(r, NULL) >= MDESC_CHECK_KERNEL) ||
	    !loads(object, object, func)) {
		a->unsaid++;
		return;
	}
	good = loads(object, btf, func);
	a->loads += good;
	a->refused += !good;
	if (good != (class == MDESC_CHECK_REFUSED))
		return;
	a->differ++;
	printf("# %s of %s on %s: %s, and it %s\n", func, object, btf, mdesc_check_class_name(class),
	       good ? "loads" : "does not load");
}

static void add_file(struct mdesc_check *c, const char *path)
{
	struct btf *btf = btf__parse(path, NULL);
	struct mdesc_btf_bytes bytes = { .name = path };
	struct mdesc_error err = { 0 };
	uint32_t size = 0;

	bytes.data = btf ? btf__raw_data(btf, &size) : NULL;
	bytes.size = size;
	if (!bytes.data || mdesc_check__add_btf(c, &bytes, &err) < 0)
		die(path, "no BTF");
	btf__free(btf);
}

static int agree(const char *object, char **btfs, int n)
{
	struct mdesc_error err = { 0 };
	struct mdesc_check *c = mdesc_check__new(NULL, &err);
	struct bpf_object *obj = bpf_object__open_file(object, NULL);
	struct agreement a = { 0 };
	struct bpf_program *prog;
	int i;

	if (!c || !obj || mdesc_check__add_object(c, object, &err) < 0)
		die(object, err.text);
	for (i = 0; i < n; i++)
		add_file(c, btfs[i]);
	for (i = 0; i < n; i++) {
		struct mdesc_check_result *r = mdesc_check__pair(c, 0, i, &err);

		if (!r)
			die(object, err.text);
		bpf_object__for_each_program(prog, obj)
			agree_on(&a, r, object, btfs[i], bpf_program__name(prog));
		mdesc_check_result__free(r);
	}
	tap(!a.differ && a.loads + a.refused, strrchr(object, '/') ? strrchr(object, '/') + 1 : object,
	    "%u of %u differ", a.differ, a.loads + a.refused);
	printf("# %u load, %u do not, of %u nothing is said\n", a.loads, a.refused, a.unsaid);
	bpf_object__close(obj);
	mdesc_check__free(c);
	return tap_status();
}

int main(int argc, char **argv)
{
	struct corpus c = { .folder = argc > 3 ? argv[3] : ".", .object = argc > 2 ? argv[2] : "" };
	unsigned int i;

	if (argc < 4) {
		fprintf(stderr, "usage: check_corpus LABELS OBJECT FOLDER [nokernel] | agree OBJECT BTF...\n");
		return 2;
	}
	libbpf_set_print(no_print);
	if (strcmp(argv[1], "agree") == 0)
		return agree(argv[2], argv + 3, argc - 3);
	c.nic = btf__new_empty();
	c.all = btf__new_empty();
	read_labels(&c, argv[1]);
	check_labels(&c);
	run_checker(&c);
	for (i = 0; i < c.n; i++)
		ask_checker(&c, &c.labels[i]);
	tap(c.found_alarms == c.false_alarms, "false_alarms", "%u; the labels say %u", c.found_alarms, c.false_alarms);
	tap(c.missed == 0, "missed", "%u", c.missed);
	for (i = 0; i < c.n && argc == 4; i++)
		ask_kernel(&c, &c.labels[i]);
	printf("# %u programs, %u missed, %u false alarms\n", c.n, c.missed, c.found_alarms);
	mdesc_check_result__free(c.result);
	mdesc_check__free(c.check);
	btf__free(c.nic);
	btf__free(c.all);
	return tap_status();
}

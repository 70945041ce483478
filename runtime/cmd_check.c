/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc check: takes BPF objects and images, files or folders of them, checks
 * each object against each image, and says what would break. Needs no privilege
 * and no kernel.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd_check.h"

static const char help[] =
"usage: mdesc check [OPTION]... OBJECT... --image IMAGE...\n"
"\n"
"Would these compiled BPF programs load on these images, and still mean the same?\n"
"Every CO-RE relocation of every object is resolved against every image.\n"
"\n"
"  -i, --image IMAGE...   images; a folder stands for all *.fw in it\n"
"      --btf FILE...      BTF of NICs that does not come in an image\n"
"      --object OBJECT... objects, behind other options; a folder: all *.o in it\n"
"      --kernel-btf FILE  resolve relocations of kernel types against this, too\n"
"                         (/sys/kernel/btf/vmlinux); else they are listed as the\n"
"                         kernel's, and nothing is said about them\n"
"      --fail-on=CLASS    the least class that makes the exit status 1 (default:\n"
"                         possibly-unguarded); `none': never\n"
"  -a, --all              list all relocations, not only those that break\n"
"  -q, --quiet            print nothing but errors\n"
"  -j, --json             print JSON\n"
"      --sarif            print SARIF 2.1.0, for code review and CI\n"
"  -h, --help             this text\n"
CMD_IMAGE_HELP
"\n"
"Classes, the worst last: same, moved, resized, guarded (absent or wrong in dead code\n"
"only), kernel, possibly-unguarded (absent; no proof that the code is dead),\n"
"will-not-load, reads-wrong. doc/check.md explains them, and the rules behind.\n"
"\n"
"Exit status: 0 nothing breaks; 1 something does (--fail-on); 3 a file is not there;\n"
"5 one is damaged; 6 an object has no BTF.\n";

/* Words of one kind, as they came on the command line. */
struct words {
	const char **v;
	size_t n;
};

struct check_args {
	struct words objects, images, btfs;
	const char *kernel_btf;
	int fail_on;
	bool all, quiet, json, sarif;
	struct cmd_image from;
};

static int no_memory(void)
{
	return cmd_fail(MDESC_CLASS_SYSTEM, "not enough memory");
}

static int add_word(struct words *w, const char *word)
{
	const char **v = realloc(w->v, (w->n + 1) * sizeof(*v));

	if (!v)
		return no_memory();
	w->v = v;
	w->v[w->n++] = word;
	return 0;
}

/* ---- inputs ---- */

/* Adds one file. Returns 0 or the exit status. */
typedef int (*add_fn)(struct mdesc_check *check, const struct check_args *a, const char *path);

static int add_object(struct mdesc_check *check, const struct check_args *a, const char *path)
{
	struct mdesc_error err = { 0 };

	(void)a;
	return mdesc_check__add_object(check, path, &err) < 0 ? cmd_error(&err) : 0;
}

/* @path NULL: the image of the interface. */
static int add_image(struct mdesc_check *check, const struct check_args *a, const char *path)
{
	struct cmd_image from = a->from;
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;
	int status;

	if (path)
		from.iface = NULL;
	img = cmd_image_open(path, &from, &err);
	status = img && mdesc_check__add_image(check, img, &err) >= 0 ? 0 : cmd_error(&err);

	mdesc_image__close(img);
	return status;
}

/* All of a file, to be freed. Returns 0 or the exit status. */
static int read_file(const char *path, void **data, size_t *size)
{
	FILE *in = fopen(path, "rb"), *out = open_memstream((char **)data, size);
	char buf[65536];
	size_t n;
	int code = errno;

	while (in && out && (n = fread(buf, 1, sizeof(buf), in)) > 0)
		fwrite(buf, 1, n, out);
	if (in && ferror(in))
		code = errno;
	if (in && !ferror(in))
		code = 0;
	if (in)
		fclose(in);
	if (!out || fclose(out))
		return no_memory();
	return code ? cmd_fail(cmd_file_class(code), "%s: %s", path, strerror(code)) : 0;
}

static int add_btf(struct mdesc_check *check, const struct check_args *a, const char *path)
{
	struct mdesc_btf_bytes bytes = { .name = path };
	struct mdesc_error err = { 0 };
	void *data = NULL;
	int status = read_file(path, &data, &bytes.size);

	(void)a;
	bytes.data = data;
	if (!status && mdesc_check__add_btf(check, &bytes, &err) < 0)
		status = cmd_error(&err);
	free(data);
	return status;
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

/* All files in a folder whose names end so, in the order of their names. */
static int add_folder(struct mdesc_check *check, const struct check_args *a, const char *path, const char *end,
		      add_fn add)
{
	struct dirent **list;
	int n = scandir(path, &list, NULL, alphasort), i, found = 0, status = 0;

	if (n < 0)
		return cmd_fail(cmd_file_class(errno), "%s: %s", path, strerror(errno));
	for (i = 0; i < n; i++) {
		char *file = NULL;

		if (!status && ends_with(list[i]->d_name, end)) {
			if (asprintf(&file, "%s/%s", path, list[i]->d_name) < 0)
				status = no_memory();
			else
				status = add(check, a, file);
			free(file);
			found++;
		}
		free(list[i]);
	}
	free(list);
	if (!found && !status)
		status = cmd_fail(MDESC_CLASS_NOT_FOUND, "%s: no *%s in this folder", path, end);
	return status;
}

static int add_all(struct mdesc_check *check, const struct check_args *a, const struct words *w,
		   const char *end, add_fn add)
{
	struct stat st;
	int status = 0;
	size_t i;

	for (i = 0; i < w->n && !status; i++) {
		if (stat(w->v[i], &st) == 0 && S_ISDIR(st.st_mode))
			status = add_folder(check, a, w->v[i], end, add);
		else
			status = add(check, a, w->v[i]);
	}
	return status;
}

/* ---- pairs ---- */

size_t check_count(const struct check_run *r, int class)
{
	size_t i, n = 0;

	for (i = 0; i < r->object_n * r->image_n; i++)
		n += mdesc_check_result__class(r->results[i]) >= class;
	return n;
}

int check_worst(const struct check_run *r)
{
	int worst = MDESC_CHECK_SAME;
	size_t i;

	for (i = 0; i < r->object_n * r->image_n; i++)
		if (mdesc_check_result__class(r->results[i]) > worst)
			worst = mdesc_check_result__class(r->results[i]);
	return worst;
}

static int run_pairs(struct check_run *r)
{
	struct mdesc_error err = { 0 };
	size_t i;

	while (mdesc_check__object_name(r->check, r->object_n))
		r->object_n++;
	while (mdesc_check__image_name(r->check, r->image_n))
		r->image_n++;
	r->results = calloc(r->object_n * r->image_n + 1, sizeof(struct mdesc_check_result *));
	if (!r->results)
		return no_memory();
	for (i = 0; i < r->object_n * r->image_n; i++) {
		r->results[i] = mdesc_check__pair(r->check, i / r->image_n, i % r->image_n, &err);
		if (!r->results[i])
			return cmd_error(&err);
	}
	return 0;
}

static int check_all(struct check_run *r, const struct check_args *a)
{
	MDESC_OPTS(mdesc_check_opts, opts, .kernel_btf = a->kernel_btf);
	struct mdesc_error err = { 0 };
	int status;

	r->fail_on = a->fail_on;
	r->least = a->all ? MDESC_CHECK_SAME : MDESC_CHECK_POSSIBLY;
	r->check = mdesc_check__new(&opts, &err);
	if (!r->check)
		return cmd_error(&err);
	status = add_all(r->check, a, &a->objects, ".o", add_object);
	if (!status)
		status = add_all(r->check, a, &a->images, ".fw", add_image);
	if (!status && a->from.iface)
		status = add_image(r->check, a, NULL);
	if (!status)
		status = add_all(r->check, a, &a->btfs, ".btf", add_btf);
	if (!status)
		status = run_pairs(r);
	if (!status && !a->quiet)
		status = a->sarif ? check_sarif(r) : a->json ? check_json(r) : check_print(r);
	if (!status && check_count(r, r->fail_on))
		status = MDESC_CLASS_INPUT;
	return status;
}

/* ---- the command line ---- */

static int parse_class(const char *text, int *class)
{
	int i;

	for (i = MDESC_CHECK_MOVED; i <= MDESC_CHECK_WRONG; i++)
		if (strcmp(text, mdesc_check_class_name(i)) == 0)
			*class = i;
	if (strcmp(text, "none") == 0)
		*class = MDESC_CHECK_WRONG + 1;
	if (*class)
		return 0;
	return cmd_usage("check", "--fail-on takes moved, resized, guarded, kernel, possibly-unguarded, "
			 "will-not-load, reads-wrong or none");
}

enum { OBJECT = 256, BTF, KERNEL_BTF, FAIL_ON, SARIF };

/* One option. -1: go on; else the exit status. */
static int take_option(struct check_args *a, int c, struct words **words)
{
	int status = 0;

	switch (c) {
	case 'i':
		*words = &a->images;
		break;
	case OBJECT:
		*words = &a->objects;
		break;
	case BTF:
		*words = &a->btfs;
		break;
	case 1:			/* a word: of what the last option began */
		break;
	case KERNEL_BTF:
		a->kernel_btf = optarg;
		return -1;
	case FAIL_ON:
		a->fail_on = 0;
		status = parse_class(optarg, &a->fail_on);
		return status ? status : -1;
	case 'a':
		a->all = true;
		return -1;
	case 'q':
		a->quiet = true;
		return -1;
	case 'j':
		a->json = true;
		return -1;
	case SARIF:
		a->sarif = true;
		return -1;
	case 'h':
		fputs(help, stdout);
		return cmd_finish(0);
	default:
		return cmd_image_option(&a->from, c) ? -1 : cmd_usage("check", NULL);
	}
	status = add_word(*words, optarg);
	return status ? status : -1;
}

/* -1: go on; else the exit status. */
static int parse_args(struct check_args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "image", required_argument, NULL, 'i' },
		{ "object", required_argument, NULL, OBJECT },
		{ "btf", required_argument, NULL, BTF },
		{ "kernel-btf", required_argument, NULL, KERNEL_BTF },
		{ "fail-on", required_argument, NULL, FAIL_ON },
		{ "all", no_argument, NULL, 'a' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "json", no_argument, NULL, 'j' },
		{ "sarif", no_argument, NULL, SARIF },
		{ "help", no_argument, NULL, 'h' },
		CMD_IMAGE_LONGS,
		{ NULL, 0, NULL, 0 },
	};
	struct words *words = &a->objects;
	int c, status;

	while ((c = getopt_long(argc, argv, "-i:aqjh", longs, NULL)) != -1) {
		status = take_option(a, c, &words);
		if (status >= 0)
			return status;
	}
	for (; optind < argc; optind++)
		if (add_word(words, argv[optind]))
			return MDESC_CLASS_SYSTEM;
	if (!a->objects.n)
		return cmd_usage("check", "it takes objects, and --image with images");
	if (!a->images.n && !a->btfs.n && !a->from.iface)
		return cmd_usage("check", "which images? Name them behind --image");
	if (a->btfs.n && a->from.require_signature)
		return cmd_usage("check", "BTF by itself has no signature: --btf or --require-signature, not both");
	if (a->json && a->sarif)
		return cmd_usage("check", "--json or --sarif, not both");
	return -1;
}

int cmd_check(int argc, char **argv)
{
	struct check_args a = { .fail_on = MDESC_CHECK_POSSIBLY };
	struct check_run r = { .object_n = 0 };
	int status = parse_args(&a, argc, argv);
	size_t i;

	if (status < 0)
		status = check_all(&r, &a);
	for (i = 0; r.results && i < r.object_n * r.image_n; i++)
		mdesc_check_result__free(r.results[i]);
	free(r.results);
	mdesc_check__free(r.check);
	free(a.objects.v);
	free(a.images.v);
	free(a.btfs.v);
	return cmd_finish(status);
}

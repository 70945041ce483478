/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Finding the image of a device: takes an identity, looks in the places that
 * doc/find.md lists, in this order, and gives the first that has it; or says where
 * it looked. Every step is told to who listens.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btfraw.h"
#include "find.h"
#include "image.h"

#define KEY_BUILD_ID	"mdesc.build-id"
#define IDS_MAX		((size_t)64 << 20)

/* ---- what steps tell ---- */

bool search_traces(const struct search *s)
{
	return s->finder->opts.trace;
}

void search_step(const struct search *s, int verdict, bool detail, const char *where, const char *fmt, ...)
{
	MDESC_INFO(mdesc_find_step, step);
	struct mdesc_error line;
	char text[512];
	va_list ap;

	if (!search_traces(s))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* Made one line, without anything that a terminal obeys. */
	error_set(&line, 0, MDESC_CLASS_NONE, "%s", text);
	step.verdict = verdict;
	step.detail = detail;
	step.where = where;
	step.text = line.text;
	s->finder->opts.trace(s->finder->opts.trace_ctx, &step);
}

void search_looked(struct search *s, const char *fmt, ...)
{
	size_t n = strlen(s->looked);
	va_list ap;

	if (n && n + 2 < sizeof(s->looked))
		n += snprintf(s->looked + n, sizeof(s->looked) - n, ", ");
	va_start(ap, fmt);
	vsnprintf(s->looked + n, sizeof(s->looked) - n, fmt, ap);
	va_end(ap);
}

void search_skip(struct search *s, const char *path, const struct mdesc_error *why, bool match)
{
	size_t n = strlen(path);

	/* The path stands there already. */
	search_step(s, MDESC_FIND_SKIPPED, false, path, "%s",
		    !strncmp(why->text, path, n) && why->text[n] == ':' ? why->text + n + 2 : why->text);
	/* Candidates come the best first, and what matches says more than what may. */
	if (!s->skipped.kind || (match && !s->skipped_match)) {
		s->skipped = *why;
		s->skipped_match = match;
	}
}

int search_hit(struct search *s, int how, const char *path, struct mdesc_image *image, const char *why)
{
	struct mdesc_found *found = s->found;

	found->how = how;
	found->image = image;
	found->path = strdup(path);
	snprintf(found->why, sizeof(found->why), "%s", why);
	if (s->skipped_match)
		snprintf(found->warning, sizeof(found->warning), "%s", s->skipped.text);
	search_step(s, MDESC_FIND_HIT, false, *path ? path : "debuginfod", "%s", why);
	if (!found->path)
		return error_set(s->err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	return 1;
}

struct mdesc_image *search_open(const struct search *s, const char *path, struct mdesc_error *err)
{
	MDESC_OPTS(mdesc_image_open_opts, opts, .name = NULL);
	const struct mdesc_image_open_opts *given = s->finder->opts.open;

	/* Who was compiled with more than we know gets the answer of mdesc_image__open(). */
	if (given && given->sz > sizeof(opts))
		return mdesc_image__open(path, given, err);
	if (given && given->sz > sizeof(opts.sz))
		memcpy((char *)&opts + sizeof(opts.sz), (const char *)given + sizeof(opts.sz),
		       given->sz - sizeof(opts.sz));
	opts.name = NULL;
	opts.borrow = false;
	opts.build_id = NULL;
	return mdesc_image__open(path, &opts, err);
}

/* ---- 1: a path ---- */

static bool is_raw_btf(const char *path)
{
	uint8_t head[2];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool btf = fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) && head[0] == 0x9f && head[1] == 0xeb;

	if (fd >= 0)
		close(fd);
	return btf;
}

static int given_btf(struct search *s, const char *path)
{
	struct btffile file;
	struct btfraw raw = { .name = NULL };
	int ret;

	if (OPTS_GET(s->finder->opts.open, require_signature, false))
		return error_set(s->err, EKEYREJECTED, MDESC_CLASS_CORRUPT,
				 "%.300s: BTF alone is not signed, and a signature is required", path);
	ret = btffile_open(&file, path, s->err);
	if (ret)
		return ret;
	ret = btfraw_open(&raw, path, file.btf, file.btf_size, NULL, s->err);
	if (!ret)
		ret = btfraw_check(&raw, s->err);
	btfraw_close(&raw);
	btffile_close(&file);
	return ret ? ret : search_hit(s, MDESC_FOUND_PATH, path, NULL, "BTF that was given");
}

static int search_path(struct search *s)
{
	const char *path = s->finder->opts.path;
	struct mdesc_image *img;

	if (!path)
		return 0;
	if (is_raw_btf(path))
		return given_btf(s, path);
	img = search_open(s, path, s->err);
	if (!img)
		return -errno;
	return search_hit(s, MDESC_FOUND_PATH, path, img, "an image that was given");
}

/* ---- 2: the kernel ---- */

static int search_kernel(struct search *s)
{
	const char *driver = mdesc_identity__get(s->id, MDESC_ID_DRIVER, NULL);
	const char *const prefixes[] = { "", "mdesc_" };
	char path[4608], base[4608], device[160], why[1488], *p;
	unsigned int i;

	/* It becomes a file's name. */
	if (s->finder->opts.no_kernel || !*driver || strchr(driver, '/') || *driver == '.')
		return 0;
	snprintf(base, sizeof(base), "%s/vmlinux", s->finder->kernel_path);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s%s", s->finder->kernel_path, prefixes[i], driver);
		/* Modules have no dashes in their names. */
		for (p = path + strlen(s->finder->kernel_path); *p; p++)
			*p = *p == '-' ? '_' : *p;
		if (find_kernel_btf(path, base, driver, device, sizeof(device), why, sizeof(why)))
			return search_hit(s, MDESC_FOUND_KERNEL, path, NULL, device);
		search_step(s, MDESC_FIND_MISS, false, path, "%s", why);
	}
	search_looked(s, "%s (nothing of mdesc)", s->finder->kernel_path);
	return 0;
}

/* ---- 4: a build id ---- */

static bool hex_bytes(const char *text, uint8_t *bytes)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	if (strlen(text) != 2 * MDESC_FMT_BUILD_ID || text[strspn(text, digits)])
		return false;
	for (i = 0; i < 2 * MDESC_FMT_BUILD_ID; i++) {
		uint8_t v = strchr(digits, text[i]) - digits;

		bytes[i / 2] = i % 2 ? bytes[i / 2] | v : v << 4;
	}
	return true;
}

static void hex_text(const uint8_t *bytes, char *text)
{
	unsigned int i;

	for (i = 0; i < MDESC_FMT_BUILD_ID; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

/* As the options say, and no less strict with signatures than with files. */
static struct mdesc_image *fetch(const struct search *s, const uint8_t *build_id, struct mdesc_error *err)
{
	MDESC_OPTS(mdesc_fetch_opts, opts, .timeout_ms = 0);
	const struct mdesc_fetch_opts *given = s->finder->opts.fetch;
	const struct mdesc_image_open_opts *open = s->finder->opts.open;

	if (given && given->sz > sizeof(opts))
		return mdesc_image__fetch(build_id, given, err);
	if (given && given->sz > sizeof(opts.sz))
		memcpy((char *)&opts + sizeof(opts.sz), (const char *)given + sizeof(opts.sz),
		       given->sz - sizeof(opts.sz));
	if (OPTS_GET(open, cert_dir, NULL))
		opts.cert_dir = open->cert_dir;
	opts.require_signature |= OPTS_GET(open, require_signature, false);
	return mdesc_image__fetch(build_id, &opts, err);
}

/* Why a server has not got it, where that is no failure. */
static const char *fetch_miss(int code, const struct mdesc_error *err)
{
	if (code == ENOENT)
		return "no server has it";
	if (code == EDESTADDRREQ)
		return "$DEBUGINFOD_URLS names no server";
	return code == ENOTSUP && err->kind == MDESC_CLASS_DENIED ? "built without libdebuginfod" : NULL;
}

static int by_fetching(struct search *s, const uint8_t *build_id, const char *why)
{
	struct mdesc_error err = { .text = "" };
	struct mdesc_image *img;
	const char *miss;

	if (s->finder->opts.no_fetch)
		return 0;
	img = fetch(s, build_id, &err);
	if (img)
		return search_hit(s, MDESC_FOUND_FETCHED, "", img, why);
	miss = fetch_miss(errno, &err);
	if (!miss) {
		search_skip(s, "debuginfod", &err, true);
		return 0;
	}
	search_step(s, MDESC_FIND_MISS, false, "debuginfod", "%s", miss);
	search_looked(s, "debuginfod (%s)", miss);
	return 0;
}

static int by_build_id(struct search *s, const uint8_t *build_id, const char *whose)
{
	char hex[2 * MDESC_FMT_BUILD_ID + 1], why[400];
	int ret;

	hex_text(build_id, hex);
	snprintf(why, sizeof(why), "build id %s, by %s", hex, whose);
	ret = search_build_id(s, build_id, why);
	if (ret)
		return ret;
	search_step(s, MDESC_FIND_MISS, false, hex, "by %s: in none of the directories", whose);
	search_looked(s, "the directories for build id %s (%s)", hex, whose);
	return by_fetching(s, build_id, why);
}

static int search_devlink(struct search *s)
{
	const char *text = identity_version(s->id, KEY_BUILD_ID);
	uint8_t build_id[MDESC_FMT_BUILD_ID];

	if (!text)
		return 0;
	if (hex_bytes(text, build_id))
		return by_build_id(s, build_id, "devlink's " KEY_BUILD_ID);
	search_step(s, MDESC_FIND_MISS, false, "devlink's " KEY_BUILD_ID, "`%s' is no build id: 40 hexadecimal digits",
		    text);
	search_looked(s, "devlink's " KEY_BUILD_ID " (no build id)");
	return 0;
}

/* The line that matches best; two that match equally well must agree. */
static int best_line(struct search *s, const struct find_ids *ids, const char *path,
		     const struct find_id_line **best, char *why, size_t why_size)
{
	const char *driver = mdesc_identity__get(s->id, MDESC_ID_DRIVER, NULL);
	const struct find_id_line *rival = NULL;
	struct find_rank rank, best_rank = { 0 };
	char where[576];
	size_t i;

	*best = NULL;
	for (i = 0; i < ids->line_count; i++) {
		const struct find_id_line *l = &ids->lines[i];
		bool match;

		if (!find_same_driver(l->rule.driver, driver))
			continue;
		match = find_match(&l->rule, s->id, &rank, why, why_size);
		snprintf(where, sizeof(where), "%.500s:%u", path, l->line);
		search_step(s, match ? MDESC_FIND_MATCH : MDESC_FIND_MISS, false, where, "%s", why);
		if (!match || (*best && find_rank_cmp(&rank, &best_rank) < 0))
			continue;
		if (*best && !find_rank_cmp(&rank, &best_rank)) {
			if (memcmp(l->build_id, (*best)->build_id, sizeof(l->build_id)))
				rival = l;
			continue;
		}
		*best = l;
		best_rank = rank;
		rival = NULL;
	}
	if (rival)
		return error_set(s->err, ENOTUNIQ, MDESC_CLASS_AMBIGUOUS,
				 "%.100s: two lines match equally well: %.500s:%u and %.500s:%u", s->who, path,
				 (*best)->line, path, rival->line);
	return 0;
}

static int by_ids(struct search *s, const struct find_ids *ids)
{
	const struct find_id_line *best;
	const char *path = s->finder->ids_path;
	char why[512], whose[576];
	int ret;

	ret = best_line(s, ids, path, &best, why, sizeof(why));
	if (ret)
		return ret;
	search_step(s, MDESC_FIND_LOOKED, false, path, "%zu line%s", ids->line_count,
		    ids->line_count == 1 ? "" : "s");
	if (!best) {
		search_looked(s, "%s (no line matches)", path);
		return 0;
	}
	snprintf(whose, sizeof(whose), "%.500s:%u", path, best->line);
	return by_build_id(s, best->build_id, whose);
}

static int search_ids(struct search *s)
{
	const char *path = s->finder->ids_path;
	struct mdesc_error err;
	struct find_ids ids;
	void *text;
	size_t size;
	int ret;

	ret = btffile_read(path, &text, &size, &err);
	if (ret) {
		/* Unless somebody named it, it need not be there. */
		if (ret != -ENOENT || s->finder->opts.ids) {
			if (s->err)
				*s->err = err;
			return ret;
		}
		search_step(s, MDESC_FIND_MISS, false, path, "not there");
		search_looked(s, "%s (not there)", path);
		return 0;
	}
	ret = size > IDS_MAX ? error_set(s->err, EFBIG, MDESC_CLASS_INPUT, "%.300s: larger than 64 MiB", path) :
			       find_ids_parse(&ids, path, text, size, s->err);
	free(text);
	if (ret)
		return ret;
	ret = by_ids(s, &ids);
	find_ids_free(&ids);
	return ret;
}

/* ---- all of it ---- */

static int not_found(struct search *s)
{
	/* What there is cannot be used: that is worth more than that nothing was found. */
	if (s->skipped.kind && (s->skipped_match || !s->for_driver))
		return error_set(s->err, -s->skipped.code, s->skipped.kind, "%.120s: no image can be used: %s", s->who,
				 s->skipped.text);
	if (s->skipped.kind)
		search_looked(s, "and passed over: %s", s->skipped.text);
	return error_set(s->err, ENOENT, MDESC_CLASS_NOT_FOUND, "%.120s: no image found; looked in %s", s->who,
			 s->looked);
}

static int search_all(struct search *s)
{
	static int (*const steps[])(struct search *s) = {
		search_kernel, search_dirs, search_devlink, search_ids,
	};
	unsigned int i;
	int ret;

	ret = search_path(s);
	if (ret)
		return ret;
	if (!*mdesc_identity__get(s->id, MDESC_ID_DRIVER, NULL))
		return error_set(s->err, EINVAL, MDESC_CLASS_INPUT,
				 "the driver is not known: every image is for one driver");
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && !ret; i++)
		ret = steps[i](s);
	return ret ? ret : not_found(s);
}

struct mdesc_found *mdesc_finder__find(struct mdesc_finder *finder, const struct mdesc_identity *id,
				       struct mdesc_error *err)
{
	static const struct mdesc_identity nobody;
	struct search s = { .finder = finder, .id = id ? id : &nobody, .err = err };
	int ret;

	s.found = calloc(1, sizeof(*s.found));
	if (!s.found) {
		errno = -error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
		return NULL;
	}
	identity_describe(s.id, s.who, sizeof(s.who));
	ret = search_all(&s);
	if (ret == 1)
		return s.found;
	mdesc_found__free(s.found);
	errno = -ret;
	return NULL;
}

static int finder_init(struct mdesc_finder *f, const struct mdesc_find_opts *opts)
{
	const char *root;

	if (opts)
		memcpy((char *)&f->opts + sizeof(f->opts.sz), (const char *)opts + sizeof(opts->sz),
		       (opts->sz < sizeof(*opts) ? opts->sz : sizeof(*opts)) - sizeof(opts->sz));
	root = f->opts.root ? f->opts.root : "";
	if (asprintf(&f->kernel_path, "%s/sys/kernel/btf", root) < 0) {
		f->kernel_path = NULL;
		return -ENOMEM;
	}
	if (asprintf(&f->ids_path, "%s%s", f->opts.ids ? "" : root, f->opts.ids ? f->opts.ids : "/etc/mdesc/ids") < 0) {
		f->ids_path = NULL;
		return -ENOMEM;
	}
	if (!f->opts.no_cache)
		f->cache_dir = f->opts.cache_dir ? strdup(f->opts.cache_dir) : find_cache_place();
	return finder_set_dirs(f);
}

struct mdesc_finder *mdesc_finder__new(const struct mdesc_find_opts *opts, struct mdesc_error *err)
{
	struct mdesc_finder *f;

	if (!opts_valid(opts, sizeof(*opts))) {
		errno = -error_set(err, EINVAL, MDESC_CLASS_SYSTEM,
				   "options of mdesc_find() that this libmdesc does not know");
		return NULL;
	}
	f = calloc(1, sizeof(*f));
	if (f && !finder_init(f, opts))
		return f;
	mdesc_finder__free(f);
	errno = -error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	return NULL;
}

void mdesc_finder__free(struct mdesc_finder *f)
{
	size_t i;

	if (!f)
		return;
	finder_drop_dirs(f);
	for (i = 0; i < f->dir_count; i++)
		free(f->dirs[i].path);
	free(f->dirs);
	free(f->cache_dir);
	free(f->ids_path);
	free(f->kernel_path);
	free(f);
}

struct mdesc_found *mdesc_find(const struct mdesc_identity *id, const struct mdesc_find_opts *opts,
			       struct mdesc_error *err)
{
	struct mdesc_finder *finder = mdesc_finder__new(opts, err);
	struct mdesc_found *found;
	int code;

	if (!finder)
		return NULL;
	found = mdesc_finder__find(finder, id, err);
	code = errno;
	mdesc_finder__free(finder);
	errno = code;
	return found;
}

/* ---- what was found ---- */

int mdesc_found__how(const struct mdesc_found *found)
{
	return found->how;
}

const char *mdesc_found__path(const struct mdesc_found *found)
{
	return found->path;
}

const struct mdesc_image *mdesc_found__image(const struct mdesc_found *found)
{
	return found->image;
}

struct mdesc_image *mdesc_found__take_image(struct mdesc_found *found)
{
	struct mdesc_image *img = found->image;

	found->image = NULL;
	return img;
}

const char *mdesc_found__why(const struct mdesc_found *found)
{
	return found->why;
}

const char *mdesc_found__warning(const struct mdesc_found *found)
{
	return found->warning;
}

void mdesc_found__free(struct mdesc_found *found)
{
	if (!found)
		return;
	mdesc_image__close(found->image);
	free(found->path);
	free(found);
}

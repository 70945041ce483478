/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The directories of images: takes an identity or a build id, finds what matches
 * best in their indexes, opens it and checks that it is what the index said. What
 * cannot be used is passed over, and said.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "find.h"
#include "image.h"

/* ---- which directories ---- */

static int add_dir(struct mdesc_finder *f, const char *root, const char *path, size_t n, unsigned int place)
{
	struct find_dir *dirs = realloc(f->dirs, (f->dir_count + 1) * sizeof(*dirs));
	char *full;

	if (!dirs)
		return -ENOMEM;
	f->dirs = dirs;
	if (asprintf(&full, "%s%.*s", root, (int)n, path) < 0)
		return -ENOMEM;
	dirs[f->dir_count++] = (struct find_dir){ .path = full, .place = place };
	return 0;
}

int finder_set_dirs(struct mdesc_finder *f)
{
	static const char *const standard[] = { "/etc/mdesc", "/lib/firmware/mdesc" };
	const char *const *dirs = f->opts.dirs, *root = f->opts.root ? f->opts.root : "", *env, *p;
	size_t i, n;
	int ret = 0;

	if (dirs) {
		for (i = 0; i < f->opts.dir_count && !ret; i++)
			ret = add_dir(f, "", dirs[i], strlen(dirs[i]), 0);
		return ret;
	}
	/* Who runs us with more rights than his own must not choose what we trust. */
	env = *root ? NULL : secure_getenv("MDESC_PATH");
	for (p = env ? env : ""; *p && !ret; p += n + (p[n] == ':')) {
		n = strcspn(p, ":");
		if (n)
			ret = add_dir(f, "", p, n, 0);
	}
	for (i = 0; i < 2 && !ret; i++)
		ret = add_dir(f, root, standard[i], strlen(standard[i]), i + 1);
	return ret;
}

void finder_drop_dirs(struct mdesc_finder *f)
{
	size_t i;

	for (i = 0; i < f->dir_count; i++)
		find_index_free(&f->dirs[i].index);
	f->dirs_read = false;
}

static int read_dirs(struct mdesc_finder *f, bool cached, struct mdesc_error *err)
{
	size_t i;

	if (f->dirs_read)
		return 0;
	for (i = 0; i < f->dir_count; i++) {
		struct find_dir *d = &f->dirs[i];

		d->code = -find_index_read(&d->index, d->path, cached ? f->cache_dir : NULL);
		if (d->code == ENOMEM)
			return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "%.200s: not enough memory", d->path);
	}
	f->dirs_read = true;
	return 0;
}

/* ---- what matches ---- */

struct candidate {
	const struct find_dir *dir;
	const struct find_file *file;
	struct find_rank rank;
};

struct candidates {
	struct candidate *v;
	size_t n, cap;
	struct find_term *terms;	/* of the file that is looked at */
	size_t term_cap;
};

static int add_candidate(struct candidates *c, const struct find_dir *dir, const struct find_file *file,
			 const struct find_rank *rank)
{
	if (c->n == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 16;
		struct candidate *v = realloc(c->v, cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		c->v = v;
		c->cap = cap;
	}
	c->v[c->n++] = (struct candidate){ dir, file, *rank };
	return 0;
}

static int by_rank(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int cmp = find_rank_cmp(&y->rank, &x->rank);

	if (cmp)
		return cmp;
	if (x->dir->place != y->dir->place)
		return x->dir->place < y->dir->place ? -1 : 1;
	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	/* Files are in the order of their names. */
	return x->file < y->file ? -1 : x->file > y->file;
}

static int rule_of_file(struct candidates *c, const struct find_index *ix, const struct find_file *file,
			struct find_rule *rule)
{
	uint32_t i;

	if (file->term_count > c->term_cap) {
		struct find_term *t = realloc(c->terms, file->term_count * sizeof(*t));

		if (!t)
			return -ENOMEM;
		c->terms = t;
		c->term_cap = file->term_count;
	}
	for (i = 0; i < file->term_count; i++) {
		const struct find_file_term *t = &ix->terms[file->term_first + i];

		c->terms[i] = (struct find_term){ t->where, find_str(ix, t->key), find_str(ix, t->glob) };
	}
	*rule = (struct find_rule){ find_str(ix, file->driver), find_str(ix, file->firmware), c->terms,
				    file->term_count };
	return 0;
}

static void path_of(const struct find_dir *dir, const struct find_file *file, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%s", dir->path, find_str(&dir->index, file->name));
}

static int file_class(uint32_t state)
{
	return state == FIND_NEWER ? MDESC_CLASS_NEWER : state == FIND_UNREADABLE ? MDESC_CLASS_DENIED :
	       MDESC_CLASS_CORRUPT;
}

/* A file without an identity: not an image, or one that cannot be read. */
static void note_file(struct search *s, const struct find_dir *dir, const struct find_file *file)
{
	const char *why = find_str(&dir->index, file->why);
	struct mdesc_error err;
	char path[4608];

	path_of(dir, file, path, sizeof(path));
	if (file->state == FIND_NO_IMAGE) {
		search_step(s, MDESC_FIND_MISS, true, path, "no image: %s", why);
		return;
	}
	error_set(&err, file->state == FIND_NEWER ? ENOTSUP : file->state == FIND_UNREADABLE ? EACCES : EBADMSG,
		  file_class(file->state), "%.200s: %s", path, why);
	search_skip(s, path, &err, false);
}

static int look_at(struct search *s, const struct find_dir *dir, const struct find_file *file,
		   struct candidates *c)
{
	const char *driver = mdesc_identity__get(s->id, MDESC_ID_DRIVER, NULL);
	char why[512] = "", path[4608];
	struct find_rank rank;
	struct find_rule rule;
	bool match;
	int ret;

	if (file->state != FIND_IMAGE) {
		note_file(s, dir, file);
		return 0;
	}
	if (!find_same_driver(find_str(&dir->index, file->driver), driver)) {
		if (search_traces(s)) {
			path_of(dir, file, path, sizeof(path));
			search_step(s, MDESC_FIND_MISS, true, path, "for driver %s",
				    find_str(&dir->index, file->driver));
		}
		return 0;
	}
	s->for_driver++;
	ret = rule_of_file(c, &dir->index, file, &rule);
	if (ret)
		return ret;
	match = find_match(&rule, s->id, &rank, why, search_traces(s) ? sizeof(why) : 0);
	if (search_traces(s)) {
		path_of(dir, file, path, sizeof(path));
		search_step(s, match ? MDESC_FIND_MATCH : MDESC_FIND_MISS, false, path, "%s", why);
	}
	return match ? add_candidate(c, dir, file, &rank) : 0;
}

static void note_dir(struct search *s, const struct find_dir *dir, size_t found_before, const struct candidates *c)
{
	const struct find_index *ix = &dir->index;
	uint32_t i, images = 0;

	if (dir->code) {
		search_step(s, MDESC_FIND_MISS, false, dir->path, "%s",
			    dir->code == ENOENT ? "not there" : strerror(dir->code));
		search_looked(s, "%s (%s)", dir->path, dir->code == ENOENT ? "not there" : strerror(dir->code));
		return;
	}
	for (i = 0; i < ix->file_count; i++)
		images += ix->files[i].state == FIND_IMAGE;
	search_step(s, MDESC_FIND_LOOKED, false, dir->path, "%u image%s in %u file%s, %u from the index%s%s%s",
		    images, images == 1 ? "" : "s", ix->file_count, ix->file_count == 1 ? "" : "s",
		    ix->from_cache, ix->cache_note ? " (" : "", ix->cache_note ? ix->cache_note : "",
		    ix->cache_note ? ")" : "");
	if (c->n == found_before)
		search_looked(s, "%s (%u image%s)", dir->path, images, images == 1 ? "" : "s");
}

static int collect(struct search *s, struct candidates *c)
{
	const struct mdesc_finder *f = s->finder;
	size_t i, before;
	uint32_t j;
	int ret;

	for (i = 0; i < f->dir_count; i++) {
		before = c->n;
		for (j = 0; j < f->dirs[i].index.file_count; j++) {
			ret = look_at(s, &f->dirs[i], &f->dirs[i].index.files[j], c);
			if (ret)
				return error_set(s->err, -ret, MDESC_CLASS_SYSTEM, "not enough memory");
		}
		note_dir(s, &f->dirs[i], before, c);
	}
	if (c->n)
		qsort(c->v, c->n, sizeof(*c->v), by_rank);
	return 0;
}

/* ---- the best of it ---- */

/* What the opened image itself says must be what the index said of it. */
static bool says_the_same(const struct search *s, const struct mdesc_image *img, const struct candidate *c,
			  char *why, size_t why_size)
{
	const char *driver = mdesc_identity__get(s->id, MDESC_ID_DRIVER, NULL);
	size_t n = mdesc_image__match_count(img), i;
	struct find_term *terms = calloc(n ? n : 1, sizeof(*terms));
	struct find_rank rank;
	struct find_rule rule;
	struct mdesc_match m;
	bool same;

	if (!terms)
		return false;
	for (i = 0; i < n && !mdesc_image__match(img, i, &m); i++)
		terms[i] = (struct find_term){ find_where_of(m.where), m.key, m.glob };
	rule = (struct find_rule){ mdesc_image__ident(img, MDESC_IDENT_DRIVER),
				   mdesc_image__ident(img, MDESC_IDENT_FIRMWARE), terms, n };
	same = find_same_driver(rule.driver, driver) && find_match(&rule, s->id, &rank, why, why_size) &&
	       !find_rank_cmp(&rank, &c->rank);
	free(terms);
	return same;
}

/* The image of a candidate, or NULL: it was passed over. */
static struct mdesc_image *open_candidate(struct search *s, const struct candidate *c, bool by_id, char *why,
					  size_t why_size)
{
	struct mdesc_error err = { .text = "" };
	struct mdesc_image *img;
	char path[4608];

	path_of(c->dir, c->file, path, sizeof(path));
	img = search_open(s, path, &err);
	if (!img) {
		/* It was there when the directory was read. */
		s->stale |= err.kind == MDESC_CLASS_NOT_FOUND;
		search_skip(s, path, &err, true);
		return NULL;
	}
	if (!memcmp(mdesc_image__build_id(img), c->file->build_id, MDESC_FMT_BUILD_ID) &&
	    (by_id || says_the_same(s, img, c, why, why_size)))
		return img;
	mdesc_image__close(img);
	error_set(&err, ESTALE, MDESC_CLASS_CORRUPT, "%.200s: changed while it was looked at", path);
	s->stale = true;
	search_skip(s, path, &err, true);
	return NULL;
}

static bool equally_good(const struct candidate *a, const struct candidate *b)
{
	return !find_rank_cmp(&a->rank, &b->rank) && a->dir->place == b->dir->place;
}

static bool same_image(const struct candidate *a, const struct candidate *b)
{
	return !memcmp(a->file->build_id, b->file->build_id, MDESC_FMT_BUILD_ID);
}

static int ambiguous(struct search *s, const struct candidate *a, const struct candidate *b, const char *why)
{
	char pa[4608], pb[4608];

	path_of(a->dir, a->file, pa, sizeof(pa));
	path_of(b->dir, b->file, pb, sizeof(pb));
	return error_set(s->err, ENOTUNIQ, MDESC_CLASS_AMBIGUOUS,
			 "%.60s: two images match equally well (%.80s): %.600s and %.600s", s->who, why, pa, pb);
}

/* Another usable image that is as good as @c->v[@at]: 1, and an error; 0: none. */
static int check_rivals(struct search *s, const struct candidates *c, size_t at, const char *why)
{
	char rival_why[512];
	size_t i;

	for (i = at + 1; i < c->n && equally_good(&c->v[at], &c->v[i]); i++) {
		struct mdesc_image *img;

		if (same_image(&c->v[at], &c->v[i]))
			continue;
		img = open_candidate(s, &c->v[i], false, rival_why, sizeof(rival_why));
		if (!img)
			continue;
		mdesc_image__close(img);
		return ambiguous(s, &c->v[at], &c->v[i], why);
	}
	return 0;
}

static int choose(struct search *s, const struct candidates *c)
{
	char why[512] = "", path[4608];
	struct mdesc_image *img = NULL;
	size_t i;
	int ret;

	for (i = 0; i < c->n && !img; i++)
		img = open_candidate(s, &c->v[i], false, why, sizeof(why));
	if (!img)
		return 0;
	i--;
	ret = check_rivals(s, c, i, why);
	if (ret) {
		mdesc_image__close(img);
		return ret;
	}
	path_of(c->v[i].dir, c->v[i].file, path, sizeof(path));
	return search_hit(s, MDESC_FOUND_MATCH, path, img, why);
}

static int search_once(struct search *s, bool cached)
{
	struct candidates c = { .v = NULL };
	int ret = read_dirs(s->finder, cached, s->err);

	if (!ret)
		ret = collect(s, &c);
	if (!ret)
		ret = choose(s, &c);
	free(c.v);
	free(c.terms);
	return ret;
}

int search_dirs(struct search *s)
{
	struct search again = *s;
	int ret;

	ret = search_once(s, true);
	if (ret == 1 || !s->stale)
		return ret;
	/* Somebody is at work in the directory, or the index was wrong: once more, from the files alone. */
	*s = again;
	finder_drop_dirs(s->finder);
	search_step(s, MDESC_FIND_LOOKED, false, "the directories", "they changed: once more, without the index");
	return search_once(s, false);
}

int search_build_id(struct search *s, const uint8_t *build_id, const char *why)
{
	const struct mdesc_finder *f = s->finder;
	size_t i;
	uint32_t j;
	int ret;

	ret = read_dirs(s->finder, true, s->err);
	for (i = 0; i < f->dir_count && !ret; i++) {
		const struct find_index *ix = &f->dirs[i].index;

		for (j = 0; j < ix->file_count && !ret; j++) {
			struct candidate c = { &f->dirs[i], &ix->files[j], { 0 } };
			struct mdesc_image *img;
			char path[4608];

			if (ix->files[j].state != FIND_IMAGE ||
			    memcmp(ix->files[j].build_id, build_id, MDESC_FMT_BUILD_ID))
				continue;
			img = open_candidate(s, &c, true, NULL, 0);
			path_of(c.dir, c.file, path, sizeof(path));
			if (img)
				ret = search_hit(s, MDESC_FOUND_BUILD_ID, path, img, why);
		}
	}
	return ret;
}

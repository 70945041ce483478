/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Finding the image of a device: what the parts share.
 *
 *   identity + rule (of an image, or of a line of ids) --find_match--> rank
 *   directory --find_index--> files with their identities --> best --> opened image
 *
 * An index is what was read of a directory's files: their names, what the file
 * system says of them, and of images the build id and the identity. It is the same
 * in memory as in the cache; whatever it claims is checked against the image that
 * is handed out.
 */
#ifndef MDESC_FIND_H
#define MDESC_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <mdesc/mdesc.h>

#include "identity.h"
#include "names.h"

/* ---- find_match.c ---- */

/* Where a term's value is reported. "other" is of a newer version of the language. */
enum find_where {
	FIND_OTHER,
	FIND_DEVLINK,
	FIND_FIRMWARE,
	FIND_SERIAL,
	FIND_BUS,
	FIND_DEFAULT,
};

struct find_term {
	enum find_where where;
	const char *key;	/* of devlink; else "" */
	const char *glob;
};

struct find_rule {
	const char *driver;
	const char *firmware;	/* "": says nothing */
	const struct find_term *terms;
	size_t term_count;
};

/* How well something matches: the members are compared in this order. All 0: a declared default. */
struct find_rank {
	unsigned int device;	/* 4 serial, 3 with wildcards, 2 bus, 1 with wildcards, 0 no matter which device */
	unsigned int version;	/* 2 exactly, 1 with wildcards, 0 no matter which version */
	unsigned int keys;	/* how many different things were asked for */
	unsigned int literal;	/* characters that are no wildcards */
};

enum find_where find_where_of(const char *name);
/* Names of drivers: modules and what ethtool says differ in dashes and underlines. */
bool find_same_driver(const char *a, const char *b);
/* Whether @text matches @glob: * ? [a-z] [!a-z] and \ for the next character. No exponential time. */
bool find_glob(const char *glob, const char *text);
/* Whether it has wildcards. */
bool find_glob_wild(const char *glob);
/*
 * Whether the rule matches; its driver does. Sets @rank; @why gets what made it so,
 * or what does not match, unless @why_size is 0, which is much faster.
 */
bool find_match(const struct find_rule *rule, const struct mdesc_identity *id, struct find_rank *rank,
		char *why, size_t why_size);
/* > 0: @a is better. */
int find_rank_cmp(const struct find_rank *a, const struct find_rank *b);

/* ---- find_index.c, find_cache.c ---- */

enum find_state {
	FIND_IMAGE,
	FIND_NO_IMAGE,		/* something else: nothing to speak of */
	FIND_DAMAGED,
	FIND_NEWER,
	FIND_UNREADABLE,
	FIND_STATES
};

/* A file of a directory. Texts are offsets in the index's strings, as all below. */
struct find_file {
	uint64_t dev, ino, size;
	int64_t mtime, ctime;		/* ns */
	uint32_t name;
	uint32_t state;			/* enum find_state */
	uint32_t driver;
	uint32_t firmware;
	uint32_t term_first, term_count;
	uint32_t why;			/* what is wrong with it */
	uint32_t unsure;		/* it may change without its times changing: read it again */
	uint8_t build_id[20];
	uint32_t reserved;
};

struct find_file_term {
	uint32_t where;			/* enum find_where */
	uint32_t key;
	uint32_t glob;
};

struct find_index {
	char *dir;
	uint64_t dir_dev, dir_ino;
	int64_t dir_mtime, dir_ctime;
	bool dir_unsure;		/* as find_file.unsure: it is listed again */
	struct find_file *files;	/* sorted by name */
	struct find_file_term *terms;
	char *strs;			/* strs_size bytes, the last one NUL; offset 0 is "" */
	uint32_t file_count, term_count, strs_size;
	uint32_t file_cap, term_cap, strs_cap;
	uint32_t *buckets;		/* while it is being made: strings by hash */
	uint32_t bucket_count, string_count;
	void *blob;			/* what files, terms and strs point into, where it came from a cache */
	uint32_t from_cache;		/* how many files did not have to be read */
	bool changed;			/* other than what the cache has */
	const char *cache_note;		/* why the cache is not used or could not be written; NULL: it was */
};

#define FIND_FILES_MAX	(1u << 22)

static inline const char *find_str(const struct find_index *ix, uint32_t off)
{
	return ix->strs + off;
}

/* 0; -errno where the directory cannot be read. @cache_dir: NULL: none. */
int find_index_read(struct find_index *ix, const char *dir, const char *cache_dir);
void find_index_free(struct find_index *ix);
/* Adds a string; the same one twice is one. UINT32_MAX: no memory. */
uint32_t find_index_str(struct find_index *ix, const char *text);
struct find_file_term *find_index_term(struct find_index *ix);

/* What the file system says of a file. */
void find_file_stat(struct find_file *file, const struct stat *st);
/* Whether it changed so lately that a further change may leave the times as they are. */
bool find_unsure(int64_t ctime_ns);
int64_t find_ns(struct timespec t);

/* find_stat.c: what was read of the file is still true; of all files in the open directory. */
bool find_same_stat(const struct find_file *f, const struct stat *st);
bool find_all_same(const struct find_index *ix, int fd);

/* Of an index file; against accidents only. */
uint64_t find_cache_hash(uint64_t h, const void *data, size_t size);
/* find_cache.c: NULL in @ix->cache_note where it was good. */
bool find_cache_load(struct find_index *ix, const char *cache_dir);
void find_cache_store(struct find_index *ix, const char *cache_dir);
/* The standard place, to be freed; NULL: there is none. */
char *find_cache_place(void);

/* find_ident.c: reads a file's state and identity into @file and @ix. 0, -ENOMEM. */
int find_ident_read(struct find_index *ix, struct find_file *file, int dir_fd, const char *name);

/* ---- find_ids.c ---- */

struct find_id_line {
	struct find_rule rule;
	uint8_t build_id[MDESC_FMT_BUILD_ID];
	unsigned int line;
};

struct find_ids {
	char *text;
	struct find_id_line *lines;
	struct find_term *terms;
	size_t line_count, line_cap, term_count, term_cap;
};

/* @size bytes of @text, which need not end with a NUL; @name for errors. 0, -EINVAL with @err filled, -ENOMEM. */
int find_ids_parse(struct find_ids *ids, const char *name, const char *text, size_t size, struct mdesc_error *err);
void find_ids_free(struct find_ids *ids);

/* ---- find_kernel.c ---- */

/*
 * Whether the file is BTF that describes a device: 1, or 0 with @why filled. A file
 * of the kernel's is split BTF over @base. @driver: what the types' tags must say,
 * NULL: whatever. @device: gets the tags' word.
 */
int find_kernel_btf(const char *path, const char *base, const char *driver, char *device, size_t device_size,
		    char *why, size_t why_size);

/* ---- find.c, find_dirs.c: a search ---- */

struct find_dir {
	char *path;
	unsigned int place;	/* earlier places win over later ones that match as well */
	int code;		/* why it could not be read; 0: it was */
	struct find_index index;
};

struct mdesc_finder {
	struct mdesc_find_opts opts;
	struct find_dir *dirs;
	size_t dir_count;
	char *cache_dir;	/* NULL: none */
	char *ids_path;
	char *kernel_path;	/* /sys/kernel/btf */
	bool dirs_read;
};

struct mdesc_found {
	int how;
	char *path;
	struct mdesc_image *image;
	char why[512];
	char warning[1488];
};

struct search {
	struct mdesc_finder *finder;
	const struct mdesc_identity *id;
	struct mdesc_error *err;
	struct mdesc_found *found;
	char who[192];			/* the identity in words */
	char looked[1200];		/* where, for "not found" */
	struct mdesc_error skipped;	/* what was wrong with the best that could not be used */
	bool skipped_match;		/* it was for this device */
	bool stale;			/* an index did not tell the truth */
	unsigned int for_driver;	/* readable images for the driver */
};

/* A line of the trace. */
void search_step(const struct search *s, int verdict, bool detail, const char *where, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* A place for the text of "not found". */
void search_looked(struct search *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* It would have been taken, but it cannot be used. */
void search_skip(struct search *s, const char *path, const struct mdesc_error *why, bool match);
bool search_traces(const struct search *s);
/* Fill the result; takes over @image. 1, or -ENOMEM. */
int search_hit(struct search *s, int how, const char *path, struct mdesc_image *image, const char *why);
struct mdesc_image *search_open(const struct search *s, const char *path, struct mdesc_error *err);

/* Each: 1 found, 0 not, -errno with the error filled. */
int search_dirs(struct search *s);
int search_build_id(struct search *s, const uint8_t *build_id, const char *why);

/* The standard directories, or those of the options. 0, -ENOMEM. */
int finder_set_dirs(struct mdesc_finder *finder);
void finder_drop_dirs(struct mdesc_finder *finder);

#endif /* MDESC_FIND_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Asks debuginfod servers, by libdebuginfod, which is loaded for it.
 *
 * The client itself waits for minutes, has no limit of size, and takes whatever
 * it was given up on, a torn transfer or a server's failure for a miss, which it
 * then remembers. So it is told when to stop, what it says is read, and a miss
 * that was none is taken back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "debuginfod.h"
#include "debuginfod_cache.h"
#include "lazylib.h"

#define TIMEOUT_MS	10000u

void getting_begin(struct getting *g, const char *hex, const struct mdesc_fetch_opts *opts)
{
	unsigned int ms = OPTS_GET(opts, timeout_ms, 0);

	*g = (struct getting){ .hex = hex, .opts = opts, .timeout_ms = ms ? ms : TIMEOUT_MS };
	clock_gettime(CLOCK_MONOTONIC, &g->begin);
}

void getting_evict(const struct getting *g)
{
	static const char *const sections[] = { WHOLE_FILE, MDESC_SEC_DIGEST, MDESC_SEC_BTF, MDESC_SEC_SIG };
	size_t i;

	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		cache_remove(g->hex, sections[i]);
}

#ifdef HAVE_LIBDEBUGINFOD

#include <elfutils/debuginfod.h>

#define DEBUGINFOD_CALLS(X)							\
	X(debuginfod_begin) X(debuginfod_end) X(debuginfod_find_executable)	\
	X(debuginfod_find_section) X(debuginfod_set_progressfn) X(debuginfod_set_user_data) \
	X(debuginfod_get_user_data) X(debuginfod_set_verbose_fd)

struct debuginfod {
	LAZYLIB_MEMBERS(DEBUGINFOD_CALLS)
};

/* Why a query was given up. */
enum stop { GOES_ON, TOO_SLOW, TOO_LARGE, NOT_WANTED };

/* One question to the servers. */
struct query {
	const struct getting *g;
	const char *section;
	const char *urls;
	enum stop stop;
	bool known;			/* the cache can tell that nobody has it */
	char said[16384];		/* by the client */
};

static unsigned long ms_since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - t->tv_sec) * 1000 + (now.tv_nsec - t->tv_nsec) / 1000000;
}

/*
 * Returns whether to stop. The client tells bytes and their sum once a server sends; before, it
 * counts calls.
 */
static bool give_up(struct query *q, long done, long all)
{
	const struct mdesc_fetch_opts *opts = q->g->opts;
	int (*progress)(void *ctx, uint64_t done, uint64_t all) = OPTS_GET(opts, progress, NULL);

	if (done > (long)IMAGE_MAX_BYTES || all > (long)IMAGE_MAX_BYTES)
		q->stop = TOO_LARGE;
	else if (progress && progress(OPTS_GET(opts, progress_ctx, NULL), all > 0 ? done : 0, all > 0 ? all : 0))
		q->stop = NOT_WANTED;
	else if (ms_since(&q->g->begin) >= q->g->timeout_ms)
		q->stop = TOO_SLOW;
	return q->stop != GOES_ON;
}

/* The client's only way to say more than an error number is text into a file. */
static void read_said(struct query *q, int fd)
{
	ssize_t n = fd < 0 ? 0 : pread(fd, q->said, sizeof(q->said) - 1, 0);

	q->said[n > 0 ? n : 0] = 0;
}

/*
 * What a server's answer came to, after @from: "server response WHAT", and maybe a line "url N WHY".
 * NULL: there is none; else the place to look for the next from.
 */
static const char *next_answer(const char *from, char *buf, size_t size)
{
	const char *what = strstr(from, "server response "), *end, *why;

	if (!what)
		return NULL;
	what += strlen("server response ");
	end = strstr(what, "server response ");
	why = strstr(what, "\nurl ");
	if (why && (!end || why < end)) {
		why += strlen("\nurl ");
		why += strspn(why, "0123456789 ");
	} else {
		why = what;
	}
	snprintf(buf, size, "%.*s", (int)strcspn(why, "\n"), why);
	return what;
}

/* No server that answered said anything but 404, as far as the client tells; else @why has what. */
static bool is_miss(const struct query *q, char *why, size_t size)
{
	const char *p = next_answer(q->said, why, size);

	if (!p) {
		snprintf(why, size, "nobody was asked; can the cache be written? ($DEBUGINFOD_CACHE_PATH)");
		return q->known || !q->said[0];
	}
	for (; p; p = next_answer(p, why, size))
		if (!strstr(why, "error: 404"))
			return false;
	return true;
}

static int query_error(const struct query *q, int ret, bool was_miss, struct mdesc_error *err)
{
	const char *what = *q->section ? q->section : "the image", *hex = q->g->hex;
	char why[160] = "", path[4096];

	switch (q->stop) {
	case TOO_SLOW:
		return error_set(err, ETIMEDOUT, MDESC_CLASS_SYSTEM,
				 "%s: no server sent %s within %u.%u s (%.150s)", hex, what,
				 q->g->timeout_ms / 1000, q->g->timeout_ms % 1000 / 100, q->urls);
	case TOO_LARGE:
		return error_set(err, EFBIG, MDESC_CLASS_CORRUPT,
				 "%s: a server sends more than %u MiB: that is no image (%.150s)", hex,
				 IMAGE_MAX_BYTES >> 20, q->urls);
	case NOT_WANTED:
		return error_set(err, ECANCELED, MDESC_CLASS_SYSTEM, "%s: given up", hex);
	default:
		break;
	}
	if (ret == -ENOENT && was_miss && cache_path(path, sizeof(path), hex, q->section))
		return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND,
				 "%s: no server had %s a short while ago (remembered in %.800s)", hex, what, path);
	if (ret == -ENOENT && is_miss(q, why, sizeof(why)))
		return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND, "%s: no server has %s (%.200s)", hex, what,
				 q->urls);
	if (is_miss(q, why, sizeof(why)) || (ret != -ENOENT && !strstr(q->said, "server response ")))
		snprintf(why, sizeof(why), "%s", strerror(-ret));
	else if (ret == -ENODATA || strcmp(why, "No error") == 0)
		snprintf(why, sizeof(why), "a server sent nothing");
	return error_set(err, ret == -ENOENT ? EIO : -ret, ret == -EACCES || ret == -EPERM ? MDESC_CLASS_DENIED :
			 MDESC_CLASS_SYSTEM, "%s: %s cannot be fetched: %s (%.150s)", hex, what, why, q->urls);
}

/* What the client hands back is asked of its library again: there is nowhere to keep the call. */
static int on_progress(debuginfod_client *client, long done, long all)
{
	static const char *const name[] = { "debuginfod_get_user_data", NULL };
	__typeof__(&debuginfod_get_user_data) get_user_data;
	struct query *q;

	if (lazylib_load(DEBUGINFOD_SONAME, name, &get_user_data, "", NULL))
		return 1;
	q = get_user_data(client);
	return give_up(q, done, all);
}

static int ask_client(struct query *q, const struct debuginfod *lib, struct got *file)
{
	debuginfod_client *client = lib->debuginfod_begin();
	const unsigned char *id = (const unsigned char *)q->g->hex;
	int said = memfd_create("mdesc-debuginfod", MFD_CLOEXEC);
	int fd, ret;

	if (!client) {
		if (said >= 0)
			close(said);
		return -ENOMEM;
	}
	lib->debuginfod_set_user_data(client, q);
	lib->debuginfod_set_progressfn(client, on_progress);
	if (said >= 0)
		lib->debuginfod_set_verbose_fd(client, said);
	fd = *q->section ? lib->debuginfod_find_section(client, id, 0, q->section, NULL) :
			   lib->debuginfod_find_executable(client, id, 0, NULL);
	ret = fd < 0 ? fd : cache_read_fd(fd, &file->data, &file->size);
	if (fd >= 0 && ret == -ENOENT)
		ret = -ENODATA;
	if (fd >= 0)
		close(fd);
	read_said(q, said);
	if (said >= 0)
		close(said);
	lib->debuginfod_end(client);
	return ret;
}

/* What the client took for a miss was none. */
static void forget_miss(const char *hex, const char *section)
{
	char path[4096];

	if (cache_is_miss(hex, section, path, sizeof(path)))
		cache_remove(hex, section);
}

static int ask(const struct getting *g, const char *section, struct got *file, struct mdesc_error *err)
{
	static const char *const names[] = { LAZYLIB_NAMES(DEBUGINFOD_CALLS) };
	struct query q = { .g = g, .section = section, .urls = getenv("DEBUGINFOD_URLS") };
	struct debuginfod lib;
	char path[4096];
	bool was_miss;
	int ret;

	if (!q.urls || !q.urls[strspn(q.urls, " \t\n")])
		return error_set(err, EDESTADDRREQ, MDESC_CLASS_SYSTEM, "%s: is not in the cache, and no debuginfod "
				 "server is named: $DEBUGINFOD_URLS is not set", g->hex);
	_Static_assert(sizeof(lib) == (sizeof(names) / sizeof(names[0]) - 1) * sizeof(void *),
		       "a member for each name");
	ret = lazylib_load(DEBUGINFOD_SONAME, names, &lib, "nothing can be fetched", err);
	if (ret)
		return ret;
	was_miss = cache_is_miss(g->hex, section, path, sizeof(path));
	/* A section is not looked for elsewhere where the whole file is there. */
	q.known = was_miss || (*section && cache_path(path, sizeof(path), g->hex, WHOLE_FILE) &&
			       access(path, F_OK) == 0);
	if (give_up(&q, 0, 0))
		return query_error(&q, -ETIMEDOUT, false, err);
	ret = ask_client(&q, &lib, file);
	if (!ret)
		return 0;
	was_miss = was_miss && !strstr(q.said, "server response ");
	if (!was_miss && (q.stop != GOES_ON || !is_miss(&q, path, sizeof(path))))
		forget_miss(g->hex, section);
	return query_error(&q, ret, was_miss, err);
}

#else

static int ask(const struct getting *g, const char *section, struct got *file, struct mdesc_error *err)
{
	(void)section;
	(void)file;
	return error_set(err, ENOTSUP, MDESC_CLASS_DENIED, "%s: is not in the cache, and cannot be fetched: built "
			 "without libdebuginfod", g->hex);
}

#endif /* HAVE_LIBDEBUGINFOD */

int getting_file(const struct getting *g, const char *section, bool use_cache, struct got *file,
		 struct mdesc_error *err)
{
	int ret;

	*file = (struct got){ .cached = true };
	if (use_cache && cache_read(g->hex, section, &file->data, &file->size) == 0)
		return 0;
	free(file->data);
	*file = (struct got){ .cached = false };
	ret = ask(g, section, file, err);
	if (ret) {
		free(file->data);
		file->data = NULL;
	}
	return ret;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Whether the files of an index are as it says: takes index and directory, asks
 * the file system for each file. That is nearly all of what a search in a known
 * directory costs, and the file system answers on all processors at once, so many
 * files are shared out among threads, which end with the call.
 */
#include <pthread.h>
#include <signal.h>
#include <sched.h>

#include "find.h"

/* Below this a thread is not worth starting. */
#define FILES_A_THREAD	1024u
#define THREADS_MAX	8u

struct share {
	const struct find_index *ix;
	int fd;
	uint32_t first, end;
	bool same;
};

bool find_same_stat(const struct find_file *f, const struct stat *st)
{
	return f->ino == st->st_ino && f->dev == st->st_dev && f->size == (uint64_t)st->st_size &&
	       f->mtime == find_ns(st->st_mtim) && f->ctime == find_ns(st->st_ctim) && !f->unsure;
}

static void *check_share(void *arg)
{
	struct share *s = arg;
	struct stat st;
	uint32_t i;

	for (i = s->first; i < s->end; i++) {
		const struct find_file *f = &s->ix->files[i];

		if (fstatat(s->fd, find_str(s->ix, f->name), &st, 0) || !S_ISREG(st.st_mode) ||
		    !find_same_stat(f, &st))
			return NULL;
	}
	s->same = true;
	return NULL;
}

static unsigned int thread_count(uint32_t files)
{
	unsigned int n = files / FILES_A_THREAD, cpus = 1;
	cpu_set_t set;

	if (!sched_getaffinity(0, sizeof(set), &set))
		cpus = CPU_COUNT(&set);
	n = n < cpus ? n : cpus;
	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : n;
}

bool find_all_same(const struct find_index *ix, int fd)
{
	unsigned int n = thread_count(ix->file_count), started = 0, i;
	struct share shares[THREADS_MAX];
	pthread_t threads[THREADS_MAX];
	sigset_t all, before;
	bool same = true;

	for (i = 0; i < n; i++)
		shares[i] = (struct share){
			ix, fd, (uint64_t)ix->file_count * i / n, (uint64_t)ix->file_count * (i + 1) / n, false,
		};
	/* The caller's signals are the caller's. */
	sigfillset(&all);
	if (n > 1 && !pthread_sigmask(SIG_SETMASK, &all, &before)) {
		while (started < n - 1 && !pthread_create(&threads[started], NULL, check_share, &shares[started + 1]))
			started++;
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	check_share(&shares[0]);
	for (i = started + 1; i < n; i++)
		check_share(&shares[i]);
	for (i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < n; i++)
		same &= shares[i].same;
	return same;
}

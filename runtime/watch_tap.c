/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The tap on an interface: takes what mdesc attach left there, puts the tap between
 * the writer and its program, hands out records, and puts the program back.
 *
 * The writer's slot holds the tap, and the tap's own slot the program. That slot's
 * map is pinned beside the generation that it belongs to, N/watch/after, as such a map
 * is emptied when nobody has it any more: so packets reach the program, too, when
 * this process is killed. What is left then is removed by the next watch, update or
 * detach, or by watch_left.c. N/watch is locked by who watches; DIR, as by attach, while something changes.
 *
 * Where nothing is attached, the tap is attached as the program, for as long as it
 * lasts.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "watch.h"

/* How often the ring buffer is looked at: nobody wakes us. A million packets a second fill it in five times as long. */
enum { LOOK_MS = 5 };

struct watch_tap {
	char iface[64];
	char bpffs[1024];		/* "": the usual place */
	struct mdesc_attachment *att;
	struct watch_maps maps;
	int prog;			/* the tap */
	struct ring_buffer *ring;
	int slot, program;		/* the writer's map, and what was in it; -1 */
	char dir[1024];			/* N/watch, or "" */
	int lock;			/* of it, or -1 */
	bool own;			/* attached by us */
	int (*one)(void *ctx, const struct watch_record *rec, size_t size);
	void *ctx;
};

int watch_fail(struct mdesc_error *err, int code, enum mdesc_class kind, const char *fmt, ...)
{
	va_list ap;

	memset(err, 0, sizeof(*err));
	err->code = -code;
	err->kind = kind;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return -code;
}

static int fail_system(struct mdesc_error *err, int code, const char *what)
{
	return watch_fail(err, code, code == EPERM || code == EACCES ? MDESC_CLASS_DENIED : MDESC_CLASS_SYSTEM,
			  "%s: %s", what, strerror(code));
}

/* ---- the program and its maps ---- */

static int on_record(void *ctx, void *data, size_t size)
{
	struct watch_tap *t = ctx;

	return t->one(t->ctx, data, size);
}

static int load(struct watch_tap *t, const struct watch_tap_opts *o, const struct watch_kind *kind,
		struct mdesc_error *err)
{
	t->maps.ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "mdesc_watch", 0, 0, o->ring_size, NULL);
	if (t->maps.ring >= 0)
		t->maps.after = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "mdesc_after", 4, 4, 1, NULL);
	if (t->maps.after >= 0)
		t->maps.counters = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "mdesc_seen", 4, WATCH_VALUE, 1,
						  NULL);
	if (t->maps.counters < 0)
		return fail_system(err, errno, "a map of the tap");
	t->prog = watch_program(&t->maps, o->bytes, kind, &o->wanted);
	if (t->prog < 0)
		return fail_system(err, -t->prog, "the kernel does not take the tap");
	t->ring = ring_buffer__new(t->maps.ring, on_record, t, NULL);
	return t->ring ? 0 : fail_system(err, errno, "the ring buffer");
}

/* ---- between writer and program ---- */

int watch_lock(const char *dir, bool change)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	char root[1024], *slash;
	int fd, tries;

	snprintf(root, sizeof(root), "%s", dir);
	slash = strrchr(root, '/');
	if (slash)
		*slash = '\0';
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (tries = 0; flock(fd, (change ? LOCK_EX : LOCK_SH) | LOCK_NB); tries++) {
		if (tries == 1000 || (errno != EWOULDBLOCK && errno != EINTR)) {
			close(fd);
			return -EBUSY;
		}
		nanosleep(&pause, NULL);
	}
	return fd;
}

int watch_pinned(const char *dir, const char *gen, const char *name)
{
	char path[2048];

	snprintf(path, sizeof(path), "%s/%s/%s", dir, gen, name);
	return bpf_obj_get(path);
}

void watch_settle(void)
{
	const struct timespec pause = { .tv_nsec = 20000000 };

	if (syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		nanosleep(&pause, NULL);
}

/* Of the folder that we locked, unless it is another one by now. */
static void unpin(const struct watch_tap *t)
{
	struct stat a, b;
	char path[2048];

	if (fstat(t->lock, &a) || stat(t->dir, &b) || a.st_ino != b.st_ino || a.st_dev != b.st_dev)
		return;
	snprintf(path, sizeof(path), "%s/after", t->dir);
	unlink(path);
}

/* Ours alone: else another watch has it. What one that was killed left there is undone. */
static int take(struct watch_tap *t, struct mdesc_error *err)
{
	uint32_t zero = 0;

	if (mkdir(t->dir, 0700) && errno != EEXIST)
		return fail_system(err, errno, t->dir);
	t->lock = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->lock < 0)
		return fail_system(err, errno, t->dir);
	if (flock(t->lock, LOCK_EX | LOCK_NB)) {
		close(t->lock);
		t->lock = -1;
		return watch_fail(err, EBUSY, MDESC_CLASS_AMBIGUOUS, "%s: another mdesc watch is at it", t->iface);
	}
	bpf_map_update_elem(t->slot, &zero, &t->program, BPF_ANY);
	watch_settle();
	unpin(t);
	return 0;
}

static int insert(struct watch_tap *t, struct mdesc_error *err)
{
	char path[2048];
	uint32_t zero = 0;
	int rc = take(t, err);

	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%s/after", t->dir);
	if (bpf_map_update_elem(t->maps.after, &zero, &t->program, BPF_ANY) || bpf_obj_pin(t->maps.after, path) ||
	    bpf_map_update_elem(t->slot, &zero, &t->prog, BPF_ANY))
		return fail_system(err, errno, "the tap cannot be put in front of the program");
	return 0;
}

static void take_out(struct watch_tap *t)
{
	MDESC_INFO(mdesc_attachment_info, info);
	uint32_t zero = 0;
	int lock;

	if (t->lock < 0)
		return;
	mdesc_attachment__info(t->att, &info);
	lock = watch_lock(info.dir, true);
	bpf_map_update_elem(t->slot, &zero, &t->program, BPF_ANY);
	watch_settle();
	unpin(t);
	rmdir(t->dir);		/* what is not ours is not empty */
	close(t->lock);
	t->lock = -1;
	if (lock >= 0)
		close(lock);
}

static int enter(struct watch_tap *t, const struct watch_tap_opts *o, struct mdesc_error *err)
{
	MDESC_INFO(mdesc_attachment_info, info);
	char gen[16];
	int lock, rc;

	mdesc_attachment__info(t->att, &info);
	rc = load(t, o, &(struct watch_kind){ info.frags, info.dispatched }, err);
	if (rc)
		return rc;
	lock = watch_lock(info.dir, true);
	if (lock < 0)
		return fail_system(err, -lock, info.dir);
	snprintf(gen, sizeof(gen), "%u", info.generation);
	t->slot = watch_pinned(info.dir, gen, "next");
	t->program = watch_pinned(info.dir, gen, "program");
	if (t->slot < 0 || t->program < 0)
		rc = watch_fail(err, ESTALE, MDESC_CLASS_SYSTEM, "%s: what is attached has changed just now", t->iface);
	if (!rc && snprintf(t->dir, sizeof(t->dir), "%s/%s/watch", info.dir, gen) < (int)sizeof(t->dir))
		rc = insert(t, err);
	close(lock);
	return rc;
}

/* ---- where nothing is attached ---- */

/* For who looks: this process runs. */
static void mark(struct watch_tap *t)
{
	MDESC_INFO(mdesc_attachment_info, info);

	mdesc_attachment__info(t->att, &info);
	snprintf(t->dir, sizeof(t->dir), "%s/%u/watch", info.dir, info.generation);
	if (!mkdir(t->dir, 0700))
		t->lock = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->lock >= 0)
		flock(t->lock, LOCK_EX | LOCK_NB);
}

static int attach(struct watch_tap *t, const struct watch_tap_opts *o, struct mdesc_error *err)
{
	MDESC_OPTS(mdesc_attach_opts, opts, .bpffs = o->bpffs, .frags = MDESC_FRAGS_NO, .writer = o->writer,
		   .writer_size = o->writer_size);
	int rc = load(t, o, &(struct watch_kind){ .frags = false }, err);

	if (rc)
		return rc;
	opts.program_fd = t->prog;
	t->att = mdesc_attachment__new(o->iface, o->img, &opts, err);
	if (!t->att)
		return -errno;
	t->own = true;
	mark(t);
	return 0;
}

/* ---- all of it ---- */

struct watch_tap *watch_tap_open(const struct watch_tap_opts *o, struct mdesc_error *err)
{
	struct watch_tap *t = calloc(1, sizeof(*t));
	int rc;

	if (!t) {
		watch_fail(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
		return NULL;
	}
	t->maps = (struct watch_maps){ -1, -1, -1 };
	t->prog = t->slot = t->program = t->lock = -1;
	snprintf(t->iface, sizeof(t->iface), "%s", o->iface);
	snprintf(t->bpffs, sizeof(t->bpffs), "%s", o->bpffs ? o->bpffs : "");
	t->att = mdesc_attachment__open(o->iface, o->bpffs, err);
	if (t->att)
		rc = enter(t, o, err);
	else if (err->kind == MDESC_CLASS_NOT_FOUND && err->code != -ENODEV && o->img)
		rc = attach(t, o, err);
	else
		rc = err->code;
	if (!rc)
		return t;
	watch_tap_close(t);
	return NULL;
}

/* 1: the same is still attached; 0: something else, or nothing; -ESTALE: what is left of an interface that is gone. */
static int lasts(const struct watch_tap *t)
{
	MDESC_INFO(mdesc_attachment_info, mine);
	MDESC_INFO(mdesc_attachment_info, now);
	struct mdesc_error err = { 0 };
	struct mdesc_attachment *att = mdesc_attachment__open(t->iface, t->bpffs[0] ? t->bpffs : NULL, &err);
	bool same;

	if (!att && err.code == -ESTALE)
		return -ESTALE;
	if (!att)	/* it may only be that somebody is at it */
		return err.kind != MDESC_CLASS_NOT_FOUND;
	mdesc_attachment__info(t->att, &mine);
	mdesc_attachment__info(att, &now);
	same = mine.link_id == now.link_id && mine.generation == now.generation;
	mdesc_attachment__close(att);
	return same;
}

bool watch_tap_lasts(const struct watch_tap *t)
{
	return lasts(t) == 1;
}

/* An update that came meanwhile has put another program there: then that is not ours to remove. */
static void detach(struct watch_tap *t)
{
	if (lasts(t))
		mdesc_attachment__remove(t->iface, t->bpffs[0] ? t->bpffs : NULL, NULL);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void watch_tap_close(struct watch_tap *t)
{
	if (!t)
		return;
	if (t->own) {
		detach(t);
		close_fd(t->lock);
	} else {
		take_out(t);
	}
	mdesc_attachment__close(t->att);
	ring_buffer__free(t->ring);
	close_fd(t->prog);
	close_fd(t->maps.ring);
	close_fd(t->maps.after);
	close_fd(t->maps.counters);
	close_fd(t->slot);
	close_fd(t->program);
	free(t);
}

const struct mdesc_attachment *watch_tap_attachment(const struct watch_tap *t)
{
	return t->att;
}

int watch_tap_poll(struct watch_tap *t, int ms, int (*one)(void *ctx, const struct watch_record *rec, size_t size),
		   void *ctx)
{
	int n;
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000l };

	t->one = one;
	t->ctx = ctx;
	do {
		n = ring_buffer__consume(t->ring);
		ms -= LOOK_MS;
	} while (!n && ms > 0 && !nanosleep(&pause, NULL));
	return n;
}

void watch_tap_counters(const struct watch_tap *t, uint64_t counters[WATCH_COUNTERS])
{
	int cpus = libbpf_num_possible_cpus(), i, k;
	uint32_t zero = 0;
	uint64_t (*each)[WATCH_VALUE / 8];

	memset(counters, 0, WATCH_COUNTERS * sizeof(*counters));
	each = cpus > 0 ? calloc((size_t)cpus, sizeof(*each)) : NULL;
	if (each && !bpf_map_lookup_elem(t->maps.counters, &zero, each))
		for (i = 0; i < cpus; i++)
			for (k = 0; k < WATCH_COUNTERS; k++)
				counters[k] += each[i][k];
	free(each);
}

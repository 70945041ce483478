/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What mdesc watch has put there, for those who come by: takes an attachment, tells
 * whether a tap stands between its writer and its program and whether the one who
 * put it there still runs, which is who holds the lock on N/watch. Removes what is
 * left of one that was killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "watch.h"

/* The tap is all that is attached: by `mdesc watch --image'. */
static bool is_alone(const struct mdesc_attachment_info *info)
{
	return !*info->object && !strcmp(info->program, WATCH_TAP);
}

static bool has_tap(const char *dir, const struct mdesc_attachment_info *info)
{
	char path[2048];

	snprintf(path, sizeof(path), "%s/after", dir);
	return is_alone(info) || !access(path, F_OK);
}

/* With the folder of all attachments locked: nobody is about to begin. @lock: held of a tap that is left, or -1. */
static enum watch_state look(const struct mdesc_attachment_info *info, const char *dir, int *lock)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum watch_state state;

	*lock = -1;
	if (fd < 0)
		return is_alone(info) && errno == ENOENT ? WATCH_LEFT : WATCH_NONE;
	if (flock(fd, LOCK_EX | LOCK_NB))
		state = errno == EWOULDBLOCK ? WATCH_RUNS : WATCH_NONE;
	else
		state = has_tap(dir, info) ? WATCH_LEFT : WATCH_NONE;
	if (state == WATCH_LEFT)
		*lock = fd;
	else
		close(fd);
	return state;
}

static void folder(const struct mdesc_attachment_info *info, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%u/watch", info->dir, info->generation);
}

enum watch_state watch_state(const struct mdesc_attachment *att)
{
	MDESC_INFO(mdesc_attachment_info, info);
	enum watch_state state = WATCH_NONE;
	char dir[1200];
	int all, lock;

	mdesc_attachment__info(att, &info);
	folder(&info, dir, sizeof(dir));
	if (access(dir, F_OK) && !is_alone(&info))
		return WATCH_NONE;
	all = watch_lock(info.dir, false);
	if (all < 0)
		return WATCH_NONE;
	state = look(&info, dir, &lock);
	if (lock >= 0)
		close(lock);
	close(all);
	return state;
}

/* ---- removing ---- */

static int take_out(const struct mdesc_attachment_info *info, const char *dir, struct mdesc_error *err)
{
	char path[2048], gen[16];
	int slot, program, rc = 0;
	uint32_t zero = 0;

	snprintf(gen, sizeof(gen), "%u", info->generation);
	slot = watch_pinned(info->dir, gen, "next");
	program = watch_pinned(info->dir, gen, "program");
	if (slot < 0 || program < 0 || bpf_map_update_elem(slot, &zero, &program, BPF_ANY))
		rc = watch_fail(err, errno, errno == EPERM || errno == EACCES ? MDESC_CLASS_DENIED :
				MDESC_CLASS_SYSTEM, "%s: the program cannot be put back into its place: %s",
				info->iface, strerror(errno));
	if (!rc) {
		watch_settle();
		snprintf(path, sizeof(path), "%s/after", dir);
		unlink(path);
		rmdir(dir);
	}
	if (slot >= 0)
		close(slot);
	if (program >= 0)
		close(program);
	return rc;
}

static int remove_left(const struct mdesc_attachment *att, const char *bpffs, struct mdesc_error *err)
{
	MDESC_INFO(mdesc_attachment_info, info);
	enum watch_state state;
	int all, lock, rc = 0;
	char dir[1200];

	mdesc_attachment__info(att, &info);
	folder(&info, dir, sizeof(dir));
	all = watch_lock(info.dir, true);
	if (all < 0)
		return watch_fail(err, -all, -all == EACCES ? MDESC_CLASS_DENIED : MDESC_CLASS_SYSTEM, "%s: %s",
				  info.dir, strerror(-all));
	state = look(&info, dir, &lock);
	if (state == WATCH_NONE)
		rc = watch_fail(err, ENOENT, MDESC_CLASS_NOT_FOUND, "%s: no mdesc watch has left anything",
				info.iface);
	else if (state == WATCH_RUNS)
		rc = watch_fail(err, EBUSY, MDESC_CLASS_AMBIGUOUS, "%s: an mdesc watch is running: stop it, by SIGINT "
				"or SIGTERM", info.iface);
	else if (!is_alone(&info))
		rc = take_out(&info, dir, err);
	if (lock >= 0)
		close(lock);
	close(all);
	/* It has a lock of its own. */
	return rc || !is_alone(&info) ? rc : mdesc_attachment__remove(info.iface, bpffs, err);
}

int watch_remove(const char *iface, const char *bpffs, struct mdesc_error *err)
{
	struct mdesc_attachment *att = mdesc_attachment__open(iface, bpffs, err);
	int rc = att ? remove_left(att, bpffs, err) : err->code;

	mdesc_attachment__close(att);
	return rc;
}

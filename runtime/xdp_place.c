/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Where attachments are pinned: takes the BPF file system's folder, gives DIR/mdesc
 * with a lock on it, which whoever changes something holds alone. The file system
 * is mounted where it is not. In a mount namespace that has none, such as `ip netns
 * exec' makes for one command, it is that of the command's ancestors, as a mount of
 * one's own would be gone with the command. The folder is there only while something
 * is attached.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "xdp.h"

#define BPFFS_DEFAULT	"/sys/fs/bpf"
#define BPFFS_TYPE	0xcafe4a11u
#define NAME		"mdesc"

#define LOCK_TRIES	1000	/* of 10 ms */

static enum mdesc_class class_of(int code)
{
	return code == EPERM || code == EACCES ? MDESC_CLASS_DENIED : MDESC_CLASS_SYSTEM;
}

static int failed(const struct xdp_place *place, int code, struct mdesc_error *err)
{
	return error_set(err, code, class_of(code), "%.200s: %s%s", place->root, strerror(code),
			 place->usual && class_of(code) == MDESC_CLASS_DENIED ? "; --bpffs names another BPF file "
			 "system, one that this user may write to" : "");
}

/* ---- the file system ---- */

static bool is_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && (unsigned int)fs.f_type == BPFFS_TYPE;
}

/* Whether that can be known at all: the way there may not be for everybody. */
static int look_at_bpffs(const struct xdp_place *place, bool *there, struct mdesc_error *err)
{
	struct statfs fs;

	*there = is_bpffs(place->bpffs);
	if (!*there && statfs(place->bpffs, &fs) && errno == EACCES)
		return error_set(err, EACCES, MDESC_CLASS_DENIED, "%.200s: %s: the way there may not be taken%s",
				 place->bpffs, strerror(EACCES), place->usual ? "; --bpffs names another BPF file "
				 "system" : "");
	return 0;
}

/* 0: unknown, or there is none */
static pid_t parent_of(pid_t pid)
{
	char path[64], text[512], *end;
	size_t n = 0;
	int ppid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	/* The name before may hold anything. */
	end = strrchr(text, ')');
	return end && sscanf(end, ") %*c %d", &ppid) == 1 && ppid > 0 ? ppid : 0;
}

/*
 * What is mounted in a mount namespace of one's own goes when its last process ends, and the pins with it. So it is the
 * namespace of the oldest ancestor that we may look at. 0: that is our own.
 */
static pid_t outermost(void)
{
	struct stat own, other;
	pid_t found = 0, pid;
	char path[64];

	if (stat("/proc/thread-self/ns/mnt", &own))
		return 0;
	for (pid = getppid(); pid; pid = parent_of(pid)) {
		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
		if (!stat(path, &other))
			found = other.st_ino == own.st_ino ? 0 : pid;
	}
	return found;
}

/* Mounts it, or takes it off again; gives errno. */
static int change_mount(bool on)
{
	int rc = on ? mount("bpf", BPFFS_DEFAULT, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, "mode=0700") :
		      umount2(BPFFS_DEFAULT, MNT_DETACH);

	return rc ? errno : 0;
}

/* The same in the namespace of @pid: mounts are changed from inside of a namespace only, so a child goes there. */
static int change_mount_of(pid_t pid, bool on)
{
	char path[64];
	int status, fd;
	pid_t child = pid ? fork() : 0;

	if (!pid)
		return change_mount(on);
	if (child < 0)
		return errno;
	if (!child) {
		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		_exit(fd < 0 || setns(fd, CLONE_NEWNS) ? errno : change_mount(on));
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

static int make_bpffs(struct xdp_place *place, struct mdesc_error *err)
{
	bool there;
	int code = look_at_bpffs(place, &there, err);

	if (code || there)
		return code;
	if (!place->usual)
		return error_set(err, ENOTDIR, MDESC_CLASS_NOT_FOUND, "%.200s: no BPF file system is mounted here: "
				 "`mount -t bpf bpf %.200s'", place->bpffs, place->bpffs);
	code = change_mount_of(place->outer, true);
	if (code)
		return error_set(err, code, class_of(code), BPFFS_DEFAULT ": a BPF file system is not there and "
				 "cannot be mounted: %s", strerror(code));
	place->mounted = true;
	return 0;
}

/* ---- the lock ---- */

static int lock(int fd, bool change)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int tries;

	for (tries = 0; tries < LOCK_TRIES; tries++) {
		if (!flock(fd, (change ? LOCK_EX : LOCK_SH) | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

/* The folder may have been removed while we waited: then it is another one, or none. */
static bool is_current(const struct xdp_place *place, int fd)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(place->root, &b) && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

static int open_locked(struct xdp_place *place, bool make, bool change, struct mdesc_error *err)
{
	int fd, rc;

	for (;;) {
		if (make && mkdir(place->root, 0755) && errno != EEXIST)
			return failed(place, errno, err);
		fd = open(place->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT && make)
			continue;
		if (fd < 0 && errno == ENOENT)
			return -ENOENT;
		if (fd < 0)
			return failed(place, errno, err);
		rc = lock(fd, change);
		if (!rc && is_current(place, fd)) {
			place->lock = fd;
			return 0;
		}
		close(fd);
		if (rc)
			return error_set(err, -rc, MDESC_CLASS_SYSTEM, "%.200s: %s", place->root, rc == -EBUSY ?
					 "another process is at it, and has not come to an end in 10 seconds" :
					 strerror(-rc));
	}
}

/* Of interfaces in namespaces that are gone nobody will ask again. */
static void sweep(const struct xdp_place *place)
{
	char path[XDP_PATH_MAX + 300];
	DIR *d = opendir(place->root);
	struct xdp_pins pins;
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (!strchr(e->d_name, '@'))
			continue;
		snprintf(path, sizeof(path), "%s/%s", place->root, e->d_name);
		if (xdp_pins_read(&pins, path, NULL))
			continue;
		if (pins.link_fd >= 0 && !pins.ifindex && pins.dispatched)
			xdp_gates_forget(pins.link_fd);
		if (pins.link_fd >= 0 && !pins.ifindex)
			xdp_pins_clean(path, 0);
		xdp_pins_close(&pins);
	}
	if (d)
		closedir(d);
}

static int place_init(struct xdp_place *place, const char *bpffs, struct mdesc_error *err)
{
	memset(place, 0, sizeof(*place));
	place->lock = -1;
	place->usual = !bpffs;
	place->outer = bpffs || is_bpffs(BPFFS_DEFAULT) ? 0 : outermost();
	if (place->outer)
		snprintf(place->found, sizeof(place->found), "/proc/%d/root" BPFFS_DEFAULT, (int)place->outer);
	place->bpffs = bpffs ? bpffs : place->outer ? place->found : BPFFS_DEFAULT;
	if ((size_t)snprintf(place->root, sizeof(place->root), "%s/" NAME, place->bpffs) >= sizeof(place->root) - 100)
		return error_set(err, ENAMETOOLONG, MDESC_CLASS_INPUT, "%.200s...: too long", place->bpffs);
	return 0;
}

int xdp_place_make(struct xdp_place *place, const char *bpffs, struct mdesc_error *err)
{
	int rc = place_init(place, bpffs, err);

	if (!rc)
		rc = make_bpffs(place, err);
	if (!rc)
		rc = open_locked(place, true, true, err);
	if (!rc)
		sweep(place);
	else
		xdp_place_close(place, true);
	return rc;
}

int xdp_place_open(struct xdp_place *place, const char *bpffs, bool change, struct mdesc_error *err)
{
	int rc = place_init(place, bpffs, err);
	bool there;

	if (!rc)
		rc = look_at_bpffs(place, &there, err);
	if (rc)
		return rc;
	return there ? open_locked(place, false, change, err) : -ENOENT;
}

void xdp_place_close(struct xdp_place *place, bool undo)
{
	/* Only an empty one goes, and only of who may change it. */
	if (place->lock >= 0 && !flock(place->lock, LOCK_EX | LOCK_NB))
		rmdir(place->root);
	if (place->lock >= 0)
		close(place->lock);
	place->lock = -1;
	if (undo && place->mounted)
		change_mount_of(place->outer, false);
}

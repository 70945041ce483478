/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Shows a stitched BTF as the kernel's own: takes the BTF, moves the calling
 * thread into a mount namespace of its own in which /sys/kernel/btf/vmlinux is
 * a read-only file with these bytes. The file is in a tmpfs that is mounted
 * nowhere; both are gone with the last process in the namespace. Nothing that
 * is mounted in there is seen outside.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stitch.h"

#define BTF_DIR		"/sys/kernel/btf"
#define BTF_FILE	BTF_DIR "/vmlinux"

/* What a container must allow, said once. */
static int refused(struct mdesc_error *err, const char *what, int code)
{
	/* ENOSPC: no more namespaces are allowed; a tmpfs has room, or there is no memory. */
	bool denied = code == EPERM || code == EACCES || code == ENOSYS || code == ENOSPC;

	return error_set(err, code, denied ? MDESC_CLASS_DENIED : MDESC_CLASS_SYSTEM,
			 "cannot %s: %s%s", what, strerror(code), !denied ? "" :
			 "; this needs CAP_SYS_ADMIN, and in a container also a seccomp and an AppArmor profile that "
			 "permit mount (docker: --cap-add SYS_ADMIN --security-opt apparmor=unconfined)");
}

static int no_kernel_btf(struct mdesc_error *err, int code)
{
	return error_set(err, code, code == ENOENT || code == ENOTDIR ? MDESC_CLASS_DENIED : MDESC_CLASS_SYSTEM,
			 BTF_FILE ": %s%s", strerror(code), code == ENOENT || code == ENOTDIR ?
			 "; there is nothing to put other BTF in the place of" : "");
}

/*
 * A namespace whose mounts nobody outside gets. In a chroot "/" may be no mount,
 * but then /sys is one.
 */
static int private_namespace(struct mdesc_error *err)
{
	if (unshare(CLONE_NEWNS))
		return refused(err, "make a mount namespace", errno);
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) &&
	    (errno != EINVAL || mount(NULL, "/sys", NULL, MS_REC | MS_SLAVE, NULL)))
		return refused(err, "make the mounts of a namespace private", errno);
	return 0;
}

static int write_file(int dir, const struct mdesc_stitched *btf, struct mdesc_error *err)
{
	int fd = openat(dir, "vmlinux", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
	size_t at = 0;
	ssize_t n = 0;
	int code = 0;

	if (fd < 0)
		return refused(err, "write the BTF into memory", errno);
	while (at < btf->size && !code) {
		n = write(fd, (const char *)btf->data + at, btf->size - at);
		if (n >= 0)
			at += n;
		else if (errno != EINTR)
			code = errno;
	}
	/* Whatever the umask is. */
	if (!code && fchmod(fd, 0444))
		code = errno;
	if (close(fd) && !code)
		code = errno;
	return code ? refused(err, "write the BTF into memory", code) : 0;
}

/*
 * Working directory: the kernel's directory of BTF. A tmpfs covers it by name,
 * the file in that is bound over the kernel's, which "vmlinux" alone still
 * means; then the tmpfs is taken off, and stays where the file is used.
 */
static int cover(const struct mdesc_stitched *btf, struct mdesc_error *err)
{
	int dir, rc;

	if (mount("mdesc", BTF_DIR, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755"))
		return refused(err, "mount a tmpfs", errno);
	dir = open(BTF_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = dir < 0 ? refused(err, "open a tmpfs", errno) : write_file(dir, btf, err);
	if (dir >= 0)
		close(dir);
	if (!rc && mount(BTF_FILE, "vmlinux", NULL, MS_BIND, NULL))
		rc = refused(err, "bind a file over " BTF_FILE, errno);
	if (umount2(BTF_DIR, MNT_DETACH) && !rc)
		rc = refused(err, "take a tmpfs off again", errno);
	if (!rc && mount(NULL, BTF_FILE, NULL,
			 MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		rc = refused(err, "make " BTF_FILE " read-only", errno);
	return rc;
}

int mdesc_stitched__enter(const struct mdesc_stitched *btf, struct mdesc_error *err)
{
	struct stat st;
	int cwd, rc;

	if (stat(BTF_FILE, &st))
		return no_kernel_btf(err, errno);
	rc = private_namespace(err);
	if (rc)
		return rc;
	/* Not before: a descriptor stays in the namespace in which it was opened. */
	cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (cwd < 0)
		return error_set(err, errno, MDESC_CLASS_SYSTEM, "the working directory: %s", strerror(errno));
	rc = chdir(BTF_DIR) ? no_kernel_btf(err, errno) : cover(btf, err);
	if (fchdir(cwd) && !rc)
		rc = error_set(err, errno, MDESC_CLASS_SYSTEM, "the working directory: %s", strerror(errno));
	close(cwd);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Publishes images: takes an opened image, stores it in a directory that a
 * debuginfod server serves.
 *
 * Its name follows from its content, the file appears whole, and what is there is
 * never written again: a server keeps what it has seen under a path, and serves
 * that until it looks again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "image.h"

static int failed(struct mdesc_error *err, const char *path, int code)
{
	enum mdesc_class kind = code == ENOENT || code == ENOTDIR ? MDESC_CLASS_NOT_FOUND :
				code == EACCES || code == EPERM || code == EROFS ? MDESC_CLASS_DENIED :
				MDESC_CLASS_SYSTEM;

	return error_set(err, code, kind, "%.250s: %s", path, strerror(code));
}

/* ---- names ---- */

/* BUILDID.fw, or BUILDID.DIGEST.fw for one of several with this id. */
static char *name_of(const struct mdesc_image *img, const char *dir, bool with_digest)
{
	uint8_t sha[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;
	char digest[18] = "", *path;
	unsigned int i;

	if (with_digest) {
		sha256_init(&ctx);
		sha256_update(&ctx, img->size, img->data);
		sha256_digest(&ctx, sizeof(sha), sha);
		digest[0] = '.';
		for (i = 0; i < 8; i++)
			sprintf(digest + 1 + 2 * i, "%02x", sha[i]);
	}
	return asprintf(&path, "%s/%s%s.fw", dir, img->build_id_hex, digest) < 0 ? NULL : path;
}

/* 1: the very same; 0: the same image, with another signature; else an error. */
static int compare(const struct mdesc_image *img, const char *path, struct mdesc_error *err)
{
	MDESC_OPTS(mdesc_image_open_opts, opts, .build_id = img->build_id, .build_id_size = MDESC_FMT_BUILD_ID);
	struct mdesc_image *there = mdesc_image__open(path, &opts, err);
	bool same;

	if (!there)
		return -errno;
	same = there->size == img->size && memcmp(there->data, img->data, img->size) == 0;
	mdesc_image__close(there);
	return same;
}

/* ---- storing ---- */

static int write_all(int fd, const uint8_t *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= n;
	}
	return 0;
}

/* The name appears at once with all of the content, and not if there is one. -EEXIST. */
static int appear(const char *tmp, const char *path)
{
	if (link(tmp, path) == 0)
		return 0;
	if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
		return -errno;
	/* A file system without links. Not every C library has a call for this. */
	return syscall(SYS_renameat2, AT_FDCWD, tmp, AT_FDCWD, path, 1u /* RENAME_NOREPLACE */) ? -errno : 0;
}

static void sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

/* All may read it: a server is another user. */
static int store(const struct mdesc_image *img, const char *dir, const char *path)
{
	char *tmp;
	int fd, ret;

	if (asprintf(&tmp, "%s/.mdesc-publish.XXXXXX", dir) < 0)
		return -ENOMEM;
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		free(tmp);
		return ret;
	}
	ret = write_all(fd, img->data, img->size);
	if (!ret && (fchmod(fd, 0644) || fsync(fd)))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret)
		ret = appear(tmp, path);
	unlink(tmp);
	if (!ret)
		sync_dir(dir);
	free(tmp);
	return ret;
}

/* 1: stored; 0: is there; -EEXIST: the image is there with another signature. */
static int publish_as(const struct mdesc_image *img, const char *dir, const char *path, struct mdesc_error *err)
{
	int ret = access(path, F_OK) == 0 ? -EEXIST : store(img, dir, path);

	if (!ret)
		return 1;
	if (ret != -EEXIST)
		return failed(err, ret == -ENOENT || ret == -ENOTDIR ? dir : path, -ret);
	ret = compare(img, path, err);
	if (ret < 0)
		return ret;
	return ret ? 0 : error_set(err, EEXIST, MDESC_CLASS_INPUT,
				   "%.250s: is there already, with another signature or none", path);
}

int mdesc_image__publish(const struct mdesc_image *img, const char *dir, const struct mdesc_publish_opts *opts,
			 char **path, struct mdesc_error *err)
{
	char *name;
	int ret;

	if (path)
		*path = NULL;
	if (!opts_valid(opts, sizeof(*opts)))
		return error_set(err, EINVAL, MDESC_CLASS_SYSTEM,
				 "options of mdesc_image__publish() that this libmdesc does not know");
	name = name_of(img, dir, false);
	if (!name)
		return error_nomem(err, img);
	ret = publish_as(img, dir, name, err);
	if (ret == -EEXIST && OPTS_GET(opts, resigned, false)) {
		free(name);
		name = name_of(img, dir, true);
		ret = name ? publish_as(img, dir, name, err) : error_nomem(err, img);
	}
	if (path && ret >= 0)
		*path = name;
	else
		free(name);
	return ret;
}

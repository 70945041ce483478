/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * BPF objects against an image: takes an object and images, gives libbpf's
 * object, opened with the stitched BTF as btf_custom_path. libbpf keeps only the
 * path, /proc/self/fd/N, and opens it at load: the memfd is ours until then.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/libbpf.h>

#include "stitch.h"

struct mdesc_object {
	struct bpf_object *bpf;
	struct mdesc_stitched *btf;	/* NULL where there are no relocations */
	int fd;				/* of the memfd, or -1 */
	bool loaded;
	char *name;			/* for error texts */
};

/*
 * libbpf's options with our path in them. The caller's may be of a newer libbpf
 * than we were compiled with: keep all their bytes.
 */
static struct bpf_object_open_opts *copy_opts(const struct bpf_object_open_opts *from)
{
	size_t size = sizeof(*from);
	struct bpf_object_open_opts *to;

	if (from && from->sz > size)
		size = from->sz;
	to = calloc(1, size);
	if (!to)
		return NULL;
	if (from)
		memcpy(to, from, from->sz);
	to->sz = size;
	return to;
}

static bool has_custom_path(const struct bpf_object_open_opts *opts)
{
	return opts && opts->sz >= offsetof(struct bpf_object_open_opts, btf_custom_path) +
				   sizeof(opts->btf_custom_path) && opts->btf_custom_path;
}

/* As libbpf names an object that it opens by path: the file's name up to a dot. */
static void default_name(char *buf, size_t size, const char *path)
{
	const char *base = strrchr(path, '/');

	snprintf(buf, size, "%s", base ? base + 1 : path);
	buf[strcspn(buf, ".")] = '\0';
}

static int open_bpf(struct mdesc_object *obj, const void *data, size_t size, const char *path,
		    const struct bpf_object_open_opts *user, struct mdesc_error *err)
{
	struct bpf_object_open_opts *opts = copy_opts(user);
	char custom[64], name[64];
	int code;

	if (!opts)
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	if (obj->fd >= 0) {
		snprintf(custom, sizeof(custom), "/proc/self/fd/%d", obj->fd);
		opts->btf_custom_path = custom;
	}
	if (path && !opts->object_name) {
		default_name(name, sizeof(name), path);
		opts->object_name = name;
	}
	obj->bpf = bpf_object__open_mem(data, size, opts);
	code = errno;
	free(opts);
	if (obj->bpf)
		return 0;
	return error_set(err, code, code == ENOMEM ? MDESC_CLASS_SYSTEM : MDESC_CLASS_CORRUPT,
			 "%.300s: libbpf cannot open it: %s", obj->name, strerror(code));
}

/* Stitches, and puts the result where libbpf can read it. */
static int stitch(struct mdesc_object *obj, const void *data, size_t size,
		  const struct mdesc_image *img, const struct mdesc_object_open_opts *opts,
		  struct mdesc_error *err)
{
	obj->btf = stitch_for(img, data, size, obj->name, OPTS_GET(opts, form, MDESC_STITCH_AUTO),
			      OPTS_GET(opts, stitch, NULL), err);
	if (!obj->btf)
		return -errno;
	obj->fd = mdesc_stitched__memfd(obj->btf);
	if (obj->fd < 0) {
		int rc = obj->fd;

		obj->fd = -1;
		return error_set(err, -rc, MDESC_CLASS_SYSTEM, "cannot make a file in memory: %s",
				 strerror(-rc));
	}
	return 0;
}

struct mdesc_object *object_open(const void *data, size_t size, const char *path,
				 const struct mdesc_image *img,
				 const struct mdesc_object_open_opts *opts,
				 struct mdesc_error *err)
{
	const struct bpf_object_open_opts *bpf;
	struct mdesc_object *obj;
	int rc = 0;

	if (!opts_valid(opts, sizeof(*opts)) || has_custom_path(opts ? opts->bpf : NULL)) {
		errno = -error_set(err, EINVAL, MDESC_CLASS_SYSTEM,
				   "mdesc_object_open_opts: wrong size, or btf_custom_path is set");
		return NULL;
	}
	bpf = OPTS_GET(opts, bpf, NULL);
	obj = calloc(1, sizeof(*obj));
	if (obj) {
		obj->fd = -1;
		obj->name = strdup(path ? path : bpf && bpf->object_name ? bpf->object_name : "object");
	}
	if (!obj || !obj->name)
		rc = error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	if (!rc)
		rc = stitch(obj, data, size, img, opts, err);
	if (!rc)
		rc = open_bpf(obj, data, size, path, bpf, err);
	if (!rc)
		return obj;
	mdesc_object__close(obj);
	errno = -rc;
	return NULL;
}

struct mdesc_object *
mdesc_object__open(const char *path, const struct mdesc_image *img,
		   const struct mdesc_object_open_opts *opts, struct mdesc_error *err)
{
	struct mdesc_object *obj;
	size_t size;
	void *data;
	int rc;

	rc = btffile_read(path, &data, &size, err);
	if (rc) {
		errno = -rc;
		return NULL;
	}
	obj = object_open(data, size, path, img, opts, err);
	rc = errno;
	free(data);
	errno = rc;
	return obj;
}

struct mdesc_object *
mdesc_object__open_mem(const void *data, size_t size, const struct mdesc_image *img,
		       const struct mdesc_object_open_opts *opts, struct mdesc_error *err)
{
	return object_open(data, size, NULL, img, opts, err);
}

const char *object_path(const struct mdesc_object *obj)
{
	return obj->name;
}

struct bpf_object *mdesc_object__bpf(const struct mdesc_object *obj)
{
	return obj->bpf;
}

const struct mdesc_stitched *mdesc_object__stitched(const struct mdesc_object *obj)
{
	return obj->btf;
}

static void close_fd(struct mdesc_object *obj)
{
	if (obj->fd >= 0)
		close(obj->fd);
	obj->fd = -1;
}

int mdesc_object__load(struct mdesc_object *obj, struct mdesc_error *err)
{
	int rc = bpf_object__load(obj->bpf);

	if (!rc) {
		obj->loaded = true;
		close_fd(obj);
		return 0;
	}
	return error_set(err, -rc, rc == -EPERM ? MDESC_CLASS_DENIED :
			 rc == -ENOMEM ? MDESC_CLASS_SYSTEM : MDESC_CLASS_INPUT,
			 "%.300s: cannot be loaded: %s", obj->name, strerror(-rc));
}

void object_unload(struct mdesc_object *obj)
{
	bpf_object__close(obj->bpf);
	obj->bpf = NULL;
	obj->loaded = false;
	close_fd(obj);
}

struct bpf_object *mdesc_object__release(struct mdesc_object *obj)
{
	struct bpf_object *bpf = obj->bpf;

	if (!obj->loaded) {
		errno = EBUSY;
		return NULL;
	}
	obj->bpf = NULL;
	mdesc_object__close(obj);
	return bpf;
}

void mdesc_object__close(struct mdesc_object *obj)
{
	if (!obj)
		return;
	bpf_object__close(obj->bpf);
	close_fd(obj);
	mdesc_stitched__free(obj->btf);
	free(obj->name);
	free(obj);
}

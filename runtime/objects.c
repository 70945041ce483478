/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * One program for several NICs: takes an object and images, gives one opened
 * object for each image, relocated to it, and loads all or none. Maps are made
 * by the first and reused by the others, but for those that hold what belongs to
 * one NIC: programs, sockets, constants, and what the caller names.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "stitch.h"

struct nic {
	struct mdesc_object *obj;
	char *name;		/* of the image, for error texts */
	bool *was_pinned;	/* by map: something was at its path before the load */
};

struct mdesc_objects {
	struct nic *v;
	size_t n;
	bool *own;		/* by map: one for each NIC */
	size_t map_n;		/* the same in all objects */
};

static int no_memory(struct mdesc_error *err)
{
	return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
}

/* Says for which NIC, in front of what was said. */
static void name_nic(const struct nic *nic, struct mdesc_error *err)
{
	struct mdesc_error why;

	if (!err || strstr(err->text, nic->name))
		return;
	why = *err;
	error_set(err, -why.code, why.kind, "for %.120s: %.330s", nic->name, why.text);
}

/* ---- maps: they have the same order in all, being read from the same bytes ---- */

static struct bpf_map *next_map(const struct nic *nic, const struct bpf_map *map)
{
	return bpf_object__next_map(mdesc_object__bpf(nic->obj), map);
}

/*
 * What is of one NIC whatever the caller says: programs were relocated to it,
 * a socket is bound to it, and the verifier takes constants for what they are.
 */
static bool is_own(const struct bpf_map *map)
{
	switch ((int)bpf_map__type(map)) {
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_XSKMAP:
	case BPF_MAP_TYPE_STRUCT_OPS:
		return true;
	default:
		return bpf_map__is_internal(map) && (bpf_map__map_flags(map) & BPF_F_RDONLY_PROG);
	}
}

static bool is_named(const struct mdesc_objects *objs, const struct bpf_map *map, const char *name)
{
	return bpf_object__find_map_by_name(mdesc_object__bpf(objs->v[0].obj), name) == map;
}

static int check_names(const struct mdesc_objects *objs, const struct mdesc_objects_open_opts *opts,
		       struct mdesc_error *err)
{
	const char *const *names = OPTS_GET(opts, own_maps, NULL);
	size_t i, n = OPTS_GET(opts, own_map_count, 0);

	for (i = 0; i < n; i++)
		if (!bpf_object__find_map_by_name(mdesc_object__bpf(objs->v[0].obj), names[i]))
			return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND, "the object has no map '%.100s'",
					 names[i]);
	return 0;
}

static int choose_maps(struct mdesc_objects *objs, const struct mdesc_objects_open_opts *opts,
		       struct mdesc_error *err)
{
	const char *const *names = OPTS_GET(opts, own_maps, NULL);
	size_t i, k, n = OPTS_GET(opts, own_map_count, 0);
	const struct bpf_map *map;

	for (map = next_map(&objs->v[0], NULL); map; map = next_map(&objs->v[0], map))
		objs->map_n++;
	objs->own = calloc(objs->map_n + 1, sizeof(*objs->own));
	if (!objs->own)
		return no_memory(err);
	for (i = 0, map = next_map(&objs->v[0], NULL); map; i++, map = next_map(&objs->v[0], map)) {
		objs->own[i] = is_own(map);
		for (k = 0; k < n; k++)
			objs->own[i] |= is_named(objs, map, names[k]);
	}
	return check_names(objs, opts, err);
}

/* ---- opening ---- */

/* The bytes of an object, and the path that they are from, or NULL. */
struct bytes {
	const void *data;
	size_t size;
	const char *path;
};

static int open_one(struct nic *nic, const struct bytes *from, const struct mdesc_image *img,
		    const struct mdesc_object_open_opts *opts, struct mdesc_error *err)
{
	int rc;

	nic->name = strdup(mdesc_image__name(img));
	if (!nic->name)
		return no_memory(err);
	nic->obj = object_open(from->data, from->size, from->path, img, opts, err);
	if (nic->obj)
		return 0;
	rc = -errno;
	name_nic(nic, err);
	return rc;
}

static struct mdesc_objects *
open_objects(const struct bytes *from, const struct mdesc_image *const *images, size_t count,
	     const struct mdesc_objects_open_opts *opts, struct mdesc_error *err)
{
	struct mdesc_objects *objs;
	int rc = 0;

	if (!count || !opts_valid(opts, sizeof(*opts))) {
		errno = -error_set(err, EINVAL, MDESC_CLASS_SYSTEM,
				   "mdesc_objects__open: no images, or options of a wrong size");
		return NULL;
	}
	objs = calloc(1, sizeof(*objs));
	if (objs)
		objs->v = calloc(count, sizeof(*objs->v));
	if (!objs || !objs->v)
		rc = no_memory(err);
	while (!rc && objs->n < count) {
		rc = open_one(&objs->v[objs->n], from, images[objs->n], OPTS_GET(opts, object, NULL), err);
		objs->n++;
	}
	if (!rc)
		rc = choose_maps(objs, opts, err);
	if (!rc)
		return objs;
	mdesc_objects__close(objs);
	errno = -rc;
	return NULL;
}

struct mdesc_objects *
mdesc_objects__open_mem(const void *data, size_t size, const struct mdesc_image *const *images,
			size_t count, const struct mdesc_objects_open_opts *opts, struct mdesc_error *err)
{
	return open_objects(&(struct bytes){ data, size, NULL }, images, count, opts, err);
}

struct mdesc_objects *
mdesc_objects__open(const char *path, const struct mdesc_image *const *images, size_t count,
		    const struct mdesc_objects_open_opts *opts, struct mdesc_error *err)
{
	struct mdesc_objects *objs;
	size_t size;
	void *data;
	int rc;

	rc = btffile_read(path, &data, &size, err);
	if (rc) {
		errno = -rc;
		return NULL;
	}
	objs = open_objects(&(struct bytes){ data, size, path }, images, count, opts, err);
	rc = errno;
	free(data);
	errno = rc;
	return objs;
}

size_t mdesc_objects__count(const struct mdesc_objects *objs)
{
	return objs->n;
}

struct mdesc_object *mdesc_objects__object(const struct mdesc_objects *objs, size_t idx)
{
	return idx < objs->n ? objs->v[idx].obj : NULL;
}

/* ---- loading ---- */

/* Of maps that are not shared, no two may be pinned in one place: the second would reuse the first. */
static int check_pins(const struct mdesc_objects *objs, struct mdesc_error *err)
{
	size_t k, i;

	for (k = 1; k < objs->n; k++) {
		struct bpf_map *first = NULL, *map = NULL;

		for (i = 0; i < objs->map_n; i++) {
			const char *a, *b;

			first = next_map(&objs->v[0], first);
			map = next_map(&objs->v[k], map);
			a = bpf_map__pin_path(first);
			b = bpf_map__pin_path(map);
			if (objs->own[i] && a && b && !strcmp(a, b))
				return error_set(err, EINVAL, MDESC_CLASS_INPUT,
						 "each NIC has a map '%.60s' of its own, and all would be pinned at "
						 "%.200s: give them paths of their own", bpf_map__name(map), a);
		}
	}
	return 0;
}

static int look_for_pins(struct mdesc_objects *objs, struct mdesc_error *err)
{
	struct bpf_map *map;
	size_t k, i;

	for (k = 0; k < objs->n; k++) {
		struct nic *nic = &objs->v[k];

		free(nic->was_pinned);
		nic->was_pinned = calloc(objs->map_n + 1, sizeof(*nic->was_pinned));
		if (!nic->was_pinned)
			return no_memory(err);
		for (i = 0, map = next_map(nic, NULL); map; i++, map = next_map(nic, map)) {
			const char *path = bpf_map__pin_path(map);

			nic->was_pinned[i] = path && access(path, F_OK) == 0;
		}
	}
	return 0;
}

/* Gives the maps of the first, which is loaded, to another. Maps that the caller gave it stay. */
static int share(struct mdesc_objects *objs, struct nic *nic, struct mdesc_error *err)
{
	struct bpf_map *first = NULL, *map = NULL;
	size_t i;
	int rc;

	for (i = 0; i < objs->map_n; i++) {
		first = next_map(&objs->v[0], first);
		map = next_map(nic, map);
		if (objs->own[i] || bpf_map__fd(first) < 0 || bpf_map__fd(map) >= 0 || !bpf_map__autocreate(map))
			continue;
		rc = bpf_map__reuse_fd(map, bpf_map__fd(first));
		if (rc)
			return error_set(err, -rc, rc == -EPERM ? MDESC_CLASS_DENIED : MDESC_CLASS_SYSTEM,
					 "for %.120s: map '%.60s' cannot be shared: %s", nic->name,
					 bpf_map__name(map), strerror(-rc));
	}
	return 0;
}

/* Takes back what a load that failed has left: pins that it made, and all that was loaded. */
static void unload(struct mdesc_objects *objs)
{
	struct bpf_map *map;
	size_t k, i;

	for (k = 0; k < objs->n; k++) {
		struct nic *nic = &objs->v[k];

		for (i = 0, map = next_map(nic, NULL); map; i++, map = next_map(nic, map))
			if (bpf_map__is_pinned(map) && !nic->was_pinned[i])
				bpf_map__unpin(map, NULL);
	}
	for (k = 0; k < objs->n; k++)
		object_unload(objs->v[k].obj);
}

int mdesc_objects__load(struct mdesc_objects *objs, struct mdesc_error *err)
{
	size_t k;
	int rc;

	if (!mdesc_object__bpf(objs->v[0].obj))
		return error_set(err, EBUSY, MDESC_CLASS_SYSTEM, "a load that failed cannot be tried again");
	rc = check_pins(objs, err);
	if (rc)
		return rc;
	rc = look_for_pins(objs, err);
	if (rc)
		return rc;
	for (k = 0; k < objs->n && !rc; k++) {
		rc = k ? share(objs, &objs->v[k], err) : 0;
		if (rc)
			break;
		rc = mdesc_object__load(objs->v[k].obj, err);
		if (rc)
			name_nic(&objs->v[k], err);
	}
	if (rc)
		unload(objs);
	return rc;
}

void mdesc_objects__close(struct mdesc_objects *objs)
{
	size_t k;

	if (!objs)
		return;
	for (k = 0; k < objs->n; k++) {
		mdesc_object__close(objs->v[k].obj);
		free(objs->v[k].name);
		free(objs->v[k].was_pinned);
	}
	free(objs->v);
	free(objs->own);
	free(objs);
}

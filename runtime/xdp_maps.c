/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The maps of the user's program over an update: takes an opened object and the
 * folder where those of the running one are pinned, gives the object each map that
 * it defines in the same way. What counts is kind, sizes, flags, and the types of
 * key and value, or the global variables and where they are. A map that cannot be
 * kept is new, and a note says why. Also how maps are called as files.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "stitch.h"
#include "xdp.h"

/* ---- as files ---- */

/* What libbpf calls those of variables has the object's name in front, which may be another one next time. */
static const char *section_of(const struct bpf_map *map)
{
	const char *name = bpf_map__name(map), *dot = strchr(name, '.');

	return bpf_map__is_internal(map) && dot ? dot : name;
}

void xdp_map_file(const struct bpf_map *map, char *buf, size_t size)
{
	char *p;

	snprintf(buf, size, "%s", section_of(map));
	for (p = buf; *p; p++)
		if (*p == '.' || *p == '/')
			*p = '_';	/* the BPF file system allows no '.' */
}

/* Programs were relocated to one image, and the verifier takes constants for what they are. */
bool xdp_map_is_kept(const struct bpf_map *map)
{
	switch ((int)bpf_map__type(map)) {
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_STRUCT_OPS:
		return false;
	default:
		return bpf_map__autocreate(map) &&
		       !(bpf_map__is_internal(map) && (bpf_map__map_flags(map) & BPF_F_RDONLY_PROG));
	}
}

/* ---- whether two are the same ---- */

static bool same_var(const struct btfraw *a, const struct btf_var_secinfo *x, const struct btfraw *b,
		     const struct btf_var_secinfo *y, char *why, size_t why_size)
{
	const struct btf_type *v = btfraw_type(a, x->type), *w = btfraw_type(b, y->type);
	char type[160] = "";

	if (!v || !w || strcmp(btfraw_str(a, v->name_off), btfraw_str(b, w->name_off)))
		snprintf(why, why_size, "'%.60s' stands where '%.60s' was", w ? btfraw_str(b, w->name_off) : "?",
			 v ? btfraw_str(a, v->name_off) : "?");
	else if (x->offset != y->offset)
		snprintf(why, why_size, "'%.60s' has moved", btfraw_str(b, w->name_off));
	else if (x->size != y->size)
		snprintf(why, why_size, "'%.60s' has %u bytes, not %u", btfraw_str(b, w->name_off), y->size, x->size);
	else if (btf_same(a, v->type, b, w->type, type, sizeof(type)) <= 0)
		snprintf(why, why_size, "'%.60s': %s", btfraw_str(b, w->name_off), type);
	else
		return true;
	return false;
}

static bool same_section(const struct btfraw *a, const struct btf_type *s, const struct btfraw *b,
			 const struct btf_type *t, char *why, size_t why_size)
{
	const struct btf_var_secinfo *x = btfraw_tail(s), *y = btfraw_tail(t);
	uint32_t old = btfraw_vlen(s), now = btfraw_vlen(t), i;

	for (i = 0; i < old && i < now; i++)
		if (!same_var(a, &x[i], b, &y[i], why, why_size))
			return false;
	if (old != now)
		snprintf(why, why_size, "%u variables, not %u", now, old);
	return old == now;
}

static bool same_type(const struct btfraw *a, uint32_t a_id, const struct btfraw *b, uint32_t b_id, char *why,
		      size_t why_size)
{
	const struct btf_type *s = btfraw_type(a, a_id), *t = btfraw_type(b, b_id);

	if (!s || !t)
		return !s && !t;
	if (btfraw_kind(s) == BTF_KIND_DATASEC && btfraw_kind(t) == BTF_KIND_DATASEC)
		return same_section(a, s, b, t, why, why_size);
	return btf_same(a, a_id, b, b_id, why, why_size) > 0;
}

/* Where either has no BTF, sizes must do. */
static bool same_types(const struct bpf_map_info *old, const struct btf *new, const struct bpf_map *map, char *why,
		       size_t why_size)
{
	struct btf *loaded = old->btf_id && new ? btf__load_from_kernel_by_id(old->btf_id) : NULL;
	struct btfraw a = { .name = "" }, b = { .name = "" };
	const void *data;
	uint32_t size;
	bool same = true;

	if (!loaded)
		return true;
	data = btf__raw_data(loaded, &size);
	if (data && !btfraw_open(&a, "kernel", data, size, NULL, NULL)) {
		data = btf__raw_data(new, &size);
		if (data && !btfraw_open(&b, "object", data, size, NULL, NULL)) {
			same = same_type(&a, old->btf_key_type_id, &b, bpf_map__btf_key_type_id(map), why, why_size) &&
			       same_type(&a, old->btf_value_type_id, &b, bpf_map__btf_value_type_id(map), why,
					 why_size);
			btfraw_close(&b);
		}
		btfraw_close(&a);
	}
	btf__free(loaded);
	return same;
}

static bool same_numbers(const struct bpf_map_info *old, const struct bpf_map *map, char *why, size_t why_size)
{
	uint32_t entries = bpf_map__max_entries(map), own = 0;

	/* The kernel's own mark. */
	if (old->type == BPF_MAP_TYPE_DEVMAP || old->type == BPF_MAP_TYPE_DEVMAP_HASH)
		own = BPF_F_RDONLY_PROG;

	if (old->type != (uint32_t)bpf_map__type(map))
		snprintf(why, why_size, "another kind of map");
	else if (old->key_size != bpf_map__key_size(map))
		snprintf(why, why_size, "keys of %u bytes, not %u", bpf_map__key_size(map), old->key_size);
	else if (old->value_size != bpf_map__value_size(map))
		snprintf(why, why_size, "values of %u bytes, not %u", bpf_map__value_size(map), old->value_size);
	else if (entries && old->max_entries != entries)
		snprintf(why, why_size, "%u entries, not %u", entries, old->max_entries);
	else if ((old->map_flags | own) != (bpf_map__map_flags(map) | own))
		snprintf(why, why_size, "other flags");
	else
		return true;
	return false;
}

/* ---- keeping them ---- */

static int keep(struct bpf_map *map, const struct btf *btf, int fd, const struct xdp_plan *plan,
		struct mdesc_error *err)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);
	char why[256] = "";
	int rc;

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return error_set(err, errno, MDESC_CLASS_SYSTEM, "map '%.60s' cannot be read: %s", bpf_map__name(map),
				 strerror(errno));
	/* The types say more of variables than that there are more or fewer bytes of them. */
	if (bpf_map__is_internal(map) && (!same_types(&info, btf, map, why, sizeof(why)) ||
					  !same_numbers(&info, map, why, sizeof(why))))
		return xdp_note(plan->notes, "the global variables in %.60s are new: they are defined otherwise now: "
				"%s", section_of(map), why);
	if (!same_numbers(&info, map, why, sizeof(why)) || !same_types(&info, btf, map, why, sizeof(why)))
		return xdp_note(plan->notes, "map '%.60s' is new: it is defined otherwise now: %s",
				bpf_map__name(map), why);
	rc = bpf_map__reuse_fd(map, fd);
	return rc ? error_set(err, -rc, MDESC_CLASS_SYSTEM, "map '%.60s' cannot be kept: %s", bpf_map__name(map),
			      strerror(-rc)) : 0;
}

int xdp_maps_keep(struct bpf_object *bpf, const struct xdp_plan *plan, struct mdesc_error *err)
{
	char path[XDP_PATH_MAX + 300], file[256];
	struct bpf_map *map;
	int rc = 0, fd;

	if (!plan->old_maps)
		return 0;
	bpf_object__for_each_map(map, bpf) {
		if (!xdp_map_is_kept(map) || bpf_map__pin_path(map))
			continue;
		xdp_map_file(map, file, sizeof(file));
		snprintf(path, sizeof(path), "%s/%s", plan->old_maps, file);
		fd = bpf_obj_get(path);
		if (fd < 0)
			continue;
		rc = keep(map, bpf_object__btf(bpf), fd, plan, err);
		close(fd);
		if (rc)
			break;
	}
	return rc;
}

/* ---- maps that are pinned by their own names ---- */

int xdp_maps_look(struct xdp_pair *pair, struct mdesc_error *err)
{
	struct bpf_object *bpf = mdesc_object__bpf(pair->user);
	struct bpf_map *map;
	size_t n = 0, i = 0;

	bpf_object__for_each_map(map, bpf)
		n++;
	pair->was_pinned = calloc(n + 1, sizeof(*pair->was_pinned));
	if (!pair->was_pinned)
		return xdp_no_memory(err);
	bpf_object__for_each_map(map, bpf) {
		const char *path = bpf_map__pin_path(map);

		pair->was_pinned[i++] = path && !access(path, F_OK);
	}
	return 0;
}

void xdp_maps_unpin(struct xdp_pair *pair)
{
	struct bpf_map *map;
	size_t i = 0;

	if (!pair->user || !pair->was_pinned)
		return;
	bpf_object__for_each_map(map, mdesc_object__bpf(pair->user)) {
		if (!pair->was_pinned[i] && bpf_map__is_pinned(map))
			bpf_map__unpin(map, NULL);
		i++;
	}
}

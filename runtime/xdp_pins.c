/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is pinned for one interface, DIR/mdesc/IFACE: takes the folder, gives the
 * link and which generation is in force, which is the one whose writer is the
 * link's program; pins and removes generations. The caller holds the lock. What is
 * there after a process was killed in between is told apart by the link alone.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "xdp.h"

#define INFO_MAX	(sizeof(struct xdp_info) + XDP_LAYOUTS_MAX * sizeof(struct xdp_info_layout))

struct path { char s[XDP_PATH_MAX + 320]; };

static struct path in_dir(const char *dir, const char *name)
{
	struct path p;

	snprintf(p.s, sizeof(p.s), "%s/%s", dir, name);
	return p;
}

static struct path in_gen(const char *dir, uint32_t gen, const char *name)
{
	struct path p;

	snprintf(p.s, sizeof(p.s), "%s/%u%s%s", dir, gen, *name ? "/" : "", name);
	return p;
}

static enum mdesc_class class_of(int code)
{
	return code == EPERM || code == EACCES ? MDESC_CLASS_DENIED : MDESC_CLASS_SYSTEM;
}

/* ---- reading ---- */

void xdp_pins_dir(const struct xdp_place *place, const struct xdp_iface *iface, char *buf, size_t size)
{
	if (iface->netns_is_init)
		snprintf(buf, size, "%s/%s", place->root, iface->name);
	else
		snprintf(buf, size, "%s/%s@%llu", place->root, iface->name, (unsigned long long)iface->netns);
}

int xdp_pins_get(const char *dir, uint32_t gen, const char *name)
{
	struct path p = in_gen(dir, gen, name);
	int fd = bpf_obj_get(p.s);

	return fd < 0 ? -errno : fd;
}

static uint32_t prog_id(int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.id;
}

/* The number that a generation's folder is; 0: it is none. */
static uint32_t generation_of(const char *name)
{
	char *end;
	unsigned long n = strtoul(name, &end, 10);

	return *name >= '1' && *name <= '9' && !*end && n < UINT32_MAX ? n : 0;
}

static uint32_t find_generation(const char *dir, uint32_t writer_id)
{
	DIR *d = opendir(dir);
	uint32_t found = 0, gen;
	struct dirent *e;

	while (d && !found && (e = readdir(d))) {
		int fd;

		gen = generation_of(e->d_name);
		fd = gen ? xdp_pins_get(dir, gen, "writer") : -1;
		if (fd < 0)
			continue;
		if (prog_id(fd) == writer_id)
			found = gen;
		close(fd);
	}
	if (d)
		closedir(d);
	return found;
}

/* Any generation: all tell which interface it is. */
static uint32_t any_generation(const char *dir)
{
	DIR *d = opendir(dir);
	uint32_t found = 0;
	struct dirent *e;

	while (d && !found && (e = readdir(d)))
		found = generation_of(e->d_name);
	if (d)
		closedir(d);
	return found;
}

/* Numbers of interfaces are of a network namespace: what is in another one is taken for what was written down. */
static void find_gate(struct xdp_pins *pins)
{
	uint32_t gen = pins->gen ? pins->gen : any_generation(pins->dir);
	struct xdp_info *info = gen ? xdp_info_read(pins->dir, gen, NULL) : NULL;
	struct xdp_iface here;
	bool elsewhere;

	if (!info)
		return;
	elsewhere = xdp_iface_name(&here, "lo", NULL) || here.netns != info->netns;
	if (!elsewhere)
		pins->gate_id = xdp_gates_find(info->ifindex, pins->link_fd);
	if (elsewhere || pins->gate_id)
		pins->ifindex = info->ifindex;
	free(info);
}

/* What is in libxdp's dispatcher has no link, but a slot, which its gate calls. */
static void read_slot(struct xdp_pins *pins)
{
	struct path slot = in_dir(pins->dir, "slot");
	uint32_t key = 0;

	pins->link_fd = bpf_obj_get(slot.s);
	if (pins->link_fd < 0) {
		pins->link_fd = -1;
		return;
	}
	pins->dispatched = true;
	if (!bpf_map_lookup_elem(pins->link_fd, &key, &pins->writer_id))
		pins->gen = find_generation(pins->dir, pins->writer_id);
	find_gate(pins);
}

int xdp_pins_read(struct xdp_pins *pins, const char *dir, struct mdesc_error *err)
{
	struct path link = in_dir(dir, "link");
	struct bpf_link_info info = { 0 };
	uint32_t size = sizeof(info);

	memset(pins, 0, sizeof(*pins));
	pins->link_fd = -1;
	snprintf(pins->dir, sizeof(pins->dir), "%s", dir);
	if (access(dir, F_OK))
		return errno == ENOENT ? -ENOENT :
		       error_set(err, errno, class_of(errno), "%.200s: %s", dir, strerror(errno));
	pins->link_fd = bpf_obj_get(link.s);
	if (pins->link_fd < 0 && errno == ENOENT) {
		pins->link_fd = -1;
		read_slot(pins);
		return 0;
	}
	if (pins->link_fd < 0)
		return error_set(err, errno, class_of(errno), "%.200s: %s", link.s, strerror(errno));
	if (bpf_obj_get_info_by_fd(pins->link_fd, &info, &size) || info.type != BPF_LINK_TYPE_XDP) {
		xdp_pins_close(pins);
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.200s: is no link of XDP", link.s);
	}
	pins->link_id = info.id;
	pins->writer_id = info.prog_id;
	pins->ifindex = info.xdp.ifindex;
	pins->gen = find_generation(dir, info.prog_id);
	return 0;
}

void xdp_pins_close(struct xdp_pins *pins)
{
	if (pins->link_fd >= 0)
		close(pins->link_fd);
	pins->link_fd = -1;
}

struct xdp_info *xdp_info_read(const char *dir, uint32_t gen, struct mdesc_error *err)
{
	struct bpf_map_info map = { 0 };
	uint32_t size = sizeof(map), key = 0, i;
	int fd = xdp_pins_get(dir, gen, "info");
	struct xdp_info *info = NULL;

	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &map, &size) && map.type == BPF_MAP_TYPE_ARRAY &&
	    map.key_size == 4 &&
	    map.value_size >= sizeof(*info) && map.value_size <= INFO_MAX)
		info = calloc(1, map.value_size + 8);
	if (info && (bpf_map_lookup_elem(fd, &key, info) || info->version != XDP_INFO_VERSION ||
		     (uint64_t)info->layout_count + info->unread_count !=
	     (map.value_size - sizeof(*info)) / sizeof(info->layouts[0]))) {
		free(info);
		info = NULL;
	}
	if (fd >= 0)
		close(fd);
	if (!info) {
		errno = -error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.200s/%u/info: is not what this version writes",
				   dir, gen);
		return NULL;
	}
	info->build_id[sizeof(info->build_id) - 1] = info->image[sizeof(info->image) - 1] = 0;
	info->object[sizeof(info->object) - 1] = info->program[sizeof(info->program) - 1] = 0;
	info->why_generic[sizeof(info->why_generic) - 1] = info->why_stand_in[sizeof(info->why_stand_in) - 1] = 0;
	info->why_all[sizeof(info->why_all) - 1] = 0;
	for (i = 0; i < info->layout_count + info->unread_count; i++)
		info->layouts[i].name[sizeof(info->layouts[i].name) - 1] = 0;
	return info;
}

/* Numbers are of a namespace: what was written down tells which. */
static bool is_on(const struct xdp_pins *pins, const struct xdp_iface *iface)
{
	struct xdp_info *info;
	bool same = false;

	if (!iface->ifindex || pins->ifindex != iface->ifindex || !pins->gen)
		return false;
	info = xdp_info_read(pins->dir, pins->gen, NULL);
	if (info)
		same = info->netns == iface->netns;
	free(info);
	return same;
}

/* What is called like the interface is on another one, which had this name when it was attached or has it elsewhere. */
static bool is_of_another(const struct xdp_pins *pins, const struct xdp_iface *iface)
{
	char name[IF_NAMESIZE];
	struct xdp_info *info;
	bool other = false;

	if (pins->link_fd < 0 || !pins->ifindex)
		return false;
	if (pins->ifindex != iface->ifindex)
		return iface->ifindex || if_indextoname(pins->ifindex, name);
	info = pins->gen ? xdp_info_read(pins->dir, pins->gen, NULL) : NULL;
	if (info)
		other = info->netns != iface->netns;
	free(info);
	return other;
}

/* One that was renamed after it was attached, or pinned by who knew less of namespaces. */
static int find_by_number(const struct xdp_place *place, const struct xdp_iface *iface, struct xdp_pins *pins)
{
	DIR *d = opendir(place->root);
	struct dirent *e;
	int rc = -ENOENT;

	while (d && rc && (e = readdir(d))) {
		struct path p = in_dir(place->root, e->d_name);

		if (e->d_name[0] == '.' || xdp_pins_read(pins, p.s, NULL))
			continue;
		if (is_on(pins, iface))
			rc = 0;
		else
			xdp_pins_close(pins);
	}
	if (d)
		closedir(d);
	return rc;
}

int xdp_pins_find(const struct xdp_place *place, const struct xdp_iface *iface, struct xdp_pins *pins,
		  struct mdesc_error *err)
{
	struct xdp_pins other;
	char dir[XDP_PATH_MAX];
	int rc;

	xdp_pins_dir(place, iface, dir, sizeof(dir));
	rc = xdp_pins_read(pins, dir, err);
	if (rc && rc != -ENOENT)
		return rc;
	if (!rc && is_on(pins, iface))
		return 0;
	if (iface->ifindex && !find_by_number(place, iface, &other)) {
		xdp_pins_close(pins);
		*pins = other;
		return 0;
	}
	if (!rc && is_of_another(pins, iface)) {
		xdp_pins_close(pins);
		return -ENOENT;
	}
	return rc;
}

/* ---- removing ---- */

static void remove_tree(const char *path, int depth)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		struct path p = in_dir(path, e->d_name);

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (unlink(p.s) && errno != ENOENT && depth < 4)
			remove_tree(p.s, depth + 1);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

void xdp_pins_clean(const char *dir, uint32_t keep)
{
	struct path link = in_dir(dir, "link");
	DIR *d = opendir(dir);
	struct dirent *e;

	/* First what makes it an attachment. */
	if (!keep)
		unlink(link.s);
	while (d && (e = readdir(d))) {
		uint32_t gen = generation_of(e->d_name);
		struct path p = in_dir(dir, e->d_name);

		if (gen && gen != keep)
			remove_tree(p.s, 0);
	}
	if (d)
		closedir(d);
	if (!keep)
		remove_tree(dir, 0);
}

/* ---- pinning ---- */

static int pin(int fd, const char *dir, uint32_t gen, const char *name, struct mdesc_error *err)
{
	struct path p = in_gen(dir, gen, name);

	if (!bpf_obj_pin(fd, p.s))
		return 0;
	return error_set(err, errno, class_of(errno), "%.300s: cannot be pinned: %s", p.s, strerror(errno));
}

static int pin_info(const char *dir, uint32_t gen, const struct xdp_info *info, size_t size, struct mdesc_error *err)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "mdesc_info", 4, size, 1, NULL), rc;
	uint32_t key = 0;

	if (fd < 0 || bpf_map_update_elem(fd, &key, info, BPF_ANY))
		rc = error_set(err, errno, class_of(errno), "what is attached cannot be written down: %s",
			       strerror(errno));
	else
		rc = pin(fd, dir, gen, "info", err);
	if (!rc)
		bpf_map_freeze(fd);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* A PROG_ARRAY is emptied when nobody has it any more, though programs run that use it. */
static bool is_pinned(const struct bpf_map *map)
{
	return xdp_map_is_kept(map) || (bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY && bpf_map__autocreate(map));
}

static int pin_maps(const char *dir, uint32_t gen, struct bpf_object *bpf, struct mdesc_error *err)
{
	char file[256], name[300];
	struct bpf_map *map;
	int rc = 0;

	bpf_object__for_each_map(map, bpf) {
		if (rc || !is_pinned(map) || bpf_map__fd(map) < 0)
			continue;
		xdp_map_file(map, file, sizeof(file));
		snprintf(name, sizeof(name), "maps/%s", file);
		rc = pin(bpf_map__fd(map), dir, gen, name, err);
	}
	return rc;
}

static int make_dir(const char *path, struct mdesc_error *err)
{
	if (!mkdir(path, 0755) || errno == EEXIST)
		return 0;
	return error_set(err, errno, class_of(errno), "%.300s: %s", path, strerror(errno));
}

int xdp_pins_generation(const char *dir, uint32_t gen, const struct xdp_pair *pair, const struct xdp_info *info,
			size_t info_size, struct mdesc_error *err)
{
	struct path own = in_gen(dir, gen, ""), maps = in_gen(dir, gen, "maps");
	int rc = make_dir(dir, err);

	if (!rc)
		rc = make_dir(own.s, err);
	if (!rc)
		rc = make_dir(maps.s, err);
	if (!rc)
		rc = pin_info(dir, gen, info, info_size, err);
	if (!rc)
		rc = pin(pair->next_fd, dir, gen, "next", err);
	if (!rc)
		rc = pin(pair->counters_fd, dir, gen, "counters", err);
	if (!rc)
		rc = pin(pair->program_fd, dir, gen, "program", err);
	if (!rc && pair->verdicts_fd >= 0)
		rc = pin(pair->verdicts_fd, dir, gen, "verdicts", err);
	if (!rc && pair->user)
		rc = pin_maps(dir, gen, mdesc_object__bpf(pair->user), err);
	if (!rc)
		rc = pin(pair->writer_fd, dir, gen, "writer", err);
	return rc;
}

int xdp_pins_current(const char *dir, uint32_t gen, struct mdesc_error *err)
{
	struct path link = in_dir(dir, "current"), tmp = in_dir(dir, "next");
	char to[16];

	snprintf(to, sizeof(to), "%u", gen);
	unlink(tmp.s);
	if (!symlink(to, tmp.s) && !rename(tmp.s, link.s))
		return 0;
	return error_set(err, errno, class_of(errno), "%.300s: %s", link.s, strerror(errno));
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is attached, for those who ask: takes an interface's name, reads what is
 * pinned, under a lock that others who read share; gives facts, counters and maps.
 * Nothing is kept open in between, so that an attachment held by a program that
 * sleeps keeps nothing from being freed.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "xdp.h"

void xdp_notes_free(struct xdp_notes *notes)
{
	while (notes->n)
		free(notes->v[--notes->n]);
	free(notes->v);
	notes->v = NULL;
}

void mdesc_attachment__close(struct mdesc_attachment *att)
{
	if (!att)
		return;
	xdp_notes_free(&att->notes);
	free(att->info);
	free(att->bpffs);
	free(att);
}

int xdp_attachment_fill(struct mdesc_attachment *att, const struct xdp_pins *pins, const char *bpffs,
			struct mdesc_error *err)
{
	struct xdp_info *info = xdp_info_read(pins->dir, pins->gen, err);
	struct bpf_prog_info prog = { 0 };
	uint32_t size = sizeof(prog);
	char *copy = bpffs ? strdup(bpffs) : NULL;
	int fd;

	if (!info)
		return -errno;
	if (bpffs && !copy) {
		free(info);
		return xdp_no_memory(err);
	}
	fd = xdp_pins_get(pins->dir, pins->gen, "program");
	if (fd >= 0) {
		bpf_obj_get_info_by_fd(fd, &prog, &size);
		close(fd);
	}
	free(att->info);
	free(att->bpffs);
	att->info = info;
	att->bpffs = copy;
	att->pins = *pins;
	att->pins.link_fd = -1;
	att->program_id = prog.id;
	if (!if_indextoname(pins->ifindex, att->iface))
		snprintf(att->iface, sizeof(att->iface), "?");
	return 0;
}

/* ---- opening ---- */

static int not_whole(const struct xdp_iface *iface, const struct xdp_pins *pins, struct mdesc_error *err)
{
	if (pins->link_fd < 0)
		return error_set(err, ESTALE, MDESC_CLASS_NOT_FOUND, "%s: nothing is attached, but a rest of an "
				 "attachment is left in %.200s: `mdesc detach %s' removes it", iface->name, pins->dir,
				 iface->name);
	if (!pins->ifindex && pins->dispatched)
		return error_set(err, ESTALE, MDESC_CLASS_NOT_FOUND, "%s: it is not in libxdp's dispatcher any more; "
				 "%.200s is left: `mdesc detach %s' removes it", iface->name, pins->dir, iface->name);
	if (!pins->ifindex)
		return error_set(err, ESTALE, MDESC_CLASS_NOT_FOUND, "%s: the interface that it was attached to is "
				 "gone; %.200s is left: `mdesc detach %s' removes it", iface->name, pins->dir,
				 iface->name);
	if (!pins->gen)
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%s: its %s runs program %u, which is not "
				 "pinned in %.200s: somebody has put it there; detach, and attach again", iface->name,
				 pins->dispatched ? "gate" : "link", pins->writer_id, pins->dir);
	return 0;
}

static int nothing(const char *iface, uint32_t ifindex, struct mdesc_error *err)
{
	if (xdp_gates_dead(ifindex))
		return error_set(err, ESTALE, MDESC_CLASS_NOT_FOUND, "%s: nothing is attached, but a gate of an "
				 "attachment that is not pinned any more is left in libxdp's dispatcher, and lets all "
				 "pass: `mdesc detach %s' takes it out", iface, iface);
	return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND, ifindex ? "%s: nothing is attached" :
			 "%s: there is no such interface", iface);
}

struct mdesc_attachment *mdesc_attachment__open(const char *iface, const char *bpffs, struct mdesc_error *err)
{
	struct mdesc_attachment *att = calloc(1, sizeof(*att));
	struct xdp_place place = { .lock = -1 };
	struct xdp_pins pins = { .link_fd = -1 };
	struct xdp_iface net;
	int rc = att ? xdp_iface_name(&net, iface, err) : xdp_no_memory(err);

	if (!rc) {
		net.ifindex = if_nametoindex(iface);
		rc = xdp_place_open(&place, bpffs, false, err);
		if (!rc)
			rc = xdp_pins_find(&place, &net, &pins, err);
		if (rc == -ENOENT)
			rc = nothing(iface, net.ifindex, err);
	}
	if (!rc)
		rc = not_whole(&net, &pins, err);
	if (!rc)
		rc = xdp_attachment_fill(att, &pins, bpffs, err);
	xdp_pins_close(&pins);
	xdp_place_close(&place, false);
	if (!rc)
		return att;
	mdesc_attachment__close(att);
	errno = -rc;
	return NULL;
}

/* ---- all ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether a folder's name is one of this network namespace; @bare: without a suffix, too. */
static bool is_here(const char *name, const char *suffix, bool bare)
{
	const char *at = strchr(name, '@');

	return name[0] != '.' && (at ? !strcmp(at, suffix) : bare);
}

/* The name that the interface has now, which it may have got after it was attached; else the folder's. */
static void name_now(const char *root, const char *folder, int len, char *name)
{
	char path[XDP_PATH_MAX + 300];
	struct xdp_pins pins;
	bool known;

	snprintf(path, sizeof(path), "%s/%s", root, folder);
	known = !xdp_pins_read(&pins, path, NULL);
	if (!known || !pins.ifindex || !if_indextoname(pins.ifindex, name))
		snprintf(name, IFNAMSIZ, "%.*s", len, folder);
	if (known)
		xdp_pins_close(&pins);
}

struct names {
	char (*v)[IFNAMSIZ];
	size_t n;
	bool failed;			/* not enough memory */
};

static char *add_name(struct names *names)
{
	char (*more)[IFNAMSIZ] = realloc(names->v, (names->n + 1) * sizeof(*names->v));

	names->failed |= !more;
	if (!more)
		return NULL;
	names->v = more;
	return names->v[names->n++];
}

static void collect_folders(struct names *names, DIR *d, const char *root, const char *suffix, bool bare)
{
	struct dirent *e;
	char *name;

	while (d && (e = readdir(d))) {
		const char *at = strchr(e->d_name, '@');
		size_t len = at ? (size_t)(at - e->d_name) : strlen(e->d_name);

		if (!is_here(e->d_name, suffix, bare) || len >= IFNAMSIZ)
			continue;
		name = add_name(names);
		if (!name)
			return;
		name_now(root, e->d_name, (int)len, name);
	}
}

/* Interfaces with a gate that leads nowhere, and nothing else. */
static void collect_gates(struct names *names)
{
	struct if_nameindex *all = if_nameindex(), *i;
	size_t pinned = names->n, k;
	char *name;

	for (i = all; i && i->if_index; i++) {
		for (k = 0; k < pinned && strcmp(names->v[k], i->if_name); k++)
			;
		if (k < pinned || !xdp_gates_dead(i->if_index))
			continue;
		name = add_name(names);
		if (!name)
			break;
		snprintf(name, IFNAMSIZ, "%s", i->if_name);
	}
	if (all)
		if_freenameindex(all);
}

/* One block: pointers, then text. */
static char **sorted(const struct names *names)
{
	char **out = calloc(1, (names->n + 1) * sizeof(*out) + names->n * sizeof(*names->v)), *text;
	size_t i;

	if (!out)
		return NULL;
	text = (char *)(out + names->n + 1);
	if (names->n)
		memcpy(text, names->v, names->n * sizeof(*names->v));
	for (i = 0; i < names->n; i++)
		out[i] = text + i * IFNAMSIZ;
	qsort(out, names->n, sizeof(*out), by_name);
	return out;
}

char **mdesc_attachment__list(const char *bpffs, struct mdesc_error *err)
{
	struct xdp_place place = { .lock = -1 };
	struct xdp_iface here;
	char suffix[32] = "", **out = NULL;
	struct names names = { .n = 0 };
	DIR *d = NULL;
	int rc = xdp_iface_name(&here, "lo", err);

	if (!rc)
		rc = xdp_place_open(&place, bpffs, false, err);
	if (!rc)
		d = opendir(place.root);
	if (!rc)
		snprintf(suffix, sizeof(suffix), "@%llu", (unsigned long long)here.netns);
	if (!rc || rc == -ENOENT) {
		collect_folders(&names, d, place.root, suffix, here.netns_is_init);
		collect_gates(&names);
		out = names.failed ? NULL : sorted(&names);
		rc = out ? 0 : xdp_no_memory(err);
	}
	free(names.v);
	if (d)
		closedir(d);
	xdp_place_close(&place, false);
	errno = -rc;
	return out;
}

/* Whether a folder is an attachment that is alive, and was made in another network namespace. */
static bool is_elsewhere(const char *root, const char *name, uint64_t netns)
{
	char path[XDP_PATH_MAX + 300];
	struct xdp_info *info = NULL;
	struct xdp_pins pins;
	bool elsewhere = false;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	if (name[0] == '.' || xdp_pins_read(&pins, path, NULL))
		return false;
	if (pins.link_fd >= 0 && pins.ifindex && pins.gen)
		info = xdp_info_read(path, pins.gen, NULL);
	if (info)
		elsewhere = info->netns != netns;
	free(info);
	xdp_pins_close(&pins);
	return elsewhere;
}

int mdesc_attachment__elsewhere(const char *bpffs, struct mdesc_error *err)
{
	struct xdp_place place = { .lock = -1 };
	struct xdp_iface here;
	struct dirent *e;
	DIR *d = NULL;
	int rc = xdp_iface_name(&here, "lo", err), n = 0;

	if (!rc)
		rc = xdp_place_open(&place, bpffs, false, err);
	if (!rc)
		d = opendir(place.root);
	while (d && (e = readdir(d)))
		n += is_elsewhere(place.root, e->d_name, here.netns);
	if (d)
		closedir(d);
	xdp_place_close(&place, false);
	return rc && rc != -ENOENT ? rc : n;
}

/* ---- facts ---- */

int mdesc_attachment__info(const struct mdesc_attachment *att, struct mdesc_attachment_info *info)
{
	const struct xdp_info *i = att->info;
	struct mdesc_attachment_info all = {
		.iface = att->iface,
		.ifindex = att->pins.ifindex,
		.mode = i->mode,
		.why_generic = i->why_generic,
		.frags = i->flags & XDP_INFO_FRAGS,
		.dev_bound = i->flags & XDP_INFO_DEV_BOUND,
		.asks = i->asks,
		.gets = i->gets,
		.why_stand_in = i->why_stand_in,
		.image = i->image,
		.build_id = i->build_id,
		.object = i->object,
		.program = i->program,
		.generation = i->generation,
		.link_id = att->pins.link_id,
		.writer_id = att->pins.writer_id,
		.program_id = att->program_id,
		.dir = att->pins.dir,
		.layout_count = i->layout_count,
		.why_no_verdicts = xdp_verdict_why_not(i),
		.dispatched = i->flags & XDP_INFO_DISPATCHED,
		.ask = i->flags & XDP_INFO_ASK_USED ? MDESC_ASK_USED : MDESC_ASK_ALL,
		.why_all = i->why_all,
		.unread_count = i->unread_count,
	};

	return info_copy(info, &all, sizeof(all));
}

const char *mdesc_attachment__layout_name(const struct mdesc_attachment *att, size_t idx)
{
	return idx < att->info->layout_count ? att->info->layouts[idx].name : NULL;
}

const char *mdesc_attachment__unread(const struct mdesc_attachment *att, size_t idx)
{
	return idx < att->info->unread_count ? att->info->layouts[att->info->layout_count + idx].name : NULL;
}

uint32_t mdesc_attachment__layout_id(const struct mdesc_attachment *att, size_t idx)
{
	return idx < att->info->layout_count ? att->info->layouts[idx].id : 0;
}

int mdesc_attachment__counters(const struct mdesc_attachment *att, uint64_t *counters, size_t count)
{
	size_t n = MDESC_XDP_LAYOUT0 + (size_t)att->info->layout_count, i;
	int cpus = libbpf_num_possible_cpus(), c, fd, rc = -ENOMEM;
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info), key = 0;
	uint64_t *all;

	if (cpus < 0)
		return cpus;
	fd = xdp_pins_get(att->pins.dir, att->pins.gen, "counters");
	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &size) || info.type != BPF_MAP_TYPE_PERCPU_ARRAY ||
	    info.value_size != 8 * n) {
		close(fd);
		return -EBADMSG;
	}
	all = calloc((size_t)cpus, 8 * n);
	if (all)
		rc = bpf_map_lookup_elem(fd, &key, all) ? -errno : 0;
	for (i = 0; !rc && i < n && i < count; i++) {
		counters[i] = 0;
		for (c = 0; c < cpus; c++)
			counters[i] += all[c * n + i];
	}
	free(all);
	close(fd);
	return rc ? rc : (int)(count < n ? count : n);
}

int mdesc_attachment__map(const struct mdesc_attachment *att, const char *name)
{
	char path[300], *p;

	if (!strcmp(name, MDESC_XDP_NEXT))
		return xdp_pins_get(att->pins.dir, att->pins.gen, "next");
	if (!strcmp(name, MDESC_XDP_COUNTERS))
		return xdp_pins_get(att->pins.dir, att->pins.gen, "counters");
	if (strlen(name) > 200)
		return -ENOENT;
	snprintf(path, sizeof(path), "maps/%s", name);
	for (p = path + 5; *p; p++)
		if (*p == '.' || *p == '/')
			*p = '_';
	return xdp_pins_get(att->pins.dir, att->pins.gen, path);
}

const char *mdesc_attachment__note(const struct mdesc_attachment *att, size_t idx)
{
	return idx < att->notes.n ? att->notes.v[idx] : NULL;
}

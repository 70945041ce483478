/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Who is in libxdp's dispatchers: takes the PROG_ARRAY that is the slot of one gate,
 * gives the program in an interface's dispatcher that uses it, and removes what
 * libxdp has left of it where there is no dispatcher any more. Told by the files
 * that libxdp's protocol has it pin, without libxdp, and by the slot alone: no
 * other program uses it, whatever it is called. Also finds gates whose slot nobody
 * has any more: these are empty, as those in use never are, and pass everything.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "xdp.h"

#define IN_DISPATCHER	10	/* programs at most */
#define TRIES		100	/* of an interface whose dispatcher becomes another one all the time */
#define PINNED		"/sys/fs/bpf/xdp"
#define DISPATCHER	"dispatch-%u-%u"

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.id;
}

static bool is_empty_slot(uint32_t map)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info), key = 0, value;
	int fd = bpf_map_get_fd_by_id(map);
	bool empty;

	if (fd < 0)
		return false;
	empty = !bpf_obj_get_info_by_fd(fd, &info, &size) && info.type == BPF_MAP_TYPE_PROG_ARRAY &&
		!strcmp(info.name, XDP_SLOT) && bpf_map_lookup_elem(fd, &key, &value) && errno == ENOENT;
	close(fd);
	return empty;
}

/* The program's id where it is a gate with this slot, or @map is 0 and with one that is empty; else 0. */
static uint32_t gate_of(int prog, uint32_t map)
{
	uint32_t slot = 0, size;
	struct bpf_prog_info info = { .nr_map_ids = 1, .map_ids = (uintptr_t)&slot };

	size = sizeof(info);
	if (prog < 0 || bpf_obj_get_info_by_fd(prog, &info, &size) || info.nr_map_ids != 1)
		return 0;
	return (map ? slot == map : !strcmp(info.name, XDP_GATE) && is_empty_slot(slot)) ? info.id : 0;
}

static uint32_t close_and(int fd, uint32_t id)
{
	if (fd >= 0)
		close(fd);
	return id;
}

uint32_t xdp_gates_main(uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);

	if (!ifindex || bpf_xdp_query((int)ifindex, 0, &q))
		return 0;
	return q.prog_id ? q.prog_id : q.drv_prog_id ? q.drv_prog_id : q.skb_prog_id;
}

/* Of those that libxdp has put into this dispatcher. */
static uint32_t find_in(uint32_t ifindex, uint32_t dispatcher, uint32_t map)
{
	uint32_t found = 0;
	char path[128];
	int i, fd;

	for (i = 0; !found && i < IN_DISPATCHER; i++) {
		snprintf(path, sizeof(path), PINNED "/" DISPATCHER "/prog%d-prog", ifindex, dispatcher, i);
		fd = bpf_obj_get(path);
		found = close_and(fd, gate_of(fd, map));
	}
	return found;
}

/* Where libxdp made no dispatcher, the gate is the interface's program itself. */
static uint32_t find(uint32_t ifindex, uint32_t map)
{
	uint32_t main = xdp_gates_main(ifindex), found = 0, before;
	int fd, tries = 0;

	do {
		before = main;
		fd = main ? bpf_prog_get_fd_by_id(main) : -1;
		found = close_and(fd, gate_of(fd, map));
		if (!found && main)
			found = find_in(ifindex, main, map);
		/* Somebody else may just have put another dispatcher in its place. */
		main = xdp_gates_main(ifindex);
	} while (!found && main != before && ++tries < TRIES);
	return found;
}

uint32_t xdp_gates_find(uint32_t ifindex, int slot)
{
	uint32_t map = map_id(slot);

	return map ? find(ifindex, map) : 0;
}

uint32_t xdp_gates_dead(uint32_t ifindex)
{
	return find(ifindex, 0);
}

static void unpin(const char *dir, uint32_t map)
{
	char path[XDP_PATH_MAX];
	int i, fd;

	for (i = 0; i < IN_DISPATCHER; i++) {
		snprintf(path, sizeof(path), PINNED "/%.200s/prog%d-prog", dir, i);
		fd = bpf_obj_get(path);
		if (!close_and(fd, gate_of(fd, map)))
			continue;
		unlink(path);
		snprintf(path, sizeof(path), PINNED "/%.200s/prog%d-link", dir, i);
		unlink(path);
		snprintf(path, sizeof(path), PINNED "/%.200s", dir);
		rmdir(path);
	}
}

void xdp_gates_forget(int slot)
{
	int lock = open(PINNED, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint32_t map = map_id(slot), ifindex, dispatcher;
	struct dirent *e;
	DIR *d;

	/* Whoever changes something there holds this lock. */
	if (lock < 0 || !map || flock(lock, LOCK_EX)) {
		close_and(lock, 0);
		return;
	}
	d = opendir(PINNED);
	while (d && (e = readdir(d)))
		if (sscanf(e->d_name, DISPATCHER, &ifindex, &dispatcher) == 2 &&
		    xdp_gates_main(ifindex) != dispatcher)
			unpin(e->d_name, map);
	if (d)
		closedir(d);
	close(lock);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The XDP program of an object that an interface is to get: takes an opened object
 * and perhaps a name, gives the program, and has no other loaded but those that a
 * tail call may lead to. Where there are several and none is named, they are listed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "stitch.h"

static bool is_xdp(const struct bpf_program *prog)
{
	/* Programs for cpumap and devmap entries are attached by other means. */
	return bpf_program__type(prog) == BPF_PROG_TYPE_XDP &&
	       (bpf_program__expected_attach_type(prog) == BPF_XDP || !bpf_program__expected_attach_type(prog));
}

static struct bpf_program *find(const struct mdesc_object *obj, const char *name, struct mdesc_error *err)
{
	struct bpf_object *bpf = mdesc_object__bpf(obj);
	const char *path = object_path(obj);
	struct bpf_program *prog, *found = NULL;
	char list[256] = "";
	size_t at = 0;
	int n = 0;

	bpf_object__for_each_program(prog, bpf) {
		if (!is_xdp(prog))
			continue;
		if (name && !strcmp(bpf_program__name(prog), name))
			return prog;
		if (at < sizeof(list))
			at += snprintf(list + at, sizeof(list) - at, "%s%s", n ? ", " : "", bpf_program__name(prog));
		found = prog;
		n++;
	}
	if (!n)
		errno = -error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND, "%.200s: has no XDP program", path);
	else if (name)
		errno = -error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND, "%.200s: has no XDP program '%.64s'; it has %s",
				   path, name, list);
	else if (n > 1)
		errno = -error_set(err, ENOTUNIQ, MDESC_CLASS_AMBIGUOUS,
				   "%.200s: has several XDP programs: %s; say which by %.200s:NAME", path, list, path);
	else
		return found;
	return NULL;
}

struct bpf_program *mdesc_object__xdp_program(struct mdesc_object *obj, const char *name, struct mdesc_error *err)
{
	struct bpf_program *chosen = find(obj, name, err), *prog;
	bool tail_calls = false;
	struct bpf_map *map;

	if (!chosen)
		return NULL;
	bpf_object__for_each_map(map, mdesc_object__bpf(obj))
		tail_calls |= bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY;
	bpf_object__for_each_program(prog, mdesc_object__bpf(obj))
		if (prog != chosen && !(tail_calls && is_xdp(prog)))
			bpf_program__set_autoload(prog, false);
	return chosen;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What attaching and updating have in common: takes the caller's options and an
 * image, gives a plan that holds together, a writer and a program that are loaded
 * one behind the other, and what is to be written down about them. Says beforehand
 * what this kernel cannot carry.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xdp.h"

int xdp_no_memory(struct mdesc_error *err)
{
	return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
}

/* ---- the options ---- */

int xdp_opts_complete(struct mdesc_attach_opts *to, const struct mdesc_attach_opts *from, struct mdesc_error *err)
{
	memset(to, 0, sizeof(*to));
	if (!opts_valid(from, sizeof(*from)))
		return error_set(err, EINVAL, MDESC_CLASS_SYSTEM, "mdesc_attach_opts: wrong size, or newer than this "
				 "library");
	if (from)
		memcpy(to, from, from->sz < sizeof(*to) ? from->sz : sizeof(*to));
	to->sz = sizeof(*to);
	if (to->mode < MDESC_ATTACH_AUTO || to->mode > MDESC_ATTACH_GENERIC || to->frags < MDESC_FRAGS_AUTO ||
	    to->frags > MDESC_FRAGS_NO || to->ask < MDESC_ASK_DEFAULT || to->ask > MDESC_ASK_USED ||
	    !!to->object + !!to->program_fd + to->keep_metadata > 1)
		return error_set(err, EINVAL, MDESC_CLASS_SYSTEM,
				 "mdesc_attach_opts: an unknown choice, or more than one program");
	return 0;
}

int xdp_step(const struct mdesc_attach_opts *o, const char *name, struct mdesc_error *err)
{
	if (!o->step || !o->step(o->step_ctx, name))
		return 0;
	return error_set(err, ECANCELED, MDESC_CLASS_SYSTEM, "stopped before '%s'", name);
}

enum bpf_attach_type xdp_attach_type(const struct xdp_plan *plan)
{
	return plan->dispatched ? 0 : BPF_XDP;
}

void xdp_set_type(struct bpf_object *bpf, const struct xdp_plan *plan)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, bpf)
		if (plan->dispatched && bpf_program__autoload(prog))
			bpf_program__set_expected_attach_type(prog, xdp_attach_type(plan));
}

int xdp_pair_load(struct xdp_pair *pair, const struct xdp_plan *plan, struct mdesc_error *err)
{
	int rc = xdp_step(plan->opts, "program", err);

	if (!rc)
		rc = xdp_user_load(pair, plan, err);
	if (!rc)
		rc = xdp_used_find(pair, plan, err);
	if (!rc)
		rc = xdp_step(plan->opts, "writer", err);
	return rc ? rc : xdp_writer_load(pair, plan, !plan->dispatched, err);
}

/* ---- what the kernel carries ---- */

static size_t metadata_max(const struct mdesc_image *img, const char **name)
{
	size_t i, max = 0;

	for (i = 0; i < mdesc_image__layout_count(img); i++) {
		const struct mdesc_layout *l = mdesc_image__layout(img, i);

		if (mdesc_layout__kind(l) != MDESC_LAYOUT_METADATA || mdesc_layout__size(l) <= max)
			continue;
		max = mdesc_layout__size(l);
		*name = mdesc_layout__name(l);
	}
	return max;
}

/* What the writer counts by. */
size_t xdp_metadata_count(const struct mdesc_image *img)
{
	size_t i, n = 0;

	for (i = 0; i < mdesc_image__layout_count(img); i++)
		n += mdesc_layout__kind(mdesc_image__layout(img, i)) == MDESC_LAYOUT_METADATA;
	return n;
}

int xdp_denied(int code, const char *what, struct mdesc_error *err)
{
	char lacking[80];
	bool known = xdp_caps_lacking(lacking, sizeof(lacking));

	return error_set(err, code, MDESC_CLASS_DENIED, "no permission to load %.200s: it takes root, or CAP_BPF, "
			 "CAP_NET_ADMIN and CAP_PERFMON%s%s", what, known ? "; lacking: " : "", lacking);
}

int xdp_check_kernel(const struct mdesc_image *img, struct mdesc_error *err)
{
	const char *name = "";
	size_t size = metadata_max(img, &name);
	int max = xdp_kernel_meta_max(size);
	char release[80];

	xdp_kernel_release(release, sizeof(release));
	if (max == -EPERM || max == -EACCES)
		return xdp_denied(-max, "XDP programs", err);
	if (max < 0)
		return error_set(err, -max, MDESC_CLASS_DENIED, "kernel %s loads no XDP programs: %s", release,
				 strerror(-max));
	if (!size)
		return error_set(err, ENODATA, MDESC_CLASS_INPUT, "%.200s: has no layout of metadata: there is "
				 "nothing to write in front of packets", mdesc_image__name(img));
	if (size > (size_t)max)
		return error_set(err, EOPNOTSUPP, MDESC_CLASS_DENIED,
				 "%.200s: %.100s has %zu bytes, and kernel %s carries at most %d in front of a "
				 "packet%s",
				 mdesc_image__name(img), name, size, release, max, max == 32 ?
				 " (newer ones carry more)" : "");
	return 0;
}

/* ---- the pair ---- */

void xdp_pair_init(struct xdp_pair *pair)
{
	memset(pair, 0, sizeof(*pair));
	pair->writer_fd = pair->next_fd = pair->counters_fd = pair->program_fd = pair->own_fd = -1;
	pair->verdicts_fd = -1;
}

/* @failed: what the user's program pinned by itself goes, too. */
void xdp_pair_close(struct xdp_pair *pair, bool failed)
{
	if (failed)
		xdp_maps_unpin(pair);
	xdp_writer_close(pair);
	mdesc_object__close(pair->user);
	if (pair->own_fd >= 0)
		close(pair->own_fd);
	if (pair->verdicts_fd >= 0)
		close(pair->verdicts_fd);
	free(pair->was_pinned);
	free(pair->unread);
	xdp_pair_init(pair);
}

/* ---- what is written down ---- */

static void set_path(char *to, size_t size, const char *path)
{
	char *full = path && *path ? realpath(path, NULL) : NULL;

	snprintf(to, size, "%s", full ? full : path ? path : "");
	free(full);
}

struct xdp_info *xdp_info_new(const struct xdp_pair *pair, const struct xdp_plan *plan, uint32_t gen,
			      const char *why_generic, size_t *size, struct mdesc_error *err)
{
	size_t all = mdesc_image__layout_count(plan->img), n = xdp_metadata_count(plan->img), i;
	size_t sources = mdesc_image__source_count(plan->img), unread = 0;
	struct xdp_info_layout *to;
	struct xdp_info *info;

	if (n > XDP_LAYOUTS_MAX) {
		error_set(err, E2BIG, MDESC_CLASS_DENIED, "%.200s: has more than %d layouts",
			  mdesc_image__name(plan->img), XDP_LAYOUTS_MAX);
		return NULL;
	}
	for (i = 0; pair->unread && i < sources; i++)
		unread += pair->unread[i];
	*size = sizeof(*info) + (n + unread) * sizeof(info->layouts[0]);
	info = calloc(1, *size + 8);
	if (!info) {
		xdp_no_memory(err);
		return NULL;
	}
	info->version = XDP_INFO_VERSION;
	info->ifindex = plan->iface->ifindex;
	info->netns = plan->iface->netns;
	info->mode = plan->generic ? MDESC_ATTACH_GENERIC : MDESC_ATTACH_NATIVE;
	info->flags = (pair->frags ? XDP_INFO_FRAGS : 0) | (pair->dev_bound ? XDP_INFO_DEV_BOUND : 0) |
		      (pair->frags_forced ? XDP_INFO_FRAGS_FORCED : 0) |
		      (plan->opts->no_kfuncs ? XDP_INFO_NO_KFUNCS : 0) |
		      (pair->verdicts_fd >= 0 ? XDP_INFO_VERDICTS : 0) |
		      (plan->opts->no_verdicts ? XDP_INFO_NO_VERDICTS : 0) |
		      (plan->opts->ask == MDESC_ASK_USED ? XDP_INFO_ASK_USED : 0) |
		      (plan->opts->program_fd ? XDP_INFO_GIVEN : 0) |
		      (plan->dispatched ? XDP_INFO_DISPATCHED : 0);
	info->asks = pair->asks;
	info->gets = pair->gets;
	info->generation = gen;
	info->layout_count = n;
	info->unread_count = unread;
	snprintf(info->build_id, sizeof(info->build_id), "%s", mdesc_image__build_id_hex(plan->img));
	set_path(info->image, sizeof(info->image), mdesc_image__name(plan->img));
	set_path(info->object, sizeof(info->object), plan->opts->object);
	snprintf(info->program, sizeof(info->program), "%s", pair->program);
	snprintf(info->why_generic, sizeof(info->why_generic), "%s", why_generic);
	snprintf(info->why_stand_in, sizeof(info->why_stand_in), "%s", pair->why_stand_in);
	snprintf(info->why_all, sizeof(info->why_all), "%s", pair->why_all);
	for (i = 0, to = info->layouts; i < all; i++) {
		const struct mdesc_layout *l = mdesc_image__layout(plan->img, i);

		if (mdesc_layout__kind(l) != MDESC_LAYOUT_METADATA)
			continue;
		to->id = mdesc_layout__id(l);
		snprintf(to->name, sizeof(to->name), "%.59s", mdesc_layout__name(l));
		to++;
	}
	for (i = 0; unread && i < sources; i++)
		if (pair->unread[i]) {
			to->id = i;
			snprintf(to->name, sizeof(to->name), "%.59s",
				 mdesc_source__name(mdesc_image__source(plan->img, i)));
			to++;
		}
	return info;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The user's program behind a writer: takes the object of the options, checks it
 * against the image before the kernel sees it, loads the one program (and others
 * where it makes tail calls) with the maps that are kept, and has its verdicts
 * counted. Or takes a program that
 * the caller has loaded, or makes one that only passes. What cannot be is said with
 * the line of the source, or the verifier's last word.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "stitch.h"
#include "xdp.h"

#define LOG_BYTES	(256 * 1024)

/* ---- which program ---- */

/* Whether others are loaded as well, which a tail call may lead to. */
static bool has_others(struct bpf_object *bpf, const struct bpf_program *chosen)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, bpf)
		if (prog != chosen && bpf_program__autoload(prog))
			return true;
	return false;
}

static int set_frags(struct xdp_pair *pair, struct bpf_program *prog, const struct xdp_plan *plan,
		     struct mdesc_error *err)
{
	const struct mdesc_attach_opts *o = plan->opts;
	bool by_name = xdp_section_is_frags(prog);

	if (by_name && o->frags == MDESC_FRAGS_NO)
		return error_set(err, EINVAL, MDESC_CLASS_INPUT,
				 "%.200s: %.64s is in a section xdp.frags: it cannot be loaded as one that takes no "
				 "fragments", o->object, bpf_program__name(prog));
	pair->frags = by_name || o->frags == MDESC_FRAGS_YES;
	pair->frags_forced = o->frags == MDESC_FRAGS_YES;
	if (pair->frags && !by_name && !plan->dispatched)
		bpf_program__set_flags(prog, bpf_program__flags(prog) | BPF_F_XDP_HAS_FRAGS);
	return 0;
}

/* ---- against the image ---- */

/* What stands in the program itself, or in functions that any may call. */
static bool concerns(const struct mdesc_check_info *info, const char *program, bool all)
{
	return all || !strcmp(info->program, program) || !strncmp(info->section, ".text", 5);
}

static int refuse(const struct xdp_plan *plan, const struct mdesc_check_info *info, struct mdesc_error *err)
{
	const char *path = plan->opts->object, *img = mdesc_image__name(plan->img);
	char where[300] = "";

	if (*info->file)
		snprintf(where, sizeof(where), " (%.200s:%u)", info->file, info->line);
	return error_set(err, EILSEQ, MDESC_CLASS_INPUT,
			 "%.200s: made for another image than %.200s: %.100s%s: %.200s; `mdesc check' tells all", path,
			 img, info->path, where, *info->why ? info->why : info->verdict == MDESC_CHECK_WRONG ?
			 "it would read wrong" : "it would not load");
}

/* The worst finding that concerns the program decides. */
static int look_through(struct mdesc_check_result *res, const struct xdp_plan *plan, const char *program, bool all,
			struct mdesc_error *err)
{
	size_t i;

	for (i = 0; i < mdesc_check_result__count(res); i++) {
		int class = mdesc_check_result__class_at(res, i);
		MDESC_INFO(mdesc_check_info, info);

		if ((class != MDESC_CHECK_REFUSED && class != MDESC_CHECK_WRONG) ||
		    mdesc_check_result__info(res, i, &info) || !concerns(&info, program, all))
			continue;
		return refuse(plan, &info, err);
	}
	return 0;
}

static int check(const struct xdp_plan *plan, const void *data, size_t size, const char *program, bool all,
		 struct mdesc_error *err)
{
	struct mdesc_check *c = mdesc_check__new(NULL, err);
	struct mdesc_check_result *res = NULL;
	int obj, img, rc;

	if (!c)
		return -errno;
	obj = mdesc_check__add_object_mem(c, plan->opts->object, data, size, err);
	img = obj < 0 ? obj : mdesc_check__add_image(c, plan->img, err);
	rc = obj < 0 ? obj : img < 0 ? img : 0;
	if (rc == -ENODATA)
		rc = xdp_note(plan->notes, "%.200s has no BTF: whether it fits the image cannot be told",
			      plan->opts->object);
	else if (!rc) {
		res = mdesc_check__pair(c, obj, img, err);
		rc = res ? look_through(res, plan, program, all, err) : -errno;
	}
	mdesc_check_result__free(res);
	mdesc_check__free(c);
	return rc;
}

/* ---- loading ---- */

/* The verifier's last word stands above the line that counts instructions. */
void xdp_last_word(char *log, char *buf, size_t size)
{
	char *end = strstr(log, "\nprocessed "), *line;

	if (!end)
		end = log + strlen(log);
	while (end > log && end[-1] == '\n')
		end--;
	for (line = end; line > log && line[-1] != '\n'; line--)
		;
	snprintf(buf, size, "%.*s", (int)(end - line), line);
}

static int load(struct xdp_pair *pair, const struct xdp_plan *plan, struct bpf_program *prog, struct mdesc_error *err)
{
	char *log = calloc(1, LOG_BYTES), word[300] = "", lacking[80];
	struct mdesc_error why;
	int rc;

	if (log)
		bpf_program__set_log_buf(prog, log, LOG_BYTES);
	rc = mdesc_object__load(pair->user, &why);
	if (rc && log)
		xdp_last_word(log, word, sizeof(word));
	free(log);
	if (!rc)
		return 0;
	if (why.kind == MDESC_CLASS_DENIED || (rc == -EACCES && xdp_caps_lacking(lacking, sizeof(lacking))))
		return xdp_denied(-rc, plan->opts->object, err);
	return error_set(err, -rc, why.kind, "%.200s: %.64s cannot be loaded: %s%s%s", plan->opts->object,
			 pair->program, strerror(-rc), *word ? ": " : "", word);
}

/* Programs that make tail calls end in one another. */
static int count_verdicts(struct xdp_pair *pair, const struct xdp_plan *plan, struct mdesc_error *err)
{
	struct bpf_program *prog;
	int rc = 0;

	bpf_object__for_each_program(prog, mdesc_object__bpf(pair->user))
		if (!rc && bpf_program__autoload(prog))
			rc = xdp_verdict_insert(prog, pair->verdicts_fd);
	return rc ? error_set(err, -rc, MDESC_CLASS_INPUT, "%.200s: a jump would lead too far", plan->opts->object) : 0;
}

/* @whole: all is good up to here, and it is the kernel that decides. */
static int open_object(struct xdp_pair *pair, const struct xdp_plan *plan, const void *data, size_t size, bool *whole,
		       struct mdesc_error *err)
{
	const struct mdesc_attach_opts *o = plan->opts;
	MDESC_OPTS(mdesc_object_open_opts, opts, .stitch = o->stitch);
	struct bpf_program *prog;
	struct bpf_object *bpf;
	bool all;
	int rc;

	pair->user = object_open(data, size, o->object, plan->img, &opts, err);
	if (!pair->user)
		return -errno;
	bpf = mdesc_object__bpf(pair->user);
	xdp_section_set_types(bpf);
	prog = mdesc_object__xdp_program(pair->user, o->program, err);
	if (!prog)
		return -errno;
	snprintf(pair->program, sizeof(pair->program), "%s", bpf_program__name(prog));
	all = has_others(bpf, prog);
	xdp_set_type(bpf, plan);
	rc = set_frags(pair, prog, plan, err);
	if (!rc && !o->no_check)
		rc = check(plan, data, size, pair->program, all, err);
	if (!rc)
		rc = xdp_maps_keep(bpf, plan, err);
	if (!rc)
		rc = xdp_maps_look(pair, err);
	*whole = !rc;
	if (!rc && pair->verdicts_fd >= 0)
		rc = count_verdicts(pair, plan, err);
	if (!rc)
		rc = load(pair, plan, prog, err);
	if (!rc)
		pair->program_fd = bpf_program__fd(prog);
	return rc;
}

/* As if it had not been opened, when there were @notes notes. */
static void close_object(struct xdp_pair *pair, const struct xdp_plan *plan, size_t notes)
{
	xdp_maps_unpin(pair);
	free(pair->was_pinned);
	pair->was_pinned = NULL;
	mdesc_object__close(pair->user);
	pair->user = NULL;
	while (plan->notes->n > notes)
		free(plan->notes->v[--plan->notes->n]);
}

/* One that the kernel takes only as it is goes without being counted. */
static int open_counted(struct xdp_pair *pair, const struct xdp_plan *plan, const void *data, size_t size,
			struct mdesc_error *err)
{
	size_t notes = plan->notes->n;
	struct mdesc_error counted;
	bool whole = false;
	int rc = open_object(pair, plan, data, size, &whole, err);

	if (!rc || !whole || pair->verdicts_fd < 0 || err->kind == MDESC_CLASS_DENIED)
		return rc;
	counted = *err;
	close_object(pair, plan, notes);
	close(pair->verdicts_fd);
	pair->verdicts_fd = -1;
	rc = open_object(pair, plan, data, size, &whole, err);
	return rc ? rc : xdp_note(plan->notes, "verdicts are not counted: with what counts them, %s", counted.text);
}

/* ---- programs that are not ours to load ---- */

static int take_given(struct xdp_pair *pair, const struct mdesc_attach_opts *o, struct mdesc_error *err)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(o->program_fd, &info, &size) || info.type != BPF_PROG_TYPE_XDP)
		return error_set(err, EINVAL, MDESC_CLASS_SYSTEM, "the program given is no XDP program");
	snprintf(pair->program, sizeof(pair->program), "%s", info.name);
	pair->program_fd = o->program_fd;
	return 0;
}

static int make_pass(struct xdp_pair *pair, const struct xdp_plan *plan, struct mdesc_error *err)
{
	pair->own_fd = xdp_pass_load(plan, pair->frags, pair->verdicts_fd);
	if (pair->own_fd < 0)
		return error_set(err, -pair->own_fd, pair->own_fd == -EPERM ? MDESC_CLASS_DENIED : MDESC_CLASS_SYSTEM,
				 "a program that passes cannot be loaded: %s", strerror(-pair->own_fd));
	pair->program_fd = pair->own_fd;
	return 0;
}

int xdp_user_load(struct xdp_pair *pair, const struct xdp_plan *plan, struct mdesc_error *err)
{
	const struct mdesc_attach_opts *o = plan->opts;
	size_t size;
	void *data;
	int rc;

	if (!o->no_verdicts && !o->program_fd) {
		pair->verdicts_fd = xdp_verdict_map(plan->old_verdicts);
		if (pair->verdicts_fd < 0)
			return error_set(err, -pair->verdicts_fd, MDESC_CLASS_SYSTEM, "a map for verdicts: %s",
					 strerror(-pair->verdicts_fd));
	}
	if (!o->object) {
		pair->frags = pair->frags_forced = o->frags == MDESC_FRAGS_YES;
		return o->program_fd ? take_given(pair, o, err) : make_pass(pair, plan, err);
	}
	rc = btffile_read(o->object, &data, &size, err);
	if (rc)
		return rc;
	if (plan->dispatched)
		xdp_section_hide(data, size);
	rc = open_counted(pair, plan, data, size, err);
	free(data);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Which sources a writer need not ask for, since the program behind it reads nothing
 * that comes of them: takes a program that is loaded, looks through its instructions
 * (reads.h), and goes through the image's operations: a source is needed that goes
 * into a byte which is read, or into anything but metadata. Where others can read
 * the metadata, or what the program reads cannot be told, all are, and why.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>

#include "reads.h"
#include "xdp.h"

/* ---- what the operations make of sources ---- */

static bool computes(const struct mdesc_fmt_op *o)
{
	return o->op == MDESC_OP_LOAD || o->op == MDESC_OP_ADD || o->op == MDESC_OP_SUB;
}

/* Calls @one with each source that is in what operation @at does something with; operations begin at @first. */
static void each_source(const struct mdesc_image *img, uint32_t first, uint32_t at,
			void (*one)(void *ctx, uint32_t source), void *ctx)
{
	const struct mdesc_fmt_op *ops = image_ops(img);
	uint32_t i = at;

	while (i > first && ops[i].op != MDESC_OP_LOAD) {
		i--;
		if (computes(&ops[i]) && ops[i].operand == MDESC_OPERAND_SOURCE)
			one(ctx, ops[i].index);
	}
}

static void set(void *ctx, uint32_t source)
{
	((bool *)ctx)[source] = true;
}

/* ---- which are needed ---- */

struct need {
	const struct mdesc_image *img;
	const struct reads *reads;
	bool *needed;
};

static bool is_read(const struct need *n, const struct mdesc_fmt_op *o, const struct mdesc_fmt_layout *layout)
{
	const struct mdesc_fmt_layout *l = image_layout_table(n->img);
	uint32_t i, count = image_count(n->img, TABLE_LAYOUTS);

	if (layout)
		return reads_any(n->reads, layout->size, o->bit / 8, o->bytes);
	for (i = 0; i < count; i++)
		if (l[i].kind == MDESC_LAYOUT_METADATA && reads_any(n->reads, l[i].size, o->bit / 8, o->bytes))
			return true;
	return false;
}

/* The rules of @layout, or (NULL) operations of a row, whatever is in force then. */
static void need_ops(const struct need *n, uint32_t first, uint32_t count, const struct mdesc_fmt_layout *layout)
{
	const struct mdesc_fmt_op *ops = image_ops(n->img);
	uint32_t i;

	for (i = first; i < first + count; i++)
		if (ops[i].op >= MDESC_OP_STORE && (ops[i].op != MDESC_OP_STORE || is_read(n, &ops[i], layout)))
			each_source(n->img, first, i, set, n->needed);
}

static void need_classes(const struct need *n)
{
	const struct mdesc_fmt_class *c = image_classes(n->img);
	uint32_t i;

	for (i = 0; i < image_count(n->img, TABLE_CLASSES); i++)
		need_ops(n, c[i].op_first, c[i].op_count, NULL);
}

static void need_keys(const struct need *n)
{
	const struct mdesc_fmt_keys *k = image_keys(n->img);
	uint32_t i, b;

	for (i = 0; i < image_count(n->img, TABLE_KEYS); i++)
		for (b = 0; b < k[i].count; b++)
			if (k[i].kind[b] == MDESC_SLOT_SOURCE)
				n->needed[k[i].index[b]] = true;
}

static void need_all_ops(const struct need *n)
{
	const struct mdesc_fmt_layout *l = image_layout_table(n->img);
	const struct mdesc_fmt_row *r = image_rows(n->img);
	uint32_t i;

	for (i = 0; i < image_count(n->img, TABLE_LAYOUTS); i++)
		if (l[i].kind == MDESC_LAYOUT_METADATA)
			need_ops(n, l[i].op_first, l[i].op_count, &l[i]);
	for (i = 0; i < image_count(n->img, TABLE_ROWS); i++)
		need_ops(n, r[i].op_first, r[i].op_count, NULL);
	need_classes(n);
	need_keys(n);
}

/* ---- what the program reads ---- */

/* Maps that packets go to with their metadata, for others to read. */
static const char *leads_on(struct bpf_object *bpf)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, bpf)
		switch ((int)bpf_map__type(map)) {
		case BPF_MAP_TYPE_XSKMAP:
			return "it sends packets to AF_XDP sockets, whose readers are not known";
		case BPF_MAP_TYPE_CPUMAP:
		case BPF_MAP_TYPE_DEVMAP:
		case BPF_MAP_TYPE_DEVMAP_HASH:
			if (bpf_map__value_size(map) > 4)
				return "it redirects packets by a map whose entries may have programs of their own";
		}
	return NULL;
}

static int find_reads(struct xdp_pair *pair, struct reads *r)
{
	struct bpf_object *bpf = mdesc_object__bpf(pair->user);
	struct bpf_program *prog;
	int rc = 0;

	r->why = leads_on(bpf);
	bpf_object__for_each_program(prog, bpf)
		if (!rc && bpf_program__autoload(prog) && bpf_program__type(prog) == BPF_PROG_TYPE_XDP)
			rc = reads_find(bpf_program__insns(prog), bpf_program__insn_cnt(prog), r);
	return rc;
}

static const char *unknown_reader(const struct xdp_pair *pair, const struct xdp_plan *plan)
{
	if (plan->opts->program_fd)
		return "the program was loaded by somebody else";
	if (!pair->user)
		return "metadata is kept for TC programs";
	if (plan->dispatched)
		return "the programs behind it in libxdp's dispatcher are not known";
	if (image_cannot_run(plan->img) || !image_count(plan->img, TABLE_ROWS))
		return "the image does not tell what becomes of its sources";
	return NULL;
}

int xdp_used_find(struct xdp_pair *pair, const struct xdp_plan *plan, struct mdesc_error *err)
{
	struct need n = { .img = plan->img };
	uint32_t count = image_count(plan->img, TABLE_SOURCES), i;
	struct reads *reads;
	const char *why;
	int rc = 0;

	if (plan->opts->ask != MDESC_ASK_USED)
		return 0;
	reads = calloc(1, sizeof(*reads));
	n.needed = calloc(count + 1, sizeof(*n.needed));
	pair->unread = calloc(count + 1, sizeof(*pair->unread));
	if (!reads || !n.needed || !pair->unread)
		rc = -ENOMEM;
	why = unknown_reader(pair, plan);
	if (!rc && !why)
		rc = find_reads(pair, reads);
	n.reads = reads;
	if (!rc && !why && !reads->why)
		need_all_ops(&n);
	if (!rc && (why || reads->why))
		snprintf(pair->why_all, sizeof(pair->why_all), "%s", why ? why : reads->why);
	for (i = 0; i < count && !rc && !*pair->why_all; i++)
		pair->unread[i] = !n.needed[i];
	free(n.needed);
	free(reads);
	return rc ? xdp_no_memory(err) : 0;
}

/* ---- what is not written, for those who look at it ---- */

/* One that is not asked for is in there. */
struct search {
	const struct mdesc_attachment *att;
	const struct mdesc_image *img;
	bool found;
};

static void look(void *ctx, uint32_t source)
{
	struct search *s = ctx;
	const char *name = mdesc_source__name(&s->img->sources[source]), *unread;
	size_t i;

	for (i = 0; (unread = mdesc_attachment__unread(s->att, i)); i++)
		s->found |= !strcmp(unread, name);
}

/* Whether a store meets an element of the field. */
static bool meets(const struct mdesc_fmt_op *o, const struct mdesc_fmt_field *f)
{
	uint32_t at = o->bit / 8, end = f->offset + (f->count - 1) * f->stride + f->bytes;

	if (o->op != MDESC_OP_STORE)
		return false;
	/* bit ranges of one word */
	if (f->count == 1 && at == f->offset && o->bytes == f->bytes && o->order == f->order)
		return o->shift < (uint32_t)f->shift + f->width && f->shift < o->shift + o->width;
	return at < end && f->offset < at + o->bytes;
}

static void look_at_field(struct search *s, const struct mdesc_field *field)
{
	const struct mdesc_fmt_layout *l = field->layout->fmt;
	uint32_t i;

	for (i = l->op_first; i < l->op_first + l->op_count; i++)
		if (meets(&image_ops(s->img)[i], field->fmt))
			each_source(s->img, l->op_first, i, look, s);
}

/* Values are computed from fields and from values before them. */
static void look_at_value(struct search *s, uint32_t idx)
{
	const struct mdesc_fmt_value *v = s->img->values[idx].fmt;
	uint32_t i;

	for (i = v->expr_first; i < v->expr_first + v->expr_count; i++) {
		const struct mdesc_fmt_expr *x = &image_exprs(s->img)[i];

		if (x->op == MDESC_X_FIELD)
			look_at_field(s, &s->img->fields[x->index]);
		else if (x->op == MDESC_X_VALUE && x->index < idx)
			look_at_value(s, x->index);
	}
}

bool mdesc_attachment__leaves_out(const struct mdesc_attachment *att, const struct mdesc_handle *handle)
{
	const struct mdesc_layout *l = handle->field ? handle->field->layout : handle->value ?
				       handle->value->layout : NULL;
	struct search s = { .att = att };

	if (!l || !att->info->unread_count || strcmp(mdesc_image__build_id_hex(l->img), att->info->build_id) != 0)
		return false;
	s.img = l->img;
	if (handle->field)
		look_at_field(&s, handle->field);
	else
		look_at_value(&s, (uint32_t)(handle->value - l->img->values));
	return s.found;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the model, gives its BTF: self-contained, little-endian, the same bytes
 * for the same model. It holds every type that the description declares (those
 * of std/ only where something needs them), the layouts' ids as an enum, each
 * view as a second struct over its layout's bytes, and declaration tags. Kernels
 * accept it: members are in order and inside of their struct, nothing is empty.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "btf_types.h"
#include "diag.h"
#include "emit_common.h"
#include "out.h"

static void add_layout_ids(struct btf_gen *g)
{
	const struct mdc_model *m = g->model;
	uint32_t i;

	if (!m->n_layouts || !m->layout_enum)
		return;
	btf_keep(g, btf__add_enum(g->btf, m->layout_enum, 4));
	for (i = 0; i < m->n_layouts; i++)
		btf_keep(g, btf__add_enum_value(g->btf, m->layouts[i]->id_name, m->layouts[i]->id));
	if (!m->any_enum)
		return;
	btf_keep(g, btf__add_enum(g->btf, m->any_enum, 4));
	for (i = 0; i < m->n_layouts; i++)
		if (m->layouts[i]->id_first)
			btf_keep(g, btf__add_enum_value(g->btf, m->layouts[i]->any_name, m->layouts[i]->id_any));
}

/* The member that holds the layout's id, where it stands in the struct itself. */
static void tag_layout_id(struct btf_gen *g, const struct mdc_layout *l)
{
	const struct mdc_type *t = l->type;
	uint32_t i;

	for (i = 0; l->id_leaf != UINT32_MAX && i < t->n_members; i++)
		if (&t->members[i] == l->leaves[l->id_leaf].member)
			btf_tag(g, btf_type_id(g, t), (int)i, "enum", g->model->layout_enum);
}

static void tag_layout(struct btf_gen *g, const struct mdc_layout *l)
{
	const struct mdc_device *d = &g->model->device;
	struct arena *a = g->ctx->arena;
	int id = btf_type_id(g, l->type);

	if (d->name) {
		btf_tag(g, id, -1, "device", d->name);
		btf_tag(g, id, -1, "driver", d->driver);
		btf_tag(g, id, -1, "firmware", d->firmware);
		if (d->release)
			btf_tag(g, id, -1, "release", d->release);
	}
	btf_tag(g, id, -1, "layout", l->is_descriptor ? "descriptor" : "metadata");
	btf_tag(g, id, -1, "layout_id", arena_printf(a, "0x%08" PRIx32, l->id));
	if (l->id_first)
		btf_tag(g, id, -1, "layout_id_any", arena_printf(a, "0x%08" PRIx32, l->id_any));
	btf_tag(g, id, -1, "fingerprint", arena_printf(a, "0x%016" PRIx64, l->fingerprint));
	if (g->model->layout_enum)
		tag_layout_id(g, l);
}

/* ---- views ---- */

static bool same_view(const struct mdc_view *a, const struct mdc_view *b)
{
	return !strcmp(a->name, b->name);
}

/*
 * Views of one name lie at the same bytes in all their layouts (views.c sees to
 * that), so the first one is all of them. Its size is the smallest layout's: what a
 * program asks to be there before it reads.
 */
static void add_view(struct btf_gen *g, const struct mdc_view *v)
{
	const struct mdc_layout *l = v->layout;
	int *types = arena_array(g->ctx->arena, int, v->n_members);
	uint32_t size = l->size, i;
	int id;

	for (i = 0; i < g->model->n_views; i++)
		if (same_view(v, &g->model->views[i]) && g->model->views[i].layout->size < size)
			size = g->model->views[i].layout->size;
	for (i = 0; i < v->n_members; i++)
		types[i] = btf_type_id(g, v->members[i].type);
	id = btf_keep(g, btf__add_struct(g->btf, v->name, size));
	for (i = 0; i < v->n_members; i++) {
		const struct mdc_view_member *m = &v->members[i];

		btf_keep(g, btf__add_field(g->btf, m->name, types[i], m->bit_off, m->bits));
	}
	btf_tag(g, id, -1, "view_of", l->name);
	for (i = 0; i < v->n_members; i++) {
		const struct mdc_leaf *f = v->members[i].leaf;

		btf_tag_value(g, id, (int)i, v->members[i].type, f->unit, f->doc, f->deprecated);
	}
}

/*
 * enum xdp_rx_meta_layout: the ids of the layouts that hold the view, under names
 * that do not depend on the vendor. Only of those that end with it, where programs
 * look for it; without the enum they do not look.
 */
static void add_view_ids(struct btf_gen *g, const struct mdc_view *v)
{
	const char *upper = mdc_upper(g->ctx->arena, v->name);
	uint32_t i, n = 0;

	for (i = 0; i < g->model->n_views; i++) {
		const struct mdc_view *w = &g->model->views[i];

		if (!same_view(v, w) || w->layout->id_leaf == UINT32_MAX)
			continue;
		if (!n)
			btf_keep(g, btf__add_enum(g->btf, arena_printf(g->ctx->arena, "%s_layout", v->name), 4));
		btf_keep(g, btf__add_enum_value(g->btf, arena_printf(g->ctx->arena,
								"%s_LAYOUT_%" PRIu32, upper, n++),
							w->layout->id));
	}
}

/* ---- all of it ---- */

static void add_all(struct btf_gen *g)
{
	const struct mdc_model *m = g->model;
	const struct mdc_type **types;
	uint32_t i, n;

	types = mdc_used_types(g->ctx, m, &n);
	for (i = 0; i < n; i++)
		btf_type_id(g, types[i]);
	btf_finish_pointers(g);
	add_layout_ids(g);
	for (i = 0; i < m->n_layouts; i++)
		tag_layout(g, m->layouts[i]);
	for (i = 0; i < m->n_views; i++) {
		if (mdc_view_is_first(m, i)) {
			add_view(g, &m->views[i]);
			add_view_ids(g, &m->views[i]);
		}
	}
	if (!g->err && btf__type_cnt(g->btf) == 1)	/* kernels refuse empty BTF */
		btf_keep(g, btf__add_int(g->btf, "unsigned char", 1, 0));
}

const void *mdc_btf(struct mdc_ctx *ctx, const struct mdc_model *model, uint32_t *size)
{
	struct btf_gen g;
	const void *raw;
	void *copy = NULL;
	uint32_t n = 0;

	if (ctx->btf) {		/* there is one model to a context */
		*size = ctx->btf_size;
		return ctx->btf;
	}
	btf_gen_init(&g, ctx, model);
	if (!g.err)
		add_all(&g);
	raw = g.err || g.too_big ? NULL : btf__raw_data(g.btf, &n);
	if (raw) {
		copy = memcpy(arena_alloc(ctx->arena, n), raw, n);
		ctx->btf = copy;
		*size = ctx->btf_size = n;
	} else if (g.too_big) {
		diag(ctx, CHK_range, model->device.loc, "'%s' has more members than BTF can hold (%d)",
		     g.too_big, BTF_MAX_VLEN);
	} else {
		diag(ctx, CHK_range, model->device.loc, "the description is too large for BTF: %s",
		     strerror(g.err ? -g.err : ENOMEM));
	}
	btf__free(g.btf);
	return copy;
}

int mdc_emit_btf(struct mdc_ctx *ctx, const struct mdc_model *model, const struct mdc_rows *rows,
		 struct out *out)
{
	uint32_t size;
	const void *raw = mdc_btf(ctx, model, &size);

	(void)rows;
	if (!raw)
		return -1;
	out_write(out, raw, size);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes a value and the leaf of metadata that it goes to, and says whether that
 * is right: widening is, narrowing needs a slice; pointers, raw numbers, bytes
 * and the layout's id go to their own kind only.
 */
#include "states.h"
#include "types.h"

struct target {
	struct resolver *r;
	const struct mdc_layout *layout;
	const struct mdc_leaf *leaf;
	const char *name;
	uint32_t width;		/* bits that are written */
	bool bytes;		/* bytes at once: u8[N], mac */
};

static const struct mdc_x *refuse(const struct target *t, struct diag *d)
{
	diag_label(d, t->leaf->loc, "'%s' is declared here", t->name);
	return NULL;
}

static const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

/* An expression's text such that [hi:lo] behind it means a slice of it. */
static const char *sliceable(struct resolver *r, const struct mdc_x *x)
{
	const char *s = ps_text(r, x->loc);
	bool simple = x->kind == MDC_X_SOURCE || x->kind == MDC_X_PACKET ||
		      x->kind == MDC_X_BYTES || x->kind == MDC_X_SLICE;

	if (simple || x->kind < MDC_X_ADD || *s == '(')
		return s;
	return arena_printf(r->arena, "(%s)", s);
}

static const struct mdc_x *too_wide(const struct target *t, const struct mdc_x *x)
{
	struct diag *d = diag(t->r->ctx, CHK_width, x->loc,
			      "%u bit%s do not fit '%s', which has %u", x->width, plural(x->width),
			      t->name, t->width);

	refuse(t, d);
	if (t->width == 1)
		diag_note(d, "write %s[0] for its lowest bit, or compare it: `== VALUE`",
			  sliceable(t->r, x));
	else
		diag_note(d, "write %s[%u:0] for its low %u bits", sliceable(t->r, x), t->width - 1,
			  t->width);
	return NULL;
}

/* ---- constants ---- */

/* A signed integer, or an enum over one. */
static bool has_sign(const struct target *t)
{
	const struct mdc_type *e = t->leaf->enum_type;

	if (t->bytes || t->leaf->is_range)
		return false;
	return t->leaf->kind == MDC_LEAF_SINT ||
	       (t->leaf->kind == MDC_LEAF_ENUM && e && e->base->is_signed);
}

static const struct mdc_x *constant(const struct target *t, const struct wval *v)
{
	rs_int lo = 0, hi = wr_mask(t->width);
	struct mdc_x *x;

	if (t->leaf->kind == MDC_LEAF_PTR)
		return refuse(t, diag(t->r->ctx, CHK_writer, v->loc, "a constant is no pointer"));
	if (t->leaf->order == MDC_RAW && t->leaf->kind != MDC_LEAF_BYTES && !t->bytes && v->c)
		return refuse(t, diag(t->r->ctx, CHK_writer, v->loc,
				      "a raw field has no byte order: the only constant that it takes is 0"));
	if (t->bytes && t->width > 64 && v->c)
		return refuse(t, diag(t->r->ctx, CHK_writer, v->loc,
				      "%u bytes take no constant but 0", t->width / 8));
	if (has_sign(t)) {
		hi = wr_mask(t->width - 1);
		lo = -hi - 1;
	}
	if (t->leaf->kind == MDC_LEAF_BOOL)
		hi = 1;
	if (v->c < lo || v->c > hi) {
		struct diag *d = diag(t->r->ctx, CHK_width, v->loc,
				      "%s does not fit '%s', which holds %s to %s",
				      rs_int_text(t->r, v->c), t->name, rs_int_text(t->r, lo),
				      rs_int_text(t->r, hi));

		return refuse(t, d);
	}
	x = wr_const(t->r, (uint64_t)v->c & wr_mask(t->width), v->loc);
	if (t->bytes && t->width <= 64)
		x->width = t->width;
	return x;
}

/* ---- the other special kinds ---- */

static const struct mdc_x *pointer(const struct target *t, const struct mdc_x *x)
{
	bool is_ptr = x->kind == MDC_X_SOURCE && x->source->is_ptr;
	const struct mdc_type *to = NULL;
	struct diag *d;

	if (t->leaf->kind != MDC_LEAF_PTR) {
		d = diag(t->r->ctx, CHK_writer, x->loc, "'%s' is a pointer, '%s' is none",
			 x->source->name, t->name);
		if (x->source->to)
			diag_note(d, "declare it as `%s *%s`", x->source->to->name,
				  t->leaf->member->name);
		return refuse(t, d);
	}
	if (!is_ptr) {
		d = diag(t->r->ctx, CHK_writer, x->loc, "'%s' is a pointer, this is none", t->name);
		diag_note(d, "a pointer comes from a source: `source ptr NAME to STRUCT;`");
		return refuse(t, d);
	}
	if (mdc_type_strip(t->leaf->type)->kind == MDC_PTR)
		to = mdc_type_strip(mdc_type_strip(t->leaf->type)->base);
	if (to && x->source->to && to != mdc_type_strip(x->source->to) &&
	    !rs_of(x->source->to)->broken && !rs_of(to)->broken) {
		d = diag(t->r->ctx, CHK_writer, x->loc, "'%s' points to '%s', '%s' to '%s'",
			 x->source->name, x->source->to->name, t->name, to->name);
		diag_label(d, x->source->loc, "declared here");
		return refuse(t, d);
	}
	return x;
}

static const struct mdc_x *raw(const struct target *t, const struct mdc_x *x)
{
	bool from_raw = x->kind == MDC_X_PACKET && x->order == MDC_RAW;
	struct diag *d;

	if (t->leaf->order == MDC_RAW && from_raw && x->width == t->width)
		return x;
	if (t->leaf->order == MDC_RAW && !from_raw) {
		d = diag(t->r->ctx, CHK_writer, x->loc,
			 "'%s' has no byte order, and takes only fields that have none", t->name);
		diag_note(d, "declare it as be%u, or read a raw%u field", t->width, t->width);
		return refuse(t, d);
	}
	if (t->leaf->order == MDC_RAW)
		return refuse(t, diag(t->r->ctx, CHK_width, x->loc,
				      "%u raw bits do not fill '%s', which has %u", x->width,
				      t->name, t->width));
	d = diag(t->r->ctx, CHK_writer, x->loc, "'%s' has no byte order, '%s' has one",
		 ps_text(t->r, x->loc), t->name);
	diag_note(d, "declare the member as raw%u", x->width);
	return refuse(t, d);
}

static const struct mdc_x *bytes(const struct target *t, const struct mdc_x *x)
{
	struct diag *d;

	if (x->width == t->width)
		return x;
	d = diag(t->r->ctx, CHK_width, x->loc, "%u bit%s do not fill '%s', which has %u bytes",
		 x->width, plural(x->width), t->name, t->width / 8);
	if (x->width > t->width)
		diag_note(d, "write %s[%u:0] for its last %u bytes", sliceable(t->r, x),
			  t->width - 1, t->width / 8);
	return refuse(t, d);
}

/* ---- numbers ---- */

/* A value with a sign is copied as it is: nothing that the machine computes extends signs. */
static const struct mdc_x *signed_source(const struct target *t, const struct mdc_x *x)
{
	struct diag *d;

	if (has_sign(t) && x->width == t->width)
		return x;
	if (has_sign(t))
		d = diag(t->r->ctx, CHK_width, x->loc, "source '%s' has a sign and %u bits, '%s' has %u",
			 x->source->name, x->width, t->name, t->width);
	else
		d = diag(t->r->ctx, CHK_width, x->loc, "source '%s' has a sign, '%s' has none", x->source->name,
			 t->name);
	diag_note(d, "declare it as s%u, or write %s[%u:0] for the bits without a sign", x->width,
		  x->source->name, x->width - 1);
	return refuse(t, d);
}

static const struct mdc_x *value(const struct target *t, const struct mdc_x *x)
{
	struct diag *d;

	if (x->kind == MDC_X_SOURCE && x->source->is_signed)
		return signed_source(t, x);
	if (x->width > t->width)
		return too_wide(t, x);
	if (t->leaf->kind == MDC_LEAF_BOOL && x->width > 1) {
		d = diag(t->r->ctx, CHK_width, x->loc, "'%s' is a bool, this has %u bits", t->name,
			 x->width);
		diag_note(d, "compare it (`%s != 0`), or take one bit (`%s[0]`)",
			  sliceable(t->r, x), sliceable(t->r, x));
		return refuse(t, d);
	}
	if (t->leaf->kind == MDC_LEAF_SINT && x->width == t->width) {
		d = diag(t->r->ctx, CHK_width, x->loc,
			 "%u bits without a sign do not fit '%s', which has a sign and %u bits",
			 x->width, t->name, t->width);
		diag_note(d, "declare it unsigned or wider, or write %s[%u:0]", sliceable(t->r, x),
			  t->width - 2);
		return refuse(t, d);
	}
	return x;
}

const struct mdc_x *wr_convert(struct resolver *r, const struct wval *v,
			       const struct mdc_layout *layout, uint32_t leaf, bool whole)
{
	const struct mdc_leaf *f = &layout->leaves[leaf];
	struct target t = {
		.r = r, .layout = layout, .leaf = f, .name = f->path, .width = f->width
	};

	t.bytes = f->kind == MDC_LEAF_MAC || (f->kind == MDC_LEAF_BYTES && whole);
	if (f->kind == MDC_LEAF_BYTES)
		t.width = whole ? f->count * 8 : 8;
	else if (f->kind == MDC_LEAF_MAC)
		t.width = 48;
	if (f->is_pad) {
		diag(r->ctx, CHK_writer, v->loc, "padding cannot be written");
		return NULL;
	}
	if (!v->x)
		return constant(&t, v);
	if (v->x->kind == MDC_X_LAYOUT_ID)
		return v->x;	/* leaves.c has checked the place */
	if (f->kind == MDC_LEAF_PTR || (v->x->kind == MDC_X_SOURCE && v->x->source->is_ptr))
		return pointer(&t, v->x);
	if (t.bytes)
		return bytes(&t, v->x);
	if (v->x->kind == MDC_X_BYTES)
		return too_wide(&t, v->x);
	if ((f->order == MDC_RAW && f->kind != MDC_LEAF_BYTES) ||
	    (v->x->kind == MDC_X_PACKET && v->x->order == MDC_RAW))
		return raw(&t, v->x);
	return value(&t, v->x);
}

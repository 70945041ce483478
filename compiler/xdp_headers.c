/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a row does at the cursor, as C: headers and all that the table of headers
 * has besides, as format.h tells. Takes the row; of what it records only what the
 * plan has a variable for is kept. Checks come before anything changes.
 */
#include <inttypes.h>

#include "xdp.h"

/* ---- names ---- */

const char *xdp_slot_name(struct xdp_gen *g, uint32_t header, uint8_t elem)
{
	if (!g->headers[header].f.capacity)
		return arena_printf(g->arena, "%u", header);
	if (elem == MDESC_ELEM_LAST)
		return arena_printf(g->arena, "%u_last", header);
	return arena_printf(g->arena, "%u_%u", header, elem);
}

const char *xdp_present(struct xdp_gen *g, uint32_t header, uint8_t elem)
{
	if (g->headers[header].f.kind == MDESC_KIND_PART)
		return arena_printf(g->arena, "v->p%s", xdp_slot_name(g, header, elem));
	if (xdp_known(g, header))
		return "1";
	if (!g->headers[header].f.capacity)
		return arena_printf(g->arena, "v->n%u", header);
	if (elem == MDESC_ELEM_LAST)
		elem = 0;	/* there is a last one where there is a first */
	return arena_printf(g->arena, "v->n%u > %u", header, elem);
}

/* ---- checks ---- */

/* That @n bytes (text) from the cursor on end at the limit, if there is one. */
static void put_limit_check(struct xdp_gen *g, const char *n)
{
	if (g->at->limited)
		xdp_line(g, "if (%scur + %s > v->lim) %s", g->at->unlimited ? "v->lim && " : "", n,
			 xdp_stop(g, MDESC_ERR_BAD_LENGTH));
}

/* That @n bytes at the cursor are there. They can be read at "own" then, if @read. */
static void put_fixed(struct xdp_gen *g, uint32_t n, bool read)
{
	if (!n && !read)
		return;
	if (n)
		put_limit_check(g, arena_printf(g->arena, "%u", n));
	if (n > g->checked) {
		if (read)
			xdp_put_reach(g, "own", "cur", n, xdp_short(g));
		else if (xdp_points(g))
			xdp_line(g, "if (cp + %u > data_end) %s", n, xdp_short(g));
		else
			xdp_line(g, "if (cur + %u > total) %s", n, xdp_stop(g, MDESC_ERR_TRUNCATED));
		return;
	}
	if (read)
		xdp_line(g, g->kind == XDP_FRAGS ? "const u64 own = cur;" : "const u8 *const own = p;");
}

/* Declares "len", of a variable length that is at @base. */
static void put_length(struct xdp_gen *g, const struct mdesc_fmt_row *r, const struct mdesc_fmt_header *h,
		       const char *base)
{
	if (r->flags & MDESC_ROW_LENGTH) {
		if (r->length == MDESC_FMT_NONE16)
			xdp_line(g, "%s", xdp_stop(g, MDESC_ERR_BAD_LENGTH));
		xdp_line(g, "const u64 len = %u;", r->length == MDESC_FMT_NONE16 ? h->min : r->length);
	} else {
		const char *b = xdp_load(g, base, h->len_off, h->len_bytes);

		b = arena_printf(g->arena, "(%s & %#" PRIx32 ")", b, h->len_mask);
		if (h->len_shift)
			b = arena_printf(g->arena, "(%s %s %d)", b, h->len_shift > 0 ? "<<" : ">>",
					 h->len_shift > 0 ? h->len_shift : -h->len_shift);
		xdp_line(g, "u64 len = %s%+" PRId32 ";", b, h->len_const);
		if (h->len_const < h->min)
			xdp_line(g, "if (len < %u) %s", h->min, xdp_stop(g, MDESC_ERR_BAD_LENGTH));
		xdp_line(g, "if (len > %u) %s", h->max, xdp_stop(g, MDESC_ERR_BAD_LENGTH));
	}
	put_limit_check(g, "len");
	if (!xdp_points(g)) {
		xdp_line(g, "if (cur + len > total) %s", xdp_stop(g, MDESC_ERR_TRUNCATED));
		return;
	}
	xdp_line(g, "const u8 *const next = mdesc_at(cp, len);");
	xdp_line(g, "if (next > data_end) %s", xdp_short(g));
}

static void check_header(struct xdp_gen *g, const struct mdesc_fmt_row *r, bool read)
{
	const struct xdp_header *h = &g->headers[r->header];
	bool var = h->f.kind == MDESC_KIND_HEADER && (h->f.flags & MDESC_HEADER_VAR);

	put_fixed(g, h->f.fixed, read || (var && !(r->flags & MDESC_ROW_LENGTH)));
	if (var)
		put_length(g, r, &h->f, "own");
	else
		xdp_line(g, "const u64 len = %u;", h->f.fixed);
	if (h->f.capacity && h->f.kind == MDESC_KIND_HEADER && !xdp_has_room(g, r->header))
		xdp_line(g, "if (v->n%u >= %u) %s", r->header, h->f.capacity, xdp_stop(g, MDESC_ERR_LOOP));
}

static void check_part(struct xdp_gen *g, const struct mdesc_fmt_row *r, bool read)
{
	const struct mdesc_fmt_header *h = &g->headers[r->header].f, *of = &g->headers[h->of].f;
	const char *base = xdp_slot_name(g, h->of, MDESC_ELEM_LAST);

	xdp_line(g, "if (!v->n%u) %s", h->of, xdp_stop(g, MDESC_ERR_BAD_LENGTH));
	xdp_line(g, "const u64 len = %u;", h->fixed);
	if (!(of->flags & MDESC_HEADER_VAR)) {
		put_fixed(g, h->fixed, read);
		xdp_line(g, "const u64 place = cur;");
		return;
	}
	xdp_line(g, "if (v->l%s - v->k%s < len) %s", base, base, xdp_stop(g, MDESC_ERR_BAD_LENGTH));
	xdp_line(g, "const u64 place = (u64)v->o%s + v->k%s;", base, base);
	if (read)
		xdp_put_reach(g, "own", "place", h->fixed, xdp_short(g));
}

static void check_advance(struct xdp_gen *g, const struct mdesc_fmt_row *r)
{
	const struct mdesc_fmt_header *h = &g->headers[r->header].f;

	if (!(h->flags & MDESC_HEADER_VAR)) {
		put_fixed(g, h->fixed, false);
		xdp_line(g, "const u64 len = %u;", h->fixed);
		return;
	}
	xdp_line(g, "if (!(%s)) %s", xdp_present(g, h->of, h->of_elem), xdp_stop(g, MDESC_ERR_BAD_LENGTH));
	if (!(r->flags & MDESC_ROW_LENGTH))
		xdp_put_reach(g, "of", arena_printf(g->arena, "v->o%s", xdp_slot_name(g, h->of, h->of_elem)),
			      h->len_off + h->len_bytes, xdp_short(g));
	put_length(g, r, h, "of");
}

static void put_all_checks(struct xdp_gen *g, const struct mdesc_fmt_row *r, bool read)
{
	if (r->header == MDESC_FMT_NONE16)
		return;
	switch (g->headers[r->header].f.kind) {
	case MDESC_KIND_HEADER:
	case MDESC_KIND_PEEK:
		check_header(g, r, read);
		break;
	case MDESC_KIND_PART:
		check_part(g, r, read);
		break;
	case MDESC_KIND_ADVANCE:
		check_advance(g, r);
		break;
	}
}

void xdp_put_checks(struct xdp_gen *g, const struct mdesc_fmt_row *r)
{
	put_all_checks(g, r, false);
}

/* ---- recording ---- */

/* The variables of @header's slots, which is recorded as the element that @nth (text) counts from 0. */
static void put_slots(struct xdp_gen *g, uint32_t header, const char *nth, const char *off, const char *len,
		      const char *known)
{
	for (size_t i = 0; i < g->slots.n; i++) {
		const struct xdp_slot *s = &g->slots.p[i];
		const char *name = xdp_slot_name(g, s->header, s->elem), *when = "";

		if (s->header != header)
			continue;
		if (g->headers[header].f.capacity && s->elem != MDESC_ELEM_LAST)
			when = arena_printf(g->arena, "if (%s == %u) ", nth, s->elem);
		if (s->off && !xdp_points(g))
			xdp_line(g, "%sv->o%s = %s;", when, name, off);
		if (s->len)
			xdp_line(g, "%sv->l%s = %s;", when, name, len);
		if (s->known && known)
			xdp_line(g, "%sv->k%s = %s;", when, name, known);
		if (s->here)
			xdp_line(g, "%sv->p%s = 1;", when, name);
	}
}

/* A new element has none of its parts. */
static void put_no_parts(struct xdp_gen *g, uint32_t header)
{
	for (size_t i = 0; i < g->slots.n; i++) {
		const struct xdp_slot *s = &g->slots.p[i];
		const struct mdesc_fmt_header *h = &g->headers[s->header].f;

		if (h->kind == MDESC_KIND_PART && h->of == header && h->capacity && s->elem == MDESC_ELEM_LAST)
			xdp_line(g, "v->p%s = 0;", xdp_slot_name(g, s->header, s->elem));
	}
}

static void record_header(struct xdp_gen *g, uint32_t header)
{
	const struct xdp_header *h = &g->headers[header];

	put_slots(g, header, arena_printf(g->arena, "v->n%u", header), "cur", "len",
		  arena_printf(g->arena, "%u", h->f.fixed));
	put_no_parts(g, header);
	if (h->count)
		xdp_line(g, h->f.capacity ? "v->n%u++;" : "v->n%u = 1;", header);
	if (h->count && xdp_has_room(g, header) && xdp_is_counted_up(g, header))
		xdp_line(g, "asm volatile(\"\" : \"+r\"(v->n%u));", header);
	if (h->f.kind != MDESC_KIND_HEADER)
		return;
	if (!xdp_points(g))
		xdp_line(g, "cur += len;");
	else
		xdp_line(g, h->f.flags & MDESC_HEADER_VAR ? "cp = next;" : "cp += len;");
}

static void record_part(struct xdp_gen *g, uint32_t header)
{
	const struct mdesc_fmt_header *h = &g->headers[header].f;
	bool var = g->headers[h->of].f.flags & MDESC_HEADER_VAR;
	const char *nth = arena_printf(g->arena, "v->n%u - 1", h->of);

	put_slots(g, header, nth, "place", "len", NULL);
	for (size_t i = 0; i < g->slots.n; i++) {
		const struct xdp_slot *s = &g->slots.p[i];
		const char *name = xdp_slot_name(g, s->header, s->elem), *when = "";

		if (s->header != h->of)
			continue;
		if (h->capacity && s->elem != MDESC_ELEM_LAST)
			when = arena_printf(g->arena, "if (%s == %u) ", nth, s->elem);
		if (s->known)
			xdp_line(g, "%sv->k%s += len;", when, name);
		if (s->len && !var)
			xdp_line(g, "%sv->l%s += len;", when, name);
	}
	if (!var)
		xdp_line(g, "cur += len;");
}

void xdp_put_record(struct xdp_gen *g, const struct mdesc_fmt_row *r, bool read)
{
	const struct mdesc_fmt_header *h;
	bool keep;

	if (r->header == MDESC_FMT_NONE16)
		return;
	h = &g->headers[r->header].f;
	keep = g->kind == XDP_FAST && g->headers[r->header].kept;
	put_all_checks(g, r, read || keep);
	if (keep)
		xdp_line(g, "q%u = own;", r->header);
	switch (h->kind) {
	case MDESC_KIND_HEADER:
	case MDESC_KIND_PEEK:
		xdp_line(g, xdp_points(g) ? "const u64 place = (u64)(cp - data);" : "const u64 place = cur;");
		record_header(g, r->header);
		break;
	case MDESC_KIND_PART:
		record_part(g, r->header);
		break;
	case MDESC_KIND_ADVANCE:
		xdp_line(g, "cur += len;");
		break;
	case MDESC_KIND_MARK:
		xdp_line(g, "const u64 place = (cur + %u) & 0xffff, len = 0;", h->ahead);
		put_slots(g, h->of, "0", "place", "len", "0");
		if (g->headers[h->of].count)
			xdp_line(g, "v->n%u = 1;", h->of);
		break;
	default:
		xdp_put_leave(g);
	}
}

/* ---- limits ---- */

void xdp_put_leave(struct xdp_gen *g)
{
	if (!g->has_limit)
		return;
	xdp_line(g, "if (v->lim) { cur = v->lim; v->lim = 0; }");
}

void xdp_put_within(struct xdp_gen *g, const struct mdesc_fmt_row *r)
{
	const char *name = xdp_slot_name(g, r->within, r->within_elem);

	xdp_line(g, "if (%s) { cur = (u64)v->o%s + v->k%s; v->lim = (u64)v->o%s + v->l%s; }",
		 xdp_present(g, r->within, r->within_elem), name, name, name, name);
}

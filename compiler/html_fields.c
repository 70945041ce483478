/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the list of members that html_body.c made, gives the table of fields and,
 * behind it, each union with its arms: the values of the tag, a diagram and a
 * table of its own.
 */
#include "html.h"

#include <inttypes.h>

/* ---- where a member is ---- */

static const struct mdc_type *base_number(const struct mdc_type *t)
{
	for (t = mdc_type_strip(t); t->kind == MDC_ARRAY; t = mdc_type_strip(t->base))
		;
	return t->kind == MDC_ENUM ? t->base : t;
}

/* Offset in bytes and bits of the unit there. */
static void put_place(struct html *h, const struct html_item *i)
{
	uint32_t offset = i->bit / 8, hi = i->n_bits - 1, lo = 0, unit;

	if (i->kind == ITEM_RANGE) {
		hi = i->bits->hi;
		lo = i->bits->lo;
	} else if (i->member->is_bitfield) {
		unit = mdc_type_strip(i->member->type)->size * 8;
		if (i->bit % unit + i->n_bits > unit)
			unit = 8;
		offset = i->bit / unit * unit / 8;
		lo = i->bit % unit;
		hi = lo + i->n_bits - 1;
	}
	html_printf(h, "<td class=r>%" PRIu32 "</td><td class=r>", offset);
	if (i->kind == ITEM_UNION || i->kind == ITEM_STRUCTS ||
	    mdc_type_strip(i->member->type)->kind == MDC_ARRAY)
		html_printf(h, "%" PRIu32, i->n_bits);
	else if (hi == lo)
		html_printf(h, "[%" PRIu32 "]", lo);
	else
		html_printf(h, "[%" PRIu32 ":%" PRIu32 "]", hi, lo);
	out_puts(h->o, "</td>");
}

static const char *order_text(const struct html_item *i)
{
	static const char *const names[] = { [MDC_HOST] = "host", [MDC_LE] = "LE", [MDC_BE] = "BE",
					     [MDC_RAW] = "raw" };
	const struct mdc_type *t = base_number(i->member->type);

	if (i->kind != ITEM_FIELD)
		return "";
	if (t->kind == MDC_PTR)
		return "host";
	return t->kind == MDC_INT && (t->bits > 8 || i->member->is_bitfield) ? names[t->order] : "";
}

/* ---- who writes it ---- */

static void put_writers(struct html *h, const struct html_item *i)
{
	const struct html_writer *w = i->leaf ? atom_map_get(&h->writers, (const char *)i->leaf) : NULL;
	const char *between = "";

	for (; w; w = w->next) {
		out_puts(h->o, between);
		between = "<br>";
		if (w->state) {
			html_ref_link(h, w->state, w->state->name);
			out_puts(h->o, ": ");
		}
		if (i->leaf->count > 1 && !w->rule->whole)
			html_printf(h, "<code>[%" PRIu32 "]</code> = ", w->rule->elem);
		html_value(h, w->state, w->rule->loc, w->rule->to_loc, w->rule->x, i->leaf->enum_type);
	}
}

/* ---- a line ---- */

/* Columns that a table has only where something stands in them. */
struct columns { bool order, unit, writes; };

static const char *item_doc(const struct html_item *i)
{
	return i->bits ? i->bits->doc : i->member->doc;
}

static const char *item_deprecated(const struct html_item *i)
{
	if (i->bits)
		return i->bits->deprecated;
	return i->leaf && i->leaf->deprecated ? i->leaf->deprecated : i->member->deprecated;
}

static const char *item_unit(const struct html_item *i)
{
	return i->bits ? i->bits->unit : i->member->unit;
}

static void put_name(struct html *h, const struct html_item *i)
{
	const char *deprecated = item_deprecated(i);

	out_puts(h->o, i->kind == ITEM_RANGE ? "<td class=\"n sub\">" : "<td class=n>");
	if (i->kind == ITEM_PAD)
		out_puts(h->o, "<span class=dim>");
	out_puts(h->o, deprecated ? "<s>" : "");
	html_code(h, !*i->path ? "(unnamed)" : i->kind == ITEM_RANGE ? arena_printf(h->a, ".%s",
		i->bits->name) : i->path);
	out_puts(h->o, deprecated ? "</s> <b class=tag-dep>deprecated</b>" : "");
	out_puts(h->o, i->kind == ITEM_PAD ? "</span></td>" : "</td>");
}

static void put_type(struct html *h, const struct html_item *i)
{
	out_puts(h->o, "<td>");
	if (i->kind == ITEM_RANGE && !i->link)
		out_puts(h->o, "");
	else if (i->kind == ITEM_UNION)
		out_puts(h->o, "union");
	else
		html_ref_link(h, i->link, i->type);
	out_puts(h->o, "</td>");
}

static void put_description(struct html *h, const struct html_body *b, const struct html_item *i)
{
	const char *offered = i->leaf ? atom_map_get(&h->offered, (const char *)i->leaf) : NULL;

	out_puts(h->o, "<td class=d>");
	html_inline(h, item_doc(i));
	if (i->kind == ITEM_FIELD && i->n_arms)
		html_printf(h, " <a href=\"#%s\">%" PRIu32 " ways to read it, below</a>", i->arms[0]->id, i->n_arms);
	if (i->kind == ITEM_UNION)
		html_printf(h, " <a href=\"#%s\">%" PRIu32 " arm%s, below</a>", i->arms[0]->id, i->n_arms,
			    i->n_arms == 1 ? "" : "s");
	if (i->kind == ITEM_STRUCTS && i->n_arms)
		html_printf(h, " <a href=\"#%s\">each element, below</a>", i->arms[0]->id);
	if (i->kind == ITEM_PAD)
		out_puts(h->o, i->member->pad == MDC_PAD_RESERVED ? "<span class=dim>reserved</span>" :
			 "<span class=dim>padding</span>");
	if (b->layout && i->leaf && b->layout->id_leaf == i->leaf_idx)
		out_puts(h->o, " <b class=tag-id>layout id</b>");
	if (offered) {
		out_puts(h->o, " <span class=offer>offered as ");
		html_code(h, offered);
		out_puts(h->o, "</span>");
	}
	if (i->leaf && i->leaf->valid) {
		out_puts(h->o, " <span class=valid>Means something only where ");
		html_code(h, i->leaf->valid->text);
		out_puts(h->o, "</span>");
	}
	if (item_deprecated(i)) {
		out_puts(h->o, " <span class=dep>Deprecated: ");
		html_text(h, item_deprecated(i));
		out_puts(h->o, "</span>");
	}
	out_puts(h->o, "</td>");
}

static void put_item(struct html *h, const struct html_body *b, const struct html_item *i, struct columns c)
{
	const char *kind = i->kind == ITEM_RANGE ? "bits" : i->kind == ITEM_UNION ? "union" : "field";
	const char *name = arena_printf(h->a, "%s.%s", b->top, i->path);

	out_puts(h->o, i->kind == ITEM_PAD ? "<tr class=pad" : "<tr");
	if (i->kind != ITEM_PAD) {
		html_found(h, i->id, *i->path ? i->path : "(unnamed)", kind);
		html_note_unit(h, item_unit(i), kind, name, i->id);
		html_note_deprecated(h, item_deprecated(i), kind, name, i->id);
	}
	out_puts(h->o, ">");
	put_place(h, i);
	put_name(h, i);
	put_type(h, i);
	if (c.order)
		html_printf(h, "<td>%s</td>", order_text(i));
	if (c.unit) {
		out_puts(h->o, "<td>");
		html_text(h, item_unit(i) ? item_unit(i) : "");
		out_puts(h->o, "</td>");
	}
	if (c.writes) {
		out_puts(h->o, "<td class=w>");
		put_writers(h, i);
		out_puts(h->o, "</td>");
	}
	put_description(h, b, i);
	out_puts(h->o, "</tr>\n");
}

/* ---- a table ---- */

/* What an item fills in. */
static struct columns filled(const struct html_body *b, const struct html_item *i, struct columns c)
{
	c.order |= *order_text(i) != 0;
	c.unit |= item_unit(i) != NULL;
	c.writes |= b->layout && !b->layout->is_descriptor;
	return c;
}

static void begin_table(struct html *h, const char *of, struct columns c)
{
	const char *heads[9] = { ">Byte", ">Bits", "Field", "Type" };
	int n = 4;

	if (c.order)
		heads[n++] = "Order";
	if (c.unit)
		heads[n++] = "Unit";
	if (c.writes)
		heads[n++] = "Written by";
	heads[n++] = "Description";
	html_table(h, "fields", "Fields of ", of, heads);
}

static void put_table(struct html *h, const struct html_body *b)
{
	struct columns c = { false, false, false };

	for (size_t i = 0; i < b->items.n; i++)
		if (!b->items.p[i].context)
			c = filled(b, &b->items.p[i], c);
	begin_table(h, html_body_name(b), c);
	for (size_t i = 0; i < b->items.n; i++)
		if (!b->items.p[i].context)
			put_item(h, b, &b->items.p[i], c);
	html_end_table(h);
}

/* ---- unions ---- */

static const struct mdc_cond *cond_of(const struct html_body *arm)
{
	for (uint32_t i = 0; arm->layout && i < arm->layout->n_conds; i++)
		if (arm->layout->conds[i]->arm == arm->arm)
			return arm->layout->conds[i];
	return NULL;
}

static bool all_named(const struct mdc_type *e, const struct mdc_value_range *v)
{
	bool named = e && v->hi - v->lo < 8;

	for (uint64_t k = 0; named && k <= v->hi - v->lo; k++)
		named = html_enumerator(e, v->lo + k) != NULL;
	return named;
}

/* Where one follows the other they are one range by now: enumerators have their names again, if all have one. */
static void put_values(struct html *h, const struct mdc_value_range *v, uint32_t n, const struct mdc_type *e)
{
	for (uint32_t i = 0; i < n; i++) {
		out_puts(h->o, i ? ", " : "");
		if (all_named(e, &v[i])) {
			for (uint64_t k = 0; k <= v[i].hi - v[i].lo; k++) {
				out_puts(h->o, k ? ", " : "");
				html_ref_link(h, e, html_enumerator(e, v[i].lo + k));
				html_printf(h, " <span class=dim>(%" PRIu64 ")</span>", v[i].lo + k);
			}
		} else if (v[i].lo == v[i].hi) {
			html_printf(h, "<code>%" PRIu64 "</code>", v[i].lo);
		} else {
			html_printf(h, "<code>%" PRIu64 "..%" PRIu64 "</code>", v[i].lo, v[i].hi);
		}
	}
}

/* "where pkt_type is ipv4 (2)" */
static void put_tag(struct html *h, const struct html_body *arm)
{
	const struct mdc_cond *c = cond_of(arm);
	const struct mdc_leaf *tag = c && !c->tag_value ? &arm->layout->leaves[c->tag_leaf] : NULL;

	if (!arm->of_union->tagged)
		return;
	out_puts(h->o, "<p class=when>where ");
	if (tag)
		html_ref_link(h, tag, tag->path);
	else
		html_expr(h, arm->of_union->tag);
	out_puts(h->o, arm->arm->arm_default ? " is anything else" : " is ");
	put_values(h, arm->arm->arm, arm->arm->n_arm, c ? mdc_cond_enum(arm->layout, c) : NULL);
	out_puts(h->o, "</p>\n");
}

/* The condition of a word's arm in @b, by a range in it: NULL outside of layouts. */
static const struct mdc_cond *word_cond(const struct html_body *b, const struct mdc_word_arm *arm)
{
	for (size_t i = 0; i < b->items.n; i++)
		if (b->items.p[i].bits && b->items.p[i].bits->arm == arm && b->items.p[i].leaf)
			return b->items.p[i].leaf->cond;
	return NULL;
}

/* The same of an arm in a word; of an arm within it, what holds around, too. */
static void put_word_tag(struct html *h, const struct html_body *arm)
{
	for (const struct mdc_word_arm *a = arm->word_arm; a; a = a->parent) {
		const struct mdc_cond *c = word_cond(arm, a);

		out_puts(h->o, a == arm->word_arm ? "<p class=when>where " : " and ");
		if (c && !c->tag_value)
			html_ref_link(h, &arm->layout->leaves[c->tag_leaf], arm->layout->leaves[c->tag_leaf].path);
		else
			html_expr(h, a->tag);
		out_puts(h->o, a->is_default ? " is anything else" : " is ");
		put_values(h, a->values, a->n_values, c ? mdc_cond_enum(arm->layout, c) : NULL);
	}
	out_puts(h->o, "</p>\n");
}

static void put_arm(struct html *h, const struct html_body *arm, int level)
{
	html_printf(h, "<section class=arm><h%d", level);
	html_found(h, arm->id, *arm->path ? arm->path : "(unnamed)", arm->of_union || arm->word_arm ? "arm" :
		"element");
	out_puts(h->o, ">");
	html_code(h, *arm->path ? arm->path : "(unnamed)");
	html_printf(h, " <small>%" PRIu32 " byte%s</small></h%d>\n", arm->n_bits / 8, arm->n_bits == 8 ? "" :
		"s", level);
	if (arm->of_union)
		put_tag(h, arm);
	if (arm->word_arm)
		put_word_tag(h, arm);
	if (arm->arm)
		html_doc(h, arm->arm->doc);
	if (!arm->word_arm && arm->type->name && mdc_type_strip(arm->type)->kind == MDC_STRUCT)
		html_doc(h, mdc_type_strip(arm->type)->doc);
	html_body(h, arm, level < 6 ? level + 1 : 6);
	out_puts(h->o, "</section>\n");
}

/* Arms that are one field each, under no tag: a table says all. */
static bool plain_arms(const struct html_item *u)
{
	if (u->kind != ITEM_UNION)
		return false;
	for (uint32_t i = 0; i < u->n_arms; i++)
		if (u->arms[i]->items.n != 1 || u->arms[i]->items.p[0].kind != ITEM_FIELD ||
		    u->arms[i]->of_union->tagged)
			return false;
	return true;
}

static void put_plain_arms(struct html *h, const struct html_item *u)
{
	struct columns c = { false, false, false };

	for (uint32_t i = 0; i < u->n_arms; i++)
		c = filled(u->arms[i], &u->arms[i]->items.p[0], c);
	begin_table(h, *u->path ? u->path : "the union", c);
	for (uint32_t i = 0; i < u->n_arms; i++)
		put_item(h, u->arms[i], &u->arms[i]->items.p[0], c);
	html_end_table(h);
}

/* Nothing but a union that is as large: only its arms say something. */
static bool only_union(const struct html_body *b)
{
	return b->items.n == 1 && b->items.p[0].kind == ITEM_UNION && b->items.p[0].n_bits == b->n_bits;
}

void html_body(struct html *h, const struct html_body *b, int level)
{
	if (!only_union(b)) {
		html_body_diagram(h, b);
		put_table(h, b);
	}
	for (size_t i = 0; i < b->items.n; i++) {
		const struct html_item *it = &b->items.p[i];

		if (it->kind == ITEM_UNION || (it->kind == ITEM_FIELD && it->n_arms)) {
			html_printf(h, "<h%d%s%s>", level, plain_arms(it) ? " id=" : "",
				    plain_arms(it) ? it->arms[0]->id : "");
			html_code(h, *it->path ? it->path : "Union");
			html_printf(h, " <small>at byte %" PRIu32 ": one of %" PRIu32 " arms</small></h%d>\n",
				    it->bit / 8, it->n_arms, level);
		}
		if (plain_arms(it)) {
			put_plain_arms(h, it);
			continue;
		}
		for (uint32_t k = 0; k < it->n_arms; k++)
			put_arm(h, it->arms[k], level < 6 ? level + 1 : 6);
	}
}

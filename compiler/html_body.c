/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes a layout or a struct, gives its members as one list: those of the structs
 * in it at their place, bit ranges behind their word, and each union as one item
 * whose arms are lists of their own. Also the list as a bit diagram.
 */
#include "html.h"

#include <inttypes.h>

#define FLAT_ITEMS	96	/* members of an array of structs that are listed one by one */

struct walk {
	struct html *h;
	struct html_body *b;
	struct atom_map *leaves;	/* by path, index + 1; or NULL */
	const char *top;		/* of ids: the layout's or type's name */
};

static void add_members(struct walk *w, const struct mdc_type *t, const char *path, uint32_t bit);

/* ---- types as text ---- */

const char *html_type_text(struct html *h, const struct mdc_type *t)
{
	const char *dims = "";

	for (; t->kind == MDC_ARRAY; t = t->base)
		dims = arena_printf(h->a, "%s[%" PRIu32 "]", dims, t->count);
	if (t->kind == MDC_PTR)
		return arena_printf(h->a, "%s *%s", t->base->name, dims);
	return arena_printf(h->a, "%s%s", t->name ? t->name : t->kind == MDC_UNION ? "union" : "struct", dims);
}

const struct mdc_type *html_type_target(const struct mdc_type *t)
{
	while (t->kind == MDC_ARRAY || t->kind == MDC_PTR)
		t = t->base;
	return t->name ? t : NULL;
}

const char *html_enumerator(const struct mdc_type *t, uint64_t value)
{
	for (uint32_t i = 0; t && i < t->n_enumerators; i++)
		if ((uint64_t)t->enumerators[i].value == value)
			return t->enumerators[i].name;
	return NULL;
}

static const struct mdc_type *element(const struct mdc_type *t, uint32_t *count)
{
	*count = 1;
	for (;;) {
		t = mdc_type_strip(t);
		if (t->kind != MDC_ARRAY)
			return t;
		*count *= t->count;
		t = t->base;
	}
}

/* ---- items ---- */

static const char *join(struct walk *w, const char *path, const char *name)
{
	return atom(w->h->ctx->atoms, *path ? arena_printf(w->h->a, "%s.%s", path, name) : name);
}

static struct html_item *add(struct walk *w, enum html_item_kind kind, const struct mdc_member *m,
			     const char *path, uint32_t bit)
{
	struct html_item *i = vec_push(w->h->a, &w->b->items);

	*i = (struct html_item){
		.kind = kind, .path = path, .member = m, .bit = bit,
		.n_bits = m->is_bitfield ? m->bit_size : m->type->size * 8,
		.type = html_type_text(w->h, m->type), .link = html_type_target(m->type), .leaf_idx = UINT32_MAX,
	};
	if (kind != ITEM_PAD)
		i->id = html_id(w->h, "field-%s.%s", w->top, path);
	return i;
}

static void find_leaf(struct walk *w, struct html_item *i)
{
	uintptr_t idx = w->leaves ? (uintptr_t)atom_map_get(w->leaves, i->path) : 0;

	if (!idx)
		return;
	i->leaf_idx = (uint32_t)idx - 1;
	i->leaf = &w->b->layout->leaves[i->leaf_idx];
	html_set_ref(w->h, i->leaf, i->id);
}

/* Ranges of the word that is item @word: those of one arm of its switch, or those that are always there. */
static void add_ranges(struct walk *w, const struct mdc_member *m, const char *path, uint32_t bit, uint32_t word,
		       const struct mdc_word_arm *arm)
{
	for (uint32_t k = 0; k < m->n_bits; k++) {
		struct html_item *i;

		if (m->bits[k].arm != arm)
			continue;
		i = add(w, ITEM_RANGE, m, join(w, path, m->bits[k].name), bit);
		i->bits = &m->bits[k];
		i->link = i->bits->enum_type;
		i->type = i->link ? i->link->name : "";
		i->group = word;
		find_leaf(w, i);
	}
}

/* Copies of the word's items, for the diagram of one of its arms. */
static void add_context(struct html *h, struct html_body *to, const struct html_body *from, size_t first)
{
	for (size_t k = first; k < from->items.n; k++) {
		struct html_item *i = vec_push(h->a, &to->items);

		*i = from->items.p[k];
		i->context = true;
		i->group = 0;
		i->arms = NULL;
		i->n_arms = 0;
	}
}

static struct html_body *word_arm(struct walk *w, const struct mdc_member *m, const char *path, uint32_t bit,
				  uint32_t word, const struct mdc_word_arm *arm)
{
	struct html_body *b = arena_new_of(w->h->a, struct html_body);
	struct walk in = { w->h, b, w->leaves, w->top };

	*b = (struct html_body){ .layout = w->b->layout, .type = m->type, .word_arm = arm, .top = w->top, .path = path,
				 .bit = bit, .n_bits = m->type->size * 8 };
	b->id = html_id(w->h, "arm-%s.%s", w->top, path);
	add_context(w->h, b, w->b, word);
	for (const struct mdc_word_arm *outer = arm->parent; outer; outer = outer->parent) {
		size_t first = b->items.n;

		for (uint32_t k = 0; k < w->b->items.p[word].n_arms; k++) {
			const struct html_body *o = w->b->items.p[word].arms[k];

			for (size_t j = 0; o && o->word_arm == outer && j < o->items.n; j++)
				if (!o->items.p[j].context)
					*vec_push(w->h->a, &b->items) = o->items.p[j];
		}
		for (; first < b->items.n; first++)
			b->items.p[first].context = true;
	}
	add_ranges(&in, m, path, bit, 0, arm);
	return b;
}

static void add_word(struct walk *w, const struct mdc_member *m, const char *path, uint32_t bit)
{
	uint32_t word = (uint32_t)w->b->items.n - 1;

	add_ranges(w, m, path, bit, word, NULL);
	if (!m->n_word_arms)
		return;
	w->b->items.p[word].arms = arena_array(w->h->a, struct html_body *, m->n_word_arms);
	for (uint32_t k = 0; k < m->n_word_arms; k++) {
		w->b->items.p[word].arms[k] = word_arm(w, m, path, bit, word, m->word_arms[k]);
		w->b->items.p[word].n_arms = k + 1;
	}
}

/* A list for the members of @t, which lie at @bit. */
static struct html_body *inner(struct walk *w, const struct mdc_type *t, const char *path, uint32_t bit)
{
	struct html_body *b = arena_new_of(w->h->a, struct html_body);
	struct walk in = { w->h, b, w->leaves, w->top };

	*b = (struct html_body){ .layout = w->b->layout, .type = t, .top = w->top, .path = path, .bit = bit,
				 .n_bits = t->size * 8 };
	add_members(&in, t, path, bit);
	return b;
}

/* One arm: its members where it is a struct, else itself. */
static struct html_body *arm_body(struct walk *w, const struct mdc_type *u, const struct mdc_member *m,
				  const char *path, uint32_t bit)
{
	struct html_body *b = arena_new_of(w->h->a, struct html_body);
	struct walk in = { w->h, b, w->leaves, w->top };
	struct mdc_type *one = arena_new_of(w->h->a, struct mdc_type);

	*one = *u;
	one->members = m;
	one->n_members = 1;
	*b = (struct html_body){ .layout = w->b->layout, .type = m->type, .of_union = u, .arm = m, .top = w->top,
				 .path = m->name ? join(w, path, m->name) : path, .bit = bit + m->bit_off,
				 .n_bits = m->type->size * 8 };
	b->id = html_id(w->h, "arm-%s.%s", w->top, b->path);
	add_members(&in, one, path, bit);
	return b;
}

static void add_union(struct walk *w, const struct mdc_member *m, const struct mdc_type *u, const char *path,
		      uint32_t bit)
{
	struct html_body **arms = arena_array(w->h->a, struct html_body *, u->n_members);
	size_t at = w->b->items.n;

	add(w, ITEM_UNION, m, path, bit);
	for (uint32_t i = 0; i < u->n_members; i++)
		arms[i] = arm_body(w, u, &u->members[i], path, bit);
	w->b->items.p[at].arms = arms;
	w->b->items.p[at].n_arms = u->n_members;
}

/* "[1][0]" of element @i, rows first. */
static const char *subscript(struct walk *w, const struct mdc_type *t, uint32_t i)
{
	uint32_t count;

	t = mdc_type_strip(t);
	if (t->kind != MDC_ARRAY)
		return "";
	element(t->base, &count);
	return arena_printf(w->h->a, "[%" PRIu32 "]%s", i / count, subscript(w, t->base, i % count));
}

static void add_structs(struct walk *w, const struct mdc_member *m, const struct mdc_type *t, uint32_t count,
			const char *path, uint32_t bit)
{
	struct html_item *i;

	if (w->b->layout && count * (t->n_members + 1) <= FLAT_ITEMS) {
		for (uint32_t k = 0; k < count; k++)
			add_members(w, t, atom(w->h->ctx->atoms, arena_printf(w->h->a, "%s%s", path,
									      subscript(w, m->type, k))),
				    bit + k * t->size * 8);
		return;
	}
	i = add(w, ITEM_STRUCTS, m, path, bit);
	if (t->name)
		return;
	i->n_arms = 1;
	i->arms = arena_array(w->h->a, struct html_body *, 1);
	i->arms[0] = inner(w, t, atom(w->h->ctx->atoms, arena_printf(w->h->a, "%s%s", path,
								     subscript(w, m->type, 0))), bit);
	i->arms[0]->id = html_id(w->h, "element-%s.%s", w->top, path);
}

static void add_member(struct walk *w, const struct mdc_member *m, const char *outer, uint32_t bit)
{
	const char *path = m->name ? join(w, outer, m->name) : outer;
	uint32_t count;
	const struct mdc_type *t = element(m->type, &count);
	bool array = mdc_type_strip(m->type)->kind == MDC_ARRAY, aggregate = t->kind == MDC_STRUCT ||
		     t->kind == MDC_UNION;
	struct html_item *i;

	if (m->pad) {
		add(w, ITEM_PAD, m, path, bit);
	} else if (aggregate && array) {
		add_structs(w, m, t, count, path, bit);
	} else if (aggregate && t->name && !w->b->layout) {
		add(w, ITEM_STRUCTS, m, path, bit);
	} else if (t->kind == MDC_STRUCT) {
		add_members(w, t, path, bit);
	} else if (t->kind == MDC_UNION) {
		add_union(w, m, t, path, bit);
	} else {
		i = add(w, ITEM_FIELD, m, path, bit);
		find_leaf(w, i);
		if (m->bits)
			add_word(w, m, path, bit);
	}
}

/* The members of @t as they are, of a union too. */
static void add_members(struct walk *w, const struct mdc_type *t, const char *path, uint32_t bit)
{
	if (t->kind == MDC_UNION && t->n_members > 1) {
		const struct mdc_member whole = { .type = t };
		struct mdc_member *m = arena_new_of(w->h->a, struct mdc_member);

		*m = whole;
		add_union(w, m, t, path, bit);
		return;
	}
	for (uint32_t i = 0; i < t->n_members; i++)
		add_member(w, &t->members[i], path, bit + t->members[i].bit_off);
}

static struct html_body *body(struct html *h, const struct mdc_layout *l, const struct mdc_type *t, const char *id,
			      struct atom_map *leaves)
{
	struct html_body *b = arena_new_of(h->a, struct html_body);
	struct walk w = { h, b, leaves, l ? l->name : t->name };

	*b = (struct html_body){ .layout = l, .type = t, .top = w.top, .path = "", .id = id, .n_bits = t->size * 8 };
	add_members(&w, t, "", 0);
	return b;
}

const char *html_body_name(const struct html_body *b)
{
	return *b->path ? b->path : b->top;
}

/* ---- as a diagram ---- */

static const struct mdc_type *number_of(const struct mdc_type *t)
{
	uint32_t count;

	t = element(t, &count);
	return t->kind == MDC_ENUM ? t->base : t;
}

static enum html_tint tint(const struct html_body *b, const struct html_item *i)
{
	const struct mdc_type *t = number_of(i->member->type);

	if (i->kind == ITEM_PAD)
		return TINT_PAD;
	if (i->kind == ITEM_UNION || i->kind == ITEM_STRUCTS)
		return TINT_UNION;
	if (i->leaf && b->layout->id_leaf == i->leaf_idx)
		return TINT_ID;
	if (t->kind == MDC_PTR)
		return TINT_PTR;
	if (t->kind != MDC_INT || t->bits == 8)
		return TINT_BYTES;
	return t->order == MDC_BE ? TINT_BE : t->order == MDC_LE ? TINT_LE : t->order == MDC_RAW ? TINT_RAW :
	       TINT_HOST;
}

static const char *last_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* The path from the arm or element on that the diagram is of. */
static const char *below(const struct html_body *b, const char *path)
{
	size_t n = strlen(b->path);

	return n && !strncmp(path, b->path, n) && path[n] == '.' ? path + n + 1 : path;
}

static struct html_cell cell(struct html *h, const struct html_body *b, const struct html_item *i)
{
	struct html_cell c = { .label = below(b, i->path), .shorter = last_name(i->path), .sub = i->type, .id = i->id,
			       .tint = tint(b, i), .offset = i->bit / 8, .bytes = i->n_bits / 8,
			       .width = i->n_bits };

	c.deprecated = i->bits ? i->bits->deprecated : i->member->deprecated;
	if (i->kind == ITEM_RANGE) {
		c.be = number_of(i->member->type)->order == MDC_BE;
		c.shift = i->bits->lo;
		c.width = (uint32_t)(i->bits->hi - i->bits->lo + 1);
		c.word = i->group + 1;
		c.label = c.shorter;
		if (!*i->type)
			c.sub = c.width == 1 ? arena_printf(h->a, "%u", i->bits->lo) :
				arena_printf(h->a, "%u:%u", i->bits->hi, i->bits->lo);
	} else if (i->member->is_bitfield) {
		c.shift = i->bit % 8;
		c.bytes = (c.shift + c.width + 7) / 8;
		c.sub = i->link && i->link->n_enumerators ? i->type :
			arena_printf(h->a, "%s:%" PRIu32, i->type, c.width);
	} else {
		c.area = true;
		c.varies = i->kind == ITEM_FIELD && i->n_arms;
	}
	if (i->kind == ITEM_UNION) {
		c.label = *i->path ? i->path : "union";
		c.shorter = *i->path ? c.shorter : "union";
		c.sub = number_of(i->member->type)->tagged ?
			arena_printf(h->a, "by %s", number_of(i->member->type)->tag) :
			arena_printf(h->a, "one of %" PRIu32, i->n_arms);
		c.id = i->n_arms ? i->arms[0]->id : i->id;
	}
	if (i->kind == ITEM_PAD)
		c.label = c.shorter = c.sub = "";
	return c;
}

static void legend(struct html *h, const struct html_cell *cells, uint32_t n, enum html_bits_style style)
{
	static const struct { enum html_tint tint; const char *class, *text; } keys[] = {
		{ TINT_HOST, "host", "host order (little-endian)" }, { TINT_LE, "le", "little-endian" },
		{ TINT_BE, "be", "big-endian" }, { TINT_RAW, "raw", "no order (raw)" },
		{ TINT_BYTES, "bytes", "single bytes" }, { TINT_PTR, "ptr", "kernel address, host order" },
		{ TINT_UNION, "union", "drawn apart" }, { TINT_ID, "lid", "layout id" },
		{ TINT_PAD, "pad", "reserved or padding" },
	};
	bool used[TINT_N] = { false };

	for (uint32_t i = 0; i < n; i++)
		used[cells[i].varies ? TINT_UNION : cells[i].tint] = true;
	out_puts(h->o, "<p class=legend>");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (used[keys[i].tint])
			html_printf(h, "<span><i class=\"k-%s\"></i>%s</span>", keys[i].class, keys[i].text);
	out_puts(h->o, style == BITS_WORDS ? "<span>bit 0 on the right: each row a little-endian word</span></p>\n" :
		 "<span>bytes from left to right, bit 7 of each first</span></p>\n");
}

static struct html_bits diagram(struct html *h, const struct html_body *b, struct html_cell **cells)
{
	*cells = arena_array(h->a, struct html_cell, b->items.n);
	for (size_t i = 0; i < b->items.n; i++)
		(*cells)[i] = cell(h, b, &b->items.p[i]);
	return (struct html_bits){ .cells = *cells, .n_cells = (uint32_t)b->items.n, .size = b->n_bits / 8,
				   .first = b->bit / 8, .style = b->style };
}

/* Pieces in either style, of @b and of what is drawn apart. */
static void count_pieces(struct html *h, const struct html_body *b, size_t *bytes, size_t *words)
{
	struct html_cell *cells;
	struct html_bits d = diagram(h, b, &cells);

	d.style = BITS_BYTES;
	*bytes += html_bits_runs(h, &d);
	d.style = BITS_WORDS;
	*words += html_bits_runs(h, &d);
	for (size_t i = 0; i < b->items.n; i++)
		for (uint32_t k = 0; k < b->items.p[i].n_arms; k++)
			count_pieces(h, b->items.p[i].arms[k], bytes, words);
}

static void set_style(struct html_body *b, enum html_bits_style style)
{
	b->style = style;
	for (size_t i = 0; i < b->items.n; i++)
		for (uint32_t k = 0; k < b->items.p[i].n_arms; k++)
			set_style(b->items.p[i].arms[k], style);
}

static struct html_body *with_style(struct html *h, struct html_body *b)
{
	size_t bytes = 0, words = 0;

	count_pieces(h, b, &bytes, &words);
	set_style(b, words < bytes ? BITS_WORDS : BITS_BYTES);
	return b;
}

void html_body_diagram(struct html *h, const struct html_body *b)
{
	struct html_cell *cells;
	struct html_bits d = diagram(h, b, &cells);

	d.title = arena_printf(h->a, "Bit diagram of %s", html_body_name(b));
	html_bits(h, &d);
	legend(h, cells, d.n_cells, d.style);
}

struct html_body *html_layout_body(struct html *h, const struct mdc_layout *l, const char *id)
{
	struct atom_map leaves;

	atom_map_init(&leaves, h->a);
	atom_map_reserve(&leaves, l->n_leaves);
	for (uint32_t i = 0; i < l->n_leaves; i++)
		atom_map_add(&leaves, l->leaves[i].path, (void *)(uintptr_t)(i + 1));
	return with_style(h, body(h, l, l->type, id, &leaves));
}

struct html_body *html_type_body(struct html *h, const struct mdc_type *t, const char *id)
{
	return with_style(h, body(h, NULL, t, id, NULL));
}

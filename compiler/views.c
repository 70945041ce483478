/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Views: a vendor-neutral struct over the bytes of a layout. CO-RE sees names
 * and widths only, so all that a program must rely on is checked here: member X
 * is in host order, in the contract's unit, at least as wide, and valid whenever
 * present (or has X_valid beside it); a big-endian field becomes X_be. What
 * cannot be so is an error. Members come out sorted by their place.
 */
#include "foreign.h"
#include "types.h"

struct view {
	struct resolver *r;
	const struct ast_view *ast;
	const struct ast_view_type *type;
	const struct mdc_layout *layout;
	struct atom_map mapped;		/* names as written -> struct ast_map */
	VEC(struct mdc_view_member) members;
};

static const struct mdc_type *type_of(struct resolver *r, const char *prefix, uint32_t bits)
{
	return atom_map_get(&r->types, rs_atomf(r, "%s%u", prefix, bits));
}

/*
 * Where a member lies, and as what. A range of a word is a number of its own where it is 8, 16, 32 or 64 whole bits
 * from a byte on, and a bit field where its bits are next to each other in memory: in a word that begins with its
 * lowest byte, or within one byte. False: neither.
 */
static bool place(struct resolver *r, const struct mdc_leaf *l, struct mdc_view_member *m)
{
	uint32_t lo = l->shift, hi = lo + l->width - 1, word = l->bytes * 8u;
	bool be = l->order == MDC_BE && word > 8, bytes = lo % 8 == 0 && l->width % 8 == 0 &&
		!(l->width & (l->width - 1u));
	const struct mdc_type *t = mdc_type_strip(l->type);

	m->type = l->type;
	m->bit_off = l->offset * 8 + (l->is_bitfield || l->is_range ? lo : 0);
	m->bits = l->is_bitfield || (l->is_range && !bytes) ? l->width : 0;
	if (!l->is_range)
		return true;
	if (bytes) {
		m->type = type_of(r, l->width == 8 || l->order == MDC_HOST ? "u" : be ? "be" : "le", l->width);
		m->bit_off = l->offset * 8 + (be ? word - 1 - hi : lo);
	} else if (lo / 8 == hi / 8) {
		m->type = type_of(r, "u", 8);
		m->bit_off = l->offset * 8 + (be ? word - 8 - lo / 8 * 8 + lo % 8 : lo);
	} else if (!be) {
		m->type = t->kind == MDC_ENUM ? t->base : l->type;
	} else {
		return false;
	}
	return true;
}

/* libbpf reads a bit field by an aligned load of its type's size, doubled until the field fits, up to 8 bytes. */
static bool core_reads(const struct mdc_view_member *m, uint32_t size)
{
	uint32_t bytes = m->type->size, off = m->bit_off / 8 / bytes * bytes;

	while (m->bits && m->bit_off + m->bits > (off + bytes) * 8 && bytes < 8) {
		bytes *= 2;
		off = m->bit_off / 8 / bytes * bytes;
	}
	return !m->bits || (m->bit_off + m->bits <= (off + bytes) * 8 && off + bytes <= size);
}

/* ---- the contract ---- */

/* Members of a view_type are plain numbers. */
static void check_contract(struct resolver *r, const struct ast_view_type *v)
{
	struct atom_map seen;

	atom_map_init(&seen, r->arena);
	if (!v->members)
		diag(r->ctx, CHK_missing, v->name.loc, "view_type '%s' has no members", v->name.s);
	ast_each(i, v->members) {
		const struct ast_member *m = (const struct ast_member *)i, *first;
		const struct mdc_type *t;

		if (i->kind != AST_MEMBER || !m->name.s || m->inline_type || m->pointer || m->dims || m->bits ||
		    m->is_word || m->attrs->pin || m->attrs->writer || m->attrs->valid || m->arm_values ||
		    m->arm_default) {
			diag_note(diag(r->ctx, CHK_type, i->loc, "a view_type has plain numbers only"),
				  "TYPE NAME; or TYPE NAME unit \"...\";");
			continue;
		}
		rs_check_name(r, m->name);
		first = atom_map_add(&seen, m->name.s, i);
		if (first)
			rs_duplicate(r, m->name, "member", first->name.loc);
		t = mdc_type_strip(rs_type_named(r, m->type));
		if (t->kind != MDC_BOOL && (t->kind != MDC_INT || t->order != MDC_HOST))
			diag_note(diag(r->ctx, CHK_type, m->type.loc, "'%s' cannot be promised to all programs",
				       m->type.s),
				  "a member is u8 to u64, s8 to s64 or bool; big-endian fields become X_be "
				  "by themselves");
	}
}

static const struct ast_member *contract_member(const struct ast_view_type *v, const char *name, size_t len)
{
	ast_each(i, v->members) {
		const struct ast_member *m = (const struct ast_member *)i;

		if (i->kind == AST_MEMBER && m->name.s && strlen(m->name.s) == len &&
		    !strncmp(m->name.s, name, len))
			return m;
	}
	return NULL;
}

/* Of X_valid: the length of X; else 0. */
static size_t valid_of(const char *name)
{
	size_t n = strlen(name);

	return n > 6 && !strcmp(name + n - 6, "_valid") ? n - 6 : 0;
}

static void unknown_view_member(struct view *v, struct ast_name n)
{
	struct atom_map names;
	struct diag *d;

	d = diag(v->r->ctx, CHK_unknown_name, n.loc, "view_type '%s' has no member '%s'", v->type->name.s, n.s);
	diag_label(d, v->type->name.loc, "declared here");
	atom_map_init(&names, v->r->arena);
	ast_each(i, v->type->members)
		if (i->kind == AST_MEMBER && ((const struct ast_member *)i)->name.s)
			atom_map_add(&names, ((const struct ast_member *)i)->name.s, i);
	rs_suggest(v->r, d, n.s, &names);
}

/* ---- a field against it ---- */

static struct diag *breaks(struct view *v, const struct ast_map *map, const struct mdc_leaf *leaf,
			   const char *what)
{
	struct diag *d = diag(v->r->ctx, CHK_view, map->path->loc, "'%s' cannot be %s.%s: %s", leaf->path,
			      v->type->name.s, map->name.s, what);

	diag_label(d, leaf->loc, "the field");
	return d;
}

/* What any member of a view must be: one whole number that CO-RE can read. */
static bool whole_number(struct view *v, const struct ast_map *map, const struct mdc_leaf *leaf,
			 struct mdc_view_member *m)
{
	if (!place(v->r, leaf, m)) {
		diag_note(breaks(v, map, leaf, "its bits are not next to each other in memory"),
			  "a view is a struct in BTF; a range of a big-endian word can be a member where it is "
			  "within one byte, or 8, 16 or 32 bits from a byte on; programs have the getter");
	} else if (leaf->count != 1 || leaf->kind == MDC_LEAF_BYTES || leaf->kind == MDC_LEAF_MAC ||
		   leaf->kind == MDC_LEAF_PTR) {
		breaks(v, map, leaf, leaf->kind == MDC_LEAF_PTR ? "it is a pointer" : "it is not one number");
	} else if (leaf->order == MDC_RAW) {
		diag_note(breaks(v, map, leaf, "it has no byte order"),
			  "declare it with one: be%u or u%u", leaf->width, leaf->width);
	} else if (!core_reads(m, v->layout->size)) {
		breaks(v, map, leaf, "it crosses an aligned container of 8 bytes, and CO-RE cannot read it");
	} else {
		return true;
	}
	return false;
}

static bool keeps_contract(struct view *v, const struct ast_map *map, const struct ast_member *m,
			   const struct mdc_leaf *leaf)
{
	const struct mdc_type *t = mdc_type_strip(rs_type_named(v->r, m->type));
	const char *unit = rs_string(m->attrs->unit);
	bool is_bool = t->kind == MDC_BOOL;
	struct diag *d;

	if (unit && (!leaf->unit || strcmp(unit, leaf->unit))) {
		d = breaks(v, map, leaf, leaf->unit ?
			   arena_printf(v->r->arena, "the contract's unit is \"%s\", its own \"%s\"", unit,
					leaf->unit) :
			   arena_printf(v->r->arena, "the contract's unit is \"%s\", its own is not stated", unit));
		diag_label(d, m->attrs->unit->loc, "stated here");
		if (!leaf->unit)
			diag_note(d, "if it is in \"%s\", say so: unit \"%s\"", unit, unit);
		else
			diag_note(d, "a getter of its own can give it in \"%s\": `derive %s NAME unit \"%s\" = ...;`",
				  unit, t->name, unit);
		return false;
	}
	if (!is_bool && leaf->width < t->bits) {
		d = breaks(v, map, leaf, arena_printf(v->r->arena, "it has %u bits, and programs rely on %u",
						      leaf->width, t->bits));
		diag_label(d, m->name.loc, "promised here");
		diag_note(d, "a getter of its own can give what there is, or more together: `derive %s NAME = ...;`",
			  t->name);
		return false;
	}
	if (!is_bool && t->is_signed != (leaf->kind == MDC_LEAF_SINT)) {
		d = breaks(v, map, leaf, t->is_signed ? "it has no sign" : "it has a sign");
		diag_label(d, m->name.loc, "promised here");
		return false;
	}
	if (is_bool && leaf->kind != MDC_LEAF_BOOL && leaf->width != 1) {
		breaks(v, map, leaf, "it is neither a bool nor one bit");
		return false;
	}
	return true;
}

/* A field that means something only for some packets needs X_valid. */
static bool always_valid(struct view *v, const struct ast_map *map, const struct mdc_leaf *leaf)
{
	const char *valid = rs_atomf(v->r, "%s_valid", map->name.s);
	struct diag *d;

	if ((!leaf->cond && !leaf->valid) || atom_map_get(&v->mapped, valid) || (leaf->valid && !leaf->valid->text))
		return true;
	if (leaf->valid) {
		d = breaks(v, map, leaf, arena_printf(v->r->arena, "it means something only where %s",
						      leaf->valid->text));
		diag_label(d, leaf->valid->loc, "as is said here");
	} else {
		d = breaks(v, map, leaf, "it means something only in an arm of a tagged union");
		diag_label(d, leaf->cond->loc, "this arm");
	}
	diag_note(d, "map '%s', too: a bool that says when", valid);
	return false;
}

/* An alias of whole bytes, as many as a number has, as if it were a field; NULL: it is not one. */
static const struct mdc_leaf *leaf_of_alias(struct view *v, const struct mdc_value *of)
{
	const struct mdc_v *first = of->x->list[0];
	const struct mdc_leaf *at = &v->layout->leaves[first->leaf];
	bool be = of->order == MDC_BE;
	struct mdc_leaf *leaf;
	uint32_t bits = 0;

	for (uint32_t i = 0; i < of->x->n_list; i++)
		bits += of->x->list[i]->width;
	if (bits != of->width || (be ? at->bytes * 8u - at->shift - at->width : at->shift) % 8)
		return NULL;
	leaf = arena_new_of(v->r->arena, struct mdc_leaf);
	*leaf = (struct mdc_leaf){
		.path = of->path, .count = 1, .stride = bits / 8, .width = (uint16_t)bits, .bytes = (uint8_t)(bits / 8),
		.offset = at->offset + first->elem * at->stride +
			  (be ? at->bytes * 8u - at->shift - at->width : at->shift) / 8,
		.kind = of->enum_type ? MDC_LEAF_ENUM : of->is_signed ? MDC_LEAF_SINT : MDC_LEAF_UINT,
		.order = of->order, .type = of->type, .enum_type = of->enum_type, .cond = of->cond,
		.valid = of->valid, .unit = of->unit, .doc = of->doc, .deprecated = of->deprecated, .loc = of->loc,
	};
	for (uint32_t i = 0; i < of->x->n_list && !leaf->valid; i++)
		leaf->valid = v->layout->leaves[of->x->list[i]->leaf].valid;
	return leaf;
}

/* An alias or a derived value. @m: with a leaf that stands for it, or without: reported. False: it is none of these. */
static bool computed(struct view *v, const struct ast_map *map, struct mdc_view_member *m)
{
	const char *path = rs_path_text(v->r, map->path);
	const struct mdc_value *of = rs_value_at(v->r, v->layout, path);
	struct diag *d;

	if (!of)
		return false;
	if (of->role == MDC_ALIAS && !of->x)
		return true;	/* said before */
	m->alias = of;
	m->leaf = of->role == MDC_ALIAS ? leaf_of_alias(v, of) : NULL;
	if (m->leaf)
		return true;
	d = diag(v->r->ctx, CHK_view, map->path->loc, "'%s' cannot be %s.%s: it is %s, and a view names bytes",
		 path, v->type->name.s, map->name.s, of->role == MDC_ALIAS ? "put together of bits" : "computed");
	diag_label(d, of->loc, of->role == MDC_ALIAS ? "an alias of fewer bits than its type, or from within a byte" :
		   "a derived value");
	diag_note(d, "programs read it by its getter, %s_%s_get(), instead of by the view", v->layout->name,
		  of->name);
	return true;
}

static void map_field(struct view *v, const struct ast_map *map)
{
	const struct ast_map *first = atom_map_get(&v->mapped, map->name.s);
	const struct ast_member *m = contract_member(v->type, map->name.s, strlen(map->name.s));
	size_t valid = m ? 0 : valid_of(map->name.s);
	const struct mdc_leaf *leaf;
	struct mdc_view_member member = { .name = map->name.s, .loc = map->name.loc };
	const char *name = map->name.s;
	uint32_t idx, elem;
	bool whole;

	if (first != map) {
		diag_label(diag(v->r->ctx, CHK_duplicate_name, map->name.loc, "'%s' is mapped twice", name),
			   first->name.loc, "first mapped here");
		return;
	}
	if (!m && !(valid && contract_member(v->type, name, valid))) {
		unknown_view_member(v, map->name);
		return;
	}
	if (!computed(v, map, &member) && rs_leaf(v->r, v->layout, map->path, 0, &idx, &elem, &whole))
		member.leaf = &v->layout->leaves[idx];
	leaf = member.leaf;
	if (!leaf || !whole_number(v, map, leaf, &member))
		return;
	if (m && (!keeps_contract(v, map, m, leaf) || !always_valid(v, map, leaf)))
		return;
	if (!m && leaf->kind != MDC_LEAF_BOOL && leaf->kind != MDC_LEAF_UINT && leaf->kind != MDC_LEAF_ENUM) {
		breaks(v, map, leaf, "it is neither a bool nor an unsigned number");
		return;
	}
	if (member.bits && m)	/* a program that reads X directly would get all of its container */
		member.name = rs_atomf(v->r, "%s_bits", name);
	else if (leaf->order == MDC_BE && member.type->size > 1 && m)
		member.name = rs_atomf(v->r, "%s_be", name);
	*vec_push(v->r->arena, &v->members) = member;
}

/* ---- a view ---- */

/* The contract as the model has it: NULL where there is none. */
static const struct mdc_contract *contract_of(struct resolver *r, const struct ast_view_type *v)
{
	struct mdc_contract *c = arena_new_of(r->arena, struct mdc_contract);
	VEC(struct mdc_contract_member) members = { 0 };

	ast_each(i, v->members) {
		const struct ast_member *m = (const struct ast_member *)i;

		if (i->kind == AST_MEMBER && m->name.s && m->type.s)
			*vec_push(r->arena, &members) = (struct mdc_contract_member){
				.name = m->name.s, .type = m->type.s, .unit = rs_unit(r, m->attrs->unit), .doc = i->doc,
				.deprecated = rs_string(m->attrs->deprecated),
			};
	}
	*c = (struct mdc_contract){ v->name.s, members.p, (uint32_t)members.n, v->h.doc };
	return c;
}

static uint32_t width_of(const struct mdc_view_member *m)
{
	return m->bits ? m->bits : m->type->size * 8;
}

static int compare_members(const struct mdc_view_member *a, const struct mdc_view_member *b)
{
	if (a->bit_off != b->bit_off)
		return a->bit_off < b->bit_off ? -1 : 1;
	if (width_of(a) != width_of(b))
		return width_of(a) < width_of(b) ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void sort_members(struct mdc_view_member *m, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct mdc_view_member moved = m[i];
		size_t j = i;

		for (; j && compare_members(&moved, &m[j - 1]) < 0; j--)
			m[j] = m[j - 1];
		m[j] = moved;
	}
}

static bool view(struct resolver *r, const struct ast_view *ast, struct mdc_view *out)
{
	struct view v = { .r = r, .ast = ast };

	v.type = atom_map_get(&r->view_types, ast->type.s);
	if (!v.type)
		rs_unknown(r, ast->type, "view_type", &r->view_types);
	v.layout = atom_map_get(&r->layouts, ast->of.s);
	if (!v.layout)
		rs_unknown(r, ast->of, "layout", &r->layouts);
	if (!v.type || !v.layout)
		return false;
	atom_map_init(&v.mapped, r->arena);
	ast_each(m, ast->maps)
		atom_map_add(&v.mapped, ((const struct ast_map *)m)->name.s, m);
	ast_each(m, ast->maps)
		map_field(&v, (const struct ast_map *)m);
	if (!ast->maps)
		diag(r->ctx, CHK_view, ast->h.loc, "a view that maps nothing");
	sort_members(v.members.p, v.members.n);
	*out = (struct mdc_view){ .name = ast->type.s, .contract = contract_of(r, v.type), .layout = v.layout,
				  .members = v.members.p, .n_members = (uint32_t)v.members.n,
				  .loc = ast->type.loc };
	return true;
}

/* ---- all views ---- */

static const struct mdc_view_member *find_mapped(const struct mdc_view *v, const char *name)
{
	for (uint32_t i = 0; i < v->n_members; i++)
		if (!strcmp(v->members[i].name, name))
			return &v->members[i];
	return NULL;
}

static bool same_place(const struct mdc_view_member *a, const struct mdc_view_member *b)
{
	const struct mdc_leaf *x = a->leaf, *y = b->leaf;

	return a->bit_off == b->bit_off && a->bits == b->bits && a->type->size == b->type->size &&
	       x->order == y->order && (x->kind == MDC_LEAF_SINT) == (y->kind == MDC_LEAF_SINT);
}

/*
 * In one BTF a struct has one content: layouts that share a view hold it at the same bytes. Programs count them from
 * the end of the metadata, where the packet begins, so the layouts are of one size, too.
 */
static void check_same(struct resolver *r, const struct mdc_view *a, const struct mdc_view *b)
{
	struct diag *d;

	if (a->layout->size != b->layout->size) {
		d = diag(r->ctx, CHK_view, b->loc, "'%s' has %u bytes and '%s' %u: they cannot share view '%s'",
			 b->layout->name, b->layout->size, a->layout->name, a->layout->size, b->name);
		diag_label(d, a->loc, "the other one");
		diag_note(d, "programs find a view from the end of the metadata: `reserved N;` in front of the smaller "
			  "layout's id makes both as large");
		return;
	}
	for (uint32_t i = 0; i < b->n_members; i++) {
		const struct mdc_view_member *y = &b->members[i], *x = find_mapped(a, y->name);
		const struct mdc_leaf *leaf = y->leaf;

		if (x && same_place(x, y))
			continue;
		d = diag(r->ctx, CHK_view, y->loc, "view '%s' holds '%s' at byte %u in '%s', and %s in '%s'",
			 b->name, y->name, leaf->offset, b->layout->name, x ? "elsewhere" : "not at all",
			 a->layout->name);
		diag_label(d, x ? x->loc : a->loc, x ? "at byte %u here" : "not mapped here",
			   x ? x->leaf->offset : 0);
		diag_note(d, "a program cannot tell the layouts of one view apart: they must agree");
		return;
	}
	if (a->n_members <= b->n_members)
		return;
	d = diag(r->ctx, CHK_view, b->loc, "view '%s' of '%s' maps fewer members than that of '%s'", b->name,
		 b->layout->name, a->layout->name);
	diag_label(d, a->loc, "the other one");
	diag_note(d, "a program cannot tell the layouts of one view apart: they must agree");
}

static void check_views(struct resolver *r, const struct mdc_view *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (v[i].name != v[j].name)
				continue;
			if (v[i].layout == v[j].layout)
				diag_label(diag(r->ctx, CHK_duplicate_name, v[i].loc,
						"a second view '%s' of '%s'", v[i].name, v[i].layout->name),
					   v[j].loc, "the first is here");
			else
				check_same(r, &v[j], &v[i]);
			break;
		}
	}
}

void rs_views(struct resolver *r)
{
	struct mdc_view *list;
	size_t n = 0;
	uint32_t made = 0;

	ast_each(i, r->ast->items) {
		n += i->kind == AST_VIEW;
		if (i->kind == AST_VIEW_TYPE && ((const struct ast_view_type *)i)->name.s)
			check_contract(r, (const struct ast_view_type *)i);
	}
	list = arena_array(r->arena, struct mdc_view, n);
	ast_each(i, r->ast->items)
		if (i->kind == AST_VIEW && view(r, (const struct ast_view *)i, &list[made]))
			made++;
	r->m->views = list;
	r->m->n_views = made;
	check_views(r, list, made);
}

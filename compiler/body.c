/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The body of a struct, a union or a layout: from members as written to members
 * with places. Names what C would leave unnamed (padding), checks pins, bit
 * fields, words and names. Afterwards the members are in the order of the text,
 * those of a struct do not overlap, and each byte of a struct belongs to one of
 * them or to the storage of a bit field.
 */
#include "foreign.h"
#include "types.h"

#include <stdlib.h>

struct body {
	struct resolver *r;
	struct rs_type *type;
	const struct ast_struct *ast;
	struct atom_map *scope;		/* C's: shared with the bodies around an anonymous one */
	const char *c_path;		/* "mynic_metadata": what words' structs are called after */
	struct rs_place place;
	size_t first;			/* of ts->members */
	bool too_large;
};

static struct rs_type *build(struct resolver *r, struct rs_type *t, const struct ast_struct *ast,
			     struct atom_map *scope, const char *c_path);

static struct loc member_loc(const struct ast_member *m)
{
	return m->name.s ? m->name.loc : m->h.loc;
}

static void take_name(struct body *b, const struct ast_name *n)
{
	const struct loc *first;

	rs_check_name(b->r, *n);
	first = atom_map_add(b->scope, n->s, (void *)(uintptr_t)&n->loc);
	if (first)
		rs_duplicate(b->r, *n, "member", *first);
}

static void push(struct body *b, struct mdc_member m, const struct ast_member *ast)
{
	*vec_push(b->r->arena, &b->r->ts->members) = m;
	*vec_push(b->r->arena, &b->r->ts->asts) = ast;
	rs_contain(b->type, m.type);
}

/* ---- padding ---- */

static const struct mdc_type *bytes_type(struct body *b, uint64_t bytes)
{
	const struct mdc_type **known = bytes < RS_PADS ? &b->r->ts->pads[bytes] : NULL;
	struct rs_type *t;

	if (known && *known)
		return *known;
	t = rs_new_type(b->r, MDC_ARRAY, b->type->t.loc);
	t->t.base = b->r->ts->u8;
	t->t.count = t->t.size = (uint32_t)bytes;
	t->t.align = 1;
	rs_contain(t, t->t.base);
	t->state = RS_DONE;
	if (known)
		*known = &t->t;
	return &t->t;
}

/* Anonymous structs share a scope, so that one offset may come twice. */
static const char *pad_name(struct body *b, const char *what, uint64_t at)
{
	const char *name = rs_atomf(b->r, "__%s_%llu", what, (unsigned long long)at / 8);
	static const struct loc nowhere = { .src = UINT32_MAX };
	const char *base = name;
	int n = 1;

	while (atom_map_add(b->scope, name, (void *)&nowhere))
		name = rs_atomf(b->r, "%s_%d", base, ++n);
	return name;
}

static void push_pad(struct body *b, enum mdc_pad pad, uint64_t at, uint64_t bits, struct loc loc)
{
	const char *what = pad == MDC_PAD_RESERVED ? "reserved" : "pad";

	push(b, (struct mdc_member){ .name = pad_name(b, what, at), .type = bytes_type(b, bits / 8),
				     .bit_off = (uint32_t)at, .bit_size = (uint32_t)bits,
				     .pad = pad, .loc = loc }, NULL);
}

static const char *quoted(struct body *b, const char *name)
{
	return name ? arena_printf(b->r->arena, "'%s'", name) : "this";
}

/* What C leaves between the last member and @at, with a name; @before: in front of the member @name. */
static void pad_gap(struct body *b, uint64_t at, struct loc loc, bool before, const char *name)
{
	uint64_t from = rs_place_gap(&b->place, at), bytes;
	struct diag *d;

	if (from >= at)
		return;
	bytes = (at - from) / 8;
	push_pad(b, MDC_PAD_IMPLICIT, from, at - from, loc);
	if (b->type->broken)
		return;
	if (before)
		d = diag(b->r->ctx, CHK_padding, loc, "%llu byte%s of padding in front of %s",
			 (unsigned long long)bytes, bytes == 1 ? "" : "s", quoted(b, name));
	else
		d = diag(b->r->ctx, CHK_padding, loc, "%llu byte%s of padding at the end of %s",
			 (unsigned long long)bytes, bytes == 1 ? "" : "s", quoted(b, b->type->t.name));
	diag_note(d, "name it with `reserved %llu;`, or order the members so that there is none",
		  (unsigned long long)bytes);
}

/* ---- placing ---- */

/* Where the pin says. False: reported. */
static bool pinned(struct body *b, const struct ast *pin, uint64_t size, uint64_t align, uint64_t unit,
		   uint64_t *at)
{
	struct rs_types *ts = b->r->ts;
	uint64_t byte;
	struct diag *d;

	if (!rs_const_in(b->r, pin, "a pinned offset", 0, RS_SIZE_MAX, &byte))
		return false;
	*at = byte * 8;
	if (*at < b->place.pos) {
		d = diag(b->r->ctx, CHK_overlap, pin->loc,
			 "byte %llu is taken: the members before end at byte %llu",
			 (unsigned long long)byte, (unsigned long long)(b->place.pos + 7) / 8);
		if (ts->members.n > b->first)
			diag_label(d, ts->members.p[ts->members.n - 1].loc, "this lies there");
		return false;
	}
	if (rs_place_possible(&b->place, *at, size, align, unit))
		return true;
	if (b->place.is_union)
		d = diag(b->r->ctx, CHK_alignment, pin->loc,
			 "every member of a union begins at byte 0");
	else if (unit)
		d = diag(b->r->ctx, CHK_alignment, pin->loc,
			 "a bit field of %llu bits cannot begin at byte %llu: it would cross a unit of its type",
			 (unsigned long long)size, (unsigned long long)byte);
	else
		d = diag(b->r->ctx, CHK_alignment, pin->loc,
			 "byte %llu is no multiple of %llu, the alignment of this type",
			 (unsigned long long)byte, (unsigned long long)align / 8);
	if (!b->place.is_union)
		diag_note(d, "if hardware packs it, say so: `struct NAME packed {...}`");
	return false;
}

/* The place of the next member; what lies before it is padded. */
static uint64_t place(struct body *b, const struct ast *pin, uint64_t size, uint64_t align,
		      uint64_t unit, bool counts, struct loc loc, const char *name)
{
	uint64_t at = rs_place_natural(&b->place, size, align, unit), want;

	if (pin && pinned(b, pin, size, align, unit, &want))
		at = want;
	else if (pin)
		b->type->broken = true;
	if (at + size > (uint64_t)RS_SIZE_MAX * 8) {
		if (!b->too_large)
			diag(b->r->ctx, CHK_range, loc, "here the %s grows beyond %u MiB",
			     rs_kind_text(&b->type->t), RS_SIZE_MAX >> 20);
		b->too_large = b->type->broken = true;
		at = 0;
	} else if (!b->place.is_union) {
		pad_gap(b, at, loc, true, name);
	}
	rs_place_take(&b->place, at, size, align, unit, counts);
	return at;
}

/* ---- bit fields and words ---- */

/* Its width, or 0 after a diagnostic. */
static uint32_t bit_width(struct body *b, const struct ast_member *m, const struct mdc_type *type)
{
	const struct mdc_type *t = mdc_type_strip(type);
	const struct mdc_type *base = t->kind == MDC_ENUM ? t->base : t;
	uint64_t max = t->kind == MDC_BOOL ? 1 : base->bits, width;
	struct diag *d;
	rs_int v;

	if (rs_of(type)->broken)
		return 0;
	if (m->pointer || m->dims || (t->kind != MDC_INT && t->kind != MDC_ENUM && t->kind != MDC_BOOL)) {
		d = diag(b->r->ctx, CHK_bit_field, m->bits->loc, "a bit field must be an integer, enum or bool");
		diag_label(d, m->type.loc, "this is not");
		return 0;
	}
	if (base->order != MDC_HOST) {
		d = diag(b->r->ctx, CHK_bit_field, m->bits->loc, "a C bit field of %s: it has a byte order of its own",
			 base->name);
		diag_note(d, "name bit ranges of a word: `%s word NAME { %s [HI:LO]; }`", base->name,
			  m->name.s ? m->name.s : "x");
		return 0;
	}
	if (!rs_const(b->r, m->bits, NULL, &v))
		return 0;
	if (v < !!m->name.s || v > (rs_int)max) {
		diag(b->r->ctx, CHK_bit_field, m->bits->loc, "%s has %s bits; a bit field of %s can have %s%u",
		     quoted(b, m->name.s), rs_int_text(b->r, v), type->name ? type->name : base->name,
		     max == 1 ? "" : m->name.s ? "1 to " : "0 to ", (unsigned)max);
		return 0;
	}
	width = (uint64_t)v;
	if (width && t->kind == MDC_ENUM)
		rs_enum_fits(b->r, t, (unsigned)width, m->bits->loc, CHK_bit_field);
	return (uint32_t)width;
}

static bool is_const_zero(struct body *b, const struct ast *e)
{
	rs_int v;

	return rs_is_const(b->r, e, NULL) && rs_const(b->r, e, NULL, &v) && !v;
}

static void unnamed_bits(struct body *b, const struct ast_member *m)
{
	const struct mdc_type *t = mdc_type_strip(rs_member_type(b->r, m, NULL));
	uint32_t width = bit_width(b, m, t);
	uint64_t unit = (uint64_t)t->size * 8;

	if (!width && !is_const_zero(b, m->bits)) {
		b->type->broken = true;
		return;
	}
	if (b->place.is_union)
		diag(b->r->ctx, CHK_bit_field, m->h.loc, "an unnamed bit field says nothing in a union");
	if (m->attrs->unit || m->attrs->writer || m->attrs->deprecated || m->attrs->valid)
		diag(b->r->ctx, CHK_bit_field, m->h.loc,
		     "an unnamed bit field has no attributes but its place");
	if (!b->place.is_union)
		place(b, m->attrs->pin, width, unit, unit, false, m->h.loc, NULL);
}

static int by_lo(const void *a, const void *b)
{
	const struct mdc_bits *x = a, *y = b;

	if (x->lo != y->lo)
		return (int)x->lo - (int)y->lo;
	return x->loc.start < y->loc.start ? -1 : x->loc.start > y->loc.start;	/* arms overlap */
}

/* HI:LO or BIT into @bits. */
static bool range_bits(struct body *b, const struct ast_range *ast, unsigned width,
		       struct mdc_bits *bits)
{
	rs_int hi, lo;
	struct diag *d;

	if (!rs_const(b->r, ast->hi, NULL, &hi))
		return false;
	lo = hi;
	if (ast->lo && !rs_const(b->r, ast->lo, NULL, &lo))
		return false;
	if (lo > hi && lo < (rs_int)width && hi >= 0) {
		d = diag(b->r->ctx, CHK_bit_field, ast->h.loc, "the bit range '%s' is the wrong way round",
			 ast->name.s);
		diag_note(d, "the higher bit comes first: [%s:%s]", rs_int_text(b->r, lo),
			  rs_int_text(b->r, hi));
		return false;
	}
	if (lo < 0 || hi >= (rs_int)width || lo > hi) {
		diag(b->r->ctx, CHK_bit_field, ast->h.loc,
		     "the bit range '%s' is [%s:%s], and the word has the bits 0 to %u", ast->name.s,
		     rs_int_text(b->r, hi), rs_int_text(b->r, lo), width - 1);
		return false;
	}
	bits->hi = (uint8_t)hi;
	bits->lo = (uint8_t)lo;
	return true;
}

static void range_type(struct body *b, const struct ast_range *ast, struct mdc_bits *bits)
{
	const struct mdc_type *t;

	if (!ast->type.s)
		return;
	t = rs_type_named(b->r, ast->type);
	if (rs_of(t)->broken)
		return;
	if (mdc_type_strip(t)->kind != MDC_ENUM) {
		diag(b->r->ctx, CHK_type, ast->type.loc, "the type of a bit range can only be an enum");
		return;
	}
	bits->enum_type = mdc_type_strip(t);
	rs_enum_fits(b->r, t, bits->hi - bits->lo + 1u, ast->name.loc, CHK_bit_field);
}

#define WORD_RANGES_MAX 1024	/* in all arms together */

/* The ranges of a word while they are listed, through the arms of its switches. */
struct ranges {
	struct body *b;
	unsigned width;
	struct atom_map names;
	VEC(struct mdc_bits) list;
	VEC(const struct mdc_word_arm *) arms;
	VEC(struct rs_word_switch *) switches;
};

static void one_range(struct ranges *w, const struct ast_range *ast, const struct mdc_word_arm *arm)
{
	struct body *b = w->b;
	const struct ast_range *first;
	struct mdc_bits bits = { .name = ast->name.s, .unit = rs_unit(b->r, ast->unit), .doc = ast->h.doc,
				 .deprecated = rs_string(ast->deprecated), .loc = ast->name.loc, .arm = arm };

	rs_check_name(b->r, ast->name);
	first = atom_map_add(&w->names, ast->name.s, (void *)ast);
	if (first)
		rs_duplicate(b->r, ast->name, "bit range", first->name.loc);
	if (first || !range_bits(b, ast, w->width, &bits)) {
		b->type->broken = true;
		return;
	}
	b->type->root->computes |= ast->valid != NULL;
	range_type(b, ast, &bits);
	if (w->list.n == WORD_RANGES_MAX)
		diag(b->r->ctx, CHK_range, ast->name.loc, "a word of more than %d bit ranges", WORD_RANGES_MAX);
	if (w->list.n <= WORD_RANGES_MAX)
		*vec_push(b->r->arena, &w->list) = bits;
}

static void list_ranges(struct ranges *w, const struct ast *list, const struct mdc_word_arm *arm);

static void word_switch(struct ranges *w, const struct ast_range_switch *ast, const struct mdc_word_arm *parent)
{
	struct arena *a = w->b->r->arena;
	struct rs_word_switch *sw = arena_new_of(a, struct rs_word_switch);
	uint32_t idx = (uint32_t)w->switches.n;

	sw->tag = ast->tag;
	*vec_push(a, &w->switches) = sw;
	ast_each(i, ast->arms) {
		const struct ast_range_arm *arm_ast = (const struct ast_range_arm *)i;
		struct rs_word_arm *arm = arena_new_of(a, struct rs_word_arm);

		arm->a.parent = parent;
		arm->a.is_default = !arm_ast->patterns;
		arm->a.sw = idx;
		arm->a.tag = rs_path_text(w->b->r, ast->tag);
		arm->a.loc = i->loc;
		arm->ast = arm_ast;
		arm->sw = sw;
		*vec_push(a, &sw->arms) = arm;
		*vec_push(a, &w->arms) = &arm->a;
		list_ranges(w, arm_ast->ranges, &arm->a);
	}
	if (!sw->arms.n)
		diag(w->b->r->ctx, CHK_missing, ast->h.loc, "this switch has no arms");
}

static void list_ranges(struct ranges *w, const struct ast *list, const struct mdc_word_arm *arm)
{
	for (const struct ast *i = list; i; i = i->next) {
		if (i->kind == AST_RANGE_SWITCH)
			word_switch(w, (const struct ast_range_switch *)i, arm);
		else
			one_range(w, (const struct ast_range *)i, arm);
	}
}

/* Can both be there? Not in different arms of one switch. */
static bool together(const struct mdc_word_arm *a, const struct mdc_word_arm *b)
{
	for (const struct mdc_word_arm *x = a; x; x = x->parent)
		for (const struct mdc_word_arm *y = b; y; y = y->parent)
			if (x != y && x->sw == y->sw)
				return false;
	return true;
}

static void check_ranges(struct ranges *w)
{
	const struct mdc_bits *list = w->list.p;

	for (size_t i = 1; i < w->list.n; i++) {
		for (size_t k = 0; k < i; k++) {
			struct diag *d;

			if (list[k].hi < list[i].lo || !together(list[i].arm, list[k].arm))
				continue;
			d = diag(w->b->r->ctx, CHK_overlap, list[i].loc, "bit range '%s' overlaps '%s'", list[i].name,
				 list[k].name);
			diag_label(d, list[k].loc, "which is here");
			break;
		}
	}
}

static void word_ranges(struct body *b, const struct ast_member *m, unsigned width,
			struct mdc_member *out)
{
	struct ranges w = { .b = b, .width = width };
	struct mdc_member *word = arena_new_of(b->r->arena, struct mdc_member);

	atom_map_init(&w.names, b->r->arena);
	list_ranges(&w, m->ranges, NULL);
	if (w.list.n)
		qsort(w.list.p, w.list.n, sizeof(*w.list.p), by_lo);
	check_ranges(&w);
	out->bits = w.list.p ? w.list.p : arena_new_of(b->r->arena, struct mdc_bits);
	out->n_bits = (uint32_t)w.list.n;
	out->word_arms = w.arms.p;
	out->n_word_arms = (uint32_t)w.arms.n;
	*word = *out;		/* @out moves until the body is whole */
	for (size_t i = 0; i < w.switches.n; i++) {
		w.switches.p[i]->word = word;
		*vec_push(b->r->arena, &b->r->ts->tagged) = (struct rs_tagged){ .in = b->type,
										 .sw = w.switches.p[i] };
	}
}

static void word(struct body *b, const struct ast_member *m, const struct mdc_type *type,
		 struct mdc_member *out)
{
	const struct mdc_type *t = mdc_type_strip(type), *taken;
	const struct loc *first;

	if (rs_of(type)->broken)
		return;
	if (t->kind != MDC_INT || m->dims || m->pointer || m->bits) {
		diag(b->r->ctx, CHK_type, member_loc(m), "a word is one whole integer");
		return;
	}
	if (!m->ranges)
		diag(b->r->ctx, CHK_missing, member_loc(m), "word '%s' names no bits", m->name.s);
	word_ranges(b, m, t->bits, out);
	out->bits_struct = rs_atomf(b->r, "%s__%s", b->c_path, m->name.s);
	taken = atom_map_get(&b->r->types, out->bits_struct);
	first = atom_map_add(&b->r->ts->bits_structs, out->bits_struct, (void *)&m->name.loc);
	if (taken)
		first = &taken->loc;
	if (first)
		diag_label(diag(b->r->ctx, CHK_duplicate_name, m->name.loc,
				"the bits of this word are struct '%s' in C, which is taken",
				out->bits_struct), *first, "by this");
	if (strstr(out->bits_struct, "___"))
		diag_note(diag(b->r->ctx, CHK_bad_name, m->name.loc,
			       "the bits of this word would be struct '%s' in C", out->bits_struct),
			  "`___` begins a CO-RE flavour: let no name end in an underscore");
}

/* ---- members ---- */

static const struct mdc_type *inline_type(struct body *b, const struct ast_member *m)
{
	const struct ast_struct *ast = m->inline_type;
	struct rs_type *t = rs_new_type(b->r, ast->is_union ? MDC_UNION : MDC_STRUCT, ast->h.loc);
	const char *c_path = b->c_path;
	struct atom_map own;
	int depth = 0;

	for (const struct rs_type *o = b->type; o; o = o->outer)
		depth++;
	if (depth > RS_DEPTH_MAX) {
		diag(b->r->ctx, CHK_type, ast->h.loc, "types are nested more than %d deep", RS_DEPTH_MAX);
		return b->r->ts->error;
	}
	t->outer = b->type;
	t->root = b->type->root;
	if (!m->name.s)
		return &build(b->r, t, ast, b->scope, c_path)->t;
	atom_map_init(&own, b->r->arena);
	c_path = rs_atomf(b->r, "%s__%s", c_path, m->name.s);
	return &build(b->r, t, ast, &own, c_path)->t;
}

/* A writer is a rule of the metadata in whose text it stands. */
static void check_writer(struct body *b, const struct ast_member *m)
{
	const struct ast *item = b->type->root->item;
	struct diag *d;

	if (!m->attrs->writer)
		return;
	if (item->kind != AST_LAYOUT) {
		d = diag(b->r->ctx, CHK_writer, m->attrs->writer->loc,
			 "a rule can only stand in the body of a metadata layout");
		diag_note(d, "a type can be used in many places; write the struct inline in the metadata, "
			  "or assign in a state: `meta.PATH.%s = ...;`", m->name.s ? m->name.s : "x");
	} else if (((const struct ast_layout *)item)->is_descriptor) {
		d = diag(b->r->ctx, CHK_writer, m->attrs->writer->loc,
			 "a descriptor is written by hardware that is not described here: it has no rules");
		diag_label(d, ((const struct ast_layout *)item)->name.loc,
			   "declare it as `metadata` if the parser writes it");
		if (m->attrs->valid)
			diag_note(d, "'=' writes; in a condition '==' compares");
		else
			diag_note(d, "what programs compute from its fields is `derive TYPE NAME = ...;`");
	}
}

static bool nameless(struct body *b, const struct ast_member *m, const struct mdc_type *type)
{
	if (m->name.s || (m->inline_type && !m->dims && type->name == NULL))
		return false;
	if (!rs_of(type)->broken)
		diag(b->r->ctx, CHK_missing, m->h.loc, "this member has no name");
	return true;
}

static void member(struct body *b, const struct ast_member *m)
{
	struct mdc_member out = { .name = m->name.s, .loc = member_loc(m), .doc = m->h.doc };
	const struct mdc_type *type;
	uint64_t size, unit = 0;

	if (!m->name.s && m->bits && !m->inline_type) {
		unnamed_bits(b, m);
		return;
	}
	if (m->name.s)
		take_name(b, &m->name);
	type = m->inline_type ? inline_type(b, m) : NULL;
	type = rs_member_type(b->r, m, type);
	if (nameless(b, m, type)) {
		b->type->broken = true;
		return;
	}
	check_writer(b, m);
	if (m->attrs->takes)
		diag_note(diag(b->r->ctx, CHK_chain, m->attrs->takes->name.loc,
			       "only an item of a chain takes a nibble"),
			  "`metadata NAME id at first chain be32 nibble { 1: be32 hash takes hash_type; ... }`");
	b->type->root->computes |= m->attrs->valid != NULL;
	b->type->broken |= rs_of(type)->broken;
	size = (uint64_t)type->size * 8;
	if (m->bits) {
		unit = size;
		size = bit_width(b, m, type);
		if (!size) {	/* reported: go on with an ordinary member */
			b->type->broken = true;
			type = b->r->ts->error;
			size = 32;
			unit = 0;
		}
	}
	out.type = type;
	out.is_bitfield = unit;
	if (m->is_word)
		word(b, m, type, &out);
	out.arm_default = m->arm_default;
	out.unit = rs_unit(b->r, m->attrs->unit);
	out.deprecated = rs_string(m->attrs->deprecated);
	out.bit_off = (uint32_t)place(b, m->attrs->pin, size, (uint64_t)type->align * 8, unit, true, out.loc,
				      m->name.s);
	out.bit_size = (uint32_t)size;
	push(b, out, m);
}

static void reserved(struct body *b, const struct ast_reserved *res)
{
	uint64_t bytes, at;

	if (!rs_const_in(b->r, res->bytes, "the number of reserved bytes", 1, RS_SIZE_MAX, &bytes)) {
		b->type->broken = true;
		return;
	}
	at = place(b, res->pin, bytes * 8, 8, 0, true, res->h.loc, NULL);
	push_pad(b, MDC_PAD_RESERVED, at, bytes * 8, res->h.loc);
}

static void finish(struct body *b)
{
	struct rs_types *ts = b->r->ts;
	struct mdc_type *t = &b->type->t;
	size_t n;
	uint64_t size;

	b->place.end = b->place.end > b->place.pos ? b->place.end : b->place.pos;
	size = rs_place_size(&b->place);
	if (!b->place.is_union && ts->members.n > b->first)
		pad_gap(b, size, t->loc, false, NULL);
	n = ts->members.n - b->first;
	t->n_members = (uint32_t)n;
	t->members = arena_array(b->r->arena, struct mdc_member, n);
	b->type->asts = arena_array(b->r->arena, const struct ast_member *, n);
	if (n) {
		memcpy((void *)t->members, ts->members.p + b->first, n * sizeof(*t->members));
		memcpy(b->type->asts, ts->asts.p + b->first, n * sizeof(*b->type->asts));
	}
	ts->members.n = ts->asts.n = b->first;
	t->size = (uint32_t)(size / 8);
	t->align = (uint32_t)(b->place.align / 8);
}

/* An alias or a derived value: a name in C's scope, like a member's, and nothing that is stored. */
static void computed(struct body *b, const struct ast_member *m)
{
	bool alias = m->h.kind == AST_ALIAS;
	struct diag *d = NULL;

	take_name(b, &m->name);
	if (!m->attrs->writer)
		d = diag(b->r->ctx, CHK_missing, m->h.loc, "'%s' does not say what it is", m->name.s);
	else if (m->attrs->writer_to && !alias)
		d = diag(b->r->ctx, CHK_derive, m->attrs->writer_to->loc, "only an `alias` has pieces A..B");
	else if (m->attrs->pin)
		d = diag(b->r->ctx, alias ? CHK_alias : CHK_derive, m->attrs->pin->loc,
			 "this is never stored: it has no place of its own");
	else if (b->type->t.kind == MDC_UNION)
		d = diag(b->r->ctx, alias ? CHK_alias : CHK_derive, m->h.loc,
			 "%s stands in a struct, not in a union: beside what it is read from",
			 alias ? "an alias" : "a derived value");
	else
		*vec_push(b->r->arena, &b->type->computed) = m;
	if (!m->attrs->writer && alias)
		diag_note(d, "write `alias %s %s = FIRST..LAST;`", m->type.s, m->name.s);
	else if (!m->attrs->writer)
		diag_note(d, "write `derive %s %s = EXPRESSION;`", m->type.s, m->name.s);
	b->type->root->computes = true;
}

static struct rs_type *build(struct resolver *r, struct rs_type *t, const struct ast_struct *ast,
			     struct atom_map *scope, const char *c_path)
{
	struct body b = { .r = r, .type = t, .ast = ast, .scope = scope, .c_path = c_path,
			  .first = r->ts->members.n };

	b.place = (struct rs_place){ .is_union = t->t.kind == MDC_UNION, .packed = ast->packed,
				     .align = 8 };
	t->t.packed = ast->packed;
	t->t.tagged = ast->tagged;
	if (ast->tagged)
		t->t.tag = rs_path_text(r, ast->tag);
	ast_each(m, ast->members) {
		if (m->kind == AST_MEMBER)
			member(&b, (const struct ast_member *)m);
		else if (m->kind == AST_RESERVED)
			reserved(&b, (const struct ast_reserved *)m);
		else if (m->kind == AST_ALIAS || m->kind == AST_DERIVE)
			computed(&b, (const struct ast_member *)m);
	}
	finish(&b);
	if (!t->t.n_members && !t->broken) {
		if (!t->t.is_layout)	/* rs_layouts() says it of a layout */
			diag(r->ctx, CHK_missing, t->t.loc, "this %s has no members",
			     rs_kind_text(&t->t));
		t->broken = true;
	}
	t->state = RS_DONE;
	if (ast->tagged && t->outer)
		*vec_push(r->arena, &r->ts->tagged) = (struct rs_tagged){ t, t->outer, ast, NULL };
	return t;
}

void rs_body(struct resolver *r, struct rs_type *t, const struct ast_struct *ast)
{
	size_t first_tagged = r->ts->tagged.n;
	struct atom_map scope = r->ts->spare;	/* types of members may be resolved meanwhile */

	scope.arena = r->arena;
	atom_map_init(&r->ts->spare, r->arena);
	build(r, t, ast, &scope, t->t.name);
	atom_map_clear(&scope);
	r->ts->spare = scope;
	rs_tags(r, first_tagged);
}

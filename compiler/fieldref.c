/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes a path into a header (`ipv4.ttl`, `vlan[last].type`, `ethernet.dst[47:24]`,
 * `ipv6.saddr[3]`, `icmp.rest.sequence`) and gives the bits that it names. Keeps
 * true: they lie in the header's fixed part.
 */
#include "foreign.h"
#include "states.h"

bool fieldref_is(const struct ast *e)
{
	while (e->kind == AST_INDEX || e->kind == AST_SLICE)
		e = e->kind == AST_INDEX ? ((const struct ast_index *)e)->base :
					   ((const struct ast_slice *)e)->base;
	if (e->kind != AST_FIELD)
		return false;
	while (e->kind == AST_FIELD || e->kind == AST_INDEX || e->kind == AST_SLICE)
		e = e->kind == AST_FIELD ? ((const struct ast_field *)e)->base :
		    e->kind == AST_INDEX ? ((const struct ast_index *)e)->base :
					   ((const struct ast_slice *)e)->base;
	return e->kind == AST_NAME && !ps_is_name(e, "packet") && !ps_is_name(e, "parser") &&
	       !ps_is_name(e, "layout") && !ps_is_name(e, "meta");
}

/* ---- which header ---- */

struct mdc_instance *fieldref_find(struct resolver *r, const struct ast *e)
{
	if (e->kind == AST_NAME)
		return ps_instance(r, NULL, ((const struct ast_ident *)e)->s);
	return ps_scoped(r, e) ? ps_instance(r, ps_scoped(r, e), ((const struct ast_field *)e)->name.s) : NULL;
}

bool fieldref_is_instance(struct resolver *r, const struct ast *e)
{
	if (e->kind == AST_INDEX)
		e = ((const struct ast_index *)e)->base;
	return e->kind == AST_NAME || ps_scoped(r, e);
}

bool fieldref_note_scoped(struct resolver *r, struct diag *d, const char *name)
{
	const char **keys = arena_array(r->arena, const char *, r->instances.n + 1);
	size_t len = strlen(name);
	const struct mdc_instance *first = NULL, *inst;

	atom_map_keys(&r->instances, keys);
	for (size_t i = 0; i < r->instances.n; i++) {
		const char *dot = strchr(keys[i], '.');

		inst = atom_map_get(&r->instances, keys[i]);
		if (dot && !strncmp(dot + 1, name, len + 1) && (!first || inst->idx < first->idx))
			first = inst;
	}
	if (first)
		diag_note(d, "it is in a scope of a subparser: `%s`", first->name);
	return first;
}

static struct mdc_instance *named(struct resolver *r, const struct ast *e)
{
	const struct ast_field *f = (const struct ast_field *)e;
	struct mdc_instance *inst = fieldref_find(r, e);
	const char *name, *scope;
	struct diag *d;

	if (inst)
		return inst;
	scope = ps_scoped(r, e);
	if (e->kind != AST_NAME && !scope) {
		diag(r->ctx, CHK_wrong_kind, e->loc, "'%s' is no header", ps_text(r, e->loc));
		return NULL;
	}
	name = scope ? f->name.s : ((const struct ast_ident *)e)->s;
	if (!scope && !strcmp(name, "config") && r->config_asts.n) {
		d = diag(r->ctx, CHK_wrong_kind, e->loc, "the parser does not know how the device is configured");
		diag_note(d, "a `source` is what it knows besides the packet; layouts depend on configuration by "
			  "`switch (config.NAME)`, `derive` and `valid`");
		return NULL;
	}
	if (!scope && (atom_map_get(&r->scopes, name) || ps_member(r, name) != name)) {
		d = diag(r->ctx, CHK_wrong_kind, e->loc, "'%s' is a scope, no header", name);
		diag_note(d, "its headers are `%s.HEADER`, with fields `%s.HEADER.FIELD`", name, name);
	} else if (atom_map_get(&r->headers, name)) {
		d = diag(r->ctx, CHK_not_extracted, e->loc, "no state extracts '%s'%s%s%s", name,
			 scope ? " in the scope '" : "", scope ? scope : "", scope ? "'" : "");
		if (scope || !fieldref_note_scoped(r, d, name))
			diag_note(d, "`extract %s;` in a state before this is read", name);
	} else if (scope) {
		rs_unknown(r, (struct ast_name){ rs_atomf(r, "%s.%s", scope, name), e->loc }, "header", &r->instances);
	} else if (r->scopes.n) {
		d = diag(r->ctx, CHK_unknown_name, e->loc, "unknown header or scope '%s'", name);
		if (!fieldref_note_scoped(r, d, name)) {
			rs_suggest(r, d, name, &r->instances);
			rs_suggest(r, d, name, &r->scopes);
		}
	} else {
		d = diag(r->ctx, CHK_unknown_name, e->loc, "unknown header '%s'", name);
		if (!foreign_prefix(r, d, e->loc))
			rs_suggest(r, d, name, &r->instances);
	}
	return NULL;
}

bool fieldref_instance(struct resolver *r, const struct ast *e, const struct mdc_instance **inst,
		       uint8_t *elem)
{
	const struct ast_index *x = (const struct ast_index *)e;
	struct diag *d;
	uint64_t i;

	*elem = 0;
	*inst = named(r, e->kind == AST_INDEX ? x->base : e);
	if (!*inst)
		return false;
	if (e->kind != AST_INDEX) {
		if (!(*inst)->capacity)
			return true;
		d = diag(r->ctx, CHK_stack, e->loc, "'%s' is a stack: which of its headers?",
			 (*inst)->name);
		diag_label(d, (*inst)->loc, "extracted as a stack here");
		diag_note(d, "write %s[last], or %s[0] for the first", (*inst)->name,
			  (*inst)->name);
		return false;
	}
	if (!(*inst)->capacity) {
		d = diag(r->ctx, CHK_stack, e->loc, "'%s' is one header, no stack", (*inst)->name);
		diag_label(d, (*inst)->loc, "extracted here");
		diag_note(d, "write %s alone, or extract it `as %s[]`", (*inst)->name,
			  (*inst)->name);
		return false;
	}
	if (ps_is_name(x->index, "last")) {
		*elem = MDC_ELEM_LAST;
		return true;
	}
	if (!rs_const_in(r, x->index, "the index of a header", 0, MDC_ELEM_LAST - 2, &i))
		return false;
	*elem = i;
	return true;
}

/* ---- which bits ---- */

static bool by_field(struct resolver *r, const struct mdc_instance *inst, struct ast_name name,
		     struct fieldref *ref)
{
	const struct mdc_header *h = inst->header;
	const char **names = NULL;
	size_t n = 0;

	if (inst->kind == MDC_I_MARK) {
		diag_label(diag(r->ctx, CHK_wrong_kind, name.loc, "'%s' is a mark, and has no fields", inst->name),
			   inst->loc, "marked here");
		return false;
	}

	for (uint32_t i = 0; i < h->n_fields; i++) {
		const struct mdc_hfield *f = &h->fields[i];

		if (f->name != name.s)
			continue;
		ref->field = f;
		if (f->part)
			ref->inst = inst->parts[f->part - 1];
		ref->bit = f->bit_off;
		ref->bits = f->bits;
		/* bytes are bytes, whatever order their elements have */
		ref->order = f->form == MDC_F_BYTES ? MDC_BE : f->order;
		ref->enum_type = f->form == MDC_F_BYTES ? NULL : f->enum_type;
		ref->whole = true;
		if (f->deprecated)
			diag_label(diag(r->ctx, CHK_deprecated, name.loc,
					"'%s.%s' is deprecated: %s", h->name, f->name,
					f->deprecated),
				   f->loc, "declared here");
		return true;
	}
	names = arena_array(r->arena, const char *, h->n_fields + 1);
	for (uint32_t i = 0; i < h->n_fields; i++)
		if (h->fields[i].name)
			names[n++] = h->fields[i].name;
	diag_label(ps_unknown(r, name, arena_printf(r->arena, "field of header '%s':", h->name),
			      names, n),
		   h->loc, "this header");
	return false;
}

/* Keeps the bits hi..lo of what @ref is, counted as in its number. */
static void cut(struct fieldref *ref, uint32_t hi, uint32_t lo)
{
	ref->whole = ref->whole && !lo && hi == ref->bits - 1;
	if (ref->whole)
		return;
	ref->enum_type = NULL;
	if (ref->order == MDC_LE && ref->bits > 8) {
		ref->cut_lo += lo;
		ref->cut_bits = hi - lo + 1;
		return;
	}
	ref->bit += ref->bits - 1 - hi;
	ref->bits = hi - lo + 1;
}

static uint32_t bits_now(const struct fieldref *ref)
{
	return ref->cut_bits ? ref->cut_bits : ref->bits;
}

/* word.NAME */
static bool by_range(struct resolver *r, const struct ast_field *e, struct fieldref *ref)
{
	const struct mdc_hfield *f;
	const char **names;

	if (!fieldref_resolve(r, e->base, ref))
		return false;
	f = ref->field;
	if (!ref->whole || !f->n_bits_ranges) {
		diag(r->ctx, CHK_wrong_kind, e->name.loc, "'%s' has no parts with names",
		     ps_text(r, e->base->loc));
		return false;
	}
	names = arena_array(r->arena, const char *, f->n_bits_ranges);
	for (uint32_t i = 0; i < f->n_bits_ranges; i++) {
		const struct mdc_bits *b = &f->bits_ranges[i];

		names[i] = b->name;
		if (b->name != e->name.s)
			continue;
		if (b->deprecated)
			diag(r->ctx, CHK_deprecated, e->name.loc, "'%s' is deprecated: %s",
			     ps_text(r, e->h.loc), b->deprecated);
		cut(ref, b->hi, b->lo);
		ref->range = b;
		ref->enum_type = b->enum_type;
		return true;
	}
	ps_unknown(r, e->name, "part of this word:", names, f->n_bits_ranges);
	return false;
}

/* field[I]: an element of an array, or a bit of a number */
static bool by_index(struct resolver *r, const struct ast_index *e, struct fieldref *ref)
{
	const struct mdc_hfield *f;
	uint64_t i;

	if (!fieldref_resolve(r, e->base, ref))
		return false;
	f = ref->field;
	if (ref->whole && f->elem_bits) {
		if (!rs_const_in(r, e->index, "the index of an element", 0,
				 f->bits / f->elem_bits - 1, &i))
			return false;
		ref->bit += i * f->elem_bits;
		ref->bits = f->elem_bits;
		ref->order = f->order;
		ref->enum_type = f->enum_type;
		ref->whole = false;
		return true;
	}
	if (!rs_const_in(r, e->index, "the number of a bit", 0, bits_now(ref) - 1, &i))
		return false;
	cut(ref, i, i);
	return true;
}

static bool by_slice(struct resolver *r, const struct ast_slice *e, struct fieldref *ref)
{
	struct diag *d;
	uint64_t hi, lo;

	if (!fieldref_resolve(r, e->base, ref))
		return false;
	if (!rs_const_in(r, e->hi, "the highest bit of a slice", 0, bits_now(ref) - 1, &hi))
		return false;
	if (!rs_const_in(r, e->lo, "the lowest bit of a slice", 0, bits_now(ref) - 1, &lo))
		return false;
	if (lo > hi) {
		d = diag(r->ctx, CHK_range, e->h.loc, "this slice is empty");
		diag_note(d, "the highest bit comes first: [%llu:%llu]", (unsigned long long)lo,
			  (unsigned long long)hi);
		return false;
	}
	cut(ref, hi, lo);
	if (ref->field->elem_bits)
		ref->whole = false;	/* a number now, no array, even if nothing was cut off */
	return true;
}

bool fieldref_resolve(struct resolver *r, const struct ast *e, struct fieldref *ref)
{
	const struct ast_field *f = (const struct ast_field *)e;

	switch (e->kind) {
	case AST_FIELD:
		if (!fieldref_is_instance(r, f->base) && fieldref_is(f->base))
			return by_range(r, f, ref);
		*ref = (struct fieldref){ 0 };
		return fieldref_instance(r, f->base, &ref->inst, &ref->elem) &&
		       by_field(r, ref->inst, f->name, ref);
	case AST_INDEX:
		return by_index(r, (const struct ast_index *)e, ref);
	case AST_SLICE:
		return by_slice(r, (const struct ast_slice *)e, ref);
	default:
		diag(r->ctx, CHK_wrong_kind, e->loc, "'%s' is no header", ps_text(r, e->loc));
		return false;
	}
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the expressions that write metadata and gives struct mdc_x: what the
 * machine's accumulator can compute, with the widths of model.h. Keeps true: the
 * right side of + and - is a plain operand, so a tree is a chain of operations.
 */
#include "foreign.h"
#include "states.h"

struct writer {
	struct resolver *r;
	bool in_state;
};

static struct wval eval(struct writer *w, const struct ast *e, const struct mdc_type *expected);

/* ---- small things ---- */

uint64_t wr_mask(uint32_t bits)
{
	return bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;
}

/* Of the highest bit, at least 1. */
static uint32_t const_width(uint64_t v)
{
	uint32_t n = 1;

	while (n < 64 && v >> n)
		n++;
	return n;
}

static struct mdc_x *new_x(struct resolver *r, enum mdc_x_kind kind, uint32_t width, struct loc loc)
{
	struct mdc_x *x = arena_new_of(r->arena, struct mdc_x);

	x->kind = kind;
	x->width = width;
	x->loc = loc;
	return x;
}

struct mdc_x *wr_const(struct resolver *r, uint64_t v, struct loc loc)
{
	struct mdc_x *x = new_x(r, MDC_X_CONST, const_width(v), loc);

	x->imm = v;
	return x;
}

static struct wval is(const struct mdc_x *x, const struct mdc_type *enum_type)
{
	return (struct wval){ .x = x, .ok = true, .enum_type = enum_type, .loc = x->loc };
}

static struct wval failed(void)
{
	return (struct wval){ .ok = false };
}

/* One operation on @a. */
static struct wval op(struct writer *w, enum mdc_x_kind kind, uint32_t width, const struct mdc_x *a,
		      uint64_t imm, struct loc loc)
{
	struct mdc_x *x = new_x(w->r, kind, width, loc);

	x->a = a;
	x->imm = imm;
	return is(x, NULL);
}

static bool plain(const struct wval *v)
{
	return !v->x || (v->x->kind < MDC_X_LAYOUT_ID && v->x->kind != MDC_X_BYTES);
}

/* Can be computed with? */
static bool number(struct writer *w, const struct wval *v)
{
	const struct mdc_x *x = v->x;
	struct diag *d = NULL;

	if (!v->ok)
		return false;
	if (!x)
		return true;
	if (x->kind == MDC_X_SOURCE && x->source->is_ptr) {
		d = diag(w->r->ctx, CHK_writer, x->loc,
			 "'%s' is a pointer: nothing can be computed from it", x->source->name);
		diag_label(d, x->source->loc, "declared here");
	} else if (x->kind == MDC_X_LAYOUT_ID) {
		d = diag(w->r->ctx, CHK_writer, x->loc, "nothing can be computed from layout.id");
	} else if (x->kind == MDC_X_BYTES) {
		d = diag(w->r->ctx, CHK_writer, x->loc,
			 "these are %u bits; the machine computes with 64 at most", x->width);
		diag_note(d, "take a slice: `%s[63:0]`", ps_text(w->r, x->loc));
	} else if (x->kind == MDC_X_PACKET && x->order == MDC_RAW) {
		d = diag(w->r->ctx, CHK_writer, x->loc,
			 "'%s' has no byte order: nothing can be computed from it",
			 ps_text(w->r, x->loc));
		diag_note(d, "it can only be copied whole to a raw%u", x->width);
	} else {
		return true;
	}
	return false;
}

static struct wval cannot(struct writer *w, const struct ast *e, const char *what, const char *note)
{
	diag_note(diag(w->r->ctx, CHK_writer, e->loc, "the metadata writer cannot compute %s",
		       what),
		  "%s", note);
	return failed();
}

/* ---- + and - ---- */

static const char leftmost[] =
	"it works from left to right: behind + and - stands a plain value (a constant, source, register, header field, "
	"offset(), length(), present(), count() or packet.length)";

static struct wval add_const(struct writer *w, const struct ast *e, enum mdc_x_kind kind,
			     const struct wval *a, rs_int c)
{
	struct mdc_x *x;
	struct diag *d;

	if (c < 0) {
		c = -c;
		kind = kind == MDC_X_ADD ? MDC_X_SUB : MDC_X_ADD;
	}
	if (c > (rs_int)wr_mask(a->x->width)) {
		d = diag(w->r->ctx, CHK_width, e->loc, "%s does not fit the %u bits that it is %s",
			 rs_int_text(w->r, c), a->x->width,
			 kind == MDC_X_ADD ? "added to" : "subtracted from");
		diag_label(d, a->loc, "%u bit%s", a->x->width, a->x->width == 1 ? "" : "s");
		return failed();
	}
	x = new_x(w->r, kind, a->x->width, e->loc);
	x->a = a->x;
	x->b = wr_const(w->r, c, e->loc);
	return is(x, NULL);
}

static struct wval add(struct writer *w, const struct ast_binary *e, struct wval a, struct wval b)
{
	enum mdc_x_kind kind = e->op == OP_ADD ? MDC_X_ADD : MDC_X_SUB;
	struct mdc_x *x;

	if (!b.x)
		return add_const(w, &e->h, kind, &a, b.c);
	if (!a.x && kind == MDC_X_ADD)
		return add_const(w, &e->h, kind, &b, a.c);
	if (kind == MDC_X_ADD && !plain(&b) && plain(&a)) {
		struct wval t = a;

		a = b;
		b = t;
	}
	if (!plain(&b))
		return cannot(w, &e->h,
			      kind == MDC_X_ADD ? "a sum of two computed values" :
						  "a difference whose right side is computed", leftmost);
	x = new_x(w->r, kind, b.x->width, e->h.loc);
	if (!a.x) {
		if (a.c < 0 || a.c > (rs_int)wr_mask(b.x->width)) {
			diag_label(diag(w->r->ctx, CHK_width, a.loc,
					"%s does not fit the %u bits of the other side",
					rs_int_text(w->r, a.c), b.x->width),
				   b.loc, "%u bits", b.x->width);
			return failed();
		}
		x->a = wr_const(w->r, a.c, a.loc);
	} else {
		x->a = a.x;
		x->width = a.x->width > b.x->width ? a.x->width : b.x->width;
	}
	x->b = b.x;
	return is(x, NULL);
}

/* ---- << >> & == ---- */

static struct wval shift(struct writer *w, const struct ast_binary *e, const struct wval *a,
			 const struct wval *b)
{
	struct mdc_ctx *ctx = w->r->ctx;
	uint32_t width;

	if (!a->x || b->x)
		return cannot(w, &e->h, "a shift by anything but a constant",
			      "shift by a constant, or take a slice");
	width = a->x->width;
	if (b->c < 0 || b->c > 63) {
		diag(ctx, CHK_writer, e->b->loc, "a shift is 0 to 63 bits");
		return failed();
	}
	if (!b->c)
		return *a;
	if (e->op == OP_SHR) {
		if (b->c < width)
			return op(w, MDC_X_SHR, width - b->c, a->x, b->c, e->h.loc);
		diag_label(diag(ctx, CHK_writer, e->h.loc, "this shift leaves nothing"), a->loc,
			   "%u bit%s", width, width == 1 ? "" : "s");
		return failed();
	}
	if (width + b->c <= 64)
		return op(w, MDC_X_SHL, width + b->c, a->x, b->c, e->h.loc);
	diag_note(diag(ctx, CHK_width, e->h.loc, "%u bits shifted by %u are more than 64", width,
		       (unsigned)b->c),
		  "take a slice of what is to be kept: `%s[%u:0] << %u`", ps_text(w->r, a->loc),
		  (unsigned)(63 - b->c), (unsigned)b->c);
	return failed();
}

static struct wval mask(struct writer *w, const struct ast_binary *e, struct wval a, struct wval b)
{
	uint64_t m;

	if (!a.x) {
		struct wval t = a;

		a = b;
		b = t;
	}
	if (b.x)
		return cannot(w, &e->h, "& of two values", "one side of & is a constant");
	m = (uint64_t)b.c & wr_mask(a.x->width);
	if (!m) {
		diag_label(diag(w->r->ctx, CHK_writer, e->h.loc, "this is always 0"), a.loc,
			   "%u bit%s", a.x->width, a.x->width == 1 ? "" : "s");
		return failed();
	}
	return op(w, MDC_X_AND, const_width(m), a.x, m, e->h.loc);
}

static struct wval equal(struct writer *w, const struct ast_binary *e, struct wval a, struct wval b)
{
	struct wval v;

	if (!a.x) {
		struct wval t = a;

		a = b;
		b = t;
	}
	if (b.x)
		return cannot(w, &e->h, "a comparison of two values",
			      "one side of == is a constant");
	if (b.c < 0 || b.c > (rs_int)wr_mask(a.x->width)) {
		diag_label(diag(w->r->ctx, CHK_width, b.loc, "%s can never be in %u bit%s",
				rs_int_text(w->r, b.c), a.x->width, a.x->width == 1 ? "" : "s"),
			   a.loc, "%u bit%s", a.x->width, a.x->width == 1 ? "" : "s");
		return failed();
	}
	v = op(w, MDC_X_EQ, 1, a.x, b.c, e->h.loc);
	return e->op == OP_EQ ? v : op(w, MDC_X_EQ, 1, v.x, 0, e->h.loc);
}

static bool is_mark(struct resolver *r, const struct ast *e)
{
	const struct mdc_instance *inst = e->kind == AST_NAME || e->kind == AST_FIELD ? fieldref_find(r, e) : NULL;

	return inst && inst->kind == MDC_I_MARK;
}

/* A name that only the other side's enum can tell. */
static bool needs_enum(struct writer *w, const struct ast *e)
{
	const struct ast_ident *n = (const struct ast_ident *)e;

	return e->kind == AST_NAME && !rs_is_const(w->r, e, NULL) && strcmp(n->s, "remaining") && !is_mark(w->r, e) &&
	       !atom_map_get(&w->r->sources, ((const struct ast_ident *)e)->s) &&
	       !atom_map_get(&w->r->registers, ((const struct ast_ident *)e)->s) &&
	       !atom_map_get(&w->r->class_names, ((const struct ast_ident *)e)->s);
}

static struct wval binary(struct writer *w, const struct ast_binary *e)
{
	struct wval a, b;

	if (needs_enum(w, e->a)) {
		b = eval(w, e->b, NULL);
		a = b.ok ? eval(w, e->a, b.enum_type) : failed();
	} else {
		a = eval(w, e->a, NULL);
		b = a.ok ? eval(w, e->b, a.enum_type) : eval(w, e->b, NULL);
	}
	if (!number(w, &a) || !number(w, &b))
		return failed();
	switch (e->op) {
	case OP_ADD:
	case OP_SUB:
		return add(w, e, a, b);
	case OP_SHL:
	case OP_SHR:
		return shift(w, e, &a, &b);
	case OP_AND:
		return mask(w, e, a, b);
	case OP_EQ:
	case OP_NE:
		return equal(w, e, a, b);
	case OP_MUL:
		return cannot(w, &e->h, "products", "`<< N` multiplies by a power of two");
	case OP_DIV:
		return cannot(w, &e->h, "quotients", "`>> N` divides by a power of two");
	case OP_MOD:
		return cannot(w, &e->h, "remainders", "`& MASK` or a slice gives the low bits");
	default:
		return cannot(w, &e->h, "this",
			      "it has + - with one plain side, << >> & with a constant, == != with a constant, and "
			      "slices");
	}
}

/* ---- slices of what is not in the packet ---- */

static struct wval cut(struct writer *w, const struct ast *e, const struct ast *base,
		       const struct ast *hi_expr, const struct ast *lo_expr)
{
	struct wval v = eval(w, base, NULL);
	uint64_t hi, lo;

	if (!number(w, &v))
		return failed();
	if (!v.x) {
		v.x = wr_const(w->r, v.c, v.loc);
		return is(v.x, NULL);
	}
	if (!rs_const_in(w->r, hi_expr, "the highest bit of a slice", 0, v.x->width - 1, &hi))
		return failed();
	lo = hi;
	if (lo_expr &&
	    !rs_const_in(w->r, lo_expr, "the lowest bit of a slice", 0, v.x->width - 1, &lo))
		return failed();
	if (lo > hi) {
		diag_note(diag(w->r->ctx, CHK_range, e->loc, "this slice is empty"),
			  "the highest bit comes first: [%llu:%llu]", (unsigned long long)lo,
			  (unsigned long long)hi);
		return failed();
	}
	if (!lo && hi == v.x->width - 1 && !(v.x->kind == MDC_X_SOURCE && v.x->source->is_signed))
		return v;
	return op(w, MDC_X_SLICE, hi - lo + 1, v.x, lo, e->loc);
}

/* ---- values ---- */

static struct wval packet(struct writer *w, const struct ast *e)
{
	struct fieldref f;
	struct mdc_x *x;

	if (!fieldref_resolve(w->r, e, &f))
		return failed();
	if (f.bits > 64 && f.bits % 8) {
		diag(w->r->ctx, CHK_writer, e->loc,
		     "%u bits are no whole number of bytes, and too many to compute with", f.bits);
		return failed();
	}
	x = new_x(w->r, f.bits > 64 ? MDC_X_BYTES : MDC_X_PACKET, f.bits, e->loc);
	x->inst = f.inst;
	x->elem = f.elem;
	x->bit = f.bit;
	x->order = f.order == MDC_LE && f.bits <= 8 ? MDC_BE : f.order;
	if (f.cut_bits)
		return op(w, MDC_X_SLICE, f.cut_bits, x, f.cut_lo, e->loc);
	return is(x, f.enum_type);
}

static struct wval mark(struct writer *w, const struct ast *e)
{
	struct mdc_x *x = new_x(w->r, MDC_X_OFFSET, 16, e->loc);

	x->inst = fieldref_find(w->r, e);
	return is(x, NULL);
}

static struct wval remaining(struct writer *w, const struct ast_ident *e)
{
	if (w->in_state)
		return is(new_x(w->r, MDC_X_REMAINING, 16, e->h.loc), NULL);
	return cannot(w, &e->h, "`remaining` outside of a state", "write it in a state: `meta.NAME = remaining;`");
}

/* The result of a classification: @c, or NULL where it is not known yet. */
static struct wval class_value(struct writer *w, const struct ast_ident *e, const struct mdc_class *c)
{
	struct mdc_x *x;
	struct diag *d;

	if (!w->in_state && c) {
		x = new_x(w->r, MDC_X_CLASS, c->bits, e->h.loc);
		x->class = c;
		return is(x, c->enum_type);
	}
	d = diag(w->r->ctx, CHK_writer, e->h.loc, w->in_state ? "'%s' is not known in a state" :
		 "'%s' is not classified before this one", e->s);
	if (w->in_state)
		diag_note(d, "it is classified when the parser has stopped; write it by a rule of the metadata: "
			  "`TYPE NAME = %s;`", e->s);
	else
		diag_note(d, "a key reads only classifications that stand before it");
	return failed();
}

static struct wval unknown_value(struct writer *w, const struct ast_ident *e)
{
	const struct atom_map *maps[] = { &w->r->sources, &w->r->registers, &w->r->class_names };
	struct atom_map all;
	struct diag *d;

	atom_map_init(&all, w->r->arena);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		const char **keys = arena_array(w->r->arena, const char *, maps[i]->n + 1);

		atom_map_keys(maps[i], keys);
		for (size_t k = 0; k < maps[i]->n; k++)
			atom_map_add(&all, keys[k], (void *)(uintptr_t)keys[k]);
	}
	d = diag(w->r->ctx, CHK_unknown_name, e->h.loc, "unknown source or constant '%s'", e->s);
	if (!foreign_constant(d, (struct ast_name){ e->s, e->h.loc }, NULL) &&
	    !fieldref_note_scoped(w->r, d, e->s))
		rs_suggest(w->r, d, e->s, &all);
	return failed();
}

/* A source, register or flag. */
static struct wval source(struct writer *w, const struct ast_ident *e,
			  const struct mdc_type *expected)
{
	const struct mdc_source *s = atom_map_get(&w->r->sources, e->s);
	const struct mdc_register *reg = atom_map_get(&w->r->registers, e->s);
	rs_int ignored;
	struct mdc_x *x;
	struct diag *d;

	if (reg) {
		x = new_x(w->r, MDC_X_REGISTER, reg->bits, e->h.loc);
		x->reg = reg;
		return is(x, reg->enum_type);
	}
	if (atom_map_get(&w->r->class_names, e->s))
		return class_value(w, e, atom_map_get(&w->r->classes, e->s));
	if (!s && !strcmp(e->s, "remaining") && !ps_instance(w->r, NULL, e->s))
		return remaining(w, e);
	if (!s && is_mark(w->r, &e->h))
		return mark(w, &e->h);
	if (!s && expected) {
		rs_const(w->r, &e->h, expected, &ignored);	/* says what is wrong */
		return failed();
	}
	if (!s && ps_instance(w->r, NULL, e->s)) {
		d = diag(w->r->ctx, CHK_writer, e->h.loc, "'%s' is a header, no value", e->s);
		diag_note(d, "read one of its fields (`%s.NAME`), or offset(%s), length(%s), present(%s)",
			  e->s, e->s, e->s, e->s);
		return failed();
	}
	if (!s)
		return unknown_value(w, e);
	if (s->deprecated)
		diag_label(diag(w->r->ctx, CHK_deprecated, e->h.loc,
				"source '%s' is deprecated: %s", s->name, s->deprecated),
			   s->loc, "declared here");
	x = new_x(w->r, MDC_X_SOURCE, s->bits, e->h.loc);
	x->source = s;
	return is(x, s->enum_type);
}

static const struct {
	const char *name;
	enum mdc_x_kind kind;
	uint32_t width;
} calls[] = {
	{ "offset", MDC_X_OFFSET, 16 },
	{ "length", MDC_X_LENGTH, 16 },
	{ "present", MDC_X_PRESENT, 1 },
	{ "count", MDC_X_COUNT, 8 },
};

static struct wval count(struct writer *w, const struct ast_call *e)
{
	const struct mdc_instance *inst = fieldref_find(w->r, e->args);
	struct mdc_x *x;

	if (!inst || !inst->capacity) {
		struct diag *d = diag(w->r->ctx, CHK_stack, e->args->loc,
				      "count() is of a stack of headers");

		if (inst)
			diag_label(d, inst->loc, "extracted as one header here");
		if (inst || e->args->kind != AST_NAME ||
		    !fieldref_note_scoped(w->r, d, ((const struct ast_ident *)e->args)->s))
			diag_note(d, "`extract HEADER as NAME[]` makes one; for one header there is present()");
		return failed();
	}
	x = new_x(w->r, MDC_X_COUNT, 8, e->h.loc);
	x->inst = inst;
	return is(x, NULL);
}

/* lookahead(BIT, WIDTH): of a header that the state records without moving over it */
static struct wval lookahead(struct writer *w, const struct ast_call *e)
{
	struct ps *p = w->r->ps;
	uint64_t bit, width;
	struct mdc_x *x;

	if (!w->in_state || !p || !p->at)
		return cannot(w, &e->h, "a look-ahead outside of a state",
			      "write it in the state that has it ahead: `meta.NAME = lookahead(BIT, WIDTH);`");
	if (!ps_lookahead_args(w->r, e, &bit, &width))
		return failed();
	x = new_x(w->r, MDC_X_PACKET, (uint32_t)width, e->h.loc);
	x->inst = ps_peek(p, p->at, (uint32_t)(bit + width + 7) / 8, e->h.loc);
	x->bit = (uint32_t)bit;
	x->order = MDC_BE;
	return is(x, NULL);
}

/* present(gre.key): is the part of the header there that has this field? */
static struct wval present_field(struct writer *w, const struct ast *e, struct mdc_x *x)
{
	struct fieldref f;

	if (!fieldref_resolve(w->r, e, &f))
		return failed();
	x->inst = f.inst;
	x->elem = f.elem;
	return is(x, NULL);
}

static void unknown_function(struct writer *w, const struct ast_call *e, const char *const *names, size_t n)
{
	struct loc args = { e->h.loc.src, e->name.loc.end + 1, e->h.loc.end - 1 };
	struct diag *d = diag(w->r->ctx, CHK_unknown_name, e->name.loc, "unknown function '%s'", e->name.s);

	if (!foreign_function(d, e->name, e->args, ps_text(w->r, args)))
		diag_near(w->r->ctx, d, e->name.s, nearest_name(e->name.s, names, n));
}

static struct wval call(struct writer *w, const struct ast_call *e)
{
	const size_t n = sizeof(calls) / sizeof(calls[0]);
	const char *names[sizeof(calls) / sizeof(calls[0])];
	struct mdc_x *x;
	size_t i;

	for (i = 0; i < n; i++) {
		names[i] = calls[i].name;
		if (!strcmp(e->name.s, calls[i].name))
			break;
	}
	if (i == n && !strcmp(e->name.s, "lookahead"))
		return lookahead(w, e);
	if (i == n) {
		unknown_function(w, e, names, n);
		return failed();
	}
	if (!e->args || e->args->next) {
		diag(w->r->ctx, CHK_writer, e->h.loc, "%s() takes one header", calls[i].name);
		return failed();
	}
	if (calls[i].kind == MDC_X_COUNT)
		return count(w, e);
	x = new_x(w->r, calls[i].kind, calls[i].width, e->h.loc);
	if (calls[i].kind == MDC_X_PRESENT && fieldref_is(e->args) && !fieldref_is_instance(w->r, e->args))
		return present_field(w, e->args, x);
	if (!fieldref_instance(w->r, e->args, &x->inst, &x->elem))
		return failed();
	if (x->inst->kind == MDC_I_MARK && x->kind == MDC_X_LENGTH)
		return cannot(w, &e->h, "the length of a mark", "a mark is a place: offset() says where");
	return is(x, NULL);
}

static const struct {
	const char *base, *name;
	enum mdc_x_kind kind;
	uint32_t width;
	bool at_stop;		/* known only then */
} specials[] = {
	{ "packet", "length", MDC_X_PKTLEN, 16, false },
	{ "parser", "error", MDC_X_ERROR, 16, true },
	{ "parser", "truncated", MDC_X_TRUNCATED, 1, true },
	{ "layout", "id", MDC_X_LAYOUT_ID, 32, true },
};

static struct wval special(struct writer *w, const struct ast_field *e)
{
	const char *names[sizeof(specials) / sizeof(specials[0])];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		if (!ps_is_name(e->base, specials[i].base))
			continue;
		names[n++] = specials[i].name;
		if (strcmp(e->name.s, specials[i].name))
			continue;
		if (!w->in_state || !specials[i].at_stop)
			return is(new_x(w->r, specials[i].kind, specials[i].width, e->h.loc),
				  specials[i].kind == MDC_X_ERROR ? w->r->error_type : NULL);
		diag_note(diag(w->r->ctx, CHK_writer, e->h.loc, "%s.%s is not known in a state",
			       specials[i].base, specials[i].name),
			  "write it by a rule of the metadata: `TYPE NAME = %s.%s;`",
			  specials[i].base, specials[i].name);
		return failed();
	}
	if (n)
		ps_unknown(w->r, e->name,
			   arena_printf(w->r->arena,
					"part of '%s':", ((const struct ast_ident *)e->base)->s),
			   names, n);
	else
		diag_note(diag(w->r->ctx, CHK_writer, e->h.loc,
			       "metadata cannot be read, only written"),
			  "read what it was written from");
	return failed();
}

static struct wval eval(struct writer *w, const struct ast *e, const struct mdc_type *expected)
{
	struct wval v = { .ok = true, .loc = e->loc };

	if (rs_is_const(w->r, e, expected)) {
		v.ok = rs_const(w->r, e, expected, &v.c);
		return v;
	}
	if (e->kind == AST_FIELD && is_mark(w->r, e))
		return mark(w, e);
	if (fieldref_is(e))
		return packet(w, e);
	switch (e->kind) {
	case AST_NAME:
		return source(w, (const struct ast_ident *)e, expected);
	case AST_FIELD:
		if (((const struct ast_field *)e)->base->kind == AST_NAME)
			return special(w, (const struct ast_field *)e);
		return cannot(w, e, "this", "metadata is only written, never read");
	case AST_CALL:
		return call(w, (const struct ast_call *)e);
	case AST_INDEX:
		return cut(w, e, ((const struct ast_index *)e)->base,
			   ((const struct ast_index *)e)->index, NULL);
	case AST_SLICE:
		return cut(w, e, ((const struct ast_slice *)e)->base,
			   ((const struct ast_slice *)e)->hi, ((const struct ast_slice *)e)->lo);
	case AST_BINARY:
		return binary(w, (const struct ast_binary *)e);
	case AST_UNARY:
		v = eval(w, ((const struct ast_unary *)e)->a, NULL);
		if (!number(w, &v))
			return failed();
		if (((const struct ast_unary *)e)->op == OP_NOT && v.x)
			return op(w, MDC_X_EQ, 1, v.x, 0, e->loc);
		return cannot(w, e, "- and ~ of a value",
			      "`A - B` subtracts, `== 0` inverts one bit");
	case AST_COND:
		return cannot(w, e, "a choice",
			      "let the parser choose: write it in different states");
	default:
		return cannot(w, e, "this", "a value is a number");
	}
}

const struct mdc_x *rs_writer(struct resolver *r, const struct ast *e,
			      const struct mdc_layout *layout, uint32_t leaf, bool whole,
			      bool in_state)
{
	struct writer w = { .r = r, .in_state = in_state };
	struct wval v = eval(&w, e, layout->leaves[leaf].enum_type);

	return v.ok ? wr_convert(r, &v, layout, leaf, whole) : NULL;
}

struct wval wr_value(struct resolver *r, const struct ast *e, const struct mdc_type *expected)
{
	struct writer w = { .r = r, .in_state = true };
	struct wval v = eval(&w, e, expected);
	struct diag *d;

	v.ok = number(&w, &v);
	if (!v.ok || !v.x || v.x->kind != MDC_X_SOURCE || !v.x->source->is_signed)
		return v;
	d = diag(r->ctx, CHK_width, e->loc, "source '%s' has a sign, a register has none", v.x->source->name);
	diag_note(d, "write %s[%u:0] for the bits without a sign", v.x->source->name, v.x->width - 1);
	v.ok = false;
	return v;
}

struct wval wr_value_at_stop(struct resolver *r, const struct ast *e)
{
	struct writer w = { .r = r, .in_state = false };
	struct wval v = eval(&w, e, NULL);

	v.ok = number(&w, &v);
	return v;
}

const struct mdc_x *wr_slice(struct resolver *r, const struct mdc_x *x, uint32_t lo, uint32_t bits)
{
	struct mdc_x *s;

	if (!lo && bits >= x->width)
		return x;
	if (lo >= x->width)
		return wr_const(r, 0, x->loc);
	s = new_x(r, MDC_X_SLICE, bits < x->width - lo ? bits : x->width - lo, x->loc);
	s->a = x;
	s->imm = lo;
	return s;
}

/* ---- the rules of layouts ---- */

/* A rule may read what a packet does not have, but not what no packet can have. */
static void check_elements(struct resolver *r, const struct mdc_x *x)
{
	struct diag *d;

	if (!x)
		return;
	if (x->inst && x->inst->capacity && x->elem != MDC_ELEM_LAST && x->elem >= x->inst->capacity) {
		d = diag(r->ctx, CHK_not_extracted, x->loc, "'%s' never holds more than %u, so there is no '%s[%u]'",
			 x->inst->name, x->inst->capacity, x->inst->name, x->elem);
		diag_note(d, "the states that extract it, with their `max`, say how many there can be");
	}
	check_elements(r, x->a);
	check_elements(r, x->b);
}

static bool make_rule(struct resolver *r, const struct rs_pending_rule *p, struct mdc_rule *rule)
{
	const struct mdc_leaf *leaf = &p->layout->leaves[p->leaf];

	*rule = (struct mdc_rule){ .leaf = p->leaf, .loc = p->loc, .to_loc = p->to_loc };
	rule->whole = leaf->kind == MDC_LEAF_BYTES || leaf->kind == MDC_LEAF_MAC;
	if (leaf->count > 1 && !rule->whole) {
		diag_note(diag(r->ctx, CHK_writer, p->expr->loc,
			       "'%s' is an array: one value does not fill it", leaf->path),
			  "let a state write its elements: `meta.%s[0] = ...;`", leaf->path);
		return false;
	}
	rule->x = rs_writer(r, p->expr, p->layout, p->leaf, rule->whole, false);
	check_elements(r, rule->x);
	return rule->x != NULL;
}

/* The rules of a layout are pending one behind the other: leaves.c goes through it once. */
void rs_rules(struct resolver *r)
{
	for (size_t k = 0; k < r->pending.n;) {
		struct mdc_layout *l = r->pending.p[k].layout;
		VEC(struct mdc_rule) v = { 0 };
		struct mdc_rule rule;

		for (; k < r->pending.n && r->pending.p[k].layout == l; k++)
			if (make_rule(r, &r->pending.p[k], &rule))
				*vec_push(r->arena, &v) = rule;
		l->rules = v.p;
		l->n_rules = v.n;
	}
	flow_rule_tags(r);
}

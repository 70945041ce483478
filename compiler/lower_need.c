/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a parser's row has to do in a raw table: takes the row and its operations,
 * gives where the cursor goes, how it ends or goes on, which header it extracts,
 * and what becomes of registers. Registers, flags and fields of the metadata are
 * the table's registers of the same name. What no table of this kind can do is an
 * error at the row.
 */
#include "image.h"
#include "lower.h"

uint32_t lw_raw_named(const struct lower *l, const char *name)
{
	for (uint32_t i = 0; name && i < l->m->n_rawregs; i++)
		if (!strcmp(l->m->rawregs[i].name, name) && l->m->rawregs[i].kind != MDESC_RAW_REG_LET)
			return i;
	return LW_NONE;
}

bool lw_bad_length(const struct mdc_row *r)
{
	return (r->f.flags & MDESC_ROW_LENGTH) && r->f.length == MDESC_FMT_NONE16;
}

const struct mdc_register *lw_register_at(const struct lower *l, uint32_t bit)
{
	for (uint32_t i = 0; i < l->m->parser.n_registers; i++) {
		const struct mdc_register *r = l->m->parser.registers[i];

		if (bit >= r->bit && bit < r->bit + r->bits)
			return r;
	}
	return NULL;
}

static bool cannot(struct lower *l, const char *why, const char *note)
{
	struct diag *d = diag(l->ctx, CHK_target_limit, l->r->loc, "this row %s, and table '%s' cannot", why,
			      l->t->name);

	diag_label(d, l->t->loc, "declared here");
	if (note)
		diag_note(d, "%s", note);
	return false;
}

/* ---- lengths ---- */

/* Bytes that the row moves the parser's cursor by. False: it is a length that no table knows. */
static bool length_of(const struct lower *l, const struct mdc_instance *n, struct lw_val *v)
{
	const struct mdc_row *r = l->r;
	struct mdesc_fmt_header h = image_header(n);

	*v = lw_const(0);
	if (h.kind == MDESC_KIND_MARK || h.kind == MDESC_KIND_PEEK)
		return true;
	if (h.kind == MDESC_KIND_LEAVE || (h.kind == MDESC_KIND_PART && n->of->header->variable))
		return false;
	if (r->f.flags & MDESC_ROW_LENGTH) {
		v->c = r->f.length;
		return true;
	}
	v->c = h.fixed;
	if (!(h.flags & MDESC_HEADER_VAR))
		return true;
	if (h.kind != MDESC_KIND_HEADER)
		return false;
	v->c = h.len_const;
	v->bytes = h.len_bytes;
	v->at = h.len_off - l->ahead[r->f.state];
	v->mask = h.len_mask;
	v->shift = h.len_shift;
	return true;
}

/* ---- operations ---- */

static struct lw_val unknown(void)
{
	return (struct lw_val){ .unknown = true, .reg = LW_NONE };
}

/* Bits of the header that the row extracts. */
static struct lw_val packet_bits(const struct lower *l, const struct mdesc_fmt_op *o)
{
	uint32_t first = o->bit / 8, last = (o->bit + o->width - 1) / 8, down = 7 - (o->bit + o->width - 1) % 8;
	struct lw_val v = { .reg = LW_NONE, .bytes = last - first + 1, .at = (int64_t)first - l->ahead[l->r->f.state] };

	if (o->order == MDESC_ORDER_LE || v.bytes > 8)
		return unknown();
	v.mask = lw_ones(o->width) << down;
	v.shift = -(int)down;
	return v;
}

static struct lw_val operand(struct lower *l, const struct mdesc_fmt_op *o)
{
	bool own = o->index == l->r->f.header && l->r->f.header != MDESC_FMT_NONE16;
	const struct mdc_register *reg;
	struct lw_val v;

	switch (o->operand) {
	case MDESC_OPERAND_CONST:
		return lw_const((int64_t)o->imm);
	case MDESC_OPERAND_OFFSET:
		v = (struct lw_val){ .cursor = true, .reg = LW_NONE, .c = -l->ahead[l->r->f.state] };
		return own ? v : unknown();
	case MDESC_OPERAND_LENGTH:
		return own && length_of(l, l->m->parser.instances[o->index], &v) ? v : unknown();
	case MDESC_OPERAND_PACKET:
		return own ? packet_bits(l, o) : unknown();
	case MDESC_OPERAND_PRESENT:
		return own ? lw_const(1) : unknown();
	case MDESC_OPERAND_REGISTER:
		reg = lw_register_at(l, o->bit);
		v = (struct lw_val){ .reg = reg ? lw_raw_named(l, reg->name) : LW_NONE };
		return reg && reg->bit == o->bit && reg->bits == o->width && v.reg != LW_NONE ? v : unknown();
	default:
		return unknown();
	}
}

static const char *leaf_name(const struct lower *l, const struct mdesc_fmt_op *o)
{
	const struct mdc_layout *of = l->m->n_layouts ? l->m->layouts[0] : NULL;

	for (uint32_t i = 0; of && i < of->n_leaves; i++) {
		const struct mdc_leaf *f = &of->leaves[i];

		if (f->offset == o->bit / 8 && f->bytes == o->bytes && f->shift == o->shift && f->width == o->width &&
		    !f->is_pad)
			return f->path;
	}
	return NULL;
}

static bool add_set(struct lower *l, struct lw_need *need, const char *name, struct lw_set s, const char *what)
{
	char why[200], note[200];

	s.reg = lw_raw_named(l, name);
	if (s.reg == LW_NONE) {
		snprintf(why, sizeof(why), "sets %s '%.60s'", what, name ? name : "in part");
		snprintf(note, sizeof(note),
			 "the table's effect would have to set a register of this name, `%.60s = FIELD;`",
			 name ? name : "NAME");
		return cannot(l, why, note);
	}
	if (s.v.unknown) {
		snprintf(why, sizeof(why), "sets %s '%.60s' to what is no number, length or place that it knows", what,
			 name);
		return cannot(l, why, "numbers can be set, and what is in the header that the state extracts");
	}
	for (uint32_t i = 0; i < need->n_sets; i++) {
		struct lw_set *old = &need->sets[i];

		if (old->reg != s.reg)
			continue;
		if (s.whole) {		/* states became one: the last one counts */
			*old = s;
			return true;
		}
		if (!lw_is_const(&old->v) || !lw_is_const(&s.v)) {
			snprintf(why, sizeof(why), "sets several parts of '%.60s'", name);
			return cannot(l, why, NULL);
		}
		old->v.c = (old->v.c & (int64_t)~s.mask) | s.v.c;
		old->mask |= s.mask;
		return true;
	}
	if (need->n_sets == LW_SETS_MAX)
		return cannot(l, "sets more registers than a row can", NULL);
	l->mapped[s.reg] = true;
	need->sets[need->n_sets++] = s;
	return true;
}

/* What is stored, in a register or flag of the parser or in the metadata. */
static bool stored(struct lower *l, struct lw_need *need, const struct mdesc_fmt_op *o, struct lw_val v)
{
	const struct mdc_register *reg = o->op == MDESC_OP_STORE ? NULL : lw_register_at(l, o->bit);
	uint32_t width = o->op == MDESC_OP_RAISE ? 1 : o->width, lo;
	struct lw_set s = { .v = v, .mask = lw_ones(width), .whole = true };

	if (lw_is_const(&v))
		s.v.c &= (int64_t)lw_ones(width);
	if (o->op == MDESC_OP_STORE)
		return add_set(l, need, leaf_name(l, o), s, "the metadata's");
	if (!reg)
		return cannot(l, "sets a register", NULL);
	if (o->op == MDESC_OP_RAISE && lw_is_const(&v) && !(v.c & 1))
		return true;
	lo = o->bit - reg->bit;
	s.whole = width == reg->bits;
	s.mask <<= lo;
	if (lw_is_const(&v))
		s.v.c = (int64_t)((uint64_t)s.v.c << lo);
	else if (!s.whole || o->op == MDESC_OP_RAISE)
		s.v = unknown();
	return add_set(l, need, reg->name, s, reg->kind == MDC_FLAG ? "flag" : "register");
}

/* A place in the packet has 16 bits at most. */
static struct lw_val narrowed(struct lw_val v, uint64_t mask)
{
	return v.cursor && (mask & 0xffff) == 0xffff ? v : lw_binary(MDESC_X_AND, v, lw_const((int64_t)mask));
}

static bool operations(struct lower *l, struct lw_need *need)
{
	struct lw_val acc = unknown();

	for (uint32_t i = 0; i < l->r->f.op_count; i++) {
		const struct mdesc_fmt_op *o = &l->rows->ops[l->r->f.op_first + i];

		switch (o->op) {
		case MDESC_OP_LOAD: acc = operand(l, o); break;
		case MDESC_OP_ADD: acc = lw_binary(MDESC_X_ADD, acc, operand(l, o)); break;
		case MDESC_OP_SUB: acc = lw_binary(MDESC_X_SUB, acc, operand(l, o)); break;
		case MDESC_OP_AND: acc = narrowed(acc, o->imm); break;
		case MDESC_OP_SHL: acc = lw_binary(MDESC_X_SHL, acc, lw_const((int64_t)o->imm)); break;
		case MDESC_OP_SHR: acc = lw_binary(MDESC_X_SHR, acc, lw_const((int64_t)o->imm)); break;
		case MDESC_OP_EQ: acc = lw_binary(MDESC_X_EQ, acc, lw_const((int64_t)o->imm)); break;
		default:
			if (!stored(l, need, o, acc))
				return false;
		}
	}
	return true;
}

/* ---- what a table cannot take back ---- */

/* A row of this part of a state, or of those behind it, that takes back what the state did so far; NULL: none. */
static const struct mdc_row *taken_back(const struct lower *l, uint32_t part, bool *asked)
{
	if (asked[part])
		return NULL;
	asked[part] = true;
	for (uint32_t i = 0; i < l->rows->n_rows; i++) {
		const struct mdc_row *r = &l->rows->rows[i];
		const struct mdc_row *behind;

		if (r->f.state != part)
			continue;
		if (r->f.flags & MDESC_ROW_ABORT)
			return r;
		behind = r->f.flags & MDESC_ROW_HOLD ? taken_back(l, r->f.next.state, asked) : NULL;
		if (behind)
			return behind;
	}
	return NULL;
}

/* The row does something that is seen, and a later part of its state can fail: in the parser all of that is undone. */
static bool stays_done(struct lower *l, const struct lw_need *need)
{
	const struct mdc_row *fails;
	bool seen = need->n_sets;
	struct diag *d;

	for (uint32_t i = 0; i < l->n_stmts; i++)
		seen |= need->header != LW_NONE && l->stmts[i].op == MDESC_T_RECORD;
	if (!seen || !(l->r->f.flags & MDESC_ROW_HOLD))
		return true;
	fails = taken_back(l, l->r->f.next.state, arena_array(l->ctx->arena, bool, l->rows->n_states + 1));
	if (!fails)
		return true;
	d = diag(l->ctx, CHK_target_limit, l->rows->states[l->r->f.state].loc,
		 "state '%s' takes several rows one after the other, and table '%s' cannot take back what the first "
		 "has done where a later one fails", l->rows->states[l->r->f.state].name, l->t->name);
	diag_label(d, fails->loc, "%s", fails->f.next.code == MDESC_ERR_NO_MATCH ? "here, where nothing matches" :
		   "here, where a length is none");
	diag_note(d, "extract each header in a state of its own, or give the select a default");
	return false;
}

/* ---- all of it ---- */

bool lw_need(struct lower *l, struct lw_need *need)
{
	const struct mdc_row *r = l->r;
	const struct mdc_instance *n = r->f.header == MDESC_FMT_NONE16 ? NULL : l->m->parser.instances[r->f.header];
	int32_t here = l->ahead[r->f.state];

	memset(need, 0, sizeof(*need));
	need->cursor = lw_const(0);
	need->header = LW_NONE;
	need->stop = r->f.next.verdict != MDESC_GO || lw_bad_length(r);
	if (r->f.layout != MDESC_FMT_NONE16 && r->f.layout)
		return cannot(l, "chooses a layout", NULL);
	if ((r->f.flags & MDESC_ROW_WITHIN) || (r->f.next.flags & MDESC_NEXT_LEAVE))
		return cannot(l, "goes within a header", "options in a header need a machine that counts");
	if (r->f.next.verdict == MDESC_DROP)
		return cannot(l, "drops", "set a flag that means it, and accept");
	if (lw_bad_length(r)) {
		need->code = MDESC_ERR_BAD_LENGTH;
		return true;
	}
	if (r->f.next.verdict == MDESC_REJECT)
		need->code = r->f.next.code;
	if (r->f.flags & MDESC_ROW_ABORT)
		return true;
	if (n && !length_of(l, n, &need->cursor))
		return cannot(l, "moves by what the packet says elsewhere",
			      "`advance constant;` in the target makes rows of it, one for each length");
	if (n && n->kind == MDC_I_HEADER)
		need->header = r->f.header;
	need->cursor.c -= here;
	need->cursor.cursor = true;
	need->state = r->f.next.state;
	if (!need->stop)
		need->cursor.c += l->ahead[need->state];
	return operations(l, need) && stays_done(l, need);
}

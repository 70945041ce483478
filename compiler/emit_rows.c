/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The rows as text: takes the rows of a target, gives a listing for people that
 * is also the golden format of the lowering. Everything that runs is in it: key
 * bytes with their offsets from the cursor, value/mask in hexadecimal (-- where
 * a byte does not matter), what a row extracts, where it goes, and its writes.
 */
#include <inttypes.h>

#include "describe.h"
#include "out.h"
#include "rows.h"
#include "table.h"

struct listing {
	struct mdc_ctx *ctx;
	struct arena *arena;
	const struct mdc_model *m;
	const struct mdc_rows *rows;
	struct out *out;
	uint16_t *entered;		/* by state: the key set that it is entered with */
};

/* ---- operations ---- */

/* The rules that operations were made from: those of a state, or of what it was fused with. */
struct rules {
	const struct mdc_layout *layout;
	const struct mdc_rule *rules;
	uint32_t n;
	const struct mdc_row *row;	/* or NULL */
};

static bool stores_for(const struct mdesc_fmt_op *o, const struct mdc_rule *r, const struct mdc_leaf *leaf)
{
	uint32_t at = o->bit / 8, from = leaf->offset + (r->whole ? 0 : r->elem * leaf->stride);

	if (r->whole && leaf->kind == MDC_LEAF_BYTES)
		return at >= from && at < from + leaf->count;
	return at == from && o->bytes == leaf->bytes && o->width == leaf->width && o->shift == leaf->shift;
}

/* The field that a STORE writes, if it is by one of these rules; else NULL. */
static const char *field_of_rules(struct listing *ls, const struct rules *rs, const struct mdesc_fmt_op *o)
{
	for (uint32_t i = 0; i < rs->n; i++) {
		const struct mdc_rule *r = &rs->rules[i];
		const struct mdc_leaf *leaf = &rs->layout->leaves[r->leaf];

		if (!stores_for(o, r, leaf))
			continue;
		if (leaf->count == 1 || r->whole)
			return leaf->path;
		return arena_printf(ls->arena, "%s[%u]", leaf->path, r->elem);
	}
	return NULL;
}

static struct rules rules_of_state(const struct mdc_state *s)
{
	return (struct rules){ s->layout, s->writes, s->n_writes, NULL };
}

static bool has_arm(const struct mdc_state *s, const struct mdc_row *row)
{
	bool has = !memcmp(&s->loc, &row->loc, sizeof(s->loc));

	for (uint32_t i = 0; i < s->n_arms && !has; i++)
		has = !memcmp(&s->arms[i].loc, &row->loc, sizeof(row->loc));
	return has;
}

/* The field that a STORE writes: for that of a row, the state that its arm is of tells, or all that might be meant. */
static const char *stored_field(struct listing *ls, const struct rules *rs, const struct mdesc_fmt_op *o)
{
	const struct mdc_parser *p = &ls->m->parser;
	const char *field = field_of_rules(ls, rs, o), *any = NULL;
	bool several = false;

	for (uint32_t i = 0; !field && rs->row && i < p->n_states; i++) {
		struct rules other = rules_of_state(p->states[i]);
		const char *name = field_of_rules(ls, &other, o);

		if (name && has_arm(p->states[i], rs->row))
			field = name;
		several |= name && any && strcmp(name, any);
		any = name ? name : any;
	}
	return field ? field : any && !several ? any : "?";
}

/* Bits of the registers, which are of one: "ai", "ai[3:0]". */
static const char *register_bits(struct listing *ls, uint32_t bit, uint32_t bits)
{
	const struct mdc_parser *p = &ls->m->parser;

	for (uint32_t i = 0; i < p->n_registers; i++) {
		struct mdc_set s = { .reg = p->registers[i], .bits = (uint8_t)bits };

		if (bit < s.reg->bit || bit >= s.reg->bit + s.reg->bits)
			continue;
		s.bit = (uint8_t)(bit - s.reg->bit);
		return describe_set(ls->arena, &s);
	}
	return "?";
}

static const char *operand(struct listing *ls, const struct mdesc_fmt_op *o)
{
	static const char *const plain[] = {
		[MDESC_OPERAND_PKTLEN] = "packet.length", [MDESC_OPERAND_ERROR] = "parser.error",
		[MDESC_OPERAND_TRUNCATED] = "parser.truncated", [MDESC_OPERAND_REMAINING] = "remaining",
	};
	static const char *const call[] = {
		[MDESC_OPERAND_OFFSET] = "offset", [MDESC_OPERAND_LENGTH] = "length",
		[MDESC_OPERAND_PRESENT] = "present",
	};
	const struct mdc_parser *p = &ls->m->parser;

	switch (o->operand) {
	case MDESC_OPERAND_CONST:
		return arena_printf(ls->arena, o->imm < 10 ? "%" PRIu64 : "0x%" PRIx64, o->imm);
	case MDESC_OPERAND_SOURCE:
		return ls->m->sources[o->index]->name;
	case MDESC_OPERAND_PACKET:
		return arena_printf(ls->arena, "%s%s",
				    describe_bits(ls->arena, p->instances[o->index], o->elem, o->bit, o->width),
				    o->order == MDESC_ORDER_LE ? " le" : "");
	case MDESC_OPERAND_CLASS:
		return p->classes[o->index]->name;
	case MDESC_OPERAND_REGISTER:
		return register_bits(ls, o->bit, o->width);
	case MDESC_OPERAND_COUNT:
		return arena_printf(ls->arena, "count(%s)", p->instances[o->index]->name);
	case MDESC_OPERAND_OFFSET:
	case MDESC_OPERAND_LENGTH:
	case MDESC_OPERAND_PRESENT:
		return arena_printf(ls->arena, "%s(%s)", call[o->operand],
				    describe_whole(ls->arena, p->instances[o->index], o->elem));
	default:
		return plain[o->operand];
	}
}

/* What the accumulator holds after @o, where it held @acc; @depth counts the operations. */
static const char *computed(struct listing *ls, const struct mdesc_fmt_op *o, const char *acc, int depth)
{
	static const char *const sign[] = {
		[MDESC_OP_ADD] = "+", [MDESC_OP_SUB] = "-", [MDESC_OP_AND] = "&", [MDESC_OP_SHL] = "<<",
		[MDESC_OP_SHR] = ">>", [MDESC_OP_EQ] = "==",
	};
	const char *right;

	if (o->op == MDESC_OP_LOAD)
		return operand(ls, o);
	if (o->op == MDESC_OP_ADD || o->op == MDESC_OP_SUB)
		right = operand(ls, o);
	else
		right = arena_printf(ls->arena, o->imm < 10 || o->op == MDESC_OP_SHL || o->op == MDESC_OP_SHR ?
				     "%" PRIu64 : "0x%" PRIx64, o->imm);
	return arena_printf(ls->arena, depth > 1 ? "(%s) %s %s" : "%s %s %s", acc, sign[o->op], right);
}

static void put_store(struct listing *ls, const struct rules *rs, const struct mdesc_fmt_op *o,
		      const char *value)
{
	bool be = o->order == MDESC_ORDER_BE || o->order == MDESC_ORDER_RAW;

	out_printf(ls->out, "\t\t@%u %s%u", o->bit / 8, o->bytes == 1 ? "u" : be ? "be" : "le", o->bytes * 8);
	if (o->shift || o->width != o->bytes * 8)
		out_printf(ls->out, "[%u:%u]", o->shift + o->width - 1, o->shift);
	out_printf(ls->out, " %s = %s\n", stored_field(ls, rs, o), value);
}

static void put_ops(struct listing *ls, const struct rules *rs, uint32_t first, uint32_t count)
{
	const char *acc = "";
	int depth = 0;

	if (!count)
		return;
	out_printf(ls->out, "\twrites of ops %u..%u\n", first, first + count - 1);
	for (uint32_t i = first; i < first + count; i++) {
		const struct mdesc_fmt_op *o = &ls->rows->ops[i];

		depth = o->op == MDESC_OP_LOAD ? 0 : depth + 1;
		if (o->op == MDESC_OP_STORE)
			put_store(ls, rs, o, acc);
		else if (o->op == MDESC_OP_SET)
			out_printf(ls->out, "\t\t%s = %s\n", register_bits(ls, o->bit, o->width), acc);
		else if (o->op == MDESC_OP_KEY)
			out_printf(ls->out, "\t\tkey[%u:%u] = %s\n", o->bit + o->width - 1, o->bit, acc);
		else if (o->op == MDESC_OP_RAISE)
			out_printf(ls->out, "\t\t%s |= %s\n", register_bits(ls, o->bit, 1), acc);
		else
			acc = computed(ls, o, acc, depth);
	}
}

/* ---- rows ---- */

/* "ai:0", the lowest byte of ai; "tunnel,ipsec", flags that share a byte, the lowest first. */
static const char *register_byte(struct arena *a, const struct mdc_parser *p, uint32_t byte)
{
	const char *text = "";

	for (uint32_t i = 0; i < p->n_registers; i++) {
		const struct mdc_register *reg = p->registers[i];

		if (reg->bit / 8 > byte || (reg->bit + reg->bits - 1) / 8 < byte)
			continue;
		text = arena_printf(a, "%s%s%s", text, *text ? "," : "", reg->name);
		if (reg->kind != MDC_FLAG)
			text = arena_printf(a, "%s:%u", text, byte - reg->bit / 8);
	}
	return text;
}

const char *mdc_key_text(struct arena *a, const struct mdc_model *m, const struct mdesc_fmt_keys *k, uint32_t i)
{
	switch (k->kind[i]) {
	case MDESC_SLOT_REMAINING:
		return arena_printf(a, "remaining%+d", k->off[i]);
	case MDESC_SLOT_HEADER:
		return arena_printf(a, "%s%+d", describe_elem(a, m->parser.instances[k->index[i]], k->elem[i]),
				    k->off[i]);
	case MDESC_SLOT_REGISTER:
		return register_byte(a, &m->parser, (uint32_t)k->off[i]);
	case MDESC_SLOT_SOURCE:
		return arena_printf(a, "%s:%d", m->sources[k->index[i]]->name, k->off[i]);
	default:
		return arena_printf(a, "%+d", k->off[i]);
	}
}

static void put_offsets(struct listing *ls, uint16_t keys)
{
	const struct mdesc_fmt_keys *k = &ls->rows->keys[keys];

	for (uint32_t i = 0; i < k->count; i++)
		out_printf(ls->out, " %s", mdc_key_text(ls->arena, ls->m, k, i));
}

static void put_next(struct listing *ls, const struct mdesc_fmt_next *n)
{
	if (n->flags & MDESC_NEXT_LEAVE)
		out_puts(ls->out, "leave ");
	switch (n->verdict) {
	case MDESC_GO:
		out_puts(ls->out, ls->rows->states[n->state].name);
		if (n->keys != ls->entered[n->state]) {
			out_puts(ls->out, " with key");
			put_offsets(ls, n->keys);
		}
		break;
	case MDESC_ACCEPT:
		out_puts(ls->out, "accept");
		break;
	case MDESC_DROP:
		out_puts(ls->out, "drop");
		break;
	default:
		out_printf(ls->out, "reject %s", describe_code(ls->arena, &ls->m->parser, n->code));
		break;
	}
}

static void put_state(struct listing *ls, uint32_t first_row)
{
	uint32_t idx = ls->rows->rows[first_row].f.state;
	const struct mdc_row_state *s = &ls->rows->states[idx];
	uint16_t keys = ls->entered[idx];
	const char *fields;

	out_printf(ls->out, "\nstate %u %s%s", idx, s->name, s->f.flags & MDESC_STATE_PART ? " part" : "");
	if (s->f.stage)
		out_printf(ls->out, " stage %u", s->f.stage);
	if (s->f.max) {
		if (s->f.counter)
			out_printf(ls->out, " counts %s", ls->m->parser.registers[s->f.counter - 1]->name);
		out_printf(ls->out, " max %u else ", s->f.max);
		put_next(ls, &s->f.otherwise);
	}
	out_puts(ls->out, "\n");
	if (keys == MDESC_FMT_NONE16 || !ls->rows->keys[keys].count)
		return;
	out_puts(ls->out, "\tkey");
	put_offsets(ls, keys);
	fields = mdc_key_fields(ls->arena, ls->rows, first_row, &ls->rows->keys[keys]);
	if (*fields)
		out_printf(ls->out, " (%s)", fields);
	if (s->f.key_need != (1u << ls->rows->keys[keys].count) - 1)
		out_printf(ls->out, " need 0x%x", s->f.key_need);
	out_puts(ls->out, "\n");
}

static void put_row(struct listing *ls, uint32_t idx)
{
	const struct mdesc_fmt_row *r = &ls->rows->rows[idx].f;
	uint16_t keys = ls->entered[r->state];

	out_printf(ls->out, "\t%u:%s", idx, r->flags & MDESC_ROW_DEFAULT ? " default" : "");
	if (r->state_mask != 0xffff)
		out_printf(ls->out, " state &&& 0x%x", r->state_mask);
	for (uint32_t i = 0; !(r->flags & MDESC_ROW_DEFAULT) && keys != MDESC_FMT_NONE16 &&
			     i < ls->rows->keys[keys].count; i++) {
		if (!r->key_mask[i])
			out_puts(ls->out, " --");
		else if (r->key_mask[i] == 0xff)
			out_printf(ls->out, " %02x", r->key_value[i]);
		else
			out_printf(ls->out, " %02x/%02x", r->key_value[i], r->key_mask[i]);
	}
	if (r->header != MDESC_FMT_NONE16)
		out_printf(ls->out, " %s", describe_move(ls->arena, ls->m->parser.instances[r->header]));
	if (r->flags & MDESC_ROW_LENGTH)
		out_printf(ls->out, r->length == MDESC_FMT_NONE16 ? " of no length" : " of %u", r->length);
	if (r->op_count)
		out_printf(ls->out, " ops %u..%u", r->op_first, r->op_first + r->op_count - 1);
	if (r->layout != MDESC_FMT_NONE16)
		out_printf(ls->out, " layout %s", ls->m->layouts[r->layout]->name);
	out_puts(ls->out, r->flags & MDESC_ROW_HOLD ? " hold -> " :
		 r->flags & MDESC_ROW_ABORT ? " abort -> " : " -> ");
	if (r->flags & MDESC_ROW_WITHIN)
		out_printf(ls->out, "within %s ",
			   describe_elem(ls->arena, ls->m->parser.instances[r->within], r->within_elem));
	put_next(ls, &r->next);
	out_puts(ls->out, "\n");
}

static struct rules rules_of(const struct listing *ls, uint32_t row)
{
	const struct mdc_row_state *rs = &ls->rows->states[ls->rows->rows[row].f.state];
	struct rules r = rules_of_state(ls->m->parser.states[rs->state]);

	r.row = &ls->rows->rows[row];
	return r;
}

static void put_rows(struct listing *ls)
{
	const struct mdc_row *rows = ls->rows->rows;

	for (uint32_t i = 0, n; i < ls->rows->n_rows; i += n) {
		uint32_t shown = UINT32_MAX;

		put_state(ls, i);
		for (n = 0; i + n < ls->rows->n_rows && rows[i + n].f.state == rows[i].f.state; n++)
			put_row(ls, i + n);
		for (uint32_t j = i; j < i + n; j++) {
			struct rules rs = rules_of(ls, j);

			if (!rows[j].f.op_count || rows[j].f.op_first == shown)
				continue;
			shown = rows[j].f.op_first;
			put_ops(ls, &rs, shown, rows[j].f.op_count);
		}
	}
}

/* ---- the summary ---- */

static void enter(struct listing *ls, const struct mdesc_fmt_next *n)
{
	if (n->verdict == MDESC_GO && ls->entered[n->state] == MDESC_FMT_NONE16)
		ls->entered[n->state] = n->keys;
}

static void find_entered(struct listing *ls)
{
	const struct mdc_rows *r = ls->rows;

	ls->entered = arena_array(ls->arena, uint16_t, r->n_states + 1);
	for (uint32_t i = 0; i < r->n_states; i++)
		ls->entered[i] = MDESC_FMT_NONE16;
	enter(ls, &r->start);
	for (uint32_t i = 0; i < r->n_rows; i++)
		enter(ls, &r->rows[i].f.next);
	for (uint32_t i = 0; i < r->n_states; i++)
		enter(ls, &r->states[i].f.otherwise);
}

static uint32_t most_writes(const struct mdc_rows *r)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < r->n_rows; i++) {
		uint32_t n = 0;

		for (uint32_t j = 0; j < r->rows[i].f.op_count; j++)
			n += r->ops[r->rows[i].f.op_first + j].op >= MDESC_OP_STORE;
		most = n > most ? n : most;
	}
	return most;
}

static void put_summary(struct listing *ls)
{
	const struct mdc_target *t = &ls->m->target;
	const struct mdc_rows *r = ls->rows;
	uint32_t key_bytes = 0, defaults = 0;

	for (uint32_t i = 0; i < r->n_rows; i++)
		defaults += mdc_row_is_default(&r->rows[i]);
	for (uint32_t i = 0; i < r->n_keys; i++)
		key_bytes = r->keys[i].count > key_bytes ? r->keys[i].count : key_bytes;
	if (ls->m->parser.name)
		out_printf(ls->out, "parser %s for target %s\n", ls->m->parser.name, t->name);
	else
		out_printf(ls->out, "no parser; target %s\n", t->name);
	out_printf(ls->out, "rows %u of %u\n", r->n_rows - defaults, t->rows);
	if (t->defaults)
		out_printf(ls->out, "defaults %u\n", defaults);
	out_printf(ls->out, "states %u of %u\nkey bytes %u of %u\nwrites a row %u of %u\n", r->n_states, t->states,
		   key_bytes, t->key_bytes, most_writes(r), t->writes);
	out_printf(ls->out, "key sets %u, operations %u\n", r->n_keys, r->n_ops);
	out_puts(ls->out, "start -> ");
	put_next(ls, &r->start);
	out_puts(ls->out, "\n");
}

static void put_class(struct listing *ls, uint32_t idx)
{
	const struct mdc_class *c = ls->m->parser.classes[idx];
	const struct mdc_class_table *t = &ls->rows->classes[idx];
	struct rules none = { 0 };

	out_printf(ls->out, "\nclassify %s, key of %u bits\n", c->name, t->key_bits);
	for (uint32_t i = t->row_first; i < t->row_first + t->row_count; i++) {
		const struct mdesc_fmt_class_row *r = &ls->rows->class_lines[i].f;

		out_printf(ls->out, "\t%u:", i);
		for (uint32_t k = 0; k < (t->key_bits + 7) / 8; k++)
			out_printf(ls->out, r->mask[k] ? " %02x/%02x" : " --", r->value[k], r->mask[k]);
		out_printf(ls->out, " -> %s\n", describe_class_value(ls->arena, c, r->result));
	}
	out_printf(ls->out, "\telse -> %s\n", describe_class_value(ls->arena, c, c->otherwise));
	put_ops(ls, &none, t->op_first, t->op_count);
}

int mdc_emit_rows(struct mdc_ctx *ctx, const struct mdc_model *model, const struct mdc_rows *rows,
		  struct out *out)
{
	struct listing ls = { .ctx = ctx, .arena = ctx->arena, .m = model, .rows = rows, .out = out };

	find_entered(&ls);
	put_summary(&ls);
	put_rows(&ls);
	for (uint32_t i = 0; i < model->parser.n_classes; i++)
		put_class(&ls, i);
	for (uint32_t i = 0; i < model->n_metadata; i++) {
		const struct mdc_layout *l = model->layouts[i];
		struct rules rs = { l, l->rules, l->n_rules, NULL };

		out_printf(out, "\nlayout %s\n", l->name);
		put_ops(&ls, &rs, rows->layout_op_first[i], rows->layout_op_count[i]);
	}
	mdc_table_listing(ctx, model, out);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What an image runs, in a form in which equal texts mean equal behaviour: takes a
 * checked image, writes its states as they are reached from the start, numbered in
 * that order, each with its rows; operations stand where they are used, and say
 * which fields they write and not at which byte. So neither names of states, nor the
 * order of tables, nor where fields lie makes a difference; nor names of headers that
 * the other image has not. Rows that no packet can meet both at once may stand in any
 * order: they are sorted.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"

#define BUDGET		(1u << 24)	/* rows and fields looked at: above any device's */
#define SORTED_ROWS	1024u		/* rows of a state that are put in order */

struct config {
	uint16_t state, keys;
};

struct canon {
	const struct mdesc_image *img, *other;
	FILE *out;
	struct config *v;	/* in the order of being reached */
	uint32_t n, cap;
	uint32_t *number;	/* by state: 1 + index in @v of its first, chained by @chain */
	uint32_t *chain;
	uint16_t *headers;	/* in the order of being named */
	uint32_t header_n;
	uint16_t *header_number;	/* by header: 1 + index in @headers */
	uint64_t *layouts;	/* by state: as in struct where */
	uint64_t budget;
	bool failed;
};

static bool spend(struct canon *c, uint64_t n)
{
	if (n > c->budget)
		c->failed = true;
	else
		c->budget -= n;
	return !c->failed;
}

/* Where operations stand: what a store can write to. */
struct where {
	bool rules;
	uint32_t layout;	/* RULES: of that layout */
	uint64_t layouts;	/* else: that may be in force, those from the 64th on by the last bit */
};

static uint64_t as_set(uint32_t layout)
{
	return 1ull << (layout < 63 ? layout : 63);
}

static bool may_be(uint64_t layouts, uint32_t layout)
{
	return layouts & as_set(layout);
}

/* ---- names ---- */

static unsigned int header(struct canon *c, uint16_t idx)
{
	if (idx >= image_count(c->img, TABLE_HEADERS))
		return 0;
	if (!c->header_number[idx]) {
		c->headers[c->header_n] = idx;
		c->header_number[idx] = (uint16_t)++c->header_n;
	}
	return c->header_number[idx];
}

static const char *source(const struct canon *c, uint32_t idx)
{
	return idx < image_count(c->img, TABLE_SOURCES) ? image_str(c->img, image_source_table(c->img)[idx].name) : "";
}

static bool grow(struct canon *c)
{
	uint32_t cap = c->cap ? 2 * c->cap : 64;
	struct config *v;
	uint32_t *chain;

	if (c->n < c->cap)
		return true;
	v = realloc(c->v, cap * sizeof(*v));
	if (v)
		c->v = v;
	chain = realloc(c->chain, cap * sizeof(*chain));
	if (chain)
		c->chain = chain;
	if (!v || !chain)
		return false;
	c->cap = cap;
	return true;
}

/* A state with the keys that it is entered with. */
static uint32_t config(struct canon *c, uint16_t state, uint16_t keys)
{
	uint32_t i;

	for (i = c->number[state]; i; i = c->chain[i - 1]) {
		if (c->v[i - 1].keys == keys)
			return i - 1;
		if (!spend(c, 1))
			return 0;
	}
	if (!grow(c)) {
		c->failed = true;
		return 0;
	}
	c->v[c->n] = (struct config){ state, keys };
	c->chain[c->n] = c->number[state];
	c->number[state] = ++c->n;
	return c->n - 1;
}

/* ---- pieces ---- */

static void put_next(struct canon *c, const struct mdesc_fmt_next *next)
{
	fprintf(c->out, " ->%s %u", next->flags & MDESC_NEXT_LEAVE ? " leave" : "", next->verdict);
	if (next->verdict == MDESC_GO)
		fprintf(c->out, " S%u", config(c, next->state, next->keys));
	else if (next->verdict == MDESC_REJECT)
		fprintf(c->out, " %u", next->code);
}

static void put_operand(struct canon *c, const struct mdesc_fmt_op *o)
{
	switch (o->operand) {
	case MDESC_OPERAND_NONE:
		break;
	case MDESC_OPERAND_SOURCE:
		fprintf(c->out, " %s", source(c, o->index));
		break;
	case MDESC_OPERAND_PACKET:
		fprintf(c->out, " H%u[%u] %u+%u %u", header(c, o->index), o->elem, o->bit, o->width,
			o->order == MDESC_ORDER_LE);
		break;
	case MDESC_OPERAND_OFFSET:
	case MDESC_OPERAND_LENGTH:
	case MDESC_OPERAND_PRESENT:
	case MDESC_OPERAND_COUNT:
		fprintf(c->out, " %u H%u[%u]", o->operand, header(c, o->index), o->elem);
		break;
	default:
		fprintf(c->out, " %u %u %u+%u", o->operand, o->index, o->bit, o->width);
	}
}

/* Whether a field has one of the stored bits: those of the same container are compared bit by bit. */
static bool holds_some(const struct mdesc_fmt_field *f, const struct mdesc_fmt_op *o)
{
	uint32_t first = o->bit / 8;
	uint64_t end = f->offset + (uint64_t)(f->count - 1) * f->stride + f->bytes;

	if (first + o->bytes <= f->offset || first >= end)
		return false;
	return f->count > 1 || first != f->offset || o->bytes != f->bytes || (o->shift < f->shift + f->width &&
									       f->shift < o->shift + o->width);
}

/* The fields that hold the stored bits, and how: so they say which bits of which field are written. */
static void put_fields(struct canon *c, const struct mdesc_fmt_layout *l, const struct mdesc_fmt_op *o)
{
	uint32_t i;

	if (!spend(c, l->field_count))
		return;
	for (i = 0; i < l->field_count; i++) {
		const struct mdesc_fmt_field *f = &image_field_table(c->img)[l->field_first + i];

		if (!holds_some(f, o))
			continue;
		fprintf(c->out, " %s.%s%+d", image_str(c->img, l->name), image_str(c->img, f->path),
			(int)(o->bit / 8) - (int)f->offset);
		if (f->width != 8u * f->bytes || f->bytes != o->bytes)
			fprintf(c->out, "/%u:%u+%u,%u", f->bytes, f->shift, f->width, f->order);
	}
}

static bool is_id(const struct mdesc_fmt_op *o, const struct mdesc_fmt_layout *l)
{
	return o->op == MDESC_OP_LOAD && o->operand == MDESC_OPERAND_CONST && o[1].op == MDESC_OP_STORE &&
	       l->id_field != MDESC_FMT_NONE32 && o->imm == l->id && o[1].bit / 8 == l->size - 4 && o[1].width == 32;
}

static void put_store(struct canon *c, const struct mdesc_fmt_op *o, const struct where *w)
{
	bool be = o->order == MDESC_ORDER_BE || o->order == MDESC_ORDER_RAW;
	uint32_t n = image_count(c->img, TABLE_LAYOUTS), i;

	fprintf(c->out, " %u+%u %u %u:", o->width, o->bytes, o->shift, be && o->bytes > 1);
	for (i = 0; i < n; i++) {
		const struct mdesc_fmt_layout *l = &image_layout_table(c->img)[i];

		if (l->kind != MDESC_LAYOUT_METADATA)
			break;		/* these come first */
		if (w->rules ? i != w->layout : !may_be(w->layouts, i))
			continue;
		fprintf(c->out, " %s:", image_str(c->img, l->name));
		put_fields(c, l, o);
	}
}

static void put_op(struct canon *c, const struct mdesc_fmt_op *o, const struct where *w)
{
	fprintf(c->out, "\n\t\t%u", o->op);
	if (o->op == MDESC_OP_STORE)
		put_store(c, o, w);
	else if (o->op == MDESC_OP_SET || o->op == MDESC_OP_RAISE || o->op == MDESC_OP_KEY)
		fprintf(c->out, " %u+%u", o->bit, o->width);
	else
		put_operand(c, o);
	if (o->imm)
		fprintf(c->out, " 0x%" PRIx64, o->imm);
}

/* Whether no two operations write the same bits: then it does not matter which is first. */
static bool disjoint(const struct mdesc_fmt_op *o, uint32_t count)
{
	uint8_t meta[MDESC_FMT_META_MAX + 16] = { 0 };
	uint64_t regs[MDESC_FMT_REGS_MAX / 8 + 1] = { 0 };
	uint32_t i, k;

	for (i = 0; i < count; i++) {
		for (k = 0; o[i].op == MDESC_OP_STORE && k < o[i].bytes; k++) {
			uint32_t at = o[i].bit / 8 + k;

			/* of a container in parts all that is behind the first is taken to be the same */
			if (at >= sizeof(meta) || meta[at] == 2 || (meta[at] && o[i].width == 8u * o[i].bytes))
				return false;
			meta[at] = o[i].width == 8u * o[i].bytes ? 2 : 1;
		}
		if (o[i].op == MDESC_OP_KEY)
			return false;
		for (k = 0; (o[i].op == MDESC_OP_SET || o[i].op == MDESC_OP_RAISE) && k < (o[i].width ? o[i].width : 1);
		     k++) {
			uint32_t bit = o[i].bit + k;

			if (bit >= 8 * MDESC_FMT_REGS_MAX || regs[bit / 64] >> bit % 64 & 1)
				return false;
			regs[bit / 64] |= 1ull << bit % 64;
		}
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* From a load up to the next: as a text of its own. */
static const struct mdesc_fmt_op *put_group(struct canon *c, const struct mdesc_fmt_op *o,
					    const struct mdesc_fmt_op *end, const struct where *w)
{
	bool first = true;

	if (w->rules && o + 1 < end && is_id(o, &image_layout_table(c->img)[w->layout])) {
		fputs("\n\t\tid", c->out);
		return o + 2;
	}
	for (; o < end && !c->failed && (first || o->op != MDESC_OP_LOAD); o++, first = false)
		put_op(c, o, w);
	return o;
}

static void put_groups(struct canon *c, const struct mdesc_fmt_op *o, const struct mdesc_fmt_op *end,
		       const struct where *w)
{
	char **groups = calloc((size_t)(end - o) + 1, sizeof(*groups));
	FILE *out = c->out;
	size_t n = 0, size, i;

	while (groups && o < end && !c->failed) {
		c->out = open_memstream(&groups[n], &size);
		if (!c->out)
			break;
		o = put_group(c, o, end, w);
		if (fclose(c->out) || !groups[n])
			c->failed = true;
		else
			n++;
	}
	c->out = out;
	if (!groups || o < end)
		c->failed = true;
	else
		qsort(groups, n, sizeof(*groups), by_text);
	for (i = 0; i < n; i++) {
		fputs(groups[i], c->out);
		free(groups[i]);
	}
	free(groups);
}

static void put_ops(struct canon *c, uint32_t first, uint32_t count, const struct where *w)
{
	const struct mdesc_fmt_op *o = image_ops(c->img) + first, *end = o + count;

	if (!count || !spend(c, 16ull * count))
		return;
	/* what is loaded was extracted before, so that headers have their numbers already */
	if (disjoint(o, count))
		put_groups(c, o, end, w);
	else
		while (o < end && !c->failed)
			o = put_group(c, o, end, w);
}

/* ---- rows ---- */

static void put_slot(struct canon *c, const struct mdesc_fmt_keys *k, unsigned int i)
{
	if (k->kind[i] == MDESC_SLOT_HEADER)
		fprintf(c->out, " H%u[%u]%+d", header(c, k->index[i]), k->elem[i], k->off[i]);
	else if (k->kind[i] == MDESC_SLOT_SOURCE)
		fprintf(c->out, " %s%+d", source(c, k->index[i]), k->off[i]);
	else
		fprintf(c->out, " %u%+d", k->kind[i], k->off[i]);
}

/* What a row asks for, by what it looks at: the order of key bytes does not matter. */
static void put_match(struct canon *c, const struct mdesc_fmt_row *r, const struct mdesc_fmt_keys *k)
{
	bool done[MDESC_FMT_KEY_MAX] = { false };
	unsigned int round, i;

	for (round = 0; round < k->count; round++) {
		unsigned int best = MDESC_FMT_KEY_MAX;

		for (i = 0; i < k->count; i++)
			if (!done[i] && (best == MDESC_FMT_KEY_MAX || k->kind[i] < k->kind[best] ||
					 (k->kind[i] == k->kind[best] && k->off[i] < k->off[best])))
				best = i;
		done[best] = true;
		if (!r->key_mask[best])
			continue;
		put_slot(c, k, best);
		fprintf(c->out, "=%02x/%02x", r->key_value[best], r->key_mask[best]);
	}
}

static void put_row(struct canon *c, const struct mdesc_fmt_row *r, const struct mdesc_fmt_keys *k, uint16_t state)
{
	struct where w = { .layouts = r->layout != MDESC_FMT_NONE16 ? as_set(r->layout) : c->layouts[state] };

	fputs("\n\t", c->out);
	put_match(c, r, k);
	if (r->header != MDESC_FMT_NONE16)
		fprintf(c->out, " extract H%u", header(c, r->header));
	if (r->layout != MDESC_FMT_NONE16)
		fprintf(c->out, " layout %s", image_str(c->img, image_layout_table(c->img)[r->layout].name));
	fprintf(c->out, " flags %x", r->flags & ~MDESC_ROW_DEFAULT);
	if (r->flags & MDESC_ROW_LENGTH)
		fprintf(c->out, " length %u", r->length);
	if (r->flags & MDESC_ROW_WITHIN)
		fprintf(c->out, " within H%u[%u]", header(c, r->within), r->within_elem);
	put_next(c, &r->next);
	put_ops(c, r->op_first, r->op_count, &w);
}

static bool overlap(const struct mdesc_fmt_row *a, const struct mdesc_fmt_row *b)
{
	unsigned int i;

	for (i = 0; i < MDESC_FMT_KEY_MAX; i++)
		if ((a->key_value[i] ^ b->key_value[i]) & a->key_mask[i] & b->key_mask[i])
			return false;
	return true;
}

static int by_match(const struct mdesc_fmt_row *a, const struct mdesc_fmt_row *b)
{
	int cmp = memcmp(a->key_mask, b->key_mask, sizeof(a->key_mask));

	return cmp ? cmp : memcmp(a->key_value, b->key_value, sizeof(a->key_value));
}

/* Each time the smallest row that no row before it, which is not yet out, overlaps. */
static void sort_rows(struct canon *c, const struct mdesc_fmt_row **rows, uint32_t n)
{
	uint32_t i, k, best;

	if (n > SORTED_ROWS || !spend(c, (uint64_t)n * n))
		return;
	for (i = 0; i + 1 < n; i++) {
		const struct mdesc_fmt_row *row;

		best = i;
		for (k = i + 1; k < n; k++) {
			uint32_t before;

			if (by_match(rows[k], rows[best]) >= 0)
				continue;
			for (before = i; before < k && !overlap(rows[before], rows[k]); before++)
				;
			if (before == k)
				best = k;
		}
		row = rows[best];
		memmove(&rows[i + 1], &rows[i], (best - i) * sizeof(*rows));
		rows[i] = row;
	}
}

static void put_state(struct canon *c, uint32_t idx)
{
	const struct mdesc_fmt_state *s = &image_states(c->img)[c->v[idx].state];
	const struct mdesc_fmt_keys *k = &image_keys(c->img)[c->v[idx].keys];
	uint32_t total = image_count(c->img, TABLE_ROWS), n = 0, first, i;
	const struct mdesc_fmt_row **rows;

	/* entries are counted by state, whatever the keys */
	for (first = idx; c->chain[first]; first = c->chain[first] - 1)
		;
	fprintf(c->out, "\nS%u of S%u part %u", idx, first, s->flags & (MDESC_STATE_PART | MDESC_STATE_PASS));
	for (i = 0; i < k->count; i++)
		if (s->key_need >> i & 1)
			put_slot(c, k, i);
	if (s->max) {
		fprintf(c->out, " max %u", s->max);
		if (s->counter)
			fprintf(c->out, " in %u", image_registers(c->img)[s->counter - 1].bit);
		put_next(c, &s->otherwise);
	}
	rows = spend(c, total) ? malloc((total + 1) * sizeof(*rows)) : NULL;
	if (!rows) {
		c->failed = true;
		return;
	}
	for (i = 0; i < total; i++) {
		const struct mdesc_fmt_row *r = &image_rows(c->img)[i];

		if (!((c->v[idx].state ^ r->state) & r->state_mask))
			rows[n++] = r;
	}
	sort_rows(c, rows, n);
	for (i = 0; i < n && !c->failed; i++)
		put_row(c, rows[i], k, c->v[idx].state);
	free(rows);
}

/* ---- all of it ---- */

/* A name by which packets are told to have the header, in both images. */
static const char *shared_name(const struct canon *c, const struct mdesc_fmt_header *h)
{
	const char *name = image_str(c->img, h->name);
	uint32_t i;

	if (h->kind != MDESC_KIND_HEADER && h->kind != MDESC_KIND_MARK)
		return "";
	for (i = 0; i < image_count(c->other, TABLE_HEADERS); i++)
		if (!strcmp(image_str(c->other, image_headers(c->other)[i].name), name))
			return name;
	return "";
}

static void put_headers(struct canon *c)
{
	uint32_t i;

	for (i = 0; i < c->header_n; i++) {
		const struct mdesc_fmt_header *h = &image_headers(c->img)[c->headers[i]];
		bool of = h->kind == MDESC_KIND_PART || (h->kind == MDESC_KIND_ADVANCE && h->flags & MDESC_HEADER_VAR);

		fprintf(c->out, "\nH%u %u %u %u..%u [%u]", i + 1, h->kind, h->fixed, h->min, h->max, h->capacity);
		if (spend(c, image_count(c->other, TABLE_HEADERS)))
			fprintf(c->out, " %s", shared_name(c, h));
		if (h->flags & MDESC_HEADER_VAR)
			fprintf(c->out, " %u+%u %d &%x %d", h->len_off, h->len_bytes, h->len_shift, h->len_mask,
				h->len_const);
		if (of || h->kind == MDESC_KIND_MARK)
			fprintf(c->out, " of H%u[%u] ahead %u", header(c, h->of), h->of_elem, h->ahead);
	}
}

static void put_classes(struct canon *c)
{
	struct where w = { .layouts = 0 };
	uint32_t i, k;

	for (i = 0; i < image_count(c->img, TABLE_CLASSES); i++) {
		const struct mdesc_fmt_class *f = &image_classes(c->img)[i];

		fprintf(c->out, "\nC%u %u %u else %" PRIu64, i, f->key_bits, f->bits, f->otherwise);
		put_ops(c, f->op_first, f->op_count, &w);
		for (k = 0; k < f->row_count; k++) {
			const struct mdesc_fmt_class_row *r = &image_class_rows(c->img)[f->row_first + k];
			unsigned int b;

			fputs("\n\t", c->out);
			for (b = 0; b < MDESC_FMT_KEY_MAX; b++)
				fprintf(c->out, "%02x%02x", r->value[b], r->mask[b]);
			fprintf(c->out, " %" PRIu64, r->result);
		}
	}
}

static void put_rules(struct canon *c)
{
	uint32_t i;

	for (i = 0; i < image_count(c->img, TABLE_LAYOUTS); i++) {
		const struct mdesc_fmt_layout *l = &image_layout_table(c->img)[i];
		struct where w = { .rules = true, .layout = i };

		if (l->kind != MDESC_LAYOUT_METADATA)
			break;
		fprintf(c->out, "\nlayout %s", image_str(c->img, l->name));
		put_ops(c, l->op_first, l->op_count, &w);
	}
}

/* Which layouts can be in force in which state: what rows choose goes along with where they go. */
static void find_layouts(struct canon *c)
{
	uint32_t states = image_count(c->img, TABLE_STATES), rows = image_count(c->img, TABLE_ROWS), s, i;
	bool more = true;

	if (states)
		c->layouts[0] = as_set(0);
	while (more && spend(c, (uint64_t)states * (rows + 1))) {
		more = false;
		for (i = 0; i < rows; i++) {
			const struct mdesc_fmt_row *r = &image_rows(c->img)[i];

			for (s = 0; s < states; s++) {
				uint64_t after = r->layout != MDESC_FMT_NONE16 ? as_set(r->layout) : c->layouts[s];

				if (((s ^ r->state) & r->state_mask) || !c->layouts[s] ||
				    r->next.verdict != MDESC_GO || !(after & ~c->layouts[r->next.state]))
					continue;
				c->layouts[r->next.state] |= after;
				more = true;
			}
		}
		for (s = 0; s < states; s++) {
			const struct mdesc_fmt_next *next = &image_states(c->img)[s].otherwise;

			if (!image_states(c->img)[s].max || next->verdict != MDESC_GO ||
			    !(c->layouts[s] & ~c->layouts[next->state]))
				continue;
			c->layouts[next->state] |= c->layouts[s];
			more = true;
		}
	}
}

static void put_all(struct canon *c)
{
	const struct mdesc_fmt_target *t = image_target(c->img);
	uint32_t i;

	find_layouts(c);
	if (t) {
		fprintf(c->out, "steps %u", t->steps);
		put_next(c, &t->start);
	}
	for (i = 0; i < c->n && !c->failed; i++)
		put_state(c, i);
	put_classes(c);
	put_rules(c);
	put_headers(c);
}

char *tables_canonical(const struct mdesc_image *img, const struct mdesc_image *other, size_t *size)
{
	struct canon c = { .img = img, .other = other, .budget = BUDGET };
	char *text = NULL;

	c.number = calloc((size_t)image_count(img, TABLE_STATES) + 1, sizeof(*c.number));
	c.headers = calloc((size_t)image_count(img, TABLE_HEADERS) + 1, sizeof(*c.headers));
	c.layouts = calloc((size_t)image_count(img, TABLE_STATES) + 1, sizeof(*c.layouts));
	c.header_number = calloc((size_t)image_count(img, TABLE_HEADERS) + 1, sizeof(*c.header_number));
	c.out = open_memstream(&text, size);
	if (c.out && c.number && c.headers && c.header_number && c.layouts && !image_cannot_run(img))
		put_all(&c);
	else
		c.failed = true;
	if (c.out && fclose(c.out))
		c.failed = true;
	free(c.number);
	free(c.headers);
	free(c.header_number);
	free(c.layouts);
	free(c.v);
	free(c.chain);
	if (!c.failed)
		return text;
	free(text);
	return NULL;
}

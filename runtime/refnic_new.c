/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Making a refnic: decode an image's tables.
 *
 * Takes an open image, whose tables were checked; gives the form of refnic.h.
 * Means exactly the same: nothing is left out but what cannot be seen.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "refnic.h"

/* ---- operations ---- */

static uint64_t low_bits(unsigned int bits)
{
	return bits < 64 ? (1ull << bits) - 1 : ~0ull;
}

/* The bits of a store, as a mask over its container's bytes in memory. */
static void store_mask(const struct mdesc_fmt_op *op, uint8_t *mask)
{
	unsigned int i, bit;

	memset(mask, 0, 9);
	for (i = 0; i < op->width; i++) {
		bit = op->shift + i;
		mask[op->order >= MDESC_ORDER_BE ? op->bytes - 1 - bit / 8 : bit / 8] |=
			1u << (bit % 8);
	}
}

/* Bits of the metadata that some operations can write. */
static void add_stores(const struct mdesc_image *img, uint32_t first, uint32_t count, uint8_t *bits)
{
	uint8_t mask[9];
	uint32_t i, b;

	for (i = first; i < first + count; i++) {
		const struct mdesc_fmt_op *op = &image_ops(img)[i];

		if (op->op != MDESC_OP_STORE)
			continue;
		store_mask(op, mask);
		for (b = 0; b < op->bytes; b++)
			bits[op->bit / 8 + b] |= mask[b];
	}
}

static bool store_meets(const struct mdesc_fmt_op *op, const uint8_t *bits)
{
	uint8_t mask[9];
	uint32_t b;

	store_mask(op, mask);
	for (b = 0; b < op->bytes; b++)
		if (bits[op->bit / 8 + b] & mask[b])
			return true;
	return false;
}

static void decode_operand(const struct mdesc_image *img, const struct mdesc_fmt_op *op,
			   struct nic_op *out)
{
	out->operand = op->operand;
	out->index = op->index;
	out->elem = op->elem;
	out->imm = op->imm;
	if (op->operand == MDESC_OPERAND_SOURCE) {
		out->imm = low_bits(image_source_table(img)[op->index].bits);
	} else if (op->operand == MDESC_OPERAND_PACKET) {
		out->from = op->bit / 8;
		out->width = op->width;
		out->bytes = (op->bit % 8 + op->width + 7) / 8;
		out->shift = 8 * out->bytes - op->bit % 8 - op->width;
		out->flags = op->order == MDESC_ORDER_LE ? NIC_OP_SWAP : 0;
	} else if (op->operand == MDESC_OPERAND_REGISTER) {
		out->from = op->bit;
		out->width = op->width;
	}
}

static void decode_store(const struct mdesc_fmt_op *op, struct nic_op *out, const uint8_t *others,
			 unsigned int flag)
{
	bool whole = op->shift == 0 && op->width == 8 * op->bytes;

	out->code = !whole ? NIC_STORE : op->bytes == 1 ? NIC_STORE_1 : op->bytes == 2 ? NIC_STORE_2 :
		    op->bytes == 4 ? NIC_STORE_4 : op->bytes == 8 ? NIC_STORE_8 : NIC_STORE;
	out->meta = op->bit / 8;
	out->width = op->width;
	out->bytes = op->bytes;
	out->shift = op->shift;
	out->flags = op->order >= MDESC_ORDER_BE ? NIC_OP_SWAP : 0;
	if (store_meets(op, others)) {
		out->flags |= flag;
		out->code = NIC_STORE;
	}
}

/* A load of whole bytes that is stored in as many whole bytes: one move. */
static bool fuse(const struct nic_op *load, const struct nic_op *store, struct nic_op *out)
{
	static const uint8_t move[9] = { [2] = NIC_MOVE_2, [4] = NIC_MOVE_4, [8] = NIC_MOVE_8 };
	static const uint8_t swap[9] = { [2] = NIC_SWAP_2, [4] = NIC_SWAP_4, [8] = NIC_SWAP_8 };
	/* The packet's bytes as a number are big-endian: a move keeps that order. */
	bool swapped = !(load->flags & NIC_OP_SWAP) != !!(store->flags & NIC_OP_SWAP);

	if (load->code != NIC_LOAD || load->operand != MDESC_OPERAND_PACKET || load->shift ||
	    load->width != 8 * load->bytes || store->bytes != load->bytes || store->shift ||
	    store->width != load->width || (store->flags & (NIC_OP_MARK | NIC_OP_SPARE)))
		return false;
	if (load->bytes > 8 || (swapped && load->bytes > 1 && !swap[load->bytes]))
		return false;
	*out = *load;
	out->meta = store->meta;
	out->flags = 0;
	if (swapped && load->bytes > 1)
		out->code = swap[load->bytes];
	else
		out->code = move[load->bytes] ? move[load->bytes] : NIC_MOVE;
	return true;
}

/* Whether more than one step uses what operation @i loaded. */
static bool used_again(const struct mdesc_fmt_op *ops, uint32_t i, uint32_t count)
{
	return i + 2 < count && ops[i + 2].op != MDESC_OP_LOAD;
}

/*
 * Decode operations into @out; @others are the bits that the other party (rules
 * for rows, rows for rules) can write, @flag what a store that meets them gets.
 */
static uint32_t decode_ops(const struct mdesc_image *img, uint32_t first, uint32_t count,
			   const uint8_t *others, unsigned int flag, struct nic_op *out)
{
	const struct mdesc_fmt_op *ops;
	uint32_t n = 0, i, next = 0;
	struct nic_op fused;

	if (count == 0)
		return 0;	/* there may be no table of operations at all */
	ops = &image_ops(img)[first];
	for (i = 0; i < count; i++) {
		struct nic_op *o = &out[n++];

		memset(o, 0, sizeof(*o));
		if (ops[i].op == MDESC_OP_STORE) {
			decode_store(&ops[i], o, others, flag);
			if (i > 0 && !used_again(ops, i - 1, count) && fuse(o - 1, o, &fused)) {
				n--;
				o[-1] = fused;
			}
			continue;
		}
		if (ops[i].op >= MDESC_OP_SET) {
			o->code = ops[i].op == MDESC_OP_SET ? NIC_SET :
				  ops[i].op == MDESC_OP_KEY ? NIC_KEY : NIC_RAISE;
			o->from = ops[i].bit;
			o->width = ops[i].width;
			continue;
		}
		o->code = NIC_LOAD + (ops[i].op - MDESC_OP_LOAD);
		o->imm = ops[i].imm;
		if (ops[i].op <= MDESC_OP_SUB)
			decode_operand(img, &ops[i], o);
	}
	for (i = n; i-- > 0;) {
		out[i].skip = n - i - next;
		if (out[i].code == NIC_LOAD || out[i].code >= NIC_MOVE)
			next = n - i;
	}
	return n;
}

/* ---- tables ---- */

static void decode_next(const struct mdesc_refnic *nic, const struct mdesc_fmt_next *next,
			struct nic_next *out)
{
	out->verdict = next->verdict;
	out->leave = next->flags & MDESC_NEXT_LEAVE;
	out->code = next->code;
	out->state = next->state;
	out->keys = next->verdict == MDESC_GO ? &nic->keys[next->keys] : NULL;
}

static void decode_keys(struct mdesc_refnic *nic)
{
	uint32_t i, j;

	for (i = 0; i < image_count(nic->img, TABLE_KEYS); i++) {
		const struct mdesc_fmt_keys *k = &image_keys(nic->img)[i];
		struct nic_keys *out = &nic->keys[i];

		out->count = k->count;
		out->run = k->count <= 8;
		out->f = k;
		out->first = INT16_MAX;
		out->last = INT16_MIN;
		for (j = 0; j < k->count; j++) {
			if (k->off[j] < out->first)
				out->first = k->off[j];
			if (k->off[j] > out->last)
				out->last = k->off[j];
			if (k->off[j] != k->off[0] + (int)j || k->kind[j] != MDESC_SLOT_PACKET)
				out->run = false;
		}
		if (k->count == 0)
			out->first = out->last = 0;
		out->mask = k->count ? low_bits(8u * (k->count < 8 ? k->count : 8)) : 0;
	}
}

static void decode_headers(struct mdesc_refnic *nic, uint32_t *records)
{
	uint32_t i, first = 0;

	for (i = 0; i < nic->header_count; i++) {
		const struct mdesc_fmt_header *h = &image_headers(nic->img)[i];

		nic->headers[i] = (struct nic_header){
			.fixed = h->fixed, .min = h->min, .max = h->max, .capacity = h->capacity,
			.first = first, .var = h->flags & MDESC_HEADER_VAR,
			.kind = h->kind, .of = h->of, .of_elem = h->of_elem, .ahead = h->ahead,
			.last = h->kind == MDESC_KIND_PART ? h->of : i,
			.len_bytes = h->len_bytes, .len_shift = h->len_shift,
			.len_off = h->len_off, .len_mask = h->len_mask, .len_const = h->len_const,
		};
		first += h->capacity ? h->capacity : 1;
	}
	*records = first;
}

/* All bits that rows can write, and all that rules can. */
static void find_stores(const struct mdesc_refnic *nic, uint8_t *by_rows, uint8_t *by_rules)
{
	const struct mdesc_image *img = nic->img;
	uint32_t i;

	memset(by_rows, 0, NIC_META);
	memset(by_rules, 0, NIC_META);
	for (i = 0; i < image_count(img, TABLE_ROWS); i++)
		add_stores(img, image_rows(img)[i].op_first, image_rows(img)[i].op_count, by_rows);
	for (i = 0; i < image_count(img, TABLE_LAYOUTS); i++)
		add_stores(img, image_layout_table(img)[i].op_first,
			   image_layout_table(img)[i].op_count, by_rules);
}

/* @op: where the decoded operations go; returns where they end. */
static struct nic_op *decode_rows(struct mdesc_refnic *nic, struct nic_op *op,
				  const uint8_t *by_rules)
{
	const struct mdesc_image *img = nic->img;
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_ROWS); i++) {
		const struct mdesc_fmt_row *row = &image_rows(img)[i];
		struct nic_row *out = &nic->rows[i];

		if (i && row->op_first == row[-1].op_first && row->op_count == row[-1].op_count) {
			out->ops = out[-1].ops;		/* the arms of a state share their list */
			out->op_count = out[-1].op_count;
		} else {
			out->ops = op;
			out->op_count = decode_ops(img, row->op_first, row->op_count, by_rules,
						   NIC_OP_MARK, op);
			op += out->op_count;
		}
		out->header = row->header;
		out->layout = row->layout;
		out->flags = row->flags;
		out->within = row->within;
		out->within_elem = row->within_elem;
		out->length = row->length;
		decode_next(nic, &row->next, &out->next);
	}
	return op;
}

static void decode_layouts(struct mdesc_refnic *nic, struct nic_op *op, const uint8_t *by_rows)
{
	const struct mdesc_image *img = nic->img;
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_LAYOUTS); i++) {
		const struct mdesc_fmt_layout *l = &image_layout_table(img)[i];
		struct nic_layout *out = &nic->layouts[i];

		if (l->kind != MDESC_LAYOUT_METADATA)
			continue;
		out->ops = op;
		out->op_count = decode_ops(img, l->op_first, l->op_count, by_rows, NIC_OP_SPARE, op);
		op += out->op_count;
		out->size = l->size;
		if (l->size > nic->meta_size)
			nic->meta_size = l->size;
	}
}

/* @op: where the decoded operations go; returns where they end. */
static struct nic_op *decode_classes(struct mdesc_refnic *nic, struct nic_op *op)
{
	uint8_t none[NIC_META] = { 0 };
	uint32_t i;

	for (i = 0; i < nic->class_count; i++) {
		const struct mdesc_fmt_class *c = &image_classes(nic->img)[i];
		struct nic_class *out = &nic->classes[i];

		out->f = c;
		out->rows = c->row_count ? &image_class_rows(nic->img)[c->row_first] : NULL;
		out->ops = op;
		out->op_count = decode_ops(nic->img, c->op_first, c->op_count, none, 0, op);
		op += out->op_count;
	}
	return op;
}

static void decode_match(const struct mdesc_fmt_row *row, uint32_t idx, struct nic_match *out)
{
	memcpy(out->value, row->key_value, sizeof(out->value));
	memcpy(out->mask, row->key_mask, sizeof(out->mask));
	out->row = idx;
}

/*
 * For each row, visit the existing states that it can match in. With @matches,
 * put it there and move that state's end on; without, only count.
 */
static void spread_rows(struct mdesc_refnic *nic, struct nic_match *matches, uint32_t *ends)
{
	const struct mdesc_image *img = nic->img;
	uint32_t states = image_count(img, TABLE_STATES), i;

	for (i = 0; i < image_count(img, TABLE_ROWS); i++) {
		const struct mdesc_fmt_row *row = &image_rows(img)[i];
		uint32_t free_bits = (uint16_t)~row->state_mask, sub = 0;

		do {
			uint32_t s = row->state | sub;

			if (s < states) {
				if (matches)
					decode_match(row, i, &matches[ends[s]]);
				ends[s]++;
			}
			sub = (sub - free_bits) & free_bits;
		} while (sub);
	}
}

static int decode_states(struct mdesc_refnic *nic)
{
	uint32_t states = image_count(nic->img, TABLE_STATES), total = 0, i;
	uint32_t *ends = calloc(states + 1, sizeof(*ends));

	if (!ends)
		return -ENOMEM;
	spread_rows(nic, NULL, ends);
	for (i = 0; i < states; i++) {
		uint32_t count = ends[i];

		nic->states[i].row_count = count;
		ends[i] = total;
		total += count;
	}
	nic->matches = calloc(total + 1, sizeof(*nic->matches));
	if (!nic->matches) {
		free(ends);
		return -ENOMEM;
	}
	spread_rows(nic, nic->matches, ends);
	for (i = 0; i < states; i++) {
		const struct mdesc_fmt_state *s = &image_states(nic->img)[i];
		struct nic_state *out = &nic->states[i];

		out->rows = nic->matches + ends[i] - out->row_count;
		out->key_need = s->key_need;
		out->max = s->max;
		if (s->max && s->counter)
			out->shared = &image_registers(nic->img)[s->counter - 1];
		else if (s->max)
			out->counter = nic->counters++;
		out->part = s->flags;	/* of whatever kind: no step */
		if (s->max)
			decode_next(nic, &s->otherwise, &out->otherwise);
	}
	free(ends);
	return 0;
}

static uint32_t total_ops(const struct mdesc_image *img)
{
	uint32_t n = 0, i;

	for (i = 0; i < image_count(img, TABLE_ROWS); i++)
		n += image_rows(img)[i].op_count;
	for (i = 0; i < image_count(img, TABLE_LAYOUTS); i++)
		n += image_layout_table(img)[i].op_count;
	for (i = 0; i < image_count(img, TABLE_CLASSES); i++)
		n += image_classes(img)[i].op_count;
	return n;
}

static int decode(struct mdesc_refnic *nic)
{
	const struct mdesc_image *img = nic->img;
	const struct mdesc_fmt_target *t = image_target(img);
	uint8_t by_rows[NIC_META], by_rules[NIC_META];
	uint32_t records, i;
	struct nic_op *op;

	nic->header_count = image_count(img, TABLE_HEADERS);
	nic->states = calloc(image_count(img, TABLE_STATES) + 1, sizeof(*nic->states));
	nic->rows = calloc(image_count(img, TABLE_ROWS) + 1, sizeof(*nic->rows));
	nic->keys = calloc(image_count(img, TABLE_KEYS) + 1, sizeof(*nic->keys));
	nic->headers = calloc(nic->header_count + 1, sizeof(*nic->headers));
	nic->layouts = calloc(image_count(img, TABLE_LAYOUTS) + 1, sizeof(*nic->layouts));
	nic->ops = calloc(total_ops(img) + 1, sizeof(*nic->ops));
	nic->zero_sources = calloc(image_count(img, TABLE_SOURCES) + 1, sizeof(uint64_t));
	nic->class_count = image_count(img, TABLE_CLASSES);
	nic->classes = calloc(nic->class_count + 1, sizeof(*nic->classes));
	nic->class_value = calloc(nic->class_count + 1, sizeof(*nic->class_value));
	if (!nic->classes || !nic->class_value)
		return -ENOMEM;
	if (!nic->states || !nic->rows || !nic->keys || !nic->headers || !nic->layouts ||
	    !nic->ops || !nic->zero_sources)
		return -ENOMEM;
	decode_keys(nic);
	decode_headers(nic, &records);
	find_stores(nic, by_rows, by_rules);
	op = decode_rows(nic, nic->ops, by_rules);
	for (i = 0; i < op - nic->ops; i++)
		nic->marks |= nic->ops[i].code == NIC_STORE && (nic->ops[i].flags & NIC_OP_MARK);
	op = decode_classes(nic, op);
	decode_layouts(nic, op, by_rows);
	if (decode_states(nic))
		return -ENOMEM;
	nic->start.verdict = MDESC_ACCEPT;
	if (t) {
		nic->steps_max = t->steps;
		decode_next(nic, &t->start, &nic->start);
	}
	nic->counts = calloc(nic->header_count + 1, sizeof(*nic->counts));
	nic->records = calloc(records + 1, sizeof(*nic->records));
	nic->entries = calloc(nic->counters + 1, sizeof(*nic->entries));
	nic->out_cap = records;
	nic->out_headers = calloc(records + 1, sizeof(*nic->out_headers));
	if (!nic->counts || !nic->records || !nic->entries || !nic->out_headers)
		return -ENOMEM;
	return 0;
}

struct mdesc_refnic *mdesc_refnic__new(const struct mdesc_image *img,
				       const struct mdesc_refnic_opts *opts, struct mdesc_error *err)
{
	struct mdesc_refnic *nic;
	int ret;

	if (!opts_valid(opts, sizeof(*opts))) {
		errno = -error_set(err, EINVAL, MDESC_CLASS_SYSTEM,
				   "options of mdesc_refnic__new() that this libmdesc does not know");
		return NULL;
	}
	if (image_cannot_run(img)) {
		errno = -error_newer(err, img, MDESC_SEC_HDR,
				     offsetof(struct mdesc_fmt_hdr, incompat_exec),
				     "its tables use features 0x%x: a newer libmdesc is needed to run them",
				     img->hdr.incompat_exec & ~MDESC_FMT_EXEC_KNOWN);
		return NULL;
	}
	nic = calloc(1, sizeof(*nic));
	if (nic) {
		nic->img = img;
		nic->trace = OPTS_GET(opts, trace, false);
	}
	ret = nic ? decode(nic) : -ENOMEM;
	if (!ret)
		return nic;
	mdesc_refnic__free(nic);
	errno = -error_nomem(err, img);
	return NULL;
}

void mdesc_refnic__free(struct mdesc_refnic *nic)
{
	if (!nic)
		return;
	free(nic->states);
	free(nic->matches);
	free(nic->rows);
	free(nic->keys);
	free(nic->headers);
	free(nic->layouts);
	free(nic->ops);
	free(nic->classes);
	free(nic->class_value);
	free(nic->counts);
	free(nic->records);
	free(nic->entries);
	free(nic->out_headers);
	free(nic->out_steps);
	free(nic->zero_sources);
	free(nic);
}

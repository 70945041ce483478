/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A filter as the kernel's instructions, so that the tap copies only what is asked
 * for: takes a filter that is bound and its reader, gives code that looks at the
 * metadata in the scratch area, which ends where that of the packet ended: with the
 * layout id. R1 is then 1 where the packet is wanted.
 *
 * It says what filter_passes() says, or, in a layout where a part of the filter takes
 * a call of the library, that all are wanted. A number is left in R1; a word that
 * means nothing in a packet makes its comparison false.
 */
#include <string.h>

#include "watch.h"
#include "watch_code.h"

enum { JUMPS = 64, DEPTH = 24, LAYOUTS = 64 };

/* What is known of a number. */
enum sign {
	SMALL,		/* never negative, and below 2^63 */
	LARGE,		/* never negative */
	SIGNED,
	NEGATIVE,	/* a constant */
};

struct gen {
	struct code *c;
	size_t layout;
	uint32_t size;
	int meta;			/* from COUNTS to the layout's first byte */
	int none[JUMPS], nones;		/* jumps to where something is not there */
	bool full;			/* there were more */
};

static void to_none(struct gen *g, int jump)
{
	if (g->nones < JUMPS)
		g->none[g->nones++] = jump;
	else
		g->full = true;
}

/* Always, and yet in a way that leaves what follows to be reached. */
static void nothing_there(struct gen *g)
{
	mov_imm(g->c, R1, 0);
	to_none(g, jump_if(g->c, BPF_JEQ, R1, 0));
}

/* What jumped there since @from comes here. */
static void none_here(struct gen *g, int from)
{
	while (g->nones > from)
		here(g->c, g->none[--g->nones]);
}

/* ---- numbers ---- */

static bool load_number(struct gen *g, const struct mdesc_load *l)
{
	if ((uint64_t)l->at + 8 > g->size)
		return false;
	load(g->c, BPF_DW, R1, COUNTS, (size_t)g->meta + l->at);
	/* Bytes as they lie, most significant first or last, to the machine's own order. */
	put(g->c, BPF_ALU | BPF_END | (l->swap ? BPF_TO_BE : BPF_TO_LE), R1, 0, 0, 64);
	if (l->left)
		alu_imm(g->c, BPF_LSH, R1, l->left);
	if (l->right)
		alu_imm(g->c, l->sign ? BPF_ARSH : BPF_RSH, R1, l->right);
	return true;
}

/* When the field means something. */
static bool tests(struct gen *g, const struct mdesc_handle *h)
{
	uint32_t i;

	if (h->flags & MDESC_HANDLE_DECIDE)
		return false;
	for (i = 0; i < h->tests; i++) {
		int fits;

		if (!load_number(g, &h->test[i].load))
			return false;
		fits = jump_if(g->c, BPF_JLE, R1, 63);
		mov_imm(g->c, R1, 63);
		here(g->c, fits);
		mov_imm64(g->c, R2, h->test[i].set);
		alu(g->c, BPF_RSH, R2, R1);
		alu_imm(g->c, BPF_AND, R2, 1);
		to_none(g, jump_if(g->c, BPF_JEQ, R2, 0));
	}
	return true;
}

static bool word(struct gen *g, const struct filter_bound *b, enum sign *sign)
{
	const struct mdesc_handle *h = b->field;

	if (!h) {
		if (!b->there)
			nothing_there(g);
		mov_imm64(g->c, R1, b->number);
		*sign = b->negative ? NEGATIVE : b->number >> 63 ? LARGE : SMALL;
		return true;
	}
	if ((h->flags & MDESC_HANDLE_CALL) || h->count > 1 || !tests(g, h))
		return false;
	*sign = h->flags & MDESC_HANDLE_SIGNED ? SIGNED : h->width < 64 ? SMALL : LARGE;
	return load_number(g, &h->load);
}

static int slot(unsigned int depth)
{
	return -8 * (int)(depth + 2);	/* the tap has the first one */
}

static bool number(struct gen *g, const struct filter_node *n, unsigned int depth, enum sign *sign)
{
	enum sign left, right;

	if (depth >= DEPTH)
		return false;
	switch (n->op) {
	case FILTER_WORD:
		return word(g, &n->bound[g->layout], sign);
	case FILTER_NUMBER:
	case FILTER_BYTES:
		mov_imm64(g->c, R1, n->number);
		*sign = n->negative ? NEGATIVE : n->number >> 63 ? LARGE : SMALL;
		return true;
	case FILTER_AND:
		if (!number(g, n->left, depth + 1, &left))
			return false;
		store(g->c, BPF_DW, FP, (size_t)slot(depth), R1);
		if (!number(g, n->right, depth + 1, &right))
			return false;
		load(g->c, BPF_DW, R2, FP, (size_t)slot(depth));
		alu(g->c, BPF_AND, R1, R2);
		*sign = left == SMALL || right == SMALL ? SMALL : LARGE;
		return true;
	default:
		nothing_there(g);
		*sign = SMALL;
		return true;
	}
}

/* ---- comparisons ---- */

/* How R2 and R1 are compared; -1: not by one instruction. */
static int jump_of(enum filter_op op, enum sign a, enum sign b)
{
	bool is_signed = a >= SIGNED || b >= SIGNED;

	if (is_signed && (a == LARGE || b == LARGE))
		return -1;
	switch (op) {
	case FILTER_EQ:	return BPF_JEQ;
	case FILTER_NE:	return BPF_JNE;
	case FILTER_LT:	return is_signed ? BPF_JSLT : BPF_JLT;
	case FILTER_LE:	return is_signed ? BPF_JSLE : BPF_JLE;
	case FILTER_GT:	return is_signed ? BPF_JSGT : BPF_JGT;
	default:	return is_signed ? BPF_JSGE : BPF_JGE;
	}
}

static void mask_both(struct gen *g, unsigned int prefix)
{
	mov_imm64(g->c, R3, 0xffffffffull << (32 - prefix) & 0xffffffff);
	alu(g->c, BPF_AND, R1, R3);
	alu(g->c, BPF_AND, R2, R3);
}

static bool compare_numbers(struct gen *g, const struct filter_node *n, unsigned int depth)
{
	const struct filter_node *lit = n->right->op == FILTER_BYTES ? n->right : n->left;
	enum sign a, b;
	int holds, from = g->nones, op;

	if (!number(g, n->left, depth + 1, &a))
		return false;
	store(g->c, BPF_DW, FP, (size_t)slot(depth), R1);
	if (!number(g, n->right, depth + 1, &b))
		return false;
	load(g->c, BPF_DW, R2, FP, (size_t)slot(depth));
	if (lit->op == FILTER_BYTES && lit->prefix < 32)
		mask_both(g, lit->prefix);
	op = jump_of(n->op, a, b);
	if (op < 0)
		return false;
	put(g->c, BPF_JMP | op | BPF_X, R2, R1, 0, 0);
	holds = g->c->n - 1;
	none_here(g, from);
	mov_imm(g->c, R1, 0);
	put(g->c, BPF_JMP | BPF_JA, 0, 0, 1, 0);
	here(g->c, holds);
	mov_imm(g->c, R1, 1);
	return true;
}

/* @bits of the bytes at @h are those of @lit; four bytes at a time, as they lie. */
static bool compare_bytes(struct gen *g, const struct filter_node *n, const struct filter_node *lit,
			  const struct mdesc_handle *h)
{
	int differ[4], differs = 0, from = g->nones, done;
	unsigned int at;

	if (h->count * h->bytes != lit->count || (h->count > 1 && h->stride != h->bytes) || !h->field ||
	    h->offset + lit->count > g->size || !tests(g, h))
		return false;
	for (at = 0; at < lit->count && 8 * at < lit->prefix; at += 4) {
		uint8_t want[4] = { 0 }, mask[4] = { 0 };
		uint32_t w, m;
		unsigned int k;

		for (k = 0; k < 4 && at + k < lit->count; k++) {
			unsigned int left = lit->prefix > 8 * (at + k) ? lit->prefix - 8 * (at + k) : 0;

			mask[k] = left >= 8 ? 0xff : (uint8_t)(0xff00 >> left);
			want[k] = lit->bytes[at + k] & mask[k];
		}
		memcpy(&w, want, 4);
		memcpy(&m, mask, 4);
		if (h->offset + at + 4 > g->size)
			return false;
		load(g->c, BPF_W, R1, COUNTS, (size_t)g->meta + h->offset + at);
		mov_imm64(g->c, R2, m);
		alu(g->c, BPF_AND, R1, R2);
		mov_imm64(g->c, R2, w);
		put(g->c, BPF_JMP | BPF_JNE | BPF_X, R1, R2, 0, 0);
		differ[differs++] = g->c->n - 1;
	}
	mov_imm(g->c, R1, n->op == FILTER_EQ);
	/* Only what can be reached: the kernel insists on it. */
	if (differs) {
		done = jump_if(g->c, BPF_JA, 0, 0);
		while (differs)
			here(g->c, differ[--differs]);
		mov_imm(g->c, R1, n->op == FILTER_NE);
		here(g->c, done);
	}
	if (g->nones > from) {
		done = jump_if(g->c, BPF_JA, 0, 0);
		none_here(g, from);
		mov_imm(g->c, R1, 0);
		here(g->c, done);
	}
	return true;
}

static bool compare(struct gen *g, const struct filter_node *n, unsigned int depth)
{
	const struct filter_node *lit = n->right->op == FILTER_BYTES ? n->right : n->left;
	const struct filter_node *other = lit == n->right ? n->left : n->right;
	const struct mdesc_handle *h = other->op == FILTER_WORD ? other->bound[g->layout].field : NULL;

	if (h && lit->op == FILTER_BYTES && (filter_is_bytes(h) || lit->count != 4))
		return compare_bytes(g, n, lit, h);
	return (!h || !filter_is_bytes(h)) && compare_numbers(g, n, depth);
}

/* ---- conditions ---- */

static bool condition(struct gen *g, const struct filter_node *n, unsigned int depth)
{
	int from = g->nones, done;
	enum sign sign;

	if (depth >= DEPTH)
		return false;
	switch (n->op) {
	case FILTER_NOT:
		if (!condition(g, n->left, depth + 1))
			return false;
		alu_imm(g->c, BPF_XOR, R1, 1);
		return true;
	case FILTER_BOTH:
	case FILTER_EITHER:
		if (!condition(g, n->left, depth + 1))
			return false;
		done = jump_if(g->c, BPF_JEQ, R1, n->op == FILTER_EITHER);
		if (!condition(g, n->right, depth + 1))
			return false;
		here(g->c, done);
		return true;
	case FILTER_WORD:
	case FILTER_NUMBER:
	case FILTER_BYTES:
	case FILTER_AND:
		if (!number(g, n, depth, &sign))
			return false;
		put(g->c, BPF_JMP | BPF_JEQ | BPF_K, R1, 0, 2, 0);
		mov_imm(g->c, R1, 1);
		put(g->c, BPF_JMP | BPF_JA, 0, 0, 1, 0);
		none_here(g, from);
		mov_imm(g->c, R1, 0);
		return true;
	default:
		return compare(g, n, depth);
	}
}

/* ---- layouts ---- */

static bool all_have_ids(const struct mdesc_reader *r)
{
	size_t i;

	for (i = 0; i < mdesc_reader__layout_count(r); i++)
		if (!mdesc_layout__has_id(mdesc_reader__layout(r, i)))
			return false;
	return i > 0;
}

/* The whole filter in one layout; where it takes more than instructions, all is wanted. */
static void one_layout(struct code *c, const struct filter *f, size_t layout, uint32_t size)
{
	struct gen g = { .c = c, .layout = layout, .size = size, .meta = WATCH_META_END - (int)size };
	int before = c->n;

	if (condition(&g, f->root, 0) && !g.full)
		return;
	c->n = before;
	mov_imm(c, R1, 1);
}

bool watch_filter(struct code *c, const struct filter *f, const struct mdesc_reader *r)
{
	size_t count = mdesc_reader__layout_count(r), i;
	int ends[LAYOUTS];

	if (!f->root || count > LAYOUTS || !all_have_ids(r))
		return false;
	load(c, BPF_W, R1, COUNTS, WATCH_META_END - 4);
	for (i = 0; i < count; i++) {
		const struct mdesc_layout *layout = mdesc_reader__layout(r, i);
		uint32_t size = (uint32_t)mdesc_layout__size(layout);
		int other, less;

		put(c, BPF_JMP32 | BPF_JNE | BPF_K, R1, 0, 0, (int)mdesc_layout__id(layout));
		other = c->n - 1;
		less = jump_if(c, BPF_JLT, LEN, (int)size);
		if (size <= WATCH_META_MAX)
			one_layout(c, f, i, size);
		ends[i] = jump_if(c, BPF_JA, 0, 0);
		here(c, other);
		here(c, less);
	}
	mov_imm(c, R1, 0);
	for (i = 0; i < count; i++)
		here(c, ends[i]);
	return true;
}

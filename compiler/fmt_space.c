/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes an item, says where blanks are within it, which name it declares, and
 * which of its columns lines up with those of its neighbours. All of it follows
 * from the tokens and from where they stand in the item.
 */
#include "fmt.h"

#include <string.h>

#include "parse.h"
#include "parser.h"

/* While going over an item's pieces from left to right. */
struct walk {
	struct fmt *f;
	struct item *it;
	enum block_kind in;
	uint32_t before;	/* the code piece in front, or FMT_NONE */
	uint32_t label;		/* the `:` that ends the item's label, or FMT_NONE */
	int gates;		/* code pieces of `since "..."` and `until "..."` in front of the statement */
	bool start;		/* nothing of the statement was before */
	bool unary;		/* `before` is an operator with one operand */
	int parens, brackets;
	int questions;		/* without their `:`, within the innermost parentheses or brackets */
	VEC(int) outer;		/* the same, of those around */
};

static const struct piece *piece(const struct walk *w, uint32_t i)
{
	return &w->f->pieces.p[i];
}

static bool is(const struct walk *w, uint32_t i, const char *text)
{
	return i != FMT_NONE && fmt_is(w->f, i, text);
}

static bool is_any(const struct walk *w, uint32_t i, const char *chars)
{
	return i != FMT_NONE && piece(w, i)->kind == P_OTHER && piece(w, i)->len == 1 &&
	       strchr(chars, piece(w, i)->text[0]);
}

static bool is_word(const struct walk *w, uint32_t i)
{
	return i != FMT_NONE && piece(w, i)->kind == P_WORD;
}

/* The code piece @n pieces on in the item from part @k, or FMT_NONE. */
static uint32_t ahead(const struct walk *w, size_t k, int n)
{
	for (; k < w->it->parts.n; k++) {
		uint32_t i = w->it->parts.p[k].piece;

		if (fmt_is_comment(piece(w, i)))
			continue;
		if (!n--)
			return i;
		if (w->it->parts.p[k].block)
			break;
	}
	return FMT_NONE;
}

/* The statement's code piece @n. */
static uint32_t nth(const struct walk *w, int n)
{
	return ahead(w, 0, w->gates + n);
}

static int count_gates(const struct walk *w)
{
	int n = 0;

	while (is(w, ahead(w, 0, n), "since") || is(w, ahead(w, 0, n), "until")) {
		uint32_t value = ahead(w, 0, n + 1);

		if (value == FMT_NONE || piece(w, value)->kind != P_STRING)
			break;
		n += 2;
	}
	return n;
}

static bool is_builtin_number(const struct walk *w, uint32_t i)
{
	const struct piece *p = piece(w, i);

	return is(w, i, "bool") || (p->len > 1 && p->len < 4 && strchr("us", p->text[0]) && p->text[1] >= '1' &&
				    p->text[1] <= '8');
}

/* Is the first `:` of an item, at part @k, the end of a label, or does a width follow? */
static bool ends_label(const struct walk *w, size_t k)
{
	uint32_t first = nth(w, 0), second = nth(w, 1), colon = w->it->parts.p[k].piece;

	if (is(w, first, "enum"))
		return false;
	if (w->in == B_ARMS || is(w, first, "default") || !is_word(w, first) || is(w, first, "_"))
		return true;
	if (second != colon)	/* two words are a type and a name */
		return !is_word(w, second);
	return !is_builtin_number(w, first) && piece(w, ahead(w, k + 1, 0))->kind != P_INT;
}

static uint32_t find_label(const struct walk *w)
{
	int depth = 0, questions = 0;

	for (size_t k = 0; k < w->it->parts.n; k++) {
		uint32_t i = w->it->parts.p[k].piece;

		if (w->it->parts.p[k].block)
			break;
		depth += is_any(w, i, "([") - is_any(w, i, ")]");
		questions += is_any(w, i, "?");
		if (depth || !is_any(w, i, ":"))
			continue;
		if (questions--)
			continue;
		return k + 1 < w->it->parts.n && ahead(w, k + 1, 0) != FMT_NONE && ends_label(w, k) ? i : FMT_NONE;
	}
	return FMT_NONE;
}

/* Does a value end in front of @i? Then `-` and `*` are between two of them. */
static bool ends_value(const struct walk *w, uint32_t i)
{
	static const char *const not_values[] = {
		"in", "max", "id", "reject", "reserved", "else", "length", "advance", "valid", NULL
	};

	if (i == FMT_NONE || (w->in == B_ROW && i == nth(w, 0)))
		return false;
	if (piece(w, i)->kind == P_WORD && piece(w, i)->token != T_IDENT) {
		for (int k = 0; not_values[k]; k++)
			if (is(w, i, not_values[k]))
				return k != 6 || i != nth(w, 0);
	}
	return piece(w, i)->kind != P_OTHER || is_any(w, i, ")]}");
}

/* `name(` calls; the words that begin something are followed by a value in parentheses. */
static bool calls(const struct walk *w, uint32_t i)
{
	static const char *const begins[] = {
		"switch", "over", "in", "max", "id", "reject", "reserved", "by", "if", "else", "takes", "valid",
		"since", "until", "advance", NULL
	};

	if (!is_word(w, i) || (w->in == B_ROW && i == nth(w, 0)))
		return false;
	if (piece(w, i)->token == T_IDENT)
		return true;
	for (int k = 0; begins[k]; k++)
		if (is(w, i, begins[k]))
			return false;
	return i != nth(w, 0);
}

static bool before_bracket(const struct walk *w)
{
	if (!is_word(w, w->before) && !is_any(w, w->before, ")]"))
		return true;
	return w->in == B_RANGES && !w->brackets && !w->parens &&
	       (w->it->column == COL_NONE || is(w, w->before, "mask") || is(w, w->before, "sign"));
}

static bool before_colon(const struct walk *w, uint32_t i)
{
	if (w->questions)
		return true;
	return !w->brackets && i != w->label;
}

/* Is a blank between `before` and the piece @i of part @k? */
static bool blank(const struct walk *w, uint32_t i)
{
	if (w->before == FMT_NONE || is_any(w, i, ";,)].") || is(w, i, ".."))
		return false;
	if (is_any(w, i, "=") && is_any(w, w->before, "+"))
		return false;
	if (is_any(w, w->before, "([.") || is(w, w->before, "..") || w->unary)
		return false;
	if (is_any(w, i, "("))
		return !calls(w, w->before) && !is_any(w, w->before, ")]");
	if (is_any(w, i, "["))
		return before_bracket(w);
	if (is_any(w, i, ":"))
		return before_colon(w, i);
	if (is_any(w, w->before, ":") && w->brackets && !w->questions)
		return false;
	return true;
}

/* `TYPE *NAME` at the begin of a statement. */
static bool is_pointer(const struct walk *w, size_t k)
{
	return is_any(w, w->it->parts.p[k].piece, "*") && is_word(w, w->before) && w->start &&
	       is_word(w, ahead(w, k + 1, 0)) && w->in != B_OTHER;
}

static void set_column(struct walk *w, enum column column, uint32_t cell)
{
	if (w->it->column == COL_NONE && cell != FMT_NONE) {
		w->it->column = column;
		w->it->cell = cell;
	}
}

/* A column begins at part @k, or behind it. */
static void find_column(struct walk *w, size_t k)
{
	uint32_t i = w->it->parts.p[k].piece;

	if (w->parens || w->brackets || w->questions)
		return;
	if (i == w->label)
		set_column(w, COL_ARM, ahead(w, k + 1, 0));
	else if (is_any(w, i, "=") && (is_word(w, w->before) || is_any(w, w->before, "]")))
		set_column(w, COL_EQUALS, i);
	else if (is_any(w, i, ":"))
		set_column(w, COL_BITS, i);
	else if (is_any(w, i, "[") && w->in == B_RANGES)
		set_column(w, COL_RANGE, i);
	else if (w->in == B_DEVICE && i == nth(w, 1))
		set_column(w, COL_LINE, i);
}

static bool begins_clause(const struct walk *w, uint32_t i)
{
	static const char *const words[] = { "unit", "deprecated", "valid", "since", "until", NULL };

	for (int k = 0; words[k]; k++)
		if (is(w, i, words[k]))
			return true;
	return false;
}

/* `source TYPE NAME` and its like. */
static const char *find_lead(const struct walk *w)
{
	static const char *const leads[] = { "source", "derive", "alias", "register", NULL };

	for (int i = 0; leads[i]; i++)
		if (is(w, nth(w, 0), leads[i]) && is_word(w, nth(w, 2)))
			return leads[i];
	return NULL;
}

/* `TYPE NAME`, `TYPE *NAME`, `source TYPE NAME`: a pointer's star is a part of the name. */
static void find_name(struct walk *w)
{
	const char *lead = find_lead(w);
	uint32_t type = nth(w, lead ? 1 : 0), name = nth(w, lead ? 2 : 1), then;
	int n = lead ? 3 : 2;

	w->it->name = FMT_NONE;
	w->it->lead = lead;
	if ((w->in != B_MEMBERS && !lead) || !is_word(w, type) || is(w, type, "reserved") || is(w, type, "length"))
		return;
	if (is_any(w, name, "*")) {
		then = nth(w, n++);
		if (!is_word(w, then))
			return;
	} else if (!is_word(w, name)) {
		return;
	}
	then = nth(w, n);
	if (lead || is_any(w, then, ";:[=@") || begins_clause(w, then))
		w->it->name = name;
}

static void step(struct walk *w, size_t k)
{
	uint32_t i = w->it->parts.p[k].piece;
	bool sign = is_any(w, i, "-+"), pointer = is_pointer(w, k);

	w->f->pieces.p[i].space = blank(w, i);
	find_column(w, k);
	w->unary = pointer || is_any(w, i, "!~") || (sign && !ends_value(w, w->before));
	w->parens += is_any(w, i, "(") - is_any(w, i, ")");
	w->brackets += is_any(w, i, "[") - is_any(w, i, "]");
	if (is_any(w, i, "([")) {
		*vec_push(w->f->arena, &w->outer) = w->questions;
		w->questions = 0;
	} else if (is_any(w, i, ")]") && w->outer.n) {
		w->questions = w->outer.p[--w->outer.n];
	}
	if (is_any(w, i, "?"))
		w->questions++;
	else if (is_any(w, i, ":") && w->questions)
		w->questions--;
	/* one word, the type, keeps it the begin */
	w->start = i == w->label || i == nth(w, 0) || (w->label != FMT_NONE && w->before == w->label);
	w->before = i;
}

void fmt_space(struct fmt *f, struct item *it, enum block_kind in)
{
	struct walk w = { .f = f, .it = it, .in = in, .before = FMT_NONE, .start = true };
	bool comment = false;

	w.gates = count_gates(&w);
	w.label = find_label(&w);
	for (size_t k = 0; k < it->parts.n; k++) {
		struct piece *p = &f->pieces.p[it->parts.p[k].piece];

		if (fmt_is_comment(p)) {
			p->space = true;
			comment = true;
			continue;
		}
		step(&w, k);
		p->space |= comment;	/* behind a comment, whatever it is */
		comment = false;
		if (it->parts.p[k].block) {
			f->pieces.p[it->parts.p[k].block->close].space = true;
			w.before = it->parts.p[k].block->close;
		}
	}
	find_name(&w);
}

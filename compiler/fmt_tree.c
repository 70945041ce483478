/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the pieces of a text that parses, gives its items: what ends in `;`, in
 * `}` where nothing of it follows, or, in a list, in `,`. Braces make blocks of
 * items. Which statement an item is does not matter, except for a few words in
 * front of a brace that say what columns its lines have.
 */
#include "fmt.h"

static bool is_other(const struct fmt *f, uint32_t i, char c)
{
	return i < f->pieces.n && f->pieces.p[i].kind == P_OTHER && f->pieces.p[i].len == 1 &&
	       f->pieces.p[i].text[0] == c;
}

static bool opens(const struct fmt *f, uint32_t i)
{
	return is_other(f, i, '(') || is_other(f, i, '[');
}

static bool closes(const struct fmt *f, uint32_t i)
{
	return is_other(f, i, ')') || is_other(f, i, ']');
}

static uint32_t next_code(const struct fmt *f, uint32_t i)
{
	while (i < f->pieces.n && fmt_is_comment(&f->pieces.p[i]))
		i++;
	return i;
}

static bool is_one_of(const struct fmt *f, uint32_t i, const char *const *words)
{
	for (; *words; words++)
		if (fmt_is(f, i, *words))
			return true;
	return false;
}

/* The statement's first word, behind labels and gates; behind `}`, once there was one. FMT_NONE: there is none. */
static uint32_t first_word(const struct fmt *f, const struct item *it)
{
	static const char *const gates[] = { "since", "until", NULL };
	uint32_t first = FMT_NONE, value;
	int depth = 0;

	for (size_t i = it->parts.n; i--;) {
		uint32_t piece = it->parts.p[i].piece;

		depth += closes(f, piece) - opens(f, piece);
		if (it->parts.p[i].block || (!depth && is_other(f, piece, ':')))
			break;
		if (!fmt_is_comment(&f->pieces.p[piece]))
			first = piece;
	}
	while (is_one_of(f, first, gates)) {
		value = next_code(f, first + 1);
		if (value >= f->pieces.n || f->pieces.p[value].kind != P_STRING)
			break;
		first = next_code(f, value + 1);
	}
	return first;
}

/* Behind pairs like `unit "ns"` and `since "2.0.0"`. */
static uint32_t skip_attributes(const struct fmt *f, uint32_t i)
{
	static const char *const words[] = { "unit", "deprecated", "since", "until", NULL };

	while (is_one_of(f, i, words)) {
		uint32_t value = next_code(f, i + 1);

		if (value >= f->pieces.n || f->pieces.p[value].kind != P_STRING)
			break;
		i = next_code(f, value + 1);
	}
	return i;
}

/* What ends a member, or goes on with it, behind its braces or the name that follows: `} lro;`, `} word[2] @ 4;`. */
static bool ends_member(const struct fmt *f, uint32_t i)
{
	i = skip_attributes(f, i);
	return is_other(f, i, ';') || is_other(f, i, '[') || is_other(f, i, '=') || is_other(f, i, '@');
}

/* Does the item, whose braces began with the word @first, go on behind its `}`, at @i? */
static bool goes_on(const struct fmt *f, uint32_t first, uint32_t i)
{
	static const char *const aggregates[] = { "struct", "union", "packed", NULL };
	static const char *const groups[] = { "if", "else", NULL };
	static const char *const joined[] = { ";", ",", ")", "else", "->", NULL };
	uint32_t next = next_code(f, i);

	if (is_one_of(f, next, joined))
		return true;
	if (next >= f->pieces.n || is_one_of(f, first, groups) || f->pieces.p[next].newlines > 1)
		return false;
	if (f->pieces.p[next].kind == P_WORD && is_one_of(f, first, aggregates) &&
	    ends_member(f, next_code(f, next + 1)))
		return true;
	return !is_other(f, next, '[') && ends_member(f, next);
}

static bool has(const struct fmt *f, const struct item *it, const char *const *words)
{
	for (size_t i = 0; i < it->parts.n; i++)
		if (is_one_of(f, it->parts.p[i].piece, words))
			return true;
	return false;
}

/* By the words in front of the brace; a group of conditional items is what it is in. */
static enum block_kind block_kind(const struct fmt *f, const struct item *it, enum block_kind in)
{
	static const char *const groups[] = { "if", "else", NULL };
	static const char *const arms[] = { "select", "arcs", "classify", NULL };
	static const char *const tagged[] = { "switch", "chain", NULL };
	static const char *const of_word[] = { "switch", NULL };
	static const char *const ranges[] = { "bits", "key", "result", NULL };
	static const char *const members[] = {
		"packed", "struct", "union", "metadata", "descriptor", "header", "view_type", NULL
	};
	static const char *const rows[] = { "row", "let", "reserve", "->", NULL };
	static const char *const row[] = { "row", NULL }, *const by[] = { "by", NULL };
	uint32_t first = first_word(f, it);

	if (is_one_of(f, first, rows) || (fmt_is(f, first, "for") && has(f, it, row)) ||
	    (fmt_is(f, first, "start") && !has(f, it, by)))
		return B_ROW;
	if (is_one_of(f, first, groups))
		return in == B_FILE ? B_OTHER : in;
	if (is_one_of(f, first, members))
		return has(f, it, tagged) ? B_ARMS : B_MEMBERS;
	if (is_one_of(f, first, arms) || is_one_of(f, first, of_word))
		return B_ARMS;
	if (first == FMT_NONE && in == B_ARMS)	/* behind the label of an arm, ranges of a word */
		return B_RANGES;
	if (is_one_of(f, first, ranges) || (first != FMT_NONE && fmt_is(f, next_code(f, first + 1), "word")))
		return B_RANGES;
	return fmt_is(f, first, "device") ? B_DEVICE : B_OTHER;
}

/* `{ a, b }`: there are commas, and no `;` nor braces. An enum is one, however short. */
static bool is_list(const struct fmt *f, uint32_t i, bool is_enum)
{
	bool comma = is_enum;
	int depth = 0;

	for (; i < f->pieces.n; i++) {
		if (is_other(f, i, ';') || is_other(f, i, '{'))
			return false;
		if (is_other(f, i, '}'))
			return comma;
		depth += opens(f, i) - closes(f, i);
		comma |= !depth && is_other(f, i, ',');
	}
	return false;
}

static uint32_t read_block(struct fmt *f, struct block *b, uint32_t i);

/* The `{` at @i with all to its `}`; returns what is behind. */
static uint32_t read_braces(struct fmt *f, struct item *it, enum block_kind in, uint32_t i)
{
	static const char *const enums[] = { "enum", NULL };
	struct block *b = arena_new_of(f->arena, struct block);

	b->kind = block_kind(f, it, in);
	b->list = is_list(f, i + 1, has(f, it, enums));
	*vec_push(f->arena, &it->parts) = (struct part){ i, b };
	it->blocks = true;
	i = read_block(f, b, i + 1);
	b->one_line = true;
	for (uint32_t k = it->parts.p[it->parts.n - 1].piece + 1; k <= b->close && k < f->pieces.n; k++)
		b->one_line &= !f->pieces.p[k].newlines && !f->pieces.p[k].many_lines &&
			       f->pieces.p[k].kind != P_LINE_COMMENT;
	return i;
}

static uint32_t read_item(struct fmt *f, struct item *it, const struct block *in, uint32_t i)
{
	uint32_t first;
	int depth = 0;

	while (i < f->pieces.n && !(is_other(f, i, '}') && !depth)) {
		if (is_other(f, i, '{')) {
			first = first_word(f, it);
			i = read_braces(f, it, in->kind, i);
			if (!depth && !in->list && !goes_on(f, first, i))
				break;
			continue;
		}
		*vec_push(f->arena, &it->parts) = (struct part){ i, NULL };
		depth += opens(f, i) - closes(f, i);
		i++;
		if (!depth && is_other(f, i - 1, in->list ? ',' : ';'))
			break;
	}
	return i;
}

/* A comment behind the last item of a list that has no comma is none of its parts. Then it is known if it is short. */
static uint32_t end_item(struct fmt *f, struct item *it, uint32_t end)
{
	while (it->parts.n > 1 && fmt_is_comment(&f->pieces.p[it->parts.p[it->parts.n - 1].piece]) &&
	       !it->parts.p[it->parts.n - 1].block)
		end = it->parts.p[--it->parts.n].piece;
	it->one_line = true;
	for (size_t i = 0; i < it->parts.n; i++) {
		const struct piece *p = &f->pieces.p[it->parts.p[i].piece];

		it->one_line &= (!fmt_is_comment(p) || p->place == C_INLINE) &&
				(!it->parts.p[i].block || it->parts.p[i].block->one_line) &&
				!(i && p->newlines && fmt_is(f, it->parts.p[i].piece, "else"));
	}
	return end;
}

/* Items up to the `}` that closes the block, which the result is behind, or the end. */
static uint32_t read_block(struct fmt *f, struct block *b, uint32_t i)
{
	while (i < f->pieces.n && !is_other(f, i, '}')) {
		const struct piece *p = &f->pieces.p[i];
		struct item *it = arena_new_of(f->arena, struct item);

		*vec_push(f->arena, &b->items) = it;
		if (fmt_is_comment(p) && (p->place != C_INLINE || is_other(f, next_code(f, i + 1), '}') ||
					  next_code(f, i) >= f->pieces.n)) {
			it->comment = true;
			*vec_push(f->arena, &it->parts) = (struct part){ i++, NULL };
			continue;
		}
		i = end_item(f, it, read_item(f, it, b, i));
		fmt_space(f, it, b->kind);
	}
	b->close = i;
	return i < f->pieces.n ? i + 1 : i;
}

void fmt_tree(struct fmt *f)
{
	f->file = arena_new_of(f->arena, struct block);
	f->file->kind = B_FILE;
	read_block(f, f->file, 0);
}

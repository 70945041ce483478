/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Stands between scanner and parser: remembers the last tokens and the open braces, says what is wrong where the parser
 * stops, and gives it the tokens with which it goes on. Every list of the grammar reads `error ';'`, so behind an error
 * the parser waits for a `;`, which it gets where the thing that could not be read ends. Nothing that is made from the
 * text after an error is used.
 */
#include <mdesc/format.h>
#include "syntax.h"
#include "parser.h"

#include <ctype.h>
#include <stdlib.h>

int mdc_yylex(MDC_YYSTYPE *value, struct loc *loc, void *scanner);

/* ---- what was read ---- */

static const struct parse_token *seen(const struct parse *p, uint32_t number)
{
	return &p->syn.seen[number % PARSE_SEEN];
}

static enum parse_in block_of(const struct parse *p, const struct parse_token *word)
{
	const struct parse_token *second = seen(p, p->syn.first + 1);

	switch (word->token) {
	case T_DEVICE: case T_TARGET:
		return IN_DEVICE;
	case T_ENUM:
		return IN_ENUM;
	case T_STRUCT: case T_UNION: case T_PACKED: case T_METADATA: case T_DESCRIPTOR: case T_VIEW_TYPE:
		for (uint32_t i = p->syn.first; word->token == T_METADATA && i < p->syn.n_seen; i++)
			if (seen(p, i)->token == T_CHAIN)
				return IN_CHAIN;
		return IN_MEMBERS;
	case T_HEADER:
		return IN_HEADER;
	case T_VIEW:
		return IN_VIEW;
	case T_PARSER: case T_SUBPARSER:
		return IN_PARSER;
	case T_STATE:
		return IN_STATE;
	case T_SELECT: case T_ARCS:
		return IN_ARMS;
	case T_START:
		return p->syn.open.n && p->syn.open.p[p->syn.open.n - 1].in == IN_TABLE ? IN_ROW : IN_ARMS;
	case T_TABLE: case T_CELL:
		return IN_TABLE;
	case T_BITS: case T_KEY: case T_RESULT:
		return IN_RANGES;
	case T_ROW: case T_LET: case T_RESERVE: case T_EFFECT: case T_ARROW:
		return IN_ROW;
	case T_FOR:
		for (uint32_t i = p->syn.first; i < p->syn.n_seen; i++)
			if (seen(p, i)->token == T_ROW)
				return IN_ROW;
		return IN_ROWS;
	case T_CLASSIFY:
		return IN_CLASSES;
	default:
		if (p->syn.n_seen > p->syn.first + 1 && second->token == T_WORD)
			return IN_RANGES;
		return p->syn.open.n ? p->syn.open.p[p->syn.open.n - 1].in : IN_FILE;
	}
}

static void open_block(struct parse *p, const struct parse_token *brace)
{
	bool none = p->syn.first == p->syn.n_seen;
	const struct parse_token *word = none ? brace : seen(p, p->syn.first);

	struct parse_block block = {
		block_of(p, word), *brace, *word,
		p->syn.n_seen > p->syn.first + 1 ? *seen(p, p->syn.first + 1) : *word,
	};

	*vec_push(p->arena, &p->syn.open) = block;
}

/* One more token, which the parser gets. */
static int note(struct parse *p, int token, uint32_t start, uint32_t end)
{
	struct parse_token t = { token, start, end };
	uint32_t n = p->syn.n_seen;

	p->syn.start = p->syn.first;
	p->syn.around = p->syn.open.n;
	if (token == '{') {
		open_block(p, &t);
	} else if (token == '}' && p->syn.open.n) {
		p->syn.closed_before = p->syn.closed;
		p->syn.closed = p->syn.open.p[--p->syn.open.n];
	}
	p->syn.seen[n % PARSE_SEEN] = t;
	p->syn.n_seen = n + 1;
	/* What follows a gate is what it gates. */
	if (token == ';' || token == '{' || token == '}' ||
	    (token == T_STRING && n == p->syn.first + 1 &&
	     (seen(p, n - 1)->token == T_SINCE || seen(p, n - 1)->token == T_UNTIL)))
		p->syn.first = n + 1;
	return token;
}

/* ---- the tokens behind an error ---- */

static void again(struct parse *p, int token, uint32_t start, uint32_t end)
{
	*vec_push(p->arena, &p->syn.next) = (struct parse_token){ token, start, end };
}

/* A token that was made here, or read before: its value is in the text. */
static int give(struct parse *p, const struct parse_token *t, MDC_YYSTYPE *value, struct loc *loc)
{
	const char *text = p->source->text + t->start;

	*loc = (struct loc){ p->src, t->start, t->end };
	if (t->token == T_INT)
		value->num = strtoull(text, NULL, 0);
	else if (t->token == T_STRING)
		value->str = atom_n(p->ctx->atoms, text + 1, t->end - t->start > 2 ? t->end - t->start - 2 : 0);
	else
		value->name = (struct ast_name){ atom_n(p->ctx->atoms, text, t->end - t->start), *loc };
	return note(p, t->token, t->start, t->end);
}

static bool is_else(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return !strncmp(s, "else", 4) && !isalnum((unsigned char)s[4]) && s[4] != '_';
}

/* What stands behind a `}` belongs to the same thing: `;`, `else`, or a name and a `;`. */
static bool goes_on(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	if (*s == ';' || (s[0] == '-' && s[1] == '>'))
		return true;
	if (isalpha((unsigned char)*s)) {
		while (isalnum((unsigned char)*s) || *s == '_')
			s++;
		while (*s == ' ')
			s++;
		return *s == ';' || *s == '[';
	}
	return is_else(s);
}

static bool more(struct parse *p, const struct loc *loc, void *scanner, bool (*is)(const char *))
{
	bool yes;

	parse_show(scanner, true);
	yes = is(p->source->text + loc->end);
	parse_show(scanner, false);
	return yes;
}

/* Another enumerator is no better: up to the end of them. */
static int skip_enum(struct parse *p, MDC_YYSTYPE *value, struct loc *loc, void *scanner)
{
	bool semicolon = p->syn.skip_enum == 1;
	int token;

	p->syn.skip_enum = 0;
	while ((token = mdc_yylex(value, loc, scanner)) && token != '}')
		;
	if (!token || !semicolon)
		return note(p, token, loc->start, loc->end);
	again(p, '}', loc->start, loc->end);
	return note(p, ';', loc->start, loc->end);
}

/* The list that the parser went back into is open again. */
static bool open_again(struct parse *p)
{
	bool tail = p->syn.tail;

	p->syn.tail = false;
	if (tail)
		*vec_push(p->arena, &p->syn.open) = p->syn.closed;
	return tail;
}

/* The `}` of that list. */
static void close_again(struct parse *p)
{
	const struct parse_token *last = seen(p, p->syn.n_seen - 1);

	if (!open_again(p))
		return;
	again(p, '}', last->start, last->start);
	again(p, ';', last->start, last->start);
}

/* Up to the `;` that ends what could not be read, or the `}` that ends the list around it. */
static int skip(struct parse *p, MDC_YYSTYPE *value, struct loc *loc, void *scanner)
{
	size_t depth = p->syn.skip_block;
	bool closes = false;
	int token;

	p->syn.skip = false;
	while ((token = mdc_yylex(value, loc, scanner))) {
		if (token == '{') {
			depth++;
		} else if (token == '}' && depth) {
			if (--depth || more(p, loc, scanner, goes_on))
				continue;
			*loc = (struct loc){ loc->src, loc->end, loc->end };
			break;
		} else if (token == '}') {
			closes = p->syn.open.n;
			*loc = (struct loc){ loc->src, loc->start, loc->start };
			break;
		} else if (token == ';' && !depth && !more(p, loc, scanner, is_else)) {
			break;
		}
	}
	close_again(p);
	if (closes)
		again(p, '}', loc->start, loc->start + 1);
	return token ? note(p, ';', loc->start, loc->end) : 0;
}

/* Words that begin statements of a parser begin none of an effect: there they are names of fields. */
static int word_of_effect(const struct parse *p, int token)
{
	switch (token) {
	case T_ACCEPT: case T_ADVANCE: case T_BY: case T_DROP: case T_LEAVE: case T_REJECT: case T_SELECT: case T_TAKES:
	case T_WITHIN:
		for (size_t i = p->syn.open.n; i--;)
			if (p->syn.open.p[i].word.token == T_EFFECT)
				return T_IDENT;
		return token;
	default:
		return token;
	}
}

int syntax_scan(MDC_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner)
{
	int token;

	if (p->syn.at_next < p->syn.next.n)
		return give(p, &p->syn.next.p[p->syn.at_next++], value, loc);
	if (p->syn.skip_enum)
		return skip_enum(p, value, loc, scanner);
	if (p->syn.skip)
		return skip(p, value, loc, scanner);
	token = word_of_effect(p, mdc_yylex(value, loc, scanner));
	return note(p, token, loc->start, loc->end);
}

/* ---- what is said ---- */

bool syntax_expects(const struct syntax *s, const char *name)
{
	for (int i = 0; i < s->n; i++)
		if (!strcmp(s->expected[i], name))
			return true;
	return false;
}

struct loc syntax_at(const struct syntax *s, int back)
{
	const struct parse *p = s->p;
	const struct parse_token *t;

	if (back < 0 || back >= PARSE_SEEN || (uint32_t)back >= p->syn.n_seen)
		return (struct loc){ p->src, s->loc.start, s->loc.start };
	t = seen(p, p->syn.n_seen - 1 - (uint32_t)back);
	return (struct loc){ p->src, t->start, t->end };
}

bool syntax_is(const struct syntax *s, int back, const char *text)
{
	struct loc loc = syntax_at(s, back);
	size_t n = strlen(text);

	return loc.end - loc.start == n && !memcmp(s->p->source->text + loc.start, text, n);
}

bool syntax_is_one(const struct syntax *s, int back, const char *const *texts)
{
	for (; *texts; texts++)
		if (syntax_is(s, back, *texts))
			return true;
	return false;
}

int syntax_before(const struct syntax *s)
{
	int n = (int)(s->p->syn.n_seen - s->p->syn.first) - 1;

	return n < 0 ? 0 : n;
}

const char *syntax_after(const struct syntax *s)
{
	const char *t = s->p->source->text + s->loc.end;

	while (*t == ' ' || *t == '\t')
		t++;
	return t;
}

enum parse_in syntax_in(const struct syntax *s)
{
	size_t n = s->p->syn.open.n;

	return n ? s->p->syn.open.p[n - 1].in : IN_FILE;
}

const char *syntax_text(const struct syntax *s, struct loc loc)
{
	uint32_t n = loc.end - loc.start;

	return arena_strndup(s->p->arena, s->p->source->text + loc.start, n > 60 ? 60 : n);
}

void syntax_say(struct syntax *s, struct loc loc, const char *text, const char *note, struct loc at, const char *fix)
{
	struct diag *d = diag(s->p->ctx, CHK_syntax, loc, "%s", text);

	if (note)
		diag_note(d, "%s", note);
	if (fix)
		diag_fix(d, at, fix);
}

/* A word of the language, by its name in the grammar. */
static bool is_word(const struct syntax *s, const char *name)
{
	return parse_keyword(s->p->words, atom(s->p->ctx->atoms, name));
}

static bool is_operator(const char *name)
{
	static const char *const all[] = { "&&&", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", NULL };

	for (const char *const *op = all; *op; op++)
		if (!strcmp(name, *op))
			return true;
	return name[0] == '\'' && strchr("?|^&<>+-*/%", name[1]);
}

/*
 * Words that may be names are expected wherever a name is: the name says enough. What may go on with an expression,
 * where it may also end, is left out, and so are since and until, which may stand nearly everywhere.
 */
static int expected(const struct syntax *s, const char **all)
{
	bool names = syntax_expects(s, "name"), numbers = syntax_expects(s, "number"), behind = syntax_expects(s, "||");
	int kept = 0;

	for (int i = 0; i < s->n; i++)
		if (!(names && is_word(s, s->expected[i])) && strcmp(s->expected[i], "since") &&
		    strcmp(s->expected[i], "until") && !(behind && is_operator(s->expected[i])) &&
		    !(numbers && names && !strcmp(s->expected[i], "string")))
			all[kept++] = s->expected[i];
	return kept;
}

static bool is_class(const char *name)
{
	return !strcmp(name, "name") || !strcmp(name, "number") || !strcmp(name, "string");
}

/* "; expected ';' or a name" */
static const char *expected_text(const struct syntax *s, const char **all, int n)
{
	enum { MAX = 6 };
	const char *text = "";

	for (int i = 0; i < n && n <= MAX; i++) {
		const char *quote = all[i][0] == '\'' || is_class(all[i]) ? "" : "'";

		text = arena_printf(s->p->arena, "%s%s%s%s%s%s", text, !i ? "; expected " : i == n - 1 ? " or " : ", ",
				    is_class(all[i]) ? "a " : "", quote, all[i], quote);
	}
	return text;
}

/* What the grammar alone tells. */
static void unexpected(struct syntax *s)
{
	struct mdc_ctx *ctx = s->p->ctx;
	const char **all = arena_array(s->p->arena, const char *, (size_t)s->n + 1), *text;
	int n = expected(s, all);
	struct diag *d;

	text = expected_text(s, all, n);
	d = diag(ctx, CHK_syntax, s->loc, "unexpected '%s'%s", syntax_text(s, s->loc), text);
	if (is_word(s, s->found) && n == 1 && !strcmp(all[0], "name"))
		diag_note(d, "'%s' is a word of the language, and no name here: call it something else", s->found);
}

static void unexpected_end(struct syntax *s)
{
	const struct parse *p = s->p;
	const char **all = arena_array(p->arena, const char *, (size_t)s->n + 1);
	struct diag *d;

	if (p->syn.errors)
		return;
	d = diag(p->ctx, CHK_syntax, s->loc, "unexpected end of the file%s", expected_text(s, all, expected(s, all)));
	if (p->syn.open.n) {
		const struct parse_token *brace = &p->syn.open.p[p->syn.open.n - 1].brace;

		diag_label(d, (struct loc){ p->src, brace->start, brace->end }, "this is not closed");
	}
}

/* ---- how it goes on ---- */

/* The statement that was begun, again, behind as many `}` as it takes to come to where it can stand. */
static void close_blocks(struct syntax *s)
{
	struct parse *p = s->p;
	const struct parse_token *first = seen(p, p->syn.first);
	enum parse_in outside = first->token == T_STATE ? IN_PARSER : IN_FILE;
	uint32_t at = first->start;

	open_again(p);
	again(p, ';', at, at);
	for (size_t n = p->syn.open.n; n && p->syn.open.p[n - 1].in != outside; n--)
		again(p, '}', at, at);
	for (uint32_t i = p->syn.first; i < p->syn.n_seen; i++)
		again(p, seen(p, i)->token, seen(p, i)->start, seen(p, i)->end);
}

/*
 * Where the tokens that are given again are not taken, the parser is not in the block that this file takes it for: it
 * goes on with a later token of the text, so that it comes to the end in any case. A list takes a `}` behind a `;`:
 * if it was not taken, no list is open.
 */
static bool give_up(struct parse *p, const struct parse_token *last)
{
	enum { TRIES = 4 };

	if (p->syn.stuck < TRIES)
		return false;
	if (last->token == '}')
		p->syn.open.n = 0;
	p->syn.tail = false;
	p->syn.skip = true;
	p->syn.skip_block = last->token == '{';
	return true;
}

static void go_on(struct syntax *s, enum syntax_way way)
{
	struct parse *p = s->p;
	const struct parse_token *last = seen(p, p->syn.n_seen - 1);

	p->syn.next.n = p->syn.at_next = 0;
	p->syn.skip = false;
	p->syn.skip_enum = 0;
	if (give_up(p, last))
		return;
	if (way == SYNTAX_CLOSE) {
		close_blocks(s);
	} else if (way == SYNTAX_INSTEAD) {
		again(p, ';', last->start, last->end);
		close_again(p);
	} else if (way == SYNTAX_GO_ON || last->token == '}') {
		again(p, ';', last->start, last->start);
		close_again(p);
		if (last->token != '}' || p->syn.open.n)
			again(p, last->token, last->start, last->end);
	} else if (syntax_in(s) == IN_ENUM) {
		p->syn.skip_enum = last->token == ';' ? 2 : 1;
	} else if (last->token == ';') {
		p->syn.first = p->syn.n_seen;
		close_again(p);
	} else {
		p->syn.skip = true;
		p->syn.skip_block = last->token == '{' || way == SYNTAX_INSIDE;
	}
}

/* Where braces are missing, no list is certain any more. */
static bool unbalanced(const char *s)
{
	long open = 0;

	for (; *s; s++) {
		if (*s == '"') {
			while (s[1] && s[1] != '\n' && *++s != '"')
				s += *s == '\\' && s[1];
		} else if (s[0] == '/' && s[1] == '/') {
			while (s[1] && s[1] != '\n')
				s++;
		} else if (s[0] == '/' && s[1] == '*') {
			for (s += 2; *s && !(s[0] == '*' && s[1] == '/'); )
				s++;
			if (!*s)
				break;
		}
		open += (*s == '{') - (*s == '}');
	}
	return open;
}

void syntax_error(struct parse *p, struct loc loc, const char *found, const char *const *names, int n,
		  void *scanner)
{
	struct syntax s = { p, loc, found, names, n };
	enum syntax_way way = SYNTAX_SKIP;

	/* The parser did not take it. */
	if (seen(p, p->syn.n_seen - 1)->token == '}' && p->syn.around > p->syn.open.n)
		p->syn.closed = p->syn.closed_before;
	p->syn.open.n = p->syn.around;
	p->syn.first = p->syn.start;
	parse_show(scanner, true);
	if (!p->syn.errors)
		p->syn.unbalanced = unbalanced(p->source->text);
	if (!found) {
		unexpected_end(&s);
	} else if (!p->syn.lost && (!p->syn.errors || p->syn.last_error != loc.start)) {
		way = syntax_hint(&s);
		if (way == SYNTAX_UNKNOWN)
			unexpected(&s);
		p->syn.lost = p->syn.unbalanced && way != SYNTAX_GO_ON && way != SYNTAX_INSTEAD && way != SYNTAX_CLOSE;
	}
	parse_show(scanner, false);
	p->syn.errors++;
	p->syn.last_error = loc.start;
	p->syn.stuck = p->syn.stuck_at == p->off ? p->syn.stuck + 1 : 0;
	p->syn.stuck_at = p->off;
	go_on(&s, way);
}

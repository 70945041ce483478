/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Errors of syntax: what is said of them, and where the parser goes on. One mistake is one error: what could not be
 * read is skipped to its end, a `;` or a `}` that is missing is given, and the parser sees a `;` there in any case.
 */
#ifndef MDESCC_SYNTAX_H
#define MDESCC_SYNTAX_H

#include "parse.h"

union MDC_YYSTYPE;

/* The parser's next token: the scanner's, or one that mends what was wrong. */
int syntax_scan(union MDC_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner);

/*
 * The parser cannot go on at the token @loc, which is called @found (NULL: the end of the file); it could with any of
 * @expected.
 */
void syntax_error(struct parse *p, struct loc loc, const char *found, const char *const *expected, int n,
		  void *scanner);

/*
 * The scanner puts a NUL behind its last token while it is not asked for the next one: shows the text as it is, and
 * hides it again.
 */
void parse_show(void *scanner, bool show);

/* Statements that are written often and are none: `NAME;`, `NAME(...);` and `NAME += ...;`. */
void syntax_no_effect(struct parse *p, const struct ast *e, struct loc loc);
void syntax_no_assignment(struct parse *p, struct loc to, struct loc op);

/*
 * From a `#` to the end of the line, which belongs to C's preprocessor. False: it is just a mark that has no
 * meaning.
 */
bool syntax_directive(struct parse *p, struct loc loc);

/* ---- what syntax.c and syntax_hints.c share ---- */

struct syntax {
	struct parse *p;
	struct loc loc;			/* of the token at which it stopped */
	const char *found;		/* its name in the grammar */
	const char *const *expected;
	int n;
};

/* How the parser goes on. */
enum syntax_way {
	SYNTAX_UNKNOWN,		/* no hint: nothing was said */
	SYNTAX_SKIP,		/* behind what could not be read */
	SYNTAX_INSIDE,		/* behind the `}` of the block that this token is in */
	SYNTAX_INSTEAD,		/* with a `;` in the place of this token */
	SYNTAX_GO_ON,		/* with this token, as if a `;` were in front of it */
	SYNTAX_CLOSE,		/* with this statement, outside of the blocks that it cannot stand in */
};

/* Says what is wrong and what to do, if it is something that people write often. */
enum syntax_way syntax_hint(struct syntax *s);

bool syntax_expects(const struct syntax *s, const char *name);
/* The token @back places before the one at which it stopped (0: that one); its text is @text. */
struct loc syntax_at(const struct syntax *s, int back);
bool syntax_is(const struct syntax *s, int back, const char *text);
bool syntax_is_one(const struct syntax *s, int back, const char *const *texts);
/* Tokens of the statement so far, this one not counted. */
int syntax_before(const struct syntax *s);
/* The text behind the token, blanks skipped. */
const char *syntax_after(const struct syntax *s);
enum parse_in syntax_in(const struct syntax *s);
/* An error at @loc whose note tells what to do; @fix in the place of @at, if not NULL. */
void syntax_say(struct syntax *s, struct loc loc, const char *text, const char *note, struct loc at, const char *fix);
const char *syntax_text(const struct syntax *s, struct loc loc);
/* Is it a name or word? */
bool syntax_is_name(const struct syntax *s, int back);
/* Is @loc the first token of its line? */
bool syntax_begins_line(const struct parse *p, struct loc loc);
/* The words that begin what stands in such a block, ended by NULL; or NULL. */
const char *const *syntax_begins(enum parse_in in);

#define WORDS(...)	((const char *const[]){ __VA_ARGS__, NULL })
#define TEXT(...)	arena_printf(s->p->arena, __VA_ARGS__)

static inline struct loc syntax_from_to(struct loc a, struct loc b)
{
	return (struct loc){ a.src, a.start, b.end };
}

static inline struct loc syntax_behind(struct loc a)
{
	return (struct loc){ a.src, a.end, a.end };
}

/* syntax_words.c: hints that go by words of other languages. */
enum syntax_way syntax_arms(struct syntax *s);
enum syntax_way syntax_declarations(struct syntax *s);
enum syntax_way syntax_parser(struct syntax *s);
enum syntax_way syntax_p4(struct syntax *s);
enum syntax_way syntax_c_type(struct syntax *s);
enum syntax_way syntax_statements(struct syntax *s);

#endif

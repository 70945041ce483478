/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What people write who know C, P4, Rust or device trees, and what it is called here. Each function looks at the tokens
 * around the one at which the parser stopped, and either knows the mistake, says what to write, and how the parser goes
 * on, or leaves it to the next one. Only words and marks are looked at, never what names mean.
 */
#include "syntax.h"

#include <ctype.h>

static const struct loc nowhere;

bool syntax_is_name(const struct syntax *s, int back)
{
	struct loc loc = syntax_at(s, back);

	return loc.end > loc.start && isalpha((unsigned char)s->p->source->text[loc.start]);
}

bool syntax_begins_line(const struct parse *p, struct loc loc)
{
	const char *text = p->source->text;
	uint32_t i = loc.start;

	while (i && (text[i - 1] == ' ' || text[i - 1] == '\t'))
		i--;
	return !i || text[i - 1] == '\n';
}

const char *const *syntax_begins(enum parse_in in)
{
	static const char *const words[][32] = {
		[IN_FILE] = { "include", "const", "device", "target", "source", "config", "enum", "packed", "struct",
			"union",
			      "typedef", "metadata", "descriptor", "view_type", "view", "header", "parser", "subparser",
			      "classify", "bits", "table", "row", "for", "let", "mdesc", "since", "until" },
		[IN_HEADER] = { "reserved", "length", "if", "since", "until" },
		[IN_MEMBERS] = { "struct", "union", "packed", "reserved", "alias", "derive", "if", "since", "until" },
		[IN_PARSER] = { "start", "errors", "arcs", "register", "flag", "counter", "state", "subparser",
		"classify",
				"if", "since", "until" },
		[IN_STATE] = { "extract", "advance", "mark", "leave", "within", "select", "goto", "accept", "reject",
		"drop",
			       "layout", "if", "since", "until" },
		[IN_TABLE] = { "reserve", "key", "cell", "result", "start", "effect", "if", "since", "until" },
		[IN_ROW] = { "use", "let", "if", "since", "until" },
		[IN_ROWS] = { "row", "for", "if", "since", "until" },
		[IN_ARMS] = { "default", "use", "if", "since", "until" },
	};

	return words[in];
}

/* ---- versions and other texts that need their quotes ---- */

/* From @loc on, all that is part of a version. */
static struct loc version(const struct syntax *s, struct loc loc)
{
	const char *text = s->p->source->text;

	while (isalnum((unsigned char)text[loc.end]) || (text[loc.end] == '.' && text[loc.end + 1] != '.') ||
	       text[loc.end] == '-' || text[loc.end] == '+' || text[loc.end] == '_')
		loc.end++;
	return loc;
}

static enum syntax_way hint_quotes(struct syntax *s)
{
	const char *what = syntax_is_one(s, 1, WORDS("since", "until", "release")) ? "a version" :
			   syntax_is(s, 1, "unit") ? "a unit" : syntax_is(s, 1, "include") ? "a path" : "a text";
	struct loc loc = s->loc;

	if (strcmp(s->found, "number") && syntax_is(s, 0, "<") && syntax_is(s, 1, "include")) {
		while (s->p->source->text[loc.end] && !strchr(">\n", s->p->source->text[loc.end]))
			loc.end++;
		loc.end += s->p->source->text[loc.end] == '>';
		syntax_say(s, s->loc, "a path stands in quotes",
			   TEXT("write include \"%.*s\";", (int)(loc.end - loc.start - 2),
				s->p->source->text + loc.start + 1), loc,
			   TEXT("\"%.*s\"", (int)(loc.end - loc.start - 2), s->p->source->text + loc.start + 1));
		return SYNTAX_SKIP;
	}
	if (!syntax_expects(s, "string") || syntax_expects(s, "number") || s->n > 2 ||
	    (strcmp(s->found, "number") && !syntax_is_name(s, 0)))
		return SYNTAX_UNKNOWN;
	loc = version(s, loc);
	syntax_say(s, loc, TEXT("%s is a string", what), TEXT("write \"%s\"", syntax_text(s, loc)), loc,
		   TEXT("\"%s\"", syntax_text(s, loc)));
	return SYNTAX_SKIP;
}

/* `release >= 2.0`, and other numbers with dots. */
static enum syntax_way hint_dots(struct syntax *s)
{
	const char *text = s->p->source->text;
	int parts = 1, at = syntax_is(s, 0, ".") ? 1 : 2;
	struct loc loc = syntax_at(s, at);
	const char *end;

	if ((at == 2 && (strcmp(s->found, "number") || !syntax_is(s, 1, "."))) ||
		!isdigit((unsigned char)text[loc.start]))
		return SYNTAX_UNKNOWN;
	loc = version(s, loc);
	for (uint32_t i = loc.start; i < loc.end; i++)
		parts += text[i] == '.';
	end = text + loc.end + strspn(text + loc.end, " <>=!");
	if (syntax_in(s) == IN_DEVICE)
		syntax_say(s, loc, "a version is a string", TEXT("write \"%s\"", syntax_text(s, loc)), loc,
			   TEXT("\"%s\"", syntax_text(s, loc)));
	else if (syntax_is(s, at + 2, "release") || syntax_is(s, at + 3, "release") || !strncmp(end, "release", 7))
		syntax_say(s, loc, "a release is compared with a string", TEXT("write \"%s\"", syntax_text(s, loc)),
			loc,
			   TEXT("\"%s\"", syntax_text(s, loc)));
	else if (parts == 4)
		syntax_say(s, loc, "there are no addresses with dots",
			   "write it as a number, such as 0x0a000001 for 10.0.0.1", nowhere, NULL);
	else
		syntax_say(s, loc, TEXT("'%s' is no number", syntax_text(s, loc)),
			   "numbers are whole; a version is a string", nowhere, NULL);
	return SYNTAX_SKIP;
}

/* ---- one mark for another ---- */

static enum syntax_way swap(struct syntax *s, struct loc loc, const char *is, const char *note, const char *fix)
{
	syntax_say(s, loc, is, note, loc, fix);
	return SYNTAX_SKIP;
}

static enum syntax_way hint_arm(struct syntax *s)
{
	struct loc two = s->loc;

	if (syntax_is(s, 0, "=") && syntax_after(s) == s->p->source->text + s->loc.end && *syntax_after(s) == '>')
		two.end++;
	else if (!syntax_is_one(s, 0, WORDS("=", "->")))
		return SYNTAX_UNKNOWN;
	if (!syntax_expects(s, "':'") || syntax_expects(s, "'='") || !syntax_expects(s, "','"))
		return SYNTAX_UNKNOWN;
	return swap(s, two, TEXT("':' stands behind the values, not '%s'", syntax_text(s, two)), "write `VALUE: TO;`",
		":");
}

static enum syntax_way hint_marks(struct syntax *s)
{
	enum parse_in in = syntax_in(s);
	const char *last = s->p->source->text + syntax_at(s, 1).start;
	struct loc loc = s->loc;

	if (syntax_is(s, 0, "=") && syntax_is(s, 1, ":") && syntax_at(s, 1).end == loc.start)
		return swap(s, syntax_from_to(syntax_at(s, 1), loc), "there is no ':='", "write '='", "=");
	if (syntax_is(s, 0, ":") && *last && s->p->source->text[loc.end] == '=') {
		loc.end++;
		return swap(s, loc, "there is no ':='", "write '='", "=");
	}
	if (syntax_is(s, 0, ":") && syntax_is_one(s, syntax_before(s), WORDS("alias", "derive")))
		return swap(s, loc, "what it is follows '=', not ':'", "write '='", "=");
	if (syntax_is(s, 0, "<") && in == IN_MEMBERS && loc.end - loc.start == 1 && *syntax_after(s) == '-') {
		loc.end++;
		return swap(s, loc, "there is no '<-'", "write '='", "=");
	}
	if (syntax_is(s, 0, "==") && (in == IN_MEMBERS || syntax_expects(s, "'='")))
		return swap(s, loc, "'==' compares; '=' writes", "write '='", "=");
	if (syntax_is(s, 0, ".") && syntax_is(s, 1, "..") && syntax_at(s, 1).end == loc.start)
		return swap(s, loc, "a range has two dots", "write LO..HI", "");
	if (syntax_is(s, 0, "=") && syntax_is(s, 1, ".."))
		return swap(s, loc, "a range has two dots, and includes its end", "write LO..HI", "");
	if (syntax_is(s, 0, "..") && syntax_expects(s, "':'") && syntax_expects(s, "']'"))
		return swap(s, loc, "bits are written [HIGH:LOW]", "write ':' for '..'", ":");
	if (syntax_is(s, 0, "=") && syntax_expects(s, "')'"))
		return swap(s, loc, "'=' writes; '==' compares", "write '=='", "==");
	if (syntax_is(s, 0, ":") && *syntax_after(s) == ':' && syntax_is_name(s, 1)) {
		loc.start = syntax_at(s, 1).start;
		loc.end++;
		return swap(s, loc, "there is no '::'", "names stand alone, or behind a '.'", "");
	}
	if (syntax_is_one(s, 0, WORDS("=", ":")) && (syntax_expects(s, "name") || syntax_expects(s, "number")) &&
	    syntax_is_one(s, 1, WORDS("length", "max", "start", "else", "in", "by", "id", "reserved", "advance",
	    "errors",
				      "goto", "reject", "extract", "mask", "target", "valid")))
		return swap(s, loc, TEXT("no '%s' stands behind `%s`", syntax_text(s, loc), syntax_text(s,
			syntax_at(s, 1))),
			    "leave it out", "");
	if (syntax_is_one(s, 0, WORDS("=", ":")) && (in == IN_ROW || in == IN_TABLE) && syntax_before(s) == 1)
		return swap(s, loc, TEXT("no '%s' stands between '%s' and its value", syntax_text(s, loc),
			    syntax_text(s, syntax_at(s, 1))), TEXT("write `%s VALUE;`", syntax_text(s, syntax_at(s,
														 1))),
			    "");
	if (syntax_is(s, 0, "{") && syntax_is(s, 2, "bits"))
		return swap(s, syntax_at(s, 1), "`bits` says how many bits there are", "write `bits WIDTH NAME {...}`",
			    NULL);
	if (syntax_is(s, 0, "=") && syntax_is(s, 2, "counter"))
		return swap(s, loc, "a counter has a limit, and begins at 0", "write `counter NAME max N;`", "max");
	if (in == IN_DEVICE && syntax_is_one(s, 0, WORDS("=", ":")))
		return swap(s, loc, TEXT("no '%s' stands in a line of a device or target", syntax_text(s, loc)),
			    TEXT("write `%s VALUE;`", syntax_text(s, syntax_at(s, 1))), "");
	if (in == IN_ENUM && syntax_is(s, 0, ";"))
		return swap(s, loc, "enumerators are separated by ','", "write ',' for ';'", ",");
	if (syntax_is(s, 0, ":") && syntax_expects(s, "'='") && !syntax_expects(s, "':'"))
		return swap(s, loc, "a value follows '=', not ':'", "write '='", "=");
	if (in == IN_ENUM && syntax_is(s, 0, ":") && syntax_before(s))
		return swap(s, loc, "an enumerator's value follows '=', not ':'", "write '='", "=");
	if (syntax_is_one(s, 0, WORDS(",", "{")) && syntax_is(s, syntax_before(s), "alias"))
		return swap(s, loc, "an alias names the first of its pieces and the last",
			    "write `alias TYPE NAME = FIRST..LAST;`", NULL);
	if (syntax_is(s, 0, "+") && syntax_is(s, 1, "+") && in != IN_STATE)
		return swap(s, loc, "there is no '++'",
			"what lies side by side is an `alias`, the rest is put together by shifts "
			    "and '|'", NULL);
	if (syntax_is(s, 0, ",") && syntax_expects(s, "';'") && (in == IN_MEMBERS || in == IN_HEADER) &&
	    (isdigit((unsigned char)*last) || syntax_is_name(s, 1)))
		return swap(s, loc, "a member is declared by itself", "write `TYPE A; TYPE B;`", NULL);
	if (syntax_is(s, 0, ",") && in == IN_STATE && syntax_is(s, syntax_before(s), "extract"))
		return swap(s, loc, "each header is extracted by itself", "write `extract A; extract B;`", NULL);
	if (syntax_is(s, 0, ",") && syntax_expects(s, "';'")) {
		swap(s, loc, "this ends with ';', not ','", "write ';'", ";");
		return SYNTAX_INSTEAD;
	}
	return SYNTAX_UNKNOWN;
}

/* ---- something is missing ---- */

static bool begins_statement(const struct syntax *s, int back)
{
	const char *const *words = syntax_begins(syntax_in(s));

	return words && syntax_is_one(s, back, words);
}

/* Does a block begin before anything ends? */
static bool opens(const struct syntax *s)
{
	const char *text = s->p->source->text + s->loc.start;

	return text[strcspn(text, "{};")] == '{';
}

static enum syntax_way hint_missing(struct syntax *s)
{
	static const char *const blocks[] = {
		"device", "target", "enum", "packed", "struct", "union", "metadata", "descriptor", "view_type",
			"view", "header",
		"parser", "subparser", "classify", "state", NULL,
	};
	struct loc before = syntax_at(s, 1), at = syntax_behind(before);
	bool closes = syntax_is(s, 0, "}");

	if (syntax_is_one(s, 1, WORDS("switch", "if")) && syntax_expects(s, "'('")) {
		syntax_say(s, s->loc, syntax_is(s, 1, "if") ? "a condition stands in parentheses" :
			   "a tag stands in parentheses", TEXT("write `%s (...) {...}`", syntax_text(s, syntax_at(s,
			   1))), nowhere,
			   NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_expects(s, "':'") && syntax_expects(s, "','") && syntax_is_name(s, 0) && !syntax_is_name(s, 1)) {
		syntax_say(s, before, TEXT("':' is missing behind '%s'", syntax_text(s, before)), NULL, at, ":");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, syntax_before(s), "if") && syntax_is(s, 1, ")") && !syntax_is(s, 0, "{")) {
		syntax_say(s, s->loc, "what is there under a condition stands in braces",
			"write `if (CONDITION) {...}`", nowhere,
			   NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "{") && syntax_expects(s, "')'")) {
		syntax_say(s, before, TEXT("')' is missing behind '%s'", syntax_text(s, before)), NULL, at, ")");
		return SYNTAX_SKIP;
	}
	if (syntax_expects(s, "'{'") && syntax_before(s) > 1 && !syntax_is_one(s, 0, WORDS("{", ";", "}")) &&
		!opens(s)) {
		syntax_say(s, before, TEXT("'{' is missing behind '%s'", syntax_text(s, before)), NULL, at, " {");
		return syntax_is_one(s, syntax_before(s), blocks) ? SYNTAX_INSIDE : SYNTAX_SKIP;
	}
	if (syntax_in(s) == IN_ENUM && syntax_before(s) && syntax_is_name(s, 0) && !syntax_is(s, 1, ",")) {
		syntax_say(s, before, TEXT("',' is missing behind '%s'", syntax_text(s, before)), NULL, at, ",");
		return SYNTAX_SKIP;
	}
	if (!syntax_expects(s, "';'") || syntax_is_one(s, 1, WORDS(";", "{", "}")) || !syntax_before(s))
		return SYNTAX_UNKNOWN;
	if (!closes && !syntax_begins_line(s->p, s->loc) && !begins_statement(s, 0))
		return SYNTAX_UNKNOWN;
	if (!closes && !syntax_is_name(s, 0) && strcmp(s->found, "number") && !syntax_is_one(s, 0, WORDS("(", "_")))
		return SYNTAX_UNKNOWN;
	syntax_say(s, before, TEXT("';' is missing behind '%s'", syntax_text(s, before)), NULL, at, ";");
	return SYNTAX_GO_ON;
}

/* NAME and one of @marks. */
static bool declares(const char *s, const char *marks)
{
	while (isalnum((unsigned char)*s) || *s == '_')
		s++;
	while (*s == ' ')
		s++;
	return *s && strchr(marks, *s);
}

static const char *const items[] = {
	"device", "target", "source", "config", "typedef", "metadata", "descriptor", "view_type", "view", "header",
		"parser",
	"const", "include", "enum", "struct", "union", "packed", NULL,
};

/* The statement, @n tokens back, stands in the block around, and nowhere in this one. */
static bool is_outsider(const struct syntax *s, int n)
{
	enum parse_in in = syntax_in(s);

	if (!s->p->syn.open.n || !syntax_begins_line(s->p, syntax_at(s, n)))
		return false;
	if (syntax_is(s, n, "state"))
		return in != IN_PARSER && in != IN_ENUM && n == 1 && syntax_is_name(s, 0);
	if (!syntax_is_one(s, n, items) || syntax_is_one(s, n, WORDS("struct", "union", "packed")))
		return in == IN_ENUM && syntax_is_one(s, n, items);
	if (in == IN_ENUM)
		return true;
	if (syntax_is(s, n, "enum"))
		return declares(syntax_after(s), "{:");
	if (syntax_is(s, n, "const"))
		return declares(syntax_after(s), "=");
	return in != IN_STATE && in != IN_ARMS && n <= 2;
}

/* Outside of all blocks: a `}`, or what can only stand in one. */
static bool too_many_closed(struct syntax *s, int n)
{
	struct parse *p = s->p;
	bool closes = syntax_is(s, 0, "}");

	if (p->syn.open.n || (!closes && !syntax_is_one(s, n, WORDS("state", "start", "arcs", "register", "flag",
		"counter",
								    "errors"))))
		return false;
	if (!p->syn.outside && closes)
		syntax_say(s, s->loc, "there is one '}' too many", NULL, nowhere, NULL);
	else if (!p->syn.outside)
		syntax_say(s, syntax_at(s, n), TEXT("'%s' stands in a parser", syntax_text(s, syntax_at(s, n))),
			   "is a '}' in front of it too many?", nowhere, NULL);
	p->syn.outside = true;
	return true;
}

static enum syntax_way hint_brace(struct syntax *s)
{
	struct parse *p = s->p;
	int n = syntax_in(s) != IN_ENUM || p->syn.n_seen < 3 ? syntax_before(s) : !syntax_is_one(s, 0, items);
	const struct parse_block *block;
	struct diag *d;

	if (too_many_closed(s, n))
		return SYNTAX_SKIP;
	if (!is_outsider(s, n))
		return SYNTAX_UNKNOWN;
	block = &p->syn.open.p[p->syn.open.n - 1];
	d = diag(p->ctx, CHK_syntax, syntax_at(s, n), "'%s' cannot stand here: is a '}' missing in front of it?",
		 syntax_text(s, syntax_at(s, n)));
	diag_label(d, (struct loc){ p->src, block->word.start, block->name.end }, "this is not closed");
	p->syn.first = p->syn.n_seen - 1 - (uint32_t)n;
	return SYNTAX_CLOSE;
}

/* A word that is nearly one that could begin this. */
static enum syntax_way hint_near(struct syntax *s)
{
	int n = syntax_before(s);
	struct loc first = syntax_at(s, n);
	const char *const *words = syntax_begins(syntax_in(s)), *name, *near;
	struct diag *d;

	if (!words || n > 1 || !syntax_is_name(s, n) || begins_statement(s, n))
		return SYNTAX_UNKNOWN;
	name = syntax_text(s, first);
	near = nearest_name(name, words, 0);
	if (!near && syntax_in(s) != IN_FILE)
		return SYNTAX_UNKNOWN;
	if (n == 0 && syntax_in(s) != IN_FILE && syntax_in(s) != IN_PARSER)
		return SYNTAX_UNKNOWN;
	d = diag(s->p->ctx, CHK_syntax, first, syntax_in(s) == IN_FILE ? "'%s' is nothing that a file can declare" :
		 "'%s' is no word that can begin this", name);
	diag_near(s->p->ctx, d, name, near);
	return SYNTAX_SKIP;
}

enum syntax_way syntax_hint(struct syntax *s)
{
	static enum syntax_way (*const hints[])(struct syntax *) = {
		hint_brace, hint_quotes, hint_dots, syntax_arms, hint_arm, syntax_declarations, syntax_parser,
			hint_marks, syntax_p4, syntax_c_type,
		syntax_statements, hint_missing, hint_near,
	};
	enum syntax_way way = SYNTAX_UNKNOWN;

	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints) && way == SYNTAX_UNKNOWN; i++)
		way = hints[i](s);
	return way;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What people write who know C, P4, Rust or device trees, and what it is called here. Each function looks at the tokens
 * around the one at which the parser stopped, and either knows the mistake, says what to write, and how the parser goes
 * on, or leaves it to the next one. Only words and marks are looked at, never what names mean.
 */
#include "syntax.h"

#include <ctype.h>
#include <stdlib.h>

#define WORDS(...)	((const char *const[]){ __VA_ARGS__, NULL })
#define TEXT(...)	arena_printf(s->p->arena, __VA_ARGS__)

static const struct loc nowhere;

static bool is_name(const struct syntax *s, int back)
{
	struct loc loc = syntax_at(s, back);

	return loc.end > loc.start && isalpha((unsigned char)s->p->source->text[loc.start]);
}

static struct loc from_to(struct loc a, struct loc b)
{
	return (struct loc){ a.src, a.start, b.end };
}

static struct loc behind(struct loc a)
{
	return (struct loc){ a.src, a.end, a.end };
}

/* Is the token the first of its line? */
static bool begins_line(const struct parse *p, struct loc loc)
{
	const char *text = p->source->text;
	uint32_t i = loc.start;

	while (i && (text[i - 1] == ' ' || text[i - 1] == '\t'))
		i--;
	return !i || text[i - 1] == '\n';
}

/* ---- the preprocessor ---- */

static bool directive(const char **s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*s, word, n) || isalnum((unsigned char)(*s)[n]))
		return false;
	for (*s += n; **s == ' ' || **s == '\t'; )
		++*s;
	return true;
}

static void say_include(struct parse *p, struct loc loc, const char *path)
{
	size_t n = *path == '<' || *path == '"' ? strcspn(path + 1, ">\"\n") : 0;
	struct diag *d = diag(p->ctx, CHK_lexical, loc, "there is no preprocessor");
	const char *text = arena_printf(p->arena, "include \"%.*s\";", (int)n, n ? path + 1 : "");

	if (!n)
		return;
	diag_note(d, "write %s", text);
	loc.end = (uint32_t)(path + n + 2 - p->source->text);
	diag_fix(d, loc, text);
}

/* What begins is said once, and nothing of its parts. */
bool syntax_directive(struct parse *p, struct loc loc)
{
	const char *s = p->source->text + loc.start + 1, *value;
	struct diag *d;
	int name;

	if (!begins_line(p, loc)) {
		loc.end = loc.start + 1;
		diag(p->ctx, CHK_lexical, loc, "the character '#' has no meaning here");
		return false;
	}
	while (*s == ' ' || *s == '\t')
		s++;
	if (directive(&s, "include")) {
		say_include(p, loc, s);
	} else if (directive(&s, "define")) {
		for (name = 0; isalnum((unsigned char)s[name]) || s[name] == '_'; )
			name++;
		for (value = s + name; *value == ' ' || *value == '\t'; )
			value++;
		d = diag(p->ctx, CHK_lexical, loc, "there is no preprocessor");
		diag_note(d, "a number has a name by `const %.*s = %.*s;`", name, s,
			  *value && *value != '\n' && s[name] != '(' ? (int)strcspn(value, "\n/") : 3,
			  *value && *value != '\n' && s[name] != '(' ? value : "...");
	} else if (directive(&s, "if") || directive(&s, "ifdef") || directive(&s, "ifndef")) {
		diag_note(diag(p->ctx, CHK_lexical, loc, "there is no preprocessor"),
			  "parts of a description depend on its release, `if (release >= \"2.0\") {...}`, and numbers on -D");
	} else if (directive(&s, "pragma") && directive(&s, "pack")) {
		diag_note(diag(p->ctx, CHK_lexical, loc, "there is no preprocessor"), "write `packed struct NAME {...}`");
	} else if (!((directive(&s, "else") || directive(&s, "elif") || directive(&s, "endif")) && p->syn.directives)) {
		diag(p->ctx, CHK_lexical, loc, "there is no preprocessor, and '#' has no meaning here");
	}
	p->syn.directives++;
	return true;
}

/* ---- what the grammar reads as statements, to say that they are none ---- */

void syntax_no_effect(struct parse *p, const struct ast *e, struct loc loc)
{
	const struct ast_call *call = (const struct ast_call *)e;
	const char *text = p->source->text + loc.start;
	struct diag *d;
	const char *fix;

	if (e->kind == AST_CALL && call->args && (!strcmp(call->name.s, "extract") || !strcmp(call->name.s, "mark"))) {
		fix = arena_printf(p->arena, "%s %.*s", call->name.s, (int)(call->args->loc.end - call->args->loc.start),
				   p->source->text + call->args->loc.start);
		d = diag(p->ctx, CHK_syntax, loc, "`%s` has no parentheses", call->name.s);
		diag_note(d, "write `%s;`", fix);
		if (!call->args->next)
			diag_fix(d, loc, fix);
		return;
	}
	d = diag(p->ctx, CHK_syntax, loc, "this does nothing");
	if (e->kind == AST_CALL)
		diag_note(d, "a subparser is entered by `goto %.*s;`", (int)(loc.end - loc.start), text);
	else
		diag_note(d, "a flag is set by `%.*s = 1;`, a state is gone to by `goto %.*s;`",
			  (int)(loc.end - loc.start), text, (int)(loc.end - loc.start), text);
}

void syntax_no_assignment(struct parse *p, struct loc to, struct loc op)
{
	const char *text = p->source->text;

	diag_note(diag(p->ctx, CHK_syntax, op, "there is no such assignment"), "write `%.*s = %.*s %.*s ...;`",
		  (int)(to.end - to.start), text + to.start, (int)(to.end - to.start), text + to.start,
		  (int)(op.end - op.start), text + op.start);
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
	    (strcmp(s->found, "number") && !is_name(s, 0)))
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

	if ((at == 2 && (strcmp(s->found, "number") || !syntax_is(s, 1, "."))) || !isdigit((unsigned char)text[loc.start]))
		return SYNTAX_UNKNOWN;
	loc = version(s, loc);
	for (uint32_t i = loc.start; i < loc.end; i++)
		parts += text[i] == '.';
	end = text + loc.end + strspn(text + loc.end, " <>=!");
	if (syntax_in(s) == IN_DEVICE)
		syntax_say(s, loc, "a version is a string", TEXT("write \"%s\"", syntax_text(s, loc)), loc,
			   TEXT("\"%s\"", syntax_text(s, loc)));
	else if (syntax_is(s, at + 2, "release") || syntax_is(s, at + 3, "release") || !strncmp(end, "release", 7))
		syntax_say(s, loc, "a release is compared with a string", TEXT("write \"%s\"", syntax_text(s, loc)), loc,
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
	return swap(s, two, TEXT("':' stands behind the values, not '%s'", syntax_text(s, two)), "write `VALUE: TO;`", ":");
}

/* The words that begin what stands in such a block. */
static const char *const *begins(enum parse_in in)
{
	static const char *const words[][24] = {
		[IN_FILE] = { "include", "const", "device", "target", "source", "config", "enum", "packed", "struct", "union",
			      "typedef", "metadata", "descriptor", "view_type", "view", "header", "parser", "subparser",
			      "classify", "mdesc", "since", "until" },
		[IN_HEADER] = { "reserved", "length", "if", "since", "until" },
		[IN_MEMBERS] = { "struct", "union", "packed", "reserved", "alias", "derive", "if", "since", "until" },
		[IN_PARSER] = { "start", "errors", "arcs", "register", "flag", "counter", "state", "subparser", "classify",
				"if", "since", "until" },
		[IN_STATE] = { "extract", "advance", "mark", "leave", "within", "select", "goto", "accept", "reject", "drop",
			       "layout", "if", "since", "until" },
		[IN_ARMS] = { "default", "use", "if", "since", "until" },
	};

	return words[in];
}

static enum syntax_way hint_marks(struct syntax *s)
{
	enum parse_in in = syntax_in(s);
	const char *last = s->p->source->text + syntax_at(s, 1).start;
	struct loc loc = s->loc;

	if (syntax_is(s, 0, "=") && syntax_is(s, 1, ":") && syntax_at(s, 1).end == loc.start)
		return swap(s, from_to(syntax_at(s, 1), loc), "there is no ':='", "write '='", "=");
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
	if (in == IN_DEVICE && syntax_is_one(s, 0, WORDS("=", ":")))
		return swap(s, loc, TEXT("no '%s' stands in a line of a device or target", syntax_text(s, loc)),
			    TEXT("write `%s VALUE;`", syntax_text(s, syntax_at(s, 1))), "");
	if (in == IN_ENUM && syntax_is(s, 0, ";"))
		return swap(s, loc, "enumerators are separated by ','", "write ',' for ';'", ",");
	if (syntax_is(s, 0, ":") && syntax_expects(s, "'='") && !syntax_expects(s, "':'"))
		return swap(s, loc, "a value follows '=', not ':'", "write '='", "=");
	if (in == IN_ENUM && syntax_is(s, 0, ":") && syntax_before(s))
		return swap(s, loc, "an enumerator's value follows '=', not ':'", "write '='", "=");
	if (syntax_is(s, 0, ",") && syntax_expects(s, "';'") && (in == IN_MEMBERS || in == IN_HEADER) &&
	    (isdigit((unsigned char)*last) || is_name(s, 1)))
		return swap(s, loc, "a member is declared by itself", "write `TYPE A; TYPE B;`", NULL);
	if (syntax_is(s, 0, ",") && syntax_expects(s, "';'")) {
		swap(s, loc, "this ends with ';', not ','", "write ';'", ";");
		return SYNTAX_INSTEAD;
	}
	return SYNTAX_UNKNOWN;
}

/* ---- something is missing ---- */

static bool begins_statement(const struct syntax *s, int back)
{
	const char *const *words = begins(syntax_in(s));

	return words && syntax_is_one(s, back, words);
}

static enum syntax_way hint_missing(struct syntax *s)
{
	struct loc before = syntax_at(s, 1), at = behind(before);
	bool closes = syntax_is(s, 0, "}");

	if (syntax_is(s, 0, "{") && syntax_expects(s, "')'")) {
		syntax_say(s, before, TEXT("')' is missing behind '%s'", syntax_text(s, before)), NULL, at, ")");
		return SYNTAX_SKIP;
	}
	if (syntax_in(s) == IN_ENUM && syntax_before(s) && is_name(s, 0)) {
		syntax_say(s, before, TEXT("',' is missing behind '%s'", syntax_text(s, before)), NULL, at, ",");
		return SYNTAX_SKIP;
	}
	if (!syntax_expects(s, "';'") || syntax_is_one(s, 1, WORDS(";", "{", "}")) || !syntax_before(s))
		return SYNTAX_UNKNOWN;
	if (!closes && !begins_line(s->p, s->loc) && !begins_statement(s, 0))
		return SYNTAX_UNKNOWN;
	if (!closes && !is_name(s, 0) && strcmp(s->found, "number") && !syntax_is_one(s, 0, WORDS("(", "_")))
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

/* A statement that cannot stand in its block, but in the one around. */
static enum syntax_way hint_brace(struct syntax *s)
{
	struct parse *p = s->p;
	enum parse_in in = syntax_in(s);
	int n = syntax_before(s);
	const struct parse_block *block = p->syn.open.n ? &p->syn.open.p[p->syn.open.n - 1] : NULL;
	static const char *const items[] = {
		"device", "target", "source", "config", "typedef", "metadata", "descriptor", "view_type", "view", "header",
		"parser", "const", "include", "enum", NULL,
	};
	bool state = syntax_is(s, n, "state"), item = syntax_is_one(s, n, items);
	struct loc first = syntax_at(s, n);
	struct diag *d;

	if (syntax_is(s, 0, "}") && !block) {
		if (!p->syn.outside)
			syntax_say(s, s->loc, "there is one '}' too many", NULL, nowhere, NULL);
		p->syn.outside = true;
		return SYNTAX_SKIP;
	}
	if (!block && (state || syntax_is_one(s, n, WORDS("start", "arcs", "register", "flag", "counter", "errors")))) {
		if (!p->syn.outside)
			syntax_say(s, first, TEXT("'%s' stands in a parser", syntax_text(s, first)),
				   "is a '}' in front of it too many?", nowhere, NULL);
		p->syn.outside = true;
		return SYNTAX_SKIP;
	}
	if (!block || !begins_line(s->p, first) || (!state && !item) || (state && (in == IN_PARSER || n != 1 || !is_name(s, 0))))
		return SYNTAX_UNKNOWN;
	if (item && (syntax_is(s, n, "enum") ? !declares(syntax_after(s), "{:") :
		     syntax_is(s, n, "const") ? !declares(syntax_after(s), "=") : in == IN_STATE || in == IN_ARMS || n > 2))
		return SYNTAX_UNKNOWN;
	d = diag(p->ctx, CHK_syntax, first, "'%s' cannot stand here: is a '}' missing in front of it?",
		 syntax_text(s, first));
	diag_label(d, (struct loc){ p->src, block->word.start, block->name.end }, "this is not closed");
	return SYNTAX_CLOSE;
}

/* ---- words of other languages ---- */

static enum syntax_way hint_p4(struct syntax *s)
{
	struct loc word = syntax_at(s, 1);
	enum parse_in in = syntax_in(s);
	bool ends = syntax_is_one(s, 0, WORDS("accept", "reject", "drop", "select"));

	if (syntax_is(s, 0, "(") && syntax_is_one(s, 1, WORDS("extract", "lookahead", "advance")) && syntax_is(s, 2, ".")) {
		syntax_say(s, from_to(syntax_at(s, 3), word), "the packet has no name here", syntax_is(s, 1, "lookahead") ?
			   "write `lookahead(BIT, BITS)`" : TEXT("write `%s %s;`", syntax_text(s, word),
			   syntax_is(s, 1, "advance") ? "BYTES" : "HEADER"), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "(") && syntax_is_one(s, 1, WORDS("isValid", "is_valid")) && syntax_is(s, 2, ".")) {
		syntax_say(s, word, "there are no functions of a header", TEXT("write `present(%s)`",
			   syntax_text(s, syntax_at(s, 3))), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (in == IN_STATE && syntax_before(s) == 1 &&
	    syntax_is_one(s, 1, WORDS("transition", "next", "return", "jump", "then", "call", "parse", "go", "branch")) &&
	    (ends || is_name(s, 0))) {
		syntax_say(s, word, TEXT("there is no `%s`", syntax_text(s, word)),
			   "a state ends with `select (...) {...}`, `goto STATE;`, `accept;`, `reject CODE;` or `drop;`", word,
			   ends ? "" : "goto");
		return ends ? SYNTAX_GO_ON : SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "<") && syntax_is_one(s, 1, WORDS("bit", "int", "varbit")) && syntax_before(s) == 1) {
		int bits = atoi(syntax_after(s));
		const char *is = bits == 8 ? "u8" : bits != 16 && bits != 32 && bits != 64 ? NULL :
				 TEXT("%s%d", in == IN_HEADER ? "be" : "u", bits);
		const char *end = strchr(syntax_after(s), '>');

		if (end && end - syntax_after(s) < 8)
			word.end = (uint32_t)(end + 1 - s->p->source->text);
		else
			is = NULL;
		syntax_say(s, word, "there are no types with '<'", is ? TEXT("write %s", is) : in == IN_HEADER ?
			   "write `TYPE NAME : BITS;`, such as `u16 NAME : 13;`" :
			   "write u8, u16, u32 or u64; bits of them are ranges of a `word`", word, is);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "(") && syntax_before(s) == 2 && syntax_is_one(s, 2, WORDS("parser", "state", "header"))) {
		syntax_say(s, s->loc, TEXT("a %s has no parameters", syntax_text(s, syntax_at(s, 2))),
			   syntax_is(s, 2, "parser") ? "write `parser NAME writes METADATA {...}`" :
			   TEXT("write `%s NAME {...}`", syntax_text(s, syntax_at(s, 2))), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	return SYNTAX_UNKNOWN;
}

static enum syntax_way hint_arms(struct syntax *s)
{
	struct loc word = syntax_at(s, 1), gap = from_to(word, word);

	if (syntax_is(s, 1, "case") && (syntax_in(s) == IN_ARMS || syntax_in(s) == IN_MEMBERS)) {
		gap.end = s->loc.start;
		syntax_say(s, word, "there is no `case`", "values stand alone: `VALUE: ...`", gap, "");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "else") && syntax_in(s) == IN_ARMS) {
		syntax_say(s, s->loc, "the last arm is `default`", "write `default: TO;`", s->loc, "default");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "goto") && (syntax_is(s, 1, ":") || syntax_is(s, 1, "else"))) {
		gap = s->loc;
		gap.end = (uint32_t)(syntax_after(s) - s->p->source->text);
		syntax_say(s, s->loc, "the state stands here without `goto`", "write `VALUE: STATE;`", gap, "");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "{") && syntax_is(s, 1, ":") && syntax_in(s) == IN_ARMS) {
		syntax_say(s, s->loc, "an arm has no block", "it names a state, which does the rest: `VALUE: STATE;`",
			   nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "(") && syntax_is_one(s, 1, WORDS("accept", "drop"))) {
		gap = s->loc;
		if (*syntax_after(s) == ')')
			gap.end = (uint32_t)(syntax_after(s) + 1 - s->p->source->text);
		syntax_say(s, s->loc, TEXT("'%s' stands alone", syntax_text(s, word)),
			   TEXT("write `%s;`", syntax_text(s, word)), gap, "");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 1, "select") && !syntax_is(s, 0, "(")) {
		syntax_say(s, s->loc, "the keys of a select stand in parentheses", "write `select (KEY, ...) {...}`", nowhere,
			   NULL);
		return SYNTAX_SKIP;
	}
	return SYNTAX_UNKNOWN;
}

/* The words of C in front of what is a type here, and what it is. */
static enum syntax_way hint_c_type(struct syntax *s)
{
	static const char *const qualifiers[] = {
		"unsigned", "signed", "long", "short", "volatile", "static", "extern", NULL,
	};
	struct loc gap = syntax_at(s, 1), first = syntax_at(s, syntax_before(s));
	int n = syntax_before(s);

	if (n >= 1 && is_name(s, 0) && syntax_is_one(s, n, qualifiers)) {
		syntax_say(s, from_to(first, gap), TEXT("'%s' is no type", syntax_text(s, from_to(first, gap))),
			   "types are u8 to u64, s8 to s64, and be16 to be64 or le16 to le64 in an order of their own",
			   nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if ((syntax_is(s, 0, "enum") || syntax_is(s, 0, "const")) && syntax_in(s) != IN_FILE && !syntax_before(s)) {
		gap = s->loc;
		gap.end = (uint32_t)(syntax_after(s) - s->p->source->text);
		syntax_say(s, s->loc, TEXT("a member's type has no `%s` in front of it", syntax_text(s, s->loc)),
			   "write `TYPE NAME;`", gap, "");
		return SYNTAX_SKIP;
	}
	if (n == 2 && syntax_is_one(s, 2, WORDS("struct", "union")) && (is_name(s, 0) || syntax_is(s, 0, "*")) &&
	    syntax_in(s) != IN_FILE && !syntax_is(s, 0, "switch")) {
		gap = syntax_at(s, 2);
		gap.end = syntax_at(s, 1).start;
		syntax_say(s, syntax_at(s, 2), TEXT("a member's type has no `%s` in front of it",
			   syntax_text(s, syntax_at(s, 2))), TEXT("write `%s NAME;`", syntax_text(s, syntax_at(s, 1))), gap,
			   "");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 1, ")") && syntax_is(s, 3, "(") && (is_name(s, 0) || syntax_is(s, 0, "(")) && is_name(s, 2)) {
		syntax_say(s, from_to(syntax_at(s, 3), syntax_at(s, 1)), "there are no casts",
			   "values widen by themselves, and narrow by a slice: `value[7:0]`",
			   from_to(syntax_at(s, 3), syntax_at(s, 1)), "");
		return SYNTAX_SKIP;
	}
	return SYNTAX_UNKNOWN;
}

static enum syntax_way hint_declarations(struct syntax *s)
{
	int n = syntax_before(s);
	struct loc gap = syntax_at(s, 1);

	if (n == 1 && syntax_is(s, 1, "typedef") && syntax_is_one(s, 0, WORDS("struct", "union", "enum"))) {
		syntax_say(s, s->loc, TEXT("a %s has its name without a typedef", syntax_text(s, s->loc)),
			   TEXT("write `%s NAME {...}`", syntax_text(s, s->loc)), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (n == 2 && syntax_is(s, 2, "const") && is_name(s, 0)) {
		gap.end = s->loc.start;
		syntax_say(s, syntax_at(s, 1), "a constant has no type", TEXT("write `const %s = VALUE;`",
			   syntax_text(s, s->loc)), gap, "");
		return SYNTAX_SKIP;
	}
	if (n == 2 && syntax_is(s, 2, "enum") && is_name(s, 0) && syntax_in(s) == IN_FILE) {
		syntax_say(s, s->loc, "an enum's base stands behind ':'", TEXT("write `enum %s : %s {...}`",
			   syntax_text(s, gap), syntax_text(s, s->loc)), behind(gap), " :");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "(") && syntax_is(s, 2, "union") && syntax_in(s) != IN_FILE) {
		syntax_say(s, s->loc, "a tagged union says `switch`", TEXT("write `union %s switch (TAG) {...}`",
			   syntax_text(s, gap)), behind(gap), " switch");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, ":") && syntax_in(s) == IN_RANGES && syntax_expects(s, "'['")) {
		syntax_say(s, s->loc, "a range of a word says its bits", TEXT("write `%s [HIGH:LOW];`", syntax_text(s, gap)),
			   nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "]") && syntax_is(s, 1, "[") && syntax_expects(s, "number")) {
		syntax_say(s, from_to(gap, s->loc), "an array says how many elements it has", syntax_in(s) == IN_HEADER ?
			   "bytes of a number that the packet tells are not a field: the header's `length EXPR;` counts them" :
			   NULL, nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "=") && n == 3 && syntax_is(s, 2, ":") && is_name(s, 1) && is_name(s, 3) &&
	    (syntax_in(s) == IN_MEMBERS || syntax_in(s) == IN_HEADER)) {
		struct loc all = from_to(syntax_at(s, 3), gap);

		syntax_say(s, all, "the type stands in front of the name", TEXT("write `%s %s`", syntax_text(s, gap),
			   syntax_text(s, syntax_at(s, 3))), all, TEXT("%s %s", syntax_text(s, gap),
			   syntax_text(s, syntax_at(s, 3))));
		return SYNTAX_SKIP;
	}
	if (syntax_in(s) == IN_FILE && is_name(s, 0) && syntax_is(s, 1, "}") && !begins_line(s->p, s->loc)) {
		syntax_say(s, s->loc, "only the type is declared here, nothing that has it", "leave the name out", s->loc, "");
		return SYNTAX_SKIP;
	}
	return SYNTAX_UNKNOWN;
}

static enum syntax_way hint_statements(struct syntax *s)
{
	struct loc first = syntax_at(s, syntax_before(s)), word = syntax_at(s, 1);
	static const char *const types[] = {
		"u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "be16", "be32", "be64", "le16", "le32", "le64", "bool",
		"mac", "let", "var", "int", "auto", "uint8_t", "uint16_t", "uint32_t", "uint64_t", NULL,
	};

	if (syntax_in(s) != IN_STATE)
		return SYNTAX_UNKNOWN;
	if (syntax_before(s) == 1 && is_name(s, 0) && syntax_is_one(s, 1, types)) {
		syntax_say(s, word, "a state declares nothing", TEXT("declare it beside the states, `register TYPE %s;`, and "
			   "set it here: `%s = ...;`", syntax_text(s, s->loc), syntax_text(s, s->loc)), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is_one(s, 0, WORDS("+", "-")) && syntax_is(s, 1, syntax_text(s, s->loc)) && word.end == s->loc.start) {
		word.end = word.start;
		first = from_to(first, word);
		syntax_say(s, (struct loc){ s->loc.src, word.start, s->loc.end }, TEXT("there is no '%s%s'",
			   syntax_text(s, s->loc), syntax_text(s, s->loc)), TEXT("write `%s = %s %s 1;`",
			   syntax_text(s, first), syntax_text(s, first), syntax_text(s, s->loc)), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_before(s) == 2 && syntax_is(s, 2, "extract") && is_name(s, 0) && !begins_line(s->p, s->loc) &&
	    *syntax_after(s) == ';') {
		syntax_say(s, s->loc, "a name for what is extracted stands behind `as`", TEXT("write `extract %s as %s;`",
			   syntax_text(s, word), syntax_text(s, s->loc)), behind(word), " as");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, syntax_before(s), "if")) {
		if (!syntax_expects(s, "'{'"))
			return SYNTAX_UNKNOWN;
		syntax_say(s, syntax_at(s, syntax_before(s)), "a state has no `if`",
			   "it goes on by values: `select (KEYS) { VALUE: STATE; default: ...; }`", nowhere, NULL);
		return SYNTAX_SKIP;
	}
	return SYNTAX_UNKNOWN;
}

/* A word that is nearly one that could begin this. */
static enum syntax_way hint_near(struct syntax *s)
{
	int n = syntax_before(s);
	struct loc first = syntax_at(s, n);
	const char *const *words = begins(syntax_in(s)), *name, *near;
	struct diag *d;

	if (!words || n > 1 || !is_name(s, n) || begins_statement(s, n))
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
		hint_brace, hint_quotes, hint_dots, hint_arms, hint_arm, hint_declarations, hint_marks, hint_p4, hint_c_type,
		hint_statements, hint_missing, hint_near,
	};
	enum syntax_way way = SYNTAX_UNKNOWN;

	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints) && way == SYNTAX_UNKNOWN; i++)
		way = hints[i](s);
	return way;
}

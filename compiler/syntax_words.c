/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What people write who know C, P4 or Rust, by the words that they use: declarations, types, statements, ways out, and
 * lines of the preprocessor. As in syntax_hints.c each function either knows the mistake or leaves it to the next one.
 */
#include "syntax.h"

#include <ctype.h>
#include <stdlib.h>

static const struct loc nowhere;

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

	if (!syntax_begins_line(p, loc) && (s[-2] == ' ' || s[-2] == '\t') && (*s == ' ' || *s == '\t')) {
		diag_note(diag(p->ctx, CHK_lexical, loc, "'#' begins no comment"), "write `//`");
		return true;
	}
	if (!syntax_begins_line(p, loc)) {
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
			  "parts of a description depend on its release, `if (release >= \"2.0\") {...}`, and "
			  "numbers on -D");
	} else if (directive(&s, "pragma") && directive(&s, "pack")) {
		diag_note(diag(p->ctx, CHK_lexical, loc, "there is no preprocessor"),
			"write `packed struct NAME {...}`");
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
		fix = arena_printf(p->arena, "%s %.*s", call->name.s,
			(int)(call->args->loc.end - call->args->loc.start),
				   p->source->text + call->args->loc.start);
		d = diag(p->ctx, CHK_syntax, loc, "`%s` has no parentheses", call->name.s);
		diag_note(d, "write `%s;`", fix);
		if (!call->args->next)
			diag_fix(d, loc, fix);
		return;
	}
	d = diag(p->ctx, CHK_syntax, loc, "this does nothing");
	if (e->kind == AST_CALL && (!strcmp(call->name.s, "verify") || !strcmp(call->name.s, "assert")))
		diag_note(d, "a select decides: `select (KEY) { VALUE: STATE; default: reject CODE; }`");
	else if (e->kind == AST_CALL)
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

/* ---- what the parser stops at ---- */

enum syntax_way syntax_p4(struct syntax *s)
{
	struct loc word = syntax_at(s, 1);
	enum parse_in in = syntax_in(s);
	bool ends = syntax_is_one(s, 0, WORDS("accept", "reject", "drop", "select"));

	if (syntax_is(s, 0, "(") && syntax_is_one(s, 1, WORDS("extract", "lookahead", "advance")) && syntax_is(s, 2,
		".")) {
		syntax_say(s, syntax_from_to(syntax_at(s, 3), word), "the packet has no name here", syntax_is(s, 1,
			"lookahead") ?
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
	    syntax_is_one(s, 1, WORDS("transition", "next", "return", "jump", "then", "call", "parse", "go",
	    "branch")) &&
	    (ends || syntax_is_name(s, 0))) {
		syntax_say(s, word, TEXT("there is no `%s`", syntax_text(s, word)),
			   "a state ends with `select (...) {...}`, `goto STATE;`, `accept;`, `reject CODE;` or "
			   "`drop;`", word,
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

enum syntax_way syntax_arms(struct syntax *s)
{
	struct loc word = syntax_at(s, 1), gap = syntax_from_to(word, word);

	if (syntax_is(s, 1, "case") && (syntax_in(s) == IN_ARMS || syntax_in(s) == IN_MEMBERS)) {
		gap.end = s->loc.start;
		syntax_say(s, word, "there is no `case`", "values stand alone: `VALUE: ...`", gap, "");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "else") && !syntax_before(s) && (syntax_in(s) == IN_ARMS || syntax_in(s) == IN_MEMBERS ||
							   syntax_in(s) == IN_CLASSES)) {
		syntax_say(s, s->loc, "the last arm is `default`", "write `default: TO;`", s->loc, "default");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "goto") && syntax_is_one(s, 1, WORDS(":", "else", "leave"))) {
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
		syntax_say(s, s->loc, "the keys of a select stand in parentheses", "write `select (KEY, ...) {...}`",
			nowhere,
			   NULL);
		return SYNTAX_SKIP;
	}
	return SYNTAX_UNKNOWN;
}

/* The words of C in front of what is a type here, and what it is. */
enum syntax_way syntax_c_type(struct syntax *s)
{
	static const char *const qualifiers[] = {
		"unsigned", "signed", "long", "short", "volatile", "static", "extern", NULL,
	};
	struct loc gap = syntax_at(s, 1), first = syntax_at(s, syntax_before(s));
	int n = syntax_before(s);

	if (n >= 1 && syntax_is_name(s, 0) && syntax_is_one(s, n, qualifiers)) {
		syntax_say(s, syntax_from_to(first, gap), TEXT("'%s' is no type", syntax_text(s, syntax_from_to(first,
			gap))),
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
	if (n == 2 && syntax_is_one(s, 2, WORDS("struct", "union")) && (syntax_is_name(s, 0) || syntax_is(s, 0, "*")) &&
	    syntax_in(s) != IN_FILE && !syntax_is(s, 0, "switch")) {
		gap = syntax_at(s, 2);
		gap.end = syntax_at(s, 1).start;
		syntax_say(s, syntax_at(s, 2), TEXT("a member's type has no `%s` in front of it",
			   syntax_text(s, syntax_at(s, 2))), TEXT("write `%s NAME;`", syntax_text(s, syntax_at(s,
			   1))), gap,
			   "");
		return SYNTAX_SKIP;
	}
	if (!syntax_is(s, n, "if") && syntax_is(s, 1, ")") && syntax_is(s, 3, "(") && (syntax_is_name(s, 0) ||
		syntax_is(s, 0, "(")) && syntax_is_name(s, 2)) {
		syntax_say(s, syntax_from_to(syntax_at(s, 3), syntax_at(s, 1)), "there are no casts",
			   "values widen by themselves, and narrow by a slice: `value[7:0]`",
			   syntax_from_to(syntax_at(s, 3), syntax_at(s, 1)), "");
		return SYNTAX_SKIP;
	}
	return SYNTAX_UNKNOWN;
}

enum syntax_way syntax_declarations(struct syntax *s)
{
	int n = syntax_before(s);
	struct loc gap = syntax_at(s, 1);

	if (n == 1 && syntax_is(s, 1, "typedef") && syntax_is_one(s, 0, WORDS("struct", "union", "enum"))) {
		syntax_say(s, s->loc, TEXT("a %s has its name without a typedef", syntax_text(s, s->loc)),
			   TEXT("write `%s NAME {...}`", syntax_text(s, s->loc)), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (n == 2 && syntax_is(s, 2, "const") && syntax_is_name(s, 0)) {
		gap.end = s->loc.start;
		syntax_say(s, syntax_at(s, 1), "a constant has no type", TEXT("write `const %s = VALUE;`",
			   syntax_text(s, s->loc)), gap, "");
		return SYNTAX_SKIP;
	}
	if (n == 2 && syntax_is(s, 2, "enum") && syntax_is_name(s, 0) && syntax_in(s) == IN_FILE) {
		syntax_say(s, s->loc, "an enum's base stands behind ':'", TEXT("write `enum %s : %s {...}`",
			   syntax_text(s, gap), syntax_text(s, s->loc)), syntax_behind(gap), " :");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "(") && syntax_is(s, 2, "union") && syntax_in(s) != IN_FILE) {
		syntax_say(s, s->loc, "a tagged union says `switch`", TEXT("write `union %s switch (TAG) {...}`",
			   syntax_text(s, gap)), syntax_behind(gap), " switch");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, ":") && n == 2 && syntax_is_one(s, 2, WORDS("header", "struct", "union", "metadata",
		"descriptor",
									 "parser", "state"))) {
		syntax_say(s, s->loc, TEXT("a %s extends nothing", syntax_text(s, syntax_at(s, 2))),
			   TEXT("write `%s %s {...}`", syntax_text(s, syntax_at(s, 2)), syntax_text(s, gap)), nowhere,
			   NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, n, "length") && (syntax_is(s, 0, "[") || (syntax_is(s, 0, ";") && syntax_expects(s, "..")))) {
		syntax_say(s, s->loc, "the lengths that can be are a range", "write `length EXPR in LO..HI;`",
			nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (!strcmp(s->found, "'='") || !strcmp(s->found, "';'") ? n == 2 && syntax_is_one(s, 2, WORDS("alias",
		"derive",
	    "source", "config")) : false) {
		syntax_say(s, gap, TEXT("'%s' has no type, or no name", syntax_text(s, gap)),
			TEXT("write `%s TYPE %s ...;`",
			   syntax_text(s, syntax_at(s, 2)), syntax_text(s, gap)), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is_one(s, 0, WORDS("if", "when", "where", "iff", "unless")) && n >= 2 && syntax_is_name(s, 1) &&
		syntax_in(s) == IN_MEMBERS) {
		syntax_say(s, s->loc, "what a member depends on is told by `valid`", TEXT("write `%s valid CONDITION;`",
			   syntax_text(s, gap)), s->loc, syntax_is(s, 0, "unless") ? NULL : "valid");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "if") && syntax_expects(s, "number")) {
		syntax_say(s, s->loc, "there is no `if` in an expression", "write `CONDITION ? A : B`", nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is_one(s, 0, WORDS("and", "or")) && n && *syntax_after(s) != ';') {
		syntax_say(s, s->loc, TEXT("there is no `%s`", syntax_text(s, s->loc)), TEXT("write `%s`",
			   syntax_is(s, 0, "and") ? "&&" : "||"), s->loc, syntax_is(s, 0, "and") ? "&&" : "||");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 1, "not") && syntax_is_name(s, 0) && n > 2) {
		gap.end = s->loc.start;
		syntax_say(s, syntax_at(s, 1), "there is no `not`", "write `!`", gap, "!");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "{") && syntax_in(s) == IN_MEMBERS && (n == 2 || (n == 3 && syntax_is(s, 1, ":")))) {
		gap = syntax_at(s, n - 1);
		gap.end = gap.start;
		syntax_say(s, s->loc, "only a `word` has ranges in braces",
			TEXT("write `%s word %s { NAME [HIGH:LOW]; ... }`",
			   syntax_text(s, syntax_at(s, n)), syntax_text(s, syntax_at(s, n - 1))), gap, n == 2 ?
			   "word " : NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "at") && n >= 2 && (syntax_in(s) == IN_MEMBERS || syntax_in(s) == IN_HEADER)) {
		syntax_say(s, s->loc, "a byte offset stands behind '@'", TEXT("write `%s @ N;`", syntax_text(s, gap)),
			s->loc, "@");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, n, "reserved") && (syntax_is(s, 0, "[") || (n == 2 && syntax_is_name(s, 0)))) {
		syntax_say(s, s->loc, syntax_is(s, 0, "[") ? "a number of bytes stands behind `reserved`" :
			   "what is reserved has no name", "write `reserved BYTES;`", nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (!strcmp(s->found, "number") && n == 1 && syntax_in(s) != IN_STATE &&
	    syntax_is_one(s, 1, WORDS("pad", "padding", "skip", "gap", "unused", "rsvd"))) {
		syntax_say(s, gap, TEXT("'%s' is no type", syntax_text(s, gap)), TEXT("write `reserved %s;`",
			   syntax_text(s, s->loc)), gap, "reserved");
		return SYNTAX_SKIP;
	}
	if (syntax_is_one(s, 0, WORDS("__attribute__", "__packed", "__aligned"))) {
		syntax_say(s, s->loc, "there are no attributes of a C compiler",
			   "a struct is packed by `packed struct NAME {...}`, and a member lies at byte N by `@ N`",
			   nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "[") && n == 1 && (syntax_in(s) == IN_MEMBERS || syntax_in(s) == IN_HEADER)) {
		syntax_say(s, s->loc, "the length of an array stands behind its name", TEXT("write `%s NAME[N];`",
			   syntax_text(s, gap)), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, ";") && syntax_is_one(s, 1, WORDS("deprecated", "unit", "as"))) {
		syntax_say(s, gap, TEXT("a text stands behind `%s`", syntax_text(s, gap)), TEXT("write `%s \"%s\"`",
			   syntax_text(s, gap), syntax_is(s, 1, "deprecated") ? "use NAME" : "..."), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is_one(s, 0, WORDS(":", "<", "(")) && syntax_in(s) == IN_RANGES && syntax_expects(s, "'['")) {
		syntax_say(s, s->loc, "a range of a word says its bits", TEXT("write `%s [HIGH:LOW];`", syntax_text(s,
			   syntax_at(s, n))),
			   nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "]") && syntax_is(s, 1, "[") && syntax_expects(s, "number")) {
		syntax_say(s, syntax_from_to(gap, s->loc), "an array says how many elements it has",
			syntax_in(s) == IN_HEADER ?
			   "bytes of a number that the packet tells are not a field: the header's `length EXPR;` "
			   "counts them" :
			   NULL, nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "=") && n == 3 && syntax_is(s, 2, ":") && syntax_is_name(s, 1) && syntax_is_name(s, 3) &&
	    (syntax_in(s) == IN_MEMBERS || syntax_in(s) == IN_HEADER)) {
		struct loc all = syntax_from_to(syntax_at(s, 3), gap);

		syntax_say(s, all, "the type stands in front of the name", TEXT("write `%s %s`", syntax_text(s, gap),
			   syntax_text(s, syntax_at(s, 3))), all, TEXT("%s %s", syntax_text(s, gap),
			   syntax_text(s, syntax_at(s, 3))));
		return SYNTAX_SKIP;
	}
	if (syntax_in(s) == IN_FILE && syntax_is_name(s, 0) && syntax_is(s, 1, "}") && !syntax_begins_line(s->p,
		s->loc)) {
		syntax_say(s, s->loc, "only the type is declared here, nothing that has it", "leave the name out",
			s->loc, "");
		return SYNTAX_SKIP;
	}
	return SYNTAX_UNKNOWN;
}

/* Registers, counters and subparsers, and what enters them. */
enum syntax_way syntax_parser(struct syntax *s)
{
	int n = syntax_before(s);
	struct loc gap = syntax_at(s, 1);
	bool call = syntax_is_one(s, n, WORDS("goto", "start")) && syntax_is(s, n - 2, "(");

	if (!strcmp(s->found, "number") && syntax_is(s, 1, "[") && syntax_is(s, n, "extract")) {
		syntax_say(s, s->loc, "a stack has no size: the loop that extracts it has", TEXT("write `%s[]`, and "
			   "`state NAME max %s {`", syntax_text(s, syntax_at(s, 2)), syntax_text(s, s->loc)), s->loc,
			   	"");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, n, "register") && n < 4 && !syntax_is(s, 0, ":") ? syntax_is(s, 0, "=") || syntax_is(s, 0,
		";") :
	    syntax_is(s, n, "register") && n == 2) {
		if (syntax_is(s, 0, "="))
			syntax_say(s, s->loc, "registers are 0 when the parser starts", "the first state can set it",
				nowhere,
				   NULL);
		else
			syntax_say(s, s->loc, "a register has a type", TEXT("write `register u8 %s;`", syntax_text(s,
				gap)),
				   nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, n, "flag") && n == 2 && syntax_is_name(s, 0)) {
		gap.end = s->loc.start;
		syntax_say(s, syntax_at(s, 1), "a flag has no type: it is one bit", TEXT("write `flag %s;`",
			   syntax_text(s, s->loc)), gap, "");
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, n, "counter") && n == 2) {
		syntax_say(s, gap, "a counter has a limit", TEXT("write `counter %s max N;`", syntax_text(s, gap)),
			nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, n, "subparser") && (syntax_expects(s, "scope") || syntax_expects(s, "'('"))) {
		gap = s->loc;
		gap.end = gap.start;
		syntax_say(s, s->loc, "a subparser is there once for each scope that it is entered with", TEXT("write "
			   "`subparser %s(scope s) {...}`", syntax_text(s, syntax_at(s, n - 1))), gap,
			   syntax_is_name(s, 0) ? "scope " : NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, n, "subparser") && syntax_is(s, 1, ",") && syntax_is_name(s, 0)) {
		gap = s->loc;
		gap.end = gap.start;
		syntax_say(s, s->loc, "behind the scope are the ways out", TEXT("write `state %s`", syntax_text(s,
			s->loc)), gap,
			   "state ");
		return SYNTAX_SKIP;
	}
	if (call && n < 5 && (syntax_is(s, 0, ")") || !strcmp(s->found, "string") || syntax_is(s, 1, "scope"))) {
		syntax_say(s, s->loc, "a subparser is entered in a scope",
			TEXT("write `%s %s(SCOPE);`, with any name for it",
			   syntax_text(s, syntax_at(s, n)), syntax_text(s, syntax_at(s, n - 1))), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, ".") && syntax_is(s, 2, "goto")) {
		syntax_say(s, s->loc, "a state has one name", TEXT("in a scope write `goto %s(SCOPE);`",
			syntax_text(s, gap)),
			   nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, 0, "{") && syntax_is(s, 1, "errors")) {
		syntax_say(s, s->loc, "the errors' names are those of an enum",
			   "write `enum NAME : u16 { too_deep = 16, ... }` and `errors NAME;`", nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is_one(s, 2, WORDS("within")) && syntax_expects(s, "goto")) {
		syntax_say(s, s->loc, "the options of a header are parsed by states",
			TEXT("write `within %s goto STATE;`",
			   syntax_text(s, gap)), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is(s, n, "advance") && n >= 2 && syntax_is_one(s, 0, WORDS("bytes", "byte"))) {
		gap.start = gap.end;
		gap.end = s->loc.end;
		syntax_say(s, s->loc, "the cursor moves by bytes", "leave the word out", gap, "");
		return SYNTAX_SKIP;
	}
	if ((syntax_is(s, 0, ")") && syntax_is(s, 7, "lookahead")) || (syntax_is(s, 0, "..") && syntax_is(s, 3,
		"lookahead"))) {
		syntax_say(s, s->loc, "a look-ahead names its bits", "write `lookahead(BIT, BITS)`", nowhere, NULL);
		return SYNTAX_SKIP;
	}
	return SYNTAX_UNKNOWN;
}

enum syntax_way syntax_statements(struct syntax *s)
{
	struct loc first = syntax_at(s, syntax_before(s)), word = syntax_at(s, 1);
	static const char *const types[] = {
		"u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "be16", "be32", "be64", "le16", "le32", "le64",
			"bool",
		"mac", "let", "var", "int", "auto", "uint8_t", "uint16_t", "uint32_t", "uint64_t", NULL,
	};

	if (syntax_in(s) != IN_STATE)
		return SYNTAX_UNKNOWN;
	if (syntax_before(s) == 1 && syntax_is_name(s, 0) && syntax_is_one(s, 1, types)) {
		syntax_say(s, word, "a state declares nothing",
			TEXT("declare it beside the states, `register TYPE %s;`, and "
			   "set it here: `%s = ...;`", syntax_text(s, s->loc), syntax_text(s, s->loc)), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_is_one(s, 0, WORDS("+", "-")) && syntax_is(s, 1, syntax_text(s, s->loc)) &&
		word.end == s->loc.start) {
		word.end = word.start;
		first = syntax_from_to(first, word);
		syntax_say(s, (struct loc){ s->loc.src, word.start, s->loc.end }, TEXT("there is no '%s%s'",
			   syntax_text(s, s->loc), syntax_text(s, s->loc)), TEXT("write `%s = %s %s 1;`",
			   syntax_text(s, first), syntax_text(s, first), syntax_text(s, s->loc)), nowhere, NULL);
		return SYNTAX_SKIP;
	}
	if (syntax_before(s) == 2 && syntax_is(s, 2, "extract") && syntax_is_name(s, 0) && !syntax_begins_line(s->p,
		s->loc) &&
	    *syntax_after(s) == ';') {
		syntax_say(s, s->loc, "a name for what is extracted stands behind `as`",
			TEXT("write `extract %s as %s;`",
			   syntax_text(s, word), syntax_text(s, s->loc)), syntax_behind(word), " as");
		return SYNTAX_SKIP;
	}
	if (syntax_before(s) == 1 && syntax_is_name(s, 1) && !syntax_begins_line(s->p, s->loc) &&
	    (syntax_is_name(s, 0) || !strcmp(s->found, "number") || !strcmp(s->found, "string")) &&
	    !syntax_is_one(s, 1, syntax_begins(IN_STATE)) &&
	    !nearest_name(syntax_text(s, word), syntax_begins(IN_STATE), 0)) {
		bool skips = syntax_is_one(s, 1, WORDS("skip", "seek", "move", "forward"));

		syntax_say(s, word, TEXT("'%s' begins no statement", syntax_text(s, word)), skips ?
			   TEXT("write `advance %s;`", syntax_text(s, s->loc)) : "a state has `extract`, `advance`, "
			   "`mark`, `NAME = EXPR;`, and ends with `select`, `goto`, `accept`, `reject` or `drop`",
			   	word, skips ? "advance" : NULL);
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


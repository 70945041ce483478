/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Names: which may be used, what is said of unknown and of doubled ones, and
 * how names in C are made. Every name of a description ends up in a C header,
 * in BTF, or in both, so keywords of C and C++ are refused, and so is `___`,
 * behind which CO-RE looks for a flavour.
 */
#include "resolve.h"

#include <ctype.h>
#include <stdlib.h>

#define NAME_MAX_CHARS	63
#define SUGGEST_ERRORS	100	/* with more errors than this nobody reads suggestions */

static const char *const keywords[] = {
	/* C11, GNU C */
	"auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else",
	"enum", "extern", "float", "for", "goto", "if", "inline", "int", "long", "register",
	"restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef",
	"union", "unsigned", "void", "volatile", "while", "asm", "typeof",
	/* C23 */
	"alignas", "alignof", "bool", "constexpr", "false", "nullptr", "static_assert",
	"thread_local", "true", "typeof_unqual",
	/* C++20 */
	"and", "and_eq", "bitand", "bitor", "catch", "char16_t", "char32_t", "char8_t", "class",
	"co_await", "co_return", "co_yield", "compl", "concept", "const_cast", "consteval",
	"constinit", "decltype", "delete", "dynamic_cast", "explicit", "export", "friend",
	"mutable", "namespace", "new", "noexcept", "not", "not_eq", "operator", "or", "or_eq",
	"private", "protected", "public", "reinterpret_cast", "requires", "static_cast",
	"template", "this", "throw", "try", "typeid", "typename", "using", "virtual", "wchar_t",
	"xor", "xor_eq",
};

/* What C compilers predefine on the platforms that headers are compiled for. */
static const char *const macros[] = { "linux", "unix", "i386" };

static void forbid(struct resolver *r, const char *const *names, size_t n, const char *what)
{
	for (size_t i = 0; i < n; i++)
		atom_map_add(&r->keywords, atom(r->ctx->atoms, names[i]), (void *)what);
}

static void keywords_init(struct resolver *r)
{
	atom_map_init(&r->keywords, r->arena);
	atom_map_reserve(&r->keywords, sizeof(keywords) / sizeof(*keywords) + sizeof(macros) / sizeof(*macros));
	forbid(r, keywords, sizeof(keywords) / sizeof(*keywords), "a keyword of C or C++");
	forbid(r, macros, sizeof(macros) / sizeof(*macros), "a macro of C compilers");
}

void rs_check_name(struct resolver *r, struct ast_name n)
{
	const char *what;
	struct diag *d;

	if (!n.s)
		return;
	if (!r->keywords.slots)
		keywords_init(r);
	what = atom_map_get(&r->keywords, n.s);
	if (strlen(n.s) > NAME_MAX_CHARS) {
		diag(r->ctx, CHK_bad_name, n.loc, "this name has %zu characters; %d are the most",
		     strlen(n.s), NAME_MAX_CHARS);
	} else if (strstr(n.s, "___")) {
		d = diag(r->ctx, CHK_bad_name, n.loc, "'%s' holds `___`", n.s);
		diag_note(d, "CO-RE takes what follows three underscores for a flavour and ignores it");
	} else if (!isalpha((unsigned char)n.s[0])) {
		diag(r->ctx, CHK_bad_name, n.loc, "'%s' does not begin with a letter", n.s);
	} else if (what) {
		d = diag(r->ctx, CHK_bad_name, n.loc, "'%s' is %s", n.s, what);
		diag_note(d, "the generated header could not be compiled");
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void rs_suggest(struct resolver *r, struct diag *d, const char *name, const struct atom_map *known)
{
	const struct loc *gone = r->ctx->dropped ? atom_map_get(r->ctx->dropped, atom(r->ctx->atoms, name)) : NULL;
	const char **keys;

	if (gone) {
		diag_label(d, *gone, "this is not there in release %s", r->ctx->release);
		return;
	}
	if (!d || !known->n || diag_errors(r->ctx) > SUGGEST_ERRORS)
		return;
	keys = arena_array(r->arena, const char *, known->n);
	atom_map_keys(known, keys);
	qsort(keys, known->n, sizeof(*keys), compare_names);
	diag_near(r->ctx, d, name, nearest_name(name, keys, known->n));
}

void rs_unknown(struct resolver *r, struct ast_name n, const char *what, const struct atom_map *known)
{
	rs_suggest(r, diag(r->ctx, CHK_unknown_name, n.loc, "unknown %s '%s'", what, n.s), n.s,
		   known);
}

void rs_duplicate(struct resolver *r, struct ast_name n, const char *what, struct loc first)
{
	struct diag *d = diag(r->ctx, CHK_duplicate_name, n.loc, "%s '%s' is declared twice", what, n.s);

	if (first.src != UINT32_MAX)
		diag_label(d, first, "first declared here");
}

const char *rs_atomf(struct resolver *r, const char *fmt, ...)
{
	char buf[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n < (int)sizeof(buf))
		return atom_n(r->ctx->atoms, buf, (size_t)n);
	va_start(ap, fmt);
	const char *s = arena_vprintf(r->arena, fmt, ap);
	va_end(ap);
	return atom(r->ctx->atoms, s);
}

const char *rs_upper(struct resolver *r, const char *a, const char *b)
{
	size_t n = strlen(a) + 1 + strlen(b);
	char buf[256], *up = n < sizeof(buf) ? buf : arena_alloc(r->arena, n + 1);

	strcpy(stpcpy(stpcpy(up, a), "_"), b);
	for (char *p = up; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return atom_n(r->ctx->atoms, up, n);
}

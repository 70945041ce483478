/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Makes the nodes of the syntax tree for the grammar's actions, in the arena of the compile: lists, members with their
 * attributes, gates, conditions. What is wrong in the text itself, such as an attribute that stands twice, is reported
 * here; what names mean, is not.
 */
#include "ast_make.h"

const struct ast_attrs ast_no_attrs;

struct ast *ast_make(struct parse *p, enum ast_kind kind, struct loc loc, size_t size)
{
	struct ast *node = arena_alloc(p->arena, size);

	node->kind = kind;
	node->size = size;
	node->loc = loc;
	return node;
}

struct ast *ast_init(struct parse *p, enum ast_kind kind, struct loc loc, const void *from, size_t size)
{
	struct ast *node = arena_alloc(p->arena, size);

	memcpy(node, from, size);
	node->kind = kind;
	node->size = size;
	node->loc = loc;
	return node;
}

struct ast *ast_expr(struct parse *p, struct ast *e, struct ast *a, struct ast *b, struct ast *c)
{
	struct ast *parts[] = { a, b, c };

	for (int i = 0; i < 3; i++)
		if (parts[i] && parts[i]->depth >= e->depth)
			e->depth = parts[i]->depth + 1;
	if (e->depth <= AST_DEPTH_MAX)
		return e;
	diag(p->ctx, CHK_syntax, e->loc, "the expression is nested more than %d deep", AST_DEPTH_MAX);
	return ast_make(p, AST_INT, e->loc, sizeof(struct ast_int));
}

struct ast *ast_unary(struct parse *p, struct loc loc, enum ast_op op, struct ast *a)
{
	return ast_expr(p, INIT(struct ast_unary, AST_UNARY, loc, .op = op, .a = a), a, NULL, NULL);
}

struct ast *ast_binary(struct parse *p, struct loc loc, struct ast *a, enum ast_op op, struct ast *b)
{
	return ast_expr(p, INIT(struct ast_binary, AST_BINARY, loc, .op = op, .a = a, .b = b), a, b,
		    NULL);
}

struct ast_list ast_append(struct ast_list list, struct ast *node)
{
	if (!node)
		return list;
	if (list.tail)
		list.tail->next = node;
	else
		list.head = node;
	list.tail = node;
	return list;
}

struct ast *ast_whole(struct ast *node, struct loc loc)
{
	if (node) {
		node->from = loc.start;
		node->to = loc.end;
	}
	return node;
}

struct ast *ast_documented(struct parse *p, struct ast *node, struct loc loc)
{
	if (node && p->docs.n)
		node->doc = parse_doc(p, loc);
	return ast_whole(node, loc);
}

struct ast *ast_member(struct parse *p, struct loc loc, struct ast_name type,
			  struct ast_name name, struct ast_list dims,
			  const struct ast_attrs *attrs)
{
	struct ast_member *m = (void *)ast_make(p, AST_MEMBER, loc, sizeof(*m));

	m->type = type;
	m->name = name;
	m->dims = dims.head;
	m->attrs = attrs ? attrs : &ast_no_attrs;
	m->h.gate = m->attrs->h.gate;
	return &m->h;
}

struct ast *ast_with_bits(struct ast *member, struct ast *bits)
{
	((struct ast_member *)member)->bits = bits;
	return member;
}

struct ast *ast_with_ranges(struct ast *member, struct ast_list ranges)
{
	((struct ast_member *)member)->is_word = true;
	((struct ast_member *)member)->ranges = ranges.head;
	return member;
}

struct ast *ast_with_inline(struct ast *member, struct ast *type)
{
	((struct ast_member *)member)->inline_type = (struct ast_struct *)type;
	return member;
}

struct ast *ast_inline(struct parse *p, struct loc loc, bool is_union, bool packed,
				 bool tagged, struct ast *tag, struct ast_list members)
{
	if (tagged && !is_union)
		diag_note(diag(p->ctx, CHK_union_tag, loc, "a struct has no tag"),
			  "only a union can `switch`");
	return INIT(struct ast_struct, AST_STRUCT, loc, .is_union = is_union, .packed = packed,
		    .tagged = tagged, .tag = tag, .members = members.head);
}

struct ast_attrs *ast_attrs(struct parse *p)
{
	return arena_new_of(p->arena, struct ast_attrs);
}

const struct ast_takes *ast_takes(struct parse *p, struct ast_takes t)
{
	struct ast_takes *copy = arena_new_of(p->arena, struct ast_takes);

	*copy = t;
	return copy;
}

void ast_attr_twice(struct parse *p, struct loc loc, const void *before, const char *what)
{
	if (before)
		diag(p->ctx, CHK_duplicate_name, loc, "'%s' stands here twice", what);
}

struct ast *ast_gated(struct ast *node, struct ast *gates)
{
	struct ast *last = gates;

	if (!gates || !node)
		return node;
	while (last->next)
		last = last->next;
	last->next = node->gate;
	node->gate = gates;
	return node;
}

static bool is_gate(const struct ast *a, const struct ast *b)
{
	const char *s = a && a->kind == AST_NAME ? ((const struct ast_ident *)a)->s : "";

	return (!strcmp(s, "since") || !strcmp(s, "until")) && b && b->kind == AST_STRING;
}

static struct ast *prop_gate(struct parse *p, struct loc loc, const char *word, const struct ast *version)
{
	p->n_gates++;
	return INIT(struct ast_gate, AST_GATE, ((struct loc){ loc.src, loc.start, version->loc.end }),
		    .until = word[0] == 'u', .version = ((const struct ast_string *)version)->s);
}

/* A word that begins a line stands inside of one: that has no end. */
static void prop_end(struct parse *p, const struct ast_prop *prop)
{
	static const char *const words[] = {
		"driver", "firmware", "match", "prefix", "license", "target", "release", "rows", "states", "loops",
		"steps", "key", "advance", "writes", "metadata", "registers", "flags", "classify", "lookups",
		"window", "defaults", "stages", "skip", "boost", "arcs", "shift", NULL,
	};
	struct loc before = prop->name.loc;
	struct diag *d;

	for (const struct ast *a = prop->atoms; a; before = a->loc, a = a->next) {
		for (const char *const *w = words; a != prop->atoms && a->next && a->kind == AST_NAME && *w; w++) {
			if (strcmp(*w, ((const struct ast_ident *)a)->s))
				continue;
			d = diag(p->ctx, CHK_syntax, before, "';' is missing behind '%.*s'",
				(int)(before.end - before.start),
				 p->source->text + before.start);
			diag_fix(d, (struct loc){ before.src, before.end, before.end }, ";");
			return;
		}
	}
}

/* Lines of a device or target are lists of words: gates are the first two and the last two of them. */
struct ast *ast_prop_gates(struct parse *p, struct ast *node)
{
	struct ast_prop *prop = (struct ast_prop *)node;
	struct ast_ident name = { .h = { .kind = AST_NAME, .loc = prop->name.loc }, .s = prop->name.s };
	struct ast *two, **at;

	while (is_gate(&name.h, prop->atoms) && (two = prop->atoms->next) && two->kind == AST_NAME) {
		ast_gated(node, prop_gate(p, name.h.loc, name.s, prop->atoms));
		name.s = ((struct ast_ident *)two)->s;
		name.h.loc = two->loc;
		prop->name = (struct ast_name){ name.s, two->loc };
		prop->atoms = two->next;
	}
	prop_end(p, prop);
	for (at = &prop->atoms; *at; at = &(*at)->next)
		if (is_gate(*at, (*at)->next) &&
		    (!(*at)->next->next || is_gate((*at)->next->next, (*at)->next->next->next)))
			break;
	for (two = *at, *at = NULL; two; two = two->next->next)
		ast_gated(node, prop_gate(p, two->loc, ((struct ast_ident *)two)->s, two->next));
	return node;
}

struct loc ast_between(struct loc open, struct loc close)
{
	return (struct loc){ open.src, open.end, close.start };
}

/* Does the name `release` stand beside a string in @e? */
static bool over_release(const struct ast *e)
{
	const struct ast_binary *b = (const struct ast_binary *)e;
	const struct ast *side[2];

	if (e->kind == AST_UNARY)
		return over_release(((const struct ast_unary *)e)->a);
	if (e->kind != AST_BINARY)
		return false;
	side[0] = b->a;
	side[1] = b->b;
	for (int i = 0; i < 2; i++)
		if (side[i]->kind == AST_NAME && side[!i]->kind == AST_STRING &&
		    !strcmp(((const struct ast_ident *)side[i])->s, "release"))
			return true;
	return over_release(b->a) || over_release(b->b);
}

/* `release >= 2`: says so, and what is meant. */
static bool version_of(struct parse *p, const struct ast *e)
{
	const struct ast_binary *b = (const struct ast_binary *)e;
	const struct ast *side[2];
	char text[24];
	struct diag *d;

	if (e->kind == AST_UNARY)
		return version_of(p, ((const struct ast_unary *)e)->a);
	if (e->kind != AST_BINARY)
		return false;
	side[0] = b->a;
	side[1] = b->b;
	for (int i = 0; i < 2; i++) {
		if (side[i]->kind != AST_NAME || side[!i]->kind != AST_INT ||
		    strcmp(((const struct ast_ident *)side[i])->s, "release"))
			continue;
		snprintf(text, sizeof(text), "\"%llu\"", (unsigned long long)((const struct ast_int *)side[!i])->value);
		d = diag(p->ctx, CHK_release, side[!i]->loc, "a release is compared with a string");
		diag_note(d, "write %s", text);
		diag_fix(d, side[!i]->loc, text);
		return true;
	}
	return version_of(p, b->a) || version_of(p, b->b);
}

/* A condition on something other than the release. */
static void no_release(struct parse *p, const struct ast *cond, enum ast_if_in in)
{
	struct diag *d;

	if (version_of(p, cond))
		return;
	if (in == IF_STATE) {
		d = diag(p->ctx, CHK_release, cond->loc,
			"a state has no `if` over a packet: only the release can be asked so");
		diag_note(d, "it goes on by values: `select (KEYS) { VALUE: STATE; default: ...; }`");
		return;
	}
	d = diag(p->ctx, CHK_release, cond->loc, "a condition here compares the release");
	diag_note(d, "it is written like `release >= \"2.0.0\"`");
	if (in == IF_MEMBERS)
		diag_note(d,
			"what is there by the value of a field is an arm, `union NAME switch (FIELD) {...}`, or has a "
			  "`valid`");
}

struct ast *ast_if(struct parse *p, struct loc loc, struct ast *cond, struct ast_list then,
			   struct ast *other, struct loc then_text, struct loc other_text, enum ast_if_in in)
{
	bool by_release = over_release(cond);

	p->n_gates += by_release;
	if (!by_release && in == IF_HEADER)
		return INIT(struct ast_part, AST_PART, loc, .cond = cond, .members = then.head, .otherwise = other);
	if (!by_release)
		no_release(p, cond, in);
	return INIT(struct ast_if, AST_IF, loc, .cond = cond, .then = then.head, .other = other,
		    .then_text = then_text, .other_text = other_text);
}

struct ast_attrs *ast_more_attrs(struct parse *p, struct ast_attrs *a, const struct ast_attrs *b, struct loc loc)
{
	struct { struct ast **to; struct ast *from; const char *what; } all[] = {
		{ &a->pin, b->pin, "@" }, { &a->unit, b->unit, "unit" },
		{ &a->deprecated, b->deprecated, "deprecated" }, { &a->writer, b->writer, "=" },
		{ &a->valid, b->valid, "valid" },
	};

	if (b->takes) {
		ast_attr_twice(p, loc, a->takes, "takes");
		a->takes = b->takes;
	}
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (!all[i].from)
			continue;
		loc.end = loc.start + (uint32_t)strlen(all[i].what);
		ast_attr_twice(p, loc, *all[i].to, all[i].what);
		*all[i].to = all[i].from;
	}
	if (b->writer)
		a->writer_to = b->writer_to;
	ast_gated(&a->h, b->h.gate);
	return a;
}

struct loc ast_span(struct loc first, struct loc last)
{
	return (struct loc){ first.src, first.start, last.end > first.start ? last.end : first.end };
}

struct ast *ast_bfield(struct parse *p, struct loc loc, struct ast_name type, struct ast_name name,
		       struct ast_list pieces, struct ast_bfield *attrs, bool alias)
{
	(void)p;
	attrs->h.kind = AST_BFIELD;
	attrs->h.size = sizeof(*attrs);
	attrs->h.loc = loc;
	attrs->type = type;
	attrs->name = name;
	attrs->pieces = pieces.head;
	attrs->alias = alias;
	return &attrs->h;
}

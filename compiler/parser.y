/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The grammar. Actions make syntax tree nodes and do nothing else. Words are
 * keywords only where the grammar asks for them: `name` lets nearly all of them
 * name things. Errors are caught at `;` and `}`, so that several show in a run.
 */
%define api.pure full
%define api.prefix {mdc_yy}
%define api.token.prefix {T_}
%define parse.error custom
%define api.location.type {struct loc}
%param { struct parse *p } { void *scanner }
%locations
%expect 0

%code requires {
#include "parse.h"
}

%code {
#undef yylex
static int scan(MDC_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner);
#define yylex scan
static void yyerror(struct loc *loc, struct parse *p, void *scanner, const char *text);

#define YYLLOC_DEFAULT(cur, rhs, n) do {				\
	if (n) {							\
		(cur) = YYRHSLOC(rhs, 1);				\
		if (YYRHSLOC(rhs, n).end > (cur).start)			\
			(cur).end = YYRHSLOC(rhs, n).end;		\
	} else {							\
		(cur) = YYRHSLOC(rhs, 0);				\
		(cur).start = (cur).end;				\
	}								\
} while (0)

#define YYMAXDEPTH 20000

#define NO_NAME	((struct ast_name){ 0 })
#define NO_DIMS	((struct ast_list){ 0 })

static struct ast *make(struct parse *p, enum ast_kind kind, struct loc loc, size_t size);
#define NODE(type, k, l)	((type *)make(p, k, l, sizeof(type)))
#define INIT(type, k, l, ...)	init(p, k, l, &(type){ __VA_ARGS__ }, sizeof(type))
static struct ast *init(struct parse *p, enum ast_kind kind, struct loc loc, const void *from,
			size_t size);
static struct ast *expr(struct parse *p, struct ast *e, struct ast *a, struct ast *b,
			struct ast *c);
static struct ast *unary(struct parse *p, struct loc loc, enum ast_op op, struct ast *a);
static struct ast *binary(struct parse *p, struct loc loc, struct ast *a, enum ast_op op,
			  struct ast *b);
static struct ast_list append(struct ast_list list, struct ast *node);
static struct ast *whole(struct ast *node, struct loc loc);
static struct ast *documented(struct parse *p, struct ast *node, struct loc loc);
static struct ast *member(struct parse *p, struct loc loc, struct ast_name type,
			  struct ast_name name, struct ast_list dims,
			  const struct ast_attrs *attrs);
static struct ast *with_bits(struct ast *member, struct ast *bits);
static struct ast *with_ranges(struct ast *member, struct ast_list ranges);
static struct ast *with_inline(struct ast *member, struct ast *type);
static struct ast_attrs *new_attrs(struct parse *p);
static const struct ast_takes *takes(struct parse *p, struct ast_takes t);
static struct ast_attrs *more_attrs(struct parse *p, struct ast_attrs *a, const struct ast_attrs *b,
				     struct loc loc);
static struct ast *gated(struct ast *node, struct ast *gates);
static struct ast *gated_prop(struct parse *p, struct ast *node);
static struct ast *make_if(struct parse *p, struct loc loc, struct ast *cond, struct ast_list then,
			   struct ast *other, struct loc then_text, struct loc other_text, bool in_header);
static struct loc between(struct loc open, struct loc close);
static void attr_twice(struct parse *p, struct loc loc, const void *before, const char *what);
static struct ast *inline_struct(struct parse *p, struct loc loc, bool is_union, bool packed,
				 bool tagged, struct ast *tag, struct ast_list members);
}

%union {
	uint64_t num;
	const char *str;
	struct ast_name name;
	struct loc place;
	struct ast *node;
	struct ast_list list;
	struct ast_attrs *attrs;
	struct parse_id id;
	bool flag;
	struct { bool is_union, packed; } kind;
}

%token <num> INT "number"
%token <str> STRING "string"
%token <name> IDENT "name"
%token <name> ANY "_"
%token AND3 "&&&" ANDAND "&&" OROR "||" EQEQ "==" NOTEQ "!=" LESSEQ "<=" GREATEREQ ">="
%token SHL "<<" SHR ">>" ARROW "->" DOTDOT ".."
%token <name> ACCEPT "accept" ARCS "arcs" AS "as" CONST "const" DEFAULT "default"
%token <name> AT "at" FIRST "first" LAYOUTS "layouts" CONFIG "config"
%token <name> DEPRECATED "deprecated" DESCRIPTOR "descriptor" DEVICE "device" DROP "drop"
%token <name> ELSE "else" ENUM "enum" EXTRACT "extract" GOTO "goto" HEADER "header" ID "id"
%token <name> IF "if" IN "in" INCLUDE "include" LENGTH "length" MAX "max" MDESC "mdesc"
%token <name> METADATA "metadata" OF "of" PACKED "packed" PARSER "parser" REJECT "reject"
%token <name> RESERVED_BYTES "reserved" SELECT "select" SINCE "since" SOURCE "source" START "start"
%token <name> STATE "state" STRUCT "struct" SWITCH "switch" TARGET "target" TO "to"
%token <name> TYPEDEF "typedef" UNION "union" UNIT "unit" UNTIL "until" USE "use" VIEW "view"
%token <name> VIEW_TYPE "view_type" WORD "word" WRITES "writes"
%token <name> COUNTS "counts" ERRORS "errors"
%token <name> ADVANCE "advance" ALIAS "alias" BITS "bits" BY "by" CELL "cell" CHAIN "chain"
%token <name> CLASSIFY "classify" COUNTER "counter" DERIVE "derive" EFFECT "effect"
%token <name> FLAG "flag" FOR "for" LEAVE "leave" LET "let" MARK "mark" OVER "over"
%token <name> REGISTER "register" RESULT "result" ROW "row" SCOPE "scope"
%token <name> SUBPARSER "subparser" TABLE "table" TAKES "takes"
%token <name> MASK "mask" NIBBLE "nibble" VALID "valid" WITHIN "within"

%type <name> name plain_name fname plain_fname soft
%type <list> items props atoms enumerators enumerator_list members ranges maps header_members
%type <list> parser_body statements arms patterns tuple exprs names arm_members dims view_members
%type <node> item prop atom enumerator reserved range map header_member parser_item statement arm
%type <node> subparser classify class_row
%type <list> class_rows
%type <list> params to_args
%type <node> pattern element expr postfix primary transition to arm_member member_core str
%type <node> combo computed opt_max opt_switch arg_list
%type <list> gates range_arms chain_body combos item_names
%type <id> opt_id
%type <node> gate cond any_member any_map
%type <node> if_items if_props if_members if_arm_members if_ranges if_maps if_header_members
%type <node> layouts if_parser_body if_statements if_arms if_class_rows
%type <node> if_chain_body if_combos
%type <attrs> attrs attrs1 attrs2 attr any_attr source_attrs
%type <name> opt_base
%type <flag> opt_packed
%type <kind> struct_or_union

%right '?' ':'
%left "||"
%left "&&"
%left '|'
%left '^'
%left '&'
%left "==" "!="
%left '<' '>' "<=" ">="
%left "<<" ">>"
%left '+' '-'
%left '*' '/' '%'
%precedence UNARY
/* Behind a member's `}`, where an arm's value could follow, `valid` is an attribute. */
%precedence NO_ATTRIBUTES
%precedence VALID

%%

file: items { p->items = $1.head; } ;

items:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| items item		{ $$ = append($1, documented(p, $2, @2)); }
| items if_items	{ $$ = append($1, whole($2, @2)); }
| items ';'		{ $$ = $1; }
| items error ';'	{ $$ = $1; yyerrok; }
| items error '}'	{ $$ = $1; yyerrok; }
;

item:
  MDESC INT ';'	{ $$ = INIT(struct ast_edition, AST_EDITION, @$, .number = $2); }
| gate item	{ $$ = gated($2, $1); }
| INCLUDE STRING gates ';'
	{ $$ = gated(INIT(struct ast_include, AST_INCLUDE, @2, .path = $2), $3.head); }
| CONST name '=' expr gates ';'
	{ $$ = gated(INIT(struct ast_const, AST_CONST, @$, .name = $2, .value = $4), $5.head); }
| DEVICE name '{' props '}'
	{ $$ = INIT(struct ast_device, AST_DEVICE, @$, .name = $2, .props = $4.head); }
| TARGET name gates '{' props '}'
	{ $$ = gated(INIT(struct ast_target, AST_TARGET, @$, .name = $2, .props = $5.head), $3.head); }
| SOURCE IDENT name source_attrs ';'
	{ $$ = INIT(struct ast_source, AST_SOURCE, @$, .type = $2, .name = $3, .to = $4->type,
		    .unit = $4->unit, .deprecated = $4->deprecated);
	  gated($$, $4->h.gate); }
| CONFIG IDENT name source_attrs ';'
	{ $$ = INIT(struct ast_source, AST_CONFIG, @$, .type = $2, .name = $3, .to = $4->type,
		    .unit = $4->unit, .deprecated = $4->deprecated);
	  gated($$, $4->h.gate); }
| ENUM name opt_base gates '{' enumerators '}'
	{ $$ = INIT(struct ast_enum, AST_ENUM, @$, .name = $2, .base = $3, .list = $6.head);
	  gated($$, $4.head); }
| struct_or_union name opt_switch gates '{' members '}'
	{ $$ = INIT(struct ast_struct, AST_STRUCT, @$, .name = $2, .is_union = $1.is_union,
		    .packed = $1.packed, .members = $6.head);
	  gated($$, $4.head);
	  if ($3) diag_note(diag(p->ctx, CHK_union_tag, @3,
				 "a union declared on its own has no tag"),
			    "tags are named where the union is a member: union NAME switch (TAG) {...}"); }
| struct_or_union name PACKED gates '{' members '}'
	{ $$ = INIT(struct ast_struct, AST_STRUCT, @$, .name = $2, .is_union = $1.is_union, .packed = true,
		    .members = $6.head);
	  gated($$, $4.head); }
| struct_or_union name DEPRECATED str gates '{' members '}'
	{ $$ = INIT(struct ast_struct, AST_STRUCT, @$, .name = $2, .is_union = $1.is_union,
		    .packed = $1.packed, .deprecated = $4, .members = $7.head);
	  gated($$, $5.head); }
| TYPEDEF IDENT fname dims gates ';'
	{ $$ = INIT(struct ast_typedef, AST_TYPEDEF, @$,
		    .member = INIT(struct ast_member, AST_MEMBER, @$, .type = $2, .name = $3,
				   .dims = $4.head, .attrs = &ast_no_attrs));
	  gated($$, $5.head); }
| METADATA name opt_id opt_packed gates '{' members '}'
	{ $$ = INIT(struct ast_layout, AST_LAYOUT, @$, .name = $2, .id = $3.id, .mask = $3.mask, .at_first = $3.first,
		    .body = (struct ast_struct *)INIT(struct ast_struct, AST_STRUCT, @$, .name = $2,
						      .packed = $4, .members = $7.head));
	  gated($$, $5.head); }
| DESCRIPTOR name opt_id opt_packed gates '{' members '}'
	{ $$ = INIT(struct ast_layout, AST_LAYOUT, @$, .is_descriptor = true, .name = $2, .id = $3.id,
		    .mask = $3.mask, .at_first = $3.first,
		    .body = (struct ast_struct *)INIT(struct ast_struct, AST_STRUCT, @$, .name = $2,
						      .packed = $4, .members = $7.head));
	  gated($$, $5.head); }
| DESCRIPTOR UNION name opt_id opt_packed gates '{' members '}'
	{ $$ = INIT(struct ast_layout, AST_LAYOUT, @$, .is_descriptor = true, .name = $3, .id = $4.id,
		    .mask = $4.mask, .at_first = $4.first,
		    .body = (struct ast_struct *)INIT(struct ast_struct, AST_STRUCT, @$, .name = $3, .is_union = true,
						      .packed = $5, .members = $8.head));
	  gated($$, $6.head); }
| METADATA UNION name opt_id opt_packed gates '{' members '}'
	{ $$ = NULL; diag_note(diag(p->ctx, CHK_syntax, @2, "metadata is not a union"),
			       "a union can be a member of it; a descriptor can be one: `descriptor union %s`", $3.s); }
| METADATA name ID AT FIRST CHAIN IDENT NIBBLE gates '{' chain_body '}'
	{ $$ = INIT(struct ast_chain, AST_CHAIN, @$, .name = $2, .type = $7, .items = $11.head);
	  gated($$, $9.head); }
| VIEW_TYPE name gates '{' view_members '}'
	{ $$ = INIT(struct ast_view_type, AST_VIEW_TYPE, @$, .name = $2, .members = $5.head);
	  gated($$, $3.head); }
| VIEW name OF name gates '{' maps '}'
	{ $$ = INIT(struct ast_view, AST_VIEW, @$, .type = $2, .of = $4, .maps = $7.head);
	  gated($$, $5.head); }
| HEADER name gates '{' header_members '}'
	{ $$ = INIT(struct ast_header, AST_HEADER, @$, .name = $2, .members = $5.head);
	  gated($$, $3.head); }
| classify
| subparser
| PARSER name WRITES names gates '{' parser_body '}'
	{ $$ = INIT(struct ast_parser, AST_PARSER, @$, .name = $2, .writes = $4.head,
		    .body = $7.head);
	  gated($$, $5.head); }
| PARSER name gates '{' parser_body '}'
	{ $$ = INIT(struct ast_parser, AST_PARSER, @$, .name = $2, .body = $5.head);
	  gated($$, $3.head); }
;

opt_base: %empty { $$ = (struct ast_name){ 0 }; } | ':' IDENT { $$ = $2; } ;
opt_id:
  %empty		{ $$ = (struct parse_id){ 0 }; }
| ID expr		{ $$ = (struct parse_id){ .id = $2 }; }
| ID expr AT FIRST	{ $$ = (struct parse_id){ .id = $2, .first = true }; }
| ID expr MASK expr AT FIRST { $$ = (struct parse_id){ .id = $2, .mask = $4, .first = true }; }
;
/* Items of the chain, and the combinations of them that are layouts. */
chain_body:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| chain_body arm_member	{ $$ = append($1, documented(p, $2, @2)); }
| chain_body layouts	{ $$ = append($1, whole($2, @2)); }
| chain_body if_chain_body { $$ = append($1, whole($2, @2)); }
| chain_body ';'	{ $$ = $1; }
| chain_body error ';'	{ $$ = $1; yyerrok; }
;
item_names:
  fname			{ $$ = append((struct ast_list){ 0 }, INIT(struct ast_ident, AST_NAME, @1, .s = $1.s)); }
| item_names ',' fname	{ $$ = append($1, INIT(struct ast_ident, AST_NAME, @3, .s = $3.s)); }
;
layouts:
  LAYOUTS '{' combos '}' { $$ = INIT(struct ast_combos, AST_COMBOS, @1, .list = $3.head); }
| gate layouts	{ $$ = gated($2, $1); }
;
combos:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| combos combo		{ $$ = append($1, documented(p, $2, @2)); }
| combos if_combos	{ $$ = append($1, whole($2, @2)); }
| combos ';'		{ $$ = $1; }
| combos error ';'	{ $$ = $1; yyerrok; }
;
combo:
  item_names gates ';'	{ $$ = gated(INIT(struct ast_combo, AST_COMBO, @1, .items = $1.head), $2.head); }
| IDENT ':' item_names gates ';'
	{ $$ = gated(INIT(struct ast_combo, AST_COMBO, @$, .name = $1, .items = $3.head), $4.head); }
| gate combo		{ $$ = gated($2, $1); }
;
opt_packed: %empty { $$ = false; } | PACKED { $$ = true; } ;
struct_or_union:
  STRUCT	{ $$.is_union = false; $$.packed = false; }
| UNION		{ $$.is_union = true; $$.packed = false; }
| PACKED STRUCT	{ $$.is_union = false; $$.packed = true; }
| PACKED UNION	{ $$.is_union = true; $$.packed = true; }
;
opt_switch: %empty { $$ = NULL; } | SWITCH '(' expr ')' { $$ = $3; } ;
str: STRING { $$ = INIT(struct ast_string, AST_STRING, @$, .s = $1); } ;

/* ---- gates: since "2.0.0", until "2.0.0", if (release >= "2.0.0") {...} else {...} ---- */

gate:
  SINCE STRING	{ $$ = INIT(struct ast_gate, AST_GATE, @$, .version = $2); p->n_gates++; }
| UNTIL STRING	{ $$ = INIT(struct ast_gate, AST_GATE, @$, .until = true, .version = $2); p->n_gates++; }
;
gates: %empty { $$ = (struct ast_list){ 0 }; } | gates gate { $$ = append($1, $2); } ;
cond: '(' expr ')' { $$ = $2; } ;

if_items:
  IF cond '{' items '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, false); }
| IF cond '{' items '}' ELSE '{' items '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), false); }
| IF cond '{' items '}' ELSE if_items
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, false); }
;
if_props:
  IF cond '{' props '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, false); }
| IF cond '{' props '}' ELSE '{' props '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), false); }
| IF cond '{' props '}' ELSE if_props
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, false); }
;
if_members:
  IF cond '{' members '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, false); }
| IF cond '{' members '}' ELSE '{' members '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), false); }
| IF cond '{' members '}' ELSE if_members
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, false); }
;
if_arm_members:
  IF cond '{' arm_members '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, false); }
| IF cond '{' arm_members '}' ELSE '{' arm_members '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), false); }
| IF cond '{' arm_members '}' ELSE if_arm_members
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, false); }
;
if_ranges:
  IF cond '{' ranges '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, false); }
| IF cond '{' ranges '}' ELSE '{' ranges '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), false); }
| IF cond '{' ranges '}' ELSE if_ranges
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, false); }
;
if_maps:
  IF cond '{' maps '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, false); }
| IF cond '{' maps '}' ELSE '{' maps '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), false); }
| IF cond '{' maps '}' ELSE if_maps
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, false); }
;
if_header_members:
  IF cond '{' header_members '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, true); }
| IF cond '{' header_members '}' ELSE '{' header_members '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), true); }
| IF cond '{' header_members '}' ELSE if_header_members
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, true); }
;
if_parser_body:
  IF cond '{' parser_body '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, false); }
| IF cond '{' parser_body '}' ELSE '{' parser_body '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), false); }
| IF cond '{' parser_body '}' ELSE if_parser_body
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, false); }
;
if_statements:
  IF cond '{' statements '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, false); }
| IF cond '{' statements '}' ELSE '{' statements '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), false); }
| IF cond '{' statements '}' ELSE if_statements
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, false); }
;
if_arms:
  IF cond '{' arms '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, false); }
| IF cond '{' arms '}' ELSE '{' arms '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), false); }
| IF cond '{' arms '}' ELSE if_arms
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, false); }
;
if_class_rows:
  IF cond '{' class_rows '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, false); }
| IF cond '{' class_rows '}' ELSE '{' class_rows '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), false); }
| IF cond '{' class_rows '}' ELSE if_class_rows
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, false); }
;
if_chain_body:
  IF cond '{' chain_body '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, false); }
| IF cond '{' chain_body '}' ELSE '{' chain_body '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), false); }
| IF cond '{' chain_body '}' ELSE if_chain_body
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, false); }
;
if_combos:
  IF cond '{' combos '}'
	{ $$ = make_if(p, @$, $2, $4, NULL, between(@3, @5), @5, false); }
| IF cond '{' combos '}' ELSE '{' combos '}'
	{ $$ = make_if(p, @$, $2, $4, $8.head, between(@3, @5), between(@7, @9), false); }
| IF cond '{' combos '}' ELSE if_combos
	{ $$ = make_if(p, @$, $2, $4, whole($7, @7), between(@3, @5), @7, false); }
;

/* ---- device and target: lines of words ---- */

props:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| props prop		{ $$ = append($1, documented(p, gated_prop(p, $2), @2)); }
| props if_props	{ $$ = append($1, whole($2, @2)); }
| props error ';'	{ $$ = $1; yyerrok; }
;
prop: fname atoms ';'
	{ $$ = INIT(struct ast_prop, AST_PROP, @$, .name = $1, .atoms = $2.head); } ;
atoms: %empty { $$ = (struct ast_list){ 0 }; } | atoms atom { $$ = append($1, $2); } ;
atom:
  INT	{ $$ = INIT(struct ast_int, AST_INT, @$, .value = $1); }
| STRING { $$ = INIT(struct ast_string, AST_STRING, @$, .s = $1); }
| fname	{ $$ = INIT(struct ast_ident, AST_NAME, @$, .s = $1.s); }
| ','	{ $$ = make(p, AST_COMMA, @$, sizeof(struct ast)); }
;

source_attrs:
  %empty { $$ = new_attrs(p); }
| source_attrs gate	{ $$ = $1; gated(&$$->h, $2); }
| source_attrs UNIT str
	{ $$ = $1; attr_twice(p, @2, $1->unit, "unit"); $$->unit = $3; }
| source_attrs DEPRECATED str
	{ $$ = $1; attr_twice(p, @2, $1->deprecated, "deprecated"); $$->deprecated = $3; }
| source_attrs TO IDENT
	{ $$ = $1; attr_twice(p, @2, $1->type.s, "to"); $$->type = $3; }
;

enumerators: enumerator_list | enumerator_list ',' ;
enumerator_list:
  enumerator			{ $$ = append((struct ast_list){ 0 }, documented(p, $1, @1)); }
| enumerator_list ',' enumerator { $$ = append($1, documented(p, $3, @3)); }
| error { $$ = (struct ast_list){ 0 }; }
;
enumerator:
  fname opt_value enum_attrs
	{ $$ = INIT(struct ast_enumerator, AST_ENUMERATOR, @$, .name = $1, .value = $2,
		    .as = $3->unit, .deprecated = $3->deprecated);
	  gated($$, $3->h.gate); }
| gate enumerator { $$ = gated($2, $1); }
;
%type <node> opt_value;
%type <attrs> enum_attrs range_attrs;
opt_value: %empty { $$ = NULL; } | '=' expr { $$ = $2; } ;
enum_attrs:
  %empty		{ $$ = new_attrs(p); }
| enum_attrs gate	{ $$ = $1; gated(&$$->h, $2); }
| enum_attrs AS str	{ $$ = $1; attr_twice(p, @2, $1->unit, "as"); $$->unit = $3; }
| enum_attrs DEPRECATED str
	{ $$ = $1; attr_twice(p, @2, $1->deprecated, "deprecated"); $$->deprecated = $3; }
;

/* ---- members ---- */

members:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| members any_member	{ $$ = append($1, documented(p, $2, @2)); }
| members if_members	{ $$ = append($1, whole($2, @2)); }
| members ';'		{ $$ = $1; }
| members error ';'	{ $$ = $1; yyerrok; }
;
view_members: members ;
any_member: member_core | reserved | computed | gate any_member { $$ = gated($2, $1); } ;

reserved:
  RESERVED_BYTES expr gates ';'
	{ $$ = gated(INIT(struct ast_reserved, AST_RESERVED, @$, .bytes = $2), $3.head); }
| RESERVED_BYTES expr '@' expr gates ';'
	{ $$ = gated(INIT(struct ast_reserved, AST_RESERVED, @$, .bytes = $2, .pin = $4), $5.head); }
;

/* What is read from other members and never stored. */
computed:
  ALIAS IDENT fname attrs ';'
	{ $$ = member(p, @$, $2, $3, NO_DIMS, $4); $$->kind = AST_ALIAS; }
| DERIVE IDENT fname attrs ';'
	{ $$ = member(p, @$, $2, $3, NO_DIMS, $4); $$->kind = AST_DERIVE; }
;

member_core:
  IDENT fname dims attrs ';'
	{ $$ = member(p, @$, $1, $2, $3, $4); }
| IDENT '*' fname dims attrs ';'
	{ $$ = member(p, @$, $1, $3, $4, $5); ((struct ast_member *)$$)->pointer = true; }
| IDENT fname dims ':' expr attrs ';'
	{ $$ = with_bits(member(p, @$, $1, $2, $3, $6), $5); }
| IDENT ':' expr ';'
	{ $$ = with_bits(member(p, @$, $1, NO_NAME, NO_DIMS, NULL), $3); }
| IDENT WORD plain_name '{' ranges '}' %prec NO_ATTRIBUTES
	{ $$ = with_ranges(member(p, @$, $1, $3, NO_DIMS, NULL), $5); }
| IDENT WORD plain_name '{' ranges '}' attrs2 ';'
	{ $$ = with_ranges(member(p, @$, $1, $3, NO_DIMS, $7), $5); }
| IDENT WORD plain_name attrs1 '{' ranges '}'
	{ $$ = with_ranges(member(p, @$, $1, $3, NO_DIMS, $4), $6); }
| struct_or_union fname gates '{' members '}' %prec NO_ATTRIBUTES
	{ $$ = with_inline(member(p, @$, NO_NAME, $2, NO_DIMS, NULL),
			   inline_struct(p, @$, $1.is_union, $1.packed, false, NULL, $5));
	  gated($$, $3.head); }
| struct_or_union fname gates '{' members '}' attrs2 ';'
	{ $$ = with_inline(member(p, @$, NO_NAME, $2, NO_DIMS, $7),
			   inline_struct(p, @$, $1.is_union, $1.packed, false, NULL, $5));
	  gated($$, $3.head); }
| struct_or_union '{' members '}' attrs ';'
	{ $$ = with_inline(member(p, @$, NO_NAME, NO_NAME, NO_DIMS, $5),
			   inline_struct(p, @$, $1.is_union, $1.packed, false, NULL, $3)); }
| struct_or_union '{' members '}' plain_fname dims attrs ';'
	{ $$ = with_inline(member(p, @$, NO_NAME, $5, $6, $7),
			   inline_struct(p, @$, $1.is_union, $1.packed, false, NULL, $3)); }
| struct_or_union fname SWITCH '(' expr ')' gates '{' arm_members '}' %prec NO_ATTRIBUTES
	{ $$ = with_inline(member(p, @$, NO_NAME, $2, NO_DIMS, NULL),
			   inline_struct(p, @$, $1.is_union, $1.packed, true, $5, $9));
	  gated($$, $7.head); }
| struct_or_union fname SWITCH '(' expr ')' gates '{' arm_members '}' attrs2 ';'
	{ $$ = with_inline(member(p, @$, NO_NAME, $2, NO_DIMS, $11),
			   inline_struct(p, @$, $1.is_union, $1.packed, true, $5, $9));
	  gated($$, $7.head); }
| struct_or_union SWITCH '(' expr ')' '{' arm_members '}' attrs ';'
	{ $$ = with_inline(member(p, @$, NO_NAME, NO_NAME, NO_DIMS, $9),
			   inline_struct(p, @$, $1.is_union, $1.packed, true, $4, $7)); }
;

arm_members:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| arm_members arm_member { $$ = append($1, documented(p, $2, @2)); }
| arm_members if_arm_members { $$ = append($1, whole($2, @2)); }
| arm_members ';'	{ $$ = $1; }
| arm_members error ';'	{ $$ = $1; yyerrok; }
;
arm_member:
  patterns ':' member_core
	{ $$ = $3; $$->loc = @$; ((struct ast_member *)$$)->arm_values = $1.head; }
| DEFAULT ':' member_core
	{ $$ = $3; $$->loc = @$; ((struct ast_member *)$$)->arm_default = true; }
| gate arm_member { $$ = gated($2, $1); }
;

dims: %empty { $$ = (struct ast_list){ 0 }; } | dims '[' expr ']' { $$ = append($1, $3); } ;

attrs: %empty { $$ = NULL; } | attrs1 ;
attrs1: any_attr | attrs1 any_attr { $$ = more_attrs(p, $1, $2, @2); } ;
any_attr: attr | gate { $$ = new_attrs(p); gated(&$$->h, $1); } ;
/* Behind a brace a gate is the next member's. */
attrs2: attr | attrs2 attr { $$ = more_attrs(p, $1, $2, @2); } ;
attr:
  '@' expr	{ $$ = new_attrs(p); $$->pin = $2; }
| UNIT str	{ $$ = new_attrs(p); $$->unit = $2; }
| DEPRECATED str { $$ = new_attrs(p); $$->deprecated = $2; }
| '=' expr	{ $$ = new_attrs(p); $$->writer = $2; }
| '=' expr DOTDOT expr { $$ = new_attrs(p); $$->writer = $2; $$->writer_to = $4; }
| VALID expr	{ $$ = new_attrs(p); $$->valid = $2; }
| TAKES IDENT	{ $$ = new_attrs(p); $$->takes = takes(p, (struct ast_takes){ .name = $2 }); }
| TAKES IDENT IDENT { $$ = new_attrs(p); $$->takes = takes(p, (struct ast_takes){ .type = $2, .name = $3 }); }
;

ranges:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| ranges range		{ $$ = append($1, documented(p, $2, @2)); }
| ranges if_ranges	{ $$ = append($1, whole($2, @2)); }
| ranges error ';'	{ $$ = $1; yyerrok; }
;
range:
  fname '[' expr ':' expr ']' range_attrs ';'
	{ $$ = INIT(struct ast_range, AST_RANGE, @$, .name = $1, .hi = $3, .lo = $5, .unit = $7->unit,
		    .deprecated = $7->deprecated, .valid = $7->valid);
	  gated($$, $7->h.gate); }
| fname '[' expr ']' range_attrs ';'
	{ $$ = INIT(struct ast_range, AST_RANGE, @$, .name = $1, .hi = $3, .unit = $5->unit,
		    .deprecated = $5->deprecated, .valid = $5->valid);
	  gated($$, $5->h.gate); }
| IDENT fname '[' expr ':' expr ']' range_attrs ';'
	{ $$ = INIT(struct ast_range, AST_RANGE, @$, .type = $1, .name = $2, .hi = $4, .lo = $6,
		    .unit = $8->unit, .deprecated = $8->deprecated, .valid = $8->valid);
	  gated($$, $8->h.gate); }
| IDENT fname '[' expr ']' range_attrs ';'
	{ $$ = INIT(struct ast_range, AST_RANGE, @$, .type = $1, .name = $2, .hi = $4, .unit = $6->unit,
		    .deprecated = $6->deprecated, .valid = $6->valid);
	  gated($$, $6->h.gate); }
| SWITCH '(' expr ')' '{' range_arms '}'
	{ $$ = INIT(struct ast_range_switch, AST_RANGE_SWITCH, @$, .tag = $3, .arms = $6.head); }
| gate range { $$ = gated($2, $1); }
;
range_arms:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| range_arms patterns ':' '{' ranges '}'
	{ $$ = append($1, INIT(struct ast_range_arm, AST_RANGE_ARM, @2, .patterns = $2.head, .ranges = $5.head)); }
| range_arms DEFAULT ':' '{' ranges '}'
	{ $$ = append($1, INIT(struct ast_range_arm, AST_RANGE_ARM, @2, .ranges = $5.head)); }
| range_arms ';'	{ $$ = $1; }
| range_arms error ';'	{ $$ = $1; yyerrok; }
;
range_attrs:
  %empty		{ $$ = new_attrs(p); }
| range_attrs gate	{ $$ = $1; gated(&$$->h, $2); }
| range_attrs UNIT str	{ $$ = $1; attr_twice(p, @2, $1->unit, "unit"); $$->unit = $3; }
| range_attrs DEPRECATED str
	{ $$ = $1; attr_twice(p, @2, $1->deprecated, "deprecated"); $$->deprecated = $3; }
| range_attrs VALID expr { $$ = $1; attr_twice(p, @2, $1->valid, "valid"); $$->valid = $3; }
;

maps:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| maps any_map		{ $$ = append($1, documented(p, $2, @2)); }
| maps if_maps		{ $$ = append($1, whole($2, @2)); }
| maps error ';'	{ $$ = $1; yyerrok; }
;
any_map: map | gate any_map { $$ = gated($2, $1); } ;
map: fname '=' expr gates ';'
	{ $$ = gated(INIT(struct ast_map, AST_MAP, @$, .name = $1, .path = $3), $4.head); } ;

/* ---- headers ---- */

header_members:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| header_members header_member { $$ = append($1, documented(p, $2, @2)); }
| header_members if_header_members { $$ = append($1, whole($2, @2)); }
| header_members ';'	{ $$ = $1; }
| header_members error ';' { $$ = $1; yyerrok; }
;
header_member:
  member_core
| gate header_member	{ $$ = gated($2, $1); }
| RESERVED_BYTES expr gates ';'
	{ $$ = gated(INIT(struct ast_reserved, AST_RESERVED, @$, .bytes = $2), $3.head); }
| LENGTH expr gates ';'
	{ $$ = gated(INIT(struct ast_length, AST_LENGTH, @$, .value = $2), $3.head); }
| LENGTH expr IN expr DOTDOT expr gates ';'
	{ $$ = INIT(struct ast_length, AST_LENGTH, @$, .value = $2, .min = $4, .max = $6);
	  gated($$, $7.head); }
;

/* ---- the parser ---- */

names:
  IDENT { $$ = append((struct ast_list){ 0 }, INIT(struct ast_ident, AST_NAME, @1, .s = $1.s)); }
| names ',' IDENT { $$ = append($1, INIT(struct ast_ident, AST_NAME, @3, .s = $3.s)); }
;

parser_body:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| parser_body parser_item { $$ = append($1, documented(p, $2, @2)); }
| parser_body if_parser_body { $$ = append($1, whole($2, @2)); }
| parser_body ';'	{ $$ = $1; }
| parser_body error ';'	{ $$ = $1; yyerrok; }
;
parser_item:
  subparser
| classify
| ERRORS IDENT gates ';'
	{ $$ = gated(INIT(struct ast_errors, AST_ERRORS, @$, .name = $2), $3.head); }
| START BY expr gates '{' arms '}'
	{ $$ = gated(INIT(struct ast_start, AST_START, @$, .by = $3, .arms = $6.head), $4.head);
	  $$->loc.end = @3.end; }
| START name '(' name to_args ')' gates ';'
	{ $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_SUBPARSER, .state = $2, .scope = $4,
		    .args = $5.head);
	  gated($$, $7.head); }
| START name gates ';'
	{ $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_STATE, .state = $2);
	  gated($$, $3.head); }
| gate parser_item { $$ = gated($2, $1); }
| ARCS name gates '{' arms '}'
	{ $$ = gated(INIT(struct ast_arcs, AST_ARCS, @$, .name = $2, .arms = $5.head), $3.head); }
| REGISTER IDENT name gates ';'
	{ $$ = gated(INIT(struct ast_register, AST_REGISTER, @$, .type = $2, .name = $3), $4.head); }
| FLAG name gates ';'
	{ $$ = gated(INIT(struct ast_register, AST_REGISTER, @$, .name = $2), $3.head); }
| COUNTER name MAX expr gates ';'
	{ $$ = gated(INIT(struct ast_register, AST_REGISTER, @$, .name = $2, .max = $4), $5.head); }
| COUNTER name MAX expr ELSE transition gates ';'
	{ $$ = INIT(struct ast_register, AST_REGISTER, @$, .name = $2, .max = $4,
		    .otherwise = (struct ast_transition *)$6);
	  gated($$, $7.head); }
| STATE name COUNTS name gates '{' statements '}'
	{ $$ = INIT(struct ast_state, AST_STATE, @2, .name = $2, .counts = $4, .body = $7.head);
	  gated($$, $5.head); }
| STATE name opt_max gates '{' statements '}'
	{ $$ = INIT(struct ast_state, AST_STATE, @2, .name = $2, .max = $3, .body = $6.head);
	  gated($$, $4.head); }
| STATE name MAX expr ELSE transition gates '{' statements '}'
	{ $$ = INIT(struct ast_state, AST_STATE, @2, .name = $2, .max = $4,
		    .otherwise = (struct ast_transition *)$6, .body = $9.head);
	  gated($$, $7.head); }
;
classify:
  CLASSIFY name opt_base OVER '(' exprs ')' gates '{' class_rows '}'
	{ $$ = INIT(struct ast_classify, AST_CLASSIFY, @$, .name = $2, .type = $3, .keys = $6.head, .rows = $10.head);
	  $$->loc.end = @7.end;
	  gated($$, $8.head); }
;
class_rows:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| class_rows class_row	{ $$ = append($1, whole($2, @2)); }
| class_rows if_class_rows { $$ = append($1, whole($2, @2)); }
| class_rows ';'	{ $$ = $1; }
| class_rows error ';'	{ $$ = $1; yyerrok; }
;
class_row:
  patterns ':' expr gates ';'
	{ $$ = INIT(struct ast_class_row, AST_CLASS_ROW, @$, .patterns = $1.head, .value = $3);
	  gated($$, $4.head); }
| DEFAULT ':' expr gates ';'
	{ $$ = INIT(struct ast_class_row, AST_CLASS_ROW, @$, .is_default = true, .value = $3);
	  gated($$, $4.head); }
| gate class_row	{ $$ = gated($2, $1); }
;
subparser:
  SUBPARSER name '(' SCOPE name params ')' gates '{' parser_body '}'
	{ $$ = INIT(struct ast_subparser, AST_SUBPARSER, @$, .name = $2, .scope = $5, .params = $6.head,
		    .body = $10.head);
	  gated($$, $8.head); }
;
params:
  %empty { $$ = (struct ast_list){ 0 }; }
| params ',' STATE name { $$ = append($1, INIT(struct ast_ident, AST_NAME, @4, .s = $4.s)); }
;
to_args:
  %empty { $$ = (struct ast_list){ 0 }; }
| to_args ',' to { $$ = append($1, $3); }
;
opt_max: %empty { $$ = NULL; } | MAX expr { $$ = $2; } ;

statements:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| statements statement	{ $$ = append($1, whole($2, @2)); }
| statements if_statements { $$ = append($1, whole($2, @2)); }
| statements ';'	{ $$ = $1; }
| statements error ';'	{ $$ = $1; yyerrok; }
;
statement:
  EXTRACT name gates ';'
	{ $$ = gated(INIT(struct ast_extract, AST_EXTRACT, @$, .header = $2), $3.head); }
| gate statement { $$ = gated($2, $1); }
| EXTRACT name AS name gates ';'
	{ $$ = gated(INIT(struct ast_extract, AST_EXTRACT, @$, .header = $2, .as = $4), $5.head); }
| EXTRACT name AS name '[' ']' gates ';'
	{ $$ = INIT(struct ast_extract, AST_EXTRACT, @$, .header = $2, .as = $4, .stack = true);
	  gated($$, $7.head); }
| ADVANCE expr gates ';'
	{ $$ = gated(INIT(struct ast_advance, AST_ADVANCE, @$, .by = $2), $3.head); }
| MARK name gates ';'
	{ $$ = gated(INIT(struct ast_mark, AST_MARK, @$, .name = $2), $3.head); }
| MARK name '=' expr gates ';'
	{ $$ = gated(INIT(struct ast_mark, AST_MARK, @$, .name = $2, .at = $4), $5.head); }
| LEAVE gates ';'	{ $$ = gated(make(p, AST_LEAVE, @$, sizeof(struct ast)), $2.head); }
| LEAVE to gates ';'
	{ $$ = gated($2, $3.head); $$->loc = @$; ((struct ast_transition *)$$)->leave = true; }
| WITHIN postfix GOTO to gates ';'
	{ $$ = gated($4, $5.head); $$->loc = @$; ((struct ast_transition *)$$)->within = $2; }
| postfix '=' expr gates ';'
	{ $$ = gated(INIT(struct ast_assign, AST_ASSIGN, @$, .to = $1, .value = $3), $4.head); }
| postfix ';'
	{ $$ = NULL;
	  diag_note(diag(p->ctx, CHK_syntax, @1, "this does nothing"), $1->kind == AST_CALL ?
		    "a subparser is entered by `goto %.*s;`" : "a flag is set by `%.*s = 1;`",
		    (int)(@1.end - @1.start), p->source->text + @1.start); }
| postfix add_sub '=' expr ';'
	{ $$ = NULL;
	  diag_note(diag(p->ctx, CHK_syntax, @2, "there is no such assignment"), "write `%.*s = %.*s %.*s ...;`",
		    (int)(@1.end - @1.start), p->source->text + @1.start, (int)(@1.end - @1.start),
		    p->source->text + @1.start, (int)(@2.end - @2.start), p->source->text + @2.start); }
| postfix '=' expr AND3 expr gates ';'
	{ $$ = INIT(struct ast_assign, AST_ASSIGN, @$, .to = $1, .value = $3, .mask = $5);
	  gated($$, $6.head); }
| SELECT '(' exprs ')' '{' arms '}'
	{ $$ = INIT(struct ast_select, AST_SELECT, @$, .keys = $3.head, .arms = $6.head);
	  $$->loc.end = @4.end; }
| GOTO to gates ';'	{ $$ = gated($2, $3.head); $$->loc = @$; }
| ACCEPT gates ';'
	{ $$ = gated(INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_ACCEPT), $2.head); }
| REJECT gates ';'
	{ $$ = gated(INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_REJECT), $2.head); }
| REJECT expr gates ';'
	{ $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_REJECT, .code = $2);
	  gated($$, $3.head); }
| DROP gates ';'
	{ $$ = gated(INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_DROP), $2.head); }
;

add_sub: '+' | '-' | '&' | '|' ;

transition:
  to
| LEAVE
	 { $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_ACCEPT, .leave = true); }
| LEAVE to
	 { $$ = $2; $$->loc = @$; ((struct ast_transition *)$$)->leave = true; }
| WITHIN postfix GOTO to
	 { $$ = $4; $$->loc = @$; ((struct ast_transition *)$$)->within = $2; }
;
to:
  name	 { $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_STATE, .state = $1); }
| name '(' name to_args ')'
	 { $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_SUBPARSER, .state = $1, .scope = $3,
		     .args = $4.head); }
| ACCEPT { $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_ACCEPT); }
| REJECT { $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_REJECT); }
| REJECT expr
	 { $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_REJECT, .code = $2); }
| DROP	 { $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_DROP); }
;

arms:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| arms arm		{ $$ = append($1, whole($2, @2)); }
| arms if_arms		{ $$ = append($1, whole($2, @2)); }
| arms ';'		{ $$ = $1; }
| arms error ';'	{ $$ = $1; yyerrok; }
;
arm:
  patterns ':' transition gates ';'
	{ $$ = INIT(struct ast_arm, AST_ARM, @$, .patterns = $1.head, .to = (struct ast_transition *)$3);
	  gated($$, $4.head); }
| gate arm	{ $$ = gated($2, $1); }
| DEFAULT ':' transition gates ';'
	{ $$ = INIT(struct ast_arm, AST_ARM, @$, .is_default = true, .to = (struct ast_transition *)$3);
	  gated($$, $4.head); }
| USE name gates ';'
	{ $$ = gated(INIT(struct ast_use, AST_USE, @$, .name = $2), $3.head); }
;

patterns:
  pattern		{ $$ = append((struct ast_list){ 0 }, $1); }
| patterns ',' pattern	{ $$ = append($1, $3); }
;
pattern:
  element
| '(' element ',' tuple ')'
	{ struct ast_list list = append((struct ast_list){ 0 }, $2);
	  list.tail->next = $4.head;
	  $$ = INIT(struct ast_pattern, AST_PATTERN, @$, .form = PAT_TUPLE, .tuple = list.head); }
;
tuple:
  element		{ $$ = append((struct ast_list){ 0 }, $1); }
| tuple ',' element	{ $$ = append($1, $3); }
;
element:
  expr		{ $$ = INIT(struct ast_pattern, AST_PATTERN, @$, .form = PAT_VALUE, .a = $1); }
| expr AND3 expr
	{ $$ = INIT(struct ast_pattern, AST_PATTERN, @$, .form = PAT_MASK, .a = $1, .b = $3); }
| expr DOTDOT expr
	{ $$ = INIT(struct ast_pattern, AST_PATTERN, @$, .form = PAT_RANGE, .a = $1, .b = $3); }
| ANY		{ $$ = INIT(struct ast_pattern, AST_PATTERN, @$, .form = PAT_ANY); }
;

/* ---- expressions ---- */

exprs:
  expr			{ $$ = append((struct ast_list){ 0 }, $1); }
| exprs ',' expr	{ $$ = append($1, $3); }
;
expr:
  postfix
| '-' expr %prec UNARY	{ $$ = unary(p, @$, OP_NEG, $2); }
| '!' expr %prec UNARY	{ $$ = unary(p, @$, OP_NOT, $2); }
| '~' expr %prec UNARY	{ $$ = unary(p, @$, OP_COM, $2); }
| expr '+' expr		{ $$ = binary(p, @$, $1, OP_ADD, $3); }
| expr '-' expr		{ $$ = binary(p, @$, $1, OP_SUB, $3); }
| expr '*' expr		{ $$ = binary(p, @$, $1, OP_MUL, $3); }
| expr '/' expr		{ $$ = binary(p, @$, $1, OP_DIV, $3); }
| expr '%' expr		{ $$ = binary(p, @$, $1, OP_MOD, $3); }
| expr "<<" expr	{ $$ = binary(p, @$, $1, OP_SHL, $3); }
| expr ">>" expr	{ $$ = binary(p, @$, $1, OP_SHR, $3); }
| expr '&' expr		{ $$ = binary(p, @$, $1, OP_AND, $3); }
| expr '|' expr		{ $$ = binary(p, @$, $1, OP_OR, $3); }
| expr '^' expr		{ $$ = binary(p, @$, $1, OP_XOR, $3); }
| expr "&&" expr	{ $$ = binary(p, @$, $1, OP_LAND, $3); }
| expr "||" expr	{ $$ = binary(p, @$, $1, OP_LOR, $3); }
| expr "==" expr	{ $$ = binary(p, @$, $1, OP_EQ, $3); }
| expr "!=" expr	{ $$ = binary(p, @$, $1, OP_NE, $3); }
| expr '<' expr		{ $$ = binary(p, @$, $1, OP_LT, $3); }
| expr '>' expr		{ $$ = binary(p, @$, $1, OP_GT, $3); }
| expr "<=" expr	{ $$ = binary(p, @$, $1, OP_LE, $3); }
| expr ">=" expr	{ $$ = binary(p, @$, $1, OP_GE, $3); }
| expr '?' expr ':' expr
	{ $$ = expr(p, INIT(struct ast_cond, AST_COND, @$, .c = $1, .a = $3, .b = $5), $1, $3, $5); }
;

postfix:
  primary
| postfix '.' fname
	{ $$ = expr(p, INIT(struct ast_field, AST_FIELD, @$, .base = $1, .name = $3), $1, NULL, NULL); }
| postfix '[' expr ']'
	{ $$ = expr(p, INIT(struct ast_index, AST_INDEX, @$, .base = $1, .index = $3), $1, $3, NULL); }
| postfix '[' expr ':' expr ']'
	{ $$ = expr(p, INIT(struct ast_slice, AST_SLICE, @$, .base = $1, .hi = $3, .lo = $5),
		    $1, $3, $5); }
;
primary:
  INT	{ $$ = INIT(struct ast_int, AST_INT, @$, .value = $1); }
| str		/* only for `release` to be compared with */
| name	{ $$ = INIT(struct ast_ident, AST_NAME, @$, .s = $1.s); }
| name '(' arg_list ')'
	{ $$ = INIT(struct ast_call, AST_CALL, @$, .name = $1, .args = $3); }
| '(' expr ')' { $$ = $2; $$->loc = @$; }
;
arg_list: %empty { $$ = NULL; } | exprs { $$ = $1.head; } ;

/* ---- names: most words are words only where the grammar asks for them ---- */

name: IDENT | soft | VALID ;
plain_name: IDENT | soft ;	/* where `valid EXPR` can follow */
soft: FIRST | LAYOUTS | MASK | NIBBLE
| ARCS | AS | CONFIG | COUNTS | ERRORS | DESCRIPTOR | DEVICE | HEADER | ID | IN | INCLUDE | LENGTH
| MAX | MARK | USE | WORD | EXTRACT | AT | RESERVED_BYTES
| MDESC | METADATA | OF | PACKED | PARSER | SOURCE | START | STATE | TARGET | TO
| VIEW | VIEW_TYPE | WRITES
| ALIAS | BITS | CELL | CHAIN | CLASSIFY | COUNTER | DERIVE | EFFECT
| FLAG | LET | OVER | RESULT | ROW | SCOPE | SUBPARSER | TABLE  ;
/* where nothing else can stand: behind a type or a dot, or first in a line of a device */
fname: plain_fname | VALID ;
plain_fname: IDENT | soft | TAKES
| ACCEPT | DEPRECATED | DROP | REJECT | SELECT | UNIT
| SINCE | UNTIL | BY | ADVANCE | LEAVE | WITHIN ;

%%

const struct ast_attrs ast_no_attrs;

static struct ast *make(struct parse *p, enum ast_kind kind, struct loc loc, size_t size)
{
	struct ast *node = arena_alloc(p->arena, size);

	node->kind = kind;
	node->size = size;
	node->loc = loc;
	return node;
}

static struct ast *init(struct parse *p, enum ast_kind kind, struct loc loc, const void *from,
			size_t size)
{
	struct ast *node = arena_alloc(p->arena, size);

	memcpy(node, from, size);
	node->kind = kind;
	node->size = size;
	node->loc = loc;
	return node;
}

/* Sets the depth of @e over its parts; a tree that is too deep becomes a number. */
static struct ast *expr(struct parse *p, struct ast *e, struct ast *a, struct ast *b,
			struct ast *c)
{
	struct ast *parts[] = { a, b, c };

	for (int i = 0; i < 3; i++)
		if (parts[i] && parts[i]->depth >= e->depth)
			e->depth = parts[i]->depth + 1;
	if (e->depth <= AST_DEPTH_MAX)
		return e;
	diag(p->ctx, CHK_syntax, e->loc, "the expression is nested more than %d deep", AST_DEPTH_MAX);
	return make(p, AST_INT, e->loc, sizeof(struct ast_int));
}

static struct ast *unary(struct parse *p, struct loc loc, enum ast_op op, struct ast *a)
{
	return expr(p, INIT(struct ast_unary, AST_UNARY, loc, .op = op, .a = a), a, NULL, NULL);
}

static struct ast *binary(struct parse *p, struct loc loc, struct ast *a, enum ast_op op,
			  struct ast *b)
{
	return expr(p, INIT(struct ast_binary, AST_BINARY, loc, .op = op, .a = a, .b = b), a, b,
		    NULL);
}

static struct ast_list append(struct ast_list list, struct ast *node)
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

static struct ast *whole(struct ast *node, struct loc loc)
{
	if (node) {
		node->from = loc.start;
		node->to = loc.end;
	}
	return node;
}

static struct ast *documented(struct parse *p, struct ast *node, struct loc loc)
{
	if (node && p->docs.n)
		node->doc = parse_doc(p, loc);
	return whole(node, loc);
}

static struct ast *member(struct parse *p, struct loc loc, struct ast_name type,
			  struct ast_name name, struct ast_list dims,
			  const struct ast_attrs *attrs)
{
	struct ast_member *m = (void *)make(p, AST_MEMBER, loc, sizeof(*m));

	m->type = type;
	m->name = name;
	m->dims = dims.head;
	m->attrs = attrs ? attrs : &ast_no_attrs;
	m->h.gate = m->attrs->h.gate;
	return &m->h;
}

static struct ast *with_bits(struct ast *member, struct ast *bits)
{
	((struct ast_member *)member)->bits = bits;
	return member;
}

static struct ast *with_ranges(struct ast *member, struct ast_list ranges)
{
	((struct ast_member *)member)->is_word = true;
	((struct ast_member *)member)->ranges = ranges.head;
	return member;
}

static struct ast *with_inline(struct ast *member, struct ast *type)
{
	((struct ast_member *)member)->inline_type = (struct ast_struct *)type;
	return member;
}

static struct ast *inline_struct(struct parse *p, struct loc loc, bool is_union, bool packed,
				 bool tagged, struct ast *tag, struct ast_list members)
{
	if (tagged && !is_union)
		diag_note(diag(p->ctx, CHK_union_tag, loc, "a struct has no tag"),
			  "only a union can `switch`");
	return INIT(struct ast_struct, AST_STRUCT, loc, .is_union = is_union, .packed = packed,
		    .tagged = tagged, .tag = tag, .members = members.head);
}

static struct ast_attrs *new_attrs(struct parse *p)
{
	return arena_new_of(p->arena, struct ast_attrs);
}

static const struct ast_takes *takes(struct parse *p, struct ast_takes t)
{
	struct ast_takes *copy = arena_new_of(p->arena, struct ast_takes);

	*copy = t;
	return copy;
}

static void attr_twice(struct parse *p, struct loc loc, const void *before, const char *what)
{
	if (before)
		diag(p->ctx, CHK_duplicate_name, loc, "'%s' stands here twice", what);
}

/* @node, under further gates. NULL after an error of syntax. */
static struct ast *gated(struct ast *node, struct ast *gates)
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

/* Lines of a device or target are lists of words: gates are the first two and the last two of them. */
static struct ast *gated_prop(struct parse *p, struct ast *node)
{
	struct ast_prop *prop = (struct ast_prop *)node;
	struct ast_ident name = { .h = { .kind = AST_NAME, .loc = prop->name.loc }, .s = prop->name.s };
	struct ast *two, **at;

	while (is_gate(&name.h, prop->atoms) && (two = prop->atoms->next) && two->kind == AST_NAME) {
		gated(node, prop_gate(p, name.h.loc, name.s, prop->atoms));
		name.s = ((struct ast_ident *)two)->s;
		name.h.loc = two->loc;
		prop->name = (struct ast_name){ name.s, two->loc };
		prop->atoms = two->next;
	}
	for (at = &prop->atoms; *at; at = &(*at)->next)
		if (is_gate(*at, (*at)->next) &&
		    (!(*at)->next->next || is_gate((*at)->next->next, (*at)->next->next->next)))
			break;
	for (two = *at, *at = NULL; two; two = two->next->next)
		gated(node, prop_gate(p, two->loc, ((struct ast_ident *)two)->s, two->next));
	return node;
}

static struct loc between(struct loc open, struct loc close)
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

static struct ast *make_if(struct parse *p, struct loc loc, struct ast *cond, struct ast_list then,
			   struct ast *other, struct loc then_text, struct loc other_text, bool in_header)
{
	bool by_release = over_release(cond);

	p->n_gates += by_release;
	if (!by_release && in_header)
		return INIT(struct ast_part, AST_PART, loc, .cond = cond, .members = then.head, .otherwise = other);
	if (!by_release)
		diag_note(diag(p->ctx, CHK_release, cond->loc, "a condition here compares the release"),
			  "it is written like `release >= \"2.0.0\"`");
	return INIT(struct ast_if, AST_IF, loc, .cond = cond, .then = then.head, .other = other,
		    .then_text = then_text, .other_text = other_text);
}

/* @b, one attribute at @loc, added to those of @a. */
static struct ast_attrs *more_attrs(struct parse *p, struct ast_attrs *a, const struct ast_attrs *b,
				     struct loc loc)
{
	struct { struct ast **to; struct ast *from; const char *what; } all[] = {
		{ &a->pin, b->pin, "@" }, { &a->unit, b->unit, "unit" },
		{ &a->deprecated, b->deprecated, "deprecated" }, { &a->writer, b->writer, "=" },
		{ &a->valid, b->valid, "valid" },
	};

	if (b->takes) {
		attr_twice(p, loc, a->takes, "takes");
		a->takes = b->takes;
	}


	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (!all[i].from)
			continue;
		loc.end = loc.start + (uint32_t)strlen(all[i].what);
		attr_twice(p, loc, *all[i].to, all[i].what);
		*all[i].to = all[i].from;
	}
	if (b->writer)
		a->writer_to = b->writer_to;
	gated(&a->h, b->h.gate);
	return a;
}

static int scan(MDC_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner)
{
	int mdc_yylex(MDC_YYSTYPE *, struct loc *, void *);

	(void)p;
	return mdc_yylex(value, loc, scanner);
}

static void yyerror(struct loc *loc, struct parse *p, void *scanner, const char *text)
{
	(void)scanner;
	(void)text;		/* yyreport_syntax_error() says all else */
	diag(p->ctx, CHK_syntax, *loc, "this is nested too deeply");
}

static bool is_reserved(yysymbol_kind_t token)
{
	switch (token) {
#define KEYWORD(t, text)
#define RESERVED(t, text) case YYSYMBOL_##t:
#include "keywords.def"
#undef KEYWORD
#undef RESERVED
		return true;
	default:
		return false;
	}
}

static bool is_operator(yysymbol_kind_t token)
{
	const char *s = yysymbol_name(token);

	return (token >= YYSYMBOL_ANDAND && token <= YYSYMBOL_SHR) ||
	       (s[0] == '\'' && strchr("?|^&<>+-*/%", s[1]));
}

/* They may stand nearly everywhere: saying so each time would hide what is meant. */
static bool is_gate_word(yysymbol_kind_t token)
{
	return token == YYSYMBOL_SINCE || token == YYSYMBOL_UNTIL;
}

/*
 * Words that may be names are expected wherever a name is: the name says enough. What may go on with an expression,
 * where it may also end, is left out.
 */
static int expected_tokens(const yypcontext_t *ctx, yysymbol_kind_t *all, int max)
{
	int n = yypcontext_expected_tokens(ctx, all, max), kept = 0;
	bool names = false, behind = false, numbers = false;

	for (int i = 0; i < n; i++) {
		names |= all[i] == YYSYMBOL_IDENT;
		numbers |= all[i] == YYSYMBOL_INT;
		behind |= all[i] == YYSYMBOL_OROR;
	}
	for (int i = 0; i < n; i++)
		if (!(names && all[i] >= YYSYMBOL_ACCEPT && all[i] <= YYSYMBOL_WITHIN) &&
		    !is_gate_word(all[i]) && !(behind && is_operator(all[i])) &&
		    !(numbers && names && all[i] == YYSYMBOL_STRING))
			all[kept++] = all[i];
	return kept;
}

static void expected_text(const yypcontext_t *ctx, char *text, size_t size)
{
	enum { MAX = 6 };
	yysymbol_kind_t all[YYNTOKENS];
	int n = expected_tokens(ctx, all, YYNTOKENS);
	size_t len = 0;

	text[0] = 0;
	for (int i = 0; i < n && n <= MAX; i++) {
		const char *name = yysymbol_name(all[i]);
		const char *quote = name[0] == '\'' || all[i] == YYSYMBOL_IDENT ||
				    all[i] == YYSYMBOL_INT || all[i] == YYSYMBOL_STRING ||
				    all[i] == YYSYMBOL_YYEOF ? "" : "'";

		len += (size_t)snprintf(text + len, size - len, "%s%s%s%s%s",
					!i ? "; expected " : i == n - 1 ? " or " : ", ",
					all[i] == YYSYMBOL_IDENT || all[i] == YYSYMBOL_INT ||
					all[i] == YYSYMBOL_STRING ? "a " : "", quote, name, quote);
	}
}

/* "unexpected 'x'; expected ';' or a name" */
/* A word that stands where just a name could. */
static bool is_no_name(const yypcontext_t *ctx, yysymbol_kind_t token)
{
	yysymbol_kind_t all[YYNTOKENS];

	return token >= YYSYMBOL_ACCEPT && token <= YYSYMBOL_WITHIN && expected_tokens(ctx, all, YYNTOKENS) == 1 &&
	       all[0] == YYSYMBOL_IDENT;
}

static int yyreport_syntax_error(const yypcontext_t *ctx, struct parse *p, void *scanner)
{
	yysymbol_kind_t token = yypcontext_token(ctx);
	struct loc loc = *yypcontext_location(ctx);
	char text[256];

	(void)scanner;
	if (is_reserved(token)) {
		diag_note(diag(p->ctx, CHK_reserved_word, loc,
			       "'%s' is reserved, and this version of mdescc does not have it",
			       yysymbol_name(token)),
			  "doc/language.md tells which constructs of the edition are there");
		return 0;
	}
	expected_text(ctx, text, sizeof(text));
	if (is_no_name(ctx, token)) {
		diag_note(diag(p->ctx, CHK_syntax, loc, "unexpected '%s'%s", yysymbol_name(token), text),
			  "'%s' is a word of the language, and no name here: call it something else",
			  yysymbol_name(token));
		return 0;
	}
	if (token == YYSYMBOL_YYEOF || token == YYSYMBOL_YYEMPTY)
		diag(p->ctx, CHK_syntax, loc, "unexpected end of the file%s", text);
	else
		diag(p->ctx, CHK_syntax, loc, "unexpected '%.*s'%s",
		     loc.end - loc.start > 60 ? 60 : (int)(loc.end - loc.start),
		     p->source->text + loc.start, text);
	return 0;
}

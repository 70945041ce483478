/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The grammar. Actions make syntax tree nodes (ast_make.c) and do nothing else.
 * Words are keywords only where the grammar asks for them: `name` lets nearly
 * all of them name things. Behind an error every list goes on at the `;` that
 * syntax.c gives, which is there for each thing that could not be read.
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
#include "ast_make.h"
#include "syntax.h"
}

%code {
#undef yylex
#define yylex syntax_scan
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

/* gcc would keep parts of $$ and @$ in registers, and put them together again in memory, which processors wait for. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-sra")
#endif
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
	struct ast_bfield *bfield;
	struct { struct ast *first, *last; } stages;
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
%token <name> KEY "key" RESERVE "reserve" SIGN "sign" STAGES "stages"

%type <name> name plain_name fname plain_fname soft soft_word
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
%type <node> if_chain_body if_combos if_range_arms range_arm
%type <attrs> attrs attrs1 attrs2 attr any_attr source_attrs
%type <name> soft_name cell_name rname line_name row_word
%type <list> places pieces bfields table_lines line_words cells row_fields indices row_items effects effect_body
%type <node> piece bfield bfield_core table_line cell row_field row_item row_core effect effect_simple
%type <node> if_bfields if_table_lines if_row_fields if_row_items
%type <bfield> bfield_attrs
%type <stages> stages
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
| items item		{ $$ = ast_append($1, ast_documented(p, $2, @2)); }
| items if_items	{ $$ = ast_append($1, ast_whole($2, @2)); }
| items ';'		{ $$ = $1; }
| items error ';'	{ $$ = $1; yyerrok; }
;

item:
  MDESC INT ';'	{ $$ = INIT(struct ast_edition, AST_EDITION, @$, .number = $2); }
| gate item	{ $$ = ast_gated($2, $1); }
| INCLUDE STRING gates ';'
	{ $$ = ast_gated(INIT(struct ast_include, AST_INCLUDE, @2, .path = $2), $3.head); }
| CONST name '=' expr gates ';'
	{ $$ = ast_gated(INIT(struct ast_const, AST_CONST, @$, .name = $2, .value = $4), $5.head); }
| DEVICE name '{' props '}'
	{ $$ = INIT(struct ast_device, AST_DEVICE, @$, .name = $2, .props = $4.head); }
| TARGET name gates '{' props '}'
	{ $$ = ast_gated(INIT(struct ast_target, AST_TARGET, @$, .name = $2, .props = $5.head), $3.head); }
| SOURCE IDENT name source_attrs ';'
	{ $$ = INIT(struct ast_source, AST_SOURCE, @$, .type = $2, .name = $3, .to = $4->type,
		    .unit = $4->unit, .deprecated = $4->deprecated);
	  ast_gated($$, $4->h.gate); }
| CONFIG IDENT name source_attrs ';'
	{ $$ = INIT(struct ast_source, AST_CONFIG, @$, .type = $2, .name = $3, .to = $4->type,
		    .unit = $4->unit, .deprecated = $4->deprecated);
	  ast_gated($$, $4->h.gate); }
| ENUM name opt_base gates '{' enumerators '}'
	{ $$ = INIT(struct ast_enum, AST_ENUM, @$, .name = $2, .base = $3, .list = $6.head);
	  ast_gated($$, $4.head); }
| struct_or_union name opt_switch gates '{' members '}'
	{ $$ = INIT(struct ast_struct, AST_STRUCT, @$, .name = $2, .is_union = $1.is_union,
		    .packed = $1.packed, .members = $6.head);
	  ast_gated($$, $4.head);
	  if ($3) diag_note(diag(p->ctx, CHK_union_tag, @3,
				 "a union declared on its own has no tag"),
			    "tags are named where the union is a member: union NAME switch (TAG) {...}"); }
| struct_or_union name PACKED gates '{' members '}'
	{ $$ = INIT(struct ast_struct, AST_STRUCT, @$, .name = $2, .is_union = $1.is_union, .packed = true,
		    .members = $6.head);
	  ast_gated($$, $4.head); }
| struct_or_union name DEPRECATED str gates '{' members '}'
	{ $$ = INIT(struct ast_struct, AST_STRUCT, @$, .name = $2, .is_union = $1.is_union,
		    .packed = $1.packed, .deprecated = $4, .members = $7.head);
	  ast_gated($$, $5.head); }
| TYPEDEF IDENT fname dims gates ';'
	{ $$ = INIT(struct ast_typedef, AST_TYPEDEF, @$,
		    .member = INIT(struct ast_member, AST_MEMBER, @$, .type = $2, .name = $3,
				   .dims = $4.head, .attrs = &ast_no_attrs));
	  ast_gated($$, $5.head); }
| METADATA name opt_id opt_packed gates '{' members '}'
	{ $$ = INIT(struct ast_layout, AST_LAYOUT, @$, .name = $2, .id = $3.id, .mask = $3.mask, .at_first = $3.first,
		    .body = (struct ast_struct *)INIT(struct ast_struct, AST_STRUCT, @$, .name = $2,
						      .packed = $4, .members = $7.head));
	  ast_gated($$, $5.head); }
| DESCRIPTOR name opt_id opt_packed gates '{' members '}'
	{ $$ = INIT(struct ast_layout, AST_LAYOUT, @$, .is_descriptor = true, .name = $2, .id = $3.id,
		    .mask = $3.mask, .at_first = $3.first,
		    .body = (struct ast_struct *)INIT(struct ast_struct, AST_STRUCT, @$, .name = $2,
						      .packed = $4, .members = $7.head));
	  ast_gated($$, $5.head); }
| DESCRIPTOR UNION name opt_id opt_packed gates '{' members '}'
	{ $$ = INIT(struct ast_layout, AST_LAYOUT, @$, .is_descriptor = true, .name = $3, .id = $4.id,
		    .mask = $4.mask, .at_first = $4.first,
		    .body = (struct ast_struct *)INIT(struct ast_struct, AST_STRUCT, @$, .name = $3, .is_union = true,
						      .packed = $5, .members = $8.head));
	  ast_gated($$, $6.head); }
| METADATA UNION name opt_id opt_packed gates '{' members '}'
	{ $$ = NULL; diag_note(diag(p->ctx, CHK_syntax, @2, "metadata is not a union"),
			       "a union can be a member of it; a descriptor can be one: `descriptor union %s`", $3.s); }
| METADATA name ID AT FIRST CHAIN IDENT NIBBLE gates '{' chain_body '}'
	{ $$ = INIT(struct ast_chain, AST_CHAIN, @$, .name = $2, .type = $7, .items = $11.head);
	  ast_gated($$, $9.head); }
| VIEW_TYPE name gates '{' view_members '}'
	{ $$ = INIT(struct ast_view_type, AST_VIEW_TYPE, @$, .name = $2, .members = $5.head);
	  ast_gated($$, $3.head); }
| VIEW name OF name gates '{' maps '}'
	{ $$ = INIT(struct ast_view, AST_VIEW, @$, .type = $2, .of = $4, .maps = $7.head);
	  ast_gated($$, $5.head); }
| HEADER name gates '{' header_members '}'
	{ $$ = INIT(struct ast_header, AST_HEADER, @$, .name = $2, .members = $5.head);
	  ast_gated($$, $3.head); }
| BITS expr name gates '{' bfields '}'
	{ $$ = ast_gated(INIT(struct ast_bits, AST_BITS, @$, .name = $3, .width = $2, .fields = $6.head), $4.head); }
| TABLE name stages gates '{' table_lines '}'
	{ $$ = INIT(struct ast_table, AST_TABLE, @$, .name = $2, .first = $3.first, .last = $3.last, .lines = $6.head);
	  ast_gated($$, $4.head); }
| LET name gates '{' row_fields '}'
	{ $$ = ast_gated(INIT(struct ast_let, AST_LET, @$, .name = $2, .fields = $5.head), $3.head); }
| row_core
| classify
| subparser
| PARSER name WRITES names gates '{' parser_body '}'
	{ $$ = INIT(struct ast_parser, AST_PARSER, @$, .name = $2, .writes = $4.head,
		    .body = $7.head);
	  ast_gated($$, $5.head); }
| PARSER name gates '{' parser_body '}'
	{ $$ = INIT(struct ast_parser, AST_PARSER, @$, .name = $2, .body = $5.head);
	  ast_gated($$, $3.head); }
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
| chain_body arm_member	{ $$ = ast_append($1, ast_documented(p, $2, @2)); }
| chain_body layouts	{ $$ = ast_append($1, ast_whole($2, @2)); }
| chain_body if_chain_body { $$ = ast_append($1, ast_whole($2, @2)); }
| chain_body ';'	{ $$ = $1; }
| chain_body error ';'	{ $$ = $1; yyerrok; }
;
item_names:
  fname			{ $$ = ast_append((struct ast_list){ 0 }, INIT(struct ast_ident, AST_NAME, @1, .s = $1.s)); }
| item_names ',' fname	{ $$ = ast_append($1, INIT(struct ast_ident, AST_NAME, @3, .s = $3.s)); }
;
layouts:
  LAYOUTS '{' combos '}' { $$ = INIT(struct ast_combos, AST_COMBOS, @1, .list = $3.head); }
| gate layouts	{ $$ = ast_gated($2, $1); }
;
combos:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| combos combo		{ $$ = ast_append($1, ast_documented(p, $2, @2)); }
| combos if_combos	{ $$ = ast_append($1, ast_whole($2, @2)); }
| combos ';'		{ $$ = $1; }
| combos error ';'	{ $$ = $1; yyerrok; }
;
combo:
  item_names gates ';'	{ $$ = ast_gated(INIT(struct ast_combo, AST_COMBO, @1, .items = $1.head), $2.head); }
| IDENT ':' item_names gates ';'
	{ $$ = ast_gated(INIT(struct ast_combo, AST_COMBO, @$, .name = $1, .items = $3.head), $4.head); }
| gate combo		{ $$ = ast_gated($2, $1); }
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
gates: %empty { $$ = (struct ast_list){ 0 }; } | gates gate { $$ = ast_append($1, $2); } ;
cond: '(' expr ')' { $$ = $2; } ;

if_items:
  IF cond '{' items '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' items '}' ELSE '{' items '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' items '}' ELSE if_items
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;
if_props:
  IF cond '{' props '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' props '}' ELSE '{' props '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' props '}' ELSE if_props
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;
if_members:
  IF cond '{' members '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_MEMBERS); }
| IF cond '{' members '}' ELSE '{' members '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_MEMBERS); }
| IF cond '{' members '}' ELSE if_members
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_MEMBERS); }
;
if_arm_members:
  IF cond '{' arm_members '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' arm_members '}' ELSE '{' arm_members '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' arm_members '}' ELSE if_arm_members
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;
if_ranges:
  IF cond '{' ranges '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' ranges '}' ELSE '{' ranges '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' ranges '}' ELSE if_ranges
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;
if_range_arms:
  IF cond '{' range_arms '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' range_arms '}' ELSE '{' range_arms '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' range_arms '}' ELSE if_range_arms
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;
if_maps:
  IF cond '{' maps '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' maps '}' ELSE '{' maps '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' maps '}' ELSE if_maps
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;
if_header_members:
  IF cond '{' header_members '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_HEADER); }
| IF cond '{' header_members '}' ELSE '{' header_members '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_HEADER); }
| IF cond '{' header_members '}' ELSE if_header_members
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_HEADER); }
;
if_parser_body:
  IF cond '{' parser_body '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' parser_body '}' ELSE '{' parser_body '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' parser_body '}' ELSE if_parser_body
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;
if_statements:
  IF cond '{' statements '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_STATE); }
| IF cond '{' statements '}' ELSE '{' statements '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_STATE); }
| IF cond '{' statements '}' ELSE if_statements
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_STATE); }
;
if_arms:
  IF cond '{' arms '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_STATE); }
| IF cond '{' arms '}' ELSE '{' arms '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_STATE); }
| IF cond '{' arms '}' ELSE if_arms
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_STATE); }
;
if_class_rows:
  IF cond '{' class_rows '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' class_rows '}' ELSE '{' class_rows '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' class_rows '}' ELSE if_class_rows
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;
if_chain_body:
  IF cond '{' chain_body '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' chain_body '}' ELSE '{' chain_body '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' chain_body '}' ELSE if_chain_body
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;
if_combos:
  IF cond '{' combos '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' combos '}' ELSE '{' combos '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' combos '}' ELSE if_combos
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;

if_bfields:
  IF cond '{' bfields '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' bfields '}' ELSE '{' bfields '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' bfields '}' ELSE if_bfields
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;
if_table_lines:
  IF cond '{' table_lines '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' table_lines '}' ELSE '{' table_lines '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' table_lines '}' ELSE if_table_lines
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;
if_row_fields:
  IF cond '{' row_fields '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' row_fields '}' ELSE '{' row_fields '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' row_fields '}' ELSE if_row_fields
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;
if_row_items:
  IF cond '{' row_items '}'
	{ $$ = ast_if(p, @$, $2, $4, NULL, ast_between(@3, @5), @5, IF_LIST); }
| IF cond '{' row_items '}' ELSE '{' row_items '}'
	{ $$ = ast_if(p, @$, $2, $4, $8.head, ast_between(@3, @5), ast_between(@7, @9), IF_LIST); }
| IF cond '{' row_items '}' ELSE if_row_items
	{ $$ = ast_if(p, @$, $2, $4, ast_whole($7, @7), ast_between(@3, @5), @7, IF_LIST); }
;

/* ---- device and target: lines of words ---- */

props:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| props prop		{ $$ = ast_append($1, ast_documented(p, ast_prop_gates(p, $2), @2)); }
| props if_props	{ $$ = ast_append($1, ast_whole($2, @2)); }
| props error ';'	{ $$ = $1; yyerrok; }
;
prop: fname atoms ';'
	{ $$ = INIT(struct ast_prop, AST_PROP, @$, .name = $1, .atoms = $2.head); } ;
atoms: %empty { $$ = (struct ast_list){ 0 }; } | atoms atom { $$ = ast_append($1, $2); } ;
atom:
  INT	{ $$ = INIT(struct ast_int, AST_INT, @$, .value = $1); }
| STRING { $$ = INIT(struct ast_string, AST_STRING, @$, .s = $1); }
| fname	{ $$ = INIT(struct ast_ident, AST_NAME, @$, .s = $1.s); }
| DEFAULT { $$ = INIT(struct ast_ident, AST_NAME, @$, .s = $1.s); }
| ','	{ $$ = ast_make(p, AST_COMMA, @$, sizeof(struct ast)); }
;

source_attrs:
  %empty { $$ = ast_attrs(p); }
| source_attrs gate	{ $$ = $1; ast_gated(&$$->h, $2); }
| source_attrs UNIT str
	{ $$ = $1; ast_attr_twice(p, @2, $1->unit, "unit"); $$->unit = $3; }
| source_attrs DEPRECATED str
	{ $$ = $1; ast_attr_twice(p, @2, $1->deprecated, "deprecated"); $$->deprecated = $3; }
| source_attrs TO IDENT
	{ $$ = $1; ast_attr_twice(p, @2, $1->type.s, "to"); $$->type = $3; }
;

enumerators: enumerator_list | enumerator_list ',' ;
enumerator_list:
  enumerator			{ $$ = ast_append((struct ast_list){ 0 }, ast_documented(p, $1, @1)); }
| enumerator_list ',' enumerator { $$ = ast_append($1, ast_documented(p, $3, @3)); }
| error ';'			{ $$ = (struct ast_list){ 0 }; yyerrok; }
;
enumerator:
  fname opt_value enum_attrs
	{ const struct ast_attrs *a = $3 ? $3 : &ast_no_attrs;
	  $$ = INIT(struct ast_enumerator, AST_ENUMERATOR, @$, .name = $1, .value = $2,
		    .as = a->unit, .deprecated = a->deprecated);
	  ast_gated($$, a->h.gate); }
| gate enumerator { $$ = ast_gated($2, $1); }
;
%type <node> opt_value;
%type <attrs> enum_attrs range_attrs;
opt_value: %empty { $$ = NULL; } | '=' expr { $$ = $2; } ;
enum_attrs:
  %empty		{ $$ = NULL; }
| enum_attrs gate	{ $$ = $1 ? $1 : ast_attrs(p); ast_gated(&$$->h, $2); }
| enum_attrs AS str
	{ $$ = $1 ? $1 : ast_attrs(p); ast_attr_twice(p, @2, $$->unit, "as"); $$->unit = $3; }
| enum_attrs DEPRECATED str
	{ $$ = $1 ? $1 : ast_attrs(p); ast_attr_twice(p, @2, $$->deprecated, "deprecated"); $$->deprecated = $3; }
;

/* ---- members ---- */

members:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| members any_member	{ $$ = ast_append($1, ast_documented(p, $2, @2)); }
| members if_members	{ $$ = ast_append($1, ast_whole($2, @2)); }
| members ';'		{ $$ = $1; }
| members error ';'	{ $$ = $1; yyerrok; }
;
view_members: members ;
any_member: member_core | reserved | computed | gate any_member { $$ = ast_gated($2, $1); } ;

reserved:
  RESERVED_BYTES expr gates ';'
	{ $$ = ast_gated(INIT(struct ast_reserved, AST_RESERVED, @$, .bytes = $2), $3.head); }
| RESERVED_BYTES expr '@' expr gates ';'
	{ $$ = ast_gated(INIT(struct ast_reserved, AST_RESERVED, @$, .bytes = $2, .pin = $4), $5.head); }
;

/* What is read from other members and never stored. */
computed:
  ALIAS IDENT fname attrs ';'
	{ $$ = ast_member(p, @$, $2, $3, NO_DIMS, $4); $$->kind = AST_ALIAS; }
| DERIVE IDENT fname attrs ';'
	{ $$ = ast_member(p, @$, $2, $3, NO_DIMS, $4); $$->kind = AST_DERIVE; }
;

member_core:
  IDENT fname dims attrs ';'
	{ $$ = ast_member(p, @$, $1, $2, $3, $4); }
| IDENT '*' fname dims attrs ';'
	{ $$ = ast_member(p, @$, $1, $3, $4, $5); ((struct ast_member *)$$)->pointer = true; }
| IDENT fname dims ':' expr attrs ';'
	{ $$ = ast_with_bits(ast_member(p, @$, $1, $2, $3, $6), $5); }
| IDENT ':' expr ';'
	{ $$ = ast_with_bits(ast_member(p, @$, $1, NO_NAME, NO_DIMS, NULL), $3); }
| IDENT WORD plain_name '{' ranges '}' %prec NO_ATTRIBUTES
	{ $$ = ast_with_ranges(ast_member(p, @$, $1, $3, NO_DIMS, NULL), $5); }
| IDENT WORD plain_name '{' ranges '}' attrs2 ';'
	{ $$ = ast_with_ranges(ast_member(p, @$, $1, $3, NO_DIMS, $7), $5); }
| IDENT WORD plain_name attrs1 '{' ranges '}'
	{ $$ = ast_with_ranges(ast_member(p, @$, $1, $3, NO_DIMS, $4), $6); }
| struct_or_union fname gates '{' members '}' %prec NO_ATTRIBUTES
	{ $$ = ast_with_inline(ast_member(p, @$, NO_NAME, $2, NO_DIMS, NULL),
			   ast_inline(p, @$, $1.is_union, $1.packed, false, NULL, $5));
	  ast_gated($$, $3.head); }
| struct_or_union fname gates '{' members '}' attrs2 ';'
	{ $$ = ast_with_inline(ast_member(p, @$, NO_NAME, $2, NO_DIMS, $7),
			   ast_inline(p, @$, $1.is_union, $1.packed, false, NULL, $5));
	  ast_gated($$, $3.head); }
| struct_or_union '{' members '}' attrs ';'
	{ $$ = ast_with_inline(ast_member(p, @$, NO_NAME, NO_NAME, NO_DIMS, $5),
			   ast_inline(p, @$, $1.is_union, $1.packed, false, NULL, $3)); }
| struct_or_union '{' members '}' plain_fname dims attrs ';'
	{ $$ = ast_with_inline(ast_member(p, @$, NO_NAME, $5, $6, $7),
			   ast_inline(p, @$, $1.is_union, $1.packed, false, NULL, $3)); }
| struct_or_union fname SWITCH '(' expr ')' gates '{' arm_members '}' %prec NO_ATTRIBUTES
	{ $$ = ast_with_inline(ast_member(p, @$, NO_NAME, $2, NO_DIMS, NULL),
			   ast_inline(p, @$, $1.is_union, $1.packed, true, $5, $9));
	  ast_gated($$, $7.head); }
| struct_or_union fname SWITCH '(' expr ')' gates '{' arm_members '}' attrs2 ';'
	{ $$ = ast_with_inline(ast_member(p, @$, NO_NAME, $2, NO_DIMS, $11),
			   ast_inline(p, @$, $1.is_union, $1.packed, true, $5, $9));
	  ast_gated($$, $7.head); }
| struct_or_union SWITCH '(' expr ')' '{' arm_members '}' attrs ';'
	{ $$ = ast_with_inline(ast_member(p, @$, NO_NAME, NO_NAME, NO_DIMS, $9),
			   ast_inline(p, @$, $1.is_union, $1.packed, true, $4, $7)); }
;

arm_members:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| arm_members arm_member { $$ = ast_append($1, ast_documented(p, $2, @2)); }
| arm_members if_arm_members { $$ = ast_append($1, ast_whole($2, @2)); }
| arm_members ';'	{ $$ = $1; }
| arm_members error ';'	{ $$ = $1; yyerrok; }
;
arm_member:
  patterns ':' member_core
	{ $$ = $3; $$->loc = @$; ((struct ast_member *)$$)->arm_values = $1.head; }
| DEFAULT ':' member_core
	{ $$ = $3; $$->loc = @$; ((struct ast_member *)$$)->arm_default = true; }
| gate arm_member { $$ = ast_gated($2, $1); }
;

dims: %empty { $$ = (struct ast_list){ 0 }; } | dims '[' expr ']' { $$ = ast_append($1, $3); } ;

attrs: %empty { $$ = NULL; } | attrs1 ;
attrs1: any_attr | attrs1 any_attr { $$ = ast_more_attrs(p, $1, $2, @2); } ;
any_attr: attr | gate { $$ = ast_attrs(p); ast_gated(&$$->h, $1); } ;
/* Behind a brace a gate is the next member's. */
attrs2: attr | attrs2 attr { $$ = ast_more_attrs(p, $1, $2, @2); } ;
attr:
  '@' expr	{ $$ = ast_attrs(p); $$->pin = $2; }
| UNIT str	{ $$ = ast_attrs(p); $$->unit = $2; }
| DEPRECATED str { $$ = ast_attrs(p); $$->deprecated = $2; }
| '=' expr	{ $$ = ast_attrs(p); $$->writer = $2; }
| '=' expr DOTDOT expr { $$ = ast_attrs(p); $$->writer = $2; $$->writer_to = $4; }
| VALID expr	{ $$ = ast_attrs(p); $$->valid = $2; }
| TAKES IDENT	{ $$ = ast_attrs(p); $$->takes = ast_takes(p, (struct ast_takes){ .name = $2 }); }
| TAKES IDENT IDENT { $$ = ast_attrs(p); $$->takes = ast_takes(p, (struct ast_takes){ .type = $2, .name = $3 }); }
;

ranges:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| ranges range		{ $$ = ast_append($1, ast_documented(p, $2, @2)); }
| ranges if_ranges	{ $$ = ast_append($1, ast_whole($2, @2)); }
| ranges error ';'	{ $$ = $1; yyerrok; }
;
range:
  fname '[' expr ':' expr ']' range_attrs ';'
	{ $$ = INIT(struct ast_range, AST_RANGE, @$, .name = $1, .hi = $3, .lo = $5, .unit = $7->unit,
		    .deprecated = $7->deprecated, .valid = $7->valid);
	  ast_gated($$, $7->h.gate); }
| fname '[' expr ']' range_attrs ';'
	{ $$ = INIT(struct ast_range, AST_RANGE, @$, .name = $1, .hi = $3, .unit = $5->unit,
		    .deprecated = $5->deprecated, .valid = $5->valid);
	  ast_gated($$, $5->h.gate); }
| IDENT fname '[' expr ':' expr ']' range_attrs ';'
	{ $$ = INIT(struct ast_range, AST_RANGE, @$, .type = $1, .name = $2, .hi = $4, .lo = $6,
		    .unit = $8->unit, .deprecated = $8->deprecated, .valid = $8->valid);
	  ast_gated($$, $8->h.gate); }
| IDENT fname '[' expr ']' range_attrs ';'
	{ $$ = INIT(struct ast_range, AST_RANGE, @$, .type = $1, .name = $2, .hi = $4, .unit = $6->unit,
		    .deprecated = $6->deprecated, .valid = $6->valid);
	  ast_gated($$, $6->h.gate); }
| SWITCH '(' expr ')' '{' range_arms '}'
	{ $$ = INIT(struct ast_range_switch, AST_RANGE_SWITCH, @$, .tag = $3, .arms = $6.head); }
| gate range { $$ = ast_gated($2, $1); }
;
range_arms:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| range_arms range_arm	{ $$ = ast_append($1, ast_whole($2, @2)); }
| range_arms if_range_arms { $$ = ast_append($1, ast_whole($2, @2)); }
| range_arms ';'	{ $$ = $1; }
| range_arms error ';'	{ $$ = $1; yyerrok; }
;
range_arm:
  patterns ':' '{' ranges '}'
	{ $$ = INIT(struct ast_range_arm, AST_RANGE_ARM, @1, .patterns = $1.head, .ranges = $4.head); }
| DEFAULT ':' '{' ranges '}'
	{ $$ = INIT(struct ast_range_arm, AST_RANGE_ARM, @1, .ranges = $4.head); }
| gate range_arm { $$ = ast_gated($2, $1); }
;
range_attrs:
  %empty		{ $$ = ast_attrs(p); }
| range_attrs gate	{ $$ = $1; ast_gated(&$$->h, $2); }
| range_attrs UNIT str	{ $$ = $1; ast_attr_twice(p, @2, $1->unit, "unit"); $$->unit = $3; }
| range_attrs DEPRECATED str
	{ $$ = $1; ast_attr_twice(p, @2, $1->deprecated, "deprecated"); $$->deprecated = $3; }
| range_attrs VALID expr { $$ = $1; ast_attr_twice(p, @2, $1->valid, "valid"); $$->valid = $3; }
;

maps:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| maps any_map		{ $$ = ast_append($1, ast_documented(p, $2, @2)); }
| maps if_maps		{ $$ = ast_append($1, ast_whole($2, @2)); }
| maps error ';'	{ $$ = $1; yyerrok; }
;
any_map: map | gate any_map { $$ = ast_gated($2, $1); } ;
map: fname '=' expr gates ';'
	{ $$ = ast_gated(INIT(struct ast_map, AST_MAP, @$, .name = $1, .path = $3), $4.head); } ;

/* ---- headers ---- */

header_members:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| header_members header_member { $$ = ast_append($1, ast_documented(p, $2, @2)); }
| header_members if_header_members { $$ = ast_append($1, ast_whole($2, @2)); }
| header_members ';'	{ $$ = $1; }
| header_members error ';' { $$ = $1; yyerrok; }
;
header_member:
  member_core
| gate header_member	{ $$ = ast_gated($2, $1); }
| RESERVED_BYTES expr gates ';'
	{ $$ = ast_gated(INIT(struct ast_reserved, AST_RESERVED, @$, .bytes = $2), $3.head); }
| LENGTH expr gates ';'
	{ $$ = ast_gated(INIT(struct ast_length, AST_LENGTH, @$, .value = $2), $3.head); }
| LENGTH expr IN expr DOTDOT expr gates ';'
	{ $$ = INIT(struct ast_length, AST_LENGTH, @$, .value = $2, .min = $4, .max = $6);
	  ast_gated($$, $7.head); }
;

/* ---- the parser ---- */

names:
  IDENT { $$ = ast_append((struct ast_list){ 0 }, INIT(struct ast_ident, AST_NAME, @1, .s = $1.s)); }
| names ',' IDENT { $$ = ast_append($1, INIT(struct ast_ident, AST_NAME, @3, .s = $3.s)); }
;

parser_body:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| parser_body parser_item { $$ = ast_append($1, ast_documented(p, $2, @2)); }
| parser_body if_parser_body { $$ = ast_append($1, ast_whole($2, @2)); }
| parser_body ';'	{ $$ = $1; }
| parser_body error ';'	{ $$ = $1; yyerrok; }
;
parser_item:
  subparser
| classify
| ERRORS IDENT gates ';'
	{ $$ = ast_gated(INIT(struct ast_errors, AST_ERRORS, @$, .name = $2), $3.head); }
| START BY expr gates '{' arms '}'
	{ $$ = ast_gated(INIT(struct ast_start, AST_START, @$, .by = $3, .arms = $6.head), $4.head);
	  $$->loc.end = @3.end; }
| START name '(' name to_args ')' gates ';'
	{ $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_SUBPARSER, .state = $2, .scope = $4,
		    .args = $5.head);
	  ast_gated($$, $7.head); }
| START name gates ';'
	{ $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_STATE, .state = $2);
	  ast_gated($$, $3.head); }
| gate parser_item { $$ = ast_gated($2, $1); }
| ARCS name gates '{' arms '}'
	{ $$ = ast_gated(INIT(struct ast_arcs, AST_ARCS, @$, .name = $2, .arms = $5.head), $3.head); }
| REGISTER IDENT name gates ';'
	{ $$ = ast_gated(INIT(struct ast_register, AST_REGISTER, @$, .type = $2, .name = $3), $4.head); }
| FLAG name gates ';'
	{ $$ = ast_gated(INIT(struct ast_register, AST_REGISTER, @$, .name = $2), $3.head); }
| COUNTER name MAX expr gates ';'
	{ $$ = ast_gated(INIT(struct ast_register, AST_REGISTER, @$, .name = $2, .max = $4), $5.head); }
| COUNTER name MAX expr ELSE transition gates ';'
	{ $$ = INIT(struct ast_register, AST_REGISTER, @$, .name = $2, .max = $4,
		    .otherwise = (struct ast_transition *)$6);
	  ast_gated($$, $7.head); }
| STATE name COUNTS name gates '{' statements '}'
	{ $$ = INIT(struct ast_state, AST_STATE, @2, .name = $2, .counts = $4, .body = $7.head);
	  ast_gated($$, $5.head); }
| STATE name opt_max gates '{' statements '}'
	{ $$ = INIT(struct ast_state, AST_STATE, @2, .name = $2, .max = $3, .body = $6.head);
	  ast_gated($$, $4.head); }
| STATE name MAX expr ELSE transition gates '{' statements '}'
	{ $$ = INIT(struct ast_state, AST_STATE, @2, .name = $2, .max = $4,
		    .otherwise = (struct ast_transition *)$6, .body = $9.head);
	  ast_gated($$, $7.head); }
;
classify:
  CLASSIFY name opt_base OVER '(' exprs ')' gates '{' class_rows '}'
	{ $$ = INIT(struct ast_classify, AST_CLASSIFY, @$, .name = $2, .type = $3, .keys = $6.head, .rows = $10.head);
	  $$->loc.end = @7.end;
	  ast_gated($$, $8.head); }
;
class_rows:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| class_rows class_row	{ $$ = ast_append($1, ast_whole($2, @2)); }
| class_rows if_class_rows { $$ = ast_append($1, ast_whole($2, @2)); }
| class_rows ';'	{ $$ = $1; }
| class_rows error ';'	{ $$ = $1; yyerrok; }
;
class_row:
  patterns ':' expr gates ';'
	{ $$ = INIT(struct ast_class_row, AST_CLASS_ROW, @$, .patterns = $1.head, .value = $3);
	  ast_gated($$, $4.head); }
| DEFAULT ':' expr gates ';'
	{ $$ = INIT(struct ast_class_row, AST_CLASS_ROW, @$, .is_default = true, .value = $3);
	  ast_gated($$, $4.head); }
| gate class_row	{ $$ = ast_gated($2, $1); }
;
subparser:
  SUBPARSER name '(' SCOPE name params ')' gates '{' parser_body '}'
	{ $$ = INIT(struct ast_subparser, AST_SUBPARSER, @$, .name = $2, .scope = $5, .params = $6.head,
		    .body = $10.head);
	  ast_gated($$, $8.head); }
;
params:
  %empty { $$ = (struct ast_list){ 0 }; }
| params ',' STATE name { $$ = ast_append($1, INIT(struct ast_ident, AST_NAME, @4, .s = $4.s)); }
;
to_args:
  %empty { $$ = (struct ast_list){ 0 }; }
| to_args ',' to { $$ = ast_append($1, $3); }
;
opt_max: %empty { $$ = NULL; } | MAX expr { $$ = $2; } ;

statements:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| statements statement	{ $$ = ast_append($1, ast_whole($2, @2)); }
| statements if_statements { $$ = ast_append($1, ast_whole($2, @2)); }
| statements ';'	{ $$ = $1; }
| statements error ';'	{ $$ = $1; yyerrok; }
;
statement:
  EXTRACT name gates ';'
	{ $$ = ast_gated(INIT(struct ast_extract, AST_EXTRACT, @$, .header = $2), $3.head); }
| gate statement { $$ = ast_gated($2, $1); }
| EXTRACT name AS name gates ';'
	{ $$ = ast_gated(INIT(struct ast_extract, AST_EXTRACT, @$, .header = $2, .as = $4), $5.head); }
| EXTRACT name AS name '[' ']' gates ';'
	{ $$ = INIT(struct ast_extract, AST_EXTRACT, @$, .header = $2, .as = $4, .stack = true);
	  ast_gated($$, $7.head); }
| ADVANCE expr gates ';'
	{ $$ = ast_gated(INIT(struct ast_advance, AST_ADVANCE, @$, .by = $2), $3.head); }
| MARK name gates ';'
	{ $$ = ast_gated(INIT(struct ast_mark, AST_MARK, @$, .name = $2), $3.head); }
| MARK name '=' expr gates ';'
	{ $$ = ast_gated(INIT(struct ast_mark, AST_MARK, @$, .name = $2, .at = $4), $5.head); }
| LEAVE gates ';'	{ $$ = ast_gated(ast_make(p, AST_LEAVE, @$, sizeof(struct ast)), $2.head); }
| LEAVE to gates ';'
	{ $$ = ast_gated($2, $3.head); $$->loc = @$; ((struct ast_transition *)$$)->leave = true; }
| WITHIN postfix GOTO to gates ';'
	{ $$ = ast_gated($4, $5.head); $$->loc = @$; ((struct ast_transition *)$$)->within = $2; }
| postfix '=' expr gates ';'
	{ $$ = ast_gated(INIT(struct ast_assign, AST_ASSIGN, @$, .to = $1, .value = $3), $4.head); }
| postfix ';'
	{ $$ = NULL; syntax_no_effect(p, $1, @1); }
| postfix add_sub '=' expr ';'
	{ $$ = NULL; syntax_no_assignment(p, @1, @2); }
| postfix '=' expr AND3 expr gates ';'
	{ $$ = INIT(struct ast_assign, AST_ASSIGN, @$, .to = $1, .value = $3, .mask = $5);
	  ast_gated($$, $6.head); }
| SELECT '(' exprs ')' '{' arms '}'
	{ $$ = INIT(struct ast_select, AST_SELECT, @$, .keys = $3.head, .arms = $6.head);
	  $$->loc.end = @4.end; }
| GOTO to gates ';'	{ $$ = ast_gated($2, $3.head); $$->loc = @$; }
| ACCEPT gates ';'
	{ $$ = ast_gated(INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_ACCEPT), $2.head); }
| REJECT gates ';'
	{ $$ = ast_gated(INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_REJECT), $2.head); }
| REJECT expr gates ';'
	{ $$ = INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_REJECT, .code = $2);
	  ast_gated($$, $3.head); }
| DROP gates ';'
	{ $$ = ast_gated(INIT(struct ast_transition, AST_TRANSITION, @$, .to = TO_DROP), $2.head); }
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
| arms arm		{ $$ = ast_append($1, ast_whole($2, @2)); }
| arms if_arms		{ $$ = ast_append($1, ast_whole($2, @2)); }
| arms ';'		{ $$ = $1; }
| arms error ';'	{ $$ = $1; yyerrok; }
;
arm:
  patterns ':' transition gates ';'
	{ $$ = INIT(struct ast_arm, AST_ARM, @$, .patterns = $1.head, .to = (struct ast_transition *)$3);
	  ast_gated($$, $4.head); }
| gate arm	{ $$ = ast_gated($2, $1); }
| DEFAULT ':' transition gates ';'
	{ $$ = INIT(struct ast_arm, AST_ARM, @$, .is_default = true, .to = (struct ast_transition *)$3);
	  ast_gated($$, $4.head); }
| USE name gates ';'
	{ $$ = ast_gated(INIT(struct ast_use, AST_USE, @$, .name = $2), $3.head); }
;

patterns:
  pattern		{ $$ = ast_append((struct ast_list){ 0 }, $1); }
| patterns ',' pattern	{ $$ = ast_append($1, $3); }
;
pattern:
  element
| '(' element ',' tuple ')'
	{ struct ast_list list = ast_append((struct ast_list){ 0 }, $2);
	  list.tail->next = $4.head;
	  $$ = INIT(struct ast_pattern, AST_PATTERN, @$, .form = PAT_TUPLE, .tuple = list.head); }
;
tuple:
  element		{ $$ = ast_append((struct ast_list){ 0 }, $1); }
| tuple ',' element	{ $$ = ast_append($1, $3); }
;
element:
  expr		{ $$ = INIT(struct ast_pattern, AST_PATTERN, @$, .form = PAT_VALUE, .a = $1); }
| expr AND3 expr
	{ $$ = INIT(struct ast_pattern, AST_PATTERN, @$, .form = PAT_MASK, .a = $1, .b = $3); }
| expr DOTDOT expr
	{ $$ = INIT(struct ast_pattern, AST_PATTERN, @$, .form = PAT_RANGE, .a = $1, .b = $3); }
| ANY		{ $$ = INIT(struct ast_pattern, AST_PATTERN, @$, .form = PAT_ANY); }
;

/* ---- raw tables ---- */

places: '[' pieces ']' { $$ = $2; } ;
pieces: piece { $$ = ast_append((struct ast_list){ 0 }, $1); } | pieces ',' piece { $$ = ast_append($1, $3); } ;
piece:
  expr		{ $$ = INIT(struct ast_piece, AST_PIECE, @$, .hi = $1); }
| expr ':' expr	{ $$ = INIT(struct ast_piece, AST_PIECE, @$, .hi = $1, .lo = $3); }
;

bfields:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| bfields bfield	{ $$ = ast_append($1, ast_documented(p, $2, @2)); }
| bfields if_bfields	{ $$ = ast_append($1, ast_whole($2, @2)); }
| bfields ';'		{ $$ = $1; }
| bfields error ';'	{ $$ = $1; yyerrok; }
;
bfield: bfield_core | gate bfield { $$ = ast_gated($2, $1); } ;
bfield_core:
  soft_name places bfield_attrs ';'
	{ $$ = ast_bfield(p, @$, NO_NAME, $1, $2, $3, false); }
| IDENT soft_name places bfield_attrs ';'
	{ $$ = ast_bfield(p, @$, $1, $2, $3, $4, false); }
| ALIAS soft_name places bfield_attrs ';'
	{ $$ = ast_bfield(p, @$, NO_NAME, $2, $3, $4, true); }
| ALIAS IDENT soft_name places bfield_attrs ';'
	{ $$ = ast_bfield(p, @$, $2, $3, $4, $5, true); }
;
bfield_attrs:
  %empty		{ $$ = arena_new_of(p->arena, struct ast_bfield); }
| bfield_attrs '=' expr	{ $$ = $1; ast_attr_twice(p, @2, $1->value, "="); $$->value = $3; }
| bfield_attrs '=' IDENT IDENT '[' expr ']'
	{ $$ = $1; ast_attr_twice(p, @2, $1->value, "=");
	  $$->value = INIT(struct ast_load, AST_LOAD, ast_span(@3, @7), .type = $3, .of = $4, .at = $6); }
| bfield_attrs MASK places { $$ = $1; ast_attr_twice(p, @2, $1->mask, "mask"); $$->mask = $3.head; }
| bfield_attrs SIGN places { $$ = $1; ast_attr_twice(p, @2, $1->sign, "sign"); $$->sign = $3.head; }
| bfield_attrs UNIT str	{ $$ = $1; ast_attr_twice(p, @2, $1->unit, "unit"); $$->unit = $3; }
| bfield_attrs gate	{ $$ = $1; ast_gated(&$$->h, $2); }
;

table_lines:
  %empty			{ $$ = (struct ast_list){ 0 }; }
| table_lines table_line	{ $$ = ast_append($1, ast_documented(p, $2, @2)); }
| table_lines if_table_lines	{ $$ = ast_append($1, ast_whole($2, @2)); }
| table_lines ';'		{ $$ = $1; }
| table_lines error ';'		{ $$ = $1; yyerrok; }
;
table_line:
  line_name line_words gates ';'
	{ $$ = ast_gated(INIT(struct ast_prop, AST_PROP, @$, .name = $1, .atoms = $2.head), $3.head); }
| RESERVE piece_range line_words gates ';'
	{ $$ = ast_gated(INIT(struct ast_reserve, AST_RESERVE, @$, .first = $2.first, .last = $2.last,
			      .words = $3.head), $4.head); }
| RESERVE piece_range line_words gates '{' row_fields '}' ARROW '{' row_fields '}'
	{ $$ = INIT(struct ast_reserve, AST_RESERVE, @$, .first = $2.first, .last = $2.last, .words = $3.head,
		    .filled = true, .key = $6.head, .result = $10.head);
	  ast_gated($$, $4.head); }
| RESERVE piece_range line_words gates '{' row_fields '}' error ';' { $$ = NULL; yyerrok; }
| KEY '{' bfields '}' { $$ = INIT(struct ast_bits, AST_KEY, @1, .fields = $3.head); }
| RESULT '{' bfields '}' { $$ = INIT(struct ast_bits, AST_RESULT, @1, .fields = $3.head); }
| CELL '{' cells '}' { $$ = INIT(struct ast_cells, AST_CELLS, @1, .list = $3.head); }
| START '{' row_fields '}' { $$ = INIT(struct ast_let, AST_TABLE_START, @1, .fields = $3.head); }
| EFFECT '{' effects '}' { $$ = INIT(struct ast_effect, AST_EFFECT, @1, .body = $3.head); }
| gate table_line { $$ = ast_gated($2, $1); }
;
%type <stages> piece_range;
piece_range:
  expr		{ $$.first = $1; $$.last = NULL; }
| expr DOTDOT expr { $$.first = $1; $$.last = $3; }
;
stages: %empty { $$.first = $$.last = NULL; } | STAGES expr DOTDOT expr { $$.first = $2; $$.last = $4; } ;
line_name: IDENT | KEY | RESULT | CELL | WORD | VALID | STAGES | SIGN | MASK | REGISTER ;
%type <node> line_word;
line_words: %empty { $$ = (struct ast_list){ 0 }; } | line_words line_word { $$ = ast_append($1, $2); } ;
line_word:
  INT	{ $$ = INIT(struct ast_int, AST_INT, @$, .value = $1); }
| cell_name { $$ = INIT(struct ast_ident, AST_NAME, @$, .s = $1.s); }
| ','	{ $$ = ast_make(p, AST_COMMA, @$, sizeof(struct ast)); }
;
cells:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| cells cell		{ $$ = ast_append($1, ast_whole($2, @2)); }
| cells ';'		{ $$ = $1; }
| cells error ';'	{ $$ = $1; yyerrok; }
;
cell:
  INT ':' '(' exprs ')' ';'
	{ $$ = INIT(struct ast_cell, AST_CELL, @$, .number = $1, .is_number = true, .planes = $4.head); }
| cell_name ':' '(' exprs ')' ';'
	{ $$ = INIT(struct ast_cell, AST_CELL, @$, .name = $1, .planes = $4.head); }
;

row_core:
  ROW name indices row_word gates '{' row_fields '}' ARROW '{' row_fields '}'
	{ $$ = INIT(struct ast_row, AST_ROW, ast_span(@1, @3), .table = $2, .indices = $3.head, .word = $4,
		    .matches = true, .key = $7.head, .result = $11.head);
	  ast_gated($$, $5.head); }
| ROW name indices row_word gates '{' row_fields '}' error ';' { $$ = NULL; yyerrok; }
| ROW name indices row_word gates ARROW '{' row_fields '}'
	{ $$ = INIT(struct ast_row, AST_ROW, ast_span(@1, @3), .table = $2, .indices = $3.head, .word = $4,
		    .result = $8.head);
	  ast_gated($$, $5.head); }
| FOR name IN expr DOTDOT expr row_core
	{ $$ = INIT(struct ast_for, AST_FOR, ast_span(@1, @6), .name = $2, .first = $4, .last = $6,
		    .body = ast_documented(p, $7, @7)); }
| FOR name IN expr DOTDOT expr '{' row_items '}'
	{ $$ = INIT(struct ast_for, AST_FOR, ast_span(@1, @6), .name = $2, .first = $4, .last = $6, .body = $8.head); }
;
indices: %empty { $$ = (struct ast_list){ 0 }; } | indices '[' expr ']' { $$ = ast_append($1, $3); } ;
row_word: %empty { $$ = NO_NAME; } | IDENT ;
row_items:
  %empty			{ $$ = (struct ast_list){ 0 }; }
| row_items row_item		{ $$ = ast_append($1, ast_documented(p, $2, @2)); }
| row_items if_row_items	{ $$ = ast_append($1, ast_whole($2, @2)); }
| row_items ';'			{ $$ = $1; }
| row_items error ';'		{ $$ = $1; yyerrok; }
;
row_item: row_core | gate row_item { $$ = ast_gated($2, $1); } ;

row_fields:
  %empty			{ $$ = (struct ast_list){ 0 }; }
| row_fields row_field		{ $$ = ast_append($1, ast_whole($2, @2)); }
| row_fields if_row_fields	{ $$ = ast_append($1, ast_whole($2, @2)); }
| row_fields ';'		{ $$ = $1; }
| row_fields error ';'		{ $$ = $1; yyerrok; }
;
row_field:
  rname element gates ';'
	{ $$ = INIT(struct ast_row_field, AST_ROW_FIELD, @$, .name = $1, .value = (struct ast_pattern *)$2);
	  ast_gated($$, $3.head); }
| USE name gates ';'
	{ $$ = ast_gated(INIT(struct ast_use, AST_USE, @$, .name = $2), $3.head); }
| gate row_field { $$ = ast_gated($2, $1); }
;

effects:
  %empty		{ $$ = (struct ast_list){ 0 }; }
| effects effect	{ $$ = ast_append($1, ast_whole($2, @2)); }
| effects ';'		{ $$ = $1; }
| effects error ';'	{ $$ = $1; yyerrok; }
;
effect: effect_simple | effect_if ;
%type <node> effect_if;
effect_if:
  IF cond effect_body
	{ $$ = INIT(struct ast_effect_if, AST_EFFECT_IF, @$, .cond = $2, .then = $3.head); }
| IF cond effect_body ELSE effect_body
	{ $$ = INIT(struct ast_effect_if, AST_EFFECT_IF, @$, .cond = $2, .then = $3.head, .other = $5.head); }
| IF cond effect_body ELSE effect_if
	{ $$ = INIT(struct ast_effect_if, AST_EFFECT_IF, @$, .cond = $2, .then = $3.head, .other = $5); }
;
effect_body: effect_simple { $$ = ast_append((struct ast_list){ 0 }, $1); } | '{' effects '}' { $$ = $2; } ;
%type <node> effect_value;
effect_value:
  expr
| IDENT IDENT '[' expr ']' { $$ = INIT(struct ast_load, AST_LOAD, @$, .type = $1, .of = $2, .at = $4); }
;
effect_simple:
  LET name '=' effect_value ';'
	{ $$ = INIT(struct ast_effect_set, AST_EFFECT_LET, @$, .name = $2, .value = $4); }
| postfix '=' effect_value ';'
	{ $$ = INIT(struct ast_effect_set, AST_EFFECT_SET, @$, .to = $1, .value = $3); }
| GOTO name ';'
	{ $$ = INIT(struct ast_effect_set, AST_EFFECT_GOTO, @$, .name = $2); }
| postfix '+' '=' expr ';'
	{ $$ = INIT(struct ast_effect_set, AST_EFFECT_SET, @$, .to = $1, .value = $4, .adds = true); }
| postfix ';'
	{ $$ = $1->kind == AST_CALL ? INIT(struct ast_effect_set, AST_EFFECT_CALL, @$, .to = $1) : NULL;
	  if (!$$) syntax_no_effect(p, $1, @1); }
;

/* ---- expressions ---- */

exprs:
  expr			{ $$ = ast_append((struct ast_list){ 0 }, $1); }
| exprs ',' expr	{ $$ = ast_append($1, $3); }
;
expr:
  postfix
| '-' expr %prec UNARY	{ $$ = ast_unary(p, @$, OP_NEG, $2); }
| '!' expr %prec UNARY	{ $$ = ast_unary(p, @$, OP_NOT, $2); }
| '~' expr %prec UNARY	{ $$ = ast_unary(p, @$, OP_COM, $2); }
| expr '+' expr		{ $$ = ast_binary(p, @$, $1, OP_ADD, $3); }
| expr '-' expr		{ $$ = ast_binary(p, @$, $1, OP_SUB, $3); }
| expr '*' expr		{ $$ = ast_binary(p, @$, $1, OP_MUL, $3); }
| expr '/' expr		{ $$ = ast_binary(p, @$, $1, OP_DIV, $3); }
| expr '%' expr		{ $$ = ast_binary(p, @$, $1, OP_MOD, $3); }
| expr "<<" expr	{ $$ = ast_binary(p, @$, $1, OP_SHL, $3); }
| expr ">>" expr	{ $$ = ast_binary(p, @$, $1, OP_SHR, $3); }
| expr '&' expr		{ $$ = ast_binary(p, @$, $1, OP_AND, $3); }
| expr '|' expr		{ $$ = ast_binary(p, @$, $1, OP_OR, $3); }
| expr '^' expr		{ $$ = ast_binary(p, @$, $1, OP_XOR, $3); }
| expr "&&" expr	{ $$ = ast_binary(p, @$, $1, OP_LAND, $3); }
| expr "||" expr	{ $$ = ast_binary(p, @$, $1, OP_LOR, $3); }
| expr "==" expr	{ $$ = ast_binary(p, @$, $1, OP_EQ, $3); }
| expr "!=" expr	{ $$ = ast_binary(p, @$, $1, OP_NE, $3); }
| expr '<' expr		{ $$ = ast_binary(p, @$, $1, OP_LT, $3); }
| expr '>' expr		{ $$ = ast_binary(p, @$, $1, OP_GT, $3); }
| expr "<=" expr	{ $$ = ast_binary(p, @$, $1, OP_LE, $3); }
| expr ">=" expr	{ $$ = ast_binary(p, @$, $1, OP_GE, $3); }
| expr '?' expr ':' expr
	{ $$ = ast_expr(p, INIT(struct ast_cond, AST_COND, @$, .c = $1, .a = $3, .b = $5), $1, $3, $5); }
;

postfix:
  primary
| postfix '.' fname
	{ $$ = ast_expr(p, INIT(struct ast_field, AST_FIELD, @$, .base = $1, .name = $3), $1, NULL, NULL); }
| postfix '[' expr ']'
	{ $$ = ast_expr(p, INIT(struct ast_index, AST_INDEX, @$, .base = $1, .index = $3), $1, $3, NULL); }
| postfix '[' expr ':' expr ']'
	{ $$ = ast_expr(p, INIT(struct ast_slice, AST_SLICE, @$, .base = $1, .hi = $3, .lo = $5),
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
soft: soft_word | USE | ALIAS ;
soft_word: FIRST | LAYOUTS | MASK | NIBBLE
| ARCS | AS | CONFIG | COUNTS | ERRORS | DESCRIPTOR | DEVICE | HEADER | ID | IN | INCLUDE | LENGTH
| MAX | MARK | WORD | EXTRACT | AT | RESERVED_BYTES
| MDESC | METADATA | OF | PACKED | PARSER | SOURCE | START | STATE | TARGET | TO
| VIEW | VIEW_TYPE | WRITES
| BITS | CELL | CHAIN | CLASSIFY | COUNTER | DERIVE | EFFECT
| FLAG | LET | OVER | RESULT | ROW | SCOPE | SUBPARSER | TABLE
| KEY | RESERVE | SIGN | STAGES ;
cell_name: IDENT | soft_word | USE | ALIAS | VALID ;
/* of a field of bits, and in a row: not what begins something else there */
soft_name: IDENT | soft_word | USE | VALID | TAKES | ACCEPT | DROP | REJECT | SELECT | BY | ADVANCE | LEAVE | WITHIN ;
rname: IDENT | soft_word | ALIAS | VALID | TAKES | ACCEPT | DROP | REJECT | SELECT | BY | ADVANCE | LEAVE | WITHIN ;
/* where nothing else can stand: behind a type or a dot, or first in a line of a device */
fname: plain_fname | VALID ;
plain_fname: IDENT | soft | TAKES
| ACCEPT | DEPRECATED | DROP | REJECT | SELECT | UNIT
| SINCE | UNTIL | BY | ADVANCE | LEAVE | WITHIN ;

%%

static void yyerror(struct loc *loc, struct parse *p, void *scanner, const char *text)
{
	(void)scanner;
	(void)text;		/* yyreport_syntax_error() says all else */
	diag(p->ctx, CHK_syntax, *loc, "this is nested too deeply");
}

/* Recovery takes off the stack what follows the last list that it can go on with: is the `}` of that list in it? */
static bool goes_back(const yypcontext_t *ctx)
{
	bool closed = false;

	for (const yy_state_t *s = ctx->yyssp; *s; s--) {
		int n = yypact[*s];

		if (!yypact_value_is_default(n) && n + YYSYMBOL_YYerror >= 0 && n + YYSYMBOL_YYerror <= YYLAST &&
		    yycheck[n + YYSYMBOL_YYerror] == YYSYMBOL_YYerror)
			break;
		closed |= YY_ACCESSING_SYMBOL(*s) == YYTRANSLATE('}');
	}
	return closed;
}

static int yyreport_syntax_error(const yypcontext_t *ctx, struct parse *p, void *scanner)
{
	yysymbol_kind_t found = yypcontext_token(ctx), all[YYNTOKENS];
	int n = yypcontext_expected_tokens(ctx, all, YYNTOKENS);
	const char *expected[YYNTOKENS];
	bool at_end = found == YYSYMBOL_YYEOF || found == YYSYMBOL_YYEMPTY;

	for (int i = 0; i < n; i++)
		expected[i] = yysymbol_name(all[i]);
	p->syn.tail = goes_back(ctx);
	syntax_error(p, *yypcontext_location(ctx), at_end ? NULL : yysymbol_name(found), expected, n, scanner);
	return 0;
}

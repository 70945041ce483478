/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The device and the target that runs it, from their generic lines WORD ATOM...
 * One table says what lines there are and what each holds; a line that is
 * unknown, double or malformed is a `property` error. Afterwards every member
 * of mdc_device (if there is a device) and mdc_target has a value.
 */
#include "resolve.h"

#include <stddef.h>
#include <mdesc/format.h>

#define DEFAULT_LICENSE	"LGPL-2.1-only OR BSD-2-Clause"	/* as the SDK's own headers */

/*
 * How a line goes on behind its word:
 *	#	a number in lo..hi (a constant's name will do)
 *	""	a string
 *	@	a name
 *	a|b	one of two words: true for the first
 *	...	anything: releases.c has read it
 *	match	what belongs to the place that the name before says, see match_places
 *	else	this very word
 * What is bound is stored at @off and, the second number, at @off2.
 */
struct prop_rule {
	const char *name;
	const char *form[5];
	size_t off, off2;
	uint32_t lo, hi, lo2, hi2;
	const char *example;
	bool many;
};

#define DEV(m)	offsetof(struct mdc_device, m)
#define TGT(m)	offsetof(struct mdc_target, m)

static const struct prop_rule device_rules[] = {
	{ .name = "driver", .form = { "\"\"" }, .off = DEV(driver), .example = "driver \"ice\";" },
	{ .name = "firmware", .form = { "\"\"" }, .off = DEV(firmware),
	  .example = "firmware \"1.4.0\";" },
	{ .name = "prefix", .form = { "\"\"" }, .off = DEV(prefix), .example = "prefix \"ice\";" },
	{ .name = "license", .form = { "\"\"" }, .off = DEV(license),
	  .example = "license \"GPL-2.0 OR BSD-2-Clause\";" },
	{ .name = "match", .form = { "@", "match" }, .many = true,
	  .example = "match devlink \"fw.app\" \"1.4.*\";" },
	{ .name = "target", .form = { "@" }, .example = "target tcam_generic;" },
	{ .name = "release", .form = { "..." }, .example = "release \"1.4.0\", \"2.0.0\";" },
	{ 0 }
};

static const struct prop_rule target_rules[] = {
	{ .name = "rows", .form = { "#" }, .off = TGT(rows), .lo = 1, .hi = 1000000,
	  .example = "rows 256;" },
	{ .name = "states", .form = { "#" }, .off = TGT(states), .lo = 1, .hi = 65534,
	  .example = "states 64;" },
	{ .name = "loops", .form = { "yes|no" }, .off = TGT(loops), .example = "loops yes;" },
	{ .name = "steps", .form = { "#" }, .off = TGT(steps), .lo = 1, .hi = 1000000,
	  .example = "steps 64;" },
	{ .name = "key", .form = { "#", "bytes", "reach", "#" }, .off = TGT(key_bytes),
	  .off2 = TGT(reach), .lo = 1, .hi = 16, .lo2 = 1, .hi2 = 32767,
	  .example = "key 4 bytes reach 64;" },
	{ .name = "advance", .form = { "arithmetic|constant" }, .off = TGT(arithmetic),
	  .example = "advance arithmetic;" },
	{ .name = "writes", .form = { "#", "per", "row" }, .off = TGT(writes), .lo = 1, .hi = 65535,
	  .example = "writes 8 per row;" },
	{ .name = "metadata", .form = { "#", "bytes" }, .off = TGT(metadata_bytes), .lo = 4,
	  .hi = 252, .example = "metadata 64 bytes;" },
	{ .name = "registers", .form = { "#", "bits" }, .off = TGT(register_bits), .hi = 512,
	  .example = "registers 64 bits;" },
	{ .name = "classify", .form = { "#", "rows" }, .off = TGT(class_rows), .hi = 65536,
	  .example = "classify 256 rows;" },
	{ .name = "flags", .form = { "#" }, .off = TGT(flags), .hi = 512, .example = "flags 16;" },
	{ .name = "lookups", .form = { "#", "of", "#", "bytes" }, .off = TGT(lookups),
	  .off2 = TGT(lookup_bytes), .lo = 1, .hi = 16, .lo2 = 1, .hi2 = 16,
	  .example = "lookups 4 of 2 bytes;" },
	{ .name = "window", .form = { "#" }, .off = TGT(window), .hi = 32767, .example = "window 30;" },
	{ .name = "defaults", .form = { "yes|no" }, .off = TGT(defaults), .example = "defaults yes;" },
	{ .name = "stages", .form = { "#", "of", "#", "rows" }, .off = TGT(stages),
	  .off2 = TGT(stage_rows), .lo = 1, .hi = 255, .lo2 = 1, .hi2 = 1000000,
	  .example = "stages 16 of 128 rows;" },
	{ .name = "skip", .form = { "#" }, .off = TGT(skip), .hi = 255, .example = "skip 7;" },
	{ .name = "match", .form = { "exact|ternary" }, .off = TGT(exact), .example = "match exact;" },
	{ .name = "boost", .form = { "#", "rows" }, .off = TGT(boost_rows), .hi = 1000000,
	  .example = "boost 256 rows;" },
	{ .name = "arcs", .form = { "#", "in", "#", "out" }, .off = TGT(arcs_in), .off2 = TGT(arcs_out),
	  .hi = 65535, .hi2 = 65535, .example = "arcs 8 in 8 out;" },
	{ .name = "shift", .form = { "#" }, .off = TGT(shift), .hi = 65535, .example = "shift 32;" },
	{ .name = "record", .form = { "..." }, .many = true, .example = "record ipv4 FIELD VALUE FIELD VALUE;" },
	{ .name = "table", .form = { "@", "state", "@" }, .example = "table parse state next_header;" },
	{ 0 }
};

#define RULES_MAX	24
_Static_assert(sizeof(target_rules) / sizeof(target_rules[0]) <= RULES_MAX, "rules");

/* Where a device is asked what it is. */
static const struct match_place {
	const char *name;
	const char *form[3];
	const char *example;
} match_places[] = {
	{ "devlink", { "\"\"", "\"\"" }, "match devlink \"fw.app\" \"1.4.*\";" },
	{ "firmware", { "\"\"" }, "match firmware \"1.4.*\";" },
	{ "serial", { "\"\"" }, "match serial \"00-1b-21-*\";" },
	{ "bus", { "\"\"" }, "match bus \"0000:03:00.*\";" },
	{ "default", { NULL }, "match default;" },
	{ .name = NULL }
};

static const struct mdc_target builtin_target = {
	.name = MDC_TARGET, .loops = true, .arithmetic = true, .rows = 256, .states = 64,
	.steps = 64, .key_bytes = 4, .reach = 64, .writes = 8, .metadata_bytes = 252,
	.register_bits = 256, .flags = 64, .class_rows = 1024, .lookups = 4, .lookup_bytes = 1,
	.loc = { .src = UINT32_MAX },
};

/* What is being filled in. */
struct props {
	struct resolver *r;
	const char *what;		/* "device", "target" */
	const struct prop_rule *rules;
	void *to;			/* struct mdc_device or mdc_target */
	const struct ast_prop *seen[RULES_MAX];	/* by index of the rule */
	struct ast_name target;		/* of the device */
	VEC(struct mdc_match) matches;
	VEC(struct mdc_target_record) records;	/* of a target */
};

static const char *ident_of(const struct ast *a)
{
	return a->kind == AST_NAME ? ((const struct ast_ident *)a)->s : NULL;
}

static struct diag *malformed(struct props *p, const struct prop_rule *rule, struct loc loc,
			      const char *what)
{
	struct diag *d = diag(p->r->ctx, CHK_property, loc, "%s in the `%s` line of a %s", what,
			      rule->name, p->what);

	diag_note(d, "it is written `%s`", rule->example);
	return d;
}

/* One of "a|b". */
static bool take_choice(struct props *p, const struct prop_rule *rule, const char *form,
			const struct ast *a)
{
	const char *bar = strchr(form, '|'), *s = ident_of(a);
	size_t n = (size_t)(bar - form);
	bool first = s && strlen(s) == n && !strncmp(s, form, n);

	if (!first && (!s || strcmp(s, bar + 1))) {
		malformed(p, rule, a->loc, arena_printf(p->r->arena, "'%.*s' or '%s' must stand here",
							(int)n, form, bar + 1));
		return false;
	}
	*(bool *)((char *)p->to + rule->off) = first;
	return true;
}

static bool take_number(struct props *p, const struct prop_rule *rule, const struct ast *a, int nth)
{
	const char *what = arena_printf(p->r->arena, "`%s`", rule->name);
	uint64_t v;

	if (a->kind == AST_STRING) {
		malformed(p, rule, a->loc, "a number must stand here");
		return false;
	}
	if (!rs_const_in(p->r, a, what, nth ? rule->lo2 : rule->lo, nth ? rule->hi2 : rule->hi, &v))
		return false;
	*(uint32_t *)((char *)p->to + (nth ? rule->off2 : rule->off)) = (uint32_t)v;
	return true;
}

/* One atom against one word of the form. Strings and names go to @bound. */
static bool take_atom(struct props *p, const struct prop_rule *rule, const char *form,
		      const struct ast *a, int *numbers, const char **bound)
{
	if (a->kind == AST_COMMA) {
		malformed(p, rule, a->loc, "one value only: there are no lists");
		return false;
	}
	if (!strcmp(form, "#"))
		return take_number(p, rule, a, (*numbers)++);
	if (strchr(form, '|'))
		return take_choice(p, rule, form, a);
	if (!strcmp(form, "\"\"")) {
		if (a->kind == AST_STRING) {
			*bound = ((const struct ast_string *)a)->s;
			return true;
		}
		malformed(p, rule, a->loc, "a string must stand here");
		return false;
	}
	if (!strcmp(form, "@")) {
		*bound = ident_of(a);
		if (!*bound)
			malformed(p, rule, a->loc, "a name must stand here");
		return *bound;
	}
	if (ident_of(a) && !strcmp(ident_of(a), form))
		return true;
	malformed(p, rule, a->loc, arena_printf(p->r->arena, "`%s` must stand here", form));
	return false;
}

static void check_strings(struct props *p, const struct prop_rule *rule, const struct ast_prop *prop)
{
	for (const struct ast *a = prop->atoms; a; a = a->next)
		if (a->kind == AST_STRING && !*((const struct ast_string *)a)->s)
			malformed(p, rule, a->loc, "an empty string");
}

/* Stores what a line of the device bound. */
static void store_bound(struct props *p, const struct prop_rule *rule, const struct ast_prop *prop,
			const char **bound)
{
	if (rule->many) {
		bool keyed = bound[2];

		*vec_push(p->r->arena, &p->matches) = (struct mdc_match){
			bound[0], keyed ? bound[1] : "", keyed ? bound[2] : bound[1] ? bound[1] : "", prop->h.loc,
		};
	} else if (p->rules == target_rules && !strcmp(rule->form[0], "@")) {
		struct mdc_target *t = p->to;

		t->table = bound[0];
		t->table_state = bound[2];
		t->table_loc = prop->h.loc;
	} else if (!strcmp(rule->form[0], "@")) {
		p->target = (struct ast_name){ bound[0], prop->atoms->loc };
	} else if (!strcmp(rule->form[0], "\"\"")) {
		*(const char **)((char *)p->to + rule->off) = bound[0];
	}
}

static void unknown_place(struct props *p, const struct prop_rule *rule, const struct ast *a, const char *name)
{
	const char *names[8];
	size_t n = 0;
	struct diag *d = malformed(p, rule, a->loc, arena_printf(p->r->arena, "there is no '%s' to match", name));

	for (; match_places[n].name; n++)
		names[n] = match_places[n].name;
	diag_note(d, "what can be matched is devlink, firmware, serial, bus and default");
	diag_near(p->r->ctx, d, name, nearest_name(name, names, n));
}

/* The line's form from the place on; @at: its second atom. */
static bool place_rule(struct props *p, struct prop_rule *rule, const struct ast *at, const char *name)
{
	const struct match_place *m = match_places;

	while (m->name && strcmp(m->name, name))
		m++;
	if (!m->name) {
		unknown_place(p, rule, at, name);
		return false;
	}
	rule->example = m->example;
	memcpy(&rule->form[1], m->form, sizeof(m->form));
	return true;
}

/* record HEADER FIELD VALUE FIELD VALUE ... */
static void take_record(struct props *p, const struct prop_rule *rule, const struct ast_prop *prop)
{
	const struct ast *head = prop->atoms, *a = head ? head->next : NULL;

	if (!head || !ident_of(head) || !a) {
		malformed(p, rule, head ? head->loc : prop->h.loc, "a header, then fields and values must stand here");
		return;
	}
	for (; a; a = a->next->next) {
		struct mdc_target_record r = { .header = ident_of(head), .field = ident_of(a), .header_loc = head->loc,
					       .loc = a->loc };

		if (!r.field || !a->next || (a->next->kind != AST_INT && !ident_of(a->next))) {
			malformed(p, rule, r.field && a->next ? a->next->loc : a->loc, "fields and values take turns");
			return;
		}
		r.loc.end = a->next->loc.end;
		r.name = ident_of(a->next);
		r.is_number = rs_is_const(p->r, a->next, NULL);
		if (r.is_number && !rs_const_in(p->r, a->next, "a value", 0, UINT64_MAX, &r.value))
			return;
		*vec_push(p->r->arena, &p->records) = r;
	}
}

static void take_line(struct props *p, const struct prop_rule *line, const struct ast_prop *prop)
{
	struct prop_rule with_place = *line;
	const struct prop_rule *rule = &with_place;
	const struct ast *a = prop->atoms;
	const char *bound[5] = { 0 };
	int numbers = 0;

	if (!strcmp(rule->form[0], "...") && rule->many) {
		take_record(p, rule, prop);
		return;
	}
	if (!strcmp(rule->form[0], "...")) {
		check_strings(p, rule, prop);
		return;
	}
	for (int i = 0; i < 5 && rule->form[i]; i++, a = a->next) {
		if (i == 1 && rule->many && !place_rule(p, &with_place, prop->atoms, bound[0]))
			return;
		if (!rule->form[i])
			break;
		if (!a) {
			malformed(p, rule, prop->h.loc, "something is missing");
			return;
		}
		if (!take_atom(p, rule, rule->form[i], a, &numbers, &bound[i]))
			return;
	}
	if (a) {
		malformed(p, rule, a->loc, a->kind == AST_COMMA ? "one value only: there are no lists" :
							  "there is too much");
		return;
	}
	check_strings(p, rule, prop);
	store_bound(p, rule, prop, bound);
}

static void unknown_line(struct props *p, const struct ast_prop *prop)
{
	const char *names[RULES_MAX];
	size_t n = 0;
	struct diag *d;

	for (; p->rules[n].name; n++)
		names[n] = p->rules[n].name;
	d = diag(p->r->ctx, CHK_property, prop->name.loc, "a %s has no line `%s`", p->what,
		 prop->name.s);
	diag_near(p->r->ctx, d, prop->name.s, nearest_name(prop->name.s, names, n));
}

static void take_lines(struct props *p, const struct ast *list)
{
	for (const struct ast *l = list; l; l = l->next) {
		const struct ast_prop *prop = (const struct ast_prop *)l;
		int i = 0;

		while (p->rules[i].name && strcmp(p->rules[i].name, prop->name.s))
			i++;
		if (!p->rules[i].name) {
			unknown_line(p, prop);
		} else if (p->seen[i] && !p->rules[i].many) {
			struct diag *d = diag(p->r->ctx, CHK_property, prop->name.loc,
					      "a second `%s` line", prop->name.s);
			diag_label(d, p->seen[i]->name.loc, "the first is here");
		} else {
			p->seen[i] = prop;
			take_line(p, &p->rules[i], prop);
		}
	}
}

/* The prefix goes in front of names in C. */
static bool usable_prefix(const char *s)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

	return *s && strchr(first, *s) && !s[strspn(s, more)] && !strstr(s, "__") &&
	       s[strlen(s) - 1] != '_' && strlen(s) <= 40;
}

static void check_prefix(struct props *p, const struct ast_device *ast, struct mdc_device *dev)
{
	const struct ast_prop *prefix = p->seen[2], *driver = p->seen[0];
	struct diag *d;

	if (!dev->prefix)
		dev->prefix = dev->driver;
	if (usable_prefix(dev->prefix))
		return;
	if (prefix && prefix->atoms) {
		diag(p->r->ctx, CHK_property, prefix->atoms->loc,
		     "'%s' cannot be the beginning of a name in C", dev->prefix);
	} else if (driver && driver->atoms) {
		d = diag(p->r->ctx, CHK_property, driver->atoms->loc,
			 "the driver's name '%s' cannot be the prefix of names in C", dev->prefix);
		diag_note(d, "add a line `prefix \"NAME\";`");
	}
	dev->prefix = ast->name.s;
}

static void device(struct resolver *r, const struct ast_device *ast, struct ast_name *target)
{
	struct mdc_device *dev = &r->m->device;
	struct props p = { .r = r, .what = "device", .rules = device_rules, .to = dev };
	struct diag *d;

	rs_check_name(r, ast->name);
	dev->name = ast->name.s;
	dev->doc = ast->h.doc;
	dev->loc = ast->name.loc;
	take_lines(&p, ast->props);
	if (!dev->driver) {
		if (!p.seen[0]) {
			d = diag(r->ctx, CHK_missing, ast->name.loc, "device '%s' names no driver",
				 dev->name);
			diag_note(d, "add a line `driver \"NAME\";`: what the kernel calls it");
		}
		dev->driver = dev->name;
	}
	check_prefix(&p, ast, dev);
	dev->release = r->ctx->release;
	if (!dev->firmware)
		dev->firmware = dev->release ? dev->release : "";
	if (!dev->license)
		dev->license = DEFAULT_LICENSE;
	dev->matches = p.matches.p;
	dev->n_matches = (uint32_t)p.matches.n;
	*target = p.target;
}

/* ---- the target ---- */

/* The line WORD that was taken, or NULL. */
static const struct ast_prop *line_of(const struct props *p, const char *word)
{
	int i = 0;

	while (strcmp(p->rules[i].name, word))
		i++;
	return p->seen[i];
}

/* Two lines that cannot both be true; @other: NULL where it is missing. */
static struct diag *contradiction(struct props *p, const struct ast_prop *line, const struct ast_prop *other,
				  const char *what)
{
	struct diag *d = diag(p->r->ctx, CHK_property, line->h.loc, "%s", what);

	if (other)
		diag_label(d, other->h.loc, "the other line");
	return d;
}

/* The key is as many bytes as the look-ups compare together. */
static void settle_key(struct props *p, struct mdc_target *t)
{
	const struct ast_prop *key = line_of(p, "key"), *lookups = line_of(p, "lookups");
	uint32_t bytes = t->lookups * t->lookup_bytes;
	struct diag *d;

	if (!lookups) {
		t->lookups = t->key_bytes;
		t->lookup_bytes = 1;
		return;
	}
	if (bytes > MDESC_FMT_KEY_MAX) {
		d = diag(p->r->ctx, CHK_property, lookups->h.loc, "look-ups of %u bytes together, %u are the most",
			 bytes, MDESC_FMT_KEY_MAX);
		diag_note(d, "an image's rows compare %u bytes at most", MDESC_FMT_KEY_MAX);
		return;
	}
	if (key && bytes != t->key_bytes)
		contradiction(p, lookups, key, arena_printf(p->r->arena,
			      "the look-ups compare %u bytes together, and the key has %u", bytes, t->key_bytes));
	t->key_bytes = bytes;
}

/* A pipeline has no loops, and as many rows as its stages have together. */
static void settle_stages(struct props *p, struct mdc_target *t)
{
	const struct ast_prop *stages = line_of(p, "stages"), *loops = line_of(p, "loops");
	const struct ast_prop *rows = line_of(p, "rows"), *skip = line_of(p, "skip");
	uint64_t all = (uint64_t)t->stages * t->stage_rows;

	if (skip && !stages)
		diag_note(contradiction(p, skip, NULL, "`skip` without `stages`: there is nothing to leave out"),
			  "add a line `stages 16 of 128 rows;`");
	if (!stages)
		return;
	if (loops && t->loops)
		diag_note(contradiction(p, loops, stages, "a target with stages has no loops"),
			  "rows of a stage go on to later stages only");
	t->loops = false;
	if (rows && t->rows > all)
		contradiction(p, rows, stages, arena_printf(p->r->arena,
			      "%u rows, and the stages have %llu together", t->rows, (unsigned long long)all));
	if (!rows)
		t->rows = all < 1000000 ? (uint32_t)all : 1000000;
}

static void target(struct resolver *r, const struct ast_target *ast)
{
	struct mdc_target *t = &r->m->target;
	struct props p = { .r = r, .what = "target", .rules = target_rules, .to = t };
	int errors = diag_errors(r->ctx);

	t->name = ast->name.s;
	t->loc = ast->name.loc;
	take_lines(&p, ast->props);
	if (diag_errors(r->ctx) != errors)
		return;
	t->records = p.records.p;
	t->n_records = (uint32_t)p.records.n;
	settle_key(&p, t);
	settle_stages(&p, t);
	if (line_of(&p, "boost") && !t->exact)
		diag_note(contradiction(&p, line_of(&p, "boost"), line_of(&p, "match"),
					"`boost` rows beside rows that are ternary anyhow"),
			  "they are for targets that say `match exact;`");
}

/* All targets are checked; the one that the device names is kept. */
static void targets(struct resolver *r, struct ast_name chosen)
{
	const char *builtin = atom(r->ctx->atoms, builtin_target.name);
	struct mdc_target kept = builtin_target;
	struct atom_map known;
	bool found;

	kept.name = builtin;
	if (!chosen.s)
		chosen.s = builtin;
	found = chosen.s == builtin;
	atom_map_init(&known, r->arena);
	for (const struct ast *i = r->ast->items; i; i = i->next) {
		const struct ast_target *ast = (const struct ast_target *)i, *first;

		if (i->kind != AST_TARGET || !ast->name.s)
			continue;
		rs_check_name(r, ast->name);
		first = atom_map_add(&known, ast->name.s, (void *)ast);
		if (first) {
			rs_duplicate(r, ast->name, "target", first->name.loc);
			continue;
		}
		r->m->target = builtin_target;	/* what a line does not say is as there */
		target(r, ast);
		if (ast->name.s == chosen.s) {
			kept = r->m->target;
			found = true;
		}
	}
	r->m->target = kept;
	if (!found) {
		atom_map_add(&known, builtin, (void *)&builtin_target);
		rs_unknown(r, chosen, "target", &known);
	}
}

static void need_device(struct resolver *r)
{
	struct diag *d;

	for (const struct ast *i = r->ast->items; i; i = i->next) {
		if (i->kind != AST_LAYOUT && i->kind != AST_PARSER && i->kind != AST_TABLE)
			continue;
		d = diag(r->ctx, CHK_missing,
			 i->kind == AST_TABLE ? ((const struct ast_table *)i)->name.loc :
			 i->kind == AST_LAYOUT ? ((const struct ast_layout *)i)->name.loc :
						 ((const struct ast_parser *)i)->name.loc,
			 "a description with a layout, a parser or a table needs a device");
		diag_note(d, "add `device NAME { driver \"DRIVER\"; firmware \"VERSION\"; }`");
		return;
	}
}

void rs_device(struct resolver *r)
{
	const struct ast_device *first = NULL;
	struct ast_name chosen = { 0 };

	for (const struct ast *i = r->ast->items; i; i = i->next) {
		const struct ast_device *ast = (const struct ast_device *)i;

		if (i->kind != AST_DEVICE || !ast->name.s)
			continue;
		if (first) {
			struct diag *d = diag(r->ctx, CHK_duplicate_name, ast->name.loc,
					      "a second device; a description has one");
			diag_label(d, first->name.loc, "the first is here");
			continue;
		}
		first = ast;
		device(r, ast, &chosen);
	}
	if (!first)
		need_device(r);
	if (r->ctx->opt.target) {
		chosen.s = atom(r->ctx->atoms, r->ctx->opt.target);
		chosen.loc = first ? first->name.loc : r->ast->loc;
	}
	targets(r, chosen);
}

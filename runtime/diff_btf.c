/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The types that programs name: takes two images, pairs the named types of their
 * BTF, reports what differs in members, enumerators, views and tags. The fields of
 * layouts are in tables and compared there; here is what only the BTF has.
 */
#include <stdlib.h>
#include <string.h>

#include "diff_btf.h"

struct pair {
	struct mdesc_diff *d;
	const struct btftypes *t[2];
	const struct btfnamed *x[2];
	const char *where;
	bool embedded;		/* in both: layouts say what differs */
};

static const char *kind_text(uint8_t kind)
{
	switch (kind) {
	case BTF_KIND_STRUCT:	return "struct";
	case BTF_KIND_UNION:	return "union";
	case BTF_KIND_TYPEDEF:	return "typedef";
	case BTF_KIND_FWD:	return "a struct that is only named";
	default:		return "enum";
	}
}

static const char *where_text(struct mdesc_diff *d, const struct btfnamed *x, const char *name)
{
	const char *what = x->role == ROLE_VIEW ? "view" : x->role == ROLE_LAYOUT ? "layout" :
			   x->kind == BTF_KIND_FWD ? "struct" : kind_text(x->kind);

	return diff_text(d, "%s %s", what, name);
}

/* ---- enums ---- */

static uint64_t enumerator(const struct btf *btf, const struct btf_type *bt, uint32_t i, const char **name)
{
	if (btf_is_enum64(bt)) {
		const struct btf_enum64 *e = (const struct btf_enum64 *)(bt + 1) + i;

		*name = btf__name_by_offset(btf, e->name_off);
		return (uint64_t)e->val_hi32 << 32 | e->val_lo32;
	}
	*name = btf__name_by_offset(btf, btf_enum(bt)[i].name_off);
	return BTF_INFO_KFLAG(bt->info) ? (uint64_t)(int64_t)btf_enum(bt)[i].val : (uint32_t)btf_enum(bt)[i].val;
}

static uint64_t *enumerators(struct mdesc_diff *d, const struct btftypes *t, uint32_t id, struct names *names)
{
	const struct btf_type *bt = btf__type_by_id(t->btf, id);
	uint64_t *values = diff_alloc(d, (size_t)btf_vlen(bt) + 1, sizeof(*values));
	uint32_t i;

	names_init(d, names, btf_vlen(bt));
	for (i = 0; values && i < names->n; i++)
		values[i] = enumerator(t->btf, bt, i, &names->v[i]);
	return values;
}

static const char *number(struct mdesc_diff *d, uint64_t v)
{
	return diff_text(d, "%lld", (long long)v);
}

/* The first name of a number. */
static const char *name_of(const struct names *names, const uint64_t *values, uint64_t v)
{
	uint32_t i;

	for (i = 0; i < names->n; i++)
		if (values[i] == v)
			return names->v[i];
	return NULL;
}

/* Numbers whose name is gone, and that stand for a name that is new. */
static void reused(const struct pair *p, const struct names *names, uint64_t *const *v)
{
	uint32_t i;

	for (i = 0; i < names[0].n; i++) {
		const char *now = name_of(&names[1], v[1], v[0][i]);

		if (!now || strcmp(now, names[0].v[i]) == 0 ||
		    (names[0].to[i] != MDESC_FMT_NONE32 && v[1][names[0].to[i]] == v[0][i]))
			continue;
		diff_add(p->d, DIFF_ENUMERATOR_REUSED, names[0].v[i], now, "%s value %s", p->where,
			 number(p->d, v[0][i]));
	}
}

/* Its numbers are compared one by one. */
static const char *enum_text(const struct pair *p, int k)
{
	const struct btf_type *bt = btf__type_by_id(p->t[k]->btf, p->x[k]->id);

	return diff_text(p->d, "of %u bytes, %s sign", bt->size, BTF_INFO_KFLAG(bt->info) ? "with a" : "without");
}

static void compare_enums(const struct pair *p)
{
	struct mdesc_diff *d = p->d;
	struct names names[2];
	uint64_t *v[2];
	uint32_t i;

	v[0] = enumerators(d, p->t[0], p->x[0]->id, &names[0]);
	v[1] = enumerators(d, p->t[1], p->x[1]->id, &names[1]);
	if (d->failed || !diff_pair(d, names))
		return;
	for (i = 0; i < names[0].n; i++) {
		if (names[0].to[i] == MDESC_FMT_NONE32)
			diff_add(d, DIFF_ENUMERATOR_REMOVED, number(d, v[0][i]), "", "%s enumerator %s", p->where,
				 names[0].v[i]);
		else
			diff_texts(d, DIFF_ENUMERATOR_CHANGED, number(d, v[0][i]), number(d, v[1][names[0].to[i]]),
				   "%s enumerator %s", p->where, names[0].v[i]);
	}
	for (i = 0; i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32)
			diff_add(d, DIFF_ENUMERATOR_ADDED, "", number(d, v[1][i]), "%s enumerator %s", p->where,
				 names[1].v[i]);
	if (names[0].n <= 4096 && names[1].n <= 4096)
		reused(p, names, v);
	diff_texts(d, DIFF_TAG_CHANGED, enum_text(p, 0), enum_text(p, 1), "%s", p->where);
}

/* ---- views ---- */

/* The names of the layouts that hold a view; those whose id is not theirs are "0x...". */
static void holders(struct mdesc_diff *d, const struct btftypes *t, const char *view, struct names *names)
{
	const char *name = diff_text(d, "%s_layout", view);
	int32_t id = btf__find_by_name_kind(t->btf, name, BTF_KIND_ENUM);
	const struct mdesc_layout *layout;
	const char *enumerator_name;
	uint32_t i;

	names_init(d, names, id > 0 ? btf_vlen(btf__type_by_id(t->btf, (uint32_t)id)) : 0);
	for (i = 0; i < names->n; i++) {
		uint64_t v = enumerator(t->btf, btf__type_by_id(t->btf, (uint32_t)id), i, &enumerator_name);

		layout = mdesc_image__layout_by_id(t->img, (uint32_t)v);
		names->v[i] = layout ? mdesc_layout__name(layout) : diff_text(d, "0x%llx", (unsigned long long)v);
	}
}

static void compare_holders(const struct pair *p, const char *view)
{
	struct names names[2];
	uint32_t i;

	holders(p->d, p->t[0], view, &names[0]);
	holders(p->d, p->t[1], view, &names[1]);
	if (p->d->failed || !diff_pair(p->d, names))
		return;
	for (i = 0; i < names[0].n; i++)
		if (names[0].to[i] == MDESC_FMT_NONE32)
			diff_add(p->d, DIFF_VIEW_LAYOUT_REMOVED, "held", "", "%s of layout %s", p->where,
				 names[0].v[i]);
	for (i = 0; i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32)
			diff_add(p->d, DIFF_VIEW_LAYOUT_ADDED, "", "held", "%s of layout %s", p->where,
				 names[1].v[i]);
}

/* ---- members ---- */

static void compare_members(const struct pair *p)
{
	bool view = p->x[0]->role == ROLE_VIEW;
	struct dfields fields[2];
	int k;

	for (k = 0; k < 2; k++) {
		memset(&fields[k], 0, sizeof(fields[k]));
		fields[k].where = p->where;
		fields[k].scope = p->embedded ? DIFF_IN_TYPE : DIFF_ANYWHERE;
		fields[k].added = view ? DIFF_VIEW_FIELD_ADDED : DIFF_FIELD_ADDED;
		fields[k].removed = view ? DIFF_VIEW_FIELD_REMOVED : DIFF_FIELD_REMOVED;
		btffields_read(p->d, p->t[k], p->x[k]->id, &fields[k]);
	}
	if (p->d->failed)
		return;
	diff_fields(p->d, &fields[0], &fields[1]);
	if (!view)
		diff_texts(p->d, DIFF_TYPE_SIZE_CHANGED,
			   diff_text(p->d, "%u bytes", btf__type_by_id(p->t[0]->btf, p->x[0]->id)->size),
			   diff_text(p->d, "%u bytes", btf__type_by_id(p->t[1]->btf, p->x[1]->id)->size), "%s",
			   p->where);
}

/* ---- tags ---- */

struct tagset {
	struct names names;	/* "PATH KEY", of what is computed "PATH KEY NAME" */
	const char **values;
	const char **paths;
	uint32_t room;
};

/* Those that are about bytes, and compared as fields; and about the layout itself. */
static bool compared_elsewhere(const struct pair *p, const char *key, size_t len)
{
	static const char *const always[] = {
		"order", "enum", "unit", "format", "reserved", "padding", "layout", "layout_id", "layout_id_any",
		"fingerprint", "device", "driver", "firmware", "view_of", "word_of", "word",
	};
	static const char *const embedded[] = { "valid", "tag", "switch", "alias", "derive" };
	bool layout = p->x[0]->role == ROLE_LAYOUT || p->embedded;
	unsigned int i;

	for (i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (strlen(always[i]) == len && strncmp(key, always[i], len) == 0)
			return true;
	for (i = 0; layout && i < sizeof(embedded) / sizeof(embedded[0]); i++)
		if (strlen(embedded[i]) == len && strncmp(key, embedded[i], len) == 0)
			return true;
	return false;
}

static bool grow(struct mdesc_diff *d, struct tagset *set)
{
	uint32_t n = set->names.n, room = set->room ? 2 * set->room : 16;
	struct tagset old = *set;

	if (n < set->room)
		return true;
	set->names.v = diff_alloc(d, room, sizeof(*set->names.v));
	set->values = diff_alloc(d, room, sizeof(*set->values));
	set->paths = diff_alloc(d, room, sizeof(*set->paths));
	if (!set->names.v || !set->values || !set->paths)
		return false;
	if (n) {
		memcpy(set->names.v, old.names.v, n * sizeof(*old.names.v));
		memcpy(set->values, old.values, n * sizeof(*old.values));
		memcpy(set->paths, old.paths, n * sizeof(*old.paths));
	}
	set->room = room;
	return true;
}

static void add_tag(const struct pair *p, struct tagset *set, const char *path, const char *text)
{
	size_t len = strcspn(text, "="), name_len = len, skip;

	if (compared_elsewhere(p, text, len) || !grow(p->d, set))
		return;
	if (strncmp(text, "alias=", 6) == 0 || strncmp(text, "derive=", 7) == 0) {
		skip = strcspn(text, " ");	/* behind the type is the name */
		name_len = skip + (text[skip] ? 1 + strcspn(text + skip + 1, " ") : 0);
	}
	set->names.v[set->names.n] = diff_text(p->d, "%s|%.*s", path, (int)name_len, text);
	set->values[set->names.n] = text;
	set->paths[set->names.n++] = path;
}

static void collect(const struct pair *p, int k, struct tagset *set, uint32_t id, const char *prefix, int depth)
{
	const struct btftypes *t = p->t[k];
	const struct btf_type *bt = btf__type_by_id(t->btf, id);
	const struct btftag *tags;
	uint32_t n, i;

	tags = btftags_of(t, id, &n);
	for (i = 0; i < n; i++) {
		const char *path = prefix;

		if (tags[i].member >= 0 && btf_is_composite(bt) && tags[i].member < btf_vlen(bt))
			path = diff_text(p->d, "%s%s%s", prefix, *prefix ? "." : "",
					 btf__name_by_offset(t->btf, btf_members(bt)[tags[i].member].name_off));
		add_tag(p, set, path, tags[i].text);
	}
	for (i = 0; btf_is_composite(bt) && depth < 32 && i < btf_vlen(bt); i++) {
		const struct btf_member *m = &btf_members(bt)[i];
		uint32_t inner = btftype_plain(t, m->type);
		const char *name = btf__name_by_offset(t->btf, m->name_off);

		while (btf_is_array(btf__type_by_id(t->btf, inner)))
			inner = btftype_plain(t, btf_array(btf__type_by_id(t->btf, inner))->type);
		if (!btf_is_composite(btf__type_by_id(t->btf, inner)) || *btftype_name(t, inner))
			continue;
		if (++p->d->members > DIFF_MAX_MEMBERS)
			return;
		collect(p, k, set, inner, *name ? diff_text(p->d, "%s%s%s", prefix, *prefix ? "." : "", name) : prefix,
			depth + 1);
	}
}

static void read_tagset(const struct pair *p, int k, struct tagset *set)
{
	memset(set, 0, sizeof(*set));
	if (!grow(p->d, set))
		return;
	collect(p, k, set, p->x[k]->id, "", 0);
	set->names.to = diff_alloc(p->d, (size_t)set->names.n + 1, sizeof(*set->names.to));
}

static bool is_key(const char *text, const char *key)
{
	size_t len = strlen(key);

	return strncmp(text, key, len) == 0 && text[len] == '=';
}

static enum diff_rule_id tag_rule(const char *text, bool was, bool is)
{
	if (is_key(text, "doc"))
		return DIFF_DOC_CHANGED;
	if (is_key(text, "deprecated"))
		return DIFF_DEPRECATED_CHANGED;
	if (is_key(text, "alias") || is_key(text, "derive"))
		return was && is ? DIFF_VALUE_CHANGED : was ? DIFF_VALUE_REMOVED : DIFF_VALUE_ADDED;
	if (is_key(text, "valid") || is_key(text, "tag") || is_key(text, "switch"))
		return DIFF_CONDITION_CHANGED;
	return DIFF_TAG_CHANGED;
}

/* What the tag says, without its key where the rule tells that. */
static const char *tag_text(const char *text)
{
	const char *equals = strchr(text, '=');

	return equals && tag_rule(text, true, true) != DIFF_TAG_CHANGED ? equals + 1 : text;
}

/* The member at a path through structs that have no name. */
static bool has_member(const struct btftypes *t, uint32_t id, const char *path, int depth)
{
	const struct btf_type *bt = btf__type_by_id(t->btf, id);
	size_t len = strcspn(path, ".");
	uint32_t i;

	for (i = 0; btf_is_composite(bt) && depth < 32 && i < btf_vlen(bt); i++) {
		const char *name = btf__name_by_offset(t->btf, btf_members(bt)[i].name_off);
		uint32_t inner = btftype_plain(t, btf_members(bt)[i].type);

		while (btf_is_array(btf__type_by_id(t->btf, inner)))
			inner = btftype_plain(t, btf_array(btf__type_by_id(t->btf, inner))->type);
		if (!*name && !*btftype_name(t, inner) && has_member(t, inner, path, depth + 1))
			return true;
		if (strlen(name) != len || strncmp(name, path, len))
			continue;
		return !path[len] || has_member(t, inner, path + len + 1, depth + 1);
	}
	return false;
}

static void say_tag(const struct pair *p, const char *path, const char *a, const char *b)
{
	enum diff_rule_id rule = tag_rule(a ? a : b, a, b);

	/* with a member that is gone, or new, goes what is said of it */
	if (*path && !(a && b) && !has_member(p->t[a != NULL], p->x[a != NULL]->id, path, 0))
		return;
	diff_texts(p->d, rule, a ? tag_text(a) : "", b ? tag_text(b) : "", *path ? "%s field %s" : "%s", p->where,
		   path);
}

static void compare_tags(const struct pair *p)
{
	struct tagset set[2];
	struct names names[2];
	uint32_t i;

	read_tagset(p, 0, &set[0]);
	read_tagset(p, 1, &set[1]);
	if (p->d->failed)
		return;
	names[0] = set[0].names;
	names[1] = set[1].names;
	if (!diff_pair(p->d, names))
		return;
	for (i = 0; i < names[0].n; i++) {
		uint32_t to = names[0].to[i];

		say_tag(p, set[0].paths[i], set[0].values[i], to != MDESC_FMT_NONE32 ? set[1].values[to] : NULL);
	}
	for (i = 0; i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32)
			say_tag(p, set[1].paths[i], NULL, set[1].values[i]);
}

/* ---- types ---- */

static bool is_enum(uint8_t kind)
{
	return kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
}

static void compare_types(const struct pair *p, const char *name)
{
	const struct btfnamed *a = p->x[0], *b = p->x[1];

	if (a->kind != b->kind && !(is_enum(a->kind) && is_enum(b->kind))) {
		diff_texts(p->d, DIFF_TYPE_KIND_CHANGED, kind_text(a->kind), kind_text(b->kind), "type %s", name);
		return;
	}
	if (is_enum(a->kind)) {
		if (a->role != ROLE_GENERATED || b->role != ROLE_GENERATED)
			compare_enums(p);
		return;
	}
	if (a->kind == BTF_KIND_TYPEDEF)
		diff_texts(p->d, DIFF_TYPEDEF_CHANGED, btftype_text(p->d, p->t[0], a->id),
			   btftype_text(p->d, p->t[1], b->id), "%s", p->where);
	else if (a->kind != BTF_KIND_FWD && (a->role != ROLE_LAYOUT || b->role != ROLE_LAYOUT))
		compare_members(p);
	if (a->role == ROLE_VIEW && b->role == ROLE_VIEW)
		compare_holders(p, name);
	compare_tags(p);
}

/* One that only one image has. Layouts are told by their table, ids with them, the ranges of a word with that. */
static void lone(struct mdesc_diff *d, const struct btfnamed *x, const char *name, bool gone)
{
	const char *what = kind_text(x->kind), *where = where_text(d, x, name);
	enum diff_rule_id rule = gone ? DIFF_TYPE_REMOVED : DIFF_TYPE_ADDED;

	if (x->role == ROLE_LAYOUT || x->role == ROLE_GENERATED)
		return;
	if (x->role == ROLE_VIEW)
		rule = gone ? DIFF_VIEW_REMOVED : DIFF_VIEW_ADDED;
	diff_add(d, rule, gone ? what : "", gone ? "" : what, "%s", where);
}

void diff_read_types(struct mdesc_diff *d)
{
	int k;

	for (k = 0; k < 2; k++) {
		d->types[k] = diff_alloc(d, 1, sizeof(*d->types[k]));
		if (d->types[k])
			btftypes_read(d, d->img[k], d->types[k]);
	}
}

void diff_btf(struct mdesc_diff *d)
{
	struct names names[2];
	uint32_t i;

	names[0] = d->types[0]->names;
	names[1] = d->types[1]->names;
	if (!diff_pair(d, names))
		return;
	for (i = 0; i < names[0].n && !d->failed; i++) {
		struct pair p = { .d = d, .t = { d->types[0], d->types[1] } };

		p.x[0] = &d->types[0]->named[i];
		if (names[0].to[i] == MDESC_FMT_NONE32) {
			lone(d, p.x[0], names[0].v[i], true);
			continue;
		}
		p.x[1] = &d->types[1]->named[names[0].to[i]];
		p.where = where_text(d, p.x[0], names[0].v[i]);
		p.embedded = p.x[0]->embedded && p.x[1]->embedded;
		compare_types(&p, names[0].v[i]);
	}
	for (i = 0; i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32)
			lone(d, &d->types[1]->named[i], names[1].v[i], false);
}

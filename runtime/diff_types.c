/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What an image's BTF holds, in a form that can be compared: takes a checked
 * image, gives its types that have names, each with what it is for, their tags in
 * order, and the members of one as fields.
 */
#include <stdlib.h>
#include <string.h>

#include "diff_btf.h"

#define MAX_DEPTH	64	/* of types within types: above what images may have */
#define UNIT_BUDGET	(1u << 27)

const char *btftype_name(const struct btftypes *t, uint32_t id)
{
	const struct btf_type *bt = btf__type_by_id(t->btf, id);
	const char *name = bt ? btf__name_by_offset(t->btf, bt->name_off) : NULL;

	return name ? name : "";
}

uint32_t btftype_plain(const struct btftypes *t, uint32_t id)
{
	const struct btf_type *bt;
	int i;

	for (i = 0; i < MAX_DEPTH; i++) {
		bt = btf__type_by_id(t->btf, id);
		if (!bt || !(btf_is_mod(bt) || btf_is_typedef(bt) || btf_is_type_tag(bt)))
			break;
		id = bt->type;
	}
	return id;
}

/* ---- tags ---- */

static int by_target(const void *a, const void *b)
{
	const struct btftag *x = a, *y = b;

	if (x->target != y->target)
		return x->target < y->target ? -1 : 1;
	if (x->member != y->member)
		return x->member < y->member ? -1 : 1;
	return strcmp(x->text, y->text);
}

static void read_tags(struct mdesc_diff *d, struct btftypes *t)
{
	static const char prefix[] = "mdesc:";
	uint32_t i;

	t->tags = diff_alloc(d, t->count, sizeof(*t->tags));
	for (i = 1; t->tags && i < t->count; i++) {
		const struct btf_type *bt = btf__type_by_id(t->btf, i);
		const char *text = btftype_name(t, i);

		if (!btf_is_decl_tag(bt))
			continue;
		if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
			text += sizeof(prefix) - 1;
		t->tags[t->tag_n++] = (struct btftag){ bt->type, btf_decl_tag(bt)->component_idx, text };
	}
	if (t->tag_n)
		qsort(t->tags, t->tag_n, sizeof(*t->tags), by_target);
}

const struct btftag *btftags_of(const struct btftypes *t, uint32_t id, uint32_t *n)
{
	uint32_t lo = 0, hi = t->tag_n, end;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (t->tags[mid].target < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (end = lo; end < t->tag_n && t->tags[end].target == id; end++)
		;
	*n = end - lo;
	return t->tags + lo;
}

const char *btftag_get(const struct btftypes *t, uint32_t id, int member, const char *key)
{
	size_t len = strlen(key);
	const struct btftag *tag;
	uint32_t n, i;

	tag = btftags_of(t, id, &n);
	for (i = 0; i < n; i++, tag++) {
		if (tag->member != member || strncmp(tag->text, key, len) ||
		    (tag->text[len] && tag->text[len] != '='))
			continue;
		return tag->text[len] ? tag->text + len + 1 : "";
	}
	return NULL;
}

/* ---- what types are for ---- */

static void mark_within(struct btftypes *t, uint32_t id, int depth)
{
	const struct btf_type *bt;
	uint16_t i;

	id = btftype_plain(t, id);
	bt = btf__type_by_id(t->btf, id);
	if (!bt || !id || t->within[id] || depth > MAX_DEPTH)
		return;
	if (btf_is_array(bt)) {
		mark_within(t, btf_array(bt)->type, depth + 1);
	} else if (btf_is_composite(bt)) {
		t->within[id] = true;
		for (i = 0; i < btf_vlen(bt); i++)
			mark_within(t, btf_members(bt)[i].type, depth + 1);
	}
}

static bool ends_with(const char *name, size_t stem, const char *end)
{
	return strcmp(name + stem, end) == 0;
}

/* The enums of ids that the compiler makes: of the device, and of each view. */
static bool is_generated(const struct btftypes *t, const char *name)
{
	const char *prefix = mdesc_image__ident(t->img, MDESC_IDENT_PREFIX);
	size_t n = strlen(prefix), len = strlen(name);
	char stem[256];
	int id;

	if (strncmp(name, prefix, n) == 0 && (ends_with(name, n, "_layout") || ends_with(name, n, "_layout_any")))
		return true;
	if (len < sizeof("_layout") || len >= sizeof(stem) || !ends_with(name, len - 7, "_layout"))
		return false;
	memcpy(stem, name, len - 7);
	stem[len - 7] = '\0';
	id = btf__find_by_name_kind(t->btf, stem, BTF_KIND_STRUCT);
	return id > 0 && btftag_get(t, (uint32_t)id, -1, "view_of");
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static enum btfrole role_of(const struct btftypes *t, const uint32_t *layouts, uint32_t n, uint32_t id, uint8_t kind)
{
	if (n && bsearch(&id, layouts, n, sizeof(*layouts), by_id))
		return ROLE_LAYOUT;
	if (kind == BTF_KIND_ENUM)
		return is_generated(t, btftype_name(t, id)) ? ROLE_GENERATED : ROLE_TYPE;
	if (btftag_get(t, id, -1, "view_of"))
		return ROLE_VIEW;
	return btftag_get(t, id, -1, "word_of") ? ROLE_WORD : ROLE_TYPE;
}

static bool counts(const struct btf_type *bt, const char *name)
{
	if (!*name || (btf_is_typedef(bt) && strncmp(name, "__", 2) == 0))
		return false;	/* __be32 and the like say what fields say */
	return btf_is_composite(bt) || btf_is_any_enum(bt) || btf_is_typedef(bt) || btf_is_fwd(bt);
}

static uint32_t *layout_ids(struct mdesc_diff *d, struct btftypes *t, uint32_t *n)
{
	uint32_t *ids, i;

	*n = image_count(t->img, TABLE_LAYOUTS);
	ids = diff_alloc(d, *n, sizeof(*ids));
	if (!ids) {
		*n = 0;
		return NULL;
	}
	for (i = 0; i < *n; i++) {
		ids[i] = (uint32_t)t->img->layouts[i].btf_id;
		mark_within(t, ids[i], 0);
	}
	qsort(ids, *n, sizeof(*ids), by_id);
	return ids;
}

void btftypes_read(struct mdesc_diff *d, const struct mdesc_image *img, struct btftypes *t)
{
	uint32_t *layouts, layout_n, n = 0, i;

	memset(t, 0, sizeof(*t));
	t->img = img;
	t->btf = mdesc_image__btf(img);
	t->count = t->btf ? btf__type_cnt(t->btf) : 0;
	t->budget = UNIT_BUDGET;
	t->within = diff_alloc(d, (size_t)t->count + 1, sizeof(*t->within));
	t->named = diff_alloc(d, (size_t)t->count + 1, sizeof(*t->named));
	names_init(d, &t->names, t->count);
	if (d->failed)
		return;
	read_tags(d, t);
	layouts = layout_ids(d, t, &layout_n);
	for (i = 1; i < t->count; i++) {
		const struct btf_type *bt = btf__type_by_id(t->btf, i);
		const char *name = btftype_name(t, i);

		if (!counts(bt, name))
			continue;
		t->names.v[n] = name;
		t->named[n].id = i;
		t->named[n].kind = btf_kind(bt);
		t->named[n].role = role_of(t, layouts, layout_n, i, btf_kind(bt));
		t->named[n].embedded = t->within[i] || t->named[n].role == ROLE_WORD;
		n++;
	}
	t->names.n = n;
}

/* ---- members ---- */

struct reader {
	struct mdesc_diff *d;
	const struct btftypes *t;
	struct dfields *to;
	uint32_t room;
};

static struct dfield *new_field(struct reader *r)
{
	if (r->to->n == r->room) {
		uint32_t room = r->room ? 2 * r->room : 16;
		struct dfield *v = diff_alloc(r->d, room, sizeof(*v));

		if (!v)
			return NULL;
		if (r->to->n)
			memcpy(v, r->to->v, r->to->n * sizeof(*v));
		r->to->v = v;
		r->room = room;
	}
	memset(&r->to->v[r->to->n], 0, sizeof(struct dfield));
	return &r->to->v[r->to->n++];
}

static const char *tag_or(const struct btftypes *t, uint32_t id, int member, const char *key, const char *otherwise)
{
	const char *text = btftag_get(t, id, member, key);

	return text ? text : otherwise;
}

static uint8_t order_of(const struct btftypes *t, uint32_t id, int member)
{
	const char *order = tag_or(t, id, member, "order", "");

	return strcmp(order, "be") == 0 ? MDESC_ORDER_BE : strcmp(order, "le") == 0 ? MDESC_ORDER_LE :
	       strcmp(order, "raw") == 0 ? MDESC_ORDER_RAW : MDESC_ORDER_HOST;
}

/* Through arrays to what they are of. */
static uint32_t element_of(const struct btftypes *t, uint32_t id, struct dfield *f)
{
	uint64_t count = 1;
	int i;

	for (i = 0; i < MAX_DEPTH; i++) {
		const struct btf_type *bt = btf__type_by_id(t->btf, id);

		if (!btf_is_array(bt))
			break;
		f->array = true;
		count *= btf_array(bt)->nelems;
		id = btftype_plain(t, btf_array(bt)->type);
	}
	f->count = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
	return id;
}

static void number_of(const struct btftypes *t, const struct btf_type *bt, struct dfield *f)
{
	f->kind = MDESC_FIELD_UINT;
	if (btf_is_int(bt)) {
		f->sign = btf_int_encoding(bt) & BTF_INT_SIGNED;
		f->kind = btf_int_encoding(bt) & BTF_INT_BOOL ? MDESC_FIELD_BOOL :
			  f->sign ? MDESC_FIELD_SINT : MDESC_FIELD_UINT;
	} else if (btf_is_any_enum(bt)) {
		f->kind = MDESC_FIELD_ENUM;
		f->type = btf__name_by_offset(t->btf, bt->name_off);
	}
}

/* Kind and size of a member of type @id, which is no struct without a name. */
static void fill_field(const struct btftypes *t, uint32_t id, struct dfield *f)
{
	const struct btf_type *bt = btf__type_by_id(t->btf, id);
	int64_t size = btf__resolve_size(t->btf, id);

	f->bytes = size > 0 && size < UINT32_MAX / 8 ? (uint32_t)size : 0;
	f->width = 8 * f->bytes;
	if (btf_is_ptr(bt)) {
		f->kind = MDESC_FIELD_PTR;
		f->type = btftype_name(t, btftype_plain(t, bt->type));
	} else if (btf_is_composite(bt) || btf_is_fwd(bt)) {
		f->kind = DFIELD_STRUCT;
		f->type = btftype_name(t, id);
	} else {
		number_of(t, bt, f);
	}
}

static void tags_of_field(const struct btftypes *t, uint32_t owner, int i, struct dfield *f)
{
	const char *type = btftag_get(t, owner, i, "enum");

	f->unit = tag_or(t, owner, i, "unit", "");
	f->order = order_of(t, owner, i);
	f->reserved = btftag_get(t, owner, i, "reserved") || btftag_get(t, owner, i, "padding");
	if (type) {
		f->kind = MDESC_FIELD_ENUM;
		f->type = type;
	}
	if (btftag_get(t, owner, i, "format")) {
		f->kind = MDESC_FIELD_MAC;
		f->width = 48;
		f->bytes = 6;
		f->array = f->count > 6;
		f->count /= 6;
	}
}

static void members_of(struct reader *r, uint32_t id, const char *prefix, uint32_t base, int depth);

static void member_of(struct reader *r, uint32_t owner, int i, const char *prefix, uint32_t base, int depth)
{
	const struct btf_type *bt = btf__type_by_id(r->t->btf, owner);
	const struct btf_member *m = &btf_members(bt)[i];
	const char *name = btf__name_by_offset(r->t->btf, m->name_off);
	uint32_t bit = base + btf_member_bit_offset(bt, (uint32_t)i), bits = btf_member_bitfield_size(bt, (uint32_t)i);
	struct dfield f = { .unit = "", .type = "", .cond = "" }, *to;
	uint32_t id = element_of(r->t, btftype_plain(r->t, m->type), &f);
	bool inside = btf_is_composite(btf__type_by_id(r->t->btf, id)) && !*btftype_name(r->t, id);

	if (inside && depth < MAX_DEPTH)
		members_of(r, id, *name ? diff_text(r->d, f.array ? "%s%s[0]." : "%s%s.", prefix, name) : prefix, bit,
			   depth + 1);
	if (inside && !f.array)
		return;
	f.path = diff_text(r->d, "%s%s", prefix, name);
	fill_field(r->t, id, &f);
	tags_of_field(r->t, owner, i, &f);
	f.offset = bit / 8;
	if (bits) {
		uint32_t unit = f.bytes ? 8 * f.bytes : 8;

		f.bits = true;
		f.width = bits;
		f.offset = bit / unit * f.bytes;
		f.shift = bit % unit;
	}
	to = new_field(r);
	if (to)
		*to = f;
}

static void members_of(struct reader *r, uint32_t id, const char *prefix, uint32_t base, int depth)
{
	int i, n = btf_vlen(btf__type_by_id(r->t->btf, id));

	r->d->members += (uint32_t)n + 1;
	if (r->d->members > DIFF_MAX_MEMBERS)
		return;		/* mdesc_diff() says so */
	for (i = 0; i < n; i++)
		member_of(r, id, i, prefix, base, depth);
}

void btffields_read(struct mdesc_diff *d, const struct btftypes *t, uint32_t id, struct dfields *to)
{
	struct reader r = { d, t, to, 0 };

	to->v = NULL;
	to->n = 0;
	members_of(&r, id, "", 0, 0);
}

/* What a typedef stands for, by names as they are written: __be32 is another type than __le32. */
const char *btftype_text(struct mdesc_diff *d, const struct btftypes *t, uint32_t id)
{
	const struct btf_type *bt = btf__type_by_id(t->btf, btf__type_by_id(t->btf, id)->type);
	const char *name, *dims = "";
	int i;

	id = btf__type_by_id(t->btf, id)->type;
	for (i = 0; i < MAX_DEPTH && btf_is_array(bt); i++) {
		dims = diff_text(d, "%s[%u]", dims, btf_array(bt)->nelems);
		id = btf_array(bt)->type;
		bt = btf__type_by_id(t->btf, id);
	}
	name = btftype_name(t, id);
	if (btf_is_ptr(bt))
		name = diff_text(d, "%s *", btftype_name(t, bt->type));
	else if (!*name)
		name = diff_text(d, "%lld bytes", (long long)btf__resolve_size(t->btf, id));
	return diff_text(d, "%s%s", name, dims);
}

/* The member that a path begins with, in a struct or in those without a name within: its type's id; 0: none. */
static uint32_t find_member(struct btftypes *t, uint32_t id, const char *name, size_t len, int depth)
{
	const struct btf_type *bt = btf__type_by_id(t->btf, id);
	uint32_t i, found;

	for (i = 0; btf_is_composite(bt) && depth < MAX_DEPTH && i < btf_vlen(bt) && t->budget; i++) {
		const struct btf_member *m = &btf_members(bt)[i];
		const char *member = btf__name_by_offset(t->btf, m->name_off);

		t->budget--;
		if (strncmp(member, name, len) == 0 && !member[len])
			return m->type;
		if (*member || *btftype_name(t, btftype_plain(t, m->type)))
			continue;
		found = find_member(t, btftype_plain(t, m->type), name, len, depth + 1);
		if (found)
			return found;
	}
	return 0;
}

uint32_t btftype_unit(struct btftypes *t, uint32_t id, const char *path)
{
	struct dfield f;
	int64_t size;

	while (*path && id) {
		size_t len = strcspn(path, ".[");

		id = find_member(t, element_of(t, btftype_plain(t, id), &f), path, len, 0);
		path += len;
		while (*path == '[')
			path += strcspn(path, "]") + 1;
		path += *path == '.';
	}
	size = id ? btf__resolve_size(t->btf, id) : 0;
	return size == 1 || size == 2 || size == 4 ? (uint32_t)size : 8;
}

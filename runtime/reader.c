/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Readers: the layouts of several images at once, found by their ids.
 *
 * Takes images and paths of fields; gives a layout's handles for the bytes of a
 * packet. For each layout there is a handle of each field, all of them in one
 * array; layouts with their id at the end are in a hash table without deletions,
 * never more than half full, those with it at the front are gone through, and so
 * are those without one, for a length that no other of them has.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "near.h"

struct known {
	const struct mdesc_layout *layout;
	uint32_t id;
	uint32_t size;
	struct mdesc_handle *fields;
};

struct mdesc_reader {
	struct known *known;
	size_t known_count;
	char **paths;
	size_t path_count;
	uint32_t *slots;		/* index in known, plus 1; 0: empty */
	unsigned int slot_bits;
	bool firsts;			/* some have their id at the front */
	bool plains;			/* some have none */
};

static int no_memory(struct mdesc_error *err)
{
	return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
}

struct mdesc_reader *mdesc_reader__new(struct mdesc_error *err)
{
	struct mdesc_reader *r = calloc(1, sizeof(*r));

	if (!r)
		errno = -no_memory(err);
	return r;
}

void mdesc_reader__free(struct mdesc_reader *r)
{
	size_t i;

	if (!r)
		return;
	for (i = 0; i < r->known_count; i++)
		free(r->known[i].fields);
	for (i = 0; i < r->path_count; i++)
		free(r->paths[i]);
	free(r->known);
	free(r->paths);
	free(r->slots);
	free(r);
}

/* ---- the table ---- */

static uint32_t slot_of(const struct mdesc_reader *r, uint32_t id)
{
	return (id * 0x9e3779b1u) >> (32 - r->slot_bits);
}

/* The layout with @id as its last four bytes, or NULL. */
static const struct known *find_id(const struct mdesc_reader *r, uint32_t id)
{
	uint32_t at, mask = (1u << r->slot_bits) - 1;

	if (!r->slots)
		return NULL;
	for (at = slot_of(r, id); r->slots[at]; at = (at + 1) & mask)
		if (r->known[r->slots[at] - 1].id == id)
			return &r->known[r->slots[at] - 1];
	return NULL;
}

static void put_slot(struct mdesc_reader *r, size_t idx)
{
	uint32_t at = slot_of(r, r->known[idx].id), mask = (1u << r->slot_bits) - 1;

	while (r->slots[at])
		at = (at + 1) & mask;
	r->slots[at] = (uint32_t)idx + 1;
}

/* A table that has room for all that are known, filled. */
static int rebuild(struct mdesc_reader *r, struct mdesc_error *err)
{
	unsigned int bits = 4;
	uint32_t *slots;
	size_t i;

	while ((1u << bits) < 2 * r->known_count)
		bits++;
	slots = calloc((size_t)1 << bits, sizeof(*slots));
	if (!slots)
		return no_memory(err);
	free(r->slots);
	r->slots = slots;
	r->slot_bits = bits;
	for (i = 0; i < r->known_count; i++)
		if (mdesc_layout__has_id(r->known[i].layout))
			put_slot(r, i);
		else if (mdesc_layout__id_first(r->known[i].layout))
			r->firsts = true;
		else
			r->plains = true;
	return 0;
}

/* ---- adding ---- */

static bool same_word(const struct mdesc_fmt_layout *a, const struct mdesc_fmt_layout *b)
{
	uint32_t any = a->id_any | b->id_any;

	return (a->id & ~any) == (b->id & ~any);
}

static bool is_plain(const struct mdesc_layout *layout)
{
	return !mdesc_layout__has_id(layout) && !mdesc_layout__id_first(layout);
}

/* What is known that @layout's packets could be taken for; without an id, only the same layout. */
static const struct known *find_same(const struct mdesc_reader *r, const struct mdesc_layout *layout)
{
	bool first = mdesc_layout__id_first(layout);
	size_t i;

	for (i = 0; i < r->known_count; i++) {
		const struct mdesc_layout *other = r->known[i].layout;

		if (mdesc_layout__id_first(other) != first || is_plain(other) != is_plain(layout))
			continue;
		if (is_plain(layout) && other->fmt->fingerprint != layout->fmt->fingerprint)
			continue;
		if (first ? same_word(other->fmt, layout->fmt) : other->fmt->id == layout->fmt->id)
			return &r->known[i];
	}
	return NULL;
}

/* 1: to be added, 0: not, or -errno. */
static int wanted(const struct mdesc_reader *r, const struct mdesc_layout *layout, struct mdesc_error *err)
{
	const struct known *same;

	if (layout->fmt->kind != MDESC_LAYOUT_METADATA)
		return 0;
	same = find_same(r, layout);
	if (!same)
		return 1;
	if (same->layout->fmt->fingerprint == layout->fmt->fingerprint && same->size == layout->fmt->size &&
	    same->id == layout->fmt->id)
		return 0;
	return error_set(err, ENOTUNIQ, MDESC_CLASS_AMBIGUOUS,
			 "layout %s of %.200s and layout %s of %.200s have the id 0x%08x, and differ",
			 mdesc_layout__name(same->layout), same->layout->img->name, mdesc_layout__name(layout),
			 layout->img->name, layout->fmt->id);
}

static int add_layout(struct mdesc_reader *r, const struct mdesc_layout *layout, struct mdesc_error *err)
{
	struct known *known = realloc(r->known, (r->known_count + 1) * sizeof(*known));
	struct mdesc_handle *fields = calloc(r->path_count + 1, sizeof(*fields));
	size_t i;

	if (known)
		r->known = known;
	if (!known || !fields) {
		free(fields);
		return no_memory(err);
	}
	for (i = 0; i < r->path_count; i++)
		mdesc_layout__handle(layout, r->paths[i], &fields[i]);
	known[r->known_count++] = (struct known){ layout, layout->fmt->id, layout->fmt->size, fields };
	return 0;
}

/* Forget all but the first @count. */
static void cut(struct mdesc_reader *r, size_t count)
{
	while (r->known_count > count)
		free(r->known[--r->known_count].fields);
}

int mdesc_reader__add(struct mdesc_reader *r, const struct mdesc_image *img, struct mdesc_error *err)
{
	size_t before = r->known_count, i;
	int ret = 0;

	for (i = 0; i < image_count(img, TABLE_LAYOUTS) && ret >= 0; i++) {
		ret = wanted(r, &img->layouts[i], err);
		if (ret > 0)
			ret = add_layout(r, &img->layouts[i], err);
	}
	if (ret >= 0 && r->known_count > before)
		ret = rebuild(r, err);
	if (ret < 0) {
		cut(r, before);
		return ret;
	}
	return (int)(r->known_count - before);
}

/* ---- fields ---- */

static bool path_exists(const struct mdesc_reader *r, const char *path)
{
	struct mdesc_handle h;
	size_t i;

	for (i = 0; i < r->known_count; i++)
		if (mdesc_layout__handle(r->known[i].layout, path, &h) == 0)
			return true;
	return false;
}

/* A field in what @path names: a struct, a union or an array of these. NULL: there is none. */
static const char *member_of(const struct mdesc_reader *r, const char *path)
{
	size_t i, k, len = strlen(path);

	for (i = 0; len && i < r->known_count; i++)
		for (k = 0; k < r->known[i].layout->fmt->field_count; k++) {
			const char *p = mdesc_field__path(mdesc_layout__field(r->known[i].layout, k));

			if (strncmp(p, path, len) == 0 && (p[len] == '.' || p[len] == '['))
				return p;
		}
	return NULL;
}

static int unknown_path(const struct mdesc_reader *r, const char *path, struct mdesc_error *err)
{
	const char *member = member_of(r, path);
	struct near_name near;
	size_t i, k;

	if (member)
		return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND,
				 "%.200s is more than one field: name one of its members, such as %.200s", path,
				 member);
	near_begin(&near, path);
	for (i = 0; i < r->known_count; i++) {
		const struct mdesc_layout *l = r->known[i].layout;

		for (k = 0; k < l->fmt->field_count; k++)
			near_look(&near, mdesc_field__path(mdesc_layout__field(l, k)));
		for (k = 0; k < l->value_count; k++)
			if (mdesc_value__role(mdesc_layout__value(l, k)) <= MDESC_VALUE_DERIVE)
				near_look(&near, mdesc_value__name(mdesc_layout__value(l, k)));
	}
	if (near.best)
		return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND, "there is no field %.200s; did you mean %.200s?",
				 path, near.best);
	return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND, "there is no field %.200s", path);
}

/* Room for one more handle in each layout, and one more path. */
static int grow(struct mdesc_reader *r)
{
	char **paths = realloc(r->paths, (r->path_count + 1) * sizeof(*paths));
	size_t i;

	if (!paths)
		return -ENOMEM;
	r->paths = paths;
	for (i = 0; i < r->known_count; i++) {
		struct mdesc_handle *fields = realloc(r->known[i].fields, (r->path_count + 1) * sizeof(*fields));

		if (!fields)
			return -ENOMEM;
		r->known[i].fields = fields;
	}
	return 0;
}

int mdesc_reader__field(struct mdesc_reader *r, const char *path, struct mdesc_error *err)
{
	char *copy;
	size_t i;

	for (i = 0; i < r->path_count; i++)
		if (strcmp(r->paths[i], path) == 0)
			return (int)i;
	if (!path_exists(r, path))
		return unknown_path(r, path, err);
	copy = strdup(path);
	if (!copy || grow(r)) {
		free(copy);
		return no_memory(err);
	}
	for (i = 0; i < r->known_count; i++)
		mdesc_layout__handle(r->known[i].layout, path, &r->known[i].fields[r->path_count]);
	r->paths[r->path_count] = copy;
	return (int)r->path_count++;
}

size_t mdesc_reader__field_count(const struct mdesc_reader *r)
{
	return r->path_count;
}

size_t mdesc_reader__layout_count(const struct mdesc_reader *r)
{
	return r->known_count;
}

const struct mdesc_layout *mdesc_reader__layout(const struct mdesc_reader *r, size_t idx)
{
	if (idx < r->known_count)
		return r->known[idx].layout;
	errno = ENOENT;
	return NULL;
}

const struct mdesc_handle *mdesc_reader__handle(const struct mdesc_reader *r, size_t idx, size_t field)
{
	if (idx < r->known_count && field < r->path_count)
		return &r->known[idx].fields[field];
	errno = ENOENT;
	return NULL;
}

/* ---- packets ---- */

static const struct known *find_first(const struct mdesc_reader *r, uint32_t word)
{
	size_t i;

	for (i = 0; r->firsts && i < r->known_count; i++) {
		const struct mdesc_fmt_layout *l = r->known[i].layout->fmt;

		if ((l->flags & MDESC_LAYOUT_ID_FIRST) && (word & ~l->id_any) == l->id)
			return &r->known[i];
	}
	return NULL;
}

/* The only layout without an id that has @size bytes, or NULL. */
static const struct known *find_size(const struct mdesc_reader *r, size_t size)
{
	const struct known *one = NULL;
	size_t i;

	for (i = 0; r->plains && i < r->known_count; i++) {
		const struct known *k = &r->known[i];

		if (k->size != size || !is_plain(k->layout))
			continue;
		if (one)
			return NULL;
		one = k;
	}
	return one;
}

static int found(const struct known *k, const uint8_t *bytes, size_t room, struct mdesc_packet *packet)
{
	if (room < k->size)
		return -EMSGSIZE;
	packet->bytes = bytes;
	packet->size = k->size;
	packet->layout = k->layout;
	packet->fields = k->fields;
	return 0;
}

int mdesc_reader__before(const struct mdesc_reader *r, const void *frame, size_t room, struct mdesc_packet *packet)
{
	const struct known *k;

	*packet = (struct mdesc_packet){ .bytes = NULL };
	if (room < sizeof(packet->id))
		return -ENODATA;
	memcpy(&packet->id, (const uint8_t *)frame - sizeof(packet->id), sizeof(packet->id));
	if (!packet->id)
		return -ENODATA;
	k = find_id(r, packet->id);
	return k ? found(k, (const uint8_t *)frame - k->size, room, packet) : -ENOENT;
}

int mdesc_reader__within(const struct mdesc_reader *r, const void *meta, size_t size, struct mdesc_packet *packet)
{
	int ret = mdesc_reader__before(r, (const uint8_t *)meta + size, size, packet);
	const struct known *first, *k;

	if (size < 4 || (!r->firsts && !r->plains) || (!ret && packet->size == size))
		return ret;
	first = find_first(r, (uint32_t)load_number(meta, 4, MDESC_ORDER_BE, 0, 32));
	k = first && first->size == size ? first : find_size(r, size);
	if (!k && !ret && r->plains) {
		/* What ends with an id by chance is not taken for what is shorter. */
		*packet = (struct mdesc_packet){ .id = packet->id };
		return -ENOENT;
	}
	if (!k && (!ret || ret == -EMSGSIZE || !first || (r->plains && first->size < size)))
		return ret;
	k = k ? k : first;
	packet->id = k->id;
	return found(k, meta, size, packet);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The form that stands in for the kernel's own file: takes all sources, gives BTF
 * with as many types and as many bytes of strings as the kernel's. BTF of modules
 * goes on where those end, so whoever reads it over ours must find the same ends.
 *
 * The types of NICs take the places of functions that nothing can attach to: those
 * that the kernel's tracepoints are made of are marked notrace. Their names' bytes
 * take the NICs' names. All that may be looked for stays, with its id.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stitch.h"

/* A place: a function of the kernel's, and what is left of its name's bytes. */
struct place {
	uint32_t id;
	uint32_t str, room;
	uint32_t src, from;	/* the type that comes here; 0: none */
};

/* An integer or typedef of a source. */
struct plain {
	const char *name;
	uint32_t kind, id;
};

struct name {
	const char *text;
	uint32_t size;		/* with its NUL */
	uint32_t at;		/* where it came to be */
};

struct standin {
	struct stitch *st;
	const char **events;	/* ordered names of classes of events */
	uint32_t event_n, event_cap;
	struct place *places;
	uint32_t place_n;
	uint32_t taken;		/* of places, the first ones */
	struct name *names;	/* ordered by text, each once */
	uint32_t name_n;
	uint32_t **map;		/* by source and id - first_id: the new id */
	uint8_t *used;		/* a bit for each byte of the kernel's strings at which a name begins */
	uint8_t *is_place;	/* a bit for each id */
	uint8_t *kept;		/* a bit for each id that a tag or section refers to */
};

static void set_bit(uint8_t *bits, uint32_t i)
{
	bits[i / 8] |= 1u << i % 8;
}

static bool bit(const uint8_t *bits, uint32_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

static struct btf_type *kernel_type(const struct btfraw *k, uint32_t id)
{
	return (struct btf_type *)(uintptr_t)(k->types + k->offs[id - 1]);
}

/* ---- which functions ----
 *
 * include/trace/ makes of each class of events X a struct trace_event_raw_X and
 * three functions that are marked notrace: neither fentry nor anything else that
 * goes by BTF can attach to them. There are others that are called alike, such as
 * perf_trace_add(): the struct tells.
 */

#define EVENT_STRUCT	"trace_event_raw_"

static int by_pointed(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool add_event(struct standin *s, const char *name)
{
	if (s->event_n == s->event_cap) {
		uint32_t cap = s->event_cap ? 2 * s->event_cap : 1024;
		const char **v = realloc(s->events, cap * sizeof(*v));

		if (!v)
			return false;
		s->events = v;
		s->event_cap = cap;
	}
	s->events[s->event_n++] = name;
	return true;
}

static int find_events(struct standin *s, struct mdesc_error *err)
{
	const struct btfraw *k = &s->st->v[0].btf;
	size_t len = strlen(EVENT_STRUCT);
	uint32_t id;

	for (id = 1; id < k->end_id; id++) {
		const struct btf_type *t = kernel_type(k, id);
		const char *name;

		if (btfraw_kind(t) != BTF_KIND_STRUCT)
			continue;
		name = btfraw_str(k, t->name_off);
		if (!strncmp(name, EVENT_STRUCT, len) && !add_event(s, name + len))
			return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	}
	if (s->event_n)
		qsort(s->events, s->event_n, sizeof(*s->events), by_pointed);
	return 0;
}

static bool is_place(const struct standin *s, const struct btf_type *t)
{
	static const char *const begins[] = { "perf_trace_", "trace_raw_output_", "trace_event_raw_event_" };
	const char *name, *event;

	if (btfraw_kind(t) != BTF_KIND_FUNC)
		return false;
	name = btfraw_str(&s->st->v[0].btf, t->name_off);
	if ((*name != 'p' && *name != 't') || !s->event_n)
		return false;
	for (unsigned int i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		event = name + strlen(begins[i]);
		if (!strncmp(name, begins[i], strlen(begins[i])) &&
		    bsearch(&event, s->events, s->event_n, sizeof(event), by_pointed))
			return true;
	}
	return false;
}

/* ---- places ---- */

/* Sets the bits of all names but those of places, and of what may not go. */
static void mark_used(struct standin *s, const struct btfraw *k)
{
	struct btfraw_slots slots;
	uint32_t id, i;

	for (id = 1; id < k->end_id; id++) {
		struct btf_type *t = kernel_type(k, id);
		uint32_t kind = btfraw_kind(t);

		if (bit(s->is_place, id))
			continue;
		if (t->name_off < k->strs_len)
			set_bit(s->used, t->name_off);
		btfraw_slots(t, &slots);
		for (i = 0; i < slots.names_n; i++) {
			uint32_t off = *btfraw_slot(slots.names, i, slots.names_stride);

			if (off < k->strs_len)
				set_bit(s->used, off);
		}
		if (kind != BTF_KIND_DECL_TAG && kind != BTF_KIND_DATASEC)
			continue;
		if (slots.own && *slots.own < k->end_id)
			set_bit(s->kept, *slots.own);
		for (i = 0; i < slots.ids_n; i++) {
			uint32_t to = *btfraw_slot(slots.ids, i, slots.ids_stride);

			if (to < k->end_id)
				set_bit(s->kept, to);
		}
	}
}

/* Bytes of a name that nothing else uses. */
static uint32_t room_of(struct standin *s, const struct btfraw *k, uint32_t off)
{
	uint32_t size, i;

	if (!off || off >= k->strs_len || k->strs[off - 1])
		return 0;
	size = strlen(k->strs + off) + 1;
	for (i = 0; i < size; i++)
		if (bit(s->used, off + i))
			return 0;
	return size;
}

static int by_string(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->str != y->str ? (x->str < y->str ? -1 : 1) : x->id < y->id ? -1 : x->id > y->id;
}

static int by_id(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* Two functions of one name: neither gives it. */
static void keep_common_names(struct standin *s)
{
	uint32_t i;

	qsort(s->places, s->place_n, sizeof(*s->places), by_string);
	for (i = 1; i < s->place_n; i++)
		if (s->places[i].str == s->places[i - 1].str)
			s->places[i].room = s->places[i - 1].room = 0;
	qsort(s->places, s->place_n, sizeof(*s->places), by_id);
}

/* All functions of tracing, then those that may go, with the bytes that they give. */
static int find_places(struct standin *s, struct mdesc_error *err)
{
	const struct btfraw *k = &s->st->v[0].btf;
	uint32_t id, i, n = 0;

	s->used = calloc(k->strs_len / 8 + 1, 1);
	s->kept = calloc(k->end_id / 8 + 1, 1);
	s->is_place = calloc(k->end_id / 8 + 1, 1);
	for (id = 1; s->is_place && id < k->end_id; id++)
		if (is_place(s, kernel_type(k, id))) {
			set_bit(s->is_place, id);
			n++;
		}
	s->places = calloc(n + 1, sizeof(*s->places));
	if (!s->used || !s->kept || !s->is_place || !s->places)
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	mark_used(s, k);
	for (id = 1; id < k->end_id; id++) {
		uint32_t off = kernel_type(k, id)->name_off;

		if (!bit(s->is_place, id))
			continue;
		if (!bit(s->kept, id))
			s->places[s->place_n++] = (struct place){ .id = id, .str = off };
		else if (off < k->strs_len)
			set_bit(s->used, off);
	}
	for (i = 0; i < s->place_n; i++)
		s->places[i].room = room_of(s, k, s->places[i].str);
	keep_common_names(s);
	return 0;
}

/* ---- what comes in ---- */

/* CO-RE asks for none of these, and no other type refers to them. */
static bool comes(const struct btf_type *t)
{
	uint32_t kind = btfraw_kind(t);

	return kind != BTF_KIND_DECL_TAG && kind != BTF_KIND_FUNC && kind != BTF_KIND_VAR && kind != BTF_KIND_DATASEC;
}

static bool is_plain(const struct btf_type *t)
{
	return (btfraw_kind(t) == BTF_KIND_INT || btfraw_kind(t) == BTF_KIND_TYPEDEF) && t->name_off;
}

static int by_plain(const void *a, const void *b)
{
	const struct plain *x = a, *y = b;

	return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : strcmp(x->name, y->name);
}

/*
 * Integers and typedefs that the kernel has, too, are the kernel's: so that C that
 * is made of it has one __u32. By name, each of a kind once in every source.
 */
static int find_plain(struct standin *s, uint32_t src, struct mdesc_error *err)
{
	const struct btfraw *k = &s->st->v[0].btf, *b = &s->st->v[src].btf;
	struct plain *v = calloc(b->end_id - b->first_id + 1, sizeof(*v)), *found;
	uint32_t id, n = 0;
	char why[8];
	int rc = 0;

	if (!v)
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	for (id = b->first_id; id < b->end_id; id++) {
		const struct btf_type *t = btfraw_type(b, id);

		if (is_plain(t))
			v[n++] = (struct plain){ btfraw_str(b, t->name_off), btfraw_kind(t), id };
	}
	qsort(v, n, sizeof(*v), by_plain);
	for (id = 1; id < k->end_id && n && rc >= 0; id++) {
		const struct btf_type *t = kernel_type(k, id);
		struct plain key = { .kind = btfraw_kind(t) };

		if (!is_plain(t))
			continue;
		key.name = btfraw_str(k, t->name_off);
		found = bsearch(&key, v, n, sizeof(*v), by_plain);
		if (!found || s->map[src][found->id - b->first_id])
			continue;
		rc = btf_same(b, found->id, k, id, why, sizeof(why));
		if (rc == 1)
			s->map[src][found->id - b->first_id] = id;
	}
	free(v);
	return rc < 0 ? error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory") : 0;
}

/* Gives types places. False: too few. */
static bool place_types(struct standin *s)
{
	uint32_t src, id;

	for (src = 1; src < s->st->n; src++) {
		const struct btfraw *b = &s->st->v[src].btf;

		for (id = b->first_id; id < b->end_id; id++) {
			if (!comes(btfraw_type(b, id)) || s->map[src][id - b->first_id])
				continue;
			if (s->taken == s->place_n)
				return false;
			s->places[s->taken].src = src;
			s->places[s->taken].from = id;
			s->map[src][id - b->first_id] = s->places[s->taken++].id;
		}
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static int by_size(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return x->size != y->size ? (x->size > y->size ? -1 : 1) : strcmp(x->text, y->text);
}

static void add_name(struct standin *s, const char *text)
{
	if (*text)
		s->names[s->name_n++] = (struct name){ .text = text, .size = strlen(text) + 1 };
}

/* All names of what comes, each once. A module's may be the kernel's: they are written again. */
static int collect_names(struct standin *s, struct mdesc_error *err)
{
	struct btfraw_slots slots;
	uint32_t i, k, n = 0;
	size_t most = 1;

	for (i = 0; i < s->taken; i++)
		most += 1 + btfraw_vlen(btfraw_type(&s->st->v[s->places[i].src].btf, s->places[i].from));
	s->names = calloc(most, sizeof(*s->names));
	if (!s->names)
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	for (i = 0; i < s->taken; i++) {
		const struct btfraw *b = &s->st->v[s->places[i].src].btf;
		struct btf_type *t = (struct btf_type *)(uintptr_t)btfraw_type(b, s->places[i].from);

		add_name(s, btfraw_str(b, t->name_off));
		btfraw_slots(t, &slots);
		for (k = 0; k < slots.names_n; k++)
			add_name(s, btfraw_str(b, *btfraw_slot(slots.names, k, slots.names_stride)));
	}
	qsort(s->names, s->name_n, sizeof(*s->names), by_text);
	for (i = 0; i < s->name_n; i++)
		if (!n || strcmp(s->names[n - 1].text, s->names[i].text))
			s->names[n++] = s->names[i];
	s->name_n = n;
	return 0;
}

/* Gives names places, the longest first. False: one has none. */
static bool place_names(struct standin *s)
{
	uint32_t i, k;

	qsort(s->names, s->name_n, sizeof(*s->names), by_size);
	for (i = 0; i < s->name_n; i++) {
		for (k = 0; k < s->place_n && s->places[k].room < s->names[i].size; k++)
			;
		if (k == s->place_n)
			return false;
		s->names[i].at = s->places[k].str;
		s->places[k].str += s->names[i].size;
		s->places[k].room -= s->names[i].size;
		if (k >= s->taken)
			s->taken = k + 1;	/* it has no name any more */
	}
	qsort(s->names, s->name_n, sizeof(*s->names), by_text);
	return true;
}

/* ---- writing ---- */

static uint32_t name_at(const struct standin *s, const char *text)
{
	struct name key = { .text = text };
	const struct name *n = *text ? bsearch(&key, s->names, s->name_n, sizeof(key), by_text) : NULL;

	return n ? n->at : 0;
}

static uint32_t id_at(const struct standin *s, uint32_t src, uint32_t id)
{
	const struct btfraw *b = &s->st->v[src].btf;

	return id < b->first_id ? id : s->map[src][id - b->first_id];
}

/* The source whose type is being put. */
struct putting {
	const struct standin *s;
	const struct btfraw *b;
	uint32_t src;
};

static uint32_t put_id(const void *ctx, uint32_t id)
{
	const struct putting *p = ctx;

	return id_at(p->s, p->src, id);
}

static uint32_t put_name(const void *ctx, uint32_t off)
{
	const struct putting *p = ctx;

	return name_at(p->s, btfraw_str(p->b, off));
}

static uint32_t put_type(const struct standin *s, const struct place *p, uint8_t *to)
{
	struct btf_type *t = (void *)to;
	const struct btfraw *b;
	uint32_t size;

	if (!p->from) {		/* only its name was needed: const void */
		*t = (struct btf_type){ .info = BTF_KIND_CONST << 24 };
		return sizeof(*t);
	}
	b = &s->st->v[p->src].btf;
	size = btfraw_record_size(btfraw_type(b, p->from));
	memcpy(to, btfraw_type(b, p->from), size);
	btfraw_rewrite(t, &(struct putting){ s, b, p->src }, put_id, put_name);
	return size;
}

static uint64_t types_size(const struct standin *s)
{
	uint64_t size = s->st->v[0].btf.types_len;
	uint32_t i;

	for (i = 0; i < s->taken; i++)
		if (s->places[i].from)
			size += btfraw_record_size(btfraw_type(&s->st->v[s->places[i].src].btf, s->places[i].from)) -
				sizeof(struct btf_type);
	return size;
}

static void put_strings(const struct standin *s, char *strs)
{
	const struct btfraw *k = &s->st->v[0].btf;
	uint32_t i;

	memcpy(strs, k->strs, k->strs_len);
	for (i = 0; i < s->taken; i++)
		memset(strs + s->places[i].str, 0, s->places[i].room);
	for (i = 0; i < s->name_n; i++)
		memcpy(strs + s->names[i].at, s->names[i].text, s->names[i].size);
}

static int write_out(struct standin *s, struct mdesc_error *err)
{
	const struct btfraw *k = &s->st->v[0].btf;
	struct mdesc_stitched *out = s->st->out;
	uint64_t types_len = types_size(s);
	uint32_t i, at, from = 0;
	uint8_t *to;

	if (types_len + k->strs_len > UINT32_MAX / 2)
		return error_set(err, EFBIG, MDESC_CLASS_INPUT, "the BTF would be too large");
	out->size = sizeof(struct btf_header) + types_len + k->strs_len;
	out->data = malloc(out->size);
	if (!out->data)
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	btf_header_set(out->data, types_len, k->strs_len);
	to = (uint8_t *)out->data + sizeof(struct btf_header);
	for (i = 0; i < s->taken; i++) {
		at = k->offs[s->places[i].id - 1];
		memcpy(to, k->types + from, at - from);
		to += at - from;
		to += put_type(s, &s->places[i], to);
		from = at + sizeof(struct btf_type);
	}
	memcpy(to, k->types + from, k->types_len - from);
	put_strings(s, (char *)to + k->types_len - from);
	out->types = k->end_id - 1;
	return 0;
}

static bool make_maps(struct standin *s)
{
	uint32_t src;

	s->map = calloc(s->st->n, sizeof(*s->map));
	for (src = 1; s->map && src < s->st->n; src++) {
		const struct btfraw *b = &s->st->v[src].btf;

		s->map[src] = calloc(b->end_id - b->first_id + 1, sizeof(**s->map));
		if (!s->map[src])
			return false;
	}
	return s->map != NULL;
}

int stitch_standin(struct stitch *st, struct mdesc_error *err)
{
	struct standin s = { .st = st };
	bool fits = false;
	uint32_t i;
	int rc;

	rc = make_maps(&s) ? find_events(&s, err) : error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	if (!rc)
		rc = find_places(&s, err);
	for (i = 1; i < st->n && !rc; i++)
		rc = find_plain(&s, i, err);
	if (!rc)
		fits = place_types(&s);
	if (fits)
		rc = collect_names(&s, err);
	if (fits && !rc)
		fits = place_names(&s);
	if (fits && !rc)
		rc = write_out(&s, err);
	for (i = 1; s.map && i < st->n; i++)
		free(s.map[i]);
	free(s.map);
	free(s.events);
	free(s.places);
	free(s.names);
	free(s.used);
	free(s.kept);
	free(s.is_place);
	return rc ? rc : fits ? 0 : -ENOSPC;
}

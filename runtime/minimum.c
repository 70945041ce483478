/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The minimum: takes the candidates of an object's relocations, gives BTF of
 * them and of what they contain. CO-RE does not follow pointers, so a struct that
 * is only pointed to is there without members: name, kind and size are all that
 * is asked of it. Order and ids are new, and the same for the same input.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stitch.h"

enum mark { UNUSED, STUB, WHOLE };

struct part {
	uint8_t *mark;		/* by id - first_id */
	uint32_t *map;		/* likewise: the new id */
};

struct todo {
	uint32_t src;
	uint32_t id;
	uint8_t mark;
};

struct min {
	struct stitch *st;
	struct part *parts;	/* by source */
	struct todo *todo;
	uint32_t todo_n, todo_cap;
	uint8_t *types;
	char *strs;
	uint32_t types_len, strs_len;
};

/* Where an id that source @src uses is defined. */
static uint32_t home(const struct stitch *st, uint32_t src, uint32_t id)
{
	return id < st->v[src].btf.first_id ? 0 : src;	/* a module's base is the kernel */
}

static bool push(struct min *m, uint32_t src, uint32_t id, uint8_t mark)
{
	if (!id)
		return true;
	src = home(m->st, src, id);
	if (m->parts[src].mark[id - m->st->v[src].btf.first_id] >= mark)
		return true;
	m->parts[src].mark[id - m->st->v[src].btf.first_id] = mark;
	if (m->todo_n == m->todo_cap) {
		uint32_t cap = m->todo_cap ? 2 * m->todo_cap : 256;
		struct todo *v = realloc(m->todo, cap * sizeof(*v));

		if (!v)
			return false;
		m->todo = v;
		m->todo_cap = cap;
	}
	m->todo[m->todo_n++] = (struct todo){ src, id, mark };
	return true;
}

static bool is_stub(const struct btf_type *t, uint8_t mark)
{
	return mark == STUB && (btfraw_kind(t) == BTF_KIND_STRUCT || btfraw_kind(t) == BTF_KIND_UNION);
}

/* Marks what @td contains, or points to. The records were checked, or are the kernel's. */
static int visit(struct min *m, struct todo td, struct mdesc_error *err)
{
	const struct btfraw *b = &m->st->v[td.src].btf;
	struct btf_type *t = (struct btf_type *)(uintptr_t)btfraw_type(b, td.id);
	uint8_t mark = btfraw_kind(t) == BTF_KIND_PTR ? STUB : td.mark;
	struct btfraw_slots s;
	uint32_t i;

	if (is_stub(t, td.mark))
		return 0;
	btfraw_slots(t, &s);
	for (i = 0; i < s.ids_n + (s.own != NULL); i++) {
		uint32_t id = i < s.ids_n ? *btfraw_slot(s.ids, i, s.ids_stride) : *s.own;

		if (id && !btfraw_type(b, id))
			return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT,
					 "%.200s: damaged BTF: type %u refers to no such type", b->name,
					 td.id);
		if (!push(m, td.src, id, mark))
			return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	}
	return 0;
}

static int mark_all(struct min *m, const struct hits *hits, struct mdesc_error *err)
{
	uint32_t i;
	int rc = 0;

	for (i = 0; i < hits->n && !rc; i++) {
		if (!push(m, hits->v[i].src, hits->v[i].id, WHOLE))
			rc = error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
		while (m->todo_n && !rc)
			rc = visit(m, m->todo[--m->todo_n], err);
	}
	return rc;
}

/* ---- writing ---- */

static uint32_t record_size(const struct btf_type *t, uint8_t mark)
{
	return is_stub(t, mark) ? sizeof(*t) : btfraw_record_size(t);
}

static size_t names_size(const struct btfraw *b, struct btf_type *t, uint8_t mark)
{
	size_t n = strlen(btfraw_str(b, t->name_off)) + 1;
	struct btfraw_slots s;
	uint32_t i;

	btfraw_slots(t, &s);
	for (i = 0; i < s.names_n && !is_stub(t, mark); i++)
		n += strlen(btfraw_str(b, *btfraw_slot(s.names, i, s.names_stride))) + 1;
	return n;
}

/* Gives every marked type its id, and finds how large all will be. */
static uint64_t number(struct min *m, uint64_t *strs)
{
	uint64_t types = 0;
	uint32_t i, id, n = 0;

	*strs = 1;
	for (i = 0; i < m->st->n; i++) {
		const struct btfraw *b = &m->st->v[i].btf;

		for (id = b->first_id; id < b->end_id; id++) {
			uint8_t mark = m->parts[i].mark[id - b->first_id];
			struct btf_type *t;

			if (!mark)
				continue;
			t = (struct btf_type *)(uintptr_t)btfraw_type(b, id);
			m->parts[i].map[id - b->first_id] = ++n;
			types += record_size(t, mark);
			*strs += names_size(b, t, mark);
		}
	}
	m->st->out->types = n;
	return types;
}

static uint32_t put_str(struct min *m, const char *s)
{
	uint32_t at = m->strs_len;
	size_t n = strlen(s);

	if (!n)
		return 0;
	memcpy(m->strs + at, s, n + 1);
	m->strs_len += n + 1;
	return at;
}

static uint32_t new_id(const struct min *m, uint32_t src, uint32_t id)
{
	if (!id)
		return 0;
	src = home(m->st, src, id);
	return m->parts[src].map[id - m->st->v[src].btf.first_id];
}

/* The source whose type is being put. */
struct putting {
	struct min *m;
	const struct btfraw *b;
	uint32_t src;
};

static uint32_t put_id(const void *ctx, uint32_t id)
{
	const struct putting *p = ctx;

	return new_id(p->m, p->src, id);
}

static uint32_t put_name(const void *ctx, uint32_t off)
{
	const struct putting *p = ctx;

	return put_str(p->m, btfraw_str(p->b, off));
}

static void put_type(struct min *m, uint32_t src, uint32_t id)
{
	const struct btfraw *b = &m->st->v[src].btf;
	const struct btf_type *from = btfraw_type(b, id);
	uint8_t mark = m->parts[src].mark[id - b->first_id];
	struct btf_type *t = (void *)(m->types + m->types_len);
	uint32_t size = record_size(from, mark);
	const struct putting p = { m, b, src };

	memcpy(t, from, size);
	m->types_len += size;
	if (is_stub(from, mark)) {
		t->name_off = put_name(&p, from->name_off);
		t->info = btfraw_kind(from) << 24;
	} else {
		btfraw_rewrite(t, &p, put_id, put_name);
	}
}

static int write_out(struct min *m, struct mdesc_error *err)
{
	struct mdesc_stitched *out = m->st->out;
	uint64_t types, strs;
	uint32_t i, id;

	types = number(m, &strs);
	if (types + strs > UINT32_MAX / 2)
		return error_set(err, EFBIG, MDESC_CLASS_INPUT, "the BTF would be too large");
	out->data = calloc(1, sizeof(struct btf_header) + types + strs);
	if (!out->data)
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	m->types = (uint8_t *)out->data + sizeof(struct btf_header);
	m->strs = (char *)m->types + types;
	m->strs_len = 1;
	for (i = 0; i < m->st->n; i++) {
		const struct btfraw *b = &m->st->v[i].btf;

		for (id = b->first_id; id < b->end_id; id++)
			if (m->parts[i].mark[id - b->first_id])
				put_type(m, i, id);
	}
	btf_header_set(out->data, m->types_len, m->strs_len);
	out->size = sizeof(struct btf_header) + m->types_len + m->strs_len;
	return 0;
}

int stitch_minimum(struct stitch *st, const struct hits *hits, struct mdesc_error *err)
{
	struct min m = { .st = st };
	bool ok;
	uint32_t i;
	int rc;

	m.parts = calloc(st->n + 1, sizeof(*m.parts));
	ok = m.parts != NULL;
	for (i = 0; i < st->n && ok; i++) {
		uint32_t n = st->v[i].btf.end_id - st->v[i].btf.first_id + 1;

		m.parts[i].mark = calloc(n, sizeof(*m.parts[i].mark));
		m.parts[i].map = calloc(n, sizeof(*m.parts[i].map));
		ok = m.parts[i].mark && m.parts[i].map;
	}
	if (ok)
		rc = mark_all(&m, hits, err);
	else
		rc = error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	if (!rc)
		rc = write_out(&m, err);
	for (i = 0; i < st->n && m.parts; i++) {
		free(m.parts[i].mark);
		free(m.parts[i].map);
	}
	free(m.parts);
	free(m.todo);
	return rc;
}

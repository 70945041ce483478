/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes types of the model, gives the same types in BTF, each once: as gcc's
 * debug information, read by pahole, would have them of the generated header
 * (typedefs of linux/types.h, bit fields by kind_flag), and clang's nested
 * arrays. Everything that a type needs by value is added before it. Declaration
 * tags carry what BTF cannot say; doc/btf.md lists them.
 */
#include "btf_types.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "emit_common.h"

void btf_gen_init(struct btf_gen *g, struct mdc_ctx *ctx, const struct mdc_model *model)
{
	*g = (struct btf_gen){ .ctx = ctx, .model = model };
	atom_map_init(&g->ids, ctx->arena);
	atom_map_init(&g->arrays, ctx->arena);
	g->btf = btf__new_empty();
	if (!g->btf)
		g->err = -errno;
	else
		btf__set_endianness(g->btf, BTF_LITTLE_ENDIAN);
}

int btf_keep(struct btf_gen *g, int id)
{
	if (id >= 0)
		return id;
	if (!g->err)
		g->err = id;
	return 0;
}

static int known(const struct btf_gen *g, const void *key)
{
	return (int)(intptr_t)atom_map_get(&g->ids, (const char *)key);
}

static int remember(struct btf_gen *g, const void *key, int id)
{
	if (id > 0)
		atom_map_add(&g->ids, key, (void *)(intptr_t)id);
	return id;
}

/* ---- builtins ---- */

static int base_int_id(struct btf_gen *g, unsigned int bits, bool is_signed)
{
	static const char *const names[2][4] = {
		{ "unsigned char", "short unsigned int", "unsigned int", "long long unsigned int" },
		{ "signed char", "short int", "int", "long long int" },
	};
	int size = bits <= 8 ? 0 : bits <= 16 ? 1 : bits <= 32 ? 2 : 3;
	const char *name = atom(g->ctx->atoms, names[is_signed][size]);
	int id = known(g, name);

	if (id)
		return id;
	return remember(g, name, btf_keep(g, btf__add_int(g->btf, name, 1u << size,
							   is_signed ? BTF_INT_SIGNED : 0)));
}

/* __u32 is a typedef to unsigned int, __be32 one to __u32. */
static int int_id(struct btf_gen *g, const char *c_name, unsigned int bits, bool is_signed)
{
	const char *name = atom(g->ctx->atoms, c_name), *plain;
	int id = known(g, name), base;

	if (id)
		return id;
	plain = arena_printf(g->ctx->arena, "__%c%u", is_signed ? 's' : 'u', bits);
	if (!strcmp(plain, name))
		base = base_int_id(g, bits, is_signed);
	else
		base = int_id(g, plain, bits, is_signed);
	return remember(g, name, btf_keep(g, btf__add_typedef(g->btf, name, base)));
}

static int bool_id(struct btf_gen *g)
{
	const char *name = atom(g->ctx->atoms, "_Bool");
	int id = known(g, name);

	if (id)
		return id;
	return remember(g, name, btf_keep(g, btf__add_int(g->btf, name, 1, BTF_INT_BOOL)));
}

static int array_index_id(struct btf_gen *g)
{
	const char *name = atom(g->ctx->atoms, "__ARRAY_SIZE_TYPE__");
	int id = known(g, name);

	return id ? id : remember(g, name, btf_keep(g, btf__add_int(g->btf, name, 4, 0)));
}

int btf_array_id(struct btf_gen *g, int elem, uint32_t count)
{
	const uint32_t key[2] = { (uint32_t)elem, count };
	const char *k = atom_n(g->ctx->atoms, (const char *)key, sizeof(key));
	int id = (int)(intptr_t)atom_map_get(&g->arrays, k);

	if (!id) {
		id = btf_keep(g, btf__add_array(g->btf, array_index_id(g), elem, count));
		atom_map_add(&g->arrays, k, (void *)(intptr_t)id);
	}
	return id;
}

/* ---- tags ---- */

void btf_tag(struct btf_gen *g, int id, int idx, const char *key, const char *value)
{
	size_t nk = strlen(key), nv = value ? strlen(value) : 0;
	char *text = arena_alloc(g->ctx->arena, sizeof("mdesc:=") + nk + nv), *p = text;

	p = stpcpy(stpcpy(p, "mdesc:"), key);	/* no printf: there are many */
	if (value)
		strcpy(stpcpy(p, "="), value);
	btf_keep(g, btf__add_decl_tag(g->btf, text, id, idx));
}

static const struct mdc_type *element(const struct mdc_type *t)
{
	for (t = mdc_type_strip(t); t->kind == MDC_ARRAY; t = mdc_type_strip(t->base))
		;
	return t;
}

void btf_tag_value(struct btf_gen *g, int id, int idx, const struct mdc_type *t, const char *unit,
		   const char *doc, const char *deprecated)
{
	static const char *const orders[] = { [MDC_LE] = "le", [MDC_BE] = "be", [MDC_RAW] = "raw" };
	const struct mdc_type *e = t ? element(t) : NULL;
	const struct mdc_type *i = e && e->kind == MDC_ENUM ? e->base : e;

	if (i && i->kind == MDC_INT && orders[i->order])
		btf_tag(g, id, idx, "order", orders[i->order]);
	if (e && e->kind == MDC_ENUM && e->name)
		btf_tag(g, id, idx, "enum", e->name);
	if (e && e->kind == MDC_MAC)
		btf_tag(g, id, idx, "format", "mac");
	if (unit)
		btf_tag(g, id, idx, "unit", unit);
	if (doc)
		btf_tag(g, id, idx, "doc", doc);
	if (deprecated)
		btf_tag(g, id, idx, "deprecated", deprecated);
}

/* "2,4..5", of an arm of a tagged union. */
static const char *arm_text(struct btf_gen *g, const struct mdc_member *m)
{
	return mdc_arm_text(g->ctx->arena, m->arm, m->n_arm, m->arm_default);
}

static void tag_member(struct btf_gen *g, int id, int idx, const struct mdc_member *m)
{
	const char *arm;

	if (m->pad) {
		btf_tag(g, id, idx, m->pad == MDC_PAD_RESERVED ? "reserved" : "padding", NULL);
		return;
	}
	arm = arm_text(g, m);
	if (arm)
		btf_tag(g, id, idx, "tag", arm);
	if (m->bits)
		btf_tag(g, id, idx, "word", m->bits_struct);
	if (m->valid)
		btf_tag(g, id, idx, "valid", m->valid->text);
	btf_tag_value(g, id, idx, m->type, m->unit, m->doc, m->deprecated);
}

/* ---- types with a body ---- */

static int enum_id(struct btf_gen *g, const struct mdc_type *t)
{
	int id = btf_keep(g, btf__add_enum(g->btf, t->name, 4));
	uint32_t i;

	if (t->n_enumerators > BTF_MAX_VLEN)
		g->too_big = t->name;
	for (i = 0; i < t->n_enumerators && i < BTF_MAX_VLEN; i++)
		btf_keep(g, btf__add_enum_value(g->btf, t->enumerators[i].c_name,
						t->enumerators[i].value));
	return id;
}

/*
 * The struct of a word's bit ranges, which is never stored: bit fields over the
 * 64 bits as they are in a register after the load and, for a big-endian word,
 * a swap of all 64 bits. (The header's text says the same: header_types.c.)
 */
static int ranges_id(struct btf_gen *g, const struct mdc_member *m, const struct mdc_word_arm *arm, const char *name)
{
	const struct mdc_type *t = mdc_type_strip(m->type);
	unsigned int up = t->order == MDC_BE ? 64u - t->bits : 0;
	const struct mdc_bits **sorted = mdc_bits_ascending(g->ctx->arena, m);
	int u64 = int_id(g, "__u64", 64, false), id = btf_keep(g, btf__add_struct(g->btf, name, 8)), n = 0;
	uint32_t i;

	for (i = 0; i < m->n_bits; i++)
		if (sorted[i]->arm == arm)
			btf_keep(g, btf__add_field(g->btf, sorted[i]->name, u64, sorted[i]->lo + up,
						   sorted[i]->hi - sorted[i]->lo + 1u));
	for (i = 0; i < m->n_bits; i++) {
		const struct mdc_bits *b = sorted[i];

		if (b->arm != arm)
			continue;
		if (b->valid)
			btf_tag(g, id, n, "valid", b->valid->text);
		btf_tag_value(g, id, n++, b->enum_type, b->unit, b->doc, b->deprecated);
	}
	if (arm) {
		btf_tag(g, id, -1, "switch", arm->tag);
		btf_tag(g, id, -1, "tag", mdc_arm_text(g->ctx->arena, arm->values, arm->n_values, arm->is_default));
	}
	return id;
}

/* Where ranges depend on a tag: a union of structs, each with the ranges of one arm. */
static int switched_id(struct btf_gen *g, const struct mdc_member *m)
{
	int *ids = arena_array(g->ctx->arena, int, m->n_word_arms + 1), n = 0, u, id;

	if (mdc_arm_has_bits(m, NULL))
		ids[n++] = ranges_id(g, m, NULL, NULL);
	for (uint32_t i = 0; i < m->n_word_arms; i++)
		if (mdc_arm_has_bits(m, m->word_arms[i]))
			ids[n++] = ranges_id(g, m, m->word_arms[i], NULL);
	u = btf_keep(g, btf__add_union(g->btf, NULL, 8));
	for (int i = 0; i < n; i++)
		btf_keep(g, btf__add_field(g->btf, NULL, ids[i], 0, 0));
	id = btf_keep(g, btf__add_struct(g->btf, m->bits_struct, 8));
	btf_keep(g, btf__add_field(g->btf, NULL, u, 0, 0));
	return id;
}

static void add_word(struct btf_gen *g, const struct mdc_type *owner, const struct mdc_member *m)
{
	uint32_t i;
	int id;

	for (i = 0; i < m->n_bits; i++)
		if (m->bits[i].enum_type)
			btf_type_id(g, m->bits[i].enum_type);
	id = m->n_word_arms ? switched_id(g, m) : ranges_id(g, m, NULL, m->bits_struct);
	btf_tag(g, id, -1, "word_of", owner->name ?
		arena_printf(g->ctx->arena, "%s.%s", owner->name, m->name) : m->name);
}

/* "u64 ts = sec * 1000000000 + nsec unit ns": what can be read and has no member. */
static void tag_computed(struct btf_gen *g, int id, const struct mdc_value *v)
{
	struct arena *a = g->ctx->arena;
	const char *s = arena_printf(a, "%s %s = %s", v->type->name, v->name, v->text);

	if (v->valid && v->valid->path == v->path)
		s = arena_printf(a, "%s valid %s", s, v->valid->text);
	if (v->unit)
		s = arena_printf(a, "%s unit %s", s, v->unit);
	btf_tag(g, id, -1, v->role == MDC_ALIAS ? "alias" : "derive", s);
}

static void tag_struct(struct btf_gen *g, int id, const struct mdc_type *t)
{
	uint32_t i;

	if (t->tagged && t->tag)
		btf_tag(g, id, -1, "switch", t->tag);
	btf_tag_value(g, id, -1, NULL, NULL, t->doc, t->deprecated);
	for (i = 0; i < t->n_values; i++)
		tag_computed(g, id, t->values[i]);
	for (i = 0; i < t->n_members; i++)
		tag_member(g, id, (int)i, &t->members[i]);
}

static int struct_id(struct btf_gen *g, const struct mdc_type *t)
{
	int *types = arena_array(g->ctx->arena, int, t->n_members);
	uint32_t i;
	int id;

	if (t->n_members > BTF_MAX_VLEN) {
		g->too_big = t->name ? t->name : "an anonymous struct";
		return 0;
	}
	for (i = 0; i < t->n_members; i++) {
		types[i] = btf_type_id(g, t->members[i].type);
		if (t->members[i].bits)
			add_word(g, t, &t->members[i]);
	}
	id = btf_keep(g, t->kind == MDC_UNION ? btf__add_union(g->btf, t->name, t->size) :
		      btf__add_struct(g->btf, t->name, t->size));
	for (i = 0; i < t->n_members; i++) {
		const struct mdc_member *m = &t->members[i];

		btf_keep(g, btf__add_field(g->btf, m->name, types[i], m->bit_off,
					   m->is_bitfield ? m->bit_size : 0));
	}
	tag_struct(g, id, t);
	return id;
}

static int pointer_id(struct btf_gen *g, const struct mdc_type *to)
{
	const char *key = arena_printf(g->ctx->arena, "*%s", to->name);
	int id;

	key = atom(g->ctx->atoms, key);
	id = known(g, key);
	if (id)
		return id;
	id = btf_keep(g, btf__add_ptr(g->btf, 0));
	*vec_push(g->ctx->arena, &g->pending) = (struct btf_pending){ id, to };
	return remember(g, key, id);
}

int btf_type_id(struct btf_gen *g, const struct mdc_type *t)
{
	int id = 0, base;

	switch (t->kind) {
	case MDC_INT:
		id = known(g, t);
		return id ? id : remember(g, t, int_id(g, t->c_name, t->bits, t->is_signed));
	case MDC_BOOL:
		return bool_id(g);
	case MDC_MAC:
		return btf_array_id(g, int_id(g, "__u8", 8, false), t->size);
	case MDC_ARRAY:
		return btf_array_id(g, btf_type_id(g, t->base), t->count);
	case MDC_PTR:
		return pointer_id(g, t->base);
	case MDC_ENUM:		/* a member of an enum is one of its base; the enum stands beside it */
		if (!known(g, t))
			remember(g, t, enum_id(g, t));
		return btf_type_id(g, t->base);
	case MDC_STRUCT:
	case MDC_UNION:
		id = known(g, t);
		return id ? id : remember(g, t, struct_id(g, t));
	case MDC_TYPEDEF:
		id = known(g, t);
		if (id)
			return id;
		base = btf_type_id(g, t->base);
		id = remember(g, t, btf_keep(g, btf__add_typedef(g->btf, t->name, base)));
		btf_tag_value(g, id, -1, t->base, NULL, t->doc, t->deprecated);
		return id;
	}
	return id;
}

void btf_finish_pointers(struct btf_gen *g)
{
	size_t i;

	for (i = 0; i < g->pending.n && !g->err; i++) {
		struct btf_type *p = (struct btf_type *)btf__type_by_id(g->btf,
								       (uint32_t)g->pending.p[i].id);

		p->type = (uint32_t)btf_type_id(g, g->pending.p[i].to);
	}
}

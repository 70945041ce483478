/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Types by their names without flavour: takes a checked BTF, gives an index that
 * is made once and asked for every relocation. Candidates come in the order of
 * their ids, as libbpf meets them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "image.h"

static uint32_t hash_name(const char *name, uint32_t len)
{
	uint32_t h = 2166136261u, i;

	for (i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 16777619u;
	return h ^ h >> 15;
}

/* Kinds that a relocation can begin with have names that mean something; members are not types. */
static bool is_candidate(const struct btfraw *b, const struct btf_type *t)
{
	uint32_t kind = btfraw_kind(t);

	return kind != BTF_KIND_DECL_TAG && kind != BTF_KIND_VAR && kind != BTF_KIND_DATASEC &&
	       *btfraw_str(b, t->name_off);
}

/* As libbpf guesses it: what has a `long' has pointers of its size. */
static uint32_t pointer_size(const struct btfraw *b)
{
	static const char *const names[] = {
		"long", "long int", "int long", "unsigned long", "long unsigned", "unsigned long int",
		"unsigned int long", "long unsigned int", "long int unsigned", "int unsigned long",
		"int long unsigned",
	};
	uint32_t id, i;

	for (id = 1; id < b->end_id; id++) {
		const struct btf_type *t = btfraw_type(b, id);

		if (btfraw_kind(t) != BTF_KIND_INT || (t->size != 4 && t->size != 8))
			continue;
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (!strcmp(btfraw_str(b, t->name_off), names[i]))
				return t->size;
	}
	return 8;
}

int core_index_open(struct core_index *x, struct btfraw *b, struct mdesc_error *err)
{
	uint32_t size = 64, id;

	memset(x, 0, sizeof(*x));
	x->b = b;
	b->ptr_size = pointer_size(b);
	while (size < b->end_id && size < 1u << 28)
		size *= 2;
	x->mask = size - 1;
	x->heads = calloc(size, sizeof(*x->heads));
	x->next = calloc(b->end_id, sizeof(*x->next));
	if (!x->heads || !x->next) {
		core_index_close(x);
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	}
	/* From the last on, each in front: the lists ascend. */
	for (id = b->end_id; id-- > 1;) {
		const struct btf_type *t = btfraw_type(b, id);
		const char *name = btfraw_str(b, t->name_off);
		uint32_t *head;

		if (!is_candidate(b, t))
			continue;
		head = &x->heads[hash_name(name, core_essential_len(name)) & x->mask];
		x->next[id] = *head;
		*head = id;
	}
	return 0;
}

void core_index_close(struct core_index *x)
{
	free(x->heads);
	free(x->next);
	memset(x, 0, sizeof(*x));
}

uint32_t core_index_find(const struct core_index *x, const char *name, uint32_t len, uint32_t after)
{
	uint32_t id = after ? x->next[after] : x->heads[hash_name(name, len) & x->mask];

	for (; id; id = x->next[id]) {
		const char *own = btfraw_str(x->b, btfraw_type(x->b, id)->name_off);

		if (!strncmp(own, name, len) && core_essential_len(own) == len)
			return id;
	}
	return 0;
}

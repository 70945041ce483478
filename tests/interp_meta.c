/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What must hold of metadata, whatever parser wrote it: states wrote only arms
 * that the tags say are there, and a first word that tells the layout tells this
 * one. And of a chain: reading its first word nibble by nibble, as a driver does,
 * finds the items where the layouts of its combinations have them.
 */
#include "interp.h"

#include <stdio.h>
#include <string.h>

#include "ast.h"

/* ---- arms ---- */

static uint64_t tag_value(const struct interp_result *r, const struct mdc_leaf *tag)
{
	bool be = tag->order == MDC_BE || tag->order == MDC_RAW;
	uint64_t v = 0;

	for (uint32_t i = tag->width; i-- > 0;) {
		uint32_t bit = tag->shift + i;
		uint32_t byte = be ? tag->bytes - 1 - bit / 8 : bit / 8;

		v = v << 1 | (r->meta[tag->offset + byte] >> bit % 8 & 1);
	}
	return v;
}

/* Is it in an arm whose tag is computed? Nobody promises that one, so what shares its bits may be written over it. */
static bool below_computed(const struct mdc_cond *c)
{
	for (; c; c = c->parent)
		if (c->tag_value)
			return true;
	return false;
}

/* Those whose tags are plain fields; nobody promises the others. */
static bool arm_there(const struct interp_result *r, const struct mdc_cond *c)
{
	for (; c; c = c->parent) {
		uint64_t tag;
		bool listed = false;

		if (c->tag_value || below_computed(r->layout->leaves[c->tag_leaf].cond))
			continue;
		tag = tag_value(r, &r->layout->leaves[c->tag_leaf]);
		for (uint32_t i = 0; i < c->n_values; i++)
			listed |= c->values[i].lo <= tag && tag <= c->values[i].hi;
		if (listed == c->negate)
			return false;
	}
	return true;
}

const char *interp_meta_wrong(const struct interp_result *r)
{
	const struct mdc_layout *l = r->layout;
	uint32_t word;

	if (!l || !r->meta_size)
		return NULL;
	for (uint32_t i = 0; i < l->n_leaves; i++)
		if (r->by_state[i / 8] >> i % 8 & 1 && !arm_there(r, l->leaves[i].cond))
			return l->leaves[i].path;
	word = (uint32_t)r->meta[0] << 24 | r->meta[1] << 16 | r->meta[2] << 8 | r->meta[3];
	return l->id_first && (word & ~l->id_any) != l->id ? "the first word" : NULL;
}

/* ---- chains ---- */

/* -1: no plain number. */
static int item_type(const struct ast_member *m)
{
	const struct ast *value = ((const struct ast_pattern *)m->arm_values)->a;

	return value && value->kind == AST_INT ? (int)((const struct ast_int *)value)->value : -1;
}

static const struct ast_member *item_of(const struct ast_chain *chain, int type)
{
	for (const struct ast *i = chain->items; i; i = i->next)
		if (i->kind != AST_COMBOS && item_type((const struct ast_member *)i) == type)
			return (const struct ast_member *)i;
	return NULL;
}

static bool has_range(const struct mdc_member *word, const char *name, unsigned bit)
{
	for (uint32_t i = 0; i < word->n_bits; i++)
		if (!strcmp(word->bits[i].name, name) && word->bits[i].lo == bit && word->bits[i].hi == bit + 3)
			return true;
	return false;
}

/* Follows the word from its lowest nibble. Are the members just what it tells, without gaps? */
static bool follow(const struct ast_chain *chain, const struct mdc_layout *l)
{
	const struct mdc_type *t = l->type;
	uint32_t member = 1, at = 4, any = 0;

	for (unsigned bit = 0; bit < 32 && (l->id >> bit & 15); bit += 4) {
		const struct ast_member *item = item_of(chain, l->id >> bit & 15);
		const struct mdc_member *m = member < t->n_members ? &t->members[member++] : NULL;

		if (!item || !m || strcmp(m->name, item->name.s) || m->bit_off != at * 8 || m->bit_size % 8)
			return false;
		at += m->bit_size / 8;
		if (!item->attrs->takes)
			continue;
		bit += 4;
		any |= 15u << bit;
		if (bit >= 32 || !has_range(&t->members[0], item->attrs->takes->name.s, bit))
			return false;
	}
	return l->id_first && member == t->n_members && at == l->size && any == l->id_any;
}

static const struct mdc_layout *layout_of(const struct mdc_model *m, const struct ast_chain *chain,
					  const struct ast_combo *combo)
{
	char name[4096];
	size_t n = (size_t)snprintf(name, sizeof(name), "%s", combo->name.s ? combo->name.s : chain->name.s);

	for (const struct ast *i = combo->items; i && !combo->name.s && n < sizeof(name); i = i->next)
		n += (size_t)snprintf(name + n, sizeof(name) - n, "_%s", ((const struct ast_ident *)i)->s);
	for (uint32_t i = 0; i < m->n_metadata; i++)
		if (!strcmp(m->layouts[i]->name, name))
			return m->layouts[i];
	return NULL;
}

static bool chain_ok(const struct mdc_model *m, const struct ast_chain *chain, struct loc *where)
{
	for (const struct ast *i = chain->items; i; i = i->next)
		if (i->kind != AST_COMBOS && item_type((const struct ast_member *)i) < 0)
			return true;
	for (const struct ast *i = chain->items; i; i = i->next) {
		if (i->kind != AST_COMBOS)
			continue;
		for (const struct ast *k = ((const struct ast_combos *)i)->list; k; k = k->next) {
			const struct mdc_layout *l = layout_of(m, chain, (const struct ast_combo *)k);

			*where = k->loc;
			if (!l || !follow(chain, l))
				return false;
		}
	}
	return true;
}

bool interp_chains_ok(const struct ast_file *ast, const struct mdc_model *m, struct loc *where)
{
	for (const struct ast *i = ast->items; i; i = i->next)
		if (i->kind == AST_CHAIN && !chain_ok(m, (const struct ast_chain *)i, where))
			return false;
	return true;
}

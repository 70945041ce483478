/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What rows say of the header that they extract, in a raw table: takes the target's
 * lines `record HEADER FIELD VALUE ...`, finds the fields among the table's results
 * and the values among their enumerators, and gives them to rows. A line that names
 * an instance counts for it alone, one that names a header for all others of it.
 */
#include "lower.h"

static const struct mdc_bfield *result_named(const struct lower *l, const char *name, const struct mdc_bits_struct **of)
{
	for (uint32_t i = 0; i < l->t->n_results; i++)
		for (uint32_t k = 0; k < l->t->results[i]->n_fields; k++)
			if (!strcmp(l->t->results[i]->fields[k].name, name)) {
				*of = l->t->results[i];
				return &l->t->results[i]->fields[k];
			}
	return NULL;
}

static bool unknown_field(struct lower *l, const struct mdc_target_record *r)
{
	const char **names;
	uint32_t n = 0, all = 0;
	struct diag *d = diag(l->ctx, CHK_unknown_name, r->loc, "the result of table '%s' has no field '%s'",
			      l->t->name, r->field);

	diag_label(d, l->t->loc, "declared here");
	for (uint32_t i = 0; i < l->t->n_results; i++)
		all += l->t->results[i]->n_fields;
	names = arena_array(l->ctx->arena, const char *, all + 1);
	for (uint32_t i = 0; i < l->t->n_results; i++)
		for (uint32_t k = 0; k < l->t->results[i]->n_fields; k++)
			names[n++] = l->t->results[i]->fields[k].name;
	diag_near(l->ctx, d, r->field, nearest_name(r->field, names, n));
	return false;
}

static bool unknown_value(struct lower *l, const struct mdc_target_record *r, const struct mdc_bfield *f)
{
	uint32_t n = f->enum_type ? f->enum_type->n_enumerators : 0;
	const char **names = arena_array(l->ctx->arena, const char *, n + 1);
	struct diag *d = diag(l->ctx, CHK_unknown_name, r->loc, "field '%s' has no value '%s'", r->field, r->name);

	diag_label(d, f->loc, "declared here");
	for (uint32_t i = 0; i < n; i++)
		names[i] = f->enum_type->enumerators[i].name;
	diag_near(l->ctx, d, r->name, nearest_name(r->name, names, n));
	return false;
}

static bool value_of(struct lower *l, const struct mdc_target_record *r, const struct mdc_bfield *f, uint64_t *v)
{
	const struct mdc_type *e = r->name ? f->enum_type : NULL;

	for (uint32_t i = 0; e && i < e->n_enumerators; i++)
		if (!strcmp(e->enumerators[i].name, r->name)) {
			*v = (uint64_t)e->enumerators[i].value;
			return true;
		}
	*v = r->value;
	return r->is_number || unknown_value(l, r, f);
}

static bool header_there(struct lower *l, const struct mdc_target_record *r)
{
	const struct mdc_parser *p = &l->m->parser;
	const char **names = arena_array(l->ctx->arena, const char *, 2 * p->n_instances + 1);
	uint32_t n = 0;
	struct diag *d;

	for (uint32_t i = 0; i < p->n_instances; i++) {
		if (p->instances[i]->kind != MDC_I_HEADER)
			continue;
		names[n++] = p->instances[i]->name;
		names[n++] = p->instances[i]->header->name;
		if (!strcmp(names[n - 1], r->header) || !strcmp(names[n - 2], r->header))
			return true;
	}
	d = diag(l->ctx, CHK_unknown_name, r->header_loc, "the parser extracts no header '%s'", r->header);
	diag_near(l->ctx, d, r->header, nearest_name(r->header, names, n));
	return false;
}

bool lw_check_records(struct lower *l)
{
	bool ok = true;

	for (uint32_t i = 0; i < l->m->target.n_records; i++) {
		const struct mdc_target_record *r = &l->m->target.records[i];
		const struct mdc_bits_struct *of = NULL;
		const struct mdc_bfield *f = result_named(l, r->field, &of);
		struct diag *d;
		uint64_t v;

		if (!header_there(l, r) || (!f && !unknown_field(l, r)) || !value_of(l, r, f, &v)) {
			ok = false;
		} else if (v > lw_ones(f->bits)) {
			d = diag(l->ctx, CHK_range, r->loc, "field '%s' has %u bit%s, and this is %llu", f->name,
				 f->bits, f->bits == 1 ? "" : "s", (unsigned long long)v);
			diag_label(d, f->loc, "declared here");
			ok = false;
		}
	}
	return ok;
}

bool lw_give_record(struct lower *l, uint32_t header, bool *said)
{
	const struct mdc_instance *n = l->m->parser.instances[header];
	const struct mdc_target *g = &l->m->target;
	const char *by = n->header->name;
	bool ok = true;

	*said = false;
	for (uint32_t i = 0; i < g->n_records; i++)
		if (!strcmp(g->records[i].header, n->name))
			by = n->name;
	for (uint32_t i = 0; i < g->n_records && ok; i++) {
		const struct mdc_bits_struct *of = NULL;
		const struct mdc_bfield *f = result_named(l, g->records[i].field, &of);
		uint64_t v;

		if (strcmp(g->records[i].header, by) || !value_of(l, &g->records[i], f, &v))
			continue;
		*said = true;
		ok = lw_give(l, of, f, f->is_signed && f->bits < 64 && v >> (f->bits - 1) ?
			     (int64_t)(v | ~lw_ones(f->bits)) : (int64_t)v, UINT64_MAX);
	}
	return ok;
}

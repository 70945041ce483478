/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes a layout, gives what is computed from its fields as text: aliases,
 * derived values and conditions, in the order in which they can be computed.
 */
#include "dump.h"

#include <inttypes.h>

static void dump_pieces(struct dump *d, const struct mdc_layout *l, const struct mdc_v *x)
{
	for (uint32_t i = 0; i < x->n_list; i++) {
		const struct mdc_leaf *f = &l->leaves[x->list[i]->leaf];

		out_printf(d->out, "%s %s", i ? "," : " pieces", f->path);
		if (f->count > 1)
			out_printf(d->out, "[%" PRIu32 "]", x->list[i]->elem);
		out_printf(d->out, " +%u", f->width);
	}
}

void dump_values(struct dump *d, const struct mdc_layout *l)
{
	static const char *const roles[] = {
		[MDC_ALIAS] = "alias", [MDC_DERIVE] = "derive", [MDC_VALID] = "valid", [MDC_TAG] = "tag",
	};

	for (uint32_t i = 0; i < l->n_values; i++) {
		const struct mdc_value *v = l->values[i];

		dump_doc(d, 1, v->doc);
		out_printf(d->out, "  %s %" PRIu32 " %s", roles[v->role], v->idx, v->path);
		if (v->type)
			out_printf(d->out, " %s width %u%s", v->type->name, v->width, v->is_signed ? " signed" : "");
		if (v->role == MDC_ALIAS) {
			out_printf(d->out, " %s", dump_order(v->order));
			dump_pieces(d, l, v->x);
		} else {
			out_printf(d->out, " = %s", v->text);
		}
		if (v->enum_type)
			out_printf(d->out, " enum %s", v->enum_type->name);
		if (v->cond)
			out_printf(d->out, " cond %" PRIu32, v->cond->idx);
		if (v->valid)
			out_printf(d->out, " valid %" PRIu32, v->valid->idx);
		dump_attributes(d, v->unit, v->deprecated);
		out_puts(d->out, "\n");
	}
}

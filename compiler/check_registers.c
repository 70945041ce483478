/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Finds registers and flags that nothing reads, those that are read while nothing
 * sets them, and counters in which no state counts. Only reads.
 */
#include "arena.h"
#include "check.h"
#include "describe.h"

struct uses { bool *read, *set; };

static void read_by(struct uses *u, const struct mdc_x *x)
{
	for (; x; x = x->a) {
		if (x->kind == MDC_X_REGISTER)
			u->read[x->reg->idx] = true;
		if (x->b)
			read_by(u, x->b);
	}
}

static void used_by_state(struct uses *u, const struct mdc_state *s)
{
	if (s->counter)
		u->set[s->counter->idx] = true;
	for (uint32_t k = 0; k < s->n_writes; k++)
		read_by(u, s->writes[k].x);
	for (uint32_t k = 0; k < s->n_keys; k++)
		if (s->keys[k].reg)
			u->read[s->keys[k].reg->idx] = true;
	for (uint32_t k = 0; k < s->n_sets; k++) {
		read_by(u, s->sets[k].x);
		u->set[s->sets[k].reg->idx] = true;
	}
}

void check_unused_registers(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	const struct mdc_parser *p = &m->parser;
	struct uses u = {
		arena_array(ctx->arena, bool, p->n_registers + 1), arena_array(ctx->arena, bool, p->n_registers + 1),
	};

	if (diag_errors(ctx))	/* what uses it may be among what was refused */
		return;
	for (uint32_t i = 0; i < m->n_layouts; i++)
		for (uint32_t k = 0; k < m->layouts[i]->n_rules; k++)
			read_by(&u, m->layouts[i]->rules[k].x);
	for (uint32_t i = 0; i < p->n_classes; i++)
		for (uint32_t k = 0; k < p->classes[i]->n_keys; k++)
			read_by(&u, p->classes[i]->keys[k].x);
	for (uint32_t i = 0; i < p->n_states; i++)
		used_by_state(&u, p->states[i]);
	for (uint32_t i = 0; i < p->n_registers; i++) {
		const struct mdc_register *reg = p->registers[i];
		const char *kind = describe_register(reg);

		if (reg->kind == MDC_COUNTER && !u.set[i])
			diag_note(diag(ctx, CHK_unused_register, reg->loc, "no state counts in '%s'", reg->name),
				  "`state NAME counts %s {`", reg->name);
		else if (reg->kind == MDC_COUNTER)
			continue;
		else if (!u.read[i])
			diag_note(diag(ctx, CHK_unused_register, reg->loc, "nothing reads %s '%s'", kind, reg->name),
				  "select on it, or write it to a field: `TYPE NAME = %s;`", reg->name);
		else if (!u.set[i])
			diag_note(diag(ctx, CHK_unused_register, reg->loc, "no state sets %s '%s': it is always 0",
				       kind, reg->name), "set it in a state: `%s = 1;`", reg->name);
	}
}

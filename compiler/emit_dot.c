/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The parse graph for graphviz: takes the model, gives a node for each state
 * (what it extracts, what it selects on) and each way to stop, and an edge for
 * each way from a state to another, labelled with the arms that take it. Loops
 * show their max; what lies beyond it is a dashed edge. Unreachable states are
 * grey.
 */
#include "describe.h"
#include "out.h"

#define LABEL_ARMS 8	/* arms that an edge's label lists before it says how many more there are */

/* The arms of a state that go to one place. */
struct edge {
	const struct mdc_next *next;
	VEC(const struct mdc_arm *) arms;
};

struct drawing {
	struct arena *arena;
	const struct mdc_parser *p;
	struct out *out;
	VEC(struct edge) edges;		/* of the state at hand */
	uint32_t *edge_to;		/* by state: index + 1 in edges, of the state at hand */
	VEC(uint16_t) codes;		/* of the reject nodes */
	bool accepts, drops;
};

/* Text in a quoted string of dot: no escape of it has a meaning. */
static void put_quoted(struct out *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			out_puts(out, "\\");
		out_write(out, s, 1);
	}
}

static void put_node(struct drawing *d, const struct mdc_next *n)
{
	switch (n->to) {
	case MDC_TO_STATE:
		out_printf(d->out, "s%u", n->state);
		break;
	case MDC_TO_ACCEPT:
		d->accepts = true;
		out_puts(d->out, "accept");
		break;
	case MDC_TO_DROP:
		d->drops = true;
		out_puts(d->out, "drop");
		break;
	case MDC_TO_REJECT:
		out_printf(d->out, "reject%u", n->code);
		for (size_t i = 0; i < d->codes.n; i++) {
			if (d->codes.p[i] == n->code)
				return;
		}
		*vec_push(d->arena, &d->codes) = n->code;
		break;
	}
}

/* ---- a state ---- */

static void put_select(struct drawing *d, const struct mdc_state *s)
{
	out_puts(d->out, "select (");
	for (uint32_t i = 0; i < s->n_keys; i++) {
		out_puts(d->out, i ? ", " : "");
		put_quoted(d->out, describe_key(d->arena, &s->keys[i]));
	}
	out_puts(d->out, ")\\l");
}

static void put_state(struct drawing *d, const struct mdc_state *s)
{
	out_printf(d->out, "\ts%u [label=\"", s->idx);
	put_quoted(d->out, s->name);
	if (s->counter)
		out_printf(d->out, " counts %s", s->counter->name);
	else if (s->max)
		out_printf(d->out, " max %u", s->max);
	if (s->n_extracts || s->set_layout || s->n_writes || s->n_sets || s->n_keys)
		out_puts(d->out, "\\n");
	for (uint32_t i = 0; i < s->n_extracts; i++) {
		const struct mdc_instance *inst = s->extracts[i];

		if (inst->kind != MDC_I_HEADER) {
			put_quoted(d->out, describe_move(d->arena, inst));
			out_puts(d->out, "\\l");
			continue;
		}
		out_puts(d->out, "extract ");
		put_quoted(d->out, inst->header->name);
		if (inst->header->name != inst->name) {
			out_puts(d->out, " as ");
			put_quoted(d->out, inst->name);
			out_puts(d->out, inst->capacity ? "[]" : "");
		}
		out_puts(d->out, "\\l");
	}
	if (s->set_layout) {
		out_puts(d->out, "layout = ");
		put_quoted(d->out, s->set_layout->name);
		out_puts(d->out, "\\l");
	}
	if (s->n_writes)
		out_printf(d->out, "%u write%s\\l", s->n_writes, s->n_writes == 1 ? "" : "s");
	for (uint32_t i = 0; i < s->n_sets; i++) {
		out_puts(d->out, "set ");
		put_quoted(d->out, describe_set(d->arena, &s->sets[i]));
		out_puts(d->out, "\\l");
	}
	if (s->n_keys)
		put_select(d, s);
	out_printf(d->out, "\"%s];\n", s->reachable ? "" : " color=gray fontcolor=gray");
}

/* ---- its edges ---- */

static struct edge *find_edge(struct drawing *d, const struct mdc_next *n)
{
	if (n->to == MDC_TO_STATE)
		return d->edge_to[n->state] ? &d->edges.p[d->edge_to[n->state] - 1] : NULL;
	for (size_t i = 0; i < d->edges.n; i++) {
		const struct mdc_next *e = d->edges.p[i].next;

		if (e->to == n->to && (n->to != MDC_TO_REJECT || e->code == n->code))
			return &d->edges.p[i];
	}
	return NULL;
}

static void collect_edges(struct drawing *d, const struct mdc_state *s)
{
	for (uint32_t i = 0; i < s->n_arms; i++) {
		const struct mdc_next *n = &s->arms[i].next;
		struct edge *e = find_edge(d, n);

		if (!e) {
			e = vec_push(d->arena, &d->edges);
			*e = (struct edge){ .next = n };
			if (n->to == MDC_TO_STATE)
				d->edge_to[n->state] = (uint32_t)d->edges.n;
		}
		*vec_push(d->arena, &e->arms) = &s->arms[i];
	}
}

/* What a transition does to the cursor: " (leave)", " (within tcp)", or "". */
static const char *jump(struct drawing *d, const struct mdc_next *n)
{
	if (n->within)
		return arena_printf(d->arena, " (within %s)", describe_elem(d->arena, n->within, n->within_elem));
	return n->leave ? " (leave)" : "";
}

static void put_edge(struct drawing *d, const struct mdc_state *s, const struct edge *e)
{
	out_printf(d->out, "\ts%u -> ", s->idx);
	put_node(d, e->next);
	if (s->n_keys || *jump(d, e->next)) {
		out_puts(d->out, " [label=\"");
		for (size_t i = 0; i < e->arms.n && i < LABEL_ARMS; i++) {
			out_puts(d->out, i ? "\\n" : "");
			put_quoted(d->out, arena_printf(d->arena, "%s%s", describe_arm(d->arena, s, e->arms.p[i]),
							jump(d, &e->arms.p[i]->next)));
		}
		if (e->arms.n > LABEL_ARMS)
			out_printf(d->out, "\\n%zu more", e->arms.n - LABEL_ARMS);
		out_puts(d->out, "\"]");
	}
	out_puts(d->out, ";\n");
}

static void put_edges(struct drawing *d, const struct mdc_state *s)
{
	collect_edges(d, s);
	for (size_t i = 0; i < d->edges.n; i++)
		put_edge(d, s, &d->edges.p[i]);
	for (size_t i = 0; i < d->edges.n; i++) {
		if (d->edges.p[i].next->to == MDC_TO_STATE)
			d->edge_to[d->edges.p[i].next->state] = 0;
	}
	d->edges.n = 0;
	if (s->max) {
		out_printf(d->out, "\ts%u -> ", s->idx);
		put_node(d, &s->otherwise);
		out_printf(d->out, " [style=dashed label=\"beyond %u%s\"];\n", s->max, jump(d, &s->otherwise));
	}
}

/* ---- all ---- */

static void put_ends(struct drawing *d)
{
	if (d->accepts)
		out_puts(d->out, "\taccept [shape=oval style=bold];\n");
	if (d->drops)
		out_puts(d->out, "\tdrop [shape=oval];\n");
	for (size_t i = 0; i < d->codes.n; i++)
		out_printf(d->out, "\treject%u [shape=oval label=\"reject %s\"];\n", d->codes.p[i],
			   describe_code(d->arena, d->p, d->codes.p[i]));
}

int mdc_emit_dot(struct mdc_ctx *ctx, const struct mdc_model *model, const struct mdc_rows *rows,
		 struct out *out)
{
	struct drawing d = { .arena = ctx->arena, .p = &model->parser, .out = out };

	(void)rows;
	out_puts(out, "digraph \"");
	put_quoted(out, d.p->name ? d.p->name : "no parser");
	out_puts(out, "\" {\n\tnode [shape=box fontname=monospace];\n\tedge [fontname=monospace];\n");
	d.edge_to = arena_array(ctx->arena, uint32_t, d.p->n_states + 1);
	if (d.p->n_states)
		out_puts(out, "\tstart [shape=point];\n\tstart -> s0;\n");
	for (uint32_t i = 0; i < d.p->n_states; i++) {
		put_state(&d, d.p->states[i]);
		put_edges(&d, d.p->states[i]);
	}
	put_ends(&d);
	out_puts(out, "}\n");
	return 0;
}

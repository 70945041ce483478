/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The parse graph as inline SVG: a box for each state, with what it extracts, what
 * it selects on and the arms that end there (accept, reject, drop), and an arc for
 * each way from state to state, with the values that take it. html_layered.c finds
 * the places.
 */
#include "html.h"

#include <inttypes.h>

#include "html_layered.h"

enum {
	STATES_MAX = 160, ARCS_MAX = 800,	/* beyond these nobody reads a picture */
	LINE = 15, CHAR = 7, PAD = 9,
	ARMS = 4,				/* on a label, before it says how many more there are */
	LETTERS = 34,				/* of a line, before it is cut */
};

struct line {
	const char *text;
	const char *class;		/* of the page's style */
};

struct box {
	VEC(struct line) lines;
	int32_t w, h;			/* without the loop beside it */
	VEC(const char *) loop;		/* arms that lead back into the state itself */
};

struct arc {
	uint32_t from, to;
	VEC(const char *) labels;
	bool beyond;			/* taken only beyond `max` */
	bool plain;			/* without a select */
};

struct graph {
	struct html *h;
	const struct mdc_parser *p;
	struct box *boxes;
	VEC(struct arc) arcs;
	struct layered lay;
};

/* ---- text ---- */

static uint32_t letters(const char *s)
{
	uint32_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static const char *cut(struct graph *g, const char *s)
{
	const char *c = s;

	if (letters(s) <= LETTERS)
		return s;
	for (uint32_t n = 0; n < LETTERS - 1; c++)
		n += (c[1] & 0xc0) != 0x80;
	return arena_printf(g->h->a, "%.*s…", (int)(c - s), s);
}

/* An arm as it is written, with the value where a name stands for one. */
static const char *arm_text(struct graph *g, const struct mdc_state *s, const struct mdc_arm *a)
{
	const char *written = html_source(g->h, a->loc), *value = html_arm_value(g->h, s, a);
	bool name = (*written >= 'a' && *written <= 'z') || (*written >= 'A' && *written <= 'Z');

	if (a->is_default)
		return "default";
	if (name && s->n_keys == 1 && letters(written) + letters(value) + 3 <= LETTERS)
		return arena_printf(g->h->a, "%s = %s", written, value);
	return cut(g, written);
}

static const char *end_text(struct graph *g, const struct mdc_next *n)
{
	return n->to == MDC_TO_REJECT ? arena_printf(g->h->a, "reject %s",
						     describe_code(g->h->a, &g->h->m->parser, n->code)) :
	       n->to == MDC_TO_DROP ? "drop" : "accept";
}

/* ---- what there is to draw ---- */

static void add_line(struct graph *g, struct box *b, const char *text, const char *class)
{
	*vec_push(g->h->a, &b->lines) = (struct line){ cut(g, text), class };
}

static struct arc *arc_to(struct graph *g, uint32_t from, uint32_t to, size_t first)
{
	struct arc *a;

	for (size_t i = first; i < g->arcs.n; i++)
		if (g->arcs.p[i].to == to)
			return &g->arcs.p[i];
	a = vec_push(g->h->a, &g->arcs);
	*a = (struct arc){ .from = from, .to = to };
	return a;
}

static void add_way(struct graph *g, const struct mdc_state *s, const struct mdc_next *n, const char *label,
		    bool beyond, size_t first)
{
	struct box *b = &g->boxes[s->idx];
	struct arc *a;

	if (n->within)
		label = arena_printf(g->h->a, "%s%swithin %s", label ? label : "", label ? ", " : "",
				     describe_elem(g->h->a, n->within, n->within_elem));
	if (n->leave)
		label = arena_printf(g->h->a, "%s%sleave", label ? label : "", label ? ", " : "");
	if (n->to != MDC_TO_STATE) {
		add_line(g, b, label ? arena_printf(g->h->a, "%s → %s", label, end_text(g, n)) :
			 arena_printf(g->h->a, "→ %s", end_text(g, n)), n->to == MDC_TO_ACCEPT ? "se" : "sr");
	} else if (n->state == s->idx) {
		*vec_push(g->h->a, &b->loop) = label ? label : "";
	} else {
		a = arc_to(g, s->idx, n->state, first);
		a->beyond = beyond && !a->labels.n;
		if (label)
			*vec_push(g->h->a, &a->labels) = label;
	}
}

static void add_extracts(struct graph *g, const struct mdc_state *s, struct box *b)
{
	for (uint32_t i = 0; i < s->n_extracts; i++) {
		const struct mdc_instance *n = s->extracts[i];

		if (n->kind != MDC_I_HEADER) {
			add_line(g, b, describe_move(g->h->a, n), "sl");
			continue;
		}
		add_line(g, b, n->name == n->header->name ? arena_printf(g->h->a, "extract %s%s", n->name,
									 n->capacity ? "[]" : "") :
			 arena_printf(g->h->a, "extract %s as %s%s", n->header->name, n->name,
				      n->capacity ? "[]" : ""), "sl");
	}
}

static void add_state(struct graph *g, const struct mdc_state *s)
{
	struct box *b = &g->boxes[s->idx];
	size_t first = g->arcs.n;

	add_line(g, b, s->start_by ? "(start)" : s->counter ? arena_printf(g->h->a, "%s, counted by %s",
		s->name, s->counter->name) :
		 s->max ? arena_printf(g->h->a, "%s, %u times", s->name, s->max) : s->name, "sn");
	add_extracts(g, s, b);
	if (s->n_writes)
		add_line(g, b, arena_printf(g->h->a, "%" PRIu32 " write%s", s->n_writes, s->n_writes == 1 ? "" : "s"),
			 "sl");
	for (uint32_t i = 0; i < s->n_sets; i++)
		add_line(g, b, arena_printf(g->h->a, "set %s", describe_set(g->h->a, &s->sets[i])), "sl");
	for (uint32_t i = 0; i < s->n_keys; i++)
		add_line(g, b, arena_printf(g->h->a, "%s %s", i ? "  " : "on", describe_key(g->h->a, &s->keys[i])),
			 "sl");
	for (uint32_t i = 0; i < s->n_arms; i++)
		add_way(g, s, &s->arms[i].next, s->n_keys ? arm_text(g, s, &s->arms[i]) : NULL, false, first);
	if (s->max)
		add_way(g, s, &s->otherwise, arena_printf(g->h->a, "beyond %u", s->max), true, first);
}

/* ---- sizes ---- */

static uint32_t shown(size_t n)
{
	return n > ARMS + 1 ? ARMS + 1 : (uint32_t)n;
}

static const char *label_line(struct graph *g, const char *const *labels, size_t n, uint32_t i)
{
	if (n > ARMS + 1 && i == ARMS)
		return arena_printf(g->h->a, "and %zu more", n - ARMS);
	return labels[i];
}

static int32_t label_width(struct graph *g, const char *const *labels, size_t n)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < shown(n); i++)
		most = letters(label_line(g, labels, n, i)) > most ? letters(label_line(g, labels, n, i)) : most;
	return most ? (int32_t)most * CHAR + 8 : 0;
}

static void measure(struct graph *g)
{
	g->lay.n_nodes = g->p->n_states;
	g->lay.nodes = arena_array(g->h->a, struct lay_node, g->lay.n_nodes);
	for (uint32_t i = 0; i < g->lay.n_nodes; i++) {
		struct box *b = &g->boxes[i];
		uint32_t most = 8;

		for (size_t k = 0; k < b->lines.n; k++)
			most = letters(b->lines.p[k].text) > most ? letters(b->lines.p[k].text) : most;
		b->w = (int32_t)most * CHAR + 2 * PAD;
		b->h = (int32_t)b->lines.n * LINE + 2 * PAD - 2;
		if (b->loop.n && b->h < (int32_t)shown(b->loop.n) * LINE + 24)
			b->h = (int32_t)shown(b->loop.n) * LINE + 24;
		g->lay.nodes[i].h = b->h;
		g->lay.nodes[i].w = b->w + (b->loop.n ? 2 * (label_width(g, b->loop.p, b->loop.n) + 34) : 0);
	}
	g->lay.n_edges = (uint32_t)g->arcs.n;
	g->lay.edges = arena_array(g->h->a, struct lay_edge, g->lay.n_edges);
	for (uint32_t i = 0; i < g->lay.n_edges; i++) {
		const struct arc *a = &g->arcs.p[i];

		g->lay.edges[i] = (struct lay_edge){ .from = a->from, .to = a->to,
			.w = label_width(g, a->labels.p, a->labels.n), .h = (int32_t)shown(a->labels.n) * LINE };
	}
}

/* ---- drawing ---- */

static void draw_label(struct graph *g, const char *const *labels, size_t n, int32_t x, int32_t y, int32_t w)
{
	if (!n)
		return;
	html_printf(g->h, "<rect class=lb x=%d y=%d width=%d height=%d />", x, y, w, (int)shown(n) * LINE);
	for (uint32_t i = 0; i < shown(n); i++) {
		html_printf(g->h, "<text class=l x=%d y=%d>", x + w / 2, y + (int32_t)i * LINE + 11);
		html_text(g->h, label_line(g, labels, n, i));
		out_puts(g->h->o, "</text>");
	}
}

/* An arrow's head at (x, y): @dx, @dy is where it points, in units. */
static void draw_head(struct graph *g, int32_t x, int32_t y, int32_t dx, int32_t dy)
{
	html_printf(g->h, "<path class=hd d=\"M%d %dL%d %dL%d %dz\"/>", x, y, x - 8 * dx - 4 * dy, y - 8 * dy - 4 * dx,
		    x - 8 * dx + 4 * dy, y - 8 * dy + 4 * dx);
}

static void draw_arc(struct graph *g, uint32_t i)
{
	const struct lay_edge *e = &g->lay.edges[i];
	const struct arc *a = &g->arcs.p[i];
	const struct lay_point *p = e->points;

	html_printf(g->h, "<g class=\"arc%s%s\"><title>", e->back ? " back" : "", a->beyond ? " beyond" : "");
	html_text(g->h, g->p->states[a->from]->name);
	out_puts(g->h->o, " to ");
	html_text(g->h, g->p->states[a->to]->name);
	for (size_t k = 0; k < a->labels.n; k++) {
		out_puts(g->h->o, k ? ", " : ": ");
		html_text(g->h, a->labels.p[k]);
	}
	html_printf(g->h, "</title><path d=\"M%d %d", p[0].x, p[0].y);
	for (uint32_t k = 1; k < e->n_points; k += 2) {
		int32_t mid = (p[k - 1].y + p[k].y) / 2;

		html_printf(g->h, "C%d %d %d %d %d %d", p[k - 1].x, mid, p[k].x, mid, p[k].x, p[k].y);
		if (k + 1 < e->n_points && p[k + 1].y != p[k].y)
			html_printf(g->h, "V%d", p[k + 1].y);
	}
	out_puts(g->h->o, "\"/>");
	if (e->back)
		draw_head(g, p[0].x, p[0].y, 0, -1);
	else
		draw_head(g, p[e->n_points - 1].x, p[e->n_points - 1].y, 0, 1);
	out_puts(g->h->o, "</g>\n");
}

static void draw_loop(struct graph *g, const struct box *b, int32_t right, int32_t y)
{
	int32_t w = label_width(g, b->loop.p, b->loop.n), mid = y + b->h / 2;
	int32_t h = (int32_t)shown(b->loop.n) * LINE;

	html_printf(g->h, "<g class=\"arc back\"><path d=\"M%d %dC%d %d %d %d %d %d\"/>", right, mid + 10, right + 34,
		    mid + 24, right + 34, mid - 24, right, mid - 10);
	draw_head(g, right, mid - 10, -1, 0);
	out_puts(g->h->o, "</g>");
	draw_label(g, b->loop.p, b->loop.n, right + 28, mid - h / 2, w);
}

static void draw_state(struct graph *g, uint32_t i)
{
	const struct mdc_state *s = g->p->states[i];
	const struct box *b = &g->boxes[i];
	int32_t x = g->lay.nodes[i].x + (g->lay.nodes[i].w - b->w) / 2, y = g->lay.nodes[i].y;

	html_printf(g->h, "<a href=\"#%s\" class=\"st%s%s\"><title>", html_ref(g->h, s), i ? "" : " start",
		    s->reachable ? "" : " never");
	html_text(g->h, s->name);
	html_printf(g->h, "</title><rect x=%d y=%d width=%d height=%d rx=4 />", x, y, b->w, b->h);
	for (size_t k = 0; k < b->lines.n; k++) {
		html_printf(g->h, "<text class=%s x=%d y=%d>", b->lines.p[k].class, x + PAD,
			    y + PAD + (int32_t)k * LINE + 10);
		html_text(g->h, b->lines.p[k].text);
		out_puts(g->h->o, "</text>");
	}
	out_puts(g->h->o, "</a>\n");
	if (b->loop.n)
		draw_loop(g, b, x + b->w, y);
}

static void draw(struct graph *g)
{
	out_puts(g->h->o, "<details open class=graph><summary>Parse graph</summary>\n"
		 "<label class=fit><input type=checkbox> fit into the width</label>\n"
		 "<div class=box tabindex=0 role=group aria-label=\"parse graph\">");
	html_printf(g->h, "<svg class=pg role=img viewBox=\"0 0 %d %d\" width=%d height=%d><title>Parse graph of ",
		    g->lay.w, g->lay.h, g->lay.w, g->lay.h);
	html_text(g->h, g->p->name);
	html_printf(g->h, "</title><desc>%" PRIu32 " states and %" PRIu32 " ways between them; the list of states "
		    "below has the same.</desc>\n", g->lay.n_nodes, g->lay.n_edges);
	for (uint32_t i = 0; i < g->lay.n_edges; i++)
		draw_arc(g, i);
	for (uint32_t i = 0; i < g->lay.n_edges; i++)
		draw_label(g, g->arcs.p[i].labels.p, g->arcs.p[i].labels.n, g->lay.edges[i].x, g->lay.edges[i].y,
			   g->lay.edges[i].w);
	for (uint32_t i = 0; i < g->lay.n_nodes; i++)
		draw_state(g, i);
	out_puts(g->h->o, "</svg></div>\n</details>\n");
}

void html_graph(struct html *h)
{
	struct graph g = { .h = h, .p = &h->m->parser };

	if (g.p->n_states <= STATES_MAX) {
		g.boxes = arena_array(h->a, struct box, g.p->n_states);
		for (uint32_t i = 0; i < g.p->n_states; i++)
			add_state(&g, g.p->states[i]);
		measure(&g);
		if (g.arcs.n <= ARCS_MAX && layered_place(h->a, &g.lay)) {
			draw(&g);
			return;
		}
	}
	out_puts(h->o, "<p class=note>The graph is too large for a picture; <code>--emit=dot</code> gives it to "
		 "programs that draw.</p>\n");
}

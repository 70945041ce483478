/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Places the boxes of a directed graph in layers, from top to bottom, and leads
 * its edges between them. Whole numbers only: the same picture everywhere.
 */
#ifndef MDESCC_HTML_LAYERED_H
#define MDESCC_HTML_LAYERED_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

struct lay_node {
	int32_t w, h;
	int32_t x, y;		/* of its upper left corner; made here */
};

struct lay_point { int32_t x, y; };

struct lay_edge {
	uint32_t from, to;	/* not equal */
	int32_t w, h;		/* of the label */
	/* made here */
	int32_t x, y;		/* of the label's upper left corner */
	bool back;		/* against the layers: closes a loop */
	/* From box to box; in threes: a curve's end and the height up to which it then goes
	 * straight. See lay_path in html_graph.c. */
	struct lay_point *points;
	uint32_t n_points;
};

struct layered {
	struct lay_node *nodes;
	uint32_t n_nodes;	/* node 0 is the start */
	struct lay_edge *edges;
	uint32_t n_edges;
	int32_t w, h;		/* made here */
};

/* False: too large for a picture that anyone could read. */
bool layered_place(struct arena *a, struct layered *g);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* For diff_run.c: what the prover finds of two images' parsers. */
#ifndef MDESC_RUNTIME_DIFF_PROVE_H
#define MDESC_RUNTIME_DIFF_PROVE_H

#include "diff.h"
#include "../compiler/sym.h"

/* A layout of both, and the fields that are compared; a kind of difference names both by number. */
struct prove_layouts {
	uint32_t index[2];
	const struct mdesc_field *(*fields)[2];
	uint32_t n;
};

struct prove {
	const struct prove_layouts *layouts;
	uint32_t n;
	const uint32_t *source_id[2];	/* by index; packets have values by id */
	/* As in struct sym_opts. */
	bool (*found)(void *arg, const struct sym_packet *packet);
	enum sym_shown (*differs)(void *arg, const struct sym_packet *packet, const struct sym_kind *kind);
	void *arg;
};

/* False: it was not tried (too large, or no memory); else sym_free() frees the answer. */
bool diff_prove(struct mdesc_diff *d, const struct prove *p, struct sym_answer *answer);

#endif

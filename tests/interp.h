/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The naive interpreter: runs the model's parser over a packet, straight from
 * the description's meaning. It knows nothing of rows, of the image or of
 * refnic, so that the two can disagree. Slow, simple, allocates nothing.
 */
#ifndef TESTS_INTERP_H
#define TESTS_INTERP_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"

enum { INTERP_META_MAX = 512, INTERP_HEADERS_MAX = 512, INTERP_PATH_MAX = 512, INTERP_STATES_MAX = 512,
       INTERP_REGISTERS_MAX = 512, INTERP_CLASSES_MAX = 64, INTERP_PARTS_MAX = 16,
       INTERP_LEAVES_MAX = 4096 };

/* Parser errors, as the language numbers them. */
enum {
	INTERP_OK = 0, INTERP_TRUNCATED = 1, INTERP_BAD_LENGTH = 2, INTERP_NO_MATCH = 3,
	INTERP_LOOP = 4, INTERP_STEPS = 5,
};

struct interp_header {
	const struct mdc_instance *inst;
	uint32_t elem;
	uint32_t offset, length;	/* bytes */
	bool hidden;			/* a look-ahead: no header of the packet */
	uint32_t part[INTERP_PARTS_MAX];	/* of each part: its offset in the packet; INTERP_ABSENT: not there */
};
#define INTERP_ABSENT	UINT32_MAX

/* A state that did its work, and the arm that it left by (UINT32_MAX: error or no match). */
struct interp_step {
	uint32_t state, arm;
};

struct interp_result {
	bool dropped;
	int error;
	const struct mdc_layout *layout;	/* NULL: the device writes no metadata */
	uint32_t meta_size;			/* 0 when dropped */
	uint8_t meta[INTERP_META_MAX];
	uint8_t by_state[INTERP_LEAVES_MAX / 8];	/* a bit for each leaf that a state wrote */
	uint32_t steps;
	uint32_t cursor;
	struct interp_header headers[INTERP_HEADERS_MAX];	/* in the order of extraction */
	uint32_t n_headers;
	struct interp_step path[INTERP_PATH_MAX];		/* the first ones */
	uint32_t n_path;
};

/* @sources: a value for each of the model's. */
void interp_run(const struct mdc_model *m, const uint8_t *packet, uint32_t len, const uint64_t *sources,
		struct interp_result *res);

/* @bits bits from @bit (0: the first byte's most significant) as a number, in @order. */
uint64_t interp_bits(const uint8_t *p, uint64_t bit, uint32_t bits, enum mdc_order order);
/* Does a part's condition hold for the header at byte @at? */
bool interp_cond(const struct mdc_hcond *c, const uint8_t *packet, uint32_t at);
/* Does the value match? */
bool interp_match(const struct mdc_pattern *p, uint64_t value);
/* The bits of the key that the pattern looks at. */
uint64_t interp_mask(const struct mdc_pattern *p, uint32_t bits);

/* Whether the widths of all the model's expressions are what their rules say; else the place of a wrong one. */
bool interp_widths_ok(const struct mdc_model *m, struct loc *where);
/* NULL; or a leaf in an arm that its tag does not have, or that the first word is not its layout's. */
const char *interp_meta_wrong(const struct interp_result *r);
/* Whether the layouts of chains are what a driver finds by their first words; else the place of a combination. */
struct ast_file;
bool interp_chains_ok(const struct ast_file *ast, const struct mdc_model *m, struct loc *where);

#endif

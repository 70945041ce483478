/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The machine for raw tables. Rows are read back from their words once, when it
 * is made; a run only reads them and writes what is below "of a run".
 */
#ifndef MDESC_RUNTIME_RAWNIC_H
#define MDESC_RUNTIME_RAWNIC_H

#include "rawtable.h"

#define RAW_KEYS_SHOWN	16
#define RAW_RECORDS_MAX	256

/* A row that takes part. */
struct raw_line { uint32_t number; const struct mdesc_fmt_raw_row *fmt; const uint64_t *bits; /* value, then mask */ };

struct raw_run_table {
	uint32_t chunks;		/* of the key */
	struct raw_line *lines;		/* by stage, then number */
	uint32_t *stage_first;		/* in lines; one more for the end */
	uint64_t *bits;
};

struct mdesc_rawnic {
	const struct mdesc_image *img;
	struct raw_run_table *tables;	/* by index */
	uint32_t first_table, n_regs, n_results;
	int *reg_enum, *op_enum;	/* in the BTF, or 0 */
	uint64_t *base;			/* registers at the start of each run */
	/* of a run */
	const uint8_t *packet;
	size_t len;
	uint32_t table, n_steps, n_records, n_stop, n_args;
	bool stopped, truncated;
	uint64_t *regs, *saved;
	uint32_t *set_at;		/* by register: the look-up behind which it was set, from 1 */
	uint64_t key[RAW_CHUNKS], absent[RAW_CHUNKS];
	struct mdesc_raw_value args[RAW_ARGS_MAX], stop[RAW_ARGS_MAX];
	struct mdesc_raw_value *results;
	struct mdesc_raw_step steps[MDESC_FMT_RAW_STEPS];
	struct mdesc_raw_value keys[MDESC_FMT_RAW_STEPS][RAW_KEYS_SHOWN];
	struct mdesc_raw_record records[RAW_RECORDS_MAX];
	struct mdesc_raw_value record_values[RAW_RECORDS_MAX][RAW_ARGS_MAX];
};

#endif

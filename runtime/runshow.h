/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What mdesc run prints for each packet, and at the end: as a table, or as JSON, one object a line. */
#ifndef MDESC_RUNSHOW_H
#define MDESC_RUNSHOW_H

#include <stdio.h>

#include "run.h"

/* One packet with all that became of it. */
struct outcome {
	const struct mdesc_image *img;
	const struct packet *pkt;
	const struct mdesc_refnic_result *res;
	const struct mdesc_refnic_header *headers;	/* JSON only */
	size_t header_n;
	const struct verdict *verdict;			/* NULL: there is no program */
};

/* Sums over all packets. */
struct tally {
	uint64_t packets, dropped, cut, not_run;
	uint64_t errors[MDESC_ERR_USER + 1];	/* user's codes together in the last */
	uint64_t verdicts[6];			/* by action; others in the last */
};

/* runtable.c. Not enough memory is -ENOMEM; for failures to write see ferror(@out). */
struct table;
struct table *table_new(FILE *out, const struct mdesc_image *img, bool with_verdict);
int table_add(struct table *tab, const struct outcome *o);
/* Prints what is held back; then the tally, if given. */
void table_end(struct table *tab, const struct tally *t);

/* runjson.c */
void json_packet(FILE *out, const struct outcome *o);

/* tally.c */
void tally_add(struct tally *t, const struct outcome *o);
void json_tally(FILE *out, const struct tally *t, bool with_verdict);
void tally_print(FILE *out, const struct tally *t, bool with_verdict);

#endif /* MDESC_RUNSHOW_H */

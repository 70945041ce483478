/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Packets for a parser: a walk over the model's states that writes the bytes
 * which lead it where it wants to go. Walks enumerate the parser's paths.
 */
#ifndef TESTS_PACKETS_H
#define TESTS_PACKETS_H

#include <stdint.h>

#include "model.h"

enum { PACKET_MAX = 4096, PACKET_DECISIONS = 96, PACKET_SOURCES = 64 };

struct packets {
	const struct mdc_model *m;
	uint64_t rng;
	/* the decisions of the last walk, and how many ways each had */
	uint8_t decision[PACKET_DECISIONS], ways[PACKET_DECISIONS];
	int n_decisions;
	bool started;
	/* the packet */
	uint8_t data[PACKET_MAX];
	uint32_t len;
	uint64_t sources[PACKET_SOURCES];
};

void packets_init(struct packets *p, const struct mdc_model *m, uint64_t seed);
/* The next path's packet; false when there are no more. */
bool packets_next_path(struct packets *p);
/* A packet of random decisions, some of them wrong (lengths). */
void packets_random_path(struct packets *p);
/* Random bytes. */
void packets_noise(struct packets *p);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What xdp_cases writes and xdp_guest reads, in the order of this machine: for an
 * object of a generated writer blocks of source values and of packets with what
 * refnic makes of them. A block begins with its kind; strings of bytes with their
 * length.
 */
#ifndef TESTS_XDP_CASES_H
#define TESTS_XDP_CASES_H

#include <stdint.h>

enum { CASE_SOURCES = 1, CASE_PACKET = 2 };

/* CASE_SOURCES: the programs are loaded anew with these; then @count values. */
struct case_sources {
	uint32_t kind, count;
};

/* CASE_PACKET: then packet and metadata. */
struct case_packet {
	uint32_t kind, len;
	uint32_t verdict;	/* XDP_DROP or XDP_PASS */
	uint32_t meta_size;
	uint32_t error, layout;
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a writer by hand must have (mdesc/format.h): its maps and what it is told, for SOURCES sources and LAYOUTS
 * layouts.
 */
#ifndef TESTS_XDP_WRITER_H
#define TESTS_XDP_WRITER_H

enum { PACKETS, TRUNCATED, ERRORS, DROPPED, NO_METADATA, NO_PROGRAM, LAYOUT0 };

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} mdesc_next SEC(".maps");

struct counters {
	__u64 v[LAYOUT0 + LAYOUTS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} mdesc_counters SEC(".maps");

struct config {
	__u32 flags, source_count;
	struct { __u64 value; __u32 flags, kind; } sources[SOURCES];
};
volatile const struct config mdesc_config = { .source_count = SOURCES };

#endif

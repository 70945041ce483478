/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Packets that go everywhere in the parsers of one or two images.
 *
 * Takes images; gives one packet after the other, each already run through both
 * parsers. New packets come from those before: where a parser looked at bytes,
 * they are changed so that it takes another row; headers of variable length get
 * other lengths, packets are cut short where something was read. When that gives
 * nothing new, bytes change by chance. The same images give the same packets.
 */
#ifndef MDESC_RUNTIME_EXPLORE_H
#define MDESC_RUNTIME_EXPLORE_H

#include "names.h"
#include "refnic.h"

#define EXPLORE_BYTES	4096u		/* of a packet, at most */
#define EXPLORE_SIDES	2

/* A packet, and the values of sources: by name, whatever their index in either image. */
struct probe {
	uint8_t *data;
	uint32_t len;
	uint64_t *sources;
};

struct probe_set {		/* numbers that were met */
	uint64_t *v;
	size_t n, cap;
};

struct explorer {
	const struct mdesc_image *img[EXPLORE_SIDES];
	struct mdesc_refnic *nic[EXPLORE_SIDES];	/* [1] is NULL where there is one image */
	struct mdesc_refnic_result res[EXPLORE_SIDES];	/* of the last packet */
	const char **source_names;
	uint32_t source_n;
	uint32_t *source_of[EXPLORE_SIDES];	/* by index in the image: in a probe */
	uint64_t *values;			/* for a run */
	bool *covered[EXPLORE_SIDES];		/* by row */
	struct probe *queue[2];			/* [0]: that should come to rows nobody came to */
	size_t queue_n[2], queue_at[2], queue_cap[2];
	struct probe *kept;			/* each took another path */
	size_t kept_n, kept_cap;
	struct probe now;
	struct probe_set tried, paths;
	uint64_t rng;
	uint64_t packets;
	uint64_t work;				/* steps of the machines so far */
	bool failed;				/* no memory */
};

/* 0, or -errno with @err filled. @b may be NULL. */
int explorer_init(struct explorer *e, const struct mdesc_image *a, const struct mdesc_image *b,
		  struct mdesc_error *err);
void explorer_free(struct explorer *e);
/* Makes the next packet and runs it. False: no more come, or no memory. */
bool explorer_next(struct explorer *e);
/* Runs a packet without taking anything from it. */
void explorer_run(struct explorer *e, const struct probe *p);
/* Rows of a parser that no packet took, though one could. */
uint32_t explorer_missed(const struct explorer *e, int side);

bool probe_copy(struct probe *to, const struct probe *from, uint32_t sources);
void probe_free(struct probe *p);

/* For explore_steps.c: puts into the queue what may take other paths than the packet that was run. */
void explore_steps(struct explorer *e, int side);
uint64_t explore_rand(struct explorer *e);
/* Adds a number; false: it was there, or no memory. */
bool probe_set_add(struct explorer *e, struct probe_set *set, uint64_t v);
/* A copy of the last packet to change, at the end of a queue; NULL: no memory. Its data has EXPLORE_BYTES. */
struct probe *explore_push(struct explorer *e, bool first);

#endif /* MDESC_RUNTIME_EXPLORE_H */

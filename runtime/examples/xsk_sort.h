/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* An AF_XDP socket whose frames hold metadata, and what is counted. Parts of xsk_sort. */
#ifndef XSK_SORT_H
#define XSK_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- xsk_port.c: a socket on one queue, and the XDP program that fills it ---- */

struct xsk_port;

struct xsk_port_opts {
	const char *iface;
	const char *object;		/* xsk_sort.bpf.o */
	const char *map;		/* pinned `xsks' of the program that is attached already; NULL: none is */
	const char *slot;		/* pinned PROG_ARRAY to put the program into; NULL: attach it */
	unsigned int queue;
	bool generic;			/* not in the driver */
};

struct xsk_frame {
	const uint8_t *data;		/* the packet's first byte */
	size_t room;			/* bytes before it that may be read */
	size_t len;
	uint64_t addr;
};

/* NULL after a message on standard error. */
struct xsk_port *xsk_port_open(const struct xsk_port_opts *opts);
/* Undoes all that xsk_port_open() did. */
void xsk_port_close(struct xsk_port *port);
int xsk_port_fd(const struct xsk_port *port);
/* At most @max frames, which are the caller's until they are given back. */
unsigned int xsk_port_take(struct xsk_port *port, struct xsk_frame *frames, unsigned int max);
void xsk_port_give(struct xsk_port *port, const struct xsk_frame *frames, unsigned int n);
/* Packets that found no free frame or no room in the ring. */
uint64_t xsk_port_dropped(const struct xsk_port *port);

/* ---- xsk_latency.c: a histogram of times, exact to 1.6 % ---- */

struct xsk_latency {
	uint64_t count, sum, min, max;
	uint64_t bins[64 * 64];
};

void xsk_latency_add(struct xsk_latency *l, uint64_t ns);
/* What @per_mille of 1000 of the times are at most. */
uint64_t xsk_latency_at(const struct xsk_latency *l, unsigned int per_mille);

#endif /* XSK_SORT_H */

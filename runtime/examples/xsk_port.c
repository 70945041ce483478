/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * An AF_XDP socket on one queue of an interface, by libxdp: takes the interface and
 * the BPF object that redirects to the socket, gives frames. The object is attached
 * to the interface, whose hardware writes metadata, or put into the slot of a writer
 * in software, which runs it after itself, or is there already and only needs the
 * socket in its map. What was there before comes back when the port is closed.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <xdp/xsk.h>

#include "xsk_sort.h"

enum { FRAMES = 4096, FRAME_SIZE = XSK_UMEM__DEFAULT_FRAME_SIZE };

struct xsk_port {
	struct bpf_object *obj;
	struct xsk_umem *umem;
	struct xsk_socket *sock;
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons comp, rx;
	uint8_t *area;
	uint64_t spare[FRAMES];		/* frames that the kernel does not have now */
	unsigned int spare_n;
	int ifindex;
	int map;			/* of the program that was there; or -1 */
	uint32_t queue;
	uint32_t flags;			/* of the attachment; 0: not attached */
	int slot, before;		/* the slot's map, and the program that was in it; or -1 */
};

static bool failed(const char *what, int err)
{
	fprintf(stderr, "xsk_sort: %s: %s\n", what, strerror(err < 0 ? -err : err));
	return false;
}

/* ---- the socket ---- */

static void refill(struct xsk_port *p)
{
	uint32_t at, i, n = p->spare_n;

	if (n > xsk_prod_nb_free(&p->fill, n))
		n = xsk_prod_nb_free(&p->fill, n);
	if (!n || xsk_ring_prod__reserve(&p->fill, n, &at) != n)
		return;
	for (i = 0; i < n; i++)
		*xsk_ring_prod__fill_addr(&p->fill, at + i) = p->spare[--p->spare_n];
	xsk_ring_prod__submit(&p->fill, n);
}

static bool open_socket(struct xsk_port *p, const struct xsk_port_opts *o)
{
	const struct xsk_umem_config umem = {
		.fill_size = FRAMES, .comp_size = XSK_RING_CONS__DEFAULT_NUM_DESCS, .frame_size = FRAME_SIZE,
	};
	const struct xsk_socket_config sock = {
		.rx_size = FRAMES, .tx_size = XSK_RING_PROD__DEFAULT_NUM_DESCS,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
	};
	int err;

	p->area = mmap(NULL, (size_t)FRAMES * FRAME_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->area == MAP_FAILED) {
		p->area = NULL;
		return failed("memory for frames", errno);
	}
	err = xsk_umem__create(&p->umem, p->area, (uint64_t)FRAMES * FRAME_SIZE, &p->fill, &p->comp, &umem);
	if (err)
		return failed("frames of an AF_XDP socket", err);
	err = xsk_socket__create(&p->sock, o->iface, o->queue, p->umem, &p->rx, &p->tx, &sock);
	if (err) {
		fprintf(stderr, "xsk_sort: an AF_XDP socket on queue %u of %s: %s\n", o->queue, o->iface,
			strerror(-err));
		return false;
	}
	for (p->spare_n = 0; p->spare_n < FRAMES; p->spare_n++)
		p->spare[p->spare_n] = (uint64_t)p->spare_n * FRAME_SIZE;
	refill(p);
	return true;
}

/* ---- the program ---- */

static bool load(struct xsk_port *p, const struct xsk_port_opts *o)
{
	int err, map;

	p->obj = bpf_object__open_file(o->object, NULL);
	if (!p->obj)
		return failed(o->object, errno);
	err = bpf_object__load(p->obj);
	if (err)
		return failed(o->object, err);
	map = bpf_object__find_map_fd_by_name(p->obj, "xsks");
	if (map < 0)
		return failed("the object's map xsks", map);
	err = xsk_socket__update_xskmap(p->sock, map);
	return err ? failed("the object's map xsks", err) : true;
}

/* What is in the slot now, for when we go. */
static int program_in(int slot)
{
	uint32_t zero = 0, id;

	return bpf_map_lookup_elem(slot, &zero, &id) ? -1 : bpf_prog_get_fd_by_id(id);
}

/* The program is there, by `mdesc attach --prog xsk_sort.bpf.o' for example, and stays. */
static bool join(struct xsk_port *p, const struct xsk_port_opts *o)
{
	int err;

	p->map = bpf_obj_get(o->map);
	if (p->map < 0)
		return failed(o->map, errno);
	err = xsk_socket__update_xskmap(p->sock, p->map);
	return err ? failed(o->map, err) : true;
}

static bool attach(struct xsk_port *p, const struct xsk_port_opts *o)
{
	int prog = bpf_program__fd(bpf_object__next_program(p->obj, NULL)), err;
	uint32_t flags = o->generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE, zero = 0;

	if (o->slot) {
		p->slot = bpf_obj_get(o->slot);
		if (p->slot < 0)
			return failed(o->slot, errno);
		p->before = program_in(p->slot);
		if (!bpf_map_update_elem(p->slot, &zero, &prog, BPF_ANY))
			return true;
		err = errno;
		close(p->slot);
		p->slot = -1;
		return failed(o->slot, err);
	}
	err = bpf_xdp_attach(p->ifindex, prog, flags | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	if (err == -EBUSY || err == -EEXIST)
		fprintf(stderr, "xsk_sort: %s has an XDP program already (of a writer, --slot is its slot)\n",
			o->iface);
	else if (err)
		failed(o->iface, err);
	else
		p->flags = flags;
	return !err;
}

struct xsk_port *xsk_port_open(const struct xsk_port_opts *o)
{
	struct xsk_port *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->slot = p->before = p->map = -1;
	p->queue = o->queue;
	p->ifindex = (int)if_nametoindex(o->iface);
	if (!p->ifindex)
		failed(o->iface, errno);
	else if (open_socket(p, o) && (o->map ? join(p, o) : load(p, o) && attach(p, o)))
		return p;
	xsk_port_close(p);
	return NULL;
}

void xsk_port_close(struct xsk_port *p)
{
	uint32_t zero = 0;

	if (!p)
		return;
	/* First the way back: packets must not go to a socket that is closing. */
	if (p->map >= 0) {
		bpf_map_delete_elem(p->map, &p->queue);
		close(p->map);
	}
	if (p->flags)
		bpf_xdp_detach(p->ifindex, p->flags, NULL);
	if (p->slot >= 0 && p->before >= 0)
		bpf_map_update_elem(p->slot, &zero, &p->before, BPF_ANY);
	else if (p->slot >= 0)
		bpf_map_delete_elem(p->slot, &zero);
	if (p->slot >= 0)
		close(p->slot);
	if (p->before >= 0)
		close(p->before);
	xsk_socket__delete(p->sock);
	if (p->umem)
		xsk_umem__delete(p->umem);
	if (p->area)
		munmap(p->area, (size_t)FRAMES * FRAME_SIZE);
	bpf_object__close(p->obj);
	free(p);
}

/* ---- frames ---- */

int xsk_port_fd(const struct xsk_port *p)
{
	return xsk_socket__fd(p->sock);
}

unsigned int xsk_port_take(struct xsk_port *p, struct xsk_frame *frames, unsigned int max)
{
	uint32_t at, n = xsk_ring_cons__peek(&p->rx, max, &at), i;

	for (i = 0; i < n; i++) {
		const struct xdp_desc *d = xsk_ring_cons__rx_desc(&p->rx, at + i);

		frames[i].addr = d->addr - d->addr % FRAME_SIZE;
		frames[i].data = xsk_umem__get_data(p->area, d->addr);
		frames[i].room = d->addr % FRAME_SIZE;	/* the rest is another packet's frame */
		frames[i].len = d->len;
	}
	if (n)
		xsk_ring_cons__release(&p->rx, n);
	return n;
}

void xsk_port_give(struct xsk_port *p, const struct xsk_frame *frames, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		p->spare[p->spare_n++] = frames[i].addr;
	refill(p);
	if (xsk_ring_prod__needs_wakeup(&p->fill))
		recvfrom(xsk_socket__fd(p->sock), NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

uint64_t xsk_port_dropped(const struct xsk_port *p)
{
	struct xdp_statistics st = { 0 };
	socklen_t size = sizeof(st);

	if (getsockopt(xsk_socket__fd(p->sock), SOL_XDP, XDP_STATISTICS, &st, &size))
		return 0;
	return st.rx_dropped + st.rx_ring_full;
}

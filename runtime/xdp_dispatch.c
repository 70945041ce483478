/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A writer as one of several XDP programs of an interface, in libxdp's dispatcher:
 * takes a PROG_ARRAY with the writer in its slot, has libxdp put a program in front
 * of it among the interface's others, and takes that one out again. libxdp is loaded
 * when this is asked for. Where it makes no dispatcher, as the kernel refuses one,
 * what it does instead is undone.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "lazylib.h"
#include "xdp.h"

#ifdef HAVE_LIBXDP

#include <xdp/libxdp.h>

#define LIBXDP	"libxdp.so.1"

#define XDP_CALLS(X)								\
	X(xdp_program__open_file) X(xdp_program__attach) X(xdp_program__detach)	\
	X(xdp_program__close) X(xdp_program__id)				\
	X(xdp_multiprog__get_from_ifindex) X(xdp_multiprog__next_prog)		\
	X(xdp_multiprog__is_legacy) X(xdp_multiprog__attach_mode)		\
	X(xdp_multiprog__close) X(libxdp_get_error) X(libxdp_set_print)

/* From 1.3 on. */
#define FRAGS_CALLS(X) X(xdp_program__set_xdp_frags_support)

struct libxdp { LAZYLIB_MEMBERS(XDP_CALLS) };

static int quiet(enum libxdp_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

static int quiet_bpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

static int begin(struct libxdp *x, struct mdesc_error *err)
{
	static const char *const names[] = { LAZYLIB_NAMES(XDP_CALLS) };

	return lazylib_load(LIBXDP, names, x, "libxdp's dispatcher cannot be used", err);
}

/* The interface's dispatcher; NULL: it has none, and @legacy tells of another program. */
static struct xdp_multiprog *dispatcher_of(const struct libxdp *x, uint32_t ifindex, bool *legacy)
{
	struct xdp_multiprog *mp = x->xdp_multiprog__get_from_ifindex((int)ifindex);

	*legacy = false;
	if (!mp || x->libxdp_get_error(mp))
		return NULL;
	*legacy = x->xdp_multiprog__is_legacy(mp);
	if (!*legacy)
		return mp;
	x->xdp_multiprog__close(mp);
	return NULL;
}

/* So that libxdp's dispatcher, where all others take fragments, too, is one for such packets. */
static int set_frags(struct xdp_program *prog, struct mdesc_error *err)
{
	static const char *const names[] = { LAZYLIB_NAMES(FRAGS_CALLS) };
	struct { LAZYLIB_MEMBERS(FRAGS_CALLS) } calls;
	int rc = lazylib_load(LIBXDP, names, &calls, "libxdp's dispatcher cannot be used for packets in fragments",
			      err);

	return rc ? rc : calls.xdp_program__set_xdp_frags_support(prog, true);
}

static int attach(const struct libxdp *x, struct xdp_program *prog, const struct xdp_iface *iface, bool generic)
{
	const enum xdp_attach_mode mode = generic ? XDP_MODE_SKB : XDP_MODE_NATIVE;
	struct xdp_multiprog *mp;
	bool legacy;
	int rc = x->xdp_program__attach(prog, (int)iface->ifindex, mode, 0);

	if (rc)
		return rc;
	mp = dispatcher_of(x, iface->ifindex, &legacy);
	if (!mp) {
		x->xdp_program__detach(prog, (int)iface->ifindex, mode, 0);
		return -XDP_NO_DISPATCHER;
	}
	x->xdp_multiprog__close(mp);
	return 0;
}

int xdp_dispatch_attach(const struct xdp_iface *iface, int map, bool generic, bool frags,
			struct mdesc_error *err)
{
	int file = xdp_gate_file(map), rc;
	libbpf_print_fn_t bpf_before;
	libxdp_print_fn_t before;
	struct xdp_program *prog;
	struct libxdp x;
	char path[64];

	if (file < 0)
		return error_set(err, -file, MDESC_CLASS_SYSTEM, "a program for libxdp's dispatcher: %s",
				 strerror(-file));
	rc = begin(&x, err);
	if (rc) {
		close(file);
		return rc;
	}
	before = x.libxdp_set_print(quiet);
	bpf_before = libbpf_set_print(quiet_bpf);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	prog = x.xdp_program__open_file(path, NULL, NULL);
	rc = (int)x.libxdp_get_error(prog);
	if (!rc) {
		rc = frags ? set_frags(prog, err) : 0;
		rc = rc ? rc : attach(&x, prog, iface, generic);
		x.xdp_program__close(prog);
	}
	libbpf_set_print(bpf_before);
	x.libxdp_set_print(before);
	close(file);
	return rc;
}

static int detach(const struct libxdp *x, uint32_t ifindex, uint32_t id)
{
	struct xdp_program *prog = NULL;
	struct xdp_multiprog *mp;
	int rc = -ENOENT;
	bool legacy;

	mp = dispatcher_of(x, ifindex, &legacy);
	if (!mp)
		return 0;
	while ((prog = x->xdp_multiprog__next_prog(prog, mp)))
		if (x->xdp_program__id(prog) == id) {
			rc = x->xdp_program__detach(prog, (int)ifindex, x->xdp_multiprog__attach_mode(mp), 0);
			break;
		}
	x->xdp_multiprog__close(mp);
	return rc == -ENOENT ? 0 : rc;
}

/* The gate, where a process was killed between libxdp's putting it there without a dispatcher and our undoing that. */
static int take_off(uint32_t ifindex, uint32_t id)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, opts, .old_prog_fd = bpf_prog_get_fd_by_id(id));
	int rc;

	if (opts.old_prog_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	rc = bpf_xdp_detach((int)ifindex, XDP_FLAGS_DRV_MODE, &opts);
	if (rc)
		rc = bpf_xdp_detach((int)ifindex, XDP_FLAGS_SKB_MODE, &opts);
	close(opts.old_prog_fd);
	return rc;
}

int xdp_dispatch_detach(uint32_t ifindex, uint32_t id, struct mdesc_error *err)
{
	libbpf_print_fn_t bpf_before;
	libxdp_print_fn_t before;
	struct libxdp x;
	int rc = begin(&x, err);

	if (rc)
		return rc;
	before = x.libxdp_set_print(quiet);
	bpf_before = libbpf_set_print(quiet_bpf);
	rc = xdp_gates_main(ifindex) == id ? take_off(ifindex, id) : detach(&x, ifindex, id);
	libbpf_set_print(bpf_before);
	x.libxdp_set_print(before);
	return rc ? error_set(err, -rc, rc == -EPERM || rc == -EACCES ? MDESC_CLASS_DENIED : MDESC_CLASS_SYSTEM,
			      "libxdp's dispatcher does not let the program go: %s", strerror(-rc)) : 0;
}

#else

static int without(struct mdesc_error *err)
{
	return error_set(err, ENOTSUP, MDESC_CLASS_DENIED, "libxdp's dispatcher cannot be used: built without libxdp");
}

int xdp_dispatch_attach(const struct xdp_iface *iface, int map, bool generic, bool frags,
			struct mdesc_error *err)
{
	(void)iface, (void)map, (void)generic, (void)frags;
	return without(err);
}

int xdp_dispatch_detach(uint32_t ifindex, uint32_t id, struct mdesc_error *err)
{
	(void)ifindex, (void)id;
	return without(err);
}

#endif /* HAVE_LIBXDP */

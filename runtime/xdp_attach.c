/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Attaching: takes an interface, an image and the user's program; looks first, and
 * changes something only when all that can be known is good. The writer goes onto
 * the interface with a link of its own, in the driver where that works, and is
 * pinned; into libxdp's dispatcher it is pinned first, as there is no link that
 * goes with a process that is killed. Whatever fails takes everything back.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "xdp.h"

struct attach {
	struct mdesc_attach_opts opts;
	struct xdp_iface iface;
	struct xdp_plan plan;
	struct xdp_pair pair;
	struct xdp_place place;
	struct xdp_notes notes;
	char dir[XDP_PATH_MAX];
	bool made;			/* something is, or was about to be, in @dir */
	int link_fd;			/* -1 where it is dispatched: */
	int slot_fd;			/* then, of the gate's PROG_ARRAY */
	char why_generic[256];
};

/* ---- looking ---- */

/* The folder is that of an interface that had this name, if it is there. */
static int look_at_dir(struct attach *a, struct mdesc_error *err)
{
	char now[IF_NAMESIZE];
	struct xdp_pins pins;
	int rc = xdp_pins_read(&pins, a->dir, err);

	if (rc)
		return rc == -ENOENT ? 0 : rc;
	xdp_pins_close(&pins);
	if (if_indextoname(pins.ifindex, now))
		return error_set(err, EEXIST, MDESC_CLASS_AMBIGUOUS, "%.200s: is that of %s, which had this name when "
				 "it was attached: `mdesc detach %s' first", pins.dir, now, now);
	return error_set(err, EEXIST, MDESC_CLASS_AMBIGUOUS, "%.200s: is that of interface %u, which had this name, "
			 "and is in another network namespace: %s detaches it", pins.dir, pins.ifindex,
			 pins.dispatched ? "`mdesc detach' there" : "removing this folder");
}

/* A rest of an earlier attachment goes; one that is alive is in the way. */
static int look_at_pins(struct attach *a, struct mdesc_error *err)
{
	struct xdp_pins pins;
	int rc = xdp_pins_find(&a->place, &a->iface, &pins, err);

	xdp_pins_dir(&a->place, &a->iface, a->dir, sizeof(a->dir));
	if (rc)
		return rc == -ENOENT ? look_at_dir(a, err) : rc;
	if (pins.ifindex) {
		rc = error_set(err, EEXIST, MDESC_CLASS_AMBIGUOUS, "%s: an image is attached already: `mdesc update' "
			       "puts another in its place, `mdesc detach' takes it off", a->iface.name);
	} else {
		if (pins.dispatched)
			xdp_gates_forget(pins.link_fd);
		xdp_pins_clean(a->dir, 0);
		rc = xdp_note(&a->notes, "a rest of an earlier attachment was removed");
	}
	xdp_pins_close(&pins);
	return rc;
}

/* Gates that lead nowhere. */
static int look_at_gates(struct attach *a, struct mdesc_error *err)
{
	uint32_t dead = xdp_gates_dead(a->iface.ifindex);
	int rc = dead ? xdp_dispatch_detach(a->iface.ifindex, dead, err) : 0;

	return dead && !rc ? xdp_note(&a->notes, "a rest of an earlier attachment was removed") : rc;
}

static int look(struct attach *a, struct mdesc_error *err)
{
	char who[256];
	int rc = xdp_step(&a->opts, "look", err);

	if (!rc)
		rc = look_at_pins(a, err);
	if (!rc && a->plan.dispatched && a->place.outer)
		rc = error_set(err, ENOTSUP, MDESC_CLASS_DENIED, "%s: libxdp wants a BPF file system at /sys/fs/bpf, "
			       "and in this mount namespace there is none", a->iface.name);
	if (!rc && a->plan.dispatched)
		rc = look_at_gates(a, err);
	/* Where libxdp is asked, it knows whom it can come along with. */
	if (!rc && !a->plan.dispatched && xdp_iface_taken(&a->iface, who, sizeof(who)))
		rc = error_set(err, EBUSY, MDESC_CLASS_AMBIGUOUS, "%s: is taken by %s", a->iface.name, who);
	return rc;
}

static int load(struct attach *a, struct mdesc_error *err)
{
	a->plan.generic = a->opts.mode == MDESC_ATTACH_GENERIC;
	return xdp_pair_load(&a->pair, &a->plan, err);
}

/* ---- the link ---- */

static int dispatch_failed(const struct attach *a, int code, struct mdesc_error *err)
{
	char who[256], release[80];

	xdp_kernel_release(release, sizeof(release));
	if (code == XDP_NO_DISPATCHER)
		return error_set(err, code, MDESC_CLASS_DENIED, "%s: libxdp can make no dispatcher: kernel %s does not "
				 "let it replace functions of a program (freplace)", a->iface.name, release);
	if (code == EPERM)
		return error_set(err, code, MDESC_CLASS_DENIED, "%s: libxdp may not attach: %s", a->iface.name,
				 strerror(code));
	if ((code == EBUSY || code == EEXIST) && xdp_iface_taken(&a->iface, who, sizeof(who)))
		return error_set(err, code, MDESC_CLASS_AMBIGUOUS, "%s: is taken by %s, which libxdp's dispatcher "
				 "cannot take in", a->iface.name, who);
	if (code == ERANGE || (a->iface.mtu > 1500 && !a->plan.generic && code == EINVAL))
		return error_set(err, code, MDESC_CLASS_DENIED, "%s: libxdp cannot attach the writer in native mode: "
				 "%s; with an MTU of %u the driver may want all programs in the dispatcher to be for "
				 "fragments (section xdp.frags, or --frags yes)", a->iface.name, strerror(code),
				 a->iface.mtu);
	return error_set(err, code, MDESC_CLASS_DENIED, "%s: libxdp cannot attach the writer on kernel %s: %s; "
			 "versions before 1.5.5 are refused by newer kernels", a->iface.name, release, strerror(code));
}

static int link_create(struct attach *a)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .flags = a->plan.generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	int fd = bpf_link_create(a->pair.writer_fd, a->iface.ifindex, BPF_XDP, &opts);

	if (fd < 0)
		return -errno;
	a->link_fd = fd;
	return 0;
}

/* A writer that is bound to the interface may be refused where another is not. */
static int try_native(struct attach *a, struct mdesc_error *err)
{
	int rc = link_create(a);

	if (!rc || !a->pair.dev_bound)
		return rc;
	xdp_writer_close(&a->pair);
	rc = xdp_writer_load(&a->pair, &a->plan, false, err);
	return rc ? rc : link_create(a);
}

static int try_generic(struct attach *a, struct mdesc_error *err)
{
	int rc = 0;

	a->plan.generic = true;
	if (a->pair.asks) {
		xdp_writer_close(&a->pair);
		rc = xdp_writer_load(&a->pair, &a->plan, false, err);
	}
	return rc ? rc : link_create(a);
}

static int link_failed(const struct attach *a, int code, struct mdesc_error *err)
{
	char who[256], release[80];

	/* Somebody else may just have come. */
	if (xdp_iface_taken(&a->iface, who, sizeof(who)))
		return error_set(err, EBUSY, MDESC_CLASS_AMBIGUOUS, "%s: is taken by %s", a->iface.name, who);
	if (code == EPERM)
		return error_set(err, code, MDESC_CLASS_DENIED, "%s: no permission to attach XDP programs: it takes "
				 "root, or CAP_NET_ADMIN", a->iface.name);
	xdp_kernel_release(release, sizeof(release));
	if (!a->plan.generic)
		return error_set(err, code, MDESC_CLASS_DENIED, "%s: cannot be attached in native mode: %s; generic "
				 "mode works on every interface", a->iface.name, a->why_generic);
	return error_set(err, code, MDESC_CLASS_DENIED, "%s: kernel %s refuses: %s%s", a->iface.name, release,
			 strerror(code), code == EINVAL ? "; it takes links for XDP, which kernels have from 5.9 on" :
			 "");
}

static int make_link(struct attach *a, struct mdesc_error *err)
{
	struct mdesc_error why = { .code = 0 };
	int rc = xdp_step(&a->opts, "attach", err);

	if (rc)
		return rc;
	rc = a->plan.generic ? link_create(a) : try_native(a, &why);
	if (rc && !a->plan.generic)
		xdp_iface_why(&a->iface, -rc, a->pair.frags, a->why_generic, sizeof(a->why_generic));
	if (rc && !a->plan.generic && a->opts.mode == MDESC_ATTACH_AUTO && rc != -EBUSY && rc != -EPERM)
		rc = try_generic(a, &why);
	if (rc && why.code) {
		if (err)
			*err = why;
		return rc;
	}
	return rc ? link_failed(a, -rc, err) : 0;
}

/* ---- pinning ---- */

static int write_down(struct attach *a, struct mdesc_error *err)
{
	struct xdp_info *info;
	size_t size;
	int rc = xdp_step(&a->opts, "pin", err);

	if (rc)
		return rc;
	info = xdp_info_new(&a->pair, &a->plan, 1, a->why_generic, &size, err);
	if (!info)
		return err ? err->code : -ENOMEM;
	a->made = true;
	rc = xdp_pins_generation(a->dir, 1, &a->pair, info, size, err);
	free(info);
	return rc;
}

/* @name in the folder of the attachment. */
static int pin(const struct attach *a, int fd, const char *name, struct mdesc_error *err)
{
	char path[XDP_PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/%s", a->dir, name);
	if (!bpf_obj_pin(fd, path))
		return 0;
	return error_set(err, errno, MDESC_CLASS_SYSTEM, "%.300s: cannot be pinned: %s", path, strerror(errno));
}

static int pin_link(struct attach *a, struct mdesc_error *err)
{
	int rc = xdp_step(&a->opts, "link", err);

	if (!rc)
		rc = pin(a, a->link_fd, "link", err);
	return rc ? rc : xdp_pins_current(a->dir, 1, err);
}

/* ---- in libxdp's dispatcher ---- */

/* What the gate is to call when it gets there. */
static int pin_slot(struct attach *a, struct mdesc_error *err)
{
	int rc = xdp_step(&a->opts, "slot", err);
	uint32_t slot = 0;

	if (rc)
		return rc;
	a->slot_fd = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, XDP_SLOT, 4, 4, 1, NULL);
	if (a->slot_fd < 0 || bpf_map_update_elem(a->slot_fd, &slot, &a->pair.writer_fd, BPF_ANY))
		return error_set(err, errno, MDESC_CLASS_SYSTEM, "a slot for libxdp's dispatcher: %s", strerror(errno));
	rc = pin(a, a->slot_fd, "slot", err);
	return rc ? rc : xdp_pins_current(a->dir, 1, err);
}

static void close_slot(struct attach *a)
{
	if (a->slot_fd >= 0)
		close(a->slot_fd);
	a->slot_fd = -1;
}

/* What was written down says native. */
static int dispatch_generic(struct attach *a, int code, struct mdesc_error *err)
{
	int rc;

	xdp_iface_why(&a->iface, code, a->pair.frags, a->why_generic, sizeof(a->why_generic));
	a->plan.generic = true;
	close_slot(a);
	xdp_pins_clean(a->dir, 0);
	rc = write_down(a, err);
	if (!rc)
		rc = pin_slot(a, err);
	return rc ? rc : xdp_dispatch_attach(&a->iface, a->slot_fd, true, a->pair.frags, err);
}

static int dispatch(struct attach *a, struct mdesc_error *err)
{
	struct mdesc_error why = { .code = 0 };
	int rc = xdp_step(&a->opts, "attach", err);

	if (rc)
		return rc;
	rc = xdp_dispatch_attach(&a->iface, a->slot_fd, a->plan.generic, a->pair.frags, &why);
	if (rc == -EOPNOTSUPP && !why.code && !a->plan.generic && a->opts.mode == MDESC_ATTACH_AUTO)
		rc = dispatch_generic(a, -rc, &why);
	if (rc && why.code)
		*err = why;
	return rc && !why.code ? dispatch_failed(a, -rc, err) : rc;
}

/* ---- all of it ---- */

static int prepare(struct attach *a, const char *iface, const struct mdesc_image *img,
		   const struct mdesc_attach_opts *opts, struct mdesc_error *err)
{
	int rc = xdp_opts_complete(&a->opts, opts, err);

	if (!rc && !a->opts.object && !a->opts.program_fd && !a->opts.keep_metadata)
		rc = error_set(err, EINVAL, MDESC_CLASS_SYSTEM, "mdesc_attach_opts: no program");
	if (!rc)
		rc = xdp_iface_open(&a->iface, iface, err);
	a->plan = (struct xdp_plan) { .img = img, .opts = &a->opts, .iface = &a->iface, .notes = &a->notes,
				      .old_verdicts = -1, .dispatched = a->opts.libxdp };
	return rc ? rc : xdp_check_kernel(img, err);
}

static int attach(struct attach *a, struct mdesc_error *err)
{
	int rc = xdp_step(&a->opts, "lock", err);

	if (!rc)
		rc = xdp_place_make(&a->place, a->opts.bpffs, err);
	if (!rc)
		rc = look(a, err);
	if (!rc)
		rc = load(a, err);
	if (!rc && !a->plan.dispatched)
		rc = make_link(a, err);
	if (!rc)
		rc = write_down(a, err);
	if (!rc)
		rc = a->plan.dispatched ? pin_slot(a, err) : pin_link(a, err);
	if (!rc && a->plan.dispatched)
		rc = dispatch(a, err);
	return rc ? rc : xdp_step(&a->opts, "done", err);
}

static void undo(struct attach *a)
{
	uint32_t gate = a->slot_fd >= 0 ? xdp_gates_find(a->iface.ifindex, a->slot_fd) : 0;

	if (gate)
		xdp_dispatch_detach(a->iface.ifindex, gate, NULL);
	if (a->link_fd >= 0)
		bpf_link_detach(a->link_fd);
	if (a->made)
		xdp_pins_clean(a->dir, 0);
}

/* What was attached, as another process would see it. */
static struct mdesc_attachment *hand_out(struct attach *a, struct mdesc_error *err)
{
	struct mdesc_attachment *att = calloc(1, sizeof(*att));
	struct xdp_pins pins;
	int rc = att ? xdp_pins_read(&pins, a->dir, err) : xdp_no_memory(err);

	if (!rc) {
		rc = xdp_attachment_fill(att, &pins, a->opts.bpffs, err);
		xdp_pins_close(&pins);
	}
	if (rc) {
		mdesc_attachment__close(att);
		errno = -rc;
		return NULL;
	}
	att->notes = a->notes;
	memset(&a->notes, 0, sizeof(a->notes));
	return att;
}

struct mdesc_attachment *mdesc_attachment__new(const char *iface, const struct mdesc_image *img,
					       const struct mdesc_attach_opts *opts, struct mdesc_error *err)
{
	struct attach a = { .link_fd = -1, .slot_fd = -1, .place = { .lock = -1 } };
	struct mdesc_attachment *att = NULL;
	struct mdesc_error why;
	int rc;

	if (!err)
		err = &why;
	xdp_pair_init(&a.pair);
	rc = prepare(&a, iface, img, opts, err);
	if (!rc)
		rc = attach(&a, err);
	if (!rc) {
		att = hand_out(&a, err);
		rc = att ? 0 : -errno;
	}
	if (rc)
		undo(&a);
	xdp_pair_close(&a.pair, rc);
	if (a.link_fd >= 0)
		close(a.link_fd);
	close_slot(&a);
	xdp_place_close(&a.place, rc);
	xdp_notes_free(&a.notes);
	errno = -rc;
	return att;
}

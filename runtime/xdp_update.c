/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Another firmware under traffic: takes what is attached and a new image, loads a
 * new writer with a slot of its own that already holds the new program, pins them
 * as the next generation, and makes the link's program the new writer. A packet
 * sees the one pair or the other. Until then, and when anything fails, the old
 * pair runs as if nothing had been. Also detaching.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "xdp.h"

struct update {
	struct mdesc_attach_opts opts;
	struct xdp_iface iface;
	struct xdp_plan plan;
	struct xdp_pair pair;
	struct xdp_place place;
	struct xdp_notes notes;
	struct xdp_pins pins;		/* what runs */
	struct xdp_info *old;
	int old_writer, old_verdicts;
	uint32_t gen;			/* the new one */
	char old_maps[XDP_PATH_MAX + 32];
};

static int gone(const char *iface, struct mdesc_error *err)
{
	return error_set(err, ESTALE, MDESC_CLASS_NOT_FOUND, "%s: nothing is attached any more", iface);
}

/* ---- looking ---- */

static int read_old(struct update *u, const struct mdesc_attachment *att, struct mdesc_error *err)
{
	char name[IF_NAMESIZE];
	int rc = xdp_place_open(&u->place, u->opts.bpffs ? u->opts.bpffs : att->bpffs, true, err);

	if (!rc)
		rc = xdp_pins_read(&u->pins, att->pins.dir, err);
	if (rc == -ENOENT || (!rc && (u->pins.link_fd < 0 || !u->pins.ifindex)))
		return gone(att->iface, err);
	if (rc)
		return rc;
	if (!u->pins.gen)
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.200s: its %s runs a program that is not "
				 "pinned here: detach it, and attach again", u->pins.dir,
				 u->pins.dispatched ? "gate" : "link");
	if (!if_indextoname(u->pins.ifindex, name))
		return gone(att->iface, err);
	rc = xdp_iface_open(&u->iface, name, err);
	if (rc)
		return rc;
	u->old = xdp_info_read(u->pins.dir, u->pins.gen, err);
	if (!u->old)
		return -errno;
	u->old_writer = xdp_pins_get(u->pins.dir, u->pins.gen, "writer");
	if (u->old_writer < 0)
		return error_set(err, -u->old_writer, MDESC_CLASS_SYSTEM, "%.200s/%u/writer: %s", u->pins.dir,
				 u->pins.gen, strerror(-u->old_writer));
	return 0;
}

/* What is not said stays as it is. */
static int take_over(struct update *u, struct mdesc_error *err)
{
	struct mdesc_attach_opts *o = &u->opts;

	if (!o->object && !o->program_fd && !o->keep_metadata) {
		if (*u->old->object) {
			o->object = u->old->object;
			o->program = u->old->program;
		} else if (*u->old->program) {
			return error_set(err, EINVAL, MDESC_CLASS_SYSTEM, "%s: '%s' was attached as it was loaded, "
					 "and cannot be read again: say which program is to follow it", u->iface.name,
					 u->old->program);
		} else {
			o->keep_metadata = true;
		}
	}
	if (o->frags == MDESC_FRAGS_AUTO && (u->old->flags & XDP_INFO_FRAGS_FORCED))
		o->frags = MDESC_FRAGS_YES;
	if (o->ask == MDESC_ASK_DEFAULT && (u->old->flags & XDP_INFO_ASK_USED))
		o->ask = MDESC_ASK_USED;
	o->no_kfuncs |= !!(u->old->flags & XDP_INFO_NO_KFUNCS);
	o->no_verdicts |= !!(u->old->flags & XDP_INFO_NO_VERDICTS);
	u->plan.generic = u->old->mode == MDESC_ATTACH_GENERIC;
	u->plan.dispatched = u->pins.dispatched;
	snprintf(u->old_maps, sizeof(u->old_maps), "%s/%u/maps", u->pins.dir, u->pins.gen);
	u->plan.old_maps = u->old_maps;
	u->old_verdicts = xdp_pins_get(u->pins.dir, u->pins.gen, "verdicts");
	u->plan.old_verdicts = u->old_verdicts;
	u->gen = u->pins.gen + 1;
	return 0;
}

static int look(struct update *u, const struct mdesc_attachment *att, struct mdesc_error *err)
{
	int rc = xdp_step(&u->opts, "lock", err);

	if (!rc)
		rc = read_old(u, att, err);
	if (!rc)
		rc = take_over(u, err);
	if (!rc)
		rc = xdp_step(&u->opts, "look", err);
	/* What a process left that was killed. */
	if (!rc)
		xdp_pins_clean(u->pins.dir, u->pins.gen);
	return rc;
}

/* ---- swapping ---- */

static int write_down(struct update *u, struct mdesc_error *err)
{
	struct xdp_info *info;
	size_t size;
	int rc;

	info = xdp_info_new(&u->pair, &u->plan, u->gen, u->old->why_generic, &size, err);
	if (!info)
		return err->code;
	rc = xdp_pins_generation(u->pins.dir, u->gen, &u->pair, info, size, err);
	free(info);
	return rc;
}

static int swap(struct update *u, int from, int to)
{
	LIBBPF_OPTS(bpf_link_update_opts, opts, .flags = BPF_F_REPLACE, .old_prog_fd = from);
	uint32_t slot = 0;

	if (u->pins.dispatched)
		return bpf_map_update_elem(u->pins.link_fd, &slot, &to, BPF_ANY) ? -errno : 0;
	return bpf_link_update(u->pins.link_fd, to, &opts) ? -errno : 0;
}

static int swap_failed(const struct update *u, int code, struct mdesc_error *err)
{
	char why[256];

	if (code == ENOLINK || code == ENODEV)
		return gone(u->iface.name, err);
	xdp_iface_why(&u->iface, code, u->pair.frags, why, sizeof(why));
	return error_set(err, code, MDESC_CLASS_DENIED, "%s: the new writer cannot take the place of the old one: %s",
			 u->iface.name, why);
}

/* Pinned first: a process that is killed in between leaves the link with a writer that is known. */
static int pin_and_swap(struct update *u, struct mdesc_error *err)
{
	int rc = xdp_step(&u->opts, "pin", err);

	if (!rc)
		rc = write_down(u, err);
	if (!rc)
		rc = xdp_step(&u->opts, "swap", err);
	if (rc)
		return rc;
	rc = swap(u, u->old_writer, u->pair.writer_fd);
	if (!rc || !u->pair.dev_bound)
		return rc ? swap_failed(u, -rc, err) : 0;
	/* One that is bound to the interface may be refused where another is not. */
	xdp_pins_clean(u->pins.dir, u->pins.gen);
	xdp_writer_close(&u->pair);
	rc = xdp_writer_load(&u->pair, &u->plan, false, err);
	if (!rc)
		rc = write_down(u, err);
	if (rc)
		return rc;
	rc = swap(u, u->old_writer, u->pair.writer_fd);
	return rc ? swap_failed(u, -rc, err) : 0;
}

static void carry_verdicts(struct update *u)
{
	struct mdesc_attachment old = { .info = u->old, .pins = u->pins };

	if (u->old_verdicts >= 0 && u->pair.verdicts_fd >= 0)
		xdp_verdict_carry(&old);
}

static int finish(struct update *u, struct mdesc_attachment *att, struct mdesc_error *err)
{
	struct xdp_pins pins;
	int rc = xdp_step(&u->opts, "done", err);

	if (!rc)
		rc = xdp_pins_read(&pins, u->pins.dir, err);
	if (!rc) {
		rc = xdp_attachment_fill(att, &pins, att->bpffs, err);
		xdp_pins_close(&pins);
	}
	if (rc) {
		swap(u, u->pair.writer_fd, u->old_writer);
		return rc;
	}
	carry_verdicts(u);
	/* The way for people; what counts is the link. */
	xdp_pins_current(u->pins.dir, u->gen, NULL);
	xdp_pins_clean(u->pins.dir, u->gen);
	xdp_notes_free(&att->notes);
	att->notes = u->notes;
	memset(&u->notes, 0, sizeof(u->notes));
	return 0;
}

/* Nobody else would: to the kernel what stands in a dispatcher is neither, and the dispatcher stays what it is. */
static int refuse_kind(const struct update *u, struct mdesc_error *err)
{
	bool was = u->old->flags & XDP_INFO_FRAGS;

	if (!u->pins.dispatched || was == u->pair.frags)
		return 0;
	return error_set(err, EOPNOTSUPP, MDESC_CLASS_DENIED, "%s: in libxdp's dispatcher a program for %s cannot take "
			 "the place of one for %s: `mdesc detach %s', and attach again", u->iface.name,
			 was ? "whole packets" : "packets in fragments",
			 was ? "packets in fragments" : "whole packets", u->iface.name);
}

static int update(struct update *u, struct mdesc_attachment *att, struct mdesc_error *err)
{
	int rc = look(u, att, err);

	if (!rc)
		rc = xdp_pair_load(&u->pair, &u->plan, err);
	if (!rc)
		rc = refuse_kind(u, err);
	if (rc)
		return rc;
	rc = pin_and_swap(u, err);
	if (!rc)
		rc = finish(u, att, err);
	if (rc)
		xdp_pins_clean(u->pins.dir, u->pins.gen);
	return rc;
}

int mdesc_attachment__update(struct mdesc_attachment *att, const struct mdesc_image *img,
			     const struct mdesc_attach_opts *opts, struct mdesc_error *err)
{
	struct update u = { .old_writer = -1, .old_verdicts = -1, .place = { .lock = -1 }, .pins = { .link_fd = -1 } };
	struct mdesc_error why;
	int rc;

	if (!err)
		err = &why;
	xdp_pair_init(&u.pair);
	u.plan = (struct xdp_plan) { .img = img, .opts = &u.opts, .iface = &u.iface, .notes = &u.notes,
				     .old_verdicts = -1 };
	rc = xdp_opts_complete(&u.opts, opts, err);
	if (!rc)
		rc = xdp_check_kernel(img, err);
	if (!rc)
		rc = update(&u, att, err);
	xdp_pair_close(&u.pair, rc);
	if (u.old_writer >= 0)
		close(u.old_writer);
	if (u.old_verdicts >= 0)
		close(u.old_verdicts);
	free(u.old);
	xdp_pins_close(&u.pins);
	xdp_place_close(&u.place, false);
	xdp_notes_free(&u.notes);
	return rc;
}

/* ---- detaching ---- */

/* Others may hold the link open: this is done when it returns. */
static int take_off(const struct xdp_pins *pins, struct mdesc_error *err)
{
	int rc = 0;

	if (!pins->dispatched) {
		if (pins->link_fd >= 0)
			bpf_link_detach(pins->link_fd);
		return 0;
	}
	if (pins->gate_id)
		rc = xdp_dispatch_detach(pins->ifindex, pins->gate_id, err);
	/* What is pinned is what it is found by. */
	if (!rc && pins->gate_id && xdp_gates_find(pins->ifindex, pins->link_fd))
		rc = error_set(err, EBUSY, MDESC_CLASS_SYSTEM, "libxdp's dispatcher has not let the program go");
	if (!rc && (pins->gate_id || !pins->ifindex))
		xdp_gates_forget(pins->link_fd);
	return rc;
}

/* Nothing is pinned: a gate may be left that leads nowhere. */
static int take_out_dead(uint32_t ifindex, struct mdesc_error *err)
{
	uint32_t dead = xdp_gates_dead(ifindex);

	return dead ? xdp_dispatch_detach(ifindex, dead, err) : -ENOENT;
}

int mdesc_attachment__remove(const char *iface, const char *bpffs, struct mdesc_error *err)
{
	struct xdp_place place = { .lock = -1 };
	struct xdp_iface net;
	struct xdp_pins pins;
	int rc = xdp_iface_name(&net, iface, err);

	if (rc)
		return rc;
	net.ifindex = if_nametoindex(iface);
	rc = xdp_place_open(&place, bpffs, true, err);
	if (!rc)
		rc = xdp_pins_find(&place, &net, &pins, err);
	if (rc == -ENOENT) {
		rc = take_out_dead(net.ifindex, err);
		if (rc == -ENOENT)
			rc = error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND, net.ifindex ? "%s: nothing is attached" :
				       "%s: nothing is attached, and there is no such interface", iface);
	} else if (!rc) {
		rc = take_off(&pins, err);
		xdp_pins_close(&pins);
		if (!rc)
			xdp_pins_clean(pins.dir, 0);
	}
	xdp_place_close(&place, false);
	return rc;
}

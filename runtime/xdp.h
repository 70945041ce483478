/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The writer in software, attached, for the library's own files.
 *
 *   xdp_iface.c    the interface: what it is, what its driver can, who has it
 *   xdp_writer.c   the writer's object: checked, told what to ask, loaded
 *   xdp_user.c     the user's object: checked against the image, loaded, maps kept
 *   xdp_maps.c     which of its maps an update keeps
 *   xdp_verdict.c  what it decides, counted
 *   xdp_used.c     which sources it reads
 *   xdp_gate.c     what stands in libxdp's dispatcher for a writer
 *   xdp_dispatch.c  puts it there, and takes it out
 *   xdp_gates.c    finds it there
 *   xdp_section.c  for packets in fragments
 *   xdp_place.c    the folder of all attachments, and its lock
 *   xdp_pins.c     the pinned files of one: generations, what is known of each
 *   xdp_pair.c, xdp_attach.c, xdp_update.c   step by step; xdp_status.c: the rest
 *
 * What runs is what the link says: a generation is in force if its writer is the
 * link's program, whatever else is pinned. So a process may be killed anywhere. In
 * libxdp's dispatcher the gate's slot stands for the link: it is filled and pinned
 * before the gate gets there, and found in the dispatcher by the gate's using it.
 */
#ifndef MDESC_XDP_H
#define MDESC_XDP_H

#include <linux/types.h>
#include <net/if.h>
#include <bpf/libbpf.h>

#include "image.h"

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS	(1U << 5)
#endif
#ifndef BPF_F_XDP_DEV_BOUND_ONLY
#define BPF_F_XDP_DEV_BOUND_ONLY (1U << 6)
#endif

#define XDP_PATH_MAX	1024
#define XDP_LAYOUTS_MAX	1024	/* of an image that is attached */

/* ---- xdp_iface.c ---- */

struct xdp_iface {
	char name[IFNAMSIZ];
	uint32_t ifindex;
	uint32_t mtu;
	uint64_t netns;			/* inode of the namespace */
	bool netns_is_init;		/* known to be that of process 1 */
	char driver[32];		/* "" unknown */
	bool features_known;		/* the kernel told: */
	uint64_t features;		/* XDP_CAN_* */
	uint64_t rx_features;		/* MDESC_XDP_USE_*: the kernel's bits are the same */
};

/* NETDEV_XDP_ACT_* */
#define XDP_CAN_BASIC	(1u << 0)
#define XDP_CAN_RX_SG	(1u << 5)

int xdp_iface_open(struct xdp_iface *iface, const char *name, struct mdesc_error *err);
/* The namespace alone, for an interface that may be gone. */
int xdp_iface_name(struct xdp_iface *iface, const char *name, struct mdesc_error *err);
/* What XDP program has it, as text; false: none. */
bool xdp_iface_taken(const struct xdp_iface *iface, char *buf, size_t size);
/* Why a native attachment failed, as far as can be known. */
void xdp_iface_why(const struct xdp_iface *iface, int code, bool frags, char *buf, size_t size);
/* Bytes of metadata that this kernel carries in front of a packet, @wanted if it can; or -errno: -EPERM. */
int xdp_kernel_meta_max(size_t wanted);
struct xdp_plan;

/*
 * A program that only passes, counted in map @verdicts unless that is -1: a file descriptor, or -errno. Without @plan
 * it is for a trial.
 */
int xdp_pass_load(const struct xdp_plan *plan, bool frags, int verdicts);
/* The capabilities that it takes and this process lacks, as text; false: none. */
bool xdp_caps_lacking(char *buf, size_t size);
/* "6.1" and so on. */
void xdp_kernel_release(char *buf, size_t size);

/* ---- what is pinned with a generation ---- */

#define XDP_INFO_VERSION 2

/* Of a source its index and its name. */
struct xdp_info_layout {
	uint32_t id;
	char name[60];
};

/* The value of the map `info`, written once. Read with a size, so that members can be added at the end. */
struct xdp_info {
	uint32_t version;
	uint32_t ifindex;
	uint64_t netns;
	uint32_t mode;
	uint32_t flags;
	uint32_t asks, gets;
	uint32_t generation;
	uint32_t layout_count;		/* of metadata */
	char build_id[2 * MDESC_FMT_BUILD_ID + 4];
	char image[XDP_PATH_MAX];
	char object[XDP_PATH_MAX];
	char program[64];
	char why_generic[256];
	char why_stand_in[256];
	char why_all[256];
	uint32_t unread_count;		/* of sources: behind the layouts */
	uint32_t reserved;
	struct xdp_info_layout layouts[];
};

#define XDP_INFO_FRAGS		(1u << 0)
#define XDP_INFO_DEV_BOUND	(1u << 1)
#define XDP_INFO_FRAGS_FORCED	(1u << 2)
#define XDP_INFO_NO_KFUNCS	(1u << 3)
#define XDP_INFO_VERDICTS	(1u << 4)	/* are counted */
#define XDP_INFO_NO_VERDICTS	(1u << 5)	/* are not, as asked for */
#define XDP_INFO_DISPATCHED	(1u << 7)	/* through libxdp */
#define XDP_INFO_GIVEN		(1u << 6)	/* the program was loaded by somebody else */
#define XDP_INFO_ASK_USED	(1u << 8)	/* only for sources that are read */

/* ---- a writer and a program, loaded, with the slot filled ---- */

struct xdp_notes {
	char **v;
	size_t n;
};

struct xdp_pair {
	struct bpf_object *writer;
	struct mdesc_object *user;
	int writer_fd, next_fd, counters_fd;	/* of @writer */
	int program_fd;				/* of @user, or the caller's, or @own_fd */
	int own_fd;				/* of the program that only passes; -1 */
	int verdicts_fd;			/* -1: not counted */
	char program[64];
	bool frags, frags_forced;
	bool dev_bound;
	uint32_t asks, gets;
	char why_stand_in[256];
	bool *unread;				/* by source: not to be asked for; NULL: all are */
	char why_all[256];
	bool *was_pinned;			/* by map of @user: something was at its path before the load */
};

/* What both need. */
struct xdp_plan {
	const struct mdesc_image *img;
	const struct mdesc_attach_opts *opts;	/* complete: of this library's size */
	const struct xdp_iface *iface;
	const char *old_maps;			/* folder of the maps to keep, or NULL */
	int old_verdicts;			/* the map to keep, or -1 */
	struct xdp_notes *notes;
	bool generic;
	bool dispatched;		/* in libxdp's dispatcher */
};

/* xdp_user.c: first, for it says whether there are fragments. */
int xdp_user_load(struct xdp_pair *pair, const struct xdp_plan *plan, struct mdesc_error *err);
void xdp_last_word(char *log, char *buf, size_t size);

/* xdp_maps.c */

/* Before and after a load: maps that are pinned by their own names (LIBBPF_PIN_BY_NAME), and were not. */
int xdp_maps_look(struct xdp_pair *pair, struct mdesc_error *err);
void xdp_maps_unpin(struct xdp_pair *pair);
/* A map's name as a file's. */
void xdp_map_file(const struct bpf_map *map, char *buf, size_t size);
bool xdp_map_is_kept(const struct bpf_map *map);
/* Gives the user's maps those of an earlier generation, where they are defined the same. */
int xdp_maps_keep(struct bpf_object *bpf, const struct xdp_plan *plan, struct mdesc_error *err);

/* xdp_verdict.c */

#define XDP_VERDICT_CODE	18	/* instructions that count */

/* @to has room for @n and those that count. -E2BIG: a jump would be too long. */
int xdp_verdict_code(const struct bpf_insn *from, size_t n, int map, struct bpf_insn *to);
/* Between open and load. */
int xdp_verdict_insert(struct bpf_program *prog, int map);
/* Another descriptor of the old map, or a new one where that is -1; -errno. */
int xdp_verdict_map(int old);
/* "" where they are counted. */
const char *xdp_verdict_why_not(const struct xdp_info *info);
/* What the writer of @old, which has been replaced, decided itself, for the map that has gone on. */
void xdp_verdict_carry(const struct mdesc_attachment *old);

/* xdp_gate.c */

#define XDP_GATE	"mdesc_gate"
#define XDP_SLOT	"mdesc_slot"

/* A BPF object with a program that calls what is in the slot of PROG_ARRAY @map: a file in memory, or -errno. */
int xdp_gate_file(int map);

/* xdp_dispatch.c */

/* No dispatcher was made: the kernel refuses it. */
#define XDP_NO_DISPATCHER	ENOPROTOOPT

/*
 * Has libxdp put such a program, whose slot is @map, among those of the interface. With @err filled where libxdp is not
 * there; else libxdp's -errno, or -XDP_NO_DISPATCHER. Nothing has changed then.
 */
int xdp_dispatch_attach(const struct xdp_iface *iface, int map, bool generic, bool frags, struct mdesc_error *err);
/* Takes program @id out of the interface's dispatcher; 0, too, where it is in none. */
int xdp_dispatch_detach(uint32_t ifindex, uint32_t id, struct mdesc_error *err);

/* xdp_gates.c */

/* The program that the interface has, which may be a dispatcher; 0: none. */
uint32_t xdp_gates_main(uint32_t ifindex);
/* The program on the interface, or in its dispatcher, whose slot this is; 0: none. */
uint32_t xdp_gates_find(uint32_t ifindex, int slot);
/* One whose slot is empty for ever, as what was pinned is gone; 0: none. */
uint32_t xdp_gates_dead(uint32_t ifindex);
/* Unpins what libxdp has left of it, where it was killed or the interface went away; nothing that runs. */
void xdp_gates_forget(int slot);

/* xdp_section.c */

/* Gives sections xdp.frags of the object @data another name, so that libbpf does not tell the kernel of fragments. */
void xdp_section_hide(void *data, size_t size);
/* What libbpf does not know of such sections. */
void xdp_section_set_types(struct bpf_object *bpf);
/* By its name, or by the other one. */
bool xdp_section_is_frags(const struct bpf_program *prog);

/* xdp_used.c: which sources the program, which is loaded, does not read; where only others are wanted. */
int xdp_used_find(struct xdp_pair *pair, const struct xdp_plan *plan, struct mdesc_error *err);

/* xdp_writer.c: for the driver where it offers something, if @may_bind. */
int xdp_writer_load(struct xdp_pair *pair, const struct xdp_plan *plan, bool may_bind, struct mdesc_error *err);
void xdp_writer_close(struct xdp_pair *pair);
int xdp_note(struct xdp_notes *notes, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- xdp_pair.c ---- */

int xdp_no_memory(struct mdesc_error *err);
int xdp_opts_complete(struct mdesc_attach_opts *to, const struct mdesc_attach_opts *from, struct mdesc_error *err);
/* The caller's say before each step: 0, or -ECANCELED. */
int xdp_step(const struct mdesc_attach_opts *o, const char *name, struct mdesc_error *err);
/*
 * What the programs are loaded for. To those that replace functions, as libxdp has it, the kernel gives none, and all
 * that call each other's tails must be alike.
 */
enum bpf_attach_type xdp_attach_type(const struct xdp_plan *plan);
/* The programs of @bpf that will be loaded. */
void xdp_set_type(struct bpf_object *bpf, const struct xdp_plan *plan);
/* The program, then the writer in front of it, for the driver where that can be; steps "program" and "writer". */
int xdp_pair_load(struct xdp_pair *pair, const struct xdp_plan *plan, struct mdesc_error *err);
/* @what cannot be loaded for want of permission: the error, with what is lacking. */
int xdp_denied(int code, const char *what, struct mdesc_error *err);
/* The kernel lets us, and carries the image's metadata. */
int xdp_check_kernel(const struct mdesc_image *img, struct mdesc_error *err);
size_t xdp_metadata_count(const struct mdesc_image *img);
void xdp_pair_init(struct xdp_pair *pair);
void xdp_pair_close(struct xdp_pair *pair, bool failed);
/* To be freed; NULL with @err, which must be there. */
struct xdp_info *xdp_info_new(const struct xdp_pair *pair, const struct xdp_plan *plan, uint32_t gen,
			      const char *why_generic, size_t *size, struct mdesc_error *err);

/* ---- xdp_place.c ---- */

/* The folder of all attachments, locked. */
struct xdp_place {
	char root[XDP_PATH_MAX - 64];	/* DIR/mdesc */
	int lock;			/* open folder, or -1 */
	bool mounted;			/* by us, just now: @bpffs */
	bool usual;			/* where it usually is, not where the caller says */
	pid_t outer;			/* in this process's mount namespace; 0: in ours */
	char found[64];			/* the way there */
	const char *bpffs;
};

/* For attaching: mounts and makes what is missing. */
int xdp_place_make(struct xdp_place *place, const char *bpffs, struct mdesc_error *err);
/* For reading, or for changes; -ENOENT without a text: there is nothing. */
int xdp_place_open(struct xdp_place *place, const char *bpffs, bool change, struct mdesc_error *err);
/* Removes the folder where it is empty; the mount only with @undo. */
void xdp_place_close(struct xdp_place *place, bool undo);

/* ---- xdp_pins.c: what is pinned for one interface ---- */

struct xdp_pins {
	char dir[XDP_PATH_MAX];
	uint32_t gen;			/* in force; 0: none */
	int link_fd;			/* or -1; where it is dispatched, of the gate's slot */
	uint32_t link_id, writer_id;
	uint32_t ifindex;		/* the link's: 0 where the interface is gone, or the gate */
	bool dispatched;
	uint32_t gate_id;		/* the program that stands in libxdp's dispatcher; 0: none does */
};

void xdp_pins_dir(const struct xdp_place *place, const struct xdp_iface *iface, char *buf, size_t size);
/* -ENOENT: no folder. Without a link or with one whose interface is gone: 0, and @gen or @ifindex is 0. */
int xdp_pins_read(struct xdp_pins *pins, const char *dir, struct mdesc_error *err);
void xdp_pins_close(struct xdp_pins *pins);
/* Removes generations other than @keep, and all of it with @keep 0. */
void xdp_pins_clean(const char *dir, uint32_t keep);
int xdp_pins_generation(const char *dir, uint32_t gen, const struct xdp_pair *pair, const struct xdp_info *info,
			size_t info_size, struct mdesc_error *err);
/* `current` leads to it. */
int xdp_pins_current(const char *dir, uint32_t gen, struct mdesc_error *err);
/* Opens DIR/GEN/NAME; -errno. */
int xdp_pins_get(const char *dir, uint32_t gen, const char *name);
/* The value of a generation's info, to be freed; NULL with errno. */
struct xdp_info *xdp_info_read(const char *dir, uint32_t gen, struct mdesc_error *err);

/*
 * What is attached to an interface, whatever name it had then; else the rest that is called like it. What is called
 * like it and is on another one is not found: -ENOENT.
 */
int xdp_pins_find(const struct xdp_place *place, const struct xdp_iface *iface, struct xdp_pins *pins,
		  struct mdesc_error *err);

/* ---- xdp_status.c ---- */

struct mdesc_attachment {
	char iface[IFNAMSIZ];
	char *bpffs;			/* or NULL */
	struct xdp_pins pins;		/* @link_fd is closed */
	struct xdp_info *info;
	uint32_t program_id;
	struct xdp_notes notes;
};

/* Fills what is pinned in; @iface is the one that the link is on. */
int xdp_attachment_fill(struct mdesc_attachment *att, const struct xdp_pins *pins, const char *bpffs,
			struct mdesc_error *err);
void xdp_notes_free(struct xdp_notes *notes);

#endif /* MDESC_XDP_H */

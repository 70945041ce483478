/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc watch, for its own files.
 *
 *   watch_insns.c  the tap: an XDP program that copies metadata to a ring buffer and
 *                  then runs the program that was in the slot
 *   watch_code.h   instructions, one by one
 *   watch_filter.c a filter as instructions of the tap
 *   watch_tap.c    the tap on an interface: loaded, put into the slot, taken out
 *   watch_show.c   packets as a table or as JSON, and the rate
 *   cmd_watch.c    the command
 */
#ifndef MDESC_WATCH_H
#define MDESC_WATCH_H

#include "cmd_image.h"
#include "filter.h"

#define WATCH_META_MAX	252
#define WATCH_BYTES_MAX	256

/* What the tap says of a packet. Metadata, then the packet's first bytes, from @bytes on. */
struct watch_record {
	uint64_t time;			/* since boot, ns */
	uint32_t length;		/* of the packet, where it comes in pieces of the first */
	uint32_t meta_size;
	uint32_t caught;		/* of its first bytes */
	uint8_t	 meta[WATCH_META_MAX];
	uint8_t	 bytes[];
};

/* ---- watch_insns.c ---- */

/* The counters' indices in the value of the tap's map; behind them, the metadata that a filter looks at. */
enum { WATCH_SEEN, WATCH_MISSED, WATCH_COUNTERS };
/* As much again, since the verifier takes the length and where it ends for independent. */
enum { WATCH_META_END = 8 * WATCH_COUNTERS + 256, WATCH_VALUE = WATCH_META_END + 256 };

struct watch_maps {
	int ring, after, counters;	/* file descriptors; -1 */
};

#define WATCH_TAP	"mdesc_tap"	/* the program's name */

/* Of the programs that it stands between. */
struct watch_kind {
	bool frags;
	bool dispatched;	/* loaded for no attach type, as libxdp's dispatcher wants it */
};

/* What the tap looks for: a filter that is bound to the layouts of @reader. NULL: everything. */
struct watch_wanted {
	const struct filter *filter;
	const struct mdesc_reader *reader;
};

/*
 * A tap that catches @bytes of each packet: a file descriptor, or -errno. It may catch packets that are not wanted,
 * but leaves none out that is.
 */
int watch_program(const struct watch_maps *maps, unsigned int bytes, const struct watch_kind *kind,
		  const struct watch_wanted *wanted);

/* ---- watch_filter.c ---- */

struct code;

/* Adds the filter's code. false, and nothing is added: the tap cannot tell the layouts of @r apart. */
bool watch_filter(struct code *c, const struct filter *f, const struct mdesc_reader *r);

/* ---- watch_tap.c ---- */

struct watch_tap;

struct watch_tap_opts {
	const char *iface;
	const char *bpffs;		/* NULL: the usual place */
	const struct mdesc_image *img;	/* to attach where nothing is; NULL: that is an error */
	const void *writer;		/* instead of @img's own, or NULL */
	size_t writer_size;
	unsigned int bytes;
	struct watch_wanted wanted;
	unsigned int ring_size;		/* a power of two, and of pages */
};

/* NULL with @err. */
struct watch_tap *watch_tap_open(const struct watch_tap_opts *opts, struct mdesc_error *err);
/* The way that it was. */
void watch_tap_close(struct watch_tap *tap);
/* What is attached, for its image. */
const struct mdesc_attachment *watch_tap_attachment(const struct watch_tap *tap);
/* Hands records to @one until there are none, or it returns another number than 0, or @ms are over. */
int watch_tap_poll(struct watch_tap *tap, int ms, int (*one)(void *ctx, const struct watch_record *rec, size_t size),
		   void *ctx);
/* Since it was opened. */
void watch_tap_counters(const struct watch_tap *tap, uint64_t counters[WATCH_COUNTERS]);
/* Whether the same is still attached: 1; 0: something else, or nothing any more. */
bool watch_tap_lasts(const struct watch_tap *tap);

/* For watch_left.c, too. */

int watch_fail(struct mdesc_error *err, int code, enum mdesc_class kind, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The folder of all attachments, of which @dir is one, locked as mdesc attach does: a file descriptor, or -errno. */
int watch_lock(const char *dir, bool change);
/* Opens DIR/GEN/NAME: a file descriptor, or -1 with errno. */
int watch_pinned(const char *dir, const char *gen, const char *name);
/* Nobody runs in what was taken out of a slot any more. */
void watch_settle(void);

/* ---- watch_left.c ---- */

enum watch_state {
	WATCH_NONE,
	WATCH_RUNS,
	WATCH_LEFT,		/* it was killed, and its tap is there */
};

enum watch_state watch_state(const struct mdesc_attachment *att);
/* Takes the tap out that is left. -ENOENT (not found) where none is, -EBUSY (ambiguous) where a watch runs. */
int watch_remove(const char *iface, const char *bpffs, struct mdesc_error *err);

/* ---- watch_show.c ---- */

struct watch_show;

struct watch_show_opts {
	char **fields;			/* NULL: all */
	size_t field_count;
	bool json;
	unsigned int bytes;		/* of each packet */
};

struct watch_show *watch_show_new(const struct watch_show_opts *opts);
void watch_show_free(struct watch_show *s);
/*
 * The fields in the layouts that the reader has now; what @att, which may be NULL, leaves out is shown as if packets
 * did not have it. 0, or -errno with @err.
 */
int watch_show_bind(struct watch_show *s, struct mdesc_reader *r, const struct mdesc_attachment *att,
		    struct mdesc_error *err);
/* @layout: index in the reader, of a packet that was recognised. */
void watch_show_packet(struct watch_show *s, const struct watch_record *rec, size_t layout,
		       const struct mdesc_packet *p);
/* A packet without metadata or in a layout that is not known. */
void watch_show_other(struct watch_show *s, const struct watch_record *rec, uint32_t id);

#endif /* MDESC_WATCH_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc run, for its own files.
 *
 *   capture.c   packets out of a file, one at a time
 *   sources.c   what the hardware would know besides each packet
 *   (refnic)    the metadata
 *   program.c   the XDP program's verdict in the real kernel
 *   runshow.c   the table, or JSON
 *   cmd_run.c   the loop over these
 *
 * Memory does not grow with the capture.
 */
#ifndef MDESC_RUN_H
#define MDESC_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mdesc/mdesc.h>

/* Fills @err with class and text; gives -@code. */
int run_fail(struct mdesc_error *err, int code, int class, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- capture.c ---- */

struct capture;

/*
 * @data: lies in the reader until the next packet is read
 * @len: bytes there are; @wire_len: bytes that the packet had when it was captured
 * @time_ns: since 1970
 * @number: from 1
 */
struct packet {
	const uint8_t *data;
	uint32_t len;
	uint32_t wire_len;
	uint64_t time_ns;
	uint64_t number;
};

/* Opens a pcap or pcapng file of Ethernet packets; "-" is standard input. 0, or -errno. */
int capture_open(struct capture **cap, const char *path, struct mdesc_error *err);
/* 1: a packet; 0: the end; -errno for a file that is damaged here. */
int capture_next(struct capture *cap, struct packet *pkt, struct mdesc_error *err);
/* How much of the file was read, 0 to 1; negative where that is not known. */
double capture_done(const struct capture *cap);
void capture_close(struct capture *cap);

/* ---- sources.c ---- */

struct sources;

/*
 * Values for the sources of @img. Stand-ins, unless set otherwise: time units get
 * the packet's capture time, what is called a hash the flow hash below, a queue and
 * all else 0.
 */
int sources_new(struct sources **src, const struct mdesc_image *img, struct mdesc_error *err);
/* A constant, "NAME=VALUE". */
int sources_set(struct sources *src, const char *text, struct mdesc_error *err);
/*
 * A table: names in the first line, then a line for each packet, the last of which
 * stays. Fields are separated by commas or blanks, '-' is the stand-in, '#' begins
 * a comment. Read line by line as packets come.
 */
int sources_open(struct sources *src, const char *path, struct mdesc_error *err);
/* Values for the next packet, by source index. 0, or -errno for a wrong line. */
int sources_next(struct sources *src, const struct packet *pkt, const uint64_t **values,
		 struct mdesc_error *err);
void sources_free(struct sources *src);

/* A hash of addresses, protocol and ports, the same in both directions; 0: not IP. */
uint32_t flow_hash(const uint8_t *data, size_t len);

/* ---- program.c ---- */

struct program;

/*
 * What became of a packet.
 * @why: not NULL: it was not run, and this is why
 * @verdict: enum xdp_action, or what the program gave instead
 * @len, @meta_size: bytes of packet and metadata afterwards
 */
struct verdict {
	const char *why;
	uint32_t verdict;
	uint32_t len;
	uint32_t meta_size;
};

/*
 * Opens OBJ or OBJ:PROGRAM against the image and loads it. -ENOTUNIQ (ambiguous)
 * where OBJ has several XDP programs and none is named, -ENOENT (not found) where
 * it has none or none of that name; -EPERM (denied) without privilege for BPF.
 */
int program_open(struct program **prog, const char *spec, const struct mdesc_image *img,
		 const struct mdesc_stitch_opts *stitch, struct mdesc_error *err);
const char *program_name(const struct program *prog);
/* Runs one packet with its metadata in front. */
int program_run(struct program *prog, const struct packet *pkt, const void *meta,
		size_t meta_size, struct verdict *v, struct mdesc_error *err);
void program_close(struct program *prog);

/* "XDP_PASS"; NULL for what is no XDP action. */
const char *verdict_name(uint32_t verdict);

#endif /* MDESC_RUN_H */

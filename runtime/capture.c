/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Packets out of pcap and pcapng files: takes a path, gives one packet at a time,
 * read by libpcap. Damage is told with the number of the last good packet.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <pcap/pcap.h>

#include "cmd.h"
#include "run.h"

struct capture {
	pcap_t *pcap;
	FILE *file;		/* libpcap's to close */
	const char *path;
	uint64_t size;		/* 0: not a regular file */
	uint64_t number;
};

int run_fail(struct mdesc_error *err, int code, int class, const char *fmt, ...)
{
	va_list ap;
	char *p;

	memset(err, 0, sizeof(*err));
	err->code = -code;
	err->kind = class;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	for (p = err->text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if ((unsigned char)*p == 0xc2 && ((unsigned char)p[1] & 0xe0) == 0x80)
			p[0] = p[1] = '?';	/* C1, which terminals obey, too */
	return -code;
}

static int open_file(struct capture *cap, struct mdesc_error *err)
{
	struct stat st;

	cap->file = !strcmp(cap->path, "-") ? stdin : fopen(cap->path, "rb");
	if (cap->file && !fstat(fileno(cap->file), &st)) {
		if (S_ISREG(st.st_mode))
			cap->size = st.st_size;
		if (!S_ISDIR(st.st_mode))
			return 0;
		fclose(cap->file);
		errno = EISDIR;
	}
	return run_fail(err, errno, cmd_file_class(errno), "%.300s: %s", cap->path, strerror(errno));
}

static int check_link(struct capture *cap, struct mdesc_error *err)
{
	int link = pcap_datalink(cap->pcap);
	const char *name = pcap_datalink_val_to_name(link);

	if (link == DLT_EN10MB)
		return 0;
	return run_fail(err, EOPNOTSUPP, MDESC_CLASS_DENIED,
			"%.300s: its packets are of link type %s (%d): only Ethernet can be run",
			cap->path, name ? name : "unknown", link);
}

int capture_open(struct capture **ret, const char *path, struct mdesc_error *err)
{
	struct capture *cap = calloc(1, sizeof(*cap));
	char why[PCAP_ERRBUF_SIZE] = "";
	int rc;

	if (!cap)
		return run_fail(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	cap->path = path;
	rc = open_file(cap, err);
	if (!rc) {
		cap->pcap = pcap_fopen_offline_with_tstamp_precision(cap->file,
					PCAP_TSTAMP_PRECISION_NANO, why);
		if (!cap->pcap) {
			rc = run_fail(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.200s: no capture: %s",
				      path, why);
			if (cap->file != stdin)
				fclose(cap->file);
		}
	}
	if (!rc)
		rc = check_link(cap, err);
	if (rc) {
		capture_close(cap);
		return rc;
	}
	*ret = cap;
	return 0;
}

int capture_next(struct capture *cap, struct packet *pkt, struct mdesc_error *err)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	int rc = pcap_next_ex(cap->pcap, &h, &data);

	if (rc == PCAP_ERROR_BREAK)
		return 0;
	if (rc != 1)
		return run_fail(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.200s: after packet %llu: %s",
				cap->path, (unsigned long long)cap->number,
				pcap_geterr(cap->pcap));
	*pkt = (struct packet){
		.data = data, .len = h->caplen, .wire_len = h->len < h->caplen ? h->caplen : h->len,
		/* The precision asked for: tv_usec holds nanoseconds. */
		.time_ns = (uint64_t)h->ts.tv_sec * 1000000000u + (uint64_t)h->ts.tv_usec,
		.number = ++cap->number,
	};
	return 1;
}

double capture_done(const struct capture *cap)
{
	off_t at = cap->size ? ftello(cap->file) : -1;

	return at < 0 ? -1 : (double)at / cap->size;
}

void capture_close(struct capture *cap)
{
	if (!cap)
		return;
	if (cap->pcap)
		pcap_close(cap->pcap);
	free(cap);
}

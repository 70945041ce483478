/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The user's XDP program in the real kernel: takes OBJ[:PROGRAM] and an image,
 * loads it against them, and runs one packet at a time with its metadata in front
 * by BPF_PROG_TEST_RUN. What the kernel cannot run is told beforehand, with why.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "run.h"

#define ETH_HEADER	14
#define HEADROOM	256	/* XDP_PACKET_HEADROOM, which the metadata is part of */
#define TAILROOM	320	/* struct skb_shared_info, aligned */
#define FRAGS_MAX	(64 * 1024)

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

struct program {
	struct mdesc_object *obj;
	int fd;
	bool frags;
	char name[64];
	size_t linear_max;	/* packet bytes that fit one page */
	uint8_t *in, *out;	/* metadata and packet */
	size_t size;
	char why[128];
};

const char *verdict_name(uint32_t verdict)
{
	static const char *const names[] = {
		"XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT",
	};

	return verdict < sizeof(names) / sizeof(names[0]) ? names[verdict] : NULL;
}

/* ---- opening ---- */

/* Splits OBJ:PROGRAM. A file that is called so goes first. */
static char *split_spec(const char *spec, const char **name)
{
	char *path = strdup(spec), *colon;

	*name = NULL;
	if (!path || !access(path, F_OK))
		return path;
	colon = strrchr(path, ':');
	if (colon && colon[1] && !strchr(colon, '/')) {
		*colon = '\0';
		*name = colon + 1;
	}
	return path;
}

/* What libbpf and the verifier say, for explain(): libbpf's callback takes no context. */
static __thread char *libbpf_said;
#define SAID_BYTES	(256 * 1024)

static int listen(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	size_t n;

	if (level == LIBBPF_DEBUG || !libbpf_said)
		return 0;
	n = strlen(libbpf_said);
	return vsnprintf(libbpf_said + n, SAID_BYTES - n, fmt, ap);
}

/* "... failed to resolve CO-RE relocation <byte_off> [8] struct x.y (0:0 @ offset 0)" */
static bool explain_relo(const char *line, char *buf, size_t size)
{
	const char *what = strstr(line, "CO-RE relocation <"), *end;

	what = what ? strstr(what, "] ") : NULL;
	if (!what)
		return false;
	what += 2;
	end = what + strcspn(what, "\n");
	if (memchr(what, '(', end - what))
		end = (const char *)memchr(what, '(', end - what) - 1;
	snprintf(buf, size, ": neither image nor kernel has %.*s", (int)(end - what), what);
	return true;
}

/* The line of what libbpf said that tells why: a relocation that failed, or the verifier's last. */
static void explain(char *said, char *buf, size_t size)
{
	static const char *const marks[] = {
		"failed to resolve CO-RE relocation", "invalid CO-RE relocation",
		"relocation decision ambiguity", "field offset ambiguity",
		"-- END PROG LOAD LOG --",
	};
	char *hit = NULL, *line;
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]) && !hit; i++)
		hit = strstr(said, marks[i]);
	if (!hit || hit == said)
		return;
	if (strstr(hit, "-- END") == hit) {
		/* Two lines up: the one below it counts instructions. */
		for (i = 0, line = hit; line > said && i < 3; line--)
			i += line[-1] == '\n';
		hit = line + (*line == '\n');
	} else {
		while (hit > said && hit[-1] != '\n')
			hit--;
	}
	if (!explain_relo(hit, buf, size))
		snprintf(buf, size, ": %.*s", (int)strcspn(hit, "\n"), hit);
}

static int load(struct program *p, const char *path, struct mdesc_error *err)
{
	char more[200] = "";
	int rc;

	rc = mdesc_object__load(p->obj, err);
	if (!rc)
		return 0;
	if (libbpf_said && err->kind != MDESC_CLASS_DENIED)
		explain(libbpf_said, more, sizeof(more));
	if (err->kind == MDESC_CLASS_DENIED)
		return run_fail(err, -rc, MDESC_CLASS_DENIED,
				"%.200s: no permission to load BPF programs", path);
	return run_fail(err, -rc, err->kind, "%.200s: %.64s cannot be loaded%s%s", path, p->name,
			more[0] ? "" : ": ", more[0] ? more : strerror(-rc));
}

/*
 * Maps that would be pinned, or reused because they are, stay our own: a trial must not
 * touch what runs on this machine.
 */
static int prepare(struct program *p, const char *path, const char *name,
		   const struct mdesc_image *img, const struct mdesc_stitch_opts *stitch,
		   struct mdesc_error *err)
{
	MDESC_OPTS(mdesc_object_open_opts, opts, .stitch = stitch);
	struct bpf_program *chosen;
	struct bpf_map *map;
	int rc;

	p->obj = mdesc_object__open(path, img, &opts, err);
	if (!p->obj)
		return -errno;
	chosen = mdesc_object__xdp_program(p->obj, name, err);
	if (!chosen)
		return -errno;
	snprintf(p->name, sizeof(p->name), "%s", bpf_program__name(chosen));
	/* libbpf sets the flag only while it loads, by the section's name. */
	p->frags = !strncmp(bpf_program__section_name(chosen), "xdp.frags", 9) ||
		   (bpf_program__flags(chosen) & BPF_F_XDP_HAS_FRAGS);
	bpf_object__for_each_map(map, mdesc_object__bpf(p->obj))
		bpf_map__set_pin_path(map, NULL);
	rc = load(p, path, err);
	p->fd = rc ? -1 : bpf_program__fd(chosen);
	return rc;
}

int program_open(struct program **ret, const char *spec, const struct mdesc_image *img,
		 const struct mdesc_stitch_opts *stitch, struct mdesc_error *err)
{
	struct program *p = calloc(1, sizeof(*p));
	libbpf_print_fn_t before;
	const char *name;
	char *path;
	int rc;

	path = split_spec(spec, &name);
	if (p) {
		p->linear_max = sysconf(_SC_PAGESIZE) - HEADROOM - TAILROOM;
		p->size = HEADROOM + FRAGS_MAX;
		p->in = malloc(p->size);
		p->out = malloc(p->size);
	}
	if (!p || !p->in || !p->out || !path) {
		program_close(p);
		free(path);
		return run_fail(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	}
	libbpf_said = calloc(1, SAID_BYTES);
	before = libbpf_set_print(listen);
	rc = prepare(p, path, name, img, stitch, err);
	libbpf_set_print(before);
	free(libbpf_said);
	libbpf_said = NULL;
	free(path);
	if (rc) {
		program_close(p);
		return rc;
	}
	*ret = p;
	return 0;
}

const char *program_name(const struct program *prog)
{
	return prog->name;
}

void program_close(struct program *prog)
{
	if (!prog)
		return;
	mdesc_object__close(prog->obj);
	free(prog->in);
	free(prog->out);
	free(prog);
}

/* ---- running ---- */

/* Why the kernel would refuse this packet; NULL: it would not. */
static const char *cannot_run(struct program *p, const struct packet *pkt, size_t meta_size)
{
	size_t max = p->frags ? FRAGS_MAX : p->linear_max;

	if (pkt->len < ETH_HEADER)
		return "shorter than an Ethernet header";
	if (pkt->len > max) {
		snprintf(p->why, sizeof(p->why), "longer than the %zu bytes of a test run", max);
		return p->why;
	}
	if (meta_size % 4)
		return "metadata of no multiple of 4 bytes";
	if (meta_size > HEADROOM)
		return "metadata longer than the headroom";
	return NULL;
}

int program_run(struct program *p, const struct packet *pkt, const void *meta, size_t meta_size,
		struct verdict *v, struct mdesc_error *err)
{
	struct xdp_md in = { .data = meta_size, .data_end = meta_size + pkt->len }, out = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = p->in, .data_size_in = in.data_end,
		    .data_out = p->out, .data_size_out = p->size, .ctx_in = &in,
		    .ctx_size_in = sizeof(in), .ctx_out = &out, .ctx_size_out = sizeof(out),
		    .repeat = 1);

	memset(v, 0, sizeof(*v));
	v->why = cannot_run(p, pkt, meta_size);
	if (v->why)
		return 0;
	if (meta_size)
		memcpy(p->in, meta, meta_size);
	memcpy(p->in + meta_size, pkt->data, pkt->len);
	if (bpf_prog_test_run_opts(p->fd, &opts)) {
		int code = errno;

		if (code == EINVAL && meta_size > 32) {
			v->why = "this kernel refuses so much metadata";
			return 0;
		}
		return run_fail(err, code, code == EPERM ? MDESC_CLASS_DENIED : MDESC_CLASS_SYSTEM,
				"packet %llu: the kernel did not run %s: %s",
				(unsigned long long)pkt->number, p->name, strerror(code));
	}
	v->verdict = opts.retval;
	v->len = out.data_end - out.data;
	v->meta_size = out.data;
	return 0;
}

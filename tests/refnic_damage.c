/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Images of parsers with parts of headers, advances, marks, look-aheads and
 * options, damaged in the machine's tables and sealed again: what still opens
 * runs packets without a wild read (which sanitizers would see) and without end.
 */
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "compile.h"
#include "fuzz.h"
#include "imgbuild.h"
#include "tap.h"

/* What is run, and which of its tables are damaged. */
struct subject { const char *path, *const *tables; uint32_t n_tables; };

enum { ROUNDS = 4000, PACKETS = 20, BYTES_MAX = 120 };

static uint32_t rnd(uint64_t *state)
{
	return (uint32_t)(fuzz_next(state) >> 16);
}

/* Changes a few bytes of entries of the tables. */
static void damage(uint8_t *data, const struct mdesc_image *plain, const struct subject *s, uint64_t *state)
{
	for (uint32_t n = 1 + rnd(state) % 3; n > 0; n--) {
		MDESC_INFO(mdesc_section_info, sec);
		size_t at;

		if (mdesc_image__section_by_name(plain, s->tables[rnd(state) % s->n_tables], &sec) || !sec.entries)
			continue;
		at = sizeof(struct mdesc_fmt_table) + (size_t)(rnd(state) % sec.entries) * sec.entry_size;
		data[sec.offset + at + rnd(state) % sec.entry_size] = rnd(state) % 3 ? rnd(state) % 8 : rnd(state);
	}
}

/* Small numbers, and at times what leads on: IPv4 or IPv6, and a protocol. */
static void random_packet(struct mdesc_refnic *nic, struct mdesc_rawnic *raw, uint64_t *state)
{
	MDESC_INFO(mdesc_rawnic_result, rows);
	static const uint8_t protocols[] = { 6, 17, 47, 51, 132 };
	MDESC_INFO(mdesc_refnic_result, res);
	const struct mdesc_refnic_header *h;
	size_t len = rnd(state) % BYTES_MAX;
	uint8_t *p = malloc(len ? len : 1);	/* of just that size, for sanitizers */

	if (!p)
		abort();
	for (size_t i = 0; i < len; i++)
		p[i] = rnd(state) % 3 ? rnd(state) % 7 : rnd(state);
	if (len > 50 && rnd(state) % 4) {
		p[12] = rnd(state) % 2 ? 0x08 : 0x86;
		p[13] = p[12] == 0x08 ? 0x00 : 0xdd;
		p[14] = 0x45 + rnd(state) % 3;
		p[23] = protocols[rnd(state) % 5];
		p[46] = (rnd(state) % 8 + 4) << 4;
	}
	mdesc_refnic__run(nic, p, len, NULL, &res);
	mdesc_refnic__headers(nic, &h);
	if (raw)
		mdesc_rawnic__run(raw, p, len, &rows);
	free(p);
}

static void run(const struct subject *s, const char *path, const char *include)
{
	struct mdesc_image *plain, *img;
	struct mdesc_rawnic *raw;
	struct mdesc_refnic *nic;
	FILE *nowhere = fopen("/dev/null", "w");
	uint64_t state = 88172645463325252u;
	unsigned int opened = 0;
	struct compiled c;
	struct out bytes;
	uint8_t *data;

	if (!compile_file(&c, path, include) || !compile_emit(&c, "image", &bytes)) {
		tap(false, s->path, "%s does not compile", path);
		return;
	}
	data = malloc(bytes.size);
	plain = mdesc_image__open_mem(bytes.data, bytes.size, NULL, NULL);
	if (!data || !plain || !nowhere)
		abort();
	for (int round = 0; round < ROUNDS; round++) {
		memcpy(data, bytes.data, bytes.size);
		damage(data, plain, s, &state);
		if (reseal(data, bytes.size))
			abort();
		img = mdesc_image__open_mem(data, bytes.size, NULL, NULL);
		nic = img ? mdesc_refnic__new(img, NULL, NULL) : NULL;
		raw = img ? mdesc_rawnic__new(img, NULL, NULL) : NULL;
		for (int i = 0; nic && i < PACKETS; i++)
			random_packet(nic, raw, &state);
		if (raw)
			mdesc_image__print_tables(img, nowhere, NULL);
		opened += nic != NULL;
		mdesc_rawnic__free(raw);
		mdesc_refnic__free(nic);
		mdesc_image__close(img);
	}
	tap(opened > ROUNDS / 50, s->path, "%u damaged images open", opened);
	fclose(nowhere);
	mdesc_image__close(plain);
	free(data);
	out_free(&bytes);
	compile_free(&c);
}

int main(void)
{
	static const char *const parser[] = { MDESC_SEC_HEADERS, MDESC_SEC_HEADERS, MDESC_SEC_KEYS, MDESC_SEC_ROWS,
					      MDESC_SEC_STATES, MDESC_SEC_OPS, MDESC_SEC_TARGET };
	static const char *const tables[] = { MDESC_SEC_RAW, MDESC_SEC_RAW_PARTS, MDESC_SEC_RAW_FIELDS,
					      MDESC_SEC_RAW_PIECES, MDESC_SEC_RAW_ROWS, MDESC_SEC_RAW_STARTS,
					      MDESC_SEC_RAW_BYTES, MDESC_SEC_RAW_REGS, MDESC_SEC_RAW_OPS,
					      MDESC_SEC_RAW_OPS };
	static const struct subject subjects[] = {
		{ "tshark/protocols", parser, 7 }, { "ok/header-if", parser, 7 }, { "ok/cursor", parser, 7 },
		{ "refnic/raw-steps", tables, 10 },
	};
	const char *src = getenv("MDESC_SRC");
	char include[4096], path[4096];

	snprintf(include, sizeof(include), "%s/firmware-descs", src ? src : ".");
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		snprintf(path, sizeof(path), "%s/tests/%s.mdesc", src ? src : ".", subjects[i].path);
		run(&subjects[i], path, include);
	}
	return tap_status();
}

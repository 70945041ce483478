/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the hardware would know besides a packet: takes constants, a table and the
 * packet, gives a value for each source of the image. The table is read as packets
 * come, so it may be as long as the capture.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "run.h"

#define LINE_BYTES	4096
#define SEPARATORS	", \t\r\n"

enum kind { STAND_ZERO, STAND_TIME, STAND_HASH, CONSTANT, COLUMN };

/* One source of the image. */
struct slot {
	enum kind kind;		/* what it is without the table's */
	uint64_t divide;	/* STAND_TIME: nanoseconds in its unit */
	uint64_t constant;
	uint64_t cell;		/* the table's value in force, */
	bool has_cell;		/* if any */
};

struct sources {
	const struct mdesc_image *img;
	size_t n;
	struct slot *slots;
	uint64_t *values;
	FILE *table;
	char *path;
	uint64_t line;
	size_t *columns;	/* source index of each column */
	size_t column_n;
	char buf[LINE_BYTES];
};

static int no_memory(struct mdesc_error *err)
{
	return run_fail(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
}

/* ---- stand-ins ---- */

static void stand_in(struct slot *s, const struct mdesc_source *src)
{
	static const struct { const char *unit; uint64_t ns; } units[] = {
		{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
	};
	size_t i;

	if (mdesc_source__kind(src) != MDESC_SOURCE_INT)
		return;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(mdesc_source__unit(src), units[i].unit)) {
			s->kind = STAND_TIME;
			s->divide = units[i].ns;
			return;
		}
	if (strstr(mdesc_source__name(src), "hash"))
		s->kind = STAND_HASH;
}

int sources_new(struct sources **ret, const struct mdesc_image *img, struct mdesc_error *err)
{
	struct sources *src = calloc(1, sizeof(*src));
	size_t i;

	if (!src)
		return no_memory(err);
	src->img = img;
	src->n = mdesc_image__source_count(img);
	src->slots = calloc(src->n + 1, sizeof(*src->slots));
	src->values = calloc(src->n + 1, sizeof(*src->values));
	if (!src->slots || !src->values) {
		sources_free(src);
		return no_memory(err);
	}
	for (i = 0; i < src->n; i++)
		stand_in(&src->slots[i], mdesc_image__source(img, i));
	*ret = src;
	return 0;
}

/* ---- what the user says ---- */

/* Where a wrong word stands: "--set" or "FILE:LINE". */
static const char *place(const struct sources *src, char *buf, size_t size)
{
	if (!src->line)
		return "--set";
	snprintf(buf, size, "%.200s:%llu", src->path, (unsigned long long)src->line);
	return buf;
}

static int find(const struct sources *src, const char *name, size_t *idx, struct mdesc_error *err)
{
	const struct mdesc_source *s = mdesc_image__source_by_name(src->img, name);
	char buf[256], known[160] = "";
	size_t i, n = 0;

	if (s) {
		*idx = mdesc_source__index(s);
		return 0;
	}
	for (i = 0; i < src->n && n < sizeof(known) - 1; i++)
		n += snprintf(known + n, sizeof(known) - n, "%s%s", i ? ", " : "",
			      mdesc_source__name(mdesc_image__source(src->img, i)));
	return run_fail(err, ENOENT, MDESC_CLASS_NOT_FOUND,
			"%s: the image has no source '%.64s'%s%s", place(src, buf, sizeof(buf)),
			name, src->n ? "; it has " : "", known);
}

/* Decimal, hexadecimal, or negative where the source has a sign: then as two's complement in its bits. */
static bool number(const char *text, bool sign, unsigned int bits, uint64_t *value, bool *fits)
{
	bool minus = *text == '-' && sign;
	const char *digits = text + minus;
	char *end;

	errno = 0;
	*value = strtoull(digits, &end, strncmp(digits, "0x", 2) ? 10 : 16);
	if (!isdigit((unsigned char)*digits) || *end || errno)
		return false;
	if (minus) {
		*fits = *value <= 1ull << (bits - 1);
		*value = 0 - *value;
		if (bits < 64)
			*value &= (1ull << bits) - 1;
		return true;
	}
	*fits = bits == 64 || !(*value >> bits);
	if (sign && digits[1] != 'x')		/* hexadecimal are the bits themselves */
		*fits = *value < 1ull << (bits - 1);
	return true;
}

static int parse_value(const struct sources *src, size_t idx, const char *text, uint64_t *value,
		       struct mdesc_error *err)
{
	const struct mdesc_source *s = mdesc_image__source(src->img, idx);
	unsigned int bits = mdesc_source__bits(s);
	bool fits;
	char buf[256];

	if (!number(text, mdesc_source__is_signed(s), bits, value, &fits))
		return run_fail(err, EINVAL, MDESC_CLASS_INPUT, "%s: '%.64s' is no value for %s",
				place(src, buf, sizeof(buf)), text, mdesc_source__name(s));
	if (!fits)
		return run_fail(err, ERANGE, MDESC_CLASS_INPUT, "%s: %.64s does not fit the %u bits of %s%s",
				place(src, buf, sizeof(buf)), text, bits, mdesc_source__name(s),
				mdesc_source__is_signed(s) ? ", of which one is the sign" : "");
	return 0;
}

int sources_set(struct sources *src, const char *text, struct mdesc_error *err)
{
	const char *eq = strchr(text, '=');
	char name[128];
	size_t idx;
	int rc;

	if (!eq || eq == text || (size_t)(eq - text) >= sizeof(name))
		return run_fail(err, EINVAL, MDESC_CLASS_SYSTEM, "--set takes NAME=VALUE, not '%.64s'",
				text);
	memcpy(name, text, eq - text);
	name[eq - text] = '\0';
	rc = find(src, name, &idx, err);
	if (!rc)
		rc = parse_value(src, idx, eq + 1, &src->slots[idx].constant, err);
	if (!rc)
		src->slots[idx].kind = CONSTANT;
	return rc;
}

/* The next line that says something, into buf: 1, 0 at the end, or -errno. */
static int read_line(struct sources *src, struct mdesc_error *err)
{
	while (fgets(src->buf, sizeof(src->buf), src->table)) {
		src->line++;
		if (strlen(src->buf) == sizeof(src->buf) - 1)
			return run_fail(err, EINVAL, MDESC_CLASS_INPUT,
					"%.200s:%llu: the line is longer than %zu bytes", src->path,
					(unsigned long long)src->line, sizeof(src->buf) - 2);
		src->buf[strcspn(src->buf, "#")] = '\0';
		if (src->buf[strspn(src->buf, SEPARATORS)])
			return 1;
	}
	if (ferror(src->table))
		return run_fail(err, EIO, MDESC_CLASS_SYSTEM, "%.200s: cannot be read", src->path);
	return 0;
}

static int read_names(struct sources *src, struct mdesc_error *err)
{
	char *word, *save;
	size_t idx;
	int rc;

	rc = read_line(src, err);
	if (rc < 0)
		return rc;
	if (!rc)
		return run_fail(err, EINVAL, MDESC_CLASS_INPUT,
				"%.200s: there is no line with the names of sources", src->path);
	for (word = strtok_r(src->buf, SEPARATORS, &save); word;
	     word = strtok_r(NULL, SEPARATORS, &save)) {
		rc = find(src, word, &idx, err);
		if (rc)
			return rc;
		if (src->slots[idx].kind == COLUMN)
			return run_fail(err, EINVAL, MDESC_CLASS_INPUT, "%.200s:%llu: %.64s stands twice",
					src->path, (unsigned long long)src->line, word);
		src->slots[idx].kind = COLUMN;
		src->columns[src->column_n++] = idx;
	}
	return 0;
}

int sources_open(struct sources *src, const char *path, struct mdesc_error *err)
{
	enum kind *kinds;
	size_t i;
	int rc;

	src->path = strdup(path);
	src->columns = calloc(src->n + 1, sizeof(*src->columns));
	kinds = calloc(src->n + 1, sizeof(*kinds));
	if (!src->path || !src->columns || !kinds) {
		free(kinds);
		return no_memory(err);
	}
	for (i = 0; i < src->n; i++)
		kinds[i] = src->slots[i].kind;
	src->table = fopen(path, "r");
	if (src->table)
		rc = read_names(src, err);
	else
		rc = run_fail(err, errno, cmd_file_class(errno), "%.200s: %s", path, strerror(errno));
	/* COLUMN was for finding names that stand twice. */
	for (i = 0; i < src->n; i++)
		src->slots[i].kind = kinds[i];
	free(kinds);
	return rc;
}

/* ---- per packet ---- */

static int read_cells(struct sources *src, struct mdesc_error *err)
{
	char *word, *save;
	size_t i = 0;
	int rc;

	rc = read_line(src, err);
	if (rc <= 0)
		return rc;
	for (word = strtok_r(src->buf, SEPARATORS, &save); word;
	     word = strtok_r(NULL, SEPARATORS, &save), i++) {
		struct slot *s;

		if (i == src->column_n)
			break;
		s = &src->slots[src->columns[i]];
		s->has_cell = strcmp(word, "-") != 0;
		if (!s->has_cell)
			continue;
		rc = parse_value(src, src->columns[i], word, &s->cell, err);
		if (rc)
			return rc;
	}
	if (word || i < src->column_n)
		return run_fail(err, EINVAL, MDESC_CLASS_INPUT,
				"%.200s:%llu: %s than the %zu values of the first line", src->path,
				(unsigned long long)src->line, word ? "more" : "fewer",
				src->column_n);
	return 0;
}

static uint64_t value_of(const struct slot *s, const struct packet *pkt)
{
	if (s->has_cell)
		return s->cell;
	switch (s->kind) {
	case STAND_TIME:
		return pkt->time_ns / s->divide;
	case STAND_HASH:
		return flow_hash(pkt->data, pkt->len);
	case CONSTANT:
		return s->constant;
	default:
		return 0;
	}
}

int sources_next(struct sources *src, const struct packet *pkt, const uint64_t **values,
		 struct mdesc_error *err)
{
	size_t i;
	int rc;

	if (src->table) {
		rc = read_cells(src, err);
		if (rc < 0)
			return rc;
	}
	for (i = 0; i < src->n; i++)
		src->values[i] = value_of(&src->slots[i], pkt);
	*values = src->values;
	return 0;
}

void sources_free(struct sources *src)
{
	if (!src)
		return;
	if (src->table)
		fclose(src->table);
	free(src->columns);
	free(src->path);
	free(src->values);
	free(src->slots);
	free(src);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Packets of mdesc watch: takes a record and its layout, prints a line. With
 * fields that were asked for, a table whose columns grow with what is in them;
 * without, all that means something in this packet, as NAME=VALUE; or JSON. A field
 * that the packet does not have, or that the writer was not asked for, is "-", in JSON
 * it is left out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "watch.h"

enum { HEADER_EVERY = 40 };		/* lines between two headers of the table */

struct column {
	const char *name;
	int field;			/* its number in the reader */
	int width;
};

struct watch_show {
	struct watch_show_opts o;
	const struct mdesc_reader *r;
	struct column *columns;
	unsigned int lines;		/* since the last header */
	bool begun;
	uint64_t first;			/* the first packet's time */
	char *text;			/* of a value */
	size_t room;
	const void **left;		/* fields and values that are left out, */
	size_t left_n;
};

struct watch_show *watch_show_new(const struct watch_show_opts *opts)
{
	struct watch_show *s = calloc(1, sizeof(*s));

	if (s) {
		s->o = *opts;
		s->columns = calloc(opts->field_count + 1, sizeof(*s->columns));
		s->room = 256;
		s->text = malloc(s->room);
	}
	if (s && s->columns && s->text)
		return s;
	watch_show_free(s);
	return NULL;
}

void watch_show_free(struct watch_show *s)
{
	if (!s)
		return;
	free(s->columns);
	free(s->text);
	free(s->left);
	free(s);
}

/* ---- what the writer was not asked for ---- */

static const void *of_handle(const struct mdesc_handle *h)
{
	return h->field ? (const void *)h->field : (const void *)h->value;
}

static bool is_left_out(void *ctx, const struct mdesc_handle *h)
{
	const struct watch_show *s = ctx;
	size_t i;

	for (i = 0; i < s->left_n; i++)
		if (s->left[i] == of_handle(h))
			return true;
	return false;
}

static int leave_out(struct watch_show *s, const struct mdesc_attachment *att, const struct mdesc_handle *h)
{
	const void **left;

	if (!mdesc_attachment__leaves_out(att, h))
		return 0;
	left = realloc(s->left, (s->left_n + 1) * sizeof(*left));
	if (!left)
		return -ENOMEM;
	s->left = left;
	left[s->left_n++] = of_handle(h);
	return 0;
}

static int find_left_out(struct watch_show *s, const struct mdesc_attachment *att)
{
	size_t i, k;
	int rc = 0;

	s->left_n = 0;
	for (k = 0; att && !rc && k < mdesc_reader__layout_count(s->r); k++) {
		const struct mdesc_layout *l = mdesc_reader__layout(s->r, k);

		for (i = 0; !rc && i < mdesc_layout__field_count(l); i++)
			rc = leave_out(s, att, &(struct mdesc_handle){ .field = mdesc_layout__field(l, i) });
		for (i = 0; !rc && i < mdesc_layout__value_count(l); i++)
			rc = leave_out(s, att, &(struct mdesc_handle){ .value = mdesc_layout__value(l, i) });
	}
	return rc;
}

int watch_show_bind(struct watch_show *s, struct mdesc_reader *r, const struct mdesc_attachment *att,
		    struct mdesc_error *err)
{
	size_t i;

	s->r = r;
	if (find_left_out(s, att))
		return watch_fail(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	s->lines = 0;
	for (i = 0; i < s->o.field_count; i++) {
		struct column *c = &s->columns[i];

		c->name = s->o.fields[i];
		c->field = mdesc_reader__field(r, c->name, err);
		if (c->field < 0)
			return c->field;
		if (c->width < (int)strlen(c->name))
			c->width = (int)strlen(c->name);
	}
	return 0;
}

/* ---- values ---- */

static bool is_whole(const struct mdesc_handle *h)
{
	return h->field && h->count == mdesc_field__count(h->field);
}

static int format(const struct mdesc_handle *h, const struct mdesc_packet *p, char *buf, size_t size)
{
	uint64_t v = 0;

	if (h->value)
		return mdesc_value__format(h->value, p->bytes, p->size, buf, size);
	if (is_whole(h))
		return mdesc_field__format(h->field, p->bytes, p->size, buf, size);
	mdesc_handle__read(h, p->bytes, p->size, &v);
	return h->flags & MDESC_HANDLE_SIGNED ? snprintf(buf, size, "%" PRId64, (int64_t)v) :
	       snprintf(buf, size, "%" PRIu64, v);
}

static const char *value_text_of(struct watch_show *s, const struct mdesc_handle *h, const struct mdesc_packet *p)
{
	int n;

	if (is_left_out(s, h) || mdesc_handle__applies(h, p->bytes, p->size) != 1)
		return "-";
	n = format(h, p, s->text, s->room);
	if (n >= (int)s->room) {
		char *text = realloc(s->text, (size_t)n + 1);

		if (!text)
			return "?";
		s->text = text;
		s->room = (size_t)n + 1;
		format(h, p, s->text, s->room);
	}
	return n < 0 ? "?" : s->text;
}

static void put_json(const struct mdesc_handle *h, const struct mdesc_packet *p)
{
	uint64_t v = 0;

	if (h->value)
		json_put_value(stdout, h->value, p->bytes, p->size);
	else if (is_whole(h))
		json_put_field(stdout, h->field, p->bytes, p->size);
	else if (mdesc_handle__read(h, p->bytes, p->size, &v) == 1 && (h->flags & MDESC_HANDLE_SIGNED))
		printf("%" PRId64, (int64_t)v);
	else
		printf("%" PRIu64, v);
}

/* ---- text ---- */

static void put_time(struct watch_show *s, const struct watch_record *rec)
{
	uint64_t us;

	if (!s->begun) {
		s->begun = true;
		s->first = rec->time;
	}
	/* Two processors may give their packets in another order than their times. */
	us = rec->time > s->first ? (rec->time - s->first) / 1000 : 0;
	printf("%6" PRIu64 ".%06u", us / 1000000, (unsigned int)(us % 1000000));
}

static void put_data(const struct watch_show *s, const struct watch_record *rec)
{
	uint32_t i;

	for (i = 0; s->o.bytes && i < rec->caught; i++)
		printf("%s%02x", i ? "" : "  ", rec->bytes[i]);
	putchar('\n');
}

static void put_header(struct watch_show *s)
{
	size_t i;

	printf("%13s", "TIME");
	for (i = 0; i < s->o.field_count; i++)
		printf("  %*s", s->columns[i].width, s->columns[i].name);
	printf(s->o.bytes ? "  DATA\n" : "\n");
	s->lines = HEADER_EVERY;
}

static void put_row(struct watch_show *s, const struct watch_record *rec, const struct mdesc_packet *p)
{
	size_t i;

	if (!s->lines--)
		put_header(s);
	put_time(s, rec);
	for (i = 0; i < s->o.field_count; i++) {
		struct column *c = &s->columns[i];
		const char *text = value_text_of(s, &p->fields[c->field], p);

		printf("  %*s", c->width, text);
		if (c->width < (int)strlen(text) && strlen(text) < 64)
			c->width = (int)strlen(text);
	}
	put_data(s, rec);
}

static bool is_id(const struct mdesc_field *f)
{
	const struct mdesc_layout *l = mdesc_field__layout(f);

	return mdesc_layout__has_id(l) && mdesc_field__byte_offset(f) + 4 == mdesc_layout__size(l) &&
	       mdesc_field__width(f) == 32;
}

/* What the line of a packet names: not its layout's id, as the name of the layout is there. */
static void put_all(struct watch_show *s, const struct watch_record *rec, const struct mdesc_packet *p)
{
	size_t i;

	put_time(s, rec);
	printf("  %s", mdesc_layout__name(p->layout));
	for (i = 0; i < mdesc_layout__field_count(p->layout); i++) {
		const struct mdesc_field *f = mdesc_layout__field(p->layout, i);
		struct mdesc_handle h = { .field = f, .count = mdesc_field__count(f) };

		if (!(mdesc_field__flags(f) & MDESC_FIELD_RESERVED) && !is_id(f) && !is_left_out(s, &h) &&
		    mdesc_field__applies(f, p->bytes, p->size) == 1)
			printf(" %s=%s", mdesc_field__path(f), value_text_of(s, &h, p));
	}
	for (i = 0; i < mdesc_layout__value_count(p->layout); i++) {
		const struct mdesc_value *v = mdesc_layout__value(p->layout, i);
		struct mdesc_handle h = { .value = v, .count = 1 };

		if (mdesc_value__role(v) <= MDESC_VALUE_DERIVE && !is_left_out(s, &h) &&
		    mdesc_value__applies(v, p->bytes, p->size) == 1)
			printf(" %s=%s", mdesc_value__name(v), value_text_of(s, &h, p));
	}
	put_data(s, rec);
}

/* ---- JSON ---- */

static void json_begin(const struct watch_record *rec)
{
	printf("{\"time\": %" PRIu64 ", \"length\": %u, ", rec->time, rec->length);
}

static void json_end(const struct watch_show *s, const struct watch_record *rec)
{
	if (s->o.bytes) {
		printf(", \"data\": ");
		json_put_hex(stdout, rec->bytes, rec->caught);
	}
	printf("}\n");
}

static void put_object(struct watch_show *s, const struct watch_record *rec, const struct mdesc_packet *p)
{
	const char *gap = "";
	size_t i;

	json_begin(rec);
	printf("\"layout\": ");
	json_put_string(stdout, mdesc_layout__name(p->layout));
	printf(", \"id\": %u, \"fields\": ", p->id);
	if (!s->o.field_count)
		json_put_fields_but(stdout, p->layout, p->bytes, p->size, is_left_out, s);
	else
		putchar('{');
	for (i = 0; i < s->o.field_count; i++) {
		const struct mdesc_handle *h = &p->fields[s->columns[i].field];

		if (is_left_out(s, h) || mdesc_handle__applies(h, p->bytes, p->size) != 1)
			continue;
		fputs(gap, stdout);
		json_put_string(stdout, s->columns[i].name);
		printf(": ");
		put_json(h, p);
		gap = ", ";
	}
	if (s->o.field_count)
		putchar('}');
	json_end(s, rec);
}

void watch_show_packet(struct watch_show *s, const struct watch_record *rec, size_t layout,
		       const struct mdesc_packet *p)
{
	(void)layout;
	if (s->o.json)
		put_object(s, rec, p);
	else if (s->o.field_count)
		put_row(s, rec, p);
	else
		put_all(s, rec, p);
}

void watch_show_other(struct watch_show *s, const struct watch_record *rec, uint32_t id)
{
	if (s->o.json) {
		json_begin(rec);
		printf("\"layout\": null, \"id\": %u", id);
		json_end(s, rec);
		return;
	}
	put_time(s, rec);
	if (id)
		printf("  unknown layout 0x%08x", id);
	else
		printf("  no metadata");
	put_data(s, rec);
}

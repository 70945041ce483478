/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Whether two parsers do the same: takes two images whose tables differ, lets
 * the prover find packets that they treat differently (or that there are none),
 * and where it cannot say, tries packets that go everywhere; compares what comes
 * out field by field, by names and not by bytes. Each kind of difference is reported once, with the smallest packet
 * that was found for it. Where no packet shows one, that is said, with what was
 * tried.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "diff_prove.h"
#include "explore.h"

#define WORK_MAX	40000000u	/* steps of machines for one comparison */
#define HEADERS_SAID	24u		/* of a packet */
#define VERDICTS_MAX	1024u		/* kinds of verdicts reported */

/* A field that both layouts have. */
struct both {
	const struct mdesc_field *f[2];
	bool said_value, said_applies;
};

struct layouts {
	const struct mdesc_layout *l[2];
	struct both *v;
	uint32_t n;
};

enum outcome { SAME, VERDICT, ERROR, LAYOUT, APPLIES, VALUE, HEADERS };

/* What is different about a packet, precisely enough to find it again in a smaller one. */
struct seen {
	enum outcome what;
	const struct both *field;
	char text[2][128];	/* VERDICT, ERROR, LAYOUT */
};

struct run {
	struct mdesc_diff *d;
	struct explorer e;
	struct layouts *layouts;	/* by index in the old image: its partner */
	uint32_t layout_n;
	struct seen said[VERDICTS_MAX];
	uint32_t said_n;
	bool said_headers;
	bool unsaid;			/* there are more than VERDICTS_MAX */
	bool found;			/* anything that a program sees */
	bool proved;			/* that no packet shows anything else */
	struct probe given;		/* the prover's packet */
	struct layouts **proved_layouts;	/* by the prover's index */
};

/* ---- what both have ---- */

static const char *path_of(const struct mdesc_image *img, const struct mdesc_layout *l, uint32_t i)
{
	return image_str(img, img->fields[l->fmt->field_first + i].fmt->path);
}

/* Padding says nothing, a word is its ranges, and the id is compared as such. */
static bool compared(const struct mdesc_layout *l, uint32_t i)
{
	const struct mdesc_fmt_field *f = l->img->fields[l->fmt->field_first + i].fmt;

	return !(f->flags & (MDESC_FIELD_RESERVED | MDESC_FIELD_WORD)) && l->fmt->id_field != l->fmt->field_first + i;
}

static void pair_fields(struct mdesc_diff *d, struct layouts *p)
{
	struct names names[2];
	uint32_t i, k;

	for (k = 0; k < 2; k++) {
		names_init(d, &names[k], p->l[k]->fmt->field_count);
		for (i = 0; i < names[k].n; i++)
			names[k].v[i] = path_of(p->l[k]->img, p->l[k], i);
	}
	p->v = diff_alloc(d, (size_t)names[0].n + 1, sizeof(*p->v));
	if (d->failed || !diff_pair(d, names))
		return;
	for (i = 0; i < names[0].n; i++) {
		uint32_t to = names[0].to[i];

		if (to == MDESC_FMT_NONE32 || !compared(p->l[0], i) || !compared(p->l[1], to))
			continue;
		p->v[p->n].f[0] = &p->l[0]->img->fields[p->l[0]->fmt->field_first + i];
		p->v[p->n++].f[1] = &p->l[1]->img->fields[p->l[1]->fmt->field_first + to];
	}
}

static void pair_layouts(struct run *r)
{
	struct mdesc_diff *d = r->d;
	struct names names[2];
	uint32_t i;

	r->layouts = diff_alloc(d, (size_t)image_count(d->img[0], TABLE_LAYOUTS) + 1, sizeof(*r->layouts));
	if (!DIFF_PAIR_TABLE(d, names, TABLE_LAYOUTS, mdesc_fmt_layout))
		return;
	r->layout_n = names[0].n;
	for (i = 0; i < names[0].n; i++) {
		struct layouts *p = &r->layouts[i];

		if (names[0].to[i] == MDESC_FMT_NONE32)
			continue;
		p->l[0] = &d->img[0]->layouts[i];
		p->l[1] = &d->img[1]->layouts[names[0].to[i]];
		if (p->l[0]->fmt->kind == MDESC_LAYOUT_METADATA && p->l[1]->fmt->kind == MDESC_LAYOUT_METADATA)
			pair_fields(d, p);
	}
}

/* ---- one packet ---- */

static void verdict_text(const struct mdesc_image *img, const struct mdesc_refnic_result *res, char *text, size_t size)
{
	char name[64];

	if (res->dropped)
		snprintf(text, size, "dropped");
	else if (!res->error)
		snprintf(text, size, "accepted");
	else if (mdesc_image__error_name(img, res->error, name, sizeof(name)) > 0 && name[0])
		snprintf(text, size, "rejected: %s (%d)", name, res->error);
	else
		snprintf(text, size, "rejected: %d", res->error);
}

static const char *layout_name(const struct mdesc_refnic_result *res)
{
	return res->layout ? mdesc_layout__name(res->layout) : "none";
}

static bool is_number(const struct mdesc_field *f)
{
	return f->fmt->kind != MDESC_FIELD_MAC;
}

static bool named_alike(const struct mdesc_field *a, const struct mdesc_field *b, uint64_t x, uint64_t y)
{
	const char *p, *q;

	if (a->fmt->kind != MDESC_FIELD_ENUM || b->fmt->kind != MDESC_FIELD_ENUM)
		return false;
	p = mdesc_field__enum_name(a, x);
	q = mdesc_field__enum_name(b, y);
	return p && q && strcmp(p, q) == 0;
}

/* Numbers of different widths are alike in the bits that both have; or those of enums @by_name. */
static bool same_number(const struct mdesc_field *a, const struct mdesc_field *b, uint64_t x, uint64_t y, bool by_name)
{
	unsigned int width = a->fmt->width < b->fmt->width ? a->fmt->width : b->fmt->width;
	uint64_t mask = width < 64 ? (1ull << width) - 1 : ~0ull;

	return !((x ^ y) & mask) || (by_name && named_alike(a, b, x, y));
}

static bool same_value(const struct run *r, const struct both *p, bool by_name)
{
	const struct mdesc_field *a = p->f[0], *b = p->f[1];
	const struct mdesc_refnic_result *res = r->e.res;
	uint32_t n = a->fmt->count < b->fmt->count ? a->fmt->count : b->fmt->count, i;
	uint64_t x = 0, y = 0;

	if (is_number(a) != is_number(b))
		return true;	/* that it is something else is said already */
	if (!is_number(a))
		return a->fmt->count != b->fmt->count ||
		       memcmp((const uint8_t *)res[0].meta + a->fmt->offset,
			      (const uint8_t *)res[1].meta + b->fmt->offset, 6) == 0;
	for (i = 0; i < n; i++) {
		mdesc_field__read_u64(a, res[0].meta, res[0].meta_size, i, &x);
		mdesc_field__read_u64(b, res[1].meta, res[1].meta_size, i, &y);
		if (!same_number(a, b, x, y, by_name))
			return false;
	}
	return true;
}

/* Of a field in which this packet makes a difference, what. */
static enum outcome field_outcome(const struct run *r, const struct both *p)
{
	const struct mdesc_refnic_result *res = r->e.res;
	int a = mdesc_field__applies(p->f[0], res[0].meta, res[0].meta_size);
	int b = mdesc_field__applies(p->f[1], res[1].meta, res[1].meta_size);

	if (a != b)
		return APPLIES;
	return a == 1 && !same_value(r, p, true) ? VALUE : SAME;
}

/* Names of the headers in the packet, in order. */
static void headers_text(struct explorer *e, int side, char *text, size_t size)
{
	const struct mdesc_refnic_header *h;
	size_t n = mdesc_refnic__headers(e->nic[side], &h), len = 0, i;

	snprintf(text, size, "none");
	for (i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i ? " " : "", h[i].name);
}

/* What differs in how the parsers went; its texts. Fields are looked at where nothing does. */
static enum outcome whole_outcome(struct run *r, struct seen *s)
{
	const struct mdesc_refnic_result *res = r->e.res;
	int k;

	for (k = 0; k < 2; k++)
		verdict_text(r->d->img[k], &res[k], s->text[k], sizeof(s->text[k]));
	/* of one number, with another name: the enum tells */
	if (res[0].dropped != res[1].dropped || res[0].error != res[1].error)
		return !res[0].dropped && !res[1].dropped && res[0].error && res[1].error ? ERROR : VERDICT;
	if (res[0].dropped)
		return SAME;
	for (k = 0; k < 2; k++)
		snprintf(s->text[k], sizeof(s->text[k]), "%s", layout_name(&res[k]));
	return strcmp(s->text[0], s->text[1]) ? LAYOUT : SAME;
}

static struct layouts *layouts_of(struct run *r)
{
	const struct mdesc_layout *l = r->e.res[0].layout;

	return l && !r->e.res[0].dropped ? &r->layouts[mdesc_layout__index(l)] : NULL;
}

/* Whether a field of the same layout has another value. */
static bool other_values(struct run *r, const struct both *field)
{
	const struct layouts *p = &r->layouts[mdesc_layout__index(field->f[0]->layout)];
	uint32_t i;

	for (i = 0; i < p->n; i++)
		if (field_outcome(r, &p->v[i]) == VALUE)
			return true;
	return false;
}

/* ---- a smaller packet ---- */

/* Whether a packet shows the same as @want. */
static bool shows(struct run *r, const struct probe *p, const struct seen *want, const int error[2])
{
	struct seen s;

	explorer_run(&r->e, p);
	s.what = whole_outcome(r, &s);
	if (want->what <= LAYOUT)
		return s.what == want->what && strcmp(s.text[0], want->text[0]) == 0 &&
		       strcmp(s.text[1], want->text[1]) == 0;
	if (s.what != SAME || r->e.res[0].error != error[0] || r->e.res[1].error != error[1])
		return false;
	if (want->what == HEADERS) {
		headers_text(&r->e, 0, s.text[0], sizeof(s.text[0]));
		headers_text(&r->e, 1, s.text[1], sizeof(s.text[1]));
		return strcmp(s.text[0], want->text[0]) == 0 && strcmp(s.text[1], want->text[1]) == 0;
	}
	return r->e.res[0].layout == want->field->f[0]->layout && !r->e.res[0].dropped &&
	       field_outcome(r, want->field) == want->what && (want->what == VALUE || !other_values(r, want->field));
}

static void shorten(struct run *r, struct probe *p, const struct seen *want, const int error[2])
{
	uint32_t by = p->len, len;

	for (by = p->len / 2 + 1; by; by /= 2) {
		while (p->len >= by) {
			len = p->len;
			p->len -= by;
			if (!shows(r, p, want, error)) {
				p->len = len;
				break;
			}
		}
	}
}

static void clear(struct run *r, struct probe *p, const struct seen *want, const int error[2])
{
	uint32_t i;

	for (i = 0; i < p->len && i < 1024; i++) {
		uint8_t was = p->data[i];

		p->data[i] = 0;
		if (was && !shows(r, p, want, error))
			p->data[i] = was;
	}
	for (i = 0; i < r->e.source_n; i++) {
		uint64_t was = p->sources[i], small;

		for (small = 0; small < 3; small++) {
			p->sources[i] = small;
			if (was <= small || shows(r, p, want, error))
				break;
		}
		if (small == 3 || was < small)
			p->sources[i] = was;
	}
}

/* ---- reporting ---- */

/* The headers of the packet that was run, in their order: "ethernet, vlan, ipv6". */
static const char *class_text(struct run *r, int side)
{
	const struct mdesc_refnic_header *h;
	size_t n = mdesc_refnic__headers(r->e.nic[side], &h), i;
	const char *text = n ? "" : "none";

	for (i = 0; i < n && i < HEADERS_SAID; i++)
		text = diff_text(r->d, "%s%s%s", text, i ? ", " : "", h[i].name);
	return n > HEADERS_SAID ? diff_text(r->d, "%s, ...", text) : text;
}

static void attach(struct run *r, struct finding *f, const struct probe *p)
{
	uint8_t *copy;
	uint32_t i;

	if (!f)
		return;
	copy = diff_alloc(r->d, (size_t)p->len + 1, 1);
	if (!copy)
		return;
	memcpy(copy, p->data, p->len);
	f->packet = copy;
	f->packet_size = p->len;
	f->headers[0] = class_text(r, 0);
	f->headers[1] = class_text(r, 1);
	for (i = 0; i < r->e.source_n; i++)
		if (p->sources[i])
			f->sources = diff_text(r->d, "%s%s%s=0x%llx", f->sources, *f->sources ? " " : "",
					       r->e.source_names[i], (unsigned long long)p->sources[i]);
}

static const char *value_text(struct run *r, const struct mdesc_field *f, int side)
{
	const struct mdesc_refnic_result *res = &r->e.res[side];
	char text[256];

	if (mdesc_field__applies(f, res->meta, res->meta_size) != 1)
		return "means nothing";
	mdesc_field__format(f, res->meta, res->meta_size, text, sizeof(text));
	return diff_text(r->d, "%s", text);
}

static void report(struct run *r, struct seen *s)
{
	static const enum diff_rule_id rules[] = {
		[VERDICT] = DIFF_PARSER_VERDICT_CHANGED, [ERROR] = DIFF_PARSER_ERROR_CHANGED,
		[LAYOUT] = DIFF_PARSER_LAYOUT_CHANGED, [APPLIES] = DIFF_PARSER_APPLIES_CHANGED,
		[VALUE] = DIFF_PARSER_VALUE_CHANGED, [HEADERS] = DIFF_PARSER_HEADERS_CHANGED,
	};
	int error[2] = { r->e.res[0].error, r->e.res[1].error };
	struct finding *f;
	struct probe p;

	if (!probe_copy(&p, &r->e.now, r->e.source_n)) {
		r->d->failed = true;
		return;
	}
	shorten(r, &p, s, error);
	clear(r, &p, s, error);
	explorer_run(&r->e, &p);
	if (s->field)
		f = diff_add(r->d, rules[s->what], value_text(r, s->field->f[0], 0), value_text(r, s->field->f[1], 1),
			     "layout %s field %s", mdesc_layout__name(s->field->f[0]->layout),
			     mdesc_field__path(s->field->f[0]));
	else
		f = diff_add(r->d, rules[s->what], s->text[0], s->text[1], s->what == LAYOUT ? "layout of a packet" :
			     s->what == HEADERS ? "headers of a packet" : "verdict on a packet");
	attach(r, f, &p);
	probe_free(&p);
	r->found = r->found || s->what != HEADERS;
	explorer_run(&r->e, &r->e.now);		/* there may be more to say about this packet */
}

static bool said(struct run *r, const struct seen *s)
{
	uint32_t i;

	for (i = 0; i < r->said_n; i++)
		if (r->said[i].what == s->what && strcmp(r->said[i].text[0], s->text[0]) == 0 &&
		    strcmp(r->said[i].text[1], s->text[1]) == 0)
			return true;
	if (r->said_n == VERDICTS_MAX) {
		r->unsaid = true;
		return true;
	}
	r->said[r->said_n++] = *s;
	return false;
}

static void look_at_fields(struct run *r, struct layouts *p)
{
	bool values = false;
	uint32_t i;
	int pass;

	/* Where a tag has another value, other arms follow from that. */
	for (pass = 0; pass < 2 && !(pass && values); pass++) {
		for (i = 0; i < p->n; i++) {
			struct seen s = { field_outcome(r, &p->v[i]), &p->v[i], { "", "" } };
			bool *flag = pass ? &p->v[i].said_applies : &p->v[i].said_value;

			if (s.what != (pass ? APPLIES : VALUE))
				continue;
			values = true;
			if (!*flag)
				report(r, &s);
			*flag = true;
		}
	}
}

static void look_at_headers(struct run *r)
{
	struct seen s = { HEADERS, NULL, { "", "" } };

	if (r->said_headers)
		return;
	headers_text(&r->e, 0, s.text[0], sizeof(s.text[0]));
	headers_text(&r->e, 1, s.text[1], sizeof(s.text[1]));
	if (strcmp(s.text[0], s.text[1]) == 0)
		return;
	r->said_headers = true;
	report(r, &s);
}

static void look(struct run *r)
{
	struct seen s = { SAME, NULL, { "", "" } };
	struct layouts *p;

	s.what = whole_outcome(r, &s);
	if (s.what != SAME) {
		if (!said(r, &s))
			report(r, &s);
		return;
	}
	p = layouts_of(r);
	if (p)
		look_at_fields(r, p);
	look_at_headers(r);
}

/* ---- all packets ---- */

static bool has_parsers(const struct mdesc_diff *d)
{
	return image_count(d->img[0], TABLE_ROWS) || image_count(d->img[1], TABLE_ROWS);
}

static void not_found(struct run *r)
{
	uint32_t missed[2] = { explorer_missed(&r->e, 0), explorer_missed(&r->e, 1) };
	const char *rows[2];
	int k;

	/* no parsers: that a field which differs is written in another way says nothing */
	if (r->d->n && !has_parsers(r->d))
		return;
	for (k = 0; k < 2; k++)
		rows[k] = missed[k] && !r->proved ? diff_text(r->d, "%u rows, %u of them met by no packet",
						image_count(r->d->img[k], TABLE_ROWS), missed[k]) :
				      diff_text(r->d, "%u rows", image_count(r->d->img[k], TABLE_ROWS));
	if (r->proved && !r->said_headers)
		diff_add(r->d, DIFF_PARSER_TABLES_CHANGED, rows[0], rows[1],
			 "parser: proved: no packet is parsed or written differently");
	else if (r->proved)
		return;
	else if (missed[0] || missed[1])
		diff_add(r->d, DIFF_PARSER_NOT_COMPARED, rows[0], rows[1],
			 "parser: no differing packet found among %llu", (unsigned long long)r->e.packets);
	else if (!r->said_headers)
		diff_add(r->d, DIFF_PARSER_TABLES_CHANGED, rows[0], rows[1],
			 "parser: no differing packet found among %llu", (unsigned long long)r->e.packets);
}

/* ---- the prover ---- */

/* Its packet, run; false: no memory. */
static bool run_given(struct run *r, const struct sym_packet *packet)
{
	struct probe p = { packet->data, packet->len, packet->sources };

	probe_free(&r->given);
	if (packet->n_sources < r->e.source_n || !probe_copy(&r->given, &p, r->e.source_n))
		return false;
	explorer_run(&r->e, &r->given);
	return true;
}

static bool stopped_so(const struct mdesc_refnic_result res[2], const uint32_t of[2])
{
	int k;

	for (k = 0; k < 2; k++)
		if (of[k] != (res[k].dropped ? SYM_DROPPED : (uint32_t)res[k].error))
			return false;
	return true;
}

static bool chose_so(const struct mdesc_refnic_result res[2], const uint32_t of[2])
{
	int k;

	for (k = 0; k < 2; k++)
		if (of[k] != (res[k].layout ? mdesc_layout__index(res[k].layout) : MDESC_FMT_NONE32))
			return false;
	return true;
}

static enum sym_shown field_shown(const struct run *r, const struct both *p)
{
	const struct mdesc_refnic_result *res = r->e.res;
	int k;

	if (field_outcome(r, p) == VALUE)
		return SYM_SHOWS;
	if (same_value(r, p, false))
		return SYM_SHOWS_NOT;
	for (k = 0; k < 2; k++)
		if (mdesc_field__applies(p->f[k], res[k].meta, res[k].meta_size) != 1)
			return SYM_SHOWS_NOTHING;
	return SYM_SHOWS_ALIKE;
}

static enum sym_shown given_differs(void *arg, const struct sym_packet *packet, const struct sym_kind *kind)
{
	struct run *r = arg;
	const struct mdesc_refnic_result *res = r->e.res;
	struct seen s = { SAME, NULL, { "", "" } };
	enum outcome whole;
	struct layouts *p;

	if (!run_given(r, packet))
		return SYM_SHOWS_NOT;
	whole = whole_outcome(r, &s);
	if (kind->what == SYM_VERDICT)
		return (whole == VERDICT || whole == ERROR) && stopped_so(res, kind->of) ? SYM_SHOWS : SYM_SHOWS_NOT;
	if (kind->what == SYM_LAYOUT)
		return whole == LAYOUT && chose_so(res, kind->of) ? SYM_SHOWS : SYM_SHOWS_NOT;
	if (whole != SAME)
		return SYM_SHOWS_NOT;
	p = layouts_of(r);
	if (kind->what == SYM_FIELD)
		return p && p == r->proved_layouts[kind->of[0]] ? field_shown(r, &p->v[kind->of[1]]) : SYM_SHOWS_NOT;
	headers_text(&r->e, 0, s.text[0], sizeof(s.text[0]));
	headers_text(&r->e, 1, s.text[1], sizeof(s.text[1]));
	return strcmp(s.text[0], s.text[1]) ? SYM_SHOWS : SYM_SHOWS_NOT;
}

/* A difference: said as one that a packet of the explorer shows. */
static bool given_found(void *arg, const struct sym_packet *packet)
{
	struct run *r = arg;
	struct probe was = r->e.now;

	if (run_given(r, packet)) {
		r->e.now = r->given;
		look(r);
		r->e.now = was;
	}
	return !r->d->failed;
}

static void prove(struct run *r)
{
	struct mdesc_diff *d = r->d;
	struct prove p = { .found = given_found, .differs = given_differs, .arg = r };
	struct prove_layouts *l = diff_alloc(d, (size_t)r->layout_n + 1, sizeof(*l));
	struct sym_answer answer;
	uint32_t i, k;

	r->proved_layouts = diff_alloc(d, (size_t)r->layout_n + 1, sizeof(*r->proved_layouts));
	for (i = 0; l && r->proved_layouts && i < r->layout_n; i++) {
		struct layouts *from = &r->layouts[i];
		const struct mdesc_field *(*fields)[2];

		if (!from->l[0] || !from->n)
			continue;
		fields = diff_alloc(d, from->n, sizeof(*fields));
		for (k = 0; fields && k < from->n; k++)
			memcpy(fields[k], from->v[k].f, sizeof(fields[k]));
		r->proved_layouts[p.n] = from;
		l[p.n++] = (struct prove_layouts){ { mdesc_layout__index(from->l[0]),
						     mdesc_layout__index(from->l[1]) }, fields, from->n };
	}
	p.layouts = l;
	p.source_id[0] = r->e.source_of[0];
	p.source_id[1] = r->e.source_of[1];
	if (d->failed || !diff_prove(d, &p, &answer))
		return;
	r->proved = answer.complete && !r->unsaid;
	probe_free(&r->given);
	sym_free(&answer);
}

/* @same: the tables are alike, only what metadata means is not. */
static void run_packets(struct mdesc_diff *d, bool same)
{
	struct run *r = diff_alloc(d, 1, sizeof(*r));
	struct mdesc_error err;

	if (!r)
		return;
	r->d = d;
	pair_layouts(r);
	if (d->failed)
		return;
	if (explorer_init(&r->e, d->img[0], d->img[1], &err)) {
		d->proof = MDESC_DIFF_OPEN;
		if (err.kind == MDESC_CLASS_NEWER)
			diff_add(d, DIFF_PARSER_NOT_COMPARED, "", "", "parser: %s", err.text);
		else
			d->failed = true;
		return;
	}
	if (!same)
		prove(r);
	while (!r->proved && !d->failed && r->e.packets < d->max_packets && r->e.work < WORK_MAX &&
	       explorer_next(&r->e))
		look(r);
	if (r->e.failed)
		d->failed = true;
	d->packets = r->e.packets;
	d->proof = !has_parsers(d) ? MDESC_DIFF_NO_PARSERS : r->found || r->said_headers ?
		   r->proved ? MDESC_DIFF_COMPLETE : MDESC_DIFF_OPEN :
		   r->proved || same ? MDESC_DIFF_SAME : MDESC_DIFF_OPEN;
	if (!r->found && !d->failed && !same)
		not_found(r);
	explorer_free(&r->e);
}

/* Fields mean something under other conditions. */
static bool has_condition(const struct mdesc_diff *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->v[i].rule == DIFF_CONDITION_CHANGED)
			return true;
	return false;
}

void diff_run(struct mdesc_diff *d)
{
	char *text[2];
	size_t size[2];
	bool same;
	int k;

	for (k = 0; k < 2; k++)
		text[k] = tables_canonical(d->img[k], d->img[!k], &size[k]);
	same = text[0] && text[1] && size[0] == size[1] && memcmp(text[0], text[1], size[0]) == 0;
	free(text[0]);
	free(text[1]);
	if (same)
		d->proof = has_parsers(d) ? MDESC_DIFF_SAME : MDESC_DIFF_NO_PARSERS;
	if (!same || has_condition(d))
		run_packets(d, same);
}

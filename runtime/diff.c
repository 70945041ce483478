/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What differs between two images: takes two checked images, lets diff_*.c look
 * at their parts, gives a list, the worst first. Here are the list itself, the
 * rules, and the calls that everything is reported by.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"

#define DEFAULT_PACKETS	20000u

static const struct {
	const char *name;
	int impact;
	const char *summary, *means, *advice, *example;
} rules[DIFF_RULES] = {
#define DIFF_RULE(id, name, impact, ...) { name, MDESC_IMPACT_##impact, __VA_ARGS__ },
#include "diff_rules.def"
#undef DIFF_RULE
};

/* ---- rules ---- */

const char *mdesc_impact_name(int impact)
{
	switch (impact) {
	case MDESC_IMPACT_DOCUMENTATION:	return "documentation";
	case MDESC_IMPACT_COMPATIBLE:		return "compatible";
	case MDESC_IMPACT_LIMITS:		return "limits";
	case MDESC_IMPACT_BEHAVIOUR:		return "behaviour";
	case MDESC_IMPACT_WRONG:		return "wrong";
	case MDESC_IMPACT_BREAKS:		return "breaks";
	default:				return "unknown";
	}
}

int mdesc_diff_rule_at(size_t idx, struct mdesc_diff_rule *rule)
{
	MDESC_INFO(mdesc_diff_rule, filled);

	if (idx >= DIFF_RULES)
		return -ENOENT;
	filled.name = rules[idx].name;
	filled.impact = rules[idx].impact;
	filled.summary = rules[idx].summary;
	filled.means = rules[idx].means;
	filled.advice = rules[idx].advice;
	filled.example = rules[idx].example;
	return info_copy(rule, &filled, sizeof(filled));
}

static int rule_by_name(const char *name)
{
	int i;

	for (i = 0; i < DIFF_RULES; i++)
		if (strcmp(rules[i].name, name) == 0)
			return i;
	return -ENOENT;
}

int mdesc_diff_rule_by_name(const char *name, struct mdesc_diff_rule *rule)
{
	int idx = rule_by_name(name);

	return idx < 0 ? idx : mdesc_diff_rule_at(idx, rule);
}

/* ---- memory ---- */

/* @p is the diff's from now on. */
static void *own(struct mdesc_diff *d, void *p)
{
	if (p && d->owned_n == d->owned_cap) {
		size_t cap = d->owned_cap ? 2 * d->owned_cap : 256;
		void **owned = realloc(d->owned, cap * sizeof(*owned));

		if (!owned) {
			free(p);
			p = NULL;
		} else {
			d->owned = owned;
			d->owned_cap = cap;
		}
	}
	if (!p) {
		d->failed = true;
		return NULL;
	}
	return d->owned[d->owned_n++] = p;
}

void *diff_alloc(struct mdesc_diff *d, size_t n, size_t size)
{
	return n ? own(d, calloc(n, size)) : NULL;
}

static const char *text_va(struct mdesc_diff *d, const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	text = own(d, text);
	return text ? text : "";
}

const char *diff_text(struct mdesc_diff *d, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = text_va(d, fmt, ap);
	va_end(ap);
	return text;
}

/* ---- the list ---- */

static struct finding *add(struct mdesc_diff *d, enum diff_rule_id rule, const char *old_text, const char *new_text,
			   const char *subject, va_list ap)
{
	struct finding *f;

	if (d->n == d->cap) {
		size_t cap = d->cap ? 2 * d->cap : 64;
		struct finding *v = realloc(d->v, cap * sizeof(*v));

		if (!v) {
			d->failed = true;
			return NULL;
		}
		d->v = v;
		d->cap = cap;
	}
	f = &d->v[d->n];
	memset(f, 0, sizeof(*f));
	f->rule = rule;
	f->order = d->n++;
	/* The images may be closed before the diff is freed. */
	f->old_text = diff_text(d, "%s", old_text);
	f->new_text = diff_text(d, "%s", new_text);
	f->subject = text_va(d, subject, ap);
	f->sources = "";
	return f;
}

struct finding *diff_add(struct mdesc_diff *d, enum diff_rule_id rule, const char *old_text, const char *new_text,
			 const char *subject, ...)
{
	struct finding *f;
	va_list ap;

	va_start(ap, subject);
	f = add(d, rule, old_text, new_text, subject, ap);
	va_end(ap);
	return f;
}

void diff_texts(struct mdesc_diff *d, enum diff_rule_id rule, const char *old_text, const char *new_text,
		const char *subject, ...)
{
	va_list ap;

	if (strcmp(old_text, new_text) == 0)
		return;
	va_start(ap, subject);
	add(d, rule, old_text, new_text, subject, ap);
	va_end(ap);
}

void diff_numbers(struct mdesc_diff *d, enum diff_rule_id rule, uint64_t old_number, uint64_t new_number,
		  const char *subject, ...)
{
	char texts[2][24];
	va_list ap;

	if (old_number == new_number)
		return;
	snprintf(texts[0], sizeof(texts[0]), "%llu", (unsigned long long)old_number);
	snprintf(texts[1], sizeof(texts[1]), "%llu", (unsigned long long)new_number);
	va_start(ap, subject);
	add(d, rule, texts[0], texts[1], subject, ap);
	va_end(ap);
}

/* ---- pairs ---- */

struct named {
	const char *name;
	uint32_t idx;
};

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int cmp = strcmp(x->name, y->name);

	return cmp ? cmp : x->idx < y->idx ? -1 : x->idx > y->idx;
}

static struct named *sorted(struct mdesc_diff *d, const struct names *names)
{
	struct named *v = diff_alloc(d, (size_t)names->n + 1, sizeof(*v));
	uint32_t i;

	for (i = 0; v && i < names->n; i++)
		v[i] = (struct named){ names->v[i], i };
	if (v)
		qsort(v, names->n, sizeof(*v), by_name);
	return v;
}

void names_init(struct mdesc_diff *d, struct names *names, uint32_t n)
{
	names->v = diff_alloc(d, (size_t)n + 1, sizeof(*names->v));
	names->to = diff_alloc(d, (size_t)n + 1, sizeof(*names->to));
	names->n = names->v && names->to ? n : 0;
}

bool diff_pair(struct mdesc_diff *d, struct names side[2])
{
	struct named *a = sorted(d, &side[0]), *b = sorted(d, &side[1]);
	uint32_t i = 0, k = 0;
	int cmp;

	if (!a || !b)
		return false;
	memset(side[0].to, 0xff, side[0].n * sizeof(uint32_t));
	memset(side[1].to, 0xff, side[1].n * sizeof(uint32_t));
	while (i < side[0].n && k < side[1].n) {
		cmp = strcmp(a[i].name, b[k].name);
		if (cmp < 0) {
			i++;
		} else if (cmp > 0) {
			k++;
		} else {
			side[0].to[a[i].idx] = b[k].idx;
			side[1].to[b[k++].idx] = a[i++].idx;
		}
	}
	return true;
}

bool diff_pair_table(struct mdesc_diff *d, struct names side[2], enum table_id id, size_t size, size_t name)
{
	uint32_t i, k;

	for (k = 0; k < 2; k++) {
		const uint8_t *entries = d->img[k]->tables[id].entries;
		mdesc_fmt_str str;

		names_init(d, &side[k], image_count(d->img[k], id));
		for (i = 0; i < side[k].n; i++) {
			memcpy(&str, entries + i * size + name, sizeof(str));
			side[k].v[i] = image_str(d->img[k], str);
		}
	}
	return !d->failed && diff_pair(d, side);
}

/* ---- what was said before ---- */

typedef int compare(const void *a, const void *b);

static int by_order(const struct finding *x, const struct finding *y)
{
	return x->order < y->order ? -1 : x->order > y->order;
}

static int by_key(const void *a, const void *b)
{
	const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;
	int cmp = x->rule != y->rule ? (int)x->rule - (int)y->rule : strcmp(x->key, y->key);

	return cmp ? cmp : by_order(x, y);
}

/* Of one leaf, what is about layouts stands first. */
static int by_leaf(const void *a, const void *b)
{
	const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;
	int cmp = x->rule != y->rule ? (int)x->rule - (int)y->rule : strcmp(x->leaf, y->leaf);

	if (!cmp)
		cmp = (int)x->scope - (int)y->scope;
	return cmp ? cmp : by_order(x, y);
}

/* Those with a key, or with a leaf, in order. */
static size_t collect(struct mdesc_diff *d, struct finding **v, bool leaf, compare *order)
{
	size_t n = 0, i;

	for (i = 0; i < d->n; i++)
		if (!d->v[i].dropped && (leaf ? d->v[i].leaf : d->v[i].key))
			v[n++] = &d->v[i];
	if (n)
		qsort(v, n, sizeof(*v), order);
	return n;
}

/* A field of an array of structs is said once, not for each element; one of a type not where a layout said it. */
static void drop_repeated(struct mdesc_diff *d)
{
	struct finding **v = diff_alloc(d, d->n + 1, sizeof(*v));
	const struct finding *first = NULL;
	size_t n, i;

	if (!v)
		return;
	n = collect(d, v, false, by_key);
	for (i = 1; i < n; i++)
		v[i]->dropped = v[i]->rule == v[i - 1]->rule && strcmp(v[i]->key, v[i - 1]->key) == 0;
	n = collect(d, v, true, by_leaf);
	for (i = 0; i < n; i++) {
		if (v[i]->scope == DIFF_IN_LAYOUT)
			first = v[i];
		else
			v[i]->dropped = first && first->rule == v[i]->rule && strcmp(first->leaf, v[i]->leaf) == 0;
	}
}

static int by_impact(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int cmp = rules[y->rule].impact - rules[x->rule].impact;

	if (!cmp)
		cmp = (int)x->rule - (int)y->rule;
	return cmp ? cmp : x->order < y->order ? -1 : x->order > y->order;
}

static void settle(struct mdesc_diff *d)
{
	size_t n = 0, i;

	drop_repeated(d);
	for (i = 0; i < d->n; i++)
		if (!d->v[i].dropped && !d->ignored[d->v[i].rule])
			d->v[n++] = d->v[i];
	d->n = n;
	if (n)
		qsort(d->v, n, sizeof(*d->v), by_impact);
}

/* ---- the call ---- */

static int read_opts(struct mdesc_diff *d, const struct mdesc_diff_opts *opts, struct mdesc_error *err)
{
	const char *const *ignore = OPTS_GET(opts, ignore, NULL);
	size_t n = OPTS_GET(opts, ignore_count, 0), i;
	int idx;

	d->max_packets = OPTS_GET(opts, packets, 0);
	if (!d->max_packets)
		d->max_packets = DEFAULT_PACKETS;
	for (i = 0; i < n; i++) {
		idx = rule_by_name(ignore[i]);
		if (idx < 0)
			return error_set(err, EINVAL, MDESC_CLASS_SYSTEM, "there is no rule '%.100s'", ignore[i]);
		d->ignored[idx] = true;
	}
	return 0;
}

struct mdesc_diff *mdesc_diff(const struct mdesc_image *old_img, const struct mdesc_image *new_img,
			      const struct mdesc_diff_opts *opts, struct mdesc_error *err)
{
	struct mdesc_diff *d;
	int ret;

	if (!old_img || !new_img || !opts_valid(opts, sizeof(*opts))) {
		errno = -error_set(err, EINVAL, MDESC_CLASS_SYSTEM, "wrong use of mdesc_diff()");
		return NULL;
	}
	d = calloc(1, sizeof(*d));
	if (!d) {
		errno = -error_nomem(err, old_img);
		return NULL;
	}
	d->img[0] = old_img;
	d->img[1] = new_img;
	ret = read_opts(d, opts, err);
	if (!ret) {
		diff_identity(d);
		diff_read_types(d);
		if (!d->failed)
			diff_layouts(d);
		if (!d->failed)
			diff_btf(d);
		diff_machine(d);
		if (!d->failed)
			diff_raw(d);
		diff_run(d);
		diff_rest(d);
		settle(d);
		if (d->failed)
			ret = error_nomem(err, old_img);
		else if (d->members > DIFF_MAX_MEMBERS)
			ret = error_set(err, E2BIG, MDESC_CLASS_DENIED,
					"the types of these images have more than %u members in all", DIFF_MAX_MEMBERS);
	}
	d->img[0] = d->img[1] = NULL;
	if (!ret)
		return d;
	mdesc_diff__free(d);
	errno = -ret;
	return NULL;
}

size_t mdesc_diff__count(const struct mdesc_diff *diff)
{
	return diff->n;
}

int mdesc_diff__at(const struct mdesc_diff *diff, size_t idx, struct mdesc_difference *difference)
{
	MDESC_INFO(mdesc_difference, filled);
	const struct finding *f;

	if (idx >= diff->n)
		return -ENOENT;
	f = &diff->v[idx];
	filled.rule = rules[f->rule].name;
	filled.impact = rules[f->rule].impact;
	filled.subject = f->subject;
	filled.old_text = f->old_text;
	filled.new_text = f->new_text;
	filled.packet = f->packet;
	filled.packet_size = f->packet_size;
	filled.sources = f->sources;
	filled.old_headers = f->headers[0] ? f->headers[0] : "";
	filled.new_headers = f->headers[1] ? f->headers[1] : "";
	return info_copy(difference, &filled, sizeof(filled));
}

int mdesc_diff__worst(const struct mdesc_diff *diff)
{
	return diff->n ? rules[diff->v[0].rule].impact : 0;
}

uint64_t mdesc_diff__packets(const struct mdesc_diff *diff)
{
	return diff->packets;
}

int mdesc_diff__proof(const struct mdesc_diff *diff)
{
	return diff->proof;
}

void mdesc_diff__free(struct mdesc_diff *diff)
{
	size_t i;

	if (!diff)
		return;
	for (i = 0; i < diff->owned_n; i++)
		free(diff->owned[i]);
	free(diff->owned);
	free(diff->v);
	free(diff);
}

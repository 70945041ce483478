/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The fields of one thing that both images have: takes two lists, pairs them by
 * path, reports what differs by what CO-RE makes of it. Where a field comes from,
 * a table or BTF, does not matter here.
 */
#include <stdio.h>
#include <string.h>

#include "diff.h"

#define HEIRS_MAX	4096u	/* fields among which one is looked for */

/* ---- texts ---- */

static const char *number_text(struct mdesc_diff *d, const struct dfield *f)
{
	static const char *const orders[] = { "u", "le", "be", "raw" };
	bool whole = f->width == 8 * f->bytes && !f->bits;

	if (f->bits && !f->range)
		return diff_text(d, "%s%u : %u", f->sign ? "s" : "u", 8 * f->bytes, f->width);
	if (f->kind == MDESC_FIELD_BOOL)
		return "bool";
	if (f->kind == MDESC_FIELD_ENUM)
		return diff_text(d, "%s : %s%u", f->type, f->sign ? "s" : orders[f->order & 3], f->width);
	return diff_text(d, "%s%u", f->sign ? "s" : whole ? orders[f->order & 3] : "u", f->width);
}

static const char *type_text(struct mdesc_diff *d, const struct dfield *f)
{
	const char *one;

	if (f->kind == MDESC_FIELD_MAC)
		one = "mac";
	else if (f->kind == MDESC_FIELD_PTR)
		one = diff_text(d, "%s *", f->type);
	else if (f->kind == MDESC_FIELD_BYTES)
		one = "u8";
	else if (f->kind == DFIELD_STRUCT)
		one = f->type;
	else
		one = number_text(d, f);
	return f->array ? diff_text(d, "%s[%u]", one, f->count) : one;
}

static const char *place_text(struct mdesc_diff *d, const struct dfield *f)
{
	if (f->range)
		return diff_text(d, "bits [%u:%u]", f->shift + f->width - 1, f->shift);
	if (f->bits)
		return diff_text(d, "byte %u, bits [%u:%u]", f->offset, f->shift + f->width - 1, f->shift);
	return diff_text(d, "byte %u", f->offset);
}

const char *dfield_text(struct mdesc_diff *d, const struct dfield *f)
{
	return diff_text(d, "%s at %s", type_text(d, f), place_text(d, f));
}

/* ---- one finding ---- */

/* The last name of a path, without indexes. */
const char *diff_leaf(struct mdesc_diff *d, const char *path)
{
	const char *dot = strrchr(path, '.');

	path = dot ? dot + 1 : path;
	return diff_text(d, "%.*s", (int)strcspn(path, "["), path);
}

const char *diff_plain(struct mdesc_diff *d, const char *subject)
{
	const char *text = diff_text(d, "%s", subject);
	char *to = (char *)text;

	for (; *subject; subject++) {
		*to++ = *subject;
		if (*subject == '[')
			subject += strcspn(subject, "]") - 1;
	}
	if (*text)
		*to = '\0';
	return text;
}

struct both {
	const struct dfields *in;	/* of the old image; of the new one where it is added */
	const struct dfield *a, *b;
};

static void say(struct mdesc_diff *d, const struct both *x, enum diff_rule_id rule, const char *a, const char *b)
{
	const char *path = (x->a ? x->a : x->b)->path;
	struct finding *f = diff_add(d, rule, a, b, "%s field %s", x->in->where, path);

	if (!f)
		return;
	f->scope = x->in->scope;
	f->key = diff_plain(d, f->subject);
	if (f->scope != DIFF_ANYWHERE)
		f->leaf = diff_leaf(d, path);
}

static void say_fields(struct mdesc_diff *d, const struct both *x, enum diff_rule_id rule)
{
	say(d, x, rule, dfield_text(d, x->a), dfield_text(d, x->b));
}

static void say_texts(struct mdesc_diff *d, const struct both *x, enum diff_rule_id rule, const char *a,
		      const char *b, const char *none)
{
	if (strcmp(a, b))
		say(d, x, rule, *a ? a : none, *b ? b : none);
}

/* ---- comparing ---- */

/* What CO-RE holds apart. */
enum form { FORM_NUMBER, FORM_POINTER, FORM_BYTES, FORM_STRUCT, FORM_ARRAY = 8 };

static int form_of(const struct dfield *f)
{
	int array = f->array ? FORM_ARRAY : 0;

	if (f->kind == DFIELD_STRUCT)
		return FORM_STRUCT | array;
	if (f->kind == MDESC_FIELD_PTR)
		return FORM_POINTER | array;
	if (f->kind == MDESC_FIELD_MAC)
		return FORM_BYTES;
	return FORM_NUMBER | array;
}

static bool crosses(const struct dfield *f)
{
	uint64_t first = 8ull * f->offset + f->shift;

	return f->bits && !f->range && first % 64 + f->width > 64;
}

static bool swapped(const struct dfield *f)
{
	return f->order == MDESC_ORDER_BE || f->order == MDESC_ORDER_RAW;
}

static void widths(struct mdesc_diff *d, const struct both *x)
{
	const struct dfield *a = x->a, *b = x->b;

	if (a->bits != b->bits)
		say_fields(d, x, DIFF_FIELD_PACKING_CHANGED);
	else if (a->width == b->width || a->kind == DFIELD_STRUCT)
		return;		/* a type's size is said of the type */
	else if (a->bits)
		say_fields(d, x, DIFF_BITS_RESIZED);
	else if (a->sign || b->sign)
		say_fields(d, x, DIFF_SIGNED_FIELD_RESIZED);
	else if (swapped(a) || swapped(b))
		say_fields(d, x, DIFF_BIG_ENDIAN_FIELD_RESIZED);
	else
		say_fields(d, x, DIFF_FIELD_RESIZED);
}

static void places(struct mdesc_diff *d, const struct both *x)
{
	const struct dfield *a = x->a, *b = x->b;

	if (crosses(b) && !crosses(a))
		say_fields(d, x, DIFF_BITS_UNREADABLE);
	if (a->bits && b->bits && (a->shift != b->shift || (!a->range && a->bytes != b->bytes)))
		say_fields(d, x, DIFF_BITS_MOVED);
	else if (a->offset != b->offset && !(a->range && b->range) && !(a->id && b->id))
		say_fields(d, x, DIFF_FIELD_MOVED);	/* ranges go with their word, the id is at the end */
}

/* What is in the fields, once it is sure that both can be read alike. */
static void meanings(struct mdesc_diff *d, const struct both *x)
{
	static const char *const orders[] = { "host order", "little-endian", "big-endian", "no order" };
	const struct dfield *a = x->a, *b = x->b;

	if (a->sign != b->sign)
		say_fields(d, x, DIFF_FIELD_SIGN_CHANGED);
	/* host order is little-endian, and one byte has none */
	if (swapped(a) != swapped(b) && (a->bytes > 1 || b->bytes > 1))
		say(d, x, DIFF_FIELD_ORDER_CHANGED, orders[a->order & 3], orders[b->order & 3]);
	else if (a->order != b->order && a->kind != MDESC_FIELD_MAC && (a->bytes > 1 || b->bytes > 1))
		say(d, x, DIFF_TAG_CHANGED, orders[a->order & 3], orders[b->order & 3]);
	if (a->kind != b->kind ? a->kind > MDESC_FIELD_SINT || b->kind > MDESC_FIELD_SINT :
				 strcmp(a->type, b->type) != 0)
		say_fields(d, x, DIFF_FIELD_TYPE_CHANGED);
	if (a->array && a->count != b->count)
		say_fields(d, x, a->count > b->count ? DIFF_ARRAY_SHRUNK : DIFF_ARRAY_GREW);
}

static void compare(struct mdesc_diff *d, const struct both *x)
{
	if (x->a->reserved && x->b->reserved)
		return;
	if (form_of(x->a) != form_of(x->b) ||
	    (x->a->kind == DFIELD_STRUCT && strcmp(x->a->type, x->b->type))) {
		say_fields(d, x, DIFF_FIELD_KIND_CHANGED);
	} else {
		widths(d, x);
		meanings(d, x);
		places(d, x);
	}
	say_texts(d, x, DIFF_UNIT_CHANGED, x->a->unit, x->b->unit, "no unit");
	say_texts(d, x, DIFF_CONDITION_CHANGED, x->a->cond, x->b->cond, "always");
}

/* ---- lists ---- */

/* Bytes without meaning, as one text; their names tell where they are. */
static const char *padding_text(struct mdesc_diff *d, const struct dfields *f)
{
	size_t room = 1, len = 0;
	char *text;
	uint32_t i;

	for (i = 0; i < f->n; i++)
		if (f->v[i].reserved)
			room += strlen(f->v[i].path) + 16;
	text = diff_alloc(d, room, 1);
	if (!text)
		return "";
	for (i = 0; i < f->n; i++)
		if (f->v[i].reserved)
			len += (size_t)snprintf(text + len, room - len, "%s%s %u", len ? ", " : "", f->v[i].path,
						f->v[i].count);
	return text;
}

/* One that has come at the very place of one that is gone: what it may be called now. */
static const char *heir_text(struct mdesc_diff *d, const struct dfield *gone, const struct dfields *now,
			     const struct names *names)
{
	uint32_t i;

	for (i = 0; i < now->n && now->n <= HEIRS_MAX; i++) {
		const struct dfield *f = &now->v[i];

		if (names->to[i] == MDESC_FMT_NONE32 && f->offset == gone->offset && f->shift == gone->shift &&
		    f->width == gone->width && f->kind == gone->kind && f->count == gone->count && !f->reserved)
			return diff_text(d, "gone; %s is in its place", f->path);
	}
	return "";
}

void diff_fields(struct mdesc_diff *d, const struct dfields *old_fields, const struct dfields *new_fields)
{
	const struct dfields *side[2] = { old_fields, new_fields };
	struct names names[2];
	uint32_t i, k;

	for (k = 0; k < 2; k++) {
		names_init(d, &names[k], side[k]->n);
		for (i = 0; i < names[k].n; i++)
			names[k].v[i] = side[k]->v[i].path;
	}
	if (d->failed || !diff_pair(d, names))
		return;
	for (i = 0; i < names[0].n; i++) {
		struct both x = { old_fields, &old_fields->v[i], NULL };

		if (names[0].to[i] != MDESC_FMT_NONE32) {
			x.b = &new_fields->v[names[0].to[i]];
			compare(d, &x);
		} else if (!x.a->reserved) {
			say(d, &x, old_fields->removed, dfield_text(d, x.a),
			    heir_text(d, x.a, new_fields, &names[1]));
		}
	}
	for (i = 0; i < names[1].n; i++) {
		struct both x = { new_fields, NULL, &new_fields->v[i] };

		if (names[1].to[i] == MDESC_FMT_NONE32 && !x.b->reserved)
			say(d, &x, new_fields->added, "", dfield_text(d, x.b));
	}
	if (old_fields->scope != DIFF_IN_TYPE)
		diff_texts(d, DIFF_PADDING_CHANGED, padding_text(d, old_fields), padding_text(d, new_fields), "%s",
			   old_fields->where);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Filters bound to layouts: takes a filter's nodes and a reader, finds what each
 * word is in each layout (enumerators differ from firmware to firmware), and says
 * what cannot be compared; then decides of packets, without looking at a name.
 *
 * A word beside a field with an enum is one of its enumerators if there is such a
 * one, else a field.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bpf/btf.h>

#include "filter.h"
#include "near.h"

/* ---- enumerators ---- */

enum { KIND_ENUM64 = 19 };	/* BTF_KIND_ENUM64, which old headers don't have */

static const char *enum_type(const struct mdesc_handle *h)
{
	return h->value ? mdesc_value__type(h->value) : mdesc_field__type(h->field);
}

/* As mdesc decode writes it: "ipv4" for MYNIC_PKT_TYPE_IPV4. */
static const char *short_name(const char *type, const char *name)
{
	size_t n = strlen(type);

	return n && strncasecmp(name, type, n) == 0 && name[n] == '_' && name[n + 1] ? name + n + 1 : name;
}

static const struct mdesc_layout *layout_of(const struct mdesc_handle *h)
{
	return h->value ? mdesc_value__layout(h->value) : mdesc_field__layout(h->field);
}

/* The enum of @h in its image's BTF, or NULL. */
static const struct btf_type *find_enum(const struct mdesc_handle *h, const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, enum_type(h), BTF_KIND_ENUM);

	if (id <= 0)
		id = btf__find_by_name_kind(btf, enum_type(h), KIND_ENUM64);
	return id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
}

/* Enumerator @i, and what bits it has. */
static const char *enumerator_at(const struct btf *btf, const struct btf_type *t, uint32_t i, uint64_t *number)
{
	if (btf_kind(t) == BTF_KIND_ENUM) {
		*number = btf_kflag(t) ? (uint64_t)(int64_t)btf_enum(t)[i].val : (uint32_t)btf_enum(t)[i].val;
		return btf__str_by_offset(btf, btf_enum(t)[i].name_off);
	} else {
		/* struct btf_enum64, which old headers don't have: name, low, high word */
		const uint32_t *e = (const uint32_t *)(t + 1) + 3 * (size_t)i;

		*number = (uint64_t)e[2] << 32 | e[1];
		return btf__str_by_offset(btf, e[0]);
	}
}

static bool enumerator(const struct mdesc_handle *h, const char *word, uint64_t *number, struct near_name *near)
{
	const struct btf *btf = mdesc_image__btf(mdesc_layout__image(layout_of(h)));
	const struct btf_type *t = btf ? find_enum(h, btf) : NULL;
	uint32_t i;

	for (i = 0; t && i < btf_vlen(t); i++) {
		const char *name = enumerator_at(btf, t, i, number);
		const char *brief = name ? short_name(enum_type(h), name) : "";

		if (name && (strcasecmp(brief, word) == 0 || strcasecmp(name, word) == 0)) {
			if (!(h->flags & MDESC_HANDLE_SIGNED) && h->width < 64)
				*number &= (1ull << h->width) - 1;
			return true;
		}
		near_look(near, brief);
	}
	return false;
}

static const struct mdesc_handle *enum_field(const struct filter_node *n, const struct mdesc_reader *r, size_t layout)
{
	const struct mdesc_handle *h;

	if (n->op == FILTER_AND)
		return enum_field(n->left, r, layout) ? enum_field(n->left, r, layout) :
		       enum_field(n->right, r, layout);
	h = n->op == FILTER_WORD && n->field >= 0 ? mdesc_reader__handle(r, layout, (size_t)n->field) : NULL;
	return h && h->kind == MDESC_FIELD_ENUM ? h : NULL;
}

static bool is_comparison(const struct filter_node *n)
{
	return n->op >= FILTER_EQ && n->op <= FILTER_GE;
}

/* ---- what a word is ---- */

static bool truth(const char *word, uint64_t *number)
{
	*number = strcasecmp(word, "true") == 0;
	return *number || strcasecmp(word, "false") == 0;
}

/* @n as an enumerator of what it is compared with; false: it is none in any layout. */
static bool bind_enumerator(struct filter_node *n, const struct filter_node *other, const struct mdesc_reader *r,
			    struct near_name *near)
{
	size_t i, count = mdesc_reader__layout_count(r);
	bool any = false;

	for (i = 0; i < count; i++) {
		const struct mdesc_handle *h = enum_field(other, r, i);

		n->bound[i] = (struct filter_bound){ .field = NULL };
		if (h)
			n->bound[i].there = enumerator(h, n->word, &n->bound[i].number, near);
		if (h && n->bound[i].there)
			n->bound[i].negative = (h->flags & MDESC_HANDLE_SIGNED) && n->bound[i].number >> 63;
		any = any || n->bound[i].there;
	}
	return any;
}

static bool has_enum(const struct filter_node *other, const struct mdesc_reader *r)
{
	size_t i;

	for (i = 0; other && i < mdesc_reader__layout_count(r); i++)
		if (enum_field(other, r, i))
			return true;
	return false;
}

/* @other: what it is compared with, bound already, or NULL. */
static int bind_word(struct filter *f, struct filter_node *n, const struct filter_node *other, struct mdesc_reader *r)
{
	size_t i, count = mdesc_reader__layout_count(r);
	struct mdesc_error err = { 0 };
	struct near_name near;
	uint64_t number;

	near_begin(&near, n->word);
	if (has_enum(other, r) && bind_enumerator(n, other, r, &near))
		return 0;
	n->field = mdesc_reader__field(r, n->word, &err);
	if (n->field < 0 && truth(n->word, &number)) {
		for (i = 0; i < count; i++)
			n->bound[i] = (struct filter_bound){ .there = true, .number = number };
		return 0;
	}
	if (n->field < 0 && has_enum(other, r) && near.best) {
		char best[64];

		for (i = 0; near.best[i] && i < sizeof(best) - 1; i++)
			best[i] = (char)tolower((unsigned char)near.best[i]);
		best[i] = '\0';
		return filter_error(f, n, ENOENT, MDESC_CLASS_NOT_FOUND,
				    "there is no such value of the enum; did you mean %s?", best);
	}
	if (n->field < 0)
		return filter_error(f, n, -err.code, err.kind, "%s", err.text);
	return 0;
}

/* After all fields were asked for: the handles stay from now on. */
static void bind_fields(struct filter *f, const struct mdesc_reader *r)
{
	struct filter_node *n;
	size_t i;

	for (n = f->all; n; n = n->next)
		for (i = 0; n->op == FILTER_WORD && n->field >= 0 && i < mdesc_reader__layout_count(r); i++) {
			const struct mdesc_handle *h = mdesc_reader__handle(r, i, (size_t)n->field);

			n->bound[i] = (struct filter_bound){ .field = h->flags & MDESC_HANDLE_NONE ? NULL : h };
		}
}

/* ---- what can be compared ---- */

/* The field in some layout, for its kind. */
static const struct mdesc_handle *some_field(const struct filter_node *n, const struct mdesc_reader *r)
{
	size_t i;

	for (i = 0; n->op == FILTER_WORD && n->field >= 0 && i < mdesc_reader__layout_count(r); i++)
		if (n->bound[i].field)
			return n->bound[i].field;
	return NULL;
}

/* How many bytes an address has that can be compared with @h, or 0: it is no bytes. */
static unsigned int bytes_of(const struct mdesc_handle *h)
{
	return h->field && (h->count == 1 || h->stride == h->bytes) ? h->count * h->bytes : 0;
}

/* True or false, and no value. */
static bool is_condition(const struct filter_node *n)
{
	return n->op == FILTER_NOT || n->op >= FILTER_EQ;
}

static int check_number(struct filter *f, const struct filter_node *n, const struct mdesc_handle *h)
{
	if (n->negative && !(h->flags & MDESC_HANDLE_SIGNED))
		return filter_error(f, n, EINVAL, MDESC_CLASS_INPUT, "the field has no sign: it is never negative");
	if (!n->negative && h->width < 64 && n->number >> h->width)
		return filter_error(f, n, EINVAL, MDESC_CLASS_INPUT, "the field has %u bits: this number has more",
				    h->width);
	return 0;
}

/* @n: not a field; @h: the field beside it. */
static int check_beside(struct filter *f, const struct filter_node *op, const struct filter_node *n,
			const struct mdesc_handle *h)
{
	if (n->op == FILTER_BYTES) {
		bool number = n->count == 4 && !filter_is_bytes(h) && h->width == 32;

		if (!number && bytes_of(h) != n->count)
			return filter_error(f, n, EINVAL, MDESC_CLASS_INPUT,
					    "the field has %u bits, an address like this has %u", h->count * h->width,
					    8 * n->count);
		if (op->op != FILTER_EQ && op->op != FILTER_NE && (!number || n->prefix < 32))
			return filter_error(f, op, EINVAL, MDESC_CLASS_INPUT,
					    "addresses and prefixes are compared by == and != only");
		return 0;
	}
	if (filter_is_bytes(h) && (n->op == FILTER_NUMBER || n->op == FILTER_WORD))
		return filter_error(f, n, EINVAL, MDESC_CLASS_INPUT, h->kind == MDESC_FIELD_MAC ?
				    "the field is a MAC address: compare it with one, such as 02:00:00:00:00:01" :
				    "the field is an array: compare one of its elements, such as NAME[0]");
	return n->op == FILTER_NUMBER ? check_number(f, n, h) : 0;
}

static int check_node(struct filter *f, const struct filter_node *n, const struct mdesc_reader *r)
{
	const struct mdesc_handle *a, *b;

	if (!n->left || !n->right)
		return 0;
	if (n->op != FILTER_BOTH && n->op != FILTER_EITHER && (is_condition(n->left) || is_condition(n->right)))
		return filter_error(f, is_condition(n->left) ? n->left : n->right, EINVAL, MDESC_CLASS_INPUT,
				    "this is a condition: %s takes values", n->op == FILTER_AND ? "&" : "a comparison");
	a = some_field(n->left, r);
	b = some_field(n->right, r);
	if (n->op == FILTER_AND && ((a && filter_is_bytes(a)) || (b && filter_is_bytes(b))))
		return filter_error(f, a && filter_is_bytes(a) ? n->left : n->right, EINVAL, MDESC_CLASS_INPUT,
				    "the field is bytes: & takes numbers");
	if (n->op == FILTER_AND && (n->left->op == FILTER_BYTES || n->right->op == FILTER_BYTES))
		return filter_error(f, n->left->op == FILTER_BYTES ? n->left : n->right, EINVAL, MDESC_CLASS_INPUT,
				    "this is an address: & takes numbers; a part of one is a prefix, 10.0.0.0/8");
	if (!is_comparison(n))
		return 0;
	if (a && b && filter_is_bytes(a) != filter_is_bytes(b))
		return filter_error(f, n, EINVAL, MDESC_CLASS_INPUT, "one of these is a number, the other bytes");
	if (a && b && filter_is_bytes(a) && (bytes_of(a) != bytes_of(b) || (n->op != FILTER_EQ && n->op != FILTER_NE)))
		return filter_error(f, n, EINVAL, MDESC_CLASS_INPUT,
				    "bytes are compared by == and != only, and as many with as many");
	if (a && !b)
		return check_beside(f, n, n->right, a);
	if (b && !a)
		return check_beside(f, n, n->left, b);
	if (!a && (n->left->op == FILTER_BYTES || n->right->op == FILTER_BYTES))
		return filter_error(f, n->left->op == FILTER_BYTES ? n->left : n->right, EINVAL, MDESC_CLASS_INPUT,
				    "an address is compared with a field");
	return 0;
}

/* An address or bytes that stand alone are no condition. */
static int check_alone(struct filter *f, const struct filter_node *n, const struct mdesc_reader *r)
{
	const struct mdesc_handle *h = n ? some_field(n, r) : NULL;

	if (n && (n->op == FILTER_BYTES || (h && filter_is_bytes(h))))
		return filter_error(f, n, EINVAL, MDESC_CLASS_INPUT, "this is no condition: compare it with something");
	return 0;
}

static int check_all(struct filter *f, const struct mdesc_reader *r)
{
	const struct filter_node *n;
	int ret = check_alone(f, f->root, r);

	for (n = f->all; n && !ret; n = n->next) {
		ret = check_node(f, n, r);
		if (!ret && (n->op == FILTER_NOT || n->op == FILTER_BOTH || n->op == FILTER_EITHER))
			ret = check_alone(f, n->left, r);
		if (!ret && (n->op == FILTER_BOTH || n->op == FILTER_EITHER))
			ret = check_alone(f, n->right, r);
	}
	return ret;
}

/* ---- binding ---- */

static int bind(struct filter *f, struct filter_node *n, const struct filter_node *other, struct mdesc_reader *r)
{
	bool late;
	int ret;

	if (n->op == FILTER_WORD) {
		free(n->bound);
		n->field = -1;
		n->bound = calloc(mdesc_reader__layout_count(r) + 1, sizeof(*n->bound));
		return n->bound ? bind_word(f, n, other, r) :
		       filter_error(f, n, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	}
	if (!n->left)
		return 0;
	if (!n->right)
		return bind(f, n->left, NULL, r);
	if (is_comparison(n) && (n->left->op == FILTER_NOT || n->right->op == FILTER_NOT))
		return filter_error(f, n->left->op == FILTER_NOT ? n->left : n->right, EINVAL, MDESC_CLASS_INPUT,
				    "! is of this alone, and a comparison takes values: use `!=' or `!(...)'");
	/* The field first, be it on the right: `ipv4 == pkt_type`. */
	late = is_comparison(n) && n->left->op == FILTER_WORD && n->right->op == FILTER_WORD &&
	       mdesc_reader__field(r, n->left->word, NULL) < 0 && mdesc_reader__field(r, n->right->word, NULL) >= 0;
	ret = bind(f, late ? n->right : n->left, is_comparison(n) ? NULL : other, r);
	if (!ret)
		ret = bind(f, late ? n->left : n->right, is_comparison(n) ? (late ? n->right : n->left) : other, r);
	return ret;
}

int filter_bind(struct filter *f, struct mdesc_reader *r)
{
	int ret;

	f->error.code = 0;
	if (!f->root)
		return 0;
	ret = bind(f, f->root, NULL, r);
	if (ret)
		return ret;
	bind_fields(f, r);
	return check_all(f, r);
}

/* ---- deciding ---- */

struct number {
	bool there;
	bool negative;
	uint64_t v;
};

static struct number number_of(const struct filter_node *n, size_t layout, const struct mdesc_packet *p)
{
	struct number a, b;

	switch (n->op) {
	case FILTER_WORD: {
		const struct filter_bound *bound = &n->bound[layout];

		a = (struct number){ bound->there, bound->negative, bound->number };
		if (bound->field) {
			a.there = mdesc_handle__read(bound->field, p->bytes, p->size, &a.v) == 1;
			a.negative = (bound->field->flags & MDESC_HANDLE_SIGNED) && a.v >> 63;
		}
		return a;
	}
	case FILTER_AND:
		a = number_of(n->left, layout, p);
		b = number_of(n->right, layout, p);
		return (struct number){ a.there && b.there, false, a.v & b.v };
	case FILTER_NUMBER:
	case FILTER_BYTES:
		return (struct number){ true, n->negative, n->number };
	default:
		return (struct number){ false, false, 0 };
	}
}

static int order(struct number a, struct number b)
{
	if (a.negative != b.negative)
		return a.negative ? -1 : 1;
	return a.v < b.v ? -1 : a.v > b.v;
}

/* The bytes of a field or of an address; NULL: there are none here, or it is a number. */
static const uint8_t *bytes_at(const struct filter_node *n, size_t layout, const struct mdesc_packet *p, size_t *count)
{
	const struct mdesc_handle *h;

	if (n->op == FILTER_BYTES) {
		*count = n->count;
		return n->bytes;
	}
	h = n->op == FILTER_WORD ? n->bound[layout].field : NULL;
	return h ? mdesc_handle__bytes(h, p->bytes, p->size, count) : NULL;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	uint8_t rest = (uint8_t)(0xff00 >> bits % 8);

	return memcmp(a, b, bits / 8) == 0 && !((bits % 8) && ((a[bits / 8] ^ b[bits / 8]) & rest));
}

/* Of byte fields, and of addresses with all that is compared with them. 1, 0, or -1: it is about numbers. */
static int bytes_equal(const struct filter_node *n, size_t layout, const struct mdesc_packet *p, bool *there)
{
	const struct filter_node *lit = n->right->op == FILTER_BYTES ? n->right : n->left;
	const struct filter_node *other = lit == n->right ? n->left : n->right;
	const struct mdesc_handle *h = other->op == FILTER_WORD ? other->bound[layout].field : NULL;
	size_t na = 0, nb = 0;
	const uint8_t *a, *b;

	if (!h || (!filter_is_bytes(h) && (lit->op != FILTER_BYTES || lit->count == 4)))
		return -1;
	a = bytes_at(n->left, layout, p, &na);
	b = bytes_at(n->right, layout, p, &nb);
	*there = a && b && na == nb;
	return *there && same_bits(a, b, lit->op == FILTER_BYTES ? lit->prefix : (unsigned int)(8 * na));
}

static bool compare(const struct filter_node *n, size_t layout, const struct mdesc_packet *p)
{
	const struct filter_node *lit = n->right->op == FILTER_BYTES ? n->right : n->left;
	struct number a, b;
	bool there = false;
	int c = bytes_equal(n, layout, p, &there);

	if (c >= 0)
		return there && c == (n->op == FILTER_EQ);
	a = number_of(n->left, layout, p);
	b = number_of(n->right, layout, p);
	if (!a.there || !b.there)
		return false;
	if (lit->op == FILTER_BYTES && lit->prefix < 32) {
		uint64_t mask = 0xffffffffull << (32 - lit->prefix) & 0xffffffff;

		a.v &= mask;
		b.v &= mask;
	}
	c = order(a, b);
	switch (n->op) {
	case FILTER_EQ:	return c == 0;
	case FILTER_NE:	return c != 0;
	case FILTER_LT:	return c < 0;
	case FILTER_LE:	return c <= 0;
	case FILTER_GT:	return c > 0;
	default:	return c >= 0;
	}
}

static bool passes(const struct filter_node *n, size_t layout, const struct mdesc_packet *p)
{
	struct number a;

	switch (n->op) {
	case FILTER_NOT:
		return !passes(n->left, layout, p);
	case FILTER_BOTH:
		return passes(n->left, layout, p) && passes(n->right, layout, p);
	case FILTER_EITHER:
		return passes(n->left, layout, p) || passes(n->right, layout, p);
	case FILTER_WORD:
	case FILTER_NUMBER:
	case FILTER_BYTES:
	case FILTER_AND:
		a = number_of(n, layout, p);
		return a.there && a.v;
	default:
		return compare(n, layout, p);
	}
}

bool filter_passes(const struct filter *f, size_t layout, const struct mdesc_packet *packet)
{
	return !f->root || passes(f->root, layout, packet);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is said of a relocation: takes one that has its class, gives its place in
 * the source, the field's path, how it was and is, why that is wrong, and what to
 * change in the program.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

static const struct {
	const char *name, *text, *advice;
	uint8_t class;
} check_rules[] = {
	[RULE_NONE] = { "", "", "", MDESC_CHECK_SAME },
	[RULE_ABSENT] = {
		"absent", "the image does not have it",
		"ask first, with MDESC_HAS() for a field, bpf_core_type_exists() for a type, MDESC_IS() for an "
		"enumerator; or read it with MDESC_LOAD_OR() and its kin", MDESC_CHECK_REFUSED },
	[RULE_INCOMPATIBLE] = {
		"absent-in-type", "the image has a type of this name, and in it nothing that could be read as this",
		"ask first, with MDESC_HAS(), or read it with MDESC_LOAD_OR() and its kin; an index must be within "
		"the array on every hardware (MDESC_COPY())", MDESC_CHECK_REFUSED },
	[RULE_SIGNED_WIDTH] = {
		"load-width", "a load or store of another width, which libbpf patches for unsigned integers only",
		"read it with MDESC_READ(), which takes any integer", MDESC_CHECK_REFUSED },
	[RULE_ARRAY_LOAD] = {
		"array-load", "a load from an array of another size, which libbpf before 1.6 (or since then, if the "
		"elements changed) refuses", "copy it with MDESC_COPY(), or with the array getters of the header",
		MDESC_CHECK_REFUSED },
	[RULE_AMBIGUOUS] = {
		"ambiguous", "several types of this name have it in different ways",
		"give the type a name of its own (names with the vendor's prefix cannot be the kernel's)",
		MDESC_CHECK_REFUSED },
	[RULE_BIT_FIELD_SPAN] = {
		"bit-field-span", "a bit field that no aligned load of 8 bytes holds, or a value that cannot be "
		"computed",
		"read it by the getter of the generated header", MDESC_CHECK_REFUSED },
	[RULE_OFFSET_RANGE] = {
		"offset-range", "an offset that the instruction has no room for",
		"read it with MDESC_READ(), which takes any offset", MDESC_CHECK_REFUSED },
	[RULE_MALFORMED] = {
		"malformed", "the relocation does not fit its instruction or type",
		"compile the program anew; enumerators of 2^31 and more need an enum of 64 bits, and a clang after 14",
		MDESC_CHECK_REFUSED },
	[RULE_TOO_MUCH] = {
		"too-much", "types that take too long to compare", "", MDESC_CHECK_REFUSED },
	[RULE_BIT_FIELD] = {
		"bit-field", "a bit field that is read directly: the bytes move with it, the shifts in the program do "
		"not",
		"read it with MDESC_READ() or by the getter", MDESC_CHECK_WRONG },
	[RULE_COPY_SIZE] = {
		"copy-size", "a copy of as many bytes as it had when the program was compiled",
		"read it with MDESC_FOLLOW() or MDESC_TRY_FOLLOW(), or copy bpf_core_field_size() bytes",
		MDESC_CHECK_WRONG },
	[RULE_ADDRESS_SIZE] = {
		"address-size", "its address is used, its size is another, and the program does not ask for it",
		"read it with MDESC_LOAD() or MDESC_READ(), or ask for bpf_core_field_size()", MDESC_CHECK_WRONG },
	[RULE_ARRAY_SHRUNK] = {
		"array-shrunk", "an array that is shorter now: what is behind its end is read, too",
		"copy it with MDESC_COPY(), or ask for bpf_core_field_size()", MDESC_CHECK_WRONG },
	[RULE_ELEMENT_SIZE] = {
		"element-size", "an array of elements of another size",
		"ask for bpf_core_field_size() and take each length as a case of its own", MDESC_CHECK_WRONG },
	[RULE_WIDE_READ] = {
		"wide-read", "it is wider now, and all of its bits come into a variable that the compiler believes "
		"narrower",
		"read it with MDESC_LOAD() into a __u64", MDESC_CHECK_WRONG },
	[RULE_WIDE_STORE] = {
		"wide-store", "it is wider now, and bits that nobody set are stored with it",
		"do not write hardware's fields; or take each size as a case of its own", MDESC_CHECK_WRONG },
	[RULE_SWAP_WIDTH] = {
		"swap-width", "a big-endian field of another width, used by the old one",
		"read it with MDESC_BE(), which swaps by the width that it has", MDESC_CHECK_WRONG },
	[RULE_BYTE_ORDER] = {
		"byte-order", "big-endian on one side, in the host's order on the other: CO-RE does not look at that",
		"read it by the getter of the header of each firmware, under names that say the order (hash, hash_be)",
		MDESC_CHECK_WRONG },
	[RULE_SIGN] = {
		"sign", "signed on one side only: large values mean other numbers",
		"read it with MDESC_READ(), which looks at the sign", MDESC_CHECK_WRONG },
	[RULE_OWN_MEMORY] = {
		"own-memory", "the program's own memory (a map's value, a variable) is accessed by the hardware's "
		"layout",
		"keep values in a struct without preserve_access_index", MDESC_CHECK_WRONG },
	[RULE_KERNEL_NAME] = {
		"kernel-name", "the kernel has a type of this name, too, which is another: loaders take the kernel's, "
		"or refuse",
		"give the type a name with the vendor's prefix (mdescc --kernel-btf looks for such names)",
		MDESC_CHECK_WRONG },
	[RULE_TWIN_NAME] = {
		"twin-name", "several types of this name have it at the same place with different widths: the first is "
		"taken",
		"give each type a name of its own", MDESC_CHECK_WRONG },
	[RULE_TYPE_ID] = {
		"type-id", "the id of a type of the NIC: the kernel takes it for one of its own",
		"do not ask for ids of the NIC's types", MDESC_CHECK_WRONG },
	[RULE_VALUE_WIDTH] = {
		"value-width", "a number that the instruction has no room for",
		"compile the program with a newer clang, which uses a 64-bit instruction for it", MDESC_CHECK_WRONG },
};

_Static_assert(sizeof(check_rules) / sizeof(check_rules[0]) == RULE_COUNT, "each rule has its words");

const char *check_rule_name(enum check_rule rule)
{
	return check_rules[rule].name;
}

int mdesc_check_rule(size_t idx, const char **name, const char **text)
{
	if (idx + 1 >= RULE_COUNT)
		return -ENOENT;
	*name = check_rules[idx + 1].name;
	*text = check_rules[idx + 1].text;
	return check_rules[idx + 1].class;
}

/* ---- texts into buffers ---- */

struct text {
	char *at;
	size_t left;
};

__attribute__((format(printf, 2, 3)))
static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->at, t->left, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= t->left)
		n = t->left ? (int)t->left - 1 : 0;
	t->at += n;
	t->left -= n;
}

/* Names are anything that an object says: nothing of them may command a terminal. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
			*text = '?';
}

/* "struct x", "__u32", "u8": as C would have it, arrays with their lengths behind. */
static void put_type(struct text *out, const struct btfraw *b, uint32_t id)
{
	const struct btf_type *t = core_type(b, id);
	char dims[64] = "";
	int n = 0, i;

	for (i = 0; t && i < 16; i++, t = core_type(b, id)) {
		uint32_t kind = btfraw_kind(t);

		if (kind == BTF_KIND_ARRAY) {
			const struct btf_array *a = btfraw_tail(t);

			if (n >= 0 && n < (int)sizeof(dims))
				n += snprintf(dims + n, sizeof(dims) - n, "[%u]", a->nelems);
			id = a->type;
		} else if (btfraw_is_mod(t)) {
			id = t->type;
		} else {
			break;
		}
	}
	if (!t || !id) {
		put(out, "void%s", dims);
	} else if (btfraw_kind(t) == BTF_KIND_PTR) {
		put(out, "pointer%s", dims);
	} else if (btfraw_kind(t) == BTF_KIND_INT || btfraw_kind(t) == BTF_KIND_TYPEDEF) {
		put(out, "%.60s%s", btfraw_str(b, t->name_off), dims);
	} else {
		const char *name = btfraw_str(b, t->name_off);

		put(out, "%s%s%.60s%s", btfraw_kind_name(btfraw_kind(t)), *name ? " " : "", name, dims);
	}
}

/* ---- the path ---- */

static void put_root(struct text *out, const struct btfraw *b, uint32_t id)
{
	const struct btf_type *t = core_type(b, id);
	const char *name = btfraw_str(b, t->name_off);
	uint32_t kind = btfraw_kind(t);

	if (kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || core_is_enum(t))
		put(out, "%s ", btfraw_kind_name(kind));
	put(out, "%.120s", *name ? name : "(no name)");
}

static void put_path(struct text *out, const struct core_object *o, const struct core_relo *relo)
{
	struct core_spec spec;
	uint32_t i;

	put_root(out, &o->btf, relo->type_id);
	if (core_kind_is_type(relo->kind) || core_spec_parse(&spec, &o->btf, relo))
		return;
	if (core_kind_is_enum(relo->kind)) {
		put(out, " %.120s", spec.acc[0].name);
		return;
	}
	for (i = 0; i < spec.len; i++) {
		if (spec.acc[i].name)
			put(out, ".%.120s", spec.acc[i].name);
		else if (i || spec.acc[i].idx)
			put(out, "[%u]", spec.acc[i].idx);
	}
}

/* ---- before and after ---- */

static void put_field(struct text *out, const struct btfraw *b, const struct core_field *f,
		      const struct check_image *img)
{
	put_type(out, b, f->type_id);
	if (f->is_bitfield)
		put(out, ":%u at %u, bit %u", f->bits, f->bit_offset / 8, f->bit_offset % 8);
	else
		put(out, " at %u", f->bit_offset / 8);
	/* Where the type's name does not say it. */
	if (img && check_is_big(b, f, img) && !check_is_big(b, f, NULL))
		put(out, ", big-endian");
}

static void put_value(struct text *out, uint32_t kind, uint64_t val)
{
	switch (kind) {
	case BPF_CORE_TYPE_SIZE:
		put(out, "%llu bytes", (unsigned long long)val);
		return;
	case BPF_CORE_ENUMVAL_VALUE:
		put(out, "%lld", (long long)val);
		return;
	case BPF_CORE_TYPE_ID_LOCAL:
	case BPF_CORE_TYPE_ID_TARGET:
		put(out, "id %llu", (unsigned long long)val);
		return;
	default:
		put(out, val ? "there" : "absent");
	}
}

static void put_before_after(struct mdesc_check_result *r, uint32_t relo)
{
	const struct core_relo *rl = &r->o->relos[relo];
	const struct core_res *res = &r->v[relo].res;
	struct text before = { r->before, sizeof(r->before) }, after = { r->after, sizeof(r->after) };
	bool field = core_kind_is_field(rl->kind);

	if (r->v[relo].open || rl->func == CORE_NONE)
		return;
	if (field && res->local.type_id)
		put_field(&before, &r->o->btf, &res->local, NULL);
	else if (!field)
		put_value(&before, rl->kind, res->orig);
	if (!res->matching && rl->kind != BPF_CORE_TYPE_ID_LOCAL)
		return;
	if (field)
		put_field(&after, res->b, &res->field, r->img);
	else
		put_value(&after, rl->kind, res->val);
}

void check_texts(struct mdesc_check_result *r, uint32_t relo)
{
	struct text path = { r->path, sizeof(r->path) };
	const struct check_relo *v = &r->v[relo];

	r->path[0] = r->before[0] = r->after[0] = r->why[0] = '\0';
	put_path(&path, r->o, &r->o->relos[relo]);
	put_before_after(r, relo);
	if (v->rule)
		snprintf(r->why, sizeof(r->why), "%s", check_rules[v->rule].text);
	clean(r->path);
	clean(r->before);
	clean(r->after);
}

const char *check_advice(const struct mdesc_check_result *r, uint32_t relo)
{
	return check_rules[r->v[relo].rule].advice;
}

int mdesc_check_result__info(struct mdesc_check_result *res, size_t idx, struct mdesc_check_info *info)
{
	struct mdesc_check_info filled = { .sz = sizeof(filled) };
	const struct core_relo *relo;
	const struct core_line *line = NULL;

	if (idx >= res->n)
		return -ENOENT;
	relo = &res->o->relos[idx];
	if (relo->line != CORE_NONE)
		line = &res->o->lines[relo->line];
	check_texts(res, idx);
	filled.verdict = res->v[idx].class;
	filled.rule = check_rule_name(res->v[idx].rule);
	filled.program = relo->func == CORE_NONE ? "" : res->o->funcs[relo->func].name;
	filled.section = res->o->secs[relo->sec].name;
	filled.insn = relo->insn;
	filled.file = line ? line->file : "";
	filled.line = line ? line->line : 0;
	filled.source = line ? line->text : "";
	filled.kind = core_kind_name(relo->kind);
	filled.path = res->path;
	filled.before = res->before;
	filled.after = res->after;
	filled.why = res->why;
	filled.advice = check_advice(res, idx);
	return info_copy(info, &filled, sizeof(filled));
}

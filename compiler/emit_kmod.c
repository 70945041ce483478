/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A kernel module that carries the BTF: takes the model, gives the files of a
 * folder that builds as it is. Its texts are the templates in kmod/, in which
 * @NAME@ stands for what differs. In btf.c ids and string offsets are written
 * relative to what the BTF continues, of which only the kernel that the module
 * is built for knows how large it is.
 */
#include <bpf/btf.h>
#include <inttypes.h>
#include <string.h>

#include "arena.h"
#include "diag.h"
#include "emit_common.h"
#include "kmod_assets.h"
#include "model.h"
#include "out.h"

/* The kernel's MODULE_NAME_LEN, without the end of the string, where it is smallest. */
enum { MODULE_NAME_MAX = 55, LINE = 90 };

struct kmod {
	struct mdc_ctx *ctx;
	const struct mdc_device *device;
	const char *module;		/* "mdesc_mynic" */
	struct out *out;
	/* The BTF. */
	const unsigned char *types;
	const char *strings;
	uint32_t type_bytes, string_bytes;
};

static uint32_t word(const unsigned char *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* ---- names ---- */

/* As Kbuild does it, what is no letter, digit or underscore but '-' cannot be. NULL: after a diagnostic. */
static const char *module_name(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	const struct mdc_device *d = &m->device;
	char *name, *p;

	if (!d->name) {
		diag_note(diag(ctx, CHK_missing, (struct loc){ 0 }, "a kernel module is named for its driver, and the "
			       "description names none"),
			  "add `device NAME { driver \"DRIVER\"; firmware \"VERSION\"; }`");
		return NULL;
	}
	if (!m->n_layouts) {
		diag(ctx, CHK_missing, d->loc, "a kernel module carries what programs look for, and '%s' has neither "
		     "metadata nor a descriptor", d->name);
		return NULL;
	}
	name = arena_printf(ctx->arena, "mdesc_%s", d->driver);
	for (p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	p = name + strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	if (*p || p - name > MODULE_NAME_MAX) {
		struct diag *e = diag(ctx, CHK_property, d->loc, "the driver's name '%s' cannot be part of a kernel "
				      "module's", d->driver);

		if (*p)
			diag_note(e, "it can have letters, digits, '_' and '-'");
		else
			diag_note(e, "'%s' has %d characters, and the kernel takes %d", name, (int)(p - name),
				  MODULE_NAME_MAX);
		return NULL;
	}
	return name;
}

/* Of those that the kernel knows. */
static const char *module_license(const struct mdc_device *d)
{
	if (!strstr(d->license, "GPL"))
		return "Proprietary";
	return strstr(d->license, "BSD") ? "Dual BSD/GPL" : strstr(d->license, "MIT") ? "Dual MIT/GPL" : "GPL";
}

/* ---- strings of C ---- */

/* What stands between the quotes; three digits, so that what follows is not taken for one more. */
static void put_chars(struct out *o, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '?')
			out_printf(o, "\\%03o", c);
		else
			out_write(o, s + i, 1);
	}
}

/* One a line, and long ones in pieces. */
static void put_strings(struct kmod *k)
{
	uint32_t at = 0;

	while (at < k->string_bytes) {
		size_t n = strnlen(k->strings + at, k->string_bytes - at), done = 0;

		do {
			size_t step = n - done < LINE ? n - done : LINE;

			out_puts(k->out, "\t\"");
			put_chars(k->out, k->strings + at + done, step);
			done += step;
			out_puts(k->out, done < n ? "\"\n" : "\\0\"\n");
		} while (done < n);
		at += (uint32_t)n + 1;
	}
}

/* ---- types ---- */

static void put_type_id(struct kmod *k, uint32_t id, const char *end)
{
	out_printf(k->out, id ? "T(%" PRIu32 ")%s" : "%" PRIu32 "%s", id, end);
}

static void put_string_offset(struct kmod *k, uint32_t offset)
{
	out_printf(k->out, offset ? "S(%" PRIu32 "), " : "%" PRIu32 ", ", offset);
}

/* "@n" words of a member, "STX": a string, a type, a number. Returns where the next begins. */
static const unsigned char *put_words(struct kmod *k, const unsigned char *p, const char *form)
{
	out_puts(k->out, "\t\t  ");
	for (; *form; form++, p += 4) {
		const char *end = form[1] ? ", " : ",\n";

		if (*form == 'S')
			put_string_offset(k, word(p));
		else if (*form == 'T')
			put_type_id(k, word(p), end);
		else
			out_printf(k->out, "%#" PRIx32 "%s", word(p), end);
	}
	return p;
}

/* What follows a type's first three words: one of these, or as many as it has members. */
static const char *tail_form(unsigned int kind, bool *each)
{
	*each = kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || kind == BTF_KIND_ENUM;
	switch (kind) {
	case BTF_KIND_INT:
	case BTF_KIND_DECL_TAG:
		return "X";
	case BTF_KIND_ARRAY:
		return "TTX";
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return "STX";
	case BTF_KIND_ENUM:
		return "SX";
	default:
		return NULL;
	}
}

static const char *kind_name(unsigned int kind)
{
	static const char *const names[] = {
		[BTF_KIND_INT] = "int", [BTF_KIND_PTR] = "pointer", [BTF_KIND_ARRAY] = "array",
		[BTF_KIND_STRUCT] = "struct", [BTF_KIND_UNION] = "union", [BTF_KIND_ENUM] = "enum",
		[BTF_KIND_TYPEDEF] = "typedef", [BTF_KIND_DECL_TAG] = "tag",
	};

	return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

static const unsigned char *put_type(struct kmod *k, const unsigned char *p, uint32_t id)
{
	uint32_t name = word(p), info = word(p + 4), n = BTF_INFO_VLEN(info);
	unsigned int kind = BTF_INFO_KIND(info);
	bool each, of_type = kind == BTF_KIND_PTR || kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_DECL_TAG;
	const char *form = tail_form(kind, &each), *what = kind_name(kind);

	if (!what)	/* emit_btf.c makes no others */
		return NULL;
	out_printf(k->out, "\t\t/* %" PRIu32 ": %s", id, what);
	if (name && kind != BTF_KIND_DECL_TAG)
		out_printf(k->out, " %s", k->strings + name);
	out_puts(k->out, " */\n\t\t");
	put_string_offset(k, name);
	out_printf(k->out, "%#" PRIx32 ", ", info);
	if (of_type)
		put_type_id(k, word(p + 8), ",\n");
	else
		out_printf(k->out, "%" PRIu32 ",\n", word(p + 8));
	p += 12;
	for (uint32_t i = 0; form && i < (each ? n : 1); i++)
		p = put_words(k, p, form);
	return p;
}

static bool put_types(struct kmod *k)
{
	const unsigned char *p = k->types, *end = p + k->type_bytes;

	for (uint32_t id = 1; p && p < end; id++)
		p = put_type(k, p, id);
	return p;
}

/* ---- templates ---- */

/* What @NAME@ stands for, of those that are one word or line; else NULL. */
static const char *value(const struct kmod *k, const char *name, size_t n)
{
	struct arena *a = k->ctx->arena;
	const struct mdc_device *d = k->device;
	const char *what = arena_printf(a, "%s, driver %s, firmware %s", d->name, d->driver, d->firmware);

#define IS(literal) (n == sizeof(literal) - 1 && !memcmp(name, literal, n))
	if (IS("MODULE"))
		return k->module;
	if (IS("LICENSE"))
		return mdc_plain_comment(a, d->license);
	if (IS("MODULE_LICENSE"))
		return module_license(d);
	if (IS("WHAT"))
		return mdc_plain_comment(a, what);
	if (IS("TYPE_BYTES"))
		return arena_printf(a, "%" PRIu32, k->type_bytes);
	if (IS("STRING_BYTES"))		/* of whole words, with room for the end that C adds */
		return arena_printf(a, "%" PRIu32, k->string_bytes / 4 * 4 + 4);
	return NULL;
}

static bool expand_one(struct kmod *k, const char *name, size_t n)
{
	const struct mdc_device *d = k->device;
	const char *text = value(k, name, n);

	if (text) {
		out_puts(k->out, text);
	} else if (IS("TYPES")) {
		return put_types(k);
	} else if (IS("STRINGS")) {
		put_strings(k);
	} else if (IS("DESCRIPTION")) {
		text = arena_printf(k->ctx->arena, "BTF of %s, firmware %s", d->name, d->firmware);
		out_puts(k->out, "\"");
		put_chars(k->out, text, strlen(text));
		out_puts(k->out, "\"");
	}
	return true;
#undef IS
}

static int expand(struct kmod *k, const char *template)
{
	for (const char *at; (at = strchr(template, '@')); template = at + 1) {
		size_t n = strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

		out_write(k->out, template, (size_t)(at - template));
		if (at[1 + n] != '@' || !n) {		/* make's $@ */
			out_puts(k->out, "@");
			continue;
		}
		if (!expand_one(k, at + 1, n))
			return -1;
		at += n + 1;
	}
	out_puts(k->out, template);
	return 0;
}

static int emit(struct mdc_ctx *ctx, const struct mdc_model *m, const char *template, struct out *out)
{
	struct kmod k = { .ctx = ctx, .device = &m->device, .out = out };
	const unsigned char *raw;
	uint32_t size;

	k.module = module_name(ctx, m);
	raw = k.module ? mdc_btf(ctx, m, &size) : NULL;
	if (!raw)
		return -1;
	k.types = raw + sizeof(struct btf_header) + word(raw + offsetof(struct btf_header, type_off));
	k.type_bytes = word(raw + offsetof(struct btf_header, type_len));
	k.strings = (const char *)raw + sizeof(struct btf_header) + word(raw + offsetof(struct btf_header, str_off));
	k.string_bytes = word(raw + offsetof(struct btf_header, str_len));
	return expand(&k, template);
}

/* Each file of the folder is a row of the table of outputs; the first says what is wrong. */

int mdc_emit_kmod_makefile(struct mdc_ctx *ctx, const struct mdc_model *m, const struct mdc_rows *rows, struct out *out)
{
	(void)rows;
	return emit(ctx, m, kmod_makefile, out);
}

int mdc_emit_kmod_btf(struct mdc_ctx *ctx, const struct mdc_model *m, const struct mdc_rows *rows, struct out *out)
{
	(void)rows;
	return emit(ctx, m, kmod_btf, out);
}

int mdc_emit_kmod_base(struct mdc_ctx *ctx, const struct mdc_model *m, const struct mdc_rows *rows, struct out *out)
{
	(void)ctx;
	(void)m;
	(void)rows;
	out_puts(out, kmod_base);
	return 0;
}

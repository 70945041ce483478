/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Text, ids and links of the data sheet. Takes strings from a description, which
 * may hold anything, and gives HTML that shows them: what is special in HTML is
 * escaped, what has no glyph or turns text around (controls, direction marks,
 * invisible characters, bytes that are no UTF-8) is shown by its number.
 */
#include "html.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- characters ---- */

/* The character at @s, its bytes in *n; UINT32_MAX: not UTF-8. */
static uint32_t decode(const unsigned char *s, unsigned int *n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int len = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t c;

	*n = 1;
	if (len == 1)
		return s[0];
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return UINT32_MAX;
	c = s[0] & (0x7f >> len);
	for (unsigned int i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return UINT32_MAX;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return UINT32_MAX;
	*n = len;
	return c;
}

/* Not to be seen, or changes how others are seen. */
static bool hidden(uint32_t c)
{
	static const struct { uint32_t lo, hi; } ranges[] = {
		{ 0, 8 }, { 0xb, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xe000, 0xf8ff }, { 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0xfffe, 0xffff },
		{ 0xe0000, 0x10ffff },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].lo && c <= ranges[i].hi)
			return true;
	return (c & 0xfffe) == 0xfffe;
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	}
	return NULL;
}

void html_text_n(struct html *h, const char *s, size_t size)
{
	const char *end = s + size;
	unsigned int n;

	for (; s < end; s += n) {
		uint32_t c = decode((const unsigned char *)s, &n);
		const char *e = entity(*s);

		if (c == UINT32_MAX)
			html_printf(h, "[byte %02X]", (unsigned char)*s);
		else if (hidden(c))
			html_printf(h, "[U+%04" PRIX32 "]", c);
		else if (e)
			out_puts(h->o, e);
		else
			out_write(h->o, s, n);
	}
}

void html_text(struct html *h, const char *s)
{
	html_text_n(h, s, strlen(s));
}

void html_printf(struct html *h, const char *fmt, ...)
{
	char buf[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n < (int)sizeof(buf)) {
		out_write(h->o, buf, (size_t)n);
		return;
	}
	va_start(ap, fmt);
	out_puts(h->o, arena_vprintf(h->a, fmt, ap));
	va_end(ap);
}

/* ---- documentation ---- */

/* A line or several; what stands between `s is code. */
static void put_marked(struct html *h, const char *s, size_t size)
{
	const char *end = s + size;

	while (s < end) {
		const char *open = memchr(s, '`', (size_t)(end - s)), *close = NULL;

		if (open)
			close = memchr(open + 1, '`', (size_t)(end - open - 1));
		if (!close || close == open + 1) {
			html_text_n(h, s, (size_t)(end - s));
			return;
		}
		html_text_n(h, s, (size_t)(open - s));
		out_puts(h->o, "<code>");
		html_text_n(h, open + 1, (size_t)(close - open - 1));
		out_puts(h->o, "</code>");
		s = close + 1;
	}
}

/* Where the paragraph that begins at @s ends: a line without anything but blanks, or the end. */
static const char *paragraph_end(const char *s)
{
	for (const char *nl = strchr(s, '\n'); nl; nl = strchr(nl + 1, '\n'))
		if (nl[1 + strspn(nl + 1, " \t\r")] == '\n')
			return nl;
	return s + strlen(s);
}

static void paragraphs(struct html *h, const char *doc, bool blocks)
{
	bool first = true;

	if (!doc)
		return;
	for (doc += strspn(doc, " \t\r\n"); *doc; doc += strspn(doc, " \t\r\n")) {
		const char *end = paragraph_end(doc);

		out_puts(h->o, blocks ? "<p class=doc dir=auto>" : first ? "" : "<br>");
		put_marked(h, doc, (size_t)(end - doc));
		out_puts(h->o, blocks ? "</p>\n" : "");
		first = false;
		doc = end;
	}
}

void html_doc(struct html *h, const char *doc)
{
	paragraphs(h, doc, true);
}

void html_inline(struct html *h, const char *doc)
{
	if (!doc || !*doc)
		return;
	out_puts(h->o, "<span dir=auto>");
	paragraphs(h, doc, false);
	out_puts(h->o, "</span>");
}

/* ---- ids and links ---- */

/* Only what needs no escape in an id, a fragment or a selector's string. */
static const char *plain_id(struct html *h, const char *s)
{
	char *id = arena_strndup(h->a, s, strlen(s)), *to = id;

	for (const char *c = s; *c; c++) {
		if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
		    *c == '_' || *c == '-' || *c == '.')
			*to++ = *c;
		else if (*c != ']')
			*to++ = '.';
	}
	*to = 0;
	return id;
}

const char *html_id(struct html *h, const char *fmt, ...)
{
	const char *base, *id;
	va_list ap;

	va_start(ap, fmt);
	base = plain_id(h, arena_vprintf(h->a, fmt, ap));
	va_end(ap);
	id = atom(h->ctx->atoms, base);
	for (unsigned int n = 2; atom_map_add(&h->ids, id, (void *)id); n++)
		id = atom(h->ctx->atoms, arena_printf(h->a, "%s-%u", base, n));
	return id;
}

void html_set_ref(struct html *h, const void *thing, const char *id)
{
	atom_map_add(&h->refs, thing, (void *)id);
}

const char *html_ref(const struct html *h, const void *thing)
{
	return thing ? atom_map_get(&h->refs, thing) : NULL;
}

void html_code(struct html *h, const char *s)
{
	size_t n;

	out_puts(h->o, "<code>");
	for (; *s; s += n) {	/* a path may be broken behind its dots */
		n = strcspn(s, ".");
		n += s[n] == '.';
		html_text_n(h, s, n);
		out_puts(h->o, n > 1 && s[n] && s[n - 1] == '.' ? "<wbr>" : "");
	}
	out_puts(h->o, "</code>");
}

void html_link(struct html *h, const char *id, const char *text)
{
	if (id)
		html_printf(h, "<a href=\"#%s\">", id);
	html_code(h, text);
	out_puts(h->o, id ? "</a>" : "");
}

void html_ref_link(struct html *h, const void *thing, const char *text)
{
	html_link(h, html_ref(h, thing), text);
}

void html_found(struct html *h, const char *id, const char *name, const char *kind)
{
	html_printf(h, " id=\"%s\" data-n=\"", id);
	html_text(h, name);
	html_printf(h, "\" data-k=\"%s\"", kind);
}

void html_note_unit(struct html *h, const char *unit, const char *kind, const char *name, const char *id)
{
	if (unit)
		*vec_push(h->a, &h->units) = (struct html_note){ unit, kind, name, id };
}

void html_note_deprecated(struct html *h, const char *text, const char *kind, const char *name,
			  const char *id)
{
	if (text)
		*vec_push(h->a, &h->deprecated) = (struct html_note){ text, kind, name, id };
}

/* ---- tables ---- */

void html_table(struct html *h, const char *class, const char *caption, const char *of, const char *const *heads)
{
	html_printf(h, "<div class=box><table class=\"%s\"><caption>%s", class, caption);
	if (of)
		html_code(h, of);
	out_puts(h->o, "</caption><thead><tr>");
	for (; *heads; heads++) {
		out_puts(h->o, **heads == '>' ? "<th scope=col class=r>" : "<th scope=col>");
		html_text(h, *heads + (**heads == '>'));
		out_puts(h->o, "</th>");
	}
	out_puts(h->o, "</tr></thead><tbody>\n");
}

void html_end_table(struct html *h)
{
	out_puts(h->o, "</tbody></table></div>\n");
}

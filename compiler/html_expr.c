/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Expressions of the data sheet: as they are written, which is what readers of the
 * description know, with links where a name is that of something on the page. In a
 * state of a subparser, where names depend on the scope, as the model has them.
 */
#include "html.h"

#include <inttypes.h>

#include "source.h"

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Behind a comment that begins at @s, or @s. */
static const char *skip_comment(const char *s, const char *end)
{
	if (end - s < 2 || s[0] != '/' || (s[1] != '/' && s[1] != '*'))
		return s;
	if (s[1] == '/') {
		while (s < end && *s != '\n')
			s++;
		return s;
	}
	for (s += 2; s < end; s++)
		if (end - s >= 2 && s[0] == '*' && s[1] == '/')
			return s + 2;
	return end;
}

const char *html_source(struct html *h, struct loc loc)
{
	const struct source *src = source_get(h->ctx->sources, loc.src);
	const char *s = src->text + loc.start, *end = loc.end > loc.start ? src->text + loc.end : s;
	char *text = arena_alloc(h->a, (size_t)(end - s) + 1), *to = text;

	while (s < end) {
		const char *behind = skip_comment(s, end);

		if (behind == s && !blank(*s)) {
			*to++ = *s++;
			continue;
		}
		if (to > text && to[-1] != ' ')
			*to++ = ' ';
		s = behind == s ? s + 1 : behind;
	}
	while (to > text && (to[-1] == ' ' || to[-1] == ';'))
		to--;
	*to = 0;
	return atom(h->ctx->atoms, text);
}

static size_t word_length(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') || s[n] == '_' ||
	       (n && s[n] >= '0' && s[n] <= '9'))
		n++;
	return n;
}

/* How much of @s, which begins with a name, leads somewhere: "ipv4.saddr", or "ipv4" at least. */
static size_t known_name(struct html *h, const char *s, const char **id)
{
	size_t n = word_length(s), best = 0, i = n;

	*id = NULL;
	while (n) {
		const char *found = atom_map_get(&h->names, atom_n(h->ctx->atoms, s, i));

		if (found) {
			*id = found;
			best = i;
		}
		if (s[i] != '.' || !word_length(s + i + 1))
			break;
		i += 1 + word_length(s + i + 1);
	}
	return best;
}

void html_expr(struct html *h, const char *s)
{
	const char *begin = s;

	out_puts(h->o, "<code>");
	while (*s) {
		const char *id;
		size_t n = known_name(h, s, &id);

		if (n && (s == begin || s[-1] != '.')) {
			html_printf(h, "<a href=\"#%s\">", id);
			html_text_n(h, s, n);
			out_puts(h->o, "</a>");
			s += n;
			continue;
		}
		n = word_length(s);
		n = n ? n : 1 + strspn(s + 1, "0123456789");
		while (s[n] & 0x80 && (s[n] & 0xc0) == 0x80)
			n++;
		html_text_n(h, s, n);
		s += n;
	}
	out_puts(h->o, "</code>");
}

/* ---- as the model has them ---- */

static const char *number(struct html *h, uint64_t v)
{
	return arena_printf(h->a, v < 10 ? "%" PRIu64 : "0x%" PRIx64, v);
}

static const char *model_text(struct html *h, const struct mdc_x *x);

/* An operand: in parentheses where it is an operation. */
static const char *inner_text(struct html *h, const struct mdc_x *x)
{
	const char *s = model_text(h, x);
	bool operation = x->kind == MDC_X_ADD || x->kind == MDC_X_SUB || x->kind == MDC_X_AND ||
			 x->kind == MDC_X_SHL || x->kind == MDC_X_SHR || x->kind == MDC_X_EQ;

	return s && operation ? arena_printf(h->a, "(%s)", s) : s;
}

static const char *binary_text(struct html *h, const char *a, const char *op, const char *b)
{
	return a && b ? arena_printf(h->a, "%s %s %s", a, op, b) : NULL;
}

/* NULL: of a kind that has no text here. */
static const char *model_text(struct html *h, const struct mdc_x *x)
{
	const char *a = x->a ? inner_text(h, x->a) : NULL;

	switch (x->kind) {
	case MDC_X_CONST:
		return number(h, x->imm);
	case MDC_X_SOURCE:
		return x->source->name;
	case MDC_X_PACKET:
	case MDC_X_BYTES:
		return describe_bits(h->a, x->inst, x->elem, x->bit, x->width);
	case MDC_X_OFFSET:
		return arena_printf(h->a, "offset(%s)", describe_elem(h->a, x->inst, x->elem));
	case MDC_X_LENGTH:
		return arena_printf(h->a, "length(%s)", describe_elem(h->a, x->inst, x->elem));
	case MDC_X_PRESENT:
		return arena_printf(h->a, "present(%s)", describe_whole(h->a, x->inst, x->elem));
	case MDC_X_COUNT:
		return arena_printf(h->a, "count(%s)", x->inst->name);
	case MDC_X_PKTLEN:
		return "packet.length";
	case MDC_X_REGISTER:
		return x->reg->name;
	case MDC_X_REMAINING:
		return "remaining";
	case MDC_X_CLASS:
		return x->class->name;
	case MDC_X_ADD:
		return binary_text(h, a, "+", model_text(h, x->b));
	case MDC_X_SUB:
		return binary_text(h, a, "-", model_text(h, x->b));
	case MDC_X_AND:
		return binary_text(h, a, "&", number(h, x->imm));
	case MDC_X_SHL:
		return binary_text(h, a, "<<", number(h, x->imm));
	case MDC_X_SHR:
		return binary_text(h, a, ">>", number(h, x->imm));
	case MDC_X_EQ:
		return binary_text(h, a, "==", number(h, x->imm));
	case MDC_X_SLICE:
		return a ? arena_printf(h->a, "%s[%" PRIu64 ":%" PRIu64 "]", a, x->imm + x->width - 1, x->imm) : NULL;
	default:
		return NULL;
	}
}

/* ---- what a statement or a rule gives ---- */

/* As it is written behind the =. */
static const char *written(struct html *h, struct loc loc, struct loc to, const struct mdc_x *x)
{
	const char *s;

	loc.start = x->loc.start < to.end || x->loc.src != loc.src ? to.end : x->loc.start;
	if (loc.end < loc.start)
		loc.end = x->loc.end > loc.start ? x->loc.end : loc.start;
	s = html_source(h, loc);
	return s + strspn(s, " =");
}

/* States of subparsers have their scope in front of their names: "outer.ip". */
void html_value(struct html *h, const struct mdc_state *s, struct loc loc, struct loc to, const struct mdc_x *x,
		const struct mdc_type *enum_type)
{
	const char *text = s && !s->start_by && strchr(s->name, '.') && x->kind != MDC_X_CONST ? model_text(h,
		x) : NULL;

	if (!text)
		text = written(h, loc, to, x);
	if (x->kind == MDC_X_CONST && enum_type)
		html_ref_link(h, enum_type, text);
	else
		html_expr(h, text);
}

/* ---- who uses it ---- */

bool html_x_uses(const struct mdc_x *x, const void *thing)
{
	for (; x; x = x->a)
		if (x->source == thing || x->reg == thing || x->class == thing || html_x_uses(x->b, thing))
			return true;
	return false;
}

static bool state_asks(const struct mdc_state *s, const void *thing)
{
	for (uint32_t i = 0; i < s->n_keys; i++)
		if (s->keys[i].source == thing || s->keys[i].reg == thing)
			return true;
	for (uint32_t i = 0; i < s->n_sets; i++)
		if (s->sets[i].reg != thing && html_x_uses(s->sets[i].x, thing))
			return true;
	return false;
}

static bool class_asks(const struct mdc_class *c, const void *thing)
{
	for (uint32_t i = 0; i < c->n_keys; i++)
		if (html_x_uses(c->keys[i].x, thing))
			return true;
	return false;
}

static bool leaf_gets(struct html *h, const struct mdc_leaf *f, const void *thing)
{
	for (const struct html_writer *w = atom_map_get(&h->writers, (const char *)f); w; w = w->next)
		if (html_x_uses(w->rule->x, thing))
			return true;
	return false;
}

void html_users(struct html *h, const void *thing)
{
	const char *between = "";

	for (uint32_t i = 0; i < h->m->n_metadata; i++) {
		const struct mdc_layout *l = h->m->layouts[i];

		for (uint32_t k = 0; k < l->n_leaves; k++) {
			if (!leaf_gets(h, &l->leaves[k], thing))
				continue;
			out_puts(h->o, between);
			html_ref_link(h, &l->leaves[k], h->m->n_metadata > 1 ?
				      arena_printf(h->a, "%s.%s", l->name, l->leaves[k].path) : l->leaves[k].path);
			between = ", ";
		}
	}
	for (uint32_t i = 0; i < h->m->parser.n_states; i++) {
		const struct mdc_state *s = h->m->parser.states[i];

		if (!state_asks(s, thing))
			continue;
		html_printf(h, "%sstate ", between);
		html_ref_link(h, s, s->name);
		between = ", ";
	}
	for (uint32_t i = 0; i < h->m->parser.n_classes; i++) {
		const struct mdc_class *c = h->m->parser.classes[i];

		if (!class_asks(c, thing))
			continue;
		html_printf(h, "%sclassification ", between);
		html_ref_link(h, c, c->name);
		between = ", ";
	}
	if (!*between)
		out_puts(h->o, "<span class=dim>nothing</span>");
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The section of the target: its limits beside what the parser takes of them, and the rows that it runs. */
#include "html.h"

#include <inttypes.h>

#define ROWS_MAX	2000	/* that the page lists */

/* ---- limits ---- */

static void limit(struct html *h, const char *what, uint64_t used, uint64_t most, const char *unit)
{
	html_printf(h, "<tr><th scope=row>%s</th><td class=r>%" PRIu64 "</td><td class=r>%" PRIu64 "</td><td>%s</td>",
		    what, used, most, unit);
	html_printf(h, "<td><meter min=0 max=%" PRIu64 " value=%" PRIu64 " aria-label=\"%s\"></meter></td></tr>\n",
		    most, used, what);
}

static uint32_t most_writes(const struct mdc_rows *r)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < r->n_rows; i++) {
		uint32_t n = 0;

		for (uint32_t j = 0; j < r->rows[i].f.op_count; j++)
			n += r->ops[r->rows[i].f.op_first + j].op == MDESC_OP_STORE;
		most = n > most ? n : most;
	}
	return most;
}

static uint32_t most_key_bytes(const struct mdc_rows *r)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < r->n_keys; i++)
		most = r->keys[i].count > most ? r->keys[i].count : most;
	return most;
}

/* What only some machines have. */
static void put_machine(struct html *h, const struct mdc_target *t)
{
	if (t->lookup_bytes != 1)
		html_printf(h, "<div><dt>Look-ups</dt><dd>%" PRIu32 " of %" PRIu32 " adjacent bytes</dd></div>\n",
			    t->lookups, t->lookup_bytes);
	if (t->exact)
		html_printf(h, "<div><dt>Match</dt><dd>exact, %" PRIu32 " boost rows</dd></div>\n", t->boost_rows);
	if (t->stages)
		html_printf(h, "<div><dt>Stages</dt><dd>%" PRIu32 " of %" PRIu32 " rows, a row skips %" PRIu32
			    "</dd></div>\n", t->stages, t->stage_rows, t->skip);
	if (t->arcs_in || t->arcs_out)
		html_printf(h, "<div><dt>Arcs</dt><dd>%" PRIu32 " into a state, %" PRIu32 " out of it</dd></div>\n",
			    t->arcs_in, t->arcs_out);
	if (t->shift)
		html_printf(h, "<div><dt>Shift</dt><dd>%" PRIu32 " bytes a row</dd></div>\n", t->shift);
}

static void put_facts(struct html *h, const struct mdc_target *t)
{
	html_printf(h, "<dl class=facts><div><dt>Loops</dt><dd>%s</dd></div>\n<div><dt>Steps</dt><dd>%" PRIu32
		    " for a packet</dd></div>\n", t->loops ? "yes" : "no", t->steps);
	if (t->window)
		html_printf(h, "<div><dt>Key window</dt><dd>%" PRIu32 " bytes from the cursor on</dd></div>\n",
			    t->window);
	else
		html_printf(h, "<div><dt>Key reach</dt><dd>%" PRIu32 " bytes before and behind the cursor</dd></div>\n",
			    t->reach);
	html_printf(h, "<div><dt>Advance</dt><dd>%s</dd></div>\n",
		    t->arithmetic ? "arithmetic: headers of variable length" : "constant: headers of one length");
	put_machine(h, t);
	out_puts(h->o, "</dl>\n");
}

static void put_parser_limits(struct html *h, const struct mdc_target *t)
{
	const struct mdc_parser *p = &h->m->parser;
	uint32_t bits = 0, flags = 0, defaults = 0;

	for (uint32_t i = 0; i < p->n_registers; i++) {
		bits += p->registers[i]->kind == MDC_FLAG ? 0 : p->registers[i]->bits;
		flags += p->registers[i]->kind == MDC_FLAG;
	}
	for (uint32_t i = 0; i < h->rows->n_rows; i++)
		defaults += mdc_row_is_default(&h->rows->rows[i]);
	limit(h, "Rows", h->rows->n_rows - defaults, t->rows,
	      t->defaults ? "rows, apart from those that are a state's default" : "rows");
	limit(h, "States, with their parts", h->rows->n_states, t->states, "states");
	limit(h, "Key", most_key_bytes(h->rows), t->key_bytes, "bytes a look-up");
	limit(h, "Writes", most_writes(h->rows), t->writes, "a row");
	limit(h, "Registers", bits, t->register_bits, "bits");
	limit(h, "Flags", flags, t->flags, "flags");
	limit(h, "Classifications", h->rows->n_class_lines, t->class_rows, "rows");
}

static void put_limits(struct html *h)
{
	static const char *const heads[] = { "Limit", ">Used", ">Of", "Unit", "Share", NULL };
	const struct mdc_target *t = &h->m->target;
	uint32_t largest = 0;

	for (uint32_t i = 0; i < h->m->n_metadata; i++)
		largest = h->m->layouts[i]->size > largest ? h->m->layouts[i]->size : largest;
	out_puts(h->o, "<h3");
	html_found(h, html_ref(h, t), t->name, "target");
	out_puts(h->o, ">");
	html_code(h, t->name);
	out_puts(h->o, " <small>target</small></h3>\n");
	html_table(h, "limits", "Limits of the target, and what this description takes of them", NULL, heads);
	if (h->m->parser.name)
		put_parser_limits(h, t);
	limit(h, "Metadata", largest, t->metadata_bytes, "bytes");
	html_end_table(h);
	put_facts(h, t);
}

/* ---- rows ---- */

static void put_next(struct html *h, const struct mdesc_fmt_next *n)
{
	switch (n->verdict) {
	case MDESC_GO:
		html_ref_link(h, h->m->parser.states[h->rows->states[n->state].state], h->rows->states[n->state].name);
		break;
	case MDESC_ACCEPT:
		out_puts(h->o, "<b class=accept>accept</b>");
		break;
	case MDESC_DROP:
		out_puts(h->o, "<b class=drop>drop</b>");
		break;
	default:
		html_printf(h, "<b class=reject>reject</b> <a href=\"#error-%s\"><code>%s</code></a>",
			    describe_code(h->a, &h->m->parser, n->code), describe_code(h->a, &h->m->parser, n->code));
	}
}

static void put_key(struct html *h, const struct mdesc_fmt_row *r)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < MDESC_FMT_KEY_MAX; i++)
		if (r->key_mask[i])
			n = i + 1;
	if (!n)
		out_puts(h->o, "<span class=dim>any</span>");
	for (uint32_t i = 0; i < n; i++) {
		if (!r->key_mask[i])
			html_printf(h, "<code>--</code> ");
		else if (r->key_mask[i] == 0xff)
			html_printf(h, "<code>%02x</code> ", r->key_value[i]);
		else
			html_printf(h, "<code>%02x/%02x</code> ", r->key_value[i], r->key_mask[i]);
	}
}

static void put_move(struct html *h, const struct mdc_instance *n)
{
	if (n->kind == MDC_I_HEADER || n->kind == MDC_I_PART)
		html_ref_link(h, n->kind == MDC_I_PART ? n->of->header : n->header, n->name);
	else
		html_code(h, describe_move(h->a, n));
}

/* By state: the key set that it is entered with, UINT32_MAX where nothing enters it. */
static uint32_t *find_keys(struct html *h)
{
	const struct mdc_rows *r = h->rows;
	uint32_t *keys = arena_array(h->a, uint32_t, r->n_states + 1);

	for (uint32_t i = 0; i < r->n_states; i++)
		keys[i] = UINT32_MAX;
	for (uint32_t i = 0; i < 1 + r->n_rows + r->n_states; i++) {
		const struct mdesc_fmt_next *n = !i ? &r->start : i <= r->n_rows ? &r->rows[i - 1].f.next :
						 &r->states[i - 1 - r->n_rows].f.otherwise;

		if (n->verdict == MDESC_GO && n->keys < r->n_keys && keys[n->state] == UINT32_MAX)
			keys[n->state] = n->keys;
	}
	return keys;
}

static void put_offsets(struct html *h, uint32_t keys)
{
	const struct mdesc_fmt_keys *k = keys < h->rows->n_keys ? &h->rows->keys[keys] : NULL;

	for (uint32_t i = 0; k && i < k->count; i++)
		html_printf(h, "%s%s", i ? " " : "", mdc_key_text(h->a, h->m, k, i));
}

static void put_row(struct html *h, uint32_t idx, const uint32_t *keys)
{
	const struct mdesc_fmt_row *r = &h->rows->rows[idx].f;
	const struct mdc_row_state *s = &h->rows->states[r->state];

	html_printf(h, "<tr><td class=r>%" PRIu32 "</td><td>", idx);
	html_ref_link(h, h->m->parser.states[s->state], s->name);
	out_puts(h->o, "</td><td class=dim>");
	put_offsets(h, keys[r->state]);
	out_puts(h->o, "</td><td>");
	put_key(h, r);
	out_puts(h->o, "</td><td>");
	if (r->header != MDESC_FMT_NONE16)
		put_move(h, h->m->parser.instances[r->header]);
	if (r->flags & MDESC_ROW_LENGTH)
		html_printf(h, r->length == MDESC_FMT_NONE16 ? " of no length" : " of %u", r->length);
	out_puts(h->o, "</td><td class=r>");
	if (r->op_count)
		html_printf(h, "%u", r->op_count);
	out_puts(h->o, "</td><td>");
	if (r->flags & MDESC_ROW_HOLD)
		out_puts(h->o, "hold, ");
	if (r->flags & MDESC_ROW_ABORT)
		out_puts(h->o, "abort, ");
	put_next(h, &r->next);
	out_puts(h->o, "</td></tr>\n");
}

static void put_rows(struct html *h)
{
	static const char *const heads[] = { ">Row", "State", "Key at", "Key", "Extracts", ">Operations",
					     "Goes to", NULL };
	const uint32_t *keys = find_keys(h);
	uint32_t n = h->rows->n_rows < ROWS_MAX ? h->rows->n_rows : ROWS_MAX;

	html_printf(h, "<h3 id=rows>Rows</h3>\n<details class=rows><summary>%" PRIu32
		    " rows, the first that matches runs</summary>\n", h->rows->n_rows);
	html_table(h, "rows", "Key bytes, counted from the cursor, as value or value/mask; -- where one does not "
		   "matter", NULL, heads);
	for (uint32_t i = 0; i < n; i++)
		put_row(h, i, keys);
	html_end_table(h);
	if (n < h->rows->n_rows)
		html_printf(h, "<p class=note>and %" PRIu32 " more: <code>--emit=rows</code> lists them.</p>\n",
			    h->rows->n_rows - n);
	out_puts(h->o, "</details>\n");
}

void html_tables(struct html *h)
{
	put_limits(h);
	if (h->rows->n_rows)
		put_rows(h);
}

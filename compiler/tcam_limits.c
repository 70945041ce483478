/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the model and the counts of its lowering, and tells what the target
 * cannot do or has too little of, with what takes the most of it. Only reads.
 */
#include <stdlib.h>

#include "atoms.h"
#include "tcam.h"

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* Points at the target's declaration; the built-in one has none. */
void tcam_label_target(struct lower *l, struct diag *d)
{
	if (l->m->target.loc.src != UINT32_MAX)
		diag_label(d, l->m->target.loc, "the target");
}

/* ---- features ---- */

/* Bytes that the field of a header's length touches. */
static uint32_t length_bytes(const struct mdc_header *h)
{
	return (h->len_bit % 8 + h->len_bits + 7) / 8;
}

static bool check_length(struct lower *l, const struct mdc_instance *inst)
{
	const struct mdc_header *h = inst->header;
	const char *t = l->m->target.name;
	struct diag *d;

	if (length_bytes(h) > 2 || h->len_shift > 16) {
		d = diag(l->ctx, CHK_target_feature, h->len_loc,
			 length_bytes(h) > 2 ? "the length of header '%s' is a field that lies in %u bytes, and the "
			 "target '%s' reads two" : "the length of header '%s' is a field shifted by %u bits, and the "
			 "target '%s' shifts by 16 at most", h->name,
			 length_bytes(h) > 2 ? length_bytes(h) : h->len_shift, t);
		tcam_label_target(l, d);
		return false;
	}
	return true;
}

/* The register that is too much: bits of registers, or flags. */
static bool check_registers(struct lower *l, bool flags, bool count)
{
	const struct mdc_parser *p = &l->m->parser;
	const struct mdc_target *t = &l->m->target;
	uint32_t n = 0, max = flags ? t->flags : t->register_bits;
	struct diag *d;

	for (uint32_t i = 0; i < p->n_registers; i++) {
		const struct mdc_register *reg = p->registers[i];

		/* what counts rounds of loops may be gone when these are unrolled */
		if ((reg->kind == MDC_FLAG) != flags || (reg->kind == MDC_COUNTER && !count))
			continue;
		n += reg->bits;
		if (n <= max)
			continue;
		d = diag(l->ctx, CHK_target_limit, reg->loc, flags ? "the flags up to this one are %u, and the target "
			 "'%s' has %u" : "the registers up to this one take %u bits, and the target '%s' has %u", n,
			 t->name, max);
		tcam_label_target(l, d);
		diag_note(d, flags ? "say 'flags N' in the target if the hardware has more" :
			  "say 'registers N bits' in the target if the hardware has more");
		return false;
	}
	return true;
}

bool tcam_check_features(struct lower *l)
{
	const struct mdc_parser *p = &l->m->parser;
	struct atom_map seen;
	bool ok = check_registers(l, false, l->m->target.loops);

	ok &= check_registers(l, true, true);
	atom_map_init(&seen, l->arena);
	for (uint32_t i = 0; i < p->n_instances; i++) {
		const struct mdc_header *h = p->instances[i]->header;

		/* each advance is one of its own */
		if (h->variable && (p->instances[i]->kind == MDC_I_ADVANCE ||
				    !atom_map_add(&seen, h->name, (void *)h)))
			ok &= check_length(l, p->instances[i]);
	}
	return ok;
}

/* ---- limits ---- */

static uint64_t plan_states(const struct tcam_plan *p)
{
	return p->n_chain + (uint64_t)p->n_tails * p->tail_len;
}

static uint64_t plan_rows(const struct tcam_plan *p)
{
	return p->rows;
}

/* What an image can hold and libmdesc runs, whatever the target says. */
#define STATES_MAX	(MDESC_FMT_NONE16 - 1u)
#define ROWS_MAX	(1u << 20)
#define PARTS_MAX	255		/* of a state, behind its first */
#define WORK_MAX	(UINT64_C(1) << 28)	/* rows compared for a packet */

#define TOP 3

/* Labels the states that take the most. */
static void label_top(struct lower *l, struct diag *d, uint64_t (*takes)(const struct tcam_plan *),
		      const char *what)
{
	const struct tcam_plan *top[TOP + 1] = { NULL };

	for (uint32_t i = 0; i < l->m->parser.n_states; i++) {
		const struct tcam_plan *p = &l->plans[i];
		int at = TOP;

		if (!p->s)
			continue;
		while (at > 0 && (!top[at - 1] || takes(p) > takes(top[at - 1]))) {
			top[at] = top[at - 1];
			at--;
		}
		if (at < TOP)
			top[at] = p;
	}
	for (int i = 0; i < TOP && top[i]; i++)
		diag_label(d, top[i]->s->loc, "%llu %s%s", (unsigned long long)takes(top[i]), what,
			   plural(takes(top[i])));
}

/* What the target lacks that rows and states are taken for instead. */
static bool note_lacks(const struct mdc_model *m, struct diag *d, bool rows)
{
	const struct mdc_parser *p = &m->parser;
	const struct mdc_instance *var = NULL;
	const struct mdc_state *loop = NULL;

	for (uint32_t i = 0; i < p->n_states && !m->target.loops; i++)
		if (p->states[i]->max)
			loop = p->states[i];
	for (uint32_t i = 0; i < p->n_instances && rows && !m->target.arithmetic; i++)
		if (p->instances[i]->header->variable)
			var = p->instances[i];
	if (loop)
		diag_note(d, "the target has no loops: state '%s' is there once for each round; give it a smaller "
			  "`max`", loop->name);
	if (var)
		diag_note(d, "the target advances by constants: header '%s' takes a row, or several, for each length "
			  "that it may have; give its `length` a smaller range", var->header->name);
	return loop || var;
}

static bool check_count(struct lower *l, uint64_t n, uint64_t max, const char *what, const char *help,
			uint64_t (*takes)(const struct tcam_plan *))
{
	const struct mdc_parser *p = &l->m->parser;
	struct diag *d;

	if (n <= max)
		return true;
	d = diag(l->ctx, CHK_target_limit, p->loc, "parser '%s' takes %llu %s%s, the target '%s' has %llu",
		 p->name, (unsigned long long)n, what, plural(n), l->m->target.name, (unsigned long long)max);
	label_top(l, d, takes, what);
	tcam_label_target(l, d);
	if (!note_lacks(l->m, d, takes == plan_rows))
		diag_note(d, "%s", help);
	return false;
}

bool tcam_check_metadata(struct lower *l)
{
	const struct mdc_target *t = &l->m->target;
	bool ok = true;

	for (uint32_t i = 0; i < l->m->n_metadata; i++) {
		const struct mdc_layout *layout = l->m->layouts[i];
		struct diag *d;

		if (layout->size <= t->metadata_bytes)
			continue;
		d = diag(l->ctx, CHK_target_limit, layout->loc,
			 "metadata '%s' has %u bytes, the target '%s' writes at most %u", layout->name,
			 layout->size, t->name, t->metadata_bytes);
		tcam_label_target(l, d);
		ok = false;
	}
	return ok;
}

uint32_t tcam_max_states(const struct lower *l)
{
	return l->m->target.states < STATES_MAX ? l->m->target.states : STATES_MAX;
}

uint32_t tcam_max_rows(const struct lower *l)
{
	return l->m->target.rows < ROWS_MAX ? l->m->target.rows : ROWS_MAX;
}

bool tcam_check_counts(struct lower *l, uint64_t rows, uint64_t states)
{
	bool ok = check_count(l, rows, tcam_max_rows(l), "row", "a range takes a row for each prefix that "
			      "it is made of, a tuple of ranges one for each combination", plan_rows);

	return ok & check_count(l, states, tcam_max_states(l), "state", "a state takes one for each header "
				"that it extracts, and more where its writes do not fit in a row", plan_states);
}

/* ---- one state ---- */

bool tcam_check_stores(struct lower *l, const struct mdc_state *s)
{
	for (size_t i = 0; i < l->stores.n; i++) {
		if (l->stores.p[i].count <= TCAM_ROW_OPS)
			continue;
		diag(l->ctx, CHK_target_limit, s->loc, "state '%s' has a write of %u operations, %u are the most",
		     s->name, l->stores.p[i].count, TCAM_ROW_OPS);
		return false;
	}
	return true;
}

bool tcam_check_parts(struct lower *l, const struct tcam_plan *p)
{
	uint32_t n = p->n_chain + p->tail_len - 1;
	struct diag *d;

	if (n <= PARTS_MAX)
		return true;
	d = diag(l->ctx, CHK_target_limit, p->s->loc, "state '%s' takes %u rows one after the other, %u are the most",
		 p->s->name, n + 1, PARTS_MAX + 1);
	diag_note(d, "a row extracts one header and writes %u times: split the state", l->m->target.writes);
	return false;
}

/* That of a state's own action takes none; a header longer than the cursor moves at once, more. */
static uint32_t takes_rows(const struct mdc_model *m, const struct mdc_row *r)
{
	uint32_t n = !(m->target.defaults && (r->f.flags & MDESC_ROW_DEFAULT));
	uint32_t shift = m->target.shift, bytes = 0;

	if (shift && r->f.header != MDESC_FMT_NONE16) {
		const struct mdc_instance *inst = m->parser.instances[r->f.header];

		if (r->f.flags & MDESC_ROW_LENGTH)
			bytes = r->f.length != MDESC_FMT_NONE16 ? r->f.length : 0;
		else if (inst->kind == MDC_I_HEADER || inst->kind == MDC_I_ADVANCE || inst->kind == MDC_I_PART)
			bytes = inst->header->max;
	}
	return n + (bytes > shift ? (bytes - 1) / shift : 0);
}

uint64_t mdc_rows_taken(const struct mdc_rows *rows)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < rows->n_rows; i++)
		n += takes_rows(rows->model, &rows->rows[i]);
	return n;
}

/* A look-up of this state compares what the target does not see. */
static bool refuse_byte(struct lower *l, const struct mdc_row_state *s, const struct mdesc_fmt_keys *k, uint32_t i)
{
	const struct mdc_target *t = &l->m->target;
	struct diag *d;

	if (k->kind[i] == MDESC_SLOT_HEADER)
		d = diag(l->ctx, CHK_target_key, s->loc,
			 "state '%s' matches a byte of '%s', which lies behind the cursor, and the target '%s' looks "
			 "at %u bytes from the cursor on", s->name, l->m->parser.instances[k->index[i]]->name, t->name,
			 t->window);
	else
		d = diag(l->ctx, CHK_target_key, s->loc,
			 "state '%s' matches a byte %d bytes %s the cursor, and the target '%s' looks at %u bytes "
			 "from the cursor on", s->name, abs(k->off[i]), k->off[i] < 0 ? "before" : "after",
			 t->name, t->window);
	tcam_label_target(l, d);
	if (k->kind[i] != MDESC_SLOT_HEADER && k->off[i] >= 0) {
		diag_note(d, "extract what is in between first");
		return false;
	}
	diag_note(d, "what came before is kept in the state where that can be: not in one that counts how often it is "
		  "entered, and not across a header whose length is not known");
	diag_note(d, "match it in the state that extracts it, before anything else is, and go to a state of its own "
		  "for each outcome; or keep it in a register");
	return false;
}

/*
 * What a look-up compares lies within the target's window. The passes may have brought it there: states that were
 * joined look at it earlier.
 */
static bool check_window(struct lower *l, const struct mdc_rows *rows, const struct mdesc_fmt_next *next,
			 const uint32_t *compared)
{
	const struct mdesc_fmt_keys *k;

	if (next->verdict != MDESC_GO)
		return true;
	k = &rows->keys[next->keys];
	for (uint32_t i = 0; i < k->count; i++) {
		if (!(compared[next->state] >> i & 1))
			continue;
		if (k->kind[i] == MDESC_SLOT_HEADER ||
		    (k->kind[i] == MDESC_SLOT_PACKET && (k->off[i] < 0 || k->off[i] >= (int32_t)l->m->target.window)))
			return refuse_byte(l, &rows->states[next->state], k, i);
	}
	return true;
}

static bool check_windows(struct lower *l, const struct mdc_rows *rows)
{
	uint32_t *compared = arena_array(l->arena, uint32_t, rows->n_states + 1);
	bool ok;

	if (!l->m->target.window)
		return true;
	for (uint32_t i = 0; i < rows->n_rows; i++) {
		for (int k = 0; k < MDESC_FMT_KEY_MAX; k++)
			compared[rows->rows[i].f.state] |= rows->rows[i].f.key_mask[k] ? 1u << k : 0;
	}
	ok = check_window(l, rows, &rows->start, compared);
	for (uint32_t i = 0; i < rows->n_rows && ok; i++)
		ok = check_window(l, rows, &rows->rows[i].f.next, compared);
	for (uint32_t i = 0; i < rows->n_states && ok; i++)
		ok = !rows->states[i].f.max || check_window(l, rows, &rows->states[i].f.otherwise, compared);
	return ok;
}

/* Does a state count in a register? */
static bool counts(const struct mdc_rows *rows)
{
	for (uint32_t i = 0; i < rows->n_states; i++) {
		if (rows->states[i].f.counter)
			return true;
	}
	return false;
}

bool mdc_rows_fit(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	const struct mdc_parser *p = &rows->model->parser;
	struct lower l = { .ctx = ctx, .arena = ctx->arena, .m = rows->model };
	uint64_t n_rows = mdc_rows_taken(rows);

	if (!check_windows(&l, rows) || !tcam_check_arcs(&l, rows) ||
	    (counts(rows) && !check_registers(&l, false, true)))
		return false;
	if (n_rows <= tcam_max_rows(&l) && rows->n_states <= tcam_max_states(&l))
		return true;
	l.plans = arena_array(l.arena, struct tcam_plan, p->n_states);
	for (uint32_t i = 0; i < rows->n_rows; i++) {
		struct tcam_plan *plan = &l.plans[rows->states[rows->rows[i].f.state].state];

		plan->s = p->states[rows->states[rows->rows[i].f.state].state];
		plan->rows += takes_rows(l.m, &rows->rows[i]);
	}
	for (uint32_t i = 0; i < rows->n_states; i++)
		l.plans[rows->states[i].state].n_chain++;
	return tcam_check_counts(&l, n_rows, rows->n_states);
}

bool tcam_check_work(struct lower *l)
{
	const struct mdc_target *t = &l->m->target;
	const struct tcam_plan *big = NULL;
	uint64_t rows = 0, parts = 0;
	struct diag *d;

	for (uint32_t i = 0; i < l->m->parser.n_states; i++) {
		const struct tcam_plan *p = &l->plans[i];

		if (!p->s)
			continue;
		if (p->rows > rows) {
			rows = p->rows;
			big = p;
		}
		if (p->n_chain + p->tail_len > parts)
			parts = p->n_chain + p->tail_len;
	}
	if (t->steps * parts * (rows + 1) <= WORK_MAX)
		return true;
	d = diag(l->ctx, CHK_target_limit, l->m->parser.loc,
		 "%u steps of %llu look-up%s in %llu rows are more work for a packet than libmdesc does", t->steps,
		 (unsigned long long)parts, plural(parts), (unsigned long long)rows);
	diag_label(d, big->s->loc, "the most rows");
	diag_note(d, "let the target have fewer 'steps', or split the state");
	return false;
}

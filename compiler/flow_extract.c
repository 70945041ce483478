/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is extracted on entering each state: on every path (so it may be read),
 * on any (so a second extract is wrong), and how many elements stacks have at
 * least. Reports not-extracted and extracted-twice, with a path for each.
 */
#include "states.h"

#define LABELS_MAX	3
#define NO_BIT		UINT32_MAX	/* of an instance that only the state knows of that extracts it */
#define MANY		UINT32_MAX
#define TOLD_MAX	100	/* diagnostics: a path is looked for for each, and fewer are shown */

struct extract_facts {
	struct flow_facts f;
	struct ps *p;
	uint32_t *bit;			/* instance -> its bit in the sets below, or NO_BIT */
	uint32_t words;			/* 64-bit words of such a set */
	uint32_t n_stacks;
	uint32_t *stack;		/* instance -> number of its stack */
	uint64_t *must, *may;		/* by state, on entering */
	uint32_t *least;		/* by state: elements of each stack */
	uint64_t *out_must, *out_may;	/* behind the state that is being left */
	uint32_t *out_least;
	uint32_t *told; /* by instance: the last state + 1 that was complained about */
	uint32_t n_told;
};

static bool is_in(const struct extract_facts *x, const uint64_t *v, const struct mdc_instance *inst)
{
	uint32_t i = x->bit[inst->idx];

	return i != NO_BIT && v[i / 64] >> (i % 64) & 1;
}

static void put_in(const struct extract_facts *x, uint64_t *v, const struct mdc_instance *inst)
{
	uint32_t i = x->bit[inst->idx];

	if (i != NO_BIT)
		v[i / 64] |= 1ull << (i % 64);
}

/* What the state's own extracts add, when it ran @times. */
static void add_own(struct extract_facts *x, uint32_t s, uint32_t times)
{
	const struct ps_state *st = &x->p->states[s];

	for (size_t k = 0; k < st->extracts.n; k++) {
		const struct mdc_instance *inst = mdc_recorded(st->extracts.p[k]);
		uint32_t *least = &x->out_least[x->stack[inst->idx]];

		put_in(x, x->out_must, inst);
		put_in(x, x->out_may, inst);
		if (inst->capacity)
			*least = *least + times < inst->capacity ? *least + times : inst->capacity;
	}
}

static void leave_with(struct extract_facts *x, uint32_t s, bool own)
{
	memcpy(x->out_must, x->must + (size_t)s * x->words, x->words * 8);
	memcpy(x->out_may, x->may + (size_t)s * x->words, x->words * 8);
	memcpy(x->out_least, x->least + (size_t)s * x->n_stacks, x->n_stacks * sizeof(uint32_t));
	if (own)
		add_own(x, s, 1);
}

static void leave(struct flow_facts *f, uint32_t s)
{
	leave_with((struct extract_facts *)f, s, true);
}

/*
 * A full loop: the state ran max times before; what it saw then is as good as what it sees now. Where a counter is
 * full, other states can have filled it.
 */
static void leave_full(struct extract_facts *x, uint32_t s)
{
	const struct ps_state *st = &x->p->states[s];

	leave_with(x, s, !st->s->counter);
	if (st->s->counter)
		return;
	memcpy(x->out_least, x->least + (size_t)s * x->n_stacks, x->n_stacks * sizeof(uint32_t));
	for (size_t k = 0; k < st->extracts.n; k++) {
		uint32_t *least = &x->out_least[x->stack[st->extracts.p[k]->idx]];

		if (st->extracts.p[k]->capacity && *least < st->s->max)
			*least = st->s->max;
	}
}

static bool enter(struct flow_facts *f, uint32_t s, uint32_t to, bool otherwise, bool first)
{
	struct extract_facts *x = (struct extract_facts *)f;
	uint64_t *must = x->must + (size_t)to * x->words, *may = x->may + (size_t)to * x->words;
	uint32_t *least = x->least + (size_t)to * x->n_stacks;
	bool changed = first;

	if (otherwise)
		leave_full(x, s);
	for (uint32_t i = 0; i < x->words; i++) {
		uint64_t m = first ? x->out_must[i] : must[i] & x->out_must[i];
		uint64_t a = may[i] | x->out_may[i];

		changed |= m != must[i] || a != may[i];
		must[i] = m;
		may[i] = a;
	}
	for (uint32_t i = 0; i < x->n_stacks; i++) {
		if (!first && least[i] <= x->out_least[i])
			continue;
		changed |= least[i] != x->out_least[i];
		least[i] = x->out_least[i];
	}
	return changed;
}

/* ---- read where it is not there ---- */

/* What happens to it in its states. */
static const char *done(const struct mdc_instance *inst)
{
	return inst->kind == MDC_I_MARK ? "marked" : "extracted";
}

/* Which states extract @inst. */
static bool *extractors(struct ps *p, const struct mdc_instance *inst, struct diag *d)
{
	bool *v = arena_array(p->arena, bool, p->n_states);
	int shown = 0;

	for (uint32_t i = 0; i < p->n_states; i++)
		for (size_t k = 0; k < p->states[i].extracts.n; k++) {
			if (mdc_recorded(p->states[i].extracts.p[k]) != inst || v[i])
				continue;
			v[i] = true;
			if (d && shown++ < LABELS_MAX)
				diag_label(d, p->states[i].extract_locs.p[k],
					   "%s here, in state '%s'", done(inst), p->states[i].s->name);
		}
	return v;
}

static void not_extracted(struct extract_facts *x, uint32_t s, const struct mdc_instance *inst, uint8_t elem,
			  uint32_t least, bool ever, struct loc loc)
{
	const char *name = inst->name, *path;
	struct ps *p = x->p;
	struct diag *d;
	bool *where;

	if (x->n_told++ >= TOLD_MAX)
		return;
	if (inst->capacity && least) {
		d = diag(p->r->ctx, CHK_not_extracted, loc,
			 "'%s' has %u element%s for certain here: there need be no %s[%u]", name,
			 least, least == 1 ? "" : "s", name, elem);
		extractors(p, inst, d);
		diag_note(d, "%s[last] is the last one; count(%s) says how many there are", name,
			  name);
		return;
	}
	d = diag(p->r->ctx, CHK_not_extracted, loc,
		 ever ? "'%s' is not %s on every path to state '%s'"
		      : "'%s' is not %s on any path to state '%s'",
		 name, done(inst), p->states[s].s->name);
	if (!d)
		return;
	where = extractors(p, inst, d);
	path = flow_path(p, s, where);
	if (path && ever)
		diag_note(d, "for example, not on the path %s", path);
	diag_note(d,
		  "read it in a state that is only entered behind its extract; a rule of the metadata may read it, "
		  "and writes nothing where it is not there");
}

static void need(struct extract_facts *x, uint32_t s, const struct mdc_instance *inst, uint8_t elem,
		 struct loc loc)
{
	uint32_t least;
	bool there;

	if (inst->kind == MDC_I_PART)
		inst = inst->of;	/* whether the part is there is another question */
	least = inst->capacity ? x->out_least[x->stack[inst->idx]] : 0;
	there = x->bit[inst->idx] == NO_BIT || is_in(x, x->out_must, inst);
	if (inst->capacity)
		there = elem == MDC_ELEM_LAST ? least > 0 : least > elem;
	if (there || x->told[inst->idx] == s + 1)
		return;
	x->told[inst->idx] = s + 1;
	not_extracted(x, s, inst, elem, least, is_in(x, x->out_may, inst), loc);
}

typedef void needs_fn(struct extract_facts *x, uint32_t s, const struct mdc_instance *inst, uint8_t elem,
		      struct loc loc);

static void needs_of(struct extract_facts *x, uint32_t s, const struct mdc_x *e, needs_fn *fn)
{
	for (; e; e = e->a) {
		if (e->kind == MDC_X_PACKET || e->kind == MDC_X_BYTES || e->kind == MDC_X_OFFSET ||
		    e->kind == MDC_X_LENGTH)
			fn(x, s, e->inst, e->elem, e->loc);
		if (e->b)
			needs_of(x, s, e->b, fn);
	}
}

/* Call @fn with all that a state reads behind its extracts. */
static void each_need(struct extract_facts *x, uint32_t i, needs_fn *fn)
{
	const struct mdc_state *s = x->p->states[i].s;

	for (uint32_t k = 0; k < s->n_keys; k++)
		if (s->keys[k].inst)
			fn(x, i, s->keys[k].inst, s->keys[k].elem, s->keys[k].loc);
	for (uint32_t k = 0; k < s->n_writes; k++)
		needs_of(x, i, s->writes[k].x, fn);
	for (uint32_t k = 0; k < s->n_sets; k++)
		needs_of(x, i, s->sets[k].x, fn);
}

/* ---- extracted twice ---- */

/* As the subparser's own text has it. */
static const char *plain_name(const struct mdc_instance *inst)
{
	const char *dot = strchr(inst->name, '.');

	return dot ? dot + 1 : inst->name;
}

/* Whether the path leads only through states of the scope: a loop in it, not a second pass. */
static bool stays_in(const char *path, const char *scope)
{
	size_t len = strlen(scope);

	for (const char *at = path; at; at = strstr(at, " -> ")) {
		at += strncmp(at, " -> ", 4) ? 0 : 4;
		if (strncmp(at, scope, len) || at[len] != '.')
			return false;
	}
	return true;
}

static void twice(struct ps *p, uint32_t s, size_t k, const struct mdc_instance *inst)
{
	const struct ps_state *st = &p->states[s];

	for (uint32_t i = 0; i < p->n_states; i++) {
		const char *path = NULL;
		struct diag *d;

		/* A state that is entered once cannot be its own predecessor. */
		if (!p->states[i].s->reachable || (i == s && st->s->max == 1))
			continue;
		for (size_t j = 0; j < p->states[i].extracts.n; j++) {
			if (mdc_recorded(p->states[i].extracts.p[j]) != inst)
				continue;
			path = flow_path_from(p, i, s, NULL);
			if (!path)
				break;
			d = diag(p->r->ctx, CHK_extracted_twice, st->extract_locs.p[k],
				 "'%s' is %s twice on a path", inst->name, done(inst));
			if (i != s)
				diag_label(d, p->states[i].extract_locs.p[j],
					   "before, in state '%s'", p->states[i].s->name);
			diag_note(d, "on the path %s", path);
			if (inst->kind == MDC_I_MARK)
				diag_note(d, "a mark is set once for a packet: give one of them another name");
			else if (st->scope->ast && !stays_in(path, st->scope->name))
				diag_note(d, "scope '%s' of subparser '%s' is passed twice: enter it with another "
					  "scope the second time", st->scope->name, st->scope->ast->name.s);
			else if (i == s)
				diag_note(d, "state '%s' is in a loop: make a stack of them, `extract %s as %s[];`",
					  st->s->name, inst->header->name, plain_name(inst));
			else
				diag_note(d, "give one of them another name (`extract %s as NAME;`), or make a stack "
					  "of them (`as %s[]`)", inst->header->name, plain_name(inst));
			return;
		}
	}
}

static void check_extracts(struct extract_facts *x, uint32_t s)
{
	const struct ps_state *st = &x->p->states[s];

	for (size_t k = 0; k < st->extracts.n; k++) {
		const struct mdc_instance *inst = mdc_recorded(st->extracts.p[k]);
		size_t j = 0;

		if (inst->capacity || (inst->kind != MDC_I_HEADER && inst->kind != MDC_I_MARK))
			continue;
		while (mdc_recorded(st->extracts.p[j]) != inst)
			j++;
		if (j < k)
			diag_label(diag(x->p->r->ctx, CHK_extracted_twice, st->extract_locs.p[k],
					"'%s' is %s twice in a state", inst->name, done(inst)),
				   st->extract_locs.p[j], "before");
		else if (is_in(x, x->may + (size_t)s * x->words, inst) && x->n_told++ < TOLD_MAX)
			twice(x->p, s, k, inst);
	}
}

/* What an advance reads, it reads where it stands in the state. */
static void need_ahead(struct extract_facts *x, uint32_t s)
{
	const struct ps_state *st = &x->p->states[s];

	for (size_t k = 0; k < st->extracts.n; k++) {
		const struct mdc_instance *inst = st->extracts.p[k], *of = inst->of;
		size_t j = 0;

		if (inst->kind != MDC_I_ADVANCE || !of)
			continue;
		while (j < k && st->extracts.p[j] != of)
			j++;
		if (j < k || is_in(x, x->must + (size_t)s * x->words, of)) {
			need(x, s, of, inst->of_elem, inst->loc);
			continue;
		}
		not_extracted(x, s, of, inst->of_elem, 0, is_in(x, x->may + (size_t)s * x->words, of), inst->loc);
	}
}

/* ---- all of it ---- */

/* Another state reads it than the only one that extracts it, or nothing extracts it. */
static void read_elsewhere(struct extract_facts *x, uint32_t s, const struct mdc_instance *inst, uint8_t elem,
			   struct loc loc)
{
	(void)elem;
	(void)loc;
	if (inst->kind == MDC_I_PART)
		inst = inst->of;
	if (x->bit[inst->idx] != s + 1)
		x->bit[inst->idx] = MANY;
}

/*
 * A set a state of all instances is quadratic. Most instances need no bit in it: extracted in one state, which no
 * loop leads back to, and read in no other.
 */
static void give_bits(struct extract_facts *x)
{
	struct ps *p = x->p;
	uint32_t n = 0;

	x->bit = arena_array(p->arena, uint32_t, p->instances.n + 1);	/* first: the state + 1 that extracts it */
	for (uint32_t i = 0; i < p->n_states; i++) {
		const struct ps_state *st = &p->states[i];

		for (size_t k = 0; k < st->extracts.n; k++) {
			const struct mdc_instance *inst = mdc_recorded(st->extracts.p[k]);
			uint32_t *owner = &x->bit[inst->idx];

			*owner = (*owner && *owner != i + 1) || inst->capacity || st->s->in_loop ? MANY : i + 1;
		}
	}
	for (uint32_t i = 0; i < p->n_states; i++) {
		const struct ps_state *st = &p->states[i];

		each_need(x, i, read_elsewhere);
		for (size_t k = 0; k < st->extracts.n; k++)	/* what an advance reads */
			if (st->extracts.p[k]->kind == MDC_I_ADVANCE && st->extracts.p[k]->of)
				read_elsewhere(x, i, st->extracts.p[k]->of, 0, st->extracts.p[k]->loc);
	}
	for (size_t i = 0; i < p->instances.n; i++)
		x->bit[i] = x->bit[i] == MANY ? n++ : NO_BIT;
	x->words = (n + 63) / 64;
}

static void facts_init(struct extract_facts *x, struct ps *p)
{
	struct arena *a = p->arena;
	size_t n = p->n_states;

	*x = (struct extract_facts){ .f = { leave, enter },
				     .p = p };
	give_bits(x);
	x->stack = arena_array(a, uint32_t, p->instances.n + 1);
	for (size_t i = 0; i < p->instances.n; i++)
		if (p->instances.p[i]->capacity)
			x->stack[i] = x->n_stacks++;
	x->must = arena_array(a, uint64_t, n * x->words + 1);
	x->may = arena_array(a, uint64_t, n * x->words + 1);
	x->least = arena_array(a, uint32_t, n * x->n_stacks + 1);
	x->out_must = arena_array(a, uint64_t, x->words + 1);
	x->out_may = arena_array(a, uint64_t, x->words + 1);
	x->out_least = arena_array(a, uint32_t, x->n_stacks + 1);
	x->told = arena_array(a, uint32_t, p->instances.n + 1);
}

void flow_extracts(struct ps *p)
{
	struct extract_facts x;

	facts_init(&x, p);
	flow_run(p, &x.f);
	for (uint32_t i = 0; i < p->n_states; i++) {
		const struct mdc_state *s = p->states[i].s;

		if (!s->reachable)
			continue;
		check_extracts(&x, i);
		leave(&x.f, i);
		need_ahead(&x, i);
		each_need(&x, i, need);
	}
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The model taken literally (compiler/literal.h): its tables do what the naive
 * interpreter says with packets that go everywhere; rows are proved to be the
 * same; and where one thing is changed in the model, the packet that the proof
 * fails on is one that the interpreter treats differently, too, and what is still
 * called the same is so for all packets that are tried.
 *
 *	literal				the test
 *	literal SEED [COUNT]		random descriptions from that seed on
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "compile.h"
#include "gen.h"
#include "interp.h"
#include "literal.h"
#include "packets.h"
#include "prove.h"
#include "random_parsers.h"
#include "tap.h"

enum { PATHS = 30, MUTANT_STEPS = 2000000, ROOM = 1024, FEW = 4 };

static struct {
	uint32_t packets, proved, open, mutants, equal, different, unknown;
	int failures;
} total;

static struct interp_result got[2];

/* ---- packets ---- */

static bool same_headers(const struct interp_result *want, const struct sym_result *r)
{
	uint32_t shown = 0;

	for (uint32_t i = 0; i < want->n_headers; i++) {
		const struct interp_header *h = &want->headers[i];
		bool found = false, last = true;

		/* a mark that is set again is the last one */
		for (uint32_t k = i + 1; k < want->n_headers; k++)
			last &= want->headers[k].inst != h->inst || want->headers[k].elem != h->elem;
		if (h->hidden || !last)
			continue;
		shown++;
		for (uint32_t k = 0; k < r->n_headers && k < ROOM; k++)
			found |= r->headers[k].header == h->inst->idx && r->headers[k].elem == h->elem &&
				 r->headers[k].offset == h->offset && r->headers[k].length == h->length;
		if (!found)
			return false;
	}
	return shown == r->n_headers;
}

static bool as_interpreted(const struct mdc_model *m, const struct sym_tables *t, const struct packets *p, uint32_t len)
{
	static struct sym_header room[ROOM];
	struct sym_packet packet = { (uint8_t *)(uintptr_t)p->data, len, (uint64_t *)(uintptr_t)p->sources,
				     m->n_sources < PACKET_SOURCES ? m->n_sources : PACKET_SOURCES };
	struct sym_result r = { .headers = room };
	const struct interp_result *want = &got[0];

	interp_run(m, p->data, len, p->sources, &got[0]);
	if (!sym_run(t, &packet, &r, ROOM))
		return false;
	total.packets++;
	return r.dropped == want->dropped && r.error == want->error &&
	       (r.dropped || (r.meta_size == want->meta_size && !memcmp(r.meta, want->meta, r.meta_size) &&
			      same_headers(want, &r)));
}

static bool same_twice(const struct mdc_model *a, const struct mdc_model *b, const uint8_t *data, uint32_t len,
		       const uint64_t *sources)
{
	const struct interp_result *x = &got[0], *y = &got[1];

	interp_run(a, data, len, sources, &got[0]);
	interp_run(b, data, len, sources, &got[1]);
	if (x->dropped != y->dropped || x->error != y->error)
		return false;
	if (x->dropped)
		return true;
	if (x->layout != y->layout || x->meta_size != y->meta_size || memcmp(x->meta, y->meta, x->meta_size) ||
	    x->n_headers != y->n_headers)
		return false;
	for (uint32_t i = 0; i < x->n_headers; i++)
		if (x->headers[i].inst != y->headers[i].inst || x->headers[i].offset != y->headers[i].offset ||
		    x->headers[i].length != y->headers[i].length)
			return false;
	return true;
}

static void show(const char *name, const char *what, const uint8_t *data, uint32_t len)
{
	total.failures++;
	printf("not ok %s: %s\n# packet: ", name, what);
	for (uint32_t i = 0; i < len; i++)
		printf("%02x", data[i]);
	printf("\n");
}

/* Packets on all paths, and all that are shorter: @b is NULL, or another model that must do the same. */
static bool try_packets(const char *name, const struct mdc_model *a, const struct sym_tables *t,
			const struct mdc_model *b, uint64_t seed)
{
	static struct packets p;

	packets_init(&p, a, seed);
	for (uint32_t i = 0; i < 2 * PATHS; i++) {
		if (i >= PATHS)
			packets_random_path(&p);
		else if (!packets_next_path(&p))
			i = PATHS;
		for (uint32_t len = p.len;; len -= 1 + len / 16) {
			if (b ? !same_twice(a, b, p.data, len, p.sources) : !as_interpreted(a, t, &p, len)) {
				show(name, b ? "called the same, and packets differ" :
					       "the interpreter says something else", p.data, len);
				return false;
			}
			if (!len)
				break;
		}
	}
	return true;
}

/* ---- another model ---- */

static const char *const kinds[] = { "a pattern", "where an arm leads", "an arm less", "the order of arms", "a limit",
				     "a write less", "a key", "a register less", "a layout's rule less" };
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

struct changed {
	struct mdc_model m;
	struct mdc_state state;
	struct mdc_layout layout;
	struct mdc_arm *arms;
	int kind;
};

static void change_pattern(struct arena *a, struct mdc_arm *arm, const struct mdc_state *s, uint64_t *rng)
{
	uint32_t k = (uint32_t)(gen_rand(rng) % s->n_keys);
	struct mdc_pattern *p = arena_array(a, struct mdc_pattern, s->n_keys), *q = &p[k];

	memcpy(p, arm->patterns, s->n_keys * sizeof(*p));
	arm->patterns = p;
	if (!q->is_range)
		q->value ^= q->mask & (q->mask >> gen_rand(rng) % s->keys[k].bits & 1 ? -q->mask : 1);
	else if (q->lo < q->hi && gen_rand(rng) & 1)
		q->lo++;
	else if (q->lo < q->hi)
		q->hi--;
}

/* False: there is nothing of this kind in the state. */
static bool change_state(struct arena *a, struct changed *c, uint64_t *rng)
{
	struct mdc_state *s = &c->state;
	uint32_t i = (uint32_t)(gen_rand(rng) % s->n_arms);
	struct mdc_key *keys;
	struct mdc_arm *arm;

	c->arms = arena_array(a, struct mdc_arm, s->n_arms + 1);
	memcpy(c->arms, s->arms, s->n_arms * sizeof(*c->arms));
	s->arms = c->arms;
	arm = &c->arms[i];
	switch (c->kind) {
	case 0:
		if (arm->is_default || !s->n_keys)
			return false;
		change_pattern(a, arm, s, rng);
		return true;
	case 1:
		arm->next = (struct mdc_next){ .to = MDC_TO_REJECT, .code = 77 };
		return true;
	case 2:
		if (arm->is_default || s->n_arms < 2)
			return false;
		memmove(arm, arm + 1, (s->n_arms - i - 1) * sizeof(*arm));
		s->n_arms--;
		return true;
	case 3:
		if (i + 1 >= s->n_arms || arm[1].is_default)
			return false;
		c->arms[s->n_arms] = arm[0];
		arm[0] = arm[1];
		arm[1] = c->arms[s->n_arms];
		return true;
	case 4:
		s->max += gen_rand(rng) & 1 && s->max > 1 ? -1 : 1;
		return s->max > 1 && !s->counter;
	case 5:
		return s->n_writes && s->n_writes--;
	case 6:
		if (!s->n_keys || !s->keys[0].inst || s->keys[0].order == MDC_LE)
			return false;
		keys = arena_array(a, struct mdc_key, s->n_keys);
		memcpy(keys, s->keys, s->n_keys * sizeof(*keys));
		s->keys = keys;
		return keys[0].bit++ + keys[0].bits < 8 * keys[0].inst->header->fixed;
	default:
		return s->n_sets && s->n_sets--;
	}
}

static bool change(struct arena *a, const struct mdc_model *from, struct changed *c, uint64_t *rng)
{
	uint32_t n = from->parser.n_states, at = (uint32_t)(gen_rand(rng) % n);
	const struct mdc_state **states = arena_array(a, const struct mdc_state *, n);
	const struct mdc_layout **layouts = arena_array(a, const struct mdc_layout *, from->n_layouts + 1);

	*c = (struct changed){ .m = *from, .kind = (int)(gen_rand(rng) % KINDS) };
	if (c->kind < KINDS - 1) {
		memcpy(states, from->parser.states, n * sizeof(*states));
		c->state = *states[at];
		states[at] = &c->state;
		c->m.parser.states = states;
		return c->state.reachable && change_state(a, c, rng);
	}
	if (!from->n_metadata || !from->layouts[0]->n_rules)
		return false;
	memcpy(layouts, from->layouts, from->n_layouts * sizeof(*layouts));
	c->layout = *layouts[0];
	c->layout.n_rules--;
	layouts[0] = &c->layout;
	c->m.layouts = layouts;
	return true;
}

/* Where only a rule of the first layout is gone, both write the same layout by another name. */
static bool differs(const struct changed *c, const struct mdc_model *m, const struct sym_packet *p)
{
	if (same_twice(m, &c->m, p->data, p->len, p->sources))
		return false;
	return c->kind != KINDS - 1 || got[0].meta_size != got[1].meta_size ||
	       memcmp(got[0].meta, got[1].meta, got[0].meta_size);
}

static void one_changed(const char *name, struct compiled *c, uint64_t *rng)
{
	struct arena *a = arena_new();
	struct sym_tables other, rows = mdc_prove_tables(a, c->rows);
	struct sym_opts opts = { .steps = MUTANT_STEPS };
	struct sym_answer answer;
	struct changed x;
	const char *why;

	for (int tries = 0; !change(a, c->model, &x, rng); tries++) {
		if (tries < 100)
			continue;
		arena_free(a);
		return;
	}
	if (mdc_literal(a, &x.m, &other, &why)) {
		sym_prove(&other, &rows, &opts, &answer);
		total.mutants++;
		total.different += answer.verdict == SYM_DIFFERENT;
		total.equal += answer.verdict == SYM_EQUAL;
		total.unknown += answer.verdict == SYM_UNKNOWN;
		if (answer.verdict == SYM_DIFFERENT && !differs(&x, c->model, &answer.packet))
			show(name, kinds[x.kind], answer.packet.data, answer.packet.len);
		if (answer.verdict == SYM_EQUAL && x.kind < KINDS - 1)
			try_packets(name, c->model, NULL, &x.m, *rng);
		if (answer.verdict == SYM_UNKNOWN && getenv("PROVE_SHOW"))
			printf("# %s: %s: %s\n", name, kinds[x.kind], answer.why);
		sym_free(&answer);
	}
	arena_free(a);
}

/* ---- descriptions ---- */

static void look_at(const char *name, struct compiled *c, uint32_t mutants, uint64_t seed, bool must)
{
	struct arena *a = arena_new();
	struct sym_tables t;
	struct sym_opts opts = { .steps = 0 };
	struct sym_answer answer;
	enum sym_verdict v = SYM_UNKNOWN;
	uint64_t rng = seed;
	const char *why = "";
	bool said = mdc_literal(a, c->model, &t, &why);

	if (said) {
		struct sym_tables rows = mdc_prove_tables(a, c->rows);

		try_packets(name, c->model, &t, NULL, seed);
		opts.steps = must ? 0 : MUTANT_STEPS;
		sym_prove(&t, &rows, &opts, &answer);
		v = answer.verdict;
		if (v == SYM_DIFFERENT)
			show(name, "rows are not what the description says", answer.packet.data, answer.packet.len);
		why = answer.why;
		sym_free(&answer);
	}
	total.proved += v == SYM_EQUAL;
	total.open += v == SYM_UNKNOWN;
	if (must)
		tap(v == SYM_EQUAL, name, "%s", why);
	else if (v == SYM_UNKNOWN && getenv("PROVE_SHOW"))
		printf("# %s: %s\n", name, why);
	for (uint32_t i = 0; said && i < mutants && total.failures < 5; i++)
		one_changed(name, c, &rng);
	arena_free(a);
}

static bool random_one(const char *name, struct compiled *c, uint32_t mutants, uint64_t seed)
{
	if (c->model->parser.name)
		look_at(name, c, mutants, seed, false);
	return total.failures < 5;
}

static void all_shipped(const char *src, uint32_t mutants)
{
	static const char *const where[] = { "firmware-descs/*/*.mdesc", "tests/tshark/*.mdesc", "tests/ok/*.mdesc",
					     "tests/refnic/*.mdesc" };
	char pattern[4200], include[4096];
	glob_t g = { 0 };

	snprintf(include, sizeof(include), "%s/firmware-descs", src);
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		snprintf(pattern, sizeof(pattern), "%s/%s", src, where[i]);
		glob(pattern, i ? GLOB_APPEND : 0, NULL, &g);
	}
	for (size_t i = 0; i < g.gl_pathc; i++) {
		const char *name = strrchr(g.gl_pathv[i], '/') + 1;
		bool shipped = !strstr(g.gl_pathv[i], "/tests/ok/");
		struct compiled c;

		if (strstr(g.gl_pathv[i], "/std/") || strstr(g.gl_pathv[i], "/targets/"))
			continue;
		if (compile_file(&c, g.gl_pathv[i], include) && c.model->parser.name)
			look_at(name, &c, shipped ? mutants : mutants / 2, i + 1, shipped);
		compile_free(&c);
	}
	globfree(&g);
}

static void summary(void)
{
	printf("# %u packets; %u proved, %u not known; %u changed: %u the same, %u different, %u not known\n",
	       total.packets, total.proved, total.open, total.mutants, total.equal, total.different, total.unknown);
	tap(total.packets > 1000, "packets are run", "%u", total.packets);
	tap(total.open * 8 <= total.proved, "most is proved", "%u are, %u are not", total.proved, total.open);
	tap(total.unknown * 20 <= total.mutants + 20 * FEW, "most changes are decided", "%u of %u are not",
	    total.unknown, total.mutants);
	tap(total.different * 5 > total.mutants && total.equal, "changes of both kinds", "%u the same, %u different",
	    total.equal, total.different);
}

int main(int argc, char **argv)
{
	const char *src = getenv("MDESC_SRC"), *set = getenv("MDESC_TESTS"), *seed = getenv("MDESC_SEED");
	bool full = set && !strcmp(set, "full"), quick = set && !strcmp(set, "quick");

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (getenv("TMP") && chdir(getenv("TMP"))) {
		perror(getenv("TMP"));
		return 2;
	}
	if (argc > 1) {
		random_parsers(strtoull(argv[1], NULL, 0), argc > 2 ? (uint32_t)atoi(argv[2]) : 1, 10, random_one);
	} else {
		if (src)
			all_shipped(src, quick ? 4 : 8);
		random_parsers(seed ? strtoull(seed, NULL, 0) : 1, full ? 60 : quick ? 15 : 30, quick ? 3 : 5,
			       random_one);
	}
	if (!total.failures)
		summary();
	return total.failures != 0 || tap_status();
}

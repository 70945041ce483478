/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The prover of compiler/sym*.c: what the passes make of all shipped and of
 * random descriptions is proved to be the same; of rows in which one thing was
 * changed, what it says is compared with refnic: a packet that it gives must show
 * a difference there, and what it calls equal must be so for packets that go
 * everywhere in the parser.
 *
 *	prove				the test
 *	prove SEED [COUNT]		random descriptions from that seed on
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mdesc/mdesc.h>

#include "arena.h"
#include "compile.h"
#include "gen.h"
#include "model.h"
#include "packets.h"
#include "prove.h"
#include "random_parsers.h"
#include "tap.h"

enum { PATHS = 40, MUTANT_STEPS = 1500000, FEW = 4 };

static struct {
	uint32_t proved, open, mutants, equal, different, unknown, invalid, seen;
	uint32_t said;
	int failures;
} total;

struct nic {
	struct out bytes;
	struct mdesc_image *image;
	struct mdesc_refnic *nic;
	struct mdesc_refnic_result res;
};

static bool nic_open(struct nic *n, struct compiled *c, const struct mdc_rows *rows)
{
	const struct mdc_rows *was = c->rows;
	bool ok;

	memset(n, 0, sizeof(*n));
	c->rows = rows;
	ok = compile_emit(c, "image", &n->bytes);
	c->rows = was;
	n->image = ok ? mdesc_image__open_mem(n->bytes.data, n->bytes.size, NULL, NULL) : NULL;
	n->nic = n->image ? mdesc_refnic__new(n->image, NULL, NULL) : NULL;
	return n->nic;
}

static void nic_close(struct nic *n)
{
	mdesc_refnic__free(n->nic);
	mdesc_image__close(n->image);
	out_free(&n->bytes);
}

static bool same_headers(struct nic *a, struct nic *b)
{
	const struct mdesc_refnic_header *x, *y;
	size_t n = mdesc_refnic__headers(a->nic, &x), m = mdesc_refnic__headers(b->nic, &y);

	for (size_t i = 0; n == m && i < n; i++)
		if (x[i].header != y[i].header || x[i].elem != y[i].elem || x[i].offset != y[i].offset ||
		    x[i].length != y[i].length)
			return false;
	return n == m;
}

/* Whether both do the same with a packet. */
static bool same(struct nic n[2], const uint8_t *data, uint32_t len, const uint64_t *sources)
{
	const struct mdesc_refnic_result *a = &n[0].res, *b = &n[1].res;

	for (int i = 0; i < 2; i++) {
		n[i].res.sz = sizeof(n[i].res);
		if (mdesc_refnic__run(n[i].nic, data, len, sources, &n[i].res))
			return true;
	}
	if (a->dropped != b->dropped || a->error != b->error)
		return false;
	if (a->dropped)
		return true;
	return !a->layout == !b->layout &&
	       (!a->layout || mdesc_layout__index(a->layout) == mdesc_layout__index(b->layout)) &&
	       a->meta_size == b->meta_size && !memcmp(a->meta, b->meta, a->meta_size) && same_headers(&n[0], &n[1]);
}

/* A packet and some that are shorter; false: they differ on one. */
static bool same_cut(struct nic n[2], const struct packets *p, uint32_t *len)
{
	for (*len = p->len; same(n, p->data, *len, p->sources); *len -= 1 + *len / 12)
		if (!*len)
			return true;
	return false;
}

/* Packets for this parser, on both: false where one shows a difference, with it in @p, cut to @len. */
static bool same_everywhere(struct nic n[2], struct packets *p, const struct mdc_model *m, uint64_t seed,
			    uint32_t *len)
{
	packets_init(p, m, seed);
	for (uint32_t i = 0; i < PATHS && packets_next_path(p); i++)
		if (!same_cut(n, p, len))
			return false;
	for (uint32_t i = 0; i < PATHS; i++) {
		packets_random_path(p);
		if (!same_cut(n, p, len))
			return false;
	}
	return true;
}

/* ---- mutants ---- */

static const char *const kinds[] = { "value", "mask", "next", "header", "operation", "order", "flags", "state" };
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

struct mutant {
	struct mdc_rows rows;
	struct mdc_row *row;
	struct mdesc_fmt_op *ops;
	struct mdc_row_state *states;
	uint32_t at;
	int kind;
};

static void mutate_key(struct mdesc_fmt_row *r, bool mask, uint64_t *rng)
{
	uint32_t i = (uint32_t)(gen_rand(rng) % MDESC_FMT_KEY_MAX);
	uint8_t bit = (uint8_t)(1u << gen_rand(rng) % 8);

	for (uint32_t k = 0; k < MDESC_FMT_KEY_MAX && !r->key_mask[i]; k++)
		i = (i + 1) % MDESC_FMT_KEY_MAX;
	for (uint32_t k = 0; k < 8 && !(r->key_mask[i] & bit); k++)
		bit = (uint8_t)(bit << 1 | bit >> 7);
	if (mask)
		r->key_mask[i] ^= bit;
	else
		r->key_value[i] ^= bit;
	r->key_value[i] &= r->key_mask[i];
}

static void mutate_op(struct mdesc_fmt_op *op, uint64_t *rng)
{
	switch (gen_rand(rng) % 5) {
	case 0:
		op->imm ^= 1ull << gen_rand(rng) % 8;
		break;
	case 1:
		op->bit += op->op == MDESC_OP_STORE ? 8 : 1;
		break;
	case 2:
		op->width--;
		break;
	case 3:
		op->order = op->order == MDESC_ORDER_BE ? MDESC_ORDER_LE : MDESC_ORDER_BE;
		break;
	default:
		op->operand = op->operand == MDESC_OPERAND_OFFSET ? MDESC_OPERAND_LENGTH : MDESC_OPERAND_OFFSET;
	}
}

/* One thing is other than it was. */
static void mutate(struct arena *a, const struct mdc_rows *from, struct mutant *m, uint64_t *rng)
{
	const struct mdc_row *other;
	struct mdc_row swap;

	m->rows = *from;
	m->row = arena_array(a, struct mdc_row, from->n_rows + 1);
	memcpy(m->row, from->rows, from->n_rows * sizeof(*m->row));
	m->ops = arena_array(a, struct mdesc_fmt_op, from->n_ops + 1);
	memcpy(m->ops, from->ops, from->n_ops * sizeof(*m->ops));
	m->states = arena_array(a, struct mdc_row_state, from->n_states + 1);
	memcpy(m->states, from->states, from->n_states * sizeof(*m->states));
	m->rows.rows = m->row;
	m->rows.ops = m->ops;
	m->rows.states = m->states;
	m->kind = (int)(gen_rand(rng) % KINDS);
	m->at = (uint32_t)(gen_rand(rng) % from->n_rows);
	other = &from->rows[gen_rand(rng) % from->n_rows];
	switch (m->kind) {
	case 0:
	case 1:
		mutate_key(&m->row[m->at].f, m->kind, rng);
		break;
	case 2:
		m->row[m->at].f.next = other->f.next;
		break;
	case 3:
		m->row[m->at].f.header = other->f.header;
		break;
	case 4:
		if (from->n_ops)
			mutate_op(&m->ops[gen_rand(rng) % from->n_ops], rng);
		break;
	case 5:
		m->at %= from->n_rows - (from->n_rows > 1);
		if (m->at + 1 < from->n_rows && m->row[m->at].f.state == m->row[m->at + 1].f.state) {
			swap = m->row[m->at];
			m->row[m->at] = m->row[m->at + 1];
			m->row[m->at + 1] = swap;
		}
		break;
	case 6:
		m->row[m->at].f.op_count /= 2;
		break;
	default:
		m->states[m->row[m->at].f.state].f.key_need ^= 1u << gen_rand(rng) % 4;
	}
}

static void complain(const char *name, const struct mutant *m, const uint8_t *data, uint32_t len, const char *what)
{
	total.failures++;
	printf("not ok %s: row %u, %s changed\n# %s\n# packet: ", name, m->at, kinds[m->kind], what);
	for (uint32_t i = 0; i < len; i++)
		printf("%02x", data[i]);
	printf("\n");
}

static void one_mutant(const char *name, struct compiled *c, struct nic *whole, uint64_t *rng)
{
	struct arena *a = arena_new();
	struct mutant m;
	struct sym_answer answer;
	struct nic n[2] = { *whole };

	mutate(a, c->rows, &m, rng);
	if (!nic_open(&n[1], c, &m.rows)) {
		total.invalid++;
	} else {
		enum sym_verdict v = mdc_prove_rows(c->rows, &m.rows, MUTANT_STEPS, &answer);

		total.mutants++;
		if (v == SYM_DIFFERENT) {
			total.different++;
			if (same(n, answer.packet.data, answer.packet.len, answer.packet.sources))
				complain(name, &m, answer.packet.data, answer.packet.len,
					 "the packet shows no difference");
		} else {
			static struct packets p;
			uint32_t cut = 0;
			bool is = same_everywhere(n, &p, c->model, *rng, &cut);

			total.equal += v == SYM_EQUAL;
			total.unknown += v == SYM_UNKNOWN;
			total.seen += v == SYM_UNKNOWN && !is;
			if (v == SYM_EQUAL && !is)
				complain(name, &m, p.data, cut, "called equal, and packets differ");
			if (v == SYM_UNKNOWN && getenv("PROVE_SHOW"))
				printf("# %s row %u %s: %s (%s)\n", name, m.at, kinds[m.kind], answer.why,
				       is ? "no packet differs" : "packets differ");
		}
		sym_free(&answer);
	}
	nic_close(&n[1]);
	arena_free(a);
}

/* ---- descriptions ---- */

static bool prove(const char *name, struct compiled *c, uint32_t mutants, uint64_t seed, bool must)
{
	const struct mdc_rows *plain = mdc_lower(&c->ctx, c->model);
	struct sym_answer answer;
	uint64_t rng = seed;
	struct nic whole;
	enum sym_verdict v;

	if (!c->model->parser.name || !plain)
		return true;
	v = mdc_prove_rows(plain, c->rows, 0, &answer);
	total.proved += v == SYM_EQUAL;
	total.open += v == SYM_UNKNOWN;
	if (v == SYM_DIFFERENT || (must && v != SYM_EQUAL)) {
		total.failures++;
		printf("not ok %s: the passes keep what rows mean\n# %s\n# packet: ", name, answer.why);
		for (uint32_t i = 0; i < answer.packet.len; i++)
			printf("%02x", answer.packet.data[i]);
		printf("\n");
	}
	sym_free(&answer);
	if (nic_open(&whole, c, c->rows))
		for (uint32_t i = 0; i < mutants && total.failures < 5; i++)
			one_mutant(name, c, &whole, &rng);
	nic_close(&whole);
	return v == SYM_EQUAL;
}

static bool random_one(const char *name, struct compiled *c, uint32_t mutants, uint64_t seed)
{
	prove(name, c, mutants, seed, false);
	return total.failures < 5;
}

static void all_shipped(const char *src, uint32_t mutants)
{
	char pattern[4200], include[4096];
	glob_t g = { 0 };

	snprintf(include, sizeof(include), "%s/firmware-descs", src);
	snprintf(pattern, sizeof(pattern), "%s/*/*.mdesc", include);
	glob(pattern, 0, NULL, &g);
	snprintf(pattern, sizeof(pattern), "%s/tests/tshark/*.mdesc", src);
	glob(pattern, GLOB_APPEND, NULL, &g);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		const char *name = strrchr(g.gl_pathv[i], '/') + 1;
		struct compiled c;

		if (strstr(g.gl_pathv[i], "/std/"))
			continue;
		if (compile_file(&c, g.gl_pathv[i], include) && prove(name, &c, mutants, i + 1, true))
			printf("ok %s: the passes keep what rows mean\n", name);
		compile_free(&c);
	}
	globfree(&g);
}

/* --prove: what a pass would have done wrong is said; that nothing was, too. */
static void said(const char *src)
{
	char path[4200], include[4096];
	struct compiled c;
	struct mdc_rows wrong;
	struct mdc_row *rows;

	snprintf(include, sizeof(include), "%s/firmware-descs", src);
	snprintf(path, sizeof(path), "%s/tests/tshark/oracle.mdesc", src);
	if (!compile_file(&c, path, include))
		return;
	fflush(stderr);
	if (!freopen("prove.err", "w+", stderr))
		return;
	rows = arena_array(c.ctx.arena, struct mdc_row, c.rows->n_rows);
	memcpy(rows, c.rows->rows, c.rows->n_rows * sizeof(*rows));
	wrong = *c.rows;
	wrong.rows = rows;
	tap(mdc_prove_pass(&c.ctx, "kept", c.rows, &wrong), "a pass that changes nothing", "it is said to");
	rows[0].f.key_value[12] ^= rows[0].f.key_mask[12] & 1;
	rows[0].f.next = c.rows->rows[c.rows->n_rows - 1].f.next;
	tap(!mdc_prove_pass(&c.ctx, "broken", c.rows, &wrong), "a pass that changes a row", "nothing is said");
	c.ctx.opt.prove_steps = 1;
	tap(!mdc_prove_pass(&c.ctx, "hurried", c.rows, &wrong), "a pass with no steps to prove it", "nothing is said");
	fflush(stderr);
	rewind(stderr);
	for (char line[1024]; fgets(line, sizeof(line), stderr);) {
		total.said |= strstr(line, "the pass 'broken' has changed what is done with the packet ") ? 1 : 0;
		total.said |= strstr(line, "before: ") && strstr(line, "; after: ") &&
			      strstr(line, "headers ethernet") &&
			      (strstr(line, "accepted") || strstr(line, "rejected: ")) ? 8 : 0;
		total.said |= strstr(line, "not known after ") && strstr(line, "'hurried'") ? 2 : 0;
		total.said |= strstr(line, "'kept'") ? 4 : 0;
	}
	tap(total.said == 11, "what --prove says", "%u", total.said);
	compile_free(&c);
}

static void summary(void)
{
	printf("# %u proved, %u not known; %u mutants: %u equal, %u different, %u not known (%u of them differ), "
	       "%u that no image can hold\n", total.proved, total.open, total.mutants, total.equal, total.different,
	       total.unknown, total.seen, total.invalid);
	tap(total.open * 8 <= total.proved, "most is proved", "%u are, %u are not", total.proved, total.open);
	tap(total.unknown * 20 <= total.mutants + 20 * FEW, "most mutants are decided", "%u of %u are not",
	    total.unknown, total.mutants);
	tap(total.different * 4 > total.mutants && total.equal, "mutants of both kinds", "%u equal, %u different",
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
			said(src);
		if (src)
			all_shipped(src, quick ? 5 : 15);
		random_parsers(seed ? strtoull(seed, NULL, 0) : 1, full ? 60 : quick ? 30 : 40, quick ? 3 : 5,
			       random_one);
	}
	if (!total.failures)
		summary();
	return total.failures != 0 || tap_status();
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The packets of an explorer: see explore.h. Here are the queue of packets that
 * wait, running them, and what was met; explore_steps.c makes new ones.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "explore.h"

#define FIRST_BYTES	512u		/* of the packet that all others come from */
#define KEPT_MAX	4096u		/* packets that are changed by chance */
#define QUEUE_MAX	(1u << 14)	/* packets that wait */

/* splitmix64 */
uint64_t explore_rand(struct explorer *e)
{
	uint64_t z = e->rng += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* ---- numbers that were met ---- */

static bool set_grow(struct probe_set *set)
{
	size_t cap = set->cap ? 2 * set->cap : 1024, i, at;
	uint64_t *v = calloc(cap, sizeof(*v));

	if (!v)
		return false;
	for (i = 0; i < set->cap; i++) {
		if (!set->v[i])
			continue;
		for (at = set->v[i] & (cap - 1); v[at]; at = (at + 1) & (cap - 1))
			;
		v[at] = set->v[i];
	}
	free(set->v);
	set->v = v;
	set->cap = cap;
	return true;
}

bool probe_set_add(struct explorer *e, struct probe_set *set, uint64_t v)
{
	size_t at;

	v += !v;
	if (2 * set->n >= set->cap && !set_grow(set)) {
		e->failed = true;
		return false;
	}
	for (at = v & (set->cap - 1); set->v[at]; at = (at + 1) & (set->cap - 1))
		if (set->v[at] == v)
			return false;
	set->v[at] = v;
	set->n++;
	return true;
}

/* ---- packets ---- */

bool probe_copy(struct probe *to, const struct probe *from, uint32_t sources)
{
	to->data = malloc(from->len + 1);
	to->sources = malloc((sources + 1) * sizeof(*to->sources));
	to->len = from->len;
	if (!to->data || !to->sources) {
		probe_free(to);
		return false;
	}
	memcpy(to->data, from->data, from->len);
	memcpy(to->sources, from->sources, sources * sizeof(*to->sources));
	return true;
}

void probe_free(struct probe *p)
{
	free(p->data);
	free(p->sources);
	memset(p, 0, sizeof(*p));
}

static struct probe *append(struct explorer *e, struct probe **v, size_t *n, size_t *cap)
{
	if (*n == *cap) {
		size_t more = *cap ? 2 * *cap : 64;
		struct probe *grown = realloc(*v, more * sizeof(*grown));

		if (!grown) {
			e->failed = true;
			return NULL;
		}
		*v = grown;
		*cap = more;
	}
	memset(&(*v)[*n], 0, sizeof(**v));
	return &(*v)[(*n)++];
}

struct probe *explore_push(struct explorer *e, bool first)
{
	int q = !first;
	struct probe *p;

	if (e->queue_n[q] - e->queue_at[q] >= QUEUE_MAX)
		return NULL;
	p = append(e, &e->queue[q], &e->queue_n[q], &e->queue_cap[q]);
	if (!p)
		return NULL;
	if (!probe_copy(p, &e->now, e->source_n)) {
		e->queue_n[q]--;
		e->failed = true;
		return NULL;
	}
	return p;
}

static bool pop(struct explorer *e)
{
	int q;

	for (q = 0; q < 2; q++) {
		if (e->queue_at[q] == e->queue_n[q])
			continue;
		probe_free(&e->now);
		e->now = e->queue[q][e->queue_at[q]];
		memset(&e->queue[q][e->queue_at[q]++], 0, sizeof(e->now));
		return true;
	}
	return false;
}

static void keep(struct explorer *e)
{
	struct probe *p;

	if (e->kept_n >= KEPT_MAX)
		return;
	p = append(e, &e->kept, &e->kept_n, &e->kept_cap);
	if (p && !probe_copy(p, &e->now, e->source_n)) {
		e->kept_n--;
		e->failed = true;
	}
}

/* A number that a source may have: small ones as often as any. */
static uint64_t any_source(struct explorer *e)
{
	uint64_t v = explore_rand(e);

	return v & 1 ? v : v >> (v >> 1 & 63);
}

/* One of those that took another path, with some bytes or sources changed. */
static bool mutate(struct explorer *e)
{
	unsigned int changes = 1 + explore_rand(e) % 4, i;

	if (!e->kept_n)
		return false;
	probe_free(&e->now);
	if (!probe_copy(&e->now, &e->kept[explore_rand(e) % e->kept_n], e->source_n)) {
		e->failed = true;
		return false;
	}
	for (i = 0; i < changes && e->now.len; i++)
		e->now.data[explore_rand(e) % (e->now.len < 128 ? e->now.len : 128)] = (uint8_t)explore_rand(e);
	if (e->source_n)
		e->now.sources[explore_rand(e) % e->source_n] = any_source(e);
	if (explore_rand(e) % 8 == 0 && e->now.len)
		e->now.len = (uint32_t)(explore_rand(e) % e->now.len);
	return true;
}

/* ---- running ---- */

void explorer_run(struct explorer *e, const struct probe *p)
{
	uint32_t i;
	int k;

	for (k = 0; k < EXPLORE_SIDES && e->nic[k]; k++) {
		for (i = 0; i < image_count(e->img[k], TABLE_SOURCES); i++)
			e->values[i] = p->sources[e->source_of[k][i]];
		e->res[k].sz = sizeof(e->res[k]);
		mdesc_refnic__run(e->nic[k], p->data, p->len, e->values, &e->res[k]);
		e->work += e->nic[k]->step_count + 8;
	}
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9fb21c651e98df25ull;
	return h ^ h >> 29;
}

/* Which rows the parsers took, as one number; and that they did. */
static uint64_t path_taken(struct explorer *e)
{
	uint64_t h = 1;
	size_t i;
	int k;

	for (k = 0; k < EXPLORE_SIDES && e->nic[k]; k++) {
		for (i = 0; i < e->nic[k]->step_count; i++) {
			const struct mdesc_refnic_step *s = &e->nic[k]->out_steps[i];

			h = mix(mix(h, s->row), s->error);
			if (s->row != MDESC_FMT_NONE32)
				e->covered[k][s->row] = true;
		}
		h = mix(mix(h, (uint64_t)e->res[k].error), e->res[k].dropped);
	}
	return h;
}

bool explorer_next(struct explorer *e)
{
	int k;

	if (e->failed || !(pop(e) || mutate(e)))
		return false;
	e->packets++;
	explorer_run(e, &e->now);
	if (!probe_set_add(e, &e->paths, path_taken(e)))
		return !e->failed;
	keep(e);
	for (k = 0; k < EXPLORE_SIDES && e->nic[k]; k++)
		explore_steps(e, k);
	return !e->failed;
}

/* ---- rows that no packet took ---- */

/* A row in front of it takes all that it could. */
static bool shadowed(const struct nic_state *s, uint32_t row)
{
	const struct nic_match *m = &s->rows[row], *before = s->rows;
	int w;

	for (; before < m; before++) {
		for (w = 0; w < 2; w++)
			if ((before->mask[w] & ~m->mask[w]) || ((before->value[w] ^ m->value[w]) & before->mask[w]))
				break;
		if (w == 2)
			return true;
	}
	return false;
}

/* Marks a state that a transition goes to; true: it was not marked. */
static bool reach(bool *reached, const struct nic_next *next)
{
	if (next->verdict != MDESC_GO || reached[next->state])
		return false;
	return reached[next->state] = true;
}

/* By state: whether there is a way to it in the graph. NULL: no memory. */
static bool *reached_states(const struct mdesc_refnic *nic, uint32_t states)
{
	bool *reached = calloc((size_t)states + 1, sizeof(*reached)), more;
	uint32_t rounds = 0, i, k;

	if (!reached)
		return NULL;
	for (more = reach(reached, &nic->start); more && rounds < 4096; rounds++) {
		more = false;
		for (i = 0; i < states; i++) {
			const struct nic_state *s = &nic->states[i];

			if (!reached[i])
				continue;
			more |= s->max && reach(reached, &s->otherwise);
			for (k = 0; k < s->row_count && k < 4096; k++) {
				const struct nic_next *next = &nic->rows[s->rows[k].row].next;

				if (next->verdict == MDESC_GO && !reached[next->state] && !shadowed(s, k))
					more |= reach(reached, next);
			}
		}
	}
	return reached;
}

uint32_t explorer_missed(const struct explorer *e, int side)
{
	const struct mdesc_refnic *nic = e->nic[side];
	uint32_t states = image_count(e->img[side], TABLE_STATES), n = 0, i, k;
	bool *reached = reached_states(nic, states);

	for (i = 0; i < states; i++)
		for (k = 0; k < nic->states[i].row_count && k < 4096; k++)
			n += (!reached || reached[i]) && !e->covered[side][nic->states[i].rows[k].row] &&
			     !shadowed(&nic->states[i], k);
	free(reached);
	return n;
}

/* ---- begin and end ---- */

static uint32_t source_index(struct explorer *e, const char *name)
{
	uint32_t i;

	for (i = 0; i < e->source_n; i++)
		if (strcmp(e->source_names[i], name) == 0)
			return i;
	e->source_names[e->source_n] = name;
	return e->source_n++;
}

static bool init_sources(struct explorer *e)
{
	uint32_t n[EXPLORE_SIDES], i;
	int k;

	for (k = 0; k < EXPLORE_SIDES; k++)
		n[k] = e->img[k] ? image_count(e->img[k], TABLE_SOURCES) : 0;
	e->source_names = calloc((size_t)n[0] + n[1] + 1, sizeof(*e->source_names));
	e->values = calloc((size_t)n[0] + n[1] + 1, sizeof(*e->values));
	if (!e->source_names || !e->values)
		return false;
	for (k = 0; k < EXPLORE_SIDES; k++) {
		e->source_of[k] = calloc((size_t)n[k] + 1, sizeof(uint32_t));
		if (!e->source_of[k])
			return false;
		for (i = 0; i < n[k]; i++)
			e->source_of[k][i] =
				source_index(e, image_str(e->img[k], image_source_table(e->img[k])[i].name));
	}
	return true;
}

/* The first packet: of random bytes, so that no two fields are alike. */
static bool init_packet(struct explorer *e)
{
	uint32_t i;

	e->now.data = malloc(FIRST_BYTES);
	e->now.sources = malloc((e->source_n + 1) * sizeof(*e->now.sources));
	if (!e->now.data || !e->now.sources)
		return false;
	e->now.len = FIRST_BYTES;
	for (i = 0; i < FIRST_BYTES; i++)
		e->now.data[i] = (uint8_t)explore_rand(e);
	for (i = 0; i < e->source_n; i++)
		e->now.sources[i] = explore_rand(e);
	return explore_push(e, true);
}

int explorer_init(struct explorer *e, const struct mdesc_image *a, const struct mdesc_image *b,
		  struct mdesc_error *err)
{
	MDESC_OPTS(mdesc_refnic_opts, opts, .trace = true);
	int k, ret;

	memset(e, 0, sizeof(*e));
	e->img[0] = a;
	e->img[1] = b;
	for (k = 0; k < EXPLORE_SIDES && e->img[k]; k++) {
		e->nic[k] = mdesc_refnic__new(e->img[k], &opts, err);
		if (!e->nic[k]) {
			ret = -errno;
			explorer_free(e);
			return ret;
		}
		e->covered[k] = calloc((size_t)image_count(e->img[k], TABLE_ROWS) + 1, sizeof(bool));
		if (!e->covered[k])
			e->failed = true;
	}
	if (!e->failed && init_sources(e) && init_packet(e))
		return 0;
	explorer_free(e);
	return error_nomem(err, a);
}

static void free_probes(struct probe *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		probe_free(&v[i]);
	free(v);
}

void explorer_free(struct explorer *e)
{
	int k;

	for (k = 0; k < EXPLORE_SIDES; k++) {
		mdesc_refnic__free(e->nic[k]);
		free(e->covered[k]);
		free(e->source_of[k]);
		free_probes(e->queue[k], e->queue_n[k]);
	}
	free_probes(e->kept, e->kept_n);
	probe_free(&e->now);
	free(e->source_names);
	free(e->values);
	free(e->tried.v);
	free(e->paths.v);
	memset(e, 0, sizeof(*e));
}

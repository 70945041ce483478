/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * One object against one image: takes what was read of them, resolves every
 * relocation as libbpf would, patches a copy of the programs, and gives each
 * relocation its class. Where something would be refused or read wrong, the
 * patched programs tell whether the code is reached at all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* What is only needed while a pair is looked at. */
struct pair {
	struct mdesc_check_result *r;
	struct core_target target;
	struct core_cands *cands;
	struct core_budget budget;
	struct bpf_insn **insns;	/* patched copies, by section */
	uint8_t **reach;
	uint8_t *open;			/* by relocation */
	bool doubt;			/* something is refused or wrong, if it is reached */
};

/* ---- whose type is it? ---- */

static bool has_type(const struct check_image *img, const struct btf_type *t, const char *name)
{
	uint32_t len = core_essential_len(name), id;

	for (id = core_index_find(&img->index, name, len, 0); id; id = core_index_find(&img->index, name, len, id))
		if (core_kinds_compat(btfraw_type(&img->btf, id), t))
			return true;
	return false;
}

/* Names that begin with the image's prefix, or with that of views, are never the kernel's. */
static bool is_nic_name(const struct check_image *img, const char *name)
{
	size_t len = strlen(img->prefix);

	if (!strncmp(name, "xdp_rx_meta", 11))
		return true;
	return len && !strncmp(name, img->prefix, len) && (name[len] == '_' || !name[len]);
}

/* A type that no image has, and that could be the kernel's, which was not given. */
static bool is_kernels(const struct mdesc_check_result *r, const struct core_relo *relo)
{
	const struct btf_type *t = core_type(&r->o->btf, relo->type_id);
	const char *name = btfraw_str(&r->o->btf, t->name_off);
	size_t i;

	if (r->check->kernel_name || !*name || relo->kind == BPF_CORE_TYPE_ID_LOCAL || has_type(r->img, t, name))
		return false;
	for (i = 0; i < r->check->image_n; i++)
		if (is_nic_name(r->check->images[i], name) || has_type(r->check->images[i], t, name))
			return false;
	return true;
}

/* ---- classes ---- */

static enum check_rule why_refused(const struct core_res *res)
{
	switch (res->why) {
	case CORE_WHY_OFFSETS:
	case CORE_WHY_VALUES:
		return RULE_AMBIGUOUS;
	case CORE_WHY_CALC:
		return RULE_BIT_FIELD_SPAN;
	case CORE_WHY_RANGE:
		return RULE_OFFSET_RANGE;
	case CORE_WHY_BUDGET:
		return RULE_TOO_MUCH;
	case CORE_WHY_WIDTH:
		return RULE_SIGNED_WIDTH;
	default:
		return RULE_MALFORMED;
	}
}

static enum check_rule why_poisoned(const struct mdesc_check_result *r, const struct check_relo *v)
{
	const struct core_res *res = &v->res;

	if (!res->matching)
		return res->cands ? RULE_INCOMPATIBLE : RULE_ABSENT;
	if (check_is_array(&r->o->btf, res->local.type_id) || check_is_array(res->b, res->field.type_id))
		return RULE_ARRAY_LOAD;
	return RULE_SIGNED_WIDTH;
}

static bool is_access(const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code);

	return class == BPF_LDX || class == BPF_ST || class == BPF_STX;
}

/* The class of what resolves and is not wrong. */
static int harmless(uint32_t kind, const struct core_res *res)
{
	bool moved = res->field.bit_offset != res->local.bit_offset;
	bool resized = res->field.bits != res->local.bits || res->field.is_bitfield != res->local.is_bitfield;

	switch (kind) {
	case BPF_CORE_FIELD_EXISTS:
	case BPF_CORE_TYPE_EXISTS:
	case BPF_CORE_TYPE_MATCHES:
	case BPF_CORE_ENUMVAL_EXISTS:
		return res->val ? MDESC_CHECK_SAME : MDESC_CHECK_GUARDED;
	case BPF_CORE_TYPE_SIZE:
		if (!res->matching)
			return MDESC_CHECK_GUARDED;
		return res->val == res->orig ? MDESC_CHECK_SAME : MDESC_CHECK_RESIZED;
	case BPF_CORE_TYPE_ID_TARGET:
		return res->matching ? MDESC_CHECK_SAME : MDESC_CHECK_GUARDED;
	case BPF_CORE_TYPE_ID_LOCAL:
		return MDESC_CHECK_SAME;
	case BPF_CORE_ENUMVAL_VALUE:
		return res->val == res->orig ? MDESC_CHECK_SAME : MDESC_CHECK_MOVED;
	default:
		return resized ? MDESC_CHECK_RESIZED : moved ? MDESC_CHECK_MOVED : MDESC_CHECK_SAME;
	}
}

/* The class if the code is reached. */
static void classify(struct pair *p, uint32_t i)
{
	const struct core_relo *relo = &p->r->o->relos[i];
	const struct bpf_insn *insn = &p->r->o->secs[relo->sec].insns[relo->insn];
	struct check_relo *v = &p->r->v[i];

	if (v->res.rc) {
		v->class = MDESC_CHECK_REFUSED;
		v->rule = why_refused(&v->res);
		return;
	}
	if (v->patch.what == CORE_PATCH_POISON || (is_access(insn) && v->res.other_bad_width)) {
		v->class = MDESC_CHECK_POSSIBLY;
		v->rule = why_poisoned(p->r, v);
	} else {
		v->rule = check_reads_wrong(p->r, i);
		v->class = v->rule ? MDESC_CHECK_WRONG : harmless(relo->kind, &v->res);
	}
	p->doubt |= v->class >= MDESC_CHECK_POSSIBLY;
}

static void resolve_one(struct pair *p, uint32_t i)
{
	const struct core_object *o = p->r->o;
	const struct core_relo *relo = &o->relos[i];
	struct check_relo *v = &p->r->v[i];

	if (is_kernels(p->r, relo)) {
		v->class = MDESC_CHECK_KERNEL;
		v->open = true;
		p->open[i] = 1;
		return;
	}
	if (relo->func == CORE_NONE)
		return;		/* libbpf drops the code, and with it the relocation */
	core_resolve(o, relo, &p->target, p->cands, CORE_RULES_OLD, &p->budget, &v->res);
	core_patch(&p->insns[relo->sec][relo->insn], o->secs[relo->sec].n - relo->insn - 1, &v->res, &v->patch);
	classify(p, i);
}

/* ---- whether it is reached ---- */

/*
 * Whether a short array is read beyond its end where that is reached: who asks
 * for its size does so in code that is dead then.
 */
static bool read_beyond(const struct pair *p, uint32_t i)
{
	const struct core_object *o = p->r->o;
	const struct core_use *u = &o->uses[i];
	const uint8_t *reach = p->reach[o->relos[i].sec];
	bool asks = o->kinds[i] & 1u << BPF_CORE_FIELD_BYTE_SIZE;
	uint32_t k;

	if (is_access(&o->secs[o->relos[i].sec].insns[o->relos[i].insn]) || u->touch_n > USE_TOUCHES ||
	    (!asks && (u->escapes || u->lost)))
		return true;
	for (k = 0; k < u->touch_n; k++)
		if (u->touches[k].end ? u->touches[k].end > p->r->v[i].res.field.bits / 8 && reach[u->touches[k].pc] :
					!asks)
			return true;
	return false;
}

/* A place that is not reached is of no matter; one that surely is makes a "possibly" certain. */
static void settle(struct pair *p, uint32_t i)
{
	const struct core_relo *relo = &p->r->o->relos[i];
	struct check_relo *v = &p->r->v[i];
	uint8_t reach = p->reach[relo->sec][relo->insn];

	if (v->class < MDESC_CHECK_POSSIBLY || v->res.rc)
		return;
	if (!(reach & REACH_MAYBE)) {
		v->class = MDESC_CHECK_GUARDED;
		v->rule = RULE_NONE;
	} else if (v->rule == RULE_ARRAY_SHRUNK && !read_beyond(p, i)) {
		v->class = harmless(relo->kind, &v->res);
		v->rule = RULE_NONE;
	} else if (v->class == MDESC_CHECK_POSSIBLY && (reach & REACH_SURE)) {
		v->class = MDESC_CHECK_REFUSED;
	}
}

static int settle_all(struct pair *p)
{
	const struct core_object *o = p->r->o;
	uint32_t i;
	int rc;

	for (i = 0; i < o->sec_n; i++) {
		p->reach[i] = calloc(o->secs[i].n + 1, 1);
		if (!p->reach[i])
			return -ENOMEM;
	}
	rc = core_reach(o, p->insns, p->open, p->reach);
	for (i = 0; i < o->relo_n && !rc; i++)
		settle(p, i);
	return rc;
}

/* ---- the pair ---- */

static int copy_code(struct pair *p)
{
	const struct core_object *o = p->r->o;
	uint32_t i;

	p->insns = calloc(o->sec_n + 1, sizeof(*p->insns));
	p->reach = calloc(o->sec_n + 1, sizeof(*p->reach));
	p->open = calloc(o->relo_n + 1, 1);
	p->cands = core_cands_new(o);
	if (!p->insns || !p->reach || !p->open || !p->cands)
		return -ENOMEM;
	for (i = 0; i < o->sec_n; i++) {
		size_t size = o->secs[i].n * sizeof(**p->insns);

		p->insns[i] = malloc(size + 1);
		if (!p->insns[i])
			return -ENOMEM;
		memcpy(p->insns[i], o->secs[i].insns, size);
	}
	return 0;
}

static void free_pair(struct pair *p)
{
	uint32_t i;

	for (i = 0; i < p->r->o->sec_n; i++) {
		if (p->insns)
			free(p->insns[i]);
		if (p->reach)
			free(p->reach[i]);
	}
	free(p->insns);
	free(p->reach);
	free(p->open);
	core_cands_free(p->cands);
}

static int look(struct mdesc_check_result *r)
{
	const struct mdesc_check *c = r->check;
	struct pair p = { .r = r, .budget.left = CORE_BUDGET };
	uint32_t i;
	int rc;

	if (c->kernel_name)
		p.target.v[p.target.n++] = &c->kernel_index;
	p.target.v[p.target.n++] = &r->img->index;
	rc = copy_code(&p);
	for (i = 0; i < r->n && !rc; i++)
		resolve_one(&p, i);
	if (!rc && p.doubt)
		rc = settle_all(&p);
	for (i = 0; i < r->n; i++)
		if (r->v[i].class > r->class)
			r->class = r->v[i].class;
	free_pair(&p);
	return rc;
}

struct mdesc_check_result *
mdesc_check__pair(const struct mdesc_check *check, size_t object, size_t image, struct mdesc_error *err)
{
	struct mdesc_check_result *r;

	if (object >= check->object_n || image >= check->image_n) {
		errno = -error_set(err, ENOENT, MDESC_CLASS_SYSTEM, "no such object or image");
		return NULL;
	}
	r = calloc(1, sizeof(*r));
	if (r) {
		r->check = check;
		r->o = check->objects[object];
		r->img = check->images[image];
		r->n = r->o->relo_n;
		r->v = calloc(r->n + 1, sizeof(*r->v));
	}
	if (r && r->v && !look(r))
		return r;
	mdesc_check_result__free(r);
	errno = -error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	return NULL;
}

int mdesc_check_result__class(const struct mdesc_check_result *res)
{
	return res->class;
}

size_t mdesc_check_result__count(const struct mdesc_check_result *res)
{
	return res->n;
}

int mdesc_check_result__class_at(const struct mdesc_check_result *res, size_t idx)
{
	return idx < res->n ? res->v[idx].class : -ENOENT;
}

void mdesc_check_result__free(struct mdesc_check_result *res)
{
	if (!res)
		return;
	free(res->v);
	free(res);
}

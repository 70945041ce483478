/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What loads and reads wrong: takes a relocation that resolves, with its field
 * as the program and as the image have it and with what the program does with
 * it, gives the rule that it breaks. Where it is not known what the program
 * does, the worst is assumed: a miss costs more than a false alarm.
 */
#include <string.h>

#include "check.h"
#include "stitch.h"

/* One relocation that is looked at. */
struct look {
	const struct mdesc_check_result *r;
	const struct core_object *o;
	const struct core_relo *relo;
	const struct core_res *res;
	const struct core_field *l, *t;		/* the field in the object and in the target */
	const struct core_use *use;
	const struct bpf_insn *insn;
	uint16_t kinds;				/* relocated of the same field in the same function */
};

/* ---- types ---- */

static const struct btf_type *plain(const struct btfraw *b, uint32_t id)
{
	return core_skip(b, &id);
}

bool check_is_array(const struct btfraw *b, uint32_t type_id)
{
	const struct btf_type *t = type_id ? plain(b, type_id) : NULL;

	return t && btfraw_kind(t) == BTF_KIND_ARRAY;
}

static bool is_composite(const struct btfraw *b, uint32_t type_id)
{
	const struct btf_type *t = plain(b, type_id);

	return t && core_is_composite(t);
}

static bool is_number(const struct btfraw *b, uint32_t type_id)
{
	const struct btf_type *t = plain(b, type_id);

	return t && (btfraw_kind(t) == BTF_KIND_INT || core_is_enum(t));
}

bool check_is_signed(const struct btfraw *b, uint32_t type_id)
{
	const struct btf_type *t = plain(b, type_id);

	if (!t || btfraw_kind(t) != BTF_KIND_INT)
		return false;
	return BTF_INT_ENCODING(*(const uint32_t *)btfraw_tail(t)) & BTF_INT_SIGNED;
}

/* Bits of an array's innermost element; 0: it is none. */
static uint32_t element_bits(const struct btfraw *b, uint32_t id)
{
	const struct btf_type *t = core_skip(b, &id);
	int64_t size;

	if (!t || btfraw_kind(t) != BTF_KIND_ARRAY)
		return 0;
	while (t && btfraw_kind(t) == BTF_KIND_ARRAY) {
		id = ((const struct btf_array *)btfraw_tail(t))->type;
		t = core_skip(b, &id);
	}
	size = core_size(b, id);
	return size < 0 ? 0 : (uint32_t)size * 8;
}

/* ---- what the program does ---- */

static bool has_kind(const struct look *k, uint32_t kind)
{
	return k->kinds >> kind & 1;
}

/* It asks how wide the field is, and so can read it at any width. */
static bool asks_size(const struct look *k)
{
	return has_kind(k, BPF_CORE_FIELD_BYTE_SIZE) || has_kind(k, BPF_CORE_FIELD_RSHIFT_U64);
}

static bool is_load(const struct look *k)
{
	return BPF_CLASS(k->insn->code) == BPF_LDX;
}

static bool is_store(const struct look *k)
{
	return BPF_CLASS(k->insn->code) == BPF_ST || BPF_CLASS(k->insn->code) == BPF_STX;
}

static bool is_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *p;

	for (p = strstr(text, word); len && p; p = strstr(p + 1, word))
		if ((p == text || !is_word(p[-1])) && !is_word(p[len]))
			return true;
	return false;
}

/*
 * Whether the source's line reads the field by an accessor of mdesc_bpf.h or of
 * a generated header, which takes all bits there are. The instructions alone
 * look like those of a plain read.
 */
static bool by_accessor(const struct look *k)
{
	const char *text, *name;

	if (k->relo->line == CORE_NONE || !k->l->owner)
		return false;
	text = k->o->lines[k->relo->line].text;
	name = btfraw_str(&k->o->btf, core_members(core_type(&k->o->btf, k->l->owner))[k->l->member].name_off);
	return (strstr(text, "MDESC_") || strstr(text, "__mdesc1_")) && has_word(text, name);
}

/* ---- rules ---- */

static uint32_t load_bits(const struct bpf_insn *insn)
{
	static const uint8_t bits[] = { 32, 16, 8, 64 };

	return bits[BPF_SIZE(insn->code) >> 3];
}

/*
 * A bit field that is read as bytes: libbpf moves the bytes, the shifts in the
 * program stay as they are. So its place within them must be the same. And it
 * must be in them: clang makes loads narrower, and relocates these as if they
 * were not, so that some read beside the field on every hardware.
 */
static bool wrong_bit_field(const struct look *k)
{
	int64_t at = is_load(k) || is_store(k) ? k->insn->off : k->insn->imm;
	int64_t before = (int64_t)k->l->bit_offset - 8 * at;
	int64_t after = (int64_t)k->t->bit_offset - 8 * (int64_t)k->res->val;

	if (!k->l->is_bitfield && !k->t->is_bitfield)
		return false;
	if (!is_load(k) && !is_store(k) && asks_size(k))
		return false;
	if (is_load(k) && after + k->t->bits > load_bits(k->insn))
		return true;
	return before != after || k->l->bits != k->t->bits || k->l->is_bitfield != k->t->is_bitfield ||
	       check_is_signed(&k->o->btf, k->l->type_id) != check_is_signed(k->res->b, k->t->type_id);
}

/* As many bytes are copied as the program knew of. */
static bool wrong_copy(const struct look *k)
{
	const struct core_use *u = k->use;
	bool prefix = check_is_array(&k->o->btf, k->l->type_id) || is_composite(&k->o->btf, k->l->type_id);

	if (!u->copied || k->l->bits == k->t->bits)
		return false;
	/* The beginning of an array, on purpose. */
	if (prefix && u->copy_max < k->l->bits / 8 && u->copy_max <= k->t->bits / 8)
		return false;
	return u->copy_min != k->t->bits / 8 || u->copy_max != k->t->bits / 8;
}

static enum check_rule wrong_array(const struct look *k)
{
	const struct core_use *u = k->use;
	uint32_t bytes = k->t->bits / 8;
	uint32_t a = element_bits(&k->o->btf, k->l->type_id), b = element_bits(k->res->b, k->t->type_id);

	if (!a)
		return RULE_NONE;
	if (a != b)
		return RULE_ELEMENT_SIZE;
	if (k->l->bits <= k->t->bits)
		return RULE_NONE;
	if (is_load(k) || is_store(k))	/* a part of it, as wide as the instruction */
		return RULE_ARRAY_SHRUNK;
	if (u->touched && u->touch_end > bytes)
		return RULE_ARRAY_SHRUNK;
	if (asks_size(k))
		return RULE_NONE;
	return (u->touched && !u->touch_end) || u->escapes || u->lost ? RULE_ARRAY_SHRUNK : RULE_NONE;
}

/* The address of something that has another size: whoever uses it reads too much or too little. */
static bool wrong_address(const struct look *k)
{
	const struct core_use *u = k->use;
	bool composite = is_composite(&k->o->btf, k->l->type_id);

	if (is_load(k) || is_store(k) || k->l->bits == k->t->bits || asks_size(k) ||
	    check_is_array(&k->o->btf, k->l->type_id))
		return false;
	if (composite)
		return u->touched;
	return u->touched || u->escapes || u->lost;
}

static bool wrong_sign(const struct look *k)
{
	if (!is_number(&k->o->btf, k->l->type_id) || !is_number(k->res->b, k->t->type_id))
		return false;
	if (check_is_signed(&k->o->btf, k->l->type_id) == check_is_signed(k->res->b, k->t->type_id))
		return false;
	/* Not read as a number at all, or with the sign that it has there. */
	if (!is_load(k) && !is_store(k) && has_kind(k, BPF_CORE_FIELD_SIGNED))
		return false;
	return !is_load(k) || k->use->bits || k->use->lost || k->use->swaps;
}

/* More bits come than the program has room for in its mind. */
static bool wrong_wide(const struct look *k)
{
	if (!is_load(k) || k->t->bits <= k->l->bits || k->t->is_bitfield || k->use->shifted)
		return false;
	return (k->use->bits > k->l->bits || k->use->lost) && !by_accessor(k);
}

static uint8_t swap_bit(uint32_t bits)
{
	return bits == 16 ? USE_SWAP_16 : bits == 32 ? USE_SWAP_32 : bits == 64 ? USE_SWAP_64 : 0;
}

/* Swapped by another width than it has there. */
static bool wrong_swap(const struct look *k)
{
	uint8_t swaps = k->use->swaps & ~USE_PLAIN, fits = swap_bit(k->t->bits);
	bool big = check_is_big(&k->o->btf, k->l, NULL) || check_is_big(k->res->b, k->t, k->r->img);

	if (!is_load(k) || k->l->bits == k->t->bits)
		return false;
	if (k->use->shifted)
		fits |= USE_SWAP_64;
	if (swaps & ~fits)
		return true;
	/* Big-endian, and taken as it is: compared with a constant of the old width, say. */
	return big && !swaps && !k->use->shifted && (k->use->bits || k->use->lost) && !by_accessor(k);
}

/* Big-endian here and not there, or the other way round. */
static bool wrong_order(const struct look *k)
{
	bool l = check_is_big(&k->o->btf, k->l, NULL), t = check_is_big(k->res->b, k->t, k->r->img);
	uint8_t swaps = k->use->swaps;

	if (l == t || k->l->bits <= 8 || k->t->bits <= 8)
		return false;
	if (!is_load(k))
		return true;
	if (!swaps && !k->use->lost && !k->use->bits)
		return false;
	/* The program swaps what its own type does not call big-endian: it knows. */
	if (t && (swaps & ~USE_PLAIN) && !(swaps & USE_PLAIN) && !k->use->lost)
		return false;
	return !l || swaps & ~USE_PLAIN || k->use->lost || k->use->bits;
}

/* The program's own memory, which has the layout that it was compiled with. */
static bool wrong_own(const struct look *k)
{
	if (k->res->val == k->res->orig && k->l->bits == k->t->bits)
		return false;
	return k->use->region == CORE_STACK || k->use->region == CORE_OWN;
}

/* Nobody knows what is accessed, and it may be a map's value: such maps there are. */
static bool maybe_own(const struct look *k)
{
	if (k->res->val == k->res->orig && k->l->bits == k->t->bits)
		return false;
	return k->use->region == CORE_UNKNOWN && k->o->own[k->relo->type_id];
}

static enum check_rule wrong_access(const struct look *k)
{
	enum check_rule rule;

	if (wrong_own(k))
		return RULE_OWN_MEMORY;
	if (k->l->is_bitfield || k->t->is_bitfield)
		return wrong_bit_field(k) ? RULE_BIT_FIELD : RULE_NONE;
	if (wrong_copy(k))
		return RULE_COPY_SIZE;
	rule = wrong_array(k);
	if (rule)
		return rule;
	if (wrong_address(k))
		return RULE_ADDRESS_SIZE;
	if (wrong_swap(k))
		return RULE_SWAP_WIDTH;
	if (wrong_order(k))
		return RULE_BYTE_ORDER;
	if (wrong_sign(k))
		return RULE_SIGN;
	if (wrong_wide(k))
		return RULE_WIDE_READ;
	if (BPF_CLASS(k->insn->code) == BPF_STX && k->t->bits > k->l->bits)
		return RULE_WIDE_STORE;
	return RULE_NONE;
}

static enum check_rule wrong_field(const struct look *k)
{
	enum check_rule rule = wrong_access(k);

	return rule || !maybe_own(k) ? rule : RULE_OWN_MEMORY;
}

/* ---- names ---- */

/*
 * The kernel and the image both have a type of this name, and they are not the
 * same: one of the two is taken, which one depends on the loader.
 */
static bool wrong_kernel_name(const struct mdesc_check_result *r, const struct core_relo *relo,
			      const struct core_res *res)
{
	const struct core_index *kernel = &r->check->kernel_index, *nic = &r->img->index;
	const struct btf_type *t = core_type(&r->o->btf, relo->type_id);
	const char *name = btfraw_str(&r->o->btf, t->name_off);
	uint32_t len = core_essential_len(name), id, other = res->root_id;
	const struct core_index *in = res->in_kernel ? nic : kernel;
	char why[128];

	if (!r->check->kernel_name)
		return false;
	for (id = core_index_find(in, name, len, 0); id; id = core_index_find(in, name, len, id))
		if (core_kinds_compat(btfraw_type(in->b, id), t) &&
		    btf_same(kernel->b, res->in_kernel ? other : id, nic->b, res->in_kernel ? id : other, why,
			     sizeof(why)) != 1)
			return true;
	return false;
}

static bool wrong_value(const struct bpf_insn *insn, uint64_t val)
{
	uint8_t class = BPF_CLASS(insn->code);

	if (class != BPF_ALU && class != BPF_ALU64)
		return false;
	/* The instruction has room for 32 bits, of which a 64-bit one extends the sign. */
	return class == BPF_ALU64 ? (uint64_t)(int64_t)(int32_t)val != val : val >> 32 && ~val >> 32;
}

enum check_rule check_reads_wrong(const struct mdesc_check_result *r, uint32_t relo)
{
	const struct core_res *res = &r->v[relo].res;
	const struct core_relo *rl = &r->o->relos[relo];
	struct look k = {
		.r = r, .o = r->o, .relo = rl, .res = res, .l = &res->local, .t = &res->field,
		.use = &r->o->uses[relo], .insn = &r->o->secs[rl->sec].insns[rl->insn],
		.kinds = r->o->kinds[relo],
	};

	if (!res->matching)
		return RULE_NONE;
	if (wrong_kernel_name(r, rl, res))
		return RULE_KERNEL_NAME;
	if (res->twins_differ)
		return RULE_TWIN_NAME;
	if (rl->kind == BPF_CORE_TYPE_ID_TARGET && !res->in_kernel)
		return RULE_TYPE_ID;
	if (wrong_value(k.insn, res->val))
		return RULE_VALUE_WIDTH;
	return rl->kind == BPF_CORE_FIELD_BYTE_OFFSET ? wrong_field(&k) : RULE_NONE;
}

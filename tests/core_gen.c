/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Random pairs of object and BTF: takes a seed, makes a tree of types, a second
 * tree that is the first with changes, BTF of both, and a program whose
 * instructions are relocated by random paths into the first. Most pairs match in
 * most places, so that each rule is met by things that differ in one respect.
 */
#include <elf.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/bpf.h>

#include <bpf/btf.h>

#include "../runtime/core.h"
#include "core_gen.h"
#include "fuzz.h"

#define MEMBERS	7
#define ROOTS	5
#define RELOS	6
#define POOL	400

enum what { INT, FLOAT, PTR, ENUM, ENUM64, ARRAY, STRUCT, UNION, FWD, PROTO };

struct type {
	enum what what;
	char name[40];		/* "": anonymous */
	char alias[40];		/* a typedef in front, "" none */
	bool is_const, is_volatile;
	uint32_t size;		/* INT, FLOAT, ENUM; of a struct, once laid out */
	int encoding;
	uint32_t n;		/* elements, members, enumerators, parameters */
	struct type *to;	/* PTR, ARRAY, PROTO: what to, of, returned */
	struct {
		char name[24];
		struct type *type;
		uint32_t bits;	/* bit field */
		uint32_t gap;	/* bits in front */
		int64_t value;	/* enumerator */
	} m[MEMBERS];
};

struct gen {
	uint64_t rng;
	struct type pool[POOL];
	uint32_t used;
	bool failed;
	jmp_buf too_large;
};

static uint32_t rnd(struct gen *g, uint32_t n)
{
	return (uint32_t)((fuzz_next(&g->rng) >> 16) % n);
}

static bool chance(struct gen *g, uint32_t percent)
{
	return rnd(g, 100) < percent;
}

static struct type *new_type(struct gen *g)
{
	if (g->used == POOL)
		longjmp(g->too_large, 1);
	memset(&g->pool[g->used], 0, sizeof(g->pool[0]));
	return &g->pool[g->used++];
}

/* ---- types ---- */

static void fill_int(struct gen *g, struct type *t)
{
	static const char *const names[2][9] = {
		{ "", "unsigned char", "unsigned short", "", "unsigned int", "", "", "", "unsigned long" },
		{ "", "char", "short", "", "int", "", "", "", "long" },
	};
	int sign = chance(g, 30);

	t->what = INT;
	t->size = 1u << rnd(g, 4);
	t->encoding = sign ? BTF_INT_SIGNED : 0;
	if (t->size == 1 && chance(g, 20))
		t->encoding = chance(g, 50) ? BTF_INT_BOOL : BTF_INT_CHAR;
	snprintf(t->name, sizeof(t->name), "%s", names[sign][t->size]);
}

static void fill_enum(struct gen *g, struct type *t, const char *name)
{
	uint32_t i;

	t->what = chance(g, 25) ? ENUM64 : ENUM;
	t->size = t->what == ENUM64 ? 8 : 4;
	if (t->what == ENUM && chance(g, 20))
		t->size = 1u << rnd(g, 4);
	t->encoding = chance(g, 40);	/* signed */
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->n = 1 + rnd(g, MEMBERS);
	for (i = 0; i < t->n; i++) {
		snprintf(t->m[i].name, sizeof(t->m[i].name), "E%u%s", i, chance(g, 10) ? "___x" : "");
		t->m[i].value = chance(g, 80) ? (int)rnd(g, 20) : (int)rnd(g, 1000000) - 500000;
		if (t->what == ENUM64 && chance(g, 30))
			t->m[i].value = (int64_t)((uint64_t)rnd(g, 1u << 31) << 20);
	}
}

static struct type *make_type(struct gen *g, int depth);

static void fill_struct(struct gen *g, struct type *t, int depth, const char *name)
{
	uint32_t i;

	t->what = chance(g, 80) ? STRUCT : UNION;
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->n = 1 + rnd(g, MEMBERS);
	for (i = 0; i < t->n; i++) {
		t->m[i].type = make_type(g, depth + 1);
		snprintf(t->m[i].name, sizeof(t->m[i].name), "m%u", rnd(g, 12));
		if ((t->m[i].type->what == STRUCT || t->m[i].type->what == UNION) && chance(g, 50)) {
			t->m[i].name[0] = '\0';
			t->m[i].type->name[0] = t->m[i].type->alias[0] = '\0';
		}
		if ((t->m[i].type->what == INT || t->m[i].type->what == ENUM) && chance(g, 25))
			t->m[i].bits = 1 + rnd(g, t->m[i].type->size * 8);
		t->m[i].gap = chance(g, 20) ? 8 * rnd(g, 5) : 0;
	}
}

static void fill_proto(struct gen *g, struct type *t)
{
	uint32_t i;

	t->what = PROTO;
	t->n = rnd(g, 4);
	t->to = make_type(g, 3);
	for (i = 0; i < t->n; i++)
		t->m[i].type = make_type(g, 3);
}

static void fill_any(struct gen *g, struct type *t, int depth)
{
	static const char *const names[] = { "", "e0", "e0___x", "e1", "in0", "in1___y" };
	uint32_t r = rnd(g, depth > 3 ? 70 : 100);

	if (r < 45) {
		fill_int(g, t);
	} else if (r < 48) {
		t->what = FLOAT;
		t->size = chance(g, 50) ? 4 : 8;
		strcpy(t->name, "double");
	} else if (r < 60) {
		t->what = PTR;
		t->to = chance(g, 20) ? NULL : make_type(g, 4);
	} else if (r < 68) {
		fill_enum(g, t, names[rnd(g, 4)]);
	} else if (r < 70) {
		t->what = FWD;
		t->encoding = chance(g, 30);
		strcpy(t->name, names[3 + rnd(g, 3)]);
	} else if (r < 82) {
		t->what = ARRAY;
		t->n = chance(g, 8) ? 0 : 1 + rnd(g, 6);
		t->to = make_type(g, depth + 1);
	} else if (r < 97) {
		fill_struct(g, t, depth, names[chance(g, 50) ? 0 : 4 + rnd(g, 2)]);
	} else {
		t->what = PTR;
		t->to = new_type(g);
		fill_proto(g, t->to);
	}
}

static struct type *make_type(struct gen *g, int depth)
{
	struct type *t = new_type(g);

	fill_any(g, t, depth);
	/* A forward declaration has no size: only pointers may lead to it. */
	if (t->what == FWD) {
		struct type *ptr = new_type(g);

		ptr->what = PTR;
		ptr->to = t;
		t = ptr;
	}
	t->is_const = chance(g, 8);
	t->is_volatile = chance(g, 4);
	if (chance(g, 15))
		snprintf(t->alias, sizeof(t->alias), "t%u_t", rnd(g, 3));
	return t;
}

/* ---- the same with changes ---- */

static struct type *mutate(struct gen *g, const struct type *from, uint32_t percent);

static void swap_members(struct type *t, uint32_t a, uint32_t b)
{
	struct type tmp;

	tmp.m[0] = t->m[a];
	t->m[a] = t->m[b];
	t->m[b] = tmp.m[0];
}

static void mutate_members(struct gen *g, struct type *t, uint32_t percent)
{
	uint32_t i;

	for (i = 0; i < t->n; i++) {
		if (t->m[i].type)
			t->m[i].type = mutate(g, t->m[i].type, percent);
		if (chance(g, percent / 2))
			t->m[i].gap = 8 * rnd(g, 6);
		if (t->m[i].bits && t->m[i].type->what != INT && t->m[i].type->what != ENUM)
			t->m[i].bits = 0;
		if (t->m[i].bits && chance(g, percent))
			t->m[i].bits = chance(g, 30) ? 0 : 1 + rnd(g, t->m[i].type->size * 8);
		if (t->m[i].bits && t->m[i].bits > t->m[i].type->size * 8)
			t->m[i].bits = t->m[i].type->size * 8;
		if (t->m[i].name[0] == 'E' && chance(g, percent))
			t->m[i].value += rnd(g, 5);
		if (t->m[i].name[0] && chance(g, percent / 4))
			strcpy(t->m[i].name, "gone");
	}
	if (t->n > 1 && chance(g, percent))
		swap_members(t, rnd(g, t->n), rnd(g, t->n));
	if (t->n > 1 && chance(g, percent / 2))
		t->n--;
}

static struct type *mutate(struct gen *g, const struct type *from, uint32_t percent)
{
	struct type *t;

	if (chance(g, percent / 4))
		return make_type(g, 3);
	t = new_type(g);
	*t = *from;
	if (chance(g, percent)) {
		if (t->what == INT && chance(g, 60))
			t->size = 1u << rnd(g, 4);
		else if (t->what == INT)
			fill_int(g, t);
		else if (t->what == ARRAY || t->what == PROTO)
			t->n = t->what == ARRAY ? rnd(g, 8) : t->n;
		else if (t->what == ENUM)
			t->size = 1u << rnd(g, 4);
		else if (t->what == ENUM64)
			t->encoding ^= 1;
		else if (t->what == STRUCT && chance(g, 30))
			t->what = UNION;
	}
	if (t->to)
		t->to = mutate(g, t->to, percent);
	if (t->what == STRUCT || t->what == UNION || t->what == ENUM || t->what == ENUM64 || t->what == PROTO)
		mutate_members(g, t, t->what == PROTO ? 0 : percent);
	return t;
}

/* ---- BTF ---- */

static int put(struct gen *g, struct btf *btf, struct type *t);

static uint32_t size_of(const struct type *t)
{
	switch (t->what) {
	case PTR:
		return 8;
	case ARRAY:
		return t->n * size_of(t->to);
	case PROTO:
	case FWD:
		return 1;
	default:
		return t->size;
	}
}

static int put_members(struct gen *g, struct btf *btf, struct type *t)
{
	uint32_t at = 0, size = 1, i;
	int id, ids[MEMBERS], err = 0;
	uint32_t offs[MEMBERS];

	for (i = 0; i < t->n; i++) {
		uint32_t bits;

		ids[i] = put(g, btf, t->m[i].type);
		bits = t->m[i].bits ? t->m[i].bits : 8 * size_of(t->m[i].type);
		at += t->m[i].gap;
		if (!t->m[i].bits)
			at = (at + 7) / 8 * 8;
		offs[i] = t->what == UNION ? 0 : at;
		if (t->what != UNION)
			at += bits;
		if ((offs[i] + bits + 7) / 8 > size)
			size = (offs[i] + bits + 7) / 8;
	}
	t->size = size;
	id = t->what == UNION ? btf__add_union(btf, t->name, size) : btf__add_struct(btf, t->name, size);
	for (i = 0; i < t->n && !err; i++)
		err = btf__add_field(btf, t->m[i].name[0] ? t->m[i].name : NULL, ids[i], offs[i], t->m[i].bits);
	return err ? err : id;
}

static int put_enum(struct btf *btf, const struct type *t)
{
	int id = t->what == ENUM64 ? btf__add_enum64(btf, t->name, t->size, t->encoding) :
				     btf__add_enum(btf, t->name, t->size), err = 0;
	uint32_t i;

	for (i = 0; i < t->n && !err; i++)
		err = t->what == ENUM64 ? btf__add_enum64_value(btf, t->m[i].name, (uint64_t)t->m[i].value) :
					  btf__add_enum_value(btf, t->m[i].name, t->m[i].value);
	return err ? err : id;
}

static int put_proto(struct gen *g, struct btf *btf, struct type *t)
{
	int ids[MEMBERS], to = put(g, btf, t->to), id, err = 0;
	uint32_t i;

	for (i = 0; i < t->n; i++)
		ids[i] = put(g, btf, t->m[i].type);
	id = btf__add_func_proto(btf, to);
	for (i = 0; i < t->n && !err; i++)
		err = btf__add_func_param(btf, "p", ids[i]);
	return err ? err : id;
}

static int put_plain(struct gen *g, struct btf *btf, struct type *t)
{
	switch (t->what) {
	case INT:
		return btf__add_int(btf, t->name[0] ? t->name : "int", t->size, t->encoding);
	case FLOAT:
		return btf__add_float(btf, t->name, t->size);
	case PTR:
		return btf__add_ptr(btf, t->to ? put(g, btf, t->to) : 0);
	case ENUM:
	case ENUM64:
		return put_enum(btf, t);
	case ARRAY: {
		int elem = put(g, btf, t->to);

		return btf__add_array(btf, btf__add_int(btf, "int", 4, BTF_INT_SIGNED), elem, t->n);
	}
	case FWD:
		return btf__add_fwd(btf, t->name, t->encoding ? BTF_FWD_UNION : BTF_FWD_STRUCT);
	case PROTO:
		return put_proto(g, btf, t);
	default:
		return put_members(g, btf, t);
	}
}

static int put(struct gen *g, struct btf *btf, struct type *t)
{
	int id = put_plain(g, btf, t);

	if (id > 0 && t->is_const)
		id = btf__add_const(btf, id);
	if (id > 0 && t->is_volatile)
		id = btf__add_volatile(btf, id);
	if (id > 0 && t->alias[0])
		id = btf__add_typedef(btf, t->alias, id);
	if (id < 0)
		g->failed = true;
	return id < 0 ? 1 : id;
}

/* ---- the program ---- */

struct program {
	struct bpf_insn insns[2 * RELOS + 2];
	uint32_t n;
	struct bpf_core_relo relos[RELOS];
	uint32_t relo_n;
};

/* A random way into a type: "0:1:2". */
static void random_path(struct gen *g, const struct type *t, char *buf, size_t size)
{
	size_t n = snprintf(buf, size, "%d", chance(g, 95) ? 0 : (int)rnd(g, 3));

	while (n + 12 < size) {
		if ((t->what == STRUCT || t->what == UNION) && t->n) {
			uint32_t i = rnd(g, t->n);

			n += snprintf(buf + n, size - n, ":%u", i);
			t = t->m[i].type;
			if (chance(g, 20) && t->what != STRUCT && t->what != UNION)
				return;
		} else if (t->what == ARRAY && chance(g, 75)) {
			n += snprintf(buf + n, size - n, ":%u", t->n && chance(g, 97) ? rnd(g, t->n) : rnd(g, 3));
			t = t->to;
		} else {
			return;
		}
		if (chance(g, 8))
			return;
	}
}

static uint32_t random_kind(struct gen *g, const struct type *root)
{
	static const uint8_t type_kinds[] = {
		BPF_CORE_TYPE_ID_LOCAL, BPF_CORE_TYPE_ID_TARGET, BPF_CORE_TYPE_EXISTS, BPF_CORE_TYPE_SIZE,
		BPF_CORE_TYPE_MATCHES, BPF_CORE_TYPE_MATCHES,
	};

	if (chance(g, 2))
		return rnd(g, 16);
	if ((root->what == ENUM || root->what == ENUM64) && chance(g, 75))
		return chance(g, 50) ? BPF_CORE_ENUMVAL_EXISTS : BPF_CORE_ENUMVAL_VALUE;
	if ((root->what != STRUCT && root->what != UNION && root->what != ARRAY) || chance(g, 25))
		return type_kinds[rnd(g, sizeof(type_kinds))];
	return chance(g, 55) ? BPF_CORE_FIELD_BYTE_OFFSET : rnd(g, BPF_CORE_FIELD_RSHIFT_U64 + 1);
}

static uint8_t width_code(uint32_t bytes)
{
	return bytes == 8 ? BPF_DW : bytes == 2 ? BPF_H : bytes == 1 ? BPF_B : BPF_W;
}

/* What the instruction must hold for libbpf to take it, and the width of the field, by our own resolver. */
static void local_value(const struct btfraw *b, uint32_t type_id, uint32_t kind, const char *access,
			uint64_t *val, uint32_t *size)
{
	struct core_relo relo = { .kind = kind, .type_id = type_id, .access = access };
	struct core_budget budget = { .left = 1u << 20 };
	struct core_object o = { .btf = *b };
	struct core_target none = { .n = 0 };
	struct core_cands *cands = core_cands_new(&o);
	struct core_res res;

	core_resolve(&o, &relo, &none, cands, CORE_RULES_OLD, &budget, &res);
	*val = res.orig;
	*size = res.orig_size;
	core_cands_free(cands);
}

static void add_insn(struct gen *g, struct program *p, uint32_t kind, uint64_t val, uint32_t size)
{
	struct bpf_insn *insn = &p->insns[p->n];
	uint32_t r = rnd(g, 100);

	if (chance(g, 2))
		val++;
	insn->dst_reg = 1;
	if (kind == BPF_CORE_FIELD_BYTE_OFFSET && r < 65) {
		insn->code = (r < 45 ? BPF_LDX : r < 58 ? BPF_STX : BPF_ST) | BPF_MEM |
			     width_code(chance(g, 95) ? size : 1u << rnd(g, 4));
		insn->src_reg = r < 58 ? 1 : 0;
		insn->off = (int16_t)val;
		p->n++;
	} else if (r < 85) {
		insn->code = (chance(g, 80) ? BPF_ALU64 : BPF_ALU) | (chance(g, 50) ? BPF_MOV : BPF_ADD) | BPF_K;
		insn->imm = (int32_t)val;
		p->n++;
	} else if (r < 98) {
		insn->code = BPF_LD | BPF_IMM | BPF_DW;
		insn->imm = (int32_t)val;
		insn[1].imm = (int32_t)(val >> 32);
		p->n += 2;
	} else {
		static const uint8_t odd[] = {
			BPF_ALU64 | BPF_MOV | BPF_X, BPF_JMP | BPF_JA, BPF_LDX | BPF_MEM | BPF_W,
			BPF_LD | BPF_ABS | BPF_W,
		};

		insn->code = odd[rnd(g, sizeof(odd))];
		insn->off = insn->code == (BPF_JMP | BPF_JA) ? 0 : (int16_t)val;
		p->n++;
	}
}

static void add_relo(struct gen *g, struct program *p, struct btf *btf, const struct btfraw *raw,
		     const struct type *root, uint32_t id)
{
	uint32_t kind = random_kind(g, root), size = 4;
	char access[64] = "0";
	uint64_t val = 0;
	struct bpf_core_relo *r = &p->relos[p->relo_n++];

	if (kind <= BPF_CORE_FIELD_RSHIFT_U64)
		random_path(g, root, access, sizeof(access));
	else if (kind == BPF_CORE_ENUMVAL_EXISTS || kind == BPF_CORE_ENUMVAL_VALUE)
		snprintf(access, sizeof(access), "%u", rnd(g, root->n ? root->n : 1));
	if (kind <= BPF_CORE_TYPE_MATCHES)
		local_value(raw, id, kind, access, &val, &size);
	r->insn_off = p->n * sizeof(struct bpf_insn);
	r->type_id = id;
	r->kind = kind;
	r->access_str_off = btf__add_str(btf, access);
	add_insn(g, p, kind, val, size);
}

/* ---- the object ---- */

struct bytes {
	uint8_t data[1 << 16];
	size_t n;
};

static size_t append(struct bytes *b, const void *data, size_t size)
{
	size_t at;

	b->n = (b->n + 7) & ~(size_t)7;
	at = b->n;
	if (size > sizeof(b->data) - b->n)
		return 0;
	memcpy(b->data + at, data, size);
	b->n += size;
	return at;
}

static void set_section(Elf64_Shdr *sh, uint32_t name, uint32_t type, uint64_t flags, size_t off, size_t size)
{
	*sh = (Elf64_Shdr){ .sh_name = name, .sh_type = type, .sh_flags = flags, .sh_offset = off,
			    .sh_size = size, .sh_addralign = 8 };
}

static size_t make_ext(uint8_t *to, const struct program *p, uint32_t sec_name)
{
	uint32_t relo_len = 4 + 8 + p->relo_n * sizeof(p->relos[0]);
	uint32_t head[8] = { BTF_MAGIC | 1u << 16, 32, 0, 0, 0, 0, 0, p->relo_n ? relo_len : 0 };
	uint32_t rec[3] = { sizeof(p->relos[0]), sec_name, p->relo_n };

	memcpy(to, head, sizeof(head));
	memcpy(to + 32, rec, sizeof(rec));
	memcpy(to + 44, p->relos, p->relo_n * sizeof(p->relos[0]));
	return 32 + relo_len;
}

static int make_object(struct core_gen *g, const struct program *p, const void *btf, size_t btf_size,
		       uint32_t sec_name)
{
	static const char strs[] = "\0xdp\0.symtab\0.strtab\0.BTF\0.BTF.ext\0license\0p";
	struct bytes *b = calloc(1, sizeof(*b));
	Elf64_Sym syms[2] = { 0 };
	Elf64_Shdr sh[7] = { 0 };
	Elf64_Ehdr eh = { 0 };
	uint8_t ext[512];
	size_t n;

	b->n = sizeof(eh);
	syms[1] = (Elf64_Sym){ .st_name = 43, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = 1,
			       .st_size = p->n * sizeof(p->insns[0]) };
	n = append(b, p->insns, syms[1].st_size);
	set_section(&sh[1], 1, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, n, syms[1].st_size);
	set_section(&sh[2], 5, SHT_SYMTAB, 0, append(b, syms, sizeof(syms)), sizeof(syms));
	sh[2].sh_link = 3;
	sh[2].sh_info = 1;
	sh[2].sh_entsize = sizeof(syms[0]);
	set_section(&sh[3], 13, SHT_STRTAB, 0, append(b, strs, sizeof(strs)), sizeof(strs));
	set_section(&sh[4], 21, SHT_PROGBITS, 0, append(b, btf, btf_size), btf_size);
	n = make_ext(ext, p, sec_name);
	set_section(&sh[5], 26, SHT_PROGBITS, 0, append(b, ext, n), n);
	set_section(&sh[6], 35, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, append(b, "GPL", 4), 4);
	n = append(b, sh, sizeof(sh));
	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	eh.e_ident[EI_CLASS] = ELFCLASS64;
	eh.e_ident[EI_DATA] = ELFDATA2LSB;
	eh.e_ident[EI_VERSION] = EV_CURRENT;
	eh.e_type = ET_REL;
	eh.e_machine = 247;	/* EM_BPF */
	eh.e_version = EV_CURRENT;
	eh.e_shoff = n;
	eh.e_ehsize = sizeof(eh);
	eh.e_shentsize = sizeof(sh[0]);
	eh.e_shnum = 7;
	eh.e_shstrndx = 3;
	memcpy(b->data, &eh, sizeof(eh));
	g->obj = b;
	g->obj_size = b->n;
	return n ? 0 : -1;
}

/* ---- all of it ---- */

static const char *const root_names[] = {
	"s0", "s1", "s0___a", "s1___b_c", "e0", "e0___x", "s2", "_s__3", "s2___", "___s4",
};

static struct type *make_root(struct gen *g)
{
	const char *name = root_names[rnd(g, sizeof(root_names) / sizeof(root_names[0]))];
	struct type *t = new_type(g);
	uint32_t r = rnd(g, 100);

	if (r < 70) {
		fill_struct(g, t, 0, name);
	} else if (r < 88) {
		fill_enum(g, t, name);
	} else if (r < 92) {
		fill_int(g, t);
	} else {
		fill_any(g, t, 1);
		snprintf(t->alias, sizeof(t->alias), "%s", name);
	}
	return t;
}

/* Types beside the changed ones: of the same names, with flavours, again. */
static void put_target(struct gen *g, struct btf *btf, struct type *const *roots, uint32_t n)
{
	uint32_t percent = chance(g, 10) ? 0 : rnd(g, 30), i, k;

	for (i = 0; i < n; i++) {
		uint32_t copies = chance(g, 90) ? 1 : rnd(g, 3);

		if (chance(g, 20))
			put(g, btf, make_root(g));
		for (k = 0; k < copies; k++) {
			struct type *t = mutate(g, roots[i], k ? percent / 4 : percent);

			if (t->name[0] && strlen(t->name) < 20 && chance(g, 10))
				strcat(t->name, "___fl");
			put(g, btf, t);
		}
	}
}

struct trees {
	struct type *roots[ROOTS];
	uint32_t ids[ROOTS];	/* in the object's BTF */
	uint32_t n;
};

static void make_trees(struct gen *g, struct trees *t, struct btf *local, struct btf *target)
{
	uint32_t i;

	t->n = 1 + rnd(g, ROOTS);
	for (i = 0; i < t->n; i++) {
		t->roots[i] = make_root(g);
		t->ids[i] = put(g, local, t->roots[i]);
	}
	put_target(g, target, t->roots, t->n);
}

static void *copy_of(const void *data, size_t size)
{
	void *copy = data ? malloc(size) : NULL;

	return copy ? memcpy(copy, data, size) : NULL;
}

/* The instructions, whose numbers our resolver tells from a copy of the types so far. */
static int make_program(struct gen *g, const struct trees *t, struct btf *local, struct program *p)
{
	uint32_t size, relos = 1 + rnd(g, RELOS), i, k;
	const void *data = btf__raw_data(local, &size);
	void *copy = copy_of(data, size);
	struct btfraw raw;
	int rc = -1;

	if (copy && !btfraw_open(&raw, "local", copy, size, NULL, NULL)) {
		if (size < 1 << 14 && !btfraw_check(&raw, NULL)) {
			for (i = 0; i < relos; i++) {
				k = rnd(g, t->n);
				add_relo(g, p, local, &raw, t->roots[k], t->ids[k]);
			}
			p->insns[p->n++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 2 };
			p->insns[p->n++] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
			rc = 0;
		}
		btfraw_close(&raw);
	}
	free(copy);
	return rc;
}

static int make_pair(struct gen *g, struct core_gen *out, struct btf *local, struct btf *target)
{
	struct program p = { .n = 0 };
	uint32_t size, sec_name;
	const void *data;
	struct trees t;

	if (setjmp(g->too_large))
		return -1;
	make_trees(g, &t, local, target);
	sec_name = btf__add_str(local, "xdp");
	if (g->failed || make_program(g, &t, local, &p))
		return -1;
	data = btf__raw_data(local, &size);
	if (!data || make_object(out, &p, data, size, sec_name))
		return -1;
	data = btf__raw_data(target, &size);
	out->btf = copy_of(data, size);
	out->btf_size = size;
	return out->btf ? 0 : -1;
}

int core_gen(struct core_gen *out, uint64_t seed)
{
	struct btf *local = btf__new_empty(), *target = btf__new_empty();
	struct gen *g = calloc(1, sizeof(*g));
	uint32_t i;
	int rc;

	memset(out, 0, sizeof(*out));
	g->rng = seed * 0x9e3779b97f4a7c15u + 0x123456789;
	for (i = 0; i < 8; i++)
		rnd(g, 2);
	rc = make_pair(g, out, local, target);
	btf__free(local);
	btf__free(target);
	free(g);
	if (rc)
		core_gen_free(out);
	return rc;
}

void core_gen_free(struct core_gen *g)
{
	free(g->obj);
	free(g->btf);
	memset(g, 0, sizeof(*g));
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A BPF object as the resolver sees it: takes a file's bytes, which nobody has
 * checked, gives programs, instructions, relocations with their places in the
 * source, and what instructions refer to. Every index in it is in range.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "core_flow.h"
#include "image.h"

#define SECTIONS_MAX	65536
#define CODE_MAX	1024	/* sections of code */
#define SYMBOLS_MAX	(1u << 20)

static int no_memory(struct mdesc_error *err)
{
	return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
}

static int bad_elf(const struct core_object *o, struct mdesc_error *err)
{
	return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.300s: a damaged ELF file", o->name);
}

/* ---- sections of code ---- */

static int add_code(struct core_object *o, const struct elfsec *s, uint32_t *total,
		    struct mdesc_error *err)
{
	struct core_sec *sec = &o->secs[o->sec_n];
	uint32_t n = s->size / sizeof(struct bpf_insn), i;
	struct bpf_insn *insns;

	if (s->size / sizeof(*insns) > CORE_INSN_MAX - *total)
		return error_set(err, EFBIG, MDESC_CLASS_INPUT, "%.300s: it has too many instructions",
				 o->name);
	*total += n;
	insns = malloc(n * sizeof(*insns) + 1);
	sec->insns = insns;
	sec->syms = calloc(n + 1, sizeof(*sec->syms));
	sec->relo_at = malloc((n + 1) * sizeof(*sec->relo_at));
	o->sec_n++;
	if (!insns || !sec->syms || !sec->relo_at)
		return no_memory(err);
	memcpy(insns, s->data, n * sizeof(*insns));
	for (i = 0; i < n; i++)
		sec->relo_at[i] = CORE_NONE;
	sec->name = s->name;
	sec->n = n;
	return 0;
}

static int read_code(struct core_object *o, uint32_t *elf_n, struct mdesc_error *err)
{
	uint32_t i, code = 0, total = 0;
	struct elfsec s;
	int rc;

	for (i = 0; i < SECTIONS_MAX && !(rc = elfsec_at(o->data, o->size, i, &s)); i++)
		code += s.type == SHT_PROGBITS && (s.flags & SHF_EXECINSTR) && s.data;
	if (rc && rc != -ENOENT)
		return bad_elf(o, err);
	*elf_n = i;
	if (code > CODE_MAX)
		return error_set(err, EFBIG, MDESC_CLASS_INPUT, "%.300s: it has too many sections", o->name);
	o->secs = calloc(code + 1, sizeof(*o->secs));
	o->by_elf = calloc(*elf_n + 1, sizeof(*o->by_elf));
	o->elf_n = *elf_n;
	if (!o->secs || !o->by_elf)
		return no_memory(err);
	for (i = 0; i < *elf_n; i++) {
		if (elfsec_at(o->data, o->size, i, &s))
			return bad_elf(o, err);
		if (s.type != SHT_PROGBITS || !(s.flags & SHF_EXECINSTR) || !s.data)
			continue;
		o->by_elf[i] = o->sec_n + 1;
		rc = add_code(o, &s, &total, err);
		if (rc)
			return rc;
	}
	return 0;
}

static struct core_sec *code_of(struct core_object *o, uint32_t elf_idx)
{
	return elf_idx < o->elf_n && o->by_elf[elf_idx] ? &o->secs[o->by_elf[elf_idx] - 1] : NULL;
}

/* ---- symbols ---- */

static void note_symbol(struct core_object *o, struct core_symbol *to, const Elf64_Sym *sym)
{
	struct core_sec *code = code_of(o, sym->st_shndx);
	struct elfsec s;

	to->value = sym->st_value;
	if (code) {
		to->what = CORE_SYM_CODE;
		to->sec = code - o->secs;
	} else if (sym->st_shndx && !elfsec_at(o->data, o->size, sym->st_shndx, &s)) {
		to->what = !strcmp(s.name, ".maps") || !strcmp(s.name, "maps") ? CORE_SYM_MAP :
			   CORE_SYM_DATA;
	}
}

/* A function, if the symbol is one: its instructions must lie in the section. */
static int add_func(struct core_object *o, const Elf64_Sym *sym, const char *name,
		    struct mdesc_error *err)
{
	struct core_sec *sec = code_of(o, sym->st_shndx);
	uint64_t at = sym->st_value / sizeof(struct bpf_insn);
	uint64_t n = sym->st_size / sizeof(struct bpf_insn);

	if (!sec || ELF64_ST_TYPE(sym->st_info) != STT_FUNC || !n)
		return 0;
	if (sym->st_value % sizeof(struct bpf_insn) || at > sec->n || n > sec->n - at)
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT,
				 "%.200s: damaged: the function %.100s lies outside of its section",
				 o->name, name);
	o->funcs[o->func_n++] = (struct core_func){
		.name = name, .sec = sec - o->secs, .first = at, .n = n,
		.is_prog = strcmp(sec->name, ".text") != 0,
		.is_global = ELF64_ST_BIND(sym->st_info) != STB_LOCAL,
	};
	return 0;
}

static int compare_funcs(const void *a, const void *b)
{
	const struct core_func *x = a, *y = b;

	if (x->sec != y->sec)
		return x->sec < y->sec ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* Sorts functions; two names of one are one. Those that overlap would make reading them long. */
static int sort_funcs(struct core_object *o, struct mdesc_error *err)
{
	uint32_t i, n = 0;

	qsort(o->funcs, o->func_n, sizeof(*o->funcs), compare_funcs);
	for (i = 0; i < o->func_n; i++) {
		const struct core_func *f = &o->funcs[i], *last = n ? &o->funcs[n - 1] : NULL;

		if (last && last->sec == f->sec && last->first == f->first && last->n == f->n)
			continue;
		if (last && last->sec == f->sec && f->first - last->first < last->n)
			return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT,
					 "%.200s: damaged: the functions %.80s and %.80s overlap", o->name,
					 last->name, f->name);
		o->funcs[n++] = *f;
	}
	o->func_n = n;
	return 0;
}

static int read_symbols(struct core_object *o, uint32_t elf_n, struct mdesc_error *err)
{
	struct elfsec tab, strs;
	uint32_t i, n;
	int rc = 0;

	for (i = 0; i < elf_n; i++)
		if (!elfsec_at(o->data, o->size, i, &tab) && tab.type == SHT_SYMTAB)
			break;
	o->funcs = calloc(1, sizeof(*o->funcs));
	if (i == elf_n)
		return o->funcs ? 0 : no_memory(err);
	free(o->funcs);
	n = tab.size / sizeof(Elf64_Sym) < SYMBOLS_MAX ? tab.size / sizeof(Elf64_Sym) : SYMBOLS_MAX;
	o->funcs = calloc(n + 1, sizeof(*o->funcs));
	o->syms = calloc(n + 1, sizeof(*o->syms));
	if (!o->funcs || !o->syms)
		return no_memory(err);
	o->sym_n = n;
	if (elfsec_at(o->data, o->size, tab.link, &strs) || !strs.size || strs.data[strs.size - 1])
		return bad_elf(o, err);
	for (i = 1; i < n && !rc; i++) {
		Elf64_Sym sym;

		memcpy(&sym, tab.data + i * sizeof(sym), sizeof(sym));
		if (sym.st_name >= strs.size)
			return bad_elf(o, err);
		note_symbol(o, &o->syms[i], &sym);
		rc = add_func(o, &sym, (const char *)strs.data + sym.st_name, err);
	}
	return rc ? rc : sort_funcs(o, err);
}

/* Which symbol each instruction refers to. */
static void read_elf_relocs(struct core_object *o, uint32_t elf_n)
{
	uint32_t i, k;

	for (i = 0; i < elf_n; i++) {
		struct core_sec *sec;
		struct elfsec s;

		if (elfsec_at(o->data, o->size, i, &s) || s.type != SHT_REL)
			continue;
		sec = code_of(o, s.info);
		for (k = 0; sec && k < s.size / sizeof(Elf64_Rel); k++) {
			Elf64_Rel rel;
			uint64_t at, sym;

			memcpy(&rel, s.data + k * sizeof(rel), sizeof(rel));
			at = rel.r_offset / sizeof(struct bpf_insn);
			sym = ELF64_R_SYM(rel.r_info);
			if (at < sec->n && sym < o->sym_n)
				sec->syms[at] = sym;
		}
	}
}

uint32_t core_func_at(const struct core_object *o, uint32_t sec, uint32_t insn)
{
	uint32_t lo = 0, hi = o->func_n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct core_func *f = &o->funcs[mid];

		if (f->sec < sec || (f->sec == sec && f->first <= insn))
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || o->funcs[lo - 1].sec != sec || insn - o->funcs[lo - 1].first >= o->funcs[lo - 1].n)
		return CORE_NONE;
	return lo - 1;
}

uint32_t core_callee(const struct core_object *o, uint32_t sec, uint32_t insn)
{
	const struct core_sec *s = &o->secs[sec];
	uint32_t sym = s->syms[insn];
	int64_t at = (int64_t)s->insns[insn].imm + 1;

	if (sym && o->syms[sym].what == CORE_SYM_CODE) {
		at += o->syms[sym].value / sizeof(struct bpf_insn);
		sec = o->syms[sym].sec;
	} else if (sym) {
		return CORE_NONE;
	} else {
		at += insn;
	}
	return at < 0 || at >= o->secs[sec].n ? CORE_NONE : core_func_at(o, sec, at);
}

/* Whether an instruction refers to a function: by a call, or by its address. */
uint32_t core_refers_to(const struct core_object *o, uint32_t sec, uint32_t i)
{
	const struct core_sec *s = &o->secs[sec];
	const struct bpf_insn *insn = &s->insns[i];
	uint32_t sym = s->syms[i];

	if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL)
		return core_callee(o, sec, i);
	if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) && sym && o->syms[sym].what == CORE_SYM_CODE) {
		uint64_t at = o->syms[sym].value / sizeof(*insn) + insn->imm / sizeof(*insn);

		return at < o->secs[o->syms[sym].sec].n ? core_func_at(o, o->syms[sym].sec, at) : CORE_NONE;
	}
	return CORE_NONE;
}

/* Marks what programs call, and what that calls. */
static int mark_used(struct core_object *o, struct mdesc_error *err)
{
	uint32_t *todo = malloc((o->func_n + 1) * sizeof(*todo)), n = 0, i, f;

	if (!todo)
		return no_memory(err);
	for (i = 0; i < o->func_n; i++) {
		o->funcs[i].used = o->funcs[i].is_prog;
		if (o->funcs[i].used)
			todo[n++] = i;
	}
	while (n) {
		const struct core_func *fn = &o->funcs[todo[--n]];

		for (i = fn->first; i < fn->first + fn->n; i++) {
			f = core_refers_to(o, fn->sec, i);
			if (f == CORE_NONE || o->funcs[f].used)
				continue;
			o->funcs[f].used = true;
			todo[n++] = f;
		}
	}
	free(todo);
	return 0;
}

/* ---- .BTF.ext ---- */

struct reading {
	struct core_object *o;
	uint32_t cap;
	uint32_t name_off;	/* of the section that was looked up last */
	uint32_t sec;
};

/* The section that records are of; CORE_NONE: it holds no code. */
static uint32_t section_of(struct reading *rd, uint32_t name_off)
{
	const char *name = btfraw_str(&rd->o->btf, name_off);
	uint32_t i;

	if (rd->sec != CORE_NONE && rd->name_off == name_off)
		return rd->sec;
	rd->name_off = name_off;
	for (i = 0; i < rd->o->sec_n && strcmp(rd->o->secs[i].name, name); i++)
		;
	rd->sec = i < rd->o->sec_n ? i : CORE_NONE;
	return rd->sec;
}

static void *grow(void *v, uint32_t n, uint32_t *cap, size_t size)
{
	if (n < *cap)
		return v;
	*cap = *cap ? 2 * *cap : 64;
	return realloc(v, *cap * size);
}

static int read_line(void *ctx, uint32_t sec_name_off, uint32_t no, const void *rec,
		     struct mdesc_error *err)
{
	struct reading *rd = ctx;
	struct core_object *o = rd->o;
	uint32_t sec = section_of(rd, sec_name_off);
	struct bpf_line_info line;
	struct core_line *more;

	(void)no;
	if (sec == CORE_NONE)
		return 0;
	memcpy(&line, rec, sizeof(line));
	more = grow(o->lines, o->line_n, &rd->cap, sizeof(*more));
	if (!more)
		return no_memory(err);
	o->lines = more;
	o->lines[o->line_n++] = (struct core_line){
		.sec = sec, .insn = line.insn_off / sizeof(struct bpf_insn),
		.line = BPF_LINE_INFO_LINE_NUM(line.line_col),
		.file = btfraw_str(&o->btf, line.file_name_off), .text = btfraw_str(&o->btf, line.line_off),
	};
	return 0;
}

static int read_relo(void *ctx, uint32_t sec_name_off, uint32_t no, const void *rec,
		     struct mdesc_error *err)
{
	struct reading *rd = ctx;
	struct core_object *o = rd->o;
	uint32_t sec = section_of(rd, sec_name_off);
	struct bpf_core_relo relo;
	struct core_relo *more, *to;

	memcpy(&relo, rec, sizeof(relo));
	if (sec == CORE_NONE)
		return core_ext_bad(o->name, "relocations of a section that holds no code", err);
	if (relo.insn_off % sizeof(struct bpf_insn) ||
	    relo.insn_off / sizeof(struct bpf_insn) >= o->secs[sec].n)
		return core_ext_bad(o->name, "a relocation outside of its section", err);
	if (!btfraw_type(&o->btf, relo.type_id))
		return core_ext_bad(o->name, "a relocation of a type that does not exist", err);
	more = grow(o->relos, o->relo_n, &rd->cap, sizeof(*more));
	if (!more)
		return no_memory(err);
	o->relos = more;
	to = &o->relos[o->relo_n];
	*to = (struct core_relo){
		.sec = sec, .insn = relo.insn_off / sizeof(struct bpf_insn), .no = no, .kind = relo.kind,
		.type_id = relo.type_id, .access = btfraw_str(&o->btf, relo.access_str_off),
		.line = CORE_NONE,
	};
	to->func = core_func_at(o, sec, to->insn);
	o->secs[sec].relo_at[to->insn] = o->relo_n++;
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	const struct core_line *x = a, *y = b;

	if (x->sec != y->sec)
		return x->sec < y->sec ? -1 : 1;
	if (x->insn != y->insn)
		return x->insn < y->insn ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* The last line that begins at or before an instruction. */
static uint32_t line_at(const struct core_object *o, uint32_t sec, uint32_t insn)
{
	uint32_t lo = 0, hi = o->line_n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct core_line *l = &o->lines[mid];

		if (l->sec < sec || (l->sec == sec && l->insn <= insn))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && o->lines[lo - 1].sec == sec ? lo - 1 : CORE_NONE;
}

static int read_ext(struct core_object *o, const struct core_sections *s, struct mdesc_error *err)
{
	struct reading rd = { .o = o, .sec = CORE_NONE };
	struct core_ext ext;
	uint32_t i;
	int rc;

	rc = core_ext_open(&ext, o->name, s->ext, s->ext_size, err);
	if (!rc)
		rc = core_ext_each(&ext, CORE_EXT_LINES, read_line, &rd, err);
	rd = (struct reading){ .o = o, .sec = CORE_NONE };
	if (!rc)
		rc = core_ext_each(&ext, CORE_EXT_RELOS, read_relo, &rd, err);
	if (rc)
		return rc;
	if (o->line_n)
		qsort(o->lines, o->line_n, sizeof(*o->lines), compare_lines);
	for (i = 0; i < o->relo_n; i++)
		o->relos[i].line = line_at(o, o->relos[i].sec, o->relos[i].insn);
	return 0;
}

/* ---- maps ---- */

/* The type that a map's definition points to by a member of this name; 0: none. */
static uint32_t map_part(const struct btfraw *b, const struct btf_type *def, const char *name)
{
	uint32_t i, id;

	for (i = 0; i < btfraw_vlen(def); i++) {
		const struct btf_type *t;

		if (strcmp(btfraw_str(b, core_members(def)[i].name_off), name))
			continue;
		id = core_members(def)[i].type;
		t = core_skip(b, &id);
		return t && btfraw_kind(t) == BTF_KIND_PTR ? t->type : 0;
	}
	return 0;
}

/* Marks a type and what is in it. */
static void mark_own(struct core_object *o, uint32_t id, uint32_t *left)
{
	const struct btf_type *t = core_skip(&o->btf, &id);
	uint32_t i;

	if (!t || !id || o->own[id] || !*left)
		return;
	--*left;
	o->own[id] = 1;
	if (btfraw_kind(t) == BTF_KIND_ARRAY)
		mark_own(o, ((const struct btf_array *)btfraw_tail(t))->type, left);
	for (i = 0; core_is_composite(t) && i < btfraw_vlen(t); i++)
		mark_own(o, core_members(t)[i].type, left);
}

/* The variables of .maps: structs whose members key and value are pointers to what they hold. */
static int read_maps(struct core_object *o, struct mdesc_error *err)
{
	const struct btfraw *b = &o->btf;
	uint32_t id, i, left = b->end_id;

	o->own = calloc(b->end_id, 1);
	if (!o->own)
		return no_memory(err);
	for (id = 1; id < b->end_id; id++) {
		const struct btf_type *t = btfraw_type(b, id), *var, *def;
		const struct btf_var_secinfo *v = btfraw_tail(t);

		if (btfraw_kind(t) != BTF_KIND_DATASEC || strcmp(btfraw_str(b, t->name_off), ".maps"))
			continue;
		for (i = 0; i < btfraw_vlen(t); i++) {
			uint32_t def_id;

			var = btfraw_type(b, v[i].type);
			if (!var || btfraw_kind(var) != BTF_KIND_VAR)
				continue;
			def_id = var->type;
			def = core_skip(b, &def_id);
			if (!def || !core_is_composite(def))
				continue;
			mark_own(o, map_part(b, def, "key"), &left);
			mark_own(o, map_part(b, def, "value"), &left);
		}
	}
	return 0;
}

/* ---- open, close ---- */

static int open_parts(struct core_object *o, struct mdesc_error *err)
{
	struct core_sections s = { 0 };
	uint32_t elf_n = 0;
	int rc;

	rc = core_sections_find(&s, o->name, o->data, o->size, err);
	if (rc)
		return rc;
	if (!s.btf)
		return error_set(err, ENODATA, MDESC_CLASS_DENIED,
				 "%.200s: an object without BTF: nothing can be said about it (compile it with -g)",
				 o->name);
	rc = btfraw_open(&o->btf, o->name, s.btf, s.btf_size, NULL, err);
	if (!rc)
		rc = btfraw_check(&o->btf, err);
	if (!rc)
		rc = read_code(o, &elf_n, err);
	if (!rc)
		rc = read_symbols(o, elf_n, err);
	if (rc)
		return rc;
	read_elf_relocs(o, elf_n);
	rc = mark_used(o, err);
	if (!rc)
		rc = read_maps(o, err);
	if (!rc && s.ext)
		rc = read_ext(o, &s, err);
	return rc;
}

/* By function and field. */
static int compare_fields(const void *a, const void *b, void *ctx)
{
	const struct core_object *o = ctx;
	const struct core_relo *x = &o->relos[*(const uint32_t *)a], *y = &o->relos[*(const uint32_t *)b];

	if (x->func != y->func)
		return x->func < y->func ? -1 : 1;
	if (x->type_id != y->type_id)
		return x->type_id < y->type_id ? -1 : 1;
	return strcmp(x->access, y->access);
}

/* What else of a field is relocated in the same function. */
static int read_kinds(struct core_object *o, struct mdesc_error *err)
{
	uint32_t *order = calloc(o->relo_n + 1, sizeof(*order)), i, k, end;

	o->kinds = calloc(o->relo_n + 1, sizeof(*o->kinds));
	if (!order || !o->kinds) {
		free(order);
		return no_memory(err);
	}
	for (i = 0; i < o->relo_n; i++)
		order[i] = i;
	qsort_r(order, o->relo_n, sizeof(*order), compare_fields, o);
	for (i = 0; i < o->relo_n; i = end) {
		uint16_t bits = 0;

		for (end = i; end < o->relo_n && !compare_fields(&order[i], &order[end], o); end++)
			if (o->relos[order[end]].kind < 16)
				bits |= 1u << o->relos[order[end]].kind;
		for (k = i; k < end; k++)
			o->kinds[order[k]] = bits;
	}
	free(order);
	return 0;
}

int core_object_open(struct core_object *o, const char *name, void *data, size_t size,
		     struct mdesc_error *err)
{
	int rc;

	memset(o, 0, sizeof(*o));
	o->data = data;
	o->size = size;
	o->name = strdup(name);
	rc = o->name ? open_parts(o, err) : no_memory(err);
	if (!rc)
		rc = read_kinds(o, err);
	if (!rc)
		rc = core_flow(o, err);
	if (rc)
		core_object_close(o);
	return rc;
}

void core_object_close(struct core_object *o)
{
	uint32_t i;

	for (i = 0; o->secs && i < o->sec_n; i++) {
		free((void *)(uintptr_t)o->secs[i].insns);
		free(o->secs[i].syms);
		free(o->secs[i].relo_at);
	}
	free(o->secs);
	free(o->by_elf);
	free(o->funcs);
	free(o->relos);
	free(o->lines);
	free(o->syms);
	free(o->uses);
	free(o->own);
	free(o->kinds);
	btfraw_close(&o->btf);
	free(o->data);
	free(o->name);
	memset(o, 0, sizeof(*o));
}

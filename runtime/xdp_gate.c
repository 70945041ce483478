/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The program that stands in libxdp's dispatcher for a writer: takes a PROG_ARRAY,
 * gives a BPF object, as a file in memory, with one program that makes a tail call to
 * the array's only slot, and passes what finds nothing there. libxdp opens such
 * objects and nothing else; it is written down here, as no compiler is to be needed.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/btf.h>

#include "xdp.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif

/*
 * No name that libbpf knows: with one it would load the program for an attach type where libxdp has no dispatcher,
 * which the writer, being loaded for none, could then not be called from.
 */
#define SECTION	"gate"

enum { NONE, CODE, LICENSE, BTF, BTF_EXT, SYMBOLS, STRINGS, SECTIONS };

/* Offsets of these texts. */
static const char strings[] = "\0" XDP_GATE "\0" SECTION "\0license\0.BTF\0.BTF.ext\0.symtab\0.strtab";

static uint32_t string_at(const char *s)
{
	size_t at = 0;

	while (strcmp(strings + at, s))
		at += strlen(strings + at) + 1;
	return (uint32_t)at;
}

struct part { const void *data; size_t size; };

/* ---- types: int mdesc_gate(struct xdp_md *ctx) ---- */

static int add_types(struct btf *btf)
{
	static const char *const members[] = {
		"data", "data_end", "data_meta", "ingress_ifindex", "rx_queue_index", "egress_ifindex",
	};
	const uint32_t n = sizeof(members) / sizeof(members[0]);
	int u32 = btf__add_int(btf, "unsigned int", 4, 0), result = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int md = btf__add_struct(btf, "xdp_md", 4 * n), ptr, proto;
	uint32_t i;

	for (i = 0; i < n; i++)
		btf__add_field(btf, members[i], u32, 32 * i, 0);
	ptr = btf__add_ptr(btf, md);
	proto = btf__add_func_proto(btf, result);
	btf__add_func_param(btf, "ctx", ptr);
	return btf__add_func(btf, XDP_GATE, BTF_FUNC_GLOBAL, proto);
}

/* Of .BTF.ext: where the function begins. */
struct func_info {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t header_size, func_offset, func_size, line_offset, line_size;
	uint32_t record_size, section, count, at, type;
};

/* ---- the file ---- */

static size_t put(uint8_t *to, size_t at, const struct part *part, Elf64_Shdr *sh)
{
	at = (at + 7) & ~(size_t)7;
	sh->sh_offset = at;
	sh->sh_size = part->size;
	memcpy(to + at, part->data, part->size);
	return at + part->size;
}

static void describe(Elf64_Shdr *sh)
{
	static const char *const names[SECTIONS] = {
		[CODE] = SECTION, [LICENSE] = "license", [BTF] = ".BTF", [BTF_EXT] = ".BTF.ext", [SYMBOLS] = ".symtab",
		[STRINGS] = ".strtab",
	};
	int i;

	for (i = 1; i < SECTIONS; i++) {
		sh[i].sh_name = string_at(names[i]);
		sh[i].sh_type = i == SYMBOLS ? SHT_SYMTAB : i == STRINGS ? SHT_STRTAB : SHT_PROGBITS;
		sh[i].sh_addralign = 8;
	}
	sh[CODE].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
	sh[LICENSE].sh_flags = SHF_ALLOC | SHF_WRITE;
	sh[SYMBOLS].sh_entsize = sizeof(Elf64_Sym);
	sh[SYMBOLS].sh_link = STRINGS;
	sh[SYMBOLS].sh_info = 1;
}

static int write_file(const struct part *parts)
{
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_REL, .e_machine = EM_BPF, .e_version = EV_CURRENT, .e_ehsize = sizeof(eh),
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = SECTIONS, .e_shstrndx = STRINGS,
	};
	Elf64_Shdr sh[SECTIONS] = { { .sh_type = SHT_NULL } };
	size_t room = sizeof(eh) + sizeof(sh) + 8 * SECTIONS, at = sizeof(eh);
	uint8_t *file;
	int i, fd;

	for (i = 1; i < SECTIONS; i++)
		room += parts[i].size;
	file = calloc(1, room);
	if (!file)
		return -ENOMEM;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	eh.e_ident[EI_DATA] = ELFDATA2MSB;
#endif
	describe(sh);
	for (i = 1; i < SECTIONS; i++)
		at = put(file, at, &parts[i], &sh[i]);
	at = (at + 7) & ~(size_t)7;
	eh.e_shoff = at;
	memcpy(file, &eh, sizeof(eh));
	memcpy(file + at, sh, sizeof(sh));
	fd = memfd_create(XDP_GATE, MFD_CLOEXEC);
	at += sizeof(sh);
	if (fd >= 0 && write(fd, file, at) != (ssize_t)at) {
		close(fd);
		fd = -1;
		errno = EIO;
	}
	free(file);
	return fd < 0 ? -errno : fd;
}

int xdp_gate_file(int map)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 2, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ .code = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const char license[] = "Dual BSD/GPL";
	Elf64_Sym symbols[] = { { .st_name = 0 }, {
		.st_name = string_at(XDP_GATE), .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = CODE,
		.st_size = sizeof(code),
	} };
	struct func_info info = {
		.magic = 0xeb9f, .version = 1, .header_size = 24, .func_size = 20, .line_offset = 20,
		.record_size = 8, .count = 1,
	};
	struct part parts[SECTIONS] = {
		[CODE] = { code, sizeof(code) }, [LICENSE] = { license, sizeof(license) },
		[BTF_EXT] = { &info, sizeof(info) }, [SYMBOLS] = { symbols, sizeof(symbols) },
		[STRINGS] = { strings, sizeof(strings) },
	};
	struct btf *btf = btf__new_empty();
	uint32_t size;
	int fd = -ENOMEM, type;

	type = btf ? add_types(btf) : -1;
	if (type > 0) {
		info.type = (uint32_t)type;
		info.section = (uint32_t)btf__add_str(btf, SECTION);
		parts[BTF].data = btf__raw_data(btf, &size);
		parts[BTF].size = size;
		fd = parts[BTF].data ? write_file(parts) : -ENOMEM;
	}
	btf__free(btf);
	return fd;
}

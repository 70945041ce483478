/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The ELF frame of an image.
 *
 * Takes the bytes of a file that nobody vouches for; gives the list of its
 * sections, all within the file. Every byte of the file is accounted for: it
 * belongs to exactly one of the ELF header, the program headers, the section
 * headers and the sections, or it is a zero between them. With the digests, no
 * byte of an image can change unnoticed. libelf is not used: it is made for
 * friendly files.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif

#define FRAME "ELF"

/* A run of bytes of the file. */
struct run {
	uint64_t start;
	uint64_t end;
	const char *what;
};

static bool range_ok(const struct mdesc_image *img, uint64_t offset, uint64_t size)
{
	return offset <= img->size && size <= img->size - offset;
}

static int check_ehdr(const struct mdesc_image *img, Elf64_Ehdr *eh, struct mdesc_error *err)
{
	static const uint8_t ident[EI_NIDENT] = {
		ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
	};
	unsigned int i;

	if (img->size < SELFMAG || memcmp(img->data, ELFMAG, SELFMAG) != 0)
		return error_at(err, img, FRAME, 0, "not an ELF file");
	if (img->size < sizeof(*eh))
		return error_at(err, img, FRAME, img->size, "the file ends within the ELF header");
	memcpy(eh, img->data, sizeof(*eh));
	for (i = 0; i < EI_NIDENT; i++)
		if (eh->e_ident[i] != ident[i])
			return error_at(err, img, FRAME, i,
					"e_ident[%u] is %u: not a little-endian ELF64 file", i,
					eh->e_ident[i]);
#define WANT(member, value)							\
	do {									\
		if (eh->member != (value))					\
			return error_at(err, img, FRAME, offsetof(Elf64_Ehdr, member), \
					#member " is %llu, not " #value,	\
					(unsigned long long)eh->member);	\
	} while (0)
	WANT(e_type, ET_EXEC);
	WANT(e_machine, EM_BPF);
	WANT(e_version, EV_CURRENT);
	WANT(e_entry, 0);
	WANT(e_flags, 0);
	WANT(e_ehsize, sizeof(Elf64_Ehdr));
	WANT(e_phentsize, sizeof(Elf64_Phdr));
	WANT(e_shentsize, sizeof(Elf64_Shdr));
#undef WANT
	return 0;
}

/* The tables that the ELF header points to are in the file. */
static int check_header_tables(struct mdesc_image *img, const Elf64_Ehdr *eh,
			       struct mdesc_error *err)
{
	if (eh->e_shnum < 2 || eh->e_shnum > IMAGE_MAX_SECTIONS)
		return error_at(err, img, FRAME, offsetof(Elf64_Ehdr, e_shnum),
				"%u section headers: not an image", eh->e_shnum);
	if (!range_ok(img, eh->e_shoff, (uint64_t)eh->e_shnum * sizeof(Elf64_Shdr)))
		return error_at(err, img, FRAME, offsetof(Elf64_Ehdr, e_shoff),
				"%u section headers at 0x%llx: the file has only %zu bytes",
				eh->e_shnum, (unsigned long long)eh->e_shoff, img->size);
	if (eh->e_phnum < 1 || eh->e_phnum > 64)
		return error_at(err, img, FRAME, offsetof(Elf64_Ehdr, e_phnum),
				"%u program headers: not an image", eh->e_phnum);
	if (!range_ok(img, eh->e_phoff, (uint64_t)eh->e_phnum * sizeof(Elf64_Phdr)))
		return error_at(err, img, FRAME, offsetof(Elf64_Ehdr, e_phoff),
				"%u program headers at 0x%llx: the file has only %zu bytes",
				eh->e_phnum, (unsigned long long)eh->e_phoff, img->size);
	if (eh->e_shstrndx == 0 || eh->e_shstrndx >= eh->e_shnum)
		return error_at(err, img, FRAME, offsetof(Elf64_Ehdr, e_shstrndx),
				"the section names are in section %u of %u", eh->e_shstrndx,
				eh->e_shnum);
	img->phdrs = img->data + eh->e_phoff;
	img->phdr_count = eh->e_phnum;
	return 0;
}

static void get_shdr(const struct mdesc_image *img, const Elf64_Ehdr *eh, unsigned int idx,
		     Elf64_Shdr *sh)
{
	memcpy(sh, img->data + eh->e_shoff + idx * sizeof(*sh), sizeof(*sh));
}

static uint64_t shdr_at(const Elf64_Ehdr *eh, unsigned int idx, size_t member)
{
	return eh->e_shoff + idx * sizeof(Elf64_Shdr) + member;
}

#define SH(idx, member) shdr_at(eh, idx, offsetof(Elf64_Shdr, member))

/* What holds for every section header, whatever its name. */
static int check_shdr(const struct mdesc_image *img, const Elf64_Ehdr *eh, unsigned int idx,
		      const Elf64_Shdr *sh, struct mdesc_error *err)
{
	bool alloc = sh->sh_flags & SHF_ALLOC;

	if (sh->sh_type == SHT_NULL || sh->sh_type == SHT_NOBITS)
		return error_at(err, img, FRAME, SH(idx, sh_type), "section %u has type %u", idx,
				sh->sh_type);
	if (!range_ok(img, sh->sh_offset, sh->sh_size))
		return error_at(err, img, FRAME, SH(idx, sh_offset),
				"section %u (0x%llx bytes at 0x%llx) passes the end of the file",
				idx, (unsigned long long)sh->sh_size,
				(unsigned long long)sh->sh_offset);
	if (sh->sh_size == 0)
		return error_at(err, img, FRAME, SH(idx, sh_size), "section %u is empty", idx);
	if (sh->sh_addr != (alloc ? sh->sh_offset : 0))
		return error_at(err, img, FRAME, SH(idx, sh_addr),
				"section %u: address 0x%llx does not belong to offset 0x%llx", idx,
				(unsigned long long)sh->sh_addr, (unsigned long long)sh->sh_offset);
	if (sh->sh_link || sh->sh_info || sh->sh_entsize)
		return error_at(err, img, FRAME, SH(idx, sh_link),
				"section %u: sh_link, sh_info and sh_entsize are not all zero", idx);
	if (sh->sh_addralign == 0 || sh->sh_addralign > 4096 ||
	    (sh->sh_addralign & (sh->sh_addralign - 1)) ||
	    (sh->sh_offset & (sh->sh_addralign - 1)))
		return error_at(err, img, FRAME, SH(idx, sh_addralign),
				"section %u: offset 0x%llx is not aligned to %llu", idx,
				(unsigned long long)sh->sh_offset,
				(unsigned long long)sh->sh_addralign);
	return 0;
}

static int set_name(struct mdesc_image *img, const Elf64_Ehdr *eh, unsigned int idx,
		    const Elf64_Shdr *sh, struct mdesc_error *err)
{
	const struct section *names = &img->sections[eh->e_shstrndx - 1];
	struct section *sec = &img->sections[idx - 1];
	size_t i;

	if (sh->sh_name >= names->size)
		return error_at(err, img, FRAME, SH(idx, sh_name),
				"section %u: name at %u of %llu bytes of names", idx, sh->sh_name,
				(unsigned long long)names->size);
	sec->name = (const char *)names->data + sh->sh_name;
	for (i = 0; sec->name[i]; i++)
		if ((unsigned char)sec->name[i] <= 0x20 || (unsigned char)sec->name[i] >= 0x7f)
			return error_at(err, img, ".shstrtab", sh->sh_name + i,
					"the name of section %u is not printable", idx);
	if (i == 0 || i > 31)
		return error_at(err, img, ".shstrtab", sh->sh_name,
				"the name of section %u has %zu characters", idx, i);
	return 0;
}

bool section_in_digest(const struct section *sec)
{
	return (sec->flags & SHF_ALLOC) && strcmp(sec->name, MDESC_SEC_NOTE) != 0 &&
	       strcmp(sec->name, MDESC_SEC_DIGEST) != 0 && strcmp(sec->name, MDESC_SEC_SIG) != 0;
}

/* The sections that no digest entry describes must be exactly as they always are. */
static int check_outside_digest(const struct mdesc_image *img, const Elf64_Ehdr *eh,
				unsigned int idx, struct mdesc_error *err)
{
	const struct section *sec = &img->sections[idx - 1];
	uint32_t type = SHT_PROGBITS;
	uint64_t flags = SHF_ALLOC;
	uint64_t align = 4;

	if (strcmp(sec->name, MDESC_SEC_NOTE) == 0) {
		type = SHT_NOTE;
	} else if (strcmp(sec->name, MDESC_SEC_DIGEST) == 0) {
		align = 8;
	} else if (strcmp(sec->name, MDESC_SEC_SIG) == 0) {
		flags = 0;
		align = 1;
	} else if (idx == eh->e_shstrndx) {
		type = SHT_STRTAB;
		flags = 0;
		align = 1;
	} else {
		if ((sec->flags & SHF_ALLOC) || (strncmp(sec->name, ".mdesc", 6) != 0 &&
						 strncmp(sec->name, ".BTF", 4) != 0))
			return 0;
		return error_at(err, img, FRAME, SH(idx, sh_flags), "section %s is not allocated",
				sec->name);
	}
	if (sec->type != type)
		return error_at(err, img, FRAME, SH(idx, sh_type), "section %s has type %u",
				sec->name, sec->type);
	if (sec->flags != flags)
		return error_at(err, img, FRAME, SH(idx, sh_flags), "section %s has flags 0x%llx",
				sec->name, (unsigned long long)sec->flags);
	if (sec->align != align)
		return error_at(err, img, FRAME, SH(idx, sh_addralign),
				"section %s is aligned to %llu, not %llu", sec->name,
				(unsigned long long)sec->align, (unsigned long long)align);
	return 0;
}

static int check_names(const struct mdesc_image *img, const Elf64_Ehdr *eh, struct mdesc_error *err)
{
	const struct section *names = &img->sections[eh->e_shstrndx - 1];
	unsigned int i, j;
	int ret;

	if (strcmp(names->name, ".shstrtab") != 0)
		return error_at(err, img, FRAME, offsetof(Elf64_Ehdr, e_shstrndx),
				"the section of names is called %s", names->name);
	for (i = 1; i < eh->e_shnum; i++) {
		const char *name = img->sections[i - 1].name;

		ret = check_outside_digest(img, eh, i, err);
		if (ret)
			return ret;
		if (strcmp(name, ".BTF.base") == 0)
			return error_at(err, img, FRAME, SH(i, sh_name),
					"there is a .BTF.base section beside a self-contained .BTF");
		for (j = 1; j < i; j++)
			if (strcmp(name, img->sections[j - 1].name) == 0)
				return error_at(err, img, FRAME, SH(i, sh_name),
						"two sections are called %s", name);
	}
	return 0;
}

static int read_sections(struct mdesc_image *img, const Elf64_Ehdr *eh, struct mdesc_error *err)
{
	static const Elf64_Shdr null;
	const struct section *names;
	unsigned int i;
	Elf64_Shdr sh;
	int ret;

	get_shdr(img, eh, 0, &sh);
	if (memcmp(&sh, &null, sizeof(sh)) != 0)
		return error_at(err, img, FRAME, SH(0, sh_name), "the first section header is not zero");
	img->section_count = eh->e_shnum - 1;
	img->sections = calloc(img->section_count, sizeof(*img->sections));
	if (!img->sections)
		return error_nomem(err, img);
	for (i = 1; i < eh->e_shnum; i++) {
		struct section *sec = &img->sections[i - 1];

		get_shdr(img, eh, i, &sh);
		ret = check_shdr(img, eh, i, &sh, err);
		if (ret)
			return ret;
		sec->type = sh.sh_type;
		sec->flags = sh.sh_flags;
		sec->offset = sh.sh_offset;
		sec->size = sh.sh_size;
		sec->align = sh.sh_addralign;
		sec->data = img->data + sh.sh_offset;
	}
	names = &img->sections[eh->e_shstrndx - 1];
	if (names->data[0] || names->data[names->size - 1])
		return error_at(err, img, FRAME, names->offset,
				"the section names do not begin and end with a zero byte");
	/* No digest covers the size: it must not take in the zero bytes that follow. */
	if (names->size > 1 && !names->data[names->size - 2])
		return error_at(err, img, ".shstrtab", names->size - 1,
				"the section names end with more than one zero byte");
	for (i = 1; i < eh->e_shnum; i++) {
		get_shdr(img, eh, i, &sh);
		ret = set_name(img, eh, i, &sh, err);
		if (ret)
			return ret;
	}
	return check_names(img, eh, err);
}

/* Where the allocated sections end, and whether a run of bytes is one section. */
static uint64_t alloc_end(const struct mdesc_image *img)
{
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < img->section_count; i++) {
		const struct section *sec = &img->sections[i];

		if ((sec->flags & SHF_ALLOC) && sec->offset + sec->size > end)
			end = sec->offset + sec->size;
	}
	return end;
}

static bool is_section(const struct mdesc_image *img, uint64_t offset, uint64_t size, bool note)
{
	size_t i;

	for (i = 0; i < img->section_count; i++)
		if (img->sections[i].offset == offset && img->sections[i].size == size &&
		    (!note || strcmp(img->sections[i].name, MDESC_SEC_NOTE) == 0))
			return true;
	return false;
}

static int check_phdrs(const struct mdesc_image *img, const Elf64_Ehdr *eh, struct mdesc_error *err)
{
	unsigned int i;

	for (i = 0; i < img->phdr_count; i++) {
		uint64_t at = eh->e_phoff + i * sizeof(Elf64_Phdr);
		Elf64_Phdr ph;
		bool good;

		memcpy(&ph, (const uint8_t *)img->phdrs + i * sizeof(ph), sizeof(ph));
		if (ph.p_vaddr != ph.p_offset || ph.p_paddr != ph.p_offset ||
		    ph.p_memsz != ph.p_filesz)
			return error_at(err, img, FRAME, at,
					"program header %u: addresses and sizes differ from the file's", i);
		if (ph.p_type == PT_LOAD)
			good = ph.p_offset == 0 && ph.p_filesz == alloc_end(img);
		else
			good = (ph.p_offset == 0 && ph.p_filesz == 0) ||
			       is_section(img, ph.p_offset, ph.p_filesz, ph.p_type == PT_NOTE);
		if (!good)
			return error_at(err, img, FRAME, at,
					"program header %u (type %u, 0x%llx bytes at 0x%llx) "
					"does not cover the sections that it should",
					i, ph.p_type, (unsigned long long)ph.p_filesz,
					(unsigned long long)ph.p_offset);
	}
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int check_gap(const struct mdesc_image *img, uint64_t from, uint64_t to, const char *after,
		     struct mdesc_error *err)
{
	for (; from < to; from++)
		if (img->data[from])
			return error_at(err, img, FRAME, from,
					"the padding after %s is not zero, or bytes belong to nothing",
					after);
	return 0;
}

/* No two parts of the file overlap, and what is between them is zero. */
static int check_coverage(const struct mdesc_image *img, const Elf64_Ehdr *eh,
			  struct mdesc_error *err)
{
	size_t count = img->section_count + 3, i;
	struct run *runs = calloc(count, sizeof(*runs));
	int ret = 0;

	if (!runs)
		return error_nomem(err, img);
	runs[0] = (struct run){ 0, sizeof(*eh), "the ELF header" };
	runs[1] = (struct run){ eh->e_phoff, eh->e_phoff + eh->e_phnum * sizeof(Elf64_Phdr),
				"the program headers" };
	runs[2] = (struct run){ eh->e_shoff, eh->e_shoff + eh->e_shnum * sizeof(Elf64_Shdr),
				"the section headers" };
	for (i = 0; i < img->section_count; i++) {
		const struct section *sec = &img->sections[i];

		runs[3 + i] = (struct run){ sec->offset, sec->offset + sec->size, sec->name };
	}
	qsort(runs, count, sizeof(*runs), by_start);
	for (i = 1; i < count && !ret; i++) {
		if (runs[i].start < runs[i - 1].end)
			ret = error_at(err, img, FRAME, runs[i].start, "%s and %s overlap",
				       runs[i - 1].what, runs[i].what);
		else
			ret = check_gap(img, runs[i - 1].end, runs[i].start, runs[i - 1].what, err);
	}
	if (!ret && runs[count - 1].end != img->size)
		ret = error_at(err, img, FRAME, runs[count - 1].end,
			       "the file goes on after %s", runs[count - 1].what);
	free(runs);
	return ret;
}

int image_read_elf(struct mdesc_image *img, struct mdesc_error *err)
{
	Elf64_Ehdr eh;
	int ret;

	ret = check_ehdr(img, &eh, err);
	if (!ret)
		ret = check_header_tables(img, &eh, err);
	if (!ret)
		ret = read_sections(img, &eh, err);
	if (!ret)
		ret = check_phdrs(img, &eh, err);
	if (!ret)
		ret = check_coverage(img, &eh, err);
	return ret;
}

const struct section *image_section(const struct mdesc_image *img, const char *name)
{
	size_t i;

	for (i = 0; i < img->section_count; i++)
		if (strcmp(img->sections[i].name, name) == 0)
			return &img->sections[i];
	return NULL;
}

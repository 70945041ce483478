/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the sections of an image, gives the bytes of the ELF file: headers,
 * sections at the offsets that they get here, and the table of sections last.
 * libelf brings the headers into the file's byte order. Its writer is not used:
 * it needs a file, and this goes from memory to memory. What the reader in
 * runtime/elf.c asks for holds: every byte belongs to a header or a section, or
 * is a zero between them.
 */
#include <string.h>

#include <libelf.h>

#include "arena.h"
#include "diag.h"
#include "image.h"
#include "out.h"

#define ALIGN_MAX 8	/* of sections and headers */

static uint64_t align_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}

/* Gives every section its offset; returns where the last one ends. */
static uint64_t lay_out(struct image *img)
{
	uint64_t at = sizeof(Elf64_Ehdr) + IMAGE_PHDRS * sizeof(Elf64_Phdr);

	for (int i = 0; i < img->n_sections; i++) {
		struct image_section *s = &img->sections[i];

		s->offset = align_up(at, s->align);
		at = s->offset + s->size;
		if (s->alloc)
			img->alloc_end = at;
	}
	return at;
}

/* Appends the section of names, and says where in it each name is. */
static void add_names(struct mdc_ctx *ctx, struct image *img, uint32_t *name)
{
	struct image_section *names = &img->sections[img->n_sections++];
	uint32_t size = 1;

	*names = (struct image_section){ .name = ".shstrtab", .type = SHT_STRTAB, .align = 1 };
	for (int i = 0; i < img->n_sections; i++) {
		name[i] = size;
		size += (uint32_t)strlen(img->sections[i].name) + 1;
	}
	names->data = arena_alloc(ctx->arena, size);
	names->size = size;
	for (int i = 0; i < img->n_sections; i++)
		strcpy((char *)names->data + name[i], img->sections[i].name);
}

static Elf64_Ehdr file_header(const struct image *img, uint64_t end)
{
	return (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_BPF,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_shoff = align_up(end, ALIGN_MAX),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = IMAGE_PHDRS,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = (uint16_t)(img->n_sections + 1),
		.e_shstrndx = (uint16_t)img->n_sections,
	};
}

static void program_headers(Elf64_Phdr *ph, const struct image *img)
{
	const struct image_section *note = &img->sections[0];

	ph[0] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_R, .p_align = IMAGE_LOAD_ALIGN,
		.p_filesz = img->alloc_end, .p_memsz = img->alloc_end,
	};
	ph[1] = (Elf64_Phdr){
		.p_type = PT_NOTE, .p_flags = PF_R, .p_align = IMAGE_NOTE_ALIGN,
		.p_offset = note->offset, .p_vaddr = note->offset, .p_paddr = note->offset,
		.p_filesz = note->size, .p_memsz = note->size,
	};
}

static Elf64_Shdr section_header(const struct image_section *s, uint32_t name)
{
	return (Elf64_Shdr){
		.sh_name = name,
		.sh_type = s->type,
		.sh_flags = s->alloc ? SHF_ALLOC : 0,
		.sh_addr = s->alloc ? s->offset : 0,
		.sh_offset = s->offset,
		.sh_size = s->size,
		.sh_addralign = s->align,
	};
}

/* Headers, which change to the file's byte order. */
static bool put_headers(struct out *out, Elf_Type type, void *headers, size_t size)
{
	Elf_Data data = { .d_buf = headers, .d_type = type, .d_version = EV_CURRENT, .d_size = size };

	if (!elf64_xlatetof(&data, &data, ELFDATA2LSB))
		return false;
	out_write(out, headers, size);
	return true;
}

/* Zeros, up to @offset of the file that begins at @start. */
static void pad_to(struct out *out, size_t start, uint64_t offset)
{
	static const char zeros[ALIGN_MAX];

	out_write(out, zeros, (size_t)(offset - (out->size - start)));
}

static bool write_elf(struct out *out, const struct image *img, const uint32_t *name, uint64_t end)
{
	Elf64_Ehdr eh = file_header(img, end);
	Elf64_Phdr ph[IMAGE_PHDRS];
	Elf64_Shdr sh[IMAGE_SECTIONS_MAX + 1] = { 0 };	/* the first is none */
	uint64_t shoff = eh.e_shoff;
	size_t start = out->size;

	program_headers(ph, img);
	out_reserve(out, shoff + sizeof(sh));
	if (!put_headers(out, ELF_T_EHDR, &eh, sizeof(eh)) || !put_headers(out, ELF_T_PHDR, ph, sizeof(ph)))
		return false;
	for (int i = 0; i < img->n_sections; i++) {
		const struct image_section *s = &img->sections[i];

		sh[i + 1] = section_header(s, name[i]);
		pad_to(out, start, s->offset);
		out_write(out, s->data, s->size);
	}
	pad_to(out, start, shoff);
	return put_headers(out, ELF_T_SHDR, sh, (size_t)(img->n_sections + 1) * sizeof(*sh));
}

int image_write(struct mdc_ctx *ctx, struct image *img, struct out *out)
{
	uint32_t name[IMAGE_SECTIONS_MAX];
	uint64_t end;

	add_names(ctx, img, name);
	end = lay_out(img);
	elf_version(EV_CURRENT);
	if (write_elf(out, img, name, end))
		return 0;
	diags_say(ctx->diags, "system", NULL, "the image cannot be made: libelf: %s", elf_errmsg(-1));
	return -1;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the sections of an image, gives the bytes of the ELF file: libelf lays
 * nothing out by itself (ELF_F_LAYOUT), so that the same sections make the same
 * bytes everywhere. It writes into memory that has a file descriptor; nothing
 * is left behind. What the reader in runtime/elf.c asks for holds: every byte
 * belongs to a header or a section, or is a zero between them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libelf.h>

#include "arena.h"
#include "diag.h"
#include "image.h"
#include "out.h"

static int fail(const struct mdc_ctx *ctx, const char *what, const char *why)
{
	diags_say(ctx->diags, "system", NULL, "the image cannot be made: %s: %s", what, why);
	return -1;
}

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

static bool set_headers(Elf *elf, const struct image *img, uint64_t end)
{
	const struct image_section *note = &img->sections[0];
	Elf64_Ehdr *eh = elf64_newehdr(elf);
	Elf64_Phdr *ph = elf64_newphdr(elf, IMAGE_PHDRS);

	if (!eh || !ph)
		return false;
	eh->e_ident[EI_DATA] = ELFDATA2LSB;
	eh->e_type = ET_EXEC;
	eh->e_machine = EM_BPF;
	eh->e_version = EV_CURRENT;
	eh->e_phoff = sizeof(*eh);
	eh->e_shoff = align_up(end, 8);
	eh->e_shstrndx = (uint16_t)img->n_sections;
	ph[0] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_R, .p_align = IMAGE_LOAD_ALIGN,
		.p_filesz = img->alloc_end, .p_memsz = img->alloc_end,
	};
	ph[1] = (Elf64_Phdr){
		.p_type = PT_NOTE, .p_flags = PF_R, .p_align = IMAGE_NOTE_ALIGN,
		.p_offset = note->offset, .p_vaddr = note->offset, .p_paddr = note->offset,
		.p_filesz = note->size, .p_memsz = note->size,
	};
	return elf_flagphdr(elf, ELF_C_SET, ELF_F_DIRTY) != 0;
}

static bool add_section(Elf *elf, const struct image_section *s, uint32_t name)
{
	Elf_Scn *scn = elf_newscn(elf);
	Elf_Data *data = scn ? elf_newdata(scn) : NULL;
	Elf64_Shdr *sh = scn ? elf64_getshdr(scn) : NULL;

	if (!data || !sh)
		return false;
	data->d_buf = s->data;
	data->d_size = s->size;
	data->d_align = s->align;
	data->d_type = ELF_T_BYTE;
	data->d_version = EV_CURRENT;
	sh->sh_name = name;
	sh->sh_type = s->type;
	sh->sh_flags = s->alloc ? SHF_ALLOC : 0;
	sh->sh_addr = s->alloc ? s->offset : 0;
	sh->sh_offset = s->offset;
	sh->sh_size = s->size;
	sh->sh_addralign = s->align;
	return true;
}

/* Writes the whole file to @fd. */
static int write_elf(const struct mdc_ctx *ctx, int fd, const struct image *img, const uint32_t *name, uint64_t end)
{
	Elf *elf;
	bool ok;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE_MMAP, NULL);	/* one mapping, not a write a piece */
	ok = elf && elf_flagelf(elf, ELF_C_SET, ELF_F_LAYOUT) && set_headers(elf, img, end);
	for (int i = 0; i < img->n_sections && ok; i++)
		ok = add_section(elf, &img->sections[i], name[i]);
	ok = ok && elf_update(elf, ELF_C_WRITE_MMAP) >= 0;
	if (!ok)
		fail(ctx, "libelf", elf_errmsg(-1));
	elf_end(elf);
	return ok ? 0 : -1;
}

static int read_back(const struct mdc_ctx *ctx, int fd, struct out *out)
{
	char buf[65536];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, buf, sizeof(buf), at)) > 0) {
		out_write(out, buf, (size_t)n);
		at += n;
	}
	return n < 0 ? fail(ctx, "memory file", strerror(errno)) : 0;
}

int image_write(struct mdc_ctx *ctx, struct image *img, struct out *out)
{
	uint32_t name[IMAGE_SECTIONS_MAX];
	uint64_t end;
	int fd, ret;

	add_names(ctx, img, name);
	end = lay_out(img);
	fd = memfd_create("mdescc", MFD_CLOEXEC);
	if (fd < 0)
		return fail(ctx, "memfd_create", strerror(errno));
	ret = write_elf(ctx, fd, img, name, end);
	if (!ret)
		ret = read_back(ctx, fd, out);
	close(fd);
	return ret;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The image while it is made: its sections in the order of the file, which
 * emit_image.c fills, image_digest.c seals and elf_write.c puts into an ELF file.
 */
#ifndef MDESCC_IMAGE_H
#define MDESCC_IMAGE_H

#include <elf.h>
#include <mdesc/format.h>
#include "mdescc.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif

struct image_section {
	const char *name;
	void *data;		/* never NULL: no section is empty */
	uint64_t size;
	uint64_t offset;	/* of the file; set by image_layout() */
	uint32_t type;		/* SHT_* */
	uint32_t align;
	bool alloc;
};

#define IMAGE_SECTIONS_MAX 40

struct image {
	struct image_section sections[IMAGE_SECTIONS_MAX];	/* .shstrtab is not among them */
	int n_sections;
	uint64_t alloc_end;	/* where the last allocated section ends */
};

/* The program headers, in order: type, alignment. Both are only readable. */
#define IMAGE_PHDRS 2
#define IMAGE_LOAD_ALIGN 8
#define IMAGE_NOTE_ALIGN 4

/* image_digest.c */
void image_add_note(struct mdc_ctx *ctx, struct image *img);	/* comes first */
int image_add_digest(struct mdc_ctx *ctx, struct image *img);	/* comes last, and seals; 0 or -1 */

/*
 * image_order.c: from the order of the machine to little-endian, in place, once.
 * -1 with a message on standard error for a section that it does not know.
 */
int image_order_section(struct image_section *s);
void image_order_elf(struct mdesc_fmt_elf *elf);
void image_order_phdr(struct mdesc_fmt_elf_phdr *ph);
void image_order_shdr(struct mdesc_fmt_elf_shdr *sh);
void image_order_note(Elf64_Nhdr *n);

/* image_header.c */
struct mdc_instance;
struct mdesc_fmt_header image_header(const struct mdc_instance *inst);

/* elf_write.c: 0, or -1 with a message on standard error. */
int image_write(struct mdc_ctx *ctx, struct image *img, struct out *out);

#endif

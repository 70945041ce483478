/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Puts a signature into an image.
 *
 * Takes an opened image and the bytes of .mdesc.sig; gives a file in which all
 * allocated sections, the headers of these and the program headers are what and
 * where they were, so that digest and build id stay. Behind them come the
 * sections that are not allocated, the signature among them, new names and new
 * section headers; what is between is zero, as a reader wants it.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"

#define NAMES ".shstrtab"

/* The file to be: the old sections in their order without a signature, then the new one. */
struct layout {
	const struct mdesc_image *img;
	Elf64_Ehdr eh;
	Elf64_Shdr *headers;		/* the null one first */
	const void **contents;
	unsigned int n;
	char *names;
	size_t names_size;
	uint64_t end;
};

static uint64_t align_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

static void add_name(struct layout *l, Elf64_Shdr *sh, const char *name)
{
	size_t size = strlen(name) + 1;

	sh->sh_name = l->names_size;
	memcpy(l->names + l->names_size, name, size);
	l->names_size += size;
}

static void add_section(struct layout *l, const struct section *sec)
{
	Elf64_Shdr *sh = &l->headers[l->n];

	sh->sh_type = sec->type;
	sh->sh_flags = sec->flags;
	sh->sh_size = sec->size;
	sh->sh_addralign = sec->align;
	if (sec->flags & SHF_ALLOC) {
		sh->sh_addr = sh->sh_offset = sec->offset;
		if (sec->offset + sec->size > l->end)
			l->end = sec->offset + sec->size;
	}
	add_name(l, sh, sec->name);
	l->contents[l->n] = sec->data;
	if (strcmp(sec->name, NAMES) == 0)
		l->eh.e_shstrndx = l->n;
	l->n++;
}

static void add_sections(struct layout *l, const void *sig, size_t sig_size)
{
	const struct mdesc_image *img = l->img;
	struct section added = {
		.name = MDESC_SEC_SIG, .type = SHT_PROGBITS, .size = sig_size, .align = 1, .data = sig,
	};
	size_t i;

	for (i = 0; i < img->section_count; i++)
		if (strcmp(img->sections[i].name, MDESC_SEC_SIG) != 0)
			add_section(l, &img->sections[i]);
	add_section(l, &added);
}

/* Program headers stay where they are, and may be behind the sections. */
static void place_sections(struct layout *l)
{
	uint64_t phdrs_end = l->eh.e_phoff + l->eh.e_phnum * sizeof(Elf64_Phdr);
	unsigned int i;

	l->contents[l->eh.e_shstrndx] = l->names;
	l->headers[l->eh.e_shstrndx].sh_size = l->names_size;
	if (phdrs_end > l->end)
		l->end = phdrs_end;
	for (i = 1; i < l->n; i++) {
		Elf64_Shdr *sh = &l->headers[i];

		if (sh->sh_flags & SHF_ALLOC)
			continue;
		sh->sh_offset = align_up(l->end, sh->sh_addralign);
		l->end = sh->sh_offset + sh->sh_size;
	}
	l->eh.e_shoff = align_up(l->end, 8);
	l->eh.e_shnum = l->n;
	l->end = l->eh.e_shoff + l->n * sizeof(Elf64_Shdr);
}

static void *write_out(const struct layout *l)
{
	uint8_t *out = calloc(1, l->end);
	unsigned int i;

	if (!out)
		return NULL;
	memcpy(out, &l->eh, sizeof(l->eh));
	memcpy(out + l->eh.e_phoff, l->img->phdrs, l->eh.e_phnum * sizeof(Elf64_Phdr));
	for (i = 1; i < l->n; i++)
		memcpy(out + l->headers[i].sh_offset, l->contents[i], l->headers[i].sh_size);
	memcpy(out + l->eh.e_shoff, l->headers, l->n * sizeof(*l->headers));
	return out;
}

/* What was made is an image, and the same one. */
static int check_result(const struct mdesc_image *img, const void *data, size_t size, struct mdesc_error *err)
{
	MDESC_OPTS(mdesc_image_open_opts, opts, .name = img->name, .borrow = true,
		   .build_id = img->build_id, .build_id_size = MDESC_FMT_BUILD_ID);
	struct mdesc_image *made = mdesc_image__open_mem(data, size, &opts, err);

	if (!made)
		return -errno;
	mdesc_image__close(made);
	return 0;
}

int image_attach(const struct mdesc_image *img, const void *sig, size_t sig_size, void **data,
		 size_t *size, struct mdesc_error *err)
{
	struct layout l = { .img = img, .n = 1, .names_size = 1 };
	int ret = -ENOMEM;

	l.headers = calloc(img->section_count + 2, sizeof(*l.headers));
	l.contents = calloc(img->section_count + 2, sizeof(*l.contents));
	l.names = calloc(img->section_count + 1, 32);	/* of sections: 31 characters at most */
	*data = NULL;
	if (l.headers && l.contents && l.names) {
		memcpy(&l.eh, img->data, sizeof(l.eh));
		add_sections(&l, sig, sig_size);
		place_sections(&l);
		*data = write_out(&l);
		*size = l.end;
	}
	if (*data)
		ret = check_result(img, *data, *size, err);
	else
		error_nomem(err, img);
	if (ret) {
		free(*data);
		*data = NULL;
	}
	free(l.headers);
	free(l.contents);
	free(l.names);
	return ret;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The image's identity: takes the sections, gives the digest table (names and
 * SHA-256 of every section with content, and of the essentials of the ELF file)
 * and the build id, which is the start of that table's SHA-256. So the image is
 * named by its content alone, and a table that was fetched on its own proves
 * what the build id stands for.
 */
#include <string.h>

#include <mdesc/format.h>
#include <nettle/sha2.h>

#include "arena.h"
#include "image.h"

struct note {
	Elf64_Nhdr hdr;
	char name[4];
	uint8_t id[MDESC_FMT_BUILD_ID];
};

void image_add_note(struct mdc_ctx *ctx, struct image *img)
{
	struct note *n = arena_new_of(ctx->arena, struct note);

	n->hdr = (Elf64_Nhdr){ sizeof(n->name), sizeof(n->id), NT_GNU_BUILD_ID };
	image_order_note(&n->hdr);
	memcpy(n->name, "GNU", sizeof(n->name));
	img->sections[img->n_sections++] = (struct image_section){
		.name = MDESC_SEC_NOTE, .data = n, .size = sizeof(*n), .type = SHT_NOTE,
		.align = IMAGE_NOTE_ALIGN, .alloc = true,
	};
}

static void sha256(uint8_t out[SHA256_DIGEST_SIZE], const void *data, size_t size)
{
	struct sha256_ctx h;

	sha256_init(&h);
	sha256_update(&h, size, data);
	sha256_digest(&h, SHA256_DIGEST_SIZE, out);
}

/* All but the note has an entry; the digest itself is not there yet. */
static bool in_digest(const struct image_section *s)
{
	return s->alloc && s->type != SHT_NOTE;
}

/* What of the ELF file's headers means something, as format.h lists it. */
static void sha256_elf(uint8_t out[SHA256_DIGEST_SIZE], const struct image *img)
{
	struct mdesc_fmt_elf elf = {
		.ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.type = ET_EXEC, .machine = EM_BPF, .version = EV_CURRENT, .phnum = IMAGE_PHDRS,
	};
	struct mdesc_fmt_elf_phdr phdrs[IMAGE_PHDRS] = {
		{ PT_LOAD, PF_R, IMAGE_LOAD_ALIGN },
		{ PT_NOTE, PF_R, IMAGE_NOTE_ALIGN },
	};
	struct sha256_ctx h;

	image_order_elf(&elf);
	for (int i = 0; i < IMAGE_PHDRS; i++)
		image_order_phdr(&phdrs[i]);
	sha256_init(&h);
	sha256_update(&h, sizeof(elf), (const void *)&elf);
	sha256_update(&h, sizeof(phdrs), (const void *)phdrs);
	for (int i = 0; i < img->n_sections; i++) {
		const struct image_section *s = &img->sections[i];
		struct mdesc_fmt_elf_shdr sh = {
			.type = s->type, .flags = SHF_ALLOC, .size = s->size, .addralign = s->align,
		};

		if (!in_digest(s))
			continue;
		memcpy(sh.name, s->name, strlen(s->name));
		image_order_shdr(&sh);
		sha256_update(&h, sizeof(sh), (const void *)&sh);
	}
	sha256_digest(&h, SHA256_DIGEST_SIZE, out);
}

int image_add_digest(struct mdc_ctx *ctx, struct image *img)
{
	struct mdesc_fmt_table *table = arena_alloc(ctx->arena, sizeof(*table) + (IMAGE_SECTIONS_MAX + 1) *
						    sizeof(struct mdesc_fmt_digest));
	struct mdesc_fmt_digest *d = (void *)(table + 1);
	struct image_section *seal;
	uint8_t hash[SHA256_DIGEST_SIZE];
	uint64_t size;

	strcpy(d->name, MDESC_DIGEST_ELF);
	sha256_elf(d->sha256, img);
	d++;
	for (int i = 0; i < img->n_sections; i++) {
		struct image_section *s = &img->sections[i];

		if (!in_digest(s))
			continue;
		if (image_order_section(s))
			return -1;
		memcpy(d->name, s->name, strlen(s->name));
		sha256(d->sha256, s->data, s->size);
		d++;
	}
	table->count = (uint32_t)(d - (struct mdesc_fmt_digest *)(table + 1));
	table->entry_size = sizeof(*d);
	size = sizeof(*table) + table->count * sizeof(*d);
	seal = &img->sections[img->n_sections++];
	*seal = (struct image_section){
		.name = MDESC_SEC_DIGEST, .data = table, .size = size, .type = SHT_PROGBITS,
		.align = 8, .alloc = true,
	};
	if (image_order_section(seal))
		return -1;
	sha256(hash, table, size);
	memcpy(((struct note *)img->sections[0].data)->id, hash, MDESC_FMT_BUILD_ID);
	return 0;
}

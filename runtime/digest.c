/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The digest of an image.
 *
 * Takes an image whose frame and tables were read; checks that the digest table
 * has an entry for exactly the sections that it must have, in their order, that
 * each content has the SHA-256 of its entry, and that the build id is that of
 * the table. It proves that nothing was damaged, not where an image comes from.
 */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nettle/sha2.h>

#include "image.h"

static void sha256_of(const void *data, size_t size, uint8_t *out)
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, size, data);
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, out);
}

static void hash_ehdr(const struct mdesc_image *img, struct sha256_ctx *ctx)
{
	struct mdesc_fmt_elf elf = { .phnum = img->phdr_count };
	Elf64_Ehdr eh;

	memcpy(&eh, img->data, sizeof(eh));
	memcpy(elf.ident, eh.e_ident, sizeof(elf.ident));
	elf.type = eh.e_type;
	elf.machine = eh.e_machine;
	elf.version = eh.e_version;
	elf.entry = eh.e_entry;
	elf.flags = eh.e_flags;
	sha256_update(ctx, sizeof(elf), (const uint8_t *)&elf);
}

static void hash_phdr(const struct mdesc_image *img, uint32_t idx, struct sha256_ctx *ctx)
{
	struct mdesc_fmt_elf_phdr out;
	Elf64_Phdr ph;

	memcpy(&ph, (const uint8_t *)img->phdrs + idx * sizeof(ph), sizeof(ph));
	memset(&out, 0, sizeof(out));
	out.type = ph.p_type;
	out.flags = ph.p_flags;
	out.align = ph.p_align;
	sha256_update(ctx, sizeof(out), (const uint8_t *)&out);
}

static void hash_shdr(const struct section *sec, struct sha256_ctx *ctx)
{
	struct mdesc_fmt_elf_shdr out;

	memset(&out, 0, sizeof(out));
	snprintf(out.name, sizeof(out.name), "%s", sec->name);
	out.type = sec->type;
	out.flags = sec->flags;
	out.size = sec->size;
	out.addralign = sec->align;
	sha256_update(ctx, sizeof(out), (const uint8_t *)&out);
}

static void hash_frame(const struct mdesc_image *img, uint8_t *out)
{
	struct sha256_ctx ctx;
	size_t i;

	sha256_init(&ctx);
	hash_ehdr(img, &ctx);
	for (i = 0; i < img->phdr_count; i++)
		hash_phdr(img, i, &ctx);
	for (i = 0; i < img->section_count; i++)
		if (section_in_digest(&img->sections[i]))
			hash_shdr(&img->sections[i], &ctx);
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, out);
}

static bool name_is(const struct mdesc_fmt_digest *entry, const char *name)
{
	char want[sizeof(entry->name)];

	memset(want, 0, sizeof(want));
	snprintf(want, sizeof(want), "%s", name);
	return memcmp(entry->name, want, sizeof(want)) == 0;
}

/* Entry @idx must be for @name and say @sha; @sec is NULL for the frame. */
static int check_entry(const struct mdesc_image *img, uint32_t idx, const char *name,
		       const struct section *sec, const uint8_t *sha, struct mdesc_error *err)
{
	const struct mdesc_fmt_digest *entry;

	if (idx >= image_count(img, TABLE_DIGEST))
		return error_at(err, img, MDESC_SEC_DIGEST, table_offset(img, TABLE_DIGEST, idx),
				"section %s has no digest", name);
	entry = &image_digests(img)[idx];
	if (!name_is(entry, name))
		return bad_entry(img, err, TABLE_DIGEST, idx, 0,
				 "entry %u should be that of %s", idx, name);
	if (memcmp(entry->sha256, sha, SHA256_DIGEST_SIZE) == 0)
		return 0;
	if (!sec)
		return error_at(err, img, name, 0,
				"the ELF and section headers do not have the digest that is recorded");
	return error_at(err, img, name, 0,
			"the content (%llu bytes at 0x%llx) does not have the digest that is recorded",
			(unsigned long long)sec->size, (unsigned long long)sec->offset);
}

/*
 * Contents first, then the frame, then the build id: the error is to name what
 * is damaged as exactly as it can.
 */
int image_check_digest(const struct mdesc_image *img, struct mdesc_error *err)
{
	const struct section *table = img->tables[TABLE_DIGEST].section;
	uint8_t sha[SHA256_DIGEST_SIZE];
	uint32_t idx = 1;
	size_t i;
	int ret;

	for (i = 0; i < img->section_count; i++) {
		const struct section *sec = &img->sections[i];

		if (!section_in_digest(sec))
			continue;
		sha256_of(sec->data, sec->size, sha);
		ret = check_entry(img, idx++, sec->name, sec, sha, err);
		if (ret)
			return ret;
	}
	hash_frame(img, sha);
	ret = check_entry(img, 0, MDESC_DIGEST_ELF, NULL, sha, err);
	if (ret)
		return ret;
	if (idx != image_count(img, TABLE_DIGEST))
		return bad_entry(img, err, TABLE_DIGEST, idx, 0, "entry %u is for no section", idx);
	sha256_of(table->data, table->size, sha);
	if (memcmp(sha, img->build_id, MDESC_FMT_BUILD_ID) != 0)
		return error_at(err, img, MDESC_SEC_NOTE, img->build_id - image_section(img, MDESC_SEC_NOTE)->data,
				"the build id is not that of the digest table");
	return 0;
}

/* ---- a digest table that came without the rest of its image ---- */

static const char *part_entries(const void *table, size_t size, uint32_t *count, uint32_t *entry_size)
{
	struct mdesc_fmt_table head;

	if (size < sizeof(head))
		return NULL;
	memcpy(&head, table, sizeof(head));
	*count = head.count;
	*entry_size = head.entry_size;
	if (head.entry_size < sizeof(struct mdesc_fmt_digest) || head.entry_size > 4096 ||
	    (size - sizeof(head)) / head.entry_size < head.count)
		return NULL;
	return (const char *)table + sizeof(head);
}

int digest_is_of(const char *name, const void *table, size_t size, const uint8_t *build_id, struct mdesc_error *err)
{
	uint8_t sha[SHA256_DIGEST_SIZE];

	sha256_of(table, size, sha);
	if (memcmp(sha, build_id, MDESC_FMT_BUILD_ID) == 0)
		return 0;
	return error_set(err, EKEYREJECTED, MDESC_CLASS_CORRUPT,
			 "%.200s: " MDESC_SEC_DIGEST " is not that of this build id", name);
}

int digest_has(const char *name, const void *table, size_t size, const char *section, const void *data,
	       size_t data_size, struct mdesc_error *err)
{
	uint32_t count = 0, entry_size = 0, i;
	const char *entries = part_entries(table, size, &count, &entry_size);
	uint8_t sha[SHA256_DIGEST_SIZE];
	struct mdesc_fmt_digest entry;

	sha256_of(data, data_size, sha);
	for (i = 0; entries && i < count; i++) {
		memcpy(&entry, entries + (size_t)i * entry_size, sizeof(entry));
		if (name_is(&entry, section) && memcmp(entry.sha256, sha, sizeof(sha)) == 0)
			return 0;
	}
	return error_set(err, EKEYREJECTED, MDESC_CLASS_CORRUPT,
			 "%.200s: %s (%zu bytes) does not have the digest that " MDESC_SEC_DIGEST " records", name,
			 section, data_size);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The sections of an image as typed tables.
 *
 * Takes the sections that elf.c found; gives header, strings and, for every
 * table, an array of this version's struct. An entry that is longer on disk (of
 * a newer minor version) is cut, one that is shorter is filled up with zeros. A
 * table that is not there is an empty one. What the entries mean is looked into
 * later, by validate*.c.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

/* min: bytes of an entry in the format that first had the table: no image has less of. */
static const struct table_kind {
	const char *section;
	uint32_t size;
	uint32_t min;
	uint32_t align;
	uint32_t max_count;
} table_kinds[TABLE_COUNT] = {
#define KIND(id, sec, type, min, max)						\
	[id] = { sec, sizeof(struct type), min, _Alignof(struct type), max }
	KIND(TABLE_IDENT, MDESC_SEC_IDENT, mdesc_fmt_ident, 16, 65536),
	KIND(TABLE_TARGET, MDESC_SEC_TARGET, mdesc_fmt_target, 44, 1),
	KIND(TABLE_HEADERS, MDESC_SEC_HEADERS, mdesc_fmt_header, 32, IMAGE_MAX_HEADERS),
	KIND(TABLE_REGISTERS, MDESC_SEC_REGISTERS, mdesc_fmt_register, 12, 65535),
	KIND(TABLE_STATES, MDESC_SEC_STATES, mdesc_fmt_state, 24, IMAGE_MAX_STATES),
	KIND(TABLE_KEYS, MDESC_SEC_KEYS, mdesc_fmt_keys, 36, 65535),
	KIND(TABLE_ROWS, MDESC_SEC_ROWS, mdesc_fmt_row, 60, IMAGE_MAX_ROWS),
	KIND(TABLE_CLASSES, MDESC_SEC_CLASSES, mdesc_fmt_class, 40, 65535),
	KIND(TABLE_CLASS_ROWS, MDESC_SEC_CLASS_ROWS, mdesc_fmt_class_row, 40, IMAGE_MAX_CLASS_ROWS),
	KIND(TABLE_OPS, MDESC_SEC_OPS, mdesc_fmt_op, 24, 1u << 24),
	KIND(TABLE_SOURCES, MDESC_SEC_SOURCES, mdesc_fmt_source, 16, 65535),
	KIND(TABLE_LAYOUTS, MDESC_SEC_LAYOUTS, mdesc_fmt_layout, 48, 65535),
	KIND(TABLE_FIELDS, MDESC_SEC_FIELDS, mdesc_fmt_field, 40, 1u << 24),
	KIND(TABLE_CONDS, MDESC_SEC_CONDS, mdesc_fmt_cond, 20, 1u << 24),
	KIND(TABLE_RANGES, MDESC_SEC_RANGES, mdesc_fmt_range, 16, 1u << 24),
	KIND(TABLE_VALUES, MDESC_SEC_VALUES, mdesc_fmt_value, 44, 1u << 24),
	KIND(TABLE_CONFIG, MDESC_SEC_CONFIG, mdesc_fmt_config, 20, 32),
	KIND(TABLE_EXPRS, MDESC_SEC_EXPRS, mdesc_fmt_expr, 16, 1u << 24),
	KIND(TABLE_RAW, MDESC_SEC_RAW, mdesc_fmt_raw, 68, 65535),
	KIND(TABLE_RAW_PARTS, MDESC_SEC_RAW_PARTS, mdesc_fmt_raw_part, 20, 1u << 20),
	KIND(TABLE_RAW_FIELDS, MDESC_SEC_RAW_FIELDS, mdesc_fmt_raw_field, 40, 1u << 20),
	KIND(TABLE_RAW_PIECES, MDESC_SEC_RAW_PIECES, mdesc_fmt_raw_piece, 4, 1u << 24),
	KIND(TABLE_RAW_ROWS, MDESC_SEC_RAW_ROWS, mdesc_fmt_raw_row, 12, 1u << 24),
	KIND(TABLE_RAW_STARTS, MDESC_SEC_RAW_STARTS, mdesc_fmt_raw_start, 16, 1u << 20),
	KIND(TABLE_RAW_BYTES, MDESC_SEC_RAW_BYTES, mdesc_fmt_raw_bytes, 4, 1u << 28),
	KIND(TABLE_RAW_REGS, MDESC_SEC_RAW_REGS, mdesc_fmt_raw_reg, 12, 4096),
	KIND(TABLE_RAW_OPS, MDESC_SEC_RAW_OPS, mdesc_fmt_raw_op, 16, 1u << 20),
	KIND(TABLE_TEXT, MDESC_SEC_TEXT, mdesc_fmt_token, 4, 1u << 24),
	KIND(TABLE_DIGEST, MDESC_SEC_DIGEST, mdesc_fmt_digest, 64, IMAGE_MAX_SECTIONS),
#undef KIND
};

const char *table_name(enum table_id id)
{
	return table_kinds[id].section;
}

uint64_t table_offset(const struct mdesc_image *img, enum table_id id, uint32_t entry)
{
	return sizeof(struct mdesc_fmt_table) + (uint64_t)entry * img->tables[id].entry_size;
}

/* Read the two words in front of the entries; the entries fill the section. */
static int check_table(const struct mdesc_image *img, const struct table_kind *kind,
		       struct section *sec, struct table *table, struct mdesc_error *err)
{
	struct mdesc_fmt_table head;

	if (sec->size < sizeof(head))
		return error_at(err, img, sec->name, 0, "%llu bytes: too few for a table",
				(unsigned long long)sec->size);
	memcpy(&head, sec->data, sizeof(head));
	if (head.entry_size < kind->min || head.entry_size > 65536 || head.entry_size % 4)
		return error_at(err, img, sec->name, offsetof(struct mdesc_fmt_table, entry_size),
				"entries of %u bytes: not a multiple of 4 from %u to 65536",
				head.entry_size, kind->min);
	if (head.count > kind->max_count)
		return error_at(err, img, sec->name, offsetof(struct mdesc_fmt_table, count),
				"%u entries: more than %u", head.count, kind->max_count);
	if (sizeof(head) + (uint64_t)head.count * head.entry_size != sec->size)
		return error_at(err, img, sec->name, 0,
				"%u entries of %u bytes do not make a section of %llu bytes",
				head.count, head.entry_size, (unsigned long long)sec->size);
	sec->is_table = true;
	sec->entries = head.count;
	sec->entry_size = head.entry_size;
	table->section = sec;
	table->count = head.count;
	table->entry_size = head.entry_size;
	return 0;
}

static int read_table(struct mdesc_image *img, enum table_id id, struct section *sec,
		      struct mdesc_error *err)
{
	const struct table_kind *kind = &table_kinds[id];
	struct table *table = &img->tables[id];
	size_t bytes;
	uint32_t i;
	int ret;

	ret = check_table(img, kind, sec, table, err);
	if (ret || table->count == 0)
		return ret;
	table->entries = sec->data + sizeof(struct mdesc_fmt_table);
	if (table->entry_size == kind->size && (uintptr_t)table->entries % kind->align == 0)
		return 0;

	table->copy = calloc(table->count, kind->size);
	if (!table->copy)
		return error_nomem(err, img);
	bytes = table->entry_size < kind->size ? table->entry_size : kind->size;
	for (i = 0; i < table->count; i++)
		memcpy((char *)table->copy + (size_t)i * kind->size,
		       (const char *)table->entries + (size_t)i * table->entry_size, bytes);
	table->entries = table->copy;
	return 0;
}

static int need_section(const struct mdesc_image *img, const char *name, struct mdesc_error *err)
{
	if (image_section(img, name))
		return 0;
	return error_at(err, img, "ELF", 0, "there is no section %s: not an mdesc image", name);
}

static int read_hdr(struct mdesc_image *img, struct mdesc_error *err)
{
	const struct section *sec = image_section(img, MDESC_SEC_HDR);
	struct mdesc_fmt_hdr *hdr = &img->hdr;

#define AT(member) MDESC_SEC_HDR, offsetof(struct mdesc_fmt_hdr, member)
	if (sec->size < sizeof(*hdr))
		return error_at(err, img, MDESC_SEC_HDR, sec->size, "the header has only %llu bytes",
				(unsigned long long)sec->size);
	memcpy(hdr, sec->data, sizeof(*hdr));
	if (memcmp(hdr->magic, MDESC_FMT_MAGIC, 4) != 0)
		return error_at(err, img, AT(magic), "the magic is not " MDESC_FMT_MAGIC);
	if (hdr->major > MDESC_FMT_MAJOR)
		return error_newer(err, img, AT(major),
				   "format %u.%u is newer than %u.%u: a newer libmdesc is needed",
				   hdr->major, hdr->minor, MDESC_FMT_MAJOR, MDESC_FMT_MINOR);
	if (hdr->incompat_read & ~MDESC_FMT_READ_KNOWN)
		return error_newer(err, img, AT(incompat_read),
				   "features 0x%x are unknown: a newer libmdesc is needed",
				   hdr->incompat_read & ~MDESC_FMT_READ_KNOWN);
	if (hdr->minor < 1)
		return error_at(err, img, AT(minor), "there is no format %u.%u", hdr->major, hdr->minor);
	if (hdr->reserved)
		return error_at(err, img, AT(reserved), "reserved bytes are not zero");
	if (!image_is_newer(img) && sec->size != sizeof(*hdr))
		return error_at(err, img, MDESC_SEC_HDR, sizeof(*hdr),
				"the header has %llu bytes, not %zu",
				(unsigned long long)sec->size, sizeof(*hdr));
#undef AT
	return 0;
}

/* Length of the UTF-8 sequence at @p, or 0; overlong and surrogate ones are none. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 :
		   p[0] < 0xf5 ? 4 : 0;
	size_t i;

	if (n == 0 || n > left)
		return 0;
	for (i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	/* C1 control characters: terminals obey them. */
	if (p[0] == 0xc2 && p[1] < 0xa0)
		return 0;
	return n;
}

/* UTF-8 text, NULs among it, without control characters but newline and tab. */
bool text_is_clean(const char *text, size_t size, size_t *where)
{
	size_t i = 0, n;

	while (i < size) {
		unsigned char c = text[i];

		n = utf8_len((const unsigned char *)text + i, size - i);
		if (n == 0 || (c < 0x20 && c != 0 && c != '\n' && c != '\t') || c == 0x7f) {
			*where = i;
			return false;
		}
		i += n;
	}
	return true;
}

static int read_strings(struct mdesc_image *img, struct mdesc_error *err)
{
	const struct section *sec = image_section(img, MDESC_SEC_STRINGS);
	size_t where;

	img->strings = (const char *)sec->data;
	img->strings_size = sec->size;
	if (img->strings[0])
		return error_at(err, img, sec->name, 0, "the first byte is not zero");
	if (img->strings[sec->size - 1])
		return error_at(err, img, sec->name, sec->size - 1, "the last byte is not zero");
	if (!text_is_clean(img->strings, sec->size, &where))
		return error_at(err, img, sec->name, where, "not UTF-8 text, or a control character");
	return 0;
}

static int read_note(struct mdesc_image *img, struct mdesc_error *err)
{
	const struct section *sec = image_section(img, MDESC_SEC_NOTE);
	static const struct {
		Elf64_Nhdr hdr;
		char name[4];
	} want = { { 4, MDESC_FMT_BUILD_ID, NT_GNU_BUILD_ID }, "GNU" };
	unsigned int i;

	if (sec->size != sizeof(want) + MDESC_FMT_BUILD_ID)
		return error_at(err, img, sec->name, 0, "%llu bytes, not %zu",
				(unsigned long long)sec->size, sizeof(want) + MDESC_FMT_BUILD_ID);
	if (memcmp(sec->data, &want, sizeof(want)) != 0)
		return error_at(err, img, sec->name, 0, "not a GNU build id of %u bytes",
				MDESC_FMT_BUILD_ID);
	img->build_id = sec->data + sizeof(want);
	for (i = 0; i < MDESC_FMT_BUILD_ID; i++) {
		img->build_id_hex[2 * i] = "0123456789abcdef"[img->build_id[i] >> 4];
		img->build_id_hex[2 * i + 1] = "0123456789abcdef"[img->build_id[i] & 15];
	}
	return 0;
}

int image_read_tables(struct mdesc_image *img, struct mdesc_error *err)
{
	static const char *const needed[] = {
		MDESC_SEC_NOTE, MDESC_SEC_HDR, MDESC_SEC_STRINGS, MDESC_SEC_BTF, MDESC_SEC_DIGEST,
	};
	unsigned int i;
	int ret;

	ret = need_section(img, MDESC_SEC_HDR, err);
	if (!ret)
		ret = read_hdr(img, err);
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]) && !ret; i++)
		ret = need_section(img, needed[i], err);
	if (!ret)
		ret = read_note(img, err);
	if (!ret)
		ret = read_strings(img, err);
	if (ret)
		return ret;
	img->btf_section = image_section(img, MDESC_SEC_BTF);
	for (i = 0; i < TABLE_COUNT && !ret; i++) {
		struct section *sec = (struct section *)image_section(img, table_kinds[i].section);

		if (sec)
			ret = read_table(img, i, sec, err);
	}
	return ret;
}

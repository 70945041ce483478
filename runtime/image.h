/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The opened image, for the library's own files. Everything in here was checked
 * by validate*.c before the image is given out; nothing changes afterwards.
 *
 *   data: | ELF header | program headers | note | .mdesc.* | .BTF | ... |
 *            sections[] name them, tables[] are the entries of each .mdesc.*
 *            table as an array of this version's struct (borrowed from data
 *            where size and alignment allow, else copied)
 */
#ifndef MDESC_RUNTIME_IMAGE_H
#define MDESC_RUNTIME_IMAGE_H

#include <mdesc/mdesc.h>

#include "names.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "libmdesc reads little-endian tables in place: it needs a little-endian host"
#endif

/* Limits of what this version opens: far above any device, so that time and memory stay bounded. */
#define IMAGE_MAX_BYTES		(64u << 20)
#define IMAGE_MAX_SECTIONS	1024
#define IMAGE_MAX_STATES	65535u
#define IMAGE_MAX_ROWS		(1u << 20)
#define IMAGE_MAX_STEPS		65535u
#define IMAGE_MAX_ROW_OPS	1024u
#define IMAGE_MAX_RULE_OPS	65536u
#define IMAGE_MAX_CLASS_ROWS	65536u		/* of all classifications: all are compared for a packet */
#define IMAGE_MAX_HEADERS	65534u
#define IMAGE_MAX_ELEMENTS	65536u		/* recorded headers, stacks unfolded */
#define IMAGE_MAX_STRUCT_BYTES	(1u << 20)
#define IMAGE_MAX_STACK		512u		/* numbers of an expression at a time */

enum table_id {
	TABLE_IDENT,
	TABLE_TARGET,
	TABLE_HEADERS,
	TABLE_REGISTERS,
	TABLE_STATES,
	TABLE_KEYS,
	TABLE_ROWS,
	TABLE_CLASSES,
	TABLE_CLASS_ROWS,
	TABLE_OPS,
	TABLE_SOURCES,
	TABLE_LAYOUTS,
	TABLE_FIELDS,
	TABLE_CONDS,
	TABLE_RANGES,
	TABLE_VALUES,
	TABLE_EXPRS,
	TABLE_CONFIG,
	TABLE_RAW,
	TABLE_RAW_PARTS,
	TABLE_RAW_FIELDS,
	TABLE_RAW_PIECES,
	TABLE_RAW_ROWS,
	TABLE_RAW_STARTS,
	TABLE_RAW_BYTES,
	TABLE_RAW_REGS,
	TABLE_RAW_OPS,
	TABLE_TEXT,
	TABLE_DIGEST,
	TABLE_COUNT
};

struct section {
	const char *name;
	uint32_t type;
	uint64_t flags;
	uint64_t offset;
	uint64_t size;
	uint64_t align;
	const uint8_t *data;
	bool is_table;
	uint32_t entries;
	uint32_t entry_size;
};

struct table {
	const struct section *section;	/* NULL: absent, count is 0 */
	const void *entries;		/* count of this version's struct */
	void *copy;			/* @entries where it had to be copied, else NULL */
	uint32_t count;
	uint32_t entry_size;		/* on disk */
};

struct mdesc_layout {
	const struct mdesc_image *img;
	const struct mdesc_fmt_layout *fmt;
	int btf_id;
	uint32_t value_first, value_count;	/* in img->values */
};

struct mdesc_field {
	const struct mdesc_layout *layout;
	const struct mdesc_fmt_field *fmt;
	int enum_id;			/* in the BTF; 0 for other kinds */
};

/* What is computed from a layout's fields: an alias, a derived value, or a VALID. */
struct mdesc_value {
	const struct mdesc_layout *layout;
	const struct mdesc_fmt_value *fmt;
	int enum_id;			/* in the BTF; 0 for other kinds */
};

struct mdesc_source {
	const struct mdesc_image *img;
	const struct mdesc_fmt_source *fmt;
};

struct mdesc_image {
	char *name;
	const uint8_t *data;
	uint8_t *copy;			/* @data where the image owns it */
	size_t size;

	const void *phdrs;		/* Elf64_Phdr, unaligned */
	uint32_t phdr_count;
	struct section *sections;
	size_t section_count;

	struct mdesc_fmt_hdr hdr;
	struct table tables[TABLE_COUNT];
	const char *strings;
	uint32_t strings_size;
	const uint8_t *build_id;
	char build_id_hex[2 * MDESC_FMT_BUILD_ID + 1];
	char *signer;			/* whose signature was asked for and is good, or NULL */

	const struct section *btf_section;
	struct btf *btf;

	int errors_id;			/* in the BTF: the enum of the parser's errors, or 0 */
	struct mdesc_layout *layouts;
	struct mdesc_field *fields;
	struct mdesc_source *sources;
	struct mdesc_value *values;
	uint64_t config[32];		/* what the user said that the device is set to, */
	uint32_t configured;		/* of those with these bits */
	int config_enum[32];		/* in the BTF; 0 for other kinds */
};

static inline const char *image_str(const struct mdesc_image *img, mdesc_fmt_str str)
{
	return img->strings + str;
}

/* The tables as arrays: image_rows(img)[i], image_count(img, TABLE_ROWS). */
#define IMAGE_TABLE(name, type, id)						\
	static inline const struct type *image_##name(const struct mdesc_image *img) \
	{									\
		return img->tables[id].entries;					\
	}

IMAGE_TABLE(idents, mdesc_fmt_ident, TABLE_IDENT)
IMAGE_TABLE(target, mdesc_fmt_target, TABLE_TARGET)
IMAGE_TABLE(headers, mdesc_fmt_header, TABLE_HEADERS)
IMAGE_TABLE(registers, mdesc_fmt_register, TABLE_REGISTERS)
IMAGE_TABLE(states, mdesc_fmt_state, TABLE_STATES)
IMAGE_TABLE(keys, mdesc_fmt_keys, TABLE_KEYS)
IMAGE_TABLE(rows, mdesc_fmt_row, TABLE_ROWS)
IMAGE_TABLE(classes, mdesc_fmt_class, TABLE_CLASSES)
IMAGE_TABLE(class_rows, mdesc_fmt_class_row, TABLE_CLASS_ROWS)
IMAGE_TABLE(ops, mdesc_fmt_op, TABLE_OPS)
IMAGE_TABLE(source_table, mdesc_fmt_source, TABLE_SOURCES)
IMAGE_TABLE(layout_table, mdesc_fmt_layout, TABLE_LAYOUTS)
IMAGE_TABLE(field_table, mdesc_fmt_field, TABLE_FIELDS)
IMAGE_TABLE(conds, mdesc_fmt_cond, TABLE_CONDS)
IMAGE_TABLE(ranges, mdesc_fmt_range, TABLE_RANGES)
IMAGE_TABLE(value_table, mdesc_fmt_value, TABLE_VALUES)
IMAGE_TABLE(exprs, mdesc_fmt_expr, TABLE_EXPRS)
IMAGE_TABLE(configs, mdesc_fmt_config, TABLE_CONFIG)
IMAGE_TABLE(raws, mdesc_fmt_raw, TABLE_RAW)
IMAGE_TABLE(raw_parts, mdesc_fmt_raw_part, TABLE_RAW_PARTS)
IMAGE_TABLE(raw_fields, mdesc_fmt_raw_field, TABLE_RAW_FIELDS)
IMAGE_TABLE(raw_pieces, mdesc_fmt_raw_piece, TABLE_RAW_PIECES)
IMAGE_TABLE(raw_rows, mdesc_fmt_raw_row, TABLE_RAW_ROWS)
IMAGE_TABLE(raw_starts, mdesc_fmt_raw_start, TABLE_RAW_STARTS)
IMAGE_TABLE(raw_bytes, mdesc_fmt_raw_bytes, TABLE_RAW_BYTES)
IMAGE_TABLE(raw_regs, mdesc_fmt_raw_reg, TABLE_RAW_REGS)
IMAGE_TABLE(raw_ops, mdesc_fmt_raw_op, TABLE_RAW_OPS)
IMAGE_TABLE(text, mdesc_fmt_token, TABLE_TEXT)
IMAGE_TABLE(digests, mdesc_fmt_digest, TABLE_DIGEST)

static inline uint32_t image_count(const struct mdesc_image *img, enum table_id id)
{
	return img->tables[id].count;
}

/* Made by a newer minor version: flags and kinds that we don't know are not damage. */
static inline bool image_is_newer(const struct mdesc_image *img)
{
	return img->hdr.minor > MDESC_FMT_MINOR;
}

/* Its tables use what this version does not know: they are not looked into. */
static inline bool image_cannot_run(const struct mdesc_image *img)
{
	return img->hdr.incompat_exec & ~MDESC_FMT_EXEC_KNOWN;
}

/* error.c: fill @err (may be NULL) and return -@code. */
int error_set(struct mdesc_error *err, int code, enum mdesc_class kind, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int error_at(struct mdesc_error *err, const struct mdesc_image *img, const char *section,
	     uint64_t offset, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
int error_newer(struct mdesc_error *err, const struct mdesc_image *img, const char *section,
		uint64_t offset, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
int error_nomem(struct mdesc_error *err, const struct mdesc_image *img);

/*
 * Whether an options struct of a caller, who may have been compiled with an
 * older or newer header, can be used: large enough for its size member, and
 * nothing set that we don't know.
 */
bool opts_valid(const void *opts, size_t known_size);
/* A member of an options struct, or @fallback where the caller's has none. */
#define OPTS_GET(opts, member, fallback)					\
	((opts) && (opts)->sz >= offsetof(__typeof__(*(opts)), member) +	\
				 sizeof((opts)->member) ? (opts)->member : (fallback))
/* Copy as much of a filled info as the caller's has room for; keeps its sz. */
int info_copy(void *info, const void *filled, size_t known_size);

/* elf.c: the frame of the file; fills sections, phdrs. */
int image_read_elf(struct mdesc_image *img, struct mdesc_error *err);
const struct section *image_section(const struct mdesc_image *img, const char *name);
bool section_in_digest(const struct section *sec);
/* tables.c: header, strings and tables, as far as bounds go. */
int image_read_tables(struct mdesc_image *img, struct mdesc_error *err);
const char *table_name(enum table_id id);
/* digest.c */
int image_check_digest(const struct mdesc_image *img, struct mdesc_error *err);
/* The same for parts: @table is that of the image with this id; @section of that image is @data. */
int digest_is_of(const char *name, const void *table, size_t size, const uint8_t *build_id, struct mdesc_error *err);
int digest_has(const char *name, const void *table, size_t size, const char *section, const void *data,
	       size_t data_size, struct mdesc_error *err);
/* signature.c: a signature that the caller's policy asks for is there and good. */
int image_check_signature(struct mdesc_image *img, const struct mdesc_image_open_opts *opts,
			  struct mdesc_error *err);
/* validate.c, validate_parser.c, validate_btf.c: what the tables mean. */
int image_validate(struct mdesc_image *img, struct mdesc_error *err);
int image_validate_parser(const struct mdesc_image *img, struct mdesc_error *err);
/* validate_headers.c; image_has_element(): a header that is no stack has element 0. */
int image_validate_headers(const struct mdesc_image *img, struct mdesc_error *err);
bool image_has_element(const struct mdesc_fmt_header *h, uint8_t elem);
/* validate_registers.c: the registers themselves, and what names bits of them. */
int image_validate_registers(const struct mdesc_image *img, struct mdesc_error *err);
int check_counter(const struct mdesc_image *img, struct mdesc_error *err, uint32_t state);
/* The classifications but for their operations. */
int image_validate_classes(const struct mdesc_image *img, struct mdesc_error *err);
int check_register_load(const struct mdesc_image *img, struct mdesc_error *err, uint32_t op);
int check_register_store(const struct mdesc_image *img, struct mdesc_error *err, uint32_t op);
int check_register_slot(const struct mdesc_image *img, struct mdesc_error *err, uint32_t keys, uint32_t byte);
int image_validate_btf(struct mdesc_image *img, struct mdesc_error *err);
/* validate_text.c: the description. */
int image_validate_tables(const struct mdesc_image *img, struct mdesc_error *err);
int image_validate_text(const struct mdesc_image *img, struct mdesc_error *err);
uint32_t token_kind(const struct mdesc_fmt_token *t);
const char *token_text(const struct mdesc_image *img, const struct mdesc_fmt_token *t);

int check_str(const struct mdesc_image *img, struct mdesc_error *err, enum table_id id,
	      uint32_t entry, size_t member, mdesc_fmt_str str);
int check_name(const struct mdesc_image *img, struct mdesc_error *err, enum table_id id,
	       uint32_t entry, size_t member, mdesc_fmt_str str, const char *extra);
bool text_is_clean(const char *text, size_t size, size_t *where);
/* error_at() for member @member (its offset) of entry @entry of a table. */
#define bad_entry(img, err, id, entry, member, ...)				\
	error_at(err, img, table_name(id),					\
		 table_offset(img, id, entry) + (member), __VA_ARGS__)
uint64_t table_offset(const struct mdesc_image *img, enum table_id id, uint32_t entry);

/* validate_values.c: before the fields' own checks, and what of the fields needs the values. */
int image_validate_values(struct mdesc_image *img, struct mdesc_error *err);
int check_line(const struct mdesc_image *img, struct mdesc_error *err, enum table_id id,
	       uint32_t entry, size_t member, mdesc_fmt_str str);
int check_opt_name(const struct mdesc_image *img, struct mdesc_error *err, enum table_id id,
		   uint32_t entry, size_t member, mdesc_fmt_str str);

/* computed.c: @meta has the layout's size. */
uint64_t value_compute(const struct mdesc_image *img, uint32_t idx, const uint8_t *meta);
/* field.c, computed.c: the conditions from @cond outwards; the value at index @valid - 1 (0: none). */
bool conds_hold(const struct mdesc_image *img, uint32_t cond, const uint8_t *meta);
/* Everything that value @idx is computed from is known: its configuration was given. */
bool value_known(const struct mdesc_image *img, uint32_t idx);
bool valid_holds(const struct mdesc_image *img, uint32_t valid, const uint8_t *meta);
const char *enum_name(const struct mdesc_image *img, int enum_id, uint64_t value);
/* The layout that a condition is of. Its tag was checked. */
const struct mdesc_layout *cond_layout(const struct mdesc_image *img, uint32_t cond);

uint64_t expr_unary(unsigned int op, uint64_t a);
uint64_t expr_binary(unsigned int op, uint64_t a, uint64_t b);

/* value.c */
uint64_t load_number(const uint8_t *p, unsigned int bytes, int order, unsigned int shift,
		     unsigned int width);

#endif /* MDESC_RUNTIME_IMAGE_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The sections of a BPF object that CO-RE needs: takes bytes that nobody has
 * checked, gives .BTF and .BTF.ext, and the records of the latter, one by one.
 * All that reads relocations reads them here; libbpf has no call for it.
 */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "core.h"
#include "image.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif

/* The header of .BTF.ext, as it is since there are CO-RE relocations. */
struct ext_header {
	uint16_t magic;
	uint8_t	 version;
	uint8_t	 flags;
	uint32_t hdr_len;
	uint32_t func_info_off;
	uint32_t func_info_len;
	uint32_t line_info_off;
	uint32_t line_info_len;
	uint32_t core_relo_off;
	uint32_t core_relo_len;
};

/* For each section of the program: this, then @count records. */
struct ext_section {
	uint32_t name_off;
	uint32_t count;
};

int core_ext_bad(const char *name, const char *what, struct mdesc_error *err)
{
	return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.200s: damaged .BTF.ext: %s", name,
			 what);
}

static uint32_t min_record(enum core_ext_part part)
{
	return part == CORE_EXT_LINES ? sizeof(struct bpf_line_info) : sizeof(struct bpf_core_relo);
}

static int open_part(struct core_ext *x, enum core_ext_part part, const uint8_t *data, size_t room,
		     uint32_t off, uint32_t len, struct mdesc_error *err)
{
	bool lines = part == CORE_EXT_LINES;
	uint32_t rec_size;

	if (!len)
		return 0;
	if (off > room || len > room - off)
		return core_ext_bad(x->name, lines ? "the lines lie outside of it" :
				    "the relocations lie outside of it", err);
	if (len < sizeof(rec_size))
		return core_ext_bad(x->name, lines ? "the lines are cut" : "the relocations are cut", err);
	memcpy(&rec_size, data + off, sizeof(rec_size));
	if (rec_size < min_record(part) || rec_size & 3)
		return core_ext_bad(x->name, lines ? "size of a line" : "size of a relocation", err);
	x->part[part].data = data + off;
	x->part[part].len = len;
	return 0;
}

int core_ext_open(struct core_ext *x, const char *name, const void *ext, size_t size,
		  struct mdesc_error *err)
{
	struct ext_header h = { 0 };
	const uint8_t *data = ext;
	int rc;

	memset(x, 0, sizeof(*x));
	x->name = name;
	if (size < 8)
		return core_ext_bad(name, "shorter than its header", err);
	memcpy(&h, ext, 8);
	if (h.magic != BTF_MAGIC)
		return core_ext_bad(name, "it does not begin with BTF's magic number", err);
	if (h.hdr_len < 8 || h.hdr_len > size)
		return core_ext_bad(name, "length of the header", err);
	memcpy(&h, ext, h.hdr_len < sizeof(h) ? h.hdr_len : sizeof(h));
	rc = open_part(x, CORE_EXT_LINES, data + h.hdr_len, size - h.hdr_len, h.line_info_off,
		       h.line_info_len, err);
	if (!rc)
		rc = open_part(x, CORE_EXT_RELOS, data + h.hdr_len, size - h.hdr_len, h.core_relo_off,
			       h.core_relo_len, err);
	return rc;
}

int core_ext_each(const struct core_ext *x, enum core_ext_part part, core_ext_fn fn, void *ctx,
		  struct mdesc_error *err)
{
	const char *cut = part == CORE_EXT_LINES ? "the lines are cut" : "the relocations are cut";
	uint32_t left = x->part[part].len, rec_size, i;
	const uint8_t *p = x->part[part].data;
	struct ext_section sec;
	int rc;

	if (!p)
		return 0;
	memcpy(&rec_size, p, sizeof(rec_size));
	for (p += sizeof(rec_size), left -= sizeof(rec_size); left;) {
		if (left < sizeof(sec))
			return core_ext_bad(x->name, cut, err);
		memcpy(&sec, p, sizeof(sec));
		p += sizeof(sec);
		left -= sizeof(sec);
		if (sec.count > left / rec_size)
			return core_ext_bad(x->name, cut, err);
		for (i = 0; i < sec.count; i++, p += rec_size, left -= rec_size) {
			rc = fn(ctx, sec.name_off, i, p, err);
			if (rc)
				return rc;
		}
	}
	return 0;
}

/* ---- the object ---- */

/* Whether the bytes are an ELF file for BPF, of this machine's byte order. */
static int check_object(const char *name, const void *obj, size_t size, struct mdesc_error *err)
{
	Elf64_Ehdr eh;

	if (size >= sizeof(eh)) {
		memcpy(&eh, obj, sizeof(eh));
		if (!memcmp(eh.e_ident, ELFMAG, SELFMAG) && eh.e_type == ET_REL &&
		    (eh.e_machine == EM_BPF || eh.e_machine == EM_NONE))
			return 0;
	}
	return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.300s: not a BPF object", name);
}

static int find_section(const char *name, const void *obj, size_t size, const char *sec,
			const void **data, size_t *len, struct mdesc_error *err)
{
	int rc = elfsec_find(obj, size, sec, data, len);

	if (rc == -ENOENT) {
		*data = NULL;
		*len = 0;
		return 0;
	}
	if (rc == -EINVAL)
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT,
				 "%.300s: not a BPF object of this machine's byte order", name);
	if (rc)
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.300s: a damaged ELF file", name);
	return 0;
}

int core_sections_find(struct core_sections *s, const char *name, const void *obj, size_t size,
		       struct mdesc_error *err)
{
	int rc = check_object(name, obj, size, err);

	if (!rc)
		rc = find_section(name, obj, size, ".BTF", &s->btf, &s->btf_size, err);
	if (!rc)
		rc = find_section(name, obj, size, ".BTF.ext", &s->ext, &s->ext_size, err);
	return rc;
}

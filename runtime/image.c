/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Opening images, and what they tell about themselves.
 *
 * Takes a path or bytes; gives a struct mdesc_image in which everything was
 * checked, or an error. Owns a copy of the bytes unless the caller lends them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "image.h"

const char *mdesc_version(void)
{
#ifdef PACKAGE_VERSION
	return PACKAGE_VERSION;
#else
	return "0.1.0";
#endif
}

void mdesc_image__close(struct mdesc_image *img)
{
	unsigned int i;

	if (!img)
		return;
	btf__free(img->btf);
	for (i = 0; i < TABLE_COUNT; i++)
		free(img->tables[i].copy);
	free(img->layouts);
	free(img->fields);
	free(img->sources);
	free(img->values);
	free(img->sections);
	free(img->copy);
	free(img->signer);
	free(img->name);
	free(img);
}

static int check_build_id(const struct mdesc_image *img, const struct mdesc_image_open_opts *opts,
			  struct mdesc_error *err)
{
	const uint8_t *want = OPTS_GET(opts, build_id, NULL);
	size_t size = OPTS_GET(opts, build_id_size, 0);

	if (!want)
		return 0;
	if (size < 4 || size > MDESC_FMT_BUILD_ID)
		return error_set(err, EINVAL, MDESC_CLASS_SYSTEM, "a build id has 4 to %u bytes, not %zu",
				 MDESC_FMT_BUILD_ID, size);
	if (memcmp(want, img->build_id, size) == 0)
		return 0;
	return error_set(err, EKEYREJECTED, MDESC_CLASS_CORRUPT,
			 "%.200s: has build id %s, which is not the one asked for", img->name,
			 img->build_id_hex);
}

static int read_all(struct mdesc_image *img, const struct mdesc_image_open_opts *opts,
		    struct mdesc_error *err)
{
	int ret = image_read_elf(img, err);

	if (!ret)
		ret = image_read_tables(img, err);
	if (!ret)
		ret = image_check_digest(img, err);
	if (!ret)
		ret = image_check_signature(img, opts, err);
	if (!ret)
		ret = image_validate(img, err);
	if (!ret)
		ret = check_build_id(img, opts, err);
	return ret;
}

/* Takes over @copy, if there is one, even on failure. */
static struct mdesc_image *open_bytes(const char *name, const void *data, uint8_t *copy, size_t size,
				      const struct mdesc_image_open_opts *opts,
				      struct mdesc_error *err)
{
	struct mdesc_image *img = calloc(1, sizeof(*img));
	int ret;

	if (img)
		img->name = strdup(name);
	if (!img || !img->name) {
		free(img);
		free(copy);
		errno = -error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "%.200s: not enough memory", name);
		return NULL;
	}
	img->data = copy ? copy : data;
	img->copy = copy;
	img->size = size;
	ret = read_all(img, opts, err);
	if (!ret)
		return img;
	mdesc_image__close(img);
	errno = -ret;
	return NULL;
}

static bool opts_good(const struct mdesc_image_open_opts *opts, struct mdesc_error *err)
{
	if (opts_valid(opts, sizeof(*opts)))
		return true;
	errno = -error_set(err, EINVAL, MDESC_CLASS_SYSTEM,
			   "options of mdesc_image__open() that this libmdesc does not know");
	return false;
}

struct mdesc_image *mdesc_image__open_mem(const void *data, size_t size,
					  const struct mdesc_image_open_opts *opts,
					  struct mdesc_error *err)
{
	const char *name = OPTS_GET(opts, name, NULL);
	uint8_t *copy = NULL;

	if (!opts_good(opts, err))
		return NULL;
	if (!name)
		name = "image";
	if (!data || size > IMAGE_MAX_BYTES) {
		errno = -error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.200s: %zu bytes are no image",
				   name, size);
		return NULL;
	}
	/* Lent bytes that are not aligned as the tables need it are copied, too. */
	if (!OPTS_GET(opts, borrow, false) || (uintptr_t)data % 8) {
		copy = malloc(size ? size : 1);
		if (!copy) {
			errno = -error_set(err, ENOMEM, MDESC_CLASS_SYSTEM,
					   "%.200s: not enough memory", name);
			return NULL;
		}
		memcpy(copy, data, size);
	}
	return open_bytes(name, data, copy, size, opts, err);
}

static int file_error(struct mdesc_error *err, const char *path, int code)
{
	enum mdesc_class kind = code == ENOENT || code == ENOTDIR ? MDESC_CLASS_NOT_FOUND :
				code == EACCES || code == EPERM ? MDESC_CLASS_DENIED :
				MDESC_CLASS_SYSTEM;

	return error_set(err, code, kind, "%.200s: %s", path, strerror(code));
}

static int read_fd(int fd, const char *path, uint8_t **data, size_t *size, struct mdesc_error *err)
{
	struct stat st;
	size_t have = 0;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return file_error(err, path, errno);
	if (S_ISDIR(st.st_mode))
		return file_error(err, path, EISDIR);
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)IMAGE_MAX_BYTES)
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT,
				 "%.200s: no regular file, or too large for an image", path);
	*data = malloc(st.st_size ? st.st_size : 1);
	if (!*data)
		return file_error(err, path, ENOMEM);
	while (have < (size_t)st.st_size) {
		n = read(fd, *data + have, st.st_size - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_error(err, path, errno);
		if (n == 0)
			break;
		have += n;
	}
	*size = have;
	return 0;
}

struct mdesc_image *mdesc_image__open(const char *path, const struct mdesc_image_open_opts *opts,
				      struct mdesc_error *err)
{
	uint8_t *data = NULL;
	size_t size = 0;
	int fd, ret;

	if (!opts_good(opts, err))
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		errno = -file_error(err, path, errno);
		return NULL;
	}
	ret = read_fd(fd, path, &data, &size, err);
	close(fd);
	if (ret) {
		free(data);
		errno = -ret;
		return NULL;
	}
	return open_bytes(path, data, data, size, opts, err);
}

/* ---- identity ---- */

const char *mdesc_image__name(const struct mdesc_image *img)
{
	return img->name;
}

const char *mdesc_image__ident(const struct mdesc_image *img, int kind)
{
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_IDENT); i++)
		if (image_idents(img)[i].kind == (uint32_t)kind)
			return image_str(img, image_idents(img)[i].value);
	return "";
}

size_t mdesc_image__match_count(const struct mdesc_image *img)
{
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_IDENT); i++)
		n += image_idents(img)[i].kind == MDESC_IDENT_MATCH;
	return n;
}

int mdesc_image__match(const struct mdesc_image *img, size_t idx, struct mdesc_match *match)
{
	uint32_t i;

	for (i = 0; i < image_count(img, TABLE_IDENT); i++) {
		const struct mdesc_fmt_ident *ident = &image_idents(img)[i];

		if (ident->kind != MDESC_IDENT_MATCH || idx-- > 0)
			continue;
		match->where = image_str(img, ident->where);
		match->key = image_str(img, ident->key);
		match->glob = image_str(img, ident->value);
		return 0;
	}
	return -ENOENT;
}

unsigned int mdesc_image__format_major(const struct mdesc_image *img)
{
	return img->hdr.major;
}

unsigned int mdesc_image__format_minor(const struct mdesc_image *img)
{
	return img->hdr.minor;
}

const uint8_t *mdesc_image__build_id(const struct mdesc_image *img)
{
	return img->build_id;
}

const char *mdesc_image__build_id_hex(const struct mdesc_image *img)
{
	return img->build_id_hex;
}

const char *mdesc_image__signer(const struct mdesc_image *img)
{
	return img->signer ? img->signer : "";
}

int mdesc_image__verify(const struct mdesc_image *img, struct mdesc_error *err)
{
	return image_check_digest(img, err);
}

size_t mdesc_image__digest_count(const struct mdesc_image *img)
{
	return image_count(img, TABLE_DIGEST);
}

int mdesc_image__digest(const struct mdesc_image *img, size_t idx, struct mdesc_digest_info *info)
{
	struct mdesc_digest_info filled = { .sz = sizeof(filled) };

	if (idx >= image_count(img, TABLE_DIGEST))
		return -ENOENT;
	filled.name = image_digests(img)[idx].name;
	filled.sha256 = image_digests(img)[idx].sha256;
	return info_copy(info, &filled, sizeof(filled));
}

/* ---- sections and tables ---- */

static bool section_known(const char *name)
{
	static const char *const others[] = {
		MDESC_SEC_NOTE, MDESC_SEC_HDR, MDESC_SEC_STRINGS, MDESC_SEC_BTF, MDESC_SEC_SIG,
		MDESC_SEC_XDP, ".shstrtab",
	};
	unsigned int i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(name, others[i]) == 0)
			return true;
	for (i = 0; i < TABLE_COUNT; i++)
		if (strcmp(name, table_name(i)) == 0)
			return true;
	return false;
}

static int fill_section(const struct section *sec, struct mdesc_section_info *info)
{
	struct mdesc_section_info filled = {
		.sz = sizeof(filled),
		.name = sec->name,
		.data = sec->data,
		.size = sec->size,
		.offset = sec->offset,
		.entries = sec->entries,
		.entry_size = sec->entry_size,
		.known = section_known(sec->name),
	};

	return info_copy(info, &filled, sizeof(filled));
}

size_t mdesc_image__section_count(const struct mdesc_image *img)
{
	return img->section_count;
}

int mdesc_image__section(const struct mdesc_image *img, size_t idx, struct mdesc_section_info *info)
{
	if (idx >= img->section_count)
		return -ENOENT;
	return fill_section(&img->sections[idx], info);
}

int mdesc_image__section_by_name(const struct mdesc_image *img, const char *name,
				 struct mdesc_section_info *info)
{
	const struct section *sec = image_section(img, name);

	return sec ? fill_section(sec, info) : -ENOENT;
}

const void *mdesc_image__data(const struct mdesc_image *img, size_t *size)
{
	*size = img->size;
	return img->data;
}

const void *mdesc_image__btf_data(const struct mdesc_image *img, uint32_t *size)
{
	*size = img->btf_section->size;
	return img->btf_section->data;
}

const struct btf *mdesc_image__btf(const struct mdesc_image *img)
{
	return img->btf;
}

int mdesc_image__target(const struct mdesc_image *img, struct mdesc_target_info *info)
{
	const struct mdesc_fmt_target *t = image_target(img);
	struct mdesc_target_info filled = { .sz = sizeof(filled) };

	if (!t)
		return -ENOENT;
	filled.name = image_str(img, t->name);
	filled.flags = t->flags;
	filled.rows = t->rows;
	filled.states = t->states;
	filled.steps = t->steps;
	filled.key_bytes = t->key_bytes;
	filled.reach = t->reach;
	filled.writes = t->writes;
	filled.metadata_bytes = t->metadata_bytes;
	filled.register_bits = t->register_bits;
	filled.sticky_flags = t->sticky_flags;
	filled.class_rows = t->class_rows;
	filled.lookups = t->lookups ? t->lookups : t->key_bytes;
	filled.lookup_bytes = t->lookups ? t->lookup_bytes : 1;
	filled.window = t->window;
	filled.boost_rows = t->boost_rows;
	filled.stages = t->stages;
	filled.stage_rows = t->stage_rows;
	filled.skip = t->skip;
	filled.arcs_in = t->arcs_in;
	filled.arcs_out = t->arcs_out;
	filled.shift = t->shift;
	return info_copy(info, &filled, sizeof(filled));
}

size_t mdesc_image__row_count(const struct mdesc_image *img)
{
	return image_count(img, TABLE_ROWS);
}

size_t mdesc_image__state_count(const struct mdesc_image *img)
{
	return image_count(img, TABLE_STATES);
}

size_t mdesc_image__header_count(const struct mdesc_image *img)
{
	return image_count(img, TABLE_HEADERS);
}

const char *mdesc_image__state_name(const struct mdesc_image *img, size_t idx)
{
	return idx < image_count(img, TABLE_STATES) ? image_str(img, image_states(img)[idx].name) : NULL;
}

const char *mdesc_image__header_name(const struct mdesc_image *img, size_t idx)
{
	return idx < image_count(img, TABLE_HEADERS) ? image_str(img, image_headers(img)[idx].name) :
						       NULL;
}

bool mdesc_image__header_shown(const struct mdesc_image *img, size_t idx)
{
	const struct mdesc_fmt_header *h;

	if (idx >= image_count(img, TABLE_HEADERS))
		return false;
	h = &image_headers(img)[idx];
	return h->kind == MDESC_KIND_HEADER || (h->kind == MDESC_KIND_MARK && h->of == idx);
}

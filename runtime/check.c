/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Objects and images to be checked: takes files, bytes, images, and keeps what
 * was read of them, so that a matrix reads each once. An image's BTF is copied:
 * it may be closed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define PREFIX_MAX	64

static int no_memory(struct mdesc_error *err)
{
	return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
}

const char *mdesc_check_class_name(int class)
{
	static const char *const names[] = {
		[MDESC_CHECK_SAME] = "same", [MDESC_CHECK_MOVED] = "moved",
		[MDESC_CHECK_RESIZED] = "resized", [MDESC_CHECK_GUARDED] = "guarded",
		[MDESC_CHECK_KERNEL] = "kernel", [MDESC_CHECK_POSSIBLY] = "possibly-unguarded",
		[MDESC_CHECK_REFUSED] = "will-not-load", [MDESC_CHECK_WRONG] = "reads-wrong",
	};

	return class >= 0 && class <= MDESC_CHECK_WRONG ? names[class] : NULL;
}

/* ---- the kernel ---- */

static int open_kernel(struct mdesc_check *c, const char *path, struct mdesc_error *err)
{
	int rc;

	c->kernel_name = strdup(path);
	if (!c->kernel_name)
		return no_memory(err);
	rc = btffile_open(&c->kernel_file, path, err);
	if (!rc)
		rc = btfraw_open(&c->kernel, c->kernel_name, c->kernel_file.btf, c->kernel_file.btf_size, NULL,
				 err);
	if (!rc)
		rc = btfraw_check(&c->kernel, err);
	return rc ? rc : core_index_open(&c->kernel_index, &c->kernel, err);
}

struct mdesc_check *mdesc_check__new(const struct mdesc_check_opts *opts, struct mdesc_error *err)
{
	struct mdesc_check *c;
	int rc = 0;

	if (!opts_valid(opts, sizeof(*opts))) {
		errno = -error_set(err, EINVAL, MDESC_CLASS_SYSTEM, "mdesc_check_opts: wrong size");
		return NULL;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		rc = no_memory(err);
	else if (OPTS_GET(opts, kernel_btf, NULL))
		rc = open_kernel(c, opts->kernel_btf, err);
	if (!rc)
		return c;
	mdesc_check__free(c);
	errno = -rc;
	return NULL;
}

/* ---- objects ---- */

/* Makes room for one more: a power of two is full. */
static void *grow(void *v, size_t n, size_t size)
{
	if (n & (n - 1) || (n && n > SIZE_MAX / 2 / size))
		return v;
	return realloc(v, (n ? 2 * n : 1) * size);
}

static int add_object(struct mdesc_check *c, const char *name, void *data, size_t size,
		      struct mdesc_error *err)
{
	struct core_object *o = calloc(1, sizeof(*o)), **more = grow(c->objects, c->object_n, sizeof(*more));
	int rc;

	if (more)
		c->objects = more;
	if (!o || !more) {
		free(o);
		free(data);
		return no_memory(err);
	}
	rc = core_object_open(o, name, data, size, err);
	if (rc) {
		free(o);
		return rc;
	}
	c->objects[c->object_n] = o;
	return (int)c->object_n++;
}

int mdesc_check__add_object(struct mdesc_check *check, const char *path, struct mdesc_error *err)
{
	size_t size;
	void *data;
	int rc = btffile_read(path, &data, &size, err);

	return rc ? rc : add_object(check, path, data, size, err);
}

int mdesc_check__add_object_mem(struct mdesc_check *check, const char *name, const void *data, size_t size,
				struct mdesc_error *err)
{
	void *copy = malloc(size + 1);

	if (!copy)
		return no_memory(err);
	memcpy(copy, data, size);
	return add_object(check, name ? name : "object", copy, size, err);
}

/* ---- images ---- */

static int compare_members(const void *a, const void *b)
{
	const struct check_member *x = a, *y = b;

	if (x->owner != y->owner)
		return x->owner < y->owner ? -1 : 1;
	return x->member < y->member ? -1 : x->member > y->member;
}

static int read_tags(struct check_image *img, struct mdesc_error *err)
{
	const struct btfraw *b = &img->btf;
	uint32_t id, n = 0;

	for (id = 1; id < b->end_id; id++)
		n += btfraw_kind(btfraw_type(b, id)) == BTF_KIND_DECL_TAG;
	img->big = calloc(n + 1, sizeof(*img->big));
	if (!img->big)
		return no_memory(err);
	for (id = 1; id < b->end_id; id++) {
		const struct btf_type *t = btfraw_type(b, id);
		const struct btf_decl_tag *tag = btfraw_tail(t);

		if (btfraw_kind(t) == BTF_KIND_DECL_TAG && tag->component_idx >= 0 &&
		    !strcmp(btfraw_str(b, t->name_off), "mdesc:order=be"))
			img->big[img->big_n++] = (struct check_member){ t->type, tag->component_idx };
	}
	qsort(img->big, img->big_n, sizeof(*img->big), compare_members);
	return 0;
}

bool check_is_big(const struct btfraw *b, const struct core_field *f, const struct check_image *img)
{
	struct check_member key = { f->owner, f->member };
	uint32_t id = f->type_id;
	const struct btf_type *t;

	for (t = core_type(b, id); t; t = core_type(b, id)) {
		if (btfraw_kind(t) == BTF_KIND_TYPEDEF && !strncmp(btfraw_str(b, t->name_off), "__be", 4))
			return true;
		if (!btfraw_is_mod_or_typedef(t))
			break;
		id = t->type;
	}
	return img && b == &img->btf && f->owner && f->bits > 8 && !check_is_array(b, f->type_id) &&
	       bsearch(&key, img->big, img->big_n, sizeof(key), compare_members);
}

/* The first word of all structs' names, where they have one in common: "tnic" of tnic_ints and tnic_bits. */
static void common_prefix(const struct btfraw *b, char *buf, size_t size)
{
	size_t len = 0;
	uint32_t id;

	buf[0] = '\0';
	for (id = 1; id < b->end_id; id++) {
		const struct btf_type *t = btfraw_type(b, id);
		const char *name = btfraw_str(b, t->name_off);

		if (!core_is_composite(t) || !*name)
			continue;
		if (!len) {
			len = strcspn(name, "_");
			if (!len || len >= size || !name[len])
				return;
			memcpy(buf, name, len);
			buf[len] = '\0';
		} else if (strncmp(name, buf, len) || name[len] != '_') {
			buf[0] = '\0';
			return;
		}
	}
}

static int open_image(struct check_image *img, const char *name, const char *prefix, const void *btf,
		      size_t size, struct mdesc_error *err)
{
	int rc;

	memset(img, 0, sizeof(*img));
	img->name = strdup(name);
	img->prefix = prefix ? strdup(prefix) : malloc(PREFIX_MAX);
	img->data = malloc(size + 1);
	if (!img->name || !img->prefix || !img->data)
		return no_memory(err);
	memcpy(img->data, btf, size);
	rc = btfraw_open(&img->btf, img->name, img->data, size, NULL, err);
	if (!rc)
		rc = btfraw_check(&img->btf, err);
	if (!rc && !prefix)
		common_prefix(&img->btf, img->prefix, PREFIX_MAX);
	if (!rc)
		rc = read_tags(img, err);
	return rc ? rc : core_index_open(&img->index, &img->btf, err);
}

static void close_image(struct check_image *img)
{
	core_index_close(&img->index);
	btfraw_close(&img->btf);
	free(img->big);
	free(img->data);
	free(img->prefix);
	free(img->name);
}

static int add_image(struct mdesc_check *c, const char *name, const char *prefix, const void *btf,
		     size_t size, struct mdesc_error *err)
{
	struct check_image *img = calloc(1, sizeof(*img)), **more = grow(c->images, c->image_n, sizeof(*more));
	int rc;

	if (more)
		c->images = more;
	if (!img || !more) {
		free(img);
		return no_memory(err);
	}
	rc = open_image(img, name, prefix, btf, size, err);
	if (rc) {
		close_image(img);
		free(img);
		return rc;
	}
	c->images[c->image_n] = img;
	return (int)c->image_n++;
}

int mdesc_check__add_image(struct mdesc_check *check, const struct mdesc_image *img, struct mdesc_error *err)
{
	const char *name = mdesc_image__name(img);
	uint32_t size;
	const void *btf = mdesc_image__btf_data(img, &size);

	if (!btf)
		return error_set(err, EINVAL, MDESC_CLASS_INPUT, "%.300s: has no BTF", name);
	return add_image(check, name, mdesc_image__ident(img, MDESC_IDENT_PREFIX), btf, size, err);
}

int mdesc_check__add_btf(struct mdesc_check *check, const struct mdesc_btf_bytes *bytes,
			 struct mdesc_error *err)
{
	const char *name = bytes->name ? bytes->name : "BTF";
	const void *btf;
	size_t size;

	if (btffile_find(bytes->data, bytes->size, &btf, &size))
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT,
				 "%.300s: a damaged ELF file, or one without BTF", name);
	return add_image(check, name, NULL, btf, size, err);
}

const char *mdesc_check__object_name(const struct mdesc_check *check, size_t object)
{
	return object < check->object_n ? check->objects[object]->name : NULL;
}

const char *mdesc_check__image_name(const struct mdesc_check *check, size_t image)
{
	return image < check->image_n ? check->images[image]->name : NULL;
}

void mdesc_check__free(struct mdesc_check *c)
{
	size_t i;

	if (!c)
		return;
	for (i = 0; i < c->object_n; i++) {
		core_object_close(c->objects[i]);
		free(c->objects[i]);
	}
	for (i = 0; i < c->image_n; i++) {
		close_image(c->images[i]);
		free(c->images[i]);
	}
	core_index_close(&c->kernel_index);
	btfraw_close(&c->kernel);
	btffile_close(&c->kernel_file);
	free(c->kernel_name);
	free(c->objects);
	free(c->images);
	free(c);
}

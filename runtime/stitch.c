/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Makes the BTF that an object is to be opened against: takes images, options
 * and mostly an object, opens the sources that are needed, chooses the form, and
 * gives a struct mdesc_stitched. The kernel's BTF is read only where a name asks
 * for it. What goes out was checked, wherever it came from.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <fcntl.h>
#include <unistd.h>

#include "stitch.h"

#define SYSFS_BTF	"/sys/kernel/btf/"
#define KERNEL_BTF	SYSFS_BTF "vmlinux"

static int no_memory(struct mdesc_error *err)
{
	return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
}

void btf_header_set(void *to, uint32_t types_len, uint32_t strs_len)
{
	struct btf_header h = {
		.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h),
		.type_len = types_len, .str_off = types_len, .str_len = strs_len,
	};

	memcpy(to, &h, sizeof(h));
}

int stitch_note(struct mdesc_stitched *out, const char *text)
{
	char **notes = realloc(out->notes, (out->note_n + 1) * sizeof(*notes));

	if (!notes)
		return -ENOMEM;
	out->notes = notes;
	notes[out->note_n] = strdup(text);
	if (!notes[out->note_n])
		return -ENOMEM;
	out->note_n++;
	return 0;
}

/* ---- sources ----
 *
 * The array has a place for each: kernel, modules, images, BTFs. One that is not
 * read, or left out, is a view of no types.
 */

static uint32_t first_nic(const struct stitch *st)
{
	return 1 + OPTS_GET(st->opts, module_count, 0);
}

static uint32_t nic_count(const struct stitch *st)
{
	return st->n - first_nic(st);
}

static int add_nic(struct stitch *st, const char *name, const void *data, size_t size,
		   struct mdesc_error *err)
{
	struct source *s = &st->v[st->n];
	const void *btf;
	size_t btf_size;
	int rc;

	if (btffile_find(data, size, &btf, &btf_size))
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT,
				 "%.300s: a damaged ELF file, or one without BTF", name);
	s->is_nic = true;
	s->name = strdup(name);
	if (!s->name)
		return no_memory(err);
	st->n++;
	rc = btfraw_open(&s->btf, s->name, btf, btf_size, NULL, err);
	return rc ? rc : btfraw_check(&s->btf, err);
}

static int add_image(struct stitch *st, const struct mdesc_image *img, struct mdesc_error *err)
{
	uint32_t size;
	const void *data = mdesc_image__btf_data(img, &size);

	if (!data)
		return error_set(err, EINVAL, MDESC_CLASS_INPUT, "%.300s: has no BTF",
				 mdesc_image__name(img));
	return add_nic(st, mdesc_image__name(img), data, size, err);
}

static int add_nics(struct stitch *st, const struct mdesc_image *img, struct mdesc_error *err)
{
	const struct mdesc_image *const *images = OPTS_GET(st->opts, images, NULL);
	const struct mdesc_btf_bytes *btfs = OPTS_GET(st->opts, btfs, NULL);
	size_t i, n = OPTS_GET(st->opts, image_count, 0);
	int rc = img ? add_image(st, img, err) : 0;

	for (i = 0; i < n && !rc; i++)
		rc = add_image(st, images[i], err);
	n = OPTS_GET(st->opts, btf_count, 0);
	for (i = 0; i < n && !rc; i++)
		rc = add_nic(st, btfs[i].name ? btfs[i].name : "BTF", btfs[i].data, btfs[i].size, err);
	return rc;
}

/* Opens one file as source @s, split over @base where that is given. */
static int open_source(struct source *s, const char *path, const struct btfraw *base,
		       struct mdesc_error *err)
{
	int rc;

	s->name = strdup(path);
	if (!s->name)
		return no_memory(err);
	rc = btffile_open(&s->file, path, err);
	if (!rc)
		rc = btfraw_open(&s->btf, s->name, s->file.btf, s->file.btf_size, base, err);
	return rc;
}

static void close_source(struct source *s)
{
	btfraw_close(&s->btf);
	btffile_close(&s->file);
	free(s->name);
	memset(s, 0, sizeof(*s));
}

/* A module that is not there or damaged is left out: its types then do not exist. */
static int add_module(struct stitch *st, struct source *s, const char *module,
		      struct mdesc_error *err)
{
	struct mdesc_error why = { 0 };
	char path[512];
	int rc;

	snprintf(path, sizeof(path), "%s%s", strchr(module, '/') ? "" : SYSFS_BTF, module);
	rc = open_source(s, path, &st->v[0].btf, &why);
	if (!rc)
		rc = btfraw_check(&s->btf, &why);
	if (!rc)
		return 0;
	close_source(s);
	if (rc == -ENOMEM || stitch_note(st->out, why.text))
		return no_memory(err);
	return 0;
}

/* Reads the kernel's BTF and its modules'. */
static int add_kernel(struct stitch *st, bool must, struct mdesc_error *err)
{
	const char *const *modules = OPTS_GET(st->opts, modules, NULL);
	const char *path = OPTS_GET(st->opts, kernel_btf, NULL);
	size_t i, n = OPTS_GET(st->opts, module_count, 0);
	struct mdesc_error why = { 0 };
	int rc;

	rc = open_source(&st->v[0], path ? path : KERNEL_BTF, NULL, &why);
	if (rc == -ENOENT && !path && !must) {
		close_source(&st->v[0]);
		return stitch_note(st->out, "this kernel has no BTF: none of its types exist") ?
		       no_memory(err) : 0;
	}
	if (rc) {
		if (err)
			*err = why;
		return rc;
	}
	st->has_kernel = true;
	for (i = 0; i < n && !rc; i++)
		rc = add_module(st, &st->v[1 + i], modules[i], err);
	return rc;
}

static int stitch_begin(struct stitch *st, const struct mdesc_image *img,
			const struct mdesc_stitch_opts *opts, struct mdesc_error *err)
{
	size_t n;

	memset(st, 0, sizeof(*st));
	if (!opts_valid(opts, sizeof(*opts)))
		return error_set(err, EINVAL, MDESC_CLASS_SYSTEM, "mdesc_stitch_opts: wrong size");
	st->opts = opts;
	n = 2 + OPTS_GET(opts, module_count, 0) + OPTS_GET(opts, image_count, 0) +
	    OPTS_GET(opts, btf_count, 0);
	st->v = calloc(n, sizeof(*st->v));
	st->out = calloc(1, sizeof(*st->out));
	st->n = first_nic(st);
	if (!st->v || !st->out)
		return no_memory(err);
	return add_nics(st, img, err);
}

/* Frees the sources. Gives the result, or NULL and errno. */
static struct mdesc_stitched *stitch_end(struct stitch *st, int rc)
{
	struct mdesc_stitched *out = st->out;
	uint32_t i;

	for (i = 0; st->v && i < st->n; i++)
		close_source(&st->v[i]);
	free(st->v);
	if (!rc)
		return out;
	mdesc_stitched__free(out);
	errno = -rc;
	return NULL;
}

/* ---- forms ---- */

static int find_in(struct stitch *st, struct hits *hits, struct core_roots *roots, uint32_t from,
		   uint32_t to, struct mdesc_error *err)
{
	int rc = 0;

	for (; from < to && !rc; from++)
		rc = hits_find(hits, st, from, roots, err);
	return rc;
}

static bool all_found(const struct core_roots *roots)
{
	uint32_t i;

	for (i = 0; i < roots->n; i++)
		if (!roots->v[i].found)
			return false;
	return true;
}

/* The NIC's BTF as it is; of several, the flat form without the kernel. */
static int make_nic(struct stitch *st, struct mdesc_error *err)
{
	const struct btfraw *b = &st->v[first_nic(st)].btf;
	struct mdesc_stitched *out = st->out;
	struct stitch nics = *st;

	if (!nic_count(st))
		return error_set(err, EINVAL, MDESC_CLASS_SYSTEM, "the form NIC takes an image");
	if (nic_count(st) > 1) {
		nics.v += first_nic(st);
		nics.n = nic_count(st);
		return stitch_flat(&nics, err);
	}
	/* The same types and ids; written anew, so that no odd header reaches libbpf. */
	out->size = sizeof(struct btf_header) + b->types_len + b->strs_len;
	out->data = malloc(out->size);
	if (!out->data)
		return no_memory(err);
	btf_header_set(out->data, b->types_len, b->strs_len);
	memcpy((char *)out->data + sizeof(struct btf_header), b->types, b->types_len);
	memcpy((char *)out->data + sizeof(struct btf_header) + b->types_len, b->strs, b->strs_len);
	out->types = b->end_id - 1;
	return 0;
}

static bool takes_all(int form)
{
	return form == MDESC_STITCH_FLAT || form == MDESC_STITCH_STANDIN;
}

/* The kernel's own file is believed; of others all is checked, since all goes out. */
static int make_flat(struct stitch *st, struct mdesc_error *err)
{
	int rc;

	if (st->has_kernel && OPTS_GET(st->opts, kernel_btf, NULL)) {
		rc = btfraw_check(&st->v[0].btf, err);
		if (rc)
			return rc;
	}
	if (st->out->form == MDESC_STITCH_FLAT)
		return stitch_flat(st, err);
	rc = stitch_standin(st, err);
	if (rc != -ENOSPC)
		return rc;
	st->out->form = MDESC_STITCH_FLAT;
	if (stitch_note(st->out,
			"BTF of kernel modules, which does not read right over this: the kernel's has no room"))
		return no_memory(err);
	return stitch_flat(st, err);
}

/* What was copied out of the kernel's BTF had not been checked. */
static int make_minimum(struct stitch *st, const struct hits *hits, struct mdesc_error *err)
{
	struct btfraw b;
	int rc;

	rc = stitch_minimum(st, hits, err);
	if (!rc)
		rc = btfraw_open(&b, "the stitched BTF", st->out->data, st->out->size, NULL, err);
	if (rc)
		return rc;
	rc = btfraw_check(&b, err);
	btfraw_close(&b);
	return rc;
}

static int make(struct stitch *st, const struct hits *hits, struct mdesc_error *err)
{
	int rc;

	switch (st->out->form) {
	case MDESC_STITCH_NIC:
		rc = make_nic(st, err);
		break;
	case MDESC_STITCH_FLAT:
	case MDESC_STITCH_STANDIN:
		rc = make_flat(st, err);
		break;
	default:
		rc = make_minimum(st, hits, err);
	}
	if (!rc && OPTS_GET(st->opts, old_kinds, false))
		stitch_old_kinds(st->out);
	return rc;
}

/* Reads the kernel where the form or a name asks for it, and settles the form. */
static int choose(struct stitch *st, int form, struct hits *hits, struct core_roots *roots,
		  struct mdesc_error *err)
{
	bool check = OPTS_GET(st->opts, check_kernel, false), missing;
	int rc;

	rc = find_in(st, hits, roots, first_nic(st), st->n, err);
	if (rc)
		return rc;
	missing = !all_found(roots);
	if (takes_all(form) || form == MDESC_STITCH_MINIMUM || check ||
	    (form == MDESC_STITCH_AUTO && (missing || roots->wants_ids))) {
		rc = add_kernel(st, takes_all(form), err);
		if (!rc)
			rc = find_in(st, hits, roots, 0, first_nic(st), err);
	}
	if (form == MDESC_STITCH_AUTO) {
		if (roots->wants_ids && st->has_kernel)
			form = MDESC_STITCH_FLAT;
		else if (nic_count(st) == 1 && !missing)
			form = MDESC_STITCH_NIC;
		else
			form = MDESC_STITCH_MINIMUM;
	}
	st->out->form = form;
	return rc ? rc : hits_settle(hits, st, roots, err);
}

/* Of an object without BTF nothing is relocated: whoever opens it gets to know that. */
static int check_object(struct stitch *st, const struct core_roots *roots, const char *name,
			bool opens, struct mdesc_error *err)
{
	char text[256];

	if (!roots->no_btf)
		return 0;
	snprintf(text, sizeof(text), "%.160s: has no BTF, so nothing in it is relocated (compiled without -g?)",
		 name);
	if (!opens)
		return error_set(err, EINVAL, MDESC_CLASS_INPUT, "%s", text);
	return stitch_note(st->out, text) ? no_memory(err) : 0;
}

static struct mdesc_stitched *
stitch_object(const struct mdesc_image *img, const void *object, size_t object_size,
	      const char *name, int form, bool opens, const struct mdesc_stitch_opts *opts,
	      struct mdesc_error *err)
{
	struct core_roots roots = { 0 };
	struct hits hits = { 0 };
	struct stitch st;
	int rc;

	name = name ? name : "object";
	rc = stitch_begin(&st, img, opts, err);
	if (!rc)
		rc = core_roots_read(&roots, name, object, object_size, err);
	if (!rc)
		rc = check_object(&st, &roots, name, opens, err);
	if (!rc)
		rc = choose(&st, form, &hits, &roots, err);
	if (!rc)
		rc = make(&st, &hits, err);
	hits_free(&hits);
	core_roots_free(&roots);
	return stitch_end(&st, rc);
}

struct mdesc_stitched *
stitch_for(const struct mdesc_image *img, const void *object, size_t object_size,
	   const char *name, int form, const struct mdesc_stitch_opts *opts,
	   struct mdesc_error *err)
{
	if (form < MDESC_STITCH_AUTO || form > MDESC_STITCH_FLAT) {
		errno = -error_set(err, EINVAL, MDESC_CLASS_SYSTEM, "there is no stitch form %d", form);
		return NULL;
	}
	return stitch_object(img, object, object_size, name, form, true, opts, err);
}

struct mdesc_stitched *
mdesc_stitch__minimum(const struct mdesc_image *img, const void *object, size_t object_size,
		      const char *object_name, const struct mdesc_stitch_opts *opts,
		      struct mdesc_error *err)
{
	return stitch_object(img, object, object_size, object_name, MDESC_STITCH_MINIMUM, false, opts,
			     err);
}

struct mdesc_stitched *
mdesc_stitch__for_object(const struct mdesc_image *img, const void *object, size_t object_size,
			 const char *object_name, const struct mdesc_stitch_opts *opts,
			 struct mdesc_error *err)
{
	return stitch_object(img, object, object_size, object_name, MDESC_STITCH_AUTO, false, opts, err);
}

/* No object says which names matter: all that the NICs define do. */
static struct mdesc_stitched *
stitch_all(const struct mdesc_image *img, int form, const struct mdesc_stitch_opts *opts,
	   struct mdesc_error *err)
{
	struct core_roots roots = { 0 };
	const struct btfraw **nics;
	struct hits hits = { 0 };
	struct stitch st;
	uint32_t i;
	int rc;

	rc = stitch_begin(&st, img, opts, err);
	if (rc)
		return stitch_end(&st, rc);
	nics = calloc(nic_count(&st) + 1, sizeof(*nics));
	for (i = 0; nics && i < nic_count(&st); i++)
		nics[i] = &st.v[first_nic(&st) + i].btf;
	rc = nics ? core_roots_all(&roots, nics, nic_count(&st), err) : no_memory(err);
	if (!rc)
		rc = choose(&st, form, &hits, &roots, err);
	if (!rc)
		rc = make(&st, &hits, err);
	hits_free(&hits);
	core_roots_free(&roots);
	free(nics);
	return stitch_end(&st, rc);
}

struct mdesc_stitched *
mdesc_stitch__flat(const struct mdesc_image *img, const struct mdesc_stitch_opts *opts,
		   struct mdesc_error *err)
{
	return stitch_all(img, MDESC_STITCH_FLAT, opts, err);
}

struct mdesc_stitched *
mdesc_stitch__standin(const struct mdesc_image *img, const struct mdesc_stitch_opts *opts,
		      struct mdesc_error *err)
{
	return stitch_all(img, MDESC_STITCH_STANDIN, opts, err);
}

struct mdesc_stitched *
mdesc_stitch__nics(const struct mdesc_image *img, const struct mdesc_stitch_opts *opts,
		   struct mdesc_error *err)
{
	return stitch_all(img, MDESC_STITCH_NIC, opts, err);
}

/* ---- the result ---- */

const void *mdesc_stitched__data(const struct mdesc_stitched *btf, size_t *size)
{
	*size = btf->size;
	return btf->data;
}

int mdesc_stitched__form(const struct mdesc_stitched *btf)
{
	return btf->form;
}

uint32_t mdesc_stitched__types(const struct mdesc_stitched *btf)
{
	return btf->types;
}

size_t mdesc_stitched__note_count(const struct mdesc_stitched *btf)
{
	return btf->note_n;
}

const char *mdesc_stitched__note(const struct mdesc_stitched *btf, size_t idx)
{
	return idx < btf->note_n ? btf->notes[idx] : NULL;
}

void mdesc_stitched__free(struct mdesc_stitched *btf)
{
	size_t i;

	if (!btf)
		return;
	for (i = 0; i < btf->note_n; i++)
		free(btf->notes[i]);
	free(btf->notes);
	free(btf->data);
	free(btf);
}

int mdesc_stitched__memfd(const struct mdesc_stitched *btf)
{
	int fd = memfd_create("mdesc-btf", MFD_CLOEXEC | MFD_ALLOW_SEALING), code;
	size_t at = 0;

	if (fd < 0)
		return -errno;
	while (at < btf->size) {
		ssize_t n = write(fd, (const char *)btf->data + at, btf->size - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			goto fail;
		at += n;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
		goto fail;
	return fd;
fail:
	code = errno;
	close(fd);
	return -code;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Fetches images by build id, and the BTF of one alone.
 *
 * Takes a build id; gives an image that is the very one, or BTF that is proven to
 * be its, whatever a server or the cache hold. What is not is taken out of the
 * cache, and asked for once more if it had come from there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btfraw.h"
#include "crypto.h"
#include "debuginfod.h"

static int begin(struct getting *g, char *hex, const uint8_t *build_id, const struct mdesc_fetch_opts *opts,
		 struct mdesc_error *err)
{
	unsigned int i;

	if (!opts_valid(opts, sizeof(*opts)))
		return error_set(err, EINVAL, MDESC_CLASS_SYSTEM,
				 "options of mdesc_image__fetch() that this libmdesc does not know");
	for (i = 0; i < MDESC_FMT_BUILD_ID; i++)
		sprintf(hex + 2 * i, "%02x", build_id[i]);
	getting_begin(g, hex, opts);
	return 0;
}

/* ---- whole images ---- */

static struct mdesc_image *get_image(const struct getting *g, const uint8_t *build_id, bool use_cache, bool *cached,
				     struct mdesc_error *err)
{
	MDESC_OPTS(mdesc_image_open_opts, how, .build_id = build_id, .build_id_size = MDESC_FMT_BUILD_ID,
		   .cert_dir = OPTS_GET(g->opts, cert_dir, NULL),
		   .require_signature = OPTS_GET(g->opts, require_signature, false));
	struct mdesc_image *img;
	struct got file;
	char name[64];
	int ret;

	*cached = false;
	ret = getting_file(g, WHOLE_FILE, use_cache, &file, err);
	if (ret) {
		errno = -ret;
		return NULL;
	}
	*cached = file.cached;
	snprintf(name, sizeof(name), "%s, fetched", g->hex);
	how.name = name;
	img = mdesc_image__open_mem(file.data, file.size, &how, err);
	ret = errno;
	free(file.data);
	errno = ret;
	return img;
}

struct mdesc_image *mdesc_image__fetch(const uint8_t *build_id, const struct mdesc_fetch_opts *opts,
				       struct mdesc_error *err)
{
	struct mdesc_error own = { 0 };
	char hex[2 * MDESC_FMT_BUILD_ID + 1];
	struct mdesc_image *img = NULL;
	struct getting g;
	bool cached = true;
	int ret;

	if (!err)
		err = &own;
	ret = begin(&g, hex, build_id, opts, err);
	if (ret) {
		errno = -ret;
		return NULL;
	}
	/* Twice at most: the second time the cache is out of the way. */
	while (!img && cached) {
		img = get_image(&g, build_id, true, &cached, err);
		if (!img && err->kind == MDESC_CLASS_CORRUPT)
			getting_evict(&g);
		else if (!img)
			cached = false;
	}
	if (!img)
		errno = -err->code;
	return img;
}

/* ---- BTF alone ---- */

struct mdesc_fetched_btf {
	struct mdesc_btf_bytes bytes;
	char name[64];
	char *signer;
	struct got digest, btf, sig;
	bool cached;			/* some of it came from the cache */
};

void mdesc_fetched_btf__free(struct mdesc_fetched_btf *f)
{
	if (!f)
		return;
	free(f->digest.data);
	free(f->btf.data);
	free(f->sig.data);
	free(f->signer);
	free(f);
}

const struct mdesc_btf_bytes *mdesc_fetched_btf__bytes(const struct mdesc_fetched_btf *f)
{
	return &f->bytes;
}

const char *mdesc_fetched_btf__signer(const struct mdesc_fetched_btf *f)
{
	return f->signer ? f->signer : "";
}

static int get_part(struct mdesc_fetched_btf *f, const struct getting *g, const char *section, struct got *file,
		    struct mdesc_error *err)
{
	int ret = getting_file(g, section, true, file, err);

	f->cached |= !ret && file->cached;
	return ret;
}

static int get_signature(struct mdesc_fetched_btf *f, const struct getting *g, struct mdesc_error *err)
{
	struct signed_part part = { .name = f->name, .digest = f->digest.data, .digest_size = f->digest.size };
	int ret = get_part(f, g, MDESC_SEC_SIG, &f->sig, err);

	if (ret == -ENOENT)
		return error_set(err, EKEYREJECTED, MDESC_CLASS_CORRUPT,
				 "%s: is not signed, and a signature is required", f->name);
	part.sig = f->sig.data;
	part.sig_size = f->sig.size;
	return ret ? ret : signature_check(&part, OPTS_GET(g->opts, cert_dir, NULL), &f->signer, err);
}

/* Each part is checked before the next is asked for, and all before anything is used. */
static int get_btf(struct mdesc_fetched_btf *f, const struct getting *g, const uint8_t *build_id,
		   struct mdesc_error *err)
{
	struct btfraw raw;
	int ret;

	ret = get_part(f, g, MDESC_SEC_DIGEST, &f->digest, err);
	if (!ret)
		ret = digest_is_of(f->name, f->digest.data, f->digest.size, build_id, err);
	if (!ret && OPTS_GET(g->opts, require_signature, false))
		ret = get_signature(f, g, err);
	if (!ret)
		ret = get_part(f, g, MDESC_SEC_BTF, &f->btf, err);
	if (!ret)
		ret = digest_has(f->name, f->digest.data, f->digest.size, MDESC_SEC_BTF, f->btf.data, f->btf.size, err);
	if (ret)
		return ret;
	ret = btfraw_open(&raw, f->name, f->btf.data, f->btf.size, NULL, err);
	if (!ret)
		ret = btfraw_check(&raw, err);
	btfraw_close(&raw);
	return ret;
}

static struct mdesc_fetched_btf *try_btf(const struct getting *g, const uint8_t *build_id, bool *cached,
					 struct mdesc_error *err)
{
	struct mdesc_fetched_btf *f = calloc(1, sizeof(*f));

	*cached = false;
	if (!f) {
		error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "%s: not enough memory", g->hex);
		return NULL;
	}
	snprintf(f->name, sizeof(f->name), "%s, fetched", g->hex);
	if (get_btf(f, g, build_id, err)) {
		*cached = f->cached;
		mdesc_fetched_btf__free(f);
		return NULL;
	}
	f->bytes = (struct mdesc_btf_bytes){ .name = f->name, .data = f->btf.data, .size = f->btf.size };
	return f;
}

struct mdesc_fetched_btf *mdesc_btf__fetch(const uint8_t *build_id, const struct mdesc_fetch_opts *opts,
					   struct mdesc_error *err)
{
	char hex[2 * MDESC_FMT_BUILD_ID + 1];
	struct mdesc_fetched_btf *f = NULL;
	struct mdesc_error own = { 0 };
	struct getting g;
	bool cached = true;
	int ret;

	if (!err)
		err = &own;
	ret = begin(&g, hex, build_id, opts, err);
	if (ret) {
		errno = -ret;
		return NULL;
	}
	while (!f && cached) {
		f = try_btf(&g, build_id, &cached, err);
		if (!f && err->kind == MDESC_CLASS_CORRUPT)
			getting_evict(&g);
		else if (!f)
			cached = false;
	}
	if (!f)
		errno = -err->code;
	return f;
}

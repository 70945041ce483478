/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Signs images.
 *
 * Takes an opened image and a key with its certificate, or a signature that was
 * made elsewhere; gives the bytes of the signed image, with its build id. What is
 * given was checked as a host will do that pins the certificate: nothing is
 * signed that nobody could use.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"

static bool opts_good(const struct mdesc_sign_opts *opts, struct mdesc_error *err)
{
	if (opts_valid(opts, sizeof(*opts)))
		return true;
	error_set(err, EINVAL, MDESC_CLASS_SYSTEM, "options of mdesc_image__sign() that this libmdesc does not know");
	return false;
}

static int may_sign(const struct mdesc_image *img, int existing, struct mdesc_error *err)
{
	if (existing != MDESC_SIGN_REFUSE || !image_section(img, MDESC_SEC_SIG))
		return 0;
	return error_set(err, EEXIST, MDESC_CLASS_INPUT, "%.200s: is signed already", img->name);
}

#ifdef HAVE_LIBCRYPTO

/* Of one signing. */
struct signing {
	struct crypto c;
	const struct mdesc_image *img;
	EVP_PKEY *key;
	OPENSSL_STACK *certs;		/* the signer's first */
	CMS_ContentInfo *cms;
	unsigned char *sig;
	int sig_size;
};

static struct signed_part part_of(const struct signing *s)
{
	const struct section *digest = s->img->tables[TABLE_DIGEST].section;

	return (struct signed_part){
		.name = s->img->name, .sig = s->sig, .sig_size = s->sig_size,
		.digest = digest->data, .digest_size = digest->size,
	};
}

/* ---- what signs ---- */

static int give_passphrase(char *buf, int size, int rwflag, void *passphrase)
{
	int len = passphrase ? strlen(passphrase) : 0;

	(void)rwflag;
	if (!len || len > size)
		return -1;
	memcpy(buf, passphrase, len);
	return len;
}

static int bad_file(struct mdesc_error *err, const char *path, int code)
{
	enum mdesc_class kind = code == ENOENT || code == ENOTDIR ? MDESC_CLASS_NOT_FOUND :
				code == EACCES || code == EPERM ? MDESC_CLASS_DENIED : MDESC_CLASS_SYSTEM;

	if (code == EBADMSG)
		return error_set(err, EINVAL, MDESC_CLASS_INPUT, "%.200s: is no regular file, or too large", path);
	return error_set(err, code, kind, "%.200s: %s", path, strerror(code));
}

static int read_key(struct signing *s, const char *path, const char *passphrase, struct mdesc_error *err)
{
	const struct crypto *c = &s->c;
	char *data = NULL;
	size_t size;
	BIO *in;
	int ret = small_file_read(path, &data, &size);

	if (ret) {
		free(data);
		return bad_file(err, path, -ret);
	}
	in = c->BIO_new_mem_buf(data, size);
	if (in && memmem(data, size, "-----BEGIN ", 11))
		s->key = c->PEM_read_bio_PrivateKey(in, NULL, give_passphrase, (void *)passphrase);
	else if (in)
		s->key = c->d2i_PrivateKey_bio(in, NULL);
	if (!s->key)
		ret = error_set(err, EINVAL, MDESC_CLASS_INPUT, "%.200s: no private key (%s)%s", path,
				crypto_reason(c), memmem(data, size, "ENCRYPTED", 9) ?
				": it is encrypted, and the passphrase is wrong or was not given" : "");
	c->BIO_free_all(in);
	explicit_bzero(data, size);
	free(data);
	return ret;
}

static int read_signer_certs(struct signing *s, const char *path, struct mdesc_error *err)
{
	int n;

	s->certs = s->c.OPENSSL_sk_new_null();
	n = s->certs ? certs_read(&s->c, path, s->certs) : -ENOMEM;
	if (n < 0 && n != -EBADMSG)
		return bad_file(err, path, -n);
	if (n <= 0)
		return error_set(err, EINVAL, MDESC_CLASS_INPUT, "%.200s: holds no certificate", path);
	return 0;
}

static int read_signer(struct signing *s, const char *key, const char *cert, const char *passphrase,
		       struct mdesc_error *err)
{
	int ret = read_key(s, key, passphrase, err);
	const char *unfit;

	if (!ret)
		ret = read_signer_certs(s, cert, err);
	if (ret)
		return ret;
	if (!s->c.X509_check_private_key(s->c.OPENSSL_sk_value(s->certs, 0), s->key))
		return error_set(err, EINVAL, MDESC_CLASS_INPUT, "%.150s: is not the key of the certificate in %.150s",
				 key, cert);
	unfit = crypto_unfit(&s->c, s->c.OPENSSL_sk_value(s->certs, 0));
	if (unfit)
		return error_set(err, EINVAL, MDESC_CLASS_INPUT,
				 "%.200s: the certificate is not for signing images: %s", cert, unfit);
	return 0;
}

/* ---- signing ---- */

static int crypto_failed(const struct signing *s, const char *what, struct mdesc_error *err)
{
	return error_set(err, EIO, MDESC_CLASS_SYSTEM, "%.200s: %s: %s", s->img->name, what,
			 crypto_reason(&s->c));
}

/* What `openssl cms -sign -binary -noattr` makes. */
static int make_cms(struct signing *s, struct mdesc_error *err)
{
	const unsigned int flags = CMS_DETACHED | CMS_BINARY | CMS_NOATTR | CMS_PARTIAL;
	const struct crypto *c = &s->c;
	struct signed_part part = part_of(s);
	BIO *content = c->BIO_new_mem_buf(part.digest, part.digest_size);
	bool good = false;
	int i;

	s->cms = c->CMS_sign(NULL, NULL, NULL, NULL, flags);
	if (content && s->cms)
		good = c->CMS_add1_signer(s->cms, c->OPENSSL_sk_value(s->certs, 0), s->key, c->EVP_sha256(), flags);
	for (i = 1; good && i < c->OPENSSL_sk_num(s->certs); i++)
		good = c->CMS_add1_cert(s->cms, c->OPENSSL_sk_value(s->certs, i));
	if (good)
		good = c->CMS_final(s->cms, content, NULL, flags);
	c->BIO_free_all(content);
	return good ? 0 : crypto_failed(s, "cannot be signed", err);
}

/* The signers and certificates of the signature that the image has, beside the new one. */
static int keep_existing(struct signing *s, struct mdesc_error *err)
{
	const struct section *old = image_section(s->img, MDESC_SEC_SIG);
	const struct crypto *c = &s->c;
	const unsigned char *p = old->data;
	OPENSSL_STACK *from, *to = (OPENSSL_STACK *)c->CMS_get0_SignerInfos(s->cms), *certs;
	CMS_ContentInfo *cms = c->d2i_CMS_ContentInfo(NULL, &p, old->size);
	void *signer, *cert;
	int ret = 0;

	from = cms ? (OPENSSL_STACK *)c->CMS_get0_SignerInfos(cms) : NULL;
	if (!from)
		ret = error_set(err, EINVAL, MDESC_CLASS_INPUT,
				"%.200s: its signature is damaged: none can be added to it", s->img->name);
	while (!ret && (signer = c->OPENSSL_sk_pop(from)))
		if (c->OPENSSL_sk_push(to, signer) <= 0)
			ret = crypto_failed(s, "cannot be signed", err);
	certs = ret ? NULL : (OPENSSL_STACK *)c->CMS_get1_certs(cms);
	while (certs && (cert = c->OPENSSL_sk_pop(certs))) {
		c->CMS_add1_cert(s->cms, cert);		/* fails where it is there */
		c->X509_free(cert);
	}
	c->OPENSSL_sk_free(certs);
	c->CMS_ContentInfo_free(cms);
	return ret;
}

static int encode(struct signing *s, struct mdesc_error *err)
{
	s->sig_size = s->c.i2d_CMS_ContentInfo(s->cms, &s->sig);
	return s->sig_size > 0 ? 0 : crypto_failed(s, "the signature cannot be written", err);
}

/* As a host does that trusts these certificates alone. */
static int check_made(struct signing *s, OPENSSL_STACK *certs, struct mdesc_error *err)
{
	struct signed_part part = part_of(s);
	struct trust trust = { .c = NULL };
	char *signer = NULL, name[256];
	int ret = trust_only(&trust, &s->c, certs, err);

	snprintf(name, sizeof(name), "%.150s, as it would become", s->img->name);
	part.name = name;
	if (!ret)
		ret = signature_check_trust(&s->c, &part, &trust, "what it was signed with", &signer, err);
	free(signer);
	trust_close(&trust);
	/* Not an image that is not trusted, but wrong input. */
	if (ret == -EKEYREJECTED && err)
		err->kind = MDESC_CLASS_INPUT;
	return ret;
}

static int sign(struct signing *s, int existing, struct mdesc_error *err)
{
	int ret = make_cms(s, err);

	if (!ret && existing == MDESC_SIGN_ADD && image_section(s->img, MDESC_SEC_SIG))
		ret = keep_existing(s, err);
	if (!ret)
		ret = encode(s, err);
	return ret ? ret : check_made(s, s->certs, err);
}

static void end(struct signing *s)
{
	const struct crypto *c = &s->c;

	c->CRYPTO_free(s->sig, __FILE__, __LINE__);
	c->CMS_ContentInfo_free(s->cms);
	c->EVP_PKEY_free(s->key);
	c->OPENSSL_sk_pop_free(s->certs, (OPENSSL_sk_freefunc)c->X509_free);
	crypto_end(c);
}

/* What both ways to sign begin with. */
static int begin(struct signing *s, const struct mdesc_sign_opts *opts, int existing, const char *what, void **data,
		 struct mdesc_error *err)
{
	int ret;

	*data = NULL;
	if (!opts_good(opts, err))
		return -EINVAL;
	ret = may_sign(s->img, existing, err);
	return ret ? ret : crypto_begin(&s->c, what, err);
}

int mdesc_image__sign(const struct mdesc_image *img, const char *key, const char *cert,
		      const struct mdesc_sign_opts *opts, void **data, size_t *size, struct mdesc_error *err)
{
	int existing = OPTS_GET(opts, existing, MDESC_SIGN_REFUSE);
	struct signing s = { .img = img };
	int ret = begin(&s, opts, existing, "an image cannot be signed", data, err);

	if (ret)
		return ret;
	ret = read_signer(&s, key, cert, OPTS_GET(opts, passphrase, NULL), err);
	if (!ret)
		ret = sign(&s, existing, err);
	if (!ret)
		ret = image_attach(img, s.sig, s.sig_size, data, size, err);
	end(&s);
	return ret;
}

/* ---- a signature that was made elsewhere ---- */

/* Whom it must be by: whose certificates are in the file @cert, or came with the signature. */
static int read_attached(struct signing *s, const char *path, const char *cert, struct mdesc_error *err)
{
	const unsigned char *p;
	char *data = NULL;
	size_t size;
	int ret = small_file_read(path, &data, &size);

	if (ret) {
		free(data);
		return bad_file(err, path, -ret);
	}
	p = (const unsigned char *)data;
	s->cms = s->c.d2i_CMS_ContentInfo(NULL, &p, size);
	free(data);
	if (!s->cms)
		return error_set(err, EINVAL, MDESC_CLASS_INPUT, "%.200s: is no CMS signature in DER", path);
	if (cert)
		return read_signer_certs(s, cert, err);
	s->certs = (OPENSSL_STACK *)s->c.CMS_get1_certs(s->cms);
	if (s->certs && s->c.OPENSSL_sk_num(s->certs) > 0)
		return 0;
	return error_set(err, EINVAL, MDESC_CLASS_INPUT,
			 "%.200s: no certificate came with the signature: say which one it is by", path);
}

int mdesc_image__attach_signature(const struct mdesc_image *img, const char *path, const char *cert,
				  const struct mdesc_sign_opts *opts, void **data, size_t *size,
				  struct mdesc_error *err)
{
	int existing = OPTS_GET(opts, existing, MDESC_SIGN_REFUSE);
	struct signing s = { .img = img };
	int ret = begin(&s, opts, existing, "a signature cannot be attached", data, err);

	if (ret)
		return ret;
	ret = read_attached(&s, path, cert, err);
	if (!ret)
		ret = encode(&s, err);
	if (!ret)
		ret = check_made(&s, s.certs, err);
	if (!ret && existing == MDESC_SIGN_ADD && image_section(img, MDESC_SEC_SIG)) {
		s.c.CRYPTO_free(s.sig, __FILE__, __LINE__);
		s.sig = NULL;
		ret = keep_existing(&s, err);
		if (!ret)
			ret = encode(&s, err);
		if (!ret)
			ret = check_made(&s, s.certs, err);
	}
	if (!ret)
		ret = image_attach(img, s.sig, s.sig_size, data, size, err);
	end(&s);
	return ret;
}

#else

static int cannot(const struct mdesc_image *img, const struct mdesc_sign_opts *opts, void **data,
		  struct mdesc_error *err)
{
	int ret;

	*data = NULL;
	if (!opts_good(opts, err))
		return -EINVAL;
	ret = may_sign(img, OPTS_GET(opts, existing, MDESC_SIGN_REFUSE), err);
	return ret ? ret : error_set(err, ENOTSUP, MDESC_CLASS_DENIED, "%.200s: cannot be signed: built without "
				     "libcrypto", img->name);
}

int mdesc_image__sign(const struct mdesc_image *img, const char *key, const char *cert,
		      const struct mdesc_sign_opts *opts, void **data, size_t *size, struct mdesc_error *err)
{
	(void)key;
	(void)cert;
	(void)size;
	return cannot(img, opts, data, err);
}

int mdesc_image__attach_signature(const struct mdesc_image *img, const char *path, const char *cert,
				  const struct mdesc_sign_opts *opts, void **data, size_t *size,
				  struct mdesc_error *err)
{
	(void)path;
	(void)cert;
	(void)size;
	return cannot(img, opts, data, err);
}

#endif /* HAVE_LIBCRYPTO */

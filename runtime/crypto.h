/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Signatures, for the library's own files: libcrypto, and what is trusted.
 *
 *   crypto.c     libcrypto's calls, loaded when the first signature is looked at
 *   trust.c      a directory or file of certificates
 *   signature.c  the check of a signature against trusted certificates
 *   sign.c       making one
 *   attach.c     putting it into an image
 */
#ifndef MDESC_CRYPTO_H
#define MDESC_CRYPTO_H

#include "lazylib.h"
#include "names.h"

/* One struct mdesc_image, or what was fetched of one, as far as signatures go. */
struct signed_part {
	const char *name;	/* for error texts */
	const void *sig;	/* .mdesc.sig */
	size_t sig_size;
	const void *digest;	/* .mdesc.digest, whole */
	size_t digest_size;
};

/*
 * Is @part signed by whom the certificates in @cert_dir (NULL: the usual one) vouch for? 0 and who
 * it was, to be freed, in @signer; else -EKEYREJECTED, -ENOTSUP and so on.
 */
int signature_check(const struct signed_part *part, const char *cert_dir, char **signer,
		    struct mdesc_error *err);

/* attach.c: the bytes of @img with this .mdesc.sig instead of the one that it may have. */
int image_attach(const struct mdesc_image *img, const void *sig, size_t sig_size, void **data,
		 size_t *size, struct mdesc_error *err);

#ifdef HAVE_LIBCRYPTO

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/stack.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#define CRYPTO_CALLS(X)								\
	X(ASN1_INTEGER_to_BN) X(ASN1_STRING_get0_data) X(ASN1_STRING_length)	\
	X(ASN1_TIME_print)							\
	X(BIO_ctrl) X(BIO_free) X(BIO_free_all) X(BIO_new) X(BIO_new_mem_buf) X(BIO_read) X(BIO_s_mem) \
	X(BN_bn2hex) X(BN_free) X(CRYPTO_free)					\
	X(CMS_ContentInfo_free) X(CMS_SignerInfo_get0_algs) X(CMS_SignerInfo_get0_signature) \
	X(CMS_SignerInfo_get0_signer_id) X(CMS_SignerInfo_verify)		\
	X(CMS_SignerInfo_verify_content) X(CMS_add1_cert) X(CMS_add1_signer)	\
	X(CMS_dataInit) X(CMS_final) X(CMS_get0_SignerInfos) X(CMS_get0_eContentType) \
	X(CMS_get0_type) X(CMS_get1_certs) X(CMS_is_detached) X(CMS_set1_signers_certs)	\
	X(CMS_sign) X(CMS_signed_get_attr_count) X(d2i_CMS_ContentInfo) X(i2d_CMS_ContentInfo) \
	X(ERR_peek_last_error) X(ERR_pop_to_mark) X(ERR_reason_error_string) X(ERR_set_mark) \
	X(EVP_PKEY_CTX_free) X(EVP_PKEY_CTX_new) X(EVP_PKEY_CTX_set_rsa_padding)	\
	X(EVP_PKEY_CTX_set_signature_md) X(EVP_PKEY_free) X(EVP_PKEY_get_base_id)	\
	X(EVP_PKEY_get_bits) X(EVP_PKEY_get_group_name) X(EVP_PKEY_verify_recover)	\
	X(EVP_PKEY_verify_recover_init) X(EVP_get_digestbyname) X(EVP_sha256)	\
	X(OBJ_nid2sn) X(OBJ_obj2nid) X(X509_ALGOR_get0)				\
	X(OPENSSL_sk_free) X(OPENSSL_sk_new_null) X(OPENSSL_sk_num) X(OPENSSL_sk_pop)	\
	X(OPENSSL_sk_pop_free) X(OPENSSL_sk_push) X(OPENSSL_sk_value)		\
	X(PEM_read_bio_PrivateKey) X(PEM_read_bio_X509) X(d2i_PrivateKey_bio) X(d2i_X509_bio) \
	X(X509_NAME_print_ex) X(X509_STORE_CTX_free) X(X509_STORE_CTX_get_current_cert)	\
	X(X509_STORE_CTX_get_error) X(X509_STORE_CTX_get_error_depth) X(X509_STORE_CTX_get0_param) \
	X(X509_STORE_CTX_init) X(X509_STORE_CTX_new) X(X509_STORE_add_cert) X(X509_STORE_free) \
	X(X509_STORE_new) X(X509_VERIFY_PARAM_set_auth_level) X(X509_VERIFY_PARAM_set_flags) \
	X(X509_check_private_key) X(X509_cmp) X(X509_free) X(X509_get0_notAfter) X(X509_get0_notBefore)	\
	X(X509_get0_pubkey) X(X509_get_extended_key_usage) X(X509_get_key_usage)	\
	X(X509_get_subject_name) X(X509_up_ref) X(X509_verify_cert) X(X509_verify_cert_error_string)

struct crypto {
	LAZYLIB_MEMBERS(CRYPTO_CALLS)
};

/* Ends with crypto_end(), which leaves the thread's error queue as it was. */
int crypto_begin(struct crypto *c, const char *what, struct mdesc_error *err);
void crypto_end(const struct crypto *c);
/* Why the last call failed, in libcrypto's words. */
const char *crypto_reason(const struct crypto *c);
/* A name as "CN=fleet,O=example", cut off where it is longer. */
void crypto_name(const struct crypto *c, const X509_NAME *name, char *buf, size_t size);
/* What stops @cert from signing images at any time and with any trust: NULL, or a phrase. */
const char *crypto_unfit(const struct crypto *c, X509 *cert);

/* ---- trust.c ---- */

struct trust {
	const struct crypto *c;
	X509_STORE *store;
	OPENSSL_STACK *certs;	/* of X509 */
	char bad[128];		/* a file that should be a certificate and is none; "" */
};

/* All certificates of a directory. One file that is damaged does not take the others' worth. */
int trust_open(struct trust *t, const struct crypto *c, const char *dir, struct mdesc_error *err);
/* These (X509), and no others. */
int trust_only(struct trust *t, const struct crypto *c, OPENSSL_STACK *certs, struct mdesc_error *err);
void trust_close(struct trust *t);
/* All certificates of a file, PEM or DER, onto a stack; how many, 0 where it has none, or -errno. */
int certs_read(const struct crypto *c, const char *path, OPENSSL_STACK *certs);
/* A key, a certificate or a signature: 1 MiB at most. *@data is to be freed in any case. 0 or -errno. */
int small_file_read(const char *path, char **data, size_t *size);

/* signature.c: the check itself. */
int signature_check_trust(const struct crypto *c, const struct signed_part *part, const struct trust *trust,
			  const char *dir, char **signer, struct mdesc_error *err);

#endif /* HAVE_LIBCRYPTO */

#endif /* MDESC_CRYPTO_H */

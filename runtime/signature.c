/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The signature of an image.
 *
 * Takes a CMS signature, the digest table that it should be over, and trusted
 * certificates; says who signed, or exactly what is wrong. One signer who is
 * trusted is enough: during a change of keys an image has the old and the new
 * one. Every signer is looked at, and the error is of the one who came furthest.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"

#ifdef HAVE_LIBCRYPTO

#define SIG_MAX		(256u << 10)	/* bytes */
#define SIGNERS_MAX	16

/* How far a signer came: what is worth telling grows. */
enum stage { AT_START, AT_SIGNER, AT_TRUST, AT_FITNESS, AT_SIGNATURE };

struct check {
	const struct crypto *c;
	const struct signed_part *part;
	const struct trust *trust;
	const char *dir;
	CMS_ContentInfo *cms;
	OPENSSL_STACK *embedded;	/* certificates in the signature, or NULL */
	BIO *digested;			/* all of the content went through it */
	enum stage stage;
	char why[384];
};

static int rejected(struct check *k, struct mdesc_error *err)
{
	return error_set(err, EKEYREJECTED, MDESC_CLASS_CORRUPT, "%.150s: %s%s%s%s%s", k->part->name, k->why,
			 k->trust->bad[0] && k->stage == AT_TRUST ? " (" : "",
			 k->trust->bad[0] && k->stage == AT_TRUST ? k->trust->bad : "",
			 k->trust->bad[0] && k->stage == AT_TRUST ? " there cannot be read as one" : "",
			 k->trust->bad[0] && k->stage == AT_TRUST ? ")" : "");
}

#define fails(k, at, ...)							\
	do {									\
		if ((k)->stage < (at)) {					\
			(k)->stage = (at);					\
			snprintf((k)->why, sizeof((k)->why), __VA_ARGS__);	\
		}								\
	} while (0)

/* ---- the structure ---- */

static int damaged(const struct check *k, const char *what, struct mdesc_error *err)
{
	return error_set(err, EKEYREJECTED, MDESC_CLASS_CORRUPT, "%.200s: " MDESC_SEC_SIG ": %s",
			 k->part->name, what);
}

static int parse(struct check *k, struct mdesc_error *err)
{
	const struct crypto *c = k->c;
	const unsigned char *p = k->part->sig, *end = p + k->part->sig_size;
	const ASN1_OBJECT *type;
	BIO *content;
	char buf[4096];

	if (k->part->sig_size > SIG_MAX)
		return damaged(k, "is too large for a signature", err);
	k->cms = c->d2i_CMS_ContentInfo(NULL, &p, k->part->sig_size);
	if (!k->cms || p != end)
		return damaged(k, "the signature is damaged: it is no CMS structure in DER", err);
	if (c->OBJ_obj2nid(c->CMS_get0_type(k->cms)) != NID_pkcs7_signed)
		return damaged(k, "holds CMS, but no signature", err);
	if (!c->CMS_is_detached(k->cms))
		return damaged(k, "the signature has a content of its own instead of " MDESC_SEC_DIGEST, err);
	type = c->CMS_get0_eContentType(k->cms);
	if (!type || c->OBJ_obj2nid(type) != NID_pkcs7_data)
		return damaged(k, "the signature is one over no plain data", err);
	k->embedded = (OPENSSL_STACK *)c->CMS_get1_certs(k->cms);
	content = c->BIO_new_mem_buf(k->part->digest, k->part->digest_size);
	k->digested = content ? c->CMS_dataInit(k->cms, content) : NULL;
	if (!k->digested) {
		c->BIO_free_all(content);
		return damaged(k, "the signature uses a digest that libcrypto does not know", err);
	}
	while (c->BIO_read(k->digested, buf, sizeof(buf)) > 0)
		;
	/* Certificates for signers: ours first, then those that came along. */
	c->CMS_set1_signers_certs(k->cms, (STACK_OF(X509) *)k->trust->certs, 0);
	return 0;
}

/* ---- one signer ---- */

static void unknown_key(struct check *k, CMS_SignerInfo *si)
{
	const struct crypto *c = k->c;
	X509_NAME *issuer = NULL;
	ASN1_INTEGER *serial = NULL;
	ASN1_OCTET_STRING *keyid = NULL;
	char name[160], *hex = NULL;
	BIGNUM *bn;

	c->CMS_SignerInfo_get0_signer_id(si, &keyid, &issuer, &serial);
	if (!issuer || !serial) {
		fails(k, AT_SIGNER, "is signed by a key that is of no certificate in %.150s", k->dir);
		return;
	}
	crypto_name(c, issuer, name, sizeof(name));
	bn = c->ASN1_INTEGER_to_BN(serial, NULL);
	hex = bn ? c->BN_bn2hex(bn) : NULL;
	fails(k, AT_SIGNER, "is signed by a key that is of no certificate in %.100s (serial %.50s of %s)",
	      k->dir, hex ? hex : "?", name);
	c->CRYPTO_free(hex, __FILE__, __LINE__);
	c->BN_free(bn);
}

static void print_time(const struct crypto *c, const ASN1_TIME *t, char *buf, size_t size)
{
	BIO *out = c->BIO_new(c->BIO_s_mem());
	int n = 0;

	if (out && c->ASN1_TIME_print(out, t) > 0)
		n = c->BIO_read(out, buf, size - 1);
	buf[n > 0 ? n : 0] = 0;
	c->BIO_free_all(out);
}

/* The chain that did not hold, as text: the signer's own certificate, or one further up. */
static void untrusted(struct check *k, const char *who, X509_STORE_CTX *ctx)
{
	const struct crypto *c = k->c;
	X509 *cert = c->X509_STORE_CTX_get_current_cert(ctx);
	int code = c->X509_STORE_CTX_get_error(ctx);
	char name[128], whose[200] = "whose certificate", when[64] = "?";

	if (cert && c->X509_STORE_CTX_get_error_depth(ctx) > 0) {
		crypto_name(c, c->X509_get_subject_name(cert), name, sizeof(name));
		snprintf(whose, sizeof(whose), "but the certificate of %s, which vouches for that,", name);
	}
	switch (code) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		if (cert)
			print_time(c, c->X509_get0_notAfter(cert), when, sizeof(when));
		fails(k, AT_FITNESS, "is signed by %s, %s has expired on %s", who, whose, when);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		if (cert)
			print_time(c, c->X509_get0_notBefore(cert), when, sizeof(when));
		fails(k, AT_FITNESS, "is signed by %s, %s is valid only from %s on (is this machine's clock right?)",
		      who, whose, when);
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		fails(k, AT_TRUST, "is signed by %s, whom no certificate in %.100s vouches for", who, k->dir);
		break;
	default:
		fails(k, AT_FITNESS, "is signed by %s, %s is not accepted: %s", who, whose,
		      c->X509_verify_cert_error_string(code));
	}
}

static bool chain_holds(struct check *k, const char *who, X509 *cert, X509_STORE *store, OPENSSL_STACK *between)
{
	const struct crypto *c = k->c;
	X509_STORE_CTX *ctx = c->X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	bool good = false;

	if (ctx && c->X509_STORE_CTX_init(ctx, store, cert, (STACK_OF(X509) *)between)) {
		param = c->X509_STORE_CTX_get0_param(ctx);
		/* Whatever is in the directory is where a chain may end, be it a CA's or a signer's own. */
		c->X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
		/* 112 bits: RSA from 2048 bits, no SHA-1. */
		c->X509_VERIFY_PARAM_set_auth_level(param, 2);
		good = c->X509_verify_cert(ctx) == 1;
		if (!good)
			untrusted(k, who, ctx);
	} else {
		fails(k, AT_TRUST, "not enough memory to check who signed it");
	}
	c->X509_STORE_CTX_free(ctx);
	return good;
}

/* A certificate that is in the directory itself needs nobody to vouch for it, whoever issued it. */
static bool is_trusted(struct check *k, const char *who, X509 *cert)
{
	const struct crypto *c = k->c;
	X509_STORE *own;
	bool good = false;
	int i;

	for (i = 0; i < c->OPENSSL_sk_num(k->trust->certs); i++)
		if (c->X509_cmp(cert, c->OPENSSL_sk_value(k->trust->certs, i)) == 0)
			break;
	if (i == c->OPENSSL_sk_num(k->trust->certs))
		return chain_holds(k, who, cert, k->trust->store, k->embedded);
	own = c->X509_STORE_new();
	if (own && c->X509_STORE_add_cert(own, cert))
		good = chain_holds(k, who, cert, own, NULL);
	c->X509_STORE_free(own);
	return good;
}

/* The signature is none over our content. With RSA it can be seen whether it is one over another. */
static void wrong_signature(struct check *k, const char *who, CMS_SignerInfo *si, EVP_PKEY *key, const EVP_MD *md)
{
	const struct crypto *c = k->c;
	const ASN1_OCTET_STRING *sig = c->CMS_SignerInfo_get0_signature(si);
	unsigned char digest[1024];
	size_t size = sizeof(digest);
	EVP_PKEY_CTX *ctx;
	bool whole;

	if (c->EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		fails(k, AT_SIGNATURE, "its signature by %s is of another image, or damaged", who);
		return;
	}
	ctx = c->EVP_PKEY_CTX_new(key, NULL);
	whole = ctx && c->EVP_PKEY_verify_recover_init(ctx) > 0 &&
		c->EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0 &&
		c->EVP_PKEY_CTX_set_signature_md(ctx, md) > 0 && c->EVP_PKEY_get_bits(key) <= 8 * 1024 &&
		c->EVP_PKEY_verify_recover(ctx, digest, &size, c->ASN1_STRING_get0_data(sig),
					   c->ASN1_STRING_length(sig)) > 0;
	c->EVP_PKEY_CTX_free(ctx);
	if (whole)
		fails(k, AT_SIGNATURE, "its signature by %s is of another image", who);
	else
		fails(k, AT_SIGNATURE, "its signature by %s is damaged: it is none by that key", who);
}

static bool is_over_digest(struct check *k, const char *who, CMS_SignerInfo *si, EVP_PKEY *key, X509_ALGOR *alg)
{
	const struct crypto *c = k->c;
	const ASN1_OBJECT *oid = NULL;
	const char *name;

	c->X509_ALGOR_get0(&oid, NULL, NULL, alg);
	name = c->OBJ_nid2sn(c->OBJ_obj2nid(oid));
	if (!name || (strcmp(name, "SHA256") && strcmp(name, "SHA384") && strcmp(name, "SHA512"))) {
		fails(k, AT_SIGNATURE, "its signature by %s is over a digest that is not trusted (%.40s)", who,
		      name ? name : "unknown");
		return false;
	}
	if (c->CMS_signed_get_attr_count(si) >= 0 && c->CMS_SignerInfo_verify(si) <= 0) {
		fails(k, AT_SIGNATURE, "its signature by %s is damaged: it is none by that key", who);
		return false;
	}
	if (c->CMS_SignerInfo_verify_content(si, k->digested) > 0)
		return true;
	if (c->CMS_signed_get_attr_count(si) >= 0)
		fails(k, AT_SIGNATURE, "its signature by %s is of another image", who);
	else
		wrong_signature(k, who, si, key, c->EVP_get_digestbyname(name));
	return false;
}

/* Who signed, to be freed; NULL: this signature is worth nothing, or no memory. */
static char *check_signer(struct check *k, CMS_SignerInfo *si)
{
	X509_ALGOR *digest_alg = NULL, *sig_alg = NULL;
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	char who[128];
	const char *unfit;

	k->c->CMS_SignerInfo_get0_algs(si, &key, &cert, &digest_alg, &sig_alg);
	if (!cert) {
		unknown_key(k, si);
		return NULL;
	}
	crypto_name(k->c, k->c->X509_get_subject_name(cert), who, sizeof(who));
	if (!is_trusted(k, who, cert))
		return NULL;
	unfit = crypto_unfit(k->c, cert);
	if (unfit) {
		fails(k, AT_FITNESS, "is signed by %s, whose certificate is not for that: %s", who, unfit);
		return NULL;
	}
	return is_over_digest(k, who, si, k->c->X509_get0_pubkey(cert), digest_alg) ? strdup(who) : NULL;
}

static int check_signers(struct check *k, char **signer, struct mdesc_error *err)
{
	const OPENSSL_STACK *signers = (const OPENSSL_STACK *)k->c->CMS_get0_SignerInfos(k->cms);
	int n = k->c->OPENSSL_sk_num(signers), i;

	if (n < 1)
		return damaged(k, "the signature has no signer", err);
	if (n > SIGNERS_MAX)
		return damaged(k, "the signature has too many signers", err);
	for (i = 0; i < n && !*signer; i++)
		*signer = check_signer(k, k->c->OPENSSL_sk_value(signers, i));
	return *signer ? 0 : rejected(k, err);
}

int signature_check_trust(const struct crypto *c, const struct signed_part *part, const struct trust *trust,
			  const char *dir, char **signer, struct mdesc_error *err)
{
	struct check k = { .c = c, .part = part, .trust = trust, .dir = dir, .why = "not enough memory" };
	int ret;

	*signer = NULL;
	ret = parse(&k, err);
	if (!ret)
		ret = check_signers(&k, signer, err);
	c->BIO_free_all(k.digested);
	c->OPENSSL_sk_pop_free(k.embedded, (OPENSSL_sk_freefunc)c->X509_free);
	c->CMS_ContentInfo_free(k.cms);
	return ret;
}

int signature_check(const struct signed_part *part, const char *cert_dir, char **signer,
		    struct mdesc_error *err)
{
	const char *dir = cert_dir ? cert_dir : MDESC_CERT_DIR;
	struct trust trust = { .c = NULL };
	struct crypto c;
	char what[256];
	int ret;

	*signer = NULL;
	snprintf(what, sizeof(what), "%.150s: its signature cannot be checked", part->name);
	ret = crypto_begin(&c, what, err);
	if (ret)
		return ret;
	ret = trust_open(&trust, &c, dir, err);
	if (!ret)
		ret = signature_check_trust(&c, part, &trust, dir, signer, err);
	trust_close(&trust);
	crypto_end(&c);
	return ret;
}

#endif /* HAVE_LIBCRYPTO */

int image_check_signature(struct mdesc_image *img, const struct mdesc_image_open_opts *opts,
			  struct mdesc_error *err)
{
	const struct section *sig = image_section(img, MDESC_SEC_SIG);
	const struct section *digest = img->tables[TABLE_DIGEST].section;
	struct signed_part part = { .name = img->name, .digest = digest->data, .digest_size = digest->size };

	if (!OPTS_GET(opts, require_signature, false))
		return 0;
	if (!sig)
		return error_set(err, EKEYREJECTED, MDESC_CLASS_CORRUPT,
				 "%.200s: is not signed, and a signature is required", img->name);
	part.sig = sig->data;
	part.sig_size = sig->size;
	return signature_check(&part, OPTS_GET(opts, cert_dir, NULL), &img->signer, err);
}

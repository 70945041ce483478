/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * libcrypto, loaded when the first signature is looked at or made, and what is
 * asked of a certificate whose key signs images. A build without libcrypto has
 * nothing of it, and says so.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "crypto.h"

#ifdef HAVE_LIBCRYPTO

#define STRING(x)	#x
#define SONAME(version)	"libcrypto.so." STRING(version)

int crypto_begin(struct crypto *c, const char *what, struct mdesc_error *err)
{
	static const char *const names[] = { LAZYLIB_NAMES(CRYPTO_CALLS) };
	int ret;

	_Static_assert(sizeof(*c) == (sizeof(names) / sizeof(names[0]) - 1) * sizeof(void *),
		       "a member for each name");
	ret = lazylib_load(SONAME(OPENSSL_SHLIB_VERSION), names, c, what, err);
	if (!ret)
		c->ERR_set_mark();
	return ret;
}

void crypto_end(const struct crypto *c)
{
	c->ERR_pop_to_mark();
}

const char *crypto_reason(const struct crypto *c)
{
	const char *why = c->ERR_reason_error_string(c->ERR_peek_last_error());

	return why ? why : "libcrypto does not say why";
}

void crypto_name(const struct crypto *c, const X509_NAME *name, char *buf, size_t size)
{
	BIO *out = c->BIO_new(c->BIO_s_mem());
	int n = 0;

	if (out && c->X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253) >= 0)
		n = c->BIO_read(out, buf, size - 1);
	buf[n > 0 ? n : 0] = 0;
	if (!buf[0])
		snprintf(buf, size, "one without a name");
	c->BIO_free_all(out);
}

static const char *unfit_key(const struct crypto *c, EVP_PKEY *key)
{
	char group[64] = "";

	if (!key)
		return "its key cannot be read";
	switch (c->EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		return c->EVP_PKEY_get_bits(key) < 2048 ? "its RSA key has fewer than 2048 bits" : NULL;
	case EVP_PKEY_EC:
		c->EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
		return strcmp(group, "prime256v1") && strcmp(group, "secp384r1") && strcmp(group, "secp521r1") ?
		       "its key is on another curve than P-256, P-384 or P-521" : NULL;
	default:
		return "its key is neither RSA nor on an elliptic curve of NIST";
	}
}

/* Absent extensions allow everything: both calls then say that all bits are set. */
const char *crypto_unfit(const struct crypto *c, X509 *cert)
{
	if (!(c->X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE))
		return "its key usage leaves out signatures";
	if (!(c->X509_get_extended_key_usage(cert) & (XKU_CODE_SIGN | XKU_SMIME | XKU_ANYEKU)))
		return "its extended key usage leaves out code signing";
	return unfit_key(c, c->X509_get0_pubkey(cert));
}

#else

int signature_check(const struct signed_part *part, const char *cert_dir, char **signer,
		    struct mdesc_error *err)
{
	(void)cert_dir;
	*signer = NULL;
	return error_set(err, ENOTSUP, MDESC_CLASS_DENIED,
			 "%.200s: its signature cannot be checked: built without libcrypto", part->name);
}

#endif

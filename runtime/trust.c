/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is trusted: takes a directory, gives all certificates in its files *.pem,
 * *.crt, *.cer and *.der, each of which may vouch for itself or for those that
 * it has issued. Other files there are nothing to us; a file that should hold
 * certificates and does not is named, should a check fail.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"

#ifdef HAVE_LIBCRYPTO

#define CERT_FILE_MAX	(1u << 20)	/* bytes */

int small_file_read(const char *path, char **data, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t n;
	int ret = 0;

	*data = NULL;
	*size = 0;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		ret = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_size > CERT_FILE_MAX)
		ret = -EBADMSG;
	else if (!(*data = malloc(st.st_size + 1)))
		ret = -ENOMEM;
	while (!ret && *size < (size_t)st.st_size) {
		n = read(fd, *data + *size, st.st_size - *size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = -errno;
		if (n <= 0)
			break;
		*size += n;
	}
	close(fd);
	return ret;
}

static int push(const struct crypto *c, OPENSSL_STACK *certs, X509 *cert)
{
	if (c->OPENSSL_sk_push(certs, cert) > 0)
		return 1;
	c->X509_free(cert);
	return -ENOMEM;
}

/* PEM has as many as it has, DER one. */
static int read_certs(const struct crypto *c, BIO *in, bool pem, OPENSSL_STACK *certs)
{
	X509 *cert;
	int n = 0, ret;

	while ((cert = pem ? c->PEM_read_bio_X509(in, NULL, NULL, NULL) : c->d2i_X509_bio(in, NULL))) {
		ret = push(c, certs, cert);
		if (ret < 0)
			return ret;
		n++;
		if (!pem)
			break;
	}
	return n;
}

int certs_read(const struct crypto *c, const char *path, OPENSSL_STACK *certs)
{
	char *data;
	size_t size;
	BIO *in;
	int ret = small_file_read(path, &data, &size);

	if (!ret) {
		in = c->BIO_new_mem_buf(data, size);
		ret = in ? read_certs(c, in, memmem(data, size, "-----BEGIN ", 11) != NULL, certs) : -ENOMEM;
		c->BIO_free_all(in);
	}
	free(data);
	return ret;
}

static int wanted(const struct dirent *d)
{
	static const char *const ends[] = { ".pem", ".crt", ".cer", ".der" };
	size_t len = strlen(d->d_name), i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (len > 4 && d->d_name[0] != '.' && strcmp(d->d_name + len - 4, ends[i]) == 0)
			return 1;
	return 0;
}

static int read_dir(struct trust *t, const char *dir, struct mdesc_error *err)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, wanted, alphasort), i, ret = 0;
	char path[4096];

	if (n < 0 && (errno == EACCES || errno == EPERM))
		return error_set(err, errno, MDESC_CLASS_DENIED, "%.200s: %s: no certificate can be read", dir,
				 strerror(errno));
	if (n < 0)
		return error_set(err, EKEYREJECTED, MDESC_CLASS_CORRUPT,
				 "%.200s: %s: no certificate is trusted", dir, strerror(errno));
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (ret != -ENOMEM)
			ret = certs_read(t->c, path, t->certs);
		if (ret <= 0 && !t->bad[0])
			snprintf(t->bad, sizeof(t->bad), "%.127s", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (ret == -ENOMEM)
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	if (t->c->OPENSSL_sk_num(t->certs) > 0)
		return 0;
	return error_set(err, EKEYREJECTED, MDESC_CLASS_CORRUPT,
			 "%.200s: holds no certificate (*.pem, *.crt, *.cer, *.der)%s%s%s: nobody is trusted", dir,
			 t->bad[0] ? ", as " : "", t->bad, t->bad[0] ? " cannot be read as one" : "");
}

static int trust_begin(struct trust *t, const struct crypto *c, struct mdesc_error *err)
{
	memset(t, 0, sizeof(*t));
	t->c = c;
	t->store = c->X509_STORE_new();
	t->certs = c->OPENSSL_sk_new_null();
	return t->store && t->certs ? 0 :
	       error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
}

/* The certificates into the store, where chains end. */
static int fill_store(struct trust *t, struct mdesc_error *err)
{
	int i;

	for (i = 0; i < t->c->OPENSSL_sk_num(t->certs); i++)
		if (!t->c->X509_STORE_add_cert(t->store, t->c->OPENSSL_sk_value(t->certs, i)))
			return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	return 0;
}

int trust_open(struct trust *t, const struct crypto *c, const char *dir, struct mdesc_error *err)
{
	int ret = trust_begin(t, c, err);

	if (!ret)
		ret = read_dir(t, dir, err);
	return ret ? ret : fill_store(t, err);
}

int trust_only(struct trust *t, const struct crypto *c, OPENSSL_STACK *certs, struct mdesc_error *err)
{
	int ret = trust_begin(t, c, err), i;

	for (i = 0; !ret && i < c->OPENSSL_sk_num(certs); i++) {
		X509 *cert = c->OPENSSL_sk_value(certs, i);

		if (!c->X509_up_ref(cert) || push(c, t->certs, cert) < 0)
			ret = error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	}
	return ret ? ret : fill_store(t, err);
}

void trust_close(struct trust *t)
{
	if (t->store)
		t->c->X509_STORE_free(t->store);
	if (t->certs)
		t->c->OPENSSL_sk_pop_free(t->certs, (OPENSSL_sk_freefunc)t->c->X509_free);
}

#endif /* HAVE_LIBCRYPTO */

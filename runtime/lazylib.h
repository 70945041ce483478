/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Libraries that are loaded when they are first needed, because loading them
 * costs every process milliseconds and few need them: libcrypto (signatures),
 * libdebuginfod with libcurl (fetching).
 *
 * A file that uses one has its calls as a list and makes of it a struct of
 * function pointers with the types of the library's own header:
 *
 *	#define CRYPTO_CALLS(X) X(BIO_free) X(CMS_sign) ...
 *	struct crypto { LAZYLIB_MEMBERS(CRYPTO_CALLS) };
 */
#ifndef MDESC_LAZYLIB_H
#define MDESC_LAZYLIB_H

#include <stddef.h>

#include "image.h"
#include "names.h"

#define LAZYLIB_MEMBER(name)	__typeof__(&name) name;
#define LAZYLIB_NAME(name)	#name,
#define LAZYLIB_MEMBERS(CALLS)	CALLS(LAZYLIB_MEMBER)
#define LAZYLIB_NAMES(CALLS)	CALLS(LAZYLIB_NAME) NULL

/*
 * Load @soname and look the @names up (NULL ends them) into @calls, an array of
 * pointers in their order. The library stays loaded for the life of the process.
 * 0 or -ENOTSUP (class denied) with @what cannot be done in the text.
 */
int lazylib_load(const char *soname, const char *const *names, void *calls, const char *what,
		 struct mdesc_error *err);

#endif /* MDESC_LAZYLIB_H */

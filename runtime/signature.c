/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The signature of an image.
 *
 * Takes an image whose digests were checked, and what its opener asks for; says
 * whether that is fulfilled. Nothing of an image that is not is looked at further,
 * or handed out.
 */
#include <errno.h>

#include "image.h"

int image_check_signature(const struct mdesc_image *img, const struct mdesc_image_open_opts *opts,
			  struct mdesc_error *err)
{
	if (!OPTS_GET(opts, require_signature, false))
		return 0;
	if (!image_section(img, MDESC_SEC_SIG))
		return error_set(err, EKEYREJECTED, MDESC_CLASS_CORRUPT,
				 "%.200s: is not signed, and a signature is required", img->name);
	return error_set(err, ENOTSUP, MDESC_CLASS_DENIED,
			 "%.200s: its signature cannot be checked: built without libcrypto", img->name);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Where the fields are, by the generated header. */
#include <stddef.h>
#include <stdio.h>

#include "acme.h"

int main(void)
{
	struct acme_metadata m = { .timestamp = 5, .hash = 7 };

	printf("hash at %zu is %llu, %zu bytes\n", offsetof(struct acme_metadata, hash),
	       (unsigned long long)acme_metadata_hash_get(&m), sizeof(m));
	return acme_metadata_timestamp_get(&m) == 5 ? 0 : 1;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <linux/types.h>

#include "acme_meta.h"
#include "acme_table-2.0.0.h"
#include "rx.h"

/* 0 for a packet that the parser has not seen. */
u64 acme_rx_time(const struct acme_metadata *m)
{
	if (acme_metadata_status_get(m) != ACME_STATUS_SEEN)
		return 0;
	return acme_metadata_timestamp_get(m);
}

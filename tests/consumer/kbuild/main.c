/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <linux/module.h>

#include "acme_meta.h"
#include "acme_meta.xdp.h"
#include "acme_table-1.4.0.xdp.h"
#include "rx.h"

static int __init acme_init(void)
{
	struct acme_metadata m = { .timestamp = 1, .status = ACME_STATUS_SEEN };
	struct acme_metadata_xdp x;

	acme_metadata_xdp_prepare(&x, &m);
	return acme_rx_time(&m) == 1 ? 0 : -EINVAL;
}
module_init(acme_init);

static void __exit acme_exit(void)
{
}
module_exit(acme_exit);

MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("Includes the header of a description");

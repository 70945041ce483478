/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The size of one release's metadata: NIC_HEADER says of which. */
#include <stdio.h>

#include NIC_HEADER

int main(void)
{
	printf("%s: %zu bytes\n", MDESC_NIC_RELEASE, sizeof(struct nic_metadata));
	return 0;
}

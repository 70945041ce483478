/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The BTF of the new firmware (-DNEW), of something else that has a type of the name (-DKERNEL). */
#include <linux/types.h>

#ifdef KERNEL
struct cnic_meta {
	__u16 stay;
	__u16 more;
};
struct cnic_meta kernel_meta;
#else
#include "nic.h"
struct cnic_meta new_meta;
enum cnic_kind new_kind;
#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What user.bpf.c counts, in its .bss: for the program and for those who read it. */
#ifndef USER_H
#define USER_H

struct user_counts {
	unsigned long long good;	/* the metadata says what the packet says */
	unsigned long long wrong;	/* it says something else */
	unsigned long long unknown;	/* of a layout that the program does not know */
	unsigned long long none;	/* there is no metadata */
};

#endif

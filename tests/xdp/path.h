/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What path.bpf.c writes down about a packet: for the programs and for xdp_path.c. */
#ifndef PATH_H
#define PATH_H

enum { PATH_XDP, PATH_TC, PATH_PEER };			/* where it was seen */
enum { PATH_PASS, PATH_STRIP, PATH_CPU, PATH_DEV };	/* what the program does with it then */

#define PATH_META	256
#define PATH_SHORT	2048	/* powers of two, for the verifier */
#define PATH_LONG	16384

/* Behind it: the packet, only of PATH_XDP. */
struct path_record {
	unsigned int where;
	unsigned int len;		/* of the packet, whole */
	unsigned int meta_len;
	unsigned int copied;		/* of the packet; less where it could not be */
	unsigned int meta[PATH_META / 4];
};

#endif

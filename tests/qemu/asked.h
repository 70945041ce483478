/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs of the virtual NIC have read of each packet, in both ways. */
#ifndef ASKED_H
#define ASKED_H

enum { ASKED_PACKETS = 128 };
enum { ASKED_TIMESTAMP = 1, ASKED_HASH = 2, ASKED_TAG = 4 };

struct answer {
	__u64 timestamp;
	__u32 hash, hash_type;
	__u16 vlan_proto, vlan_tci;	/* host order */
	__u32 has;			/* what there was an answer to */
};

struct asked {
	struct answer core, kfunc;
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where the example programs put what they read, so that one can look: `bpftool map dump name out`, or a test. A struct
 * of one's own: only structs that describe the hardware's bytes are relocated, and this one must not be, because its
 * size is that of the map's value.
 */
#ifndef SEEN_H
#define SEEN_H

enum seen_type { SEEN_OTHER, SEEN_ARP, SEEN_IPV4, SEEN_IPV6 };

struct seen {
	__u64 packets;		/* whose metadata the program could read */
	__u64 others;		/* without metadata, or with an unknown layout */
	__u64 timestamp;	/* from here on: of the last packet */
	__u64 hash;
	__u64 type;		/* as the hardware says it, or enum seen_type */
	__u64 address;		/* host order */
	__u64 protocol;
	__u64 l4_offset;
	__u64 rx_len, rx_head;	/* of the receive descriptor */
	__u64 has;		/* view: bit 0: there was a timestamp, 1: a hash, 2: a VLAN tag */
};

#ifdef __bpf__
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct seen);
} out SEC(".maps");

static inline struct seen *seen(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&out, &zero);
}
#endif

#endif /* SEEN_H */

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * tags.bpf.c: VLAN tags on a link, for record.sh.
 *
 * TC programs, one section each. push1, push2 and push3 go on egress and put that many tags on every frame: 802.1q 10;
 * 802.1ad 100 outside 802.1q 10; 802.1ad 100 outside 802.1q 20 outside 802.1q 30. pop goes on ingress and takes all
 * tags off (up to three). So a plain veth end speaks tagged frames even on a kernel without VLAN devices; the tags are
 * written by the kernel's own VLAN code.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

static __always_inline int push(struct __sk_buff *skb, int tpid, int tci)
{
	return bpf_skb_vlan_push(skb, bpf_htons(tpid), tci);
}

SEC("push1")
int tc_push1(struct __sk_buff *skb)
{
	return push(skb, ETH_P_8021Q, 10) ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("push2")
int tc_push2(struct __sk_buff *skb)
{
	return push(skb, ETH_P_8021Q, 3 << 13 | 10) || push(skb, ETH_P_8021AD, 5 << 13 | 100) ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("push3")
int tc_push3(struct __sk_buff *skb)
{
	return push(skb, ETH_P_8021Q, 30) || push(skb, ETH_P_8021Q, 20) || push(skb, ETH_P_8021AD, 100) ?
	       TC_ACT_SHOT : TC_ACT_OK;
}

SEC("pop")
int tc_pop(struct __sk_buff *skb)
{
	int i;

	for (i = 0; i < 3 && skb->vlan_present; i++)
		if (bpf_skb_vlan_pop(skb))
			return TC_ACT_SHOT;
	return TC_ACT_OK;
}

char _license[] SEC("license") = "Dual BSD/GPL";

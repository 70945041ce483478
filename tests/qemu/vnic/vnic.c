// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A NIC that is none: what is sent through vnic0 comes back as received, with
 * metadata in front of those packets that the image's tables have seen (table.h,
 * made by them; the "device"). Native XDP programs find it at data_meta, and the
 * kernel's metadata kfuncs are answered by what mdescc wrote (vnic.xdp.h).
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/bpf.h>
#include <linux/bpf_trace.h>
#include <linux/filter.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/version.h>
#include <net/xdp.h>

#include "table.h"
#include "vnic.xdp.h"

struct vnic {
	struct net_device *dev;
	struct napi_struct napi;
	struct sk_buff_head wire;	/* on its way from sending to receiving */
	struct bpf_prog __rcu *prog;
	struct xdp_rxq_info rxq;
};

/* ---- the device ---- */

/* Writes a packet into @buf, its metadata in front of it; how many bytes that has: 0 or VNIC_META_BYTES. */
static unsigned int device_write(void *buf, const struct sk_buff *skb)
{
	const struct vnic_row *row;

	for (row = vnic_rows; row < vnic_rows + ARRAY_SIZE(vnic_rows); row++) {
		if (row->length != skb->len || memcmp(row->packet, skb->data, skb->len))
			continue;
		memcpy(buf, row->meta, VNIC_META_BYTES);
		memcpy(buf + VNIC_META_BYTES, skb->data, skb->len);
		return VNIC_META_BYTES;
	}
	memcpy(buf, skb->data, skb->len);
	return 0;
}

static netdev_tx_t vnic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct vnic *nic = netdev_priv(dev);

	if (skb_linearize(skb) || skb_queue_len(&nic->wire) > 256) {
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	skb_orphan(skb);
	skb_queue_tail(&nic->wire, skb);
	napi_schedule(&nic->napi);
	return NETDEV_TX_OK;
}

/* ---- the driver ---- */

/* True: the program wants the packet to go on. */
static bool vnic_run(struct vnic *nic, void *page, unsigned int meta, unsigned int length)
{
	void *buf = page + XDP_PACKET_HEADROOM;
	struct bpf_prog *prog = rcu_dereference(nic->prog);
	struct vnic_metadata_xdp x;

	if (!prog)
		return true;
	xdp_init_buff(&x.xdp, PAGE_SIZE, &nic->rxq);
	xdp_prepare_buff(&x.xdp, page, XDP_PACKET_HEADROOM + meta, length, true);
	x.xdp.data_meta -= meta;
	vnic_metadata_xdp_prepare(&x, meta ? buf : NULL);
	switch (bpf_prog_run_xdp(prog, &x.xdp)) {
	case XDP_PASS:
		return true;
	default:
		return false;
	}
}

static void vnic_receive(struct vnic *nic, struct sk_buff *sent)
{
	void *page = (void *)__get_free_page(GFP_ATOMIC);
	unsigned int meta, length = sent->len;
	struct sk_buff *skb;

	if (!page || length > PAGE_SIZE / 2)
		goto out;
	meta = device_write(page + XDP_PACKET_HEADROOM, sent);
	if (!vnic_run(nic, page, meta, length))
		goto out;
	skb = netdev_alloc_skb(nic->dev, length);
	if (!skb)
		goto out;
	skb_put_data(skb, page + XDP_PACKET_HEADROOM + meta, length);
	skb->protocol = eth_type_trans(skb, nic->dev);
	napi_gro_receive(&nic->napi, skb);
out:
	free_page((unsigned long)page);
}

static int vnic_poll(struct napi_struct *napi, int budget)
{
	struct vnic *nic = container_of(napi, struct vnic, napi);
	struct sk_buff *skb;
	int done = 0;

	rcu_read_lock();
	while (done < budget && (skb = skb_dequeue(&nic->wire))) {
		vnic_receive(nic, skb);
		dev_consume_skb_any(skb);
		done++;
	}
	rcu_read_unlock();
	if (done < budget && napi_complete_done(napi, done) && !skb_queue_empty(&nic->wire))
		napi_schedule(napi);
	return done;
}

static int vnic_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	struct vnic *nic = netdev_priv(dev);
	struct bpf_prog *old;

	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;
	old = rtnl_dereference(nic->prog);
	rcu_assign_pointer(nic->prog, bpf->prog);
	if (old)
		bpf_prog_put(old);
	return 0;
}

static int vnic_open(struct net_device *dev)
{
	struct vnic *nic = netdev_priv(dev);
	int err = xdp_rxq_info_reg(&nic->rxq, dev, 0, 0);

	if (!err)
		err = xdp_rxq_info_reg_mem_model(&nic->rxq, MEM_TYPE_PAGE_ORDER0, NULL);
	if (err)
		return err;
	napi_enable(&nic->napi);
	return 0;
}

static int vnic_stop(struct net_device *dev)
{
	struct vnic *nic = netdev_priv(dev);

	napi_disable(&nic->napi);
	skb_queue_purge(&nic->wire);
	xdp_rxq_info_unreg(&nic->rxq);
	return 0;
}

static const struct net_device_ops vnic_ops = {
	.ndo_open = vnic_open,
	.ndo_stop = vnic_stop,
	.ndo_start_xmit = vnic_xmit,
	.ndo_bpf = vnic_bpf,
	.ndo_set_mac_address = eth_mac_addr,
};

/* So that `mdesc find` knows whose BTF to look for. */
static void vnic_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "vnic", sizeof(info->driver));
	strscpy(info->fw_version, "1", sizeof(info->fw_version));
}

static const struct ethtool_ops vnic_ethtool_ops = {
	.get_drvinfo = vnic_drvinfo,
};

static void vnic_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &vnic_ops;
	dev->ethtool_ops = &vnic_ethtool_ops;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->flags |= IFF_NOARP;
	dev->needs_free_netdev = true;
	eth_hw_addr_random(dev);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	dev->xdp_features = NETDEV_XDP_ACT_BASIC;
#endif
	vnic_metadata_xdp_setup(dev);
}

static struct net_device *vnic_dev;

static int __init vnic_init(void)
{
	struct vnic *nic;
	int err;

	vnic_dev = alloc_netdev(sizeof(*nic), "vnic%d", NET_NAME_ENUM, vnic_setup);
	if (!vnic_dev)
		return -ENOMEM;
	nic = netdev_priv(vnic_dev);
	nic->dev = vnic_dev;
	skb_queue_head_init(&nic->wire);
	netif_napi_add(vnic_dev, &nic->napi, vnic_poll);
	err = register_netdev(vnic_dev);
	if (err)
		free_netdev(vnic_dev);
	return err;
}

static void __exit vnic_exit(void)
{
	unregister_netdev(vnic_dev);
}

module_init(vnic_init);
module_exit(vnic_exit);
MODULE_DESCRIPTION("A NIC without hardware, for tests");
MODULE_LICENSE("Dual BSD/GPL");

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A NIC that does nothing but tell what it is: a network interface with driver
 * info, whose device has a devlink instance with serial numbers and versions of
 * each kind, `build_id` among them. `port=0`: no devlink port says which interface
 * belongs to it.
 */
#include <linux/ethtool.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#include <linux/version.h>
#include <net/devlink.h>

static bool port = true;
module_param(port, bool, 0);
static char *build_id = "";
module_param(build_id, charp, 0);

static struct platform_device *pdev;
static struct devlink *devlink;
static struct net_device *nic;
static struct devlink_port nic_port;

static int nic_info(struct devlink *dl, struct devlink_info_req *req, struct netlink_ext_ack *extack)
{
	int err = devlink_info_serial_number_put(req, "00-1b-21-7");

	if (!err)
		err = devlink_info_board_serial_number_put(req, "board-9");
	if (!err)
		err = devlink_info_version_fixed_put(req, "board.id", "K91258");
	if (!err)
		err = devlink_info_version_stored_put(req, "fw.app", "1.5.0");
	if (!err)
		err = devlink_info_version_running_put(req, "fw.app", "1.4.2");
	if (!err)
		err = devlink_info_version_running_put(req, "mdesc.build-id", build_id);
	return err;
}

static const struct devlink_ops devlink_ops = { .info_get = nic_info };

static void nic_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "mynic", sizeof(info->driver));
	strscpy(info->fw_version, "4.40 0x8001c7d4", sizeof(info->fw_version));
	strscpy(info->bus_info, dev_name(dev->dev.parent), sizeof(info->bus_info));
}

static const struct ethtool_ops ethtool_ops = { .get_drvinfo = nic_drvinfo };

static netdev_tx_t nic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops netdev_ops = { .ndo_start_xmit = nic_xmit };

static int add_port(void)
{
	struct devlink_port_attrs attrs = { .flavour = DEVLINK_PORT_FLAVOUR_PHYSICAL };
	int err;

	devlink_port_attrs_set(&nic_port, &attrs);
	err = devlink_port_register(devlink, &nic_port, 1);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	if (!err)
		SET_NETDEV_DEVLINK_PORT(nic, &nic_port);
#endif
	return err;
}

static int __init nic_init(void)
{
	int err;

	pdev = platform_device_register_simple("devlink_nic", 0, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	devlink = devlink_alloc(&devlink_ops, 0, &pdev->dev);
	nic = alloc_etherdev(0);
	err = devlink && nic ? 0 : -ENOMEM;
	if (err)
		return err;
	nic->netdev_ops = &netdev_ops;
	nic->ethtool_ops = &ethtool_ops;
	eth_hw_addr_random(nic);
	strscpy(nic->name, "nic0", sizeof(nic->name));
	SET_NETDEV_DEV(nic, &pdev->dev);
	if (port)
		err = add_port();
	if (err)
		return err;
	devlink_register(devlink);
	err = register_netdev(nic);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	if (!err && port)
		devlink_port_type_eth_set(&nic_port, nic);
#endif
	return err;
}

/* It stays until the machine stops: there is no way to unload it. */
module_init(nic_init);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("a NIC that only tells what it is");

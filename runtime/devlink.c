/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What devlink knows of an interface's device: takes the interface, finds its
 * devlink instance (the one with a port that has the interface, else the one of
 * its parent device), asks for its info and adds serial numbers and versions to
 * the identity. A kernel, driver or device without devlink adds nothing.
 */
#include <errno.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>

#include "identity.h"

struct request {
	union {
		struct nlmsghdr nlh;
		uint8_t bytes[512];
	} u;
};

static void request_start(struct request *r, uint16_t type, uint16_t flags, uint8_t cmd, uint8_t version)
{
	struct genlmsghdr *genl = (void *)(r->u.bytes + NLMSG_HDRLEN);

	memset(r, 0, sizeof(*r));
	r->u.nlh.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	r->u.nlh.nlmsg_type = type;
	r->u.nlh.nlmsg_flags = NLM_F_REQUEST | flags;
	r->u.nlh.nlmsg_seq = 1;
	genl->cmd = cmd;
	genl->version = version;
}

/* Names of at most 64 bytes: a request has room for several. */
static void request_string(struct request *r, uint16_t type, const char *text)
{
	struct nlattr *attr = (void *)(r->u.bytes + r->u.nlh.nlmsg_len);
	size_t size = strlen(text) + 1;

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + size;
	memcpy(attr + 1, text, size);
	r->u.nlh.nlmsg_len += NLMSG_ALIGN(attr->nla_len);
}

static int send_request(const struct identity_io *io, const struct request *r,
			int (*take)(void *arg, const void *data, size_t size), void *arg)
{
	return io->talk(io->ctx, r->u.bytes, r->u.nlh.nlmsg_len, take, arg);
}

static int get_family(const struct identity_io *io, uint16_t *family)
{
	struct request r;
	int ret;

	request_start(&r, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);
	request_string(&r, CTRL_ATTR_FAMILY_NAME, DEVLINK_GENL_NAME);
	*family = 0;
	ret = send_request(io, &r, devlink_parse_family, family);
	return ret < 0 ? ret : *family ? 0 : -ENOENT;
}

/* The devlink instance whose port the interface is. */
static int find_by_port(const struct identity_io *io, uint16_t family, const char *iface,
			unsigned int ifindex, struct devlink_handle *handle)
{
	struct devlink_port_search search = { .ifindex = ifindex, .iface = iface };
	struct request r;
	int ret;

	request_start(&r, family, NLM_F_DUMP, DEVLINK_CMD_PORT_GET, DEVLINK_GENL_VERSION);
	ret = send_request(io, &r, devlink_parse_port, &search);
	if (ret < 0)
		return ret;
	*handle = search.found;
	return *search.found.bus ? 0 : -ENOENT;
}

/*
 * Its parent device. sysfs may be that of another network namespace, whose
 * interface of the same name is another one: ethtool must name the same device.
 */
static int find_by_parent(const struct identity_io *io, const char *iface, const struct mdesc_identity *id,
			  struct devlink_handle *handle)
{
	int ret = io->parent(io->ctx, iface, handle->bus, sizeof(handle->bus), handle->dev, sizeof(handle->dev));

	if (!ret && strcmp(handle->dev, mdesc_identity__get(id, MDESC_ID_BUS, NULL)))
		ret = -ENOENT;
	return ret;
}

static int get_info(const struct identity_io *io, uint16_t family, const struct devlink_handle *handle,
		    struct mdesc_identity *id)
{
	struct request r;
	int ret;

	request_start(&r, family, NLM_F_ACK, DEVLINK_CMD_INFO_GET, DEVLINK_GENL_VERSION);
	request_string(&r, DEVLINK_ATTR_BUS_NAME, handle->bus);
	request_string(&r, DEVLINK_ATTR_DEV_NAME, handle->dev);
	ret = send_request(io, &r, devlink_parse_info, id);
	return ret < 0 ? ret : 0;
}

int devlink_ask(const struct identity_io *io, const char *iface, unsigned int ifindex, struct mdesc_identity *id)
{
	struct devlink_handle handle;
	uint16_t family;
	int ret;

	ret = get_family(io, &family);
	if (!ret) {
		ret = find_by_port(io, family, iface, ifindex, &handle);
		if (ret && ret != -ENOMEM)
			ret = find_by_parent(io, iface, id, &handle);
		if (!ret)
			ret = get_info(io, family, &handle, id);
	}
	/* What it does not tell, it does not tell: whatever the reason, the driver is known. */
	return ret == -ENOMEM ? ret : 0;
}

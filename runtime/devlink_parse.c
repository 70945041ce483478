/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Datagrams of generic netlink: takes bytes, of which every length is checked,
 * and gives the few attributes that are wanted. What does not fit is -EBADMSG; an
 * attribute that is not known is passed over.
 */
#include <errno.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>

#include "identity.h"

/* A run of bytes, of which the front is taken bit by bit. */
struct span {
	const uint8_t *p;
	size_t n;
};

struct attr {
	unsigned int type;
	struct span value;
};

/* 1: @attr is the next one; 0: no more; -EBADMSG. */
static int next_attr(struct span *in, struct attr *attr)
{
	struct nlattr head;
	size_t step;

	/* What is left behind the last may be padding. */
	if (in->n < sizeof(head))
		return 0;
	memcpy(&head, in->p, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > in->n)
		return -EBADMSG;
	attr->type = head.nla_type & NLA_TYPE_MASK;
	attr->value = (struct span){ in->p + sizeof(head), head.nla_len - sizeof(head) };
	step = NLA_ALIGN(head.nla_len);
	if (step > in->n)
		step = in->n;
	in->p += step;
	in->n -= step;
	return 1;
}

/* A string that is whole: it ends with the attribute, or before. */
static bool attr_string(const struct attr *attr, char *buf, size_t size)
{
	size_t n = strnlen((const char *)attr->value.p, attr->value.n);

	if (n == 0 || n >= size)
		return false;
	memcpy(buf, attr->value.p, n);
	buf[n] = 0;
	return true;
}

static uint32_t attr_u32(const struct attr *attr)
{
	uint32_t v = 0;

	if (attr->value.n >= sizeof(v))
		memcpy(&v, attr->value.p, sizeof(v));
	return v;
}

/* The code of an error message or of the end of a dump: 1 for none, it is complete. */
static int error_of(struct span body)
{
	int32_t code;

	if (body.n < sizeof(code))
		return -EBADMSG;
	memcpy(&code, body.p, sizeof(code));
	if (code == 0)
		return 1;
	return code < 0 && code > -4096 ? code : -EBADMSG;
}

/* Calls @one for the attributes of each message of a datagram. */
static int each_message(const void *data, size_t size, void *arg, int (*one)(void *arg, struct span attrs))
{
	struct span in = { data, size };
	struct nlmsghdr head;
	struct span body;
	size_t step;
	int ret;

	while (in.n >= sizeof(head)) {
		memcpy(&head, in.p, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > in.n)
			return -EBADMSG;
		body = (struct span){ in.p + sizeof(head), head.nlmsg_len - sizeof(head) };
		if (head.nlmsg_type == NLMSG_ERROR)
			return error_of(body);
		if (head.nlmsg_type == NLMSG_DONE)
			return body.n < sizeof(int32_t) ? 1 : error_of(body);
		if (head.nlmsg_type >= NLMSG_MIN_TYPE) {
			if (body.n < GENL_HDRLEN)
				return -EBADMSG;
			body.p += GENL_HDRLEN;
			body.n -= GENL_HDRLEN;
			ret = one(arg, body);
			if (ret)
				return ret;
		}
		step = NLMSG_ALIGN(head.nlmsg_len);
		if (step > in.n)
			step = in.n;
		in.p += step;
		in.n -= step;
	}
	return in.n ? -EBADMSG : 0;
}

/* ---- which number devlink has ---- */

static int one_family(void *arg, struct span attrs)
{
	struct attr a;
	uint16_t v;
	int ret;

	while ((ret = next_attr(&attrs, &a)) > 0) {
		if (a.type != CTRL_ATTR_FAMILY_ID || a.value.n < sizeof(v))
			continue;
		memcpy(&v, a.value.p, sizeof(v));
		*(uint16_t *)arg = v;
	}
	return ret;
}

int devlink_parse_family(void *arg, const void *data, size_t size)
{
	return each_message(data, size, arg, one_family);
}

/* ---- which device has a port ---- */

static int one_port(void *arg, struct span attrs)
{
	struct devlink_port_search *search = arg;
	struct devlink_handle handle = { .bus = "" };
	unsigned int ifindex = 0;
	char name[64] = "";
	struct attr a;
	int ret;

	while ((ret = next_attr(&attrs, &a)) > 0) {
		if (a.type == DEVLINK_ATTR_BUS_NAME)
			attr_string(&a, handle.bus, sizeof(handle.bus));
		else if (a.type == DEVLINK_ATTR_DEV_NAME)
			attr_string(&a, handle.dev, sizeof(handle.dev));
		else if (a.type == DEVLINK_ATTR_PORT_NETDEV_IFINDEX)
			ifindex = attr_u32(&a);
		else if (a.type == DEVLINK_ATTR_PORT_NETDEV_NAME)
			attr_string(&a, name, sizeof(name));
	}
	/* An interface in another network namespace may have the same number. */
	if (!ret && *handle.bus && *handle.dev && ifindex && ifindex == search->ifindex &&
	    !strcmp(name, search->iface))
		search->found = handle;
	return ret;
}

int devlink_parse_port(void *arg, const void *data, size_t size)
{
	return each_message(data, size, arg, one_port);
}

/* ---- what it says of the device ---- */

static int add_version(struct mdesc_identity *id, int kind, struct span attrs)
{
	struct attr a, value = { .value = { NULL, 0 } };
	char name[IDENTITY_TEXT_MAX + 1] = "";
	int ret;

	while ((ret = next_attr(&attrs, &a)) > 0)
		if (a.type == DEVLINK_ATTR_INFO_VERSION_NAME)
			attr_string(&a, name, sizeof(name));
		else if (a.type == DEVLINK_ATTR_INFO_VERSION_VALUE)
			value = a;
	if (ret || !*name || !value.value.n)
		return ret;
	return identity_add(id, kind, name, value.value.p, value.value.n);
}

static int one_info(void *arg, struct span attrs)
{
	struct mdesc_identity *id = arg;
	struct attr a;
	int ret, add = 0;

	while (!add && (ret = next_attr(&attrs, &a)) > 0) {
		if (a.type == DEVLINK_ATTR_INFO_SERIAL_NUMBER)
			add = identity_add(id, MDESC_ID_SERIAL, NULL, a.value.p, a.value.n);
		else if (a.type == DEVLINK_ATTR_INFO_BOARD_SERIAL_NUMBER)
			add = identity_add(id, MDESC_ID_BOARD_SERIAL, NULL, a.value.p, a.value.n);
		else if (a.type == DEVLINK_ATTR_INFO_VERSION_RUNNING)
			add = add_version(id, MDESC_ID_RUNNING, a.value);
		else if (a.type == DEVLINK_ATTR_INFO_VERSION_FIXED)
			add = add_version(id, MDESC_ID_FIXED, a.value);
		else if (a.type == DEVLINK_ATTR_INFO_VERSION_STORED)
			add = add_version(id, MDESC_ID_STORED, a.value);
	}
	return add ? add : ret;
}

int devlink_parse_info(void *arg, const void *data, size_t size)
{
	return each_message(data, size, arg, one_info);
}

/* ---- what a driver can do with XDP ---- */

/* NETDEV_A_DEV_* of linux/netdev.h, which older systems do not have. */
#define DEV_XDP_FEATURES	3
#define DEV_RX_FEATURES		5

static int one_netdev(void *arg, struct span attrs)
{
	struct netdev_features *found = arg;
	struct attr a;
	int ret;

	while ((ret = next_attr(&attrs, &a)) > 0) {
		if (a.type == DEV_XDP_FEATURES && a.value.n >= sizeof(found->xdp)) {
			memcpy(&found->xdp, a.value.p, sizeof(found->xdp));
			found->known = true;
		} else if (a.type == DEV_RX_FEATURES && a.value.n >= sizeof(found->rx)) {
			memcpy(&found->rx, a.value.p, sizeof(found->rx));
		}
	}
	return ret;
}

int netdev_parse_features(void *arg, const void *data, size_t size)
{
	return each_message(data, size, arg, one_netdev);
}

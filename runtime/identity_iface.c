/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The identity of a network interface: takes its name, asks ethtool's driver info
 * (an ioctl, which every kernel has) and devlink, and gives what they say. Only
 * the driver must be known; nothing here needs privilege.
 */
#include <errno.h>
#include <limits.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "identity.h"
#include "image.h"

/* An answer of the kernel is a page or two; twice that for the future. */
#define ANSWER_MAX	65536

/* ---- the kernel itself ---- */

static int ask_ifreq(unsigned long request, const char *iface, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	/* A kernel without IPv4 has interfaces, too. */
	if (fd < 0)
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0)
		return -errno;
	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", iface);
	ret = ioctl(fd, request, ifr) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static int kernel_ifindex(void *ctx, const char *iface, unsigned int *ifindex)
{
	struct ifreq ifr = { .ifr_ifindex = 0 };
	int ret = ask_ifreq(SIOCGIFINDEX, iface, &ifr);

	(void)ctx;
	if (!ret)
		*ifindex = ifr.ifr_ifindex;
	return ret;
}

static int kernel_drvinfo(void *ctx, const char *iface, void *info)
{
	struct ethtool_drvinfo *drvinfo = info;
	struct ifreq ifr = { .ifr_data = info };

	(void)ctx;
	drvinfo->cmd = ETHTOOL_GDRVINFO;
	return ask_ifreq(SIOCETHTOOL, iface, &ifr);
}

static int receive(int fd, int (*take)(void *arg, const void *data, size_t size), void *arg)
{
	char *buf = malloc(ANSWER_MAX);
	struct sockaddr_nl from;
	socklen_t len = sizeof(from);
	ssize_t n;
	int ret = 0;

	if (!buf)
		return -ENOMEM;
	while (!ret) {
		len = sizeof(from);
		n = recvfrom(fd, buf, ANSWER_MAX, MSG_TRUNC, (void *)&from, &len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = -errno;
		else if (n == 0 || n > ANSWER_MAX)
			ret = -EBADMSG;
		/* Whoever knows the port can write to it; the kernel is 0. */
		else if (len == sizeof(from) && from.nl_pid == 0)
			ret = take(arg, buf, n);
	}
	free(buf);
	return ret;
}

int identity_talk(const void *msg, size_t size, int (*take)(void *arg, const void *data, size_t size), void *arg)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct timeval patience = { .tv_sec = 5 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), ret;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (sendto(fd, msg, size, 0, (void *)&kernel, sizeof(kernel)) < 0)
		ret = -errno;
	else
		ret = receive(fd, take, arg);
	close(fd);
	return ret;
}

static int kernel_talk(void *ctx, const void *msg, size_t size,
		       int (*take)(void *arg, const void *data, size_t size), void *arg)
{
	(void)ctx;
	return identity_talk(msg, size, take, arg);
}

/* The last part of where a link of sysfs leads to. */
static int link_name(const char *path, char *buf, size_t size)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	if (n < 0)
		return -errno;
	target[n] = 0;
	slash = strrchr(target, '/');
	if ((size_t)snprintf(buf, size, "%s", slash ? slash + 1 : target) >= size)
		return -ENAMETOOLONG;
	return 0;
}

static int kernel_parent(void *ctx, const char *iface, char *bus, size_t bus_size, char *dev, size_t dev_size)
{
	char path[128];
	int ret;

	(void)ctx;
	snprintf(path, sizeof(path), "/sys/class/net/%.15s/device", iface);
	ret = link_name(path, dev, dev_size);
	snprintf(path, sizeof(path), "/sys/class/net/%.15s/device/subsystem", iface);
	return ret ? ret : link_name(path, bus, bus_size);
}

static const struct identity_io kernel_io = {
	.ifindex = kernel_ifindex, .drvinfo = kernel_drvinfo, .talk = kernel_talk, .parent = kernel_parent,
};

/* ---- asking ---- */

static int ask_error(const char *iface, int code, struct mdesc_error *err)
{
	switch (code) {
	case ENODEV:
		return error_set(err, code, MDESC_CLASS_NOT_FOUND, "%.100s: there is no such interface", iface);
	case EOPNOTSUPP:
		return error_set(err, code, MDESC_CLASS_DENIED,
				 "%.100s: the interface has no driver info (ethtool), so its driver is not known",
				 iface);
	case EPERM:
	case EACCES:
		return error_set(err, code, MDESC_CLASS_DENIED,
				 "%.100s: no permission to ask for the driver info (ethtool)", iface);
	default:
		return error_set(err, code, MDESC_CLASS_SYSTEM, "%.100s: the driver info (ethtool): %s", iface,
				 strerror(code));
	}
}

static bool name_good(const char *iface)
{
	size_t n = strlen(iface);

	return n > 0 && n < IFNAMSIZ && !strchr(iface, '/') && strcmp(iface, ".") && strcmp(iface, "..");
}

static int add_drvinfo(struct mdesc_identity *id, const struct ethtool_drvinfo *info)
{
	int ret = identity_add(id, MDESC_ID_DRIVER, NULL, info->driver, sizeof(info->driver));

	/* Drivers that have none write N/A, as ethtool's own tool once asked for. */
	if (!ret && strncmp(info->fw_version, "N/A", sizeof(info->fw_version)))
		ret = identity_add(id, MDESC_ID_FIRMWARE, NULL, info->fw_version, sizeof(info->fw_version));
	if (!ret && strncmp(info->bus_info, "N/A", sizeof(info->bus_info)))
		ret = identity_add(id, MDESC_ID_BUS, NULL, info->bus_info, sizeof(info->bus_info));
	return ret;
}

static int ask(const struct identity_io *io, const char *iface, struct mdesc_identity *id)
{
	struct ethtool_drvinfo info = { .cmd = 0 };
	unsigned int ifindex = 0;
	int ret;

	if (!name_good(iface))
		return -ENODEV;
	ret = identity_add(id, MDESC_ID_IFACE, NULL, iface, strlen(iface));
	if (!ret)
		ret = io->ifindex(io->ctx, iface, &ifindex);
	if (!ret)
		ret = io->drvinfo(io->ctx, iface, &info);
	if (!ret)
		ret = add_drvinfo(id, &info);
	if (!ret && !id->texts[MDESC_ID_DRIVER])
		ret = -EOPNOTSUPP;
	return ret ? ret : devlink_ask(io, iface, ifindex, id);
}

struct mdesc_identity *identity_ask(const struct identity_io *io, const char *iface, struct mdesc_error *err)
{
	struct mdesc_identity *id = mdesc_identity__new(err);
	int ret;

	if (!id)
		return NULL;
	ret = ask(io, iface, id);
	if (!ret)
		return id;
	mdesc_identity__free(id);
	errno = -ask_error(iface, -ret, err);
	return NULL;
}

struct mdesc_identity *mdesc_identity__from_iface(const char *iface, struct mdesc_error *err)
{
	return identity_ask(&kernel_io, iface, err);
}

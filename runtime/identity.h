/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is known about a device, and how the kernel is asked. Text in an identity
 * is printable ASCII, whoever said it.
 */
#ifndef MDESC_IDENTITY_H
#define MDESC_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mdesc/mdesc.h>

#include "names.h"

#define IDENTITY_TEXT_MAX	255
#define IDENTITY_VERSIONS_MAX	256

struct identity_version {
	int kind;
	char *key;
	char *value;
};

struct mdesc_identity {
	char *texts[MDESC_ID_BOARD_SERIAL + 1];		/* by kind; NULL: not known */
	struct identity_version *versions;
	size_t version_count;
};

/* What a version is compared with: what runs, else what is built in, else what is stored; NULL: unknown. */
const char *identity_version(const struct mdesc_identity *id, const char *key);
/* "driver mynic, firmware 1.4.0" for error texts. */
void identity_describe(const struct mdesc_identity *id, char *buf, size_t size);
/* The kernel's word for it: @size bytes, or up to a NUL; what cannot be printed becomes '?'. 0, -ENOMEM. */
int identity_add(struct mdesc_identity *id, int kind, const char *key, const void *value, size_t size);

/*
 * How the kernel is asked; tests give answers of their own. @drvinfo fills a struct
 * ethtool_drvinfo. @talk sends a netlink message and gives the next datagrams to
 * @take, until that returns 1 (done) or -errno. @ifindex: 0 where it is not there.
 * @parent: bus and device of the interface in sysfs.
 */
struct identity_io {
	void *ctx;
	int (*ifindex)(void *ctx, const char *iface, unsigned int *ifindex);
	int (*drvinfo)(void *ctx, const char *iface, void *info);
	int (*talk)(void *ctx, const void *msg, size_t size,
		    int (*take)(void *arg, const void *data, size_t size), void *arg);
	int (*parent)(void *ctx, const char *iface, char *bus, size_t bus_size, char *dev, size_t dev_size);
};

struct mdesc_identity *identity_ask(const struct identity_io *io, const char *iface, struct mdesc_error *err);

/* The kernel itself, as @talk above. */
int identity_talk(const void *msg, size_t size, int (*take)(void *arg, const void *data, size_t size), void *arg);

/* devlink.c: adds what devlink tells. 0, also where there is no devlink; -ENOMEM, -EPERM. */
int devlink_ask(const struct identity_io *io, const char *iface, unsigned int ifindex, struct mdesc_identity *id);

/*
 * devlink_parse.c: datagrams that nobody vouches for. Each returns 1 when the
 * answer is complete, 0 when more must come, -errno for an error that the kernel
 * reports, -EBADMSG for damage.
 */
struct devlink_handle { char bus[64]; char dev[64]; };
struct devlink_port_search { unsigned int ifindex; const char *iface; struct devlink_handle found; };

/* @arg: uint16_t, the id of the family. */
int devlink_parse_family(void *arg, const void *data, size_t size);
/* @arg: struct devlink_port_search. */
int devlink_parse_port(void *arg, const void *data, size_t size);
/* @arg: struct mdesc_identity. */
int devlink_parse_info(void *arg, const void *data, size_t size);

/* What the kernel's family "netdev" tells of one interface: bits as it numbers them. */
struct netdev_features { bool known; uint64_t xdp, rx; };
/* @arg: struct netdev_features. */
int netdev_parse_features(void *arg, const void *data, size_t size);

#endif /* MDESC_IDENTITY_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The parts of finding an image that need answers of a kernel that is not here:
 * ethtool's and devlink's, put together by hand. And globs, one by one.
 */
#include <errno.h>
#include <linux/devlink.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>

#include "devlink_msg.h"
#include "find.h"
#include "tap.h"

/* ---- a kernel that answers what it is told to ---- */

struct kernel {
	int ifindex_code, drvinfo_code, family_code, port_code, info_code, parent_code;
	const char *firmware, *bus_info;
	const char *port_bus;		/* NULL: no port has the interface */
	bool damaged;
	unsigned int asked_info;	/* how often; and for what at last: */
	char bus[64], dev[64];
};

static int fake_ifindex(void *ctx, const char *iface, unsigned int *ifindex)
{
	struct kernel *k = ctx;

	*ifindex = iface ? 7 : 0;
	return k->ifindex_code;
}

static int fake_drvinfo(void *ctx, const char *iface, void *info)
{
	struct ethtool_drvinfo *d = info;
	struct kernel *k = ctx;

	(void)iface;
	snprintf(d->driver, sizeof(d->driver), "acme");
	snprintf(d->bus_info, sizeof(d->bus_info), "%s", k->bus_info ? k->bus_info : "0000:03:00.0");
	/* Not terminated: the kernel fills the whole. */
	if (k->port_bus)
		memset(d->bus_info, 'b', sizeof(d->bus_info));
	snprintf(d->fw_version, sizeof(d->fw_version), "%s", k->firmware ? k->firmware : "4.40 0x1\x1b[1m");
	return k->drvinfo_code;
}

static int fake_parent(void *ctx, const char *iface, char *bus, size_t bus_size, char *dev, size_t dev_size)
{
	struct kernel *k = ctx;

	(void)iface;
	snprintf(bus, bus_size, "pci");
	snprintf(dev, dev_size, "0000:03:00.0");
	return k->parent_code;
}

static void answer_port(const struct kernel *k, struct msg *m)
{
	uint32_t mine = 7, other = 8;

	/* One of the same number, elsewhere; then another interface; then ours. */
	msg_start(m, 33);
	attr_str(m, DEVLINK_ATTR_BUS_NAME, "pci");
	attr_str(m, DEVLINK_ATTR_DEV_NAME, "0000:99:00.0");
	attr(m, DEVLINK_ATTR_PORT_NETDEV_IFINDEX, &mine, sizeof(mine));
	attr_str(m, DEVLINK_ATTR_PORT_NETDEV_NAME, "elsewhere0");
	msg_end(m);
	msg_start(m, 33);
	attr_str(m, DEVLINK_ATTR_BUS_NAME, "pci");
	attr_str(m, DEVLINK_ATTR_DEV_NAME, "0000:98:00.0");
	attr(m, DEVLINK_ATTR_PORT_NETDEV_IFINDEX, &other, sizeof(other));
	attr_str(m, DEVLINK_ATTR_PORT_NETDEV_NAME, "eth0");
	msg_end(m);
	if (k->port_bus) {
		msg_start(m, 33);
		attr_str(m, DEVLINK_ATTR_BUS_NAME, k->port_bus);
		attr_str(m, DEVLINK_ATTR_DEV_NAME, "acme.sf.4");
		attr(m, DEVLINK_ATTR_PORT_NETDEV_IFINDEX, &mine, sizeof(mine));
		attr_str(m, DEVLINK_ATTR_PORT_NETDEV_NAME, "eth0");
		msg_end(m);
	}
	msg_code(m, NLMSG_DONE, 0);
}

static const char *request_string(const uint8_t *p, size_t size, uint16_t type)
{
	size_t at = NLMSG_HDRLEN + GENL_HDRLEN;
	struct nlattr a;

	for (; at + sizeof(a) <= size; at += NLA_ALIGN(a.nla_len)) {
		memcpy(&a, p + at, sizeof(a));
		if (a.nla_type == type)
			return (const char *)p + at + sizeof(a);
	}
	return "";
}

static int fake_talk(void *ctx, const void *request, size_t size,
		     int (*take)(void *arg, const void *data, size_t size), void *arg)
{
	struct kernel *k = ctx;
	struct msg m = { .size = 0 };
	struct nlmsghdr nlh;
	struct genlmsghdr genl;
	uint16_t family = 33;
	int code = 0;

	memcpy(&nlh, request, sizeof(nlh));
	memcpy(&genl, (const uint8_t *)request + NLMSG_HDRLEN, sizeof(genl));
	if (nlh.nlmsg_len != size)
		return -EINVAL;
	if (nlh.nlmsg_type == GENL_ID_CTRL) {
		code = k->family_code;
		msg_start(&m, GENL_ID_CTRL);
		attr_str(&m, CTRL_ATTR_FAMILY_NAME, "devlink");
		attr(&m, CTRL_ATTR_FAMILY_ID, &family, sizeof(family));
		msg_end(&m);
	} else if (nlh.nlmsg_type == family && genl.cmd == DEVLINK_CMD_PORT_GET) {
		code = k->port_code;
		answer_port(k, &m);
	} else if (nlh.nlmsg_type == family && genl.cmd == DEVLINK_CMD_INFO_GET) {
		k->asked_info++;
		snprintf(k->bus, sizeof(k->bus), "%s", request_string(request, size, DEVLINK_ATTR_BUS_NAME));
		snprintf(k->dev, sizeof(k->dev), "%s", request_string(request, size, DEVLINK_ATTR_DEV_NAME));
		code = k->info_code;
		msg_info(&m);
	}
	if (code) {
		m.size = 0;
		msg_code(&m, NLMSG_ERROR, code);
	}
	if (k->damaged)
		m.size -= 5;
	code = take(arg, m.bytes, m.size);
	if (code)
		return code;
	/* The acknowledgement comes by itself. */
	m.size = 0;
	msg_code(&m, NLMSG_ERROR, 0);
	return take(arg, m.bytes, m.size);
}

static struct mdesc_identity *ask(struct kernel *k, struct mdesc_error *err)
{
	const struct identity_io io = { k, fake_ifindex, fake_drvinfo, fake_talk, fake_parent };

	return identity_ask(&io, "eth0", err);
}

static bool is(const struct mdesc_identity *id, int kind, const char *key, const char *value)
{
	return !strcmp(mdesc_identity__get(id, kind, key), value);
}

/* ---- what comes of it ---- */

static void test_full(void)
{
	struct kernel k = { .port_bus = "auxiliary" };
	struct mdesc_error err = { .text = "" };
	struct mdesc_identity *id = ask(&k, &err);

	if (!tap(id, "full", "%s", err.text))
		return;
	tap(is(id, MDESC_ID_IFACE, NULL, "eth0") && is(id, MDESC_ID_DRIVER, NULL, "acme"), "driver", "other");
	tap(is(id, MDESC_ID_FIRMWARE, NULL, "4.40 0x1?[1m"), "firmware is printable", "%s",
	    mdesc_identity__get(id, MDESC_ID_FIRMWARE, NULL));
	tap(strlen(mdesc_identity__get(id, MDESC_ID_BUS, NULL)) == ETHTOOL_BUSINFO_LEN, "bus without a NUL", "%s",
	    mdesc_identity__get(id, MDESC_ID_BUS, NULL));
	tap(is(id, MDESC_ID_SERIAL, NULL, "00-1b-21") && is(id, MDESC_ID_BOARD_SERIAL, NULL, "board-5"),
	    "serial numbers", "other");
	tap(mdesc_identity__version_count(id) == 4 && is(id, MDESC_ID_RUNNING, "fw.app", "1.4.2") &&
	    is(id, MDESC_ID_STORED, "fw.app", "1.5.0") && is(id, MDESC_ID_FIXED, "board.id", "K91258") &&
	    is(id, MDESC_ID_STORED, "fw.undi", "9?9"), "versions", "%zu of them",
	    mdesc_identity__version_count(id));
	tap(!strcmp(identity_version(id, "fw.app"), "1.4.2") && !strcmp(identity_version(id, "fw.undi"), "9?9") &&
	    !strcmp(identity_version(id, "board.id"), "K91258") && !identity_version(id, "fw"),
	    "what runs counts, then what is built in, then what is stored", "other");
	tap(!strcmp(k.bus, "auxiliary") && !strcmp(k.dev, "acme.sf.4"), "devlink instance by port", "%s/%s", k.bus,
	    k.dev);
	mdesc_identity__free(id);
}

static void test_without(const char *name, struct kernel k, bool info, const char *dev)
{
	struct mdesc_error err = { .text = "" };
	struct mdesc_identity *id = ask(&k, &err);

	tap(id && is(id, MDESC_ID_DRIVER, NULL, "acme") && k.asked_info == info && !strcmp(k.dev, dev) &&
	    (mdesc_identity__version_count(id) != 0) == (info && !k.info_code && !k.damaged), name,
	    "%s %u %s", err.text, k.asked_info, k.dev);
	mdesc_identity__free(id);
}

static void test_errors(void)
{
	static const struct {
		struct kernel k;
		int code, kind;
		const char *text;
	} cases[] = {
		{ { .ifindex_code = -ENODEV }, ENODEV, MDESC_CLASS_NOT_FOUND, "eth0: there is no such interface" },
		{ { .drvinfo_code = -ENODEV }, ENODEV, MDESC_CLASS_NOT_FOUND, "eth0: there is no such interface" },
		{ { .drvinfo_code = -EOPNOTSUPP }, EOPNOTSUPP, MDESC_CLASS_DENIED,
		  "eth0: the interface has no driver info (ethtool), so its driver is not known" },
		{ { .drvinfo_code = -EPERM }, EPERM, MDESC_CLASS_DENIED,
		  "eth0: no permission to ask for the driver info (ethtool)" },
		{ { .drvinfo_code = -EIO }, EIO, MDESC_CLASS_SYSTEM,
		  "eth0: the driver info (ethtool): Input/output error" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kernel k = cases[i].k;
		struct mdesc_error err = { .text = "" };
		struct mdesc_identity *id = ask(&k, &err);
		int code = errno;
		char name[64];

		snprintf(name, sizeof(name), "error %zu", i);
		tap(!id && code == cases[i].code && err.kind == cases[i].kind && !strcmp(err.text, cases[i].text),
		    name, "%d %d %s", code, err.kind, err.text);
		mdesc_identity__free(id);
	}
}

static void test_none(void)
{
	struct kernel k = { .firmware = "N/A" };
	struct mdesc_identity *id = ask(&k, NULL);

	tap(id && is(id, MDESC_ID_FIRMWARE, NULL, ""), "N/A is no firmware version", "it is");
	mdesc_identity__free(id);
}

/* ---- an identity by hand ---- */

static void test_set(void)
{
	struct mdesc_identity *id = mdesc_identity__new(NULL);
	MDESC_INFO(mdesc_identity_version, v);
	struct mdesc_error err;
	char key[16], longest[300];
	int i, ret = 0;

	memset(longest, 'x', sizeof(longest));
	longest[256] = 0;
	tap(mdesc_identity__set(id, MDESC_ID_DRIVER, NULL, longest, &err) == -EINVAL &&
	    err.kind == MDESC_CLASS_INPUT, "256 characters are too many", "%s", err.text);
	longest[255] = 0;
	tap(!mdesc_identity__set(id, MDESC_ID_DRIVER, NULL, longest, &err), "255 are not", "%s", err.text);
	tap(mdesc_identity__set(id, MDESC_ID_DRIVER, "key", "x", &err) == -EINVAL &&
	    mdesc_identity__set(id, MDESC_ID_RUNNING, NULL, "x", &err) == -EINVAL &&
	    mdesc_identity__set(id, MDESC_ID_RUNNING, "", "x", &err) == -EINVAL &&
	    mdesc_identity__set(id, 0, NULL, "x", &err) == -EINVAL &&
	    mdesc_identity__set(id, 99, NULL, "x", &err) == -EINVAL, "wrong kinds and keys", "taken");
	for (i = 0; i < IDENTITY_VERSIONS_MAX && !ret; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		ret = mdesc_identity__set(id, MDESC_ID_RUNNING, key, "1", &err);
	}
	tap(!ret && mdesc_identity__set(id, MDESC_ID_RUNNING, "more", "1", &err) == -EINVAL &&
	    !mdesc_identity__set(id, MDESC_ID_RUNNING, "k7", "2", &err) && is(id, MDESC_ID_RUNNING, "k7", "2"),
	    "256 versions", "%d", ret);
	tap(!mdesc_identity__set(id, MDESC_ID_RUNNING, "k7", NULL, &err) && is(id, MDESC_ID_RUNNING, "k7", "") &&
	    mdesc_identity__version_count(id) == IDENTITY_VERSIONS_MAX - 1, "forgotten again", "not");
	tap(!mdesc_identity__version(id, 0, &v) && v.kind == MDESC_ID_RUNNING &&
	    mdesc_identity__version(id, IDENTITY_VERSIONS_MAX - 1, &v) == -ENOENT, "versions by number", "other");
	mdesc_identity__free(id);
}

/* ---- globs ---- */

static void test_globs(void)
{
	static const struct {
		const char *glob, *text;
		bool match;
	} cases[] = {
		{ "", "", true }, { "", "a", false }, { "*", "", true }, { "*", "abc", true }, { "a*c", "abc", true },
		{ "a*c", "abcd", false }, { "a*c", "abcdc", true }, { "*.*", "1.4", true }, { "1.4.*", "1.4", false },
		{ "1.4.?", "1.4.2", true }, { "1.4.?", "1.4.", false }, { "[0-3]", "2", true }, { "[0-3]", "4", false },
		{ "[!0-3]", "4", true }, { "[!0-3]", "2", false }, { "[]]", "]", true }, { "[!]]", "]", false },
		{ "[a-]", "-", true }, { "[", "[", true }, { "[a", "[a", true }, { "x[", "x", false },
		{ "\\*", "*", true }, { "\\*", "a", false }, { "\\", "\\", true }, { "[\\]]", "]", true },
		{ "**a**b**", "xxaxxbxx", true }, { "*a*b*c", "abcabd", false }, { "A", "a", false },
	};
	char glob[256], text[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "glob `%s' `%s'", cases[i].glob, cases[i].text);
		tap(find_glob(cases[i].glob, cases[i].text) == cases[i].match, text, "wrong");
	}
	/* Matchers that try every way would never be done with this one. */
	for (i = 0; i + 2 < sizeof(glob); i += 2)
		memcpy(glob + i, "*a", 3);
	memset(text, 'a', sizeof(text));
	text[255] = 0;
	strcat(glob, "b");
	tap(!find_glob(glob, text), "many stars", "it matches");
	tap(find_glob_wild("a[b]") && find_glob_wild("a?") && find_glob_wild("*") && !find_glob_wild("a\\*") &&
	    !find_glob_wild("a[b") && !find_glob_wild(""), "what is a wildcard", "other");
}

int main(void)
{
	test_full();
	test_without("devlink instance by parent", (struct kernel){ .port_bus = NULL }, true, "0000:03:00.0");
	test_without("no ports", (struct kernel){ .port_code = -EOPNOTSUPP }, true, "0000:03:00.0");
	test_without("no devlink", (struct kernel){ .family_code = -ENOENT }, false, "");
	test_without("no parent", (struct kernel){ .parent_code = -ENOENT }, false, "");
	test_without("another's parent", (struct kernel){ .bus_info = "0000:04:00.0" }, false, "");
	test_without("no info", (struct kernel){ .port_bus = "pci", .info_code = -EOPNOTSUPP }, true, "acme.sf.4");
	test_without("may not ask", (struct kernel){ .port_bus = "pci", .info_code = -EPERM }, true, "acme.sf.4");
	test_without("damaged answers", (struct kernel){ .damaged = true }, false, "");
	test_errors();
	test_none();
	test_set();
	test_globs();
	return tap_status();
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Datagrams of generic netlink for tests, as a kernel would send them: messages
 * with attributes, and an answer to devlink's question for a device's info.
 */
#ifndef TESTS_DEVLINK_MSG_H
#define TESTS_DEVLINK_MSG_H

#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <string.h>

struct msg {
	uint8_t bytes[4096];
	size_t size;
	size_t head;		/* of the message that is being made */
};

static void msg_start(struct msg *m, uint16_t type)
{
	struct nlmsghdr nlh = { .nlmsg_type = type };

	m->head = m->size;
	memcpy(m->bytes + m->size, &nlh, sizeof(nlh));
	m->size += sizeof(nlh);
	if (type >= NLMSG_MIN_TYPE)
		m->size += GENL_HDRLEN;
}

static void msg_end(struct msg *m)
{
	uint32_t len = m->size - m->head;

	memcpy(m->bytes + m->head, &len, sizeof(len));
	m->size = NLMSG_ALIGN(m->size);
}

static size_t attr_start(struct msg *m, uint16_t type)
{
	struct nlattr a = { .nla_type = type };

	memcpy(m->bytes + m->size, &a, sizeof(a));
	m->size += sizeof(a);
	return m->size - sizeof(a);
}

static void attr_end(struct msg *m, size_t at)
{
	uint16_t len = m->size - at;

	memcpy(m->bytes + at, &len, sizeof(len));
	m->size = NLA_ALIGN(m->size);
}

static void attr(struct msg *m, uint16_t type, const void *data, size_t size)
{
	size_t at = attr_start(m, type);

	memcpy(m->bytes + m->size, data, size);
	m->size += size;
	attr_end(m, at);
}

static void attr_str(struct msg *m, uint16_t type, const char *text)
{
	attr(m, type, text, strlen(text) + 1);
}

static void attr_version(struct msg *m, uint16_t type, const char *key, const char *value)
{
	size_t at = attr_start(m, type | NLA_F_NESTED);

	attr_str(m, DEVLINK_ATTR_INFO_VERSION_NAME, key);
	attr_str(m, DEVLINK_ATTR_INFO_VERSION_VALUE, value);
	attr_end(m, at);
}

__attribute__((unused))
static void msg_code(struct msg *m, uint16_t type, int32_t code)
{
	msg_start(m, type);
	memcpy(m->bytes + m->size, &code, sizeof(code));
	m->size += sizeof(code);
	msg_end(m);
}

static void msg_info(struct msg *m)
{
	msg_start(m, 33);
	attr_str(m, DEVLINK_ATTR_BUS_NAME, "pci");
	attr_str(m, DEVLINK_ATTR_INFO_DRIVER_NAME, "acme");
	attr_str(m, DEVLINK_ATTR_INFO_SERIAL_NUMBER, "00-1b-21");
	attr_str(m, DEVLINK_ATTR_INFO_BOARD_SERIAL_NUMBER, "board-5");
	attr_version(m, DEVLINK_ATTR_INFO_VERSION_FIXED, "board.id", "K91258");
	attr_version(m, DEVLINK_ATTR_INFO_VERSION_STORED, "fw.app", "1.5.0");
	attr_version(m, DEVLINK_ATTR_INFO_VERSION_RUNNING, "fw.app", "1.4.2");
	attr_version(m, DEVLINK_ATTR_INFO_VERSION_RUNNING, "fw.app", "second");
	attr_version(m, DEVLINK_ATTR_INFO_VERSION_STORED, "fw.undi", "9\n9");
	attr_str(m, 60000 & NLA_TYPE_MASK, "a later kernel's");
	msg_end(m);
}

#endif /* TESTS_DEVLINK_MSG_H */

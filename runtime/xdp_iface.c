/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The interface that a writer is for: takes its name, gives its number, network
 * namespace and MTU, what its driver says that it can (the kernel's netlink family
 * "netdev", which kernels before 6.3 lack), and which XDP program has it already.
 * Also what the running kernel can. Nothing is changed.
 */
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "identity.h"
#include "xdp.h"

/* linux/netdev.h, which older systems do not have */
#define NETDEV_FAMILY		"netdev"
#define NETDEV_CMD_DEV_GET	1
#define NETDEV_A_DEV_IFINDEX	1

/* linux/capability.h, from 5.8 on */
#ifndef CAP_PERFMON
#define CAP_PERFMON	38
#define CAP_BPF		39
#endif

#define META_ALWAYS	32	/* bytes in front of a packet that every kernel carries */

/* ---- what the driver can ---- */

struct request {
	struct nlmsghdr nlh;
	struct genlmsghdr genl;
	struct nlattr attr;
	uint8_t value[16];
};

static size_t request_fill(struct request *r, uint16_t type, uint8_t cmd, uint16_t attr, const void *value,
			   size_t size)
{
	memset(r, 0, sizeof(*r));
	r->nlh.nlmsg_len = offsetof(struct request, value) + NLA_ALIGN(size);
	r->nlh.nlmsg_type = type;
	r->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	r->nlh.nlmsg_seq = 1;
	r->genl.cmd = cmd;
	r->genl.version = 1;
	r->attr.nla_type = attr;
	r->attr.nla_len = sizeof(r->attr) + size;
	memcpy(r->value, value, size);
	return r->nlh.nlmsg_len;
}

static void ask_features(struct xdp_iface *iface)
{
	struct netdev_features found = { .known = false };
	struct request r;
	uint16_t family = 0;
	size_t size;

	size = request_fill(&r, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY,
			    sizeof(NETDEV_FAMILY));
	if (identity_talk(&r, size, devlink_parse_family, &family) < 0 || !family)
		return;
	size = request_fill(&r, family, NETDEV_CMD_DEV_GET, NETDEV_A_DEV_IFINDEX, &iface->ifindex,
			    sizeof(iface->ifindex));
	if (identity_talk(&r, size, netdev_parse_features, &found) < 0)
		return;
	iface->features_known = found.known;
	iface->features = found.xdp;
	iface->rx_features = found.rx;
}

static void ask_driver(struct xdp_iface *iface)
{
	struct mdesc_identity *id = mdesc_identity__from_iface(iface->name, NULL);
	const char *driver = id ? mdesc_identity__get(id, MDESC_ID_DRIVER, NULL) : NULL;

	if (driver)
		snprintf(iface->driver, sizeof(iface->driver), "%s", driver);
	mdesc_identity__free(id);
}

/* ---- which it is ---- */

int xdp_iface_name(struct xdp_iface *iface, const char *name, struct mdesc_error *err)
{
	struct stat own, init;

	memset(iface, 0, sizeof(*iface));
	if (!*name || strlen(name) >= sizeof(iface->name) || strchr(name, '/') || !strcmp(name, ".") ||
	    !strcmp(name, ".."))
		return error_set(err, ENODEV, MDESC_CLASS_NOT_FOUND, "%.100s: there is no such interface", name);
	snprintf(iface->name, sizeof(iface->name), "%s", name);
	if (stat("/proc/thread-self/ns/net", &own))
		return error_set(err, errno, MDESC_CLASS_SYSTEM,
				 "/proc/thread-self/ns/net: %s: is /proc mounted?", strerror(errno));
	iface->netns = own.st_ino;
	/* In a container, process 1 is the container's, and not everybody may look. */
	iface->netns_is_init = !stat("/proc/1/ns/net", &init) && init.st_ino == own.st_ino;
	return 0;
}

int xdp_iface_open(struct xdp_iface *iface, const char *name, struct mdesc_error *err)
{
	int rc = xdp_iface_name(iface, name, err), fd;
	struct ifreq ifr = { .ifr_mtu = 0 };

	if (rc)
		return rc;
	iface->ifindex = if_nametoindex(name);
	if (!iface->ifindex)
		return error_set(err, ENODEV, MDESC_CLASS_NOT_FOUND, "%.100s: there is no such interface", name);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", iface->name);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd >= 0) {
		if (!ioctl(fd, SIOCGIFMTU, &ifr))
			iface->mtu = ifr.ifr_mtu;
		close(fd);
	}
	ask_driver(iface);
	ask_features(iface);
	return 0;
}

/* ---- who has it ---- */

/* The XDP link on the interface, by its program's id; 0: none, it is attached without a link. */
static uint32_t link_of(uint32_t ifindex, uint32_t prog_id)
{
	uint32_t id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		int fd = bpf_link_get_fd_by_id(id);
		struct bpf_link_info info = { 0 };
		uint32_t size = sizeof(info);

		if (fd < 0)
			continue;
		if (bpf_obj_get_info_by_fd(fd, &info, &size))
			info.type = 0;
		close(fd);
		if (info.type == BPF_LINK_TYPE_XDP && info.prog_id == prog_id && info.xdp.ifindex == ifindex)
			return id;
	}
	return 0;
}

static void prog_name(uint32_t id, char *buf, size_t size)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	*buf = 0;
	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		snprintf(buf, size, "%s", info.name);
	close(fd);
}

bool xdp_iface_taken(const struct xdp_iface *iface, char *buf, size_t size)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);
	char name[BPF_OBJ_NAME_LEN] = "";
	uint32_t id, link;

	if (bpf_xdp_query(iface->ifindex, 0, &q) || q.attach_mode == XDP_ATTACHED_NONE)
		return false;
	id = q.prog_id ? q.prog_id : q.drv_prog_id ? q.drv_prog_id : q.skb_prog_id ? q.skb_prog_id : q.hw_prog_id;
	prog_name(id, name, sizeof(name));
	link = link_of(iface->ifindex, id);
	if (link)
		snprintf(buf, size, "XDP program '%s' (id %u) through link %u: see who holds it by `bpftool link "
			 "show id %u', and end or unpin that", name, id, link, link);
	else
		snprintf(buf, size, "XDP program '%s' (id %u): `ip link set dev %s xdp%s off' would take it off",
			 name, id,
			 iface->name, q.attach_mode == XDP_ATTACHED_SKB ? "generic" :
			 q.attach_mode == XDP_ATTACHED_HW ? "offload" : "drv");
	return true;
}

/*
 * A kernel that tells nothing about drivers answers EOPNOTSUPP where one has no native XDP; but some drivers do, too,
 * where the MTU is too large for them. An interface without a driver's name, such as lo, is the kernel's own.
 */
static bool has_no_native(const struct xdp_iface *iface, int code)
{
	if (iface->features_known)
		return !(iface->features & XDP_CAN_BASIC);
	return code == EOPNOTSUPP && (iface->mtu <= 1500 || !*iface->driver);
}

void xdp_iface_why(const struct xdp_iface *iface, int code, bool frags, char *buf, size_t size)
{
	char driver[64] = "its driver";

	if (*iface->driver)
		snprintf(driver, sizeof(driver), "the driver (%s)", iface->driver);
	if (has_no_native(iface, code))
		snprintf(buf, size, "%s has no native XDP", driver);
	else if (frags && iface->features_known && !(iface->features & XDP_CAN_RX_SG))
		snprintf(buf, size, "%s takes no programs for fragments", driver);
	else if (!frags && iface->mtu > 1500)
		snprintf(buf, size, "%s refuses: %s; with an MTU of %u it may want a program for fragments (section "
			 "xdp.frags)",
			 driver, strerror(code), iface->mtu);
	else
		snprintf(buf, size, "%s refuses: %s", driver, strerror(code));
}

/* ---- the kernel ---- */

void xdp_kernel_release(char *buf, size_t size)
{
	struct utsname name;

	snprintf(buf, size, "%.60s", uname(&name) ? "of unknown version" : name.release);
}

/* The verifier says nothing of capabilities where one allows less: pointers are not compared without CAP_PERFMON. */
bool xdp_caps_lacking(char *buf, size_t size)
{
	static const struct { unsigned int cap; const char *name; bool admin; } needed[] = {
		{ CAP_BPF, "CAP_BPF", true }, { CAP_NET_ADMIN, "CAP_NET_ADMIN", false },
		{ CAP_PERFMON, "CAP_PERFMON", true },
	};
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };
	uint64_t has;
	size_t i, n = 0;

	*buf = 0;
	if (syscall(SYS_capget, &head, data))
		return false;
	has = data[0].effective | (uint64_t)data[1].effective << 32;
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		/* CAP_SYS_ADMIN stands for those that were split from it. */
		if (has >> needed[i].cap & 1 || (needed[i].admin && has >> CAP_SYS_ADMIN & 1))
			continue;
		if (n < size)
			n += snprintf(buf + n, size - n, "%s%s", n ? ", " : "", needed[i].name);
	}
	return n;
}

/* @meta: at most what an image's metadata may have, and a multiple of 4. */
static bool carries(int fd, size_t meta)
{
	uint8_t packet[1024] = { 0 };
	struct xdp_md in = { .data = meta, .data_end = meta + 64 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = in.data_end, .ctx_in = &in,
		    .ctx_size_in = sizeof(in), .repeat = 1);

	return in.data_end <= sizeof(packet) && !bpf_prog_test_run_opts(fd, &opts);
}

int xdp_pass_load(const struct xdp_plan *plan, bool frags, int verdicts)
{
	/* r0 = XDP_PASS; exit */
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const size_t n = sizeof(pass) / sizeof(pass[0]);
	struct bpf_insn counted[sizeof(pass) / sizeof(pass[0]) + XDP_VERDICT_CODE];
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = plan ? xdp_attach_type(plan) : BPF_XDP,
		    .prog_flags = frags && !(plan && plan->dispatched) ? BPF_F_XDP_HAS_FRAGS : 0);
	bool count = verdicts >= 0 && !xdp_verdict_code(pass, n, verdicts, counted);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "mdesc_pass", "Dual BSD/GPL", count ? counted : pass,
			       count ? n + XDP_VERDICT_CODE : n, &opts);

	return fd < 0 ? -errno : fd;
}

/* A test run takes the kernel some 10 ms: what all kernels carry is not tried. */
int xdp_kernel_meta_max(size_t wanted)
{
	static const unsigned int sizes[] = { 216, 128, 64, META_ALWAYS };
	int fd = xdp_pass_load(NULL, false, -1), max = META_ALWAYS;
	size_t i;

	if (fd < 0)
		return fd;
	if (wanted > META_ALWAYS && carries(fd, wanted))
		max = wanted;
	/* Where metadata cannot be tested, before 5.18, it has been 32 bytes all the time. */
	for (i = 0; wanted > (size_t)max && i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (carries(fd, sizes[i])) {
			max = sizes[i];
			break;
		}
	close(fd);
	return max;
}

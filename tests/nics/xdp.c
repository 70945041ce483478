// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * A NIC's XDP metadata operations on the bytes of NIC_DEF: they must answer what its view holds. GLUE is the layout
 * that they are for, GLUE_H their header. Prints test lines.
 */
#include <stdio.h>

#include "kernel.h"
#include HEADER
#include GLUE_H

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

static struct net_device dev;

/* What the operation for a member of the view gives: 0 and the value, or an error. */
static __attribute__((unused)) int ask_rx_timestamp(const struct xdp_md *ctx, u64 *v)
{
	return dev.xdp_metadata_ops->xmo_rx_timestamp ? dev.xdp_metadata_ops->xmo_rx_timestamp(ctx, v) : -EOPNOTSUPP;
}

static __attribute__((unused)) int ask_rx_hash(const struct xdp_md *ctx, u64 *v)
{
	enum xdp_rss_hash_type type = (enum xdp_rss_hash_type)99;
	u32 hash = 0;
	int err = dev.xdp_metadata_ops->xmo_rx_hash ? dev.xdp_metadata_ops->xmo_rx_hash(ctx, &hash, &type) :
		  -EOPNOTSUPP;

	*v = hash;
	if (!err && type != XDP_RSS_TYPE_NONE)	/* of these NICs, no view has it */
		return -EINVAL;
	return err;
}

static __attribute__((unused)) int ask_rx_vlan_tci(const struct xdp_md *ctx, u64 *v)
{
	__be16 proto = 0;
	u16 tci = 0;
	int err = dev.xdp_metadata_ops->xmo_rx_vlan_tag ? dev.xdp_metadata_ops->xmo_rx_vlan_tag(ctx, &proto, &tci) :
		  -EOPNOTSUPP;

	*v = tci;
	if (!err && proto != htons(0x88a8))
		return -EINVAL;
	return err;
}

static int failed_at(const char *test, const char *what, int err, u64 value)
{
	printf("not ok %s %s\n# error %d, value 0x%llx\n", test, what, err, (unsigned long long)value);
	return 1;
}

#define NIC(name, file)
#define DESC(test, type)							\
static int test(void)								\
{										\
	static const char name[] = #test;					\
	struct JOIN(GLUE, _xdp) x;						\
	const struct xdp_md *ctx = (const struct xdp_md *)&x;			\
	u64 value = 0;								\
	int failed = 0, asked = 0, err;						\
	(void)err;								\
	(void)value;								\
	(void)ctx;
#define BYTES(...)								\
	static const unsigned char raw[] = { __VA_ARGS__ };			\
	JOIN(GLUE, _xdp_prepare)(&x, raw);
#define GET(getter, value)
#define VALID(getter, yes)
#define ELEMENT(getter, i, value)
#define CHAIN(id, yes)
#define VIEW(member, wanted)							\
	err = ask_##member(ctx, &value);					\
	failed += err || value != (wanted) ? failed_at(name, #member, err, value) : 0; \
	asked++;
#define NO_VIEW(member)								\
	err = ask_##member(ctx, &value);					\
	failed += err != -ENODATA && err != -EOPNOTSUPP ? failed_at(name, #member, err, value) : 0; \
	asked++;
#define END									\
	if (asked && !failed)							\
		printf("ok %s\n", name);					\
	/* nothing is known of a packet without metadata */			\
	JOIN(GLUE, _xdp_prepare)(&x, NULL);					\
	err = ask_rx_hash(ctx, &value);						\
	if (err != -ENODATA && err != -EOPNOTSUPP)				\
		failed += failed_at(name, "null", err, value);			\
	return failed;								\
}
#include NIC_DEF
#undef DESC
#undef BYTES
#undef VIEW
#undef NO_VIEW
#undef END

#define DESC(test, type) failed += test();
#define BYTES(...)
#define VIEW(member, wanted)
#define NO_VIEW(member)
#define END

int main(void)
{
	int failed = 0;

	JOIN(GLUE, _xdp_setup)(&dev);
#include NIC_DEF
	return failed != 0;
}

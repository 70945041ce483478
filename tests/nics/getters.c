// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The getters of real NICs' headers on the bytes of all.def, as C and as C++. Prints test lines; the first argument
 * goes into their names.
 */
#include <stdio.h>

#include "bnxt/rx_cmp.h"
#include "dpaa2/annotation.h"
#include "fbnic/rcd.h"
#include "gve/rx_compl.h"
#include "ice/rx_flex.h"
#include "idpf/rx_split.h"
#include "igc/rx_desc.h"
#include "mlx5/cqe64.h"
#include "nfp/rx_meta.h"
#include "octeontx2/nix.h"
#include "virtio_net/rx_hdr.h"

static const char *form;

static int expect(const char *test, const char *what, __u64 value, __u64 expected)
{
	if (value == expected)
		return 0;
	printf("not ok getters-%s %s %s\n# 0x%llx, expected 0x%llx\n", form, test, what, (unsigned long long)value,
	       (unsigned long long)expected);
	return 1;
}

#define NIC(name, file)
#define DESC(test, type)							\
static int test(void)								\
{										\
	typedef type desc;							\
	static const char name[] = #test;					\
	int failed = 0;
#define BYTES(...)								\
	static const union { unsigned char raw[sizeof(desc)]; __u64 align; } u = { { __VA_ARGS__ } }; \
	const desc *d = (const desc *)(const void *)u.raw;			\
	(void)d;								\
	failed += expect(name, "size", sizeof((const unsigned char[]){ __VA_ARGS__ }), sizeof(desc));
#define GET(getter, value) failed += expect(name, #getter, getter##_get(d), value);
#define VALID(getter, yes) failed += expect(name, #getter "_valid", getter##_valid(d), yes);
#define ELEMENT(getter, i, value) failed += expect(name, #getter, getter##_get(d)[i], value);
#define CHAIN(id, yes)								\
	failed += expect(name, #id, ((__u64)u.raw[0] << 24 | u.raw[1] << 16 | u.raw[2] << 8 | u.raw[3]) == \
			 ((__u64)(id) | ((u.raw[2] << 8 | u.raw[3]) & (__u64)(id##_ANY))), yes);
#define VIEW(member, value)
#define NO_VIEW(member)
#define END									\
	if (!failed)								\
		printf("ok getters-%s %s\n", form, name);			\
	return failed;								\
}
#include "all.def"
#undef DESC
#undef BYTES
#undef GET
#undef VALID
#undef ELEMENT
#undef CHAIN
#undef END

#define DESC(test, type) failed += test();
#define BYTES(...)
#define GET(getter, value)
#define VALID(getter, yes)
#define ELEMENT(getter, i, value)
#define CHAIN(id, yes)
#define END

int main(int argc, char **argv)
{
	int failed = 0;

	form = argc > 1 ? argv[1] : "?";
#include "all.def"
	return failed != 0;
}

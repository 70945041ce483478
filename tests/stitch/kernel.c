/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A small stand-in for the kernel's types, for the fuzzer. */
typedef unsigned int u32;
struct sk_buff;
typedef int (*fn_t)(struct sk_buff *skb, u32 n, ...);

struct list_head {
	struct list_head *next, *prev;
};

union value {
	u32 word;
	struct { unsigned int a : 3, b : 29; } bits;
	float f;
};

struct net_device {
	char name[16];
	struct list_head list;
	int ifindex;
};

struct sk_buff {
	struct net_device *dev;
	const volatile union value v[4];
	fn_t fn;
	u32 len;
};

struct task_struct {
	enum { RUNNING, STOPPED = -1 } state;
	int pid;
};

struct sk_buff keep_skb;
struct task_struct keep_task;
struct net_device keep_dev;

int keep(struct sk_buff *skb)
{
	return keep_skb.len + keep_task.pid + keep_dev.ifindex + (skb ? 1 : 0);
}

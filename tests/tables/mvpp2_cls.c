// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The classifier's tables that the kernel's mvpp2 driver writes, with the functions of its own mvpp2_cls.c, which
 * tables_linux.sh takes out of it: what is in them after initialisation and with three ports (`init`), and with rules
 * and indirections of a user besides (`rules`). Prints the words of all tables, or, with `rows`, a description of each
 * row that is not empty, made from its bits.
 */
#include "kernel_stub.h"

#define for_each_set_bit(i, bits, n) for ((i) = 0; (i) < (int)(n); (i)++) if (*(bits) >> (i) & 1)
#define num_possible_cpus() 4
#define cpu_online(cpu) ((cpu) < 4)
enum { ETHER_FLOW = 1, TCP_V4_FLOW, TCP_V6_FLOW, UDP_V4_FLOW, UDP_V6_FLOW, IPV4_FLOW, IPV6_FLOW };
#define FLOW_EXT 0x80000000
#define FLOW_MAC_EXT 0x40000000
#define FLOW_RSS 0x20000000
enum { FLOW_ACTION_DROP, FLOW_ACTION_QUEUE };
struct flow_action_entry { int id; struct { u32 ctx, index; } queue; };
struct flow_rule { struct { struct flow_action_entry entries[1]; } action; };
#define flow_action_basic_hw_stats_check(action, extack) ((action) != NULL)

#include "mvpp2_cls_part.h"

static struct {
	u32 lookup[2 * MVPP2_CLS_LKP_TBL_SIZE];
	u32 flow[MVPP2_CLS_FLOWS_TBL_SIZE][3];
	/* In the order of their registers: five words, whether it is invalid, what to do, four attributes. */
	u32 c2[MVPP22_CLS_C2_N_ENTRIES][11];
	u32 rss[MVPP22_N_RSS_TABLES * MVPP22_RSS_TABLE_ENTRIES];
} tables;
static u32 regs[0x10000 / 4];

static u32 *reg(u32 at)
{
	u32 *c2 = tables.c2[regs[MVPP22_CLS_C2_TCAM_IDX / 4] % MVPP22_CLS_C2_N_ENTRIES];
	u32 rss = regs[MVPP22_RSS_INDEX / 4];

	switch (at) {
	case MVPP2_CLS_LKP_TBL_REG: return &tables.lookup[regs[MVPP2_CLS_LKP_INDEX_REG / 4] % 128];
	case MVPP2_CLS_FLOW_TBL0_REG: return &tables.flow[regs[MVPP2_CLS_FLOW_INDEX_REG / 4] % 512][0];
	case MVPP2_CLS_FLOW_TBL1_REG: return &tables.flow[regs[MVPP2_CLS_FLOW_INDEX_REG / 4] % 512][1];
	case MVPP2_CLS_FLOW_TBL2_REG: return &tables.flow[regs[MVPP2_CLS_FLOW_INDEX_REG / 4] % 512][2];
	case MVPP22_CLS_C2_ACT: return c2 + 6;
	case MVPP22_RSS_TABLE_ENTRY:
		return &tables.rss[(rss >> 8 & 7) * MVPP22_RSS_TABLE_ENTRIES + rss % MVPP22_RSS_TABLE_ENTRIES];
	default: break;
	}
	if (at >= MVPP22_CLS_C2_TCAM_DATA0 && at <= MVPP22_CLS_C2_TCAM_INV)
		return c2 + (at - MVPP22_CLS_C2_TCAM_DATA0) / 4;
	if (at >= MVPP22_CLS_C2_ATTR0 && at <= MVPP22_CLS_C2_ATTR3)
		return c2 + 7 + (at - MVPP22_CLS_C2_ATTR0) / 4;
	return &regs[at / 4];
}

void mvpp2_write(struct mvpp2 *priv, u32 at, u32 value)
{
	(void)priv;
	*reg(at) = value;
}

u32 mvpp2_read(struct mvpp2 *priv, u32 at)
{
	(void)priv;
	return *reg(at);
}

/* Of the parser, whose tables mvpp2.c has. */
int mvpp2_prs_add_flow(struct mvpp2 *priv, int flow, u32 info, u32 mask)
{
	(void)priv;
	(void)flow;
	(void)info;
	(void)mask;
	return 0;
}

/* Rules for fields of packets, some to a queue, some to a table, one that drops; and tables of queues. */
static int set_rules(struct mvpp2_port *ports)
{
	static const int types[] = { MVPP22_FLOW_TCP4, MVPP22_FLOW_UDP6, MVPP22_FLOW_ETHERNET, MVPP22_FLOW_IP4 };
	struct mvpp2_rss_table table;
	struct flow_rule flow;
	int err = 0;

	for (int p = 0; p < 3 && !err; p++) {
		for (int i = 0; i < 4 && !err; i++) {
			struct mvpp2_rfs_rule rule = {
				.loc = i, .flow_type = types[i], .engine = MVPP22_CLS_ENGINE_C2, .flow = &flow,
				.c2_tcam = 0x1f9000500a0002ull * (u64)(i + 2 * p + 1), .c2_tcam_mask = ~0ull >> 7 * i,
				.hek_fields = i ? MVPP22_CLS_HEK_OPT_VLAN : MVPP22_CLS_HEK_L4_OPTS,
			};

			rule.c2_tcam &= rule.c2_tcam_mask;
			flow.action.entries[0] = (struct flow_action_entry){
				i == 2 ? FLOW_ACTION_DROP : FLOW_ACTION_QUEUE, { i == 1, (u32)(p + i) } };
			err = mvpp2_port_flt_rfs_rule_insert(&ports[p], &rule);
			if (!err && i == 3 && p == 1)
				err = mvpp2_port_cls_rfs_rule_remove(&ports[p], &rule);
		}
		err = err ? err : mvpp22_port_rss_enable(&ports[p]);
		err = err ? err : mvpp2_port_rss_hash_opts_set(&ports[p], MVPP22_FLOW_TCP4, MVPP22_CLS_HEK_IP4_5T);
		err = err ? err : mvpp2_port_rss_hash_opts_set(&ports[p], MVPP22_FLOW_UDP6, MVPP22_CLS_HEK_IP6_5T);
		err = err ? err : mvpp2_port_rss_hash_opts_set(&ports[p], MVPP22_FLOW_IP4, MVPP22_CLS_HEK_IP4_2T);
		for (u32 i = 0; i < MVPP22_RSS_TABLE_ENTRIES; i++)
			table.indir[i] = (i * 3 + (u32)p) % ports[p].nrxqs;
		mvpp22_rss_fill_table(&ports[p], &table, (u32)ports[p].rss_ctx[0]);
	}
	return err;
}

static u32 bits(u32 word, int at, int n)
{
	return word >> at & ((1u << n) - 1);
}

static void put_c2(int i, const u32 *w)
{
	u64 key = 0, mask = 0;

	for (int k = 0; k < 4; k++) {
		key = key << 16 | bits(w[k], 0, 16);
		mask = mask << 16 | w[k] >> 16;
	}
	printf("row mvpp2_cls_c2[%d] { fields 0x%llx &&& 0x%llx; type %u &&& %u; ports %u &&& %u; }", i,
	       (unsigned long long)key, (unsigned long long)mask, bits(w[4], 0, 6), bits(w[4], 16, 6), bits(w[4], 8, 8),
	       bits(w[4], 24, 8));
	printf(" -> { color %u; low %u; high %u; forward %u; rss %u; queue %u; rss_on %u; }\n", bits(w[6], 0, 3),
	       bits(w[6], 9, 2), bits(w[6], 11, 2), bits(w[6], 13, 3), bits(w[6], 19, 2),
	       bits(w[7], 24, 5) << 3 | bits(w[7], 21, 3), bits(w[9], 30, 1));
}

static void put_rows(void)
{
	for (int i = 0; i < 2 * MVPP2_CLS_LKP_TBL_SIZE; i++)
		if (tables.lookup[i])
			printf("row mvpp2_cls_lookup[%d] -> { queue %u; first %u; enable %u; }\n", i,
			       bits(tables.lookup[i], 0, 8), bits(tables.lookup[i], 16, 9),
			       bits(tables.lookup[i], 25, 1));
	for (int i = 0; i < MVPP2_CLS_FLOWS_TBL_SIZE; i++) {
		const u32 *w = tables.flow[i];

		printf("row mvpp2_cls_flow[%d] -> { last %u; engine %u; ports %u; by_port %u; n %u; type %u; prio %u;",
		       i, bits(w[0], 0, 1), bits(w[0], 1, 3), bits(w[0], 4, 8), bits(w[0], 23, 1), bits(w[1], 0, 3),
		       bits(w[1], 3, 6), bits(w[1], 9, 6));
		printf(" seq %u; f0 %u; f1 %u; f2 %u; f3 %u; }\n", bits(w[1], 15, 3), bits(w[2], 0, 6),
		       bits(w[2], 6, 6), bits(w[2], 12, 6), bits(w[2], 18, 6));
	}
	for (int i = 0; i < MVPP22_CLS_C2_N_ENTRIES; i++)
		if (!(tables.c2[i][5] & MVPP22_CLS_C2_TCAM_INV_BIT))
			put_c2(i, tables.c2[i]);
	for (int i = 0; i < MVPP22_N_RSS_TABLES * MVPP22_RSS_TABLE_ENTRIES; i++)
		if (tables.rss[i])
			printf("row mvpp2_rss[%d] -> { queue %u; }\n", i, tables.rss[i]);
}

int main(int argc, char **argv)
{
	struct mvpp2_port ports[3];
	struct mvpp2 priv;

	memset(&priv, 0, sizeof(priv));
	memset(ports, 0, sizeof(ports));
	if (argc < 2)
		return 1;
	mvpp2_cls_init(&priv);
	for (int i = 0; i < 3; i++) {
		ports[i].id = (u8)i;
		ports[i].priv = &priv;
		ports[i].first_rxq = (u8)(32 * i);
		ports[i].nrxqs = 8;
		ports[i].rss_ctx[0] = i;
		ports[i].rss_ctx[1] = i + 3;
		mvpp2_cls_port_config(&ports[i]);
	}
	if (!strcmp(argv[1], "rules") && set_rules(ports))
		return 1;
	if (argc < 3)
		fwrite(&tables, sizeof(tables), 1, stdout);
	else
		put_rows();
	return ferror(stdout);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Names and operators that people bring along from other languages. Takes a name that nothing here has, and adds to its
 * diagnostic what to write, with a fix where that is all; and finds patterns that are read otherwise than they look.
 */
#include "foreign.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include "source.h"
#include "types.h"

static bool is_one(const char *name, const char *const *all)
{
	for (; *all; all++)
		if (!strcmp(name, *all))
			return true;
	return false;
}

/* ---- types ---- */

/* What is of one width whatever the prefix and suffix: uint16_t, __u16, u_int16_t, be16_t, __le16, i16. */
static const char *number_type(struct resolver *r, const char *name)
{
	static const struct { const char *front, *is; } fronts[] = {
		{ "uint", "u" }, { "u_int", "u" }, { "__u", "u" }, { "UINT", "u" }, { "U", "u" }, { "int", "s" },
		{ "__s", "s" }, { "i", "s" }, { "INT", "s" }, { "__be", "be" }, { "rte_be", "be" }, { "be", "be" },
		{ "__le", "le" }, { "rte_le", "le" }, { "le", "le" }, { "u", "u" },
	};
	size_t digits = strcspn(name, "0123456789");
	int bits = atoi(name + digits);
	const char *end = name + digits + strspn(name + digits, "0123456789");

	if ((bits != 8 && bits != 16 && bits != 32 && bits != 64) || (*end && strcmp(end, "_t")))
		return NULL;
	for (size_t i = 0; i < sizeof(fronts) / sizeof(*fronts); i++) {
		if (strlen(fronts[i].front) != digits || strncmp(name, fronts[i].front, digits))
			continue;
		if (bits == 8 && strlen(fronts[i].is) == 2)
			return "u8";
		/* On the wire a number has an order. */
		return rs_atomf(r, "%s%d",
				r->in_header && bits > 8 && strlen(fronts[i].is) == 1 ? "be" : fronts[i].is, bits);
	}
	return NULL;
}

bool foreign_type(struct resolver *r, struct diag *d, struct ast_name name)
{
	static const struct { const char *name, *is, *note; } known[] = {
		{ "char", "u8", NULL }, { "uchar", "u8", NULL }, { "u_char", "u8", NULL }, { "byte", "u8", NULL },
		{ "BYTE", "u8", NULL }, { "short", "s16", NULL }, { "ushort", "u16", NULL }, { "u_short", "u16", NULL },
		{ "int", "s32", NULL }, { "uint", "u32", NULL }, { "u_int", "u32", NULL }, { "unsigned", "u32", NULL },
		{ "long", "s64", NULL }, { "ulong", "u64", NULL }, { "size_t", "u64", NULL }, { "usize", "u64", NULL },
		{ "isize", "s64", NULL }, { "ssize_t", "s64", NULL }, { "uintptr_t", "u64", NULL },
		{ "_Bool", "bool", NULL }, { "boolean", "bool", NULL }, { "bool_t", "bool", NULL },
		{ "__sum16", "raw16", NULL }, { "__wsum", "raw32", NULL },
		{ "mac_addr", "mac", NULL }, { "macaddr", "mac", NULL }, { "mac_addr_t", "mac", NULL },
		{ "eth_addr", "mac", NULL },
		{ "ether_addr", "mac", NULL }, { "macAddr_t", "mac", NULL }, { "mac48", "mac", NULL },
		{ "in_addr", "be32", NULL }, { "in_addr_t", "be32", NULL }, { "ipv4_addr", "be32", NULL },
		{ "ip4Addr_t", "be32", NULL },
		{ "in6_addr", NULL, "an IPv6 address is `u8 NAME[16];`" },
		{ "ipv6_addr", NULL, "an IPv6 address is `u8 NAME[16];`" },
		{ "u128", NULL, "write `u8 NAME[16];`" },
		{ "bit", NULL, "bits are `u8 NAME : BITS;` in a header, ranges of a `word` elsewhere" },
		{ "bits", NULL, "bits are `u8 NAME : BITS;` in a header, ranges of a `word` elsewhere" },
		{ "void", NULL, "an address of what has no type is a u64; `S *NAME` is one of a struct S" },
		{ "float", NULL, "there are no floating point numbers" },
		{ "double", NULL, "there are no floating point numbers" },
		{ "string", NULL, "write `u8 NAME[BYTES];`" },
		{ "struct", NULL, NULL },
	};
	const char *is = number_type(r, name.s);

	for (size_t i = 0; !is && i < sizeof(known) / sizeof(*known); i++) {
		if (strcmp(name.s, known[i].name))
			continue;
		if (known[i].note) {
			diag_note(d, "%s", known[i].note);
			return true;
		}
		is = known[i].is;
		if (is && r->in_header && (is[0] == 'u' || is[0] == 's') && strcmp(is, "u8"))
			is = rs_atomf(r, "be%s", is + 1);
	}
	if (!is)
		return false;
	diag_note(d, "write %s", is);
	diag_fix(d, name.loc, is);
	return true;
}

/* ---- functions ---- */

bool foreign_function(struct diag *d, struct ast_name name, const struct ast *args, const char *args_text)
{
	static const char *const orders[] = {
		"htons", "htonl", "htonll", "ntohs", "ntohl", "ntohll", "bswap16", "bswap32", "bswap64", "bswap",
		"swap",
		"cpu_to_be16", "cpu_to_be32", "cpu_to_be64", "be16_to_cpu", "be32_to_cpu", "be64_to_cpu", "cpu_to_le16",
		"cpu_to_le32", "cpu_to_le64", "le16_to_cpu", "le32_to_cpu", "le64_to_cpu", "bpf_htons", "bpf_htonl",
		"bpf_ntohs",
		"bpf_ntohl", "__builtin_bswap16", "__builtin_bswap32", "__builtin_bswap64", NULL,
	};
	static const char *const lengths[] = { "sizeof", "size", "len", "bytes", NULL };
	static const char *const offsets[] = { "offsetof", "pos", "position", NULL };
	static const char *const there[] = { "valid", "isValid", "is_valid", "exists", "defined", "has", "is_present",
		NULL };
	const char *is = is_one(name.s, lengths) ? "length" : is_one(name.s, offsets) ? "offset" :
			 is_one(name.s, there) ? "present" : NULL;

	if (is_one(name.s, orders) && args && !args->next) {
		diag_note(d, "byte orders convert by themselves: write %s", args_text);
		return true;
	}
	if (!is)
		return false;
	diag_note(d, "write %s(%s)", is, args_text);
	diag_fix(d, name.loc, is);
	return true;
}

const char *foreign_end(const char *name)
{
	static const char *const accepts[] = { "break", "return", "end", "done", "exit", "stop", "finish", "pass",
		NULL };
	static const char *const drops[] = { "discard", "DROP", "XDP_DROP", NULL };
	static const char *const rejects[] = { "error", "fail", "abort", NULL };

	return is_one(name, accepts) ? "accept" : is_one(name, drops) ? "drop" :
	       is_one(name, rejects) ? "reject" : NULL;
}

bool foreign_constant(struct diag *d, struct ast_name name, const struct mdc_type *en)
{
	static const struct { const char *name, *is; } known[] = {
		{ "true", "1" }, { "false", "0" }, { "TRUE", "1" }, { "FALSE", "0" }, { "NULL", "0" },
		{ "ETH_P_IP", "0x0800" }, { "ETH_P_IPV6", "0x86dd" }, { "ETH_P_ARP", "0x0806" },
		{ "ETH_P_8021Q", "0x8100" }, { "ETH_P_8021AD", "0x88a8" },
		{ "ETH_P_MPLS_UC", "0x8847" }, { "ETH_P_PPP_SES", "0x8864" }, { "TYPE_IPV4", "0x0800" },
		{ "TYPE_IPV6", "0x86dd" }, { "TYPE_ARP", "0x0806" }, { "TYPE_VLAN", "0x8100" }, { "IPPROTO_ICMP", "1" },
		{ "IPPROTO_IPIP", "4" }, { "IPPROTO_TCP", "6" }, { "IPPROTO_UDP", "17" }, { "IPPROTO_IPV6", "41" },
		{ "IPPROTO_GRE", "47" }, { "IPPROTO_ESP", "50" }, { "IPPROTO_AH", "51" }, { "IPPROTO_ICMPV6", "58" },
		{ "IPPROTO_SCTP", "132" }, { "IPPROTO_HOPOPTS", "0" }, { "IPPROTO_ROUTING", "43" },
		{ "IPPROTO_FRAGMENT", "44" },
		{ "IPPROTO_DSTOPTS", "60" },
	};
	const char *is = NULL;

	for (uint32_t i = 0; en && i < en->n_enumerators; i++)
		if (en->enumerators[i].c_name && !strcmp(name.s, en->enumerators[i].c_name))
			is = en->enumerators[i].name;
	for (size_t i = 0; !is && i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(name.s, known[i].name))
			is = known[i].is;
	if (!is)
		return false;
	diag_note(d, "write %s", is);
	diag_fix(d, name.loc, is);
	return true;
}

bool foreign_prefix(struct resolver *r, struct diag *d, struct loc at)
{
	const struct source *src = source_get(r->ctx->sources, at.src);
	const char *s = src->text + at.end;
	const struct mdc_type *en;
	size_t n = 0;

	if (*s++ != '.')
		return false;
	en = atom_map_get(&r->types, atom_n(r->ctx->atoms, src->text + at.start, at.end - at.start));
	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	if (en && mdc_type_strip(en)->kind == MDC_ENUM) {
		diag_note(d, "an enumerator stands alone, where its enum is expected: write %.*s", (int)n, s);
		at.end++;
		diag_fix(d, at, "");
		return true;
	}
	if (!atom_map_get(&r->instances, atom_n(r->ctx->atoms, s, n)) &&
	    !atom_map_get(&r->headers, atom_n(r->ctx->atoms, s, n)))
		return false;
	diag_note(d, "headers have nothing in front of their names: write %.*s", (int)n, s);
	at.end++;
	diag_fix(d, at, "");
	return true;
}

/* ---- patterns ---- */

bool foreign_pattern(struct resolver *r, const struct ast *e)
{
	static const struct { enum ast_op op; const char *is, *note; } ops[] = {
		{ OP_AND, "'&' makes one value of the two", "a value under a mask is `VALUE &&& MASK`" },
		{ OP_LAND, "'&&' makes 0 or 1 of the two", "a value under a mask is `VALUE &&& MASK`" },
		{ OP_LOR, "'||' makes 0 or 1 of the two", "alternatives are separated by `,`" },
		{ OP_DIV, "'/' divides", "a prefix is a value under a mask: `VALUE &&& MASK`" },
		{ OP_SUB, "'-' subtracts", "a range is `LO..HI`" },
	};
	static const char *const marks[] = { "&&&", "&&&", ",", NULL, ".." };
	const struct ast_binary *b = (const struct ast_binary *)e;
	const struct ast_int *lo, *hi;
	const char *text;
	struct loc op;
	struct diag *d;
	size_t i = 0;

	if (e->kind != AST_BINARY || b->a->kind != AST_INT || b->b->kind != AST_INT)
		return false;
	while (i < sizeof(ops) / sizeof(*ops) && ops[i].op != b->op)
		i++;
	lo = (const struct ast_int *)b->a;
	hi = (const struct ast_int *)b->b;
	if (i == sizeof(ops) / sizeof(*ops) || (b->op == OP_SUB && lo->value >= hi->value))
		return false;
	d = diag(r->ctx, CHK_select_key, e->loc, "%s: this matches one value only", ops[i].is);
	diag_note(d, "%s", ops[i].note);
	/* What is between the numbers, blanks left out, is the operator. */
	op = (struct loc){ e->loc.src, lo->h.loc.end, hi->h.loc.start };
	text = source_get(r->ctx->sources, op.src)->text;
	while (op.start < op.end && text[op.start] == ' ')
		op.start++;
	while (op.end > op.start && text[op.end - 1] == ' ')
		op.end--;
	if (marks[i] && op.end - op.start <= 2)
		diag_fix(d, op, marks[i]);
	return true;
}

/* ---- units ---- */

const char *rs_unit(struct resolver *r, const struct ast *unit)
{
	static const struct { const char *is; const char *others[8]; } units[] = {
		{ "ns", { "nsec", "nsecs", "nanosec", "nanosecs", "nanosecond", "nanoseconds", "nanos" } },
		{ "us", { "usec", "usecs", "microsec", "microsecond", "microseconds", "micros" } },
		{ "ms", { "msec", "msecs", "millisec", "millisecond", "milliseconds", "millis" } },
		{ "s", { "sec", "secs", "second", "seconds" } },
		{ "byte", { "bytes", "octet", "octets" } },
		{ "bit", { "bits" } },
	};
	const char *s = rs_string(unit), *is = NULL;
	struct diag *d;

	for (size_t i = 0; s && i < sizeof(units) / sizeof(*units); i++) {
		if (!strcasecmp(s, units[i].is) && strcmp(s, units[i].is) && strlen(s) > 1)
			is = units[i].is;
		for (const char *const *o = units[i].others; *o; o++)
			if (!strcasecmp(s, *o))
				is = units[i].is;
	}
	if (!is)
		return s;
	d = diag(r->ctx, CHK_unit, unit->loc, "programs know the unit \"%s\" as \"%s\"", s, is);
	diag_note(d, "units are compared as texts, by views among others");
	diag_fix(d, unit->loc, rs_atomf(r, "\"%s\"", is));
	return s;
}

// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Another user of libxdp's dispatcher, for libxdp_case.sh:
 *
 *	xdp_other attach IFACE OBJECT	its program, before all that have no priority of their own
 *	xdp_other attach-frags IFACE OBJECT	the same, as one that takes packets in fragments
 *	xdp_other detach IFACE PROGRAM	the one of this name
 *	xdp_other list IFACE		names, in the order in which they run
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <net/if.h>
#include <xdp/libxdp.h>

static int attach(int ifindex, const char *object, bool frags)
{
	struct xdp_program *prog = xdp_program__open_file(object, NULL, NULL);
	int rc = (int)libxdp_get_error(prog);

	if (rc)
		return rc;
	xdp_program__set_run_prio(prog, 10);
	xdp_program__set_xdp_frags_support(prog, frags);
	return xdp_program__attach(prog, ifindex, XDP_MODE_NATIVE, 0);
}

static int each(int ifindex, const char *detach)
{
	struct xdp_multiprog *mp = xdp_multiprog__get_from_ifindex(ifindex);
	struct xdp_program *prog = NULL;

	if (libxdp_get_error(mp))
		return 0;
	while ((prog = xdp_multiprog__next_prog(prog, mp)))
		if (!detach)
			printf("%s\n", xdp_program__name(prog));
		else if (!strcmp(xdp_program__name(prog), detach))
			return xdp_program__detach(prog, ifindex, XDP_MODE_NATIVE, 0);
	return 0;
}

int main(int argc, char **argv)
{
	int ifindex = argc > 2 ? (int)if_nametoindex(argv[2]) : 0, rc;

	libxdp_set_print(NULL);
	libbpf_set_print(NULL);
	if (argc == 4 && !strncmp(argv[1], "attach", 6))
		rc = attach(ifindex, argv[3], argv[1][6]);
	else if (argc == 4 && !strcmp(argv[1], "detach"))
		rc = each(ifindex, argv[3]);
	else if (argc == 3 && !strcmp(argv[1], "list"))
		rc = each(ifindex, NULL);
	else
		rc = 2;
	if (rc)
		printf("%s: %d\n", argv[1], rc);
	return !!rc;
}

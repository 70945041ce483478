# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Descriptions.  std/ is installed, for `include "std/..."`; DESCS are compiled with every build, each to .fw, .h and
# .btf beside one another in the build folder.

mdescstddir = $(pkgdatadir)/std
dist_mdescstd_DATA = \
	firmware-descs/std/arp.mdesc \
	firmware-descs/std/ethernet.mdesc \
	firmware-descs/std/geneve.mdesc \
	firmware-descs/std/gre.mdesc \
	firmware-descs/std/gtpu.mdesc \
	firmware-descs/std/headers.mdesc \
	firmware-descs/std/icmp.mdesc \
	firmware-descs/std/icmpv6.mdesc \
	firmware-descs/std/ip_protocol.mdesc \
	firmware-descs/std/ipsec.mdesc \
	firmware-descs/std/ipv4.mdesc \
	firmware-descs/std/ipv6.mdesc \
	firmware-descs/std/ipv6_ext.mdesc \
	firmware-descs/std/llc.mdesc \
	firmware-descs/std/mpls.mdesc \
	firmware-descs/std/pppoe.mdesc \
	firmware-descs/std/sctp.mdesc \
	firmware-descs/std/tcp.mdesc \
	firmware-descs/std/tcp_options.mdesc \
	firmware-descs/std/udp.mdesc \
	firmware-descs/std/views.mdesc \
	firmware-descs/std/vlan.mdesc \
	firmware-descs/std/vxlan.mdesc \
	firmware-descs/std/xdp_rss.mdesc

# Machines, for --target=NAME.
mdesctargetsdir = $(pkgdatadir)/targets
dist_mdesctargets_DATA = \
	firmware-descs/targets/flex_node.mdesc \
	firmware-descs/targets/generic.mdesc \
	firmware-descs/targets/ice_like.mdesc \
	firmware-descs/targets/npc_kpu_like.mdesc \
	firmware-descs/targets/parser_gen_1x2.mdesc \
	firmware-descs/targets/parser_gen_1x2_loops.mdesc \
	firmware-descs/targets/parser_gen_1x4.mdesc \
	firmware-descs/targets/parser_gen_1x4_loops.mdesc \
	firmware-descs/targets/parser_gen_2x2.mdesc \
	firmware-descs/targets/parser_gen_2x2_loops.mdesc \
	firmware-descs/targets/parser_gen_4x2.mdesc \
	firmware-descs/targets/parser_gen_4x2_loops.mdesc \
	firmware-descs/targets/ppv2_like.mdesc \
	firmware-descs/targets/tofino_like.mdesc

DESCS_SRC = \
	firmware-descs/bnxt/rx_cmp.mdesc \
	firmware-descs/dpaa2/annotation.mdesc \
	firmware-descs/fbnic/rcd.mdesc \
	firmware-descs/gve/rx_compl.mdesc \
	firmware-descs/ice/rx_flex.mdesc \
	firmware-descs/idpf/rx_split.mdesc \
	firmware-descs/igc/rx_desc.mdesc \
	firmware-descs/mlx5/cqe64.mdesc \
	firmware-descs/mvpp2/cls.mdesc \
	firmware-descs/mvpp2/prs.mdesc \
	firmware-descs/mynic/mynic-1.4.mdesc \
	firmware-descs/mynic/mynic-2.0.mdesc \
	firmware-descs/nfp/rx_meta.mdesc \
	firmware-descs/octeontx2/kpu.mdesc \
	firmware-descs/octeontx2/mcam.mdesc \
	firmware-descs/octeontx2/nix.mdesc \
	firmware-descs/virtio_net/rx_hdr.mdesc

EXTRA_DIST += $(DESCS_SRC) \
	firmware-descs/mvpp2/table/cls.mdesc \
	firmware-descs/mvpp2/table/prs.mdesc \
	firmware-descs/octeontx2/table/kpu.mdesc \
	firmware-descs/octeontx2/table/mcam.mdesc

# One description of two releases: one run of mdescc makes the images of both.
FAMILY_SRC = firmware-descs/mynic/family/mynic.mdesc
FAMILY_FIRST = firmware-descs/mynic/family/mynic-1.4.0
FAMILY_OTHER = firmware-descs/mynic/family/mynic-2.0.0
EXTRA_DIST += $(FAMILY_SRC)

DESC_FW = $(DESCS_SRC:.mdesc=.fw)
DESC_H = $(DESCS_SRC:.mdesc=.h)
DESC_BTF = $(DESCS_SRC:.mdesc=.btf)

if OWN_MDESCC
RUN_MDESCC = ./mdescc$(EXEEXT)
RUN_MDESCC_DEP = mdescc$(EXEEXT)
else
RUN_MDESCC = $(MDESCC_FOR_BUILD)
endif

if DESCS
noinst_DATA += $(DESC_FW) $(DESC_H) $(DESC_BTF) $(FAMILY_FIRST).fw $(FAMILY_OTHER).fw
endif

CLEANFILES += $(DESC_FW) $(DESC_H) $(DESC_BTF) $(DESCS_SRC:.mdesc=.d) $(FAMILY_SRC:.mdesc=.d) \
	$(FAMILY_FIRST).fw $(FAMILY_FIRST).h $(FAMILY_FIRST).btf \
	$(FAMILY_OTHER).fw $(FAMILY_OTHER).h $(FAMILY_OTHER).btf

firmware-descs/%.fw: firmware-descs/%.mdesc $(RUN_MDESCC_DEP)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(RUN_MDESCC) -I $(srcdir)/firmware-descs -d $(@D) -MD -MP -MT $@ -MF $(@:.fw=.d) $<

$(FAMILY_FIRST).fw: $(FAMILY_SRC) $(RUN_MDESCC_DEP)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(RUN_MDESCC) -I $(srcdir)/firmware-descs -d $(@D) -MD -MP -MT $@ -MF $(@D)/mynic.d $(srcdir)/$(FAMILY_SRC)

$(FAMILY_OTHER).fw: $(FAMILY_FIRST).fw ;

firmware-descs/%.h: firmware-descs/%.fw ;
firmware-descs/%.btf: firmware-descs/%.fw ;

-include $(DESCS_SRC:.mdesc=.d) $(FAMILY_SRC:.mdesc=.d)

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The layouts that we describe are those of the real drivers: size and every member's bit offset and size of the BTF
# that mdescc makes equal the listings in tests/facts, which record.sh took from the modules of Debian's kernels.
. "$MDESC_SRC/tests/lib.sh"

# compare DESCRIPTION STRUCT...
compare()
{
	local desc=$1 btf name fact
	shift
	btf=$TMP/$(basename "$desc" .mdesc).btf
	check "compile-$(basename "$desc" .mdesc)" \
		"$MDESCC" -I "$MDESC_INCLUDE" --emit=btf -o "$btf" "$MDESC_SRC/firmware-descs/$desc" || return
	for name; do
		fact=$MDESC_SRC/tests/facts/$name.txt
		grep -v '^#' "$fact" >"$TMP/$name.expected"
		"$MDESC_BUILD/tests/btf-list" "$btf" "$name" >"$TMP/$name.actual" 2>&1
		same "$name" "$TMP/$name.expected" "$TMP/$name.actual"
	done
}

compare mlx5/cqe64.mdesc mlx5_cqe64 mlx5_mini_cqe8
compare octeontx2/nix.mdesc nix_cqe_hdr_s nix_rx_parse_s nix_rx_sg_s nix_cqe_rx_s
compare igc/rx_desc.mdesc igc_adv_rx_desc igc_inline_rx_tstamps
compare ice/rx_flex.mdesc ice_32b_rx_flex_desc ice_32b_rx_flex_desc_nic ice_32b_rx_flex_desc_nic_2
compare virtio_net/rx_hdr.mdesc virtio_net_hdr_v1 virtio_net_hdr_v1_hash virtio_net_hdr virtio_net_hdr_mrg_rxbuf
compare nfp/rx_meta.mdesc nfp_net_rx_desc nfp_net_rx_hash nfp_net_tls_resync_req
compare dpaa2/annotation.mdesc dpaa2_fas dpaa2_fapr dpaa2_faead dpaa2_fd dpaa2_fd_simple
compare idpf/rx_split.mdesc virtchnl2_rx_flex_desc_adv_nic_3
compare gve/rx_compl.mdesc gve_rx_desc gve_rx_compl_desc_dqo
compare fbnic/rcd.mdesc  # words, of which the driver has no struct
compare bnxt/rx_cmp.mdesc rx_cmp rx_cmp_ext rx_agg_cmp rx_tpa_start_cmp rx_tpa_start_cmp_ext rx_tpa_end_cmp \
	rx_tpa_end_cmp_ext
# Ranges of words against the drivers' constants (record-masks.sh), by masks.map; no range of these words is left out.
# constants DESCRIPTION...
constants()
{
	local desc
	for desc; do
		"$MDESC_BUILD/tests/btf-list" "$TMP/$(basename "$desc" .mdesc).btf"
	done | awk '
		/^(struct|union) / { name = $2; word = name ~ /__/ }
		/^member / && word { print name "." $2, $4, $6 }' | LC_ALL=C sort >ranges
	# The second profile has the words of the first, each combination of a chain those of its items; big-endian
	# words lie in the upper half of the 64 bits.
	sed 's/^\(ice_32b_rx_flex_desc_nic\)_2__/\1__/' ranges |
		awk '/^nfp_meta_/ { sub(/^nfp_meta_[a-z_]*__/, "nfp_meta__"); $2 -= 32 }
			/^gve_rx_desc__/ { $2 -= 48 }
			{ print }' | LC_ALL=C sort -u |
		awk -v map="$MDESC_SRC/tests/facts/masks.map" -v masks="$MDESC_SRC/tests/facts/masks.txt" '
		function power(n, p) { for (p = 1; n > 0; n--) p *= 2; return p }
		function number(hex, v, i) {
			for (i = 3; i <= length(hex); i++)
				v = v * 16 + (index("0123456789abcdef", substr(hex, i, 1)) - 1)
			return v
		}
		BEGIN {
			while ((getline line < map) > 0)
				if (line !~ /^#/ && split(line, f, " ") == 2)
					constant[f[1]] = f[2]
			while ((getline line < masks) > 0)
				if (line !~ /^#/ && split(line, f, " ") == 2)
					value[f[1]] = number(f[2])
		}
		!($1 in constant) { print $1 ": masks.map does not have it"; next }
		{ used[$1] = 1 }
		constant[$1] == "-" { next }
		!(constant[$1] in value) { print $1 ": masks.txt has no " constant[$1]; next }
		constant[$1] ~ /_S$/ {
			if (value[constant[$1]] != $2 || $3 != 1)
				print $1 ": not bit " value[constant[$1]]
			next
		}
		value[constant[$1]] != (power($3) - 1) * power($2) {
			print $1 ": bits " $2 " +" $3 ", not " constant[$1]
		}
		END { for (c in constant) if (!(c in used)) print c ": no description has it" }' >wrong
	: >nothing
	same constants nothing wrong
}

constants bnxt/rx_cmp dpaa2/annotation \
	fbnic/rcd gve/rx_compl idpf/rx_split ice/rx_flex igc/rx_desc nfp/rx_meta virtio_net/rx_hdr

# Enumerators that are called as the driver's have the driver's values.
for desc in ice/rx_flex igc/rx_desc virtio_net/rx_hdr; do
	"$MDESCC" -I "$MDESC_INCLUDE" --emit=header -o header.h "$MDESC_SRC/firmware-descs/$desc.mdesc"
	sed -nE 's/^\t([A-Z][A-Za-z0-9_]+) = ([0-9]+),.*/\1 \2/p' header.h
done | while read -r name value; do
	grep "^$name 0x" "$MDESC_SRC/tests/facts/masks.txt" | while read -r _ fact; do
		echo "$name $value $((fact))"
	done
done >enumerators
# The types of a chain's items, each as a layout of its own.
"$MDESCC" -I "$MDESC_INCLUDE" --emit=header -o header.h "$MDESC_SRC/firmware-descs/nfp/rx_meta.mdesc"
for item in HASH MARK VLAN PORTID CSUM IPSEC; do
	value=$(sed -nE "s/^\tNFP_META_${item}(_SAIDX)?_LAYOUT_ID = (0x[0-9a-f]+),/\\2/p" header.h)
	fact=$(sed -n "s/^NFP_NET_META_$item //p" "$MDESC_SRC/tests/facts/masks.txt")
	echo "$item $((value)) $((fact))" >>enumerators
done
awk '$2 != $3' enumerators >wrong
same enumerators nothing wrong
check enumerators-found test "$(wc -l <enumerators)" -ge 32
finish

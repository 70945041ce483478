#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# record-masks.sh: make the list of real drivers' constants beside this script, masks.txt, anew.
#
# What drivers say by masks, shifts and bit numbers is not in their BTF, but in their sources: fetches Debian's package
# of the kernel's sources (some 150 MB) into a scratch folder with a private apt state, lets a C compiler compute the
# constants that the table below chooses from the drivers' headers, and gives a line `NAME VALUE` for each. Only names
# and values are kept.
#
# usage: record-masks.sh [-s SOURCES] [-o FILE]     -s: an unpacked kernel source, instead of fetching one
# Needs: apt-get, dpkg-deb, xz, tar, gcc (or CC); MIRROR=URI if apt has no Debian sources. No privilege.

set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
out=$here/masks.txt
sources=
from=
suite=bookworm-backports

net=drivers/net/ethernet
# header, names (extended regular expression) of macros; `enum NAME` for all enumerators of an enum
table="
$net/broadcom/bnxt/bnxt.h ^(CMP_TYPE|RX_CMP|RX_CMPL|RX_AGG_CMP|RX_TPA_START|RX_TPA_END)_
$net/freescale/dpaa2/dpaa2-eth.h ^DPAA2_(FAS|FAEAD|FD_FRC|TS|FAPR)_
include/soc/fsl/dpaa2-fd.h ^FD_
$net/google/gve/gve_desc.h ^GVE_RXF_
$net/intel/ice/ice_lan_tx_rx.h ^ICE_RX_FL(E)?X_DESC_
$net/intel/ice/ice_lan_tx_rx.h enum ice_rxdid
$net/intel/ice/ice_lan_tx_rx.h enum ice_rx_flex_desc_status_error_0_bits
$net/intel/ice/ice_lan_tx_rx.h enum ice_rx_flex_desc_status_error_1_bits
$net/intel/ice/ice_ptp.h ^ICE_PTP_TS_VALID$
$net/intel/idpf/virtchnl2_lan_desc.h ^VIRTCHNL2_RX_FLEX_DESC_ADV_
$net/intel/idpf/virtchnl2_lan_desc.h enum virtchl2_rx_flex_desc_adv_status_error_0_qw1_bits
$net/intel/idpf/virtchnl2_lan_desc.h enum virtchnl2_rx_flex_desc_adv_status_error_0_qw0_bits
$net/intel/idpf/virtchnl2_lan_desc.h enum virtchnl2_rx_flex_desc_adv_status_error_1_bits
$net/intel/igc/igc_defines.h ^IGC_RX(D|DEXT|DADV)_STAT
$net/intel/igc/igc.h ^IGC_(RSS_TYPE_MASK|TS_HDR_LEN)
$net/intel/igc/igc.h enum igc_rss_type_num
$net/meta/fbnic/fbnic_csr.h ^FBNIC_RCD_(TYPE|DONE|AL_BUFF_(ID|LEN|OFF)|AL_PAGE|HDR|OPT|META)
$net/netronome/nfp/nfp_net.h ^PCIE_DESC_RX_
$net/netronome/nfp/nfp_net_ctrl.h ^NFP_NET_(META|RSS_IPV)
include/uapi/linux/virtio_net.h ^VIRTIO_NET_(HDR_F|HDR_GSO|HASH_REPORT)_
"

die()
{
	echo "record-masks.sh: $*" >&2
	exit 1
}

while getopts s:o: opt; do
	case $opt in
	s) sources=$OPTARG ;;
	o) out=$OPTARG ;;
	*) echo "usage: record-masks.sh [-s SOURCES] [-o FILE]" >&2; exit 2 ;;
	esac
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

fetch()
{
	: "${MIRROR:=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(CODENAME)' 'Created-By: Packages' |
		awk '$2 == "Debian" && $3 == "bookworm" { print $1; exit }')}"
	[ -n "$MIRROR" ] || die "no Debian mirror is known: set MIRROR"
	mkdir -p "$scratch/state/lists/partial" "$scratch/cache/archives/partial" "$scratch/deb"
	: > "$scratch/state/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR $suite main" \
		> "$scratch/sources.list"
	cat > "$scratch/apt.conf" <<-END
		APT::Sandbox::User "";
		Acquire::Languages "none";
		Dir::State "$scratch/state";
		Dir::State::status "$scratch/state/status";
		Dir::Cache "$scratch/cache";
		Dir::Etc::sourcelist "$scratch/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
	END
	export APT_CONFIG="$scratch/apt.conf"
	apt-get -q update >&2
	(cd "$scratch/deb" && apt-get -q download linux-source-6.12 >&2)
	from=$(dpkg-deb -W --showformat='${Package} ${Version} ${Architecture}' "$scratch"/deb/*.deb)
	dpkg-deb -x "$scratch"/deb/*.deb "$scratch/files"
	echo "$table" | awk 'NF { print "linux-source-6.12/" $1 }' | sort -u > "$scratch/wanted"
	tar -x -J -f "$scratch"/files/usr/src/linux-source-*.tar.xz -C "$scratch" -T "$scratch/wanted"
	sources=$scratch/linux-source-6.12
}

# The text of an enum, and the names in it.
enum_text() # HEADER NAME
{
	sed -n "/^enum $2 {/,/^};/p" "$1"
}

# Macros without arguments, with what continues them; then one line of output for each name.
c_of_table()
{
	cat <<-'END'
		#include <stdio.h>
		#define BIT(n) (1ULL << (n))
		#define GENMASK(hi, lo) (~0ULL >> (63 - (hi)) & ~0ULL << (lo))
		#define BIT_ULL(n) BIT(n)
		#define DESC_BIT(n) BIT(n)
		#define DESC_GENMASK(hi, lo) GENMASK(hi, lo)
		#define VALUE(x) ((x) < 0 ? (unsigned int)(x) : (unsigned long long)(x))
		#define GVE_RXFLG(x) (1 << (3 + (x)))
		#define cpu_to_le16(x) (x)
		#define cpu_to_le32(x) (x)
	END
	echo "$table" | while read -r header what name; do
		[ -n "$header" ] || continue
		if [ "$what" = enum ]; then
			enum_text "$sources/$header" "$name"
			enum_text "$sources/$header" "$name" |
				sed -nE 's/^[[:blank:]]+([A-Z][A-Za-z0-9_]*)[ ,\t=].*/\1/p' >> "$scratch/names"
		else
			sed -nE '/^[[:blank:]]*#[[:blank:]]*define/{:more
				/\\$/{N;b more
				};s/\\\n/ /g;p}' "$sources/$header" |
				awk -v names="$what" '$2 ~ names && $2 !~ /[(]/ && NF > 2 && !/sizeof/' \
					> "$scratch/macros"
			cat "$scratch/macros"
			awk '{ print $2 }' "$scratch/macros" >> "$scratch/names"
		fi
	done
	echo 'int main(void) {'
	sort -u "$scratch/names" | sed 's/.*/printf("& 0x%llx\\n", VALUE(&));/'
	echo 'return 0; }'
}

[ -n "$sources" ] || fetch
: > "$scratch/names"
c_of_table > "$scratch/list.c" || die "no such header"
${CC:-gcc} -w -o "$scratch/list" "$scratch/list.c"
{
	echo "# package ${from:-unknown}"
	"$scratch/list"
} > "$out"
echo "wrote $out" >&2

#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# record.sh: make the listings of real drivers' structs beside this script anew.
#
# Takes nothing from the running system but its Debian mirror: fetches Debian's kernel packages (some 170 MB) into a
# scratch folder with a private apt state, unpacks them there without installing, and reads the BTF of the drivers'
# modules on top of the BTF of their own kernel image. Gives one STRUCT.txt for each line of the table below, in the
# format of btf-list, headed by the packages that it comes from. A struct that is looked up in several kernels must
# be the same in all of them.
#
# usage: record.sh [-k] [-o FOLDER]     -k keeps the scratch folder, -o puts the listings elsewhere
# Needs: apt-get, dpkg-deb, xz, gcc (or CC), libbpf; MIRROR=URI if apt has no Debian sources. No privilege.

set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
out=$here
keep=
release=bookworm

virtio="virtio_net_hdr_v1 virtio_net_hdr_v1_hash virtio_net_hdr virtio_net_hdr_mrg_rxbuf"
bnxt="rx_cmp rx_cmp_ext rx_agg_cmp rx_tpa_start_cmp rx_tpa_start_cmp_ext rx_tpa_end_cmp rx_tpa_end_cmp_ext"

# suite and architecture, module, structs
table="
$release           amd64 mlx5_core      mlx5_cqe64 mlx5_mini_cqe8
$release-backports arm64 mlx5_core      mlx5_cqe64 mlx5_mini_cqe8
$release-backports arm64 rvu_nicpf      nix_rx_parse_s nix_cqe_hdr_s nix_rx_sg_s nix_cqe_rx_s
$release           amd64 igc            igc_adv_rx_desc
$release-backports arm64 igc            igc_adv_rx_desc igc_inline_rx_tstamps
$release           amd64 ice            ice_32b_rx_flex_desc ice_32b_rx_flex_desc_nic
$release-backports arm64 ice            ice_32b_rx_flex_desc ice_32b_rx_flex_desc_nic ice_32b_rx_flex_desc_nic_2
$release           amd64 virtio_net     $virtio
$release-backports arm64 virtio_net     $virtio
$release           amd64 nfp            nfp_net_rx_desc nfp_net_rx_hash nfp_net_tls_resync_req
$release-backports arm64 nfp            nfp_net_rx_desc nfp_net_rx_hash nfp_net_tls_resync_req
$release           amd64 bnxt_en        $bnxt
$release-backports arm64 bnxt_en        $bnxt
$release           amd64 gve            gve_rx_desc gve_rx_compl_desc_dqo
$release-backports arm64 gve            gve_rx_desc gve_rx_compl_desc_dqo
$release-backports arm64 idpf           virtchnl2_rx_flex_desc_adv_nic_3
$release-backports arm64 fsl-dpaa2-eth  dpaa2_fas dpaa2_fapr dpaa2_faead dpaa2_fd dpaa2_fd_simple
"

die()
{
	echo "record.sh: $*" >&2
	exit 1
}

while getopts ko: opt; do
	case $opt in
	k) keep=yes ;;
	o) out=$(cd "$OPTARG" && pwd) ;;
	*) echo "usage: record.sh [-k] [-o FOLDER]" >&2; exit 2 ;;
	esac
done

scratch=$(mktemp -d)
finish()
{
	if [ -n "$keep" ]; then
		echo "kept: $scratch" >&2
	else
		rm -rf "$scratch"
	fi
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# apt with its own state, both architectures and the suites of the table; the machine's own is only asked for a mirror.
apt_prepare()
{
	: "${MIRROR:=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(CODENAME)' 'Created-By: Packages' |
		awk -v r="$release" '$2 == "Debian" && $3 == r { print $1; exit }')}"
	[ -n "$MIRROR" ] || die "no Debian mirror is known: set MIRROR"
	mkdir -p "$scratch/state/lists/partial" "$scratch/cache/archives/partial" "$scratch/deb" "$scratch/list"
	: > "$scratch/state/status"
	for suite in $release $release-backports; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR $suite main"
	done > "$scratch/sources.list"
	cat > "$scratch/apt.conf" <<-END
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; "arm64"; };
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
}

# offset_of FILE PATTERN: byte offsets of a binary pattern, one a line
offset_of()
{
	grep -obUaP "$2" "$1" | cut -d: -f1 || :
}

# Cut raw BTF out of a plain kernel image: its header (magic, version 1, 24 bytes) says how long it is.
btf_carve() # IMAGE BTF
{
	for at in $(offset_of "$1" '\x9f\xeb\x01\x00\x18\x00\x00\x00'); do
		set -- "$1" "$2" $(tail -c "+$((at + 9))" "$1" | od -An -tu4 -N16)
		[ $# -eq 6 ] && [ "$5" -eq "$4" ] || continue	# strings follow types
		tail -c "+$((at + 1))" "$1" | head -c "$((24 + $5 + $6))" > "$2"
		"$scratch/btf-list" "$2" list_head > /dev/null 2>&1 && return 0
	done
	return 1
}

# The BTF of a vmlinuz: in it as it is (arm64), or in one of the compressed streams that it may hold (amd64).
btf_of_image() # VMLINUZ BTF
{
	btf_carve "$1" "$2" && return 0
	while read -r magic unpack; do
		for stream in $(offset_of "$1" "$magic"); do
			tail -c "+$((stream + 1))" "$1" | $unpack > "$scratch/image" 2> /dev/null || :
			btf_carve "$scratch/image" "$2" && return 0
		done
	done <<-'END'
		\xfd7zXZ\x00 xz -dc
		\x28\xb5\x2f\xfd zstd -dc
		\x1f\x8b\x08 gzip -dc
	END
	return 1
}

# Fetch and unpack the kernel that a suite's meta package points at, once; sets root, package, kernel.
kernel_get() # SUITE ARCH
{
	root=$scratch/$1-$2
	if [ ! -d "$root" ]; then
		name=$(apt-cache show --no-all-versions -o APT::Default-Release="$1" "linux-image-$2:$2" |
			sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p')
		[ -n "$name" ] || die "no kernel for $2 in $1"
		mkdir "$root" "$root/deb"
		(cd "$root/deb" && apt-get -q -o APT::Default-Release="$1" download "$name:$2" >&2)
		dpkg-deb -x "$root"/deb/*.deb "$root/files"
		dpkg-deb -W --showformat='${Package} ${Version} ${Architecture}\n' "$root"/deb/*.deb > "$root/package"
		rm -r "$root/deb"
		btf_of_image "$root"/files/boot/vmlinuz-* "$root/vmlinux.btf" || die "$name: no BTF in its kernel image"
	fi
	package=$(cat "$root/package")
	kernel=$(ls "$root/files/lib/modules")
}

list_module() # SUITE ARCH MODULE STRUCT...
{
	kernel_get "$1" "$2"
	module=$3
	shift 3
	file=$(find "$root/files/lib/modules" -name "$module.ko*")
	[ -f "$file" ] || die "$package: no module $module"
	case $file in
	*.xz) xz -dc "$file" ;;
	*) cat "$file" ;;
	esac > "$scratch/module.ko"
	for struct; do
		"$scratch/btf-list" --base "$root/vmlinux.btf" "$scratch/module.ko" "$struct" > "$scratch/new"
		if [ -f "$scratch/list/$struct.txt" ]; then
			cmp -s "$scratch/new" "$scratch/list/$struct.txt" || die "$struct: differs in $package"
		fi
		cp "$scratch/new" "$scratch/list/$struct.txt"
		echo "# package $package; module $module; kernel release $kernel" >> "$scratch/list/$struct.from"
	done
}

${CC:-gcc} -std=c11 -O1 -o "$scratch/btf-list" "$here/btf-list.c" -lbpf
apt_prepare
while read -r suite arch module structs; do
	[ -z "$suite" ] || list_module "$suite" "$arch" "$module" $structs
done <<END
$table
END
for file in "$scratch"/list/*.txt; do
	cat "${file%.txt}.from" "$file" > "$out/${file##*/}"
	echo "wrote $out/${file##*/}" >&2
done

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The main job, before your eyes: ./dev demo
#
# From the environment: MDESC_SRC and MDESC_BUILD (the two trees), MDESCC and MDESC (the commands).

set -u
: "${MDESC_SRC:?run it by ./dev demo}" "${MDESC_BUILD:?}"
: "${MDESCC:=$MDESC_BUILD/mdescc}" "${MDESC:=$MDESC_BUILD/mdesc}"
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

work=$(mktemp -d "${TMPDIR:-/tmp}/mdesc-demo.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
descs=$MDESC_SRC/firmware-descs
capture=$MDESC_SRC/tests/captures/stack.pcap
program=$MDESC_BUILD/bpf/swivel.bpf.o
each=${MDESC_DEMO_EACH:-3}
left_out=()
rc=0

bold=
plain=
if [ -t 1 ]; then
	bold=$'\033[1m'
	plain=$'\033[0m'
fi

# title TEXT: what comes next.
title()
{
	printf '\n%s== %s%s\n\n' "$bold" "$*" "$plain"
}

# say TEXT...
say()
{
	printf '%s\n' "$*" | fold -s -w 118
	echo
}

# run COMMAND...: shows the command, without our folders, and runs it.
run()
{
	local shown=" $*"
	shown=${shown//$MDESC_BUILD\//}
	shown=${shown//$MDESC_SRC\//}
	shown=${shown//$work\//}
	shown=${shown//$work/.}
	printf '$%s\n' "$shown"
	"$@"
}

# sample FILE: of a table of packets, the command, the head, some of each verdict and type, and the sum at the end.
sample()
{
	awk -v each="$each" '
		NR <= 2 { print; next }
		/^$/ { tail = 1 }
		tail { print; next }
		{
			verdict = $3 ~ /^XDP_/ ? $3 : ""
			type = "?"
			for (i = 3; i <= NF && type == "?"; i++)
				if ($i ~ /^(other|arp|ipv4|ipv6|icmp)$/)
					type = $i
			if (seen[verdict type]++ < each)
				print
			else
				skipped++
		}
		END { if (skipped) print "(" skipped " more of the same kinds are not shown)" }' "$1"
}

# compile VERSION
compile()
{
	run "$MDESCC" -I "$descs" -d "$work" "$descs/mynic/mynic-$1.mdesc" || exit 1
}

# packets VERSION: the capture through the image, into the program.
packets()
{
	local args=("$work/mynic-$1.fw" "$capture") status
	[ -z "$program" ] || args+=(--prog "$program")
	run "$MDESC" run "${args[@]}" >"$work/table-$1" 2>"$work/errors"
	status=$?
	sample "$work/table-$1"
	cat "$work/errors" >&2
	if [ $status = 6 ] && [ -n "$program" ]; then
		left_out+=("the program in the kernel: no privilege to load BPF programs (try as root)")
		program=
	elif [ $status != 0 ]; then
		rc=1
	fi
}

title "1. One description of the hardware in, three files out"
compile 1.4
(cd "$work" && wc -c mynic-1.4.*)

title "2. The firmware image: an ELF file with the parser's tables and the BTF of what they write"
if command -v readelf >/dev/null; then
	run readelf -SW "$work/mynic-1.4.fw" | grep -E '^\$|\[Nr\]|mdesc|BTF'
else
	left_out+=("the image's sections: there is no readelf (binutils)")
fi

title "3. The C header, for driver, firmware and BPF programs (an excerpt)"
sed -n '/^struct mynic_metadata {/,/^}/p' "$work/mynic-1.4.h"

title "4. The BTF of the metadata, from the same model"
if command -v bpftool >/dev/null; then
	run bpftool btf dump file "$work/mynic-1.4.btf" format raw >"$work/btf"
	head -n 1 "$work/btf"
	sed -n "/STRUCT 'mynic_metadata' /,/^\[/p" "$work/btf" | sed '$d'
else
	left_out+=("the BTF: there is no bpftool")
fi

title "5. Real packets through the image's tables, and with their metadata into a real XDP program in this kernel"
if [ -f "$program" ]; then
	say "The program, bpf/swivel.bpf.c, drops UDP and never looks at the packet: it swivels on the union's tag."
else
	program=
	left_out+=("the program in the kernel: the BPF programs were not built (they need clang)")
fi
packets 1.4

title "6. The next firmware: fields moved, widened, narrowed, gone and new, one more arm in the union"
compile 2.0
echo
diff -U 1 <(sed -n '/^struct mynic_metadata {/,/^}/p' "$work/mynic-1.4.h") \
	<(sed -n '/^struct mynic_metadata {/,/^}/p' "$work/mynic-2.0.h") | tail -n +3

if [ -n "$program" ]; then
	title "7. The same compiled program, untouched, on the new firmware"
	say "The object was compiled with the header of 1.4. It is relocated to 2.0 as it is loaded."
else
	title "7. The same packets through the new firmware"
fi
packets 2.0
if [ -n "$program" ] && [ $rc = 0 ]; then
	echo
	# shellcheck disable=SC2016 # for awk
	verdict='$3 ~ /^XDP_/ { print $1, $3 }'
	join -j 1 <(awk "$verdict" "$work/table-1.4" | sort) <(awk "$verdict" "$work/table-2.0" | sort) |
		awk '{ n++ } $2 != $3 { d++; list = list " " $1 }
		     END { print n - d " of " n " packets have the same verdict on both firmwares.";
			   if (d) print "The other " d " (" substr(list, 2) \
				"): three VLAN tags, more than 1.4 follows; 2.0 sees the UDP behind them." }'
fi

if [ ${#left_out[@]} != 0 ]; then
	title "Left out"
	printf '%s\n' "${left_out[@]}"
fi
exit $rc

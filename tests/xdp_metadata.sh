#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdescc --emit=xdp-metadata, in user space: the operations compile for kernels that have all of them, some or none,
# and give what the views of real NICs hold, on the bytes of tests/nics. qemu.sh has them answer a program in a kernel.

. "$MDESC_SRC/tests/lib.sh"
: "${CC:=gcc}"
src=$MDESC_SRC/tests/nics

mkdir -p stub/linux stub/asm stub/net
touch stub/linux/{netdevice,version,unaligned}.h stub/asm/unaligned.h stub/net/xdp.h

# glue DIR FILE: the operations of a description as DIR/NAME.xdp.h; their layout into layout, in capitals into upper
glue()
{
	local name
	name=$(basename "$2" .mdesc)

	mkdir -p "$1"
	"$MDESCC" -I "$MDESC_INCLUDE" --emit=header,xdp-metadata -d "$1" "$2" 2>log || return 1
	layout=$(sed -n 's/^struct \(.*\)_xdp {$/\1/p' "$1/$name.xdp.h")
	upper=$(echo "$layout" | tr a-z A-Z)
}

# compiles NAME FLAG...
compiles()
{
	local name=$1
	shift
	check "$name" $CC -std=gnu11 -O2 -Wall -Wextra -Werror -Wno-unused-parameter -I. -Istub -I"$src" \
		-DGLUE="$layout" "$@" -o program "$src/xdp.c"
}

while read -r nic file; do
	grep -q '^view xdp_rx_meta' "$MDESC_SRC/firmware-descs/$file.mdesc" || continue
	if ! glue "$(dirname "$file")" "$MDESC_SRC/firmware-descs/$file.mdesc"; then
		not_ok "$nic-writes"
		diag_file log
		continue
	fi
	flags=(-DHEADER="\"$file.h\"" -DGLUE_H="\"$file.xdp.h\"" -DNIC_DEF="\"$nic.def\"")
	compiles "$nic-compiles" "${flags[@]}" "-D${upper}_RX_VLAN_PROTO(m)=0x88a8" && ./program
	# Older kernels: it compiles, and answers what they ask for, or is nothing.
	for version in 6,3,0 6,7,9 6,8,0; do
		compiles "$nic-compiles-$version" "${flags[@]}" "-DLINUX_VERSION_CODE=KERNEL_VERSION($version)"
	done
	cat >old.c <<-END
		#include "kernel.h"
		#include GLUE_H

		void use(struct net_device *);
		void use(struct net_device *dev)
		{
			struct ${layout}_xdp x;

			${layout}_xdp_setup(dev);
			${layout}_xdp_prepare(&x, dev);
		}
	END
	check "$nic-nothing" $CC -std=gnu11 -O2 -Wall -Wextra -Werror -Wno-unused-parameter -I. -Istub -I"$src" \
		"${flags[1]}" "-DLINUX_VERSION_CODE=KERNEL_VERSION(6,1,0)" -c -o old.o old.c
	equal "$nic-nothing-left" "" "$(nm old.o | grep -v ' T use$')"
done < <(sed -n 's/^NIC(\([a-z0-9_]*\), "\(.*\)")$/\1 \2/p' "$src"/*.def)

# ---- more than one layout, and whose a packet is ----

cat >two.mdesc <<'END'
mdesc 1;
include "std/views.mdesc";
device two { driver "two"; firmware "1"; }
metadata two_a { u64 time unit "ns"; u64 low : 3; u64 h : 37; u64 high : 24; u32 a; u32 layout_id = layout.id; }
metadata two_b { u64 time unit "ns"; u64 low : 3; u64 h : 37; u64 high : 24; u32 b; u32 layout_id = layout.id; }
metadata two_c { u64 c[3]; u32 d; u32 layout_id = layout.id; }
view xdp_rx_meta of two_a { rx_timestamp = time; rx_hash = h; }
view xdp_rx_meta of two_b { rx_timestamp = time; rx_hash = h; }
END
cat >two.def <<'END'
#define ID(id) (id) & 0xff, (id) >> 8 & 0xff, (id) >> 16 & 0xff, (id) >> 24
#define TWO(id) BYTES(1, 2, 3, 4, 5, 6, 7, 8, 0xff, 0x1, 0x2, 0x4, 0x83, 0xff, 0xff, 0xff, 0, 0, 0, 0, ID(id))
#define SEEN VIEW(rx_timestamp, 0x0807060504030201) VIEW(rx_hash, 0x6080403f)
#define NOT_SEEN NO_VIEW(rx_timestamp) NO_VIEW(rx_hash)
DESC(two_first, struct two_a) TWO(TWO_A_LAYOUT_ID) SEEN END
DESC(two_second, struct two_b) TWO(TWO_B_LAYOUT_ID) SEEN END
DESC(two_without_view, struct two_c) TWO(TWO_C_LAYOUT_ID) NOT_SEEN END
DESC(two_of_nobody, struct two_a) TWO(0) NOT_SEEN END
END
check two-writes glue . two.mdesc
equal two-layout two_a "$layout"
compiles two-compiles -DHEADER='"two.h"' -DGLUE_H='"two.xdp.h"' -DNIC_DEF='"two.def"' && ./program
finish

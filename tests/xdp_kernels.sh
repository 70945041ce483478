#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The writers in software in Debian's kernels 6.1 and 6.12 under qemu, one boot for each kernel: those of all shipped
# descriptions, of the examples of other tests, of the graphs and of some random descriptions are loaded there, and do
# to packets what refnic does.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
. "$MDESC_SRC/tests/debs-lib.sh"
. "$MDESC_SRC/tests/kernel-lib.sh"

need runtime clang qemu python3
if [ "$debs_arch" != amd64 ]; then
	skip all debs "the kernels are amd64's"
	finish
fi
kernel_get 6.1 bookworm && kernel_get 6.12 bookworm-backports || {
	skip all debs "$why"
	finish
}
src=$MDESC_SRC

# ---- what goes there ----

mkdir graphs root
for file in "$src"/tests/graphs/*.graph; do
	for name in $(python3 "$src/tests/graphs.py" list "$file"); do
		python3 "$src/tests/graphs.py" describe "$file" "$name" | python3 "$src/tests/xdp_graph.py" \
			>"graphs/$name.mdesc"
	done
done
list=$(ls "$src"/firmware-descs/*/*.mdesc "$src"/firmware-descs/*/family/*.mdesc "$src"/tests/tshark/*.mdesc \
	"$src"/tests/ok/*.mdesc "$src"/tests/refnic/*.mdesc graphs/*.mdesc | grep -v '/std/\|/targets/')
mkdir root/writers
# Word splitting: paths and numbers.
export PATHS=2
check texts "$MDESC_BUILD/tests/xdp_cases" text root/writers $list $(seq 300 311)
check cases "$MDESC_BUILD/tests/xdp_cases" cases root/writers $list $(seq 300 311)
(cd root/writers && ls ./*.xdp.c | xargs -P 2 -n 6 "$CLANG" -target bpf -O2 -g -DMDESC_UNBOUND -Werror -c)
rm -f root/writers/*.c root/writers/*.mdesc
equal objects "$(ls root/writers/*.cases | wc -l)" "$(ls root/writers/*.xdp.o | wc -l)"

mkdir -p root/{bin,proc,sys,dev,tmp}
cp "$(command -v busybox)" root/bin/busybox
check guest-builds $CC -Wall -Wextra -O1 -static -I"$src/include" -o root/bin/xdp_guest "$src/tests/xdp_guest.c" \
	$(pkg-config --static --cflags --libs libbpf libelf)
cp "$src/tests/qemu/init" root/init
chmod +x root/init
# shellcheck disable=SC2016
echo 'xdp_guest /writers $(cd /writers && ls *.xdp.o | sed "s/\.xdp\.o$//")' >root/case.sh

kernel_boot 6.1 "$TMP/root"
kernel_boot 6.12 "$TMP/root"
finish

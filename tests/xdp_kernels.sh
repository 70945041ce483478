#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The writers in software in Debian's kernels 6.1 and 6.12 under qemu, one boot for each kernel: those of all shipped
# descriptions, of the examples of other tests, of the graphs and of some random descriptions are loaded there, and do
# to packets what refnic does. And mdesc attach with what belongs to it, on a veth pair there (qemu/attach_case.sh).

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
. "$MDESC_SRC/tests/debs-lib.sh"
. "$MDESC_SRC/tests/kernel-lib.sh"

need runtime clang qemu python3 bpf-programs
if [ "$debs_arch" != amd64 ]; then
	skip all debs "the kernels are amd64's"
	finish
fi
kernel_image 6.1 bookworm && kernel_image 6.12 bookworm-backports || {
	skip all debs "$why"
	finish
}
src=$MDESC_SRC

# ---- what goes there ----

mkdir root
graph_texts graphs python3 "$src/tests/xdp_graph.py"
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

# ---- mdesc attach ----

# image NAME DESCRIPTION: with its writer
image()
{
	check "image-$1" env MDESC_CLANG="$CLANG" "$MDESCC" -I "$src/firmware-descs" --emit=image --embed=xdp \
		-o "root/images/$1.fw" "$2"
}

# command_in FILE: with its libraries, where they are
command_in()
{
	local file

	cp "$1" root/bin/
	ldd "$1" | grep -oE '/[^ ]+' | while read -r file; do
		cp -L --parents "$file" root/
	done
}

# veth KERNEL: the module, for the next boot
veth()
{
	local module
	module=$(find "$TMP/$1/" -name 'veth.ko*')

	case $module in
	*.xz) xz -dc "$module" ;;
	*) cat "$module" ;;
	esac >root/veth.ko
}

libxdp=$(echo /usr/lib/*/libxdp.so.1)
mkdir root/images
mynic=$src/firmware-descs/mynic
image mynic-1.4 "$mynic/mynic-1.4.mdesc"
image mynic-2.0 "$mynic/mynic-2.0.mdesc"
# The same with more than old kernels carry.
sed 's/^metadata mynic_metadata {/&\n\tu64 more[8];/' "$mynic/mynic-2.0.mdesc" >wide.mdesc
image wide wide.mdesc
check user-builds "$CLANG" -target bpf -O2 -g -Wall -Werror -I"/usr/include/$(uname -m)-linux-gnu" -I"$src/include" \
	-I"$MDESC_BUILD/firmware-descs" -I"$src/tests/xdp" -c "$src/tests/xdp/user.bpf.c" -o root/user.o
check attach-cmd-builds $CC -Wall -Wextra -O1 -static -o root/bin/attach_cmd "$src/tests/qemu/attach_cmd.c" \
	$(pkg-config --static --cflags --libs libbpf libelf)
check verdict-builds "$CLANG" -target bpf -O2 -g -Wall -Werror -idirafter "/usr/include/$(uname -m)-linux-gnu" \
	-c "$src/tests/xdp/verdict.bpf.c" -o root/verdict.o
command_in "$MDESC"
case ${MDESC_TESTS:-normal} in
full) command_in "$MDESC_BUILD/tests/attach_cases" ;;
esac
cp "$src/tests/qemu/attach_case.sh" root/
# What is loaded when it is asked for.
if have libxdp && [ -e "$libxdp" ]; then
	command_in "$libxdp"
	cp -L --parents "$(dirname "$libxdp")/bpf/xdp-dispatcher.o" root/
	cp "$src/tests/qemu/libxdp_case.sh" root/
	check user-frags-builds "$CLANG" -target bpf -O2 -g -Wall -Werror -I"/usr/include/$(uname -m)-linux-gnu" \
		-I"$src/include" -I"$MDESC_BUILD/firmware-descs" -I"$src/tests/xdp" -DSECTION='"xdp.frags"' \
		-c "$src/tests/xdp/user.bpf.c" -o root/user_frags.o
	check other-builds "$CLANG" -target bpf -O2 -g -Wall -Werror -idirafter "/usr/include/$(uname -m)-linux-gnu" \
		-c "$src/tests/qemu/other.bpf.c" -o root/other.o
	check xdp-other-builds $CC -Wall -Wextra -O1 -o xdp_other "$src/tests/qemu/xdp_other.c" \
		$(pkg-config --cflags --libs libxdp libbpf)
	command_in xdp_other
fi

# shellcheck disable=SC2016
echo 'xdp_guest /writers $(cd /writers && ls *.xdp.o | sed "s/\.xdp\.o$//")' >root/case.sh
echo '. /attach_case.sh' >>root/case.sh
echo '[ ! -e /libxdp_case.sh ] || . /libxdp_case.sh' >>root/case.sh

for kernel in 6.1 6.12; do
	veth $kernel
	kernel_boot $kernel "$TMP/root"
done
finish

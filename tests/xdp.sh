#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The writers in software that --emit=xdp makes: clang compiles them without a warning, the running kernel loads them,
# and they do to packets what refnic does to the byte (xdp_guest.c): those of all shipped descriptions, of the examples
# of other tests, of the graphs, and of random descriptions.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need runtime bpf clang python3
case ${MDESC_TESTS:-normal} in
quick) paths=8 seeds=$(seq 1 6) ;;
full) paths=60 seeds=$(seq 1 40) ;;
*) paths=12 seeds=$(seq 1 16) ;;
esac
export PATHS=$paths
src=$MDESC_SRC

# ---- what to compile ----

mkdir writers
graph_texts graphs python3 "$src/tests/xdp_graph.py"
list=$(ls "$src"/firmware-descs/*/*.mdesc "$src"/firmware-descs/*/family/*.mdesc "$src"/tests/tshark/*.mdesc \
	graphs/*.mdesc | grep -v '/std/\|/targets/')
case ${MDESC_TESTS:-normal} in
quick) ;;
*) list="$list $(ls "$src"/tests/ok/*.mdesc "$src"/tests/refnic/*.mdesc)" ;;
esac

# Word splitting: paths and numbers.
check texts "$MDESC_BUILD/tests/xdp_cases" text writers $list $seeds
check cases "$MDESC_BUILD/tests/xdp_cases" cases writers $list $seeds
cd writers || exit 99
# What asks the driver makes libbpf read the kernel's BTF: only what is shipped is compiled with it.
compile() { xargs -P 2 -n 6 "$CLANG" -target bpf -O2 -g -Wall -Wextra -Werror "$@" -c; }
shipped=$(ls ./mynic-*.xdp.c ./family-*.xdp.c ./igc-*.xdp.c ./nfp-*.xdp.c ./virtio_net-*.xdp.c)
{
	echo "$shipped" | compile
	ls ./*.xdp.c | grep -vxF "$shipped" | compile -DMDESC_UNBOUND
} 2>&1 | head -n 60 >clang.err
equal clang-has-nothing-to-say "" "$(cat clang.err)"
names=$(ls ./*.xdp.c | sed 's/^..//; s/\.xdp\.c$//')
for name in mynic-mynic-1.4 mynic-mynic-2.0 family-mynic igc-rx_desc nfp-rx_meta virtio_net-rx_hdr; do
	check "shipped-$name" test -s "$name.xdp.o"
done
"$MDESC_BUILD/tests/xdp_guest" . $names

# ---- what is said ----

desc=$src/firmware-descs/mynic/mynic-2.0.mdesc
"$MDESCC" -I "$src/firmware-descs" --emit=xdp -o a.c "$desc"
"$MDESCC" -I "$src/firmware-descs" --emit=xdp --target=ice_like -o b.c "$desc"
check other-target "$CLANG" -target bpf -O2 -g -Wall -Wextra -Werror -c b.c
run_expect descriptors-alone 1 "$MDESCC" -I "$src/firmware-descs" --emit=xdp -o c.c \
	"$src/firmware-descs/mlx5/cqe64.mdesc"
matches descriptors-alone-says 'writes metadata in front of packets, and the description has none' "$TMP/err"
check descriptors-alone-makes-nothing test ! -e c.c

# ---- in the image ----

# object IMAGE TO: the writer that an image carries
object()
{
	local line

	line=$(readelf -SW "$1" | sed -nE 's/.* \.mdesc\.xdp +PROGBITS +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+) .*/\1 \2/p')
	[ -n "$line" ] && tail -c +$((0x${line% *} + 1)) "$1" | head -c $((0x${line#* })) >"$2"
}

embed=("$MDESCC" -I "$src/firmware-descs" --emit=image --embed=xdp)
export MDESC_CLANG=$CLANG TMPDIR=$TMP
run_expect embeds 0 "${embed[@]}" -o with.fw "$desc"
run_expect embeds-again 0 "${embed[@]}" -o again.fw "$desc"
same embeds-the-same with.fw again.fw
check embedded-is-intact "$MDESC" verify with.fw
check embedded-object object with.fw embedded.xdp.o
cp mynic-mynic-2.0.cases embedded.cases
"$MDESC_BUILD/tests/xdp_guest" . embedded
grep -a "$TMP" embedded.xdp.o >left
equal embedded-names-no-path "" "$(cat left)"
"$MDESCC" -I "$src/firmware-descs" --emit=image -o without.fw "$desc"
check not-embedded test "$(stat -c %s without.fw)" -lt "$(stat -c %s with.fw)"
MDESC_CLANG=/nowhere/clang run_expect no-clang 2 "${embed[@]}" -o no.fw "$desc"
matches no-clang-says '^mdescc: --embed=xdp: there is no /nowhere/clang' "$TMP/err"
MDESC_CLANG=false run_expect clang-fails 2 "${embed[@]}" -o no.fw "$desc"
matches clang-fails-says '^mdescc: --embed=xdp: false does not compile the writer' "$TMP/err"
run_expect embed-descriptors 1 "${embed[@]}" -o no.fw "$src/firmware-descs/mlx5/cqe64.mdesc"
run_expect embed-what 2 "$MDESCC" --embed=tc "$desc"
matches embed-what-says "^mdescc: --embed takes xdp, not 'tc'" "$TMP/err"
run_expect embed-where 2 "$MDESCC" --emit=header --embed=xdp "$desc"
matches embed-where-says '^mdescc: --embed goes with the image' "$TMP/err"
equal embed-leaves-nothing "" "$(ls -d no.fw "$TMP"/mdescc-* 2>/dev/null)"
finish

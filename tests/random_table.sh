#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Raw tables in random layouts, with random rows: what stands in their words, as `mdescc --emit=rows-bin` writes them
# and as `mdesc dump` reads them back, is what was said. MDESC_SEED=N tries others, from seed N on.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need python3
case ${MDESC_TESTS:-} in
quick) count=15 ;;
full) count=300 ;;
*) count=60 ;;
esac
mdesc=$MDESC
have runtime || mdesc=
python3 "$MDESC_SRC/tests/random_table.py" "$MDESCC" "$mdesc" "$TMP" "${MDESC_SEED:-1}" $count >out
equal tables 0 $? || diag_file out

# With two keys that differ in one bit the decoder must not agree.
printf 'mdesc 1; device a { driver "a"; } table t { rows 2; cell cam; key { k [7:0]; } result { r [0]; } }\n' >t.mdesc
printf 'row t { k 5; } -> { r 1; }\n' | cat t.mdesc - >a.mdesc
printf 'row t { k 4; } -> { r 1; }\n' | cat t.mdesc - >b.mdesc
for f in a b; do
	check "compiles-$f" "$MDESCC" --emit=rows-bin -o $f.bin $f.mdesc
done
equal a "fa0000000500000001000000" "$(head -c 12 a.bin | od -An -v -tx1 | tr -d ' \n')"
equal b "fb0000000400000001000000" "$(head -c 12 b.bin | od -An -v -tx1 | tr -d ' \n')"
finish

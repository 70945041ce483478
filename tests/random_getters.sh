#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The getters of random headers give what the naive evaluation of the model gives, over random bytes: fields, bit ranges
# in arms of words, aliases, derived values, computed tags, and whether each is valid. Compiled by gcc and by clang.
# MDESC_SEED chooses other descriptions.
. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"

seed=${MDESC_SEED:-1}
case ${MDESC_TESTS:-normal} in
quick) count=25 ;;
full) count=160 ;;
*) count=80 ;;
esac
: "${CC:=gcc}"

"$MDESC_BUILD/tests/getter_calls" "$seed" $count >calls.c 2>calls.count || lib_failed=1
check enough_calls test "$(cat calls.count)" -gt $((count * 50))
diag "$(cat calls.count) calls of getters of seeds $seed to $((seed + count - 1))"

# values COMPILER FLAG...
values()
{
	local name=$1
	shift
	: >calls.log
	"$@" -Werror -Wno-deprecated-declarations -std=gnu11 -fno-strict-aliasing -o calls calls.c >cc.log 2>&1 &&
		./calls >calls.log 2>&1
	if [ $? != 0 ]; then
		not_ok "$name: getters give the model's values"
		diag_file cc.log 20
		diag_file calls.log 20
	else
		ok "$name: getters give the model's values"
	fi
	rm -f calls cc.log calls.log
}

# gcc tells of every packed bit field that gcc 4.3 laid out otherwise; no pragma stops it
compat=
echo 'int x;' >x.c
! "$CC" -Werror -Wno-packed-bitfield-compat -c -o x.o x.c 2>x.log || compat=-Wno-packed-bitfield-compat
values gcc "$CC" $compat
if have clang; then
	values clang "$CLANG"
else
	skip clang clang "$why"
fi
finish

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The header's getters of what is computed give what `mdesc decode` gives, over random bytes: values, and whether they
# are valid. Compiled by gcc, by clang, and as C++.
. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need runtime

"$MDESCC" -d . "$MDESC_SRC/tests/ok/computed.mdesc" || exit 99

# One line for each alias and derived value: NAME VALUE, where it is valid.
{
	printf '#include <stdio.h>\n#include <string.h>\n#include "computed.h"\n'
	cat <<'END'
int main(int argc, char **argv)
{
	struct acme_cqe cqe, *m = &cqe;
	unsigned char b[64];
	unsigned int i, x;

	for (i = 0; i < 64; i++) {
		if (argc < 2 || sscanf(argv[1] + 2 * i, "%2x", &x) != 1)
			return 1;
		b[i] = (unsigned char)x;
	}
	memcpy(m, b, 64);
END
	"$MDESC" show computed.fw | sed -n '/COMPUTED/,$p' | sed 1d | while read -r name _; do
		getter=acme_cqe_$(printf '%s' "$name" | tr '.[' '__' | tr -d ']')
		if grep -q " ${getter}_valid(" computed.h; then
			printf '\tif (%s_valid(m))\n\t' "$getter"
		elif [ "${name#arm.}" != "$name" ]; then
			printf '\tif (m->hash_type == 1)\n\t'
		fi
		printf '\tprintf("%s %%lld\\n", (long long)%s_get(m));\n' "$name" "$getter"
	done
	printf '\treturn 0;\n}\n'
} >main.c

# compare NAME COMPILER...
compare()
{
	local name=$1 seed hex i bad=
	shift
	if ! "$@" -Wno-deprecated-declarations -I . -o "getters-$name" main.c 2>"$name.log"; then
		not_ok "$name compiles"
		diag_file "$name.log" 20
		return
	fi
	for seed in 1 2 3 4 5 6 7 8 9 10 11 12; do
		hex=
		RANDOM=$seed
		for ((i = 0; i < 64; i++)); do
			printf -v hex '%s%02x' "$hex" $((RANDOM % 3 ? RANDOM % 256 : RANDOM % 4))
		done
		"./getters-$name" "$hex" | sort >got
		"$MDESC" decode --layout acme_cqe computed.fw "$hex" |
			sed -n 's/^  \([^ ]*\) *\([^ ]*\) .*computed.*/\1 \2/p' |
			sed 's/ true$/ 1/; s/ false$/ 0/; s/ none$/ 0/; s/ l3$/ 1/; s/ l4$/ 2/' | sort >want
		# numbers of 64 bits without a sign
		awk '$2 > 9223372036854775807 { next } { print }' want >want.small
		awk 'NR == FNR { n[$1] = 1; next } $1 in n { print }' want.small got >got.small
		if ! cmp -s want.small got.small || [ "$(cut -d' ' -f1 want)" != "$(cut -d' ' -f1 got)" ]; then
			bad="bytes $hex"
			break
		fi
	done
	if [ -n "$bad" ]; then
		not_ok "$name: getters and decode agree" "$bad"
		diff want got | sed 's/^/# /'
	else
		ok "$name: getters and decode agree"
	fi
}

compare gcc ${CC:-cc} -std=gnu11 -O1 -Wall -Wextra -Werror
if have clang; then
	compare clang "$CLANG" -std=gnu11 -O2 -Wall -Wextra -Werror
else
	skip clang clang "$why"
fi
finish

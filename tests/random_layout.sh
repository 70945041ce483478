#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Header and BTF say the same, on random layouts: mdescc accepts each, gcc and clang compile the headers, pahole reads
# the debug information back, btfcmp compares it with mdescc's BTF; the kernel takes every BTF. Many headers go into one
# compile, each description with a prefix of its own. Deterministic: MDESC_SEED chooses other descriptions, and
# `tests/gen SEED --kind=layout --prefix=rSEED` shows one.
. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"

seed=${MDESC_SEED:-1}
case ${MDESC_TESTS:-normal} in
quick) count=500 ;;
full) count=3000 ;;
*) count=2400 ;;
esac
unit=100
jobs=$(nproc 2>/dev/null || echo 2)
: "${CC:=gcc}"

diag "layouts of seeds $seed to $((seed + count - 1))"
"$MDESC_BUILD/tests/gen" "$seed" --kind=layout --prefix=r --dir=. --count=$count || lib_failed=1

# ---- mdescc accepts every one ----

compile_one()
{
	"$MDESCC" --emit=header,btf "$1.mdesc" >"$1.log" 2>&1 || { echo "$1 $?" >>refused; cp "$1.log" "$1.refused"; }
	rm -f "$1.log"
}
export -f compile_one
seq -f "r%.0f" "$seed" $((seed + count - 1)) >names
xargs -P "$jobs" -n 50 bash -c 'for n; do compile_one "$n"; done' - <names
if [ -s refused ]; then
	not_ok "mdescc accepts random layouts" "$(wc -l <refused) of $count refused (description, exit status):"
	diag_file refused 10
	read -r name _ <refused
	diag_file "$name.refused" 60
	sed 's/^/# | /' "$name.mdesc"
	while read -r name _; do sed -i "/^$name\$/d" names; done <refused
else
	ok "mdescc accepts $count random layouts"
fi

# ---- what the compilers see ----

split -l $unit names unit.

# one FORM COMPILER BTFCMP-OPTIONS UNIT CFLAGS...: prints what is wrong
one()
{
	local form=$1 cc=$2 options=$3 u=$4 name obj=$4.$1
	shift 4
	while read -r name; do
		printf '#include "%s.h"\n' "$name"
	done <"$u" >"$obj.c"
	if ! $cc -std=gnu11 -g -fno-eliminate-unused-debug-types -Wall -Wextra -Werror "$@" \
		-c -o "$obj.o" "$obj.c" 2>&1 ||
	   ! pahole --btf_encode_detached "$obj.btf" "$obj.o" 2>&1; then
		echo "$u: does not compile, or pahole does not read it"
		return
	fi
	sed "s|.*|&.btf $obj.btf &_|" "$u" >"$obj.list"
	# shellcheck disable=SC2086
	"$MDESC_BUILD/tests/btfcmp" $options --batch "$obj.list" >"$obj.cmp" 2>&1 || cat "$obj.cmp"
	rm -f "$obj".*
}
export -f one

# form NAME COMPILER BTFCMP-OPTIONS CFLAGS...
form()
{
	local name=$1
	ls unit.?? | xargs -P "$jobs" -I{} bash -c 'one "$1" "$2" "$3" "${@: -1}" "${@:4:$#-4}"' - "$@" {} >"$name.out"
	if [ -s "$name.out" ]; then
		not_ok "$name of the headers says what mdescc's BTF says"
		diag_file "$name.out" 60
	else
		ok "$name of $(wc -l <names) headers says what mdescc's BTF says"
	fi
}

if have pahole; then
	# gcc tells of every packed bit field that gcc 4.3 laid out otherwise; no pragma stops it
	compat=
	echo 'int x;' >x.c
	! "$CC" -Werror -Wno-packed-bitfield-compat -c -o x.o x.c 2>x.log || compat=-Wno-packed-bitfield-compat
	form gcc-user "$CC" -p $compat
	form gcc-pointers "$CC" "" -DMDESC_KERNEL_POINTERS $compat
	if have clang; then
		form clang-user "$CLANG" -p
		form clang-bpf "$CLANG" "" -D__bpf__ -DMDESC_NO_PRESERVE_ACCESS_INDEX
	else
		skip clang clang "$why"
	fi
else
	skip compilers pahole "$why"
fi

# ---- what the kernel takes ----

sed 's/$/.btf/' names | xargs "$MDESC_BUILD/tests/btf_load" -q
finish

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# What is read from real NICs' descriptors: bytes as hardware writes them, put together by hand, and the values that
# the drivers' rules make of them (tests/nics/*.def), through the generated headers in C and C++, and in the running
# kernel through getters and view, relocated to the generated BTF.
. "$MDESC_SRC/tests/lib.sh"

: "${CC:=gcc}" "${CXX:=g++}"
src=$MDESC_SRC/tests/nics

# The descriptions, by folder: ice/rx_flex.h, ice/rx_flex.btf.
nics=
while read -r name file; do
	nics="$nics $name:$file"
	mkdir -p "$(dirname "$file")"
	check "$name/compile" "$MDESCC" -I "$MDESC_INCLUDE" --emit=header,btf -d "$(dirname "$file")" \
		"$MDESC_SRC/firmware-descs/$file.mdesc"
done < <(sed -n 's/^NIC(\([a-z0-9_]*\), "\(.*\)")$/\1 \2/p' "$src"/*.def)

# Each folder of hardware that exists has its bytes here.
for folder in "$MDESC_SRC"/firmware-descs/*/; do
	folder=$(basename "$folder")
	case $folder in
	std | targets | mynic) ;;
	mvpp2) ;;	# rows, no descriptors: tables_linux.sh
	*) matches "$folder/tested" "^NIC\($folder, " "$src/$folder.def" ;;
	esac
done

for cc in "$CC -std=gnu11" "${CLANG:-clang} -std=gnu11 -O2" "$CXX -std=c++17 -x c++"; do
	name=${cc%% *}
	have "$name" || { skip "getters-$name" "$name" "$why"; continue; }
	# shellcheck disable=SC2086
	if $cc -Wall -Wextra -Werror -I. -I"$src" -o getters "$src/getters.c" >log 2>&1; then
		./getters "${name##*/}"
	else
		not_ok "getters-${name##*/}" "does not compile"
		diag_file log
	fi
done

# shellcheck disable=SC2207 # several words
flags=(-target "${BPF_TARGET:-bpf}" -std=gnu11 -g -O2 -Wall -Werror "-I$MDESC_SRC/include" "-I$src" -I.
	$(pkg-config --cflags libbpf 2>/dev/null) -idirafter "/usr/include/$(uname -m)-linux-gnu")
for entry in $nics; do
	name=${entry%%:*} file=${entry#*:}
	have clang || { skip "bpf/$name" clang "$why"; continue; }
	check "$name/compile_bpf" "$CLANG" "${flags[@]}" "-DHEADER=\"$file.h\"" "-DNIC_DEF=\"$name.def\"" \
		-c "$src/nics.bpf.c" -o "$name.bpf.o" || continue
	have bpf || { skip "bpf/$name" bpf "$why"; continue; }
	"$MDESC_BUILD/tests/nic_bpf" "$name" "$name.bpf.o" "$file.btf" bpf 2>log && continue
	lib_failed=1
	diag_file log 20
done
finish

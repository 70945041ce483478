#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# A Go program on cilium/ebpf that knows nothing of mdesc: under mdesc exec, and with BTF of mdesc stitch by its own
# option, it loads programs that use types of NIC and kernel, attach targets included, and reads what each firmware
# writes. The library is Debian's, of 2022: it knows no tags and no 64-bit enums, so --old-kinds.
. "$MDESC_SRC/tests/lib.sh"

need runtime go clang
[ -r /sys/kernel/btf/vmlinux ] || { skip go btf "this kernel has no BTF"; exit; }
for version in 1.4 2.0; do
	check "image-$version" "$MDESCC" -I "$MDESC_INCLUDE" -o "$version.fw" --emit=image \
		"$MDESC_INCLUDE/mynic/mynic-$version.mdesc"
done
for p in both attach; do
	"$CLANG" -target "$BPF_TARGET" -g -O2 -Wall -idirafter "/usr/include/$("$CC" -print-multiarch)" \
		-c "$MDESC_SRC/tests/loaders/$p.bpf.c" -o $p.o || { not_ok "compile $p"; exit; }
done
gocode=/usr/share/gocode
[ -d $gocode/src/github.com/cilium/ebpf ] || { skip go go "no cilium/ebpf in $gocode"; exit; }
check build env HOME="$TMP" GOPATH=$gocode GO111MODULE=off GOCACHE="$TMP/cache" GOFLAGS= \
	go build -o loader "$MDESC_SRC/tests/go/loader.go" || { finish; exit; }

# What is written without tags and 64-bit enums: nothing else changes, ids and all other types stay.
run_expect old 0 "$MDESC" stitch --old-kinds -o old.btf 1.4.fw
"$MDESC" stitch -o new.btf 1.4.fw >out
equal old-types "$(sed -E 's/.*, ([0-9]+) types,.*/\1/' out)" \
	"$("$MDESC" stitch -j --old-kinds -o old.btf 1.4.fw | sed -n 's/^  "types": \([0-9]*\),$/\1/p')"
if have bpftool; then
	# Of an enum64, the enumerators that do not fit go: they are left out of both.
	listing()
	{
		bpftool btf dump file "$1" | sed -E '/^\[[0-9]+\] (DECL_TAG|TYPE_TAG|CONST|INT)/d
			s/^(\[[0-9]+\] ENUM)64/\1/; s/(ENUM .*size=8) vlen=.*/\1/; /^\t.* val=/d'
	}
	listing new.btf >new.txt
	listing old.btf >old.txt
	same old-others new.txt old.txt
	bpftool btf dump file old.btf >old.txt
	grep -Eq '^\[[0-9]+\] (DECL_TAG|TYPE_TAG|ENUM64) ' old.txt && not_ok old-kinds || ok old-kinds
	bpftool btf dump file new.btf | grep -Eq '^\[[0-9]+\] DECL_TAG ' && ok new-kinds || not_ok new-kinds
	matches old-enum "'PERF_TXN_ELISION' val=1\$" old.txt
	grep -q "'PERF_TXN_ABORT_MASK'" old.txt && not_ok old-enum-too-large || ok old-enum-too-large
fi

have bpf || { skip load bpf "$why"; finish; exit; }

# Metadata 1, 2, 3, ...: mynic 1.4 has its hash at 24, 16 bits; 2.0 at 16, 32 bits.
meta=$(seq 1 32 | xargs printf '%02x')
for version in 1.4 2.0; do
	[ $version = 1.4 ] && want=$((300000 + 0x1a19)) || want=$((300000 + 0x1211))
	run_expect "exec-$version" 0 "$MDESC" exec --old-kinds --image $version.fw -- ./loader both.o "$meta"
	matches "exec-$version-reads" "^run both $want\$" out
	run_expect "exec-$version-attach" 0 "$MDESC" exec --old-kinds --image $version.fw -- ./loader attach.o "$meta"
	matches "exec-$version-attached" '^loaded attach$' out
	for form in --flat "--min both.o"; do
		# Word splitting: an option and its value.
		check "stitch$form-$version" "$MDESC" stitch $form --old-kinds -o file.btf $version.fw
		run_expect "path$form-$version" 0 ./loader -btf file.btf both.o "$meta"
		matches "path$form-$version-reads" "^run both $want\$" out
	done
done
run_expect without 1 ./loader both.o "$meta"
finish

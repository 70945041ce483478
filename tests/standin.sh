#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# BTF that stands in for the kernel's own file: as many types and strings as that, every id as it was but for functions
# of tracing that nothing can attach to, module BTF over it means the same, and programs read what the NIC writes.
. "$MDESC_SRC/tests/lib.sh"

tool=$MDESC_BUILD/tests/stitch_tool
kernel=/sys/kernel/btf/vmlinux
need runtime bpftool
[ -r $kernel ] || { skip standin btf "this kernel has no BTF"; exit; }
mynic=$MDESC_BUILD/firmware-descs/mynic
cp "$mynic/mynic-1.4.fw" 1.4.fw
cp "$mynic/mynic-2.0.fw" 2.0.fw

# length FILE WORD: of the header's 32-bit words: 4 is bytes of types, 5 where strings begin, 6 their bytes
word()
{
	od -An -t u4 -j $((4 * ($2 - 1))) -N 4 "$1" | tr -d ' '
}

bpftool btf dump file $kernel >kernel.txt
begins='perf_trace_|trace_raw_output_|trace_event_raw_event_'
for image in "$mynic"/mynic-{1.4,2.0}.fw "$MDESC_BUILD"/firmware-descs/{bnxt/rx_cmp,ice/rx_flex,nfp/rx_meta}.fw; do
	name=$(basename "$image" .fw)
	run_expect "$name" 0 "$MDESC" stitch --standin -o s.btf "$image"
	matches "$name-form" "^s.btf: standin, $(grep -c '^\[' kernel.txt) types, " out
	equal "$name-strings" "$(word $kernel 6)" "$(word s.btf 6)"
	bpftool btf dump file s.btf >s.txt
	# What went: functions, all of events that are there.
	diff kernel.txt s.txt | grep '^<' >gone
	grep -vE "^< \[[0-9]+\] FUNC '($begins)" gone >others
	same "$name-gone" /dev/null others
	sed -nE "s/.* FUNC '($begins)([^']*)'.*/STRUCT 'trace_event_raw_\2'/p" gone | sort -u >events
	grep -oF -f events kernel.txt | sort -u >known
	same "$name-events" events known
	[ -s events ] && ok "$name-some" || not_ok "$name-some"
	# What came says in C what the image's own BTF says.
	"$MDESC" btf -o own.btf "$image"
	bpftool btf dump file own.btf format c 2>/dev/null | grep -E '^(struct|union|enum) [a-z0-9_]+ \{' |
		sort >own.txt
	bpftool btf dump file s.btf format c >s.h
	grep -Fx -f own.txt s.h | sort >came
	same "$name-came" own.txt came
	for what in $(awk 'NR % 5 == 1 { print $2 }' own.txt); do
		one="/^(struct|union|enum) $what \{/,/^\}/p"
		equal "$name-$what" "$(bpftool btf dump file own.btf format c | sed -nE "$one")" "$(sed -nE "$one" s.h)"
	done
done

# ---- modules ----

# Over the flat form, their names and types are others; over this one they are the same.
"$tool" module --kernel $kernel -o mod.btf
bpftool -B $kernel btf dump file mod.btf >mod.want
"$MDESC" stitch -o flat.btf 2.0.fw >/dev/null
"$MDESC" stitch --standin -o s.btf 2.0.fw >/dev/null
bpftool -B s.btf btf dump file mod.btf >mod.txt
matches module "STRUCT 'tmod_state' size=32" mod.want
same module-over mod.want mod.txt
bpftool -B flat.btf btf dump file mod.btf >mod.txt 2>&1
cmp -s mod.want mod.txt && not_ok module-over-flat "nothing to see here" || ok module-over-flat
# A module that is brought in.
run_expect module-in 0 "$MDESC" stitch --standin --module ./mod.btf -o m.btf 2.0.fw
matches module-in-form '^m.btf: standin, ' out
bpftool btf dump file m.btf format c >m.h
matches module-in-type '^struct tmod_state \{' m.h
matches module-in-refers '^	struct sk_buff \*skb;' m.h
bpftool -B m.btf btf dump file mod.btf >mod.txt
same module-in-over mod.want mod.txt
# The same bytes every time; the same again is no clash, and has its room, too.
"$MDESC" stitch --standin -o again.btf 2.0.fw >/dev/null
same again s.btf again.btf
run_expect twice 0 "$MDESC" stitch --standin --kernel-btf s.btf -o twice.btf 2.0.fw
matches twice-form '^twice.btf: standin, ' out
run_expect clash 4 "$MDESC" stitch --standin --kernel-btf s.btf -o x.btf 1.4.fw

# ---- no room ----

if have clang; then
	"$CLANG" -target "$BPF_TARGET" -g -O2 -c "$MDESC_SRC/tests/stitch/kernel.c" -o kernel.o
	run_expect no-room 0 "$MDESC" stitch --standin --kernel-btf kernel.o -o n.btf 2.0.fw
	matches no-room-form '^n.btf: flat, ' out
	matches no-room-note '^mdesc: left out: BTF of kernel modules, which does not read right over this: ' err
fi

# ---- in the kernel ----

if ! have bpf || ! have clang; then
	skip load bpf "${why:-there is no clang}"
	finish
	exit
fi
for p in both attach; do
	"$CLANG" -target "$BPF_TARGET" -g -O2 -Wall -idirafter "/usr/include/$("$CC" -print-multiarch)" \
		-c "$MDESC_SRC/tests/loaders/$p.bpf.c" -o $p.o || { not_ok "compile $p"; exit; }
done
meta=$(seq 1 32 | xargs printf '%02x')
for version in 1.4 2.0; do
	[ $version = 1.4 ] && want=$((300000 + 0x1a19)) || want=$((300000 + 0x1211))
	"$MDESC" stitch --standin -o s.btf $version.fw >/dev/null
	run_expect "load-$version" 0 "$tool" plain --custom s.btf --run "$meta" both.o
	matches "load-$version-reads" "^run both $want\$" out
	run_expect "load-$version-attach" 0 "$tool" plain --custom s.btf attach.o
done
finish

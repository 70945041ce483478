#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# BTF of a NIC, the kernel and modules in the three forms, loaded into the real kernel; names defined twice; modules
# that are damaged; input that is none.
. "$MDESC_SRC/tests/lib.sh"

tool=$MDESC_BUILD/tests/stitch_tool
kernel=/sys/kernel/btf/vmlinux
need runtime
have clang || { skip stitch clang "$why"; exit; }
[ -r $kernel ] || { skip stitch btf "this kernel has no BTF"; exit; }

# ---- what is compiled ----

bpf_cc()
{
	local dir

	dir=$("$CC" -print-multiarch 2>/dev/null)
	"$CLANG" -target "$BPF_TARGET" -g -O2 -Wall ${dir:+-idirafter "/usr/include/$dir"} "$@"
}

src=$MDESC_SRC/tests/stitch
for p in only_nic both kernel_ids module none; do
	bpf_cc -c "$src/$p.bpf.c" -o $p.o || { not_ok "compile $p"; exit; }
done
bpf_cc -c "$src/nic.c" -o nic.o
bpf_cc -DOTHER -c "$src/nic.c" -o other.o
bpf_cc -DCLASH -c "$src/nic.c" -o clash.o
bpf_cc -DSAME -c "$src/nic.c" -o same.o
check module-btf "$tool" module --kernel $kernel -o mod.btf
check module-btf-other "$tool" module --kernel $kernel --run tmod_other -o mod2.btf

meta=1122334455667788000000000000000034120200aabbccdd			# hash 0x1234 = 4660
other=112233445566778800000000000000003412020000000000aabbccdd0000000000

# has NAME LINE: $TMP/out has exactly this line.
has()
{
	if grep -Fxq -e "$2" "$TMP/out"; then
		ok "$1"
	else
		not_ok "$1" "no line: $2"
		diag_file "$TMP/out"
	fi
}

# ---- the forms, without the kernel's help ----

run_expect auto-nic 0 "$tool" auto --nic nic.o -o nic.btf only_nic.o
has auto-nic-form "form nic"
run_expect auto-both 0 "$tool" auto --nic nic.o -o min.btf both.o
has auto-both-form "form minimum"
run_expect auto-ids 0 "$tool" auto --nic nic.o kernel_ids.o
has auto-ids-form "form flat"
run_expect auto-none 0 "$tool" auto --nic nic.o none.o
has auto-none-form "form nic"
run_expect auto-two-nics 0 "$tool" auto --nic nic.o --nic nic.o only_nic.o
has auto-two-nics-form "form minimum"
run_expect no-nic 0 "$tool" auto both.o
has no-nic-form "form minimum"
run_expect form-nic-of-two 0 "$tool" open --form nic --nic nic.o --nic nic.o only_nic.o
has form-nic-of-two-form "form nic"
run_expect form-nic-of-two-others 4 "$tool" open --form nic --nic nic.o --nic other.o only_nic.o
run_expect form-nic-of-none 2 "$tool" open --form nic only_nic.o

# The minimum is small, is the same every time, and has what was asked for.
"$tool" min --nic nic.o -o min2.btf both.o >/dev/null
same minimum-again min.btf min2.btf
size=$(stat -c %s min.btf)
[ "$size" -lt 200000 ] && ok minimum-small || not_ok minimum-small "$size bytes"
run_expect minimum-nothing 0 "$tool" min --nic nic.o none.o
has minimum-nothing-types "types 0"

if have bpftool; then
	bpftool btf dump file min.btf format c >min.h 2>err && ok minimum-dump || not_ok minimum-dump "$(cat err)"
	matches minimum-nic '^struct tnic_meta \{' min.h
	matches minimum-kernel '^struct sk_buff \{' min.h
	bpftool btf dump file $kernel >kernel.txt
	run_expect flat 0 "$tool" flat --nic nic.o -o flat.btf
	bpftool btf dump file flat.btf >flat.txt
	# Ids unchanged: the kernel's listing is the beginning of the flat one's.
	head -n "$(wc -l <kernel.txt)" flat.txt | cmp -s - kernel.txt && ok flat-ids || not_ok flat-ids
	matches flat-nic "STRUCT 'tnic_meta' size=24 vlen=5" flat.txt
	matches flat-nic-member "'rx' type_id=[0-9]+ bits_offset=64" flat.txt
	run_expect flat-modules 0 "$tool" flat --nic nic.o --module ./mod.btf --module ./mod2.btf -o flatm.btf
	bpftool btf dump file flatm.btf >flatm.txt
	skb=$(sed -n "s/^\[\([0-9]*\)\] STRUCT 'sk_buff' .*/\1/p" kernel.txt | head -n 1)
	for m in tmod_state tmod_other; do
		id=$(grep -A 1 "STRUCT '$m'" flatm.txt | sed -n "s/.*'skb' type_id=\([0-9]*\) .*/\1/p")
		matches "flat-$m" "^\[$id\] PTR '\(anon\)' type_id=$skb\$" flatm.txt
	done
else
	skip dump bpftool "$why"
	"$tool" flat --nic nic.o -o flat.btf >/dev/null
	"$tool" flat --nic nic.o --module ./mod.btf --module ./mod2.btf -o flatm.btf >/dev/null
fi

# ---- the same name, defined twice ----

run_expect clash-flat 4 "$tool" flat --nic clash.o
differs='is defined differently by'
matches clash-flat-text \
	"^error ambiguous struct list_head $differs clash.o and by /sys/kernel/btf/vmlinux \\(member next: " out
run_expect clash-minimum 4 "$tool" auto --nic clash.o both.o
run_expect clash-not-asked 0 "$tool" min --nic clash.o only_nic.o
run_expect clash-two-nics 4 "$tool" auto --nic nic.o --nic other.o only_nic.o
matches clash-two-nics-text \
	'^error ambiguous struct tnic_meta is defined differently by other.o and by nic.o \(32 and 24 bytes\)' out
run_expect same-flat 0 "$tool" flat --nic same.o
run_expect same-minimum 0 "$tool" auto --nic same.o both.o
run_expect same-two-nics 0 "$tool" auto --nic nic.o --nic same.o only_nic.o

# ---- input that is none ----

run_expect object-missing 3 "$tool" open --nic nic.o nosuch.o
run_expect object-text 5 "$tool" open --nic nic.o "$src/nic.c"
run_expect object-empty 5 "$tool" open --nic nic.o /dev/null
run_expect object-folder 2 "$tool" open --nic nic.o /
head -c 700 both.o >cut.o
bpf_cc -g0 -c "$src/none.bpf.c" -o plain.o
run_expect object-no-btf 1 "$tool" min --nic nic.o plain.o
matches object-no-btf-text '^error input plain.o: has no BTF, so nothing in it is relocated ' out
run_expect object-no-btf-auto 1 "$tool" auto --nic nic.o plain.o
run_expect object-no-btf-open 0 "$tool" open --nic nic.o plain.o
matches object-no-btf-note '^note plain.o: has no BTF, so nothing in it is relocated ' out
run_expect object-cut 5 "$tool" open --nic nic.o cut.o
run_expect nic-text 5 "$tool" auto --nic "$src/nic.c" only_nic.o
run_expect kernel-missing 3 "$tool" min --nic nic.o --kernel ./nosuch both.o
run_expect kernel-text 5 "$tool" min --nic nic.o --kernel "$src/nic.c" both.o

# ---- modules ----

run_expect module 0 "$tool" auto --nic nic.o --module ./mod.btf -o modmin.btf module.o
has module-form "form minimum"
run_expect module-missing 0 "$tool" auto --nic nic.o --module nosuchmodule module.o
has module-missing-note "note /sys/kernel/btf/nosuchmodule: No such file or directory"
head -c 60 mod.btf >cutmod.btf
run_expect module-cut 0 "$tool" auto --nic nic.o --module ./cutmod.btf --module ./mod.btf module.o
matches module-cut-note '^note ./cutmod.btf: damaged BTF: ' out
cp mod.btf badmod.btf
printf '\377\377\377\177' | dd of=badmod.btf bs=1 seek=32 conv=notrunc 2>/dev/null
run_expect module-bad 0 "$tool" flat --nic nic.o --module ./badmod.btf
matches module-bad-note '^note ./badmod.btf: damaged BTF: type [0-9]+: it refers to no such type' out

# ---- damaged input of every kind ----

bpf_cc -c "$src/kernel.c" -o kernel.o
"$tool" module --kernel kernel.o -o small.btf
seed=${MDESC_SEED:-$RANDOM}
echo "# seed $seed"
"$MDESC_BUILD/tests/stitch_fuzz" $seed 2000 both.o nic.o kernel.o small.btf >fuzz.out 2>&1 || diag_file fuzz.out
grep -E '^(not )?ok' fuzz.out || not_ok fuzz "seed $seed: died"

# ---- the command, with a real image ----

check image "$MDESCC" -I "$MDESC_INCLUDE" -o mynic.fw --emit=image "$MDESC_INCLUDE/mynic/mynic-1.4.mdesc"
run_expect btf-flat 0 "$MDESC" btf --flat -o mynic-flat.btf mynic.fw
run_expect btf-minimum 0 "$MDESC" btf --minimum both.o -o mynic-min.btf mynic.fw
run_expect btf-minimum-c 0 "$MDESC" btf --minimum both.o --format c mynic.fw
matches btf-minimum-c-text '^struct sk_buff \{' out
run_expect btf-module 0 "$MDESC" btf --flat --module nosuchmodule --module ./mod.btf -o mynic-mod.btf mynic.fw
matches btf-module-note '^mdesc: left out: /sys/kernel/btf/nosuchmodule: ' err
run_expect btf-kernel 0 "$MDESC" btf --minimum both.o --kernel-btf kernel.o -o small-min.btf mynic.fw
run_expect btf-object-missing 3 "$MDESC" btf --minimum nosuch.o mynic.fw
run_expect btf-object-foreign 5 "$MDESC" btf --minimum mynic-min.btf mynic.fw
run_expect btf-kernel-foreign 5 "$MDESC" btf --flat --kernel-btf "$src/nic.c" -o x.btf mynic.fw
[ -e x.btf ] && not_ok btf-nothing-left || ok btf-nothing-left
run_expect btf-both 2 "$MDESC" btf --flat --minimum both.o mynic.fw
run_expect btf-module-alone 2 "$MDESC" btf --module x mynic.fw
run_expect image-open 0 "$tool" open --image mynic.fw none.o
has image-open-form "form nic"

# ---- in the real kernel ----

if ! have bpf; then
	skip load bpf "$why"
	finish
	exit
fi

# loads NAME FORM RETVAL ARG...: loads in this form, and the program gives this.
loads()
{
	local name=$1 form=$2 want=$3
	shift 3
	run_expect "$name" 0 "$tool" load "$@" || return
	has "$name-form" "form $form"
	matches "$name-value" "^run [a-z_]+ $want\$" out
}

loads load-nic nic 4667 --nic nic.o --run $meta only_nic.o
loads load-other nic 4667 --nic other.o --run "${other:0:64}" only_nic.o
loads load-both minimum 12660 --nic nic.o --run $meta both.o
loads load-both-other minimum 12660 --nic other.o --run "${other:0:64}" both.o
loads load-both-flat flat 12660 --nic nic.o --run $meta --form flat both.o
loads load-minimum minimum 4667 --nic nic.o --run $meta --form minimum only_nic.o
loads load-check-kernel nic 4667 --nic nic.o --check-kernel --run $meta only_nic.o
loads load-same minimum 12660 --nic same.o --run $meta both.o
loads load-none nic 2 --nic nic.o --run $meta none.o
loads load-module minimum 24 --nic nic.o --module ./mod.btf --run $meta module.o
loads load-module-damaged minimum 1 --nic nic.o --module ./badmod.btf --run $meta module.o
loads load-module-left-out minimum 1 --nic nic.o --run $meta module.o
if [ -f kernel.txt ]; then
	id=$(sed -n "s/^\[\([0-9]*\)\] STRUCT 'task_struct' .*/\1/p" kernel.txt | head -n 1)
	loads load-ids flat "$id" --nic nic.o --run $meta kernel_ids.o
fi

# What was written, through libbpf alone, as another process would.
for b in flat flatm min; do
	run_expect "plain-$b" 0 "$tool" plain --custom $b.btf --run $meta both.o
	has "plain-$b-value" "run both 12660"
done
run_expect plain-module 0 "$tool" plain --custom flatm.btf --run $meta module.o
has plain-module-value "run module 24"

# Ownership: released after load, refused before.
run_expect release 0 "$tool" load --release --nic nic.o only_nic.o
has release-object "release object"
run_expect release-early 0 "$tool" open --release --nic nic.o only_nic.o
has release-early-busy "release Device or resource busy"

# Many at a time leave no descriptor behind.
run_expect repeat 0 bash -c "ulimit -n 32; exec '$tool' load --nic nic.o --repeat 100 only_nic.o"

# Without the NIC's types it does not load, and says so.
run_expect load-unresolved 1 "$tool" load only_nic.o
matches load-unresolved-text '^error input only_nic.o: cannot be loaded: ' out

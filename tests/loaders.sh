#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Loaders that are not ours: mdesc stitch for those that take a path of BTF, mdesc exec for those that do not. bpftool,
# ip and libbpf alone load programs that use types of NIC and kernel, which read what each firmware writes; what is
# refused is refused with its own message and status; nothing is left behind; the page's commands are run.
. "$MDESC_SRC/tests/lib.sh"

kernel=/sys/kernel/btf/vmlinux
need runtime
for version in 1.4 2.0; do
	check "image-$version" "$MDESCC" -I "$MDESC_INCLUDE" -o "$version.fw" --emit=image \
		"$MDESC_INCLUDE/mynic/mynic-$version.mdesc"
done
cat >clash.mdesc <<'END'
mdesc 1;
device clash { driver "clash"; firmware "1"; prefix "list"; }
struct list_head { u32 next; u32 prev; }
metadata list_metadata { list_head list; u32 layout_id = layout.id; }
END
cat >alone.mdesc <<'END'
mdesc 1;
device alone { driver "alone"; firmware "1"; prefix "alone"; }
metadata alone_metadata { u32 layout_id = layout.id; }
END
check image-alone "$MDESCC" -Wno-unwritten -I "$MDESC_INCLUDE" -o alone.fw --emit=image alone.mdesc
check image-clash "$MDESCC" -Wno-unwritten -I "$MDESC_INCLUDE" -o clash.fw --emit=image clash.mdesc
head -c 3000 1.4.fw >cut.fw
cp 1.4.fw bent.fw
printf 'x' | dd of=bent.fw bs=1 seek=2000 conv=notrunc 2>/dev/null

# ---- mdesc stitch: usage, and input that is none ----

run_expect stitch-help 0 "$MDESC" stitch --help
run_expect stitch-no-image 2 "$MDESC" stitch -o x.btf
matches stitch-no-image-text '^mdesc stitch: it takes images$' err
run_expect stitch-no-output 2 "$MDESC" stitch 1.4.fw
matches stitch-no-output-text '^mdesc stitch: it needs -o FILE$' err
run_expect stitch-two-forms 2 "$MDESC" stitch --nic --flat -o x.btf 1.4.fw
run_expect stitch-nic-module 2 "$MDESC" stitch --nic --module x -o x.btf 1.4.fw
run_expect stitch-json-stdout 2 "$MDESC" stitch -j -o - 1.4.fw
run_expect stitch-missing 3 "$MDESC" stitch --nic -o x.btf 1.4.fw nosuch.fw
matches stitch-missing-text '^mdesc: nosuch.fw: No such file or directory$' err
run_expect stitch-cut 5 "$MDESC" stitch --nic -o x.btf 1.4.fw cut.fw
run_expect stitch-bent 5 "$MDESC" stitch --nic -o x.btf bent.fw
run_expect stitch-object-missing 3 "$MDESC" stitch --min nosuch.o -o x.btf 1.4.fw
run_expect stitch-object-text 5 "$MDESC" stitch --min "$MDESC_SRC/tests/loaders/both.bpf.c" -o x.btf 1.4.fw
cp 1.4.fw secret.fw
chmod 0 secret.fw
run_expect stitch-unreadable 6 unshare -U "$MDESC" stitch --nic -o x.btf secret.fw
matches stitch-unreadable-text '^mdesc: secret.fw: Permission denied$' err
run_expect exec-unreadable 6 unshare -U "$MDESC" exec --image secret.fw true
if have clang; then
	echo 'int f(void) { return 2; }' | "$CLANG" -target "$BPF_TARGET" -O2 -x c - -c -o plain.o
	run_expect stitch-object-no-btf 1 "$MDESC" stitch --min plain.o -o x.btf 1.4.fw
	matches stitch-object-no-btf-text '^mdesc: plain.o: has no BTF, so nothing in it is relocated ' err
fi
run_expect stitch-two-firmwares 4 "$MDESC" stitch --nic -o x.btf 1.4.fw 2.0.fw
matches stitch-two-firmwares-text \
	'^mdesc: struct [a-z_0-9]+ is defined differently by 2.0.fw and by 1.4.fw \(' err
run_expect stitch-unsigned 5 "$MDESC" stitch --nic --require-signature -o x.btf 1.4.fw
[ -e x.btf ] && not_ok stitch-nothing-left || ok stitch-nothing-left
run_expect stitch-folder 2 "$MDESC" stitch --nic -o . 1.4.fw
run_expect stitch-no-folder 2 "$MDESC" stitch --nic -o nosuch/x.btf 1.4.fw

run_expect stitch-nic 0 "$MDESC" stitch --nic -o nic.btf 1.4.fw
matches stitch-nic-says '^nic.btf: nic, [0-9]+ types, [0-9]+ bytes$' out
"$MDESC" btf -o own.btf 1.4.fw
same stitch-nic-own own.btf nic.btf
run_expect stitch-nic-stdout 0 "$MDESC" stitch --nic -o - 1.4.fw
same stitch-nic-stdout-same own.btf out
# Two NICs that share no name but those that mean the same: both have all of theirs.
run_expect stitch-nics 0 "$MDESC" stitch -j --nic -o nics.btf 1.4.fw alone.fw
matches stitch-nics-json '^      "device": "mynic",$' out
matches stitch-nics-form '^  "form": "nic",$' out
if have bpftool; then
	bpftool btf dump file nics.btf >nics.txt
	matches stitch-nics-first "STRUCT 'mynic_metadata' size=32" nics.txt
	matches stitch-nics-second "STRUCT 'alone_metadata' size=4" nics.txt
fi

# ---- mdesc exec: usage, and input that is none ----

run_expect exec-help 0 "$MDESC" exec --help
run_expect exec-no-image 2 "$MDESC" exec true
matches exec-no-image-text '^mdesc exec: it needs an image: --image IMAGE or --iface IF$' err
run_expect exec-no-command 2 "$MDESC" exec --image 1.4.fw
matches exec-no-command-text '^mdesc exec: it needs a command$' err
run_expect exec-option 2 "$MDESC" exec --nosuch true
run_expect exec-missing 3 "$MDESC" exec --image nosuch.fw touch touched
run_expect exec-cut 5 "$MDESC" exec --image cut.fw touch touched
matches exec-cut-text '^mdesc: cut.fw: ' err
run_expect exec-bent 5 "$MDESC" exec --image 1.4.fw --image bent.fw touch touched
run_expect exec-unsigned 5 "$MDESC" exec --require-signature --image 1.4.fw touch touched
# A newer major number, behind MDSC; the digest does not matter, the number is looked at first.
at=$(grep -abo MDSC 1.4.fw | head -n 1 | cut -d: -f1)
cp 1.4.fw newer.fw
printf '\377' | dd of=newer.fw bs=1 seek=$((at + 4)) conv=notrunc 2>/dev/null
run_expect exec-newer 7 "$MDESC" exec --image newer.fw touch touched
run_expect stitch-newer 7 "$MDESC" stitch --nic -o x.btf newer.fw

if [ ! -r $kernel ]; then
	run_expect exec-no-kernel-btf 6 "$MDESC" exec --image 1.4.fw touch touched
	skip exec btf "this kernel has no BTF"
	finish
	exit
fi
run_expect exec-clash 4 "$MDESC" exec --image clash.fw touch touched
matches exec-clash-text "^mdesc: struct list_head is defined differently by clash.fw and by $kernel \\(" err
run_expect exec-clash-nics 4 "$MDESC" exec --image 1.4.fw --image 2.0.fw touch touched
# Not allowed to: as in a container, and as a user.
run_expect exec-denied 6 unshare -U "$MDESC" exec --image /dev/stdin touch touched <1.4.fw
matches exec-denied-text '^mdesc: cannot make a mount namespace: .*; this needs CAP_SYS_ADMIN, and in a container ' err
[ -e touched ] && not_ok exec-nothing-run || ok exec-nothing-run

if ! unshare -m true 2>/dev/null; then
	skip exec root "no mount namespace here"
	finish
	exit
fi
run_expect exec-limit 6 unshare -Ur sh -c \
	"echo 0 >/proc/sys/user/max_mnt_namespaces; exec '$MDESC' exec --image 1.4.fw true"
# A file that may not grow.
run_expect exec-file-limit 2 sh -c "ulimit -f 1; exec '$MDESC' exec --image 1.4.fw true"
matches exec-file-limit-text '^mdesc: cannot write the BTF into memory: File too large$' err

# ---- what the command is given ----

run_expect exec-status 42 "$MDESC" exec --image 1.4.fw -- sh -c 'exit 42'
run_expect exec-not-found 127 "$MDESC" exec --image 1.4.fw ./nosuch
matches exec-not-found-text '^mdesc: ./nosuch: No such file or directory$' err
run_expect exec-not-runnable 126 "$MDESC" exec --image 1.4.fw ./1.4.fw
matches exec-not-runnable-text '^mdesc: ./1.4.fw: Permission denied$' err
run_expect exec-arguments 0 "$MDESC" exec --image 1.4.fw printf '%s,' -a --image '' 'b c'
equal exec-arguments-same '-a,--image,,b c,' "$(cat out)"
run_expect exec-signal 143 sh -c "'$MDESC' exec --image 1.4.fw sh -c 'kill -TERM \$\$'"
for what in SigIgn SigBlk SigCgt; do
	equal "exec-$what" "$(sh -c "exec grep $what /proc/self/status")" \
		"$("$MDESC" exec --image 1.4.fw grep $what /proc/self/status)"
done
equal exec-folder "$PWD" "$("$MDESC" exec --image 1.4.fw pwd)"
# No descriptor more than without.
sh -c 'ls /proc/self/fd' >fds.want
"$MDESC" exec --image 1.4.fw ls /proc/self/fd >fds
same exec-descriptors fds.want fds
# The command is the process itself: its parent waits for it, and signals reach it.
mkfifo here there
"$MDESC" exec --image 1.4.fw -- sh -c 'echo $$ >here; read line <there; exit 7' &
read -r pid <here
equal exec-same-process $! "$pid"

# ---- nothing outside ----

sum=$(cksum <$kernel)
equal exec-outside "$sum" "$(cksum <$kernel)"
grep -q ' mdesc ' /proc/self/mountinfo && not_ok exec-outside-mounts || ok exec-outside-mounts
grep ' mdesc ' "/proc/$pid/mountinfo" >mounts
equal exec-inside-mounts 1 "$(wc -l <mounts)"
matches exec-inside-mount ' /vmlinux /sys/kernel/btf/vmlinux ro,nosuid,nodev,noexec' mounts
echo >there
wait "$pid"
equal exec-waited 7 $?
run_expect exec-writes 1 "$MDESC" exec --image 1.4.fw sh -c "! echo x 2>/dev/null >>$kernel; : >/dev/null; exit 1"
run_expect exec-read-only 0 "$MDESC" exec --image 1.4.fw sh -c "! (: >>$kernel) 2>/dev/null"

# ---- what the command sees ----

if have bpftool; then
	bpftool btf dump file $kernel >kernel.txt
	run_expect exec-sees 0 "$MDESC" exec --image 1.4.fw bpftool btf dump file $kernel
	matches exec-sees-nic "STRUCT 'mynic_metadata' size=32" out
	matches exec-sees-kernel "STRUCT 'sk_buff'" out
	# Of two firmwares, the other.
	"$MDESC" exec --image 2.0.fw bpftool btf dump file $kernel format raw >out
	matches exec-sees-other "'hash' type_id=[0-9]+ bits_offset=128" out
fi
# In one another: the same image again is fine, another firmware of it is not.
run_expect exec-again 0 "$MDESC" exec --image 1.4.fw "$MDESC" exec --image 1.4.fw true
run_expect exec-again-other 4 "$MDESC" exec --image 1.4.fw "$MDESC" exec --image 2.0.fw true
matches exec-again-text " is defined differently by 2.0.fw and by $kernel \\(" err
# Where root is somebody in a user namespace: that may mount, though not load.
run_expect exec-user 0 unshare -Ur "$MDESC" exec --image 1.4.fw sh -c "cmp $kernel $kernel"
run_expect exec-module 0 "$MDESC" exec --image 1.4.fw --module nosuchmodule true
matches exec-module-note '^mdesc: left out: /sys/kernel/btf/nosuchmodule: No such file or directory$' err

# ---- loaders, in the real kernel ----

for key in bpf net clang bpftool; do
	have $key || { skip load $key "$why"; finish; exit; }
done
for p in both attach; do
	"$CLANG" -target "$BPF_TARGET" -g -O2 -Wall -idirafter "/usr/include/$("$CC" -print-multiarch)" \
		-c "$MDESC_SRC/tests/loaders/$p.bpf.c" -o $p.o || { not_ok "compile $p"; exit; }
done

# Metadata of 32 bytes, 1, 2, 3, ...: mynic 1.4 has its hash at 24, 16 bits; 2.0 at 16, 32 bits.
meta=$(seq 1 32 | xargs printf '%02x')
want_14=$((300000 + 0x1a19)) want_20=$((300000 + 0x1211))
{ seq 1 32 | xargs printf '\\x%02x' | xargs -0 printf '%b'; head -c 64 /dev/zero; } >packet
printf '\x20\0\0\0\x60\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >context

# bpftool_run PROG...: what the program gives, in a line `retval N`
cat >bpftool_run <<'END'
bpftool prog run "$@" data_in packet ctx_in context data_out /dev/null ctx_out /dev/null 2>&1 |
	sed -nE 's/^Return value: ([0-9]+),.*/retval \1/p'
END
# Each in mounts and a network of its own, with a file system to pin in.
here()
{
	unshare -mn bash -c 'mkdir -p fs && mount -t bpf bpf fs && exec "$@"' here "$@"
}

for version in 1.4 2.0; do
	[ $version = 1.4 ] && want=$want_14 || want=$want_20
	cat >with_bpftool <<-END
		"$MDESC" exec --image $version.fw -- bpftool prog load both.o fs/both && bash bpftool_run pinned fs/both
	END
	run_expect "bpftool-$version" 0 here bash with_bpftool
	matches "bpftool-$version-reads" "^retval $want\$" out
	run_expect "bpftool-attach-$version" 0 here "$MDESC" exec --image $version.fw bpftool prog load attach.o fs/a
	# ip attaches by itself; the program is found at its interface.
	cat >with_ip <<-END
		ip link add v0 type veth peer name v1
		"$MDESC" exec --image $version.fw -- ip link set dev v0 xdp obj both.o sec xdp || exit
		bash bpftool_run id "\$(ip -d link show dev v0 | sed -nE 's/.*prog\/xdp id ([0-9]+).*/\1/p')"
	END
	run_expect "ip-$version" 0 here bash with_ip
	matches "ip-$version-reads" "^retval $want\$" out
	# libbpf as this build has it, in a program that knows nothing of mdesc.
	run_expect "libbpf-$version" 0 "$MDESC" exec --image $version.fw "$MDESC_BUILD/tests/stitch_tool" plain \
		--run "$meta" both.o
	matches "libbpf-$version-reads" "^run both $want\$" out
	run_expect "libbpf-attach-$version" 0 "$MDESC" exec --image $version.fw "$MDESC_BUILD/tests/stitch_tool" \
		plain attach.o
	for form in --flat "--min both.o" "--auto both.o"; do
		# Word splitting: an option and its value.
		run_expect "stitch$form-$version" 0 "$MDESC" stitch $form -o s.btf $version.fw
		run_expect "stitch$form-$version-load" 0 "$MDESC_BUILD/tests/stitch_tool" plain --custom s.btf \
			--run "$meta" both.o
		matches "stitch$form-$version-reads" "^run both $want\$" out
	done
done
# Without, none of them loads it.
run_expect bpftool-without 255 here bpftool prog load both.o fs/both
run_expect libbpf-without 1 "$MDESC_BUILD/tests/stitch_tool" plain attach.o
# ip netns exec mounts /sys anew: only inside of it does exec hold.
cat >with_netns <<END
mkdir -p /run/netns && mount -t tmpfs none /run/netns
ip netns add mdesc-test || exit
"$MDESC" exec --image 1.4.fw -- ip netns exec mdesc-test cksum $kernel | cut -d ' ' -f 1,2 >lost
ip netns exec mdesc-test "$MDESC" exec --image 1.4.fw -- grep -ao mynic_pkt_type $kernel | sort -u >kept
ip netns del mdesc-test
END
run_expect netns 0 here bash with_netns
equal netns-outside "${sum% }" "$(cat lost)"
equal netns-inside mynic_pkt_type "$(cat kept)"
# Where the kernel's BTF is no file in /sys, exec has no place for its own. libbpf then reads a file in /boot, which it
# does not look at while exec's is there.
cat >without_sysfs <<END
mount -t tmpfs none /boot
"$MDESC" stitch -o "/boot/vmlinux-\$(uname -r)" 2.0.fw >/dev/null
"$MDESC" exec --image 1.4.fw "$MDESC_BUILD/tests/stitch_tool" plain --run "$meta" both.o >with_both
mount -t tmpfs none /sys/kernel/btf
"$MDESC_BUILD/tests/stitch_tool" plain --run "$meta" both.o >with_boot
"$MDESC" exec --image 1.4.fw touch touched
END
run_expect no-sysfs 6 here bash without_sysfs
matches no-sysfs-text "^mdesc: $kernel: No such file or directory; there is nothing that other BTF could take " err
[ -e touched ] && not_ok no-sysfs-not-run || ok no-sysfs-not-run
matches boot-and-exec "^run both $want_14\$" with_both
matches boot-alone "^run both $want_20\$" with_boot
# What is pinned where exec's namespace alone has a mount is gone: it says so.
if ! grep -q ' /sys/fs/bpf bpf ' /proc/mounts; then
	run_expect pin-note 0 "$MDESC" exec --image 1.4.fw true /sys/fs/bpf/x
	matches pin-note-text '^mdesc: /sys/fs/bpf is not mounted: ' err
fi

# ---- the page: its commands as they stand there, where all that they name is something ----

mkdir -p page/images
cp 1.4.fw page/nic.fw
cp both.o page/prog.bpf.o
# The interface's image is found by its driver.
sed -e 's/driver .*/driver "veth";/; s/match .*/match default;/' "$MDESC_INCLUDE/mynic/mynic-2.0.mdesc" >veth.mdesc
check image-veth "$MDESCC" -I "$MDESC_INCLUDE" -o page/images/veth.fw --emit=image veth.mdesc
ln -s "$MDESC" page/mdesc
awk '$0 == "```python" { on = 1; next } /^```/ { on = 0 } on' "$MDESC_SRC/doc/loaders.md" >page/load.py
awk '$0 == "```sh" { on = 1; next } /^```/ { on = 0 } on' "$MDESC_SRC/doc/loaders.md" >page/commands
check page-has-commands test "$(wc -l <page/commands)" -ge 8
cat >on_page <<'END'
cd page || exit
mount -t bpf bpf /sys/fs/bpf
mount -t tmpfs none /var/cache
ip link add eth0 type veth peer name eth1
export PATH=$PWD:$PATH MDESC_PATH=$PWD/images
n=0
while IFS= read -r line <&3; do
	n=$((n + 1))
	eval "$line" >out 2>err && echo "$n good" && continue
	echo "$n bad: $line"
	cat err
done 3<commands
bash ../bpftool_run id "$(ip -d link show dev eth0 | sed -nE 's/.*prog\/xdp id ([0-9]+).*/\1/p')" >../retval
END
cp packet context page/
here bash on_page >on_page.out 2>&1
seq -f '%g good' "$(wc -l <page/commands)" >on_page.want
same page-commands on_page.want on_page.out
matches page-reads "^retval $want_20\$" retval

equal all-as-before "$sum" "$(cksum <$kernel)"
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdesc run: captures through an image, sources, output, programs in the real kernel, and input that is wrong.
. "$MDESC_SRC/tests/lib.sh"
need runtime

src=$MDESC_SRC/tests/run_mdesc
pcap=$MDESC_SRC/tests/captures/stack.pcap
for v in 1.4 2.0; do
	check compile-$v "$MDESCC" -I "$MDESC_INCLUDE" -o mynic-$v.fw --emit=image \
		"$MDESC_INCLUDE/mynic/mynic-$v.mdesc" || exit
done
fw=mynic-1.4.fw

# ---- captures made by hand ----

# le BYTES NUMBER: a little-endian number.
le()
{
	local i hex=

	for ((i = 0; i < $1; i++)); do
		hex+=$(printf '\\x%02x' $((($2 >> (8 * i)) & 255)))
	done
	printf "$hex"
}

# pcap_header [LINKTYPE]
pcap_header()
{
	le 4 $((0xa1b2c3d4)); le 2 2; le 2 4; le 4 0; le 4 0; le 4 262144; le 4 "${1:-1}"
}

# pcap_packet SECONDS LENGTH [WIRE_LENGTH]: zeros, which are no protocol that the parser knows.
pcap_packet()
{
	le 4 "$1"; le 4 0; le 4 "$2"; le 4 "${3:-$2}"
	head -c "$2" /dev/zero
}

# line N: the N-th line of $TMP/out.
line()
{
	sed -n "$1p" "$TMP/out"
}

# ---- the table ----

run_expect table 0 "$MDESC" run $fw "$pcap"
equal table-lines 236 "$(wc -l <out)"		# titles, 233 packets, an empty line, the sums
matches table-titles '^ *# +bytes +timestamp +ptr_to_rx +hash +pkt_type' out
equal table-sums 1 "$(tail -n 1 out | grep -c '^233 packets')"
equal table-no-blanks-at-end 0 "$(grep -c ' $' out)"
matches table-arp ' arp +l3.arp\{sender_ip=192\.0\.2\.1 operation=1\}$' out
run_expect table-other-image 0 "$MDESC" run mynic-2.0.fw "$pcap"
matches table-other-column ' vlan_tags' out

# The same packets in pcapng, with nanoseconds.
"$MDESC" run --set rx_time=1 $fw "$pcap" >a
"$MDESC" run --set rx_time=1 $fw "$MDESC_SRC/tests/captures/stack.pcapng" >b
same pcapng-same a b
"$MDESC" run --set rx_time=1 $fw - <"$pcap" >b
same standard-input a b

# Time stamps are the capture's.
{ pcap_header; pcap_packet 1700000000 60; pcap_packet 1700000001 64 1500; } >made.pcap
run_expect stand-in-time 0 "$MDESC" run $fw made.pcap
matches stand-in-time-ns '^ *1 +60 +1700000000000000000 ' out
matches captured-in-part '\[captured 64 of 1500 bytes\]$' out

run_expect count 0 "$MDESC" run -c 7 $fw "$pcap"
equal count-lines 10 "$(wc -l <out)"
run_expect quiet 0 "$MDESC" run -q $fw "$pcap"
equal quiet-lines 1 "$(wc -l <out)"
pcap_header >none.pcap
run_expect no-packets 0 "$MDESC" run $fw none.pcap
equal no-packets-text "0 packets" "$(cat out)"

# ---- several layouts, dropped packets, codes of the parser's own ----

check compile-two "$MDESCC" -I "$MDESC_INCLUDE" -o two.fw --emit=image "$src/two.mdesc"
run_expect two 0 "$MDESC" run two.fw "$pcap"
matches two-titles '^ *# +bytes +layout$' out
matches two-small '^ *1 +90 +twonic_small +len=90 +\[parser: code 21\]$' out
matches two-ip '^ *44 +98 +twonic_ip +ts=[0-9]+ proto=1 ttl=64 error=0$' out
matches two-dropped '^ *42 +42 +- +dropped by the parser$' out
matches two-sums "^233 packets, [0-9]+ dropped by the parser, parser errors: [0-9]+ of the description's own" out
run_expect two-json 0 "$MDESC" run --json two.fw "$pcap"
matches two-json-dropped '^\{"packet": 42, .*"dropped": true, "parser_error": null, ' out
matches two-json-code '"parser_error": "user", "parser_error_code": 21, ' out

# ---- what the device is set to ----

check compile-config "$MDESCC" -Wno-unwritten -I "$MDESC_INCLUDE" -o config.fw --emit=image "$src/config.mdesc"
run_expect config-none 0 "$MDESC" run config.fw made.pcap
matches config-none-fields '^ *1 +60 +60$' out
run_expect config-plain 0 "$MDESC" run --config rx_mode=plain config.fw made.pcap
matches config-plain-fields '^ *1 +60 +60 +body\{size=67305985\}$' out
run_expect config-last-holds 0 "$MDESC" run --json --config rx_mode=plain --config=rx_mode=1 config.fw made.pcap
matches config-tagged-fields '"body.tags": \[258, 772\]' out
equal config-tagged-only 0 "$(grep -c body.size out)"
run_expect config-unknown 3 "$MDESC" run --config speed=4 config.fw made.pcap
matches config-names-known 'config.fw: its layouts do not depend on .speed.; there is rx_mode' err
run_expect config-no-value 2 "$MDESC" run --config rx_mode config.fw made.pcap
run_expect config-wrong-value 2 "$MDESC" run --config rx_mode=fast config.fw made.pcap
matches config-wrong-value-says "config rx_mode=fast: neither a number" err
equal config-wrong-prints-nothing "" "$(cat out)"

# ---- JSON ----

run_expect json 0 "$MDESC" run --json $fw "$pcap"
equal json-lines 233 "$(wc -l <out)"
meta='"layout": "mynic_metadata", .*"pkt_type": "MYNIC_PKT_TYPE_IPV6"'
matches json-packet '^\{"packet": 1, "time_ns": [0-9]+, "length": 90, .*'"$meta" out
if have python3; then
	python3 -c 'import json, sys
for l in sys.stdin: json.loads(l)' <out 2>err && ok json-parses || not_ok json-parses "$(cat err)"
else
	skip json-parses python3 "$why"
fi
run_expect json-quiet 0 "$MDESC" run -jq $fw "$pcap"
matches json-sums '^\{"packets": 233, ' out

# ---- sources ----

run_expect set 0 "$MDESC" run --set rss_hash=0x12345678 --set rx_time=42 --set rx_desc=0xffff888000001000 $fw made.pcap
matches set-values '^ *1 +60 +42 +0xffff888000001000 +22136 ' out
printf '# two sources\nrx_time, rss_hash\n1,2\n- 0x20 # stand-in\n\n9 9\n' >table.txt
{ pcap_header; for t in 100 200 300 400; do pcap_packet $t 60; done; } >four.pcap
run_expect sources 0 "$MDESC" run --json -S table.txt $fw four.pcap
equal sources-values "1:2 200000000000:32 9:9 9:9 " \
	"$(sed 's/.*"timestamp": \([0-9]*\),.*"hash": \([0-9]*\),.*/\1:\2/' out | tr '\n' ' ')"
printf 'rx_time\n5\n' >table2.txt
run_expect sources-and-set 0 "$MDESC" run --json --set rss_hash=3 -S table2.txt $fw four.pcap
matches sources-and-set-values '"timestamp": 5, .*"hash": 3,' out

# wrong_table STATUS TEXT REGEX
wrong_table()
{
	printf "$2" >wrong.txt
	run_expect "wrong-table-$((++wrong))" "$1" "$MDESC" run -q -S wrong.txt $fw four.pcap
	matches "wrong-table-$wrong-text" "$3" err
	equal "wrong-table-$wrong-lines" 1 "$(wc -l <err)"
}
wrong=0
wrong_table 3 'rx_tme\n1\n' "wrong.txt:1: the image has no source 'rx_tme'; it has rx_time, rss_hash, rx_desc"
wrong_table 1 'rx_time rx_time\n1 1\n' 'wrong.txt:1: rx_time stands twice'
wrong_table 1 'rx_time rss_hash\n1\n' 'wrong.txt:2: fewer than the 2 values'
wrong_table 1 'rx_time\n1 2\n' 'wrong.txt:2: more than the 1 values'
wrong_table 1 'rss_hash\n0x100000000\n' 'wrong.txt:2: 0x100000000 does not fit the 32 bits of rss_hash'
wrong_table 1 'rss_hash\n-5\n' "wrong.txt:2: '-5' is no value for rss_hash"
wrong_table 1 'rss_hash\n99999999999999999999\n' 'is no value'
wrong_table 1 '' 'no line with the names'
wrong_table 1 "rx_time\\n$(head -c 5000 /dev/zero | tr '\0' 1)\\n" 'wrong.txt:2: the line is longer'
run_expect sources-missing 3 "$MDESC" run -q -S nosuch.txt $fw four.pcap
"$MDESCC" -d . --emit=image "$MDESC_SRC/tests/refnic/signed.mdesc"
run_expect set-negative 0 "$MDESC" run --json --set temperature=-5 --set level=-128 signed.fw four.pcap
matches set-negative-value '"temperature": -5, "level": -128' out
run_expect set-too-negative 1 "$MDESC" run -q --set temperature=-32769 signed.fw four.pcap
run_expect set-too-positive 1 "$MDESC" run -q --set temperature=32768 signed.fw four.pcap
run_expect set-bits 0 "$MDESC" run -q --set temperature=0x8000 signed.fw four.pcap
run_expect set-negative-unsigned 1 "$MDESC" run -q --set rss_hash=-1 $fw four.pcap
run_expect set-unknown 3 "$MDESC" run -q --set nosuch=1 $fw four.pcap
run_expect set-wrong 2 "$MDESC" run -q --set rx_time $fw four.pcap

# ---- the command line ----

run_expect help 0 "$MDESC" run --help
matches help-text '^usage: mdesc run ' out
run_expect no-arguments 2 "$MDESC" run
run_expect one-argument 2 "$MDESC" run $fw
run_expect unknown-option 2 "$MDESC" run --nosuch $fw "$pcap"
run_expect count-zero 2 "$MDESC" run -c 0 $fw "$pcap"
run_expect output-full 2 bash -c "'$MDESC' run $fw '$pcap' >/dev/full"
run_expect image-missing 3 "$MDESC" run nosuch.fw "$pcap"
run_expect image-foreign 5 "$MDESC" run "$pcap" "$pcap"

# ---- captures that are wrong ----

# wrong_capture NAME STATUS REGEX
wrong_capture()
{
	run_expect "capture-$1" "$2" "$MDESC" run -q $fw "$1.pcap"
	matches "capture-$1-text" "$3" err
	equal "capture-$1-lines" 1 "$(wc -l <err)"
}
wrong_capture nosuch 3 'nosuch.pcap: No such file'
: >empty.pcap
wrong_capture empty 5 'empty.pcap: no capture: '
cp "$src/one.bpf.c" text.pcap
wrong_capture text 5 'text.pcap: no capture: '
mkdir folder.pcap
wrong_capture folder 2 'folder.pcap: Is a directory'
{ pcap_header 113; pcap_packet 1 60; } >cooked.pcap
wrong_capture cooked 6 'link type LINUX_SLL .*only Ethernet'
head -c 1000 "$pcap" >cut.pcap
wrong_capture cut 5 'cut.pcap: after packet 8: truncated'
{ pcap_header; pcap_packet 1 60; le 4 1; le 4 0; le 4 $((0x7fffffff)); le 4 60; } >huge.pcap
wrong_capture huge 5 'huge.pcap: after packet 1: '

# The packets before the damage are shown.
run_expect cut-table 5 "$MDESC" run $fw cut.pcap
equal cut-table-lines 9 "$(wc -l <out)"

# Every length cut, and bytes changed: an end, an error, nothing else.
bad=
for ((i = 0; i < 400; i += 3)); do
	head -c $i "$pcap" >mutant
	"$MDESC" run -q $fw mutant >/dev/null 2>&1
	case $? in 0 | 5) ;; *) bad+=" cut:$i" ;; esac
done
for ((i = 0; i < 150; i++)); do
	head -c 2000 "$MDESC_SRC/tests/captures/stack.pcapng" >mutant
	printf "\\x$(printf %02x $(((i * 37) & 255)))" |
		dd of=mutant bs=1 seek=$((i * 13 % 1900)) conv=notrunc 2>/dev/null
	"$MDESC" run -q $fw mutant >/dev/null 2>&1
	case $? in 0 | 5 | 6) ;; *) bad+=" byte:$i" ;; esac
done
equal capture-mutants "" "$bad"

# ---- a million packets in constant memory ----

body=$(($(stat -c %s "$pcap") - 24))
for ((i = 0; i < 64; i++)); do tail -c $body "$pcap"; done >body64
sets=68
limit=65536
[ "${MDESC_SANITIZE:-}" = yes ] && { sets=4 limit=unlimited; }
{ head -c 24 "$pcap"; for ((i = 0; i < sets; i++)); do cat body64; done; } |
	(ulimit -v $limit; "$MDESC" run -q $fw -) >out 2>err
equal million "$((sets * 64 * 233)) packets" "$(cut -d, -f1 out)"

# ---- interrupted ----

# More than a pipe holds: when all is written, packets are being read.
mkfifo endless
"$MDESC" run -q $fw endless >out 2>err &
pid=$!
exec 4>endless
cat "$pcap" >&4
for _ in 1 2 3 4; do
	tail -c +25 "$pcap"
done >&4
kill -TERM $pid
wait $pid
equal interrupted 143 $?
matches interrupted-sums '^[0-9]+ packets, parser errors: ' out
equal interrupted-says-nothing "" "$(cat err)"
exec 4>&-

# ---- programs ----

have clang || { skip programs clang "$why"; finish; exit; }
multi=$("$CC" -print-multiarch 2>/dev/null)
for p in verdicts one refused; do
	check compile-$p "$CLANG" -target "$BPF_TARGET" -g -O2 ${multi:+-idirafter "/usr/include/$multi"} \
		-c "$src/$p.bpf.c" -o $p.o
done
sed '/other_kind/,/^}/d; /SEC("tc")/d; /SEC("xdp")/,/^}/d' "$src/one.bpf.c" >no_xdp.bpf.c
"$CLANG" -target "$BPF_TARGET" -g -O2 ${multi:+-idirafter "/usr/include/$multi"} -c no_xdp.bpf.c -o no_xdp.o

run_expect prog-missing 3 "$MDESC" run -q --prog nosuch.o $fw "$pcap"
run_expect prog-foreign 5 "$MDESC" run -q --prog $fw $fw "$pcap"
run_expect prog-none 3 "$MDESC" run -q --prog no_xdp.o $fw "$pcap"
run_expect prog-several 4 "$MDESC" run -q --prog verdicts.o $fw "$pcap"
matches prog-several-text 'verdicts.o: has several XDP programs: meta_size, .*; say which by verdicts.o:NAME' err
run_expect prog-unknown 3 "$MDESC" run -q --prog verdicts.o:nosuch $fw "$pcap"
run_expect prog-cpumap 3 "$MDESC" run -q --prog verdicts.o:for_cpumap $fw "$pcap"

# Without privilege: the metadata, why the program was not run, and 6.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 . && chmod a+r ./*
	cp "$pcap" stack.pcap
	if setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all test -r stack.pcap 2>/dev/null &&
	   [ "$(cat /proc/sys/kernel/unprivileged_bpf_disabled 2>/dev/null)" != 0 ]; then
		run_expect unprivileged 6 setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
			"$MDESC" run --prog one.o $fw stack.pcap
		matches unprivileged-text 'no permission to load BPF programs' err
		equal unprivileged-lines 236 "$(wc -l <out)"
	else
		skip unprivileged root "files of the test cannot be read by nobody, or anybody may load BPF programs"
	fi
else
	skip unprivileged root "needs root, to become somebody else"
fi

have bpf || { skip kernel bpf "$why"; finish; exit; }

# verdicts NAME TEXT ARG...: the sums at the end.
sums()
{
	local name=$1 want=$2
	shift 2
	run_expect "$name" 0 "$MDESC" run -q "$@" || return
	equal "$name-sums" "$want" "$(cat out)"
}

printf 'rx_time\n1\n2\n4\n3\n' >odd.txt
sums prog-one "4 packets, 2 XDP_DROP, 2 XDP_PASS" -S odd.txt --prog one.o $fw four.pcap
sums prog-one-other-image "4 packets, 2 XDP_DROP, 2 XDP_PASS" -S odd.txt --prog one.o mynic-2.0.fw four.pcap
sums prog-not-an-action "4 packets, 4 other verdicts" --prog verdicts.o:meta_size $fw four.pcap
[ -e /sys/fs/bpf/mdesc_test_pinned ] && not_ok prog-pins-nothing || ok prog-pins-nothing
run_expect prog-verdicts 0 "$MDESC" run -S odd.txt --prog ./one.o:one $fw four.pcap
equal prog-verdicts-column "verdict XDP_DROP XDP_PASS XDP_PASS XDP_DROP " \
	"$(awk 'NF > 2 && $2 != "packets," { print $3 }' out | tr '\n' ' ')"
run_expect prog-meta-size 0 "$MDESC" run --prog verdicts.o:meta_size $fw four.pcap
equal prog-meta-size-value 32 "$(line 2 | awk '{ print $3 }')"
run_expect prog-cut 0 "$MDESC" run --prog verdicts.o:cut_tail $fw four.pcap
matches prog-cut-text ' XDP_TX .*\[now 56 bytes\]$' out
run_expect prog-grow 0 "$MDESC" run --json --prog verdicts.o:grow_head $fw four.pcap
matches prog-grow-text '"verdict": "XDP_DROP", "length_after": 68, "metadata_length_after": 32\}' out
run_expect prog-strip 0 "$MDESC" run --json --prog verdicts.o:strip_meta $fw four.pcap
matches prog-strip-text '"verdict": "XDP_PASS", "length_after": 60, "metadata_length_after": 0\}' out

run_expect prog-two 0 "$MDESC" run --prog verdicts.o:meta_size two.fw "$pcap"
matches prog-two-small '^ *1 +90 +8 +twonic_small' out
matches prog-two-ip '^ *44 +98 +16 +twonic_ip' out
matches prog-two-dropped '^ *42 +42 +- +- +dropped by the parser$' out

# What the kernel does not run is told, packet by packet.
{
	pcap_header
	pcap_packet 1 13; pcap_packet 2 14; pcap_packet 3 3520; pcap_packet 4 3521; pcap_packet 5 9000
} >sizes.pcap
run_expect sizes 0 "$MDESC" run --prog verdicts.o:strip_meta $fw sizes.pcap
equal sizes-verdicts "- XDP_PASS XDP_PASS - - " "$(sed -n 2,6p out | awk '{ print $3 }' | tr '\n' ' ')"
matches sizes-short '\[not run: shorter than an Ethernet header\]$' out
matches sizes-long '\[not run: longer than the [0-9]+ bytes of a test run\]$' out
sums sizes-frags "5 packets, 4 XDP_PASS, 1 not run, parser errors: 2 truncated" --prog verdicts.o:frags $fw sizes.pcap

run_expect prog-refused 1 "$MDESC" run -q --prog refused.o $fw four.pcap
matches prog-refused-text \
	'refused.o: refused cannot be loaded: neither image nor kernel has struct mynic_metadata.never_there' err
equal prog-refused-lines 1 "$(wc -l <err)"
finish

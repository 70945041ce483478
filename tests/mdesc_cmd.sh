#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The mdesc command on shipped images: show, verify, decode and btf; exit statuses; output that cannot be written.

. "$MDESC_SRC/tests/lib.sh"
need runtime

img=$MDESC_BUILD/firmware-descs/mynic/mynic-1.4.fw
cqe=$MDESC_BUILD/firmware-descs/mlx5/cqe64.fw
if [ ! -f "$img" ] || [ ! -f "$cqe" ]; then
	not_ok images "there is no $img or no $cqe"
	finish
fi

# json NAME FILE: ok if the file is JSON.
json()
{
	if have python3; then
		check "$1" python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$2"
	else
		skip "$1" python3 "$why"
	fi
}

# ---- usage ----

run_expect no_command 2 "$MDESC"
matches no_command_says_usage '^usage: mdesc COMMAND' err
run_expect help 0 "$MDESC" --help
matches help_lists_commands '^  decode ' out
run_expect version 0 "$MDESC" --version
run_expect unknown_command 2 "$MDESC" frobnicate
matches unknown_command_is_named "frobnicate" err
for cmd in show verify decode btf check run; do
	run_expect "${cmd}_help" 0 "$MDESC" $cmd --help
	matches "${cmd}_help_says_usage" "^usage: mdesc $cmd " out
	run_expect "${cmd}_unknown_option" 2 "$MDESC" $cmd --frobnicate
	matches "${cmd}_unknown_option_is_named" "^mdesc $cmd: .*frobnicate" err
	run_expect "${cmd}_without_arguments" 2 "$MDESC" $cmd
done
for cmd in show verify decode btf; do
	run_expect "${cmd}_no_such_file" 3 "$MDESC" $cmd nowhere.fw
	matches "${cmd}_no_such_file_is_named" '^mdesc: nowhere\.fw: No such file' err
done
run_expect show_two_images 2 "$MDESC" show "$img" "$cqe"

# ---- show ----

run_expect show 0 "$MDESC" show "$img"
matches show_device '^device +mynic$' out
matches show_build_id '^build id  [0-9a-f]{40}$' out
matches show_layout '^metadata mynic_metadata: 32 bytes, id 0x[0-9a-f]{8}, fingerprint [0-9a-f]{16}$' out
matches show_field '^ +0 +64  timestamp +u64 +ns$' out
matches show_condition 'l3\.v4\.saddr +be32 +pkt_type = ipv4$' out
matches show_source '^rx_desc +struct mynic_rx_descriptor \*$' out
matches show_target '^target +tcam_generic: 256 rows, 64 states, 64 steps, ' out
run_expect show_sections 0 "$MDESC" show --sections "$img"
matches show_sections_table '^\.mdesc\.rows +0x[0-9a-f]+ +[0-9]+ +[0-9]+ +68$' out
matches show_states '^states .*ether' out
run_expect show_layout_only 0 "$MDESC" show --layout mynic_metadata "$img"
run_expect show_no_such_layout 3 "$MDESC" show --layout nope "$img"
run_expect show_json 0 "$MDESC" show --json "$img"
json show_json_is_json out
matches show_json_field '"name": "l3.v4.saddr"' out
run_expect show_descriptor 0 "$MDESC" show "$cqe"
matches show_descriptor_kind '^descriptor mlx5_cqe64: 64 bytes' out
matches show_range '\[[0-9]+:[0-9]+\]' out

# ---- verify ----

run_expect verify 0 "$MDESC" verify "$img" "$cqe"
id=$(sed -n 1s/' .*'//p out)
equal verify_prints_both 2 "$(wc -l <out | tr -d ' ')"
check verify_build_id "$MDESC" verify --build-id "$id" "$img"
check verify_build_id_prefix "$MDESC" verify --build-id "${id:0:8}" "$img"
run_expect verify_other_build_id 5 "$MDESC" verify --build-id 0123456789 "$img"
run_expect verify_bad_build_id 2 "$MDESC" verify --build-id xyz "$img"
run_expect verify_foreign 5 "$MDESC" verify "$MDESC"
run_expect verify_text 5 "$MDESC" verify "$0"
: >empty
run_expect verify_empty 5 "$MDESC" verify empty
run_expect verify_folder 2 "$MDESC" verify .
cp "$img" bad.fw
size=$(wc -c <bad.fw)
printf '\377' | dd of=bad.fw bs=1 seek=$((size / 2)) conv=notrunc status=none
cmp -s "$img" bad.fw && printf '\376' | dd of=bad.fw bs=1 seek=$((size / 2)) conv=notrunc status=none
run_expect verify_damaged 5 "$MDESC" verify "$img" bad.fw "$cqe"
matches verify_names_file_section_offset '^mdesc: bad\.fw: (\.[a-zA-Z.]+|ELF)\+0x[0-9a-f]+: ' err
equal verify_goes_on 2 "$(wc -l <out | tr -d ' ')"
head -c 1000 "$img" >cut.fw
run_expect verify_cut 5 "$MDESC" verify cut.fw
for cmd in show btf decode; do
	run_expect "${cmd}_damaged" 5 "$MDESC" $cmd bad.fw
done
run_expect verify_json 5 "$MDESC" verify --json "$img" bad.fw
json verify_json_is_json out

# ---- decode ----

# The id, as it lies in memory.
n=$("$MDESC" show "$img" | sed -n 's/^metadata mynic_metadata:.* id 0x\([0-9a-f]*\).*/\1/p')
le=${n:6:2}${n:4:2}${n:2:2}${n:0:2}
ip4="0100000000000080 00108800 8088ffff 0a000001 06 40 2200 cdab 0200 $le"
run_expect decode_ip4 0 "$MDESC" decode "$img" "$ip4"
matches decode_u64 '^  timestamp +9223372036854775809  ns$' out
matches decode_pointer '^  ptr_to_rx +0xffff888000881000$' out
matches decode_be32 '^  l3\.v4\.saddr +10\.0\.0\.1$' out
matches decode_enum '^  pkt_type +ipv4$' out
equal decode_leaves_other_arms_out 0 "$(grep -Ec 'l3\.(v6|arp)' out)"
cp out first
run_expect decode_arguments 0 "$MDESC" decode "$img" $ip4
same decode_in_pieces first out
run_expect decode_longer 0 "$MDESC" decode "$img" "deadbeef $ip4"
same decode_longer_takes_the_end first out
printf '%s\n\n# a comment\n%s\n' "$ip4" "$ip4" >lines
run_expect decode_lines 0 "$MDESC" decode "$img" <lines
equal decode_lines_two 2 "$(grep -c '^mynic_metadata' out)"
run_expect decode_json 0 "$MDESC" decode --json "$img" "$ip4"
json decode_json_is_json out
matches decode_json_exact '"timestamp": 9223372036854775809' out
matches decode_json_enum '"pkt_type": "MYNIC_PKT_TYPE_IPV4"' out
run_expect decode_unknown_id 3 "$MDESC" decode "$img" "00000000 00000000"
matches decode_unknown_id_is_named '0x00000000' err
run_expect decode_too_short 1 "$MDESC" decode "$img" "$le"
run_expect decode_no_hex 1 "$MDESC" decode "$img" "01zz"
run_expect decode_half_a_byte 1 "$MDESC" decode "$img" "012"
run_expect decode_no_such_layout 3 "$MDESC" decode --layout nope "$img" "00"
cqe_bytes=$(printf '00%.0s' {1..64})
# ---- what is computed, and what depends on configuration ----

for name in computed tag-computed chain; do
	run_expect "compile_$name" 0 "$MDESCC" -I "$MDESC_INCLUDE" -d . "$MDESC_SRC/tests/ok/$name.mdesc"
done
# hash 0x44332211, of type l3; 2 s and 5 ns; no tunnel
computed=11223344010200000005000000$(printf '00%.0s' {14..64})
run_expect decode_computed 0 "$MDESC" decode --layout acme_cqe computed.fw "$computed"
matches decode_alias '^  hash +1144201745 +computed$' out
matches decode_derive '^  ts +2000000005 +ns +computed$' out
matches decode_derive_enum '^  kind +none +computed$' out
matches decode_valid '^  nsec_part +5 +ns$' out
equal decode_leaves_invalid_out 0 "$(grep -Ec 'outer|count|tail ' out)"
run_expect decode_computed_json 0 "$MDESC" decode --json --layout acme_cqe computed.fw "$computed"
json decode_computed_json_is_json out
matches decode_computed_json_value '"ts": 2000000005' out
run_expect show_computed 0 "$MDESC" show computed.fw
matches show_alias '^  hash +le32 +hash1..hash3 +hash_type != 0' out
matches show_valid '^ +9 +32 +nsec_part +u32 +ns +sec != 0' out
run_expect decode_chain 0 "$MDESC" decode chain.fw 00000021 deadbeef
matches decode_chain_layout '^nfp_meta_hash ' out
matches decode_chain_taken '^  types.hash_type +ipv6$' out
run_expect decode_chain_longer 0 "$MDESC" decode chain.fw 00000201 deadbeef 0000002a ffffffff
matches decode_chain_first_bytes '^  mark +42 +mark$' out
run_expect decode_chain_unknown 3 "$MDESC" decode chain.fw 00000003 00000000
matches decode_chain_unknown_word 'begins with 0x00000003' err
run_expect decode_chain_cut 1 "$MDESC" decode chain.fw 00000021
matches decode_chain_cut_names 'nfp_meta_hash has 8' err
run_expect show_chain 0 "$MDESC" show chain.fw
matches show_chain_any '0x000000f0 may be anything' out
tagged=1000000000000001$(printf '00%.0s' {9..48})
run_expect decode_no_config 0 "$MDESC" decode --layout acme_cqe tag-computed.fw "$tagged"
matches decode_tag '^  a.y +16777216$' out
equal decode_config_not_known 0 "$(grep -Ec '^  (b\.|scaled|qw.(four|any))' out)"
run_expect decode_config 0 "$MDESC" decode --config rx_mode=vector -c lanes=4 -l acme_cqe tag-computed.fw "$tagged"
matches decode_config_arm '^  b\.v +' out
matches decode_config_word '^  qw\.four +' out
equal decode_config_other_arms 0 "$(grep -Ec '^  (b\.p|qw.any)' out)"
run_expect decode_config_unknown 3 "$MDESC" decode --config speed=4 --layout acme_cqe tag-computed.fw "$tagged"
matches decode_config_names_known 'there is rx_mode, lanes' err
run_expect decode_config_enumerator 2 "$MDESC" decode --config rx_mode=fast --layout acme_cqe tag-computed.fw 00
run_expect decode_config_wide 2 "$MDESC" decode --config lanes=256 --layout acme_cqe tag-computed.fw 00
run_expect decode_config_form 2 "$MDESC" decode --config lanes --layout acme_cqe tag-computed.fw 00

run_expect decode_descriptor 0 "$MDESC" decode --layout mlx5_cqe64 "$cqe" "$cqe_bytes"

# ---- btf ----

run_expect btf 0 "$MDESC" btf "$img"
cp out raw
run_expect btf_file 0 "$MDESC" btf -o file "$img"
same btf_file_is_the_same raw file
if have bpftool; then
	check btf_bpftool bpftool btf dump file raw
	bpftool btf dump file raw format c >bpftool.c 2>/dev/null
else
	skip btf_bpftool bpftool "$why"
fi
run_expect btf_c 0 "$MDESC" btf --format c "$img"
matches btf_c_struct '^struct mynic_metadata \{' out
run_expect btf_json 0 "$MDESC" btf --json "$img"
json btf_json_is_json out
run_expect btf_format 2 "$MDESC" btf --format pdf "$img"

# ---- output that cannot be written ----

if [ -c /dev/full ]; then
	for cmd in show verify btf; do
		"$MDESC" $cmd "$img" >/dev/full 2>err
		equal "${cmd}_disk_full" 2 $?
		matches "${cmd}_disk_full_says_so" 'standard output: No space left' err
	done
	run_expect btf_device_full 2 "$MDESC" btf -o /dev/full "$img"
	run_expect help_disk_full 2 sh -c '"$0" --help >/dev/full' "$MDESC"
else
	skip disk_full dev-full "there is no /dev/full"
fi

# A pipe whose reader has gone.
mkfifo pipe
: <pipe &
exec 4>pipe
wait $!
"$MDESC" show "$img" >&4 2>err
equal closed_pipe 2 $?
matches closed_pipe_says_so 'standard output: Broken pipe' err
exec 4>&-

run_expect btf_no_folder 2 "$MDESC" btf -o nowhere/x.btf "$img"
mkdir folder
run_expect btf_onto_folder 2 "$MDESC" btf -o folder "$img"
echo old >kept
(
	ulimit -f 0
	"$MDESC" btf -o kept "$img" 2>err
)
equal btf_cannot_write 2 $?
equal btf_old_file_is_kept old "$(cat kept)"
equal btf_leaves_nothing_behind kept "$(echo kept*)"

# ---- files that may not be read or written: as somebody else, where we are root ----

if [ "$(id -u)" = 0 ] && have setpriv; then
	as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	mkdir -m 755 others
	cp "$img" others/image.fw
	chmod 711 "$TMP" others
	echo >secret
	chmod 600 secret
	if "${as_nobody[@]}" "$MDESC" verify others/image.fw >/dev/null 2>&1; then
		run_expect denied_image 6 "${as_nobody[@]}" "$MDESC" show secret
		run_expect denied_capture 6 "${as_nobody[@]}" "$MDESC" run others/image.fw secret
		run_expect denied_sources 6 "${as_nobody[@]}" "$MDESC" run -S secret others/image.fw secret
		run_expect denied_object 6 "${as_nobody[@]}" "$MDESC" btf --minimum secret others/image.fw
		run_expect denied_output 6 "${as_nobody[@]}" "$MDESC" btf -o others/x others/image.fw
		matches denied_output_says_so '^mdesc: others/x: Permission denied$' err
	else
		skip denied nobody "the build cannot be read by others"
	fi
else
	skip denied root "needs root and setpriv, to be somebody else"
fi

# ---- what is long, and what is not UTF-8 ----

{
	echo 'mdesc 1; device w { driver "w"; firmware "1"; }'
	echo 'descriptor w_d { u32 kind; union u switch (kind) {'
	seq 0 3 999 | tr '\n' ',' | sed 's/,$/: u8 a; default: u8 b; } }/'
} >when.mdesc
run_expect long_condition 0 "$MDESCC" -Wno-padding when.mdesc
run_expect long_condition_show 0 "$MDESC" show when.fw
matches long_condition_is_whole ' kind = 0, 3, .*, 996, 999$' out
run_expect long_condition_json 0 "$MDESC" show --json when.fw
matches long_condition_json_is_whole '"when": "kind = 0, 3, .*, 996, 999"' out
cp "$img" $'odd\377.fw'
run_expect odd_path 0 "$MDESC" verify --json $'odd\377.fw'
matches odd_path_is_there '"image": "odd\?.fw"' out
run_expect odd_path_missing 3 "$MDESC" verify --json $'no\377.fw'
matches odd_path_missing_says_why '"error": "no\?.fw: No such file' out

run_expect control_path 3 "$MDESC" show $'no\033\302\233.fw'
equal control_path_is_harmless 'mdesc: no???.fw: No such file or directory' "$(cat err)"
run_expect control_capture 3 "$MDESC" run "$img" $'no\033\302\233.pcap'
equal control_capture_is_harmless 'mdesc: no???.pcap: No such file or directory' "$(cat err)"

# ---- what only some machines have ----

run_expect compile_target 0 "$MDESCC" --emit=image -o target.fw "$MDESC_SRC/tests/ok/target-lines.mdesc"
machine='3 look-ups of 2 bytes, a window of 48 bytes, exact match, 256 boost rows, defaults, 16 stages of 122 rows, '
machine+='a row skips 7, 8 arcs into a state, 12 arcs out of a state, 255 bytes a shift'
run_expect show_machine 0 "$MDESC" show target.fw
matches show_machine_line "^ {10}$machine$" out
run_expect dump_machine 0 "$MDESC" dump target.fw
matches dump_machine_line "^machine $machine$" out
run_expect json_machine 0 "$MDESC" show --json target.fw
matches json_machine_lookups '"lookup_bytes": 2' out
matches json_machine_exact '"exact": true' out
run_expect dump_no_machine 0 "$MDESC" dump "$img"
matches dump_no_machine_line '^target tcam_generic: ' out
equal dump_no_machine_none "" "$(grep '^machine' out)"

# ---- what a parser keeps, and the types that it gives packets ----

run_expect compile_classify 0 "$MDESCC" -I "$MDESC_INCLUDE" -o classify.fw --emit=image \
	"$MDESC_SRC/tests/ok/classify.mdesc"
run_expect show_classify 0 "$MDESC" show classify.fw
matches show_registers '^registers next u8, fragment flag, tags counter$' out
matches show_classifications '^classify  ptype to kinds_ptype: 21 rows over 28 bits$' out
run_expect show_classify_json 0 "$MDESC" show --json classify.fw
matches show_registers_json '"kind": "counter"' out
matches show_classifications_json '"key_bits": 19' out

# ---- texts: what mdescc takes, mdesc shows ----

# text BYTES: a description whose firmware has so long a version
text()
{
	printf 'mdesc 1;\ndevice t { driver "t"; firmware "%s"; }\ndescriptor t_d { u8 a; }\n' \
		"$(head -c "$1" /dev/zero | tr '\0' 1)"
}
text 4095 >longest.mdesc
text 4096 >too_long.mdesc
run_expect longest_text 0 "$MDESCC" longest.mdesc
run_expect longest_text_show 0 "$MDESC" show longest.fw
run_expect too_long_text 1 "$MDESCC" too_long.mdesc
matches too_long_text_says_so 'a string of 4096 bytes: 4095 are the most \[lexical\]$' err

# ---- every way to damage shipped images ----

if [ "$MDESC_TESTS" != quick ]; then
	"$MDESC_BUILD/tests/damage" "$img" "$cqe"
fi
finish

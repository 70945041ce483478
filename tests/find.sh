#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdesc find in trees of its own (--root, --dir): which image matches, which is the best, what is passed over, the file
# of ids, and that each failure has its message and exit status.

. "$MDESC_SRC/tests/lib.sh"
need runtime
unset MDESC_PATH
export XDG_CACHE_HOME=$TMP/xdg HOME=$TMP/home
root=$TMP/root
images=$root/lib/firmware/mdesc
mkdir -p "$images" "$root/etc/mdesc" cache

# image FILE LINE...: an image of a device with these lines, driver acme unless one says otherwise
image()
{
	local file=$1 line
	shift
	{
		echo 'mdesc 1; device acme {'
		case "$*" in *driver*) ;; *) echo 'driver "acme";' ;; esac
		for line; do echo "$line;"; done
		echo 'prefix "acme"; } struct acme_entry { u32 key; }'
	} >image.mdesc
	"$MDESCC" --emit=image -o "$file" image.mdesc || not_ok "image $file"
}

# found NAME WANTED ARG...: this file is found
found()
{
	local name=$1 want=$2
	shift 2
	run_expect "$name" 0 "$MDESC" find --root "$root" --cache "$TMP/cache" -p "$@" || return
	equal "${name}_which" "$want" "$(cat out)"
}

# fails NAME STATUS REGEX ARG...: with this status, this message, and nothing on standard output
fails()
{
	local name=$1 status=$2 regex=$3
	shift 3
	run_expect "$name" "$status" "$MDESC" find --root "$root" --cache "$TMP/cache" "$@"
	matches "${name}_says" "$regex" err
	check "${name}_gives_nothing" test ! -s out
}

acme=(--driver acme)

# ---- one way to match after the other ----

image "$images/version" 'firmware "1.4.0"'
found firmware "$images/version" "${acme[@]}" --firmware 1.4.0
looked='.*/sys/kernel/btf \(nothing of mdesc\), .*/etc/mdesc \(0 images\), .*/lib/firmware/mdesc \(1 image\), '
fails other_firmware 3 "mdesc: driver acme, firmware 1\.4\.1: no image found; looked in $looked.*/ids \(not there\)" \
	"${acme[@]}" --firmware 1.4.1
fails other_driver 3 'no image found' --driver acme2 --firmware 1.4.0
fails part_of_driver 3 'no image found' --driver acm --firmware 1.4.0
fails no_firmware 3 'no image found' "${acme[@]}"
fails no_driver 1 'the driver is not known' --firmware 1.4.0

image "$images/app" 'firmware "2.0.0"' 'match devlink "fw.app" "2.0.*"' 'match devlink "fw.app" "2.1.[0-3]"'
found devlink "$images/app" "${acme[@]}" --version fw.app=2.0.17
found devlink_alternative "$images/app" "${acme[@]}" --version fw.app=2.1.3
fails devlink_not 3 'no image found' "${acme[@]}" --version fw.app=2.1.4
fails devlink_not_with_firmware 3 'no image found' "${acme[@]}" --version fw.app=2.1.4 --firmware 2.0.0
found devlink_silent "$images/app" "${acme[@]}" --firmware 2.0.0 --version fw.mgmt=1
found devlink_other_firmware "$images/app" "${acme[@]}" --firmware 9 --version fw.app=2.0.1

image "$images/serial" 'match serial "00-1b-*"'
image "$images/bus" 'match bus "0000:03:00.?"'
found serial "$images/serial" "${acme[@]}" --serial 00-1b-21
found bus "$images/bus" "${acme[@]}" --bus 0000:03:00.1
fails bus_not 3 'no image found' "${acme[@]}" --bus 0000:03:00.10
image "$images/both" 'firmware "3"' 'match serial "77"'
found serial_and_firmware "$images/both" "${acme[@]}" --serial 77 --firmware 3
fails serial_without_firmware 3 'no image found' "${acme[@]}" --serial 77 --firmware 4

# ---- the best one ----

image "$images/d" 'match default'
found default "$images/d" "${acme[@]}" --firmware 99
found default_last "$images/version" "${acme[@]}" --firmware 1.4.0
image "$images/wide" 'match firmware "1.*"'
found exact_before_wild "$images/version" "${acme[@]}" --firmware 1.4.0
found wild_before_default "$images/wide" "${acme[@]}" --firmware 1.5.0
image "$images/narrow" 'match firmware "1.5.*"'
found narrow_before_wide "$images/narrow" "${acme[@]}" --firmware 1.5.0
found serial_first "$images/serial" "${acme[@]}" --firmware 1.4.0 --serial 00-1b-21 --bus 0000:03:00.1
found bus_before_version "$images/bus" "${acme[@]}" --firmware 1.4.0 --bus 0000:03:00.1
image "$images/serial2" 'match serial "00-1b-21"'
found whole_serial_first "$images/serial2" "${acme[@]}" --serial 00-1b-21
image "$images/two" 'match firmware "5.*"' 'match devlink "fw.app" "5.*"'
image "$images/one" 'match firmware "5.0*"'
found more_keys "$images/two" "${acme[@]}" --firmware 5.0.0 --version fw.app=5.0.0
image "$images/dash" 'driver "rvu_nicpf"; match default'
found dashes "$images/dash" --driver rvu-nicpf

# ---- equally good ----

image "$images/alpha" 'firmware "7.0"'
image "$images/beta" 'firmware "7.0"' 'license "MIT"'
fails ambiguous 4 \
	'driver acme, firmware 7\.0: two images match equally well \(firmware "7\.0"\): .*/alpha and .*/beta' \
	"${acme[@]}" --firmware 7.0
fails ambiguous_json 4 'two images match equally well' "${acme[@]}" --firmware 7.0 --print-path
cp "$images/alpha" "$images/alpha.copy"
rm "$images/beta"
found same_twice "$images/alpha" "${acme[@]}" --firmware 7.0
image "$root/etc/mdesc/mine" 'firmware "7.0"' 'license "MIT"'
found admin_first "$root/etc/mdesc/mine" "${acme[@]}" --firmware 7.0
image "$root/etc/mdesc/mine-default" 'match default' 'license "MIT"'
found better_wherever "$images/version" "${acme[@]}" --firmware 1.4.0

# ---- directories ----

mkdir a b
image a/x 'firmware "8"'
image b/x 'firmware "8"' 'license "MIT"'
found dir "a/x" -d a "${acme[@]}" --firmware 8
fails dirs_ambiguous 4 'a/x and b/x' -d a -d b "${acme[@]}" --firmware 8
fails dir_missing 3 'nowhere \(not there\)' -d nowhere "${acme[@]}" --firmware 8
run_expect path_env 0 env MDESC_PATH="$TMP/none::$TMP/a" "$MDESC" find --no-cache -p "${acme[@]}" --firmware 8
equal path_env_which "$TMP/a/x" "$(cat out)"
run_expect path_env_not_with_root 3 env MDESC_PATH="$TMP/a" "$MDESC" find --root "$root" --no-kernel --no-cache \
	-p --driver acme9 --firmware 8
check path_env_not_looked eval "! grep -q '$TMP/a' err"
image a/.hidden 'firmware "9"'
mkdir a/sub
image a/sub/x 'firmware "9"'
fails hidden 3 'a \(1 image\)' -d a "${acme[@]}" --firmware 9

# ---- passed over ----

mkdir c
head -c 3000 a/x >c/cut
echo 'not an image' >c/README
cp "$MDESCC" c/program 2>/dev/null
run_expect damaged_only 5 "$MDESC" find --no-cache -d c "${acme[@]}" --firmware 8
matches damaged_only_says 'no image can be used: c/cut: ' err
cp a/x c/x
found damaged_beside c/x -d c -v "${acme[@]}" --firmware 8
matches damaged_beside_trace '^  skipped c/cut: ' err
fails not_found_says_damage 3 'and passed over: c/cut: ' -d c "${acme[@]}" --firmware 11
# The identity is whole, a later part is not.
mkdir e
image e/better 'firmware "8"'
printf '\377' | dd of=e/better bs=1 seek=$(($(stat -c %s e/better) - 2000)) conv=notrunc status=none
image e/wide 'match firmware "*"'
found damaged_better e/wide -d e "${acme[@]}" --firmware 8
matches damaged_better_warns '^mdesc: warning: a better match cannot be used: e/better: ' err
rm e/wide
fails damaged_match 5 'no image can be used: e/better: ' -d e "${acme[@]}" --firmware 8
fails unsigned 5 'no image can be used: a/x: is not signed' --require-signature -d a "${acme[@]}" --firmware 8
mkdir f
cp a/x f/newer
at=$(grep -abo MDSC f/newer | head -n 1 | cut -d: -f1)
printf '\377' | dd of=f/newer bs=1 seek=$((at + 4)) conv=notrunc status=none
fails newer 7 'f/newer: its format is newer' -d f "${acme[@]}" --firmware 8
cp a/x f/x
found newer_beside f/x -d f "${acme[@]}" --firmware 8
if [ "$(id -u)" = 0 ] && chmod 755 . && command -v setpriv >/dev/null; then
	mkdir g
	cp a/x g/secret
	chmod 600 g/secret
	run_expect unreadable 6 setpriv --reuid=65534 --clear-groups --no-new-privs "$MDESC" find --no-cache -d g \
		"${acme[@]}" --firmware 8
	matches unreadable_says 'g/secret: Permission denied' err
else
	skip unreadable root "a file that may not be read needs another user"
fi

# ---- a path that is given ----

found path a/x --image a/x --driver whoever
"$MDESCC" --emit=btf -o some.btf "$MDESC_SRC/firmware-descs/mynic/mynic-1.4.mdesc" -I "$MDESC_INCLUDE"
found path_btf some.btf --image some.btf
fails path_missing 3 'nothing\.fw: No such file' --image nothing.fw
fails path_damaged 5 'c/cut: ' --image c/cut
fails path_text 5 'c/README: ' --image c/README
head -c 100 some.btf >cut.btf
fails path_btf_damaged 5 'cut\.btf: ' --image cut.btf
fails path_btf_unsigned 5 'BTF alone is not signed' --require-signature --image some.btf

# ---- the kernel's BTF ----

kernel=$root/sys/kernel/btf
mkdir -p "$kernel"
printf 'struct other { int a; };\nstruct other o;\n' >other.c
"$MDESCC" --emit=btf -o nic.btf "$MDESC_SRC/firmware-descs/mynic/mynic-1.4.mdesc" -I "$MDESC_INCLUDE"
# split: mdesc's types over a base, as the kernel has them
if have bpftool && have pahole && "${CC:-cc}" -g -c -o other.o other.c; then
	pahole --btf_encode_detached "$kernel/vmlinux" other.o
	check split "$MDESC_BUILD/tests/split_btf" nic.btf "$kernel/vmlinux" "$kernel/mdesc_mynic"
	found kernel "$kernel/mdesc_mynic" --driver mynic --firmware whatever
	fails kernel_not_wanted 3 'no image found' --no-kernel --driver mynic --firmware whatever
	mv "$kernel/mdesc_mynic" "$kernel/acme"
	fails kernel_other_driver 3 'no image found' -v -d none --driver acme
	matches kernel_other_driver_why 'btf/acme: its types are of driver mynic' err
	check no_tags "$MDESC_BUILD/tests/split_btf" "$kernel/vmlinux" "$kernel/vmlinux" "$kernel/acme"
	fails kernel_no_tag 3 'no image found' -v -d none --driver acme
	matches kernel_no_tag_why 'btf/acme: its types do not carry the tag mdesc:device=' err
	head -c 60 nic.btf >"$kernel/acme"
	fails kernel_damaged 3 'no image found' -v -d none --driver acme
	matches kernel_damaged_why '^  miss    .*btf/acme: .*damaged' err
else
	skip kernel pahole "$why"
fi
rm -rf "$kernel"

# ---- build ids ----

id=$("$MDESC" verify a/x | cut -d' ' -f1)
{
	printf '# a fleet\n\n'
	printf 'acme firmware=55 serial="4 5" %s # mine\n' "$id"
	printf 'acme firmware="5 *" devlink:fw.app=1.* %s\n' "$id"
} >ids
byids=(-d a --ids ids "${acme[@]}")
found ids a/x "${byids[@]}" --firmware 55 --serial '4 5'
found ids_quoted a/x "${byids[@]}" --firmware '5 x' --version fw.app=1.0
fails ids_miss 3 'ids \(no line matches\)' "${byids[@]}" --firmware 56
found devlink_id a/x -d a "${acme[@]}" --version "mdesc.build-id=$id"
fails devlink_id_unknown 3 'the directories for build id 00000.* \(devlink' -d a "${acme[@]}" \
	--version mdesc.build-id=0000000000000000000000000000000000000000
fails devlink_id_bad 3 'no build id' -d a "${acme[@]}" --version mdesc.build-id=xyz
echo "acme default 0123456789012345678901234567890123456789" >>ids
fails ids_not_there 3 'build id 0123456789012345678901234567890123456789 \(ids:5\)' "${byids[@]}" --firmware 56
fails ids_none 3 'noids: No such file' -d a --ids noids "${acme[@]}" --firmware 56
echo "acme default 1123456789012345678901234567890123456789" >>ids
fails ids_ambiguous 4 'two lines match equally well: ids:5 and ids:6' "${byids[@]}" --firmware 56

# wrong NAME LINE REGEX: this line is an error
wrong()
{
	printf '# one\n%b\n' "$2" >bad.ids
	fails "ids_wrong_$1" 1 "^mdesc: bad\.ids:2: $3" -d a --ids bad.ids "${acme[@]}" --firmware 56
}

wrong short 'acme' 'a line is DRIVER MATCH'
wrong no_match "acme $id" 'says nothing to match|`acme. says nothing'
wrong no_id 'acme firmware=1' '`firmware=1. is no build id'
wrong long_id "acme default ${id}0" '.* it is longer than 40 digits'
wrong short_id "acme default ${id%??}" '.* is no build id, with which'
wrong hex_id "acme default ${id%?}x" '.* is no build id, with which'
wrong place "acme firmwear=1 $id" '`firmwear=1. is no match: firmware=GLOB'
wrong word "acme hello $id" '`hello. is no match'
wrong key "acme devlink:=1 $id" '`devlink:=1. names no key of devlink'
wrong value "acme serial= $id" '`serial=. has nothing behind'
wrong quote "acme serial=\"1 $id" 'a quotation mark is not closed'
wrong control "acme serial=\\001 $id" 'a control character'
wrong after "acme default $id more" '`more. is no build id'
wrong words "acme $(printf 'serial=%s ' {1..70}) $id" 'more than 64 words'
wrong longword "acme serial=$(printf '%0300d' 1) $id" '.* is longer than 255'

# ---- what is printed ----

run_expect human 0 "$MDESC" find -d a --no-cache "${acme[@]}" --firmware 8
matches human_path '^a/x$' out
matches human_id "^  build id  $id\$" out
matches human_why '^  because   firmware "8"$' out
run_expect json 0 "$MDESC" find -j -v -d a --no-cache "${acme[@]}" --firmware 8 --version fw.app=1
if have python3; then
	cat >look.py <<'END'
import json, sys
r, = json.load(open("out"))
assert r["interface"] is None and r["identity"]["driver"] == "acme" and r["identity"]["firmware"] == "8", r
assert r["identity"]["versions"] == [{"kind": "running", "key": "fw.app", "value": "1"}], r
f = r["found"]
assert f["how"] == "match" and f["path"] == "a/x" and f["build_id"] == sys.argv[1] and f["driver"] == "acme", f
assert [t["verdict"] for t in r["trace"]][-1] == "hit", r
END
	check json_content python3 look.py "$id"
fi
run_expect json_missing 3 "$MDESC" find -j -d a --no-cache "${acme[@]}" --firmware 88
matches json_missing_class '"class": "not found"' out
run_expect details 0 "$MDESC" find -vv -d a -d b --driver other --firmware 8 --no-cache --image a/x
run_expect trace_details 3 "$MDESC" find -vv -d a --no-cache --driver other
matches trace_other_driver '^  miss    a/x: for driver acme$' err
run_expect trace_short 3 "$MDESC" find -v -d a --no-cache --driver other
check trace_short_leaves_out eval '! grep -q "a/x" err'

# ---- usage ----

run_expect usage_two 2 "$MDESC" find eth0 eth1
run_expect usage_version 2 "$MDESC" find --version nonsense
run_expect usage_both 2 "$MDESC" find -p -j
run_expect usage_control 1 "$MDESC" find --driver $'a\001b'
matches usage_control_says 'is not printable' err
run_expect usage_long 1 "$MDESC" find --driver "$(printf '%0300d' 1)"
run_expect no_such_interface 3 "$MDESC" find nosuchif0
matches no_such_interface_says '^mdesc: nosuchif0: there is no such interface$' err
run_expect long_interface 3 "$MDESC" find an-interface-name-that-is-too-long
run_expect path_interface 3 "$MDESC" find ../../etc
finish

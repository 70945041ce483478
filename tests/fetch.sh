#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Publishing images and fetching them by build id: from Debian's debuginfod server, and from one of our own that does
# all that a server should not. Both on the loopback address of a network namespace.

. "$MDESC_SRC/tests/lib.sh"
need runtime

img=$MDESC_BUILD/firmware-descs/mynic/mynic-1.4.fw
other=$MDESC_BUILD/firmware-descs/mlx5/cqe64.fw
tool=$MDESC_BUILD/tests/fetch_tool
export HOME=$TMP/home DEBUGINFOD_CACHE_PATH=$TMP/cache
unset XDG_CACHE_HOME DEBUGINFOD_URLS DEBUGINFOD_PROGRESS DEBUGINFOD_VERBOSE DEBUGINFOD_TIMEOUT DEBUGINFOD_MAXSIZE
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
mkdir -p home

# id IMAGE: its build id
id_of()
{
	"$MDESC" verify "$1" | cut -d' ' -f1
}
id=$(id_of "$img")
none=00000000000000000000000000000000deadbeef

# ---- publish: needs no server ----

if [ -z "${FETCH_IN_NAMESPACE:-}" ]; then
	mkdir pub
	run_expect publish_usage 2 "$MDESC" publish "$img"
	run_expect publish 0 "$MDESC" publish "$img" "$other" pub
	matches publish_says "^$id  pub/$id\.fw\$" out
	same publish_stores "$img" "pub/$id.fw"
	equal publish_all_may_read 644 "$(stat -c %a "pub/$id.fw")"
	equal publish_leaves_nothing 2 "$(find pub -type f | wc -l)"
	touch -d 2020-01-01 "pub/$id.fw"
	before=$(stat -c '%i %Y' "pub/$id.fw")
	run_expect publish_twice 0 "$MDESC" publish "$img" pub
	matches publish_twice_says "^$id  pub/$id\.fw  \(was there\)\$" out
	equal publish_twice_leaves_it "$before" "$(stat -c '%i %Y' "pub/$id.fw")"
	run_expect publish_json 0 "$MDESC" publish --json "$img" pub
	matches publish_json_says '"stored": false' out
	mkdir $'odd\xff'	# not UTF-8, as JSON is
	run_expect publish_json_odd 0 "$MDESC" publish --json "$img" $'odd\xff'
	matches publish_json_odd_says '"file": "odd[?]/' out
	run_expect publish_quiet 0 "$MDESC" publish -q "$img" pub
	check publish_quiet_is test ! -s out
	head -c 20000 "$img" >damaged.fw
	run_expect publish_damaged 5 "$MDESC" publish damaged.fw pub
	matches publish_damaged_says '^mdesc: damaged\.fw: ELF\+' err
	equal publish_damaged_stores_nothing 2 "$(find pub -type f | wc -l)"
	run_expect publish_no_directory 3 "$MDESC" publish "$img" nowhere
	matches publish_no_directory_says '^mdesc: nowhere: No such file' err
	run_expect publish_into_file 3 "$MDESC" publish "$img" damaged.fw
	run_expect publish_unsigned 5 "$MDESC" publish --require-signature "$img" pub
	mkdir pub2
	cp damaged.fw "pub2/$id.fw"
	run_expect publish_over_damaged 5 "$MDESC" publish "$img" pub2
	matches publish_over_damaged_says "^mdesc: pub2/$id\.fw: ELF\+" err
	same publish_over_damaged_stays damaged.fw "pub2/$id.fw"
	cp "$other" "pub2/$id.fw"
	run_expect publish_over_other 5 "$MDESC" publish "$img" pub2
	matches publish_over_other_says "pub2/$id\.fw: has build id .* not the one asked for" err

	# What needs no server of fetch.
	run_expect fetch_usage 2 "$MDESC" fetch
	run_expect fetch_no_id 2 "$MDESC" fetch 1234
	matches fetch_no_id_says 'a build id is 40 hexadecimal digits' err
	run_expect fetch_id_not_hex 2 "$MDESC" fetch 0000000000000000000000000000000000000zzz
	run_expect fetch_bad_timeout 2 "$MDESC" fetch -t -1 "$id"
	run_expect library_bad 0 "$tool" bad
	if ! have libdebuginfod; then
		run_expect without 6 "$MDESC" fetch "$none"
		matches without_says 'cannot be fetched: built without libdebuginfod$' err
		mkdir -p "cache/$id"
		cp "$img" "cache/$id/executable"
		run_expect without_cached 0 "$MDESC" fetch -o got.fw "$id"
		same without_cached_same "$img" got.fw
	fi
	need libdebuginfod python3 net
	run_expect no_urls 2 "$MDESC" fetch "$id"
	matches no_urls_says \
		"^mdesc: $id: is not in the cache, and no debuginfod server is named: .DEBUGINFOD_URLS is not set" err
	run_expect no_urls_btf 2 "$MDESC" fetch --btf "$id"
	export FETCH_IN_NAMESPACE=yes
	exec unshare -n "$0"
fi

# ---- in the namespace ----

ip link set lo up
servers=
trap 'kill $servers 2>/dev/null' EXIT

# fetch NAME STATUS ARG...: and nothing is written unless it is 0
fetch()
{
	local name=$1 status=$2
	shift 2
	rm -f got
	run_expect "$name" "$status" "$MDESC" fetch -o got "$@"
	[ "$status" = 0 ] || check "${name}_writes_nothing" test ! -e got
}

# cached ID NAME: whether something with content is in the cache
cached()
{
	test -s "cache/$1/$2"
}

mkdir answers
for file in "$img" "$other"; do
	one=$(id_of "$file")
	cp "$file" "answers/$one-executable"
	for section in .BTF .mdesc.digest; do
		objcopy -I elf64-little -O binary -j $section "$file" "answers/$one-section-$section"
	done
done
other_id=$(id_of "$other")
echo good >mode
: >requests
python3 "$MDESC_SRC/tests/fetch_server.py" answers >server.log 2>&1 &
servers=$!
until [ -s port ] || ! kill -0 $servers; do sleep 0.05; done
export DEBUGINFOD_URLS=http://127.0.0.1:$(cat port)
url="http://127\\.0\\.0\\.1:[0-9]+"

# asked: requests since the last call
asked()
{
	wc -l <requests
	: >requests
}

fetch hit 0 "$id"
matches hit_says "^$id  got\$" out
same hit_is_it "$img" got
equal hit_asked_once 1 "$(asked)"
fetch hit_again 0 "${id^^}"
same hit_again_is_it "$img" got
equal hit_again_asked_nobody 0 "$(asked)"
DEBUGINFOD_URLS='' fetch hit_without_server 0 "$id"
fetch hit_json 0 --json "$id"
matches hit_json_size "\"size\": $(stat -c %s "$img")" out
(mkdir own && cd own && "$MDESC" fetch "$id") >out
same hit_default_name "$img" "own/$id.fw"
run_expect hit_stdout 0 "$MDESC" fetch -o - "$id"
same hit_stdout_is_it "$img" out
rm -rf cache
fetch btf 0 --btf "$id"
"$MDESC" btf -o want.btf "$img"
same btf_is_it want.btf got
equal btf_asked 2 "$(asked)"
fetch btf_again 0 --btf "$id"
equal btf_again_asked_nobody 0 "$(asked)"
check btf_alone sh -c "! test -e cache/$id/executable"
rm -rf cache
XDG_CACHE_HOME=$TMP/xdg DEBUGINFOD_CACHE_PATH='' fetch xdg 0 "$id"
check xdg_there test -s "xdg/debuginfod_client/$id/executable"
: >requests
XDG_CACHE_HOME=$TMP/xdg DEBUGINFOD_CACHE_PATH='' fetch xdg_again 0 "$id"
DEBUGINFOD_CACHE_PATH='' fetch home 0 "$id"
check home_there test -s "home/.cache/debuginfod_client/$id/executable"
equal xdg_home_asked 1 "$(asked)"

# A miss is remembered, and told as one.
fetch miss 3 "$none"
matches miss_says "^mdesc: $none: no server has the image \\($url\\)\$" err
equal miss_asked_once 1 "$(asked)"
fetch miss_again 3 "$none"
matches miss_again_says \
	"^mdesc: $none: no server had the image a short while ago \\(remembered in .*/$none/executable\\)\$" err
equal miss_again_asked_nobody 0 "$(asked)"
fetch miss_btf 3 --btf "$none"
matches miss_btf_says "^mdesc: $none: no server has \\.mdesc\\.digest \\(" err
equal miss_btf_asked_once 1 "$(asked)"
fetch miss_btf_again 3 --btf "$none"
equal miss_btf_again_asked_nobody 0 "$(asked)"

# ---- what a server should not do: told as what it is, not kept, and not taken for a miss ----

# sick NAME MODE STATUS REGEX [ARG...]: then the server gets well, and the image comes
sick()
{
	local name=$1 mode=$2 status=$3 regex=$4
	shift 4
	rm -rf cache
	echo "$mode" >mode
	fetch "$name" "$status" "$@" "$id"
	matches "${name}_says" "^mdesc: $id.*$regex" err
	echo good >mode
	fetch "${name}_then_good" 0 "$@" --timeout 3600 "$id"
}

sick garbage garbage 5 ', fetched: ELF\+0x0: not an ELF file$'
sick empty empty 2 ': the image cannot be fetched: a server sent nothing \('
sick torn torn 2 ': the image cannot be fetched: .*(transfer closed|partial file|end of response)'
sick hangs_up hangs_up 2 ': the image cannot be fetched: .*(Empty reply|returned nothing)'
sick not_http not_http 2 ': the image cannot be fetched: '
sick error_500 500 2 ': the image cannot be fetched: .*500'
sick error_503 503 2 ': the image cannot be fetched: .*503'
# Clients go round in it until they give up.
sick redirect redirect 2 ': (the image cannot be fetched|no server sent the image within)' --timeout 1
sick huge huge 5 ': a server sends more than 64 MiB: that is no image'
sick endless endless 5 ': a server sends more than 64 MiB: that is no image' --timeout 3600
sick silent silent 2 ': no server sent the image within 0\.1 s \(' --timeout 0.1
sick stalls stalls 2 ': no server sent the image within 0\.1 s \(' --timeout 0.1
for part in .mdesc.digest .BTF; do
	sick "btf_garbage$part" garbage 5 ", fetched: \\.mdesc\\.digest is not that of this build id\$" --btf
done
sick btf_torn torn 2 ': \.mdesc\.digest cannot be fetched: ' --btf
sick btf_silent silent 2 ': no server sent \.mdesc\.digest within' --btf --timeout 0.1
rm -rf cache
echo silent >mode
run_expect cancel 0 "$tool" cancel "$id"
matches cancel_ok '^ok given up' out
echo good >mode
fetch cancel_then_good 0 "$id"

# One whose content is another's.
wrong()
{
	cp "answers/$1" kept
	cp "$2" "answers/$1"
	rm -rf cache
	fetch "$3" 5 "${@:5}"
	matches "$3_says" "$4" err
	check "$3_not_kept" sh -c "! find cache -type f -size +0 | grep -E 'executable|section'"
	cp kept "answers/$1"
	fetch "$3_then_good" 0 "${@:5}"
}
wrong "$id-executable" "$other" wrong_image \
	"^mdesc: $id, fetched: has build id $other_id, which is not the one asked for" "$id"
wrong "$id-section-.mdesc.digest" "answers/$other_id-section-.mdesc.digest" wrong_digest \
	'\.mdesc\.digest is not that of this build id$' --btf "$id"
wrong "$id-section-.BTF" "answers/$other_id-section-.BTF" wrong_btf \
	'\.BTF \([0-9]+ bytes\) does not have the digest that \.mdesc\.digest records$' --btf "$id"
head -c 1000 "$img" >half
wrong "$id-executable" half half_image "^mdesc: $id, fetched: ELF\\+" "$id"

# A cache that somebody spoilt heals, where a server has the right one.
for name in executable section-.BTF section-.mdesc.digest; do
	rm -rf cache
	mkdir -p "cache/$id"
	cp "$other" "cache/$id/$name"
	what=--btf
	[ $name != executable ] || what=-q
	: >requests
	fetch "spoilt_$name" 0 $what "$id"
	check "spoilt_${name}_asked" test "$(asked)" -gt 0
	check "spoilt_${name}_healed" sh -c "! cmp -s '$other' 'cache/$id/$name'"
done
mkdir -p "cache/$other_id"
cp "$img" "cache/$other_id/executable"
echo 404 >mode
fetch spoilt_and_miss 3 "$other_id"
echo good >mode

# ---- a server that is not there; one that is beside it ----

closed=http://127.0.0.1:1
DEBUGINFOD_URLS=$closed fetch down 2 "$none"
rm -rf cache
DEBUGINFOD_URLS=$closed fetch down_image 2 "$id"
matches down_says "^mdesc: $id: the image cannot be fetched: Failed to connect .*\\($closed\\)\$" err
DEBUGINFOD_URLS="$closed $DEBUGINFOD_URLS" fetch one_of_two_down 0 "$id"
DEBUGINFOD_URLS=http://nowhere.invalid fetch no_such_host 2 "$other_id"
DEBUGINFOD_URLS=nonsense://x fetch nonsense 2 "$other_id"
rm -rf cache
touch cache
fetch cache_is_file 2 "$id"
rm cache
DEBUGINFOD_URLS='  ' fetch blank_urls 2 "$id"
matches blank_urls_says 'DEBUGINFOD_URLS is not set$' err
DEBUGINFOD_CACHE_PATH=$TMP/nowhere/cache fetch no_place_for_cache 2 "$id"
matches no_place_for_cache_says ': the image cannot be fetched: nobody was asked; can the cache be written?' err

# ---- progress ----

echo silent >mode
run_expect progress 2 "$MDESC" fetch -t 2.5 "$id"
matches progress_says '^mdesc: waiting for a debuginfod server$' err
run_expect progress_quiet 2 "$MDESC" fetch -q -t 1.5 "$id"
check progress_quiet_is sh -c '! grep -q waiting err'
if have script; then
	script -qec "$MDESC fetch -t 0.1 $id" typescript </dev/null >/dev/null 2>&1
	matches progress_terminal 'waiting for debuginfod, [0-9]+ s' typescript
fi
echo good >mode
rm -rf cache

# ---- signatures ----

if have libcrypto && have openssl; then
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out cert -days 3650 \
		-subj /CN=fleet 2>/dev/null
	mkdir certs
	cp cert certs/cert.pem
	"$MDESC" sign --key key --cert cert -o signed.fw "$img"
	fetch unsigned 5 --cert certs "$id"
	matches unsigned_says "^mdesc: $id, fetched: is not signed, and a signature is required\$" err
	fetch unsigned_btf 5 --cert certs --btf "$id"
	matches unsigned_btf_says "^mdesc: $id, fetched: is not signed, and a signature is required\$" err
	rm -rf cache
	fetch before_signing 0 "$id"
	cp signed.fw "answers/$id-executable"
	"$MDESC" show --json signed.fw >/dev/null
	python3 - signed.fw "answers/$id-section-.mdesc.sig" <<'END'
import sys
data = open(sys.argv[1], "rb").read()
shoff = int.from_bytes(data[40:48], "little")
last = data[-64:]
offset, size = (int.from_bytes(last[i:i + 8], "little") for i in (24, 32))
open(sys.argv[2], "wb").write(data[offset:offset + size])
END
	# What is in the cache was not signed yet: it is fetched again.
	fetch signed 0 --cert certs "$id"
	matches signed_says "^$id  got  \\(signed by CN=fleet\\)\$" out
	same signed_is_it signed.fw got
	rm -rf cache
	: >requests
	fetch signed_btf 0 --cert certs --btf "$id"
	matches signed_btf_says "^$id  got  \\(signed by CN=fleet\\)\$" out
	equal signed_btf_asked 3 "$(asked)"
	mkdir others
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key2 -out others/cert.pem \
		-days 3650 -subj /CN=other 2>/dev/null
	for what in -q --btf; do
		fetch "unknown$what" 5 --cert others $what "$id"
		matches "unknown${what}_says" 'is signed by CN=fleet, whom no certificate in others vouches for$' err
	done
	fetch no_certs 5 --cert answers "$id"
	# Another one's signature.
	cp "$other" x.fw
	"$MDESC" sign --key key --cert cert x.fw
	mkdir pub3
	run_expect publish_signed 0 "$MDESC" publish --cert certs signed.fw pub3
	run_expect publish_without_signature 1 "$MDESC" publish "$img" pub3
	matches publish_without_signature_says \
		"pub3/$id\\.fw: is there already, with another signature or none; --resigned publishes this one" err
	same publish_without_signature_stays signed.fw "pub3/$id.fw"
	run_expect publish_resigned 0 "$MDESC" publish --resigned "$img" pub3
	matches publish_resigned_says "^$id  pub3/$id\\.[0-9a-f]{16}\\.fw\$" out
	run_expect publish_resigned_twice 0 "$MDESC" publish --resigned "$img" pub3
	matches publish_resigned_twice_says '\(was there\)$' out
else
	skip signatures libcrypto "${why:-there is none}"
fi
kill $servers
wait 2>/dev/null

# ---- Debian's server, with many images ----

if ! have debuginfod; then
	skip debuginfod debuginfod "$why"
	finish
fi
rm -rf cache
mkdir many fleet
check many "$tool" images "$img" many 600
check many_published "$MDESC" publish -q many/*.fw fleet
equal many_names 600 "$(find fleet -name '*.fw' | wc -l)"
port=$(cat port)
rm port
env -u DEBUGINFOD_URLS debuginfod -d :memory: -p "$port" -c 2 -F fleet >debuginfod.log 2>&1 &
servers=$!
export DEBUGINFOD_URLS=http://127.0.0.1:$port
# Until it has the last of them; it says so itself.
scanned()
{
	python3 - "$DEBUGINFOD_URLS/metrics" <<'END'
import sys, urllib.request
text = urllib.request.urlopen(sys.argv[1]).read().decode()
sys.exit(not any(line.split() == ['found_executable_total{source="files"}', "600"] for line in text.splitlines()))
END
}
until scanned 2>/dev/null || ! kill -0 $servers 2>/dev/null; do sleep 0.1; done
check many_scanned scanned
run_expect many_all 0 "$tool" all fleet/*.fw
matches many_images '^ok all images' out
matches many_btf '^ok all BTF' out
last=$(basename "$(find fleet -name '*.fw' | tail -n 1)" .fw)
rm -rf cache
fetch many_cold 0 "$last"
same many_cold_is_it "fleet/$last.fw" got
rm -rf cache
fetch many_btf_cold 0 --btf "$last"
check many_btf_small sh -c "! test -e cache/$last/executable"
fetch many_miss 3 "$none"
kill $servers
wait 2>/dev/null
fetch many_server_gone_cached 0 --btf "$last"
fetch many_server_gone 2 "$id"
if [ -e /sys/kernel/btf/vmlinux ]; then
	mkdir -p "cache/$id"
	cp "$img" "cache/$id/executable"
	cp "answers/$id-section-.BTF" "cache/$id/section-.BTF"
	cp "answers/$id-section-.mdesc.digest" "cache/$id/section-.mdesc.digest"
	run_expect stitch 0 "$tool" stitch "$id" "$img"
	matches stitch_same '^ok stitched the same' out
else
	skip stitch vmlinux-btf "this kernel has no BTF"
fi
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdesc find with build ids whose images a debuginfod server has: fetch_server.py on the loopback address of a network
# namespace.

. "$MDESC_SRC/tests/lib.sh"
need runtime python3 net libdebuginfod
if [ -z "${FIND_IN_NAMESPACE:-}" ]; then
	FIND_IN_NAMESPACE=yes exec unshare -n "$0"
fi
export HOME=$TMP/home XDG_CACHE_HOME=$TMP/xdg DEBUGINFOD_CACHE_PATH=$TMP/cache
unset DEBUGINFOD_URLS DEBUGINFOD_PROGRESS DEBUGINFOD_VERBOSE DEBUGINFOD_TIMEOUT DEBUGINFOD_MAXSIZE MDESC_PATH
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
mkdir home empty answers
ip link set lo up
ip link add v0 type veth peer name v1

img=$MDESC_BUILD/firmware-descs/mynic/mynic-1.4.fw
id=$("$MDESC" verify "$img" | cut -d' ' -f1)
none=00000000000000000000000000000000deadbeef
cp "$img" "answers/$id-executable"
printf 'veth default %s\nacme default %s\n' "$id" "$none" >ids

# finds NAME STATUS ARG...: of v0, by the file of ids, with nothing in a directory
finds()
{
	local name=$1 status=$2
	shift 2
	run_expect "$name" "$status" "$MDESC" find -d empty --ids ids v0 "$@"
}

finds no_urls 3
matches no_urls_says "build id $id \\(ids:1\\), debuginfod \\(.DEBUGINFOD_URLS names no server\\)" err
echo good >mode
: >requests
python3 "$MDESC_SRC/tests/fetch_server.py" answers >server.log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null' EXIT
until [ -s port ] || ! kill -0 $server; do sleep 0.05; done
DEBUGINFOD_URLS=http://127.0.0.1:$(cat port)
export DEBUGINFOD_URLS

finds not_asked 3 --no-fetch
check not_asked_nobody test ! -s requests
finds hit 0 -v
matches hit_which '^debuginfod$' out
matches hit_id "^  build id  $id\$" out
matches hit_why "^  because   build id $id, by ids:1\$" out
matches hit_trace "^  hit     debuginfod: build id $id, by ids:1\$" err
finds hit_again 0 -o got.fw -p
equal hit_again_path got.fw "$(cat out)"
same hit_again_is_it "$img" got.fw
finds no_path 3 -p
matches no_path_says 'was fetched and is in no file: use --output FILE' err
finds json 0 -j
matches json_how '"how": "fetched"' out
matches json_path '"path": null' out
mkdir dir
cp "$img" dir/x
: >requests
run_expect directory_first 0 "$MDESC" find -p -d dir --ids ids v0
equal directory_first_which dir/x "$(cat out)"
check directory_asks_nobody test ! -s requests
run_expect miss 3 "$MDESC" find -d empty --ids ids --driver acme
matches miss_says "build id $none \\(ids:2\\), debuginfod \\(no server has it\\)" err
run_expect devlink 0 "$MDESC" find -d empty --driver other --version "mdesc.build-id=$id"
matches devlink_why "because   build id $id, by devlink's mdesc.build-id" out
finds unsigned 5 --require-signature
matches unsigned_says 'no image can be used: .*is not signed' err

# sick NAME MODE STATUS REGEX ARG...: the server does what it should not
sick()
{
	local name=$1 status=$3 regex=$4
	rm -rf cache
	echo "$2" >mode
	shift 4
	finds "$name" "$status" "$@"
	matches "${name}_says" "$regex" err
	check "${name}_gives_nothing" test ! -s out
	echo good >mode
}

sick garbage garbage 5 'v0 \(driver veth\): no image can be used: .*not an ELF file'
sick error_500 500 2 'no image can be used: .*cannot be fetched'
sick silent silent 2 'no image can be used: .*within' --timeout 0.1
rm -rf cache
kill $server
wait $server 2>/dev/null
finds down 2
matches down_says 'no image can be used: .*cannot be fetched' err
run_expect usage_timeout 2 "$MDESC" find --timeout x v0
run_expect usage_output 2 "$MDESC" find --output x
finish

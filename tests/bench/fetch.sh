#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# fetch.sh SRC BUILD TMP: publishes an image, starts debuginfod for it on the loopback address of a network namespace,
# and runs the program fetch. Prints its lines of the table.
set -eu
if [ "${4:-}" != inside ]; then
	for command in debuginfod curl; do
		command -v $command >/dev/null || { echo "| fetching | | | left out: no $command | |"; exit 0; }
	done
	unshare -n true 2>/dev/null || { echo "| fetching | | | left out: no network namespaces here | |"; exit 0; }
	exec unshare -n "$0" "$1" "$2" "$3" inside
fi
ip link set lo up
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY DEBUGINFOD_URLS
mkdir -p "$3/fleet"
line=$("$2/mdesc" publish "$2/firmware-descs/mynic/mynic-1.4.fw" "$3/fleet")
debuginfod -d :memory: -p 8002 -F "$3/fleet" >"$3/debuginfod.log" 2>&1 &
server=$!
trap 'kill $server; wait' EXIT
export DEBUGINFOD_URLS=http://127.0.0.1:8002 DEBUGINFOD_CACHE_PATH=$3/cache
until curl -s $DEBUGINFOD_URLS/metrics | grep -q '^found_executable_total{source="files"} 1$'; do sleep 0.1; done
"$2/tests/bench/fetch" "${line%% *}" "$DEBUGINFOD_CACHE_PATH"

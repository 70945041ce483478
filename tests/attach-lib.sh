# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# shellcheck shell=bash
#
# For tests that attach to a1, with the BPF file system $fs; beside lib.sh.

# m COMMAND ARG...: with the file system of the test
m()
{
	local command=$1
	shift
	"$MDESC" "$command" --bpffs "$fs" "$@"
}

# come COUNT: waits until so many packets have come since attach or update
come()
{
	local tries

	for ((tries = 0; tries < 1000; tries++)); do
		m status -j a1 >status.json 2>status.err || return 1
		[ "$(sed -n 's/.*"packets": \([0-9]*\).*/\1/p' status.json)" != "$1" ] || return 0
		sleep 0.01
	done
}

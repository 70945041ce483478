# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# shellcheck shell=bash
#
# For tests in bash:  . "$MDESC_SRC/tests/lib.sh"
#
# The runner gives each test: MDESC_SRC and MDESC_BUILD (the two trees, absolute), MDESCC and MDESC (the commands),
# MDESC_INCLUDE (where std/ is), CC, CLANG, TMP (a private folder, removed afterwards; the test starts in it).
#
# Each result has a name that is unique within its test.  A test goes on after a failure; its exit status tells the
# runner nothing new, so it ends with `finish` or just ends.

set -u
: "${MDESC_SRC:?run tests by tests/run or make check}" "${TMP:?}"
cd "$TMP" || exit 99

lib_failed=0

# diag TEXT...: lines of explanation below a `not ok`.
diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# diag_file FILE [LINES]: the beginning of a file as explanation.
diag_file()
{
	head -n "${2:-40}" "$1" | sed 's/^/# /'
}

ok()
{
	printf 'ok %s\n' "$1"
}

# not_ok NAME [TEXT...]
not_ok()
{
	lib_failed=$((lib_failed + 1))
	printf 'not ok %s\n' "$1"
	shift
	[ $# = 0 ] || diag "$*"
}

# skip NAME KEY REASON...: see tests/run for KEY.
skip()
{
	local name=$1 key=$2
	shift 2
	printf 'skip %s %s: %s\n' "$name" "$key" "$*"
}

# check NAME COMMAND...: ok if the command succeeds; its output is shown if not.
check()
{
	local name=$1 rc
	shift
	"$@" >"$TMP/check.out" 2>&1
	rc=$?
	if [ $rc = 0 ]; then
		ok "$name"
	else
		not_ok "$name" "exit status $rc of: $*"
		diag_file "$TMP/check.out"
	fi
	return $rc
}

# run_expect NAME STATUS COMMAND...: ok if it exits with exactly that status.  Leaves its output in $TMP/out and
# $TMP/err.
run_expect()
{
	local name=$1 want=$2 rc
	shift 2
	"$@" >"$TMP/out" 2>"$TMP/err"
	rc=$?
	if [ $rc = "$want" ]; then
		ok "$name"
		return 0
	fi
	not_ok "$name" "exit status $rc, expected $want, of: $*"
	diag_file "$TMP/out" 20
	diag_file "$TMP/err" 20
	return 1
}

# same NAME EXPECTED ACTUAL: ok if the two files are equal; shows the difference if not.
same()
{
	if cmp -s "$2" "$3"; then
		ok "$1"
		return 0
	fi
	not_ok "$1"
	diff -u "$2" "$3" 2>&1 | head -n 60 | sed 's/^/# /'
	return 1
}

# own_bpffs: mounts a BPF file system for this test alone, $fs; ends the test where that cannot be.
own_bpffs()
{
	fs=$TMP/bpf
	mkdir "$fs"
	mount -t bpf bpf "$fs" && return
	skip all bpf "no BPF file system can be mounted"
	exit 0
}

# graph_texts FOLDER [FILTER...]: the graphs of tests/graphs/ as descriptions there, each through the filter.
graph_texts()
{
	local folder=$1 file graph
	shift
	mkdir -p "$folder"
	for file in "$MDESC_SRC"/tests/graphs/*.graph; do
		for graph in $(python3 "$MDESC_SRC/tests/graphs.py" list "$file"); do
			python3 "$MDESC_SRC/tests/graphs.py" describe "$file" "$graph" | "${@:-cat}" \
				>"$folder/$graph.mdesc"
		done
	done
}

# equal NAME EXPECTED ACTUAL: the same for two strings.
equal()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
		return 0
	fi
	not_ok "$1"
	diag "expected: $2"
	diag "     came: $3"
	return 1
}

# matches NAME REGEX FILE: ok if a line of the file matches the extended regular expression.
matches()
{
	if grep -Eq -e "$2" "$3"; then
		ok "$1"
		return 0
	fi
	not_ok "$1" "no line matches: $2"
	diag_file "$3"
	return 1
}

# have KEY: whether something is there.  KEY is root, bpf, net, bpf-programs, runtime, libcrypto, libdebuginfod, libxdp,
# qemu, clang, or the name of a command.
# Sets why to the reason if not.
have()
{
	why=
	case $1 in
	root)
		[ "$(id -u)" = 0 ] || why="needs root"
		;;
	bpf)
		if [ "$(id -u)" != 0 ]; then
			why="loading BPF programs needs root"
		elif ! have_bpf_syscall; then
			why="this kernel or container does not let us load BPF programs"
		fi
		;;
	net)
		if [ "$(id -u)" != 0 ]; then
			why="network namespaces need root"
		elif ! command -v ip >/dev/null 2>&1; then
			why="there is no ip command"
		elif ! unshare -n ip link add t0 type veth peer name t1 >/dev/null 2>&1; then
			why="no network namespace with a veth pair here"
		fi
		;;
	bpf-programs)
		[ "$MDESC_HAVE_BPF_PROGRAMS" != no ] || why="the BPF programs were not built"
		;;
	runtime)
		[ "$MDESC_HAVE_RUNTIME" = yes ] || why="configured with --disable-runtime"
		;;
	libcrypto)
		[ "$MDESC_HAVE_LIBCRYPTO" = yes ] || why="built without libcrypto"
		;;
	qemu)
		if ! command -v qemu-system-x86_64 >/dev/null 2>&1; then
			why="there is no qemu-system-x86_64"
		elif ! command -v busybox >/dev/null 2>&1 || ldd "$(command -v busybox)" 2>&1 | grep -q '=>'; then
			why="there is no busybox that is linked statically"
		fi
		;;
	libdebuginfod)
		[ "$MDESC_HAVE_LIBDEBUGINFOD" = yes ] || why="built without libdebuginfod"
		;;
	libxdp)
		[ "$MDESC_HAVE_LIBXDP" = yes ] || why="built without libxdp"
		;;
	clang)
		CLANG=${CLANG:-clang}
		command -v "$CLANG" >/dev/null 2>&1 || why="there is no clang"
		;;
	*)
		command -v "$1" >/dev/null 2>&1 || why="there is no $1 command"
		;;
	esac
	[ -z "$why" ]
}

# need KEY...: ends the test with a skip if one of them is missing.
need()
{
	local key

	for key; do
		have "$key" && continue
		skip "all" "$key" "$why"
		exit 0
	done
}

# Whether the kernel takes the smallest program: mov r0, 2; exit.
have_bpf_syscall()
{
	"$MDESC_BUILD/tests/have_bpf" >/dev/null 2>&1
}

# finish: ends the test.
finish()
{
	[ $lib_failed = 0 ]
	exit
}

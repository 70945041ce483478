#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The runner itself: whatever goes wrong with a test must count as a failure.  Runs tests/run on a made-up build
# folder with made-up tests.

. "$MDESC_SRC/tests/lib.sh"

mkdir -p fake/tests made
printf "srcdir='%s'\nCC=cc\nCLANG=\nBPF_TARGET=bpf\nhave_bpf_programs=no\nhave_runtime=no\nsanitize=no\n" "$TMP" \
	>fake/tests/config

# make NAME: a test with this body, from standard input.
make()
{
	{ echo '#!/bin/sh'; cat; } >"made/$1.sh"
	chmod +x "made/$1.sh"
}

# run NAME...: the runner on these tests; its output in $TMP/sum.
run()
{
	local name

	for name; do
		echo "test $TMP/made/$name.sh"
	done >fake/tests/list
	env MDESC_TESTS="${set_name:-normal}" MDESC_REQUIRE="${require:-}" MDESC_TEST_TIMEOUT=1 \
		"$MDESC_SRC/tests/run" -B fake ${named:-} >sum 2>sum.err
	rc=$?
	last=$(tail -n 1 sum)
}

# expect NAME STATUS LAST-LINE
expect()
{
	if [ "$rc" = "$2" ] && [ "$last" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "exit status $rc (expected $2), last line: $last (expected $3)"
		diag_file sum
		diag_file sum.err
	fi
}

make good <<'X'
echo "ok one"
echo "some other output"
echo "ok two words"
X
make bad <<'X'
echo "ok one"
echo "not ok two"
echo "# expected	this"
echo "# got that"
exit 1
X
make lying <<'X'
echo "ok one"
exit 3
X
make silent <<'X'
:
X
make crash <<'X'
echo "ok one"
kill -SEGV $$
X
make hang <<'X'
echo "ok one"
sleep 60 &
sleep 60
X
make skips <<'X'
echo "skip one bpf: no privilege: sorry"
X
make oddkey <<'X'
echo "skip one g++: none"
X
make nokey <<'X'
echo "skip one because"
X
make noexec <<'X'
echo "ok one"
X
chmod -x made/noexec.sh
make untidy <<'X'
mkdir "$TMP/d" && touch "$TMP/d/f" && chmod a-w "$TMP/d"
echo "$TMP" >"$MDESC_BUILD/where"
sleep 600 &
echo $! >"$MDESC_BUILD/orphan"
echo "ok one"
X

run good
expect all_pass 0 "2 passed, 0 failed, 0 skipped"
run good bad
expect failing 1 "3 passed, 1 failed, 0 skipped"
matches failing_is_named '^not ok bad: two$' sum
matches failing_shows_diagnostics '^  # expected	this$' sum
run good lying
expect nonzero_exit 1 "3 passed, 1 failed, 0 skipped"
run good silent
expect silent 1 "2 passed, 1 failed, 0 skipped"
run good crash
expect crash 1 "3 passed, 1 failed, 0 skipped"
matches crash_names_signal 'signal 11' sum
run good hang
expect hang 1 "3 passed, 1 failed, 0 skipped"
run good noexec
expect not_executable 1 "2 passed, 1 failed, 0 skipped"
run good skips
expect skipped 0 "2 passed, 0 failed, 1 skipped"
matches skip_gives_reason 'skips: one .*bpf: no privilege: sorry' sum
require=net,bpf run good skips
expect required_skip 1 "2 passed, 1 failed, 0 skipped"
require=all run good skips
expect required_all 1 "2 passed, 1 failed, 0 skipped"
require=net run good skips
expect other_required 0 "2 passed, 0 failed, 1 skipped"
run good oddkey
expect odd_key 0 "2 passed, 0 failed, 1 skipped"
run good nokey
expect skip_without_key 1 "2 passed, 1 failed, 0 skipped"
run skips
expect nothing_passed 1 "0 passed, 0 failed, 1 skipped"
run
expect no_tests 1 "0 passed, 0 failed, 0 skipped"
named=good run good bad
expect named 0 "2 passed, 0 failed, 0 skipped"
named=bda run good bad
equal unknown_name 2 "$rc"
set_name=some run good
equal unknown_set 2 "$rc"

run untidy
expect untidy 0 "1 passed, 0 failed, 0 skipped"
check folder_removed test ! -e "$(cat fake/where)"
# Gone, or dead and not yet collected by its new parent.
orphan=$(cat fake/orphan)
for i in 1 2 3 4 5 6 7 8 9 10; do
	state=$(sed 's/.*) //; s/ .*//' "/proc/$orphan/stat" 2>/dev/null)
	case $state in "" | Z | X) break ;; esac
	sleep 0.1
done
case $state in
"" | Z | X) ok orphan_killed ;;
*) not_ok orphan_killed "process $orphan is in state $state" ;;
esac

# slow and full tests
sets()
{
	printf 'test %s\n' "$TMP/made/good.sh" "$TMP/made/lying.sh" "$TMP/made/bad.sh" >fake/tests/list
	printf 'slow tests/lying.sh\nfull tests/bad.sh\noutput tests/good.sh\n' >>fake/tests/list
	MDESC_TESTS=$1 "$MDESC_SRC/tests/run" -B fake >sum 2>sum.err
	rc=$?
	last=$(tail -n 1 sum)
}
sets brief
expect set_brief 1 "0 passed, 0 failed, 1 skipped"
sets quick
expect set_quick 0 "2 passed, 0 failed, 1 skipped"
sets normal
expect set_normal 1 "3 passed, 1 failed, 1 skipped"
sets full
expect set_full 1 "4 passed, 2 failed, 0 skipped"

finish

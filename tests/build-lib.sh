# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# shellcheck shell=bash
#
# For tests that build the project in another way, beside lib.sh.  The sources must have a configure script.

# step NAME COMMAND...: like check, but shows the end of the output, where makefiles tell what went wrong, and ends
# the test on failure.
step()
{
	local name=$1
	shift
	if "$@" >"$TMP/step.log" 2>&1; then
		ok "$name"
		return 0
	fi
	not_ok "$name" "failed: $*"
	tail -n 40 "$TMP/step.log" | sed 's/^/# /'
	exit 1
}

# build_in FOLDER ARG...: configures the sources with these arguments and compiles all, and the programs of tests, or
# those that $programs names.
build_in()
{
	local folder=$1 targets=check-programs
	shift
	[ -z "${programs+set}" ] || targets="tests/list ${programs[*]/#/tests/}"
	mkdir -p "$folder"
	step "$folder-configure" env -C "$folder" "$MDESC_SRC/configure" --quiet "$@"
	# shellcheck disable=SC2086
	step "$folder-build" make -s -C "$folder" all $targets
}

# same_output FOLDER: its mdescc made of the descriptions that are shipped, byte for byte, what the main build's did.
same_output()
{
	(cd "$MDESC_BUILD/firmware-descs" && find . -type f ! -name '*.d' | sort) >made
	(cd "$1/firmware-descs" && find . -type f ! -name '*.d' | sort) >made.there
	check "$1-some-output" test -s made
	same "$1-same-output" made made.there
	while read -r file; do
		cmp "$MDESC_BUILD/firmware-descs/$file" "$1/firmware-descs/$file" 2>&1 || :
	done <made >differing
	same "$1-same-bytes" /dev/null differing
}

# test_in FOLDER [TEST...]: runs the brief tests there, or these; passes on what failed.
test_in()
{
	local folder=$1
	shift
	if MDESC_TESTS=brief MDESC_REQUIRE= "$MDESC_SRC/tests/run" -j 1 -B "$folder" "$@" >"$TMP/tests.log" 2>&1; then
		ok "$folder-tests"
		return 0
	fi
	not_ok "$folder-tests"
	sed -n '/^not ok/,$p' "$TMP/tests.log" | head -n 150 | sed 's/^/# /'
	return 1
}

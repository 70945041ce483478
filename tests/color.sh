#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Colours of mdescc's diagnostics: on a terminal that is not dumb, unless NO_COLOR, CLICOLOR_FORCE or --color say
# otherwise. Without the colours the text is the same.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
unset NO_COLOR CLICOLOR CLICOLOR_FORCE

printf 'mdesc 1;\nconst a = 1;\nstruct \033[31m { }\n' >bad.mdesc
"$MDESCC" --color=never bad.mdesc 2>plain
check plain-has-none sh -c '! grep -q "$(printf "\033")" plain'
matches plain-says-it 'bad.mdesc:3:8: error: ' plain

# colored NAME WANT FILE: whether there are colours in it, and nothing else that is new.
colored()
{
	local name=$1 want=$2 got=no

	# A pty turns newlines into CR LF.
	tr -d '\r' <"$3" >got
	grep -q $'\033' got && got=yes
	equal "$name" "$want" "$got"
	sed 's/\x1b\[[0-9;]*m//g' got >stripped
	same "$name-text" plain stripped
}

# piped NAME WANT [VARIABLE=VALUE...] [OPTION...]
piped()
{
	local name=$1 want=$2 set=()

	shift 2
	while [[ ${1:-} == *=* && ${1:-} != -* ]]; do
		set+=("$1")
		shift
	done
	env TERM=xterm "${set[@]}" "$MDESCC" "$@" bad.mdesc 2>piped
	colored "$name" "$want" piped
}

piped pipe no
piped pipe-always yes --color=always
piped pipe-forced yes CLICOLOR_FORCE=1
piped pipe-not-forced no CLICOLOR_FORCE=0
piped pipe-empty-force no CLICOLOR_FORCE=
piped pipe-no-wins no CLICOLOR_FORCE=1 NO_COLOR=1
piped pipe-never-wins no CLICOLOR_FORCE=1 --color=never
piped pipe-always-wins yes NO_COLOR=1 --color=always
piped pipe-last-wins no --color=always --color=never
piped pipe-next-word yes --color always
piped pipe-auto no --color=always --color=auto

CLICOLOR_FORCE=1 "$MDESCC" --diagnostics=json --color=always bad.mdesc 2>json
check json-has-none sh -c '! grep -q "$(printf "\033")" json'
CLICOLOR_FORCE=1 "$MDESCC" --nonsense 2>usage
matches usage-too $'^\033\\[1;31mmdescc: \033\\[munknown option' usage
run_expect not-an-option 2 "$MDESCC" --colorful bad.mdesc
matches not-an-option-says "unknown option '--colorful'" err

# ---- a terminal ----

need python3
cat >terminal.py <<'END'
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
END

# terminal NAME WANT [VARIABLE=VALUE...] [OPTION...]
terminal()
{
	local name=$1 want=$2 set=()

	shift 2
	while [[ ${1:-} == *=* && ${1:-} != -* ]]; do
		set+=("$1")
		shift
	done
	python3 terminal.py env -u TERM "${set[@]}" "$MDESCC" "$@" bad.mdesc </dev/null >tty
	equal "$name-status" 1 $?
	colored "$name" "$want" tty
}

terminal tty yes TERM=xterm-256color
terminal tty-dumb no TERM=dumb
terminal tty-no-term no
terminal tty-no-color no TERM=xterm NO_COLOR=1
terminal tty-any-value no TERM=xterm NO_COLOR=0
terminal tty-empty-no-color yes TERM=xterm NO_COLOR=
terminal tty-never no TERM=xterm --color=never
terminal tty-dumb-forced yes TERM=dumb CLICOLOR_FORCE=1
terminal tty-off no TERM=xterm CLICOLOR=0
terminal tty-on yes TERM=xterm CLICOLOR=1
terminal tty-off-forced yes CLICOLOR=0 CLICOLOR_FORCE=1
finish

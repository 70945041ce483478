# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# shellcheck shell=bash
#
# Completion of mdescc for bash. Options, kinds and checks are asked from the command itself, so that they are those
# of the version that is installed.

# The options that `--help` of the command and its words names, one a line; those with a value behind = end in it.
_mdescc_options()
{
	"$@" --help 2>/dev/null | grep '^ *-' | grep -oE '(^| ) *--?[A-Za-z][A-Za-z-]*=?' |
		sed 's/^ *//; s/NAME$//; /^-W$/d' | sort -u
}

_mdescc_kinds()
{
	"$1" --help 2>/dev/null | sed -nE '/--emit=/,/^ {1,4}-[^-]/s/^ {16,}([a-z0-9_-]+) .*/\1/p'
}

# The checks that -W takes.
_mdescc_checks()
{
	"$1" --list-checks 2>/dev/null | sed -nE 's/^\| `([a-z0-9-]+)` \| [a-z]+ \| (default|-W[a-z]+) \|.*/\1/p'
}

# Words to choose from, each with $1 in front; the rest of the arguments begins with what is typed.
_mdescc_words()
{
	local before=$1 typed=$2 word

	while read -r word; do
		COMPREPLY+=("$before$word")
	done < <(compgen -W "$3" -- "$typed")
	# No blank behind what a value follows.
	[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *[=-] ]] || compopt -o nospace 2>/dev/null
}

# Files whose names match the pattern $2, and directories.
_mdescc_files()
{
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -X "!$2" -- "$1"; compgen -d -- "$1")
}

# The value of the option $2, of which $3 is typed; $4 stands in front of it in the word.
_mdescc_value()
{
	local command=$1 option=$2 typed=$3 before=$4 list=

	case $option in
	--emit)
		[[ $typed != *,* ]] || list=${typed%,*},
		_mdescc_words "$before$list" "${typed##*,}" "$(_mdescc_kinds "$command")"
		compopt -o nospace 2>/dev/null
		;;
	--diagnostics) _mdescc_words "$before" "$typed" "text json" ;;
	--stats) _mdescc_words "$before" "$typed" "text json" ;;
	--embed) _mdescc_words "$before" "$typed" "xdp" ;;
	--color) _mdescc_words "$before" "$typed" "auto always never" ;;
	-Werror | -Wno-error) _mdescc_words "$before" "$typed" "$(_mdescc_checks "$command")" ;;
	-I | -d)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$typed")
		;;
	-D | -MT | --release | --opt-steps | --target) ;;
	*) _mdescc_files "$typed" '*' ;;
	esac
}

_mdescc()
{
	local command=$1 cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	if [[ ${COMP_WORDS[1]} == fmt && $COMP_CWORD -gt 1 && $cur == -* ]]; then
		_mdescc_words "" "$cur" "$(_mdescc_options "$command" fmt)"
		return
	fi
	# bash cuts words at = (COMP_WORDBREAKS).
	if [[ $cur == = && $prev == -* ]]; then
		_mdescc_value "$command" "$prev" "" ""
	elif [[ $prev == = ]]; then
		_mdescc_value "$command" "${COMP_WORDS[COMP_CWORD - 2]}" "$cur" ""
	elif [[ $cur == -*=* ]]; then
		_mdescc_value "$command" "${cur%%=*}" "${cur#*=}" "${cur%%=*}="
	elif [[ $prev == -[IdoD] || $prev == -M[FT] || $prev == --@(emit|kernel-btf|release|opt-steps|target|diagnostics|embed|color) ]]; then
		_mdescc_value "$command" "$prev" "$cur" ""
	elif [[ $cur == -W* ]]; then
		local checks
		checks=$(_mdescc_checks "$command")
		_mdescc_words "" "$cur" "-Wall -Wextra -Werror -Werror= -Wno-error -Wno-error= $(printf ' -W%s -Wno-%s' \
			$(for check in $checks; do echo "$check" "$check"; done))"
	elif [[ $cur == -* ]]; then
		_mdescc_words "" "$cur" "$(_mdescc_options "$command")"
	else
		_mdescc_files "$cur" '*.mdesc'
		[[ $COMP_CWORD != 1 || fmt != "$cur"* ]] || COMPREPLY+=(fmt)
	fi
}
complete -F _mdescc mdescc

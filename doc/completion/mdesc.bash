# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# shellcheck shell=bash
#
# Completion of mdesc for bash. Commands and options are asked from the command itself, so that they are those of the
# version that is installed.

_mdesc_commands()
{
	"$1" --help 2>/dev/null | sed -nE 's/^  ([a-z][a-z-]*)  +[a-z].*/\1/p'
}

# The options of the command $2, one a line.
_mdesc_options()
{
	"$1" "$2" --help 2>/dev/null | sed -nE 's/^ +(-[a-zA-Z], )?(--[a-z][a-z-]*).*/\1\2/p' | sed 's/, /\n/'
}

# What the value of the option $3 of $2 is called in the help: NAME, FILE, ...; nothing if it has none.
_mdesc_value_of()
{
	"$1" "$2" --help 2>/dev/null | sed -nE "s/^ +(-[a-zA-Z], +)?(--[a-z-]+)[ =]([A-Z]+).*/\1\2 \3/p" |
		sed -nE "/(^|, +)$3[, ]/s/.* //p"
}

# Files whose names match one of the patterns behind $1, and directories.
_mdesc_files()
{
	local pattern

	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(for pattern in "${@:2}"; do compgen -f -X "!$pattern" -- "$1"; done; compgen -d -- "$1")
}

# The value $4, so far, of the option $3 of $2.
_mdesc_value()
{
	local kind classes

	kind=$(_mdesc_value_of "$1" "$2" "$3")
	case $3:$kind in
	*:) return 1 ;;
	--module:*) mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/kernel/btf 2>/dev/null)" -- "$4") ;;
	*:CLASS)
		classes="breaks wrong behaviour limits compatible documentation"
		[[ $2 != check ]] ||
			classes="moved resized guarded kernel possibly-unguarded will-not-load reads-wrong none"
		mapfile -t COMPREPLY < <(compgen -W "$classes" -- "$4")
		;;
	*:RULE) mapfile -t COMPREPLY < <(compgen -W "$("$1" "$2" --list-rules 2>/dev/null |
		sed -nE 's/^  ([a-z][a-z-]*) .*/\1/p')" -- "$4") ;;
	--object:*) _mdesc_files "$4" '*.o' ;;
	*:IMAGE) _mdesc_files "$4" '*.fw' ;;
	*:WHICH) mapfile -t COMPREPLY < <(compgen -W "all used" -- "$4") ;;
	*:MODE) mapfile -t COMPREPLY < <(compgen -W "native generic auto" -- "$4") ;;
	*:WHEN) mapfile -t COMPREPLY < <(compgen -W "yes no auto" -- "$4") ;;
	*:FORMAT) mapfile -t COMPREPLY < <(compgen -W "raw c" -- "$4") ;;
	*:FILE) _mdesc_files "$4" '*' ;;
	*:OBJ) _mdesc_files "$4" '*.o' ;;
	*:IMAGE) _mdesc_files "$4" '*.fw' ;;
	*:DIR) _mdesc_files "$4" ;;
	*:IF) mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$4") ;;
	esac
}

_mdesc()
{
	local command=$1 cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} sub=${COMP_WORDS[1]:-}

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_mdesc_commands "$command") --help --version" -- "$cur")
		return
	fi
	# bash cuts words at = (COMP_WORDBREAKS).
	if [[ $prev == = ]]; then
		_mdesc_value "$command" "$sub" "${COMP_WORDS[COMP_CWORD - 2]}" "$cur" && return
	elif [[ $cur == = ]]; then
		_mdesc_value "$command" "$sub" "$prev" "" && return
	elif [[ $prev == -* ]]; then
		_mdesc_value "$command" "$sub" "$prev" "$cur" && return
	fi
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_mdesc_options "$command" "$sub")" -- "$cur")
	elif [[ $sub == find || $sub == attach || $sub == detach || $sub == status || $sub == watch ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$cur")
	elif [[ $sub == update ]]; then
		_mdesc_files "$cur" '*.fw'
		mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$cur")
	elif [[ $sub == check && " ${COMP_WORDS[*]} " != *" --image "* ]]; then
		_mdesc_files "$cur" '*.o'
	elif [[ $sub == run ]]; then
		_mdesc_files "$cur" '*.fw' '*.pcap' '*.pcapng'
	elif [[ $sub == exec ]]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
	else
		_mdesc_files "$cur" '*.fw'
	fi
}
complete -F _mdesc mdesc

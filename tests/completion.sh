#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Completion of mdescc and mdesc: every option that --help names, every kind of output, every check, every command, and
# the files that fit; in bash by its variables, in zsh in a shell of its own on a pseudo terminal.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
dir=$MDESC_SRC/doc/completion
mkdir files bin
ln -s "$MDESCC" bin/mdescc
ln -s "$MDESC" bin/mdesc
PATH=$TMP/bin:$PATH

# ---- what must be there, found by other means than the completions' own ----

# long_options COMMAND...: each with its dashes
long_options()
{
	"$@" --help | grep -o -- '--[a-z][a-z-]*' | sort -u
}

# short_options: of mdescc, as they stand at the beginning of a line or of a column
short_options()
{
	mdescc --help | tr -s ' ' '\n' | grep -E '^-[A-Za-z]+$' | grep -v '^-W.*NAME$' | sort -u
}

grep -oE '"[a-z0-9_-]+", +"[-.][A-Za-z0-9_./]+"' "$MDESC_SRC/compiler/emit.c" | sed 's/",.*//; s/"//' | sort -u >kinds
mdescc --list-checks | awk -F' *[|`] *' 'NR > 2 && $6 != "always" { print $3 }' | sort >checks
check knows-kinds test "$(wc -l <kinds)" -ge 6
check knows-checks test "$(wc -l <checks)" -ge 10
mdesc_commands=
have runtime && mdesc_commands=$(sed -nE 's/^\t\{ "([a-z]+)", +".*/\1/p' "$MDESC_SRC/runtime/mdesc.c")

# ---- asking ----

# bash cuts the line into words at blanks, and at = with blanks or not.
ask_bash()
{
	(
		cd files || exit
		# shellcheck disable=SC1090
		. "$dir/$1.bash"
		line=${2//=/ = }
		read -ra COMP_WORDS <<<"$line"
		[[ $line != *' ' || $2 == *= ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		COMPREPLY=()
		"_$1" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf '%s\n' "${COMPREPLY[@]}"
	) | sort -u
}

# zsh asks all lines at once (file lines), before the tests want them; ask_zsh reads what came.
ask_zsh()
{
	local n

	n=$(grep -nFx -- "$2" lines | head -n 1 | cut -d: -f1)
	sed -e 's|/$||; s|\\||g' "answers/${n:-none}" | sort -u
}

# ---- the tests; the first pass only collects the lines ----

# offers NAME LINE WORD...: they are among the answers
offers()
{
	local name=$1 line=$2 word missing=

	shift 2
	if [ "$shell" = collect ]; then
		printf '%s\n' "$line" >>lines
		return
	fi
	"ask_$shell" "${line%% *}" "$line" >got
	for word; do
		grep -qFx -- "$word" got || missing="$missing $word"
	done
	[ -z "$missing" ] && ok "$shell-$name" && return
	not_ok "$shell-$name" "'$line' does not offer:$missing; it offers:"
	diag_file got
}

# gives NAME LINE WORD...: the answers are exactly these
gives()
{
	local name=$1 line=$2

	shift 2
	if [ "$shell" = collect ]; then
		printf '%s\n' "$line" >>lines
		return
	fi
	"ask_$shell" "${line%% *}" "$line" >got
	equal "$shell-$name" "$(printf '%s\n' "$@" | sort -u | tr '\n' ' ')" "$(tr '\n' ' ' <got)"
}

all()
{
	local option command

	for option in $(long_options mdescc) $(short_options); do
		# Those that take their value behind = end in it.
		if mdescc --help | grep -qe "$option=[A-Z]"; then
			offers "mdescc$option=" "mdescc ${option%?}" "$option="
		else
			offers "mdescc$option" "mdescc ${option%?}" "$option"
		fi
	done
	gives emit 'mdescc --emit=' $(cat kinds)
	gives emit-word 'mdescc --emit ' $(cat kinds)
	gives emit-prefix 'mdescc --emit=he' header
	case $shell in
	bash) gives emit-list 'mdescc --emit=dump,he' dump,header ;;
	*) gives emit-list 'mdescc --emit=dump,he' header ;;
	esac
	gives diagnostics 'mdescc --diagnostics=' text json
	gives embed 'mdescc --embed=' xdp
	gives embed-word 'mdescc --embed ' xdp
	gives color 'mdescc --color=' auto always never
	gives color-word 'mdescc --color ' auto always never
	offers checks 'mdescc -W' $(sed 's/.*/-W& -Wno-&/' checks) -Wall -Wextra -Werror
	gives werror 'mdescc -Werror=' $(cat checks)
	offers wno 'mdescc -Wno-pad' -Wno-padding
	gives mdescc-files 'mdescc ' fmt a.mdesc 'b c.mdesc' sub
	gives mdescc-second 'mdescc -Wall a.' a.mdesc
	for option in $(long_options mdescc fmt); do
		if mdescc fmt --help | grep -qe "$option=[A-Z]"; then
			option=$option=
		fi
		offers "fmt$option" "mdescc fmt ${option%??}" "$option"
	done
	gives fmt-files 'mdescc fmt --check ' a.mdesc 'b c.mdesc' sub
	gives fmt-color 'mdescc fmt --color=a' auto always
	gives into-folder 'mdescc sub/' $([ "$shell" = zsh ] && echo x.mdesc || echo sub/x.mdesc)
	gives folders 'mdescc -d ' sub
	gives any-file 'mdescc -o ' a.fw a.mdesc 'b c.mdesc' c.pcap d.o e.txt sub
	gives kernel-btf 'mdescc --kernel-btf e' e.txt
	[ -n "$mdesc_commands" ] || return
	gives commands 'mdesc ' $mdesc_commands --help --version
	for command in $mdesc_commands; do
		for option in $(long_options mdesc "$command"); do
			offers "$command$option" "mdesc $command ${option%?}" "$option"
		done
	done
	gives images 'mdesc show ' a.fw sub
	gives images-more 'mdesc verify -q a.fw ' a.fw sub
	gives captures 'mdesc run a.fw ' a.fw c.pcap sub
	gives programs 'mdesc run --prog ' d.o sub
	gives exec-image 'mdesc exec --image ' a.fw sub
	offers exec-command 'mdesc exec --image a.fw mdes' mdesc mdescc
	gives formats 'mdesc btf -f ' raw c
	gives classes 'mdesc diff --fail-on w' wrong
	gives rules 'mdesc diff --ignore unit' unit-changed
	gives formats-long 'mdesc btf --format=' raw c
	gives any-output 'mdesc btf -o e' e.txt
	gives directories 'mdesc show --cert s' sub
}

mkdir files/sub answers
touch files/{a.mdesc,'b c.mdesc',a.fw,c.pcap,d.o,e.txt,sub/x.mdesc}
have runtime || skip mdesc runtime "$why"
shell=collect
all
shell=bash
all

# ---- bash, as one types ----

if have python3; then
	cat >terminal.py <<'END'
import os, pty, select, sys
# Types $2 into the command $1, and a line end once $3 came; prints what came.
pid, fd = pty.fork()
if not pid:
    os.execvp("sh", ["sh", "-c", sys.argv[1]])
os.write(fd, sys.argv[2].encode())
came = b""
while select.select([fd], [], [], 60)[0]:
    try:
        came += os.read(fd, 4096)
    except OSError:
        break
    if sys.argv[3].encode() in came:
        break
os.close(fd)
print(came.decode("utf-8", "replace"))
END
	printf 'PS1=; . "%s"; cd files; bind "set bell-style none"\n' "$dir/mdescc.bash" >rc
	python3 terminal.py "bash --rcfile rc -i" \
		$'mdescc --diag\tj\tb\t#' 'mdescc --diagnostics=json b\ c.mdesc #' >typed
	matches bash-typed 'mdescc --diagnostics=json b\\ c.mdesc #' typed
else
	skip bash-typed python3 "$why"
fi

# ---- zsh ----

if ! have zsh; then
	skip zsh zsh "$why"
	finish
elif ! have python3; then
	skip zsh python3 "$why"
	finish
fi
for file in "$dir"/_*; do
	check "zsh-syntax-${file##*/}" zsh -n "$file"
done
mkdir zdot
# Each line of `lines` as if it stood in front of the cursor; what compadd would add goes into a file.
cat >zdot/.zshrc <<END
PROMPT=
fpath=("$dir" \$fpath)
autoload -Uz compinit
compinit -D -u
compadd() {
	if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)(| *) ]]; then
		builtin compadd "\$@"
		return
	fi
	local -a found
	builtin compadd -A found "\$@"
	(( \$#found )) && print -rl -- \$found >>$TMP/answers/\$number
	builtin compadd "\$@"
}
capture() {
	_main_complete
	compstate[insert]= compstate[list]=
}
zle -C capture complete-word capture
zle-line-init() {
	local -a all
	all=("\${(@f)\$(<$TMP/lines)}")
	for (( number = 1; number <= \$#all; number++ )); do
		: >$TMP/answers/\$number
		BUFFER=\$all[number]
		CURSOR=\$#BUFFER
		zle capture
	done
	print done >$TMP/answers/end
	exit
}
zle -N zle-line-init
cd $TMP/files
END
: >answers/none
cat >run.py <<'END'
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(["zsh", "-d", "-i"])))
END
ZDOTDIR=$TMP/zdot TERM=xterm python3 run.py >zsh.log 2>&1
check zsh-asked test -s answers/end || diag_file zsh.log
shell=zsh
all
finish

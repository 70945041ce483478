#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdescc's command line: options, exit status, where outputs go, rules for make; and what happens when a folder cannot
# be written, a disk is full or a pipe is closed: a clear line, exit 2, and nothing half-written.
. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"

cat >good.mdesc <<'END'
mdesc 1;
include "part.mdesc";
const limit = 3;
device cli { driver "cli"; firmware "1"; }
struct cli_s { u32 x[limit]; }
source u32 hash;
metadata cli_meta { u32 hash = hash; u32 id = layout.id; }
descriptor cli_desc { cli_part part; cli_s s; }
header h { u8 a; }
parser cli_parser writes cli_meta { start s; state s { extract h; accept; } }
END
mkdir inc
echo 'mdesc 1; struct cli_part { u32 a; }' >inc/part.mdesc
cat >bad.mdesc <<'END'
mdesc 1;
struct s_one { u32 a; u32 a; }
struct s_two { nothing b; }
source u99 t;
header h { u8 x : 3; }
END
# what is there, by name
listing()
{
	(cd "$1" && ls -A | tr '\n' ' ')
}

# ---- usage: exit 2, one line and a hint ----

usage()
{
	local name=$1 want=$2
	shift 2
	run_expect "usage-$name" 2 "$MDESCC" "$@" && matches "usage-$name-says" "$want" err
	[ ! -s out ] || not_ok "usage-$name-stdout" "something was printed"
}

usage no-file 'no FILE.mdesc is given'
usage two-files 'one FILE.mdesc only' good.mdesc bad.mdesc
usage unknown-option "unknown option '--nonsense'" --nonsense good.mdesc
usage unknown-short "unknown option '-x'" -x good.mdesc
usage unknown-level "'-O3': -O0, -O1 or -O2" -O3 good.mdesc
usage level-text "'-O2x': -O0, -O1 or -O2" -O2x good.mdesc
usage no-level "'-O': -O0, -O1 or -O2" -O good.mdesc
usage no-steps "'--opt-steps' needs a value" good.mdesc --opt-steps
usage bad-steps "--opt-steps takes a number of steps, not '10k'" --opt-steps=10k good.mdesc
usage negative-steps "--opt-steps takes a number of steps, not '-1'" --opt-steps -1 good.mdesc
usage bad-prove "'--prove=x': --prove, or --prove=tell" --prove=x good.mdesc
usage bad-prove-steps "--prove-steps takes a number of steps, not '1s'" --prove-steps=1s good.mdesc
usage many-steps "steps, not '99999999999999999999'" --opt-steps 99999999999999999999 good.mdesc
usage bad-stats "--stats is text or json, not 'xml'" --stats=xml good.mdesc
usage unknown-kind "no kind 'pdf'" --emit=pdf good.mdesc
usage empty-kind '--emit' --emit= good.mdesc
usage o-two-kinds '-o takes exactly one kind' -I inc -o x --emit=btf,dump good.mdesc
usage o-default-kinds '-o takes exactly one kind' -I inc -o x good.mdesc
usage o-and-d '-o and -d' -I inc -o x -d . --emit=btf good.mdesc
usage stdin-without-o 'standard input needs -o' -
usage unknown-warning "no warning is called 'nonsense'" -Wnonsense good.mdesc
usage unknown-error "no warning is called 'nonsense'" -Wno-error=nonsense good.mdesc
usage define-nothing '-D takes NAME=VALUE' -D =3 good.mdesc
usage define-text '-D takes NAME=VALUE' -D limit=many good.mdesc
usage define-octal '-D takes NAME=VALUE' -D limit=017 good.mdesc
usage define-minus '-D takes NAME=VALUE' -D limit=--3 good.mdesc
usage define-small '-D takes NAME=VALUE' -D limit=-0x8000000000000001 good.mdesc
usage define-large '-D takes NAME=VALUE' -D limit=0x10000000000000000 good.mdesc
usage value-missing "needs a value" good.mdesc -o
usage mf-without-md '-MF, -MT and -MP go with -MD' -I inc -MF x.d good.mdesc
usage not-there 'nothing.mdesc: No such file' nothing.mdesc
usage folder 'inc: Is a directory' inc
equal usage-wrote-nothing "bad.mdesc err good.mdesc inc out " "$(listing .)"

run_expect help-short 0 "$MDESCC" -h
run_expect help 0 "$MDESCC" --help && matches help-text '^Usage: mdescc ' out
for kind in image header btf dump rows dot html kmod xdp xdp-metadata; do
	matches "help-knows-$kind" "^ +$kind " out
done
run_expect version 0 "$MDESCC" --version && matches version-text '^mdescc [0-9]' out
run_expect list-checks 0 "$MDESCC" --list-checks

# ---- outputs ----

run_expect default 0 "$MDESCC" -I inc good.mdesc
equal default-files "bad.mdesc err good.btf good.fw good.h good.mdesc inc out " "$(listing .)"
equal silent "" "$(cat out err)"
mkdir dir
run_expect d 0 "$MDESCC" -I inc -d dir good.mdesc
equal d-files "good.btf good.fw good.h " "$(listing dir)"
for file in good.btf good.fw good.h; do
	same "d-same-$file" $file dir/$file
done
run_expect emit-list 0 "$MDESCC" -Iinc --emit=dump,rows --emit dot -d dir good.mdesc
equal emit-list-files "good.btf good.dot good.dump good.fw good.h good.rows " "$(listing dir)"
run_expect o-file 0 "$MDESCC" -I inc --emit=dump -o named good.mdesc && same o-file-same dir/good.dump named
run_expect o-stdout 0 "$MDESCC" -I inc --emit=dump -o - good.mdesc && same o-stdout-same dir/good.dump out
cp good.mdesc same.mdesc
run_expect o-input 2 "$MDESCC" -I inc --emit=dump -o ./same.mdesc same.mdesc && same o-input-kept good.mdesc same.mdesc
cp inc/part.mdesc part-kept
run_expect d-include 2 "$MDESCC" -I inc --emit=dump -MD -MF inc/part.mdesc -o named good.mdesc &&
	same d-include-kept part-kept inc/part.mdesc
run_expect dashes 0 "$MDESCC" -I inc --emit=dump -o named -- good.mdesc
"$MDESCC" -I inc --emit=dump -o - - <good.mdesc >out 2>err
equal stdin 0 $?
same stdin-same dir/good.dump out
echo 'mdesc 1; const low = 1; enum cli_e : s8 { low_one = low }' >low.mdesc
run_expect define-negative 0 "$MDESCC" -D low=-3 --emit=dump -o - low.mdesc &&
	matches define-negative-value 'low_one = -3 ' out
run_expect define 0 "$MDESCC" -I inc -D limit=5 --emit=dump -o more good.mdesc
check define-counts grep -q '5' more
run_expect define-unused 0 "$MDESCC" -I inc -D limt=5 --emit=dump -o - good.mdesc &&
	matches define-unused-says '\[-Wunused-define\]' err
run_expect werror 1 "$MDESCC" -I inc -Werror -D limt=5 --emit=dump -o werror good.mdesc
check werror-writes-nothing test ! -e werror
run_expect werror-one 1 "$MDESCC" -I inc -Werror=unused-define -D limt=5 --emit=dump -o werror good.mdesc
run_expect w-no 0 "$MDESCC" -I inc -Wno-unused-define -D limt=5 --emit=dump -o - good.mdesc &&
	equal w-no-silent "" "$(cat err)"

# ---- a wrong description: all of it said, nothing written ----

mkdir none
run_expect wrong 1 "$MDESCC" -d none bad.mdesc
equal wrong-writes-nothing "" "$(listing none)"
for line in 2 3 4 5; do
	matches "wrong-says-line-$line" "^bad.mdesc:$line:[0-9]+: error: " err
done
equal wrong-stdout "" "$(cat out)"
# an older output stays as it was
echo old >none/bad.fw
run_expect wrong-again 1 "$MDESCC" -d none bad.mdesc
equal wrong-keeps-the-old "old" "$(cat none/bad.fw)"
# a missing include is a wrong description
run_expect no-include 1 "$MDESCC" -d none good.mdesc && matches no-include-says 'part.mdesc.* is not found' err

# ---- rules for make ----

run_expect md 0 "$MDESCC" -I inc -MD -d dir good.mdesc
tr -d '\\\n' <dir/good.d >rule
matches md-rule '^dir/good.fw dir/good.h dir/good.btf: +good.mdesc +inc/part.mdesc *$' rule
run_expect mt 0 "$MDESCC" -I inc -MD -MP -MF deps -MT 'a target' -d dir good.mdesc
matches mt-target '^a target:' deps
matches mp-phony '^inc/part.mdesc:$' deps
run_expect md-stdout 2 "$MDESCC" -I inc -MD --emit=dump -o - good.mdesc
mkdir 'a b'
cp good.mdesc 'a b/c$d.mdesc'
run_expect md-names 0 "$MDESCC" -I inc -MD -MF names -MP 'a b/c$d.mdesc'
matches md-quotes '^a\\ b/c\$\$d\.fw ' names

if have make; then
	mkdir mk
	cp -r good.mdesc inc mk/
	cat >mk/Makefile <<END
good.fw: good.mdesc
	$MDESCC -I inc -MD -MP -MF good.d -MT \$@ good.mdesc
-include good.d
END
	check make-builds make -C mk
	check make-is-done make -C mk -q
	sleep 0.1
	touch -d '+2 seconds' mk/inc/part.mdesc
	run_expect make-sees-the-include 1 make -C mk -q
	touch -d '-10 seconds' mk/inc/part.mdesc
	rm mk/inc/part.mdesc
	run_expect make-misses-the-include 2 make -C mk
	matches make-says-so 'part.mdesc.* is not found' err
else
	skip make make "$why"
fi

# ---- where nothing can be written ----

# fails NAME WANT COMMAND...: exit 2, one line that says WANT
fails()
{
	local name=$1 want=$2
	shift 2
	run_expect "$name" 2 "$@" || return
	matches "$name-says" "$want" err
	equal "$name-in-one-line" 1 "$(wc -l <err)"
}

fails no-folder 'nowhere/good.fw.*: No such file or directory' "$MDESCC" -I inc -d nowhere good.mdesc
fails file-as-folder 'good.mdesc/good.fw.*: Not a directory' "$MDESCC" -I inc -d good.mdesc good.mdesc
fails folder-as-file ': Is a directory' "$MDESCC" -I inc --emit=btf -o dir good.mdesc
fails proc '/proc/' "$MDESCC" -I inc -d /proc good.mdesc
mkdir fail
mkdir fail/good.btf
fails one-of-three ': Is a directory' "$MDESCC" -I inc -d fail good.mdesc
equal one-of-three-leaves-nothing "good.btf " "$(listing fail)"
fails full-device 'No space left on device' sh -c '"$1" -I inc --emit=dump -o - good.mdesc >/dev/full' - "$MDESCC"
fails full-help 'No space left on device' sh -c '"$1" --help >/dev/full' - "$MDESCC"
fails full-list 'No space left on device' sh -c '"$1" --list-checks >/dev/full' - "$MDESCC"
fails closed-stdout 'standard output: ' sh -c '"$1" -I inc --emit=dump -o - good.mdesc >&-' - "$MDESCC"

# A closed pipe: more than a pipe holds, and nobody reads.
{
	cat good.mdesc
	for i in $(seq 1 6000); do
		echo "struct cli_many_$i { u32 a; u64 b @ 8; }"
	done
} >large.mdesc
"$MDESCC" -I inc -Wno-padding --emit=dump -o large.dump large.mdesc 2>err
[ "$(wc -c <large.dump)" -gt 100000 ] || not_ok closed-pipe-size "large.dump is small: $(wc -c <large.dump)"
{
	"$MDESCC" -I inc -Wno-padding --emit=dump -o - large.mdesc 2>pipe.err
	echo $? >pipe.rc
} | true
equal closed-pipe 2 "$(cat pipe.rc)"
matches closed-pipe-says 'Broken pipe' pipe.err

# A disk that fills up while several outputs are written, and a read-only one.
# A link to a file without a name, as /dev/stdout is one at times: written to, and still a link.
bash -c 'exec 5>unlinked; rm unlinked; ln -sf /proc/self/fd/5 link5; "$1" -I inc --emit=header -o link5 good.mdesc
	stat -L -c %s link5 >size5' - "$MDESCC" 2>err5
equal output-unlinked "symbolic link" "$(stat -c %F link5)"
equal output-unlinked-size "$("$MDESCC" -I inc --emit=header -o - good.mdesc 2>err | wc -c)" "$(cat size5)"
rm -f link5

if have root && unshare -m sh -c 'mkdir -p full && mount -t tmpfs -o size=64k none full' 2>/dev/null; then
	mkdir -p full
	unshare -m sh -c '
		mount -t tmpfs -o size=64k none full
		"$1" -I inc -Wno-padding -d full large.mdesc
		echo $? >disk.rc
		ls -A full >disk.left
		mkdir -p readonly
		mount -t tmpfs -o ro none readonly
		"$1" -I inc -d readonly good.mdesc 2>readonly.err
		echo $? >readonly.rc' - "$MDESCC" 2>disk.err
	equal full-disk 2 "$(cat disk.rc)"
	matches full-disk-says 'No space left on device' disk.err
	equal full-disk-leaves-nothing "" "$(cat disk.left)"
	equal read-only 2 "$(cat readonly.rc)"
	matches read-only-says 'Read-only file system' readonly.err
else
	skip full-disk root "${why:-no file systems can be mounted here}"
fi
finish

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# One description, several releases: which outputs there are and what they are called, what make is told, that each
# release is what a description of its own would be, in which order versions are, and what is said when one of several
# is wrong. tests/ok/release.mdesc has everything that can be gated.
. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"

cat >nic.mdesc <<'END'
mdesc 1;
device acme { driver "acme"; release "2.10.0", "1.4.0", "2.9.0"; }
source u32 hash;
source u64 now since "2.9.0" unit "ns";
metadata acme_meta {
	if (release >= "2.9.0") { u64 when = now; }
	u32 hash = hash;
	u32 layout_id = layout.id;
}
END
cat >old.mdesc <<'END'
mdesc 1;
device acme { driver "acme"; firmware "1.4.0"; }
source u32 hash;
metadata acme_meta {
	u32 hash = hash;
	u32 layout_id = layout.id;
}
END

# ---- outputs ----

run_expect all 0 "$MDESCC" -MD nic.mdesc
equal all-names "nic-1.4.0.btf nic-1.4.0.fw nic-1.4.0.h nic-2.10.0.btf nic-2.10.0.fw nic-2.10.0.h nic-2.9.0.btf \
nic-2.9.0.fw nic-2.9.0.h nic.d" "$(echo nic[-.][0-9d]*)"
equal deps "$(printf '%s %s %s: \\\n nic.mdesc' "$(echo nic-1.4.0.{fw,h,btf})" "$(echo nic-2.9.0.{fw,h,btf})" \
	"$(echo nic-2.10.0.{fw,h,btf})")" "$(cat nic.d)"
run_expect list-releases 0 "$MDESCC" --list-releases nic.mdesc
equal list-releases-order "1.4.0 2.9.0 2.10.0" "$(tr '\n' ' ' <out | sed 's/ $//')"
run_expect list-outputs 0 "$MDESCC" --list-outputs -d dir --emit=image,dump nic.mdesc
equal list-outputs-names "dir/nic-1.4.0.fw dir/nic-1.4.0.dump dir/nic-2.9.0.fw dir/nic-2.9.0.dump dir/nic-2.10.0.fw \
dir/nic-2.10.0.dump" "$(tr '\n' ' ' <out | sed 's/ $//')"
run_expect list-none 0 "$MDESCC" --list-releases old.mdesc
equal list-none-empty "" "$(cat out)"
run_expect list-outputs-plain 0 "$MDESCC" --list-outputs old.mdesc
equal list-outputs-plain-names "old.fw old.h old.btf" "$(tr '\n' ' ' <out | sed 's/ $//')"

# lists NAME WANTED ARG...: what is printed, on one line.
lists()
{
	local name=$1 want=$2
	shift 2
	run_expect "$name" 0 "$MDESCC" "$@" nic.mdesc
	equal "$name-names" "$want" "$(tr '\n' ' ' <out | sed 's/ $//')"
}
lists list-one "2.9.0" --list-releases --release=2.9.0
lists list-two "1.4.0 2.10.0" --release=2.10.0 --list-releases --release=1.4.0 --release=2.10.0
lists list-with-others "1.4.0 2.9.0 2.10.0" --list-releases -o x -MD
lists list-outputs-one "dir/nic-2.9.0.h dir/nic-2.9.0.btf" --release=2.9.0 --list-outputs -d dir --emit=btf,header -MD
lists list-outputs-o "x.h" --release=2.9.0 --list-outputs -o x.h --emit=header -MD
lists list-outputs-stdout "" --release=2.9.0 --list-outputs -o - --emit=header
check list-writes-nothing test ! -e x -a ! -e x.h -a ! -e x.h.d -a ! -e dir
run_expect list-no-such 2 "$MDESCC" --list-releases --release=3 nic.mdesc
matches list-no-such-says "no release '3'" err
run_expect list-outputs-many 2 "$MDESCC" --list-outputs --emit=btf -o x nic.mdesc
matches list-outputs-many-says 'one release: say which with --release' err
run_expect list-both 2 "$MDESCC" --list-outputs --list-releases nic.mdesc
matches list-both-says '--list-releases and --list-outputs exclude each other' err

mkdir one
run_expect one 0 "$MDESCC" --release=2.9.0 -d one -MD nic.mdesc
equal one-names "nic-2.9.0.btf nic-2.9.0.d nic-2.9.0.fw nic-2.9.0.h" "$(cd one && echo *)"
for suffix in fw h btf; do
	same "one-is-one-of-all.$suffix" nic-2.9.0.$suffix one/nic-2.9.0.$suffix
done
rm -rf one/*
run_expect two 0 "$MDESCC" --release=2.9.0 --release 1.4.0 --emit=btf -d one nic.mdesc
equal two-names "nic-1.4.0.btf nic-2.9.0.btf" "$(cd one && echo *)"
run_expect to-file 0 "$MDESCC" --release=2.9.0 --emit=btf -o file.btf nic.mdesc
same to-file-is-it nic-2.9.0.btf file.btf
run_expect stdin 0 "$MDESCC" --release=1.4.0 --emit=btf -o - - <nic.mdesc
same stdin-is-it nic-1.4.0.btf out

run_expect o-many 2 "$MDESCC" --emit=btf -o x nic.mdesc
matches o-many-says 'one release: say which with --release' err
run_expect no-such 2 "$MDESCC" --release=3 nic.mdesc
matches no-such-says "no release '3'" err
matches no-such-lists "1.4.0, 2.9.0, 2.10.0" err
run_expect no-line 2 "$MDESCC" --release=3 old.mdesc
matches no-line-says 'no `release` line' err
run_expect no-value 2 "$MDESCC" --release= nic.mdesc

# ---- make ----

cat >Makefile <<'END'
NIC := $(shell "$(MDESCC)" --list-outputs nic.mdesc)
all: $(NIC)
$(NIC) &: nic.mdesc
	@echo made
	@"$(MDESCC)" -MD -MF nic.d $<
-include nic.d
END
rm -f nic-* nic.d
if have make; then
	run_expect make 0 make -s MDESCC="$MDESCC"
	equal make-once made "$(cat out)"
	check make-all test -f nic-2.10.0.h -a -f nic-1.4.0.fw
	run_expect make-again 0 make -s MDESCC="$MDESCC"
	equal make-again-nothing "" "$(cat out)"
fi

# ---- each release is what a description of its own would be ----

"$MDESCC" -d . --emit=dump,rows,btf old.mdesc nic.mdesc 2>/dev/null
"$MDESCC" --emit=dump,header old.mdesc && "$MDESCC" --emit=dump,header nic.mdesc
same alone <(grep -v '^  release' nic-1.4.0.dump) old.dump
same alone-header <(grep -v '_RELEASE' nic-1.4.0.h) old.h
matches release-in-header '^#define MDESC_ACME_RELEASE "2.10.0"' nic-2.10.0.h
matches firmware-in-header '^#define MDESC_ACME_FIRMWARE "2.10.0"' nic-2.10.0.h
if have runtime; then
	"$MDESC" show nic-2.9.0.fw >out
	matches release-in-image '^release +2\.9\.0$' out
	matches firmware-in-image '^firmware +2\.9\.0$' out
	"$MDESC" show --json nic-2.9.0.fw >out
	matches release-in-json '"release": ?"2.9.0"' out
fi
run_expect everything 0 "$MDESCC" -I "$MDESC_INCLUDE" -Wno-unwritten -Wno-kernel-size -Werror -d . \
	"$MDESC_SRC/tests/ok/release.mdesc"
"$MDESCC" -D n=3 --emit=dump -o define.dump --release=2 - 2>err <<'END'
mdesc 1;
device acme { driver "acme"; firmware "b1"; release "1", "2"; }
const n = 1 until "2";
const n = 2 since "2";
struct acme_s { u8 a[n]; }
END
matches define 'u8\[3\] a' define.dump
matches own-firmware '^  firmware "b1"$' define.dump

# ---- mynic's two descriptions and the one for both: the same but for some words of documentation ----

mkdir mynic
check family "$MDESCC" -I "$MDESC_INCLUDE" -Wall -Wextra -Werror -d mynic --emit=dump,rows \
	"$MDESC_SRC/firmware-descs/mynic/family/mynic.mdesc"
for release in 1.4 2.0; do
	"$MDESCC" -I "$MDESC_INCLUDE" -d mynic --emit=dump,rows "$MDESC_SRC/firmware-descs/mynic/mynic-$release.mdesc"
	same "family-$release.rows" mynic/mynic-$release.rows mynic/mynic-$release.0.rows
	same "family-$release.dump" <(grep -v '///' mynic/mynic-$release.dump) \
		<(grep -v '///\|^  release' mynic/mynic-$release.0.dump)
	check "family-$release has layouts" grep -q '^metadata 0 mynic_metadata' mynic/mynic-$release.dump
done

# ---- the order of versions ----

# order RESULT VERSION...: as --list-releases has them
order()
{
	local want=$1 list
	shift
	list=$(printf ', "%s"' "$@")
	printf 'mdesc 1;\ndevice d { driver "d"; release %s; }\n' "${list#, }" >order.mdesc
	equal "order $*" "$want" "$("$MDESCC" --list-releases order.mdesc | tr '\n' ' ' | sed 's/ $//')"
}
order "1.9 1.10 1.10.1 2" 2 1.10.1 1.9 1.10
order "0 0.0.1 1.4 1.4.1 1.4-rc2 1.4-rc3 1.4b" 1.4.1 1.4b 1.4-rc3 1.4 1.4-rc2 0.0.1 0
order "b10 b2 22.31.1014 22.36.1010" 22.36.1010 b2 22.31.1014 b10
order "007 8 18446744073709551616 18446744073709551617" 18446744073709551617 8 007 18446744073709551616

# there EXPRESSION: the releases of 1.0, 1.5, 2.0, 2.0.1 in which the gate holds
there()
{
	local want=$1 gate=$2 release got=

	printf 'mdesc 1;\ndevice d { driver "d"; release "1.0", "1.5", "2.0", "2.0.1"; }\n%s\n' "$gate" >there.mdesc
	for release in 1.0 1.5 2.0 2.0.1; do
		"$MDESCC" --emit=dump -o there.dump --release=$release there.mdesc || got+="?"
		! grep -q '^struct d_there ' there.dump || got+="$release "
	done
	equal "there $gate" "$want" "${got% }"
}
s='struct d_there { u8 a; }'
there "1.5 2.0 2.0.1" "since \"1.5\" $s"
there "1.0" "until \"1.5\" $s"
there "1.5" "since \"1.5\" until \"2\" $s"
there "1.5" "struct d_there since \"1.5\" until \"2\" { u8 a; }"
there "2.0.1" "if (release > \"2.0\") { $s }"
there "1.0 1.5 2.0" "if (release <= \"2\") { $s }"
there "1.0 2.0 2.0.1" "if (release != \"1.5\") { $s }"
there "1.0 2.0" "if (release == \"1\" || \"2.0.0\" == release) { $s }"
there "1.5 2.0" "if (!(release == \"1\" || release > \"2.0.0\")) { $s }"
there "1.5 2.0" "if (\"1.0\" < release && \"2.0.1\" > release) { $s }"
there "2.0.1" "if (release < \"1.5\") { } else if (release < \"2.0.1\") { } else { $s }"
there "1.5" "if (release < \"2\") { if (release >= \"1.5\") { $s } }"

# ---- includes under gates: once in each release that has one of them ----

mkdir inc
echo 'mdesc 1; include "b.mdesc"; struct d_a { u8 a; }' >inc/a.mdesc
echo 'mdesc 1; struct d_there { u8 a; }' >inc/b.mdesc
cp inc/*.mdesc .
there "1.0 1.5 2.0 2.0.1" 'if (release < "2") { include "a.mdesc"; } else { include "b.mdesc"; }'
there "1.0 2.0.1" 'include "a.mdesc" until "1.5"; include "b.mdesc" since "2.0.1"; include "a.mdesc" until "1.5";'
there "1.0 1.5 2.0 2.0.1" 'include "a.mdesc" until "1.5"; include "b.mdesc"; include "a.mdesc" since "2.0.1";'
there "1.0 1.5 2.0 2.0.1" 'include "b.mdesc"; include "a.mdesc" since "2.0.1";'
# Files that include others twice, many levels deep, take no time.
for i in $(seq 1 60); do
	printf 'mdesc 1; if (release > "1.0") { include "c%d.mdesc"; } else { include "c%d.mdesc"; }\n' $((i + 1)) \
		$((i + 1)) >c$i.mdesc
done
echo "mdesc 1; $s" >c61.mdesc
there "1.0 1.5 2.0 2.0.1" 'include "c1.mdesc" since "1.0"; include "c1.mdesc" until "2.0.1";'

# ---- random families: release 2 is the description that the family was made of ----

seed=${MDESC_SEED:-1}
case ${MDESC_TESTS:-normal} in
quick) count=20 ;;
full) count=200 ;;
*) count=60 ;;
esac
wrong=
gates=0
for ((i = seed; i < seed + count && !${#wrong}; i++)); do
	"$MDESC_BUILD/tests/gen" "$i" --kind=both >random.mdesc
	awk -v seed="$i" -v prefix=rnd -f "$MDESC_SRC/tests/gate_text.awk" random.mdesc >family.mdesc
	sed 's/^device .*{$/&\n\trelease "2";/' random.mdesc >alone.mdesc
	gates=$((gates + $(grep -c 'since\|until\|release [<>=!]' family.mdesc)))
	"$MDESCC" --emit=image -o alone.fw alone.mdesc 2>alone.log &&
		"$MDESCC" --release=2 --emit=image -o family.fw family.mdesc 2>family.log &&
		cmp alone.fw family.fw >>family.log 2>&1 || wrong=$i
done
if [ -z "$wrong" ]; then
	ok "random families"
	check "random families have gates" test $gates -gt $((20 * count))
else
	not_ok "random families" "gen $wrong --kind=both, with tests/gate_text.awk -v seed=$wrong"
	diag_file alone.log
	diag_file family.log
	diag_file family.mdesc 1000
fi

# ---- what is wrong in one release only ----

sed 's/, *"2.9.0";/, "2.9.0"; /; s/u64 when = now/u64 when = nov/' nic.mdesc >wrong.mdesc
run_expect wrong 1 "$MDESCC" -d one wrong.mdesc
matches wrong-says "unknown source or constant 'nov'" err
matches wrong-where '^   note: in releases 2.9.0 and 2.10.0$' err
run_expect wrong-not-there 0 "$MDESCC" --release=1.4.0 -d one wrong.mdesc
run_expect wrong-json 1 "$MDESCC" --diagnostics=json -d one wrong.mdesc
matches wrong-json-where '"in releases 2.9.0 and 2.10.0"' err
equal wrong-once 1 "$(wc -l <err)"
finish

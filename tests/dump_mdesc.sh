#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# An image gives back the description that it was made from: mdesc dump --mdesc prints a text that compiles to the same
# image, byte for byte, on all descriptions of the tree and on random ones; of a family, on each release; with -D, with
# includes, with everything that may be gated. Then what a text looks like, and what is said where there is none.
# Deterministic: MDESC_SEED chooses other random descriptions.
. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need runtime

# back FILE [OPTION...]: all images of it. Prints what is wrong. The text is compiled with the same -O.
back()
{
	local file=$1 dir fw release option level=-O1
	shift
	for option; do
		[[ $option != -O? ]] || level=$option
	done
	dir=$(mktemp -d -p .)
	"$MDESCC" "$@" -Wno-kernel-size -I "$MDESC_INCLUDE" -d "$dir" --emit=image "$file" 2>"$dir/log" || {
		echo "$file: does not compile"
		cat "$dir/log"
		return 1
	}
	for fw in "$dir"/*.fw; do
		if ! "$MDESC" dump --mdesc -o "$dir/text.mdesc" "$fw" 2>"$dir/log" ||
		   ! "$MDESCC" $level --emit=image -o "$dir/again.fw" "$dir/text.mdesc" 2>"$dir/log" ||
		   ! cmp "$fw" "$dir/again.fw" >"$dir/log" 2>&1; then
			echo "$fw of $file:"
			head -n 40 "$dir/log"
			head -n 400 "$dir/text.mdesc"
			return 1
		fi
		# In the canonical form it is the same description, and stays as it is.
		if ! "$MDESCC" fmt - <"$dir/text.mdesc" >"$dir/form.mdesc" 2>"$dir/log" ||
		   ! "$MDESCC" fmt --check "$dir/form.mdesc" >"$dir/log" 2>&1 ||
		   ! "$MDESCC" $level --emit=image -o "$dir/form.fw" "$dir/form.mdesc" 2>"$dir/log" ||
		   ! cmp "$fw" "$dir/form.fw" >"$dir/log" 2>&1; then
			echo "$fw of $file, in the canonical form:"
			head -n 40 "$dir/log"
			head -n 400 "$dir/form.mdesc"
			return 1
		fi
	done
	rm -rf "$dir"
}

for file in "$MDESC_SRC"/firmware-descs/*/{,family/}*.mdesc \
	"$MDESC_SRC"/tests/{ok,refnic,bpf,tshark,run_mdesc,header}/*.mdesc; do
	case $file in */firmware-descs/std/* | */firmware-descs/targets/*) continue ;; esac
	args=()
	[ ! -f "${file%.mdesc}.args" ] || read -ra args <"${file%.mdesc}.args"
	check "back ${file#"$MDESC_SRC/"}" back "$file" "${args[@]}"
done
check "back all releases" back "$MDESC_SRC/tests/ok/release.mdesc"

# ---- random descriptions ----

seed=${MDESC_SEED:-1}
case ${MDESC_TESTS:-normal} in
quick) count=30 ;;
full) count=150 ;;
*) count=60 ;;
esac
wrong=
for kind in parser layout both; do
	mkdir random
	"$MDESC_BUILD/tests/gen" "$seed" --kind=$kind --prefix=r --dir=random --count=$((count / 3)) >/dev/null
	for file in random/*.mdesc; do
		back "$file" >log || { wrong=$file; break; }
	done
	if [ -z "$wrong" ]; then
		ok "random $kind"
	else
		name=$(basename "$wrong" .mdesc)
		not_ok "random $kind" "gen ${name#r} --kind=$kind --prefix=$name"
		diag_file log 60
	fi
	rm -rf random
	wrong=
done

# ---- what a text looks like ----

mkdir std
cat >part.mdesc <<'END'
mdesc 1;
// A comment.
header used { u8 kind; /* another */ u16 a : 3; u16 : 13; acme_enum e; }
header unused { u8 a; }
enum std_unused { a }
END
cat >nic.mdesc <<'END'
mdesc 1;
include "part.mdesc";
/// The device's.
/// Two lines; "quoted" \ and */.
device acme { driver "ac\"\\me"; prefix "acme"; release "1", "2.0"; match devlink "a" "1" until "2.0"; }
const unused = 3;
const n = 1 << 2;
const minus = 3;
/// An enum.
enum acme_enum : u8 { /// First.
 gone until "2.0", one, /// Second.
 since "2.0" two = n, three deprecated "no" until "2.0" }
/// Gone.
until "2.0" struct acme_gone { u8 a; }
source u32 hash;
packed struct acme_s { u8 x[n][2]; be32 word w @ 10 unit "u" { hi [31:16]; low [0]; }
acme_p *p; struct { u8 a; } in; union { u8 b; u8 c; }; }
struct acme_p { u8 a; }
metadata acme_meta {
	union u switch (kind) { one: be16 v; since "2.0" two, 7..9: u8 w; default: u8 d[2]; }
	acme_enum kind;
	if (release < "2.0") { reserved 5; } else if (release == "2.0") { /// Kept.
	reserved 1; u32 hash = (hash + 1) >> 0 & 0xff_ff; }
	u32 layout_id = layout.id;
}
parser acme_parser writes acme_meta {
	start s;
	arcs a { 1 : accept; 2, 3 &&& 0x0f : reject 16; }
	state s max 2 else reject loop {
		extract used as us[];
		select (us[last].kind, lookahead(0, 8)) { (1, _): s; (4..5, !0 + ~0 + 1 - -minus): drop;
		default: accept since "2.0"; default : drop until "2.0"; }
	}
	state unreached { accept; }
}
END
"$MDESCC" -D minus=-1 --release=2.0 --emit=image nic.mdesc 2>err
run_expect looks 0 "$MDESC" dump --mdesc nic-2.0.fw
same looks-so "$MDESC_SRC/tests/dump_mdesc.want" out
check looks-back back nic.mdesc
check looks-back-defined back nic.mdesc -D minus=-1 -D n=3
run_expect short-option 0 "$MDESC" dump -m -o text nic-2.0.fw
same to-file text "$MDESC_SRC/tests/dump_mdesc.want"

# ---- what is said ----

run_expect no-description-made 0 "$MDESCC" --no-description --emit=image --release=2.0 -o no.fw nic.mdesc
run_expect no-description 3 "$MDESC" dump --mdesc no.fw
matches no-description-says 'no.fw: the image holds no description' err
equal no-description-prints-nothing "" "$(cat out)"
check smaller test "$(stat -c %s no.fw)" -lt "$(stat -c %s nic-2.0.fw)"
run_expect damaged-made 0 cp nic-2.0.fw damaged.fw
printf 'x' | dd of=damaged.fw bs=1 seek=1000 conv=notrunc 2>/dev/null
run_expect damaged 5 "$MDESC" dump --mdesc damaged.fw
run_expect not-there 3 "$MDESC" dump --mdesc nowhere.fw
run_expect tables 0 "$MDESC" dump nic-2.0.fw
matches tables-header '^header 0 us of type used up to 2 times 4 bytes$' out
matches tables-state '^state 0 s needs key bytes 0x[0-9a-f]* max 2 else reject loop$' out
matches tables-row '^	1: 04/fe 00 extract us -> drop$' out
matches tables-op '^	[0-9]*: load hash$' out
# table NAME FILE REGEX...: the tables of a description of the tests have these lines
table()
{
	local name=$1 n=0
	run_expect "tables-$name-made" 0 "$MDESCC" -Wno-unwritten -I "$MDESC_INCLUDE" --emit=image -o "$name.fw" \
		"$MDESC_SRC/tests/$2"
	shift 2
	run_expect "tables-$name" 0 "$MDESC" dump "$name.fw"
	for regex; do
		matches "tables-$name-$((++n))" "$regex" out
	done
}

table classify refnic/classify.mdesc '^source 0 port: u8$' '^register 1 last bit 0 to 7$' \
	'^classify 0 level: u2, key 24 bits by ops [0-9.]+$' '^	[0-9]+: -- 05 00 -> 0x2$' '^	else -> 0x0$' \
	'^classify 1 ptype: kinds_ptype, key 35 bits by ops [0-9.]+$' '^	[0-9]*: key bit 8 to 23$' \
	'^	[0-9]*: load classify level$'
table config ok/tag-computed.mdesc '^config 0 rx_mode: acme_mode$' '^config 1 lanes: u8 unit lane$' \
	'^descriptor 0 acme_cqe [0-9]+ bytes, id 0x.*, [0-9]+ fields$' '^	[0-9]+: tag a = flags >> 4 & 3$' \
	'^	[0-9]+: derive scaled: u64 = len \* config.lanes$' '^	[0-9]+: tag qw = config.lanes when qw.type = 0$'
table computed ok/computed.mdesc '^	[0-9]+: alias tunnels\[0\].vni: u32 = .* when tunnels\[0\].flags & 8$' \
	'^	[0-9]+: valid tunnels\[0\].vni = tunnels\[0\].flags & 8$' '^	[0-9]+: derive ts: u64 = .* unit ns$' \
	'^	[0-9]+: derive kind: acme_hash = '
table signed refnic/signed.mdesc '^source [0-9]+ [a-z_]+: s[0-9]+'
run_expect tables-to-file 0 "$MDESC" dump -o tables nic-2.0.fw
same tables-to-file-same out /dev/null
check tables-in-file grep -q '^ops$' tables
run_expect no-image 2 "$MDESC" dump --mdesc
run_expect option-behind 0 "$MDESC" dump nic-2.0.fw --mdesc
same option-behind-same "$MDESC_SRC/tests/dump_mdesc.want" out
run_expect two-images 2 "$MDESC" dump --mdesc no.fw no.fw
run_expect to-nowhere 2 "$MDESC" dump --mdesc -o nowhere/x nic-2.0.fw
cat >plain.mdesc <<'END'
mdesc 1;
device acme { driver "acme"; }
descriptor acme_d { u32 a; }
END
check no-parser back plain.mdesc
finish

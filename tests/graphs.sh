#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Parse graphs with known figures (tests/graphs/): each becomes a description of one header per header and one state per
# header; on every machine refnic records what a model of the graph says; -O2 takes no more rows than -O1, and that none
# more than -O0; and on machines with parser-gen's limits no more than its figures. The table of rows is what it prints
# on the way. MDESC_GRAPHS names more files of this kind.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need python3
graphs=$MDESC_SRC/tests/graphs.py
shapes="1x2 2x2 4x2 1x4"
machines="tcam_generic npc_kpu_like ppv2_like ice_like parser_gen_1x2 parser_gen_1x4_loops"
every="tcam_generic parser_gen_1x2"
case ${MDESC_TESTS:-normal} in
quick) count=100 ;;
full) count=1000 machines="$machines tofino_like flex_node parser_gen_4x2 parser_gen_1x4 parser_gen_4x2_loops" ;;
*) count=300 ;;
esac

# rows LEVEL TARGET FILE: how many rows it takes, defaults not counted
rows()
{
	"$MDESCC" "$1" --target="$2" -I "$MDESC_INCLUDE" --emit=rows -o - "$3" 2>err |
		sed -n 's/^rows \([0-9]*\) of .*/\1/p'
}

# levels TARGET FILE: into n, at each level; more trouble never costs a row, nor a machine that is large enough
levels()
{
	local level
	for level in 0 1 2; do
		n[level]=$(rows -O$level "$1" "$2")
	done
	[ "${n[1]:-9999}" -le "${n[0]:-9999}" ] && [ "${n[2]:-9999}" -le "${n[1]:-9999}" ] ||
		worse="$worse $1:${n[0]}/${n[1]}/${n[2]}"
}

# runs NAME TARGET LEVEL: the packets, on that machine
runs()
{
	"$MDESCC" "$3" --target="$2" -I "$MDESC_INCLUDE" --emit=image -o it.fw "$1.mdesc" 2>err || return 1
	"$MDESC" run --json it.fw "$1.pcap" 2>err | python3 "$graphs" came >came
	cmp -s "$1.want" came
}

# what a machine of the kind lacks for a graph is said, and then there is nothing to run
lacks()
{
	grep -qE '\[target-(limit|feature|key)\]$' err
}

printf '# %-24s' rows
for target in $shapes "(known)" loops; do printf '%12s' "$target"; done
echo
for file in "$MDESC_SRC"/tests/graphs/*.graph ${MDESC_GRAPHS:-}; do
	for name in $(python3 "$graphs" list "$file"); do
		python3 "$graphs" describe "$file" "$name" >"$name.mdesc"
		python3 "$graphs" known "$file" "$name" >known
		python3 "$graphs" packets "$file" "$name" $count "$name.pcap" >"$name.want"
		run_expect "$name-compiles" 0 "$MDESCC" -Wall -Wextra -Werror --emit=image -o it.fw "$name.mdesc" ||
			continue
		if have runtime; then
			bad=
			for target in $machines; do
				runs "$name" $target -O1 || lacks || bad="$bad $target"
			done
			for target in $every; do
				for level in -O0 -O2; do
					runs "$name" $target $level || lacks || bad="$bad $target:$level"
				done
			done
			equal "$name-records-what-the-model-says" "" "$bad"
		fi
		best=
		more=
		worse=
		line=
		for shape in $shapes; do
			levels parser_gen_$shape "$name.mdesc"
			known=$(sed -n "s/^$shape //p" known)
			line+=$(printf '%6s %5s' "${n[2]:-none}" "${known:+($known)}")
			[ -z "$known" ] || [ "${n[2]:-9999}" -le "$known" ] || more="$more $shape:${n[2]}/$known"
			[ -n "$best" ] && [ "$best" -le "${n[2]:-9999}" ] || best=${n[2]:-9999}
		done
		for target in flex_node ice_like; do
			levels $target "$name.mdesc"
		done
		known=$(sed -n 's/^best //p' known)
		[ -z "$known" ] || [ "$best" -le "$known" ] || more="$more best:$best/$known"
		aim=$(sed -n 's/^aim //p' known)
		loops=$(rows -O2 parser_gen_1x4_loops "$name.mdesc")
		[ -z "$aim" ] || [ "${loops:-9999}" -le "$aim" ] || more="$more loops:$loops/$aim"
		printf '# %-24s%s%12s%6s %5s\n' "$name" "$line" "${known:+($known)}" "${loops:-none}" "${aim:+($aim)}"
		equal "$name-levels" "" "$worse"
		equal "$name-never-more-than-known" "" "$more"
	done
done
finish

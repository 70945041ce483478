#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdescc --prove for every machine of firmware-descs/targets/: shipped descriptions that have a parser, and the parse
# graphs of tests/graphs/, are compiled for each of them, and random parsers of known_gen.py for machines of their own.
# The lowering and every pass must be proved to have kept what the description says, or the description must be refused
# for what the machine lacks.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need python3
case ${MDESC_TESTS:-normal} in
quick) more= random=10 ;;
full) more="-O0 -O2" random=30 ;;
*) more=-O0 random=25 ;;
esac

steps=8000000
random_one=

# lacks: what the machine lacks is said, and nothing else is wrong
lacks()
{
	grep -q 'error: ' err && ! grep 'error: ' err | grep -qvE '\[target-(limit|feature|key)\]$'
}

# prove FILE [TARGETS]: for every machine, or these, at -O1; and at the other levels in turn
prove()
{
	local name target level status bad= proved=0 refused=0 others=($more) i=0
	name=$(basename "$1" .mdesc)
	for target in ${2:-$targets}; do
		for level in -O1 ${others[i++ % (${#others[@]} + 1)]:-}; do
			"$MDESCC" --prove=tell --prove-steps=$steps $level --target="$target" -I "$MDESC_INCLUDE" \
				--emit=rows -o rows "$1" 2>err
			status=$?
			if [ $status = 0 ] && grep -q '^proved: lower: ' err; then
				proved=$((proved + 1))
			elif [ $status = 1 ] && lacks; then
				refused=$((refused + 1))
			else
				bad="$bad $target:$level"
				diag_file err
			fi
		done
	done
	diag "$name: proved $proved times, refused $refused times"
	equal "$name" "" "$bad"
	[ "$random_one" ] || equal "$name-fits-some-machine" yes "$([ $proved -gt 0 ] && echo yes)"
}

targets=$(cd "$MDESC_INCLUDE/targets" && ls -- *.mdesc | sed 's/\.mdesc$//')
for file in $(grep -l '^parser ' "$MDESC_INCLUDE"/*/*.mdesc "$MDESC_SRC"/tests/tshark/*.mdesc | grep -v /std/); do
	case $more:$file in
	:*/protocols.mdesc) prove "$file" "generic parser_gen_4x2_loops" ;;	# a second and more for each
	*) prove "$file" ;;
	esac
done
for file in "$MDESC_SRC"/tests/graphs/*.graph; do
	for name in $(python3 "$MDESC_SRC/tests/graphs.py" list "$file"); do
		python3 "$MDESC_SRC/tests/graphs.py" describe "$file" "$name" >"$name.mdesc"
		prove "$name.mdesc"
	done
done
random_one=yes
for seed in $(seq 25 $((24 + random))); do
	python3 "$MDESC_SRC/tests/known_gen.py" "$seed" >"known-$seed.mdesc"
	prove "known-$seed.mdesc" "big narrow forward"
done

# An entry beyond the limit of a state is a step, too: without loops the error stays `steps`, or `loop`.
for steps in 2 3; do
	cat >steps.mdesc <<END
mdesc 1;
device nic { driver "nic"; firmware "1"; }
target few { loops no; steps $steps; }
parser p { start s; state s max 2 else reject 20 { advance 1; goto s; } }
END
	for level in -O0 -O1 -O2; do
		run_expect "steps-$steps$level" 0 "$MDESCC" $level --prove --target=few --emit=rows -o steps-$steps \
			steps.mdesc
	done
done
check one-step-less-takes-a-state test "$(grep -c '^state' steps-2)" -gt "$(grep -c '^state' steps-3)"
finish

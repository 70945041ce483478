#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The row table of ./dev bench: each graph of tests/graphs/ on each machine of firmware-descs/targets/, at -O0, -O1 and
# -O2, beside the known figure. Takes MDESC_SRC and MDESC_BUILD; `-` is what does not fit the machine.
set -eu
graphs=$MDESC_SRC/tests/graphs.py
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# rows LEVEL TARGET
rows()
{
	"$MDESC_BUILD/mdescc" "$1" --target="$2" -I "$MDESC_SRC/firmware-descs" --emit=rows -o - "$tmp/graph.mdesc" \
		2>/dev/null | sed -n 's/^rows \([0-9]*\) of .*/\1/p' | grep . || echo -
}

echo "Rows of parse graphs; known: those of parser-gen, best: on the best of its machines, aim: with computed lengths."
echo
echo "| graph | machine | -O0 | -O1 | -O2 | known |"
echo "|---|---|---|---|---|---|"
for file in "$MDESC_SRC"/tests/graphs/*.graph; do
	name=$(basename "$file" .graph)
	python3 "$graphs" describe "$file" "$name" >"$tmp/graph.mdesc"
	python3 "$graphs" known "$file" "$name" >"$tmp/known"
	for target in "$MDESC_SRC"/firmware-descs/targets/*.mdesc; do
		target=$(basename "$target" .mdesc)
		case $target in
		*_loops) known=$(sed -n 's/^aim /aim /p' "$tmp/known") ;;
		parser_gen_*) known=$(sed -n "s/^${target#parser_gen_} //p; s/^best /best /p" "$tmp/known") ;;
		*) known= ;;
		esac
		echo "| $name | $target | $(rows -O0 "$target") | $(rows -O1 "$target") |" \
		     "$(rows -O2 "$target") | $known |"
	done
done

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Programs that mean the same cost the same: random parsers are rewritten (metamorphic_ways.py), and both texts must
# take as many rows on each machine, or not be further apart than
# is known, and treat packets the same. A machine that can
# do more must not cost rows. Small programs, each written in several ways, take no more rows than are known.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need python3
have runtime || { skip metamorphic runtime "packets run on the images"; finish; exit; }
tool=$MDESC_SRC/tests/metamorphic.py
export MDESC MDESCC MDESC_INCLUDE PYTHONDONTWRITEBYTECODE=1
case ${MDESC_TESTS:-normal} in
quick) programs=6 machines=8 every=1 ;;
full) programs=24 machines=40 every=2 shipped=$MDESC_SRC/tests/tshark/oracle.mdesc ;;
*) programs=15 machines=20 every=1 ;;
esac

# nothing NAME ARGUMENT...: the tool has nothing to complain about
nothing()
{
	local name=$1
	shift
	if ! python3 "$tool" "$@" >said 2>err; then
		not_ok "$name" "the tool failed"
		diag_file err
		return
	fi
	grep '^#' said
	equal "$name" "" "$(grep -v '^#' said)"
}

graph_texts graphs
"$MDESC_SRC/tests/bench/gen-states.sh" 250 10 >graphs/many.mdesc	# of more than 2,000 rows
nothing small-programs-however-written small
nothing more-never-costs-rows monotone 1 $machines graphs/*.mdesc
nothing same-meaning-same-rows same 1 $programs $every
nothing shipped-however-written shipped "$MDESC_SRC"/firmware-descs/mynic/mynic-*.mdesc ${shipped:-}
finish

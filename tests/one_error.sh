#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# One mistake is one error: descriptions without one `;`, `{` or `}`, each of them in turn.
. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"

need python3
for file in std/tcp std/vxlan std/ipv4 mynic/mynic-1.4; do
	check "$file" python3 "$MDESC_SRC/tests/one_error.py" "$MDESCC" "$TMP" "$MDESC_SRC/firmware-descs/$file.mdesc"
done
finish

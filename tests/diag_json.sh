#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdescc --diagnostics=json says what the text form says, for every bad example, in lines that a JSON parser takes;
# its fixes mend what they are about; and no bytes of a path, an option or a source make a line that is no JSON.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need python3

# A copy, to apply fixes in; diagnostics name files as in the golden ones.
mkdir -p tree/tests
cp -r "$MDESC_SRC/tests/bad" tree/tests/bad
chmod -R u+w tree
ln -s "$MDESC_INCLUDE" tree/firmware-descs
cd tree || exit 99
python3 "$MDESC_SRC/tests/diag_json.py" "$MDESCC" "$TMP"
equal ended 0 $?

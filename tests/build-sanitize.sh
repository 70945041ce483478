#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The brief tests under the address and undefined-behaviour sanitizers.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/build-lib.sh"

build_in sanitize --enable-sanitize CFLAGS="-Og -g1"
same_output sanitize
test_in sanitize
finish

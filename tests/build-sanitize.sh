#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The quick tests under the address and undefined-behaviour sanitizers.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/build-lib.sh"

build_in sanitize --enable-sanitize CFLAGS="-O1 -g"
test_in sanitize
finish

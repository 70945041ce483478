#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# No warnings from gcc and clang, and what clang compiles passes tests of every part.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/build-lib.sh"

# The main build may have been made so already.
"$MDESC_BUILD/config.status" --config >main
if grep -q -- '--enable-werror' main && ! grep -q -e CC= -e CFLAGS= main; then
	ok gcc-build
else
	build_in gcc CC=gcc CFLAGS=-O2 --enable-werror
fi
need clang
build_in clang CC="$CLANG" CFLAGS=-O1 --enable-werror
same_output clang
test_in clang golden cli determinism core damage text_fuzz objects standin stitch run_mdesc check diff cover \
	random_table refnic_damage runtime_image
finish

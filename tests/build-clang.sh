#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# No warnings from gcc and clang, and what clang compiles passes the brief tests.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/build-lib.sh"

build_in gcc CC=gcc CFLAGS=-O2 --enable-werror
need clang
build_in clang CC="$CLANG" CFLAGS=-O2 --enable-werror
same_output clang
test_in clang
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Builds that leave something out work, and what tests ask of them still works.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/build-lib.sh"

# Neither BPF programs nor shared libraries, nor the libraries that are optional: what needs them says so.
programs=(damage have_bpf objects_tool sign_tool fetch_tool)
build_in no-bpf CFLAGS=-O0 --disable-bpf --disable-shared --disable-static-mdescc --without-libcrypto \
	--without-libdebuginfod
check no-bpf-has-none sh -c '! find no-bpf -name "*.bpf.o" | grep .'
same_output no-bpf
test_in no-bpf golden cli determinism mdesc_cmd objects run_mdesc
export HOME=$TMP/home
if [ -e no-bpf/mdesc ]; then
	run_expect no-libcrypto-sign 6 no-bpf/mdesc sign -k k -c c no-bpf/firmware-descs/mynic/mynic-1.4.fw
	matches no-libcrypto-sign-says 'mynic-1\.4\.fw: cannot be signed: built without libcrypto$' err
	unset DEBUGINFOD_CACHE_PATH XDG_CACHE_HOME
	run_expect no-libdebuginfod-fetch 6 no-bpf/mdesc fetch 00000000000000000000000000000000deadbeef
	matches no-libdebuginfod-fetch-says 'cannot be fetched: built without libdebuginfod$' err
fi
test_in no-bpf sign fetch

programs=(have_bpf)
build_in no-runtime CFLAGS=-O0 --disable-runtime --disable-bpf
check no-runtime-has-none test ! -e no-runtime/mdesc
same_output no-runtime
test_in no-runtime golden cli determinism stats

if grep -q '^MDESCC_LDFLAGS = -static-pie' "$MDESC_BUILD/Makefile"; then
	readelf -d "$MDESC_BUILD/mdescc" >out
	check static-mdescc sh -c '! grep -q NEEDED out'
else
	skip static-mdescc static-libraries "configure found that some are not there"
fi
readelf -d no-bpf/mdescc >out
matches no-static-mdescc 'NEEDED.*libbpf' out
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Signatures of images: what is asked for, what is refused and how that is said.

. "$MDESC_SRC/tests/lib.sh"
need runtime

img=$MDESC_BUILD/firmware-descs/mynic/mynic-1.4.fw
mkdir certs

# ---- every command that uses an image asks for the signature ----

# refused NAME COMMAND ARG...: class 5, nothing on standard output, and the reason
refused()
{
	local name=$1
	shift
	run_expect "$name" 5 "$MDESC" "$@"
	check "${name}_gives_nothing" test ! -s out
	matches "${name}_says_why" '^mdesc: .*/mynic-1\.4\.fw: is not signed, and a signature is required$' err
}

refused unsigned_show show --require-signature "$img"
refused unsigned_show_cert show --cert certs "$img"
refused unsigned_verify verify --require-signature "$img"
refused unsigned_decode decode --require-signature "$img" 00
refused unsigned_dump dump --require-signature "$img"
refused unsigned_dump_mdesc dump --mdesc --require-signature "$img"
refused unsigned_run run --require-signature "$img" "$MDESC_SRC/tests/captures/none.pcap"
refused unsigned_btf btf --require-signature "$img"
refused unsigned_btf_flat btf --flat --cert certs "$img"
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# With the C library musl: everything compiles without warnings, and a static mdescc passes its tests. Debian has no
# libelf, libbpf and nettle for musl; their static libraries were compiled for glibc, but all that they want of it and
# musl does not have are the checking variants of a few functions, which musl-chk.c has.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/build-lib.sh"
. "$MDESC_SRC/tests/debs-lib.sh"

root=$TMP/root
multiarch=$(gcc -print-multiarch 2>/dev/null)
[ "$multiarch" = x86_64-linux-gnu ] || { skip all debs "knows the folders of Debian's musl for amd64 only"; finish; }
debs_init "$debs_suite:amd64" && debs_unpack "$root" musl musl-dev musl-tools || {
	skip all debs "$why"
	finish
}

# What musl-gcc of musl-tools does, from this folder; what musl does not have (the kernel's and the libraries' headers)
# is found last. Always static: there is no loader installed.
sed "s,/usr/[a-z]*/x86_64-linux-musl,$root&,g" "$root/usr/lib/x86_64-linux-musl/musl-gcc.specs" >specs
printf '#!/bin/sh\nexec gcc "$@" -idirafter /usr/include/%s -idirafter /usr/include -static -specs %s/specs\n' \
	"$multiarch" "$TMP" >cc
chmod +x cc
mkdir static
for lib in bpf elf z nettle; do
	file=$(gcc -print-file-name=lib$lib.a)
	[ -e "$file" ] || { skip all debs "there is no static lib$lib"; finish; }
	cp "$file" static/
done
step chk ./cc -O1 -c "$MDESC_SRC/tests/musl-chk.c" -o chk.o

mkdir musl
step configure env -C musl "$MDESC_SRC/configure" --quiet --disable-bpf --disable-shared --disable-static-mdescc \
	--enable-werror CC="$TMP/cc" CFLAGS=-O1 LIBBPF_LIBS="-L$TMP/static -lbpf -lelf -lz $TMP/chk.o" LIBELF_LIBS=" " \
	NETTLE_LIBS="-L$TMP/static -lnettle" NETTLE_CFLAGS=" " MDESCC_FOR_BUILD="$MDESCC"
# The library's objects, too; the command would need libpcap.
step build make -s -C musl LDFLAGS=-all-static mdescc runtime/libmdesc.la tests/list
readelf -p .comment -l musl/mdescc >out 2>&1
check static sh -c '! grep -q "Requesting program interpreter" out'
nm musl/mdescc >out
matches is-musl '__libc_start_main_stage2|__init_libc' out
test_in musl golden cli determinism
finish

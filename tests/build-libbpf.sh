#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Builds against a newer libbpf, and the newer C library that it wants: Debian 13's, fetched, unpacked, and linked and
# run from there. The tests that call libbpf most pass with it.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/build-lib.sh"
. "$MDESC_SRC/tests/debs-lib.sh"

suite=trixie
root=$TMP/root
libs=$root/usr/lib/x86_64-linux-gnu
packages="libc6 libc6-dev linux-libc-dev libgcc-s1 libbpf-dev libbpf1 libelf-dev libelf1t64 zlib1g-dev zlib1g
	libzstd-dev libzstd1 nettle-dev libnettle8t64 libhogweed6t64 libgmp10 libjansson-dev libjansson4
	libpcap0.8-dev libpcap0.8t64 libdbus-1-3 libsystemd0 libcap2"

need runtime
if [ "$debs_arch" != amd64 ]; then
	skip all debs "the packages are named for amd64"
	finish
fi
# Word splitting: a list.
debs_init "$suite:amd64" && debs_unpack "$root" $packages || {
	skip all debs "$why"
	finish
}
# As base-files has it; linker scripts and the loader's own path go through these.
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"

# One word, for libtool: compiles and links with these libraries, and for their loader.
cat >cc <<END
#!/bin/sh
exec $CC --sysroot=$root -B$libs/ -L$libs -Wl,--dynamic-linker=$root/lib64/ld-linux-x86-64.so.2 \\
	-Wl,--disable-new-dtags,-rpath,$libs "\$@"
END
chmod +x cc

export PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$libs/pkgconfig:$root/usr/share/pkgconfig
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
version=$(pkg-config --modversion libbpf)
check newer sh -c "dpkg --compare-versions '$version' ge 1.5"
# libpcap's own .pc wants libdbus's development files, which are not needed.
programs=(damage core_pairs check_fuzz check_corpus stitch_tool stitch_fuzz objects_tool have_bpf bpf_cases bpf_net
	attach_cmd runtime_image)
build_in new CC="$TMP/cc" CFLAGS=-O0 LIBPCAP_CFLAGS="-I$root/usr/include" LIBPCAP_LIBS=-lpcap
unset PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_LIBDIR PKG_CONFIG_ALLOW_SYSTEM_CFLAGS
ldd new/mdesc >out
matches loads-it "libbpf.so.1 => $libs" out
awk '/=> \// && $3 !~ "^'"$root"'" && $1 !~ /ld-linux/' out >foreign
same loads-no-other /dev/null foreign
test_in new golden mdesc_cmd stitch core check standin objects loaders bpf damage runtime_image verdicts
finish

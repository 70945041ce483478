#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Builds for other machines, with Debian's cross compilers and libraries, which are fetched and unpacked: all of it for
# arm64, the compiler for s390x, which is big-endian. Under qemu they give the same bytes as the mdescc of this machine.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/build-lib.sh"
. "$MDESC_SRC/tests/debs-lib.sh"

# missing: ends the test where the packages are not to be had.
missing()
{
	skip "${1:-all}" debs "$why"
	finish
}

[ "$debs_arch" = amd64 ] || { why="the cross compilers are for amd64"; missing; }
debs_init "$debs_suite:amd64,arm64,s390x" || missing
# The runner says which compilers are for this machine.
unset CC
tool=$TMP/tool
libs=$tool/usr/lib/x86_64-linux-gnu

# toolchain GNU DEB: its compiler, C library and emulator.
toolchain()
{
	local gnu=$1-linux-gnu deb=$2 gcc version

	gcc=$(debs_depends "gcc-$gnu" "^gcc-[0-9]+-$gnu")
	version=$(echo "$gcc" | sed 's/^gcc-\([0-9]*\)-.*/\1/')
	debs_unpack "$tool" "$gcc" "cpp-$version-$gnu" "binutils-$gnu" "libc6-$deb-cross" "libc6-dev-$deb-cross" \
		"linux-libc-dev-$deb-cross" "libgcc-$version-dev-$deb-cross" "libgcc-s1-$deb-cross" || return
	ln -s "$gnu-gcc-$version" "$tool/usr/bin/$gnu-gcc"
	# The C library's linker scripts name absolute paths.
	grep -l 'GNU ld script' "$tool/usr/$gnu/lib"/*.so | xargs sed -i "s|/usr/$gnu/lib/|$tool/usr/$gnu/lib/|g"
}

# libraries FOLDER DEB: what mdesc links, and what that needs to run.
libraries()
{
	local folder=$1 package list=()
	local compiler="libelf-dev libelf1 libbpf-dev libbpf1 zlib1g-dev zlib1g nettle-dev libnettle8 libhogweed6
		libgmp10"
	local runtime="libjansson-dev libjansson4 libpcap0.8-dev libpcap0.8 libdbus-1-3 libdbus-1-dev libsystemd0
		libcap2 libgcrypt20 libgpg-error0 liblz4-1 liblzma5 libzstd1"

	[ "$2" = s390x ] && runtime=
	for package in $compiler $runtime; do
		list+=("$package:$2")
	done
	debs_unpack "$folder" "${list[@]}"
}

# cross GNU DEB ARG...: configures in build-GNU.
cross()
{
	local gnu=$1-linux-gnu root=$TMP/root-$2 folder=build-$1
	shift 2

	mkdir -p "$folder"
	env -C "$folder" PATH="$tool/usr/bin:$PATH" LD_LIBRARY_PATH="$libs" PKG_CONFIG_SYSROOT_DIR="$root" \
		PKG_CONFIG_LIBDIR="$root/usr/lib/$gnu/pkgconfig" PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
		PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 "$MDESC_SRC/configure" --quiet --host="$gnu" CFLAGS=-O0 \
		LDFLAGS="-Wl,-rpath-link,$root/usr/lib/$gnu:$root/lib/$gnu" "$@"
}

# emulate CPU DEB COMMAND...
emulate()
{
	local cpu=$1 root=$TMP/root-$2
	shift 2
	LD_LIBRARY_PATH=$libs "$tool/usr/bin/qemu-$cpu" -L "$tool/usr/$cpu-linux-gnu" \
		-E LD_LIBRARY_PATH="$root/usr/lib/$cpu-linux-gnu:$root/lib/$cpu-linux-gnu" "$@"
}

# same_outputs NAME "COMMAND" FILE...: all outputs of each are those of $MDESCC.
same_outputs()
{
	local name=$1 command=$2 file kinds=image,header,btf,dump,rows,dot,html n=0 args
	shift 2

	rm -rf here there
	mkdir here there
	for file; do
		args=
		[ -f "${file%.mdesc}.args" ] && args=$(cat "${file%.mdesc}.args")
		# Word splitting: a command, and options.
		"$MDESCC" -I "$MDESC_INCLUDE" $args --emit=$kinds -d here "$file" 2>here.err || continue
		n=$((n + 1))
		$command -I "$MDESC_INCLUDE" $args --emit=$kinds -d there "$file" 2>there.err
		cmp here.err there.err || cp there.err "there/$(basename "$file").err"
	done
	if [ $n -gt 0 ] && diff -rq here there >differences; then
		ok "$name"
	else
		not_ok "$name" "of $n descriptions"
		diag_file differences
	fi
}

descs=$(find "$MDESC_SRC/firmware-descs" -name '*.mdesc' ! -path '*/std/*' ! -path '*/targets/*' | sort)
debs_unpack "$tool" qemu-user libcapstone4 liburing2 || missing

# ---- s390x: another byte order ----

{ toolchain s390x s390x && libraries "$TMP/root-s390x" s390x; } || missing s390x
run_expect s390x-runtime-refused 1 cross s390x s390x
matches s390x-runtime-refused-text 'needs a little-endian machine: use --disable-runtime' err
step s390x-configure cross s390x s390x --disable-runtime --disable-bpf
step s390x-build env PATH="$tool/usr/bin:$PATH" LD_LIBRARY_PATH="$libs" make -s -C build-s390x mdescc
run_expect s390x-machine 0 readelf -h build-s390x/mdescc
matches s390x-machine-name 'IBM S/390' out
# Word splitting: file names without blanks.
same_outputs s390x-outputs "emulate s390x s390x build-s390x/mdescc" $descs "$MDESC_SRC"/tests/ok/*.mdesc

# ---- arm64: everything, with this machine's mdescc for the descriptions ----

{ toolchain aarch64 arm64 && libraries "$TMP/root-arm64" arm64; } || missing arm64
run_expect wrong-mdescc 1 cross aarch64 arm64 MDESCC_FOR_BUILD=/bin/true
matches wrong-mdescc-text 'MDESCC_FOR_BUILD must run on this machine, and be of this version' err
bpf=--enable-bpf
have clang || bpf=--disable-bpf
step arm64-configure cross aarch64 arm64 MDESCC_FOR_BUILD="$MDESCC" $bpf CLANG="$CLANG"
step arm64-install env PATH="$tool/usr/bin:$PATH" LD_LIBRARY_PATH="$libs" \
	make -s -C build-aarch64 install DESTDIR="$TMP/arm64"
bin=$TMP/arm64/usr/local/bin
for file in "$bin/mdescc" "$bin/mdesc" "$TMP/arm64/usr/local/lib/libmdesc.so"; do
	readelf -h "$file" >out 2>&1
	matches "arm64-machine-$(basename "$file")" 'Machine: *AArch64' out
done
same_outputs arm64-outputs "emulate aarch64 arm64 $bin/mdescc" $descs
same arm64-built-descriptions "$MDESC_BUILD/firmware-descs/mynic/mynic-1.4.fw" \
	build-aarch64/firmware-descs/mynic/mynic-1.4.fw

fw=build-aarch64/firmware-descs/mynic/mynic-1.4.fw
for command in "show $fw" "verify $fw" "run --json $fw $MDESC_SRC/tests/captures/stack.pcap"; do
	# Word splitting: command and arguments.
	have runtime && "$MDESC" $command >want 2>&1
	have runtime && run_expect "arm64-${command%% *}" 0 emulate aarch64 arm64 "$bin/mdesc" $command &&
		same "arm64-${command%% *}-output" want out
done
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# What other projects' builds get: from an installed prefix, the projects in tests/consumer build, build again only
# what has changed, and clean up: with make (also one older than 4.3, as far as its rules differ), autoconf, Kbuild
# against Debian's kernel headers, and pkg-config alone.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/build-lib.sh"
. "$MDESC_SRC/tests/debs-lib.sh"

prefix=$TMP/prefix
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
unset MDESCC MDESC V

# project NAME: a copy to work in, however the sources' modes are.
project()
{
	cp -r "$MDESC_SRC/tests/consumer/$1" "$TMP/" && chmod -R u+w "$TMP/$1"
	cd "$TMP/$1" || exit 99
}

# later FILE...: newer than all that is there, and not newer than what is made next.
before=$(date -d '-1 hour' +@%s)
later()
{
	find . "$prefix" -type f -exec touch -d "$before" {} +
	touch "$@"
}

# rebuilds NAME COUNT COMMAND...: ok if it succeeds and runs mdescc so many times.
rebuilds()
{
	local name=$1 want=$2
	shift 2
	run_expect "$name" 0 "$@" || return
	equal "$name-runs" "$want" "$(grep -c 'mdescc.*--emit\|^ *MDESCC ' "$TMP/out")"
}

mkdir build
step configure env -C build "$MDESC_SRC/configure" --quiet --disable-bpf --prefix="$prefix" CFLAGS=-O0
step build make -s -C build all
step install make -s -C build install

# ---- pkg-config ----

for module in mdesc mdescc; do
	[ $module = mdesc ] && ! have runtime && continue
	check "$module-mdescdir" test -s "$(pkg-config --variable=mdescdir $module)/std/headers.mdesc"
	check "$module-stddir" test -s "$(pkg-config --variable=stddir $module)/headers.mdesc"
done
for name in makefragment kbuildfragment mdescc; do
	check "variable-$name" test -s "$(pkg-config --variable=$name mdescc)"
done
check variable-aclocaldir test -s "$(pkg-config --variable=aclocaldir mdescc)/mdesc.m4"
cat >machine.mdesc <<'END'
mdesc 1;
include "std/headers.mdesc";
device acme { driver "acme"; firmware "1"; }
parser p { start s; state s { extract ethernet; select (ethernet.type) { 0x0800: accept; default: drop; } } }
END
check installed-target "$prefix/bin/mdescc" --target=tofino_like machine.mdesc
equal version "$("$prefix/bin/mdescc" --version)" "mdescc $(pkg-config --modversion mdescc)"
printf '#include <mdesc/format.h>\nint main(void) { return 0; }\n' >use.c
check cflags sh -c "$CC -Wall -Werror \$(pkg-config --cflags mdescc) -c use.c"
if have runtime; then
	project pkgconfig
	run_expect pkgconfig 0 make -s CC="$CC"
	equal pkgconfig-output "acme_metadata: 4 bytes" "$(cat "$TMP/out")"
	cd "$TMP" || exit 99
fi

# ---- make ----

# makes NAME ARG...: the project with a plain makefile.
makes()
{
	local name=$1
	shift
	rm -rf "$TMP/make"
	project make
	rebuilds "$name-first" 2 make -j2 "$@"
	equal "$name-output" "hash at 8 is 7, 24 bytes" "$(tail -n 1 "$TMP/out")"
	rebuilds "$name-again" 0 make "$@"
	rm out/acme.btf
	rebuilds "$name-gone" 1 make "$@" out/acme.btf
	later common.mdesc
	rebuilds "$name-include" 1 make -j2 "$@" out/acme.h out/acme.btf out/acme.fw
	rebuilds "$name-include-rest" 1 make -j2 "$@"
	later "$prefix/bin/mdescc"
	rebuilds "$name-compiler" 2 make "$@"
	mv common.mdesc other.mdesc && sed -i 's/"common.mdesc"/"other.mdesc"/' acme.mdesc && later acme.mdesc
	rebuilds "$name-renamed" 2 make "$@"
	echo 'int x;' >out/acme_regs.h
	rebuilds "$name-foreign" 0 make "$@" out/acme_regs.h
	rm out/acme_regs.h
	echo '}' >>acme.mdesc
	later acme.mdesc
	run_expect "$name-wrong" 2 make "$@"
	matches "$name-wrong-text" 'acme.mdesc:[0-9]*:1: error' "$TMP/err"
	run_expect "$name-clean" 0 make "$@" clean
	equal "$name-cleaned" "" "$(find out -type f)"
	cd "$TMP" || exit 99
}
makes make
makes old-make .FEATURES=

# From another folder than that of the sources, in folders with blanks in their names; of its own it has none.
mkdir -p "$TMP/out of/tree" && cp -r "$MDESC_SRC/tests/consumer/make" "$TMP/out of/" && chmod -R u+w "$TMP/out of"
cd "$TMP/out of/tree" || exit 99
printf 'VPATH = none:../make\nall: acme.h\nMDESC_SRCS = acme.mdesc\nMDESC_OUT := .\ninclude %s\n' \
	"$prefix/share/mdesc/mdesc.mk" >Makefile
rebuilds vpath 1 make -j2
check vpath-made test -s acme.h
rebuilds vpath-again 0 make
rebuilds vpath-include 1 make -W ../make/common.mdesc
run_expect blanks 2 make MDESC_OUT="of blanks"
matches blanks-text "mdesc.mk: 'of blanks' is more than one folder" "$TMP/err"
cd "$TMP" || exit 99

# family NAME ARG...: the project whose description has releases.
family()
{
	local name=$1
	shift
	rm -rf "$TMP/family"
	project family
	rebuilds "$name-first" 1 make -j2 "$@"
	equal "$name-output" "1.4.0: 8 bytes 2.0.0: 16 bytes" "$(tail -n 2 "$TMP/out" | paste -sd ' ')"
	equal "$name-made" "$(echo nic-{1.4.0,2.0.0}.{btf,fw,h} nic.mdesc.d)" "$(cd out && echo nic*)"
	rebuilds "$name-again" 0 make "$@"
	rebuilds "$name-one" 1 make "$@" one/nic-2.0.0.h
	equal "$name-one-made" "nic-2.0.0.btf nic-2.0.0.fw nic-2.0.0.h nic-2.0.0.mdesc.d" "$(cd one && echo *)"
	rm out/nic-1.4.0.btf
	rebuilds "$name-gone" 1 make "$@" out/nic-1.4.0.btf
	later kinds.mdesc
	rebuilds "$name-include" 1 make -j2 "$@" out/nic-2.0.0.h out/nic-1.4.0.fw
	rebuilds "$name-include-rest" 1 make "$@" one/nic-2.0.0.fw
	sed -i '/release/s/"2.0.0";/"2.0.0", "2.1.0";/' nic.mdesc
	later nic.mdesc
	rebuilds "$name-more" 1 make "$@" out/nic-2.1.0.h
	rm -r out
	rebuilds "$name-some" 1 make "$@" MDESC_RELEASES_nic='1.4.0 2.1.0' out/nic-2.1.0.fw
	equal "$name-some-made" "$(echo nic-{1.4.0,2.1.0}.{btf,fw,h}) nic-1.4.0-2.1.0.mdesc.d" \
		"$(cd out && echo nic*.[bfh]* nic*.d)"
	run_expect "$name-no-such" 2 make "$@" MDESC_RELEASES_nic=3 out/nic-3.h
	matches "$name-no-such-text" "there is no release '3'" "$TMP/err"
	run_expect "$name-no-file" 2 make "$@" out/nic-3.h
	rebuilds "$name-whole" 1 make "$@" out/nic-2.0.0.h
	run_expect "$name-clean" 0 make "$@" clean
	rebuilds "$name-from-nothing" 1 make "$@" out/nic-2.0.0.h
	echo '}' >>kinds.mdesc
	later kinds.mdesc
	run_expect "$name-wrong" 2 make "$@" out/nic-2.0.0.h
	matches "$name-wrong-text" 'kinds.mdesc:[0-9]*:1: error' "$TMP/err"
	echo 'int x;' >out/nic-own.h
	run_expect "$name-wrong-clean" 0 make "$@" clean
	equal "$name-wrong-cleaned" nic-own.h "$(cd out && echo *.[bfh]*)"
	cd "$TMP" || exit 99
}
family family
family old-family .FEATURES=

mkdir twice
cat >twice/Makefile <<'END'
MDESC_SRCS = ../make/acme.mdesc ../autoconf/acme.mdesc
include $(shell pkg-config --variable=makefragment mdescc)
all: ; @echo default
END
run_expect two-of-a-name 2 make -C twice
matches two-of-a-name-text 'two descriptions make acme.fw acme.h acme.btf: give one another folder' err
sed -i 's/^MDESC_SRCS.*/MDESC_EMIT = dump/' twice/Makefile
run_expect default-goal 0 make -s -C twice
equal default-goal-output default "$(cat out)"

# ---- autoconf ----

if have autoreconf; then
	project autoconf
	ACLOCAL_PATH=$(pkg-config --variable=aclocaldir mdescc)
	export ACLOCAL_PATH
	step autoreconf autoreconf -fi
	mkdir b
	with=
	have runtime || with=--without-runtime
	step autoconf-configure env -C b ../configure --quiet --prefix="$TMP/acme" CC="$CC" $with
	step autoconf-build make -C b -j2
	step autoconf-install make -s -C b install
	check autoconf-image test -s "$TMP/acme/share/acme/acme.fw"
	later src/common.mdesc
	rebuilds autoconf-again 1 make -C b V=1
	if have runtime; then
		run_expect autoconf-run 0 b/acme-image b/acme.fw
		equal autoconf-output "acme: firmware 1.0, the layout fits" "$(cat "$TMP/out")"
	fi
	sed -i 's/^AC_CONFIG_FILES/MDESC_RELEASES([NIC_RELEASES], [$srcdir\/src\/nic.mdesc])\n&/' configure.ac
	cp "$MDESC_SRC"/tests/consumer/family/{nic,kinds}.mdesc src
	echo 'EXTRA_DIST += src/nic.mdesc src/kinds.mdesc' >>Makefile.am
	step autoconf-again autoreconf -fi
	run_expect releases-all 0 env -C b ../configure --quiet CC="$CC" $with
	equal releases-found "1.4.0 2.0.0" "$(sed -n 's/^NIC_RELEASES = //p' b/Makefile)"
	run_expect releases-one 0 env -C b ../configure --quiet CC="$CC" $with NIC_RELEASES=2.0.0
	equal releases-chosen 2.0.0 "$(sed -n 's/^NIC_RELEASES = //p' b/Makefile)"
	run_expect releases-no-such 1 env -C b ../configure --quiet CC="$CC" $with NIC_RELEASES="2.0.0 3"
	matches releases-no-such-text 'nic.mdesc has no release 3, but 1.4.0 2.0.0' "$TMP/err"
	echo '}' >>src/kinds.mdesc
	run_expect releases-wrong 1 env -C b ../configure --quiet CC="$CC" $with
	matches releases-wrong-text 'mdescc cannot tell the releases of .*nic.mdesc' "$TMP/err"
	cp "$MDESC_SRC"/tests/consumer/family/kinds.mdesc src
	step autoconf-distcheck make -s -C b distcheck DISTCHECK_CONFIGURE_FLAGS="$with"

	# wrong NAME REGEX ARG...: configure fails, and says why.
	wrong()
	{
		local name=$1 text=$2
		shift 2
		run_expect "autoconf-$name" 1 ./configure --quiet "$@"
		matches "autoconf-$name-text" "$text" "$TMP/err"
	}
	wrong not-runnable '/bin/false does not run on this machine, or is no mdescc' MDESCC=/bin/false
	wrong not-found 'mdescc was not found: install mdesc, or set PATH, PKG_CONFIG_PATH or MDESCC' PKG_CONFIG_PATH=
	wrong no-files "mdesc.mk is not in '/nonexistent': set MDESC_DIR" MDESC_DIR=/nonexistent
	sed -i 's/MDESCC(\[0.1\])/MDESCC([999.5])/' configure.ac
	step autoreconf-again autoreconf -f
	wrong too-old 'mdescc is version [0-9.]*, but 999.5 or newer is needed'
	unset ACLOCAL_PATH
	cd "$TMP" || exit 99
else
	skip autoconf autoreconf "$why"
fi

# ---- Kbuild ----

# kernel_headers: sets kdir to a tree that modules can be built against, Debian's for this architecture.
kernel_headers()
{
	local dir package rest

	for dir in /lib/modules/*/build /usr/src/linux-headers-*; do
		[ -e "$dir/Module.symvers" ] && kdir=$dir && return
	done
	debs_init "$debs_suite:$debs_arch" || return
	package=$(debs_depends "linux-headers-$debs_arch" '^linux-headers-')
	[ -n "$package" ] || { why="no linux-headers-$debs_arch"; return 1; }
	rest=$(debs_depends "$package" '^linux-(headers|kbuild)-')
	# Word splitting: a list.
	debs_unpack "$TMP/kernel" "$package" $rest || return
	kdir=$TMP/kernel/usr/src/$package
	sed -i "s|^include /usr/src/|include $TMP/kernel/usr/src/|" "$kdir/Makefile"
}

if kernel_headers; then
	project kbuild
	cc=()
	command -v "$(sed -n 's/.*(CROSS_COMPILE)\(gcc-[0-9]*\)$/\1/p' "$kdir/.kernelvariables" 2>/dev/null)" \
		>/dev/null || cc=(CC="$CC")
	find . | sort >"$TMP/before"
	kbuild=(make KDIR="$kdir" "${cc[@]}")
	rebuilds kbuild-first 9 "${kbuild[@]}" -j2
	check kbuild-module test -s acme.ko
	check kbuild-image test -s acme_meta.fw
	equal kbuild-releases "$(echo acme_table-{1.4.0,2.0.0}.{fw,h,xdp.h})" "$(echo acme_table-*.*[fwh])"
	rebuilds kbuild-again 0 "${kbuild[@]}"
	later rx_status.mdesc
	rebuilds kbuild-include 3 "${kbuild[@]}"
	matches kbuild-include-objects 'CC \[M\] .*/rx.o' "$TMP/out"
	rebuilds kbuild-options 3 "${kbuild[@]}" mdescflags_acme_meta=-Wextra
	rebuilds kbuild-options-back 3 "${kbuild[@]}"
	later acme_table.mdesc
	rebuilds kbuild-one-release 3 "${kbuild[@]}" mdescreleases_acme_table=2.0.0
	run_expect kbuild-no-release 2 "${kbuild[@]}" mdescreleases_acme_table=3
	matches kbuild-no-release-text "there is no release '3'" "$TMP/err"
	run_expect kbuild-clean 0 "${kbuild[@]}" clean
	find . | sort >"$TMP/after"
	same kbuild-cleaned "$TMP/before" "$TMP/after"
	sed -i 's/acme_status status/acme_statu status/' acme_meta.mdesc
	run_expect kbuild-wrong 2 "${kbuild[@]}"
	matches kbuild-wrong-text 'acme_meta.mdesc:[0-9]*:.* error: .*acme_statu' "$TMP/err"
	cd "$TMP" || exit 99
else
	skip kbuild debs "$why"
fi

# ---- the compiler alone ----

check uninstall make -s -C build uninstall
find "$prefix" -type f >left
same uninstall-leaves-nothing /dev/null left

mkdir alone
step alone-configure env -C alone "$MDESC_SRC/configure" --quiet --disable-runtime --disable-bpf --prefix="$prefix" \
	CFLAGS=-O0
step alone-build make -s -C alone install
check alone-no-library sh -c '! pkg-config --exists mdesc'
rm -rf "$TMP/make"
project make
rebuilds alone-make 2 make
finish

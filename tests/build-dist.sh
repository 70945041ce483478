#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The release tarball: make distcheck passes; it holds every file that git knows; it builds without flex, bison and
# autotools; what it installs can be used.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/build-lib.sh"

mkdir d
step configure env -C d "$MDESC_SRC/configure" --quiet CFLAGS=-O0
# That tests run where a release was unpacked, and cannot write there; what they test is tested elsewhere.
export TESTS="golden cli doc loaders core refnic run_mdesc stitch find cover damage"
step distcheck env -u MDESC_REQUIRE MDESC_TESTS=brief make -s -C d distcheck DISTCHECK_CONFIGURE_FLAGS=CFLAGS=-O0
tarball=$(echo d/mdesc-*.tar.gz)
step unpack tar xzf "$tarball"
release=$(basename "$tarball" .tar.gz)

if have git && git -C "$MDESC_SRC" rev-parse --git-dir >/dev/null 2>&1; then
	# Not in a release: what only serves a checkout.
	git -C "$MDESC_SRC" ls-files | grep -Ev '^(\.gitignore|\.ci/.*)$' | sort >tracked
	(cd "$release" && find . -type f | sed 's|^\./||' | sort) >shipped
	comm -23 tracked shipped >forgotten
	if [ -s forgotten ]; then
		not_ok holds_all_files "git knows these, the tarball lacks them; list them in a local.mk"
		diag_file forgotten
	else
		ok holds_all_files
	fi
else
	skip holds_all_files git "not a git checkout"
fi

# A PATH with everything but the tools that a release must not need. Without clang, it has the BPF programs compiled.
mkdir farm
IFS=:
for dir in $PATH; do
	for program in "$dir"/*; do
		[ -x "$program" ] && ln -s "$program" farm/ 2>/dev/null
	done
done
unset IFS
for program in clang flex lex bison yacc byacc m4 autoconf autoheader autom4te autoreconf automake aclocal \
	       libtoolize libtool; do
	rm -f "farm/$program" farm/$program-*
done
mkdir r
full_path=$PATH
PATH=$TMP/farm
step release_configure env -C r "../$release/configure" --quiet --prefix=/opt/x CFLAGS=-O0
step release_build make -s -C r
step release_install make -s -C r install DESTDIR="$TMP/root"
PATH=$full_path

root=$TMP/root/opt/x
for file in bin/mdescc share/man/man1/mdescc.1 share/mdesc/std/headers.mdesc include/mdesc/format.h \
	share/mdesc/targets/generic.mdesc \
	share/bash-completion/completions/mdescc share/zsh/site-functions/_mdescc \
	share/mdesc/editors/vim/syntax/mdesc.vim; do
	check "installs_$(basename $file)" test -s "$root/$file"
done

if have runtime; then
	for file in bin/mdesc lib/libmdesc.so lib/libmdesc.a lib/pkgconfig/mdesc.pc share/man/man1/mdesc.1; do
		check "installs_$(basename $file)" test -s "$root/$file"
	done

	# Nothing but mdesc_* is exported, and the headers work alone.
	nm -D --defined-only "$root/lib/libmdesc.so" | awk '$2 != "A" && $3 !~ /^mdesc_/' >foreign
	check exports_only_its_own test ! -s foreign
	nm -g --defined-only "$root/lib/libmdesc.a" | awk 'NF == 3 && $3 !~ /^mdesc_/' >foreign
	check defines_only_its_own test ! -s foreign || diag_file foreign
	export PKG_CONFIG_SYSROOT_DIR=$TMP/root PKG_CONFIG_PATH=$root/lib/pkgconfig
	printf '#include <mdesc/format.h>\n#include <mdesc/mdesc.h>\nint main(void) { return 0; }\n' >use.c
	check use_shared sh -c "$CC -Wall -Wextra -Werror use.c -o use \$(pkg-config --cflags --libs mdesc)"
	check use_static sh -c "$CC -Wall -Wextra -Werror use.c -o use $root/lib/libmdesc.a -I$root/include"
	printf '#include <mdesc/mdesc.h>\nint main() { return 0; }\n' >use.cc
	if have g++; then
		check use_cxx sh -c "g++ -Wall -Wextra -Werror use.cc -o use \$(pkg-config --cflags --libs mdesc)"
	else
		skip use_cxx g++ "$why"
	fi
fi

if have clang; then
	examples=$root/share/doc/mdesc/examples
	for file in bpf/view.bpf.o bpf/swivel.bpf.o firmware-descs/mynic/mynic-1.4.h; do
		same "prebuilt $(basename $file)" "d/$file" "$release/bpf/prebuilt/$(basename $file)"
	done
	same installs_prebuilt d/bpf/view.bpf.o "$examples/view.bpf.o"
	same installs_header_of_examples d/firmware-descs/mynic/mynic-1.4.h "$examples/mynic/mynic-1.4.h"
	strings "$examples/view.bpf.o" | grep -F "$TMP" >paths
	same prebuilt_names_no_folder /dev/null paths
	# With clang they are compiled, be they there or not.
	mkdir c
	clang_build=(../$release/configure --quiet MDESCC_FOR_BUILD="$TMP/r/mdescc")
	step release_clang_configure env -u PKG_CONFIG_SYSROOT_DIR -C c "${clang_build[@]}"
	run_expect release_clang_compiles 0 make -C c V=1 bpf/view.bpf.o
	matches release_clang_command 'clang.* -target bpf ' out
	same release_clang_object d/bpf/view.bpf.o c/bpf/view.bpf.o
else
	skip prebuilt clang "$why"
fi

check uninstall make -s -C r uninstall DESTDIR="$TMP/root"
find "$TMP/root" -type f >left
check uninstall_leaves_nothing test ! -s left
finish

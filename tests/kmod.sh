#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdescc --emit=kmod, without a kernel: the folder that it writes, the BTF in its btf.c, which must be the BTF that
# mdescc writes alone, and the tool that measures a kernel's BTF, with damaged ones. qemu.sh loads such modules.

. "$MDESC_SRC/tests/lib.sh"
descs=$MDESC_SRC/firmware-descs
mynic=$descs/mynic/mynic-2.0.mdesc

kmod()
{
	"$MDESCC" -I "$descs" --emit=kmod "$@"
}

# listing FOLDER: all that is in it, by name
listing()
{
	(cd "$1" && find . -mindepth 1 | sort | sed 's|^\./||' | paste -sd ' ')
}

# ---- the folder ----

mkdir a b
run_expect writes 0 kmod -d a "$mynic"
equal writes-files "mynic-2.0.kmod $(echo mynic-2.0.kmod/{Makefile,base.c,btf.c})" "$(listing a)"
run_expect writes-again 0 kmod -d a "$mynic"
run_expect writes-o 0 kmod -o b/module "$mynic"
check same-files diff -r a/mynic-2.0.kmod b/module
(cd / && umask 077 && kmod -o "$TMP/b/other" "$mynic")
check same-files-elsewhere diff -r b/module b/other
kmod --list-outputs -d a "$mynic" >out
equal lists-outputs "$(echo a/mynic-2.0.kmod/{Makefile,btf.c,base.c})" "$(paste -sd ' ' out)"
kmod --list-outputs -d a "$descs/mynic/family/mynic.mdesc" >out
equal lists-releases "$(echo a/mynic-{1.4.0,2.0.0}.kmod/{Makefile,btf.c,base.c})" "$(paste -sd ' ' out)"
mkdir deps
run_expect deps 0 kmod -MD -d deps "$mynic"
matches deps-text "^deps/mynic-2.0.kmod/Makefile deps/mynic-2.0.kmod/btf.c deps/mynic-2.0.kmod/base.c:" deps/mynic-2.0.d
run_expect beside-others 0 "$MDESCC" -I "$descs" --emit=kmod,btf -d deps "$mynic"
equal beside-others-made 1 "$(find deps -name '*.btf' | wc -l)"

run_expect no-stdout 2 kmod -o - "$mynic"
matches no-stdout-text 'a folder of files cannot go to standard output' err
run_expect no-two-kinds 2 "$MDESCC" -I "$descs" --emit=kmod,btf -o b/two "$mynic"
matches no-two-kinds-text 'exactly one kind' err
run_expect no-parent 2 kmod -d nowhere "$mynic"
matches no-parent-text 'nowhere/mynic-2.0.kmod/Makefile: No such file or directory' err
echo text >b/file
run_expect no-folder 2 kmod -o b/file "$mynic"
matches no-folder-text 'b/file/Makefile: Not a directory' err
# The last of the files cannot be written: nothing is left, the folder neither.
mkdir -p c/x.kmod/base.c d
run_expect taken 2 kmod -o c/x.kmod "$mynic"
equal taken-leaves "x.kmod x.kmod/base.c" "$(listing c)"
run_expect wrong 1 kmod -d d "$MDESC_SRC/tests/bad/kmod-layout.mdesc"
equal wrong-leaves "" "$(listing d)"

# ---- names and licences ----

# device LINE...: a module's Makefile and btf.c, of a device with these lines, in b/device
device()
{
	printf 'mdesc 1;\ndevice acme { driver "acme"; firmware "1"; prefix "acme"; }\n' >device.mdesc
	printf 'descriptor acme_desc { u32 hash; }\n' >>device.mdesc
	for line; do
		case $line in
		driver*) sed -i "s|driver \"acme\";|$line|" device.mdesc ;;
		firmware*) sed -i "s|firmware \"1\";|$line|" device.mdesc ;;
		*) sed -i "s|prefix|$line prefix|" device.mdesc ;;
		esac
	done
	check "device $*" kmod -o b/device device.mdesc
}

license()
{
	device "license \"$2\";"
	matches "license-$1" "^MODULE_LICENSE\(\"$3\"\);" b/device/btf.c
}
license both "GPL-2.0 OR BSD-2-Clause" "Dual BSD/GPL"
license gpl "GPL-2.0-only" "GPL"
license mit "GPL-2.0-or-later OR MIT" "Dual MIT/GPL"
license none "LicenseRef-Acme" "Proprietary"
device 'driver "fsl-dpaa2_eth";'
matches dashes '^obj-m := mdesc_fsl_dpaa2_eth.o' b/device/Makefile
# ---- the BTF ----

# A kernel that is just good enough to compile btf.c against.
mkdir -p stub/linux stub/uapi/linux
touch stub/linux/{err,fs,init,module}.h
echo '#include <linux/btf.h>' >stub/uapi/linux/btf.h
cat >stub/kernel.h <<'END'
#include <linux/types.h>
#include <sys/types.h>
#include <stddef.h>
#include <fcntl.h>
#define CONFIG_DEBUG_INFO_BTF_MODULES 1
#define KBUILD_MODNAME "stub"
#define __used __attribute__((used))
#define __aligned(n) __attribute__((aligned(n)))
#define __section(name) __attribute__((section(name)))
#define __init __attribute__((unused))
#define __exit __attribute__((unused))
#define EINVAL 22
#define pr_err(...)
#define IS_ERR(p) (!(p))
#define module_init(f)
#define module_exit(f)
#define MODULE_LICENSE(text) static const char license[] __init = text
#define MODULE_DESCRIPTION(text) static const char description[] __init = text
struct file;
struct file *filp_open(const char *, int, int);
int filp_close(struct file *, void *);
long kernel_read(struct file *, void *, unsigned long, loff_t *);
END

# section FOLDER NAME FLAG...: the bytes of a section of btf.c into $TMP/section
section()
{
	local folder=$1 name=$2
	shift 2
	$CC -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -Istub -include stub/kernel.h "$@" -c -o btf.o \
		"$folder/btf.c" &&
		objcopy -O binary --only-section="$name" --set-section-flags "$name=alloc" btf.o section
}

# carries NAME FILE: a module's BTF that continues nothing is the one that mdescc writes, but for zeroes at the end
carries()
{
	local name=$1 file=$2 size

	rm -rf one
	if ! "$MDESCC" -I "$descs" --emit=btf -o one.btf "$file" || ! kmod -o one "$file"; then
		not_ok "carries-$name" "mdescc fails"
		return
	fi
	printf '#define BASE_TYPES 0\n#define BASE_STRINGS 0\n#define BASE_TYPE_BYTES 0\n' >one/base.h
	if ! section one .BTF >log 2>&1; then
		not_ok "carries-$name" "btf.c does not compile"
		diag_file log
		return
	fi
	# The header's last word is the length of the strings.
	size=$(stat -c %s one.btf)
	head -c 20 one.btf >want && head -c 20 section >came
	tail -c +25 one.btf >>want && head -c "$size" section | tail -c +25 >>came
	tail -c +$((size + 1)) section | tr -d '\0' >>came
	same "carries-$name" want came
}
for file in "$descs"/*/*.mdesc; do
	case $file in */std/* | */targets/*) continue ;; esac
	grep -qE '^(metadata|descriptor) ' "$file" || continue	# there is nothing to carry
	carries "$(basename "$file" .mdesc)" "$file"
done
# Nothing in the texts gets out of a comment, or is more to make than that.
device 'firmware "1 */ #error x $(error x) @MODULE@ \\\\";'
carries comments device.mdesc
equal comments-make 0 "$(grep -c '\$(error x)' b/device/Makefile)"
# Texts with all that C would take for something else.
cat >texts.mdesc <<'END'
mdesc 1;
device acme { driver "acme"; firmware "1"; }
/// "Quotes", back\slashes, ??= trigraphs, 0123 behind, ümläuts, and a line that is longer than any in C ought to be,
/// with
/// another one behind it.
descriptor acme_desc {
	/// 7
	u32 hash unit "\"?";
}
END
carries texts texts.mdesc
if have bpftool; then
	check own-base section b/module .BTF.base -DMDESC_OWN_BASE
	mv section base
	section b/module .BTF -DMDESC_OWN_BASE
	bpftool btf dump -B base file section >out 2>err
	"$MDESCC" -I "$descs" --emit=btf -o one.btf "$mynic"
	bpftool btf dump file one.btf >want
	equal own-base-types "$(grep -c '^\[' want)" "$(grep -c '^\[' out)"
	matches own-base-struct "^\[[0-9]+\] STRUCT 'mynic_metadata' size=32" out
	grep -o "'[^']*'" want >want.names
	grep -o "'[^']*'" out | same own-base-names want.names /dev/stdin
fi

# ---- the size of a kernel's BTF ----

check base-builds $CC -std=gnu11 -Wall -Wextra -Werror -g -o base-tool b/module/base.c
"$MDESCC" -I "$descs" --emit=btf,image -d . "$mynic"
run_expect base 0 ./base-tool mynic-2.0.btf
types=$(grep BASE_TYPES out | tr -dc 0-9)
bytes=$(grep BASE_TYPE_BYTES out | tr -dc 0-9)
strings=$(grep BASE_STRINGS out | tr -dc 0-9)
equal base-bytes "$(stat -c %s mynic-2.0.btf)" $((24 + bytes + strings))
! have bpftool || equal base-types "$(bpftool btf dump file mynic-2.0.btf | grep -c '^\[')" "$types"
cp out want
run_expect base-elf 0 ./base-tool mynic-2.0.fw
same base-elf-same want out
objcopy -I binary -O elf32-big --rename-section .data=.BTF mynic-2.0.btf other.o
run_expect base-elf32 0 ./base-tool other.o
same base-elf32-same want out
have python3 && python3 - <<'END'
import struct
raw = open("mynic-2.0.btf", "rb").read()
types, strings = struct.unpack_from("<II", raw, 12)[0], raw
words = struct.unpack_from("<%dI" % (types // 4), raw, 24)
head = struct.unpack_from("<HBB5I", raw)
open("big.btf", "wb").write(struct.pack(">HBB5I", *head) + struct.pack(">%dI" % len(words), *words) +
			    raw[24 + types:])
END
if have python3; then
	run_expect base-big 0 ./base-tool big.btf
	same base-big-same want out
fi

# says NAME STATUS REGEX FILE
says()
{
	run_expect "base-$1" "$2" ./base-tool "$4" && matches "base-$1-text" "$3" err
	equal "base-$1-prints" "" "$(cat out)"
}
says missing 2 '^nowhere: No such file' nowhere
says empty 1 'ends too early, at byte 0' /dev/null
says text 1 'neither BTF nor an ELF file' "$mynic"
cp want out
says no-section 1 'no section .BTF' base-tool
head -c 3000 mynic-2.0.btf >cut.btf
says cut 1 'a section ends behind the file|ends too early' cut.btf
cp mynic-2.0.btf kind.btf
printf '\x1f' | dd of=kind.btf bs=1 seek=31 conv=notrunc status=none
says kind 1 'a kind of type that is not known \(31\)' kind.btf
cp mynic-2.0.btf odd.btf
printf '\xff\xff' | dd of=odd.btf bs=1 seek=28 conv=notrunc status=none
says odd 1 'the types do not end where they should|ends too early' odd.btf
# Wherever it is cut, in both forms: no crash, and never a number.
bad=
for file in mynic-2.0.btf mynic-2.0.fw; do
	size=$(stat -c %s $file)
	# nobody needs the last 16 bytes of an image: two members of the last section's entry
	for ((n = 0; n < size - 16; n += size / 60)); do
		head -c "$n" $file >cut
		./base-tool cut >out 2>err
		rc=$?
		# what stands behind .BTF in the image may be missing, but for the table of sections, which is last
		{ [ $rc = 1 ] && [ ! -s out ] && [ -s err ]; } || bad="$bad $file:$n:$rc"
	done
done
equal base-cut "" "$bad"
finish

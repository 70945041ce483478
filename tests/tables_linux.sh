#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Raw tables of real hardware, against the drivers that write them: the sources of mvpp2's header parser and of
# octeontx2's NPC, from Debian's linux-source-6.1, are compiled for user space, and their words compared with those that
# mdescc makes of firmware-descs/, of each row that the drivers write (said in .mdesc by a converter), and of both
# tables where ports were set up.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
. "$MDESC_SRC/tests/debs-lib.sh"
need tar xz
descs=$MDESC_SRC/firmware-descs
here=$MDESC_SRC/tests/tables

# A folder with the drivers' files, for who has them.
if [ -n "${MDESC_LINUX_SOURCE:-}" ]; then
	cp "$MDESC_LINUX_SOURCE"/*.[ch] .
elif debs_init bookworm:"$debs_arch" && debs_unpack source linux-source-6.1/bookworm; then
	marvell=linux-source-6.1/drivers/net/ethernet/marvell
	tar -xf source/usr/src/linux-source-6.1.tar.xz --occurrence=1 \
		$marvell/mvpp2/mvpp2{,_prs,_cls}.h $marvell/mvpp2/mvpp2_{prs,cls}.c \
		$marvell/octeontx2/af/{npc.h,npc_profile.h,rvu_npc.c,rvu_reg.h}
	mv $marvell/mvpp2/* $marvell/octeontx2/af/* .
	rm -rf source linux-source-6.1
else
	skip linux-source debs "$why"
	finish
fi
ls mvpp2.h mvpp2_{prs,cls}.[ch] npc.h npc_profile.h rvu_npc.c rvu_reg.h >/dev/null || { not_ok sources; finish; }

# The kernel's headers that they include are one.
for header in $(sed -n 's/^#include <\(.*\)>.*/\1/p' mvpp2.h mvpp2_prs.[ch] mvpp2_cls.[ch] | sort -u); do
	mkdir -p "inc/$(dirname "$header")"
	echo '#include "kernel_stub.h"' >"inc/$header"
done
compile=("${CC:-cc}" -std=gnu11 -w -I. -Iinc -I"$here")

# ---- mvpp2 ----

check mvpp2-builds "${compile[@]}" -o mvpp2 "$here/mvpp2.c" mvpp2_prs.c
./mvpp2 init >init.words && ./mvpp2 ports >ports.words
equal mvpp2-words 10240,10240 "$(stat -c %s init.words),$(stat -c %s ports.words)"
check mvpp2-compiles "$MDESCC" -Werror --emit=rows-bin -o ours "$descs/mvpp2/prs.mdesc"
same mvpp2-init init.words ours
equal mvpp2-rows 76 "$(./mvpp2 init rows | wc -l)"

# said MODE: all rows that the driver writes, as a description.
said()
{
	{
		printf 'mdesc 1;\ninclude "table/prs.mdesc";\ndevice mvpp2 { driver "mvpp2"; }\n'
		./mvpp2 "$1" rows
	} >"$1.mdesc"
	check "mvpp2-said-$1" "$MDESCC" -Wno-shadowed-row -I "$descs/mvpp2" --emit=rows-bin -o ours "$1.mdesc"
	same "mvpp2-$1-said" "$1.words" ours
}
said init
said ports
rows=$(grep -c '^row' ports.mdesc)
[ "$rows" -gt 95 ] && ok mvpp2-ports-rows || not_ok mvpp2-ports-rows "only $rows rows"

# ---- the classifier of mvpp2 ----

# Its functions, but for those that take rules apart; and what fills a table of queues.
{
	awk '/^static int mvpp2_cls_c2_build_match/ { exit } { print }' mvpp2_cls.c
	awk '/^static inline u32 mvpp22_rxfh_indir/, /^}/; /^static void mvpp22_rss_fill_table/, /^}/' mvpp2_cls.c
} >mvpp2_cls_part.h
check cls-builds "${compile[@]}" -o mvpp2_cls "$here/mvpp2_cls.c"
./mvpp2_cls init >cls.words && ./mvpp2_cls rules >rules.words
equal cls-words 18944,18944 "$(stat -c %s cls.words),$(stat -c %s rules.words)"
check cls-compiles "$MDESCC" -Wall -Werror --emit=rows-bin -o ours "$descs/mvpp2/cls.mdesc"
same cls-init cls.words ours
{
	printf 'mdesc 1;\ninclude "table/cls.mdesc";\ndevice mvpp2 { driver "mvpp2"; }\n'
	./mvpp2_cls rules rows
} >rules.mdesc
check cls-said "$MDESCC" -I "$descs/mvpp2" --emit=rows-bin -o ours rules.mdesc
same cls-rules-said rules.words ours
rows=$(grep -c '^row mvpp2_cls_c2' rules.mdesc)
equal cls-rules 15 "$rows"
differs=$(cmp -l cls.words rules.words | wc -l)
[ "$differs" -gt 500 ] && ok cls-rules-differ || not_ok cls-rules-differ "only $differs bytes"

# ---- npc ----

# What is wanted of the driver's files: the types of a row, the profile, and the functions that pack and write it.
awk '/^struct npc_mcam_kex \{/ { exit } { print } END { print "#endif" }' npc.h >npc_types.h
awk '/^static struct npc_lt_def_cfg/ { exit } { print } END { print "#endif" }' npc_profile.h >npc_rows.h
awk '/^static void npc_config_kpuaction\(/, /^}/; /^static void npc_config_kpucam\(/, /^}/
	/^static inline u64 enable_mask/, /^}/
	/^static void npc_program_kpu_profile\(/, /^}/' rvu_npc.c >npc_functions.h
check npc-builds "${compile[@]}" -o npc "$here/npc.c"
check npc-compiles "$MDESCC" -Werror --emit=rows-bin -o ours "$descs/octeontx2/kpu.mdesc"
./npc compare ours >npc.out
equal npc-status 0 $?
matches npc-part '^2[0-9]* rows, 56 starts$' npc.out
{
	printf 'mdesc 1;\ninclude "table/kpu.mdesc";\ndevice npc { driver "rvu_af"; prefix "npc"; }\n'
	./npc rows
} >all.mdesc
check npc-said "$MDESCC" -Wno-shadowed-row -I "$descs/octeontx2" --emit=rows-bin -o ours all.mdesc
./npc compare ours >npc.all
equal npc-said-status 0 $?
equal npc-all "$(($(sed -n 's/^row npc_kpu.*/row/p' all.mdesc | wc -l) + 96)) rows, 64 starts" "$(cat npc.all)"
rows=$(grep -c '^row npc_kpu' all.mdesc)
[ "$rows" -gt 750 ] && ok npc-all-rows || not_ok npc-all-rows "only $rows rows"
diag "$(cat npc.out) of ours, $(cat npc.all) of theirs"

# ---- the match table of npc ----

awk '/^bool is_npc_intf_[tr]x/, /^}/; /^int npc_get_bank/, /^}/; /^void npc_enable_mcam_entry/, /^}/
	/^static void npc_clear_mcam_entry/, /^}/; /^static void npc_get_keyword/, /^}/
	/^static void npc_config_mcam_entry/, /^}/' rvu_npc.c >npc_mcam_functions.h
check mcam-builds "${compile[@]}" -o npc_mcam "$here/npc_mcam.c"
./npc_mcam ours >mcam.words && ./npc_mcam random >random.words
check mcam-compiles "$MDESCC" -Wall -Werror --emit=rows-bin -o mcam.ours "$descs/octeontx2/mcam.mdesc"
same mcam-rules mcam.words mcam.ours
{
	printf 'mdesc 1;\ninclude "table/mcam.mdesc";\ndevice npc { driver "rvu_af"; prefix "npc"; }\n'
	./npc_mcam random rows
} >random.mdesc
equal mcam-rows 60 "$(grep -c '^row npc_mcam' random.mdesc)"
check mcam-said "$MDESCC" -Wno-shadowed-row -I "$descs/octeontx2" --emit=rows-bin -o mcam.ours random.mdesc
same mcam-random-said random.words mcam.ours

# ---- what a driver would include ----

check c-compiles "$MDESCC" -Wno-shadowed-row -I "$descs/octeontx2" --emit=rows-c -o rows.h all.mdesc
cat >rows.c <<'END'
#include "rows.h"
#include <stdio.h>

int main(void)
{
	return fwrite(npc_start_rows, sizeof(npc_start_rows), 1, stdout) != 1 ||
	       fwrite(npc_kpu_rows, sizeof(npc_kpu_rows), 1, stdout) != 1;
}
END
for language in c c++; do
	check "c-$language" "${CC:-cc}" -x $language -Wall -Wextra -Werror -o rows rows.c
	./rows >c.words
	same "c-words-$language" ours c.words
done
finish

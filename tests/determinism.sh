#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The same description gives the same bytes, of every output: again, from another folder, by another path, in another
# locale and time zone, with another umask, home, environment, stack size and time of the file.
. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"

kinds=image,header,btf,dump,rows,dot,html

# outputs DIR: one checksum a file, by name
outputs()
{
	(cd "$1" && sha256sum -- * | sort -k 2)
}

# compiles NAME COMMAND...: COMMAND writes into $TMP/new; its outputs are those of the first time
compiles()
{
	local name=$1
	shift
	rm -rf new
	mkdir new
	if ! "$@" >log 2>&1; then
		not_ok "$name" "mdescc fails"
		diag_file log
		return
	fi
	outputs new >new.sums
	same "$name" sums new.sums
}

# one FILE
one()
{
	local file=$1 name run

	name=$(basename "$1" .mdesc)
	rm -rf new
	mkdir new
	if ! "$MDESCC" -I "$MDESC_INCLUDE" --emit=$kinds -d new "$file" >log 2>&1; then
		not_ok "$name"
		diag_file log
		return
	fi
	outputs new >sums
	equal "$name-outputs" 7 "$(wc -l <sums)"
	run=("$MDESCC" -I "$MDESC_INCLUDE" --emit=$kinds -d "$TMP/new" "$file")

	compiles "$name-again" "${run[@]}"
	compiles "$name-environment" env -i TZ=Asia/Kathmandu LC_ALL=tr_TR.UTF-8 LANG=de_DE.UTF-8 HOME=/nonexistent \
		MALLOC_PERTURB_=165 SOURCE_DATE_EPOCH=1 "${run[@]}"
	compiles "$name-umask" sh -c 'umask 077; exec "$@"' - "${run[@]}"
	compiles "$name-folder" sh -c 'cd / && exec "$@"' - "${run[@]}"
	compiles "$name-stack" sh -c 'ulimit -s 1024; exec "$@"' - "${run[@]}"
	if have setarch; then
		compiles "$name-addresses" setarch "$(uname -m)" -R "${run[@]}"
	fi

	# A copy of all, by a relative path and reached through a symbolic link.
	rm -rf copy link
	mkdir copy
	cp -r "$MDESC_INCLUDE"/. copy/
	cp "$file" copy/"$name.mdesc"
	touch -d 2001-02-03 copy/"$name.mdesc"
	ln -s copy link
	compiles "$name-copy" sh -c 'cd link && exec "$1" -I . -I "$4" --emit=$2 -d ../new "./$3.mdesc"' - \
		"$MDESCC" $kinds "$name" "$(basename "$(dirname "$file")")"
	compiles "$name-one-by-one" bash -c 'for kind in ${3//,/ }; do
			"$1" -I "$2" --emit=$kind -d new "$4" || exit; done' - "$MDESCC" "$MDESC_INCLUDE" $kinds "$file"

	# Modes follow the umask as for any other file.
	rm -rf new
	mkdir new
	equal "$name-mode" 640 "$(umask 026; "${run[@]}" 2>/dev/null; stat -c %a new/"$name.btf")"
}

for file in "$MDESC_SRC"/firmware-descs/*/*.mdesc; do
	case $file in */std/* | */targets/*) continue ;; esac
	one "$file"
done
finish

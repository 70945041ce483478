#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The index of a directory of images: that it is used, that no change is missed, that what others could have written is
# not believed, and that it is not needed.

. "$MDESC_SRC/tests/lib.sh"
need runtime
unset MDESC_PATH
mkdir images
cache=$TMP/cache
count=300

cat >image.mdesc <<'END'
mdesc 1;
device many { driver "drv000"; firmware "fw-00000"; prefix "many"; }
struct many_entry { u32 key; }
END
check base "$MDESCC" --emit=image -o base.fw image.mdesc
check many "$MDESC_BUILD/tests/find_images" base.fw images $count

# of I: the options that stand for the device of image I
of()
{
	printf -- '--driver drv%03d --firmware fw-%05d' $(($1 / 100)) "$1"
}

# finds NAME IMAGE I [OPTION...]
finds()
{
	local name=$1 want=$2 i=$3
	shift 3
	# shellcheck disable=SC2046
	run_expect "$name" 0 "$MDESC" find -p -d images --cache "$cache" $(of "$i") "$@" || return
	equal "${name}_which" "$want" "$(cat out)"
}

# misses NAME I [OPTION...]
misses()
{
	local name=$1 i=$2
	shift 2
	# shellcheck disable=SC2046
	run_expect "$name" 3 "$MDESC" find -p -d images --cache "$cache" $(of "$i") "$@"
}

# How many files a search for image I takes from the index, and what it says of the index.
taken()
{
	# shellcheck disable=SC2046
	"$MDESC" find -v -p -d images --cache "$cache" $(of "${1:-5}") 2>&1 >/dev/null |
		sed -En 's/^  looked  images: [0-9]+ images? in [0-9]+ files?, ([0-9]+) from the index *(.*)/\1 \2/p'
}

# until_taken N: waits for the files to be older than clocks are coarse, and for N of them to be in the index
until_taken()
{
	local i

	for ((i = 0; i < 100; i++)); do
		[ "$(taken)" = "$1 " ] && return
		sleep 0.2
	done
	false
}

finds first images/00005.fw 5
equal first_place "1" "$(find "$cache" -name 'find-*.idx' | wc -l)"
check all_from_the_index until_taken $count
finds warm images/00250.fw 250
finds without images/00250.fw 250 --no-cache

# ---- what changes ----

misses before_added 777
cp images/00005.fw keep.fw
mkdir more
"$MDESC_BUILD/tests/find_images" base.fw more 2
# A file of another name, with the identity of image 0 (already there: the same image).
cp more/00000.fw images/zzz
finds added_same images/00000.fw 0
rm images/00000.fw
finds removed images/zzz 0
rm images/zzz
misses removed_all 0
cp more/00000.fw images/00000.fw
finds added images/00000.fw 0

# As long as before, in place: only the times tell.
check settled until_taken $count
misses before_overwritten 301
sed 's/fw-00007/fw-00301/; s/drv000/drv003/' images/00007.fw >changed
check same_size test "$(stat -c %s changed)" = "$(stat -c %s images/00007.fw)"
cat changed >images/00007.fw
# Its digests are not right any more: the index says it matches, opening it says why it is not taken.
run_expect overwritten 5 "$MDESC" find -d images --cache "$cache" --driver drv003 --firmware fw-00301
matches overwritten_says 'images/00007.fw: ' err
# The same with the old time of modification: the time of change tells.
cp -p images/00008.fw stamp
cat more/00001.fw >images/00008.fw
touch -r stamp images/00008.fw
misses stamped_old 8
finds stamped_new images/00001.fw 1
# Replaced by rename, same size and time.
cp -p keep.fw images/.new
touch -r images/00009.fw images/.new
mv images/.new images/00009.fw
misses renamed_old 9
finds renamed_new images/00005.fw 5
# Two changes right after each other.
for i in 1 2 3 4 5; do
	cat keep.fw >images/00010.fw
	misses "fast_old_$i" 10
	cat more/00000.fw >images/00010.fw
	rm -f images/00000.fw
	finds "fast_new_$i" images/00010.fw 0
	cat keep.fw >images/00010.fw
done
# The directory itself is another one.
mv images images.old
mkdir images
misses other_directory 5
rmdir images
mv images.old images
finds back images/00005.fw 5

# ---- what is not believed ----

check settled_again until_taken "$(find images -type f | wc -l)"
index=$(find "$cache" -name 'find-*.idx')
chmod 666 "$index"
matches writable_by_others 'others can write to it' <(taken)
finds writable_by_others_found images/00005.fw 5
check made_anew test "$(stat -c %a "$index")" = 600
chmod 777 "$cache"
matches folder_writable 'its folder belongs to somebody else, or others can write' <(taken)
chmod 700 "$cache"
printf 'x' | dd of="$index" bs=1 seek=200 conv=notrunc status=none
matches damaged 'it is damaged' <(taken)
: >"$index"
matches empty 'it is damaged' <(taken)
rm "$index"
mkfifo "$index"
finds fifo images/00005.fw 5
rm -f "$index"
cp base.fw target
ln -s "$TMP/target" "$index"
finds link images/00005.fw 5
check link_is_replaced test -f "$index" -a ! -L "$index"
check link_target_is_kept cmp base.fw target
if [ "$(id -u)" = 0 ]; then
	chown 65534 "$index"
	matches foreign 'it belongs to somebody else' <(taken)
	chown 65534 "$cache"
	matches foreign_folder 'belongs to somebody else' <(taken)
	chown 0 "$cache"
else
	skip foreign root "files of somebody else need root"
fi
rm -rf "$cache"
: >"$cache"
finds place_is_a_file images/00005.fw 5
matches place_is_a_file_says 'Not a directory' <(taken)
rm "$cache"
finds in_proc images/00005.fw 5 --cache /proc/nothing
check in_a_new_place "$MDESC" find -p -d images --cache "$TMP/new/place" --driver drv000 --firmware fw-00005
check new_place test -d new/place

# The user's own place.
mkdir xdg
check xdg env XDG_CACHE_HOME="$TMP/xdg" "$MDESC" find -p -d images --driver drv000 --firmware fw-00005
matches xdg_used '^find-' <(ls xdg/mdesc)
rm -r xdg/mdesc
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 .
	chown 65534 xdg
	check own_place env XDG_CACHE_HOME=xdg setpriv --reuid=65534 --clear-groups "$MDESC" find -p -d images \
		--driver drv000 --firmware fw-00005
	check relative_place_is_none test -z "$(ls xdg)"
else
	skip own_place root "it needs another user"
fi

# ---- many at once ----

pids=
for i in 1 2 3 4 5 6 7 8; do
	(
		for j in 1 2 3 4 5; do
			# shellcheck disable=SC2046
			got=$("$MDESC" find -p -d images --cache "$cache" $(of 50)) || exit 1
			[ "$got" = images/00050.fw ] || exit 1
			touch "images/extra$i"
			rm "images/extra$i"
		done
	) &
	pids="$pids $!"
done
good=0
for pid in $pids; do
	wait "$pid" && good=$((good + 1))
done
equal at_once 8 $good
equal nothing_left 0 "$(find "$cache" -name '.find-*' | wc -l)"
finish

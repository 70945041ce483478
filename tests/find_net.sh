#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdesc find on interfaces of the real kernel: a veth pair in a network namespace, whose driver ethtool reports as
# "veth". Then every command that takes --iface.

. "$MDESC_SRC/tests/lib.sh"
need runtime net
export XDG_CACHE_HOME=$TMP/xdg MDESC_PATH=$TMP/images

# Again, inside: the namespace ends with its last process.
if [ "${MDESC_IN_NETNS:-}" != 1 ]; then
	MDESC_IN_NETNS=1 exec unshare -n "$0"
fi
ip link add v0 type veth peer name v1 || exit 99
mkdir images empty

# image FILE DRIVER LINE...
image()
{
	local file=$1 driver=$2 line
	shift 2
	{
		echo "mdesc 1; device ${driver}_nic { driver \"$driver\"; prefix \"$driver\";"
		for line; do echo "$line;"; done
		echo "} metadata ${driver}_meta { u32 hash; u32 layout_id = layout.id; }"
	} >image.mdesc
	"$MDESCC" -Wno-unwritten --emit=image -o "$file" image.mdesc || not_ok "image $file"
}

# ---- without an image ----

run_expect nothing 3 env MDESC_PATH="$TMP/empty" "$MDESC" find v0
matches nothing_says '^mdesc: v0 \(driver veth\): no image found; looked in /sys/kernel/btf \(nothing of mdesc\), ' err
run_expect lo 6 "$MDESC" find lo
matches lo_says '^mdesc: lo: the interface has no driver info \(ethtool\), so its driver is not known$' err
run_expect gone 3 "$MDESC" find v7
matches gone_says '^mdesc: v7: there is no such interface$' err
run_expect all_nothing 3 env MDESC_PATH="$TMP/empty" "$MDESC" find
matches all_nothing_table '^v0 +veth +- +not found *$' out
matches all_nothing_lo '^lo +- +no driver info *$' out
check all_nothing_quiet test ! -s err

# ---- with one ----

image images/veth.fw veth 'firmware "1"' 'match default'
image images/other.fw other 'match default'
run_expect found 0 "$MDESC" find -p v0
equal found_which "$TMP/images/veth.fw" "$(cat out)"
run_expect verbose 0 "$MDESC" find -v v0
matches verbose_driver '^  is +driver veth$' err
matches verbose_kernel '^  miss +/sys/kernel/btf/veth: ' err
matches verbose_match '^  match +.*/veth.fw: the default for the driver$' err
run_expect all 0 "$MDESC" find
matches all_v1 "^v1 +veth +$TMP/images/veth.fw +the default for the driver" out
run_expect all_json 0 "$MDESC" find -j
if have python3; then
	cat >look.py <<'END'
import json
all = {r["interface"]: r for r in json.load(open("out"))}
assert set(all) >= {"lo", "v0", "v1"}, all.keys()
assert all["v0"]["identity"]["driver"] == "veth" and all["v0"]["found"]["device"] == "veth_nic", all["v0"]
assert all["lo"]["found"] is None and all["lo"]["class"] == "denied", all["lo"]
END
	check all_json_content python3 look.py
fi
run_expect other_answer 0 "$MDESC" find -p v0 --driver other
equal other_answer_which "$TMP/images/other.fw" "$(cat out)"
run_expect firmware 0 "$MDESC" find v0 --firmware 1
matches firmware_why 'because   firmware "1"' out
if command -v setpriv >/dev/null && chmod 755 . && [ "$(id -u)" = 0 ]; then
	run_expect without_privilege 0 env MDESC_PATH=images \
		setpriv --reuid=65534 --clear-groups --no-new-privs "$MDESC" find -p v0
else
	skip without_privilege root "it needs another user"
fi

# ---- for all commands ----

image=images/veth.fw
for cmd in 'show' 'dump' 'dump --mdesc' 'verify' 'btf' 'btf --json'; do
	name=${cmd// /_}
	# shellcheck disable=SC2086
	run_expect "iface_$name" 0 "$MDESC" $cmd --iface v0
	mv out with
	# shellcheck disable=SC2086
	"$MDESC" $cmd "$TMP/$image" >without
	same "iface_${name}_same" without with
done
id=$("$MDESC" show "$image" | sed -n 's/^metadata .* id 0x\([0-9a-f]*\).*/\1/p')
bytes=01000000$(echo "$id" | sed 's/\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/')
run_expect iface_decode 0 "$MDESC" decode --iface v0 "$bytes"
matches iface_decode_says 'hash' out
run_expect iface_none 3 "$MDESC" show --iface v7
run_expect iface_lo 6 "$MDESC" show --iface lo
run_expect iface_too_much 2 "$MDESC" show --iface v0 "$image"
run_expect iface_unsigned 5 "$MDESC" show --iface v0 --require-signature
matches iface_unsigned_says 'v0 .*no image can be used: .*veth.fw: is not signed' err
run_expect iface_exec_none 3 "$MDESC" exec --iface v7 -- true
if have bpf; then
	run_expect iface_exec 0 "$MDESC" exec --iface v0 -- cat /sys/kernel/btf/vmlinux
	check iface_exec_has_types grep -q veth_meta out
fi
rm out

# ---- a damaged one, and two ----

image images/second.fw veth 'match default' 'license "MIT"'
run_expect two 4 "$MDESC" show --iface v0
matches two_says 'v0 \(driver veth\): two images match equally well .*/second.fw and .*/veth.fw' err
run_expect two_all 4 "$MDESC" find
rm images/second.fw
image images/better.fw veth 'match firmware "*"' 'match default'
printf '\377' | dd of=images/better.fw bs=1 seek=$(($(stat -c %s images/better.fw) - 1800)) conv=notrunc status=none
run_expect damaged_beside 0 "$MDESC" find -p v0 --firmware 2
matches damaged_beside_warns '^mdesc: warning: a better match cannot be used: .*/better.fw: ' err
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdesc check: the labelled corpus (check/README), with the kernel as the judge of the labels; real images and the
# objects that were written for them; text, JSON, SARIF; what is wrong with the input.

. "$MDESC_SRC/tests/lib.sh"
need runtime clang

src=$MDESC_SRC/tests/check
# shellcheck disable=SC2207 # several words
flags=(-target "${BPF_TARGET:-bpf}" -std=gnu11 -g -O2 -Wall -Wno-missing-declarations "-I$MDESC_SRC/include"
	"-I$src" $(pkg-config --cflags libbpf 2>/dev/null) -idirafter "/usr/include/$(uname -m)-linux-gnu")

# ---- the corpus ----

nokernel=
have bpf || nokernel=nokernel
for cpu in v2 v3; do
	mkdir -p $cpu
	for name in NEW KERNEL; do
		"$CLANG" "${flags[@]}" -D$name -c "$src/nic.c" -o $cpu/$name.o || not_ok "compile-$cpu-$name"
	done
	for labels in right wrong refused twin kernel; do
		object=$labels
		[ $labels != kernel ] || object=twin
		"$CLANG" "${flags[@]}" -mcpu=$cpu -c "$src/$object.bpf.c" -o $cpu/$object.o ||
			not_ok "compile-$cpu-$object"
		# shellcheck disable=SC2086 # none or one
		"$MDESC_BUILD/tests/check_corpus" "$src/$labels.labels" $cpu/$object.o $cpu $nokernel >out 2>&1
		grep -E '^(ok|not ok|skip) ' out | sed -E "s/^(ok|not ok|skip) /&$cpu-$labels-/"
		grep '^#' out
		grep -Eq '^# [0-9]+ programs' out || not_ok "$cpu-$labels" "died: $(tail -n 2 out)"
	done
done
[ -z "$nokernel" ] || skip kernel bpf "$why"

# ---- real images ----

for name in tnic-a tnic-b unic; do
	check "mdescc-$name" "$MDESCC" -Wno-unwritten -I "$MDESC_INCLUDE" -d . --emit=header,image \
		"$MDESC_SRC/tests/bpf/$name.mdesc"
done
for name in traps refused; do
	check "compile-$name" "$CLANG" "${flags[@]}" -I. "-I$MDESC_SRC/tests/bpf" -c \
		"$MDESC_SRC/tests/bpf/$name.bpf.c" -o $name.bpf.o
done
# What these programs read in the kernel, on both firmwares, is tested by `bpf'.
run_expect traps-on-its-own 0 "$MDESC" check traps.bpf.o --image tnic-a.fw
# It has the types of another vendor, too: of which nothing is known here.
matches traps-on-its-own-says "^1 object, 1 image: nothing breaks; the kernel's types were not looked at" out
run_expect traps-on-others 0 "$MDESC" check traps.bpf.o --image tnic-a.fw tnic-b.fw unic.fw
matches traps-on-others-says '^1 object, 3 images: nothing breaks$' out
run_expect refused-on-its-own 0 "$MDESC" check refused.bpf.o --image tnic-a.fw
run_expect refused-on-the-other 1 "$MDESC" check refused.bpf.o --image tnic-b.fw
for what in missing_field:absent-in-type missing_enumerator:absent-in-type missing_range:absent-in-type \
	beyond_array:absent-in-type signed_width:load-width; do
	python3 - "${what%:*}" "${what#*:}" out <<-'END' && ok "refused-$what" || not_ok "refused-$what" "$(cat out)"
	import sys
	lines = open(sys.argv[3]).read().splitlines()
	at = [i for i, l in enumerate(lines) if l.startswith("    in %s of " % sys.argv[1])]
	sys.exit(not any("will-not-load [%s]" % sys.argv[2] in lines[i - 2] for i in at))
	END
done

# ---- what loads, and what does not: the kernel says the same of every program on every image ----

if have bpf; then
	"$MDESCC" -Wno-unwritten -I "$MDESC_INCLUDE" -d . --emit=btf "$MDESC_SRC/tests/bpf/tnic-a.mdesc"
	"$MDESCC" -Wno-unwritten -I "$MDESC_INCLUDE" -d . --emit=btf "$MDESC_SRC/tests/bpf/tnic-b.mdesc"
	for object in traps.bpf.o refused.bpf.o v2/right.o v3/right.o v2/wrong.o v2/refused.o \
		$(find "$MDESC_BUILD/bpf" -name '*.bpf.o' | sort); do
		# shellcheck disable=SC2046 # a list
		"$MDESC_BUILD/tests/check_corpus" agree "$object" tnic-a.btf tnic-b.btf v2/NEW.o \
			$(find "$MDESC_BUILD/firmware-descs" -name '*.btf' | sort) >out 2>&1
		grep -E '^(ok|not ok) ' out | sed -E "s|^(ok\|not ok) .*|\1 agree-$object|; s|$MDESC_BUILD/||" ||
			not_ok "agree-$object" "died: $(tail -n 2 out)"
		grep '^#' out | head -n 20
	done
else
	skip agree bpf "$why"
fi

# ---- what is printed ----

run_expect detail 1 "$MDESC" check v2/wrong.o --btf v2/NEW.o
matches detail-place '^[^ ]*wrong\.bpf\.c:[0-9]+: reads-wrong \[copy-size\]: offset of struct cnic_meta\.wide$' out
matches detail-source '^ +[0-9]+ \| SEC\("xdp"\) int core_read\(' out
matches detail-change ' in core_read of v2/wrong\.o: __u32 at 8 -> __u64 at 8$' out
matches detail-help '^    help: read it with MDESC_FOLLOW\(\)' out
matches detail-sum '^1 object, 1 image: 1 of 1 pairs break: 1 read wrong, 0 will not load, 0 may not$' out
run_expect all 1 "$MDESC" check -a v2/refused.o --btf v2/NEW.o
matches all-same ': same: exists of struct cnic_meta\.stay$' out
run_expect quiet 1 "$MDESC" check -q v2/wrong.o --btf v2/NEW.o
same quiet-is-quiet /dev/null out
run_expect kernel-not-given 0 "$MDESC" check v2/twin.o --btf v2/NEW.o
run_expect kernel-given 1 "$MDESC" check v2/twin.o --btf v2/NEW.o --kernel-btf v2/KERNEL.o
matches kernel-given-says 'reads-wrong \[kernel-name\]' out
run_expect kernels-type 0 "$MDESC" check v2/right.o --image tnic-a.fw
matches kernels-type-says "the kernel's types were not looked at" out

# A matrix of folders; with many images one character a pair.
mkdir -p objects images
cp v2/right.o v2/wrong.o v2/refused.o objects/
cp tnic-a.fw images/
for n in 1 2 3 4 5 6 7; do
	cp tnic-b.fw images/b$n.fw
done
run_expect matrix 1 "$MDESC" check objects refused.bpf.o --image tnic-a.fw tnic-b.fw
matches matrix-head '^object +tnic-a\.fw +tnic-b\.fw$' out
matches matrix-row '^refused\.bpf\.o +same +will-not-load$' out
run_expect matrix-large 1 "$MDESC" check --image images --object objects refused.bpf.o
matches matrix-large-row '^XXXXXXX\.  refused\.bpf\.o$' out
matches matrix-large-legend '^\. same, m moved, .*, W reads-wrong$' out
matches matrix-large-images '^ +8 images/tnic-a\.fw$' out
matches matrix-once '^    on b1\.fw, b2\.fw, b3\.fw, b4\.fw and 3 more$' out

# The relocations of one place are told together, each image once.
run_expect matrix-together 1 "$MDESC" check refused.bpf.o --image tnic-b.fw images/b1.fw
matches matrix-together-kinds ': lshift, rshift of struct tnic_bits__tag\.pcp$' out
equal matrix-together-images 5 "$(grep -c '^    on tnic-b\.fw, b1\.fw$' out)"

# --fail-on
run_expect fail-on-moved 1 "$MDESC" check -q --fail-on=moved traps.bpf.o --image tnic-b.fw
run_expect fail-on-guarded 1 "$MDESC" check -q --fail-on=guarded traps.bpf.o --image tnic-b.fw
run_expect fail-on-none 0 "$MDESC" check -q --fail-on=none v2/wrong.o --btf v2/NEW.o
run_expect fail-on-wrong 0 "$MDESC" check -q --fail-on=reads-wrong refused.bpf.o --image tnic-b.fw
run_expect fail-on-typo 2 "$MDESC" check --fail-on=wrong traps.bpf.o --image tnic-b.fw

# Twice the same bytes.
"$MDESC" check objects refused.bpf.o --image images >a.out
"$MDESC" check objects refused.bpf.o --image images >b.out
same deterministic a.out b.out

# ---- for programs ----

if have python3; then
	run_expect json 1 "$MDESC" check --json objects refused.bpf.o --image tnic-a.fw tnic-b.fw --btf v2/NEW.o
	check json-content python3 - out <<-'END'
	import json, sys
	d = json.load(open(sys.argv[1]))
	assert d["class"] == "reads-wrong" and d["fails"] and d["fail_on"] == "possibly-unguarded", d
	assert len(d["pairs"]) == 12, len(d["pairs"])
	for p in d["pairs"]:
	    assert sum(p["counts"].values()) >= len(p["relocations"])
	    broken = [r for r in p["relocations"]]
	    assert bool(broken) == (p["class"] in ("possibly-unguarded", "will-not-load", "reads-wrong")), p
	    for r in broken:
	        assert r["rule"] and r["why"] and r["path"] and r["line"] and r["file"] and r["program"], r
	END
	run_expect sarif 1 "$MDESC" check --sarif objects refused.bpf.o --image tnic-a.fw tnic-b.fw --btf v2/NEW.o
	check sarif-content python3 "$MDESC_SRC/tests/sarif_check.py" out 20
	run_expect sarif-all 1 "$MDESC" check --sarif --all objects --btf v2/NEW.o
	check sarif-all-content python3 "$MDESC_SRC/tests/sarif_check.py" out 100
	run_expect sarif-none 0 "$MDESC" check --sarif traps.bpf.o --image tnic-a.fw
	check sarif-none-content python3 "$MDESC_SRC/tests/sarif_check.py" out 0
else
	skip json python3 "$why"
fi

# ---- input that is none ----

run_expect no-objects 2 "$MDESC" check --image tnic-a.fw
run_expect no-images 2 "$MDESC" check traps.bpf.o
matches no-images-says 'which images\?' err
run_expect json-and-sarif 2 "$MDESC" check --json --sarif traps.bpf.o --image tnic-a.fw
run_expect object-missing 3 "$MDESC" check nosuch.o --image tnic-a.fw
matches object-missing-says '^mdesc: nosuch\.o: No such file' err
run_expect image-missing 3 "$MDESC" check traps.bpf.o --image nosuch.fw
run_expect image-text 5 "$MDESC" check traps.bpf.o --image "$src/nic.c"
run_expect object-text 5 "$MDESC" check "$src/nic.c" --image tnic-a.fw
matches object-text-says 'not a BPF object$' err
run_expect object-empty 5 "$MDESC" check /dev/null --image tnic-a.fw
mkdir -p empty
run_expect folder-empty 3 "$MDESC" check empty --image tnic-a.fw
matches folder-empty-says '^mdesc: empty: no \*\.o in this folder$' err
"$CLANG" "${flags[@]}" -g0 -c "$src/twin.bpf.c" -o nobtf.o
run_expect object-without-btf 6 "$MDESC" check nobtf.o --image tnic-a.fw
matches object-without-btf-says \
	'^mdesc: nobtf\.o: an object without BTF: nothing can be said about it \(compile it with -g\)$' err
head -c 3000 traps.bpf.o >cut.o
run_expect object-cut 5 "$MDESC" check cut.o --image tnic-a.fw
head -c 900 tnic-a.fw >cut.fw
run_expect image-cut 5 "$MDESC" check traps.bpf.o --image cut.fw
run_expect kernel-missing 3 "$MDESC" check traps.bpf.o --image tnic-a.fw --kernel-btf nosuch
run_expect kernel-text 5 "$MDESC" check traps.bpf.o --image tnic-a.fw --kernel-btf "$src/nic.c"
run_expect unsigned 5 "$MDESC" check traps.bpf.o --require-signature --cert . --image tnic-a.fw
finish

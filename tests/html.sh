#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Data sheets, looked at in a real browser: those of all descriptions that are shipped, of tests/ok, and of one whose
# texts try to be more than text. html_check.py says what must hold of a page; here stands what must be on which.
. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"

outside='<[^>]*(src=|xlink|https?:)|@import|url\([^#]|<link|<base'

# sheet NAME FILE [OPTION...]: makes a page; the ids that its dump promises go into the list.
sheet()
{
	local name=$1 file=$2
	shift 2
	if ! "$MDESCC" "$@" -I "$MDESC_INCLUDE" --emit=html -o "$TMP/$name.html" "$file" 2>err ||
	   ! "$MDESCC" "$@" -I "$MDESC_INCLUDE" --emit=dump -o "$TMP/$name.dump" "$file" 2>err; then
		not_ok "$name" "mdescc fails"
		diag_file err
		return
	fi
	# Printing takes the browser longest.
	case $name in
	mynic-2.0 | ok-layout | hostile | big) name=+$name ;;
	esac
	# The dump has everything: each layout, leaf, state, view, source and used header has its place on the page.
	awk -v page="$name $TMP/${name#+}.html identity tables" '
		BEGIN { printf "%s", page }
		/^(metadata|descriptor) / { layout = $3; printf " layouts layout-%s", $3 }
		/^  leaf / && !/ pad( |$)/ && $3 !~ /\[/ { printf " field-%s.%s", layout, $3 }
		/^view / { printf " views view-%s.%s", $4, $2 }
		/^config / { printf " configuration config-%s", $3 }
		/^source / { printf " sources source-%s", $3 }
		/^  (alias|derive) [0-9]+ / && $3 !~ /\[/ { printf " value-%s.%s", layout, $3 }
		/^  (register|flag|counter) [0-9]/ { printf " registers register-%s", $3 }
		/^  classify [0-9]/ { printf " classification class-%s", $3 }
		/^table / { table = $2; printf " raw-tables table-%s", table }
		/^parser / { printf " parser errors error-none error-steps" }
		/^  state / { printf " state-%s", $3 }
		/^header / { header[$2] = 1 }
		/^  instance / { sub(/.* header /, ""); if ($1 in header) printf " header-%s", $1 }
		END { print "" }' "$TMP/${name#+}.dump" >>list
	name=${name#+}
	# Nothing from outside: no address of any kind in what the page would load.
	if grep -Eiq "$outside" "$TMP/$name.html"; then
		not_ok "$name-alone" "there is something to load:"
		grep -Ein -m 3 -o ".{0,40}($outside).{0,40}" "$TMP/$name.html" | sed 's/^/# /'
	else
		ok "$name-alone"
	fi
}

: >list
for file in "$MDESC_SRC"/firmware-descs/*/*.mdesc; do
	case $file in */std/* | */targets/*) continue ;; esac
	sheet "$(basename "$file" .mdesc)" "$file"
done
for file in "$MDESC_SRC"/tests/ok/*.mdesc; do
	args=()
	[ ! -f "${file%.mdesc}.args" ] || read -ra args <"${file%.mdesc}.args"
	# A browser takes a second for each; these show all that is to be seen.
	case $file in
	*/html.mdesc | */layout.mdesc | */tagged.mdesc | */chain.mdesc | */classify.mdesc | \
	*/computed.mdesc | */tag-computed.mdesc | */counters.mdesc | */cursor.mdesc | */header-if.mdesc | \
	*/subparsers.mdesc)
		sheet "ok-$(basename "$file" .mdesc)" "$file" "${args[@]}"
		;;
	*) "$MDESCC" "${args[@]}" -I "$MDESC_INCLUDE" --emit=html -o other.html "$file" 2>err ||
		not_ok "ok-$(basename "$file" .mdesc)" "mdescc fails" ;;
	esac
done

# ---- texts that try to get out ----

{
	cat <<'END'
mdesc 1;
/// </script><script>window.broken = 1</script> & <b>bold</b> "quoted" 'single' `</code><i>`
/// <!-- <img src=x onerror=alert(1)> --> ]]> &amp; &#60; javascript:alert(1)
device hostile {
	driver "hostile"; firmware "\"><script>alert(1)</script>"; license "<style>*{display:none}</style>";
	match devlink "</title><svg onload=alert(1)>" "&<>'\"";
}
END
	printf '/// turned around: \342\200\256abc\342\200\254 \342\201\246x\342\201\251 no width: \342\200\213 '
	printf 'mark: \357\273\277 end \360\235\225\200 \330\271\330\261\330\250\331\212\n'
	cat <<'END'
source u32 hash unit "</td><script>" deprecated "\"><script>alert(2)</script>";
/// -->
enum hostile_kind : u8 { none, one deprecated "<one>" }
metadata hostile_meta {
	/// </svg></table></details><h1>
	u32 a unit "&lt;" deprecated "</a>" = hash;
	hostile_kind kind;
	reserved 3;
	u32 id = layout.id;
}
header odd { /** no doc **/ u8 kind unit "<u>"; }
parser hostile_parser writes hostile_meta {
	start s;
	/// </h4><style>body{display:none}</style>
	state s { extract odd; select (odd /* <i> */ . kind) { 1 /* </td> */ : accept; default: reject 17; } }
}
END
} >hostile.mdesc
sheet hostile hostile.mdesc
if [ -f hostile.html ]; then
	equal hostile-marks 6 "$(grep -o '\[U+[0-9A-F]*\]' hostile.html | sort -u | wc -l)"
	equal hostile-scripts 1 "$(grep -io '<script' hostile.html | wc -l)"
	matches hostile-doc '&lt;/script&gt;&lt;script&gt;window.broken = 1&lt;/script&gt; &amp; &lt;b&gt;' hostile.html
fi

# A size that nobody reads at once must still work.
{
	printf 'mdesc 1;\ndevice big { driver "big"; }\ndescriptor big_d {\n'
	for i in $(seq 0 799); do printf '\tu32 field_%d;\n' "$i"; done
	printf '\tu8 rest[4000];\n}\n'
	printf 'header big_h { u8 kind; }\nparser big_p {\n\tstart s0;\n'
	for i in $(seq 0 39); do
		printf '\tstate s%d%s { %s select (lookahead(0, 8)) { 1: s%d; 2: s%d; 3: s%d; default: accept; } }\n' \
			"$i" "$([ "$i" -gt 0 ] && echo ' max 2')" "$([ "$i" = 0 ] && echo 'extract big_h;')" \
			$(((i + 1) % 39 + 1)) $(((i * 7 + 5) % 39 + 1)) $((i / 2 + 1))
	done
	printf '}\n'
} >big.mdesc
sheet big big.mdesc

# ---- random descriptions ----

seed=${MDESC_SEED:-1}
mkdir random
for kind in layout parser both; do
	# So few do not have every construct: that is not what is tested here.
	"$MDESC_BUILD/tests/gen" "$seed" --kind=$kind --prefix=$kind --dir=random --count=60 >gen.log
done
refused=
for file in random/*.mdesc; do
	"$MDESCC" -I "$MDESC_INCLUDE" --emit=html "$file" 2>err || refused+=" $file"
done
equal random-sheets "" "$refused"
equal random-count 180 "$(find random -name '*.html' -size +10k | wc -l)"

need python3
check well-formed python3 "$MDESC_SRC/tests/html_tree.py" ./*.html
check random-well-formed python3 "$MDESC_SRC/tests/html_tree.py" random/*.html

need chromium
python3 "$MDESC_SRC/tests/html_check.py" list
finish

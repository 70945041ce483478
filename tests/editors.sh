#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The files for editors (doc/editors) highlight the words of the language and no others: compiler/keywords.def and the
# built-in types of compiler/types.c, against the files' text and against what vim itself does with it.
#
# MDESC_GOLDEN=update (./dev golden editors) rewrites the lists in them.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need python3
python3 "$MDESC_SRC/tests/editors.py" "$MDESC_SRC" "$TMP"
equal ended 0 $?

# ---- vim ----

have vim || { skip vim vim "$why"; finish; }
if ! vim --version | grep -q '+syntax' || ! vim --version | grep -q '+eval'; then
	skip vim vim "this vim has no syntax highlighting"
	finish
fi
vim_run()
{
	HOME=$TMP timeout 60 vim -X -N -u NONE -i NONE -es --cmd "set rtp^=$MDESC_SRC/doc/editors/vim" "$@" \
		</dev/null >vim.out 2>&1
}

# Each word stands in a line of its own; the group that vim gives it comes out.
cat >groups.vim <<'END'
filetype plugin indent on
syntax on
edit words.mdesc
let lines = ['filetype ' . &filetype, 'syntax ' . b:current_syntax]
for n in range(1, line('$'))
  let name = synIDattr(synID(n, 1, 1), 'name')
  call add(lines, getline(n) . ' ' . (empty(name) ? 'none' : name))
endfor
call writefile(lines, 'groups')
qall!
END
cp words words.mdesc
vim_run -S groups.vim
{
	printf 'filetype mdesc\nsyntax mdesc\n'
	paste -d ' ' words groups.words
} >groups.want
same vim-words groups.want groups || diag_file vim.out

# More than words: what a place in a text is.
cat >places.mdesc <<'END'
mdesc 1;
/// state
// state
u8 a = "state \" state"; /* state
state */ u8 b;
a.state = 0x1f;
END
cat >places.vim <<'END'
filetype plugin indent on
syntax on
edit places.mdesc
let lines = []
for [l, c] in [[1, 1], [1, 7], [2, 5], [3, 4], [4, 9], [4, 20], [4, 29], [5, 1], [5, 10], [5, 13], [6, 3], [6, 11]]
  let name = synIDattr(synID(l, c, 1), 'name')
  call add(lines, l . ' ' . c . ' ' . (empty(name) ? 'none' : name))
endfor
call writefile(lines, 'places')
qall!
END
vim_run -S places.vim
cat >places.want <<'END'
1 1 mdescKeyword
1 7 mdescNumber
2 5 mdescDoc
3 4 mdescComment
4 9 mdescString
4 20 mdescString
4 29 mdescComment
5 1 mdescComment
5 10 mdescType
5 13 none
6 3 none
6 11 mdescNumber
END
same vim-places places.want places || diag_file vim.out

# A description loses its indentation, and vim gives it back.
for file in "$MDESC_INCLUDE"/mynic/*.mdesc; do
	sed 's/^[ \t]*//' "$file" >indent.mdesc
	vim_run -c 'filetype plugin indent on' -c 'syntax on' -c 'edit indent.mdesc' -c 'normal gg=G' -c 'wq'
	same "vim-indent-$(basename "$file")" "$file" indent.mdesc || diag_file vim.out
done
finish

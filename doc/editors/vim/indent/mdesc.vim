" SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
" Indentation of .mdesc files: a tab for each brace that is open, two for a line that goes on.
if exists('b:did_indent')
  finish
endif
let b:did_indent = 1

setlocal autoindent nosmartindent nocindent
setlocal indentexpr=GetMdescIndent()
setlocal indentkeys=0},o,O,!^F
let b:undo_indent = 'setlocal autoindent< smartindent< cindent< indentexpr< indentkeys<'

if exists('*GetMdescIndent')
  finish
endif

" A line without strings and comments.
function s:Code(number)
  return substitute(substitute(getline(a:number), '"\%([^"\\]\|\\.\)*"', '', 'g'), '//.*\|/\*.\{-}\*/', '', 'g')
endfunction

function GetMdescIndent()
  let before = prevnonblank(v:lnum - 1)
  if before == 0
    return 0
  endif
  let code = s:Code(before)
  let depth = indent(before)
  " What the line before opens, less what it closes; a brace at its begin has moved it already.
  let opened = count(code, '{') - count(substitute(code, '^\s*}*', '', ''), '}')
  let depth += (opened > 0 ? 1 : opened < 0 ? -1 : 0) * shiftwidth()
  if getline(v:lnum) =~# '^\s*}'
    let depth -= shiftwidth()
  endif
  return depth < 0 ? 0 : depth
endfunction

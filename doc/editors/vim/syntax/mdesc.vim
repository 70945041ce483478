" SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
" Highlighting of .mdesc files. The lists of keywords and types are those of the compiler: a test compares them, and
" `./dev golden editors` writes them anew.
if exists('b:current_syntax')
  finish
endif

" begin keywords
syn keyword mdescKeyword accept advance alias arcs as at bits by cell chain classify config const counter
      \ counts default deprecated derive descriptor device drop effect else enum errors extract first flag for
      \ goto header id if in include key layouts leave length let mark mask max mdesc metadata nibble of over
      \ packed parser register reject reserve reserved result row scope select sign since source stages start
      \ state struct subparser switch table takes target to typedef union unit until use valid view view_type
      \ within word writes
" end keywords
" begin types
syn keyword mdescType u8 u16 u32 u64 s8 s16 s32 s64 be16 be32 be64 le16 le32 le64 raw16 raw32 bool mac ptr
" end types

" Behind a dot and in front of = a word is a name.
syn match mdescField "\.\s*\h\w*" contains=NONE transparent
syn match mdescConstant "\<_\>"
syn match mdescNumber "\<\d[0-9_]*\>\|\<0[xX][0-9A-Fa-f_]\+\>\|\<0[bB][01_]\+\>"
syn match mdescOperator "&&&\|\.\.\|[-+*/%&|^~!<>=?]"
syn match mdescPin "@"
syn region mdescString start=+"+ skip=+\\.+ end=+"+ oneline contains=mdescEscape
syn match mdescEscape +\\["\\]+ contained
syn keyword mdescTodo TODO FIXME XXX contained
syn region mdescComment start="//" end="$" keepend contains=mdescTodo,@Spell
syn region mdescComment start="/\*" end="\*/" contains=mdescTodo,@Spell
syn region mdescDoc start="///" end="$" keepend contains=mdescTodo,@Spell
syn region mdescBlock start="{" end="}" transparent fold

hi def link mdescKeyword Keyword
hi def link mdescType Type
hi def link mdescConstant Constant
hi def link mdescNumber Number
hi def link mdescOperator Operator
hi def link mdescPin Operator
hi def link mdescString String
hi def link mdescEscape SpecialChar
hi def link mdescTodo Todo
hi def link mdescComment Comment
hi def link mdescDoc SpecialComment

let b:current_syntax = 'mdesc'

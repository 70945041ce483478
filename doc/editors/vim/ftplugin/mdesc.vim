" SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
" Editing of .mdesc files: comments, and tabs as `mdescc fmt` writes them.
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=//\ %s
setlocal comments=s1:/*,mb:*,ex:*/,:///,://
setlocal formatoptions-=t formatoptions+=croql
setlocal noexpandtab tabstop=8 shiftwidth=8 softtabstop=0
setlocal suffixesadd=.mdesc
setlocal include=^\\s*include
if executable('mdescc')
  setlocal formatprg=mdescc\ fmt\ -
endif
let b:undo_ftplugin = 'setlocal commentstring< comments< formatoptions< expandtab< tabstop< shiftwidth< softtabstop<'
      \ . ' suffixesadd< include< formatprg<'

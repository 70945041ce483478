# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Man pages are installed as such, the other pages into the documentation folder.

dist_man1_MANS += doc/mdescc.1
if RUNTIME
dist_man1_MANS += doc/mdesc.1
endif

dist_doc_DATA = \
	README.md NEWS.md \
	doc/architecture.md \
	doc/bench.md \
	doc/bpf.md \
	doc/btf.md \
	doc/checks.md \
	doc/image.md \
	doc/language.md \
	doc/runtime.md

# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Man pages are installed as such, the other pages into the documentation folder.

dist_man1_MANS += doc/mdescc.1
if RUNTIME
dist_man1_MANS += doc/mdesc.1
endif

dist_doc_DATA = \
	README.md NEWS.md \
	doc/adopt.md \
	doc/afxdp.md \
	doc/architecture.md \
	doc/attach.md \
	doc/bench.md \
	doc/bpf.md \
	doc/btf.md \
	doc/check.md \
	doc/checks.md \
	doc/datasheet.md \
	doc/diff-rules.md \
	doc/diff.md \
	doc/find.md \
	doc/fleet.md \
	doc/drivers.md \
	doc/fmt.md \
	doc/image.md \
	doc/language.md \
	doc/loaders.md \
	doc/runtime.md \
	doc/targets.md \
	doc/watch.md \
	doc/xdp.md

nicdocdir = $(docdir)/nics
dist_nicdoc_DATA = \
	doc/nics/README.md \
	doc/nics/bnxt.md \
	doc/nics/dpaa2.md \
	doc/nics/fbnic.md \
	doc/nics/gve.md \
	doc/nics/ice.md \
	doc/nics/idpf.md \
	doc/nics/igc.md \
	doc/nics/mlx5.md \
	doc/nics/mvpp2.md \
	doc/nics/mynic.md \
	doc/nics/nfp.md \
	doc/nics/octeontx2.md \
	doc/nics/virtio_net.md

# Completions are called like their command; in the sources that is taken, so bash's have a suffix.  Editors load the
# folders of doc/editors as they are.
EXTRA_DIST += doc/completion doc/editors
EDITOR_FILES = \
	README.md \
	vim/ftdetect/mdesc.vim \
	vim/ftplugin/mdesc.vim \
	vim/indent/mdesc.vim \
	vim/syntax/mdesc.vim \
	vscode/language-configuration.json \
	vscode/package.json \
	vscode/syntaxes/mdesc.tmLanguage.json
BASH_COMPLETIONS = mdescc
ZSH_COMPLETIONS = _mdescc
if RUNTIME
BASH_COMPLETIONS += mdesc
ZSH_COMPLETIONS += _mdesc
endif

install-data-local: install-completion install-editors
uninstall-local: uninstall-completion uninstall-editors

install-completion:
if BASH_COMPLETION
	$(MKDIR_P) "$(DESTDIR)$(bashcompletiondir)"
	for name in $(BASH_COMPLETIONS); do \
	$(INSTALL_DATA) "$(srcdir)/doc/completion/$$name.bash" "$(DESTDIR)$(bashcompletiondir)/$$name" || exit 1; \
	done
endif
if ZSH_COMPLETION
	$(MKDIR_P) "$(DESTDIR)$(zshcompletiondir)"
	for name in $(ZSH_COMPLETIONS); do \
	$(INSTALL_DATA) "$(srcdir)/doc/completion/$$name" "$(DESTDIR)$(zshcompletiondir)/$$name" || exit 1; \
	done
endif

uninstall-completion:
if BASH_COMPLETION
	for name in $(BASH_COMPLETIONS); do rm -f "$(DESTDIR)$(bashcompletiondir)/$$name"; done
endif
if ZSH_COMPLETION
	for name in $(ZSH_COMPLETIONS); do rm -f "$(DESTDIR)$(zshcompletiondir)/$$name"; done
endif

install-editors:
	for file in $(EDITOR_FILES); do \
	to="$(DESTDIR)$(pkgdatadir)/editors/$$file"; \
	$(MKDIR_P) "$${to%/*}" && $(INSTALL_DATA) "$(srcdir)/doc/editors/$$file" "$$to" || exit 1; \
	done

uninstall-editors:
	for file in $(EDITOR_FILES); do rm -f "$(DESTDIR)$(pkgdatadir)/editors/$$file"; done

.PHONY: install-completion uninstall-completion install-editors uninstall-editors

# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# What other projects' builds use: an autoconf macro, fragments for make and Kbuild, the compiler's pkg-config file.
# All of it is installed with the compiler alone, too.

aclocaldir = $(datadir)/aclocal
dist_aclocal_DATA = compiler/adopt/mdesc.m4

adoptdir = $(pkgdatadir)
adopt_DATA = compiler/adopt/mdesc.mk compiler/adopt/mdesc.kbuild

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = compiler/adopt/mdescc.pc

# By make and not by configure, which knows folders only as parts of others: the fragments are read by other makefiles.
$(adopt_DATA): %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) -e 's|@bindir[@]|$(bindir)|g' $< >$@.tmp && mv $@.tmp $@

CLEANFILES += $(adopt_DATA)
EXTRA_DIST += compiler/adopt/mdescc.pc.in compiler/adopt/mdesc.mk.in compiler/adopt/mdesc.kbuild.in

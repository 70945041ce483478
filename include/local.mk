# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Public headers, installed as <mdesc/NAME.h>.

mdescincludedir = $(includedir)/mdesc
mdescinclude_HEADERS = \
	include/mdesc/format.h \
	include/mdesc/handle.h \
	include/mdesc/mdesc.h \
	include/mdesc/mdesc_bpf.h

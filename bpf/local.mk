# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# BPF programs.  They include <mdesc/mdesc_bpf.h> and the headers of compiled descriptions, such as
# "mynic/mynic-1.4.h"; NAME.bpf.c becomes NAME.bpf.o in the build folder.

# Programs that users copy: installed as examples, in source, with the description whose header they include.
BPF_EXAMPLE_SRC = \
	bpf/follow_desc.bpf.c \
	bpf/layouts.bpf.c \
	bpf/meta_core.bpf.c \
	bpf/meta_members.bpf.c \
	bpf/swivel.bpf.c \
	bpf/tc_read.bpf.c \
	bpf/view.bpf.c \
	bpf/xsk_sort.bpf.c

# The AF_XDP example's other half, built where there is libxdp.
XSK_SORT_SRC = \
	runtime/examples/xsk_latency.c \
	runtime/examples/xsk_port.c \
	runtime/examples/xsk_sort.c \
	runtime/examples/xsk_sort.h

examplesdir = $(docdir)/examples
dist_examples_DATA = $(BPF_EXAMPLE_SRC) bpf/seen.h $(XSK_SORT_SRC) \
	firmware-descs/mynic/mynic-1.4.mdesc firmware-descs/mynic/mynic-2.0.mdesc

# Programs that only the tests load.
BPF_TEST_SRC =

EXTRA_DIST += bpf/demo.sh $(BPF_TEST_SRC)

BPF_SRC = $(BPF_EXAMPLE_SRC) $(BPF_TEST_SRC)
BPF_OBJS = $(BPF_SRC:.c=.o)
BPF_EXAMPLE_OBJS = $(BPF_EXAMPLE_SRC:.c=.o)

# What they are compiled to, and what they were compiled with: installed, and part of a release for those without clang
# or, in a cross build, without an mdescc that runs.
BPF_MYNIC = \
	firmware-descs/mynic/mynic-1.4.fw firmware-descs/mynic/mynic-1.4.h \
	firmware-descs/mynic/mynic-2.0.fw firmware-descs/mynic/mynic-2.0.h
examplesmynicdir = $(examplesdir)/mynic
prebuilt = $(srcdir)/bpf/prebuilt

if BPF
noinst_DATA += $(BPF_OBJS)
examples_DATA = $(BPF_EXAMPLE_OBJS)
examplesmynic_DATA = $(BPF_MYNIC)
dist-prebuilt: $(BPF_EXAMPLE_OBJS) $(BPF_MYNIC)
	$(MKDIR_P) $(distdir)/bpf/prebuilt
	cp $(BPF_EXAMPLE_OBJS) $(BPF_MYNIC) $(distdir)/bpf/prebuilt
else
if BPF_PREBUILT
examples_DATA = $(BPF_EXAMPLE_OBJS)
examplesmynic_DATA = $(BPF_MYNIC)
$(BPF_EXAMPLE_OBJS): bpf/%: $(prebuilt)/%
	$(AM_V_GEN)$(MKDIR_P) bpf && cp $< $@
if !DESCS
$(BPF_MYNIC): firmware-descs/mynic/%: $(prebuilt)/%
	$(AM_V_GEN)$(MKDIR_P) $(@D) && cp $< $@
endif
endif
dist-prebuilt:
	if test -d $(prebuilt); then cp -r $(prebuilt) $(distdir)/bpf/; \
	else echo "without clang, this release holds no compiled BPF programs" >&2; fi
endif
dist-hook: dist-prebuilt
.PHONY: dist-prebuilt

CLEANFILES += $(BPF_OBJS) $(BPF_OBJS:.o=.d)

BPF_CPPFLAGS = -D__TARGET_ARCH_$(BPF_ARCH) -I$(srcdir)/bpf -I$(srcdir)/include -I$(builddir)/firmware-descs \
	$(LIBBPF_CFLAGS) $(BPF_SYSINCLUDE)

%.bpf.o: %.bpf.c | $(DESC_H)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(CLANG) -target $(BPF_TARGET) -std=gnu11 -Wall $(WERROR_CFLAGS) $(BPF_CPPFLAGS) $(BPF_CFLAGS) \
		-ffile-prefix-map=$(srcdir)/= -ffile-prefix-map=$(abs_builddir)=. \
		-MD -MP -MT $@ -MF $(@:.o=.d) -c $< -o $@

-include $(BPF_OBJS:.o=.d)

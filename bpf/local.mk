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
	bpf/view.bpf.c

examplesdir = $(docdir)/examples
dist_examples_DATA = $(BPF_EXAMPLE_SRC) bpf/seen.h \
	firmware-descs/mynic/mynic-1.4.mdesc firmware-descs/mynic/mynic-2.0.mdesc

# Programs that only the tests load.
BPF_TEST_SRC =

EXTRA_DIST += bpf/demo.sh $(BPF_TEST_SRC)

BPF_SRC = $(BPF_EXAMPLE_SRC) $(BPF_TEST_SRC)
BPF_OBJS = $(BPF_SRC:.c=.o)

if BPF
if DESCS
noinst_DATA += $(BPF_OBJS)
endif
endif

CLEANFILES += $(BPF_OBJS) $(BPF_OBJS:.o=.d)

BPF_CPPFLAGS = -D__TARGET_ARCH_$(BPF_ARCH) -I$(srcdir)/bpf -I$(srcdir)/include -I$(builddir)/firmware-descs \
	$(LIBBPF_CFLAGS) $(BPF_SYSINCLUDE)

%.bpf.o: %.bpf.c | $(DESC_H)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(CLANG) -target $(BPF_TARGET) -std=gnu11 -Wall $(WERROR_CFLAGS) $(BPF_CPPFLAGS) $(BPF_CFLAGS) \
		-MD -MP -MT $@ -MF $(@:.o=.d) -c $< -o $@

-include $(BPF_OBJS:.o=.d)

# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Tests.  CONTRIBUTING.md tells how to add one; tests/run runs them and sums up.

# Scripts, each run as it is.
SH_TESTS = \
	tests/adopt.sh \
	tests/afxdp.sh \
	tests/attach.sh \
	tests/bpf.sh \
	tests/build-clang.sh \
	tests/build-cross.sh \
	tests/build-dist.sh \
	tests/build-libbpf.sh \
	tests/build-minimal.sh \
	tests/build-musl.sh \
	tests/build-sanitize.sh \
	tests/check.sh \
	tests/cli.sh \
	tests/color.sh \
	tests/completion.sh \
	tests/core.sh \
	tests/demo.sh \
	tests/diag_json.sh \
	tests/determinism.sh \
	tests/diff.sh \
	tests/diff_bpf.sh \
	tests/doc.sh \
	tests/driver_sources.sh \
	tests/dump_mdesc.sh \
	tests/editors.sh \
	tests/expansion.sh \
	tests/facts.sh \
	tests/fetch.sh \
	tests/find.sh \
	tests/find_cache.sh \
	tests/find_fetch.sh \
	tests/find_net.sh \
	tests/fmt.sh \
	tests/getters.sh \
	tests/golden.sh \
	tests/graphs.sh \
	tests/header.sh \
	tests/header_btf.sh \
	tests/html.sh \
	tests/loaders.sh \
	tests/kmod.sh \
	tests/loaders_go.sh \
	tests/lower_table.sh \
	tests/mdesc_cmd.sh \
	tests/metamorphic.sh \
	tests/nic_pages.sh \
	tests/nics.sh \
	tests/prove_targets.sh \
	tests/qemu.sh \
	tests/objects.sh \
	tests/one_error.sh \
	tests/random_table.sh \
	tests/refnic.sh \
	tests/releases.sh \
	tests/random_getters.sh \
	tests/random_layout.sh \
	tests/run_mdesc.sh \
	tests/runner.sh \
	tests/search.sh \
	tests/sign.sh \
	tests/standin.sh \
	tests/stats.sh \
	tests/stitch.sh \
	tests/targets.sh \
	tests/tree.sh \
	tests/tables_linux.sh \
	tests/tshark.sh \
	tests/used.sh \
	tests/verdicts.sh \
	tests/watch.sh \
	tests/xdp.sh \
	tests/xdp_kernels.sh \
	tests/xdp_metadata.sh \
	tests/xdp_path.sh

# Programs, each built from tests/NAME.c unless tests_NAME_SOURCES says otherwise, and run.
C_TESTS = \
	tests/cover \
	tests/cover_exact \
	tests/fmt_fuzz \
	tests/literal \
	tests/table_pairs \
	tests/text_fuzz
if RUNTIME
C_TESTS += \
	tests/asks \
	tests/damage \
	tests/diff_images \
	tests/filter \
	tests/find_fuzz \
	tests/find_parts \
	tests/handles \
	tests/prove \
	tests/random_handles \
	tests/random_machines \
	tests/random_parser \
	tests/random_values \
	tests/refnic_damage \
	tests/refnic_tables \
	tests/runtime_find \
	tests/runtime_image \
	tests/runtime_refnic \
	tests/target_image \
	tests/xdp_section
endif

# Programs that scripts call; built, not run.
C_HELPERS = \
	tests/bpf_cases \
	tests/bpf_net \
	tests/btf-list \
	tests/btf_load \
	tests/btfcmp \
	tests/diff_bpf \
	tests/gen \
	tests/getter_calls \
	tests/have_bpf \
	tests/nic_bpf
if RUNTIME
C_HELPERS += \
	tests/attach_cases \
	tests/attach_cmd \
	tests/fetch_tool \
	tests/check_corpus \
	tests/check_fuzz \
	tests/core_pairs \
	tests/fields \
	tests/find_images \
	tests/sign_tool \
	tests/objects_tool \
	tests/split_btf \
	tests/stitch_fuzz \
	tests/stitch_tool \
	tests/used_cases \
	tests/used_random \
	tests/watch_filter \
	tests/xdp_cases \
	tests/xdp_guest \
	tests/xdp_path
endif

# What tries the output of mdescc with other programs: a build of another kind, which must give the same bytes, leaves
# it out.
OUTPUT_TESTS = \
	tests/bpf.sh \
	tests/determinism.sh \
	tests/diag_json.sh \
	tests/diff_images \
	tests/dump_mdesc.sh \
	tests/getters.sh \
	tests/graphs.sh \
	tests/header.sh \
	tests/header_btf.sh \
	tests/kmod.sh \
	tests/metamorphic.sh \
	tests/nics.sh \
	tests/prove_targets.sh \
	tests/xdp.sh \
	tests/xdp_metadata.sh \
	tests/xdp_path.sh

# Those of the above that `quick` leaves out, because they take more than some seconds, or
# look at the sources and not at what was built.
SLOW_TESTS = \
	tests/xdp_kernels.sh \
	tests/tables_linux.sh \
	tests/find_cache.sh \
	tests/find_fuzz \
	tests/fmt_fuzz \
	tests/literal \
	tests/html.sh \
	tests/fmt.sh \
	tests/loaders_go.sh \
	tests/completion.sh \
	tests/qemu.sh \
	tests/random_getters.sh \
	tests/random_layout.sh \
	tests/random_parser \
	tests/random_machines \
	tests/fetch.sh \
	tests/random_values \
	tests/search.sh \
	tests/sign.sh \
	tests/tree.sh

# Those that only `full` runs (CI): whole builds of other kinds.
FULL_TESTS = \
	tests/adopt.sh \
	tests/build-clang.sh \
	tests/build-cross.sh \
	tests/build-dist.sh \
	tests/build-libbpf.sh \
	tests/build-minimal.sh \
	tests/build-musl.sh \
	tests/build-sanitize.sh

# NAME:SECONDS, for those that may take longer than the usual 300 seconds.
TEST_TIMEOUTS = \
	tests/xdp_kernels.sh:900 \
	tests/xdp_path.sh:600 \
	tests/adopt.sh:900 \
	tests/attach.sh:900 \
	tests/build-clang.sh:1800 \
	tests/build-cross.sh:1800 \
	tests/build-dist.sh:1800 \
	tests/build-libbpf.sh:1800 \
	tests/build-minimal.sh:1800 \
	tests/html.sh:600 \
	tests/build-musl.sh:1800 \
	tests/build-sanitize.sh:1800 \
	tests/prove_targets.sh:900 \
	tests/graphs.sh:900 \
	tests/literal:900 \
	tests/watch.sh:600 \
	tests/qemu.sh:900 \
	tests/metamorphic.sh:900 \
	tests/random_layout.sh:900 \
	tests/prove:900 \
	tests/random_machines:900 \
	tests/random_parser:900 \
	tests/xdp:900

# What tests read: files, or folders that are distributed whole.
EXTRA_DIST += tests/run tests/lib.sh tests/build-lib.sh tests/gate_text.awk tests/dump_mdesc.want \
	$(SH_TESTS) tests/afxdp.py tests/sarif_check.py tests/diag_json.py tests/editors.py tests/fetch_server.py \
	tests/one_error.py tests/watch.py tests/browser.py tests/random_table.py tests/html_check.py \
	tests/html_tree.py \
	tests/lower_net.py tests/lower_table.py tests/pcap.py \
	tests/bad tests/bpf tests/captures tests/check tests/diff tests/facts tests/fmt tests/go tests/header \
	tests/loaders tests/nics \
	tests/ok tests/refnic tests/run_mdesc tests/stitch tests/tables tests/tshark tests/xdp

# Called by diff.sh, and by graphs.sh and the bench.
EXTRA_DIST += tests/diff_random.py tests/known_gen.py tests/graphs.py tests/graphs tests/xdp_graph.py
EXTRA_DIST += tests/metamorphic.py tests/metamorphic_gen.py tests/metamorphic_small.py tests/metamorphic_ways.py \
	tests/metamorphic_text.py

EXTRA_DIST += tests/xdp_path.py
EXTRA_DIST += tests/fuzz.h

# For those that build other projects, or fetch packages.
EXTRA_DIST += tests/attach-lib.sh tests/debs-lib.sh tests/kernel-lib.sh tests/musl-chk.c tests/consumer tests/qemu

check_PROGRAMS += $(C_TESTS) $(C_HELPERS)

tests_cover_SOURCES = tests/cover.c tests/tap.h
tests_cover_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_cover_exact_SOURCES = tests/cover_exact.c tests/fuzz.h tests/tap.h
tests_cover_exact_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_btf_list_SOURCES = tests/facts/btf-list.c
# Internals of the library, which the shared one hides.
tests_attach_cases_SOURCES = tests/attach_cases.c tests/tap.h tests/xdp/user.h
tests_attach_cmd_SOURCES = tests/qemu/attach_cmd.c tests/xdp/user.h
tests_check_fuzz_SOURCES = tests/check_fuzz.c tests/core_gen.c tests/core_gen.h tests/tap.h
tests_check_fuzz_LDFLAGS = -static-libtool-libs
tests_check_fuzz_LDADD = runtime/libmdesc.la $(LIBBPF_LIBS)
tests_core_pairs_SOURCES = tests/core_pairs.c tests/core_gen.c tests/core_gen.h tests/tap.h
tests_core_pairs_LDFLAGS = -static-libtool-libs
tests_core_pairs_LDADD = runtime/libmdesc.la $(LIBBPF_LIBS)
tests_diff_images_SOURCES = tests/diff_images.c tests/compile.c tests/compile.h tests/imgbuild.c tests/imgbuild.h \
	tests/tap.h $(TESTS_GEN)
tests_diff_images_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_damage_SOURCES = tests/damage.c tests/imgbuild.c tests/imgbuild.h tests/tap.h
tests_fetch_tool_SOURCES = tests/fetch_tool.c tests/imgbuild.c tests/imgbuild.h tests/tap.h
# Parts of the runtime that it does not export.
TESTS_FIND = runtime/devlink.c runtime/devlink_parse.c runtime/elf.c runtime/error.c runtime/find_cache.c \
	runtime/find_ident.c runtime/find_ids.c runtime/find_index.c runtime/find_match.c runtime/find_stat.c \
	runtime/identity.c runtime/identity_iface.c runtime/tables.c
tests_find_fuzz_SOURCES = tests/find_fuzz.c tests/devlink_msg.h tests/imgbuild.c tests/imgbuild.h tests/tap.h \
	$(TESTS_FIND)
tests_find_fuzz_CPPFLAGS = $(RUNTIME_CPPFLAGS)
tests_find_images_SOURCES = tests/find_images.c tests/imgbuild.c tests/imgbuild.h
tests_find_parts_SOURCES = tests/find_parts.c tests/devlink_msg.h tests/tap.h $(TESTS_FIND)
tests_find_parts_CPPFLAGS = $(RUNTIME_CPPFLAGS)
# Random descriptions; the interpreter includes nothing of the rows, the image or the runtime.
TESTS_GEN = tests/gen.c tests/gen.h tests/gen_chain.c tests/gen_classify.c tests/gen_computed.c \
	tests/gen_cover.def tests/gen_graph.c tests/gen_headers.c tests/gen_layouts.c tests/gen_members.c \
	tests/gen_moves.c tests/gen_parser.c tests/gen_print.c tests/gen_priv.h tests/gen_registers.c \
	tests/gen_scopes.c tests/gen_tagged.c tests/gen_types.c tests/gen_words.c tests/gen_writes.c
tests_gen_SOURCES = tests/gen_main.c $(TESTS_GEN)
tests_gen_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_gen_LDADD = compiler/libmdescc.a
tests_random_machines_SOURCES = tests/random_machines.c tests/compile.c tests/compile.h \
	tests/interp.c tests/interp.h tests/interp_meta.c tests/interp_width.c tests/packets.c \
	tests/packets.h $(TESTS_GEN)
tests_random_machines_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_literal_SOURCES = tests/literal.c tests/random_parsers.c tests/random_parsers.h tests/compile.c tests/compile.h \
	tests/interp.c tests/interp.h tests/interp_meta.c tests/packets.c tests/packets.h tests/tap.h $(TESTS_GEN)
tests_literal_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_prove_SOURCES = tests/prove.c tests/random_parsers.c tests/random_parsers.h tests/compile.c tests/compile.h \
	tests/interp.c tests/interp.h tests/interp_meta.c tests/packets.c tests/packets.h tests/tap.h $(TESTS_GEN)
tests_prove_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_random_parser_SOURCES = tests/random_parser.c tests/compile.c tests/compile.h \
	tests/interp.c tests/interp.h tests/interp_meta.c tests/interp_width.c tests/packets.c \
	tests/packets.h $(TESTS_GEN)
tests_random_parser_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_xdp_cases_SOURCES = tests/xdp_cases.c tests/xdp_cases.h tests/compile.c tests/compile.h \
	tests/interp.c tests/interp.h tests/interp_meta.c tests/packets.c tests/packets.h \
	runtime/flowhash.c $(TESTS_GEN)
tests_xdp_cases_CPPFLAGS = $(MDESCC_CPPFLAGS) $(RUNTIME_CPPFLAGS)
tests_xdp_guest_SOURCES = tests/xdp_guest.c tests/xdp_cases.h
tests_getter_calls_SOURCES = tests/getter_calls.c tests/values.c tests/values.h tests/compile.c \
	tests/compile.h $(TESTS_GEN)
tests_getter_calls_CPPFLAGS = $(MDESCC_CPPFLAGS)
# Of the command, which is no library.
tests_filter_SOURCES = tests/filter.c tests/compile.c tests/compile.h tests/tap.h runtime/filter.h \
	runtime/filter_bind.c runtime/filter_parse.c $(TESTS_GEN)
tests_filter_CPPFLAGS = $(MDESCC_CPPFLAGS) $(RUNTIME_CPPFLAGS)
tests_filter_LDFLAGS = -static-libtool-libs
tests_watch_filter_SOURCES = tests/watch_filter.c tests/compile.c tests/compile.h tests/tap.h runtime/filter.h \
	runtime/filter_bind.c runtime/filter_parse.c runtime/watch.h runtime/watch_code.h runtime/watch_filter.c \
	runtime/watch_insns.c $(TESTS_GEN)
tests_watch_filter_CPPFLAGS = $(MDESCC_CPPFLAGS) $(RUNTIME_CPPFLAGS)
tests_watch_filter_LDFLAGS = -static-libtool-libs
tests_handles_SOURCES = tests/handles.c tests/compile.c tests/compile.h tests/tap.h
tests_handles_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_random_handles_SOURCES = tests/random_handles.c tests/compile.c tests/compile.h $(TESTS_GEN)
tests_random_handles_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_random_values_SOURCES = tests/random_values.c tests/values.c tests/values.h tests/compile.c \
	tests/compile.h $(TESTS_GEN)
tests_random_values_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_refnic_damage_SOURCES = tests/refnic_damage.c tests/compile.c tests/compile.h tests/imgbuild.c \
	tests/imgbuild.h tests/tap.h
tests_refnic_damage_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_asks_SOURCES = tests/asks.c tests/compile.c tests/compile.h tests/tap.h
tests_asks_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_refnic_tables_SOURCES = tests/refnic_tables.c tests/imgbuild.c tests/imgbuild.h tests/tap.h
tests_fmt_fuzz_SOURCES = tests/fmt_fuzz.c tests/compile.c tests/compile.h tests/pages.h tests/tap.h
tests_fmt_fuzz_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_table_pairs_SOURCES = tests/table_pairs.c tests/fuzz.h tests/tap.h
tests_table_pairs_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_text_fuzz_SOURCES = tests/text_fuzz.c tests/compile.c tests/compile.h tests/pages.h tests/tap.h
tests_text_fuzz_CPPFLAGS = $(MDESCC_CPPFLAGS)
tests_runtime_find_SOURCES = tests/runtime_find.c tests/imgbuild.c tests/imgbuild.h tests/tap.h
tests_runtime_image_SOURCES = tests/runtime_image.c tests/imgbuild.c tests/imgbuild.h tests/tap.h
tests_target_image_SOURCES = tests/target_image.c tests/imgbuild.c tests/imgbuild.h tests/tap.h
# Internals of the library, which the shared one hides.
tests_used_cases_SOURCES = tests/used_cases.c tests/tap.h
tests_used_cases_CPPFLAGS = $(RUNTIME_CPPFLAGS)
tests_used_random_SOURCES = tests/used_random.c tests/fuzz.h tests/tap.h
tests_used_random_CPPFLAGS = $(RUNTIME_CPPFLAGS)
tests_xdp_section_SOURCES = tests/xdp_section.c tests/tap.h
tests_xdp_section_CPPFLAGS = $(RUNTIME_CPPFLAGS)
tests_xdp_path_SOURCES = tests/xdp_path.c tests/tap.h tests/xdp/path.h runtime/flowhash.c
tests_xdp_path_CPPFLAGS = $(RUNTIME_CPPFLAGS)
tests_runtime_refnic_SOURCES = tests/runtime_refnic.c tests/imgbuild.c tests/imgbuild.h tests/tap.h

# For test programs without an _LDADD or _CPPFLAGS of their own: everything, internals too.
LDADD = compiler/libmdescc.a $(TEST_LIBMDESC) $(MDESCC_LIBS)
if RUNTIME
TEST_LIBMDESC = runtime/libmdesc.la $(JANSSON_LIBS) $(LIBPCAP_LIBS)
endif

# ./dev bench: built on demand, and not among the tests.
BENCHMARKS = tests/bench/pair
if RUNTIME
BENCHMARKS += tests/bench/check tests/bench/cost tests/bench/fetch tests/bench/handles tests/bench/open \
	tests/bench/refnic tests/bench/writer
endif
EXTRA_PROGRAMS = $(BENCHMARKS)
EXTRA_DIST += tests/bench/bench.h tests/bench/gen-layout.sh tests/bench/gen-states.sh tests/bench/rows.sh
EXTRA_DIST += tests/bench/run
tests_bench_pair_LDADD =
EXTRA_DIST += tests/bench/attach.sh tests/bench/attach.bpf.c tests/bench/deep.mdesc tests/bench/writer.bpf.c
EXTRA_DIST += tests/bench/fetch.sh tests/bench/watch.sh tests/bench/open.bpf.c tests/bench/open_nic.bpf.c
if BPF
if DESCS
BENCH_OBJS = tests/bench/open.bpf.o tests/bench/open_nic.bpf.o tests/bench/writer.bpf.o
endif
endif
if RUNTIME
BENCH_HELPERS = tests/find_images
endif
bench-programs: all $(BENCHMARKS) $(BENCH_HELPERS) $(BENCH_OBJS)
.PHONY: bench-programs

CLEANFILES += tests/list $(BENCHMARKS) tests/bench/open.bpf.o tests/bench/open.bpf.d \
	tests/bench/open_nic.bpf.o tests/bench/open_nic.bpf.d tests/bench/writer.bpf.o tests/bench/writer.bpf.d

tests/list: Makefile
	$(AM_V_GEN){ \
	for t in $(SH_TESTS); do echo "test $(abs_srcdir)/$$t"; done; \
	for t in $(C_TESTS); do echo "test $(abs_builddir)/$$t"; done; \
	for t in $(OUTPUT_TESTS); do echo "output $$t"; done; \
	for t in $(SLOW_TESTS); do echo "slow $$t"; done; \
	for t in $(FULL_TESTS); do echo "full $$t"; done; \
	for t in $(TEST_TIMEOUTS); do echo "timeout $$t"; done; } >$@.tmp && mv $@.tmp $@

# Everything that the runner needs, for those who call it directly.
# One after the other: `all' is a make of its own (there are BUILT_SOURCES), and two that
# link libmdesc at once trip over each other.
check-programs: all
	@$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS) tests/list
.PHONY: check-programs

# make check TESTS="runner golden" runs only those.
check-local: tests/list
	@MDESC_TESTS="$${MDESC_TESTS:-$(with_tests)}" $(srcdir)/tests/run -B $(abs_builddir) $(TESTS)

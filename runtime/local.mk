# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# libmdesc and its command, mdesc.

EXTRA_DIST += runtime/libmdesc.map runtime/mdesc.pc.in

if RUNTIME

lib_LTLIBRARIES += runtime/libmdesc.la
bin_PROGRAMS += mdesc

pkgconfig_DATA += runtime/mdesc.pc

# Sources and private headers of the library, in alphabetical order.
runtime_libmdesc_la_SOURCES = \
	runtime/attach.c \
	runtime/btfcheck.c \
	runtime/btffile.c \
	runtime/btfraw.c \
	runtime/btfraw.h \
	runtime/check.c \
	runtime/check.h \
	runtime/check_pair.c \
	runtime/check_rules.c \
	runtime/check_text.c \
	runtime/computed.c \
	runtime/config.c \
	runtime/core.h \
	runtime/core_calc.c \
	runtime/core_ext.c \
	runtime/core_flow.c \
	runtime/core_flow.h \
	runtime/core_index.c \
	runtime/core_object.c \
	runtime/core_patch.c \
	runtime/core_reach.c \
	runtime/core_spec.c \
	runtime/core_state.c \
	runtime/core_track.c \
	runtime/core_types.c \
	runtime/corerelo.c \
	runtime/crypto.c \
	runtime/crypto.h \
	runtime/debuginfod.c \
	runtime/debuginfod.h \
	runtime/debuginfod_cache.c \
	runtime/debuginfod_cache.h \
	runtime/description.c \
	runtime/devlink.c \
	runtime/devlink_parse.c \
	runtime/diff.c \
	runtime/diff.h \
	runtime/diff_btf.c \
	runtime/diff_btf.h \
	runtime/diff_fields.c \
	runtime/diff_identity.c \
	runtime/diff_layouts.c \
	runtime/diff_machine.c \
	runtime/diff_prove.c \
	runtime/diff_prove.h \
	runtime/diff_rules.def \
	runtime/diff_raw.c \
	runtime/diff_run.c \
	runtime/diff_tables.c \
	runtime/diff_types.c \
	runtime/digest.c \
	runtime/elf.c \
	runtime/enter.c \
	runtime/error.c \
	runtime/explore.c \
	runtime/explore.h \
	runtime/explore_steps.c \
	runtime/exprtext.c \
	runtime/fetch.c \
	runtime/field.c \
	runtime/find.c \
	runtime/find.h \
	runtime/find_cache.c \
	runtime/find_dirs.c \
	runtime/find_ident.c \
	runtime/find_ids.c \
	runtime/find_index.c \
	runtime/find_kernel.c \
	runtime/find_match.c \
	runtime/find_stat.c \
	runtime/flat.c \
	runtime/handle.c \
	runtime/identity.c \
	runtime/identity.h \
	runtime/identity_iface.c \
	runtime/image.c \
	runtime/image.h \
	runtime/layout.c \
	runtime/lazylib.c \
	runtime/lazylib.h \
	runtime/listing.c \
	runtime/listing.h \
	runtime/listing_tables.c \
	runtime/listing_values.c \
	runtime/machine.h \
	runtime/match.c \
	runtime/minimum.c \
	runtime/names.h \
	runtime/near.c \
	runtime/near.h \
	runtime/object.c \
	runtime/object_xdp.c \
	runtime/objects.c \
	runtime/oldkinds.c \
	runtime/operators.c \
	runtime/operators.h \
	runtime/parser_info.c \
	runtime/publish.c \
	runtime/rawcode.c \
	runtime/raweffect.c \
	runtime/rawnic.c \
	runtime/rawnic.h \
	runtime/rawnic_new.c \
	runtime/rawtable.c \
	runtime/rawtable.h \
	runtime/reader.c \
	runtime/reads.h \
	runtime/reads_flow.c \
	runtime/reads_value.c \
	runtime/refnic.c \
	runtime/refnic.h \
	runtime/refnic_kinds.c \
	runtime/refnic_new.c \
	runtime/same.c \
	runtime/sign.c \
	runtime/signature.c \
	runtime/standin.c \
	runtime/stitch.c \
	runtime/stitch.h \
	runtime/tables.c \
	runtime/text.h \
	runtime/trust.c \
	$(SYM_SRC) \
	runtime/validate.c \
	runtime/validate_btf.c \
	runtime/validate_classes.c \
	runtime/validate_headers.c \
	runtime/validate_parser.c \
	runtime/validate_registers.c \
	runtime/validate_tables.c \
	runtime/validate_text.c \
	runtime/validate_values.c \
	runtime/value.c \
	runtime/xdp.h \
	runtime/xdp_attach.c \
	runtime/xdp_dispatch.c \
	runtime/xdp_gate.c \
	runtime/xdp_gates.c \
	runtime/xdp_iface.c \
	runtime/xdp_maps.c \
	runtime/xdp_pair.c \
	runtime/xdp_pins.c \
	runtime/xdp_place.c \
	runtime/xdp_section.c \
	runtime/xdp_status.c \
	runtime/xdp_update.c \
	runtime/xdp_used.c \
	runtime/xdp_user.c \
	runtime/xdp_verdict.c \
	runtime/xdp_writer.c
runtime_libmdesc_la_CPPFLAGS = $(RUNTIME_CPPFLAGS)
runtime_libmdesc_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
runtime_libmdesc_la_LDFLAGS = -version-info 0:0:0 -no-undefined \
	-Wl,--version-script=$(srcdir)/runtime/libmdesc.map -Wl,--no-undefined-version
runtime_libmdesc_la_LIBADD = $(LIBBPF_LIBS) $(LIBELF_LIBS) $(NETTLE_LIBS) $(DL_LIBS)
EXTRA_runtime_libmdesc_la_DEPENDENCIES = runtime/libmdesc.map

# The command: mdesc.c and one cmd_NAME.c for each subcommand.
mdesc_SOURCES = \
	runtime/capture.c \
	runtime/cmd.c \
	runtime/cmd.h \
	runtime/cmd_attach.c \
	runtime/cmd_attach.h \
	runtime/cmd_attach_args.c \
	runtime/cmd_btf.c \
	runtime/cmd_check.c \
	runtime/cmd_check.h \
	runtime/cmd_check_json.c \
	runtime/cmd_check_text.c \
	runtime/cmd_decode.c \
	runtime/cmd_diff.c \
	runtime/cmd_dump.c \
	runtime/cmd_exec.c \
	runtime/cmd_fetch.c \
	runtime/cmd_find.c \
	runtime/cmd_image.c \
	runtime/cmd_image.h \
	runtime/cmd_progress.c \
	runtime/cmd_progress.h \
	runtime/cmd_publish.c \
	runtime/cmd_run.c \
	runtime/cmd_show.c \
	runtime/cmd_sign.c \
	runtime/cmd_status.c \
	runtime/cmd_stitch.c \
	runtime/cmd_stitched.c \
	runtime/cmd_stitched.h \
	runtime/cmd_update.c \
	runtime/cmd_verify.c \
	runtime/cmd_watch.c \
	runtime/fieldjson.c \
	runtime/filter.h \
	runtime/filter_bind.c \
	runtime/filter_parse.c \
	runtime/findshow.c \
	runtime/findshow.h \
	runtime/flowhash.c \
	runtime/mdesc.c \
	runtime/near.c \
	runtime/near.h \
	runtime/program.c \
	runtime/run.h \
	runtime/runjson.c \
	runtime/runraw.c \
	runtime/runraw.h \
	runtime/runshow.h \
	runtime/runtable.c \
	runtime/sarif.c \
	runtime/sarif.h \
	runtime/show.h \
	runtime/showjson.c \
	runtime/sources.c \
	runtime/tally.c \
	runtime/watch.h \
	runtime/watch_code.h \
	runtime/watch_filter.c \
	runtime/watch_insns.c \
	runtime/watch_left.c \
	runtime/watch_show.c \
	runtime/watch_tap.c
mdesc_CPPFLAGS = $(RUNTIME_CPPFLAGS) $(JANSSON_CFLAGS) $(LIBPCAP_CFLAGS)
mdesc_LDADD = runtime/libmdesc.la $(JANSSON_LIBS) $(LIBPCAP_LIBS) $(LIBBPF_LIBS)

# Examples: built so that they stay right, installed as sources (bpf/local.mk).
if LIBXDP
noinst_PROGRAMS += runtime/examples/xsk_sort
runtime_examples_xsk_sort_SOURCES = $(XSK_SORT_SRC)
runtime_examples_xsk_sort_CPPFLAGS = $(AM_CPPFLAGS) $(LIBBPF_CFLAGS) $(LIBXDP_CFLAGS)
runtime_examples_xsk_sort_LDADD = runtime/libmdesc.la $(LIBXDP_LIBS) $(LIBBPF_LIBS)
endif

RUNTIME_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/runtime $(LIBBPF_CFLAGS) $(LIBELF_CFLAGS) $(NETTLE_CFLAGS) \
	$(LIBCRYPTO_CFLAGS) $(LIBDEBUGINFOD_CFLAGS) $(LIBXDP_CFLAGS)

endif

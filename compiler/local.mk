# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdescc.  All but main.c is an internal library, so that tests can link against any part of it.

bin_PROGRAMS += mdescc
noinst_LIBRARIES += compiler/libmdescc.a

mdescc_SOURCES = compiler/main.c
mdescc_CPPFLAGS = $(MDESCC_CPPFLAGS)
mdescc_CFLAGS = $(AM_CFLAGS) $(MDESCC_CFLAGS)
mdescc_LDFLAGS = $(MDESCC_LDFLAGS)
mdescc_LDADD = compiler/libmdescc.a $(MDESCC_PROGRAM_LIBS)
EXTRA_mdescc_DEPENDENCIES = Makefile

# The prover, of which libmdesc has a copy.
SYM_SRC = \
	compiler/sym.c \
	compiler/sym.h \
	compiler/sym_bound.c \
	compiler/sym_end.c \
	compiler/sym_frame.c \
	compiler/sym_index.c \
	compiler/sym_know.c \
	compiler/sym_later.c \
	compiler/sym_memo.c \
	compiler/sym_node.c \
	compiler/sym_ops.c \
	compiler/sym_priv.h \
	compiler/sym_resolve.c \
	compiler/sym_force.c \
	compiler/sym_found.c \
	compiler/sym_row.c \
	compiler/sym_run.c \
	compiler/sym_solve.c \
	compiler/sym_step.c \
	compiler/sym_sync.c \
	compiler/sym_sync.h

# Sources and private headers, in alphabetical order.
compiler_libmdescc_a_SOURCES = \
	compiler/alias.c \
	compiler/arena.c \
	compiler/arena.h \
	compiler/ast.h \
	compiler/ast_make.c \
	compiler/ast_make.h \
	compiler/atoms.c \
	compiler/atoms.h \
	compiler/body.c \
	compiler/btf_types.c \
	compiler/btf_types.h \
	compiler/chain.c \
	compiler/check.h \
	compiler/check_arms.c \
	compiler/check_asks.c \
	compiler/check_kernel.c \
	compiler/check_registers.c \
	compiler/check_table_registers.c \
	compiler/check_table_states.c \
	compiler/check_tables.c \
	compiler/check_writes.c \
	compiler/checks.c \
	compiler/checks.def \
	compiler/config.c \
	compiler/classify.c \
	compiler/components.c \
	compiler/components.h \
	compiler/convert.c \
	compiler/cover.c \
	compiler/cover.h \
	compiler/cover_chain.c \
	compiler/cover_chain.h \
	compiler/cover_exact.c \
	compiler/cover_exact.h \
	compiler/cover_isop.c \
	compiler/cover_isop.h \
	compiler/cover_list.c \
	compiler/cover_list.h \
	compiler/cover_plain.c \
	compiler/cover_plain.h \
	compiler/cover_rests.c \
	compiler/cover_rests.h \
	compiler/cover_memo.c \
	compiler/cover_nodes.c \
	compiler/cover_nodes.h \
	compiler/cover_tree.c \
	compiler/cover_tree.h \
	compiler/cube.h \
	compiler/depth.c \
	compiler/describe.c \
	compiler/describe.h \
	compiler/description.c \
	compiler/device.c \
	compiler/diag.c \
	compiler/diag.h \
	compiler/diag_json.c \
	compiler/diag_priv.h \
	compiler/diag_text.c \
	compiler/dump.h \
	compiler/dump_parser.c \
	compiler/dump_tables.c \
	compiler/dump_values.c \
	compiler/elf_write.c \
	compiler/emit.c \
	compiler/emit_btf.c \
	compiler/emit_common.c \
	compiler/emit_common.h \
	compiler/emit_dot.c \
	compiler/emit_dump.c \
	compiler/emit_header.c \
	compiler/emit_html.c \
	compiler/emit_image.c \
	compiler/emit_kmod.c \
	compiler/emit_rows.c \
	compiler/emit_table.c \
	compiler/emit_table_c.c \
	compiler/emit_table_list.c \
	compiler/emit_xdp.c \
	compiler/emit_xdp_metadata.c \
	compiler/enum.c \
	compiler/errors.c \
	compiler/fieldref.c \
	compiler/flow.c \
	compiler/flow_extract.c \
	compiler/flow_layout.c \
	compiler/flow_part.c \
	compiler/flow_tag.c \
	compiler/flow_within.c \
	compiler/fmt.c \
	compiler/fmt.h \
	compiler/fmt_align.c \
	compiler/fmt_lex.c \
	compiler/fmt_lines.c \
	compiler/fmt_space.c \
	compiler/fmt_tree.c \
	compiler/foreign.c \
	compiler/foreign.h \
	compiler/fuse.h \
	compiler/gate.c \
	compiler/header.h \
	compiler/header_block.c \
	compiler/header_getters.c \
	compiler/header_parts.c \
	compiler/header_parts.h \
	compiler/header_types.c \
	compiler/header_values.c \
	compiler/headers.c \
	compiler/html.h \
	compiler/html_bits.c \
	compiler/html_body.c \
	compiler/html_classes.c \
	compiler/html_expr.c \
	compiler/html_fields.c \
	compiler/html_graph.c \
	compiler/html_headers.c \
	compiler/html_identity.c \
	compiler/html_layered.c \
	compiler/html_layered.h \
	compiler/html_layouts.c \
	compiler/html_lists.c \
	compiler/html_parser.c \
	compiler/html_raw.c \
	compiler/html_tables.c \
	compiler/html_text.c \
	compiler/ids.c \
	compiler/image.h \
	compiler/image_digest.c \
	compiler/image_effects.c \
	compiler/image_effects.h \
	compiler/image_header.c \
	compiler/image_order.c \
	compiler/image_order.def \
	compiler/image_tables.c \
	compiler/image_tables.h \
	compiler/image_values.c \
	compiler/image_values.h \
	compiler/include.c \
	compiler/interval.h \
	compiler/key_fields.c \
	compiler/key_slot.c \
	compiler/key_slot.h \
	compiler/keywords.def \
	compiler/layout.c \
	compiler/layouts.c \
	compiler/leaves.c \
	compiler/lexer.c \
	compiler/linear.c \
	compiler/linear.h \
	compiler/literal.c \
	compiler/literal.h \
	compiler/literal_key.c \
	compiler/literal_ops.c \
	compiler/mdescc.h \
	compiler/model.h \
	compiler/lookups.c \
	compiler/lookups.h \
	compiler/lower.h \
	compiler/lower_need.c \
	compiler/lower_numbers.c \
	compiler/lower_record.c \
	compiler/lower_run.c \
	compiler/lower_slots.c \
	compiler/lower_solve.c \
	compiler/lower_table.c \
	compiler/lower_table.h \
	compiler/moves.c \
	compiler/names.c \
	compiler/options.c \
	compiler/options.h \
	compiler/out.c \
	compiler/out.h \
	compiler/parse.h \
	compiler/parser.c \
	compiler/parser.h \
	compiler/pass_carry.c \
	compiler/pass_defaults.c \
	compiler/pass_exact.c \
	compiler/pass_fuse.c \
	compiler/pass_later.c \
	compiler/pass_known.c \
	compiler/pass_lengths.c \
	compiler/pass_merge.c \
	compiler/pass_minimise.c \
	compiler/pass_search.c \
	compiler/pass_split.c \
	compiler/pass_stages.c \
	compiler/pass_unroll.c \
	compiler/passes.c \
	compiler/passes.h \
	compiler/prove.c \
	compiler/prove.h \
	compiler/registers.c \
	compiler/releases.c \
	compiler/releases.h \
	compiler/resolve.c \
	compiler/resolve.h \
	compiler/resolve_const.c \
	compiler/rows.h \
	compiler/rows_graph.c \
	compiler/rows_graph.h \
	compiler/rows_mean.c \
	compiler/rows_mean.h \
	compiler/rows_steps.c \
	compiler/scopes.c \
	compiler/select.c \
	compiler/source.c \
	compiler/source.h \
	compiler/sources.c \
	compiler/states.c \
	compiler/states.h \
	compiler/stats.c \
	compiler/stats.h \
	compiler/style.c \
	compiler/style.h \
	$(SYM_SRC) \
	compiler/syntax.c \
	compiler/syntax.h \
	compiler/syntax_hints.c \
	compiler/syntax_words.c \
	compiler/table.c \
	compiler/table.h \
	compiler/table_bits.c \
	compiler/table_effect.c \
	compiler/table_encode.c \
	compiler/table_given.c \
	compiler/table_labels.c \
	compiler/table_lines.c \
	compiler/table_make.h \
	compiler/table_names.c \
	compiler/table_pairs.c \
	compiler/table_pairs.h \
	compiler/table_rows.c \
	compiler/table_values.c \
	compiler/tags.c \
	compiler/target_file.c \
	compiler/tcam.c \
	compiler/tcam_arcs.c \
	compiler/tcam.h \
	compiler/tcam_class.c \
	compiler/tcam_dist.c \
	compiler/tcam_key.c \
	compiler/tcam_limits.c \
	compiler/tcam_ops.c \
	compiler/tcam_part.c \
	compiler/types.c \
	compiler/types.h \
	compiler/utf8.h \
	compiler/value_expr.c \
	compiler/value_text.c \
	compiler/values.c \
	compiler/views.c \
	compiler/writer.c \
	compiler/xdp.h \
	compiler/xdp_cost.c \
	compiler/xdp_embed.c \
	compiler/xdp_headers.c \
	compiler/xdp_ops.c \
	compiler/xdp_early.c \
	compiler/xdp_fast.c \
	compiler/xdp_keys.c \
	compiler/xdp_known.c \
	compiler/xdp_plan.c \
	compiler/xdp_rounds.c \
	compiler/xdp_sources.c \
	compiler/xdp_states.c \
	compiler/xdp_text.c
compiler_libmdescc_a_CPPFLAGS = $(MDESCC_CPPFLAGS)
compiler_libmdescc_a_CFLAGS = $(AM_CFLAGS) $(MDESCC_CFLAGS)

MDESCC_CPPFLAGS = $(AM_CPPFLAGS) -I$(builddir)/compiler -I$(srcdir)/compiler \
	-DMDESC_DATADIR='"$(pkgdatadir)"' $(LIBBPF_CFLAGS) $(LIBELF_CFLAGS) $(NETTLE_CFLAGS)
MDESCC_LIBS = $(LIBBPF_LIBS) $(LIBELF_LIBS) $(NETTLE_LIBS)

# Generated headers come first, also when a program is all that make is asked for.
$(compiler_libmdescc_a_OBJECTS): | $(BUILT_SOURCES)

# The generated scanner and parser go into a release; their #line directives name paths from the top.
EXTRA_DIST += compiler/lexer.l compiler/parser.y
BUILT_SOURCES += compiler/parser.h
MAINTAINERCLEANFILES = compiler/lexer.c compiler/parser.c compiler/parser.h

compiler/parser.c: compiler/parser.y
	$(AM_V_GEN)$(MKDIR_P) compiler && \
	$(BISON) -Wall --file-prefix-map=$(srcdir)/= --header=compiler/parser.h -o compiler/parser.c \
		$(srcdir)/compiler/parser.y

compiler/parser.h: compiler/parser.c
	@test -f $@ || test -f $(srcdir)/$@ || { rm -f compiler/parser.c && $(MAKE) $(AM_MAKEFLAGS) compiler/parser.c; }

compiler/lexer.c: compiler/lexer.l
	$(AM_V_GEN)$(MKDIR_P) compiler && \
	$(FLEX) -o compiler/lexer.tmp $(srcdir)/compiler/lexer.l && \
	$(SED) -e '/^#line/s|"$(srcdir)/|"|' -e '/^#line/s|lexer\.tmp"|lexer.c"|' compiler/lexer.tmp \
		>compiler/lexer.c && \
	rm -f compiler/lexer.tmp

# The data sheet's style and script as C strings, without comments and indentation.
EXTRA_DIST += compiler/sheet.css compiler/sheet.js
BUILT_SOURCES += compiler/html_assets.h
CLEANFILES += compiler/html_assets.h
C_STRING = $(SED) -e '/^\/\*.*\*\/$$/d' -e 's/^[	 ]*//' -e '/^$$/d' -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/'

compiler/html_assets.h: $(srcdir)/compiler/sheet.css $(srcdir)/compiler/sheet.js
	$(AM_V_GEN)$(MKDIR_P) compiler && { \
	echo '/* Made from sheet.css and sheet.js. */' && \
	echo 'static const char html_style[] =' && $(C_STRING) $(srcdir)/compiler/sheet.css && echo ';' && \
	echo 'static const char html_script[] =' && $(C_STRING) $(srcdir)/compiler/sheet.js && echo ';'; } >$@.tmp && \
	mv $@.tmp $@

# The files of a kernel module (emit_kmod.c) as C strings, unchanged.
EXTRA_DIST += compiler/kmod/Makefile.in compiler/kmod/base.c compiler/kmod/btf.c.in
BUILT_SOURCES += compiler/kmod_assets.h
CLEANFILES += compiler/kmod_assets.h
C_TEXT = $(SED) -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/'

compiler/kmod_assets.h: $(srcdir)/compiler/kmod/Makefile.in $(srcdir)/compiler/kmod/base.c \
		$(srcdir)/compiler/kmod/btf.c.in
	$(AM_V_GEN)$(MKDIR_P) compiler && { \
	echo '/* Made from the files in kmod/. */' && \
	echo 'static const char kmod_makefile[] =' && $(C_TEXT) $(srcdir)/compiler/kmod/Makefile.in && echo ';' && \
	echo 'static const char kmod_base[] =' && $(C_TEXT) $(srcdir)/compiler/kmod/base.c && echo ';' && \
	echo 'static const char kmod_btf[] =' && $(C_TEXT) $(srcdir)/compiler/kmod/btf.c.in && echo ';'; } >$@.tmp && \
	mv $@.tmp $@

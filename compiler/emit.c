/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The outputs: a new one is a row here and a file emit_*.c. --emit and --help read this table. Rows of one name are
 * files of one folder; the first has the help.
 */
#include "mdescc.h"

const struct mdc_emitter mdc_emitters[] = {
	{ "image",  ".fw",   "the firmware image: tables, layouts and BTF in one ELF file",
	  true, true, mdc_emit_image },
	{ "header", ".h",    "the C header for drivers, firmware, user space and BPF programs",
	  true, false, mdc_emit_header },
	{ "btf",    ".btf",  "the BTF alone",
	  true, false, mdc_emit_btf },
	{ "dump",   ".dump", "the resolved description, readable",
	  false, false, mdc_emit_dump },
	{ "rows",   ".rows", "the target's rows, readable",
	  false, true, mdc_emit_rows },
	{ "rows-bin", ".rows.bin", "the rows of raw tables, as hardware takes them",
	  false, false, mdc_emit_rows_bin },
	{ "rows-c", ".rows.h", "the rows of raw tables: C arrays for a driver to include",
	  false, false, mdc_emit_rows_c },
	{ "dot",    ".dot",  "the parse graph for graphviz",
	  false, false, mdc_emit_dot },
	{ "html",   ".html", "the data sheet: one page with diagrams, for people",
	  false, true, mdc_emit_html },
	{ "kmod",   ".kmod/Makefile", "a kernel module that carries the BTF: a folder to build it in",
	  false, false, mdc_emit_kmod_makefile },
	{ "kmod",   ".kmod/btf.c", NULL,
	  false, false, mdc_emit_kmod_btf },
	{ "kmod",   ".kmod/base.c", NULL,
	  false, false, mdc_emit_kmod_base },
	{ "xdp",    ".xdp.c", "the writer in software: an XDP program that does what the tables do, as C",
	  false, true, mdc_emit_xdp },
	{ "xdp-metadata", ".xdp.h", "a driver's answers to XDP's metadata kfuncs: a C header",
	  false, false, mdc_emit_xdp_metadata },
	{ 0 },
};

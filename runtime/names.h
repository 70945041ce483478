/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Functions that files of the library share, under a prefix: visibility hides
 * them in the shared library, but in the static one every name is the program's,
 * too. The test build-dist finds one that is missing here.
 */
#ifndef MDESC_RUNTIME_NAMES_H
#define MDESC_RUNTIME_NAMES_H

#define btf_header_set			mdesc__btf_header_set
#define btf_same			mdesc__btf_same
#define btffile_close			mdesc__btffile_close
#define btffile_find			mdesc__btffile_find
#define btffile_open			mdesc__btffile_open
#define btffile_read			mdesc__btffile_read
#define btfraw_check			mdesc__btfraw_check
#define btfraw_close			mdesc__btfraw_close
#define btfraw_kind_name		mdesc__btfraw_kind_name
#define btfraw_of			mdesc__btfraw_of
#define btfraw_open			mdesc__btfraw_open
#define btfraw_record_size		mdesc__btfraw_record_size
#define btfraw_refers			mdesc__btfraw_refers
#define btfraw_resolve			mdesc__btfraw_resolve
#define btfraw_slots			mdesc__btfraw_slots
#define btfraw_str			mdesc__btfraw_str
#define btfraw_type			mdesc__btfraw_type
#define check_counter			mdesc__check_counter
#define check_line			mdesc__check_line
#define check_name			mdesc__check_name
#define check_opt_name			mdesc__check_opt_name
#define check_register_load		mdesc__check_register_load
#define check_register_slot		mdesc__check_register_slot
#define check_register_store		mdesc__check_register_store
#define check_str			mdesc__check_str
#define cond_layout			mdesc__cond_layout
#define conds_hold			mdesc__conds_hold
#define core_root_of			mdesc__core_root_of
#define core_roots_all			mdesc__core_roots_all
#define core_roots_free			mdesc__core_roots_free
#define core_roots_read			mdesc__core_roots_read
#define elfsec_find			mdesc__elfsec_find
#define enum_name			mdesc__enum_name
#define error_at			mdesc__error_at
#define error_newer			mdesc__error_newer
#define error_nomem			mdesc__error_nomem
#define error_set			mdesc__error_set
#define hits_find			mdesc__hits_find
#define hits_free			mdesc__hits_free
#define hits_settle			mdesc__hits_settle
#define image_check_digest		mdesc__image_check_digest
#define image_has_element		mdesc__image_has_element
#define image_read_elf			mdesc__image_read_elf
#define image_read_tables		mdesc__image_read_tables
#define image_section			mdesc__image_section
#define image_validate			mdesc__image_validate
#define image_validate_btf		mdesc__image_validate_btf
#define image_validate_classes		mdesc__image_validate_classes
#define image_validate_headers		mdesc__image_validate_headers
#define image_validate_parser		mdesc__image_validate_parser
#define image_validate_registers	mdesc__image_validate_registers
#define image_validate_text		mdesc__image_validate_text
#define image_validate_values		mdesc__image_validate_values
#define info_copy			mdesc__info_copy
#define list_classes			mdesc__list_classes
#define list_configs			mdesc__list_configs
#define list_layouts			mdesc__list_layouts
#define list_match			mdesc__list_match
#define list_sources			mdesc__list_sources
#define list_word			mdesc__list_word
#define load_number			mdesc__load_number
#define nic_record_other		mdesc__nic_record_other
#define opts_valid			mdesc__opts_valid
#define put_expr			mdesc__put_expr
#define section_in_digest		mdesc__section_in_digest
#define stitch_flat			mdesc__stitch_flat
#define stitch_for			mdesc__stitch_for
#define stitch_minimum			mdesc__stitch_minimum
#define stitch_note			mdesc__stitch_note
#define table_name			mdesc__table_name
#define table_offset			mdesc__table_offset
#define text_add			mdesc__text_add
#define text_end			mdesc__text_end
#define text_enum			mdesc__text_enum
#define text_is_clean			mdesc__text_is_clean
#define text_start			mdesc__text_start
#define token_kind			mdesc__token_kind
#define token_text			mdesc__token_text
#define valid_holds			mdesc__valid_holds
#define value_compute			mdesc__value_compute
#define value_known			mdesc__value_known

#endif /* MDESC_RUNTIME_NAMES_H */

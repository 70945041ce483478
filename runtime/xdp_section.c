/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Programs for packets in fragments, for libxdp's dispatcher: there the dispatcher
 * alone has the kernel's mark for such programs, and what stands in it, or is
 * called from there, has none. libbpf sets the mark for the section's name and
 * cannot be told not to; so this takes an object's bytes, from anybody, and gives
 * that section a name that libbpf does not know, in the names of sections and in
 * those that BTF has. What is no object as it must be is left to libbpf.
 */
#include <elf.h>
#include <string.h>
#include <linux/btf.h>

#include "xdp.h"

#define FRAGS	"xdp.frags"
#define HIDDEN	"xdp!frags"
#define AT	3		/* where they differ */

struct part { uint8_t *data; size_t size; };

/* Of a table of names, the one at @offset is @name. */
static bool is_named(const struct part *names, size_t offset, const char *name)
{
	size_t size = strlen(name) + 1;

	return offset <= names->size && names->size - offset >= size && !memcmp(names->data + offset, name, size);
}

static bool section(const struct part *file, const Elf64_Ehdr *eh, size_t idx, Elf64_Shdr *sh, struct part *content)
{
	memcpy(sh, file->data + eh->e_shoff + idx * sizeof(*sh), sizeof(*sh));
	if (sh->sh_type == SHT_NOBITS || sh->sh_offset > file->size || sh->sh_size > file->size - sh->sh_offset)
		return false;
	*content = (struct part){ file->data + sh->sh_offset, sh->sh_size };
	return true;
}

static bool header(const struct part *file, Elf64_Ehdr *eh)
{
	if (file->size < sizeof(*eh))
		return false;
	memcpy(eh, file->data, sizeof(*eh));
	return !memcmp(eh->e_ident, ELFMAG, SELFMAG) && eh->e_ident[EI_CLASS] == ELFCLASS64 &&
	       eh->e_shentsize == sizeof(Elf64_Shdr) && eh->e_shoff <= file->size &&
	       eh->e_shnum <= (file->size - eh->e_shoff) / sizeof(Elf64_Shdr) && eh->e_shstrndx < eh->e_shnum;
}

static void hide_in_btf(const struct part *btf)
{
	struct btf_header h;
	struct part strings;
	size_t at, end;

	if (btf->size < sizeof(h))
		return;
	memcpy(&h, btf->data, sizeof(h));
	end = (size_t)h.hdr_len + h.str_off;
	if (h.magic != BTF_MAGIC || end > btf->size || h.str_len > btf->size - end)
		return;
	strings = (struct part){ btf->data + end, h.str_len };
	for (at = 0; at < strings.size; at += strnlen((char *)strings.data + at, strings.size - at) + 1)
		if (is_named(&strings, at, FRAGS))
			strings.data[at + AT] = HIDDEN[AT];
}

void xdp_section_hide(void *data, size_t size)
{
	struct part file = { data, size }, names, content;
	Elf64_Ehdr eh;
	Elf64_Shdr sh;
	size_t i;

	if (!header(&file, &eh) || !section(&file, &eh, eh.e_shstrndx, &sh, &names))
		return;
	for (i = 0; i < eh.e_shnum; i++) {
		if (!section(&file, &eh, i, &sh, &content))
			continue;
		if (is_named(&names, sh.sh_name, ".BTF"))
			hide_in_btf(&content);
		else if ((sh.sh_flags & SHF_EXECINSTR) && is_named(&names, sh.sh_name, FRAGS))
			names.data[sh.sh_name + AT] = HIDDEN[AT];
	}
}

void xdp_section_set_types(struct bpf_object *bpf)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, bpf)
		if (!strcmp(bpf_program__section_name(prog), HIDDEN))
			bpf_program__set_type(prog, BPF_PROG_TYPE_XDP);
}

bool xdp_section_is_frags(const struct bpf_program *prog)
{
	const char *name = bpf_program__section_name(prog);

	return !strncmp(name, FRAGS, strlen(FRAGS)) || !strcmp(name, HIDDEN);
}

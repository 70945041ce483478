// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//
// The other name for sections xdp.frags: of a small object that libbpf opens, where it stands in the names of sections
// and in BTF, and only there; with damaged bytes nothing outside of them is touched (each is as long as it is said to
// be, so that sanitizers see it), and libbpf's own judgement stays the same.

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>

#include "xdp.h"
#include "tap.h"

enum { CODE, TEXT, DATA, BTF, BTF_EXT, NAMES, SECTIONS };

#define N (SECTIONS + 1)

static const char names[] = "\0.relxdp.frags\0xdp\0.rodata\0.BTF\0.BTF.ext\0.shstrtab";
static const uint32_t name_at[SECTIONS] = { 5, 15, 19, 27, 32, 41 };

// Two programs, one for fragments; constants that hold the name, too.
static uint8_t *object(size_t *size)
{
	static const uint64_t code[] = { 0x00000000000000b7, 0x0000000000000095 };
	static const char constants[] = "xdp.frags";
	struct btf *btf = btf__new_empty();
	Elf64_Ehdr eh = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			  .e_type = ET_REL, .e_machine = 247, .e_version = EV_CURRENT, .e_ehsize = sizeof(eh),
			  .e_shoff = sizeof(eh), .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = N, .e_shstrndx = N - 1 };
	Elf64_Shdr sh[N] = { { 0 } };
	const void *content[SECTIONS] = { code, code, constants, NULL, "", names };
	size_t sizes[SECTIONS] = { sizeof(code), sizeof(code), sizeof(constants), 0, 1, sizeof(names) }, at;
	uint32_t btf_size;
	uint8_t *file;

	btf__add_str(btf, "axdp.frags");
	btf__add_str(btf, "xdp.frags");
	btf__add_str(btf, "xdp.frags/cpumap");
	content[BTF] = btf__raw_data(btf, &btf_size);
	sizes[BTF] = btf_size;
	at = sizeof(eh) + sizeof(sh);
	file = calloc(1, 4096);
	for (int i = 0; i < SECTIONS; i++) {
		sh[i + 1] = (Elf64_Shdr){ .sh_name = name_at[i], .sh_type = SHT_PROGBITS, .sh_offset = at,
					  .sh_size = sizes[i], .sh_addralign = 1,
					  .sh_flags = i <= TEXT ? SHF_ALLOC | SHF_EXECINSTR : 0 };
		memcpy(file + at, content[i], sizes[i]);
		at += sizes[i];
	}
	sh[N - 1].sh_type = SHT_STRTAB;
	memcpy(file, &eh, sizeof(eh));
	memcpy(file + sizeof(eh), sh, sizeof(sh));
	btf__free(btf);
	*size = at;
	return file;
}

static int count(const uint8_t *data, size_t size, const char *text, size_t n)
{
	int found = 0;

	for (size_t i = 0; i + n <= size; i++)
		found += !memcmp(data + i, text, n);
	return found;
}

// A copy with no byte behind it; whether anything but '.' has changed, or more than all there are but the constants.
static bool hide(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	int changed = 0, wrong = 0;

	memcpy(copy, data, size);
	xdp_section_hide(copy, size);
	for (size_t i = 0; i < size; i++) {
		changed += copy[i] != data[i];
		wrong += copy[i] != data[i] && (data[i] != '.' || copy[i] != '!');
	}
	free(copy);
	return changed <= 3 && !wrong;
}

static void check_damage(const uint8_t *data, size_t size)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0xff };
	size_t bad = 0, runs = 0;
	uint8_t *copy = malloc(size);

	for (size_t n = 0; n < size; n++, runs++)
		bad += !hide(data, n);
	for (size_t i = 0; i < size; i++)
		for (size_t k = 0; k < sizeof(values); k++, runs++) {
			memcpy(copy, data, size);
			copy[i] = values[k];
			bad += !hide(copy, size);
		}
	free(copy);
	tap(!bad, "damaged", "%zu of %zu were changed otherwise", bad, runs);
}

int main(void)
{
	size_t size;
	uint8_t *data = object(&size), *copy = malloc(size);

	memcpy(copy, data, size);
	tap(count(data, size, "xdp.frags", 10) == 4, "object", "%d times", count(data, size, "xdp.frags", 10));
	xdp_section_hide(data, size);
	// Left: the constants, and what only ends so in BTF.
	tap(count(data, size, "xdp.frags", 10) == 2 && count(data, size, "xdp!frags", 10) == 2 &&
	    count(data, size, "axdp.frags", 11) == 1 && count(data, size, "xdp.frags/cpumap", 17) == 1, "hidden",
	    "%d are left, %d are new", count(data, size, "xdp.frags", 10), count(data, size, "xdp!frags", 10));
	xdp_section_hide(copy, size);
	tap(!memcmp(copy, data, size), "same_again", "differs");
	check_damage(data, size);
	free(data);
	data = object(&size);
	check_damage(data, size);
	free(data);
	free(copy);
	return tap_status();
}

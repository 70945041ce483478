/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The identity of a file for the index: takes a name in a directory, gives state,
 * build id, driver, firmware and match lines, by reading a few kilobytes of it.
 * Nothing of the rest is looked at, and no digest computed: what is handed out is
 * opened and checked as a whole later. Every length here is the file's word.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "find.h"
#include "image.h"

/* What of a file is read at most, besides single strings. */
#define FRONT_BYTES	4096u
#define NAMES_MAX	65536u
#define IDENTS_MAX	4096u
/* A string of the identity. */
#define TEXT_MAX	255u

struct reader {
	int fd;
	uint64_t size;
	uint8_t front[FRONT_BYTES];
	size_t front_size;
	Elf64_Shdr *shdrs;
	unsigned int shnum;
	char *names;
	uint64_t names_size;
	uint64_t strings_at, strings_size;
	char strings[FRONT_BYTES];	/* the beginning of them: identities come first */
	size_t strings_have;
	const char *why;
	enum find_state state;
};

static bool fail(struct reader *r, enum find_state state, const char *why)
{
	r->state = state;
	r->why = why;
	return false;
}

static bool get(struct reader *r, uint64_t at, void *to, size_t n)
{
	size_t have = 0;

	if (at > r->size || n > r->size - at)
		return fail(r, FIND_DAMAGED, "a part of it lies beyond its end");
	if (at + n <= r->front_size) {
		memcpy(to, r->front + at, n);
		return true;
	}
	while (have < n) {
		ssize_t got = pread(r->fd, (char *)to + have, n - have, at + have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail(r, FIND_UNREADABLE, got ? strerror(errno) : "it became shorter while it was read");
		have += got;
	}
	return true;
}

/* A part as memory of its own. */
static void *get_part(struct reader *r, uint64_t at, uint64_t n)
{
	void *p;

	if (at > r->size || n > r->size - at) {
		fail(r, FIND_DAMAGED, "a part of it lies beyond its end");
		return NULL;
	}
	p = malloc(n ? n : 1);
	if (!p)
		fail(r, FIND_UNREADABLE, NULL);
	else if (!get(r, at, p, n)) {
		free(p);
		p = NULL;
	}
	return p;
}

/* ELF files of other kinds, and what is no ELF file, are none of our business. */
static bool read_frame(struct reader *r)
{
	Elf64_Ehdr eh;

	r->front_size = 0;
	if (r->size < SELFMAG || r->size > IMAGE_MAX_BYTES)
		return fail(r, FIND_NO_IMAGE, "too small or too large");
	if (!get(r, 0, r->front, r->size < FRONT_BYTES ? r->size : FRONT_BYTES))
		return false;
	r->front_size = r->size < FRONT_BYTES ? r->size : FRONT_BYTES;
	if (memcmp(r->front, ELFMAG, SELFMAG))
		return fail(r, FIND_NO_IMAGE, "no ELF file");
	if (r->size < sizeof(eh))
		return fail(r, FIND_DAMAGED, "it ends within the ELF header");
	memcpy(&eh, r->front, sizeof(eh));
	if (eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_ident[EI_DATA] != ELFDATA2LSB || eh.e_machine != 247 ||
	    eh.e_type != ET_EXEC)
		return fail(r, FIND_NO_IMAGE, "an ELF file of another kind");
	if (eh.e_shentsize != sizeof(Elf64_Shdr) || eh.e_shnum < 2 || eh.e_shnum > IMAGE_MAX_SECTIONS ||
	    eh.e_shstrndx >= eh.e_shnum)
		return fail(r, FIND_DAMAGED, "its section headers are damaged");
	r->shnum = eh.e_shnum;
	r->shdrs = get_part(r, eh.e_shoff, (uint64_t)eh.e_shnum * sizeof(Elf64_Shdr));
	if (!r->shdrs)
		return false;
	r->names_size = r->shdrs[eh.e_shstrndx].sh_size;
	if (r->names_size == 0 || r->names_size > NAMES_MAX)
		return fail(r, FIND_DAMAGED, "its section names are damaged");
	r->names = get_part(r, r->shdrs[eh.e_shstrndx].sh_offset, r->names_size);
	if (r->names && r->names[r->names_size - 1])
		return fail(r, FIND_DAMAGED, "its section names are damaged");
	return r->names;
}

static const Elf64_Shdr *section(const struct reader *r, const char *name)
{
	unsigned int i;

	for (i = 1; i < r->shnum; i++)
		if (r->shdrs[i].sh_name < r->names_size && !strcmp(r->names + r->shdrs[i].sh_name, name))
			return &r->shdrs[i];
	return NULL;
}

static bool read_version(struct reader *r)
{
	const Elf64_Shdr *sh = section(r, MDESC_SEC_HDR);
	struct mdesc_fmt_hdr hdr;

	if (!sh)
		return fail(r, FIND_NO_IMAGE, "an ELF file of another kind");
	if (sh->sh_size < sizeof(hdr))
		return fail(r, FIND_DAMAGED, "its header is damaged");
	if (!get(r, sh->sh_offset, &hdr, sizeof(hdr)))
		return false;
	if (memcmp(hdr.magic, MDESC_FMT_MAGIC, sizeof(hdr.magic)))
		return fail(r, FIND_DAMAGED, "its header is damaged");
	if (hdr.major > MDESC_FMT_MAJOR || (hdr.incompat_read & ~MDESC_FMT_READ_KNOWN))
		return fail(r, FIND_NEWER, "its format is newer than this version knows");
	return true;
}

static bool read_build_id(struct reader *r, uint8_t *build_id)
{
	const Elf64_Shdr *sh = section(r, MDESC_SEC_NOTE);
	uint8_t note[sizeof(Elf64_Nhdr) + 4 + MDESC_FMT_BUILD_ID];

	if (!sh || sh->sh_size != sizeof(note))
		return fail(r, FIND_DAMAGED, "it has no build id");
	if (!get(r, sh->sh_offset, note, sizeof(note)))
		return false;
	memcpy(build_id, note + sizeof(Elf64_Nhdr) + 4, MDESC_FMT_BUILD_ID);
	return true;
}

static bool find_strings(struct reader *r)
{
	const Elf64_Shdr *sh = section(r, MDESC_SEC_STRINGS);

	if (!sh || sh->sh_offset > r->size || sh->sh_size > r->size - sh->sh_offset || sh->sh_size == 0)
		return fail(r, FIND_DAMAGED, "its strings are damaged");
	r->strings_at = sh->sh_offset;
	r->strings_size = sh->sh_size;
	r->strings_have = sh->sh_size < sizeof(r->strings) ? sh->sh_size : sizeof(r->strings);
	return get(r, r->strings_at, r->strings, r->strings_have);
}

/* 0: no memory, or @r->why says what is wrong. */
static bool add_str(struct reader *r, struct find_index *ix, mdesc_fmt_str str, uint32_t *off)
{
	char text[TEXT_MAX + 1];
	size_t n, where;

	if (str >= r->strings_size)
		return fail(r, FIND_DAMAGED, "a string of its identity lies elsewhere");
	n = r->strings_size - str < sizeof(text) ? r->strings_size - str : sizeof(text);
	if (str + n <= r->strings_have)
		memcpy(text, r->strings + str, n);
	else if (!get(r, r->strings_at + str, text, n))
		return false;
	if (!memchr(text, 0, n))
		return fail(r, FIND_DAMAGED, "a string of its identity is too long");
	if (!text_is_clean(text, strlen(text), &where) || strpbrk(text, "\n\t"))
		return fail(r, FIND_DAMAGED, "a string of its identity cannot be printed");
	*off = find_index_str(ix, text);
	return *off != UINT32_MAX || fail(r, FIND_UNREADABLE, NULL);
}

static bool add_term(struct reader *r, struct find_index *ix, const struct mdesc_fmt_ident *ident)
{
	uint32_t where, key, glob;
	struct find_file_term *term;

	if (!add_str(r, ix, ident->where, &where) || !add_str(r, ix, ident->key, &key) ||
	    !add_str(r, ix, ident->value, &glob))
		return false;
	term = find_index_term(ix);
	if (!term)
		return fail(r, FIND_UNREADABLE, NULL);
	*term = (struct find_file_term){ find_where_of(find_str(ix, where)), key, glob };
	return true;
}

static bool add_idents(struct reader *r, struct find_index *ix, struct find_file *file)
{
	const Elf64_Shdr *sh = section(r, MDESC_SEC_IDENT);
	struct mdesc_fmt_table head;
	struct mdesc_fmt_ident ident;
	uint32_t i;
	bool ok = true;

	if (!sh || sh->sh_size < sizeof(head))
		return fail(r, FIND_DAMAGED, "it has no identity");
	if (!get(r, sh->sh_offset, &head, sizeof(head)))
		return false;
	if (head.entry_size < sizeof(ident) || head.count > IDENTS_MAX ||
	    sizeof(head) + (uint64_t)head.count * head.entry_size != sh->sh_size)
		return fail(r, FIND_DAMAGED, "its identity is damaged");
	for (i = 0; i < head.count && ok; i++) {
		if (!get(r, sh->sh_offset + sizeof(head) + (uint64_t)i * head.entry_size, &ident, sizeof(ident)))
			return false;
		if (ident.kind == MDESC_IDENT_DRIVER)
			ok = add_str(r, ix, ident.value, &file->driver);
		else if (ident.kind == MDESC_IDENT_FIRMWARE)
			ok = add_str(r, ix, ident.value, &file->firmware);
		else if (ident.kind == MDESC_IDENT_MATCH)
			ok = add_term(r, ix, &ident);
	}
	return ok;
}

static bool read_identity(struct reader *r, struct find_index *ix, struct find_file *file)
{
	return read_frame(r) && read_version(r) && read_build_id(r, file->build_id) && find_strings(r) &&
	       add_idents(r, ix, file);
}

static int settle(struct reader *r, struct find_index *ix, struct find_file *file, bool good)
{
	if (good) {
		file->state = FIND_IMAGE;
		file->term_count = ix->term_count - file->term_first;
		return 0;
	}
	if (!r->why)
		return -ENOMEM;
	ix->term_count = file->term_first;
	file->driver = file->firmware = 0;
	memset(file->build_id, 0, sizeof(file->build_id));
	file->state = r->state;
	file->why = find_index_str(ix, r->why);
	/* It may be readable tomorrow, without a change of the file. */
	file->unsure |= r->state == FIND_UNREADABLE;
	return file->why == UINT32_MAX ? -ENOMEM : 0;
}

int find_ident_read(struct find_index *ix, struct find_file *file, int dir_fd, const char *name)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct stat st;
	int fd, ret;
	bool good;

	if (!r)
		return -ENOMEM;
	file->term_first = ix->term_count;
	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	r->fd = fd;
	/* What is read is what was opened, and not what the name stood for before. */
	if (fd < 0 || fstat(fd, &st))
		good = fail(r, FIND_UNREADABLE, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		good = fail(r, FIND_UNREADABLE, "no regular file any more");
	else {
		find_file_stat(file, &st);
		r->size = st.st_size;
		good = read_identity(r, ix, file);
	}
	ret = settle(r, ix, file, good);
	if (fd >= 0)
		close(fd);
	free(r->shdrs);
	free(r->names);
	free(r);
	return ret;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * BTF out of files: takes a path or bytes, gives the BTF in them, which is all
 * of them or the section .BTF of an ELF file. Nothing but the frame is checked.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btfraw.h"
#include "image.h"

#define FILE_MAX	((size_t)1 << 30)

/* ---- ELF ---- */

struct elf {
	const uint8_t *data;
	size_t size;
	uint64_t shoff;
	uint64_t shnum;
	uint32_t shstrndx;
};

static bool in_file(const struct elf *e, uint64_t off, uint64_t len)
{
	return off <= e->size && len <= e->size - off;
}

static int get_shdr(const struct elf *e, uint64_t idx, Elf64_Shdr *sh)
{
	if (idx >= e->shnum)
		return -EBADMSG;
	memcpy(sh, e->data + e->shoff + idx * sizeof(*sh), sizeof(*sh));
	if (sh->sh_type != SHT_NOBITS && !in_file(e, sh->sh_offset, sh->sh_size))
		return -EBADMSG;
	return 0;
}

static int open_elf(struct elf *e, const void *data, size_t size)
{
	Elf64_Ehdr eh;
	Elf64_Shdr sh;

	if (size < sizeof(eh) || memcmp(data, ELFMAG, SELFMAG))
		return -EINVAL;
	memcpy(&eh, data, sizeof(eh));
	if (eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_ident[EI_DATA] != ELFDATA2LSB)
		return -EINVAL;
	*e = (struct elf){ data, size, eh.e_shoff, eh.e_shnum, eh.e_shstrndx };
	if (!eh.e_shoff || eh.e_shentsize != sizeof(sh) || !in_file(e, e->shoff, sizeof(sh)))
		return -EBADMSG;
	/* Numbers that do not fit the header are in the first section header. */
	memcpy(&sh, e->data + e->shoff, sizeof(sh));
	if (!e->shnum)
		e->shnum = sh.sh_size;
	if (e->shstrndx == SHN_XINDEX)
		e->shstrndx = sh.sh_link;
	if (e->shnum > (e->size - e->shoff) / sizeof(sh))
		return -EBADMSG;
	return 0;
}

int elfsec_find(const void *data, size_t size, const char *name,
		const void **sec, size_t *sec_size)
{
	size_t want = strlen(name) + 1;
	Elf64_Shdr strs, sh;
	struct elf e;
	uint64_t i;
	int rc;

	rc = open_elf(&e, data, size);
	if (!rc)
		rc = get_shdr(&e, e.shstrndx, &strs);
	if (!rc && strs.sh_type != SHT_STRTAB)
		rc = -EBADMSG;
	if (rc)
		return rc;
	for (i = 1; i < e.shnum; i++) {
		rc = get_shdr(&e, i, &sh);
		if (rc)
			return rc;
		if (sh.sh_name >= strs.sh_size || want > strs.sh_size - sh.sh_name ||
		    memcmp(e.data + strs.sh_offset + sh.sh_name, name, want))
			continue;
		if (sh.sh_type == SHT_NOBITS || (sh.sh_flags & SHF_COMPRESSED))
			return -EBADMSG;
		*sec = e.data + sh.sh_offset;
		*sec_size = sh.sh_size;
		return 0;
	}
	return -ENOENT;
}

int elfsec_at(const void *data, size_t size, uint32_t idx, struct elfsec *sec)
{
	Elf64_Shdr strs, sh;
	struct elf e;
	int rc;

	rc = open_elf(&e, data, size);
	if (!rc && idx >= e.shnum)
		return -ENOENT;
	if (!rc)
		rc = get_shdr(&e, e.shstrndx, &strs);
	if (!rc)
		rc = get_shdr(&e, idx, &sh);
	if (rc)
		return rc;
	if (strs.sh_type != SHT_STRTAB || sh.sh_name >= strs.sh_size ||
	    !memchr(e.data + strs.sh_offset + sh.sh_name, 0, strs.sh_size - sh.sh_name))
		return -EBADMSG;
	*sec = (struct elfsec){
		.name = (const char *)e.data + strs.sh_offset + sh.sh_name, .type = sh.sh_type,
		.flags = sh.sh_flags, .link = sh.sh_link, .info = sh.sh_info,
	};
	if (sh.sh_type != SHT_NOBITS && !(sh.sh_flags & SHF_COMPRESSED)) {
		sec->data = e.data + sh.sh_offset;
		sec->size = sh.sh_size;
	}
	return 0;
}

int btffile_find(const void *data, size_t size, const void **btf, size_t *btf_size)
{
	if (size >= SELFMAG && !memcmp(data, ELFMAG, SELFMAG)) {
		int rc = elfsec_find(data, size, ".BTF", btf, btf_size);

		return rc == -EINVAL ? -EBADMSG : rc;
	}
	*btf = data;
	*btf_size = size;
	return 0;
}

/* ---- files ---- */

static int file_error(struct mdesc_error *err, const char *path, int code)
{
	int class = MDESC_CLASS_SYSTEM;

	if (code == ENOENT || code == ENOTDIR)
		class = MDESC_CLASS_NOT_FOUND;
	else if (code == EACCES || code == EPERM)
		class = MDESC_CLASS_DENIED;
	return error_set(err, code, class, "%.300s: %s", path, strerror(code));
}

/* Files of sysfs have a size, pipes and procfs have none: read until the end. */
static int read_all(int fd, size_t hint, void **data, size_t *size)
{
	size_t cap = hint + 1, n = 0;
	char *buf = malloc(cap);
	ssize_t got;

	while (buf) {
		if (n == cap) {
			char *more = cap < FILE_MAX ? realloc(buf, cap *= 2) : NULL;

			if (!more)
				break;
			buf = more;
		}
		got = read(fd, buf + n, cap - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int code = errno;

			free(buf);
			return -code;
		}
		if (!got) {
			*data = buf;
			*size = n;
			return 0;
		}
		n += got;
	}
	free(buf);
	return n >= FILE_MAX ? -EFBIG : -ENOMEM;
}

static int open_file(const char *path, size_t *size, struct mdesc_error *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return file_error(err, path, errno);
	if (fstat(fd, &st) || S_ISDIR(st.st_mode) || st.st_size < 0 ||
	    (uint64_t)st.st_size > FILE_MAX) {
		int code = S_ISDIR(st.st_mode) ? EISDIR : EFBIG;

		close(fd);
		return file_error(err, path, code);
	}
	*size = st.st_size;
	return fd;
}

int btffile_read(const char *path, void **data, size_t *size, struct mdesc_error *err)
{
	size_t hint;
	int fd = open_file(path, &hint, err), rc;

	if (fd < 0)
		return fd;
	rc = read_all(fd, hint, data, size);
	close(fd);
	return rc ? file_error(err, path, -rc) : 0;
}

int btffile_open(struct btffile *f, const char *path, struct mdesc_error *err)
{
	int fd, rc = 0;

	memset(f, 0, sizeof(*f));
	fd = open_file(path, &f->size, err);
	if (fd < 0)
		return fd;
	/*
	 * Since 6.16 the kernel's BTF can be mapped, which saves copying it. Not
	 * other files: who shortens one would kill us.
	 */
	if (f->size && !strncmp(path, "/sys/", 5)) {
		f->data = mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, fd, 0);
		f->mapped = f->data != MAP_FAILED;
	}
	if (!f->mapped)
		rc = read_all(fd, f->size, &f->data, &f->size);
	close(fd);
	if (rc) {
		memset(f, 0, sizeof(*f));
		return file_error(err, path, -rc);
	}
	rc = btffile_find(f->data, f->size, &f->btf, &f->btf_size);
	if (rc) {
		btffile_close(f);
		return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, rc == -ENOENT ?
				 "%.300s: an ELF file without BTF" : "%.300s: a damaged ELF file", path);
	}
	return 0;
}

void btffile_close(struct btffile *f)
{
	if (f->mapped)
		munmap(f->data, f->size);
	else
		free(f->data);
	memset(f, 0, sizeof(*f));
}

// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * btf_load: does the kernel accept these BTF files?
 *
 * Takes BTF files (raw, or the .BTF section of an ELF file), loads each by BPF_BTF_LOAD, prints a test line for each:
 * `ok btf-load FILE`, or `not ok` with the kernel's log. Without the right to do so: `skip ... bpf: reason`. With -q
 * only what failed, and one line for all. Exit 0; 1 when one was refused; 2 on wrong usage.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void print_log(const char *log)
{
	while (*log) {
		int n = (int)strcspn(log, "\n");

		printf("# %.*s\n", n, log);
		log += n + (log[n] == '\n');
	}
}

/* 0, or -errno; the log is filled in if the kernel refuses. */
static int load(const char *path, char *log, __u32 log_size)
{
	LIBBPF_OPTS(bpf_btf_load_opts, opts);
	struct btf *btf = btf__parse(path, NULL);
	const void *raw;
	__u32 size;
	int fd, err;

	log[0] = '\0';
	if (!btf) {
		snprintf(log, log_size, "%s: %s", path, strerror(errno));
		return -EINVAL;
	}
	raw = btf__raw_data(btf, &size);
	fd = bpf_btf_load(raw, size, &opts);
	if (fd < 0) {
		opts.log_buf = log;
		opts.log_size = log_size;
		opts.log_level = 1;
		fd = bpf_btf_load(raw, size, &opts);
	}
	err = fd < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	btf__free(btf);
	return err;
}

/* Is it the files, or are we not allowed to? One struct of one int must load. */
static int allowed(void)
{
	struct btf *btf = btf__new_empty();
	const void *raw;
	__u32 size;
	int fd = -ENOMEM;

	if (btf && btf__add_int(btf, "int", 4, BTF_INT_SIGNED) > 0) {
		raw = btf__raw_data(btf, &size);
		fd = raw ? bpf_btf_load(raw, size, NULL) : -ENOMEM;
		if (fd < 0)
			fd = -errno;
	}
	btf__free(btf);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

int main(int argc, char **argv)
{
	bool quiet = argc > 1 && !strcmp(argv[1], "-q");
	const __u32 log_size = 1 << 20;
	char *log = malloc(log_size);
	int i = quiet ? 2 : 1, failed = 0, first = i, err;

	if (i >= argc || !log) {
		fputs("usage: btf_load [-q] FILE...\n", stderr);
		return 2;
	}
	libbpf_set_print(NULL);
	err = allowed();
	if (err) {
		if (argc - i == 1)
			printf("skip btf-load %s bpf: BPF_BTF_LOAD: %s\n", base_name(argv[i]), strerror(-err));
		else
			printf("skip btf-load of %d files bpf: BPF_BTF_LOAD: %s\n", argc - i, strerror(-err));
		free(log);
		return 0;
	}
	for (; i < argc; i++) {
		err = load(argv[i], log, log_size);
		if (!err && !quiet)
			printf("ok btf-load %s\n", base_name(argv[i]));
		if (err) {
			printf("not ok btf-load %s\n# %s\n", base_name(argv[i]), strerror(-err));
			print_log(log);
			failed++;
		}
	}
	if (quiet && !failed)
		printf("ok btf-load of %d files\n", argc - first);
	free(log);
	return failed != 0;
}

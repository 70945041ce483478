/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The writer in software as an object, for the image: takes its text, gives what
 * clang makes of it for the BPF machine, without what names files of this machine or
 * is for debuggers. Works in a folder of its own that is gone afterwards. Which clang:
 * $MDESC_CLANG, or the first of the usual names.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "arena.h"
#include "diag.h"
#include "mdescc.h"
#include "out.h"
#include "xdp.h"

#define TEXT	"writer.c"
#define OBJECT	"writer.o"
#define LINKED	"linked.o"
#define SAID	"said"
#define SAID_MAX 4096

static const char *const clangs[] = {
	"clang", "clang-19", "clang-18", "clang-17", "clang-16", "clang-15", "clang-14", NULL,
};

static int fails(struct mdc_ctx *ctx, const char *what)
{
	diags_say(ctx->diags, "system", NULL, "the writer for the image: %s: %s", what, strerror(errno));
	return -1;
}

static int write_text(const char *path, const struct out *text)
{
	FILE *f = fopen(path, "we");
	bool ok;

	if (!f)
		return -1;
	ok = fwrite(text->data, 1, text->size, f) == text->size;
	return fclose(f) || !ok ? -1 : 0;
}

/* In the child: never returns. 127: there is no such command. */
static void run_clang(const char *folder, const char *name)
{
	/* What it is called and where it lies must not get into the object; nor the machine's byte order. */
	char *args[] = {
		(char *)name, "-target", "bpfel", "-mcpu=v2", "-O2", "-g", "-fdebug-compilation-dir=.",
		"-c", TEXT, "-o", OBJECT, NULL,
	};
	int fd;

	if (chdir(folder))
		_exit(126);
	fd = open(SAID, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	execvp(name, args);
	_exit(127);
}

static int exit_status(const char *folder, const char *name)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		run_clang(folder, name);
	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static char *read_file(struct mdc_ctx *ctx, const char *path, size_t max, size_t *size)
{
	struct stat st;
	FILE *f = fopen(path, "re");
	char *data = NULL;

	if (!f)
		return NULL;
	if (!fstat(fileno(f), &st) && st.st_size >= 0) {
		*size = (size_t)st.st_size < max ? (size_t)st.st_size : max;
		data = arena_alloc(ctx->arena, *size + 1);
		if (fread(data, 1, *size, f) != *size)
			data = NULL;
	}
	fclose(f);
	return data;
}

/* 0, or -1 after a diagnostic. */
static int compile(struct mdc_ctx *ctx, const char *folder)
{
	const char *const given[] = { getenv("MDESC_CLANG"), NULL };
	const char *const *names = given[0] && *given[0] ? given : clangs;
	const char *said;
	size_t size;
	int status = 127, i;

	for (i = 0; names[i] && status == 127; i++)
		status = exit_status(folder, names[i]);
	if (!status)
		return 0;
	if (status < 0)
		return fails(ctx, names[i - 1]);
	if (status == 127) {
		diags_say(ctx->diags, "system", "clang 14 or newer is needed; MDESC_CLANG can say which",
			  "--embed=xdp: there is no %s", names[0]);
		return -1;
	}
	said = read_file(ctx, arena_printf(ctx->arena, "%s/" SAID, folder), SAID_MAX, &size);
	diags_say(ctx->diags, "system", said && *said ? said : NULL, "--embed=xdp: %s does not compile the writer",
		  names[i - 1]);
	return -1;
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

/* What is for debuggers stays behind: libbpf's linker takes only what a loader needs. */
static int link_object(struct mdc_ctx *ctx, const char *folder)
{
	libbpf_print_fn_t before = libbpf_set_print(quiet);
	struct bpf_linker *linker;
	int err = -1;

	linker = bpf_linker__new(arena_printf(ctx->arena, "%s/" LINKED, folder), NULL);
	if (linker) {
		err = bpf_linker__add_file(linker, arena_printf(ctx->arena, "%s/" OBJECT, folder), NULL);
		if (!err)
			err = bpf_linker__finalize(linker);
	}
	if (err)
		fails(ctx, "libbpf does not link it");
	bpf_linker__free(linker);
	libbpf_set_print(before);
	return err ? -1 : 0;
}

static void *make(struct mdc_ctx *ctx, const char *folder, const struct out *text, size_t *size)
{
	void *data;

	if (write_text(arena_printf(ctx->arena, "%s/" TEXT, folder), text)) {
		fails(ctx, folder);
		return NULL;
	}
	if (compile(ctx, folder) || link_object(ctx, folder))
		return NULL;
	data = read_file(ctx, arena_printf(ctx->arena, "%s/" LINKED, folder), SIZE_MAX, size);
	if (!data)
		fails(ctx, folder);
	return data;
}

void *mdc_xdp_object(struct mdc_ctx *ctx, const struct mdc_model *model, const struct mdc_rows *rows, size_t *size)
{
	static const char *const files[] = { TEXT, OBJECT, LINKED, SAID };
	const char *tmp = getenv("TMPDIR");
	char *folder = arena_printf(ctx->arena, "%s/mdescc-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	struct out text;
	void *data = NULL;

	out_init(&text);
	if (!mdc_emit_xdp(ctx, model, rows, &text)) {
		if (!mkdtemp(folder)) {
			fails(ctx, folder);
		} else {
			data = make(ctx, folder, &text, size);
			for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
				unlink(arena_printf(ctx->arena, "%s/%s", folder, files[i]));
			rmdir(folder);
		}
	}
	out_free(&text);
	return data;
}

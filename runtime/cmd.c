/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the subcommands share; see cmd.h.
 *
 * Takes errors, texts and files to write; gives exit statuses. Nothing is
 * written half: files appear whole or not at all, and standard output is checked
 * before the command says that all went well.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

int cmd_usage(const char *cmd, const char *why)
{
	if (why)
		fprintf(stderr, "mdesc %s: %s\n", cmd, why);
	fprintf(stderr, "See `mdesc %s --help'.\n", cmd);
	return CMD_USAGE;
}

int cmd_error(const struct mdesc_error *err)
{
	fflush(stdout);
	fprintf(stderr, "mdesc: %s\n", err->text[0] ? err->text : strerror(-err->code));
	return err->kind > 0 ? err->kind : MDESC_CLASS_SYSTEM;
}

int cmd_fail(enum mdesc_class kind, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "mdesc: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	return kind;
}

enum mdesc_class cmd_file_class(int code)
{
	switch (code) {
	case ENOENT:
	case ENOTDIR:
		return MDESC_CLASS_NOT_FOUND;
	case EACCES:
	case EPERM:
		return MDESC_CLASS_DENIED;
	default:
		return MDESC_CLASS_SYSTEM;
	}
}

size_t cmd_parse_hex(const char *text, uint8_t *bytes, size_t max)
{
	size_t n = strlen(text), i;
	unsigned int byte;

	if (n % 2 || n / 2 > max || strspn(text, "0123456789abcdefABCDEF") != n)
		return 0;
	for (i = 0; i < n / 2; i++) {
		sscanf(text + 2 * i, "%2x", &byte);
		bytes[i] = byte;
	}
	return n / 2;
}

int cmd_finish(int status)
{
	/* A failure of an earlier write may have left errno for us, or not. */
	bool before = ferror(stdout);

	errno = 0;
	if (fflush(stdout) == 0 && !before)
		return status;
	fprintf(stderr, "mdesc: standard output: %s\n", errno ? strerror(errno) : "cannot be written");
	return MDESC_CLASS_SYSTEM;
}

/* ---- files ---- */

#define FILE_MAX	(1u << 30)	/* bytes */

int cmd_read_file(const char *path, void **data, size_t *size)
{
	FILE *in = fopen(path, "rb");
	char *more, *all = NULL;
	size_t room = 0, n = 0;

	while (in && !ferror(in) && !feof(in)) {
		if (n == FILE_MAX) {
			errno = EFBIG;
			break;
		}
		if (n == room) {
			room = room ? 2 * room : 65536;
			more = realloc(all, room);
			if (!more)
				break;
			all = more;
		}
		n += fread(all + n, 1, room - n, in);
	}
	if (!in || ferror(in) || !feof(in)) {
		int code = errno;

		free(all);
		if (in)
			fclose(in);
		return cmd_fail(cmd_file_class(code), "%s: %s", path, strerror(code));
	}
	fclose(in);
	*data = all;
	*size = n;
	return 0;
}

static int write_all(int fd, const void *data, size_t size)
{
	const char *p = data;
	ssize_t n;

	while (size > 0) {
		n = write(fd, p, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= n;
	}
	return 0;
}

static int write_in_place(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write_all(fd, data, size);
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}

/* What a file gets that open() makes: 0666 less the umask. */
static mode_t new_file_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int write_and_rename(const char *path, const void *data, size_t size)
{
	char *tmp = malloc(strlen(path) + 8);
	int fd, ret;

	if (!tmp)
		return -ENOMEM;
	sprintf(tmp, "%s.XXXXXX", path);
	fd = mkstemp(tmp);
	if (fd < 0) {
		ret = -errno;
		free(tmp);
		return ret;
	}
	ret = write_all(fd, data, size);
	if (!ret && fchmod(fd, new_file_mode()))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && rename(tmp, path))
		ret = -errno;
	if (ret)
		unlink(tmp);
	free(tmp);
	return ret;
}

int cmd_write_file(const char *path, const void *data, size_t size)
{
	struct stat st;
	int ret;

	if (strcmp(path, "-") == 0) {
		fwrite(data, 1, size, stdout);
		return 0;	/* cmd_finish() tells */
	}
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		ret = S_ISDIR(st.st_mode) ? -EISDIR : write_in_place(path, data, size);
	else
		ret = write_and_rename(path, data, size);
	if (!ret)
		return 0;
	return cmd_fail(ret == -EACCES || ret == -EPERM ? MDESC_CLASS_DENIED : MDESC_CLASS_SYSTEM, "%s: %s",
			path, strerror(-ret));
}

/* ---- tables ---- */

struct grid {
	const char *const *columns;
	size_t column_count;
	char **cells;
	size_t count;
	size_t room;
	bool failed;		/* out of memory: nothing is printed but that */
};

struct grid *grid_new(const char *const *columns)
{
	struct grid *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->columns = columns;
	while (columns[g->column_count])
		g->column_count++;
	return g;
}

static bool grow(struct grid *g)
{
	size_t room = g->room ? 2 * g->room : 64;
	char **cells;

	if (g->count < g->room)
		return true;
	cells = realloc(g->cells, room * sizeof(*cells));
	if (!cells)
		return false;
	g->cells = cells;
	g->room = room;
	return true;
}

void grid_cell(struct grid *g, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	if (!g)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text || !grow(g)) {
		free(text);
		g->failed = true;
		return;
	}
	g->cells[g->count++] = text;
}

/* Columns of the terminal that a text takes: its characters. */
static size_t text_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void put_cell(const char *text, size_t width, bool right, bool last)
{
	int pad = width - text_width(text);

	if (right)
		printf("%*s%s", pad, "", text);
	else
		printf("%s%*s", text, last ? 0 : pad, "");
	if (!last)
		printf("  ");
}

static void put_line(const struct grid *g, char *const *cells, const size_t *widths,
		     unsigned int indent)
{
	size_t last = 0, i;

	for (i = 0; i < g->column_count; i++)
		if (widths[i] && (!cells || *cells[i]))
			last = i;
	printf("%*s", (int)indent, "");
	for (i = 0; i <= last; i++) {
		bool right = g->columns[i][0] == '>';

		if (widths[i])
			put_cell(cells ? cells[i] : g->columns[i] + right, widths[i], right, i == last);
	}
	printf("\n");
}

void grid_print(struct grid *g, unsigned int indent)
{
	size_t *widths, i, width;

	if (!g)
		return;
	widths = calloc(g->column_count + 1, sizeof(*widths));
	if (!widths || g->failed) {
		cmd_fail(MDESC_CLASS_SYSTEM, "not enough memory");
	} else if (g->count) {
		for (i = 0; i < g->count; i++) {
			width = text_width(g->cells[i]);
			if (width > widths[i % g->column_count])
				widths[i % g->column_count] = width;
		}
		for (i = 0; i < g->column_count; i++) {
			width = text_width(g->columns[i] + (g->columns[i][0] == '>'));
			if (widths[i] && width > widths[i])
				widths[i] = width;
		}
		put_line(g, NULL, widths, indent);
		for (i = 0; i + g->column_count <= g->count; i += g->column_count)
			put_line(g, g->cells + i, widths, indent);
	}
	for (i = 0; i < g->count; i++)
		free(g->cells[i]);
	free(g->cells);
	free(widths);
	free(g);
}

/* ---- JSON ---- */

json_t *cmd_json_text(const char *text)
{
	json_t *value = json_string(text);
	char *copy, *p;

	if (value)
		return value;
	copy = strdup(text);
	for (p = copy; p && *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	value = copy ? json_string(copy) : NULL;
	free(copy);
	return value;
}

int cmd_json(json_t *value)
{
	int ret;

	if (!value)
		return cmd_fail(MDESC_CLASS_SYSTEM, "not enough memory");
	ret = json_dumpf(value, stdout, JSON_INDENT(2));
	json_decref(value);
	printf("\n");
	return ret && !ferror(stdout) ? cmd_fail(MDESC_CLASS_SYSTEM, "cannot write JSON") : 0;
}

/* ---- what the device is set to ---- */

static int no_config(const struct mdesc_image *img, const char *path, const char *name)
{
	MDESC_INFO(mdesc_config_info, info);
	char known[512] = "";
	size_t len = 0, i;

	for (i = 0; mdesc_image__config(img, i, &info) == 0 && len < sizeof(known); i++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", i ? ", " : "", info.name);
	return cmd_fail(MDESC_CLASS_NOT_FOUND, "%s: its layouts do not depend on '%s'; there is %s", path, name,
			known[0] ? known : "nothing to configure");
}

int cmd_add_config(struct cmd_configs *configs, const char *cmd, const char *arg)
{
	if (configs->n == sizeof(configs->args) / sizeof(configs->args[0]))
		return cmd_usage(cmd, "too many --config");
	configs->args[configs->n++] = arg;
	return 0;
}

static int configure_one(struct mdesc_image *img, const char *path, const char *arg)
{
	const char *value = strchr(arg, '=');
	char name[128];
	int ret;

	if (!value || value == arg || (size_t)(value - arg) >= sizeof(name))
		return cmd_fail(CMD_USAGE, "--config takes NAME=VALUE, not '%s'", arg);
	snprintf(name, sizeof(name), "%.*s", (int)(value - arg), arg);
	ret = mdesc_image__configure(img, name, value + 1);
	if (ret == -ENOENT)
		return no_config(img, path, name);
	if (ret == -ERANGE)
		return cmd_fail(CMD_USAGE, "--config %s: it has fewer bits", arg);
	return ret ? cmd_fail(CMD_USAGE, "--config %s: neither a number nor one of its enumerators", arg) : 0;
}

int cmd_configure(struct mdesc_image *img, const char *path, const struct cmd_configs *configs)
{
	unsigned int i;
	int status = 0;

	for (i = 0; i < configs->n && !status; i++)
		status = configure_one(img, path, configs->args[i]);
	return status;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the subcommands of mdesc share: usage and errors, results on standard
 * output and in files, tables, JSON.
 *
 * A subcommand is int cmd_NAME(int argc, char **argv): argv[0] is "mdesc NAME",
 * for getopt's messages; the result is the exit status. It ends with
 * cmd_finish(), so that nothing that was printed gets lost unnoticed.
 */
#ifndef MDESC_CMD_H
#define MDESC_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <mdesc/mdesc.h>

/* Exit statuses: enum mdesc_class; MDESC_CLASS_SYSTEM is also wrong usage. */
#define CMD_USAGE	MDESC_CLASS_SYSTEM

int cmd_attach(int argc, char **argv);
int cmd_btf(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_decode(int argc, char **argv);
int cmd_detach(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_fetch(int argc, char **argv);
int cmd_find(int argc, char **argv);
int cmd_publish(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_sign(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_stitch(int argc, char **argv);
int cmd_update(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_watch(int argc, char **argv);

/* Print why (NULL: getopt did) and where help is. Returns CMD_USAGE. */
int cmd_usage(const char *cmd, const char *why);
/* Print an error of the library. Returns its class, the exit status. */
int cmd_error(const struct mdesc_error *err);
/* The same for an error of the command itself. */
int cmd_fail(enum mdesc_class kind, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The class of a file that cannot be opened, read or written, from errno. */
enum mdesc_class cmd_file_class(int code);
/* Read a whole file, to be freed. 0, or the exit status after an error message. */
int cmd_read_file(const char *path, void **data, size_t *size);
/* Hexadecimal digits in either case, two a byte, into at most @max bytes. How many; 0: they are none. */
size_t cmd_parse_hex(const char *text, uint8_t *bytes, size_t max);
/* Flush standard output: @status, or CMD_USAGE after saying that it could not be written. */
int cmd_finish(int status);

/*
 * Write a file whole or not at all: into a temporary one beside it, then rename.
 * "-" is standard output; devices and pipes are written in place. Returns 0, or
 * the exit status after an error message.
 */
int cmd_write_file(const char *path, const void *data, size_t size);

/* The values of --config, NAME=VALUE each. */
struct cmd_configs {
	const char *args[64];
	unsigned int n;
};

/* One more, of the command @cmd. 0, or the exit status after an error message, as of the next. */
int cmd_add_config(struct cmd_configs *configs, const char *cmd, const char *arg);
/* Say all of them to @img, opened from @path. */
int cmd_configure(struct mdesc_image *img, const char *path, const struct cmd_configs *configs);

/* ---- a table with columns as wide as they need to be ---- */

struct grid;

/* @columns: titles, NULL ends; one that begins with '>' stands right. NULL: no memory. */
struct grid *grid_new(const char *const *columns);
/* Add a cell to the row, which is as long as there are columns. */
void grid_cell(struct grid *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Print with @indent blanks in front, and free. Columns without any text are left out. */
void grid_print(struct grid *g, unsigned int indent);

/* ---- JSON ---- */

struct json_t;

/*
 * A text that may hold a path or a name in any encoding, while JSON is UTF-8: where it is not, '?' stands for each
 * byte beyond ASCII. NULL: no memory.
 */
struct json_t *cmd_json_text(const char *text);
/* Print a value (NULL: no memory) and drop it. Returns 0 or the exit status. */
int cmd_json(struct json_t *value);
/* Quoted and escaped. */
void json_put_string(FILE *out, const char *text);
void json_put_hex(FILE *out, const void *data, size_t size);
/* An object: each field that means something in these bytes, by its path. */
void json_put_fields(FILE *out, const struct mdesc_layout *layout, const void *meta, size_t size);
/* But for what @left_out says. */
void json_put_fields_but(FILE *out, const struct mdesc_layout *layout, const void *meta, size_t size,
			 bool (*left_out)(void *ctx, const struct mdesc_handle *h), void *ctx);
/* The value alone, whether it means something or not. */
void json_put_field(FILE *out, const struct mdesc_field *field, const void *meta, size_t size);
void json_put_value(FILE *out, const struct mdesc_value *value, const void *meta, size_t size);

/* When a field means something, to be freed; NULL: always, or no memory. */
char *field_when(const struct mdesc_field *field);
/* The same of what a value is computed from, or of when it means something. */
char *value_text(const struct mdesc_value *value,
		 int (*format)(const struct mdesc_value *value, char *buf, size_t size));
void value_type_text(const struct mdesc_value *value, char *buf, size_t size);
/* A type as it reads in a description: "u32", "be16[4]", "struct x *". */
void field_type_text(const struct mdesc_field *field, char *buf, size_t size);

#endif /* MDESC_CMD_H */

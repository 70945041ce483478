/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The table of mdesc run: takes one outcome after another, prints a line for each.
 * Fields that always mean something have columns; those under a tag follow, by
 * name. The first hundred lines are held back to find how wide columns are.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "runshow.h"

#define AHEAD		100	/* lines held back */
#define COLUMNS_MAX	16	/* with more fields than fit, all are given by name */
#define REST_BYTES	8192

struct column {
	const char *title;
	const struct mdesc_field *field;	/* NULL: not of the metadata */
	bool right;
	size_t width;
};

struct table {
	FILE *out;
	bool with_verdict;
	const struct mdesc_layout *layout;	/* the only one: its fields have columns */
	struct column columns[COLUMNS_MAX + 4];
	size_t column_n;
	char **cells[AHEAD];			/* column_n and the rest of the line */
	size_t held;
	bool flowing;				/* widths are settled */
	char rest[REST_BYTES];
	size_t rest_len;
};

/* ---- which fields ---- */

/* Not shown: padding, a word whose ranges are shown, the layout's id. */
static bool is_shown(const struct mdesc_layout *layout, const struct mdesc_field *f)
{
	if (mdesc_field__flags(f) & (MDESC_FIELD_RESERVED | MDESC_FIELD_WORD))
		return false;
	return !(mdesc_layout__has_id(layout) && mdesc_field__bytes(f) == 4 &&
		 mdesc_field__count(f) == 1 && mdesc_field__width(f) == 32 &&
		 mdesc_field__byte_offset(f) + 4 == mdesc_layout__size(layout));
}

static bool is_text(const struct mdesc_field *f)
{
	int kind = mdesc_field__kind(f);

	return kind == MDESC_FIELD_ENUM || kind == MDESC_FIELD_BYTES || mdesc_field__count(f) != 1;
}

static bool field_text(const struct mdesc_field *f, const struct mdesc_refnic_result *res,
		       char *buf, size_t size)
{
	return mdesc_field__format(f, res->meta, res->meta_size, buf, size) >= 0;
}

/* The metadata layout, where there is exactly one. */
static const struct mdesc_layout *only_layout(const struct mdesc_image *img)
{
	size_t i, n = mdesc_image__layout_count(img);
	const struct mdesc_layout *found = NULL;

	for (i = 0; i < n; i++) {
		const struct mdesc_layout *l = mdesc_image__layout(img, i);

		if (mdesc_layout__kind(l) != MDESC_LAYOUT_METADATA)
			continue;
		if (found)
			return NULL;
		found = l;
	}
	return found;
}

static void add_column(struct table *tab, const char *title, const struct mdesc_field *f, bool right)
{
	tab->columns[tab->column_n++] = (struct column){
		.title = title, .field = f, .right = right, .width = strlen(title),
	};
}

static void add_fields(struct table *tab)
{
	size_t i, n = mdesc_layout__field_count(tab->layout), shown = 0;

	for (i = 0; i < n; i++) {
		const struct mdesc_field *f = mdesc_layout__field(tab->layout, i);

		shown += is_shown(tab->layout, f) && !mdesc_field__conditional(f);
	}
	if (shown > COLUMNS_MAX) {
		tab->layout = NULL;
		return;
	}
	for (i = 0; i < n; i++) {
		const struct mdesc_field *f = mdesc_layout__field(tab->layout, i);

		if (is_shown(tab->layout, f) && !mdesc_field__conditional(f))
			add_column(tab, mdesc_field__path(f), f, !is_text(f));
	}
}

struct table *table_new(FILE *out, const struct mdesc_image *img, bool with_verdict)
{
	struct table *tab = calloc(1, sizeof(*tab));

	if (!tab)
		return NULL;
	tab->out = out;
	tab->with_verdict = with_verdict;
	tab->layout = only_layout(img);
	add_column(tab, "#", NULL, true);
	add_column(tab, "bytes", NULL, true);
	if (with_verdict)
		add_column(tab, "verdict", NULL, false);
	if (tab->layout)
		add_fields(tab);
	if (!tab->layout)
		add_column(tab, "layout", NULL, false);
	return tab;
}

/* ---- the rest of the line ---- */

static void rest_add(struct table *tab, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void rest_add(struct table *tab, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(tab->rest + tab->rest_len, REST_BYTES - tab->rest_len, fmt, ap);
	va_end(ap);
	if (n > 0)
		tab->rest_len += n;
	if (tab->rest_len >= REST_BYTES)
		tab->rest_len = REST_BYTES - 1;
}

/* "l3.v4.saddr" is in the group "l3.v4": said once, "l3.v4{saddr=1 ttl=64}". */
static void rest_fields(struct table *tab, const struct outcome *o)
{
	const struct mdesc_layout *layout = o->res->layout;
	size_t i, n = mdesc_layout__field_count(layout), group_len = 0;
	const char *group = "";
	char text[512];

	for (i = 0; i < n; i++) {
		const struct mdesc_field *f = mdesc_layout__field(layout, i);
		const char *path = mdesc_field__path(f), *dot = strrchr(path, '.');
		size_t len = dot ? (size_t)(dot - path) : 0;

		if (!is_shown(layout, f) || (tab->layout && !mdesc_field__conditional(f)) ||
		    mdesc_field__applies(f, o->res->meta, o->res->meta_size) != 1 ||
		    !field_text(f, o->res, text, sizeof(text)))
			continue;
		if (len != group_len || strncmp(group, path, len)) {
			rest_add(tab, "%s", group_len ? "}" : "");
			group = path;
			group_len = len;
			if (len)
				rest_add(tab, "%s%.*s{", tab->rest_len ? " " : "", (int)len, path);
			else
				rest_add(tab, "%s", tab->rest_len ? " " : "");
		} else if (tab->rest_len) {
			rest_add(tab, " ");
		}
		rest_add(tab, "%s=%s", dot ? dot + 1 : path, text);
	}
	rest_add(tab, "%s", group_len ? "}" : "");
}

static void rest_remarks(struct table *tab, const struct outcome *o)
{
	const char *gap = tab->rest_len ? "  " : "";
	int error = o->res->error;
	char name[128];

	if (o->pkt->wire_len != o->pkt->len) {
		rest_add(tab, "%s[captured %u of %u bytes]", gap, o->pkt->len, o->pkt->wire_len);
		gap = " ";
	}
	if (error) {
		if (mdesc_image__error_name(o->img, error, name, sizeof(name)) > 0)
			rest_add(tab, "%s[parser: %s]", gap, name);
		else
			rest_add(tab, "%s[parser: code %d]", gap, error);
		gap = " ";
	}
	if (!o->verdict || o->res->dropped)
		return;
	if (o->verdict->why)
		rest_add(tab, "%s[not run: %s]", gap, o->verdict->why);
	else if (o->verdict->len != o->pkt->len)
		rest_add(tab, "%s[now %u bytes]", gap, o->verdict->len);
}

/* ---- lines ---- */

static char *cell_text(const struct table *tab, size_t c, const struct outcome *o)
{
	const struct column *col = &tab->columns[c];
	const struct mdesc_refnic_result *res = o->res;
	char text[512] = "";

	if (c == 0) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)o->pkt->number);
	} else if (c == 1) {
		snprintf(text, sizeof(text), "%u", o->pkt->len);
	} else if (c == 2 && tab->with_verdict) {
		if (res->dropped || o->verdict->why)
			snprintf(text, sizeof(text), "-");
		else if (verdict_name(o->verdict->verdict))
			snprintf(text, sizeof(text), "%s", verdict_name(o->verdict->verdict));
		else
			snprintf(text, sizeof(text), "%u", o->verdict->verdict);
	} else if (!col->field) {
		snprintf(text, sizeof(text), "%s", res->layout && !res->dropped ?
			 mdesc_layout__name(res->layout) : "-");
	} else if (res->dropped || !field_text(col->field, res, text, sizeof(text))) {
		snprintf(text, sizeof(text), "-");
	}
	return strdup(text);
}

static void print_line(const struct table *tab, char *const *cells)
{
	size_t c;

	for (c = 0; c < tab->column_n; c++) {
		const struct column *col = &tab->columns[c];
		int width = col->width;

		/* Nothing follows: no blanks at the end of the line. */
		if (!col->right && c + 1 == tab->column_n && !cells[tab->column_n][0])
			width = 0;
		fprintf(tab->out, "%s%*s", c ? "  " : "", col->right ? width : -width, cells[c]);
	}
	if (cells[tab->column_n][0])
		fprintf(tab->out, "  %s", cells[tab->column_n]);
	fputc('\n', tab->out);
}

static void print_titles(const struct table *tab)
{
	char *titles[COLUMNS_MAX + 5];
	size_t c;

	for (c = 0; c < tab->column_n; c++)
		titles[c] = (char *)(uintptr_t)tab->columns[c].title;
	titles[c] = (char *)(uintptr_t)"";
	print_line(tab, titles);
}

static void free_cells(const struct table *tab, char **cells)
{
	size_t c;

	for (c = 0; cells && c <= tab->column_n; c++)
		free(cells[c]);
	free(cells);
}

static void flush_held(struct table *tab)
{
	size_t i, c;

	if (tab->flowing)
		return;
	tab->flowing = true;
	for (i = 0; i < tab->held; i++)
		for (c = 0; c < tab->column_n; c++)
			if (strlen(tab->cells[i][c]) > tab->columns[c].width)
				tab->columns[c].width = strlen(tab->cells[i][c]);
	if (tab->held)
		print_titles(tab);
	for (i = 0; i < tab->held; i++) {
		print_line(tab, tab->cells[i]);
		free_cells(tab, tab->cells[i]);
	}
	tab->held = 0;
}

int table_add(struct table *tab, const struct outcome *o)
{
	char **cells = calloc(tab->column_n + 1, sizeof(*cells));
	bool ok = cells != NULL;
	size_t c;

	for (c = 0; ok && c < tab->column_n; c++) {
		cells[c] = cell_text(tab, c, o);
		ok = cells[c] != NULL;
	}
	tab->rest_len = 0;
	tab->rest[0] = '\0';
	if (o->res->dropped)
		rest_add(tab, "dropped by the parser");
	else if (o->res->layout)
		rest_fields(tab, o);
	rest_remarks(tab, o);
	if (ok)
		cells[tab->column_n] = strdup(tab->rest);
	if (!ok || !cells[tab->column_n]) {
		free_cells(tab, cells);
		return -ENOMEM;
	}
	if (!tab->flowing && tab->held < AHEAD) {
		tab->cells[tab->held++] = cells;
		return 0;
	}
	flush_held(tab);
	print_line(tab, cells);
	free_cells(tab, cells);
	return 0;
}

void table_end(struct table *tab, const struct tally *t)
{
	if (!tab)
		return;
	flush_held(tab);
	if (t && t->packets)
		fputc('\n', tab->out);
	if (t)
		tally_print(tab->out, t, tab->with_verdict);
	free(tab);
}

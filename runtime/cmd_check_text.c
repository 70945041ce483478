/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What mdesc check prints for people: takes all pairs, prints what breaks, each
 * place of the source once with the images that it concerns, then the matrix.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd_check.h"

#define COLUMNS_MAX	5	/* with their names; more are numbers */
#define NAMES_MAX	4	/* images that are named in one line */

/* Names come from files: nothing in them may command a terminal. */
static void put_clean_part(const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; n; n--, p++) {
		/* C0 and DEL, and C1 in UTF-8. */
		if ((*p < 0x20 && *p != '\t') || *p == 0x7f || (*p == 0xc2 && n > 1 && (p[1] & 0xe0) == 0x80))
			putchar('?');
		else
			putchar(*p);
	}
}

static void put_clean(const char *text)
{
	put_clean_part(text, strlen(text));
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ---- relocations ---- */

#define LOOK_BACK	256	/* entries that may be the same */

/* What is said of a place, with the kinds of relocations and the images that it is said of. */
struct entry {
	char *head, *text;	/* "FILE:LINE: CLASS [RULE]", and all but the kinds */
	char kinds[128];
	size_t count, names[NAMES_MAX];
	bool *on;		/* by image */
};

struct entries {
	struct entry *v;
	size_t n, room;
};

static char *head_text(const struct mdesc_check_info *i, const char *object)
{
	char *text = NULL, place[32];

	snprintf(place, sizeof(place), i->line ? "%u" : "+%u", i->line ? i->line : i->insn);
	if (asprintf(&text, "%s:%s: %s%s%s%s: ", i->line ? i->file : object, place, mdesc_check_class_name(i->verdict),
		     *i->rule ? " [" : "", i->rule, *i->rule ? "]" : "") < 0)
		return NULL;
	return text;
}

static char *body_text(const struct mdesc_check_info *i, const char *object)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "of %s\n", i->path);
	if (*i->source)
		fprintf(out, "    %5u | %s\n", i->line, i->source + strspn(i->source, " \t"));
	fprintf(out, "    in %s of %s", *i->program ? i->program : "code that is not loaded", object);
	if (*i->before)
		fprintf(out, ": %s -> %s", i->before, *i->after ? i->after : "absent");
	fprintf(out, "\n");
	if (*i->why)
		fprintf(out, "    %s\n", i->why);
	if (*i->advice)
		fprintf(out, "    help: %s\n", i->advice);
	return fclose(out) ? NULL : text;
}

/* The entry that says the same, or a new one, which takes the texts; NULL: no memory. */
static struct entry *find_entry(struct entries *all, char *head, char *text, size_t images)
{
	struct entry *v;
	bool *on;
	size_t i;

	for (i = all->n; i-- > 0 && all->n - i <= LOOK_BACK;)
		if (strcmp(all->v[i].text, text) == 0 && strcmp(all->v[i].head, head) == 0) {
			free(head);
			free(text);
			return &all->v[i];
		}
	if (all->n == all->room) {
		all->room = all->room ? 2 * all->room : 64;
		v = realloc(all->v, all->room * sizeof(*v));
		if (!v)
			return NULL;
		all->v = v;
	}
	on = calloc(images, sizeof(*on));
	if (!on)
		return NULL;
	all->v[all->n] = (struct entry){ .head = head, .text = text, .on = on };
	return &all->v[all->n++];
}

static void add_to_entry(struct entry *e, const char *kind, size_t image)
{
	size_t n = strlen(e->kinds), len = strlen(kind);

	if (!strstr(e->kinds, kind) && n + len + 3 < sizeof(e->kinds))
		sprintf(e->kinds + n, "%s%s", n ? ", " : "", kind);
	if (e->on[image])
		return;
	e->on[image] = true;
	if (e->count < NAMES_MAX)
		e->names[e->count] = image;
	e->count++;
}

static void print_entry(const struct check_run *r, const struct entry *e)
{
	const char *line = e->text, *end;
	size_t i;

	put_clean(e->head);
	printf("%s ", e->kinds);
	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		put_clean_part(line, end - line);
		putchar('\n');
	}
	if (r->image_n < 2)
		return;
	/* The first few by name. */
	printf("    on");
	for (i = 0; i < e->count && i < NAMES_MAX; i++) {
		printf("%s ", i ? "," : "");
		put_clean(base_name(mdesc_check__image_name(r->check, e->names[i])));
	}
	if (e->count > NAMES_MAX)
		printf(" and %zu more", e->count - NAMES_MAX);
	printf("\n");
}

/* One relocation on all images. */
static int list_relocation(const struct check_run *r, size_t object, size_t idx, struct entries *all)
{
	const char *name = mdesc_check__object_name(r->check, object);
	size_t i;

	for (i = 0; i < r->image_n; i++) {
		struct mdesc_check_result *res = check_result(r, object, i);
		MDESC_INFO(mdesc_check_info, info);
		char *head, *text;
		struct entry *e;

		if (mdesc_check_result__class_at(res, idx) < r->least)
			continue;
		mdesc_check_result__info(res, idx, &info);
		head = head_text(&info, name);
		text = body_text(&info, name);
		e = head && text ? find_entry(all, head, text, r->image_n) : NULL;
		if (!e)
			return cmd_fail(MDESC_CLASS_SYSTEM, "not enough memory");
		add_to_entry(e, info.kind, i);
	}
	return 0;
}

static int list_object(const struct check_run *r, size_t object)
{
	size_t n = mdesc_check_result__count(check_result(r, object, 0)), idx;
	struct entries all = { .n = 0 };
	int status = 0;

	for (idx = 0; idx < n && !status; idx++)
		status = list_relocation(r, object, idx, &all);
	for (idx = 0; idx < all.n; idx++) {
		if (!status)
			print_entry(r, &all.v[idx]);
		free(all.v[idx].head);
		free(all.v[idx].text);
		free(all.v[idx].on);
	}
	free(all.v);
	return status;
}

static int list_all(const struct check_run *r)
{
	size_t object;
	int status = 0;

	for (object = 0; object < r->object_n && !status; object++)
		status = list_object(r, object);
	return status;
}

/* ---- the matrix ---- */

static int class_of(const struct check_run *r, size_t object, size_t image)
{
	return mdesc_check_result__class(check_result(r, object, image));
}

/* One row an object, one column an image. */
static void small_matrix(const struct check_run *r)
{
	const char *columns[COLUMNS_MAX + 2] = { "object" };
	struct grid *g;
	size_t i, k;

	for (i = 0; i < r->image_n; i++)
		columns[i + 1] = base_name(mdesc_check__image_name(r->check, i));
	columns[i + 1] = NULL;
	g = grid_new(columns);
	for (k = 0; k < r->object_n; k++) {
		grid_cell(g, "%s", mdesc_check__object_name(r->check, k));
		for (i = 0; i < r->image_n; i++)
			grid_cell(g, "%s", mdesc_check_class_name(class_of(r, k, i)));
	}
	grid_print(g, 0);
}

/* One character a pair; images are numbered. */
static void large_matrix(const struct check_run *r)
{
	static const char marks[] = ".mrgk?XW";
	size_t i, k, digit;
	int class;

	for (digit = 100000; digit > 0; digit /= 10) {
		if (digit > r->image_n && digit > 1)
			continue;
		for (i = 1; i <= r->image_n; i++)
			putchar(digit == 1 || i % 10 == 0 ? '0' + (int)(i / digit % 10) : ' ');
		putchar('\n');
	}
	for (k = 0; k < r->object_n; k++) {
		for (i = 0; i < r->image_n; i++)
			putchar(marks[class_of(r, k, i)]);
		printf("  ");
		put_clean(mdesc_check__object_name(r->check, k));
		putchar('\n');
	}
	for (class = 0; class <= MDESC_CHECK_WRONG; class++)
		printf("%s%c %s", class ? ", " : "", marks[class], mdesc_check_class_name(class));
	printf("\n");
	for (i = 0; i < r->image_n; i++) {
		printf("%4zu ", i + 1);
		put_clean(mdesc_check__image_name(r->check, i));
		putchar('\n');
	}
}

int check_print(const struct check_run *r)
{
	int status = list_all(r), worst = check_worst(r);

	if (status)
		return status;
	if (r->image_n <= COLUMNS_MAX)
		small_matrix(r);
	else
		large_matrix(r);
	printf("%zu object%s, %zu image%s: ", r->object_n, r->object_n == 1 ? "" : "s", r->image_n,
	       r->image_n == 1 ? "" : "s");
	if (worst < MDESC_CHECK_POSSIBLY)
		printf("nothing breaks%s\n", worst == MDESC_CHECK_KERNEL ?
		       "; the kernel's types were not looked at (--kernel-btf)" : "");
	else
		printf("%zu of %zu pairs break: %zu read wrong, %zu will not load, %zu may not\n",
		       check_count(r, MDESC_CHECK_POSSIBLY), r->object_n * r->image_n,
		       check_count(r, MDESC_CHECK_WRONG),
		       check_count(r, MDESC_CHECK_REFUSED) - check_count(r, MDESC_CHECK_WRONG),
		       check_count(r, MDESC_CHECK_POSSIBLY) - check_count(r, MDESC_CHECK_REFUSED));
	return 0;
}

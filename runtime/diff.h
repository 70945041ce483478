/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Comparing two images, for the files that do it: diff.c takes both, lets each
 * of the others look at its part, sorts what they found. A side that is not there
 * has no text. All texts belong to the diff; out of memory is noted there, and
 * what was found then is worth nothing.
 */
#ifndef MDESC_RUNTIME_DIFF_H
#define MDESC_RUNTIME_DIFF_H

#include "image.h"

enum diff_rule_id {
#define DIFF_RULE(id, ...) DIFF_##id,
#include "diff_rules.def"
#include "names.h"
#undef DIFF_RULE
	DIFF_RULES
};

/* Where a field that differs is: the same difference in a type is no news where a layout has it. */
enum diff_scope {
	DIFF_ANYWHERE,
	DIFF_IN_LAYOUT,
	DIFF_IN_TYPE,		/* of a struct that is part of layouts */
};

struct btftypes;

struct finding {
	uint16_t rule;		/* enum diff_rule_id */
	uint8_t	 scope;		/* enum diff_scope */
	bool	 dropped;
	uint32_t order;		/* of being found */
	const char *subject;
	const char *old_text;
	const char *new_text;
	const uint8_t *packet;
	size_t packet_size;
	const char *sources;
	const char *headers[2];	/* with a packet: that either parser found */
	const char *key;	/* of a field: the subject, all indexes 0; else NULL */
	const char *leaf;	/* of a field of a layout or of its types: its last name; else NULL */
};

/* Types can hold each other many times over: no device has that many members. */
#define DIFF_MAX_MEMBERS	(1u << 21)

struct mdesc_diff {
	const struct mdesc_image *img[2];	/* old, new; only while comparing */
	struct btftypes *types[2];		/* of their BTF */
	struct finding *v;
	size_t n, cap;
	void **owned;				/* texts and packets */
	size_t owned_n, owned_cap;
	bool failed;				/* no memory */
	bool ignored[DIFF_RULES];
	uint64_t members;			/* of the types of both, each wherever it stands */
	uint32_t max_packets;
	uint64_t packets;
	int proof;				/* enum mdesc_diff_proof */
};

/* A text of the diff's; "" when out of memory. */
const char *diff_text(struct mdesc_diff *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Memory of the diff's, zeroed; NULL when out of memory or @n is 0. */
void *diff_alloc(struct mdesc_diff *d, size_t n, size_t size);
/* The subject is printed; @old_text and @new_text are the diff's or the images'. NULL: no memory. */
struct finding *diff_add(struct mdesc_diff *d, enum diff_rule_id rule, const char *old_text, const char *new_text,
			 const char *subject, ...) __attribute__((format(printf, 5, 6)));
/* The same where the two texts differ. */
void diff_texts(struct mdesc_diff *d, enum diff_rule_id rule, const char *old_text, const char *new_text,
		const char *subject, ...) __attribute__((format(printf, 5, 6)));
/* The same for numbers. */
void diff_numbers(struct mdesc_diff *d, enum diff_rule_id rule, uint64_t old_number, uint64_t new_number,
		  const char *subject, ...) __attribute__((format(printf, 5, 6)));

/*
 * Pair things by name: @to[0][i] is the index among the new ones of old thing i,
 * @to[1] the other way; NONE32: it has no partner. Of things that share a name the
 * first are a pair, then the next. False: no memory.
 */
struct names {
	const char **v;
	uint32_t n;
	uint32_t *to;
};
bool diff_pair(struct mdesc_diff *d, struct names side[2]);
/* The same of a table of both images, whose entries are of @size bytes and have their name at @name. */
bool diff_pair_table(struct mdesc_diff *d, struct names side[2], enum table_id id, size_t size, size_t name);
#define DIFF_PAIR_TABLE(d, side, id, type) \
	diff_pair_table(d, side, id, sizeof(struct type), offsetof(struct type, name))
/* Room for @n names. */
void names_init(struct mdesc_diff *d, struct names *names, uint32_t n);

/* ---- fields, from tables or from BTF ---- */

#define DFIELD_STRUCT	0	/* @kind: a struct or union, by the name of @type */

struct dfield {
	const char *path;
	uint32_t offset;	/* bytes, of the container */
	uint32_t shift;		/* bits in the container */
	uint32_t width;		/* bits of the value */
	uint32_t bytes;		/* of the container */
	uint32_t count;		/* elements; 1: a scalar, but of @array */
	bool array;
	uint8_t kind;		/* enum mdesc_fmt_field_kind, or DFIELD_STRUCT */
	uint8_t order;		/* enum mdesc_fmt_order */
	bool sign;
	bool bits;		/* a bit field or a range */
	bool range;		/* of a word */
	bool reserved;
	bool id;		/* the layout's id */
	const char *unit;
	const char *type;
	const char *cond;	/* "" where it always means something */
};

struct dfields {
	struct dfield *v;
	uint32_t n;
	const char *where;	/* "layout mynic_metadata" */
	enum diff_scope scope;
	enum diff_rule_id added, removed;
};

/* diff_fields.c */
void diff_fields(struct mdesc_diff *d, const struct dfields *old_fields, const struct dfields *new_fields);
const char *dfield_text(struct mdesc_diff *d, const struct dfield *f);
/* A path's last name, without indexes; a subject whose indexes are all 0. */
const char *diff_leaf(struct mdesc_diff *d, const char *path);
const char *diff_plain(struct mdesc_diff *d, const char *subject);
/* diff_layouts.c: layouts, what is computed in them, configuration. */
void diff_layouts(struct mdesc_diff *d);
/* diff_btf.c: types that have names, views, tags. First the types are read. */
void diff_read_types(struct mdesc_diff *d);
void diff_btf(struct mdesc_diff *d);
/* diff_raw.c: raw tables. */
void diff_raw(struct mdesc_diff *d);
/* diff_identity.c */
void diff_identity(struct mdesc_diff *d);
/* Last: what nothing else has said. */
void diff_rest(struct mdesc_diff *d);
/* diff_machine.c: the target, sources, names of the parser's things, classifications. */
void diff_machine(struct mdesc_diff *d);
/* diff_tables.c: what an image runs, as a text in which only names and numbers of states are lost, and names of
 * headers that @other has not. */
char *tables_canonical(const struct mdesc_image *img, const struct mdesc_image *other, size_t *size);
/* diff_run.c: what it does, where these texts differ. */
void diff_run(struct mdesc_diff *d);

#endif /* MDESC_RUNTIME_DIFF_H */

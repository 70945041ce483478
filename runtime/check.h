/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Checking objects against images, for the library's own files.
 *
 *   check.c: objects and images, each read once; the API
 *   check_pair.c: one object against one image: every relocation gets a class
 *   check_rules.c: what loads and reads wrong
 *   check_text.c: the words for it
 */
#ifndef MDESC_CHECK_H
#define MDESC_CHECK_H

#include "core.h"
#include "core_flow.h"
#include "image.h"
#include "names.h"

/* Why a relocation has its class; the names are stable. The order is that of check_rules[]. */
enum check_rule {
	RULE_NONE,
	/* will not load */
	RULE_ABSENT,
	RULE_INCOMPATIBLE,
	RULE_SIGNED_WIDTH,
	RULE_ARRAY_LOAD,
	RULE_AMBIGUOUS,
	RULE_BIT_FIELD_SPAN,
	RULE_OFFSET_RANGE,
	RULE_MALFORMED,
	RULE_TOO_MUCH,
	/* reads wrong */
	RULE_BIT_FIELD,
	RULE_COPY_SIZE,
	RULE_ADDRESS_SIZE,
	RULE_ARRAY_SHRUNK,
	RULE_ELEMENT_SIZE,
	RULE_WIDE_READ,
	RULE_WIDE_STORE,
	RULE_SWAP_WIDTH,
	RULE_BYTE_ORDER,
	RULE_SIGN,
	RULE_OWN_MEMORY,
	RULE_KERNEL_NAME,
	RULE_TWIN_NAME,
	RULE_TYPE_ID,
	RULE_VALUE_WIDTH,
	RULE_COUNT
};

struct check_image {
	char *name;
	char *prefix;			/* of the names that it defines; "" unknown */
	void *data;			/* a copy of its BTF */
	struct btfraw btf;
	struct core_index index;
	struct check_member {
		uint32_t owner, member;
	} *big;				/* members that tags call big-endian, ordered */
	uint32_t big_n;
};

struct mdesc_check {
	struct core_object **objects;
	size_t object_n;
	struct check_image **images;	/* each by itself: indexes point into them */
	size_t image_n;
	struct btffile kernel_file;
	struct btfraw kernel;
	struct core_index kernel_index;
	char *kernel_name;		/* NULL: the kernel's types are not looked at */
};

/* What was found of one relocation. */
struct check_relo {
	uint8_t class;			/* enum mdesc_check_class */
	uint8_t rule;			/* enum check_rule */
	bool open;			/* the kernel's, which was not given */
	struct core_res res;
	struct core_patch patch;
};

struct mdesc_check_result {
	const struct mdesc_check *check;
	const struct core_object *o;
	const struct check_image *img;
	struct check_relo *v;
	uint32_t n;
	int class;
	char path[256], before[160], after[160], why[512];	/* of the last one that was asked for */
};

/* check_rules.c: the rule by which a relocation that resolves reads wrong, or RULE_NONE. */
enum check_rule check_reads_wrong(const struct mdesc_check_result *r, uint32_t relo);
/* Whether an integer is signed; others are not. */
bool check_is_signed(const struct btfraw *b, uint32_t type_id);
/* Whether a field is big-endian, by its typedefs, and by @img's tags, if it is of that. */
bool check_is_big(const struct btfraw *b, const struct core_field *f, const struct check_image *img);
bool check_is_array(const struct btfraw *b, uint32_t type_id);

/* check_text.c */
void check_texts(struct mdesc_check_result *r, uint32_t relo);
const char *check_rule_name(enum check_rule rule);
const char *check_advice(const struct mdesc_check_result *r, uint32_t relo);

#endif /* MDESC_CHECK_H */

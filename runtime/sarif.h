/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Results for CI systems: SARIF 2.1.0, one run of one tool.
 *
 * *	s = sarif_new("mdesc check");
 *	sarif_rule(s, "field-removed", "a field is gone", "what it means", SARIF_ERROR);
 *	sarif_result(s, "field-removed", "text", "prog.bpf.o", "layout x field y");
 *	return sarif_print(s);
 *
 * Rules are declared before results name them. Out of memory is noted, and told by
 * sarif_print(). Strings are copied.
 */
#ifndef MDESC_SARIF_H
#define MDESC_SARIF_H

#include "names.h"

struct sarif;
struct json_t;

enum sarif_level { SARIF_NOTE, SARIF_WARNING, SARIF_ERROR };

/* @tool: what found it. NULL: no memory, which all others take as such. */
struct sarif *sarif_new(const char *tool);
/* A rule, and how bad it is; @help, as all texts here, is plain text. */
void sarif_rule(struct sarif *s, const char *id, const char *summary, const char *help, enum sarif_level level);
/*
 * A result: of which rule, what it says, in which file (its path as the user gave it), and what in that file, by
 * name; "" where there is none. Its level is the rule's.
 */
void sarif_result(struct sarif *s, const char *rule, const char *text, const char *path, const char *subject);
/* A property of the last result, beyond what SARIF has names for. */
void sarif_property(struct sarif *s, const char *key, const char *value);
/* Print it to standard output, and free it. Returns 0 or the exit status. */
int sarif_print(struct sarif *s);

#endif /* MDESC_SARIF_H */

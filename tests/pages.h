/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The examples on a page of doc/, as texts for fuzzers: each ```mdesc block, that ends with ```. */
#ifndef TESTS_PAGES_H
#define TESTS_PAGES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void page_example_fn(const char *text, size_t n);

/* How many there were. */
static size_t page_examples(const char *path, page_example_fn *take)
{
	static const char begin[] = "\n```mdesc\n", end[] = "\n```\n";
	char *text = calloc(1, 1 << 20), *p = text, *q;
	FILE *f = fopen(path, "r");
	size_t n = 0;

	if (f && text)
		text[fread(text, 1, (1 << 20) - 1, f)] = 0;
	if (f)
		fclose(f);
	while (p && (p = strstr(p, begin))) {
		p += sizeof(begin) - 1;
		q = strstr(p, end);
		if (!q)
			break;
		take(p, (size_t)(q + 1 - p));
		n++;
		p = q;
	}
	free(text);
	return n;
}

#endif

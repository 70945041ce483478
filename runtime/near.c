/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The nearest of many names to a misspelt one: takes them one by one, keeps the
 * best. Near is what differs in a third of its letters and one, at most three, and not
 * in more than half of them: left out, too many, others, or two exchanged; large or
 * small does not matter. The limits are those of the compiler's nearest_name().
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "near.h"

enum { LONGEST = 64, MOST = 3 };

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static bool alike(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* How many changes make @b of @a, both of at most LONGEST letters. */
static unsigned int distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned int rows[3][LONGEST + 1], *two = rows[0], *one = rows[1], *now = rows[2], *swap;
	size_t i, k;

	for (k = 0; k <= nb; k++)
		one[k] = (unsigned int)k;
	for (i = 1; i <= na; i++) {
		now[0] = (unsigned int)i;
		for (k = 1; k <= nb; k++) {
			now[k] = least(one[k - 1] + !alike(a[i - 1], b[k - 1]), least(one[k], now[k - 1]) + 1);
			if (i > 1 && k > 1 && alike(a[i - 1], b[k - 2]) && alike(a[i - 2], b[k - 1]))
				now[k] = least(now[k], two[k - 2] + 1);
		}
		swap = two;
		two = one;
		one = now;
		now = swap;
	}
	return one[nb];
}

void near_begin(struct near_name *near, const char *name)
{
	*near = (struct near_name){ .name = name, .worst = least((unsigned int)strlen(name) / 3 + 1, MOST) + 1 };
}

void near_look(struct near_name *near, const char *candidate)
{
	size_t n = strlen(near->name), m = strlen(candidate);
	const char *tail = m > n ? candidate + m - n : NULL;
	unsigned int d;

	if (!n || !m || n > LONGEST || m > LONGEST)
		return;
	d = distance(near->name, n, candidate, m);
	/* The last part of a path is as good: saddr for l3.v4.saddr. */
	if (tail && tail[-1] == '.' && strcmp(tail, near->name) == 0)
		d = least(d, 1);
	if (d < near->worst && 2 * d <= (n > m ? n : m)) {
		near->worst = d;
		near->best = candidate;
	}
}

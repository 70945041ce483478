/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Where one character of UTF-8 ends: strictly, no overlong forms, no surrogates. */
#ifndef MDESCC_UTF8_H
#define MDESCC_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at @s, of which @left are there (at least 1); 0: it is not UTF-8. Its number into @code. */
static inline size_t utf8_char(const char *text, size_t left, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
	uint32_t c = n > 1 ? s[0] & (0x7fu >> n) : s[0];

	*code = c;
	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	*code = c;
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : n;
}

/* Characters that terminals obey. */
static inline int utf8_is_control(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c < 0xa0);
}

#endif

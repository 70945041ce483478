/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The machine's limits in an image: takes the sample, gives its target other
 * numbers, seals it again, and sees whether it is refused for what is wrong, or
 * shows them. Numbers that an older image does not have say what it meant.
 */
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "imgbuild.h"
#include "tap.h"

static const struct {
	struct mdesc_fmt_target t;	/* the members at its end, and flags */
	const char *refused;		/* for this; NULL: it is good */
} cases[] = {
	{ { .lookups = 2, .lookup_bytes = 2 }, NULL },
	{ { .lookups = 4, .lookup_bytes = 1, .window = 32767 }, NULL },
	{ { .flags = MDESC_TARGET_EXACT | MDESC_TARGET_DEFAULTS, .boost_rows = 256 }, NULL },
	{ { .stages = 16, .stage_rows = 122, .skip = 7, .arcs_in = 8, .arcs_out = 8, .shift = 255 }, NULL },
	{ { .lookups = 2, .lookup_bytes = 4 }, "2 look-ups of 4 bytes, and 4 key bytes" },
	{ { .lookups = 2 }, "2 look-ups of 0 bytes, and 4 key bytes" },
	{ { .lookup_bytes = 2 }, "0 look-ups of 2 bytes, and 4 key bytes" },
	{ { .lookups = 65535, .lookup_bytes = 65535 }, "65535 look-ups" },
	{ { .window = 32768 }, "window 32768" },
	{ { .boost_rows = 1 }, "1 boost rows, and no flag EXACT" },
	{ { .flags = 1u << 9 }, "flags 0x200" },
	{ { .stages = 16 }, "16 stages of 0 rows, with flags 0x0" },
	{ { .stage_rows = 16 }, "0 stages of 16 rows" },
	{ { .flags = MDESC_TARGET_LOOPS, .stages = 1, .stage_rows = 16 }, "1 stages of 16 rows, with flags 0x1" },
	{ { .skip = 3 }, "3 stages are skipped, of none" },
};

/* The entry of the target in the bytes of an image. */
static struct mdesc_fmt_target *target_of(uint8_t *data, const struct mdesc_image *img)
{
	MDESC_INFO(mdesc_section_info, sec);

	if (mdesc_image__section_by_name(img, MDESC_SEC_TARGET, &sec))
		abort();
	return (struct mdesc_fmt_target *)(data + sec.offset + sizeof(struct mdesc_fmt_table));
}

static bool shows(const struct mdesc_image *img, const struct mdesc_fmt_target *t)
{
	MDESC_INFO(mdesc_target_info, info);

	return !mdesc_image__target(img, &info) && info.flags == t->flags && info.window == t->window &&
	       info.lookups * info.lookup_bytes == info.key_bytes && (!t->lookups || info.lookups == t->lookups) &&
	       info.boost_rows == t->boost_rows && info.stages == t->stages && info.stage_rows == t->stage_rows &&
	       info.skip == t->skip && info.arcs_in == t->arcs_in && info.arcs_out == t->arcs_out &&
	       info.shift == t->shift;
}

static void test_one(uint8_t *data, size_t size, struct mdesc_fmt_target *at, unsigned int i)
{
	struct mdesc_error err = { .code = 0 };
	const size_t tail = offsetof(struct mdesc_fmt_target, lookups);
	struct mdesc_image *img;
	char name[100];

	memcpy((char *)at + tail, (const char *)&cases[i].t + tail, sizeof(*at) - tail);
	at->flags = cases[i].t.flags;
	if (reseal(data, size))
		abort();
	img = mdesc_image__open_mem(data, size, NULL, &err);
	snprintf(name, sizeof(name), "case %u: %s", i, cases[i].refused ? cases[i].refused : "shown");
	if (cases[i].refused)
		tap(!img && strstr(err.text, cases[i].refused) && !strcmp(err.section, MDESC_SEC_TARGET), name, "%s",
		    img ? "opened" : err.text);
	else
		tap(img && shows(img, &cases[i].t), name, "%s", img ? "not what is shown" : err.text);
	mdesc_image__close(img);
}

int main(void)
{
	struct mdesc_image *plain;
	struct mdesc_fmt_target *at;
	uint8_t *data;
	size_t size;

	data = sample_image(NULL, &size);
	plain = mdesc_image__open_mem(data, size, NULL, NULL);
	at = target_of(data, plain);
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_one(data, size, at, i);
	mdesc_image__close(plain);
	free(data);
	return tap_status();
}

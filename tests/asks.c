/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What mdescc makes, libmdesc opens, and what it refuses for the steps that asking for conditions takes, libmdesc
 * refuses, too: towers of values of many heights, each computed twice from the one below, around and inside of a
 * tagged union, and under a `valid`. The images are made whatever mdescc's own check says.
 */
#include <mdesc/mdesc.h>

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "compile.h"
#include "diag.h"
#include "tap.h"

static const char refused[] = "it takes too many steps to know which values mean something";

static void tower(FILE *f, const char *name, const char *from, int height)
{
	fprintf(f, "\tderive u64 %s0 = %s;\n", name, from);
	for (int i = 0; i < height; i++)
		fprintf(f, "\tderive u64 %s%d = %s%d + %s%d;\n", name, i + 1, name, i, name, i);
}

static void describe(const char *path, int outer, int inner, bool valid)
{
	FILE *f = fopen(path, "w");

	if (!f)
		exit(99);
	fprintf(f, "mdesc 1;\ndevice acme { driver \"acme\"; }\ndescriptor acme_d {\n\tu8 tag;\n");
	tower(f, "d", "tag", outer);
	fprintf(f, "\tunion u switch (d%d) {\n\t\t0: struct {\n\tu8 x", outer);
	if (valid)
		fprintf(f, " valid d%d > 1", outer);
	fprintf(f, ";\n");
	tower(f, "e", "x", inner);
	fprintf(f, "\t\t} in;\n\t\tdefault: u8 other;\n\t}\n}\n");
	if (fclose(f))
		exit(99);
}

enum verdict { NO_IMAGE, AGREE, DISAGREE };

/* Does mdescc's check let it pass, and does libmdesc take the image? There is none of what is too long in itself. */
static enum verdict agree(const char *path, int *passed)
{
	struct mdesc_error err = { 0 };
	struct mdesc_image *img = NULL;
	struct compiled c;
	struct out out;
	bool good, opened;

	good = compile_unchecked(&c, path) && compile_emit(&c, "image", &out);
	if (!good) {
		compile_free(&c);
		return NO_IMAGE;
	}
	check_asks(&c.ctx, c.model);
	good = !diag_errors(&c.ctx);
	img = mdesc_image__open_mem(out.data, out.size, NULL, &err);
	opened = img;
	*passed += good;
	if (!opened && !strstr(err.text, refused))
		printf("# %s\n", err.text);
	mdesc_image__close(img);
	out_free(&out);
	compile_free(&c);
	return good == opened ? AGREE : DISAGREE;
}

int main(void)
{
	const char *tmp = getenv("TMP");
	int passed = 0, all = 0;
	char path[4096], name[64];

	snprintf(path, sizeof(path), "%s/asks.mdesc", tmp ? tmp : "/tmp");
	for (int valid = 0; valid < 2; valid++) {
		for (int outer = 0; outer <= 13; outer++) {
			enum verdict v = AGREE;
			int inner;

			for (inner = 0; inner <= 13 && v == AGREE; inner++) {
				describe(path, outer, inner, valid);
				v = agree(path, &passed);
				all += v != NO_IMAGE;
			}
			snprintf(name, sizeof(name), "agree %s valid, tag of height %d", valid ? "with" : "without",
				 outer);
			tap(v != DISAGREE, name, "mdescc and libmdesc disagree where the values are %d high",
			    inner - 1);
		}
	}
	tap(passed && passed < all, "some pass and some do not", "%d of %d pass", passed, all);
	return tap_status();
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc_find() as programs call it: what it gives, whose that is, what the trace
 * tells, and what happens with options of another version.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mdesc/mdesc.h>

#include "imgbuild.h"
#include "tap.h"

struct heard {
	unsigned int steps, hits, misses, matches;
	int last;
	bool two_lines;
};

static void hear(void *ctx, const struct mdesc_find_step *step)
{
	struct heard *h = ctx;

	h->steps++;
	h->hits += step->verdict == MDESC_FIND_HIT;
	h->misses += step->verdict == MDESC_FIND_MISS;
	h->matches += step->verdict == MDESC_FIND_MATCH;
	h->last = step->verdict;
	h->two_lines |= strchr(step->text, '\n') || !*step->where;
}

static void put_image(const char *path)
{
	size_t size;
	uint8_t *data = sample_image(NULL, &size);
	FILE *out = fopen(path, "wb");

	if (!out || fwrite(data, 1, size, out) != size)
		tap(false, path, "cannot be written");
	if (out)
		fclose(out);
	free(data);
}

static struct mdesc_identity *device(const char *driver, const char *app)
{
	struct mdesc_identity *id = mdesc_identity__new(NULL);

	mdesc_identity__set(id, MDESC_ID_DRIVER, NULL, driver, NULL);
	mdesc_identity__set(id, MDESC_ID_RUNNING, "fw.app", app, NULL);
	return id;
}

static void test_found(const struct mdesc_find_opts *opts, const struct mdesc_identity *id, struct heard *heard)
{
	struct mdesc_error err = { .text = "" };
	struct mdesc_found *found = mdesc_find(id, opts, &err);
	struct mdesc_image *img;

	if (!tap(found, "found", "%s", err.text))
		return;
	tap(mdesc_found__how(found) == MDESC_FOUND_MATCH && !strcmp(mdesc_found__path(found), "images/x") &&
	    !strcmp(mdesc_found__why(found), "devlink \"fw.app\" \"1.*\"") && !*mdesc_found__warning(found),
	    "what is said of it", "%s %s", mdesc_found__path(found), mdesc_found__why(found));
	tap(heard->steps > 2 && heard->hits == 1 && heard->last == MDESC_FIND_HIT && heard->matches == 1 &&
	    !heard->two_lines, "trace", "%u steps, %u hits", heard->steps, heard->hits);
	img = mdesc_found__take_image(found);
	tap(img && !mdesc_found__image(found) && !mdesc_found__take_image(found), "the image is taken once", "not");
	mdesc_found__free(found);
	tap(!strcmp(mdesc_image__name(img), "images/x") && mdesc_image__layout_count(img) > 0,
	    "and outlives what was found", "not");
	mdesc_image__close(img);
}

static void test_finder(const struct mdesc_find_opts *opts, const struct mdesc_identity *id,
			const struct mdesc_identity *other)
{
	struct mdesc_finder *finder = mdesc_finder__new(opts, NULL);
	struct mdesc_error err;
	struct mdesc_found *found, *none, *again;
	int code;

	found = mdesc_finder__find(finder, id, &err);
	none = mdesc_finder__find(finder, other, &err);
	code = errno;
	again = mdesc_finder__find(finder, id, NULL);
	tap(found && again && !none, "a finder, three times", "%s", err.text);
	tap(code == ENOENT && err.code == -ENOENT && err.kind == MDESC_CLASS_NOT_FOUND &&
	    strstr(err.text, ", images (1 image), "), "not found", "%d %s", code, err.text);
	mdesc_found__free(found);
	mdesc_found__free(again);
	mdesc_finder__free(finder);
	mdesc_finder__free(NULL);
	mdesc_found__free(NULL);
	mdesc_identity__free(NULL);
}

static void test_options(const struct mdesc_find_opts *good, const struct mdesc_identity *id)
{
	struct {
		struct mdesc_find_opts known;
		void *later;
	} more = { .known = *good };
	struct mdesc_error err;
	struct mdesc_found *found;

	more.known.sz = sizeof(more);
	found = mdesc_find(id, &more.known, &err);
	tap(found, "options of later, not used", "%s", err.text);
	mdesc_found__free(found);
	more.later = &more;
	tap(!mdesc_find(id, &more.known, &err) && errno == EINVAL && err.kind == MDESC_CLASS_SYSTEM,
	    "options of later, used", "%s", err.text);
	tap(!mdesc_find(NULL, good, &err) && errno == EINVAL && err.kind == MDESC_CLASS_INPUT, "no identity", "%s",
	    err.text);
	tap(!mdesc_find(NULL, good, NULL) && errno == EINVAL, "no error record", "%d", errno);
}

int main(void)
{
	static const char *const dirs[] = { "images" };
	struct heard heard = { .steps = 0 };
	MDESC_OPTS(mdesc_find_opts, opts, .root = "/nowhere", .dirs = dirs, .dir_count = 1, .cache_dir = "cache",
		   .no_fetch = true, .trace = hear, .trace_ctx = &heard);
	struct mdesc_identity *id = device("sampledrv", "1.7"), *other = device("sampledrv", "2.7");

	if (!getenv("TMP") || chdir(getenv("TMP")))
		return 99;
	mkdir("images", 0700);
	put_image("images/x");
	test_found(&opts, id, &heard);
	test_finder(&opts, id, other);
	test_options(&opts, id);
	mdesc_identity__free(id);
	mdesc_identity__free(other);
	return tap_status();
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Whether a file's BTF describes the metadata of a device: takes the file and, for
 * what the kernel exports, the kernel's own BTF, over which it is split. Every
 * driver module has BTF; only that of a description carries the tag mdesc:device=.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "btfraw.h"
#include "find.h"
#include "image.h"

/* The value of a declaration tag that begins with @prefix, or NULL. */
static const char *tag_value(const struct btfraw *b, const struct btf_type *t, const char *prefix)
{
	const char *text = btfraw_str(b, t->name_off);
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) ? NULL : text + n;
}

struct tags {
	char device[64];
	char driver[64];
	char firmware[64];
};

static void first_value(char *to, size_t size, const char *value)
{
	if (value && !*to)
		snprintf(to, size, "%s", value);
}

static void read_tags(const struct btfraw *b, struct tags *tags)
{
	uint32_t id;

	memset(tags, 0, sizeof(*tags));
	for (id = b->first_id; id < b->end_id; id++) {
		const struct btf_type *t = btfraw_type(b, id);

		if (!t || btfraw_kind(t) != BTF_KIND_DECL_TAG)
			continue;
		first_value(tags->device, sizeof(tags->device), tag_value(b, t, "mdesc:device="));
		first_value(tags->driver, sizeof(tags->driver), tag_value(b, t, "mdesc:driver="));
		first_value(tags->firmware, sizeof(tags->firmware), tag_value(b, t, "mdesc:firmware="));
	}
}

static int judge(const struct btfraw *b, const char *driver, char *device, size_t device_size,
		 char *why, size_t why_size)
{
	struct mdesc_error err;
	struct tags tags;

	if (btfraw_check(b, &err)) {
		snprintf(why, why_size, "%s", err.text);
		return 0;
	}
	read_tags(b, &tags);
	if (!*tags.device) {
		snprintf(why, why_size, "its types do not carry the tag mdesc:device=");
		return 0;
	}
	if (driver && *tags.driver && !find_same_driver(tags.driver, driver)) {
		snprintf(why, why_size, "its types are of driver %s", tags.driver);
		return 0;
	}
	snprintf(device, device_size, "device %s%s%s", tags.device, *tags.firmware ? ", firmware " : "",
		 tags.firmware);
	return 1;
}

int find_kernel_btf(const char *path, const char *base, const char *driver, char *device, size_t device_size,
		    char *why, size_t why_size)
{
	struct btffile file = { .data = NULL }, base_file = { .data = NULL };
	struct btfraw raw = { .name = NULL }, base_raw = { .name = NULL };
	struct mdesc_error err = { .text = "" };
	int ret;

	ret = btffile_open(&file, path, &err);
	if (!ret && base)
		ret = btffile_open(&base_file, base, &err);
	if (!ret && base)
		ret = btfraw_open(&base_raw, base, base_file.btf, base_file.btf_size, NULL, &err);
	if (!ret)
		ret = btfraw_open(&raw, path, file.btf, file.btf_size, base ? &base_raw : NULL, &err);
	if (ret)
		snprintf(why, why_size, "%s", err.kind == MDESC_CLASS_NOT_FOUND ? "not there" : err.text);
	else
		ret = judge(&raw, driver, device, device_size, why, why_size);
	btfraw_close(&raw);
	btfraw_close(&base_raw);
	btffile_close(&file);
	btffile_close(&base_file);
	return ret == 1;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a device is set to: the one thing about an opened image that its user
 * says, because neither the tables nor the bytes of metadata know it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bpf/btf.h>

#include "image.h"

size_t mdesc_image__config_count(const struct mdesc_image *img)
{
	return image_count(img, TABLE_CONFIG);
}

int mdesc_image__config(const struct mdesc_image *img, size_t idx, struct mdesc_config_info *info)
{
	struct mdesc_config_info filled = { .sz = sizeof(filled) };
	const struct mdesc_fmt_config *c;

	if (idx >= image_count(img, TABLE_CONFIG))
		return -ENOENT;
	c = &image_configs(img)[idx];
	filled.name = image_str(img, c->name);
	filled.unit = image_str(img, c->unit);
	filled.type = image_str(img, c->type);
	filled.doc = image_str(img, c->doc);
	filled.bits = c->bits;
	filled.kind = c->kind;
	filled.set = img->configured >> idx & 1;
	filled.value = img->config[idx];
	return info_copy(info, &filled, sizeof(filled));
}

static bool same_word(const char *type, const char *full, const char *name)
{
	size_t n = strlen(type);

	if (strcasecmp(full, name) == 0)
		return true;
	return strncasecmp(full, type, n) == 0 && full[n] == '_' && strcasecmp(full + n + 1, name) == 0;
}

/* An enumerator by its name in the BTF or in the description. */
static bool enum_value(const struct mdesc_image *img, uint32_t idx, const char *name, uint64_t *value)
{
	const char *type = image_str(img, image_configs(img)[idx].type);
	const struct btf_type *t;
	uint32_t i;

	if (!img->config_enum[idx])
		return false;
	t = btf__type_by_id(img->btf, img->config_enum[idx]);
	for (i = 0; btf_kind(t) == BTF_KIND_ENUM && i < btf_vlen(t); i++) {
		if (!same_word(type, btf__str_by_offset(img->btf, btf_enum(t)[i].name_off), name))
			continue;
		*value = (uint32_t)btf_enum(t)[i].val;
		return true;
	}
	return false;
}

int mdesc_image__configure(struct mdesc_image *img, const char *name, const char *text)
{
	uint64_t value;
	uint32_t i;
	char *end;

	for (i = 0; i < image_count(img, TABLE_CONFIG); i++)
		if (strcmp(image_str(img, image_configs(img)[i].name), name) == 0)
			break;
	if (i == image_count(img, TABLE_CONFIG))
		return -ENOENT;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)*text) || *end) {
		if (!enum_value(img, i, text, &value))
			return -EINVAL;
	} else if (errno || (image_configs(img)[i].bits < 64 && value >> image_configs(img)[i].bits)) {
		return -ERANGE;
	}
	img->config[i] = value;
	img->configured |= 1u << i;
	return 0;
}

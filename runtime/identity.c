/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is known about a device: takes what the kernel or the caller says, gives
 * it back by kind and key. Text is checked or cleaned on the way in, so that it
 * can be printed and compared without a thought.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "image.h"

struct mdesc_identity *mdesc_identity__new(struct mdesc_error *err)
{
	struct mdesc_identity *id = calloc(1, sizeof(*id));

	if (!id)
		errno = -error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	return id;
}

void mdesc_identity__free(struct mdesc_identity *id)
{
	size_t i;

	if (!id)
		return;
	for (i = 0; i < sizeof(id->texts) / sizeof(id->texts[0]); i++)
		free(id->texts[i]);
	for (i = 0; i < id->version_count; i++) {
		free(id->versions[i].key);
		free(id->versions[i].value);
	}
	free(id->versions);
	free(id);
}

static bool is_version(int kind)
{
	return kind >= MDESC_ID_RUNNING && kind <= MDESC_ID_STORED;
}

static bool printable(char c)
{
	return c >= 0x20 && c < 0x7f;
}

static bool text_good(const char *text)
{
	size_t n = 0;

	while (text[n] && printable(text[n]) && n <= IDENTITY_TEXT_MAX)
		n++;
	return !text[n] && n <= IDENTITY_TEXT_MAX;
}

static struct identity_version *version_of(const struct mdesc_identity *id, int kind, const char *key)
{
	size_t i;

	for (i = 0; i < id->version_count; i++)
		if (id->versions[i].kind == kind && !strcmp(id->versions[i].key, key))
			return &id->versions[i];
	return NULL;
}

static void version_drop(struct mdesc_identity *id, struct identity_version *v)
{
	free(v->key);
	free(v->value);
	*v = id->versions[--id->version_count];
}

/* Takes over @key and @value, which are not NULL. */
static int version_append(struct mdesc_identity *id, int kind, char *key, char *value)
{
	struct identity_version *v;

	v = realloc(id->versions, (id->version_count + 1) * sizeof(*v));
	if (!v) {
		free(key);
		free(value);
		return -ENOMEM;
	}
	id->versions = v;
	v[id->version_count++] = (struct identity_version){ kind, key, value };
	return 0;
}

static int version_set(struct mdesc_identity *id, int kind, const char *key, char *value)
{
	struct identity_version *v = version_of(id, kind, key);
	char *copy;

	if (v && !value) {
		version_drop(id, v);
	} else if (v) {
		free(v->value);
		v->value = value;
	} else if (value) {
		copy = strdup(key);
		if (copy)
			return version_append(id, kind, copy, value);
		free(value);
		return -ENOMEM;
	}
	return 0;
}

int mdesc_identity__set(struct mdesc_identity *id, int kind, const char *key, const char *value,
			struct mdesc_error *err)
{
	char *copy = NULL;

	if (kind < MDESC_ID_IFACE || kind > MDESC_ID_STORED || is_version(kind) != !!key)
		return error_set(err, EINVAL, MDESC_CLASS_SYSTEM,
				 "an identity has no kind %d %s a key", kind, key ? "with" : "without");
	if (key && (!*key || !text_good(key)))
		return error_set(err, EINVAL, MDESC_CLASS_INPUT, "`%.200s' cannot be the key of a version", key);
	if (value && !text_good(value))
		return error_set(err, EINVAL, MDESC_CLASS_INPUT,
				 "`%.200s' is not printable, or longer than %d characters", value,
				 IDENTITY_TEXT_MAX);
	if (key && value && !version_of(id, kind, key) && id->version_count >= IDENTITY_VERSIONS_MAX)
		return error_set(err, EINVAL, MDESC_CLASS_INPUT, "more than %d versions", IDENTITY_VERSIONS_MAX);
	if (value) {
		copy = strdup(value);
		if (!copy)
			return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	}
	if (!is_version(kind)) {
		free(id->texts[kind]);
		id->texts[kind] = copy;
		return 0;
	}
	if (version_set(id, kind, key, copy))
		return error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
	return 0;
}

/* Up to a NUL, cut at the limit, blanks at the end dropped, and what cannot be printed as '?'. */
static char *cleaned(const void *text, size_t size)
{
	size_t n = strnlen(text, size), i;
	char *copy;

	if (n > IDENTITY_TEXT_MAX)
		n = IDENTITY_TEXT_MAX;
	copy = malloc(n + 1);
	if (!copy)
		return NULL;
	for (i = 0; i < n; i++)
		copy[i] = printable(((const char *)text)[i]) ? ((const char *)text)[i] : '?';
	while (n > 0 && copy[n - 1] == ' ')
		n--;
	copy[n] = 0;
	return copy;
}

int identity_add(struct mdesc_identity *id, int kind, const char *key, const void *value, size_t size)
{
	char *text = cleaned(value, size), *name;
	int ret;

	if (!text)
		return -ENOMEM;
	if (!*text) {
		free(text);
		return 0;
	}
	if (!is_version(kind)) {
		free(id->texts[kind]);
		id->texts[kind] = text;
		return 0;
	}
	name = cleaned(key, IDENTITY_TEXT_MAX);
	/* The first of a key counts: later ones are of further components. */
	if (!name || !*name || version_of(id, kind, name) || id->version_count >= IDENTITY_VERSIONS_MAX) {
		ret = name ? 0 : -ENOMEM;
		free(name);
		free(text);
		return ret;
	}
	return version_append(id, kind, name, text);
}

const char *mdesc_identity__get(const struct mdesc_identity *id, int kind, const char *key)
{
	const struct identity_version *v;

	if (is_version(kind)) {
		v = key ? version_of(id, kind, key) : NULL;
		return v ? v->value : "";
	}
	if (kind < MDESC_ID_IFACE || kind > MDESC_ID_BOARD_SERIAL || !id->texts[kind])
		return "";
	return id->texts[kind];
}

size_t mdesc_identity__version_count(const struct mdesc_identity *id)
{
	return id->version_count;
}

int mdesc_identity__version(const struct mdesc_identity *id, size_t idx, struct mdesc_identity_version *version)
{
	MDESC_INFO(mdesc_identity_version, filled);

	if (idx >= id->version_count)
		return -ENOENT;
	filled.kind = id->versions[idx].kind;
	filled.key = id->versions[idx].key;
	filled.value = id->versions[idx].value;
	return info_copy(version, &filled, sizeof(filled));
}

const char *identity_version(const struct mdesc_identity *id, const char *key)
{
	const struct identity_version *v = NULL;
	int kind;

	for (kind = MDESC_ID_RUNNING; kind <= MDESC_ID_STORED && !v; kind++)
		v = version_of(id, kind, key);
	return v ? v->value : NULL;
}

void identity_describe(const struct mdesc_identity *id, char *buf, size_t size)
{
	static const struct {
		int kind;
		const char *name;
	} parts[] = {
		{ MDESC_ID_DRIVER, "driver" }, { MDESC_ID_FIRMWARE, "firmware" },
		{ MDESC_ID_BUS, "bus" }, { MDESC_ID_SERIAL, "serial" },
	};
	const char *iface = mdesc_identity__get(id, MDESC_ID_IFACE, NULL);
	size_t n = snprintf(buf, size, "%.16s%s", iface, *iface ? " (" : ""), i;
	bool first = true;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *value = mdesc_identity__get(id, parts[i].kind, NULL);

		if (!*value || n >= size)
			continue;
		n += snprintf(buf + n, size - n, "%s%s %.40s", first ? "" : ", ", parts[i].name, value);
		first = false;
	}
	if (*iface && n < size)
		snprintf(buf + n, size - n, ")");
}

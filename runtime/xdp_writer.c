/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The writer's object: takes bytes out of an image, or the caller's, that nobody
 * vouches for; checks that they hold the programs and maps that format.h names and
 * nothing else of consequence, sets what it is to ask for, and loads the one of its
 * two programs that goes with the user's. What the program itself does, the kernel's
 * verifier judges.
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "xdp.h"

#define LOG_BYTES	(64 * 1024)
#define MAPS_MAX_BYTES	(16u << 20)	/* of all maps of a writer, a processor's */

int xdp_note(struct xdp_notes *notes, const char *fmt, ...)
{
	char **v = realloc(notes->v, (notes->n + 1) * sizeof(*v));
	char *text = NULL;
	va_list ap;

	if (!v)
		return -ENOMEM;
	notes->v = v;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text)
		return -ENOMEM;
	notes->v[notes->n++] = text;
	return 0;
}

/* ---- where it comes from ---- */

static int find_bytes(const struct xdp_plan *plan, const void **data, size_t *size, struct mdesc_error *err)
{
	const struct section *sec = image_section(plan->img, MDESC_SEC_XDP);

	if (plan->opts->writer) {
		*data = plan->opts->writer;
		*size = plan->opts->writer_size;
		return 0;
	}
	if (!sec || !sec->size)
		return error_set(err, ENODATA, MDESC_CLASS_INPUT,
				 "%.300s: carries no writer (" MDESC_SEC_XDP "): compile it with `mdescc "
				 "--embed=xdp', or give a writer's object", mdesc_image__name(plan->img));
	*data = sec->data;
	*size = sec->size;
	return 0;
}

static int bad_writer(const struct xdp_plan *plan, struct mdesc_error *err, const char *why)
{
	return error_set(err, EBADMSG, MDESC_CLASS_CORRUPT, "%.300s: %s writer cannot be used: %s",
			 mdesc_image__name(plan->img), plan->opts->writer ? "the given" : "its", why);
}

/* ---- the calls that ask the driver ---- */

static const struct { const char *name; uint32_t flag; } driver_calls[] = {
	{ "bpf_xdp_metadata_rx_timestamp", MDESC_XDP_USE_TIMESTAMP },
	{ "bpf_xdp_metadata_rx_hash", MDESC_XDP_USE_HASH },
	{ "bpf_xdp_metadata_rx_vlan_tag", MDESC_XDP_USE_VLAN_TAG },
};

#define DRIVER_CALLS	(sizeof(driver_calls) / sizeof(driver_calls[0]))

/* Which of them a program has: they are functions in its BTF. */
static uint32_t asks_for(struct bpf_object *bpf)
{
	const struct btf *btf = bpf_object__btf(bpf);
	uint32_t asks = 0;
	size_t i;

	for (i = 0; btf && i < DRIVER_CALLS; i++)
		if (btf__find_by_name_kind(btf, driver_calls[i].name, BTF_KIND_FUNC) > 0)
			asks |= driver_calls[i].flag;
	return asks;
}

/* The program that goes with the user's, and asks the driver or not; NULL: there is none. */
static struct bpf_program *program_for(struct bpf_object *bpf, bool bound, bool frags)
{
	const char *name = bound ? frags ? MDESC_XDP_BOUND_FRAGS : MDESC_XDP_BOUND :
			   frags ? MDESC_XDP_PROGRAM_FRAGS : MDESC_XDP_PROGRAM;

	return bpf_object__find_program_by_name(bpf, name);
}

/* ---- whether it is one ---- */

static bool map_is(struct bpf_object *bpf, const char *name, enum bpf_map_type type, uint32_t value_size)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(bpf, name);

	return map && bpf_map__type(map) == type && bpf_map__key_size(map) == 4 && bpf_map__max_entries(map) == 1 &&
	       bpf_map__value_size(map) == value_size;
}

/* Maps that are pinned by their names would be others' maps. */
static const char *check_maps(struct bpf_object *bpf)
{
	uint64_t bytes = 0;
	struct bpf_map *map;

	bpf_object__for_each_map(map, bpf) {
		bpf_map__set_pin_path(map, NULL);
		switch ((int)bpf_map__type(map)) {
		case BPF_MAP_TYPE_ARRAY:
		case BPF_MAP_TYPE_PERCPU_ARRAY:
			break;
		case BPF_MAP_TYPE_PROG_ARRAY:
			if (!strcmp(bpf_map__name(map), MDESC_XDP_NEXT))
				break;
			/* fall through */
		default:
			return "a map of a kind that no writer has";
		}
		bytes += (uint64_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
		if (bytes > MAPS_MAX_BYTES)
			return "maps that are larger than any writer's";
	}
	return NULL;
}

static const char *check_object(struct bpf_object *bpf, const struct mdesc_image *img)
{
	uint32_t counters = 8 * (MDESC_XDP_LAYOUT0 + (uint32_t)xdp_metadata_count(img));
	struct bpf_program *prog;

	if (!map_is(bpf, MDESC_XDP_NEXT, BPF_MAP_TYPE_PROG_ARRAY, 4))
		return "it has no map " MDESC_XDP_NEXT " as it must be";
	if (!map_is(bpf, MDESC_XDP_COUNTERS, BPF_MAP_TYPE_PERCPU_ARRAY, counters))
		return "it has no map " MDESC_XDP_COUNTERS " for the image's layouts";
	bpf_object__for_each_program(prog, bpf)
		if (bpf_program__type(prog) != BPF_PROG_TYPE_XDP)
			return "it has a program that is none for XDP";
	return check_maps(bpf);
}

/* ---- what it is told ---- */

/* Where the variable is in .rodata, and its size; NULL: not there. */
static void *find_config(struct bpf_object *bpf, uint32_t *size)
{
	const struct btf *btf = bpf_object__btf(bpf);
	int id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -1;
	const struct btf_type *sec = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const struct btf_var_secinfo *var = sec ? btf_var_secinfos(sec) : NULL;
	struct bpf_map *map = bpf_object__find_map_by_name(bpf, ".rodata");
	size_t room = 0;
	char *data = map ? (char *)bpf_map__initial_value(map, &room) : NULL;
	uint16_t i;

	for (i = 0; data && sec && i < btf_vlen(sec); i++, var++) {
		const struct btf_type *t = btf__type_by_id(btf, var->type);

		if (!t || strcmp(btf__name_by_offset(btf, t->name_off), MDESC_XDP_CONFIG))
			continue;
		if (var->offset > room || var->size > room - var->offset)
			return NULL;
		*size = var->size;
		return data + var->offset;
	}
	return NULL;
}

/* One that is negative has the bits above, too. */
static bool fits(const struct mdesc_source *src, uint64_t value)
{
	unsigned int bits = mdesc_source__bits(src);

	return bits >= 64 || !(value >> bits) || (mdesc_source__is_signed(src) && !(~value >> (bits - 1)));
}

static int set_source(const struct xdp_plan *plan, struct mdesc_xdp_source *table,
		      const struct mdesc_source_value *v, struct mdesc_error *err)
{
	const struct mdesc_source *src = mdesc_image__source_by_name(plan->img, v->name);
	struct mdesc_xdp_source *to;
	unsigned int bits;

	if (!src)
		return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND, "%.300s: has no source '%.100s'",
				 mdesc_image__name(plan->img), v->name);
	bits = mdesc_source__bits(src);
	if (!fits(src, v->value))
		return error_set(err, ERANGE, MDESC_CLASS_INPUT, "%.300s: %llu does not fit the %u bits of %.100s",
				 mdesc_image__name(plan->img), (unsigned long long)v->value, bits, v->name);
	to = &table[mdesc_source__index(src)];
	to->value = bits < 64 ? v->value & ((1ull << bits) - 1) : v->value;
	to->flags |= MDESC_XDP_SOURCE_SET;
	return 0;
}

/* Sources that nobody reads are 0; so are those that the writer has no stand-in for, when all others are set, too. */
static void set_rest(const struct xdp_pair *pair, struct mdesc_xdp_config *config)
{
	struct mdesc_xdp_source *table = (void *)(config + 1);
	uint32_t i, set = 0, zero = 0;

	for (i = 0; i < config->source_count; i++) {
		if (pair->unread && pair->unread[i])
			table[i].flags |= MDESC_XDP_SOURCE_SET;
		set += table[i].flags & MDESC_XDP_SOURCE_SET;
		zero += !(table[i].flags & MDESC_XDP_SOURCE_SET) && table[i].kind == MDESC_XDP_SOURCE_ZERO;
	}
	if (!set || set + zero < config->source_count)
		return;
	for (i = 0; i < config->source_count; i++)
		table[i].flags |= MDESC_XDP_SOURCE_SET;
	config->flags |= MDESC_XDP_ALL_SET;
}

/* What the driver need not be asked for: all sources of that kind are set. */
static uint32_t not_asked(const struct mdesc_xdp_config *config)
{
	static const uint32_t flags[] = {
		[MDESC_XDP_SOURCE_TIME] = MDESC_XDP_USE_TIMESTAMP, [MDESC_XDP_SOURCE_HASH] = MDESC_XDP_USE_HASH,
		[MDESC_XDP_SOURCE_VLAN_TCI] = MDESC_XDP_USE_VLAN_TAG,
		[MDESC_XDP_SOURCE_VLAN_PROTO] = MDESC_XDP_USE_VLAN_TAG,
	};
	const struct mdesc_xdp_source *table = (const void *)(config + 1);
	uint32_t set = 0, asked = 0, i;

	for (i = 0; i < config->source_count; i++) {
		uint32_t flag = table[i].kind < sizeof(flags) / sizeof(flags[0]) ? flags[table[i].kind] : 0;

		if (table[i].flags & MDESC_XDP_SOURCE_SET)
			set |= flag;
		else
			asked |= flag;
	}
	return set & ~asked;
}

/* What is set before the program is loaded, but for what the driver is asked for. */
static int configure(const struct xdp_pair *pair, const struct xdp_plan *plan, struct mdesc_xdp_config **ret,
		     struct mdesc_error *err)
{
	size_t sources = mdesc_image__source_count(plan->img), i;
	struct mdesc_xdp_config *config;
	uint32_t size = 0;
	int rc = 0;

	*ret = config = find_config(pair->writer, &size);
	if (!config || size < sizeof(*config) + sources * sizeof(struct mdesc_xdp_source) ||
	    (uintptr_t)config % 8 || config->source_count != sources)
		return bad_writer(plan, err, "it has no variable " MDESC_XDP_CONFIG " for the image's sources");
	config->flags = MDESC_XDP_COUNT;
	for (i = 0; i < plan->opts->source_count && !rc; i++)
		rc = set_source(plan, (void *)(config + 1), &plan->opts->sources[i], err);
	set_rest(pair, config);
	return rc;
}

/* ---- loading ---- */

static int choose(struct xdp_pair *pair, const struct xdp_plan *plan, struct bpf_program **ret, struct mdesc_error *err)
{
	struct bpf_program *prog;

	*ret = program_for(pair->writer, pair->dev_bound, pair->frags);
	if (!*ret)
		return bad_writer(plan, err, pair->frags ? "it has no program " MDESC_XDP_PROGRAM_FRAGS :
				  "it has no program " MDESC_XDP_PROGRAM);
	bpf_object__for_each_program(prog, pair->writer)
		bpf_program__set_autoload(prog, prog == *ret);
	xdp_set_type(pair->writer, plan);
	if (pair->frags && !plan->dispatched)
		bpf_program__set_flags(*ret, bpf_program__flags(*ret) | BPF_F_XDP_HAS_FRAGS);
	if (pair->dev_bound) {
		bpf_program__set_flags(*ret, bpf_program__flags(*ret) | BPF_F_XDP_DEV_BOUND_ONLY);
		bpf_program__set_ifindex(*ret, plan->iface->ifindex);
	}
	return 0;
}

/* libbpf has codes of its own, which strerror() does not know. */
static const char *why_not_opened(const void *data, size_t size, int code, char *buf, size_t room)
{
	if (size < SELFMAG || memcmp(data, ELFMAG, SELFMAG))
		return "not a BPF object";
	libbpf_strerror(code, buf, room);
	return buf;
}

static struct bpf_object *open_bytes(const struct xdp_plan *plan, const void *data, size_t size)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "mdesc");
	struct bpf_object *bpf;
	void *copy;
	int code;

	if (!plan->dispatched)
		return bpf_object__open_mem(data, size, &opts);
	copy = malloc(size);
	if (!copy)
		return NULL;
	memcpy(copy, data, size);
	xdp_section_hide(copy, size);
	bpf = bpf_object__open_mem(copy, size, &opts);
	code = errno;
	free(copy);
	if (bpf)
		xdp_section_set_types(bpf);
	errno = code;
	return bpf;
}

static int open_writer(struct xdp_pair *pair, const struct xdp_plan *plan, bool bind, struct bpf_program **prog,
		       struct mdesc_error *err)
{
	struct mdesc_xdp_config *config;
	const void *data = NULL;
	char text[128];
	const char *why;
	size_t size = 0;
	int rc = find_bytes(plan, &data, &size, err);

	if (rc)
		return rc;
	pair->writer = open_bytes(plan, data, size);
	if (!pair->writer)
		return bad_writer(plan, err, why_not_opened(data, size, errno, text, sizeof(text)));
	why = check_object(pair->writer, plan->img);
	if (why)
		return bad_writer(plan, err, why);
	rc = configure(pair, plan, &config, err);
	if (rc)
		return rc;
	pair->asks = program_for(pair->writer, true, pair->frags) ? asks_for(pair->writer) & ~not_asked(config) : 0;
	pair->gets = bind ? pair->asks & plan->iface->rx_features : 0;
	pair->dev_bound = pair->gets;
	config->flags |= pair->gets;
	return choose(pair, plan, prog, err);
}

static int load(struct xdp_pair *pair, const struct xdp_plan *plan, bool bind, struct mdesc_error *err)
{
	char *log = calloc(1, LOG_BYTES), word[300] = "", release[80];
	struct bpf_program *prog = NULL;
	int rc = open_writer(pair, plan, bind, &prog, err);

	if (!rc) {
		if (log)
			bpf_program__set_log_buf(prog, log, LOG_BYTES);
		rc = bpf_object__load(pair->writer);
		if (rc && log)
			xdp_last_word(log, word, sizeof(word));
		if (rc == -EPERM || (rc == -EACCES && xdp_caps_lacking(release, sizeof(release)))) {
			xdp_denied(-rc, "the writer", err);
		} else if (rc) {
			xdp_kernel_release(release, sizeof(release));
			error_set(err, -rc, MDESC_CLASS_CORRUPT, "%.200s: kernel %s refuses %s writer: %s%s%s",
				  mdesc_image__name(plan->img), release,
				  plan->opts->writer ? "the given" : "its", strerror(-rc), *word ? ": " : "", word);
		}
	}
	free(log);
	if (rc) {
		xdp_writer_close(pair);
		return rc;
	}
	pair->writer_fd = bpf_program__fd(prog);
	pair->next_fd = bpf_object__find_map_fd_by_name(pair->writer, MDESC_XDP_NEXT);
	pair->counters_fd = bpf_object__find_map_fd_by_name(pair->writer, MDESC_XDP_COUNTERS);
	return 0;
}

static int fill_slot(struct xdp_pair *pair, struct mdesc_error *err)
{
	uint32_t slot = 0;

	if (!bpf_map_update_elem(pair->next_fd, &slot, &pair->program_fd, BPF_ANY))
		return 0;
	return error_set(err, errno, MDESC_CLASS_INPUT, "the kernel does not let the writer call '%.64s': %s%s",
			 pair->program, strerror(errno), errno == EINVAL ?
			 "; one is for packets in fragments, and the other is not" : "");
}

void xdp_writer_close(struct xdp_pair *pair)
{
	bpf_object__close(pair->writer);
	pair->writer = NULL;
	pair->writer_fd = pair->next_fd = pair->counters_fd = -1;
}

/* Why nothing is asked of the driver. */
static void say_stand_in(struct xdp_pair *pair, const struct xdp_plan *plan, const char *refused)
{
	if (pair->asks & ~pair->gets)
		snprintf(pair->why_stand_in, sizeof(pair->why_stand_in), "%s",
			 refused ? refused : plan->opts->no_kfuncs ? "asked for" :
			 plan->generic ? "in generic mode the driver cannot be asked" :
			 !plan->iface->features_known ?
			 "the kernel does not tell what the driver offers, as Linux does from 6.3 on" :
			 "the driver does not offer them");
}

int xdp_writer_load(struct xdp_pair *pair, const struct xdp_plan *plan, bool may_bind, struct mdesc_error *err)
{
	bool bind = may_bind && !plan->opts->no_kfuncs && !plan->generic;
	char refused[256] = "";
	int rc;

	rc = load(pair, plan, bind, err);
	if (!rc)
		rc = fill_slot(pair, err);
	/* Kernels differ in what they allow programs that are bound to a device: go on without. */
	if (rc && bind && (pair->asks & plan->iface->rx_features)) {
		snprintf(refused, sizeof(refused), "the kernel refuses a writer that is bound to the interface: %s",
			 strerror(-rc));
		xdp_writer_close(pair);
		rc = load(pair, plan, false, err);
		if (!rc)
			rc = fill_slot(pair, err);
	}
	if (plan->dispatched)
		snprintf(refused, sizeof(refused), "in libxdp's dispatcher the driver cannot be asked");
	else if (!may_bind && !plan->generic)
		snprintf(refused, sizeof(refused), "the driver refuses a writer that is bound to the interface");
	say_stand_in(pair, plan, *refused ? refused : NULL);
	return rc;
}

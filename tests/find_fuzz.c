/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What comes from outside while an image is looked for, at random: netlink
 * datagrams, files of ids, indexes of directories, and files in a directory.
 * Nothing may crash, which the sanitizers see; and an index that was damaged gives
 * the same as none.
 *
 * MDESC_FUZZ_SEED chooses other random changes; the seed is printed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/devlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "devlink_msg.h"
#include "find.h"
#include "fuzz.h"
#include "imgbuild.h"
#include "tap.h"

static uint64_t random_state;

static uint32_t rnd(void)
{
	return fuzz_next(&random_state) >> 16;
}

static void change(uint8_t *p, size_t size)
{
	unsigned int n = 1 + rnd() % 4;

	while (n-- && size)
		p[rnd() % size] = rnd() % 3 ? rnd() : rnd() % 2 ? 0xff : 0;
}

/* ---- netlink ---- */

/* Headers and attributes that mostly fit, so that the inner ones are reached. */
static size_t random_datagram(uint8_t *p, size_t max)
{
	size_t size = 20 + rnd() % (max - 20), at = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		p[i] = rnd() % 4 ? 0 : rnd();
	while (at + 20 < size) {
		uint32_t len = rnd() % 5 ? 20 + rnd() % (size - at - 19) : rnd() % 64;
		uint16_t type = rnd() % 8 ? 33 : rnd() % 5;
		size_t in = at + 20;

		memcpy(p + at, &len, sizeof(len));
		memcpy(p + at + 4, &type, sizeof(type));
		while (in + 4 < at + len && in + 4 < size) {
			uint16_t alen = rnd() % 6 ? 4 + rnd() % 40 : rnd();
			uint16_t atype = rnd() % 3 ? DEVLINK_ATTR_INFO_DRIVER_NAME + rnd() % 8 : rnd() % 200;

			memcpy(p + in, &alen, sizeof(alen));
			memcpy(p + in + 2, &atype, sizeof(atype));
			in += rnd() % 3 ? 4 : NLA_ALIGN(alen ? alen : 4);
		}
		at += NLMSG_ALIGN(len ? len : 4);
	}
	return size;
}

/* A copy of its own, exactly as long: reading beyond it is seen. */
static void parse_all(const uint8_t *bytes, size_t size, struct mdesc_identity *id)
{
	struct devlink_port_search search = { .ifindex = 7, .iface = "eth0" };
	uint8_t *copy = malloc(size ? size : 1);
	uint16_t family = 0;

	memcpy(copy, bytes, size);
	devlink_parse_family(&family, copy, size);
	devlink_parse_port(&search, copy, size);
	devlink_parse_info(id, copy, size);
	free(copy);
}

static void test_netlink(void)
{
	struct mdesc_identity *id = mdesc_identity__new(NULL);
	uint8_t bytes[600];
	unsigned int i;
	size_t n, j, bad = 0;

	for (i = 0; i < 40000; i++)
		parse_all(bytes, random_datagram(bytes, sizeof(bytes)), id);
	for (i = 0; i < 40000; i++) {
		struct msg m = { .size = 0 };

		msg_info(&m);
		change(m.bytes, m.size);
		parse_all(m.bytes, rnd() % 4 ? m.size : rnd() % m.size, id);
	}
	for (j = 0; j < mdesc_identity__version_count(id); j++) {
		MDESC_INFO(mdesc_identity_version, v);

		mdesc_identity__version(id, j, &v);
		for (n = 0; v.value[n]; n++)
			bad += v.value[n] < 0x20 || v.value[n] > 0x7e;
	}
	tap(mdesc_identity__version_count(id) <= IDENTITY_VERSIONS_MAX && !bad, "netlink", "%zu versions, %zu bad",
	    mdesc_identity__version_count(id), bad);
	tap(mdesc_identity__version_count(id) > 0, "netlink reaches versions", "none");
	mdesc_identity__free(id);
}

/* ---- ids ---- */

static void test_ids(void)
{
	static const char good[] =
		"# a fleet\n\nacme firmware=1.4.* 3f0d477e1e9260d2d5b773651d8e4089ae4ed141\n"
		"acme firmware=\"4.40 *\" devlink:fw.app=1.* serial=1 3f0d477e1e9260d2d5b773651d8e4089ae4ed141 # x\r\n"
		"b default 3f0d477e1e9260d2d5b773651d8e4089ae4ed141";
	unsigned int i, taken = 0, refused = 0, wrong = 0;
	struct mdesc_error err;
	struct find_ids ids;

	tap(!find_ids_parse(&ids, "ids", good, sizeof(good) - 1, &err) && ids.line_count == 3 && ids.term_count == 5,
	    "ids", "%s", err.text);
	find_ids_free(&ids);
	for (i = 0; i < 40000; i++) {
		size_t size = rnd() % 4 ? sizeof(good) - 1 : rnd() % sizeof(good);
		uint8_t *copy = malloc(size ? size : 1);
		int ret;

		memcpy(copy, good, size);
		change(copy, size);
		ret = find_ids_parse(&ids, "ids", (const char *)copy, size, &err);
		if (ret) {
			refused++;
			wrong += ret != -EINVAL || err.kind != MDESC_CLASS_INPUT || strncmp(err.text, "ids:", 4);
		} else {
			taken++;
			find_ids_free(&ids);
		}
		free(copy);
	}
	tap(taken && refused && !wrong, "ids at random", "%u taken, %u refused, %u wrongly", taken, refused, wrong);
}

/* ---- directories ---- */

static void put_file(const char *path, const void *data, size_t size)
{
	int fd;

	/* A new file: file systems wait for the disk when one is written over. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		tap(false, path, "cannot be written");
	close(fd);
}

static void make_dir(const char *dir, unsigned int n)
{
	size_t size;
	uint8_t *img = sample_image(NULL, &size);
	char path[64];
	unsigned int i;

	mkdir(dir, 0700);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/f%u", dir, i);
		put_file(path, img, size);
	}
	free(img);
}

/* Everything in an index is used as a search does. */
static unsigned long use(const struct find_index *ix)
{
	unsigned long sum = 0;
	uint32_t i, j;

	for (i = 0; i < ix->file_count; i++) {
		const struct find_file *f = &ix->files[i];

		sum += strlen(find_str(ix, f->name)) + strlen(find_str(ix, f->driver)) +
		       strlen(find_str(ix, f->firmware)) + strlen(find_str(ix, f->why)) + f->state;
		for (j = 0; j < f->term_count; j++)
			sum += strlen(find_str(ix, ix->terms[f->term_first + j].key)) +
			       strlen(find_str(ix, ix->terms[f->term_first + j].glob));
	}
	return sum;
}

static bool same_index(const struct find_index *a, const struct find_index *b)
{
	uint32_t i;

	if (a->file_count != b->file_count)
		return false;
	for (i = 0; i < a->file_count; i++)
		if (strcmp(find_str(a, a->files[i].name), find_str(b, b->files[i].name)) ||
		    strcmp(find_str(a, a->files[i].driver), find_str(b, b->files[i].driver)) ||
		    a->files[i].state != b->files[i].state || a->files[i].term_count != b->files[i].term_count ||
		    memcmp(a->files[i].build_id, b->files[i].build_id, sizeof(a->files[i].build_id)))
			return false;
	return true;
}

/* The one file in a directory. */
static bool only_file(const char *dir, char *path, size_t size)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	bool found = false;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			found = snprintf(path, size, "%s/%s", dir, e->d_name) > 0;
	if (d)
		closedir(d);
	return found;
}

static size_t get_file(const char *path, uint8_t *buf, size_t max)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, max);

	close(fd);
	return n < 0 ? 0 : n;
}

static void test_cache(void)
{
	static uint8_t good[65536], bad[65536];
	struct find_index truth, ix;
	char path[512];
	unsigned int i, differ = 0;
	size_t size, n;

	make_dir("images", 20);
	mkdir("cache", 0700);
	if (!tap(!find_index_read(&truth, "images", "cache") && truth.file_count == 20 &&
		 truth.files[0].state == FIND_IMAGE && only_file("cache", path, sizeof(path)), "index", "not made"))
		return;
	size = get_file(path, good, sizeof(good));
	for (i = 0; i < 1000; i++) {
		memcpy(bad, good, size);
		n = rnd() % 8 ? size : rnd() % size;
		change(bad, n);
		put_file(path, bad, n);
		if (find_index_read(&ix, "images", "cache")) {
			differ++;
			continue;
		}
		use(&ix);
		differ += !same_index(&ix, &truth);
		find_index_free(&ix);
	}
	tap(!differ, "a damaged index is as none", "%u times not", differ);
	find_index_free(&truth);
}

/* The hash that guards against accidents does not guard against intent: what it covers is checked, too. */
static void test_cache_sealed(void)
{
	enum { HEAD = 72, HASH = 64 };
	static uint8_t good[65536], bad[65536];
	struct find_index ix;
	char path[512];
	unsigned int i, taken = 0;
	unsigned long sum = 0;
	uint64_t hash;
	size_t size;

	if (!only_file("cache", path, sizeof(path)) || find_index_read(&ix, "images", "cache"))
		return;
	find_index_free(&ix);
	size = get_file(path, good, sizeof(good));
	for (i = 0; i < 4000; i++) {
		memcpy(bad, good, size);
		/* Mostly where counts, offsets and names are. */
		change(bad + (rnd() % 4 ? 8 : HEAD), rnd() % 4 ? 200 : size - HEAD);
		memset(bad + HASH, 0, sizeof(hash));
		hash = find_cache_hash(find_cache_hash(0, bad, HEAD), bad + HEAD, size - HEAD);
		memcpy(bad + HASH, &hash, sizeof(hash));
		put_file(path, bad, size);
		memset(&ix, 0, sizeof(ix));
		ix.dir = realpath("images", NULL);
		if (find_cache_load(&ix, "cache")) {
			taken++;
			sum += use(&ix);
		}
		find_index_free(&ix);
	}
	tap(taken && sum, "a forged index does no harm", "%u taken", taken);
}

static void test_files(void)
{
	size_t size;
	uint8_t *img = sample_image(NULL, &size), *bad = malloc(size);
	unsigned int i, states[FIND_STATES] = { 0 }, failed = 0;
	struct find_index ix;

	mkdir("files", 0700);
	for (i = 0; i < 4000; i++) {
		size_t n = rnd() % 8 ? size : rnd() % size;

		memcpy(bad, img, size);
		/* The frame is at both ends. */
		if (rnd() % 2)
			change(bad, n < 2048 ? n : 2048);
		else
			change(bad + (n > 3000 ? n - 3000 : 0), n > 3000 ? 3000 : n);
		put_file("files/f", bad, n);
		if (find_index_read(&ix, "files", NULL)) {
			failed++;
			continue;
		}
		use(&ix);
		if (ix.file_count == 1)
			states[ix.files[0].state]++;
		find_index_free(&ix);
	}
	tap(!failed && states[FIND_IMAGE] && states[FIND_DAMAGED] && states[FIND_NO_IMAGE] && states[FIND_NEWER],
	    "files at random", "%u failed; %u %u %u %u", failed, states[FIND_IMAGE], states[FIND_NO_IMAGE],
	    states[FIND_DAMAGED], states[FIND_NEWER]);
	free(img);
	free(bad);
}

int main(void)
{
	const char *seed = getenv("MDESC_FUZZ_SEED"), *tmp = getenv("TMP");

	random_state = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL) * 2654435761u;
	printf("# MDESC_FUZZ_SEED=%llu\n", (unsigned long long)random_state);
	random_state |= 1;
	if (!tmp || chdir(tmp))
		return 99;
	test_netlink();
	test_ids();
	test_cache();
	test_cache_sealed();
	test_files();
	return tap_status();
}

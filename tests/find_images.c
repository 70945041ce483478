/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * find_images IMAGE DIR COUNT: many images that differ in their identities. Takes
 * an image for driver "drv000" with firmware "fw-00000"; writes DIR/00000.fw and so
 * on, the same for other firmwares, a hundred of them a driver, sealed anew.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imgbuild.h"

static uint8_t *read_image(const char *path, size_t *size)
{
	FILE *in = fopen(path, "rb");
	uint8_t *data = malloc(1 << 20);

	*size = in && data ? fread(data, 1, 1 << 20, in) : 0;
	if (in)
		fclose(in);
	return data;
}

static uint8_t *find_text(uint8_t *data, size_t size, const char *text)
{
	uint8_t *at = memmem(data, size, text, strlen(text) + 1);

	if (!at)
		fprintf(stderr, "find_images: no \"%s\" in the image\n", text);
	return at;
}

static int write_image(const char *dir, unsigned int i, const uint8_t *data, size_t size)
{
	char path[4096];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/%05u.fw", dir, i);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
	if (fd < 0)
		return -1;
	ret = write(fd, data, size) == (ssize_t)size ? 0 : -1;
	return close(fd) ? -1 : ret;
}

int main(int argc, char **argv)
{
	uint8_t *data, *driver, *firmware;
	unsigned int i, count;
	char text[32];
	size_t size;

	if (argc != 4)
		return 2;
	data = read_image(argv[1], &size);
	/* In the strings, where every text stands once and ends with a NUL. */
	driver = find_text(data, size, "drv000");
	firmware = find_text(data, size, "fw-00000");
	if (!driver || !firmware)
		return 1;
	count = strtoul(argv[3], NULL, 10);
	for (i = 0; i < count && i < 100000; i++) {
		snprintf(text, sizeof(text), "drv%03u", i / 100);
		memcpy(driver, text, 6);
		snprintf(text, sizeof(text), "fw-%05u", i);
		memcpy(firmware, text, 8);
		if (reseal(data, size) || write_image(argv[2], i, data, size)) {
			perror("find_images");
			return 1;
		}
	}
	free(data);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Images without the compiler, for tests of the runtime: a small one made by
 * hand, and the resealing of images that a test has damaged.
 */
#ifndef TESTS_IMGBUILD_H
#define TESTS_IMGBUILD_H

#include <stddef.h>
#include <stdint.h>

#include <mdesc/format.h>

/* Offsets and ids of the sample's layout, see sample_image(). */
#define SAMPLE_ID	0x1234567
#define SAMPLE_SIZE	48

/* A word of the description. */
struct sample_token { uint32_t kind; const char *text; };

/* What tests want different from the plain sample. */
struct sample_opts {
	uint32_t minor;		/* format minor; 0: the current one */
	uint32_t extra;		/* bytes more at the end of every entry of every table */
	uint32_t fill;		/* what these bytes hold */
	uint32_t incompat_read;
	uint32_t incompat_exec;
	uint32_t compat;
	int extra_section;	/* a section that nobody knows */
	const struct sample_token *text;	/* the description, up to a kind of 0; NULL: a small one */
	int btf_levels;		/* unions in the BTF, each with the one before it twice */
};

/* The bytes of a whole image; to be freed. @opts may be NULL. */
uint8_t *sample_image(const struct sample_opts *opts, size_t *size);

/*
 * Compute the digest and the build id anew, for whatever the bytes are now.
 * Returns -1 and does nothing where the ELF frame is too damaged for that.
 */
int reseal(uint8_t *data, size_t size);

#endif /* TESTS_IMGBUILD_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * For sign.sh: damages the signature of a signed image in every byte. Takes the
 * image and the directory of certificates that it is good with; checks that no
 * change crashes, that what is taken for signed is the same image by the same
 * signer, and that nothing is handed out of what is not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>

#include "tap.h"

struct counts {
	unsigned long refused, harmless, wrong;
};

static char *signer;	/* of the whole image */

static void try(uint8_t *data, size_t size, const char *certs, const uint8_t *build_id, struct counts *n)
{
	MDESC_OPTS(mdesc_image_open_opts, opts, .borrow = true, .require_signature = true, .cert_dir = certs);
	struct mdesc_error err = { 0 };
	struct mdesc_image *img = mdesc_image__open_mem(data, size, &opts, &err);

	if (!img) {
		n->refused++;
		n->wrong += err.kind != MDESC_CLASS_CORRUPT || !err.text[0];
		return;
	}
	n->harmless++;
	n->wrong += strcmp(mdesc_image__signer(img), signer) != 0 ||
		    memcmp(mdesc_image__build_id(img), build_id, MDESC_FMT_BUILD_ID) != 0;
	mdesc_image__close(img);
}

static void every_byte(const struct mdesc_image *img, const char *certs)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };
	MDESC_INFO(mdesc_section_info, sig);
	struct counts n = { 0 };
	const void *whole;
	uint8_t *data;
	size_t size, i, j;

	whole = mdesc_image__data(img, &size);
	data = malloc(size);
	if (!data || mdesc_image__section_by_name(img, MDESC_SEC_SIG, &sig)) {
		tap(false, "every byte", "no signature");
		free(data);
		return;
	}
	memcpy(data, whole, size);
	for (i = 0; i < sig.size; i++)
		for (j = 0; j < sizeof(flips); j++) {
			data[sig.offset + i] ^= flips[j];
			try(data, size, certs, mdesc_image__build_id(img), &n);
			data[sig.offset + i] ^= flips[j];
		}
	printf("# %lu changes refused, %lu harmless\n", n.refused, n.harmless);
	tap(!n.wrong && n.refused > sig.size, "every byte", "%lu of %lu refused or accepted wrongly", n.wrong,
	    n.refused + n.harmless);
	free(data);
}

static void not_asked(const char *path)
{
	struct mdesc_image *img = mdesc_image__open(path, NULL, NULL);

	tap(img && !mdesc_image__signer(img)[0], "no signer unless asked", "there is one");
	mdesc_image__close(img);
}

int main(int argc, char **argv)
{
	MDESC_OPTS(mdesc_image_open_opts, opts, .require_signature = true, .cert_dir = argv[2]);
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;

	if (argc != 3)
		return 2;
	img = mdesc_image__open(argv[1], &opts, &err);
	if (!tap(img != NULL, "opens", "%s", err.text))
		return 1;
	signer = strdup(mdesc_image__signer(img));
	tap(signer && signer[0], "signer", "none");
	not_asked(argv[1]);
	every_byte(img, argv[2]);
	mdesc_image__close(img);
	free(signer);
	return tap_status();
}

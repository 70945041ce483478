/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* acme-image FILE: whether an image writes the metadata that this program was compiled for. */
#include <stdio.h>

#include <mdesc/mdesc.h>

#include "acme.h"

int main(int argc, char **argv)
{
	const struct mdesc_layout *layout;
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;
	int same;

	if (argc != 2) {
		fprintf(stderr, "usage: acme-image FILE\n");
		return 2;
	}
	img = mdesc_image__open(argv[1], NULL, &err);
	if (!img) {
		fprintf(stderr, "acme-image: %s\n", err.text);
		return 1;
	}
	layout = mdesc_image__layout_by_id(img, ACME_METADATA_LAYOUT_ID);
	same = layout && mdesc_layout__fingerprint(layout) == ACME_METADATA_FINGERPRINT;
	printf("%s: firmware %s, %s\n", mdesc_image__ident(img, MDESC_IDENT_DRIVER),
	       mdesc_image__ident(img, MDESC_IDENT_FIRMWARE), same ? "the layout fits" : "another layout");
	mdesc_image__close(img);
	return !same;
}

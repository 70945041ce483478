/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* show IMAGE: its layouts. */
#include <stdio.h>

#include <mdesc/mdesc.h>

int main(int argc, char **argv)
{
	struct mdesc_error err = { 0 };
	struct mdesc_image *img = argc == 2 ? mdesc_image__open(argv[1], NULL, &err) : NULL;

	if (!img) {
		fprintf(stderr, "show: %s\n", argc == 2 ? err.text : "one IMAGE, please");
		return 1;
	}
	for (size_t i = 0; i < mdesc_image__layout_count(img); i++) {
		const struct mdesc_layout *l = mdesc_image__layout(img, i);

		printf("%s: %zu bytes\n", mdesc_layout__name(l), mdesc_layout__size(l));
	}
	mdesc_image__close(img);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * split_btf FROM BASE TO: the types of FROM as split BTF over BASE, as the kernel
 * keeps the types of its modules. What stands in BASE already stays there.
 */
#include <stdint.h>
#include <stdio.h>

#include <bpf/btf.h>

int main(int argc, char **argv)
{
	struct btf *from, *base, *split;
	const void *data;
	uint32_t size;
	FILE *out;

	if (argc != 4)
		return 2;
	base = btf__parse(argv[2], NULL);
	from = btf__parse(argv[1], NULL);
	split = base ? btf__new_empty_split(base) : NULL;
	if (!from || !split || btf__add_btf(split, from) < 0)
		return 1;
	data = btf__raw_data(split, &size);
	out = data ? fopen(argv[3], "wb") : NULL;
	if (!out || fwrite(data, 1, size, out) != size || fclose(out))
		return 1;
	btf__free(split);
	btf__free(base);
	btf__free(from);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the kernel's BTF (--kernel-btf FILE) and finds names of the model that
 * it has, too: CO-RE looks names up, so a program would get the wrong type.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include "arena.h"
#include "atoms.h"
#include "check.h"
#include "types.h"

struct named {
	const char *name, *what;
	struct loc loc;
	const char *kernel;		/* what the kernel has of this name; or NULL */
};

static const char *kind_text(enum mdc_type_kind k)
{
	return k == MDC_ENUM ? "enum" : k == MDC_STRUCT ? "struct" : k == MDC_UNION ? "union" : "typedef";
}

static const char *btf_kind_text(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT: return "struct";
	case BTF_KIND_UNION: return "union";
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64: return "enum";
	case BTF_KIND_TYPEDEF: return "typedef";
	default: return NULL;
	}
}

/* The model's names, by atom. */
static void collect(struct mdc_ctx *ctx, const struct mdc_model *m, struct atom_map *names)
{
	struct named *v = arena_array(ctx->arena, struct named, m->n_types + m->n_views + 1);
	uint32_t n = 0;

	atom_map_init(names, ctx->arena);
	for (uint32_t i = 0; i < m->n_types; i++) {
		const struct mdc_type *t = m->types[i];

		v[n] = (struct named){ atom(ctx->atoms, t->name), kind_text(t->kind), t->loc, NULL };
		atom_map_add(names, v[n].name, &v[n]);
		n++;
	}
	for (uint32_t i = 0; i < m->n_views; i++) {
		v[n] = (struct named){ atom(ctx->atoms, m->views[i].name), "view", m->views[i].loc, NULL };
		atom_map_add(names, v[n].name, &v[n]);
		n++;
	}
}

static void compare(struct mdc_ctx *ctx, const struct btf *btf, const struct atom_map *names)
{
	uint32_t end = btf__type_cnt(btf);

	for (uint32_t i = 1; i < end; i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		const char *kind = btf_kind_text(t), *name = kind ? btf__name_by_offset(btf, t->name_off) : "";
		struct named *n = *name ? atom_map_get(names, atom(ctx->atoms, name)) : NULL;

		if (!n || n->kernel)
			continue;
		n->kernel = kind;
		diag_note(diag(ctx, CHK_kernel_name, n->loc, "%s '%s' has the name of %s %s of the kernel", n->what,
			       n->name, rs_article(kind), kind),
			  "it is in %s; programs would be relocated to the one or the other: give it another name",
			  ctx->opt.kernel_btf);
	}
}

void check_kernel_names(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	/* No place in the text is to blame: the device stands for the description, or its begin. */
	struct loc place = m->device.name ? m->device.loc : (struct loc){ 0 };
	libbpf_print_fn_t print;
	struct atom_map names;
	struct btf *btf;
	int err;

	if (!ctx->opt.kernel_btf)
		return;
	print = libbpf_set_print(NULL);		/* what is wrong is said here */
	btf = btf__parse(ctx->opt.kernel_btf, NULL);
	err = errno;
	libbpf_set_print(print);
	if (!btf) {
		/* from __LIBBPF_ERRNO__START on they are libbpf's own */
		diag(ctx, CHK_kernel_name, place, "--kernel-btf: cannot read BTF from '%s': %s",
		     ctx->opt.kernel_btf,
		     err == EINVAL || err == EPROTO || err >= __LIBBPF_ERRNO__START ?
		     "it holds none" : strerror(err));
		return;
	}
	collect(ctx, m, &names);
	compare(ctx, btf, &names);
	btf__free(btf);
}

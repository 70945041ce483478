/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Makes a machine for raw tables: takes an image, gives the rows that take part,
 * decoded, and the registers as a run begins with them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "rawnic.h"

static int enum_id(const struct mdesc_image *img, const char *name)
{
	int id = *name && img->btf ? btf__find_by_name_kind(img->btf, name, BTF_KIND_ENUM) : 0;

	if (id < 0)
		id = btf__find_by_name_kind(img->btf, name, BTF_KIND_ENUM64);
	return id > 0 ? id : 0;
}

/* Its enabled rows, with value and mask of their keys. Bits are BROKEN where the image is: these match nothing. */
static int read_rows(struct mdesc_rawnic *nic, const struct mdesc_fmt_raw *t, struct raw_run_table *to)
{
	uint64_t value[RAW_CHUNKS], mask[RAW_CHUNKS];
	uint32_t stage = 0, n = 0, i;

	to->chunks = t->flags & MDESC_RAW_KEY ? (image_raw_parts(nic->img)[t->part_first].bits + 63) / 64 : 0;
	to->lines = calloc((size_t)t->row_count + 1, sizeof(*to->lines));
	to->stage_first = calloc((size_t)t->stages + 1, sizeof(*to->stage_first));
	to->bits = calloc((size_t)t->row_count * to->chunks * 2 + 1, sizeof(*to->bits));
	if (!to->lines || !to->stage_first || !to->bits)
		return -ENOMEM;
	for (i = 0; i < t->row_count; i++) {
		const struct mdesc_fmt_raw_row *row = &image_raw_rows(nic->img)[t->row_first + i];
		uint64_t *bits = to->bits + (size_t)n * to->chunks * 2;

		if (!(row->flags & MDESC_RAW_ROW_ENABLED))
			continue;
		if (to->chunks && raw_row_key(nic->img, t, row->stage, row->number, value, mask) != RAW_MATCHES)
			continue;
		for (; stage < (uint32_t)row->stage - t->first_stage; stage++)
			to->stage_first[stage + 1] = n;
		memcpy(bits, value, to->chunks * sizeof(*bits));
		memcpy(bits + to->chunks, mask, to->chunks * sizeof(*bits));
		to->lines[n++] = (struct raw_line){ row->number, row, bits };
	}
	for (; stage < t->stages; stage++)
		to->stage_first[stage + 1] = n;
	return 0;
}

static void begin_with(struct mdesc_rawnic *nic, const struct mdesc_fmt_raw *t)
{
	uint32_t i;

	for (i = 0; i < t->start_count; i++) {
		const struct mdesc_fmt_raw_start *s = &image_raw_starts(nic->img)[t->start_first + i];

		mdesc_rawnic__set(nic, image_str(nic->img, s->name), s->value);
	}
}

static int find_table(struct mdesc_rawnic *nic, const char *name, struct mdesc_error *err)
{
	uint32_t n = image_count(nic->img, TABLE_RAW), i;

	for (i = 0; i < n; i++) {
		const struct mdesc_fmt_raw *t = &image_raws(nic->img)[i];

		if (name ? strcmp(image_str(nic->img, t->name), name) : !t->op_count)
			continue;
		nic->first_table = i;
		if (t->op_count)
			return 0;
		return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND,
				 "%s: table %s has no effect, so nothing tells what its rows do", nic->img->name, name);
	}
	if (name)
		return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND, "%s: there is no table %s", nic->img->name, name);
	return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND, "%s: no table says what its rows do (effect)",
			 nic->img->name);
}

/* An image of a newer format may have operations that this version does not know. */
static int check_known(const struct mdesc_rawnic *nic, uint32_t i, struct mdesc_error *err)
{
	const struct mdesc_fmt_raw *t = &image_raws(nic->img)[i];
	const struct mdesc_fmt_raw_part *key = &image_raw_parts(nic->img)[t->part_first];
	uint32_t where, k;
	bool known = !raw_code_problem(nic->img, i, t->op_first, t->op_count, false, &where);

	for (k = 0; (t->flags & MDESC_RAW_KEY) && k < key->field_count && known; k++) {
		const struct mdesc_fmt_raw_field *f = &image_raw_fields(nic->img)[key->field_first + k];

		known = !raw_code_problem(nic->img, i, f->load_first, f->load_count, true, &where);
	}
	if (known)
		return 0;
	return error_set(err, ENOTSUP, MDESC_CLASS_NEWER, "%s: what table %s does needs a newer version",
			 nic->img->name, image_str(nic->img, t->name));
}

static int read_tables(struct mdesc_rawnic *nic, struct mdesc_error *err)
{
	uint32_t n = image_count(nic->img, TABLE_RAW), ops = image_count(nic->img, TABLE_RAW_OPS), i;
	int ret = 0;

	for (i = 0; i < n && !ret; i++) {
		ret = check_known(nic, i, err);
		if (!ret && image_raws(nic->img)[i].op_count)
			ret = read_rows(nic, &image_raws(nic->img)[i], &nic->tables[i]);
	}
	for (i = 0; i < nic->n_regs; i++)
		nic->reg_enum[i] = enum_id(nic->img, image_str(nic->img, image_raw_regs(nic->img)[i].type));
	for (i = 0; i < ops && !ret; i++)
		if (image_raw_ops(nic->img)[i].op == MDESC_T_ARG)
			nic->op_enum[i] = enum_id(nic->img, image_str(nic->img, image_raw_ops(nic->img)[i].imm));
	for (i = n; i-- && !ret;)
		if (i != nic->first_table)
			begin_with(nic, &image_raws(nic->img)[i]);
	if (ret)
		return ret;
	begin_with(nic, &image_raws(nic->img)[nic->first_table]);
	if (nic->n_regs > 1)
		nic->base[1] = image_raws(nic->img)[nic->first_table].first_stage;
	return 0;
}

struct mdesc_rawnic *mdesc_rawnic__new(const struct mdesc_image *img, const char *table, struct mdesc_error *err)
{
	struct mdesc_rawnic *nic = calloc(1, sizeof(*nic));
	size_t regs = image_count(img, TABLE_RAW_REGS) + 1, ops = image_count(img, TABLE_RAW_OPS) + 1;
	int ret = -ENOMEM;

	if (nic) {
		nic->img = img;
		nic->n_regs = (uint32_t)regs - 1;
		nic->tables = calloc(image_count(img, TABLE_RAW) + 1, sizeof(*nic->tables));
		nic->reg_enum = calloc(regs, sizeof(*nic->reg_enum));
		nic->op_enum = calloc(ops, sizeof(*nic->op_enum));
		nic->base = calloc(regs, sizeof(*nic->base));
		nic->regs = calloc(regs, sizeof(*nic->regs));
		nic->saved = calloc(regs, sizeof(*nic->saved));
		nic->set_at = calloc(regs, sizeof(*nic->set_at));
		nic->results = calloc(regs, sizeof(*nic->results));
		if (nic->tables && nic->reg_enum && nic->op_enum && nic->base && nic->regs && nic->saved &&
		    nic->set_at && nic->results)
			ret = find_table(nic, table, err);
		ret = ret ? ret : read_tables(nic, err);
	}
	if (!ret)
		return nic;
	if (ret == -ENOMEM)
		error_nomem(err, img);
	mdesc_rawnic__free(nic);
	errno = -ret;
	return NULL;
}

void mdesc_rawnic__free(struct mdesc_rawnic *nic)
{
	uint32_t i;

	if (!nic)
		return;
	for (i = 0; nic->tables && i < image_count(nic->img, TABLE_RAW); i++) {
		free(nic->tables[i].lines);
		free(nic->tables[i].stage_first);
		free(nic->tables[i].bits);
	}
	free(nic->tables);
	free(nic->reg_enum);
	free(nic->op_enum);
	free(nic->base);
	free(nic->regs);
	free(nic->saved);
	free(nic->set_at);
	free(nic->results);
	free(nic);
}

int mdesc_rawnic__set(struct mdesc_rawnic *nic, const char *name, uint64_t value)
{
	uint32_t i;

	for (i = 0; i < nic->n_regs; i++) {
		const struct mdesc_fmt_raw_reg *r = &image_raw_regs(nic->img)[i];

		if (r->kind == MDESC_RAW_REG_LET || strcmp(image_str(nic->img, r->name), name))
			continue;
		nic->base[i] = value;
		return 0;
	}
	return -ENOENT;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * C's layout on x86-64 and arm64 (SysV), as gcc and clang do it: arithmetic
 * only, no names. A bit field of type T goes to the next free bit if it then
 * lies in one aligned unit of T, else to the next unit; in a packed struct it
 * always goes to the next free bit. Anything else goes to the next multiple of
 * its alignment; packed: to the next byte.
 */
#include "types.h"

static uint64_t round_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

static bool crosses(uint64_t at, uint64_t size, uint64_t unit)
{
	return at % unit + size > unit;
}

uint64_t rs_place_natural(const struct rs_place *p, uint64_t size, uint64_t align, uint64_t unit)
{
	if (p->is_union)
		return 0;
	if (!unit)
		return round_up(p->pos, p->packed ? 8 : align);
	if (!size)	/* `TYPE : 0;`: up to the next unit, packed or not */
		return round_up(p->pos, unit);
	if (!p->packed && crosses(p->pos, size, unit))
		return round_up(p->pos, unit);
	return p->pos;
}

bool rs_place_possible(const struct rs_place *p, uint64_t at, uint64_t size, uint64_t align,
		       uint64_t unit)
{
	if (p->is_union)
		return !at;
	if (p->packed)
		return true;
	return unit ? !crosses(at, size, unit) : !(at % align);
}

void rs_place_take(struct rs_place *p, uint64_t at, uint64_t size, uint64_t align, uint64_t unit,
		   bool counts)
{
	if (counts && !p->packed && align > p->align)
		p->align = align;
	if (unit && size)
		p->unit_end = p->packed ? round_up(at + size, 8) : at / unit * unit + unit;
	else
		p->unit_end = 0;
	p->pos = p->is_union ? 0 : at + size;
	if (at + size > p->end)
		p->end = at + size;
}

uint64_t rs_place_gap(const struct rs_place *p, uint64_t at)
{
	uint64_t from = round_up(p->pos, 8);

	if (p->unit_end > from)
		from = p->unit_end;
	return from < at ? from : at;
}

uint64_t rs_place_size(const struct rs_place *p)
{
	return round_up(p->end, p->align);
}

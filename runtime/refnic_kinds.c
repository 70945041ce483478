/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What rows do at the cursor besides extracting headers: parts of headers,
 * advances, marks, look-aheads, leaving a header's options. Each is an entry of
 * the table of headers, of a kind of its own; format.h tells what they do.
 */
#include "refnic.h"

/* Behind what is known of the header that was recorded last. */
static int record_part(struct mdesc_refnic *nic, uint16_t header)
{
	const struct nic_header *h = &nic->headers[header], *base = &nic->headers[h->of];
	uint32_t elem = nic->counts[h->of] - 1u;
	struct nic_record *of = &nic->records[base->first + elem];
	uint16_t *count = &nic->counts[header];

	if (!nic->counts[h->of])
		return MDESC_ERR_BAD_LENGTH;
	if (base->var && of->length - of->known < h->fixed)
		return MDESC_ERR_BAD_LENGTH;
	if (!base->var && h->fixed > nic->end - nic->cursor)
		return too_long(nic);
	if (nic->pending) {
		note_header(nic, header, h->first + elem);
		note_header(nic, h->of, base->first + elem);
	}
	for (; *count < elem; ++*count)
		nic->records[h->first + *count].length = NIC_ABSENT;
	if (*count <= elem)
		*count = elem + 1;
	nic->records[h->first + elem].offset = base->var ? of->offset + of->known : nic->cursor;
	nic->records[h->first + elem].length = h->fixed;
	of->known += h->fixed;
	if (!base->var) {
		of->length += h->fixed;
		nic->cursor += h->fixed;
	}
	return 0;
}

static int advance(struct mdesc_refnic *nic, const struct nic_header *h, const struct nic_row *row)
{
	const struct nic_record *rec;
	int64_t length = h->fixed;

	if (h->var) {
		rec = record_at(nic, h->of, h->of_elem);
		if (!rec)
			return MDESC_ERR_BAD_LENGTH;
		length = nic_var_length(h, row, nic->packet + rec->offset + h->len_off);
		if (length < h->min || length > h->max)
			return MDESC_ERR_BAD_LENGTH;
	}
	if (length > nic->end - nic->cursor)
		return too_long(nic);
	nic->cursor += length;
	return 0;
}

/* A place without bytes, or bytes that the cursor does not move over. */
static int record_here(struct mdesc_refnic *nic, uint16_t header, uint32_t offset, uint32_t length)
{
	struct nic_record *rec = &nic->records[nic->headers[header].first];

	if (nic->pending)
		note_header(nic, header, nic->headers[header].first);
	nic->counts[header] = 1;
	rec->offset = offset;
	rec->length = rec->known = length;
	return 0;
}

int nic_record_other(struct mdesc_refnic *nic, const struct nic_row *row)
{
	uint16_t header = row->header;
	const struct nic_header *h = &nic->headers[header];

	switch (h->kind) {
	case MDESC_KIND_PART:
		return record_part(nic, header);
	case MDESC_KIND_ADVANCE:
		return advance(nic, h, row);
	case MDESC_KIND_MARK:
		return record_here(nic, h->of, (nic->cursor + h->ahead) & 0xffff, 0);
	case MDESC_KIND_PEEK:
		if (h->fixed > nic->end - nic->cursor)
			return too_long(nic);
		return record_here(nic, header, nic->cursor, h->fixed);
	default: /* MDESC_KIND_LEAVE */
		leave_header(nic);
		return 0;
	}
}

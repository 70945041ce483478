/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * libmdesc: field handles, for programs that read metadata of every packet, such
 * as behind an AF_XDP socket. <mdesc/mdesc.h> includes this.
 *
 * A field is looked up once, by its path; its handle holds plain values, and
 * reading through it is a few instructions inlined here: no name, no call, no
 * branch but those that the field needs. A reader holds the handles of the same
 * fields in all layouts of all images that a program knows, and tells by the
 * layout id which of them a packet has.
 *
 * What the bytes hold is never trusted: all that is read lies within the bytes
 * that the caller says there are.
 */
#ifndef MDESC_HANDLE_H
#define MDESC_HANDLE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef MDESC_API
#define MDESC_API __attribute__((visibility("default")))
#endif

struct mdesc_error;
struct mdesc_field;
struct mdesc_image;
struct mdesc_layout;
struct mdesc_value;

/* ---- a number in metadata ---- */

/*
 * Eight bytes of the layout around the number, least significant first or (@swap)
 * last; the number is what is left when @left bits are shifted out at the top and
 * @right at the bottom. Where they lie within the layout is settled beforehand, so
 * one load does for every width, position and byte order.
 */
struct mdesc_load {
	uint32_t at;		/* bytes from the layout's first */
	uint8_t	 left;
	uint8_t	 right;
	uint8_t	 swap;
	uint8_t	 sign;		/* 1: the number has one */
};

static inline uint64_t mdesc_load__number(const struct mdesc_load *l, const void *meta)
{
	uint64_t v;

	memcpy(&v, (const uint8_t *)meta + l->at, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (l->swap)
#else
	if (!l->swap)
#endif
		v = __builtin_bswap64(v);
	v <<= l->left;
	if (__builtin_expect(l->sign, 0))
		return (uint64_t)((int64_t)v >> l->right);
	return v >> l->right;
}

/*
 * A condition: the number is one of a set. Bit i of @set stands for i, bit 63 for 63
 * and all above.
 */
struct mdesc_test {
	struct mdesc_load load;
	uint64_t set;
};

/* ---- handles ---- */

#define MDESC_HANDLE_TESTS	4

/**
 * struct mdesc_handle - a field or computed value of one layout
 * @size: bytes of the layout
 * @count: elements, 1 for a scalar; of MDESC_FIELD_BYTES, bytes
 * @stride: bytes from an element to the next
 * @offset: of element 0, bytes from the layout's first
 * @bytes: of the container of an element
 * @width: bits of an element's value
 * @kind: enum mdesc_fmt_field_kind
 * @tests: how many of @test there are
 * @flags: MDESC_HANDLE_...
 * @first: the element of @field that element 0 is
 * @load: element 0 as a number
 * @test: when the field means something: where all of them hold
 * @field: what it is of, NULL where it is computed or there is none
 * @value: the computed value, NULL where it is a field or there is none
 *
 * Of a path that the layout does not have, the handle is all zero but for @flags:
 * to every question it answers that nothing is there. Valid as long as the image.
 */
struct mdesc_handle {
	uint32_t size;
	uint32_t count;
	uint32_t stride;
	uint32_t offset;
	uint8_t	 bytes;
	uint8_t	 width;
	uint8_t	 kind;
	uint8_t	 tests;
	uint32_t flags;
	uint32_t first;
	uint32_t reserved;
	struct mdesc_load load;
	struct mdesc_test test[MDESC_HANDLE_TESTS];
	const struct mdesc_field *field;
	const struct mdesc_value *value;
};

#define MDESC_HANDLE_NONE	(1u << 0)	/* the layout has nothing of that name */
#define MDESC_HANDLE_SLOW	(1u << 1)	/* its number takes a call: computed, or of nine bytes */
#define MDESC_HANDLE_DECIDE	(1u << 2)	/* its condition takes a call, too */
#define MDESC_HANDLE_BYTES	(1u << 3)	/* it is bytes, and no number: a MAC address */
#define MDESC_HANDLE_CALL	15u		/* one of the above */
#define MDESC_HANDLE_SIGNED	(1u << 4)	/* cast what is read to int64_t */

/**
 * mdesc_layout__handle() - look a field up
 * @layout: the layout
 * @path: of a field, such as "l3.v4.saddr", of an element of an array of numbers,
 *	"queue[2]", of an alias or of a derived value
 * @handle: filled
 *
 * Return: 0; -ENOENT where the layout has nothing of that name: @handle is then
 * that of nothing, see struct mdesc_handle.
 */
MDESC_API int mdesc_layout__handle(const struct mdesc_layout *layout, const char *path,
				   struct mdesc_handle *handle);

/* What the inlined functions below leave to the library. */
MDESC_API bool mdesc_handle__decide(const struct mdesc_handle *h, const void *meta);
MDESC_API int mdesc_handle__get_slow(const struct mdesc_handle *h, const void *meta, uint32_t idx, uint64_t *value);

/* Whether all tests hold. No branch for each of them: which arm a packet has, nobody can predict. */
static inline int mdesc_handle__passes(const struct mdesc_handle *h, const void *meta)
{
	const struct mdesc_test *test = h->test, *end = test + h->tests;
	int all = 1;

	for (; test < end; test++) {
		uint64_t v = mdesc_load__number(&test->load, meta);

		all &= (int)(test->set >> (v < 63 ? v : 63) & 1);
	}
	return all;
}

/*
 * Reading. @meta is the first byte of the layout, and there are @size bytes: fewer
 * than the layout has are -EMSGSIZE, and nothing is read.
 */

/**
 * mdesc_handle__applies() - whether it means something in these bytes
 *
 * Return: 1; 0 where the layout has no such field, or the bytes are those of another
 * arm of its union, or its `valid` says no; -EMSGSIZE.
 */
static inline int mdesc_handle__applies(const struct mdesc_handle *h, const void *meta, size_t size)
{
	if (__builtin_expect(size < h->size, 0))
		return -EMSGSIZE;
	if (__builtin_expect(h->flags & (MDESC_HANDLE_NONE | MDESC_HANDLE_DECIDE), 0))
		return h->flags & MDESC_HANDLE_NONE ? 0 : mdesc_handle__decide(h, meta);
	return mdesc_handle__passes(h, meta);
}

/* Reads where @meta is known to have as many bytes as the layout. */
static inline int mdesc_handle__get(const struct mdesc_handle *h, const void *meta, uint32_t idx, uint64_t *value)
{
	if (__builtin_expect((h->flags & MDESC_HANDLE_CALL) || idx >= h->count, 0))
		return mdesc_handle__get_slow(h, meta, idx, value);
	*value = mdesc_load__number(&h->load, (const uint8_t *)meta + (size_t)idx * h->stride);
	return mdesc_handle__passes(h, meta);
}

/**
 * mdesc_handle__read_at() - an element as a number, if it means something
 * mdesc_handle__read() - the same of element 0
 * @idx: the element
 * @value: set to the value in host order; of what has a sign, sign-extended. Undefined
 *	where the result is not 1.
 *
 * Return: 1: @value is set; 0: it means nothing here, as mdesc_handle__applies()
 * says; -EMSGSIZE; -ERANGE for @idx beyond the last; -EOPNOTSUPP for a MAC address.
 */
static inline int mdesc_handle__read_at(const struct mdesc_handle *h, const void *meta, size_t size,
					uint32_t idx, uint64_t *value)
{
	if (__builtin_expect(size < h->size, 0))
		return -EMSGSIZE;
	return mdesc_handle__get(h, meta, idx, value);
}

static inline int mdesc_handle__read(const struct mdesc_handle *h, const void *meta, size_t size, uint64_t *value)
{
	return mdesc_handle__read_at(h, meta, size, 0, value);
}

/**
 * mdesc_handle__bytes() - where the bytes of a field are: a MAC or IPv6 address
 * @count: set to how many
 *
 * As they lie in the metadata, all elements. Return: the first one; NULL where the
 * field means nothing, the bytes are too few, is computed, or where other bytes lie
 * between its elements.
 */
static inline const uint8_t *mdesc_handle__bytes(const struct mdesc_handle *h, const void *meta, size_t size,
						 size_t *count)
{
	if (!h->field || mdesc_handle__applies(h, meta, size) != 1 || (h->count > 1 && h->stride != h->bytes))
		return NULL;
	*count = (size_t)h->count * h->bytes;
	return (const uint8_t *)meta + h->offset;
}

/* ---- several layouts at once ---- */

/*
 * The metadata layouts of one or several images (of firmwares before and after an
 * update, of different NICs), and the handles of the fields that a program reads.
 * Only the calls that add something change it: threads share it in between.
 */
struct mdesc_reader;

/**
 * struct mdesc_packet - the metadata of a packet, recognised
 * @bytes: the layout's first byte
 * @size: bytes of the layout
 * @id: the layout id; of bytes that are of no layout, what stands where it should be
 * @layout: the layout; NULL: of none that is known
 * @fields: the handles of the reader's fields in this layout, by their numbers
 */
struct mdesc_packet {
	const uint8_t *bytes;
	uint32_t size;
	uint32_t id;
	const struct mdesc_layout *layout;
	const struct mdesc_handle *fields;
};

/**
 * mdesc_reader__new() - a reader that knows nothing yet
 * mdesc_reader__free() - free it, or NULL
 *
 * Return: to be freed; NULL with ENOMEM.
 */
MDESC_API struct mdesc_reader *mdesc_reader__new(struct mdesc_error *err);
MDESC_API void mdesc_reader__free(struct mdesc_reader *r);

/**
 * mdesc_reader__add() - know the metadata layouts of an image
 * @img: the image, which must stay open as long as the reader is used
 *
 * Handles that were given out before are void afterwards (numbers of fields stay).
 * A layout that is known already, from another firmware that has the same, is left out.
 *
 * Return: how many layouts were added; -ENOTUNIQ (class ambiguous) where another image
 * has a different layout of the same id; -ENOMEM.
 */
MDESC_API int mdesc_reader__add(struct mdesc_reader *r, const struct mdesc_image *img, struct mdesc_error *err);

/**
 * mdesc_reader__field() - a field to read
 * @path: as mdesc_layout__handle() takes it
 *
 * Also in layouts that are added later. Handles that were given out before are void
 * afterwards.
 *
 * Return: its number, the same for the same path; -ENOENT (class not found) where no
 * layout that is known has it, with the nearest name in @err; -ENOMEM.
 */
MDESC_API int mdesc_reader__field(struct mdesc_reader *r, const char *path, struct mdesc_error *err);

/**
 * mdesc_reader__field_count() - how many fields were asked for
 * mdesc_reader__layout_count() - how many layouts are known
 * mdesc_reader__layout() - the one at @idx, in the order in which they came; NULL
 *	with ENOENT beyond the last
 * mdesc_reader__handle() - field number @field in that layout; NULL with ENOENT
 */
MDESC_API size_t mdesc_reader__field_count(const struct mdesc_reader *r);
MDESC_API size_t mdesc_reader__layout_count(const struct mdesc_reader *r);
MDESC_API const struct mdesc_layout *mdesc_reader__layout(const struct mdesc_reader *r, size_t idx);
MDESC_API const struct mdesc_handle *mdesc_reader__handle(const struct mdesc_reader *r, size_t idx, size_t field);

/**
 * mdesc_reader__before() - recognise what lies before a frame
 * @frame: the packet's first byte; of AF_XDP, where the descriptor's addr points
 * @room: bytes before it that may be read: the frame's headroom
 * @packet: set; @packet->layout is NULL on failure
 *
 * By the four bytes before the packet. A zero id says that there is no metadata:
 * see mdesc_xsk_prepare() in mdesc_bpf.h, without which frames show those of earlier
 * packets. Layouts with their id at the front, or without one, are never found so: how
 * long the metadata is is not known.
 *
 * Return: 0; -ENODATA: no metadata, or @room has no four bytes; -ENOENT: a layout that
 * no image known here has, @packet->id is its id; -EMSGSIZE: the layout is longer than
 * @room.
 */
MDESC_API int mdesc_reader__before(const struct mdesc_reader *r, const void *frame, size_t room,
				   struct mdesc_packet *packet);

/**
 * mdesc_reader__within() - recognise metadata whose begin and length are known
 * @meta: its first byte, data_meta
 * @size: bytes, data - data_meta
 *
 * By the last four bytes; else by the first four; else, of layouts without an id, it is
 * the only one of that length. What is just as long as the layout goes before what is
 * longer, and where layouts without an id are known, as long it must be: what stands
 * where an id would be may be anything. Returns as mdesc_reader__before() does.
 */
MDESC_API int mdesc_reader__within(const struct mdesc_reader *r, const void *meta, size_t size,
				   struct mdesc_packet *packet);

/**
 * mdesc_packet__read() - a field as a number, as mdesc_handle__read()
 * mdesc_packet__read_at() - an element of it
 * mdesc_packet__bytes() - its bytes, as mdesc_handle__bytes()
 * @packet: as filled by mdesc_reader__before() or __within(), which returned 0
 * @field: its number
 */
static inline int mdesc_packet__read_at(const struct mdesc_packet *packet, int field, uint32_t idx, uint64_t *value)
{
	return mdesc_handle__get(&packet->fields[field], packet->bytes, idx, value);
}

static inline int mdesc_packet__read(const struct mdesc_packet *packet, int field, uint64_t *value)
{
	return mdesc_handle__get(&packet->fields[field], packet->bytes, 0, value);
}

static inline const uint8_t *mdesc_packet__bytes(const struct mdesc_packet *packet, int field, size_t *count)
{
	return mdesc_handle__bytes(&packet->fields[field], packet->bytes, packet->size, count);
}

#ifdef __cplusplus
}
#endif

#endif /* MDESC_HANDLE_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The firmware image on disk.
 *
 * An image is an ELF64 little-endian file (ET_EXEC, EM_BPF) whose sections hold
 * the parser's tables, the layouts that it writes and the BTF of these layouts.
 * This header is all that compiler and runtime share: the compiler writes these
 * structures, the runtime checks and reads them, nothing else interprets them.
 *
 * All numbers are little-endian. Every table section begins with
 * struct mdesc_fmt_table and goes on with @count entries of @entry_size bytes.
 * A reader ignores the trailing bytes of an entry that it does not know and
 * takes missing trailing ones for zero. A new section or a new trailing member
 * raises MDESC_FMT_MINOR, a changed meaning MDESC_FMT_MAJOR; a new operation,
 * operand or row flag sets a bit in @incompat_exec, so that the layouts and the
 * BTF of a newer image stay readable. Numbers are never used again. Reserved
 * bytes are zero, and readers check that.
 *
 * doc/image.md tells the same in prose, with the ELF side.
 */
#ifndef MDESC_FORMAT_H
#define MDESC_FORMAT_H

#include <stdint.h>

#define MDESC_FMT_MAGIC		"MDSC"
#define MDESC_FMT_MAJOR		0
#define MDESC_FMT_MINOR		4

/* Feature words of struct mdesc_fmt_hdr: the bits that this version knows. */
#define MDESC_READ_TAGS		(1u << 0)	/* tags that are values: mdesc_fmt_cond.value */
#define MDESC_FMT_READ_KNOWN	(MDESC_READ_TAGS)
#define MDESC_FMT_EXEC_KNOWN	(MDESC_EXEC_SLOTS | MDESC_EXEC_REGISTERS | MDESC_EXEC_KINDS | MDESC_EXEC_WITHIN | \
				 MDESC_EXEC_CLASSES | MDESC_EXEC_LENGTHS)
#define MDESC_EXEC_SLOTS	(1u << 0)	/* key sets have slots that are not MDESC_SLOT_PACKET */
#define MDESC_EXEC_REGISTERS	(1u << 1)	/* registers and flags */
#define MDESC_EXEC_KINDS	(1u << 2)	/* headers have kinds that are not MDESC_KIND_HEADER */
#define MDESC_EXEC_WITHIN	(1u << 3)	/* rows have MDESC_ROW_WITHIN */
#define MDESC_EXEC_CLASSES	(1u << 4)	/* classifications */
#define MDESC_EXEC_LENGTHS	(1u << 5)	/* rows have MDESC_ROW_LENGTH */

#define MDESC_FMT_NONE16	0xffffu		/* "no index" in a 16-bit member */
#define MDESC_FMT_NONE32	0xffffffffu	/* "no index" in a 32-bit member */

#define MDESC_FMT_KEY_MAX	16	/* key bytes of a look-up, at most */
#define MDESC_FMT_META_MAX	252	/* bytes of metadata, at most */
#define MDESC_FMT_REGS_MAX	64	/* bytes of registers, at most */
#define MDESC_FMT_BUILD_ID	20	/* bytes of build id */

/* Section names. All but the note, the digest and .shstrtab are in the digest. */
#define MDESC_SEC_NOTE		".note.gnu.build-id"
#define MDESC_SEC_HDR		".mdesc.hdr"	 /* struct mdesc_fmt_hdr, no table */
#define MDESC_SEC_IDENT		".mdesc.ident"	 /* struct mdesc_fmt_ident */
#define MDESC_SEC_TARGET	".mdesc.target"	 /* struct mdesc_fmt_target, one */
#define MDESC_SEC_HEADERS	".mdesc.headers" /* struct mdesc_fmt_header */
#define MDESC_SEC_REGISTERS	".mdesc.registers" /* struct mdesc_fmt_register */
#define MDESC_SEC_STATES	".mdesc.states"	 /* struct mdesc_fmt_state */
#define MDESC_SEC_KEYS		".mdesc.keys"	 /* struct mdesc_fmt_keys */
#define MDESC_SEC_ROWS		".mdesc.rows"	 /* struct mdesc_fmt_row */
#define MDESC_SEC_CLASSES	".mdesc.classes" /* struct mdesc_fmt_class */
#define MDESC_SEC_CLASS_ROWS	".mdesc.classrows" /* struct mdesc_fmt_class_row */
#define MDESC_SEC_OPS		".mdesc.ops"	 /* struct mdesc_fmt_op */
#define MDESC_SEC_SOURCES	".mdesc.sources" /* struct mdesc_fmt_source */
#define MDESC_SEC_LAYOUTS	".mdesc.layouts" /* struct mdesc_fmt_layout */
#define MDESC_SEC_FIELDS	".mdesc.fields"	 /* struct mdesc_fmt_field */
#define MDESC_SEC_CONDS		".mdesc.conds"	 /* struct mdesc_fmt_cond */
#define MDESC_SEC_RANGES	".mdesc.ranges"	 /* struct mdesc_fmt_range */
#define MDESC_SEC_VALUES	".mdesc.values"	 /* struct mdesc_fmt_value */
#define MDESC_SEC_EXPRS		".mdesc.exprs"	 /* struct mdesc_fmt_expr */
#define MDESC_SEC_CONFIG	".mdesc.config"	 /* struct mdesc_fmt_config */
#define MDESC_SEC_RAW		".mdesc.tables"	 /* struct mdesc_fmt_raw; these nine not there without raw tables */
#define MDESC_SEC_RAW_PARTS	".mdesc.tableparts" /* struct mdesc_fmt_raw_part */
#define MDESC_SEC_RAW_FIELDS	".mdesc.tablefields" /* struct mdesc_fmt_raw_field */
#define MDESC_SEC_RAW_PIECES	".mdesc.tablepieces" /* struct mdesc_fmt_raw_piece */
#define MDESC_SEC_RAW_ROWS	".mdesc.tablerows" /* struct mdesc_fmt_raw_row */
#define MDESC_SEC_RAW_STARTS	".mdesc.tablestarts" /* struct mdesc_fmt_raw_start */
#define MDESC_SEC_RAW_BYTES	".mdesc.tablewords" /* struct mdesc_fmt_raw_bytes */
#define MDESC_SEC_RAW_REGS	".mdesc.tableregs" /* struct mdesc_fmt_raw_reg; since 0.4 */
#define MDESC_SEC_RAW_OPS	".mdesc.tableops" /* struct mdesc_fmt_raw_op; since 0.4 */
#define MDESC_SEC_TEXT		".mdesc.text"	 /* struct mdesc_fmt_token; optional */
#define MDESC_SEC_STRINGS	".mdesc.strings" /* NUL-terminated, byte 0 is NUL */
#define MDESC_SEC_BTF		".BTF"
#define MDESC_SEC_DIGEST	".mdesc.digest"	 /* struct mdesc_fmt_digest */
#define MDESC_SEC_SIG		".mdesc.sig"	 /* optional, outside the digest */
#define MDESC_SEC_XDP		".mdesc.xdp"	 /* optional */

struct mdesc_fmt_hdr {
	uint8_t	 magic[4];
	uint16_t major;
	uint16_t minor;
	uint32_t incompat_read;	/* an unknown bit: the image cannot be read */
	uint32_t incompat_exec;	/* an unknown bit: its tables cannot be run */
	uint32_t compat;	/* an unknown bit: nothing to fear */
	uint32_t reserved;
};

struct mdesc_fmt_table {
	uint32_t count;
	uint32_t entry_size;	/* bytes, a multiple of 4 */
};

/* A string: its offset in .mdesc.strings. 0 is the empty string. */
typedef uint32_t mdesc_fmt_str;

/* ---- identity ---- */

enum mdesc_fmt_ident_kind {
	MDESC_IDENT_DEVICE	= 1,	/* value: the device's name */
	MDESC_IDENT_DRIVER	= 2,	/* value: what the kernel calls the driver */
	MDESC_IDENT_FIRMWARE	= 3,	/* value: the firmware version */
	MDESC_IDENT_MATCH	= 4,	/* where ("devlink"), key ("fw.app", or ""), value: a glob; "default": "" */
	MDESC_IDENT_PREFIX	= 5,
	MDESC_IDENT_LICENSE	= 6,
	MDESC_IDENT_PARSER	= 7,	/* value: the parser's name */
	MDESC_IDENT_COMPILER	= 8,	/* value: "mdescc 0.1.0" */
	MDESC_IDENT_RELEASE	= 9,	/* value: which release of the description's */
};

struct mdesc_fmt_ident {
	uint32_t      kind;
	mdesc_fmt_str where;
	mdesc_fmt_str key;
	mdesc_fmt_str value;
};

/* ---- the machine ----
 *
 * Registers: state, cursor (bytes from the packet's first byte), the metadata
 * buffer (zeroed for every packet) with a mask of the bits written, a table of
 * recorded headers (offset, length, present), one count a header stack, one
 * entry count a state, the number of steps, the layout in force (at first:
 * layout 0), the description's own registers and flags (a string of bits, at
 * first 0), and the effects that a row with MDESC_ROW_HOLD left pending.
 *
 * To enter a state S (at first: state 0) with a key set:
 *   1. if S has neither MDESC_STATE_PART nor _PASS: steps += 1; when that is more than
 *      the target's @steps: stop with error `steps`;
 *   2. if S.max is not 0: when entries[S] (or S.counter) is S.max or more, the
 *      transition S.otherwise is taken instead (it may enter a state again: 1);
 *      else it counts one more, for good;
 *   3. the key bytes are what the slots of the key set say (enum
 *      mdesc_fmt_slot), most often packet[cursor + off]. If a byte whose bit is
 *      set in S.key_need lies outside of the packet, stop with error
 *      `truncated`. Other bytes outside read as 0. While there is a limit, bytes
 *      of the packet at it and behind read as 0, and are not outside.
 *   4. the first row (in table order) with
 *      (state ^ row.state) & row.state_mask == 0 and, for each key byte i,
 *      (key[i] ^ row.key_value[i]) & row.key_mask[i] == 0 is taken; none: stop
 *      with error `no_match`.
 *
 * To take a row:
 *   1. if row.header names a header H: the H.fixed bytes at the cursor must be
 *      in the packet, else `truncated`; a variable length is computed and must
 *      be in [H.min, H.max], else `bad_length`; the whole header must be in the
 *      packet, else `truncated`. H is recorded at the cursor (a stack: as its
 *      next element; none left: `loop`) and the cursor advances by its length.
 *      That is for headers of kind HEADER; enum mdesc_fmt_header_kind tells what
 *      others do instead. With MDESC_ROW_LENGTH the length is @length instead of
 *      what the packet says; MDESC_FMT_NONE16: `bad_length`.
 *   2. the row's operations run; they see the header that the row recorded,
 *      and the registers as they were last committed.
 *   3. without MDESC_ROW_HOLD, all that is pending (headers recorded, bits
 *      written, registers set, layout chosen) is committed; with MDESC_ROW_HOLD
 *      it stays pending and is visible to the rows that follow, registers
 *      excepted: these read as they were committed. An error discards what
 *      is pending, never what was committed. MDESC_ROW_ABORT: discard, too,
 *      then take the transition, which is a reject.
 *   4. MDESC_ROW_WITHIN: the cursor moves to behind what is known of header
 *      @within (a HEADER with VAR; not recorded: nothing), and the limit is its
 *      end. Then the transition: enter the next state, or stop. The limit is
 *      pending and discarded like the cursor.
 *
 * When the parser stops (drop excepted), first the classifications are computed,
 * in their order. Then the rules of the layout in force
 * (@op_first, @op_count) run: their stores change only bits that no row wrote.
 */

enum mdesc_fmt_verdict {
	MDESC_GO	= 0,	/* enter @state with key set @keys */
	MDESC_ACCEPT	= 1,
	MDESC_REJECT	= 2,	/* delivered, with error @code */
	MDESC_DROP	= 3,	/* not delivered */
};

/* Errors of the parser: parser.error, and the codes of reject. */
enum mdesc_fmt_error {
	MDESC_ERR_NONE		= 0,
	MDESC_ERR_TRUNCATED	= 1,
	MDESC_ERR_BAD_LENGTH	= 2,
	MDESC_ERR_NO_MATCH	= 3,
	MDESC_ERR_LOOP		= 4,
	MDESC_ERR_STEPS		= 5,
	MDESC_ERR_USER		= 16,	/* first code of the description's own */
};

struct mdesc_fmt_next {
	uint8_t	 verdict;	/* enum mdesc_fmt_verdict */
	uint8_t	 flags;
	uint16_t code;		/* MDESC_REJECT: the error, else 0 */
	uint16_t state;		/* MDESC_GO: index in states, else MDESC_FMT_NONE16 */
	uint16_t keys;		/* MDESC_GO: index in keys, else MDESC_FMT_NONE16 */
};

/* First the cursor moves to the limit and there is no limit any more; without one, nothing. */
#define MDESC_NEXT_LEAVE	(1u << 0)

#define MDESC_TARGET_LOOPS	(1u << 0)
#define MDESC_TARGET_ARITHMETIC	(1u << 1)	/* advance by a header's own length */
#define MDESC_TARGET_DEFAULTS	(1u << 2)	/* each state has an action for keys that none of its rows matches */
#define MDESC_TARGET_EXACT	(1u << 3)	/* rows compare all bits that any row of their state compares */

struct mdesc_fmt_target {
	mdesc_fmt_str name;
	uint32_t flags;
	uint32_t rows;		/* limits */
	uint32_t states;
	uint32_t steps;		/* states entered for a packet, at most; not 0 */
	uint32_t key_bytes;	/* that rows compare, at most; not above MDESC_FMT_KEY_MAX */
	uint32_t reach;		/* key bytes lie in cursor - reach .. cursor + reach - 1 */
	uint32_t writes;	/* stores a row */
	uint32_t metadata_bytes;
	struct mdesc_fmt_next start;	/* MDESC_GO into state 0 */
	uint32_t register_bits;	/* limit, flags not counted */
	uint32_t sticky_flags;	/* limit */
	mdesc_fmt_str errors;	/* an enum of the BTF that names the description's errors; or empty */
	uint32_t class_rows;	/* limit, of all classifications together */
	/* More limits; what runs the tables needs none of them. */
	uint16_t lookups;	/* pieces that the key is compared in; 0: as many as it has bytes */
	uint16_t lookup_bytes;	/* adjacent bytes of a piece; 0: 1 */
	uint32_t window;	/* key bytes lie in cursor .. cursor + window - 1; 0: as @reach says */
	uint32_t boost_rows;	/* EXACT: rows that are ternary, looked at first */
	uint32_t stage_rows;	/* of each stage */
	uint16_t stages;	/* a pipeline, strictly forward; 0: there are none */
	uint16_t skip;		/* stages that a row can leave out */
	uint16_t arcs_in;	/* of a state; 0: any number */
	uint16_t arcs_out;
	uint32_t shift;		/* bytes that a row moves the cursor by; 0: any number */
};

/* A header instance, or a stack of them. */
struct mdesc_fmt_header {
	mdesc_fmt_str name;	/* of the instance */
	mdesc_fmt_str type;	/* of the header */
	uint16_t fixed;		/* bytes, without what a variable length adds */
	uint16_t min;		/* bytes; equal to @fixed where the length is fixed */
	uint16_t max;
	uint16_t capacity;	/* elements of a stack; 0: not a stack */
	/*
	 * Variable length (flag VAR): with b the big-endian number in @len_bytes
	 * bytes at @len_off, the length in bytes is
	 * len_const + (len_shift >= 0 ? (b & len_mask) << len_shift
	 *                             : (b & len_mask) >> -len_shift).
	 */
	uint32_t flags;
	uint16_t len_off;
	uint8_t	 len_bytes;	/* 1 or 2 */
	int8_t	 len_shift;	/* -16..16 */
	uint32_t len_mask;
	int32_t	 len_const;
	uint8_t	 kind;		/* enum mdesc_fmt_header_kind */
	uint8_t	 of_elem;	/* ADVANCE with VAR: an element of @of, as in struct mdesc_fmt_op; else 0 */
	uint16_t of;		/* PART, MARK, ADVANCE with VAR: index of a header; else 0 */
	uint16_t ahead;		/* MARK: bytes; else 0 */
	uint16_t reserved;
};
#define MDESC_HEADER_VAR	(1u << 0)

/*
 * HEADER: what a packet has. A header's parts are what its fixed bytes are
 * followed by: it is known up to there, at first up to its fixed bytes.
 *
 * PART: @fixed bytes (no VAR) of the last recorded element of @of, behind what is
 * known of it; @of is a HEADER, recorded before (else `bad_length`), with the
 * same @capacity. If @of is VAR, they must lie within its length, else
 * `bad_length`, and the cursor stays; else they must be at the cursor in the
 * packet, else `truncated`, the cursor advances and @of gets longer. The part is
 * recorded as the element of that number; its other elements are not recorded,
 * and MDESC_ELEM_LAST is that of the last element of @of. PARTs are not shown.
 *
 * ADVANCE: the cursor advances by the length, which with VAR is computed from the
 * bytes at @len_off of the fixed part of header @of, element @of_elem (a HEADER;
 * not recorded: `bad_length`). All that it moves over must be in the packet,
 * else `truncated`. Nothing is recorded.
 *
 * MARK: no bytes; recorded as header @of (a MARK, maybe itself) with length 0, at
 * the cursor and @ahead bytes more, modulo 2^16, be that in the packet or not.
 *
 * PEEK: @fixed bytes (no VAR), recorded like those of a HEADER, but the cursor
 * stays. PEEKs are not shown.
 *
 * LEAVE: no bytes; does what MDESC_NEXT_LEAVE does. All but HEADER and PART have
 * capacity 0.
 *
 * While there is a limit, what must be in the packet must end at the limit at the
 * latest, else the error is `bad_length`.
 */
enum mdesc_fmt_header_kind {
	MDESC_KIND_HEADER	= 0,
	MDESC_KIND_PART		= 1,
	MDESC_KIND_ADVANCE	= 2,
	MDESC_KIND_MARK		= 3,
	MDESC_KIND_PEEK		= 4,
	MDESC_KIND_LEAVE	= 5,
};

enum mdesc_fmt_register_kind {
	MDESC_REGISTER_PLAIN	= 1,
	MDESC_REGISTER_FLAG	= 2,	/* 1 bit, only ever set */
	MDESC_REGISTER_COUNTER	= 3,	/* counts entries of states */
};

/*
 * A register: @bits bits from bit @bit on of the machine's registers, which are
 * a string of bits: bit i is bit i % 8 of byte i / 8. All but flags begin on a
 * byte, and no two have a bit in common.
 */
struct mdesc_fmt_register {
	mdesc_fmt_str name;
	mdesc_fmt_str type;	/* of an enum in the description; or empty */
	uint16_t bit;
	uint8_t	 bits;		/* 1 to 64 */
	uint8_t	 kind;
};

struct mdesc_fmt_state {
	mdesc_fmt_str name;
	uint32_t flags;
	uint32_t key_need;	/* bit i: key byte i must be in the packet */
	uint16_t max;		/* entries, at most; 0: no limit of its own */
	uint16_t counter;	/* where they are counted: index in registers of a COUNTER, plus
				 * 1, which other states can count in, too; 0: for S alone */
	struct mdesc_fmt_next otherwise;	/* beyond @max */
	uint16_t stage;		/* of a pipeline, from 1 on: all that leads to S has a smaller one; else 0 */
	uint16_t reserved;
};
/* The later part of a state of the source, only entered by rows that HOLD; or state 0 where it only chooses where to
 * start: nothing but the target's start enters it, and its rows go on to whole states. */
#define MDESC_STATE_PART	(1u << 0)
/* In a pipeline, between stages: one row that matches all, does nothing, and goes on to a later state. */
#define MDESC_STATE_PASS	(1u << 1)

/* Where a key byte comes from. All of a slot is 0 beyond @count. */
enum mdesc_fmt_slot {
	MDESC_SLOT_PACKET	= 0,	/* packet[cursor + @off] */
	MDESC_SLOT_HEADER	= 1,	/* byte @off of the fixed part of header @index, element
					 * @elem; not recorded: outside of the packet */
	MDESC_SLOT_REGISTER	= 2,	/* byte @off of the committed registers */
	MDESC_SLOT_REMAINING	= 4,	/* limit - cursor as 16 bits, without a limit 0: byte @off, 0 the
					 * high one */
	MDESC_SLOT_SOURCE	= 3,	/* byte @off of the value of source @index, 0 the lowest */
};

struct mdesc_fmt_keys {
	uint16_t count;		/* key bytes, 0 to MDESC_FMT_KEY_MAX */
	uint16_t reserved;
	int16_t	 off[MDESC_FMT_KEY_MAX];
	uint8_t	 kind[MDESC_FMT_KEY_MAX];	/* enum mdesc_fmt_slot */
	uint8_t	 elem[MDESC_FMT_KEY_MAX];	/* HEADER: as in struct mdesc_fmt_op; else 0 */
	uint16_t index[MDESC_FMT_KEY_MAX];	/* PACKET: 0 */
};

struct mdesc_fmt_row {
	uint16_t state;
	uint16_t state_mask;
	uint8_t	 key_value[MDESC_FMT_KEY_MAX];	/* no bit set outside of the mask */
	uint8_t	 key_mask[MDESC_FMT_KEY_MAX];
	uint32_t flags;
	uint16_t header;	/* index in headers, or MDESC_FMT_NONE16 */
	uint16_t layout;	/* index in layouts: put in force; or NONE16 */
	uint32_t op_first;	/* in ops */
	uint32_t op_count;
	struct mdesc_fmt_next next;
	uint16_t within;	/* with WITHIN: index in headers; else 0 */
	uint8_t	 within_elem;	/* with WITHIN: as in struct mdesc_fmt_op; else 0 */
	uint8_t	 reserved;
	uint16_t length;	/* with LENGTH: one that the header may have, or NONE16; else 0 */
	uint16_t reserved2;
};
#define MDESC_ROW_HOLD	(1u << 0)	/* next: MDESC_GO, a later state with STATE_PART */
#define MDESC_ROW_ABORT	(1u << 1)	/* next: MDESC_REJECT */
#define MDESC_ROW_WITHIN	(1u << 2)	/* not with HOLD, ABORT: see "to take a row", 4 */
#define MDESC_ROW_LENGTH	(1u << 3)	/* of a HEADER or ADVANCE with VAR: see "to take a row", 1 */
/* What its only state does where no other row matches, whatever comes: on targets with MDESC_TARGET_DEFAULTS it takes
 * no row of the TCAM. Changes nothing for a packet. */
#define MDESC_ROW_DEFAULT	(1u << 4)

/* ---- the writer ----
 *
 * Operations work on one accumulator of 64 bits and a validity bit:
 * LOAD sets both, the others change the value modulo 2^64. An operand that
 * reads a header (or an element of a stack) that is not recorded clears the
 * validity; OPERAND_PRESENT and OPERAND_COUNT never do. STORE, SET and RAISE do
 * nothing when the accumulator is not valid.
 */
enum mdesc_fmt_opcode {
	MDESC_OP_LOAD	= 1,	/* acc = operand; valid */
	MDESC_OP_ADD	= 2,	/* acc += operand */
	MDESC_OP_SUB	= 3,	/* acc -= operand */
	MDESC_OP_AND	= 4,	/* acc &= @imm */
	MDESC_OP_SHL	= 5,	/* acc <<= @imm, 0..63 */
	MDESC_OP_SHR	= 6,	/* acc >>= @imm, 0..63 */
	MDESC_OP_EQ	= 7,	/* acc = acc == @imm */
	MDESC_OP_STORE	= 8,	/* the low @width bits into the metadata */
	MDESC_OP_SET	= 9,	/* the low @width bits into the registers, from @bit on */
	MDESC_OP_RAISE	= 10,	/* 1 into bit @bit of the registers, a flag, where the
				 * lowest bit is 1; only rows have SET and RAISE */
	MDESC_OP_KEY	= 11,	/* the low @width bits into the key, from @bit on; only
				 * classifications have it, and no other stores */
};

enum mdesc_fmt_operand {
	MDESC_OPERAND_NONE	= 0,
	MDESC_OPERAND_CONST	= 1,	/* @imm */
	MDESC_OPERAND_SOURCE	= 2,	/* @index: of the source; sampled at the stop */
	MDESC_OPERAND_PACKET	= 3,	/* @width bits of header @index, element @elem,
					 * @bit bits behind its first; @order */
	MDESC_OPERAND_OFFSET	= 4,	/* of header @index, @elem: bytes from the
					 * packet's first byte, modulo 2^16 */
	MDESC_OPERAND_LENGTH	= 5,	/* of header @index, @elem: bytes, modulo 2^16 */
	MDESC_OPERAND_PRESENT	= 6,	/* of header @index, @elem: 1 or 0 */
	MDESC_OPERAND_COUNT	= 7,	/* elements of stack @index */
	MDESC_OPERAND_PKTLEN	= 8,	/* bytes of the packet, modulo 2^16 */
	MDESC_OPERAND_ERROR	= 9,	/* enum mdesc_fmt_error, at the stop; only in the
					 * rules of a layout */
	MDESC_OPERAND_TRUNCATED	= 10,	/* 1 where the error is `truncated`; likewise */
	MDESC_OPERAND_REMAINING	= 12,	/* limit - cursor; without a limit not valid; only in rows */
	MDESC_OPERAND_CLASS	= 13,	/* result of classification @index: in rules any, in
				 * classifications an earlier one */
	MDESC_OPERAND_REGISTER	= 11,	/* @width bits of the committed registers from @bit */
};
#define MDESC_ELEM_LAST	0xff	/* @elem: the last element of the stack */

enum mdesc_fmt_order {
	MDESC_ORDER_HOST = 0,	/* host order, that is little-endian in edition 1 */
	MDESC_ORDER_LE	 = 1,
	MDESC_ORDER_BE	 = 2,
	MDESC_ORDER_RAW	 = 3,	/* no order: bytes as on the wire. Loads and stores
				 * treat it as BE. */
};

/*
 * PACKET: bits are numbered as on the wire: 0 is the most significant bit of
 * the header's first byte. The @width bits from @bit are a number whose first
 * bit is the most significant. With order LE, @width and @bit are multiples of
 * 8 and the bytes are then reversed.
 *
 * STORE: the container is @bytes bytes of metadata at byte @bit / 8 (@bit is a
 * multiple of 8), read as a number in @order (HOST and LE: little-endian, BE
 * and RAW: big-endian). The low @width bits of the accumulator replace the bits
 * @shift .. @shift + @width - 1 of that number, the others stay.
 */
struct mdesc_fmt_op {
	uint8_t	 op;
	uint8_t	 operand;	/* LOAD, ADD, SUB; else 0 */
	uint8_t	 order;		/* PACKET, STORE; else 0 */
	uint8_t	 width;		/* PACKET, REGISTER, STORE, SET, KEY: bits, 1 to 64; else 0 */
	uint16_t index;
	uint8_t	 elem;		/* 0 where the header is no stack */
	uint8_t	 bytes;		/* STORE: 1 to 9; else 0 */
	uint32_t bit;
	uint32_t shift;		/* STORE; else 0 */
	uint64_t imm;
};

/* ---- classifications ----
 *
 * A ternary table over a key of @key_bits bits (bit i is bit i % 8 of byte i / 8),
 * which begins as 0 and is laid out by operations. The first row with
 * (key[i] ^ value[i]) & mask[i] == 0 for all bytes gives the result.
 */
struct mdesc_fmt_class {
	mdesc_fmt_str name;
	mdesc_fmt_str type;	/* of an enum in the description; or empty */
	uint32_t op_first;	/* in ops */
	uint32_t op_count;
	uint32_t row_first;	/* in class rows */
	uint32_t row_count;
	uint64_t otherwise;	/* result where no row matches */
	uint16_t key_bits;	/* 1 to 8 * MDESC_FMT_KEY_MAX */
	uint16_t bits;		/* of the result, 1 to 64 */
	uint32_t reserved;
};

struct mdesc_fmt_class_row {
	uint8_t	 value[MDESC_FMT_KEY_MAX];	/* no bit set outside of the mask */
	uint8_t	 mask[MDESC_FMT_KEY_MAX];
	uint64_t result;
};

/* ---- what is written ---- */

enum mdesc_fmt_source_kind {
	MDESC_SOURCE_INT = 1,
	MDESC_SOURCE_PTR = 2,	/* a kernel address of @type */
};

struct mdesc_fmt_source {
	mdesc_fmt_str name;
	mdesc_fmt_str unit;
	mdesc_fmt_str type;	/* PTR: the struct's name in the BTF; INT: the enum's, or none */
	uint16_t bits;
	uint16_t kind;
	uint32_t flags;
};
#define MDESC_SOURCE_SIGNED	(1u << 0)	/* INT: it has a sign */

enum mdesc_fmt_layout_kind {
	MDESC_LAYOUT_METADATA	= 1,	/* written in front of the packet */
	MDESC_LAYOUT_DESCRIPTOR	= 2,	/* written by hardware elsewhere */
};

/* Metadata layouts come first, in the order of the source; 0 is the default. */
struct mdesc_fmt_layout {
	mdesc_fmt_str name;	/* of the struct in the BTF; a descriptor's may be a union */
	uint32_t kind;
	uint32_t id;		/* 31 bits, not 0 */
	uint32_t size;		/* bytes */
	uint64_t fingerprint;	/* little-endian number of the digest's first 8 bytes */
	uint32_t field_first;	/* in fields */
	uint32_t field_count;
	uint32_t op_first;	/* the rules for every packet; none for descriptors */
	uint32_t op_count;
	uint32_t id_field;	/* index in fields of the layout id, or NONE32 */
	uint32_t flags;
	uint32_t id_any;	/* ID_FIRST: bits of the first word that may be anything, none of @id */
	uint32_t reserved;
};
#define MDESC_LAYOUT_ID_GIVEN	(1u << 0)
/* The id is the first four bytes, big-endian, but for @id_any; then there is no @id_field. */
#define MDESC_LAYOUT_ID_FIRST	(1u << 1)

enum mdesc_fmt_field_kind {
	MDESC_FIELD_UINT	= 1,
	MDESC_FIELD_SINT	= 2,
	MDESC_FIELD_BOOL	= 3,
	MDESC_FIELD_ENUM	= 4,	/* an integer; @type names the enum in the BTF */
	MDESC_FIELD_PTR		= 5,	/* @type names the struct in the BTF */
	MDESC_FIELD_MAC		= 6,	/* 6 bytes, @width 48, @order RAW */
	MDESC_FIELD_BYTES	= 7,	/* an array of u8: @width 8, @count bytes */
};

/*
 * A leaf of a layout: a member that is no struct or union, an array of such, or
 * a bit range of a word. The value of element i: the @bytes bytes at
 * @offset + i * @stride, as a number in @order, shifted right by @shift, low
 * @width bits. Elements of MAC and BYTES are wider than a number and are bytes.
 */
struct mdesc_fmt_field {
	mdesc_fmt_str path;	/* "l3.v4.saddr"; elements of arrays of structs: "q[1].x" */
	mdesc_fmt_str unit;
	mdesc_fmt_str type;
	mdesc_fmt_str doc;
	uint32_t offset;	/* bytes from the layout's first */
	uint32_t count;		/* elements, 1 for a scalar */
	uint32_t stride;	/* bytes from an element to the next */
	uint16_t width;		/* bits of the value */
	uint8_t	 kind;
	uint8_t	 order;
	uint8_t	 bytes;		/* container, 1 to 9 */
	uint8_t	 shift;		/* bits, 0 to 63 */
	uint16_t flags;
	uint32_t cond;		/* index in conds: the field means something only where
				 * it holds; or NONE32 */
	uint32_t valid;		/* index in values, plus 1: likewise, where that is not 0;
				 * or 0 */
};
#define MDESC_FIELD_DEPRECATED	(1u << 0)
#define MDESC_FIELD_RANGE	(1u << 1)	/* a bit range of the word just before */
#define MDESC_FIELD_BITFIELD	(1u << 2)	/* a C bit field */
#define MDESC_FIELD_RESERVED	(1u << 3)	/* named padding: decoders leave it out */
#define MDESC_FIELD_WORD	(1u << 4)	/* has ranges, which follow */
#define MDESC_FIELD_SIGNED	(1u << 5)	/* ENUM: its numbers have a sign */

/* Holds where the tag has one of the values, and the parent holds. */
struct mdesc_fmt_cond {
	uint32_t parent;	/* a smaller index in conds, or NONE32 */
	uint32_t field;		/* the tag: index in fields, of the same layout; or NONE32 */
	uint32_t range_first;	/* in ranges */
	uint32_t range_count;
	uint32_t flags;
	uint32_t value;		/* the tag where @field is NONE32: index in values of a TAG, plus 1;
				 * else 0 */
};
#define MDESC_COND_NOT	(1u << 0)	/* `default`: none of the values */

struct mdesc_fmt_range {
	uint64_t lo;
	uint64_t hi;		/* inclusive */
};

/* ---- what is computed from fields, and never stored ----
 *
 * A value is computed by its expression: steps that work on a stack of numbers
 * of 64 bits, empty at first, of which one is left. Fields are extended to 64
 * bits, with their sign if they have one. ADD, SUB, MUL, SHL are modulo 2^64;
 * x / 0 is 0 and x % 0 is x; the S operations look at both sides as numbers with
 * a sign (the smallest / -1 is itself); shifts are by the count modulo 64.
 * Comparisons, NOT, LAND and LOR give 1 or 0. The low @width bits of the result
 * are the value, extended with their sign where @kind is SINT, or is ENUM and the
 * flag SIGNED is set; of BOOL: whether the result is not 0.
 *
 * A value means something where its @cond and its @valid hold, and all that its
 * expression reads (fields and values) means something; the same is true of a
 * VALID's own value. A field or value is only read by values with a greater index
 * than its @valid's.
 */
enum mdesc_fmt_value_role {
	MDESC_VALUE_ALIAS	= 1,	/* pieces side by side: the expression is their FIELDs, in the
					 * order of the bytes, and a CAT */
	MDESC_VALUE_DERIVE	= 2,	/* computed */
	MDESC_VALUE_VALID	= 3,	/* whether something means something; @name says what */
	MDESC_VALUE_TAG		= 4,	/* which arm of a union or word there is; @name says whose */
};

enum mdesc_fmt_expr_op {
	MDESC_X_CONST	= 1,	/* push @imm */
	MDESC_X_FIELD	= 2,	/* push element @imm of field @index, of the same layout */
	MDESC_X_VALUE	= 3,	/* push value @index: smaller, of the same layout, an ALIAS or DERIVE */
	MDESC_X_NEG	= 4,	/* the top: 0 - a */
	MDESC_X_NOT	= 5,
	MDESC_X_COM	= 6,	/* ~a */
	MDESC_X_SLICE	= 7,	/* (a >> @lo) & ((1 << @width) - 1) */
	MDESC_X_ADD	= 8,	/* the two on top, a below b: a + b; and so on */
	MDESC_X_SUB	= 9,
	MDESC_X_MUL	= 10,
	MDESC_X_DIV	= 11,
	MDESC_X_SDIV	= 12,
	MDESC_X_MOD	= 13,
	MDESC_X_SMOD	= 14,	/* with the sign of a */
	MDESC_X_SHL	= 15,
	MDESC_X_SHR	= 16,
	MDESC_X_SSHR	= 17,
	MDESC_X_AND	= 18,
	MDESC_X_OR	= 19,
	MDESC_X_XOR	= 20,
	MDESC_X_EQ	= 21,
	MDESC_X_NE	= 22,
	MDESC_X_LT	= 23,
	MDESC_X_SLT	= 24,
	MDESC_X_LE	= 25,
	MDESC_X_SLE	= 26,
	MDESC_X_GT	= 27,
	MDESC_X_SGT	= 28,
	MDESC_X_GE	= 29,
	MDESC_X_SGE	= 30,
	MDESC_X_LAND	= 31,
	MDESC_X_LOR	= 32,
	MDESC_X_COND	= 33,	/* the three on top: a ? b : c */
	MDESC_X_CONFIG	= 35,	/* push what configuration @index is set to */
	MDESC_X_CAT	= 34,	/* the @index on top, all FIELDs, as one number: where the value's @order is
				 * BE the lowest is the most significant, else the least */
};

struct mdesc_fmt_expr {
	uint8_t	 op;
	uint8_t	 lo;		/* SLICE; CONST: 1 where @imm was written as a negative number; else 0 */
	uint8_t	 width;		/* SLICE: 1 to 64; else 0 */
	uint8_t	 reserved;
	uint32_t index;		/* FIELD, VALUE, CONFIG, CAT; else 0 */
	uint64_t imm;		/* CONST, FIELD; else 0 */
};

/* What the device can be set to: no part of the bytes, so readers are told by their users. */
struct mdesc_fmt_config {
	mdesc_fmt_str name;
	mdesc_fmt_str unit;
	mdesc_fmt_str type;	/* ENUM: the enum's name in the BTF */
	mdesc_fmt_str doc;
	uint16_t bits;		/* 1 to 64 */
	uint8_t	 kind;		/* MDESC_FIELD_UINT, BOOL or ENUM */
	uint8_t	 reserved;
};

/* ---- raw tables ----
 *
 * Rows as hardware holds them. A part is the key or a result: a string of bits,
 * bit 0 the least significant of its first word. Bit B of a part stands at bit
 *	S = subword ? B / subword * round_up(subword, word_bits) + B % subword : B
 * of its words; a key has a bit for each plane P, at
 *	interleave ? S / interleave * interleave * planes + P * interleave + S % interleave
 *		   : P * round_up(size, word_bits) + S
 * where size is that of S for its highest bit, and one more. With one plane
 * there is nothing to interleave. FLIPPED reverses the words of a result, and of
 * each plane (interleaved ones: of the key). Words follow each other in the
 * table's byte order, row by row, stage by stage, absent rows too.
 */
enum mdesc_fmt_raw_flags {
	MDESC_RAW_STAGES	= 1 << 0,	/* it has stages, by number */
	MDESC_RAW_BIG		= 1 << 1,	/* words are big-endian */
	MDESC_RAW_FLIPPED	= 1 << 2,
	MDESC_RAW_ONE		= 1 << 3,	/* no priorities; else the lowest number that matches */
	MDESC_RAW_KEY		= 1 << 4,	/* its first part is the key */
	MDESC_RAW_ANY		= 1 << 5,	/* cells[0] means something */
	MDESC_RAW_NEVER		= 1 << 6,	/* cells[3] means something */
	MDESC_RAW_VALID		= 1 << 7,	/* @guard is 1 in rows that are there; else 0 */
	MDESC_RAW_ELSEWHERE	= 1 << 8,	/* which rows are there, hardware is told otherwise */
	MDESC_RAW_LAST		= 1 << 9,	/* the highest number that matches; not with ONE */
};

struct mdesc_fmt_raw {
	mdesc_fmt_str name;
	mdesc_fmt_str doc;
	uint32_t flags;
	uint32_t rows;		/* of a stage: 1 to 65536 */
	uint16_t first_stage;
	uint16_t stages;	/* 1 to 257 */
	uint8_t	 word_bits;	/* 8, 16, 32 or 64 */
	uint8_t	 planes;	/* 1 or 2; 0 without a key */
	uint8_t	 cells[4];	/* of a bit that matches anything, of 0, of 1, of one that never does: bit P of
				 * plane P */
	uint16_t row_words;
	uint16_t interleave;
	uint16_t subword;
	uint32_t guard;		/* a bit of the encoded key, unflipped; MDESC_FMT_NONE32: none */
	uint32_t part_first;
	uint32_t part_count;
	uint32_t row_first;
	uint32_t row_count;
	uint32_t byte_first;	/* in .mdesc.tablewords; a multiple of 8 */
	uint32_t byte_count;
	uint32_t start_first;
	uint32_t start_count;
	uint32_t op_first;	/* the effect: what happens when a row is taken; since 0.4, as those behind it */
	uint32_t op_count;	/* 0: none is described, and the table cannot be run */
	uint32_t index_reg;	/* without a key: index in registers, plus 1, of what chooses the row; 0: none */
};

/* Those of a table stand together, the key first, in the order of the tables. */
struct mdesc_fmt_raw_part {
	mdesc_fmt_str name;
	uint32_t bits;		/* at most 4096 */
	uint32_t field_first;
	uint32_t field_count;
	uint16_t word_first;	/* in the row */
	uint16_t words;
};

enum mdesc_fmt_raw_field_flags {
	MDESC_RAW_FIELD_SIGNED	= 1 << 0,	/* two's complement */
	MDESC_RAW_FIELD_BE	= 1 << 1,	/* whole bytes, the most significant in the lowest bits */
	MDESC_RAW_FIELD_ALIAS	= 1 << 2,	/* its bits are other fields' */
	MDESC_RAW_FIELD_INIT	= 1 << 3,	/* @init stands in rows that give no value */
};

/* Those of a part stand together, in the order of the parts. */
struct mdesc_fmt_raw_field {
	mdesc_fmt_str name;
	mdesc_fmt_str unit;
	mdesc_fmt_str type;	/* the enum's name in the BTF, or "" */
	mdesc_fmt_str doc;
	uint32_t piece_first;	/* the most significant piece first; behind them those of the mask */
	uint16_t piece_count;
	uint16_t mask_count;	/* 0: no mask */
	uint32_t sign;		/* bit of the part, beside a magnitude; MDESC_FMT_NONE32: none */
	uint8_t	 bits;		/* 1 to 64 */
	uint8_t	 flags;
	uint16_t reserved;
	uint64_t init;
	uint32_t load_first;	/* of a key: operations that give what it is compared with; since 0.4 */
	uint32_t load_count;	/* 0: none */
	uint32_t reg;		/* of a key: index in registers, plus 1, of what it is compared with, where it has no
				 * load, and for the look-up behind a row that sets it also where it has one; or 0 */
	uint32_t reserved2;
};

struct mdesc_fmt_raw_piece {
	uint16_t lo;		/* bit of the part */
	uint16_t bits;
};

enum mdesc_fmt_raw_row_flags {
	MDESC_RAW_ROW_RESERVED	= 1 << 0,	/* kept by hardware or firmware */
	MDESC_RAW_ROW_ENABLED	= 1 << 1,	/* it takes part */
};

/* The rows that are there, by stage and number; all others are absent. */
struct mdesc_fmt_raw_row {
	mdesc_fmt_str doc;
	uint32_t number;
	uint16_t stage;
	uint16_t flags;
};

/* What the machine begins with; all else is 0. */
struct mdesc_fmt_raw_start {
	mdesc_fmt_str name;
	uint32_t field;		/* index in the key's fields; MDESC_FMT_NONE32: of none of them */
	uint64_t value;
};

struct mdesc_fmt_raw_bytes { uint8_t bytes[4]; };

/* ---- what raw tables do ----
 *
 * Registers are 64-bit numbers that all tables of the image share. A run begins
 * with the starts of all tables, all else 0, and with the stage that is the
 * table's first. A look-up takes the key: its fields' registers and loads. The
 * row with the lowest number that matches (LAST: the highest) is taken, and the operations of its
 * table run on a stack of numbers, one after the other, each seeing what those
 * before it did. Then the next look-up follows, in the table and the stage that
 * the registers say.
 *
 * Of a key byte outside of the packet nothing is known: rows match by the others.
 * Where the row that is taken compares it, and where a register, a condition or a
 * value that is noted depends on one, the run ends as `truncated` without any
 * effect of this row. No row: `no_match`. A
 * stage behind the table's last: the end. More look-ups than MDESC_FMT_RAW_STEPS:
 * `steps`.
 */
#define MDESC_FMT_RAW_STEPS	256

enum mdesc_fmt_raw_reg_kind {
	MDESC_RAW_REG_CURSOR	= 1,	/* bytes from the packet's first; may be negative */
	MDESC_RAW_REG_STAGE	= 2,	/* the next look-up's, where the table has stages */
	MDESC_RAW_REG_KEY	= 3,	/* what keys are made of */
	MDESC_RAW_REG_RESULT	= 4,	/* what is known of the packet in the end */
	MDESC_RAW_REG_LET	= 5,	/* of one row: 0 before each */
};

struct mdesc_fmt_raw_reg {
	mdesc_fmt_str name;
	mdesc_fmt_str type;	/* the enum's name in the BTF, or "" */
	uint32_t kind;
};

/* MDESC_X_CONST (@imm), NEG to GE without VALUE, LAND, LOR, COND and SLICE (@lo, @width) as in values, and: */
enum mdesc_fmt_raw_op_kind {
	MDESC_T_FIELD	= 64,	/* push field @index of the row's results, or of the key as it was looked up */
	MDESC_T_MASK	= 65,	/* push the mask of result field @index */
	MDESC_T_REG	= 66,	/* push register @index */
	MDESC_T_PACKET	= 67,	/* the top, bytes from the packet's first: @width bits there, in order @lo */
	MDESC_T_LENGTH	= 68,	/* push the packet's length */
	MDESC_T_SET	= 69,	/* register @index becomes the top, which is gone */
	MDESC_T_SETM	= 70,	/* likewise, only bits of the mask on top; the value is below it */
	MDESC_T_ARG	= 71,	/* the top, which is gone: one more of what RECORD or STOP takes, called @index (a
				 * string), of the enum @imm (likewise, or 0) */
	MDESC_T_RECORD	= 72,	/* note these, and the cursor */
	MDESC_T_STOP	= 73,	/* the run ends behind this row; these say how. Nothing else of the row happens. */
	MDESC_T_UNLESS	= 74,	/* go on at operation @index of the effect, a later one, where the top is 0; it is
				 * gone. The stack is empty here, and there. */
	MDESC_T_SKIP	= 75,	/* go on there */
	MDESC_T_GOTO	= 76,	/* the next look-up is in table @index, and in its first stage */
};

struct mdesc_fmt_raw_op {
	uint8_t	 op;
	uint8_t	 lo;
	uint8_t	 width;
	uint8_t	 reserved;
	uint32_t index;
	uint64_t imm;
};

/* Those of a layout stand together, in the order of the layouts. */
struct mdesc_fmt_value {
	mdesc_fmt_str name;	/* "l3.hash"; VALID: of the field or value, or of what is around it */
	mdesc_fmt_str unit;
	mdesc_fmt_str type;	/* ENUM: the enum's name in the BTF */
	mdesc_fmt_str doc;
	uint32_t layout;	/* index in layouts */
	uint32_t expr_first;	/* in exprs */
	uint32_t expr_count;
	uint32_t cond;		/* index in conds, or NONE32 */
	uint32_t valid;		/* index in values, plus 1, smaller than its own; or 0 */
	uint8_t	 role;		/* enum mdesc_fmt_value_role */
	uint8_t	 kind;		/* MDESC_FIELD_UINT, SINT, BOOL or ENUM */
	uint8_t	 order;		/* ALIAS: of the pieces, enum mdesc_fmt_order without RAW; else 0 */
	uint8_t	 width;		/* bits of the value */
	uint32_t flags;
};
#define MDESC_VALUE_DEPRECATED	(1u << 0)
#define MDESC_VALUE_SIGNED	(1u << 1)	/* ENUM: its numbers have a sign */

/* ---- the description ----
 *
 * What the image was made from, word for word: one file in the language's
 * edition 1 that includes no other, of this release, with what -D gave. It is
 * optional, and nothing else in an image depends on it.
 */

enum mdesc_fmt_token_kind {
	MDESC_TOKEN_WORD	= 1,	/* a name or keyword */
	MDESC_TOKEN_NUMBER	= 2,	/* as it was written */
	MDESC_TOKEN_STRING	= 3,	/* its text, nothing escaped */
	MDESC_TOKEN_MARK	= 4,	/* a mark such as { or >= */
	MDESC_TOKEN_DOC		= 5,	/* documentation of what follows; lines end in \n */
};

struct mdesc_fmt_token {
	uint32_t kind_text;	/* the kind in the low 4 bits; text: the string << 4 */
};

/* ---- the digest ---- */

#define MDESC_DIGEST_ELF	"ELF"	/* name of the digest's first entry */

/*
 * The first entry, "ELF", is for the essentials of the ELF file: the SHA-256 of
 * one struct mdesc_fmt_elf, one struct mdesc_fmt_elf_phdr for each program
 * header in order, and one struct mdesc_fmt_elf_shdr for each section that has
 * an entry. These are the sections in the order of their section headers, but
 * for the null section, the note, the digest itself, the signature, .shstrtab
 * and those without SHF_ALLOC. The build id is the first 20 bytes of the
 * SHA-256 of this whole section (struct mdesc_fmt_table included).
 */
struct mdesc_fmt_elf {
	uint8_t	 ident[16];	/* e_ident */
	uint16_t type;
	uint16_t machine;
	uint32_t version;
	uint64_t entry;
	uint32_t flags;
	uint32_t phnum;
};

struct mdesc_fmt_elf_phdr {
	uint32_t type;
	uint32_t flags;
	uint64_t align;
};

struct mdesc_fmt_elf_shdr {
	char	 name[32];	/* padded with zeros */
	uint32_t type;
	uint32_t reserved;
	uint64_t flags;
	uint64_t size;
	uint64_t addralign;
};

struct mdesc_fmt_digest {
	char	name[32];	/* padded with zeros, at least one */
	uint8_t	sha256[32];
};

/* ---- the writer in software ----
 *
 * MDESC_SEC_XDP is an ELF object for the kernel's BPF machine, which does to a
 * packet what the tables say: four XDP programs, of which one is loaded. They are the
 * same but for fragments, and for asking the driver, which a program can only do that
 * is loaded for one interface. A packet's metadata goes in front of it, then a tail
 * call into slot 0 of MDESC_XDP_NEXT runs the user's program; when nothing is there,
 * the metadata is taken away again and the packet passes.
 */

#define MDESC_XDP_PROGRAM	"mdesc_writer"		/* section "xdp" */
#define MDESC_XDP_PROGRAM_FRAGS	"mdesc_writer_frags"	/* section "xdp.frags" */
#define MDESC_XDP_BOUND		"mdesc_bound"		/* as the first, loaded for one interface: asks the driver */
#define MDESC_XDP_BOUND_FRAGS	"mdesc_bound_frags"
#define MDESC_XDP_NEXT		"mdesc_next"		/* PROG_ARRAY, one entry */
#define MDESC_XDP_COUNTERS	"mdesc_counters"	/* PERCPU_ARRAY, one entry: uint64_t [] by: */

/* Each packet is counted once among DROPPED, NO_METADATA and the layouts, and all of them in PACKETS. */
enum mdesc_xdp_counter {
	MDESC_XDP_PACKETS	= 0,
	MDESC_XDP_TRUNCATED	= 1,	/* with metadata; the parser ended with error `truncated` */
	MDESC_XDP_ERRORS	= 2,	/* likewise, with another error */
	MDESC_XDP_DROPPED	= 3,	/* the parser says so: XDP_DROP */
	MDESC_XDP_NO_METADATA	= 4,	/* handed on without: too little room in front of the packet */
	MDESC_XDP_NO_PROGRAM	= 5,	/* nothing is in the slot: XDP_PASS */
	MDESC_XDP_LAYOUT0	= 6,	/* and on: handed on with this layout's metadata */
};

/*
 * The variable of this name in .rodata: set before the program is loaded. What is
 * not asked for costs nothing. Behind it: struct mdesc_xdp_source for each source.
 */
#define MDESC_XDP_CONFIG	"mdesc_config"

struct mdesc_xdp_config {
	uint32_t flags;
	uint32_t source_count;		/* as the image's; not to be changed */
};
/* Ask the driver, by the kernel's calls; only the bound programs do. */
#define MDESC_XDP_USE_TIMESTAMP	(1u << 0)
#define MDESC_XDP_USE_HASH	(1u << 1)
#define MDESC_XDP_USE_VLAN_TAG	(1u << 2)
#define MDESC_XDP_COUNT		(1u << 3)	/* keep MDESC_XDP_COUNTERS */
#define MDESC_XDP_ALL_SET	(1u << 4)	/* all sources are SET, which need not be looked at singly */

struct mdesc_xdp_source {
	uint64_t value;			/* SET: what it is for all packets */
	uint32_t flags;
	uint32_t kind;			/* enum mdesc_xdp_source_kind; not to be changed */
};
#define MDESC_XDP_SOURCE_SET	(1u << 0)

/* What a source is that is not SET; the first is for where the driver is asked and has an answer. */
enum mdesc_xdp_source_kind {
	MDESC_XDP_SOURCE_ZERO		= 0,	/* 0 */
	MDESC_XDP_SOURCE_TIME		= 1,	/* its timestamp, in the source's unit; else the time since boot */
	MDESC_XDP_SOURCE_HASH		= 2,	/* its hash; else one of addresses and ports */
	MDESC_XDP_SOURCE_VLAN_TCI	= 3,	/* of the tag that it took off; else 0 */
	MDESC_XDP_SOURCE_VLAN_PROTO	= 4,
};

#ifndef __cplusplus
_Static_assert(sizeof(struct mdesc_fmt_hdr) == 24, "hdr");
_Static_assert(sizeof(struct mdesc_fmt_ident) == 16, "ident");
_Static_assert(sizeof(struct mdesc_fmt_next) == 8, "next");
_Static_assert(sizeof(struct mdesc_fmt_target) == 88, "target");
_Static_assert(sizeof(struct mdesc_fmt_header) == 40, "header");
_Static_assert(sizeof(struct mdesc_fmt_register) == 12, "register");
_Static_assert(sizeof(struct mdesc_fmt_state) == 28, "state");
_Static_assert(sizeof(struct mdesc_fmt_keys) == 100, "keys");
_Static_assert(sizeof(struct mdesc_fmt_row) == 68, "row");
_Static_assert(sizeof(struct mdesc_fmt_op) == 24, "op");
_Static_assert(sizeof(struct mdesc_fmt_class) == 40, "class");
_Static_assert(sizeof(struct mdesc_fmt_class_row) == 40, "class_row");
_Static_assert(sizeof(struct mdesc_fmt_source) == 20, "source");
_Static_assert(sizeof(struct mdesc_fmt_layout) == 56, "layout");
_Static_assert(sizeof(struct mdesc_fmt_field) == 44, "field");
_Static_assert(sizeof(struct mdesc_fmt_cond) == 24, "cond");
_Static_assert(sizeof(struct mdesc_fmt_range) == 16, "range");
_Static_assert(sizeof(struct mdesc_fmt_expr) == 16, "expr");
_Static_assert(sizeof(struct mdesc_fmt_config) == 20, "config");
_Static_assert(sizeof(struct mdesc_fmt_value) == 44, "value");
_Static_assert(sizeof(struct mdesc_fmt_raw) == 80, "raw");
_Static_assert(sizeof(struct mdesc_fmt_raw_part) == 20, "raw_part");
_Static_assert(sizeof(struct mdesc_fmt_raw_field) == 56, "raw_field");
_Static_assert(sizeof(struct mdesc_fmt_raw_piece) == 4, "raw_piece");
_Static_assert(sizeof(struct mdesc_fmt_raw_row) == 12, "raw_row");
_Static_assert(sizeof(struct mdesc_fmt_raw_start) == 16, "raw_start");
_Static_assert(sizeof(struct mdesc_fmt_raw_bytes) == 4, "raw_bytes");
_Static_assert(sizeof(struct mdesc_fmt_raw_reg) == 12, "raw_reg");
_Static_assert(sizeof(struct mdesc_fmt_raw_op) == 16, "raw_op");
_Static_assert(sizeof(struct mdesc_fmt_token) == 4, "token");
_Static_assert(sizeof(struct mdesc_fmt_elf) == 40, "elf");
_Static_assert(sizeof(struct mdesc_fmt_elf_phdr) == 16, "elf_phdr");
_Static_assert(sizeof(struct mdesc_fmt_elf_shdr) == 64, "elf_shdr");
_Static_assert(sizeof(struct mdesc_fmt_digest) == 64, "digest");
_Static_assert(sizeof(struct mdesc_xdp_config) == 8, "config");
_Static_assert(sizeof(struct mdesc_xdp_source) == 16, "source");
#endif

#endif /* MDESC_FORMAT_H */

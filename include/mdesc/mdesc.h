/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * libmdesc: the public API of the runtime.
 *
 * It opens firmware images, tells what they hold, reads values out of metadata
 * bytes, runs an image's parser over packets in software (refnic), and opens
 * BPF objects against an image's BTF and the kernel's.
 *
 * What holds everywhere:
 *  - Structs without a definition here are opaque. Functions are named
 *    object__verb.
 *  - A function that returns int returns 0 or a positive result, or -errno. A
 *    function that returns a pointer returns NULL on failure and sets errno.
 *  - A function with a parameter @err fills that record on failure, when @err
 *    is not NULL, with a class and one line of text without newline.
 *  - Options and infos begin with @sz, their size as the caller was compiled
 *    with; MDESC_OPTS() and MDESC_INFO() set it.
 *  - Strings and handles that an image gives out belong to the image and live
 *    until mdesc_image__close(). "" where there is no text, never NULL, unless
 *    said otherwise.
 *  - Nothing is printed, nothing exits, there is no global state. An image is
 *    never modified after it was opened: threads can share it. A refnic belongs
 *    to one thread at a time; an image can have several.
 */
#ifndef MDESC_MDESC_H
#define MDESC_MDESC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <mdesc/format.h>
#include <mdesc/handle.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef MDESC_API
#define MDESC_API __attribute__((visibility("default")))
#endif

struct btf;
struct bpf_object;
struct bpf_object_open_opts;

struct mdesc_image;
struct mdesc_layout;
struct mdesc_field;
struct mdesc_value;
struct mdesc_source;
struct mdesc_refnic;
struct mdesc_rawnic;

/* Declare and set an options struct: MDESC_OPTS(mdesc_image_open_opts, o, .name = "x"); */
#define MDESC_OPTS(TYPE, NAME, ...)					\
	struct TYPE NAME = { .sz = sizeof(struct TYPE), __VA_ARGS__ }
/* Declare an info struct to be filled: MDESC_INFO(mdesc_target_info, t); */
#define MDESC_INFO(TYPE, NAME)						\
	struct TYPE NAME = { .sz = sizeof(struct TYPE) }

/* ---- errors ---- */

/*
 * What kind of failure it was. The numbers are the exit codes of the mdesc
 * command and never change.
 */
enum mdesc_class {
	MDESC_CLASS_NONE	= 0,	/* no error */
	MDESC_CLASS_INPUT	= 1,	/* what the caller gave is wrong */
	MDESC_CLASS_SYSTEM	= 2,	/* the system failed: memory, files; or misuse of the API */
	MDESC_CLASS_NOT_FOUND	= 3,	/* nothing has that name, id or path */
	MDESC_CLASS_AMBIGUOUS	= 4,	/* several have, and they differ */
	MDESC_CLASS_CORRUPT	= 5,	/* damaged, foreign, or not what was trusted */
	MDESC_CLASS_DENIED	= 6,	/* no permission, or not supported here */
	MDESC_CLASS_NEWER	= 7,	/* a newer format than this library knows */
};

/**
 * struct mdesc_error - why a call failed
 * @code: -errno, the same that the call returned or set; 0: no error
 * @kind: enum mdesc_class
 * @offset: bytes into @section where a damaged image is wrong
 * @section: the section of the image that is wrong, "ELF" for the file's
 *	frame (@offset is then one into the file); "" where no section is to blame
 * @text: one line, without newline, always terminated; it names section and
 *	offset, too
 *
 * Given by the caller, who need not initialise it. Its size never changes.
 */
struct mdesc_error {
	int	 code;
	int	 kind;
	uint64_t offset;
	char	 section[32];
	char	 text[1488];
};

/**
 * mdesc_class_name() - a short name of an error class, such as "corrupt"
 */
MDESC_API const char *mdesc_class_name(int kind);

/**
 * mdesc_version() - the version of the library, such as "0.1.0"
 */
MDESC_API const char *mdesc_version(void);

/* ---- images ---- */

/**
 * struct mdesc_image_open_opts - how to open an image
 * @sz: size of this struct
 * @name: what error texts call an image that comes from memory (default
 *	"image"); from a file, its path. Borrowed for the call.
 * @borrow: mdesc_image__open_mem() only: do not copy; the bytes must stay
 *	unchanged and in place until the image is closed
 * @build_id: open only an image with this build id (anything else:
 *	-EKEYREJECTED, class corrupt); NULL: any
 * @build_id_size: bytes of @build_id, at least 4: a prefix is enough
 * @cert_dir: directory of the certificates that are trusted to sign images; NULL:
 *	MDESC_CERT_DIR
 * @require_signature: open only an image that has a good signature by one of
 *	them (anything else: -EKEYREJECTED, class corrupt)
 */
struct mdesc_image_open_opts {
	size_t sz;
	const char *name;
	bool borrow;
	const uint8_t *build_id;
	size_t build_id_size;
	const char *cert_dir;
	bool require_signature;
};

/* Where the certificates are that are trusted to sign images, unless said otherwise. */
#define MDESC_CERT_DIR "/etc/mdesc/certs"

/**
 * mdesc_image__open() - open and check a firmware image
 * @path: the file
 * @opts: options, or NULL
 * @err: error record, or NULL
 *
 * Everything is checked here, once: the ELF frame, the digest of every section,
 * every offset, count, index and string, and the BTF. What the image gives out
 * afterwards can be relied upon, except for its origin: compare the build id
 * with one that you trust.
 *
 * Return: the image, or NULL with errno: ENOENT and the like for the file,
 * EBADMSG for a damaged image (class corrupt), ENOTSUP for one of a newer format
 * (class newer), EKEYREJECTED for another build id or what signature is asked for
 * and not there, ENOMEM.
 */
MDESC_API struct mdesc_image *
mdesc_image__open(const char *path, const struct mdesc_image_open_opts *opts,
		  struct mdesc_error *err);

/**
 * mdesc_image__open_mem() - the same from memory
 * @data: the bytes of the whole file; copied unless @opts->borrow
 * @size: how many
 */
MDESC_API struct mdesc_image *
mdesc_image__open_mem(const void *data, size_t size,
		      const struct mdesc_image_open_opts *opts,
		      struct mdesc_error *err);

/**
 * mdesc_image__close() - free an image and all that it gave out
 * @img: the image, or NULL. Its refnics must have been freed before.
 */
MDESC_API void mdesc_image__close(struct mdesc_image *img);

/**
 * mdesc_image__name() - the path it was opened from, or the name given
 */
MDESC_API const char *mdesc_image__name(const struct mdesc_image *img);

/**
 * mdesc_image__ident() - the first identity entry of a kind
 * @kind: enum mdesc_fmt_ident_kind: MDESC_IDENT_DEVICE, _DRIVER, _FIRMWARE,
 *	_PREFIX, _LICENSE, _PARSER, _COMPILER
 *
 * Return: its value; "" if the image has none.
 */
MDESC_API const char *mdesc_image__ident(const struct mdesc_image *img, int kind);

/**
 * struct mdesc_match - a `match` line: finer identity of the hardware
 * @where: who reports it, such as "devlink"
 * @key: its name there, such as "fw.app"
 * @glob: the pattern that the value must match
 */
struct mdesc_match {
	const char *where;
	const char *key;
	const char *glob;
};

/**
 * mdesc_image__match_count() - how many match lines the image has
 * mdesc_image__match() - get match line @idx; -ENOENT beyond the last
 */
MDESC_API size_t mdesc_image__match_count(const struct mdesc_image *img);
MDESC_API int mdesc_image__match(const struct mdesc_image *img, size_t idx,
				 struct mdesc_match *match);

/**
 * mdesc_image__format_major() - the format version of the image
 * mdesc_image__format_minor()
 */
MDESC_API unsigned int mdesc_image__format_major(const struct mdesc_image *img);
MDESC_API unsigned int mdesc_image__format_minor(const struct mdesc_image *img);

/**
 * mdesc_image__build_id() - the build id: MDESC_FMT_BUILD_ID bytes
 * mdesc_image__build_id_hex() - the same as 40 lower-case hexadecimal digits
 */
MDESC_API const uint8_t *mdesc_image__build_id(const struct mdesc_image *img);
MDESC_API const char *mdesc_image__build_id_hex(const struct mdesc_image *img);

/**
 * mdesc_image__signer() - who signed the image, as its certificate says
 *
 * Return: the subject ("CN=fleet,O=example"); "" where opening did not require
 * a signature, whether there is one or not: only what was checked has a signer.
 */
MDESC_API const char *mdesc_image__signer(const struct mdesc_image *img);

/**
 * mdesc_image__verify() - compute all digests again over the image's bytes
 *
 * Opening has done this; it is useful where borrowed bytes may have changed.
 *
 * Return: 0, or -EBADMSG (class corrupt).
 */
MDESC_API int mdesc_image__verify(const struct mdesc_image *img,
				  struct mdesc_error *err);

/* ---- fetching images by build id, and publishing them ----
 *
 * A fleet's images lie on debuginfod servers, under their build ids. $DEBUGINFOD_URLS
 * names the servers, and the cache is that of debuginfod's client
 * ($DEBUGINFOD_CACHE_PATH, ~/.cache/debuginfod_client), which remembers misses, too.
 * What comes from there is trusted only as far as the build id proves it.
 */

/**
 * struct mdesc_fetch_opts - how to fetch
 * @sz: size of this struct
 * @timeout_ms: for the whole call, however many servers there are; 0: 10 s. It is
 *	looked at about once a second.
 * @progress: called about once a second and as data come, with @progress_ctx, the
 *	bytes that came and how many it will be (both 0: no server sends yet, or
 *	it does not say how much); not 0: give up (-ECANCELED). NULL: nobody asks.
 * @progress_ctx: for @progress
 * @cert_dir: see struct mdesc_image_open_opts
 * @require_signature: see struct mdesc_image_open_opts
 */
struct mdesc_fetch_opts {
	size_t sz;
	unsigned int timeout_ms;
	int (*progress)(void *ctx, uint64_t done, uint64_t all);
	void *progress_ctx;
	const char *cert_dir;
	bool require_signature;
};

/**
 * mdesc_image__fetch() - get an image by its build id
 * @build_id: MDESC_FMT_BUILD_ID bytes
 * @opts: options, or NULL
 *
 * From the cache, or else from the servers. It is opened with all checks of
 * mdesc_image__open(), and is the image with this very build id. What fails them
 * does not stay in the cache.
 *
 * Return: the image, to be closed by mdesc_image__close(); NULL with errno: ENOENT
 * (no server has it, class not found), EDESTADDRREQ (no server is named), ETIMEDOUT,
 * ECONNREFUSED and the like for servers (class system), ECANCELED; EFBIG, EBADMSG,
 * EKEYREJECTED for what is no such image (class corrupt); ENOTSUP without
 * libdebuginfod (class denied).
 */
MDESC_API struct mdesc_image *
mdesc_image__fetch(const uint8_t *build_id, const struct mdesc_fetch_opts *opts,
		   struct mdesc_error *err);

/* The BTF of an image that was not fetched itself. */
struct mdesc_fetched_btf;

/**
 * mdesc_btf__fetch() - get only the BTF of an image
 *
 * Fetches .mdesc.digest, which the build id proves, and .BTF, which that proves:
 * a few KiB, whatever else the image holds. With @opts->require_signature
 * .mdesc.sig as well.
 *
 * Return: as mdesc_image__fetch(); to be freed by mdesc_fetched_btf__free().
 */
MDESC_API struct mdesc_fetched_btf *
mdesc_btf__fetch(const uint8_t *build_id, const struct mdesc_fetch_opts *opts,
		 struct mdesc_error *err);

/**
 * mdesc_fetched_btf__bytes() - the BTF, for struct mdesc_stitch_opts; belongs to @btf
 * mdesc_fetched_btf__signer() - as mdesc_image__signer()
 * mdesc_fetched_btf__free() - free it, or NULL
 */
struct mdesc_btf_bytes;
MDESC_API const struct mdesc_btf_bytes *
mdesc_fetched_btf__bytes(const struct mdesc_fetched_btf *btf);
MDESC_API const char *mdesc_fetched_btf__signer(const struct mdesc_fetched_btf *btf);
MDESC_API void mdesc_fetched_btf__free(struct mdesc_fetched_btf *btf);

/**
 * struct mdesc_publish_opts - how to publish
 * @sz: size of this struct
 * @resigned: where the image is there already with another signature, publish
 *	this one beside it; a server serves the younger one
 */
struct mdesc_publish_opts {
	size_t sz;
	bool resigned;
};

/**
 * mdesc_image__publish() - store an image for a debuginfod server to serve
 * @img: the image
 * @dir: the directory, which must be there
 * @opts: options, or NULL
 * @path: set to the file's path, to be freed by the caller; NULL: not wanted
 *
 * The file is DIR/BUILDID.fw, or, @opts->resigned, DIR/BUILDID.DIGEST.fw. Such a file
 * appears whole and never changes afterwards: servers and caches do not notice.
 *
 * Return: 1 if it was stored, 0 if it is there; -EEXIST where DIR/BUILDID.fw is the
 * image with another signature, or none (class input); -EBADMSG where it is something
 * else (class corrupt); -ENOENT and the like for the directory.
 */
MDESC_API int mdesc_image__publish(const struct mdesc_image *img, const char *dir,
				   const struct mdesc_publish_opts *opts, char **path,
				   struct mdesc_error *err);

/* ---- signing images ---- */

/**
 * enum mdesc_sign_existing - what becomes of the signature that an image has
 * @MDESC_SIGN_REFUSE: to sign it is an error (-EEXIST, class input)
 * @MDESC_SIGN_REPLACE: it is replaced
 * @MDESC_SIGN_ADD: it stays, and one more signer stands beside it. One that is
 *	trusted is enough for a reader: so keys are changed.
 */
enum mdesc_sign_existing {
	MDESC_SIGN_REFUSE	= 0,
	MDESC_SIGN_REPLACE	= 1,
	MDESC_SIGN_ADD		= 2,
};

/**
 * struct mdesc_sign_opts - how to sign
 * @sz: size of this struct
 * @passphrase: opens the key file where it is encrypted; NULL: it is not
 * @existing: enum mdesc_sign_existing
 */
struct mdesc_sign_opts {
	size_t sz;
	const char *passphrase;
	int existing;
};

/**
 * mdesc_image__sign() - make the signed form of an image
 * @img: the image, which is not changed
 * @key: file of the private key, PEM or DER: RSA from 2048 bits, or P-256 (P-384, P-521)
 * @cert: file of its certificate, PEM or DER; further ones in it go into the
 *	signature, too
 * @opts: options, or NULL
 * @data: set to the bytes of the signed image, to be freed by the caller
 * @size: set to how many
 *
 * The signature is a detached CMS one over the section .mdesc.digest, in the
 * section .mdesc.sig, as `openssl cms -sign -binary -noattr` makes it. The build id
 * and all that the digest covers stay as they are.
 *
 * Return: 0; -EEXIST for a signed image, -EINVAL for a key or certificate that
 * is none, does not fit the other or is not for signing (class input); -ENOENT and
 * the like for files; -ENOTSUP without libcrypto (class denied).
 */
MDESC_API int mdesc_image__sign(const struct mdesc_image *img, const char *key, const char *cert,
				const struct mdesc_sign_opts *opts, void **data, size_t *size,
				struct mdesc_error *err);

/**
 * mdesc_image__attach_signature() - the same with a signature that was made elsewhere
 * @path: file of the CMS signature in DER
 * @cert: file of certificates, one of which it must be by; NULL: of one that came with it
 */
MDESC_API int mdesc_image__attach_signature(const struct mdesc_image *img, const char *path,
					    const char *cert, const struct mdesc_sign_opts *opts,
					    void **data, size_t *size, struct mdesc_error *err);

/**
 * struct mdesc_digest_info - an entry of the digest table
 * @name: the section's name; "ELF" for the frame of the file
 * @sha256: 32 bytes
 */
struct mdesc_digest_info {
	size_t sz;
	const char *name;
	const uint8_t *sha256;
};

MDESC_API size_t mdesc_image__digest_count(const struct mdesc_image *img);
MDESC_API int mdesc_image__digest(const struct mdesc_image *img, size_t idx,
				  struct mdesc_digest_info *info);

/**
 * struct mdesc_section_info - a section of the file
 * @name: its name
 * @data: its bytes, inside the image
 * @size: how many
 * @offset: of the first, in the file
 * @entries: of a table; 0 for what is no table
 * @entry_size: bytes an entry; 0 for what is no table
 * @known: whether this version of the library knows the section
 */
struct mdesc_section_info {
	size_t sz;
	const char *name;
	const void *data;
	size_t size;
	uint64_t offset;
	uint32_t entries;
	uint32_t entry_size;
	bool known;
};

/**
 * mdesc_image__section_count() - sections, the null section not counted
 * mdesc_image__section() - get section @idx, in file order; -ENOENT beyond the last
 * mdesc_image__section_by_name() - get a section by name; -ENOENT
 */
MDESC_API size_t mdesc_image__section_count(const struct mdesc_image *img);
MDESC_API int mdesc_image__section(const struct mdesc_image *img, size_t idx,
				   struct mdesc_section_info *info);
MDESC_API int mdesc_image__section_by_name(const struct mdesc_image *img,
					   const char *name,
					   struct mdesc_section_info *info);

/**
 * mdesc_image__data() - all bytes of the file
 * @size: set to how many there are
 */
MDESC_API const void *mdesc_image__data(const struct mdesc_image *img, size_t *size);

/**
 * mdesc_image__btf_data() - the raw bytes of the image's BTF
 * @size: set to how many there are
 *
 * Self-contained, little-endian; ready for libbpf's btf__new().
 */
MDESC_API const void *mdesc_image__btf_data(const struct mdesc_image *img, uint32_t *size);

/**
 * mdesc_image__btf() - the same, parsed by libbpf
 *
 * Belongs to the image: do not modify or free it.
 */
MDESC_API const struct btf *mdesc_image__btf(const struct mdesc_image *img);

/**
 * struct mdesc_target_info - the machine that the image was made for
 * @name: of the target
 * @flags: MDESC_TARGET_LOOPS, MDESC_TARGET_ARITHMETIC, ...
 * @rows: limit of rows; and so on for the other limits, see
 *	struct mdesc_fmt_target
 * @lookups: pieces of a key, never 0 where the key has bytes
 * @lookup_bytes: bytes of each
 */
struct mdesc_target_info {
	size_t sz;
	const char *name;
	uint32_t flags;
	uint32_t rows;
	uint32_t states;
	uint32_t steps;
	uint32_t key_bytes;
	uint32_t reach;
	uint32_t writes;
	uint32_t metadata_bytes;
	uint32_t register_bits;
	uint32_t sticky_flags;
	uint32_t class_rows;
	uint32_t lookups;
	uint32_t lookup_bytes;
	uint32_t window;
	uint32_t boost_rows;
	uint32_t stages;
	uint32_t stage_rows;
	uint32_t skip;
	uint32_t arcs_in;
	uint32_t arcs_out;
	uint32_t shift;
};

/**
 * mdesc_image__description() - get the description that an image was made from
 * @img: the image
 * @text: set to it, to be freed by the caller: UTF-8, ends in a newline and NUL
 * @size: set to its bytes, without the NUL
 * @err: filled on failure, or NULL
 *
 * One file of the .mdesc language, without includes; mdescc makes the same
 * image of it.
 *
 * Return: 0; -ENOENT where the image holds none; -ENOTSUP where it is of a
 * newer format; -ENOMEM.
 */
MDESC_API int mdesc_image__description(const struct mdesc_image *img, char **text, size_t *size,
				       struct mdesc_error *err);

/**
 * mdesc_image__print_tables() - print an image's tables, for people
 * @img: the image
 * @out: where to; whether all could be written, ferror() tells
 * @err: filled on failure, or NULL
 *
 * Headers, registers, sources, configuration, states and classifications with
 * their rows, layouts with what is computed from their fields, operations. Fields
 * themselves are what `mdesc show` prints. The text may change from version to
 * version.
 *
 * Return: 0; -ENOTSUP where the tables are of a newer format; -ENOENT where
 * there are none.
 */
MDESC_API int mdesc_image__print_tables(const struct mdesc_image *img, FILE *out, struct mdesc_error *err);

/**
 * mdesc_image__target() - get the target; -ENOENT for an image without a parser
 */
MDESC_API int mdesc_image__target(const struct mdesc_image *img,
				  struct mdesc_target_info *info);

/**
 * mdesc_image__row_count() - rows, states and headers of the image's parser
 * mdesc_image__state_count()
 * mdesc_image__header_count()
 * mdesc_image__state_name() - NULL beyond the last
 * mdesc_image__header_name() - of the instance; NULL beyond the last
 * mdesc_image__header_shown() - is it a header, stack or mark of the description? The machine's
 * table of headers also has parts of headers and what else happens at the cursor.
 */
MDESC_API size_t mdesc_image__row_count(const struct mdesc_image *img);
MDESC_API size_t mdesc_image__state_count(const struct mdesc_image *img);
MDESC_API size_t mdesc_image__header_count(const struct mdesc_image *img);
MDESC_API const char *mdesc_image__state_name(const struct mdesc_image *img, size_t idx);
MDESC_API const char *mdesc_image__header_name(const struct mdesc_image *img, size_t idx);
MDESC_API bool mdesc_image__header_shown(const struct mdesc_image *img, size_t idx);

/**
 * struct mdesc_register_info - what the parser keeps for a packet
 * @name: in the description
 * @type: the enum of its values, or ""
 * @kind: enum mdesc_fmt_register_kind: a register, a flag, a counter
 * @bits: that it has
 */
struct mdesc_register_info {
	size_t sz;
	const char *name;
	const char *type;
	int kind;
	unsigned int bits;
};

/**
 * struct mdesc_class_info - a classification, which gives a packet type
 * @name: in the description
 * @type: the enum of its values, or ""
 * @bits: of a value
 * @key_bits: that its rows compare
 * @rows: how many it has
 */
struct mdesc_class_info {
	size_t sz;
	const char *name;
	const char *type;
	unsigned int bits;
	unsigned int key_bits;
	unsigned int rows;
};

/**
 * mdesc_image__register() - get register, flag or counter @idx; -ENOENT beyond the last
 * mdesc_image__class() - the same for classifications
 */
MDESC_API int mdesc_image__register(const struct mdesc_image *img, size_t idx,
				    struct mdesc_register_info *info);
MDESC_API int mdesc_image__class(const struct mdesc_image *img, size_t idx,
				 struct mdesc_class_info *info);

/**
 * struct mdesc_table_info - a raw table: rows as hardware holds them
 * @name: in the description
 * @doc: its documentation, or ""
 * @first_stage: the number of its first stage; 0 where it has none
 * @stages: how many it has; 1 where it has none
 * @rows: of each stage
 * @listed: of all rows, those that the description has, reserved ones among them
 * @word_bits: 8, 16, 32 or 64
 * @row_words: words of a row
 * @key_words: the first of them, which are the encoded key
 * @key_bits: of the key
 * @words: all rows, as hardware takes them: stage by stage, row by row, in the byte order of the table; the image's
 * @size: bytes of that
 */
struct mdesc_table_info {
	size_t sz;
	const char *name;
	const char *doc;
	unsigned int first_stage;
	unsigned int stages;
	unsigned int rows;
	unsigned int listed;
	unsigned int word_bits;
	unsigned int row_words;
	unsigned int key_words;
	unsigned int key_bits;
	const void *words;
	size_t size;
};

/** mdesc_image__table() - get raw table @idx; -ENOENT beyond the last */
MDESC_API int mdesc_image__table(const struct mdesc_image *img, size_t idx, struct mdesc_table_info *info);

/* ---- finding the image of the running hardware ---- */

struct mdesc_identity;
struct mdesc_found;
struct mdesc_finder;

/*
 * What is known about a device. The numbers never change.
 */
enum mdesc_identity_kind {
	MDESC_ID_IFACE		= 1,	/* the interface's name; nothing matches it */
	MDESC_ID_DRIVER		= 2,	/* what the kernel calls the driver */
	MDESC_ID_FIRMWARE	= 3,	/* the firmware version that ethtool reports */
	MDESC_ID_BUS		= 4,	/* the bus address, such as "0000:03:00.0" */
	MDESC_ID_SERIAL		= 5,	/* the device's serial number */
	MDESC_ID_BOARD_SERIAL	= 6,	/* the board's */
	MDESC_ID_RUNNING	= 7,	/* a version by key, as devlink reports it: what runs, */
	MDESC_ID_FIXED		= 8,	/* what is built in, */
	MDESC_ID_STORED		= 9,	/* what is stored and runs after the next reset */
};

/**
 * mdesc_identity__new() - an identity of which nothing is known yet
 * @err: filled on failure, or NULL
 *
 * Return: the identity, to be freed with mdesc_identity__free(); NULL with ENOMEM.
 */
MDESC_API struct mdesc_identity *mdesc_identity__new(struct mdesc_error *err);

/**
 * mdesc_identity__from_iface() - the identity of a network interface
 * @iface: its name, in the caller's network namespace
 * @err: filled on failure, or NULL
 *
 * Asks the kernel: ethtool's driver info, and devlink info, where the device
 * has it. What the kernel does not tell is unknown, which is no failure, except
 * for the driver.
 *
 * Return: the identity; NULL with errno ENODEV (class not found: there is no such
 * interface), EOPNOTSUPP (class denied: it has no driver info), EPERM (class
 * denied), ENOMEM and the like.
 */
MDESC_API struct mdesc_identity *mdesc_identity__from_iface(const char *iface, struct mdesc_error *err);
MDESC_API void mdesc_identity__free(struct mdesc_identity *id);

/**
 * mdesc_identity__set() - say what a device is, or what it is to be taken for
 * @id: the identity
 * @kind: enum mdesc_identity_kind
 * @key: of a version, such as "fw.app"; NULL for other kinds
 * @value: replaces what was known; copied. NULL: unknown
 * @err: filled on failure, or NULL
 *
 * Return: 0; -EINVAL (class input) where text is not printable, longer than 255
 * bytes, or there are more than 256 versions; -ENOMEM.
 */
MDESC_API int mdesc_identity__set(struct mdesc_identity *id, int kind, const char *key, const char *value,
				  struct mdesc_error *err);

/**
 * mdesc_identity__get() - what is known
 * @kind: enum mdesc_identity_kind
 * @key: of a version; NULL for other kinds
 *
 * Return: the value, "" where it is not known; lives until the identity changes.
 */
MDESC_API const char *mdesc_identity__get(const struct mdesc_identity *id, int kind, const char *key);

/**
 * struct mdesc_identity_version - a version that devlink reports
 * @kind: MDESC_ID_RUNNING, _FIXED or _STORED
 * @key: such as "fw.app"
 * @value: the version
 */
struct mdesc_identity_version {
	size_t sz;
	int kind;
	const char *key;
	const char *value;
};

/**
 * mdesc_identity__version_count() - how many versions are known
 * mdesc_identity__version() - get one; -ENOENT beyond the last
 */
MDESC_API size_t mdesc_identity__version_count(const struct mdesc_identity *id);
MDESC_API int mdesc_identity__version(const struct mdesc_identity *id, size_t idx,
				      struct mdesc_identity_version *version);

/* What a line of a search's trace is about. */
enum mdesc_find_verdict {
	MDESC_FIND_LOOKED	= 1,	/* a place was looked into */
	MDESC_FIND_MISS		= 2,	/* what is there does not match, or nothing is there */
	MDESC_FIND_SKIPPED	= 3,	/* it cannot be used: damaged, newer, unreadable, not trusted */
	MDESC_FIND_MATCH	= 4,	/* it matches, and the best match is wanted */
	MDESC_FIND_HIT		= 5,	/* this is what was found */
};

/**
 * struct mdesc_find_step - a line of the trace
 * @verdict: enum mdesc_find_verdict
 * @detail: one of very many: an image that is for another driver
 * @where: a path, or what was asked
 * @text: one line: what was there, or why it was not taken
 */
struct mdesc_find_step {
	size_t sz;
	int verdict;
	bool detail;
	const char *where;
	const char *text;
};

/**
 * struct mdesc_find_opts - where to look
 * @sz: size of this struct
 * @path: an image, or a file with BTF: it is taken, whatever the identity
 * @root: look into the system below this folder: the standard directories, the
 *	file of ids and the kernel's BTF are taken from there, and $MDESC_PATH does
 *	not count; NULL: this system
 * @dirs: directories of images instead of $MDESC_PATH (ignored where the program
 *	has more rights than its caller), /etc/mdesc and /lib/firmware/mdesc
 * @dir_count: how many
 * @ids: the file of build ids instead of /etc/mdesc/ids
 * @cache_dir: where the index of a directory is kept; NULL: $XDG_CACHE_HOME/mdesc,
 *	without that /var/cache/mdesc for root, ~/.cache/mdesc for others
 * @no_cache: neither read nor write an index
 * @no_kernel: do not look for BTF that the kernel exports: only an image will do
 * @no_fetch: do not ask debuginfod
 * @fetch: how to ask it, or NULL. What @open says of signatures holds for it, too.
 * @open: options for opening images: what is not trusted is not taken; NULL: none.
 *	@name, @borrow and @build_id of it do not count
 * @trace: called for each line of the trace, with @trace_ctx; NULL: no trace
 * @trace_ctx: for @trace
 */
struct mdesc_find_opts {
	size_t sz;
	const char *path;
	const char *root;
	const char *const *dirs;
	size_t dir_count;
	const char *ids;
	const char *cache_dir;
	bool no_cache;
	bool no_kernel;
	bool no_fetch;
	const struct mdesc_fetch_opts *fetch;
	const struct mdesc_image_open_opts *open;
	void (*trace)(void *ctx, const struct mdesc_find_step *step);
	void *trace_ctx;
};

/**
 * mdesc_find() - find the image of a device
 * @id: what is known about the device
 * @opts: where to look, or NULL
 * @err: filled on failure, or NULL
 *
 * In this order, and the first hit wins: the path that was given; BTF that the
 * kernel's driver exports (/sys/kernel/btf/DRIVER or mdesc_DRIVER, if its types
 * carry the tag mdesc:device=); the directories of images, by driver, firmware
 * version and `match` lines, the best match first (doc/find.md); the build id that
 * devlink or the file of ids names, in these directories and then from debuginfod.
 *
 * Directories of a thousand files and more are looked through by several threads,
 * which end before the call returns and take no signals.
 *
 * Return: what was found, to be freed with mdesc_found__free(); NULL with errno
 * ENOENT (class not found; the text says where it looked), ENOTUNIQ (class
 * ambiguous: two match equally well), EINVAL (class input: the file of ids), and
 * where nothing but unusable images was there, what was wrong with the best; if a
 * server did not answer, what mdesc_image__fetch() said.
 */
MDESC_API struct mdesc_found *mdesc_find(const struct mdesc_identity *id, const struct mdesc_find_opts *opts,
					 struct mdesc_error *err);

/**
 * mdesc_finder__new() - the same for several devices: the directories are read once
 * mdesc_finder__find()
 * mdesc_finder__free()
 *
 * What changes in the directories after the first search is not noticed. The
 * options are borrowed until the finder is freed. A finder belongs to one thread at
 * a time.
 */
MDESC_API struct mdesc_finder *mdesc_finder__new(const struct mdesc_find_opts *opts, struct mdesc_error *err);
MDESC_API struct mdesc_found *mdesc_finder__find(struct mdesc_finder *finder, const struct mdesc_identity *id,
						 struct mdesc_error *err);
MDESC_API void mdesc_finder__free(struct mdesc_finder *finder);

/* Where something was found. */
enum mdesc_found_how {
	MDESC_FOUND_PATH	= 1,	/* it was given */
	MDESC_FOUND_KERNEL	= 2,	/* the kernel exports it: BTF, no image */
	MDESC_FOUND_MATCH	= 3,	/* an image in a directory says that it is for the device */
	MDESC_FOUND_BUILD_ID	= 4,	/* the image in a directory that has the device's build id */
	MDESC_FOUND_FETCHED	= 5,	/* from debuginfod */
};

/**
 * mdesc_found__how() - enum mdesc_found_how
 * mdesc_found__path() - the file: an image, or BTF (split BTF of the kernel's in
 *	/sys/kernel/btf); "" for what was fetched, which is in memory only
 * mdesc_found__image() - the image, opened and checked; NULL for BTF. Belongs to
 *	@found.
 * mdesc_found__take_image() - the same, to be closed by the caller
 * mdesc_found__why() - what made it the one, such as `firmware "1.4.0"`
 * mdesc_found__warning() - what of better matches could not be used; "" if there
 *	was none: worth showing to people
 * mdesc_found__free()
 */
MDESC_API int mdesc_found__how(const struct mdesc_found *found);
MDESC_API const char *mdesc_found__path(const struct mdesc_found *found);
MDESC_API const struct mdesc_image *mdesc_found__image(const struct mdesc_found *found);
MDESC_API struct mdesc_image *mdesc_found__take_image(struct mdesc_found *found);
MDESC_API const char *mdesc_found__why(const struct mdesc_found *found);
MDESC_API const char *mdesc_found__warning(const struct mdesc_found *found);
MDESC_API void mdesc_found__free(struct mdesc_found *found);

/* ---- sources: what the hardware knows besides the packet ---- */

/**
 * mdesc_image__source_count() - how many sources the image has
 * mdesc_image__source() - the source at @idx; NULL with ENOENT beyond the last
 * mdesc_image__source_by_name() - NULL with ENOENT where none has the name
 */
MDESC_API size_t mdesc_image__source_count(const struct mdesc_image *img);
MDESC_API const struct mdesc_source *
mdesc_image__source(const struct mdesc_image *img, size_t idx);
MDESC_API const struct mdesc_source *
mdesc_image__source_by_name(const struct mdesc_image *img, const char *name);

/**
 * mdesc_source__index() - its place in the array of values for a refnic
 * mdesc_source__name()
 * mdesc_source__unit() - such as "ns"
 * mdesc_source__type() - MDESC_SOURCE_PTR: the struct it points to; else the enum
 *	of its values, or ""
 * mdesc_source__kind() - enum mdesc_fmt_source_kind
 * mdesc_source__bits() - width of the value, 1 to 64
 * mdesc_source__is_signed() - whether it has a sign: two's complement in its bits
 */
MDESC_API size_t mdesc_source__index(const struct mdesc_source *src);
MDESC_API const char *mdesc_source__name(const struct mdesc_source *src);
MDESC_API const char *mdesc_source__unit(const struct mdesc_source *src);
MDESC_API const char *mdesc_source__type(const struct mdesc_source *src);
MDESC_API int mdesc_source__kind(const struct mdesc_source *src);
MDESC_API bool mdesc_source__is_signed(const struct mdesc_source *src);
MDESC_API unsigned int mdesc_source__bits(const struct mdesc_source *src);

/* ---- layouts ---- */

/**
 * mdesc_image__layout_count() - how many layouts, descriptors included
 * mdesc_image__layout() - the layout at @idx; NULL with ENOENT beyond the last
 * mdesc_image__layout_by_name() - NULL with ENOENT
 * mdesc_image__layout_by_id() - the metadata layout with an id; NULL with ENOENT
 */
MDESC_API size_t mdesc_image__layout_count(const struct mdesc_image *img);
MDESC_API const struct mdesc_layout *
mdesc_image__layout(const struct mdesc_image *img, size_t idx);
MDESC_API const struct mdesc_layout *
mdesc_image__layout_by_name(const struct mdesc_image *img, const char *name);
MDESC_API const struct mdesc_layout *
mdesc_image__layout_by_id(const struct mdesc_image *img, uint32_t id);

/**
 * mdesc_image__layout_of() - the layout that metadata bytes are in
 * @meta: the bytes in front of the packet, data_meta .. data - 1
 * @size: how many
 *
 * The last four bytes are the layout's id. The layout's own bytes are the last
 * mdesc_layout__size() ones: there may be others in front of them. Where no layout
 * has that id at its end, the first four bytes are looked at: of a layout with
 * mdesc_layout__id_first(), the bytes are the first ones.
 *
 * Return: the layout; NULL with ENOENT for an id that no layout of this image
 * has (or that is not at the end of that layout), with EMSGSIZE when there are
 * fewer bytes than the layout needs.
 */
MDESC_API const struct mdesc_layout *
mdesc_image__layout_of(const struct mdesc_image *img, const void *meta, size_t size);

/**
 * mdesc_layout__index() - its index in the image
 * mdesc_layout__name() - the name of the struct in the BTF
 * mdesc_layout__kind() - enum mdesc_fmt_layout_kind
 * mdesc_layout__id() - the 31-bit id
 * mdesc_layout__id_given() - whether the source gave the id
 * mdesc_layout__has_id() - whether the bytes end with the id
 * mdesc_layout__id_first() - whether they begin with it, as a big-endian number
 * mdesc_layout__id_any() - bits of that number that may be anything
 * mdesc_layout__size() - bytes
 * mdesc_layout__fingerprint() - of the layout's content
 * mdesc_layout__image()
 */
MDESC_API size_t mdesc_layout__index(const struct mdesc_layout *layout);
MDESC_API const char *mdesc_layout__name(const struct mdesc_layout *layout);
MDESC_API int mdesc_layout__kind(const struct mdesc_layout *layout);
MDESC_API uint32_t mdesc_layout__id(const struct mdesc_layout *layout);
MDESC_API bool mdesc_layout__id_given(const struct mdesc_layout *layout);
MDESC_API bool mdesc_layout__has_id(const struct mdesc_layout *layout);
MDESC_API bool mdesc_layout__id_first(const struct mdesc_layout *layout);
MDESC_API uint32_t mdesc_layout__id_any(const struct mdesc_layout *layout);
MDESC_API size_t mdesc_layout__size(const struct mdesc_layout *layout);
MDESC_API uint64_t mdesc_layout__fingerprint(const struct mdesc_layout *layout);
MDESC_API const struct mdesc_image *mdesc_layout__image(const struct mdesc_layout *layout);

/**
 * mdesc_layout__field_count() - leaves of the layout, named padding included
 * mdesc_layout__field() - the field at @idx, in the order of the source; NULL
 *	with ENOENT beyond the last
 * mdesc_layout__field_by_name() - by its whole path, such as "l3.v4.saddr"; NULL
 *	with ENOENT
 */
MDESC_API size_t mdesc_layout__field_count(const struct mdesc_layout *layout);
MDESC_API const struct mdesc_field *
mdesc_layout__field(const struct mdesc_layout *layout, size_t idx);
MDESC_API const struct mdesc_field *
mdesc_layout__field_by_name(const struct mdesc_layout *layout, const char *path);

/* ---- fields ---- */

/**
 * mdesc_field__path() - the whole name, such as "l3.v4.saddr" or "q[1].x"
 * mdesc_field__unit() - such as "ns"
 * mdesc_field__type() - name of the enum, or of the struct that a pointer is to
 * mdesc_field__doc() - the documentation comment
 * mdesc_field__kind() - enum mdesc_fmt_field_kind
 * mdesc_field__order() - enum mdesc_fmt_order
 * mdesc_field__flags() - MDESC_FIELD_DEPRECATED, _RANGE, _BITFIELD, _RESERVED, _WORD
 * mdesc_field__count() - elements, 1 for a scalar; for MDESC_FIELD_BYTES, bytes
 * mdesc_field__stride() - bytes from an element to the next
 * mdesc_field__byte_offset() - of the container's first byte, from the layout's
 * mdesc_field__bytes() - bytes of the container of one element
 * mdesc_field__shift() - how far the value is shifted in the container's number
 * mdesc_field__width() - bits of the value of one element
 * mdesc_field__bit_offset() - of the value's first bit, as BTF counts: bits from
 *	the layout's start, least significant first; where the container is
 *	big-endian and the value only a part of it, the container's first bit
 * mdesc_field__conditional() - whether it means something only under a condition
 * mdesc_field__layout()
 */
MDESC_API const char *mdesc_field__path(const struct mdesc_field *field);
MDESC_API const char *mdesc_field__unit(const struct mdesc_field *field);
MDESC_API const char *mdesc_field__type(const struct mdesc_field *field);
MDESC_API const char *mdesc_field__doc(const struct mdesc_field *field);
MDESC_API int mdesc_field__kind(const struct mdesc_field *field);
MDESC_API int mdesc_field__order(const struct mdesc_field *field);
MDESC_API unsigned int mdesc_field__flags(const struct mdesc_field *field);
MDESC_API uint32_t mdesc_field__count(const struct mdesc_field *field);
MDESC_API uint32_t mdesc_field__stride(const struct mdesc_field *field);
MDESC_API uint32_t mdesc_field__byte_offset(const struct mdesc_field *field);
MDESC_API unsigned int mdesc_field__bytes(const struct mdesc_field *field);
MDESC_API unsigned int mdesc_field__shift(const struct mdesc_field *field);
MDESC_API unsigned int mdesc_field__width(const struct mdesc_field *field);
MDESC_API uint64_t mdesc_field__bit_offset(const struct mdesc_field *field);
MDESC_API bool mdesc_field__conditional(const struct mdesc_field *field);
MDESC_API const struct mdesc_layout *mdesc_field__layout(const struct mdesc_field *field);

/**
 * mdesc_field__cond_format() - the condition as text: "pkt_type = ipv4, ipv6"
 * @buf: gets the text, terminated; may be NULL when @size is 0
 * @size: bytes of @buf
 *
 * Return: the length of the whole text without terminator, as snprintf() does;
 * 0 for a field without condition.
 */
MDESC_API int mdesc_field__cond_format(const struct mdesc_field *field,
				       char *buf, size_t size);

/*
 * Reading. @meta points to the first byte of the layout and @meta_size says how
 * many bytes there are: at least mdesc_layout__size() of them, else -EMSGSIZE.
 */

/**
 * mdesc_field__applies() - whether a field means something in these bytes
 *
 * Looks at the tags that its condition names.
 *
 * Return: 1 yes, 0 no, -EMSGSIZE.
 */
MDESC_API int mdesc_field__applies(const struct mdesc_field *field,
				   const void *meta, size_t meta_size);

/**
 * mdesc_field__read_u64() - read a field as a number
 * @idx: the element; 0 for a scalar
 * @value: set to the value in host order; of signed fields sign-extended to 64
 *	bits, so a cast to int64_t gives the number
 *
 * Does not look at the field's condition.
 *
 * Return: 0; -EMSGSIZE; -ERANGE for @idx beyond the last element; -EOPNOTSUPP
 * for MDESC_FIELD_MAC, which is no number.
 */
MDESC_API int mdesc_field__read_u64(const struct mdesc_field *field,
				    const void *meta, size_t meta_size,
				    uint32_t idx, uint64_t *value);

/**
 * mdesc_field__read_bytes() - copy the bytes of a field as they are
 * @buf: gets the containers of all elements, without the gaps between them
 * @size: bytes of @buf
 *
 * Return: how many bytes the field has (only @size are copied); -EMSGSIZE.
 */
MDESC_API int mdesc_field__read_bytes(const struct mdesc_field *field,
				      const void *meta, size_t meta_size,
				      void *buf, size_t size);

/**
 * mdesc_field__format() - a field's value as text
 * @buf: gets the text, terminated; may be NULL when @size is 0
 * @size: bytes of @buf
 *
 * Numbers are decimal, pointers, byte strings and what has no byte order (raw16,
 * raw32) hexadecimal, MAC addresses with colons, 32 bits in network order that are
 * an address (by their unit, "IPv4 address", or without one by their name, which
 * ends in "addr" or "_ip") dotted, booleans true or false, enumerators as the description has them ("ipv4"
 * for MYNIC_PKT_TYPE_IPV4; by number where the enum has no such one), arrays
 * "[1, 2, 3]". Without unit.
 *
 * Return: the length of the whole text without terminator, as snprintf() does;
 * -EMSGSIZE.
 */
MDESC_API int mdesc_field__format(const struct mdesc_field *field,
				  const void *meta, size_t meta_size,
				  char *buf, size_t size);

/**
 * mdesc_field__enum_name() - the enumerator of an enum field for a value
 *
 * Return: its name in the BTF, such as "MYNIC_PKT_TYPE_IPV4"; NULL where there is
 * none, and for fields of other kinds.
 */
MDESC_API const char *mdesc_field__enum_name(const struct mdesc_field *field,
					     uint64_t value);

/* ---- what the device is set to ---- */

/**
 * struct mdesc_config_info - something that the device can be set to
 * @sz: size of this struct
 * @name: as in `config.NAME` of the description
 * @unit: such as "ns"
 * @type: the enum's name in the BTF, or ""
 * @doc: the documentation comment
 * @bits: of its value
 * @kind: enum mdesc_fmt_field_kind
 * @set: whether mdesc_image__configure() said what it is set to
 * @value: what it is set to
 */
struct mdesc_config_info {
	size_t sz;
	const char *name;
	const char *unit;
	const char *type;
	const char *doc;
	unsigned int bits;
	int kind;
	bool set;
	uint64_t value;
};

/**
 * mdesc_image__config_count() - how many things the layouts depend on
 * mdesc_image__config() - the one at @idx
 *
 * Return: 0, or -ENOENT beyond the last.
 */
MDESC_API size_t mdesc_image__config_count(const struct mdesc_image *img);
MDESC_API int mdesc_image__config(const struct mdesc_image *img, size_t idx, struct mdesc_config_info *info);

/**
 * mdesc_image__configure() - say what the device is set to
 * @name: which of them
 * @value: a number, or the name of an enumerator
 *
 * Fields and values that depend on something whose setting is not known do not
 * apply. Not to be called while another thread uses the image.
 *
 * Return: 0; -ENOENT: there is no such thing; -EINVAL: @value is neither;
 * -ERANGE: it has more bits than there are.
 */
MDESC_API int mdesc_image__configure(struct mdesc_image *img, const char *name, const char *value);

/* ---- what is computed from fields ---- */

/**
 * mdesc_layout__value_count() - aliases, derived values and conditions (`valid`)
 *	of the layout
 * mdesc_layout__value() - the one at @idx, each behind those that it needs; NULL
 *	with ENOENT beyond the last
 * mdesc_layout__value_by_name() - an alias or a derived value by its whole path;
 *	NULL with ENOENT
 */
MDESC_API size_t mdesc_layout__value_count(const struct mdesc_layout *layout);
MDESC_API const struct mdesc_value *
mdesc_layout__value(const struct mdesc_layout *layout, size_t idx);
MDESC_API const struct mdesc_value *
mdesc_layout__value_by_name(const struct mdesc_layout *layout, const char *name);

/**
 * mdesc_value__name() - the whole path; of a condition, of what it is about, ""
 *	where that has no name
 * mdesc_value__unit() - such as "ns"
 * mdesc_value__type() - name of the enum
 * mdesc_value__doc() - the documentation comment
 * mdesc_value__role() - enum mdesc_fmt_value_role
 * mdesc_value__kind() - enum mdesc_fmt_field_kind
 * mdesc_value__order() - of an alias's pieces, enum mdesc_fmt_order
 * mdesc_value__width() - bits of the value
 * mdesc_value__flags() - MDESC_VALUE_DEPRECATED, _SIGNED
 * mdesc_value__layout()
 */
MDESC_API const char *mdesc_value__name(const struct mdesc_value *value);
MDESC_API const char *mdesc_value__unit(const struct mdesc_value *value);
MDESC_API const char *mdesc_value__type(const struct mdesc_value *value);
MDESC_API const char *mdesc_value__doc(const struct mdesc_value *value);
MDESC_API int mdesc_value__role(const struct mdesc_value *value);
MDESC_API int mdesc_value__kind(const struct mdesc_value *value);
MDESC_API int mdesc_value__order(const struct mdesc_value *value);
MDESC_API unsigned int mdesc_value__width(const struct mdesc_value *value);
MDESC_API unsigned int mdesc_value__flags(const struct mdesc_value *value);
MDESC_API const struct mdesc_layout *mdesc_value__layout(const struct mdesc_value *value);

/**
 * mdesc_value__expr_format() - what it is computed from, as a description has it
 * mdesc_value__cond_format() - the arms and `valid`s that it stands in
 * @buf: gets the text, terminated; may be NULL when @size is 0
 * @size: bytes of @buf
 *
 * Return: the length of the whole text without terminator, as snprintf() does.
 */
MDESC_API int mdesc_value__expr_format(const struct mdesc_value *value, char *buf, size_t size);
MDESC_API int mdesc_value__cond_format(const struct mdesc_value *value, char *buf, size_t size);

/**
 * mdesc_value__applies() - whether it, and all that it is computed from, means
 *	something in these bytes
 * mdesc_value__read_u64() - compute it, whether it applies or not; where it has a
 *	sign, a cast to int64_t gives the number
 * mdesc_value__format() - the same as text, as mdesc_field__format() writes it
 * mdesc_value__enum_name() - the enumerator for a number, as
 *	mdesc_field__enum_name() has it
 *
 * Return: 1 or 0 (applies); 0 (read_u64); the length as snprintf() does (format);
 * -EMSGSIZE.
 */
MDESC_API int mdesc_value__applies(const struct mdesc_value *value, const void *meta, size_t meta_size);
MDESC_API int mdesc_value__read_u64(const struct mdesc_value *value, const void *meta, size_t meta_size,
				    uint64_t *number);
MDESC_API int mdesc_value__format(const struct mdesc_value *value, const void *meta, size_t meta_size,
				  char *buf, size_t size);
MDESC_API const char *mdesc_value__enum_name(const struct mdesc_value *value, uint64_t number);

/* ---- refnic: the image's parser, run in software ---- */

/**
 * struct mdesc_refnic_opts - how to run
 * @sz: size of this struct
 * @trace: keep what every step did (slower)
 */
struct mdesc_refnic_opts {
	size_t sz;
	bool trace;
};

/**
 * struct mdesc_refnic_header - a header that the parser recorded
 * @name: of the instance; of a stack, for every element
 * @header: index in the image's headers
 * @elem: index in the stack; 0 where the header is no stack
 * @offset: bytes from the packet's first
 * @length: bytes
 */
struct mdesc_refnic_header {
	const char *name;
	uint16_t header;
	uint16_t elem;
	uint32_t offset;
	uint32_t length;
};

/**
 * struct mdesc_refnic_step - one look-up, for a trace
 * @state: index of the state
 * @key_count: bytes of @key in use
 * @key: the key bytes that were looked up
 * @row: the row taken, index in the image's rows; MDESC_FMT_NONE32 when none was:
 *	@error tells why
 * @header: the header that the row recorded, or MDESC_FMT_NONE16
 * @cursor: bytes from the packet's first, before the row
 * @error: enum mdesc_fmt_error, or a user's code, when the parser stopped here
 * @verdict: enum mdesc_fmt_verdict of the row's transition
 */
struct mdesc_refnic_step {
	uint16_t state;
	uint16_t key_count;
	uint8_t	 key[MDESC_FMT_KEY_MAX];
	uint32_t row;
	uint32_t cursor;
	uint16_t header;
	uint16_t error;
	uint8_t	 verdict;
};

/**
 * struct mdesc_refnic_result - what the machine made of a packet
 * @sz: size of this struct, set by the caller
 * @dropped: the parser dropped the packet: there is no metadata
 * @error: enum mdesc_fmt_error, or a user's code from MDESC_ERR_USER
 * @layout: the layout in force; NULL for a device without metadata
 * @meta: the metadata; belongs to the refnic, until its next run
 * @meta_size: bytes; 0 when dropped
 * @steps: states entered
 * @cursor: bytes that the parser went through
 *
 * Fetch headers and trace with mdesc_refnic__headers() and
 * mdesc_refnic__trace().
 */
struct mdesc_refnic_result {
	size_t sz;
	bool dropped;
	int error;
	const struct mdesc_layout *layout;
	const void *meta;
	size_t meta_size;
	uint32_t steps;
	uint32_t cursor;
};

/**
 * mdesc_refnic__new() - make a machine that runs an image's tables
 * @img: must stay open as long as the machine is used
 * @opts: options, or NULL
 *
 * An image without a parser runs, too: it accepts every packet at once, and its
 * rules write the metadata.
 *
 * Return: the machine; NULL with errno ENOTSUP and class newer where the tables
 * need a newer version, ENOMEM.
 */
MDESC_API struct mdesc_refnic *
mdesc_refnic__new(const struct mdesc_image *img, const struct mdesc_refnic_opts *opts,
		  struct mdesc_error *err);

/**
 * mdesc_refnic__free() - free a machine, or NULL
 */
MDESC_API void mdesc_refnic__free(struct mdesc_refnic *nic);

/**
 * mdesc_refnic__run() - run a packet through the machine
 * @packet: the packet from its first byte, without FCS
 * @len: bytes, at most MDESC_PACKET_MAX
 * @sources: the values of the sources, by index: mdesc_image__source_count() of
 *	them; NULL: all zero. Bits beyond a source's width are ignored.
 * @res: gets the result
 *
 * Never fails for what is in the packet: that is a result. Needs no allocation,
 * takes bounded time.
 *
 * Return: 0; -EINVAL for a packet that is too long or a wrong @res->sz.
 */
MDESC_API int mdesc_refnic__run(struct mdesc_refnic *nic, const void *packet, size_t len,
				const uint64_t *sources, struct mdesc_refnic_result *res);

#define MDESC_PACKET_MAX	(1u << 24)

/**
 * mdesc_refnic__headers() - the headers that the last run recorded
 * @hdrs: set to an array ordered by place in the packet; belongs to the refnic,
 *	until its next run
 *
 * Return: how many.
 */
MDESC_API size_t mdesc_refnic__headers(struct mdesc_refnic *nic,
				       const struct mdesc_refnic_header **hdrs);

/**
 * mdesc_refnic__trace() - the steps of the last run, where opts->trace was set
 * @steps: set to an array; belongs to the refnic, until its next run
 *
 * Return: how many.
 */
MDESC_API size_t mdesc_refnic__trace(struct mdesc_refnic *nic,
				     const struct mdesc_refnic_step **steps);

/* ---- raw tables, run in software ---- */

/**
 * struct mdesc_raw_value - a number with its name
 * @name: as the description has it
 * @type: of an enum, or ""
 * @text: the enumerator, or NULL
 * @value: 64 bits; the cursor may be negative
 */
struct mdesc_raw_value {
	const char *name;
	const char *type;
	const char *text;
	uint64_t value;
};

/**
 * struct mdesc_raw_step - a look-up, and the row that it took
 * @table: the table's name
 * @staged: it has stages
 * @stage: the number of the stage
 * @row: the number of the row; MDESC_FMT_NONE32: none matched, @error of the result says so
 * @cursor: bytes from the packet's first, before the row
 * @doc: the row's documentation, or ""
 * @key: registers that the key was made of
 * @key_count: how many, at most 16 are kept
 */
struct mdesc_raw_step {
	const char *table;
	bool staged;
	unsigned int stage;
	uint32_t row;
	int64_t cursor;
	const char *doc;
	const struct mdesc_raw_value *key;
	size_t key_count;
};

/**
 * struct mdesc_raw_record - what a row has recorded
 * @offset: the cursor there
 */
struct mdesc_raw_record {
	int64_t offset;
	const struct mdesc_raw_value *values;
	size_t count;
};

/**
 * struct mdesc_rawnic_result - what the tables made of a packet
 * @sz: size of this struct, set by the caller
 * @error: enum mdesc_fmt_error: TRUNCATED, NO_MATCH, STEPS or NONE
 * @cursor: in the end
 * @steps: look-ups
 * @records: what was recorded
 * @results: all that effects set and that is no part of a key
 * @stop: what ended it was called with
 *
 * The arrays belong to the machine, until its next run.
 */
struct mdesc_rawnic_result {
	size_t sz;
	int error;
	int64_t cursor;
	const struct mdesc_raw_step *steps;
	size_t step_count;
	const struct mdesc_raw_record *records;
	size_t record_count;
	const struct mdesc_raw_value *results;
	size_t result_count;
	const struct mdesc_raw_value *stop;
	size_t stop_count;
};

/**
 * mdesc_rawnic__new() - make a machine that runs an image's raw tables
 * @img: must stay open as long as the machine is used
 * @table: where it begins; NULL: in the first one that has an effect
 *
 * Return: the machine; NULL with errno ENOENT (class not found) where there is no such table, or it has no effect;
 * ENOTSUP with class newer where the tables need a newer version, ENOMEM.
 */
MDESC_API struct mdesc_rawnic *mdesc_rawnic__new(const struct mdesc_image *img, const char *table,
						 struct mdesc_error *err);

/** mdesc_rawnic__free() - free a machine, or NULL */
MDESC_API void mdesc_rawnic__free(struct mdesc_rawnic *nic);

/** mdesc_rawnic__set() - begin with @value in the register @name, from now on. -ENOENT: there is none. */
MDESC_API int mdesc_rawnic__set(struct mdesc_rawnic *nic, const char *name, uint64_t value);

/**
 * mdesc_rawnic__run() - run a packet through the tables
 *
 * Never fails for what is in the packet, needs no allocation, takes bounded time.
 *
 * Return: 0; -EINVAL for a packet of more than MDESC_PACKET_MAX bytes or a wrong @res->sz.
 */
MDESC_API int mdesc_rawnic__run(struct mdesc_rawnic *nic, const void *packet, size_t len,
				struct mdesc_rawnic_result *res);

/**
 * mdesc_parser_error_name() - "truncated" and so on; "user" from MDESC_ERR_USER
 */
MDESC_API const char *mdesc_parser_error_name(int error);

/**
 * mdesc_image__error_name() - what an image calls an error
 * @buf: gets the name as the description has it ("too_deep"), terminated; the
 *	machine's errors are called as by mdesc_parser_error_name()
 * @size: of @buf
 *
 * Return: the length of the name, as snprintf() does; 0 and "" where the
 * description has no name for it.
 */
MDESC_API int mdesc_image__error_name(const struct mdesc_image *img, int error, char *buf, size_t size);

/* ---- BTF: bringing images together with the kernel ----
 *
 * libbpf resolves a BPF object's CO-RE relocations against one BTF. These calls
 * make that BTF, in the cheapest form that does (enum mdesc_stitch_form), and
 * open objects against it.
 *
 * Names: a struct, union, enum or typedef that an image and the kernel (or two
 * images) define differently cannot be resolved rightly, so it is an error of
 * class ambiguous whose text names both. Equal definitions are fine. A name
 * that nobody defines is left out: CO-RE's "does not exist" answers for it.
 */

/**
 * enum mdesc_stitch_form - what the BTF is made of
 * @MDESC_STITCH_AUTO: the first of the following that does:
 *	NIC, where there is one image and it has all types that the object
 *	relocates against; FLAT, where the object asks for type ids (these are the
 *	kernel's own in this form alone); MINIMUM
 * @MDESC_STITCH_NIC: the image's BTF as it is; of several images, all their types
 *	one after the other. The kernel's BTF is not read, so nothing is said about
 *	names that it has, too: for a type that the image has, the image's definition
 *	is taken (@check_kernel, and the compiler's --kernel-btf, look).
 * @MDESC_STITCH_MINIMUM: the types that the object's relocations need, out of
 *	images, kernel and modules. What is only pointed to is there by name alone.
 * @MDESC_STITCH_FLAT: all of the kernel's types with their ids, then all of the
 *	modules' and images'. For objects that are not known yet.
 * @MDESC_STITCH_STANDIN: the same with as many types and bytes of strings as the
 *	kernel's own: BTF of modules, which goes on where those end, reads right over
 *	it as well. Types of modules and images take the places of functions of the
 *	kernel's tracing, which nothing can attach to; declaration tags are left out.
 */
enum mdesc_stitch_form {
	MDESC_STITCH_AUTO	= 0,
	MDESC_STITCH_NIC	= 1,
	MDESC_STITCH_MINIMUM	= 2,
	MDESC_STITCH_FLAT	= 3,
	MDESC_STITCH_STANDIN	= 4,
};

/**
 * struct mdesc_btf_bytes - the BTF of a NIC that does not come in an image
 * @name: what error texts call it
 * @data: raw BTF, or an ELF file with a section .BTF
 * @size: bytes of @data
 */
struct mdesc_btf_bytes {
	const char *name;
	const void *data;
	size_t size;
};

/**
 * struct mdesc_stitch_opts - what to stitch, besides the image
 * @sz: size of this struct
 * @images: further images
 * @image_count: how many
 * @btfs: further NICs' BTF
 * @btf_count: how many
 * @kernel_btf: file with the kernel's BTF, raw or in ELF; NULL: that of the
 *	running kernel, /sys/kernel/btf/vmlinux
 * @modules: kernel modules whose types to bring in: names in /sys/kernel/btf,
 *	or paths (with a slash) of files with split BTF over @kernel_btf. One that
 *	is not there or is damaged is left out, and a note says so.
 * @module_count: how many
 * @check_kernel: compare names with the kernel's in every form
 * @old_kinds: for readers of before 2022, only kinds up to BTF_KIND_FLOAT, with the
 *	same ids: declaration and type tags are left out, and a 64-bit enum is one of
 *	eight bytes with those of its enumerators that fit into 31 bits (32 with a
 *	sign)
 *
 * All is borrowed for the call.
 */
struct mdesc_stitch_opts {
	size_t sz;
	const struct mdesc_image *const *images;
	size_t image_count;
	const struct mdesc_btf_bytes *btfs;
	size_t btf_count;
	const char *kernel_btf;
	const char *const *modules;
	size_t module_count;
	bool check_kernel;
	bool old_kinds;
};

/* A BTF that was made: self-contained, checked, ready for libbpf. */
struct mdesc_stitched;

/**
 * mdesc_stitch__flat() - make the flat form, for any object in any process
 * @img: an image; NULL where @opts has images or BTF, or none is wanted
 * @opts: options, or NULL
 *
 * Return: the BTF, to be freed by mdesc_stitched__free(); NULL with errno:
 * ENOTUNIQ for a name defined differently (class ambiguous), EBADMSG for a
 * damaged BTF, ENOENT and the like for files, ENOMEM.
 */
MDESC_API struct mdesc_stitched *
mdesc_stitch__flat(const struct mdesc_image *img, const struct mdesc_stitch_opts *opts,
		   struct mdesc_error *err);

/**
 * mdesc_stitch__standin() - make what can stand in for the kernel's own file
 *
 * The same parameters and results. Where there is no room in the kernel's BTF it is
 * the flat form, and a note says so.
 */
MDESC_API struct mdesc_stitched *
mdesc_stitch__standin(const struct mdesc_image *img, const struct mdesc_stitch_opts *opts,
		      struct mdesc_error *err);

/**
 * mdesc_stitch__nics() - make the form NIC: the types of the images alone
 *
 * The same parameters and results. Several images that define a name differently
 * are an error here, too.
 */
MDESC_API struct mdesc_stitched *
mdesc_stitch__nics(const struct mdesc_image *img, const struct mdesc_stitch_opts *opts,
		   struct mdesc_error *err);

/**
 * mdesc_stitch__minimum() - make the minimum for one BPF object
 * @object: the bytes of the BPF object (ELF)
 * @object_size: how many
 * @object_name: what error texts call it; NULL: "object"
 *
 * Reads the kernel's BTF always, and compares names with it. An object that has no
 * BTF is an error (EINVAL, class input), here and in mdesc_stitch__for_object().
 */
MDESC_API struct mdesc_stitched *
mdesc_stitch__minimum(const struct mdesc_image *img, const void *object,
		      size_t object_size, const char *object_name,
		      const struct mdesc_stitch_opts *opts, struct mdesc_error *err);

/**
 * mdesc_stitch__for_object() - make the cheapest form that does for one object
 */
MDESC_API struct mdesc_stitched *
mdesc_stitch__for_object(const struct mdesc_image *img, const void *object,
			 size_t object_size, const char *object_name,
			 const struct mdesc_stitch_opts *opts, struct mdesc_error *err);

/**
 * mdesc_stitched__data() - the raw BTF; belongs to @btf
 * mdesc_stitched__form() - which form it is: never MDESC_STITCH_AUTO
 * mdesc_stitched__types() - how many types it has, void not counted
 * mdesc_stitched__note_count() - things worth telling, such as a module left out
 * mdesc_stitched__note() - the text of a note; NULL beyond the last
 * mdesc_stitched__free() - free it, or NULL
 */
MDESC_API const void *mdesc_stitched__data(const struct mdesc_stitched *btf, size_t *size);
MDESC_API int mdesc_stitched__form(const struct mdesc_stitched *btf);
MDESC_API uint32_t mdesc_stitched__types(const struct mdesc_stitched *btf);
MDESC_API size_t mdesc_stitched__note_count(const struct mdesc_stitched *btf);
MDESC_API const char *mdesc_stitched__note(const struct mdesc_stitched *btf, size_t idx);
MDESC_API void mdesc_stitched__free(struct mdesc_stitched *btf);

/**
 * mdesc_stitched__memfd() - a file in memory that holds the BTF
 *
 * Sealed against changes, close-on-exec. "/proc/self/fd/N" is a path for
 * libbpf's btf_custom_path, which opens it when the object is *loaded*: keep the
 * descriptor open until then.
 *
 * Return: a new file descriptor, the caller's to close; or -errno.
 */
MDESC_API int mdesc_stitched__memfd(const struct mdesc_stitched *btf);

/**
 * mdesc_stitched__enter() - show it to this process as the kernel's own BTF
 *
 * Moves the calling thread into a mount namespace of its own, in which
 * /sys/kernel/btf/vmlinux is a read-only file with this BTF, best of the form
 * MDESC_STITCH_STANDIN; what it starts
 * from then on sees the same. Nothing changes outside, and nothing stays when the
 * last process in there has ended. Meant for a process that is about to exec a
 * loader which cannot be given a path.
 *
 * After a failure the thread may be in a namespace of its own already: it should
 * end.
 *
 * Return: 0; -EPERM, -EACCES (class denied) where this is not permitted: it takes
 * CAP_SYS_ADMIN, and containers often deny mounts; -ENOENT (class denied) where the
 * kernel has no BTF; others of the system.
 */
MDESC_API int mdesc_stitched__enter(const struct mdesc_stitched *btf, struct mdesc_error *err);

/* ---- BPF objects ---- */

/*
 * A BPF object opened against an image: owns libbpf's object, and the memfd that
 * libbpf reads at load.
 */
struct mdesc_object;

/**
 * struct mdesc_object_open_opts - how to open a BPF object against an image
 * @sz: size of this struct
 * @bpf: libbpf's own options for the object, or NULL; btf_custom_path must not
 *	be set in them
 * @form: enum mdesc_stitch_form, but not MDESC_STITCH_STANDIN
 * @stitch: what to stitch besides the image, or NULL
 */
struct mdesc_object_open_opts {
	size_t sz;
	const struct bpf_object_open_opts *bpf;
	int form;
	const struct mdesc_stitch_opts *stitch;
};

/**
 * mdesc_object__open() - open a BPF object whose types are an image's and the
 *	kernel's
 * @path: the ELF object
 * @img: the image of the running hardware; may be closed after the call. NULL
 *	where @opts->stitch has images or BTF.
 * @opts: options, or NULL
 *
 * Between open and load use libbpf's calls on mdesc_object__bpf(): set types,
 * sizes, autoload, reuse maps. Of an object without BTF nothing is relocated: a note
 * of mdesc_object__stitched() says so.
 *
 * Return: the object, to be closed by mdesc_object__close(); NULL with errno:
 * those of mdesc_stitch__flat(), EBADMSG for a file that is no BPF object, and
 * libbpf's.
 */
MDESC_API struct mdesc_object *
mdesc_object__open(const char *path, const struct mdesc_image *img,
		   const struct mdesc_object_open_opts *opts, struct mdesc_error *err);

/**
 * mdesc_object__open_mem() - the same from memory
 * @data: the bytes of the ELF object, borrowed for the call
 * @size: how many
 *
 * The object's name is that in @opts->bpf, or one that libbpf makes up.
 */
MDESC_API struct mdesc_object *
mdesc_object__open_mem(const void *data, size_t size, const struct mdesc_image *img,
		       const struct mdesc_object_open_opts *opts, struct mdesc_error *err);

/**
 * mdesc_object__bpf() - libbpf's object. Do not close it. NULL after
 *	mdesc_objects__load() failed.
 */
MDESC_API struct bpf_object *mdesc_object__bpf(const struct mdesc_object *obj);

/**
 * mdesc_object__xdp_program() - the XDP program for an interface
 * @obj: opened, and not loaded
 * @name: of the program; NULL: the only one
 *
 * No other program of the object is loaded then, but XDP programs where it has a
 * PROG_ARRAY: tail calls may lead to them. Programs for entries of cpumaps and devmaps
 * do not count.
 *
 * Return: the program, which belongs to @obj; NULL with errno: ENOENT (class not
 * found), ENOTUNIQ (ambiguous) where there are several and none is named.
 */
MDESC_API struct bpf_program *
mdesc_object__xdp_program(struct mdesc_object *obj, const char *name, struct mdesc_error *err);

/**
 * mdesc_object__stitched() - the BTF that it was opened against: form, notes
 *
 * Belongs to @obj.
 */
MDESC_API const struct mdesc_stitched *
mdesc_object__stitched(const struct mdesc_object *obj);

/**
 * mdesc_object__load() - load it into the kernel
 *
 * The same as bpf_object__load() on mdesc_object__bpf(), which may be called
 * instead; this one closes the memfd as soon as it can and fills @err.
 *
 * Return: 0, or libbpf's -errno: EPERM (class denied) without privilege for BPF;
 * others, such as EACCES and EINVAL where the kernel refuses a program, are of
 * class input.
 */
MDESC_API int mdesc_object__load(struct mdesc_object *obj, struct mdesc_error *err);

/**
 * mdesc_object__release() - give libbpf's object away, free the rest
 *
 * Only after it was loaded: an object that is not yet needs the memfd.
 *
 * Return: libbpf's object, to be closed by bpf_object__close(); NULL with errno
 * EBUSY before mdesc_object__load() has succeeded.
 */
MDESC_API struct bpf_object *mdesc_object__release(struct mdesc_object *obj);

/**
 * mdesc_object__close() - close libbpf's object and free all; or NULL
 */
MDESC_API void mdesc_object__close(struct mdesc_object *obj);

/* ---- one program for several NICs ---- */

/*
 * A BPF object opened once for each of several images. Each is relocated to its
 * own, so they may define the same names differently.
 */
struct mdesc_objects;

/**
 * struct mdesc_objects_open_opts - how to open one program for several NICs
 * @sz: size of this struct
 * @object: how to open each, or NULL
 * @own_maps: names of maps that each NIC gets for itself; ".bss" and ".data" are
 *	names, too
 * @own_map_count: how many
 */
struct mdesc_objects_open_opts {
	size_t sz;
	const struct mdesc_object_open_opts *object;
	const char *const *own_maps;
	size_t own_map_count;
};

/**
 * mdesc_objects__open() - open a BPF object for several NICs, with shared maps
 * @path: the ELF object
 * @images: one for each NIC; they may be closed after the call
 * @count: how many, at least one
 * @opts: options, or NULL
 *
 * Maps are shared: the first object makes them and the others reuse them, so set
 * sizes and the like in the first. Not shared are those in @opts->own_maps, and
 * what belongs to one NIC by its nature: PROG_ARRAYs, whose programs are relocated
 * to one; XSKMAPs; struct_ops; and constants (.rodata, .kconfig), which may be set
 * in each. What was given to an object by bpf_map__reuse_fd() stays.
 *
 * Return: the objects, to be closed by mdesc_objects__close(); NULL with errno as
 * of mdesc_object__open(), and ENOENT (class not found) for a map that is not
 * there. The text names the image.
 */
MDESC_API struct mdesc_objects *
mdesc_objects__open(const char *path, const struct mdesc_image *const *images, size_t count,
		    const struct mdesc_objects_open_opts *opts, struct mdesc_error *err);

/**
 * mdesc_objects__open_mem() - the same from memory
 * @data: the bytes of the ELF object, borrowed for the call
 * @size: how many
 */
MDESC_API struct mdesc_objects *
mdesc_objects__open_mem(const void *data, size_t size, const struct mdesc_image *const *images,
			size_t count, const struct mdesc_objects_open_opts *opts,
			struct mdesc_error *err);

/**
 * mdesc_objects__count() - how many there are
 * mdesc_objects__object() - the one for image @idx; NULL beyond the last
 *
 * They belong to @objs: neither load, release nor close them one by one.
 */
MDESC_API size_t mdesc_objects__count(const struct mdesc_objects *objs);
MDESC_API struct mdesc_object *mdesc_objects__object(const struct mdesc_objects *objs, size_t idx);

/**
 * mdesc_objects__load() - load all into the kernel, or none
 *
 * After a failure nothing is loaded or pinned that was not before, and
 * mdesc_object__bpf() of all is NULL: the objects can only be closed.
 *
 * Return: 0, or -errno as of mdesc_object__load(), with the image named in the
 * text; -EINVAL (class input) where maps that are not shared would be pinned in one
 * place.
 */
MDESC_API int mdesc_objects__load(struct mdesc_objects *objs, struct mdesc_error *err);

/**
 * mdesc_objects__close() - close all objects and free all; or NULL
 */
MDESC_API void mdesc_objects__close(struct mdesc_objects *objs);

/* ---- what differs between two images ---- */

/**
 * enum mdesc_impact - what a difference does to programs, the worst last
 * @MDESC_IMPACT_DOCUMENTATION: nothing
 * @MDESC_IMPACT_COMPATIBLE: programs that are relocated go on as before
 * @MDESC_IMPACT_LIMITS: the hardware, or a kernel, may refuse
 * @MDESC_IMPACT_BEHAVIOUR: some packets get other values, layouts or verdicts
 * @MDESC_IMPACT_WRONG: a program loads, and may read wrong values
 * @MDESC_IMPACT_BREAKS: a program does not load any more
 */
enum mdesc_impact {
	MDESC_IMPACT_DOCUMENTATION	= 1,
	MDESC_IMPACT_COMPATIBLE		= 2,
	MDESC_IMPACT_LIMITS		= 3,
	MDESC_IMPACT_BEHAVIOUR		= 4,
	MDESC_IMPACT_WRONG		= 5,
	MDESC_IMPACT_BREAKS		= 6,
};

/**
 * mdesc_impact_name() - "documentation" and so on; "unknown"
 */
MDESC_API const char *mdesc_impact_name(int impact);

/**
 * struct mdesc_diff_rule - a kind of difference
 * @sz: size of this struct
 * @name: stable, such as "field-removed"
 * @impact: enum mdesc_impact
 * @summary: what differs
 * @means: what it means for programs
 * @advice: what to do; or ""
 * @example: in words of the language
 */
struct mdesc_diff_rule {
	size_t sz;
	const char *name;
	int impact;
	const char *summary;
	const char *means;
	const char *advice;
	const char *example;
};

/**
 * mdesc_diff_rule_at() - get rule @idx, the worst first
 * mdesc_diff_rule_by_name() - the rule of a name
 *
 * Return: 0; -ENOENT beyond the last, or where none has the name; -EINVAL for a
 * wrong @rule->sz.
 */
MDESC_API int mdesc_diff_rule_at(size_t idx, struct mdesc_diff_rule *rule);
MDESC_API int mdesc_diff_rule_by_name(const char *name, struct mdesc_diff_rule *rule);

/* What was found: owns its texts, needs neither image any more. */
struct mdesc_diff;

/**
 * struct mdesc_diff_opts - how to compare
 * @sz: size of this struct
 * @ignore: names of rules that are not to be reported
 * @ignore_count: how many
 * @packets: how many packets to run through both parsers at most where their
 *	tables differ; 0: 20000
 *
 * All is borrowed for the call.
 */
struct mdesc_diff_opts {
	size_t sz;
	const char *const *ignore;
	size_t ignore_count;
	uint32_t packets;
};

/**
 * mdesc_diff() - find what differs between two images
 * @old_img: what programs were made for
 * @new_img: what they will meet
 * @opts: options, or NULL
 * @err: filled on failure, or NULL
 *
 * Compares all that images say; where parsers' tables differ, it runs packets
 * through both, made from the tables' own paths, and reports one that shows each
 * difference. The same two images give the same answer.
 *
 * Return: what was found, to be freed by mdesc_diff__free(); NULL with errno:
 * EINVAL for an unknown name in @opts->ignore (class system), E2BIG for types with
 * millions of members (class denied), ENOMEM.
 */
MDESC_API struct mdesc_diff *mdesc_diff(const struct mdesc_image *old_img, const struct mdesc_image *new_img,
					const struct mdesc_diff_opts *opts, struct mdesc_error *err);

/**
 * struct mdesc_difference - one difference
 * @sz: size of this struct
 * @rule: name of the rule
 * @impact: enum mdesc_impact
 * @subject: what differs, such as "layout mynic_metadata field hash"
 * @old_text: what it was; "" where it was not there
 * @new_text: what it is; "" where it is gone
 * @packet: of a difference in behaviour: a packet that shows it; or NULL
 * @packet_size: its bytes
 * @sources: "rx_time=5 rss_hash=7": the values of sources that go with @packet
 *	and are not 0; or ""
 */
struct mdesc_difference {
	size_t sz;
	const char *rule;
	int impact;
	const char *subject;
	const char *old_text;
	const char *new_text;
	const uint8_t *packet;
	size_t packet_size;
	const char *sources;
	const char *old_headers;	/* that the parsers found in the packet, "ethernet, vlan, ipv6"; "" */
	const char *new_headers;
};

/* What is certain of the packets of two parsers. */
enum mdesc_diff_proof {
	MDESC_DIFF_NO_PARSERS	= 0,
	MDESC_DIFF_SAME		= 1,	/* none is parsed or written differently */
	MDESC_DIFF_COMPLETE	= 2,	/* some are, and there are no differences but those listed */
	MDESC_DIFF_OPEN		= 3,	/* there may be others than those listed */
};

/**
 * mdesc_diff__count() - differences found
 * mdesc_diff__at() - get difference @idx, the worst first; -ENOENT beyond the last
 * mdesc_diff__worst() - enum mdesc_impact of the worst; 0 where there is none
 * mdesc_diff__packets() - packets that were run through both parsers
 * mdesc_diff__proof() - enum mdesc_diff_proof: what is proved of the parsers
 * mdesc_diff__free() - free it, or NULL
 */
MDESC_API size_t mdesc_diff__count(const struct mdesc_diff *diff);
MDESC_API int mdesc_diff__at(const struct mdesc_diff *diff, size_t idx, struct mdesc_difference *difference);
MDESC_API int mdesc_diff__worst(const struct mdesc_diff *diff);
MDESC_API uint64_t mdesc_diff__packets(const struct mdesc_diff *diff);
MDESC_API int mdesc_diff__proof(const struct mdesc_diff *diff);
MDESC_API void mdesc_diff__free(struct mdesc_diff *diff);

/* ---- before a roll-out: compiled programs against images ----
 *
 * Every CO-RE relocation of BPF objects is resolved against images, offline and
 * without privilege, and gets a class. What changed is told against the types
 * that the object was compiled with.
 */

/**
 * enum mdesc_check_class - what becomes of a relocation, or of an object; the worst counts
 * @MDESC_CHECK_SAME: it is as it was when the object was compiled
 * @MDESC_CHECK_MOVED: it is elsewhere, or an enumerator has another value; libbpf
 *	patches that in
 * @MDESC_CHECK_RESIZED: it has another width, which the program takes
 * @MDESC_CHECK_GUARDED: it is absent, or would be read wrong, in code that is dead
 *	then; or the program asks whether it is there, and it is not
 * @MDESC_CHECK_KERNEL: it is a type of the kernel, whose types were not given
 * @MDESC_CHECK_POSSIBLY: it is absent, and that a guard keeps the code from being
 *	reached was not proven: the kernel may refuse the object
 * @MDESC_CHECK_REFUSED: the object will not load
 * @MDESC_CHECK_WRONG: it loads, and reads wrong
 */
enum mdesc_check_class {
	MDESC_CHECK_SAME	= 0,
	MDESC_CHECK_MOVED	= 1,
	MDESC_CHECK_RESIZED	= 2,
	MDESC_CHECK_GUARDED	= 3,
	MDESC_CHECK_KERNEL	= 4,
	MDESC_CHECK_POSSIBLY	= 5,
	MDESC_CHECK_REFUSED	= 6,
	MDESC_CHECK_WRONG	= 7,
};

/**
 * mdesc_check_class_name() - "same", "moved", "resized", "guarded", "kernel",
 *	"possibly-unguarded", "will-not-load", "reads-wrong"; NULL beyond
 */
MDESC_API const char *mdesc_check_class_name(int verdict);

/* Objects and images, each read once, to be checked in any pairs. */
struct mdesc_check;
/* What was found of one pair. */
struct mdesc_check_result;

/**
 * struct mdesc_check_opts - how to check
 * @sz: size of this struct
 * @kernel_btf: file with a kernel's BTF, raw or in ELF, that relocations of
 *	kernel types are resolved against; NULL: these are of class KERNEL
 */
struct mdesc_check_opts {
	size_t sz;
	const char *kernel_btf;
};

/**
 * mdesc_check__new() - begin
 * @opts: options, or NULL
 *
 * Return: to be freed by mdesc_check__free(); NULL with errno: those of the
 * kernel's file, ENOMEM.
 */
MDESC_API struct mdesc_check *mdesc_check__new(const struct mdesc_check_opts *opts, struct mdesc_error *err);
MDESC_API void mdesc_check__free(struct mdesc_check *check);

/**
 * mdesc_check__add_object() - add a compiled BPF object
 * @path: the ELF file
 * mdesc_check__add_object_mem() - the same from memory
 * @name: what texts call it
 * @data: the bytes, copied
 *
 * Return: its index, from 0 on; -ENODATA for an object without BTF (class
 * denied), -EBADMSG for one that is damaged or no BPF object (class corrupt),
 * -EFBIG, -ENOMEM, those of the file.
 */
MDESC_API int mdesc_check__add_object(struct mdesc_check *check, const char *path, struct mdesc_error *err);
MDESC_API int mdesc_check__add_object_mem(struct mdesc_check *check, const char *name, const void *data,
					  size_t size, struct mdesc_error *err);

/**
 * mdesc_check__add_image() - add an image; it may be closed afterwards
 * mdesc_check__add_btf() - add a NIC's BTF that does not come in an image
 *
 * Return: its index, from 0 on; -EBADMSG, -EINVAL for an image without BTF, -ENOMEM.
 */
MDESC_API int mdesc_check__add_image(struct mdesc_check *check, const struct mdesc_image *img,
				     struct mdesc_error *err);
MDESC_API int mdesc_check__add_btf(struct mdesc_check *check, const struct mdesc_btf_bytes *btf,
				   struct mdesc_error *err);

/**
 * mdesc_check__object_name() - NULL beyond the last
 * mdesc_check__image_name()
 */
MDESC_API const char *mdesc_check__object_name(const struct mdesc_check *check, size_t object);
MDESC_API const char *mdesc_check__image_name(const struct mdesc_check *check, size_t image);

/**
 * mdesc_check__pair() - check one object against one image
 *
 * Return: what was found, to be freed by mdesc_check_result__free() before
 * @check; NULL with errno ENOENT (no such index) or ENOMEM.
 */
MDESC_API struct mdesc_check_result *
mdesc_check__pair(const struct mdesc_check *check, size_t object, size_t image, struct mdesc_error *err);

/**
 * struct mdesc_check_info - what was found of one relocation
 * @verdict: enum mdesc_check_class
 * @rule: a stable name of why the verdict is WRONG, REFUSED or POSSIBLY, such as
 *	"copy-size"; "" for others
 * @program: the function that it is in
 * @section: its section
 * @insn: the instruction, counted in the section
 * @file: the source, "" unknown
 * @line: in it, 0 unknown
 * @source: the text of that line, "" unknown
 * @kind: of the relocation: "offset", "size", "exists", "signed", "lshift",
 *	"rshift", "local-type-id", "type-id", "type-exists", "type-size",
 *	"type-matches", "enumerator-exists", "enumerator-value"
 * @path: what it is about, "struct tnic_ints.addr[5]"
 * @before: as the object knows it, "__u32 at 4"
 * @after: as the image has it; "" absent
 * @why: one line, for a WRONG, REFUSED or POSSIBLY; else ""
 * @advice: what to change in the program; else ""
 *
 * Texts belong to the result and live until the next call for it.
 */
struct mdesc_check_info {
	size_t sz;
	int verdict;
	const char *rule;
	const char *program;
	const char *section;
	uint32_t insn;
	const char *file;
	uint32_t line;
	const char *source;
	const char *kind;
	const char *path;
	const char *before;
	const char *after;
	const char *why;
	const char *advice;
};

/**
 * mdesc_check_result__class() - the worst class of all
 * mdesc_check_result__count() - how many relocations there are
 * mdesc_check_result__class_at() - the class of one, cheaply; -ENOENT beyond the last
 * mdesc_check_result__info() - all of it; -ENOENT beyond the last
 */
MDESC_API int mdesc_check_result__class(const struct mdesc_check_result *res);
MDESC_API size_t mdesc_check_result__count(const struct mdesc_check_result *res);
MDESC_API int mdesc_check_result__class_at(const struct mdesc_check_result *res, size_t idx);
MDESC_API int mdesc_check_result__info(struct mdesc_check_result *res, size_t idx,
				       struct mdesc_check_info *info);
MDESC_API void mdesc_check_result__free(struct mdesc_check_result *res);

/**
 * mdesc_check_rule() - the rules, for those who list them
 * @name: set to the rule's name
 * @text: set to what it finds, one line
 *
 * Return: the class that it gives, MDESC_CHECK_REFUSED or MDESC_CHECK_WRONG;
 * -ENOENT beyond the last.
 */
MDESC_API int mdesc_check_rule(size_t idx, const char **name, const char **text);

/* ---- on any interface: the writer in software, attached ----
 *
 * An image can carry an XDP program that does to packets what its tables say
 * (MDESC_SEC_XDP). Attached to an interface, it puts the metadata in front of
 * every packet and hands it to the user's program. What is attached is pinned
 * in the BPF file system, DIR/mdesc/IFACE, and stays when the process ends:
 *
 *	link		the attachment itself: while it is there, the writer runs; in
 *			libxdp's dispatcher, instead, slot
 *	current		leads to the generation that runs, which is a directory:
 *	N/writer, N/program, N/next, N/counters, N/verdicts, N/info
 *	N/maps/NAME	the maps of the user's program; a '.' in NAME is a '_'
 *
 * The interface is that of the calling thread's network namespace; in other
 * namespaces than that of process 1, IFACE is followed by '@' and the
 * namespace's number. All calls that change something exclude each other, in
 * other processes, too, and take back what they did when they fail. A process
 * that is killed leaves what ran before, or what it was to run; what else it left
 * is removed by the next call that changes something there.
 */
struct mdesc_attachment;

/**
 * enum mdesc_attach_mode - where in the kernel the writer runs
 * @MDESC_ATTACH_AUTO: NATIVE, else GENERIC
 * @MDESC_ATTACH_NATIVE: in the driver
 * @MDESC_ATTACH_GENERIC: behind the driver, on every interface, more slowly
 */
enum mdesc_attach_mode {
	MDESC_ATTACH_AUTO	= 0,
	MDESC_ATTACH_NATIVE	= 1,
	MDESC_ATTACH_GENERIC	= 2,
};

/**
 * enum mdesc_attach_frags - whether packets may come in pieces (jumbo frames)
 * @MDESC_FRAGS_AUTO: where the user's program is in a section xdp.frags
 * @MDESC_FRAGS_YES: also where it is not: it must take care of packets whose data
 *	does not end at data_end
 * @MDESC_FRAGS_NO: a program in a section xdp.frags is an error
 */
enum mdesc_attach_frags {
	MDESC_FRAGS_AUTO	= 0,
	MDESC_FRAGS_YES		= 1,
	MDESC_FRAGS_NO		= 2,
};

/**
 * enum mdesc_attach_ask - which sources the writer asks for
 * @MDESC_ASK_DEFAULT: all; for mdesc_attachment__update() as it was
 * @MDESC_ASK_ALL: all that the image has: whoever reads the metadata behind the program
 *	finds what the hardware would have written
 * @MDESC_ASK_USED: those that the program reads; in place of the others are zeros. All,
 *	where that cannot be told: mdesc_attachment_info.why_all
 */
enum mdesc_attach_ask {
	MDESC_ASK_DEFAULT	= 0,
	MDESC_ASK_ALL		= 1,
	MDESC_ASK_USED		= 2,
};

/**
 * struct mdesc_source_value - what a source is for all packets
 * @name: of the source
 * @value: which fits its bits; of one with a sign, negative ones as (uint64_t)-1
 */
struct mdesc_source_value {
	const char *name;
	uint64_t value;
};

/**
 * struct mdesc_attach_opts - how to attach
 * @sz: size of this struct
 * @bpffs: where the BPF file system is; NULL: /sys/fs/bpf, which is mounted where
 *	it is not, if that lasts
 * @object: file with the user's BPF object
 * @program: which of its XDP programs; NULL: the only one
 * @program_fd: instead of @object, an XDP program that the caller has loaded; its
 *	maps are the caller's business, and @frags must say whether it is one for
 *	fragments. 0: none
 * @keep_metadata: instead of a program, all packets pass to the network stack, where
 *	TC programs find the metadata
 * @mode: enum mdesc_attach_mode
 * @frags: enum mdesc_attach_frags
 * @writer: bytes of a writer's object, instead of the image's own
 * @writer_size: how many
 * @sources: sources that are constant here, such as a port's number
 * @source_count: how many
 * @no_kfuncs: do not ask the driver for timestamp, hash and VLAN tag
 * @no_check: load @object whatever mdesc_check__pair() finds
 * @stitch: types that @object needs besides the image's and the kernel's, or NULL
 * @step: called before each step with its name; another result than 0 makes the
 *	call fail with -ECANCELED, and all is taken back
 * @step_ctx: for @step
 * @libxdp: as one of the programs in libxdp's dispatcher, beside others that are there;
 *	for this the library is loaded. mdesc_attachment__update() leaves it where it is.
 * @no_verdicts: do not count what the program returns: its instructions stay as they
 *	are in @object
 * @ask: enum mdesc_attach_ask
 *
 * All is borrowed for the call.
 */
struct mdesc_attach_opts {
	size_t sz;
	const char *bpffs;
	const char *object;
	const char *program;
	int program_fd;
	bool keep_metadata;
	int mode;
	int frags;
	const void *writer;
	size_t writer_size;
	const struct mdesc_source_value *sources;
	size_t source_count;
	bool no_kfuncs;
	bool no_check;
	const struct mdesc_stitch_opts *stitch;
	int (*step)(void *ctx, const char *name);
	void *step_ctx;
	bool no_verdicts;
	bool libxdp;
	int ask;
};

/**
 * mdesc_attachment__new() - attach an image's writer and a program to an interface
 * @iface: its name
 * @img: the image; may be closed after the call
 * @opts: options: one of @object, @program_fd, @keep_metadata
 *
 * Return: the attachment, which stays when it is closed; NULL with errno, and
 * nothing changed: ENODEV (class not found) for the interface; EEXIST (ambiguous)
 * where an image is attached already; EBUSY (ambiguous) where another program is;
 * EPERM (denied); EOPNOTSUPP (denied) for what the kernel or the driver cannot do,
 * ENODATA (input) for an image without a writer; EBADMSG (corrupt) for a damaged
 * writer or object; EILSEQ (input) for a program that the image breaks; ECANCELED
 * (system); those of mdesc_object__open() and of the system.
 */
MDESC_API struct mdesc_attachment *
mdesc_attachment__new(const char *iface, const struct mdesc_image *img,
		      const struct mdesc_attach_opts *opts, struct mdesc_error *err);

/**
 * mdesc_attachment__open() - what is attached to an interface
 * @iface: its name
 * @bpffs: as in the options, or NULL
 *
 * Changes nothing, and sees nothing half done.
 *
 * Return: the attachment; NULL with errno ENOENT (class not found) where none is
 * attached, ESTALE (not found) where only a rest is left, of an interface that is
 * gone or of a call that was killed: mdesc_attachment__remove() removes it. EPERM, EACCES
 * (denied), EBADMSG (corrupt) where the pinned files are not ours.
 */
MDESC_API struct mdesc_attachment *
mdesc_attachment__open(const char *iface, const char *bpffs, struct mdesc_error *err);

/**
 * mdesc_attachment__update() - another firmware, another program, or both
 * @att: is then what runs now
 * @img: the new image
 * @opts: as of mdesc_attachment__new(). @mode is not heeded: it stays. Without
 *	@object, @program_fd and @keep_metadata the program that was attached by path
 *	is read again.
 *
 * The new writer and program are loaded beside the old ones and swapped at once:
 * every packet sees the one pair or the other. Maps of the program are kept
 * where the new one defines them the same way, global variables included; PROG_ARRAYs
 * and constants are new. Counters begin anew, but for verdicts.
 *
 * Return: 0; or -errno as of mdesc_attachment__new(), and what ran goes on.
 * -ESTALE where it was detached meanwhile.
 */
MDESC_API int mdesc_attachment__update(struct mdesc_attachment *att, const struct mdesc_image *img,
				       const struct mdesc_attach_opts *opts, struct mdesc_error *err);

/**
 * mdesc_attachment__remove() - detach, and remove what is left of an attachment
 * @iface: its name
 * @bpffs: as in the options, or NULL
 *
 * When it returns, no packet meets the writer any more.
 *
 * Return: 0; -ENOENT (class not found) where there is nothing.
 */
MDESC_API int mdesc_attachment__remove(const char *iface, const char *bpffs, struct mdesc_error *err);

/**
 * mdesc_attachment__close() - forget it, or NULL; it stays attached
 */
MDESC_API void mdesc_attachment__close(struct mdesc_attachment *att);

/**
 * mdesc_attachment__list() - interfaces that something is attached to or left of, in order
 * @bpffs: as in the options, or NULL
 *
 * Return: names, each an array member, NULL behind the last; to be freed as one
 * by free(). NULL with errno.
 */
MDESC_API char **mdesc_attachment__list(const char *bpffs, struct mdesc_error *err);

/**
 * mdesc_attachment__elsewhere() - how many were made in other network namespaces
 * @bpffs: as in the options, or NULL
 *
 * mdesc_attachment__list() leaves them out: their interfaces are not seen from here.
 *
 * Return: the number, or a negative errno.
 */
MDESC_API int mdesc_attachment__elsewhere(const char *bpffs, struct mdesc_error *err);

/**
 * struct mdesc_attachment_info - what is attached
 * @sz: size of this struct
 * @iface: the interface's name now
 * @ifindex: its number
 * @mode: enum mdesc_attach_mode, never AUTO
 * @why_generic: why it is not native, though that was asked for; or ""
 * @frags: packets may come in pieces
 * @dev_bound: the writer was loaded for this interface, and asks its driver
 * @asks: MDESC_XDP_USE_*: what the writer could use of the driver
 * @gets: MDESC_XDP_USE_*: what of it the driver offers; for the rest are stand-ins
 * @why_stand_in: why there are stand-ins, or ""
 * @image: path or name of the image
 * @build_id: its build id, hexadecimal
 * @object: path of the user's object, or ""
 * @program: name of the user's program; "" where metadata is kept for TC
 * @generation: 1, and one more for each update
 * @link_id, @writer_id, @program_id: the kernel's numbers
 * @dir: where it is pinned; in a mount namespace without a BPF file system
 *       it leads there through one of the process's ancestors, /proc/PID/root
 * @layout_count: of the image
 * @dispatched: in libxdp's dispatcher; then there is no link, and @link_id is 0
 * @why_no_verdicts: why it is not counted what becomes of packets, or ""
 * @ask: enum mdesc_attach_ask, never DEFAULT
 * @why_all: why all sources are asked for, though only those that are read were wanted;
 *	or ""
 * @unread_count: sources that are not asked for, since the program does not read them
 *
 * Texts belong to the attachment.
 */
struct mdesc_attachment_info {
	size_t sz;
	const char *iface;
	uint32_t ifindex;
	int mode;
	const char *why_generic;
	bool frags;
	bool dev_bound;
	uint32_t asks;
	uint32_t gets;
	const char *why_stand_in;
	const char *image;
	const char *build_id;
	const char *object;
	const char *program;
	uint32_t generation;
	uint32_t link_id;
	uint32_t writer_id;
	uint32_t program_id;
	const char *dir;
	uint32_t layout_count;
	const char *why_no_verdicts;
	bool dispatched;
	int ask;
	const char *why_all;
	uint32_t unread_count;
};

/**
 * enum mdesc_verdict - what becomes of a packet, as the kernel's enum xdp_action
 */
enum mdesc_verdict {
	MDESC_VERDICT_ABORTED	= 0,
	MDESC_VERDICT_DROP	= 1,
	MDESC_VERDICT_PASS	= 2,
	MDESC_VERDICT_TX	= 3,
	MDESC_VERDICT_REDIRECT	= 4,
	MDESC_VERDICT_OTHER	= 5,	/* which the kernel takes for ABORTED */
};
#define MDESC_VERDICTS 6

/**
 * mdesc_attachment__unread() - the name of a source that is not asked for, by number
 * @idx: below mdesc_attachment_info.unread_count; else NULL
 */
MDESC_API const char *mdesc_attachment__unread(const struct mdesc_attachment *att, size_t idx);

/**
 * mdesc_attachment__leaves_out() - whether a field, or what is computed from fields, comes
 *	of a source that is not asked for
 * @handle: of the image that is attached; of another one: false
 *
 * What is there is what the image's rules make of zeros: it says nothing of the packet.
 */
MDESC_API bool mdesc_attachment__leaves_out(const struct mdesc_attachment *att, const struct mdesc_handle *handle);

/**
 * mdesc_attachment__info() - fill in what is attached
 * mdesc_attachment__layout_name() - the name of layout @idx of the image; NULL
 *	beyond the last
 * mdesc_attachment__layout_id() - its id; 0 beyond the last
 * mdesc_attachment__counters() - packets counted since attach or update, as enum
 *	mdesc_xdp_counter; MDESC_XDP_LAYOUT0 + layout_count of them. Returns how many
 *	were written, at most @count; or -errno.
 * mdesc_attachment__verdicts() - packets since attach, updates included, as enum
 *	mdesc_verdict: what the program returned, and what the writer decided without it.
 *	Returns how many were written, at most @count; -ENODATA where they are not
 *	counted; or -errno.
 * mdesc_attachment__map() - a map of the user's program; "mdesc_next" and
 *	"mdesc_counters" are the writer's. A new file descriptor, the caller's to close;
 *	-ENOENT.
 * mdesc_attachment__note() - things worth telling of the last change, such as maps
 *	that could not be kept; NULL beyond the last
 */
MDESC_API int mdesc_attachment__info(const struct mdesc_attachment *att, struct mdesc_attachment_info *info);
MDESC_API const char *mdesc_attachment__layout_name(const struct mdesc_attachment *att, size_t idx);
MDESC_API uint32_t mdesc_attachment__layout_id(const struct mdesc_attachment *att, size_t idx);
MDESC_API int mdesc_attachment__counters(const struct mdesc_attachment *att, uint64_t *counters, size_t count);
MDESC_API int mdesc_attachment__verdicts(const struct mdesc_attachment *att, uint64_t *verdicts, size_t count);
MDESC_API int mdesc_attachment__map(const struct mdesc_attachment *att, const char *name);
MDESC_API const char *mdesc_attachment__note(const struct mdesc_attachment *att, size_t idx);

#ifdef __cplusplus
}
#endif

#endif /* MDESC_MDESC_H */

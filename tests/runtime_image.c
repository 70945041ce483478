/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The public API on the sample image: identity, sections, layouts, fields,
 * values, errors, newer formats.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

#include <mdesc/mdesc.h>

#include "imgbuild.h"
#include "tap.h"

static struct mdesc_image *open_sample(const struct sample_opts *opts, struct mdesc_error *err)
{
	struct mdesc_image *img;
	uint8_t *data;
	size_t size;

	data = sample_image(opts, &size);
	img = mdesc_image__open_mem(data, size, NULL, err);
	free(data);
	return img;
}

/* What is computed: spare valid tags > 2; sum = length + spare; all = v[0]..v[1]; half = all / -2. */
static void test_computed(const struct mdesc_image *img)
{
	const struct mdesc_layout *l = mdesc_image__layout(img, 0), *d = mdesc_image__layout(img, 1);
	const struct mdesc_value *sum = mdesc_layout__value_by_name(l, "sum");
	const struct mdesc_value *half = mdesc_layout__value_by_name(d, "half");
	const struct mdesc_field *spare = mdesc_layout__field_by_name(l, "spare");
	uint8_t meta[SAMPLE_SIZE] = { [30] = 3, [40] = 0xff, 0xff, [43] = 1 };
	uint8_t desc[24] = { [2] = 0, 0, 0, 9 };
	uint64_t n = 1;
	char text[64];

	if (!tap(sum && half && spare && mdesc_layout__value_count(l) == 2 &&
		 !mdesc_layout__value_by_name(l, "spare") && !mdesc_layout__value(d, 2), "values", "not there"))
		return;
	tap(mdesc_field__applies(spare, meta, sizeof(meta)) == 1 &&
	    mdesc_value__applies(sum, meta, sizeof(meta)) == 1, "valid holds", "it does not");
	tap(!mdesc_value__read_u64(sum, meta, sizeof(meta), &n) && n == 0, "a sum, modulo its width", "%llu",
	    (unsigned long long)n);
	meta[30] = 2;
	tap(mdesc_field__applies(spare, meta, sizeof(meta)) == 0 &&
	    mdesc_value__applies(sum, meta, sizeof(meta)) == 0, "valid does not hold, nor what reads it", "it does");
	tap(mdesc_field__cond_format(spare, text, sizeof(text)) == 8 && !strcmp(text, "tags > 2"), "valid as text",
	    "%s", text);
	tap(!mdesc_value__read_u64(half, desc, sizeof(desc), &n) && (int64_t)n == -4, "all / -2", "%lld", (long long)n);
	mdesc_value__expr_format(half, text, sizeof(text));
	tap(!strcmp(text, "all / -2"), "expression as text", "%s", text);
	tap(mdesc_value__format(half, desc, sizeof(desc), text, sizeof(text)) == 2 && !strcmp(text, "-4"), "as text",
	    "%s", text);
	mdesc_value__expr_format(mdesc_layout__value_by_name(d, "all"), text, sizeof(text));
	tap(!strcmp(text, "v[0]..v[1]"), "alias as text", "%s", text);
	tap(mdesc_value__read_u64(half, desc, sizeof(desc) - 1, &n) == -EMSGSIZE, "too few bytes", "read");
}

static void test_parser_info(const struct mdesc_image *img)
{
	MDESC_INFO(mdesc_register_info, reg);
	MDESC_INFO(mdesc_class_info, class);
	char name[32] = "?";

	tap(!mdesc_image__register(img, 2, &reg) && !strcmp(reg.name, "tunnel") && reg.kind == MDESC_REGISTER_FLAG &&
	    reg.bits == 1 && !*reg.type, "register", "%s %d %u", reg.name ? reg.name : "none", reg.kind, reg.bits);
	tap(mdesc_image__register(img, 5, &reg) == -ENOENT, "register beyond the last", " ");
	tap(!mdesc_image__class(img, 1, &class) && !strcmp(class.name, "level") && class.rows == 3 &&
	    class.bits == 64 && class.key_bits == 40, "classification", "%s %u %u",
	    class.name ? class.name : "none", class.rows, class.bits);
	tap(mdesc_image__class(img, 2, &class) == -ENOENT, "classification beyond the last", " ");
	tap(mdesc_image__error_name(img, MDESC_ERR_LOOP, name, sizeof(name)) == 4 && !strcmp(name, "loop"),
	    "name of a machine's error", "%s", name);
	tap(!mdesc_image__error_name(img, 16, name, sizeof(name)) && !*name, "an error without a name", "%s", name);
}

static void test_identity(const struct mdesc_image *img)
{
	struct mdesc_match match;
	MDESC_INFO(mdesc_digest_info, digest);
	MDESC_INFO(mdesc_section_info, sec);
	MDESC_INFO(mdesc_target_info, target);
	uint32_t size;

	tap(!strcmp(mdesc_image__ident(img, MDESC_IDENT_DEVICE), "sample") &&
	    !strcmp(mdesc_image__ident(img, MDESC_IDENT_DRIVER), "sampledrv") &&
	    !strcmp(mdesc_image__ident(img, MDESC_IDENT_LICENSE), ""), "identity", "wrong");
	tap(mdesc_image__match_count(img) == 1 && !mdesc_image__match(img, 0, &match) &&
	    !strcmp(match.where, "devlink") && !strcmp(match.key, "fw.app") &&
	    !strcmp(match.glob, "1.*") && mdesc_image__match(img, 1, &match) == -ENOENT,
	    "match lines", "wrong");
	tap(strlen(mdesc_image__build_id_hex(img)) == 40 && !mdesc_image__verify(img, NULL),
	    "build id", "%s", mdesc_image__build_id_hex(img));
	tap(!mdesc_image__digest(img, 0, &digest) && !strcmp(digest.name, "ELF") &&
	    mdesc_image__digest(img, mdesc_image__digest_count(img), &digest) == -ENOENT,
	    "digest table", "wrong");
	tap(!mdesc_image__section_by_name(img, MDESC_SEC_ROWS, &sec) && sec.entries == 12 &&
	    sec.entry_size >= sizeof(struct mdesc_fmt_row) && sec.known &&
	    mdesc_image__section_by_name(img, ".nope", &sec) == -ENOENT, "sections", "wrong");
	test_parser_info(img);
	tap(!mdesc_image__target(img, &target) && !strcmp(target.name, "tcam_test") &&
	    target.steps == 8, "target", "wrong");
	tap(mdesc_image__row_count(img) == 12 && mdesc_image__state_count(img) == 5 &&
	    mdesc_image__header_count(img) == 3 && !strcmp(mdesc_image__state_name(img, 3), "ip4.1") &&
	    !mdesc_image__state_name(img, 5) && !strcmp(mdesc_image__header_name(img, 2), "ipv4"),
	    "parser's counts and names", "wrong");
	tap(mdesc_image__btf_data(img, &size) && size > 24 && mdesc_image__btf(img), "BTF", "none");
}

static void test_sources(const struct mdesc_image *img)
{
	const struct mdesc_source *src = mdesc_image__source_by_name(img, "rx_desc");

	tap(src && mdesc_source__index(src) == 2 && mdesc_source__kind(src) == MDESC_SOURCE_PTR &&
	    mdesc_source__bits(src) == 64 && !strcmp(mdesc_source__type(src), "sample_desc"),
	    "source by name", "wrong");
	errno = 0;
	tap(!mdesc_image__source_by_name(img, "x") && errno == ENOENT &&
	    !mdesc_image__source(img, 3), "no such source", "errno %d", errno);
}

static void test_layouts(const struct mdesc_image *img)
{
	const struct mdesc_layout *layout = mdesc_image__layout_by_name(img, "sample");
	const struct mdesc_field *field;
	uint8_t meta[SAMPLE_SIZE + 8] = { 0 };
	uint32_t id = SAMPLE_ID;

	tap(layout && mdesc_layout__id(layout) == SAMPLE_ID && mdesc_layout__has_id(layout) &&
	    mdesc_layout__size(layout) == SAMPLE_SIZE && mdesc_layout__field_count(layout) == 17 &&
	    mdesc_image__layout_by_id(img, SAMPLE_ID) == layout &&
	    mdesc_layout__fingerprint(layout) == 0x0123456789abcdefull, "layout", "wrong");
	tap(!mdesc_image__layout_by_id(img, 0x7654321), "a descriptor is not found by id", "it is");
	memcpy(meta + sizeof(meta) - 4, &id, 4);
	tap(mdesc_image__layout_of(img, meta, sizeof(meta)) == layout, "layout of longer metadata",
	    "not found");
	errno = 0;
	tap(!mdesc_image__layout_of(img, meta + 20, sizeof(meta) - 20) && errno == EMSGSIZE,
	    "layout of cut metadata", "errno %d", errno);
	tap(!mdesc_image__layout_of(img, meta, 8) && errno == ENOENT, "unknown layout id",
	    "errno %d", errno);
	field = mdesc_layout__field_by_name(layout, "tag.vid");
	tap(field && mdesc_field__byte_offset(field) == 20 && mdesc_field__width(field) == 12 &&
	    mdesc_field__shift(field) == 16 && mdesc_field__order(field) == MDESC_ORDER_BE &&
	    mdesc_field__flags(field) == MDESC_FIELD_RANGE && mdesc_field__layout(field) == layout,
	    "field by path", "wrong");
	tap(!mdesc_layout__field_by_name(layout, "tag.") && !mdesc_layout__field(layout, 17),
	    "no such field", "found");
}

/* A field of the layout as text, or "-EMSGSIZE" and the like. */
static const char *text_of(const struct mdesc_layout *layout, const char *path, const uint8_t *meta,
			   char buf[200])
{
	const struct mdesc_field *field = mdesc_layout__field_by_name(layout, path);

	strcpy(buf, "?");
	if (field)
		mdesc_field__format(field, meta, mdesc_layout__size(layout), buf, 200);
	return buf;
}

static void check_text(const struct mdesc_layout *layout, const char *path, const uint8_t *meta,
		       const char *want)
{
	char buf[200], name[80];

	snprintf(name, sizeof(name), "%s reads %s", path, want);
	tap(!strcmp(text_of(layout, path, meta, buf), want), name, "reads %s", buf);
}

static void test_values(const struct mdesc_image *img)
{
	const struct mdesc_layout *layout = mdesc_image__layout_by_name(img, "sample");
	static const uint8_t meta[SAMPLE_SIZE] = {
		[0] = 1, [7] = 0x80, [8] = 10, 0, 0, 1, [12] = 0x34, 0x12, [16] = 2, [18] = 0xff,
		[20] = 0xaf, 0xff, 0, 0, 2, 0, 0, 0, 0, 9, [32] = 0xef, 0xcd, [39] = 0xff,
		[40] = 0x05, 0xdc, [43] = 1,
	};
	const struct mdesc_field *field;
	uint64_t value;
	uint8_t bytes[8];
	char small[4];

	check_text(layout, "timestamp", meta, "9223372036854775809");
	check_text(layout, "l3.v4.saddr", meta, "10.0.0.1");
	check_text(layout, "l3.v4.len", meta, "4660");
	check_text(layout, "type", meta, "ipv4");
	check_text(layout, "tag", meta, "2952724480");
	check_text(layout, "tag.pcp", meta, "5");
	check_text(layout, "tag.vid", meta, "4095");
	check_text(layout, "dst", meta, "02:00:00:00:00:09");
	check_text(layout, "desc", meta, "0xff0000000000cdef");
	check_text(layout, "length", meta, "1500");
	check_text(layout, "spare", meta, "true");

	field = mdesc_layout__field_by_name(layout, "dst");
	tap(mdesc_field__read_u64(field, meta, sizeof(meta), 0, &value) == -EOPNOTSUPP,
	    "a MAC address is no number", "it is");
	tap(mdesc_field__read_bytes(field, meta, sizeof(meta), bytes, sizeof(bytes)) == 6 &&
	    bytes[0] == 2 && bytes[5] == 9, "bytes of a MAC address", "wrong");
	field = mdesc_layout__field_by_name(layout, "length");
	tap(!mdesc_field__read_u64(field, meta, sizeof(meta), 0, &value) && value == 1500,
	    "a number", "wrong");
	tap(mdesc_field__read_u64(field, meta, sizeof(meta), 1, &value) == -ERANGE &&
	    mdesc_field__read_u64(field, meta, sizeof(meta) - 1, 0, &value) == -EMSGSIZE,
	    "beyond elements and bytes", "read");
	tap(mdesc_field__format(field, meta, sizeof(meta), small, sizeof(small)) == 4 &&
	    !strcmp(small, "150"), "text is cut as snprintf() does", "%s", small);
}

static void test_descriptor(const struct mdesc_image *img)
{
	const struct mdesc_layout *layout = mdesc_image__layout_by_name(img, "sample_desc");
	static const uint8_t desc[24] = {
		0xf8, 0x0f, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 1, 2, 3, 4, 5, 6, 0xff,
		0x20, 0, 0, 0, 0, 0, 0, 0, 0x10,
	};
	const struct mdesc_field *field;
	uint64_t value;

	check_text(layout, "s", desc, "-1");
	check_text(layout, "v", desc, "[258, 772, 1286]");
	check_text(layout, "raw", desc, "010203040506ff");
	check_text(layout, "wide", desc, "9223372036854775809");
	field = mdesc_layout__field_by_name(layout, "s");
	tap(!mdesc_field__read_u64(field, desc, sizeof(desc), 0, &value) && (int64_t)value == -1,
	    "a negative number", "wrong");
	field = mdesc_layout__field_by_name(layout, "v");
	tap(!mdesc_field__read_u64(field, desc, sizeof(desc), 2, &value) && value == 0x0506,
	    "an element", "wrong");
}

static void test_conditions(const struct mdesc_image *img)
{
	const struct mdesc_layout *layout = mdesc_image__layout_by_name(img, "sample");
	const struct mdesc_field *len = mdesc_layout__field_by_name(layout, "l3.v4.len");
	const struct mdesc_field *l4 = mdesc_layout__field_by_name(layout, "l3.v4.l4_offset");
	uint8_t meta[SAMPLE_SIZE] = { 0 };
	char buf[80];

	tap(mdesc_field__applies(len, meta, sizeof(meta)) == 0, "condition does not hold", "it does");
	meta[16] = 2;
	tap(mdesc_field__applies(len, meta, sizeof(meta)) == 1 &&
	    mdesc_field__applies(l4, meta, sizeof(meta)) == 1, "conditions hold", "they don't");
	tap(mdesc_field__applies(len, meta, 4) == -EMSGSIZE, "condition in cut metadata", "no error");
	mdesc_field__cond_format(l4, buf, sizeof(buf));
	tap(!strcmp(buf, "type = ipv4 and type != other, 5..9"), "condition as text", "%s", buf);
	tap(mdesc_field__cond_format(mdesc_layout__field(layout, 0), buf, sizeof(buf)) == 0,
	    "no condition", "%s", buf);
}

/* ---- newer formats ---- */

static void test_newer(void)
{
	struct sample_opts longer = { .minor = 2, .extra = 8, .fill = 0xab, .compat = 0x8000,
				      .extra_section = 1 };
	struct sample_opts read = { .incompat_read = 0x10 };
	struct sample_opts exec = { .incompat_exec = 0x80000000 };
	MDESC_INFO(mdesc_section_info, sec);
	struct mdesc_refnic *nic;
	struct mdesc_image *img;
	struct mdesc_error err;

	memset(&err, 0, sizeof(err));
	img = open_sample(&longer, &err);
	if (tap(img, "a newer minor with longer entries and a new section opens", "%s", err.text)) {
		test_identity(img);
	test_computed(img);
		test_values(img);
		test_conditions(img);
		tap(!mdesc_image__section_by_name(img, ".mdesc.future", &sec) && !sec.known,
		    "the new section is listed", "it is not");
		nic = mdesc_refnic__new(img, NULL, &err);
		tap(nic, "its tables run", "%s", err.text);
		mdesc_refnic__free(nic);
	}
	mdesc_image__close(img);

	img = open_sample(&read, &err);
	tap(!img && errno == ENOTSUP && err.kind == MDESC_CLASS_NEWER &&
	    !strcmp(err.section, ".mdesc.hdr") && err.offset == 8, "unknown read feature", "%s",
	    err.text);
	mdesc_image__close(img);

	img = open_sample(&exec, &err);
	if (!tap(img, "an unknown execute feature opens", "%s", err.text))
		return;
	test_values(img);
	nic = mdesc_refnic__new(img, NULL, &err);
	tap(!nic && errno == ENOTSUP && err.kind == MDESC_CLASS_NEWER, "and does not run", "%s", err.text);
	mdesc_refnic__free(nic);
	mdesc_image__close(img);
}

/* ---- opening ---- */

static void test_open(void)
{
	uint8_t id[20] = { 1, 2, 3, 4 };
	MDESC_OPTS(mdesc_image_open_opts, opts, .name = "that one");
	struct mdesc_image *img;
	struct mdesc_error err;
	uint8_t *data, *shifted;
	size_t size;

	img = mdesc_image__open("/nonexistent/x.fw", NULL, &err);
	tap(!img && errno == ENOENT && err.kind == MDESC_CLASS_NOT_FOUND && err.code == -ENOENT,
	    "no such file", "%s", err.text);
	img = mdesc_image__open("/", NULL, &err);
	tap(!img && errno == EISDIR, "a folder", "%s", err.text);
	data = sample_image(NULL, &size);
	img = mdesc_image__open_mem("hello", 5, &opts, &err);
	tap(!img && err.kind == MDESC_CLASS_CORRUPT && strstr(err.text, "that one"), "not an image",
	    "%s", err.text);
	img = mdesc_image__open_mem("hello", 5, &opts, NULL);
	tap(!img && errno == EBADMSG, "without an error record", "errno %d", errno);

	opts.borrow = true;
	img = mdesc_image__open_mem(data, size, &opts, &err);
	tap(img && mdesc_image__data(img, &size) == data, "borrowed bytes are used in place", "%s",
	    err.text);
	data[0x100] ^= 1;
	tap(img && mdesc_image__verify(img, &err) == -EBADMSG, "verify sees that borrowed bytes changed",
	    "it does not");
	data[0x100] ^= 1;
	mdesc_image__close(img);

	shifted = malloc(size + 1);
	memcpy(shifted + 1, data, size);
	img = mdesc_image__open_mem(shifted + 1, size, &opts, &err);
	tap(img, "borrowed bytes that are not aligned", "%s", err.text);
	mdesc_image__close(img);
	free(shifted);

	opts.build_id = id;
	opts.build_id_size = sizeof(id);
	img = mdesc_image__open_mem(data, size, &opts, &err);
	tap(!img && errno == EKEYREJECTED && err.kind == MDESC_CLASS_CORRUPT, "another build id", "%s",
	    err.text);
	free(data);
}

static void test_opts(void)
{
	struct {
		struct mdesc_image_open_opts opts;
		uint64_t more;
	} wide = { .opts.sz = sizeof(wide) };
	size_t small[1] = { sizeof(small) };
	struct mdesc_image *img;
	struct mdesc_error err;
	uint8_t *data;
	size_t size;

	data = sample_image(NULL, &size);
	img = mdesc_image__open_mem(data, size, &wide.opts, &err);
	tap(img, "options of a newer caller, not used", "%s", err.text);
	mdesc_image__close(img);
	wide.more = 1;
	img = mdesc_image__open_mem(data, size, &wide.opts, &err);
	tap(!img && errno == EINVAL, "options of a newer caller, used", "%s", err.text);
	mdesc_image__close(img);
	img = mdesc_image__open_mem(data, size, (void *)small, &err);
	tap(img, "options of an older caller", "%s", err.text);
	mdesc_image__close(img);
	free(data);
}

/* ---- types within types ---- */

/* Two NICs with the same structs: a chain of them, or each with the one before it twice. */
static struct mdesc_stitched *stitch_nested(int levels, bool twice, struct mdesc_error *err)
{
	struct btf *btf = btf__new_empty();
	struct mdesc_btf_bytes nics[2] = { { .name = "one" }, { .name = "other" } };
	MDESC_OPTS(mdesc_stitch_opts, opts, .btfs = nics, .btf_count = 2);
	struct mdesc_stitched *made;
	uint32_t size;
	int i, last;

	last = btf__add_int(btf, "unsigned int", 4, 0);
	for (i = 0; i < levels; i++) {
		char name[32];
		int id;

		snprintf(name, sizeof(name), "nested_%d", i);
		id = btf__add_union(btf, name, 4);
		btf__add_field(btf, "x", last, 0, 0);
		if (twice)
			btf__add_field(btf, "y", last, 0, 0);
		last = id;
	}
	nics[0].data = nics[1].data = btf__raw_data(btf, &size);
	nics[0].size = nics[1].size = size;
	made = mdesc_stitch__flat(NULL, &opts, err);
	btf__free(btf);
	return made;
}

static void test_nested(void)
{
	struct sample_opts opts = { .btf_levels = 19 };
	struct mdesc_stitched *made;
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;

	img = open_sample(&opts, &err);
	tap(img, "a million types within one", "%s", err.text);
	mdesc_image__close(img);
	opts.btf_levels = 20;
	img = open_sample(&opts, &err);
	tap(!img && errno == EBADMSG && strstr(err.text, "too many types"),
	    "two million types within one", "%s", err.text);
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		printf("skip types within a NIC's btf: this kernel has no BTF\n");
		return;
	}
	made = stitch_nested(255, false, &err);
	tap(made, "a NIC's types 255 deep", "%s", err.text);
	mdesc_stitched__free(made);
	made = stitch_nested(100000, false, &err);
	tap(!made && err.kind == MDESC_CLASS_CORRUPT && strstr(err.text, "too deeply"),
	    "a NIC's types 100,000 deep", "%s", err.text);
	made = stitch_nested(60, true, &err);
	tap(!made && err.kind == MDESC_CLASS_CORRUPT && strstr(err.text, "too many types"),
	    "too many types within a NIC's", "%s", err.text);
}

/* ---- the description ---- */

#define W(s)	{ MDESC_TOKEN_WORD, s }
#define N(s)	{ MDESC_TOKEN_NUMBER, s }
#define S(s)	{ MDESC_TOKEN_STRING, s }
#define M(s)	{ MDESC_TOKEN_MARK, s }
#define D(s)	{ MDESC_TOKEN_DOC, s }

static void test_description(void)
{
	static const char want[] = "mdesc 1;\n\n/// Of a sample.\n///\n/// In three lines.\n"
				   "device sample {\n\tdriver \"sample\\\\drv \\\"1\\\"\";\n}\n";
	struct mdesc_error err = { 0 };
	struct mdesc_image *img = open_sample(NULL, &err);
	char *text = NULL;
	size_t size = 0;
	int ret = img ? mdesc_image__description(img, &text, &size, &err) : -1;

	tap(ret == 0 && size == strlen(text) && strcmp(text, want) == 0, "the description", "%s: %s", err.text, text);
	free(text);
	mdesc_image__close(img);
}

/* Words that would be something else in the text, or would make it another. */
static void test_bad_descriptions(void)
{
	static const struct {
		const char *name;
		struct sample_token text[8];
	} cases[] = {
		{ "a word with a blank", { W("a b"), M(";") } },
		{ "a word that begins with a digit", { W("1a") } },
		{ "a word that is nothing", { W("") } },
		{ "a word that is a comment", { W("//") } },
		{ "a number that is a word", { N("x") } },
		{ "a number that is two", { N("1 2") } },
		{ "a string of two lines", { W("unit"), S("a\nb") } },
		{ "a mark that is two", { M("};") } },
		{ "a mark that begins a comment", { M("/*") } },
		{ "a mark that is a string", { M("\"") } },
		{ "a mark that is nothing", { M("") } },
		{ "an include", { W("include"), S("/etc/passwd"), M(";") } },
		{ "a brace that is not closed", { W("device"), M("{"), M("{"), M("}") } },
		{ "a brace that was not opened", { M("}"), M("{") } },
		{ "an unknown kind", { { 7, "x" } } },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sample_opts opts = { .text = cases[i].text };
		struct mdesc_error err = { 0 };
		struct mdesc_image *img = open_sample(&opts, &err);

		tap(!img && err.kind == MDESC_CLASS_CORRUPT && strcmp(err.section, MDESC_SEC_TEXT) == 0,
		    cases[i].name, "%s", err.text);
		mdesc_image__close(img);
	}
}

/* What is no description to a compiler is still text in which nothing is anything else. */
static void test_odd_descriptions(void)
{
	static const struct sample_token odd[] = {
		M("/"), M("/"), S("a"), M("/"), M("*"), N("0x1"), D("*/ \\ \" ///"), W("struct"), M("{"), M("}"),
		S("\\"), S("\""), M("-"), M("-"), M(","), M(","), { 0 }
	};
	static const struct sample_token newer[] = { W("mdesc"), { 9, "?" }, { 0 } };
	static const struct sample_token none[] = { { 0 } };
	static const char want[] =
		"/ / \"a\" / * 0x1\n\n/// */ \\ \" ///\nstruct {\n}\n\n\"\\\\\" \"\\\"\" - -,,\n";
	struct sample_opts opts = { .text = odd };
	struct mdesc_error err = { 0 };
	struct mdesc_image *img = open_sample(&opts, &err);
	char *text = NULL;
	size_t size;
	int ret = img ? mdesc_image__description(img, &text, &size, &err) : -1;

	tap(ret == 0 && strcmp(text, want) == 0, "marks side by side are no comment", "%s: %s", err.text, text);
	free(text);
	mdesc_image__close(img);

	opts = (struct sample_opts){ .text = newer, .minor = MDESC_FMT_MINOR + 1, .extra = 4, .fill = 0xff };
	img = open_sample(&opts, &err);
	tap(img && mdesc_image__description(img, &text, &size, &err) == -ENOTSUP && !text && size == 0 &&
	    err.kind == MDESC_CLASS_NEWER, "words of a newer format", "%s", err.text);
	mdesc_image__close(img);

	opts = (struct sample_opts){ .text = none };
	img = open_sample(&opts, &err);
	tap(img && mdesc_image__description(img, &text, &size, &err) == -ENOENT && !text &&
	    err.kind == MDESC_CLASS_NOT_FOUND, "no description", "%s", err.text);
	mdesc_image__close(img);
}

/* Operations that nothing runs may name what there is not. */
static void test_tables(const struct mdesc_image *img)
{
	struct mdesc_error err;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int ret = mdesc_image__print_tables(img, out, &err);

	fclose(out);
	tap(ret == 0 && strstr(text, "metadata 0 sample 48 bytes, id 0x01234567"), "tables", "%d\n%s", ret, text);
	tap(strstr(text, ": load source 65535\n") && strstr(text, ": load present(header 65535)\n") &&
	    strstr(text, ": load classify 65535\n"), "operations without what they name", "%s", text);
	free(text);
}

int main(void)
{
	struct mdesc_image *img;
	struct mdesc_error err;

	memset(&err, 0, sizeof(err));
	img = open_sample(NULL, &err);
	if (!tap(img, "the sample opens", "%s", err.text))
		return 1;
	test_identity(img);
	test_sources(img);
	test_layouts(img);
	test_values(img);
	test_descriptor(img);
	test_conditions(img);
	test_tables(img);
	mdesc_image__close(img);
	test_newer();
	test_open();
	test_opts();
	test_nested();
	test_description();
	test_bad_descriptions();
	test_odd_descriptions();
	return tap_status();
}

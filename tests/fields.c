/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fields IMAGE CAPTURE COLUMN...: runs the packets of a capture through refnic, prints a line with the columns' names
 * and then a line for each packet, the values separated by |, in the way of tests/captures/tshark.sh.
 *
 * A column is the path of a field of the metadata, A.B.C. Empty where the field's union is in another arm, or where
 * the layout has a field has.A, has.A_B or has.A_B_C that is 0. `PATH*` is a list: PATH0, PATH1, ..., as many as the
 * last of these says. `frame.number`, `frame.time_epoch`, `parser.error` and `parser.dropped` come from the
 * capture and the result.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mdesc/mdesc.h>
#include <pcap/pcap.h>

struct packet {
	const struct mdesc_layout *layout;
	const uint8_t *meta;
	size_t size;
	int error;
	bool dropped;
	unsigned long number;
	long sec, nsec;
};

/* By its path, or a bit range by that of its word's struct and its own name: vlan.tag1.id1 as vlan.id1. */
static const struct mdesc_field *field(const struct packet *p, const char *path)
{
	const struct mdesc_field *f = mdesc_layout__field_by_name(p->layout, path);
	const char *name = strrchr(path, '.');
	size_t first = strcspn(path, ".");

	if (f)
		return f;
	for (size_t i = 0; name && i < mdesc_layout__field_count(p->layout); i++) {
		const char *last;

		f = mdesc_layout__field(p->layout, i);
		last = strrchr(mdesc_field__path(f), '.');
		if (last && !strcmp(last, name) && !strncmp(mdesc_field__path(f), path, first + 1))
			return f;
	}
	fprintf(stderr, "fields: no field '%s'\n", path);
	exit(2);
}

static uint64_t number(const struct packet *p, const struct mdesc_field *f)
{
	uint64_t v = 0;

	if (mdesc_field__read_u64(f, p->meta, p->size, 0, &v)) {
		fprintf(stderr, "fields: '%s' is no number\n", mdesc_field__path(f));
		exit(2);
	}
	return v;
}

static void print_value(const struct packet *p, const struct mdesc_field *f)
{
	char text[128] = "";
	uint8_t bytes[16] = { 0 };
	uint32_t v4;

	if (!strcmp(mdesc_field__unit(f), "IPv6 address")) {
		mdesc_field__read_bytes(f, p->meta, p->size, bytes, sizeof(bytes));
		inet_ntop(AF_INET6, bytes, text, sizeof(text));
	} else if (!strcmp(mdesc_field__unit(f), "IPv4 address")) {
		v4 = htonl((uint32_t)number(p, f));
		inet_ntop(AF_INET, &v4, text, sizeof(text));
	} else if (mdesc_field__kind(f) == MDESC_FIELD_MAC || mdesc_field__kind(f) == MDESC_FIELD_BYTES) {
		mdesc_field__format(f, p->meta, p->size, text, sizeof(text));
	} else {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)number(p, f));
	}
	fputs(text, stdout);
}

/*
 * How many the packet has of what the path names: the fields has.A, has.A_B, ... for the path A.B... say; 0 if one of
 * them is 0, else what the last says; 1 where the layout has none of them.
 */
static uint64_t how_many(const struct packet *p, const char *path)
{
	size_t len = strlen(path) - (path[strlen(path) - 1] == '*');
	const struct mdesc_field *f;
	char name[128] = "has.";
	uint64_t n = 1;

	for (size_t i = 0; i <= len && i + 5 < sizeof(name); i++) {
		if (i < len && path[i] != '.') {
			name[4 + i] = path[i];
			continue;
		}
		f = mdesc_layout__field_by_name(p->layout, name);
		if (f)
			n = number(p, f);
		if (!n)
			return 0;
		name[4 + i] = '_';
	}
	return n;
}

static void print_list(const struct packet *p, const char *path)
{
	uint64_t n = how_many(p, path);
	char name[128];

	for (uint64_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%.*s%u", (int)strlen(path) - 1, path, (unsigned)i);
		fputs(i ? "," : "", stdout);
		print_value(p, field(p, name));
	}
}

static void print_column(const struct packet *p, const char *path)
{
	const struct mdesc_field *f;

	if (!strcmp(path, "frame.number")) {
		printf("%lu", p->number);
	} else if (!strcmp(path, "frame.time_epoch")) {
		printf("%ld.%09ld", p->sec, p->nsec);
	} else if (!strcmp(path, "parser.error")) {
		printf("%d", p->error);
	} else if (!strcmp(path, "parser.dropped")) {
		printf("%d", p->dropped);
	} else if (p->dropped || !p->layout) {
		return;
	} else if (path[strlen(path) - 1] == '*') {
		print_list(p, path);
	} else {
		f = field(p, path);
		if (how_many(p, path) && mdesc_field__applies(f, p->meta, p->size) == 1)
			print_value(p, f);
	}
}

static void run(struct mdesc_refnic *nic, pcap_t *cap, char **columns, int n)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	struct packet p = { 0 };

	while (pcap_next_ex(cap, &h, &data) == 1) {
		struct mdesc_refnic_result r = { .sz = sizeof(r) };

		if (mdesc_refnic__run(nic, data, h->caplen, NULL, &r)) {
			fprintf(stderr, "fields: packet %lu cannot be run\n", p.number + 1);
			exit(2);
		}
		p = (struct packet){ r.layout, r.meta, r.meta_size, r.error, r.dropped, p.number + 1, h->ts.tv_sec,
				     h->ts.tv_usec };
		for (int i = 0; i < n; i++) {
			fputs(i ? "|" : "", stdout);
			print_column(&p, columns[i]);
		}
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	char text[PCAP_ERRBUF_SIZE];
	struct mdesc_error err = { 0 };
	struct mdesc_image *img;
	struct mdesc_refnic *nic;
	pcap_t *cap;

	if (argc < 4) {
		fprintf(stderr, "usage: fields IMAGE CAPTURE COLUMN...\n");
		return 2;
	}
	img = mdesc_image__open(argv[1], NULL, &err);
	nic = img ? mdesc_refnic__new(img, NULL, &err) : NULL;
	if (!nic) {
		fprintf(stderr, "fields: %s\n", err.text);
		return 2;
	}
	cap = pcap_open_offline_with_tstamp_precision(argv[2], PCAP_TSTAMP_PRECISION_NANO, text);
	if (!cap) {
		fprintf(stderr, "fields: %s\n", text);
		return 2;
	}
	for (int i = 3; i < argc; i++)
		printf("%s%.*s", i > 3 ? "|" : "",
		       (int)(strlen(argv[i]) - (argv[i][strlen(argv[i]) - 1] == '*')), argv[i]);
	putchar('\n');
	run(nic, cap, argv + 3, argc - 3);
	pcap_close(cap);
	mdesc_refnic__free(nic);
	mdesc_image__close(img);
	return 0;
}

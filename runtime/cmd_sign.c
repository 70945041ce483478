/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc sign: takes images, and a key with its certificate or a signature that
 * was made elsewhere; writes the images signed, each whole or not at all.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

static const char help[] =
"usage: mdesc sign [OPTION]... --key FILE --cert FILE IMAGE...\n"
"       mdesc sign [OPTION]... --attach FILE IMAGE\n"
"\n"
"Signs images: a CMS signature over .mdesc.digest goes into the section .mdesc.sig. The\n"
"build id stays, and so does everything else that an image says. Images are signed in\n"
"place; what is written would be accepted by a host that trusts the certificate.\n"
"\n"
"  -k, --key FILE         the private key, PEM or DER: RSA from 2048 bits, or P-256\n"
"  -c, --cert FILE        its certificate; further ones in FILE, such as a CA's that\n"
"                         issued it, go into the signature, too\n"
"  -p, --passphrase FILE  the first line of FILE opens the key (- is standard input)\n"
"  -a, --attach FILE      the signature itself, in DER, made elsewhere (by a signing\n"
"                         service, say); with --cert, by whom it must be\n"
"      --add              beside the signature that an image has\n"
"      --force            instead of the signature that an image has\n"
"  -o, --output FILE      write there; only with one image\n"
"  -h, --help             this text\n"
"\n"
"Exit status: 1 an image is signed already, or key and certificate do not fit; 3 a file\n"
"is not there; 5 an image is damaged; 6 built without libcrypto.\n";

enum { ADD = 256, FORCE };

struct sign_args {
	const char *key;
	const char *cert;
	const char *passphrase;		/* where it is */
	const char *attach;
	const char *output;
	int existing;
};

/* -1: go on; else the exit status. */
static int check_args(const struct sign_args *a, int n)
{
	if (a->attach && (a->key || a->passphrase))
		return cmd_usage("sign", "--attach brings a signature, and needs no key");
	if (!a->attach && (!a->key || !a->cert))
		return cmd_usage("sign", "it takes --key and --cert, or --attach");
	if (n < 1)
		return cmd_usage("sign", "it takes images");
	if (n > 1 && (a->output || a->attach))
		return cmd_usage("sign", a->output ? "--output goes with one image" : "--attach goes with one image");
	return -1;
}

static int parse_args(struct sign_args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "cert", required_argument, NULL, 'c' },
		{ "passphrase", required_argument, NULL, 'p' },
		{ "attach", required_argument, NULL, 'a' },
		{ "add", no_argument, NULL, ADD },
		{ "force", no_argument, NULL, FORCE },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "k:c:p:a:o:h", longs, NULL)) != -1) {
		switch (c) {
		case 'k': a->key = optarg; break;
		case 'c': a->cert = optarg; break;
		case 'p': a->passphrase = optarg; break;
		case 'a': a->attach = optarg; break;
		case 'o': a->output = optarg; break;
		case ADD:
		case FORCE:
			if (a->existing)
				return cmd_usage("sign", "--add or --force, once");
			a->existing = c == ADD ? MDESC_SIGN_ADD : MDESC_SIGN_REPLACE;
			break;
		case 'h':
			fputs(help, stdout);
			return cmd_finish(0);
		default:
			return cmd_usage("sign", NULL);
		}
	}
	return check_args(a, argc - optind);
}

/* The first line. 0, or the exit status after an error message. */
static int read_passphrase(const char *path, char *line, size_t size)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	bool came;

	if (!in)
		return cmd_fail(cmd_file_class(errno), "%s: %s", path, strerror(errno));
	came = fgets(line, size, in) != NULL;
	if (in != stdin)
		fclose(in);
	line[came ? strcspn(line, "\n") : 0] = 0;
	return line[0] ? 0 : cmd_fail(MDESC_CLASS_INPUT, "%s: its first line is empty: no passphrase", path);
}

static int sign_one(const char *path, const struct sign_args *a, const char *passphrase)
{
	MDESC_OPTS(mdesc_sign_opts, opts, .existing = a->existing, .passphrase = passphrase);
	struct mdesc_error err = { 0 };
	struct mdesc_image *img = mdesc_image__open(path, NULL, &err);
	void *data = NULL;
	size_t size = 0;
	int status = 0, ret;

	if (!img)
		return cmd_error(&err);
	ret = a->attach ? mdesc_image__attach_signature(img, a->attach, a->cert, &opts, &data, &size, &err) :
			  mdesc_image__sign(img, a->key, a->cert, &opts, &data, &size, &err);
	if (ret == -EEXIST)
		status = cmd_fail(err.kind, "%s; --add adds to its signatures, --force replaces them", err.text);
	else if (ret)
		status = cmd_error(&err);
	else
		status = cmd_write_file(a->output ? a->output : path, data, size);
	free(data);
	mdesc_image__close(img);
	return status;
}

int cmd_sign(int argc, char **argv)
{
	struct sign_args a = { .key = NULL };
	char passphrase[1024] = "";
	int status, worst = 0, i;

	status = parse_args(&a, argc, argv);
	if (status >= 0)
		return status;
	if (a.passphrase) {
		status = read_passphrase(a.passphrase, passphrase, sizeof(passphrase));
		if (status)
			return cmd_finish(status);
	}
	for (i = optind; i < argc; i++) {
		status = sign_one(argv[i], &a, passphrase[0] ? passphrase : NULL);
		if (status > worst)
			worst = status;
	}
	explicit_bzero(passphrase, sizeof(passphrase));
	return cmd_finish(worst);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * pair LABEL RUNS 'COMMAND A' 'COMMAND B': times two commands as whole
 * processes, in turn, after one warm-up each. Prints a row of the table: what,
 * ours (A), theirs (B), ratio (of the medians), peak memory of both, runs.
 * A command is given to the shell only when it holds a `;` or `&`.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct sample {
	double ms;
	long kib;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void run_command(const char *command)
{
	char *argv[64], *copy = strdup(command), *save = NULL, *word;
	int n = 0, null = open("/dev/null", O_WRONLY);

	dup2(null, STDOUT_FILENO);
	if (strpbrk(command, ";&|>")) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	for (word = strtok_r(copy, " ", &save); word && n < 63; word = strtok_r(NULL, " ", &save))
		argv[n++] = word;
	argv[n] = NULL;
	execvp(argv[0], argv);
	_exit(127);
}

static struct sample once(const char *command)
{
	struct sample s;
	struct rusage ru;
	double start = now_ms();
	int status;
	pid_t pid = fork();

	if (pid == 0)
		run_command(command);
	if (pid < 0 || wait4(pid, &status, 0, &ru) != pid) {
		perror("pair");
		exit(2);
	}
	s.ms = now_ms() - start;
	s.kib = ru.ru_maxrss;
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "pair: failed: %s\n", command);
		exit(1);
	}
	return s;
}

static int by_ms(const void *a, const void *b)
{
	double x = ((const struct sample *)a)->ms, y = ((const struct sample *)b)->ms;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	struct sample *a, *b;
	int runs;

	if (argc != 5 || (runs = atoi(argv[2])) < 1) {
		fputs("usage: pair LABEL RUNS 'COMMAND A' 'COMMAND B'\n", stderr);
		return 2;
	}
	a = calloc((size_t)runs, sizeof(*a));
	b = calloc((size_t)runs, sizeof(*b));
	if (!a || !b)
		return 2;
	once(argv[3]);
	once(argv[4]);
	for (int i = 0; i < runs; i++) {
		a[i] = once(argv[3]);
		b[i] = once(argv[4]);
	}
	qsort(a, (size_t)runs, sizeof(*a), by_ms);
	qsort(b, (size_t)runs, sizeof(*b), by_ms);
	printf("| %s | %.2f ms, %.1f MiB | %.2f ms, %.1f MiB | %.1f | %d |\n", argv[1],
	       a[runs / 2].ms, (double)a[runs / 2].kib / 1024, b[runs / 2].ms,
	       (double)b[runs / 2].kib / 1024, b[runs / 2].ms / a[runs / 2].ms, runs);
	free(a);
	free(b);
	return 0;
}

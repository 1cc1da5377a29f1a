/*
 * run VICC_RUN: what a private card and reader cost a command: `VICC_RUN -- true` beside `true` by
 * itself, each a process from start to end.
 */
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* One process after the other; ctx: its argument vector. */
static bool
run_programs(void *ctx, unsigned ops)
{
	char **argv = ctx;

	for (unsigned i = 0; i < ops; i++) {
		pid_t pid;
		int status;

		if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0)
			return bench_failed(argv[0]);
		if (waitpid(pid, &status, 0) != pid)
			return bench_failed("waitpid");
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
			fprintf(stderr, "%s did not end with 0\n", argv[0]);
			return false;
		}
	}
	return true;
}

int
main(int argc, char **argv)
{
	static char command[] = "true", separator[] = "--";
	char *bare[] = { command, NULL };
	char *wrapped[] = { NULL, separator, command, NULL };
	struct bench_case cases[] = {
		{ .name = "true", .run = run_programs, .ctx = bare },
		{ .name = "vicc-run -- true",
		    .run = run_programs,
		    .ctx = wrapped,
		    .floor = &cases[0] },
	};
	struct bench_options options;

	if (!bench_options(&options, &argc, argv))
		return EXIT_FAILURE;
	if (argc != 2) {
		fprintf(
		    stderr, "usage: %s VICC_RUN [--rounds N] [--round-ms N] [--spread]\n", argv[0]);
		return 2;
	}
	wrapped[0] = argv[1];
	if (!bench_run(cases, sizeof(cases) / sizeof(cases[0]), &options))
		return EXIT_FAILURE;
	bench_print(cases, sizeof(cases) / sizeof(cases[0]));
	return EXIT_SUCCESS;
}

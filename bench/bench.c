/* Rounds, medians and the table of results. */
#include "bench.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "wire/clock.h"

bool
bench_failed(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return false;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
bench_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static bool
take_number(const char *text, unsigned max, unsigned *number)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = text == NULL ? 0 : strtoul(text, &end, 0);
	if (value == 0 || value > max || errno != 0 || *end != '\0') {
		fprintf(stderr, "%s: not a number from 1 to %u\n", text == NULL ? "" : text, max);
		return false;
	}
	*number = (unsigned)value;
	return true;
}

/* The process and what it starts stay on one processor. */
static void
stay_here(void)
{
#ifdef __linux__
	cpu_set_t here;
	int cpu = sched_getcpu();

	CPU_ZERO(&here);
	if (cpu < 0)
		return;
	CPU_SET((size_t)cpu, &here);
	(void)sched_setaffinity(0, sizeof(here), &here);
#endif
}

bool
bench_options(struct bench_options *options, int *argc, char **argv)
{
	int kept = 1;
	bool spread = false;

	*options = (struct bench_options){ .rounds = 11, .round_ms = 20 };
	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--rounds") == 0) {
			if (!take_number(argv[++i], BENCH_ROUNDS_MAX, &options->rounds))
				return false;
		} else if (strcmp(argv[i], "--round-ms") == 0) {
			if (!take_number(argv[++i], 60000, &options->round_ms))
				return false;
		} else if (strcmp(argv[i], "--spread") == 0) {
			spread = true;
		} else {
			argv[kept++] = argv[i];
		}
	}
	*argc = kept;
	argv[kept] = NULL;
	if (!spread)
		stay_here();
	return true;
}

/* One round. < 0: it failed */
static double
measure(const struct bench_case *c)
{
	int64_t start = vsc_clock_ns();

	if (!c->run(c->ctx, c->ops))
		return -1;
	return (double)(vsc_clock_ns() - start) / c->ops;
}

/* As many operations as a round's time holds; warms up on the way. */
static bool
calibrate(struct bench_case *c, unsigned round_ms)
{
	double ns;

	for (c->ops = 1;; c->ops *= 2) {
		if ((ns = measure(c)) < 0)
			return false;
		if (ns * c->ops * 2 > round_ms * 1e6 || c->ops > 1u << 28)
			return true;
	}
}

bool
bench_run(struct bench_case *cases, size_t count, const struct bench_options *options)
{
	double(*ns)[BENCH_ROUNDS_MAX] = calloc(count, sizeof(*ns));
	bool ok = ns != NULL;

	for (size_t i = 0; ok && i < count; i++)
		ok = calibrate(&cases[i], options->round_ms);
	for (unsigned round = 0; ok && round < options->rounds; round++)
		for (size_t i = 0; ok && i < count; i++)
			ok = (ns[i][round] = measure(&cases[i])) >= 0;
	for (size_t i = 0; ok && i < count; i++)
		cases[i].ns = bench_median(ns[i], options->rounds);
	free(ns);
	return ok;
}

void
bench_print(const struct bench_case *cases, size_t count)
{
	printf("%-40s %12s %12s %8s\n", "", "ns/op", "op/s", "x floor");
	for (const struct bench_case *c = cases; c < cases + count; c++) {
		printf("%-40s %12.1f %12.0f", c->name, c->ns, 1e9 / c->ns);
		if (c->floor != NULL)
			printf(" %8.2f", c->ns / c->floor->ns);
		printf("\n");
	}
}

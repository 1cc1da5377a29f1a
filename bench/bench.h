/*
 * Measuring side by side: cases of one table run in turns, round after round, so that what else the
 * machine does falls on all of them, and each case's figure is the median of its rounds.
 */
#ifndef VSC_BENCH_H
#define VSC_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct bench_case {
	const char *name;
	/* does what is measured `ops` times; false: it failed, and a message is on stderr */
	bool (*run)(void *ctx, unsigned ops);
	void *ctx;
	const struct bench_case *floor; /* what it cannot be faster than; NULL: it is one */
	/* filled by bench_run */
	unsigned ops; /* a round's */
	double ns;    /* per operation, median */
};

#define BENCH_ROUNDS_MAX 101

struct bench_options {
	unsigned rounds;   /* of each case, 1 to BENCH_ROUNDS_MAX */
	unsigned round_ms; /* how long a round takes, about */
};

/*
 * 11 rounds of 20 ms, or what --rounds N and --round-ms N say; these are taken out of argv. Unless
 * --spread is given the process and its children are held on one processor: where the scheduler
 * puts the two sides of a ping-pong matters more than what is measured. false: message on stderr.
 */
bool bench_options(struct bench_options *options, int *argc, char **argv);

bool bench_run(struct bench_case *cases, size_t count, const struct bench_options *options);

/* A table: name, ns per operation, operations per second, and how many times its floor. */
void bench_print(const struct bench_case *cases, size_t count);

/* Sorts values. */
double bench_median(double *values, size_t count);

/* A message with errno's text; returns false. */
bool bench_failed(const char *what);

/* --- Bare sockets: the floor under everything that talks --- */

enum bench_wire { BENCH_PAIR, BENCH_UNIX, BENCH_TCP };
extern const char *const bench_wire_names[3];

/* Two connected, blocking sockets of that kind; TCP over loopback without delay. */
bool bench_connect(enum bench_wire wire, int fds[2]);

/* Ping-pong of fixed sizes over fd with a thread at the other end that does nothing else: one
 * write and one read on each side. */
struct bench_bare {
	int fd;                   /* ours */
	size_t request, response; /* bytes, with whatever header the real thing has */
	void *peer;
};

bool bench_bare_open(
    struct bench_bare *bare, enum bench_wire wire, size_t request, size_t response);
void bench_bare_close(struct bench_bare *bare);
/* for struct bench_case */
bool bench_bare_run(void *ctx, unsigned ops);

#endif

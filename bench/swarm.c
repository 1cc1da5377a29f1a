/*
 * swarm VICC [COUNT [SECONDS]]: COUNT cards (10000) in one process of the program VICC, against a
 * reader here that listens before the cards start: time until every card has answered with its ATR,
 * memory of a card, and commands a second with one under way for each card.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "wire/clock.h"
#include "wire/link.h"
#include "wire/loop.h"

#define COUNT_MAX  20000
#define PORT_FIRST 11000 /* below the ephemeral ports; COUNT_MAX ports from here */
#define PRESENT_MS 120000
#define SPARE_FDS  64

struct reader;

/* A slot: it listens until its card is there. */
struct slot {
	struct reader *reader;
	struct vsc_listener listener;
	struct vsc_watch *watch;
	struct vsc_link *link;
	bool present;
};

struct reader {
	struct vsc_loop *loop;
	struct slot *slots;
	unsigned count, present;
	struct vsc_span command;
	uint64_t answers;
	bool measuring, failed;
};

/* --- The reader --- */

static void
fail(struct reader *r, const char *what)
{
	(void)bench_failed(what);
	r->failed = true;
	vsc_loop_stop(r->loop);
}

static void
on_frame(struct slot *slot, struct vsc_span frame)
{
	struct reader *r = slot->reader;

	if (frame.len < 2)
		fail(r, "an answer too short");
	if (!slot->present) {
		slot->present = true;
		if (++r->present == r->count)
			vsc_loop_stop(r->loop);
		return;
	}
	r->answers++;
	if (r->measuring && vsc_link_send(slot->link, r->command) < 0)
		fail(r, "sending a command");
}

static void
on_link(void *ctx, unsigned events)
{
	struct slot *slot = ctx;
	struct vsc_span frame;
	int got;

	(void)events;
	do {
		got = vsc_link_recv(slot->link, vsc_loop_scratch(slot->reader->loop), &frame);
		if (got == 1)
			on_frame(slot, frame);
	} while (got == 1 && vsc_link_pending(slot->link));
	if (got >= 0)
		return;
	vsc_watch_free(slot->watch);
	slot->watch = NULL;
	fail(slot->reader, "a card went");
}

static void
on_connection(void *ctx, unsigned events)
{
	struct slot *slot = ctx;
	struct reader *r = slot->reader;
	int got = vsc_listener_accept(&slot->listener, &slot->link);

	(void)events;
	if (got == 0)
		return;
	vsc_watch_free(slot->watch);
	slot->watch = NULL;
	vsc_listener_close(&slot->listener);
	if (got < 0 ||
	    vsc_loop_watch(
		r->loop, &slot->watch, vsc_link_fd(slot->link), VSC_LOOP_READ, on_link, slot) < 0 ||
	    vsc_link_send(slot->link, VSC_BYTES(VSC_CTRL_ATR)) < 0)
		fail(r, "a connection");
}

static bool
slot_open(struct reader *r, unsigned n)
{
	struct slot *slot = &r->slots[n];
	struct vsc_endpoint ep = { .kind = VSC_ENDPOINT_TCP, .listen = true, .host = "127.0.0.1" };

	slot->reader = r;
	ep.port = (uint16_t)(PORT_FIRST + n);
	if (vsc_listener_open(&slot->listener, &ep, NULL) < 0 ||
	    vsc_loop_watch(r->loop, &slot->watch, slot->listener.fds[0], VSC_LOOP_READ,
		on_connection, slot) < 0) {
		fprintf(stderr, "port %u: ", (unsigned)ep.port);
		return bench_failed("listening");
	}
	return true;
}

static bool
reader_open(struct reader *r, unsigned count)
{
	*r = (struct reader){ .count = count,
		.command = VSC_BYTES(0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00) };
	if ((r->slots = calloc(count, sizeof(*r->slots))) == NULL ||
	    vsc_loop_new(&r->loop, 0, NULL) < 0)
		return bench_failed("reader");
	for (unsigned n = 0; n < count; n++)
		if (!slot_open(r, n))
			return false;
	return true;
}

static void
reader_close(struct reader *r)
{
	for (unsigned n = 0; n < r->count; n++) {
		vsc_watch_free(r->slots[n].watch);
		vsc_link_free(r->slots[n].link);
		vsc_listener_close(&r->slots[n].listener);
	}
	vsc_loop_free(r->loop);
	free(r->slots);
}

/* --- The cards' process --- */

static pid_t
start_vicc(const char *program, unsigned count)
{
	char number[16], endpoint[32];
	pid_t pid;

	(void)snprintf(number, sizeof(number), "%u", count);
	(void)snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%d", PORT_FIRST);
	if ((pid = fork()) == 0) {
		(void)execl(
		    program, program, "--count", number, "--connect", endpoint, (char *)NULL);
		perror(program);
		_exit(127);
	}
	return pid;
}

static bool
stop_vicc(pid_t pid)
{
	int status;

	if (kill(pid, SIGTERM) < 0 || waitpid(pid, &status, 0) != pid)
		return bench_failed("ending vicc");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	fprintf(stderr, "vicc ended with wait status %d\n", status);
	return false;
}

/* KiB resident; 0 if that cannot be found out */
static unsigned long
resident(pid_t pid)
{
	char path[64], line[256];
	unsigned long kib = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if ((file = fopen(path, "r")) == NULL)
		return 0;
	while (kib == 0 && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtoul(line + 6, NULL, 10);
	(void)fclose(file);
	return kib;
}

/* --- The run --- */

struct figures {
	double present_ms;
	unsigned long present_kib, used_kib;
	double rate;
};

static void
too_late(void *ctx)
{
	struct reader *r = ctx;

	fprintf(stderr, "%u of %u cards came\n", r->present, r->count);
	r->failed = true;
	vsc_loop_stop(r->loop);
}

static void
time_is_up(void *ctx)
{
	struct reader *r = ctx;

	r->measuring = false;
	vsc_loop_stop(r->loop);
}

static bool
wait_for_all(struct reader *r)
{
	struct vsc_timer *timer;

	if (vsc_loop_timer(r->loop, &timer, PRESENT_MS, too_late, r) < 0 ||
	    vsc_loop_run(r->loop) < 0)
		r->failed = true;
	vsc_timer_free(timer);
	return !r->failed;
}

/* One command under way for each card, until the time is up. */
static bool
command_all(struct reader *r, int ms)
{
	struct vsc_timer *timer;

	r->measuring = true;
	for (unsigned n = 0; n < r->count; n++)
		if (vsc_link_send(r->slots[n].link, r->command) < 0)
			return bench_failed("sending a command");
	if (vsc_loop_timer(r->loop, &timer, ms, time_is_up, r) < 0 || vsc_loop_run(r->loop) < 0)
		r->failed = true;
	vsc_timer_free(timer);
	return !r->failed;
}

static bool
measure(struct reader *r, pid_t pid, int64_t start, int ms, struct figures *f)
{
	if (!wait_for_all(r))
		return false;
	f->present_ms = (double)(vsc_clock_ns() - start) / 1e6;
	f->present_kib = resident(pid);
	start = vsc_clock_ns();
	if (!command_all(r, ms))
		return false;
	f->rate = (double)r->answers * 1e9 / (double)(vsc_clock_ns() - start);
	f->used_kib = resident(pid);
	return true;
}

static bool
run(const char *program, unsigned count, int ms, struct figures *f)
{
	struct reader reader;
	int64_t start;
	pid_t pid;
	bool ok;

	if (!reader_open(&reader, count))
		return false;
	start = vsc_clock_ns();
	if ((pid = start_vicc(program, count)) < 0)
		return bench_failed("fork");
	ok = measure(&reader, pid, start, ms, f);
	/* the cards first, so that they do not try to come back */
	ok = stop_vicc(pid) && ok;
	reader_close(&reader);
	return ok;
}

/* vicc inherits it and raises its own. */
static bool
allow_descriptors(rlim_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return bench_failed("RLIMIT_NOFILE");
	if (limit.rlim_cur >= count)
		return true;
	limit.rlim_cur = count;
	if (limit.rlim_max < count)
		limit.rlim_max = count; /* root may */
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 || bench_failed("RLIMIT_NOFILE");
}

static unsigned
number(const char *text, unsigned max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	return *end == '\0' && value >= 1 && value <= max ? (unsigned)value : 0;
}

int
main(int argc, char **argv)
{
	unsigned count = argc > 2 ? number(argv[2], COUNT_MAX) : 10000;
	unsigned seconds = argc > 3 ? number(argv[3], 3600) : 3;
	struct figures one = { 0 }, all = { 0 };

	if (argc < 2 || argc > 4 || count < 2 || seconds == 0) {
		fprintf(stderr, "usage: swarm VICC [COUNT (2 to %d) [SECONDS]]\n", COUNT_MAX);
		return 2;
	}
	if (!allow_descriptors(count + SPARE_FDS) || !run(argv[1], 1, 200, &one) ||
	    !run(argv[1], count, (int)seconds * 1000, &all))
		return 1;
	printf("%u cards in one process\n", count);
	printf("all present after       %10.0f ms (one card: %.1f ms)\n", all.present_ms,
	    one.present_ms);
	printf("memory when present     %10lu KiB (one card: %lu KiB)\n", all.present_kib,
	    one.present_kib);
	printf("  for each further card %10.2f KiB\n",
	    ((double)all.present_kib - (double)one.present_kib) / (count - 1));
	printf(
	    "memory after commands   %10lu KiB (one card: %lu KiB)\n", all.used_kib, one.used_kib);
	printf("  for each further card %10.2f KiB\n",
	    ((double)all.used_kib - (double)one.used_kib) / (count - 1));
	printf("commands a second       %10.0f (one card: %.0f)\n", all.rate, one.rate);
	return 0;
}

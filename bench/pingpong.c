/*
 * pingpong [REQUEST:RESPONSE...]: what a frame there and a frame back cost over each kind of socket
 * with vsc_link on one side and vsc_link in a vsc_loop on the other, beside the bare sockets.
 * Sizes are payloads in bytes.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "wire/link.h"
#include "wire/loop.h"

#define SIZES_MAX 8
#define NWIRES    3

static uint8_t payload[VSC_FRAME_MAX];

/* A loop in a thread of its own that answers every frame. */
struct looped {
	pthread_t thread;
	struct vsc_loop *loop;
	struct vsc_watch *watch;
	struct vsc_link *ours, *theirs;
	size_t request, response;
	struct vsc_blob reply;
};

static void
on_link(void *ctx, unsigned events)
{
	struct looped *l = ctx;
	struct vsc_span frame;
	int got = 1;

	if ((events & VSC_LOOP_WRITE) && (got = vsc_link_flush(l->theirs)) == 0)
		got = vsc_watch_set(l->watch,
		    vsc_link_unsent(l->theirs) ? VSC_LOOP_READ | VSC_LOOP_WRITE : VSC_LOOP_READ);
	if (got >= 0 && (events & VSC_LOOP_READ))
		got = vsc_link_recv(l->theirs, vsc_loop_scratch(l->loop), &frame);
	if (got == 1)
		got = vsc_link_send(l->theirs, vsc_span_from(payload, l->response));
	if (got == 0 && vsc_link_unsent(l->theirs))
		got = vsc_watch_set(l->watch, VSC_LOOP_READ | VSC_LOOP_WRITE);
	if (got < 0)
		vsc_loop_stop(l->loop);
}

static void *
loop_main(void *arg)
{
	struct looped *l = arg;

	if (vsc_loop_run(l->loop) < 0)
		(void)bench_failed("loop");
	return NULL;
}

static bool
looped_open(struct looped *l, enum bench_wire wire, size_t request, size_t response)
{
	int fds[2];

	*l = (struct looped){ .request = request, .response = response };
	if (!bench_connect(wire, fds))
		return false;
	if (vsc_link_from_fd(&l->ours, fds[0]) < 0 || vsc_link_from_fd(&l->theirs, fds[1]) < 0 ||
	    vsc_loop_new(&l->loop, 0, NULL) < 0 ||
	    vsc_loop_watch(l->loop, &l->watch, fds[1], VSC_LOOP_READ, on_link, l) < 0)
		return bench_failed("link");
	errno = pthread_create(&l->thread, NULL, loop_main, l);
	return errno == 0 || bench_failed("thread");
}

static void
looped_close(struct looped *l)
{
	vsc_link_free(l->ours);
	(void)pthread_join(l->thread, NULL);
	vsc_watch_free(l->watch);
	vsc_link_free(l->theirs);
	vsc_loop_free(l->loop);
	vsc_blob_free(&l->reply);
}

static bool
looped_run(void *ctx, unsigned ops)
{
	struct looped *l = ctx;

	for (unsigned i = 0; i < ops; i++)
		if (vsc_link_call(l->ours, vsc_span_from(payload, l->request), &l->reply, 10000) <
			0 ||
		    l->reply.len != l->response)
			return bench_failed("link");
	return true;
}

/* Both over one kind of socket, for one pair of sizes. */
struct lane {
	struct bench_bare bare;
	struct looped looped;
	char names[2][64];
};

static bool
lane_open(struct lane *lane, enum bench_wire wire, const size_t sizes[2], struct bench_case *cases)
{
	static const char *const what[2] = { "bare", "link and loop" };

	for (size_t i = 0; i < 2; i++)
		(void)snprintf(lane->names[i], sizeof(lane->names[i]), "%s %zu:%zu, %s",
		    bench_wire_names[wire], sizes[0], sizes[1], what[i]);
	cases[0] = (struct bench_case){
		.name = lane->names[0], .run = bench_bare_run, .ctx = &lane->bare
	};
	cases[1] = (struct bench_case){
		.name = lane->names[1], .run = looped_run, .ctx = &lane->looped, .floor = &cases[0]
	};
	return bench_bare_open(
		   &lane->bare, wire, VSC_FRAME_HEADER + sizes[0], VSC_FRAME_HEADER + sizes[1]) &&
	       looped_open(&lane->looped, wire, sizes[0], sizes[1]);
}

static bool
run_sizes(const size_t sizes[2], const struct bench_options *options)
{
	struct bench_case cases[2 * NWIRES];
	struct lane lanes[NWIRES];

	for (size_t i = 0; i < NWIRES; i++)
		if (!lane_open(&lanes[i], (enum bench_wire)i, sizes, &cases[2 * i]))
			return false;
	if (!bench_run(cases, VSC_COUNT(cases), options))
		return false;
	bench_print(cases, VSC_COUNT(cases));
	for (size_t i = 0; i < NWIRES; i++) {
		bench_bare_close(&lanes[i].bare);
		looped_close(&lanes[i].looped);
	}
	return true;
}

static bool
parse_sizes(const char *text, size_t sizes[2])
{
	char *end;

	sizes[0] = strtoul(text, &end, 10);
	sizes[1] = *end == ':' ? strtoul(end + 1, &end, 10) : 0;
	if (*end == '\0' && sizes[0] >= 1 && sizes[0] <= VSC_FRAME_MAX && sizes[1] >= 1 &&
	    sizes[1] <= VSC_FRAME_MAX)
		return true;
	fprintf(stderr, "%s: not REQUEST:RESPONSE, each 1 to %u bytes\n", text, VSC_FRAME_MAX);
	return false;
}

int
main(int argc, char **argv)
{
	size_t sizes[SIZES_MAX][2] = { { 5, 2 }, { 5, 258 }, { 65535, 65535 } };
	size_t count = 3;
	struct bench_options options;

	if (!bench_options(&options, &argc, argv))
		return 2;
	if (argc > 1)
		count = (size_t)argc - 1;
	if (count > SIZES_MAX) {
		fprintf(stderr, "at most %d pairs of sizes\n", SIZES_MAX);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		if (!parse_sizes(argv[i], sizes[i - 1]))
			return 2;
	for (size_t i = 0; i < count; i++)
		if (!run_sizes(sizes[i], &options))
			return 1;
	return 0;
}

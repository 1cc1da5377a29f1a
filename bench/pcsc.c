/*
 * pcsc: what an APDU through our PC/SC library costs, over each kind of socket, beside a bare
 * ping-pong of the same frames over the same kind of socket. The card at the other end does nothing
 * but write back a fixed answer.
 */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "pcsc/include/PCSC/winscard.h"
#include "wire/clock.h"
#include "wire/frame.h"
#include "wire/link.h"

#define HEADER VSC_FRAME_HEADER

static const size_t sizes[][2] = { { 5, 10 }, { 5, 258 }, { 261, 2 } };
#define NSIZES VSC_COUNT(sizes)

/* A card that answers every command with `response` bytes. */
struct peer {
	struct vsc_link *link;
	int fd;
	size_t response;
	pthread_t thread;
};

struct through {
	SCARDHANDLE card;
	const struct peer *peer;
	size_t request, response;
};

static bool
refused(const char *what, LONG rv)
{
	fprintf(stderr, "%s: %s\n", what, pcsc_stringify_error(rv));
	return false;
}

/* --- the card --- */

/* false: the reader hung up. */
static bool
answer(const struct peer *p, struct vsc_span frame)
{
	static const uint8_t atr[] = { 0, 4, 0x3B, 0x80, 0x01, 0x81 };
	uint8_t out[1024] = { (uint8_t)(p->response >> 8), (uint8_t)p->response };

	out[HEADER + p->response - 2] = 0x90;
	if (frame.len > 1)
		return write(p->fd, out, HEADER + p->response) > 0;
	return frame.ptr[0] != VSC_CTRL_ATR || write(p->fd, atr, sizeof(atr)) > 0;
}

/* One read and one write for a command, as the bare peer does. */
static void *
peer_main(void *arg)
{
	const struct peer *p = arg;
	struct vsc_frames frames = { { NULL, 0 }, 0 };
	bool go_on = true;
	uint8_t in[1024];
	ssize_t n;

	while (go_on && (n = read(p->fd, in, sizeof(in))) > 0) {
		struct vsc_in bytes = vsc_in_from(vsc_span_from(in, (size_t)n));
		struct vsc_span frame;

		while (go_on && vsc_frames_next(&frames, &bytes, &frame) > 0)
			go_on = frame.len > 0 && answer(p, frame);
	}
	vsc_frames_reset(&frames);
	return NULL;
}

static bool
peer_start(struct peer *p, const struct vsc_endpoint *ep, size_t response)
{
	int off = 0;

	if (vsc_link_connect(&p->link, ep, 5000) < 0)
		return bench_failed("connecting to the reader");
	p->fd = dup(vsc_link_fd(p->link));
	p->response = response;
	/* blocking, as the bare peer is */
	if (p->fd < 0 || ioctl(p->fd, FIONBIO, &off) < 0)
		return bench_failed("socket");
	errno = pthread_create(&p->thread, NULL, peer_main, p);
	return errno == 0 || bench_failed("thread");
}

static void
peer_stop(struct peer *p)
{
	shutdown(p->fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->fd);
	vsc_link_free(p->link);
}

/* --- the library --- */

static bool
through_run(void *ctx, unsigned ops)
{
	static const uint8_t command[1024] = { 0x00, 0x84 };
	const struct through *t = ctx;
	uint8_t answer[1024];

	for (unsigned i = 0; i < ops; i++) {
		DWORD len = sizeof(answer);
		LONG rv =
		    SCardTransmit(t->card, SCARD_PCI_T1, command, t->request, NULL, answer, &len);

		if (rv != SCARD_S_SUCCESS || len != t->response)
			return refused("SCardTransmit", rv);
	}
	return true;
}

static bool
connect_card(SCARDCONTEXT context, const char *reader, SCARDHANDLE *card)
{
	SCARD_READERSTATE state = { .szReader = reader, .dwCurrentState = SCARD_STATE_EMPTY };
	DWORD active;
	LONG rv = SCardGetStatusChange(context, 10000, &state, 1);

	if (rv == SCARD_S_SUCCESS)
		rv = SCardConnect(
		    context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, card, &active);
	return rv == SCARD_S_SUCCESS || refused(reader, rv);
}

/* --- both, in turns --- */

static bool
run_wire(SCARDCONTEXT context, enum bench_wire wire, const char *reader,
    const struct vsc_endpoint *ep, const size_t size[2], const struct bench_options *options)
{
	struct bench_bare bare;
	struct peer peer;
	struct through through = { .peer = &peer, .request = size[0], .response = size[1] };
	struct bench_case cases[2];
	char names[2][64];
	bool ok;

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "%s %zu:%zu, %s", bench_wire_names[wire],
		    size[0], size[1], i == 0 ? "bare" : "SCardTransmit");
		cases[i] = (struct bench_case){ .name = names[i] };
	}
	cases[0].run = bench_bare_run;
	cases[0].ctx = &bare;
	cases[1].run = through_run;
	cases[1].ctx = &through;
	cases[1].floor = &cases[0];
	if (!bench_bare_open(&bare, wire, HEADER + size[0], HEADER + size[1]) ||
	    !peer_start(&peer, ep, size[1]))
		return false;
	ok = connect_card(context, reader, &through.card) && bench_run(cases, 2, options);
	if (ok)
		bench_print(cases, 2);
	(void)SCardDisconnect(through.card, SCARD_LEAVE_CARD);
	peer_stop(&peer);
	bench_bare_close(&bare);
	return ok;
}

/* --- insertions --- */

#define INSERTIONS 200

struct watcher {
	const char *reader;
	int64_t seen_at;
	bool ok;
};

static void *
watch_insertion(void *arg)
{
	struct watcher *w = arg;
	SCARD_READERSTATE state = { .szReader = w->reader, .dwCurrentState = SCARD_STATE_EMPTY };
	SCARDCONTEXT context;

	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
		return NULL;
	w->ok = SCardGetStatusChange(context, 10000, &state, 1) == SCARD_S_SUCCESS;
	w->seen_at = vsc_clock_ns();
	(void)SCardReleaseContext(context);
	return NULL;
}

/* From the card's connect() until a program that waits has been told. */
static bool
run_insertions(SCARDCONTEXT context, const char *reader, const struct vsc_endpoint *ep)
{
	double ns[INSERTIONS];

	for (size_t i = 0; i < INSERTIONS; i++) {
		SCARD_READERSTATE state = { .szReader = reader,
			.dwCurrentState = SCARD_STATE_PRESENT };
		struct watcher w = { .reader = reader };
		pthread_t thread;
		struct peer peer;
		int64_t start;

		if (pthread_create(&thread, NULL, watch_insertion, &w) != 0)
			return bench_failed("thread");
		(void)usleep(2000); /* until it waits */
		start = vsc_clock_ns();
		if (!peer_start(&peer, ep, 2))
			return false;
		pthread_join(thread, NULL);
		peer_stop(&peer);
		ns[i] = (double)(w.seen_at - start);
		if (!w.ok || SCardGetStatusChange(context, 10000, &state, 1) != SCARD_S_SUCCESS)
			return bench_failed("insertion");
	}
	printf("insertion seen, %s: median %.3f ms", reader, bench_median(ns, INSERTIONS) / 1e6);
	printf(", 9 of 10 within %.3f ms\n", ns[INSERTIONS * 9 / 10] / 1e6);
	return true;
}

/* A port that is free now. */
static uint16_t
free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) < 0 ||
	    getsockname(fd, (struct sockaddr *)(void *)&address, &len) < 0)
		address.sin_port = htons(35999);
	if (fd >= 0)
		close(fd);
	return ntohs(address.sin_port);
}

static bool
run(const char *dir, const struct bench_options *options)
{
	struct vsc_endpoint ep[2] = {
		{ .kind = VSC_ENDPOINT_UNIX },
		{ .kind = VSC_ENDPOINT_TCP, .host = "127.0.0.1", .port = free_port() },
	};
	static const enum bench_wire wires[2] = { BENCH_UNIX, BENCH_TCP };
	static const char *const readers[2] = { "Unix", "TCP" };
	char list[400];
	SCARDCONTEXT context;
	bool ok = true;

	(void)snprintf(ep[0].host, sizeof(ep[0].host), "%s/reader", dir);
	(void)snprintf(list, sizeof(list), "Unix=listen:unix:%s,TCP=listen:%u", ep[0].host,
	    (unsigned)ep[1].port);
	(void)setenv("VPCD_READERS", list, 1);
	(void)setenv("VPCD_WAIT", "0", 1);
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
		return bench_failed("the library");
	for (size_t w = 0; w < 2; w++)
		for (size_t i = 0; i < NSIZES && ok; i++)
			ok = run_wire(context, wires[w], readers[w], &ep[w], sizes[i], options);
	for (size_t w = 0; w < 2 && ok; w++)
		ok = run_insertions(context, readers[w], &ep[w]);
	(void)SCardReleaseContext(context);
	return ok;
}

int
main(int argc, char **argv)
{
	char dir[] = "/tmp/bench-pcsc-XXXXXX";
	struct bench_options options;
	bool ok;

	if (!bench_options(&options, &argc, argv))
		return 2;
	if (mkdtemp(dir) == NULL)
		return 1;
	ok = run(dir, &options);
	(void)rmdir(dir);
	return ok ? 0 : 1;
}
